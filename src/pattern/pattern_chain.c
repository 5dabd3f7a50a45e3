/*
 * pattern_chain.c
 *		Inside one instant of a chain, where events have no order.
 *
 * Steps of a chain that follow each other without a least gap may all be done
 * in one instant, if each finds an event of its own: a matching between steps
 * and events, grown by one augmenting path a step.  Where a chain comes into
 * the instant, and how far it gets from there, are tried in turn; an optional
 * step strictly inside is left out, because leaving it out asks for less.
 */
#include "pattern/pattern_step.h"

/* ----- the events of an instant ----- */

static void
make_event_room(ChainInstant *instant, uint32_t count)
{
	size_t		capacity;

	if (count <= instant->event_capacity && instant->events != NULL)
		return;
	if (instant->events)
	{
		host_free(instant->events);
		host_free(instant->holder);
		host_free(instant->tried);
		host_free(instant->end_start);
	}
	capacity = checked_growth(instant->event_capacity, count);
	instant->events = host_alloc_array(capacity, sizeof(uint32_t));
	instant->holder = host_alloc_array(capacity, sizeof(int32_t));
	instant->tried = host_alloc_zero(checked_mul_size(capacity, sizeof(uint32_t)));
	instant->end_start = host_alloc_array(capacity, sizeof(int64_t));
	instant->search = 0;
	instant->event_capacity = capacity;
}

static void
make_other_room(PatternMatcher *matcher)
{
	ChainInstant *instant = matcher->instant;

	if (instant->position == NULL)
	{
		/* no path fills a position twice */
		size_t		demands = (size_t) matcher->pattern->header.position_count + 1;

		instant->position = host_alloc_array(demands, sizeof(uint32_t));
		instant->held = host_alloc_array(demands, sizeof(uint32_t));
		instant->fixed = host_alloc_array(demands, sizeof(bool));
		instant->visited = host_alloc_zero(demands * sizeof(uint64_t));
	}
}

static void
put_event(ChainInstant *instant, uint32_t event)
{
	instant->holder[instant->event_count] = -1;
	instant->end_start[instant->event_count] = PATTERN_NO_EVENT;
	instant->events[instant->event_count++] = event;
}

static int
compare_events(const void *a, const void *b)
{
	uint32_t	left = *(const uint32_t *) a;
	uint32_t	right = *(const uint32_t *) b;

	return left < right ? -1 : left > right;
}

static bool
can_fill(const PatternMatcher *matcher, uint32_t event)
{
	return matcher->signatures[matcher->events.signature[event]].position_count > 0;
}

void
chain_open(const PatternScan *scan, uint32_t from, uint32_t until, int64_t only_start, int64_t only_end)
{
	PatternMatcher *matcher = scan->matcher;
	ChainInstant *instant = matcher->instant;
	bool		rising = true;

	make_event_room(instant, until - from);
	make_other_room(matcher);
	instant->event_count = 0;
	instant->count = 0;
	instant->only_start = only_start;
	if (until == from + 1)
	{
		if (!matcher->events.used[from] && can_fill(matcher, from))
			put_event(instant, from);
		chain_note_kinds(matcher);
		return;
	}
	for (uint32_t kind = chain_next_kind(matcher, from, PATTERN_NONE); kind != PATTERN_NONE;
		 kind = chain_next_kind(matcher, from, kind))
	{
		uint32_t	taken = 0;

		if (!can_fill(matcher, kind))
			continue;
		for (uint32_t i = chain_next_unused(matcher, kind, PATTERN_NONE); i != PATTERN_NONE && taken < matcher->slots;
			 i = chain_next_unused(matcher, kind, i))
		{
			if (i == only_start || i == only_end)
				continue;
			rising &= instant->event_count == 0 || instant->events[instant->event_count - 1] < i;
			put_event(instant, i);
			taken++;
		}
	}
	for (int end = 0; end < 2; end++)
	{
		int64_t		event = end == 0 ? only_start : only_end;

		if (event < from || event >= until || (end == 1 && event == only_start) ||
			matcher->events.used[event] || !can_fill(matcher, (uint32_t) event))
			continue;
		put_event(instant, (uint32_t) event);
		rising = false;
	}
	if (!rising)
		host_sort(instant->events, instant->event_count, sizeof(uint32_t), compare_events);
	chain_note_kinds(matcher);
}

