/*
 * node_index.h
 *		Nodes found by hash: open addressing over slots of eight bytes.
 *
 * A slot holds the node's number and 32 bits of its hash.  Its place follows
 * from the upper ones of those bits, so that doubling the slots reads no node
 * and walks old and new slots from front to back.  Whoever owns the nodes
 * compares them: the index only proposes those with equal hash bits.
 */
#ifndef INTENT_NODE_INDEX_H
#define INTENT_NODE_INDEX_H

#include "base/checked.h"

/* Nodes are numbered from 0; the links of the forest are signed. */
#define NODES_MAX ((uint32_t) INT32_MAX)
#define NO_NODE UINT32_MAX

typedef struct NodeIndex
{
	uint64_t   *slots;			/* hash << 32 | node + 1; 0 is free */
	size_t		mask;
	unsigned	shift;			/* 32 less the bits of a place */
	uint32_t	fill;			/* nodes it takes before it must grow */
} NodeIndex;

/* One slot of a search for nodes that may be equal. */
typedef struct NodeProbe
{
	size_t		place;
	uint32_t	hash;
} NodeProbe;

extern void node_index_init(NodeIndex *index);
extern void node_index_double(NodeIndex *index);
extern void node_index_free(NodeIndex *index);

#define NODE_HASH_MULTIPLIER UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t
node_hash_mix(uint64_t word)
{
	word ^= word >> 32;
	word *= NODE_HASH_MULTIPLIER;
	word ^= word >> 29;
	return word * NODE_HASH_MULTIPLIER;
}

static inline uint32_t
node_hash_bigint(int64_t value)
{
	return (uint32_t) (node_hash_mix((uint64_t) value) >> 32);
}

/* Up to eight bytes as a word, without a call for a variable size. */
static inline uint64_t
node_hash_short(const char *text, size_t size)
{
	uint32_t	low;
	uint32_t	high;

	if (size >= 4)
	{
		memcpy(&low, text, 4);
		memcpy(&high, text + size - 4, 4);
		return (uint64_t) high << 32 | low;
	}
	if (size == 0)
		return 0;
	return (uint64_t) (uint8_t) text[0] | (uint64_t) (uint8_t) text[size / 2] << 8 |
		(uint64_t) (uint8_t) text[size - 1] << 16;
}

/* Only places in memory depend on the hash, so it reads words as they lie. */
static inline uint32_t
node_hash_text(const char *text, size_t size)
{
	uint64_t	hash = size * NODE_HASH_MULTIPLIER;
	uint64_t	word;

	for (; size > 8; size -= 8, text += 8)
	{
		memcpy(&word, text, 8);
		hash = node_hash_mix(hash ^ word);
	}
	return (uint32_t) (node_hash_mix(hash ^ node_hash_short(text, size)) >> 32);
}

static inline void
node_index_prefetch(const NodeIndex *index, uint32_t hash)
{
	__builtin_prefetch(&index->slots[(uint64_t) hash >> index->shift]);
}

static inline NodeProbe
node_probe(const NodeIndex *index, uint32_t hash)
{
	NodeProbe	probe = {(size_t) ((uint64_t) hash >> index->shift), hash};

	return probe;
}

/*
 * The next node with these hash bits, or NO_NODE: then the probe stands on
 * the free slot where the node belongs.
 */
static inline uint32_t
node_probe_next(const NodeIndex *index, NodeProbe *probe)
{
	for (;;)
	{
		uint64_t	slot = index->slots[probe->place];

		if (slot == 0)
			return NO_NODE;
		probe->place = (probe->place + 1) & index->mask;
		if ((uint32_t) (slot >> 32) == probe->hash)
			return (uint32_t) slot - 1;
	}
}

static inline void
node_probe_put(NodeIndex *index, const NodeProbe *probe, uint32_t node)
{
	index->slots[probe->place] = (uint64_t) probe->hash << 32 | (node + 1);
}

#endif							/* INTENT_NODE_INDEX_H */
