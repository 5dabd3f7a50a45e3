/*
 * shapley.h
 *		Journeys counted by the set of channels they touched.
 *
 *	varint	number of sets; per set, in order of its channels:
 *		varint	how many channels
 *		varints	their numbers: the first, then each less the one before, less 1
 *		varint	conversions
 *		varint	journeys without conversion
 *		fixed	sum of values				(only with conversions)
 *
 * A set that is the beginning of another one comes before it.
 */
#ifndef INTENT_SHAPLEY_H
#define INTENT_SHAPLEY_H

#include "sequence/model.h"

typedef struct ShapleySet
{
	const uint32_t *channels;	/* rising */
	uint32_t	size;
	uint64_t	conversions;
	uint64_t	non_conversions;
	Fixed		value;
} ShapleySet;

typedef struct ShapleyModel
{
	Vocabulary *channels;
	Vocabulary *keys;			/* of the sets: their codes as bytes */
	ShapleySet *sets;			/* channels are codes, rising */
	uint32_t	count;
	uint32_t	capacity;
} ShapleyModel;

extern void *shapley_create(void);

/* Counts journeys by their channels, which may repeat and come in any order. */
extern void shapley_add(ShapleyModel *model, const Touchpoint *channels, size_t count,
						uint64_t conversions, uint64_t non_conversions, Fixed value);
extern void shapley_absorb(void *model, const void *data, size_t size, HostError error);
extern void shapley_pack(ByteBuffer *out, void *model);

typedef struct ShapleyView
{
	ModelReader reader;
	ShapleySet *sets;			/* channels are numbers of names */
	uint32_t	count;
} ShapleyView;

extern void shapley_read(ShapleyView *view, const void *data, size_t size, HostError error);

/* ----- shapley_values.c ----- */

/* What a set of channels is worth. */
typedef enum ShapleyWorth
{
	SHAPLEY_CONVERSIONS,		/* conversions of journeys that touched no other channel */
	SHAPLEY_RATE,				/* the same, over all such journeys */
	SHAPLEY_COUNTERFACTUAL		/* no game: what each set loses without one channel */
} ShapleyWorth;

/* Up to so many channels a rate is worked out for every set there can be. */
#define SHAPLEY_EXACT_MAX 20

typedef struct ShapleyValue
{
	Fixed		conversions;
	Fixed		value;
	double		standard_error; /* of conversions; 0 if not sampled */
} ShapleyValue;

typedef struct ShapleySampling
{
	uint32_t	orders;			/* how many orders of the channels are drawn */
	uint64_t	seed;
} ShapleySampling;

/* By channel; `direct` is what journeys without any channel brought. */
extern void shapley_values(const ShapleyView *view, ShapleyWorth worth,
						   const ShapleySampling *sampling,
						   ShapleyValue *values, ShapleyValue *direct);

/*
 * Weights of the channels of one set in what it brought; not for
 * SHAPLEY_RATE, which does not divide set by set.
 */
extern void shapley_set_weights(const ShapleyView *view, const ShapleySet *set,
								ShapleyWorth worth, uint64_t *weights);

#endif							/* INTENT_SHAPLEY_H */
