/*
 * training_table.c
 *		Rows to learn from, kept column by column, in an order of their own.
 */
#include "score/training.h"

#include <math.h>

#define ROWS_PER_CHECK 65536

/* ----- hashing: frozen, since folds follow from it ----- */

static inline uint64_t
mix(uint64_t word)
{
	word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
	return word ^ word >> 31;
}

static uint64_t
hash_text(const ScoreText *text)
{
	uint64_t	hash = UINT64_C(0xcbf29ce484222325);

	for (uint32_t i = 0; i < text->size; i++)
		hash = (hash ^ (uint8_t) text->data[i]) * UINT64_C(0x100000001b3);
	return mix(hash);
}

/* ----- words ----- */

static void
words_rehash(TrainingWords *words)
{
	words->slot_count = words->slot_count == 0 ? 64 : words->slot_count * 2;
	if (words->slots)
		host_free(words->slots);
	words->slots = host_alloc_zero(checked_mul_size(words->slot_count, sizeof(uint32_t)));
	for (uint32_t i = 0; i < words->count; i++)
	{
		uint32_t	slot = (uint32_t) words->hashes[i] & (words->slot_count - 1);

		while (words->slots[slot] != 0)
			slot = (slot + 1) & (words->slot_count - 1);
		words->slots[slot] = i + 1;
	}
}

static uint32_t
word_code(TrainingWords *words, const ScoreText *text, uint64_t hash)
{
	uint32_t	slot;
	char	   *copy;

	if (words->count >= words->slot_count / 2)
		words_rehash(words);
	for (slot = (uint32_t) hash & (words->slot_count - 1); words->slots[slot] != 0;
		 slot = (slot + 1) & (words->slot_count - 1))
	{
		uint32_t	word = words->slots[slot] - 1;

		if (words->hashes[word] == hash && score_text_compare(&words->words[word], text) == 0)
			return word + 1;
	}
	if (words->count == words->capacity)
	{
		size_t		grown = checked_growth(words->capacity, (size_t) words->count + 1);

		words->words = words->words ? host_realloc_array(words->words, grown, sizeof(ScoreText)) :
			host_alloc_array(grown, sizeof(ScoreText));
		words->hashes = words->hashes ? host_realloc_array(words->hashes, grown, sizeof(uint64_t)) :
			host_alloc_array(grown, sizeof(uint64_t));
		words->capacity = (uint32_t) grown;
	}
	copy = host_alloc((size_t) text->size + 1);
	memcpy(copy, text->data, text->size);
	words->words[words->count] = (ScoreText)
	{
		copy, text->size
	};
	words->hashes[words->count] = hash;
	words->slots[slot] = ++words->count;
	return words->count;
}

/* ----- rows in ----- */

void
training_begin(TrainingTable *table, uint32_t columns, uint64_t seed)
{
	memset(table, 0, sizeof(*table));
	table->column_count = columns;
	table->columns = host_alloc_zero(checked_mul_size((size_t) columns + 1, sizeof(TrainingColumn)));
	table->seed = seed;
}

static void
grow(TrainingTable *table)
{
	size_t		grown = checked_growth(table->capacity, (size_t) table->count + 1);
	bool		first = table->capacity == 0;

	if (table->count == TRAINING_MAX_ROWS)
		host_fail(HOST_LIMIT, "too many rows to train on", NULL, "Train on a sample of them.");
	if (grown > TRAINING_MAX_ROWS)
		grown = TRAINING_MAX_ROWS;
	table->labels = first ? host_alloc_array(grown, 1) : host_realloc_array(table->labels, grown, 1);
	table->hashes = first ? host_alloc_array(grown, sizeof(uint64_t)) :
		host_realloc_array(table->hashes, grown, sizeof(uint64_t));
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		TrainingColumn *column = &table->columns[c];

		if (column->category)
			column->codes = first ? host_alloc_array(grown, sizeof(uint32_t)) :
				host_realloc_array(column->codes, grown, sizeof(uint32_t));
		else
			column->numbers = first ? host_alloc_array(grown, sizeof(double)) :
				host_realloc_array(column->numbers, grown, sizeof(double));
	}
	table->capacity = (uint32_t) grown;
}

