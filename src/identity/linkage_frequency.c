/*
 * linkage_frequency.c
 *		How many records have a value or a word: what agreeing on it is worth.
 *
 * A model keeps the most frequent ones.  All others are counted together: of
 * two records that agree on one of them, it is one that so many records have.
 */
#include "identity/linkage_model.h"

static int
more_rows_first(const void *a, const void *b)
{
	const LinkageFrequent *x = a;
	const LinkageFrequent *y = b;

	if (x->rows != y->rows)
		return x->rows > y->rows ? -1 : 1;
	return (x->hash > y->hash) - (x->hash < y->hash);
}

static int
by_hash(const void *a, const void *b)
{
	const LinkageFrequent *x = a;
	const LinkageFrequent *y = b;

	return (x->hash > y->hash) - (x->hash < y->hash);
}

/* Keeps the most frequent of all; takes the array over. */
static void
keep_frequent(LinkageFrequencies *frequencies, LinkageFrequent *all, uint32_t count, uint32_t most, uint32_t total)
{
	double		rows = 0;
	double		squares = 0;

	host_sort(all, count, sizeof(LinkageFrequent), more_rows_first);
	/* what one record has is not frequent */
	frequencies->count = 0;
	while (frequencies->count < count && frequencies->count < most && all[frequencies->count].rows > 1)
		frequencies->count++;
	for (uint32_t i = frequencies->count; i < count; i++)
	{
		rows += all[i].rows;
		squares += (double) all[i].rows * all[i].rows;
	}
	frequencies->total = total;
	frequencies->other = rows > 0 ? squares / rows : 1;
	frequencies->frequent = all;
	host_sort(all, frequencies->count, sizeof(LinkageFrequent), by_hash);
	/* two texts of one hash would be counted as one */
	for (uint32_t i = 1; i < frequencies->count;)
	{
		if (all[i].hash != all[i - 1].hash)
		{
			i++;
			continue;
		}
		memmove(&all[i], &all[i + 1], (--frequencies->count - i) * sizeof(LinkageFrequent));
	}
}

void
linkage_count_values(LinkageFrequencies *frequencies, const LinkageColumn *column)
{
	LinkageFrequent *all = host_alloc_array(column->value_count, sizeof(LinkageFrequent));

	for (uint32_t i = 1; i < column->value_count; i++)
		all[i - 1] = (LinkageFrequent) {column->values[i].hash, column->values[i].rows};
	keep_frequent(frequencies, all, column->value_count - 1, LINKAGE_FREQUENT_VALUES, column->known);
}

void
linkage_count_words(LinkageFrequencies *frequencies, const LinkageColumn *column)
{
	uint32_t	count = column->kind == LINKAGE_WORDS ? column->word_count : 0;
	LinkageFrequent *all = host_alloc_array((size_t) count + 1, sizeof(LinkageFrequent));

	for (uint32_t i = 0; i < count; i++)
		all[i] = (LinkageFrequent) {column->words[i].hash, column->words[i].rows};
	keep_frequent(frequencies, all, count, LINKAGE_FREQUENT_WORDS, count == 0 ? 0 : column->known);
}

double
linkage_rows(const LinkageFrequencies *frequencies, uint64_t hash)
{
	uint32_t	low = 0;
	uint32_t	high = frequencies->count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (frequencies->frequent[middle].hash == hash)
			return frequencies->frequent[middle].rows;
		if (frequencies->frequent[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return frequencies->other;
}

void
linkage_weigh_words(LinkageColumn *column, const LinkageFrequencies *frequencies)
{
	for (uint32_t i = 0; i < column->word_count; i++)
		column->words[i].weight = linkage_word_weight(linkage_rows(frequencies, column->words[i].hash),
													  frequencies->total);
}
