/*
 * markov_effects.c
 *		What a Markov chain of paths loses without each channel.
 *
 * To remove a channel means that whoever comes to it is lost.  So its effect
 * is the probability to come to it and convert afterwards, over that to
 * convert at all.  For this all states but those of the channel and the start
 * are eliminated; the start then leads to each state of the channel with the
 * probability that it is the first of them, and these states alone are solved.
 *
 * Most of the work is the same for many channels: the channels are halved, the
 * states of one half eliminated for all channels of the other, and so on.
 */
#include "sequence/markov.h"
#include "sequence/markov_chain.h"
#include "sequence/shares.h"

typedef struct Effects
{
	uint32_t   *states;			/* numbers by channel */
	uint32_t   *first;			/* of each channel in states, and the end */
	double	   *lost;			/* by channel: part of all conversions that come through it, */
	double	   *lost_value;		/* and value that does, per path */
} Effects;

/* A conversion probability and a value per state, from the last one gone to the first. */
static void
solve_states(const Chain *chain, const uint32_t *states, uint32_t count,
			 double *conversion, double *value)
{
	for (uint32_t i = count; i-- > 0;)
	{
		const ChainState *state = &chain->states[states[i]];
		double		total = chain_weight(state);
		double		converted = state->conversion;
		double		brought = state->value;

		for (uint32_t edge = 0; edge < state->edge_count; edge++)
		{
			converted += state->edges[edge].weight * conversion[state->edges[edge].to];
			brought += state->edges[edge].weight * value[state->edges[edge].to];
		}
		conversion[states[i]] = total == 0 ? 0 : converted / total;
		value[states[i]] = total == 0 ? 0 : brought / total;
	}
}

/* Only the start, number 0, and the states of this channel are left. */
static void
solve_channel(Effects *effects, Chain *chain, uint32_t channel)
{
	uint32_t   *states = effects->states + effects->first[channel];
	uint32_t	count = effects->first[channel + 1] - effects->first[channel];
	ChainState *start = &chain->states[0];
	double	   *conversion = host_alloc_array((size_t) chain->count + 1, sizeof(double));
	double	   *value = host_alloc_array((size_t) chain->count + 1, sizeof(double));
	double		total = chain_weight(start);
	double		lost = 0;
	double		lost_value = 0;

	start->gone = true;
	chain_eliminate(chain, states, count);
	solve_states(chain, states, count, conversion, value);
	for (uint32_t i = 0; i < start->edge_count; i++)
	{
		lost += start->edges[i].weight * conversion[start->edges[i].to];
		lost_value += start->edges[i].weight * value[start->edges[i].to];
	}
	/* both are weights of the start, so they need not become probabilities */
	effects->lost[channel] = lost == 0 ? 0 : lost / (start->conversion + lost);
	effects->lost_value[channel] = total == 0 ? 0 : lost_value / total;
	host_free(conversion);
	host_free(value);
}

/* Eliminates the states of channels [from, until) and leaves their list as it is. */
static void
eliminate_channels(const Effects *effects, Chain *chain, uint32_t from, uint32_t until)
{
	uint32_t	count = effects->first[until] - effects->first[from];
	uint32_t   *states = host_alloc_array((size_t) count + 1, sizeof(uint32_t));

	memcpy(states, effects->states + effects->first[from], count * sizeof(uint32_t));
	chain_eliminate(chain, states, count);
	host_free(states);
}

/* Channels [from, until): the states of all others are gone. */
static void
solve_channels(Effects *effects, Chain *chain, uint32_t from, uint32_t until)
{
	uint32_t	middle = from + (until - from) / 2;
	Chain		half;

	host_check_stack();
	if (until - from == 1)
	{
		solve_channel(effects, chain, from);
		return;
	}
	half = chain_copy(chain);
	eliminate_channels(effects, &half, middle, until);
	solve_channels(effects, &half, from, middle);
	chain_free(&half);
	eliminate_channels(effects, chain, from, middle);
	solve_channels(effects, chain, middle, until);
}

/* ----- from counted steps to a chain ----- */

