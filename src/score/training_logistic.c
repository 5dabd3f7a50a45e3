/*
 * training_logistic.c
 *		Weights of a logistic model, by Newton's method.
 *
 * Rows are read in blocks; what every row has is multiplied block by block,
 * bins are added one by one.  Steps are halved while they make the loss
 * greater.  The ridge (l2) and the absolute penalty (l1) are on standardised
 * weights, but not on the base.  Without l1 and directions a step is solved
 * by Cholesky, and weights that the others determine already (collinear and
 * constant columns) stay 0; with them, by coordinate descent on the same
 * quadratic form (Friedman, Hastie and Tibshirani, 2010).
 */
#include "score/training_logistic.h"

#include <math.h>

/* A step of the greatest weight that is as small as this is the last: the next one would be its square. */
#define LAST_STEP 1e-6

/* Beyond so many rows it begins with the first ones of them. */
#define ROWS_FOR_HEAD 50000
#define HEAD_PART 16

#define BLOCKS_PER_CHECK 128
#define HALVINGS 20
#define SWEEPS 10000

/*
 * Without penalties, a standardised weight as great as this, or a loss as
 * small, is on its way to infinity: the columns separate the labels.
 */
#define SEPARATED_WEIGHT 30
#define SEPARATED_LOSS 1e-9

/* Shares of a pivot that the columns before may leave over and still determine it. */
#define NO_PIVOT 1e-11
#define DETERMINED 1e-9

/* Errors and collinear columns are not looked for in wider models: their cost grows with the cube. */
#define WIDTH_FOR_INSIGHT 1000

/* ----- sums over rows ----- */

typedef struct Sums
{
	const LogisticDesign *design;
	double	   *gradient;
	double	   *hessian;		/* its lower half, row by row */
	double		loss;
	LogisticBlock block;
	double	   *row;			/* what one row has of the dense weights */
} Sums;

static Sums
begin_sums(const LogisticDesign *design)
{
	Sums		sums = {design};

	sums.gradient = host_alloc_array(design->width, sizeof(double));
	sums.hessian = host_alloc_array(checked_mul_size(design->width, design->width), sizeof(double));
	sums.block = logistic_block(design);
	sums.row = host_alloc_array(design->dense, sizeof(double));
	return sums;
}

static void
end_sums(Sums *sums)
{
	host_free(sums->gradient);
	host_free(sums->hessian);
	host_free(sums->block.dense);
	host_free(sums->block.terms);
	host_free(sums->block.term_counts);
	host_free(sums->row);
}

/* Products spare logarithms where weights are 1. */
double
training_loss(const double *evidence, const double *power, const uint8_t *labels,
			  const double *weights, uint32_t rows)
{
	double		product = 1;
	double		loss = 0;

	for (uint32_t i = 0; i < rows; i++)
	{
		double		wrong = labels[i] ? -evidence[i] : evidence[i];
		double		factor = labels[i] ? 1 + power[i] : 1 + 1 / power[i];

		if (weights[i] == 0)
			continue;
		if (wrong > 30)
			loss += weights[i] * wrong;
		else if (weights[i] != 1)
			loss += weights[i] * log(factor);
		else
		{
			product *= factor;
			if (product > 1e280)
			{
				loss += log(product);
				product = 1;
			}
		}
	}
	return loss + log(product);
}

/* Dense weights by dense weights: four lines at once, so that sums need not wait for each other. */
static void
add_dense(Sums *sums, const double curvature[MATH_BLOCK])
{
	const LogisticDesign *design = sums->design;
	const double *dense = sums->block.dense;
	double		weighted[MATH_BLOCK];

	for (uint32_t i = 0; i < design->dense; i++)
	{
		double	   *line = sums->hessian + (size_t) i * design->width;
		uint32_t	j = 0;

		for (int k = 0; k < MATH_BLOCK; k++)
			weighted[k] = curvature[k] * dense[(size_t) i * MATH_BLOCK + k];
		for (; j + 4 <= i + 1; j += 4)
			math_dot_four(weighted, dense + (size_t) j * MATH_BLOCK, line + j);
		for (; j <= i; j++)
			line[j] += math_dot(weighted, dense + (size_t) j * MATH_BLOCK, MATH_BLOCK);
	}
}

