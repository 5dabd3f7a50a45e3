/*
 * comparison.c
 *		Two scores of the same rows: which is better, and is that chance?
 *
 * Both scores err on the same rows, so it is differences row by row whose
 * spread counts: of the losses, and of the placements for the area under the
 * ROC curve (DeLong, DeLong and Clarke-Pearson, 1988, for correlated curves).
 *
 *	for label false, then true:
 *		varint	number of rows that differ
 *		for each, in rising order: 8 bytes of score a, 8 of score b; varint of
 *				how many there are
 */
#include "score/comparison.h"

#include <math.h>

#define Z 1.959963984540054
#define ROWS_LEAST 64
#define ROWS_PER_CHECK 65536

/* Fewer rows of a label do not carry a decision. */
#define FEW_OF_A_LABEL 30

const char *const comparison_measure_names[COMPARISON_MEASURES] = {"auc", "log_loss", "brier"};

/* ----- rows in ----- */

static int
compare_rows(const void *a, const void *b)
{
	const ComparisonRow *x = a;
	const ComparisonRow *y = b;

	for (int i = 0; i < 2; i++)
	{
		if (x->score[i] != y->score[i])
			return x->score[i] < y->score[i] ? -1 : 1;
	}
	return 0;
}

static void
settle(ComparisonSide *side)
{
	size_t		kept = 0;

	if (side->settled == side->count)
		return;
	host_sort(side->rows, side->count, sizeof(ComparisonRow), compare_rows);
	for (size_t i = 0; i < side->count; i++)
	{
		if (kept == 0 || compare_rows(&side->rows[kept - 1], &side->rows[i]) != 0)
			side->rows[kept++] = side->rows[i];
		else if (__builtin_add_overflow(side->rows[kept - 1].count, side->rows[i].count, &side->rows[kept - 1].count))
			host_fail(HOST_OUT_OF_RANGE, "number of rows is out of range", NULL, "Compare fewer rows.");
	}
	side->settled = side->count = kept;
}

/* Room for one more row; where rows repeat, room is found by putting equal ones together. */
static ComparisonRow *
next_row(ComparisonSide *side)
{
	if (side->count == side->capacity)
	{
		if (side->settled < side->count / 2)
			settle(side);
		if (side->count > side->capacity / 2 || side->capacity < ROWS_LEAST)
		{
			size_t		grown = side->capacity < ROWS_LEAST ? ROWS_LEAST : checked_mul_size(side->capacity, 2);

			side->rows = side->rows ? host_realloc_array(side->rows, grown, sizeof(ComparisonRow)) :
				host_alloc_array(grown, sizeof(ComparisonRow));
			side->capacity = grown;
		}
	}
	return &side->rows[side->count++];
}

void
comparison_add(ComparisonState *state, double a, double b, bool label)
{
	if (isnan(a) || isnan(b))
		host_fail(HOST_OUT_OF_RANGE, "score must not be NaN", NULL,
				  "Leave such rows out with FILTER (WHERE score <> 'NaN'), or give them NULL.");
	/* -0 is 0 */
	*next_row(&state->side[label]) = (ComparisonRow)
	{
		{
			a + 0.0, b + 0.0
		}, 1
	};
}

/* ----- as a partial ----- */

static void
put_double(ByteBuffer *out, double number)
{
	uint64_t	bits;

	memcpy(&bits, &number, sizeof(bits));
	buffer_reserve(out, sizeof(bits));
	bytes_store_u64(out->data + out->size, bits);
	out->size += sizeof(bits);
}

static bool
get_double(ByteReader *reader, double *number)
{
	const uint8_t *bytes = reader_bytes(reader, sizeof(uint64_t));
	uint64_t	bits;

	if (bytes == NULL)
		return false;
	bits = bytes_load_u64(bytes);
	memcpy(number, &bits, sizeof(bits));
	return !isnan(*number) && !(*number == 0 && bits != 0);
}

