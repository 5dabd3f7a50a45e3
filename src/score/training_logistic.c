/*
 * training_logistic.c
 *		Logistic regression of transformed columns, by Newton's method.
 *
 * A number comes in as itself and, with transforms, as its log1p and as
 * quantile bins; NULL and categories are indicators.  Numbers are standardised
 * while fitting, and the ridge is on standardised weights but not on the base.
 * Steps are halved while they make the loss greater; weights that the others
 * determine already (collinear and constant columns) stay 0.
 */
#include "score/training_logistic.h"

#include <math.h>

#define NONE UINT32_MAX
#define LOGISTIC_BINS 12

/* Bins and logarithms want so many rows for each weight. */
#define ROWS_FOR_A_WEIGHT 5

#define ROWS_PER_CHECK 16384
#define HALVINGS 20

/* ----- what a row has ----- */

static double
signed_log1p(double x)
{
	return x < 0 ? -log1p(-x) : log1p(x);
}

/* The mean, and 1 / the standard deviation; 0 of a constant. */
static void
standardise(const TrainingTable *table, const double *numbers, bool logarithm, double *mean, double *by_scale)
{
	double		sum = 0;
	double		squares = 0;
	uint32_t	count = 0;

	for (uint32_t row = 0; row < table->count; row++)
	{
		if (!isnan(numbers[row]))
		{
			sum += logarithm ? signed_log1p(numbers[row]) : numbers[row];
			count++;
		}
	}
	*mean = count > 0 ? sum / count : 0;
	for (uint32_t row = 0; row < table->count; row++)
	{
		if (!isnan(numbers[row]))
		{
			double		apart = (logarithm ? signed_log1p(numbers[row]) : numbers[row]) - *mean;

			squares += apart * apart;
		}
	}
	*by_scale = squares > 0 ? 1 / sqrt(squares / count) : 0;
	if (!(isfinite(*mean) && isfinite(squares) && isfinite(*by_scale)))
		host_fail(HOST_OUT_OF_RANGE, "a column's numbers are too large to train on", NULL,
				  "Divide them, or give their logarithm.");
}

static void
begin_column(LogisticDesign *design, LogisticColumn *column, const TrainingColumn *source)
{
	const TrainingTable *table = design->table;
	bool		shapes = source->category || design->transforms;
	uint32_t	nulls = 0;

	column->column = source;
	column->null = column->linear = column->log1p = column->first_bin = NONE;
	training_bin(table, source, source->category ? TRAINING_BINS : shapes ? LOGISTIC_BINS : 2, &column->binned);
	for (uint32_t row = 0; row < table->count; row++)
		nulls += column->binned.codes[row] == 0;
	if (nulls > 0)
		column->null = design->width++;
	if (!source->category)
	{
		standardise(table, source->numbers, false, &column->mean, &column->by_scale);
		if (column->by_scale > 0)
			column->linear = design->width++;
		if (shapes && column->by_scale > 0)
		{
			standardise(table, source->numbers, true, &column->log_mean, &column->by_log_scale);
			if (column->by_log_scale > 0)
				column->log1p = design->width++;
		}
	}
	if (shapes && column->binned.bins > 2)
	{
		uint64_t	rows[TRAINING_BINS] = {0};

		for (uint32_t row = 0; row < table->count; row++)
			rows[column->binned.codes[row]]++;
		column->reference = 1;
		for (uint32_t bin = 2; bin < column->binned.bins; bin++)
		{
			if (rows[bin] > rows[column->reference])
				column->reference = bin;
		}
		column->first_bin = design->width;
		design->width += column->binned.bins - 1;
	}
}

