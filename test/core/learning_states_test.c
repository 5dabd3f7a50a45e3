/*
 * learning_states_test.c
 *		States of naive_bayes, train, survival and comparison: one form a content,
 *		hostile forms; and the arithmetic of training beside libm.
 */
#include "hostile.h"
#include "state_samples.h"
#include "tap.h"

#include "score/comparison.h"
#include "score/naive_bayes.h"
#include "score/survival.h"
#include "score/training_math.h"
#include "score/training_state.h"

#include <math.h>

#define ROWS 60

static bool
is_of_learning(const StateSample *sample)
{
	return sample->kind == &naive_bayes_kind || sample->kind == &training_state_kind ||
		sample->kind == &survival_kind || sample->kind == &comparison_kind;
}

static ByteBuffer
packed_rows(const StateSample *sample, uint64_t from, uint64_t to, uint64_t step)
{
	void	   *state = partial_begin(sample->kind);
	ByteBuffer	out;

	for (uint64_t row = from; row < to; row += step)
		sample->add(state, row);
	buffer_init(&out, 64);
	partial_pack(&out, sample->kind, state);
	return out;
}

static void
test_canonical(void)
{
	for (const StateSample *sample = state_samples; sample->kind; sample++)
	{
		if (!is_of_learning(sample))
			continue;
		hold(HOST_CALL(
		{
			ByteBuffer	whole = packed_rows(sample, 0, ROWS, 1);

			hold(partial_problem(whole.data, whole.size) == NULL);
			for (uint64_t parts = 1; parts <= 7; parts++)
			{
				void	   *merged = partial_begin(sample->kind);
				ByteBuffer	again;

				for (uint64_t part = parts; part-- > 0;)
				{
					ByteBuffer	piece = packed_rows(sample, part, ROWS, parts);
					PartialView view;

					partial_open_stored(&view, piece.data, piece.size);
					partial_absorb_stored(merged, &view);
				}
				buffer_init(&again, 64);
				partial_pack(&again, sample->kind, merged);
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
		for (const StateSample *sample = state_samples; sample->kind; sample++)
		{
			for (uint64_t row = 0; row < ROWS && sample->kind == &naive_bayes_kind; row++)
				sample->add(&states[0], row);
		}
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
test_hostile(void)
{
	uint64_t	random = 5;

	for (const StateSample *sample = state_samples; sample->kind; sample++)
	{
		for (uint64_t rows = 0; rows <= 8 && is_of_learning(sample); rows += 4)
		{
			uint8_t		bytes[4096];
			size_t		size = 0;

			hold(HOST_CALL(
			{
				ByteBuffer	out = packed_rows(sample, 0, rows, 1);

				memcpy(bytes, out.data, size = out.size);
			}));
			hostile_truncations(state_read, bytes, size);
			hostile_flips(state_read, bytes, size);
			hostile_mutations(state_read, bytes, size, full_run() ? 20000 : 300, &random);
			hostile_buffers(state_read, bytes, 2 + strlen(sample->kind->name), 300, &random);
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
