/*
 * markov_chain.c
 *		An absorbing chain, solved for what each state leads to in the end.
 */
#include "sequence/markov_chain.h"

/* So few states are eliminated whatever it costs; */
#define STATES_FEW 256

/* of more, those that make at most so many edges. */
#define COST_MAX 100

/* So often all states are set to what their neighbours say. */
#define SWEEPS_MAX 20000

Chain
chain_new(uint32_t count)
{
	Chain		chain = {NULL, count};

	chain.states = host_alloc_zero(checked_mul_size((size_t) count + 1, sizeof(ChainState)));
	return chain;
}

void
chain_free(Chain *chain)
{
	for (uint32_t i = 0; i < chain->count; i++)
	{
		if (chain->states[i].edges)
			host_free(chain->states[i].edges);
		if (chain->states[i].from)
			host_free(chain->states[i].from);
	}
	host_free(chain->states);
}

static void
add_from(ChainState *state, uint32_t from)
{
	if (state->from_count == state->from_room)
	{
		state->from_room = (uint32_t) checked_growth(state->from_room, 1);
		state->from = state->from ?
			host_realloc_array(state->from, state->from_room, sizeof(uint32_t)) :
			host_alloc_array(state->from_room, sizeof(uint32_t));
	}
	state->from[state->from_count++] = from;
	state->from_left++;
}

void
chain_connect(Chain *chain, uint32_t from, uint32_t to, double weight)
{
	ChainState *state = &chain->states[from];

	/* whoever stays goes on in the end, in the same proportions */
	if (from == to)
		return;
	if (state->edge_count == state->edge_room)
	{
		state->edge_room = (uint32_t) checked_growth(state->edge_room, 1);
		state->edges = state->edges ?
			host_realloc_array(state->edges, state->edge_room, sizeof(ChainEdge)) :
			host_alloc_array(state->edge_room, sizeof(ChainEdge));
	}
	state->edges[state->edge_count].to = to;
	state->edges[state->edge_count++].weight = weight;
	add_from(&chain->states[to], from);
}

/* All weight that leaves a state, for others and for good. */
static double
total_weight(const ChainState *state)
{
	double		weight = state->ends;

	for (uint32_t i = 0; i < state->edge_count; i++)
		weight += state->edges[i].weight;
	return weight;
}

/* ----- eliminating ----- */

static double
edge_weight(const ChainState *state, uint32_t to)
{
	uint32_t	low = 0;
	uint32_t	high = state->edge_count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (state->edges[middle].to < to)
			low = middle + 1;
		else
			high = middle;
	}
	return low < state->edge_count && state->edges[low].to == to ? state->edges[low].weight : 0;
}

/* Leads the edges of `number` to `gone` on to where that one leads. */
static void
lead_on(Chain *chain, uint32_t number, uint32_t gone, double share)
{
	ChainState *state = &chain->states[number];
	const ChainState *through = &chain->states[gone];
	uint32_t	room = state->edge_count + through->edge_count;
	ChainEdge  *merged = host_alloc_array((size_t) room + 1, sizeof(ChainEdge));
	uint32_t	count = 0;
	uint32_t	a = 0;
	uint32_t	b = 0;

	while (a < state->edge_count || b < through->edge_count)
	{
		uint32_t	to_a = a < state->edge_count ? state->edges[a].to : UINT32_MAX;
		uint32_t	to_b = b < through->edge_count ? through->edges[b].to : UINT32_MAX;

		if (to_a == gone)
			a++;
		else if (to_b == number)
			b++;
		else if (to_a < to_b)
			merged[count++] = state->edges[a++];
		else if (to_b < to_a)
		{
			merged[count].to = to_b;
			merged[count++].weight = share * through->edges[b++].weight;
			add_from(&chain->states[to_b], number);
		}
		else
		{
			merged[count].to = to_a;
			merged[count++].weight = state->edges[a++].weight + share * through->edges[b++].weight;
		}
	}
	host_free(state->edges);
	state->edges = merged;
	state->edge_count = count;
	state->edge_room = room + 1;
	state->ends += share * through->ends;
	for (int i = 0; i < CHAIN_REWARDS; i++)
		state->reward[i] += share * through->reward[i];
}

