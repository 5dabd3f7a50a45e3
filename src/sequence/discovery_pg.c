/*
 * discovery_pg.c
 *		discover_agg, discover_merge, discover and best_journeys.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "base/numeric_pg.h"
#include "pattern/pattern_pg.h"
#include "sequence/effort_pg.h"
#include "sequence/partial_pg.h"
#include "sequence/shared_chain.h"

/* Up to which event did the outcome come first?  0 if it never did. */
static uint32
events_to_outcome(PatternMatcher *matcher)
{
	PatternScan scan;
	PatternFound found;
	PatternPath path = {0};
	uint32		last = 0;

	pattern_scan_begin(&scan, matcher, OVERLAP_NONE, matcher->pattern->header.levels);
	if (!pattern_scan_next(&scan, &found))
		return 0;
	/* in a chain others may share the instant it ends with */
	pattern_find_path(&scan, &found, &path);
	for (uint32 i = 0; i < path.count; i++)
		last = Max(last, matcher->events.number[path.filled[i].event] + 1);
	host_free(path.filled);
	return last;
}

PG_FUNCTION_INFO_V1(intent_discover_agg_add);
Datum
intent_discover_agg_add(PG_FUNCTION_ARGS)
{
	PatternCache *cache;
	PartialObject *object;
	JourneyView view;
	EffortWeights weights;
	uint32		events;
	MemoryContext caller;

	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("outcome must not be null"),
				 errhint("Write what a journey should come to, for example 'purchase', or '. $' for whole journeys.")));
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	weights = PG_NARGS() > 4 && !PG_ARGISNULL(4) ? effort_weights(PG_GETARG_JSONB_P(4)) : effort_default_weights();
	cache = pattern_cache_get(fcinfo, 2);
	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(1));
	caller = pattern_cache_load(cache, &view);
	events = events_to_outcome(&cache->matcher);
	MemoryContextSwitchTo(caller);

	object = partial_object_argument(fcinfo, 0, &discovery_kind);
	MemoryContextSwitchTo(partial_context(object));
	discovery_begin(object->state, &cache->pattern, &weights);
	if (events == 0 || (PG_NARGS() > 3 && PG_ARGISNULL(3)))
		discovery_add_unranked(object->state);
	else
		discovery_add(object->state, &view, events, PG_NARGS() > 3 ? PG_GETARG_FLOAT8(3) : 0);
	MemoryContextSwitchTo(caller);
	PARTIAL_RETURN_OBJECT(object);
}

PG_FUNCTION_INFO_V1(intent_discover_merge_add);
Datum
intent_discover_merge_add(PG_FUNCTION_ARGS)
{
	return partial_merge_argument(fcinfo, &discovery_kind);
}

/* ----- reading ----- */

static double
share_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	double		share = PG_GETARG_FLOAT8(argument);

	if (!(share > 0 && share <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be above 0 and at most 1, not %g", name, share),
				 errhint("Write a share, for example 0.25 for a quarter.")));
	return share;
}

/* What argument 0 has kept, down to the shares of arguments 1 and 2. */
static KeptWays
chosen_ways(FunctionCallInfo fcinfo)
{
	double		best = share_argument(fcinfo, 1, "best");
	double		easiest = share_argument(fcinfo, 2, "easiest");
	const Discovery *discovery = partial_state_argument(fcinfo, 0, &discovery_kind);
	KeptWays	kept = discovery_kept(discovery);

	discovery_choose(discovery, &kept, best, easiest);
	return kept;
}

/* Names come with a state, and that may come from a client. */
static void
verify_names(const KeptWays *kept)
{
	for (uint32 i = 0; i < kept->touchpoint_count; i++)
	{
		pg_verifymbstr(kept->touchpoints[i].channel, (int) kept->touchpoints[i].channel_size, false);
		pg_verifymbstr(kept->touchpoints[i].event, (int) kept->touchpoints[i].event_size, false);
	}
}

PG_FUNCTION_INFO_V1(intent_discover);
Datum
intent_discover(PG_FUNCTION_ARGS)
{
	double		support = share_argument(fcinfo, 3, "support");
	int32		most = PG_GETARG_INT32(4);
	KeptWays	kept = chosen_ways(fcinfo);
	ByteBuffer	out;
	uint32_t   *chain;
	uint32		steps;

	if (most < 1 || most > PATTERN_MAX_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("steps must be from 1 to %d, not %d", PATTERN_MAX_STEPS, most),
				 errhint("Write the most steps that an ideal may have, for example 20.")));
	chain = host_alloc_array(most, sizeof(uint32_t));
	steps = shared_chain(&kept, support, (uint32) most, chain);
	if (steps == 0)
		PG_RETURN_NULL();
	verify_names(&kept);
	journey_buffer_init(&out, 1024);
	shared_chain_pattern(&out, &kept, chain, steps);
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

/* Touchpoints one after the other, as variant() writes them. */
static Datum
way_datum(const KeptWays *kept, const Way *way)
{
	ByteBuffer	out;

	journey_buffer_init(&out, 256);
	for (uint32 i = 0; i < way->length; i++)
	{
		if (i > 0)
			buffer_text(&out, " -> ");
		touchpoint_append(&out, &kept->touchpoints[way->codes[i]]);
	}
	return PointerGetDatum(journey_buffer_finish(&out));
}

PG_FUNCTION_INFO_V1(intent_best_journeys);
Datum
intent_best_journeys(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	KeptWays	kept;

	InitMaterializedSRF(fcinfo, 0);
	kept = chosen_ways(fcinfo);
	verify_names(&kept);
	for (uint32 i = 0; i < kept.count; i++)
	{
		const Way  *way = &kept.ways[i];
		Datum		values[5];
		bool		nulls[5] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int32GetDatum((int32) i + 1);
		values[1] = way_datum(&kept, way);
		values[2] = Int64GetDatum((int64) way->people);
		values[3] = fixed_numeric(way->worth);
		values[4] = fixed_numeric(way->effort);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
