/*
 * training_fit.c
 *		From a table of rows to a predictor: fit, calibrate, judge.
 */
#include "score/boosting.h"
#include "score/evaluation.h"
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
	.seed = 1
};

/* Beyond so many rows one model that leaves out one fold is as good as several. */
#define ROWS_FOR_FOLDS 50000

/* Fewer rows of a class teach nothing but how rare it is. */
#define ROWS_OF_A_CLASS 10

static Fixed
to_fixed(double value)
{
	Fixed		fixed = 0;

	if (!fixed_from_double(value, &fixed))
		host_fail(HOST_OUT_OF_RANGE, "training did not stay within range", NULL,
				  "Give l2 a value above 0, or leave out columns of enormous numbers.");
	return fixed;
}

/* ----- calibration on rows held back ----- */

/* Platt: the line through held-back evidence that makes its log loss least. */
static bool
fit_line(const double *evidence, const uint8_t *labels, const uint8_t *fold, uint32_t models, uint32_t count,
		 double *slope, double *shift)
{
	double		a = 1;
	double		b = 0;

	for (int round = 0; round < 50; round++)
	{
		double		ga = 0;
		double		gb = 0;
		double		haa = 1e-9;
		double		hab = 0;
		double		hbb = 1e-9;
		double		determinant;
		double		da;
		double		db;

		for (uint32_t row = 0; row < count; row++)
		{
			double		p;
			double		h;

			if (fold[row] >= models)
				continue;
			p = training_logistic(a * evidence[row] + b);
			h = p * (1 - p);
			ga += (p - labels[row]) * evidence[row];
			gb += p - labels[row];
			haa += h * evidence[row] * evidence[row];
			hab += h * evidence[row];
			hbb += h;
		}
		determinant = haa * hbb - hab * hab;
		if (!(determinant > 1e-12))
			return false;
		da = (hbb * ga - hab * gb) / determinant;
		db = (haa * gb - hab * ga) / determinant;
		a -= da;
		b -= db;
		if (!(fabs(a) < 100 && fabs(b) < 100))
			return false;
		if (fabs(da) < 1e-10 && fabs(db) < 1e-10)
			break;
	}
	*slope = a;
	*shift = b;
	return a > 0.1;
}

/* What held-back rows say of the model, its calibration applied. */
static void
judge(const double *evidence, const uint8_t *labels, const uint8_t *fold, uint32_t models, uint32_t count,
	  double slope, double shift, PredictorTraining *training)
{
	EvaluationState *state = partial_begin(&evaluation_kind);

	for (uint32_t row = 0; row < count; row++)
	{
		if (fold[row] < models)
			evaluation_add(state, training_logistic(slope * evidence[row] + shift), labels[row]);
	}
	training->auc = training->log_loss = training->calibration_error = NAN;
	(void) evaluation_auc(state, &training->auc);
	(void) evaluation_log_loss(state, &training->log_loss);
	(void) evaluation_calibration_error(state, EVALUATION_BINS, false, &training->calibration_error);
}

/* ----- shapes as features ----- */

static double
mean_of_models(const Boosting *boosting, const BoostedShape *shape, uint32_t cell)
{
	double		sum = 0;

	for (uint32_t m = 0; m < boosting->models; m++)
		sum += shape->values[m * shape->size + cell];
	return sum / boosting->models;
}

/*
 * Values of a shape relative to its mean over the rows, which is returned and
 * belongs to the base.  A cell without rows is as the mean.
 */
static double
centre(const Boosting *boosting, const BoostedShape *shape, double slope, Fixed *values)
{
	uint32_t	count = boosting->table->count;
	uint64_t   *rows = host_alloc_zero(checked_mul_size(shape->size, sizeof(uint64_t)));
	double		mean = 0;

	for (uint32_t row = 0; row < count; row++)
		rows[shape->column ? shape->column->codes[row] : shape->cells[row]]++;
	for (uint32_t cell = 0; cell < shape->size; cell++)
		mean += (double) rows[cell] / count * mean_of_models(boosting, shape, cell);
	for (uint32_t cell = 0; cell < shape->size; cell++)
		values[cell] = rows[cell] == 0 ? 0 : to_fixed(slope * (mean_of_models(boosting, shape, cell) - mean));
	host_free(rows);
	return mean;
}

