/*
 * path_counts.h
 *		How often each path was taken: a kind of partial.
 *
 * A path is any text.  Payload: varint number of paths; per path, in order of
 * bytes: varint size and bytes, varint how often.
 */
#ifndef INTENT_PATH_COUNTS_H
#define INTENT_PATH_COUNTS_H

#include "journey/vocabulary.h"
#include "sequence/partial.h"

typedef struct PathCounts
{
	Vocabulary *paths;			/* NULL while there are none */
	uint64_t   *counts;			/* by code */
	uint32_t	count;
	uint32_t	capacity;
} PathCounts;

extern PartialKind path_counts_kind;

extern void path_counts_add(PathCounts *counts, const char *path, uint32_t size, uint64_t times);

typedef struct CountedPath
{
	const char *path;
	uint32_t	size;
	uint64_t	count;
} CountedPath;

/* All of them, the most frequent first, equal ones by bytes; and how often all. */
extern CountedPath *path_counts_ranked(const PathCounts *counts, uint64_t *total);

#endif							/* INTENT_PATH_COUNTS_H */
