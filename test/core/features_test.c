/*
 * features_test.c
 *		Signals that look at each event, against a plain look at all events for
 *		each signal; lists of signals through all their forms, and hostile ones.
 *
 * The model keeps no bits, clocks or traces.  Sums are int128, so both must
 * agree to the unit.
 */
#include "hostile.h"
#include "list.h"
#include "sample.h"
#include "tap.h"

#include "base/instant.h"
#include "journey/journey_edit.h"
#include "score/scoring.h"

#define ROUNDS (full_run() ? 4000 : 500)

/* ----- the model: events that count of one journey ----- */

typedef struct Model
{
	const Scorecard *card;
	JourneyView view;
	Touchpoint *dictionary;
	size_t		count;
	JourneyRow *events;
	int64_t		as_of;
} Model;

static bool
matches_any(const TouchpointPattern *any, uint32_t count, const Touchpoint *touchpoint)
{
	for (uint32_t p = 0; p < count; p++)
	{
		if (touchpoint_matches(&any[p], touchpoint))
			return true;
	}
	return false;
}

static const Touchpoint *
touchpoint_of(const Model *model, size_t event)
{
	return &model->dictionary[model->events[event].code];
}

/* Counted from Monday, 2000-01-03 in local time; rounded down. */
static int64_t
local_unit(const Model *model, size_t event, int64_t unit)
{
	__int128	local = (__int128) model->events[event].at + model->card->utc_offset - 2 * SCORECARD_DAY;

	return (int64_t) (local / unit - (local % unit < 0));
}

static bool
looks_then(const Model *model, const ScoreSignal *signal, size_t event)
{
	int64_t		hour = local_unit(model, event, 60 * SCORECARD_MINUTE);
	int64_t		of_day = ((hour % 24) + 24) % 24;
	int64_t		day = ((local_unit(model, event, SCORECARD_DAY) % 7) + 7) % 7;

	if ((signal->weekdays >> day & 1) == 0)
		return false;
	return signal->hour_from < signal->hour_until ? of_day >= signal->hour_from && of_day < signal->hour_until :
		of_day >= signal->hour_from || of_day < signal->hour_until;
}

/* Is an event among those that a signal counts, in a journey that begins with event `from`? */
static bool
counts(const Model *model, const ScoreSignal *signal, size_t from, size_t event)
{
	if (!matches_any(signal->patterns, signal->pattern_count, touchpoint_of(model, event)) ||
		!looks_then(model, signal, event))
		return false;
	if (signal->within > 0 && (uint64_t) model->as_of - (uint64_t) model->events[event].at > (uint64_t) signal->within)
		return false;
	for (uint32_t a = 0; a < signal->after_count; a++)
	{
		size_t		back = signal->after_count - a;

		if (event - from < back || !touchpoint_matches(&signal->after[a], touchpoint_of(model, event - back)))
			return false;
	}
	/* an event that settles counts itself, and is settled */
	for (size_t later = event; later < model->count; later++)
	{
		if (matches_any(signal->until, signal->until_count, touchpoint_of(model, later)))
			return false;
	}
	return true;
}

/* The run that an event is in: a session, by its first event, or a period. */
static int64_t
run_of(const Model *model, const ScoreSignal *signal, size_t from, size_t event)
{
	int64_t		gap = signal->has_run ? signal->run : model->card->session_gap;

	if (signal->measure == MEASURE_PERIODS)
		return local_unit(model, event, signal->run);
	while (event > from &&
		   (uint64_t) model->events[event].at - (uint64_t) model->events[event - 1].at <= (uint64_t) gap)
		event--;
	return (int64_t) event;
}

static Fixed
left_of(const Model *model, const ScoreSignal *signal, int64_t at)
{
	FixedDecay	decay;

	if (signal->half_life == 0)
		return FIXED_ONE;
	decay = fixed_decay_prepare(signal->half_life);
	return fixed_decay(&decay, (uint64_t) model->as_of - (uint64_t) at);
}

static bool
same_channel(const Touchpoint *a, const Touchpoint *b)
{
	return a->channel_size == b->channel_size && (a->channel_size == 0 || memcmp(a->channel, b->channel, a->channel_size) == 0);
}

