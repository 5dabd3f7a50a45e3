/*
 * source_pg.c
 *		What a source says of its relation: expressions that are parsed, and
 *		how long ago a row may have been written that nobody sees yet.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "access/relation.h"
#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "base/query_pg.h"

typedef struct ColumnReceiver
{
	DestReceiver receiver;
	Oid			type;
} ColumnReceiver;

static void
note_type(DestReceiver *self, int operation, TupleDesc description)
{
	((ColumnReceiver *) self)->type = TupleDescAttr(description, 0)->atttypid;
}

static bool
no_row(TupleTableSlot *slot, DestReceiver *self)
{
	return true;
}

/* SELECT expression FROM relation WHERE expression IS NULL AND false */
static SelectStmt *
select_expression(Node *expression, Relation relation)
{
	SelectStmt *select = makeNode(SelectStmt);
	ResTarget  *target = makeNode(ResTarget);
	NullTest   *test = makeNode(NullTest);
	A_Const    *no_rows = makeNode(A_Const);

	target->val = expression;
	target->location = -1;
	/* where aggregates, window functions and sets are refused by the parser */
	test->arg = (Expr *) copyObject(expression);
	test->nulltesttype = IS_NULL;
	test->location = -1;
	no_rows->val.ival.type = T_Integer;
	no_rows->val.ival.ival = 0;
	no_rows->location = -1;
	select->targetList = list_make1(target);
	select->fromClause = list_make1(makeRangeVar(get_namespace_name(RelationGetNamespace(relation)),
												 pstrdup(RelationGetRelationName(relation)), -1));
	select->whereClause = (Node *) test;
	select->limitCount = (Node *) no_rows;
	select->limitOption = LIMIT_OPTION_COUNT;
	return select;
}

PG_FUNCTION_INFO_V1(intent_source_column);
Datum
intent_source_column(PG_FUNCTION_ARGS)
{
	char	   *expression = text_to_cstring(PG_GETARG_TEXT_PP(1));
	char	   *argument = text_to_cstring(PG_GETARG_TEXT_PP(2));
	Relation	relation = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	ColumnReceiver receiver;
	SelectStmt *select;
	RawStmt    *raw = makeNode(RawStmt);

	if (relation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", PG_GETARG_OID(0)),
				 errhint("Name the table with its schema, as in 'shop.orders'.")));
	select = select_expression(query_parse_expression(expression, argument), relation);
	relation_close(relation, NoLock);
	query_receiver_init(&receiver.receiver, note_type, no_row);
	receiver.type = InvalidOid;
	query_run(select, expression, argument, &receiver.receiver);

	raw->stmt = (Node *) select;
	if (contain_volatile_functions((Node *) parse_analyze_fixedparams(raw, expression, NULL, 0, NULL)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s must give the same for the same row, not \"%s\"", argument, expression),
				 errhint("Use functions that are IMMUTABLE or STABLE.")));
	PG_RETURN_OID(receiver.type);
}

/*
 * pg_stat_activity hides the times of others from who has no right to them;
 * the least of them says nothing about anybody.
 */
PG_FUNCTION_INFO_V1(intent_oldest_transaction);
Datum
intent_oldest_transaction(PG_FUNCTION_ARGS)
{
	TimestampTz oldest = GetCurrentTransactionStartTimestamp();
	int			count = pgstat_fetch_stat_numbackends();

	for (int i = 1; i <= count; i++)
	{
		LocalPgBackendStatus *local = compat_local_backend(i);
		TimestampTz start = local ? local->backendStatus.st_xact_start_timestamp : 0;

		if (start != 0 && local->backendStatus.st_databaseid == MyDatabaseId)
			oldest = Min(oldest, start);
	}
	PG_RETURN_TIMESTAMPTZ(oldest);
}
