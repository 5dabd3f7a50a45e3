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
	if (instant->signature_capacity < matcher->signature_count)
	{
		if (instant->per_signature)
			host_free(instant->per_signature);
		instant->signature_capacity = matcher->signature_capacity;
		instant->per_signature = host_alloc_array(instant->signature_capacity, sizeof(uint32_t));
	}
}

/*
 * Lists what is of use in [from, until).  Of events that are alike no more are
 * needed than there are steps: with more, one of them is always free.  Only
 * where each last event is a match of its own all of them count.
 */
void
chain_open(const PatternScan *scan, uint32_t from, uint32_t until)
{
	PatternMatcher *matcher = scan->matcher;
	uint32_t	most = scan->overlap == OVERLAP_NONE ? matcher->slots : UINT32_MAX;
	ChainInstant *instant = matcher->instant;

	make_event_room(instant, until - from);
	make_other_room(matcher);
	instant->event_count = 0;
	instant->count = 0;
	for (uint32_t i = from; i < until; i++)
		instant->per_signature[matcher->events.signature[i]] = 0;
	for (uint32_t i = from; i < until; i++)
	{
		uint32_t	signature = matcher->events.signature[i];

		if (matcher->events.used[i] || matcher->signatures[signature].position_count == 0 ||
			instant->per_signature[signature]++ >= most)
			continue;
		instant->holder[instant->event_count] = -1;
		instant->end_start[instant->event_count] = PATTERN_NO_EVENT;
		instant->events[instant->event_count++] = i;
	}
}

/* ----- demands ----- */

/* Finds an event for a demand, moving others to other events if need be. */
static bool
find_event(PatternMatcher *matcher, uint32_t demand)
{
	ChainInstant *instant = matcher->instant;

	host_check_stack();
	for (uint32_t i = 0; i < instant->event_count; i++)
	{
		int32_t		holder = instant->holder[i];

		if (instant->tried[i] == instant->search ||
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
		if (instant->end_start[i] >= start)
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

	chain_open(scan, from, until);
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
