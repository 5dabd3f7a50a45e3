/*
 * identity_map.h
 *		A partition of nodes as one value: who is in one component with whom.
 *
 *		version		1 byte
 *		flags		1 byte, all bits reserved
 *		nodes		varint
 *		bytes		varint, of all texts
 *		ends		of each node's text, in 1 to 4 bytes, as few as `bytes` needs
 *		components	of each node, in as few bytes as `nodes` - 1 needs
 *		texts
 *
 * Nodes stand in order of their bytes and a component is the number of its
 * smallest node, so that a partition has one encoding whatever pairs it came
 * from, and a node is found by bisection in the value as it is stored.
 */
#ifndef INTENT_IDENTITY_MAP_H
#define INTENT_IDENTITY_MAP_H

#include "identity/components.h"

#define IDENTITY_MAP_VERSION 1

typedef struct IdentityMap
{
	uint32_t	nodes;
	uint32_t	bytes;
	unsigned	end_width;
	unsigned	component_width;
	const uint8_t *ends;
	const uint8_t *components;
	const uint8_t *texts;
} IdentityMap;

/* Opens stored bytes; what does not fit together is HOST_CORRUPT. */
extern void identity_map_open(IdentityMap *map, const void *data, size_t size);

/* Looks at every bit of bytes from outside; NULL if they are a map. */
extern const char *identity_map_problem(const void *data, size_t size);

/* A node's text, and the node that names its component. */
extern const char *identity_map_node(const IdentityMap *map, uint32_t node, size_t *size);
extern uint32_t identity_map_component(const IdentityMap *map, uint32_t node);

/* The node with this text, or NO_NODE. */
extern uint32_t identity_map_find(const IdentityMap *map, const char *text, size_t size);

/* All nodes, component by component, each in order. */
extern uint32_t *identity_map_grouped(const IdentityMap *map);

/* From components to a map, and from a map back into components. */
extern void identity_map_pack(ByteBuffer *out, TextComponents *components);
extern void identity_map_absorb(TextComponents *components, const IdentityMap *map);

/*
 * Text form {{a,b},{c}}: what is not of the characters A-Z a-z 0-9 and
 * _ . / : @ + - only stands in double quotes, quotes inside them doubled.
 */
extern void identity_map_to_text(ByteBuffer *out, const IdentityMap *map);
extern void identity_map_from_text(TextComponents *components, const char *text, size_t size);

/* Adds the next member of a set; it must not be in any set yet. */
extern void identity_map_put(TextComponents *components, const char *first, size_t first_size,
							 const char *node, size_t size);

#endif							/* INTENT_IDENTITY_MAP_H */
