/*
 * conformance.c
 *		The deviations on the cheapest way of a journey through a pattern.
 */
#include "sequence/alignment.h"
#include "sequence/conformance.h"

const char *const deviation_names[DEVIATION_KINDS] = {
	"skipped", "extra", "out of order", "too late", "too early"
};

static void
add_deviation(Conformance *conformance, Deviation deviation)
{
	if (conformance->count == conformance->capacity)
	{
		conformance->capacity = (uint32_t) checked_growth(conformance->capacity, conformance->count + 1);
		conformance->deviations = conformance->deviations ?
			host_realloc_array(conformance->deviations, conformance->capacity, sizeof(Deviation)) :
			host_alloc_array(conformance->capacity, sizeof(Deviation));
	}
	conformance->deviations[conformance->count++] = deviation;
}

/* Is an event of the gap before a move extra, that fills nothing? */
static bool
is_extra(const Alignment *alignment, uint32_t event, uint32_t index)
{
	const Pattern *pattern = alignment->pattern;
	const PatternHeader *header = &pattern->header;
	const AlignmentMove *next = &alignment->moves[index];
	const AlignmentMove *before = next - 1;
	int64_t		at = alignment->at[event];

	if (alignment->extra[event])
		return true;
	if (index == 0)
		return (header->flags & PATTERN_ANCHORED_START) != 0 ||
			(next->event != PATTERN_NONE && alignment_is_beside(alignment, event, &header->before, at, next->moment));
	if (index == alignment->move_count)
		return (header->flags & PATTERN_ANCHORED_END) != 0 ||
			(before->event != PATTERN_NONE && alignment_is_beside(alignment, event, &header->after, before->moment, at));
	if (next->gate == PATTERN_NONE)
		return true;
	return at > before->moment && at < next->moment &&
		alignment_is_of_class(alignment, event, pattern->gates[next->gate].excluded);
}

/* Events [from, until) before a move fill nothing unless they are used. */
static void
add_extra(Conformance *conformance, const Alignment *alignment, uint32_t from, uint32_t until, uint32_t index)
{
	for (uint32_t event = from; event < until; event++)
	{
		Deviation	deviation = {DEVIATION_EXTRA, PATTERN_NONE, PATTERN_NONE, event, 0, 0, 0};

		if (!alignment->used[event] && is_extra(alignment, event, index))
			add_deviation(conformance, deviation);
	}
}

static void
add_move(Conformance *conformance, const Alignment *alignment, uint32_t index)
{
	const Pattern *pattern = alignment->pattern;
	const AlignmentMove *move = &alignment->moves[index];
	Deviation	deviation = {DEVIATION_SKIPPED, pattern->positions[move->position].step, move->position, PATTERN_NONE, 0, 0, 0};
	uint64_t	least = (pattern->header.flags & PATTERN_STRICTLY) ? 1 : 0;
	uint64_t	most = PATTERN_FOREVER;

	if (move->event == PATTERN_NONE)
	{
		add_deviation(conformance, deviation);
		return;
	}
	if (index == 0 || move[-1].event == PATTERN_NONE)
		return;
	if (move->gate != PATTERN_NONE)
	{
		least = (uint64_t) pattern->gates[move->gate].least;
		most = (uint64_t) pattern->gates[move->gate].most;
	}
	deviation.position = PATTERN_NONE;
	deviation.event = move->event;
	deviation.waited = (int64_t) ((uint64_t) move->moment - (uint64_t) move[-1].moment);
	deviation.kind = (uint64_t) deviation.waited < least ? DEVIATION_TOO_EARLY : DEVIATION_TOO_LATE;
	if (deviation.kind == DEVIATION_TOO_EARLY || (most != PATTERN_FOREVER && (uint64_t) deviation.waited > most))
		add_deviation(conformance, deviation);
}

