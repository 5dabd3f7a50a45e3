/*
 * training_state.c
 *		Rows to learn from as a state: gathered, merged, packed by columns.
 *
 *	varint	number of rows, in the order that they are learned from unless a seed is given
 *	bytes	labels, 8 rows in each
 *	byte	1 if rows have weights, and these as doubles
 *	varint	number of columns; for each, by the bytes of their names:
 *		varint	size of the name, and the name
 *		byte	kind: only NULL so far, numbers, categories
 *		of categories:
 *			varint	number of different texts; each as its size and its bytes, rising
 *		byte	size of a value, the least that holds all of them; 0 if all are NULL
 *		bytes	values: of categories the number of the text, from 1 on, or 0 for
 *				NULL; of numbers integers in two's complement, of which the least is
 *				NULL, or if they are not whole doubles, of which NaN is NULL
 */
#include "score/training_state.h"

#include <math.h>

#define ROWS_PER_CHECK 65536

/* The one NaN that is written. */
#define NULL_BITS UINT64_C(0x7ff8000000000000)

/* ----- columns ----- */

static void
grow_columns(TrainingState *state, uint32_t needed)
{
	size_t		grown = checked_growth(state->column_capacity, needed);

	state->columns = state->columns ? host_realloc_array(state->columns, grown, sizeof(StateColumn)) :
		host_alloc_array(grown, sizeof(StateColumn));
	memset(state->columns + state->column_capacity, 0, (grown - state->column_capacity) * sizeof(StateColumn));
	state->column_capacity = (uint32_t) grown;
}

uint32_t
training_state_column(TrainingState *state, const ScoreText *name, StateColumnKind kind, uint32_t guess)
{
	uint32_t	number = guess;
	StateColumn *column;

	if (guess >= state->names.count || score_text_compare(&state->names.words[guess], name) != 0)
		number = training_word(&state->names, name) - 1;
	if (number >= TRAINING_MAX_COLUMNS)
		host_fail(HOST_LIMIT, host_format("train_state cannot use more than %d columns", TRAINING_MAX_COLUMNS), NULL,
				  "Leave out the ones that say least.");
	if (number >= state->column_capacity)
		grow_columns(state, number + 1);
	column = &state->columns[number];
	if (column->kind == STATE_NULLS)
		column->kind = kind;
	else if (kind != STATE_NULLS && column->kind != kind)
		host_fail(HOST_BAD_PARAMETER,
				  host_format("feature \"%.*s\" is a number in some rows and a text in others", (int) name->size, name->data),
				  NULL, "Give it as one of them in all rows and states; for a number that is not finite give NULL.");
	return number;
}

/* Before the first value of a column: all rows so far are NULL. */
static void
begin_values(const TrainingState *state, StateColumn *column)
{
	if (column->kind == STATE_CATEGORIES)
	{
		column->codes = host_alloc_array(state->capacity, sizeof(uint32_t));
		memset(column->codes, 0, state->count * sizeof(uint32_t));
		return;
	}
	column->numbers = host_alloc_array(state->capacity, sizeof(double));
	for (uint32_t row = 0; row < state->count; row++)
		column->numbers[row] = NAN;
}

/* ----- rows ----- */

static void
grow_rows(TrainingState *state, uint64_t needed)
{
	size_t		grown;

	if (needed > TRAINING_MAX_ROWS)
		host_fail(HOST_LIMIT, "too many rows to train on", NULL, "Train on a sample of them.");
	grown = checked_growth(state->capacity, (size_t) needed);
	if (grown > TRAINING_MAX_ROWS)
		grown = TRAINING_MAX_ROWS;
	state->labels = state->labels ? host_realloc_array(state->labels, grown, 1) : host_alloc_array(grown, 1);
	if (state->weights)
		state->weights = host_realloc_array(state->weights, grown, sizeof(double));
	for (uint32_t c = 0; c < state->names.count && c < state->column_capacity; c++)
	{
		StateColumn *column = &state->columns[c];

		if (column->codes)
			column->codes = host_realloc_array(column->codes, grown, sizeof(uint32_t));
		if (column->numbers)
			column->numbers = host_realloc_array(column->numbers, grown, sizeof(double));
	}
	state->capacity = (uint32_t) grown;
}

static void
begin_weights(TrainingState *state)
{
	state->weights = host_alloc_array(state->capacity, sizeof(double));
	for (uint32_t row = 0; row < state->count; row++)
		state->weights[row] = 1;
}

