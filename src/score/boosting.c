/*
 * boosting.c
 *		Shapes learned in turn: cyclic gradient boosting of binned features.
 *
 * In each round every feature in turn takes a small step towards what the
 * others have left over: its rows' gradients and Hessians are summed by bin,
 * a tree of few leaves over the bins is grown greedily, and a part of its
 * Newton step goes into the feature's shape.  As many models as there are
 * folds learn side by side, each without the rows of its fold; what they say
 * of those rows tells when to stop.  The shapes are the mean of the models'.
 *
 * Lou, Caruana and Gehrke (2012), "Intelligible models for classification and
 * regression"; pairs by gain after Lou, Caruana, Gehrke and Hooker (2013).
 */
#include "score/boosting.h"

#include <math.h>

#define ROWS_PER_CHECK 65536

/* Of a leaf: fewer rows' worth of Hessian are noise. */
#define LEAST_HESSIAN 1.0

double
training_logistic(double evidence)
{
	return 1 / (1 + exp(-evidence));
}

/*
 * The logistic function for gradients, which are asked for once a row, shape
 * and round: 2^t as an exponent and a polynomial of what is left of t, within
 * 10^-8 of the true value, and the same on every platform.
 */
static inline double
gradient_logistic(double evidence)
{
	const double to_integer = 6755399441055744.0;	/* 1.5 * 2^52 */
	double		t = evidence * -1.4426950408889634;
	double		whole;
	double		rest;
	double		power;
	uint64_t	bits;
	double		scale;

	if (!(t < 1000 && t > -1000))
		return t > 0 ? 0 : 1;
	whole = t + to_integer;
	memcpy(&bits, &whole, sizeof(bits));
	whole -= to_integer;
	rest = t - whole;
	power = 1.525273380405984e-05;
	power = power * rest + 1.540353039338161e-04;
	power = power * rest + 1.333355814642844e-03;
	power = power * rest + 9.618129107628477e-03;
	power = power * rest + 5.550410866482158e-02;
	power = power * rest + 2.402265069591007e-01;
	power = power * rest + 6.931471805599453e-01;
	power = power * rest + 1;
	bits = (bits + 1023) << 52;
	memcpy(&scale, &bits, sizeof(scale));
	return 1 / (1 + power * scale);
}

/* ----- one step of a shape ----- */

typedef struct Segment
{
	uint32_t	from;
	uint32_t	to;				/* not in it */
	uint32_t	cut;			/* best place to split it, */
	double		gain;			/* and what that gains; 0 if nothing */
	double		gradient;
	double		hessian;
} Segment;

static double
worth(double gradient, double hessian, double l2)
{
	return gradient * gradient / (hessian + l2);
}

static void
find_cut(Segment *segment, const double *gradient, const double *hessian, double l2)
{
	double		left_gradient = 0;
	double		left_hessian = 0;

	segment->gradient = segment->hessian = 0;
	segment->gain = 0;
	for (uint32_t bin = segment->from; bin < segment->to; bin++)
	{
		segment->gradient += gradient[bin];
		segment->hessian += hessian[bin];
	}
	for (uint32_t bin = segment->from; bin + 1 < segment->to; bin++)
	{
		double		right_hessian;
		double		gain;

		left_gradient += gradient[bin];
		left_hessian += hessian[bin];
		right_hessian = segment->hessian - left_hessian;
		if (left_hessian < LEAST_HESSIAN || right_hessian < LEAST_HESSIAN)
			continue;
		gain = worth(left_gradient, left_hessian, l2) +
			worth(segment->gradient - left_gradient, right_hessian, l2) -
			worth(segment->gradient, segment->hessian, l2);
		if (gain > segment->gain)
		{
			segment->gain = gain;
			segment->cut = bin + 1;
		}
	}
}

