/*
 * scorer_cache_pg.c
 *		The scorer of a query: a card or a list of signals, opened once.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "journey/journey_edit.h"
#include "journey/journey_pg.h"
#include "score/score_pg.h"

const char *const score_status_names[SCORE_STATUSES] = {"ok", "no_events", "no_signal", "no_record_clock", "insufficient_data"};

static bool
is_constant(FmgrInfo *flinfo, int argument)
{
	List	   *arguments;

	if (flinfo->fn_expr == NULL || !IsA(flinfo->fn_expr, FuncExpr))
		return false;
	arguments = ((FuncExpr *) flinfo->fn_expr)->args;
	return argument < list_length(arguments) && IsA(list_nth(arguments, argument), Const);
}

ScorerCache *
scorer_cache_make(MemoryContext parent, struct varlena *given, bool list)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PointerGetDatum(given));
	MemoryContext context = AllocSetContextCreate(parent, "intent scorer",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	ScorerCache *cache = palloc0(sizeof(ScorerCache));
	uint32		intents;

	cache->context = context;
	if (!VARATT_IS_EXTERNAL(given))
	{
		cache->given = palloc(VARSIZE_ANY(given));
		memcpy(cache->given, given, VARSIZE_ANY(given));
	}
	cache->size = VARSIZE_ANY_EXHDR(value);
	cache->bytes = palloc(cache->size + 1);
	memcpy(cache->bytes, VARDATA_ANY(value), cache->size);
	if (list)
		signal_list_open(&cache->card, cache->bytes, cache->size);
	else
		scorecard_open(&cache->card, cache->bytes, cache->size);
	scorer_init(&cache->scorer, &cache->card);

	intents = cache->card.intent_count;
	cache->evidence = host_alloc_array(intents, sizeof(Fixed));
	cache->momentary = host_alloc_array(intents, sizeof(Fixed));
	cache->seen = host_alloc_array(intents, sizeof(Fixed));
	cache->names = host_alloc_array(intents, sizeof(Datum));
	cache->silent_rows = host_alloc_zero(intents * sizeof(HeapTuple));
	for (uint32 i = 0; i < intents; i++)
		cache->names[i] = PointerGetDatum(cstring_to_text_with_len(cache->card.intents[i].name.data,
																   cache->card.intents[i].name.size));
	for (int i = 0; i < SCORE_STATUSES; i++)
		cache->statuses[i] = CStringGetTextDatum(score_status_names[i]);
	MemoryContextSwitchTo(caller);
	return cache;
}

/* Compared as it stands if that is possible: a compressed card need not be opened. */
static bool
is_card(const ScorerCache *cache, FunctionCallInfo fcinfo, int argument)
{
	struct varlena *given = (struct varlena *) PG_GETARG_POINTER(argument);
	struct varlena *value;
	bool		same;

	if (!VARATT_IS_EXTERNAL(given))
		return cache->given && VARSIZE_ANY(given) == VARSIZE_ANY(cache->given) &&
			memcmp(given, cache->given, VARSIZE_ANY(given)) == 0;
	value = PG_GETARG_SCORECARD_P(argument);
	same = VARSIZE_ANY_EXHDR(value) == cache->size &&
		memcmp(VARDATA_ANY(value), cache->bytes, cache->size) == 0;
	pfree(value);
	return same;
}

ScorerCache *
scorer_cache_get(FunctionCallInfo fcinfo, int argument, bool list)
{
	ScorerCache *cache = fcinfo->flinfo->fn_extra;

	if (cache && !cache->constant && !is_card(cache, fcinfo, argument))
	{
		fcinfo->flinfo->fn_extra = NULL;
		MemoryContextDelete(cache->context);
		cache = NULL;
	}
	if (cache == NULL)
	{
		cache = scorer_cache_make(fcinfo->flinfo->fn_mcxt, (struct varlena *) PG_GETARG_POINTER(argument), list);
		cache->constant = is_constant(fcinfo->flinfo, argument);
		fcinfo->flinfo->fn_extra = cache;
	}
	return cache;
}

/* ----- arguments ----- */

ScoreCut
score_cut_argument(FunctionCallInfo fcinfo, int first)
{
	ScoreCut	cut = {0};

	if (PG_ARGISNULL(first))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("as_of must not be null"),
				 errhint("Say up to which time the journey counts, for example as_of => '2026-03-01Z'.")));
	cut.as_of = intent_finite_time(PG_GETARG_TIMESTAMPTZ(first), "as_of");
	if (!PG_ARGISNULL(first + 1))
	{
		cut.known = true;
		cut.known_at = intent_finite_time(PG_GETARG_TIMESTAMPTZ(first + 1), "known_at");
	}
	return cut;
}

bool
scorer_read_value(Scorer *scorer, MemoryContext memory, const struct varlena *journey, ScoreCut cut, int want, bool *no_clock)
{
	JourneyView view;
	ByteBuffer	known;
	MemoryContext caller;

	journey_open_varlena(&view, journey);
	*no_clock = view.events > 0 && cut.known && !journey_has_recorded(&view);
	if (view.events == 0)
		return false;

	/* what a corrected event said at known_at is the cut's to find out */
	if (cut.known && journey_has_versions(&view))
	{
		buffer_init(&known, VARSIZE_ANY_EXHDR(journey));
		journey_cut(&known, &view, cut.as_of, &cut.known_at);
		journey_open(&view, known.data, known.size);
		cut.known = false;
	}
	caller = MemoryContextSwitchTo(memory);
	scorer_read(scorer, &view, &cut, want);
	MemoryContextSwitchTo(caller);
	return scorer->events > 0;
}

bool
scorer_cache_read(FunctionCallInfo fcinfo, ScorerCache *cache, ScoreCut cut, int want, bool *no_clock)
{
	*no_clock = false;
	return !PG_ARGISNULL(0) &&
		scorer_read_value(&cache->scorer, cache->context, PG_GETARG_JOURNEY_P(0), cut, want, no_clock);
}