static void
pack(const void *packed, ByteBuffer *out)
{
	const ComparisonState *state = packed;

	for (int label = 0; label < 2; label++)
	{
		const ComparisonSide *side = &state->side[label];

		settle((ComparisonSide *) side);
		buffer_varint(out, side->count);
		for (size_t i = 0; i < side->count; i++)
		{
			if (i % ROWS_PER_CHECK == 0)
				host_check_interrupts();
			put_double(out, side->rows[i].score[0]);
			put_double(out, side->rows[i].score[1]);
			buffer_varint(out, side->rows[i].count);
		}
	}
}

static const char *
absorb(void *absorbed, unsigned version, ByteReader *reader)
{
	ComparisonState *state = absorbed;

	(void) version;				/* there is only one */
	for (int label = 0; label < 2; label++)
	{
		uint64_t	count = reader_varint(reader);
		ComparisonRow before = {{0, 0}, 0};

		for (uint64_t i = 0; i < count; i++)
		{
			ComparisonRow row;

			if (i % ROWS_PER_CHECK == 0)
				host_check_interrupts();
			if (!get_double(reader, &row.score[0]) || !get_double(reader, &row.score[1]))
				return "a score is cut off or out of range";
			row.count = reader_varint(reader);
			if (reader->bad || row.count == 0)
				return "a number of rows is cut off or out of range";
			if (i > 0 && compare_rows(&before, &row) >= 0)
				return "its scores are not in order";
			before = row;
			*next_row(&state->side[label]) = row;
		}
	}
	return NULL;
}

PartialKind comparison_kind = {"comparison", 1, sizeof(ComparisonState), NULL, absorb, pack};
PARTIAL_KIND_REGISTER(comparison_kind);

/* ----- placements ----- */

/* One score of the rows of one label, rising, with how many rows there are up to each. */
typedef struct Ranked
{
	double		score;
	uint64_t	upto;
} Ranked;

static int
compare_ranked(const void *a, const void *b)
{
	const Ranked *x = a;
	const Ranked *y = b;

	return x->score < y->score ? -1 : x->score > y->score;
}

static Ranked *
rank_side(const ComparisonSide *side, int which)
{
	Ranked	   *ranked = host_alloc_array(side->count + 1, sizeof(Ranked));
	uint64_t	upto = 0;

	for (size_t i = 0; i < side->count; i++)
		ranked[i] = (Ranked)
	{
		side->rows[i].score[which], side->rows[i].count
	};
	host_sort(ranked, side->count, sizeof(Ranked), compare_ranked);
	for (size_t i = 0; i < side->count; i++)
	{
		upto += ranked[i].upto;
		ranked[i].upto = upto;
	}
	return ranked;
}

/* Rows with a score below another, or, with `equal`, up to it. */
static uint64_t
rows_below(const Ranked *ranked, size_t count, double score, bool equal)
{
	size_t		low = 0;
	size_t		high = count;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (ranked[middle].score < score || (equal && ranked[middle].score == score))
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? 0 : ranked[low - 1].upto;
}

/* Sums of a value of each row, and of the differences between a and b. */
typedef struct Sums
{
	double		rows;
	double		value[2];
	double		difference;
	double		squares;
} Sums;

static void
add_values(Sums *sums, const double value[2], uint64_t count)
{
	double		rows = (double) count;
	double		difference = value[0] - value[1];

	sums->rows += rows;
	for (int i = 0; i < 2; i++)
		sums->value[i] += rows * value[i];
	sums->difference += rows * difference;
	sums->squares += rows * difference * difference;
}

/* The variance of the mean difference. */
static double
variance_of(const Sums *sums)
{
	double		mean = sums->difference / sums->rows;
	double		squares = sums->squares - sums->rows * mean * mean;

	return squares > 0 ? squares / (sums->rows - 1) / sums->rows : 0;
}