void
training_add(TrainingTable *table, const TrainingValue *values, bool label)
{
	uint64_t	hash = mix(table->seed + UINT64_C(0x9e3779b97f4a7c15));
	uint32_t	row = table->count;

	if (row == table->capacity)
		grow(table);
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		TrainingColumn *column = &table->columns[c];
		uint64_t	of_value = UINT64_C(0x5bd1e9955bd1e995);

		if (column->category)
		{
			column->codes[row] = 0;
			if (!values[c].null)
			{
				of_value = hash_text(&values[c].text);
				column->codes[row] = word_code(&column->words, &values[c].text, of_value);
			}
		}
		else
		{
			double		number = values[c].null ? NAN : values[c].number + 0.0;

			column->numbers[row] = number;
			if (!values[c].null)
				memcpy(&of_value, &number, sizeof(of_value));
		}
		hash = mix(hash ^ of_value) + UINT64_C(0x9e3779b97f4a7c15);
	}
	table->hashes[row] = mix(hash + label);
	table->labels[row] = label;
	table->positives += label;
	table->count++;
}

uint32_t
training_fold(const TrainingTable *table, uint32_t row, uint32_t folds)
{
	return (uint32_t) ((table->hashes[row] >> 20) % folds);
}

/* ----- order ----- */

typedef struct WordPlace
{
	ScoreText	text;
	uint32_t	code;
} WordPlace;

static int
compare_places(const void *a, const void *b)
{
	return score_text_compare(&((const WordPlace *) a)->text, &((const WordPlace *) b)->text);
}

/* Codes followed from the order of rows; now they follow from bytes. */
static void
order_words(TrainingTable *table, TrainingColumn *column)
{
	TrainingWords *words = &column->words;
	WordPlace  *places = host_alloc_array((size_t) words->count + 1, sizeof(WordPlace));
	uint32_t   *place_of = host_alloc_zero(checked_mul_size((size_t) words->count + 1, sizeof(uint32_t)));

	for (uint32_t i = 0; i < words->count; i++)
	{
		places[i].text = words->words[i];
		places[i].code = i + 1;
	}
	host_sort(places, words->count, sizeof(WordPlace), compare_places);
	for (uint32_t i = 0; i < words->count; i++)
	{
		words->words[i] = places[i].text;
		place_of[places[i].code] = i + 1;
	}
	for (uint32_t row = 0; row < table->count; row++)
		column->codes[row] = place_of[column->codes[row]];
	host_free(places);
	host_free(place_of);
}

/* Rows that differ but share their hash: by content, column by column. */
static int
compare_rows(const TrainingTable *table, uint32_t a, uint32_t b)
{
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		const TrainingColumn *column = &table->columns[c];
		double		x;
		double		y;

		if (column->category)
		{
			if (column->codes[a] != column->codes[b])
				return column->codes[a] < column->codes[b] ? -1 : 1;
			continue;
		}
		x = column->numbers[a];
		y = column->numbers[b];
		if (isnan(x) || isnan(y))
		{
			if (isnan(x) != isnan(y))
				return isnan(x) ? 1 : -1;
		}
		else if (x != y)
			return x < y ? -1 : 1;
	}
	return (int) table->labels[a] - (int) table->labels[b];
}

typedef struct RowPlace
{
	uint64_t	hash;
	const TrainingTable *table;
	uint32_t	row;
} RowPlace;

static int
compare_row_places(const void *a, const void *b)
{
	const RowPlace *x = a;
	const RowPlace *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return compare_rows(x->table, x->row, y->row);
}

void
training_order(TrainingTable *table)
{
	RowPlace   *places = host_alloc_array((size_t) table->count + 1, sizeof(RowPlace));
	void	   *moved = host_alloc_array((size_t) table->count + 1, sizeof(double));

	for (uint32_t c = 0; c < table->column_count; c++)
	{
		if (table->columns[c].category)
			order_words(table, &table->columns[c]);
	}
	for (uint32_t row = 0; row < table->count; row++)
		places[row] = (RowPlace)
		{
			table->hashes[row], table, row
		};
	host_sort(places, table->count, sizeof(RowPlace), compare_row_places);
	for (uint32_t row = 0; row < table->count; row++)
	{
		((uint8_t *) moved)[row] = table->labels[places[row].row];
		table->hashes[row] = places[row].hash;
	}
	memcpy(table->labels, moved, table->count);
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		TrainingColumn *column = &table->columns[c];

		host_check_interrupts();
		for (uint32_t row = 0; row < table->count; row++)
		{
			if (column->category)
				((uint32_t *) moved)[row] = column->codes[places[row].row];
			else
				((double *) moved)[row] = column->numbers[places[row].row];
		}
		if (column->category)
			memcpy(column->codes, moved, table->count * sizeof(uint32_t));
		else
			memcpy(column->numbers, moved, table->count * sizeof(double));
	}
	host_free(moved);
	host_free(places);
}
