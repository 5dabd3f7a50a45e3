/*
 * training_report.c
 *		What is worth knowing of each column that a model was trained on.
 *
 * How well the column alone ranks rows, how much it adds in the model, and
 * what looks wrong with it.  All of it is of the table's first rows, which are
 * as good as drawn at random.
 */
#include "score/training.h"

#include <math.h>

#define ROWS_ALONE 20000
#define BINS_ALONE 64
#define ROWS_ADDED 1000
#define ROWS_COMPARED 1000
#define FOLDS 5

/* A bin's share of true labels is drawn towards that of all rows by so many of them. */
#define ROWS_OF_ALL 5.0

/* Nothing that is known beforehand ranks as well as this alone, or carries so much of a good model. */
#define AUC_LEAK 0.95
#define AUC_STRONG 0.85
#define SHARE_OF_MODEL 0.85

/* ----- a column alone ----- */

typedef struct BinRank
{
	double		score;
	double		weight[2];		/* of the rows of one fold, by label */
} BinRank;

static int
compare_ranks(const void *a, const void *b)
{
	const BinRank *x = a;
	const BinRank *y = b;

	return x->score < y->score ? -1 : x->score > y->score;
}

/* Pairs of a true and a false row in which the true one stands higher; `all` is how many there are. */
static double
pairs_won(BinRank *ranks, uint32_t count, double *all)
{
	double		won = 0;
	double		below = 0;
	double		positives = 0;

	host_sort(ranks, count, sizeof(BinRank), compare_ranks);
	for (uint32_t i = 0; i < count;)
	{
		double		here[2] = {0, 0};
		double		score = ranks[i].score;

		for (; i < count && ranks[i].score == score; i++)
		{
			here[0] += ranks[i].weight[0];
			here[1] += ranks[i].weight[1];
		}
		won += here[1] * (below + here[0] / 2);
		below += here[0];
		positives += here[1];
	}
	*all = positives * below;
	return won;
}

/* Bins are ranked by the share of true labels in the other folds; NaN if there is nothing to rank. */
static double
auc_alone(const TrainingTable *head, const BinnedColumn *binned)
{
	double		sums[FOLDS + 1][TRAINING_BINS][2];	/* the last is of all folds */
	double		totals[2] = {0, 0};
	double		won = 0;
	double		pairs = 0;

	memset(sums, 0, sizeof(sums));
	for (uint32_t row = 0; row < head->count; row++)
	{
		double		weight = training_weight(head, row);
		uint32_t	fold = (uint32_t) (head->hashes[row] >> 12) % FOLDS;

		sums[fold][binned->codes[row]][head->labels[row]] += weight;
		sums[FOLDS][binned->codes[row]][head->labels[row]] += weight;
		totals[head->labels[row]] += weight;
	}
	for (int fold = 0; fold < FOLDS; fold++)
	{
		BinRank		ranks[TRAINING_BINS];
		double		all;
		double		share = totals[1] / (totals[0] + totals[1]);

		for (uint32_t bin = 0; bin < binned->bins; bin++)
		{
			double		positives = sums[FOLDS][bin][1] - sums[fold][bin][1];
			double		negatives = sums[FOLDS][bin][0] - sums[fold][bin][0];

			ranks[bin].score = (positives + ROWS_OF_ALL * share) / (positives + negatives + ROWS_OF_ALL);
			ranks[bin].weight[0] = sums[fold][bin][0];
			ranks[bin].weight[1] = sums[fold][bin][1];
		}
		won += pairs_won(ranks, binned->bins, &all);
		pairs += all;
	}
	return pairs > 0 ? won / pairs : NAN;
}

static bool
is_constant(const TrainingTable *head, const BinnedColumn *binned)
{
	for (uint32_t row = 1; row < head->count; row++)
	{
		if (binned->codes[row] != binned->codes[0])
			return false;
	}
	return true;
}

/* ----- columns that say the same ----- */

/* Standardised, 0 where it is NULL; false if it is constant. */
static bool
standardised(const TrainingTable *head, const TrainingColumn *column, double *to)
{
	double		sum = 0;
	double		squares = 0;
	uint32_t	known = 0;

	for (uint32_t row = 0; row < head->count; row++)
	{
		bool		null = isnan(column->numbers[row]);

		sum += null ? 0 : column->numbers[row];
		known += !null;
	}
	for (uint32_t row = 0; row < head->count; row++)
	{
		to[row] = isnan(column->numbers[row]) ? 0 : column->numbers[row] - sum / known;
		squares += to[row] * to[row];
	}
	if (!(squares > 0) || !isfinite(squares))
		return false;
	for (uint32_t row = 0; row < head->count; row++)
		to[row] /= sqrt(squares);
	return true;
}

