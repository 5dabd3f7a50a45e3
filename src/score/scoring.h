/*
 * scoring.h
 *		Scoring of journeys by one scorecard.
 *
 * A journey is read once.  What is kept per touchpoint of the journey (how
 * many, when last, what is left of them after decay) is all that measures,
 * evidence and explanation need; what the session open at as_of adds is the
 * difference to the state at its beginning, which a look at the times alone
 * finds before.
 *
 * Which touchpoints a signal counts depends on the dictionary alone, and most
 * journeys of a table share theirs with others: the answer is a ScorePlan,
 * remembered by the bytes of the dictionary.
 */
#ifndef INTENT_SCORING_H
#define INTENT_SCORING_H

#include "pattern/pattern_match.h"
#include "score/trace.h"

typedef struct ScoreCut
{
	int64_t		as_of;
	int64_t		known_at;
	bool		known;			/* is there a known_at? */
} ScoreCut;

/* ----- the plan for a dictionary ----- */

#define PLAN_NO_SLOT UINT32_MAX

/* What a touchpoint of the dictionary adds to. */
typedef struct PlanCode
{
	uint64_t	lasting;		/* from this age on nothing is left of its faded counts */
	const FixedDecay *decay;	/* of them, if there is one that is plain */
	uint32_t	slot;			/* those, the longest first: slot .. slot_end */
	uint32_t	slot_end;
	uint32_t	value_slot;		/* its sums of values: value_slot .. value_end */
	uint32_t	value_end;
	uint32_t	channel;		/* equal for touchpoints of one channel; 0 is none */
} PlanCode;

/*
 * A signal as a number to learn from.  Most look at one touchpoint: then `at`
 * is the slot that has the measure, or the touchpoint whose last event does.
 */
typedef struct PlanFeature
{
	uint32_t	signal;
	uint32_t	at;
} PlanFeature;

/*
 * One piece of memory but for the texts: thousands of plans take turns in the
 * processor's caches, so what is the same for all of them is in the scorecard.
 *
 * Where all touchpoints fade by the same half-lives, their slots are columns:
 * that of touchpoint `code` in column c is c * code_count + code.
 */
typedef struct ScorePlan
{
	uint64_t	hash;
	size_t		bytes;			/* of memory it takes */
	size_t		dictionary_size;
	uint8_t    *dictionary;
	uint32_t	code_count;
	uint32_t	slot_count;
	uint32_t	column_count;	/* 0: each touchpoint has slots of its own */
	uint32_t	active_count;
	bool		needs_counts;
	bool		needs_values;
	PlanCode   *codes;
	const FixedDecay **decays;	/* by slot */
	uint32_t   *active;			/* signals that may count something here, rising, */
	PlanFeature *features;		/* and the same by how they are measured: */
	uint32_t	slot_features;	/* how many by a slot, */
	uint32_t	last_features;	/* and by a last event; the rest by scorer_measure() */
	uint32_t   *group_begin;	/* by group of the card, and one more; where it begins in */
	uint32_t   *group_codes;	/* the touchpoints of each, rising */
	uint32_t   *tally_begin;	/* by tally of the card; where it begins in */
	uint32_t   *tally_slots;	/* the slots of the touchpoints of its group */
	TracePlans	traces;
	Fixed	   *silent;			/* evidence of the signals that are not active, */
	double	   *probability;	/* and its logistic function */
	ScoreText  *texts;			/* of the touchpoints; NULL until asked for */
} ScorePlan;

/* Touchpoints of a group. */
typedef struct PlanGroup
{
	const uint32_t *codes;
	uint32_t	count;
} PlanGroup;

static inline PlanGroup
score_plan_group(const ScorePlan *plan, uint32_t group)
{
	uint32_t	from = plan->group_begin[group];

	return (PlanGroup) {plan->group_codes + from, plan->group_begin[group + 1] - from};
}

extern ScorePlan *score_plan_make(const Scorecard *card, const JourneyView *view, uint64_t hash);
extern void score_plan_free(ScorePlan *plan);
extern uint64_t score_plan_hash(const JourneyView *view);

/* Makes the texts, in memory that must last as long as the plan. */
extern void score_plan_name(ScorePlan *plan);

/* ----- scoring ----- */

/* Plans are remembered by hash.  In all they take no more than so many bytes. */
#define SCORE_PLANS 4096
#define SCORE_PLAN_BYTES ((size_t) 32 << 20)

/* Sums over some of the events of a journey. */
typedef struct ScoreState
{
	uint64_t   *counts;			/* by touchpoint, if they are asked for */
	Fixed	   *slots;
} ScoreState;

