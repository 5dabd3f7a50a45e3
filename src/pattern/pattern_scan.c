/*
 * pattern_scan.c
 *		One pass over the events of a journey: where matches begin and end.
 *
 * A match that fills a position at one event is described by when it began:
 * what comes later depends on the event it is at and, for `within`, on the
 * start, of which the latest is best.  So each position keeps one start, and
 * what waits at a gate is a queue of (last, start) of which only those remain
 * that no other is better than in both.
 */
#include "pattern/pattern_match.h"

/* ----- queues ----- */

static void
queue_push(GateQueue *queue, int64_t last, uint32_t start)
{
	if (host_unlikely(queue->head + queue->count == queue->capacity))
	{
		/* what was taken from the front is room again */
		if (queue->head > queue->count)
			memmove(queue->entries, queue->entries + queue->head, queue->count * sizeof(GateEntry));
		else
		{
			size_t		capacity = checked_growth(queue->capacity, queue->count + 1);
			GateEntry  *entries = host_alloc_array(capacity, sizeof(GateEntry));

			if (queue->count > 0)
				memcpy(entries, queue->entries + queue->head, queue->count * sizeof(GateEntry));
			if (queue->entries)
				host_free(queue->entries);
			queue->entries = entries;
			queue->capacity = capacity;
		}
		queue->head = 0;
	}
	queue->entries[queue->head + queue->count++] = (GateEntry) {last, start};
}

static inline GateEntry *
queue_front(const GateQueue *queue)
{
	return &queue->entries[queue->head];
}

static inline GateEntry *
queue_back(const GateQueue *queue)
{
	return &queue->entries[queue->head + queue->count - 1];
}

static inline void
queue_pop_front(GateQueue *queue)
{
	queue->head++;
	if (--queue->count == 0)
		queue->head = 0;
}

/* ----- gates ----- */

static inline void
gate_refresh(const PatternMatcher *matcher, GateState *state)
{
	if (state->generation == matcher->generation)
		return;
	state->generation = matcher->generation;
	state->early.count = state->early.head = 0;
	state->ready.count = state->ready.head = 0;
}

static inline void
gate_ready(GateState *state, int64_t last, uint32_t start)
{
	GateQueue  *ready = &state->ready;

	if (!state->expires && ready->count > 0 && queue_front(ready)->start >= start)
		return;
	while (ready->count > 0 && queue_back(ready)->start <= start)
		ready->count--;
	if (ready->count == 0)
		ready->head = 0;
	queue_push(ready, last, start);
}

static inline void
gate_insert(PatternMatcher *matcher, uint32_t gate, int64_t last, uint32_t start)
{
	GateState  *state = &matcher->gates[gate];

	gate_refresh(matcher, state);
	if (matcher->pattern->gates[gate].least == 0)
		gate_ready(state, last, start);
	else if (state->expires || state->early.count == 0 || queue_back(&state->early)->start < start)
		queue_push(&state->early, last, start);
}

/* The latest start that may pass the gate at this time. */
static inline int64_t
gate_best(PatternMatcher *matcher, uint32_t gate, int64_t time)
{
	GateState  *state = &matcher->gates[gate];
	const PatternGate *limits = &matcher->pattern->gates[gate];

	if (state->generation != matcher->generation)
		return PATTERN_NO_EVENT;
	while (state->early.count > 0 &&
		   (uint64_t) time - (uint64_t) queue_front(&state->early)->last >= (uint64_t) limits->least)
	{
		gate_ready(state, queue_front(&state->early)->last, queue_front(&state->early)->start);
		queue_pop_front(&state->early);
	}
	while (state->ready.count > 0 &&
		   (uint64_t) time - (uint64_t) queue_front(&state->ready)->last > (uint64_t) limits->most)
		queue_pop_front(&state->ready);
	return state->ready.count > 0 ? (int64_t) queue_front(&state->ready)->start : PATTERN_NO_EVENT;
}

/* Something excluded happened at `time`: who waits longer waits in vain. */
static void
gate_exclude(PatternMatcher *matcher, uint32_t gate, int64_t time)
{
	GateState  *state = &matcher->gates[gate];

	if (state->generation != matcher->generation)
		return;
	while (state->early.count > 0 && queue_front(&state->early)->last < time)
		queue_pop_front(&state->early);
	while (state->ready.count > 0 && queue_front(&state->ready)->last < time)
		queue_pop_front(&state->ready);
}

