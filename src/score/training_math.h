/*
 * training_math.h
 *		The logistic function for many rows at once.
 *
 * Arithmetic and no libm, so the same on every platform; loops of a fixed
 * length, so that compilers make vectors of them.
 */
#ifndef INTENT_TRAINING_MATH_H
#define INTENT_TRAINING_MATH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MATH_BLOCK 128

/* Two doubles as processors add them; memory need not be aligned. */
typedef double MathPair __attribute__((vector_size(16), aligned(8), may_alias));
typedef int64_t MathBits __attribute__((vector_size(16)));

/* By lane a or, where `a` is not below it, `most`. */
static inline MathPair
math_least(MathPair a, MathPair most)
{
	MathBits	below = a < most;

	return (MathPair) (((MathBits) a & below) | ((MathBits) most & ~below));
}

/*
 * exp(-x) of a block, as 2^t: t's nearest integer becomes an exponent, a
 * polynomial makes a power of the rest.  Within 10^-12 of the true value,
 * relatively; beyond e^690 and e^-690 as there.
 */
static inline void
math_exp_minus(const double x[MATH_BLOCK], double power[MATH_BLOCK])
{
	const MathPair to_integer = {6755399441055744.0, 6755399441055744.0};	/* 1.5 * 2^52 */
	const MathPair most = {996, 996};

	for (int i = 0; i < MATH_BLOCK; i += 2)
	{
		MathPair	t = *(const MathPair *) (x + i) * -1.4426950408889634;
		MathPair	whole;
		MathPair	rest;
		MathPair	sum;
		MathBits	bits;

		t = -math_least(-math_least(t, most), most);
		whole = t + to_integer;
		bits = (MathBits) whole;
		rest = t - (whole - to_integer);
		sum = rest * 7.0549116208011233e-09 + 1.0178086009239699e-07;
		sum = sum * rest + 1.3215486790144309e-06;
		sum = sum * rest + 1.5252733804059840e-05;
		sum = sum * rest + 1.5403530393381609e-04;
		sum = sum * rest + 1.3333558146428443e-03;
		sum = sum * rest + 9.6181291076284772e-03;
		sum = sum * rest + 5.5504108664821580e-02;
		sum = sum * rest + 2.4022650695910071e-01;
		sum = sum * rest + 6.9314718055994531e-01;
		sum = sum * rest + 1.0;
		*(MathPair *) (power + i) = sum * (MathPair) ((bits + 1023) << 52);
	}
}

/*
 * The sum of -ln of the probability of what happened, by rows' weights, for at
 * most a block of rows with exp(-evidence) in `power`.
 */
extern double training_loss(const double *evidence, const double *power, const uint8_t *labels,
							const double *weights, uint32_t rows);

/* Four sums side by side, so that none waits for the one before. */
static inline double
math_dot(const double *a, const double *b, size_t count)
{
	MathPair	sums[4] = {{0, 0}, {0, 0}, {0, 0}, {0, 0}};
	double		rest = 0;
	size_t		i = 0;

	for (size_t eights = count / 8; eights > 0; eights--, i += 8)
	{
		for (int j = 0; j < 4; j++)
			sums[j] += *(const MathPair *) (a + i + 2 * j) * *(const MathPair *) (b + i + 2 * j);
	}
	for (size_t left = count % 8; left > 0; left--, i++)
		rest += a[i] * b[i];
	sums[0] += sums[1];
	sums[2] += sums[3];
	sums[0] += sums[2];
	return sums[0][0] + sums[0][1] + rest;
}

/* Adds the products of a with four blocks that follow each other. */
static inline void
math_dot_four(const double a[MATH_BLOCK], const double *b, double sums[4])
{
	MathPair	s0 = {0, 0};
	MathPair	s1 = {0, 0};
	MathPair	s2 = {0, 0};
	MathPair	s3 = {0, 0};

	for (int i = 0; i < MATH_BLOCK; i += 2)
	{
		MathPair	x = *(const MathPair *) (a + i);

		s0 += x * *(const MathPair *) (b + i);
		s1 += x * *(const MathPair *) (b + MATH_BLOCK + i);
		s2 += x * *(const MathPair *) (b + 2 * MATH_BLOCK + i);
		s3 += x * *(const MathPair *) (b + 3 * MATH_BLOCK + i);
	}
	sums[0] += s0[0] + s0[1];
	sums[1] += s1[0] + s1[1];
	sums[2] += s2[0] + s2[1];
	sums[3] += s3[0] + s3[1];
}

static inline void
math_add_scaled(double *to, const double *from, double by, size_t count)
{
	const MathPair twice = {by, by};
	size_t		i = 0;

	for (size_t pairs = count / 2; pairs > 0; pairs--, i += 2)
		*(MathPair *) (to + i) += twice * *(const MathPair *) (from + i);
	for (; i < count; i++)
		to[i] += by * from[i];
}

static inline void
math_standardise(double *to, const double *from, double mean, double by_scale, size_t count)
{
	const MathPair means = {mean, mean};
	const MathPair scales = {by_scale, by_scale};
	size_t		i = 0;

	for (size_t pairs = count / 2; pairs > 0; pairs--, i += 2)
		*(MathPair *) (to + i) = (*(const MathPair *) (from + i) - means) * scales;
	for (; i < count; i++)
		to[i] = (from[i] - mean) * by_scale;
}

#endif							/* INTENT_TRAINING_MATH_H */
