/*
 * sequence_pattern.c
 *		Patterns of conditions and times, as ClickHouse's sequenceMatch has them.
 *
 * There a pattern is tried with backtracking, which takes exponential time and
 * gives up after a million tries.  What it finds is the match whose rows are
 * the first in order of trying: the first row for the first step that leads
 * anywhere, then the first for the second, and so on.  Here, for each step and
 * from the last row to the first, one pass finds out from where the rest of
 * the pattern matches; with that the first match is read off forwards.
 */
#include "sequence/sequence_pattern.h"

#define ROWS_PER_CHECK 65536
#define STEPS_MAX 10000

/* ----- parsing ----- */

typedef struct PatternReader
{
	const char *text;
	size_t		size;
	size_t		at;
} PatternReader;

static HOST_NORETURN void
malformed(const PatternReader *reader, const char *expected)
{
	host_fail(HOST_SYNTAX,
			  host_format("malformed sequence pattern: \"%.*s\"",
						  (int) (reader->size < 200 ? reader->size : 200), reader->text),
			  host_format("Expected %s at character %zu.", expected, reader->at + 1),
			  "Write steps one behind the other: (?1) for a condition, . for any row, "
			  ".* for any rows, (?t<=1800) for the time between two steps.");
}

static bool
accept(PatternReader *reader, const char *token)
{
	size_t		size = strlen(token);

	if (reader->size - reader->at < size || memcmp(reader->text + reader->at, token, size) != 0)
		return false;
	reader->at += size;
	return true;
}

static uint64_t
read_number(PatternReader *reader, uint64_t unit)
{
	uint64_t	number = 0;
	size_t		start = reader->at;

	while (reader->at < reader->size &&
		   reader->text[reader->at] >= '0' && reader->text[reader->at] <= '9')
	{
		uint64_t	digit = (uint64_t) (reader->text[reader->at++] - '0');

		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, digit, &number))
			number = UINT64_MAX;
	}
	if (reader->at == start)
		malformed(reader, "a number");
	/* no two times are as far apart as the greatest number says */
	if (__builtin_mul_overflow(number, unit, &number))
		number = UINT64_MAX;
	return number;
}

static void
add_step(SequencePattern *pattern, SequenceAction action, uint64_t number)
{
	if (pattern->count == STEPS_MAX)
		host_fail(HOST_LIMIT, "sequence pattern has too many steps", NULL,
				  "Write at most 10000 steps.");
	if (pattern->count == pattern->capacity)
	{
		pattern->capacity = (uint32_t) checked_growth(pattern->capacity, pattern->count + 1);
		pattern->steps = host_realloc_array(pattern->steps, pattern->capacity,
											sizeof(SequenceStep));
	}
	pattern->steps[pattern->count].action = action;
	pattern->steps[pattern->count++].number = number;
}

static inline bool
is_time(SequenceAction action)
{
	return action >= SEQUENCE_LESS_OR_EQUAL;
}

static void
read_time(PatternReader *reader, SequencePattern *pattern, int64_t unit)
{
	SequenceAction action;

	if (accept(reader, "<="))
		action = SEQUENCE_LESS_OR_EQUAL;
	else if (accept(reader, "<"))
		action = SEQUENCE_LESS;
	else if (accept(reader, ">="))
		action = SEQUENCE_GREATER_OR_EQUAL;
	else if (accept(reader, ">"))
		action = SEQUENCE_GREATER;
	else if (accept(reader, "=="))
		action = SEQUENCE_EQUAL;
	else
		malformed(reader, "<=, <, >=, > or ==");
	if (is_time(pattern->steps[pattern->count - 1].action))
		malformed(reader, "a condition before a second time");
	add_step(pattern, action, read_number(reader, (uint64_t) unit));
}

static void
read_condition(PatternReader *reader, SequencePattern *pattern, int conditions)
{
	uint64_t	condition = read_number(reader, 1);

	if (condition < 1 || condition > (uint64_t) conditions)
		host_fail(HOST_BAD_PARAMETER,
				  host_format("there is no condition %llu", (unsigned long long) condition),
				  host_format("The pattern \"%.*s\" names it, and %d conditions are given.",
							  (int) (reader->size < 200 ? reader->size : 200), reader->text,
							  conditions),
				  "Conditions are numbered from 1, in the order of the arguments.");
	add_step(pattern, SEQUENCE_CONDITION, UINT64_C(1) << (condition - 1));
}

