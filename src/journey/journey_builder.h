/*
 * journey_builder.h
 *		Journeys from events that come one by one, each with its touchpoint.
 */
#ifndef INTENT_JOURNEY_BUILDER_H
#define INTENT_JOURNEY_BUILDER_H

#include "journey/vocabulary.h"

typedef struct JourneyBuilder
{
	Vocabulary *vocabulary;
	JourneyRow *rows;
	size_t		count;
	size_t		capacity;
} JourneyBuilder;

extern void journey_builder_init(JourneyBuilder *builder);

/*
 * Adds an event in any order.  The touchpoint is copied; a ref stays where it
 * is and must remain there.  Checks the row, and for interrupts.
 */
extern void journey_builder_add(JourneyBuilder *builder, const JourneyRow *row,
								const Touchpoint *touchpoint);

/* Appends the journey of all events to `out` and frees the builder's memory. */
extern void journey_builder_finish(JourneyBuilder *builder, ByteBuffer *out);

#endif							/* INTENT_JOURNEY_BUILDER_H */
