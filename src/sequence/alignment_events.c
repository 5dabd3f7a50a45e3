/*
 * alignment_events.c
 *		What of a journey changes anything about its alignment.
 *
 * Where no event must be the immediately next one, and no place is the very
 * first or the very last, an event that can fill nothing, that nothing
 * excludes and that is not extra by itself may as well not be there.
 */
#include "sequence/alignment.h"

/* Events with places to look back on: more is a journey to be cut. */
#define MAX_CELLS ((uint64_t) 1 << 25)

static bool
matters(const Alignment *alignment, uint32_t signature)
{
	const PatternSignature *of = &alignment->matcher->signatures[signature];

	return of->position_count > 0 || of->excluded_count > 0 || of->before || of->after;
}

static void
check_size(const Alignment *alignment)
{
	uint32_t	places = alignment->pattern->header.position_count + 2;

	if (((uint64_t) alignment->events + 1) * places > MAX_CELLS)
		host_fail(HOST_LIMIT, "journey is too long to be aligned with this pattern",
				  host_format("%u events with %u places of the pattern are more than %llu together.",
							  alignment->events, places, (unsigned long long) MAX_CELLS),
				  "Cut the journey, for example slice(journey, '[2026-01-01Z,2026-02-01Z)').");
}

static void
put_event(Alignment *alignment, uint32_t number, int64_t at, uint32_t code, uint32_t signature, bool extra)
{
	const PatternHeader *header = &alignment->pattern->header;
	const PatternSignature *of = &alignment->matcher->signatures[signature];
	uint32_t	n = alignment->events++;

	alignment->at[n] = at;
	alignment->signature[n] = signature;
	alignment->number[n] = number;
	alignment->code[n] = code;
	alignment->extra[n] = extra;
	alignment->extra_count += extra;

	/* at the very beginning or end there is nothing else that could be excluded */
	if (of->before && !extra && (header->flags & PATTERN_ANCHORED_START) == 0)
		alignment->before[alignment->before_count++] = at;
	if (of->after && !extra && (header->flags & PATTERN_ANCHORED_END) == 0)
		alignment->after[alignment->after_count++] = at;
}

void
alignment_load(Alignment *alignment, const JourneyView *view, const bool *extra)
{
	PatternMatcher *matcher = alignment->matcher;
	const PatternHeader *header = &matcher->pattern->header;
	const PatternPlan *plan = pattern_find_plan(matcher, view);
	bool		all = alignment->immediate ||
		(header->flags & (PATTERN_ANCHORED_START | PATTERN_ANCHORED_END)) != 0;
	size_t		room = (size_t) view->events + 1;
	JourneyCursor cursor;
	JourneyBlock block;

	alignment->at = host_alloc_array(room, sizeof(int64_t));
	alignment->signature = host_alloc_array(room, sizeof(uint32_t));
	alignment->number = host_alloc_array(room, sizeof(uint32_t));
	alignment->code = host_alloc_array(room, sizeof(uint32_t));
	alignment->extra = host_alloc_array(room, sizeof(bool));
	alignment->used = host_alloc_zero(room * sizeof(bool));
	alignment->before = host_alloc_array(header->before.excluded != PATTERN_NONE ? room : 1, sizeof(int64_t));
	alignment->after = host_alloc_array(header->after.excluded != PATTERN_NONE ? room : 1, sizeof(int64_t));
	journey_cursor(&cursor, view, plan->by_value ? JOURNEY_WANT_VALUE : 0);
	while (journey_next(&cursor, &block))
	{
		for (uint32_t i = 0; i < block.count; i++)
		{
			uint32_t	signature = plan->codes[block.code[i]];
			bool		is_extra = extra && extra[block.code[i]];

			if (signature == PLAN_BY_VALUE)
				signature = pattern_signature_by_value(matcher, plan, block.code[i],
													   block.has_value[i], block.value[i]);
			if (all || is_extra || matters(alignment, signature))
				put_event(alignment, block.first + i, block.at[i], block.code[i], signature, is_extra);
		}
	}
	check_size(alignment);
}

void
alignment_free_events(Alignment *alignment)
{
	host_free(alignment->after);
	host_free(alignment->before);
	host_free(alignment->used);
	host_free(alignment->extra);
	host_free(alignment->code);
	host_free(alignment->number);
	host_free(alignment->signature);
	host_free(alignment->at);
}

/* ----- exclusions before the first step and behind the last one ----- */

/* How many of the rising times are at least `distance` before `at`, or behind it. */
static uint32_t
count_beyond(const int64_t *times, uint32_t count, int64_t at, uint64_t distance, bool before)
{
	uint32_t	low = 0;
	uint32_t	high = count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;
		int64_t		time = times[middle];
		bool		beyond = before ?
			time <= at && (uint64_t) at - (uint64_t) time >= distance :
			time >= at && (uint64_t) time - (uint64_t) at >= distance;

		if (beyond == before)
			low = middle + 1;
		else
			high = middle;
	}
	return before ? low : count - low;
}

static int64_t
count_beside(const int64_t *times, uint32_t count, int64_t at, const PatternSide *side, bool before)
{
	int64_t		beyond;

	if (count == 0)
		return 0;
	beyond = side->most == PATTERN_FOREVER ? 0 : count_beyond(times, count, at, (uint64_t) side->most + 1, before);
	return (int64_t) count_beyond(times, count, at, (uint64_t) side->least, before) - beyond;
}

int64_t
alignment_before(const Alignment *alignment, int64_t at)
{
	return count_beside(alignment->before, alignment->before_count, at, &alignment->pattern->header.before, true);
}

int64_t
alignment_after(const Alignment *alignment, int64_t at)
{
	return count_beside(alignment->after, alignment->after_count, at, &alignment->pattern->header.after, false);
}

bool
alignment_is_beside(const Alignment *alignment, uint32_t event, const PatternSide *side, int64_t from, int64_t until)
{
	uint64_t	distance = (uint64_t) until - (uint64_t) from;

	return from <= until && distance >= (uint64_t) side->least && distance <= (uint64_t) side->most &&
		alignment_is_of_class(alignment, event, side->excluded);
}
