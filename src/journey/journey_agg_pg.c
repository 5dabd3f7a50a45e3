/*
 * journey_agg_pg.c
 *		journey_agg and journey_merge: rows or journeys to one journey.
 *
 * A query may have a quarter of a million groups of a few dozen rows, so a
 * state is small and a row costs little: its touchpoint becomes a code of the
 * query's vocabulary, and the row goes as a few bytes behind the last one.
 * The newest rows stand in the state itself, which is in the cache anyway;
 * when they fill it they move to a log that grows by doubling.  Rows come in
 * any order (a step back in time is a negative step); the final function
 * unpacks, sorts if it must, and builds.
 *
 * States are united as finished journeys: a journey is the mergeable state.
 * So one state may hold rows, journeys to unite, or both.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "journey/journey_edit.h"
#include "journey/journey_pg.h"
#include "journey/row_log.h"
#include "journey/vocabulary_pg.h"

/* Journeys to unite. */
typedef struct Parts
{
	uint32		count;
	uint32		capacity;
	JourneyBytes *part;
} Parts;

/* A state fills one 128-byte chunk: two cache lines that are fetched together. */
#define NEWEST_SIZE 80

typedef struct JourneyState
{
	SharedVocabulary *shared;	/* NULL while there are no rows */
	uint8	   *log;			/* older rows, NULL if none */
	Parts	   *parts;			/* NULL if none */
	size_t		log_size;
	int64		last;			/* time of the last row */
	uint32		rows;
	uint16		newest_size;
	uint8		log_bits;		/* the log has room for 2^log_bits bytes */
	uint8		newest[NEWEST_SIZE];
} JourneyState;

static JourneyState *
new_state(MemoryContext context)
{
	JourneyState *state = MemoryContextAlloc(context, sizeof(JourneyState));

	memset(state, 0, offsetof(JourneyState, newest));
	return state;
}

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	return context;
}

/* ----- rows ----- */

StaticAssertDecl(NEWEST_SIZE >= ROW_LOG_MAX, "the newest row must fit into a state");

/* Room for `more` bytes in the log. */
static void
reserve_log(JourneyState *state, size_t more)
{
	size_t		needed = add_size(state->log_size, more);
	uint8		bits = Max(state->log_bits, 7);

	if (state->log != NULL && needed <= (size_t) 1 << state->log_bits)
		return;
	while ((size_t) 1 << bits < needed)
		bits++;
	if (state->log == NULL)
		state->log = MemoryContextAllocHuge(GetMemoryChunkContext(state), (size_t) 1 << bits);
	else
		state->log = repalloc_huge(state->log, (size_t) 1 << bits);
	state->log_bits = bits;
}

static void
add_to_state(JourneyState *state, const JourneyRow *row)
{
	size_t		most = row_log_max(row);

	if (NEWEST_SIZE - state->newest_size < most)
	{
		/* a row with a long ref goes to the log directly */
		reserve_log(state, state->newest_size + (most > NEWEST_SIZE ? most : ROW_LOG_SLACK));
		memcpy(state->log + state->log_size, state->newest, state->newest_size);
		state->log_size += state->newest_size;
		state->newest_size = 0;
	}
	if (most > NEWEST_SIZE)
		state->log_size = row_log_put(state->log + state->log_size, row, state->last) - state->log;
	else
		state->newest_size = row_log_put(state->newest + state->newest_size, row, state->last) - state->newest;
	state->last = row->at;
	state->rows++;
}

/* ----- states to journeys and back ----- */

static void
build_rows(const JourneyState *state, ByteBuffer *out)
{
	JourneyRow *rows = host_alloc_array((size_t) state->rows + 1, sizeof(JourneyRow));
	TouchpointSet set = vocabulary_set(state->shared->vocabulary);
	JourneyRow *next;
	int64		last = 0;

	next = row_log_read(state->log, state->log_size, rows, &last);
	row_log_read(state->newest, state->newest_size, next, &last);
	journey_build(out, rows, state->rows, &set);
	host_free(rows);
}

/* The journey of a state; the state stays as it is, for it may be asked again. */
static void
build_state(const JourneyState *state, ByteBuffer *out)
{
	size_t		count = state->parts ? state->parts->count : 0;
	JourneyBytes *parts;
	ByteBuffer	rows;

	if (count == 0)
	{
		build_rows(state, out);
		return;
	}
	parts = host_alloc_array(count + 1, sizeof(JourneyBytes));
	memcpy(parts, state->parts->part, count * sizeof(JourneyBytes));
	if (state->rows > 0)
	{
		buffer_init(&rows, 1024);
		build_rows(state, &rows);
		parts[count].data = rows.data;
		parts[count++].size = rows.size;
	}
	journey_unite(out, parts, count);
}

