/*
 * person_pg.h
 *		What the store knows of a person, by queries that run as the caller's own.
 */
#ifndef INTENT_PERSON_PG_H
#define INTENT_PERSON_PG_H

#include "executor/spi.h"

/*
 * A query that is prepared once a session and planned once, not for each
 * value.  It runs with the rights and the row policies of the caller, and says
 * of every function and operator that it is pg_catalog's or ours: the
 * search_path is the caller's, too.
 */
#define PERSON_QUERY_ARGUMENTS 2

typedef struct PersonQuery
{
	const char *text;
	int			count;
	Oid			types[PERSON_QUERY_ARGUMENTS];
	SPIPlanPtr	plan;			/* NULL until it is asked for the first time */
} PersonQuery;

/* Its rows, as many as `limit` unless that is 0, in SPI_tuptable; returns how many. */
extern uint64 person_query_run(PersonQuery *query, Datum *values, long limit);

/* A value of a row of SPI_tuptable; columns count from 1. */
extern NullableDatum person_query_value(uint64 row, int column);

/* Is there a table or view of that name in the schema intent? */
extern bool person_table_exists(const char *name);

/*
 * Everything below runs between these two.  What is allocated there is gone
 * after the second.  `fresh` is for volatile functions: what this statement
 * and others have written up to now is seen, else what its snapshot sees.
 */
extern void person_begin(bool fresh);
extern void person_end(bool fresh);

typedef struct PersonJourney
{
	struct varlena *journey;	/* NULL if there are no events */
	NullableDatum tenant;		/* of the person; NULL if nobody knows it */
} PersonJourney;

/* The journey of a person as it is now; NULL is nobody. */
extern PersonJourney person_journey(NullableDatum person);

#endif							/* INTENT_PERSON_PG_H */
