/*
 * training_set_query_pg.c
 *		training_set, propose_signals, person_fold.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "journey/journey_pg.h"
#include "pattern/pattern_pg.h"
#include "score/features_pg.h"
#include "score/propose.h"
#include "score/training_rows_pg.h"
#include "score/training_split.h"

typedef struct SetPass
{
	ReturnSetInfo *result;
	uint32		folds;
} SetPass;

static void
put_row(void *context, const TrainingRow *row)
{
	SetPass    *pass = context;
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = PointerGetDatum(cstring_to_text_with_len(row->person, row->person_size));
	values[1] = TimestampTzGetDatum(row->as_of);
	values[2] = BoolGetDatum(row->labels[0] == ROW_YES);
	values[3] = PointerGetDatum(features_array(row->scorer));
	values[4] = Int32GetDatum((int32) training_person_fold(row->person_hash, pass->folds));
	tuplestore_putvalues(pass->result->setResult, pass->result->setDesc, values, nulls);
}

static void
refuse_null(FunctionCallInfo fcinfo, int argument, const char *name, const char *hint)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 errhint("%s", hint)));
}

static uint32
folds_argument(FunctionCallInfo fcinfo, int argument)
{
	int32		folds = PG_ARGISNULL(argument) ? 5 : PG_GETARG_INT32(argument);

	if (folds < 1 || folds > 1000000)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("folds must be from 1 to 1000000, not %d", folds),
				 errhint("Write how many parts people shall be divided into, for example 5.")));
	return (uint32) folds;
}

PG_FUNCTION_INFO_V1(intent_training_set);
Datum
intent_training_set(PG_FUNCTION_ARGS)
{
	RowRequest	request = {.function = "training_set", .outcome_count = 1};
	RowOutcome	outcome = {0};
	SetPass		pass = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	MemoryContext memory;
	MemoryContext caller;

	refuse_null(fcinfo, 0, "query", "Give a SELECT with the columns person and journey.");
	refuse_null(fcinfo, 1, "outcome", "Give the pattern that is to come, for example 'purchase'.");
	refuse_null(fcinfo, 2, "horizon", "Say within what time it is to come, for example '7 days'.");
	InitMaterializedSRF(fcinfo, 0);

	/* scorer and matchers last as long as the call, and no longer */
	memory = AllocSetContextCreate(CurrentMemoryContext, "intent training set", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(memory);
	request.query = text_to_cstring(PG_GETARG_TEXT_PP(0));
	request.outcomes = &outcome;
	outcome.pattern = pattern_from_varlena(PG_GETARG_PATTERN_P(1));
	outcome.horizon = intent_interval_microseconds(PG_GETARG_INTERVAL_P(2), "horizon");
	if (outcome.horizon == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("horizon must be longer than 0"),
				 errhint("Say within what time it is to come, for example '7 days'.")));
	pattern_matcher_init(&outcome.matcher, outcome.pattern);
	training_rows_arguments(fcinfo, 3, &request);
	pass.folds = folds_argument(fcinfo, 11);
	training_rows_run(&request, put_row, &pass);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(memory);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_propose_signals);
Datum
intent_propose_signals(PG_FUNCTION_ARGS)
{
	int32		most = PG_ARGISNULL(1) ? PROPOSED_SIGNALS : PG_GETARG_INT32(1);
	TimestampTz as_of = 0;

	refuse_null(fcinfo, 0, "query", "Give a SELECT with the column journey.");
	if (most < 1 || most > SCORECARD_MAX_SIGNALS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("most must be from 1 to %d, not %d", SCORECARD_MAX_SIGNALS, most),
				 errhint("Say how many signals there may be, for example 60.")));
	if (!PG_ARGISNULL(2))
		as_of = intent_finite_time(PG_GETARG_TIMESTAMPTZ(2), "as_of");
	PG_RETURN_POINTER(training_rows_propose("propose_signals", text_to_cstring(PG_GETARG_TEXT_PP(0)),
											PG_ARGISNULL(2) ? NULL : &as_of, (uint32) most));
}

PG_FUNCTION_INFO_V1(intent_person_fold);
Datum
intent_person_fold(PG_FUNCTION_ARGS)
{
	text	   *person = PG_GETARG_TEXT_PP(0);
	uint64		hash = training_person_hash(VARDATA_ANY(person), VARSIZE_ANY_EXHDR(person), (uint64) PG_GETARG_INT64(2));

	PG_RETURN_INT32((int32) training_person_fold(hash, folds_argument(fcinfo, 1)));
}
