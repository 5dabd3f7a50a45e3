/*
 * scorecard_test.c
 *		Scorecards: JSON text, flat bytes, and what is neither.
 */
#include "card.h"
#include "hostile.h"
#include "tap.h"

#include "score/json_reader.h"
#include "score/scorecard.h"

static void
test_round_trip(void)
{
	for (uint64_t seed = 1; seed <= 300; seed++)
	{
		if (!hold(HOST_CALL(
		{
			ByteBuffer	json;

			buffer_init(&json, 1);
			card_make(&json, seed);
			card_read_json(json.data, json.size);
		})))
			diag("%s (%s)", host_failure.message, host_failure.detail);
	}
	held("scorecards read back from flat bytes and from their text");
}

/* Order of keys, spaces and escapes are ways to say the same. */
static void
test_same(void)
{
	static const char *const texts[2] = {
		"{\"intents\":{\"a\":{\"base\":-3},\"b\":{\"base\":0.50}},\"signals\":[{\"name\":\"s\",\"touchpoints\":[\"web:view\"],"
		"\"measure\":\"count\",\"half_life\":\"1 day\",\"weights\":{\"a\":1,\"b\":2}}]}",
		" { \"signals\" : [ { \"weights\" : { \"b\" : 2.0 , \"\\u0061\" : 1e0 } , \"transform\" : \"linear\" , \"half_life\" : \"P1D\" ,\n"
		"\t\"measure\" : \"c\\u006funt\" , \"touchpoints\" : [ \"\\\"web\\\":view\" ] , \"name\" : \"s\" } ] ,\r\n"
		" \"session_gap\" : \"30 minutes\" , \"intents\" : { \"a\" : { \"base\" : -30e-1 } , \"b\" : { \"base\" : 5E-1 } } } "
	};

	hold(HOST_CALL(
	{
		ByteBuffer	flat[2];

		for (int i = 0; i < 2; i++)
		{
			Scorecard	card;

			scorecard_parse(&card, texts[i], strlen(texts[i]));
			buffer_init(&flat[i], 1);
			scorecard_append_flat(&flat[i], &card);
		}
		hold(flat[0].size == flat[1].size && memcmp(flat[0].data, flat[1].data, flat[0].size) == 0);
	}));
	held("what says the same is the same");
}

#define SIGNAL(rest) "{\"intents\":{\"a\":{\"base\":0}},\"signals\":[{\"name\":\"s\",\"touchpoints\":[\"x\"]," rest "}]}"
#define GOOD "\"measure\":\"count\",\"weights\":{\"a\":1}"

