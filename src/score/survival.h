/*
 * survival.h
 *		How long until it happens, when for some it has not happened yet.
 *
 * Rows are a duration in microseconds and whether that was the end (an event)
 * or all that has been seen so far (censored).  They are kept as rows of an
 * evaluation are: the duration for a score, the event for a label.
 */
#ifndef INTENT_SURVIVAL_H
#define INTENT_SURVIVAL_H

#include "score/evaluation.h"

/* Whole microseconds that a double tells apart: 285 years. */
#define SURVIVAL_LONGEST (INT64_C(1) << 53)

extern PartialKind survival_kind;

extern void survival_add(EvaluationState *state, int64_t duration, bool event, double weight);

/* What is known at one duration; of events at the same time as censored rows the events come first. */
typedef struct SurvivalStep
{
	double		duration;
	uint64_t	rows_at_risk;
	uint64_t	rows_of_events;
	double		at_risk;		/* weights */
	double		events;
	double		censored;
	double		survival;		/* the share for whom it has not happened yet, */
	double		low;			/* and its 95 % interval; NaN if there is none */
	double		high;
	double		spread;			/* Greenwood's sum so far */
} SurvivalStep;

/* By Kaplan and Meier, at each duration that occurs; the memory is that of the current call. */
typedef struct SurvivalCurve
{
	size_t		count;
	SurvivalStep *steps;
	uint64_t	rows;
	uint64_t	events;
	double		longest;		/* duration that was seen */
	bool		complete;		/* nobody is left after the last event */
	double		scale;			/* weight of a row as good as one without weights (Kish) */
} SurvivalCurve;

extern SurvivalCurve survival_curve(const EvaluationState *state);

/* The share for whom it has not happened by then; NaN if nobody was watched for so long. */
extern double survival_at(const SurvivalCurve *curve, double duration);

/* The mean of the time up to `until`, of those for whom it has not happened by `from`, less `from`. */
extern double survival_mean(const SurvivalCurve *curve, double from, double until);

typedef struct SurvivalSummary
{
	double		median;			/* NaN if fewer than half have had it */
	double		mean;			/* up to the horizon, with its 95 % interval */
	double		mean_low;
	double		mean_high;
	double		exposure;		/* time that rows were watched, up to the horizon */
	double		events;			/* in it */
	double		rows_of_events;
} SurvivalSummary;

extern SurvivalSummary survival_summary(const SurvivalCurve *curve, double horizon);

#endif							/* INTENT_SURVIVAL_H */
