/*
 * pattern_level.c
 *		The shortest answers: is there a match, how far does it get, how many.
 *
 * For chains the level alone is found by a pass of its own, which looks at an
 * event only if something would come of it.
 */
#include "pattern/pattern_step.h"

/* Where a glance shows a position. */
static inline uint64_t
glance_bit(uint32_t position)
{
	return position < 63 ? UINT64_C(1) << position : PATTERN_GLANCE_MORE;
}

/*
 * A position was filled: those behind its gates are of use now.  The position
 * itself is no more where nothing better can come: no limit of time asks for a
 * later event or a later start.
 */
static inline void
note_useful(PatternScan *scan, uint32_t number)
{
	const Pattern *pattern = scan->matcher->pattern;
	const PatternPosition *position = &pattern->positions[number];
	bool		better = scan->starts || position->level == pattern->header.levels;

	if (number >= 63 || (scan->noted & glance_bit(number)))
		return;
	scan->noted |= glance_bit(number);
	for (uint32_t l = position->links; l < position->links_end; l++)
	{
		uint32_t	index = PATTERN_LINK_INDEX(pattern->links[l]);
		const PatternGate *gate = &pattern->gates[index];

		better |= scan->matcher->gates[index].expires;
		for (uint32_t t = gate->targets; t < gate->targets_end; t++)
			scan->useful |= glance_bit(pattern->targets[t]);
	}
	if (!better)
		scan->useful &= ~glance_bit(number);
}

/*
 * One event, alone in its instant, in a chain of which only the level is
 * asked.  Positions lead to later ones only, so that backwards no gate is
 * entered and left by the same event.
 */
static inline void
fill_lone(PatternScan *scan, uint32_t event)
{
	PatternMatcher *matcher = scan->matcher;
	const Pattern *pattern = matcher->pattern;
	const PatternSignature *signature = &matcher->signatures[matcher->events.signature[event]];

	for (uint32_t i = signature->position_count; i-- > 0;)
	{
		uint32_t	number = signature->positions[i];
		const PatternPosition *position = &pattern->positions[number];
		int64_t		start;

		if ((scan->useful & glance_bit(number)) == 0)
			continue;
		start = pattern_entry(scan, number, event, event);
		if (start == PATTERN_NO_EVENT)
			continue;
		pattern_reach_level(scan, position->level, event);
		for (uint32_t l = position->links; l < position->links_end; l++)
			gate_insert(matcher, PATTERN_LINK_INDEX(pattern->links[l]), matcher->events.at[event], (uint32_t) start);
		note_useful(scan, number);
	}
}

/* Several events of one instant, or one that closes gates for those who waited before. */
static void
fill_together(PatternScan *scan, uint32_t from, uint32_t until)
{
	PatternMatcher *matcher = scan->matcher;

	pattern_fill_instant(scan, from, until);
	pattern_completed(scan, from);
	for (uint32_t i = 0; i < matcher->touched_count; i++)
		note_useful(scan, matcher->touched[i]);
	pattern_exclude_instant(scan, from, until);
	pattern_pass_on(scan, from);
}

/*
 * Positions that only begin matches and need not be looked at until something
 * else comes: of such events the last one is better than those before it.
 */
static uint64_t
lazy_positions(const PatternMatcher *matcher)
{
	const Pattern *pattern = matcher->pattern;
	uint64_t	lazy = 0;

	for (uint32_t i = 0; i < pattern->header.first_count && matcher->start_allowed == NULL; i++)
	{
		uint32_t	number = pattern->first[i];
		const PatternPosition *position = &pattern->positions[number];
		bool		waits = number < 63 && position->level < pattern->header.levels;

		for (uint32_t l = position->links; l < position->links_end; l++)
			waits &= pattern->gates[PATTERN_LINK_INDEX(pattern->links[l])].least == 0;
		if (waits)
			lazy |= glance_bit(number);
	}
	return lazy;
}

/* The level of a chain. */
static uint32_t
run_chain(PatternScan *scan)
{
	PatternMatcher *matcher = scan->matcher;
	const Pattern *pattern = matcher->pattern;
	const PatternEvents *events = &matcher->events;
	const uint64_t *glances = matcher->glances;
	uint32_t	levels = pattern->header.levels;
	uint64_t	lazy = lazy_positions(matcher);
	int64_t		waiting = PATTERN_NO_EVENT;	/* the last event of lazy positions alone */

	scan->useful = PATTERN_GLANCE_MORE;
	for (uint32_t i = 0; i < pattern->header.first_count; i++)
		scan->useful |= glance_bit(pattern->first[i]);
	for (uint32_t from = 0, until; from < events->count && scan->level < levels; from = until)
	{
		uint64_t	seen = glances[events->signature[from]];

		if (from % 1024 == 1023)
			host_check_interrupts();
		for (until = from + 1; until < events->count && events->at[until] == events->at[from]; until++)
			seen |= glances[events->signature[until]];
		seen &= scan->useful;
		if (seen == 0)
			continue;
		/* the first one is not put off: what it leads to becomes of use */
		if ((seen & ~(lazy & scan->noted)) == 0 && until == from + 1)
		{
			waiting = from;
			continue;
		}
		if (waiting != PATTERN_NO_EVENT)
			fill_lone(scan, (uint32_t) waiting);
		waiting = PATTERN_NO_EVENT;
		if (until == from + 1 && (seen & PATTERN_GLANCE_MORE) == 0)
			fill_lone(scan, from);
		else
			fill_together(scan, from, until);
	}
	return scan->level;
}

/* The level that is reached, up to that of the whole pattern. */
static uint32_t
run(PatternMatcher *matcher)
{
	uint32_t	levels = matcher->pattern->header.levels;
	PatternScan scan;
	PatternFound found;

	pattern_scan_begin(&scan, matcher, OVERLAP_NONE, levels);
	/* without a window nobody asks when a match began */
	scan.starts = matcher->pattern->header.within < PATTERN_FOREVER;
	if (matcher->pattern->header.flags & PATTERN_CHAIN)
		return run_chain(&scan);
	return pattern_scan_next(&scan, &found) ? levels : scan.level;
}

bool
pattern_has_match(PatternMatcher *matcher)
{
	return run(matcher) == matcher->pattern->header.levels;
}

uint32_t
pattern_level(PatternMatcher *matcher)
{
	return run(matcher);
}

/* Which events a match of a chain ended with matters only where others share their instant. */
uint64_t
pattern_match_count(PatternMatcher *matcher)
{
	PatternScan scan;
	PatternFound found;
	PatternPath path = {0};
	uint64_t	count = 0;

	pattern_scan_begin(&scan, matcher, OVERLAP_NONE, matcher->pattern->header.levels);
	while (pattern_scan_next(&scan, &found))
	{
		count++;
		if (scan.at <= found.end)
			pattern_find_path(&scan, &found, &path);
	}
	if (path.filled)
		host_free(path.filled);
	return count;
}
