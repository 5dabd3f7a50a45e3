/*
 * components_bigint.c
 *		Connected components of pairs of numbers.
 */
#include "identity/components.h"

#define NODES_PER_CHECK 65536

void
bigint_components_init(BigintComponents *components)
{
	memset(components, 0, offsetof(BigintComponents, batch));
	node_index_init(&components->index);
}

/* Room for so many more nodes, so that a batch moves nothing it looks at. */
static void
reserve(BigintComponents *components, uint32_t more)
{
	Forest	   *forest = &components->forest;

	while (forest->capacity - forest->count < more && forest->capacity < NODES_MAX)
	{
		forest_grow(forest);
		components->nodes = components->nodes ?
			host_realloc_array(components->nodes, forest->capacity, sizeof(int64_t)) :
			host_alloc_array(forest->capacity, sizeof(int64_t));
	}
	while (components->index.fill - forest->count < more && components->index.fill < NODES_MAX)
		node_index_double(&components->index);
}

static inline uint32_t
intern(BigintComponents *components, int64_t value, uint32_t hash)
{
	NodeProbe	probe = node_probe(&components->index, hash);
	uint32_t	node;

	while ((node = node_probe_next(&components->index, &probe)) != NO_NODE)
	{
		if (components->nodes[node] == value)
			return node;
	}
	/* only where nothing could be reserved */
	if (host_unlikely(components->forest.count == components->forest.capacity))
		forest_grow(&components->forest);
	node = forest_add(&components->forest);
	components->nodes[node] = value;
	node_probe_put(&components->index, &probe, node);
	return node;
}

void
bigint_components_block(BigintComponents *components, int64_t value)
{
	reserve(components, 1);
	intern(components, value, node_hash_bigint(value));
	components->blocked = components->forest.count;
}

void
bigint_components_settle(BigintComponents *components)
{
	Forest	   *forest = &components->forest;
	const int64_t *value = components->batch;
	uint32_t	count = components->pending;
	uint32_t	hash[2 * BATCH_PAIRS];
	uint32_t	node[2 * BATCH_PAIRS];

	host_check_interrupts();
	reserve(components, count);
	for (uint32_t i = 0; i < count; i++)
	{
		hash[i] = node_hash_bigint(value[i]);
		node_index_prefetch(&components->index, hash[i]);
	}
	for (uint32_t i = 0; i < count; i++)
	{
		NodeProbe	probe = node_probe(&components->index, hash[i]);
		uint32_t	likely = node_probe_next(&components->index, &probe);

		if (likely != NO_NODE)
		{
			__builtin_prefetch(&components->nodes[likely]);
			__builtin_prefetch(&forest->link[likely], 1);
		}
	}
	for (uint32_t i = 0; i < count; i++)
	{
		int32_t		link;

		node[i] = intern(components, value[i], hash[i]);
		link = forest->link[node[i]];
		if (link >= 0)
			__builtin_prefetch(&forest->link[link], 1);
	}
	for (uint32_t i = 0; i < count; i += 2)
	{
		if (node[i] >= components->blocked && node[i + 1] >= components->blocked)
			forest_join(forest, node[i], node[i + 1]);
	}
	components->pending = 0;
}

void
bigint_components_finish(BigintComponents *components)
{
	Forest	   *forest = &components->forest;
	const int64_t *nodes;

	/* settling may move the nodes */
	bigint_components_settle(components);
	nodes = components->nodes;
	node_index_free(&components->index);
	forest_begin_naming(forest);
	for (uint32_t node = components->blocked; node < forest->count; node++)
	{
		uint32_t	root = forest_root(forest, node);

		if (node % NODES_PER_CHECK == 0)
			host_check_interrupts();
		if (nodes[node] < nodes[forest_name(forest, root)])
			forest_rename(forest, root, node);
	}
}
