/*
 * fixed.h
 *		Exact numbers for evidence: int128 in units of 10^-12.
 *
 * Sums are exact, so their order means nothing.  What must be rounded is
 * rounded once, to the nearest unit: products and quotients half away from
 * zero, what comes from outside (doubles, decimal text) half to even.  All of
 * it is integer arithmetic, so the same everywhere.  Overflow is an error.
 *
 * decay and log1p come from tables (fixed_tables.c).  Both are monotone, and
 * closer than FIXED_DECAY_ERROR and FIXED_LOG1P_ERROR thousandths of a unit to
 * the true value; test/core/fixed_test.c shows it.
 */
#ifndef INTENT_FIXED_H
#define INTENT_FIXED_H

#include "base/host.h"

/* Aligned as the server's memory is: its palloc promises 8 bytes, not 16. */
typedef __int128 Fixed __attribute__((aligned(8)));
typedef unsigned __int128 FixedMagnitude __attribute__((aligned(8)));

#define FIXED_DIGITS 12
#define FIXED_ONE INT64_C(1000000000000)

/* -170141183460469231731687303.715884105727, 12 decimals, and a NUL */
#define FIXED_TEXT_MAX 42

#define FIXED_DECAY_ERROR 560
#define FIXED_LOG1P_ERROR 510

extern void fixed_overflow(void) HOST_NORETURN;

static inline Fixed
fixed_add(Fixed a, Fixed b)
{
	Fixed		sum;

	if (host_unlikely(__builtin_add_overflow(a, b, &sum)))
		fixed_overflow();
	return sum;
}

static inline Fixed
fixed_subtract(Fixed a, Fixed b)
{
	Fixed		difference;

	if (host_unlikely(__builtin_sub_overflow(a, b, &difference)))
		fixed_overflow();
	return difference;
}

static inline FixedMagnitude
fixed_magnitude(Fixed a)
{
	return a < 0 ? -(FixedMagnitude) a : (FixedMagnitude) a;
}

extern Fixed fixed_from_count(uint64_t count);

/* a * b, and a * b / c for c other than 0: rounded half away from zero. */
extern Fixed fixed_multiply(Fixed a, Fixed b);
extern Fixed fixed_multiply_divide(Fixed a, Fixed b, Fixed c);

/* part * |share| / whole, towards zero; |share| <= whole, whole > 0. */
extern Fixed fixed_share(Fixed part, Fixed share, FixedMagnitude whole);

/* The nearest unit to value, half to even; false if it is not finite or too large. */
extern bool fixed_from_double(double value, Fixed *fixed);

static inline double
fixed_to_double(Fixed fixed)
{
	/* the nearest double to the units in both cases, but most units need no function for it */
	double		units = host_likely((int64_t) fixed == fixed) ? (double) (int64_t) fixed : (double) fixed;

	return units / (double) FIXED_ONE;
}

typedef enum FixedText
{
	FIXED_TEXT_OK,
	FIXED_TEXT_SYNTAX,
	FIXED_TEXT_RANGE
} FixedText;

/* A decimal number as in JSON: sign, digits, fraction, exponent. */
extern FixedText fixed_from_text(const char *text, size_t size, Fixed *fixed);

/* Shortest decimal text, or with all `decimals`; returns its length, NUL added. */
extern size_t fixed_to_text(Fixed fixed, char buffer[FIXED_TEXT_MAX]);
extern size_t fixed_to_numeric_text(Fixed fixed, char buffer[FIXED_TEXT_MAX]);

/* sign(x) * ln(1 + |x|) */
extern Fixed fixed_log1p(Fixed x);

static inline uint64_t
fixed_upper(FixedMagnitude product)
{
	return (uint64_t) (product >> 64);
}

/* ----- 2^(-age / half_life) ----- */

/* A half-life made ready: division became multiplication by `reciprocal`. */
typedef struct FixedDecay
{
	uint64_t	reciprocal;		/* just below 2^(63 + bits) / half_life */
	uint64_t	end;			/* from this age on nothing is left of a unit */
	int64_t		half_life;
	int			scale;			/* 58 - bits */
} FixedDecay;

#define DECAY_BITS 10
#define DECAY_STEPS (1 << DECAY_BITS)

/* 2^23 units * 2^(-k / 2^10), and 2^63 * 2^(-k / 2^20). */
extern const uint64_t fixed_decay_coarse[DECAY_STEPS];
extern const uint64_t fixed_decay_fine[DECAY_STEPS + 1];

extern FixedDecay fixed_decay_prepare(int64_t half_life);

/*
 * Units left of 1 after an age, in FIXED_ONE .. 0.  age / half_life is made an
 * exponent with 58 binary places; 2^10 coarse steps, 2^10 fine ones and a
 * chord between them give the power, which is rounded half up.
 *
 * Factors are moved up so that the upper half of each product is what counts:
 * shifts of 128 bits are slow.
 */
static inline int64_t
fixed_decay_power(uint64_t exponent)
{
	const uint64_t *step = &fixed_decay_fine[(exponent >> 38) & (DECAY_STEPS - 1)];
	uint64_t	fine = step[0] - fixed_upper((FixedMagnitude) (step[0] - step[1]) * (exponent << 26));
	uint64_t	coarse = fixed_decay_coarse[(exponent >> 48) & (DECAY_STEPS - 1)];
	uint64_t	power = fixed_upper((FixedMagnitude) (coarse * 2) * fine);

	return (int64_t) (((power >> (22 + (exponent >> 58))) + 1) >> 1);
}

/* All half-lives but those of thousands of years. */
static inline bool
fixed_decay_is_plain(const FixedDecay *decay)
{
	return decay->scale >= 0;
}

/* Of a plain half-life, for an age below `end`: that is below 41 of them and loses no bits. */
static inline int64_t
fixed_decay_plain(const FixedDecay *decay, uint64_t age)
{
	FixedMagnitude product = (FixedMagnitude) (age << decay->scale) * decay->reciprocal;

	return fixed_decay_power(fixed_upper(product) * 2 + ((uint64_t) product >> 63));
}

static inline int64_t
fixed_decay(const FixedDecay *decay, uint64_t age)
{
	if (age >= decay->end)
		return 0;
	if (host_likely(fixed_decay_is_plain(decay)))
		return fixed_decay_plain(decay, age);
	return fixed_decay_power((uint64_t) (((FixedMagnitude) age * decay->reciprocal) >> (63 - decay->scale)));
}

/* ----- the tables of log1p, for fixed.c and its test ----- */

#define LOG_BITS 8
#define LOG_STEPS (1 << LOG_BITS)

/* 2^63 * ln(1 + k / 2^8), and 2^71 / (2^8 + k). */
extern const uint64_t fixed_log_start[LOG_STEPS + 1];
extern const uint64_t fixed_log_reciprocal[LOG_STEPS];

/* 2^63 * ln(10^12) */
#define FIXED_LOG_OF_ONE (((FixedMagnitude) 27 << 63) + UINT64_C(5820142515320267302))

#endif							/* INTENT_FIXED_H */
