/*
 * window_funnel_pg.c
 *		window_funnel and the sequence_ aggregates over rows.
 *
 * They share one state: the rows of a group that meet some condition, and the
 * parameters that all its rows were given.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "journey/journey_pg.h"
#include "sequence/clickhouse_pg.h"
#include "sequence/sequence_pattern.h"
#include "sequence/window_funnel.h"

/* 128 bytes: two cache lines. */
typedef struct RowsState
{
	ConditionLog log;
	text	   *pattern;		/* of the sequence_ aggregates */
} RowsState;

static RowsState *
new_state(MemoryContext context)
{
	RowsState  *state = MemoryContextAlloc(context, sizeof(RowsState));

	condition_log_init(&state->log);
	state->pattern = NULL;
	return state;
}

static text *
copy_text(const char *data, size_t size, MemoryContext context)
{
	MemoryContext before = MemoryContextSwitchTo(context);
	text	   *copy = cstring_to_text_with_len(data, (int) size);

	MemoryContextSwitchTo(before);
	return copy;
}

static bool
same_text(const text *a, const text *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

static inline void
add_row(RowsState *state, int64 at, uint64 met)
{
	if (unlikely(condition_log_full(&state->log)))
	{
		MemoryContext before = MemoryContextSwitchTo(GetMemoryChunkContext(state));

		condition_log_move(&state->log);
		MemoryContextSwitchTo(before);
	}
	condition_log_add(&state->log, at, met);
}

/* A row without a time is none: the state as it was. */
static Datum
ignore_row(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* ----- window_funnel ----- */

/* What calls of a transition function have in common, and the last modes parsed. */
typedef struct FunnelCall
{
	ConditionsForm form;
	ConditionNames names;		/* if they are names */
	uint8		modes;
	uint16		size;
	char		text[100];
} FunnelCall;

static inline uint8
call_modes(FunnelCall *call, const text *mode)
{
	size_t		size = VARSIZE_ANY_EXHDR(mode);
	uint8		modes;

	if (size == call->size && memcmp(VARDATA_ANY(mode), call->text, size) == 0)
		return call->modes;
	modes = funnel_modes(VARDATA_ANY(mode), size);
	if (size <= sizeof(call->text))
	{
		call->modes = modes;
		call->size = (uint16) size;
		memcpy(call->text, VARDATA_ANY(mode), size);
	}
	return modes;
}

static Datum
funnel_add(FunctionCallInfo fcinfo, int64 window, int64 at, bool named)
{
	RowsState  *state = PG_ARGISNULL(0) ? NULL : (RowsState *) PG_GETARG_POINTER(0);
	FunnelCall *call = fcinfo->flinfo->fn_extra;
	Conditions	conditions;
	uint8		modes;

	/* states of many groups are in no cache: ask for both lines meanwhile */
	if (state != NULL)
	{
		__builtin_prefetch(state, 1);
		__builtin_prefetch((char *) state + 64, 1);
	}
	if (unlikely(call == NULL))
		call = fcinfo->flinfo->fn_extra = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(FunnelCall));
	conditions = named ? clickhouse_named_conditions(fcinfo, 4, 5, &call->names) :
		clickhouse_conditions(fcinfo, 4, &call->form);
	modes = call_modes(call, PG_GETARG_TEXT_PP(2));
	if (state == NULL)
	{
		/* only an aggregate can have another state */
		state = new_state(clickhouse_aggregate_context(fcinfo));
		state->log.window = window;
		state->log.conditions = (uint8) conditions.count;
		state->log.modes = modes;
	}
	else if (state->log.window != window)
		clickhouse_refuse_change("window_size");
	else if (state->log.modes != modes)
		clickhouse_refuse_change("mode");
	else if (state->log.conditions != conditions.count)
		clickhouse_refuse_change("the number of conditions");
	if (conditions.met != 0 || (modes & FUNNEL_STRICT_ORDER))
		add_row(state, at, conditions.met);
	PG_RETURN_POINTER(state);
}

static Datum
funnel_add_number(FunctionCallInfo fcinfo, bool named)
{
	clickhouse_not_null(fcinfo, 1, "window_size");
	clickhouse_not_null(fcinfo, 2, "mode");
	if (PG_GETARG_INT64(1) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("window_size must not be negative, as " INT64_FORMAT " is", PG_GETARG_INT64(1)),
				 errhint("Write a length in the unit of ts.")));
	if (PG_ARGISNULL(3))
		return ignore_row(fcinfo);
	return funnel_add(fcinfo, PG_GETARG_INT64(1), PG_GETARG_INT64(3), named);
}

