/*
 * evaluation_test.c
 *		Measures of scores against counting pairs one by one; states that are the
 *		same bytes whatever the order and the parts; hostile bytes.
 */
#include "hostile.h"
#include "tap.h"

#include "score/evaluation.h"

#include <math.h>

#define ROUNDS (full_run() ? 1000 : 120)
#define ROWS_MAX 300

typedef struct TestRow
{
	double		score;
	bool		label;
	double		weight;
} TestRow;

static size_t
make_rows(TestRow *rows, uint64_t *random)
{
	size_t		count = random_below(random, ROWS_MAX);
	uint64_t	scores = 1 + random_below(random, 2 * ROWS_MAX);
	bool		weighted = random_below(random, 2) == 0;

	for (size_t i = 0; i < count; i++)
	{
		rows[i].score = (double) random_below(random, scores) / (double) scores;
		if (random_below(random, 40) == 0)
			rows[i].score = random_below(random, 2) ? 1 : -0.0;
		rows[i].label = random_below(random, 3) == 0;
		rows[i].weight = weighted ? (double) random_below(random, 9) / 4 : 1;
	}
	return count;
}

static EvaluationState *
state_of(const TestRow *rows, size_t count)
{
	EvaluationState *state = partial_begin(&evaluation_kind);

	for (size_t i = 0; i < count; i++)
	{
		if (rows[i].weight == 1 && i % 2 == 0)
			evaluation_add(state, rows[i].score, rows[i].label);
		else
			evaluation_add_weighted(state, rows[i].score, rows[i].label, rows[i].weight);
	}
	return state;
}

static bool
near(double a, double b)
{
	return fabs(a - b) <= 1e-10 * (1 + fabs(b));
}

/* ----- measures ----- */

/* The share of i's pairs that i wins. */
static double
placement(const TestRow *rows, size_t count, size_t i)
{
	double		won = 0;
	double		all = 0;

	for (size_t j = 0; j < count; j++)
	{
		double		ahead = rows[i].label ? rows[i].score - rows[j].score : rows[j].score - rows[i].score;

		if (rows[j].label == rows[i].label)
			continue;
		all += rows[j].weight;
		won += rows[j].weight * (ahead > 0 ? 1 : ahead == 0 ? 0.5 : 0);
	}
	return won / all;
}

static void
check_ranking(const EvaluationState *state, const TestRow *rows, size_t count)
{
	EvaluationTotals totals = evaluation_totals(state);
	EvaluationInterval interval = evaluation_interval(state, &totals);
	double		size[2] = {0, 0};
	double		squares[2] = {0, 0};
	double		deviation[2] = {0, 0};
	double		sum = 0;
	double		area = 0;
	double		auc = -1;
	double		n[2];

	for (size_t i = 0; i < count; i++)
	{
		size[rows[i].label] += rows[i].weight;
		squares[rows[i].label] += rows[i].weight * rows[i].weight;
	}
	hold(evaluation_auc(state, &auc) == (size[0] > 0 && size[1] > 0));
	if (size[0] == 0 || size[1] == 0)
		return;
	for (size_t i = 0; i < count; i++)
	{
		double		above[2] = {0, 0};

		if (!rows[i].label)
			continue;
		sum += rows[i].weight * placement(rows, count, i);
		for (size_t j = 0; j < count; j++)
			above[rows[j].label] += rows[j].score >= rows[i].score ? rows[j].weight : 0;
		if (rows[i].weight > 0)
			area += rows[i].weight * above[1] / (above[0] + above[1]);
	}
	hold(near(auc, sum / size[1]));
	hold(evaluation_auc_pr(state, &sum) && near(sum, area / size[1]));
	for (size_t i = 0; i < count; i++)
	{
		double		apart = placement(rows, count, i) - auc;

		deviation[rows[i].label] += rows[i].weight * apart * apart;
	}
	for (int label = 0; label < 2; label++)
		n[label] = size[label] * size[label] / squares[label];
	if (interval.status == EVALUATION_OK)
		hold(near(interval.error * interval.error,
				  deviation[1] / size[1] / (n[1] - 1) + deviation[0] / size[0] / (n[0] - 1)));
}

static void
check_probabilities(const EvaluationState *state, const TestRow *rows, size_t count)
{
	double		size = 0;
	double		loss = 0;
	double		square = 0;
	double		value;

	for (size_t i = 0; i < count; i++)
	{
		double		p = rows[i].label ? rows[i].score : 1 - rows[i].score;

		if (rows[i].weight == 0)
			continue;
		size += rows[i].weight;
		loss -= rows[i].weight * log(p);
		square += rows[i].weight * (1 - p) * (1 - p);
	}
	hold(evaluation_log_loss(state, &value) == (size > 0));
	if (size == 0)
		return;
	hold(isinf(loss) ? isinf(value) : near(value, loss / size));
	hold(evaluation_brier(state, &value) && near(value, square / size));
}

