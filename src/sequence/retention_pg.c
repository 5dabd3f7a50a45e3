/*
 * retention_pg.c
 *		retention_agg and retention_table: cohorts by periods of the calendar.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "journey/journey_edit.h"
#include "journey/journey_pg.h"
#include "sequence/partial_pg.h"
#include "sequence/retention.h"

/* ----- days in a time zone ----- */

/* Between two changes of the clocks a day is a division. */
typedef struct ZoneClock
{
	pg_tz	   *zone;
	pg_time_t	from;			/* the offset holds from this second on, */
	pg_time_t	until;			/* and no longer than this */
	int64		offset;
} ZoneClock;

static void
clock_init(ZoneClock *clock, text *name)
{
	char	   *zone = text_to_cstring(name);

	clock->zone = pg_tzset(zone);
	if (clock->zone == NULL || !pg_tz_acceptable(clock->zone) ||
		strlen(pg_get_timezone_name(clock->zone)) > RETENTION_ZONE_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", zone),
				 errhint("Write a name of pg_timezone_names, for example Europe/Berlin or UTC.")));
	clock->from = 1;
	clock->until = 0;
	pfree(zone);
}

static void
clock_look_up(ZoneClock *clock, pg_time_t second)
{
	long int	before;
	long int	after;
	int			before_is_dst;
	int			after_is_dst;
	pg_time_t	boundary;
	int			found = pg_next_dst_boundary(&second, &before, &before_is_dst, &boundary,
											 &after, &after_is_dst, clock->zone);

	if (found < 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	clock->from = second;
	clock->until = found == 0 ? PG_INT64_MAX : boundary;
	clock->offset = before;
}

/* Days since 2000-01-01 in the zone. */
static int64
clock_day(ZoneClock *clock, TimestampTz at)
{
	int64		second = at / USECS_PER_SEC - (at % USECS_PER_SEC < 0);
	pg_time_t	unix_second = second + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
	int64		local;

	if (unix_second < clock->from || unix_second >= clock->until)
		clock_look_up(clock, unix_second);
	local = second + clock->offset;
	return local / SECS_PER_DAY - (local % SECS_PER_DAY < 0);
}

/* ----- retention_agg ----- */

/* What calls of one transition function have in common. */
typedef struct Calendar
{
	RetentionPeriod period;
	ZoneClock	clock;
	char		period_name[16];
	char		zone_name[64];	/* as given */
} Calendar;

static bool
is_text(const text *a, const char *b)
{
	return VARSIZE_ANY_EXHDR(a) == strlen(b) && memcmp(VARDATA_ANY(a), b, strlen(b)) == 0;
}

static void
not_null(FunctionCallInfo fcinfo, int argument, const char *name, const char *hint)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 errhint("%s", hint)));
}

/* Arguments period and time_zone, the second behind the first. */
static Calendar *
calendar_arguments(FunctionCallInfo fcinfo, int argument)
{
	Calendar   *calendar = fcinfo->flinfo->fn_extra;
	text	   *period;
	text	   *zone;

	not_null(fcinfo, argument, "period", "Write day, week or month.");
	not_null(fcinfo, argument + 1, "time_zone", "Write for example Europe/Berlin or UTC.");
	period = PG_GETARG_TEXT_PP(argument);
	zone = PG_GETARG_TEXT_PP(argument + 1);
	if (calendar == NULL)
		fcinfo->flinfo->fn_extra = calendar =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Calendar));
	if (!is_text(period, calendar->period_name))
	{
		calendar->period = retention_period(VARDATA_ANY(period), VARSIZE_ANY_EXHDR(period));
		strlcpy(calendar->period_name, retention_period_name(calendar->period),
				sizeof(calendar->period_name));
	}
	if (!is_text(zone, calendar->zone_name))
	{
		clock_init(&calendar->clock, zone);
		text_to_cstring_buffer(zone, calendar->zone_name, sizeof(calendar->zone_name));
	}
	return calendar;
}

static int64
period_of(Calendar *calendar, TimestampTz at)
{
	return retention_period_of_day(calendar->period, clock_day(&calendar->clock, at));
}

/* The object that the transition changes, its calendar set. */
static PartialObject *
retention_object(FunctionCallInfo fcinfo, const Calendar *calendar)
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

/* Which events make the cohort, and which are returns; NULL is all. */
static Datum
add_journey(FunctionCallInfo fcinfo, Calendar *calendar, const JourneyView *view,
			const bool *starts, const bool *returns)
{
	PartialObject *object = retention_object(fcinfo, calendar);
	MemoryContext before = MemoryContextSwitchTo(partial_context(object));
	RetentionPerson person;
	bool		begun = false;
	JourneyCursor cursor;
	JourneyBlock block;

	journey_cursor(&cursor, view, JOURNEY_WANT_VALUE);
	while (journey_next(&cursor, &block))
	{
		for (uint32 i = 0; i < block.count; i++)
		{
			bool		is_return = returns == NULL || returns[block.code[i]];

			if (!begun)
			{
				if (starts != NULL && !starts[block.code[i]])
					continue;
				retention_begin(object->state, &person, period_of(calendar, block.at[i]));
				begun = true;
			}
			else if (is_return)
				retention_event(&person, period_of(calendar, block.at[i]));
			if (is_return && block.has_value[i])
				retention_value(&person, block.value[i]);
		}
	}
	if (begun)
		retention_end(&person);
	MemoryContextSwitchTo(before);
	PARTIAL_RETURN_OBJECT(object);
}

