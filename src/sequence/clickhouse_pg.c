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

ConditionsForm
clickhouse_check_conditions(FunctionCallInfo fcinfo, int first)
{
	int			count = PG_NARGS() - first;

	if (get_fn_expr_variadic(fcinfo->flinfo))
	{
		if (get_fn_expr_argtype(fcinfo->flinfo, first) != BOOLARRAYOID)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("conditions behind VARIADIC must be boolean[], not %s",
							format_type_be(get_fn_expr_argtype(fcinfo->flinfo, first))),
					 errhint("Write VARIADIC ARRAY[event = 'view', event = 'cart'].")));
		return CONDITIONS_ARRAY;
	}
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
	return CONDITIONS_EACH;
}

ConditionsForm *
clickhouse_form(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ConditionsForm));
	return fcinfo->flinfo->fn_extra;
}

/* VARIADIC array: all conditions of a row in one value. */
Conditions
clickhouse_array_conditions(FunctionCallInfo fcinfo, int argument)
{
	Conditions	conditions = {0, 0};
	ArrayType  *array;
	const bits8 *present;
	const bool *element;

	clickhouse_not_null(fcinfo, argument, "the array of conditions");
	array = PG_GETARG_ARRAYTYPE_P(argument);
	conditions.count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (conditions.count > CONDITIONS_MAX)
		refuse_count(conditions.count);
	/* elements are bytes; a NULL has none */
	element = (const bool *) ARR_DATA_PTR(array);
	present = ARR_NULLBITMAP(array);
	for (int i = 0; i < conditions.count; i++)
	{
		if (present == NULL || (present[i / 8] >> (i % 8) & 1))
			conditions.met |= (uint64) *element++ << i;
	}
	return conditions;
}

/* ----- conditions that are names ----- */

/* All bytes of a text of up to eight, of a longer one the first eight. */
static inline uint64
name_key(const char *text, uint32 size)
{
	const uint8 *bytes = (const uint8 *) text;
	uint32		begin;
	uint32		end;
	uint64		key;

	if (size >= sizeof(key))
	{
		memcpy(&key, text, sizeof(key));
		return key;
	}
	if (size >= sizeof(begin))
	{
		/* they may overlap: what differs, differs in one of them */
		memcpy(&begin, text, sizeof(begin));
		memcpy(&end, text + size - sizeof(end), sizeof(end));
		return begin | (uint64) end << 32;
	}
	return size == 0 ? 0 : bytes[0] | (uint64) bytes[size / 2] << 8 | (uint64) bytes[size - 1] << 16;
}

static void
read_names(FunctionCallInfo fcinfo, ConditionNames *names, const ArrayType *array)
{
	MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	Datum	   *elements;
	bool	   *nulls;
	int			count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (count > CONDITIONS_MAX)
		refuse_count(count);
	if (names->array != NULL)
	{
		pfree(names->array);
		pfree(names->names);
		names->array = NULL;
	}
	names->names = palloc(sizeof(ConditionName) * (count + 1));
	names->count = count;
	names->array = palloc(VARSIZE(array));
	memcpy(names->array, array, VARSIZE(array));
	deconstruct_array(names->array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		ConditionName *name = &names->names[i];

		name->size = UINT32_MAX;
		name->key = 0;
		if (nulls[i])
			continue;
		/* elements point into the copy, and are never toasted */
		name->text = VARDATA_ANY(DatumGetPointer(elements[i]));
		name->size = VARSIZE_ANY_EXHDR(DatumGetPointer(elements[i]));
		name->key = name_key(name->text, name->size);
	}
	pfree(elements);
	pfree(nulls);
	MemoryContextSwitchTo(before);
}

Conditions
clickhouse_named_conditions(FunctionCallInfo fcinfo, int event, int array, ConditionNames *names)
{
	Conditions	conditions = {0, 0};
	const ArrayType *given;
	const text *value;
	uint64		key;
	uint32		size;

	clickhouse_not_null(fcinfo, array, "steps");
	given = PG_GETARG_ARRAYTYPE_P(array);
	if (names->array == NULL || VARSIZE(given) != VARSIZE(names->array) ||
		memcmp(given, names->array, VARSIZE(given)) != 0)
		read_names(fcinfo, names, given);
	conditions.count = names->count;
	if (PG_ARGISNULL(event))
		return conditions;
	value = PG_GETARG_TEXT_PP(event);
	size = VARSIZE_ANY_EXHDR(value);
	key = name_key(VARDATA_ANY(value), size);
	for (int i = 0; i < names->count; i++)
	{
		const ConditionName *name = &names->names[i];

		if (name->key == key && name->size == size &&
			(size <= sizeof(key) || memcmp(name->text, VARDATA_ANY(value), size) == 0))
			conditions.met |= UINT64CONST(1) << i;
	}
	return conditions;
}

/* ----- retention: which conditions were met by any row ----- */

/* The mask, and one bit above it that says how many conditions there are. */
PG_FUNCTION_INFO_V1(intent_retention_add);
Datum
intent_retention_add(PG_FUNCTION_ARGS)
{
	Conditions	conditions = clickhouse_conditions(fcinfo, 1, clickhouse_form(fcinfo));
	uint64		end = UINT64CONST(1) << conditions.count;

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
