/*
 * journey_edit.h
 *		Journeys made of journeys: united, cut, filtered, collapsed.
 *
 * Each appends the result to `out`, so the caller decides what stands before it.
 */
#ifndef INTENT_JOURNEY_EDIT_H
#define INTENT_JOURNEY_EDIT_H

#include "journey/journey.h"
#include "journey/touchpoint.h"

/*
 * All rows of a journey in canonical order, beside the touchpoints their codes
 * stand for.  An event whose value was corrected has a row for each value.
 */
typedef struct JourneyRows
{
	JourneyRow *rows;
	size_t		count;
	Touchpoint *dictionary;
	TouchpointSet set;			/* the same dictionary, to build with */
} JourneyRows;

extern JourneyRows journey_open_rows(const JourneyView *view);
extern void journey_close_rows(JourneyRows *opened);

/* One of the journeys to unite. */
typedef struct JourneyBytes
{
	const void *data;
	size_t		size;
} JourneyBytes;

/* All events of several journeys; what has the same ref is one event. */
extern void journey_unite(ByteBuffer *out, const JourneyBytes *journeys, size_t count);

/* Events of [from, until). */
extern void journey_slice(ByteBuffer *out, const JourneyView *view, int64_t from, int64_t until);

/*
 * Events up to as_of and, unless known_at is NULL, what was recorded up to
 * known_at: of a corrected event the value that was known then.
 */
extern void journey_cut(ByteBuffer *out, const JourneyView *view,
						int64_t as_of, const int64_t *known_at);

/* Events whose touchpoint matches one of the patterns, or none of them. */
extern void journey_filter(ByteBuffer *out, const JourneyView *view,
						   const TouchpointPattern *patterns, size_t count, bool matching);

/* The first event of each run of one touchpoint. */
extern void journey_collapse(ByteBuffer *out, const JourneyView *view);

/* Which dictionary entries match one of the patterns. */
extern bool *journey_matching_codes(const JourneyView *view,
									const TouchpointPattern *patterns, size_t count);

/* Sessions: runs of events without a gap longer than `gap`. */
extern uint32_t journey_session_count(const JourneyView *view, int64_t gap);

/* A journey that is given session by session. */
typedef struct JourneySplit
{
	JourneyRow *rows;			/* all of them, in canonical order */
	size_t		count;
	size_t		next;
	TouchpointSet set;
	int64_t		gap;
} JourneySplit;

extern void journey_split_begin(JourneySplit *split, const JourneyView *view, int64_t gap);
extern bool journey_split_next(JourneySplit *split, ByteBuffer *out);

#endif							/* INTENT_JOURNEY_EDIT_H */
