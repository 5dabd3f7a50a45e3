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
	if (table->weights)
		table->weights = host_realloc_array(table->weights, grown, sizeof(double));
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
	if (table->labels[a] != table->labels[b])
		return (int) table->labels[a] - (int) table->labels[b];
	if (table->weights && table->weights[a] != table->weights[b])
		return table->weights[a] < table->weights[b] ? -1 : 1;
	return 0;
}

typedef struct RowPlace
{
	uint64_t	hash;
	uint32_t	row;
} RowPlace;

/* Insertion: buckets are as small as this for sure, unless rows are equal. */
#define BUCKET_SMALL 48

typedef struct RowPlaceOfTable
{
	RowPlace	place;
	const TrainingTable *table;
} RowPlaceOfTable;

static inline int
compare_row_places(const TrainingTable *table, const RowPlace *a, const RowPlace *b)
{
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return compare_rows(table, a->row, b->row);
}

static int
compare_places_of_table(const void *a, const void *b)
{
	const RowPlaceOfTable *x = a;
	const RowPlaceOfTable *y = b;

	return compare_row_places(x->table, &x->place, &y->place);
}

static void
order_bucket(const TrainingTable *table, RowPlace *places, size_t count)
{
	RowPlaceOfTable *many;

	if (count <= BUCKET_SMALL)
	{
		for (size_t i = 1; i < count; i++)
		{
			RowPlace	place = places[i];
			size_t		to = i;

			for (; to > 0 && compare_row_places(table, &places[to - 1], &place) > 0; to--)
				places[to] = places[to - 1];
			places[to] = place;
		}
		return;
	}
	many = host_alloc_array(count, sizeof(RowPlaceOfTable));
	for (size_t i = 0; i < count; i++)
		many[i] = (RowPlaceOfTable)
	{
		places[i], table
	};
	host_sort(many, count, sizeof(RowPlaceOfTable), compare_places_of_table);
	for (size_t i = 0; i < count; i++)
		places[i] = many[i].place;
	host_free(many);
}

/* Hashes are spread evenly: by their first bits into buckets of few rows, which are then put in order. */
static RowPlace *
order_of_rows(const TrainingTable *table)
{
	RowPlace   *places = host_alloc_array((size_t) table->count + 1, sizeof(RowPlace));
	int			bits = 4;
	uint32_t   *ends;
	uint32_t	from = 0;

	while (bits < 24 && table->count >> bits > 8)
		bits++;
	ends = host_alloc_zero((sizeof(uint32_t) << bits) + sizeof(uint32_t));
	for (uint32_t row = 0; row < table->count; row++)
		ends[(table->hashes[row] >> (64 - bits)) + 1]++;
	for (uint32_t i = 0; i < UINT32_C(1) << bits; i++)
		ends[i + 1] += ends[i];
	/* each bucket's beginning becomes its end */
	for (uint32_t row = 0; row < table->count; row++)
		places[ends[table->hashes[row] >> (64 - bits)]++] = (RowPlace)
	{
		table->hashes[row], row
	};
	for (uint32_t i = 0; i < UINT32_C(1) << bits; i++)
	{
		if (i % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		order_bucket(table, places + from, ends[i] - from);
		from = ends[i];
	}
	host_free(ends);
	return places;
}

void
training_order(TrainingTable *table)
{
	RowPlace   *places;
	void	   *moved = host_alloc_array((size_t) table->count + 1, sizeof(double));

	for (uint32_t c = 0; c < table->column_count; c++)
	{
		if (table->columns[c].category)
			order_words(table, &table->columns[c]);
	}
	places = order_of_rows(table);
	for (uint32_t row = 0; row < table->count; row++)
	{
		((uint8_t *) moved)[row] = table->labels[places[row].row];
		table->hashes[row] = places[row].hash;
	}
	memcpy(table->labels, moved, table->count);
	for (uint32_t row = 0; table->weights && row < table->count; row++)
		((double *) moved)[row] = table->weights[places[row].row];
	if (table->weights)
		memcpy(table->weights, moved, table->count * sizeof(double));
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
