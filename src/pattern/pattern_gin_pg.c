/*
 * pattern_gin_pg.c
 *		The GIN operator class of journeys, serving @> and ~.
 *
 * A journey has three keys for each of its touchpoints: the touchpoint, its
 * channel, its event; so whatever a touchpoint text may select is one key.
 * Of a pattern, the sets that every match has an event of are looked for; what
 * the index cannot know (order, times, values) is rechecked.
 *
 * Key: a byte that says which, then channel, a zero byte and event as far as
 * there are.  Long ones are cut off, which costs a recheck.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "access/gin.h"
#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "pattern/pattern_pg.h"

#define STRATEGY_TOUCHPOINTS 1	/* @> text[] */
#define STRATEGY_PATTERN 2		/* ~ jpattern */

#define KEY_MAX 256

typedef enum KeyKind
{
	KEY_TOUCHPOINT = 1,
	KEY_CHANNEL,
	KEY_EVENT,
	KEY_NO_CHANNEL				/* any event without a channel */
} KeyKind;

static Datum
make_key(KeyKind kind, const Touchpoint *touchpoint, bool *cut)
{
	uint32		channel = kind == KEY_EVENT || kind == KEY_NO_CHANNEL ? 0 : touchpoint->channel_size;
	uint32		event = kind == KEY_TOUCHPOINT || kind == KEY_EVENT ? touchpoint->event_size : 0;
	Size		size = (Size) channel + event + 2;
	bytea	   *key = palloc(VARHDRSZ + size);
	char	   *at = VARDATA(key);

	*at++ = (char) kind;
	if (channel > 0)
		memcpy(at, touchpoint->channel, channel);
	at += channel;
	*at++ = '\0';
	if (event > 0)
		memcpy(at, touchpoint->event, event);
	*cut |= size > KEY_MAX;
	SET_VARSIZE(key, VARHDRSZ + Min(size, KEY_MAX));
	return PointerGetDatum(key);
}

/* The key of all that a touchpoint text selects; false if that is everything. */
static bool
pattern_key(const TouchpointPattern *pattern, Datum *key, bool *cut)
{
	const Touchpoint *touchpoint = &pattern->touchpoint;
	Touchpoint	without_channel = {NULL, touchpoint->event, 0, touchpoint->event_size};

	if (pattern->event_part == TOUCHPOINT_EXACT)
		*key = pattern->channel_part == TOUCHPOINT_ANY ? make_key(KEY_EVENT, touchpoint, cut) :
			make_key(KEY_TOUCHPOINT,
					 pattern->channel_part == TOUCHPOINT_NONE ? &without_channel : touchpoint, cut);
	else if (pattern->channel_part == TOUCHPOINT_ANY)
		return false;
	else
		*key = make_key(pattern->channel_part == TOUCHPOINT_NONE ? KEY_NO_CHANNEL : KEY_CHANNEL, touchpoint, cut);
	return true;
}

PG_FUNCTION_INFO_V1(intent_journey_gin_value);
Datum
intent_journey_gin_value(PG_FUNCTION_ARGS)
{
	int32	   *count = (int32 *) PG_GETARG_POINTER(1);
	JourneyView view;
	Touchpoint *touchpoints;
	Datum	   *keys;
	bool		cut = false;

	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	touchpoints = host_alloc_array((size_t) view.touchpoints + 1, sizeof(Touchpoint));
	keys = host_alloc_array((size_t) view.touchpoints + 1, 3 * sizeof(Datum));
	journey_dictionary(&view, touchpoints);
	*count = 0;
	for (uint32 i = 0; i < view.touchpoints; i++)
	{
		const Touchpoint *one = &touchpoints[i];

		/* equal ones are united by the index itself */
		keys[(*count)++] = make_key(KEY_TOUCHPOINT, one, &cut);
		keys[(*count)++] = make_key(KEY_EVENT, one, &cut);
		if (i == 0 || one->channel_size != one[-1].channel_size ||
			(one->channel_size > 0 && memcmp(one->channel, one[-1].channel, one->channel_size) != 0))
			keys[(*count)++] = make_key(one->channel_size > 0 ? KEY_CHANNEL : KEY_NO_CHANNEL, one, &cut);
	}
	PG_RETURN_POINTER(keys);
}

