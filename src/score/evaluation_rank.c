/*
 * evaluation_rank.c
 *		How well scores rank: AUC and its interval, precision-recall, KS, gains.
 *
 * Sums are of whole units, the greatest that all weights are multiples of, so
 * that pairs are counted exactly: rows without weights are units themselves.
 */
#include "score/evaluation.h"

#include <math.h>

const char *const evaluation_status_names[EVALUATION_STATUSES] = {
	"ok", "no_rows", "one_class", "insufficient_data", "separated"
};

/* Two sums of units must multiply, and be doubled, in 128 bits. */
#define UNITS_BITS 62

typedef struct Units
{
	Fixed		unit;
	int			shift;			/* of sums beyond UNITS_BITS the last bits are given up */
	uint64_t	total[2];
} Units;

static Fixed
common_divisor(Fixed a, Fixed b)
{
	while (b != 0)
	{
		Fixed		rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static inline uint64_t
in_units(const Units *units, const EvaluationState *state, const EvaluationGroup *group, int label)
{
	if (!state->weighted)
		return group->count[label] >> units->shift;
	return (uint64_t) (group->weight[label] / units->unit >> units->shift);
}

/* False if a class has no rows, or nothing is left of its weight. */
static bool
units_of(const EvaluationState *state, Units *units)
{
	EvaluationCursor cursor = evaluation_read(state, true);
	EvaluationGroup group;
	FixedMagnitude most;
	FixedMagnitude total[2] = {0};

	units->unit = 0;
	units->shift = 0;
	while (evaluation_next(&cursor, &group))
	{
		for (int label = 0; label < 2; label++)
		{
			if (state->weighted && units->unit != 1)
				units->unit = common_divisor(group.weight[label], units->unit);
			total[label] += state->weighted ? (FixedMagnitude) group.weight[label] : group.count[label];
		}
	}
	if (total[0] == 0 || total[1] == 0)
		return false;
	if (!state->weighted)
		units->unit = 1;
	most = (total[0] > total[1] ? total[0] : total[1]) / (FixedMagnitude) units->unit;
	while (most >> units->shift >> UNITS_BITS != 0)
		units->shift++;
	units->total[0] = units->total[1] = 0;
	cursor = evaluation_read(state, true);
	while (evaluation_next(&cursor, &group))
	{
		for (int label = 0; label < 2; label++)
			units->total[label] += in_units(units, state, &group, label);
	}
	return units->total[0] > 0 && units->total[1] > 0;
}

/* The share of pairs, one of each class, in which the positive has the greater score; ties count half. */
static double
auc_in_units(const EvaluationState *state, const Units *units)
{
	EvaluationCursor cursor = evaluation_read(state, true);
	EvaluationGroup group;
	FixedMagnitude pairs = 0;	/* twice their number */
	uint64_t	below = 0;

	while (evaluation_next(&cursor, &group))
	{
		uint64_t	negatives = in_units(units, state, &group, 0);

		pairs += (FixedMagnitude) in_units(units, state, &group, 1) * (2 * below + negatives);
		below += negatives;
	}
	return (double) pairs / ((double) units->total[0] * (double) units->total[1] * 2);
}

bool
evaluation_auc(const EvaluationState *state, double *auc)
{
	Units		units;

	if (!units_of(state, &units))
		return false;
	*auc = auc_in_units(state, &units);
	return true;
}

/* ----- the interval, after DeLong ----- */

/*
 * A row's placement is the share of rows of the other class that stand on its
 * right side, ties half.  The variance of the area is that of the mean
 * placement of the positives plus that of the negatives.
 */
static double
variance(const EvaluationState *state, const Units *units, const EvaluationTotals *totals, double auc)
{
	EvaluationCursor cursor = evaluation_read(state, true);
	EvaluationGroup group;
	double		squares[2] = {0, 0};
	uint64_t	below[2] = {0, 0};

	while (evaluation_next(&cursor, &group))
	{
		uint64_t	here[2] = {in_units(units, state, &group, 0), in_units(units, state, &group, 1)};
		double		above = (double) (units->total[1] - below[1]) - (double) here[1] / 2;
		double		of_positive = ((double) below[0] + (double) here[0] / 2) / (double) units->total[0] - auc;
		double		of_negative = above / (double) units->total[1] - auc;

		squares[1] += (double) here[1] * of_positive * of_positive;
		squares[0] += (double) here[0] * of_negative * of_negative;
		below[0] += here[0];
		below[1] += here[1];
	}
	return squares[1] / (double) units->total[1] / (totals->effective[1] - 1) +
		squares[0] / (double) units->total[0] / (totals->effective[0] - 1);
}

EvaluationInterval
evaluation_interval(const EvaluationState *state, const EvaluationTotals *totals)
{
	const double z = 1.959963984540054;
	EvaluationInterval interval = {EVALUATION_OK};
	Units		units;
	double		of_area;

	if (totals->count[0] == 0 && totals->count[1] == 0)
		interval.status = EVALUATION_NO_ROWS;
	else if (!units_of(state, &units))
		interval.status = EVALUATION_ONE_CLASS;
	if (interval.status != EVALUATION_OK)
		return interval;
	interval.auc = auc_in_units(state, &units);
	if (!(totals->effective[0] > 1 && totals->effective[1] > 1) ||
		totals->count[0] < 2 || totals->count[1] < 2)
		interval.status = EVALUATION_FEW;
	else if (interval.auc == 0 || interval.auc == 1)
		interval.status = EVALUATION_SEPARATED;
	if (interval.status != EVALUATION_OK)
		return interval;
	of_area = variance(state, &units, totals, interval.auc);
	interval.error = sqrt(of_area);
	interval.low = interval.auc - z * interval.error;
	interval.high = interval.auc + z * interval.error;
	if (interval.low < 0)
		interval.low = 0;
	if (interval.high > 1)
		interval.high = 1;
	return interval;
}

/* ----- other measures ----- */

/* Average precision: each threshold's precision, weighted by the recall it adds; nothing is interpolated. */
bool
evaluation_auc_pr(const EvaluationState *state, double *area)
{
	Units		units;
	EvaluationCursor cursor;
	EvaluationGroup group;
	uint64_t	seen[2] = {0, 0};
	double		sum = 0;

	if (!units_of(state, &units))
		return false;
	cursor = evaluation_read(state, false);
	while (evaluation_next(&cursor, &group))
	{
		uint64_t	positives = in_units(&units, state, &group, 1);

		seen[0] += in_units(&units, state, &group, 0);
		seen[1] += positives;
		if (positives > 0)
			sum += (double) positives * ((double) seen[1] / ((double) seen[0] + (double) seen[1]));
	}
	*area = sum / (double) units.total[1];
	return true;
}

/* The greatest distance of the classes' distribution functions. */
bool
evaluation_ks(const EvaluationState *state, double *distance)
{
	Units		units;
	EvaluationCursor cursor;
	EvaluationGroup group;
	uint64_t	below[2] = {0, 0};
	FixedMagnitude most = 0;

	if (!units_of(state, &units))
		return false;
	cursor = evaluation_read(state, true);
	while (evaluation_next(&cursor, &group))
	{
		FixedMagnitude negatives;
		FixedMagnitude positives;
		FixedMagnitude apart;

		below[0] += in_units(&units, state, &group, 0);
		below[1] += in_units(&units, state, &group, 1);
		negatives = (FixedMagnitude) below[0] * units.total[1];
		positives = (FixedMagnitude) below[1] * units.total[0];
		apart = negatives > positives ? negatives - positives : positives - negatives;
		if (apart > most)
			most = apart;
	}
	*distance = (double) most / ((double) units.total[0] * (double) units.total[1]);
	return true;
}

void
evaluation_gains(const EvaluationState *state, const EvaluationTotals *totals,
				 EvaluationGain *gains, size_t count)
{
	EvaluationCursor cursor = evaluation_read(state, false);
	EvaluationGroup group;
	double		all = totals->size[0] + totals->size[1];
	Fixed		rows = 0;
	Fixed		found = 0;
	double		last = 0;
	size_t		next = 0;

	while (next < count && evaluation_next(&cursor, &group))
	{
		double		before = fixed_to_double(rows);
		double		found_before = fixed_to_double(found);
		double		after;

		rows = fixed_add(rows, fixed_add(group.weight[0], group.weight[1]));
		found = fixed_add(found, group.weight[1]);
		after = fixed_to_double(rows);
		last = group.score;
		for (; next < count && gains[next].part * all <= after; next++)
		{
			double		inside = (gains[next].part * all - before) / (after - before);

			gains[next].rows = gains[next].part * all;
			gains[next].found = found_before + inside * (fixed_to_double(found) - found_before);
			gains[next].threshold = last;
		}
	}
	/* what rounding has put beyond the last row */
	for (; next < count; next++)
	{
		gains[next].rows = all;
		gains[next].found = totals->size[1];
		gains[next].threshold = last;
	}
}