void
training_state_row(TrainingState *state, bool label, double weight)
{
	uint32_t	row = state->count;

	if (row == state->capacity)
		grow_rows(state, (uint64_t) row + 1);
	if (state->weights == NULL && weight != 1)
		begin_weights(state);
	state->labels[row] = label;
	if (state->weights)
		state->weights[row] = weight;
	for (uint32_t c = 0; c < state->names.count; c++)
	{
		StateColumn *column = &state->columns[c];

		if (column->codes)
			column->codes[row] = 0;
		if (column->numbers)
			column->numbers[row] = NAN;
	}
	state->count++;
}

void
training_state_number(TrainingState *state, uint32_t column, double number)
{
	StateColumn *numbers = &state->columns[column];

	if (numbers->numbers == NULL)
		begin_values(state, numbers);
	/* -0 is 0 */
	numbers->numbers[state->count - 1] = number + 0.0;
}

void
training_state_text(TrainingState *state, uint32_t column, const ScoreText *text)
{
	StateColumn *categories = &state->columns[column];

	if (categories->codes == NULL)
		begin_values(state, categories);
	categories->codes[state->count - 1] = training_word(&categories->words, text);
}

/* ----- as a table ----- */

/* Of these columns, which are by the bytes of their names. */
static void
make_table(const TrainingState *state, const uint32_t *numbers, uint32_t count, uint64_t seed, TrainingTable *table)
{
	training_begin(table, count, seed);
	for (uint32_t c = 0; c < count; c++)
	{
		const StateColumn *from = &state->columns[numbers[c]];
		TrainingColumn *to = &table->columns[c];

		to->name = state->names.words[numbers[c]];
		to->category = from->kind == STATE_CATEGORIES;
		to->numbers = from->numbers;
		to->codes = from->codes;
		to->words = from->words;
	}
	training_share(table, state->count, state->labels, state->weights);
	training_order(table);
}

/* Numbers of the columns, from 0 on, by the bytes of their names. */
static uint32_t *
sorted_columns(const TrainingState *state)
{
	uint32_t   *numbers = training_words_sorted(&state->names);

	for (uint32_t i = 0; i < state->names.count; i++)
		numbers[i]--;
	return numbers;
}

void
training_state_table(const TrainingState *state, uint64_t seed, TrainingTable *table)
{
	uint32_t   *numbers = sorted_columns(state);

	make_table(state, numbers, state->names.count, seed, table);
	host_free(numbers);
}

/* ----- packed ----- */

static void
put_double(ByteBuffer *out, double number)
{
	uint64_t	bits = NULL_BITS;

	if (!isnan(number))
		memcpy(&bits, &number, sizeof(bits));
	buffer_reserve(out, sizeof(bits));
	bytes_store_u64(out->data + out->size, bits);
	out->size += sizeof(bits);
}

/* Its lowest bytes; there is room for 8. */
static inline void
put_integer(ByteBuffer *out, uint64_t integer, unsigned size)
{
	bytes_store_u64(out->data + out->size, integer);
	out->size += size;
}

/* The least integer of a size: NULL. */
static inline int64_t
least_integer(unsigned size)
{
	return -(INT64_C(1) << (8 * size - 1));
}

/* Of what numbers need: 1, 2 or 4 if they are whole, else 8. */
static unsigned
size_of_numbers(const double *numbers, uint32_t count)
{
	double		most = 0;

	for (uint32_t row = 0; row < count; row++)
	{
		if (isnan(numbers[row]))
			continue;
		if (numbers[row] != floor(numbers[row]))
			return 8;
		most = fabs(numbers[row]) > most ? fabs(numbers[row]) : most;
	}
	return most <= INT8_MAX ? 1 : most <= INT16_MAX ? 2 : most <= INT32_MAX ? 4 : 8;
}

static unsigned
size_of_codes(uint32_t words)
{
	return words <= UINT8_MAX ? 1 : words <= UINT16_MAX ? 2 : 4;
}

static void
put_numbers(ByteBuffer *out, const double *numbers, uint32_t count)
{
	unsigned	size = size_of_numbers(numbers, count);

	buffer_byte(out, (uint8_t) size);
	buffer_reserve(out, checked_mul_size((size_t) count + 1, sizeof(uint64_t)));
	for (uint32_t row = 0; row < count; row++)
	{
		if (size == 8)
			put_double(out, numbers[row]);
		else
			put_integer(out, (uint64_t) (isnan(numbers[row]) ? least_integer(size) : (int64_t) numbers[row]), size);
	}
}