void
logistic_design(LogisticDesign *design, const TrainingTable *table, const TrainingOptions *options)
{
	memset(design, 0, sizeof(*design));
	design->table = table;
	design->options = options;
	design->width = 1;
	design->transforms = options->transforms &&
		table->column_count <= table->count / (ROWS_FOR_A_WEIGHT * LOGISTIC_BINS);
	design->columns = host_alloc_zero(checked_mul_size((size_t) table->column_count + 1, sizeof(LogisticColumn)));
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		host_check_interrupts();
		begin_column(design, &design->columns[c], &table->columns[c]);
	}
	if (design->width > LOGISTIC_WIDTH_MAX)
		host_fail(HOST_LIMIT, host_format("a logistic model of %u weights is too large", design->width), NULL,
				  "Leave columns out, or choose {\"model\": \"boosted\"}.");
	design->indexes = host_alloc_array(1 + 4 * (size_t) table->column_count, sizeof(uint32_t));
	design->values = host_alloc_array(1 + 4 * (size_t) table->column_count, sizeof(double));
}

/* What is not 0 of a row, by rising index; returns how much that is. */
static uint32_t
row_terms(const LogisticDesign *design, uint32_t row)
{
	uint32_t	count = 0;

	design->indexes[count] = 0;
	design->values[count++] = 1;
	for (uint32_t c = 0; c < design->table->column_count; c++)
	{
		const LogisticColumn *column = &design->columns[c];
		uint32_t	bin = column->binned.codes[row];

		if (bin == 0)
		{
			design->indexes[count] = column->null;
			design->values[count++] = 1;
			continue;
		}
		if (column->linear != NONE)
		{
			design->indexes[count] = column->linear;
			design->values[count++] = (column->column->numbers[row] - column->mean) * column->by_scale;
		}
		if (column->log1p != NONE)
		{
			design->indexes[count] = column->log1p;
			design->values[count++] = (signed_log1p(column->column->numbers[row]) - column->log_mean) * column->by_log_scale;
		}
		if (column->first_bin != NONE && bin != column->reference)
		{
			design->indexes[count] = column->first_bin + bin - 1;
			design->values[count++] = 1;
		}
	}
	return count;
}

double
logistic_evidence(const LogisticDesign *design, const double *weights, uint32_t row)
{
	uint32_t	count = row_terms(design, row);
	double		evidence = 0;

	for (uint32_t i = 0; i < count; i++)
		evidence += weights[design->indexes[i]] * design->values[i];
	return evidence;
}

/* ----- Newton's method ----- */

static double
loss_of(double evidence, bool label)
{
	double		wrong = label ? -evidence : evidence;

	return wrong > 30 ? wrong : log1p(exp(wrong));
}

static double
penalty(const LogisticDesign *design, const double *weights)
{
	double		sum = 0;

	for (uint32_t i = 1; i < design->width; i++)
		sum += weights[i] * weights[i];
	return design->options->l2 * sum / 2;
}

/* Rows whose every weight counts are added to the Hessian by so many. */
#define BLOCK 4

/* Straight lines without NULL: each row has all weights, in order. */
static bool
is_dense(const LogisticDesign *design)
{
	for (uint32_t c = 0; c < design->table->column_count; c++)
	{
		const LogisticColumn *column = &design->columns[c];

		if (column->null != NONE || column->log1p != NONE || column->first_bin != NONE)
			return false;
	}
	return true;
}

/* A block of rows, each with its weight; what there is not of it weighs 0. */
static void
add_block(double *hessian, size_t width, const double *values, double *weighted)
{
	const double *x0 = values;
	const double *x1 = values + width;
	const double *x2 = values + 2 * width;
	const double *x3 = values + 3 * width;

	for (size_t i = 0; i < width; i++)
	{
		double		w0 = weighted[0] * x0[i];
		double		w1 = weighted[1] * x1[i];
		double		w2 = weighted[2] * x2[i];
		double		w3 = weighted[3] * x3[i];
		double	   *line = hessian + i * width;

		for (size_t j = 0; j <= i; j++)
			line[j] += (w0 * x0[j] + w1 * x1[j]) + (w2 * x2[j] + w3 * x3[j]);
	}
	memset(weighted, 0, BLOCK * sizeof(double));
}

