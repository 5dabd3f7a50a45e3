/*
 * training_logistic.h
 *		Logistic regression of transformed columns, by Newton's method.
 */
#ifndef INTENT_TRAINING_LOGISTIC_H
#define INTENT_TRAINING_LOGISTIC_H

#include "score/training.h"

#define LOGISTIC_ROUNDS 60

/* Memory grows with the square, time with the cube. */
#define LOGISTIC_WIDTH_MAX 5000

/* How a column comes into the model; an index of UINT32_MAX is none. */
typedef struct LogisticColumn
{
	const TrainingColumn *column;
	uint32_t	null;			/* is it NULL? */
	uint32_t	linear;
	uint32_t	log1p;
	uint32_t	first_bin;		/* of the bins from 1 on, but for the reference */
	double		mean;
	double		by_scale;		/* 1 / the standard deviation */
	double		log_mean;
	double		by_log_scale;
	uint32_t	reference;		/* the bin with most rows: 0 */
	BinnedColumn binned;
} LogisticColumn;

typedef struct LogisticDesign
{
	const TrainingTable *table;
	const TrainingOptions *options;
	bool		transforms;
	uint32_t	width;			/* weights; the first is the base */
	LogisticColumn *columns;
	uint32_t   *indexes;		/* room for what one row has that is not 0 */
	double	   *values;
} LogisticDesign;

extern void logistic_design(LogisticDesign *design, const TrainingTable *table, const TrainingOptions *options);

/* Without the rows of fold `left_out`; returns the rounds it took, LOGISTIC_ROUNDS if it found no end. */
extern uint32_t logistic_fit(const LogisticDesign *design, const uint8_t *fold, uint32_t left_out,
							 TrainingProgress progress, void *context, double *weights);
extern double logistic_evidence(const LogisticDesign *design, const double *weights, uint32_t row);

/* slope * evidence + shift as base and features. */
extern void logistic_predictor(const LogisticDesign *design, const double *weights, double slope, double shift,
							   Predictor *predictor);

#endif							/* INTENT_TRAINING_LOGISTIC_H */
