/*
 * fade.h
 *		What is left of the events of a block as they grow old.
 *
 * What fades by one half-life is worked out once for each event, and is there
 * for all that add it up.
 */
#ifndef INTENT_FADE_H
#define INTENT_FADE_H

#include "base/fixed.h"
#include "journey/journey.h"

/* By one half-life, of events from .. of the block in work; of those before nothing is left. */
typedef struct FadeColumn
{
	uint32_t	from;
	int64_t		left[JOURNEY_BLOCK];
} FadeColumn;

/* What is left of a value after it has faded. */
extern Fixed score_faded_value(double value, int64_t left);

#endif							/* INTENT_FADE_H */
