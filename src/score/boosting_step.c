/*
 * boosting_step.c
 *		One step of a shape: a small tree over sums of gradients and Hessians.
 *
 * Numbers are cut into two stretches (or more leaves) where that gains most;
 * NULL and categories take a step each; a pair of columns is cut both ways.
 */
#include "score/boosting.h"

#include <math.h>

/* In log-odds. */
#define STEP_MAX 10.0

/* Of a leaf: fewer rows' worth of Hessian are noise. */
#define LEAST_HESSIAN 1.0

/* ----- leaves ----- */

/* l1 takes as much from the gradient, and what is less than that is nothing. */
static inline double
shrunk(double gradient, double l1)
{
	return gradient > l1 ? gradient - l1 : gradient < -l1 ? gradient + l1 : 0;
}

static inline double
worth(double gradient, double hessian, const TrainingOptions *options)
{
	double		left = shrunk(gradient, options->l1);

	return left * left / (hessian + options->l2);
}

/* Newton's step; where rows are all but sure, and there is no l2, it would be without bounds. */
static inline double
newton(CellSum sum, const TrainingOptions *options)
{
	double		gradient = shrunk(sum.gradient, options->l1);
	double		curvature = sum.hessian + options->l2;

	if (fabs(gradient) >= STEP_MAX * curvature)
		return gradient > 0 ? -STEP_MAX : gradient < 0 ? STEP_MAX : 0;
	return -gradient / curvature;
}

typedef struct Segment
{
	uint32_t	from;
	uint32_t	to;				/* not in it */
	uint32_t	cut;			/* best place to split it, */
	double		gain;			/* and what that gains; 0 if nothing */
	CellSum		sum;
} Segment;

static void
find_cut(Segment *segment, int direction, const CellSum *sums, const TrainingOptions *options)
{
	CellSum		left = {0, 0};
	double		whole;

	segment->sum = left;
	segment->gain = 0;
	for (uint32_t bin = segment->from; bin < segment->to; bin++)
	{
		segment->sum.gradient += sums[bin].gradient;
		segment->sum.hessian += sums[bin].hessian;
	}
	whole = worth(segment->sum.gradient, segment->sum.hessian, options);
	for (uint32_t bin = segment->from; bin + 1 < segment->to; bin++)
	{
		CellSum		right;
		double		gain;

		left.gradient += sums[bin].gradient;
		left.hessian += sums[bin].hessian;
		right.gradient = segment->sum.gradient - left.gradient;
		right.hessian = segment->sum.hessian - left.hessian;
		if (left.hessian < LEAST_HESSIAN || right.hessian < LEAST_HESSIAN)
			continue;
		gain = worth(left.gradient, left.hessian, options) +
			worth(right.gradient, right.hessian, options) - whole;
		if (gain > segment->gain &&
			(direction == 0 || direction * (newton(right, options) - newton(left, options)) >= 0))
		{
			segment->gain = gain;
			segment->cut = bin + 1;
		}
	}
}

void
boosting_step(const BinnedColumn *column, int direction, const CellSum *sums,
			  const TrainingOptions *options, double *step)
{
	Segment		segments[BOOSTING_LEAVES_MAX];
	uint32_t	count = 1;

	/* what is missing is a value of its own, and so is each category */
	for (uint32_t bin = 0; bin < (column->ordered ? 1 : column->bins); bin++)
		step[bin] = options->learning_rate * newton(sums[bin], options);
	if (!column->ordered)
		return;
	segments[0].from = 1;
	segments[0].to = column->bins;
	find_cut(&segments[0], direction, sums, options);
	/* what two cuts make together need not rise, though each of them does */
	while (count < (direction == 0 ? options->leaves : 2))
	{
		Segment    *best = &segments[0];

		for (uint32_t i = 1; i < count; i++)
		{
			if (segments[i].gain > best->gain)
				best = &segments[i];
		}
		if (best->gain <= 0)
			break;
		segments[count].from = best->cut;
		segments[count].to = best->to;
		best->to = best->cut;
		find_cut(best, direction, sums, options);
		find_cut(&segments[count++], direction, sums, options);
	}
	for (uint32_t i = 0; i < count; i++)
	{
		double		value = options->learning_rate * newton(segments[i].sum, options);

		for (uint32_t bin = segments[i].from; bin < segments[i].to; bin++)
			step[bin] = value;
	}
}

/* ----- pairs ----- */

/* The best cut of a line of cells; without one, all of it has one value. */
static double
cut_line(const CellSum *line, uint32_t count, const TrainingOptions *options, uint32_t *cut, double values[2])
{
	Segment		whole = {.from = 0, .to = count};

	find_cut(&whole, 0, line, options);
	values[0] = values[1] = newton(whole.sum, options);
	*cut = count;
	if (whole.gain > 0)
	{
		CellSum		halves[2] = {{0, 0}, {0, 0}};

		*cut = whole.cut;
		for (uint32_t i = 0; i < count; i++)
		{
			halves[i >= whole.cut].gradient += line[i].gradient;
			halves[i >= whole.cut].hessian += line[i].hessian;
		}
		for (int half = 0; half < 2; half++)
			values[half] = newton(halves[half], options);
	}
	return whole.gain;
}

/*
 * The best cut of one side, and of either half the best cut of the other; the
 * order of the sides is the one that gains more.
 */
double
boosting_pair_step(const CellSum *sums, uint32_t rows, uint32_t columns,
				   const TrainingOptions *options, double *step)
{
	double		best = 0;
	CellSum    *lines = host_alloc_array(2 * (size_t) (rows > columns ? rows : columns), sizeof(CellSum));

	memset(step, 0, (size_t) rows * columns * sizeof(double));
	for (int by = 0; by < 2; by++)
	{
		uint32_t	outer = by == 0 ? rows : columns;
		uint32_t	inner = by == 0 ? columns : rows;
		CellSum    *half[2] = {lines, lines + inner};

		for (uint32_t cut = 1; cut < outer; cut++)
		{
			uint32_t	cuts[2];
			double		values[2][2];
			double		gain;

			memset(lines, 0, 2 * (size_t) inner * sizeof(CellSum));
			for (uint32_t i = 0; i < outer; i++)
			{
				for (uint32_t j = 0; j < inner; j++)
				{
					const CellSum *cell = &sums[by == 0 ? i * columns + j : j * columns + i];

					half[i >= cut][j].gradient += cell->gradient;
					half[i >= cut][j].hessian += cell->hessian;
				}
			}
			gain = cut_line(half[0], inner, options, &cuts[0], values[0]) +
				cut_line(half[1], inner, options, &cuts[1], values[1]);
			if (gain <= best)
				continue;
			best = gain;
			for (uint32_t i = 0; i < outer; i++)
			{
				for (uint32_t j = 0; j < inner; j++)
					step[by == 0 ? i * columns + j : j * columns + i] =
						options->learning_rate * values[i >= cut][j >= cuts[i >= cut]];
			}
		}
	}
	host_free(lines);
	return best;
}