void
sequence_pattern_parse(SequencePattern *pattern, const char *text, size_t size,
					   int conditions, int64_t unit)
{
	PatternReader reader = {text, size, 0};

	pattern->count = 0;
	pattern->capacity = 16;
	pattern->steps = host_alloc_array(pattern->capacity, sizeof(SequenceStep));
	add_step(pattern, SEQUENCE_ANY_ROWS, 0);
	while (reader.at < size)
	{
		if (accept(&reader, "(?"))
		{
			if (accept(&reader, "t"))
				read_time(&reader, pattern, unit);
			else
				read_condition(&reader, pattern, conditions);
			if (!accept(&reader, ")"))
				malformed(&reader, "\")\"");
		}
		else if (accept(&reader, ".*"))
			add_step(pattern, SEQUENCE_ANY_ROWS, 0);
		else if (accept(&reader, "."))
			add_step(pattern, SEQUENCE_ANY_ROW, 0);
		else
			malformed(&reader, "\"(?\" or \".\"");
	}
}

/* ----- from where does the rest of the pattern match? ----- */

/*
 * next[row] is the first row from `row` on from which the steps of this and
 * all later places match; NO_ROW if there is none.  A row beyond the last is
 * one, too: there what needs no row may match.
 */
#define NO_ROW UINT32_MAX

typedef struct Search
{
	const SequenceStep *steps;
	uint32_t	count;			/* of steps; fewer than the pattern has for its beginning */
	const ConditionRow *rows;
	uint32_t	end;			/* how many rows */
	uint32_t  **next;			/* for each step, and behind the last */
} Search;

/* What is left at the end of the rows needs none of them. */
static bool
matches_nothing(const SequenceStep *step)
{
	return step->action == SEQUENCE_ANY_ROWS ||
		step->action == SEQUENCE_LESS_OR_EQUAL || step->action == SEQUENCE_LESS ||
		(step->action == SEQUENCE_GREATER_OR_EQUAL && step->number == 0);
}

/* Has a row passed the time, seen from the time of another one before it? */
static inline bool
passes(const SequenceStep *step, int64_t from, int64_t at)
{
	uint64_t	passed = (uint64_t) at - (uint64_t) from;

	switch (step->action)
	{
		case SEQUENCE_LESS_OR_EQUAL:
			return passed <= step->number;
		case SEQUENCE_LESS:
			return passed < step->number;
		case SEQUENCE_GREATER_OR_EQUAL:
		case SEQUENCE_EQUAL:
			return passed >= step->number;
		case SEQUENCE_GREATER:
			return passed > step->number;
		default:
			return true;
	}
}

/*
 * The row where a time that is measured from `base` and looked at from `row`
 * on is kept and the rest matches.  *reached is the first row that a lower
 * bound lets pass; it only falls while rows are asked from the last.
 */
static uint32_t
after_time(const Search *search, const SequenceStep *step, const uint32_t *rest,
		   uint32_t base, uint32_t row, uint32_t *reached)
{
	int64_t		from = search->rows[base].at;
	uint32_t	found;

	if (step->action != SEQUENCE_LESS_OR_EQUAL && step->action != SEQUENCE_LESS)
	{
		while (*reached > row && passes(step, from, search->rows[*reached - 1].at))
			(*reached)--;
		if (row < *reached)
			row = *reached;
	}
	found = row < search->end ? rest[row] : NO_ROW;
	if (found == NO_ROW || found == search->end)
		return NO_ROW;
	if (step->action == SEQUENCE_EQUAL)
		return (uint64_t) search->rows[found].at - (uint64_t) from == step->number ? found : NO_ROW;
	return passes(step, from, search->rows[found].at) ? found : NO_ROW;
}

/* A time is measured from the row that the step before took, or stopped at. */
static inline uint32_t
base_of_time(const Search *search, uint32_t place, uint32_t row)
{
	return search->steps[place - 1].action == SEQUENCE_ANY_ROWS ? row : row - 1;
}

