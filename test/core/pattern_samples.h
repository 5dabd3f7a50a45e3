/*
 * pattern_samples.h
 *		Generated patterns and journeys for the core tests: few touchpoints,
 *		many equal times, every operator; and what oracles ask of them.
 */
#ifndef INTENT_PATTERN_SAMPLES_H
#define INTENT_PATTERN_SAMPLES_H

#include "journey/journey.h"
#include "pattern/pattern_tree.h"

/* The text of a pattern of about so many elements; it may be one that needs no event, which is refused. */
extern char *pattern_sample(uint64_t *random, int elements, bool chain);

/* Appends a journey whose times are whole seconds. */
extern void pattern_sample_journey(ByteBuffer *out, uint64_t *random, size_t max_events);

/* ----- for oracles: what an event is, and which classes of a pattern's tree it is of ----- */

typedef struct SampleEvent
{
	int64_t		at;
	Touchpoint	touchpoint;
	bool		has_value;
	double		value;
} SampleEvent;

/* The events of a journey in canonical order; returns how many. */
extern int sample_events(const JourneyView *view, SampleEvent *events);

extern bool sample_class_holds(const PatternClass *class, const SampleEvent *event);

#endif							/* INTENT_PATTERN_SAMPLES_H */
