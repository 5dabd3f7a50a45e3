/*
 * training_source_pg.c
 *		Rows to learn from, out of the caller's query.
 *
 * The query runs with the rights of the caller.  Every column but the label
 * and the weight is a feature; rows go into columns in memory as they come.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "base/query_pg.h"
#include "score/training_source_pg.h"

/* ----- columns ----- */

typedef enum ColumnKind
{
	COLUMN_INT2, COLUMN_INT4, COLUMN_INT8, COLUMN_FLOAT4, COLUMN_FLOAT8, COLUMN_NUMERIC,
	COLUMN_BOOLEAN, COLUMN_TEXT, COLUMN_ENUM
} ColumnKind;

typedef struct SourceColumn
{
	const char *name;
	int			attribute;		/* counted from 0 */
	ColumnKind	kind;
	FmgrInfo	output;			/* of enums */
} SourceColumn;

typedef struct Pass
{
	DestReceiver receiver;
	TrainingSource *source;
	SourceColumn label;
	SourceColumn weight;
	SourceColumn *columns;		/* by name */
	int			count;
	TrainingValue *values;
	MemoryContext scratch;		/* of one row */
} Pass;

static bool
find_kind(Oid type, ColumnKind *kind)
{
	switch (getBaseType(type))
	{
		case INT2OID:
			*kind = COLUMN_INT2;
			return true;
		case INT4OID:
			*kind = COLUMN_INT4;
			return true;
		case INT8OID:
			*kind = COLUMN_INT8;
			return true;
		case FLOAT4OID:
			*kind = COLUMN_FLOAT4;
			return true;
		case FLOAT8OID:
			*kind = COLUMN_FLOAT8;
			return true;
		case NUMERICOID:
			*kind = COLUMN_NUMERIC;
			return true;
		case BOOLOID:
			*kind = COLUMN_BOOLEAN;
			return true;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			*kind = COLUMN_TEXT;
			return true;
	}
	*kind = COLUMN_ENUM;
	return type_is_enum(getBaseType(type));
}

static int
compare_columns(const void *a, const void *b)
{
	return strcmp(((const SourceColumn *) a)->name, ((const SourceColumn *) b)->name);
}

static void
set_column(SourceColumn *column, TupleDesc description, int attribute)
{
	Form_pg_attribute form = TupleDescAttr(description, attribute);

	column->name = pstrdup(NameStr(form->attname));
	column->attribute = attribute;
	if (!find_kind(form->atttypid, &column->kind))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of type %s cannot be a feature", column->name, format_type_be(form->atttypid)),
				 errhint("Features are numbers, booleans, texts and enums: convert it, for example by extract(epoch FROM ...), or leave it out.")));
	if (column->kind == COLUMN_ENUM)
	{
		Oid			function;
		bool		varlena;

		getTypeOutputInfo(getBaseType(form->atttypid), &function, &varlena);
		fmgr_info(function, &column->output);
	}
}

static void
refuse_twice(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_COLUMN),
			 errmsg("the query has column \"%s\" twice", name),
			 errhint("Name one of them otherwise, or leave it out.")));
}

/* A column that has a part of its own; its attribute is -1 until it is found. */
static bool
take_column(SourceColumn *mine, const char *name, const SourceColumn *column)
{
	if (name == NULL || strcmp(column->name, name) != 0)
		return false;
	if (mine->attribute >= 0)
		refuse_twice(name);
	*mine = *column;
	return true;
}

static void
check_label(const Pass *pass)
{
	if (pass->label.attribute < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the query has no column \"%s\" for the label", pass->source->label),
				 errhint("Name the column that says whether it happened.")));
	if (pass->label.kind != COLUMN_BOOLEAN && pass->label.kind > COLUMN_INT8)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("label \"%s\" must be a boolean, or an integer that is 0 or 1", pass->label.name),
				 errhint("Write a condition for it, for example (revenue > 0) AS %s.", quote_identifier(pass->label.name))));
	if (pass->source->weight == NULL)
		return;
	if (pass->weight.attribute < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the query has no column \"%s\" for the weight", pass->source->weight),
				 errhint("Name the column that says how many rows a row stands for.")));
	if (pass->weight.kind >= COLUMN_BOOLEAN)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("weight \"%s\" must be a number", pass->weight.name),
				 errhint("Give how many rows a row stands for.")));
}

/* Label and weight are found by their names, all others are features. */
static void
begin_rows(DestReceiver *self, int operation, TupleDesc description)
{
	Pass	   *pass = (Pass *) self;
	TrainingTable *table = &pass->source->table;
	MemoryContext caller = MemoryContextSwitchTo(pass->source->memory);

	if (description->natts > TRAINING_MAX_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s cannot use more than %d columns", pass->source->caller, TRAINING_MAX_COLUMNS),
				 errhint("Leave out the ones that say least.")));
	pass->columns = palloc0(sizeof(SourceColumn) * (description->natts + 1));
	pass->label.attribute = pass->weight.attribute = -1;
	for (int i = 0; i < description->natts; i++)
	{
		SourceColumn *column = &pass->columns[pass->count];

		set_column(column, description, i);
		if (!take_column(&pass->label, pass->source->label, column) &&
			!take_column(&pass->weight, pass->source->weight, column))
			pass->count++;
	}
	check_label(pass);
	qsort(pass->columns, pass->count, sizeof(SourceColumn), compare_columns);
	for (int i = 1; i < pass->count; i++)
	{
		if (strcmp(pass->columns[i - 1].name, pass->columns[i].name) == 0)
			refuse_twice(pass->columns[i].name);
	}
	training_begin(table, pass->count, pass->source->seed);
	for (int i = 0; i < pass->count; i++)
	{
		table->columns[i].name.data = pass->columns[i].name;
		table->columns[i].name.size = strlen(pass->columns[i].name);
		table->columns[i].category = pass->columns[i].kind >= COLUMN_BOOLEAN;
	}
	pass->values = palloc0(sizeof(TrainingValue) * (pass->count + 1));
	MemoryContextSwitchTo(caller);
}

