/*
 * journey_text.h
 *		The text of a journey:
 *
 *			{2026-03-01T10:00:00Z web:view,
 *			 2026-03-01T10:05:00Z web:purchase value=19.99 recorded_at=2026-03-01T11:00:00Z ref=A17}
 *
 * Each event is its time (instant.h), its touchpoint (touchpoint.h, without
 * patterns) and what else there is, in any order.  A ref is quoted as a part
 * of a touchpoint is.  White space is free between these.
 *
 * An event whose value was corrected stands there once for each value, as it
 * was told: reading unites them again.
 */
#ifndef INTENT_JOURNEY_TEXT_H
#define INTENT_JOURNEY_TEXT_H

#include "journey/journey.h"

/* Appends the journey of a text; fails with HOST_BAD_TEXT, naming the event. */
extern void journey_from_text(ByteBuffer *out, const char *text, size_t size);

/* Appends the canonical text of a journey. */
extern void journey_to_text(ByteBuffer *out, const JourneyView *view);

/* A value of an event: the double nearest to the number, never 0 or infinity instead. */
typedef enum JourneyValueText
{
	JOURNEY_VALUE_OK,
	JOURNEY_VALUE_SYNTAX,
	JOURNEY_VALUE_RANGE
} JourneyValueText;

extern JourneyValueText journey_value_from_text(const char *text, size_t size, double *value);

#endif							/* INTENT_JOURNEY_TEXT_H */
