/*
 * effort.h
 *		What a journey asked of the person who made it.
 *
 * All but sessions and the time waited never fall when an event is added, in
 * whatever place: an event can only join sessions, and so make a pause end.
 */
#ifndef INTENT_EFFORT_H
#define INTENT_EFFORT_H

#include "base/fixed.h"
#include "journey/journey.h"

typedef struct Effort
{
	uint32_t	contacts;		/* events */
	uint32_t	sessions;		/* runs of events without a longer pause */
	uint32_t	channel_switches;	/* events by another channel than the one before, none being one */
	uint32_t	repeats;		/* events whose touchpoint was there before in the session */
	uint32_t	backtracks;		/* events back at an earlier touchpoint, after another one */
	uint64_t	waited;			/* microseconds between sessions */
} Effort;

/* The first `events` of them in canonical order; a pause is longer than `gap` microseconds. */
extern void effort_measure(Effort *effort, const JourneyView *view, uint32_t events, int64_t gap);

/* ----- one number of it ----- */

enum
{
	EFFORT_CONTACTS, EFFORT_SESSIONS, EFFORT_CHANNEL_SWITCHES, EFFORT_REPEATS,
	EFFORT_BACKTRACKS, EFFORT_DAYS_WAITED, EFFORT_MEASURES
};

extern const char *const effort_names[EFFORT_MEASURES];

typedef struct EffortWeights
{
	Fixed		of[EFFORT_MEASURES];
} EffortWeights;

extern EffortWeights effort_default_weights(void);

/* Sets the weight of a measure by its name; HOST_BAD_PARAMETER if there is none. */
extern void effort_set_weight(EffortWeights *weights, const char *name, size_t size, Fixed weight);

/* The weighted sum: exact, but for the days waited, which are rounded once. */
extern Fixed effort_sum(const Effort *effort, const EffortWeights *weights);

#endif							/* INTENT_EFFORT_H */