static void
name_categories(PredictorFeature *feature, const TrainingColumn *column, const BinnedColumn *binned)
{
	feature->category = true;
	feature->count = binned->bins - 2;
	feature->categories = host_alloc_array((size_t) feature->count + 1, sizeof(ScoreText));
	feature->values = host_alloc_zero(checked_mul_size((size_t) feature->count + 1, sizeof(Fixed)));
	for (uint32_t i = 0; i < feature->count; i++)
		feature->categories[i] = column->words.words[binned->words[i] - 1];
}

/* Neighbours of one value are one bin. */
static void
join_bins(PredictorFeature *feature)
{
	uint32_t	kept = 0;

	for (uint32_t i = 0; i < feature->count; i++)
	{
		if (feature->values[i + 1] == feature->values[kept])
			continue;
		feature->cuts[kept] = feature->cuts[i];
		feature->values[++kept] = feature->values[i + 1];
	}
	feature->count = kept;
}

static double
feature_of_shape(const Boosting *boosting, const TrainingColumn *column, const BoostedShape *shape,
				 double slope, PredictorFeature *feature)
{
	const BinnedColumn *binned = shape->column;
	Fixed	   *values = host_alloc_array(shape->size, sizeof(Fixed));
	double		mean = centre(boosting, shape, slope, values);

	feature->null = values[0];
	if (column->category)
	{
		name_categories(feature, column, binned);
		feature->other = values[1];
		memcpy(feature->values, values + 2, feature->count * sizeof(Fixed));
	}
	else
	{
		feature->count = binned->bins - 2;
		feature->cuts = host_alloc_array((size_t) feature->count + 1, sizeof(double));
		memcpy(feature->cuts, binned->cuts, feature->count * sizeof(double));
		feature->values = host_alloc_array((size_t) feature->count + 1, sizeof(Fixed));
		memcpy(feature->values, values + 1, ((size_t) feature->count + 1) * sizeof(Fixed));
		join_bins(feature);
	}
	host_free(values);
	return mean;
}

/* ----- pairs ----- */

#define GROUPS_MAX 12
#define GROUPS_WANTED 8

/* Bins put together to groups of about as many rows; 0 is what is missing or rare. */
typedef struct Grouped
{
	uint32_t	groups;
	uint8_t		of_bin[TRAINING_BINS];
} Grouped;

static void
group_bins(const TrainingTable *table, const BinnedColumn *binned, Grouped *grouped)
{
	uint32_t	first = binned->ordered ? 1 : 2;
	uint64_t	rows[TRAINING_BINS] = {0};
	double		room = (double) table->count / GROUPS_WANTED;
	double		filled = 0;

	memset(grouped, 0, sizeof(*grouped));
	grouped->groups = 2;
	for (uint32_t row = 0; row < table->count; row++)
		rows[binned->codes[row]]++;
	for (uint32_t bin = first; bin < binned->bins; bin++)
	{
		if (filled > 0 && filled + (double) rows[bin] / 2 > room && grouped->groups < GROUPS_MAX)
		{
			grouped->groups++;
			filled = 0;
		}
		grouped->of_bin[bin] = (uint8_t) (grouped->groups - 1);
		filled += (double) rows[bin];
	}
}

typedef struct PairPlan
{
	uint32_t	a;
	uint32_t	b;
	double		gain;
} PairPlan;

static int
compare_plans(const void *a, const void *b)
{
	const PairPlan *x = a;
	const PairPlan *y = b;

	if (x->gain != y->gain)
		return x->gain > y->gain ? -1 : 1;
	return x->a != y->a ? (x->a < y->a ? -1 : 1) : x->b < y->b ? -1 : x->b > y->b;
}

static uint16_t *
pair_cells(const TrainingTable *table, const BinnedColumn *binned, const Grouped *grouped, uint32_t a, uint32_t b,
		   uint16_t *cells)
{
	for (uint32_t row = 0; row < table->count; row++)
		cells[row] = (uint16_t) (grouped[a].of_bin[binned[a].codes[row]] * grouped[b].groups +
								 grouped[b].of_bin[binned[b].codes[row]]);
	return cells;
}

