/*
 * value_bytes_pg.h
 *		Values of any type as bytes, and back.
 */
#ifndef INTENT_VALUE_BYTES_PG_H
#define INTENT_VALUE_BYTES_PG_H

#include "fmgr.h"

typedef struct ValueType
{
	int16		length;			/* as in pg_type */
	bool		by_value;
	bool		is_text;		/* of the string category, where '' says nothing */
} ValueType;

typedef struct ValueBytes
{
	const void *data;
	size_t		size;
	uint64		room;			/* of what is passed by value */
} ValueBytes;

/* The type of an argument, looked up once per call site. */
extern const ValueType *value_type_of(FunctionCallInfo fcinfo, int argument);

/* False for an empty text. */
extern bool value_to_bytes(const ValueType *type, Datum value, ValueBytes *bytes);
extern Datum value_from_bytes(const ValueType *type, const void *data, size_t size);

#endif							/* INTENT_VALUE_BYTES_PG_H */
