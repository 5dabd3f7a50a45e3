/*
 * journey_text_test.c
 *		The text of journeys, and of points in time.
 */
#include "hostile.h"
#include "journey_readers.h"
#include "sample.h"
#include "tap.h"

#include "base/instant.h"
#include "journey/journey_text.h"

/* ----- instants ----- */

static const struct
{
	const char *text;
	int64_t		instant;
	const char *canonical;
}			instants[] = {
	{"2000-01-01T00:00:00Z", 0, "2000-01-01T00:00:00Z"},
	{"2000-01-01Z", 0, "2000-01-01T00:00:00Z"},
	{"2000-01-01 01:00+01", 0, "2000-01-01T00:00:00Z"},
	{"1999-12-31T14:30:00-09:30", 0, "2000-01-01T00:00:00Z"},
	{"2000-01-01T00:00:00.5Z", 500000, "2000-01-01T00:00:00.5Z"},
	{"2000-01-01T00:00:00.000001Z", 1, "2000-01-01T00:00:00.000001Z"},
	{"2000-02-29T00:00:00Z", INT64_C(59) * 86400000000, "2000-02-29T00:00:00Z"},
	{"1970-01-01T00:00:00Z", INT64_C(-946684800000000), "1970-01-01T00:00:00Z"},
};

static void
test_instants(void)
{
	uint64_t	random = 1;

	for (size_t i = 0; i < sizeof(instants) / sizeof(instants[0]); i++)
	{
		int64_t		instant = -1;
		size_t		taken = 0;
		char		text[INSTANT_TEXT_MAX];
		size_t		size = strlen(instants[i].text);

		hold(instant_parse(instants[i].text, size, &instant, &taken) == INSTANT_OK && taken == size);
		size = instant_to_text(instants[i].instant, text);
		if (!hold(instant == instants[i].instant) ||
			!hold(size == strlen(instants[i].canonical) && memcmp(text, instants[i].canonical, size) == 0))
			diag("%s is %lld, %.*s", instants[i].text, (long long) instant, (int) size, text);
	}
	held("known points in time");

	for (int i = 0; i < 50000; i++)
	{
		int64_t		wanted = (int64_t) ((uint64_t) INSTANT_MIN +
										 random_below(&random, (uint64_t) INSTANT_END - (uint64_t) INSTANT_MIN));
		int64_t		got = -1;
		size_t		taken = 0;
		char		text[INSTANT_TEXT_MAX];
		size_t		size;

		wanted = i == 0 ? INSTANT_MIN : i == 1 ? INSTANT_END - 1 : i % 3 ? wanted : wanted / 1000000 * 1000000;
		size = instant_to_text(wanted, text);
		hold(size <= INSTANT_TEXT_MAX && text[size - 1] == 'Z');
		if (!hold(instant_parse(text, size, &got, &taken) == INSTANT_OK && taken == size && got == wanted))
			diag("%lld is %.*s", (long long) wanted, (int) size, text);
	}
	held("all finite instants read back");

	for (int i = 0; i < 50000; i++)
	{
		static const char letters[] = "0123456789-:T Z+.21";
		char		text[40] = "2026-03-01T10:00:00.123456+01:00";
		size_t		size = random_below(&random, 33);
		int64_t		instant;
		size_t		taken = 0;
		char	   *exact;

		for (int n = 1 + (int) random_below(&random, 3); n > 0; n--)
			text[random_below(&random, 32)] = letters[random_below(&random, sizeof(letters) - 1)];
		exact = memcpy(malloc(size + !size), text, size);
		if (instant_parse(exact, size, &instant, &taken) == INSTANT_OK)
			hold(instant >= INSTANT_MIN && instant < INSTANT_END);
		hold(taken <= size);
		free(exact);
	}
	held("what is like a time is read inside its bytes");
}

/* ----- journeys ----- */

static void
test_round_trip(void)
{
	for (uint64_t seed = 0; seed < 400; seed++)
	{
		hold(HOST_CALL(
		{
			Sample		sample;
			JourneyView view;
			size_t		size;
			uint8_t    *bytes;
			ByteBuffer	text;
			ByteBuffer	again;

			sample_make(&sample, seed);
			bytes = sample_journey(&sample, &size);
			journey_open(&view, bytes, size);
			buffer_init(&text, 1);
			journey_to_text(&text, &view);
			buffer_init(&again, 1);
			journey_from_text(&again, (char *) text.data, text.size);
			hold(again.size == size && memcmp(again.data, bytes, size) == 0);
		}));
	}
	held("journeys read back from their text");
}

