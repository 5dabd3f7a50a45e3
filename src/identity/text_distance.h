/*
 * text_distance.h
 *		How alike two texts are, character by character.
 *
 * A character is one number; which one does not matter, as long as equal
 * characters have equal numbers.  So names compare as people read them:
 * "müller" and "muller" differ in one character of six.
 */
#ifndef INTENT_TEXT_DISTANCE_H
#define INTENT_TEXT_DISTANCE_H

#include "base/checked.h"

typedef struct Characters
{
	const uint32_t *code;
	uint32_t	length;
	bool		narrow;			/* all codes are below 256 */
} Characters;

/* Both are 1 for equal texts, 0 for texts without a match, and symmetric. */
extern double text_jaro(const Characters *a, const Characters *b);
extern double text_jaro_winkler(const Characters *a, const Characters *b);

/* The distance, or max + 1 if it is more than max. */
extern uint32_t text_damerau_levenshtein(const Characters *a, const Characters *b, uint32_t max);

/* Common n-grams of all n-grams, each counted once. */
extern double text_ngram_jaccard(const Characters *a, const Characters *b, uint32_t n);

#endif							/* INTENT_TEXT_DISTANCE_H */
