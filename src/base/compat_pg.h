/*
 * compat_pg.h
 *		The one place that knows how PostgreSQL 15 to 18 differ.
 *
 * Every _pg file includes this directly after postgres.h.
 */
#ifndef INTENT_COMPAT_PG_H
#define INTENT_COMPAT_PG_H

#if PG_VERSION_NUM < 150000
#error "intent needs PostgreSQL 15 or later"
#endif

/* varlena macros moved into a header of their own */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#endif							/* INTENT_COMPAT_PG_H */
