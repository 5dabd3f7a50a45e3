/*
 * intents_of_pg.c
 *		intents_of.
 *
 * One pass over the journey, that of scores() and explain(); the rest is
 * arithmetic on what it has counted.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/numeric_pg.h"
#include "journey/journey_pg.h"
#include "score/intents_of.h"
#include "score/score_pg.h"
#include "score/score_reference.h"
#include "sequence/partial_pg.h"

enum
{
	ARGUMENT_REFERENCE = 4, ARGUMENT_IDENTIFIED, ARGUMENT_MIN_EVENTS
};

enum
{
	MEANING_INTENT, MEANING_PARENT, MEANING_PROBABILITY, MEANING_PERCENTILE, MEANING_MOMENTARY,
	MEANING_OVERARCHING, MEANING_DIVERGENCE, MEANING_EVIDENCE, MEANING_STAGE, MEANING_EVENTS,
	MEANING_CHANNELS, MEANING_SPAN, MEANING_IDENTIFIED, MEANING_CONFIDENCE, MEANING_STATUS,
	MEANING_REASONS, MEANING_COLUMNS
};

/* What a query keeps beside the scorer. */
typedef struct MeaningCache
{
	Taxonomy	taxonomy;
	Datum	   *names;			/* of the taxa, as text */
	TaxonScore *overarching;	/* by taxon, for one journey: */
	TaxonScore *momentary;
	IntentReading *readings;	/* by intent of the card */
	Datum		stages[STAGES];
	struct varlena *given;		/* the reference that was given last, NULL if none, */
	const ReferenceIntent **references; /* and what it has, by intent of the card */
} MeaningCache;

static MeaningCache *
make_meaning(ScorerCache *cache)
{
	MemoryContext caller = MemoryContextSwitchTo(cache->context);
	MeaningCache *meaning = palloc0(sizeof(MeaningCache));
	uint32		taxa;

	meaning->taxonomy = taxonomy_make(&cache->card);
	taxa = meaning->taxonomy.count;
	meaning->names = host_alloc_array((size_t) taxa + 1, sizeof(Datum));
	for (uint32 t = 0; t < taxa; t++)
		meaning->names[t] = PointerGetDatum(cstring_to_text_with_len(meaning->taxonomy.taxa[t].name.data,
																	 meaning->taxonomy.taxa[t].name.size));
	meaning->overarching = host_alloc_array((size_t) taxa + 1, sizeof(TaxonScore));
	meaning->momentary = host_alloc_array((size_t) taxa + 1, sizeof(TaxonScore));
	meaning->readings = host_alloc_array((size_t) cache->card.intent_count + 1, sizeof(IntentReading));
	meaning->references = host_alloc_zero(((size_t) cache->card.intent_count + 1) * sizeof(ReferenceIntent *));
	for (int i = 0; i < STAGES; i++)
		meaning->stages[i] = CStringGetTextDatum(intent_stage_names[i]);
	MemoryContextSwitchTo(caller);
	return meaning;
}

/* Opens the reference, unless it is the one that was opened last. */
static void
open_reference(FunctionCallInfo fcinfo, ScorerCache *cache, MeaningCache *meaning)
{
	struct varlena *given = NULL;
	MemoryContext caller;
	PartialView view;
	ScoreReference *reference;

	if (!PG_ARGISNULL(ARGUMENT_REFERENCE))
		given = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(ARGUMENT_REFERENCE));
	if (given == NULL ? meaning->given == NULL :
		meaning->given && VARSIZE_ANY(given) == VARSIZE_ANY(meaning->given) &&
		memcmp(given, meaning->given, VARSIZE_ANY(given)) == 0)
		return;

	if (meaning->given)
		pfree(meaning->given);
	meaning->given = NULL;
	memset(meaning->references, 0, cache->card.intent_count * sizeof(ReferenceIntent *));
	if (given == NULL)
		return;
	partial_open_stored(&view, VARDATA_ANY(given), VARSIZE_ANY_EXHDR(given));
	partial_expect(view.kind, &score_reference_kind);
	caller = MemoryContextSwitchTo(cache->context);
	reference = partial_begin(&score_reference_kind);
	partial_absorb_stored(reference, &view);
	for (uint32 i = 0; i < cache->card.intent_count; i++)
	{
		ScoreText	name = cache->card.intents[i].name;

		meaning->references[i] = score_reference_find(reference, name.data, name.size);
	}
	meaning->given = palloc(VARSIZE_ANY(given));
	memcpy(meaning->given, given, VARSIZE_ANY(given));
	MemoryContextSwitchTo(caller);
}

/* Reasons are texts of the card and numbers: they need no more than the reading. */
static Datum
reasons_array(const IntentReading *reading, int64 as_of)
{
	Datum		reasons[REASONS];

	for (uint32 r = 0; r < reading->reason_count; r++)
	{
		ByteBuffer	text;

		buffer_init(&text, 80);
		intent_reason_append(&text, &reading->reasons[r], as_of);
		reasons[r] = PointerGetDatum(cstring_to_text_with_len((char *) text.data, text.size));
	}
	return PointerGetDatum(construct_array(reasons, reading->reason_count, TEXTOID, -1, false, TYPALIGN_INT));
}

