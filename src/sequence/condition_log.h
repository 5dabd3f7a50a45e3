/*
 * condition_log.h
 *		Rows of one person, of each only when it was and which conditions held.
 *
 * This is the state of the aggregates over rows that are called like
 * ClickHouse's.  Of a quarter of a million states each gets a few dozen rows,
 * so a row is a few bytes: a varint of conditions << 4 | size of the step,
 * and the zigzag step in time since the row before.  The newest stand in the
 * log itself, two cache lines with all that a row needs; when they fill it
 * they move to `older`, which grows by doubling.
 */
#ifndef INTENT_CONDITION_LOG_H
#define INTENT_CONDITION_LOG_H

#include "base/bytes.h"

#define CONDITIONS_MAX 60
#define CONDITION_NEWEST_SIZE 80

typedef struct ConditionLog
{
	uint8_t    *older;			/* NULL if there are none */
	size_t		older_size;
	int64_t		last;			/* time of the last row */
	int64_t		window;			/* these three mean something to the caller */
	uint8_t		conditions;
	uint8_t		modes;
	uint8_t		newest_size;
	uint8_t		older_bits;		/* room for 2^older_bits bytes */
	uint32_t	rows;
	uint8_t		newest[CONDITION_NEWEST_SIZE];
} ConditionLog;

/* A row unpacked; bit i of the mask is condition i + 1. */
typedef struct ConditionRow
{
	int64_t		at;
	uint64_t	mask;
} ConditionRow;

/* Most that a row takes, its step being written as a whole word. */
#define CONDITION_ROW_MAX (BYTES_VARINT_MAX + 8)

extern void condition_log_init(ConditionLog *log);
extern void condition_log_move(ConditionLog *log);

static inline bool
condition_log_full(const ConditionLog *log)
{
	return CONDITION_NEWEST_SIZE - log->newest_size < CONDITION_ROW_MAX;
}

/* Not to be called on a full log: condition_log_move() makes room. */
static inline void
condition_log_add(ConditionLog *log, int64_t at, uint64_t mask)
{
	uint64_t	step = bytes_zigzag(bytes_wrapping_sub(at, log->last));
	unsigned	size = step ? (71 - __builtin_clzll(step)) / 8 : 0;
	uint8_t    *start = log->newest + log->newest_size;
	uint8_t    *end = start + bytes_put_varint(start, mask << 4 | size);

	bytes_store_u64(end, step);
	log->newest_size = (uint8_t) (end + size - log->newest);
	log->last = at;
	log->rows++;
}

/* All rows of `other`, too; room is made. */
extern void condition_log_unite(ConditionLog *log, const ConditionLog *other);

/* Rows as bytes, and rows of such bytes added; false if they are none. */
extern void condition_log_pack(const ConditionLog *log, ByteBuffer *out);
extern bool condition_log_unpack(ConditionLog *log, ByteReader *reader);

/*
 * All rows in order of time, those of one instant in order of their masks:
 * first those that meet condition 1 alone.
 */
extern ConditionRow *condition_log_rows(const ConditionLog *log);

#endif							/* INTENT_CONDITION_LOG_H */
