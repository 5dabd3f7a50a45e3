/*
 * sequence_pattern.h
 *		Patterns of conditions and times, as ClickHouse's sequenceMatch has them.
 *
 *	(?N)	a row that meets condition N
 *	.		any row
 *	.*		any number of rows
 *	(?t<=S)	and <, >, >=, ==: time from the row before to the one after
 *
 * Only rows that meet some condition count.  A match may begin at any row.
 */
#ifndef INTENT_SEQUENCE_PATTERN_H
#define INTENT_SEQUENCE_PATTERN_H

#include "sequence/condition_log.h"

typedef enum SequenceAction
{
	SEQUENCE_CONDITION,
	SEQUENCE_ANY_ROW,
	SEQUENCE_ANY_ROWS,
	SEQUENCE_LESS_OR_EQUAL,
	SEQUENCE_LESS,
	SEQUENCE_GREATER_OR_EQUAL,
	SEQUENCE_GREATER,
	SEQUENCE_EQUAL
} SequenceAction;

typedef struct SequenceStep
{
	SequenceAction action;
	uint64_t	number;			/* bit of the condition, or a time */
} SequenceStep;

typedef struct SequencePattern
{
	uint32_t	count;
	uint32_t	capacity;
	SequenceStep *steps;		/* the first one is SEQUENCE_ANY_ROWS */
} SequencePattern;

/* Times are given in units of `unit`; conditions are numbered up to `conditions`. */
extern void sequence_pattern_parse(SequencePattern *pattern, const char *text, size_t size,
								   int conditions, int64_t unit);

extern bool sequence_matches(const SequencePattern *pattern,
							 const ConditionRow *rows, size_t count);

/* How many matches, each beginning behind the one before. */
extern uint64_t sequence_count(const SequencePattern *pattern,
							   const ConditionRow *rows, size_t count);

/*
 * The rows that meet the conditions of as much of the pattern's beginning as
 * matches, by the first such match; `found` has room for all conditions of
 * the pattern.  Returns how many.
 */
extern uint32_t sequence_match_rows(const SequencePattern *pattern,
									const ConditionRow *rows, size_t count, size_t *found);

#endif							/* INTENT_SEQUENCE_PATTERN_H */
