/*
 * boosting_fit.c
 *		From a table of rows to a boosted predictor: bins, shapes, pairs.
 */
#include "score/boosting.h"

#include <math.h>

/* Beyond so many rows one model that leaves out one fold is as good as several. */
#define ROWS_FOR_FOLDS 50000

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
		values[cell] = rows[cell] == 0 ? 0 : training_fixed(slope * (mean_of_models(boosting, shape, cell) - mean));
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

/* Pairs are looked for among so many columns, by so many rows. */
#define COLUMNS_FOR_PAIRS 48
#define ROWS_FOR_PAIRS 100000

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

/* How far a column's shape is from flat: mean distance of its rows from 0, in all models. */
static double
strength(const Boosting *boosting, const BoostedShape *shape)
{
	uint64_t	rows[TRAINING_BINS] = {0};
	double		sum = 0;

	for (uint32_t row = 0; row < boosting->table->count; row++)
		rows[shape->column->codes[row]]++;
	for (uint32_t m = 0; m < boosting->models; m++)
	{
		double		mean = 0;

		for (uint32_t bin = 0; bin < shape->size; bin++)
			mean += (double) rows[bin] / boosting->table->count * shape->values[m * shape->size + bin];
		for (uint32_t bin = 0; bin < shape->size; bin++)
			sum += (double) rows[bin] * fabs(shape->values[m * shape->size + bin] - mean);
	}
	return sum;
}

typedef struct ColumnStrength
{
	uint32_t	column;
	double		strength;
} ColumnStrength;

