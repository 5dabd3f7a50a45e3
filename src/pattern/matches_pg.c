/*
 * matches_pg.c
 *		matches(journey, jpattern, overlap): one row a match.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/timestamp.h"

#include "base/instant.h"
#include "pattern/pattern_pg.h"

enum
{
	MATCHES_MATCH, MATCHES_STARTED_AT, MATCHES_ENDED_AT, MATCHES_STEPS, MATCHES_EVENTS,
	MATCHES_TIMES, MATCHES_REFS, MATCHES_CAPTURES, MATCHES_COLUMNS
};

/* What a row says of an event beyond what matching needs. */
typedef struct EventDetail
{
	uint32		code;
	bool		has_value;
	double		value;
	JourneyRef	ref;
} EventDetail;

typedef struct MatchRows
{
	ReturnSetInfo *result;
	PatternMatcher *matcher;
	const JourneyView *view;
	EventDetail *details;		/* by number of the event; NULL until asked for */
	Touchpoint *dictionary;
	MemoryContext row;			/* reset after each */
	int32		count;
} MatchRows;

static void
read_details(MatchRows *rows)
{
	JourneyCursor cursor;
	JourneyBlock block;

	rows->dictionary = host_alloc_array((size_t) rows->view->touchpoints + 1, sizeof(Touchpoint));
	rows->details = host_alloc_array((size_t) rows->view->events + 1, sizeof(EventDetail));
	journey_dictionary(rows->view, rows->dictionary);
	journey_cursor(&cursor, rows->view, JOURNEY_WANT_VALUE | JOURNEY_WANT_REF);
	while (journey_next(&cursor, &block))
	{
		for (uint32 i = 0; i < block.count; i++)
			rows->details[block.first + i] =
				(EventDetail) {block.code[i], block.has_value[i], block.value[i], block.ref[i]};
	}
}

/* The text of an event's ref, or NULL. */
static text *
ref_text(const EventDetail *detail)
{
	char		buffer[JOURNEY_REF_PACKED_MAX];
	uint32_t	size;
	const char *ref = journey_ref_text(&detail->ref, buffer, &size);

	return ref ? cstring_to_text_with_len(ref, (int) size) : NULL;
}

static void
append_json_text(StringInfo json, const char *key, const char *bytes, uint32 size)
{
	if (bytes == NULL)
		return;
	appendStringInfo(json, ", \"%s\": ", key);
	escape_json(json, pnstrdup(bytes, size));
}

/* A captured event, as it stands in the journey's own jsonb. */
static void
append_event(StringInfo json, const MatchRows *rows, uint32 place)
{
	const PatternEvents *events = &rows->matcher->events;
	const EventDetail *detail = &rows->details[events->number[place]];
	const Touchpoint *touchpoint = &rows->dictionary[detail->code];
	char		instant[INSTANT_TEXT_MAX];
	text	   *ref = ref_text(detail);

	appendStringInfo(json, "{\"occurred_at\": \"%.*s\"",
					 (int) instant_to_text(events->at[place], instant), instant);
	if (touchpoint->channel_size > 0)
		append_json_text(json, "channel", touchpoint->channel, touchpoint->channel_size);
	append_json_text(json, "event", touchpoint->event, touchpoint->event_size);
	if (detail->has_value)
	{
		char		number[HOST_DOUBLE_TEXT_MAX];

		appendStringInfo(json, ", \"value\": %.*s",
						 (int) host_double_to_text(detail->value, number), number);
	}
	if (ref)
		append_json_text(json, "ref", VARDATA_ANY(ref), VARSIZE_ANY_EXHDR(ref));
	appendStringInfoChar(json, '}');
}

