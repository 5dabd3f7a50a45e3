/*
 * retention_agg_pg.c
 *		retention_agg and retention_merge: people to a state, one at a time.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "journey/journey_pg.h"
#include "pattern/pattern_pg.h"
#include "sequence/partial_pg.h"
#include "sequence/retention_pg.h"

/* What the calls of one transition function have in common. */
typedef struct RetentionCall
{
	RetentionCalendar calendar;
	FmgrInfo	starts;			/* each pattern has a cache of its own */
	FmgrInfo	returns;
} RetentionCall;

static RetentionCall *
retention_call(FunctionCallInfo fcinfo, int argument)
{
	RetentionCall *call = fcinfo->flinfo->fn_extra;

	if (call == NULL)
	{
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(RetentionCall));
		call->starts.fn_mcxt = call->returns.fn_mcxt = fcinfo->flinfo->fn_mcxt;
		fcinfo->flinfo->fn_extra = call;
	}
	retention_calendar_arguments(fcinfo, argument, &call->calendar);
	return call;
}

/* The object that the transition changes, its calendar set. */
static PartialObject *
retention_object(FunctionCallInfo fcinfo, const RetentionCalendar *calendar)
{
	PartialObject *object = partial_object_argument(fcinfo, 0, &retention_kind);

	retention_set_calendar(object->state, calendar->period,
						   pg_get_timezone_name(calendar->clock.zone));
	return object;
}

static Datum
unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* ----- journeys ----- */

/*
 * The person whose journey this is: the event that begins the cohort, and
 * which events, by number, are returns; NULL is all of them.
 */
static Datum
add_journey(FunctionCallInfo fcinfo, RetentionCalendar *calendar, const JourneyView *view,
			uint32 start, const bool *returns)
{
	PartialObject *object = retention_object(fcinfo, calendar);
	MemoryContext before = MemoryContextSwitchTo(partial_context(object));
	RetentionPerson person;
	JourneyCursor cursor;
	JourneyBlock block;

	journey_cursor(&cursor, view, JOURNEY_WANT_VALUE);
	while (start < view->events && journey_next(&cursor, &block))
	{
		for (uint32 i = 0; i < block.count; i++)
		{
			uint32		number = block.first + i;
			bool		is_return = returns == NULL || returns[number];

			if (number == start)
				retention_begin(object->state, &person,
								retention_calendar_period(calendar, block.at[i]));
			else if (number > start && is_return)
				retention_event(&person, retention_calendar_period(calendar, block.at[i]));
			if (number >= start && is_return && block.has_value[i])
				retention_value(&person, block.value[i]);
		}
	}
	if (start < view->events)
		retention_end(&person);
	MemoryContextSwitchTo(before);
	PARTIAL_RETURN_OBJECT(object);
}

PG_FUNCTION_INFO_V1(intent_retention_add_journey);
Datum
intent_retention_add_journey(PG_FUNCTION_ARGS)
{
	RetentionCall *call = retention_call(fcinfo, 2);
	JourneyView view;

	if (PG_ARGISNULL(1))
		return unchanged(fcinfo);
	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(1));
	return add_journey(fcinfo, &call->calendar, &view, 0, NULL);
}

/* ----- journeys and patterns ----- */

/* A pattern, its cache being that of a function that has no other. */
static PatternCache *
pattern_argument(FunctionCallInfo fcinfo, int argument, FmgrInfo *own)
{
	LOCAL_FCINFO(inner, 1);

	InitFunctionCallInfoData(*inner, own, 1, InvalidOid, NULL, NULL);
	inner->args[0] = fcinfo->args[argument];
	return pattern_cache_get(inner, 0);
}

/*
 * Looks for matches that do not overlap and marks the events they end with, by
 * number; of the first one only if ends is NULL.  Returns the number of the
 * event that the first one ends with, PG_UINT32_MAX if there is none.
 */
static uint32
find_ends(PatternCache *cache, const JourneyView *view, bool *ends)
{
	MemoryContext caller = pattern_cache_load(cache, view);
	PatternScan scan;
	PatternFound found;
	PatternPath path = {0};
	uint32		first = PG_UINT32_MAX;

	pattern_scan_begin(&scan, &cache->matcher, OVERLAP_NONE, cache->pattern.header.levels);
	while (pattern_scan_next(&scan, &found))
	{
		uint32		end = 0;

		CHECK_FOR_INTERRUPTS();
		pattern_find_path(&scan, &found, &path);
		for (uint32 i = 0; i < path.count; i++)
			end = Max(end, cache->matcher.events.number[path.filled[i].event]);
		if (first == PG_UINT32_MAX)
			first = end;
		if (ends == NULL)
			break;
		ends[end] = true;
	}
	if (path.filled != NULL)
		host_free(path.filled);
	MemoryContextSwitchTo(caller);
	return first;
}