static void
put_categories(ByteBuffer *out, const TrainingColumn *column, uint32_t count)
{
	unsigned	size = size_of_codes(column->words.count);

	buffer_varint(out, column->words.count);
	for (uint32_t i = 0; i < column->words.count; i++)
		training_put_text(out, &column->words.words[i]);
	buffer_byte(out, (uint8_t) size);
	buffer_reserve(out, checked_mul_size((size_t) count + 1, sizeof(uint64_t)));
	for (uint32_t row = 0; row < count; row++)
		put_integer(out, column->codes[row], size);
}

static void
put_rows(ByteBuffer *out, const TrainingTable *table)
{
	buffer_varint(out, table->count);
	for (uint32_t from = 0; from < table->count; from += 8)
	{
		uint8_t		labels = 0;

		for (uint32_t i = 0; i < 8 && from + i < table->count; i++)
			labels |= (uint8_t) (table->labels[from + i] << i);
		buffer_byte(out, labels);
	}
	buffer_byte(out, table->weights != NULL);
	for (uint32_t row = 0; table->weights && row < table->count; row++)
		put_double(out, table->weights[row]);
}

/* Columns without values say nothing of the order, and take no room in the table. */
static void
pack(const void *packed, ByteBuffer *out)
{
	const TrainingState *state = packed;
	uint32_t   *numbers = sorted_columns(state);
	uint32_t   *kept = host_alloc_array((size_t) state->names.count + 1, sizeof(uint32_t));
	uint32_t	count = 0;
	uint32_t	done = 0;
	TrainingTable table;

	for (uint32_t i = 0; i < state->names.count; i++)
	{
		if (state->columns[numbers[i]].numbers || state->columns[numbers[i]].codes)
			kept[count++] = numbers[i];
	}
	make_table(state, kept, count, training_defaults.seed, &table);
	put_rows(out, &table);
	buffer_varint(out, state->names.count);
	for (uint32_t i = 0; i < state->names.count; i++)
	{
		StateColumnKind kind = state->columns[numbers[i]].kind;
		const TrainingColumn *column = &table.columns[done];

		host_check_interrupts();
		training_put_text(out, &state->names.words[numbers[i]]);
		buffer_byte(out, (uint8_t) kind);
		if (done == count || kept[done] != numbers[i])
		{
			if (kind == STATE_CATEGORIES)
				buffer_varint(out, 0);
			buffer_byte(out, 0);
			continue;
		}
		if (kind == STATE_CATEGORIES)
			put_categories(out, column, table.count);
		else
			put_numbers(out, column->numbers, table.count);
		done++;
	}
	training_free(&table);
	host_free(kept);
	host_free(numbers);
}

/* ----- taken in ----- */

static inline uint64_t
get_integer(const uint8_t *at, unsigned size)
{
	uint64_t	integer = 0;

	for (unsigned i = 0; i < size; i++)
		integer |= (uint64_t) at[i] << (8 * i);
	return integer;
}

