/*
 * components_test.c
 *		Connected components, against labels spread until nothing changes.
 */
#include "tap.h"

#include "identity/components.h"

#define NODES 600
#define ROUNDS 60

/* Pairs of one round, and what is blocked. */
typedef struct Round
{
	uint32_t	nodes;
	uint32_t	count;
	uint32_t	pairs[2000][2];
	bool		blocked[NODES];
} Round;

static Round
make_round(uint64_t *random)
{
	Round		round = {.nodes = 1 + (uint32_t) random_below(random, NODES)};

	round.count = (uint32_t) random_below(random, random_below(random, 2) ? 2000 : round.nodes);
	for (uint32_t i = 0; i < round.count; i++)
	{
		uint32_t	a = (uint32_t) random_below(random, round.nodes);

		/* some are paired with themselves, most with a neighbour */
		round.pairs[i][0] = a;
		round.pairs[i][1] = random_below(random, 3) ? (a + (uint32_t) random_below(random, 9)) % round.nodes :
			(uint32_t) random_below(random, round.nodes);
	}
	for (uint32_t n = (uint32_t) random_below(random, 4); n > 0; n--)
		round.blocked[random_below(random, round.nodes)] = true;
	return round;
}

/* The smallest number connected with each node; NODES if it was in no pair. */
static void
label(const Round *round, uint32_t labels[NODES])
{
	bool		changed = true;

	for (uint32_t node = 0; node < NODES; node++)
		labels[node] = NODES;
	for (uint32_t i = 0; i < round->count; i++)
	{
		for (int side = 0; side < 2; side++)
		{
			uint32_t	node = round->pairs[i][side];

			if (!round->blocked[node])
				labels[node] = node;
		}
	}
	while (changed)
	{
		changed = false;
		for (uint32_t i = 0; i < round->count; i++)
		{
			uint32_t	a = round->pairs[i][0];
			uint32_t	b = round->pairs[i][1];

			if (round->blocked[a] || round->blocked[b] || labels[a] == labels[b])
				continue;
			labels[a] = labels[b] = labels[a] < labels[b] ? labels[a] : labels[b];
			changed = true;
		}
	}
}

/* Numbers as nodes, in the same order, with signs and of any size. */
static int64_t
number_of(uint32_t node)
{
	if (node == 0)
		return INT64_MIN;
	return node == NODES - 1 ? INT64_MAX : ((int64_t) node - NODES / 2) * INT64_C(1000000007);
}

/* Texts as nodes, in the same order, some shorter and some longer than a word. */
static size_t
text_of(uint32_t node, char text[64])
{
	return (size_t) snprintf(text, 64, node % 2 ? "%04u@a-long-domain.example" : "%04u", node);
}

/* The digits of a text, behind which another text may stand. */
static uint32_t
digits_of(const char *text, size_t size, size_t from)
{
	uint32_t	number = 0;

	for (size_t i = from; i < size && text[i] >= '0' && text[i] <= '9'; i++)
		number = number * 10 + (uint32_t) (text[i] - '0');
	return number;
}

static void
test_bigints(void)
{
	uint64_t	random = 1;

	for (int i = 0; i < ROUNDS; i++)
	{
		Round		round = make_round(&random);
		uint32_t	labels[NODES];
		uint32_t	wanted = 0;

		label(&round, labels);
		for (uint32_t node = 0; node < NODES; node++)
			wanted += labels[node] != NODES;
		hold(HOST_CALL(
		{
			BigintComponents *components = host_alloc(sizeof(BigintComponents));

			bigint_components_init(components);
			for (uint32_t node = 0; node < round.nodes; node++)
			{
				if (round.blocked[node])
					bigint_components_block(components, number_of(node));
			}
			for (uint32_t n = 0; n < round.count; n++)
				bigint_components_add(components, number_of(round.pairs[n][0]), number_of(round.pairs[n][1]));
			bigint_components_finish(components);

			hold(components->forest.count - components->blocked == wanted);
			for (uint32_t n = components->blocked; n < components->forest.count; n++)
			{
				uint32_t	node = 0;

				while (node < NODES - 1 && number_of(node) != components->nodes[n])
					node++;
				hold(labels[node] != NODES && bigint_component(components, n) == number_of(labels[node]));
			}
		}));
	}
	held("numbers are in the component of the smallest they are connected with");
}

static void
test_texts(void)
{
	uint64_t	random = 2;

	for (int i = 0; i < ROUNDS; i++)
	{
		Round		round = make_round(&random);
		uint32_t	labels[NODES];
		uint32_t	wanted = 0;

		label(&round, labels);
		for (uint32_t node = 0; node < NODES; node++)
			wanted += labels[node] != NODES;
		hold(HOST_CALL(
		{
			TextComponents components;
			char		a[64];
			char		b[64];

			text_components_init(&components);
			for (uint32_t node = 0; node < round.nodes; node++)
			{
				if (round.blocked[node])
					text_components_block(&components, a, text_of(node, a));
			}
			text_components_block(&components, a, 0);
			for (uint32_t n = 0; n < round.count; n++)
			{
				size_t		a_size = text_of(round.pairs[n][0], a);
				size_t		b_size = text_of(round.pairs[n][1], b);

				/* what is empty joins nobody, and is no node */
				text_components_add(&components, a, a_size, b, 0);
				text_components_add(&components, a, 0, b, b_size);
				text_components_add(&components, a, 0, b, 0);
				text_components_add(&components, a, a_size, b, b_size);
			}
			text_components_finish(&components);

			hold(components.forest.count - components.blocked == wanted);
			for (uint32_t n = components.blocked; n < components.forest.count; n++)
			{
				size_t		size;
				const char *text = text_node(&components, n, &size);
				uint32_t	node = digits_of(text, size, 0);
				const char *name = text_node(&components, text_component(&components, n), &size);

				hold(labels[node] != NODES && size == text_of(labels[node], a) && memcmp(name, a, size) == 0);
			}
			text_components_free(&components);
		}));
	}
	held("so are texts");
}

/* Enough nodes for batches, in one chain and a few that cross it. */
static void
test_batches(void)
{
	const uint32_t count = 20000;

	hold(HOST_CALL(
	{
		TextComponents components;
		char		a[64];
		char		b[64];
		size_t		size;

		text_components_init(&components);
		for (uint32_t i = 0; i + 7 < count; i++)
		{
			/* modulo 7 stays the same along a pair */
			size_t		a_size = (size_t) snprintf(a, sizeof(a), "node %u", i);
			size_t		b_size = (size_t) snprintf(b, sizeof(b), "node %u", i + 7);

			text_components_add(&components, a, a_size, b, b_size);
		}
		text_components_finish(&components);
		hold(components.forest.count == count);
		for (uint32_t node = 0; node < count; node++)
		{
			const char *text = text_node(&components, node, &size);
			size_t		name_size;
			const char *name = text_node(&components, text_component(&components, node), &name_size);

			/* "node 0" to "node 6", but for bytes "node 10" is before "node 3" */
			hold(digits_of(name, name_size, 5) % 7 == digits_of(text, size, 5) % 7);
			hold(text_node_compare(name, name_size, text, size) <= 0);
		}
		text_components_free(&components);
	}));
	held("batches of many nodes");
}

int
main(void)
{
	test_bigints();
	test_texts();
	test_batches();
	return done_testing();
}
