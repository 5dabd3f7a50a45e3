/*
 * components.h
 *		Connected components of pairs of nodes, named by their smallest node.
 *
 * Pairs come one at a time in any order.  A node paired with itself, or with
 * what is blocked or (for texts) empty, joins nobody but is a node all the
 * same.  What is blocked is no node.  Blocked values are given before any
 * pair, as the first nodes: so they are recognised by their number.
 *
 * Nodes and links are far from each other in memory, so pairs are gathered in
 * a batch, and all of the batch's memory is asked for before it is used.
 */
#ifndef INTENT_COMPONENTS_H
#define INTENT_COMPONENTS_H

#include "base/bytes.h"
#include "identity/forest.h"

#define BATCH_PAIRS 256

/* ----- numbers ----- */

typedef struct BigintComponents
{
	Forest		forest;
	NodeIndex	index;
	int64_t    *nodes;
	uint32_t	blocked;		/* so many of the first nodes are blocked */
	uint32_t	pending;		/* values in the batch */
	int64_t		batch[2 * BATCH_PAIRS];
} BigintComponents;

extern void bigint_components_init(BigintComponents *components);
extern void bigint_components_block(BigintComponents *components, int64_t value);
extern void bigint_components_settle(BigintComponents *components);

static inline void
bigint_components_add(BigintComponents *components, int64_t a, int64_t b)
{
	components->batch[components->pending++] = a;
	components->batch[components->pending++] = b;
	if (components->pending == 2 * BATCH_PAIRS)
		bigint_components_settle(components);
}

/* Settles what is pending, names the components, keeps what naming needs. */
extern void bigint_components_finish(BigintComponents *components);

/* After that, of each node from `blocked` to forest.count - 1: */
static inline int64_t
bigint_component(BigintComponents *components, uint32_t node)
{
	return components->nodes[forest_name(&components->forest,
										 forest_root(&components->forest, node))];
}

/* ----- texts, ordered by their bytes ----- */

typedef struct TextBatch TextBatch;

typedef struct TextComponents
{
	Forest		forest;
	NodeIndex	index;
	uint64_t   *start;			/* where each text begins, and the last ends */
	ByteBuffer	texts;
	uint32_t	blocked;
	TextBatch  *batch;			/* NULL while all of it fits in the cache */
} TextComponents;

extern void text_components_init(TextComponents *components);
extern void text_components_free(TextComponents *components);
extern void text_components_block(TextComponents *components, const char *text, size_t size);
extern void text_components_add(TextComponents *components, const char *a, size_t a_size,
								const char *b, size_t b_size);
extern void text_components_settle(TextComponents *components);
extern void text_components_finish(TextComponents *components);

/* The number of a text that is a node or blocked, else NO_NODE. */
extern uint32_t text_components_find(const TextComponents *components,
									 const char *text, size_t size);

static inline const char *
text_node(const TextComponents *components, uint32_t node, size_t *size)
{
	*size = (size_t) (components->start[node + 1] - components->start[node]);
	return (const char *) components->texts.data + components->start[node];
}

extern int	text_node_compare(const char *a, size_t a_size, const char *b, size_t b_size);

/* After text_components_finish, the node that names another one's component. */
static inline uint32_t
text_component(TextComponents *components, uint32_t node)
{
	return forest_name(&components->forest, forest_root(&components->forest, node));
}

#endif							/* INTENT_COMPONENTS_H */
