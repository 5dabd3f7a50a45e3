/*
 * linkage_value.c
 *		One text in the normal form of its kind, and what comparing needs of it.
 */
#include "identity/linkage_table.h"
#include "identity/normalise.h"

static bool
is_digit(uint32_t code)
{
	return code >= '0' && code <= '9';
}

/* ----- texts that say nothing ----- */

static bool
is_word(const uint32_t *code, size_t size, const char *word)
{
	size_t		i = 0;

	while (i < size && word[i] != '\0' && code[i] == (uint32_t) (unsigned char) word[i])
		i++;
	return i == size && word[i] == '\0';
}

/* What people and programs write for "not known", in normal form. */
static bool
says_nothing(const uint32_t *code, size_t size)
{
	static const char *const words[] = {
		"unknown", "null", "none", "nil", "na", "n a", "nan", "tba", "tbd", "missing", "undefined",
		"not known", "not available", "not applicable", "anonymous"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
	{
		if (is_word(code, size, words[i]))
			return true;
	}
	return false;
}

/* 0000, 99999: numbers made up to fill a field. */
static bool
is_filler(const uint32_t *code, size_t size)
{
	size_t		i = 1;

	while (i < size && code[i] == code[0])
		i++;
	return i == size && size >= 4 && is_digit(code[0]);
}

/* ----- kinds ----- */

/* Letters and digits without what stands between them. */
static size_t
normalise_code(LinkageUnicode text, uint32_t *out)
{
	size_t		size = normalise_name(text.code, text.size, out);
	size_t		kept = 0;

	if (says_nothing(out, size))
		return 0;
	for (size_t i = 0; i < size; i++)
	{
		if (out[i] != ' ')
			out[kept++] = out[i];
	}
	return is_filler(out, kept) ? 0 : kept;
}

/* The number that begins at a place; false if no digit is there or more than four. */
static bool
read_part(LinkageUnicode text, size_t *at, uint32_t *number, size_t *digits)
{
	*number = 0;
	*digits = 0;
	while (*at < text.size && is_digit(text.code[*at]))
	{
		*number = *number * 10 + (text.code[(*at)++] - '0');
		if (++*digits > 4)
			return false;
	}
	return *digits > 0;
}

static void
put_digits(uint32_t *out, uint32_t number, int digits)
{
	while (digits-- > 0)
	{
		out[digits] = '0' + number % 10;
		number /= 10;
	}
}

/*
 * Year, month and day with anything between them; the year is the part of
 * four digits, and if it comes last the day is first unless it must be the
 * second.  Nothing says that the date exists: 1855-81-01 is a slip of the pen
 * and near to 1855-01-01.
 */
static bool
read_date_parts(LinkageUnicode text, uint32_t *out)
{
	uint32_t	part[3];
	size_t		digits[3];
	size_t		at = 0;

	for (int i = 0; i < 3; i++)
	{
		if (!read_part(text, &at, &part[i], &digits[i]))
			return false;
		if (i < 2 && (at >= text.size || strchr("-/. ", (int) (text.code[at] & 0x7f)) == NULL ||
					  text.code[at] > 0x7f || text.code[at] == 0))
			return false;
		at++;
	}
	if (digits[0] == 4 && digits[1] <= 2 && digits[2] <= 2)
	{
		put_digits(out, part[0], 4);
		put_digits(out + 4, part[1], 2);
		put_digits(out + 6, part[2], 2);
		return true;
	}
	if (digits[2] == 4 && digits[0] <= 2 && digits[1] <= 2)
	{
		bool		month_first = part[1] > 12 && part[0] <= 12;

		put_digits(out, part[2], 4);
		put_digits(out + 4, part[month_first ? 0 : 1], 2);
		put_digits(out + 6, part[month_first ? 1 : 0], 2);
		return true;
	}
	return false;
}

/* Eight digits, year first; of what is no date its digits if there are some. */
static size_t
normalise_date(LinkageUnicode text, uint32_t *out)
{
	size_t		size = 0;

	while (text.size > 0 && text.code[0] <= ' ')
	{
		text.code++;
		text.size--;
	}
	if (read_date_parts(text, out))
		size = 8;
	else
	{
		for (size_t i = 0; i < text.size && size < 8; i++)
		{
			if (is_digit(text.code[i]))
				out[size++] = text.code[i];
		}
	}
	return size < 4 || is_filler(out, size) ? 0 : size;
}

/* Broken addresses are compared all the same: one lost its @ by a slip. */
static size_t
normalise_address(LinkageUnicode text, uint32_t *out)
{
	size_t		size = normalise_email(text.code, text.size, false, out);

	if (size > 0)
		return size;
	for (size_t i = 0; i < text.size; i++)
	{
		uint32_t	code = text.code[i];

		if (code > ' ')
			out[size++] = code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code;
	}
	return says_nothing(out, size) || is_word(out, size, "n/a") ? 0 : size;
}

#define NUMBER_MAX 40

/* A number as short as it can be written. */
static size_t
normalise_number(LinkageUnicode text, uint32_t *out)
{
	char		buffer[NUMBER_MAX > HOST_DOUBLE_TEXT_MAX ? NUMBER_MAX : HOST_DOUBLE_TEXT_MAX];
	size_t		size = 0;
	double		number;

	for (size_t i = 0; i < text.size; i++)
	{
		if (text.code[i] <= ' ')
			continue;
		if (text.code[i] > 0x7f || size == NUMBER_MAX)
			return 0;
		buffer[size++] = (char) text.code[i];
	}
	/* neither infinite nor not a number */
	if (!host_text_to_double(buffer, size, &number) || number - number != 0)
		return 0;
	size = host_double_to_text(number == 0 ? 0 : number, buffer);
	for (size_t i = 0; i < size; i++)
		out[i] = (uint32_t) (unsigned char) buffer[i];
	return size;
}

size_t
linkage_normalise(LinkageKind kind, LinkageUnicode text, uint32_t *out)
{
	size_t		size;

	switch (kind)
	{
		case LINKAGE_CODE:
			return normalise_code(text, out);
		case LINKAGE_DATE:
			return normalise_date(text, out);
		case LINKAGE_EMAIL:
			return normalise_address(text, out);
		case LINKAGE_NUMBER:
			return normalise_number(text, out);
		default:
			size = normalise_name(text.code, text.size, out);
			return says_nothing(out, size) ? 0 : size;
	}
}

/* FNV-1a over the four bytes of each character, and its bits mixed once more. */
uint64_t
linkage_hash(const uint32_t *code, size_t size)
{
	uint64_t	hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
	{
		for (int shift = 0; shift < 32; shift += 8)
			hash = (hash ^ ((code[i] >> shift) & 0xff)) * UINT64_C(0x100000001b3);
	}
	return node_hash_mix(hash);
}

void
linkage_value_set(LinkageValue *value, LinkageKind kind, const uint32_t *code, uint32_t size)
{
	uint32_t	seen = 0;

	*value = (LinkageValue) {.text = {code, size, false}, .mark = size};
	for (uint32_t i = 0; i < size; i++)
	{
		seen |= code[i];
		value->letters |= UINT64_C(1) << (code[i] & 63);
		if (code[i] == '@')
			value->mark = i;
	}
	value->text.narrow = seen < 256;
	value->hash = linkage_hash(code, size);
	/* whether two are equal is told by all of them; how alike they are, by this much */
	if (kind != LINKAGE_WORDS && size > LINKAGE_COMPARED_MAX)
	{
		value->text.length = LINKAGE_COMPARED_MAX;
		value->mark = value->mark > LINKAGE_COMPARED_MAX ? LINKAGE_COMPARED_MAX : value->mark;
	}
	if (kind == LINKAGE_NUMBER)
	{
		char		buffer[HOST_DOUBLE_TEXT_MAX];

		for (uint32_t i = 0; i < size; i++)
			buffer[i] = (char) code[i];
		if (!host_text_to_double(buffer, size, &value->number))
			value->number = 0;
	}
}

/*
 * ln(all / rows) in units of 10^-6, and a little more, so that words that all
 * have agree, too.
 */
int64_t
linkage_word_weight(double rows, uint32_t all)
{
	Fixed		others;

	if (rows >= all || !fixed_from_double((all - rows) / rows, &others))
		return LINKAGE_WORD_LEAST;
	return LINKAGE_WORD_LEAST + (int64_t) (fixed_log1p(others) / 1000000);
}
