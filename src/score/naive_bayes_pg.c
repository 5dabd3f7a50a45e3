/*
 * naive_bayes_pg.c
 *		naive_bayes: an aggregate that learns a predictor, row by row.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "journey/journey_pg.h"
#include "score/naive_bayes.h"
#include "score/predictor_pg.h"
#include "sequence/partial_pg.h"

/* Rows that a rare value is drawn towards 0 by. */
#define SMOOTHING 5.0

/* ----- rows in ----- */

static Fixed
weight_argument(FunctionCallInfo fcinfo, int argument)
{
	Fixed		weight = FIXED_ONE;

	if (PG_NARGS() > argument &&
		(!(PG_GETARG_FLOAT8(argument) >= 0) || !fixed_from_double(PG_GETARG_FLOAT8(argument), &weight)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("weight must be a number from 0 on, not %g", PG_GETARG_FLOAT8(argument)),
				 errhint("Give each row the number of rows that it stands for.")));
	return weight;
}

static void
add_value(NaiveBayesState *state, const ScoreText *name, const JsonbValue *value, bool label, Fixed weight)
{
	ScoreText	text;
	double		number;

	switch (value->type)
	{
		case jbvNull:
			return;
		case jbvString:
			text = (ScoreText) {value->val.string.val, (uint32) value->val.string.len};
			naive_bayes_text(state, name, &text, label, weight);
			return;
		case jbvBool:
			text = value->val.boolean ? (ScoreText) {"true", 4} : (ScoreText) {"false", 5};
			naive_bayes_text(state, name, &text, label, weight);
			return;
		case jbvNumeric:
			number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
			if (!isfinite(number))
				ereport(ERROR,
						(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						 errmsg("feature \"%.*s\" must be a finite number", (int) name->size, name->data),
						 errhint("Give null for what is not known.")));
			naive_bayes_number(state, name, number, label, weight);
			return;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("feature \"%.*s\" must not be an array or object", (int) name->size, name->data),
					 errhint("Give a number, a text, a boolean or null.")));
	}
}

static void
add_features(NaiveBayesState *state, Jsonb *features, bool label, Fixed weight)
{
	JsonbIterator *iterator;
	JsonbValue	key;
	JsonbValue	value;

	if (!JB_ROOT_IS_OBJECT(features))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("features must be a JSON object"),
				 errhint("Give for example to_jsonb(t) of a row, or {\"visits\": 3, \"channel\": \"web\"}.")));
	naive_bayes_row(state, label, weight);
	iterator = JsonbIteratorInit(&features->root);
	for (JsonbIteratorToken token; (token = JsonbIteratorNext(&iterator, &key, true)) != WJB_DONE;)
	{
		ScoreText	name;

		if (token != WJB_KEY)
			continue;
		name = (ScoreText) {key.val.string.val, (uint32) key.val.string.len};
		(void) JsonbIteratorNext(&iterator, &value, true);
		add_value(state, &name, &value, label, weight);
	}
}

PG_FUNCTION_INFO_V1(intent_naive_bayes_add);
Datum
intent_naive_bayes_add(PG_FUNCTION_ARGS)
{
	PartialObject *object;
	MemoryContext before;
	Jsonb	   *features;
	Fixed		weight;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || (PG_NARGS() > 3 && PG_ARGISNULL(3)))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	features = PG_GETARG_JSONB_P(1);
	weight = weight_argument(fcinfo, 3);
	object = partial_object_argument(fcinfo, 0, &naive_bayes_kind);
	before = MemoryContextSwitchTo(partial_context(object));
	if (weight > 0)
		add_features(object->state, features, PG_GETARG_BOOL(2), weight);
	MemoryContextSwitchTo(before);
	PARTIAL_RETURN_OBJECT(object);
}

PG_FUNCTION_INFO_V1(intent_naive_bayes_merge_add);
Datum
intent_naive_bayes_merge_add(PG_FUNCTION_ARGS)
{
	return partial_merge_argument(fcinfo, &naive_bayes_kind);
}

/* ----- reading ----- */

/* A state may have come from outside, and its texts go into the predictor. */
static void
check_texts(const NaiveBayesState *state)
{
	for (uint32 i = 0; i < state->names.count; i++)
	{
		const NaiveBayesFeature *feature = &state->features[i];

		pg_verifymbstr(state->names.words[i].data, (int) state->names.words[i].size, false);
		for (uint32 j = 0; feature->category && j < feature->words.count; j++)
			pg_verifymbstr(feature->words.words[j].data, (int) feature->words.words[j].size, false);
	}
}

PG_FUNCTION_INFO_V1(intent_naive_bayes);
Datum
intent_naive_bayes(PG_FUNCTION_ARGS)
{
	const NaiveBayesState *state = partial_state_argument(fcinfo, 0, &naive_bayes_kind);
	double		smoothing = PG_NARGS() > 1 ? PG_GETARG_FLOAT8(1) : SMOOTHING;
	Predictor	predictor;

	if (!(smoothing > 0 && smoothing <= 1e6))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("smoothing must be above 0 and at most 1000000, not %g", smoothing),
				 errhint("Give how many rows a rare value is drawn towards 0 by, for example 5.")));
	check_texts(state);
	naive_bayes_predictor(state, smoothing, &predictor);
	PG_RETURN_POINTER(predictor_to_varlena(&predictor));
}

PG_FUNCTION_INFO_V1(intent_naive_bayes_decay);
Datum
intent_naive_bayes_decay(PG_FUNCTION_ARGS)
{
	const NaiveBayesState *state = partial_state_argument(fcinfo, 0, &naive_bayes_kind);
	double		factor = PG_GETARG_FLOAT8(1);
	NaiveBayesState decayed;
	ByteBuffer	out;
	Fixed		fixed = 0;

	if (!(factor >= 0 && factor <= 1) || !fixed_from_double(factor, &fixed))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("factor must be from 0 to 1, not %g", factor),
				 errhint("Write 0.5 ^ (1 / 30.0) each day for a half-life of 30 days.")));
	naive_bayes_decay(state, fixed, &decayed);
	journey_buffer_init(&out, 256);
	partial_pack(&out, &naive_bayes_kind, &decayed);
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}
