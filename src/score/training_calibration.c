/*
 * training_calibration.c
 *		From evidence to probabilities that mean what they say.
 *
 * Both ways learn from rows that the model had not seen.  Platt's is a line
 * through their evidence.  The isotonic one goes on from there: neighbouring
 * rows are pooled until their share of true labels rises (pool adjacent
 * violators), and the logarithmic odds of the pools are joined by lines, which
 * keeps the ranking.  How good the result is is said of rows that did not take
 * part in fitting it either: five parts, each calibrated by the other four.
 *
 * Platt (1999), "Probabilistic outputs for support vector machines"; Zadrozny
 * and Elkan (2002), "Transforming classifier scores into accurate multiclass
 * probability estimates".
 */
#include "score/evaluation.h"
#include "score/training.h"

#include <math.h>

#define PARTS 5

/* More rows make it slower and no better. */
#define ROWS_MAX 200000
#define NO_PART PARTS

/* A chain is taken instead of a line if it leaves so much less of the loss. */
#define CHAIN_WORTH 0.995

/* A pool counts so many rows of what the line says, too: small ones are unsure. */
#define ROWS_OF_LINE 10.0

/* Rows held back, by their evidence. */
typedef struct HeldRow
{
	double		evidence;
	double		weight;
	bool		label;
	uint8_t		part;
} HeldRow;

typedef struct HeldRows
{
	HeldRow    *rows;
	uint32_t	count;
} HeldRows;

/* Equal rows may stand in any order but for their labels and weights, which are summed. */
static int
compare_rows(const void *a, const void *b)
{
	const HeldRow *x = a;
	const HeldRow *y = b;

	if (x->evidence != y->evidence)
		return x->evidence < y->evidence ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight < y->weight ? -1 : 1;
	if (x->label != y->label)
		return (int) x->label - (int) y->label;
	return (int) x->part - (int) y->part;
}

static HeldRows
gather(const HeldBack *held)
{
	const TrainingTable *table = held->table;
	HeldRows	gathered = {host_alloc_array((size_t) table->count + 1, sizeof(HeldRow)), 0};

	for (uint32_t row = 0; row < table->count && gathered.count < ROWS_MAX; row++)
	{
		if (held->fold[row] < held->models && training_weight(table, row) > 0)
			gathered.rows[gathered.count++] = (HeldRow)
		{
			held->evidence[row], training_weight(table, row), table->labels[row],
				(uint8_t) ((table->hashes[row] >> 44) % PARTS)
		};
	}
	host_sort(gathered.rows, gathered.count, sizeof(HeldRow), compare_rows);
	return gathered;
}

/* ----- a line ----- */

/* The line that makes the log loss of all parts but one least; the evidence as it is if there is none. */
static void
fit_line(const HeldRows *held, unsigned left_out, Calibration *calibration)
{
	double		a = 1;
	double		b = 0;

	calibration->slope = 1;
	calibration->shift = 0;
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

		host_check_interrupts();
		for (uint32_t i = 0; i < held->count; i++)
		{
			const HeldRow *row = &held->rows[i];
			double		p;
			double		h;

			if (row->part == left_out)
				continue;
			p = training_logistic(a * row->evidence + b);
			h = row->weight * p * (1 - p);
			ga += row->weight * (p - row->label) * row->evidence;
			gb += row->weight * (p - row->label);
			haa += h * row->evidence * row->evidence;
			hab += h * row->evidence;
			hbb += h;
		}
		determinant = haa * hbb - hab * hab;
		if (!(determinant > 1e-12))
			return;
		da = (hbb * ga - hab * gb) / determinant;
		db = (haa * gb - hab * ga) / determinant;
		a -= da;
		b -= db;
		if (!(fabs(a) < 100 && fabs(b) < 100))
			return;
		if (fabs(da) < 1e-10 && fabs(db) < 1e-10)
			break;
	}
	/* a model whose evidence says little of rows it has not seen is not turned round */
	if (a > 0.1)
	{
		calibration->slope = a;
		calibration->shift = b;
	}
}

/* ----- a chain of lines ----- */

typedef struct Pool
{
	double		weight;
	double		positives;
	double		evidence;		/* sums, as the line has it */
	double		said;
} Pool;

static Pool
joined(Pool a, Pool b)
{
	return (Pool)
	{
		a.weight + b.weight, a.positives + b.positives, a.evidence + b.evidence, a.said + b.said
	};
}

static bool
same_evidence(Pool a, Pool b)
{
	return a.evidence / a.weight == b.evidence / b.weight;
}