/* Each row's share of the other label's rows that stand on its right side, ties half. */
static Sums
place(const ComparisonState *state, int label, uint64_t others)
{
	const ComparisonSide *side = &state->side[label];
	const ComparisonSide *other = &state->side[!label];
	Ranked	   *ranked[2] = {rank_side(other, 0), rank_side(other, 1)};
	Sums		sums = {0};

	for (size_t i = 0; i < side->count; i++)
	{
		double		placement[2];

		if (i % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		for (int which = 0; which < 2; which++)
		{
			double		score = side->rows[i].score[which];
			double		below = (double) rows_below(ranked[which], other->count, score, false);
			double		upto = (double) rows_below(ranked[which], other->count, score, true);
			double		share = (below + upto) / 2 / (double) others;

			placement[which] = label ? share : 1 - share;
		}
		add_values(&sums, placement, side->rows[i].count);
	}
	host_free(ranked[0]);
	host_free(ranked[1]);
	return sums;
}

/* ----- measures ----- */

static Comparison
conclude(double a, double b, double difference, double variance, bool more_is_better)
{
	double		error = sqrt(variance);
	Comparison	comparison = {true, {a, b}, difference, difference - Z * error, difference + Z * error, 1, 0};

	if (error > 0)
		comparison.p_value = erfc(fabs(difference) / error / sqrt(2));
	else if (difference != 0)
		comparison.p_value = 0;
	if (comparison.low > 0 || comparison.high < 0)
		comparison.better = (difference > 0) == more_is_better ? 1 : -1;
	return comparison;
}

static Comparison
compare_auc(const ComparisonState *state, const uint64_t count[2])
{
	Sums		positives = place(state, 1, count[0]);
	Sums		negatives = place(state, 0, count[1]);

	return conclude(positives.value[0] / positives.rows, positives.value[1] / positives.rows,
					positives.difference / positives.rows, variance_of(&positives) + variance_of(&negatives), true);
}

static double
loss_of(ComparisonMeasureKind kind, double score, bool label)
{
	if (kind == COMPARISON_BRIER)
		return (label - score) * (label - score);
	return -log(label ? score : 1 - score);
}

/* Unknown if one of them called impossible what happened. */
static Comparison
compare_loss(const ComparisonState *state, ComparisonMeasureKind kind)
{
	Sums		sums = {0};

	for (int label = 0; label < 2; label++)
	{
		for (size_t i = 0; i < state->side[label].count; i++)
		{
			const ComparisonRow *row = &state->side[label].rows[i];
			double		loss[2] = {loss_of(kind, row->score[0], label), loss_of(kind, row->score[1], label)};

			add_values(&sums, loss, row->count);
		}
	}
	if (!isfinite(sums.value[0]) || !isfinite(sums.value[1]))
		return (Comparison)
	{
		false
	};
	return conclude(sums.value[0] / sums.rows, sums.value[1] / sums.rows, sums.difference / sums.rows,
					variance_of(&sums), false);
}

static bool
are_probabilities(const ComparisonState *state)
{
	for (int label = 0; label < 2; label++)
	{
		for (size_t i = 0; i < state->side[label].count; i++)
		{
			const double *score = state->side[label].rows[i].score;

			if (!(score[0] >= 0 && score[0] <= 1 && score[1] >= 0 && score[1] <= 1))
				return false;
		}
	}
	return true;
}

ComparisonReport
comparison_report(const ComparisonState *state)
{
	ComparisonReport report = {{0, 0}};

	for (int label = 0; label < 2; label++)
	{
		settle((ComparisonSide *) &state->side[label]);
		for (size_t i = 0; i < state->side[label].count; i++)
			report.count[label] += state->side[label].rows[i].count;
	}
	report.status = report.count[0] == 0 && report.count[1] == 0 ? "no_rows" :
		report.count[0] == 0 || report.count[1] == 0 ? "one_class" :
		report.count[0] < FEW_OF_A_LABEL || report.count[1] < FEW_OF_A_LABEL ? "insufficient_data" : "ok";
	if (report.count[0] >= 2 && report.count[1] >= 2)
		report.measures[COMPARISON_AUC] = compare_auc(state, report.count);
	if (report.count[0] + report.count[1] >= 2 && are_probabilities(state))
	{
		report.measures[COMPARISON_LOG_LOSS] = compare_loss(state, COMPARISON_LOG_LOSS);
		report.measures[COMPARISON_BRIER] = compare_loss(state, COMPARISON_BRIER);
	}
	return report;
}
