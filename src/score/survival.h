/*
 * survival.h
 *		How long it takes until something happens, with those to whom it has
 *		not happened yet: the state of survival_agg, a kind of partial.
 *
 * Kept is, for each time that anybody was watched, how many it happened to
 * then and how many were only watched so long.  That is all that the
 * product-limit estimate (Kaplan and Meier 1958) needs, and it merges.
 *
 * Payload: varint number of times; per time, shortest first: varint
 * microseconds less those before, varint how many it happened to, varint how
 * many were censored.
 */
#ifndef INTENT_SURVIVAL_H
#define INTENT_SURVIVAL_H

#include "sequence/partial.h"

typedef struct SurvivalTime
{
	int64_t		elapsed;		/* microseconds, not negative */
	uint64_t	happened;
	uint64_t	censored;
} SurvivalTime;

typedef struct Survival
{
	size_t		count;
	size_t		sorted;			/* the first ones are, and each time is there once */
	size_t		capacity;
	SurvivalTime *times;
} Survival;

extern PartialKind survival_kind;

extern void survival_add(Survival *survival, int64_t elapsed, bool happened);

/* One time at which it happened to somebody. */
typedef struct SurvivalStep
{
	int64_t		elapsed;
	uint64_t	at_risk;		/* watched until then, and it had not happened to */
	uint64_t	happened;
	uint64_t	censored;		/* from this time on and before the next */
	double		survival;		/* share to whom it has not happened at this time */
	double		low;			/* its 95 % interval; NAN where there is none: at 1 and 0 */
	double		high;
	double		hazard;			/* Nelson and Aalen's, added up */
} SurvivalStep;

/* All of them, in order.  Sorts the state, which stays the same value. */
extern SurvivalStep *survival_steps(Survival *survival, size_t *count);

typedef struct SurvivalSummary
{
	uint64_t	people;
	uint64_t	happened;
	int64_t		longest;		/* anybody was watched */
	int64_t		median;			/* -1 if less than half have come so far, and */
	int64_t		median_low;		/* the same for the ends of its interval */
	int64_t		median_high;
	double		mean;			/* microseconds up to a horizon, */
	double		mean_error;		/* and its standard error; NAN if it cannot be told */
} SurvivalSummary;

/* The mean is restricted to `horizon`: what comes later counts as coming then. */
extern SurvivalSummary survival_summarise(Survival *survival, int64_t horizon);

#endif							/* INTENT_SURVIVAL_H */