static Datum
funnel_add_time(FunctionCallInfo fcinfo, bool named)
{
	int64		window;

	clickhouse_not_null(fcinfo, 1, "window_size");
	clickhouse_not_null(fcinfo, 2, "mode");
	window = intent_interval_microseconds(PG_GETARG_INTERVAL_P(1), "window_size");
	if (PG_ARGISNULL(3))
		return ignore_row(fcinfo);
	return funnel_add(fcinfo, window, intent_finite_time(PG_GETARG_TIMESTAMPTZ(3), "occurred_at"), named);
}

PG_FUNCTION_INFO_V1(intent_window_funnel_add);
Datum
intent_window_funnel_add(PG_FUNCTION_ARGS)
{
	return funnel_add_number(fcinfo, false);
}

PG_FUNCTION_INFO_V1(intent_window_funnel_add_time);
Datum
intent_window_funnel_add_time(PG_FUNCTION_ARGS)
{
	return funnel_add_time(fcinfo, false);
}

PG_FUNCTION_INFO_V1(intent_window_funnel_add_named);
Datum
intent_window_funnel_add_named(PG_FUNCTION_ARGS)
{
	return funnel_add_number(fcinfo, true);
}

PG_FUNCTION_INFO_V1(intent_window_funnel_add_named_time);
Datum
intent_window_funnel_add_named_time(PG_FUNCTION_ARGS)
{
	return funnel_add_time(fcinfo, true);
}

PG_FUNCTION_INFO_V1(intent_window_funnel_final);
Datum
intent_window_funnel_final(PG_FUNCTION_ARGS)
{
	RowsState  *state = PG_ARGISNULL(0) ? NULL : (RowsState *) PG_GETARG_POINTER(0);

	clickhouse_aggregate_context(fcinfo);
	PG_RETURN_INT32(state == NULL ? 0 : funnel_level(&state->log));
}

/* ----- sequence_match, sequence_count, sequence_match_events ----- */

