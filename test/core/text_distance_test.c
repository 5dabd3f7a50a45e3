/*
 * text_distance_test.c
 *		Text distances against their definitions, on texts of exactly their size.
 */
#include "tap.h"

#include "identity/text_distance.h"

#define LONGEST 150

/* Few different letters, so that much is equal; narrow, wide, and both. */
static Characters
make_text(uint64_t *random, uint32_t longest)
{
	static const uint32_t letters[3][4] = {{'a', 'b', 'c', 255}, {'a', 256, 0x10ffff, 'b'}, {0x4e00, 0x4e80, 0x4f00, 0x4e01}};
	uint32_t	length = (uint32_t) random_below(random, longest + 1);
	uint32_t	kind = (uint32_t) random_below(random, 3);
	uint32_t   *code = malloc(length * sizeof(uint32_t));
	Characters	text = {code, length, true};

	for (uint32_t i = 0; i < length; i++)
	{
		code[i] = letters[kind][random_below(random, 4)];
		text.narrow = text.narrow && code[i] < 256;
	}
	return text;
}

/* The whole table, every pair of earlier matches tried. */
static uint32_t
distance_by_definition(const Characters *a, const Characters *b)
{
	static uint32_t table[LONGEST + 1][LONGEST + 1];

	for (uint32_t i = 0; i <= a->length; i++)
	{
		for (uint32_t j = 0; j <= b->length; j++)
		{
			uint32_t	best = i + j;

			if (i > 0 && table[i - 1][j] + 1 < best)
				best = table[i - 1][j] + 1;
			if (j > 0 && table[i][j - 1] + 1 < best)
				best = table[i][j - 1] + 1;
			if (i > 0 && j > 0 && table[i - 1][j - 1] + (a->code[i - 1] != b->code[j - 1]) < best)
				best = table[i - 1][j - 1] + (a->code[i - 1] != b->code[j - 1]);
			for (uint32_t k = 1; k < i && j > 0; k++)
			{
				for (uint32_t l = 1; l < j && a->code[k - 1] == b->code[j - 1]; l++)
				{
					uint32_t	moved = table[k - 1][l - 1] + (i - k - 1) + 1 + (j - l - 1);

					if (a->code[i - 1] == b->code[l - 1] && moved < best)
						best = moved;
				}
			}
			table[i][j] = best;
		}
	}
	return table[a->length][b->length];
}

static double
jaro_by_definition(const Characters *a, const Characters *b)
{
	bool		taken[2][LONGEST] = {{false}};
	int			longer = (int) (a->length > b->length ? a->length : b->length);
	int			window = longer / 2 - 1 > 0 ? longer / 2 - 1 : 0;
	uint32_t	moved = 0;
	double		m = 0;

	if (a->length == 0 || b->length == 0)
		return a->length == b->length;
	for (int i = 0; i < (int) a->length; i++)
	{
		for (int j = 0; j < (int) b->length; j++)
		{
			if (abs(i - j) <= window && !taken[1][j] && a->code[i] == b->code[j])
			{
				taken[0][i] = taken[1][j] = true;
				m++;
				break;
			}
		}
	}
	for (uint32_t i = 0, j = 0; i < a->length; i++)
	{
		if (!taken[0][i])
			continue;
		while (!taken[1][j])
			j++;
		moved += a->code[i] != b->code[j++];
	}
	return m == 0 ? 0 : (m / a->length + m / b->length + (m - moved / 2) / m) / 3;
}

static bool
same_gram(const Characters *a, uint32_t i, const Characters *b, uint32_t j, uint32_t n)
{
	return memcmp(a->code + i, b->code + j, n * sizeof(uint32_t)) == 0;
}

/* Grams of a text that no earlier one is equal to; how many of them the other text has. */
static uint32_t
different_grams(const Characters *text, const Characters *other, uint32_t n, uint32_t *common)
{
	uint32_t	count = 0;

	*common = 0;
	for (uint32_t i = 0; i + n <= text->length; i++)
	{
		bool		known = false;
		bool		found = false;

		for (uint32_t j = 0; j < i; j++)
			known = known || same_gram(text, i, text, j, n);
		for (uint32_t j = 0; j + n <= other->length; j++)
			found = found || same_gram(text, i, other, j, n);
		count += !known;
		*common += !known && found;
	}
	return count;
}

static double
jaccard_by_definition(const Characters *a, const Characters *b, uint32_t n)
{
	uint32_t	common;
	uint32_t	of_a;
	uint32_t	of_b;

	if (a->length < n || b->length < n)
		return a->length == b->length && same_gram(a, 0, b, 0, a->length);
	of_b = different_grams(b, a, n, &common);
	of_a = different_grams(a, b, n, &common);
	return (double) common / (of_a + of_b - common);
}

int
main(void)
{
	uint64_t	random = 4;

	for (int round = 0; round < (full_run() ? 20000 : 2000); round++)
	{
		/* most as long as names are, some on both sides of a word of 64 places */
		uint32_t	longest = round % 20 ? 14 : 62 + (uint32_t) random_below(&random, 5);
		Characters	a = make_text(&random, longest);
		Characters	b = make_text(&random, longest);
		uint32_t	distance = distance_by_definition(&a, &b);
		uint32_t	n = 1 + (uint32_t) random_below(&random, 4);

		hold(text_jaro(&a, &b) == jaro_by_definition(&a, &b));
		hold(text_jaro(&a, &b) == text_jaro(&b, &a));
		hold(text_jaro_winkler(&a, &b) >= text_jaro(&a, &b) && text_jaro_winkler(&a, &b) <= 1);
		hold(text_damerau_levenshtein(&a, &b, UINT32_MAX - 1) == distance);
		for (uint32_t max = 0; max < 6; max++)
			hold(text_damerau_levenshtein(&a, &b, max) == (distance > max ? max + 1 : distance));
		hold(text_ngram_jaccard(&a, &b, n) == jaccard_by_definition(&a, &b, n));
		free((void *) a.code);
		free((void *) b.code);
	}
	held("jaro, damerau_levenshtein and ngram_jaccard are what their definitions say");

	for (int round = 0; round < 20; round++)
	{
		Characters	a = make_text(&random, LONGEST);
		Characters	b = make_text(&random, LONGEST);

		hold(text_jaro(&a, &b) == jaro_by_definition(&a, &b));
		hold(text_damerau_levenshtein(&a, &b, UINT32_MAX - 1) == distance_by_definition(&a, &b));
		free((void *) a.code);
		free((void *) b.code);
	}
	held("and of long texts");
	return done_testing();
}
