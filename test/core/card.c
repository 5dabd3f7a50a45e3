/*
 * card.c
 *		Generated scorecards for the core tests, over the touchpoints of samples.
 */
#include "card.h"
#include "sample.h"
#include "tap.h"

#include "score/json_reader.h"
#include "score/scoring.h"

static const char *const measures[] = {"count", "sum", "exists", "recency", "channels", "sessions"};

static void
append_number(ByteBuffer *json, uint64_t *random)
{
	int64_t		whole = (int64_t) random_below(random, 2001) - 1000;

	buffer_text(json, host_format(random_below(random, 3) ? "%lld.%03llu" : "%llde-2", (long long) whole,
								  (unsigned long long) random_below(random, 1000)));
}

static void
append_half_life(ByteBuffer *json, uint64_t *random)
{
	static const char *const half_lives[] = {
		"1 us", "30 seconds", "2 hours", "2 days", "PT36H", "14 days 0.5 seconds", "100000000 days"
	};

	buffer_text(json, host_format(", \"half_life\": \"%s\"", half_lives[random_below(random, 7)]));
}

static void
append_transform(ByteBuffer *json, uint64_t *random)
{
	switch (random_below(random, 4))
	{
		case 0:
			buffer_text(json, ", \"transform\": \"log1p\"");
			break;
		case 1:
			buffer_text(json, ", \"transform\": \"linear\"");
			break;
		case 2:
			buffer_text(json, ", \"transform\": {\"points\": [");
			for (int64_t x = (int64_t) random_below(random, 5) - 3, n = 0; x < 9; x += 1 + (int64_t) random_below(random, 5))
			{
				buffer_text(json, host_format("%s[%lld.5, ", n++ ? ", " : "", (long long) x));
				append_number(json, random);
				buffer_text(json, "]");
			}
			buffer_text(json, "]}");
			break;
		default:
			break;
	}
}

static void
append_signal(ByteBuffer *json, int number, int intents, uint64_t *random)
{
	static const char *const patterns[] = {
		"web:*", "view", "*", ":*", "*:viewed", "web:view", "\\\"call centre\\\":*", "\\\"add to cart\\\"",
		"\\\"\\u00fc\\\":*", "nothing:at-all"
	};
	int			measure = (int) random_below(random, 6);
	int			weighted = 0;

	buffer_text(json, host_format("%s{\"name\": \"signal %d\", \"touchpoints\": [\"%s\"", number ? ",\n " : "", number,
								  patterns[random_below(random, 10)]));
	while (random_below(random, 2))
		buffer_text(json, host_format(", \"%s\"", patterns[random_below(random, 10)]));
	buffer_text(json, host_format("], \"measure\": \"%s\"", measures[measure]));
	if (measure == 3 || (measure < 3 && random_below(random, 2)))
		append_half_life(json, random);
	if (random_below(random, 3) == 0)
		buffer_text(json, host_format(", \"cap\": %llu.25", (unsigned long long) random_below(random, 9)));
	append_transform(json, random);
	buffer_text(json, ", \"weights\": {");
	for (int i = intents - 1; i >= 0; i--)
	{
		if (i > 0 && random_below(random, 2))
			continue;
		buffer_text(json, host_format("%s\"intent %d\": ", weighted++ ? ", " : "", i));
		append_number(json, random);
	}
	buffer_text(json, "}}");
}

void
card_make(ByteBuffer *json, uint64_t seed)
{
	static const char *const gaps[] = {"30 minutes", "0 seconds", "3 seconds", "2 hours", "5 days"};
	uint64_t	random = seed;
	int			intents = 1 + (int) random_below(&random, 4);
	int			signals = (int) random_below(&random, 7);

	buffer_text(json, "{\"intents\": {");
	for (int i = 0; i < intents; i++)
	{
		buffer_text(json, host_format("%s\"intent %d\": {\"base\": ", i ? ", " : "", i));
		append_number(json, &random);
		buffer_text(json, "}");
	}
	buffer_text(json, "}, ");
	if (random_below(&random, 3))
		buffer_text(json, host_format("\"session_gap\": \"%s\", ", gaps[random_below(&random, 5)]));
	buffer_text(json, "\"signals\": [");
	for (int i = 0; i < signals; i++)
		append_signal(json, i, intents, &random);
	buffer_text(json, "]}");
}

/* ----- reading ----- */

/* A journey to score, made once and kept. */
static const uint8_t *
kept_journey(size_t *size)
{
	static uint8_t *kept;
	static size_t kept_size;

	if (kept == NULL)
	{
		size_t		budget = host_budget;
		Sample		sample;
		uint8_t    *bytes;

		host_budget = HOST_BUDGET_DEFAULT;
		sample_make(&sample, 20);
		bytes = sample_journey(&sample, &kept_size);
		kept = memcpy(malloc(kept_size), bytes, kept_size);
		host_budget = budget;
	}
	*size = kept_size;
	return kept;
}

/* Whatever a card says, a journey has a score, or evidence is out of range. */
static void
score_something(const Scorecard *card)
{
	JourneyView view;
	Scorer		scorer;
	ScoreCut	cut = {.known = false};
	Fixed	   *evidence = host_alloc_array(card->intent_count, sizeof(Fixed));
	Fixed	   *seen = host_alloc_array(card->intent_count, sizeof(Fixed));
	ScoreLine  *lines;
	size_t		size;
	const uint8_t *bytes = kept_journey(&size);

	/* the budget was that of the card's bytes; whoever called sets it again */
	host_budget += host_budget_for(size);
	journey_open(&view, bytes, size);
	cut.as_of = view.last;
	scorer_init(&scorer, card);
	scorer_read(&scorer, &view, &cut, SCORE_MOMENTARY | SCORE_LINES);
	scorer_evidence(&scorer, false, evidence, seen);
	scorer_evidence(&scorer, true, evidence, seen);
	score_plan_name(scorer.plan);
	for (uint32_t i = 0; i < card->intent_count && i < 4; i++)
		scorer_explain(&scorer, i, &lines);
}

static void
insist_same(const ByteBuffer *a, const ByteBuffer *b, const char *what)
{
	if (a->size != b->size || memcmp(a->data, b->data, a->size) != 0)
		host_fail(HOST_INTERNAL, what, NULL, NULL);
}

void
card_read_json(const uint8_t *data, size_t size)
{
	Scorecard	card;
	ByteBuffer	flat;
	ByteBuffer	json;
	ByteBuffer	again;

	scorecard_parse(&card, (const char *) data, size);
	buffer_init(&flat, 64);
	scorecard_append_flat(&flat, &card);
	scorecard_open(&card, flat.data, flat.size);
	buffer_init(&json, 64);
	scorecard_append_json(&json, &card);
	scorecard_parse(&card, (char *) json.data, json.size);
	buffer_init(&again, 64);
	scorecard_append_flat(&again, &card);
	insist_same(&flat, &again, "a scorecard does not read back from its text");
	score_something(&card);
}

void
card_read_flat(const uint8_t *data, size_t size)
{
	Scorecard	card;
	ByteBuffer	out;

	scorecard_open(&card, data, size);
	buffer_init(&out, 64);
	scorecard_append_json(&out, &card);
	out.size = 0;
	scorecard_append_flat(&out, &card);
	score_something(&card);
}
