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

/* Sums of a cell's rows: of what is left over, and how sure that is. */
typedef struct CellSum
{
	double		gradient;
	double		hessian;
} CellSum;

/* The same of a row. */
typedef struct LeftOver
{
	float		gradient;
	float		hessian;
} LeftOver;

/* What a feature, or a pair of them, adds: by cell, a model after the other. */
typedef struct BoostedShape
{
	const BinnedColumn *column; /* NULL of a pair: */
	const uint16_t *cells;		/* by row */
	int			direction;		/* of the column */
	uint32_t	rows;
	uint32_t	size;
	double	   *values;
	double	   *best;			/* of the round with the least loss */
	double	   *steps;			/* of one model in this round */
} BoostedShape;

typedef struct Boosting
{
	const TrainingTable *table;
	const TrainingOptions *options;
	const double *weights;		/* by row */
	uint32_t	models;			/* model m does not see fold m */
	uint8_t    *fold;
	double	  **evidence;		/* by model and row; the caller sets where it begins */
	LeftOver   *left;			/* of the model that learns, by row: 0 of rows it does not see */
	double	   *held;			/* of rows held back, at the best round */
	uint32_t	shape_count;
	uint32_t	shape_capacity;
	BoostedShape *shapes;
	uint32_t	rounds;
} Boosting;

extern void boosting_begin(Boosting *boosting, const TrainingTable *table, const TrainingOptions *options,
						   const double *weights, uint32_t models);
extern uint32_t boosting_add_shape(Boosting *boosting, const BinnedColumn *column, int direction,
								   const uint16_t *cells, uint32_t rows, uint32_t columns);

/* Rounds over the shapes from `first` on, until rows held back gain no more. */
extern void boosting_run(Boosting *boosting, uint32_t first, TrainingProgress progress, void *context);

/* Makes ready for a model what it has left over. */
extern void boosting_left_over(Boosting *boosting, uint32_t model);

/* What a pair could gain at best in one step of the model that was made ready, by its first rows. */
extern double boosting_pair_gain(const Boosting *boosting, const uint16_t *cells, uint32_t rows,
								 uint32_t columns, uint32_t count);

/* ----- all of it: boosting_fit.c ----- */

extern void boosting_fit(const TrainingTable *table, const TrainingOptions *options, const TrainingBase *base,
						 TrainingProgress progress, void *context, Predictor *predictor);

/* ----- one step: boosting_step.c ----- */

/* A step of a shape; `direction` as in TrainingColumn. */
extern void boosting_step(const BinnedColumn *column, int direction, const CellSum *sums,
						  const TrainingOptions *options, double *step);

/* Of a pair; returns what it gains. */
extern double boosting_pair_step(const CellSum *sums, uint32_t rows, uint32_t columns,
								 const TrainingOptions *options, double *step);

#endif							/* INTENT_BOOSTING_H */
