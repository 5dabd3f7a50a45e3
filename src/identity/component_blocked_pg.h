/*
 * component_blocked_pg.h
 *		Values that name nobody, as given in an array.
 */
#ifndef INTENT_COMPONENT_BLOCKED_PG_H
#define INTENT_COMPONENT_BLOCKED_PG_H

#include "utils/array.h"

#include "identity/components.h"

/* The texts of one array as a set, in a memory context of their own. */
typedef struct BlockedTexts
{
	MemoryContext memory;
	ArrayType  *array;			/* a copy */
	bool		constant;		/* all rows have this array */
	TextComponents texts;
} BlockedTexts;

extern BlockedTexts *blocked_texts_new(ArrayType *array, MemoryContext parent);

/* Blocks the elements of text[] and bigint[]; a NULL element blocks nothing. */
extern void block_texts(TextComponents *components, ArrayType *array);
extern void block_bigints(BigintComponents *components, ArrayType *array);

#endif							/* INTENT_COMPONENT_BLOCKED_PG_H */
