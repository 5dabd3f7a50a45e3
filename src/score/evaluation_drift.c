/*
 * evaluation_drift.c
 *		Has a score's population changed?
 */
#include "score/evaluation.h"

#include <math.h>

/* The share of a bin; an empty one counts as half a row, for a logarithm needs something. */
static double
share(Fixed weight, double all, double rows)
{
	return weight == 0 ? 0.5 / rows : fixed_to_double(weight) / all;
}

EvaluationDrift
evaluation_drift(const EvaluationState *state, uint32_t bins)
{
	EvaluationDrift drift = {EVALUATION_OK};
	EvaluationTotals totals = evaluation_totals(state);
	Fixed	   *sums = host_alloc_zero(checked_mul_size(bins, 2 * sizeof(Fixed)));
	EvaluationCursor cursor = evaluation_read(state, true);
	EvaluationGroup group;
	Fixed		before = 0;

	if (totals.count[0] == 0 && totals.count[1] == 0)
		drift.status = EVALUATION_NO_ROWS;
	else if (!evaluation_ks(state, &drift.ks))
		drift.status = EVALUATION_ONE_CLASS;
	/* shares of bins that hold fewer rows than bins are noise */
	else if (totals.effective[0] < bins || totals.effective[1] < bins)
		drift.status = EVALUATION_FEW;
	if (drift.status == EVALUATION_NO_ROWS || drift.status == EVALUATION_ONE_CLASS)
		return drift;
	while (evaluation_next(&cursor, &group))
	{
		double		position = (fixed_to_double(before) + fixed_to_double(group.weight[0]) / 2) / totals.size[0];
		uint32_t	bin = (uint32_t) (position * bins);

		bin = bin < bins ? bin : bins - 1;
		for (int label = 0; label < 2; label++)
			sums[2 * bin + label] = fixed_add(sums[2 * bin + label], group.weight[label]);
		before = fixed_add(before, group.weight[0]);
	}
	for (uint32_t bin = 0; bin < bins; bin++)
	{
		double		expected;
		double		actual;

		if (sums[2 * bin] == 0 && sums[2 * bin + 1] == 0)
			continue;
		expected = share(sums[2 * bin], totals.size[0], totals.effective[0]);
		actual = share(sums[2 * bin + 1], totals.size[1], totals.effective[1]);
		drift.psi += (actual - expected) * log(actual / expected);
	}
	host_free(sums);
	return drift;
}