PG_FUNCTION_INFO_V1(intent_retention_add_journey);
Datum
intent_retention_add_journey(PG_FUNCTION_ARGS)
{
	Calendar   *calendar = calendar_arguments(fcinfo, 2);
	JourneyView view;

	if (PG_ARGISNULL(1))
		return unchanged(fcinfo);
	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(1));
	return add_journey(fcinfo, calendar, &view, NULL, NULL);
}

static const bool *
matching_argument(FunctionCallInfo fcinfo, int argument, const JourneyView *view)
{
	TouchpointPattern *patterns;
	int			count;

	if (PG_ARGISNULL(argument))
		return NULL;
	patterns = intent_touchpoint_patterns(PG_GETARG_ARRAYTYPE_P(argument), &count);
	return journey_matching_codes(view, patterns, (size_t) count);
}

PG_FUNCTION_INFO_V1(intent_retention_add_touchpoints);
Datum
intent_retention_add_touchpoints(PG_FUNCTION_ARGS)
{
	Calendar   *calendar = calendar_arguments(fcinfo, 4);
	JourneyView view;

	if (PG_ARGISNULL(1))
		return unchanged(fcinfo);
	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(1));
	return add_journey(fcinfo, calendar, &view,
					   matching_argument(fcinfo, 2, &view), matching_argument(fcinfo, 3, &view));
}

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
	Calendar   *calendar = calendar_arguments(fcinfo, 4);
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
	retention_begin(object->state, &person, period_of(calendar, cohort_at));
	for (int i = 0; i < count; i++)
	{
		retention_event(&person, period_of(calendar, returns[i].at));
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

/* ----- retention_table ----- */

/* A table is dense: what nobody did is a row, too. */
#define TABLE_ROWS_MAX 10000000

static Datum
revenue_numeric(Fixed revenue)
{
	char		digits[FIXED_TEXT_MAX];

	fixed_to_numeric_text(revenue, digits);
	return DirectFunctionCall3(numeric_in, CStringGetDatum(digits),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

/* The last period that the table shows. */
static int64
last_shown(const RetentionState *state, FunctionCallInfo fcinfo, int argument)
{
	ZoneClock	clock;
	TimestampTz as_of;

	if (PG_ARGISNULL(argument))
		return retention_last_period(state);
	as_of = intent_finite_time(PG_GETARG_TIMESTAMPTZ(argument), "as_of");
	clock_init(&clock, cstring_to_text(state->zone));
	return retention_period_of_day(state->period, clock_day(&clock, as_of));
}

/* The first weeks and months begin before the first date there is. */
static Datum
first_date(const RetentionState *state, int64 number)
{
	int64		day = retention_first_day(state->period, number);

	if (!IS_VALID_DATE(day))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("first day of a period is out of range for a date"),
				 errhint("Leave out events of impossible times, or count by day.")));
	return DateADTGetDatum((DateADT) day);
}

static void
put_cohort(ReturnSetInfo *result, const RetentionState *state, const RetentionCohort *cohort,
		   int64 last, bool rolling)
{
	uint64		people = cohort->cells[0].people;
	uint64		later = people;		/* who are still to be there for the last time */
	uint32		next = 0;

	for (int64 since = 0; cohort->number + since <= last; since++)
	{
		bool		there = next < cohort->count && cohort->cells[next].since == since;
		const RetentionCell *cell = there ? &cohort->cells[next++] : NULL;
		uint64		retained = rolling ? later : there ? cell->people : 0;
		double		low;
		double		high;
		Datum		values[9];
		bool		nulls[9] = {false};

		CHECK_FOR_INTERRUPTS();
		retention_interval(retained, people, &low, &high);
		values[0] = first_date(state, cohort->number);
		values[1] = Int32GetDatum((int32) since);
		values[2] = first_date(state, cohort->number + since);
		values[3] = Int64GetDatum((int64) people);
		values[4] = Int64GetDatum((int64) retained);
		values[5] = Float8GetDatum((double) retained / (double) people);
		values[6] = Float8GetDatum(low);
		values[7] = Float8GetDatum(high);
		nulls[8] = !there || cell->values == 0;
		values[8] = nulls[8] ? (Datum) 0 : revenue_numeric(cell->revenue);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		if (!nulls[8])
			pfree(DatumGetPointer(values[8]));
		if (there)
			later -= cell->last;
	}
}

PG_FUNCTION_INFO_V1(intent_retention_table);
Datum
intent_retention_table(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const RetentionState *state;
	bool		rolling;
	int64		last;
	int64		rows = 0;

	not_null(fcinfo, 1, "kind", "Write classic or rolling.");
	rolling = is_text(PG_GETARG_TEXT_PP(1), "rolling");
	if (!rolling && !is_text(PG_GETARG_TEXT_PP(1), "classic"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown kind of retention \"%s\"", text_to_cstring(PG_GETARG_TEXT_PP(1))),
				 errhint("Write classic or rolling.")));
	InitMaterializedSRF(fcinfo, 0);
	state = partial_state_argument(fcinfo, 0, &retention_kind);
	if (state == NULL || state->count == 0)
		return (Datum) 0;

	last = last_shown(state, fcinfo, 2);
	for (uint32 i = 0; i < state->count && rows <= TABLE_ROWS_MAX; i++)
		rows += Max(last - state->cohorts[i].number + 1, 0);
	if (rows > TABLE_ROWS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("retention table of more than %d rows", TABLE_ROWS_MAX),
				 errdetail("The first cohort and the last period are far from each other."),
				 errhint("Leave out events of impossible times, or count by a longer period.")));
	for (uint32 i = 0; i < state->count; i++)
		put_cohort(result, state, &state->cohorts[i], last, rolling);
	return (Datum) 0;
}
