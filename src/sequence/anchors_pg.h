/*
 * anchors_pg.h
 *		Which events of a journey a pattern points at.
 */
#ifndef INTENT_ANCHORS_PG_H
#define INTENT_ANCHORS_PG_H

#include "fmgr.h"

#include "journey/journey.h"

typedef enum AnchorEnd
{
	ANCHOR_FIRST,				/* events that matches begin with */
	ANCHOR_LAST					/* events that they end with */
} AnchorEnd;

/*
 * By number of the event: does a match of the pattern in an argument begin, or
 * end, there?  Matches do not overlap: those of matches(journey, pattern).
 * Keeps the matcher in fn_extra.
 */
extern bool *anchor_events(FunctionCallInfo fcinfo, int argument, const JourneyView *view, AnchorEnd end);

#endif							/* INTENT_ANCHORS_PG_H */