static const struct
{
	const char *text;
	HostError	code;
	const char *words;
}			bad[] = {
	{"", HOST_BAD_TEXT, "At byte 1"},
	{"{", HOST_BAD_TEXT, "At byte 2"},
	{"nul", HOST_BAD_TEXT, "a value is expected"},
	{"{\"a\":1,}", HOST_BAD_TEXT, "a string in double quotes"},
	{"[1 2]", HOST_BAD_TEXT, "\",\" or \"]\""},
	{"{\"a\" 1}", HOST_BAD_TEXT, "\":\""},
	{"\"\\q\"", HOST_BAD_TEXT, "unknown escape"},
	{"\"\\ud800\"", HOST_BAD_TEXT, "no character"},
	{"\"\\ud800\\u0041\"", HOST_BAD_TEXT, "no partner"},
	{"\"\\u00\"", HOST_BAD_TEXT, "hexadecimal"},
	{"\"\\u0000\"", HOST_BAD_TEXT, "no character"},
	{"\"a\nb\"", HOST_BAD_TEXT, "not closed"},
	{"1.", HOST_BAD_TEXT, "behind the point"},
	{"1e", HOST_BAD_TEXT, "exponent"},
	{"01", HOST_BAD_TEXT, "follows the value"},
	{"{} {}", HOST_BAD_TEXT, "follows the value"},
	{"{\"a\":1,\"a\":2}", HOST_BAD_PARAMETER, "second time"},
	{"[]", HOST_BAD_PARAMETER, "must be an object"},
	{"{}", HOST_BAD_PARAMETER, "intents is missing"},
	{"{\"intents\":{}, \"signals\":[]}", HOST_BAD_PARAMETER, "at least one intent"},
	{"{\"intents\":{\"a\":{\"base\":0}}}", HOST_BAD_PARAMETER, "signals is missing"},
	{"{\"intents\":{\"a\":{}},\"signals\":[]}", HOST_BAD_PARAMETER, "intents.a.base is missing"},
	{"{\"intents\":{\"\":{\"base\":0}},\"signals\":[]}", HOST_BAD_PARAMETER, "must not be empty"},
	{"{\"intents\":{\"a\":{\"base\":\"0\"}},\"signals\":[]}", HOST_BAD_PARAMETER, "must be a number"},
	{"{\"intents\":{\"a\":{\"base\":1e30}},\"signals\":[]}", HOST_OUT_OF_RANGE, "intents.a.base is out of range"},
	{"{\"intents\":{\"a\":{\"base\":0}},\"signals\":[],\"sessiongap\":1}", HOST_BAD_PARAMETER, "sessiongap is not a known key"},
	{"{\"intents\":{\"a\":{\"base\":0}},\"signals\":[],\"session_gap\":\"1 month\"}", HOST_BAD_PARAMETER, "months or years"},
	{SIGNAL("\"measure\":\"cnt\",\"weights\":{\"a\":1}"), HOST_BAD_PARAMETER, "signals[0].measure is not a measure"},
	{SIGNAL(GOOD ",\"half_life\":\"0 days\""), HOST_BAD_PARAMETER, "longer than 0"},
	{SIGNAL(GOOD ",\"half_life\":\"x\""), HOST_BAD_PARAMETER, "signals[0].half_life is not a duration"},
	{SIGNAL(GOOD ",\"cap\":-1"), HOST_BAD_PARAMETER, "signals[0].cap must not be negative"},
	{SIGNAL(GOOD ",\"transform\":\"log\""), HOST_BAD_PARAMETER, "is not a transform"},
	{SIGNAL(GOOD ",\"transform\":{\"points\":[]}"), HOST_BAD_PARAMETER, "at least one point"},
	{SIGNAL(GOOD ",\"transform\":{\"points\":[[0]]}"), HOST_BAD_PARAMETER, "must be a pair"},
	{SIGNAL(GOOD ",\"transform\":{\"points\":[[0,1],[0,2]]}"), HOST_BAD_PARAMETER, "points[1][0] must be greater"},
	{SIGNAL("\"measure\":\"recency\",\"weights\":{\"a\":1}"), HOST_BAD_PARAMETER, "half_life is missing"},
	{SIGNAL("\"measure\":\"channels\",\"half_life\":\"1 day\",\"weights\":{\"a\":1}"), HOST_BAD_PARAMETER, "not possible"},
	{SIGNAL("\"measure\":\"count\",\"weights\":{}"), HOST_BAD_PARAMETER, "at least one intent"},
	{SIGNAL("\"measure\":\"count\",\"weights\":{\"b\":1}"), HOST_BAD_PARAMETER, "is not an intent"},
	{SIGNAL("\"measure\":\"count\",\"weights\":{\"a\":1},\"colour\":1"), HOST_BAD_PARAMETER, "signals[0].colour is not a known key"},
};

static void
test_refusals(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		Scorecard	card;

		if (!hold(HOST_FAILS(bad[i].code, scorecard_parse(&card, bad[i].text, strlen(bad[i].text)))) ||
			!hold(strstr(host_failure.message, bad[i].words) || strstr(host_failure.detail, bad[i].words)))
			diag("of %s: %d, %s (%s)", bad[i].text, (int) host_failure.code, host_failure.message, host_failure.detail);
	}
	held("what is no scorecard, and where");
}

