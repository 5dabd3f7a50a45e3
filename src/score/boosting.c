/*
 * boosting.c
 *		Shapes learned in turn: cyclic gradient boosting of binned features.
 *
 * In each round every feature in turn takes a small step towards what the
 * others have left over.  As many models as there are folds learn side by
 * side, each without the rows of its fold; what they say of those rows tells
 * when to stop.  The shapes are the mean of the models'.
 *
 * What is left over is computed from the evidence once a round.  Inside of
 * the round a step moves each row's gradient along its Hessian, which for
 * steps as small as these is as good, and takes no logistic function.
 *
 * Lou, Caruana and Gehrke (2012), "Intelligible models for classification and
 * regression"; pairs by gain after Lou, Caruana, Gehrke and Hooker (2013).
 */
#include "score/boosting.h"

#include "score/training_math.h"

#include <math.h>

#define ROWS_PER_CHECK 65536

/* Sums by cell are kept so many times over: neighbours of one cell need not wait for each other. */
#define LANES 4

double
training_logistic(double evidence)
{
	return 1 / (1 + exp(-evidence));
}

/* ----- models side by side ----- */

void
boosting_begin(Boosting *boosting, const TrainingTable *table, const TrainingOptions *options,
			   const double *weights, uint32_t models)
{
	size_t		rows = (size_t) table->count + 1;

	memset(boosting, 0, sizeof(*boosting));
	boosting->table = table;
	boosting->options = options;
	boosting->weights = weights;
	boosting->models = models;
	boosting->fold = host_alloc_array(rows, 1);
	for (uint32_t row = 0; row < table->count; row++)
		boosting->fold[row] = (uint8_t) training_fold(table, row, options->folds);
	boosting->evidence = host_alloc_array(models, sizeof(double *));
	for (uint32_t m = 0; m < models; m++)
		boosting->evidence[m] = host_alloc_array(rows, sizeof(double));
	boosting->held = host_alloc_array(rows, sizeof(double));
	boosting->left = host_alloc_array(rows, sizeof(LeftOver));
}

/* Adds a shape; codes say which of its cells a row is in. */
uint32_t
boosting_add_shape(Boosting *boosting, const BinnedColumn *column, int direction,
				   const uint16_t *cells, uint32_t rows, uint32_t columns)
{
	BoostedShape *shape;
	size_t		size;

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
	shape->direction = direction;
	shape->cells = cells;
	shape->rows = rows;
	shape->size = column ? column->bins : rows * columns;
	size = shape->size * sizeof(double);
	shape->values = host_alloc_zero(checked_mul_size(boosting->models, size));
	shape->best = host_alloc_zero(checked_mul_size(boosting->models, size));
	shape->steps = host_alloc_zero(size);
	return boosting->shape_count++;
}

/* ----- what is left over ----- */

