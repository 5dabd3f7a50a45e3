/*
 * features_pg.h
 *		Features as the server sees them.
 */
#ifndef INTENT_FEATURES_PG_H
#define INTENT_FEATURES_PG_H

#include "utils/array.h"

#include "score/score_pg.h"

/* What all signals measure in the journey that was read last. */
extern ArrayType *features_array(const Scorer *scorer);

#endif							/* INTENT_FEATURES_PG_H */
