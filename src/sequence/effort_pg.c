/*
 * effort_pg.c
 *		effort_parts, effort.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "base/numeric_pg.h"
#include "journey/journey_pg.h"
#include "sequence/effort_pg.h"
#include "sequence/model_pg.h"

static void
measure_arguments(FunctionCallInfo fcinfo, int gap_argument, Effort *effort)
{
	int64		gap = intent_interval_microseconds(PG_GETARG_INTERVAL_P(gap_argument), "gap");
	JourneyView view;

	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	effort_measure(effort, &view, view.events, gap);
}

/* Whole days of 24 hours and the rest, as duration() has them. */
static Datum
waited_datum(uint64 microseconds)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->day = (int32) (microseconds / USECS_PER_DAY);
	interval->time = (TimeOffset) (microseconds % USECS_PER_DAY);
	return IntervalPGetDatum(interval);
}

PG_FUNCTION_INFO_V1(intent_effort_parts);
Datum
intent_effort_parts(PG_FUNCTION_ARGS)
{
	Effort		effort;
	TupleDesc	descriptor;
	Datum		values[EFFORT_MEASURES];
	bool		nulls[EFFORT_MEASURES] = {false};

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	measure_arguments(fcinfo, 1, &effort);
	values[EFFORT_CONTACTS] = Int32GetDatum((int32) effort.contacts);
	values[EFFORT_SESSIONS] = Int32GetDatum((int32) effort.sessions);
	values[EFFORT_CHANNEL_SWITCHES] = Int32GetDatum((int32) effort.channel_switches);
	values[EFFORT_REPEATS] = Int32GetDatum((int32) effort.repeats);
	values[EFFORT_BACKTRACKS] = Int32GetDatum((int32) effort.backtracks);
	values[EFFORT_DAYS_WAITED] = waited_datum(effort.waited);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls)));
}

/* ----- weights ----- */

static void
not_a_weight(const JsonbValue *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("weight of \"%.*s\" is not a number",
					pg_mbcliplen(name->val.string.val, name->val.string.len, 100), name->val.string.val),
			 errhint("Write a number for each measure, for example {\"repeats\": 2.5}.")));
}

static Fixed
weight_of(const JsonbValue *name, const JsonbValue *value)
{
	char	   *text;
	Fixed		weight;

	if (value->type != jbvNumeric)
		not_a_weight(name);
	text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
	if (fixed_from_text(text, strlen(text), &weight) != FIXED_TEXT_OK)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("weight %.60s is out of range", text),
				 errhint("Weights have at most 26 digits before the point.")));
	pfree(text);
	return weight;
}

EffortWeights
effort_weights(Jsonb *jsonb)
{
	EffortWeights weights = effort_default_weights();
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	name;
	JsonbValue	value;

	if (!JB_ROOT_IS_OBJECT(jsonb))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weights are not a JSON object"),
				 errhint("Write a number for each measure, for example {\"repeats\": 2.5}.")));
	iterator = JsonbIteratorInit(&jsonb->root);
	while ((token = JsonbIteratorNext(&iterator, &name, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&iterator, &value, true);
		effort_set_weight(&weights, name.val.string.val, name.val.string.len, weight_of(&name, &value));
	}
	return weights;
}

PG_FUNCTION_INFO_V1(intent_effort);
Datum
intent_effort(PG_FUNCTION_ARGS)
{
	EffortWeights weights;
	Effort		effort;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	weights = PG_ARGISNULL(1) ? effort_default_weights() : effort_weights(PG_GETARG_JSONB_P(1));
	measure_arguments(fcinfo, 2, &effort);
	PG_RETURN_DATUM(fixed_numeric(effort_sum(&effort, &weights)));
}
