/*
 * training_logistic.h
 *		Logistic regression of transformed columns, by Newton's method.
 */
#ifndef INTENT_TRAINING_LOGISTIC_H
#define INTENT_TRAINING_LOGISTIC_H

#include "score/training.h"
#include "score/training_math.h"

#define LOGISTIC_ROUNDS 60

/* Memory grows with the square, time with the cube. */
#define LOGISTIC_WIDTH_MAX 5000

#define LOGISTIC_NONE UINT32_MAX

/* How a column comes into the model: indexes of weights, or LOGISTIC_NONE. */
typedef struct LogisticColumn
{
	const TrainingColumn *column;
	uint32_t	null;			/* is it NULL? */
	uint32_t	linear;
	uint32_t	log1p;
	uint32_t	first_bin;		/* of the bins from 1 on, but for the reference; */
	bool		cumulative;		/* or of cuts: is the number not below it? */
	double		mean;
	double		by_scale;		/* 1 / the standard deviation */
	double		log_mean;
	double		by_log_scale;
	double	   *logs;			/* by row: log1p, standardised */
	uint32_t	reference;		/* the bin with most rows: 0 */
	BinnedColumn binned;		/* without codes if there are no bins */
} LogisticColumn;

/*
 * The first `dense` weights are of what every row has: the base, numbers and
 * whether they are NULL; the others of bins and categories, of which a row
 * has few.
 */
typedef struct LogisticDesign
{
	const TrainingTable *table;
	const TrainingOptions *options;
	const double *row_weights;
	bool		transforms;
	uint32_t	width;
	uint32_t	dense;
	int8_t	   *directions;		/* by weight: 1 may not be negative, -1 not positive */
	bool		directed;		/* is there any such? */
	LogisticColumn *columns;
	uint32_t   *binned;			/* the columns that have bins */
	uint32_t	binned_count;
	uint32_t	most_terms;		/* that a row has of them */
} LogisticDesign;

extern void logistic_design(LogisticDesign *design, const TrainingTable *table,
							const TrainingOptions *options, const double *row_weights);

/* A block of rows as the model sees them. */
typedef struct LogisticBlock
{
	uint32_t	first;
	uint32_t	rows;
	double	   *dense;			/* weight by weight, MATH_BLOCK rows each; 0 of rows that are not there */
	uint32_t   *terms;			/* row by row: which other weights are 1, rising */
	uint32_t   *term_counts;
} LogisticBlock;

extern LogisticBlock logistic_block(const LogisticDesign *design);
extern void logistic_read(const LogisticDesign *design, uint32_t first, LogisticBlock *block);
extern void logistic_block_evidence(const LogisticDesign *design, const LogisticBlock *block,
									const double *weights, double evidence[MATH_BLOCK]);

/* What is known of the weights beside what they are: */
typedef struct LogisticInsight
{
	bool	   *determined;		/* by weight: do the others determine it? */
	double	   *errors;			/* standard errors; NaN if they are not known */
} LogisticInsight;

/*
 * Without the rows of fold `left_out`, from `weights` on; returns the rounds it
 * took, LOGISTIC_ROUNDS if it found no end.  `insight` may be NULL.
 */
extern uint32_t logistic_fit(const LogisticDesign *design, const uint8_t *fold, uint32_t left_out,
							 TrainingProgress progress, void *context, double *weights,
							 LogisticInsight *insight);

/* Weights times slope as features; returns the base that goes with them, without the slope. */
extern double logistic_features(const LogisticDesign *design, const double *weights,
								const LogisticInsight *insight, double slope, Predictor *predictor);

#endif							/* INTENT_TRAINING_LOGISTIC_H */
