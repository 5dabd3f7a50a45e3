/*
 * transition_format.c
 *		The bytes of a transition graph: packing, reading, and what times say.
 */
#include "sequence/transition.h"

#define EDGES_PER_CHECK 1024

/* ----- packing ----- */

/* An edge with nodes numbered by name, and where its counts are. */
typedef struct SortedEdge
{
	uint32_t	source;
	uint32_t	target;
	const TransitionEdge *edge;
} SortedEdge;

static int
compare_edges(const void *a, const void *b)
{
	const SortedEdge *left = a;
	const SortedEdge *right = b;

	if (left->source != right->source)
		return left->source < right->source ? -1 : 1;
	return (left->target > right->target) - (left->target < right->target);
}

static uint32_t
by_rank(const uint32_t *rank, uint32_t node)
{
	return node < TRANSITION_TOUCHPOINT ? node :
		TRANSITION_TOUCHPOINT + rank[node - TRANSITION_TOUCHPOINT];
}

/* Writes the times of an edge, or, without a buffer, only counts them. */
static uint32_t
each_time(ByteBuffer *out, const TransitionEdge *edge)
{
	uint32_t	count = 0;
	uint32_t	before = 0;

	for (uint32_t bucket = 0; bucket < BUCKETS; bucket++)
	{
		const uint64_t *times = edge->times[bucket >> BUCKET_BITS];

		if (times == NULL)
		{
			bucket |= BUCKETS_PER_DOUBLING - 1;
			continue;
		}
		if (times[bucket & (BUCKETS_PER_DOUBLING - 1)] == 0)
			continue;
		count++;
		if (out == NULL)
			continue;
		buffer_varint(out, bucket - before);
		buffer_varint(out, times[bucket & (BUCKETS_PER_DOUBLING - 1)]);
		before = bucket;
	}
	return count;
}

void
transition_pack(ByteBuffer *out, void *packed)
{
	TransitionGraph *graph = packed;
	const uint32_t *rank = model_begin(out, graph->names);
	SortedEdge *sorted = host_alloc_array((size_t) graph->count + 1, sizeof(SortedEdge));
	uint32_t	before = 0;

	for (uint32_t i = 0; i < graph->count; i++)
	{
		sorted[i].source = by_rank(rank, graph->edges[i].source);
		sorted[i].target = by_rank(rank, graph->edges[i].target);
		sorted[i].edge = &graph->edges[i];
	}
	host_check_interrupts();
	host_sort(sorted, graph->count, sizeof(SortedEdge), compare_edges);
	buffer_byte(out, (uint8_t) graph->gap_kind);
	if (graph->gap_kind == 2)
		buffer_varint(out, (uint64_t) graph->gap);
	buffer_varint(out, graph->journeys);
	buffer_varint(out, graph->count);
	for (uint32_t i = 0; i < graph->count; i++)
	{
		if (i % EDGES_PER_CHECK == 0)
			host_check_interrupts();
		buffer_varint(out, sorted[i].source - before);
		buffer_varint(out, sorted[i].target);
		buffer_varint(out, sorted[i].edge->count);
		buffer_varint(out, sorted[i].edge->journeys);
		buffer_varint(out, each_time(NULL, sorted[i].edge));
		each_time(out, sorted[i].edge);
		before = sorted[i].source;
	}
	host_free(sorted);
}

/* ----- reading ----- */

void
transition_open(TransitionReader *reader, const void *data, size_t size, HostError error)
{
	ByteReader *bytes = &reader->reader.bytes;

	model_open(&reader->reader, data, size, "transition_graph", error);
	reader->gap_kind = reader_byte(bytes);
	reader->gap = reader->gap_kind == 2 ? (int64_t) reader_varint(bytes) : 0;
	reader->journeys = reader_varint(bytes);
	reader->edges = reader_varint(bytes);
	reader->given = 0;
	reader->source = reader->target = 0;
	reader->times = NULL;
	reader->time_room = 0;
	if (bytes->bad || reader->gap_kind > 2 || reader->gap < 0 || reader->journeys > INT64_MAX)
		model_invalid(&reader->reader, "Its header is out of range.");
}

