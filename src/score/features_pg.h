/*
 * features_pg.h
 *		Features as the server sees them.
 */
#ifndef INTENT_FEATURES_PG_H
#define INTENT_FEATURES_PG_H

#include "utils/array.h"

#include "score/score_pg.h"

/* What the signals of a list measure in the journey that was read last; there is at least one. */
extern ArrayType *features_array(ScorerCache *cache);

#endif							/* INTENT_FEATURES_PG_H */
