/*
 * score_pg.c
 *		score, score_array, scores, evidence, explain.
 *
 * The opened scorecard and the plans of dictionaries stay with the query in
 * fn_extra, found again by the bytes of the card: a cache, never a memory.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "journey/journey_edit.h"
#include "journey/journey_pg.h"
#include "score/score_pg.h"

/* ----- the scorer of a query ----- */

typedef struct ScorerCache
{
	MemoryContext context;		/* of everything below */
	Size		size;			/* of the card's bytes */
	char	   *bytes;
	Scorecard	card;
	Scorer		scorer;
	Datum	   *names;			/* of the intents, as text */
	Fixed	   *evidence;		/* by intent, for one journey: */
	Fixed	   *momentary;
	Fixed	   *seen;
} ScorerCache;

static ScorerCache *
make_cache(FunctionCallInfo fcinfo, const struct varlena *value)
{
	MemoryContext context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "intent scorer",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	ScorerCache *cache = palloc0(sizeof(ScorerCache));

	cache->context = context;
	cache->size = VARSIZE_ANY_EXHDR(value);
	cache->bytes = palloc(cache->size + 1);
	memcpy(cache->bytes, VARDATA_ANY(value), cache->size);
	scorecard_open(&cache->card, cache->bytes, cache->size);
	scorer_init(&cache->scorer, &cache->card);
	cache->evidence = host_alloc_array(cache->card.intent_count, sizeof(Fixed));
	cache->momentary = host_alloc_array(cache->card.intent_count, sizeof(Fixed));
	cache->seen = host_alloc_array(cache->card.intent_count, sizeof(Fixed));
	cache->names = host_alloc_array(cache->card.intent_count, sizeof(Datum));
	for (uint32 i = 0; i < cache->card.intent_count; i++)
		cache->names[i] = PointerGetDatum(cstring_to_text_with_len(cache->card.intents[i].name.data,
																   cache->card.intents[i].name.size));
	MemoryContextSwitchTo(caller);
	return cache;
}

static ScorerCache *
get_scorer(FunctionCallInfo fcinfo, int argument)
{
	ScorerCache *cache = fcinfo->flinfo->fn_extra;
	struct varlena *value = PG_GETARG_SCORECARD_P(argument);

	if (cache == NULL || cache->size != VARSIZE_ANY_EXHDR(value) ||
		memcmp(cache->bytes, VARDATA_ANY(value), cache->size) != 0)
	{
		fcinfo->flinfo->fn_extra = NULL;
		if (cache)
			MemoryContextDelete(cache->context);
		cache = make_cache(fcinfo, value);
		fcinfo->flinfo->fn_extra = cache;
	}
	if (PointerGetDatum(value) != PG_GETARG_DATUM(argument))
		pfree(value);
	return cache;
}

/* ----- arguments ----- */

static void
refuse_null(const char *argument, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("%s must not be null", argument),
			 errhint("%s", hint)));
}

/* as_of and known_at, from argument `first` on. */
static ScoreCut
get_cut(FunctionCallInfo fcinfo, int first)
{
	ScoreCut	cut = {0};

	if (PG_ARGISNULL(first))
		refuse_null("as_of", "Say up to which time the journey counts, for example as_of => '2026-03-01Z'.");
	cut.as_of = intent_finite_time(PG_GETARG_TIMESTAMPTZ(first), "as_of");
	if (!PG_ARGISNULL(first + 1))
	{
		cut.known = true;
		cut.known_at = intent_finite_time(PG_GETARG_TIMESTAMPTZ(first + 1), "known_at");
	}
	return cut;
}

