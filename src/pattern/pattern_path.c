/*
 * pattern_path.c
 *		Which events fill which positions of a match whose ends are known.
 *
 * Backwards over the events of the match: from which positions can its end be
 * reached, and which gates lead on?  Then forwards, always taking the best way
 * that leads to the end: links in their order, behind a gate the earliest
 * event, of the positions that it can fill the first.
 *
 * A slot is one event, in a chain one instant.
 */
#include "pattern/pattern_match.h"

typedef struct Slot
{
	uint32_t	from;			/* events [from, until) */
	uint32_t	until;
	int64_t		at;
} Slot;

/* Backwards, for a gate: the nearest slot behind it from which the end is reached. */
typedef struct Ahead
{
	int64_t		best;			/* its time; INT64_MAX if there is none */
	uint32_t	early;			/* slots nearer than `least`, by time falling: */
	uint32_t	early_count;	/* early, and how many behind it */
	int64_t		excluded;		/* earliest time of an excluded event, */
	int64_t		excluded_next;	/* and the next later one */
} Ahead;

typedef struct Walk
{
	PatternScan *scan;
	PatternMatcher *matcher;
	const Pattern *pattern;
	const PatternFound *found;
	bool		chain;
	Slot	   *slots;
	uint32_t	slot_count;
	size_t		position_words;
	size_t		gate_words;
	uint64_t   *reach;			/* by slot: bits of positions that can be filled first in it */
	uint64_t   *open;			/* by slot: bits of gates that lead on behind it */
	Ahead	   *ahead;
	int64_t   **early;			/* by gate: times of slots, in order of arrival */
	PatternPath *path;
} Walk;

static uint64_t *
reach_of(const Walk *walk, uint32_t slot)
{
	return walk->reach + slot * walk->position_words;
}

static uint64_t *
open_of(const Walk *walk, uint32_t slot)
{
	return walk->open + slot * walk->gate_words;
}

static void
list_slots(Walk *walk)
{
	const PatternEvents *events = &walk->matcher->events;
	uint32_t	end = walk->found->end;
	uint32_t	at = walk->found->start;
	size_t		capacity = 16;

	if (walk->chain)
	{
		while (at > 0 && events->at[at - 1] == events->at[at])
			at--;
	}
	/* an instant of many events is one slot, so the number of events says nothing */
	walk->slots = host_alloc_array(capacity, sizeof(Slot));
	for (walk->slot_count = 0; at <= end; walk->slot_count++)
	{
		Slot	   *slot;

		if (walk->slot_count == capacity)
		{
			capacity = checked_growth(capacity, capacity + 1);
			walk->slots = host_realloc_array(walk->slots, capacity, sizeof(Slot));
		}
		slot = &walk->slots[walk->slot_count];
		slot->from = at;
		slot->at = events->at[at];
		at = walk->chain ? chain_instant_end(walk->matcher, at) : at + 1;
		slot->until = at;
	}
}

/* ----- backwards ----- */

/* Does the gate lead from time `at` to a slot behind it? */
static bool
leads_on(const PatternGate *gate, const Ahead *ahead, int64_t at)
{
	int64_t		excluded = ahead->excluded > at ? ahead->excluded : ahead->excluded_next;

	return ahead->best != INT64_MAX && excluded >= ahead->best &&
		(uint64_t) ahead->best - (uint64_t) at <= (uint64_t) gate->most;
}

/* Slots that have become far enough away from time `at`. */
static void
look_ahead(Walk *walk, uint32_t gate, int64_t at)
{
	Ahead	   *ahead = &walk->ahead[gate];

	while (ahead->early < ahead->early_count &&
		   (uint64_t) walk->early[gate][ahead->early] - (uint64_t) at >= (uint64_t) walk->pattern->gates[gate].least)
		ahead->best = walk->early[gate][ahead->early++];
}

/* The end can be reached by filling one of the gate's positions at time `at`. */
static void
put_ahead(Walk *walk, uint32_t gate, int64_t at)
{
	Ahead	   *ahead = &walk->ahead[gate];

	if (walk->pattern->gates[gate].least == 0)
	{
		ahead->best = at;
		return;
	}
	if (walk->early[gate] == NULL)
		walk->early[gate] = host_alloc_array(walk->slot_count, sizeof(int64_t));
	walk->early[gate][ahead->early_count++] = at;
}

static void
exclude_ahead(Walk *walk, uint32_t gate, int64_t at)
{
	Ahead	   *ahead = &walk->ahead[gate];

	if (ahead->excluded == at)
		return;
	ahead->excluded_next = ahead->excluded;
	ahead->excluded = at;
}

