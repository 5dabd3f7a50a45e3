/*
 * chunk_pg.c
 *		Stored journeys: cut into chunks, changed, and read row by row.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "pattern/pattern_pg.h"
#include "store/chunk.h"

PG_FUNCTION_INFO_V1(intent_chunks);
Datum
intent_chunks(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	struct varlena *journey = PG_GETARG_JOURNEY_P(0);
	JourneyView view;
	ChunkCut	cut;
	ByteBuffer	out;
	Datum		values[2];
	bool		nulls[2] = {false};

	InitMaterializedSRF(fcinfo, 0);
	journey_open_varlena(&view, journey);
	chunk_cut_begin(&cut, &view);
	journey_buffer_init(&out, VARHDRSZ + 2 * CHUNK_BYTES);
	for (int32 n = 0; chunk_cut_next(&cut, &out); n++)
	{
		values[0] = Int32GetDatum(n);
		values[1] = PointerGetDatum(journey_buffer_finish(&out));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		journey_buffer_init(&out, VARHDRSZ + 2 * CHUNK_BYTES);
	}
	return (Datum) 0;
}

/* NULL is a journey of no events. */
static JourneyBytes
bytes_of_argument(FunctionCallInfo fcinfo, int argument)
{
	JourneyBytes bytes = {NULL, 0};

	if (!PG_ARGISNULL(argument))
	{
		struct varlena *journey = PG_GETARG_JOURNEY_P(argument);

		bytes.data = VARDATA_ANY(journey);
		bytes.size = VARSIZE_ANY_EXHDR(journey);
	}
	return bytes;
}

/* The amended journey, as a varlena that is not finished yet. */
static void
amend_arguments(FunctionCallInfo fcinfo, ByteBuffer *out)
{
	JourneyBytes journey = bytes_of_argument(fcinfo, 0);
	JourneyBytes added = bytes_of_argument(fcinfo, 2);

	journey_buffer_init(out, checked_add_size(VARHDRSZ, checked_add_size(journey.size, added.size)));
	journey_amend(out, journey, bytes_of_argument(fcinfo, 1), added);
}

PG_FUNCTION_INFO_V1(intent_amend);
Datum
intent_amend(PG_FUNCTION_ARGS)
{
	ByteBuffer	out;

	amend_arguments(fcinfo, &out);
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

PG_FUNCTION_INFO_V1(intent_amend_chunk);
Datum
intent_amend_chunk(PG_FUNCTION_ARGS)
{
	ByteBuffer	out;
	JourneyView view;

	amend_arguments(fcinfo, &out);
	journey_open(&view, out.data + VARHDRSZ, out.size - VARHDRSZ);
	if (!chunk_is_one(&view, out.size - VARHDRSZ))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

PG_FUNCTION_INFO_V1(intent_touched);
Datum
intent_touched(PG_FUNCTION_ARGS)
{
	struct varlena *journey;
	JourneyView view;
	ByteBuffer	out;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	journey = PG_GETARG_JOURNEY_P(0);
	journey_open_varlena(&view, journey);
	if (!PG_ARGISNULL(1))
	{
		struct varlena *known = PG_GETARG_JOURNEY_P(1);
		JourneyView known_view;

		journey_open_varlena(&known_view, known);
		if (journey_same_touchpoints(&view, &known_view))
			PG_RETURN_POINTER(known);
	}
	journey_buffer_init(&out, VARSIZE_ANY(journey));
	journey_touched(&out, &view);
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

PG_FUNCTION_INFO_V1(intent_period_of);
Datum
intent_period_of(PG_FUNCTION_ARGS)
{
	const int64 period = 28 * USECS_PER_DAY;
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);

	PG_RETURN_INT32((int32) (at / period - (at % period < 0)));
}

PG_FUNCTION_INFO_V1(intent_journey_rows);
Datum
intent_journey_rows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	JourneyView view;
	JourneyRows opened;

	InitMaterializedSRF(fcinfo, 0);
	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	opened = journey_open_rows(&view);
	for (size_t i = 0; i < opened.count; i++)
	{
		const JourneyRow *row = &opened.rows[i];
		const Touchpoint *touchpoint = &opened.dictionary[row->code];
		Datum		values[6];
		bool		nulls[6] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = TimestampTzGetDatum(row->at);
		nulls[1] = touchpoint->channel_size == 0;
		values[1] = nulls[1] ? (Datum) 0 :
			PointerGetDatum(cstring_to_text_with_len(touchpoint->channel, touchpoint->channel_size));
		values[2] = PointerGetDatum(cstring_to_text_with_len(touchpoint->event, touchpoint->event_size));
		values[3] = Float8GetDatum(row->value);
		nulls[3] = (row->flags & JOURNEY_ROW_VALUE) == 0;
		values[4] = TimestampTzGetDatum(row->recorded);
		nulls[4] = (row->flags & JOURNEY_ROW_RECORDED) == 0;
		nulls[5] = (row->flags & JOURNEY_ROW_REF) == 0;
		values[5] = nulls[5] ? (Datum) 0 : PointerGetDatum(cstring_to_text_with_len(row->ref, row->ref_size));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	journey_close_rows(&opened);
	return (Datum) 0;
}

/* Each set of which every match has an event, as touchpoint texts. */
PG_FUNCTION_INFO_V1(intent_pattern_needs);
Datum
intent_pattern_needs(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Pattern    *pattern = pattern_from_varlena(PG_GETARG_PATTERN_P(0));

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (uint32 i = 0; i < pattern->header.required_count; i++)
	{
		const PatternSet *set = &pattern->sets[pattern->required[i]];
		Datum	   *texts = host_alloc_array((size_t) (set->atoms_end - set->atoms) + 1, sizeof(Datum));
		int			count = 0;
		Datum		value;
		bool		null = false;

		for (uint32 a = set->atoms; a < set->atoms_end; a++)
		{
			TouchpointPattern touchpoint = pattern_touchpoint(pattern, &pattern->atoms[a]);
			ByteBuffer	out;

			journey_buffer_init(&out, 64);
			touchpoint_pattern_append(&out, &touchpoint);
			texts[count++] = PointerGetDatum(journey_buffer_finish(&out));
		}
		value = PointerGetDatum(construct_array(texts, count, TEXTOID, -1, false, TYPALIGN_INT));
		tuplestore_putvalues(result->setResult, result->setDesc, &value, &null);
	}
	return (Datum) 0;
}
