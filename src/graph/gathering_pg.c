/*
 * gathering_pg.c
 *		graph_gather(graph, query): what the observations of a query say.
 *
 * The query's rows are read where the executor has them and each different
 * identifier is kept once; so the graph is asked once for each, in parts that
 * go through graph_take_in, with the rights of the caller.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parser.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "base/query_pg.h"
#include "graph/gathering.h"

/* Values that go to graph_take_in at a time. */
#define VALUES_A_PART 100000

typedef struct ObservationReceiver
{
	DestReceiver receiver;
	MemoryContext memory;		/* of the gathering */
	MemoryContext row;			/* of one row's detoasted and converted values */
	Gathering	gathering;
} ObservationReceiver;

/* ----- the kinds of the graph ----- */

static const GatheredKind *
read_kinds(int64 graph, uint32 *count, MemoryContext memory)
{
	Oid			type = INT8OID;
	Datum		value = Int64GetDatum(graph);
	GatheredKind *kinds;

	if (SPI_execute_with_args("SELECT kind, priority, shared FROM intent.graph_kind WHERE graph = $1 "
							  "ORDER BY priority, kind COLLATE \"C\"",
							  1, &type, &value, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the kinds of a graph");
	*count = (uint32) SPI_processed;
	kinds = MemoryContextAlloc(memory, sizeof(GatheredKind) * (SPI_processed + 1));
	for (uint32 i = 0; i < *count; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		TupleDesc	description = SPI_tuptable->tupdesc;
		bool		isnull;
		char	   *name = MemoryContextStrdup(memory, SPI_getvalue(tuple, description, 1));

		kinds[i].name = name;
		kinds[i].name_size = strlen(name);
		kinds[i].priority = DatumGetInt32(SPI_getbinval(tuple, description, 2, &isnull));
		kinds[i].shared = DatumGetBool(SPI_getbinval(tuple, description, 3, &isnull));
	}
	SPI_freetuptable(SPI_tuptable);
	return kinds;
}

static void
refuse_kind(const Gathering *gathering, const JsonbValue *name)
{
	StringInfoData names;

	initStringInfo(&names);
	for (uint32 i = 0; i < gathering->kind_count; i++)
		appendStringInfo(&names, "%s%s", i == 0 ? "" : ", ", gathering->kinds[i].name);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the graph has no kind of identifiers \"%.*s\"",
					name->val.string.len, name->val.string.val),
			 errhint("Its kinds are %s; others are named in the rules when the graph is made.", names.data)));
}

/* ----- rows ----- */

/* A value as jsonb_each_text has it; false if it is NULL or empty. */
static bool
identifier_text(JsonbValue *value, const char **text, size_t *size)
{
	switch (value->type)
	{
		case jbvString:
			*text = value->val.string.val;
			*size = (size_t) value->val.string.len;
			return *size > 0;
		case jbvNull:
			return false;
		case jbvBool:
			*text = value->val.boolean ? "true" : "false";
			break;
		case jbvNumeric:
			*text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
			break;
		default:
			*text = JsonbToCString(NULL, value->val.binary.data, value->val.binary.len);
			break;
	}
	*size = strlen(*text);
	return true;
}

static void
refuse_time(bool missing, TimestampTz at)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("occurred_at must be a time, not %s",
					missing ? "NULL" : TIMESTAMP_IS_NOBEGIN(at) ? "-infinity" : "infinity"),
			 errhint("Without a time nothing can be attributed to shared cookies and devices; "
					 "leave such rows out with a WHERE.")));
}

static void
refuse_json(Jsonb *identifiers)
{
	JsonbValue	scalar;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("identifiers are a JSON object, not %s",
					JsonbExtractScalar(&identifiers->root, &scalar) ? JsonbTypeName(&scalar) : "array"),
			 errhint("Write {\"cookie\": \"c17\", \"email\": \"anna@example.com\"}.")));
}

static void
receive_identifiers(ObservationReceiver *self, Jsonb *identifiers)
{
	Gathering  *gathering = &self->gathering;
	JsonbIterator *iterator = JsonbIteratorInit(&identifiers->root);
	JsonbIteratorToken token;
	JsonbValue	key;
	JsonbValue	value;

	/* the object itself, then keys and what they have, nested ones as a whole */
	JsonbIteratorNext(&iterator, &value, true);
	while ((token = JsonbIteratorNext(&iterator, &key, true)) == WJB_KEY)
	{
		const char *text;
		size_t		size;
		uint32		kind;

		JsonbIteratorNext(&iterator, &value, true);
		if (!identifier_text(&value, &text, &size))
			continue;
		kind = gathering_kind(gathering, key.val.string.val, (size_t) key.val.string.len);
		if (kind == gathering->kind_count)
			refuse_kind(gathering, &key);
		MemoryContextSwitchTo(self->memory);
		gathering_add(gathering, kind, text, size);
		MemoryContextSwitchTo(self->row);
	}
}

