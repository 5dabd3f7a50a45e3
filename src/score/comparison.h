/*
 * comparison.h
 *		Two scores of the same rows: which is better, and is that chance?
 */
#ifndef INTENT_COMPARISON_H
#define INTENT_COMPARISON_H

#include "sequence/partial.h"

/* All rows of one label with these two scores. */
typedef struct ComparisonRow
{
	double		score[2];		/* of a and b */
	uint64_t	count;
} ComparisonRow;

typedef struct ComparisonSide
{
	ComparisonRow *rows;
	size_t		count;
	size_t		capacity;
	size_t		settled;		/* this many, from the first, are in order and differ */
} ComparisonSide;

typedef struct ComparisonState
{
	ComparisonSide side[2];		/* of labels false and true */
} ComparisonState;

extern PartialKind comparison_kind;

/* NaN is refused. */
extern void comparison_add(ComparisonState *state, double a, double b, bool label);

typedef enum ComparisonMeasureKind
{
	COMPARISON_AUC,
	COMPARISON_LOG_LOSS,
	COMPARISON_BRIER,
	COMPARISON_MEASURES
} ComparisonMeasureKind;

extern const char *const comparison_measure_names[COMPARISON_MEASURES];

typedef struct Comparison
{
	bool		known;			/* else nothing of it is */
	double		value[2];
	double		difference;		/* of a less b */
	double		low;			/* its 95 % interval */
	double		high;
	double		p_value;		/* of a difference as great by chance */
	int			better;			/* 1 if a is, -1 if b is, 0 if that is open */
} Comparison;

typedef struct ComparisonReport
{
	uint64_t	count[2];		/* rows by label */
	const char *status;
	Comparison	measures[COMPARISON_MEASURES];
} ComparisonReport;

extern ComparisonReport comparison_report(const ComparisonState *state);

#endif							/* INTENT_COMPARISON_H */
