/*
 * alignment.c
 *		The cheapest way of a journey through a pattern.
 *
 * States are the places of the pattern's automaton: not begun, behind a
 * position when only the immediately next event may follow, behind a gate when
 * any later one may, and done.  After each event every state knows the
 * cheapest way there.  A way consumes an event as the pattern wants it (free),
 * leaves an event aside (free behind a gate, otherwise it is extra), or passes
 * a position without an event (it is skipped).
 *
 * Ways are compared by deviations, then by limits of time broken, then the one
 * whose last step came later wins: what comes next is then least late.  Behind
 * a gate with a least time, ways wait until it has passed.  A limit broken
 * costs no more than one, and two ways that fill the same position by the same
 * event are equal behind it, so nothing is lost by keeping one way a state.
 */
#include "sequence/alignment.h"

#define NO_WAY UINT64_MAX
#define NO_TIME INT64_MIN

/* Ways to look back on: more is a journey to be cut. */
#define MAX_CELLS ((uint64_t) 1 << 25)

/* One deviation of order, in the upper half of a cost; one of time in the lower. */
#define ORDER_COST (UINT64_C(1) << 32)

typedef struct AlignmentCell
{
	uint64_t	cost;
	int64_t		last;			/* when the step before was done; NO_TIME if it was skipped */
	int64_t		first;			/* when the match began, */
	int64_t		end;			/* and its last event so far */
} Cell;

/* A way that went into a gate. */
typedef struct Entry
{
	Cell		cell;			/* its cost less what the gate had cost by then */
	uint32_t	from;			/* the position, */
	uint32_t	layer;			/* and after how many events */
} Entry;

typedef struct AlignmentGate
{
	uint64_t	cost;			/* of the events that had to be left aside behind it so far */
	bool		has_ready;
	bool		has_best;
	Entry		ready;			/* best of those that `least` lets pass */
	Entry		best;			/* of all */
	Entry	   *waiting;		/* that `least` holds back, in order of time */
	size_t		head;
	size_t		count;
	size_t		capacity;
} Gate;

typedef AlignmentStep Step;

/* ----- events ----- */

static bool
is_of_class(const Alignment *alignment, uint32_t event, uint32_t class)
{
	const PatternSignature *signature = &alignment->matcher->signatures[alignment->signature[event]];

	return class != PATTERN_NONE && ((signature->classes[class >> 6] >> (class & 63)) & 1);
}

/* The lowest position that an event can fill: its place among those of one instant. */
static uint32_t
first_position(const Alignment *alignment, uint32_t event)
{
	const PatternSignature *signature = &alignment->matcher->signatures[alignment->signature[event]];

	return signature->position_count > 0 ? signature->positions[0] : PATTERN_NONE;
}

/* In a chain the order inside an instant means nothing: take that of the steps. */
static void
order_instants(Alignment *alignment)
{
	for (uint32_t i = 1; i < alignment->events; i++)
	{
		int64_t		at = alignment->at[i];
		uint32_t	signature = alignment->signature[i];
		uint32_t	number = alignment->number[i];
		uint32_t	code = alignment->code[i];
		bool		extra = alignment->extra[i];
		uint32_t	place = first_position(alignment, i);
		uint32_t	hole = i;

		/* an instant of very many events stays as it is */
		for (; hole > 0 && i - hole < 1000 && alignment->at[hole - 1] == at &&
			 first_position(alignment, hole - 1) > place; hole--)
		{
			alignment->signature[hole] = alignment->signature[hole - 1];
			alignment->number[hole] = alignment->number[hole - 1];
			alignment->code[hole] = alignment->code[hole - 1];
			alignment->extra[hole] = alignment->extra[hole - 1];
		}
		alignment->signature[hole] = signature;
		alignment->number[hole] = number;
		alignment->code[hole] = code;
		alignment->extra[hole] = extra;
	}
}

