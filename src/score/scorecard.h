/*
 * scorecard.h
 *		A scoring model as a value: signals, their transforms and weights.
 *
 * A scorecard has three forms.  JSON text is what people write and read.  A
 * Scorecard is that in memory, every duration and number made ready.  Flat
 * bytes (scorecard_format.c) are what a row holds: opened without parsing
 * JSON, one encoding per content.
 */
#ifndef INTENT_SCORECARD_H
#define INTENT_SCORECARD_H

#include "base/bytes.h"
#include "base/fixed.h"
#include "pattern/pattern.h"

#define SCORECARD_VERSION 1

/* More are surely a mistake, and a card is opened whole. */
#define SCORECARD_MAX_INTENTS 1000
#define SCORECARD_MAX_SIGNALS 10000
#define SCORECARD_MAX_PARTS 100000	/* touchpoints, points or weights in all */

#define SCORECARD_SESSION_GAP INT64_C(1800000000)

#define SCORECARD_MINUTE INT64_C(60000000)
#define SCORECARD_DAY (1440 * SCORECARD_MINUTE)

/* Minutes from UTC that a utc_offset can be. */
#define SCORECARD_OFFSET_MAX 959

typedef struct ScoreText
{
	const char *data;
	uint32_t	size;
} ScoreText;

typedef struct ScoreIntent
{
	ScoreText	name;
	Fixed		base;
	Fixed		total;			/* of all |weight| */
} ScoreIntent;

typedef enum ScoreMeasure
{
	MEASURE_COUNT,
	MEASURE_SUM,
	MEASURE_EXISTS,
	MEASURE_RECENCY,
	MEASURE_CHANNELS,
	MEASURE_SESSIONS,
	MEASURE_TOUCHPOINTS,		/* different ones */
	MEASURE_PERIODS,			/* different days, weeks … */
	MEASURE_TENURE,				/* days since the first */
	MEASURE_RHYTHM,				/* days from session to session, on average */
	MEASURE_OVERDUE,			/* days since the last, in those of its rhythm */
	MEASURE_UNUSUAL,			/* the last session against the person's own earlier ones */
	MEASURE_MATCHED,			/* has a pattern matched? */
	MEASURE_LEVEL				/* mandatory steps of it that were reached */
} ScoreMeasure;

#define MEASURES 14

static inline bool
measure_is_of_pattern(ScoreMeasure measure)
{
	return measure == MEASURE_MATCHED || measure == MEASURE_LEVEL;
}

typedef enum ScoreTransform
{
	TRANSFORM_LINEAR,
	TRANSFORM_LOG1P,
	TRANSFORM_POINTS
} ScoreTransform;

typedef struct ScorePoint
{
	Fixed		x;
	Fixed		y;
} ScorePoint;

typedef struct ScoreWeight
{
	uint32_t	intent;			/* rising inside a signal */
	Fixed		weight;
} ScoreWeight;

#define SCORE_NONE UINT32_MAX

/* A signal looks directly behind so many events at most. */
#define SIGNAL_AFTER_MAX 2

#define SIGNAL_EVERY_DAY 0x7f

typedef struct ScoreSignal
{
	ScoreText	name;
	ScoreMeasure measure;
	ScoreTransform transform;
	bool		has_cap;
	bool		has_run;
	uint8_t		weekdays;		/* on which it looks: bits from Monday on */
	uint8_t		hour_from;		/* from which hour, up to which one: */
	uint8_t		hour_until;		/* 0 and 24, or around midnight */
	Fixed		cap;
	int64_t		half_life;		/* microseconds; 0 is no decay */
	int64_t		within;			/* microseconds back that it looks; 0 is all the way */
	int64_t		run;			/* if has_run: its own session gap, or its period */
	uint32_t	pattern_count;
	uint32_t	until_count;
	uint32_t	after_count;
	uint32_t	point_count;
	uint32_t	weight_count;
	TouchpointPattern *patterns;
	TouchpointPattern *until;	/* what settles the events before it */
	TouchpointPattern *after;	/* which events must come directly before, the earliest first */
	ScoreText	text;			/* of a pattern, canonical */
	const Pattern *pattern;
	ScorePoint *points;
	ScoreWeight *weights;
} ScoreSignal;

/* At every hour of every day? */
static inline bool
signal_looks_always(const ScoreSignal *signal)
{
	return signal->weekdays == SIGNAL_EVERY_DAY && signal->hour_from == 0 && signal->hour_until == 24;
}

/* Touchpoints that signals name together; all that name the same have one. */
typedef struct ScoreGroup
{
	uint32_t	pattern_count;
	const TouchpointPattern *patterns;
} ScoreGroup;

/* A sum over the events of a group: what is left of each, or of its value. */
typedef struct ScoreTally
{
	uint32_t	group;
	uint32_t	decay;			/* or SCORE_NONE: all is left; only of values */
	bool		values;
} ScoreTally;

