/*
 * journey_gaps.h
 *		What many journeys lack of one ideal: the state of gap_agg.
 *
 *	varint	number of steps; 0 if nothing was counted, and no more
 *	varint	size of the ideal's canonical text, and the text
 *	for each step: varints of where in it its text is, and of its size
 *	varint	size of the touchpoint texts that are extra anywhere, and the texts
 *	varint	how many journeys
 *	varint	how many deviations of steps occurred; for each of them, in order:
 *		varint	its number, less the one before: kind times (steps + 1), plus
 *				the step, or the number of steps if it has none
 *		a cell
 *	varint	how many touchpoints were extra; for each of them, in order:
 *		varint	size of its channel, and the channel; the same of its event
 *		a cell
 *
 * A cell is varints of people, of how often less people, and of people with a
 * value; if there are any, the sum of their values.
 */
#ifndef INTENT_JOURNEY_GAPS_H
#define INTENT_JOURNEY_GAPS_H

#include "journey/touchpoint.h"
#include "sequence/conformance.h"
#include "sequence/model.h"
#include "sequence/partial.h"

typedef struct GapCell
{
	uint64_t	people;
	uint64_t	occurrences;
	uint64_t	valued;			/* people with a value, */
	Fixed		value;			/* and the sum of them */
	uint64_t	serial;			/* of the last journey that was counted here */
} GapCell;

typedef struct GapText
{
	uint32_t	at;				/* in the ideal's text */
	uint32_t	size;
} GapText;

typedef struct JourneyGaps
{
	uint32_t	step_count;		/* 0 while nothing was counted */
	GapText    *steps;
	char	   *ideal;			/* canonical text */
	uint32_t	ideal_size;
	char	   *extra;			/* canonical texts of what is extra anywhere */
	uint32_t	extra_size;
	uint64_t	journeys;
	uint64_t	serial;			/* tells journeys apart while counting */
	GapCell    *of_steps;		/* by number as packed */
	Vocabulary *extras;			/* touchpoints that were extra, */
	GapCell    *of_extras;		/* and their cells by code */
	uint32_t	extra_count;
	uint32_t	extra_capacity;
} JourneyGaps;

extern PartialKind gap_kind;

/* All journeys are held against one ideal, the same touchpoints being extra; others are refused. */
extern void gap_begin(JourneyGaps *gaps, const Pattern *ideal,
					  const TouchpointPattern *extra, size_t extra_count);

/* What one person's journey lacks, and what the person is worth; NULL: not known. */
extern void gap_add(JourneyGaps *gaps, const Conformance *conformance,
					const JourneyView *view, const double *value);

/* One deviation of many people. */
typedef struct GapRow
{
	DeviationKind kind;
	uint32_t	step;			/* or PATTERN_NONE */
	const Touchpoint *touchpoint;	/* that was extra, else NULL */
	const GapCell *cell;
} GapRow;

/*
 * All that occurred, what is worth most first (without a value last), then
 * what concerns most people, then the most frequent, then in order of kind,
 * step and touchpoint.
 */
extern GapRow *gap_rows(const JourneyGaps *gaps, size_t *count);

#endif							/* INTENT_JOURNEY_GAPS_H */
