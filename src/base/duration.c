/*
 * duration.c
 *		Text of physical durations.
 */
#include "base/duration.h"

#define SECOND INT64_C(1000000)

typedef struct Unit
{
	const char *name;			/* as written out, and without its s */
	int64_t		size;			/* in microseconds; 0 depends on the calendar */
} Unit;

static const Unit units[] = {
	{"microsecond", 1}, {"us", 1},
	{"millisecond", 1000}, {"ms", 1000},
	{"second", SECOND}, {"sec", SECOND}, {"s", SECOND},
	{"minute", 60 * SECOND}, {"min", 60 * SECOND}, {"m", 60 * SECOND},
	{"hour", 3600 * SECOND}, {"h", 3600 * SECOND}, {"hr", 3600 * SECOND},
	{"day", 86400 * SECOND}, {"d", 86400 * SECOND},
	{"week", 7 * 86400 * SECOND}, {"w", 7 * 86400 * SECOND},
	{"month", 0}, {"mon", 0}, {"quarter", 0}, {"year", 0}, {"y", 0}, {"yr", 0}, {"decade", 0},
	{"century", 0}, {"centurie", 0}
};

typedef struct DurationReader
{
	const char *at;
	const char *end;
	int64_t		total;
} DurationReader;

static bool
digit_ahead(const DurationReader *reader)
{
	return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

static bool
take(DurationReader *reader, char c)
{
	if (reader->at == reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

static void
skip_spaces(DurationReader *reader)
{
	while (take(reader, ' '))
		;
}

/* Digits and a fraction; the fraction in millionths. */
static DurationText
take_number(DurationReader *reader, int64_t *whole, int64_t *millionths)
{
	bool		digits = digit_ahead(reader);
	int64_t		place = 100000;

	*whole = *millionths = 0;
	for (; digit_ahead(reader); reader->at++)
	{
		if (__builtin_mul_overflow(*whole, 10, whole) ||
			__builtin_add_overflow(*whole, *reader->at - '0', whole))
			return DURATION_RANGE;
	}
	if (digits && take(reader, '.'))
	{
		if (!digit_ahead(reader))
			return DURATION_SYNTAX;
		for (; digit_ahead(reader); reader->at++)
		{
			*millionths += (*reader->at - '0') * place;
			place /= 10;
		}
	}
	return digits ? DURATION_OK : DURATION_SYNTAX;
}

static DurationText
add(DurationReader *reader, int64_t whole, int64_t millionths, int64_t size)
{
	__int128	more = (__int128) whole * size + (__int128) millionths * size / 1000000;

	if (more > INT64_MAX - reader->total)
		return DURATION_RANGE;
	reader->total += (int64_t) more;
	return DURATION_OK;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
}

static bool
names_unit(const Unit *unit, const char *word, size_t size)
{
	size_t		length = strlen(unit->name);

	/* a plural, but of words only: "ms" is no m */
	if (size == length + 1 && length > 2 && lower(word[length]) == 's')
		size = length;
	if (size != length)
		return false;
	for (size_t i = 0; i < size; i++)
	{
		if (lower(word[i]) != unit->name[i])
			return false;
	}
	return true;
}

static const Unit *
take_unit(DurationReader *reader)
{
	const char *word = reader->at;
	size_t		size;

	while (reader->at < reader->end && lower(*reader->at) >= 'a' && lower(*reader->at) <= 'z')
		reader->at++;
	size = (size_t) (reader->at - word);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
	{
		if (names_unit(&units[i], word, size))
			return &units[i];
	}
	return NULL;
}

/* Behind the hours of "hours:minutes[:seconds]". */
static DurationText
take_clock(DurationReader *reader, int64_t hours)
{
	int64_t		minutes;
	int64_t		seconds = 0;
	int64_t		millionths;
	DurationText result = take_number(reader, &minutes, &millionths);

	if (result != DURATION_OK || minutes > 59 || millionths != 0)
		return DURATION_SYNTAX;
	if (take(reader, ':') &&
		(take_number(reader, &seconds, &millionths) != DURATION_OK || seconds > 59))
		return DURATION_SYNTAX;
	if ((result = add(reader, hours, 0, 3600 * SECOND)) == DURATION_OK &&
		(result = add(reader, minutes, 0, 60 * SECOND)) == DURATION_OK)
		result = add(reader, seconds, millionths, SECOND);
	return result;
}

/* Behind the P of ISO 8601: numbers with a letter each, T before the clock's. */
static DurationText
take_iso(DurationReader *reader)
{
	static const char letters[] = "WDHMS";
	static const int64_t sizes[] = {
		7 * 86400 * SECOND, 86400 * SECOND, 3600 * SECOND, 60 * SECOND, SECOND
	};
	bool		clock = false;
	int			last = -1;		/* letters come in this order, once each */

	if (reader->at == reader->end)
		return DURATION_SYNTAX;
	while (reader->at < reader->end)
	{
		int64_t		whole;
		int64_t		millionths;
		DurationText result;
		const char *letter;

		if (!clock && take(reader, 'T'))
			clock = true;
		result = take_number(reader, &whole, &millionths);
		if (result != DURATION_OK)
			return result;
		if (reader->at == reader->end)
			return DURATION_SYNTAX;
		if (*reader->at == 'Y' || (*reader->at == 'M' && !clock))
			return DURATION_CALENDAR;
		letter = *reader->at == '\0' ? NULL : strchr(letters, *reader->at);
		if (letter == NULL || (letter - letters >= 2) != clock || letter - letters <= last)
			return DURATION_SYNTAX;
		last = (int) (letter - letters);
		reader->at++;
		result = add(reader, whole, millionths, sizes[last]);
		if (result != DURATION_OK)
			return result;
	}
	return DURATION_OK;
}

DurationText
duration_parse(const char *text, size_t size, int64_t *microseconds)
{
	DurationReader reader = {text, text + size, 0};
	DurationText result;

	skip_spaces(&reader);
	if (take(&reader, 'P'))
	{
		result = take_iso(&reader);
		*microseconds = reader.total;
		return result;
	}
	do
	{
		int64_t		whole;
		int64_t		millionths;

		result = take_number(&reader, &whole, &millionths);
		if (result == DURATION_OK && millionths == 0 && take(&reader, ':'))
			result = take_clock(&reader, whole);
		else if (result == DURATION_OK)
		{
			const Unit *unit;

			skip_spaces(&reader);
			unit = take_unit(&reader);
			if (unit == NULL)
				return DURATION_SYNTAX;
			if (unit->size == 0)
				return DURATION_CALENDAR;
			result = add(&reader, whole, millionths, unit->size);
		}
		if (result != DURATION_OK)
			return result;
		skip_spaces(&reader);
	} while (reader.at < reader.end);
	*microseconds = reader.total;
	return DURATION_OK;
}

size_t
duration_to_text(int64_t microseconds, char buffer[DURATION_TEXT_MAX])
{
	static const char *const names[] = {"day", "hour", "minute", "second"};
	static const int64_t sizes[] = {86400 * SECOND, 3600 * SECOND, 60 * SECOND, SECOND};
	char	   *at = buffer;

	for (int i = 0; i < 4; i++)
	{
		int64_t		count = microseconds / sizes[i];
		int64_t		rest = i == 3 ? microseconds % SECOND : 0;
		char		digits[20];
		int			n = 0;

		microseconds %= sizes[i];
		if (count == 0 && rest == 0 && !(i == 3 && at == buffer))
			continue;
		if (at != buffer)
			*at++ = ' ';
		for (int64_t left = count; left > 0 || n == 0; left /= 10)
			digits[n++] = (char) ('0' + left % 10);
		while (n > 0)
			*at++ = digits[--n];
		if (rest != 0)
			*at++ = '.';
		for (int64_t place = SECOND / 10; rest != 0; place /= 10)
		{
			*at++ = (char) ('0' + rest / place);
			rest %= place;
		}
		*at++ = ' ';
		memcpy(at, names[i], strlen(names[i]));
		at += strlen(names[i]);
		if (count != 1 || (i == 3 && microseconds % SECOND != 0))
			*at++ = 's';
	}
	*at = '\0';
	return (size_t) (at - buffer);
}
