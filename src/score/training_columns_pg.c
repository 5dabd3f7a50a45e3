/*
 * training_columns_pg.c
 *		Rows of the server as rows to learn from: label, weight, and features.
 *
 * Every column of a table but the label and the weight is a feature, and so is
 * every member of an object.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

#include "score/training_columns_pg.h"

/* ----- columns ----- */

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
	return score_text_compare(&((const SourceColumn *) a)->name, &((const SourceColumn *) b)->name);
}

static void
set_column(SourceColumn *column, TupleDesc description, int attribute)
{
	Form_pg_attribute form = TupleDescAttr(description, attribute);

	column->name = (ScoreText) {pstrdup(NameStr(form->attname)), (uint32) strlen(NameStr(form->attname))};
	column->attribute = attribute;
	if (!find_kind(form->atttypid, &column->kind))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of type %s cannot be a feature", column->name.data, format_type_be(form->atttypid)),
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
refuse_twice(const TrainingColumns *columns, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_COLUMN),
			 errmsg("the %s has column \"%s\" twice", columns->source, name),
			 errhint("Name one of them otherwise, or leave it out.")));
}

/* A column that has a part of its own; its attribute is -1 until it is found. */
static bool
take_column(const TrainingColumns *columns, SourceColumn *mine, const char *name, const SourceColumn *column)
{
	if (name == NULL || strcmp(column->name.data, name) != 0)
		return false;
	if (mine->attribute >= 0)
		refuse_twice(columns, name);
	*mine = *column;
	return true;
}

static void
check_label(const TrainingColumns *columns)
{
	if (columns->label.attribute < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the %s has no column \"%s\" for the label", columns->source, columns->label_name),
				 errhint("Name the column that says whether it happened.")));
	if (columns->label.kind != COLUMN_BOOLEAN && columns->label.kind > COLUMN_INT8)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("label \"%s\" must be a boolean, or an integer that is 0 or 1", columns->label.name.data),
				 errhint("Write a condition for it, for example (revenue > 0) AS %s.", quote_identifier(columns->label.name.data))));
	if (columns->weight_name == NULL)
		return;
	if (columns->weight.attribute < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the %s has no column \"%s\" for the weight", columns->source, columns->weight_name),
				 errhint("Name the column that says how many rows a row stands for.")));
	if (columns->weight.kind >= COLUMN_BOOLEAN)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("weight \"%s\" must be a number", columns->weight.name.data),
				 errhint("Give how many rows a row stands for.")));
}

void
training_columns_begin(TrainingColumns *columns, TupleDesc description)
{
	if (description->natts > TRAINING_MAX_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s cannot use more than %d columns", columns->caller, TRAINING_MAX_COLUMNS),
				 errhint("Leave out the ones that say least.")));
	columns->columns = palloc0(sizeof(SourceColumn) * (description->natts + 1));
	columns->count = 0;
	columns->label.attribute = columns->weight.attribute = -1;
	for (int i = 0; i < description->natts; i++)
	{
		SourceColumn *column = &columns->columns[columns->count];

		/* a row type keeps the places of columns that were dropped */
		if (TupleDescAttr(description, i)->attisdropped)
			continue;
		set_column(column, description, i);
		if (!take_column(columns, &columns->label, columns->label_name, column) &&
			!take_column(columns, &columns->weight, columns->weight_name, column))
			columns->count++;
	}
	check_label(columns);
	qsort(columns->columns, columns->count, sizeof(SourceColumn), compare_columns);
	for (int i = 1; i < columns->count; i++)
	{
		if (compare_columns(&columns->columns[i - 1], &columns->columns[i]) == 0)
			refuse_twice(columns, columns->columns[i].name.data);
	}
	columns->values = palloc0(sizeof(TrainingValue) * (columns->count + 1));
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
				 errmsg("column \"%s\" has a number that is not finite", column->name.data),
				 errhint("Give NULL instead, as in nullif(%s, 'NaN').", quote_identifier(column->name.data))));
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
				 errmsg("label \"%s\" must be 0 or 1, not %.0f", label->name.data, number),
				 errhint("Write a condition for it, for example (revenue > 0) AS %s.", quote_identifier(label->name.data))));
	return number == 1;
}

