/*
 * query_pg.h
 *		Running a SELECT of the caller's, each row handed over where it is.
 *
 * For functions that read a whole query: no cursor, which would make a tuple
 * of every row only to free it again, and no text put together, which is how
 * injection gets in.  The executor checks rights and row policies as for any
 * statement of the caller's.
 */
#ifndef INTENT_QUERY_PG_H
#define INTENT_QUERY_PG_H

#include "executor/tuptable.h"
#include "nodes/parsenodes.h"
#include "tcop/dest.h"

/* The parse tree of a text that must be one SELECT; `function` names it in errors. */
extern SelectStmt *query_parse(const char *query, const char *function);

/* The parse tree of one expression; `argument` names it in errors. */
extern Node *query_parse_expression(const char *expression, const char *argument);

/*
 * In all of these, `source` is the text that positions in errors are of; it is
 * also what pg_stat_statements and auto_explain show.
 */

/* The names of its columns, as a list of String. */
extern List *query_columns(const SelectStmt *select, const char *source, const char *function);

/* Sees the columns before the first row; each row is in a slot of the executor. */
typedef void (*QueryStart) (DestReceiver *receiver, int operation, TupleDesc description);
typedef bool (*QueryReceive) (TupleTableSlot *slot, DestReceiver *receiver);

/* A receiver is the first member of what the two functions work on. */
extern void query_receiver_init(DestReceiver *receiver, QueryStart start, QueryReceive receive);

/*
 * Plans and runs it in the snapshot of the calling statement.  Nothing that
 * modifies data or locks rows is run.
 */
extern void query_run(const SelectStmt *select, const char *source, const char *function,
					  DestReceiver *receiver);

#endif							/* INTENT_QUERY_PG_H */
