/*
 * instant.c
 *		Text of points in time.
 */
#include "base/instant.h"

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

/* ----- the calendar: Gregorian, also before there was one ----- */

/* Years are counted from one that is before all instants, a multiple of 400. */
#define FIRST_YEAR (-8000)
#define LAST_YEAR 300000
#define DAYS_IN_400_YEARS 146097

/* The days from FIRST_YEAR to 2000-01-01. */
#define EPOCH_DAY (INT64_C(25) * DAYS_IN_400_YEARS)

static const int days_before_month[2][13] = {
	{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
	{0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366}
};

static int
is_leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from the first of January of FIRST_YEAR to that of another year. */
static int64_t
days_before_year(int year)
{
	int64_t		years = (int64_t) year - FIRST_YEAR;

	/* the leap years among years 0 .. years - 1, of which 0 is one */
	return years * 365 + (years + 3) / 4 - (years + 99) / 100 + (years + 399) / 400;
}

/* ----- reading ----- */

typedef struct InstantReader
{
	const char *text;
	size_t		size;
	size_t		at;
} InstantReader;

static bool
digit_ahead(const InstantReader *reader)
{
	return reader->at < reader->size && reader->text[reader->at] >= '0' &&
		reader->text[reader->at] <= '9';
}

static bool
take(InstantReader *reader, char c)
{
	if (reader->at == reader->size || reader->text[reader->at] != c)
		return false;
	reader->at++;
	return true;
}

static bool
take_digit(InstantReader *reader, int *number)
{
	if (!digit_ahead(reader))
		return false;
	*number = *number * 10 + (reader->text[reader->at++] - '0');
	return true;
}

static bool
take_two_digits(InstantReader *reader, int *number)
{
	*number = 0;
	return take_digit(reader, number) && take_digit(reader, number);
}

/* Four digits, or up to six. */
static bool
take_year(InstantReader *reader, int *year)
{
	return take_two_digits(reader, year) && take_digit(reader, year) && take_digit(reader, year) &&
		((take_digit(reader, year) && take_digit(reader, year)) || true);
}

/* Behind the point: millionths, the digits beyond them rounded half to even. */
static bool
take_fraction(InstantReader *reader, int *millionths)
{
	int			place = 100000;
	int			beyond = 0;		/* of a millionth: 0, below half, half, above */

	*millionths = 0;
	if (!digit_ahead(reader))
		return false;
	for (; digit_ahead(reader); reader->at++)
	{
		int			digit = reader->text[reader->at] - '0';

		if (place > 0)
		{
			*millionths += digit * place;
			place /= 10;
			if (place == 0)
				place = -1;
		}
		else if (place == -1)
		{
			beyond = digit == 0 ? 0 : digit < 5 ? 1 : digit == 5 ? 2 : 3;
			place = -2;
		}
		else if (digit != 0 && (beyond == 0 || beyond == 2))
			beyond++;
	}
	if (beyond == 3 || (beyond == 2 && *millionths % 2 == 1))
		(*millionths)++;
	return true;
}

static InstantText
take_date(InstantReader *reader, int64_t *day)
{
	bool		negative = take(reader, '-');
	int			year;
	int			month;
	int			day_of_month;
	const int  *before;

	if (!negative)
		take(reader, '+');
	if (!take_year(reader, &year) || !take(reader, '-') ||
		!take_two_digits(reader, &month) || !take(reader, '-') ||
		!take_two_digits(reader, &day_of_month))
		return INSTANT_SYNTAX;
	if (negative)
		year = -year;
	if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12)
		return INSTANT_RANGE;
	before = days_before_month[is_leap_year(year)];
	if (day_of_month < 1 || day_of_month > before[month] - before[month - 1])
		return INSTANT_RANGE;
	*day = days_before_year(year) + before[month - 1] + day_of_month - 1 - EPOCH_DAY;
	return INSTANT_OK;
}

