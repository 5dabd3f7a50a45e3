/*
 * fixed_test.c
 *		Exact numbers, and decay and log1p against long double.
 */
#include <math.h>

#include "tap.h"

#include "base/fixed.h"

#define FIXED_MAX ((Fixed) (~(FixedMagnitude) 0 >> 1))
#define FIXED_MIN (-FIXED_MAX - 1)

static Fixed
random_fixed(uint64_t *state)
{
	FixedMagnitude bits = (FixedMagnitude) next_random(state) << 64 | next_random(state);

	return (Fixed) bits >> random_below(state, 128);
}

/* ----- products ----- */

/* A prime far from 2^128: what is right modulo both is right. */
#define PRIME ((UINT64_C(1) << 61) - 1)

static uint64_t
modulo_prime(Fixed value)
{
	int64_t		rest = (int64_t) (value % (Fixed) PRIME);

	return rest < 0 ? (uint64_t) rest + PRIME : (uint64_t) rest;
}

static uint64_t
multiply_modulo(Fixed a, Fixed b)
{
	return (uint64_t) ((FixedMagnitude) modulo_prime(a) * modulo_prime(b) % PRIME);
}

/* Is it a * b / c, half away from zero? */
static bool
is_quotient(Fixed quotient, Fixed a, Fixed b, Fixed c)
{
	Fixed		rest = (Fixed) ((FixedMagnitude) a * (FixedMagnitude) b -
								(FixedMagnitude) quotient * (FixedMagnitude) c);
	FixedMagnitude size = fixed_magnitude(rest);
	FixedMagnitude divisor = fixed_magnitude(c);

	if (multiply_modulo(a, b) != (multiply_modulo(quotient, c) + modulo_prime(rest)) % PRIME)
		return false;
	if (size < divisor - size)
		return true;
	/* half: the quotient is the one further from zero, so the rest points back */
	return size == divisor - size && rest != 0 &&
		(rest < 0) == ((a < 0) == (b < 0));
}

static void
test_products(void)
{
	uint64_t	seed = 1;
	unsigned	refusals = 0;

	for (int i = 0; i < 200000; i++)
	{
		Fixed		a = random_fixed(&seed);
		Fixed		b = random_fixed(&seed);
		Fixed		c = i % 2 ? FIXED_ONE : random_fixed(&seed);
		long double about;
		Fixed		quotient = 0;

		/* many exact halves */
		if (i % 8 == 1)
			b = (Fixed) (random_below(&seed, 1000) * 2 + 1) * (FIXED_ONE / 2);
		if (c == 0 || c == FIXED_MIN)
			c = 7;
		about = fabsl((long double) a * (long double) b / (long double) c);
		if (HOST_CALL(quotient = c == FIXED_ONE ? fixed_multiply(a, b) : fixed_multiply_divide(a, b, c)))
			hold(is_quotient(quotient, a, b, c));
		else
		{
			hold(host_failure.code == HOST_OUT_OF_RANGE && about > 1.70141183460469e38L);
			refusals++;
		}
	}
	held("products and quotients are the nearest unit, half away from zero, or refused");
	ok(refusals > 1000, "%u of them were too large", refusals);

	hold(fixed_multiply(1, FIXED_ONE / 2) == 1 && fixed_multiply(-1, FIXED_ONE / 2) == -1);
	hold(fixed_multiply(1, FIXED_ONE / 2 - 1) == 0 && fixed_multiply(0, FIXED_MIN) == 0);
	hold(fixed_multiply(FIXED_MAX, FIXED_ONE) == FIXED_MAX);
	hold(fixed_multiply_divide(FIXED_MAX, FIXED_MAX, FIXED_MAX) == FIXED_MAX);
	hold(fixed_multiply_divide(FIXED_MAX, -7, FIXED_MAX) == -7);
	held("halves and ends");
	refused(HOST_OUT_OF_RANGE, "evidence is out of range", "a product", fixed_multiply(FIXED_MAX, 2 * FIXED_ONE));
	refused(HOST_OUT_OF_RANGE, "evidence is out of range", "the least number", fixed_multiply(FIXED_MIN, FIXED_ONE));
	refused(HOST_OUT_OF_RANGE, "evidence is out of range", "division by 0", fixed_multiply_divide(1, 1, 0));
	refused(HOST_OUT_OF_RANGE, "evidence is out of range", "a sum", fixed_add(FIXED_MAX, 1));
	refused(HOST_OUT_OF_RANGE, "evidence is out of range", "a difference", fixed_subtract(FIXED_MIN, 1));
	ok(fixed_from_count(UINT64_MAX) == (Fixed) UINT64_MAX * FIXED_ONE, "any count is a number");
}

