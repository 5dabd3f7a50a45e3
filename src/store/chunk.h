/*
 * chunk.h
 *		Stored journeys: cut into chunks, and changed by a few events.
 *
 * A person's events are stored in chunks that are never toasted, so that an
 * event that comes touches one small row.  Chunks are cut from the first event
 * on, each as long as it may be, so that they are a function of the events
 * alone: whoever cuts again from the first chunk that changed has the same
 * chunks as who cuts everything.
 */
#ifndef INTENT_CHUNK_H
#define INTENT_CHUNK_H

#include "journey/journey_edit.h"

/* A chunk closes at so many events, or before it would be larger than so many bytes. */
#define CHUNK_EVENTS 250
#define CHUNK_BYTES 1800

typedef struct ChunkCut
{
	JourneyRows opened;
	size_t		next;			/* rows given already */
	JourneyRow *scratch;		/* rows to build from, for building unites them */
	size_t	   *ends;			/* of the events from `next` on, in rows */
} ChunkCut;

extern void chunk_cut_begin(ChunkCut *cut, const JourneyView *view);

/* Appends the next chunk to `out`; false at the end. */
extern bool chunk_cut_next(ChunkCut *cut, ByteBuffer *out);

/* Would a journey of so many bytes be cut into one chunk? */
extern bool chunk_is_one(const JourneyView *view, size_t size);

/*
 * The events of `journey` without those of `removed` and with those of `added`:
 * a removed row takes away one that is equal in everything, if there is one.
 * Each may have size 0.
 */
extern void journey_amend(ByteBuffer *out, JourneyBytes journey, JourneyBytes removed, JourneyBytes added);

/* Dictionaries are sorted and minimal, so that they are the same bytes. */
extern bool journey_same_touchpoints(const JourneyView *one, const JourneyView *two);

/* An event of each touchpoint, all of one time: what an index needs to know. */
extern void journey_touched(ByteBuffer *out, const JourneyView *view);

#endif							/* INTENT_CHUNK_H */
