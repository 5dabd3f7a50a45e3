/*
 * identity_map.c
 *		Packing, checking and reading of identity maps.
 */
#include "identity/identity_map.h"

#define NODES_PER_CHECK 65536

/* ----- reading ----- */

/* Bytes it takes to write numbers up to this one. */
static unsigned
width_of(uint32_t greatest)
{
	unsigned	width = 1;

	while (width < 4 && greatest >> (8 * width) != 0)
		width++;
	return width;
}

static inline uint32_t
load(const uint8_t *numbers, unsigned width, uint32_t i)
{
	const uint8_t *at = numbers + (size_t) i * width;
	uint32_t	value = 0;

	for (unsigned byte = 0; byte < width; byte++)
		value |= (uint32_t) at[byte] << (8 * byte);
	return value;
}

/* The header, and whether the size agrees with it. */
static const char *
open_problem(IdentityMap *map, const void *data, size_t size)
{
	ByteReader	reader = reader_over(data, size);
	uint8_t		version = reader_byte(&reader);
	uint8_t		flags = reader_byte(&reader);
	uint64_t	nodes = reader_varint(&reader);
	uint64_t	bytes = reader_varint(&reader);

	if (reader.bad)
		return "its header cannot be read";
	if (version != IDENTITY_MAP_VERSION)
		return "its version is not 1";
	if (flags != 0)
		return "reserved bits are set";
	/* no node is empty */
	if (bytes > reader_left(&reader) || bytes > UINT32_MAX || nodes > bytes)
		return "it is shorter than its header says";

	map->nodes = (uint32_t) nodes;
	map->bytes = (uint32_t) bytes;
	map->end_width = width_of(map->bytes);
	map->component_width = width_of(map->nodes ? map->nodes - 1 : 0);
	map->ends = reader_bytes(&reader, nodes * map->end_width);
	map->components = reader_bytes(&reader, nodes * map->component_width);
	map->texts = reader_bytes(&reader, bytes);
	if (reader.bad)
		return "it is shorter than its header says";
	if (reader_left(&reader) != 0)
		return "it is longer than its header says";
	return NULL;
}

static void
corrupt(const char *problem)
{
	host_fail(HOST_CORRUPT, "identity_map is corrupted",
			  host_format("As stored, %s.", problem),
			  "Build it again with component_agg, or restore it from a backup.");
}

void
identity_map_open(IdentityMap *map, const void *data, size_t size)
{
	const char *problem = open_problem(map, data, size);

	if (problem != NULL)
		corrupt(problem);
}

static inline bool
find_text(const IdentityMap *map, uint32_t node, const char **text, size_t *size)
{
	uint32_t	start = node ? load(map->ends, map->end_width, node - 1) : 0;
	uint32_t	end = load(map->ends, map->end_width, node);

	if (start >= end || end > map->bytes)
		return false;
	*text = (const char *) map->texts + start;
	*size = end - start;
	return true;
}

const char *
identity_map_node(const IdentityMap *map, uint32_t node, size_t *size)
{
	const char *text;

	if (!find_text(map, node, &text, size))
		corrupt("a node has no text");
	return text;
}

uint32_t
identity_map_component(const IdentityMap *map, uint32_t node)
{
	uint32_t	component = load(map->components, map->component_width, node);

	if (component > node)
		corrupt("a component is not named by its smallest node");
	return component;
}

uint32_t
identity_map_find(const IdentityMap *map, const char *text, size_t size)
{
	uint32_t	low = 0;
	uint32_t	high = map->nodes;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;
		size_t		node_size;
		const char *node = identity_map_node(map, middle, &node_size);
		int			order = text_node_compare(node, node_size, text, size);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NO_NODE;
}

const char *
identity_map_problem(const void *data, size_t size)
{
	IdentityMap map;
	const char *problem = open_problem(&map, data, size);
	const char *before = NULL;
	size_t		before_size = 0;

	if (problem != NULL)
		return problem;
	if (map.nodes == 0)
		return map.bytes == 0 ? NULL : "texts follow the last node";
	for (uint32_t node = 0; node < map.nodes; node++)
	{
		uint32_t	component = load(map.components, map.component_width, node);
		const char *text;
		size_t		text_size;

		if (node % NODES_PER_CHECK == 0)
			host_check_interrupts();
		if (!find_text(&map, node, &text, &text_size))
			return "a node has no text";
		if (memchr(text, '\0', text_size) != NULL)
			return "a node has a zero byte";
		if (before && text_node_compare(before, before_size, text, text_size) >= 0)
			return "its nodes are not in order";
		if (component > node ||
			load(map.components, map.component_width, component) != component)
			return "a component is not named by its smallest node";
		before = text;
		before_size = text_size;
	}
	if (load(map.ends, map.end_width, map.nodes - 1) != map.bytes)
		return "texts follow the last node";
	return NULL;
}

/* A counting sort: components are numbers of nodes already. */
uint32_t *
identity_map_grouped(const IdentityMap *map)
{
	uint32_t   *next = host_alloc_zero(checked_mul_size((size_t) map->nodes + 1, sizeof(uint32_t)));
	uint32_t   *grouped = host_alloc_array((size_t) map->nodes + 1, sizeof(uint32_t));
	uint32_t	before = 0;

	for (uint32_t node = 0; node < map->nodes; node++)
		next[identity_map_component(map, node)]++;
	host_check_interrupts();
	for (uint32_t node = 0; node < map->nodes; node++)
	{
		uint32_t	members = next[node];

		next[node] = before;
		before += members;
	}
	host_check_interrupts();
	for (uint32_t node = 0; node < map->nodes; node++)
		grouped[next[identity_map_component(map, node)]++] = node;
	host_free(next);
	return grouped;
}

