/*
 * train_query_pg.c
 *		train(): a predictor learned from the rows of a query.
 *
 * The query runs with the rights of the caller.  Every column but the label is
 * a feature; rows go into columns in memory as they come.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

#include "base/query_pg.h"
#include "base/settings_pg.h"
#include "score/predictor_pg.h"
#include "score/training.h"

/* ----- options ----- */

typedef enum ModelChoice
{
	MODEL_AUTO,
	MODEL_LOGISTIC,
	MODEL_BOOSTED
} ModelChoice;

typedef struct TrainRequest
{
	TrainingOptions options;
	ModelChoice model;
	bool		l2_given;
} TrainRequest;

/* A class of fewer rows does not carry the many bins of a boosted model. */
#define ROWS_FOR_BOOSTING 100

#define OPTIONS_HINT "Options are model, transforms, l2, calibration, seed, learning_rate, rounds, bins, interactions, folds."

static char *
option_text(const char *key, const JsonbValue *value)
{
	if (value->type != jbvString)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be a text", key),
				 errhint("Write for example {\"%s\": \"auto\"}.", key)));
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static double
option_number(const char *key, const JsonbValue *value, double least, double most, bool whole)
{
	double		number = NAN;

	if (value->type == jbvNumeric)
		number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
	if (!(number >= least && number <= most) || (whole && number != floor(number)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be a %snumber from %g to %g", key, whole ? "whole " : "", least, most),
				 errhint("Leave it out for the default.")));
	return number;
}

/* Which of some words a text is. */
static int
option_word(const char *key, const JsonbValue *value, const char *const *words, const char *hint)
{
	char	   *given = option_text(key, value);

	for (int i = 0; words[i]; i++)
	{
		if (strcmp(given, words[i]) == 0)
			return i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" must not be \"%s\"", key, given),
			 errhint("%s", hint)));
}

static void
read_option(TrainRequest *request, const char *key, const JsonbValue *value)
{
	static const char *const models[] = {"auto", "logistic", "boosted", NULL};
	static const char *const auto_or_none[] = {"auto", "none", NULL};
	TrainingOptions *options = &request->options;

	if (strcmp(key, "model") == 0)
		request->model = (ModelChoice) option_word(key, value, models, "Write auto, logistic or boosted.");
	else if (strcmp(key, "transforms") == 0)
		options->transforms = option_word(key, value, auto_or_none, "Write auto or none.") == 0;
	else if (strcmp(key, "calibration") == 0)
		options->calibrate = option_word(key, value, auto_or_none, "Write auto or none.") == 0;
	else if (strcmp(key, "l2") == 0)
	{
		options->l2 = option_number(key, value, 0, 1e9, false);
		request->l2_given = true;
	}
	else if (strcmp(key, "seed") == 0)
		options->seed = (uint64) option_number(key, value, 0, 9007199254740991.0, true);
	else if (strcmp(key, "learning_rate") == 0)
		options->learning_rate = option_number(key, value, 0.001, 1, false);
	else if (strcmp(key, "rounds") == 0)
		options->rounds = (uint32) option_number(key, value, 1, 100000, true);
	else if (strcmp(key, "bins") == 0)
		options->bins = (uint32) option_number(key, value, 3, TRAINING_BINS, true);
	else if (strcmp(key, "interactions") == 0)
		options->pairs = (uint32) option_number(key, value, 0, 1000, true);
	else if (strcmp(key, "folds") == 0)
		options->folds = (uint32) option_number(key, value, 2, 20, true);
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown option \"%s\"", key),
				 errhint(OPTIONS_HINT)));
}

static void
read_options(TrainRequest *request, Jsonb *json)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	key;
	JsonbValue	value;

	request->options = training_defaults;
	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object"),
				 errhint("Write for example {\"model\": \"logistic\"}, or leave them out.")));
	iterator = JsonbIteratorInit(&json->root);
	while ((token = JsonbIteratorNext(&iterator, &key, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&iterator, &value, true);
		read_option(request, pnstrdup(key.val.string.val, key.val.string.len), &value);
	}
}

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
	const char *label_name;
	SourceColumn label;
	SourceColumn *columns;		/* by name */
	int			count;
	TrainingValue *values;
	TrainingTable table;
	uint64		seed;
	MemoryContext memory;		/* of all that is learned from */
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

