/*
 * alignment.c
 *		The cheapest way of a journey through a pattern.
 *
 * A way goes from position to position of the pattern's automaton.  It fills a
 * position by an event, as the pattern wants it (free), or passes it without
 * one (it is skipped).  Events between are left aside: free behind a gate,
 * otherwise extra.  A skipped position is passed at the moment of some event:
 * what a gate excludes is extra strictly between the moments of the positions
 * before and behind it, as if the missing event had come just then.  Limits of
 * time beside a skipped position are not judged.
 *
 * After each event every position, and what waits behind every gate, knows the
 * ways there of which none is better than another (alignment_ways.h).  What
 * happens at one moment is in alignment_moment.c; here moments follow each
 * other, and the way is walked back.
 */
#include "sequence/alignment.h"

/* ----- instants ----- */

/* Counts what the events [from, until) of one instant exclude; false if nothing. */
static bool
begin_instant(Alignment *alignment, uint32_t from, uint32_t until)
{
	bool		charging = false;

	for (uint32_t i = from; i < until && alignment->excluding; i++)
	{
		const PatternSignature *signature = &alignment->matcher->signatures[alignment->signature[i]];

		for (uint32_t k = 0; k < signature->excluded_count && !alignment->extra[i]; k++)
		{
			alignment->gates[signature->excluded[k]].charging++;
			charging = true;
		}
	}
	return charging;
}

static void
end_instant(Alignment *alignment, int64_t now)
{
	for (uint32_t g = 0; g < alignment->pattern->header.gate_count; g++)
	{
		if (alignment->gates[g].charging > 0)
			way_gate_end_instant(&alignment->gates[g], now);
	}
}

static uint32_t
instant_end(const Alignment *alignment, uint32_t from)
{
	uint32_t	until = from + 1;

	while (until < alignment->events && alignment->at[until] == alignment->at[from])
		until++;
	return until;
}

/* Events of one instant in canonical order. */
static void
take_in_order(Alignment *alignment, uint32_t from, uint32_t until)
{
	bool		charging = begin_instant(alignment, from, until);
	bool		anchored = (alignment->pattern->header.flags & PATTERN_ANCHORED_END) != 0;

	/* a step that is skipped may be of this instant and before all of its events */
	if (charging)
	{
		alignment->moment = from;
		alignment_skip_from_before(alignment, from);
		for (uint32_t p = 0; p < alignment->pattern->header.position_count && alignment->immediate; p++)
			alignment_skip_from_staying(alignment, p, from);
		alignment_go_on(alignment, from);
		alignment_settle(alignment, alignment->at[from]);
	}
	for (uint32_t event = from; event < until; event++)
	{
		uint32_t	layer = event + 1;

		host_check_interrupts();
		alignment->moment = event;
		alignment_fill_from_before(alignment, event, layer, 0);
		alignment->plain += !alignment->extra[event];
		if (alignment->immediate || charging || (anchored && layer == alignment->events))
			alignment_skip_from_before(alignment, layer);
		alignment_go_on(alignment, layer);
		alignment_settle(alignment, alignment->at[event]);
	}
	if (charging)
		end_instant(alignment, alignment->at[from]);
}

/* Events of one instant of a chain, in any order. */
static void
take_together(Alignment *alignment, uint32_t from, uint32_t until)
{
	bool		charging = begin_instant(alignment, from, until);

	host_check_interrupts();
	alignment->moment = from;
	alignment_list_kinds(alignment, from, until);
	for (uint32_t i = 0; i < alignment->kind_count; i++)
		alignment_fill_from_before(alignment, alignment->kinds[i].event, until, alignment_use(&alignment->kinds[i], 0));
	if (charging)
	{
		alignment_skip_from_before(alignment, until);
		alignment_go_on(alignment, until);
		end_instant(alignment, alignment->at[from]);
	}
	else
		alignment_go_on(alignment, until);
	alignment_settle(alignment, alignment->at[from]);
}

/* ----- the whole ----- */

/* Positions before the immediately next one, and where limits lie ahead. */
static void
look_at_links(Alignment *alignment)
{
	const Pattern *pattern = alignment->pattern;
	uint32_t	positions = pattern->header.position_count;
	bool		strictly = (pattern->header.flags & PATTERN_STRICTLY) != 0;

	alignment->into_from = host_alloc_zero(((size_t) positions + 2) * sizeof(uint32_t));
	alignment->judged = host_alloc_zero((size_t) positions + 1);
	for (uint32_t p = 0; p < positions; p++)
	{
		for (uint32_t l = pattern->positions[p].links; l < pattern->positions[p].links_end; l++)
		{
			uint32_t	index = PATTERN_LINK_INDEX(pattern->links[l]);

			if (!PATTERN_LINK_IS_GATE(pattern->links[l]))
			{
				alignment->into_from[index + 2]++;
				alignment->immediate = true;
				alignment->judged[p] |= strictly;
			}
			else
				alignment->judged[p] |= pattern->gates[index].least > 0 || pattern->gates[index].most != PATTERN_FOREVER;
		}
	}
	for (uint32_t p = 2; p < positions + 2; p++)
		alignment->into_from[p] += alignment->into_from[p - 1];
	alignment->into = host_alloc_array((size_t) pattern->header.link_count + 1, sizeof(uint32_t));
	for (uint32_t p = 0; p < positions && alignment->immediate; p++)
	{
		for (uint32_t l = pattern->positions[p].links; l < pattern->positions[p].links_end; l++)
		{
			if (!PATTERN_LINK_IS_GATE(pattern->links[l]))
				alignment->into[alignment->into_from[PATTERN_LINK_INDEX(pattern->links[l]) + 1]++] = p;
		}
	}
	for (uint32_t g = 0; g < pattern->header.gate_count; g++)
	{
		alignment->gates[g].of = &pattern->gates[g];
		alignment->excluding |= pattern->gates[g].excluded != PATTERN_NONE;
	}
}

