/*
 * retention_pg.h
 *		The calendar of retention as the server knows it.
 */
#ifndef INTENT_RETENTION_PG_H
#define INTENT_RETENTION_PG_H

#include "fmgr.h"
#include "datatype/timestamp.h"
#include "pgtime.h"

#include "sequence/retention.h"

/* Between two changes of the clocks a day is a division. */
typedef struct ZoneClock
{
	pg_tz	   *zone;
	pg_time_t	from;			/* the offset holds from this second on, */
	pg_time_t	until;			/* and no longer than this */
	int64		offset;
} ZoneClock;

extern void zone_clock_init(ZoneClock *clock, const char *name);

/* Days since 2000-01-01 in the zone. */
extern int64 zone_clock_day(ZoneClock *clock, TimestampTz at);

typedef struct RetentionCalendar
{
	RetentionPeriod period;
	ZoneClock	clock;
	char		period_name[16];
	char		zone_name[RETENTION_ZONE_MAX + 1];	/* as given */
} RetentionCalendar;

/*
 * Arguments period and time_zone, the second behind the first, looked up if
 * they are others than those of the call before.
 */
extern void retention_calendar_arguments(FunctionCallInfo fcinfo, int argument,
										 RetentionCalendar *calendar);

static inline int64
retention_calendar_period(RetentionCalendar *calendar, TimestampTz at)
{
	return retention_period_of_day(calendar->period, zone_clock_day(&calendar->clock, at));
}

/* Refuses a NULL argument. */
extern void retention_not_null(FunctionCallInfo fcinfo, int argument, const char *name,
							   const char *hint);

extern bool retention_is_text(const text *a, const char *b);

#endif							/* INTENT_RETENTION_PG_H */
