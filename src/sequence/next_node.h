/*
 * next_node.h
 *		The node that follows a chain of conditions, or comes before it.
 */
#ifndef INTENT_NEXT_NODE_H
#define INTENT_NEXT_NODE_H

#include "base/bytes.h"

typedef enum NodeDirection
{
	NODE_FORWARD,
	NODE_BACKWARD
} NodeDirection;

typedef enum NodeBase
{
	NODE_HEAD,
	NODE_TAIL,
	NODE_FIRST_MATCH,
	NODE_LAST_MATCH
} NodeBase;

typedef struct NodeRow
{
	int64_t		at;
	uint64_t	mask;			/* bit i: condition i + 1 */
	const char *node;
	uint32_t	size;
	bool		base;			/* may be where the chain begins */
} NodeRow;

/* By name; unknown names, and names that do not go together, are refused. */
extern void next_node_parameters(const char *direction, size_t direction_size,
								 const char *base, size_t base_size,
								 NodeDirection *direction_out, NodeBase *base_out);

/* Time, node by bytes, conditions, base: a total order, whatever the rows' own. */
extern int	next_node_compare(const NodeRow *a, const NodeRow *b);

/* One of the rows, which are in order, or NULL. */
extern const NodeRow *next_node(const NodeRow *rows, size_t count, NodeDirection direction,
								NodeBase base, unsigned conditions);

/* Rows behind each other, as bytes; the reader must hold whole ones. */
extern void node_row_pack(ByteBuffer *out, const NodeRow *row);
extern bool node_row_unpack(ByteReader *reader, NodeRow *row);

#endif							/* INTENT_NEXT_NODE_H */