/* What it costs to fit nothing at all, before the first event: the shortest way skipped, and what is extra. */
static uint64_t
worst_cost(const Alignment *alignment)
{
	const PatternHeader *header = &alignment->pattern->header;
	int64_t		plain = alignment->events - alignment->extra_count;
	int64_t		skipped = alignment->best_cost >> 32;
	int64_t		extra = header->before.most == PATTERN_FOREVER ? alignment->before_count : 0;

	if (header->flags & PATTERN_ANCHORED_END)
		skipped -= plain;
	if (header->flags & PATTERN_ANCHORED_START)
		extra = plain;
	return (uint64_t) (skipped + extra + alignment->extra_count);
}

/*
 * In a chain any event of its kind in the instant will do: the first touchpoint
 * in order that is not used yet, so that what is left does not depend on the
 * order of the events.
 */
static uint32_t
use_one_alike(Alignment *alignment, uint32_t event)
{
	uint32_t	best = event;
	bool		chain = (alignment->pattern->header.flags & PATTERN_CHAIN) != 0;

	for (uint32_t i = event; chain && i < alignment->events && alignment->at[i] == alignment->at[event]; i++)
	{
		if (!alignment->used[i] && alignment->signature[i] == alignment->signature[event] &&
			alignment->extra[i] == alignment->extra[event] &&
			(alignment->used[best] || alignment->code[i] < alignment->code[best]))
			best = i;
	}
	alignment->used[best] = true;
	return best;
}

static void
walk_back(Alignment *alignment)
{
	uint32_t	count = 0;

	for (uint32_t node = alignment->best; node != PATTERN_NONE; node = alignment->nodes[node].before)
		count++;
	alignment->moves = host_alloc_array((size_t) count + 1, sizeof(AlignmentMove));
	alignment->move_count = count;
	for (uint32_t node = alignment->best; node != PATTERN_NONE; node = alignment->nodes[node].before)
	{
		const AlignmentNode *of = &alignment->nodes[node];

		alignment->moves[--count] = (AlignmentMove) {of->position, of->gate, of->event, of->layer,
		of->moment == PATTERN_NONE ? INT64_MIN : alignment->at[of->moment]};
	}
	for (uint32_t i = 0; i < alignment->move_count; i++)
	{
		AlignmentMove *move = &alignment->moves[i];

		if (move->event == PATTERN_NONE)
			continue;
		move->event = use_one_alike(alignment, move->event);
		move->layer = move->event;
	}
}

void
alignment_find(Alignment *alignment, PatternMatcher *matcher, const JourneyView *view, const bool *extra)
{
	const PatternHeader *header = &matcher->pattern->header;
	size_t		positions = (size_t) header->position_count + 1;
	bool		chain = (header->flags & PATTERN_CHAIN) != 0;

	memset(alignment, 0, sizeof(*alignment));
	alignment->matcher = matcher;
	alignment->pattern = matcher->pattern;
	alignment->gates = host_alloc_zero(((size_t) header->gate_count + 1) * sizeof(WayGate));
	alignment->arrived = host_alloc_zero(positions * sizeof(WayList));
	alignment->staying = host_alloc_zero(positions * sizeof(WayList));
	alignment->dirty = host_alloc_zero(positions);
	alignment->lowest = UINT32_MAX;
	alignment->best = PATTERN_NONE;
	alignment->best_cost = INT64_MAX;
	alignment->moment = PATTERN_NONE;
	look_at_links(alignment);
	alignment_load(alignment, view, extra);

	alignment_skip_from_before(alignment, 0);
	alignment_go_on(alignment, 0);
	alignment_settle(alignment, INT64_MIN);
	alignment->worst = worst_cost(alignment);
	for (uint32_t from = 0, until; from < alignment->events; from = until)
	{
		until = instant_end(alignment, from);
		if (chain)
			take_together(alignment, from, until);
		else
			take_in_order(alignment, from, until);
	}
	alignment->order = (alignment->best_cost >> 32) + alignment->extra_count;
	alignment->time = WAY_TIME(alignment->best_cost);
	walk_back(alignment);
}

void
alignment_free(Alignment *alignment)
{
	for (uint32_t p = 0; p < alignment->pattern->header.position_count; p++)
	{
		way_list_free(&alignment->arrived[p]);
		way_list_free(&alignment->staying[p]);
	}
	for (uint32_t g = 0; g < alignment->pattern->header.gate_count; g++)
		way_gate_free(&alignment->gates[g]);
	host_free(alignment->gates);
	host_free(alignment->arrived);
	host_free(alignment->staying);
	host_free(alignment->dirty);
	host_free(alignment->judged);
	host_free(alignment->into);
	host_free(alignment->into_from);
	host_free(alignment->nodes);
	host_free(alignment->moves);
	alignment_free_events(alignment);
	alignment_free_kinds(alignment);
}
