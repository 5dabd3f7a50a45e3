/*
 * survival_pg.c
 *		survival_agg, survival_merge, survival, survival_summary.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey/journey_pg.h"
#include "score/survival.h"
#include "sequence/partial_pg.h"

PG_FUNCTION_INFO_V1(intent_survival_add);
Datum
intent_survival_add(PG_FUNCTION_ARGS)
{
	PartialObject *object = partial_object_argument(fcinfo, 0, &survival_kind);

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		int64		elapsed = intent_interval_microseconds(PG_GETARG_INTERVAL_P(1), "elapsed");
		MemoryContext before = MemoryContextSwitchTo(partial_context(object));

		survival_add(object->state, elapsed, PG_GETARG_BOOL(2));
		MemoryContextSwitchTo(before);
	}
	PARTIAL_RETURN_OBJECT(object);
}

PG_FUNCTION_INFO_V1(intent_survival_merge);
Datum
intent_survival_merge(PG_FUNCTION_ARGS)
{
	return partial_merge_argument(fcinfo, &survival_kind);
}

static Datum
elapsed_interval(double microseconds)
{
	Interval   *elapsed = palloc0(sizeof(Interval));
	int64		whole = (int64) microseconds;

	elapsed->day = (int32) (whole / USECS_PER_DAY);
	elapsed->time = whole % USECS_PER_DAY;
	return IntervalPGetDatum(elapsed);
}

/* A number that may be unknown. */
static void
put_number(Datum *value, bool *isnull, double number)
{
	*isnull = isnan(number);
	*value = Float8GetDatum(number);
}

/* The state may be the aggregate's own: it is looked at, and sorted, as a copy. */
static Survival *
state_argument(FunctionCallInfo fcinfo)
{
	const Survival *given = partial_state_argument(fcinfo, 0, &survival_kind);
	Survival   *copy = palloc(sizeof(Survival));

	*copy = *given;
	copy->times = host_alloc_array(given->count + 1, sizeof(SurvivalTime));
	if (given->count > 0)
		memcpy(copy->times, given->times, given->count * sizeof(SurvivalTime));
	return copy;
}

PG_FUNCTION_INFO_V1(intent_survival);
Datum
intent_survival(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SurvivalStep *steps;
	size_t		count;

	InitMaterializedSRF(fcinfo, 0);
	steps = survival_steps(state_argument(fcinfo), &count);
	for (size_t i = 0; i < count; i++)
	{
		Datum		values[8];
		bool		nulls[8] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = elapsed_interval((double) steps[i].elapsed);
		values[1] = Int64GetDatum((int64) steps[i].at_risk);
		values[2] = Int64GetDatum((int64) steps[i].happened);
		values[3] = Int64GetDatum((int64) steps[i].censored);
		put_number(&values[4], &nulls[4], steps[i].survival);
		put_number(&values[5], &nulls[5], steps[i].low);
		put_number(&values[6], &nulls[6], steps[i].high);
		put_number(&values[7], &nulls[7], steps[i].hazard);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_survival_summary);
Datum
intent_survival_summary(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SurvivalSummary summary = {0};
	int64		horizon = PG_ARGISNULL(1) ? -1 : intent_interval_microseconds(PG_GETARG_INTERVAL_P(1), "horizon");
	Datum		values[10];
	bool		nulls[10] = {false};

	InitMaterializedSRF(fcinfo, 0);
	if (!PG_ARGISNULL(0))
	{
		Survival   *survival = state_argument(fcinfo);

		summary = survival_summarise(survival, horizon < 0 ? 0 : horizon);
		/* without one, as long as anybody was watched */
		if (horizon < 0)
		{
			horizon = summary.longest;
			summary = survival_summarise(survival, horizon);
		}
	}
	values[0] = Int64GetDatum((int64) summary.people);
	values[1] = Int64GetDatum((int64) summary.happened);
	values[2] = Int64GetDatum((int64) (summary.people - summary.happened));
	nulls[3] = summary.people == 0 || summary.median < 0;
	values[3] = elapsed_interval((double) summary.median);
	nulls[4] = summary.people == 0 || summary.median_low < 0;
	values[4] = elapsed_interval((double) summary.median_low);
	nulls[5] = summary.people == 0 || summary.median_high < 0;
	values[5] = elapsed_interval((double) summary.median_high);
	nulls[6] = horizon < 0;
	values[6] = elapsed_interval((double) horizon);
	nulls[7] = nulls[8] = summary.people == 0 || isnan(summary.mean);
	values[7] = nulls[7] ? (Datum) 0 : elapsed_interval(rint(summary.mean));
	values[8] = nulls[8] ? (Datum) 0 : elapsed_interval(rint(summary.mean_error));
	values[9] = CStringGetTextDatum(summary.people == 0 ? "no_rows" :
									summary.happened == 0 ? "no_outcome" :
									summary.happened < 10 ? "insufficient_data" : "ok");
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	return (Datum) 0;
}