static Datum
span_interval(int64 microseconds)
{
	Interval   *span = palloc0(sizeof(Interval));

	/* days of 24 hours, as everywhere in the kernel */
	span->day = (int32) (microseconds / USECS_PER_DAY);
	span->time = microseconds % USECS_PER_DAY;
	return IntervalPGetDatum(span);
}

/* A taxon's seen and total |weights|: of one that is not in the card, those of its children together. */
static double
confidence_of(const ScorerCache *cache, const Taxonomy *taxonomy, uint32 taxon)
{
	double		seen = 0;
	double		total = 0;

	if (taxonomy->taxa[taxon].intent != TAXON_NONE)
	{
		seen = (double) cache->seen[taxonomy->taxa[taxon].intent];
		total = (double) cache->card.intents[taxonomy->taxa[taxon].intent].total;
	}
	else
	{
		/* those below it stand behind it */
		for (uint32 t = taxon + 1; t < taxonomy->count; t++)
		{
			uint32		above = t;

			while (above != TAXON_NONE && above > taxon)
				above = taxonomy->taxa[above].parent;
			if (above != taxon || taxonomy->taxa[t].intent == TAXON_NONE)
				continue;
			seen += (double) cache->seen[taxonomy->taxa[t].intent];
			total += (double) cache->card.intents[taxonomy->taxa[t].intent].total;
		}
	}
	return seen == 0 ? 0 : seen / total;
}

/* Momentary against overarching, in log-odds; false if one of them has none. */
static bool
divergence_of(const ScorerCache *cache, const MeaningCache *meaning, uint32 taxon, double *divergence)
{
	const Taxon *of = &meaning->taxonomy.taxa[taxon];

	/* where nothing is shared, the difference is exact */
	if (of->parent == TAXON_NONE && of->intent != TAXON_NONE)
		*divergence = fixed_to_double(fixed_subtract(cache->momentary[of->intent], cache->evidence[of->intent]));
	else
		*divergence = meaning->momentary[taxon].log_odds - meaning->overarching[taxon].log_odds;
	return isfinite(*divergence);
}

static void
put_meaning(FunctionCallInfo fcinfo, ScorerCache *cache, const MeaningCache *meaning, uint32 taxon,
			const Coverage *coverage, bool no_clock, bool enough)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const Scorer *scorer = &cache->scorer;
	const Taxon *of = &meaning->taxonomy.taxa[taxon];
	const TaxonScore *overarching = &meaning->overarching[taxon];
	const ReferenceIntent *reference = of->intent == TAXON_NONE ? NULL : meaning->references[of->intent];
	const IntentReading *reading = &meaning->readings[overarching->likeliest];
	double		confidence = confidence_of(cache, &meaning->taxonomy, taxon);
	double		divergence = 0;
	ScoreStatus status = !enough ? SCORE_INSUFFICIENT_DATA : no_clock ? SCORE_NO_RECORD_CLOCK :
		confidence == 0 ? SCORE_NO_SIGNAL : SCORE_OK;
	Datum		values[MEANING_COLUMNS] = {0};
	bool		nulls[MEANING_COLUMNS] = {false};

	values[MEANING_INTENT] = meaning->names[taxon];
	nulls[MEANING_PARENT] = of->parent == TAXON_NONE;
	if (!nulls[MEANING_PARENT])
		values[MEANING_PARENT] = meaning->names[of->parent];
	nulls[MEANING_PROBABILITY] = nulls[MEANING_OVERARCHING] = !enough;
	values[MEANING_PROBABILITY] = values[MEANING_OVERARCHING] = Float8GetDatum(overarching->probability);
	nulls[MEANING_PERCENTILE] = !enough || reference == NULL;
	if (!nulls[MEANING_PERCENTILE])
		values[MEANING_PERCENTILE] = Float8GetDatum(score_percentile(reference, cache->evidence[of->intent]));
	nulls[MEANING_MOMENTARY] = !enough || !scorer->open;
	if (!nulls[MEANING_MOMENTARY])
		values[MEANING_MOMENTARY] = Float8GetDatum(meaning->momentary[taxon].probability);
	nulls[MEANING_DIVERGENCE] = nulls[MEANING_MOMENTARY] || !divergence_of(cache, meaning, taxon, &divergence);
	values[MEANING_DIVERGENCE] = Float8GetDatum(divergence);
	nulls[MEANING_EVIDENCE] = !enough || of->intent == TAXON_NONE;
	if (!nulls[MEANING_EVIDENCE])
		values[MEANING_EVIDENCE] = fixed_numeric(cache->evidence[of->intent]);
	values[MEANING_STAGE] = meaning->stages[reading->stage];
	values[MEANING_EVENTS] = Int64GetDatum((int64) scorer->events);
	values[MEANING_CHANNELS] = Int32GetDatum((int32) coverage->channels);
	values[MEANING_SPAN] = span_interval(coverage->span);
	nulls[MEANING_IDENTIFIED] = PG_ARGISNULL(ARGUMENT_IDENTIFIED);
	values[MEANING_IDENTIFIED] = Float8GetDatum((double) coverage->matched / (double) scorer->events);
	values[MEANING_CONFIDENCE] = Float8GetDatum(confidence);
	values[MEANING_STATUS] = cache->statuses[status];
	values[MEANING_REASONS] = reasons_array(reading, scorer->cut.as_of);
	tuplestore_putvalues(result->setResult, result->expectedDesc, values, nulls);
}

