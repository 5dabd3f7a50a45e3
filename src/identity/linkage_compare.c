/*
 * linkage_compare.c
 *		The comparison levels of each kind of column.
 */
#include "identity/linkage_compare.h"

/* From missing and different up to equal. */
static const char *const level_names[LINKAGE_KINDS][LINKAGE_LEVELS_MAX] = {
	[LINKAGE_CATEGORY] = {"missing", "different", "equal"},
	[LINKAGE_NAME] = {"missing", "different", "in the other column", "a little alike", "short form", "alike",
	"almost equal", "equal"},
	[LINKAGE_WORDS] = {"missing", "different", "some words", "half of the words", "most words", "almost all words", "equal"},
	[LINKAGE_CODE] = {"missing", "different", "same beginning", "two changes", "one change", "equal"},
	[LINKAGE_DATE] = {"missing", "different", "within ten years", "within a year", "within a month", "two changes",
	"one change", "equal"},
	[LINKAGE_EMAIL] = {"missing", "different", "a little alike", "alike before the @", "alike", "same before the @",
	"one or two changes", "equal"},
	[LINKAGE_NUMBER] = {"missing", "different", "within 20 percent", "within 5 percent", "within 1 percent", "equal"},
};

uint32_t
linkage_level_count(LinkageKind kind)
{
	uint32_t	count = 0;

	while (count < LINKAGE_LEVELS_MAX && level_names[kind][count] != NULL)
		count++;
	return count;
}

const char *
linkage_level_name(LinkageKind kind, uint32_t level)
{
	return level_names[kind][level];
}

static uint32_t
shorter_of(const Characters *a, const Characters *b)
{
	return a->length < b->length ? a->length : b->length;
}

/* Does the longer begin with the shorter? */
static bool
is_beginning(const Characters *a, const Characters *b)
{
	return memcmp(a->code, b->code, shorter_of(a, b) * sizeof(uint32_t)) == 0;
}

/* ----- names ----- */

#define A_LITTLE_ALIKE 0.7
#define ALMOST_EQUAL 0.92

/*
 * The most that Jaro can give: each character that the other text has not is
 * no match.  Spares most pairs of names the real thing.
 */
static bool
may_be_alike(const LinkageValue *a, const LinkageValue *b, double least)
{
	int			left_a = (int) a->text.length - __builtin_popcountll(a->letters & ~b->letters);
	int			left_b = (int) b->text.length - __builtin_popcountll(b->letters & ~a->letters);
	double		matches = left_a < left_b ? left_a : left_b;

	return matches / a->text.length + matches / b->text.length + 1 >= 3 * least - 0.001;
}

/* j. and joseph, art and arthur; or one of the names of somebody with several. */
static bool
is_short_form(const LinkageColumn *column, const LinkageValue *a, const LinkageValue *b)
{
	const uint32_t *words_a = column->word_list + a->first_word;
	const uint32_t *words_b = column->word_list + b->first_word;

	if (is_beginning(&a->text, &b->text))
		return true;
	if (a->word_count + b->word_count < 3)
		return false;
	for (uint32_t i = 0; i < a->word_count; i++)
	{
		for (uint32_t j = 0; j < b->word_count; j++)
		{
			if (words_a[i] == words_b[j] && column->words[words_a[i]].text.length > 2)
				return true;
		}
	}
	return false;
}

static uint32_t
compare_names(const LinkageColumn *column, const LinkageValue *a, const LinkageValue *b)
{
	double		alike = 0;

	if (may_be_alike(a, b, A_LITTLE_ALIKE))
		alike = text_jaro_winkler(&a->text, &b->text);
	if (alike >= ALMOST_EQUAL)
		return 6;
	if (alike >= 0.85)
		return 5;
	if (is_short_form(column, a, b))
		return 4;
	return alike >= A_LITTLE_ALIKE ? 3 : LINKAGE_DIFFERENT;
}

