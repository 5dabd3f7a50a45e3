/*
 * arguments_pg.c
 *		Arguments and results that the functions of a journey share.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "common/int.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey/journey_pg.h"

static char *
interval_text(const Interval *interval)
{
	return DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(interval)));
}

/*
 * The microseconds of an interval, days being 24 hours.  A month has no length
 * that would not depend on where in the calendar and in which zone it lies.
 */
int64
intent_interval_microseconds(const Interval *interval, const char *argument)
{
	int64		microseconds;
	bool		finite = !INTERVAL_NOT_FINITE(interval);

	if (finite && interval->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not have months or years, as \"%s\" does", argument, interval_text(interval)),
				 errhint("Months differ in length: write 30 days.")));
	if (!finite ||
		pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &microseconds) ||
		pg_add_s64_overflow(microseconds, interval->time, &microseconds))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is too long: \"%s\"", argument, interval_text(interval)),
				 errhint("Write at most 100000000 days.")));
	if (microseconds < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative, as \"%s\" is", argument, interval_text(interval)),
				 errhint("Write a length of time, for example 30 minutes.")));
	return microseconds;
}

TimestampTz
intent_finite_time(TimestampTz time, const char *argument)
{
	if (TIMESTAMP_NOT_FINITE(time))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be finite, not %s", argument,
						TIMESTAMP_IS_NOBEGIN(time) ? "-infinity" : "infinity"),
				 errhint("Write a point in time, for example '2026-03-01T10:00:00Z'.")));
	return time;
}

void
journey_buffer_init(ByteBuffer *buffer, size_t capacity)
{
	buffer_init(buffer, checked_add_size(capacity, VARHDRSZ));
	buffer->size = VARHDRSZ;
}

struct varlena *
journey_buffer_finish(ByteBuffer *buffer)
{
	if (buffer->size > INTENT_MAX_VALUE_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("result of %zu bytes is too large for a value", buffer->size),
				 errhint("Make it of parts, by year for example.")));
	SET_VARSIZE(buffer->data, buffer->size);
	return (struct varlena *) buffer->data;
}
