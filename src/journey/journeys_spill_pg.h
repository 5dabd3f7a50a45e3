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

/* One person's rows as they were written. */
typedef struct SpilledPerson
{
	PersonKey	key;
	uint32		rows;
	JourneyRow *row;			/* these: valid until the next is read */
} SpilledPerson;

typedef struct SpillReader
{
	BufFile    *file;
	ByteBuffer	key;
	ByteBuffer	log;
	JourneyRow *rows;
	size_t		capacity;
} SpillReader;

extern Spill *spill_new(int level);

/* Writes everybody; the grouping stays as it is. */
extern void spill_write(Spill *spill, Grouping *grouping);

extern void spill_reader_init(SpillReader *reader);
extern void spill_read_begin(SpillReader *reader, BufFile *file);
extern bool spill_read(SpillReader *reader, SpilledPerson *person);

#endif							/* INTENT_JOURNEYS_SPILL_PG_H */