static void
load_events(Alignment *alignment, const JourneyView *view, const bool *extra)
{
	PatternMatcher *matcher = alignment->matcher;
	const PatternPlan *plan = pattern_find_plan(matcher, view);
	JourneyCursor cursor;
	JourneyBlock block;
	uint32_t	n = 0;

	alignment->events = view->events;
	alignment->at = host_alloc_array((size_t) view->events + 1, sizeof(int64_t));
	alignment->signature = host_alloc_array((size_t) view->events + 1, sizeof(uint32_t));
	alignment->number = host_alloc_array((size_t) view->events + 1, sizeof(uint32_t));
	alignment->code = host_alloc_array((size_t) view->events + 1, sizeof(uint32_t));
	alignment->extra = host_alloc_array((size_t) view->events + 1, sizeof(bool));
	journey_cursor(&cursor, view, plan->by_value ? JOURNEY_WANT_VALUE : 0);
	while (journey_next(&cursor, &block))
	{
		for (uint32_t i = 0; i < block.count; i++, n++)
		{
			uint32_t	signature = plan->codes[block.code[i]];

			if (signature == PLAN_BY_VALUE)
				signature = pattern_signature_by_value(matcher, plan, block.code[i],
													   block.has_value[i], block.value[i]);
			alignment->at[n] = block.at[i];
			alignment->signature[n] = signature;
			alignment->number[n] = n;
			alignment->code[n] = block.code[i];
			alignment->extra[n] = extra && extra[block.code[i]];
		}
	}
	if (alignment->pattern->header.flags & PATTERN_CHAIN)
		order_instants(alignment);
}

/* ----- ways ----- */

static bool
is_better(const Cell *a, const Cell *b)
{
	if (a->cost != b->cost)
		return a->cost < b->cost;
	if (a->last != b->last)
		return a->last > b->last;
	return a->first > b->first;
}

/* A way into a state of a layer; true if it is the best so far. */
static bool
reach(Alignment *alignment, Cell *cells, uint32_t layer, uint32_t state, const Cell *way, Step step)
{
	if (!is_better(way, &cells[state]))
		return false;
	cells[state] = *way;
	alignment->steps[(size_t) layer * alignment->states + state] = step;
	return true;
}

/* An event fills a position, by a way that may go on to it. */
static void
fill(Alignment *alignment, uint32_t layer, const Cell *cell, Step step, uint32_t position,
	 int64_t least, int64_t most)
{
	int64_t		at = alignment->at[layer - 1];
	Cell		way = *cell;

	step.taken = TAKEN_FILL;
	if (cell->last != NO_TIME)
	{
		uint64_t	waited = (uint64_t) at - (uint64_t) cell->last;

		if (most != PATTERN_FOREVER && waited > (uint64_t) most)
			step.taken = TAKEN_LATE;
		else if (waited < (uint64_t) least)
			step.taken = TAKEN_EARLY;
	}
	if (step.taken != TAKEN_FILL)
		way.cost++;
	way.last = at;
	way.end = at;
	if (way.first == NO_TIME)
		way.first = at;
	reach(alignment, alignment->next, layer, position, &way, step);
}

static bool
skip(Alignment *alignment, Cell *cells, uint32_t layer, const Cell *cell, Step step, uint32_t position)
{
	Cell		way = *cell;

	way.cost += ORDER_COST;
	way.last = NO_TIME;
	step.taken = TAKEN_SKIP;
	return reach(alignment, cells, layer, position, &way, step);
}

/* ----- gates ----- */

/* Costs in a gate are less what it had cost by then, more this, lest they be negative. */
#define GATE_BASE (UINT64_C(1) << 62)

static Cell
leave_gate(const Gate *gate, const Entry *entry)
{
	Cell		cell = entry->cell;

	cell.cost = cell.cost + gate->cost - GATE_BASE;
	return cell;
}

static void
make_ready(Gate *gate, const Entry *entry)
{
	if (!gate->has_ready || is_better(&entry->cell, &gate->ready.cell))
		gate->ready = *entry;
	gate->has_ready = true;
}

