/*
 * conformance_pg.c
 *		conformance, deviations.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey/journey_edit.h"
#include "pattern/pattern_pg.h"
#include "sequence/conformance.h"

/* A journey aligned with a pattern, and what its deviations are written with. */
typedef struct Aligned
{
	const Pattern *pattern;
	Touchpoint *touchpoints;
	Conformance conformance;
} Aligned;

/* A NULL journey is one in which nothing happened; false if the pattern is NULL. */
static bool
align(FunctionCallInfo fcinfo, Aligned *aligned)
{
	PatternCache *cache;
	JourneyView view;
	MemoryContext caller;
	bool	   *extra = NULL;
	ByteBuffer	empty;

	if (PG_ARGISNULL(1))
		return false;
	cache = pattern_cache_get(fcinfo, 1);
	aligned->pattern = &cache->pattern;
	if (!PG_ARGISNULL(0))
		journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	else
	{
		TouchpointSet none = {0};

		buffer_init(&empty, 64);
		journey_build(&empty, NULL, 0, &none);
		journey_open(&view, empty.data, empty.size);
	}
	if (!PG_ARGISNULL(2))
	{
		int			count;
		TouchpointPattern *patterns = intent_touchpoint_patterns(PG_GETARG_ARRAYTYPE_P(2), &count);

		extra = journey_matching_codes(&view, patterns, count);
	}
	aligned->touchpoints = host_alloc_array((size_t) view.touchpoints + 1, sizeof(Touchpoint));
	journey_dictionary(&view, aligned->touchpoints);

	/* plans and signatures stay with the cache, the alignment is of this call */
	caller = pattern_cache_load(cache, &view);
	conformance_find(&aligned->conformance, &cache->matcher, &view, extra);
	MemoryContextSwitchTo(caller);
	return true;
}

/* They are in the memory of the cache, which lasts. */
static void
free_deviations(Aligned *aligned)
{
	if (aligned->conformance.deviations)
		pfree(aligned->conformance.deviations);
}

static Datum
step_text(const Aligned *aligned, uint32 step)
{
	const PatternStep *of = &aligned->pattern->steps[step];

	return PointerGetDatum(cstring_to_text_with_len(aligned->pattern->text + of->text, (int) of->text_size));
}

static Datum
touchpoint_text(const Aligned *aligned, uint32 code)
{
	ByteBuffer	out;

	journey_buffer_init(&out, 64);
	touchpoint_append(&out, &aligned->touchpoints[code]);
	return PointerGetDatum(journey_buffer_finish(&out));
}

/* "skipped: cart", "extra: web:view", "too late: purchase" */
static Datum
deviation_text(const Aligned *aligned, const Deviation *deviation)
{
	Datum		of;

	if (deviation->step == PATTERN_NONE && deviation->event == PATTERN_NONE)
		return CStringGetTextDatum(deviation_names[deviation->kind]);
	of = deviation->step != PATTERN_NONE ? step_text(aligned, deviation->step) :
		touchpoint_text(aligned, deviation->code);
	return CStringGetTextDatum(psprintf("%s: %s", deviation_names[deviation->kind], TextDatumGetCString(of)));
}

PG_FUNCTION_INFO_V1(intent_conformance);
Datum
intent_conformance(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Aligned		aligned = {0};
	Datum		values[3];
	bool		nulls[3] = {false};
	Datum	   *texts;

	InitMaterializedSRF(fcinfo, 0);
	if (!align(fcinfo, &aligned))
		return (Datum) 0;
	texts = host_alloc_array((size_t) aligned.conformance.count + 1, sizeof(Datum));
	for (uint32 i = 0; i < aligned.conformance.count; i++)
		texts[i] = deviation_text(&aligned, &aligned.conformance.deviations[i]);
	values[0] = Float8GetDatum(aligned.conformance.fitness);
	values[1] = Int32GetDatum((int32) aligned.conformance.count);
	values[2] = PointerGetDatum(construct_array(texts, (int) aligned.conformance.count, TEXTOID, -1, false, TYPALIGN_INT));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	free_deviations(&aligned);
	return (Datum) 0;
}

static Datum
interval_datum(int64 microseconds)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->day = (int32) (microseconds / USECS_PER_DAY);
	interval->time = microseconds % USECS_PER_DAY;
	return IntervalPGetDatum(interval);
}

PG_FUNCTION_INFO_V1(intent_deviations);
Datum
intent_deviations(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Aligned		aligned = {0};

	InitMaterializedSRF(fcinfo, 0);
	if (!align(fcinfo, &aligned))
		return (Datum) 0;
	for (uint32 i = 0; i < aligned.conformance.count; i++)
	{
		const Deviation *deviation = &aligned.conformance.deviations[i];
		bool		timed = deviation->event != PATTERN_NONE &&
			(deviation->kind == DEVIATION_TOO_LATE || deviation->kind == DEVIATION_TOO_EARLY);
		Datum		values[6] = {0};
		bool		nulls[6] = {false};

		values[0] = CStringGetTextDatum(deviation_names[deviation->kind]);
		nulls[1] = deviation->step == PATTERN_NONE;
		if (!nulls[1])
			values[1] = step_text(&aligned, deviation->step);
		nulls[2] = nulls[3] = nulls[4] = deviation->event == PATTERN_NONE;
		if (!nulls[2])
		{
			values[2] = Int32GetDatum((int32) deviation->event + 1);
			values[3] = touchpoint_text(&aligned, deviation->code);
			values[4] = TimestampTzGetDatum(deviation->at);
		}
		nulls[5] = !timed;
		if (timed)
			values[5] = interval_datum(deviation->waited);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	free_deviations(&aligned);
	return (Datum) 0;
}
