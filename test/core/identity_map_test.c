/*
 * identity_map_test.c
 *		Identity maps: one encoding a partition, text, and hostile bytes.
 */
#include "hostile.h"
#include "identity_readers.h"
#include "tap.h"

#include "identity/identity_map.h"

#define ROUNDS 200

/* Pairs of a round as a map; `order` shuffles them without changing what they say. */
static ByteBuffer
make_map(uint64_t seed, uint64_t order, uint32_t pairs)
{
	static const char *const odd[] = {"a b", "\"", "{x}", ",", "\xc3\xbc", "anna@example.org", "+49-30/1:2"};
	uint64_t	random = seed;
	TextComponents components;
	uint32_t	nodes = 1 + (uint32_t) random_below(&random, 2 * pairs + 1);
	uint32_t  (*pair)[2] = host_alloc_array((size_t) pairs + 1, sizeof(pair[0]));
	ByteBuffer	out;

	for (uint32_t i = 0; i < pairs; i++)
	{
		pair[i][0] = (uint32_t) random_below(&random, nodes);
		pair[i][1] = random_below(&random, 4) ? (uint32_t) random_below(&random, nodes) : pair[i][0];
	}
	text_components_init(&components);
	for (uint32_t left = pairs; left > 0; left--)
	{
		uint32_t	at = order ? (uint32_t) random_below(&order, left) : left - 1;
		char		text[2][64];
		size_t		size[2];

		for (int side = 0; side < 2; side++)
		{
			uint32_t	node = pair[at][order & 1 ? !side : side];

			size[side] = (size_t) snprintf(text[side], sizeof(text[side]), "%s%u",
										   node % 3 ? odd[node % 7] : "cookie:", node);
		}
		text_components_add(&components, text[0], size[0], text[1], size[1]);
		pair[at][0] = pair[left - 1][0];
		pair[at][1] = pair[left - 1][1];
	}
	text_components_settle(&components);
	buffer_init(&out, 1);
	identity_map_pack(&out, &components);
	text_components_free(&components);
	return out;
}

static bool
same(const ByteBuffer *a, const ByteBuffer *b)
{
	return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static void
test_canonical(void)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
	{
		hold(HOST_CALL(
		{
			uint32_t	pairs = (uint32_t) (seed % 90);
			ByteBuffer	map = make_map(seed, 0, pairs);
			ByteBuffer	other;
			const char *problem = identity_map_problem(map.data, map.size);

			if (!hold(problem == NULL))
				diag("%s", problem);
			for (uint64_t order = 1; order < 4; order++)
			{
				other = make_map(seed, order, pairs);
				hold(same(&map, &other));
			}
		}));
	}
	held("pairs in any order make the same bytes");
}

static void
test_round_trip(void)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
	{
		hold(HOST_CALL(
		{
			ByteBuffer	bytes = make_map(seed, 0, (uint32_t) (seed % 90));
			ByteBuffer	text;
			ByteBuffer	again;
			IdentityMap map;
			TextComponents components;
			uint32_t   *grouped;

			identity_map_open(&map, bytes.data, bytes.size);
			buffer_init(&text, 1);
			identity_map_to_text(&text, &map);
			text_components_init(&components);
			identity_map_from_text(&components, (char *) text.data, text.size);
			text_components_settle(&components);
			buffer_init(&again, 1);
			identity_map_pack(&again, &components);
			hold(same(&bytes, &again));

			/* and through its own pairs, as states are united */
			text_components_init(&components);
			identity_map_absorb(&components, &map);
			text_components_settle(&components);
			again.size = 0;
			identity_map_pack(&again, &components);
			hold(same(&bytes, &again));

			for (uint32_t node = 0; node < map.nodes; node++)
			{
				size_t		size;
				const char *name = identity_map_node(&map, node, &size);

				hold(identity_map_find(&map, name, size) == node);
				hold(size == 1 || identity_map_find(&map, name, size - 1) != node);
			}
			hold(identity_map_find(&map, "nobody", 6) == NO_NODE);
			grouped = identity_map_grouped(&map);
			for (uint32_t i = 1; i < map.nodes; i++)
			{
				uint32_t	one = identity_map_component(&map, grouped[i - 1]);
				uint32_t	next = identity_map_component(&map, grouped[i]);

				hold(one < next || (one == next && grouped[i - 1] < grouped[i]));
			}
		}));
	}
	held("maps read back from text and from their pairs, and find their nodes");
}

