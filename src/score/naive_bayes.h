/*
 * naive_bayes.h
 *		A model as counts: what rows had each value, by label.
 *
 * Counts are exact sums of weights and bins do not depend on the rows, so
 * states of parts merge to the state of all of them, and rows can be added for
 * ever.  Of old ones less and less may be left: see naive_bayes_decay.
 */
#ifndef INTENT_NAIVE_BAYES_H
#define INTENT_NAIVE_BAYES_H

#include "score/training.h"
#include "sequence/partial.h"

#define NAIVE_BAYES_WORDS_MAX 1000000

/* Bins of numbers are words, too: of two bytes that order as the numbers do. */
#define NAIVE_BAYES_BIN_SIZE 2

typedef struct NaiveBayesWeights
{
	Fixed		of[2];			/* rows by label */
} NaiveBayesWeights;

typedef struct NaiveBayesFeature
{
	bool		category;
	TrainingWords words;
	uint32_t	capacity;
	NaiveBayesWeights *weights; /* by code less 1 */
} NaiveBayesFeature;

typedef struct NaiveBayesState
{
	NaiveBayesWeights totals;
	TrainingWords names;
	uint32_t	capacity;
	NaiveBayesFeature *features;	/* by code of the name less 1 */
	uint32_t	word_count;		/* of all features */
} NaiveBayesState;

extern PartialKind naive_bayes_kind;

/* A row begins with its label; the same weight goes with each of its values that are not NULL. */
extern void naive_bayes_row(NaiveBayesState *state, bool label, Fixed weight);
extern void naive_bayes_number(NaiveBayesState *state, const ScoreText *name, double number, bool label, Fixed weight);
extern void naive_bayes_text(NaiveBayesState *state, const ScoreText *name, const ScoreText *text, bool label, Fixed weight);

/* What is left of the state: `factor` is from 0 to 1. */
extern void naive_bayes_decay(const NaiveBayesState *state, Fixed factor, NaiveBayesState *decayed);

/*
 * As a predictor: each value adds the logarithm of how many times as likely it
 * is with label true; rare ones are drawn towards 0 by `smoothing` rows.
 */
extern void naive_bayes_predictor(const NaiveBayesState *state, double smoothing, Predictor *predictor);

#endif							/* INTENT_NAIVE_BAYES_H */
