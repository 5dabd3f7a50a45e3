/*
 * sequence_rows_test.c
 *		Rows of conditions: their log; window_funnel and sequence patterns
 *		against ClickHouse's own way of searching, retold without its shortcuts.
 */
#include "hostile.h"
#include "tap.h"

#include "sequence/sequence_pattern.h"
#include "sequence/window_funnel.h"

#define ROWS_MAX 14

/* A few rows with many equal times; conditions 1 to k. */
static void
fill_log(ConditionLog *log, uint64_t *random, int conditions)
{
	uint32_t	rows = (uint32_t) random_below(random, ROWS_MAX + 1);
	uint64_t	times = 1 + random_below(random, 12);
	uint64_t	density = random_below(random, 3);

	condition_log_init(log);
	log->conditions = (uint8_t) conditions;
	for (uint32_t i = 0; i < rows; i++)
	{
		uint64_t	mask = random_below(random, UINT64_C(1) << conditions);

		if (density > 0)
			mask &= random_below(random, UINT64_C(1) << conditions);
		if (density == 2)
			mask = UINT64_C(1) << random_below(random, (uint64_t) conditions);
		if (condition_log_full(log))
			condition_log_move(log);
		condition_log_add(log, (int64_t) random_below(random, times), mask);
	}
}

/* ----- the log ----- */

static void
test_log(void)
{
	uint64_t	random = 1;

	for (int round = 0; round < 300; round++)
	{
		hold(HOST_CALL(
		{
			ConditionLog log;
			ConditionLog other;
			ConditionLog again;
			ConditionRow *rows;
			ByteBuffer	bytes;
			ByteReader	reader;
			uint32_t	count = (uint32_t) random_below(&random, 2000);
			uint64_t	sum = 0;

			condition_log_init(&log);
			condition_log_init(&other);
			condition_log_init(&again);
			log.conditions = other.conditions = again.conditions = CONDITIONS_MAX;
			for (uint32_t i = 0; i < count; i++)
			{
				ConditionLog *to = round % 2 && i % 3 == 0 ? &other : &log;
				int64_t		at = (int64_t) (random_below(&random, 2) ? next_random(&random) : random_bits(&random));
				uint64_t	mask = random_bits(&random) >> 4;

				if (condition_log_full(to))
					condition_log_move(to);
				condition_log_add(to, at, mask);
				sum += (uint64_t) at * 31 + mask;
			}
			condition_log_unite(&log, &other);
			hold(log.rows == count);
			buffer_init(&bytes, 1);
			condition_log_pack(&log, &bytes);
			reader = reader_over(bytes.data, bytes.size);
			hold(condition_log_unpack(&again, &reader) && reader_left(&reader) == 0);
			rows = condition_log_rows(&again);
			for (uint32_t i = 0; i < count; i++)
			{
				sum -= (uint64_t) rows[i].at * 31 + rows[i].mask;
				hold(i == 0 || rows[i - 1].at < rows[i].at ||
					 (rows[i - 1].at == rows[i].at && rows[i - 1].mask <= rows[i].mask));
			}
			hold(sum == 0);
		}));
	}
	held("rows come back in order, united and packed");
}

static void
read_log(const uint8_t *data, size_t size)
{
	ConditionLog log;
	ByteReader	reader = reader_over(data, size);

	condition_log_init(&log);
	log.conditions = 8;
	if (!condition_log_unpack(&log, &reader))
		host_fail(HOST_BAD_BINARY, "no rows", NULL, NULL);
	condition_log_rows(&log);
}

static void
test_hostile_log(void)
{
	uint64_t	random = 2;

	for (int round = 0; round < 20; round++)
	{
		ConditionLog log;
		ByteBuffer	bytes = {0};

		hold(HOST_CALL(
		{
			fill_log(&log, &random, 8);
			buffer_init(&bytes, 1);
			condition_log_pack(&log, &bytes);
			bytes.data = memcpy(malloc(bytes.size), bytes.data, bytes.size);
		}));
		hostile_truncations(read_log, bytes.data, bytes.size);
		hostile_flips(read_log, bytes.data, bytes.size);
		hostile_mutations(read_log, bytes.data, bytes.size, 200, &random);
		free(bytes.data);
	}
	hostile_buffers(read_log, (const uint8_t *) "", 0, 2000, &random);
	held("hostile bytes of rows");
}

