/*
 * retention_calendar_pg.c
 *		Days and periods in the time zones that the server knows.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "sequence/retention_pg.h"

void
zone_clock_init(ZoneClock *clock, const char *name)
{
	clock->zone = pg_tzset(name);
	if (clock->zone == NULL || !pg_tz_acceptable(clock->zone) ||
		strlen(pg_get_timezone_name(clock->zone)) > RETENTION_ZONE_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", name),
				 errhint("Write a name of pg_timezone_names, for example Europe/Berlin or UTC.")));
	clock->from = 1;
	clock->until = 0;
}

static void
look_up(ZoneClock *clock, pg_time_t second)
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

int64
zone_clock_day(ZoneClock *clock, TimestampTz at)
{
	int64		second = at / USECS_PER_SEC - (at % USECS_PER_SEC < 0);
	pg_time_t	unix_second = second + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
	int64		local;

	if (unix_second < clock->from || unix_second >= clock->until)
		look_up(clock, unix_second);
	local = second + clock->offset;
	return local / SECS_PER_DAY - (local % SECS_PER_DAY < 0);
}

/* ----- arguments ----- */

bool
retention_is_text(const text *a, const char *b)
{
	return VARSIZE_ANY_EXHDR(a) == strlen(b) && memcmp(VARDATA_ANY(a), b, strlen(b)) == 0;
}

void
retention_not_null(FunctionCallInfo fcinfo, int argument, const char *name, const char *hint)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 errhint("%s", hint)));
}

void
retention_calendar_arguments(FunctionCallInfo fcinfo, int argument, RetentionCalendar *calendar)
{
	text	   *period;
	text	   *zone;

	retention_not_null(fcinfo, argument, "period", "Write day, week or month.");
	retention_not_null(fcinfo, argument + 1, "time_zone", "Write for example Europe/Berlin or UTC.");
	period = PG_GETARG_TEXT_PP(argument);
	zone = PG_GETARG_TEXT_PP(argument + 1);
	if (!retention_is_text(period, calendar->period_name))
	{
		calendar->period = retention_period(VARDATA_ANY(period), VARSIZE_ANY_EXHDR(period));
		strlcpy(calendar->period_name, retention_period_name(calendar->period),
				sizeof(calendar->period_name));
	}
	if (calendar->clock.zone == NULL || !retention_is_text(zone, calendar->zone_name))
	{
		char	   *name = text_to_cstring(zone);

		zone_clock_init(&calendar->clock, name);
		strlcpy(calendar->zone_name, name, sizeof(calendar->zone_name));
		pfree(name);
	}
}
