/*
 * funnel_pg.c
 *		funnel_level, funnel.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "pattern/pattern_pg.h"
#include "sequence/funnel.h"

PG_FUNCTION_INFO_V1(intent_funnel_level);
Datum
intent_funnel_level(PG_FUNCTION_ARGS)
{
	PatternCache *cache = pattern_cache_get(fcinfo, 1);
	JourneyView view;
	MemoryContext caller;
	uint32		level;

	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	caller = pattern_cache_load(cache, &view);
	level = pattern_level(&cache->matcher);
	MemoryContextSwitchTo(caller);
	PG_RETURN_INT32((int32) level);
}

enum
{
	FUNNEL_LEVEL, FUNNEL_LEVELS, FUNNEL_STEPS, FUNNEL_NAMES, FUNNEL_TIMES,
	FUNNEL_STOPPED_AT, FUNNEL_STOPPED_BEFORE, FUNNEL_COMPLETIONS, FUNNEL_COLUMNS
};

static Datum
step_name(const Pattern *pattern, uint32 step)
{
	return PointerGetDatum(cstring_to_text_with_len(pattern->text + pattern->steps[step].text,
													(int) pattern->steps[step].text_size));
}

static void
put_funnel(ReturnSetInfo *result, const Pattern *pattern, const Funnel *funnel, uint64 completions)
{
	Datum	   *numbers = host_alloc_array((size_t) funnel->count + 1, sizeof(Datum));
	Datum	   *names = host_alloc_array((size_t) funnel->count + 1, sizeof(Datum));
	Datum	   *times = host_alloc_array((size_t) funnel->count + 1, sizeof(Datum));
	int			count = (int) funnel->count;
	Datum		values[FUNNEL_COLUMNS];
	bool		nulls[FUNNEL_COLUMNS] = {false};

	for (int i = 0; i < count; i++)
	{
		numbers[i] = Int32GetDatum((int32) funnel->steps[i] + 1);
		names[i] = step_name(pattern, funnel->steps[i]);
		times[i] = TimestampTzGetDatum(funnel->times[i]);
	}
	values[FUNNEL_LEVEL] = Int32GetDatum((int32) funnel->level);
	values[FUNNEL_LEVELS] = Int32GetDatum((int32) pattern->header.levels);
	values[FUNNEL_STEPS] = PointerGetDatum(construct_array(numbers, count, INT4OID, 4, true, TYPALIGN_INT));
	values[FUNNEL_NAMES] = PointerGetDatum(construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT));
	values[FUNNEL_TIMES] = PointerGetDatum(construct_array(times, count, TIMESTAMPTZOID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	nulls[FUNNEL_STOPPED_AT] = count == 0;
	values[FUNNEL_STOPPED_AT] = count == 0 ? (Datum) 0 : times[count - 1];
	nulls[FUNNEL_STOPPED_BEFORE] = funnel->next == PATTERN_NONE;
	values[FUNNEL_STOPPED_BEFORE] = funnel->next == PATTERN_NONE ? (Datum) 0 : step_name(pattern, funnel->next);
	values[FUNNEL_COMPLETIONS] = Int32GetDatum((int32) completions);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Not STRICT: nobody vanishes from a join for having no journey. */
PG_FUNCTION_INFO_V1(intent_funnel);
Datum
intent_funnel(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	PatternCache *cache;
	JourneyView view;
	Funnel		funnel = {0};
	uint64		completions = 0;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(1))
		return (Datum) 0;
	cache = pattern_cache_get(fcinfo, 1);
	if (!PG_ARGISNULL(0))
	{
		MemoryContext caller;

		journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
		caller = pattern_cache_load(cache, &view);
		funnel_find(&funnel, &cache->matcher);
		if (funnel.next == PATTERN_NONE)
			completions = pattern_match_count(&cache->matcher);
		MemoryContextSwitchTo(caller);
	}
	else
		funnel.next = funnel_next_step(&cache->pattern, 0);
	put_funnel(result, &cache->pattern, &funnel, completions);
	if (funnel.steps)
	{
		pfree(funnel.steps);
		pfree(funnel.times);
	}
	return (Datum) 0;
}
