/*
 * pattern_step.h
 *		One event and one position: where a match that fills it began.
 *
 * A match that fills a position at one event is described by when it began:
 * what comes later depends on the event it is at and, for `within`, on the
 * start, of which the latest is best.  So each position keeps one start, and
 * what waits at a gate is a queue of (last, start) of which only those remain
 * that no other is better than in both.
 */
#ifndef INTENT_PATTERN_STEP_H
#define INTENT_PATTERN_STEP_H

#include "pattern/pattern_match.h"

/* ----- queues ----- */

static inline void
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
static inline void
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
static inline bool
pattern_may_begin(const PatternScan *scan, uint32_t position, uint32_t event)
{
	const PatternMatcher *matcher = scan->matcher;

	return matcher->pattern->positions[position].first &&
		(scan->only_start == PATTERN_NO_EVENT || scan->only_start == event) &&
		(matcher->start_allowed == NULL || matcher->start_allowed[event]) &&
		(event == 0 || (matcher->pattern->header.flags & PATTERN_ANCHORED_START) == 0);
}

/* The latest start with which the event can fill the position, coming from events before it. */
static inline int64_t
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
static inline int64_t
pattern_entry(PatternScan *scan, uint32_t position, uint32_t event, uint32_t start)
{
	if (pattern_may_begin(scan, position, event))
		return scan->starts ? start : 0;
	return pattern_go_on(scan, position, event);
}

/* Notes that a position can be filled with this start. */
static inline void
pattern_fill(PatternScan *scan, uint32_t position, int64_t start)
{
	PatternMatcher *matcher = scan->matcher;

	if (matcher->filled[position] == PATTERN_NO_EVENT)
		matcher->touched[matcher->touched_count++] = position;
	if (matcher->filled[position] < start)
		matcher->filled[position] = start;
}

static inline bool
pattern_may_end_at(const PatternScan *scan, uint32_t event)
{
	const PatternMatcher *matcher = scan->matcher;

	if (!scan->whole)
		return true;
	return (matcher->end_allowed == NULL || matcher->end_allowed[event]) &&
		((matcher->pattern->header.flags & PATTERN_ANCHORED_END) == 0 || event + 1 == matcher->events.count);
}

/* Notes a level; who may not end there has not reached the last step. */
static inline uint32_t
pattern_reach_level(PatternScan *scan, uint32_t level, uint32_t event)
{
	if (level == scan->matcher->pattern->header.levels && !pattern_may_end_at(scan, event))
		level--;
	if (level > scan->level)
		scan->level = level;
	return level;
}

#endif							/* INTENT_PATTERN_STEP_H */
