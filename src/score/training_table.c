/*
 * training_table.c
 *		Rows to learn from, as they come.
 */
#include "score/training.h"

#include <math.h>

/* ----- hashing: frozen, since folds follow from it ----- */

uint64_t
training_mix(uint64_t word)
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
	return training_mix(hash);
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

uint32_t
training_word(TrainingWords *words, const ScoreText *text)
{
	return word_code(words, text, hash_text(text));
}

/* ----- rows in ----- */

/* In bytes; a row of many columns may need a chunk of its own. */
#define CHUNK_SIZE (1 << 20)

void
training_begin(TrainingTable *table, uint32_t columns, uint64_t seed)
{
	uint64_t	key = training_mix(seed + UINT64_C(0x9e3779b97f4a7c15));

	memset(table, 0, sizeof(*table));
	table->column_count = columns;
	table->columns = host_alloc_zero(checked_mul_size((size_t) columns + 1, sizeof(TrainingColumn)));
	table->seed = seed;
	for (uint32_t c = 0; c < columns; c++)
	{
		table->columns[c].key = key | 1;
		key = training_mix(key + UINT64_C(0x9e3779b97f4a7c15));
	}
	while (((size_t) columns + 1) * sizeof(uint64_t) << (table->chunk_bits + 1) <= CHUNK_SIZE)
		table->chunk_bits++;
}

void
training_expect(TrainingTable *table, uint32_t rows)
{
	while (table->chunk_bits > 0 && UINT32_C(1) << (table->chunk_bits - 1) >= rows)
		table->chunk_bits--;
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
	if (table->weights)
		table->weights = host_realloc_array(table->weights, grown, sizeof(double));
	table->hashes = first ? host_alloc_array(grown, sizeof(uint64_t)) :
		host_realloc_array(table->hashes, grown, sizeof(uint64_t));
	table->capacity = (uint32_t) grown;
}

/* Where the next row goes. */
static uint64_t *
next_row(TrainingTable *table)
{
	uint32_t	chunk = table->count >> table->chunk_bits;
	uint32_t	inside = table->count & ((UINT32_C(1) << table->chunk_bits) - 1);

	if (chunk == table->chunk_count)
	{
		if (chunk == table->chunk_capacity)
		{
			size_t		grown = checked_growth(table->chunk_capacity, (size_t) chunk + 1);

			table->chunks = table->chunks ? host_realloc_array(table->chunks, grown, sizeof(uint64_t *)) :
				host_alloc_array(grown, sizeof(uint64_t *));
			table->chunk_capacity = (uint32_t) grown;
		}
		table->chunks[table->chunk_count++] =
			host_alloc_array(((size_t) table->column_count + 1) << table->chunk_bits, sizeof(uint64_t));
	}
	return table->chunks[chunk] + (size_t) inside * table->column_count;
}

/* Its products with the columns' keys are summed: none waits for the one before. */
static inline uint64_t
hash_part(uint64_t value, uint64_t key)
{
	return (value ^ value >> 32) * key;
}

void
training_add(TrainingTable *table, const TrainingValue *values, bool label)
{
	const uint64_t of_null = UINT64_C(0x5bd1e9955bd1e995);
	uint64_t	hash = table->seed;
	uint32_t	row = table->count;
	uint64_t   *cells;

	if (row == table->capacity)
		grow(table);
	cells = next_row(table);
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		TrainingColumn *column = &table->columns[c];
		uint64_t	of_value = of_null;

		if (column->category)
		{
			cells[c] = 0;
			if (!values[c].null)
			{
				of_value = hash_text(&values[c].text);
				cells[c] = word_code(&column->words, &values[c].text, of_value);
			}
		}
		else
		{
			double		number = values[c].null ? NAN : values[c].number + 0.0;

			memcpy(&cells[c], &number, sizeof(number));
			if (!values[c].null)
				of_value = cells[c];
		}
		hash += hash_part(of_value, column->key);
	}
	table->hashes[row] = training_mix(training_mix(hash) + label);
	table->labels[row] = label;
	if (table->weights)
		table->weights[row] = 1;
	table->positives += label;
	table->count++;
}

void
training_add_weighted(TrainingTable *table, const TrainingValue *values, bool label, double weight)
{
	uint32_t	row = table->count;

	training_add(table, values, label);
	if (table->weights == NULL && weight != 1)
	{
		table->weights = host_alloc_array(table->capacity, sizeof(double));
		for (uint32_t i = 0; i < row; i++)
			table->weights[i] = 1;
	}
	if (table->weights)
		table->weights[row] = weight;
}

void
training_group(TrainingTable *table, uint64_t group)
{
	table->hashes[table->count - 1] = group;
	table->grouped = true;
}

uint32_t
training_fold(const TrainingTable *table, uint32_t row, uint32_t folds)
{
	return (uint32_t) ((table->hashes[row] >> 20) % folds);
}
