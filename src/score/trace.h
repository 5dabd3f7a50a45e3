/*
 * trace.h
 *		What signals keep that look at each of their events.
 *
 * Most signals are sums over touchpoints (scoring.h).  One that asks what came
 * before an event, at what hour it was, whether it is settled by now, or in how
 * many sessions there were some, keeps a trace of its own events.
 *
 * Events come in blocks of 64, so the events of a block are the bits of a word.
 * Which of them a trace counts is a few operations on words: those of its
 * touchpoints, and those directly behind certain others, within its time, at
 * its hours, and after the last that settled what was before.
 */
#ifndef INTENT_TRACE_H
#define INTENT_TRACE_H

#include "score/fade.h"
#include "score/scorecard.h"

/* Time of what never was. */
#define SCORE_NEVER INT64_MIN

/* ----- the traces of a dictionary ----- */

/*
 * The events of a block that have the touchpoints of a group are a word, one
 * for all traces that ask for them.  Word 0 is of a group that has none.
 */
typedef struct TraceWord
{
	uint32_t	from;			/* its touchpoints: codes[from .. until) */
	uint32_t	until;
} TraceWord;

/* A trace that may count events of the dictionary: words. */
typedef struct TracePlan
{
	uint32_t	trace;
	uint32_t	counts;			/* what it counts */
	uint32_t	settles;		/* what settles it */
	uint32_t	after[SIGNAL_AFTER_MAX];	/* what comes directly before, and before that */
	uint32_t	column;			/* where what is left of its events is known already, or SCORE_NONE */
} TracePlan;

typedef struct TracePlans
{
	uint32_t	count;
	uint32_t	word_count;		/* word 0 included */
	TracePlan  *plans;
	TraceWord  *words;
	const uint32_t *codes;		/* of all groups */
} TracePlans;

/* ----- a pass ----- */

typedef struct SignalTrace
{
	uint64_t	journey;		/* the number of that which it is of */
	uint64_t	count;			/* of its events since the last that settled them, if they are counted */
	int64_t		first;			/* when the first was, and the last; or SCORE_NEVER */
	int64_t		last;
	Fixed		sum;			/* faded count, or values */
	uint64_t	runs;			/* sessions or periods that it was in, */
	uint64_t	run;			/* the number of the last one if it may go on, */
	int64_t		run_start;		/* the first event in that, */
	uint64_t	in_run;			/* and how many, if they are counted */
} SignalTrace;

/* Where time stands among sessions or periods. */
typedef struct ClockState
{
	uint64_t	number;			/* another one for each last run of a block; 0 before the first event */
	int64_t		end;			/* of a period: where the next begins */
	uint64_t	before;			/* the number before the block in work, */
	uint64_t	begins;			/* and its events that begin a run */
} ClockState;

typedef struct Tracer
{
	const Scorecard *card;
	uint64_t	journey;		/* its number, from 1 */
	int64_t		as_of;
	uint32_t	code_count;		/* of its touchpoints */
	SignalTrace *traces;		/* as those of the card */
	ClockState *clocks;			/* as those of the card */
	uint32_t	before;			/* touchpoint of the event before, or SCORE_NONE, */
	uint32_t	before_that;	/* and of one more */
	int64_t		last;			/* when it was */
	uint64_t   *at_hours;		/* events of the block in work at the card's hours, */
	uint64_t   *words;			/* those that traces ask for, */
	uint64_t   *of_code;		/* and of each touchpoint; 0 between blocks */
	size_t		code_capacity;
	size_t		word_capacity;
} Tracer;

extern void tracer_init(Tracer *tracer, const Scorecard *card);

/* A journey begins. */
extern void tracer_begin(Tracer *tracer, int64_t as_of, uint32_t code_count, const TracePlans *plans);

/* Events from .. end-1 of a block; what is left of them in the columns of the plan. */
extern void tracer_events(Tracer *tracer, const TracePlans *plans, const JourneyBlock *block, uint32_t from, uint32_t end,
						  const FadeColumn *columns);

/* What a trace has kept of this journey. */
extern const SignalTrace *tracer_trace(const Tracer *tracer, uint32_t trace);

/* Measure of a traced signal before cap and transform. */
extern Fixed tracer_measure(const Tracer *tracer, const ScoreReading *reading);

#endif							/* INTENT_TRACE_H */
