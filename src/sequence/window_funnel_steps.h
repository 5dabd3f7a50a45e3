/*
 * window_funnel_steps.h
 *		What the two ways to walk a funnel share.
 */
#ifndef INTENT_WINDOW_FUNNEL_STEPS_H
#define INTENT_WINDOW_FUNNEL_STEPS_H

#include "sequence/window_funnel.h"

/* The rows of one instant, in order of their masks. */
typedef struct FunnelInstant
{
	int64_t		at;
	const ConditionRow *rows;
	size_t		count;
	uint64_t	met;			/* conditions that a row meets, */
	uint64_t	met_twice;		/* and another one, too */
	bool		nothing;		/* a row meets none */
} FunnelInstant;

typedef struct FunnelMatching FunnelMatching;

typedef struct Funnel
{
	const ConditionLog *log;
	int			reached;		/* levels 1 .. reached have been */
	int64_t		start[CONDITIONS_MAX + 1];	/* latest of the chains of each level, */
	int64_t		last[CONDITIONS_MAX + 1];	/* and the time of its last step */
	FunnelMatching *matching;	/* for strict_once, NULL until needed */
} Funnel;

typedef enum FunnelVerdict
{
	FUNNEL_GOES_ON,
	FUNNEL_ENDS
} FunnelVerdict;

static inline bool
funnel_has_mode(const Funnel *funnel, uint8_t mode)
{
	return (funnel->log->modes & mode) != 0;
}

/* May a chain of this level have its next step now? */
static inline bool
funnel_in_time(const Funnel *funnel, int level, int64_t now)
{
	/* what came before is not later, so the difference is not negative */
	return (uint64_t) now - (uint64_t) funnel->start[level] <= (uint64_t) funnel->log->window &&
		(!funnel_has_mode(funnel, FUNNEL_STRICT_INCREASE) || funnel->last[level] < now);
}

static inline void
funnel_reach(Funnel *funnel, int level, int64_t start, int64_t now)
{
	funnel->start[level] = start;
	funnel->last[level] = now;
	if (level > funnel->reached)
		funnel->reached = level;
}

/* Steps of an instant each of whose rows serves a chain once: funnel_once.c */
extern FunnelVerdict funnel_steps_once(Funnel *funnel, const FunnelInstant *instant);
extern void funnel_once_free(Funnel *funnel);

#endif							/* INTENT_WINDOW_FUNNEL_STEPS_H */
