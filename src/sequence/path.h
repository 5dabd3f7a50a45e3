/*
 * path.h
 *		Lists of channels made simpler before they are counted.
 */
#ifndef INTENT_PATH_H
#define INTENT_PATH_H

#include "sequence/model.h"

typedef enum PathTransform
{
	PATH_UNIQUE,				/* as it is */
	PATH_EXPOSURE,				/* a run of one channel becomes one */
	PATH_FIRST,					/* each channel where it came first */
	PATH_FREQUENCY,				/* the same, with how often it came */
	PATH_TRIM,					/* the last so many */
	PATH_REMOVE,				/* without a channel, if there is any other */
	PATH_REMOVE_LAST			/* without it at the end, if there is any other */
} PathTransform;

/*
 * Changes names[0 .. count) in place and returns how many are left.  `limit`
 * is for PATH_TRIM, `channel` for the removals; with PATH_FREQUENCY,
 * frequency[i] says how often names[i] came.
 */
extern size_t path_transform(Touchpoint *names, size_t count, PathTransform transform,
							 size_t limit, const Touchpoint *channel, uint64_t *frequency);

#endif							/* INTENT_PATH_H */