/* An event closes gates before it. */
static void
exclude_by(Walk *walk, uint32_t event, int64_t at)
{
	const PatternSignature *signature = &walk->matcher->signatures[walk->matcher->events.signature[event]];

	for (uint32_t g = 0; g < signature->excluded_count; g++)
		exclude_ahead(walk, signature->excluded[g], at);
}

/* May the match end with this position, filled in this slot, by this event? */
static bool
may_end(const Walk *walk, uint32_t slot, uint32_t position, uint32_t event)
{
	return slot + 1 == walk->slot_count &&
		walk->pattern->positions[position].level >= walk->scan->goal &&
		(walk->found->only_end == PATTERN_NO_EVENT || walk->found->only_end == event);
}

/* Can the end be reached from behind this position, in later slots or at once? */
static bool
leads_to_end(const Walk *walk, uint32_t slot, uint32_t position, uint32_t event)
{
	const PatternPosition *from = &walk->pattern->positions[position];

	if (may_end(walk, slot, position, event))
		return true;
	for (uint32_t l = from->links; l < from->links_end; l++)
	{
		uint32_t	index = PATTERN_LINK_INDEX(walk->pattern->links[l]);

		if (PATTERN_LINK_IS_GATE(walk->pattern->links[l]))
		{
			if (pattern_bit(open_of(walk, slot), index))
				return true;
		}
		else if (slot + 1 < walk->slot_count && pattern_bit(reach_of(walk, slot + 1), index) &&
				 ((walk->pattern->header.flags & PATTERN_STRICTLY) == 0 ||
				  walk->slots[slot].at < walk->slots[slot + 1].at))
			return true;
	}
	return false;
}

/* In a chain: can the last demand, and what may follow it in this instant, lead to the end? */
static bool
instant_leads_to_end(Walk *walk, uint32_t slot, uint32_t entry_step)
{
	PatternMatcher *matcher = walk->matcher;
	ChainInstant *instant = matcher->instant;
	uint32_t	at = instant->position[instant->count - 1];
	const PatternPosition *position = &walk->pattern->positions[at];

	host_check_stack();
	host_check_interrupts();
	if (walk->found->only_end != PATTERN_NO_EVENT && slot + 1 == walk->slot_count)
	{
		/* the last event is known: it must be the one of the last demand */
		if (position->level >= walk->scan->goal)
		{
			uint32_t	last = instant->count - 1;
			bool		fixed = instant->fixed[last];
			bool		possible = false;

			if (fixed)
				possible = instant->events[instant->held[last]] == walk->found->only_end;
			else
			{
				chain_withdraw(matcher);
				for (uint32_t i = 0; i < instant->event_count && !possible; i++)
				{
					if (instant->events[i] == walk->found->only_end)
						possible = chain_demand(matcher, at, i);
				}
				if (!possible)
					chain_demand(matcher, at, PATTERN_NO_EVENT);
			}
			instant->fixed[last] = fixed;
			if (possible)
				return true;
		}
	}
	else if (leads_to_end(walk, slot, at, 0))
		return true;
	for (uint32_t l = position->links; l < position->links_end; l++)
	{
		const PatternGate *gate = &walk->pattern->gates[PATTERN_LINK_INDEX(walk->pattern->links[l])];

		if (gate->least > 0)
			continue;
		for (uint32_t t = gate->targets; t < gate->targets_end; t++)
		{
			uint32_t	target = walk->pattern->targets[t];
			bool		leads;

			if (!chain_goes_on(matcher, entry_step, at, target) ||
				instant->count == instant->event_count || !chain_visit(matcher, target) ||
				!chain_demand(matcher, target, PATTERN_NO_EVENT))
				continue;
			leads = instant_leads_to_end(walk, slot, entry_step);
			chain_withdraw(matcher);
			if (leads)
				return true;
		}
	}
	return false;
}

/* Demands one position more and asks whether that leads to the end; leaves it demanded if so. */
static bool
try_demand(Walk *walk, uint32_t slot, uint32_t entry_step, uint32_t position, int64_t only_event)
{
	if (!chain_demand(walk->matcher, position, only_event))
		return false;
	chain_new_visit(walk->matcher);
	chain_visit(walk->matcher, position);
	if (instant_leads_to_end(walk, slot, entry_step))
		return true;
	chain_withdraw(walk->matcher);
	return false;
}

