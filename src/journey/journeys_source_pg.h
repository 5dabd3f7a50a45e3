/*
 * journeys_source_pg.h
 *		The rows that journeys() reads: which columns they have, and what is in them.
 */
#ifndef INTENT_JOURNEYS_SOURCE_PG_H
#define INTENT_JOURNEYS_SOURCE_PG_H

#include "executor/tuptable.h"
#include "nodes/parsenodes.h"

#include "base/query_row_pg.h"
#include "journey/grouping.h"

enum
{
	SOURCE_PERSON, SOURCE_OCCURRED_AT, SOURCE_EVENT, SOURCE_CHANNEL,
	SOURCE_VALUE, SOURCE_RECORDED_AT, SOURCE_REF, SOURCE_COLUMNS
};

typedef struct JourneySource
{
	Oid			declared;		/* the person's type, perhaps a domain, */
	Oid			key;			/* and what it is of: an integer, uuid or text */
	void	   *domain;			/* what domain_check() remembers, */
	MemoryContext domain_memory;	/* and where */
	SelectStmt *select;
	const char *text;			/* what positions in errors are of */
	const char *name[SOURCE_COLUMNS];	/* of the column, NULL if there is none */
	int			column[SOURCE_COLUMNS]; /* where it is in a row, from 0; -1 is nowhere */
	Oid			type[SOURCE_COLUMNS];
	RowLayout  *layout;			/* of columns up to the last that is wanted */
	MemoryContext memory;		/* of what one row needs */
	bool		used;			/* is something in it? */
} JourneySource;

/* Of a relation's columns, or of a query that has them by these names. */
extern void source_of_relation(JourneySource *source, Oid key, Oid oid,
							   const char *const *columns, const char *condition);
extern void source_of_query(JourneySource *source, Oid key, const char *query);

/* Are the columns of the types they must have?  Before the first row. */
extern void source_check(JourneySource *source, TupleDesc description);

/* One row; false if it has no person, time or event. */
extern bool source_read(JourneySource *source, TupleTableSlot *slot,
						PersonKey *key, Touchpoint *touchpoint, JourneyRow *row);

/* The person as a value of its type. */
extern Datum source_person(JourneySource *source, const PersonKey *key);

#endif							/* INTENT_JOURNEYS_SOURCE_PG_H */
