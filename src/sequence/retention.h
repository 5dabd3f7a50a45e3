/*
 * retention.h
 *		Who came back: people of a cohort by periods since their first one.
 *
 * Periods are days, weeks (from Monday) or months of the calendar, numbered so
 * that the next one has the next number.  The state counts, for each cohort
 * and each number of periods since, people who were there then, people who
 * were there for the last time, and the sum of the values of that period.
 */
#ifndef INTENT_RETENTION_H
#define INTENT_RETENTION_H

#include "base/fixed.h"
#include "sequence/partial.h"

typedef enum RetentionPeriod
{
	RETENTION_DAY = 1,
	RETENTION_WEEK = 2,
	RETENTION_MONTH = 3
} RetentionPeriod;

/* 'day', 'week' or 'month'; anything else is refused. */
extern RetentionPeriod retention_period(const char *name, size_t size);
extern const char *retention_period_name(RetentionPeriod period);

/* The number of the period of a day since 2000-01-01, and the first day of a period. */
extern int64_t retention_period_of_day(RetentionPeriod period, int64_t day);
extern int64_t retention_first_day(RetentionPeriod period, int64_t number);

/* People of one cohort, `since` periods after its own. */
typedef struct RetentionCell
{
	int64_t		since;
	uint64_t	people;			/* who were there */
	uint64_t	last;			/* of these, who were not there later */
	uint64_t	values;			/* how many, and their sum */
	Fixed		revenue;
} RetentionCell;

typedef struct RetentionCohort
{
	int64_t		number;			/* of its period */
	uint32_t	count;
	uint32_t	capacity;
	RetentionCell *cells;		/* by since; the first one is 0 */
} RetentionCohort;

#define RETENTION_ZONE_MAX 63

typedef struct RetentionState
{
	RetentionPeriod period;		/* 0 while nobody has come */
	char		zone[RETENTION_ZONE_MAX + 1];
	uint32_t	count;
	uint32_t	capacity;
	RetentionCohort *cohorts;	/* by number */
} RetentionState;

extern PartialKind retention_kind;

/* All people are counted by the same periods of the same zone; others are refused. */
extern void retention_set_calendar(RetentionState *state, RetentionPeriod period,
								   const char *zone);

/* One person: first the period of the cohort, then all that was later, in order of time. */
typedef struct RetentionPerson
{
	RetentionCohort *cohort;
	RetentionCell *cell;
} RetentionPerson;

extern void retention_begin(RetentionState *state, RetentionPerson *person, int64_t cohort);
extern void retention_event(RetentionPerson *person, int64_t period);
extern void retention_value(RetentionPerson *person, double value);
extern void retention_end(RetentionPerson *person);

/* The greatest number of any period that somebody was there; state->count > 0. */
extern int64_t retention_last_period(const RetentionState *state);

/* Wilson's 95 % interval of a rate of `part` in `whole`, which is not 0. */
extern void retention_interval(uint64_t part, uint64_t whole, double *low, double *high);

#endif							/* INTENT_RETENTION_H */
