/*
 * linkage_score.c
 *		What levels and values are worth.
 */
#include <math.h>

#include "identity/linkage_compare.h"
#include "identity/linkage_score.h"

int64_t
linkage_log_ratio(double a, double b)
{
	double		larger = a > b ? a : b;
	double		smaller = a > b ? b : a;
	Fixed		more;
	int64_t		log;

	if (!fixed_from_double((larger - smaller) / smaller, &more))
		fixed_overflow();
	log = (int64_t) fixed_log1p(more);
	return a > b ? log : -log;
}

double
linkage_probability(int64_t weight)
{
	double		log_odds = (double) weight / FIXED_ONE;

	return log_odds >= 0 ? 1 / (1 + exp(-log_odds)) : exp(log_odds) / (1 + exp(log_odds));
}

/* What no sum of weights reaches. */
#define BEYOND (INT64_MAX / 2)

int64_t
linkage_least_weight(double probability)
{
	if (probability < 1e-15)
		return -BEYOND;
	if (probability > 1 - 1e-15)
		return BEYOND;
	return linkage_log_ratio(probability, 1 - probability);
}

double
linkage_share(const LinkageComparison *comparison, const LinkageValue *value)
{
	double		others = linkage_rows(&comparison->values, value->hash) - 1;

	/* that nobody else had it does not say that nobody can */
	if (others < 0.5)
		others = 0.5;
	/* a model of hardly any records */
	return others < comparison->values.total ? others / comparison->values.total : 1;
}

void
linkage_weights_make(LinkageWeights *weights, const LinkageModel *model, const LinkageTable *table)
{
	weights->table = table;
	weights->base = linkage_log_ratio(model->prior, 1 - model->prior);
	for (uint32_t c = 0; c < model->comparison_count; c++)
	{
		const LinkageComparison *comparison = &model->comparisons[c];
		const LinkageColumn *column = &table->columns[c];
		uint32_t	equal = linkage_level_equal(comparison->kind);

		weights->level[c][LINKAGE_MISSING] = 0;
		for (uint32_t level = 1; level < equal; level++)
			weights->level[c][level] = linkage_log_ratio(comparison->rates.m[level], comparison->rates.u[level]);
		weights->level[c][equal] = INT64_MAX;
		weights->equal[c] = host_alloc_array(column->value_count, sizeof(int64_t));
		for (uint32_t value = 1; value < column->value_count; value++)
			weights->equal[c][value] = linkage_log_ratio(comparison->rates.m[equal],
														 linkage_share(comparison, &column->values[value]));
	}
}