/* Names and events; of a name that several events have, the last one. */
static Datum
captures_jsonb(const MatchRows *rows, const PatternPath *path)
{
	const Pattern *pattern = rows->matcher->pattern;
	StringInfoData json;
	bool		any = false;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (uint32 c = 0; c < pattern->header.capture_count; c++)
	{
		int64		place = -1;

		for (uint32 i = 0; i < path->count; i++)
		{
			if (pattern->positions[path->filled[i].position].capture == c)
				place = path->filled[i].event;
		}
		if (place < 0)
			continue;
		appendStringInfoString(&json, any ? ", " : "");
		escape_json(&json, pnstrdup(pattern->strings + pattern->captures[c].at, pattern->captures[c].size));
		appendStringInfoString(&json, ": ");
		append_event(&json, rows, (uint32) place);
		any = true;
	}
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

static Datum
make_array(Datum *elements, bool *nulls, uint32 count, Oid type, int size, bool by_value, char align)
{
	int			dimension = (int) count;
	int			lower = 1;

	return PointerGetDatum(construct_md_array(elements, nulls, 1, &dimension, &lower,
											  type, size, by_value, align));
}

static void
put_match(MatchRows *rows, const PatternPath *path)
{
	const PatternEvents *events = &rows->matcher->events;
	MemoryContext caller;
	Datum	   *elements;
	bool	   *null_refs;
	Datum		values[MATCHES_COLUMNS];
	bool		nulls[MATCHES_COLUMNS] = {false};

	CHECK_FOR_INTERRUPTS();
	if (rows->details == NULL)
		read_details(rows);
	caller = MemoryContextSwitchTo(rows->row);
	elements = host_alloc_array(path->count, sizeof(Datum));
	null_refs = host_alloc_array(path->count, sizeof(bool));

	values[MATCHES_MATCH] = Int32GetDatum(++rows->count);
	values[MATCHES_STARTED_AT] = TimestampTzGetDatum(events->at[path->filled[0].event]);
	values[MATCHES_ENDED_AT] = TimestampTzGetDatum(events->at[path->filled[path->count - 1].event]);
	for (uint32 i = 0; i < path->count; i++)
		elements[i] = Int32GetDatum((int32) rows->matcher->pattern->positions[path->filled[i].position].step + 1);
	values[MATCHES_STEPS] = make_array(elements, NULL, path->count, INT4OID, 4, true, TYPALIGN_INT);
	for (uint32 i = 0; i < path->count; i++)
		elements[i] = Int32GetDatum((int32) events->number[path->filled[i].event] + 1);
	values[MATCHES_EVENTS] = make_array(elements, NULL, path->count, INT4OID, 4, true, TYPALIGN_INT);
	for (uint32 i = 0; i < path->count; i++)
		elements[i] = TimestampTzGetDatum(events->at[path->filled[i].event]);
	values[MATCHES_TIMES] = make_array(elements, NULL, path->count, TIMESTAMPTZOID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
	for (uint32 i = 0; i < path->count; i++)
	{
		text	   *ref = ref_text(&rows->details[events->number[path->filled[i].event]]);

		elements[i] = PointerGetDatum(ref);
		null_refs[i] = ref == NULL;
	}
	values[MATCHES_REFS] = make_array(elements, null_refs, path->count, TEXTOID, -1, false, TYPALIGN_INT);
	values[MATCHES_CAPTURES] = captures_jsonb(rows, path);
	MemoryContextSwitchTo(caller);
	tuplestore_putvalues(rows->result->setResult, rows->result->setDesc, values, nulls);
	MemoryContextReset(rows->row);
}

/* ----- which matches ----- */

typedef enum Wanted
{
	WANT_NONE, WANT_FIRST, WANT_LAST, WANT_ALL, WANT_OVERLAPPING
} Wanted;

static Wanted
get_wanted(FunctionCallInfo fcinfo, int argument)
{
	static const char *const names[] = {"none", "first", "last", "all", "overlapping"};
	char	   *given;

	if (PG_NARGS() <= argument)
		return WANT_NONE;
	given = text_to_cstring(PG_GETARG_TEXT_PP(argument));
	for (int i = 0; i < lengthof(names); i++)
	{
		if (strcmp(given, names[i]) == 0)
			return (Wanted) i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("overlap \"%s\" is not known", given),
			 errhint("Use none, first, last, all or overlapping.")));
}

/*
 * Is a match that was found after `last` rather the last one?  Those that end
 * in one instant of a chain end together: of them it is the one that began last.
 */
static bool
ends_later(const PatternMatcher *matcher, const PatternFound *found, const PatternFound *last)
{
	const int64_t *at = matcher->events.at;

	return !(matcher->pattern->header.flags & PATTERN_CHAIN) ||
		at[found->end] > at[last->end] || at[found->start] >= at[last->start];
}

PG_FUNCTION_INFO_V1(intent_matches);
Datum
intent_matches(PG_FUNCTION_ARGS)
{
	Wanted		wanted = get_wanted(fcinfo, 2);
	PatternCache *cache = pattern_cache_get(fcinfo, 1);
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "intent matches", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller;
	JourneyView view;
	MatchRows	rows = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	PatternScan scan;
	PatternFound found;
	PatternFound last;
	PatternPath path = {0};
	bool		any = false;

	InitMaterializedSRF(fcinfo, 0);
	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	caller = pattern_cache_load(cache, &view);
	rows.matcher = &cache->matcher;
	rows.view = &view;
	rows.row = AllocSetContextCreate(work, "intent match", ALLOCSET_DEFAULT_SIZES);

	pattern_scan_begin(&scan, &cache->matcher,
					   wanted == WANT_ALL ? OVERLAP_ALL :
					   wanted == WANT_LAST || wanted == WANT_OVERLAPPING ? OVERLAP_ENDS : OVERLAP_NONE,
					   cache->pattern.header.levels);
	while (pattern_scan_next(&scan, &found))
	{
		if (!any || ends_later(&cache->matcher, &found, &last))
			last = found;
		any = true;
		if (wanted == WANT_LAST)
			continue;
		pattern_find_path(&scan, &found, &path);
		MemoryContextSwitchTo(work);
		put_match(&rows, &path);
		MemoryContextSwitchTo(cache->context);
		if (wanted == WANT_FIRST)
			break;
	}
	if (any && wanted == WANT_LAST)
	{
		pattern_find_path(&scan, &last, &path);
		MemoryContextSwitchTo(work);
		put_match(&rows, &path);
	}
	if (path.filled)
		host_free(path.filled);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(work);
	return (Datum) 0;
}
