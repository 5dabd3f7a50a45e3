/*
 * boosting.h
 *		Shapes learned in turn, by several models side by side.
 */
#ifndef INTENT_BOOSTING_H
#define INTENT_BOOSTING_H

#include "score/training.h"

#define BOOSTING_LEAVES_MAX 16

/* So many rounds without a better one are the end. */
#define BOOSTING_PATIENCE 15

/* What a feature, or a pair of them, adds: by cell, a model after the other. */
typedef struct BoostedShape
{
	const BinnedColumn *column; /* NULL of a pair: */
	const uint16_t *cells;		/* by row */
	uint32_t	rows;
	uint32_t	size;
	double	   *values;
	double	   *best;			/* of the round with the least loss */
} BoostedShape;

typedef struct Boosting
{
	const TrainingTable *table;
	const TrainingOptions *options;
	uint32_t	models;			/* model m does not see fold m */
	uint8_t    *fold;
	double	  **evidence;		/* by model and row; the caller sets where it begins */
	double	   *held;			/* of rows held back, at the best round */
	uint32_t	shape_count;
	uint32_t	shape_capacity;
	BoostedShape *shapes;
	uint32_t	rounds;
} Boosting;

extern void boosting_begin(Boosting *boosting, const TrainingTable *table,
						   const TrainingOptions *options, uint32_t models);
extern uint32_t boosting_add_shape(Boosting *boosting, const BinnedColumn *column,
								   const uint16_t *cells, uint32_t rows, uint32_t columns);

/* Rounds over the shapes from `first` on, until rows held back gain no more. */
extern void boosting_run(Boosting *boosting, uint32_t first, TrainingProgress progress, void *context);

/* What a pair could gain at best in one step, in all models. */
extern double boosting_pair_gain(Boosting *boosting, const uint16_t *cells, uint32_t rows, uint32_t columns);
extern double boosting_pair_step(const double *gradient, const double *hessian, uint32_t rows,
								 uint32_t columns, const TrainingOptions *options, double *step);

#endif							/* INTENT_BOOSTING_H */
