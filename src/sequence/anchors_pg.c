/*
 * anchors_pg.c
 *		Which events of a journey a pattern points at.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"

#include "pattern/pattern_pg.h"
#include "sequence/anchors_pg.h"

bool *
anchor_events(FunctionCallInfo fcinfo, int argument, const JourneyView *view, AnchorEnd end)
{
	bool	   *anchors = host_alloc_zero((size_t) view->events + 1);
	PatternCache *cache = pattern_cache_get(fcinfo, argument);
	MemoryContext caller = pattern_cache_load(cache, view);
	PatternScan scan;
	PatternFound found;
	PatternPath path = {0};

	pattern_scan_begin(&scan, &cache->matcher, OVERLAP_NONE, cache->pattern.header.levels);
	while (pattern_scan_next(&scan, &found))
	{
		uint32		place;

		host_check_interrupts();
		pattern_find_path(&scan, &found, &path);
		place = path.filled[end == ANCHOR_FIRST ? 0 : path.count - 1].event;
		anchors[cache->matcher.events.number[place]] = true;
	}
	if (path.filled)
		host_free(path.filled);
	MemoryContextSwitchTo(caller);
	return anchors;
}