static InstantText
take_clock(InstantReader *reader, int64_t *time)
{
	int			hour;
	int			minute;
	int			second = 0;
	int			millionths = 0;

	if (!take_two_digits(reader, &hour) || !take(reader, ':') ||
		!take_two_digits(reader, &minute))
		return INSTANT_SYNTAX;
	if (take(reader, ':'))
	{
		if (!take_two_digits(reader, &second) ||
			(take(reader, '.') && !take_fraction(reader, &millionths)))
			return INSTANT_SYNTAX;
	}
	*time = ((hour * 60 + minute) * INT64_C(60) + second) * SECOND + millionths;

	/* second 60 is a leap second, 24:00 the midnight that ends the day */
	return minute > 59 || second > 60 || *time > DAY + SECOND ||
		(hour == 24 && *time > DAY) ? INSTANT_RANGE : INSTANT_OK;
}

static InstantText
take_offset(InstantReader *reader, int64_t *offset)
{
	bool		west;
	int			hours;
	int			minutes = 0;
	int			seconds = 0;

	*offset = 0;
	if (take(reader, 'Z') || take(reader, 'z'))
		return INSTANT_OK;
	west = take(reader, '-');
	if (!west && !take(reader, '+'))
		return INSTANT_NO_OFFSET;
	if (!take_two_digits(reader, &hours))
		return INSTANT_SYNTAX;
	if (digit_ahead(reader))
	{
		if (!take_two_digits(reader, &minutes))
			return INSTANT_SYNTAX;
	}
	else if (take(reader, ':') &&
			 (!take_two_digits(reader, &minutes) ||
			  (take(reader, ':') && !take_two_digits(reader, &seconds))))
		return INSTANT_SYNTAX;
	if (digit_ahead(reader))
		return INSTANT_SYNTAX;
	if (hours > 15 || minutes > 59 || seconds > 59)
		return INSTANT_RANGE;
	*offset = ((hours * 60 + minutes) * INT64_C(60) + seconds) * (west ? -SECOND : SECOND);
	return INSTANT_OK;
}

InstantText
instant_parse(const char *text, size_t size, int64_t *instant, size_t *taken)
{
	InstantReader reader = {text, size, 0};
	int64_t		day;
	int64_t		time = 0;
	int64_t		offset;
	__int128	result;
	InstantText state = take_date(&reader, &day);

	if (state == INSTANT_OK &&
		(take(&reader, 'T') || take(&reader, 't') || take(&reader, ' ')))
		state = take_clock(&reader, &time);
	if (state == INSTANT_OK)
		state = take_offset(&reader, &offset);
	*taken = reader.at;
	if (state != INSTANT_OK)
		return state;
	result = (__int128) day * DAY + time - offset;
	if (result < INSTANT_MIN || result >= INSTANT_END)
		return INSTANT_RANGE;
	*instant = (int64_t) result;
	return INSTANT_OK;
}

/* ----- writing ----- */

/* At least `width` digits. */
static char *
put_number(char *at, int64_t number, int width)
{
	char		digits[20];
	int			n = 0;

	for (; number > 0 || n < width; number /= 10)
		digits[n++] = (char) ('0' + number % 10);
	while (n > 0)
		*at++ = digits[--n];
	return at;
}

size_t
instant_to_text(int64_t instant, char buffer[INSTANT_TEXT_MAX])
{
	char	   *at = buffer;
	int64_t		day = instant / DAY - (instant % DAY < 0);
	int64_t		time = instant - day * DAY;
	int			year;
	int			month = 1;
	const int  *before;

	/* the mean year finds the year, or the one before or behind it */
	day += EPOCH_DAY;
	year = (int) (day * 400 / DAYS_IN_400_YEARS) + FIRST_YEAR;
	while (days_before_year(year) > day)
		year--;
	while (days_before_year(year + 1) <= day)
		year++;
	day -= days_before_year(year);
	before = days_before_month[is_leap_year(year)];
	while (before[month] <= day)
		month++;

	if (year < 0)
		*at++ = '-';
	at = put_number(at, year < 0 ? -year : year, 4);
	*at++ = '-';
	at = put_number(at, month, 2);
	*at++ = '-';
	at = put_number(at, day - before[month - 1] + 1, 2);
	*at++ = 'T';
	at = put_number(at, time / (3600 * SECOND), 2);
	*at++ = ':';
	at = put_number(at, time / (60 * SECOND) % 60, 2);
	*at++ = ':';
	at = put_number(at, time / SECOND % 60, 2);
	if (time % SECOND != 0)
	{
		*at++ = '.';
		at = put_number(at, time % SECOND, 6);
		while (at[-1] == '0')
			at--;
	}
	*at++ = 'Z';
	return (size_t) (at - buffer);
}
