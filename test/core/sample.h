/*
 * sample.h
 *		Generated journeys for the core tests: many ties, many shapes.
 */
#ifndef INTENT_SAMPLE_H
#define INTENT_SAMPLE_H

#include "journey/journey.h"

typedef struct Sample
{
	JourneyRow *rows;
	size_t		count;
	TouchpointSet set;			/* in no order, with ranks */
} Sample;

/*
 * Shape and content follow from the seed alone.  Memory is that of the current
 * call.  Seeds next to each other share touchpoints, times and refs, so that
 * journeys of them hold the same events with other payloads.
 */
extern void sample_make(Sample *sample, uint64_t seed);

/* Appends the journey of some of the rows, which stay as they are. */
extern void sample_build(ByteBuffer *out, const Sample *sample, const JourneyRow *rows, size_t count);

extern void sample_shuffle(JourneyRow *rows, size_t count, uint64_t *random);

/* All of the sample as a journey in memory of its exact size. */
extern uint8_t *sample_journey(const Sample *sample, size_t *size);

#endif							/* INTENT_SAMPLE_H */
