/*
 * score_pg.h
 *		The scorecard type as the server sees it, and scoring in its functions.
 */
#ifndef INTENT_SCORE_PG_H
#define INTENT_SCORE_PG_H

#include "access/htup.h"
#include "fmgr.h"
#include "utils/palloc.h"
#include "utils/tuplestore.h"

#include "score/scoring.h"

#define PG_GETARG_SCORECARD_P(n) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n))

/* Opens a scorecard value into memory of the current call. */
extern Scorecard *scorecard_from_varlena(const struct varlena *value);

/* ----- functions that score ----- */

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

/* The scorer of a query, in fn_extra: a cache, never a memory. */
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

/* That of the scorecard in an argument. */
extern ScorerCache *scorer_cache_get(FunctionCallInfo fcinfo, int argument);

/* as_of and known_at, from argument `first` on. */
extern ScoreCut score_cut_argument(FunctionCallInfo fcinfo, int first);

/*
 * Reads the journey of argument 0; false if it is NULL or no event counts.
 * `no_clock` says that known_at found no recorded times to cut on.
 */
extern bool scorer_cache_read(FunctionCallInfo fcinfo, ScorerCache *cache, ScoreCut cut, int want,
							  bool *no_clock);

/*
 * The rows of a call.  As InitMaterializedSRF(), but the caller believes what
 * it expects: copying and comparing the row type for each person costs more
 * than their scores.
 */
extern Tuplestorestate *score_begin_rows(FunctionCallInfo fcinfo);

#endif							/* INTENT_SCORE_PG_H */
