/*
 * component_agg_pg.c
 *		component_agg and component_merge: pairs or maps to one identity_map.
 *
 * The state is the components themselves.  What is to be blocked is said with
 * each row and counts for that row alone, so that states are united without a
 * look at what they blocked.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "identity/component_blocked_pg.h"
#include "identity/identity_map_pg.h"

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	return context;
}

static TextComponents *
state_argument(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : (TextComponents *) PG_GETARG_POINTER(argument);
}

static TextComponents *
new_state(void)
{
	TextComponents *state = palloc(sizeof(TextComponents));

	text_components_init(state);
	return state;
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
add_pair(FunctionCallInfo fcinfo, MemoryContext context, NodeText a, NodeText b)
{
	TextComponents *state = state_argument(fcinfo, 0);
	MemoryContext before;

	if (a.size == 0 && b.size == 0)
		return keep_state(fcinfo);
	before = MemoryContextSwitchTo(context);
	if (state == NULL)
		state = new_state();
	text_components_add(state, a.text, a.size, b.text, b.size);
	MemoryContextSwitchTo(before);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(intent_component_agg_transfn);
Datum
intent_component_agg_transfn(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);

	return add_pair(fcinfo, context, node_argument(fcinfo, 1), node_argument(fcinfo, 2));
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

PG_FUNCTION_INFO_V1(intent_component_agg_blocked_transfn);
Datum
intent_component_agg_blocked_transfn(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	TextComponents *blocked = blocked_of_row(fcinfo);

	return add_pair(fcinfo, context,
					unless_blocked(node_argument(fcinfo, 1), blocked),
					unless_blocked(node_argument(fcinfo, 2), blocked));
}

PG_FUNCTION_INFO_V1(intent_component_merge_transfn);
Datum
intent_component_merge_transfn(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	TextComponents *state = state_argument(fcinfo, 0);
	MemoryContext before;
	IdentityMap map;

	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	identity_map_open_varlena(&map, PG_GETARG_IDENTITY_MAP_P(1));
	before = MemoryContextSwitchTo(context);
	if (state == NULL)
		state = new_state();
	identity_map_absorb(state, &map);
	MemoryContextSwitchTo(before);
	PG_RETURN_POINTER(state);
}

/* ----- states ----- */

/* What is in the batch of a state belongs into its memory, not into that of the call. */
static void
settle(TextComponents *state, MemoryContext context)
{
	MemoryContext before = MemoryContextSwitchTo(context);

	text_components_settle(state);
	MemoryContextSwitchTo(before);
}

PG_FUNCTION_INFO_V1(intent_component_combine);
Datum
intent_component_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	TextComponents *state = state_argument(fcinfo, 0);
	TextComponents *other = state_argument(fcinfo, 1);
	MemoryContext before;

	if (other == NULL)
		return keep_state(fcinfo);
	before = MemoryContextSwitchTo(context);
	text_components_settle(other);
	if (state == NULL)
		state = new_state();
	/* each node with the root of its tree is a spanning forest */
	for (uint32 node = 0; node < other->forest.count; node++)
	{
		size_t		size;
		size_t		root_size;
		const char *text = text_node(other, node, &size);
		const char *root = text_node(other, forest_root(&other->forest, node), &root_size);

		CHECK_FOR_INTERRUPTS();
		text_components_add(state, text, size, root, root_size);
	}
	MemoryContextSwitchTo(before);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(intent_component_serialize);
Datum
intent_component_serialize(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	TextComponents *state = (TextComponents *) PG_GETARG_POINTER(0);

	settle(state, context);
	PG_RETURN_POINTER(identity_map_from_components(state));
}

PG_FUNCTION_INFO_V1(intent_component_deserialize);
Datum
intent_component_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	const char *problem = identity_map_problem(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	TextComponents *state;
	IdentityMap map;

	aggregate_context(fcinfo);
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid state of component_agg"),
				 errdetail("Of the bytes received, %s.", problem)));
	identity_map_open_varlena(&map, bytes);
	state = new_state();
	identity_map_absorb(state, &map);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(intent_component_finalfn);
Datum
intent_component_finalfn(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	TextComponents *state = state_argument(fcinfo, 0);

	if (state == NULL)
		PG_RETURN_NULL();
	settle(state, context);
	PG_RETURN_POINTER(identity_map_from_components(state));
}
