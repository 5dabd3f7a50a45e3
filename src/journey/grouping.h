/*
 * grouping.h
 *		Rows of many people sorted into one list a person, in one pass.
 *
 * PostgreSQL's hash aggregation pays several cache misses a row, one after the
 * other.  Here rows wait in a batch while their hash slots are fetched, so that
 * the misses overlap with reading the next rows, and then go to the log of a
 * segment: that of the 256 people who appeared together.  The ends of all those
 * logs stay in the nearer caches, and a log is sorted by person when it is
 * read, in cache as well.
 *
 * Logs are chains of chunks: the first, small ones from one arena that only
 * grows and is freed as a whole, the others a piece of memory each.
 */
#ifndef INTENT_GROUPING_H
#define INTENT_GROUPING_H

#include "journey/row_log.h"

/* A key is a number, or bytes; one grouping has one kind. */
typedef struct PersonKey
{
	int64_t		number;			/* if bytes is NULL */
	const char *bytes;
	uint32_t	size;			/* at least 1, if bytes is not NULL */
} PersonKey;

#define GROUPING_BATCH 128

typedef struct Grouping Grouping;

extern Grouping *grouping_new(void);

/* Frees what is left of it. */
extern void grouping_free(Grouping *grouping);

/*
 * Adds a row to the batch, with copies of the key's bytes and the ref; what
 * waits is seen by the functions below after grouping_flush() only.
 */
extern void grouping_add(Grouping *grouping, const PersonKey *key, const JourneyRow *row);
extern void grouping_flush(Grouping *grouping);

/*
 * Bytes taken for people and their logs, beside those of the batch, which do
 * not grow with them; and how many people and rows there are.
 */
extern size_t grouping_memory(const Grouping *grouping);
extern uint32_t grouping_people(const Grouping *grouping);
extern uint64_t grouping_rows(const Grouping *grouping);

/* ----- reading ----- */

#define SEGMENT_BITS 8
#define SEGMENT_PEOPLE (1 << SEGMENT_BITS)

/* The rows of one person, in the order they came. */
typedef struct GroupedPerson
{
	PersonKey	key;
	uint32_t	hash;
	size_t		count;
	JourneyRow *rows;			/* free to be changed, until the next person; refs point into the grouping */
} GroupedPerson;

typedef struct GroupingReader
{
	Grouping   *grouping;
	uint64_t	unordered;		/* rows read that came before their time */
	uint32_t	segment;		/* being read */
	uint32_t	person;			/* the next one, in it; */
	uint32_t	group_end;		/* those before are in `rows` */
	size_t		total;			/* rows of the segment, */
	size_t		count[SEGMENT_PEOPLE];	/* and of each person */
	size_t		next;			/* where the next person's rows begin */
	size_t		capacity;
	JourneyRow *rows;
} GroupingReader;

/*
 * Everybody in order of first appearance, once: memory of rows that were read
 * goes back on the way.
 */
extern void grouping_read_begin(GroupingReader *reader, Grouping *grouping);
extern bool grouping_read_next(GroupingReader *reader, GroupedPerson *person);
extern void grouping_read_end(GroupingReader *reader);

#endif							/* INTENT_GROUPING_H */
