/*
 * model_pg.c
 *		Models as the server sees them: growing in place, and their forms.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "journey/journey_pg.h"
#include "journey/touchpoint.h"
#include "base/growing_pg.h"
#include "base/numeric_pg.h"
#include "sequence/model_pg.h"

/* ----- growing ----- */

struct GrowingModel
{
	ExpandedObjectHeader header;
	const ModelKind *kind;
	void	   *model;
	ByteBuffer	flat;			/* with room for a varlena header; data NULL: not made */
	MemoryContext caller;
};

static Size
get_flat_size(ExpandedObjectHeader *header)
{
	GrowingModel *growing = (GrowingModel *) header;

	if (growing->flat.data == NULL)
	{
		MemoryContext before = MemoryContextSwitchTo(header->eoh_context);
		ByteBuffer	flat;

		journey_buffer_init(&flat, 256);
		growing->kind->pack(&flat, growing->model);
		if (flat.size > INTENT_MAX_VALUE_SIZE)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("%s is too large for one value", growing->kind->type),
					 errdetail("It takes %zu bytes; a value has at most 1 GB.", flat.size),
					 errhint("Give names that differ less, or make one value of each group.")));
		growing->flat = flat;
		MemoryContextSwitchTo(before);
	}
	return growing->flat.size;
}

static void
flatten_into(ExpandedObjectHeader *header, void *result, Size size)
{
	GrowingModel *growing = (GrowingModel *) header;

	Assert(growing->flat.data != NULL && size == growing->flat.size);
	memcpy(result, growing->flat.data, size);
	SET_VARSIZE(result, size);
}

static const ExpandedObjectMethods methods = {get_flat_size, flatten_into};

/* The object behind a read-write pointer that this file made of this kind, or NULL. */
static GrowingModel *
writable(Datum datum, const ModelKind *kind)
{
	GrowingModel *growing;

	if (!VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(datum)))
		return NULL;
	growing = (GrowingModel *) DatumGetEOHP(datum);
	return growing->header.eoh_methods == &methods && growing->kind == kind ? growing : NULL;
}

GrowingModel *
model_growing(FunctionCallInfo fcinfo, const ModelKind *kind, void **model)
{
	GrowingModel *growing = PG_ARGISNULL(0) ? NULL : writable(PG_GETARG_DATUM(0), kind);
	MemoryContext caller = CurrentMemoryContext;

	if (growing == NULL)
	{
		struct varlena *flat = PG_ARGISNULL(0) ? NULL : PG_GETARG_MODEL_P(0);
		MemoryContext context = growing_memory(fcinfo, "intent models");

		MemoryContextSwitchTo(context);
		growing = palloc0(sizeof(GrowingModel));
		EOH_init_header(&growing->header, &methods, context);
		growing->kind = kind;
		growing->model = kind->create();
		if (flat != NULL)
			kind->absorb(growing->model, VARDATA_ANY(flat), VARSIZE_ANY_EXHDR(flat), HOST_CORRUPT);
	}
	MemoryContextSwitchTo(growing->header.eoh_context);
	growing->caller = caller;
	if (growing->flat.data != NULL)
	{
		pfree(growing->flat.data);
		growing->flat.data = NULL;
	}
	*model = growing->model;
	return growing;
}

Datum
model_grown(GrowingModel *growing)
{
	MemoryContextSwitchTo(growing->caller);
	return EOHPGetRWDatum(&growing->header);
}

Datum
model_unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

Datum
model_merge(FunctionCallInfo fcinfo, const ModelKind *kind)
{
	struct varlena *other;
	GrowingModel *growing;
	void	   *model;

	if (PG_ARGISNULL(1))
		return model_unchanged(fcinfo);
	other = PG_GETARG_MODEL_P(1);
	growing = model_growing(fcinfo, kind, &model);
	kind->absorb(model, VARDATA_ANY(other), VARSIZE_ANY_EXHDR(other), HOST_CORRUPT);
	PG_RETURN_DATUM(model_grown(growing));
}