PG_FUNCTION_INFO_V1(intent_retention_add_patterns);
Datum
intent_retention_add_patterns(PG_FUNCTION_ARGS)
{
	RetentionCall *call = retention_call(fcinfo, 4);
	JourneyView view;
	uint32		start = 0;
	bool	   *returns = NULL;

	if (PG_ARGISNULL(1))
		return unchanged(fcinfo);
	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(1));
	if (!PG_ARGISNULL(2))
		start = find_ends(pattern_argument(fcinfo, 2, &call->starts), &view, NULL);
	if (!PG_ARGISNULL(3) && start < view.events)
	{
		returns = host_alloc_zero(view.events);
		find_ends(pattern_argument(fcinfo, 3, &call->returns), &view, returns);
	}
	return add_journey(fcinfo, &call->calendar, &view, start, returns);
}

/* ----- times ----- */

/* A return and its value. */
typedef struct Return
{
	TimestampTz at;
	double		value;
	bool		has_value;
} Return;

static int
compare_returns(const void *a, const void *b)
{
	TimestampTz at_a = ((const Return *) a)->at;
	TimestampTz at_b = ((const Return *) b)->at;

	return at_a < at_b ? -1 : at_a > at_b;
}

/* The returns at or after a time, in order; NULL elements are none. */
static Return *
returns_argument(FunctionCallInfo fcinfo, TimestampTz since, int *count)
{
	Datum	   *times = NULL;
	Datum	   *values = NULL;
	bool	   *no_time = NULL;
	bool	   *no_value = NULL;
	int			given = 0;
	int			valued = 0;
	Return	   *returns;

	*count = 0;
	if (!PG_ARGISNULL(2))
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), TIMESTAMPTZOID, sizeof(TimestampTz),
						  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &times, &no_time, &given);
	if (!PG_ARGISNULL(3))
	{
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(3), FLOAT8OID, sizeof(float8),
						  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values, &no_value, &valued);
		if (valued != given)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("%d values are given for %d returns", valued, given),
					 errhint("Give a value, or NULL, for each element of returned_at.")));
	}
	returns = palloc(sizeof(Return) * (given + 1));
	for (int i = 0; i < given; i++)
	{
		Return	   *next = &returns[*count];

		if (no_time[i])
			continue;
		next->at = intent_finite_time(DatumGetTimestampTz(times[i]), "returned_at");
		next->has_value = values != NULL && !no_value[i];
		next->value = next->has_value ? DatumGetFloat8(values[i]) : 0;
		if (next->at >= since)
			(*count)++;
	}
	host_sort(returns, *count, sizeof(Return), compare_returns);
	return returns;
}

PG_FUNCTION_INFO_V1(intent_retention_add_times);
Datum
intent_retention_add_times(PG_FUNCTION_ARGS)
{
	RetentionCalendar *calendar = &retention_call(fcinfo, 4)->calendar;
	TimestampTz cohort_at;
	Return	   *returns;
	int			count;
	PartialObject *object;
	MemoryContext before;
	RetentionPerson person;

	if (PG_ARGISNULL(1))
		return unchanged(fcinfo);
	cohort_at = intent_finite_time(PG_GETARG_TIMESTAMPTZ(1), "cohort_at");
	returns = returns_argument(fcinfo, cohort_at, &count);
	object = retention_object(fcinfo, calendar);
	before = MemoryContextSwitchTo(partial_context(object));
	retention_begin(object->state, &person, retention_calendar_period(calendar, cohort_at));
	for (int i = 0; i < count; i++)
	{
		retention_event(&person, retention_calendar_period(calendar, returns[i].at));
		if (returns[i].has_value)
			retention_value(&person, returns[i].value);
	}
	retention_end(&person);
	MemoryContextSwitchTo(before);
	PARTIAL_RETURN_OBJECT(object);
}

PG_FUNCTION_INFO_V1(intent_retention_merge_add);
Datum
intent_retention_merge_add(PG_FUNCTION_ARGS)
{
	return partial_merge_argument(fcinfo, &retention_kind);
}
