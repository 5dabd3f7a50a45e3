/*
 * training_split.h
 *		Which part a person belongs to: by a frozen hash, so that it stays.
 */
#ifndef INTENT_TRAINING_SPLIT_H
#define INTENT_TRAINING_SPLIT_H

#include "base/host.h"

extern uint64_t training_person_hash(const char *person, size_t size, uint64_t seed);

/* Another hash of the same person, for one of its rows. */
extern uint64_t training_row_hash(uint64_t person_hash, int64_t as_of);

/* A number of [0, 1) that a hash stands for. */
static inline double
training_share(uint64_t hash)
{
	return (double) (hash >> 11) * 0x1p-53;
}

static inline uint32_t
training_person_fold(uint64_t person_hash, uint32_t folds)
{
	return (uint32_t) ((person_hash >> 20) % folds);
}

#endif							/* INTENT_TRAINING_SPLIT_H */
