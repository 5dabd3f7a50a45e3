/*
 * partial_pg.c
 *		The type partial: its forms, and how it grows inside aggregates.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "common/base64.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/growing_pg.h"
#include "sequence/partial_pg.h"

/* A literal up to this size is quoted in the error about it. */
#define QUOTED_MAX 100

/* ----- expanded objects ----- */

/* A packed state behind a varlena header. */
static ByteBuffer
pack_state(const PartialKind *kind, const void *state)
{
	ByteBuffer	out;

	buffer_init(&out, 256);
	out.size = VARHDRSZ;
	partial_pack(&out, kind, state);
	SET_VARSIZE(out.data, out.size);
	return out;
}

static Size
flat_size(ExpandedObjectHeader *header)
{
	PartialObject *object = (PartialObject *) header;
	MemoryContext before = MemoryContextSwitchTo(header->eoh_context);

	if (object->flat.data != NULL)
		pfree(object->flat.data);
	object->flat.data = NULL;
	object->flat = pack_state(object->kind, object->state);
	MemoryContextSwitchTo(before);
	return object->flat.size;
}

static void
flatten_into(ExpandedObjectHeader *header, void *result, Size allocated_size)
{
	PartialObject *object = (PartialObject *) header;

	Assert(allocated_size == object->flat.size);
	memcpy(result, object->flat.data, allocated_size);
	pfree(object->flat.data);
	object->flat.data = NULL;
}

static const ExpandedObjectMethods partial_methods = {flat_size, flatten_into};

static PartialObject *
new_object(const PartialKind *kind, MemoryContext context)
{
	MemoryContext before = MemoryContextSwitchTo(context);
	PartialObject *object = palloc0(sizeof(PartialObject));

	EOH_init_header(&object->header, &partial_methods, context);
	object->kind = kind;
	object->state = partial_begin(kind);
	MemoryContextSwitchTo(before);
	return object;
}

/* The object behind a datum, or NULL if it is flat. */
static PartialObject *
object_behind(Datum datum)
{
	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)))
		return NULL;
	return (PartialObject *) DatumGetEOHP(datum);
}

static void
open_datum(PartialView *view, Datum datum)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(datum);

	partial_open_stored(view, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

static const PartialKind *
kind_of(Datum datum)
{
	PartialObject *object = object_behind(datum);
	PartialView view;

	if (object != NULL)
		return object->kind;
	open_datum(&view, datum);
	return view.kind;
}

static void
absorb_datum(PartialObject *object, Datum datum)
{
	PartialView view;
	MemoryContext before;

	open_datum(&view, datum);
	partial_expect(view.kind, object->kind);
	before = MemoryContextSwitchTo(partial_context(object));
	partial_absorb_stored(object->state, &view);
	MemoryContextSwitchTo(before);
}

PartialObject *
partial_object_argument(FunctionCallInfo fcinfo, int n, const PartialKind *kind)
{
	PartialObject *object = PG_ARGISNULL(n) ? NULL : object_behind(PG_GETARG_DATUM(n));

	if (object != NULL && DatumIsReadWriteExpandedObject(PG_GETARG_DATUM(n), false, -1))
	{
		partial_expect(object->kind, kind);
		return object;
	}
	object = new_object(kind, growing_memory(fcinfo, "intent partials"));
	if (!PG_ARGISNULL(n))
		absorb_datum(object, PG_GETARG_DATUM(n));
	return object;
}

const void *
partial_state_argument(FunctionCallInfo fcinfo, int n, const PartialKind *kind)
{
	PartialObject *object;
	PartialView view;
	void	   *state;

	if (PG_ARGISNULL(n))
		return NULL;
	object = object_behind(PG_GETARG_DATUM(n));
	if (object != NULL)
	{
		partial_expect(object->kind, kind);
		return object->state;
	}
	open_datum(&view, PG_GETARG_DATUM(n));
	partial_expect(view.kind, kind);
	state = partial_begin(kind);
	partial_absorb_stored(state, &view);
	return state;
}

Datum
partial_merge_argument(FunctionCallInfo fcinfo, const PartialKind *kind)
{
	PartialObject *object;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	object = partial_object_argument(fcinfo, 0, kind);
	absorb_datum(object, PG_GETARG_DATUM(1));
	PARTIAL_RETURN_OBJECT(object);
}

/* ----- forms: kind/version:base64 of the payload, and the bytes as they are ----- */

/* Checks bytes from outside; what that needs is freed with its context. */
static const char *
find_problem(const void *data, size_t size)
{
	MemoryContext before = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(before, "intent partial check",
												  ALLOCSET_DEFAULT_SIZES);
	const char *problem;

	MemoryContextSwitchTo(scratch);
	problem = partial_problem(data, size);
	MemoryContextSwitchTo(before);
	if (problem != NULL)
		problem = pstrdup(problem);
	MemoryContextDelete(scratch);
	return problem;
}

static void
malformed(const char *text, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 strlen(text) > QUOTED_MAX ? errmsg("invalid text form of partial") :
			 errmsg("invalid text form of partial: \"%s\"", text),
			 errdetail("In this value, %s.", problem),
			 errhint("Give what an aggregate that returns partial gave, as it is.")));
}

