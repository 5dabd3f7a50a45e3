/*
 * golden_test.c
 *		Bytes and evidence are the same on every machine, and as they always were.
 *
 * golden.txt holds what was written once.  A difference here means that stored
 * values would read differently after an upgrade: then the format needs a new
 * version, not a new file.  `golden_test --print` writes the file.
 */
#include "card.h"
#include "sample.h"
#include "tap.h"

#include "identity/identity_map.h"
#include "journey/journey_text.h"
#include "score/scoring.h"

static ByteBuffer golden;

static void
put_hex(const char *kind, uint64_t seed, const uint8_t *data, size_t size)
{
	buffer_text(&golden, host_format("%s %llu ", kind, (unsigned long long) seed));
	for (size_t i = 0; i < size; i++)
		buffer_text(&golden, host_format("%02x", data[i]));
	buffer_byte(&golden, '\n');
}

static void
put_journey(uint64_t seed)
{
	Sample		sample;
	size_t		size;
	uint8_t    *bytes;
	JourneyView view;
	ByteBuffer	text;

	sample_make(&sample, seed);
	sample.count = sample.count < 9 ? sample.count : 9;
	bytes = sample_journey(&sample, &size);
	put_hex("journey", seed, bytes, size);
	journey_open(&view, bytes, size);
	buffer_init(&text, 1);
	journey_to_text(&text, &view);
	buffer_text(&golden, host_format("text %llu ", (unsigned long long) seed));
	buffer_bytes(&golden, text.data, text.size);
	buffer_byte(&golden, '\n');
}

static void
put_card(uint64_t seed)
{
	ByteBuffer	json;
	ByteBuffer	flat;
	Scorecard	card;

	buffer_init(&json, 1);
	card_make(&json, seed);
	scorecard_parse(&card, (char *) json.data, json.size);
	buffer_init(&flat, 1);
	scorecard_append_flat(&flat, &card);
	put_hex("scorecard", seed, flat.data, flat.size);
}

static void
put_identity_map(uint64_t seed)
{
	uint64_t	random = seed;
	TextComponents components;
	ByteBuffer	out;

	text_components_init(&components);
	for (uint64_t i = 0; i < 1 + seed * 2; i++)
	{
		char		a[32];
		char		b[32];
		size_t		a_size = (size_t) snprintf(a, sizeof(a), "cookie:%u", (unsigned) random_below(&random, 20));
		size_t		b_size = (size_t) snprintf(b, sizeof(b), "login %u", (unsigned) random_below(&random, 9));

		text_components_add(&components, a, a_size, b, b_size);
	}
	text_components_settle(&components);
	buffer_init(&out, 1);
	identity_map_pack(&out, &components);
	put_hex("identity_map", seed, out.data, out.size);
}

static void
put_evidence(uint64_t seed)
{
	ByteBuffer	json;
	Scorecard	card;
	Scorer		scorer;
	Sample		sample;
	JourneyView view;
	size_t		size;
	uint8_t    *bytes;
	ScoreCut	cut = {.known = false};
	Fixed	   *evidence;

	buffer_init(&json, 1);
	card_make(&json, seed);
	scorecard_parse(&card, (char *) json.data, json.size);
	sample_make(&sample, seed);
	for (size_t i = 0; i < sample.count; i++)
		sample.rows[i].value = (double) (i % 13) / 3;
	bytes = sample_journey(&sample, &size);
	journey_open(&view, bytes, size);
	cut.as_of = view.last;
	evidence = host_alloc_array(card.intent_count, sizeof(Fixed));
	scorer_init(&scorer, &card);
	scorer_read(&scorer, &view, &cut, SCORE_MOMENTARY | SCORE_LINES);
	for (int momentary = 0; momentary <= scorer.open; momentary++)
	{
		scorer_evidence(&scorer, momentary, evidence, NULL);
		buffer_text(&golden, host_format("%s %llu", momentary ? "momentary" : "evidence", (unsigned long long) seed));
		for (uint32_t i = 0; i < card.intent_count; i++)
		{
			char		text[FIXED_TEXT_MAX];

			fixed_to_numeric_text(evidence[i], text);
			buffer_text(&golden, host_format(" %s", text));
		}
		buffer_byte(&golden, '\n');
	}
}

/* Curves at points that no table has as they are. */
static void
put_curves(void)
{
	char		text[FIXED_TEXT_MAX];

	for (int64_t half_life = 1; half_life < INT64_MAX / 1000; half_life *= 1237)
	{
		FixedDecay	decay = fixed_decay_prepare(half_life);

		for (uint64_t age = 1; age < decay.end; age += age / 3 + decay.end / 40)
			buffer_text(&golden, host_format("decay %lld %llu %lld\n", (long long) half_life, (unsigned long long) age,
											 (long long) fixed_decay(&decay, age)));
	}
	for (Fixed x = 1; x < (Fixed) 1 << 120; x = x * 17 + 5)
	{
		fixed_to_numeric_text(fixed_log1p(x), text);
		buffer_text(&golden, host_format("log1p %s\n", text));
	}
}

static void
put_all(void)
{
	buffer_init(&golden, 1);
	for (uint64_t seed = 0; seed < 240; seed += 6)
		put_journey(seed);
	for (uint64_t seed = 1; seed <= 12; seed++)
		put_card(seed);
	for (uint64_t seed = 0; seed < 8; seed++)
		put_identity_map(seed);
	for (uint64_t seed = 1; seed <= 60; seed++)
		put_evidence(seed);
	put_curves();
}

static void
compare(const char *file)
{
	FILE	   *stream = fopen(file, "rb");
	size_t		size = 0;
	char	   *line = NULL;
	size_t		at = 0;

	if (!ok(stream != NULL, "golden.txt is there"))
		return;
	for (ssize_t length; (length = getline(&line, &size, stream)) > 0; at += (size_t) length)
	{
		if (!hold(golden.size - at >= (size_t) length && memcmp(golden.data + at, line, (size_t) length) == 0))
		{
			diag("expected %.*s", (int) (length < 300 ? length - 1 : 300), line);
			break;
		}
	}
	hold(at == golden.size);
	held("bytes, texts and evidence are those of golden.txt");
	free(line);
	fclose(stream);
}

int
main(int argc, char **argv)
{
	if (!HOST_CALL(
	{
		put_all();
		if (argc > 1 && strcmp(argv[1], "--print") == 0)
			fwrite(golden.data, 1, golden.size, stdout);
		else
			compare(TEST_FOLDER "/golden.txt");
	}))
		ok(false, "%s (%s)", host_failure.message, host_failure.detail);
	if (argc > 1)
		return 0;
	return done_testing();
}
