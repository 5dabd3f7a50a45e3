/*
 * train_state_pg.c
 *		train_state and train_merge: rows to learn from, gathered wherever they are.
 *
 * A row comes as one of a table, whose columns have types; as an object, such
 * as to_jsonb(row), whose keys may differ from row to row; or as numbers that
 * have names, such as features() gives.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "score/training_columns_pg.h"
#include "score/training_state.h"
#include "sequence/partial_pg.h"

static Datum
unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

static bool
any_argument_is_null(FunctionCallInfo fcinfo)
{
	for (int i = 1; i < PG_NARGS(); i++)
	{
		if (PG_ARGISNULL(i))
			return true;
	}
	return false;
}

/* Argument n, if there is one. */
static double
weight_argument(FunctionCallInfo fcinfo, int n)
{
	double		weight = PG_NARGS() > n ? PG_GETARG_FLOAT8(n) : 1;

	if (!(weight >= 0 && weight <= TRAINING_WEIGHT_MAX))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("weight must be from 0 to %g, not %g", TRAINING_WEIGHT_MAX, weight),
				 errhint("Give how many rows a row stands for.")));
	return weight;
}

/* ----- rows of a table ----- */

/* The columns of the row type that came last. */
typedef struct RowType
{
	Oid			type;
	int32		typmod;
	char	   *label;
	char	   *weight;			/* or NULL */
	TrainingColumns columns;
	MemoryContext memory;		/* of all of it */
} RowType;

static bool
is_named(const char *name, const text *given)
{
	return strlen(name) == VARSIZE_ANY_EXHDR(given) && memcmp(name, VARDATA_ANY(given), VARSIZE_ANY_EXHDR(given)) == 0;
}

static RowType *
row_type(FunctionCallInfo fcinfo, HeapTupleHeader row)
{
	RowType    *known = fcinfo->flinfo->fn_extra;
	const text *label = PG_GETARG_TEXT_PP(2);
	const text *weight = PG_NARGS() > 3 ? PG_GETARG_TEXT_PP(3) : NULL;
	MemoryContext memory;
	MemoryContext before;
	TupleDesc	description;

	if (known && known->type == HeapTupleHeaderGetTypeId(row) && known->typmod == HeapTupleHeaderGetTypMod(row) &&
		is_named(known->label, label) && (weight == NULL || is_named(known->weight, weight)))
		return known;
	if (known)
	{
		fcinfo->flinfo->fn_extra = NULL;
		MemoryContextDelete(known->memory);
	}
	memory = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "intent train_state row type", ALLOCSET_SMALL_SIZES);
	before = MemoryContextSwitchTo(memory);
	known = palloc0(sizeof(RowType));
	known->memory = memory;
	known->type = HeapTupleHeaderGetTypeId(row);
	known->typmod = HeapTupleHeaderGetTypMod(row);
	known->label = text_to_cstring(label);
	known->weight = weight ? text_to_cstring(weight) : NULL;
	known->columns.caller = "train_state";
	known->columns.source = "row";
	known->columns.label_name = known->label;
	known->columns.weight_name = known->weight;
	description = lookup_rowtype_tupdesc(known->type, known->typmod);
	training_columns_begin(&known->columns, description);
	ReleaseTupleDesc(description);
	MemoryContextSwitchTo(before);
	fcinfo->flinfo->fn_extra = known;
	return known;
}

static bool
read_row(TrainingColumns *columns, HeapTupleHeader row, bool *label, double *weight)
{
	TupleDesc	description = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(row), HeapTupleHeaderGetTypMod(row));
	Datum	   *values = palloc(sizeof(Datum) * description->natts);
	bool	   *nulls = palloc(sizeof(bool) * description->natts);
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row};

	heap_deform_tuple(&tuple, description, values, nulls);
	ReleaseTupleDesc(description);
	return training_columns_read(columns, values, nulls, label, weight);
}

PG_FUNCTION_INFO_V1(intent_train_state_add_row);
Datum
intent_train_state_add_row(PG_FUNCTION_ARGS)
{
	TrainingColumns *columns;
	PartialObject *object;
	MemoryContext before;
	HeapTupleHeader row;
	bool		label;
	double		weight;

	if (PG_ARGISNULL(2) || (PG_NARGS() > 3 && PG_ARGISNULL(3)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the name of the %s column must not be null", PG_ARGISNULL(2) ? "label" : "weight"),
				 errhint("Write for example train_state(t, 'bought').")));
	if (PG_ARGISNULL(1))
		return unchanged(fcinfo);
	row = PG_GETARG_HEAPTUPLEHEADER(1);
	columns = &row_type(fcinfo, row)->columns;
	if (!read_row(columns, row, &label, &weight) || weight == 0)
		return unchanged(fcinfo);
	object = partial_object_argument(fcinfo, 0, &training_state_kind);
	before = MemoryContextSwitchTo(partial_context(object));
	training_state_row(object->state, label, weight);
	for (int i = 0; i < columns->count; i++)
	{
		const SourceColumn *column = &columns->columns[i];
		const TrainingValue *value = &columns->values[i];
		bool		category = source_column_is_category(column);
		uint32		number = training_state_column(object->state, &column->name,
												   category ? STATE_CATEGORIES : STATE_NUMBERS, i);

		if (value->null)
			continue;
		if (category)
			training_state_text(object->state, number, &value->text);
		else
			training_state_number(object->state, number, value->number);
	}
	MemoryContextSwitchTo(before);
	PARTIAL_RETURN_OBJECT(object);
}

