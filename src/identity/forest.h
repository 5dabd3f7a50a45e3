/*
 * forest.h
 *		Union-find over nodes numbered from 0.
 *
 * A link is the number of another node of the same tree, or, at the root, the
 * negative size of the tree.  The larger tree takes the smaller one, and every
 * walk halves the path it takes, so that all of it is as good as linear.
 */
#ifndef INTENT_FOREST_H
#define INTENT_FOREST_H

#include "identity/node_index.h"

typedef struct Forest
{
	int32_t    *link;
	uint32_t	count;
	uint32_t	capacity;
} Forest;

/* Doubles the capacity; arrays beside the links grow with it. */
extern void forest_grow(Forest *forest);

/* A tree of one node. */
static inline uint32_t
forest_add(Forest *forest)
{
	forest->link[forest->count] = -1;
	return forest->count++;
}

static inline uint32_t
forest_root(Forest *forest, uint32_t node)
{
	int32_t    *link = forest->link;
	int32_t		next;

	while ((next = link[node]) >= 0)
	{
		int32_t		after = link[next];

		if (after < 0)
			return (uint32_t) next;
		link[node] = after;
		node = (uint32_t) after;
	}
	return node;
}

static inline void
forest_join(Forest *forest, uint32_t a, uint32_t b)
{
	uint32_t	root_a = forest_root(forest, a);
	uint32_t	root_b = forest_root(forest, b);

	if (root_a == root_b)
		return;
	if (forest->link[root_a] > forest->link[root_b])
	{
		uint32_t	larger = root_b;

		root_b = root_a;
		root_a = larger;
	}
	forest->link[root_a] += forest->link[root_b];
	forest->link[root_b] = (int32_t) root_a;
}

/*
 * When nothing is left to join, sizes are of no more use, and a root holds the
 * complement of the node that names its tree: at first itself, then whichever
 * the owner of the nodes finds to be the smallest.
 */
extern void forest_begin_naming(Forest *forest);

static inline uint32_t
forest_name(const Forest *forest, uint32_t root)
{
	return (uint32_t) ~forest->link[root];
}

static inline void
forest_rename(Forest *forest, uint32_t root, uint32_t node)
{
	forest->link[root] = ~(int32_t) node;
}

#endif							/* INTENT_FOREST_H */
