/*
 * growing_pg.h
 *		Memory for aggregate states that are expanded objects.
 */
#ifndef INTENT_GROWING_PG_H
#define INTENT_GROWING_PG_H

#include "fmgr.h"
#include "utils/palloc.h"

/*
 * Inside an aggregate, one context for the objects of all its groups, found
 * again by `name`, a constant; outside, a new context for one object.
 */
extern MemoryContext growing_memory(FunctionCallInfo fcinfo, const char *name);

#endif							/* INTENT_GROWING_PG_H */