/* ----- rows ----- */

/* As predict() will see them in jsonb: a float4 by its shortest text. */
static double
number_of(const SourceColumn *column, Datum datum)
{
	double		number = 0;

	switch (column->kind)
	{
		case COLUMN_INT2:
			return DatumGetInt16(datum);
		case COLUMN_INT4:
			return DatumGetInt32(datum);
		case COLUMN_INT8:
			return (double) DatumGetInt64(datum);
		case COLUMN_FLOAT4:
			number = DatumGetFloat8(DirectFunctionCall1(float8in, DirectFunctionCall1(float4out, datum)));
			break;
		case COLUMN_FLOAT8:
			number = DatumGetFloat8(datum);
			break;
		default:
			number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, datum));
			break;
	}
	if (isnan(number) || isinf(number))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("column \"%s\" has a number that is not finite", column->name),
				 errhint("Give NULL instead, as in nullif(%s, 'NaN').", quote_identifier(column->name))));
	return number;
}

static ScoreText
text_of(SourceColumn *column, Datum datum)
{
	text	   *value;
	char	   *label;

	switch (column->kind)
	{
		case COLUMN_BOOLEAN:
			return DatumGetBool(datum) ? (ScoreText) {"true", 4} : (ScoreText) {"false", 5};
		case COLUMN_ENUM:
			label = OutputFunctionCall(&column->output, datum);
			return (ScoreText) {label, (uint32) strlen(label)};
		default:
			value = DatumGetTextPP(datum);
			return (ScoreText) {VARDATA_ANY(value), (uint32) VARSIZE_ANY_EXHDR(value)};
	}
}

static bool
label_of(const SourceColumn *label, Datum datum)
{
	double		number;

	if (label->kind == COLUMN_BOOLEAN)
		return DatumGetBool(datum);
	number = number_of(label, datum);
	if (number != 0 && number != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("label \"%s\" must be 0 or 1, not %.0f", label->name, number),
				 errhint("Write a condition for it, for example (revenue > 0) AS %s.", quote_identifier(label->name))));
	return number == 1;
}

/* More than so many rows a row is surely a mistake. */
#define WEIGHT_MAX 1e9

static double
weight_of(const SourceColumn *column, Datum datum)
{
	double		weight = number_of(column, datum);

	if (!(weight >= 0 && weight <= WEIGHT_MAX))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("weight \"%s\" must be from 0 to %g, not %g", column->name, WEIGHT_MAX, weight),
				 errhint("Give how many rows a row stands for.")));
	return weight;
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	Pass	   *pass = (Pass *) self;
	TrainingTable *table = &pass->source->table;
	MemoryContext caller;
	bool		label;
	double		weight = 1;

	slot_getallattrs(slot);
	if (slot->tts_isnull[pass->label.attribute] ||
		(pass->weight.attribute >= 0 && slot->tts_isnull[pass->weight.attribute]))
		return true;
	caller = MemoryContextSwitchTo(pass->scratch);
	label = label_of(&pass->label, slot->tts_values[pass->label.attribute]);
	if (pass->weight.attribute >= 0)
		weight = weight_of(&pass->weight, slot->tts_values[pass->weight.attribute]);
	for (int i = 0; i < pass->count; i++)
	{
		SourceColumn *column = &pass->columns[i];
		TrainingValue *value = &pass->values[i];
		Datum		datum = slot->tts_values[column->attribute];

		value->null = slot->tts_isnull[column->attribute];
		if (value->null)
			continue;
		if (column->kind == COLUMN_FLOAT8 && isfinite(DatumGetFloat8(datum)))
			value->number = DatumGetFloat8(datum);
		else if (column->kind >= COLUMN_BOOLEAN)
			value->text = text_of(column, datum);
		else
			value->number = number_of(column, datum);
	}
	MemoryContextSwitchTo(pass->source->memory);
	if (weight > 0)
		training_add_weighted(table, pass->values, label, weight);
	MemoryContextSwitchTo(caller);
	if (table->count % 256 == 0)
		MemoryContextReset(pass->scratch);
	return true;
}

void
training_read(TrainingSource *source, char *query)
{
	Pass		pass = {.source = source};
	MemoryContext caller;

	query_receiver_init(&pass.receiver, begin_rows, receive_row);
	source->memory = AllocSetContextCreate(CurrentMemoryContext, "intent train", ALLOCSET_DEFAULT_SIZES);
	pass.scratch = AllocSetContextCreate(source->memory, "intent train row", ALLOCSET_DEFAULT_SIZES);
	query_run(query_parse(query, source->caller), query, source->caller, &pass.receiver);
	caller = MemoryContextSwitchTo(source->memory);
	training_order(&source->table);
	MemoryContextSwitchTo(caller);
}