static void
find_rests(const Search *search, uint32_t place)
{
	const SequenceStep *step = &search->steps[place];
	const uint32_t *rest = search->next[place + 1];
	uint32_t   *next = search->next[place];
	uint32_t	end = search->end;
	uint32_t	reached = end;

	/* at the end a rest matches if all of it matches nothing */
	next[end] = rest[end] == end && matches_nothing(step) ? end : NO_ROW;
	for (uint32_t row = end; row-- > 0;)
	{
		bool		matches = false;

		if (row % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		switch (step->action)
		{
			case SEQUENCE_CONDITION:
				matches = (search->rows[row].mask & step->number) != 0 && rest[row + 1] == row + 1;
				break;
			case SEQUENCE_ANY_ROW:
				matches = rest[row + 1] == row + 1;
				break;
			case SEQUENCE_ANY_ROWS:
				/* it stops at a row, never behind the last */
				matches = rest[row] < end;
				break;
			default:
				/* no step takes a row before the first */
				if (row > 0 || search->steps[place - 1].action == SEQUENCE_ANY_ROWS)
					matches = after_time(search, step, rest, base_of_time(search, place, row),
										 row, &reached) != NO_ROW;
				break;
		}
		next[row] = matches ? row : next[row + 1];
	}
}

/* The array next[] of a search is for each row, and for the end. */
static void
begin_search(Search *search, const SequencePattern *pattern, uint32_t steps,
			 const ConditionRow *rows, size_t count)
{
	if (count >= NO_ROW)
		host_fail(HOST_LIMIT, "too many rows for a sequence pattern", NULL,
				  "Match parts of them, by year for example.");
	search->steps = pattern->steps;
	search->count = steps;
	search->rows = rows;
	search->end = (uint32_t) count;
	search->next = host_alloc_array((size_t) steps + 1, sizeof(uint32_t *));
	for (uint32_t place = 0; place <= steps; place++)
		search->next[place] = NULL;
	search->next[steps] = host_alloc_array(count + 1, sizeof(uint32_t));
	for (uint32_t row = 0; row <= count; row++)
		search->next[steps][row] = row;
}

static void
end_search(Search *search)
{
	for (uint32_t place = 0; place <= search->count; place++)
	{
		if (search->next[place] != NULL)
			host_free(search->next[place]);
	}
	host_free(search->next);
}

static void
find_all_rests(Search *search)
{
	for (uint32_t place = search->count; place-- > 0;)
	{
		search->next[place] = host_alloc_array((size_t) search->end + 1, sizeof(uint32_t));
		find_rests(search, place);
	}
}

bool
sequence_matches(const SequencePattern *pattern, const ConditionRow *rows, size_t count)
{
	Search		search;
	uint32_t   *spare;
	bool		matches;

	begin_search(&search, pattern, pattern->count, rows, count);
	/* only the rest of the next place is needed, so two arrays do */
	spare = host_alloc_array(count + 1, sizeof(uint32_t));
	for (uint32_t place = search.count; place-- > 0;)
	{
		search.next[place] = spare;
		find_rests(&search, place);
		spare = search.next[place + 1];
		search.next[place + 1] = NULL;
	}
	host_free(spare);
	matches = search.next[0][0] == 0;
	end_search(&search);
	return matches;
}

/*
 * Follows the first match from `row`, where the pattern matches; returns the
 * row behind it.  The rows of conditions go to found, unless that is NULL.
 */
static uint32_t
follow(const Search *search, uint32_t row, size_t *found)
{
	for (uint32_t place = 0; place < search->count && row < search->end; place++)
	{
		const SequenceStep *step = &search->steps[place];
		const uint32_t *rest = search->next[place + 1];

		switch (step->action)
		{
			case SEQUENCE_CONDITION:
				if (found != NULL)
					*found++ = row;
				row++;
				break;
			case SEQUENCE_ANY_ROW:
				row++;
				break;
			case SEQUENCE_ANY_ROWS:
				row = rest[row];
				break;
			default:
				{
					int64_t		from = search->rows[base_of_time(search, place, row)].at;

					/* rows are looked at one by one, so each at most once in all */
					while (!passes(step, from, search->rows[row].at))
						row++;
					row = rest[row];
				}
				break;
		}
	}
	return row;
}

uint64_t
sequence_count(const SequencePattern *pattern, const ConditionRow *rows, size_t count)
{
	Search		search;
	uint32_t	row = 0;
	uint64_t	matches = 0;

	begin_search(&search, pattern, pattern->count, rows, count);
	find_all_rests(&search);
	while (row < search.end && search.next[0][row] == row)
	{
		uint32_t	behind = follow(&search, row, NULL);

		/* a match of no rows moves on all the same */
		row = behind > row ? behind : row + 1;
		matches++;
		if (matches % ROWS_PER_CHECK == 0)
			host_check_interrupts();
	}
	end_search(&search);
	return matches;
}

uint32_t
sequence_match_rows(const SequencePattern *pattern,
					const ConditionRow *rows, size_t count, size_t *found)
{
	uint32_t	conditions = 0;
	uint32_t	known = 0;		/* conditions that match, */
	uint32_t	beyond;			/* and that do not */
	uint32_t   *places = host_alloc_array(pattern->count, sizeof(uint32_t));

	for (uint32_t place = 0; place < pattern->count; place++)
	{
		if (pattern->steps[place].action == SEQUENCE_CONDITION)
			places[conditions++] = place;
	}

	/* a beginning matches if a longer one does: bisection, the whole first */
	beyond = conditions + 1;
	for (uint32_t tried = conditions; known + 1 < beyond; tried = known + (beyond - known) / 2)
	{
		SequencePattern beginning = {places[tried - 1] + 1, 0, pattern->steps};

		if (sequence_matches(&beginning, rows, count))
			known = tried;
		else
			beyond = tried;
	}
	if (known > 0)
	{
		Search		search;

		begin_search(&search, pattern, places[known - 1] + 1, rows, count);
		find_all_rests(&search);
		follow(&search, 0, found);
		end_search(&search);
	}
	host_free(places);
	return known;
}