static void
enter_gate(Gate *gate, const Cell *cell, uint32_t from, uint32_t layer, int64_t least)
{
	Entry		entry = {*cell, from, layer};

	entry.cell.cost = cell->cost + GATE_BASE - gate->cost;
	if (!gate->has_best || is_better(&entry.cell, &gate->best.cell))
		gate->best = entry;
	gate->has_best = true;
	if (least == 0 || cell->last == NO_TIME)
	{
		make_ready(gate, &entry);
		return;
	}
	if (gate->count == gate->capacity)
	{
		gate->capacity = checked_growth(gate->capacity, gate->count + 1);
		gate->waiting = gate->waiting ?
			host_realloc_array(gate->waiting, gate->capacity, sizeof(Entry)) :
			host_alloc_array(gate->capacity, sizeof(Entry));
	}
	gate->waiting[gate->count++] = entry;
}

/* The time has come to `at`: who has waited long enough is ready. */
static void
open_gate(Gate *gate, int64_t at, int64_t least)
{
	for (; gate->head < gate->count; gate->head++)
	{
		const Entry *entry = &gate->waiting[gate->head];

		if ((uint64_t) at - (uint64_t) entry->cell.last < (uint64_t) least)
			break;
		make_ready(gate, entry);
	}
}

/* ----- events ----- */

/* One event behind a gate: it fills a position, or is left aside. */
static void
take_behind_gate(Alignment *alignment, uint32_t index, uint32_t layer)
{
	const PatternGate *of = &alignment->pattern->gates[index];
	Gate	   *gate = &alignment->gates[index];
	uint32_t	event = layer - 1;
	const Entry *entries[2] = {&gate->ready, &gate->best};

	open_gate(gate, alignment->at[event], of->least);
	for (int i = gate->has_ready ? 0 : 1; i < 2 && gate->has_best; i++)
	{
		Cell		cell = leave_gate(gate, entries[i]);
		Step		step = {entries[i]->from, entries[i]->layer, index, TAKEN_FILL};

		for (uint32_t k = of->targets; k < of->targets_end; k++)
		{
			if (alignment_fills(alignment, event, alignment->pattern->targets[k]))
				fill(alignment, layer, &cell, step, alignment->pattern->targets[k], of->least, of->most);
		}
	}
	if (alignment->extra[event] || is_of_class(alignment, event, of->excluded))
		gate->cost += ORDER_COST;
}

/* Is an event extra where nothing has begun, or all is done? */
static bool
is_outside(const Alignment *alignment, uint32_t event, uint32_t anchored, const PatternSide *side)
{
	return alignment->extra[event] || (alignment->pattern->header.flags & anchored) != 0 ||
		(side->most == PATTERN_FOREVER && is_of_class(alignment, event, side->excluded));
}

static void
set_aside(Alignment *alignment, uint32_t layer, uint32_t state, bool extra)
{
	Cell		aside = alignment->now[state];
	Step		step = {state, layer - 1, PATTERN_NONE, extra ? TAKEN_EXTRA : TAKEN_ASIDE};

	if (extra)
		aside.cost += ORDER_COST;
	reach(alignment, alignment->next, layer, state, &aside, step);
}