void
boosting_left_over(Boosting *boosting, uint32_t model)
{
	const TrainingTable *table = boosting->table;
	const double *evidence = boosting->evidence[model];
	double		ahead[MATH_BLOCK] = {0};
	double		power[MATH_BLOCK];

	for (uint32_t from = 0; from < table->count; from += MATH_BLOCK)
	{
		uint32_t	rows = table->count - from < MATH_BLOCK ? table->count - from : MATH_BLOCK;

		if (from % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		memcpy(ahead, evidence + from, rows * sizeof(double));
		math_exp_minus(ahead, power);
		for (int i = 0; i < MATH_BLOCK; i++)
			power[i] = 1 / (1 + power[i]);
		for (uint32_t i = 0; i < rows; i++)
		{
			uint32_t	row = from + i;
			double		weight = boosting->fold[row] == model ? 0 : boosting->weights[row];

			boosting->left[row].gradient = (float) (weight * (power[i] - table->labels[row]));
			boosting->left[row].hessian = (float) (weight * (power[i] * (1 - power[i])));
		}
	}
}

/* Both sums at once. */
static HOST_INLINE void
add_to_cell(CellSum *cell, const LeftOver *left)
{
	typedef float FloatPair __attribute__((vector_size(8), aligned(4), may_alias));

	*(MathPair *) cell += __builtin_convertvector(*(const FloatPair *) left, MathPair);
}

static HOST_INLINE void
sum_codes(const uint8_t *bytes, const uint16_t *words, const LeftOver *left, uint32_t from, uint32_t to,
		  uint32_t size, CellSum *lanes)
{
	uint32_t	row = from;

#define CELL(row) (bytes ? bytes[row] : words[row])
	for (; row + LANES <= to; row += LANES)
	{
		add_to_cell(&lanes[CELL(row)], &left[row]);
		add_to_cell(&lanes[size + CELL(row + 1)], &left[row + 1]);
		add_to_cell(&lanes[2 * size + CELL(row + 2)], &left[row + 2]);
		add_to_cell(&lanes[3 * size + CELL(row + 3)], &left[row + 3]);
	}
	for (; row < to; row++)
		add_to_cell(&lanes[CELL(row)], &left[row]);
#undef CELL
}

static HOST_INLINE void
move_codes(const uint8_t *bytes, const uint16_t *words, const double *steps, LeftOver *left,
		   uint32_t from, uint32_t to)
{
	for (uint32_t row = from; row < to; row++)
		left[row].gradient += (float) (left[row].hessian * steps[bytes ? bytes[row] : words[row]]);
}

/*
 * Sums by cell of what a model has left over; on the way the step of the shape
 * before is taken, if there was one.  `lanes` has room for LANES times the cells.
 */
static void
sum_cells(LeftOver *left, const BoostedShape *shape, const BoostedShape *before, uint32_t count, CellSum *lanes)
{
	const uint32_t rows = 1024;	/* stay in the nearest cache between both passes */

	memset(lanes, 0, LANES * shape->size * sizeof(CellSum));
	for (uint32_t from = 0; from < count; from += rows)
	{
		uint32_t	to = count - from < rows ? count : from + rows;

		if (from % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		if (before && before->column)
			move_codes(before->column->codes, NULL, before->steps, left, from, to);
		else if (before)
			move_codes(NULL, before->cells, before->steps, left, from, to);
		if (shape->column)
			sum_codes(shape->column->codes, NULL, left, from, to, shape->size, lanes);
		else
			sum_codes(NULL, shape->cells, left, from, to, shape->size, lanes);
	}
	for (uint32_t cell = 0; cell < shape->size; cell++)
	{
		for (uint32_t lane = 1; lane < LANES; lane++)
		{
			lanes[cell].gradient += lanes[lane * shape->size + cell].gradient;
			lanes[cell].hessian += lanes[lane * shape->size + cell].hessian;
		}
	}
}

/* ----- rounds ----- */

static void
take_step(const BoostedShape *shape, uint32_t from, uint32_t to, double *evidence)
{
	if (shape->column)
	{
		for (uint32_t row = from; row < to; row++)
			evidence[row] += shape->steps[shape->column->codes[row]];
	}
	else
	{
		for (uint32_t row = from; row < to; row++)
			evidence[row] += shape->steps[shape->cells[row]];
	}
}

/* Four at once: evidence is read and written less often. */
static void
take_four_steps(const BoostedShape *shapes, uint32_t from, uint32_t to, double *evidence)
{
	const uint8_t *codes[4];
	const double *steps[4];

	for (int i = 0; i < 4; i++)
	{
		codes[i] = shapes[i].column->codes;
		steps[i] = shapes[i].steps;
	}
	for (uint32_t row = from; row < to; row++)
		evidence[row] += (steps[0][codes[0][row]] + steps[1][codes[1][row]]) +
			(steps[2][codes[2][row]] + steps[3][codes[3][row]]);
}

/* Evidence is ahead by what the shapes' steps add. */
static void
take_steps(const Boosting *boosting, uint32_t first, double *evidence)
{
	const uint32_t rows = 2048;
	uint32_t	count = boosting->table->count;

	for (uint32_t from = 0; from < count; from += rows)
	{
		uint32_t	to = count - from < rows ? count : from + rows;
		uint32_t	s = first;

		host_check_interrupts();
		/* either all are columns or all are pairs */
		for (; s + 4 <= boosting->shape_count && boosting->shapes[s].column; s += 4)
			take_four_steps(&boosting->shapes[s], from, to, evidence);
		for (; s < boosting->shape_count; s++)
			take_step(&boosting->shapes[s], from, to, evidence);
	}
}

static void
one_round(Boosting *boosting, uint32_t model, uint32_t first, CellSum *lanes)
{
	const BoostedShape *before = NULL;

	boosting_left_over(boosting, model);
	for (uint32_t s = first; s < boosting->shape_count; s++)
	{
		BoostedShape *shape = &boosting->shapes[s];
		double	   *values = shape->values + model * shape->size;

		sum_cells(boosting->left, shape, before, boosting->table->count, lanes);
		if (shape->column)
			boosting_step(shape->column, shape->direction, lanes, boosting->options, shape->steps);
		else
			(void) boosting_pair_step(lanes, shape->rows, shape->size / shape->rows, boosting->options, shape->steps);
		for (uint32_t cell = 0; cell < shape->size; cell++)
			values[cell] += shape->steps[cell];
		before = shape;
	}
	take_steps(boosting, first, boosting->evidence[model]);
}

/* Mean loss of the rows held back, by the models that did not see them. */
static double
held_loss(const Boosting *boosting)
{
	const TrainingTable *table = boosting->table;
	double		evidence[MATH_BLOCK];
	double		power[MATH_BLOCK];
	uint8_t		labels[MATH_BLOCK];
	double		weights[MATH_BLOCK];
	uint32_t	count = 0;
	double		sum = 0;
	double		weight = 0;

	memset(evidence, 0, sizeof(evidence));
	for (uint32_t row = 0; row < table->count; row++)
	{
		unsigned	fold = boosting->fold[row];

		if (row % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		if (fold < boosting->models)
		{
			evidence[count] = boosting->evidence[fold][row];
			labels[count] = table->labels[row];
			weights[count] = boosting->weights[row];
			weight += weights[count++];
		}
		if (count == MATH_BLOCK || row + 1 == table->count)
		{
			math_exp_minus(evidence, power);
			sum += training_loss(evidence, power, labels, weights, count);
			count = 0;
		}
	}
	return weight > 0 ? sum / weight : 0;
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
	for (uint32_t m = 0; m < boosting->models; m++)
	{
		for (uint32_t s = first; s < boosting->shape_count; s++)
		{
			BoostedShape *shape = &boosting->shapes[s];

			for (uint32_t cell = 0; cell < shape->size; cell++)
				shape->steps[cell] = shape->best[m * shape->size + cell] - shape->values[m * shape->size + cell];
		}
		take_steps(boosting, first, boosting->evidence[m]);
	}
	for (uint32_t s = first; s < boosting->shape_count; s++)
		memcpy(boosting->shapes[s].values, boosting->shapes[s].best,
			   boosting->models * boosting->shapes[s].size * sizeof(double));
}

void
boosting_run(Boosting *boosting, uint32_t first, TrainingProgress progress, void *context)
{
	const TrainingOptions *options = boosting->options;
	CellSum    *lanes;
	uint32_t	largest = 1;
	uint32_t	best_round = 0;
	double		best;

	for (uint32_t s = first; s < boosting->shape_count; s++)
		largest = boosting->shapes[s].size > largest ? boosting->shapes[s].size : largest;
	lanes = host_alloc_array(LANES * (size_t) largest, sizeof(CellSum));
	best = held_loss(boosting);
	remember(boosting, first);
	for (uint32_t round = 1; round <= options->rounds && round <= best_round + BOOSTING_PATIENCE; round++)
	{
		double		loss;

		for (uint32_t m = 0; m < boosting->models; m++)
			one_round(boosting, m, first, lanes);
		loss = held_loss(boosting);
		if (progress)
			progress(context, boosting->rounds + round, loss);
		if (loss < best)
		{
			best = loss;
			best_round = round;
			remember(boosting, first);
		}
	}
	restore(boosting, first);
	boosting->rounds += best_round;
	host_free(lanes);
}

double
boosting_pair_gain(const Boosting *boosting, const uint16_t *cells, uint32_t rows, uint32_t columns, uint32_t count)
{
	BoostedShape shape = {.cells = cells, .rows = rows, .size = rows * columns};
	CellSum    *lanes = host_alloc_array(LANES * (size_t) shape.size, sizeof(CellSum));
	double	   *step = host_alloc_array(shape.size, sizeof(double));
	double		gain;

	sum_cells(boosting->left, &shape, NULL, count, lanes);
	gain = boosting_pair_step(lanes, rows, columns, boosting->options, step);
	host_free(step);
	host_free(lanes);
	return gain;
}