/* The whole took longer than `within`. */
static void
add_overdue(Conformance *conformance, const Alignment *alignment)
{
	Deviation	deviation = {DEVIATION_TOO_LATE, PATTERN_NONE, PATTERN_NONE, PATTERN_NONE, 0, 0, 0};
	int64_t		within = alignment->pattern->header.within;
	const AlignmentMove *first = NULL;
	const AlignmentMove *last = NULL;

	for (uint32_t i = 0; i < alignment->move_count; i++)
	{
		if (alignment->moves[i].event == PATTERN_NONE)
			continue;
		last = &alignment->moves[i];
		first = first ? first : last;
	}
	if (first && within != PATTERN_FOREVER && (uint64_t) last->moment - (uint64_t) first->moment > (uint64_t) within)
		add_deviation(conformance, deviation);
}

/* The deviations on the cheapest way, in order. */
static void
list_deviations(Conformance *conformance, const Alignment *alignment)
{
	uint32_t	event = 0;

	for (uint32_t i = 0; i < alignment->move_count; i++)
	{
		/* the events of an instant may be used in another order than theirs */
		if (alignment->moves[i].layer > event)
		{
			add_extra(conformance, alignment, event, alignment->moves[i].layer, i);
			event = alignment->moves[i].layer;
		}
		add_move(conformance, alignment, i);
	}
	add_overdue(conformance, alignment);
	add_extra(conformance, alignment, event, alignment->events, alignment->move_count);
}

/* The first event of no use that could have filled a position; in a chain of its instant the first touchpoint. */
static uint32_t
find_elsewhere(const Alignment *alignment, uint32_t position)
{
	bool		chain = (alignment->pattern->header.flags & PATTERN_CHAIN) != 0;
	uint32_t	found = PATTERN_NONE;

	for (uint32_t event = 0; event < alignment->events; event++)
	{
		if (found != PATTERN_NONE && (!chain || alignment->at[event] != alignment->at[found]))
			break;
		if (!alignment->used[event] && alignment_fills(alignment, event, position) &&
			(found == PATTERN_NONE || alignment->code[event] < alignment->code[found]))
			found = event;
	}
	return found;
}

/*
 * What was skipped at its place and came at another is one deviation, not two:
 * the step is out of order, and its event not extra.
 */
static void
find_misplaced(Conformance *conformance, Alignment *alignment)
{
	bool	   *moved = host_alloc_zero((size_t) alignment->events + 1);
	uint32_t	kept = 0;

	for (uint32_t i = 0; i < conformance->count; i++)
	{
		Deviation  *deviation = &conformance->deviations[i];
		uint32_t	event;

		if (deviation->kind != DEVIATION_SKIPPED)
			continue;
		event = find_elsewhere(alignment, deviation->position);
		if (event == PATTERN_NONE)
			continue;
		alignment->used[event] = true;
		moved[event] = true;
		deviation->kind = DEVIATION_OUT_OF_ORDER;
		deviation->event = event;
	}
	for (uint32_t i = 0; i < conformance->count; i++)
	{
		Deviation  *deviation = &conformance->deviations[i];

		if (deviation->kind == DEVIATION_EXTRA && moved[deviation->event])
			continue;
		if (deviation->event != PATTERN_NONE)
		{
			deviation->at = alignment->at[deviation->event];
			deviation->code = alignment->code[deviation->event];
			deviation->event = alignment->number[deviation->event];
		}
		conformance->deviations[kept++] = *deviation;
	}
	conformance->count = kept;
	host_free(moved);
}

static bool
any_extra(const JourneyView *view, const bool *extra)
{
	for (uint32_t code = 0; extra && code < view->touchpoints; code++)
	{
		if (extra[code])
			return true;
	}
	return false;
}

void
conformance_find(Conformance *conformance, PatternMatcher *matcher,
				 const JourneyView *view, const bool *extra)
{
	Alignment	alignment;

	memset(conformance, 0, sizeof(*conformance));
	/* what matches has nothing to be aligned: that is found faster */
	if (!any_extra(view, extra) && pattern_has_match(matcher))
	{
		conformance->fitness = 1;
		return;
	}
	alignment_find(&alignment, matcher, view, extra);
	list_deviations(conformance, &alignment);
	find_misplaced(conformance, &alignment);
	conformance->fitness = conformance->count == 0 ? 1 :
		conformance->count >= alignment.worst ? 0 : 1 - (double) conformance->count / (double) alignment.worst;
	alignment_free(&alignment);
}
