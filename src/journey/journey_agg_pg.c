/*
 * journey_agg_pg.c
 *		journey_agg and journey_merge: rows or journeys to one journey.
 *
 * A query may have a quarter of a million groups of a few dozen rows, so a
 * state is small and a row costs little: its touchpoint becomes a code of the
 * query's vocabulary, and the row goes as a few bytes behind the last one.
 * The log takes rows in any order (a step back in time is a negative step);
 * the final function unpacks, sorts if it must, and builds.  The first rows
 * stand in the state itself.
 *
 * States are united as finished journeys: a journey is the mergeable state.
 * So one state may hold a log, journeys to unite, or both.
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
#include "journey/vocabulary_pg.h"

/* State and first rows fill one 256-byte chunk. */
#define INLINE_LOG 192

typedef struct JourneyState
{
	SharedVocabulary *shared;	/* NULL while there is no log */
	uint8	   *log;
	size_t		log_size;
	size_t		log_capacity;
	int64		last;			/* time of the last row in the log */
	uint32		rows;
	uint32		parts;			/* journeys to unite */
	uint32		parts_capacity;
	JourneyBytes *part;
	uint8		first_log[INLINE_LOG];
} JourneyState;

static JourneyState *
new_state(MemoryContext context)
{
	JourneyState *state = MemoryContextAlloc(context, sizeof(JourneyState));

	memset(state, 0, offsetof(JourneyState, first_log));
	state->log = state->first_log;
	state->log_capacity = INLINE_LOG;
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

/* ----- the log ----- */

/*
 * A row in the log: varint of code and flags; a byte that counts the bytes of
 * the zigzag step in time, and those; value; varint zigzag lag of recorded_at;
 * varint size of the ref, and its bytes.  Most it takes beyond the ref:
 */
#define LOG_ROW_MAX (3 * BYTES_VARINT_MAX + 1 + 2 * sizeof(uint64))

/* Whole words are written and read, so a word more must be there behind the end. */
#define LOG_SLACK sizeof(uint64)

static void
reserve_log(JourneyState *state, size_t more)
{
	size_t		needed = add_size(state->log_size, more);
	size_t		capacity = state->log_capacity;
	uint8	   *log;

	if (needed <= capacity)
		return;
	/* powers of two, because that is what the allocator gives anyway */
	capacity = capacity < 256 ? 256 : capacity;
	while (capacity < needed)
		capacity = mul_size(capacity, 2);
	if (state->log == state->first_log)
	{
		log = MemoryContextAllocHuge(GetMemoryChunkContext(state), capacity);
		memcpy(log, state->log, state->log_size);
	}
	else
		log = repalloc_huge(state->log, capacity);
	state->log = log;
	state->log_capacity = capacity;
}

/* What this very row takes, slack included. */
static size_t
log_row_size(const JourneyRow *row)
{
	size_t		size = LOG_ROW_MAX - 2 * BYTES_VARINT_MAX - sizeof(float8) + LOG_SLACK;

	if (row->flags & JOURNEY_ROW_VALUE)
		size += sizeof(float8);
	if (row->flags & JOURNEY_ROW_RECORDED)
		size += BYTES_VARINT_MAX;
	if (row->flags & JOURNEY_ROW_REF)
		size += BYTES_VARINT_MAX + (size_t) row->ref_size;
	return size;
}

static void
log_row(JourneyState *state, const JourneyRow *row)
{
	uint64		step = bytes_zigzag(bytes_wrapping_sub(row->at, state->last));
	unsigned	length = step ? (71 - __builtin_clzll(step)) / 8 : 0;
	uint8	   *at;

	if (unlikely(state->log_capacity - state->log_size < LOG_ROW_MAX + LOG_SLACK + row->ref_size))
		reserve_log(state, log_row_size(row));

	at = state->log + state->log_size;
	at += bytes_put_varint(at, (uint64) row->code << 3 | row->flags);
	*at++ = (uint8) length;
	bytes_store_u64(at, step);
	at += length;
	if (row->flags & JOURNEY_ROW_VALUE)
	{
		memcpy(at, &row->value, sizeof(float8));
		at += sizeof(float8);
	}
	if (row->flags & JOURNEY_ROW_RECORDED)
		at += bytes_put_varint(at, bytes_zigzag(bytes_wrapping_sub(row->recorded, row->at)));
	if (row->flags & JOURNEY_ROW_REF)
	{
		at += bytes_put_varint(at, row->ref_size);
		memcpy(at, row->ref, row->ref_size);
		at += row->ref_size;
	}
	state->log_size = at - state->log;
	state->last = row->at;
	state->rows++;
}

static void
unpack_log(const JourneyState *state, JourneyRow *rows)
{
	ByteReader	reader = reader_over(state->log, state->log_size);
	int64		last = 0;

	for (uint32 i = 0; i < state->rows; i++)
	{
		JourneyRow *row = &rows[i];
		uint64		code = reader_varint(&reader);
		uint64		step;
		unsigned	length = reader_byte(&reader);

		if (i % 65536 == 65535)
			CHECK_FOR_INTERRUPTS();
		step = bytes_load_u64(reader.at);
		step &= length < 8 ? (UINT64CONST(1) << (8 * length)) - 1 : PG_UINT64_MAX;
		reader.at += length;
		last = bytes_wrapping_add(last, bytes_unzigzag(step));
		row->at = last;
		row->code = (uint32) (code >> 3);
		row->flags = code & 7;
		row->ref_size = 0;
		row->value = 0;
		row->recorded = 0;
		row->ref = NULL;
		if (row->flags & JOURNEY_ROW_VALUE)
			memcpy(&row->value, reader_bytes(&reader, sizeof(float8)), sizeof(float8));
		if (row->flags & JOURNEY_ROW_RECORDED)
			row->recorded = bytes_wrapping_add(last, bytes_unzigzag(reader_varint(&reader)));
		if (row->flags & JOURNEY_ROW_REF)
		{
			row->ref_size = (uint32) reader_varint(&reader);
			row->ref = (const char *) reader_bytes(&reader, row->ref_size);
		}
	}
	Assert(!reader.bad && reader_left(&reader) == 0);
}

/* ----- states to journeys and back ----- */

static void
build_log(const JourneyState *state, ByteBuffer *out)
{
	JourneyRow *rows = host_alloc_array((size_t) state->rows + 1, sizeof(JourneyRow));
	TouchpointSet set = vocabulary_set(state->shared->vocabulary);

	unpack_log(state, rows);
	journey_build(out, rows, state->rows, &set);
	host_free(rows);
}

/* The journey of a state; the state stays as it is, for it may be asked again. */
static void
build_state(const JourneyState *state, ByteBuffer *out)
{
	JourneyBytes *parts;
	ByteBuffer	log;

	if (state->parts == 0)
	{
		build_log(state, out);
		return;
	}
	if (state->rows == 0)
	{
		journey_unite(out, state->part, state->parts);
		return;
	}
	buffer_init(&log, 1024);
	build_log(state, &log);
	parts = host_alloc_array((size_t) state->parts + 1, sizeof(JourneyBytes));
	memcpy(parts, state->part, state->parts * sizeof(JourneyBytes));
	parts[state->parts].data = log.data;
	parts[state->parts].size = log.size;
	journey_unite(out, parts, (size_t) state->parts + 1);
}

static void
add_part(JourneyState *state, const void *data, size_t size)
{
	MemoryContext context = GetMemoryChunkContext(state);
	uint8	   *copy;

	if (state->parts == state->parts_capacity)
	{
		uint32		capacity = state->parts_capacity ? state->parts_capacity * 2 : 2;
		MemoryContext before = MemoryContextSwitchTo(context);

		if (capacity > JOURNEY_MAX_EVENTS / 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many journeys to merge into one"),
					 errhint("Merge in two steps, by a finer GROUP BY first.")));
		state->part = state->part ?
			host_realloc_array(state->part, capacity, sizeof(JourneyBytes)) :
			host_alloc_array(capacity, sizeof(JourneyBytes));
		state->parts_capacity = capacity;
		MemoryContextSwitchTo(before);
	}
	copy = MemoryContextAlloc(context, size ? size : 1);
	memcpy(copy, data, size);
	state->part[state->parts].data = copy;
	state->part[state->parts++].size = size;
}

