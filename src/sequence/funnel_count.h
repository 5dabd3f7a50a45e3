/*
 * funnel_count.h
 *		How far many journeys get in one pattern: the state of funnel_agg.
 *
 *	varint	number of mandatory steps; 0 if nothing was counted, and no more
 *	varint	size of the pattern's canonical text, and the text
 *	varint	how many journeys
 *	for each mandatory step:
 *		varint	size of its text, and the text
 *		varint	how many journeys reached it
 *		varint	how many different times, rounded (not of the first step); per time, shortest first:
 *			varint	its bucket less the bucket before
 *			varint	how often
 *
 * Times are from the step before, in the buckets of transition.h.
 */
#ifndef INTENT_FUNNEL_COUNT_H
#define INTENT_FUNNEL_COUNT_H

#include "sequence/funnel.h"
#include "sequence/partial.h"
#include "sequence/transition.h"

typedef struct FunnelStep
{
	char	   *name;
	uint32_t	name_size;
	uint64_t	reached;
	uint64_t   *times[DOUBLINGS];	/* by bucket; NULL where there are none */
} FunnelStep;

typedef struct FunnelCount
{
	uint32_t	levels;
	uint32_t	text_size;
	char	   *text;			/* canonical, of the pattern */
	uint64_t	journeys;
	FunnelStep *steps;
} FunnelCount;

extern PartialKind funnel_kind;

/* All journeys are counted by one pattern; another one is refused. */
extern void funnel_count_begin(FunnelCount *count, const Pattern *pattern);

/* What funnel_find() says of one journey. */
extern void funnel_count_add(FunnelCount *count, const Pattern *pattern, const Funnel *funnel);

/* The time, in seconds, that a share of those who reached a step do not exceed; -1 if there is none. */
extern double funnel_count_quantile(const FunnelStep *step, int percent);

#endif							/* INTENT_FUNNEL_COUNT_H */
