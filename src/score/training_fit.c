/*
 * training_fit.c
 *		From a table of rows to a predictor: what both kinds of model share, and
 *		the logistic one.
 */
#include "score/boosting.h"
#include "score/training_logistic.h"

#include <math.h>

const TrainingOptions training_defaults = {
	.kind = PREDICTOR_BOOSTED,
	.transforms = true,
	.l2 = 5,
	.learning_rate = 0.1,
	.rounds = 500,
	.leaves = 2,
	.bins = 64,
	.pairs = 12,
	.folds = 5,
	.calibrate = true,
	.calibration = TRAINING_PLATT,
	.class_weight = 1,
	.seed = 1
};

/* Beyond so many rows calibrating by one fold is as good as by all. */
#define ROWS_FOR_FOLDS 50000

/* Fewer rows of a class teach nothing but how rare it is. */
#define ROWS_OF_A_CLASS 10

Fixed
training_fixed(double value)
{
	Fixed		fixed = 0;

	if (!fixed_from_double(value, &fixed))
		host_fail(HOST_OUT_OF_RANGE, "training did not stay within range", NULL,
				  "Give l2 a value above 0: the classes may be separated by a column. Or leave out columns of enormous numbers.");
	return fixed;
}

/* ----- how rows weigh ----- */

static TrainingBase
begin_base(const TrainingTable *table, const TrainingOptions *options)
{
	TrainingBase base = {host_alloc_array((size_t) table->count + 1, sizeof(double))};
	double		sums[2] = {0, 0};
	double		class_weight;

	for (uint32_t row = 0; row < table->count; row++)
		sums[table->labels[row]] += training_weight(table, row);
	base.positives = sums[1];
	base.negatives = sums[0];
	class_weight = options->balanced ? sums[0] / sums[1] : options->class_weight;
	base.class_odds = log(class_weight);
	base.odds = log(sums[1] / sums[0]) + base.class_odds;
	base.shift = options->base_rate > 0 ? log(options->base_rate / (1 - options->base_rate)) - log(sums[1] / sums[0]) : 0;
	for (uint32_t row = 0; row < table->count; row++)
		base.weights[row] = training_weight(table, row) * (table->labels[row] ? class_weight : 1);
	return base;
}

void
training_finish(const TrainingBase *base, const Calibration *calibration, double sum, Predictor *predictor)
{
	PredictorChain *chain = &predictor->chain;
	double		evidence = calibration->slope * (sum - base->class_odds) + calibration->shift;

	predictor->base = training_fixed(evidence + (calibration->knots > 0 ? 0 : base->shift));
	chain->at = host_alloc_array((size_t) calibration->knots + 1, sizeof(Fixed));
	chain->to = host_alloc_array((size_t) calibration->knots + 1, sizeof(Fixed));
	for (uint32_t i = 0; i < calibration->knots; i++)
	{
		Fixed		at = training_fixed(calibration->at[i]);

		if (chain->count > 0 && at <= chain->at[chain->count - 1])
			continue;
		chain->at[chain->count] = at;
		chain->to[chain->count++] = training_fixed(calibration->to[i] + base->shift);
	}
}

/* ----- a logistic model ----- */

static void
hold_back(const LogisticDesign *design, const uint8_t *fold, uint32_t left_out, const double *weights,
		  double class_odds, double *held)
{
	LogisticBlock block = logistic_block(design);
	double		evidence[MATH_BLOCK];

	for (uint32_t first = 0; first < design->table->count; first += MATH_BLOCK)
	{
		logistic_read(design, first, &block);
		logistic_block_evidence(design, &block, weights, evidence);
		for (uint32_t i = 0; i < block.rows; i++)
		{
			if (fold[first + i] == left_out)
				held[first + i] = evidence[i] - class_odds;
		}
	}
}

/* If not, they teach no more than how rare one is. */
static bool
other_folds_have_both(const TrainingTable *table, const uint8_t *fold, uint32_t left_out)
{
	bool		seen[2] = {false, false};

	for (uint32_t row = 0; row < table->count && !(seen[0] && seen[1]); row++)
		seen[table->labels[row]] = seen[table->labels[row]] || fold[row] != left_out;
	return seen[0] && seen[1];
}

