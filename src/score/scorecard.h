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
#include "journey/touchpoint.h"

#define SCORECARD_VERSION 1

/* More are surely a mistake, and a card is opened whole. */
#define SCORECARD_MAX_INTENTS 1000
#define SCORECARD_MAX_SIGNALS 10000
#define SCORECARD_MAX_PARTS 100000	/* touchpoints, points or weights in all */

#define SCORECARD_SESSION_GAP INT64_C(1800000000)

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
	MEASURE_SESSIONS
} ScoreMeasure;

#define MEASURES 6

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

typedef struct ScoreSignal
{
	ScoreText	name;
	ScoreMeasure measure;
	ScoreTransform transform;
	bool		has_cap;
	Fixed		cap;
	int64_t		half_life;		/* microseconds; 0 is no decay */
	uint32_t	decay;			/* index of it in decays */
	uint32_t	pattern_count;
	uint32_t	point_count;
	uint32_t	weight_count;
	TouchpointPattern *patterns;
	ScorePoint *points;
	ScoreWeight *weights;
} ScoreSignal;

typedef struct Scorecard
{
	int64_t		session_gap;	/* microseconds */
	uint32_t	intent_count;	/* by the bytes of their names, as score_array has them */
	uint32_t	signal_count;
	uint32_t	decay_count;
	ScoreIntent *intents;
	ScoreSignal *signals;
	FixedDecay *decays;			/* the different half-lives */
} Scorecard;

extern const char *const score_measure_names[MEASURES];

/*
 * From JSON text; everything that is wrong with it fails and names the place.
 * The order of keys means nothing.  True if the text has \u escapes for
 * characters beyond ASCII, which then stand in the card as UTF-8.
 */
extern bool scorecard_parse(Scorecard *card, const char *text, size_t size);

/* Canonical JSON text: keys in fixed order, shortest numbers; reads back the same. */
extern void scorecard_append_json(ByteBuffer *out, const Scorecard *card);

/* Flat bytes and back.  The opened card points into the bytes. */
extern void scorecard_append_flat(ByteBuffer *out, const Scorecard *card);
extern void scorecard_open(Scorecard *card, const void *data, size_t size);

/* Derived fields: totals of weights, ready half-lives. */
extern void scorecard_finish(Scorecard *card);

/* The number of an intent, or fails naming those that exist. */
extern uint32_t scorecard_intent(const Scorecard *card, const char *name, size_t size);

#endif							/* INTENT_SCORECARD_H */
