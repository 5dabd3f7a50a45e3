/*
 * funnel_report_pg.c
 *		funnel_agg, funnel_merge and funnel_report: funnels of many people.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "pattern/pattern_pg.h"
#include "sequence/funnel_count.h"
#include "sequence/partial_pg.h"
#include "sequence/retention.h"

PG_FUNCTION_INFO_V1(intent_funnel_agg_add);
Datum
intent_funnel_agg_add(PG_FUNCTION_ARGS)
{
	PatternCache *cache;
	PartialObject *object;
	JourneyView view;
	Funnel		funnel;
	MemoryContext caller;

	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("pattern must not be null"),
				 errhint("Write the steps of the funnel, for example 'view -> cart -> purchase'.")));
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	cache = pattern_cache_get(fcinfo, 2);
	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(1));
	caller = pattern_cache_load(cache, &view);
	funnel_find(&funnel, &cache->matcher);

	MemoryContextSwitchTo(caller);
	object = partial_object_argument(fcinfo, 0, &funnel_kind);
	MemoryContextSwitchTo(partial_context(object));
	funnel_count_begin(object->state, &cache->pattern);
	funnel_count_add(object->state, &cache->pattern, &funnel);
	MemoryContextSwitchTo(caller);
	if (funnel.steps)
	{
		pfree(funnel.steps);
		pfree(funnel.times);
	}
	PARTIAL_RETURN_OBJECT(object);
}

PG_FUNCTION_INFO_V1(intent_funnel_merge_add);
Datum
intent_funnel_merge_add(PG_FUNCTION_ARGS)
{
	return partial_merge_argument(fcinfo, &funnel_kind);
}

enum
{
	REPORT_STEP, REPORT_NAME, REPORT_ENTERED, REPORT_CONVERTED, REPORT_RATE,
	REPORT_RATE_LOW, REPORT_RATE_HIGH, REPORT_P50, REPORT_P90, REPORT_COLUMNS
};

PG_FUNCTION_INFO_V1(intent_funnel_report);
Datum
intent_funnel_report(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const FunnelCount *count;
	uint64		entered;

	InitMaterializedSRF(fcinfo, 0);
	count = partial_state_argument(fcinfo, 0, &funnel_kind);
	if (count == NULL)
		return (Datum) 0;
	entered = count->journeys;
	for (uint32 i = 0; i < count->levels; i++)
	{
		const FunnelStep *step = &count->steps[i];
		bool		timed = i > 0 && step->reached > 0;
		double		low = 0;
		double		high = 0;
		Datum		values[REPORT_COLUMNS];
		bool		nulls[REPORT_COLUMNS] = {false};

		/* a state may come from a client */
		pg_verifymbstr(step->name, (int) step->name_size, false);
		if (entered > 0)
			retention_interval(step->reached, entered, &low, &high);
		values[REPORT_STEP] = Int32GetDatum((int32) i + 1);
		values[REPORT_NAME] = PointerGetDatum(cstring_to_text_with_len(step->name, (int) step->name_size));
		values[REPORT_ENTERED] = Int64GetDatum((int64) entered);
		values[REPORT_CONVERTED] = Int64GetDatum((int64) step->reached);
		values[REPORT_RATE] = Float8GetDatum(entered > 0 ? (double) step->reached / (double) entered : 0);
		values[REPORT_RATE_LOW] = Float8GetDatum(low);
		values[REPORT_RATE_HIGH] = Float8GetDatum(high);
		nulls[REPORT_RATE] = nulls[REPORT_RATE_LOW] = nulls[REPORT_RATE_HIGH] = entered == 0;
		values[REPORT_P50] = Float8GetDatum(timed ? funnel_count_quantile(step, 50) : 0);
		values[REPORT_P90] = Float8GetDatum(timed ? funnel_count_quantile(step, 90) : 0);
		nulls[REPORT_P50] = nulls[REPORT_P90] = !timed;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		entered = step->reached;
	}
	return (Datum) 0;
}