/* Shares are cut towards zero, so what is left over never changes sides. */
static void
test_shares(void)
{
	uint64_t	seed = 2;

	for (int i = 0; i < 100000; i++)
	{
		Fixed		part = random_fixed(&seed);
		Fixed		one = random_fixed(&seed);
		Fixed		other = random_fixed(&seed);
		FixedMagnitude whole = fixed_magnitude(one) + fixed_magnitude(other);
		FixedMagnitude sum;

		if (whole == 0 || part == FIXED_MIN)
			continue;
		hold(HOST_CALL(
		{
			Fixed		first = fixed_share(part, one, whole);
			Fixed		second = fixed_share(part, other, whole);

			hold(first == 0 || (first < 0) == (part < 0));
			sum = fixed_magnitude(first) + fixed_magnitude(second);
			hold(sum <= fixed_magnitude(part));
			/* at most a unit is lost for each, unless a bit of the whole was */
			hold(whole > (FixedMagnitude) FIXED_MAX || fixed_magnitude(part) - sum < 2);
		}));
	}
	held("shares never pass the part");
}

/* ----- text and doubles ----- */

static void
test_text(void)
{
	static const struct
	{
		const char *text;
		FixedText	result;
		const char *canonical;
	}			known[] = {
		{"0", FIXED_TEXT_OK, "0"}, {"-0", FIXED_TEXT_OK, "0"}, {"+5", FIXED_TEXT_OK, "5"},
		{"0.4", FIXED_TEXT_OK, "0.4"}, {"-1.50", FIXED_TEXT_OK, "-1.5"}, {".5", FIXED_TEXT_OK, "0.5"},
		{"5.", FIXED_TEXT_OK, "5"}, {"1e3", FIXED_TEXT_OK, "1000"}, {"12E-1", FIXED_TEXT_OK, "1.2"},
		{"1e-12", FIXED_TEXT_OK, "0.000000000001"}, {"5e-13", FIXED_TEXT_OK, "0"},
		{"15e-13", FIXED_TEXT_OK, "0.000000000002"}, {"25e-13", FIXED_TEXT_OK, "0.000000000002"},
		{"0.0000000000005000000000000000000001", FIXED_TEXT_OK, "0.000000000001"},
		{"1e-1000000000000000000000000", FIXED_TEXT_OK, "0"}, {"0e99999999999999999999", FIXED_TEXT_OK, "0"},
		{"170141183460469231731687303.715884105727", FIXED_TEXT_OK, "170141183460469231731687303.715884105727"},
		{"-170141183460469231731687303.715884105727", FIXED_TEXT_OK, "-170141183460469231731687303.715884105727"},
		{"170141183460469231731687303.715884105728", FIXED_TEXT_RANGE, NULL},
		{"1e27", FIXED_TEXT_RANGE, NULL}, {"1e99999999999999999999", FIXED_TEXT_RANGE, NULL},
		{"", FIXED_TEXT_SYNTAX, NULL}, {"-", FIXED_TEXT_SYNTAX, NULL}, {".", FIXED_TEXT_SYNTAX, NULL},
		{"1e", FIXED_TEXT_SYNTAX, NULL}, {"1e+", FIXED_TEXT_SYNTAX, NULL}, {"1.2.3", FIXED_TEXT_SYNTAX, NULL},
		{"--1", FIXED_TEXT_SYNTAX, NULL}, {"0x10", FIXED_TEXT_SYNTAX, NULL}, {" 1", FIXED_TEXT_SYNTAX, NULL},
		{"NaN", FIXED_TEXT_SYNTAX, NULL}, {"Infinity", FIXED_TEXT_SYNTAX, NULL}, {"1,5", FIXED_TEXT_SYNTAX, NULL},
	};
	uint64_t	seed = 3;
	char		text[FIXED_TEXT_MAX];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		Fixed		fixed = 0;
		FixedText	result = fixed_from_text(known[i].text, strlen(known[i].text), &fixed);

		if (!hold(result == known[i].result) ||
			(result == FIXED_TEXT_OK && (fixed_to_text(fixed, text), !hold(strcmp(text, known[i].canonical) == 0))))
			diag("of \"%s\"", known[i].text);
	}
	held("texts of numbers, rounded half to even");

	for (int i = 0; i < 50000; i++)
	{
		Fixed		fixed = i == 0 ? FIXED_MAX : i == 1 ? -FIXED_MAX : random_fixed(&seed);
		Fixed		again = 0;
		size_t		size = fixed_to_text(fixed, text);

		hold(size < FIXED_TEXT_MAX && strlen(text) == size);
		hold(fixed_from_text(text, size, &again) == FIXED_TEXT_OK && again == fixed);
		size = fixed_to_numeric_text(fixed, text);
		hold(size < FIXED_TEXT_MAX && text[size - FIXED_DIGITS - 1] == '.');
		hold(fixed_from_text(text, size, &again) == FIXED_TEXT_OK && again == fixed);
	}
	held("numbers of any size read back");
	ok(fixed_to_text(FIXED_MIN, text) == FIXED_TEXT_MAX - 1, "the least number has room");

	/* no text is too odd to read */
	for (int i = 0; i < 50000; i++)
	{
		static const char signs[] = "0123456789....eE+-5550000 x";
		char		odd[24];
		size_t		size = random_below(&seed, sizeof(odd));
		Fixed		fixed;
		Fixed		again;

		for (size_t c = 0; c < size; c++)
			odd[c] = signs[random_below(&seed, sizeof(signs))];
		if (fixed_from_text(odd, size, &fixed) != FIXED_TEXT_OK)
			continue;
		size = fixed_to_text(fixed, text);
		hold(fixed_from_text(text, size, &again) == FIXED_TEXT_OK && again == fixed);
	}
	held("whatever is read is written and read again");
}

