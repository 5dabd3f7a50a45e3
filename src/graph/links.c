/*
 * links.c
 *		The shortest way between two identifiers, and bridges.
 */
#include "graph/links.h"

/* Work between two looks at interrupts; a power of two. */
#define STEPS_PER_CHECK ((uint32_t) 1 << 16)

/* ----- taking links in ----- */

void
links_init(Links *links)
{
	memset(links, 0, sizeof(Links));
	node_index_init(&links->index);
}

uint32_t
links_find(const Links *links, int64_t identifier)
{
	NodeProbe	probe = node_probe(&links->index, node_hash_bigint(identifier));
	uint32_t	node;

	do
		node = node_probe_next(&links->index, &probe);
	while (node != NO_NODE && links->nodes[node] != identifier);
	return node;
}

static uint32_t
intern(Links *links, int64_t identifier)
{
	NodeProbe	probe;
	uint32_t	node = links_find(links, identifier);

	if (node != NO_NODE)
		return node;
	if (links->node_count == NODES_MAX)
		host_fail(HOST_LIMIT, "too many identifiers in one set of links", NULL, NULL);
	if (links->node_count == links->node_capacity)
	{
		size_t		capacity = checked_growth(links->node_capacity, 0);

		links->node_capacity = capacity < NODES_MAX ? (uint32_t) capacity : NODES_MAX;
		links->nodes = links->nodes ?
			host_realloc_array(links->nodes, links->node_capacity, sizeof(int64_t)) :
			host_alloc_array(links->node_capacity, sizeof(int64_t));
	}
	if (links->node_count == links->index.fill && links->index.fill < NODES_MAX)
		node_index_double(&links->index);
	probe = node_probe(&links->index, node_hash_bigint(identifier));
	while (node_probe_next(&links->index, &probe) != NO_NODE)
		;
	node = links->node_count++;
	links->nodes[node] = identifier;
	node_probe_put(&links->index, &probe, node);
	return node;
}

void
links_add(Links *links, int64_t id, int64_t a, int64_t b)
{
	Link	   *link;

	if (links->count % STEPS_PER_CHECK == 0)
		host_check_interrupts();
	if (links->count == links->capacity)
	{
		size_t		capacity = checked_growth(links->capacity, 0);

		if (links->count == LINKS_MAX)
			host_fail(HOST_LIMIT, "too many links in one set", NULL, NULL);
		links->capacity = capacity < LINKS_MAX ? (uint32_t) capacity : LINKS_MAX;
		links->links = links->links ?
			host_realloc_array(links->links, links->capacity, sizeof(Link)) :
			host_alloc_array(links->capacity, sizeof(Link));
	}
	link = &links->links[links->count++];
	link->id = id;
	link->end[0] = intern(links, a);
	link->end[1] = intern(links, b);
}

/* Each link stands beside both of its ends: first counted, then put there. */
void
links_finish(Links *links)
{
	uint32_t   *next;

	links->start = host_alloc_zero(checked_mul_size((size_t) links->node_count + 2, sizeof(uint32_t)));
	links->adjacent = host_alloc_array((size_t) links->count * 2 + 1, sizeof(uint32_t));
	next = links->start + 1;
	for (uint32_t i = 0; i < links->count; i++)
	{
		if (i % STEPS_PER_CHECK == 0)
			host_check_interrupts();
		next[links->links[i].end[0] + 1]++;
		next[links->links[i].end[1] + 1]++;
	}
	for (uint32_t node = 0; node < links->node_count; node++)
		next[node + 1] += next[node];
	/* next[n] goes from where the links of n begin to where they end, and is start[n + 1] */
	for (uint32_t i = 0; i < links->count; i++)
	{
		if (i % STEPS_PER_CHECK == 0)
			host_check_interrupts();
		links->adjacent[next[links->links[i].end[0]]++] = i;
		links->adjacent[next[links->links[i].end[1]]++] = i;
	}
}

/* ----- the shortest way ----- */

/* Breadth first: a whole level, then the next, so that the smallest link number can win. */
uint32_t
links_path(const Links *links, uint32_t start, uint32_t goal, uint32_t **path)
{
	uint32_t   *queue = host_alloc_array((size_t) links->node_count + 1, sizeof(uint32_t));
	uint32_t   *via = host_alloc_array((size_t) links->node_count + 1, sizeof(uint32_t));
	uint32_t   *level = host_alloc_array((size_t) links->node_count + 1, sizeof(uint32_t));
	uint32_t	begin = 0;
	uint32_t	reached = 1;
	uint32_t	steps;

	for (uint32_t node = 0; node < links->node_count; node++)
		via[node] = NO_LINK;
	queue[0] = start;
	level[start] = 0;
	while (begin < reached && start != goal && via[goal] == NO_LINK)
	{
		uint32_t	end = reached;

		for (; begin < end; begin++)
		{
			uint32_t	node = queue[begin];

			if (begin % STEPS_PER_CHECK == 0)
				host_check_interrupts();
			for (uint32_t i = links->start[node]; i < links->start[node + 1]; i++)
			{
				uint32_t	link = links->adjacent[i];
				uint32_t	other = link_other_end(&links->links[link], node);

				if (other == start)
					continue;
				if (via[other] == NO_LINK)
				{
					level[other] = level[node] + 1;
					via[other] = link;
					queue[reached++] = other;
				}
				else if (level[other] == level[node] + 1 &&
						 links->links[link].id < links->links[via[other]].id)
					via[other] = link;
			}
		}
	}

	steps = start == goal ? 0 : via[goal] == NO_LINK ? NO_LINK : level[goal];
	*path = NULL;
	if (steps != NO_LINK)
	{
		*path = host_alloc_array((size_t) steps + 1, sizeof(uint32_t));
		for (uint32_t i = 0, node = goal; i < steps; i++)
		{
			(*path)[i] = via[node];
			node = link_other_end(&links->links[via[node]], node);
		}
	}
	host_free(queue);
	host_free(via);
	host_free(level);
	return steps;
}

