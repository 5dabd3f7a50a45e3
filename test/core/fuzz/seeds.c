/*
 * seeds.c
 *		Writes the corpora that fuzzing begins with: seeds FOLDER
 *
 * Small values of every shape, from the generators of the core tests, and
 * texts that show each rule of a grammar once.
 */
#include <sys/stat.h>

#include "card.h"
#include "linkage_readers.h"
#include "list.h"
#include "model_samples.h"
#include "sample.h"
#include "state_samples.h"
#include "tap.h"

#include "identity/identity_map.h"
#include "journey/journey_text.h"
#include "score/scorecard.h"

static const char *root;

static void
put(const char *target, unsigned number, const void *data, size_t size)
{
	char		name[600];
	FILE	   *file;

	snprintf(name, sizeof(name), "%s/%s", root, target);
	mkdir(name, 0777);
	snprintf(name, sizeof(name), "%s/%s/seed-%02u", root, target, number);
	file = fopen(name, "wb");
	if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0)
	{
		perror(name);
		exit(1);
	}
}

static void
put_texts(const char *target, const char *const *texts)
{
	for (unsigned i = 0; texts[i]; i++)
		put(target, i, texts[i], strlen(texts[i]));
}

static void
put_journeys(void)
{
	for (unsigned i = 0; i < 30; i++)
	{
		Sample		sample;
		JourneyView view;
		size_t		size;
		uint8_t    *bytes;
		ByteBuffer	text;

		sample_make(&sample, i * 4);
		sample.count = sample.count < 1 + i / 3 ? sample.count : 1 + i / 3;
		bytes = sample_journey(&sample, &size);
		put("journey", i, bytes, size);
		journey_open(&view, bytes, size);
		buffer_init(&text, 1);
		journey_to_text(&text, &view);
		put("journey_text", i, text.data, text.size);
	}
}

static void
put_cards(void)
{
	for (unsigned i = 0; i < 16; i++)
	{
		ByteBuffer	json;
		ByteBuffer	flat;
		Scorecard	card;

		buffer_init(&json, 1);
		card_make(&json, i + 1);
		put("scorecard_json", i, json.data, json.size);
		scorecard_parse(&card, (char *) json.data, json.size);
		buffer_init(&flat, 1);
		scorecard_append_flat(&flat, &card);
		put("scorecard", i, flat.data, flat.size);
	}
}

static void
put_lists(void)
{
	uint64_t	random = 7;

	for (unsigned i = 0; i < 12; i++)
	{
		ByteBuffer	json;
		ByteBuffer	flat;
		Scorecard	card;

		buffer_init(&json, 1);
		list_make(&json, &random);
		put("signal_list_json", i, json.data, json.size);
		signal_list_parse(&card, (char *) json.data, json.size);
		buffer_init(&flat, 1);
		scorecard_append_flat(&flat, &card);
		put("signal_list", i, flat.data, flat.size);
	}
}

static void
put_identity_maps(void)
{
	static const char *const texts[] = {
		"{}", "{{a}}", "{{a,b},{c}}", "{{\"a b\",\"x\"\"y\"},{+49-30/1:2,anna@example.org}}", " { { b , a } , {c} } ",
		"{{0,1,2,3,4,5,6,7,8,9}}", "{{a}", "{{a,a}}", "{{\"\"}}", NULL
	};

	put_texts("identity_map_text", texts);
	for (unsigned i = 0; i < 6; i++)
	{
		TextComponents components;
		ByteBuffer	out;

		text_components_init(&components);
		identity_map_from_text(&components, texts[i], strlen(texts[i]));
		text_components_settle(&components);
		buffer_init(&out, 1);
		identity_map_pack(&out, &components);
		put("identity_map", i, out.data, out.size);
	}
}

static void
put_models(void)
{
	unsigned	number = 0;

	for (const ModelSample *sample = model_samples; sample->name; sample++)
	{
		for (uint64_t count = 0; count <= 9; count = count * 2 + 1)
		{
			ByteBuffer	out = model_sample(sample, count, 0, 1, 0);

			put(sample->target, number++, out.data, out.size);
		}
	}
}

