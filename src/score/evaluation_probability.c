/*
 * evaluation_probability.c
 *		Do probabilities mean what they say: log loss, Brier score, calibration.
 */
#include "score/evaluation.h"

#include <math.h>

static void
check_probability(double score)
{
	char		text[HOST_DOUBLE_TEXT_MAX];

	if (score >= 0 && score <= 1)
		return;
	host_fail(HOST_OUT_OF_RANGE,
			  host_format("score %.*s is not a probability", (int) host_double_to_text(score, text), text),
			  NULL,
			  "Give scores from 0 to 1, for example 1 / (1 + exp(-evidence)); auc and ks take any score.");
}

/*
 * -ln(p) for p in (0, 1], as evidence is computed: the mantissa's logarithm
 * from tables and as many times ln 2 as there are halvings.  Within 10^-12 for
 * probabilities that are not tiny, and the same everywhere.
 */
static Fixed
minus_log(double p)
{
	uint64_t	bits;
	int			halvings = 1023;
	uint64_t	mantissa;
	double		fraction;
	Fixed		above_one;

	memcpy(&bits, &p, sizeof(bits));
	mantissa = bits & ((UINT64_C(1) << 52) - 1);
	if (bits >> 52 == 0)
	{
		int			shift = __builtin_clzll(mantissa) - 11;

		mantissa = mantissa << shift & ((UINT64_C(1) << 52) - 1);
		halvings += shift - 1;
	}
	else
		halvings -= (int) (bits >> 52);
	fraction = (double) mantissa / (double) (UINT64_C(1) << 52);
	(void) fixed_from_double(fraction, &above_one);
	return halvings * fixed_log1p(FIXED_ONE) - fixed_log1p(above_one);
}

bool
evaluation_log_loss(const EvaluationState *state, double *loss)
{
	EvaluationCursor cursor = evaluation_read(state, true);
	EvaluationGroup group;
	Fixed		sum = 0;
	Fixed		weight = 0;
	bool		impossible = false;

	while (evaluation_next(&cursor, &group))
	{
		double		chance[2] = {1 - group.score, group.score};

		check_probability(group.score);
		for (int label = 0; label < 2; label++)
		{
			if (group.weight[label] == 0)
				continue;
			weight = fixed_add(weight, group.weight[label]);
			if (chance[label] <= 0)
				impossible = true;
			else
				sum = fixed_add(sum, fixed_multiply(group.weight[label], minus_log(chance[label])));
		}
	}
	if (weight == 0)
		return false;
	*loss = impossible ? HUGE_VAL : fixed_to_double(sum) / fixed_to_double(weight);
	return true;
}

bool
evaluation_brier(const EvaluationState *state, double *score)
{
	EvaluationCursor cursor = evaluation_read(state, true);
	EvaluationGroup group;
	Fixed		sum = 0;
	Fixed		weight = 0;

	while (evaluation_next(&cursor, &group))
	{
		double		miss[2] = {group.score, 1 - group.score};

		check_probability(group.score);
		for (int label = 0; label < 2; label++)
		{
			Fixed		square;

			(void) fixed_from_double(miss[label] * miss[label], &square);
			weight = fixed_add(weight, group.weight[label]);
			sum = fixed_add(sum, fixed_multiply(group.weight[label], square));
		}
	}
	if (weight == 0)
		return false;
	*score = fixed_to_double(sum) / fixed_to_double(weight);
	return true;
}

/* ----- calibration ----- */

typedef struct BinSum
{
	double		variance;		/* of the weight of positives, were the scores right */
	uint64_t	count[2];
	Fixed		weight[2];
	Fixed		scores;			/* weighted sum of them */
	double		least;
	double		greatest;
} BinSum;

/* Wilson's 95 % interval of a rate seen in so many rows of equal weight. */
static void
interval_of(double rate, double rows, double *low, double *high)
{
	const double z = 1.959963984540054;
	double		scale = 1 + z * z / rows;
	double		centre = (rate + z * z / (2 * rows)) / scale;
	double		half = z * sqrt(rate * (1 - rate) / rows + z * z / (4 * rows * rows)) / scale;

	*low = rate <= 0 || centre < half ? 0 : centre - half;
	*high = rate >= 1 || centre + half > 1 ? 1 : centre + half;
}

