/*
 * person_score_pg.c
 *		Scores of one person by the live scorecard: score, scores.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "journey/journey_pg.h"
#include "score/score_pg.h"
#include "store/person_pg.h"

/* ----- the live scorecard ----- */

static PersonQuery live = {
	"SELECT m.id, m.scorecard FROM intent.model m WHERE m.tenant OPERATOR(pg_catalog.=) $1"
	" AND m.name OPERATOR(pg_catalog.=) $2 AND m.state OPERATOR(pg_catalog.=) 'champion'",
	2, {TEXTOID, TEXTOID}
};

/* The same in full, and what is wrong if there is none. */
static PersonQuery live_or_error = {
	"SELECT 0::pg_catalog.int8, intent.live_scorecard($2, $1)", 2, {TEXTOID, TEXTOID}
};

static PersonQuery tenant_of_person = {
	"SELECT i.tenant FROM intent.identifier i WHERE i.id OPERATOR(pg_catalog.=) $1", 1, {INT8OID}
};

static PersonQuery known_journey = {
	"SELECT intent.journey_of($1, $2)", 2, {INT8OID, TIMESTAMPTZOID}
};

/*
 * Scorers of cards that were live stay with the session, for opening a card
 * costs more than scoring one person.  Which card is live is looked up every
 * time, and a scorer is found by what that gives: the bytes of the card, or
 * where they are kept.  The number of the model makes the second as good as
 * the first, for what a model says never changes.
 */
#define LIVE_SCORERS 8
#define LIVE_SCORER_BYTES ((Size) 4 << 20)

typedef struct LiveScorer
{
	MemoryContext context;		/* NULL if there is none here */
	int64		model;
	struct varlena *given;		/* the card as the table has it */
	ScorerCache *cache;
	bool		busy;			/* an error left it as nobody knows */
} LiveScorer;

static LiveScorer live_scorers[LIVE_SCORERS];
static int	next_live_scorer;

static void
forget_live_scorer(LiveScorer *scorer)
{
	MemoryContext context = scorer->context;

	memset(scorer, 0, sizeof(*scorer));
	if (context)
		MemoryContextDelete(context);
}

static bool
is_live_scorer(const LiveScorer *scorer, int64 model, const struct varlena *given)
{
	return scorer->context && scorer->model == model && VARSIZE_ANY(scorer->given) == VARSIZE_ANY(given) &&
		memcmp(scorer->given, given, VARSIZE_ANY(given)) == 0;
}

static LiveScorer *
make_live_scorer(int64 model, struct varlena *given)
{
	LiveScorer *scorer = &live_scorers[next_live_scorer];

	next_live_scorer = (next_live_scorer + 1) % LIVE_SCORERS;
	forget_live_scorer(scorer);
	scorer->context = AllocSetContextCreate(TopMemoryContext, "intent live scorer", ALLOCSET_DEFAULT_SIZES);
	scorer->busy = true;
	scorer->model = model;
	scorer->given = MemoryContextAlloc(scorer->context, VARSIZE_ANY(given));
	memcpy(scorer->given, given, VARSIZE_ANY(given));
	scorer->cache = scorer_cache_make(scorer->context, given, false);
	return scorer;
}

/* The scorer of the champion of a name: that of the tenant, or else of tenant ''. */
static LiveScorer *
live_scorer(Datum tenant, Datum name)
{
	Datum		arguments[2] = {tenant, name};
	uint64		rows = 0;
	NullableDatum card;
	int64		model;

	if (person_table_exists("model"))
	{
		rows = person_query_run(&live, arguments, 1);
		if (rows == 0 && VARSIZE_ANY_EXHDR(DatumGetPointer(tenant)) > 0)
		{
			arguments[0] = CStringGetTextDatum("");
			rows = person_query_run(&live, arguments, 1);
		}
	}
	if (rows == 0 || person_query_value(0, 2).isnull)
	{
		arguments[0] = tenant;
		person_query_run(&live_or_error, arguments, 1);
	}
	model = DatumGetInt64(person_query_value(0, 1).value);
	card = person_query_value(0, 2);
	for (int i = 0; i < LIVE_SCORERS; i++)
	{
		LiveScorer *scorer = &live_scorers[i];

		if (!is_live_scorer(scorer, model, (struct varlena *) DatumGetPointer(card.value)))
			continue;
		if (scorer->busy)
		{
			forget_live_scorer(scorer);
			continue;
		}
		scorer->busy = true;
		return scorer;
	}
	return make_live_scorer(model, (struct varlena *) DatumGetPointer(card.value));
}

static void
leave_live_scorer(LiveScorer *scorer)
{
	scorer->busy = false;
	if (MemoryContextMemAllocated(scorer->context, true) > LIVE_SCORER_BYTES)
		forget_live_scorer(scorer);
}

