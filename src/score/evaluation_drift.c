/*
 * evaluation_drift.c
 *		Has a population changed: that of a score, or of a signal?
 */
#include "score/evaluation.h"

#include <math.h>

/* The share of a bin; an empty one counts as half a row, for a logarithm needs something. */
static double
share(double weight, double all, double rows)
{
	return weight == 0 ? 0.5 / rows : weight / all;
}

/* What a bin adds to the population stability index. */
double
evaluation_drift_of_bin(const double weight[2], const double all[2], const double rows[2])
{
	double		expected;
	double		actual;

	if (weight[0] == 0 && weight[1] == 0)
		return 0;
	expected = share(weight[0], all[0], rows[0]);
	actual = share(weight[1], all[1], rows[1]);
	return (actual - expected) * log(actual / expected);
}

EvaluationStatus
evaluation_drift_status(const double rows[2], uint32_t bins)
{
	if (rows[0] == 0 && rows[1] == 0)
		return EVALUATION_NO_ROWS;
	if (rows[0] == 0 || rows[1] == 0)
		return EVALUATION_ONE_CLASS;
	/* shares of bins that hold fewer rows than bins are noise */
	return rows[0] < bins || rows[1] < bins ? EVALUATION_FEW : EVALUATION_OK;
}

EvaluationDrift
evaluation_drift(const EvaluationState *state, uint32_t bins, const double nulls[2])
{
	EvaluationDrift drift = {EVALUATION_OK, 0, NAN};
	EvaluationTotals totals = evaluation_totals(state);
	Fixed	   *sums = host_alloc_zero(checked_mul_size(bins, 2 * sizeof(Fixed)));
	EvaluationCursor cursor = evaluation_read(state, true);
	EvaluationGroup group;
	Fixed		before = 0;
	double		all[2];
	double		rows[2];

	for (int label = 0; label < 2; label++)
	{
		all[label] = totals.size[label] + nulls[label];
		rows[label] = totals.effective[label] + nulls[label];
	}
	(void) evaluation_ks(state, &drift.ks);
	drift.status = evaluation_drift_status(rows, bins);
	if (drift.status == EVALUATION_NO_ROWS || drift.status == EVALUATION_ONE_CLASS)
		return drift;
	while (evaluation_next(&cursor, &group))
	{
		/* numbers that were never there before are one bin */
		double		position = totals.size[0] == 0 ? 0 :
			(fixed_to_double(before) + fixed_to_double(group.weight[0]) / 2) / totals.size[0];
		uint32_t	bin = (uint32_t) (position * bins);

		bin = bin < bins ? bin : bins - 1;
		for (int label = 0; label < 2; label++)
			sums[2 * bin + label] = fixed_add(sums[2 * bin + label], group.weight[label]);
		before = fixed_add(before, group.weight[0]);
	}
	for (uint32_t bin = 0; bin < bins; bin++)
	{
		double		weight[2] = {fixed_to_double(sums[2 * bin]), fixed_to_double(sums[2 * bin + 1])};

		drift.psi += evaluation_drift_of_bin(weight, all, rows);
	}
	drift.psi += evaluation_drift_of_bin(nulls, all, rows);
	host_free(sums);
	return drift;
}

/* The thresholds in use since scorecards are monitored. */
const char *
evaluation_drift_verdict(double psi)
{
	return psi < 0.1 ? "stable" : psi < 0.25 ? "shifting" : "shifted";
}
