/*
 * path_pg.h
 *		Paths as they are given in SQL: text[].
 */
#ifndef INTENT_PATH_PG_H
#define INTENT_PATH_PG_H

#include "utils/array.h"

#include "sequence/model.h"

typedef struct PathNames
{
	Touchpoint *names;			/* without channels, pointing into the array */
	size_t		count;
} PathNames;

/* The elements of a text[] in order; NULL ones are left out. */
extern PathNames path_names(ArrayType *array);

#endif							/* INTENT_PATH_PG_H */
