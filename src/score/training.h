/*
 * training.h
 *		Rows to learn from, and the shapes that are learned from them.
 *
 * Rows are kept column by column.  When all have come they are put into an
 * order that depends on what they say alone, so that all that follows, sums of
 * doubles included, is the same to the bit whatever order they came in.
 */
#ifndef INTENT_TRAINING_H
#define INTENT_TRAINING_H

#include "score/predictor.h"

/* More are surely a mistake: every row of a table, or every column of a wide one. */
#define TRAINING_MAX_COLUMNS 1600
#define TRAINING_MAX_ROWS UINT32_MAX

/* The different texts of a column, found by hash. */
typedef struct TrainingWords
{
	uint32_t	count;
	uint32_t	capacity;
	ScoreText  *words;
	uint64_t   *hashes;
	uint32_t   *slots;			/* number of a word and 1; 0 is free */
	uint32_t	slot_count;		/* a power of 2 */
} TrainingWords;

typedef struct TrainingColumn
{
	ScoreText	name;
	bool		category;
	double	   *numbers;		/* NaN is NULL */
	uint32_t   *codes;			/* of words by their bytes, and 1; 0 is NULL */
	TrainingWords words;
} TrainingColumn;

typedef struct TrainingTable
{
	uint32_t	column_count;
	TrainingColumn *columns;	/* by name */
	uint32_t	count;
	uint32_t	capacity;
	uint8_t    *labels;
	uint64_t   *hashes;			/* of the rows */
	uint32_t	positives;
	uint64_t	seed;
} TrainingTable;

typedef struct TrainingValue
{
	bool		null;
	double		number;
	ScoreText	text;
} TrainingValue;

/* Columns come in order of their names, values in that of the columns. */
extern void training_begin(TrainingTable *table, uint32_t columns, uint64_t seed);
extern void training_add(TrainingTable *table, const TrainingValue *values, bool label);

/* All rows have come: words by their bytes, rows by what they say. */
extern void training_order(TrainingTable *table);

/* Which of so many folds a row is held back in: by its content and the seed. */
extern uint32_t training_fold(const TrainingTable *table, uint32_t row, uint32_t folds);

/* ----- columns in bins: training_bins.c ----- */

#define TRAINING_BINS 256

/* Bin 0 is NULL.  Of categories 1 is all that are too rare, of numbers they rise. */
typedef struct BinnedColumn
{
	uint32_t	bins;
	bool		ordered;
	uint8_t    *codes;			/* by row */
	double	   *cuts;			/* of numbers: the least value of each bin from 2 on */
	uint32_t   *words;			/* of categories: the code of each bin from 2 on */
} BinnedColumn;

extern void training_bin(const TrainingTable *table, const TrainingColumn *column,
						 uint32_t bins, BinnedColumn *binned);

/* ----- fitting ----- */

typedef struct TrainingOptions
{
	PredictorKind kind;
	bool		transforms;		/* of a logistic model: shapes, not straight lines */
	double		l2;
	double		learning_rate;
	uint32_t	rounds;			/* at most */
	uint32_t	leaves;			/* of a step of a shape */
	uint32_t	bins;
	uint32_t	pairs;			/* interactions at most */
	uint32_t	folds;
	bool		calibrate;
	uint64_t	seed;
} TrainingOptions;

extern const TrainingOptions training_defaults;

/* Told of every round that is done, with the loss on rows held back. */
typedef void (*TrainingProgress) (void *context, uint32_t round, double loss);

/* Learns; the table is in order.  The predictor is in memory of the current call. */
extern void training_fit(const TrainingTable *table, const TrainingOptions *options,
						 TrainingProgress progress, void *context, Predictor *predictor);

/* One step of a shape from sums of gradients and Hessians by bin. */
extern void boosting_step(const BinnedColumn *column, const double *gradient, const double *hessian,
						  const TrainingOptions *options, double *step);

extern double training_logistic(double evidence);

#endif							/* INTENT_TRAINING_H */