static void
put_linkage_models(void)
{
	for (unsigned i = 0; i < 6; i++)
	{
		LinkageModel *model = host_alloc(sizeof(LinkageModel));
		LinkageTable table;
		ByteBuffer	out;

		linkage_make_model(model, &table, 2 + i * 2, 0);
		buffer_init(&out, 1);
		linkage_model_append(&out, model);
		put("linkage_model", i, out.data, out.size);
	}
}

static void
put_partials(void)
{
	unsigned	number = 0;

	for (const StateSample *sample = state_samples; sample->kind; sample++)
	{
		for (uint64_t rows = 0; rows <= 9; rows = rows * 2 + 1)
		{
			ByteBuffer	out = state_sample(sample, rows);

			put("partial", number++, out.data, out.size);
		}
	}
}

/* Each operator once; for matching with a few events of a, b and c behind it. */
static void
put_patterns(void)
{
	static const char *const texts[] = {
		"a", "x:a -> :b", "a b", "a ->[>= 1 s, <= 3 s] b", "a -> !c -> b within 4 s", "!c ->[<= 2 s] a", "a ->[<= 2 s] !c",
		"(a | b) -> (!c)", "{a & b & c} -> a", "a? -> b -> c??", "(a b)+ c", "^ a .* b $", "n:=a{1,2} b*? -> a[value > 1, value <= 2]",
		"(a -> !b -> c | x:*){2,3}", "a -> a -> a strictly", "\"a b\" -> \".\"", ".+? a strictly within 5 s", NULL
	};

	put_texts("pattern", texts);
	for (unsigned i = 0; texts[i]; i++)
	{
		ByteBuffer	out;

		buffer_init(&out, 64);
		buffer_text(&out, texts[i]);
		buffer_text(&out, "\n\x83\x00\x04\x01\x02\x00\x13\x01\x9b\x00");
		for (uint8_t event = 0; event < 24; event++)
			buffer_byte(&out, (uint8_t) (event % 2 ? event % 3 : event * 7));
		put("pattern_match", i, out.data, out.size);
	}
}

int
main(int argc, char **argv)
{
	static const char *const durations[] = {
		"2 days", "1 hour 30 minutes", "12:30:00.5", "P1W", "PT1H30M0.5S", "P2DT12H", "1.5 h", "7us", "3 months", "P1Y",
		"9223372036854775807 us", "0 seconds", "1 century", "12:", NULL
	};
	static const char *const numbers[] = {
		"0", "-1.5", "1e3", "25e-13", "170141183460469231731687303.715884105727", "1e999", ".5", "5.", "+7E-2", "-", NULL
	};
	static const char *const instants[] = {
		"2026-03-01T10:00:00Z", "2026-03-01Z", "2026-03-01 11:00+01", "1999-12-31T14:30:00.123456-09:30", "-4713-11-24T00:00:00Z",
		"294276-12-31T23:59:59.999999Z", "2024-02-29T24:00:00Z", "2026-03-01T10:00:00", "2026-02-30Z", NULL
	};
	static const char *const touchpoints[] = {
		"view", "web:view", ":view", "*:view", "web:*", "call:\"delivery failed\"", "\"a:b\":\"say \"\"hi\"\"\"", "\"\"", "*", "a:", NULL
	};

	if (argc != 2)
	{
		fprintf(stderr, "usage: seeds FOLDER\n");
		return 1;
	}
	root = argv[1];
	mkdir(root, 0777);
	if (!HOST_CALL(
	{
		put_texts("duration", durations);
		put_texts("fixed", numbers);
		put_texts("instant", instants);
		put_texts("touchpoint", touchpoints);
		put_journeys();
		put_cards();
		put_lists();
		put_identity_maps();
		put_linkage_models();
		put_models();
		put_partials();
		put_patterns();
	}))
	{
		fprintf(stderr, "%s (%s)\n", host_failure.message, host_failure.detail);
		return 1;
	}
	return 0;
}
