/*
 * retention_test.c
 *		Partials, by the example of retention: one encoding of what was
 *		counted, merging, the calendar, and hostile bytes.
 */
#include "hostile.h"
#include "tap.h"

#include "sequence/retention.h"

/* ----- the calendar ----- */

static bool
leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Walks day by day through 6000 years around 2000. */
static void
test_calendar(void)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t		day = 0;
	int64_t		month = 0;

	for (int64_t year = 2000; year > -1000; year--)
		day -= leap(year - 1) ? 366 : 365;
	month = -3000 * 12;
	while (month < 3000 * 12)
	{
		int64_t		year = 2000 + (month + 36000) / 12 - 3000;
		int			length = lengths[(month + 36000) % 12] + ((month + 36000) % 12 == 1 && leap(year));

		hold(retention_first_day(RETENTION_MONTH, month) == day);
		for (int i = 0; i < length; i++, day++)
		{
			int64_t		week = retention_period_of_day(RETENTION_WEEK, day);
			int64_t		monday = retention_first_day(RETENTION_WEEK, week);

			hold(retention_period_of_day(RETENTION_MONTH, day) == month);
			hold(retention_period_of_day(RETENTION_DAY, day) == day);
			hold(monday <= day && day < monday + 7 && (monday - 2) % 7 == 0);
		}
		month++;
	}
	held("days, weeks and months");
}

/* ----- counting and merging ----- */

/* Person n of a seed: the same whenever it is counted. */
static void
count_person(RetentionState *state, uint64_t seed, uint64_t n)
{
	uint64_t	random = seed * 1000 + n;
	int64_t		at = (int64_t) random_below(&random, 40) - 20;
	RetentionPerson person;

	retention_set_calendar(state, RETENTION_WEEK, "Europe/Berlin");
	retention_begin(state, &person, at);
	for (uint64_t events = random_below(&random, 8); events > 0; events--)
	{
		at += (int64_t) (random_below(&random, 4) == 0 ? random_below(&random, 30) : 0);
		retention_event(&person, at);
		if (random_below(&random, 3) == 0)
			retention_value(&person, (double) random_below(&random, 10000) / 100 - 10);
	}
	retention_end(&person);
}

static ByteBuffer
packed(const RetentionState *state)
{
	ByteBuffer	out;

	buffer_init(&out, 1);
	partial_pack(&out, &retention_kind, state);
	return out;
}

static void
test_merge(void)
{
	for (uint64_t seed = 1; seed <= 60; seed++)
	{
		hold(HOST_CALL(
		{
			uint64_t	people = seed * 3 % 100;
			RetentionState *whole = partial_begin(&retention_kind);
			RetentionState *backwards = partial_begin(&retention_kind);
			RetentionState *merged = partial_begin(&retention_kind);
			ByteBuffer	bytes;
			ByteBuffer	others;
			uint64_t	parts = 1 + seed % 7;
			const char *problem;

			for (uint64_t n = 0; n < people; n++)
			{
				count_person(whole, seed, n);
				count_person(backwards, seed, people - 1 - n);
			}
			bytes = packed(whole);
			problem = partial_problem(bytes.data, bytes.size);
			if (!hold(problem == NULL))
				diag("%s", problem);
			others = packed(backwards);
			hold(bytes.size == others.size && memcmp(bytes.data, others.data, bytes.size) == 0);
			for (uint64_t part = 0; part < parts; part++)
			{
				RetentionState *some = partial_begin(&retention_kind);
				ByteBuffer	piece;
				PartialView view;

				for (uint64_t n = part; n < people; n += parts)
					count_person(some, seed, n);
				piece = packed(some);
				partial_open_stored(&view, piece.data, piece.size);
				hold(view.kind == &retention_kind);
				partial_absorb_stored(merged, &view);
			}
			others = packed(merged);
			hold(bytes.size == others.size && memcmp(bytes.data, others.data, bytes.size) == 0);
		}));
	}
	held("one encoding, whatever the order and the parts");
}

static void
test_refusals(void)
{
	static PartialKind another = {"another", 1, 1};

	refused(HOST_WRONG_TYPE, "\"retention\", not \"another\"", "a state of another kind",
	{
		partial_expect(&retention_kind, &another);
	});
	refused(HOST_BAD_PARAMETER, "week in Europe/Berlin cannot be counted together with day in UTC",
			"states of two calendars",
	{
		RetentionState *state = partial_begin(&retention_kind);

		count_person(state, 1, 1);
		retention_set_calendar(state, RETENTION_DAY, "UTC");
	});
	refused(HOST_CORRUPT, "kind is not known", "a kind that there is not",
	{
		PartialView view;

		partial_open_stored(&view, "\3abc\1", 5);
	});
	refused(HOST_CORRUPT, "its version is 2", "a version that is to come",
	{
		PartialView view;

		partial_open_stored(&view, "\tretention\2", 11);
	});
}

/* ----- hostile bytes ----- */

static void
read_partial(const uint8_t *data, size_t size)
{
	const char *problem = partial_problem(data, size);
	PartialView view;
	RetentionState *state;

	if (problem != NULL)
		host_fail(HOST_BAD_BINARY, problem, NULL, NULL);
	partial_open_stored(&view, data, size);
	state = partial_begin(view.kind);
	partial_absorb_stored(state, &view);
	if (state->count > 0)
		retention_last_period(state);
}

static void
test_hostile(void)
{
	uint64_t	random = 5;

	for (uint64_t seed = 1; seed <= 6; seed++)
	{
		uint8_t    *data = NULL;
		size_t		size = 0;

		hold(HOST_CALL(
		{
			RetentionState *state = partial_begin(&retention_kind);
			ByteBuffer	bytes;

			for (uint64_t n = 0; n < seed * 2 - 2; n++)
				count_person(state, seed, n);
			bytes = packed(state);
			size = bytes.size;
			data = memcpy(malloc(size), bytes.data, size);
		}));
		hostile_truncations(read_partial, data, size);
		hostile_flips(read_partial, data, size);
		hostile_mutations(read_partial, data, size, 1000, &random);
		free(data);
	}
	hostile_buffers(read_partial, (const uint8_t *) "\tretention\1", 11, 5000, &random);
	hostile_buffers(read_partial, (const uint8_t *) "", 0, 1000, &random);
	held("hostile bytes of a partial");
}

int
main(void)
{
	test_calendar();
	test_merge();
	test_refusals();
	test_hostile();
	return done_testing();
}
