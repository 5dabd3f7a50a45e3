/*
 * training_columns_pg.h
 *		Rows of the server as rows to learn from: label, weight, and features.
 */
#ifndef INTENT_TRAINING_COLUMNS_PG_H
#define INTENT_TRAINING_COLUMNS_PG_H

#include "access/tupdesc.h"
#include "fmgr.h"
#include "utils/jsonb.h"

#include "score/training.h"

typedef enum ColumnKind
{
	COLUMN_INT2, COLUMN_INT4, COLUMN_INT8, COLUMN_FLOAT4, COLUMN_FLOAT8, COLUMN_NUMERIC,
	COLUMN_BOOLEAN, COLUMN_TEXT, COLUMN_ENUM
} ColumnKind;

typedef struct SourceColumn
{
	ScoreText	name;			/* a NUL is behind it */
	int			attribute;		/* counted from 0; -1 if there is none */
	ColumnKind	kind;
	FmgrInfo	output;			/* of enums */
} SourceColumn;

typedef struct TrainingColumns
{
	const char *caller;			/* the function, */
	const char *source;			/* and what it reads, "query" for example: errors name them */
	const char *label_name;		/* columns: of the label */
	const char *weight_name;	/* and of the weight, or NULL */
	SourceColumn label;
	SourceColumn weight;
	int			count;
	SourceColumn *columns;		/* all others, by name */
	TrainingValue *values;		/* of a row that was read */
} TrainingColumns;

static inline bool
source_column_is_category(const SourceColumn *column)
{
	return column->kind >= COLUMN_BOOLEAN;
}

/* Label and weight are found by their names, all others are features; in memory of the current context. */
extern void training_columns_begin(TrainingColumns *columns, TupleDesc description);

/*
 * A row; false if it has no label or no weight.  Texts are in it, or in memory
 * of the current context.
 */
extern bool training_columns_read(TrainingColumns *columns, const Datum *values, const bool *nulls,
								  bool *label, double *weight);

/* ----- rows as objects ----- */

/* One of its members; a boolean is a category, and `category` means nothing of NULL. */
typedef void (*TakeMember) (void *context, const ScoreText *name, const TrainingValue *value, bool category);

/* Hands over the members of an object one by one. */
extern void training_object_read(Jsonb *object, TakeMember take, void *context);

extern void training_refuse_not_finite(const ScoreText *name) HOST_NORETURN;

/* Words that may have come from outside: are they texts in the encoding of the database? */
extern void training_words_verify(const TrainingWords *words);

#endif							/* INTENT_TRAINING_COLUMNS_PG_H */
