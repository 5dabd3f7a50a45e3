/*
 * components_text.c
 *		Connected components of pairs of texts.
 */
#include "identity/components.h"

#define NODES_PER_CHECK 65536

/* From so many nodes on they do not fit in the cache, and batches pay. */
#define BATCH_FROM 4096

/* A batch of long texts is settled early. */
#define BATCH_BYTES 65536

struct TextBatch
{
	uint32_t	pending;		/* texts in the batch */
	uint32_t	hash[2 * BATCH_PAIRS];
	uint32_t	node[2 * BATCH_PAIRS];
	size_t		end[2 * BATCH_PAIRS];	/* of each text in bytes */
	ByteBuffer	bytes;
};

void
text_components_init(TextComponents *components)
{
	memset(components, 0, sizeof(*components));
	node_index_init(&components->index);
	buffer_init(&components->texts, 64);
}

void
text_components_free(TextComponents *components)
{
	if (components->batch)
	{
		host_free(components->batch->bytes.data);
		host_free(components->batch);
	}
	if (components->index.slots)
		node_index_free(&components->index);
	if (components->forest.link)
	{
		host_free(components->forest.link);
		host_free(components->start);
	}
	host_free(components->texts.data);
}

/* Room for so many more nodes, so that a batch moves nothing it looks at. */
static void
reserve(TextComponents *components, uint32_t more)
{
	Forest	   *forest = &components->forest;

	while (forest->capacity - forest->count < more && forest->capacity < NODES_MAX)
	{
		size_t		starts;

		forest_grow(forest);
		starts = (size_t) forest->capacity + 1;
		if (components->start == NULL)
		{
			components->start = host_alloc_array(starts, sizeof(uint64_t));
			components->start[0] = 0;
		}
		else
			components->start = host_realloc_array(components->start, starts, sizeof(uint64_t));
	}
	while (components->index.fill - forest->count < more && components->index.fill < NODES_MAX)
		node_index_double(&components->index);
}

/* The node with this text; if there is none, the probe stands where it belongs. */
static inline uint32_t
find(const TextComponents *components, NodeProbe *probe, const char *text, size_t size)
{
	uint32_t	node;

	while ((node = node_probe_next(&components->index, probe)) != NO_NODE)
	{
		size_t		node_size;
		const char *node_text = text_node(components, node, &node_size);

		if (node_size == size && memcmp(node_text, text, size) == 0)
			return node;
	}
	return NO_NODE;
}

static uint32_t
intern(TextComponents *components, const char *text, size_t size, uint32_t hash)
{
	NodeProbe	probe = node_probe(&components->index, hash);
	uint32_t	node = find(components, &probe, text, size);

	if (node != NO_NODE)
		return node;
	/* only where nothing could be reserved */
	if (host_unlikely(components->forest.count == components->forest.capacity))
		forest_grow(&components->forest);
	buffer_bytes(&components->texts, text, size);
	node = forest_add(&components->forest);
	components->start[node + 1] = components->texts.size;
	node_probe_put(&components->index, &probe, node);
	return node;
}

uint32_t
text_components_find(const TextComponents *components, const char *text, size_t size)
{
	NodeProbe	probe = node_probe(&components->index, node_hash_text(text, size));

	return find(components, &probe, text, size);
}

void
text_components_block(TextComponents *components, const char *text, size_t size)
{
	/* what is empty joins nobody as it is */
	if (size == 0)
		return;
	reserve(components, 1);
	intern(components, text, size, node_hash_text(text, size));
	components->blocked = components->forest.count;
}

static inline void
join(TextComponents *components, uint32_t a, uint32_t b)
{
	if (a >= components->blocked && b >= components->blocked)
		forest_join(&components->forest, a, b);
}

static void
put_in_batch(TextBatch *batch, const char *text, size_t size)
{
	buffer_bytes(&batch->bytes, text, size);
	batch->hash[batch->pending] = node_hash_text(text, size);
	batch->end[batch->pending++] = batch->bytes.size;
}

void
text_components_add(TextComponents *components, const char *a, size_t a_size,
					const char *b, size_t b_size)
{
	TextBatch  *batch = components->batch;

	if (a_size == 0)
	{
		a = b;
		a_size = b_size;
	}
	if (a_size == 0)
		return;
	if (b_size == 0)
	{
		b = a;
		b_size = a_size;
	}
	if (batch == NULL)
	{
		uint32_t	node;

		reserve(components, 2);
		node = intern(components, a, a_size, node_hash_text(a, a_size));
		join(components, node, intern(components, b, b_size, node_hash_text(b, b_size)));
		if (components->forest.count >= BATCH_FROM)
		{
			components->batch = host_alloc_zero(sizeof(TextBatch));
			buffer_init(&components->batch->bytes, BATCH_BYTES);
		}
		return;
	}
	put_in_batch(batch, a, a_size);
	put_in_batch(batch, b, b_size);
	if (batch->pending == 2 * BATCH_PAIRS || batch->bytes.size >= BATCH_BYTES)
		text_components_settle(components);
}

void
text_components_settle(TextComponents *components)
{
	Forest	   *forest = &components->forest;
	TextBatch  *batch = components->batch;
	size_t		start = 0;

	if (batch == NULL)
		return;
	host_check_interrupts();
	reserve(components, batch->pending);
	for (uint32_t i = 0; i < batch->pending; i++)
		node_index_prefetch(&components->index, batch->hash[i]);
	for (uint32_t i = 0; i < batch->pending; i++)
	{
		NodeProbe	probe = node_probe(&components->index, batch->hash[i]);
		uint32_t	likely = node_probe_next(&components->index, &probe);

		batch->node[i] = likely;
		if (likely != NO_NODE)
		{
			__builtin_prefetch(&components->start[likely]);
			__builtin_prefetch(&forest->link[likely], 1);
		}
	}
	for (uint32_t i = 0; i < batch->pending; i++)
	{
		if (batch->node[i] != NO_NODE)
			__builtin_prefetch(components->texts.data + components->start[batch->node[i]]);
	}
	for (uint32_t i = 0; i < batch->pending; i++)
	{
		batch->node[i] = intern(components, (const char *) batch->bytes.data + start,
								batch->end[i] - start, batch->hash[i]);
		start = batch->end[i];
	}
	for (uint32_t i = 0; i < batch->pending; i += 2)
		join(components, batch->node[i], batch->node[i + 1]);
	batch->pending = 0;
	batch->bytes.size = 0;
}

int
text_node_compare(const char *a, size_t a_size, const char *b, size_t b_size)
{
	int			order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	if (order == 0)
		order = (a_size > b_size) - (a_size < b_size);
	return order;
}

void
text_components_finish(TextComponents *components)
{
	Forest	   *forest = &components->forest;

	text_components_settle(components);
	node_index_free(&components->index);
	forest_begin_naming(forest);
	for (uint32_t node = components->blocked; node < forest->count; node++)
	{
		uint32_t	root = forest_root(forest, node);
		uint32_t	name = forest_name(forest, root);
		size_t		node_size;
		size_t		name_size;
		const char *node_text = text_node(components, node, &node_size);
		const char *name_text = text_node(components, name, &name_size);

		if (node % NODES_PER_CHECK == 0)
			host_check_interrupts();
		if (node != name &&
			text_node_compare(node_text, node_size, name_text, name_size) < 0)
			forest_rename(forest, root, node);
	}
}