bool
linkage_crossed(const LinkageValue *a, const LinkageValue *b)
{
	return may_be_alike(a, b, 0.8) && text_jaro_winkler(&a->text, &b->text) >= ALMOST_EQUAL;
}

/* ----- words ----- */

#define WORDS_COMPARED 64

/* How well two different words stand for each other, of 100. */
static int64_t
word_likeness(const LinkageWord *a, const LinkageWord *b)
{
	uint32_t	shorter = shorter_of(&a->text, &b->text);
	uint32_t	longer = a->text.length > b->text.length ? a->text.length : b->text.length;

	/* another number of a house is another house */
	if (a->digits || b->digits)
		return 0;
	if (a->text.code[0] == b->text.code[0] && is_beginning(&a->text, &b->text))
		return shorter == 1 ? 50 : 80;
	if (shorter < 3 || longer < 4 || longer - shorter > 2)
		return 0;
	switch (text_damerau_levenshtein(&a->text, &b->text, longer >= 7 ? 2 : 1))
	{
		case 1:
			return 90;
		case 2:
			return longer >= 7 ? 80 : 0;
	}
	return 0;
}

/*
 * What the words of both say, of what all words say: each word of a stands
 * for at most one of b, equal ones first.  In percent of the mean of both.
 */
static int64_t
words_in_common(const LinkageColumn *column, const LinkageValue *a, const LinkageValue *b)
{
	const uint32_t *words_a = column->word_list + a->first_word;
	const uint32_t *words_b = column->word_list + b->first_word;
	uint32_t	count_a = a->word_count < WORDS_COMPARED ? a->word_count : WORDS_COMPARED;
	uint32_t	count_b = b->word_count < WORDS_COMPARED ? b->word_count : WORDS_COMPARED;
	uint64_t	left_a = 0;
	uint64_t	left_b = 0;
	int64_t		all = 0;
	int64_t		common = 0;

	for (uint32_t j = 0; j < count_b; j++)
	{
		all += column->words[words_b[j]].weight;
		left_b |= UINT64_C(1) << j;
	}
	for (uint32_t i = 0; i < count_a; i++)
	{
		bool		found = false;

		all += column->words[words_a[i]].weight;
		for (uint32_t j = 0; j < count_b && !found; j++)
		{
			if (words_a[i] != words_b[j])
				continue;
			found = true;
			common += 2 * column->words[words_a[i]].weight;
			left_b &= ~(UINT64_C(1) << j);
		}
		if (!found)
			left_a |= UINT64_C(1) << i;
	}
	for (; left_a != 0; left_a &= left_a - 1)
	{
		const LinkageWord *word = &column->words[words_a[__builtin_ctzll(left_a)]];
		int64_t		best = 0;
		int			taken = 0;

		for (uint64_t left = left_b; left != 0; left &= left - 1)
		{
			int			j = __builtin_ctzll(left);
			const LinkageWord *other = &column->words[words_b[j]];
			int64_t		share = (word->weight + other->weight) / 100 * word_likeness(word, other);

			if (share > best)
			{
				best = share;
				taken = j;
			}
		}
		if (best > 0)
			left_b &= ~(UINT64_C(1) << taken);
		common += best;
	}
	/* no word weighs nothing */
	return common * 100 / all;
}

static uint32_t
compare_words(const LinkageColumn *column, const LinkageValue *a, const LinkageValue *b)
{
	int64_t		percent = words_in_common(column, a, b);

	return percent >= 85 ? 5 : percent >= 65 ? 4 : percent >= 45 ? 3 : percent >= 25 ? 2 : LINKAGE_DIFFERENT;
}

/* ----- the others ----- */

