/*
 * pattern_pg.h
 *		The jpattern type as the server sees it.
 */
#ifndef INTENT_PATTERN_PG_H
#define INTENT_PATTERN_PG_H

#include "fmgr.h"
#include "utils/palloc.h"

#include "journey/journey_pg.h"
#include "pattern/pattern_match.h"

#define PG_GETARG_PATTERN_P(n) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n))

/* The opened pattern of a query and its matcher, found again by its bytes. */
typedef struct PatternCache
{
	MemoryContext context;		/* of everything below */
	Size		size;
	char	   *bytes;			/* aligned copy of the value */
	Pattern		pattern;
	PatternMatcher matcher;
} PatternCache;

/*
 * The matcher for the pattern in an argument, kept in fn_extra: a cache, never
 * a memory.  Matchers work in the memory of the cache; pattern_cache_load()
 * loads the journey of an argument and leaves that memory current, for the
 * caller to go back to what it returns.
 */
extern PatternCache *pattern_cache_get(FunctionCallInfo fcinfo, int argument);
extern MemoryContext pattern_cache_load(PatternCache *cache, const JourneyView *view);

/* Opens a pattern value into memory of the current call. */
extern Pattern *pattern_from_varlena(const struct varlena *value);

#endif							/* INTENT_PATTERN_PG_H */