static void
add_part(JourneyState *state, const void *data, size_t size)
{
	MemoryContext context = GetMemoryChunkContext(state);
	Parts	   *parts = state->parts;
	uint8	   *copy;

	if (parts == NULL)
		parts = state->parts = MemoryContextAllocZero(context, sizeof(Parts));
	if (parts->count == parts->capacity)
	{
		uint32		capacity = parts->capacity ? parts->capacity * 2 : 2;
		MemoryContext before = MemoryContextSwitchTo(context);

		if (capacity > JOURNEY_MAX_EVENTS / 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many journeys to merge into one"),
					 errhint("Merge in two steps, by a finer GROUP BY first.")));
		parts->part = parts->part ?
			host_realloc_array(parts->part, capacity, sizeof(JourneyBytes)) :
			host_alloc_array(capacity, sizeof(JourneyBytes));
		parts->capacity = capacity;
		MemoryContextSwitchTo(before);
	}
	copy = MemoryContextAlloc(context, size ? size : 1);
	memcpy(copy, data, size);
	parts->part[parts->count].data = copy;
	parts->part[parts->count++].size = size;
}

/* ----- transition functions ----- */

static inline void
set_text(const char **bytes, uint32_t *size, Datum datum)
{
	struct varlena *text = (struct varlena *) DatumGetPointer(datum);

	if (unlikely(VARATT_IS_EXTERNAL(text) || VARATT_IS_COMPRESSED(text)))
		text = pg_detoast_datum_packed(text);
	*bytes = VARDATA_ANY(text);
	*size = VARSIZE_ANY_EXHDR(text);
}

static Datum
add_row(FunctionCallInfo fcinfo, JourneyRow *row, NullableDatum channel, NullableDatum event)
{
	MemoryContext context = aggregate_context(fcinfo);
	JourneyState *state = PG_ARGISNULL(0) ? NULL : (JourneyState *) PG_GETARG_POINTER(0);
	SharedVocabulary *shared = fcinfo->flinfo->fn_extra;
	Touchpoint	touchpoint = {NULL, NULL, 0, 0};

	/*
	 * The state is in the cache of neither level if groups are many, so ask
	 * for both its lines now and look the touchpoint up meanwhile.
	 */
	if (state != NULL)
	{
		__builtin_prefetch(state, 1);
		__builtin_prefetch((char *) state + 64, 1);
	}
	journey_check_row(row);
	if (!channel.isnull)
		set_text(&touchpoint.channel, &touchpoint.channel_size, channel.value);
	set_text(&touchpoint.event, &touchpoint.event_size, event.value);
	if (shared != NULL)
		row->code = shared_vocabulary_code(shared, &touchpoint);

	if (state == NULL)
		state = new_state(context);
	if (state->shared == NULL)
		state->shared = shared_vocabulary(fcinfo->flinfo, context);
	if (unlikely(state->shared != shared))
		row->code = shared_vocabulary_code(state->shared, &touchpoint);
	if (state->rows >= JOURNEY_MAX_EVENTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many events for one journey"),
				 errhint("Build journeys of parts, by year for example.")));
	add_to_state(state, row);
	PG_RETURN_POINTER(state);
}

