/*
 * survival_pg.c
 *		survival_agg and what is read from its state.
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

/* Fewer events do not carry a decision. */
#define FEW_EVENTS 10

/* ----- rows in ----- */

static int64
duration_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	int64		duration = intent_interval_microseconds(PG_GETARG_INTERVAL_P(argument), name);

	if (duration > SURVIVAL_LONGEST)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s must be at most 104249 days", name),
				 errhint("Leave out rows that cannot have been watched for centuries.")));
	return duration;
}

PG_FUNCTION_INFO_V1(intent_survival_add);
Datum
intent_survival_add(PG_FUNCTION_ARGS)
{
	PartialObject *object;
	MemoryContext before;
	int64		duration;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || (PG_NARGS() > 3 && PG_ARGISNULL(3)))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	duration = duration_argument(fcinfo, 1, "duration");
	object = partial_object_argument(fcinfo, 0, &survival_kind);
	before = MemoryContextSwitchTo(partial_context(object));
	survival_add(object->state, duration, PG_GETARG_BOOL(2), PG_NARGS() > 3 ? PG_GETARG_FLOAT8(3) : 1);
	MemoryContextSwitchTo(before);
	PARTIAL_RETURN_OBJECT(object);
}

PG_FUNCTION_INFO_V1(intent_survival_merge_add);
Datum
intent_survival_merge_add(PG_FUNCTION_ARGS)
{
	return partial_merge_argument(fcinfo, &survival_kind);
}

/* ----- reading ----- */

static SurvivalCurve
curve_argument(FunctionCallInfo fcinfo)
{
	const EvaluationState *state = partial_state_argument(fcinfo, 0, &survival_kind);

	return survival_curve(state ? state : palloc0(sizeof(EvaluationState)));
}

/* Whole days of 24 hours and the rest. */
static Datum
interval_datum(double microseconds)
{
	Interval   *interval = palloc0(sizeof(Interval));
	int64		span = (int64) rint(microseconds);

	interval->day = (int32) (span / USECS_PER_DAY);
	interval->time = span % USECS_PER_DAY;
	return IntervalPGetDatum(interval);
}

static Datum
number_or_null(FunctionCallInfo fcinfo, double number)
{
	if (isnan(number))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(number);
}

PG_FUNCTION_INFO_V1(intent_survival_at);
Datum
intent_survival_at(PG_FUNCTION_ARGS)
{
	double		elapsed = (double) duration_argument(fcinfo, 1, "elapsed");
	SurvivalCurve curve = curve_argument(fcinfo);

	return number_or_null(fcinfo, survival_at(&curve, elapsed));
}

PG_FUNCTION_INFO_V1(intent_survival_chance);
Datum
intent_survival_chance(PG_FUNCTION_ARGS)
{
	double		elapsed = (double) duration_argument(fcinfo, 1, "elapsed");
	double		within = (double) duration_argument(fcinfo, 2, "within");
	SurvivalCurve curve = curve_argument(fcinfo);
	double		left = survival_at(&curve, elapsed);

	return number_or_null(fcinfo, left > 0 ? 1 - survival_at(&curve, elapsed + within) / left : NAN);
}

PG_FUNCTION_INFO_V1(intent_survival_expected);
Datum
intent_survival_expected(PG_FUNCTION_ARGS)
{
	double		elapsed = (double) duration_argument(fcinfo, 1, "elapsed");
	double		horizon = (double) duration_argument(fcinfo, 2, "horizon");
	SurvivalCurve curve = curve_argument(fcinfo);
	double		mean = survival_mean(&curve, elapsed, elapsed + horizon);

	if (isnan(mean))
		PG_RETURN_NULL();
	return interval_datum(mean);
}

/* ----- rows ----- */

#define COLUMNS_MAX 12

typedef struct Row
{
	int			count;
	Datum		values[COLUMNS_MAX];
	bool		nulls[COLUMNS_MAX];
} Row;

static void
put(Row *row, bool known, Datum value)
{
	row->nulls[row->count] = !known;
	row->values[row->count++] = known ? value : (Datum) 0;
}

static void
put_number(Row *row, double number)
{
	put(row, !isnan(number), Float8GetDatum(number));
}

static void
put_interval(Row *row, double microseconds)
{
	bool		known = !isnan(microseconds);

	put(row, known, known ? interval_datum(microseconds) : (Datum) 0);
}

static void
end_row(FunctionCallInfo fcinfo, Row *row)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	Assert(row->count == result->setDesc->natts);
	tuplestore_putvalues(result->setResult, result->setDesc, row->values, row->nulls);
	row->count = 0;
}

PG_FUNCTION_INFO_V1(intent_survival_table);
Datum
intent_survival_table(PG_FUNCTION_ARGS)
{
	SurvivalCurve curve;
	double		censored = 0;
	Row			row = {0};

	InitMaterializedSRF(fcinfo, 0);
	curve = curve_argument(fcinfo);
	for (size_t i = 0; i < curve.count; i++)
	{
		const SurvivalStep *step = &curve.steps[i];

		CHECK_FOR_INTERRUPTS();
		censored += step->censored;
		/* where nothing happened the curve stays; the last row says how far it was watched */
		if (step->events == 0 && i + 1 < curve.count)
			continue;
		put_interval(&row, step->duration);
		put_number(&row, step->at_risk);
		put_number(&row, step->events);
		put_number(&row, step->survival);
		put_number(&row, step->low);
		put_number(&row, step->high);
		put_number(&row, censored);
		put_number(&row, step->events / step->at_risk);
		end_row(fcinfo, &row);
		censored = 0;
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_survival_summary);
Datum
intent_survival_summary(PG_FUNCTION_ARGS)
{
	const double z = 1.959963984540054;
	SurvivalCurve curve;
	SurvivalSummary summary;
	double		horizon;
	double		days;
	bool		rate;
	Row			row = {0};

	InitMaterializedSRF(fcinfo, 0);
	curve = curve_argument(fcinfo);
	horizon = PG_ARGISNULL(1) ? curve.longest : (double) duration_argument(fcinfo, 1, "horizon");
	summary = survival_summary(&curve, horizon);
	days = summary.exposure / (double) USECS_PER_DAY;
	rate = days > 0;
	put(&row, true, Int64GetDatum((int64) curve.rows));
	put(&row, true, Int64GetDatum((int64) curve.events));
	put_interval(&row, summary.median);
	put_interval(&row, curve.rows > 0 ? horizon : NAN);
	put_interval(&row, summary.mean);
	put_interval(&row, summary.mean_low);
	put_interval(&row, summary.mean_high);
	put_number(&row, rate ? summary.events / days : NAN);
	/* the number of events is as Poisson's, so its logarithm has a variance of 1 / events */
	rate = rate && summary.rows_of_events > 0;
	put_number(&row, rate ? summary.events / days * exp(-z / sqrt(summary.rows_of_events)) : NAN);
	put_number(&row, rate ? summary.events / days * exp(z / sqrt(summary.rows_of_events)) : NAN);
	put(&row, true, CStringGetTextDatum(curve.rows == 0 ? "no_rows" : curve.events == 0 ? "no_events" :
										curve.events < FEW_EVENTS ? "insufficient_data" : "ok"));
	end_row(fcinfo, &row);
	return (Datum) 0;
}