void
boosting_step(const BinnedColumn *column, const double *gradient, const double *hessian,
			  const TrainingOptions *options, double *step)
{
	Segment		segments[BOOSTING_LEAVES_MAX];
	uint32_t	count = 1;

	/* what is missing is a value of its own, and so is each category */
	for (uint32_t bin = 0; bin < (column->ordered ? 1 : column->bins); bin++)
		step[bin] = -options->learning_rate * gradient[bin] / (hessian[bin] + options->l2);
	if (!column->ordered)
		return;
	segments[0].from = 1;
	segments[0].to = column->bins;
	find_cut(&segments[0], gradient, hessian, options->l2);
	while (count < options->leaves)
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
		find_cut(best, gradient, hessian, options->l2);
		find_cut(&segments[count++], gradient, hessian, options->l2);
	}
	for (uint32_t i = 0; i < count; i++)
	{
		double		value = -options->learning_rate * segments[i].gradient /
			(segments[i].hessian + options->l2);

		for (uint32_t bin = segments[i].from; bin < segments[i].to; bin++)
			step[bin] = value;
	}
}

/* ----- pairs ----- */

/*
 * A step of a pair: the best cut of one side, and of either half the best cut
 * of the other; the order of the sides is the one that gains more.
 */
static double
cut_line(const double *gradient, const double *hessian, uint32_t count, double l2,
		 uint32_t *cut, double values[2])
{
	Segment		whole = {.from = 0, .to = count};

	find_cut(&whole, gradient, hessian, l2);
	values[0] = values[1] = -whole.gradient / (whole.hessian + l2);
	*cut = count;
	if (whole.gain > 0)
	{
		double		sums[4] = {0, 0, 0, 0};

		*cut = whole.cut;
		for (uint32_t i = 0; i < count; i++)
		{
			sums[i >= whole.cut] += gradient[i];
			sums[2 + (i >= whole.cut)] += hessian[i];
		}
		for (int half = 0; half < 2; half++)
			values[half] = -sums[half] / (sums[2 + half] + l2);
	}
	return whole.gain;
}

