/*
 * fixed.c
 *		Exact numbers for evidence: int128 in units of 10^-12.
 */
#include "base/fixed.h"

#define FIXED_MAX ((Fixed) (~(FixedMagnitude) 0 >> 1))

void
fixed_overflow(void)
{
	host_fail(HOST_OUT_OF_RANGE, "evidence is out of range",
			  "It is kept with 12 decimals and at most 26 digits before the point.",
			  "Use smaller values, weights or a cap.");
}

static Fixed
with_sign(FixedMagnitude magnitude, bool negative)
{
	if (magnitude > (FixedMagnitude) FIXED_MAX)
		fixed_overflow();
	return negative ? -(Fixed) magnitude : (Fixed) magnitude;
}

Fixed
fixed_from_count(uint64_t count)
{
	/* 2^64 * 10^12 is far below 2^127 */
	return (Fixed) ((FixedMagnitude) count * FIXED_ONE);
}

/* ----- products ----- */

/* a * b as 256 bits. */
static void
wide_multiply(FixedMagnitude a, FixedMagnitude b, FixedMagnitude *high, FixedMagnitude *low)
{
	FixedMagnitude a0 = (uint64_t) a;
	FixedMagnitude a1 = a >> 64;
	FixedMagnitude b0 = (uint64_t) b;
	FixedMagnitude b1 = b >> 64;
	FixedMagnitude middle = a0 * b0 >> 64;
	FixedMagnitude first = a1 * b0 + middle;
	FixedMagnitude second = a0 * b1 + (uint64_t) first;

	*high = a1 * b1 + (first >> 64) + (second >> 64);
	*low = second << 64 | (uint64_t) (a0 * b0);
}

/* (high, low) / divisor, bit by bit; the quotient must fit, high < divisor < 2^127. */
static FixedMagnitude
wide_divide(FixedMagnitude high, FixedMagnitude low, FixedMagnitude divisor,
			FixedMagnitude *remainder)
{
	FixedMagnitude quotient = 0;

	for (int bit = 127; bit >= 0; bit--)
	{
		high = high << 1 | (low >> bit & 1);
		quotient <<= 1;
		if (high >= divisor)
		{
			high -= divisor;
			quotient |= 1;
		}
	}
	*remainder = high;
	return quotient;
}

static FixedMagnitude
multiply_divide(FixedMagnitude a, FixedMagnitude b, FixedMagnitude c, FixedMagnitude *remainder)
{
	FixedMagnitude high = 0;
	FixedMagnitude low;

	if (!__builtin_mul_overflow(a, b, &low))
	{
		FixedMagnitude quotient = low / c;

		*remainder = low - quotient * c;
		return quotient;
	}
	wide_multiply(a, b, &high, &low);
	if (high >= c)
		fixed_overflow();
	return wide_divide(high, low, c, remainder);
}

Fixed
fixed_multiply_divide(Fixed a, Fixed b, Fixed c)
{
	bool		negative = (a < 0) != ((b < 0) != (c < 0));
	FixedMagnitude divisor = fixed_magnitude(c);
	FixedMagnitude remainder;
	FixedMagnitude quotient;

	/* one bit of head room for the remainder in wide_divide */
	if (divisor == 0 || divisor > (FixedMagnitude) FIXED_MAX)
		fixed_overflow();
	quotient = multiply_divide(fixed_magnitude(a), fixed_magnitude(b), divisor, &remainder);
	if (remainder >= divisor - remainder)
	{
		if (quotient > (FixedMagnitude) FIXED_MAX)
			fixed_overflow();
		quotient++;
	}
	return with_sign(quotient, negative);
}

Fixed
fixed_multiply(Fixed a, Fixed b)
{
	FixedMagnitude x = fixed_magnitude(a);
	FixedMagnitude y = fixed_magnitude(b);
	FixedMagnitude product;
	const uint64_t five_12 = 244140625;

	/*
	 * Nearly all products are below 2^103.  10^12 is 2^12 * 5^12, so two
	 * divisions of 64 bits by a constant do, which are multiplications.
	 */
	if (((x | y) >> 64) == 0 &&
		((product = x * y + FIXED_ONE / 2) >> 103) == 0)
	{
		uint64_t	high = (uint64_t) (product >> 44);
		uint64_t	low = (uint64_t) (product >> 12) & UINT32_MAX;
		FixedMagnitude quotient = (FixedMagnitude) (high / five_12) << 32 |
			((high % five_12) << 32 | low) / five_12;

		return (a < 0) != (b < 0) ? -(Fixed) quotient : (Fixed) quotient;
	}
	return fixed_multiply_divide(a, b, FIXED_ONE);
}