static void
fit_logistic(const TrainingTable *table, const TrainingOptions *options, const TrainingBase *base,
			 TrainingProgress progress, void *context, Predictor *predictor)
{
	uint32_t	models = !options->calibrate ? 0 : table->count > ROWS_FOR_FOLDS ? 1 : options->folds;
	double	   *held = host_alloc_zero(checked_mul_size((size_t) table->count + 1, sizeof(double)));
	uint8_t    *fold = host_alloc_array((size_t) table->count + 1, 1);
	PredictorTraining *training = &predictor->training;
	LogisticDesign design;
	LogisticInsight insight;
	Calibration calibration = {1, 0};
	double	   *weights;
	double	   *other;
	double		sum;
	bool		separated;

	logistic_design(&design, table, options, base->weights);
	weights = host_alloc_zero(design.width * sizeof(double));
	other = host_alloc_array(design.width, sizeof(double));
	for (uint32_t row = 0; row < table->count; row++)
		fold[row] = (uint8_t) training_fold(table, row, options->folds);
	training->rounds = logistic_fit(&design, fold, UINT32_MAX, progress, context, weights, &insight);
	separated = training->rounds == LOGISTIC_ROUNDS;
	if (separated)
		predictor->status = (ScoreText)
	{
		"separated", 9
	};
	/* without a fold, weights are not far from those with it */
	for (uint32_t m = 0; m < models; m++)
	{
		memset(other, 0, design.width * sizeof(double));
		if (!other_folds_have_both(table, fold, m))
			other[0] = base->odds;
		else
		{
			if (!separated)
				memcpy(other, weights, design.width * sizeof(double));
			(void) logistic_fit(&design, fold, m, progress, context, other, NULL);
		}
		hold_back(&design, fold, m, other, base->class_odds, held);
	}
	if (models > 0)
		training_calibrate(&(HeldBack) {table, fold, models, held}, options, &calibration, training);
	training->folds = models > 0 ? options->folds : 0;
	sum = logistic_features(&design, weights, &insight, calibration.slope, predictor);
	training_finish(base, &calibration, sum, predictor);
}

/* ----- either ----- */

/* Too little to learn from: how rare it is, drawn towards one half by one row. */
static void
fit_base(const TrainingBase *base, const TrainingOptions *options, Predictor *predictor)
{
	double		rate = options->base_rate;

	predictor->base = training_fixed(rate > 0 ? log(rate / (1 - rate)) :
									 log((base->positives + 0.5) / (base->negatives + 0.5)));
}

static const char *
status_of(const TrainingTable *table, const TrainingBase *base)
{
	uint32_t	negatives = table->count - table->positives;

	return table->count == 0 ? "no_rows" :
		table->positives == 0 || negatives == 0 ? "one_class" :
		table->positives < ROWS_OF_A_CLASS || negatives < ROWS_OF_A_CLASS ||
		!(base->positives > 0 && base->negatives > 0) ? "insufficient_data" : "ok";
}

void
training_fit(const TrainingTable *table, const TrainingOptions *options,
			 TrainingProgress progress, void *context, Predictor *predictor)
{
	TrainingBase base = begin_base(table, options);
	PredictorTraining *training = &predictor->training;
	const char *status = status_of(table, &base);

	memset(predictor, 0, sizeof(*predictor));
	predictor->kind = options->kind;
	predictor->status = (ScoreText)
	{
		status, (uint32_t) strlen(status)
	};
	training->known = true;
	training->rows = table->count;
	training->positives = table->positives;
	training->auc = training->auc_low = training->auc_high = training->log_loss = training->calibration_error = NAN;
	if (strcmp(status, "ok") != 0)
	{
		fit_base(&base, options, predictor);
		return;
	}
	predictor->feature_count = table->column_count;
	predictor->features = host_alloc_zero(checked_mul_size((size_t) table->column_count + 1, sizeof(PredictorFeature)));
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		PredictorFeature *feature = &predictor->features[c];

		feature->name = table->columns[c].name;
		feature->auc = feature->importance = feature->linear_error = NAN;
	}
	if (options->kind == PREDICTOR_BOOSTED)
		boosting_fit(table, options, &base, progress, context, predictor);
	else
		fit_logistic(table, options, &base, progress, context, predictor);
	training_report(table, predictor);
}
