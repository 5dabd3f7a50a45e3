/*
 * clickhouse_pg.c
 *		Conditions as arguments, and retention over them.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "sequence/clickhouse_pg.h"

MemoryContext
clickhouse_aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	return context;
}

void
clickhouse_not_null(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 errhint("It is the same for all rows: write it as a constant.")));
}

void
clickhouse_refuse_change(const char *parameter)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be the same for all rows of a group", parameter),
			 errhint("Write it as a constant, or add it to GROUP BY.")));
}

static void
refuse_count(int count)
{
	ereport(ERROR,
			(errcode(ERRCODE_TOO_MANY_ARGUMENTS),
			 errmsg("%d conditions are given, and the limit is %d", count, CONDITIONS_MAX),
			 errhint("Leave out conditions, or build journeys with journey_agg and match a jpattern.")));
}

/* VARIADIC array: all conditions of a row in one value. */
static Conditions
conditions_of_array(FunctionCallInfo fcinfo, int argument)
{
	Conditions	conditions = {0, 0};
	Datum	   *elements;
	bool	   *nulls;

	if (get_fn_expr_argtype(fcinfo->flinfo, argument) != BOOLARRAYOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("conditions behind VARIADIC must be boolean[], not %s",
						format_type_be(get_fn_expr_argtype(fcinfo->flinfo, argument))),
				 errhint("Write VARIADIC ARRAY[event = 'view', event = 'cart'].")));
	clickhouse_not_null(fcinfo, argument, "the array of conditions");
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(argument), BOOLOID, 1, true, TYPALIGN_CHAR,
					  &elements, &nulls, &conditions.count);
	if (conditions.count > CONDITIONS_MAX)
		refuse_count(conditions.count);
	for (int i = 0; i < conditions.count; i++)
	{
		if (!nulls[i] && DatumGetBool(elements[i]))
			conditions.met |= UINT64CONST(1) << i;
	}
	return conditions;
}

Conditions
clickhouse_conditions_checked(FunctionCallInfo fcinfo, int first)
{
	int			count = PG_NARGS() - first;

	if (get_fn_expr_variadic(fcinfo->flinfo))
		return conditions_of_array(fcinfo, first);
	if (count > CONDITIONS_MAX)
		refuse_count(count);
	for (int i = 0; i < count; i++)
	{
		Oid			type = get_fn_expr_argtype(fcinfo->flinfo, first + i);

		/* a plain NULL has no type */
		if (type != BOOLOID && !(type == UNKNOWNOID && PG_ARGISNULL(first + i)))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("condition %d must be boolean, not %s", i + 1,
							OidIsValid(type) ? format_type_be(type) : "of an unknown type"),
					 errhint("Write a comparison, for example event = 'view'.")));
	}
	return clickhouse_conditions(fcinfo, first, true);
}

/* ----- retention: which conditions were met by any row ----- */

/* The mask, and one bit above it that says how many conditions there are. */
PG_FUNCTION_INFO_V1(intent_retention_add);
Datum
intent_retention_add(PG_FUNCTION_ARGS)
{
	bool		seen = fcinfo->flinfo->fn_extra != NULL;
	Conditions	conditions = clickhouse_conditions(fcinfo, 1, seen);
	uint64		end = UINT64CONST(1) << conditions.count;

	/* an array is another one in each row, so it is looked at each time */
	if (!seen && !get_fn_expr_variadic(fcinfo->flinfo))
		fcinfo->flinfo->fn_extra = fcinfo->flinfo;
	if (!PG_ARGISNULL(0))
	{
		uint64		before = (uint64) PG_GETARG_INT64(0);

		if (before < end || before >= end << 1)
			clickhouse_refuse_change("the number of conditions");
		conditions.met |= before;
	}
	PG_RETURN_INT64((int64) (conditions.met | end));
}

PG_FUNCTION_INFO_V1(intent_retention_unite);
Datum
intent_retention_unite(PG_FUNCTION_ARGS)
{
	uint64		a = (uint64) PG_GETARG_INT64(0);
	uint64		b = (uint64) PG_GETARG_INT64(1);

	/* the highest bits differ */
	if ((a ^ b) > (a & b))
		clickhouse_refuse_change("the number of conditions");
	PG_RETURN_INT64((int64) (a | b));
}

PG_FUNCTION_INFO_V1(intent_retention_final);
Datum
intent_retention_final(PG_FUNCTION_ARGS)
{
	uint64		met = PG_ARGISNULL(0) ? 0 : (uint64) PG_GETARG_INT64(0);
	int			count = PG_NARGS() - 1;
	Datum		flags[CONDITIONS_MAX];

	if (met != 0)
		count = 63 - __builtin_clzll(met);
	else if (get_fn_expr_variadic(fcinfo->flinfo) || count > CONDITIONS_MAX)
		PG_RETURN_NULL();
	for (int i = 0; i < count; i++)
		flags[i] = Int32GetDatum((int32) (met & (met >> i) & 1));
	PG_RETURN_ARRAYTYPE_P(construct_array(flags, count, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}