static void
add_terms(const LogisticDesign *design, uint32_t count, double weight, double *hessian)
{
	for (uint32_t i = 0; i < count; i++)
	{
		double		weighted = weight * design->values[i];
		double	   *line = hessian + (size_t) design->indexes[i] * design->width;

		for (uint32_t j = 0; j <= i; j++)
			line[design->indexes[j]] += weighted * design->values[j];
	}
}

/* Gradient and the lower half of the Hessian, row by row; returns the loss. */
static double
sum_rows(const LogisticDesign *design, const uint8_t *fold, uint32_t left_out, const double *weights,
		 double *gradient, double *hessian)
{
	size_t		width = design->width;
	bool		dense = is_dense(design);
	double	   *block = host_alloc_zero(checked_mul_size(width, BLOCK * sizeof(double)));
	double		weighted[BLOCK] = {0};
	uint32_t	in_block = 0;
	double		loss = penalty(design, weights);

	memset(hessian, 0, width * width * sizeof(double));
	for (uint32_t i = 0; i < width; i++)
	{
		double		l2 = i == 0 ? 0 : design->options->l2;

		gradient[i] = l2 * weights[i];
		hessian[i * width + i] = l2;
	}
	for (uint32_t row = 0; row < design->table->count; row++)
	{
		uint32_t	count;
		double		evidence = 0;
		double		p;

		if (row % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		if (fold[row] == left_out)
			continue;
		count = row_terms(design, row);
		for (uint32_t i = 0; i < count; i++)
			evidence += weights[design->indexes[i]] * design->values[i];
		loss += loss_of(evidence, design->table->labels[row]);
		p = training_logistic(evidence);
		for (uint32_t i = 0; i < count; i++)
			gradient[design->indexes[i]] += (p - design->table->labels[row]) * design->values[i];
		if (!dense)
		{
			add_terms(design, count, p * (1 - p), hessian);
			continue;
		}
		memcpy(block + in_block * width, design->values, width * sizeof(double));
		weighted[in_block++] = p * (1 - p);
		if (in_block == BLOCK)
		{
			add_block(hessian, width, block, weighted);
			in_block = 0;
		}
	}
	add_block(hessian, width, block, weighted);
	host_free(block);
	return loss;
}

/* Solves hessian * step = gradient by Cholesky; what has no pivot of its own gets no step. */
static void
solve(double *hessian, const double *gradient, size_t width, double *step)
{
	for (size_t j = 0; j < width; j++)
	{
		double	   *line = hessian + j * width;
		double		pivot = line[j];
		double		least = pivot * 1e-11;

		host_check_interrupts();
		for (size_t k = 0; k < j; k++)
			pivot -= line[k] * line[k];
		line[j] = pivot > least ? sqrt(pivot) : 0;
		for (size_t i = j + 1; i < width; i++)
		{
			double	   *below = hessian + i * width;
			double		sum = below[j];

			for (size_t k = 0; k < j; k++)
				sum -= below[k] * line[k];
			below[j] = line[j] > 0 ? sum / line[j] : 0;
		}
	}
	for (size_t i = 0; i < width; i++)
	{
		double		sum = gradient[i];

		for (size_t k = 0; k < i; k++)
			sum -= hessian[i * width + k] * step[k];
		step[i] = hessian[i * width + i] > 0 ? sum / hessian[i * width + i] : 0;
	}
	for (size_t i = width; i-- > 0;)
	{
		double		sum = step[i];

		for (size_t k = i + 1; k < width; k++)
			sum -= hessian[k * width + i] * step[k];
		step[i] = hessian[i * width + i] > 0 ? sum / hessian[i * width + i] : 0;
	}
}

uint32_t
logistic_fit(const LogisticDesign *design, const uint8_t *fold, uint32_t left_out,
			 TrainingProgress progress, void *context, double *weights)
{
	size_t		width = design->width;
	double	   *hessian = host_alloc_array(checked_mul_size(width, width), sizeof(double));
	double	   *gradient = host_alloc_array(width, sizeof(double));
	double	   *step = host_alloc_array(width, sizeof(double));
	double	   *tried = host_alloc_array(width, sizeof(double));
	double		loss;
	uint32_t	round;

	memset(weights, 0, width * sizeof(double));
	loss = sum_rows(design, fold, left_out, weights, gradient, hessian);
	for (round = 1; round < LOGISTIC_ROUNDS; round++)
	{
		double		largest = 0;
		double		part = 1;
		double		found;

		solve(hessian, gradient, width, step);
		/* what comes of a step is summed with its loss: mostly it is taken */
		for (int halving = 0;; halving++, part /= 2)
		{
			for (size_t i = 0; i < width; i++)
				tried[i] = weights[i] - part * step[i];
			found = sum_rows(design, fold, left_out, tried, gradient, hessian);
			/* rounding alone makes no loss greater */
			if (found <= loss + 1e-12 * fabs(loss) || halving == HALVINGS)
				break;
		}
		for (size_t i = 0; i < width; i++)
		{
			double		moved = fabs(tried[i] - weights[i]);

			largest = moved > largest ? moved : largest;
			weights[i] = tried[i];
		}
		loss = found;
		if (progress)
			progress(context, round, loss / design->table->count);
		if (largest < 1e-8)
			break;
	}
	host_free(tried);
	host_free(step);
	host_free(gradient);
	host_free(hessian);
	return round;
}

/* ----- as a predictor ----- */

static Fixed
to_fixed(double value)
{
	Fixed		fixed = 0;

	if (!fixed_from_double(value, &fixed))
		host_fail(HOST_OUT_OF_RANGE, "training did not stay within range", NULL,
				  "Give l2 a value above 0: the classes may be separated by a column.");
	return fixed;
}

static double
weight_of(const double *weights, uint32_t index)
{
	return index == NONE ? 0 : weights[index];
}

/* The weight of a bin, against the reference. */
static double
bin_weight(const LogisticColumn *column, const double *weights, uint32_t bin)
{
	return column->first_bin == NONE || bin == column->reference ? 0 : weights[column->first_bin + bin - 1];
}

void
logistic_predictor(const LogisticDesign *design, const double *weights, double slope, double shift,
				   Predictor *predictor)
{
	double		base = slope * weights[0] + shift;

	for (uint32_t c = 0; c < design->table->column_count; c++)
	{
		const LogisticColumn *column = &design->columns[c];
		const BinnedColumn *binned = &column->binned;
		PredictorFeature *feature = &predictor->features[c];
		double		linear = column->linear == NONE ? 0 : slope * weights[column->linear] * column->by_scale;
		double		log = column->log1p == NONE ? 0 : slope * weights[column->log1p] * column->by_log_scale;
		double		of_mean = linear * column->mean + log * column->log_mean;

		base -= of_mean;
		feature->null = to_fixed(of_mean + slope * weight_of(weights, column->null));
		feature->count = binned->bins - 2;
		feature->values = host_alloc_array((size_t) feature->count + 1, sizeof(Fixed));
		feature->category = column->column->category;
		if (feature->category)
		{
			feature->categories = host_alloc_array((size_t) feature->count + 1, sizeof(ScoreText));
			feature->other = to_fixed(slope * bin_weight(column, weights, 1));
			for (uint32_t i = 0; i < feature->count; i++)
			{
				feature->categories[i] = column->column->words.words[binned->words[i] - 1];
				feature->values[i] = to_fixed(slope * bin_weight(column, weights, i + 2));
			}
			continue;
		}
		feature->linear = to_fixed(linear);
		feature->log1p = to_fixed(log);
		feature->cuts = binned->cuts;
		for (uint32_t i = 0; i <= feature->count; i++)
			feature->values[i] = to_fixed(slope * bin_weight(column, weights, i + 1));
	}
	predictor->base = to_fixed(base);
}
