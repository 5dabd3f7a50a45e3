/*
 * score_pg.h
 *		The scorecard type as the server sees it, and the scorer of a query.
 */
#ifndef INTENT_SCORE_PG_H
#define INTENT_SCORE_PG_H

#include "access/htup.h"
#include "fmgr.h"
#include "utils/palloc.h"
#include "utils/tuplestore.h"

#include "score/scoring.h"

#define PG_GETARG_SCORECARD_P(n) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n))

/* Opens a scorecard value, or a list of signals, into memory of the current call. */
extern Scorecard *scorecard_from_varlena(const struct varlena *value);
extern Scorecard *signal_list_from_varlena(const struct varlena *value);

/* A value from JSON text, and from one that is in memory. */
extern struct varlena *scorecard_from_text(const char *text, size_t size, bool list);
extern struct varlena *scorecard_to_varlena(const Scorecard *card);

/* ----- the scorer of a query ----- */

typedef enum ScoreStatus
{
	SCORE_OK,
	SCORE_NO_EVENTS,
	SCORE_NO_SIGNAL,
	SCORE_NO_RECORD_CLOCK,
	SCORE_INSUFFICIENT_DATA
} ScoreStatus;

#define SCORE_STATUSES 5

extern const char *const score_status_names[SCORE_STATUSES];

typedef struct ScorerCache
{
	MemoryContext context;		/* of everything below */
	bool		constant;		/* the card is a constant of the query */
	struct varlena *given;		/* the card as it was given; NULL if that was a toast pointer */
	Size		size;			/* of its bytes */
	char	   *bytes;
	Scorecard	card;
	Scorer		scorer;
	Datum	   *names;			/* of the intents, as text */
	HeapTuple  *silent_rows;	/* of scores(), by intent: of whom it knows nothing; NULL if not made yet */
	Datum		statuses[SCORE_STATUSES];
	Fixed	   *evidence;		/* by intent, for one journey: */
	Fixed	   *momentary;
	Fixed	   *seen;
	void	   *more;			/* what a function keeps beside it */
} ScorerCache;

/*
 * The scorer for the scorecard in an argument, or for a list of signals there.
 * It and the plans of dictionaries stay with the query in fn_extra, found again
 * by the bytes of the value: a cache, never a memory.
 */
extern ScorerCache *scorer_cache_get(FunctionCallInfo fcinfo, int argument, bool list);

/* One of its own for a value, in a memory context below `parent`. */
extern ScorerCache *scorer_cache_make(MemoryContext parent, struct varlena *given, bool list);

/* as_of and known_at, from argument `first` on. */
extern ScoreCut score_cut_argument(FunctionCallInfo fcinfo, int first);

/*
 * Reads a journey by a scorer that lives in `memory`; false if no event counts.
 * `no_clock` says that known_at found no recorded times to cut on.
 */
extern bool scorer_read_value(Scorer *scorer, MemoryContext memory, const struct varlena *journey,
							  ScoreCut cut, int want, bool *no_clock);

/* The same of the journey in argument 0, which may be NULL. */
extern bool scorer_cache_read(FunctionCallInfo fcinfo, ScorerCache *cache, ScoreCut cut, int want, bool *no_clock);

/* ----- rows of scores() ----- */

enum
{
	SCORES_INTENT, SCORES_PROBABILITY, SCORES_MOMENTARY, SCORES_OVERARCHING,
	SCORES_EVIDENCE, SCORES_CONFIDENCE, SCORES_STATUS, SCORES_COLUMNS
};

/* The evidence of a journey that was read, of all events and of the open session. */
extern void scorer_all_evidence(ScorerCache *cache);

/* The row of an intent; of who has no events, nothing need have been read. */
extern void scores_fill(const ScorerCache *cache, uint32 intent, bool no_clock, Datum *values, bool *nulls);
extern void scores_fill_no_events(const ScorerCache *cache, uint32 intent, Datum *values, bool *nulls);

/*
 * The rows of a call.  As InitMaterializedSRF(), but the caller believes what
 * it expects: copying and comparing the row type for each person costs more
 * than their scores.
 */
extern Tuplestorestate *score_begin_rows(FunctionCallInfo fcinfo);

#endif							/* INTENT_SCORE_PG_H */
