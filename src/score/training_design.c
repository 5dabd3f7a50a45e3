/*
 * training_design.c
 *		How columns come into a logistic model, and how they come out of it.
 *
 * A number comes in as itself and, with transforms, as its log1p and as
 * quantile bins; NULL and categories are indicators.  Numbers are standardised
 * while fitting.  The bins of a number that may only rise (or fall) are steps
 * upon each other, so that the signs of weights say it all.
 */
#include "score/training_logistic.h"

#include <math.h>

#define LOGISTIC_BINS 12

/* Bins and logarithms want so many rows for each weight. */
#define ROWS_FOR_A_WEIGHT 5

/* ----- columns in ----- */

static double
signed_log1p(double x)
{
	return x < 0 ? -log1p(-x) : log1p(x);
}

typedef struct Spread
{
	uint32_t	nulls;
	double		mean;
	double		by_scale;		/* 1 / the standard deviation; 0 of a constant */
} Spread;

/* In one pass: deviations are from the first number, which is near enough to the mean for what is lost. */
static Spread
spread_of(const double *numbers, uint32_t count)
{
	Spread		spread = {0};
	double		origin = 0;
	double		sum = 0;
	double		squares = 0;
	double		known;
	double		variance;

	for (uint32_t row = 0; row < count; row++)
	{
		if (!isnan(numbers[row]))
		{
			origin = numbers[row];
			break;
		}
	}
	for (uint32_t row = 0; row < count; row++)
	{
		bool		null = isnan(numbers[row]);
		double		apart = null ? 0 : numbers[row] - origin;

		spread.nulls += null;
		sum += apart;
		squares += apart * apart;
	}
	known = (double) count - spread.nulls;
	if (known == 0)
		return spread;
	spread.mean = origin + sum / known;
	variance = squares / known - (sum / known) * (sum / known);
	/* what is left of a constant by rounding is no deviation */
	if (variance > 1e-14 * (squares / known) && variance > 1e-20 * (spread.mean * spread.mean))
		spread.by_scale = 1 / sqrt(variance);
	if (!(isfinite(spread.mean) && isfinite(squares) && isfinite(spread.by_scale)))
		host_fail(HOST_OUT_OF_RANGE, "a column's numbers are too large to train on", NULL,
				  "Divide them, or give their logarithm.");
	return spread;
}

static bool
has_nulls(const TrainingTable *table, const TrainingColumn *column)
{
	for (uint32_t row = 0; row < table->count; row++)
	{
		if (column->codes[row] == 0)
			return true;
	}
	return false;
}

static uint32_t
next_weight(LogisticDesign *design, int8_t direction)
{
	if (design->width == LOGISTIC_WIDTH_MAX)
		host_fail(HOST_LIMIT, host_format("a logistic model of more than %d weights is too large", LOGISTIC_WIDTH_MAX),
				  NULL, "Leave columns out, or choose {\"model\": \"boosted\"}.");
	design->directions[design->width] = direction;
	design->directed = design->directed || direction != 0;
	return design->width++;
}

/* What every row has of a column. */
static void
add_dense(LogisticDesign *design, LogisticColumn *column, const TrainingColumn *source)
{
	const TrainingTable *table = design->table;
	Spread		spread;

	column->column = source;
	column->null = column->linear = column->log1p = column->first_bin = LOGISTIC_NONE;
	column->binned.bins = 2;
	if (source->category)
	{
		if (has_nulls(table, source))
			column->null = next_weight(design, 0);
		return;
	}
	spread = spread_of(source->numbers, table->count);
	column->mean = spread.mean;
	column->by_scale = spread.by_scale;
	if (spread.nulls > 0)
		column->null = next_weight(design, 0);
	if (column->by_scale == 0)
		return;
	column->linear = next_weight(design, source->direction);
	if (!design->transforms)
		return;
	column->logs = host_alloc_array((size_t) table->count + 1, sizeof(double));
	for (uint32_t row = 0; row < table->count; row++)
		column->logs[row] = signed_log1p(source->numbers[row]);
	spread = spread_of(column->logs, table->count);
	column->log_mean = spread.mean;
	column->by_log_scale = spread.by_scale;
	if (column->by_log_scale > 0)
		column->log1p = next_weight(design, source->direction);
	for (uint32_t row = 0; row < table->count; row++)
		column->logs[row] = isnan(column->logs[row]) ? 0 :
			(column->logs[row] - column->log_mean) * column->by_log_scale;
}

