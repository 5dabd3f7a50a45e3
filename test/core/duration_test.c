/*
 * duration_test.c
 *		Texts of physical durations, and what is none.
 */
#include "tap.h"

#include "base/duration.h"

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)

static const struct
{
	const char *text;
	int64_t		microseconds;
	const char *canonical;
}			good[] = {
	{"2 days", 2 * DAY, "2 days"},
	{"1 day", DAY, "1 day"},
	{"30 minutes", 1800 * SECOND, "30 minutes"},
	{"1 hour 30 minutes", 5400 * SECOND, "1 hour 30 minutes"},
	{"1.5 hours", 5400 * SECOND, "1 hour 30 minutes"},
	{"12:30:00", 45000 * SECOND, "12 hours 30 minutes"},
	{"12:30", 45000 * SECOND, "12 hours 30 minutes"},
	{"00:00:00.000001", 1, "0.000001 seconds"},
	{"1 day 00:00:01", DAY + SECOND, "1 day 1 second"},
	{"PT30M", 1800 * SECOND, "30 minutes"},
	{"P2DT12H", 60 * HOUR, "2 days 12 hours"},
	{"P1W", 7 * DAY, "7 days"},
	{"PT0.5S", SECOND / 2, "0.5 seconds"},
	{"2 WEEKS", 14 * DAY, "14 days"},
	{"5ms", 5000, "0.005 seconds"},
	{"7 us", 7, "0.000007 seconds"},
	{"0.0000019 seconds", 1, "0.000001 seconds"},
	{"0 seconds", 0, "0 seconds"},
	{"  1 d  ", DAY, "1 day"},
	{"2h 3m 4s", 2 * HOUR + 184 * SECOND, "2 hours 3 minutes 4 seconds"},
	{"1.000001 seconds", SECOND + 1, "1.000001 seconds"},
	{"9223372036854775807 us", INT64_MAX, "106751991 days 4 hours 54.775807 seconds"},
	{"106751991 days 14454.775807 seconds", INT64_MAX, "106751991 days 4 hours 54.775807 seconds"},
};

static const struct
{
	const char *text;
	DurationText problem;
}			bad[] = {
	{"", DURATION_SYNTAX}, {" ", DURATION_SYNTAX}, {"5", DURATION_SYNTAX}, {"days", DURATION_SYNTAX},
	{"-1 day", DURATION_SYNTAX}, {"1 fortnight", DURATION_SYNTAX}, {"1 .5 days", DURATION_SYNTAX},
	{"1. days", DURATION_SYNTAX}, {".5 days", DURATION_SYNTAX}, {"1 day,", DURATION_SYNTAX},
	{"1 mss", DURATION_SYNTAX}, {"12:60", DURATION_SYNTAX}, {"12:30:60", DURATION_SYNTAX}, {"12:", DURATION_SYNTAX},
	{"P", DURATION_SYNTAX}, {"PT", DURATION_SYNTAX}, {"P1H", DURATION_SYNTAX}, {"PT1D", DURATION_SYNTAX},
	{"P1", DURATION_SYNTAX}, {"PT1M1H", DURATION_SYNTAX}, {"PT1H1H", DURATION_SYNTAX}, {"p1d", DURATION_SYNTAX},
	{"1 month", DURATION_CALENDAR}, {"2 years", DURATION_CALENDAR}, {"1 day 3 mons", DURATION_CALENDAR},
	{"1 quarter", DURATION_CALENDAR}, {"P1Y", DURATION_CALENDAR}, {"P1M", DURATION_CALENDAR}, {"1 century", DURATION_CALENDAR},
	{"9223372036854775808 us", DURATION_RANGE}, {"106751992 days", DURATION_RANGE},
	{"99999999999999999999999 hours", DURATION_RANGE}, {"9223372036854775807 us 1 us", DURATION_RANGE},
	{"P99999999999D", DURATION_RANGE},
};

static void
test_known(void)
{
	char		text[DURATION_TEXT_MAX];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		int64_t		microseconds = -1;

		if (!hold(duration_parse(good[i].text, strlen(good[i].text), &microseconds) == DURATION_OK) ||
			!hold(microseconds == good[i].microseconds) ||
			!hold(duration_to_text(microseconds, text) == strlen(good[i].canonical)) ||
			!hold(strcmp(text, good[i].canonical) == 0))
			diag("\"%s\" is %lld, \"%s\"", good[i].text, (long long) microseconds, text);
	}
	held("ways to write a duration");

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		int64_t		microseconds;
		DurationText problem = duration_parse(bad[i].text, strlen(bad[i].text), &microseconds);

		if (!hold(problem == bad[i].problem))
			diag("\"%s\": %d", bad[i].text, problem);
	}
	held("what is no duration, and why");
}

static void
test_round_trip(void)
{
	uint64_t	seed = 1;
	char		text[DURATION_TEXT_MAX];

	for (int i = 0; i < 50000; i++)
	{
		int64_t		wanted = (int64_t) (random_bits(&seed) >> 1);
		int64_t		got = -1;
		size_t		size;

		if (i % 3 == 0)
			wanted -= wanted % SECOND;
		size = duration_to_text(wanted, text);
		hold(size < DURATION_TEXT_MAX && size == strlen(text));
		hold(duration_parse(text, size, &got) == DURATION_OK && got == wanted);
	}
	held("durations read back");
}

/* Pieces of durations put together at random: read or refused, and never negative. */
static void
test_odd(void)
{
	static const char *const pieces[] = {
		"1", "23", "999999999999", ".", ":", " ", "P", "T", "W", "D", "H", "M", "S", "days", "hour", "min",
		"us", "month", "y", "-", "0", "\"", "5.5", "12:30", "century", "ms"
	};
	uint64_t	seed = 2;
	int			read = 0;

	for (int i = 0; i < 50000; i++)
	{
		char		text[128];
		size_t		size = 0;
		int64_t		microseconds = -1;
		char	   *exact;

		for (int n = (int) random_below(&seed, 7); n > 0; n--)
		{
			const char *piece = pieces[random_below(&seed, sizeof(pieces) / sizeof(pieces[0]))];

			memcpy(text + size, piece, strlen(piece));
			size += strlen(piece);
		}
		if (size > 0 && i % 5 == 0)
			text[random_below(&seed, size)] = (char) next_random(&seed);
		/* not a byte behind the text is there to be read */
		exact = malloc(size ? size : 1);
		memcpy(exact, text, size);
		if (duration_parse(exact, size, &microseconds) == DURATION_OK)
		{
			hold(microseconds >= 0);
			read++;
		}
		free(exact);
	}
	held("odd texts are read or refused");
	ok(read > 500, "%d of them were durations", read);
}

int
main(void)
{
	test_known();
	test_round_trip();
	test_odd();
	return done_testing();
}
