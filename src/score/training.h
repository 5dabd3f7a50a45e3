/*
 * training.h
 *		Rows to learn from, and the shapes that are learned from them.
 *
 * Rows are kept column by column as they come.  When all have come they are
 * put into an order that depends on what they say alone, so that all that
 * follows, sums of doubles included, is the same to the bit whatever order they
 * came in.
 */
#ifndef INTENT_TRAINING_H
#define INTENT_TRAINING_H

#include "score/predictor.h"

/* More are surely a mistake: every row of a table, or every column of a wide one. */
#define TRAINING_MAX_COLUMNS 1600
#define TRAINING_MAX_ROWS UINT32_MAX
#define TRAINING_WEIGHT_MAX 1e9

/* The different texts of a column, found by hash. */
typedef struct TrainingWords
{
	uint32_t	count;
	uint32_t	capacity;
	ScoreText  *words;
	uint64_t   *hashes;
	uint32_t   *slots;			/* number of a word and 1; 0 is free */
	uint32_t	slot_count;		/* a power of 2 */
	uint32_t   *places;			/* while rows are put in order: by code so far, the one to come */
} TrainingWords;

/* The code of a word, from 1 on; it is added if it is new. */
extern uint32_t training_word(TrainingWords *words, const ScoreText *text);

/* Codes by the bytes of their words. */
extern uint32_t *training_words_sorted(const TrainingWords *words);

/* A text among bytes: its size, and itself. */
extern void training_put_text(ByteBuffer *out, const ScoreText *text);

/* One that comes behind that in `text`, unless it is the first; false if it does not, or is cut off. */
extern bool training_get_text(ByteReader *reader, ScoreText *text, bool first);

typedef struct TrainingColumn
{
	ScoreText	name;
	bool		category;
	int8_t		direction;		/* what it adds may only rise with it (1), only fall (-1), or do both */
	uint64_t	key;			/* of its part of a row's hash */
	double	   *numbers;		/* NaN is NULL */
	uint32_t   *codes;			/* of words as they came, in order by their bytes, and 1; 0 is NULL */
	TrainingWords words;
} TrainingColumn;

typedef struct TrainingTable
{
	uint32_t	column_count;
	TrainingColumn *columns;	/* by name */
	uint32_t	count;
	uint32_t	capacity;		/* of all that is by row */
	bool		shared;			/* words, and until there is an order columns, are another's */
	uint8_t    *labels;
	double	   *weights;		/* NULL while all are 1 */
	uint64_t   *hashes;			/* of the rows */
	uint32_t	positives;
	uint64_t	seed;
	bool		grouped;		/* hashes are of groups that stay together */
} TrainingTable;

typedef struct TrainingValue
{
	bool		null;
	double		number;
	ScoreText	text;
} TrainingValue;

/* Columns come in order of their names, values in that of the columns. */
extern void training_begin(TrainingTable *table, uint32_t columns, uint64_t seed);

extern void training_add(TrainingTable *table, const TrainingValue *values, bool label);

/* A row that stands for `weight` rows, from 0 to TRAINING_WEIGHT_MAX. */
extern void training_add_weighted(TrainingTable *table, const TrainingValue *values, bool label, double weight);

/*
 * All rows at once.  The columns' kinds, values and words have been set, and
 * stay as they are; a column without an array is NULL in every row.  Weights may
 * be NULL; labels and weights are copied.
 */
extern void training_share(TrainingTable *table, uint32_t rows, const uint8_t *labels, const double *weights);

/* The row that was added last belongs to a group, a person for example: all rows of one are in one fold. */
extern void training_group(TrainingTable *table, uint64_t group);

/* All rows have come: words by their bytes, rows by what they say. */
extern void training_order(TrainingTable *table);

/* Frees a table that is in order, but for names, which are the caller's. */
extern void training_free(TrainingTable *table);

/* A word of other bits, one for each: frozen, since folds follow from it. */
extern uint64_t training_mix(uint64_t word);

/* Which of so many folds a row is held back in: by its content, its number among equal rows, and the seed. */
extern uint32_t training_fold(const TrainingTable *table, uint32_t row, uint32_t folds);