typedef struct Scorer
{
	const Scorecard *card;
	ScorePlan **plans;			/* SCORE_PLANS of them, */
	size_t		plan_bytes;		/* their size, */
	ScorePlan  *unkept;			/* and one too large to remember */

	/* of the journey scored last */
	ScorePlan  *plan;
	ScoreCut	cut;
	uint64_t	events;			/* that count, */
	int64_t		first;			/* and when the first of them was */
	bool		counts;			/* are there counts by touchpoint? */
	bool		open;			/* is their last session open at as_of? */
	int64_t		opened;			/* when that one began */
	int64_t    *last;			/* by touchpoint, its last event or SCORE_NEVER */
	ScoreState	all;			/* over all events, */
	ScoreState	before;			/* and over those before the open session */
	FadeColumn *columns;		/* as those of the plan */
	double	   *absent;			/* by signal: what its transform makes of 0 */
	Tracer		traces;			/* of all events, */
	Tracer		momentary;		/* and of the open session alone */
	PatternMatcher *matchers;	/* of the signals with patterns: */
	uint32_t   *levels;			/* what each has reached, 1 of those that ask whether it matched, */
	uint32_t   *momentary_levels;	/* and in the open session alone */
	size_t		code_capacity;
	size_t		slot_capacity;
	size_t		column_capacity;
} Scorer;

/*
 * Memory that a Scorer takes stays with it: call these where host_alloc()
 * lasts as long as it shall.
 */
extern void scorer_init(Scorer *scorer, const Scorecard *card);

/* What may be asked for beside the evidence of all events. */
#define SCORE_MOMENTARY 1		/* that of the open session */
#define SCORE_LINES 2			/* its lines */

/*
 * Reads a journey.  One with corrected events must be cut by known_at before,
 * by journey_cut().
 */
extern void scorer_read(Scorer *scorer, const JourneyView *view, const ScoreCut *cut, int want);

/* Adds what events from..end-1 of a block leave at as_of, and their values, and keeps when each touchpoint was last. */
extern void scorer_fade(Scorer *scorer, const JourneyBlock *block, uint32_t from, uint32_t end);

/* Measure of a signal before cap and transform, in all or in the open session. */
extern Fixed scorer_measure(const Scorer *scorer, uint32_t signal, bool momentary);

/* What it becomes: capped, and transformed, too. */
extern Fixed score_cap(const ScoreSignal *signal, Fixed measure);
extern Fixed score_transform(const ScoreSignal *signal, Fixed measure);

static inline Fixed
scorer_transform(const Scorer *scorer, uint32_t signal, Fixed measure)
{
	const ScoreReading *reading = &scorer->card->readings[signal];

	if (host_likely(!reading->has_cap))
	{
		if (reading->transform == TRANSFORM_LINEAR)
			return measure;
		if (reading->transform == TRANSFORM_LOG1P)
			return measure == 0 ? 0 : fixed_log1p(measure);
	}
	return score_transform(&scorer->card->signals[signal], measure);
}

/* When the last event of a signal was, or SCORE_NEVER; of a pattern it is not known. */
extern int64_t scorer_last(const Scorer *scorer, uint32_t signal);

/* Has a signal seen an event? */
extern bool scorer_saw(const Scorer *scorer, uint32_t signal);

/* Adds weight * x of a signal to the evidence by intent. */
extern void score_add_weighted(const ScoreSignal *signal, Fixed x, Fixed *evidence);

/*
 * Evidence by intent, and if `seen` is not NULL the |weight| of the signals
 * that saw something.
 */
extern void scorer_evidence(const Scorer *scorer, bool momentary, Fixed *evidence, Fixed *seen);

extern double score_logistic(Fixed evidence);

/* The same of evidence for an intent, which is often that of the plan. */
static inline double
scorer_probability(const Scorer *scorer, uint32_t intent, Fixed evidence)
{
	return evidence == scorer->plan->silent[intent] ?
		scorer->plan->probability[intent] : score_logistic(evidence);
}

/* What all signals measure, capped and transformed, as numbers in their order. */
extern void scorer_features(const Scorer *scorer, double *features);

/* The same capped, but not transformed. */
extern void scorer_measures(const Scorer *scorer, double *measures);

/* ----- explanation ----- */

typedef struct ScoreLine
{
	ScoreText	signal;			/* no data: the base */
	uint32_t	code;			/* a touchpoint, or PLAN_NO_SLOT */
	uint64_t	count;
	int64_t		last;			/* if count is not 0 */
	Fixed		contribution;
} ScoreLine;

/*
 * Lines whose contributions add up to the evidence; returns how many.  They
 * must have been asked for, and the touchpoints of the plan been named.
 */
extern size_t scorer_explain(const Scorer *scorer, uint32_t intent, ScoreLine **lines);

#endif							/* INTENT_SCORING_H */
