/*
 * query_pg.c
 *		Running a SELECT of the caller's, each row handed over where it is.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/analyze.h"
#include "parser/parser.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/snapmgr.h"

#include "base/query_pg.h"
#include "base/query_scan_pg.h"

/* Positions are of the text given, not of the statement the user typed. */
static void
point_into_source(void *arg)
{
	const char *source = arg;
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(source);
	}
}

static List *
parse_text(const char *text, RawParseMode mode)
{
	ErrorContextCallback callback = {error_context_stack, point_into_source, (void *) text};
	List	   *statements;

	error_context_stack = &callback;
	statements = raw_parser(text, mode);
	error_context_stack = callback.previous;
	return statements;
}

static void
refuse_command(Node *statement, const char *function)
{
	CommandTag	tag = IsA(statement, SelectStmt) ? CMDTAG_SELECT_INTO : CreateCommandTag(statement);

	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s cannot run %s", function, GetCommandTagName(tag)),
			 errhint("Give one SELECT.")));
}

SelectStmt *
query_parse(const char *query, const char *function)
{
	List	   *statements = parse_text(query, RAW_PARSE_DEFAULT);
	Node	   *statement;

	if (list_length(statements) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("%s takes one query, not %d statements", function, list_length(statements)),
				 errhint("Give one SELECT.")));
	statement = linitial_node(RawStmt, statements)->stmt;
	if (!IsA(statement, SelectStmt) || castNode(SelectStmt, statement)->intoClause)
		refuse_command(statement, function);
	return (SelectStmt *) statement;
}

/* An expression is a SELECT of one thing, which has nothing else. */
Node *
query_parse_expression(const char *expression, const char *argument)
{
	List	   *statements = parse_text(expression, RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *select = linitial_node(RawStmt, statements)->stmt ?
		castNode(SelectStmt, linitial_node(RawStmt, statements)->stmt) : NULL;
	SelectStmt	bare = {.type = T_SelectStmt};

	if (select)
	{
		bare.targetList = select->targetList;
		bare.limitOption = select->limitOption;
	}
	if (select == NULL || list_length(select->targetList) != 1 ||
		linitial_node(ResTarget, select->targetList)->name != NULL || !equal(select, &bare))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("%s must be one expression, not \"%s\"", argument, expression),
				 errhint("Write what would stand behind WHERE, for example channel = 'web' AND value > 0.")));
	return linitial_node(ResTarget, select->targetList)->val;
}

/* ----- running ----- */

/*
 * The query as it is analysed and, through rules, views and row policies,
 * rewritten.  What parsing could not tell is found here: SELECT ... INTO in a
 * branch of a UNION, and data modified in WITH.
 */
static Query *
analyse(const SelectStmt *select, const char *source, const char *function)
{
	RawStmt    *raw = makeNode(RawStmt);
	Query	   *query;
	List	   *queries;

	/* analysis scribbles on the tree */
	raw->stmt = copyObject((Node *) select);
	query = parse_analyze_fixedparams(raw, source, NULL, 0, NULL);
	if (query->commandType != CMD_SELECT)
		refuse_command((Node *) query, function);
	if (query->hasModifyingCTE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s cannot run a query that modifies data", function),
				 errhint("Modify data in a statement of its own, then give a SELECT that only reads.")));
	queries = pg_rewrite_query(query);
	if (list_length(queries) != 1 || linitial_node(Query, queries)->commandType != CMD_SELECT)
		elog(ERROR, "unexpected result of rewriting a SELECT");
	return linitial_node(Query, queries);
}

List *
query_columns(const SelectStmt *select, const char *source, const char *function)
{
	ErrorContextCallback callback = {error_context_stack, point_into_source, (void *) source};
	Query	   *query;
	List	   *names = NIL;
	ListCell   *cell;

	error_context_stack = &callback;
	query = analyse(select, source, function);
	error_context_stack = callback.previous;
	foreach(cell, query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);

		if (!entry->resjunk)
			names = lappend(names, makeString(pstrdup(entry->resname ? entry->resname : "")));
	}
	return names;
}

static void
receiver_end(DestReceiver *self)
{
}

void
query_receiver_init(DestReceiver *receiver, QueryStart start, QueryReceive receive)
{
	receiver->rStartup = start;
	receiver->receiveSlot = receive;
	receiver->rShutdown = receiver_end;
	receiver->rDestroy = receiver_end;
	receiver->mydest = DestTuplestore;
}

void
query_run(const SelectStmt *select, const char *source, const char *function, DestReceiver *receiver)
{
	ErrorContextCallback callback = {error_context_stack, point_into_source, (void *) source};
	PlannedStmt *plan;
	QueryDesc  *description;

	error_context_stack = &callback;
	plan = pg_plan_query(analyse(select, source, function), source, CURSOR_OPT_PARALLEL_OK, NULL);
	/* rows of a subquery may be locked, too */
	if (plan->rowMarks != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s cannot run a query that locks rows", function),
				 errhint("Leave out FOR UPDATE or FOR SHARE.")));
	description = CreateQueryDesc(plan, source, GetActiveSnapshot(), InvalidSnapshot,
								  receiver, NULL, NULL, 0);
	ExecutorStart(description, 0);
	query_scan_shorten(description, receiver);
	compat_executor_run(description);
	ExecutorFinish(description);
	ExecutorEnd(description);
	FreeQueryDesc(description);
	error_context_stack = callback.previous;
}