/* A row without a time or an event is no event: the state as it was. */
static Datum
ignore_row(FunctionCallInfo fcinfo)
{
	aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

static const NullableDatum no_datum = {0, true};

static void
set_value(JourneyRow *row, NullableDatum value)
{
	if (!value.isnull)
	{
		row->value = DatumGetFloat8(value.value);
		row->flags |= JOURNEY_ROW_VALUE;
	}
}

static void
set_recorded(JourneyRow *row, NullableDatum recorded)
{
	if (!recorded.isnull)
	{
		row->recorded = DatumGetTimestampTz(recorded.value);
		row->flags |= JOURNEY_ROW_RECORDED;
	}
}

static void
set_ref(JourneyRow *row, const char *ref, size_t size)
{
	/* '' is no ref, as it is no channel and no identifier */
	if (size > 0)
	{
		row->ref = ref;
		row->ref_size = (uint32) size;
		row->flags |= JOURNEY_ROW_REF;
	}
}

PG_FUNCTION_INFO_V1(intent_journey_agg_event);
Datum
intent_journey_agg_event(PG_FUNCTION_ARGS)
{
	JourneyRow	row = {0};

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return ignore_row(fcinfo);
	row.at = PG_GETARG_TIMESTAMPTZ(1);
	return add_row(fcinfo, &row, no_datum, fcinfo->args[2]);
}

PG_FUNCTION_INFO_V1(intent_journey_agg_value);
Datum
intent_journey_agg_value(PG_FUNCTION_ARGS)
{
	JourneyRow	row = {0};

	if (PG_ARGISNULL(1) || PG_ARGISNULL(3))
		return ignore_row(fcinfo);
	row.at = PG_GETARG_TIMESTAMPTZ(1);
	set_value(&row, fcinfo->args[4]);
	return add_row(fcinfo, &row, fcinfo->args[2], fcinfo->args[3]);
}

PG_FUNCTION_INFO_V1(intent_journey_agg_text_ref);
Datum
intent_journey_agg_text_ref(PG_FUNCTION_ARGS)
{
	JourneyRow	row = {0};

	if (PG_ARGISNULL(1) || PG_ARGISNULL(3))
		return ignore_row(fcinfo);
	row.at = PG_GETARG_TIMESTAMPTZ(1);
	set_value(&row, fcinfo->args[4]);
	set_recorded(&row, fcinfo->args[5]);
	if (!PG_ARGISNULL(6))
	{
		text	   *ref = PG_GETARG_TEXT_PP(6);

		set_ref(&row, VARDATA_ANY(ref), VARSIZE_ANY_EXHDR(ref));
	}
	return add_row(fcinfo, &row, fcinfo->args[2], fcinfo->args[3]);
}

PG_FUNCTION_INFO_V1(intent_journey_agg_bigint_ref);
Datum
intent_journey_agg_bigint_ref(PG_FUNCTION_ARGS)
{
	JourneyRow	row = {0};
	char		ref[MAXINT8LEN + 1];

	if (PG_ARGISNULL(1) || PG_ARGISNULL(3))
		return ignore_row(fcinfo);
	row.at = PG_GETARG_TIMESTAMPTZ(1);
	set_value(&row, fcinfo->args[4]);
	set_recorded(&row, fcinfo->args[5]);
	if (!PG_ARGISNULL(6))
		set_ref(&row, ref, pg_lltoa(PG_GETARG_INT64(6), ref));
	return add_row(fcinfo, &row, fcinfo->args[2], fcinfo->args[3]);
}

PG_FUNCTION_INFO_V1(intent_journey_merge_transfn);
Datum
intent_journey_merge_transfn(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	JourneyState *state = PG_ARGISNULL(0) ? NULL : (JourneyState *) PG_GETARG_POINTER(0);
	struct varlena *journey;

	if (PG_ARGISNULL(1))
		return ignore_row(fcinfo);
	if (state == NULL)
		state = new_state(context);
	journey = PG_GETARG_JOURNEY_P(1);
	add_part(state, VARDATA_ANY(journey), VARSIZE_ANY_EXHDR(journey));
	PG_RETURN_POINTER(state);
}

/* ----- combine, serialise, deserialise, final ----- */

PG_FUNCTION_INFO_V1(intent_journey_combine);
Datum
intent_journey_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	JourneyState *state = PG_ARGISNULL(0) ? NULL : (JourneyState *) PG_GETARG_POINTER(0);
	JourneyState *other = PG_ARGISNULL(1) ? NULL : (JourneyState *) PG_GETARG_POINTER(1);

	if (other == NULL)
		return ignore_row(fcinfo);
	if (state == NULL)
		state = new_state(context);
	for (uint32 i = 0; other->parts && i < other->parts->count; i++)
		add_part(state, other->parts->part[i].data, other->parts->part[i].size);
	if (other->rows > 0)
	{
		ByteBuffer	rows;

		buffer_init(&rows, 1024);
		build_rows(other, &rows);
		add_part(state, rows.data, rows.size);
		host_free(rows.data);
	}
	PG_RETURN_POINTER(state);
}

static struct varlena *
finish_state(const JourneyState *state)
{
	ByteBuffer	out;

	journey_buffer_init(&out, state->log_size + 512);
	build_state(state, &out);
	return journey_buffer_finish(&out);
}

PG_FUNCTION_INFO_V1(intent_journey_serialize);
Datum
intent_journey_serialize(PG_FUNCTION_ARGS)
{
	aggregate_context(fcinfo);
	PG_RETURN_POINTER(finish_state((JourneyState *) PG_GETARG_POINTER(0)));
}

PG_FUNCTION_INFO_V1(intent_journey_deserialize);
Datum
intent_journey_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	JourneyState *state;

	aggregate_context(fcinfo);
	journey_validate(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	state = new_state(CurrentMemoryContext);
	add_part(state, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(intent_journey_finalfn);
Datum
intent_journey_finalfn(PG_FUNCTION_ARGS)
{
	aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(finish_state((JourneyState *) PG_GETARG_POINTER(0)));
}