static bool
receive_observation(TupleTableSlot *slot, DestReceiver *receiver)
{
	ObservationReceiver *self = (ObservationReceiver *) receiver;
	MemoryContext before;
	Jsonb	   *identifiers;
	TimestampTz at;

	slot_getallattrs(slot);
	if (slot->tts_isnull[1])
		return true;
	before = MemoryContextSwitchTo(self->row);
	identifiers = DatumGetJsonbP(slot->tts_values[1]);
	if (!JB_ROOT_IS_OBJECT(identifiers))
		refuse_json(identifiers);
	if (JB_ROOT_COUNT(identifiers) > 0)
	{
		at = slot->tts_isnull[0] ? 0 : DatumGetTimestampTz(slot->tts_values[0]);
		if (slot->tts_isnull[0] || TIMESTAMP_NOT_FINITE(at))
			refuse_time(slot->tts_isnull[0], at);
		MemoryContextSwitchTo(self->memory);
		gathering_observe(&self->gathering, at);
		MemoryContextSwitchTo(self->row);
		receive_identifiers(self, identifiers);
	}
	MemoryContextSwitchTo(before);
	MemoryContextReset(self->row);
	return true;
}

static void
no_columns_to_check(DestReceiver *self, int operation, TupleDesc description)
{
}

/* o.column::type */
static ResTarget *
cast_column(char *column, char *type)
{
	ColumnRef  *reference = makeNode(ColumnRef);
	TypeCast   *cast = makeNode(TypeCast);
	ResTarget  *target = makeNode(ResTarget);

	reference->fields = list_make2(makeString("o"), makeString(column));
	reference->location = -1;
	cast->arg = (Node *) reference;
	cast->typeName = SystemTypeName(type);
	cast->location = -1;
	target->val = (Node *) cast;
	target->location = -1;
	return target;
}

/* SELECT o.occurred_at::timestamptz, o.identifiers::jsonb FROM (query) o */
static SelectStmt *
observations_of(const char *query)
{
	RangeSubselect *from = makeNode(RangeSubselect);
	SelectStmt *select = makeNode(SelectStmt);

	from->subquery = (Node *) query_parse(query, "ingest");
	from->alias = makeAlias("o", NIL);
	select->targetList = list_make2(cast_column("occurred_at", "timestamptz"),
									cast_column("identifiers", "jsonb"));
	select->fromClause = list_make1(from);
	return select;
}

/* ----- identifiers of the graph ----- */

