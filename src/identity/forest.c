/*
 * forest.c
 *		Growing of forests and of the index that finds their nodes.
 */
#include "identity/forest.h"

/* Work between two looks at interrupts. */
#define STEPS_PER_CHECK ((size_t) 1 << 20)

#define FIRST_PLACES_BITS 4

/* Free slots for 2^bits places; at most two thirds of them are filled. */
static void
make_slots(NodeIndex *index, unsigned bits)
{
	size_t		places = (size_t) 1 << bits;

	index->slots = host_alloc_zero(checked_mul_size(places, sizeof(uint64_t)));
	index->mask = places - 1;
	index->shift = 32 - bits;
	index->fill = places / 3 * 2 < NODES_MAX ? (uint32_t) (places / 3 * 2) : NODES_MAX;
}

void
node_index_init(NodeIndex *index)
{
	make_slots(index, FIRST_PLACES_BITS);
}

void
node_index_double(NodeIndex *index)
{
	NodeIndex	old = *index;

	make_slots(index, 32 - old.shift + 1);
	for (size_t place = 0; place <= old.mask; place++)
	{
		uint64_t	slot = old.slots[place];
		size_t		into;

		if (place % STEPS_PER_CHECK == 0)
			host_check_interrupts();
		if (slot == 0)
			continue;
		into = (size_t) ((slot >> 32) >> index->shift);
		while (index->slots[into] != 0)
			into = (into + 1) & index->mask;
		index->slots[into] = slot;
	}
	host_free(old.slots);
}

void
node_index_free(NodeIndex *index)
{
	host_free(index->slots);
	index->slots = NULL;
}

void
forest_grow(Forest *forest)
{
	uint32_t	capacity;

	if (forest->capacity == NODES_MAX)
		host_fail(HOST_LIMIT, "too many different nodes",
				  host_format("%u nodes can be told apart at once.", NODES_MAX),
				  "Split the edges into groups that share no node, and run each alone.");
	if (forest->capacity == 0)
		capacity = 8;
	else
		capacity = forest->capacity <= NODES_MAX / 2 ? forest->capacity * 2 : NODES_MAX;
	forest->link = forest->link ?
		host_realloc_array(forest->link, capacity, sizeof(int32_t)) :
		host_alloc_array(capacity, sizeof(int32_t));
	forest->capacity = capacity;
}

void
forest_begin_naming(Forest *forest)
{
	for (uint32_t node = 0; node < forest->count; node++)
	{
		if (node % STEPS_PER_CHECK == 0)
			host_check_interrupts();
		if (forest->link[node] < 0)
			forest->link[node] = ~(int32_t) node;
	}
}
