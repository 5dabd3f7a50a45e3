/*
 * pattern_scan.c
 *		One pass over the events of a journey: where matches begin and end.
 */
#include "pattern/pattern_step.h"

/* Of so few events it is cheaper to look at all. */
#define SHORT_INSTANT 8

/* What is filled becomes what waits, for the event after `event`. */
void
pattern_pass_on(PatternScan *scan, uint32_t event)
{
	PatternMatcher *matcher = scan->matcher;
	const Pattern *pattern = matcher->pattern;
	int64_t		time = matcher->events.at[event];

	for (uint32_t i = 0; i < matcher->touched_count; i++)
	{
		const PatternPosition *position = &pattern->positions[matcher->touched[i]];
		int64_t		start = matcher->filled[matcher->touched[i]];

		matcher->filled[matcher->touched[i]] = PATTERN_NO_EVENT;
		for (uint32_t l = position->links; l < position->links_end; l++)
		{
			uint32_t	index = PATTERN_LINK_INDEX(pattern->links[l]);

			if (PATTERN_LINK_IS_GATE(pattern->links[l]))
				gate_insert(matcher, index, time, (uint32_t) start);
			else if (matcher->next_event[index] != event + 1 || matcher->next[index] < start)
			{
				matcher->next_event[index] = event + 1;
				matcher->next[index] = start;
			}
		}
	}
	matcher->touched_count = 0;
}

/* The latest start of a match that what is filled at `event` completes; notes the level. */
int64_t
pattern_completed(PatternScan *scan, uint32_t event)
{
	PatternMatcher *matcher = scan->matcher;
	const Pattern *pattern = matcher->pattern;
	int64_t		best = PATTERN_NO_EVENT;

	for (uint32_t i = 0; i < matcher->touched_count; i++)
	{
		uint32_t	level = pattern_reach_level(scan, pattern->positions[matcher->touched[i]].level, event);

		if (level >= scan->goal && matcher->filled[matcher->touched[i]] > best)
			best = matcher->filled[matcher->touched[i]];
	}
	return best;
}

static void
forget(PatternMatcher *matcher)
{
	matcher->generation++;
	for (uint32_t i = 0; i < matcher->touched_count; i++)
		matcher->filled[matcher->touched[i]] = PATTERN_NO_EVENT;
	matcher->touched_count = 0;
}

/* Gates that the events [from, until) of one instant close. */
void
pattern_exclude_instant(PatternScan *scan, uint32_t from, uint32_t until)
{
	PatternMatcher *matcher = scan->matcher;

	for (uint32_t i = from; i < until; i++)
	{
		const PatternSignature *signature = &matcher->signatures[matcher->events.signature[i]];

		for (uint32_t g = 0; g < signature->excluded_count; g++)
			gate_exclude(matcher, signature->excluded[g], matcher->events.at[i]);
	}
}

/* ----- canonical order: event by event ----- */

static bool
next_in_order(PatternScan *scan, PatternFound *found)
{
	PatternMatcher *matcher = scan->matcher;
	const PatternEvents *events = &matcher->events;

	while (scan->at < events->count)
	{
		uint32_t	event = scan->at++;
		const PatternSignature *signature = &matcher->signatures[events->signature[event]];
		int64_t		best;

		if (event % 1024 == 1023)
			host_check_interrupts();
		/* exclusions count for events of later instants */
		if (!scan->instant_open)
			scan->instant = event;
		for (uint32_t i = 0; i < signature->position_count; i++)
		{
			int64_t		start = pattern_entry(scan, signature->positions[i], event, event);

			if (start != PATTERN_NO_EVENT)
				pattern_fill(scan, signature->positions[i], start);
		}
		best = pattern_completed(scan, event);
		if (best != PATTERN_NO_EVENT && scan->overlap == OVERLAP_NONE)
			forget(matcher);
		pattern_pass_on(scan, event);
		scan->instant_open = event + 1 < events->count && events->at[event + 1] == events->at[event];
		if (!scan->instant_open)
			pattern_exclude_instant(scan, scan->instant, event + 1);
		if (best == PATTERN_NO_EVENT)
			continue;
		found->start = (uint32_t) best;
		found->end = event;
		found->only_start = best;
		found->only_end = event;
		return true;
	}
	return false;
}

/* ----- chains: instant by instant ----- */

/* The event of an instant that alone can fill anything; false if there may be several. */
static bool
lone_event(const PatternMatcher *matcher, uint32_t from, uint32_t until, uint32_t *event)
{
	uint32_t	count = 0;

	*event = from;
	/* it may be asked again and again of a long one */
	if (until - from > SHORT_INSTANT)
		return false;
	for (uint32_t i = from; i < until && count < 2; i++)
	{
		if (matcher->events.used[i] || matcher->signatures[matcher->events.signature[i]].position_count == 0)
			continue;
		*event = i;
		count++;
	}
	return count < 2;
}

