/*
 * conformance.h
 *		How far a journey is from the one a pattern has in mind.
 *
 * An optimal alignment of the journey's events with the pattern's program: the
 * fewest steps skipped and events that should not be there, and of those the
 * fewest limits of time broken.  O(events that matter x links of the pattern);
 * inside an instant of a chain see alignment_instant.c.
 */
#ifndef INTENT_CONFORMANCE_H
#define INTENT_CONFORMANCE_H

#include "pattern/pattern_match.h"

typedef enum DeviationKind
{
	DEVIATION_SKIPPED,			/* a step that never came */
	DEVIATION_EXTRA,			/* an event where none may be */
	DEVIATION_OUT_OF_ORDER,		/* a step that came at another place */
	DEVIATION_TOO_LATE,
	DEVIATION_TOO_EARLY
} DeviationKind;

#define DEVIATION_KINDS 5

extern const char *const deviation_names[DEVIATION_KINDS];

typedef struct Deviation
{
	DeviationKind kind;
	uint32_t	step;			/* of the pattern, or PATTERN_NONE */
	uint32_t	position;		/* that was skipped, or PATTERN_NONE */
	uint32_t	event;			/* number in the journey from 0, or PATTERN_NONE */
	uint32_t	code;			/* of that event: its touchpoint, */
	int64_t		at;				/* and its time */
	int64_t		waited;			/* too late, too early: time since the step before */
} Deviation;

typedef struct Conformance
{
	double		fitness;		/* 1: nothing deviates, 0: nothing fits */
	uint32_t	count;
	uint32_t	capacity;
	Deviation  *deviations;		/* in order of the alignment */
} Conformance;

/*
 * The matcher has loaded the view.  `extra` says by code of the view's dictionary which events count as extra
 * wherever they are; NULL, none does.  Arrays are made by host_alloc().
 */
extern void conformance_find(Conformance *conformance, PatternMatcher *matcher,
							 const JourneyView *view, const bool *extra);

#endif							/* INTENT_CONFORMANCE_H */
