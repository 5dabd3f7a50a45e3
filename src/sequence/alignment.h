/*
 * alignment.h
 *		The cheapest way of a journey through a pattern, step by step.
 */
#ifndef INTENT_ALIGNMENT_H
#define INTENT_ALIGNMENT_H

#include "pattern/pattern_match.h"
#include "sequence/alignment_ways.h"

/* How a way came to a position, to walk back. */
typedef struct AlignmentNode
{
	uint32_t	before;			/* node, or PATTERN_NONE */
	uint32_t	position;
	uint32_t	gate;			/* it came through, or PATTERN_NONE */
	uint32_t	event;			/* that fills it, in a chain or one alike; PATTERN_NONE: skipped */
	uint32_t	layer;			/* after how many events, */
	uint32_t	moment;			/* and at the time of this one, or PATTERN_NONE: before all */
} AlignmentNode;

/* One position on the cheapest way. */
typedef struct AlignmentMove
{
	uint32_t	position;
	uint32_t	gate;			/* before it, or PATTERN_NONE */
	uint32_t	event;			/* that fills it; PATTERN_NONE: skipped */
	uint32_t	layer;			/* events before this one that fill nothing were left aside before it; its own */
	int64_t		moment;
} AlignmentMove;

/* Events of one kind fill the same positions and are equally extra (alignment_instant.c). */
typedef struct AlignmentKind
{
	const PatternSignature *of;
	uint32_t	words;			/* of its classes */
	uint32_t	signature;
	uint32_t	event;			/* first of them in the instant */
	uint32_t	count;			/* in the instant */
	uint32_t	shift;			/* of their count in Way.used, if they are scarce */
	uint64_t	mask;			/* 0: there are more than any way can use */
	bool		extra;
} AlignmentKind;

typedef struct Alignment
{
	PatternMatcher *matcher;
	const Pattern *pattern;

	/* events that change anything, in canonical order */
	uint32_t	events;
	int64_t    *at;
	uint32_t   *signature;
	uint32_t   *number;			/* in the journey, from 0 */
	uint32_t   *code;
	bool	   *extra;			/* wherever they are */
	bool	   *used;			/* by the cheapest way */
	uint32_t	extra_count;
	int64_t    *before;			/* times of those that are extra before the first step, */
	int64_t    *after;			/* or behind the last one */
	uint32_t	before_count;
	uint32_t	after_count;

	/* the work */
	WayList    *arrived;		/* by position: ways that come there now */
	WayList    *staying;		/* that wait there for the immediately next event */
	int64_t		plain;			/* events so far that are extra only where they are left aside */
	WayGate    *gates;
	bool	   *judged;			/* by position: is there a limit behind it? */
	bool	   *dirty;			/* positions to go on from, */
	uint32_t	lowest;			/* all between these */
	uint32_t	highest;
	bool		immediate;		/* must an event come immediately next anywhere? */
	bool		excluding;		/* does any gate exclude events? */
	uint32_t   *into;			/* positions before the immediately next one p: into[into_from[p] .. into_from[p + 1]) */
	uint32_t   *into_from;
	uint32_t	moment;			/* event that is now, or PATTERN_NONE */
	AlignmentNode *nodes;
	uint32_t	node_count;
	uint32_t	node_capacity;

	/* the instant, in a chain */
	AlignmentKind *kinds;
	uint32_t	kind_count;
	uint32_t	kind_capacity;
	uint32_t   *kind_of;		/* by signature and whether it is extra, or PATTERN_NONE */
	bool		several;		/* events that can fill anything? */
	bool		scarce;			/* is any kind? */

	/* the answer */
	int64_t		best_cost;
	uint32_t	best;			/* node of the last move */
	int64_t		order;			/* steps skipped and events extra, */
	int64_t		time;			/* and limits broken */
	uint64_t	worst;			/* deviations if nothing fits at all */
	AlignmentMove *moves;
	uint32_t	move_count;
} Alignment;

/* Can an event, by its place in the alignment, fill a position? */
static inline bool
alignment_fills(const Alignment *alignment, uint32_t event, uint32_t position)
{
	return pattern_bit(alignment->matcher->signatures[alignment->signature[event]].bits, position);
}

/* Is an event of a class that a side excludes, and that long before or behind the match? */
extern bool alignment_is_beside(const Alignment *alignment, uint32_t event, const PatternSide *side,
								int64_t from, int64_t until);

static inline bool
alignment_is_of_class(const Alignment *alignment, uint32_t event, uint32_t class)
{
	return class != PATTERN_NONE &&
		pattern_bit(alignment->matcher->signatures[alignment->signature[event]].classes, class);
}

/*
 * Finds the way; `extra` says by code of the view's dictionary which events
 * are extra wherever they are, NULL: none.
 */
extern void alignment_find(Alignment *alignment, PatternMatcher *matcher, const JourneyView *view, const bool *extra);
extern void alignment_free(Alignment *alignment);

/* ----- between the files of the alignment ----- */

/* alignment_events.c: what of a journey changes anything. */
extern void alignment_load(Alignment *alignment, const JourneyView *view, const bool *extra);
extern void alignment_free_events(Alignment *alignment);

/* How many events are extra before a first step, or behind a last one, at this time. */
extern int64_t alignment_before(const Alignment *alignment, int64_t at);
extern int64_t alignment_after(const Alignment *alignment, int64_t at);

/* alignment_moment.c: all ways by which an event can fill positions, from where they waited before. */
extern void alignment_fill_from_before(Alignment *alignment, uint32_t event, uint32_t layer, uint64_t used);

/* A way comes to a position by an event; the limit of its gate is judged already. */
extern void alignment_fill(Alignment *alignment, uint32_t position, const Way *from, uint32_t gate,
						   uint32_t event, uint32_t layer, uint64_t used);

/* Ways go on by skipping, from wherever they wait, or only where an event must be immediately next. */
extern void alignment_skip_from_before(Alignment *alignment, uint32_t layer);
extern void alignment_skip_from_staying(Alignment *alignment, uint32_t position, uint32_t layer);

/* On from positions where ways have come, until nothing gets better. */
extern void alignment_go_on(Alignment *alignment, uint32_t layer);

/* Who has come to a position waits there or behind its gates. */
extern void alignment_settle(Alignment *alignment, int64_t now);

/* alignment_instant.c: the events of an instant of a chain. */
extern void alignment_list_kinds(Alignment *alignment, uint32_t from, uint32_t until);
extern uint64_t alignment_use(const AlignmentKind *kind, uint64_t used);
extern void alignment_go_on_in_instant(Alignment *alignment, uint32_t position, uint32_t layer);
extern void alignment_free_kinds(Alignment *alignment);

/* How much more it may cost `a` at a position that `b` has other events of the instant left. */
extern int64_t alignment_lack(const Alignment *alignment, uint32_t position, const Way *a, const Way *b);

#endif							/* INTENT_ALIGNMENT_H */
