/*
 * learning_states_test.c
 *		States of naive_bayes, survival and comparison: one form a content, hostile
 *		forms; and the arithmetic of training beside libm.
 */
#include "hostile.h"
#include "tap.h"

#include "score/comparison.h"
#include "score/naive_bayes.h"
#include "score/survival.h"
#include "score/training_math.h"

#include <math.h>

#define ROWS 60
#define KINDS 3

static PartialKind *const kinds[KINDS] = {&naive_bayes_kind, &survival_kind, &comparison_kind};

/* A row by its number, into a state of any of the kinds. */
static void
add_row(int kind, void *state, uint64_t row)
{
	static const ScoreText names[] = {{"channel", 7}, {"spent", 5}};
	static const ScoreText words[] = {{"web", 3}, {"app", 3}, {"", 0}};
	uint64_t	random = row * 31 + 7;
	bool		label = random_below(&random, 3) == 0;
	double		number = (double) random_below(&random, 40) - 12.5;

	if (kind == 0)
	{
		naive_bayes_row(state, label, FIXED_ONE);
		naive_bayes_text(state, &names[0], &words[random_below(&random, 3)], label, FIXED_ONE);
		if (row % 5 > 0)
			naive_bayes_number(state, &names[1], number, label, FIXED_ONE);
	}
	else if (kind == 1)
		survival_add(state, (int64_t) random_below(&random, 20), label, row % 4 == 0 ? 0.5 : 1);
	else
		comparison_add(state, number, (double) random_below(&random, 3), label);
}

static ByteBuffer
packed_rows(int kind, uint64_t from, uint64_t to, uint64_t step)
{
	void	   *state = partial_begin(kinds[kind]);
	ByteBuffer	out;

	for (uint64_t row = from; row < to; row += step)
		add_row(kind, state, row);
	buffer_init(&out, 64);
	partial_pack(&out, kinds[kind], state);
	return out;
}

static void
test_canonical(void)
{
	for (int kind = 0; kind < KINDS; kind++)
	{
		hold(HOST_CALL(
		{
			ByteBuffer	whole = packed_rows(kind, 0, ROWS, 1);

			hold(partial_problem(whole.data, whole.size) == NULL);
			for (uint64_t parts = 1; parts <= 7; parts++)
			{
				void	   *merged = partial_begin(kinds[kind]);
				ByteBuffer	again;

				for (uint64_t part = parts; part-- > 0;)
				{
					ByteBuffer	piece = packed_rows(kind, part, ROWS, parts);
					PartialView view;

					partial_open_stored(&view, piece.data, piece.size);
					partial_absorb_stored(merged, &view);
				}
				buffer_init(&again, 64);
				partial_pack(&again, kinds[kind], merged);
				hold(again.size == whole.size && memcmp(again.data, whole.data, whole.size) == 0);
			}
		}));
	}
	held("split and merged: the same bytes");
}

/* Decayed for long, a state still has one form, and is forgotten at last. */
static void
test_decay(void)
{
	hold(HOST_CALL(
	{
		NaiveBayesState states[2];
		Fixed		factor = FIXED_ONE / 3 * 2;

		memset(states, 0, sizeof(states));
		for (uint64_t row = 0; row < ROWS; row++)
			add_row(0, &states[0], row);
		for (int day = 0; day < 120; day++)
		{
			ByteBuffer	out;

			naive_bayes_decay(&states[day % 2], factor, &states[(day + 1) % 2]);
			buffer_init(&out, 64);
			partial_pack(&out, &naive_bayes_kind, &states[(day + 1) % 2]);
			hold(partial_problem(out.data, out.size) == NULL);
		}
		hold(states[0].word_count == 0 && states[0].totals.of[0] == 0);
	}));
	held("a state that decays is a state");
}

static void
read_state(const uint8_t *data, size_t size)
{
	PartialView view;
	void	   *state;
	Predictor	predictor;
	SurvivalCurve curve;

	if (partial_problem(data, size) != NULL)
		host_fail(HOST_BAD_BINARY, "no state", NULL, NULL);
	partial_open_stored(&view, data, size);
	state = partial_begin(view.kind);
	partial_absorb_stored(state, &view);
	if (view.kind == &naive_bayes_kind)
		naive_bayes_predictor(state, 5, &predictor);
	else if (view.kind == &comparison_kind)
		(void) comparison_report(state);
	else if (view.kind == &survival_kind)
	{
		curve = survival_curve(state);
		(void) survival_summary(&curve, curve.longest);
		(void) survival_mean(&curve, 1, 3);
	}
}

static void
test_hostile(void)
{
	uint64_t	random = 5;

	for (int kind = 0; kind < KINDS; kind++)
	{
		for (uint64_t rows = 0; rows <= 8; rows += 4)
		{
			uint8_t		bytes[4096];
			size_t		size = 0;

			hold(HOST_CALL(
			{
				ByteBuffer	out = packed_rows(kind, 0, rows, 1);

				memcpy(bytes, out.data, size = out.size);
			}));
			hostile_truncations(read_state, bytes, size);
			hostile_flips(read_state, bytes, size);
			hostile_mutations(read_state, bytes, size, full_run() ? 20000 : 1500, &random);
			hostile_buffers(read_state, bytes, kinds[kind]->name[0] == 'n' ? 13 : 10, 300, &random);
		}
	}
	held("a state is refused or read");
}

/* ----- arithmetic ----- */

static void
test_math(void)
{
	double		x[MATH_BLOCK];
	double		power[MATH_BLOCK];
	uint64_t	random = 3;
	double		most[2] = {800, -800};

	for (int round = 0; round < 200; round++)
	{
		for (int i = 0; i < MATH_BLOCK; i++)
			x[i] = ((double) random_below(&random, 2000001) - 1000000) / (round < 100 ? 50000 : 1500);
		math_exp_minus(x, power);
		for (int i = 0; i < MATH_BLOCK; i++)
			hold(fabs(power[i] / exp(-x[i]) - 1) < 1e-12 * (1 + fabs(x[i])));
	}
	for (int i = 0; i < MATH_BLOCK; i++)
		x[i] = most[i % 2];
	math_exp_minus(x, power);
	hold(power[0] > 0 && power[0] < 1e-290 && power[1] > 1e290 && isfinite(power[1]));
	held("exp as libm has it");
	for (size_t count = 0; count <= 40; count++)
	{
		double		sum = 0;
		double		to[40];

		for (size_t i = 0; i < count; i++)
		{
			x[i] = (double) i - 3;
			power[i] = (double) (i * i % 7);
			sum += x[i] * power[i];
		}
		hold(math_dot(x, power, count) == sum);
		memset(to, 0, sizeof(to));
		math_add_scaled(to, x, 2, count);
		hold(count == 0 || to[count - 1] == 2 * x[count - 1]);
		math_standardise(to, x, 1, 0.5, count);
		hold(count == 0 || to[count - 1] == (x[count - 1] - 1) / 2);
	}
	held("sums of products of any length");
}

int
main(void)
{
	test_canonical();
	test_decay();
	test_hostile();
	test_math();
	return done_testing();
}
