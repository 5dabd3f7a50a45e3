/*
 * trace.h
 *		What signals keep that look at each of their events.
 *
 * Most signals are sums over touchpoints (scoring.h).  One that asks what came
 * before an event, at what hour it was, whether it is settled by now, or in how
 * many sessions there were some, keeps a trace of its own events.
 *
 * Which traces an event belongs to is a set of bits: those that its touchpoint
 * counts for, that the events before it allow, and that look at its hour.  So
 * an event costs a few words of bits, and then only what it changes.
 */
#ifndef INTENT_TRACE_H
#define INTENT_TRACE_H

#include "journey/journey.h"
#include "score/scorecard.h"

/* Time of what never was. */
#define SCORE_NEVER INT64_MIN

typedef struct SignalTrace
{
	uint64_t	count;			/* of its events, since the last that settled them */
	int64_t		first;			/* when the first was, and the last; or SCORE_NEVER */
	int64_t		last;
	Fixed		sum;			/* faded count, or values */
	uint64_t	runs;			/* sessions or periods that it was in, */
	uint64_t	run;			/* the number of the last one, */
	int64_t		run_start;		/* the first event in that, */
	uint64_t	in_run;			/* and how many */
} SignalTrace;

/* Where time stands among sessions or periods. */
typedef struct ClockState
{
	uint64_t	number;			/* of the run, from 1; 0 before the first event */
	int64_t		last;			/* event before */
	int64_t		end;			/* of a period: where the next begins */
} ClockState;

/* The bits of one touchpoint, or of none, in a plan: sets of traced signals. */
enum
{
	TRACE_COUNTS,				/* that count its events */
	TRACE_SETTLES,				/* whose events it settles */
	TRACE_BEFORE,				/* that count what comes directly after it, */
	TRACE_BEFORE_THAT,			/* and what comes after one more */
	TRACE_SETS
};

typedef struct Tracer
{
	const Scorecard *card;
	int64_t		as_of;
	SignalTrace *traces;		/* by number of the trace */
	ClockState *clocks;			/* as those of the card */
	uint32_t	before;			/* touchpoint of the event before, or one more than there are */
	uint32_t	before_that;
	int64_t		hour_start;		/* the hour of the event before */
	int64_t		hour_end;
	const uint64_t *hour;		/* and what looks at it */
} Tracer;

/* The sets of bits for a dictionary: TRACE_SETS for each touchpoint and for none; all 0 before. */
extern void trace_plan(const Scorecard *card, const Touchpoint *touchpoints, uint32_t count, uint64_t *sets);

extern void tracer_init(Tracer *tracer, const Scorecard *card);
extern void tracer_begin(Tracer *tracer, int64_t as_of, uint32_t code_count);
extern void tracer_events(Tracer *tracer, const uint64_t *sets, const JourneyBlock *block, uint32_t from, uint32_t end);

/* Measure of a traced signal before cap and transform. */
extern Fixed tracer_measure(const Tracer *tracer, const ScoreSignal *signal);

/* What is left of a value after it has faded. */
extern Fixed score_faded_value(double value, int64_t left);

#endif							/* INTENT_TRACE_H */
