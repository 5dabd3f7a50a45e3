/*
 * training_order.c
 *		Rows to learn from: from the order they came in to one of their own.
 */
#include "score/training.h"

#include <math.h>

#define ROWS_PER_CHECK 65536

/* ----- words ----- */

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

uint32_t *
training_words_sorted(const TrainingWords *words)
{
	WordPlace  *places = host_alloc_array((size_t) words->count + 1, sizeof(WordPlace));
	uint32_t   *codes = host_alloc_array((size_t) words->count + 1, sizeof(uint32_t));

	for (uint32_t i = 0; i < words->count; i++)
	{
		places[i].text = words->words[i];
		places[i].code = i + 1;
	}
	host_sort(places, words->count, sizeof(WordPlace), compare_places);
	for (uint32_t i = 0; i < words->count; i++)
		codes[i] = places[i].code;
	host_free(places);
	return codes;
}

/* Codes follow from the order of rows; they shall follow from bytes. */
static void
order_words(TrainingWords *words, bool shared)
{
	uint32_t   *codes = training_words_sorted(words);
	ScoreText  *sorted = host_alloc_array((size_t) words->count + 1, sizeof(ScoreText));

	words->places = host_alloc_zero(checked_mul_size((size_t) words->count + 1, sizeof(uint32_t)));
	for (uint32_t i = 0; i < words->count; i++)
	{
		sorted[i] = words->words[codes[i] - 1];
		words->places[codes[i]] = i + 1;
	}
	if (words->words && !shared)
		host_free(words->words);
	words->words = sorted;
	host_free(codes);
}

/* ----- rows ----- */

/* Of two values of a column. */
static int
compare_cells(const TrainingColumn *column, uint32_t a, uint32_t b)
{
	if (column->codes)
	{
		uint32_t	x = column->words.places[column->codes[a]];
		uint32_t	y = column->words.places[column->codes[b]];

		return x < y ? -1 : x > y;
	}
	if (column->numbers)
	{
		double		x = column->numbers[a];
		double		y = column->numbers[b];

		if (isnan(x) || isnan(y))
			return (int) isnan(x) - (int) isnan(y);
		return x < y ? -1 : x > y;
	}
	return 0;
}

/* Rows by content, column by column, and label. */
static int
compare_contents(const TrainingTable *table, uint32_t a, uint32_t b)
{
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		int			order = compare_cells(&table->columns[c], a, b);

		if (order != 0)
			return order;
	}
	return (int) table->labels[a] - (int) table->labels[b];
}

