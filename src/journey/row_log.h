/*
 * row_log.h
 *		Rows of one person on their way into a journey, packed one behind another.
 *
 * A row takes about seven bytes: varint of code and flags; a byte that counts
 * the bytes of the zigzag step in time from the row before and says its unit;
 * those bytes; value; varint zigzag lag of recorded_at; varint size of the
 * ref, and its bytes.  Rows may come in any order: a step back is negative.
 */
#ifndef INTENT_ROW_LOG_H
#define INTENT_ROW_LOG_H

#include "journey/journey.h"

/* Most that code and flags take, and time; a whole word is written where fewer bytes count. */
#define ROW_LOG_LEAST (5 + 1 + sizeof(uint64_t))

/* Most that a row takes without its ref. */
#define ROW_LOG_MAX (ROW_LOG_LEAST + sizeof(double) + BYTES_VARINT_MAX)

/* Bytes behind the last row that reading may look at. */
#define ROW_LOG_SLACK sizeof(uint64_t)

#define ROW_LOG_LENGTH 0x0f
#define ROW_LOG_MILLISECONDS 0x10

static inline size_t
row_log_max(const JourneyRow *row)
{
	size_t		size = ROW_LOG_LEAST;

	if (row->flags & JOURNEY_ROW_VALUE)
		size += sizeof(double);
	if (row->flags & JOURNEY_ROW_RECORDED)
		size += BYTES_VARINT_MAX;
	if (row->flags & JOURNEY_ROW_REF)
		size += BYTES_VARINT_MAX + (size_t) row->ref_size;
	return size;
}

/* Writes a row at `at`, where row_log_max() bytes are; returns where it ends. */
static inline uint8_t *
row_log_put(uint8_t *at, const JourneyRow *row, int64_t last)
{
	int64_t		step = bytes_wrapping_sub(row->at, last);
	uint64_t	zigzag;
	unsigned	length;
	unsigned	unit = 0;

	/* most clocks tick in milliseconds or slower */
	if (step % 1000 == 0)
	{
		step /= 1000;
		unit = ROW_LOG_MILLISECONDS;
	}
	zigzag = bytes_zigzag(step);
	length = zigzag ? (71 - __builtin_clzll(zigzag)) / 8 : 0;

	at += bytes_put_varint(at, (uint64_t) row->code << 3 | row->flags);
	*at++ = (uint8_t) (length | unit);
	bytes_store_u64(at, zigzag);
	at += length;
	if (row->flags & JOURNEY_ROW_VALUE)
	{
		memcpy(at, &row->value, sizeof(double));
		at += sizeof(double);
	}
	if (row->flags & JOURNEY_ROW_RECORDED)
		at += bytes_put_varint(at, bytes_zigzag(bytes_wrapping_sub(row->recorded, row->at)));
	if (row->flags & JOURNEY_ROW_REF)
	{
		at += bytes_put_varint(at, row->ref_size);
		memcpy(at, row->ref, row->ref_size);
		at += row->ref_size;
	}
	return at;
}

/* ----- reading; ROW_LOG_SLACK bytes behind the last row may be looked at ----- */

extern const uint64_t row_log_length_mask[ROW_LOG_LENGTH + 1];

/* Code, flags and time of the next row; `last` is the time of the row before. */
static inline void
row_log_get_head(ByteReader *bytes, int64_t last, JourneyRow *row)
{
	uint64_t	code = reader_varint(bytes);
	unsigned	header = reader_byte(bytes);
	unsigned	length = header & ROW_LOG_LENGTH;
	int64_t		step = bytes_unzigzag(bytes_load_u64(bytes->at) & row_log_length_mask[length]);

	bytes->at += length;
	if (header & ROW_LOG_MILLISECONDS)
		step *= 1000;
	row->at = bytes_wrapping_add(last, step);
	row->code = (uint32_t) (code >> 3);
	row->flags = code & 7;
}

/* What comes behind it. */
static inline void
row_log_get_rest(ByteReader *bytes, JourneyRow *row)
{
	row->ref_size = 0;
	row->value = 0;
	row->recorded = 0;
	row->ref = NULL;
	if (row->flags & JOURNEY_ROW_VALUE)
		memcpy(&row->value, reader_bytes(bytes, sizeof(double)), sizeof(double));
	if (row->flags & JOURNEY_ROW_RECORDED)
		row->recorded = bytes_wrapping_add(row->at, bytes_unzigzag(reader_varint(bytes)));
	if (row->flags & JOURNEY_ROW_REF)
	{
		row->ref_size = (uint32_t) reader_varint(bytes);
		row->ref = (const char *) reader_bytes(bytes, row->ref_size);
	}
}

/*
 * Reads a run of whole rows.  `last` is the time of the row before.
 */
typedef struct RowLogReader
{
	ByteReader	bytes;
	int64_t		last;
} RowLogReader;

/* Up to `most` rows; returns how many.  Their refs point into the log. */
extern size_t row_log_next(RowLogReader *reader, JourneyRow *rows, size_t most);

/*
 * All rows of [bytes, bytes + size); `last` becomes the time of the last.
 * Returns where the next row goes.
 */
static inline JourneyRow *
row_log_read(const uint8_t *bytes, size_t size, JourneyRow *rows, int64_t *last)
{
	RowLogReader reader = {reader_over(bytes, size), *last};

	rows += row_log_next(&reader, rows, SIZE_MAX);
	*last = reader.last;
	return rows;
}

#endif							/* INTENT_ROW_LOG_H */