/* libc writes a double exactly, and that text is rounded as the double is. */
static void
test_doubles(void)
{
	uint64_t	seed = 4;
	unsigned	refusals = 0;
	Fixed		fixed;

	for (int i = 0; i < 20000; i++)
	{
		char		text[1500];
		uint64_t	bits = next_random(&seed);
		double		value;
		Fixed		from_text = 0;
		FixedText	result;
		bool		finite;

		/* the exponents that matter, mostly; and values that end in a half */
		if (i % 8 != 0)
			bits = (bits & ~(UINT64_C(0x7ff) << 52)) | (UINT64_C(970) + random_below(&seed, 150)) << 52;
		if (i % 4 == 1)
			bits &= UINT64_MAX << random_below(&seed, 53);
		memcpy(&value, &bits, sizeof(value));
		finite = fixed_from_double(value, &fixed);
		if (isnan(value) || isinf(value))
		{
			hold(!finite);
			continue;
		}
		snprintf(text, sizeof(text), "%.1100f", value);
		result = fixed_from_text(text, strlen(text), &from_text);
		hold(finite ? result == FIXED_TEXT_OK && fixed == from_text : result == FIXED_TEXT_RANGE);
		refusals += !finite;
	}
	held("doubles become the nearest unit, half to even, as their text does");
	ok(refusals > 100 && !fixed_from_double(NAN, &fixed) && !fixed_from_double(-INFINITY, &fixed),
	   "what is not finite or too large is refused");

	for (int i = 0; i < 20000; i++)
	{
		int64_t		whole = (int64_t) next_random(&seed) >> (11 + random_below(&seed, 52));

		hold(fixed_from_double((double) whole, &fixed) && fixed == (Fixed) whole * FIXED_ONE);
		hold(fabs(fixed_to_double(fixed) - (double) whole) <= ldexp(fabs((double) whole), -52));
	}
	held("whole numbers up to 2^53 are exact, and back to the last bit but one");
}

/* ----- decay and log1p ----- */

static long double
decay_error(int64_t half_life, uint64_t age, int64_t got)
{
	return fabsl((long double) got -
				 FIXED_ONE * exp2l(-(long double) age / (long double) half_life));
}

