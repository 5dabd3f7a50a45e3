/*
 * numeric_pg.h
 *		Fixed point numbers as SQL has them.
 */
#ifndef INTENT_NUMERIC_PG_H
#define INTENT_NUMERIC_PG_H

#include "base/fixed.h"

/* A numeric with all 12 decimals. */
extern Datum fixed_numeric(Fixed fixed);

#endif							/* INTENT_NUMERIC_PG_H */