static double
weight_of(const SourceColumn *column, Datum datum)
{
	double		weight = number_of(column, datum);

	if (!(weight >= 0 && weight <= TRAINING_WEIGHT_MAX))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("weight \"%s\" must be from 0 to %g, not %g", column->name.data, TRAINING_WEIGHT_MAX, weight),
				 errhint("Give how many rows a row stands for.")));
	return weight;
}

bool
training_columns_read(TrainingColumns *columns, const Datum *values, const bool *nulls, bool *label, double *weight)
{
	*weight = 1;
	if (nulls[columns->label.attribute] || (columns->weight.attribute >= 0 && nulls[columns->weight.attribute]))
		return false;
	*label = label_of(&columns->label, values[columns->label.attribute]);
	if (columns->weight.attribute >= 0)
		*weight = weight_of(&columns->weight, values[columns->weight.attribute]);
	for (int i = 0; i < columns->count; i++)
	{
		SourceColumn *column = &columns->columns[i];
		TrainingValue *value = &columns->values[i];
		Datum		datum = values[column->attribute];

		value->null = nulls[column->attribute];
		if (value->null)
			continue;
		if (column->kind == COLUMN_FLOAT8 && isfinite(DatumGetFloat8(datum)))
			value->number = DatumGetFloat8(datum);
		else if (source_column_is_category(column))
			value->text = text_of(column, datum);
		else
			value->number = number_of(column, datum);
	}
	return true;
}

/* ----- rows as objects ----- */

void
training_refuse_not_finite(const ScoreText *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("feature \"%.*s\" must be a finite number", (int) name->size, name->data),
			 errhint("Give null for what is not known.")));
}

/* Returns whether it is a category. */
static bool
read_member(const ScoreText *name, const JsonbValue *member, TrainingValue *value)
{
	value->null = member->type == jbvNull;
	switch (member->type)
	{
		case jbvNull:
			return false;
		case jbvString:
			value->text = (ScoreText) {member->val.string.val, (uint32) member->val.string.len};
			return true;
		case jbvBool:
			value->text = member->val.boolean ? (ScoreText) {"true", 4} : (ScoreText) {"false", 5};
			return true;
		case jbvNumeric:
			value->number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(member->val.numeric)));
			if (!isfinite(value->number))
				training_refuse_not_finite(name);
			return false;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("feature \"%.*s\" must not be an array or object", (int) name->size, name->data),
					 errhint("Give a number, a text, a boolean or null.")));
	}
}

void
training_object_read(Jsonb *object, TakeMember take, void *context)
{
	JsonbIterator *iterator;
	JsonbValue	key;
	JsonbValue	member;

	if (!JB_ROOT_IS_OBJECT(object))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("features must be a JSON object"),
				 errhint("Give for example to_jsonb(t) of a row, or {\"visits\": 3, \"channel\": \"web\"}.")));
	iterator = JsonbIteratorInit(&object->root);
	for (JsonbIteratorToken token; (token = JsonbIteratorNext(&iterator, &key, true)) != WJB_DONE;)
	{
		TrainingValue value = {0};
		ScoreText	name;
		bool		category;

		if (token != WJB_KEY)
			continue;
		name = (ScoreText) {key.val.string.val, (uint32) key.val.string.len};
		(void) JsonbIteratorNext(&iterator, &member, true);
		category = read_member(&name, &member, &value);
		take(context, &name, &value, category);
	}
}

void
training_words_verify(const TrainingWords *words)
{
	for (uint32 i = 0; i < words->count; i++)
		pg_verifymbstr(words->words[i].data, (int) words->words[i].size, false);
}