/* The label is found by its name, all others are features. */
static void
begin_rows(DestReceiver *self, int operation, TupleDesc description)
{
	Pass	   *pass = (Pass *) self;
	MemoryContext caller = MemoryContextSwitchTo(pass->memory);
	bool		found = false;

	if (description->natts > TRAINING_MAX_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("train cannot use more than %d columns", TRAINING_MAX_COLUMNS),
				 errhint("Leave out the ones that say least.")));
	pass->columns = palloc0(sizeof(SourceColumn) * (description->natts + 1));
	for (int i = 0; i < description->natts; i++)
	{
		SourceColumn *column = &pass->columns[pass->count];

		set_column(column, description, i);
		if (strcmp(column->name, pass->label_name) != 0)
			pass->count++;
		else if (found)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("the query has column \"%s\" twice", column->name),
					 errhint("Name one of them otherwise, or leave it out.")));
		else
		{
			found = true;
			pass->label = *column;
		}
	}
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the query has no column \"%s\" for the label", pass->label_name),
				 errhint("Name the column that says whether it happened.")));
	if (pass->label.kind != COLUMN_BOOLEAN && pass->label.kind != COLUMN_INT4 &&
		pass->label.kind != COLUMN_INT2 && pass->label.kind != COLUMN_INT8)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("label \"%s\" must be a boolean, or an integer that is 0 or 1", pass->label.name),
				 errhint("Write a condition for it, for example (revenue > 0) AS %s.", quote_identifier(pass->label.name))));
	qsort(pass->columns, pass->count, sizeof(SourceColumn), compare_columns);
	for (int i = 1; i < pass->count; i++)
	{
		if (strcmp(pass->columns[i - 1].name, pass->columns[i].name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("the query has column \"%s\" twice", pass->columns[i].name),
					 errhint("Name one of them otherwise, or leave it out.")));
	}
	training_begin(&pass->table, pass->count, pass->seed);
	for (int i = 0; i < pass->count; i++)
	{
		pass->table.columns[i].name.data = pass->columns[i].name;
		pass->table.columns[i].name.size = strlen(pass->columns[i].name);
		pass->table.columns[i].category = pass->columns[i].kind >= COLUMN_BOOLEAN;
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

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	Pass	   *pass = (Pass *) self;
	MemoryContext caller;
	bool		label;

	slot_getallattrs(slot);
	if (slot->tts_isnull[pass->label.attribute])
		return true;
	caller = MemoryContextSwitchTo(pass->scratch);
	label = label_of(&pass->label, slot->tts_values[pass->label.attribute]);
	for (int i = 0; i < pass->count; i++)
	{
		SourceColumn *column = &pass->columns[i];
		TrainingValue *value = &pass->values[i];
		Datum		datum = slot->tts_values[column->attribute];

		value->null = slot->tts_isnull[column->attribute];
		if (value->null)
			continue;
		if (column->kind >= COLUMN_BOOLEAN)
			value->text = text_of(column, datum);
		else
			value->number = number_of(column, datum);
	}
	MemoryContextSwitchTo(pass->memory);
	training_add(&pass->table, pass->values, label);
	MemoryContextSwitchTo(caller);
	if (pass->table.count % 256 == 0)
		MemoryContextReset(pass->scratch);
	return true;
}

static void
say_progress(void *context, uint32_t round, double loss)
{
	if (intent_verbose)
		ereport(NOTICE, (errmsg("train: round %u, log loss %.6f", round, loss)));
}

PG_FUNCTION_INFO_V1(intent_train);
Datum
intent_train(PG_FUNCTION_ARGS)
{
	TrainRequest request = {.model = MODEL_AUTO};
	Pass		pass = {.count = 0};
	char	   *query = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Predictor	predictor;
	MemoryContext caller;
	struct varlena *result;
	uint32		fewest;

	read_options(&request, PG_GETARG_JSONB_P(2));
	query_receiver_init(&pass.receiver, begin_rows, receive_row);
	pass.label_name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	pass.seed = request.options.seed;
	pass.memory = AllocSetContextCreate(CurrentMemoryContext, "intent train", ALLOCSET_DEFAULT_SIZES);
	pass.scratch = AllocSetContextCreate(pass.memory, "intent train row", ALLOCSET_DEFAULT_SIZES);
	query_run(query_parse(query, "train"), query, "train", &pass.receiver);

	caller = MemoryContextSwitchTo(pass.memory);
	training_order(&pass.table);
	fewest = Min(pass.table.positives, pass.table.count - pass.table.positives);
	request.options.kind = request.model == MODEL_LOGISTIC ||
		(request.model == MODEL_AUTO && fewest < ROWS_FOR_BOOSTING) ? PREDICTOR_LOGISTIC : PREDICTOR_BOOSTED;
	if (request.options.kind == PREDICTOR_LOGISTIC && !request.l2_given)
		request.options.l2 = 1;
	training_fit(&pass.table, &request.options, say_progress, NULL, &predictor);
	MemoryContextSwitchTo(caller);
	result = predictor_to_varlena(&predictor);
	MemoryContextDelete(pass.memory);
	PG_RETURN_POINTER(result);
}