/* ----- arguments ----- */

/*
 * The forms of a function have the same arguments, the shorter ones only the
 * first of them: as_of, known_at, model, tenant from argument `first` on.
 * The clock is volatile, so the form without as_of is.
 */
typedef struct PersonAsk
{
	bool		fresh;
	ScoreCut	cut;
	struct varlena *journey;	/* NULL if there are no events */
	LiveScorer *live;
} PersonAsk;

static bool
is_given(FunctionCallInfo fcinfo, int argument)
{
	return argument < PG_NARGS() && !PG_ARGISNULL(argument);
}

static void
begin_asking(FunctionCallInfo fcinfo, int first, PersonAsk *ask)
{
	NullableDatum person = {PG_GETARG_DATUM(0), PG_ARGISNULL(0)};
	PersonJourney found = {NULL, {(Datum) 0, true}};

	memset(ask, 0, sizeof(*ask));
	ask->fresh = PG_NARGS() == first;
	ask->cut.as_of = is_given(fcinfo, first) ? intent_finite_time(PG_GETARG_TIMESTAMPTZ(first), "as_of") : GetCurrentTimestamp();
	person_begin(ask->fresh);
	if (is_given(fcinfo, first + 1))
	{
		Datum		arguments[2] = {person.value, PG_GETARG_DATUM(first + 1)};

		ask->cut.known = true;
		ask->cut.known_at = intent_finite_time(PG_GETARG_TIMESTAMPTZ(first + 1), "known_at");
		if (!person.isnull)
		{
			NullableDatum journey;

			if (person_query_run(&tenant_of_person, &person.value, 1) > 0)
				found.tenant = person_query_value(0, 1);
			person_query_run(&known_journey, arguments, 1);
			journey = person_query_value(0, 1);
			found.journey = journey.isnull ? NULL : DatumGetJourneyP(journey.value);
		}
	}
	else
		found = person_journey(person);
	ask->journey = found.journey;
	ask->live = live_scorer(is_given(fcinfo, first + 3) ? PG_GETARG_DATUM(first + 3) :
							found.tenant.isnull ? CStringGetTextDatum("") : found.tenant.value,
							is_given(fcinfo, first + 2) ? PG_GETARG_DATUM(first + 2) : CStringGetTextDatum("default"));
}

/* False if no event counts. */
static bool
read_person(PersonAsk *ask, int want, bool *no_clock)
{
	ScorerCache *cache = ask->live->cache;

	*no_clock = false;
	return ask->journey && scorer_read_value(&cache->scorer, cache->context, ask->journey, ask->cut, want, no_clock);
}

static void
end_asking(PersonAsk *ask)
{
	leave_live_scorer(ask->live);
	person_end(ask->fresh);
}

/* ----- functions ----- */

PG_FUNCTION_INFO_V1(intent_person_score);
Datum
intent_person_score(PG_FUNCTION_ARGS)
{
	PersonAsk	ask;
	ScorerCache *cache;
	bool		no_clock;
	bool		any = false;
	float8		probability = 0;

	begin_asking(fcinfo, 2, &ask);
	cache = ask.live->cache;
	if (!PG_ARGISNULL(1))
	{
		text	   *name = PG_GETARG_TEXT_PP(1);
		uint32		intent = scorecard_intent(&cache->card, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));

		any = read_person(&ask, 0, &no_clock);
		if (any)
		{
			scorer_evidence(&cache->scorer, false, cache->evidence, NULL);
			probability = scorer_probability(&cache->scorer, intent, cache->evidence[intent]);
		}
	}
	end_asking(&ask);
	if (!any)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(probability);
}

PG_FUNCTION_INFO_V1(intent_person_scores);
Datum
intent_person_scores(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	PersonAsk	ask;
	ScorerCache *cache;
	bool		no_clock;
	bool		any;

	score_begin_rows(fcinfo);
	begin_asking(fcinfo, 1, &ask);
	cache = ask.live->cache;
	any = read_person(&ask, SCORE_MOMENTARY, &no_clock);
	if (any)
		scorer_all_evidence(cache);
	for (uint32 i = 0; i < cache->card.intent_count; i++)
	{
		Datum		values[SCORES_COLUMNS + 1] = {0};
		bool		nulls[SCORES_COLUMNS + 1] = {false};

		if (any)
			scores_fill(cache, i, no_clock, values, nulls);
		else
			scores_fill_no_events(cache, i, values, nulls);
		values[SCORES_COLUMNS] = TimestampTzGetDatum(ask.cut.as_of);
		tuplestore_putvalues(result->setResult, result->expectedDesc, values, nulls);
	}
	end_asking(&ask);
	return (Datum) 0;
}