/* ----- one event ----- */

static inline bool
too_long(const PatternMatcher *matcher, int64_t start, int64_t time)
{
	return (uint64_t) time - (uint64_t) matcher->events.at[start] > (uint64_t) matcher->pattern->header.within;
}

/* May a match begin with this event in this position? */
bool
pattern_may_begin(const PatternScan *scan, uint32_t position, uint32_t event)
{
	const PatternMatcher *matcher = scan->matcher;

	return matcher->pattern->positions[position].first &&
		(scan->only_start == PATTERN_NO_EVENT || scan->only_start == event) &&
		(matcher->start_allowed == NULL || matcher->start_allowed[event]) &&
		(event == 0 || (matcher->pattern->header.flags & PATTERN_ANCHORED_START) == 0);
}

/* The latest start with which the event can fill the position, coming from events before it. */
int64_t
pattern_go_on(PatternScan *scan, uint32_t position, uint32_t event)
{
	PatternMatcher *matcher = scan->matcher;
	int64_t		time = matcher->events.at[event];
	int64_t		best = PATTERN_NO_EVENT;

	if (matcher->next_event[position] == event &&
		((matcher->pattern->header.flags & PATTERN_STRICTLY) == 0 || matcher->events.at[event - 1] < time))
		best = matcher->next[position];
	for (uint32_t i = matcher->into_from[position]; i < matcher->into_from[position + 1]; i++)
	{
		int64_t		other = gate_best(matcher, matcher->into[i], time);

		best = other > best ? other : best;
	}
	if (scan->starts && best != PATTERN_NO_EVENT && too_long(matcher, best, time))
		return PATTERN_NO_EVENT;
	return best;
}

/* The latest start at all; no later one than `start`, that of a match that begins here. */
int64_t
pattern_entry(PatternScan *scan, uint32_t position, uint32_t event, uint32_t start)
{
	if (pattern_may_begin(scan, position, event))
		return scan->starts ? start : 0;
	return pattern_go_on(scan, position, event);
}

/* Notes that a position can be filled with this start. */
void
pattern_fill(PatternScan *scan, uint32_t position, int64_t start)
{
	PatternMatcher *matcher = scan->matcher;

	if (matcher->filled[position] == PATTERN_NO_EVENT)
		matcher->touched[matcher->touched_count++] = position;
	if (matcher->filled[position] < start)
		matcher->filled[position] = start;
}

/* What is filled becomes what waits, for the event after `event`. */
static void
pass_on(PatternScan *scan, uint32_t event)
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

static bool
end_allowed(const PatternScan *scan, uint32_t event)
{
	const PatternMatcher *matcher = scan->matcher;

	if (!scan->whole)
		return true;
	return (matcher->end_allowed == NULL || matcher->end_allowed[event]) &&
		((matcher->pattern->header.flags & PATTERN_ANCHORED_END) == 0 || event + 1 == matcher->events.count);
}

/* Notes a level; who may not end there has not reached the last step. */
static inline uint32_t
reach_level(PatternScan *scan, uint32_t level, uint32_t event)
{
	if (level == scan->matcher->pattern->header.levels && !end_allowed(scan, event))
		level--;
	if (level > scan->level)
		scan->level = level;
	return level;
}

/* The latest start of a match that what is filled at `event` completes; notes the level. */
static int64_t
completed(PatternScan *scan, uint32_t event)
{
	PatternMatcher *matcher = scan->matcher;
	const Pattern *pattern = matcher->pattern;
	int64_t		best = PATTERN_NO_EVENT;

	for (uint32_t i = 0; i < matcher->touched_count; i++)
	{
		uint32_t	level = reach_level(scan, pattern->positions[matcher->touched[i]].level, event);

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
static void
exclude_instant(PatternScan *scan, uint32_t from, uint32_t until)
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
		best = completed(scan, event);
		if (best != PATTERN_NO_EVENT && scan->overlap == OVERLAP_NONE)
			forget(matcher);
		pass_on(scan, event);
		scan->instant_open = event + 1 < events->count && events->at[event + 1] == events->at[event];
		if (!scan->instant_open)
			exclude_instant(scan, scan->instant, event + 1);
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

static uint32_t
instant_end(const PatternEvents *events, uint32_t from)
{
	uint32_t	until = from + 1;

	while (until < events->count && events->at[until] == events->at[from])
		until++;
	return until;
}

/* The event of an instant that alone can fill anything; false if there are several. */
static bool
lone_event(const PatternMatcher *matcher, uint32_t from, uint32_t until, uint32_t *event)
{
	uint32_t	count = 0;

	*event = from;
	for (uint32_t i = from; i < until && count < 2; i++)
	{
		if (matcher->events.used[i] || matcher->signatures[matcher->events.signature[i]].position_count == 0)
			continue;
		*event = i;
		count++;
	}
	return count < 2;
}

static void
fill_instant(PatternScan *scan, uint32_t from, uint32_t until)
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
		chain_open(scan, from, until);
		if (matcher->instant->event_count > 0)
			matcher->instant->end_start[0] = completed(scan, event);
	}
}

