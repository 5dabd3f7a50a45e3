/*
 * next_node_pg.c
 *		sequence_next_node: the node that follows a chain, or comes before it.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "journey/journey_pg.h"
#include "sequence/clickhouse_pg.h"
#include "sequence/next_node.h"

typedef struct NextNodeState
{
	NodeDirection direction;
	NodeBase	base;
	int			conditions;
	size_t		count;
	ByteBuffer	rows;			/* packed, in the order they came */
} NextNodeState;

static NextNodeState *
new_state(MemoryContext context)
{
	MemoryContext before = MemoryContextSwitchTo(context);
	NextNodeState *state = palloc0(sizeof(NextNodeState));

	buffer_init(&state->rows, 64);
	MemoryContextSwitchTo(before);
	return state;
}

static void
refuse_unlike(const NextNodeState *state, NodeDirection direction, NodeBase base, int conditions)
{
	if (state->direction != direction)
		clickhouse_refuse_change("direction");
	if (state->base != base)
		clickhouse_refuse_change("base");
	if (state->conditions != conditions)
		clickhouse_refuse_change("the number of conditions");
}

static Datum
add_row(FunctionCallInfo fcinfo)
{
	MemoryContext context = clickhouse_aggregate_context(fcinfo);
	NextNodeState *state = PG_ARGISNULL(0) ? NULL : (NextNodeState *) PG_GETARG_POINTER(0);
	NodeDirection direction;
	NodeBase	base;
	Conditions	conditions;
	text	   *node;
	NodeRow		row;
	MemoryContext before;

	clickhouse_not_null(fcinfo, 1, "direction");
	clickhouse_not_null(fcinfo, 2, "base");
	next_node_parameters(VARDATA_ANY(PG_GETARG_TEXT_PP(1)), VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(1)),
						 VARDATA_ANY(PG_GETARG_TEXT_PP(2)), VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(2)),
						 &direction, &base);
	conditions = clickhouse_conditions(fcinfo, 6, clickhouse_form(fcinfo));
	if (conditions.count == 0 && (base == NODE_FIRST_MATCH || base == NODE_LAST_MATCH))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("base first_match or last_match needs a condition"),
				 errhint("Write the condition of the first node of the chain as the last argument.")));
	if (state != NULL)
		refuse_unlike(state, direction, base, conditions.count);
	/* a row without a time or a node is none */
	if (PG_ARGISNULL(3) || PG_ARGISNULL(4))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (state == NULL)
	{
		state = new_state(context);
		state->direction = direction;
		state->base = base;
		state->conditions = conditions.count;
	}
	node = PG_GETARG_TEXT_PP(4);
	row.at = PG_GETARG_INT64(3);
	row.mask = conditions.met;
	row.node = VARDATA_ANY(node);
	row.size = VARSIZE_ANY_EXHDR(node);
	row.base = !PG_ARGISNULL(5) && PG_GETARG_BOOL(5);
	before = MemoryContextSwitchTo(context);
	node_row_pack(&state->rows, &row);
	MemoryContextSwitchTo(before);
	state->count++;
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(intent_next_node_add);
Datum
intent_next_node_add(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo);
}

PG_FUNCTION_INFO_V1(intent_next_node_add_time);
Datum
intent_next_node_add_time(PG_FUNCTION_ARGS)
{
	if (!PG_ARGISNULL(3))
		intent_finite_time(PG_GETARG_TIMESTAMPTZ(3), "occurred_at");
	return add_row(fcinfo);
}

static int
compare(const void *a, const void *b)
{
	return next_node_compare(a, b);
}

PG_FUNCTION_INFO_V1(intent_next_node_final);
Datum
intent_next_node_final(PG_FUNCTION_ARGS)
{
	NextNodeState *state = PG_ARGISNULL(0) ? NULL : (NextNodeState *) PG_GETARG_POINTER(0);
	NodeRow    *rows;
	const NodeRow *found;
	ByteReader	reader;

	clickhouse_aggregate_context(fcinfo);
	if (state == NULL)
		PG_RETURN_NULL();
	rows = host_alloc_array(state->count + 1, sizeof(NodeRow));
	reader = reader_over(state->rows.data, state->rows.size);
	for (size_t i = 0; i < state->count; i++)
	{
		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		node_row_unpack(&reader, &rows[i]);
	}
	Assert(!reader.bad);
	host_sort(rows, state->count, sizeof(NodeRow), compare);
	found = next_node(rows, state->count, state->direction, state->base, (unsigned) state->conditions);
	if (found == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(found->node, (int) found->size));
}

PG_FUNCTION_INFO_V1(intent_next_node_combine);
Datum
intent_next_node_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = clickhouse_aggregate_context(fcinfo);
	NextNodeState *state = PG_ARGISNULL(0) ? NULL : (NextNodeState *) PG_GETARG_POINTER(0);
	NextNodeState *other = PG_ARGISNULL(1) ? NULL : (NextNodeState *) PG_GETARG_POINTER(1);
	MemoryContext before;

	if (other == NULL)
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (state == NULL)
	{
		state = new_state(context);
		state->direction = other->direction;
		state->base = other->base;
		state->conditions = other->conditions;
	}
	refuse_unlike(state, other->direction, other->base, other->conditions);
	before = MemoryContextSwitchTo(context);
	buffer_bytes(&state->rows, other->rows.data, other->rows.size);
	MemoryContextSwitchTo(before);
	state->count += other->count;
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(intent_next_node_serialize);
Datum
intent_next_node_serialize(PG_FUNCTION_ARGS)
{
	NextNodeState *state = (NextNodeState *) PG_GETARG_POINTER(0);
	ByteBuffer	out;

	clickhouse_aggregate_context(fcinfo);
	journey_buffer_init(&out, state->rows.size + 32);
	buffer_byte(&out, (uint8) state->direction);
	buffer_byte(&out, (uint8) state->base);
	buffer_byte(&out, (uint8) state->conditions);
	buffer_varint(&out, state->count);
	buffer_bytes(&out, state->rows.data, state->rows.size);
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

PG_FUNCTION_INFO_V1(intent_next_node_deserialize);
Datum
intent_next_node_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	ByteReader	reader = reader_over(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	NextNodeState *state = new_state(CurrentMemoryContext);
	bool		good;

	clickhouse_aggregate_context(fcinfo);
	state->direction = (NodeDirection) reader_byte(&reader);
	state->base = (NodeBase) reader_byte(&reader);
	state->conditions = reader_byte(&reader);
	state->count = reader_varint(&reader);
	good = !reader.bad && state->direction <= NODE_BACKWARD && state->base <= NODE_LAST_MATCH &&
		state->conditions <= CONDITIONS_MAX;
	if (good)
	{
		buffer_bytes(&state->rows, reader.at, reader_left(&reader));
		for (size_t i = 0; good && i < state->count; i++)
		{
			NodeRow		row;

			if (i % 65536 == 0)
				CHECK_FOR_INTERRUPTS();
			good = node_row_unpack(&reader, &row);
		}
	}
	if (!good || reader_left(&reader) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid state of sequence_next_node")));
	PG_RETURN_POINTER(state);
}
