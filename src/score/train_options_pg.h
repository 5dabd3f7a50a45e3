/*
 * train_options_pg.h
 *		The options of train(), from jsonb.
 */
#ifndef INTENT_TRAIN_OPTIONS_PG_H
#define INTENT_TRAIN_OPTIONS_PG_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

#include "score/training.h"

typedef enum ModelChoice
{
	MODEL_AUTO,
	MODEL_LOGISTIC,
	MODEL_BOOSTED
} ModelChoice;

typedef struct TrainDirection
{
	const char *column;
	int			direction;
} TrainDirection;

typedef struct TrainRequest
{
	TrainingOptions options;
	ModelChoice model;
	bool		l2_given;
	const char *weight;			/* the column of weights, or NULL */
	List	   *directions;		/* of TrainDirection */
} TrainRequest;

extern void train_read_options(TrainRequest *request, Jsonb *json);

#endif							/* INTENT_TRAIN_OPTIONS_PG_H */