void
identity_map_absorb(TextComponents *components, const IdentityMap *map)
{
	for (uint32_t node = 0; node < map->nodes; node++)
	{
		size_t		size;
		size_t		name_size;
		const char *text = identity_map_node(map, node, &size);
		const char *name = identity_map_node(map, identity_map_component(map, node), &name_size);

		if (node % NODES_PER_CHECK == 0)
			host_check_interrupts();
		text_components_add(components, name, name_size, text, size);
	}
}

/* ----- packing ----- */

/* A node on its way into order: what decides most comparisons stands beside it. */
typedef struct Ordered
{
	uint64_t	prefix;			/* the first bytes, big-endian */
	uint32_t	node;
} Ordered;

static uint64_t
prefix_of(const char *text, size_t size)
{
	uint64_t	prefix = 0;

	for (size_t i = 0; i < 8; i++)
		prefix = prefix << 8 | (i < size ? (uint8_t) text[i] : 0);
	return prefix;
}

static inline bool
in_order(const TextComponents *components, const Ordered *a, const Ordered *b)
{
	size_t		a_size;
	size_t		b_size;
	const char *a_text;
	const char *b_text;

	if (a->prefix != b->prefix)
		return a->prefix < b->prefix;
	a_text = text_node(components, a->node, &a_size);
	b_text = text_node(components, b->node, &b_size);
	return text_node_compare(a_text, a_size, b_text, b_size) <= 0;
}

/* Merge sort from pairs up; returns whichever of both arrays ends sorted. */
static Ordered *
sort_nodes(const TextComponents *components, Ordered *from, Ordered *into, size_t count)
{
	for (size_t run = 1; run < count; run *= 2)
	{
		Ordered    *done = into;

		for (size_t start = 0; start < count; start += 2 * run)
		{
			size_t		left = start;
			size_t		middle = start + run < count ? start + run : count;
			size_t		end = middle + run < count ? middle + run : count;
			size_t		right = middle;

			for (size_t i = start; i < end; i++)
			{
				if (i % NODES_PER_CHECK == 0)
					host_check_interrupts();
				if (left < middle &&
					(right == end || in_order(components, &from[left], &from[right])))
					into[i] = from[left++];
				else
					into[i] = from[right++];
			}
		}
		into = from;
		from = done;
	}
	return from;
}

static void
store(uint8_t *numbers, unsigned width, uint32_t i, uint32_t value)
{
	uint8_t    *at = numbers + (size_t) i * width;

	for (unsigned byte = 0; byte < width; byte++)
		at[byte] = (uint8_t) (value >> (8 * byte));
}

/*
 * Writes the nodes in their order.  The components are left as they are, for
 * the state of an aggregate may be asked again.
 */
static void
write_nodes(ByteBuffer *out, TextComponents *components, const Ordered *sorted,
			uint32_t count, size_t bytes)
{
	unsigned	end_width = width_of((uint32_t) bytes);
	unsigned	component_width = width_of(count ? count - 1 : 0);
	uint32_t   *smallest = host_alloc_array((size_t) components->forest.count + 1, sizeof(uint32_t));
	uint8_t    *ends;
	uint8_t    *names;
	uint8_t    *texts;
	size_t		end = 0;

	buffer_byte(out, IDENTITY_MAP_VERSION);
	buffer_byte(out, 0);
	buffer_varint(out, count);
	buffer_varint(out, bytes);
	buffer_reserve(out, (size_t) count * (end_width + component_width) + bytes);
	ends = out->data + out->size;
	names = ends + (size_t) count * end_width;
	texts = names + (size_t) count * component_width;

	memset(smallest, 0xff, (size_t) components->forest.count * sizeof(uint32_t));
	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t	root = forest_root(&components->forest, sorted[i].node);
		size_t		size;
		const char *text = text_node(components, sorted[i].node, &size);

		if (i % NODES_PER_CHECK == 0)
			host_check_interrupts();
		/* the first of a tree to come by is its smallest */
		if (smallest[root] == NO_NODE)
			smallest[root] = i;
		memcpy(texts + end, text, size);
		end += size;
		store(ends, end_width, i, (uint32_t) end);
		store(names, component_width, i, smallest[root]);
	}
	out->size += (size_t) count * (end_width + component_width) + bytes;
	host_free(smallest);
}

void
identity_map_pack(ByteBuffer *out, TextComponents *components)
{
	uint32_t	count = components->forest.count - components->blocked;
	Ordered    *nodes = host_alloc_array((size_t) count + 1, sizeof(Ordered));
	Ordered    *scratch = host_alloc_array((size_t) count + 1, sizeof(Ordered));
	size_t		bytes = 0;

	for (uint32_t i = 0; i < count; i++)
	{
		size_t		size;
		const char *text = text_node(components, components->blocked + i, &size);

		if (i % NODES_PER_CHECK == 0)
			host_check_interrupts();
		nodes[i].node = components->blocked + i;
		nodes[i].prefix = prefix_of(text, size);
		bytes += size;
	}
	/* a node takes up to eight bytes beside its text */
	if (bytes > INTENT_MAX_VALUE_SIZE || count > (INTENT_MAX_VALUE_SIZE - bytes) / 8)
		host_fail(HOST_LIMIT, "identity_map is too large for one value",
				  host_format("It has %u nodes with %zu bytes of text.", count, bytes),
				  "Use components(query), which returns rows, or make a map of each group.");
	write_nodes(out, components, sort_nodes(components, nodes, scratch, count), count, bytes);
	host_free(nodes);
	host_free(scratch);
}
