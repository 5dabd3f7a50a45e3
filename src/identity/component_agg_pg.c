/*
 * component_agg_pg.c
 *		component_agg and component_merge: pairs or maps to one identity_map.
 *
 * The state is an identity_map, so that it can be kept, sent and united
 * wherever the server, or a cluster of servers, wants to.  While it grows it is
 * an expanded object: the components themselves, which become the packed value
 * when somebody asks for its bytes.  What is to be blocked is said with each
 * row and counts for that row alone, so that states are united without a look
 * at what they blocked.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/memnodes.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"

#include "base/growing_pg.h"
#include "identity/component_blocked_pg.h"
#include "identity/identity_map_pg.h"

/* ----- the state ----- */

typedef struct GrowingMap
{
	ExpandedObjectHeader header;
	TextComponents components;
	struct varlena *packed;		/* between asking for its size and for its bytes */
} GrowingMap;

static Size
packed_size(ExpandedObjectHeader *header)
{
	GrowingMap *map = (GrowingMap *) header;

	if (map->packed == NULL)
	{
		MemoryContext before = MemoryContextSwitchTo(header->eoh_context);

		text_components_settle(&map->components);
		map->packed = identity_map_from_components(&map->components);
		MemoryContextSwitchTo(before);
	}
	return VARSIZE(map->packed);
}

static void
forget_packed(GrowingMap *map)
{
	if (map->packed != NULL)
		pfree(map->packed);
	map->packed = NULL;
}

static void
copy_packed(ExpandedObjectHeader *header, void *result, Size size)
{
	GrowingMap *map = (GrowingMap *) header;

	Assert(map->packed != NULL && size == VARSIZE(map->packed));
	memcpy(result, map->packed, size);
	forget_packed(map);
}

static const ExpandedObjectMethods growing_map_methods = {packed_size, copy_packed};

static GrowingMap *
new_map(MemoryContext memory)
{
	MemoryContext before = MemoryContextSwitchTo(memory);
	GrowingMap *map = palloc(sizeof(GrowingMap));

	EOH_init_header(&map->header, &growing_map_methods, memory);
	map->packed = NULL;
	text_components_init(&map->components);
	MemoryContextSwitchTo(before);
	return map;
}

static void
absorb(GrowingMap *map, Datum value)
{
	MemoryContext before;
	IdentityMap more;

	identity_map_open_varlena(&more, PG_DETOAST_DATUM_PACKED(value));
	before = MemoryContextSwitchTo(map->header.eoh_context);
	identity_map_absorb(&map->components, &more);
	MemoryContextSwitchTo(before);
}

/* Argument 0 as a map that may be changed: the one of the rows before, or a new one. */
static GrowingMap *
state_argument(FunctionCallInfo fcinfo)
{
	GrowingMap *map;

	if (!PG_ARGISNULL(0) && VARATT_IS_EXTERNAL_EXPANDED_RW(PG_GETARG_POINTER(0)))
	{
		map = (GrowingMap *) DatumGetEOHP(PG_GETARG_DATUM(0));
		if (map->header.eoh_methods == &growing_map_methods)
		{
			forget_packed(map);
			return map;
		}
	}
	map = new_map(growing_memory(fcinfo, "intent growing identity_maps"));
	if (!PG_ARGISNULL(0))
		absorb(map, PG_GETARG_DATUM(0));
	return map;
}

/* A row that adds nothing: the state as it was. */
static Datum
keep_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* ----- rows ----- */

typedef struct NodeText
{
	const char *text;			/* NULL if it names nobody */
	size_t		size;
} NodeText;

static NodeText
node_argument(FunctionCallInfo fcinfo, int argument)
{
	NodeText	node = {NULL, 0};

	if (!PG_ARGISNULL(argument))
	{
		text	   *value = PG_GETARG_TEXT_PP(argument);

		if (VARSIZE_ANY_EXHDR(value) > 0)
		{
			node.text = VARDATA_ANY(value);
			node.size = VARSIZE_ANY_EXHDR(value);
		}
	}
	return node;
}

static Datum
add_pair(FunctionCallInfo fcinfo, NodeText a, NodeText b)
{
	GrowingMap *map;
	MemoryContext before;

	if (a.size == 0 && b.size == 0)
		return keep_state(fcinfo);
	map = state_argument(fcinfo);
	before = MemoryContextSwitchTo(map->header.eoh_context);
	text_components_add(&map->components, a.text, a.size, b.text, b.size);
	MemoryContextSwitchTo(before);
	PG_RETURN_DATUM(EOHPGetRWDatum(&map->header));
}

PG_FUNCTION_INFO_V1(intent_component_agg_add);
Datum
intent_component_agg_add(PG_FUNCTION_ARGS)
{
	return add_pair(fcinfo, node_argument(fcinfo, 1), node_argument(fcinfo, 2));
}

/* Is argument 3 of the transition written as a constant, the same for all rows? */
static bool
blocked_is_constant(FunctionCallInfo fcinfo)
{
	Aggref	   *aggref = AggGetAggref(fcinfo);

	return aggref != NULL && list_length(aggref->args) == 3 &&
		IsA(((TargetEntry *) lthird(aggref->args))->expr, Const);
}

/* What this row blocks; the values of the row before are kept, for they rarely differ. */
static TextComponents *
blocked_of_row(FunctionCallInfo fcinfo)
{
	BlockedTexts *last = fcinfo->flinfo->fn_extra;
	ArrayType  *array;

	if (PG_ARGISNULL(3))
		return NULL;
	if (last != NULL && last->constant)
		return &last->texts;
	array = PG_GETARG_ARRAYTYPE_P(3);
	if (last != NULL && VARSIZE(last->array) == VARSIZE(array) &&
		memcmp(last->array, array, VARSIZE(array)) == 0)
		return &last->texts;
	if (last != NULL)
	{
		fcinfo->flinfo->fn_extra = NULL;
		MemoryContextDelete(last->memory);
	}
	last = blocked_texts_new(array, fcinfo->flinfo->fn_mcxt);
	last->constant = blocked_is_constant(fcinfo);
	fcinfo->flinfo->fn_extra = last;
	return &last->texts;
}

static NodeText
unless_blocked(NodeText node, const TextComponents *blocked)
{
	static const NodeText nobody = {NULL, 0};

	if (node.size > 0 && blocked != NULL &&
		text_components_find(blocked, node.text, node.size) != NO_NODE)
		return nobody;
	return node;
}

PG_FUNCTION_INFO_V1(intent_component_agg_add_blocked);
Datum
intent_component_agg_add_blocked(PG_FUNCTION_ARGS)
{
	TextComponents *blocked = blocked_of_row(fcinfo);

	return add_pair(fcinfo,
					unless_blocked(node_argument(fcinfo, 1), blocked),
					unless_blocked(node_argument(fcinfo, 2), blocked));
}

/* ----- maps, those of other states among them ----- */

PG_FUNCTION_INFO_V1(intent_component_merge_add);
Datum
intent_component_merge_add(PG_FUNCTION_ARGS)
{
	GrowingMap *map;

	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	map = state_argument(fcinfo);
	absorb(map, PG_GETARG_DATUM(1));
	PG_RETURN_DATUM(EOHPGetRWDatum(&map->header));
}

/* The packed value, so that whoever reads it again and again finds it packed. */
PG_FUNCTION_INFO_V1(intent_component_agg_final);
Datum
intent_component_agg_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(PG_GETARG_IDENTITY_MAP_P(0));
}