static uint32_t
compare_codes(const LinkageValue *a, const LinkageValue *b)
{
	uint32_t	shorter = shorter_of(&a->text, &b->text);
	uint32_t	longer = a->text.length > b->text.length ? a->text.length : b->text.length;
	uint32_t	changes;

	/* one change of few characters says nothing */
	if (longer < 3)
		return LINKAGE_DIFFERENT;
	changes = text_damerau_levenshtein(&a->text, &b->text, 2);
	if (changes == 1)
		return 4;
	if (changes == 2 && longer >= 5)
		return 3;
	return shorter >= 3 && memcmp(a->text.code, b->text.code, (shorter + 1) / 2 * sizeof(uint32_t)) == 0 ? 2 :
		LINKAGE_DIFFERENT;
}

/* Days since some day; as if every month that is none were one. */
static int
day_of(const LinkageValue *date)
{
	const uint32_t *code = date->text.code;
	int			part[3] = {0, 1, 1};

	for (uint32_t i = 0; i < date->text.length; i++)
	{
		int			k = i < 4 ? 0 : i < 6 ? 1 : 2;

		part[k] = (i == 4 || i == 6 ? 0 : part[k]) * 10 + (int) (code[i] - '0');
	}
	return part[0] * 365 + part[0] / 4 + (part[1] - 1) * 30 + (part[1] - 1) / 2 + part[2];
}

static uint32_t
compare_dates(const LinkageValue *a, const LinkageValue *b)
{
	const uint32_t *x = a->text.code;
	const uint32_t *y = b->text.code;
	uint32_t	changes = text_damerau_levenshtein(&a->text, &b->text, 2);
	int			days = day_of(a) - day_of(b);

	if (days < 0)
		days = -days;
	if (changes == 1)
		return 6;
	/* day and month changed places */
	if (a->text.length == 8 && b->text.length == 8 && memcmp(x, y, 4 * sizeof(*x)) == 0 &&
		memcmp(x + 4, y + 6, 2 * sizeof(*x)) == 0 && memcmp(x + 6, y + 4, 2 * sizeof(*x)) == 0)
		return 6;
	if (days <= 31)
		return 4;
	if (changes == 2)
		return 5;
	return days <= 366 ? 3 : days <= 3653 ? 2 : LINKAGE_DIFFERENT;
}

static uint32_t
compare_emails(const LinkageValue *a, const LinkageValue *b)
{
	Characters	local_a = {a->text.code, a->mark, a->text.narrow};
	Characters	local_b = {b->text.code, b->mark, b->text.narrow};
	double		alike;

	if (text_damerau_levenshtein(&a->text, &b->text, 2) <= 2)
		return 6;
	if (a->mark == b->mark && memcmp(local_a.code, local_b.code, a->mark * sizeof(uint32_t)) == 0)
		return 5;
	alike = text_jaro_winkler(&a->text, &b->text);
	if (alike >= 0.9)
		return 4;
	if (text_jaro_winkler(&local_a, &local_b) >= 0.9)
		return 3;
	return alike >= 0.8 ? 2 : LINKAGE_DIFFERENT;
}

static uint32_t
compare_numbers(const LinkageValue *a, const LinkageValue *b)
{
	double		x = a->number < 0 ? -a->number : a->number;
	double		y = b->number < 0 ? -b->number : b->number;
	double		apart = a->number > b->number ? a->number - b->number : b->number - a->number;
	double		larger = x > y ? x : y;

	return apart <= larger * 0.01 ? 4 : apart <= larger * 0.05 ? 3 : apart <= larger * 0.2 ? 2 : LINKAGE_DIFFERENT;
}

uint32_t
linkage_compare(const LinkageColumn *column, const LinkageValue *a, const LinkageValue *b)
{
	switch (column->kind)
	{
		case LINKAGE_NAME:
			return compare_names(column, a, b);
		case LINKAGE_WORDS:
			return compare_words(column, a, b);
		case LINKAGE_CODE:
			return compare_codes(a, b);
		case LINKAGE_DATE:
			return compare_dates(a, b);
		case LINKAGE_EMAIL:
			return compare_emails(a, b);
		case LINKAGE_NUMBER:
			return compare_numbers(a, b);
		case LINKAGE_CATEGORY:
			break;
	}
	return LINKAGE_DIFFERENT;
}
