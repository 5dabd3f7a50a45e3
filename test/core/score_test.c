/*
 * score_test.c
 *		Scores against a plain computation, event by event and signal by signal.
 *
 * The model keeps no plan, no slots and no state before a session: it looks at
 * all events for each signal.  Sums are int128, so both must agree to the unit.
 */
#include "card.h"
#include "sample.h"
#include "tap.h"

#include "base/instant.h"
#include "journey/journey_edit.h"
#include "score/scoring.h"

#define ROUNDS (full_run() ? 5000 : 700)

typedef struct Model
{
	const Scorecard *card;
	JourneyView view;
	Touchpoint *dictionary;
	size_t		count;			/* events that count */
	JourneyRow *events;
	uint32_t   *session;		/* number of each event's session */
	int64_t		as_of;
	bool		open;			/* is the last session open? */
} Model;

/* ----- the model ----- */

static void
model_make(Model *model, const Scorecard *card, const uint8_t *bytes, size_t size, const ScoreCut *cut)
{
	JourneyRow *rows;
	uint32_t	session = 0;

	journey_open(&model->view, bytes, size);
	model->card = card;
	model->as_of = cut->as_of;
	model->dictionary = host_alloc_array((size_t) model->view.touchpoints + 1, sizeof(Touchpoint));
	journey_dictionary(&model->view, model->dictionary);
	rows = host_alloc_array(journey_row_count(&model->view) + 1, sizeof(JourneyRow));
	journey_rows(&model->view, rows);
	model->events = rows;
	model->session = host_alloc_array((size_t) model->view.events + 1, sizeof(uint32_t));
	model->count = 0;
	for (uint32_t i = 0; i < model->view.events; i++)
	{
		int64_t		recorded = (rows[i].flags & JOURNEY_ROW_RECORDED) ? rows[i].recorded : rows[i].at;

		if (rows[i].at > cut->as_of || (cut->known && recorded > cut->known_at))
			continue;
		if (model->count > 0 &&
			(uint64_t) rows[i].at - (uint64_t) rows[model->count - 1].at > (uint64_t) card->session_gap)
			session++;
		model->session[model->count] = session;
		rows[model->count++] = rows[i];
	}
	model->open = model->count > 0 &&
		(uint64_t) cut->as_of - (uint64_t) rows[model->count - 1].at <= (uint64_t) card->session_gap;
}

static bool
model_matches(const Model *model, const ScoreSignal *signal, size_t event, bool momentary)
{
	if (momentary && model->session[event] != model->session[model->count - 1])
		return false;
	for (uint32_t i = 0; i < signal->pattern_count; i++)
	{
		if (touchpoint_matches(&signal->patterns[i], &model->dictionary[model->events[event].code]))
			return true;
	}
	return false;
}

/* Half away from zero, by the remainder. */
static Fixed
model_multiply(Fixed a, Fixed b)
{
	Fixed		product;

	if (__builtin_mul_overflow(a, b, &product))
		return fixed_multiply(a, b);
	return product / FIXED_ONE + (product % FIXED_ONE * 2 >= FIXED_ONE) - (product % FIXED_ONE * 2 <= -FIXED_ONE);
}

static Fixed
model_left(const Model *model, const ScoreSignal *signal, size_t event)
{
	FixedDecay	decay;

	if (signal->half_life == 0)
		return FIXED_ONE;
	decay = fixed_decay_prepare(signal->half_life);
	return fixed_decay(&decay, (uint64_t) model->as_of - (uint64_t) model->events[event].at);
}

static bool
same_channel(const Touchpoint *a, const Touchpoint *b)
{
	return a->channel_size == b->channel_size &&
		(a->channel_size == 0 || memcmp(a->channel, b->channel, a->channel_size) == 0);
}

static Fixed
model_measure(const Model *model, uint32_t number, bool momentary, uint64_t *seen)
{
	const ScoreSignal *signal = &model->card->signals[number];
	Fixed		total = 0;
	int64_t		last = -1;

	*seen = 0;
	for (size_t i = 0; i < model->count; i++)
	{
		const Touchpoint *touchpoint = &model->dictionary[model->events[i].code];
		bool		new = true;
		Fixed		value = 0;

		if (!model_matches(model, signal, i, momentary))
			continue;
		++*seen;
		switch (signal->measure)
		{
			case MEASURE_COUNT:
				total += model_left(model, signal, i);
				break;
			case MEASURE_SUM:
				if (model_left(model, signal, i) == 0)
					break;
				if (!fixed_from_double(model->events[i].value, &value))
					fixed_overflow();
				total = fixed_add(total, model_multiply(value, model_left(model, signal, i)));
				break;
			case MEASURE_EXISTS:
			case MEASURE_RECENCY:
				total = model_left(model, signal, i);
				break;
			case MEASURE_CHANNELS:
				new = touchpoint->channel_size > 0;
				for (size_t other = 0; other < i && new; other++)
					new = !model_matches(model, signal, other, momentary) ||
						!same_channel(touchpoint, &model->dictionary[model->events[other].code]);
				total += new ? FIXED_ONE : 0;
				break;
			case MEASURE_SESSIONS:
				total += last == model->session[i] ? 0 : FIXED_ONE;
				last = model->session[i];
				break;
			default:			/* features_test.c */
				break;
		}
	}
	return total;
}

