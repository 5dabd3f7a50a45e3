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
 * ways there of which none is better than another (alignment_ways.h).  An event
 * that is extra wherever it is costs all ways the same, and those that use it
 * get that back.
 */
#include "sequence/alignment.h"

/* Ways to look back on. */
#define MAX_NODES (UINT32_C(1) << 25)

/* Ways to one position in one instant. */
#define MAX_WAYS 2048

static void too_many_ways(const char *where, uint32_t limit) HOST_NORETURN;

static void
too_many_ways(const char *where, uint32_t limit)
{
	host_fail(HOST_LIMIT, "journey can go through this pattern in too many ways",
			  host_format("More than %u ways %s may each be the best.", limit, where),
			  "Leave out limits of time between steps that the same events can serve, or cut the journey.");
}

/* ----- arriving ----- */

static uint32_t
add_node(Alignment *alignment, uint32_t before, uint32_t position, uint32_t gate, uint32_t event, uint32_t layer)
{
	if (alignment->node_count == alignment->node_capacity)
	{
		if (alignment->node_count >= MAX_NODES)
			too_many_ways("in all", MAX_NODES);
		alignment->node_capacity = (uint32_t) checked_growth(alignment->node_capacity, 64);
		alignment->nodes = alignment->nodes ?
			host_realloc_array(alignment->nodes, alignment->node_capacity, sizeof(AlignmentNode)) :
			host_alloc_array(alignment->node_capacity, sizeof(AlignmentNode));
	}
	alignment->nodes[alignment->node_count] = (AlignmentNode) {before, position, gate, event, layer, alignment->moment};
	return alignment->node_count++;
}

static void
mark_dirty(Alignment *alignment, uint32_t position)
{
	alignment->dirty[position] = true;
	if (position < alignment->lowest)
		alignment->lowest = position;
	if (position > alignment->highest)
		alignment->highest = position;
}

/*
 * The whole pattern is done, if a way that comes to a position is taken.  What
 * is extra behind the last step counts only here, so no other way to the
 * position can be better for that.
 */
static bool
completes(const Alignment *alignment, const Way *way, uint32_t position, uint32_t event, int64_t *cost)
{
	const PatternHeader *header = &alignment->pattern->header;

	if (alignment->pattern->positions[position].level < header->levels)
		return false;
	*cost = way->cost;
	if (header->flags & PATTERN_ANCHORED_END)
	{
		int64_t		plain = alignment->plain + (event != PATTERN_NONE && !alignment->extra[event]);

		*cost += (alignment->events - alignment->extra_count - plain) * WAY_ORDER;
	}
	if (way->last != WAY_SKIPPED)
		*cost += alignment_after(alignment, way->last) * WAY_ORDER;
	/* of equals the one that was done later */
	return *cost < alignment->best_cost || (*cost == alignment->best_cost && way->last != WAY_SKIPPED);
}

void
alignment_arrive(Alignment *alignment, uint32_t position, Way *way, uint32_t gate, uint32_t event, uint32_t layer)
{
	WayList    *list = &alignment->arrived[position];
	bool		judged = alignment->judged[position];
	uint32_t	before = way->node;
	uint32_t	kept = 0;
	int64_t		cost;

	way->node = PATTERN_NONE;
	if (completes(alignment, way, position, event, &cost))
	{
		alignment->best = way->node = add_node(alignment, before, position, gate, event, layer);
		alignment->best_cost = cost;
	}
	for (uint32_t i = 0; i < list->count; i++)
	{
		if (way_beats(&list->ways[i], way, alignment_lack(alignment, position, &list->ways[i], way), judged))
			return;
	}
	for (uint32_t i = 0; i < list->count; i++)
	{
		if (!way_beats(way, &list->ways[i], alignment_lack(alignment, position, way, &list->ways[i]), judged))
			list->ways[kept++] = list->ways[i];
	}
	list->count = kept;
	if (list->count == MAX_WAYS)
		too_many_ways("of one instant", MAX_WAYS);
	if (way->node == PATTERN_NONE)
		way->node = add_node(alignment, before, position, gate, event, layer);
	way_list_push(list, way);
	mark_dirty(alignment, position);
}

void
alignment_fill(Alignment *alignment, uint32_t position, const Way *from, uint32_t gate,
			   uint32_t event, uint32_t layer, uint64_t used)
{
	int64_t		at = alignment->at[event];
	Way			way = *from;

	if (way.first == WAY_NOT_BEGUN)
		way.first = at;
	else if (way.first != WAY_NOT_JUDGED &&
			 (uint64_t) at - (uint64_t) way.first > (uint64_t) alignment->pattern->header.within)
	{
		way.cost++;
		way.first = WAY_NOT_JUDGED;
	}
	/* all have paid for it already */
	if (alignment->extra[event])
		way.cost -= WAY_ORDER;
	way.last = at;
	way.used = used;
	alignment_arrive(alignment, position, &way, gate, event, layer);
}