static uint32
get_intent(FunctionCallInfo fcinfo, const Scorecard *card, int argument)
{
	text	   *name;

	if (PG_ARGISNULL(argument))
		refuse_null("intent", "Name one of scorecard_intents(card).");
	name = PG_GETARG_TEXT_PP(argument);
	return scorecard_intent(card, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
}

/*
 * Reads the journey of argument 0; false if it is NULL or no event counts.
 * `no_clock` says that known_at found no recorded times to cut on.
 */
static bool
read_journey(FunctionCallInfo fcinfo, ScorerCache *cache, ScoreCut cut, bool momentary, bool *no_clock)
{
	struct varlena *journey;
	JourneyView view;
	ByteBuffer	known;
	MemoryContext caller;

	*no_clock = false;
	if (PG_ARGISNULL(0))
		return false;
	journey = PG_GETARG_JOURNEY_P(0);
	journey_open_varlena(&view, journey);
	if (view.events == 0)
		return false;
	*no_clock = cut.known && !journey_has_recorded(&view);

	/* what a corrected event said at known_at is the cut's to find out */
	if (cut.known && journey_has_versions(&view))
	{
		buffer_init(&known, VARSIZE_ANY_EXHDR(journey));
		journey_cut(&known, &view, cut.as_of, &cut.known_at);
		journey_open(&view, known.data, known.size);
		cut.known = false;
	}
	caller = MemoryContextSwitchTo(cache->context);
	scorer_read(&cache->scorer, &view, &cut, momentary);
	MemoryContextSwitchTo(caller);
	return cache->scorer.events > 0;
}

static Datum
fixed_to_numeric(Fixed fixed)
{
	char		text[FIXED_TEXT_MAX];

	if (fixed >= PG_INT64_MIN && fixed <= PG_INT64_MAX)
		return NumericGetDatum(int64_div_fast_to_numeric((int64) fixed, FIXED_DIGITS));
	fixed_to_numeric_text(fixed, text);
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

/* ----- one number ----- */

/* Evidence of one intent; false if there is none to speak of. */
static bool
one_evidence(FunctionCallInfo fcinfo, Fixed *evidence)
{
	ScoreCut	cut = get_cut(fcinfo, 3);
	ScorerCache *cache;
	uint32		intent;
	bool		no_clock;

	if (PG_ARGISNULL(1))
		return false;
	cache = get_scorer(fcinfo, 1);
	intent = get_intent(fcinfo, &cache->card, 2);
	if (!read_journey(fcinfo, cache, cut, false, &no_clock))
		return false;
	scorer_evidence(&cache->scorer, intent, false, cache->evidence, NULL);
	*evidence = cache->evidence[intent];
	return true;
}

PG_FUNCTION_INFO_V1(intent_score);
Datum
intent_score(PG_FUNCTION_ARGS)
{
	Fixed		evidence;

	if (!one_evidence(fcinfo, &evidence))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score_logistic(evidence));
}

PG_FUNCTION_INFO_V1(intent_evidence);
Datum
intent_evidence(PG_FUNCTION_ARGS)
{
	Fixed		evidence;

	if (!one_evidence(fcinfo, &evidence))
		PG_RETURN_NULL();
	return fixed_to_numeric(evidence);
}

PG_FUNCTION_INFO_V1(intent_score_array);
Datum
intent_score_array(PG_FUNCTION_ARGS)
{
	ScoreCut	cut = get_cut(fcinfo, 2);
	ScorerCache *cache;
	ArrayType  *result;
	float8	   *probabilities;
	Size		size;
	uint32		intents;
	bool		no_clock;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	cache = get_scorer(fcinfo, 1);
	if (!read_journey(fcinfo, cache, cut, false, &no_clock))
		PG_RETURN_NULL();
	scorer_evidence(&cache->scorer, SCORE_ALL_INTENTS, false, cache->evidence, NULL);

	/* one piece of memory: construct_array would copy number by number */
	intents = cache->card.intent_count;
	size = ARR_OVERHEAD_NONULLS(1) + sizeof(float8) * intents;
	result = palloc0(size);
	SET_VARSIZE(result, size);
	result->ndim = 1;
	result->elemtype = FLOAT8OID;
	ARR_DIMS(result)[0] = (int) intents;
	ARR_LBOUND(result)[0] = 1;
	probabilities = (float8 *) ARR_DATA_PTR(result);
	for (uint32 i = 0; i < intents; i++)
		probabilities[i] = score_logistic(cache->evidence[i]);
	PG_RETURN_ARRAYTYPE_P(result);
}

/* ----- rows ----- */

enum
{
	SCORES_INTENT, SCORES_PROBABILITY, SCORES_MOMENTARY, SCORES_OVERARCHING,
	SCORES_EVIDENCE, SCORES_CONFIDENCE, SCORES_STATUS, SCORES_COLUMNS
};

static void
put_scores(ReturnSetInfo *result, const ScorerCache *cache, bool no_clock)
{
	bool		open = cache->scorer.open;

	for (uint32 i = 0; i < cache->card.intent_count; i++)
	{
		Fixed		total = cache->card.intents[i].total;
		float8		probability = score_logistic(cache->evidence[i]);
		const char *status = no_clock ? "no_record_clock" :
			cache->seen[i] == 0 ? "no_signal" : "ok";
		Datum		values[SCORES_COLUMNS];
		bool		nulls[SCORES_COLUMNS] = {false};

		values[SCORES_INTENT] = cache->names[i];
		values[SCORES_PROBABILITY] = Float8GetDatum(probability);
		nulls[SCORES_MOMENTARY] = !open;
		values[SCORES_MOMENTARY] = open ? Float8GetDatum(score_logistic(cache->momentary[i])) : (Datum) 0;
		values[SCORES_OVERARCHING] = values[SCORES_PROBABILITY];
		values[SCORES_EVIDENCE] = fixed_to_numeric(cache->evidence[i]);
		values[SCORES_CONFIDENCE] =
			Float8GetDatum(total == 0 ? 0 : (double) cache->seen[i] / (double) total);
		values[SCORES_STATUS] = CStringGetTextDatum(status);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

static void
put_no_events(ReturnSetInfo *result, const ScorerCache *cache)
{
	for (uint32 i = 0; i < cache->card.intent_count; i++)
	{
		Datum		values[SCORES_COLUMNS] = {0};
		bool		nulls[SCORES_COLUMNS] = {false, true, true, true, true, false, false};

		values[SCORES_INTENT] = cache->names[i];
		values[SCORES_CONFIDENCE] = Float8GetDatum(0);
		values[SCORES_STATUS] = CStringGetTextDatum("no_events");
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

PG_FUNCTION_INFO_V1(intent_scores);
Datum
intent_scores(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ScoreCut	cut = get_cut(fcinfo, 2);
	ScorerCache *cache;
	bool		no_clock;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(1))
		return (Datum) 0;
	cache = get_scorer(fcinfo, 1);
	if (!read_journey(fcinfo, cache, cut, true, &no_clock))
	{
		put_no_events(result, cache);
		return (Datum) 0;
	}
	scorer_evidence(&cache->scorer, SCORE_ALL_INTENTS, false, cache->evidence, cache->seen);
	if (cache->scorer.open)
		scorer_evidence(&cache->scorer, SCORE_ALL_INTENTS, true, cache->momentary, NULL);
	put_scores(result, cache, no_clock);
	return (Datum) 0;
}

/* The texts of the touchpoints that lines name. */
static Datum
touchpoint_text(const ScorePlan *plan, uint32 code)
{
	ByteBuffer	out;
	JourneyView view = {0};
	Touchpoint *touchpoints = host_alloc_array((size_t) plan->code_count + 1, sizeof(Touchpoint));

	view.touchpoints = plan->code_count;
	view.section[JOURNEY_DICTIONARY].data = plan->dictionary;
	view.section[JOURNEY_DICTIONARY].size = plan->dictionary_size;
	journey_dictionary(&view, touchpoints);
	journey_buffer_init(&out, 64);
	touchpoint_append(&out, &touchpoints[code]);
	pfree(touchpoints);
	return PointerGetDatum(journey_buffer_finish(&out));
}

PG_FUNCTION_INFO_V1(intent_explain);
Datum
intent_explain(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ScoreCut	cut = get_cut(fcinfo, 3);
	ScorerCache *cache;
	ScoreLine  *lines;
	uint32		intent;
	size_t		count;
	bool		no_clock;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(1))
		return (Datum) 0;
	cache = get_scorer(fcinfo, 1);
	intent = get_intent(fcinfo, &cache->card, 2);
	if (!read_journey(fcinfo, cache, cut, false, &no_clock))
		return (Datum) 0;
	count = scorer_explain(&cache->scorer, intent, &lines);
	for (size_t i = 0; i < count; i++)
	{
		const ScoreLine *line = &lines[i];
		bool		base = line->signal.data == NULL;
		Datum		values[5] = {0};
		bool		nulls[5] = {false};

		values[0] = base ? CStringGetTextDatum("(base)") :
			PointerGetDatum(cstring_to_text_with_len(line->signal.data, line->signal.size));
		nulls[1] = line->code == PLAN_NO_SLOT;
		if (!nulls[1])
			values[1] = touchpoint_text(cache->scorer.plan, line->code);
		nulls[2] = base;
		values[2] = Int64GetDatum((int64) line->count);
		nulls[3] = line->count == 0;
		values[3] = TimestampTzGetDatum(line->last);
		values[4] = fixed_to_numeric(line->contribution);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