/* ----- queries ----- */

/* What is looked for: of each group at least one key. */
typedef struct GinQuery
{
	int			groups;
	bool		recheck;
	int			count;
	Datum	   *keys;
	int		   *group;			/* by key */
} GinQuery;

static void
query_add(GinQuery *query, int capacity, Datum key)
{
	if (query->keys == NULL)
	{
		query->keys = host_alloc_array((size_t) capacity + 1, sizeof(Datum));
		query->group = host_alloc_array((size_t) capacity + 1, sizeof(int));
	}
	query->group[query->count] = query->groups;
	query->keys[query->count++] = key;
}

static void
query_touchpoints(GinQuery *query, ArrayType *array)
{
	int			count;
	TouchpointPattern *patterns = intent_touchpoint_patterns(array, &count);

	for (int i = 0; i < count; i++)
	{
		Datum		key;

		/* "*" asks for an event, whatever it is */
		if (!pattern_key(&patterns[i], &key, &query->recheck))
		{
			query->recheck = true;
			continue;
		}
		query_add(query, count, key);
		query->groups++;
	}
}

static void
query_pattern(GinQuery *query, const Pattern *pattern)
{
	int			capacity = 0;

	for (uint32 i = 0; i < pattern->header.required_count; i++)
		capacity += pattern->sets[pattern->required[i]].atoms_end - pattern->sets[pattern->required[i]].atoms;
	for (uint32 i = 0; i < pattern->header.required_count; i++)
	{
		const PatternSet *set = &pattern->sets[pattern->required[i]];

		for (uint32 a = set->atoms; a < set->atoms_end; a++)
		{
			TouchpointPattern touchpoint = pattern_touchpoint(pattern, &pattern->atoms[a]);
			Datum		key;

			if (!pattern_key(&touchpoint, &key, &query->recheck))
				elog(ERROR, "a required set of a pattern is open");
			query_add(query, capacity, key);
		}
		query->groups++;
	}
	query->recheck = true;
}

/* The first argument is of the type journey for the catalogue only. */
PG_FUNCTION_INFO_V1(intent_journey_gin_query);
Datum
intent_journey_gin_query(PG_FUNCTION_ARGS)
{
	int32	   *count = (int32 *) PG_GETARG_POINTER(1);
	StrategyNumber strategy = PG_GETARG_UINT16(2);
	Pointer   **extra = (Pointer **) PG_GETARG_POINTER(4);
	int32	   *search_mode = (int32 *) PG_GETARG_POINTER(6);
	GinQuery   *query = palloc0(sizeof(GinQuery));

	if (strategy == STRATEGY_TOUCHPOINTS)
		query_touchpoints(query, PG_GETARG_ARRAYTYPE_P(0));
	else if (strategy == STRATEGY_PATTERN)
		query_pattern(query, pattern_from_varlena(PG_GETARG_PATTERN_P(0)));
	else
		elog(ERROR, "unknown strategy %d", strategy);
	*count = query->count;
	if (query->count == 0)
	{
		*search_mode = GIN_SEARCH_MODE_ALL;
		PG_RETURN_POINTER(NULL);
	}
	*extra = host_alloc_array(query->count, sizeof(Pointer));
	for (int i = 0; i < query->count; i++)
		(*extra)[i] = (Pointer) query;
	PG_RETURN_POINTER(query->keys);
}

/* Of each group the best that is known of its keys; of all groups the worst. */
static GinTernaryValue
all_groups(const GinQuery *query, const GinTernaryValue *check)
{
	GinTernaryValue all = GIN_TRUE;

	for (int i = 0; i < query->count;)
	{
		int			group = query->group[i];
		GinTernaryValue best = GIN_FALSE;

		for (; i < query->count && query->group[i] == group; i++)
		{
			if (check[i] == GIN_TRUE)
				best = GIN_TRUE;
			else if (check[i] == GIN_MAYBE && best == GIN_FALSE)
				best = GIN_MAYBE;
		}
		if (best == GIN_FALSE)
			return GIN_FALSE;
		if (best == GIN_MAYBE)
			all = GIN_MAYBE;
	}
	return all;
}

