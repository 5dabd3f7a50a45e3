/*
 * grouping.h
 *		Rows of many people sorted into one log a person, in one pass.
 *
 * PostgreSQL's hash aggregation pays several cache misses a row, one after the
 * other.  Here rows wait in a batch: the hash slots of all are fetched at
 * once, then the people, then the ends of their logs, so that the misses of a
 * batch overlap.
 *
 * People stand in segments and never move; logs are chains of chunks that
 * grow by half, from one arena that only grows and is freed as a whole.
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

typedef struct LogChunk LogChunk;

/* People stand at the beginning of a cache line each, and need no second. */
#define PERSON_ALIGNMENT 64

typedef struct Person
{
	union
	{
		int64_t		number;
		const char *bytes;
	}			key;
	LogChunk   *first;
	LogChunk   *current;
	uint8_t    *tail;			/* where the next row goes, in the current chunk */
	int64_t		last;			/* time of the last row */
	uint32_t	room;			/* bytes left there */
	uint32_t	size;			/* of key.bytes; 0: the key is the number */
	uint32_t	hash;
	uint32_t	rows;
} Person;

#define GROUPING_BATCH 512

typedef struct Grouping Grouping;

extern Grouping *grouping_new(void);

/* Frees all of it; what it took is gone in a few large pieces. */
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
extern uint64_t grouping_unordered(const Grouping *grouping);

/* Number `index` in order of first appearance. */
extern Person *grouping_person(const Grouping *grouping, uint32_t index);

static inline PersonKey
grouping_key(const Person *person)
{
	PersonKey	key = {person->size == 0 ? person->key.number : 0,
	person->size == 0 ? NULL : person->key.bytes, person->size};

	return key;
}

/* That person's rows will be asked for soon, if there is one of that number. */
extern void grouping_expect(const Grouping *grouping, uint32_t index);

/* The rows of a person, in the order they came; `rows` has room for all of them. */
extern void grouping_unpack(const Person *person, JourneyRow *rows);

/* The log of a person in pieces: each a run of whole rows. */
#define LOG_PIECE_MAX ((size_t) INT32_MAX - 64)

typedef struct LogPiece
{
	const uint8_t *bytes;
	uint32_t	size;
	const LogChunk *next;
	const Person *person;
} LogPiece;

extern bool grouping_first_piece(const Person *person, LogPiece *piece);
extern bool grouping_next_piece(LogPiece *piece);

#endif							/* INTENT_GROUPING_H */