static Datum
sequence_add(FunctionCallInfo fcinfo, int64 unit)
{
	MemoryContext context = clickhouse_aggregate_context(fcinfo);
	RowsState  *state = PG_ARGISNULL(0) ? NULL : (RowsState *) PG_GETARG_POINTER(0);
	Conditions	conditions;
	text	   *pattern;

	clickhouse_not_null(fcinfo, 1, "pattern");
	if (PG_ARGISNULL(2))
		return ignore_row(fcinfo);
	if (state != NULL)
	{
		__builtin_prefetch(state, 1);
		__builtin_prefetch((char *) state + 64, 1);
	}
	pattern = PG_GETARG_TEXT_PP(1);
	conditions = clickhouse_conditions(fcinfo, 3, clickhouse_form(fcinfo));
	if (state == NULL)
	{
		state = new_state(context);
		state->log.window = unit;
		state->log.conditions = (uint8) conditions.count;
		state->pattern = copy_text(VARDATA_ANY(pattern), VARSIZE_ANY_EXHDR(pattern), context);
	}
	else if (!same_text(state->pattern, pattern))
		clickhouse_refuse_change("pattern");
	else if (state->log.conditions != conditions.count)
		clickhouse_refuse_change("the number of conditions");
	if (conditions.met != 0)
		add_row(state, PG_GETARG_INT64(2), conditions.met);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(intent_sequence_add);
Datum
intent_sequence_add(PG_FUNCTION_ARGS)
{
	return sequence_add(fcinfo, 1);
}

PG_FUNCTION_INFO_V1(intent_sequence_add_time);
Datum
intent_sequence_add_time(PG_FUNCTION_ARGS)
{
	if (!PG_ARGISNULL(2))
		intent_finite_time(PG_GETARG_TIMESTAMPTZ(2), "occurred_at");
	return sequence_add(fcinfo, USECS_PER_SEC);
}

/* The pattern of the state before, which most states have. */
typedef struct LastPattern
{
	MemoryContext context;
	text	   *text;
	int			conditions;
	int64		unit;
	SequencePattern pattern;
} LastPattern;

static const SequencePattern *
state_pattern(FunctionCallInfo fcinfo, const RowsState *state)
{
	LastPattern *last = fcinfo->flinfo->fn_extra;
	MemoryContext before;

	if (last != NULL && last->text != NULL && last->conditions == state->log.conditions &&
		last->unit == state->log.window && same_text(last->text, state->pattern))
		return &last->pattern;
	if (last == NULL)
	{
		last = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(LastPattern));
		last->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "intent sequence pattern",
											  ALLOCSET_SMALL_SIZES);
		fcinfo->flinfo->fn_extra = last;
	}
	MemoryContextReset(last->context);
	last->text = NULL;
	before = MemoryContextSwitchTo(last->context);
	sequence_pattern_parse(&last->pattern, VARDATA_ANY(state->pattern),
						   VARSIZE_ANY_EXHDR(state->pattern),
						   state->log.conditions, state->log.window);
	last->text = copy_text(VARDATA_ANY(state->pattern), VARSIZE_ANY_EXHDR(state->pattern),
						   last->context);
	last->conditions = state->log.conditions;
	last->unit = state->log.window;
	MemoryContextSwitchTo(before);
	return &last->pattern;
}

PG_FUNCTION_INFO_V1(intent_sequence_match_final);
Datum
intent_sequence_match_final(PG_FUNCTION_ARGS)
{
	RowsState  *state = PG_ARGISNULL(0) ? NULL : (RowsState *) PG_GETARG_POINTER(0);
	const SequencePattern *pattern;

	clickhouse_aggregate_context(fcinfo);
	if (state == NULL)
		PG_RETURN_BOOL(false);
	pattern = state_pattern(fcinfo, state);
	PG_RETURN_BOOL(sequence_matches(pattern, condition_log_rows(&state->log), state->log.rows));
}

PG_FUNCTION_INFO_V1(intent_sequence_count_final);
Datum
intent_sequence_count_final(PG_FUNCTION_ARGS)
{
	RowsState  *state = PG_ARGISNULL(0) ? NULL : (RowsState *) PG_GETARG_POINTER(0);
	const SequencePattern *pattern;

	clickhouse_aggregate_context(fcinfo);
	if (state == NULL)
		PG_RETURN_INT64(0);
	pattern = state_pattern(fcinfo, state);
	PG_RETURN_INT64((int64) sequence_count(pattern, condition_log_rows(&state->log), state->log.rows));
}