/* Bins by dense weights, and by bins. */
static void
add_terms(Sums *sums, const double residual[MATH_BLOCK], const double curvature[MATH_BLOCK])
{
	const LogisticDesign *design = sums->design;
	const LogisticBlock *block = &sums->block;

	for (uint32_t i = 0; i < block->rows; i++)
	{
		const uint32_t *terms = block->terms + (size_t) i * design->most_terms;

		if (curvature[i] == 0 && residual[i] == 0)
			continue;
		for (uint32_t d = 0; d < design->dense; d++)
			sums->row[d] = block->dense[(size_t) d * MATH_BLOCK + i];
		for (uint32_t t = 0; t < block->term_counts[i]; t++)
		{
			double	   *line = sums->hessian + (size_t) terms[t] * design->width;

			sums->gradient[terms[t]] += residual[i];
			math_add_scaled(line, sums->row, curvature[i], design->dense);
			for (uint32_t u = 0; u <= t; u++)
				line[terms[u]] += curvature[i];
		}
	}
}

static void
add_block(Sums *sums, const uint8_t *fold, uint32_t left_out, const double *weights)
{
	const LogisticDesign *design = sums->design;
	const TrainingTable *table = design->table;
	uint32_t	first = sums->block.first;
	double		evidence[MATH_BLOCK];
	double		power[MATH_BLOCK];
	double		weight[MATH_BLOCK] = {0};
	double		residual[MATH_BLOCK];
	double		curvature[MATH_BLOCK];

	logistic_block_evidence(design, &sums->block, weights, evidence);
	math_exp_minus(evidence, power);
	for (uint32_t i = 0; i < sums->block.rows; i++)
	{
		weight[i] = fold[first + i] == left_out ? 0 : design->row_weights[first + i];
		residual[i] = table->labels[first + i];
	}
	for (uint32_t i = sums->block.rows; i < MATH_BLOCK; i++)
		residual[i] = 0;
	for (int i = 0; i < MATH_BLOCK; i++)
	{
		double		p = 1 / (1 + power[i]);

		residual[i] = weight[i] * (p - residual[i]);
		curvature[i] = weight[i] * (p * (1 - p));
	}
	sums->loss += training_loss(evidence, power, table->labels + first, weight, sums->block.rows);
	for (uint32_t d = 0; d < design->dense; d++)
		sums->gradient[d] += math_dot(residual, sums->block.dense + (size_t) d * MATH_BLOCK, MATH_BLOCK);
	add_dense(sums, curvature);
	if (design->binned_count > 0)
		add_terms(sums, residual, curvature);
}

/* Gradient, Hessian and loss of the first rows, penalties included, but for l1 in the gradient. */
static void
sum_rows(Sums *sums, uint32_t rows, const uint8_t *fold, uint32_t left_out, const double *weights)
{
	const LogisticDesign *design = sums->design;
	const TrainingOptions *options = design->options;
	size_t		width = design->width;

	memset(sums->hessian, 0, width * width * sizeof(double));
	sums->loss = 0;
	for (uint32_t i = 0; i < width; i++)
	{
		double		l2 = i == 0 ? 0 : options->l2;

		sums->gradient[i] = l2 * weights[i];
		sums->hessian[i * width + i] = l2;
		if (i > 0)
			sums->loss += options->l1 * fabs(weights[i]) + l2 * weights[i] * weights[i] / 2;
	}
	for (uint32_t first = 0; first < rows; first += MATH_BLOCK)
	{
		if (first / MATH_BLOCK % BLOCKS_PER_CHECK == 0)
			host_check_interrupts();
		logistic_read(design, first, &sums->block);
		add_block(sums, fold, left_out, weights);
	}
}

