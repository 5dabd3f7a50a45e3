/*
 * evaluation.h
 *		How good scores are: rows of (score, label, weight), and what they say.
 *
 * One state serves all measures.  It keeps, for each of the two labels, how
 * many rows had each score and what they weighed: counts and weights are
 * exact, so a state is the same whatever the order of the rows and the parts
 * they came in, and every measure is a function of the settled state.
 */
#ifndef INTENT_EVALUATION_H
#define INTENT_EVALUATION_H

#include "base/fixed.h"
#include "sequence/partial.h"

/*
 * A run is all rows with one score and one label, as words: a key that orders
 * as the score does, how many rows, and in a weighted state the two words of
 * what they weigh, the low one first.
 */
#define RUN_WORDS 2
#define RUN_WORDS_WEIGHTED 4

/* The runs of one label. */
typedef struct EvaluationSide
{
	uint64_t   *runs;
	size_t		count;
	size_t		capacity;
	size_t		settled;		/* this many, from the first, are in order and differ */
	size_t		patience;		/* settle when there are so many */
	Fixed		squares;		/* sum of the squares of all weights, in a weighted state */
} EvaluationSide;

typedef struct EvaluationState
{
	bool		weighted;		/* some row weighed other than 1 */
	bool		has_parameter;
	double		parameter;		/* of the measure, the same for all rows */
	EvaluationSide side[2];		/* of false and true */
} EvaluationState;

extern PartialKind evaluation_kind;

/* Its form, for kinds of the same rows that mean something else by them. */
extern const char *evaluation_absorb(void *state, unsigned version, ByteReader *reader);
extern void evaluation_pack(const void *state, ByteBuffer *out);

/* A row; NaN as a score, and weights that are negative or not finite, are refused. */
extern void evaluation_add(EvaluationState *state, double score, bool label);
extern void evaluation_add_weighted(EvaluationState *state, double score, bool label, double weight);

/* What a measure was asked for; rows that ask for different things are refused. */
extern void evaluation_set_parameter(EvaluationState *state, double parameter);

/*
 * Puts the runs in order.  It changes nothing that could be seen, so readers
 * of a state do it, too.
 */
extern void evaluation_settle(EvaluationState *state);

/* ----- reading ----- */

/* All rows with one score. */
typedef struct EvaluationGroup
{
	double		score;
	uint64_t	count[2];		/* rows with label false and true */
	Fixed		weight[2];
} EvaluationGroup;

typedef struct EvaluationCursor
{
	const EvaluationState *state;
	bool		rising;
	size_t		left[2];		/* runs of each side that are still to come */
} EvaluationCursor;

/* From the least score or from the greatest; settles the state. */
extern EvaluationCursor evaluation_read(const EvaluationState *state, bool rising);
extern bool evaluation_next(EvaluationCursor *cursor, EvaluationGroup *group);

typedef struct EvaluationTotals
{
	uint64_t	count[2];
	Fixed		weight[2];
	double		size[2];		/* of the weights as doubles, */
	double		effective[2];	/* and how many rows of equal weight say as much (Kish) */
	bool		probabilities;	/* no score is outside of 0 to 1 */
} EvaluationTotals;

extern EvaluationTotals evaluation_totals(const EvaluationState *state);

/* ----- ranking: evaluation_rank.c ----- */

typedef enum EvaluationStatus
{
	EVALUATION_OK,
	EVALUATION_NO_ROWS,
	EVALUATION_ONE_CLASS,
	EVALUATION_FEW,				/* too few rows of a class for a variance */
	EVALUATION_SEPARATED,		/* no row of one class among the other: no variance */
	EVALUATION_STATUSES
} EvaluationStatus;

extern const char *const evaluation_status_names[EVALUATION_STATUSES];

/* False, of all of these, if there is nothing that could be said. */
extern bool evaluation_auc(const EvaluationState *state, double *auc);
extern bool evaluation_auc_pr(const EvaluationState *state, double *area);
extern bool evaluation_ks(const EvaluationState *state, double *distance);

typedef struct EvaluationInterval
{
	EvaluationStatus status;
	double		auc;			/* unless there are no two classes */
	double		error;			/* standard error, and the interval: if status is ok */
	double		low;
	double		high;
} EvaluationInterval;

extern EvaluationInterval evaluation_interval(const EvaluationState *state, const EvaluationTotals *totals);

/* How far down the ranking one is: the best `part` of all weight, and what it holds. */
typedef struct EvaluationGain
{
	double		part;
	double		rows;			/* weight of it, */
	double		found;			/* and of its positives */
	double		threshold;		/* the least score that belongs to it */
} EvaluationGain;

/* For parts in rising order; rows of one score are taken in proportion. */
extern void evaluation_gains(const EvaluationState *state, const EvaluationTotals *totals,
							 EvaluationGain *gains, size_t count);

/* ----- probabilities: evaluation_probability.c ----- */

/* Scores that are no probabilities are refused by all of these. */
extern bool evaluation_log_loss(const EvaluationState *state, double *loss);
extern bool evaluation_brier(const EvaluationState *state, double *score);

#define EVALUATION_BINS 10
#define EVALUATION_BINS_MAX 10000

typedef struct EvaluationBin
{
	double		low;			/* of the bin, or of its scores if bins hold equal weights */
	double		high;
	uint64_t	count[2];
	Fixed		weight[2];
	double		mean;			/* of the scores */
	double		observed;		/* share of positives, and its 95 % interval */
	double		observed_low;
	double		observed_high;
} EvaluationBin;

/* Bins that are not empty, in order; of equal width, or of about equal weight. */
extern size_t evaluation_bins(const EvaluationState *state, const EvaluationTotals *totals,
							  uint32_t bins, bool equal_weight, EvaluationBin **result);
/* What the error of perfect probabilities would be, by chance. */
extern bool evaluation_calibration_noise(const EvaluationState *state, uint32_t bins, bool equal_weight,
										 double *noise);
extern bool evaluation_calibration_error(const EvaluationState *state, uint32_t bins, bool equal_weight,
										 double *error);

/* ----- decisions: evaluation_decision.c ----- */

/* Weights of rows by what was said (score >= threshold) and what was. */
typedef struct EvaluationConfusion
{
	double		true_positives;
	double		false_positives;
	double		true_negatives;
	double		false_negatives;
} EvaluationConfusion;

extern EvaluationConfusion evaluation_confusion(const EvaluationState *state, double threshold);
extern double evaluation_f1(const EvaluationConfusion *confusion);

/*
 * The threshold, a score or Infinity, with the greatest F1 or, with costs, the
 * least cost a row; of equal ones the greatest.
 */
extern bool evaluation_best_threshold(const EvaluationState *state, const double *costs,
									  double *threshold, double *value);

/* ----- drift: evaluation_drift.c ----- */

typedef struct EvaluationDrift
{
	EvaluationStatus status;
	double		psi;
	double		ks;				/* NaN if there are no two classes */
} EvaluationDrift;

/*
 * Population stability of the rows labelled true against those labelled
 * false, over bins that hold equal weights of the latter; and so many rows of
 * either label whose number is not known, which are a bin of their own.
 */
extern EvaluationDrift evaluation_drift(const EvaluationState *state, uint32_t bins, const double nulls[2]);

/* Its parts, for what comes in bins: rows by label are weights, and as many rows of equal weight as say the same. */
extern double evaluation_drift_of_bin(const double weight[2], const double all[2], const double rows[2]);
extern EvaluationStatus evaluation_drift_status(const double rows[2], uint32_t bins);
extern const char *evaluation_drift_verdict(double psi);

#endif							/* INTENT_EVALUATION_H */
