/*
 * components_query_pg.c
 *		components(query): connected components of the pairs a query gives.
 *
 * Each row is taken out of the executor's slot (base/query_pg.h), and none is
 * copied.
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
#include "identity/component_blocked_pg.h"

typedef struct PairReceiver
{
	DestReceiver receiver;
	const char *function;		/* as the caller knows it */
	Oid			type;			/* of both columns */
	MemoryContext memory;		/* of the components */
	MemoryContext row;			/* of one row's detoasted texts */
	BigintComponents *bigints;	/* one of both */
	TextComponents *texts;
} PairReceiver;

/* ----- rows ----- */

static bool
receive_bigints(TupleTableSlot *slot, DestReceiver *self)
{
	PairReceiver *pairs = (PairReceiver *) self;
	MemoryContext before;
	int64		a;
	int64		b;

	slot_getsomeattrs(slot, 2);
	if (slot->tts_isnull[0] && slot->tts_isnull[1])
		return true;
	/* a node beside NULL is one beside itself */
	a = DatumGetInt64(slot->tts_values[slot->tts_isnull[0] ? 1 : 0]);
	b = DatumGetInt64(slot->tts_values[slot->tts_isnull[1] ? 0 : 1]);
	before = MemoryContextSwitchTo(pairs->memory);
	bigint_components_add(pairs->bigints, a, b);
	MemoryContextSwitchTo(before);
	return true;
}

/* The text of a column in place; false if it must be fetched or decompressed first. */
static inline bool
text_in_place(TupleTableSlot *slot, int column, const char **text, size_t *size)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(slot->tts_values[column]);

	*text = NULL;
	*size = 0;
	if (slot->tts_isnull[column])
		return true;
	if (VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value))
		return false;
	*text = VARDATA_ANY(value);
	*size = VARSIZE_ANY_EXHDR(value);
	return true;
}

static void
fetch_text(TupleTableSlot *slot, int column, const char **text, size_t *size)
{
	struct varlena *value;

	if (text_in_place(slot, column, text, size))
		return;
	value = PG_DETOAST_DATUM_PACKED(slot->tts_values[column]);
	*text = VARDATA_ANY(value);
	*size = VARSIZE_ANY_EXHDR(value);
}

static bool
receive_texts(TupleTableSlot *slot, DestReceiver *self)
{
	PairReceiver *pairs = (PairReceiver *) self;
	MemoryContext before = CurrentMemoryContext;
	const char *text[2];
	size_t		size[2];
	bool		fetched = false;

	slot_getsomeattrs(slot, 2);
	if (unlikely(!text_in_place(slot, 0, &text[0], &size[0]) ||
				 !text_in_place(slot, 1, &text[1], &size[1])))
	{
		MemoryContextSwitchTo(pairs->row);
		fetch_text(slot, 0, &text[0], &size[0]);
		fetch_text(slot, 1, &text[1], &size[1]);
		fetched = true;
	}
	MemoryContextSwitchTo(pairs->memory);
	text_components_add(pairs->texts, text[0], size[0], text[1], size[1]);
	MemoryContextSwitchTo(before);
	if (fetched)
		MemoryContextReset(pairs->row);
	return true;
}

static void
check_column(TupleDesc description, int column, Oid wanted)
{
	Form_pg_attribute attribute = TupleDescAttr(description, column);

	if (IsBinaryCoercible(attribute->atttypid, wanted))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of the query has type %s, not %s",
					NameStr(attribute->attname), format_type_be(attribute->atttypid),
					format_type_be(wanted)),
			 wanted == INT8OID ?
			 errhint("Cast both columns, as in SELECT a::bigint, b::bigint, or use components.") :
			 attribute->atttypid == INT8OID ?
			 errhint("Use components_bigint, or cast both columns, as in SELECT a::text, b::text.") :
			 errhint("Cast both columns, as in SELECT a::text, b::text.")));
}

