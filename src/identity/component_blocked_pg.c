/*
 * component_blocked_pg.c
 *		Values that name nobody, as given in an array.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "identity/component_blocked_pg.h"

void
block_texts(TextComponents *components, ArrayType *array)
{
	Datum	   *values;
	bool	   *nulls;
	int			count;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		text	   *value;

		CHECK_FOR_INTERRUPTS();
		if (nulls[i])
			continue;
		value = DatumGetTextPP(values[i]);
		text_components_block(components, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	}
	pfree(values);
	pfree(nulls);
}

void
block_bigints(BigintComponents *components, ArrayType *array)
{
	Datum	   *values;
	bool	   *nulls;
	int			count;

	deconstruct_array(array, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &values, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!nulls[i])
			bigint_components_block(components, DatumGetInt64(values[i]));
	}
	pfree(values);
	pfree(nulls);
}

BlockedTexts *
blocked_texts_new(ArrayType *array, MemoryContext parent)
{
	MemoryContext memory = AllocSetContextCreate(parent, "intent blocked values",
												 ALLOCSET_SMALL_SIZES);
	MemoryContext before = MemoryContextSwitchTo(memory);
	BlockedTexts *blocked = palloc0(sizeof(BlockedTexts));

	blocked->memory = memory;
	blocked->array = palloc(VARSIZE(array));
	memcpy(blocked->array, array, VARSIZE(array));
	text_components_init(&blocked->texts);
	block_texts(&blocked->texts, array);
	MemoryContextSwitchTo(before);
	return blocked;
}