static Fixed
model_transform(const ScoreSignal *signal, Fixed x)
{
	const ScorePoint *points = signal->points;

	if (signal->has_cap)
		x = x > signal->cap ? signal->cap : x < -signal->cap ? -signal->cap : x;
	if (signal->transform == TRANSFORM_LOG1P)
		return fixed_log1p(x);
	if (signal->transform == TRANSFORM_LINEAR)
		return x;
	if (x <= points[0].x)
		return points[0].y;
	for (uint32_t i = 1; i < signal->point_count; i++)
	{
		Fixed		width = points[i].x - points[i - 1].x;
		Fixed		product = (x - points[i - 1].x) * (points[i].y - points[i - 1].y);

		if (x < points[i].x)
			return points[i - 1].y + product / width +
				(product % width * 2 >= width) - (product % width * 2 <= -width);
	}
	return points[signal->point_count - 1].y;
}

/* ----- comparison ----- */

static void
compare_evidence(const Model *model, const Scorer *scorer, bool momentary)
{
	const Scorecard *card = model->card;
	Fixed	   *evidence = host_alloc_array(card->intent_count, sizeof(Fixed));
	Fixed	   *seen = host_alloc_array(card->intent_count, sizeof(Fixed));
	Fixed	   *wanted = host_alloc_array(card->intent_count, sizeof(Fixed));
	Fixed	   *wanted_seen = host_alloc_zero(card->intent_count * sizeof(Fixed));

	for (uint32_t i = 0; i < card->intent_count; i++)
		wanted[i] = card->intents[i].base;
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		const ScoreSignal *signal = &card->signals[s];
		uint64_t	count;
		Fixed		measure = model_measure(model, s, momentary, &count);
		Fixed		x = model_transform(signal, measure);

		hold(scorer_measure(scorer, s, momentary) == measure);
		hold(score_transform(signal, measure) == x);
		/* what was seen is asked of the whole journey */
		model_measure(model, s, false, &count);
		for (uint32_t w = 0; w < signal->weight_count; w++)
		{
			wanted[signal->weights[w].intent] += model_multiply(signal->weights[w].weight, x);
			if (count > 0)
				wanted_seen[signal->weights[w].intent] += (Fixed) fixed_magnitude(signal->weights[w].weight);
		}
	}
	scorer_evidence(scorer, momentary, evidence, seen);
	hold(memcmp(evidence, wanted, card->intent_count * sizeof(Fixed)) == 0);
	hold(memcmp(seen, wanted_seen, card->intent_count * sizeof(Fixed)) == 0);
	for (uint32_t i = 0; i < card->intent_count; i++)
		hold(scorer_probability(scorer, i, evidence[i]) == score_logistic(wanted[i]));
}

/* Lines add up to the evidence, signal by signal, and count every event once. */
static void
compare_lines(const Model *model, const Scorer *scorer, uint32_t intent)
{
	const Scorecard *card = model->card;
	ScoreLine  *lines;
	size_t		count = scorer_explain(scorer, intent, &lines);
	Fixed		sum = 0;
	Fixed	   *evidence = host_alloc_array(card->intent_count, sizeof(Fixed));

	scorer_evidence(scorer, false, evidence, NULL);
	hold(count > 0 && lines[0].signal.data == NULL && lines[0].contribution == card->intents[intent].base);
	for (size_t i = 0; i < count; i++)
		sum += lines[i].contribution;
	hold(sum == evidence[intent]);

	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		const ScoreSignal *signal = &card->signals[s];
		uint64_t	seen;
		uint64_t	told = 0;
		Fixed		whole = 0;
		Fixed		told_of = 0;
		int64_t		last = INT64_MIN;

		for (uint32_t w = 0; w < signal->weight_count; w++)
		{
			if (signal->weights[w].intent == intent)
				whole = model_multiply(signal->weights[w].weight,
									   model_transform(signal, model_measure(model, s, false, &seen)));
		}
		model_measure(model, s, false, &seen);
		for (size_t i = 1; i < count; i++)
		{
			if (lines[i].signal.size != signal->name.size ||
				memcmp(lines[i].signal.data, signal->name.data, signal->name.size) != 0)
				continue;
			told += lines[i].count;
			told_of += lines[i].contribution;
			if (lines[i].count > 0 && lines[i].last > last)
				last = lines[i].last;
			/* every part of a whole points the way of the whole, or is nothing */
			hold(lines[i].contribution == 0 || (lines[i].contribution < 0) == (whole < 0));
		}
		hold(told_of == whole);
		hold(told == seen || told == 0);
		for (size_t i = model->count; told > 0 && i > 0; i--)
		{
			if (!model_matches(model, signal, i - 1, false))
				continue;
			hold(last == model->events[i - 1].at);
			break;
		}
	}
}

