/*
 * window_funnel_once.c
 *		Mode strict_once: no row serves two steps of a chain.
 *
 * Rows of different instants are different rows, so this is a question within
 * an instant: which run of conditions can be given rows of their own?
 * ClickHouse keeps every chain there ever was.  Here a chain is known by its
 * latest start, and the run of an instant is a matching of conditions with
 * rows that grows at its end and, when a condition finds no row, is cut at
 * its beginning: as few chains as possible of an earlier start.
 */
#include "sequence/window_funnel_steps.h"

#define ROWS_PER_CHECK 65536
#define NO_ROW UINT32_MAX

/* As many rows that meet a condition as there are conditions are enough. */
struct FunnelMatching
{
	uint32_t	candidates[CONDITIONS_MAX + 1];
	uint32_t	candidate[CONDITIONS_MAX + 1][CONDITIONS_MAX];
	uint32_t	row_of[CONDITIONS_MAX + 1];
	uint8_t    *condition_of;	/* of each row, 0 if it is free */
	size_t		capacity;		/* rows there is room for */
};

/* Candidates of all conditions; one row may be left out. */
static void
find_candidates(FunnelMatching *matching, const FunnelInstant *instant, uint32_t without)
{
	if (matching->capacity < instant->count)
	{
		matching->capacity = checked_growth(matching->capacity, instant->count);
		matching->condition_of = host_realloc(matching->condition_of, matching->capacity);
	}
	memset(matching->candidates, 0, sizeof(matching->candidates));
	memset(matching->condition_of, 0, instant->count);
	for (uint32_t row = 0; row < instant->count; row++)
	{
		if (row % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		if (row == without)
			continue;
		for (uint64_t left = instant->rows[row].mask; left != 0; left &= left - 1)
		{
			int			condition = __builtin_ctzll(left) + 1;

			if (matching->candidates[condition] < CONDITIONS_MAX)
				matching->candidate[condition][matching->candidates[condition]++] = row;
		}
	}
}

/* Looks for a row for the condition, others moving: as deep as there are conditions. */
static bool
find_row(FunnelMatching *matching, int condition, uint64_t *visited)
{
	*visited |= UINT64_C(1) << condition;
	for (uint32_t i = 0; i < matching->candidates[condition]; i++)
	{
		uint32_t	row = matching->candidate[condition][i];
		int			other = matching->condition_of[row];

		if (other != 0 && ((*visited >> other & 1) || !find_row(matching, other, visited)))
			continue;
		matching->condition_of[row] = (uint8_t) condition;
		matching->row_of[condition] = row;
		return true;
	}
	return false;
}

static bool
match_condition(FunnelMatching *matching, int condition)
{
	uint64_t	visited = 0;

	return find_row(matching, condition, &visited);
}

static void
unmatch_condition(FunnelMatching *matching, int condition)
{
	matching->condition_of[matching->row_of[condition]] = 0;
}

static FunnelMatching *
new_matching(void)
{
	FunnelMatching *matching = host_alloc(sizeof(FunnelMatching));

	matching->capacity = 16;
	matching->condition_of = host_alloc(matching->capacity);
	return matching;
}

static void
free_matching(FunnelMatching *matching)
{
	host_free(matching->condition_of);
	host_free(matching);
}

/*
 * Does a row that meets the condition of this level come after the first one
 * that reaches it?  A row does if conditions from .. level - 1 have others.
 */
static bool
again_after_reaching(const FunnelInstant *instant, int from, int level)
{
	FunnelMatching *matching = new_matching();
	uint64_t	failed = 0;
	bool		reached = false;
	bool		again = false;

	for (uint32_t row = 0; row < instant->count && !again; row++)
	{
		uint64_t	mask = instant->rows[row].mask;
		int			condition = from;

		if (!(mask >> (level - 1) & 1))
			continue;
		again = reached;
		/* equal rows, which stand together, fail equally */
		if (reached || mask == failed)
			continue;
		find_candidates(matching, instant, row);
		while (condition < level && match_condition(matching, condition))
			condition++;
		reached = condition == level;
		failed = mask;
	}
	free_matching(matching);
	return again;
}

FunnelVerdict
funnel_steps_once(Funnel *funnel, const FunnelInstant *instant)
{
	Funnel		before = *funnel;
	FunnelMatching *matching = funnel->matching;
	int			base = 0;		/* conditions from base + 1 to last are matched */
	int			last = 0;
	int			usable = 0;		/* chains up to this level may go on now */

	if (matching == NULL)
		matching = funnel->matching = new_matching();
	find_candidates(matching, instant, NO_ROW);
	while (usable < before.reached && funnel_in_time(&before, usable + 1, instant->at))
		usable++;

	for (uint64_t left = instant->met; left != 0; left &= left - 1)
	{
		int			level = __builtin_ctzll(left) + 1;
		int			least = 0;	/* base that a run may have */

		if (level == 1)
		{
			funnel_reach(funnel, 1, instant->at, instant->at);
			continue;
		}
		if (funnel_has_mode(funnel, FUNNEL_STRICT_DEDUPLICATION) && level <= funnel->reached)
			return FUNNEL_ENDS;
		if (level - 1 > funnel->reached)
		{
			if (funnel_has_mode(funnel, FUNNEL_STRICT_ORDER) && funnel->reached > 0 &&
				!funnel_has_mode(funnel, FUNNEL_ALLOW_REENTRY))
				return FUNNEL_ENDS;
			continue;
		}

		/* with strict_increase a chain takes one step in an instant */
		if (funnel_has_mode(funnel, FUNNEL_STRICT_INCREASE))
			least = level - 1;
		while (base < least)
		{
			if (++base <= last)
				unmatch_condition(matching, base);
		}
		if (last < base)
			last = base;
		while (last < level)
		{
			last++;
			while (base < last && !match_condition(matching, last))
			{
				if (++base < last)
					unmatch_condition(matching, base);
			}
		}
		/* the longest run begins with the chain of the latest start */
		if (base == level || base > usable)
			continue;
		funnel_reach(funnel, level, base == 0 ? instant->at : before.start[base], instant->at);
		if (level == funnel->log->conditions)
			return FUNNEL_ENDS;
		if (funnel_has_mode(funnel, FUNNEL_STRICT_DEDUPLICATION) &&
			(instant->met_twice >> (level - 1) & 1))
		{
			/* whichever chain goes on, the one with the shortest run asks least */
			int			from = usable < level - 1 ? usable + 1 : level;

			if (again_after_reaching(instant, from, level))
				return FUNNEL_ENDS;
		}
	}
	return FUNNEL_GOES_ON;
}

void
funnel_once_free(Funnel *funnel)
{
	if (funnel->matching != NULL)
		free_matching(funnel->matching);
	funnel->matching = NULL;
}
