/*
 * condition_log.c
 *		Rows of one person, of each only when it was and which conditions held.
 */
#include "sequence/condition_log.h"

#define ROWS_PER_CHECK 65536

void
condition_log_init(ConditionLog *log)
{
	memset(log, 0, offsetof(ConditionLog, newest));
}

/* Makes room for the newest rows by moving them to the older ones. */
void
condition_log_move(ConditionLog *log)
{
	/* a word is read behind the last step */
	size_t		needed = checked_add_size(log->older_size, CONDITION_NEWEST_SIZE + 8);
	uint8_t		bits = log->older == NULL ? 7 : log->older_bits;

	if (log->rows == UINT32_MAX - CONDITION_NEWEST_SIZE)
		host_fail(HOST_LIMIT, "too many rows for one person", NULL,
				  "Aggregate parts of them, by year for example.");
	while ((size_t) 1 << bits < needed)
		bits++;
	if (log->older == NULL)
		log->older = host_alloc((size_t) 1 << bits);
	else if (bits > log->older_bits)
		log->older = host_realloc(log->older, (size_t) 1 << bits);
	log->older_bits = bits;
	memcpy(log->older + log->older_size, log->newest, log->newest_size);
	log->older_size += log->newest_size;
	log->newest_size = 0;
}

/* ----- unpacking ----- */

/* The next row of a reader; `at` is the time of the one before. */
static inline bool
next_row(ByteReader *reader, int64_t at, ConditionRow *row)
{
	uint64_t	head = reader_varint(reader);
	unsigned	size = head & 15;
	const uint8_t *bytes = size <= 8 ? reader_bytes(reader, size) : NULL;
	uint64_t	step = 0;

	if (reader->bad || bytes == NULL)
		return false;
	if (host_likely(reader_left(reader) >= 8))
	{
		step = bytes_load_u64(bytes);
		step = size < 8 ? step & ((UINT64_C(1) << (8 * size)) - 1) : step;
	}
	else
	{
		for (unsigned i = 0; i < size; i++)
			step |= (uint64_t) bytes[i] << (8 * i);
	}
	row->at = bytes_wrapping_add(at, bytes_unzigzag(step));
	row->mask = head >> 4;
	return true;
}

static ConditionRow *
unpack(const uint8_t *bytes, size_t size, int64_t *at, ConditionRow *row)
{
	ByteReader	reader = reader_over(bytes, size);

	for (size_t i = 1; reader_left(&reader) > 0; i++, row++)
	{
		if (i % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		if (!next_row(&reader, *at, row))
			host_fail(HOST_INTERNAL, "rows of an aggregate state are damaged", NULL, NULL);
		*at = row->at;
	}
	return row;
}

static ConditionRow *
unpack_all(const ConditionLog *log)
{
	ConditionRow *rows = host_alloc_array((size_t) log->rows + 1, sizeof(ConditionRow));
	ConditionRow *end;
	int64_t		at = 0;

	end = unpack(log->older, log->older_size, &at, rows);
	unpack(log->newest, log->newest_size, &at, end);
	return rows;
}

static int
compare_rows(const void *a, const void *b)
{
	const ConditionRow *row_a = a;
	const ConditionRow *row_b = b;

	if (row_a->at != row_b->at)
		return row_a->at < row_b->at ? -1 : 1;
	return row_a->mask < row_b->mask ? -1 : row_a->mask > row_b->mask;
}

/* Rows whose times are in order: those of one instant, if they are not. */
static void
sort_instants(ConditionRow *rows, size_t count)
{
	size_t		start = 0;

	for (size_t i = 1; i <= count; i++)
	{
		bool		sorted = true;

		if (i < count && rows[i].at == rows[start].at)
			continue;
		for (size_t j = start + 1; j < i && sorted; j++)
			sorted = rows[j - 1].mask <= rows[j].mask;
		if (!sorted)
			host_sort(rows + start, i - start, sizeof(ConditionRow), compare_rows);
		start = i;
		if (i % ROWS_PER_CHECK == 0)
			host_check_interrupts();
	}
}

ConditionRow *
condition_log_rows(const ConditionLog *log)
{
	ConditionRow *rows = unpack_all(log);

	/* most come in order of time, but for events of one instant */
	for (uint32_t i = 1; i < log->rows; i++)
	{
		if (rows[i - 1].at > rows[i].at)
		{
			host_sort(rows, log->rows, sizeof(ConditionRow), compare_rows);
			return rows;
		}
	}
	sort_instants(rows, log->rows);
	return rows;
}

/* ----- united, packed ----- */

void
condition_log_unite(ConditionLog *log, const ConditionLog *other)
{
	ConditionRow *rows = unpack_all(other);

	for (uint32_t i = 0; i < other->rows; i++)
	{
		if (i % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		if (condition_log_full(log))
			condition_log_move(log);
		condition_log_add(log, rows[i].at, rows[i].mask);
	}
	host_free(rows);
}

void
condition_log_pack(const ConditionLog *log, ByteBuffer *out)
{
	buffer_varint(out, log->rows);
	buffer_bytes(out, log->older, log->older_size);
	buffer_bytes(out, log->newest, log->newest_size);
}

bool
condition_log_unpack(ConditionLog *log, ByteReader *reader)
{
	uint64_t	rows = reader_varint(reader);
	ConditionRow row = {0, 0};

	for (uint64_t i = 0; i < rows; i++)
	{
		if (i % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		if (!next_row(reader, row.at, &row) || row.mask >> log->conditions != 0)
			return false;
		if (condition_log_full(log))
			condition_log_move(log);
		condition_log_add(log, row.at, row.mask);
	}
	return !reader->bad;
}
