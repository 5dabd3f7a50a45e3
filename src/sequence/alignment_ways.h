/*
 * alignment_ways.h
 *		Ways through a pattern, and which of them need be kept.
 *
 * A way is what a journey has cost so far to come to some place of the
 * pattern.  Of two ways to one place the one of fewer steps skipped and events
 * extra is better, whatever comes.  Among equals the future can make up for
 * two limits of time at most: that of the gate ahead, which depends on when
 * the step before was done, and `within`, which depends on when the first one
 * was.  So there are few ways of which none is better than another.
 */
#ifndef INTENT_ALIGNMENT_WAYS_H
#define INTENT_ALIGNMENT_WAYS_H

#include "pattern/pattern.h"

/* A cost: what is skipped or extra in the upper half, which may be negative, limits broken in the lower. */
#define WAY_ORDER (INT64_C(1) << 32)
#define WAY_TIME(cost) ((cost) & (WAY_ORDER - 1))

#define WAY_SKIPPED INT64_MIN	/* no time: the step before has no event */
#define WAY_NOT_BEGUN (INT64_MAX - 1)	/* no event has filled anything yet */
#define WAY_NOT_JUDGED INT64_MAX	/* `within` is broken already, or there is none */

typedef struct Way
{
	int64_t		cost;
	int64_t		last;			/* when the step before was done, or WAY_SKIPPED */
	int64_t		first;			/* when the first one was: the later, the better */
	uint64_t	used;			/* inside an instant: counts of scarce events (alignment_instant.c) */
	uint32_t	node;			/* how it came here */
} Way;

typedef struct WayList
{
	Way		   *ways;
	uint32_t	count;
	uint32_t	capacity;
} WayList;

typedef struct WayQueue
{
	Way		   *ways;
	size_t		head;
	size_t		count;
	size_t		capacity;
} WayQueue;

/*
 * Is the first way as good as the second, whatever comes?  `lack`: how much
 * more it costs the first at worst that the second has other events left.
 * `judged`: may a limit lie ahead that is judged by `last`, which is the same
 * for both if neither has skipped the step before?
 */
static inline bool
way_beats(const Way *a, const Way *b, int64_t lack, bool judged)
{
	int64_t		order = (b->cost >> 32) - (a->cost >> 32) - lack;

	if (order != 0)
		return order > 0;
	return WAY_TIME(a->cost) + (a->first < b->first) +
		(judged && a->last != WAY_SKIPPED && b->last == WAY_SKIPPED) <= WAY_TIME(b->cost);
}

/* Puts a way behind the others, whatever they are. */
extern void way_list_push(WayList *list, const Way *way);

/* Adds a way unless one is as good, and removes those it is better than. */
extern bool way_list_add(WayList *list, const Way *way, bool judged);
extern void way_list_free(WayList *list);

/* ----- gates ----- */

/*
 * What waits behind an arrow.  Costs are kept less what it has cost behind the
 * gate before, so that those who wait need not be touched.  All that wait cost
 * the same in order: the least.
 */
typedef struct WayGate
{
	const PatternGate *of;
	int64_t		order;			/* of those that wait */
	int64_t		charged;		/* excluded events, of instants before this one, */
	int64_t		charging;		/* and of this one, for those who came before it */
	WayList		fresh;			/* who came in this instant, if it charges anything */
	WayList		any;			/* best of all, their limit broken or not */
	WayList		free;			/* that have no limit to fear: any longer, or at all */
	WayQueue	early;			/* that `least` holds back, in order of time */
	WayQueue	ready[2];		/* within the limits: at the least limits broken before, and one more; */
	int64_t		ready_time;		/* those. Later ones began earlier: the first one is the best */
} WayGate;

#define WAY_GATE_CHOICES 12

/* A way comes to the gate at this time. */
extern void way_gate_enter(WayGate *gate, const Way *way, int64_t now);

/* The ways that may go on from the gate by an event; its limit is judged.  Returns how many. */
extern uint32_t way_gate_leave(WayGate *gate, int64_t now, Way *choices);

/* Those that may go on by skipping the step behind it. */
extern uint32_t way_gate_skip(const WayGate *gate, Way *choices);

/* The instant is over. */
extern void way_gate_end_instant(WayGate *gate, int64_t now);
extern void way_gate_free(WayGate *gate);

#endif							/* INTENT_ALIGNMENT_WAYS_H */
