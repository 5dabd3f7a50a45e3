/*
 * retention_pg.c
 *		retention_table: what a state of retention has counted, as rows.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "journey/journey_pg.h"
#include "sequence/partial_pg.h"
#include "sequence/retention_pg.h"

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
	zone_clock_init(&clock, state->zone);
	return retention_period_of_day(state->period, zone_clock_day(&clock, as_of));
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

	retention_not_null(fcinfo, 1, "kind", "Write classic or rolling.");
	rolling = retention_is_text(PG_GETARG_TEXT_PP(1), "rolling");
	if (!rolling && !retention_is_text(PG_GETARG_TEXT_PP(1), "classic"))
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