PG_FUNCTION_INFO_V1(intent_partial_in);
Datum
intent_partial_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	size_t		name_size = strcspn(text, "/");
	char	   *payload = strchr(text, ':');
	char	   *end;
	unsigned long version;
	int			room;
	int			size;
	struct varlena *value;
	uint8	   *at;
	const char *problem;

	if (text[name_size] != '/' || payload == NULL || name_size == 0)
		malformed(text, "kind, version and payload do not stand as in kind/version:payload");
	if (name_size > PARTIAL_NAME_MAX)
		malformed(text, "the kind is longer than any");
	version = strtoul(text + name_size + 1, &end, 10);
	if (end != payload || version < 1 || version > PG_UINT8_MAX)
		malformed(text, "the version is not a number between 1 and 255");

	payload++;
	room = pg_b64_dec_len((int) strlen(payload));
	value = palloc(VARHDRSZ + name_size + 2 + (Size) room);
	at = (uint8 *) VARDATA(value);
	*at++ = (uint8) name_size;
	memcpy(at, text, name_size);
	at += name_size;
	*at++ = (uint8) version;
	/* bytes are char or uint8, by major version */
	size = pg_b64_decode(payload, (int) strlen(payload), (void *) at, room);
	if (size < 0)
		malformed(text, "the payload is not base64");
	at += size;
	SET_VARSIZE(value, (char *) at - (char *) value);
	problem = find_problem(VARDATA(value), VARSIZE(value) - VARHDRSZ);
	if (problem != NULL)
		malformed(text, problem);
	PG_RETURN_POINTER(value);
}

PG_FUNCTION_INFO_V1(intent_partial_out);
Datum
intent_partial_out(PG_FUNCTION_ARGS)
{
	PartialView view;
	char	   *head;
	size_t		head_size;
	int			size;
	int			room;
	char	   *text;

	open_datum(&view, PG_GETARG_DATUM(0));
	head = psprintf("%s/%u:", view.kind->name, view.version);
	head_size = strlen(head);
	room = pg_b64_enc_len((int) reader_left(&view.payload));
	text = MemoryContextAllocHuge(CurrentMemoryContext, head_size + (Size) room + 1);
	memcpy(text, head, head_size);
	size = pg_b64_encode((const void *) view.payload.at, (int) reader_left(&view.payload),
						 text + head_size, room);
	if (size < 0)
		elog(ERROR, "could not encode partial as text");
	text[head_size + size] = '\0';
	PG_RETURN_CSTRING(text);
}

PG_FUNCTION_INFO_V1(intent_partial_recv);
Datum
intent_partial_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			size = message->len - message->cursor;
	const char *data = pq_getmsgbytes(message, size);
	const char *problem = find_problem(data, size);
	struct varlena *value;

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary form of partial"),
				 errdetail("Of the bytes received, %s.", problem),
				 errhint("Send what partial_send gave, or use the text form.")));
	value = palloc(VARHDRSZ + (Size) size);
	SET_VARSIZE(value, VARHDRSZ + (Size) size);
	memcpy(VARDATA(value), data, size);
	PG_RETURN_POINTER(value);
}

PG_FUNCTION_INFO_V1(intent_partial_send);
Datum
intent_partial_send(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* ----- what holds for all kinds ----- */

PG_FUNCTION_INFO_V1(intent_partial_kind);
Datum
intent_partial_kind(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(kind_of(PG_GETARG_DATUM(0))->name));
}

PG_FUNCTION_INFO_V1(intent_partial_unite);
Datum
intent_partial_unite(PG_FUNCTION_ARGS)
{
	PartialObject *object;

	object = partial_object_argument(fcinfo, 0, kind_of(PG_GETARG_DATUM(0)));
	absorb_datum(object, PG_GETARG_DATUM(1));
	PARTIAL_RETURN_OBJECT(object);
}