PG_FUNCTION_INFO_V1(intent_journey_gin_consistent);
Datum
intent_journey_gin_consistent(PG_FUNCTION_ARGS)
{
	const bool *check = (const bool *) PG_GETARG_POINTER(0);
	StrategyNumber strategy = PG_GETARG_UINT16(1);
	int32		count = PG_GETARG_INT32(3);
	Pointer    *extra = (Pointer *) PG_GETARG_POINTER(4);
	bool	   *recheck = (bool *) PG_GETARG_POINTER(5);

	StaticAssertStmt(sizeof(bool) == sizeof(GinTernaryValue) && GIN_TRUE == true && GIN_FALSE == false,
					 "a bool is not a GinTernaryValue");
	/* an empty list of touchpoints is had by all */
	if (count == 0)
	{
		*recheck = true;
		PG_RETURN_BOOL(strategy == STRATEGY_TOUCHPOINTS || strategy == STRATEGY_PATTERN);
	}
	*recheck = ((const GinQuery *) extra[0])->recheck;
	PG_RETURN_BOOL(all_groups((const GinQuery *) extra[0], (const GinTernaryValue *) check) == GIN_TRUE);
}

PG_FUNCTION_INFO_V1(intent_journey_gin_triconsistent);
Datum
intent_journey_gin_triconsistent(PG_FUNCTION_ARGS)
{
	const GinTernaryValue *check = (const GinTernaryValue *) PG_GETARG_POINTER(0);
	int32		count = PG_GETARG_INT32(3);
	Pointer    *extra = (Pointer *) PG_GETARG_POINTER(4);
	GinTernaryValue result;

	if (count == 0)
		PG_RETURN_GIN_TERNARY_VALUE(GIN_MAYBE);
	result = all_groups((const GinQuery *) extra[0], check);
	if (result == GIN_TRUE && ((const GinQuery *) extra[0])->recheck)
		result = GIN_MAYBE;
	PG_RETURN_GIN_TERNARY_VALUE(result);
}

/* ----- has_touchpoints() and has_match() as the operators they are twins of ----- */

/* What contsel says of the operators; journeys have no statistics to say more. */
#define TWIN_SELECTIVITY 0.001

static List *
index_condition(SupportRequestIndexCondition *request)
{
	Node	   *journey;
	Node	   *query;
	Oid			query_type;
	Oid			operator;

	/* only function(column, something that stays the same) */
	if (!is_funcclause(request->node) || request->indexarg != 0 || request->index->relam != GIN_AM_OID ||
		list_length(((FuncExpr *) request->node)->args) != 2)
		return NIL;
	journey = linitial(((FuncExpr *) request->node)->args);
	query = lsecond(((FuncExpr *) request->node)->args);
	if (!is_pseudo_constant_for_index(request->root, query, request->index))
		return NIL;
	query_type = exprType(query);
	operator = get_opfamily_member(request->opfamily, exprType(journey), query_type,
								   query_type == TEXTARRAYOID ? STRATEGY_TOUCHPOINTS : STRATEGY_PATTERN);
	if (!OidIsValid(operator))
		return NIL;
	request->lossy = false;
	return list_make1(make_opclause(operator, BOOLOID, false, (Expr *) journey, (Expr *) query,
									InvalidOid, request->indexcollation));
}

PG_FUNCTION_INFO_V1(intent_journey_support);
Datum
intent_journey_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestIndexCondition))
		PG_RETURN_POINTER(index_condition((SupportRequestIndexCondition *) request));
	if (IsA(request, SupportRequestSelectivity))
	{
		((SupportRequestSelectivity *) request)->selectivity = TWIN_SELECTIVITY;
		PG_RETURN_POINTER(request);
	}
	PG_RETURN_POINTER(NULL);
}
