/*
 * training_bins.c
 *		Columns in bins: numbers by quantiles, categories by how often they occur.
 */
#include "score/training.h"

#include <math.h>

/* A category that occurs less often shares its value with all such. */
#define RARE 5

/* Quantiles of so many rows are near enough to those of all. */
#define ROWS_FOR_CUTS 50000

static int
compare_doubles(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return x < y ? -1 : x > y;
}

/* The bin of a number, by the cuts: 1 is below all of them.  Halving without branches, for any of them may be right. */
static inline uint8_t
bin_of(const double *cuts, uint32_t count, double number)
{
	const double *from = cuts;

	if (count == 0)
		return 1;
	while (count > 1)
	{
		uint32_t	half = count / 2;

		from += from[half - 1] <= number ? half : 0;
		count -= half;
	}
	return (uint8_t) (from - cuts + (*from <= number) + 1);
}

/*
 * Between two values a cut is put in the middle, so that values not seen go to
 * the nearer one.  A value that many rows share is a bin of its own, such as 0.
 */
static void
bin_numbers(const TrainingTable *table, const TrainingColumn *column, uint32_t bins, BinnedColumn *binned)
{
	double	   *sorted = host_alloc_array((size_t) table->count + 1, sizeof(double));
	uint32_t	count = 0;
	uint32_t	cuts = 0;
	uint32_t	left;
	double		room;
	double		filled = 0;

	binned->cuts = host_alloc_array(bins, sizeof(double));
	/* the first rows are as good as drawn at random */
	for (uint32_t row = 0; row < table->count && row < ROWS_FOR_CUTS; row++)
	{
		if (!isnan(column->numbers[row]))
			sorted[count++] = column->numbers[row];
	}
	/* one bin beside NULL needs no cuts */
	if (bins > 2)
		host_sort(sorted, count, sizeof(double), compare_doubles);
	else
		count = 0;
	left = bins - 1;			/* bin 0 is NULL */
	room = (double) count / left;
	for (uint32_t i = 0; i < count;)
	{
		uint32_t	end = i + 1;
		uint32_t	next;

		while (end < count && sorted[end] == sorted[i])
			end++;
		filled += end - i;
		next = end;
		while (next < count && sorted[next] == sorted[end])
			next++;
		/* full, or about to be overfull by a value that many rows share */
		if (end < count && cuts + 2 < bins && left > 1 &&
			(filled >= room || next - end >= room))
		{
			double		middle = sorted[i] + (sorted[end] - sorted[i]) / 2;

			binned->cuts[cuts++] = middle > sorted[i] ? middle : sorted[end];
			left--;
			room = (double) (count - end) / left;
			filled = 0;
		}
		i = end;
	}
	host_free(sorted);
	binned->bins = cuts + 2;
	binned->ordered = true;
	for (uint32_t row = 0; row < table->count; row++)
		binned->codes[row] = isnan(column->numbers[row]) ? 0 :
			bin_of(binned->cuts, cuts, column->numbers[row]);
}

typedef struct WordCount
{
	uint32_t	word;
	uint32_t	count;
} WordCount;

/* The most frequent first, of equal ones the first by bytes. */
static int
compare_counts(const void *a, const void *b)
{
	const WordCount *x = a;
	const WordCount *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->word < y->word ? -1 : x->word > y->word;
}

static int
compare_words(const void *a, const void *b)
{
	uint32_t	x = *(const uint32_t *) a;
	uint32_t	y = *(const uint32_t *) b;

	return x < y ? -1 : x > y;
}

static void
bin_categories(const TrainingTable *table, const TrainingColumn *column, uint32_t bins, BinnedColumn *binned)
{
	uint32_t	words = column->words.count;
	WordCount  *counts = host_alloc_array((size_t) words + 1, sizeof(WordCount));
	uint8_t    *bin_of_word = host_alloc_array((size_t) words + 1, 1);
	uint32_t	named = 0;

	for (uint32_t i = 0; i < words; i++)
		counts[i] = (WordCount)
	{
		i + 1, 0
	};
	for (uint32_t row = 0; row < table->count; row++)
	{
		if (column->codes[row] != 0)
			counts[column->codes[row] - 1].count++;
	}
	host_sort(counts, words, sizeof(WordCount), compare_counts);
	binned->words = host_alloc_array(bins, sizeof(uint32_t));
	while (named < words && named + 2 < bins && counts[named].count >= RARE)
	{
		binned->words[named] = counts[named].word;
		named++;
	}
	host_sort(binned->words, named, sizeof(uint32_t), compare_words);
	memset(bin_of_word, 1, (size_t) words + 1);
	bin_of_word[0] = 0;
	for (uint32_t i = 0; i < named; i++)
		bin_of_word[binned->words[i]] = (uint8_t) (i + 2);
	for (uint32_t row = 0; row < table->count; row++)
		binned->codes[row] = bin_of_word[column->codes[row]];
	binned->bins = named + 2;
	binned->ordered = false;
	host_free(bin_of_word);
	host_free(counts);
}

void
training_bin(const TrainingTable *table, const TrainingColumn *column, uint32_t bins, BinnedColumn *binned)
{
	memset(binned, 0, sizeof(*binned));
	binned->codes = host_alloc_array((size_t) table->count + 1, 1);
	if (column->category)
		bin_categories(table, column, bins, binned);
	else
		bin_numbers(table, column, bins, binned);
}