static void
eliminate(Chain *chain, uint32_t gone)
{
	ChainState *through = &chain->states[gone];
	double		total = total_weight(through);

	host_check_interrupts();
	for (uint32_t i = 0; i < through->from_count; i++)
	{
		uint32_t	number = through->from[i];
		double		weight;

		if (chain->states[number].gone)
			continue;
		weight = edge_weight(&chain->states[number], gone);
		/* who can never leave brings nothing */
		if (total == 0)
		{
			chain->states[number].ends += weight;
			weight = 0;
		}
		lead_on(chain, number, gone, total == 0 ? 0 : weight / total);
	}
	through->gone = true;
	for (uint32_t i = 0; i < through->edge_count; i++)
		chain->states[through->edges[i].to].from_left--;
}

/* ----- the order of elimination ----- */

typedef struct Candidate
{
	uint64_t	cost;			/* edges it makes at most */
	uint32_t	state;
} Candidate;

typedef struct Candidates
{
	Candidate  *heap;
	size_t		count;
	size_t		room;
} Candidates;

static uint64_t
cost_of(const ChainState *state)
{
	return (uint64_t) state->edge_count * state->from_left;
}

static bool
goes_before(const Candidate *a, const Candidate *b)
{
	return a->cost != b->cost ? a->cost < b->cost : a->state < b->state;
}

static void
push(Candidates *candidates, uint64_t cost, uint32_t state)
{
	Candidate	new = {cost, state};
	size_t		i = candidates->count++;

	if (i == candidates->room)
	{
		candidates->room = checked_growth(candidates->room, 1);
		candidates->heap = host_realloc_array(candidates->heap, candidates->room, sizeof(Candidate));
	}
	for (; i > 0 && goes_before(&new, &candidates->heap[(i - 1) / 2]); i = (i - 1) / 2)
		candidates->heap[i] = candidates->heap[(i - 1) / 2];
	candidates->heap[i] = new;
}

static Candidate
pop(Candidates *candidates)
{
	Candidate	top = candidates->heap[0];
	Candidate	last = candidates->heap[--candidates->count];
	size_t		i = 0;

	for (;;)
	{
		size_t		child = 2 * i + 1;

		if (child + 1 < candidates->count &&
			goes_before(&candidates->heap[child + 1], &candidates->heap[child]))
			child++;
		if (child >= candidates->count || !goes_before(&candidates->heap[child], &last))
			break;
		candidates->heap[i] = candidates->heap[child];
		i = child;
	}
	candidates->heap[i] = last;
	return top;
}

/*
 * Eliminates states of a list until the next one would cost more than `limit`
 * and there are more than a few; returns how many are gone.  They stand first in the list then, in the order in which
 * they went, the others behind them in order of their numbers.  Costs fall and
 * rise as neighbours go; what is out of date in the heap is passed over.
 */
static uint32_t
eliminate_states(Chain *chain, uint32_t *states, uint32_t count, uint64_t limit)
{
	Candidates	candidates = {host_alloc_array((size_t) count + 1, sizeof(Candidate)), 0, (size_t) count + 1};
	uint32_t   *left = host_alloc_array((size_t) count + 1, sizeof(uint32_t));
	uint32_t	left_count = 0;
	uint32_t	done = 0;

	memcpy(left, states, count * sizeof(uint32_t));
	for (uint32_t i = 0; i < count; i++)
		push(&candidates, cost_of(&chain->states[states[i]]), states[i]);
	while (done < count)
	{
		Candidate	next = pop(&candidates);
		ChainState *state = &chain->states[next.state];

		if (state->gone || next.cost != cost_of(state))
			continue;
		if (next.cost > limit && count - done > STATES_FEW)
			break;
		eliminate(chain, next.state);
		states[done++] = next.state;
		for (uint32_t i = 0; i < state->edge_count; i++)
			push(&candidates, cost_of(&chain->states[state->edges[i].to]), state->edges[i].to);
		for (uint32_t i = 0; i < state->from_count; i++)
		{
			uint32_t	from = state->from[i];

			if (!chain->states[from].gone)
				push(&candidates, cost_of(&chain->states[from]), from);
		}
	}
	for (uint32_t i = 0; i < count; i++)
	{
		if (!chain->states[left[i]].gone)
			states[done + left_count++] = left[i];
	}
	host_free(candidates.heap);
	host_free(left);
	return done;
}

