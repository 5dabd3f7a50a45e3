/*
 * state_samples.h
 *		States of every kind of partial, counted and read: for fuzzing.
 */
#ifndef INTENT_STATE_SAMPLES_H
#define INTENT_STATE_SAMPLES_H

#include "hostile.h"

#include "sequence/partial.h"

typedef struct StateSample
{
	PartialKind *kind;
	void		(*add) (void *state, uint64_t n);	/* one row or person, told by a number */
	void		(*ask) (const void *state);	/* what its readers answer with */
} StateSample;

/* The last one has no kind. */
extern const StateSample state_samples[];

/* A state of so many rows, packed. */
extern ByteBuffer state_sample(const StateSample *sample, uint64_t rows);

/* A state of any kind: what is one is packed to the same bytes, and answers. */
extern void state_read(const uint8_t *data, size_t size);

#endif							/* INTENT_STATE_SAMPLES_H */
