/*
 * normalise.c
 *		One spelling of e-mail addresses, phone numbers and names.
 *
 * No locale and no table of the server's: what is done to which character is
 * here, so that an index over it stays right for ever.
 */
#include "identity/normalise.h"

#define NO_BREAK_SPACE 0x00a0
#define SOFT_HYPHEN 0x00ad
#define BYTE_ORDER_MARK 0xfeff

static inline bool
is_digit(uint32_t code)
{
	return code >= '0' && code <= '9';
}

static inline bool
is_space_or_control(uint32_t code)
{
	return code <= ' ' || (code >= 0x7f && code <= NO_BREAK_SPACE);
}

/* What is there but cannot be seen. */
static inline bool
is_invisible(uint32_t code)
{
	return code == SOFT_HYPHEN || code == BYTE_ORDER_MARK ||
		(code >= 0x200b && code <= 0x200f) || code == 0x2060;
}

static inline uint32_t
ascii_lower(uint32_t code)
{
	return code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code;
}

/* Does the text begin so?  `prefix` is lower-case ASCII. */
static bool
begins_with(const uint32_t *text, size_t size, const char *prefix)
{
	size_t		i = 0;

	while (prefix[i] != '\0' && i < size && ascii_lower(text[i]) == (uint32_t) prefix[i])
		i++;
	return prefix[i] == '\0';
}

static bool
is_text(const uint32_t *text, size_t size, const char *other)
{
	return size == strlen(other) && begins_with(text, size, other);
}

static void
trim(const uint32_t **text, size_t *size)
{
	while (*size > 0 && (is_space_or_control((*text)[0]) || is_invisible((*text)[0])))
	{
		(*text)++;
		(*size)--;
	}
	while (*size > 0 && (is_space_or_control((*text)[*size - 1]) || is_invisible((*text)[*size - 1])))
		(*size)--;
}

/* ----- e-mail addresses ----- */

/* A domain of at least two labels, none of them empty, without its last dot. */
static size_t
copy_domain(const uint32_t *text, size_t size, uint32_t *out)
{
	size_t		dots = 0;

	if (size > 0 && text[size - 1] == '.')
		size--;
	for (size_t i = 0; i < size; i++)
	{
		if (text[i] == '.')
		{
			if (i == 0 || i + 1 == size || text[i - 1] == '.')
				return 0;
			dots++;
		}
		out[i] = ascii_lower(text[i]);
	}
	return dots > 0 ? size : 0;
}

/* Takes away what stands around an address. */
static void
unwrap(const uint32_t **text, size_t *size)
{
	static const char scheme[] = "mailto:";

	for (;;)
	{
		trim(text, size);
		if (begins_with(*text, *size, scheme))
		{
			*text += strlen(scheme);
			*size -= strlen(scheme);
		}
		else if (*size >= 2 && (*text)[0] == '<' && (*text)[*size - 1] == '>')
		{
			(*text)++;
			*size -= 2;
		}
		else
			return;
	}
}

size_t
normalise_email(const uint32_t *text, size_t size, bool gmail, uint32_t *out)
{
	static const char gmail_domain[] = "gmail.com";
	size_t		at = 0;
	size_t		ats = 0;
	size_t		local = 0;
	size_t		domain;

	unwrap(&text, &size);
	for (size_t i = 0; i < size; i++)
	{
		if (is_space_or_control(text[i]) || is_invisible(text[i]) ||
			(text[i] < 0x80 && strchr("<>,;:", (int) text[i]) != NULL))
			return 0;
		if (text[i] == '@')
		{
			at = i;
			ats++;
		}
	}
	if (ats != 1 || at == 0)
		return 0;
	/* where it belongs if nothing is left out of the local part */
	domain = copy_domain(text + at + 1, size - at - 1, out + at + 1);
	if (domain == 0)
		return 0;
	gmail = gmail && (is_text(out + at + 1, domain, gmail_domain) ||
					  is_text(out + at + 1, domain, "googlemail.com"));
	for (size_t i = 0; i < at; i++)
	{
		if (gmail && text[i] == '+')
			break;
		if (!gmail || text[i] != '.')
			out[local++] = ascii_lower(text[i]);
	}
	if (local == 0)
		return 0;
	out[local] = '@';
	if (!gmail)
		return local + 1 + domain;
	for (domain = 0; gmail_domain[domain] != '\0'; domain++)
		out[local + 1 + domain] = (uint32_t) gmail_domain[domain];
	return local + 1 + domain;
}

/* ----- phone numbers ----- */