static const struct
{
	const char *text;
	const char *canonical;		/* or what is wrong */
	bool		good;
}			texts[] = {
	{"{}", "{}", true}, {" { } ", "{}", true}, {"{{a}}", "{{a}}", true},
	{"{{b,a},{c}}", "{{a,b},{c}}", true}, {"{{\"a b\" , \"x\"\"y\"}}", "{{\"a b\",\"x\"\"y\"}}", true},
	{"{{c},{\"a\"}}", "{{a},{c}}", true},
	{"", "\"{\"", false}, {"{", "\"{\" before a component", false}, {"{{", "a node", false},
	{"{{}}", "a node", false}, {"{{a}", "after a component", false}, {"{{a},}", "before a component", false},
	{"{{a,}}", "a node", false}, {"{{a b}}", "after a node", false}, {"{{\"\"}}", "a node that is not empty", false},
	{"{{\"a}}", "a closing double quote", false}, {"{{a}} x", "nothing more", false}, {"{a}", "before a component", false},
	{"{{a,a}}", "is in identity_map twice", false}, {"{{a},{b,a}}", "is in identity_map twice", false},
};

static void
test_text(void)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
	{
		bool		read = HOST_CALL(
		{
			TextComponents components;
			IdentityMap map;
			ByteBuffer	bytes;
			ByteBuffer	text;

			text_components_init(&components);
			identity_map_from_text(&components, texts[i].text, strlen(texts[i].text));
			text_components_settle(&components);
			buffer_init(&bytes, 1);
			identity_map_pack(&bytes, &components);
			identity_map_open(&map, bytes.data, bytes.size);
			buffer_init(&text, 1);
			identity_map_to_text(&text, &map);
			hold(text.size == strlen(texts[i].canonical) && memcmp(text.data, texts[i].canonical, text.size) == 0);
		});

		if (!hold(read == texts[i].good) ||
			(!read && !hold(host_failure.code == HOST_BAD_TEXT &&
							(strstr(host_failure.detail, texts[i].canonical) ||
							 strstr(host_failure.message, texts[i].canonical)))))
			diag("of %s: %s (%s)", texts[i].text, host_failure.message, host_failure.detail);
	}
	held("ways to write a map, and what is none");
}

static void
test_hostile(void)
{
	static const uint8_t begin[] = {1, 0, 3, 6, 2, 4, 6, 0, 0, 2, 'a', 'b'};
	static const char text[] = "{{a,b,\"c d\"},{e},{\"x\"\"y\",z}}";
	uint64_t	random = 3;

	for (uint64_t seed = 1; seed < 40; seed++)
	{
		ByteBuffer	map = {NULL, 0, 0};
		uint8_t    *bytes = NULL;

		hold(HOST_CALL(
		{
			map = make_map(seed, 0, (uint32_t) (seed < 4 ? seed * 2 : seed * 3));
			bytes = memcpy(malloc(map.size), map.data, map.size);
		}));
		hold(hostile_try(identity_read_from_client, bytes, map.size));
		for (size_t cut = 0; cut < map.size; cut++)
			hold(!hostile_try(identity_read_from_client, bytes, cut));
		if (seed < 4)
		{
			hostile_flips(identity_read_from_client, bytes, map.size);
			hostile_flips(identity_read_from_disk, bytes, map.size);
		}
		hostile_truncations(identity_read_from_disk, bytes, map.size);
		hostile_mutations(identity_read_from_client, bytes, map.size, 100, &random);
		hostile_mutations(identity_read_from_disk, bytes, map.size, 100, &random);
		free(bytes);
	}
	held("bytes cut short, changed, put in or left out");
	hostile_buffers(identity_read_from_client, begin, sizeof(begin), 10000, &random);
	hostile_buffers(identity_read_from_disk, begin, sizeof(begin), 10000, &random);
	held("random bytes");
	hostile_truncations(identity_read_text, (const uint8_t *) text, sizeof(text) - 1);
	hostile_flips(identity_read_text, (const uint8_t *) text, sizeof(text) - 1);
	hostile_mutations(identity_read_text, (const uint8_t *) text, sizeof(text) - 1, 10000, &random);
	held("changed text");
}

int
main(void)
{
	test_canonical();
	test_round_trip();
	test_text();
	test_hostile();
	return done_testing();
}
