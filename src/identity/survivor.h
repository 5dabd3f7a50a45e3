/*
 * survivor.h
 *		Which of many values stays, as states that can be united.
 *
 * A value is its bytes.  Ties go to the smaller bytes, so that the order of
 * the rows never decides.
 */
#ifndef INTENT_SURVIVOR_H
#define INTENT_SURVIVOR_H

#include "base/bytes.h"
#include "identity/node_index.h"

/* ----- the value of the smallest rank ----- */

typedef struct Survivor
{
	bool		found;
	int64_t		rank[2];		/* the second decides where the first is equal */
	ByteBuffer	value;
} Survivor;

extern void survivor_init(Survivor *survivor);
extern void survivor_offer(Survivor *survivor, int64_t rank, int64_t then,
						   const void *value, size_t size);
extern void survivor_write(ByteBuffer *out, const Survivor *survivor);

/* False if the bytes are no state; offers what they hold. */
extern bool survivor_read(Survivor *survivor, const void *data, size_t size);

/* ----- the value that comes most often ----- */

typedef struct Tally
{
	NodeIndex	index;
	uint64_t   *start;			/* of each value in bytes, and the end of the last */
	uint64_t   *times;
	uint32_t	count;
	uint32_t	capacity;
	ByteBuffer	bytes;
} Tally;

extern void tally_init(Tally *tally);
extern void tally_add(Tally *tally, const void *value, size_t size, uint64_t times);
extern void tally_unite(Tally *tally, const Tally *other);
extern const void *tally_most_frequent(const Tally *tally, size_t *size);
extern void tally_write(ByteBuffer *out, const Tally *tally);
extern bool tally_read(Tally *tally, const void *data, size_t size);

#endif							/* INTENT_SURVIVOR_H */