/* What a row has one of. */
static void
add_bins(LogisticDesign *design, LogisticColumn *column)
{
	const TrainingTable *table = design->table;
	const TrainingColumn *source = column->column;
	uint64_t	rows[TRAINING_BINS] = {0};

	if (!source->category && (!design->transforms || column->by_scale == 0))
		return;
	training_bin(table, source, source->category ? TRAINING_BINS : LOGISTIC_BINS, &column->binned);
	if (column->binned.bins == 2)
		return;
	column->cumulative = source->direction != 0;
	column->first_bin = design->width;
	for (uint32_t row = 0; row < table->count; row++)
		rows[column->binned.codes[row]]++;
	column->reference = 1;
	for (uint32_t bin = 1; bin < column->binned.bins; bin++)
	{
		if (rows[bin] > rows[column->reference])
			column->reference = bin;
		(void) next_weight(design, source->direction);
	}
	design->binned[design->binned_count++] = (uint32_t) (column - design->columns);
	design->most_terms += column->cumulative ? column->binned.bins - 2 : 1;
}

void
logistic_design(LogisticDesign *design, const TrainingTable *table, const TrainingOptions *options,
				const double *row_weights)
{
	memset(design, 0, sizeof(*design));
	design->table = table;
	design->options = options;
	design->row_weights = row_weights;
	design->transforms = options->transforms &&
		table->column_count <= table->count / (ROWS_FOR_A_WEIGHT * LOGISTIC_BINS);
	design->columns = host_alloc_zero(checked_mul_size((size_t) table->column_count + 1, sizeof(LogisticColumn)));
	design->directions = host_alloc_zero(LOGISTIC_WIDTH_MAX);
	design->binned = host_alloc_array((size_t) table->column_count + 1, sizeof(uint32_t));
	(void) next_weight(design, 0);
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		host_check_interrupts();
		add_dense(design, &design->columns[c], &table->columns[c]);
	}
	design->dense = design->width;
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		host_check_interrupts();
		add_bins(design, &design->columns[c]);
	}
}

/* ----- rows ----- */

LogisticBlock
logistic_block(const LogisticDesign *design)
{
	LogisticBlock block = {0};

	block.dense = host_alloc_array(design->dense, MATH_BLOCK * sizeof(double));
	block.terms = host_alloc_array((size_t) design->most_terms + 1, MATH_BLOCK * sizeof(uint32_t));
	block.term_counts = host_alloc_array(MATH_BLOCK, sizeof(uint32_t));
	return block;
}

static void
read_dense(const LogisticColumn *column, LogisticBlock *block)
{
	const double *numbers = column->column->numbers;
	uint32_t	first = block->first;

	if (column->null != LOGISTIC_NONE)
	{
		double	   *to = block->dense + (size_t) column->null * MATH_BLOCK;

		for (uint32_t i = 0; i < block->rows; i++)
			to[i] = column->column->category ? column->column->codes[first + i] == 0 : isnan(numbers[first + i]);
	}
	if (column->linear != LOGISTIC_NONE)
	{
		double	   *to = block->dense + (size_t) column->linear * MATH_BLOCK;

		math_standardise(to, numbers + first, column->mean, column->by_scale, block->rows);
		for (uint32_t i = 0; column->null != LOGISTIC_NONE && i < block->rows; i++)
			to[i] = isnan(to[i]) ? 0 : to[i];
	}
	if (column->log1p != LOGISTIC_NONE)
		memcpy(block->dense + (size_t) column->log1p * MATH_BLOCK, column->logs + first, block->rows * sizeof(double));
}

/* The weights of a row that are 1, but for the dense ones; returns how many. */
static uint32_t
read_terms(const LogisticDesign *design, uint32_t row, uint32_t *terms)
{
	uint32_t	count = 0;

	for (uint32_t b = 0; b < design->binned_count; b++)
	{
		const LogisticColumn *column = &design->columns[design->binned[b]];
		uint32_t	bin = column->binned.codes[row];

		if (bin == 0)
			continue;
		if (!column->cumulative)
		{
			terms[count] = column->first_bin + bin - 1;
			count += bin != column->reference;
			continue;
		}
		for (uint32_t cut = 2; cut <= bin; cut++)
			terms[count++] = column->first_bin + cut - 1;
	}
	return count;
}