/* Looks at the very columns that the rows to come have. */
static void
check_columns(DestReceiver *self, int operation, TupleDesc description)
{
	PairReceiver *pairs = (PairReceiver *) self;

	if (description->natts != 2)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg_plural("the query of %s has %d column, not 2",
							   "the query of %s has %d columns, not 2",
							   description->natts, pairs->function, description->natts),
				 errhint("Select the two nodes of each pair and nothing else.")));
	check_column(description, 0, pairs->type);
	check_column(description, 1, pairs->type);
}

static char *
query_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("query must not be null"),
				 errhint("Give one SELECT with two columns, as text.")));
	return text_to_cstring(PG_GETARG_TEXT_PP(0));
}

/* ----- the functions ----- */

PG_FUNCTION_INFO_V1(intent_components_bigint);
Datum
intent_components_bigint(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *query = query_argument(fcinfo);
	PairReceiver pairs = {
		.function = "components_bigint",
		.type = INT8OID,
	};
	MemoryContext before;
	BigintComponents *components;

	InitMaterializedSRF(fcinfo, 0);
	pairs.memory = AllocSetContextCreate(CurrentMemoryContext, "intent components",
										 ALLOCSET_DEFAULT_SIZES);
	before = MemoryContextSwitchTo(pairs.memory);
	components = pairs.bigints = palloc(sizeof(BigintComponents));
	query_receiver_init(&pairs.receiver, check_columns, receive_bigints);
	bigint_components_init(components);
	if (!PG_ARGISNULL(1))
		block_bigints(components, PG_GETARG_ARRAYTYPE_P(1));
	query_run(query_parse(query, pairs.function), query, pairs.function, &pairs.receiver);
	bigint_components_finish(components);

	for (uint32 node = components->blocked; node < components->forest.count; node++)
	{
		Datum		values[2];
		bool		nulls[2] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int64GetDatum(components->nodes[node]);
		values[1] = Int64GetDatum(bigint_component(components, node));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	MemoryContextSwitchTo(before);
	MemoryContextDelete(pairs.memory);
	return (Datum) 0;
}

/* Number `node` as a text in a buffer that is used again. */
static Datum
node_datum(const TextComponents *components, uint32 node, ByteBuffer *buffer)
{
	size_t		size;
	const char *text = text_node(components, node, &size);

	buffer->size = 0;
	buffer_reserve(buffer, VARHDRSZ + size);
	SET_VARSIZE(buffer->data, VARHDRSZ + size);
	memcpy(VARDATA(buffer->data), text, size);
	return PointerGetDatum(buffer->data);
}

PG_FUNCTION_INFO_V1(intent_components);
Datum
intent_components(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *query = query_argument(fcinfo);
	PairReceiver pairs = {
		.function = "components",
		.type = TEXTOID,
	};
	MemoryContext before;
	TextComponents components;
	ByteBuffer	buffer[2];

	InitMaterializedSRF(fcinfo, 0);
	pairs.memory = AllocSetContextCreate(CurrentMemoryContext, "intent components",
										 ALLOCSET_DEFAULT_SIZES);
	pairs.row = AllocSetContextCreate(CurrentMemoryContext, "intent components row",
									  ALLOCSET_DEFAULT_SIZES);
	before = MemoryContextSwitchTo(pairs.memory);
	pairs.texts = &components;
	query_receiver_init(&pairs.receiver, check_columns, receive_texts);
	text_components_init(&components);
	if (!PG_ARGISNULL(1))
		block_texts(&components, PG_GETARG_ARRAYTYPE_P(1));
	query_run(query_parse(query, pairs.function), query, pairs.function, &pairs.receiver);
	text_components_finish(&components);

	buffer_init(&buffer[0], 256);
	buffer_init(&buffer[1], 256);
	for (uint32 node = components.blocked; node < components.forest.count; node++)
	{
		Datum		values[2];
		bool		nulls[2] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = node_datum(&components, node, &buffer[0]);
		values[1] = node_datum(&components, text_component(&components, node), &buffer[1]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	MemoryContextSwitchTo(before);
	MemoryContextDelete(pairs.row);
	MemoryContextDelete(pairs.memory);
	return (Datum) 0;
}
