/*
 * settings_pg.c
 *		What can be SET: the extension's configuration parameters.
 *
 * They say how something is done, never what comes out: results do not
 * depend on settings.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <limits.h>

#include "fmgr.h"
#include "utils/guc.h"

#include "base/settings_pg.h"

int			intent_build_mem = 0;
bool		intent_verbose = false;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	DefineCustomIntVariable("intent.build_mem",
							"Memory that journeys() takes before it goes on in temporary files.",
							"0 is work_mem times hash_mem_multiplier.",
							&intent_build_mem, 0, 0, MAX_KILOBYTES, PGC_USERSET, GUC_UNIT_KB,
							NULL, NULL, NULL);
	DefineCustomBoolVariable("intent.verbose",
							 "Long functions say in a NOTICE what they did.",
							 NULL,
							 &intent_verbose, false, PGC_USERSET, 0,
							 NULL, NULL, NULL);
	MarkGUCPrefixReserved("intent");
}