static void
skip(Alignment *alignment, uint32_t position, const Way *from, uint32_t gate, uint32_t layer)
{
	Way			way = *from;

	way.cost += WAY_ORDER;
	way.last = WAY_SKIPPED;
	alignment_arrive(alignment, position, &way, gate, PATTERN_NONE, layer);
}

/* ----- where ways wait ----- */

/* The way of a match that has not begun: at the very beginning all before it is extra. */
static Way
not_begun(const Alignment *alignment)
{
	const PatternHeader *header = &alignment->pattern->header;
	Way			way = {0, WAY_SKIPPED, WAY_NOT_BEGUN, 0, PATTERN_NONE};

	if (header->within == PATTERN_FOREVER)
		way.first = WAY_NOT_JUDGED;
	if (header->flags & PATTERN_ANCHORED_START)
		way.cost = alignment->plain * WAY_ORDER;
	return way;
}

static void
fill_from_position(Alignment *alignment, uint32_t from, uint32_t position, uint32_t event, uint32_t layer)
{
	const WayList *list = &alignment->staying[from];
	bool		strictly = (alignment->pattern->header.flags & PATTERN_STRICTLY) != 0;

	for (uint32_t i = 0; i < list->count; i++)
	{
		Way			way = list->ways[i];

		way.cost += alignment->plain * WAY_ORDER;
		if (strictly && way.last == alignment->at[event])
			way.cost++;
		alignment_fill(alignment, position, &way, PATTERN_NONE, event, layer, 0);
	}
}

/* All ways by which an event can fill positions, from where they waited before. */
static void
fill_from_before(Alignment *alignment, uint32_t event, uint32_t layer, uint64_t used)
{
	const PatternMatcher *matcher = alignment->matcher;
	const PatternSignature *signature = &matcher->signatures[alignment->signature[event]];
	int64_t		at = alignment->at[event];

	for (uint32_t i = 0; i < signature->position_count; i++)
	{
		uint32_t	position = signature->positions[i];

		for (uint32_t k = matcher->into_from[position]; k < matcher->into_from[position + 1]; k++)
		{
			Way			choices[WAY_GATE_CHOICES];
			uint32_t	count = way_gate_leave(&alignment->gates[matcher->into[k]], at, choices);

			for (uint32_t c = 0; c < count; c++)
				alignment_fill(alignment, position, &choices[c], matcher->into[k], event, layer, used);
		}
		if (alignment->immediate)
		{
			for (uint32_t k = alignment->into_from[position]; k < alignment->into_from[position + 1]; k++)
				fill_from_position(alignment, alignment->into[k], position, event, layer);
		}
		if (alignment->pattern->positions[position].first)
		{
			Way			way = not_begun(alignment);

			way.cost += alignment_before(alignment, at) * WAY_ORDER;
			alignment_fill(alignment, position, &way, PATTERN_NONE, event, layer, used);
		}
	}
}

/* ----- skipping ----- */

static void
skip_behind_gate(Alignment *alignment, uint32_t index, const Way *way, uint32_t layer)
{
	const PatternGate *gate = &alignment->pattern->gates[index];

	for (uint32_t i = gate->targets; i < gate->targets_end; i++)
		skip(alignment, alignment->pattern->targets[i], way, index, layer);
}

/* From wherever ways wait. */
static void
skip_from_before(Alignment *alignment, uint32_t layer)
{
	const Pattern *pattern = alignment->pattern;
	Way			begin = not_begun(alignment);

	for (uint32_t i = 0; i < pattern->header.first_count; i++)
		skip(alignment, pattern->first[i], &begin, PATTERN_NONE, layer);
	for (uint32_t g = 0; g < pattern->header.gate_count; g++)
	{
		Way			choices[WAY_GATE_CHOICES];
		uint32_t	count = way_gate_skip(&alignment->gates[g], choices);

		for (uint32_t c = 0; c < count; c++)
			skip_behind_gate(alignment, g, &choices[c], layer);
	}
}

/* From where ways have waited for an event that comes immediately next. */
static void
skip_from_staying(Alignment *alignment, uint32_t position, uint32_t layer)
{
	const Pattern *pattern = alignment->pattern;
	const PatternPosition *from = &pattern->positions[position];

	for (uint32_t i = 0; i < alignment->staying[position].count; i++)
	{
		Way			way = alignment->staying[position].ways[i];

		way.cost += alignment->plain * WAY_ORDER;
		for (uint32_t l = from->links; l < from->links_end; l++)
		{
			if (!PATTERN_LINK_IS_GATE(pattern->links[l]))
				skip(alignment, PATTERN_LINK_INDEX(pattern->links[l]), &way, PATTERN_NONE, layer);
		}
	}
}