static int
compare_strengths(const void *a, const void *b)
{
	const ColumnStrength *x = a;
	const ColumnStrength *y = b;

	if (x->strength != y->strength)
		return x->strength > y->strength ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

/* Pairs of the strongest columns; what may only rise or fall must do so alone. */
static uint32_t
list_pairs(const Boosting *boosting, const BinnedColumn *binned, PairPlan *plans)
{
	const TrainingTable *table = boosting->table;
	ColumnStrength *strengths = host_alloc_array((size_t) table->column_count + 1, sizeof(ColumnStrength));
	uint32_t	columns = 0;
	uint32_t	count = 0;

	for (uint32_t c = 0; c < table->column_count; c++)
	{
		host_check_interrupts();
		if (binned[c].bins > 2 && table->columns[c].direction == 0)
			strengths[columns++] = (ColumnStrength)
		{
			c, strength(boosting, &boosting->shapes[c])
		};
	}
	host_sort(strengths, columns, sizeof(ColumnStrength), compare_strengths);
	columns = columns < COLUMNS_FOR_PAIRS ? columns : COLUMNS_FOR_PAIRS;
	for (uint32_t i = 0; i < columns; i++)
	{
		for (uint32_t j = 0; j < columns; j++)
		{
			if (strengths[i].column < strengths[j].column)
				plans[count++] = (PairPlan)
			{
				strengths[i].column, strengths[j].column, 0
			};
		}
	}
	host_free(strengths);
	return count;
}

/* Of those pairs the ones that could gain most in one step. */
static uint32_t
choose_pairs(Boosting *boosting, const BinnedColumn *binned, const Grouped *grouped, PairPlan **plans)
{
	TrainingTable head = training_head(boosting->table, ROWS_FOR_PAIRS);
	uint16_t   *cells = host_alloc_array((size_t) head.count + 1, sizeof(uint16_t));
	uint32_t	listed;
	uint32_t	count = 0;

	*plans = host_alloc_array(COLUMNS_FOR_PAIRS * COLUMNS_FOR_PAIRS, sizeof(PairPlan));
	if (boosting->options->pairs == 0)
		return 0;
	listed = list_pairs(boosting, binned, *plans);
	for (uint32_t m = 0; m < boosting->models; m++)
	{
		boosting_left_over(boosting, m);
		for (uint32_t p = 0; p < listed; p++)
		{
			PairPlan   *plan = &(*plans)[p];

			pair_cells(&head, binned, grouped, plan->a, plan->b, cells);
			plan->gain += boosting_pair_gain(boosting, cells, grouped[plan->a].groups, grouped[plan->b].groups,
											 head.count);
		}
	}
	host_free(cells);
	host_sort(*plans, listed, sizeof(PairPlan), compare_plans);
	while (count < listed && count < boosting->options->pairs && (*plans)[count].gain > 0)
		count++;
	return count;
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
add_pair(Boosting *boosting, const PairPlan *plan, const BinnedColumn *binned, const Grouped *grouped)
{
	uint16_t   *cells = host_alloc_array((size_t) boosting->table->count + 1, sizeof(uint16_t));

	(void) boosting_add_shape(boosting, NULL, 0, pair_cells(boosting->table, binned, grouped, plan->a, plan->b, cells),
							  grouped[plan->a].groups, grouped[plan->b].groups);
}

void
boosting_fit(const TrainingTable *table, const TrainingOptions *options, const TrainingBase *base,
			 TrainingProgress progress, void *context, Predictor *predictor)
{
	uint32_t	columns = table->column_count;
	BinnedColumn *binned = host_alloc_array((size_t) columns + 1, sizeof(BinnedColumn));
	Grouped    *grouped = host_alloc_array((size_t) columns + 1, sizeof(Grouped));
	PairPlan   *plans = NULL;
	uint32_t	models = table->count > ROWS_FOR_FOLDS ? 1 : options->folds;
	double		sum = base->odds;
	Boosting	boosting;
	Calibration calibration;

	for (uint32_t c = 0; c < columns; c++)
	{
		host_check_interrupts();
		training_bin(table, &table->columns[c], options->bins, &binned[c]);
		group_bins(table, &binned[c], &grouped[c]);
	}
	boosting_begin(&boosting, table, options, base->weights, models);
	for (uint32_t m = 0; m < models; m++)
	{
		for (uint32_t row = 0; row < table->count; row++)
			boosting.evidence[m][row] = base->odds;
	}
	for (uint32_t c = 0; c < columns; c++)
		(void) boosting_add_shape(&boosting, &binned[c], table->columns[c].direction, NULL, 0, 0);
	boosting_run(&boosting, 0, progress, context);
	predictor->pair_count = choose_pairs(&boosting, binned, grouped, &plans);
	for (uint32_t p = 0; p < predictor->pair_count; p++)
		add_pair(&boosting, &plans[p], binned, grouped);
	if (predictor->pair_count > 0)
		boosting_run(&boosting, columns, progress, context);

	predictor->training.folds = options->folds;
	predictor->training.rounds = boosting.rounds;
	for (uint32_t row = 0; row < table->count; row++)
		boosting.held[row] -= base->class_odds;
	training_calibrate(&(HeldBack) {table, boosting.fold, models, boosting.held}, options, &calibration,
					   &predictor->training);
	for (uint32_t c = 0; c < columns; c++)
		sum += feature_of_shape(&boosting, &table->columns[c], &boosting.shapes[c], calibration.slope,
								&predictor->features[c]);
	predictor->pairs = host_alloc_zero(checked_mul_size((size_t) predictor->pair_count + 1, sizeof(PredictorPair)));
	for (uint32_t p = 0; p < predictor->pair_count; p++)
	{
		PredictorPair *pair = &predictor->pairs[p];
		const BoostedShape *shape = &boosting.shapes[columns + p];

		side_of(&pair->side[0], plans[p].a, &binned[plans[p].a], &grouped[plans[p].a]);
		side_of(&pair->side[1], plans[p].b, &binned[plans[p].b], &grouped[plans[p].b]);
		pair->values = host_alloc_array(shape->size, sizeof(Fixed));
		sum += centre(&boosting, shape, calibration.slope, pair->values);
	}
	training_finish(base, &calibration, sum, predictor);
}
