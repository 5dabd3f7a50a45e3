/*
 * journey_pg.c
 *		What a journey can be asked: counts, times, touchpoints, equality.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey/journey_edit.h"
#include "journey/journey_pg.h"

static void
open_argument(FunctionCallInfo fcinfo, int argument, JourneyView *view)
{
	journey_open_varlena(view, PG_GETARG_JOURNEY_P(argument));
}

PG_FUNCTION_INFO_V1(intent_event_count);
Datum
intent_event_count(PG_FUNCTION_ARGS)
{
	JourneyView view;

	open_argument(fcinfo, 0, &view);
	PG_RETURN_INT32((int32) view.events);
}

PG_FUNCTION_INFO_V1(intent_starts_at);
Datum
intent_starts_at(PG_FUNCTION_ARGS)
{
	JourneyView view;

	open_argument(fcinfo, 0, &view);
	if (view.events == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(view.first);
}

PG_FUNCTION_INFO_V1(intent_ends_at);
Datum
intent_ends_at(PG_FUNCTION_ARGS)
{
	JourneyView view;

	open_argument(fcinfo, 0, &view);
	if (view.events == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(view.last);
}

/* The same interval as ends_at - starts_at: whole days of 24 h, and the rest. */
PG_FUNCTION_INFO_V1(intent_duration);
Datum
intent_duration(PG_FUNCTION_ARGS)
{
	JourneyView view;
	Interval   *interval;
	uint64		span;

	open_argument(fcinfo, 0, &view);
	if (view.events == 0)
		PG_RETURN_NULL();
	span = (uint64) view.last - (uint64) view.first;
	interval = palloc0(sizeof(Interval));
	interval->day = (int32) (span / USECS_PER_DAY);
	interval->time = (TimeOffset) (span % USECS_PER_DAY);
	PG_RETURN_INTERVAL_P(interval);
}