bool
country_code_of(const uint32_t *text, size_t size, CountryCode *country)
{
	trim(&text, &size);
	if (size > 0 && text[0] == '+')
	{
		text++;
		size--;
	}
	if (size < 1 || size > COUNTRY_CODE_MAX || text[0] == '0')
		return false;
	for (size_t i = 0; i < size; i++)
	{
		if (!is_digit(text[i]))
			return false;
		country->digit[i] = text[i];
	}
	country->size = size;
	return true;
}

static bool
country_is(const CountryCode *country, const char *code)
{
	return is_text(country->digit, country->size, code);
}

static bool
separates_digits(uint32_t code)
{
	return is_space_or_control(code) || is_invisible(code) ||
		code == '-' || code == '.' || code == '/' || code == '(' || code == ')' ||
		(code >= 0x2000 && code <= 0x2015) || code == 0x202f || code == 0x2212;
}

/* Digits as they are written, and whether a plus stands before them. */
typedef struct Dialled
{
	uint32_t	digit[32];
	size_t		size;
	bool		plus;
} Dialled;

/* False if it is no number, or a longer one than there are. */
static bool
read_digits(const uint32_t *text, size_t size, Dialled *number)
{
	number->size = 0;
	number->plus = false;
	trim(&text, &size);
	if (begins_with(text, size, "tel:"))
	{
		text += strlen("tel:");
		size -= strlen("tel:");
	}
	for (size_t i = 0; i < size; i++)
	{
		uint32_t	code = text[i];

		if (is_digit(code))
		{
			if (number->size == sizeof(number->digit) / sizeof(number->digit[0]))
				return false;
			number->digit[number->size++] = code;
		}
		else if (code == '+' && number->size == 0 && !number->plus)
			number->plus = true;
		/* what is dialled at home only: +49 (0)30 */
		else if (begins_with(text + i, size - i, "(0)") && number->size > 0 &&
				 (number->plus || begins_with(number->digit, number->size, "00")))
			i += strlen("0)");
		/* extensions are not of the number */
		else if (number->size > 0 &&
				 (code == '#' || code == ';' || begins_with(text + i, size - i, "x") ||
				  begins_with(text + i, size - i, "ext")))
			break;
		else if (!separates_digits(code))
			return false;
	}
	return true;
}

/* Takes digits away from the front; the number keeps at least one. */
static bool
drop(Dialled *number, const char *prefix)
{
	size_t		size = strlen(prefix);

	if (number->size <= size || !begins_with(number->digit, number->size, prefix))
		return false;
	number->size -= size;
	memmove(number->digit, number->digit + size, number->size * sizeof(number->digit[0]));
	return true;
}

/*
 * Takes away the prefix of national calls where it is not part of the number;
 * false if what is left is none: only these two have numbers that begin with 0.
 */
static bool
drop_trunk(Dialled *number, const CountryCode *country)
{
	if (country_is(country, "39") || country_is(country, "378"))
		return true;
	if (country_is(country, "1"))
	{
		if (number->size == 11)
			drop(number, "1");
	}
	else if (country_is(country, "7"))
	{
		if (number->size == 11)
			drop(number, "8");
	}
	else if (!country_is(country, "36") || !drop(number, "06"))
		drop(number, "0");
	return number->digit[0] != '0';
}

static bool
all_alike(const uint32_t *digit, size_t size)
{
	for (size_t i = 1; i < size; i++)
	{
		if (digit[i] != digit[0])
			return false;
	}
	return true;
}

/*
 * 0000000 and +49 1111111 are what people write who give no number.  How long
 * the country code is may not be known, but no number is all alike behind it.
 */
static bool
is_placeholder(const Dialled *number, bool with_country)
{
	if (all_alike(number->digit, number->size))
		return true;
	for (size_t code = 1; with_country && code <= COUNTRY_CODE_MAX && code + 6 <= number->size; code++)
	{
		if (all_alike(number->digit + code, number->size - code))
			return true;
	}
	return false;
}

size_t
normalise_phone(const uint32_t *text, size_t size, const CountryCode *country,
				uint32_t out[PHONE_ROOM])
{
	char		code[COUNTRY_CODE_MAX + 1] = "";
	Dialled		number;
	bool		international;
	bool		home = false;	/* known to be of the country */
	size_t		prefix = 0;

	if (!read_digits(text, size, &number))
		return 0;
	international = number.plus || drop(&number, "00") ||
		(country_is(country, "1") && drop(&number, "011"));
	for (size_t i = 0; i < country->size; i++)
		code[i] = (char) country->digit[i];
	if (country->size > 0)
		home = !international || drop(&number, code);
	if (number.size == 0 || (home && !drop_trunk(&number, country)))
		return 0;
	if (is_placeholder(&number, international && !home))
		return 0;

	if (home || international)
		out[prefix++] = '+';
	for (size_t i = 0; home && i < country->size; i++)
		out[prefix++] = country->digit[i];
	/* seven digits with the country, the shortest there are; at home four */
	if (prefix + number.size > PHONE_ROOM || number.size < (home || !international ? 4 : 7) ||
		(international && !home && number.digit[0] == '0') ||
		(prefix == 0 && number.size > PHONE_DIGITS_MAX))
		return 0;
	memcpy(out + prefix, number.digit, number.size * sizeof(out[0]));
	return prefix + number.size;
}