/*
 * How a signal is measured: what of it is looked at for each journey, small so
 * that all of a list stay close to the processor.
 */
typedef struct ScoreReading
{
	uint8_t		measure;		/* ScoreMeasure */
	uint8_t		transform;		/* ScoreTransform */
	bool		has_cap;
	bool		within;			/* does it look back only so far? */
	uint32_t	group;			/* its touchpoints; of a pattern none: SCORE_NONE */
	uint32_t	tally;			/* index of its sum by touchpoint, */
	uint32_t	trace;			/* of its trace, */
	uint32_t	decay;			/* of its half-life in decays, */
	uint32_t	matcher;		/* and its number among those of patterns; or SCORE_NONE */
} ScoreReading;

/* What divides time into runs that are counted: pauses, or the calendar of UTC and an offset. */
typedef struct ScoreClock
{
	bool		period;
	int64_t		length;			/* of the pause or the period, in microseconds */
} ScoreClock;

/* Hours of the week that signals look at, from Monday 00:00 on: eight sets of them, a bit each. */
#define WEEK_HOURS 168

typedef struct ScoreWeek
{
	uint8_t		looks[WEEK_HOURS];
} ScoreWeek;

typedef enum TraceSum
{
	TRACE_NO_SUM,
	TRACE_SUM_OF_COUNTS,
	TRACE_SUM_OF_VALUES
} TraceSum;

/* What signals keep that look at each of their events; those that look at the same share it. */
typedef struct ScoreTrace
{
	uint32_t	group;			/* the touchpoints that it counts, */
	uint32_t	until;			/* that settle it, or SCORE_NONE, */
	uint32_t	after_count;
	uint32_t	after[SIGNAL_AFTER_MAX];	/* and that come directly before, the last first */
	uint32_t	clock;			/* index in clocks, or SCORE_NONE */
	uint32_t	hours;			/* number of its set of hours, or SCORE_NONE */
	bool		counted;		/* is it asked for how many events there were? */
	TraceSum	sum;
	uint32_t	decay;			/* of the sum, or SCORE_NONE */
	uint64_t	within;			/* an age; UINT64_MAX: any */
} ScoreTrace;

/* A card without intents is a list of signals: nothing weighs, all can be measured. */
typedef struct Scorecard
{
	int64_t		session_gap;	/* microseconds */
	int64_t		utc_offset;		/* microseconds east of UTC, of hours, weekdays and periods */
	uint32_t	intent_count;	/* by the bytes of their names, as score_array has them */
	uint32_t	signal_count;
	ScoreIntent *intents;
	ScoreSignal *signals;

	/* what follows from them, once for all signals that share it */
	uint32_t	decay_count;
	uint32_t	group_count;
	uint32_t	tally_count;
	uint32_t	clock_count;
	uint32_t	hours_count;
	uint32_t	trace_count;
	uint32_t	matcher_count;
	ScoreReading *readings;		/* by signal */
	FixedDecay *decays;			/* the different half-lives */
	ScoreGroup *groups;
	ScoreTally *tallies;
	ScoreClock *clocks;
	uint32_t	shortest_pause;	/* index of the clock, or SCORE_NONE */
	ScoreWeek  *weeks;
	ScoreTrace *traces;
} Scorecard;

extern const char *const score_measure_names[MEASURES];
extern const char *const score_weekday_names[7];

/*
 * From JSON text; everything that is wrong with it fails and names the place.
 * The order of keys means nothing.  True if the text has \u escapes for
 * characters beyond ASCII, which then stand in the card as UTF-8.
 */
extern bool scorecard_parse(Scorecard *card, const char *text, size_t size);

/*
 * The same from the text of a list of signals, which have no weights: an array,
 * or an object with session_gap, utc_offset and signals.  A signal with several
 * half-lives becomes one for each.
 */
extern bool signal_list_parse(Scorecard *card, const char *text, size_t size);

/* Canonical JSON text: keys in fixed order, shortest numbers; reads back the same. */
extern void scorecard_append_json(ByteBuffer *out, const Scorecard *card);

/* Flat bytes and back.  The opened card points into the bytes. */
extern void scorecard_append_flat(ByteBuffer *out, const Scorecard *card);
extern void scorecard_open(Scorecard *card, const void *data, size_t size);
extern void signal_list_open(Scorecard *card, const void *data, size_t size);

/* Derived fields: totals of weights, and what signals share: half-lives, groups, tallies, traces. */
extern void scorecard_finish(Scorecard *card);

/* A pattern from its text: the program, and the canonical text in it. */
extern void signal_set_pattern(ScoreSignal *signal, const char *text, size_t size);

/* The number of an intent, or fails naming those that exist. */
extern uint32_t scorecard_intent(const Scorecard *card, const char *name, size_t size);

#endif							/* INTENT_SCORECARD_H */