/* ----- window_funnel ----- */

typedef struct Event
{
	int64_t		at;
	int			step;			/* 0: a row that meets no condition */
	int			row;
} Event;

typedef struct Chain
{
	int			level;
	int64_t		first;
	int64_t		last;
	uint32_t	rows;			/* bits */
} Chain;

#define CHAINS_MAX 200000

/* Each row is an event for each condition it meets, in order of time and condition. */
static int
list_events(const ConditionRow *rows, uint32_t count, int conditions, Event *events)
{
	int			n = 0;

	for (uint32_t from = 0, until; from < count; from = until)
	{
		for (until = from; until < count && rows[until].at == rows[from].at; until++)
			;
		for (int step = 0; step <= conditions; step++)
		{
			for (uint32_t row = from; row < until; row++)
			{
				if (step == 0 ? rows[row].mask == 0 : (rows[row].mask >> (step - 1) & 1) != 0)
					events[n++] = (Event) {rows[row].at, step, (int) row};
			}
		}
	}
	return n;
}

/* All chains are kept with strict_once, else the last one of each level. */
static int
slow_level(const ConditionLog *log, Chain *chains)
{
	ConditionRow *rows = condition_log_rows(log);
	Event		events[ROWS_MAX * 8];
	int			count = list_events(rows, log->rows, log->conditions, events);
	int			chain_count = 0;
	int			reached = 0;

	for (int i = 0; i < count; i++)
	{
		const Event *event = &events[i];
		int			before = chain_count;
		bool		grew = false;

		if (event->step == 0 && (!(log->modes & FUNNEL_STRICT_ORDER) || reached == 0))
			continue;
		if (event->step == 0)
			break;
		if (event->step > 1)
		{
			if ((log->modes & FUNNEL_STRICT_DEDUPLICATION) && reached >= event->step)
				break;
			if ((log->modes & FUNNEL_STRICT_ORDER) && reached > 0 && reached < event->step - 1)
			{
				if (log->modes & FUNNEL_ALLOW_REENTRY)
					continue;
				break;
			}
		}
		for (int c = 0; c < before; c++)
		{
			Chain		chain = chains[c];

			if (chain.level != event->step - 1 || event->at > chain.first + log->window ||
				((log->modes & FUNNEL_STRICT_INCREASE) && chain.last >= event->at) ||
				((log->modes & FUNNEL_STRICT_ONCE) && (chain.rows >> event->row & 1)))
				continue;
			chains[chain_count++] = (Chain) {event->step, chain.first, event->at,
				chain.rows | UINT32_C(1) << event->row};
			grew = true;
		}
		if (event->step == 1)
		{
			chains[chain_count++] = (Chain) {1, event->at, event->at, UINT32_C(1) << event->row};
			grew = true;
		}
		if (!grew)
			continue;
		if (event->step > reached)
			reached = event->step;
		if (reached == log->conditions && log->conditions > 1)
			break;
		/* the newest replaces those of its level */
		for (int c = 0; c < before && !(log->modes & FUNNEL_STRICT_ONCE); c++)
		{
			if (chains[c].level == event->step)
				chains[c].level = -1;
		}
		hold(chain_count < CHAINS_MAX / 2);
	}
	return reached;
}