static void
test_measures(void)
{
	uint64_t	random = 20260301;

	for (int round = 0; round < ROUNDS; round++)
	{
		hold(HOST_CALL(
		{
			TestRow		rows[ROWS_MAX];
			size_t		count = make_rows(rows, &random);
			EvaluationState *state = state_of(rows, count);

			check_ranking(state, rows, count);
			check_probabilities(state, rows, count);
		}));
	}
	held("auc, its interval, average precision, log loss and Brier score are those of the plain way");
}

/* ----- states ----- */

static ByteBuffer
packed(const EvaluationState *state)
{
	ByteBuffer	out;

	buffer_init(&out, 64);
	partial_pack(&out, &evaluation_kind, state);
	return out;
}

static void
test_canonical(void)
{
	uint64_t	random = 7;

	for (int round = 0; round < ROUNDS; round++)
	{
		hold(HOST_CALL(
		{
			TestRow		rows[ROWS_MAX];
			size_t		count = make_rows(rows, &random);
			ByteBuffer	whole = packed(state_of(rows, count));
			EvaluationState *merged = partial_begin(&evaluation_kind);
			const char *problem = partial_problem(whole.data, whole.size);
			ByteBuffer	again;

			if (!hold(problem == NULL))
				diag("%s", problem);
			for (size_t left = count; left > 1; left--)
			{
				size_t		other = random_below(&random, left);
				TestRow		last = rows[left - 1];

				rows[left - 1] = rows[other];
				rows[other] = last;
			}
			for (size_t from = 0; from < count;)
			{
				size_t		part = 1 + random_below(&random, count - from);
				ByteBuffer	piece = packed(state_of(rows + from, part));
				PartialView view;

				partial_open_stored(&view, piece.data, piece.size);
				partial_absorb_stored(merged, &view);
				from += part;
			}
			again = packed(merged);
			hold(again.size == whole.size && memcmp(again.data, whole.data, whole.size) == 0);
		}));
	}
	held("shuffled, split and merged: the same bytes");
}

/* Many rows of few scores do not take room each, many scores are all kept. */
static void
test_growth(void)
{
	hold(HOST_CALL(
	{
		EvaluationState *few = partial_begin(&evaluation_kind);
		EvaluationState *many = partial_begin(&evaluation_kind);
		EvaluationTotals totals;

		for (int i = 0; i < 200000; i++)
		{
			evaluation_add(few, i % 100, i % 3 == 0);
			evaluation_add(many, i, i % 3 == 0);
		}
		hold(few->side[0].capacity < 5000);
		totals = evaluation_totals(few);
		hold(totals.count[0] + totals.count[1] == 200000);
		totals = evaluation_totals(many);
		hold(totals.count[0] + totals.count[1] == 200000);
		hold(many->side[0].count + many->side[1].count == 200000);
	}));
	held("memory is for different scores");
}

static void
read_state(const uint8_t *data, size_t size)
{
	PartialView view;
	EvaluationState *state;
	EvaluationTotals totals;

	if (partial_problem(data, size) != NULL)
		host_fail(HOST_BAD_BINARY, "no state", NULL, NULL);
	partial_open_stored(&view, data, size);
	if (view.kind != &evaluation_kind)
		return;
	state = partial_begin(&evaluation_kind);
	partial_absorb_stored(state, &view);
	totals = evaluation_totals(state);
	(void) evaluation_interval(state, &totals);
	(void) evaluation_drift(state, 5, (const double[2]) {0, 3});
}

static void
test_hostile(void)
{
	uint64_t	random = 11;

	for (int round = 0; round < 6; round++)
	{
		uint8_t		bytes[4096];
		size_t		size = 0;

		hold(HOST_CALL(
		{
			TestRow		rows[ROWS_MAX];
			size_t		count = make_rows(rows, &random) % 12;
			EvaluationState *state = state_of(rows, count);
			ByteBuffer	out;

			if (round == 0)
				evaluation_set_parameter(state, 0.25);
			out = packed(state);
			memcpy(bytes, out.data, size = out.size);
		}));
		hostile_truncations(read_state, bytes, size);
		hostile_flips(read_state, bytes, size);
		hostile_mutations(read_state, bytes, size, 2000, &random);
		hostile_buffers(read_state, bytes, 12, 500, &random);
	}
	held("hostile bytes are refused or a value");
}

static void
test_refusals(void)
{
	EvaluationState state = {0};
	double		value;

	refused(HOST_OUT_OF_RANGE, "NaN", "NaN as a score", evaluation_add(&state, NAN, true));
	refused(HOST_OUT_OF_RANGE, "weight", "a negative weight", evaluation_add_weighted(&state, 1, true, -1));
	refused(HOST_OUT_OF_RANGE, "weight", "an infinite weight", evaluation_add_weighted(&state, 1, true, INFINITY));
	refused(HOST_OUT_OF_RANGE, "probability", "a score that is none", evaluation_add(&state, 2, true);
			evaluation_log_loss(&state, &value));
	memset(&state, 0, sizeof(state));
	refused(HOST_BAD_PARAMETER, "0.5", "two parameters", evaluation_set_parameter(&state, 0.5);
			evaluation_set_parameter(&state, 0.25));
}

int
main(void)
{
	test_measures();
	test_canonical();
	test_growth();
	test_hostile();
	test_refusals();
	return done_testing();
}
