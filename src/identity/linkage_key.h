/*
 * linkage_key.h
 *		The keys of values: hashes of their parts.
 */
#ifndef INTENT_LINKAGE_KEY_H
#define INTENT_LINKAGE_KEY_H

#include "identity/linkage_block.h"

/* A value has at most so many keys of one part: the first of its words. */
#define LINKAGE_VALUE_KEYS_MAX 16

/* The keys of all values of a column, of one part. */
typedef struct LinkageKeys
{
	uint32_t   *start;			/* of each value, one more than there are */
	uint64_t   *hash;
} LinkageKeys;

extern void linkage_keys_make(LinkageKeys *keys, const LinkageColumn *column, LinkagePart part);

/*
 * How a word sounds: up to six consonants, alike ones one, without vowels.
 * Letters of other scripts stand for themselves.
 */
extern size_t linkage_sound(const uint32_t *code, size_t size, uint32_t out[6]);

/* The keys that rules use, each made once. */
typedef struct LinkageKeyRing
{
	const LinkageTable *table;
	LinkageKeys *keys;			/* by column and part; not made yet: start is NULL */
} LinkageKeyRing;

/* The keys of each part of a rule, and of twins where they count, too. */
typedef struct LinkageRuleKeys
{
	const LinkageKeys *own[LINKAGE_KEYS_MAX];
	const LinkageKeys *twin[LINKAGE_KEYS_MAX];	/* NULL where it does not count */
} LinkageRuleKeys;

extern void linkage_ring_begin(LinkageKeyRing *ring, const LinkageTable *table);
extern void linkage_ring_end(LinkageKeyRing *ring);

/* Makes the keys that are not there yet. */
extern void linkage_rule_keys(LinkageKeyRing *ring, const LinkageRule *rule, LinkageRuleKeys *keys);

/* Keys of one row by one rule: rows of many words have the first of them. */
#define LINKAGE_ROW_KEYS_MAX 32

/* Every combination of the keys of its parts. */
extern uint32_t linkage_row_keys(const LinkageTable *table, const LinkageRule *rule, const LinkageRuleKeys *keys,
								 uint32_t row, uint64_t out[LINKAGE_ROW_KEYS_MAX]);

#endif							/* INTENT_LINKAGE_KEY_H */