/* The number of a state among the sorted ones, or UINT32_MAX. */
static uint32_t
find_state(const uint64_t *states, uint32_t count, uint64_t wanted)
{
	uint32_t	low = 0;
	uint32_t	high = count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (states[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && states[low] == wanted ? low : UINT32_MAX;
}

static Chain
make_chain(const MarkovView *view, uint64_t *states, uint32_t count)
{
	Chain		chain = chain_new(count);
	uint32_t	from = 0;

	for (uint32_t i = 0; i < view->count; i++)
	{
		const MarkovStep *step = &view->steps[i];
		ChainState *state;

		while (states[from] != step->state)
			from++;
		state = &chain.states[from];
		if (step->next == MARKOV_CONVERSION)
		{
			state->conversion = (double) step->count;
			state->value = fixed_to_double(step->value);
		}
		else if (step->next == MARKOV_NOTHING)
			state->nothing = (double) step->count;
		else
		{
			uint64_t	after = markov_state_after(step->state, step->next, view->order);
			uint32_t	to = find_state(states, count, after);

			/* who goes on from nowhere ends there: no path that was counted does */
			if (to == UINT32_MAX)
				state->nothing += (double) step->count;
			else
				chain_connect(&chain, from, to, (double) step->count);
		}
	}
	return chain;
}

/* The states by the channel that came last. */
static void
group_states(Effects *effects, const uint64_t *states, uint32_t count, uint32_t channels)
{
	uint32_t   *next;

	effects->states = host_alloc_array((size_t) count + 1, sizeof(uint32_t));
	effects->first = host_alloc_zero(checked_mul_size((size_t) channels + 2, sizeof(uint32_t)));
	for (uint32_t i = 1; i < count; i++)
		effects->first[(states[i] & 0xffff) - MARKOV_CHANNEL + 1]++;
	for (uint32_t channel = 0; channel < channels; channel++)
		effects->first[channel + 1] += effects->first[channel];
	next = host_alloc_array((size_t) channels + 1, sizeof(uint32_t));
	memcpy(next, effects->first, ((size_t) channels + 1) * sizeof(uint32_t));
	for (uint32_t i = 1; i < count; i++)
		effects->states[next[(states[i] & 0xffff) - MARKOV_CHANNEL]++] = i;
	host_free(next);
}

/* Different states in order; the start is one of them, for every path begins there. */
static uint64_t *
list_states(const MarkovView *view, uint32_t *count)
{
	uint64_t   *states = host_alloc_array((size_t) view->count + 1, sizeof(uint64_t));

	*count = 0;
	states[(*count)++] = 0;
	for (uint32_t i = 0; i < view->count; i++)
	{
		if (view->steps[i].state != states[*count - 1])
			states[(*count)++] = view->steps[i].state;
	}
	return states;
}

/* ----- dividing ----- */

static void
divide(const MarkovView *view, const Effects *solved, MarkovEffect *effects, MarkovEffect *direct)
{
	uint32_t	channels = view->reader.name_count;
	uint64_t   *weights = host_alloc_array((size_t) channels + 1, sizeof(uint64_t));
	uint64_t   *value_weights = host_alloc_array((size_t) channels + 1, sizeof(uint64_t));
	Fixed	   *parts = host_alloc_array((size_t) channels + 1, sizeof(Fixed));
	Fixed		conversions = 0;
	Fixed		value = 0;
	bool		by_value = true;
	bool		any_value = false;

	for (uint32_t i = 0; i < view->count; i++)
	{
		const MarkovStep *step = &view->steps[i];

		if (step->next != MARKOV_CONVERSION)
			continue;
		if (step->state == 0)
		{
			direct->conversions = fixed_from_count(step->count);
			direct->value = step->value;
			continue;
		}
		conversions = model_add_values(conversions, fixed_from_count(step->count));
		value = model_add_values(value, step->value);
	}
	for (uint32_t i = 0; i < channels; i++)
	{
		by_value = by_value && solved->lost_value[i] >= 0;
		any_value = any_value || solved->lost_value[i] > 0;
	}
	share_weights(solved->lost, channels, weights);
	share_weights(by_value && any_value ? solved->lost_value : solved->lost, channels, value_weights);
	share_out(conversions, weights, channels, parts);
	for (uint32_t i = 0; i < channels; i++)
	{
		effects[i].removal_effect = solved->lost[i];
		effects[i].conversions = parts[i];
	}
	share_out(value, value_weights, channels, parts);
	for (uint32_t i = 0; i < channels; i++)
		effects[i].value = parts[i];
	host_free(weights);
	host_free(value_weights);
	host_free(parts);
}

void
markov_effects(const MarkovView *view, MarkovEffect *effects, MarkovEffect *direct)
{
	uint32_t	channels = view->reader.name_count;
	uint32_t	count;
	uint64_t   *states = list_states(view, &count);
	Chain		chain = make_chain(view, states, count);
	Effects		solved = {0};

	memset(direct, 0, sizeof(*direct));
	group_states(&solved, states, count, channels);
	solved.lost = host_alloc_zero(checked_mul_size((size_t) channels + 1, sizeof(double)));
	solved.lost_value = host_alloc_zero(checked_mul_size((size_t) channels + 1, sizeof(double)));
	if (channels > 0)
		solve_channels(&solved, &chain, 0, channels);
	divide(view, &solved, effects, direct);
	chain_free(&chain);
	host_free(states);
	host_free(solved.states);
	host_free(solved.first);
	host_free(solved.lost);
	host_free(solved.lost_value);
}
