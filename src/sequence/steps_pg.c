/*
 * steps_pg.c
 *		next_events, previous_events, rework, time_between, times_between.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey/journey_edit.h"
#include "journey/journey_pg.h"
#include "sequence/anchors_pg.h"
#include "sequence/model_pg.h"
#include "sequence/steps.h"

/* ----- arguments and results ----- */

static bool *
matching_argument(FunctionCallInfo fcinfo, int argument, const JourneyView *view)
{
	int			count;
	TouchpointPattern *patterns = intent_touchpoint_patterns(PG_GETARG_ARRAYTYPE_P(argument), &count);

	return journey_matching_codes(view, patterns, count);
}

/* The dictionary as touchpoint texts, made once for all events. */
static Datum *
touchpoint_texts(const JourneyView *view)
{
	Touchpoint *touchpoints = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	Datum	   *texts = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Datum));

	journey_dictionary(view, touchpoints);
	for (uint32 i = 0; i < view->touchpoints; i++)
		texts[i] = model_touchpoint_datum(&touchpoints[i]);
	return texts;
}

/* Whole days of 24 hours and the rest, as duration() has them. */
static Datum
elapsed_datum(int64 earlier, int64 later)
{
	Interval   *interval = palloc0(sizeof(Interval));
	uint64		span = (uint64) later - (uint64) earlier;

	interval->day = (int32) (span / USECS_PER_DAY);
	interval->time = (TimeOffset) (span % USECS_PER_DAY);
	return IntervalPGetDatum(interval);
}

/* ----- next and previous events ----- */

/* Up to depth events from each anchor on, and where the journey ends before that, its end. */
static Datum
events_around(FunctionCallInfo fcinfo, int direction, const char *end)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	JourneyView view;
	Steps		steps;
	bool	   *anchors;
	Datum	   *texts;
	Datum		end_text = CStringGetTextDatum(end);
	int32		depth = PG_GETARG_INT32(2);
	int32		number = 0;

	if (depth < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("depth must be at least 1, not %d", depth),
				 errhint("Give how many events to look at, for example 3.")));
	InitMaterializedSRF(fcinfo, 0);
	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	anchors = anchor_events(fcinfo, 1, &view, direction > 0 ? ANCHOR_LAST : ANCHOR_FIRST);
	texts = touchpoint_texts(&view);
	steps = steps_open(&view);
	for (uint32 anchor = 0; anchor < steps.count; anchor++)
	{
		if (!anchors[anchor])
			continue;
		number++;
		for (int32 step = 1; step <= depth; step++)
		{
			int64		at = (int64) anchor + (int64) direction * step;
			bool		beyond = at < 0 || at >= steps.count;
			Datum		values[5];
			bool		nulls[5] = {false, false, false, beyond, beyond};

			CHECK_FOR_INTERRUPTS();
			values[0] = Int32GetDatum(number);
			values[1] = Int32GetDatum(step);
			values[2] = beyond ? end_text : texts[steps.code[at]];
			values[3] = beyond ? (Datum) 0 : TimestampTzGetDatum(steps.at[at]);
			values[4] = beyond ? (Datum) 0 :
				direction > 0 ? elapsed_datum(steps.at[anchor], steps.at[at]) : elapsed_datum(steps.at[at], steps.at[anchor]);
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
			if (beyond)
				break;
			pfree(DatumGetPointer(values[4]));
		}
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_next_events);
Datum
intent_next_events(PG_FUNCTION_ARGS)
{
	return events_around(fcinfo, 1, "(end)");
}

PG_FUNCTION_INFO_V1(intent_previous_events);
Datum
intent_previous_events(PG_FUNCTION_ARGS)
{
	return events_around(fcinfo, -1, "(start)");
}

/* ----- rework ----- */

PG_FUNCTION_INFO_V1(intent_rework);
Datum
intent_rework(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	JourneyView view;
	Steps		steps;
	StepRework *rework;
	Datum	   *texts;

	InitMaterializedSRF(fcinfo, 0);
	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	texts = touchpoint_texts(&view);
	steps = steps_open(&view);
	rework = steps_rework(&steps);
	for (uint32 i = 0; i < view.touchpoints; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = texts[i];
		values[1] = Int32GetDatum((int32) rework[i].count);
		values[2] = Int32GetDatum((int32) rework[i].repeats);
		values[3] = Int32GetDatum((int32) rework[i].returns);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* ----- time between touchpoints ----- */

PG_FUNCTION_INFO_V1(intent_time_between);
Datum
intent_time_between(PG_FUNCTION_ARGS)
{
	JourneyView view;
	Steps		steps;
	uint32		start;
	uint32		end;

	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	steps = steps_open(&view);
	if (!steps_between(&steps, matching_argument(fcinfo, 1, &view), matching_argument(fcinfo, 2, &view),
					   0, &start, &end))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(elapsed_datum(steps.at[start], steps.at[end]));
}

PG_FUNCTION_INFO_V1(intent_times_between);
Datum
intent_times_between(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	JourneyView view;
	Steps		steps;
	bool	   *starts;
	bool	   *ends;
	uint32		start;
	uint32		end = 0;

	InitMaterializedSRF(fcinfo, 0);
	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	starts = matching_argument(fcinfo, 1, &view);
	ends = matching_argument(fcinfo, 2, &view);
	steps = steps_open(&view);
	/* what ended one may start the next */
	while (steps_between(&steps, starts, ends, end, &start, &end))
	{
		Datum		values[3];
		bool		nulls[3] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = TimestampTzGetDatum(steps.at[start]);
		values[1] = TimestampTzGetDatum(steps.at[end]);
		values[2] = elapsed_datum(steps.at[start], steps.at[end]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		pfree(DatumGetPointer(values[2]));
	}
	return (Datum) 0;
}