static void
fit_chain(const HeldRows *held, unsigned left_out, Calibration *calibration)
{
	Pool	   *pools;
	uint32_t	count = 0;
	uint32_t	kept = 0;

	fit_line(held, left_out, calibration);
	pools = host_alloc_array((size_t) held->count + 1, sizeof(Pool));
	for (uint32_t i = 0; i < held->count; i++)
	{
		const HeldRow *row = &held->rows[i];
		double		x = calibration->slope * row->evidence + calibration->shift;

		if (row->part == left_out)
			continue;
		pools[count++] = (Pool)
		{
			row->weight, row->label ? row->weight : 0, row->weight * x, row->weight * training_logistic(x)
		};
		while (count > 1 &&
			   (pools[count - 2].positives * pools[count - 1].weight >=
				pools[count - 1].positives * pools[count - 2].weight ||
				same_evidence(pools[count - 2], pools[count - 1])))
		{
			pools[count - 2] = joined(pools[count - 2], pools[count - 1]);
			count--;
		}
	}
	calibration->at = host_alloc_array((size_t) count + 1, sizeof(double));
	calibration->to = host_alloc_array((size_t) count + 1, sizeof(double));
	for (uint32_t i = 0; i < count; i++)
	{
		Pool	   *pool = &pools[i];
		double		said = pool->said / pool->weight;
		double		rate = (pool->positives + ROWS_OF_LINE * said) / (pool->weight + ROWS_OF_LINE);
		double		at = pool->evidence / pool->weight;
		double		to = log(rate / (1 - rate));

		if (!isfinite(to) || (kept > 0 && at <= calibration->at[kept - 1]))
			continue;
		if (kept > 0 && to < calibration->to[kept - 1])
			to = calibration->to[kept - 1];
		calibration->at[kept] = at;
		calibration->to[kept++] = to;
	}
	calibration->knots = kept;
	host_free(pools);
}

/* Outside of the knots the chain goes on with slope 1. */
static double
calibrated(const Calibration *calibration, double evidence)
{
	double		x = calibration->slope * evidence + calibration->shift;
	uint32_t	low = 0;
	uint32_t	high = calibration->knots;
	const double *at = calibration->at;
	const double *to = calibration->to;

	if (calibration->knots == 0)
		return x;
	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (at[middle] <= x)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return to[0] + (x - at[0]);
	if (low == calibration->knots)
		return to[low - 1] + (x - at[low - 1]);
	return to[low - 1] + (to[low] - to[low - 1]) * ((x - at[low - 1]) / (at[low] - at[low - 1]));
}

/* ----- both, and what they are worth ----- */

typedef void (*Fit) (const HeldRows *held, unsigned left_out, Calibration *calibration);

/* Each part as the others calibrate it. */
static EvaluationState *
judge(const HeldRows *held, Fit fit)
{
	EvaluationState *state = partial_begin(&evaluation_kind);

	for (unsigned part = 0; part < PARTS; part++)
	{
		Calibration calibration = {1, 0};

		if (fit)
			fit(held, part, &calibration);
		for (uint32_t i = 0; i < held->count; i++)
		{
			const HeldRow *row = &held->rows[i];

			if (row->part == part)
				evaluation_add_weighted(state, training_logistic(calibrated(&calibration, row->evidence)),
										row->label, row->weight);
		}
	}
	return state;
}

static double
loss_of(const EvaluationState *state)
{
	double		loss = HUGE_VAL;

	(void) evaluation_log_loss(state, &loss);
	return loss;
}

void
training_calibrate(const HeldBack *held, const TrainingOptions *options,
				   Calibration *calibration, PredictorTraining *training)
{
	HeldRows	rows = gather(held);
	bool		line = options->calibrate && options->calibration != TRAINING_ISOTONIC;
	bool		chain = options->calibrate && options->calibration != TRAINING_PLATT;
	EvaluationState *state = judge(&rows, line ? fit_line : chain ? fit_chain : NULL);
	EvaluationTotals totals;
	EvaluationInterval interval;

	if (line && chain)
	{
		EvaluationState *other = judge(&rows, fit_chain);

		chain = loss_of(other) < CHAIN_WORTH * loss_of(state);
		state = chain ? other : state;
	}
	*calibration = (Calibration)
	{
		1, 0
	};
	if (chain)
		fit_chain(&rows, NO_PART, calibration);
	else if (line)
		fit_line(&rows, NO_PART, calibration);
	training->calibration = chain ? PREDICTOR_ISOTONIC : line ? PREDICTOR_PLATT : PREDICTOR_UNCALIBRATED;

	(void) evaluation_auc(state, &training->auc);
	(void) evaluation_log_loss(state, &training->log_loss);
	(void) evaluation_calibration_error(state, EVALUATION_BINS, false, &training->calibration_error);
	totals = evaluation_totals(state);
	interval = evaluation_interval(state, &totals);
	if (interval.status == EVALUATION_OK)
	{
		training->auc_low = interval.low;
		training->auc_high = interval.high;
	}
	host_free(rows.rows);
}
