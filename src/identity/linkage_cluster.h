/*
 * linkage_cluster.h
 *		Who is one: records united pair by pair, and only if most of both agree.
 */
#ifndef INTENT_LINKAGE_CLUSTER_H
#define INTENT_LINKAGE_CLUSTER_H

#include "identity/linkage.h"

typedef struct LinkagePair
{
	uint32_t	a;				/* the lower row */
	uint32_t	b;
	int64_t		weight;
} LinkagePair;

/* Heaviest first; of equal ones the first rows. */
extern void linkage_sort_pairs(LinkagePair *pairs, size_t count);

typedef struct LinkageGuard
{
	int64_t		(*weigh) (void *context, uint32_t a, uint32_t b);
	void	   *context;
	uint32_t	largest;		/* rows that a cluster may have */
	const uint32_t *source;		/* of each row: not two of one in a cluster; may be NULL */
} LinkageGuard;

/* What came of the pairs. */
typedef struct LinkageClusters
{
	uint32_t   *cluster;		/* of each row: its first row */
	bool	   *joined;			/* of each pair: two clusters became one by it */
	uint64_t	refused;		/* pairs that would have joined what does not fit */
	uint64_t	limited;		/* of them, for the size or the source */
} LinkageClusters;

/* Pairs must be sorted. */
extern void linkage_cluster(LinkageClusters *clusters, uint32_t rows, const LinkagePair *pairs, size_t count,
							const LinkageGuard *guard);

#endif							/* INTENT_LINKAGE_CLUSTER_H */