/* Different channels, by bytes; events without one add none. */
PG_FUNCTION_INFO_V1(intent_channels);
Datum
intent_channels(PG_FUNCTION_ARGS)
{
	JourneyView view;
	Touchpoint *touchpoints;
	const Touchpoint *last = NULL;
	Datum	   *channels;
	int			n = 0;

	open_argument(fcinfo, 0, &view);
	touchpoints = host_alloc_array((size_t) view.touchpoints + 1, sizeof(Touchpoint));
	channels = host_alloc_array((size_t) view.touchpoints + 1, sizeof(Datum));
	journey_dictionary(&view, touchpoints);
	for (uint32 i = 0; i < view.touchpoints; i++)
	{
		const Touchpoint *touchpoint = &touchpoints[i];

		/* the dictionary is in order of channels, and none comes last */
		if (touchpoint->channel_size == 0)
			break;
		if (last && last->channel_size == touchpoint->channel_size &&
			memcmp(last->channel, touchpoint->channel, last->channel_size) == 0)
			continue;
		channels[n++] = PointerGetDatum(cstring_to_text_with_len(touchpoint->channel,
																 touchpoint->channel_size));
		last = touchpoint;
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(channels, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* ----- touchpoints() ----- */

/* A dictionary as texts, made once and used for each event. */
static void
dictionary_texts(const JourneyView *view, Datum *channels, Datum *events)
{
	Touchpoint *touchpoints = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));

	journey_dictionary(view, touchpoints);
	for (uint32 i = 0; i < view->touchpoints; i++)
	{
		channels[i] = touchpoints[i].channel_size == 0 ? (Datum) 0 :
			PointerGetDatum(cstring_to_text_with_len(touchpoints[i].channel,
													 touchpoints[i].channel_size));
		events[i] = PointerGetDatum(cstring_to_text_with_len(touchpoints[i].event,
															 touchpoints[i].event_size));
	}
}

PG_FUNCTION_INFO_V1(intent_touchpoints);
Datum
intent_touchpoints(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	JourneyView view;
	JourneyCursor cursor;
	JourneyBlock block;
	Datum	   *channels;
	Datum	   *events;

	InitMaterializedSRF(fcinfo, 0);
	open_argument(fcinfo, 0, &view);
	channels = host_alloc_array((size_t) view.touchpoints + 1, sizeof(Datum));
	events = host_alloc_array((size_t) view.touchpoints + 1, sizeof(Datum));
	dictionary_texts(&view, channels, events);

	journey_cursor(&cursor, &view, JOURNEY_WANT_VALUE | JOURNEY_WANT_RECORDED | JOURNEY_WANT_REF);
	while (journey_next(&cursor, &block))
	{
		for (uint32 i = 0; i < block.count; i++)
		{
			char		buffer[JOURNEY_REF_PACKED_MAX];
			uint32_t	ref_size;
			const char *ref = journey_ref_text(&block.ref[i], buffer, &ref_size);
			text	   *ref_text = ref ? cstring_to_text_with_len(ref, ref_size) : NULL;
			Datum		values[7];
			bool		nulls[7] = {false};

			values[0] = Int32GetDatum((int32) (block.first + i + 1));
			values[1] = TimestampTzGetDatum(block.at[i]);
			values[2] = channels[block.code[i]];
			nulls[2] = values[2] == (Datum) 0;
			values[3] = events[block.code[i]];
			values[4] = Float8GetDatum(block.value[i]);
			nulls[4] = !block.has_value[i];
			values[5] = TimestampTzGetDatum(block.recorded[i]);
			nulls[5] = !block.has_recorded[i];
			values[6] = PointerGetDatum(ref_text);
			nulls[6] = ref_text == NULL;
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
			if (ref_text)
				pfree(ref_text);
		}
	}
	return (Datum) 0;
}

/* ----- which touchpoints ----- */

/* The patterns of a text[]; NULL elements are refused. */
TouchpointPattern *
intent_touchpoint_patterns(ArrayType *array, int *count)
{
	Datum	   *texts;
	bool	   *nulls;
	TouchpointPattern *patterns;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &texts, &nulls, count);
	patterns = host_alloc_array((size_t) *count + 1, sizeof(TouchpointPattern));
	for (int i = 0; i < *count; i++)
	{
		text	   *pattern;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("touchpoint must not be null"),
					 errhint("Remove it, for example with array_remove(touchpoints, NULL).")));
		pattern = DatumGetTextPP(texts[i]);
		touchpoint_parse_whole(&patterns[i], VARDATA_ANY(pattern), VARSIZE_ANY_EXHDR(pattern));
	}
	return patterns;
}

/* Does every pattern match a touchpoint of the journey? */
PG_FUNCTION_INFO_V1(intent_has_touchpoints);
Datum
intent_has_touchpoints(PG_FUNCTION_ARGS)
{
	JourneyView view;
	Touchpoint *touchpoints;
	int			count;
	TouchpointPattern *patterns = intent_touchpoint_patterns(PG_GETARG_ARRAYTYPE_P(1), &count);

	open_argument(fcinfo, 0, &view);
	touchpoints = host_alloc_array((size_t) view.touchpoints + 1, sizeof(Touchpoint));
	journey_dictionary(&view, touchpoints);
	for (int i = 0; i < count; i++)
	{
		bool		found = false;

		for (uint32 code = 0; code < view.touchpoints && !found; code++)
			found = touchpoint_matches(&patterns[i], &touchpoints[code]);
		if (!found)
			PG_RETURN_BOOL(false);
	}
	PG_RETURN_BOOL(true);
}

