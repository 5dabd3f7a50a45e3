/*
 * alignment.h
 *		The cheapest way of a journey through a pattern, step by step.
 */
#ifndef INTENT_ALIGNMENT_H
#define INTENT_ALIGNMENT_H

#include "pattern/pattern_match.h"

/* How a state was reached, to walk back. */
typedef struct AlignmentStep
{
	uint32_t	from;			/* state */
	uint32_t	layer;			/* after how many events that was */
	uint32_t	gate;			/* between, or PATTERN_NONE */
	uint32_t	taken;			/* TAKEN_ */
} AlignmentStep;

enum
{
	TAKEN_NOTHING,				/* no event: to the end */
	TAKEN_OVERDUE,				/* to the end, later than `within` */
	TAKEN_SKIP,					/* no event: past a position */
	TAKEN_FILL,
	TAKEN_LATE,					/* filled, but too late */
	TAKEN_EARLY,
	TAKEN_ASIDE,				/* an event left aside */
	TAKEN_EXTRA					/* that should not be there */
};

typedef struct Alignment
{
	PatternMatcher *matcher;
	const Pattern *pattern;
	uint32_t	positions;
	uint32_t	start;			/* states: positions, start, done */
	uint32_t	done;
	uint32_t	states;
	uint32_t	events;
	int64_t    *at;
	uint32_t   *signature;
	uint32_t   *number;
	uint32_t   *code;
	bool	   *extra;
	uint64_t	worst;			/* deviations if nothing fits at all */
	struct AlignmentGate *gates;
	struct AlignmentCell *now;
	struct AlignmentCell *next;
	AlignmentStep *steps;		/* by layer and state */
} Alignment;

static inline const AlignmentStep *
alignment_step(const Alignment *alignment, uint32_t layer, uint32_t state)
{
	return &alignment->steps[(size_t) layer * alignment->states + state];
}

/* Can an event, by its place in canonical order of the alignment, fill a position? */
static inline bool
alignment_fills(const Alignment *alignment, uint32_t event, uint32_t position)
{
	const PatternSignature *signature = &alignment->matcher->signatures[alignment->signature[event]];

	return (signature->bits[position >> 6] >> (position & 63)) & 1;
}

/* Is an event extra behind a gate (NULL: before anything has begun)? */
extern bool alignment_is_extra(const Alignment *alignment, uint32_t event, const PatternGate *gate);

/*
 * Finds the way; `extra` says by code of the view's dictionary which events
 * are extra wherever they are, NULL: none.  The way ends in state `done` of
 * the last layer; follow its steps back to state `start`.
 */
extern void alignment_find(Alignment *alignment, PatternMatcher *matcher, const JourneyView *view, const bool *extra);
extern void alignment_free(Alignment *alignment);

#endif							/* INTENT_ALIGNMENT_H */
