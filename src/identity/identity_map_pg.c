/*
 * identity_map_pg.c
 *		The type identity_map, and what it can be asked.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "access/detoast.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "identity/identity_map_pg.h"

struct varlena *
identity_map_from_components(TextComponents *components)
{
	ByteBuffer	out;

	buffer_init(&out, 256);
	out.size = VARHDRSZ;
	identity_map_pack(&out, components);
	SET_VARSIZE(out.data, out.size);
	return (struct varlena *) out.data;
}

/* ----- forms ----- */

PG_FUNCTION_INFO_V1(intent_identity_map_in);
Datum
intent_identity_map_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	TextComponents components;

	text_components_init(&components);
	identity_map_from_text(&components, text, strlen(text));
	text_components_settle(&components);
	PG_RETURN_POINTER(identity_map_from_components(&components));
}

PG_FUNCTION_INFO_V1(intent_identity_map_out);
Datum
intent_identity_map_out(PG_FUNCTION_ARGS)
{
	IdentityMap map;
	ByteBuffer	out;

	identity_map_open_varlena(&map, PG_GETARG_IDENTITY_MAP_P(0));
	buffer_init(&out, (size_t) map.bytes + 64);
	identity_map_to_text(&out, &map);
	buffer_byte(&out, '\0');
	PG_RETURN_CSTRING((char *) out.data);
}

/* The packed bytes as they are, every one of them looked at. */
PG_FUNCTION_INFO_V1(intent_identity_map_recv);
Datum
intent_identity_map_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			size = message->len - message->cursor;
	const char *data = pq_getmsgbytes(message, size);
	const char *problem = identity_map_problem(data, size);
	struct varlena *value;
	IdentityMap map;

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary form of identity_map"),
				 errdetail("Of the bytes received, %s.", problem),
				 errhint("Send what identity_map_send gave, or use the text form.")));
	identity_map_open(&map, data, size);
	for (uint32 node = 0; node < map.nodes; node++)
	{
		size_t		node_size;
		const char *text = identity_map_node(&map, node, &node_size);

		if (node % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		pg_verifymbstr(text, (int) node_size, false);
	}
	value = palloc(VARHDRSZ + (Size) size);
	SET_VARSIZE(value, VARHDRSZ + (Size) size);
	memcpy(VARDATA(value), data, size);
	PG_RETURN_POINTER(value);
}

PG_FUNCTION_INFO_V1(intent_identity_map_send);
Datum
intent_identity_map_send(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_IDENTITY_MAP_P(0);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

PG_FUNCTION_INFO_V1(intent_identity_map_to_jsonb);
Datum
intent_identity_map_to_jsonb(PG_FUNCTION_ARGS)
{
	IdentityMap map;
	uint32	   *grouped;
	uint32		component = NO_NODE;
	JsonbParseState *state = NULL;
	JsonbValue *result;

	identity_map_open_varlena(&map, PG_GETARG_IDENTITY_MAP_P(0));
	grouped = identity_map_grouped(&map);
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (uint32 i = 0; i < map.nodes; i++)
	{
		size_t		size;
		JsonbValue	node;

		CHECK_FOR_INTERRUPTS();
		if (identity_map_component(&map, grouped[i]) != component)
		{
			if (component != NO_NODE)
				pushJsonbValue(&state, WJB_END_ARRAY, NULL);
			pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
			component = identity_map_component(&map, grouped[i]);
		}
		node.type = jbvString;
		node.val.string.val = unconstify(char *, identity_map_node(&map, grouped[i], &size));
		node.val.string.len = (int) size;
		pushJsonbValue(&state, WJB_ELEM, &node);
	}
	if (component != NO_NODE)
		pushJsonbValue(&state, WJB_END_ARRAY, NULL);
	result = pushJsonbValue(&state, WJB_END_ARRAY, NULL);
	PG_RETURN_JSONB_P(JsonbValueToJsonb(result));
}

static void
refuse_json(const char *message)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s", message),
			 errhint("Write an array of components, each an array of texts: [[\"a\", \"b\"], [\"c\"]].")));
}

PG_FUNCTION_INFO_V1(intent_identity_map_from_jsonb);
Datum
intent_identity_map_from_jsonb(PG_FUNCTION_ARGS)
{
	Jsonb	   *json = PG_GETARG_JSONB_P(0);
	JsonbIterator *iterator = JsonbIteratorInit(&json->root);
	JsonbIteratorToken token;
	JsonbValue	value;
	JsonbValue	first = {.type = jbvNull};
	TextComponents components;
	int			depth = 0;

	text_components_init(&components);
	while ((token = JsonbIteratorNext(&iterator, &value, false)) != WJB_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		if (token == WJB_END_ARRAY)
		{
			depth--;
			continue;
		}
		if (token == WJB_BEGIN_ARRAY && depth < 2 && !value.val.array.rawScalar)
		{
			if (++depth == 2)
				first.type = jbvNull;
			if (depth == 2 && value.val.array.nElems == 0)
				refuse_json("a component in jsonb for identity_map is empty");
			continue;
		}
		if (token != WJB_ELEM || depth != 2 || value.type != jbvString)
			refuse_json("jsonb for identity_map is not an array of arrays of texts");
		if (value.val.string.len == 0)
			refuse_json("a node in jsonb for identity_map is empty");
		if (first.type == jbvNull)
			first = value;
		identity_map_put(&components, first.val.string.val, first.val.string.len,
						 value.val.string.val, value.val.string.len);
	}
	text_components_settle(&components);
	PG_RETURN_POINTER(identity_map_from_components(&components));
}

