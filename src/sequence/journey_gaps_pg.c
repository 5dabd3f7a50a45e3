/*
 * journey_gaps_pg.c
 *		gap_agg, gap_merge and journey_gaps: where many journeys are lost.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "base/numeric_pg.h"
#include "journey/journey_edit.h"
#include "pattern/pattern_pg.h"
#include "sequence/journey_gaps.h"
#include "sequence/model_pg.h"
#include "sequence/partial_pg.h"
#include "sequence/retention.h"

PG_FUNCTION_INFO_V1(intent_gap_agg_add);
Datum
intent_gap_agg_add(PG_FUNCTION_ARGS)
{
	PatternCache *cache;
	PartialObject *object;
	JourneyView view;
	TouchpointPattern *patterns = NULL;
	int			pattern_count = 0;
	bool	   *extra = NULL;
	Conformance conformance;
	double		value = 0;
	bool		valued = PG_NARGS() > 3 && !PG_ARGISNULL(3);
	MemoryContext caller;

	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("ideal must not be null"),
				 errhint("Write the steps of the ideal journey, for example 'view -> cart -> purchase'.")));
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	if (valued)
		value = PG_GETARG_FLOAT8(3);
	cache = pattern_cache_get(fcinfo, 2);
	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(1));
	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
	{
		patterns = intent_touchpoint_patterns(PG_GETARG_ARRAYTYPE_P(4), &pattern_count);
		extra = journey_matching_codes(&view, patterns, pattern_count);
	}
	caller = pattern_cache_load(cache, &view);
	conformance_find(&conformance, &cache->matcher, &view, extra);

	MemoryContextSwitchTo(caller);
	object = partial_object_argument(fcinfo, 0, &gap_kind);
	MemoryContextSwitchTo(partial_context(object));
	gap_begin(object->state, &cache->pattern, patterns, pattern_count);
	gap_add(object->state, &conformance, &view, valued ? &value : NULL);
	MemoryContextSwitchTo(caller);
	/* it is the cache's memory, which lasts */
	if (conformance.deviations)
		pfree(conformance.deviations);
	PARTIAL_RETURN_OBJECT(object);
}

PG_FUNCTION_INFO_V1(intent_gap_merge_add);
Datum
intent_gap_merge_add(PG_FUNCTION_ARGS)
{
	return partial_merge_argument(fcinfo, &gap_kind);
}

/* A state may come from a client. */
static Datum
step_datum(const JourneyGaps *gaps, uint32 step)
{
	const char *text = gaps->ideal + gaps->steps[step].at;
	int			size = (int) gaps->steps[step].size;

	pg_verifymbstr(text, size, false);
	return PointerGetDatum(cstring_to_text_with_len(text, size));
}

static Datum
touchpoint_datum(const Touchpoint *touchpoint)
{
	pg_verifymbstr(touchpoint->channel, (int) touchpoint->channel_size, false);
	pg_verifymbstr(touchpoint->event, (int) touchpoint->event_size, false);
	return model_touchpoint_datum(touchpoint);
}

enum
{
	GAP_DEVIATION, GAP_STEP, GAP_TOUCHPOINT, GAP_PEOPLE, GAP_OCCURRENCES,
	GAP_SHARE, GAP_SHARE_LOW, GAP_SHARE_HIGH, GAP_VALUE, GAP_COLUMNS
};

PG_FUNCTION_INFO_V1(intent_journey_gaps);
Datum
intent_journey_gaps(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const JourneyGaps *gaps;
	GapRow	   *rows;
	size_t		count;

	InitMaterializedSRF(fcinfo, 0);
	gaps = partial_state_argument(fcinfo, 0, &gap_kind);
	if (gaps == NULL)
		return (Datum) 0;
	rows = gap_rows(gaps, &count);
	for (size_t i = 0; i < count; i++)
	{
		const GapCell *cell = rows[i].cell;
		Datum		values[GAP_COLUMNS] = {0};
		bool		nulls[GAP_COLUMNS] = {false};
		double		low;
		double		high;

		CHECK_FOR_INTERRUPTS();
		retention_interval(cell->people, gaps->journeys, &low, &high);
		values[GAP_DEVIATION] = CStringGetTextDatum(deviation_names[rows[i].kind]);
		nulls[GAP_STEP] = rows[i].step == PATTERN_NONE;
		if (!nulls[GAP_STEP])
			values[GAP_STEP] = step_datum(gaps, rows[i].step);
		nulls[GAP_TOUCHPOINT] = rows[i].touchpoint == NULL;
		if (!nulls[GAP_TOUCHPOINT])
			values[GAP_TOUCHPOINT] = touchpoint_datum(rows[i].touchpoint);
		values[GAP_PEOPLE] = Int64GetDatum((int64) cell->people);
		values[GAP_OCCURRENCES] = Int64GetDatum((int64) cell->occurrences);
		values[GAP_SHARE] = Float8GetDatum((double) cell->people / (double) gaps->journeys);
		values[GAP_SHARE_LOW] = Float8GetDatum(low);
		values[GAP_SHARE_HIGH] = Float8GetDatum(high);
		nulls[GAP_VALUE] = cell->valued == 0;
		if (!nulls[GAP_VALUE])
			values[GAP_VALUE] = fixed_numeric(cell->value);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
