/*
 * funnel.c
 *		How far a journey gets in a pattern.
 */
#include "sequence/funnel.h"

uint32_t
funnel_next_step(const Pattern *pattern, uint32_t level)
{
	for (uint32_t i = 0; i < pattern->header.step_count; i++)
	{
		if (pattern->steps[i].level == level + 1)
			return i;
	}
	return PATTERN_NONE;
}

/* The steps of a path, each with the time of its last event. */
static void
take_steps(Funnel *funnel, const PatternMatcher *matcher, const PatternPath *path)
{
	funnel->steps = host_alloc_array((size_t) path->count + 1, sizeof(uint32_t));
	funnel->times = host_alloc_array((size_t) path->count + 1, sizeof(int64_t));
	for (uint32_t i = 0; i < path->count; i++)
	{
		uint32_t	step = matcher->pattern->positions[path->filled[i].position].step;

		if (funnel->count == 0 || funnel->steps[funnel->count - 1] != step)
			funnel->steps[funnel->count++] = step;
		funnel->times[funnel->count - 1] = matcher->events.at[path->filled[i].event];
	}
}

void
funnel_find(Funnel *funnel, PatternMatcher *matcher)
{
	const Pattern *pattern = matcher->pattern;
	PatternScan scan;
	PatternFound found;
	PatternPath path = {0};

	memset(funnel, 0, sizeof(*funnel));
	funnel->level = pattern_level(matcher);
	funnel->next = funnel_next_step(pattern, funnel->level);
	if (funnel->level == 0)
		return;
	pattern_scan_begin(&scan, matcher, OVERLAP_NONE, funnel->level);
	if (pattern_scan_next(&scan, &found))
	{
		pattern_find_path(&scan, &found, &path);
		take_steps(funnel, matcher, &path);
	}
	if (path.filled)
		host_free(path.filled);
}
