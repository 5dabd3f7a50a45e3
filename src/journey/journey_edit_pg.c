/*
 * journey_edit_pg.c
 *		Journeys made of journeys: unite, slice, as_of, keep, without, collapse,
 *		sessions.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "journey/journey_edit.h"
#include "journey/journey_format.h"
#include "journey/journey_pg.h"

PG_FUNCTION_INFO_V1(intent_unite);
Datum
intent_unite(PG_FUNCTION_ARGS)
{
	struct varlena *journeys[2] = {PG_GETARG_JOURNEY_P(0), PG_GETARG_JOURNEY_P(1)};
	JourneyBytes bytes[2];
	ByteBuffer	out;

	for (int i = 0; i < 2; i++)
	{
		bytes[i].data = VARDATA_ANY(journeys[i]);
		bytes[i].size = VARSIZE_ANY_EXHDR(journeys[i]);
	}
	journey_buffer_init(&out, checked_add_size(bytes[0].size, bytes[1].size));
	journey_unite(&out, bytes, 2);
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

/* The microseconds [from, until) that a range of timestamptz holds. */
static void
range_microseconds(FunctionCallInfo fcinfo, RangeType *range, int64 *from, int64 *until)
{
	TypeCacheEntry *type = range_get_typcache(fcinfo, RangeTypeGetOid(range));
	RangeBound	lower;
	RangeBound	upper;
	bool		empty;

	range_deserialize(type, range, &lower, &upper, &empty);
	*from = lower.infinite ? PG_INT64_MIN : DatumGetTimestampTz(lower.val);
	*until = upper.infinite ? PG_INT64_MAX : DatumGetTimestampTz(upper.val);

	/* the next microsecond; infinite times stay what they are */
	if (!lower.infinite && !lower.inclusive && *from < PG_INT64_MAX)
		(*from)++;
	if (!upper.infinite && upper.inclusive && *until < PG_INT64_MAX)
		(*until)++;
	if (empty)
		*from = *until = 0;
}

PG_FUNCTION_INFO_V1(intent_slice);
Datum
intent_slice(PG_FUNCTION_ARGS)
{
	JourneyView view;
	ByteBuffer	out;
	int64		from;
	int64		until;

	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	range_microseconds(fcinfo, PG_GETARG_RANGE_P(1), &from, &until);
	journey_buffer_init(&out, 256);
	journey_slice(&out, &view, from, until);
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

/* Not STRICT: as_of NULL is an error, known_at NULL is no cut. */
PG_FUNCTION_INFO_V1(intent_as_of);
Datum
intent_as_of(PG_FUNCTION_ARGS)
{
	JourneyView view;
	ByteBuffer	out;
	int64		as_of;
	int64		known_at = 0;
	bool		known = PG_NARGS() > 2 && !PG_ARGISNULL(2);

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("as_of must not be null"),
				 errhint("Say up to which time the journey counts, for example as_of => '2026-03-01Z'.")));
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	as_of = intent_finite_time(PG_GETARG_TIMESTAMPTZ(1), "as_of");
	if (known)
		known_at = intent_finite_time(PG_GETARG_TIMESTAMPTZ(2), "known_at");
	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	journey_buffer_init(&out, 256);
	journey_cut(&out, &view, as_of, known ? &known_at : NULL);
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

static Datum
filter_journey(FunctionCallInfo fcinfo, bool matching)
{
	JourneyView view;
	ByteBuffer	out;
	int			count;
	TouchpointPattern *patterns = intent_touchpoint_patterns(PG_GETARG_ARRAYTYPE_P(1), &count);

	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	journey_buffer_init(&out, 256);
	journey_filter(&out, &view, patterns, count, matching);
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

PG_FUNCTION_INFO_V1(intent_keep);
Datum
intent_keep(PG_FUNCTION_ARGS)
{
	return filter_journey(fcinfo, true);
}

PG_FUNCTION_INFO_V1(intent_without);
Datum
intent_without(PG_FUNCTION_ARGS)
{
	return filter_journey(fcinfo, false);
}

PG_FUNCTION_INFO_V1(intent_collapse);
Datum
intent_collapse(PG_FUNCTION_ARGS)
{
	JourneyView view;
	ByteBuffer	out;

	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	journey_buffer_init(&out, 256);
	journey_collapse(&out, &view);
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

PG_FUNCTION_INFO_V1(intent_sessions);
Datum
intent_sessions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	JourneyView view;
	JourneySplit split;
	int64		gap = intent_interval_microseconds(PG_GETARG_INTERVAL_P(1), "gap");
	ByteBuffer	out;

	InitMaterializedSRF(fcinfo, 0);
	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	journey_split_begin(&split, &view, gap);
	for (int32 session = 1;; session++)
	{
		Datum		values[2];
		bool		nulls[2] = {false};

		CHECK_FOR_INTERRUPTS();
		journey_buffer_init(&out, 256);
		if (!journey_split_next(&split, &out))
			break;
		values[0] = Int32GetDatum(session);
		values[1] = PointerGetDatum(journey_buffer_finish(&out));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		pfree(out.data);
	}
	return (Datum) 0;
}