static void
take_event(Alignment *alignment, uint32_t layer)
{
	const Pattern *pattern = alignment->pattern;
	const PatternHeader *header = &pattern->header;
	uint32_t	event = layer - 1;
	int64_t		least = (header->flags & PATTERN_STRICTLY) ? 1 : 0;
	Step		step = {alignment->start, event, PATTERN_NONE, TAKEN_FILL};

	for (uint32_t state = 0; state < alignment->states; state++)
		alignment->next[state].cost = NO_WAY;
	for (uint32_t i = 0; i < header->first_count; i++)
	{
		if (alignment_fills(alignment, event, pattern->first[i]))
			fill(alignment, layer, &alignment->now[alignment->start], step, pattern->first[i], 0, PATTERN_FOREVER);
	}
	set_aside(alignment, layer, alignment->start,
			  is_outside(alignment, event, PATTERN_ANCHORED_START, &header->before));
	if (alignment->now[alignment->done].cost != NO_WAY)
		set_aside(alignment, layer, alignment->done,
				  is_outside(alignment, event, PATTERN_ANCHORED_END, &header->after));
	for (uint32_t state = 0; state < alignment->positions; state++)
	{
		const PatternPosition *position = &pattern->positions[state];

		if (alignment->now[state].cost == NO_WAY)
			continue;
		step.from = state;
		for (uint32_t i = position->links; i < position->links_end; i++)
		{
			uint32_t	index = PATTERN_LINK_INDEX(pattern->links[i]);

			if (!PATTERN_LINK_IS_GATE(pattern->links[i]) && alignment_fills(alignment, event, index))
				fill(alignment, layer, &alignment->now[state], step, index, least, PATTERN_FOREVER);
		}
		set_aside(alignment, layer, state, true);
	}
	for (uint32_t i = 0; i < header->gate_count; i++)
		take_behind_gate(alignment, i, layer);
}

/* ----- what costs no event ----- */

static bool
skip_targets(Alignment *alignment, Cell *cells, uint32_t layer, const Cell *cell, Step step)
{
	const PatternGate *gate = &alignment->pattern->gates[step.gate];
	bool		changed = false;

	for (uint32_t i = gate->targets; i < gate->targets_end; i++)
		changed |= skip(alignment, cells, layer, cell, step, alignment->pattern->targets[i]);
	return changed;
}

/* From a position: to the end, and past the positions behind it. */
static bool
leave_position(Alignment *alignment, Cell *cells, uint32_t layer, uint32_t state)
{
	const Pattern *pattern = alignment->pattern;
	const PatternPosition *position = &pattern->positions[state];
	const Cell *cell = &cells[state];
	Step		step = {state, layer, PATTERN_NONE, TAKEN_NOTHING};
	bool		changed = false;

	if (position->level == pattern->header.levels)
	{
		Cell		way = *cell;

		if (way.first != NO_TIME && pattern->header.within != PATTERN_FOREVER &&
			(uint64_t) way.end - (uint64_t) way.first > (uint64_t) pattern->header.within)
		{
			way.cost++;
			step.taken = TAKEN_OVERDUE;
		}
		changed |= reach(alignment, cells, layer, alignment->done, &way, step);
	}
	for (uint32_t i = position->links; i < position->links_end; i++)
	{
		uint32_t	index = PATTERN_LINK_INDEX(pattern->links[i]);

		step.gate = PATTERN_LINK_IS_GATE(pattern->links[i]) ? index : PATTERN_NONE;
		changed |= PATTERN_LINK_IS_GATE(pattern->links[i]) ?
			skip_targets(alignment, cells, layer, cell, step) :
			skip(alignment, cells, layer, cell, step, index);
	}
	return changed;
}

/* Until nothing gets better: each round adds a skip, so it ends. */
static void
go_on(Alignment *alignment, Cell *cells, uint32_t layer)
{
	const Pattern *pattern = alignment->pattern;
	Step		step = {alignment->start, layer, PATTERN_NONE, TAKEN_SKIP};
	bool		changed = true;

	for (uint32_t i = 0; i < pattern->header.first_count; i++)
		skip(alignment, cells, layer, &cells[alignment->start], step, pattern->first[i]);
	for (uint32_t i = 0; i < pattern->header.gate_count; i++)
	{
		const Gate *gate = &alignment->gates[i];

		if (gate->has_best)
		{
			Cell		cell = leave_gate(gate, &gate->best);

			step = (Step) {gate->best.from, gate->best.layer, i, TAKEN_SKIP};
			skip_targets(alignment, cells, layer, &cell, step);
		}
	}
	while (changed)
	{
		changed = false;
		for (uint32_t state = 0; state < alignment->positions; state++)
		{
			if (cells[state].cost != NO_WAY)
				changed |= leave_position(alignment, cells, layer, state);
		}
	}

	/* into gates: who was there before and left an event aside has gone in already */
	for (uint32_t state = 0; state < alignment->positions; state++)
	{
		const PatternPosition *position = &pattern->positions[state];

		if (cells[state].cost == NO_WAY || alignment_step(alignment, layer, state)->taken == TAKEN_EXTRA)
			continue;
		for (uint32_t i = position->links; i < position->links_end; i++)
		{
			uint32_t	index = PATTERN_LINK_INDEX(pattern->links[i]);

			if (PATTERN_LINK_IS_GATE(pattern->links[i]))
				enter_gate(&alignment->gates[index], &cells[state], state, layer, pattern->gates[index].least);
		}
	}
}

