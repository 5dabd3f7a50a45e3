/*
 * linkage_score.h
 *		The weight of a pair: what its levels say, exact.
 *
 * Weights are natural logarithms in units of 10^-12, as evidence is, and their
 * logistic function is a probability.  Equal values say the more the fewer
 * records have them: two Zoltans are rather one than two Johns.
 */
#ifndef INTENT_LINKAGE_SCORE_H
#define INTENT_LINKAGE_SCORE_H

#include "identity/linkage_cluster.h"
#include "identity/linkage_model.h"

/* ln(a / b) of two positive numbers. */
extern int64_t linkage_log_ratio(double a, double b);

extern double linkage_probability(int64_t weight);

/* The least weight whose probability is no less than this; it may be 0 or 1. */
extern int64_t linkage_least_weight(double probability);

/* A model made ready for the records of a table. */
typedef struct LinkageWeights
{
	const LinkageTable *table;
	int64_t		base;			/* of the prior */
	int64_t		level[LINKAGE_COMPARISONS_MAX][LINKAGE_LEVELS_MAX];
	int64_t    *equal[LINKAGE_COMPARISONS_MAX];	/* of each value, if both have it */
} LinkageWeights;

/* u of a value: the share of the other records that have it, too. */
extern double linkage_share(const LinkageComparison *comparison, const LinkageValue *value);

extern void linkage_weights_make(LinkageWeights *weights, const LinkageModel *model, const LinkageTable *table);

/* What one comparison of a pair says. */
static inline int64_t
linkage_contribution(const LinkageWeights *weights, uint32_t comparison, uint32_t level, uint32_t row)
{
	int64_t		weight = weights->level[comparison][level];

	/* equal values have weights of their own */
	return weight == INT64_MAX ?
		weights->equal[comparison][weights->table->columns[comparison].value[row]] : weight;
}

/* The weight of a pair that shows a pattern; row is one of the two. */
static inline int64_t
linkage_weight(const LinkageWeights *weights, uint32_t row, uint64_t pattern)
{
	int64_t		weight = weights->base;

	for (uint32_t c = 0; c < weights->table->column_count; c++)
		weight += linkage_contribution(weights, c, linkage_level(pattern, c), row);
	return weight;
}

/* ----- linkage_link.c: a model applied to records ----- */

/* Reads the records' columns as the model says; they must be its comparisons, in order. */
extern void linkage_read_as(LinkageTable *table, const LinkageModel *model);

typedef struct LinkageResult
{
	LinkagePair *pairs;
	size_t		count;
	uint64_t	compared;
	uint32_t	bounded;		/* blocks that were too large */
	uint64_t	bounded_rows;
} LinkageResult;

/* All pairs that have at least a weight, row by row. */
extern void linkage_find_pairs(LinkageResult *result, LinkageComparer *comparer, const LinkageWeights *weights,
							   const LinkageModel *model, int64_t least);

/* Clusters of the pairs, which are sorted for it. */
extern void linkage_find_clusters(LinkageClusters *clusters, LinkageResult *result, LinkageComparer *comparer,
								  const LinkageWeights *weights, const LinkageModel *model);

#endif							/* INTENT_LINKAGE_SCORE_H */
