/*
 * links.h
 *		Links between identifiers: the shortest way between two of them, and the
 *		links that alone hold two parts of a person together.
 *
 * Links come one at a time in any order, each with its number and two
 * identifiers; the same two may be linked several times.  Once all are there,
 * either question takes time and memory in proportion to their number.
 */
#ifndef INTENT_LINKS_H
#define INTENT_LINKS_H

#include "identity/node_index.h"

/* A link has two ends, and ends are numbered by 32 bits. */
#define LINKS_MAX ((uint32_t) INT32_MAX - 1)
#define NO_LINK UINT32_MAX

typedef struct Link
{
	int64_t		id;
	uint32_t	end[2];			/* nodes */
} Link;

typedef struct Links
{
	NodeIndex	index;
	int64_t    *nodes;			/* identifiers, in the order they came */
	uint32_t	node_count;
	uint32_t	node_capacity;
	Link	   *links;
	uint32_t	count;
	uint32_t	capacity;
	/* after links_finish: links of node n are adjacent[start[n]] to adjacent[start[n + 1] - 1] */
	uint32_t   *start;
	uint32_t   *adjacent;
} Links;

extern void links_init(Links *links);
extern void links_add(Links *links, int64_t id, int64_t a, int64_t b);
extern void links_finish(Links *links);

/* The node of an identifier, or NO_NODE. */
extern uint32_t links_find(const Links *links, int64_t identifier);

static inline uint32_t
link_other_end(const Link *link, uint32_t node)
{
	return link->end[link->end[0] == node];
}

/*
 * The links of a shortest path, from goal back to start, into memory of the
 * caller: their count, or NO_LINK if there is no path.  Of links by which a
 * node is reached in as many steps, the one with the smallest number is taken.
 */
extern uint32_t links_path(const Links *links, uint32_t start, uint32_t goal, uint32_t **path);

/* A link whose loss would leave two parts. */
typedef struct Bridge
{
	uint32_t	link;
	uint32_t	smaller;		/* nodes of the smaller part */
	uint32_t	larger;
} Bridge;

/*
 * The bridges whose smaller part has at least so many nodes, into memory of the
 * caller; gives their count.  Of links between the same two nodes none is a bridge.
 */
extern uint32_t links_bridges(const Links *links, uint32_t at_least, Bridge **bridges);

#endif							/* INTENT_LINKS_H */
