/*
 * score_reference.h
 *		How evidence is distributed over many people, by intent: a kind of
 *		partial, and what percentiles are of.
 *
 * Evidence is counted in bins of 1/32 of log-odds: a person's place among
 * others needs no more, and counts of bins are exact, merge in any order and
 * stay small however many people there are.
 *
 * Payload: varint number of intents; per intent, in order of bytes: varint
 * size and bytes, varint number of bins that are not empty; per such bin
 * varint distance from the one before (the first: its number), varint count.
 */
#ifndef INTENT_SCORE_REFERENCE_H
#define INTENT_SCORE_REFERENCE_H

#include "base/fixed.h"
#include "sequence/partial.h"

/* From -32 to 32; what is beyond is in the first and the last bin. */
#define REFERENCE_BINS 2048
#define REFERENCE_BIN_WIDTH (FIXED_ONE / 32)

typedef struct ReferenceBin
{
	uint32_t	bin;
	uint64_t	count;			/* not 0 */
} ReferenceBin;

typedef struct ReferenceIntent
{
	char	   *name;
	uint32_t	size;
	uint32_t	bin_count;
	uint32_t	bin_capacity;
	ReferenceBin *bins;			/* rising */
	uint64_t	total;
} ReferenceIntent;

typedef struct ScoreReference
{
	uint32_t	count;
	uint32_t	capacity;
	ReferenceIntent *intents;	/* by the bytes of their names */
} ScoreReference;

extern PartialKind score_reference_kind;

extern void score_reference_add(ScoreReference *reference, const char *intent, uint32_t size, Fixed evidence);

/* NULL if the reference does not have it. */
extern const ReferenceIntent *score_reference_find(const ScoreReference *reference,
												   const char *intent, uint32_t size);

/* From 0 to 100: the share of people below, those of the same bin counting half. */
extern double score_percentile(const ReferenceIntent *intent, Fixed evidence);

#endif							/* INTENT_SCORE_REFERENCE_H */