/* Index into the events of the instant of one event of the journey. */
static int64_t
event_index(const ChainInstant *instant, int64_t event)
{
	for (uint32_t i = 0; i < instant->event_count; i++)
	{
		if (instant->events[i] == event)
			return i;
	}
	return PATTERN_NO_EVENT;
}

static void
reach_slot(Walk *walk, uint32_t slot)
{
	PatternMatcher *matcher = walk->matcher;
	const Slot *events = &walk->slots[slot];
	uint64_t   *reach = reach_of(walk, slot);

	if (walk->chain)
		chain_open(walk->scan, events->from, events->until, walk->found->only_start, walk->found->only_end);
	for (uint32_t p = 0; p < walk->pattern->header.position_count; p++)
	{
		int64_t		only = PATTERN_NO_EVENT;

		if (!walk->chain)
		{
			if (pattern_fills(matcher, events->from, p) && leads_to_end(walk, slot, p, events->from))
				pattern_set_bit(reach, p);
			continue;
		}
		if (slot == 0 && walk->found->only_start != PATTERN_NO_EVENT)
			only = event_index(matcher->instant, walk->found->only_start);
		if (try_demand(walk, slot, walk->pattern->positions[p].step, p, only))
		{
			chain_withdraw(matcher);
			pattern_set_bit(reach, p);
		}
	}
}

static void
walk_backwards(Walk *walk)
{
	for (uint32_t g = 0; g < walk->pattern->header.gate_count; g++)
		walk->ahead[g] = (Ahead) {INT64_MAX, 0, 0, INT64_MAX, INT64_MAX};
	for (uint32_t slot = walk->slot_count; slot-- > 0;)
	{
		const Slot *events = &walk->slots[slot];
		uint64_t   *open = open_of(walk, slot);

		if (slot % 1024 == 1023)
			host_check_interrupts();
		for (uint32_t g = 0; g < walk->pattern->header.gate_count; g++)
		{
			look_ahead(walk, g, events->at);
			if (leads_on(&walk->pattern->gates[g], &walk->ahead[g], events->at))
				pattern_set_bit(open, g);
		}
		reach_slot(walk, slot);
		for (uint32_t g = 0; g < walk->pattern->header.gate_count; g++)
		{
			const PatternGate *gate = &walk->pattern->gates[g];
			bool		reached = false;

			for (uint32_t t = gate->targets; t < gate->targets_end && !reached; t++)
				reached = pattern_bit(reach_of(walk, slot), walk->pattern->targets[t]);
			if (reached)
				put_ahead(walk, g, events->at);
		}
		/* those alike exclude alike */
		for (uint32_t i = events->from; i != PATTERN_NONE;
			 i = events->until == events->from + 1 ? PATTERN_NONE : chain_next_kind(walk->matcher, events->from, i))
			exclude_by(walk, i, events->at);
	}
}

/* ----- forwards ----- */

static void
put_filled(PatternPath *path, uint32_t event, uint32_t position)
{
	if (path->count == path->capacity)
	{
		path->capacity = checked_growth(path->capacity, path->count + 1);
		path->filled = path->filled == NULL ?
			host_alloc_array(path->capacity, sizeof(PatternFilled)) :
			host_realloc_array(path->filled, path->capacity, sizeof(PatternFilled));
	}
	path->filled[path->count++] = (PatternFilled) {event, position};
}

/* Fills a position in a slot of a chain by the earliest event that leads to the end. */
static bool
fill_in_instant(Walk *walk, uint32_t slot, uint32_t entry_step, uint32_t position, int64_t only_event)
{
	ChainInstant *instant = walk->matcher->instant;

	for (uint32_t i = 0; i < instant->event_count; i++)
	{
		if ((only_event != PATTERN_NO_EVENT && only_event != i) ||
			!try_demand(walk, slot, entry_step, position, i))
			continue;
		put_filled(walk->path, instant->events[i], position);
		return true;
	}
	return false;
}

/* Fills the first of the positions that the slot can; false if none. */
static bool
fill_in_slot(Walk *walk, uint32_t slot, const uint32_t *positions, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t	position = positions[i];
		int64_t		only = PATTERN_NO_EVENT;

		if (!pattern_bit(reach_of(walk, slot), position))
			continue;
		if (!walk->chain)
		{
			put_filled(walk->path, walk->slots[slot].from, position);
			return true;
		}
		chain_open(walk->scan, walk->slots[slot].from, walk->slots[slot].until,
				   walk->found->only_start, walk->found->only_end);
		if (slot == 0 && walk->found->only_start != PATTERN_NO_EVENT)
			only = event_index(walk->matcher->instant, walk->found->only_start);
		if (fill_in_instant(walk, slot, walk->pattern->positions[position].step, position, only))
			return true;
	}
	return false;
}