/* ----- one step ----- */

/* Cholesky, in place; a pivot of which less than `least` is left over is 0. */
static void
factorise(double *hessian, size_t width, double least)
{
	for (size_t j = 0; j < width; j++)
	{
		double	   *line = hessian + j * width;
		double		pivot = line[j];
		double		bound = pivot * least;

		host_check_interrupts();
		pivot -= math_dot(line, line, j);
		line[j] = pivot > bound ? sqrt(pivot) : 0;
		for (size_t i = j + 1; i < width; i++)
		{
			double	   *below = hessian + i * width;
			double		sum = below[j] - math_dot(below, line, j);

			below[j] = line[j] > 0 ? sum / line[j] : 0;
		}
	}
}

/* Of a factorised Hessian; what has no pivot of its own gets no step. */
static void
solve(const double *factor, const double *gradient, size_t width, double *step)
{
	for (size_t i = 0; i < width; i++)
	{
		double		sum = gradient[i] - math_dot(factor + i * width, step, i);

		step[i] = factor[i * width + i] > 0 ? sum / factor[i * width + i] : 0;
	}
	for (size_t i = width; i-- > 0;)
	{
		double		sum = step[i];

		for (size_t k = i + 1; k < width; k++)
			sum -= factor[k * width + i] * step[k];
		step[i] = factor[i * width + i] > 0 ? sum / factor[i * width + i] : 0;
	}
}

/* Where a weight goes that the quadratic form would have at `target`. */
static double
allowed(const LogisticDesign *design, size_t i, double target, double curvature)
{
	double		l1 = i == 0 ? 0 : design->options->l1 / curvature;

	target = target > l1 ? target - l1 : target < -l1 ? target + l1 : 0;
	return design->directions[i] * target < 0 ? 0 : target;
}

/* The least of the quadratic form, weight by weight; the upper half of the Hessian is filled. */
static void
descend(const LogisticDesign *design, double *hessian, const double *gradient, const double *weights, double *step)
{
	size_t		width = design->width;
	double	   *slope = host_alloc_array(width, sizeof(double));	/* of the form, where the step leads */

	for (size_t i = 0; i < width; i++)
	{
		for (size_t j = 0; j < i; j++)
			hessian[j * width + i] = hessian[i * width + j];
		slope[i] = gradient[i];
		step[i] = 0;
	}
	for (int sweep = 0; sweep < SWEEPS; sweep++)
	{
		double		largest = 0;

		host_check_interrupts();
		for (size_t i = 0; i < width; i++)
		{
			double		curvature = hessian[i * width + i];
			double		now = weights[i] - step[i];
			double		moved;

			if (!(curvature > 1e-12))
				continue;
			moved = allowed(design, i, now - slope[i] / curvature, curvature) - now;
			if (moved == 0)
				continue;
			step[i] -= moved;
			math_add_scaled(slope, hessian + i * width, moved, width);
			largest = fabs(moved) > largest ? fabs(moved) : largest;
		}
		if (largest < LAST_STEP * 1e-4)
			break;
	}
	host_free(slope);
}

/* ----- steps to the end ----- */

static bool
is_separated(const Sums *sums, uint32_t rows, const double *weights)
{
	const TrainingOptions *options = sums->design->options;

	if (options->l1 > 0 || options->l2 > 0)
		return false;
	for (uint32_t i = 1; i < sums->design->width; i++)
	{
		if (fabs(weights[i]) > SEPARATED_WEIGHT)
			return true;
	}
	return sums->loss < SEPARATED_LOSS * rows;
}