/* ----- names ----- */

/* Letters that do not decompose into one of a to z and an accent. */
static const struct
{
	uint16_t	code;
	char		letters[3];
}			latin_letters[] = {
	{0x00c6, "ae"}, {0x00d0, "d"}, {0x00d8, "o"}, {0x00de, "th"}, {0x00df, "ss"},
	{0x00e6, "ae"}, {0x00f0, "d"}, {0x00f8, "o"}, {0x00fe, "th"}, {0x0110, "d"},
	{0x0111, "d"}, {0x0126, "h"}, {0x0127, "h"}, {0x0131, "i"}, {0x0141, "l"},
	{0x0142, "l"}, {0x014a, "n"}, {0x014b, "n"}, {0x0152, "oe"}, {0x0153, "oe"},
	{0x0166, "t"}, {0x0167, "t"}, {0x1e9e, "ss"}
};

/* Lower case of the bicameral scripts whose letters stand in rows or in pairs. */
static uint32_t
lower(uint32_t code)
{
	if (code < 0x80)
		return ascii_lower(code);
	if (code >= 0x0391 && code <= 0x03a9)	/* Greek */
		return code + 0x20;
	if (code == 0x03c2)			/* a sigma at the end is a sigma */
		return 0x03c3;
	if (code >= 0x0400 && code <= 0x040f)	/* Cyrillic */
		return code + 0x50;
	if (code >= 0x0410 && code <= 0x042f)
		return code + 0x20;
	if ((code >= 0x0460 && code <= 0x0481) || (code >= 0x048a && code <= 0x04bf) ||
		(code >= 0x04d0 && code <= 0x052f))
		return code | 1;
	if (code == 0x018f)			/* schwa */
		return 0x0259;
	if (code >= 0x0531 && code <= 0x0556)	/* Armenian */
		return code + 0x30;
	return code;
}

/* Does the mark on this letter, lower case, make no other letter of it? */
static bool
is_accent(uint32_t letter, uint32_t mark)
{
	/* Latin and Greek; Cyrillic yo is written as ye as often, but short i is no i */
	return mark >= 0x0300 && mark <= 0x036f &&
		(letter < 0x0400 || (letter == 0x0435 && mark == 0x0308));
}

static bool
is_apostrophe(uint32_t code)
{
	return code == '\'' || code == '`' || code == 0x02b9 || code == 0x02bb || code == 0x02bc ||
		code == 0x2018 || code == 0x2019 || code == 0x2032;
}

static bool
separates_words(uint32_t code)
{
	if (code < 0x80)
		return !is_digit(code) && !(ascii_lower(code) >= 'a' && ascii_lower(code) <= 'z');
	return (code <= 0x00bf && code != 0x00b5) || code == 0x00d7 || code == 0x00f7 ||
		(code >= 0x2000 && code <= 0x206f) || (code >= 0x3000 && code <= 0x303f && code != 0x3005) ||
		code == 0x30fb;
}

size_t
normalise_name(const uint32_t *text, size_t size, uint32_t *out)
{
	size_t		count = 0;
	uint32_t	letter = 0;		/* the last one */
	bool		between = false;	/* words */

	for (size_t i = 0; i < size; i++)
	{
		uint32_t	code = lower(text[i]);
		const char *letters = NULL;

		if (is_apostrophe(code) || is_invisible(code) || is_accent(letter, code))
			continue;
		if (separates_words(code))
		{
			between = true;
			continue;
		}
		if (between && count > 0)
			out[count++] = ' ';
		between = false;
		letter = code;
		if (code >= 0x80)
		{
			for (size_t k = 0; k < sizeof(latin_letters) / sizeof(latin_letters[0]); k++)
			{
				if (latin_letters[k].code == code)
					letters = latin_letters[k].letters;
			}
		}
		if (letters == NULL)
			out[count++] = code;
		else
		{
			while (*letters != '\0')
				out[count++] = (uint32_t) *letters++;
		}
	}
	return count;
}