/* Keeps the events that a match ends with; the instant itself may be opened again by a path. */
static void
keep_ends(PatternScan *scan)
{
	PatternMatcher *matcher = scan->matcher;
	const ChainInstant *instant = matcher->instant;

	scan->end_at = scan->end_count = 0;
	if (instant->event_count > matcher->end_capacity)
	{
		if (matcher->ends)
			host_free(matcher->ends);
		matcher->end_capacity = checked_growth(matcher->end_capacity, instant->event_count);
		matcher->ends = host_alloc_array(matcher->end_capacity, sizeof(PatternEnd));
	}
	for (uint32_t i = 0; i < instant->event_count; i++)
	{
		if (instant->end_start[i] != PATTERN_NO_EVENT)
			matcher->ends[scan->end_count++] =
				(PatternEnd) {instant->events[i], (uint32_t) instant->end_start[i]};
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
		uint32_t	until = instant_end(events, from);
		int64_t		best;

		host_check_interrupts();
		fill_instant(scan, from, until);
		best = completed(scan, from);
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
		exclude_instant(scan, from, until);
		pass_on(scan, from);
		scan->at = until;
		if (scan->overlap == OVERLAP_NONE || best == PATTERN_NO_EVENT)
			continue;
		keep_ends(scan);
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

/* ----- the shortest answers ----- */

/* Where a glance shows a position. */
static inline uint64_t
glance_bit(uint32_t position)
{
	return position < 63 ? UINT64_C(1) << position : PATTERN_GLANCE_MORE;
}

/*
 * A position was filled: those behind its gates are of use now.  The position
 * itself is no more where nothing better can come: no limit of time asks for a
 * later event or a later start.
 */
static inline void
note_useful(PatternScan *scan, uint32_t number)
{
	const Pattern *pattern = scan->matcher->pattern;
	const PatternPosition *position = &pattern->positions[number];
	bool		better = scan->starts || position->level == pattern->header.levels;

	if (number >= 63 || (scan->noted & glance_bit(number)))
		return;
	scan->noted |= glance_bit(number);
	for (uint32_t l = position->links; l < position->links_end; l++)
	{
		uint32_t	index = PATTERN_LINK_INDEX(pattern->links[l]);
		const PatternGate *gate = &pattern->gates[index];

		better |= scan->matcher->gates[index].expires;
		for (uint32_t t = gate->targets; t < gate->targets_end; t++)
			scan->useful |= glance_bit(pattern->targets[t]);
	}
	if (!better)
		scan->useful &= ~glance_bit(number);
}

/*
 * One event, alone in its instant, in a chain of which only the level is
 * asked.  Positions lead to later ones only, so that backwards no gate is
 * entered and left by the same event.
 */
static inline void
fill_lone(PatternScan *scan, uint32_t event)
{
	PatternMatcher *matcher = scan->matcher;
	const Pattern *pattern = matcher->pattern;
	const PatternSignature *signature = &matcher->signatures[matcher->events.signature[event]];

	for (uint32_t i = signature->position_count; i-- > 0;)
	{
		uint32_t	number = signature->positions[i];
		const PatternPosition *position = &pattern->positions[number];
		int64_t		start;

		if ((scan->useful & glance_bit(number)) == 0)
			continue;
		start = pattern_entry(scan, number, event, event);
		if (start == PATTERN_NO_EVENT)
			continue;
		reach_level(scan, position->level, event);
		for (uint32_t l = position->links; l < position->links_end; l++)
			gate_insert(matcher, PATTERN_LINK_INDEX(pattern->links[l]), matcher->events.at[event], (uint32_t) start);
		note_useful(scan, number);
	}
}

/* Several events of one instant, or one that closes gates for those who waited before. */
static void
fill_together(PatternScan *scan, uint32_t from, uint32_t until)
{
	PatternMatcher *matcher = scan->matcher;

	fill_instant(scan, from, until);
	completed(scan, from);
	for (uint32_t i = 0; i < matcher->touched_count; i++)
		note_useful(scan, matcher->touched[i]);
	exclude_instant(scan, from, until);
	pass_on(scan, from);
}

/*
 * Positions that only begin matches and need not be looked at until something
 * else comes: of such events the last one is better than those before it.
 */
static uint64_t
lazy_positions(const PatternMatcher *matcher)
{
	const Pattern *pattern = matcher->pattern;
	uint64_t	lazy = 0;

	for (uint32_t i = 0; i < pattern->header.first_count && matcher->start_allowed == NULL; i++)
	{
		uint32_t	number = pattern->first[i];
		const PatternPosition *position = &pattern->positions[number];
		bool		waits = number < 63 && position->level < pattern->header.levels;

		for (uint32_t l = position->links; l < position->links_end; l++)
			waits &= pattern->gates[PATTERN_LINK_INDEX(pattern->links[l])].least == 0;
		if (waits)
			lazy |= glance_bit(number);
	}
	return lazy;
}

/* The level of a chain. */
static uint32_t
run_chain(PatternScan *scan)
{
	PatternMatcher *matcher = scan->matcher;
	const Pattern *pattern = matcher->pattern;
	const PatternEvents *events = &matcher->events;
	const uint64_t *glances = matcher->glances;
	uint32_t	levels = pattern->header.levels;
	uint64_t	lazy = lazy_positions(matcher);
	int64_t		waiting = PATTERN_NO_EVENT;	/* the last event of lazy positions alone */

	scan->useful = PATTERN_GLANCE_MORE;
	for (uint32_t i = 0; i < pattern->header.first_count; i++)
		scan->useful |= glance_bit(pattern->first[i]);
	for (uint32_t from = 0, until; from < events->count && scan->level < levels; from = until)
	{
		uint64_t	seen = glances[events->signature[from]];

		if (from % 1024 == 1023)
			host_check_interrupts();
		for (until = from + 1; until < events->count && events->at[until] == events->at[from]; until++)
			seen |= glances[events->signature[until]];
		seen &= scan->useful;
		if (seen == 0)
			continue;
		/* the first one is not put off: what it leads to becomes of use */
		if ((seen & ~(lazy & scan->noted)) == 0 && until == from + 1)
		{
			waiting = from;
			continue;
		}
		if (waiting != PATTERN_NO_EVENT)
			fill_lone(scan, (uint32_t) waiting);
		waiting = PATTERN_NO_EVENT;
		if (until == from + 1 && (seen & PATTERN_GLANCE_MORE) == 0)
			fill_lone(scan, from);
		else
			fill_together(scan, from, until);
	}
	return scan->level;
}

/* The level that is reached, up to that of the whole pattern. */
static uint32_t
run(PatternMatcher *matcher)
{
	uint32_t	levels = matcher->pattern->header.levels;
	PatternScan scan;
	PatternFound found;

	pattern_scan_begin(&scan, matcher, OVERLAP_NONE, levels);
	/* without a window nobody asks when a match began */
	scan.starts = matcher->pattern->header.within < PATTERN_FOREVER;
	if (matcher->pattern->header.flags & PATTERN_CHAIN)
		return run_chain(&scan);
	return pattern_scan_next(&scan, &found) ? levels : scan.level;
}

bool
pattern_has_match(PatternMatcher *matcher)
{
	return run(matcher) == matcher->pattern->header.levels;
}

uint32_t
pattern_level(PatternMatcher *matcher)
{
	return run(matcher);
}

/* Which events a match of a chain ended with matters only where others share their instant. */
uint64_t
pattern_match_count(PatternMatcher *matcher)
{
	PatternScan scan;
	PatternFound found;
	PatternPath path = {0};
	uint64_t	count = 0;

	pattern_scan_begin(&scan, matcher, OVERLAP_NONE, matcher->pattern->header.levels);
	while (pattern_scan_next(&scan, &found))
	{
		count++;
		if (scan.at <= found.end)
			pattern_find_path(&scan, &found, &path);
	}
	if (path.filled)
		host_free(path.filled);
	return count;
}