static Datum
match_events(FunctionCallInfo fcinfo, Oid type)
{
	RowsState  *state = PG_ARGISNULL(0) ? NULL : (RowsState *) PG_GETARG_POINTER(0);
	const SequencePattern *pattern;
	ConditionRow *rows;
	size_t	   *found;
	Datum	   *times;
	uint32		count;

	clickhouse_aggregate_context(fcinfo);
	if (state == NULL)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(type));
	pattern = state_pattern(fcinfo, state);
	rows = condition_log_rows(&state->log);
	found = palloc(sizeof(size_t) * pattern->count);
	count = sequence_match_rows(pattern, rows, state->log.rows, found);
	times = palloc(sizeof(Datum) * pattern->count);
	for (uint32 i = 0; i < count; i++)
		times[i] = Int64GetDatum(rows[found[i]].at);
	PG_RETURN_ARRAYTYPE_P(construct_array(times, (int) count, type, sizeof(int64),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

PG_FUNCTION_INFO_V1(intent_sequence_match_events_final);
Datum
intent_sequence_match_events_final(PG_FUNCTION_ARGS)
{
	return match_events(fcinfo, INT8OID);
}

PG_FUNCTION_INFO_V1(intent_sequence_match_events_final_time);
Datum
intent_sequence_match_events_final_time(PG_FUNCTION_ARGS)
{
	return match_events(fcinfo, TIMESTAMPTZOID);
}

/* ----- combine, serialise, deserialise ----- */

PG_FUNCTION_INFO_V1(intent_sequence_rows_combine);
Datum
intent_sequence_rows_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = clickhouse_aggregate_context(fcinfo);
	RowsState  *state = PG_ARGISNULL(0) ? NULL : (RowsState *) PG_GETARG_POINTER(0);
	RowsState  *other = PG_ARGISNULL(1) ? NULL : (RowsState *) PG_GETARG_POINTER(1);
	MemoryContext before;

	if (other == NULL)
		return ignore_row(fcinfo);
	if (state == NULL)
	{
		state = new_state(context);
		state->log.window = other->log.window;
		state->log.conditions = other->log.conditions;
		state->log.modes = other->log.modes;
		if (other->pattern != NULL)
			state->pattern = copy_text(VARDATA_ANY(other->pattern),
									   VARSIZE_ANY_EXHDR(other->pattern), context);
	}
	if (state->pattern != NULL && !same_text(state->pattern, other->pattern))
		clickhouse_refuse_change("pattern");
	if (state->log.window != other->log.window)
		clickhouse_refuse_change("window_size");
	if (state->log.modes != other->log.modes)
		clickhouse_refuse_change("mode");
	if (state->log.conditions != other->log.conditions)
		clickhouse_refuse_change("the number of conditions");
	before = MemoryContextSwitchTo(context);
	condition_log_unite(&state->log, &other->log);
	MemoryContextSwitchTo(before);
	PG_RETURN_POINTER(state);
}

/* byte 1 if there is a pattern, and it; window; conditions; modes; rows */
PG_FUNCTION_INFO_V1(intent_sequence_rows_serialize);
Datum
intent_sequence_rows_serialize(PG_FUNCTION_ARGS)
{
	RowsState  *state = (RowsState *) PG_GETARG_POINTER(0);
	ByteBuffer	out;

	clickhouse_aggregate_context(fcinfo);
	journey_buffer_init(&out, state->log.older_size + 256);
	buffer_byte(&out, state->pattern != NULL);
	if (state->pattern != NULL)
	{
		buffer_varint(&out, VARSIZE_ANY_EXHDR(state->pattern));
		buffer_bytes(&out, VARDATA_ANY(state->pattern), VARSIZE_ANY_EXHDR(state->pattern));
	}
	buffer_varint(&out, (uint64) state->log.window);
	buffer_byte(&out, state->log.conditions);
	buffer_byte(&out, state->log.modes);
	condition_log_pack(&state->log, &out);
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

PG_FUNCTION_INFO_V1(intent_sequence_rows_deserialize);
Datum
intent_sequence_rows_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	ByteReader	reader = reader_over(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	RowsState  *state = new_state(CurrentMemoryContext);

	clickhouse_aggregate_context(fcinfo);
	if (reader_byte(&reader) == 1)
	{
		uint64		size = reader_varint(&reader);
		const uint8 *pattern = reader_bytes(&reader, size);

		if (pattern != NULL)
			state->pattern = copy_text((const char *) pattern, size, CurrentMemoryContext);
	}
	state->log.window = (int64) reader_varint(&reader);
	state->log.conditions = reader_byte(&reader);
	state->log.modes = reader_byte(&reader);
	if (state->log.window < 0 || state->log.conditions > CONDITIONS_MAX ||
		!condition_log_unpack(&state->log, &reader) || reader_left(&reader) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid state of an aggregate over rows")));
	PG_RETURN_POINTER(state);
}