/* Over the first rows, until no weight moves as much as `last`; returns the rounds it took. */
static uint32_t
fit_rows(Sums *sums, uint32_t rows, const uint8_t *fold, uint32_t left_out, double last,
		 TrainingProgress progress, void *context, double *weights)
{
	const LogisticDesign *design = sums->design;
	size_t		width = design->width;
	double	   *step = host_alloc_array(width, sizeof(double));
	double	   *tried = host_alloc_array(width, sizeof(double));
	uint32_t	round;

	sum_rows(sums, rows, fold, left_out, weights);
	for (round = 1; round < LOGISTIC_ROUNDS; round++)
	{
		double		largest = 0;
		double		part = 1;
		double		loss = sums->loss;

		if (design->options->l1 > 0 || design->directed)
			descend(design, sums->hessian, sums->gradient, weights, step);
		else
		{
			factorise(sums->hessian, width, NO_PIVOT);
			solve(sums->hessian, sums->gradient, width, step);
		}
		/* what comes of a step is summed with its loss: mostly it is taken */
		for (int halving = 0;; halving++, part /= 2)
		{
			for (size_t i = 0; i < width; i++)
				tried[i] = weights[i] - part * step[i];
			sum_rows(sums, rows, fold, left_out, tried);
			/* rounding alone makes no loss greater */
			if (sums->loss <= loss + 1e-10 * fabs(loss) || part == 0)
				break;
			/* no part of the step is any good: this is as far as it goes */
			if (halving == HALVINGS)
				part = 0;
		}
		for (size_t i = 0; i < width; i++)
		{
			double		moved = fabs(tried[i] - weights[i]);

			largest = moved > largest ? moved : largest;
			weights[i] = tried[i];
		}
		if (progress)
			progress(context, round, sums->loss / rows);
		if (is_separated(sums, rows, weights))
			round = LOGISTIC_ROUNDS;
		else if (largest < last)
			break;
	}
	host_free(tried);
	host_free(step);
	return round < LOGISTIC_ROUNDS ? round : LOGISTIC_ROUNDS;
}

/* From the Hessian where the fit has ended, which is used up. */
static void
find_insight(const LogisticDesign *design, double *hessian, LogisticInsight *insight)
{
	size_t		width = design->width;
	double	   *unit;
	double	   *column;

	insight->determined = host_alloc_zero(width);
	insight->errors = host_alloc_array(width, sizeof(double));
	for (size_t i = 0; i < width; i++)
		insight->errors[i] = NAN;
	if (width > WIDTH_FOR_INSIGHT)
		return;
	unit = host_alloc_zero(width * sizeof(double));
	column = host_alloc_array(width, sizeof(double));
	for (size_t i = 1; i < width; i++)
		hessian[i * width + i] -= design->options->l2;
	factorise(hessian, width, DETERMINED);
	for (size_t i = 0; i < width; i++)
	{
		insight->determined[i] = !(hessian[i * width + i] > 0);
		if (design->transforms || insight->determined[i])
			continue;
		unit[i] = 1;
		solve(hessian, unit, width, column);
		unit[i] = 0;
		insight->errors[i] = column[i] > 0 ? sqrt(column[i]) : NAN;
	}
	host_free(column);
	host_free(unit);
}

uint32_t
logistic_fit(const LogisticDesign *design, const uint8_t *fold, uint32_t left_out,
			 TrainingProgress progress, void *context, double *weights, LogisticInsight *insight)
{
	Sums		sums = begin_sums(design);
	uint32_t	count = design->table->count;
	uint32_t	rounds;

	/* rows are in an order like chance: the first ones lead near to where all of them do */
	if (count > ROWS_FOR_HEAD &&
		fit_rows(&sums, count / HEAD_PART, fold, left_out, 0.01, NULL, NULL, weights) == LOGISTIC_ROUNDS)
		memset(weights, 0, design->width * sizeof(double));
	rounds = fit_rows(&sums, count, fold, left_out, LAST_STEP, progress, context, weights);
	if (insight)
		find_insight(design, sums.hessian, insight);
	end_sums(&sums);
	return rounds;
}