static void
put_no_events(ReturnSetInfo *result, const ScorerCache *cache, const MeaningCache *meaning)
{
	for (uint32 t = 0; t < meaning->taxonomy.count; t++)
	{
		uint32		parent = meaning->taxonomy.taxa[t].parent;
		Datum		values[MEANING_COLUMNS] = {0};
		bool		nulls[MEANING_COLUMNS];

		memset(nulls, true, sizeof(nulls));
		nulls[MEANING_INTENT] = nulls[MEANING_STAGE] = nulls[MEANING_EVENTS] = nulls[MEANING_CHANNELS] = false;
		nulls[MEANING_CONFIDENCE] = nulls[MEANING_STATUS] = false;
		values[MEANING_INTENT] = meaning->names[t];
		nulls[MEANING_PARENT] = parent == TAXON_NONE;
		if (parent != TAXON_NONE)
			values[MEANING_PARENT] = meaning->names[parent];
		values[MEANING_STAGE] = meaning->stages[STAGE_NONE];
		values[MEANING_EVENTS] = Int64GetDatum(0);
		values[MEANING_CHANNELS] = Int32GetDatum(0);
		values[MEANING_CONFIDENCE] = Float8GetDatum(0);
		values[MEANING_STATUS] = cache->statuses[SCORE_NO_EVENTS];
		tuplestore_putvalues(result->setResult, result->expectedDesc, values, nulls);
	}
}

static int32
min_events_argument(FunctionCallInfo fcinfo)
{
	int32		min_events = PG_ARGISNULL(ARGUMENT_MIN_EVENTS) ? 1 : PG_GETARG_INT32(ARGUMENT_MIN_EVENTS);

	if (min_events < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_events must be at least 1, not %d", min_events),
				 errhint("Give how many events a journey needs before it is judged, for example 3.")));
	return min_events;
}

PG_FUNCTION_INFO_V1(intent_intents_of);
Datum
intent_intents_of(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ScoreCut	cut = score_cut_argument(fcinfo, 2);
	int32		min_events = min_events_argument(fcinfo);
	TouchpointPattern *patterns = NULL;
	int			pattern_count = 0;
	ScorerCache *cache;
	MeaningCache *meaning;
	Coverage	coverage;
	bool		no_clock;

	score_begin_rows(fcinfo);
	if (PG_ARGISNULL(1))
		return (Datum) 0;
	cache = scorer_cache_get(fcinfo, 1, false);
	if (cache->more == NULL)
		cache->more = make_meaning(cache);
	meaning = cache->more;
	open_reference(fcinfo, cache, meaning);
	if (!PG_ARGISNULL(ARGUMENT_IDENTIFIED))
		patterns = intent_touchpoint_patterns(PG_GETARG_ARRAYTYPE_P(ARGUMENT_IDENTIFIED), &pattern_count);
	if (!scorer_cache_read(fcinfo, cache, cut, SCORE_MOMENTARY | SCORE_LINES, &no_clock))
	{
		put_no_events(result, cache, meaning);
		return (Datum) 0;
	}

	scorer_evidence(&cache->scorer, false, cache->evidence, cache->seen);
	taxonomy_score(&meaning->taxonomy, cache->evidence, meaning->overarching);
	if (cache->scorer.open)
	{
		scorer_evidence(&cache->scorer, true, cache->momentary, NULL);
		taxonomy_score(&meaning->taxonomy, cache->momentary, meaning->momentary);
	}
	if (cache->scorer.plan->texts == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(cache->context);

		score_plan_name(cache->scorer.plan);
		MemoryContextSwitchTo(caller);
	}
	for (uint32 i = 0; i < cache->card.intent_count; i++)
		intent_read(&cache->scorer, i, &meaning->readings[i]);
	coverage = coverage_read(&cache->scorer, patterns, pattern_count);
	for (uint32 t = 0; t < meaning->taxonomy.count; t++)
		put_meaning(fcinfo, cache, meaning, t, &coverage, no_clock, cache->scorer.events >= (uint64) min_events);
	return (Datum) 0;
}
