/*
 * naive_bayes_pg.c
 *		naive_bayes: an aggregate that learns a predictor, row by row.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "utils/jsonb.h"

#include "journey/journey_pg.h"
#include "score/naive_bayes.h"
#include "score/predictor_pg.h"
#include "score/training_columns_pg.h"
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

/* What the members of a row go into. */
typedef struct Row
{
	NaiveBayesState *state;
	bool		label;
	Fixed		weight;
} Row;

static void
take_member(void *context, const ScoreText *name, const TrainingValue *value, bool category)
{
	const Row  *row = context;

	if (value->null)
		return;
	if (category)
		naive_bayes_text(row->state, name, &value->text, row->label, row->weight);
	else
		naive_bayes_number(row->state, name, value->number, row->label, row->weight);
}

static void
add_features(NaiveBayesState *state, Jsonb *features, bool label, Fixed weight)
{
	Row			row = {state, label, weight};

	naive_bayes_row(state, label, weight);
	training_object_read(features, take_member, &row);
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
verify_texts(const NaiveBayesState *state)
{
	training_words_verify(&state->names);
	for (uint32 i = 0; i < state->names.count; i++)
	{
		if (state->features[i].category)
			training_words_verify(&state->features[i].words);
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
	verify_texts(state);
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
