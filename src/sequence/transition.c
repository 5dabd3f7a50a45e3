/*
 * transition.c
 *		Which touchpoint followed which: counting journeys.
 */
#include "sequence/transition.h"

void *
transition_create(void)
{
	TransitionGraph *graph = host_alloc_zero(sizeof(TransitionGraph));

	graph->names = vocabulary_new();
	node_index_init(&graph->index);
	return graph;
}

/* ----- edges ----- */

static uint32_t
new_edge(TransitionGraph *graph, NodeProbe *probe, uint32_t source, uint32_t target)
{
	uint32_t	number = graph->count;
	TransitionEdge *edge;

	if (number == graph->capacity)
	{
		size_t		capacity = checked_growth(graph->capacity, 64);

		if (capacity > NODES_MAX)
			host_fail(HOST_LIMIT, "too many different transitions", NULL,
					  "Give touchpoints that differ less.");
		graph->edges = graph->edges ?
			host_realloc_array(graph->edges, capacity, sizeof(TransitionEdge)) :
			host_alloc_array(capacity, sizeof(TransitionEdge));
		graph->capacity = (uint32_t) capacity;
	}
	edge = &graph->edges[number];
	memset(edge, 0, sizeof(*edge));
	edge->source = source;
	edge->target = target;
	node_probe_put(&graph->index, probe, number);
	graph->count++;
	if (graph->count >= graph->index.fill)
		node_index_double(&graph->index);
	return number;
}

static inline TransitionEdge *
find_edge(TransitionGraph *graph, uint32_t source, uint32_t target)
{
	uint64_t	key = (uint64_t) source << 32 | target;
	NodeProbe	probe = node_probe(&graph->index,
								   (uint32_t) ((key ^ key >> 27) * NODE_HASH_MULTIPLIER >> 32));
	uint32_t	number;

	while ((number = node_probe_next(&graph->index, &probe)) != NO_NODE)
	{
		TransitionEdge *edge = &graph->edges[number];

		if (edge->source == source && edge->target == target)
			return edge;
	}
	number = new_edge(graph, &probe, source, target);
	return &graph->edges[number];
}

static inline uint64_t *
time_of(TransitionEdge *edge, uint32_t bucket)
{
	uint64_t  **times = &edge->times[bucket >> BUCKET_BITS];

	if (host_unlikely(*times == NULL))
		*times = host_alloc_zero(BUCKETS_PER_DOUBLING * sizeof(uint64_t));
	return &(*times)[bucket & (BUCKETS_PER_DOUBLING - 1)];
}

/* ----- counting ----- */

/* Counts up to 2^63 cannot be reached one by one. */
static inline TransitionEdge *
count_edge(TransitionGraph *graph, uint32_t source, uint32_t target)
{
	TransitionEdge *edge = find_edge(graph, source, target);

	edge->count++;
	edge->journeys += edge->last_journey != graph->serial;
	edge->last_journey = graph->serial;
	return edge;
}

static inline void
count_timed_edge(TransitionGraph *graph, uint32_t source, uint32_t target, uint64_t time)
{
	TransitionEdge *edge = count_edge(graph, source, target);

	(*time_of(edge, transition_bucket(time)))++;
}

static void
set_gap(TransitionGraph *graph, int kind, int64_t gap)
{
	if (graph->gap_kind != 0 && (graph->gap_kind != kind || graph->gap != gap))
		host_fail(HOST_BAD_PARAMETER, "transitions are counted with different gaps", NULL,
				  "Use the same gap in one aggregate, and merge graphs of one gap.");
	graph->gap_kind = kind;
	graph->gap = gap;
}

/* The journey's touchpoints as nodes of the graph, in graph->nodes. */
static void
find_nodes(TransitionGraph *graph, const JourneyView *view)
{
	if (view->touchpoints > graph->scratch_room)
	{
		graph->scratch_room = (uint32_t) checked_growth(graph->scratch_room, view->touchpoints);
		if (graph->dictionary)
		{
			host_free(graph->dictionary);
			host_free(graph->nodes);
		}
		graph->dictionary = host_alloc_array(graph->scratch_room, sizeof(Touchpoint));
		graph->nodes = host_alloc_array(graph->scratch_room, sizeof(uint32_t));
	}
	journey_dictionary(view, graph->dictionary);
	for (uint32_t i = 0; i < view->touchpoints; i++)
		graph->nodes[i] = TRANSITION_TOUCHPOINT + vocabulary_code(graph->names, &graph->dictionary[i]);
}

void
transition_add(TransitionGraph *graph, const JourneyView *view, int64_t gap)
{
	JourneyCursor cursor;
	JourneyBlock block;
	uint32_t	source = TRANSITION_START;
	int64_t		last = view->first;
	uint64_t	longest = gap < 0 ? UINT64_MAX : (uint64_t) gap;

	set_gap(graph, gap < 0 ? 1 : 2, gap < 0 ? 0 : gap);
	if (view->events == 0)
		return;
	find_nodes(graph, view);
	graph->journeys = model_add_counts(graph->journeys, 1);
	graph->serial++;
	journey_cursor(&cursor, view, 0);
	while (journey_next(&cursor, &block))
	{
		for (uint32_t i = 0; i < block.count; i++)
		{
			uint32_t	target = graph->nodes[block.code[i]];
			uint64_t	time = (uint64_t) block.at[i] - (uint64_t) last;

			if (host_unlikely(time > longest))
			{
				count_timed_edge(graph, source, TRANSITION_DROP_OFF, time);
				source = TRANSITION_START;
			}
			if (host_unlikely(source == TRANSITION_START))
				count_edge(graph, source, target);
			else
				count_timed_edge(graph, source, target, time);
			source = target;
			last = block.at[i];
		}
	}
	count_edge(graph, source, TRANSITION_END);
}

/* ----- merging ----- */

static uint32_t
renumber(ModelCodes *codes, uint32_t node)
{
	if (node < TRANSITION_TOUCHPOINT)
		return node;
	return TRANSITION_TOUCHPOINT + model_code(codes, node - TRANSITION_TOUCHPOINT);
}

void
transition_absorb(void *into, const void *data, size_t size, HostError error)
{
	TransitionGraph *graph = into;
	TransitionReader reader;
	TransitionRow row;
	ModelCodes	codes;

	transition_open(&reader, data, size, error);
	if (reader.gap_kind != 0)
		set_gap(graph, reader.gap_kind, reader.gap);
	graph->journeys = model_add_counts(graph->journeys, reader.journeys);
	codes = model_codes(&reader.reader, graph->names);
	while (transition_next(&reader, &row))
	{
		uint32_t	source = renumber(&codes, row.source);
		TransitionEdge *edge = find_edge(graph, source, renumber(&codes, row.target));

		edge->count = model_add_counts(edge->count, row.count);
		edge->journeys = model_add_counts(edge->journeys, row.journeys);
		for (uint32_t i = 0; i < row.time_count; i++)
		{
			uint64_t   *time = time_of(edge, row.times[i].bucket);

			*time = model_add_counts(*time, row.times[i].count);
		}
	}
	if (reader.times)
		host_free(reader.times);
	host_free(codes.codes);
}