/* The first slot behind the gate from which the end is reached, filled; false if none. */
static bool
pass_gate(Walk *walk, uint32_t *slot, const PatternGate *gate)
{
	int64_t		at = walk->slots[*slot].at;

	for (uint32_t next = *slot + 1; next < walk->slot_count; next++)
	{
		uint64_t	gap = (uint64_t) walk->slots[next].at - (uint64_t) at;

		if (gap > (uint64_t) gate->most)
			return false;
		if (gap >= (uint64_t) gate->least &&
			fill_in_slot(walk, next, walk->pattern->targets + gate->targets, gate->targets_end - gate->targets))
		{
			*slot = next;
			return true;
		}
	}
	return false;
}

/* One position more behind the last one; false at the end. */
static bool
go_on(Walk *walk, uint32_t *slot)
{
	const Pattern *pattern = walk->pattern;
	PatternFilled last = walk->path->filled[walk->path->count - 1];
	const PatternPosition *position = &pattern->positions[last.position];

	if (may_end(walk, *slot, last.position, last.event))
		return false;
	for (uint32_t l = position->links; l < position->links_end; l++)
	{
		uint32_t	index = PATTERN_LINK_INDEX(pattern->links[l]);
		const PatternGate *gate = &pattern->gates[index];

		if (!PATTERN_LINK_IS_GATE(pattern->links[l]))
		{
			if (*slot + 1 < walk->slot_count &&
				((pattern->header.flags & PATTERN_STRICTLY) == 0 || walk->slots[*slot].at < walk->slots[*slot + 1].at) &&
				fill_in_slot(walk, *slot + 1, &index, 1))
			{
				++*slot;
				return true;
			}
			continue;
		}
		for (uint32_t t = gate->targets; walk->chain && gate->least == 0 && t < gate->targets_end; t++)
		{
			uint32_t	target = pattern->targets[t];

			if (walk->matcher->instant->count < walk->matcher->instant->event_count &&
				fill_in_instant(walk, *slot, pattern->positions[target].step, target, PATTERN_NO_EVENT))
				return true;
		}
		if (pattern_bit(open_of(walk, *slot), index) && pass_gate(walk, slot, gate))
			return true;
	}
	host_fail(HOST_INTERNAL, "the path of a match leads nowhere", NULL, NULL);
}

void
pattern_find_path(PatternScan *scan, const PatternFound *found, PatternPath *path)
{
	PatternMatcher *matcher = scan->matcher;
	const Pattern *pattern = matcher->pattern;
	Walk		walk = {
		.scan = scan, .matcher = matcher, .pattern = pattern, .found = found, .path = path,
		.chain = (pattern->header.flags & PATTERN_CHAIN) != 0,
		.position_words = pattern_words(pattern->header.position_count),
		.gate_words = pattern_words(pattern->header.gate_count)
	};
	uint32_t	slot = 0;

	list_slots(&walk);
	walk.reach = host_alloc_zero(checked_mul_size(walk.slot_count, (walk.position_words + 1) * sizeof(uint64_t)));
	walk.open = host_alloc_zero(checked_mul_size(walk.slot_count, (walk.gate_words + 1) * sizeof(uint64_t)));
	walk.ahead = host_alloc_array((size_t) pattern->header.gate_count + 1, sizeof(Ahead));
	walk.early = host_alloc_zero(((size_t) pattern->header.gate_count + 1) * sizeof(int64_t *));
	walk_backwards(&walk);

	path->count = 0;
	if (!fill_in_slot(&walk, 0, pattern->first, pattern->header.first_count))
		host_fail(HOST_INTERNAL, "a match has no beginning", NULL, NULL);
	while (go_on(&walk, &slot))
		host_check_interrupts();
	if (scan->overlap == OVERLAP_NONE)
	{
		for (uint32_t i = 0; i < path->count; i++)
			matcher->events.used[path->filled[i].event] = true;
	}

	for (uint32_t g = 0; g < pattern->header.gate_count; g++)
	{
		if (walk.early[g])
			host_free(walk.early[g]);
	}
	host_free(walk.early);
	host_free(walk.ahead);
	host_free(walk.open);
	host_free(walk.reach);
	host_free(walk.slots);
}