/* Touchpoints in order, joined by arrows; at most `depth` of them. */
PG_FUNCTION_INFO_V1(intent_variant);
Datum
intent_variant(PG_FUNCTION_ARGS)
{
	JourneyView view;
	JourneyCursor cursor;
	JourneyBlock block;
	Touchpoint *touchpoints;
	ByteBuffer	out;
	uint32		depth;

	open_argument(fcinfo, 0, &view);
	depth = view.events;
	if (PG_NARGS() > 1)
	{
		if (PG_GETARG_INT32(1) < 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("depth must be at least 1, not %d", PG_GETARG_INT32(1)),
					 errhint("Leave depth out for the whole journey.")));
		depth = Min(depth, (uint32) PG_GETARG_INT32(1));
	}
	touchpoints = host_alloc_array((size_t) view.touchpoints + 1, sizeof(Touchpoint));
	journey_dictionary(&view, touchpoints);
	journey_buffer_init(&out, 256);
	journey_cursor(&cursor, &view, 0);
	while (cursor.next < depth && journey_next(&cursor, &block))
	{
		for (uint32 i = 0; i < block.count && block.first + i < depth; i++)
		{
			if (block.first + i > 0)
				buffer_text(&out, " -> ");
			touchpoint_append(&out, &touchpoints[block.code[i]]);
			if (out.size > INTENT_MAX_VALUE_SIZE)
				ereport(ERROR,
						(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						 errmsg("variant is too long for a text"),
						 errhint("Give a depth, for example variant(journey, 20).")));
		}
	}
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

PG_FUNCTION_INFO_V1(intent_session_count);
Datum
intent_session_count(PG_FUNCTION_ARGS)
{
	JourneyView view;
	int64		gap = intent_interval_microseconds(PG_GETARG_INTERVAL_P(1), "gap");

	open_argument(fcinfo, 0, &view);
	PG_RETURN_INT32((int32) journey_session_count(&view, gap));
}

/* ----- equality: of content, and one content has one encoding ----- */

static bool
same_journey(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_JOURNEY_P(0);
	struct varlena *b = PG_GETARG_JOURNEY_P(1);
	bool		same = VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return same;
}

PG_FUNCTION_INFO_V1(intent_same);
Datum
intent_same(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(same_journey(fcinfo));
}

PG_FUNCTION_INFO_V1(intent_not_same);
Datum
intent_not_same(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!same_journey(fcinfo));
}

PG_FUNCTION_INFO_V1(intent_journey_hash);
Datum
intent_journey_hash(PG_FUNCTION_ARGS)
{
	struct varlena *journey = PG_GETARG_JOURNEY_P(0);

	return hash_any((unsigned char *) VARDATA_ANY(journey), VARSIZE_ANY_EXHDR(journey));
}

PG_FUNCTION_INFO_V1(intent_journey_hash_extended);
Datum
intent_journey_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *journey = PG_GETARG_JOURNEY_P(0);

	return hash_any_extended((unsigned char *) VARDATA_ANY(journey),
							 VARSIZE_ANY_EXHDR(journey), PG_GETARG_INT64(1));
}

/* ----- what its bytes are made of ----- */

PG_FUNCTION_INFO_V1(intent_journey_storage);
Datum
intent_journey_storage(PG_FUNCTION_ARGS)
{
	static const char *const names[JOURNEY_SECTIONS] = {
		"header", "dictionary", "times", "codes", "values", "recorded", "refs", "versions"
	};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	struct varlena *journey = PG_GETARG_JOURNEY_P(0);
	JourneyView view;
	Size		header = VARSIZE_ANY(journey);
	Datum		values[2];
	bool		nulls[2] = {false};

	InitMaterializedSRF(fcinfo, 0);
	journey_open_varlena(&view, journey);
	for (int kind = JOURNEY_DICTIONARY; kind <= JOURNEY_VERSIONS; kind++)
		header -= view.section[kind].size;
	for (int kind = 0; kind <= JOURNEY_VERSIONS; kind++)
	{
		values[0] = CStringGetTextDatum(names[kind]);
		values[1] = Int32GetDatum((int32) (kind == 0 ? header : view.section[kind].size));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
