/*
 * linkage_read_pg.h
 *		Records to link, from a query of the caller's.
 */
#ifndef INTENT_LINKAGE_READ_PG_H
#define INTENT_LINKAGE_READ_PG_H

#include "utils/jsonb.h"

#include "identity/linkage_table.h"

/* Which columns are wanted of a query. */
typedef struct LinkageWanted
{
	const char *function;		/* as the caller knows it */
	LinkageText source;			/* no size: none */
	uint32		count;			/* 0: all but id and source */
	LinkageText *columns;
	uint32		only_count;		/* rows with these ids only; 0: all */
	LinkageText only[2];
} LinkageWanted;

/*
 * Runs the query and puts its rows in order; the table is in the current
 * memory context.  If there is a source, it is already taken off the columns.
 */
extern void linkage_read_query(LinkageTable *table, const char *query, const LinkageWanted *wanted);

/* An empty table of these columns. */
extern void linkage_table_begin_pg(LinkageTable *table, const LinkageText *names, uint32 count);

/* A record given as jsonb, into a table of these columns; what is not there is NULL. */
extern void linkage_read_jsonb(LinkageTable *table, LinkageText id, Jsonb *record);

#endif							/* INTENT_LINKAGE_READ_PG_H */