static const struct
{
	const char *text;
	const char *canonical;
}			good[] = {
	{"{}", "{}"},
	{" { } ", "{}"},
	{"{2026-03-01T11:00:00+01 web:view}", "{2026-03-01T10:00:00Z web:view}"},
	{"{2026-03-01T10:00:00Z b,2026-03-01T10:00:00Z a:b ref=x value=1.50}",
	"{2026-03-01T10:00:00Z a:b value=1.5 ref=x, 2026-03-01T10:00:00Z b}"},
	{"{2026-03-01Z \"a b\":\"\" ref=\"x, y\" recorded_at=2026-03-02Z}",
	"{2026-03-01T00:00:00Z \"a b\":\"\" recorded_at=2026-03-02T00:00:00Z ref=\"x, y\"}"},
	{"{2026-03-01Z a value=-0}", "{2026-03-01T00:00:00Z a value=0}"},
	{"{2026-03-01Z a ref=\"\"}", "{2026-03-01T00:00:00Z a}"},
};

static const struct
{
	const char *text;
	HostError	code;
	const char *words;
}			bad[] = {
	{"", HOST_BAD_TEXT, "\"{\""}, {"{", HOST_BAD_TEXT, "a time"}, {"{} x", HOST_BAD_TEXT, "nothing after"},
	{"{2026-03-01T10:00:00 a}", HOST_BAD_TEXT, "offset"}, {"{2026-03-01Z}", HOST_BAD_TEXT, "a touchpoint"},
	{"{2026-02-30Z a}", HOST_BAD_TIME, "a time that exists"}, {"{2026-03-01Z *}", HOST_BAD_TEXT, "no pattern"},
	{"{2026-03-01Z a value=NaN}", HOST_BAD_TEXT, "a finite number"}, {"{2026-03-01Z a value=1e999}", HOST_OUT_OF_RANGE, "range of float8"},
	{"{2026-03-01Z a value=1 value=2}", HOST_BAD_TEXT, "once"}, {"{2026-03-01Z a b}", HOST_BAD_TEXT, "value="},
	{"{2026-03-01Z a,}", HOST_BAD_TEXT, "Event 2"}, {"{2026-03-01Z a ref=}", HOST_BAD_TEXT, "a ref"},
	{"{2026-03-01Z \"a}", HOST_BAD_TEXT, "quote"},
};

static void
test_text(void)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		if (!hold(HOST_CALL(
		{
			ByteBuffer	bytes;
			ByteBuffer	text;
			JourneyView view;

			buffer_init(&bytes, 1);
			journey_from_text(&bytes, good[i].text, strlen(good[i].text));
			journey_open(&view, bytes.data, bytes.size);
			buffer_init(&text, 1);
			journey_to_text(&text, &view);
			if (!hold(text.size == strlen(good[i].canonical) && memcmp(text.data, good[i].canonical, text.size) == 0))
				diag("%s became %.*s", good[i].text, (int) text.size, text.data);
		})))
			diag("%s: %s", good[i].text, host_failure.detail);
	}
	held("ways to write a journey");

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		ByteBuffer	bytes;

		if (!hold(HOST_FAILS(bad[i].code, buffer_init(&bytes, 1),
							 journey_from_text(&bytes, bad[i].text, strlen(bad[i].text)))) ||
			!hold(strstr(host_failure.detail, bad[i].words) != NULL))
			diag("of %s: %d, %s", bad[i].text, (int) host_failure.code, host_failure.detail);
	}
	held("what is no journey, and where");
}

static void
test_hostile(void)
{
	static const char text[] = "{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00.5+01 \"a b\":\"c\"\"d\" value=-1.25e1 "
		"recorded_at=2026-03-01Z ref=\"x y\", 2026-03-01T10:00:00Z web:view ref=17}";
	const uint8_t *bytes = (const uint8_t *) text;
	uint64_t	random = 2;

	hold(hostile_try(journey_read_text, bytes, sizeof(text) - 1));
	hostile_truncations(journey_read_text, bytes, sizeof(text) - 1);
	hostile_flips(journey_read_text, bytes, sizeof(text) - 1);
	hostile_mutations(journey_read_text, bytes, sizeof(text) - 1, 10000, &random);
	hostile_buffers(journey_read_text, bytes, 24, 10000, &random);
	held("changed text is an error or a journey that reads back");
}

int
main(void)
{
	test_instants();
	test_round_trip();
	test_text();
	test_hostile();
	return done_testing();
}
