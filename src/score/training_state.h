/*
 * training_state.h
 *		Rows to learn from as a state: what parts and shards have read, merged.
 *
 * It is of the kind of partial that train_state() makes.  A model is learned
 * from all rows again and again, so what merges exactly is the rows: packed
 * column by column, in an order of their own.
 */
#ifndef INTENT_TRAINING_STATE_H
#define INTENT_TRAINING_STATE_H

#include "score/training.h"
#include "sequence/partial.h"

typedef enum StateColumnKind
{
	STATE_NULLS,				/* nothing but NULL has come */
	STATE_NUMBERS,
	STATE_CATEGORIES
} StateColumnKind;

typedef struct StateColumn
{
	StateColumnKind kind;
	double	   *numbers;		/* by row, NaN is NULL; none as long as all are */
	uint32_t   *codes;			/* by row, 0 is NULL; none as long as all are */
	TrainingWords words;
} StateColumn;

typedef struct TrainingState
{
	uint32_t	count;
	uint32_t	capacity;		/* of all that is by row */
	uint8_t    *labels;
	double	   *weights;		/* NULL while all are 1 */
	TrainingWords names;
	uint32_t	column_capacity;
	StateColumn *columns;		/* by code of the name less 1 */
} TrainingState;

extern PartialKind training_state_kind;

/*
 * The number of a column, which is added if it is new; of another kind than
 * before is an error.  Names mostly come in one order: `guess` is looked at first.
 */
extern uint32_t training_state_column(TrainingState *state, const ScoreText *name, StateColumnKind kind, uint32_t guess);

/* A row begins, all its columns NULL; it stands for `weight` rows, above 0 and at most TRAINING_WEIGHT_MAX. */
extern void training_state_row(TrainingState *state, bool label, double weight);

/* What it has in a column: of numbers, a finite one, or of categories. */
extern void training_state_number(TrainingState *state, uint32_t column, double number);
extern void training_state_text(TrainingState *state, uint32_t column, const ScoreText *text);

/* As a table in order, which shares names and words with the state: the one that the same rows make without it. */
extern void training_state_table(const TrainingState *state, uint64_t seed, TrainingTable *table);

#endif							/* INTENT_TRAINING_STATE_H */
