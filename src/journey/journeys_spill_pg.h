/*
 * journeys_spill_pg.h
 *		Logs of people in temporary files, partitioned by the hash of the person.
 */
#ifndef INTENT_JOURNEYS_SPILL_PG_H
#define INTENT_JOURNEYS_SPILL_PG_H

#include "storage/buffile.h"

#include "journey/grouping.h"

/* Five bits of the hash a level: 32 partitions, each of which may be split again. */
#define SPILL_BITS 5
#define SPILL_PARTITIONS (1 << SPILL_BITS)
#define SPILL_LEVELS 6

typedef struct Spill
{
	int			level;
	uint64		bytes;
	BufFile    *file[SPILL_PARTITIONS];	/* NULL while nothing is in it */
} Spill;

/* Reads rows as they were written, a few at a time: a person may have millions. */
#define SPILL_ROWS 512

typedef struct SpillReader
{
	BufFile    *file;
	int64		number;
	ByteBuffer	key;			/* size 0: the key is the number */
	ByteBuffer	log;			/* of one piece */
	RowLogReader piece;			/* what is left of it */
	JourneyRow *rows;
} SpillReader;

extern Spill *spill_new(int level);

/* Writes everybody; the grouping is then only to be freed. */
extern void spill_write(Spill *spill, Grouping *grouping);

extern void spill_reader_init(SpillReader *reader);
extern void spill_reader_free(SpillReader *reader);
extern void spill_read_begin(SpillReader *reader, BufFile *file);

/* Some rows of one person, valid until the next are read; returns how many, 0 at the end. */
extern size_t spill_read(SpillReader *reader, PersonKey *key, const JourneyRow **rows);

#endif							/* INTENT_JOURNEYS_SPILL_PG_H */