/* Of all pairs those that could gain most in one step. */
static uint32_t
choose_pairs(Boosting *boosting, const BinnedColumn *binned, const Grouped *grouped, PairPlan **plans)
{
	const TrainingTable *table = boosting->table;
	uint32_t	columns = table->column_count;
	uint16_t   *cells = host_alloc_array((size_t) table->count + 1, sizeof(uint16_t));
	uint32_t	count = 0;

	*plans = host_alloc_array((size_t) columns * columns / 2 + 1, sizeof(PairPlan));
	for (uint32_t a = 0; a < columns; a++)
	{
		for (uint32_t b = a + 1; b < columns; b++)
		{
			double		gain;

			if (binned[a].bins < 3 || binned[b].bins < 3)
				continue;
			pair_cells(table, binned, grouped, a, b, cells);
			gain = boosting_pair_gain(boosting, cells, grouped[a].groups, grouped[b].groups);
			if (gain > 0)
				(*plans)[count++] = (PairPlan)
			{
				a, b, gain
			};
		}
	}
	host_free(cells);
	host_sort(*plans, count, sizeof(PairPlan), compare_plans);
	return count < boosting->options->pairs ? count : boosting->options->pairs;
}

static void
side_of(PredictorSide *side, uint32_t feature, const BinnedColumn *binned, const Grouped *grouped)
{
	side->feature = feature;
	side->groups = grouped->groups;
	if (!binned->ordered)
	{
		side->members = host_alloc_zero(checked_mul_size(binned->bins, sizeof(uint32_t)));
		for (uint32_t i = 0; i + 2 < binned->bins; i++)
			side->members[i] = grouped->of_bin[i + 2];
		return;
	}
	side->cuts = host_alloc_array(binned->bins, sizeof(double));
	for (uint32_t bin = 2; bin < binned->bins; bin++)
	{
		if (grouped->of_bin[bin] != grouped->of_bin[bin - 1])
			side->cuts[side->cut_count++] = binned->cuts[bin - 2];
	}
}

/* ----- fitting ----- */

static void
fit_boosted(const TrainingTable *table, const TrainingOptions *options,
			TrainingProgress progress, void *context, Predictor *predictor)
{
	uint32_t	columns = table->column_count;
	BinnedColumn *binned = host_alloc_array((size_t) columns + 1, sizeof(BinnedColumn));
	Grouped    *grouped = host_alloc_array((size_t) columns + 1, sizeof(Grouped));
	PairPlan   *plans = NULL;
	uint32_t	models = table->count > ROWS_FOR_FOLDS ? 1 : options->folds;
	double		base = log((double) table->positives / (double) (table->count - table->positives));
	double		slope = 1;
	double		shift = 0;
	Boosting	boosting;

	for (uint32_t c = 0; c < columns; c++)
	{
		host_check_interrupts();
		training_bin(table, &table->columns[c], options->bins, &binned[c]);
		group_bins(table, &binned[c], &grouped[c]);
	}
	boosting_begin(&boosting, table, options, models);
	for (uint32_t m = 0; m < models; m++)
	{
		for (uint32_t row = 0; row < table->count; row++)
			boosting.evidence[m][row] = base;
	}
	for (uint32_t c = 0; c < columns; c++)
		(void) boosting_add_shape(&boosting, &binned[c], NULL, 0, 0);
	boosting_run(&boosting, 0, progress, context);
	predictor->pair_count = choose_pairs(&boosting, binned, grouped, &plans);
	for (uint32_t p = 0; p < predictor->pair_count; p++)
	{
		uint16_t   *cells = host_alloc_array((size_t) table->count + 1, sizeof(uint16_t));

		(void) boosting_add_shape(&boosting, NULL,
								  pair_cells(table, binned, grouped, plans[p].a, plans[p].b, cells),
								  grouped[plans[p].a].groups, grouped[plans[p].b].groups);
	}
	if (predictor->pair_count > 0)
		boosting_run(&boosting, columns, progress, context);

	if (options->calibrate &&
		!fit_line(boosting.held, table->labels, boosting.fold, models, table->count, &slope, &shift))
	{
		slope = 1;
		shift = 0;
	}
	predictor->training.folds = options->folds;
	predictor->training.rounds = boosting.rounds;
	judge(boosting.held, table->labels, boosting.fold, models, table->count, slope, shift, &predictor->training);
	for (uint32_t c = 0; c < columns; c++)
		base += feature_of_shape(&boosting, &table->columns[c], &boosting.shapes[c], slope,
								 &predictor->features[c]);
	predictor->pairs = host_alloc_zero(checked_mul_size((size_t) predictor->pair_count + 1, sizeof(PredictorPair)));
	for (uint32_t p = 0; p < predictor->pair_count; p++)
	{
		PredictorPair *pair = &predictor->pairs[p];
		const BoostedShape *shape = &boosting.shapes[columns + p];

		side_of(&pair->side[0], plans[p].a, &binned[plans[p].a], &grouped[plans[p].a]);
		side_of(&pair->side[1], plans[p].b, &binned[plans[p].b], &grouped[plans[p].b]);
		pair->values = host_alloc_array(shape->size, sizeof(Fixed));
		base += centre(&boosting, shape, slope, pair->values);
	}
	predictor->base = to_fixed(slope * base + shift);
}

