/*
 * transition.h
 *		Which touchpoint followed which in many journeys, and after what time.
 *
 * Nodes are the touchpoints and three more: the start of a journey, its end,
 * and drop-off, where a pause longer than a given gap breaks it: what follows
 * the pause comes from the start again.  So as many ways lead out of the start
 * as into end and drop-off together.
 *
 *	byte	0 nothing counted yet, 1 without a gap, 2 with one
 *	varint	the gap in microseconds				(only with one)
 *	varint	how many journeys
 *	varint	how many edges; per edge, in order of source and target:
 *		varint	source node less that of the edge before
 *		varint	target node
 *		varint	how often
 *		varint	in how many journeys
 *		varint	how many different times, rounded; per time, shortest first:
 *			varint	its bucket less the bucket before
 *			varint	how often
 *
 * Edges from the start and to the end take no time and have none.  The time to
 * drop-off is the pause.
 */
#ifndef INTENT_TRANSITION_H
#define INTENT_TRANSITION_H

#include "identity/node_index.h"
#include "sequence/model.h"

#define TRANSITION_START 0
#define TRANSITION_END 1
#define TRANSITION_DROP_OFF 2
#define TRANSITION_TOUCHPOINT 3 /* plus the number of its name */

/*
 * Times are counted in buckets: below 2^BUCKET_BITS microseconds each of its
 * own, above as many in each doubling.  So the middle of a bucket differs from
 * every time in it by at most one part in 2^(BUCKET_BITS + 1).
 */
#define BUCKET_BITS 6
#define BUCKETS_PER_DOUBLING (1 << BUCKET_BITS)
#define DOUBLINGS (65 - BUCKET_BITS)
#define BUCKETS (DOUBLINGS * BUCKETS_PER_DOUBLING)

static inline uint32_t
transition_bucket(uint64_t microseconds)
{
	int			top;

	if (microseconds < BUCKETS_PER_DOUBLING)
		return (uint32_t) microseconds;
	top = 63 - __builtin_clzll(microseconds);
	return (uint32_t) ((top - BUCKET_BITS) << BUCKET_BITS) +
		(uint32_t) (microseconds >> (top - BUCKET_BITS));
}

/* The middle of a bucket, in microseconds. */
extern double transition_bucket_middle(uint32_t bucket);

typedef struct TransitionEdge
{
	uint32_t	source;
	uint32_t	target;
	uint64_t	count;
	uint64_t	journeys;
	uint64_t	last_journey;	/* the last one it was seen in */
	uint64_t   *times[DOUBLINGS];	/* by bucket; NULL where there are none */
} TransitionEdge;

typedef struct TransitionGraph
{
	int			gap_kind;		/* the byte above */
	int64_t		gap;
	uint64_t	journeys;
	uint64_t	serial;			/* tells journeys apart while counting */
	Vocabulary *names;
	NodeIndex	index;			/* of the edges */
	TransitionEdge *edges;
	uint32_t	count;
	uint32_t	capacity;
	Touchpoint *dictionary;		/* scratch for a journey: its touchpoints, */
	uint32_t   *nodes;			/* and their nodes */
	uint32_t	scratch_room;
} TransitionGraph;

extern void *transition_create(void);

/* gap < 0 is none. */
extern void transition_add(TransitionGraph *graph, const JourneyView *view, int64_t gap);
extern void transition_absorb(void *graph, const void *data, size_t size, HostError error);
extern void transition_pack(ByteBuffer *out, void *graph);

/* ----- reading a packed graph ----- */

typedef struct TransitionReader
{
	ModelReader reader;
	int			gap_kind;
	int64_t		gap;
	uint64_t	journeys;
	uint64_t	edges;
	uint64_t	given;
	uint32_t	source;			/* of the edge before */
	uint32_t	target;
	struct TransitionTime *times;	/* memory for those of one edge */
	uint32_t	time_room;
} TransitionReader;

/* One time of an edge, and how often it was. */
typedef struct TransitionTime
{
	uint32_t	bucket;
	uint64_t	count;
} TransitionTime;

/* An edge as read; times are the reader's memory, valid until the next one. */
typedef struct TransitionRow
{
	uint32_t	source;
	uint32_t	target;
	uint64_t	count;
	uint64_t	journeys;
	uint32_t	time_count;
	const TransitionTime *times;
} TransitionRow;

extern void transition_open(TransitionReader *reader, const void *data, size_t size, HostError error);

/* False at the end, where what follows is looked for. */
extern bool transition_next(TransitionReader *reader, TransitionRow *row);

/* The time that a share of all do not exceed, in seconds; -1 if there is none. */
extern double transition_quantile(const TransitionRow *row, int percent);

#endif							/* INTENT_TRANSITION_H */
