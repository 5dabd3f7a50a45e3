/*
 * training_rows_pg.h
 *		Rows to learn from, made of journeys: what was known, and what came after.
 *
 * For each person and each cutoff there is a row: features of what had been
 * recorded by the cutoff, and for each outcome whether it came within its
 * horizon.  Features and outcomes never look at the same event: features at
 * those up to the cutoff, outcomes at those after it.
 */
#ifndef INTENT_TRAINING_ROWS_PG_H
#define INTENT_TRAINING_ROWS_PG_H

#include "utils/palloc.h"
#include "utils/timestamp.h"
#include "utils/array.h"

#include "score/score_pg.h"

typedef enum RowLabel
{
	ROW_NO,
	ROW_YES,
	ROW_LEFT_OUT				/* not known yet, or not asked: converted already, or not in the sample */
} RowLabel;

typedef struct RowOutcome
{
	const Pattern *pattern;
	PatternMatcher matcher;
	int64		horizon;
} RowOutcome;

typedef struct RowRequest
{
	const char *function;		/* for messages */
	const char *query;
	struct varlena *signals;	/* NULL: to be proposed */
	int			outcome_count;
	RowOutcome *outcomes;
	int			cutoff_count;	/* rising; none: */
	TimestampTz *cutoffs;
	int64		every;			/* multiples of it */
	bool		leave_out_converted;
	bool		observed_given;
	TimestampTz observed_until; /* or the last event of all */
	double		sample;			/* share of people */
	double		negatives;		/* share of rows without the outcome */
	uint64		seed;
} RowRequest;

typedef struct TrainingRow
{
	const char *person;			/* its text */
	uint32		person_size;
	uint64		person_hash;
	TimestampTz as_of;
	const RowLabel *labels;		/* by outcome; not all are left out */
	const Scorer *scorer;		/* that has read the journey at as_of */
} TrainingRow;

typedef void (*TakeRow) (void *context, const TrainingRow *row);

/*
 * Runs the query and hands over the rows, person by person as they come and by
 * rising cutoff.  Memory for what lasts is that of the caller; the signals that
 * were used are returned.
 */
extern Scorecard *training_rows_run(const RowRequest *request, TakeRow take, void *context);

/* The request that the arguments from `first` on make: cutoffs, every, signals, converted, observed_until, sample, negatives, seed. */
extern void training_rows_arguments(FunctionCallInfo fcinfo, int first, RowRequest *request);

/* Signals proposed for the journeys of a query, as known at as_of unless that is NULL. */
extern struct varlena *training_rows_propose(const char *function, const char *query, const TimestampTz *as_of, uint32 most);

#endif							/* INTENT_TRAINING_ROWS_PG_H */