/* Gives some values to the graph, and notes the number it has for each. */
static void
take_in_part(Gathering *gathering, int64 graph, Datum kind_names, const uint32 *numbers, int count)
{
	static const char command[] =
		"SELECT n, id, nobody FROM intent.graph_take_in($1, $2, $3, $4, $5)";
	Oid			types[5] = {INT8OID, TEXTARRAYOID, INT4ARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID};
	Datum		arguments[5];
	Datum	   *kinds = palloc(sizeof(Datum) * count);
	Datum	   *texts = palloc(sizeof(Datum) * count);
	Datum	   *times = palloc(sizeof(Datum) * count);

	for (int i = 0; i < count; i++)
	{
		const GatheredValue *value = &gathering->values[numbers[i]];

		kinds[i] = Int32GetDatum((int32) value->kind + 1);
		texts[i] = PointerGetDatum(cstring_to_text_with_len(gathered_text(gathering, value), (int) value->size));
		times[i] = TimestampTzGetDatum(value->first_seen);
	}
	arguments[0] = Int64GetDatum(graph);
	arguments[1] = kind_names;
	arguments[2] = PointerGetDatum(construct_array(kinds, count, INT4OID, 4, true, TYPALIGN_INT));
	arguments[3] = PointerGetDatum(construct_array(texts, count, TEXTOID, -1, false, TYPALIGN_INT));
	arguments[4] = PointerGetDatum(construct_array(times, count, TIMESTAMPTZOID, 8, true, TYPALIGN_DOUBLE));
	if (SPI_execute_with_args(command, 5, types, arguments, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not take identifiers in");
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[row];
		TupleDesc	description = SPI_tuptable->tupdesc;
		bool		isnull;
		int32		n = DatumGetInt32(SPI_getbinval(tuple, description, 1, &isnull));
		GatheredValue *value = &gathering->values[numbers[n - 1]];

		value->id = DatumGetInt64(SPI_getbinval(tuple, description, 2, &isnull));
		value->nobody = DatumGetBool(SPI_getbinval(tuple, description, 3, &isnull));
	}
	SPI_freetuptable(SPI_tuptable);
}

static void
take_in(Gathering *gathering, int64 graph)
{
	const uint32 *numbers = gathering_by_age(gathering);
	Datum	   *names = palloc(sizeof(Datum) * (gathering->kind_count + 1));
	Datum		kind_names;
	MemoryContext part = AllocSetContextCreate(CurrentMemoryContext, "intent identifiers",
											   ALLOCSET_DEFAULT_SIZES);

	for (uint32 i = 0; i < gathering->kind_count; i++)
		names[i] = CStringGetTextDatum(gathering->kinds[i].name);
	kind_names = PointerGetDatum(construct_array(names, (int) gathering->kind_count, TEXTOID, -1, false, TYPALIGN_INT));
	for (uint32 first = 0; first < gathering->value_count; first += VALUES_A_PART)
	{
		MemoryContext before = MemoryContextSwitchTo(part);

		take_in_part(gathering, graph, kind_names, numbers + first,
					 (int) Min(VALUES_A_PART, gathering->value_count - first));
		MemoryContextSwitchTo(before);
		MemoryContextReset(part);
	}
	MemoryContextDelete(part);
}

/* ----- the function ----- */

static void
put_row(ReturnSetInfo *result, Datum what, int64 a, int64 b, TimestampTz at, int64 count)
{
	Datum		values[5] = {what, Int64GetDatum(a), Int64GetDatum(b), TimestampTzGetDatum(at), Int64GetDatum(count)};
	bool		nulls[5] = {false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(intent_graph_gather);
Datum
intent_graph_gather(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int64		graph;
	char	   *query;
	ObservationReceiver receiver = {.memory = NULL};
	Gathering  *gathering = &receiver.gathering;
	MemoryContext before;
	const GatheredKind *kinds;
	uint32		kind_count;
	GatheredPair *pairs;
	GatheredSighting *sightings;
	size_t		count;
	Datum		what;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("graph and query must not be null"),
				 errhint("Give one SELECT of occurred_at and identifiers, as text.")));
	graph = PG_GETARG_INT64(0);
	query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	InitMaterializedSRF(fcinfo, 0);

	receiver.memory = AllocSetContextCreate(CurrentMemoryContext, "intent gathering",
											ALLOCSET_DEFAULT_SIZES);
	receiver.row = AllocSetContextCreate(receiver.memory, "intent gathering row",
										 ALLOCSET_DEFAULT_SIZES);
	before = MemoryContextSwitchTo(receiver.memory);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	kinds = read_kinds(graph, &kind_count, receiver.memory);
	MemoryContextSwitchTo(receiver.memory);

	query_receiver_init(&receiver.receiver, no_columns_to_check, receive_observation);
	gathering_init(gathering, kinds, kind_count);
	query_run(observations_of(query), query, "ingest", &receiver.receiver);
	take_in(gathering, graph);
	SPI_finish();
	MemoryContextSwitchTo(receiver.memory);

	what = CStringGetTextDatum("pair");
	count = gathering_pairs(gathering, &pairs);
	for (size_t i = 0; i < count; i++)
		put_row(result, what, pairs[i].a, pairs[i].b, pairs[i].at, pairs[i].count);
	what = CStringGetTextDatum("sighting");
	count = gathering_sightings(gathering, &sightings);
	for (size_t i = 0; i < count; i++)
		put_row(result, what, sightings[i].carrier, sightings[i].identifier, sightings[i].at, 1);
	what = CStringGetTextDatum("carried");
	count = gathering_carried(sightings, count);
	for (size_t i = 0; i < count; i++)
		put_row(result, what, sightings[i].carrier, sightings[i].identifier, sightings[i].at, 1);
	what = CStringGetTextDatum("observations");
	put_row(result, what, 0, 0, 0, (int64) gathering_observations(gathering));

	MemoryContextSwitchTo(before);
	MemoryContextDelete(receiver.memory);
	return (Datum) 0;
}
