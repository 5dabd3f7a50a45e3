/*
 * funnel.h
 *		How far a journey gets in a pattern.
 */
#ifndef INTENT_FUNNEL_H
#define INTENT_FUNNEL_H

#include "pattern/pattern_match.h"

typedef struct Funnel
{
	uint32_t	level;			/* mandatory steps of the best match, whole or not */
	uint32_t	next;			/* step it stopped before, or PATTERN_NONE */
	uint32_t	count;			/* steps reached, optional ones included: */
	uint32_t   *steps;			/* rising */
	int64_t    *times;			/* when each was done */
} Funnel;

/*
 * Of the loaded journey.  The level is the highest that any way to match
 * reaches; of those that reach it the best is the one that gets there first,
 * and began last.  Arrays are made by host_alloc().
 */
extern void funnel_find(Funnel *funnel, PatternMatcher *matcher);

/* The step behind the mandatory step number `level` that comes next; PATTERN_NONE behind the last. */
extern uint32_t funnel_next_step(const Pattern *pattern, uint32_t level);

#endif							/* INTENT_FUNNEL_H */