/* ----- forms: the bytes, in text as hexadecimal digits ----- */

/* Bytes from outside as a value, if they are what packing their content gives. */
static Datum
accept_bytes(const void *data, Size size, const ModelKind *kind, HostError error)
{
	void	   *model = kind->create();
	ByteBuffer	out;
	ModelReader reader;

	model_open(&reader, data, size, kind->type, error);
	for (uint32 i = 0; i < reader.name_count; i++)
	{
		pg_verifymbstr(reader.names[i].channel, (int) reader.names[i].channel_size, false);
		pg_verifymbstr(reader.names[i].event, (int) reader.names[i].event_size, false);
	}
	kind->absorb(model, data, size, error);
	journey_buffer_init(&out, size + VARHDRSZ);
	kind->pack(&out, model);
	if (out.size - VARHDRSZ != size || memcmp(out.data + VARHDRSZ, data, size) != 0)
		model_invalid(&reader, "It is not the one form of its content.");
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

Datum
model_in(FunctionCallInfo fcinfo, const ModelKind *kind)
{
	const char *text = PG_GETARG_CSTRING(0);
	Size		length = strlen(text);
	char	   *bytes = palloc(length);

	if (length < 2 || text[0] != '\\' || text[1] != 'x')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid %s: \"%.200s\"", kind->type, text),
				 errhint("Its text form is \\x and hexadecimal digits, as its output writes them.")));
	length = hex_decode(text + 2, length - 2, bytes);
	return accept_bytes(bytes, length, kind, HOST_BAD_TEXT);
}

Datum
model_out(FunctionCallInfo fcinfo)
{
	struct varlena *value = PG_GETARG_MODEL_P(0);
	Size		size = VARSIZE_ANY_EXHDR(value);
	char	   *text = host_alloc(2 * size + 3);

	text[0] = '\\';
	text[1] = 'x';
	text[2 + hex_encode(VARDATA_ANY(value), size, text + 2)] = '\0';
	PG_RETURN_CSTRING(text);
}

Datum
model_recv(FunctionCallInfo fcinfo, const ModelKind *kind)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			size = message->len - message->cursor;

	return accept_bytes(pq_getmsgbytes(message, size), size, kind, HOST_BAD_BINARY);
}

Datum
model_send(FunctionCallInfo fcinfo)
{
	struct varlena *value = PG_GETARG_MODEL_P(0);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* ----- results and arguments ----- */

Datum
model_touchpoint_datum(const Touchpoint *name)
{
	ByteBuffer	out;

	journey_buffer_init(&out, 64);
	touchpoint_append(&out, name);
	return PointerGetDatum(journey_buffer_finish(&out));
}

Datum
model_name_datum(const Touchpoint *name)
{
	return PointerGetDatum(cstring_to_text_with_len(name->event, (int) name->event_size));
}

uint64_t
model_count_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	int64		count = PG_ARGISNULL(argument) ? 0 : PG_GETARG_INT64(argument);

	if (count < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative: " INT64_FORMAT, name, count),
				 errhint("Give the number of journeys that took this path.")));
	return (uint64_t) count;
}

Fixed
model_value_argument(FunctionCallInfo fcinfo, int argument, uint64_t conversions)
{
	Fixed		value = 0;

	if (PG_ARGISNULL(argument))
		return 0;
	if (!fixed_from_double(PG_GETARG_FLOAT8(argument), &value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value is out of range: %g", PG_GETARG_FLOAT8(argument)),
				 errhint("Values are finite, with at most 26 digits before the point.")));
	if (value != 0 && conversions == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a path without conversions has a value: %g", PG_GETARG_FLOAT8(argument)),
				 errhint("value is what the conversions of the path brought; give NULL or 0 where there are none.")));
	return value;
}
