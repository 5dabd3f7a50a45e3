/*
 * duration.h
 *		Text of physical durations: "2 days", "1 hour 30 minutes", "PT30M".
 *
 * A day is 24 hours.  Months and years are no durations (docs/design.md).
 */
#ifndef INTENT_DURATION_H
#define INTENT_DURATION_H

#include "base/host.h"

typedef enum DurationText
{
	DURATION_OK,
	DURATION_SYNTAX,
	DURATION_CALENDAR,			/* months, years and longer */
	DURATION_RANGE				/* more microseconds than an int64 has */
} DurationText;

/* "2 days 3.5 hours", "12:30:00" or ISO 8601; parts finer than 1 us are cut off. */
extern DurationText duration_parse(const char *text, size_t size, int64_t *microseconds);

/* The text that reads back the same, in days, hours, minutes and seconds. */
#define DURATION_TEXT_MAX 96
extern size_t duration_to_text(int64_t microseconds, char buffer[DURATION_TEXT_MAX]);

#endif							/* INTENT_DURATION_H */