/* ----- transition functions ----- */

static Datum
add_row(FunctionCallInfo fcinfo, JourneyRow *row, NullableDatum channel, NullableDatum event)
{
	MemoryContext context = aggregate_context(fcinfo);
	JourneyState *state = PG_ARGISNULL(0) ? NULL : (JourneyState *) PG_GETARG_POINTER(0);
	Touchpoint	touchpoint = {NULL, NULL, 0, 0};
	text	   *name = DatumGetTextPP(event.value);

	journey_check_row(row);
	if (!channel.isnull)
	{
		struct varlena *bytes = PG_DETOAST_DATUM_PACKED(channel.value);

		touchpoint.channel = VARDATA_ANY(bytes);
		touchpoint.channel_size = VARSIZE_ANY_EXHDR(bytes);
	}
	touchpoint.event = VARDATA_ANY(name);
	touchpoint.event_size = VARSIZE_ANY_EXHDR(name);

	if (state == NULL)
		state = new_state(context);
	if (state->shared == NULL)
		state->shared = shared_vocabulary(fcinfo->flinfo, context);
	if (state->rows >= JOURNEY_MAX_EVENTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many events for one journey"),
				 errhint("Build journeys of parts, by year for example.")));
	row->code = shared_vocabulary_code(state->shared, &touchpoint);
	log_row(state, row);
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
	for (uint32 i = 0; i < other->parts; i++)
		add_part(state, other->part[i].data, other->part[i].size);
	if (other->rows > 0)
	{
		ByteBuffer	log;

		buffer_init(&log, 1024);
		build_log(other, &log);
		add_part(state, log.data, log.size);
		host_free(log.data);
	}
	PG_RETURN_POINTER(state);
}

static struct varlena *
finish_state(const JourneyState *state)
{
	ByteBuffer	out;

	journey_buffer_init(&out, state->log_size + 256);
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