/* ----- the whole ----- */

bool
alignment_is_extra(const Alignment *alignment, uint32_t event, const PatternGate *gate)
{
	if (gate)
		return alignment->extra[event] || is_of_class(alignment, event, gate->excluded);
	return is_outside(alignment, event, PATTERN_ANCHORED_START, &alignment->pattern->header.before);
}

/*
 * What it costs to fit nothing at all: every step of the shortest way skipped,
 * and each event aside.
 */
static uint64_t
worst_case(const Alignment *alignment)
{
	uint64_t	extra = 0;

	for (uint32_t event = 0; event < alignment->events; event++)
		extra += is_outside(alignment, event, PATTERN_ANCHORED_START, &alignment->pattern->header.before);

	/* layer 0 has no event: only skips lead to the end */
	return alignment->now[alignment->done].cost / ORDER_COST + extra;
}

void
alignment_find(Alignment *alignment, PatternMatcher *matcher, const JourneyView *view, const bool *extra)
{
	const PatternHeader *header = &matcher->pattern->header;
	uint64_t	cells;

	memset(alignment, 0, sizeof(*alignment));
	alignment->matcher = matcher;
	alignment->pattern = matcher->pattern;
	alignment->positions = header->position_count;
	alignment->start = alignment->positions;
	alignment->done = alignment->start + 1;
	alignment->states = alignment->done + 1;
	cells = ((uint64_t) view->events + 1) * alignment->states;
	if (cells > MAX_CELLS)
		host_fail(HOST_LIMIT, "journey is too long to be aligned with this pattern",
				  host_format("%u events with %u places of the pattern are more than %llu together.",
							  view->events, alignment->states, (unsigned long long) MAX_CELLS),
				  "Cut the journey, for example slice(journey, '[2026-01-01Z,2026-02-01Z)').");
	load_events(alignment, view, extra);
	alignment->now = host_alloc_array(alignment->states, sizeof(Cell));
	alignment->next = host_alloc_array(alignment->states, sizeof(Cell));
	alignment->steps = host_alloc_array(cells, sizeof(Step));
	alignment->gates = host_alloc_zero(((size_t) header->gate_count + 1) * sizeof(Gate));

	for (uint32_t state = 0; state < alignment->states; state++)
		alignment->now[state] = (Cell) {NO_WAY, NO_TIME, NO_TIME, NO_TIME};
	alignment->now[alignment->start].cost = 0;
	go_on(alignment, alignment->now, 0);
	alignment->worst = worst_case(alignment);
	for (uint32_t layer = 1; layer <= alignment->events; layer++)
	{
		Cell	   *now = alignment->next;

		host_check_interrupts();
		take_event(alignment, layer);
		go_on(alignment, alignment->next, layer);
		alignment->next = alignment->now;
		alignment->now = now;
	}
}

void
alignment_free(Alignment *alignment)
{
	for (uint32_t i = 0; i < alignment->pattern->header.gate_count; i++)
	{
		if (alignment->gates[i].waiting)
			host_free(alignment->gates[i].waiting);
	}
	host_free(alignment->gates);
	host_free(alignment->steps);
	host_free(alignment->next);
	host_free(alignment->now);
	host_free(alignment->extra);
	host_free(alignment->code);
	host_free(alignment->number);
	host_free(alignment->signature);
	host_free(alignment->at);
}
