/*
 * grouping_segment.h
 *		People of a grouping and the log of their rows: what grouping.c writes and grouping_read.c reads.
 */
#ifndef INTENT_GROUPING_SEGMENT_H
#define INTENT_GROUPING_SEGMENT_H

#include "journey/grouping.h"

typedef struct LogChunk
{
	struct LogChunk *next;
	uint32_t	size;			/* of data */
	uint32_t	used;			/* set when the next chunk is begun */
	uint8_t		data[];
} LogChunk;

#define CHUNK_HEADER offsetof(LogChunk, data)

typedef struct Person
{
	union
	{
		int64_t		number;
		const char *bytes;
	}			key;
	uint32_t	size;			/* of key.bytes; 0: the key is the number */
	uint32_t	hash;
} Person;

/*
 * People who appeared one after the other, and the log of their rows: a byte
 * that says whose it is, then the row as row_log.h has it.  Times are relative
 * to the row before, whosever that is.
 *
 * Segments stand in one array, apart from their people: all that a row of a
 * known person needs of them then is in a few pages.
 */
typedef struct Segment
{
	LogChunk   *first;
	LogChunk   *current;
	uint8_t    *tail;			/* where the next row goes, in the current chunk */
	int64_t		last;			/* time of the last row */
	size_t		room;			/* bytes left there */
	Person	   *people;			/* SEGMENT_PEOPLE of them */
} Segment;

extern const Segment *grouping_segment(const Grouping *grouping, uint32_t index);

/* Gives back the memory of its log, as far as that stands alone; it is not to be read again. */
extern void grouping_release_log(Grouping *grouping, uint32_t index);

#endif							/* INTENT_GROUPING_SEGMENT_H */