static inline double
get_double(const uint8_t *at)
{
	uint64_t	bits = bytes_load_u64(at);
	double		number;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

/* Finite and not -0, or NULL. */
static inline bool
is_number(double number)
{
	uint64_t	bits;

	memcpy(&bits, &number, sizeof(bits));
	return bits == NULL_BITS || (isfinite(number) && bits != UINT64_C(1) << 63);
}

static const char *
absorb_numbers(StateColumn *column, uint32_t row, uint64_t rows, unsigned size, const uint8_t *values)
{
	if (size != 1 && size != 2 && size != 4 && size != 8)
		return "a number has an unknown size";
	for (uint64_t i = 0; i < rows; i++)
	{
		const uint8_t *at = values + i * size;

		if (size == 8)
		{
			column->numbers[row + i] = get_double(at);
			if (!is_number(column->numbers[row + i]))
				return "a number is not finite";
		}
		else
		{
			uint64_t	sign = UINT64_C(1) << (8 * size - 1);
			int64_t		integer = (int64_t) ((get_integer(at, size) ^ sign) - sign);

			column->numbers[row + i] = integer == least_integer(size) ? NAN : (double) integer;
		}
	}
	return NULL;
}

/* `codes` are those of the words in the state, by number. */
static const char *
absorb_categories(StateColumn *column, uint32_t row, uint64_t rows, unsigned size, const uint8_t *values,
				  const uint32_t *codes, uint64_t words)
{
	if (size != size_of_codes((uint32_t) words))
		return "a category has an unknown size";
	for (uint64_t i = 0; i < rows; i++)
	{
		uint64_t	code = get_integer(values + i * size, size);

		if (code > words)
			return "a category is none of its texts";
		column->codes[row + i] = codes[code];
	}
	return NULL;
}

static const char *
absorb_words(StateColumn *column, ByteReader *reader, uint32_t **codes, uint64_t *words)
{
	ScoreText	word = {"", 0};

	*words = reader_varint(reader);
	/* each takes a byte at least */
	if (reader->bad || *words > reader_left(reader) || *words > UINT32_MAX - 1)
		return "its texts are cut off";
	*codes = host_alloc_array((size_t) *words + 1, sizeof(uint32_t));
	(*codes)[0] = 0;
	for (uint64_t i = 0; i < *words; i++)
	{
		if (i % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		if (!training_get_text(reader, &word, i == 0))
			return "its texts are cut off or not in order";
		(*codes)[i + 1] = training_word(&column->words, &word);
	}
	return NULL;
}

/* Values of the rows from `row` on, which the state has already. */
static const char *
absorb_column(TrainingState *state, const ScoreText *name, uint32_t row, uint64_t rows, ByteReader *reader)
{
	uint8_t		kind = reader_byte(reader);
	uint32_t   *codes = NULL;
	uint64_t	words = 0;
	const char *problem = NULL;
	const uint8_t *values;
	uint32_t	number;
	StateColumn *column;
	uint8_t		size;

	if (reader->bad || kind > STATE_CATEGORIES)
		return "a column is cut off or of an unknown kind";
	/* which may move all of them */
	number = training_state_column(state, name, (StateColumnKind) kind, state->names.count);
	column = &state->columns[number];
	if (kind == STATE_CATEGORIES)
		problem = absorb_words(column, reader, &codes, &words);
	if (problem != NULL)
		return problem;
	size = reader_byte(reader);
	if (size == 0)
		return words > 0 ? "a column has texts and no values" : NULL;
	if (kind == STATE_NULLS || size > sizeof(uint64_t))
		return "a column has values of an unknown size";
	values = reader_bytes(reader, rows * size);
	if (values == NULL)
		return "its values are cut off";
	if (rows == 0)
		return "a column has values and no rows";
	if (column->numbers == NULL && column->codes == NULL)
		begin_values(state, column);
	problem = kind == STATE_NUMBERS ? absorb_numbers(column, row, rows, size, values) :
		absorb_categories(column, row, rows, size, values, codes, words);
	if (codes)
		host_free(codes);
	return problem;
}

/* Labels and weights; the columns that are there are NULL. */
static const char *
absorb_rows(TrainingState *state, uint64_t rows, ByteReader *reader)
{
	const uint8_t *labels = reader_bytes(reader, rows / 8 + (rows % 8 > 0));
	uint8_t		weighted = reader_byte(reader);
	const uint8_t *weights = weighted == 1 ? reader_bytes(reader, rows * sizeof(double)) : NULL;

	if (reader->bad || weighted > 1)
		return "its labels or weights are cut off";
	if (rows % 8 > 0 && labels[rows / 8] >> (rows % 8) != 0)
		return "there are labels without rows";
	if (state->count + rows > state->capacity)
		grow_rows(state, state->count + rows);
	for (uint64_t i = 0; i < rows; i++)
	{
		double		weight = weights ? get_double(weights + i * sizeof(double)) : 1;

		if (!(weight > 0 && weight <= TRAINING_WEIGHT_MAX))
			return "a weight is out of range";
		if (i % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		training_state_row(state, labels[i / 8] >> (i % 8) & 1, weight);
	}
	return NULL;
}

static const char *
absorb(void *absorbed, unsigned version, ByteReader *reader)
{
	TrainingState *state = absorbed;
	uint32_t	row = state->count;
	uint64_t	rows = reader_varint(reader);
	ScoreText	name = {"", 0};
	const char *problem;
	uint64_t	columns;

	(void) version;				/* there is only one */
	/* a row takes a bit at least */
	if (reader->bad || rows / 8 > reader_left(reader))
		return "its rows are cut off";
	problem = absorb_rows(state, rows, reader);
	columns = reader_varint(reader);
	for (uint64_t i = 0; i < columns && problem == NULL; i++)
	{
		host_check_interrupts();
		if (!training_get_text(reader, &name, i == 0))
			return "its columns are cut off or not in order";
		problem = absorb_column(state, &name, row, rows, reader);
	}
	return problem;
}

PartialKind training_state_kind = {"train", 1, sizeof(TrainingState), NULL, absorb, pack};
PARTIAL_KIND_REGISTER(training_state_kind);
