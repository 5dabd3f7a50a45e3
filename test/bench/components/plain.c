/*
 * plain.c
 *		Generated edges, and their components as a C programmer would find
 *		them: the yardstick of components_bigint.
 *
 *	usage: plain EDGES edges	the edges as COPY reads them: a, b
 *		   plain EDGES labels	node and component of each node, as COPY reads them
 *		   plain EDGES time		nodes, nanoseconds of CPU and of wall time it took
 *
 * Sizes of components have a power law: half are pairs, the largest holds a
 * few parts in a thousand of all nodes.  Each is a random tree and a third more
 * edges, some of which are told twice; nodes are numbers from all over bigint,
 * and the edges of all components are shuffled, as people come back over time.
 * Integer arithmetic over one hash: the same everywhere.
 */
#define _POSIX_C_SOURCE 199309L

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SEED UINT64_C(0x696e74656e743033)
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

typedef struct Edge
{
	int64_t		a;
	int64_t		b;
} Edge;

static void *
need(void *memory)
{
	if (memory == NULL)
	{
		fprintf(stderr, "plain: out of memory\n");
		exit(1);
	}
	return memory;
}

/* ----- edges ----- */

/* One to one, so that different counters never meet. */
static uint64_t
mix(uint64_t x)
{
	x += SEED;
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint64_t drawn;

/* Even over 0 .. below - 1, as good as. */
static uint64_t
draw(uint64_t below)
{
	return (uint64_t) (((unsigned __int128) mix(UINT64_C(1) << 63 | drawn++) * below) >> 64);
}

/* 2 or more, and size s or more with a chance of about 1 / (s - 1). */
static uint64_t
draw_size(uint64_t largest)
{
	uint64_t	size = 1 + (UINT64_C(1) << 32) / (1 + draw(UINT64_C(1) << 32));

	return size < 2 ? 2 : size > largest ? largest : size;
}

static Edge *
make_edges(size_t count)
{
	Edge	   *edge = need(malloc((count ? count : 1) * sizeof(Edge)));
	uint64_t	first = 0;		/* node of the component, before mixing */
	size_t		made = 0;

	while (made < count)
	{
		uint64_t	size = draw_size(count / 256 + 2);
		uint64_t	more = (size + draw(3)) / 3;

		for (uint64_t i = 1; i < size + more && made < count; i++)
		{
			uint64_t	from = i < size ? i : draw(size);
			uint64_t	to = draw(i < size ? i : size);

			edge[made].a = (int64_t) mix(first + from);
			edge[made++].b = (int64_t) mix(first + to);
		}
		first += size;
	}
	for (size_t i = count; i > 1; i--)
	{
		size_t		other = (size_t) draw(i);
		Edge		last = edge[i - 1];

		edge[i - 1] = edge[other];
		edge[other] = last;
	}
	return edge;
}

/* ----- components ----- */

/* Nodes by number, their numbers by hash: linear probing, at most half full. */
typedef struct Nodes
{
	int64_t    *value;
	uint32_t   *parent;
	uint32_t   *size;
	uint32_t	count;
	uint32_t	capacity;
	uint32_t   *slot;			/* node + 1; 0 is free */
	unsigned	bits;
} Nodes;

static size_t
place_of(const Nodes *nodes, int64_t value)
{
	return (size_t) ((uint64_t) value * GOLDEN >> (64 - nodes->bits));
}

static void
grow(Nodes *nodes)
{
	size_t		places = (size_t) 2 << nodes->bits++;

	nodes->capacity = (uint32_t) (places / 2);
	nodes->value = need(realloc(nodes->value, nodes->capacity * sizeof(int64_t)));
	nodes->parent = need(realloc(nodes->parent, nodes->capacity * sizeof(uint32_t)));
	nodes->size = need(realloc(nodes->size, nodes->capacity * sizeof(uint32_t)));
	free(nodes->slot);
	nodes->slot = need(calloc(places, sizeof(uint32_t)));
	for (uint32_t node = 0; node < nodes->count; node++)
	{
		size_t		place = place_of(nodes, nodes->value[node]);

		while (nodes->slot[place] != 0)
			place = (place + 1) & (places - 1);
		nodes->slot[place] = node + 1;
	}
}

static uint32_t
number(Nodes *nodes, int64_t value)
{
	size_t		place;
	uint32_t	node;

	if (nodes->count == nodes->capacity)
		grow(nodes);
	place = place_of(nodes, value);
	while ((node = nodes->slot[place]) != 0)
	{
		if (nodes->value[node - 1] == value)
			return node - 1;
		place = (place + 1) & (((size_t) 1 << nodes->bits) - 1);
	}
	node = nodes->count++;
	nodes->slot[place] = node + 1;
	nodes->value[node] = value;
	nodes->parent[node] = node;
	nodes->size[node] = 1;
	return node;
}

static uint32_t
root_of(Nodes *nodes, uint32_t node)
{
	while (nodes->parent[node] != node)
		node = nodes->parent[node] = nodes->parent[nodes->parent[node]];
	return node;
}

/* The component of each node by its number: the smallest value in it. */
static int64_t *
components(Nodes *nodes, const Edge *edge, size_t count)
{
	int64_t    *name;

	memset(nodes, 0, sizeof(*nodes));
	nodes->bits = 3;
	grow(nodes);
	for (size_t i = 0; i < count; i++)
	{
		uint32_t	a = root_of(nodes, number(nodes, edge[i].a));
		uint32_t	b = root_of(nodes, number(nodes, edge[i].b));

		if (a == b)
			continue;
		if (nodes->size[a] < nodes->size[b])
		{
			uint32_t	larger = b;

			b = a;
			a = larger;
		}
		nodes->parent[b] = a;
		nodes->size[a] += nodes->size[b];
	}
	name = need(malloc((nodes->count ? nodes->count : 1) * sizeof(int64_t)));
	memcpy(name, nodes->value, nodes->count * sizeof(int64_t));
	for (uint32_t node = 0; node < nodes->count; node++)
	{
		uint32_t	root = root_of(nodes, node);

		if (nodes->value[node] < name[root])
			name[root] = nodes->value[node];
	}
	for (uint32_t node = 0; node < nodes->count; node++)
		name[node] = name[root_of(nodes, node)];
	return name;
}

static uint64_t
nanoseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}

int
main(int argc, char **argv)
{
	size_t		count = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
	const char *what = argc == 3 ? argv[2] : "";
	Edge	   *edge = make_edges(count);
	Nodes		nodes;
	int64_t    *name;
	uint64_t	cpu;
	uint64_t	wall;

	if (strcmp(what, "edges") == 0)
	{
		for (size_t i = 0; i < count; i++)
			printf("%" PRId64 "\t%" PRId64 "\n", edge[i].a, edge[i].b);
		return 0;
	}
	cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
	wall = nanoseconds(CLOCK_MONOTONIC);
	name = components(&nodes, edge, count);
	cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	wall = nanoseconds(CLOCK_MONOTONIC) - wall;
	if (strcmp(what, "time") == 0)
		printf("%" PRIu32 " %" PRIu64 " %" PRIu64 "\n", nodes.count, cpu, wall);
	else if (strcmp(what, "labels") == 0)
	{
		for (uint32_t node = 0; node < nodes.count; node++)
			printf("%" PRId64 "\t%" PRId64 "\n", nodes.value[node], name[node]);
	}
	else
	{
		fprintf(stderr, "usage: plain EDGES edges | labels | time\n");
		return 2;
	}
	return 0;
}