static BinSum *
sum_bins(const EvaluationState *state, const EvaluationTotals *totals, uint32_t bins, bool equal_weight)
{
	EvaluationCursor cursor = evaluation_read(state, true);
	EvaluationGroup group;
	BinSum	   *sums = host_alloc_zero(checked_mul_size(bins, sizeof(BinSum)));
	double		all = totals->size[0] + totals->size[1];
	Fixed		before = 0;

	while (evaluation_next(&cursor, &group))
	{
		Fixed		weight = fixed_add(group.weight[0], group.weight[1]);
		double		position;
		uint32_t	bin;
		BinSum	   *sum;
		Fixed		score;

		check_probability(group.score);
		position = !equal_weight ? group.score :
			(fixed_to_double(before) + fixed_to_double(weight) / 2) / all;
		bin = (uint32_t) (position * bins);
		sum = &sums[bin < bins ? bin : bins - 1];
		if (sum->count[0] == 0 && sum->count[1] == 0)
			sum->least = group.score;
		sum->greatest = group.score;
		for (int label = 0; label < 2; label++)
		{
			sum->count[label] += group.count[label];
			sum->weight[label] = fixed_add(sum->weight[label], group.weight[label]);
		}
		(void) fixed_from_double(group.score, &score);
		sum->variance += group.score * (1 - group.score) * fixed_to_double(weight) * fixed_to_double(weight) /
			(double) (group.count[0] + group.count[1]);
		sum->scores = fixed_add(sum->scores, fixed_multiply(score, weight));
		before = fixed_add(before, weight);
	}
	return sums;
}

size_t
evaluation_bins(const EvaluationState *state, const EvaluationTotals *totals,
				uint32_t bins, bool equal_weight, EvaluationBin **result)
{
	BinSum	   *sums = sum_bins(state, totals, bins, equal_weight);
	size_t		filled = 0;

	*result = host_alloc_array(bins, sizeof(EvaluationBin));
	for (uint32_t i = 0; i < bins; i++)
	{
		const BinSum *sum = &sums[i];
		EvaluationBin *bin = &(*result)[filled];
		double		weight = fixed_to_double(fixed_add(sum->weight[0], sum->weight[1]));
		double		rows = (double) sum->count[0] + (double) sum->count[1];

		if (rows == 0)
			continue;
		filled++;
		bin->low = equal_weight ? sum->least : (double) i / bins;
		bin->high = equal_weight ? sum->greatest : (double) (i + 1) / bins;
		memcpy(bin->count, sum->count, sizeof(bin->count));
		memcpy(bin->weight, sum->weight, sizeof(bin->weight));
		bin->mean = fixed_to_double(sum->scores) / weight;
		bin->observed = fixed_to_double(sum->weight[1]) / weight;
		/* rows of unequal weight say less than their number */
		if (state->weighted)
			rows *= (totals->effective[0] + totals->effective[1]) /
				((double) totals->count[0] + (double) totals->count[1]);
		interval_of(bin->observed, rows, &bin->observed_low, &bin->observed_high);
	}
	host_free(sums);
	return filled;
}

bool
evaluation_calibration_error(const EvaluationState *state, uint32_t bins, bool equal_weight, double *error)
{
	EvaluationTotals totals = evaluation_totals(state);
	BinSum	   *sums = sum_bins(state, &totals, bins, equal_weight);
	Fixed		all = fixed_add(totals.weight[0], totals.weight[1]);
	Fixed		apart = 0;

	/* a bin's weight times |mean score - observed| is |sum of scores - weight of positives| */
	for (uint32_t i = 0; i < bins; i++)
		apart = fixed_add(apart, (Fixed) fixed_magnitude(fixed_subtract(sums[i].scores, sums[i].weight[1])));
	host_free(sums);
	if (all == 0)
		return false;
	*error = fixed_to_double(apart) / fixed_to_double(all);
	return true;
}

/* In each bin, the mean distance of a normal variable from its mean. */
bool
evaluation_calibration_noise(const EvaluationState *state, uint32_t bins, bool equal_weight, double *noise)
{
	EvaluationTotals totals = evaluation_totals(state);
	BinSum	   *sums = sum_bins(state, &totals, bins, equal_weight);
	double		all = totals.size[0] + totals.size[1];
	double		apart = 0;

	for (uint32_t i = 0; i < bins; i++)
		apart += sqrt(sums[i].variance * 2 / M_PI);
	host_free(sums);
	*noise = apart / all;
	return all > 0;
}
