/*
 * score_pg.h
 *		The scorecard type as the server sees it.
 */
#ifndef INTENT_SCORE_PG_H
#define INTENT_SCORE_PG_H

#include "fmgr.h"

#include "score/scoring.h"

#define PG_GETARG_SCORECARD_P(n) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n))

/* Opens a scorecard value into memory of the current call. */
extern Scorecard *scorecard_from_varlena(const struct varlena *value);

#endif							/* INTENT_SCORE_PG_H */
