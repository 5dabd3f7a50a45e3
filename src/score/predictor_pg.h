/*
 * predictor_pg.h
 *		The predictor type as the server sees it.
 */
#ifndef INTENT_PREDICTOR_PG_H
#define INTENT_PREDICTOR_PG_H

#include "fmgr.h"

#include "score/predictor.h"

#define PG_GETARG_PREDICTOR_P(n) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n))

extern struct varlena *predictor_to_varlena(const Predictor *predictor);

/* Argument 0, in memory of the current call. */
extern void predictor_argument(FunctionCallInfo fcinfo, Predictor *predictor);

#endif							/* INTENT_PREDICTOR_PG_H */
