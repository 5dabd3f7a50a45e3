/*
 * predictor.h
 *		A learned model as a value: what each feature adds to the log-odds.
 *
 * evidence = base + what each feature adds + what each pair of features adds,
 * and, if there is a calibration, what that moves the sum by.  All of it is
 * Fixed, so what is shown adds up to what is scored.  A predictor is written
 * as JSON and stored as the canonical text of that.
 */
#ifndef INTENT_PREDICTOR_H
#define INTENT_PREDICTOR_H

#include "base/bytes.h"
#include "base/fixed.h"
#include "score/scorecard.h"

#define PREDICTOR_MAX_FEATURES 10000
#define PREDICTOR_MAX_PARTS 10000000	/* bins, categories and cells in all */

/* By bytes, as features and categories are ordered. */
static inline int
score_text_compare(const ScoreText *a, const ScoreText *b)
{
	int			order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);

	return order != 0 ? order : a->size < b->size ? -1 : a->size > b->size;
}

typedef enum PredictorKind
{
	PREDICTOR_LOGISTIC,
	PREDICTOR_BOOSTED,
	PREDICTOR_NAIVE_BAYES
} PredictorKind;

#define PREDICTOR_KINDS 3

extern const char *const predictor_kind_names[PREDICTOR_KINDS];

/*
 * A number x adds the value of its bin, `linear` times x and `log1p` times
 * sign(x) ln(1 + |x|); a category adds its value, or `other`.
 */
typedef struct PredictorFeature
{
	ScoreText	name;
	bool		category;
	Fixed		null;
	uint32_t	count;			/* of numbers: cuts; of categories: those named */
	double	   *cuts;			/* rising: the least value of the bin behind each */
	Fixed		linear;
	Fixed		log1p;
	ScoreText  *categories;		/* by their bytes */
	Fixed		other;
	Fixed	   *values;			/* count + 1 of numbers, count of categories */

	/* of rows it was trained on; NaN and empty if not known */
	double		auc;			/* of the feature alone */
	double		importance;		/* mean distance of what it adds from 0 */
	double		linear_error;	/* standard error of `linear` */
	ScoreText	note;			/* what is wrong with it */
} PredictorFeature;

/* A side of a pair: its feature's bins, put together to fewer. */
typedef struct PredictorSide
{
	uint32_t	feature;
	uint32_t	groups;
	uint32_t	cut_count;
	double	   *cuts;			/* of numbers; group 0 is NULL, groups follow the cuts */
	uint32_t   *members;		/* of categories: the group of each that is named; others and NULL are in 0 */
} PredictorSide;

typedef struct PredictorPair
{
	PredictorSide side[2];
	Fixed	   *values;			/* row by row of the first side's groups */
} PredictorPair;

/* Evidence at each knot becomes what is beside it; between knots lines, outside slope 1. */
typedef struct PredictorChain
{
	uint32_t	count;			/* 0: evidence stays as it is */
	Fixed	   *at;				/* rising */
	Fixed	   *to;				/* not falling */
} PredictorChain;

typedef enum PredictorCalibration
{
	PREDICTOR_UNCALIBRATED,
	PREDICTOR_PLATT,			/* already in base and values */
	PREDICTOR_ISOTONIC
} PredictorCalibration;

#define PREDICTOR_CALIBRATIONS 3

extern const char *const predictor_calibration_names[PREDICTOR_CALIBRATIONS];

/* What was seen of rows held back while it learned. */
typedef struct PredictorTraining
{
	bool		known;
	PredictorCalibration calibration;
	uint64_t	rows;
	uint64_t	positives;
	uint32_t	folds;
	uint32_t	rounds;
	double		auc;			/* these are NaN if not known */
	double		auc_low;		/* 95 % interval */
	double		auc_high;
	double		log_loss;
	double		calibration_error;
} PredictorTraining;

typedef struct Predictor
{
	PredictorKind kind;
	Fixed		base;
	uint32_t	feature_count;	/* by the bytes of their names */
	PredictorFeature *features;
	uint32_t	pair_count;
	PredictorPair *pairs;
	PredictorChain chain;
	PredictorTraining training;
	ScoreText	status;
} Predictor;

/* What a feature of one row is. */
typedef struct PredictorInput
{
	bool		null;
	double		number;
	ScoreText	text;
} PredictorInput;

/*
 * From JSON text; what is wrong with it fails and names the place.  The order
 * of keys means nothing.  True if there are \u escapes beyond ASCII.
 */
extern bool predictor_parse(Predictor *predictor, const char *text, size_t size);
extern void predictor_append_json(ByteBuffer *out, const Predictor *predictor);

/* The number of a feature, or feature_count. */
extern uint32_t predictor_feature(const Predictor *predictor, const char *name, size_t size);

/* How many lines an explanation has beside the base. */
static inline uint32_t
predictor_line_count(const Predictor *predictor)
{
	return predictor->feature_count + predictor->pair_count + (predictor->chain.count > 0);
}

/*
 * What the features add, one by one, then the pairs, then the calibration if
 * there is one; the sum with the base is returned.
 */
extern Fixed predictor_evidence(const Predictor *predictor, const PredictorInput *inputs, Fixed *contributions);

extern double predictor_probability(Fixed evidence);

#endif							/* INTENT_PREDICTOR_H */