static void
skip_from_position(Alignment *alignment, uint32_t position, uint32_t layer)
{
	const Pattern *pattern = alignment->pattern;
	const PatternPosition *from = &pattern->positions[position];

	for (uint32_t i = 0; i < alignment->arrived[position].count; i++)
	{
		Way			way = alignment->arrived[position].ways[i];

		for (uint32_t l = from->links; l < from->links_end; l++)
		{
			uint32_t	index = PATTERN_LINK_INDEX(pattern->links[l]);

			if (PATTERN_LINK_IS_GATE(pattern->links[l]))
				skip_behind_gate(alignment, index, &way, layer);
			else
				skip(alignment, index, &way, PATTERN_NONE, layer);
		}
	}
}

/* On from positions where ways have come, until nothing gets better: who skips costs more, so it ends. */
static void
go_on(Alignment *alignment, uint32_t layer)
{
	bool		again = alignment->lowest <= alignment->highest;

	while (again)
	{
		again = false;
		for (uint32_t p = alignment->lowest; p <= alignment->highest; p++)
		{
			if (!alignment->dirty[p])
				continue;
			alignment->dirty[p] = false;
			skip_from_position(alignment, p, layer);
			if (alignment->kind_count > 0)
				alignment_go_on_in_instant(alignment, p, layer);
		}
		for (uint32_t p = alignment->lowest; p <= alignment->highest && !again; p++)
			again = alignment->dirty[p];
	}
}

/* ----- waiting ----- */

/* A way waits in a position for the event that comes next. */
static void
stay(Alignment *alignment, uint32_t position, const Way *way, int64_t now)
{
	WayList    *list = &alignment->staying[position];
	bool		judged = (alignment->pattern->header.flags & PATTERN_STRICTLY) != 0;
	Way			entry = *way;

	entry.cost -= alignment->plain * WAY_ORDER;
	for (uint32_t i = 0, count = list->count; i < count; i++)
	{
		/* of another instant: no limit lies ahead any more */
		Way			old = list->ways[i];

		if (i == 0)
			list->count = 0;
		if (old.last != now)
			old.last = WAY_SKIPPED;
		way_list_add(list, &old, judged);
	}
	way_list_add(list, &entry, judged);
}

/* Who has come to a position waits there or behind its gates. */
static void
settle(Alignment *alignment, int64_t now)
{
	const Pattern *pattern = alignment->pattern;

	for (uint32_t p = alignment->lowest; p <= alignment->highest; p++)
	{
		const PatternPosition *position = &pattern->positions[p];
		WayList    *list = &alignment->arrived[p];

		for (uint32_t i = 0; i < list->count; i++)
		{
			bool		stays = false;

			list->ways[i].used = 0;
			for (uint32_t l = position->links; l < position->links_end; l++)
			{
				if (PATTERN_LINK_IS_GATE(pattern->links[l]))
					way_gate_enter(&alignment->gates[PATTERN_LINK_INDEX(pattern->links[l])], &list->ways[i], now);
				else
					stays = true;
			}
			if (stays)
				stay(alignment, p, &list->ways[i], now);
		}
		list->count = 0;
	}
	alignment->lowest = UINT32_MAX;
	alignment->highest = 0;
}

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
		skip_from_before(alignment, from);
		for (uint32_t p = 0; p < alignment->pattern->header.position_count && alignment->immediate; p++)
			skip_from_staying(alignment, p, from);
		go_on(alignment, from);
		settle(alignment, alignment->at[from]);
	}
	for (uint32_t event = from; event < until; event++)
	{
		uint32_t	layer = event + 1;

		host_check_interrupts();
		alignment->moment = event;
		fill_from_before(alignment, event, layer, 0);
		alignment->plain += !alignment->extra[event];
		if (alignment->immediate || charging || (anchored && layer == alignment->events))
			skip_from_before(alignment, layer);
		go_on(alignment, layer);
		settle(alignment, alignment->at[event]);
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
		fill_from_before(alignment, alignment->kinds[i].event, until, alignment_use(&alignment->kinds[i], 0));
	if (charging)
	{
		skip_from_before(alignment, until);
		go_on(alignment, until);
		end_instant(alignment, alignment->at[from]);
	}
	else
		go_on(alignment, until);
	settle(alignment, alignment->at[from]);
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

/* One event more of its kind in the instant that is not used yet. */
static uint32_t
use_one_alike(Alignment *alignment, uint32_t event)
{
	uint32_t	signature = alignment->signature[event];
	bool		extra = alignment->extra[event];

	while (alignment->used[event] || alignment->signature[event] != signature || alignment->extra[event] != extra)
		event++;
	alignment->used[event] = true;
	return event;
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

	skip_from_before(alignment, 0);
	go_on(alignment, 0);
	settle(alignment, INT64_MIN);
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
