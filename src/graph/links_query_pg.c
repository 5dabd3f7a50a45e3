/*
 * links_query_pg.c
 *		graph_path(query, …) and graph_bridges(query, …): questions about the
 *		links that a query gives.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/query_pg.h"
#include "graph/links.h"

typedef struct LinkReceiver
{
	DestReceiver receiver;
	const char *function;		/* as the caller knows it */
	MemoryContext memory;		/* of the links */
	Links		links;
} LinkReceiver;

static void
check_columns(DestReceiver *self, int operation, TupleDesc description)
{
	LinkReceiver *receiver = (LinkReceiver *) self;

	if (description->natts != 3)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg_plural("the query of %s has %d column, not 3",
							   "the query of %s has %d columns, not 3",
							   description->natts, receiver->function, description->natts),
				 errhint("Select the number of each link and its two ends.")));
	for (int column = 0; column < 3; column++)
	{
		Form_pg_attribute attribute = TupleDescAttr(description, column);

		if (!IsBinaryCoercible(attribute->atttypid, INT8OID))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of the query has type %s, not %s",
							NameStr(attribute->attname), format_type_be(attribute->atttypid),
							format_type_be(INT8OID)),
					 errhint("Cast all columns, as in SELECT id::bigint, a::bigint, b::bigint.")));
	}
}

/* What is NULL links nothing. */
static bool
receive_link(TupleTableSlot *slot, DestReceiver *self)
{
	LinkReceiver *receiver = (LinkReceiver *) self;
	MemoryContext before;

	slot_getsomeattrs(slot, 3);
	if (slot->tts_isnull[0] || slot->tts_isnull[1] || slot->tts_isnull[2])
		return true;
	before = MemoryContextSwitchTo(receiver->memory);
	links_add(&receiver->links, DatumGetInt64(slot->tts_values[0]),
			  DatumGetInt64(slot->tts_values[1]), DatumGetInt64(slot->tts_values[2]));
	MemoryContextSwitchTo(before);
	return true;
}

/* Runs the query in argument 0; the current memory context becomes that of the links. */
static MemoryContext
read_links(FunctionCallInfo fcinfo, LinkReceiver *receiver, const char *function)
{
	MemoryContext before;
	char	   *query;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("query must not be null"),
				 errhint("Give one SELECT of link, a and b, as text.")));
	query = text_to_cstring(PG_GETARG_TEXT_PP(0));
	receiver->function = function;
	receiver->memory = AllocSetContextCreate(CurrentMemoryContext, "intent links",
											 ALLOCSET_DEFAULT_SIZES);
	query_receiver_init(&receiver->receiver, check_columns, receive_link);
	before = MemoryContextSwitchTo(receiver->memory);
	links_init(&receiver->links);
	query_run(query_parse(query, function), query, function, &receiver->receiver);
	links_finish(&receiver->links);
	return before;
}

PG_FUNCTION_INFO_V1(intent_graph_path);
Datum
intent_graph_path(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	LinkReceiver receiver;
	const Links *links = &receiver.links;
	MemoryContext before;
	uint32		start;
	uint32		goal;
	uint32	   *path = NULL;
	uint32		steps = NO_LINK;

	InitMaterializedSRF(fcinfo, 0);
	before = read_links(fcinfo, &receiver, "graph_path");
	start = PG_ARGISNULL(1) ? NO_NODE : links_find(links, PG_GETARG_INT64(1));
	goal = PG_ARGISNULL(2) ? NO_NODE : links_find(links, PG_GETARG_INT64(2));
	if (start != NO_NODE && goal != NO_NODE)
		steps = links_path(links, start, goal, &path);
	for (uint32 step = 1; steps != NO_LINK && step <= steps; step++)
	{
		/* the path comes from its end */
		const Link *link = &links->links[path[steps - step]];
		uint32		next = link_other_end(link, start);
		Datum		values[4];
		bool		nulls[4] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int32GetDatum((int32) step);
		values[1] = Int64GetDatum(link->id);
		values[2] = Int64GetDatum(links->nodes[start]);
		values[3] = Int64GetDatum(links->nodes[next]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		start = next;
	}
	MemoryContextSwitchTo(before);
	MemoryContextDelete(receiver.memory);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_graph_bridges);
Datum
intent_graph_bridges(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int32		at_least = PG_ARGISNULL(1) ? 1 : PG_GETARG_INT32(1);
	LinkReceiver receiver;
	MemoryContext before;
	Bridge	   *bridges;
	uint32		count;

	if (at_least < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("at_least must be 1 or more, not %d", at_least),
				 errhint("Say how many nodes the smaller part shall have at least.")));
	InitMaterializedSRF(fcinfo, 0);
	before = read_links(fcinfo, &receiver, "graph_bridges");
	count = links_bridges(&receiver.links, (uint32) at_least, &bridges);
	for (uint32 i = 0; i < count; i++)
	{
		Datum		values[3];
		bool		nulls[3] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int64GetDatum(receiver.links.links[bridges[i].link].id);
		values[1] = Int64GetDatum((int64) bridges[i].smaller);
		values[2] = Int64GetDatum((int64) bridges[i].larger);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	MemoryContextSwitchTo(before);
	MemoryContextDelete(receiver.memory);
	return (Datum) 0;
}