static Fixed
model_measure(const Model *model, const ScoreSignal *signal, size_t from)
{
	Fixed		sum = 0;
	uint64_t	distinct = 0;
	uint64_t	runs = 0;
	uint64_t	count = 0;
	uint64_t	in_last = 0;
	int64_t		first = 0;
	int64_t		last = 0;
	int64_t		run = -1;
	int64_t		run_start = 0;
	int64_t		last_run = run_of(model, signal, from, model->count - 1);

	for (size_t i = from; i < model->count; i++)
	{
		bool		new = true;
		int64_t		at = model->events[i].at;
		Fixed		value = 0;

		if (!counts(model, signal, from, i))
			continue;
		if (count++ == 0)
			first = at;
		last = at;
		if (runs == 0 || run != run_of(model, signal, from, i))
		{
			runs++;
			run_start = at;
		}
		run = run_of(model, signal, from, i);
		in_last += run == last_run;
		if (signal->measure == MEASURE_COUNT)
			sum += left_of(model, signal, at);
		if (signal->measure == MEASURE_SUM && (model->events[i].flags & JOURNEY_ROW_VALUE) &&
			left_of(model, signal, at) != 0 && fixed_from_double(model->events[i].value, &value))
			sum += fixed_multiply(value, left_of(model, signal, at));
		for (size_t other = from; other < i && new; other++)
			new = !counts(model, signal, from, other) ||
				(signal->measure == MEASURE_CHANNELS ? !same_channel(touchpoint_of(model, i), touchpoint_of(model, other)) :
				 model->events[i].code != model->events[other].code);
		distinct += new && (signal->measure != MEASURE_CHANNELS || touchpoint_of(model, i)->channel_size > 0);
	}
	if (count == 0)
		return 0;
	switch (signal->measure)
	{
		case MEASURE_COUNT:
		case MEASURE_SUM:
			return sum;
		case MEASURE_EXISTS:
		case MEASURE_RECENCY:
			return left_of(model, signal, last);
		case MEASURE_CHANNELS:
		case MEASURE_TOUCHPOINTS:
			return fixed_from_count(distinct);
		case MEASURE_SESSIONS:
		case MEASURE_PERIODS:
			return fixed_from_count(runs);
		case MEASURE_TENURE:
			return fixed_multiply_divide((Fixed) ((uint64_t) model->as_of - (uint64_t) first), FIXED_ONE, SCORECARD_DAY);
		case MEASURE_RHYTHM:
			return runs < 2 ? 0 : fixed_multiply_divide((Fixed) ((uint64_t) run_start - (uint64_t) first), FIXED_ONE,
														(Fixed) SCORECARD_DAY * (runs - 1));
		case MEASURE_OVERDUE:
			{
				Fixed		age = (Fixed) ((uint64_t) model->as_of - (uint64_t) last) * (Fixed) (runs - 1);
				Fixed		span = (Fixed) ((uint64_t) run_start - (uint64_t) first);

				return runs < 2 ? 0 : age >= span * 1000 ? (Fixed) 1000 * FIXED_ONE : fixed_multiply_divide(age, FIXED_ONE, span);
			}
		default:
			{
				uint64_t	earlier = runs - (in_last > 0);
				Fixed		usual = earlier == 0 ? 0 : fixed_multiply_divide((Fixed) (count - in_last), FIXED_ONE, (Fixed) earlier);

				return earlier == 0 ? 0 : fixed_multiply(fixed_log1p(fixed_from_count(in_last)) - fixed_log1p(usual),
														 left_of(model, signal, last));
			}
	}
}

static void
model_make(Model *model, const Scorecard *card, const uint8_t *bytes, size_t size, const ScoreCut *cut)
{
	JourneyRow *rows;

	journey_open(&model->view, bytes, size);
	model->card = card;
	model->as_of = cut->as_of;
	model->dictionary = host_alloc_array((size_t) model->view.touchpoints + 1, sizeof(Touchpoint));
	journey_dictionary(&model->view, model->dictionary);
	rows = model->events = host_alloc_array(journey_row_count(&model->view) + 1, sizeof(JourneyRow));
	journey_rows(&model->view, rows);
	model->count = 0;
	for (uint32_t i = 0; i < model->view.events; i++)
	{
		if (rows[i].at <= cut->as_of)
			rows[model->count++] = rows[i];
	}
}

/* ----- rounds ----- */

/* All touchpoints fade alike, and traces look at what is left of each event. */
static const char alike[] =
"{\"session_gap\": \"2 hours\", \"signals\": [{\"name\": \"a\", \"touchpoints\": [\"*\"], \"measure\": \"count\", \"half_life\": [\"90 days\", \"1 day\", \"1 hour\"]},"
" {\"name\": \"b\", \"touchpoints\": [\"*\"], \"measure\": \"count\", \"half_life\": \"1 day\", \"hours\": [18, 6]},"
" {\"name\": \"c\", \"touchpoints\": [\"*\"], \"measure\": \"count\", \"half_life\": \"90 days\", \"after\": [\"*\", \"*\"]},"
" {\"name\": \"d\", \"touchpoints\": [\"*\"], \"measure\": \"sum\", \"half_life\": \"1 day\"},"
" {\"name\": \"e\", \"touchpoints\": [\"*\"], \"measure\": \"sessions\"},"
" {\"name\": \"f\", \"touchpoints\": [\"*\"], \"measure\": \"overdue\", \"session_gap\": \"3 days\"},"
" {\"name\": \"g\", \"touchpoints\": [\"*\"], \"measure\": \"unusual\", \"half_life\": \"9 days\"}]}";

