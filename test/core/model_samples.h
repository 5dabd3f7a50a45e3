/*
 * model_samples.h
 *		Models of paths, sets and transitions, counted and read: for their tests,
 *		and for fuzzing.
 */
#ifndef INTENT_MODEL_SAMPLES_H
#define INTENT_MODEL_SAMPLES_H

#include "hostile.h"

#include "sequence/model.h"

typedef struct ModelSample
{
	const char *name;
	const char *target;			/* of the fuzzer */
	void	   *(*create) (void);
	void		(*add) (void *model, uint64_t item);	/* what it counts, told by a number */
	void		(*absorb) (void *model, const void *data, size_t size, HostError error);
	void		(*pack) (ByteBuffer *out, void *model);
	HostileReader read;			/* packs what it has read, and answers from small ones */
} ModelSample;

/* The last one has no name. */
extern const ModelSample model_samples[];

/* Items 0 .. count - 1 that fall into a part, from `first` on, counted and packed. */
extern ByteBuffer model_sample(const ModelSample *sample, uint64_t count, uint64_t first,
							   uint64_t parts, uint64_t part);

extern void model_read_markov(const uint8_t *data, size_t size);
extern void model_read_shapley(const uint8_t *data, size_t size);
extern void model_read_transitions(const uint8_t *data, size_t size);

#endif							/* INTENT_MODEL_SAMPLES_H */