static bool
nulls_agree(const TrainingTable *head, const TrainingColumn *a, const TrainingColumn *b)
{
	for (uint32_t row = 0; row < head->count; row++)
	{
		if (isnan(a->numbers[row]) != isnan(b->numbers[row]))
			return false;
	}
	return true;
}

/* Which columns are a line of one before them, or the same words. */
static void
find_collinear(const TrainingTable *table, bool *collinear)
{
	TrainingTable head = training_head(table, ROWS_COMPARED);
	double	  **lines = host_alloc_zero(checked_mul_size((size_t) table->column_count + 1, sizeof(double *)));

	for (uint32_t c = 0; c < table->column_count; c++)
	{
		const TrainingColumn *column = &table->columns[c];

		host_check_interrupts();
		if (!column->category)
		{
			lines[c] = host_alloc_array((size_t) head.count + 1, sizeof(double));
			if (!standardised(&head, column, lines[c]))
				lines[c] = NULL;
		}
		for (uint32_t b = 0; b < c && !collinear[c]; b++)
		{
			const TrainingColumn *before = &table->columns[b];
			double		product = 0;

			if (column->category && before->category)
				collinear[c] = memcmp(column->codes, before->codes, head.count * sizeof(uint32_t)) == 0 &&
					column->words.count == before->words.count;
			if (lines[c] == NULL || lines[b] == NULL)
				continue;
			for (uint32_t row = 0; row < head.count; row++)
				product += lines[b][row] * lines[c][row];
			collinear[c] = fabs(product) > 1 - 1e-9 && nulls_agree(&head, column, before);
		}
	}
	host_free(lines);
}

/* ----- what columns add in the model ----- */

static void
find_importance(const TrainingTable *table, Predictor *predictor)
{
	TrainingTable head = training_head(table, ROWS_ADDED);
	PredictorInput *inputs = host_alloc_zero(((size_t) predictor->feature_count + 1) * sizeof(PredictorInput));
	Fixed	   *added = host_alloc_array((size_t) predictor_line_count(predictor) + 1, sizeof(Fixed));
	double	   *sums = host_alloc_zero(((size_t) predictor->feature_count + 1) * sizeof(double));

	for (uint32_t row = 0; row < head.count; row++)
	{
		host_check_interrupts();
		for (uint32_t f = 0; f < predictor->feature_count; f++)
		{
			const TrainingColumn *column = &table->columns[f];
			Fixed		fixed;

			inputs[f].null = column->category ? column->codes[row] == 0 :
				!fixed_from_double(column->numbers[row], &fixed);
			if (inputs[f].null)
				continue;
			if (column->category)
				inputs[f].text = column->words.words[column->codes[row] - 1];
			else
				inputs[f].number = column->numbers[row];
		}
		(void) predictor_evidence(predictor, inputs, added);
		for (uint32_t f = 0; f < predictor->feature_count; f++)
			sums[f] += fabs(fixed_to_double(added[f]));
	}
	for (uint32_t f = 0; f < predictor->feature_count; f++)
		predictor->features[f].importance = sums[f] / head.count;
	host_free(sums);
	host_free(added);
	host_free(inputs);
}

/* ----- all of it ----- */

static const char *
note_of(const Predictor *predictor, const PredictorFeature *feature, bool constant, bool collinear)
{
	double		auc = predictor->training.auc;

	if (constant)
		return "constant";
	if (feature->auc == 1)
		return "separates";
	if (feature->auc >= AUC_LEAK)
		return "leak_suspect";
	if (feature->auc >= AUC_STRONG && predictor->feature_count > 1 &&
		feature->auc - 0.5 >= SHARE_OF_MODEL * (auc - 0.5))
		return "leak_suspect";
	return collinear ? "collinear" : "";
}

void
training_report(const TrainingTable *table, Predictor *predictor)
{
	TrainingTable head = training_head(table, ROWS_ALONE);
	bool	   *collinear = host_alloc_zero((size_t) table->column_count + 1);

	find_collinear(table, collinear);
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		PredictorFeature *feature = &predictor->features[c];
		BinnedColumn binned;
		const char *note;

		host_check_interrupts();
		training_bin(&head, &table->columns[c], BINS_ALONE, &binned);
		feature->auc = auc_alone(&head, &binned);
		note = note_of(predictor, feature, is_constant(&head, &binned), collinear[c] || feature->note.size > 0);
		feature->note = (ScoreText)
		{
			note, (uint32_t) strlen(note)
		};
		host_free(binned.codes);
	}
	find_importance(table, predictor);
	host_free(collinear);
}