Fixed
fixed_share(Fixed part, Fixed share, FixedMagnitude whole)
{
	FixedMagnitude remainder;
	FixedMagnitude magnitude = fixed_magnitude(share);

	/* a whole of 128 bits: half of it divides the half as well, to a unit */
	while (whole > (FixedMagnitude) FIXED_MAX)
	{
		whole >>= 1;
		magnitude >>= 1;
	}
	return with_sign(multiply_divide(fixed_magnitude(part), magnitude, whole, &remainder), part < 0);
}

/* ----- doubles ----- */

bool
fixed_from_double(double value, Fixed *fixed)
{
	uint64_t	bits;
	uint64_t	mantissa;
	int			exponent;
	FixedMagnitude units;

	memcpy(&bits, &value, sizeof(bits));
	mantissa = bits & ((UINT64_C(1) << 52) - 1);
	exponent = (int) (bits >> 52 & 0x7ff);
	if (exponent == 0x7ff)
		return false;
	if (exponent == 0)
		exponent = 1;
	else
		mantissa |= UINT64_C(1) << 52;
	exponent -= 1075;

	/* value = mantissa * 2^exponent, and mantissa * 10^12 has 93 bits at most */
	units = (FixedMagnitude) mantissa * FIXED_ONE;
	if (exponent > 0)
	{
		if (units != 0 && (exponent > 74 || units >> (127 - exponent) != 0))
			return false;
		units = units == 0 ? 0 : units << exponent;
	}
	else if (exponent < -94)
		units = 0;
	else if (exponent < 0)
	{
		FixedMagnitude half = (FixedMagnitude) 1 << (-exponent - 1);
		FixedMagnitude rest = units & (2 * half - 1);

		units >>= -exponent;
		if (rest > half || (rest == half && (units & 1) != 0))
			units++;
	}
	*fixed = bits >> 63 ? -(Fixed) units : (Fixed) units;
	return true;
}

/* ----- decimal text ----- */

/* far beyond any text of digits, far below overflow */
#define EXPONENT_MAX INT64_C(1000000000000)

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A decimal number taken apart: `count` digits from `first`, a point among them. */
typedef struct Decimal
{
	bool		negative;
	const char *first;			/* digits and perhaps one point */
	const char *end;
	int64_t		integer_digits; /* how many stand before the point, exponent applied */
} Decimal;

static bool
take_apart(const char *text, size_t size, Decimal *decimal)
{
	const char *at = text;
	const char *end = text + size;
	bool		digits = false;
	int64_t		exponent = 0;

	decimal->negative = at < end && *at == '-';
	if (at < end && (*at == '-' || *at == '+'))
		at++;
	decimal->first = at;
	decimal->integer_digits = 0;
	for (; at < end && is_digit(*at); at++)
	{
		digits = true;
		decimal->integer_digits++;
	}
	if (at < end && *at == '.')
	{
		for (at++; at < end && is_digit(*at); at++)
			digits = true;
	}
	decimal->end = at;
	if (at < end && (*at == 'e' || *at == 'E'))
	{
		bool		negative = ++at < end && *at == '-';

		if (at < end && (*at == '-' || *at == '+'))
			at++;
		if (at == end)
			return false;
		for (; at < end && is_digit(*at); at++)
			exponent = exponent < EXPONENT_MAX ? exponent * 10 + (*at - '0') : exponent;
		exponent = negative ? -exponent : exponent;
	}
	decimal->integer_digits += exponent;
	return digits && at == end;
}

FixedText
fixed_from_text(const char *text, size_t size, Fixed *fixed)
{
	Decimal		decimal;
	FixedMagnitude units = 0;
	int64_t		left;			/* digits that still count, */
	int			dropped = 0;	/* the first that does not, */
	bool		more = false;	/* and whether others follow */

	if (!take_apart(text, size, &decimal))
		return FIXED_TEXT_SYNTAX;
	left = decimal.integer_digits + FIXED_DIGITS;
	for (const char *at = decimal.first; at < decimal.end; at++)
	{
		if (*at == '.')
			continue;
		if (left > 0)
		{
			if (__builtin_mul_overflow(units, (FixedMagnitude) 10, &units) ||
				__builtin_add_overflow(units, (FixedMagnitude) (*at - '0'), &units))
				return FIXED_TEXT_RANGE;
		}
		else if (left == 0)
			dropped = *at - '0';
		else
			more = more || *at != '0';
		left--;
	}
	/* an exponent may ask for zeros that are not written */
	for (; left > 0 && units != 0; left--)
	{
		if (__builtin_mul_overflow(units, (FixedMagnitude) 10, &units))
			return FIXED_TEXT_RANGE;
	}
	if (units <= (FixedMagnitude) FIXED_MAX &&
		(dropped > 5 || (dropped == 5 && (more || (units & 1) != 0))))
		units++;
	if (units > (FixedMagnitude) FIXED_MAX)
		return FIXED_TEXT_RANGE;
	*fixed = decimal.negative ? -(Fixed) units : (Fixed) units;
	return FIXED_TEXT_OK;
}

