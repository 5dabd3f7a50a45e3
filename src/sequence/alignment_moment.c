/*
 * alignment_moment.c
 *		What an event changes about the ways through a pattern.
 *
 * Ways come to the positions that it fills, from wherever they waited; they go
 * on from there by skipping; then they wait again, in positions for the event
 * that comes immediately next, behind gates for any later one.  An event that
 * is extra wherever it is costs all ways the same, and those that use it get
 * that back.
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

static void
arrive(Alignment *alignment, uint32_t position, Way *way, uint32_t gate, uint32_t event, uint32_t layer)
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
	arrive(alignment, position, &way, gate, event, layer);
}

static void
skip(Alignment *alignment, uint32_t position, const Way *from, uint32_t gate, uint32_t layer)
{
	Way			way = *from;

	way.cost += WAY_ORDER;
	way.last = WAY_SKIPPED;
	arrive(alignment, position, &way, gate, PATTERN_NONE, layer);
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
void
alignment_fill_from_before(Alignment *alignment, uint32_t event, uint32_t layer, uint64_t used)
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
void
alignment_skip_from_before(Alignment *alignment, uint32_t layer)
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
void
alignment_skip_from_staying(Alignment *alignment, uint32_t position, uint32_t layer)
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
void
alignment_go_on(Alignment *alignment, uint32_t layer)
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
void
alignment_settle(Alignment *alignment, int64_t now)
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
