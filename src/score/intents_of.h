/*
 * intents_of.h
 *		What the scores of a journey mean: intents and their reasons, how far
 *		along they are, and how much of the journey was there to judge by.
 *
 * Intents whose names are paths (cancel/price) make a taxonomy.  Each parent
 * is a row of its own, and its children share its probability: their
 * probabilities sum to it.  See docs/guide-models.md for why.
 */
#ifndef INTENT_INTENTS_OF_H
#define INTENT_INTENTS_OF_H

#include "score/scoring.h"

/* ----- taxonomy ----- */

#define TAXON_NONE UINT32_MAX

typedef struct Taxon
{
	ScoreText	name;
	uint32_t	intent;			/* of the card, or TAXON_NONE: its children alone are there */
	uint32_t	parent;			/* place of it, before this one; or TAXON_NONE */
	uint32_t	children;		/* how many */
} Taxon;

/* By the bytes of names, so that parents stand before their children. */
typedef struct Taxonomy
{
	uint32_t	count;
	Taxon	   *taxa;
} Taxonomy;

extern Taxonomy taxonomy_make(const Scorecard *card);

typedef struct TaxonScore
{
	double		evidence;		/* its own; of one that is not in the card, what its children say together */
	double		among;			/* log of the sum of the children's odds; -INFINITY without any */
	double		log_probability;
	double		probability;
	double		log_odds;		/* of the probability; not finite if that is 0 or 1 */
	uint32_t	likeliest;		/* intent of the card: itself, or the likeliest below it */
} TaxonScore;

/* From evidence by intent of the card. */
extern void taxonomy_score(const Taxonomy *taxonomy, const Fixed *evidence, TaxonScore *scores);

/* ----- how far along ----- */

typedef enum IntentStage
{
	STAGE_NONE,					/* no signal of it saw anything */
	STAGE_STARTING,				/* one did in the session that is open, and it is the first */
	STAGE_ACTIVE,				/* one did in the session that is open */
	STAGE_PAUSING,				/* the last one was within its half-life */
	STAGE_FADING				/* longer ago */
} IntentStage;

#define STAGES 5

extern const char *const intent_stage_names[STAGES];

/* ----- reasons ----- */

#define REASONS 3

typedef struct IntentReason
{
	ScoreText	signal;
	uint64_t	count;
	int64_t		last;			/* or SCORE_NEVER, if there is none or it is not known */
	Fixed		contribution;
} IntentReason;

typedef struct IntentReading
{
	IntentStage stage;
	uint32_t	reason_count;
	IntentReason reasons[REASONS];	/* the greatest contributions either way */
} IntentReading;

/* The lines of the scorer must have been asked for, and its plan been named. */
extern void intent_read(const Scorer *scorer, uint32_t intent, IntentReading *reading);

/* "viewing: 12 times, last 2 days ago (+0.56)" */
extern void intent_reason_append(ByteBuffer *out, const IntentReason *reason, int64_t as_of);

/* ----- what there was to judge by ----- */

typedef struct Coverage
{
	uint32_t	channels;		/* different ones; none is none */
	int64_t		span;			/* from the first event that counts to the last, in microseconds */
	uint64_t	matched;		/* events that one of the patterns matches */
} Coverage;

extern Coverage coverage_read(const Scorer *scorer, const TouchpointPattern *patterns, int pattern_count);

#endif							/* INTENT_INTENTS_OF_H */