double
boosting_pair_step(const double *gradient, const double *hessian, uint32_t rows, uint32_t columns,
				   const TrainingOptions *options, double *step)
{
	double		best = 0;
	double	   *lines = host_alloc_array(4 * (size_t) (rows > columns ? rows : columns), sizeof(double));

	memset(step, 0, rows * columns * sizeof(double));
	for (int by = 0; by < 2; by++)
	{
		uint32_t	outer = by == 0 ? rows : columns;
		uint32_t	inner = by == 0 ? columns : rows;
		double	   *half[4] = {lines, lines + inner, lines + 2 * inner, lines + 3 * inner};

		for (uint32_t cut = 1; cut < outer; cut++)
		{
			uint32_t	cuts[2];
			double		values[2][2];
			double		gain;

			memset(lines, 0, 4 * inner * sizeof(double));
			for (uint32_t i = 0; i < outer; i++)
			{
				for (uint32_t j = 0; j < inner; j++)
				{
					uint32_t	cell = by == 0 ? i * columns + j : j * columns + i;

					half[i >= cut][j] += gradient[cell];
					half[2 + (i >= cut)][j] += hessian[cell];
				}
			}
			gain = cut_line(half[0], half[2], inner, options->l2, &cuts[0], values[0]) +
				cut_line(half[1], half[3], inner, options->l2, &cuts[1], values[1]);
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

/* ----- models side by side ----- */

void
boosting_begin(Boosting *boosting, const TrainingTable *table, const TrainingOptions *options,
			   uint32_t models)
{
	memset(boosting, 0, sizeof(*boosting));
	boosting->table = table;
	boosting->options = options;
	boosting->models = models;
	boosting->fold = host_alloc_array((size_t) table->count + 1, 1);
	for (uint32_t row = 0; row < table->count; row++)
		boosting->fold[row] = (uint8_t) training_fold(table, row, options->folds);
	boosting->evidence = host_alloc_array(models, sizeof(double *));
	for (uint32_t m = 0; m < models; m++)
		boosting->evidence[m] = host_alloc_array((size_t) table->count + 1, sizeof(double));
	boosting->held = host_alloc_array((size_t) table->count + 1, sizeof(double));
}

/* Adds a shape; codes say which of its cells a row is in. */
uint32_t
boosting_add_shape(Boosting *boosting, const BinnedColumn *column, const uint16_t *cells,
				   uint32_t rows, uint32_t columns)
{
	BoostedShape *shape;

	if (boosting->shape_count == boosting->shape_capacity)
	{
		size_t		grown = checked_growth(boosting->shape_capacity, (size_t) boosting->shape_count + 1);

		boosting->shapes = boosting->shapes ?
			host_realloc_array(boosting->shapes, grown, sizeof(BoostedShape)) :
			host_alloc_array(grown, sizeof(BoostedShape));
		boosting->shape_capacity = (uint32_t) grown;
	}
	shape = &boosting->shapes[boosting->shape_count];
	memset(shape, 0, sizeof(*shape));
	shape->column = column;
	shape->cells = cells;
	shape->rows = rows;
	shape->size = column ? column->bins : rows * columns;
	shape->values = host_alloc_zero(checked_mul_size(boosting->models, shape->size * sizeof(double)));
	shape->best = host_alloc_zero(checked_mul_size(boosting->models, shape->size * sizeof(double)));
	return boosting->shape_count++;
}

static inline uint32_t
cell_of(const BoostedShape *shape, uint32_t row)
{
	return shape->column ? shape->column->codes[row] : shape->cells[row];
}

/* A step of a shape that is still to be taken: evidence is behind by it. */
typedef struct Pending
{
	const BoostedShape *shape;	/* NULL if there is none */
	const double *step;
} Pending;

static inline double
pending_step(const Pending *pending, uint32_t row)
{
	return pending->step[cell_of(pending->shape, row)];
}

static void
catch_up(Boosting *boosting, uint32_t model, Pending *pending)
{
	double	   *evidence = boosting->evidence[model];

	if (pending->shape == NULL)
		return;
	for (uint32_t row = 0; row < boosting->table->count; row++)
		evidence[row] += pending_step(pending, row);
	pending->shape = NULL;
}

/*
 * Sums by cell of what a model has left over, of the rows it learns from; on
 * the way a pending step is taken, so that rows are read once a shape.
 */
static void
sum_cells(const Boosting *boosting, uint32_t model, const BoostedShape *shape, Pending *pending,
		  double *gradient, double *hessian)
{
	const TrainingTable *table = boosting->table;
	double	   *evidence = boosting->evidence[model];

	memset(gradient, 0, shape->size * sizeof(double));
	memset(hessian, 0, shape->size * sizeof(double));
	for (uint32_t row = 0; row < table->count; row++)
	{
		double		p;
		uint32_t	cell;

		if (row % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		if (pending->shape)
			evidence[row] += pending_step(pending, row);
		if (boosting->fold[row] == model)
			continue;
		p = gradient_logistic(evidence[row]);
		cell = cell_of(shape, row);
		gradient[cell] += p - table->labels[row];
		hessian[cell] += p * (1 - p);
	}
	pending->shape = NULL;
}

/* Mean loss of the rows held back, by the models that did not see them. */
static double
held_loss(const Boosting *boosting)
{
	const TrainingTable *table = boosting->table;
	double		sum = 0;
	uint32_t	rows = 0;

	for (uint32_t row = 0; row < table->count; row++)
	{
		double		evidence;

		if (boosting->fold[row] >= boosting->models)
			continue;
		evidence = boosting->evidence[boosting->fold[row]][row];
		evidence = table->labels[row] ? -evidence : evidence;
		sum += evidence > 30 ? evidence : log1p(exp(evidence));
		rows++;
	}
	return rows == 0 ? 0 : sum / rows;
}

static void
remember(Boosting *boosting, uint32_t first)
{
	for (uint32_t s = first; s < boosting->shape_count; s++)
		memcpy(boosting->shapes[s].best, boosting->shapes[s].values,
			   boosting->models * boosting->shapes[s].size * sizeof(double));
	for (uint32_t row = 0; row < boosting->table->count; row++)
	{
		if (boosting->fold[row] < boosting->models)
			boosting->held[row] = boosting->evidence[boosting->fold[row]][row];
	}
}

/* Back to the best round: evidence is what the best shapes say. */
static void
restore(Boosting *boosting, uint32_t first)
{
	for (uint32_t s = first; s < boosting->shape_count; s++)
	{
		BoostedShape *shape = &boosting->shapes[s];

		for (uint32_t m = 0; m < boosting->models; m++)
		{
			const double *best = shape->best + m * shape->size;
			const double *values = shape->values + m * shape->size;
			double	   *evidence = boosting->evidence[m];

			for (uint32_t row = 0; row < boosting->table->count; row++)
			{
				uint32_t	cell = cell_of(shape, row);

				evidence[row] += best[cell] - values[cell];
			}
		}
		memcpy(shape->values, shape->best, boosting->models * shape->size * sizeof(double));
	}
}

void
boosting_run(Boosting *boosting, uint32_t first, TrainingProgress progress, void *context)
{
	const TrainingOptions *options = boosting->options;
	double	   *sums;
	uint32_t	largest = 0;
	uint32_t	best_round = 0;
	double		best;

	for (uint32_t s = first; s < boosting->shape_count; s++)
		largest = boosting->shapes[s].size > largest ? boosting->shapes[s].size : largest;
	sums = host_alloc_array(3 * (size_t) largest + 1, sizeof(double));
	best = held_loss(boosting);
	remember(boosting, first);
	for (uint32_t round = 1; round <= options->rounds && round <= best_round + BOOSTING_PATIENCE; round++)
	{
		double		loss;

		for (uint32_t m = 0; m < boosting->models; m++)
		{
			Pending		pending = {NULL};

			for (uint32_t s = first; s < boosting->shape_count; s++)
			{
				BoostedShape *shape = &boosting->shapes[s];
				double	   *values = shape->values + m * shape->size;

				sum_cells(boosting, m, shape, &pending, sums, sums + largest);
				if (shape->column)
					boosting_step(shape->column, sums, sums + largest, options, sums + 2 * largest);
				else
					(void) boosting_pair_step(sums, sums + largest, shape->rows, shape->size / shape->rows,
											  options, sums + 2 * largest);
				for (uint32_t cell = 0; cell < shape->size; cell++)
					values[cell] += sums[2 * largest + cell];
				pending.shape = shape;
				pending.step = sums + 2 * largest;
			}
			catch_up(boosting, m, &pending);
		}
		loss = held_loss(boosting);
		if (progress)
			progress(context, round, loss);
		if (loss < best)
		{
			best = loss;
			best_round = round;
			remember(boosting, first);
		}
	}
	restore(boosting, first);
	boosting->rounds += best_round;
	host_free(sums);
}

double
boosting_pair_gain(Boosting *boosting, const uint16_t *cells, uint32_t rows, uint32_t columns)
{
	BoostedShape shape = {.cells = cells, .rows = rows, .size = rows * columns};
	double	   *sums = host_alloc_array(3 * (size_t) shape.size, sizeof(double));
	double		gain = 0;

	for (uint32_t m = 0; m < boosting->models; m++)
	{
		Pending		none = {NULL};

		sum_cells(boosting, m, &shape, &none, sums, sums + shape.size);
		gain += boosting_pair_step(sums, sums + shape.size, rows, columns, boosting->options,
								   sums + 2 * shape.size);
	}
	host_free(sums);
	return gain;
}