/* The last `decimals` of 12 places behind the point are written. */
static size_t
write_decimal(Fixed fixed, bool shortest, char *buffer)
{
	char		digits[FIXED_TEXT_MAX];
	FixedMagnitude units = fixed_magnitude(fixed);
	int			count = 0;
	int			skip = 0;
	char	   *at = buffer;

	while (units > 0 || count <= FIXED_DIGITS)
	{
		digits[count++] = (char) ('0' + (int) (units % 10));
		units /= 10;
	}
	while (shortest && skip < FIXED_DIGITS && digits[skip] == '0')
		skip++;
	if (fixed < 0)
		*at++ = '-';
	for (int i = count - 1; i >= skip; i--)
	{
		if (i == FIXED_DIGITS - 1)
			*at++ = '.';
		*at++ = digits[i];
	}
	*at = '\0';
	return (size_t) (at - buffer);
}

size_t
fixed_to_text(Fixed fixed, char buffer[FIXED_TEXT_MAX])
{
	return write_decimal(fixed, true, buffer);
}

size_t
fixed_to_numeric_text(Fixed fixed, char buffer[FIXED_TEXT_MAX])
{
	return write_decimal(fixed, false, buffer);
}

/* ----- functions ----- */

FixedDecay
fixed_decay_prepare(int64_t half_life)
{
	FixedDecay	decay;
	int			bits = 64 - __builtin_clzll((uint64_t) half_life);

	decay.half_life = half_life;
	decay.reciprocal = (uint64_t) ((((FixedMagnitude) 1 << (63 + bits)) - 1) / (uint64_t) half_life);
	decay.scale = 58 - bits;
	/* 2^-41 is less than half a unit */
	if (__builtin_mul_overflow((uint64_t) half_life, (uint64_t) 41, &decay.end))
		decay.end = UINT64_MAX;
	return decay;
}

/* a * b / 2^63 of a below 2^63: the upper half of a product needs no shift of 128 bits. */
static inline uint64_t
multiply_63(uint64_t a, uint64_t b)
{
	return fixed_upper((FixedMagnitude) (a * 2) * b);
}

/*
 * 2^63 * ln(m / 2^63) for m from 2^63.  With s the step of the table below m
 * and z = (m - s) / s < 2^-8 it is ln(s) + z - z^2/2 + ... + z^5/5.  The start
 * of the next step bounds it, so it never falls.
 */
static uint64_t
log_of_mantissa(uint64_t m)
{
	int			step = (int) (m >> (63 - LOG_BITS)) & (LOG_STEPS - 1);
	uint64_t	above = m & ((UINT64_C(1) << (63 - LOG_BITS)) - 1);
	uint64_t	z = multiply_63(above, fixed_log_reciprocal[step]);
	uint64_t	sum = (UINT64_C(1) << 61) - z / 5;
	uint64_t	log;

	sum = UINT64_C(0x2aaaaaaaaaaaaaaa) - multiply_63(z, sum);	/* 1/3 */
	sum = (UINT64_C(1) << 62) - multiply_63(z, sum);
	sum = (UINT64_C(1) << 63) - multiply_63(z, sum);
	log = fixed_log_start[step] + multiply_63(z, sum);
	return log < fixed_log_start[step + 1] ? log : fixed_log_start[step + 1];
}

Fixed
fixed_log1p(Fixed x)
{
	/* 1 + |x| = m / 2^63 * 2^exponent units; bits of m beyond 64 do not matter */
	FixedMagnitude y = fixed_magnitude(x) + FIXED_ONE;
	uint64_t	top = (uint64_t) (y >> 64);
	uint64_t	m;
	uint64_t	exponent;
	FixedMagnitude log;
	Fixed		units;

	if (host_likely(top == 0))
	{
		unsigned	zeros = (unsigned) __builtin_clzll((uint64_t) y);

		m = (uint64_t) y << zeros;
		exponent = 63 - zeros;
	}
	else
	{
		exponent = 127 - (unsigned) __builtin_clzll(top);
		m = (uint64_t) (y >> (exponent - 63));
	}
	log = (FixedMagnitude) exponent * fixed_log_start[LOG_STEPS] + log_of_mantissa(m);
	log = log > FIXED_LOG_OF_ONE ? log - FIXED_LOG_OF_ONE : 0;
	units = (Fixed) ((log * FIXED_ONE + ((FixedMagnitude) 1 << 62)) >> 63);
	return x < 0 ? -units : units;
}