void
logistic_read(const LogisticDesign *design, uint32_t first, LogisticBlock *block)
{
	uint32_t	left = design->table->count - first;

	block->first = first;
	block->rows = left < MATH_BLOCK ? left : MATH_BLOCK;
	if (block->rows < MATH_BLOCK)
		memset(block->dense, 0, design->dense * MATH_BLOCK * sizeof(double));
	for (uint32_t i = 0; i < block->rows; i++)
		block->dense[i] = 1;
	for (uint32_t c = 0; c < design->table->column_count; c++)
		read_dense(&design->columns[c], block);
	for (uint32_t i = 0; design->binned_count > 0 && i < block->rows; i++)
		block->term_counts[i] = read_terms(design, first + i, block->terms + (size_t) i * design->most_terms);
}

void
logistic_block_evidence(const LogisticDesign *design, const LogisticBlock *block, const double *weights,
						double evidence[MATH_BLOCK])
{
	memset(evidence, 0, MATH_BLOCK * sizeof(double));
	for (uint32_t d = 0; d < design->dense; d++)
	{
		const double *values = block->dense + (size_t) d * MATH_BLOCK;
		double		weight = weights[d];

		for (int i = 0; i < MATH_BLOCK; i++)
			evidence[i] += weight * values[i];
	}
	for (uint32_t i = 0; design->binned_count > 0 && i < block->rows; i++)
	{
		const uint32_t *terms = block->terms + (size_t) i * design->most_terms;

		for (uint32_t t = 0; t < block->term_counts[i]; t++)
			evidence[i] += weights[terms[t]];
	}
}

/* ----- as a predictor ----- */

static double
weight_of(const double *weights, uint32_t index)
{
	return index == LOGISTIC_NONE ? 0 : weights[index];
}

/* The weight of a bin, against the reference or the first. */
static double
bin_weight(const LogisticColumn *column, const double *weights, uint32_t bin)
{
	double		sum = 0;

	if (column->first_bin == LOGISTIC_NONE)
		return 0;
	if (!column->cumulative)
		return bin == column->reference ? 0 : weights[column->first_bin + bin - 1];
	for (uint32_t cut = 2; cut <= bin; cut++)
		sum += weights[column->first_bin + cut - 1];
	return sum;
}

static ScoreText
note_of(const LogisticColumn *column, const LogisticInsight *insight)
{
	bool		determined = false;

	if (column->linear != LOGISTIC_NONE)
		determined = insight->determined[column->linear];
	else if (column->first_bin != LOGISTIC_NONE)
	{
		determined = true;
		for (uint32_t bin = 1; bin < column->binned.bins; bin++)
			determined = determined && (bin == column->reference || insight->determined[column->first_bin + bin - 1]);
	}
	return determined ? (ScoreText)
	{
		"collinear", 9
	} :			(ScoreText)
	{
		"", 0
	};
}

/* Returns what the feature's mean adds, without the slope. */
static double
add_feature(const LogisticColumn *column, const double *weights, double slope, PredictorFeature *feature)
{
	const BinnedColumn *binned = &column->binned;
	double		linear = weight_of(weights, column->linear) * column->by_scale;
	double		log = weight_of(weights, column->log1p) * column->by_log_scale;
	double		of_mean = linear * column->mean + log * column->log_mean;

	feature->null = training_fixed(slope * (of_mean + weight_of(weights, column->null)));
	feature->count = binned->bins - 2;
	feature->values = host_alloc_array((size_t) feature->count + 1, sizeof(Fixed));
	feature->category = column->column->category;
	if (feature->category)
	{
		feature->categories = host_alloc_array((size_t) feature->count + 1, sizeof(ScoreText));
		feature->other = training_fixed(slope * bin_weight(column, weights, 1));
		for (uint32_t i = 0; i < feature->count; i++)
		{
			feature->categories[i] = column->column->words.words[binned->words[i] - 1];
			feature->values[i] = training_fixed(slope * bin_weight(column, weights, i + 2));
		}
		return of_mean;
	}
	feature->linear = training_fixed(slope * linear);
	feature->log1p = training_fixed(slope * log);
	feature->cuts = binned->cuts;
	for (uint32_t i = 0; i <= feature->count; i++)
		feature->values[i] = training_fixed(slope * bin_weight(column, weights, i + 1));
	return of_mean;
}

double
logistic_features(const LogisticDesign *design, const double *weights, const LogisticInsight *insight,
				  double slope, Predictor *predictor)
{
	double		base = weights[0];

	for (uint32_t c = 0; c < design->table->column_count; c++)
	{
		const LogisticColumn *column = &design->columns[c];
		PredictorFeature *feature = &predictor->features[c];

		base -= add_feature(column, weights, slope, feature);
		feature->note = note_of(column, insight);
		if (!design->transforms && column->linear != LOGISTIC_NONE)
			feature->linear_error = slope * insight->errors[column->linear] * column->by_scale;
	}
	return base;
}
