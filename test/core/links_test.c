/*
 * links_test.c
 *		Shortest paths against distances spread until nothing changes, bridges
 *		against taking each link away.
 */
#include "tap.h"

#include "graph/links.h"

#define NODES 40
#define LINKS 80
#define ROUNDS 400

typedef struct Round
{
	uint32_t	nodes;
	uint32_t	count;
	uint32_t	ends[LINKS][2];
} Round;

static Round
make_round(uint64_t *random)
{
	Round		round = {.nodes = 1 + (uint32_t) random_below(random, NODES)};

	round.count = (uint32_t) random_below(random, LINKS);
	for (uint32_t i = 0; i < round.count; i++)
	{
		round.ends[i][0] = (uint32_t) random_below(random, round.nodes);
		/* mostly a neighbour: long chains with bridges */
		round.ends[i][1] = random_below(random, 4) ?
			(round.ends[i][0] + (uint32_t) random_below(random, 3)) % round.nodes :
			(uint32_t) random_below(random, round.nodes);
	}
	return round;
}

/* Steps from start to each node, without one of the links; NODES: no way. */
static void
distances(const Round *round, uint32_t start, uint32_t without, uint32_t steps[NODES])
{
	bool		changed = true;

	for (uint32_t node = 0; node < NODES; node++)
		steps[node] = node == start ? 0 : NODES;
	while (changed)
	{
		changed = false;
		for (uint32_t i = 0; i < round->count; i++)
		{
			for (int side = 0; i != without && side < 2; side++)
			{
				uint32_t	from = round->ends[i][side];
				uint32_t	to = round->ends[i][!side];

				if (steps[from] + 1 < steps[to])
				{
					steps[to] = steps[from] + 1;
					changed = true;
				}
			}
		}
	}
}

static int64_t
identifier_of(uint32_t node)
{
	return (int64_t) node * INT64_C(-1000000007);
}

/* Link i has the number 1000 - i: the later link is the older one. */
static void
fill(Links *links, const Round *round)
{
	links_init(links);
	for (uint32_t i = 0; i < round->count; i++)
		links_add(links, 1000 - (int64_t) i, identifier_of(round->ends[i][0]), identifier_of(round->ends[i][1]));
	links_finish(links);
}

/* A path of the right length; each of its links leads one step nearer, and none with a smaller number does. */
static void
check_path(const Links *links, const Round *round, uint32_t from, uint32_t to)
{
	uint32_t	steps[NODES];
	uint32_t   *path;
	uint32_t	start = links_find(links, identifier_of(from));
	uint32_t	goal = links_find(links, identifier_of(to));
	uint32_t	length;
	uint32_t	node = to;

	if (start == NO_NODE || goal == NO_NODE)
		return;
	distances(round, from, NO_LINK, steps);
	length = links_path(links, start, goal, &path);
	hold(length == (steps[to] == NODES ? NO_LINK : steps[to]));
	for (uint32_t i = 0; length != NO_LINK && i < length; i++)
	{
		const uint32_t *ends = round->ends[path[i]];
		uint32_t	before = ends[0] == node ? ends[1] : ends[0];

		hold(ends[0] == node || ends[1] == node);
		hold(steps[before] + 1 == steps[node]);
		for (uint32_t other = path[i] + 1; other < round->count; other++)
		{
			const uint32_t *o = round->ends[other];

			hold(!((o[0] == node && steps[o[1]] + 1 == steps[node]) ||
				   (o[1] == node && steps[o[0]] + 1 == steps[node])));
		}
		node = before;
	}
	hold(length == NO_LINK || node == from);
}

static void
check_bridges(const Links *links, const Round *round, uint32_t at_least)
{
	Bridge	   *bridges;
	uint32_t	count = links_bridges(links, at_least, &bridges);
	uint32_t	expected = 0;

	for (uint32_t i = 0; i < round->count; i++)
	{
		uint32_t	sizes[2] = {0, 0};
		uint32_t	steps[NODES];
		uint32_t	found = 0;

		distances(round, round->ends[i][0], i, steps);
		if (steps[round->ends[i][1]] != NODES)
			continue;
		for (int side = 0; side < 2; side++)
		{
			distances(round, round->ends[i][side], i, steps);
			for (uint32_t node = 0; node < NODES; node++)
				sizes[side] += steps[node] != NODES;
		}
		if (sizes[0] < at_least || sizes[1] < at_least)
			continue;
		expected++;
		for (uint32_t b = 0; b < count; b++)
		{
			if (bridges[b].link != i)
				continue;
			found++;
			hold(bridges[b].smaller == (sizes[0] < sizes[1] ? sizes[0] : sizes[1]));
			hold(bridges[b].smaller + bridges[b].larger == sizes[0] + sizes[1]);
		}
		hold(found == 1);
	}
	hold(count == expected);
}

static void
test_rounds(void)
{
	uint64_t	random = 4;

	hold(HOST_CALL(
	{
		for (int i = 0; i < ROUNDS; i++)
		{
			Round		round = make_round(&random);
			Links		links;

			fill(&links, &round);
			check_path(&links, &round, 0, (uint32_t) random_below(&random, round.nodes));
			check_path(&links, &round, (uint32_t) random_below(&random, round.nodes),
					   (uint32_t) random_below(&random, round.nodes));
			check_bridges(&links, &round, 1 + (uint32_t) random_below(&random, 4));
		}
	}));
	held("shortest paths and bridges as by taking links away");
}

/* What would take a recursion a stack of any size. */
static void
test_chain(void)
{
	const uint32_t count = 300000;

	hold(HOST_CALL(
	{
		Links		links;
		uint32_t   *path;
		Bridge	   *bridges;

		links_init(&links);
		for (uint32_t i = 0; i < count; i++)
			links_add(&links, i, i, i + 1);
		links_finish(&links);
		hold(links_path(&links, 0, count, &path) == count);
		hold(path[0] == count - 1 && path[count - 1] == 0);
		hold(links_bridges(&links, count / 2, &bridges) == 2);
		hold(bridges[0].smaller == count / 2);
	}));
	held("its ends are so many steps from each other, and the links in the middle are bridges");
}

int
main(void)
{
	test_rounds();
	test_chain();
	return done_testing();
}