void
pattern_fill_instant(PatternScan *scan, uint32_t from, uint32_t until)
{
	PatternMatcher *matcher = scan->matcher;
	const PatternSignature *signature;
	uint32_t	event;

	if (!lone_event(matcher, from, until, &event) || scan->overlap == OVERLAP_ALL)
	{
		pattern_chain_instant(scan, from, until);
		return;
	}
	if (matcher->events.used[event])
		return;
	signature = &matcher->signatures[matcher->events.signature[event]];
	for (uint32_t i = 0; i < signature->position_count; i++)
	{
		int64_t		start = pattern_entry(scan, signature->positions[i], event, from);

		if (start != PATTERN_NO_EVENT)
			pattern_fill(scan, signature->positions[i], start);
	}
	if (scan->overlap != OVERLAP_NONE)
	{
		chain_open(scan, from, until, PATTERN_NO_EVENT, PATTERN_NO_EVENT);
		if (matcher->instant->event_count > 0)
			matcher->instant->end_start[0] = pattern_completed(scan, event);
	}
}

/* Keeps the events of [from, until) that a match ends with; the instant itself may be opened again by a path. */
static void
keep_ends(PatternScan *scan, uint32_t from, uint32_t until)
{
	PatternMatcher *matcher = scan->matcher;

	scan->end_at = scan->end_count = 0;
	if (until - from > matcher->end_capacity)
	{
		if (matcher->ends)
			host_free(matcher->ends);
		matcher->end_capacity = checked_growth(matcher->end_capacity, until - from);
		matcher->ends = host_alloc_array(matcher->end_capacity, sizeof(PatternEnd));
	}
	for (uint32_t i = from; i < until; i++)
	{
		int64_t		start;

		if (matcher->events.used[i] || matcher->signatures[matcher->events.signature[i]].position_count == 0)
			continue;
		start = matcher->instant->end_start[chain_kind_index(matcher, i)];
		if (start != PATTERN_NO_EVENT)
			matcher->ends[scan->end_count++] = (PatternEnd) {i, (uint32_t) start};
	}
}

/* The next of them. */
static bool
next_end(PatternScan *scan, PatternFound *found)
{
	const PatternEnd *end;

	if (scan->end_at == scan->end_count)
		return false;
	end = &scan->matcher->ends[scan->end_at++];
	found->start = end->start;
	found->end = end->event;
	found->only_start = scan->only_start;
	found->only_end = end->event;
	return true;
}

static bool
next_in_chain(PatternScan *scan, PatternFound *found)
{
	PatternMatcher *matcher = scan->matcher;
	PatternEvents *events = &matcher->events;

	if (next_end(scan, found))
		return true;
	while (scan->at < events->count)
	{
		uint32_t	from = scan->at;
		uint32_t	until = chain_instant_end(matcher, from);
		int64_t		best;

		host_check_interrupts();
		pattern_fill_instant(scan, from, until);
		best = pattern_completed(scan, from);
		if (best != PATTERN_NO_EVENT && scan->overlap == OVERLAP_NONE)
		{
			/* the rest of the instant may begin another one */
			forget(matcher);
			found->start = (uint32_t) best;
			found->end = until - 1;
			found->only_start = found->only_end = PATTERN_NO_EVENT;
			if (until == from + 1)
				scan->at = until;
			return true;
		}
		pattern_exclude_instant(scan, from, until);
		pattern_pass_on(scan, from);
		scan->at = until;
		if (scan->overlap == OVERLAP_NONE || best == PATTERN_NO_EVENT)
			continue;
		keep_ends(scan, from, until);
		if (next_end(scan, found))
			return true;
	}
	return false;
}

/* ----- the scan ----- */

static void
rewind_scan(PatternScan *scan)
{
	forget(scan->matcher);
	memset(scan->matcher->next_event, 0xff,
		   scan->matcher->pattern->header.position_count * sizeof(uint32_t));
	scan->at = 0;
	scan->end_at = scan->end_count = 0;
	scan->instant_open = false;
}

void
pattern_scan_begin(PatternScan *scan, PatternMatcher *matcher, PatternOverlap overlap, uint32_t goal)
{
	memset(scan, 0, sizeof(*scan));
	matcher->scans++;
	scan->matcher = matcher;
	scan->overlap = overlap;
	scan->goal = goal;
	scan->whole = goal >= matcher->pattern->header.levels;
	scan->starts = true;
	scan->only_start = overlap == OVERLAP_ALL ? 0 : PATTERN_NO_EVENT;
	memset(matcher->events.used, 0, matcher->events.count);
	rewind_scan(scan);
}

bool
pattern_scan_next(PatternScan *scan, PatternFound *found)
{
	bool		chain = (scan->matcher->pattern->header.flags & PATTERN_CHAIN) != 0;

	for (;;)
	{
		if (chain ? next_in_chain(scan, found) : next_in_order(scan, found))
			return true;
		if (scan->overlap != OVERLAP_ALL || scan->only_start + 1 >= (int64_t) scan->matcher->events.count)
			return false;
		scan->only_start++;
		rewind_scan(scan);
		/* nothing before the first event counts, but in a chain its instant does */
		scan->at = (uint32_t) scan->only_start;
		while (chain && scan->at > 0 &&
			   scan->matcher->events.at[scan->at - 1] == scan->matcher->events.at[scan->only_start])
			scan->at--;
	}
}