/* ----- demands ----- */

/*
 * Finds an event for a demand, moving others to other events if need be.  One
 * that nobody holds is looked for first: many that are alike would each be
 * moved on by one else.
 */
static bool
find_event(PatternMatcher *matcher, uint32_t demand)
{
	ChainInstant *instant = matcher->instant;

	host_check_stack();
	for (int held = 0; held < 2; held++)
	{
		for (uint32_t i = 0; i < instant->event_count; i++)
		{
			int32_t		holder = instant->holder[i];

			if ((holder >= 0) != (held == 1) || instant->tried[i] == instant->search ||
				!pattern_fills(matcher, instant->events[i], instant->position[demand]))
				continue;
			instant->tried[i] = instant->search;
			if (holder < 0 || (!instant->fixed[holder] && find_event(matcher, (uint32_t) holder)))
			{
				instant->holder[i] = (int32_t) demand;
				instant->held[demand] = i;
				return true;
			}
		}
	}
	return false;
}

static void
new_search(ChainInstant *instant)
{
	if (++instant->search == 0)
	{
		memset(instant->tried, 0, instant->event_capacity * sizeof(uint32_t));
		instant->search = 1;
	}
}

/*
 * One step more to be done by events of the instant, by `only_event` (an index
 * into its events) if that is not PATTERN_NO_EVENT.  Without success nothing
 * has changed but which of the events the others hold.
 */
bool
chain_demand(PatternMatcher *matcher, uint32_t position, int64_t only_event)
{
	ChainInstant *instant = matcher->instant;
	uint32_t	demand = instant->count;
	int32_t		holder;

	instant->position[demand] = position;
	instant->fixed[demand] = only_event != PATTERN_NO_EVENT;
	new_search(instant);
	if (only_event == PATTERN_NO_EVENT)
	{
		if (!find_event(matcher, demand))
			return false;
		instant->count++;
		return true;
	}
	if (!pattern_fills(matcher, instant->events[only_event], position))
		return false;
	holder = instant->holder[only_event];
	instant->tried[only_event] = instant->search;
	if (holder >= 0 && (instant->fixed[holder] || !find_event(matcher, (uint32_t) holder)))
		return false;
	instant->holder[only_event] = (int32_t) demand;
	instant->held[demand] = (uint32_t) only_event;
	instant->count++;
	return true;
}

/* Takes back the last demand. */
void
chain_withdraw(PatternMatcher *matcher)
{
	ChainInstant *instant = matcher->instant;

	instant->holder[instant->held[--instant->count]] = -1;
}

bool
chain_goes_on(const PatternMatcher *matcher, uint32_t entry_step, uint32_t position, uint32_t target)
{
	const Pattern *pattern = matcher->pattern;
	uint32_t	step = pattern->positions[position].step;

	return step == entry_step || pattern->positions[target].step == step || pattern->steps[step].level > 0;
}

void
chain_new_visit(PatternMatcher *matcher)
{
	matcher->instant->visit++;
}

bool
chain_visit(PatternMatcher *matcher, uint32_t position)
{
	uint64_t   *visited = &matcher->instant->visited[position];

	if (*visited == matcher->instant->visit)
		return false;
	*visited = matcher->instant->visit;
	return true;
}

/* ----- how far a chain gets ----- */

