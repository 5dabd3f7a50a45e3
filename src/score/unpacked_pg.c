/*
 * unpacked_pg.c
 *		Models as they are, but whole in memory.
 *
 * A value from a table may be a toast pointer or compressed.  Each call that
 * is given it would fetch and open it again; one that hands it out does so
 * once.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"

PG_FUNCTION_INFO_V1(intent_unpacked);
Datum
intent_unpacked(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(PG_DETOAST_DATUM(PG_GETARG_DATUM(0)));
}