static void
test_decay(void)
{
	static const int64_t half_lives[] = {
		1, 2, 3, 7, 1000, 999983, 60000000, INT64_C(86400000000), INT64_C(172800000000),
		INT64_C(1209600000001), INT64_C(31536000000000), INT64_MAX / 41, INT64_MAX / 2, INT64_MAX
	};
	uint64_t	seed = 5;
	long double worst = 0;

	for (size_t h = 0; h < sizeof(half_lives) / sizeof(half_lives[0]); h++)
	{
		int64_t		half_life = half_lives[h];
		FixedDecay	decay = fixed_decay_prepare(half_life);

		hold(fixed_decay(&decay, 0) == FIXED_ONE);
		for (uint64_t halvings = 0; halvings < 60; halvings++)
		{
			uint64_t	age;
			int64_t		left;

			if (__builtin_mul_overflow(halvings, (uint64_t) half_life, &age))
				break;
			left = fixed_decay(&decay, age);
			hold(decay_error(half_life, age, left) < 1);
			hold(left <= (halvings < 41 ? FIXED_ONE >> halvings : 0) + 1);
		}
		for (int i = 0; i < 40000; i++)
		{
			uint64_t	age = next_random(&seed);
			int64_t		left;
			long double error;

			if (i % 16 != 0)
				age = (uint64_t) ((FixedMagnitude) age * (uint64_t) half_life * 44 >> 64);
			left = fixed_decay(&decay, age);
			error = decay_error(half_life, age, left);
			worst = error > worst ? error : worst;
			hold(error * 1000 < FIXED_DECAY_ERROR && left >= 0 && left <= FIXED_ONE);
			/* a step further nothing grows */
			hold(age == UINT64_MAX || fixed_decay(&decay, age + 1) <= left);
		}
		hold(fixed_decay(&decay, UINT64_MAX) ==
			 (decay_error(half_life, UINT64_MAX, 0) < 0.5L ? 0 : fixed_decay(&decay, UINT64_MAX)));
	}
	/* all along the curve, at every joint of its tables */
	for (uint64_t half_life = 1 << 20, age = 0, before = FIXED_ONE; age < 42 << 20; age++)
	{
		static FixedDecay decay;
		uint64_t	left;

		if (age == 0)
			decay = fixed_decay_prepare((int64_t) half_life);
		left = (uint64_t) fixed_decay(&decay, age);
		if (left > before)
			hold(false);
		before = left;
		if (age > (UINT64_C(2) << 20))
			age += 6;
	}
	held("decay is close and never rises");
	ok(worst * 1000 < FIXED_DECAY_ERROR, "its error is below %d thousandths of a unit: %.0Lf",
	   FIXED_DECAY_ERROR, worst * 1000);
}

static void
test_log1p(void)
{
	uint64_t	seed = 6;
	long double worst = 0;
	Fixed		before = 0;

	for (int i = 0; i < 400000; i++)
	{
		/* dense below 2, where most counts are, then everywhere */
		Fixed		x = i < 200000 ? (Fixed) i * 10000019 : random_fixed(&seed);
		FixedMagnitude size = fixed_magnitude(x);
		long double wanted = FIXED_ONE * log1pl((long double) size / FIXED_ONE);
		Fixed		got = fixed_log1p(x);
		long double error = fabsl((long double) fixed_magnitude(got) - wanted);

		worst = error > worst ? error : worst;
		hold(error * 1000 < FIXED_LOG1P_ERROR);
		hold(got == 0 || (got < 0) == (x < 0));
		hold(x == FIXED_MIN || fixed_log1p(-x) == -got);
		hold(x == FIXED_MAX || x < 0 || fixed_log1p(x + 1) >= got);
		if (i < 200000)
			hold(got >= before);
		before = got;
	}
	/* around every joint of the table, over several powers of two */
	for (int exponent = 0; exponent < 80; exponent++)
	{
		for (int step = 0; step < LOG_STEPS; step++)
		{
			Fixed		joint = (Fixed) (((FixedMagnitude) (LOG_STEPS + step) << exponent)) * (FIXED_ONE / LOG_STEPS);
			Fixed		last;

			if (joint <= FIXED_ONE)
				continue;
			last = fixed_log1p(joint - FIXED_ONE - 3);
			for (Fixed x = joint - FIXED_ONE - 2; x < joint - FIXED_ONE + 3; x++)
			{
				Fixed		next = fixed_log1p(x);

				hold(x < 2 || next >= last);
				last = next;
			}
		}
	}
	hold(fixed_log1p(0) == 0 && fixed_log1p(1) == 1 && fixed_log1p(FIXED_ONE) == 693147180560);
	hold(fixed_log1p(FIXED_MIN) == -fixed_log1p(FIXED_MAX));
	held("log1p is close, odd and never falls");
	ok(worst * 1000 < FIXED_LOG1P_ERROR, "its error is below %d thousandths of a unit: %.0Lf",
	   FIXED_LOG1P_ERROR, worst * 1000);
}

int
main(void)
{
	test_products();
	test_shares();
	test_text();
	test_doubles();
	test_decay();
	test_log1p();
	return done_testing();
}
