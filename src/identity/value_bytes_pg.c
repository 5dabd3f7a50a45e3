/*
 * value_bytes_pg.c
 *		Values of any type as bytes, and back.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "port/pg_bswap.h"
#include "utils/lsyscache.h"

#include "identity/value_bytes_pg.h"

const ValueType *
value_type_of(FunctionCallInfo fcinfo, int argument)
{
	ValueType  *type = fcinfo->flinfo->fn_extra;

	if (type == NULL)
	{
		Oid			oid = get_fn_expr_argtype(fcinfo->flinfo, argument);
		char		category;
		bool		preferred;

		if (!OidIsValid(oid))
			elog(ERROR, "could not determine the type of argument %d", argument);
		type = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(ValueType));
		get_typlenbyval(oid, &type->length, &type->by_value);
		get_type_category_preferred(oid, &category, &preferred);
		type->is_text = category == TYPCATEGORY_STRING && type->length == -1;
		fcinfo->flinfo->fn_extra = type;
	}
	return type;
}

/* Turned so that the order of the bytes is that of signed numbers. */
#define SIGN_BIT (UINT64CONST(1) << 63)

bool
value_to_bytes(const ValueType *type, Datum value, ValueBytes *bytes)
{
	if (type->by_value)
	{
		bytes->room = pg_hton64((uint64) value ^ SIGN_BIT);
		bytes->data = &bytes->room;
		bytes->size = sizeof(bytes->room);
	}
	else if (type->length == -1)
	{
		struct varlena *flat = PG_DETOAST_DATUM_PACKED(value);

		bytes->data = VARDATA_ANY(flat);
		bytes->size = VARSIZE_ANY_EXHDR(flat);
	}
	else
	{
		bytes->data = DatumGetPointer(value);
		bytes->size = type->length > 0 ? (size_t) type->length : strlen(bytes->data) + 1;
	}
	return bytes->size > 0 || !type->is_text;
}

Datum
value_from_bytes(const ValueType *type, const void *data, size_t size)
{
	char	   *copy;

	if (type->by_value)
	{
		uint64		room;

		if (size != sizeof(room))
			elog(ERROR, "a value has %zu bytes, not %zu", size, sizeof(room));
		memcpy(&room, data, sizeof(room));
		return (Datum) (pg_ntoh64(room) ^ SIGN_BIT);
	}
	if (type->length == -1)
	{
		copy = palloc(VARHDRSZ + size);
		SET_VARSIZE(copy, VARHDRSZ + size);
		memcpy(VARDATA(copy), data, size);
	}
	else
	{
		copy = palloc(size);
		memcpy(copy, data, size);
	}
	return PointerGetDatum(copy);
}