/* One card over several journeys, as a query scores a table of them. */
static void
score_round(uint64_t round, uint64_t *random)
{
	ByteBuffer	json;
	Scorecard	card;
	Scorer		scorer;

	buffer_init(&json, 1);
	card_make(&json, round * 31);
	scorecard_parse(&card, (char *) json.data, json.size);
	scorer_init(&scorer, &card);
	for (int journey = 0; journey < 3; journey++)
	{
		Sample		sample;
		Model		model;
		ScoreCut	cut;
		size_t		size;
		const uint8_t *bytes;

		sample_make(&sample, round * 4 + (uint64_t) journey);
		sample.count = sample.count < 50 ? sample.count : 50;
		/* values as shops have them; what is out of range has a test below */
		for (size_t i = 0; i < sample.count; i++)
			sample.rows[i].value = (double) ((int64_t) random_below(random, 20001) - 10000) / 128;
		bytes = sample_journey(&sample, &size);
		cut.known = random_below(random, 2);
		cut.as_of = sample.count ? sample.rows[random_below(random, sample.count)].at : 0;
		cut.as_of += (int64_t) (random_bits(random) >> (cut.as_of > INSTANT_END / 2 ? 44 : 20)) - 1000;
		cut.known_at = cut.as_of - (int64_t) random_below(random, 3) * 1000000;
		if (cut.known)
		{
			JourneyView view;
			ByteBuffer	known;

			journey_open(&view, bytes, size);
			if (journey_has_versions(&view))
			{
				buffer_init(&known, 1);
				journey_cut(&known, &view, INT64_MAX, &cut.known_at);
				bytes = known.data;
				size = known.size;
			}
		}
		model_make(&model, &card, bytes, size, &cut);
		scorer_read(&scorer, &model.view, &cut, SCORE_MOMENTARY | SCORE_LINES);
		hold(scorer.events == model.count && scorer.open == model.open);
		compare_evidence(&model, &scorer, false);
		if (model.open)
			compare_evidence(&model, &scorer, true);
		score_plan_name(scorer.plan);
		for (uint32_t i = 0; i < card.intent_count; i++)
			compare_lines(&model, &scorer, i);

		/* asked for less, the same is found */
		scorer_read(&scorer, &model.view, &cut, 0);
		compare_evidence(&model, &scorer, false);
	}
}

static void
test_scores(void)
{
	uint64_t	random = 1;

	for (uint64_t round = 0; round < ROUNDS; round++)
	{
		if (!hold(HOST_CALL(score_round(round, &random))))
			diag("%s (%s)", host_failure.message, host_failure.detail);
	}
	held("measures, evidence and explanations are those of a plain computation");
}

/* ----- ends ----- */

static void
score_one(const char *json, double value, int64_t age)
{
	Scorecard	card;
	Scorer		scorer;
	JourneyView view;
	Touchpoint	touchpoint = {"web", "x", 3, 1};
	JourneyRow	row = {.at = 0, .flags = JOURNEY_ROW_VALUE, .value = value};
	ScoreCut	cut = {.as_of = age};
	ByteBuffer	out;
	Fixed		evidence[1];

	scorecard_parse(&card, json, strlen(json));
	buffer_init(&out, 1);
	journey_build(&out, &row, 1, &(TouchpointSet) {.count = 1, .touchpoints = &touchpoint});
	journey_open(&view, out.data, out.size);
	scorer_init(&scorer, &card);
	scorer_read(&scorer, &view, &cut, 0);
	scorer_evidence(&scorer, false, evidence, NULL);
}

#define CARD(rest) "{\"intents\":{\"a\":{\"base\":0}},\"signals\":[{\"name\":\"s\",\"touchpoints\":[\"x\"]," \
	"\"measure\":\"sum\",\"weights\":{\"a\":1}" rest "}]}"

static void
test_ends(void)
{
	hold(HOST_CALL(score_one(CARD(""), 1e26, 0)));
	hold(HOST_CALL(score_one(CARD(",\"half_life\":\"1 us\""), 1e300, 100000)));
	hold(HOST_CALL(score_one(CARD(",\"half_life\":\"1 us\""), -1e300, INT64_C(9000000000000000000))));
	held("the largest values count, and what has faded does not");
	refused(HOST_OUT_OF_RANGE, "value 1e+300 is out of range for evidence", "a value beyond 26 digits",
			score_one(CARD(""), 1e300, 0));
	hold(score_logistic(0) == 0.5 && score_logistic(-2000 * (Fixed) FIXED_ONE) == 0 &&
		 score_logistic(2000 * (Fixed) FIXED_ONE) == 1);
	held("probabilities end at 0 and 1");
}

int
main(void)
{
	test_scores();
	test_ends();
	return done_testing();
}