/* And by weight. */
static int
compare_rows(const TrainingTable *table, uint32_t a, uint32_t b)
{
	int			order = compare_contents(table, a, b);

	if (order == 0 && table->weights && table->weights[a] != table->weights[b])
		return table->weights[a] < table->weights[b] ? -1 : 1;
	return order;
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
order_places(const TrainingTable *table, RowPlace *places)
{
	RowPlace   *ordered = host_alloc_array((size_t) table->count + 1, sizeof(RowPlace));
	int			bits = 4;
	uint32_t   *ends;
	uint32_t	from = 0;

	while (bits < 24 && table->count >> bits > 8)
		bits++;
	ends = host_alloc_zero((sizeof(uint32_t) << bits) + sizeof(uint32_t));
	for (uint32_t i = 0; i < table->count; i++)
		ends[(places[i].hash >> (64 - bits)) + 1]++;
	for (uint32_t i = 0; i < UINT32_C(1) << bits; i++)
		ends[i + 1] += ends[i];
	/* each bucket's beginning becomes its end */
	for (uint32_t i = 0; i < table->count; i++)
		ordered[ends[places[i].hash >> (64 - bits)]++] = places[i];
	for (uint32_t i = 0; i < UINT32_C(1) << bits; i++)
	{
		if (i % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		order_bucket(table, ordered + from, ends[i] - from);
		from = ends[i];
	}
	host_free(ends);
	host_free(places);
	return ordered;
}

/*
 * Equal rows get hashes of their own, by their number among them: so they are
 * spread over folds and over the table as all others are, and a table of few
 * different rows may be learned from, too.  True if there were any.
 */
static bool
spread_equal_rows(const TrainingTable *table, RowPlace *places)
{
	bool		any = false;
	uint64_t	number = 0;
	uint64_t	hash = 0;
	uint32_t	first = 0;

	for (uint32_t i = 0; i < table->count; i++)
	{
		if (i > 0 && places[i].hash == hash && compare_contents(table, first, places[i].row) == 0)
		{
			places[i].hash = training_mix(hash + ++number);
			any = true;
			continue;
		}
		number = 0;
		hash = places[i].hash;
		first = places[i].row;
	}
	return any;
}

/* Which row comes where; hashes go there, too. */
static uint32_t *
order_of_rows(TrainingTable *table)
{
	RowPlace   *places = host_alloc_array((size_t) table->count + 1, sizeof(RowPlace));
	uint32_t   *rows;

	for (uint32_t row = 0; row < table->count; row++)
		places[row] = (RowPlace)
	{
		table->hashes[row], row
	};
	places = order_places(table, places);
	if (!table->grouped && spread_equal_rows(table, places))
		places = order_places(table, places);
	rows = host_alloc_array((size_t) table->count + 1, sizeof(uint32_t));
	for (uint32_t i = 0; i < table->count; i++)
	{
		rows[i] = places[i].row;
		table->hashes[i] = places[i].hash;
	}
	host_free(places);
	return rows;
}

/* ----- columns ----- */

/* Their arrays go from the order rows came in to that of `rows`; those of another stay where they are. */
static void
order_numbers(TrainingColumn *column, const uint32_t *rows, uint32_t count, bool shared)
{
	const double *from = column->numbers;
	double	   *to = host_alloc_array((size_t) count + 1, sizeof(double));

	for (uint32_t row = 0; row < count; row++)
		to[row] = from ? from[rows[row]] : NAN;
	if (from && !shared)
		host_free(column->numbers);
	column->numbers = to;
}

static void
order_codes(TrainingColumn *column, const uint32_t *rows, uint32_t count, bool shared)
{
	const uint32_t *from = column->codes;
	uint32_t   *to = host_alloc_array((size_t) count + 1, sizeof(uint32_t));

	for (uint32_t row = 0; row < count; row++)
		to[row] = from ? column->words.places[from[rows[row]]] : 0;
	if (from && !shared)
		host_free(column->codes);
	column->codes = to;
}

void
training_order(TrainingTable *table)
{
	uint32_t   *rows;
	void	   *moved = host_alloc_array((size_t) table->count + 1, sizeof(double));

	for (uint32_t c = 0; c < table->column_count; c++)
	{
		if (table->columns[c].category)
			order_words(&table->columns[c].words, table->shared);
	}
	rows = order_of_rows(table);
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		host_check_interrupts();
		if (table->columns[c].category)
			order_codes(&table->columns[c], rows, table->count, table->shared);
		else
			order_numbers(&table->columns[c], rows, table->count, table->shared);
	}
	for (uint32_t row = 0; row < table->count; row++)
		((uint8_t *) moved)[row] = table->labels[rows[row]];
	if (table->count > 0)
		memcpy(table->labels, moved, table->count);
	for (uint32_t row = 0; table->weights && row < table->count; row++)
		((double *) moved)[row] = table->weights[rows[row]];
	if (table->weights)
		memcpy(table->weights, moved, table->count * sizeof(double));
	host_free(moved);
	host_free(rows);
}

static void
free_words(TrainingWords *words, bool shared)
{
	for (uint32_t i = 0; !shared && i < words->count; i++)
		host_free((char *) words->words[i].data);
	host_free(words->words);
	host_free(words->places);
	if (shared || words->count == 0)
		return;
	host_free(words->hashes);
	host_free(words->slots);
}

void
training_free(TrainingTable *table)
{
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		TrainingColumn *column = &table->columns[c];

		if (column->category)
		{
			host_free(column->codes);
			free_words(&column->words, table->shared);
		}
		else
			host_free(column->numbers);
	}
	host_free(table->columns);
	if (table->weights)
		host_free(table->weights);
	if (table->labels)
		host_free(table->labels);
	if (table->hashes)
		host_free(table->hashes);
}