/* ----- objects ----- */

/* The row that members are added to. */
typedef struct ObjectRow
{
	TrainingState *state;
	uint32		next;			/* the column that the next member has, mostly */
} ObjectRow;

static void
take_member(void *context, const ScoreText *name, const TrainingValue *value, bool category)
{
	ObjectRow  *row = context;
	StateColumnKind kind = value->null ? STATE_NULLS : category ? STATE_CATEGORIES : STATE_NUMBERS;
	uint32		column = training_state_column(row->state, name, kind, row->next);

	if (kind == STATE_CATEGORIES)
		training_state_text(row->state, column, &value->text);
	else if (kind == STATE_NUMBERS)
		training_state_number(row->state, column, value->number);
	row->next = column + 1;
}

PG_FUNCTION_INFO_V1(intent_train_state_add_object);
Datum
intent_train_state_add_object(PG_FUNCTION_ARGS)
{
	PartialObject *object;
	MemoryContext before;
	ObjectRow	row = {NULL, 0};
	Jsonb	   *features;
	double		weight;

	if (any_argument_is_null(fcinfo))
		return unchanged(fcinfo);
	features = PG_GETARG_JSONB_P(1);
	weight = weight_argument(fcinfo, 3);
	if (weight == 0)
		return unchanged(fcinfo);
	object = partial_object_argument(fcinfo, 0, &training_state_kind);
	before = MemoryContextSwitchTo(partial_context(object));
	training_state_row(object->state, PG_GETARG_BOOL(2), weight);
	row.state = object->state;
	training_object_read(features, take_member, &row);
	MemoryContextSwitchTo(before);
	PARTIAL_RETURN_OBJECT(object);
}

/* ----- numbers that have names ----- */

/* Its elements; of one dimension, and none of them NULL unless `nulls` is given. */
static int
array_elements(ArrayType *array, const char *argument, Oid type, Datum **elements, bool **nulls)
{
	int			count = 0;
	int16		size;
	bool		by_value;
	char		align;

	get_typlenbyvalalign(type, &size, &by_value, &align);
	if (ARR_NDIM(array) > 1 || (nulls == NULL && array_contains_nulls(array)))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be a one-dimensional array%s", argument, nulls ? "" : " without NULL"),
				 errhint("Write for example ARRAY['visits', 'spent'].")));
	deconstruct_array(array, type, size, by_value, align, elements, nulls, &count);
	return count;
}

PG_FUNCTION_INFO_V1(intent_train_state_add_numbers);
Datum
intent_train_state_add_numbers(PG_FUNCTION_ARGS)
{
	PartialObject *object;
	MemoryContext before;
	Datum	   *names;
	Datum	   *numbers;
	bool	   *nulls;
	int			count;
	int			number_count;
	double		weight;

	if (any_argument_is_null(fcinfo))
		return unchanged(fcinfo);
	weight = weight_argument(fcinfo, 4);
	count = array_elements(PG_GETARG_ARRAYTYPE_P(1), "names", TEXTOID, &names, NULL);
	number_count = array_elements(PG_GETARG_ARRAYTYPE_P(2), "features", FLOAT8OID, &numbers, &nulls);
	if (count != number_count)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("there are %d features for %d names", number_count, count),
				 errhint("Give a name for each, such as signal_names(signals) for features(journey, signals, as_of).")));
	if (weight == 0)
		return unchanged(fcinfo);
	object = partial_object_argument(fcinfo, 0, &training_state_kind);
	before = MemoryContextSwitchTo(partial_context(object));
	training_state_row(object->state, PG_GETARG_BOOL(3), weight);
	for (int i = 0; i < count; i++)
	{
		ScoreText	name = {VARDATA_ANY(DatumGetPointer(names[i])), (uint32) VARSIZE_ANY_EXHDR(DatumGetPointer(names[i]))};
		uint32		column = training_state_column(object->state, &name, STATE_NUMBERS, i);

		if (nulls[i])
			continue;
		if (!isfinite(DatumGetFloat8(numbers[i])))
			training_refuse_not_finite(&name);
		training_state_number(object->state, column, DatumGetFloat8(numbers[i]));
	}
	MemoryContextSwitchTo(before);
	PARTIAL_RETURN_OBJECT(object);
}

PG_FUNCTION_INFO_V1(intent_train_merge_add);
Datum
intent_train_merge_add(PG_FUNCTION_ARGS)
{
	return partial_merge_argument(fcinfo, &training_state_kind);
}
