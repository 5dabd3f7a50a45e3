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

void
training_put_text(ByteBuffer *out, const ScoreText *text)
{
	buffer_varint(out, text->size);
	buffer_bytes(out, text->data, text->size);
}

bool
training_get_text(ByteReader *reader, ScoreText *text, bool first)
{
	ScoreText	before = *text;
	uint64_t	size = reader_varint(reader);
	const uint8_t *bytes = size > UINT32_MAX ? NULL : reader_bytes(reader, size);

	if (bytes == NULL && size > 0)
		return false;
	*text = (ScoreText)
	{
		bytes ? (const char *) bytes : "", (uint32_t) size
	};
	return !reader->bad && (first || score_text_compare(&before, text) < 0);
}

/* ----- rows in ----- */

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
}

/* More room in an array by row; it may not be there yet. */
static void *
grown_array(void *array, size_t count, size_t size)
{
	return array ? host_realloc_array(array, count, size) : host_alloc_array(count, size);
}

static void
grow(TrainingTable *table)
{
	size_t		grown = checked_growth(table->capacity, (size_t) table->count + 1);

	if (table->count == TRAINING_MAX_ROWS)
		host_fail(HOST_LIMIT, "too many rows to train on", NULL, "Train on a sample of them.");
	if (grown > TRAINING_MAX_ROWS)
		grown = TRAINING_MAX_ROWS;
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		TrainingColumn *column = &table->columns[c];

		if (column->category)
			column->codes = grown_array(column->codes, grown, sizeof(uint32_t));
		else
			column->numbers = grown_array(column->numbers, grown, sizeof(double));
	}
	table->labels = grown_array(table->labels, grown, 1);
	if (table->weights)
		table->weights = grown_array(table->weights, grown, sizeof(double));
	table->hashes = grown_array(table->hashes, grown, sizeof(uint64_t));
	table->capacity = (uint32_t) grown;
}

/* Its products with the columns' keys are summed: none waits for the one before. */
static inline uint64_t
hash_part(uint64_t value, uint64_t key)
{
	return (value ^ value >> 32) * key;
}

/* Of what is NULL, in whatever column. */
#define HASH_OF_NULL UINT64_C(0x5bd1e9955bd1e995)

static inline uint64_t
hash_number(double number)
{
	uint64_t	bits;

	memcpy(&bits, &number, sizeof(bits));
	return isnan(number) ? HASH_OF_NULL : bits;
}

/* Of the sum of a row's parts. */
static inline uint64_t
hash_row(uint64_t sum, bool label)
{
	return training_mix(training_mix(sum) + label);
}

void
training_add(TrainingTable *table, const TrainingValue *values, bool label)
{
	uint64_t	hash = table->seed;
	uint32_t	row = table->count;

	if (row == table->capacity)
		grow(table);
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		TrainingColumn *column = &table->columns[c];
		uint64_t	of_value = HASH_OF_NULL;

		if (!column->category)
		{
			/* -0 is 0 */
			column->numbers[row] = values[c].null ? NAN : values[c].number + 0.0;
			of_value = hash_number(column->numbers[row]);
		}
		else if (values[c].null)
			column->codes[row] = 0;
		else
		{
			of_value = hash_text(&values[c].text);
			column->codes[row] = word_code(&column->words, &values[c].text, of_value);
		}
		hash += hash_part(of_value, column->key);
	}
	table->hashes[row] = hash_row(hash, label);
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

/* What a column adds to the sums of rows, each of which is its hash at last. */
static void
share_column(const TrainingColumn *column, uint32_t rows, uint64_t *sums)
{
	for (uint32_t row = 0; row < rows; row++)
	{
		uint64_t	of_value = HASH_OF_NULL;

		if (column->numbers)
			of_value = hash_number(column->numbers[row]);
		else if (column->codes && column->codes[row] != 0)
			of_value = column->words.hashes[column->codes[row] - 1];
		sums[row] += hash_part(of_value, column->key);
	}
}

void
training_share(TrainingTable *table, uint32_t rows, const uint8_t *labels, const double *weights)
{
	table->shared = true;
	table->count = table->capacity = rows;
	table->labels = host_alloc_array((size_t) rows + 1, 1);
	table->hashes = host_alloc_array((size_t) rows + 1, sizeof(uint64_t));
	for (uint32_t row = 0; row < rows; row++)
	{
		table->hashes[row] = table->seed;
		table->labels[row] = labels[row];
		table->positives += labels[row];
	}
	if (weights)
	{
		table->weights = host_alloc_array((size_t) rows + 1, sizeof(double));
		for (uint32_t row = 0; row < rows; row++)
			table->weights[row] = weights[row];
	}
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		host_check_interrupts();
		share_column(&table->columns[c], rows, table->hashes);
	}
	for (uint32_t row = 0; row < rows; row++)
		table->hashes[row] = hash_row(table->hashes[row], labels[row] != 0);
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
