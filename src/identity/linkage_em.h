/*
 * linkage_em.h
 *		m and u: how often pairs that are one, and pairs that are not, show a level.
 */
#ifndef INTENT_LINKAGE_EM_H
#define INTENT_LINKAGE_EM_H

#include "identity/linkage_block.h"

/* The levels of one comparison, and how likely each is if the value is there. */
typedef struct LinkageRates
{
	double		m[LINKAGE_LEVELS_MAX];
	double		u[LINKAGE_LEVELS_MAX];
} LinkageRates;

typedef struct LinkageRatesSet
{
	uint32_t	count;
	LinkageRates rates[LINKAGE_COMPARISONS_MAX];
	double		prior;			/* that two records are one */
	uint64_t	pairs;			/* that were compared */
	uint32_t	rounds;
} LinkageRatesSet;

/* ----- linkage_pattern.c ----- */

/* Levels that pairs have been found to show, three bits a comparison. */
typedef struct LinkagePatterns
{
	uint64_t   *pattern;
	uint64_t   *pairs;			/* that show it */
	size_t		count;
	size_t		capacity;
	size_t		mask;
	uint32_t   *slots;
} LinkagePatterns;

/* Levels of pairs of values met before: most pairs of values come many times. */
typedef struct LinkageMemo
{
	uint64_t   *pair;			/* NULL: nothing is remembered */
	uint8_t    *level;
	unsigned	shift;			/* 64 less the bits of a slot */
} LinkageMemo;

typedef struct LinkageComparer
{
	const LinkageTable *table;
	LinkageMemo memo[LINKAGE_COMPARISONS_MAX];
	LinkageMemo crossed[LINKAGE_COMPARISONS_MAX];	/* of columns with a twin */
} LinkageComparer;

/* Of a single pair there is nothing to remember. */
extern void linkage_comparer_begin(LinkageComparer *comparer, const LinkageTable *table, bool remember);

/* The patterns of a row and each of its partners. */
extern void linkage_compare_rows(LinkageComparer *comparer, uint32_t row, const uint32_t *partners, uint32_t count,
								 uint64_t *patterns);

extern void linkage_patterns_begin(LinkagePatterns *patterns);
extern void linkage_patterns_add(LinkagePatterns *patterns, uint64_t pattern, uint64_t pairs);

static inline uint32_t
linkage_level(uint64_t pattern, uint32_t comparison)
{
	return (uint32_t) (pattern >> (3 * comparison)) & 7;
}

static inline uint64_t
linkage_with_level(uint64_t pattern, uint32_t comparison, uint64_t level)
{
	return (pattern & ~(UINT64_C(7) << (3 * comparison))) | level << (3 * comparison);
}

/* ----- linkage_em.c ----- */

extern void linkage_learn(LinkageRatesSet *set, LinkageComparer *comparer, LinkageBlocks *blocks, uint64_t seed);

#endif							/* INTENT_LINKAGE_EM_H */