static void
read_times(TransitionReader *reader, TransitionRow *row)
{
	ByteReader *bytes = &reader->reader.bytes;
	uint64_t	count = reader_varint(bytes);
	uint64_t	bucket = 0;
	uint64_t	total = 0;
	bool		timed = row->source != TRANSITION_START && row->target != TRANSITION_END;

	/* a time takes two bytes at least */
	if (count > BUCKETS || count > reader_left(bytes) / 2)
		model_invalid(&reader->reader, "An edge has more times than there are.");
	if (count > reader->time_room)
	{
		if (reader->times)
			host_free(reader->times);
		reader->times = host_alloc_array(count, sizeof(TransitionTime));
		reader->time_room = (uint32_t) count;
	}
	row->times = reader->times;
	row->time_count = (uint32_t) count;
	for (uint32_t i = 0; i < row->time_count; i++)
	{
		uint64_t	step = reader_varint(bytes);

		if (step >= BUCKETS || (i > 0 && step == 0) || (bucket += step) >= BUCKETS)
			model_invalid(&reader->reader, "A time of an edge is out of range.");
		reader->times[i].bucket = (uint32_t) bucket;
		reader->times[i].count = reader_varint(bytes);
		if (bytes->bad || reader->times[i].count == 0 || reader->times[i].count > row->count - total)
			model_invalid(&reader->reader, "The times of an edge are not as many as it was taken.");
		total += reader->times[i].count;
	}
	if (total != (timed ? row->count : 0))
		model_invalid(&reader->reader, "The times of an edge are not as many as it was taken.");
}

bool
transition_next(TransitionReader *reader, TransitionRow *row)
{
	ByteReader *bytes = &reader->reader.bytes;
	uint64_t	nodes = TRANSITION_TOUCHPOINT + (uint64_t) reader->reader.name_count;
	uint64_t	step;
	uint64_t	target;

	if (reader->given == reader->edges)
	{
		model_close(&reader->reader);
		return false;
	}
	if (reader->given % EDGES_PER_CHECK == 0)
		host_check_interrupts();
	step = reader_varint(bytes);
	target = reader_varint(bytes);
	row->count = reader_varint(bytes);
	row->journeys = reader_varint(bytes);
	if (bytes->bad || step >= nodes || reader->source + step >= nodes || target >= nodes ||
		row->count == 0 || row->count > INT64_MAX || row->journeys == 0 || row->journeys > row->count)
		model_invalid(&reader->reader, "An edge is out of range.");
	if (reader->given > 0 && step == 0 && target <= reader->target)
		model_invalid(&reader->reader, "Its edges are not in order.");
	row->source = reader->source + (uint32_t) step;
	row->target = (uint32_t) target;
	if (row->source == TRANSITION_END || row->source == TRANSITION_DROP_OFF ||
		row->target == TRANSITION_START)
		model_invalid(&reader->reader, "An edge leads out of an end or into the start.");
	read_times(reader, row);
	reader->source = row->source;
	reader->target = row->target;
	reader->given++;
	return true;
}

/* ----- times ----- */

double
transition_bucket_middle(uint32_t bucket)
{
	uint32_t	doubling = bucket >> BUCKET_BITS;
	uint64_t	first = bucket;

	if (doubling <= 1)
		return (double) first;
	/* the leading bit of a bucket's number is that of its times */
	first = (uint64_t) (BUCKETS_PER_DOUBLING + (bucket & (BUCKETS_PER_DOUBLING - 1))) << (doubling - 1);
	return (double) first + (double) ((UINT64_C(1) << (doubling - 1)) - 1) / 2;
}

double
transition_quantile(const TransitionRow *row, int percent)
{
	/* the smallest number of times that is at least this share, 1 or more */
	uint64_t	wanted = (uint64_t) (((unsigned __int128) row->count * (unsigned) percent + 99) / 100);
	uint64_t	passed = 0;

	for (uint32_t i = 0; i < row->time_count; i++)
	{
		passed += row->times[i].count;
		if (passed >= wanted)
			return transition_bucket_middle(row->times[i].bucket) / 1000000;
	}
	return -1;
}