/* A text that is larger inside than outside, or deep, or long. */
static void
test_bombs(void)
{
	static const JsonDocument document = {"scorecard", "{}"};
	const size_t depth = 1000000;
	char	   *deep = malloc(depth);
	char	   *wide = malloc(4 * depth);
	JsonValue	value;

	memset(deep, '[', depth);
	refused(HOST_BAD_TEXT, "nesting is too deep", "a million brackets", json_parse(&value, &document, deep, depth));
	for (size_t i = 0; i < depth; i++)
		memcpy(deep + i / 6 * 6, "{\"a\":[", i % 6 == 0 && i + 6 <= depth ? 6 : 0);
	refused(HOST_BAD_TEXT, "nesting is too deep", "brackets of both kinds", json_parse(&value, &document, deep, depth));
	for (size_t i = 0; i < depth; i++)
		memcpy(wide + 2 * i, i ? ",1" : "[1", 2);
	refused(HOST_LIMIT, "scorecard is too long", "a million numbers", json_parse(&value, &document, wide, 2 * depth));
	free(deep);
	free(wide);

	refused(HOST_LIMIT, "the most is 1000", "a thousand and one intents",
	{
		ByteBuffer	json;
		Scorecard	card;

		buffer_init(&json, 1);
		buffer_text(&json, "{\"intents\":{");
		for (int i = 0; i <= SCORECARD_MAX_INTENTS; i++)
			buffer_text(&json, host_format("%s\"%d\":{\"base\":0}", i ? "," : "", i));
		buffer_text(&json, "},\"signals\":[]}");
		scorecard_parse(&card, (char *) json.data, json.size);
	});
	refused(HOST_OUT_OF_RANGE, "makes the sum of the weights of its intent too large", "a sum of weights",
	{
		static const char text[] = "{\"intents\":{\"a\":{\"base\":0}},\"signals\":["
			"{\"name\":\"s\",\"touchpoints\":[\"x\"],\"measure\":\"count\",\"weights\":{\"a\":1e26}},"
			"{\"name\":\"t\",\"touchpoints\":[\"x\"],\"measure\":\"count\",\"weights\":{\"a\":-1e26}}]}";
		Scorecard	card;

		scorecard_parse(&card, text, sizeof(text) - 1);
	});
}

static void
test_hostile(void)
{
	uint64_t	random = 1;

	for (uint64_t seed = 1; seed <= (full_run() ? 100 : 6); seed++)
	{
		uint8_t    *kept[2] = {NULL, NULL};
		size_t		size[2] = {0, 0};

		hold(HOST_CALL(
		{
			ByteBuffer	json;
			ByteBuffer	flat;
			Scorecard	card;

			buffer_init(&json, 1);
			card_make(&json, seed);
			scorecard_parse(&card, (char *) json.data, json.size);
			buffer_init(&flat, 1);
			scorecard_append_flat(&flat, &card);
			size[0] = json.size;
			kept[0] = memcpy(malloc(json.size), json.data, json.size);
			size[1] = flat.size;
			kept[1] = memcpy(malloc(flat.size), flat.data, flat.size);
		}));
		for (size_t cut = 0; cut < size[0]; cut++)
			hold(!hostile_try(card_read_json, kept[0], cut));
		for (size_t cut = 0; cut < size[1]; cut++)
			hold(!hostile_try(card_read_flat, kept[1], cut));
		hostile_mutations(card_read_json, kept[0], size[0], 500, &random);
		hostile_mutations(card_read_flat, kept[1], size[1], 500, &random);
		if (size[1] < 120)
			hostile_flips(card_read_flat, kept[1], size[1]);
		free(kept[0]);
		free(kept[1]);
	}
	held("text and bytes cut short or changed");
	hostile_buffers(card_read_flat, (const uint8_t *) "\1\0\200\335\333\1\1\1a\0\0\1\1s\0\0\1\1x", 18, 10000, &random);
	hostile_buffers(card_read_json, (const uint8_t *) "{\"intents\":{\"", 13, 5000, &random);
	held("random bytes");
}

int
main(void)
{
	test_round_trip();
	test_same();
	test_refusals();
	test_bombs();
	test_hostile();
	return done_testing();
}