/* ----- bridges ----- */

/* A node on the way of the depth-first walk, which needs no stack but this. */
typedef struct Visit
{
	uint32_t	order;			/* when the walk came here, from 1; 0: not yet */
	uint32_t	low;			/* the earliest that can be reached from below without the link up */
	uint32_t	up;				/* the link it came by */
	uint32_t	next;			/* of its links, the next one to look at */
	uint32_t	size;			/* nodes below, itself included */
} Visit;

typedef struct Walk
{
	const Links *links;
	Visit	   *visits;
	uint32_t	order;
	uint32_t	at_least;
	Bridge	   *bridges;
	size_t		count;
	size_t		capacity;
} Walk;

/* A link down to a node from which nothing leads back above it. */
static void
found_bridge(Walk *walk, uint32_t link, uint32_t below)
{
	if (walk->count == walk->capacity)
	{
		walk->capacity = checked_growth(walk->capacity, 0);
		walk->bridges = walk->bridges ?
			host_realloc_array(walk->bridges, walk->capacity, sizeof(Bridge)) :
			host_alloc_array(walk->capacity, sizeof(Bridge));
	}
	/* the rest is not counted yet */
	walk->bridges[walk->count++] = (Bridge) {link, below, 0};
}

static void
enter(Walk *walk, uint32_t node, uint32_t up)
{
	Visit	   *visit = &walk->visits[node];

	visit->order = visit->low = ++walk->order;
	visit->up = up;
	visit->next = walk->links->start[node];
	visit->size = 1;
	if (walk->order % STEPS_PER_CHECK == 0)
		host_check_interrupts();
}

/* Walks one component from a node; the node's size is the component's at last. */
static void
walk_component(Walk *walk, uint32_t root)
{
	const Links *links = walk->links;
	uint32_t	node = root;

	enter(walk, root, NO_LINK);
	for (;;)
	{
		Visit	   *visit = &walk->visits[node];

		if (visit->next < links->start[node + 1])
		{
			uint32_t	link = links->adjacent[visit->next++];
			uint32_t	other = link_other_end(&links->links[link], node);

			if (link == visit->up)
				continue;
			if (walk->visits[other].order == 0)
			{
				enter(walk, other, link);
				node = other;
			}
			else if (walk->visits[other].order < visit->low)
				visit->low = walk->visits[other].order;
		}
		else
		{
			Visit	   *above;

			if (visit->up == NO_LINK)
				return;
			node = link_other_end(&links->links[visit->up], node);
			above = &walk->visits[node];
			above->size += visit->size;
			if (visit->low < above->low)
				above->low = visit->low;
			if (visit->low == visit->order)
				found_bridge(walk, visit->up, visit->size);
		}
	}
}

/* What is below each bridge is counted; now the rest is, too. */
static void
weigh_bridges(Walk *walk, size_t first, uint32_t whole)
{
	size_t		kept = first;

	for (size_t i = first; i < walk->count; i++)
	{
		Bridge		bridge = walk->bridges[i];
		uint32_t	rest = whole - bridge.smaller;

		bridge.larger = rest > bridge.smaller ? rest : bridge.smaller;
		bridge.smaller = whole - bridge.larger;
		if (bridge.smaller >= walk->at_least)
			walk->bridges[kept++] = bridge;
	}
	walk->count = kept;
}

uint32_t
links_bridges(const Links *links, uint32_t at_least, Bridge **bridges)
{
	Walk		walk = {.links = links, .at_least = at_least};

	walk.visits = host_alloc_zero(checked_mul_size((size_t) links->node_count + 1, sizeof(Visit)));
	for (uint32_t node = 0; node < links->node_count; node++)
	{
		size_t		first = walk.count;

		if (walk.visits[node].order != 0)
			continue;
		walk_component(&walk, node);
		weigh_bridges(&walk, first, walk.visits[node].size);
	}
	host_free(walk.visits);
	*bridges = walk.bridges;
	return (uint32_t) walk.count;
}