static void
fit_logistic(const TrainingTable *table, const TrainingOptions *options,
			 TrainingProgress progress, void *context, Predictor *predictor)
{
	uint32_t	models = !options->calibrate ? 0 : table->count > ROWS_FOR_FOLDS ? 1 : options->folds;
	double	   *held = host_alloc_zero(checked_mul_size((size_t) table->count + 1, sizeof(double)));
	uint8_t    *fold = host_alloc_array((size_t) table->count + 1, 1);
	LogisticDesign design;
	double	   *weights;
	double		slope = 1;
	double		shift = 0;
	bool		converged;

	logistic_design(&design, table, options);
	weights = host_alloc_array(design.width, sizeof(double));
	for (uint32_t row = 0; row < table->count; row++)
		fold[row] = (uint8_t) training_fold(table, row, options->folds);
	for (uint32_t m = 0; m < models; m++)
	{
		(void) logistic_fit(&design, fold, m, progress, context, weights);
		for (uint32_t row = 0; row < table->count; row++)
		{
			if (fold[row] == m)
				held[row] = logistic_evidence(&design, weights, row);
		}
	}
	if (models > 0 && !fit_line(held, table->labels, fold, models, table->count, &slope, &shift))
	{
		slope = 1;
		shift = 0;
	}
	predictor->training.folds = models > 0 ? options->folds : 0;
	judge(held, table->labels, fold, models, table->count, slope, shift, &predictor->training);
	predictor->training.rounds = logistic_fit(&design, fold, UINT32_MAX, progress, context, weights);
	converged = predictor->training.rounds < LOGISTIC_ROUNDS;
	if (!converged)
		predictor->status = (ScoreText)
	{
		"separated", 9
	};
	logistic_predictor(&design, weights, slope, shift, predictor);
}

void
training_fit(const TrainingTable *table, const TrainingOptions *options,
			 TrainingProgress progress, void *context, Predictor *predictor)
{
	uint32_t	negatives = table->count - table->positives;
	const char *status = table->count == 0 ? "no_rows" :
		table->positives == 0 || negatives == 0 ? "one_class" :
		table->positives < ROWS_OF_A_CLASS || negatives < ROWS_OF_A_CLASS ? "insufficient_data" : "ok";

	memset(predictor, 0, sizeof(*predictor));
	predictor->kind = options->kind;
	predictor->status = (ScoreText)
	{
		status, (uint32_t) strlen(status)
	};
	predictor->training.known = true;
	predictor->training.rows = table->count;
	predictor->training.positives = table->positives;
	predictor->training.auc = predictor->training.log_loss = predictor->training.calibration_error = NAN;
	if (strcmp(status, "ok") != 0)
	{
		/* how rare it is, drawn towards one half by one row */
		predictor->base = to_fixed(log((table->positives + 0.5) / (negatives + 0.5)));
		return;
	}
	predictor->feature_count = table->column_count;
	predictor->features = host_alloc_zero(checked_mul_size((size_t) table->column_count + 1, sizeof(PredictorFeature)));
	for (uint32_t c = 0; c < table->column_count; c++)
		predictor->features[c].name = table->columns[c].name;
	if (options->kind == PREDICTOR_BOOSTED)
		fit_boosted(table, options, progress, context, predictor);
	else
		fit_logistic(table, options, progress, context, predictor);
}