/* ----- what states lead to ----- */

/* The rewards of a state, from those of its neighbours; how far KEPT and LOST moved. */
static double
set_rewards(const ChainState *state, double total, double (*rewards)[CHAIN_REWARDS], double *own)
{
	double		sum[CHAIN_REWARDS];
	double		moved = 0;

	memcpy(sum, state->reward, sizeof(sum));
	for (uint32_t i = 0; i < state->edge_count; i++)
	{
		const double *of = rewards[state->edges[i].to];

		for (int reward = 0; reward < CHAIN_REWARDS; reward++)
			sum[reward] += state->edges[i].weight * of[reward];
	}
	for (int reward = 0; reward < CHAIN_REWARDS; reward++)
	{
		double		new = total == 0 ? 0 : sum[reward] / total;

		/* from nothing up: none of these ever falls */
		if (reward != CHAIN_VALUE && new - own[reward] > moved)
			moved = new - own[reward];
		own[reward] = new;
	}
	return moved;
}

/*
 * States that none has eliminated, each in turn from its neighbours.  What is
 * still to come is what moved, times how much of a move leads to the next one;
 * false if that does not become nothing.
 */
static bool
settle(const Chain *chain, const uint32_t *states, uint32_t count, double (*rewards)[CHAIN_REWARDS])
{
	const double digit = 1.0 / (UINT64_C(1) << 54);
	double	   *totals = host_alloc_array((size_t) count + 1, sizeof(double));
	double		before = 0;
	bool		settled = false;

	for (uint32_t i = 0; i < count; i++)
	{
		totals[i] = total_weight(&chain->states[states[i]]);
		memset(rewards[states[i]], 0, sizeof(rewards[0]));
	}
	for (int sweep = 0; sweep < SWEEPS_MAX && !settled; sweep++)
	{
		double		moved = 0;

		host_check_interrupts();
		for (uint32_t i = 0; i < count; i++)
		{
			double		by = set_rewards(&chain->states[states[i]], totals[i], rewards, rewards[states[i]]);

			moved = by > moved ? by : moved;
		}
		settled = moved == 0 || (moved < before && moved * moved / (before - moved) <= digit);
		before = moved;
	}
	host_free(totals);
	return settled;
}

void
chain_solve(Chain *chain, double (*rewards)[CHAIN_REWARDS])
{
	uint32_t   *states = host_alloc_array((size_t) chain->count + 1, sizeof(uint32_t));
	uint32_t	count = 0;
	uint32_t	done;

	for (uint32_t i = 0; i < chain->count; i++)
	{
		if (!chain->states[i].gone)
			states[count++] = i;
	}
	done = eliminate_states(chain, states, count, COST_MAX);
	if (!settle(chain, states + done, count - done, rewards))
		done += eliminate_states(chain, states + done, count - done, UINT64_MAX);
	/* where a state led when it went is known by now */
	for (uint32_t i = done; i-- > 0;)
	{
		const ChainState *state = &chain->states[states[i]];

		memset(rewards[states[i]], 0, sizeof(rewards[0]));
		set_rewards(state, total_weight(state), rewards, rewards[states[i]]);
	}
	host_free(states);
}