static inline double
training_weight(const TrainingTable *table, uint32_t row)
{
	return table->weights ? table->weights[row] : 1;
}

/* Its first rows, which are as good as drawn at random: shares all with the table. */
static inline TrainingTable
training_head(const TrainingTable *table, uint32_t rows)
{
	TrainingTable head = *table;

	head.count = rows < table->count ? rows : table->count;
	return head;
}

/* ----- columns in bins: training_bins.c ----- */

#define TRAINING_BINS 256

/* Bin 0 is NULL.  Of categories 1 is all that are too rare, of numbers they rise. */
typedef struct BinnedColumn
{
	uint32_t	bins;
	bool		ordered;
	uint8_t    *codes;			/* by row */
	double	   *cuts;			/* of numbers: the least value of each bin from 2 on */
	uint32_t   *words;			/* of categories: the code of each bin from 2 on */
} BinnedColumn;

extern void training_bin(const TrainingTable *table, const TrainingColumn *column,
						 uint32_t bins, BinnedColumn *binned);

/* ----- fitting ----- */

typedef enum TrainingCalibration
{
	TRAINING_PLATT,				/* a line */
	TRAINING_ISOTONIC,			/* a rising chain of lines */
	TRAINING_CALIBRATION_AUTO	/* a line, unless the chain says more of rows it has not seen */
} TrainingCalibration;

typedef struct TrainingOptions
{
	PredictorKind kind;
	bool		transforms;		/* of a logistic model: shapes, not straight lines */
	double		l1;
	double		l2;
	double		learning_rate;
	uint32_t	rounds;			/* at most */
	uint32_t	leaves;			/* of a step of a shape */
	uint32_t	bins;
	uint32_t	pairs;			/* interactions at most */
	uint32_t	folds;
	bool		calibrate;
	TrainingCalibration calibration;	/* if so */
	double		class_weight;	/* of rows labelled true while fitting; the base is put right again */
	bool		balanced;		/* class_weight makes both classes weigh the same */
	double		base_rate;		/* share of true labels where the model will be used; 0: as here */
	uint64_t	seed;
} TrainingOptions;

extern const TrainingOptions training_defaults;

/* Told of every round that is done, with the loss on rows held back. */
typedef void (*TrainingProgress) (void *context, uint32_t round, double loss);

/* Learns; the table is in order.  The predictor is in memory of the current call. */
extern void training_fit(const TrainingTable *table, const TrainingOptions *options,
						 TrainingProgress progress, void *context, Predictor *predictor);

extern double training_logistic(double evidence);

/* To the nearest unit; what is not finite fails. */
extern Fixed training_fixed(double value);

/* ----- calibration on rows held back: training_calibration.c ----- */

/* Evidence of the rows of the first folds, by models that had not seen them. */
typedef struct HeldBack
{
	const TrainingTable *table;
	const uint8_t *fold;		/* by row */
	uint32_t	models;			/* rows of folds from here on were not held back */
	const double *evidence;		/* by row */
} HeldBack;

/*
 * Evidence x becomes slope * x + shift; then, if there are knots, what the
 * chain through them says of that.
 */
typedef struct Calibration
{
	double		slope;
	double		shift;
	uint32_t	knots;
	double	   *at;
	double	   *to;
} Calibration;

/* Fits it, and says in `training` what rows held back are worth. */
extern void training_calibrate(const HeldBack *held, const TrainingOptions *options,
							   Calibration *calibration, PredictorTraining *training);

/* ----- what both kinds of model share ----- */

typedef struct TrainingBase
{
	double	   *weights;		/* by row, while fitting: of the row and of its class */
	double		positives;		/* weight of the labels, without that of their class */
	double		negatives;
	double		odds;			/* logarithm of the odds while fitting, */
	double		class_odds;		/* of which so much comes from the weight of a class */
	double		shift;			/* from here to where the model will be used */
} TrainingBase;

/* From the base that was fitted, with the means of the features in it, to that of the predictor. */
extern void training_finish(const TrainingBase *base, const Calibration *calibration, double sum,
							Predictor *predictor);

/* ----- what is worth knowing of each column: training_report.c ----- */

extern void training_report(const TrainingTable *table, Predictor *predictor);

#endif							/* INTENT_TRAINING_H */
