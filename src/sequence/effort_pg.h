/*
 * effort_pg.h
 *		Weights of effort as SQL has them.
 */
#ifndef INTENT_EFFORT_PG_H
#define INTENT_EFFORT_PG_H

#include "utils/jsonb.h"

#include "sequence/effort.h"

/* An object of numbers by measure; what is not in it weighs as it does by itself. */
extern EffortWeights effort_weights(Jsonb *jsonb);

#endif							/* INTENT_EFFORT_PG_H */