static void
test_window_funnel(void)
{
	uint64_t	random = 3;
	int			rounds = full_run() ? 100000 : 3000;
	Chain	   *chains = malloc(sizeof(Chain) * CHAINS_MAX);

	for (int round = 0; round < rounds; round++)
	{
		hold(HOST_CALL(
		{
			ConditionLog log;

			fill_log(&log, &random, 1 + (int) random_below(&random, 6));
			log.window = (int64_t) random_below(&random, 8);
			for (int modes = 0; modes < 32; modes++)
			{
				int			level;
				int			slow;

				if ((modes & FUNNEL_ALLOW_REENTRY) && !(modes & FUNNEL_STRICT_ORDER))
					continue;
				/* rows of no condition are kept for strict_order only */
				if (log.conditions == 1 && !(modes & FUNNEL_STRICT_ORDER))
					continue;
				log.modes = (uint8_t) modes;
				level = funnel_level(&log);
				slow = slow_level(&log, chains);
				if (!hold(level == slow))
					diag("round %d, modes %d: %d, not %d", round, modes, level, slow);
			}
		}));
	}
	free(chains);
	held("window_funnel in all modes");
}

/* One instant of many rows, each of which meets many conditions. */
static void
test_large_instant(void)
{
	hold(HOST_CALL(
	{
		ConditionLog log;

		condition_log_init(&log);
		log.conditions = CONDITIONS_MAX;
		log.modes = FUNNEL_STRICT_ONCE | FUNNEL_STRICT_DEDUPLICATION;
		for (int row = 0; row < 200000; row++)
		{
			if (condition_log_full(&log))
				condition_log_move(&log);
			condition_log_add(&log, 7, (UINT64_C(1) << CONDITIONS_MAX) - 1 - ((uint64_t) row % 1000 << 1));
		}
		hold(funnel_level(&log) == 2);
		log.modes = FUNNEL_STRICT_ONCE;
		hold(funnel_level(&log) == CONDITIONS_MAX);
		log.rows = 0;
		hold(funnel_level(&log) == 0);
	}));
	held("an instant of 200,000 rows and 60 conditions");
}

/* ----- sequence patterns ----- */

typedef struct Try
{
	const SequencePattern *pattern;
	const ConditionRow *rows;
	uint32_t	count;
	uint32_t	steps;			/* of the pattern that count */
	size_t		found[16];
	uint32_t	found_count;
} Try;

static bool
time_holds(const SequenceStep *step, uint64_t passed)
{
	switch (step->action)
	{
		case SEQUENCE_LESS_OR_EQUAL:
			return passed <= step->number;
		case SEQUENCE_LESS:
			return passed < step->number;
		case SEQUENCE_GREATER_OR_EQUAL:
			return passed >= step->number;
		case SEQUENCE_GREATER:
			return passed > step->number;
		case SEQUENCE_EQUAL:
			return passed == step->number;
		default:
			return true;
	}
}

/* Every way from a row on, the earliest first; the row behind, or -1. */
static int64_t
try_from(Try *try, uint32_t place, uint32_t row, uint32_t base)
{
	const SequenceStep *step = &try->pattern->steps[place];

	if (place == try->steps)
		return row;
	if (row == try->count)
	{
		for (; place < try->steps; place++)
		{
			step = &try->pattern->steps[place];
			if (step->action != SEQUENCE_ANY_ROWS && step->action != SEQUENCE_LESS &&
				step->action != SEQUENCE_LESS_OR_EQUAL &&
				!(step->action == SEQUENCE_GREATER_OR_EQUAL && step->number == 0))
				return -1;
		}
		return row;
	}
	if (step->action == SEQUENCE_ANY_ROW)
		return try_from(try, place + 1, row + 1, row);
	if (step->action == SEQUENCE_CONDITION)
	{
		int64_t		behind;

		if (!(try->rows[row].mask & step->number))
			return -1;
		try->found[try->found_count++] = row;
		behind = try_from(try, place + 1, row + 1, row);
		if (behind < 0)
			try->found_count--;
		return behind;
	}
	for (uint32_t later = row; later < try->count; later++)
	{
		int64_t		behind = -1;

		if (time_holds(step, (uint64_t) (try->rows[later].at - try->rows[base].at)))
			behind = try_from(try, place + 1, later, later);
		if (behind >= 0)
			return behind;
	}
	return -1;
}