/* ----- questions ----- */

/* The toasted value that was asked last, unpacked once for many nodes. */
typedef struct LastAsked
{
	struct varatt_external pointer;
	struct varlena *value;
} LastAsked;

/*
 * Argument 0 in memory.  One map is typically asked for every row of a table,
 * and fetching it each time would cost far more than the look-up.  A toast
 * pointer names its value for as long as a query can see it, so that the value
 * behind an equal one needs no second fetch.
 */
static struct varlena *
asked_map(FunctionCallInfo fcinfo)
{
	struct varlena *argument = (struct varlena *) PG_GETARG_POINTER(0);
	LastAsked  *last = fcinfo->flinfo->fn_extra;
	struct varatt_external pointer;
	MemoryContext before;

	if (!VARATT_IS_EXTERNAL_ONDISK(argument))
		return PG_GETARG_IDENTITY_MAP_P(0);
	VARATT_EXTERNAL_GET_POINTER(pointer, argument);
	if (last != NULL && last->value != NULL &&
		memcmp(&last->pointer, &pointer, sizeof(pointer)) == 0)
		return last->value;

	before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	if (last == NULL)
		fcinfo->flinfo->fn_extra = last = palloc0(sizeof(LastAsked));
	if (last->value != NULL)
		pfree(last->value);
	last->value = NULL;
	last->value = PG_DETOAST_DATUM_PACKED(PointerGetDatum(argument));
	last->pointer = pointer;
	MemoryContextSwitchTo(before);
	return last->value;
}

static text *
node_as_text(const IdentityMap *map, uint32 node)
{
	size_t		size;
	const char *text = identity_map_node(map, node, &size);

	return cstring_to_text_with_len(text, (int) size);
}

PG_FUNCTION_INFO_V1(intent_component_of);
Datum
intent_component_of(PG_FUNCTION_ARGS)
{
	text	   *wanted = PG_GETARG_TEXT_PP(1);
	IdentityMap map;
	uint32		node;

	identity_map_open_varlena(&map, asked_map(fcinfo));
	node = identity_map_find(&map, VARDATA_ANY(wanted), VARSIZE_ANY_EXHDR(wanted));
	if (node == NO_NODE)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(node_as_text(&map, identity_map_component(&map, node)));
}

PG_FUNCTION_INFO_V1(intent_members);
Datum
intent_members(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	IdentityMap map;

	InitMaterializedSRF(fcinfo, 0);
	identity_map_open_varlena(&map, PG_GETARG_IDENTITY_MAP_P(0));
	for (uint32 node = 0; node < map.nodes; node++)
	{
		Datum		values[2];
		bool		nulls[2] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = PointerGetDatum(node_as_text(&map, node));
		values[1] = PointerGetDatum(node_as_text(&map, identity_map_component(&map, node)));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		pfree(DatumGetPointer(values[0]));
		pfree(DatumGetPointer(values[1]));
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_identity_map_unite);
Datum
intent_identity_map_unite(PG_FUNCTION_ARGS)
{
	TextComponents components;
	struct varlena *united;

	text_components_init(&components);
	for (int argument = 0; argument < 2; argument++)
	{
		IdentityMap map;

		identity_map_open_varlena(&map, PG_GETARG_IDENTITY_MAP_P(argument));
		identity_map_absorb(&components, &map);
	}
	text_components_settle(&components);
	united = identity_map_from_components(&components);
	text_components_free(&components);
	PG_RETURN_POINTER(united);
}

/* ----- equality: one partition has one encoding ----- */

static bool
same_map(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_IDENTITY_MAP_P(0);
	struct varlena *b = PG_GETARG_IDENTITY_MAP_P(1);
	bool		same = VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return same;
}

PG_FUNCTION_INFO_V1(intent_identity_map_same);
Datum
intent_identity_map_same(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(same_map(fcinfo));
}

PG_FUNCTION_INFO_V1(intent_identity_map_not_same);
Datum
intent_identity_map_not_same(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!same_map(fcinfo));
}

PG_FUNCTION_INFO_V1(intent_identity_map_hash);
Datum
intent_identity_map_hash(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_IDENTITY_MAP_P(0);

	return hash_any((unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

PG_FUNCTION_INFO_V1(intent_identity_map_hash_extended);
Datum
intent_identity_map_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_IDENTITY_MAP_P(0);

	return hash_any_extended((unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
							 PG_GETARG_INT64(1));
}
