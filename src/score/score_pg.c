/*
 * score_pg.c
 *		score, score_array, scores, evidence, explain.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/numeric_pg.h"
#include "journey/journey_pg.h"
#include "score/score_pg.h"

/* ----- one number ----- */

static uint32
get_intent(FunctionCallInfo fcinfo, const Scorecard *card, int argument)
{
	text	   *name = PG_GETARG_TEXT_PP(argument);

	return scorecard_intent(card, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
}

/* Reads for one intent; NULL if there is nothing to say of it. */
static ScorerCache *
read_for_intent(FunctionCallInfo fcinfo, int want, uint32 *intent)
{
	ScoreCut	cut = score_cut_argument(fcinfo, 3);
	ScorerCache *cache;
	bool		no_clock;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return NULL;
	cache = scorer_cache_get(fcinfo, 1, false);
	*intent = get_intent(fcinfo, &cache->card, 2);
	return scorer_cache_read(fcinfo, cache, cut, want, &no_clock) ? cache : NULL;
}

PG_FUNCTION_INFO_V1(intent_score);
Datum
intent_score(PG_FUNCTION_ARGS)
{
	uint32		intent;
	ScorerCache *cache = read_for_intent(fcinfo, 0, &intent);

	if (cache == NULL)
		PG_RETURN_NULL();
	scorer_evidence(&cache->scorer, false, cache->evidence, NULL);
	PG_RETURN_FLOAT8(scorer_probability(&cache->scorer, intent, cache->evidence[intent]));
}

PG_FUNCTION_INFO_V1(intent_evidence);
Datum
intent_evidence(PG_FUNCTION_ARGS)
{
	uint32		intent;
	ScorerCache *cache = read_for_intent(fcinfo, 0, &intent);

	if (cache == NULL)
		PG_RETURN_NULL();
	scorer_evidence(&cache->scorer, false, cache->evidence, NULL);
	return fixed_numeric(cache->evidence[intent]);
}

PG_FUNCTION_INFO_V1(intent_score_array);
Datum
intent_score_array(PG_FUNCTION_ARGS)
{
	ScoreCut	cut = score_cut_argument(fcinfo, 2);
	ScorerCache *cache;
	ArrayType  *result;
	float8	   *probabilities;
	Size		size;
	uint32		intents;
	bool		no_clock;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	cache = scorer_cache_get(fcinfo, 1, false);
	if (!scorer_cache_read(fcinfo, cache, cut, 0, &no_clock))
		PG_RETURN_NULL();
	scorer_evidence(&cache->scorer, false, cache->evidence, NULL);

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
		probabilities[i] = scorer_probability(&cache->scorer, i, cache->evidence[i]);
	PG_RETURN_ARRAYTYPE_P(result);
}

/* ----- rows ----- */

Tuplestorestate *
score_begin_rows(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext caller;

	if (result == NULL || !IsA(result, ReturnSetInfo) || result->expectedDesc == NULL ||
		(result->allowedModes & SFRM_Materialize) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	caller = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
	result->returnMode = SFRM_Materialize;
	result->setResult = tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0,
											  false, work_mem);
	MemoryContextSwitchTo(caller);
	return result->setResult;
}

void
scores_fill(const ScorerCache *cache, uint32 intent, bool no_clock, Datum *values, bool *nulls)
{
	const Scorer *scorer = &cache->scorer;
	Fixed		total = cache->card.intents[intent].total;
	Fixed		seen = cache->seen[intent];
	ScoreStatus status = no_clock ? SCORE_NO_RECORD_CLOCK : seen == 0 ? SCORE_NO_SIGNAL : SCORE_OK;
	float8		probability = scorer_probability(scorer, intent, cache->evidence[intent]);

	values[SCORES_INTENT] = cache->names[intent];
	values[SCORES_PROBABILITY] = Float8GetDatum(probability);
	nulls[SCORES_MOMENTARY] = !scorer->open;
	values[SCORES_MOMENTARY] = !scorer->open ? (Datum) 0 :
		Float8GetDatum(scorer_probability(scorer, intent, cache->momentary[intent]));
	values[SCORES_OVERARCHING] = values[SCORES_PROBABILITY];
	values[SCORES_EVIDENCE] = fixed_numeric(cache->evidence[intent]);
	values[SCORES_CONFIDENCE] = Float8GetDatum(seen == 0 ? 0 : (double) seen / (double) total);
	values[SCORES_STATUS] = cache->statuses[status];
}

static void
put_scores(ReturnSetInfo *result, ScorerCache *cache, bool no_clock)
{
	for (uint32 i = 0; i < cache->card.intent_count; i++)
	{
		bool		silent = !no_clock && !cache->scorer.open && cache->seen[i] == 0 &&
			cache->evidence[i] == cache->card.intents[i].base;
		Datum		values[SCORES_COLUMNS];
		bool		nulls[SCORES_COLUMNS] = {false};

		/* of whom no signal knows anything, all have the same row: most, for a rare intent */
		if (silent && cache->silent_rows[i])
		{
			tuplestore_puttuple(result->setResult, cache->silent_rows[i]);
			continue;
		}
		scores_fill(cache, i, no_clock, values, nulls);
		tuplestore_putvalues(result->setResult, result->expectedDesc, values, nulls);
		if (silent)
		{
			MemoryContext caller = MemoryContextSwitchTo(cache->context);

			cache->silent_rows[i] = heap_form_tuple(result->expectedDesc, values, nulls);
			MemoryContextSwitchTo(caller);
		}
	}
}

void
scores_fill_no_events(const ScorerCache *cache, uint32 intent, Datum *values, bool *nulls)
{
	values[SCORES_INTENT] = cache->names[intent];
	for (int column = SCORES_PROBABILITY; column <= SCORES_EVIDENCE; column++)
		nulls[column] = true;
	values[SCORES_CONFIDENCE] = Float8GetDatum(0);
	values[SCORES_STATUS] = cache->statuses[SCORE_NO_EVENTS];
}

static void
put_no_events(ReturnSetInfo *result, const ScorerCache *cache)
{
	for (uint32 i = 0; i < cache->card.intent_count; i++)
	{
		Datum		values[SCORES_COLUMNS] = {0};
		bool		nulls[SCORES_COLUMNS] = {false};

		scores_fill_no_events(cache, i, values, nulls);
		tuplestore_putvalues(result->setResult, result->expectedDesc, values, nulls);
	}
}

void
scorer_all_evidence(ScorerCache *cache)
{
	scorer_evidence(&cache->scorer, false, cache->evidence, cache->seen);
	if (cache->scorer.open)
		scorer_evidence(&cache->scorer, true, cache->momentary, NULL);
}

PG_FUNCTION_INFO_V1(intent_scores);
Datum
intent_scores(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ScoreCut	cut = score_cut_argument(fcinfo, 2);
	ScorerCache *cache;
	bool		no_clock;

	score_begin_rows(fcinfo);
	if (PG_ARGISNULL(1))
		return (Datum) 0;
	cache = scorer_cache_get(fcinfo, 1, false);
	if (!scorer_cache_read(fcinfo, cache, cut, SCORE_MOMENTARY, &no_clock))
	{
		put_no_events(result, cache);
		return (Datum) 0;
	}
	scorer_all_evidence(cache);
	put_scores(result, cache, no_clock);
	return (Datum) 0;
}

static Datum
score_text(const ScoreText *text)
{
	return PointerGetDatum(cstring_to_text_with_len(text->data, text->size));
}

PG_FUNCTION_INFO_V1(intent_explain);
Datum
intent_explain(PG_FUNCTION_ARGS)
{
	static const ScoreText base = {"(base)", 6};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ScorerCache *cache;
	MemoryContext caller;
	ScorePlan  *plan;
	ScoreLine  *lines;
	uint32		intent;
	size_t		count;

	score_begin_rows(fcinfo);
	cache = read_for_intent(fcinfo, SCORE_LINES, &intent);
	if (cache == NULL)
		return (Datum) 0;
	plan = cache->scorer.plan;
	caller = MemoryContextSwitchTo(cache->context);
	score_plan_name(plan);
	MemoryContextSwitchTo(caller);
	count = scorer_explain(&cache->scorer, intent, &lines);
	for (size_t i = 0; i < count; i++)
	{
		const ScoreLine *line = &lines[i];
		bool		is_base = line->signal.data == NULL;
		Datum		values[5] = {0};
		bool		nulls[5] = {false};

		values[0] = score_text(is_base ? &base : &line->signal);
		nulls[1] = line->code == PLAN_NO_SLOT;
		if (!nulls[1])
			values[1] = score_text(&plan->texts[line->code]);
		nulls[2] = is_base;
		values[2] = Int64GetDatum((int64) line->count);
		nulls[3] = line->count == 0 || line->last == SCORE_NEVER;
		values[3] = TimestampTzGetDatum(line->last);
		values[4] = fixed_numeric(line->contribution);
		tuplestore_putvalues(result->setResult, result->expectedDesc, values, nulls);
	}
	return (Datum) 0;
}