static void
measure_round(uint64_t round, uint64_t *random)
{
	ByteBuffer	json;
	Scorecard	card;
	Scorer		scorer;
	double	   *features;

	buffer_init(&json, 1);
	if (round % 8 == 7)
		buffer_text(&json, alike);
	else
		list_make(&json, random);
	signal_list_parse(&card, (char *) json.data, json.size);
	scorer_init(&scorer, &card);
	features = host_alloc_array(card.signal_count, sizeof(double));
	for (int journey = 0; journey < 3; journey++)
	{
		Sample		sample;
		Model		model;
		ScoreCut	cut = {.known = false};
		size_t		size;
		size_t		opened = 0;
		const uint8_t *bytes;

		sample_make(&sample, round * 4 + (uint64_t) journey);
		sample.count = sample.count < 80 ? sample.count : 80;
		for (size_t i = 0; i < sample.count; i++)
			sample.rows[i].value = (double) ((int64_t) random_below(random, 20001) - 10000) / 128;
		bytes = sample_journey(&sample, &size);
		cut.as_of = sample.count ? sample.rows[random_below(random, sample.count)].at : 0;
		cut.as_of += (int64_t) (random_bits(random) >> (cut.as_of > INSTANT_END / 2 ? 44 : 20)) - 1000;
		model_make(&model, &card, bytes, size, &cut);
		scorer_read(&scorer, &model.view, &cut, SCORE_MOMENTARY);
		hold(scorer.events == model.count);
		if (model.count == 0)
			continue;
		while (scorer.open && model.events[opened].at < scorer.opened)
			opened++;
		scorer_features(&scorer, features);
		for (uint32_t s = 0; s < card.signal_count; s++)
		{
			Fixed		measure = model_measure(&model, &card.signals[s], 0);

			hold(scorer_measure(&scorer, s, false) == measure);
			hold(features[s] == fixed_to_double(measure));
			if (scorer.open)
				hold(scorer_measure(&scorer, s, true) == model_measure(&model, &card.signals[s], opened));
		}
	}
}

static void
same_bytes(const ByteBuffer *a, const ByteBuffer *b)
{
	hold(a->size == b->size && memcmp(a->data, b->data, a->size) == 0);
}

/* Text to flat and back, and the same again. */
static void
round_trip(const char *text, size_t size)
{
	Scorecard	card;
	ByteBuffer	flat;
	ByteBuffer	json;
	ByteBuffer	again;

	signal_list_parse(&card, text, size);
	buffer_init(&flat, 1);
	scorecard_append_flat(&flat, &card);
	signal_list_open(&card, flat.data, flat.size);
	buffer_init(&json, 1);
	scorecard_append_json(&json, &card);
	signal_list_parse(&card, (char *) json.data, json.size);
	buffer_init(&again, 1);
	scorecard_append_flat(&again, &card);
	same_bytes(&flat, &again);
}

static const char with_pattern[] =
"{\"utc_offset\": \"-03:30\", \"signals\": [{\"name\": \"p\", \"pattern\": \"a -> b ->[<= 1 day] !c\", \"measure\": \"level\"},"
" {\"name\": \"q\", \"touchpoints\": [\"a\"], \"measure\": \"periods\", \"within\": \"9 days\", \"until\": [\"b\"], \"after\": [\"c\"], \"hours\": [1, 2]}]}";

static void
list_round(uint64_t *random)
{
	ByteBuffer	json;

	buffer_init(&json, 1);
	list_make(&json, random);
	round_trip((char *) json.data, json.size);
}

static void
hostile_round(uint64_t *random)
{
	Scorecard	card;
	ByteBuffer	flat;

	round_trip(with_pattern, strlen(with_pattern));
	signal_list_parse(&card, with_pattern, strlen(with_pattern));
	buffer_init(&flat, 1);
	scorecard_append_flat(&flat, &card);
	hostile_truncations(list_read_flat, flat.data, flat.size);
	hostile_flips(list_read_flat, flat.data, flat.size);
	hostile_mutations(list_read_flat, flat.data, flat.size, full_run() ? 20000 : 2000, random);
}

static void
open_as_card(void)
{
	Scorecard	card;
	ByteBuffer	flat;

	signal_list_parse(&card, with_pattern, strlen(with_pattern));
	buffer_init(&flat, 1);
	scorecard_append_flat(&flat, &card);
	scorecard_open(&card, flat.data, flat.size);
}

int
main(void)
{
	uint64_t	random = 5;

	for (uint64_t round = 0; round < ROUNDS; round++)
		hold(HOST_CALL(measure_round(round, &random)));
	held("measures of lists are those of a plain look at all events, in all and in the open session");
	for (int round = 0; round < ROUNDS; round++)
		hold(HOST_CALL(list_round(&random)));
	held("a list is the same through text and flat bytes");
	hold(HOST_CALL(hostile_round(&random)));
	held("hostile bytes are refused, or a list");
	refused(HOST_CORRUPT, "no intents", "a list where a scorecard is expected", open_as_card());
	return done_testing();
}
