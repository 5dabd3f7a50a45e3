/*
 * training_source_pg.h
 *		Rows to learn from, out of the caller's query.
 */
#ifndef INTENT_TRAINING_SOURCE_PG_H
#define INTENT_TRAINING_SOURCE_PG_H

#include "utils/palloc.h"

#include "score/training.h"

typedef struct TrainingSource
{
	const char *caller;			/* the function that errors name */
	const char *label;			/* columns: of the label */
	const char *weight;			/* and of the weight, or NULL */
	uint64_t	seed;
	TrainingTable table;		/* what was read, in order, */
	MemoryContext memory;		/* and where it is */
} TrainingSource;

extern void training_read(TrainingSource *source, char *query);

#endif							/* INTENT_TRAINING_SOURCE_PG_H */
