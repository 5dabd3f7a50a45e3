/*
 * query_scan_pg.h
 *		All rows of one table at once, where a query is no more than that.
 */
#ifndef INTENT_QUERY_SCAN_PG_H
#define INTENT_QUERY_SCAN_PG_H

#include "executor/execdesc.h"

/*
 * Before a started query is run: if it is the scan of a table and nothing
 * else, its rows will go to the receiver without the executor's loop.
 */
extern void query_scan_shorten(QueryDesc *description, DestReceiver *receiver);

#endif							/* INTENT_QUERY_SCAN_PG_H */
