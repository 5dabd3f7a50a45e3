/*
 * linkage_model_pg.c
 *		The type linkage_model: JSON outside, flat bytes inside.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/fmgrprotos.h"

#include "identity/linkage_model_pg.h"

struct varlena *
linkage_model_value(const LinkageModel *model)
{
	ByteBuffer	out;

	buffer_init(&out, 4096);
	out.size = VARHDRSZ;
	linkage_model_append(&out, model);
	if (out.size > INTENT_MAX_VALUE_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("linkage_model is too large")));
	SET_VARSIZE(out.data, out.size);
	return (struct varlena *) out.data;
}

LinkageModel *
linkage_model_from_varlena(const struct varlena *value)
{
	LinkageModel *model = palloc(sizeof(LinkageModel));

	linkage_model_open(model, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	return model;
}

/* ----- forms ----- */

static struct varlena *
model_of_jsonb(Jsonb *json)
{
	LinkageModel *model = palloc(sizeof(LinkageModel));

	linkage_model_from_jsonb(model, json);
	return linkage_model_value(model);
}

PG_FUNCTION_INFO_V1(intent_linkage_model_in);
Datum
intent_linkage_model_in(PG_FUNCTION_ARGS)
{
	Datum		json = DirectFunctionCall1(jsonb_in, PG_GETARG_DATUM(0));

	PG_RETURN_POINTER(model_of_jsonb(DatumGetJsonbP(json)));
}

static char *
model_text(FunctionCallInfo fcinfo)
{
	LinkageModel *model = linkage_model_from_varlena(PG_GETARG_LINKAGE_MODEL_P(0));
	ByteBuffer	out;

	buffer_init(&out, 4096);
	linkage_model_to_text(&out, model);
	buffer_byte(&out, '\0');
	return (char *) out.data;
}

PG_FUNCTION_INFO_V1(intent_linkage_model_out);
Datum
intent_linkage_model_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(model_text(fcinfo));
}

/* The bytes as they are stored, every one of them looked at. */
PG_FUNCTION_INFO_V1(intent_linkage_model_recv);
Datum
intent_linkage_model_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			size = message->len - message->cursor;
	const char *data = pq_getmsgbytes(message, size);
	LinkageModel *model = palloc(sizeof(LinkageModel));
	const char *problem = linkage_model_problem(model, data, size);
	struct varlena *value;

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary form of linkage_model"),
				 errdetail("Of the bytes received, %s.", problem),
				 errhint("Send what linkage_model_send gave, or use the text form.")));
	for (uint32 i = 0; i < model->comparison_count; i++)
		pg_verifymbstr(model->comparisons[i].column.data, (int) model->comparisons[i].column.size, false);
	pg_verifymbstr(model->source.data, (int) model->source.size, false);
	value = palloc(VARHDRSZ + (Size) size);
	SET_VARSIZE(value, VARHDRSZ + (Size) size);
	memcpy(VARDATA(value), data, size);
	PG_RETURN_POINTER(value);
}

PG_FUNCTION_INFO_V1(intent_linkage_model_send);
Datum
intent_linkage_model_send(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_LINKAGE_MODEL_P(0);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

PG_FUNCTION_INFO_V1(intent_linkage_model_to_jsonb);
Datum
intent_linkage_model_to_jsonb(PG_FUNCTION_ARGS)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(model_text(fcinfo)));
}

PG_FUNCTION_INFO_V1(intent_linkage_model_from_jsonb);
Datum
intent_linkage_model_from_jsonb(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(model_of_jsonb(PG_GETARG_JSONB_P(0)));
}

/* ----- equality: one content has one encoding ----- */

static bool
models_equal(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_LINKAGE_MODEL_P(0);
	struct varlena *b = PG_GETARG_LINKAGE_MODEL_P(1);

	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

PG_FUNCTION_INFO_V1(intent_linkage_model_same);
Datum
intent_linkage_model_same(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(models_equal(fcinfo));
}

PG_FUNCTION_INFO_V1(intent_linkage_model_not_same);
Datum
intent_linkage_model_not_same(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!models_equal(fcinfo));
}

PG_FUNCTION_INFO_V1(intent_linkage_model_hash);
Datum
intent_linkage_model_hash(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_LINKAGE_MODEL_P(0);

	return hash_any((unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

PG_FUNCTION_INFO_V1(intent_linkage_model_hash_extended);
Datum
intent_linkage_model_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_LINKAGE_MODEL_P(0);

	return hash_any_extended((unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), PG_GETARG_INT64(1));
}
