/*
 * markov_effects.c
 *		What a Markov chain of paths loses without each channel.
 *
 * To remove a channel means that whoever comes to it is lost.  So its effect
 * is the part of all conversions that come through it.  First what each state
 * leads to is found; then, channel by channel, a chain that ends where the
 * channel is come to, with what would have followed as the reward, and that of
 * converting without it beside.  Their sum is all, so effects are parts of 1
 * whatever was rounded, and exactly 0 or 1 where nothing comes through or past.
 */
#include "sequence/markov.h"
#include "sequence/markov_chain.h"
#include "sequence/shares.h"

typedef struct Effects
{
	double	   *lost;			/* by channel: part of all conversions that come through it, */
	double	   *lost_value;		/* and value that does, per path */
} Effects;

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

static uint32_t
channel_of(uint64_t state)
{
	return (uint32_t) (state & 0xffff) - MARKOV_CHANNEL;
}

/*
 * The chain of all steps, or, of a channel, that of everybody until they come
 * to it: followed[] is then what each state leads to.
 */
static Chain
make_chain(const MarkovView *view, const uint64_t *states, uint32_t count,
		   uint32_t channel, double (*followed)[CHAIN_REWARDS])
{
	Chain		chain = chain_new(count);
	uint32_t	from = 0;

	for (uint32_t i = 0; i < view->count; i++)
	{
		const MarkovStep *step = &view->steps[i];
		double		weight = (double) step->count;
		ChainState *state;

		while (states[from] != step->state)
			from++;
		state = &chain.states[from];
		if (followed && from > 0 && channel_of(states[from]) == channel)
			state->gone = true;
		else if (step->next == MARKOV_CONVERSION)
		{
			state->ends += weight;
			state->reward[CHAIN_KEPT] += weight;
			/* value that does not come through the channel is not asked for */
			state->reward[CHAIN_VALUE] += followed ? 0 : fixed_to_double(step->value);
		}
		else if (step->next == MARKOV_NOTHING)
			state->ends += weight;
		else
		{
			uint32_t	to = find_state(states, count,
										markov_state_after(step->state, step->next, view->order));

			/* who goes on from nowhere ends there: no path that was counted does */
			if (to == UINT32_MAX)
				state->ends += weight;
			else if (followed && step->next - MARKOV_CHANNEL == channel)
			{
				state->ends += weight;
				state->reward[CHAIN_LOST] += weight * followed[to][CHAIN_KEPT];
				state->reward[CHAIN_VALUE] += weight * followed[to][CHAIN_VALUE];
			}
			else
				chain_connect(&chain, from, to, weight);
		}
	}
	return chain;
}

static void
solve_channels(const MarkovView *view, const uint64_t *states, uint32_t count, Effects *effects)
{
	double		(*followed)[CHAIN_REWARDS] = host_alloc_array((size_t) count + 1, sizeof(followed[0]));
	double		(*rewards)[CHAIN_REWARDS] = host_alloc_array((size_t) count + 1, sizeof(rewards[0]));
	Chain		chain = make_chain(view, states, count, 0, NULL);

	chain_solve(&chain, followed);
	chain_free(&chain);
	for (uint32_t channel = 0; channel < view->reader.name_count; channel++)
	{
		const double *start = rewards[0];

		chain = make_chain(view, states, count, channel, followed);
		chain_solve(&chain, rewards);
		chain_free(&chain);
		effects->lost[channel] = start[CHAIN_LOST] == 0 ? 0 :
			start[CHAIN_LOST] / (start[CHAIN_KEPT] + start[CHAIN_LOST]);
		effects->lost_value[channel] = start[CHAIN_VALUE];
	}
	host_free(followed);
	host_free(rewards);
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
	Effects		solved = {0};

	memset(direct, 0, sizeof(*direct));
	solved.lost = host_alloc_zero(checked_mul_size((size_t) channels + 1, sizeof(double)));
	solved.lost_value = host_alloc_zero(checked_mul_size((size_t) channels + 1, sizeof(double)));
	solve_channels(view, states, count, &solved);
	divide(view, &solved, effects, direct);
	host_free(states);
	host_free(solved.lost);
	host_free(solved.lost_value);
}