static void
random_pattern(char *text, uint64_t *random)
{
	static const char *const operators[] = {"<=", "<", ">=", ">", "=="};
	int			steps = (int) random_below(random, 6);
	bool		time_before = false;

	*text = '\0';
	for (int i = 0; i < steps; i++)
	{
		char		step[32];
		uint64_t	kind = random_below(random, 7);

		if (kind == 0)
			strcpy(step, ".");
		else if (kind == 1)
			strcpy(step, ".*");
		else if (kind <= 3 && !time_before)
			sprintf(step, "(?t%s%d)", operators[random_below(random, 5)], (int) random_below(random, 4));
		else
			sprintf(step, "(?%d)", 1 + (int) random_below(random, 3));
		time_before = step[2] == 't';
		strcat(text, step);
	}
}

static void
check_pattern(const char *text, const ConditionRow *rows, uint32_t count)
{
	SequencePattern pattern;
	Try			try = {.rows = rows,.count = count};
	uint64_t	matches = 0;
	uint32_t	row = 0;
	size_t		found[16];
	uint32_t	found_count;
	bool		good;

	sequence_pattern_parse(&pattern, text, strlen(text), 3, 1);
	try.pattern = &pattern;
	try.steps = pattern.count;
	good = hold(sequence_matches(&pattern, rows, count) == (try_from(&try, 0, 0, 0) >= 0));
	while (row < count)
	{
		int64_t		behind = try_from(&try, 0, row, row);

		if (behind < 0)
			break;
		row = behind > row ? (uint32_t) behind : row + 1;
		matches++;
	}
	good &= hold(sequence_count(&pattern, rows, count) == matches);

	/* as many steps as match, up to a condition */
	for (try.steps = pattern.count; try.steps > 0; try.steps--)
	{
		try.found_count = 0;
		if (pattern.steps[try.steps - 1].action == SEQUENCE_CONDITION && try_from(&try, 0, 0, 0) >= 0)
			break;
	}
	found_count = sequence_match_rows(&pattern, rows, count, found);
	good &= hold(found_count == try.found_count);
	for (uint32_t i = 0; i < found_count && i < try.found_count; i++)
		good &= hold(found[i] == try.found[i]);
	if (!good)
		diag("pattern %s", text);
}

static void
test_sequence_patterns(void)
{
	uint64_t	random = 4;
	int			rounds = full_run() ? 100000 : 5000;

	for (int round = 0; round < rounds; round++)
	{
		char		text[200];

		random_pattern(text, &random);
		hold(HOST_CALL(
		{
			ConditionLog log;

			fill_log(&log, &random, 3);
			check_pattern(text, condition_log_rows(&log), log.rows);
		}));
	}
	held("sequence patterns: matches, counts and rows");
}

/* A million rows and gates: what backtracking would not end. */
static void
test_long_sequence(void)
{
	hold(HOST_CALL(
	{
		const char *text = "(?1)(?t>=10)(?1)(?t>=10)(?1)(?t<=5).(?1)(?t>=10)(?2)";
		uint32_t	count = 300000;
		ConditionRow *rows = host_alloc_array(count, sizeof(ConditionRow));
		SequencePattern pattern;

		for (uint32_t i = 0; i < count; i++)
			rows[i] = (ConditionRow) {i, 1};
		sequence_pattern_parse(&pattern, text, strlen(text), 2, 1);
		hold(!sequence_matches(&pattern, rows, count));
		hold(sequence_count(&pattern, rows, count) == 0);
		rows[count - 1].mask = 2;
		hold(sequence_matches(&pattern, rows, count));
		hold(sequence_count(&pattern, rows, count) == 1);
	}));
	held("300,000 rows with gates");
}

int
main(void)
{
	test_log();
	test_hostile_log();
	test_window_funnel();
	test_large_instant();
	test_sequence_patterns();
	test_long_sequence();
	return done_testing();
}