/* Which events of the instant could be the last of a match that ends in this position? */
static void
note_ends(PatternScan *scan, uint32_t position, int64_t start)
{
	PatternMatcher *matcher = scan->matcher;
	ChainInstant *instant = matcher->instant;

	for (uint32_t i = 0; i < instant->event_count; i++)
	{
		bool		possible;

		host_check_interrupts();
		if (instant->end_start[i] >= start || chain_kind_index(matcher, instant->events[i]) != i)
			continue;
		if (instant->count == 1 && instant->fixed[0])
			possible = instant->held[0] == i;
		else
		{
			uint32_t	last = instant->count - 1;

			chain_withdraw(matcher);
			possible = chain_demand(matcher, position, i);
			if (possible)
				chain_withdraw(matcher);
			/* it was possible before, so it is again */
			instant->count = last;
			chain_demand(matcher, position, PATTERN_NO_EVENT);
		}
		if (possible)
			instant->end_start[i] = start;
	}
}

/* The last demand is met: notes that, and goes on from there. */
static void
spread(PatternScan *scan, uint32_t entry_step, int64_t start)
{
	PatternMatcher *matcher = scan->matcher;
	const Pattern *pattern = matcher->pattern;
	uint32_t	at = matcher->instant->position[matcher->instant->count - 1];
	const PatternPosition *position = &pattern->positions[at];

	host_check_stack();
	host_check_interrupts();
	pattern_fill(scan, at, start);
	if (scan->overlap != OVERLAP_NONE && position->level >= scan->goal)
		note_ends(scan, at, start);
	for (uint32_t l = position->links; l < position->links_end; l++)
	{
		const PatternGate *gate = &pattern->gates[PATTERN_LINK_INDEX(pattern->links[l])];

		if (gate->least > 0)
			continue;
		for (uint32_t t = gate->targets; t < gate->targets_end; t++)
		{
			uint32_t	target = pattern->targets[t];

			if (!chain_goes_on(matcher, entry_step, at, target) ||
				matcher->instant->count == matcher->instant->event_count ||
				!chain_visit(matcher, target))
				continue;
			if (chain_demand(matcher, target, PATTERN_NO_EVENT))
			{
				spread(scan, entry_step, start);
				chain_withdraw(matcher);
			}
		}
	}
}

/* A chain comes into the instant by one position. */
static void
enter(PatternScan *scan, uint32_t position, int64_t start, int64_t only_event)
{
	PatternMatcher *matcher = scan->matcher;

	chain_new_visit(matcher);
	chain_visit(matcher, position);
	if (!chain_demand(matcher, position, only_event))
		return;
	spread(scan, matcher->pattern->positions[position].step, start);
	chain_withdraw(matcher);
}

/* All that can be filled in the instant of events [from, until). */
void
pattern_chain_instant(PatternScan *scan, uint32_t from, uint32_t until)
{
	PatternMatcher *matcher = scan->matcher;
	ChainInstant *instant = matcher->instant;
	int64_t		first_event = PATTERN_NO_EVENT;
	bool		begins;

	chain_open(scan, from, until, scan->only_start, PATTERN_NO_EVENT);
	begins = scan->only_start == PATTERN_NO_EVENT || (scan->only_start >= from && scan->only_start < until);
	if (begins && scan->only_start != PATTERN_NO_EVENT)
	{
		for (uint32_t i = 0; i < instant->event_count; i++)
		{
			if (instant->events[i] == scan->only_start)
				first_event = i;
		}
		begins = first_event != PATTERN_NO_EVENT;
	}
	for (uint32_t p = 0; p < matcher->pattern->header.position_count; p++)
	{
		bool		fills = false;
		int64_t		start;

		for (uint32_t i = 0; i < instant->event_count && !fills; i++)
			fills = pattern_fills(matcher, instant->events[i], p);
		if (!fills)
			continue;
		if (begins && pattern_may_begin(scan, p, scan->only_start == PATTERN_NO_EVENT ? from : (uint32_t) scan->only_start))
		{
			enter(scan, p, scan->starts ? from : 0, first_event);
			if (scan->only_start == PATTERN_NO_EVENT)
				continue;
		}
		start = pattern_go_on(scan, p, from);
		if (start != PATTERN_NO_EVENT)
			enter(scan, p, start, PATTERN_NO_EVENT);
	}
}
