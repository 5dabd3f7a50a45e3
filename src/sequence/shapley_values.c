/*
 * shapley_values.c
 *		What each channel contributes to the conversions of sets of channels.
 *
 * The Shapley value of a channel is what it adds to the worth of those before
 * it, on average over all orders of the channels.
 *
 * If a set is worth the conversions of all journeys within it, each observed
 * set is a game of its own in which only all of its channels together win, and
 * the average is known: they share its conversions equally (Zhao, Mahboobi and
 * Bagheri 2018).  So it is exact for any number of channels.
 *
 * If it is worth their rate of conversion, all sets are worked out: for up to
 * 20 channels by sums over subsets, beyond by drawing orders of the channels.
 */
#include "sequence/shapley.h"
#include "sequence/shares.h"

/* ----- set by set ----- */

/* Number of the set without one of its channels, or UINT32_MAX. */
static uint32_t
find_without(const ShapleyView *view, const ShapleySet *set, uint32_t left_out)
{
	uint32_t	low = 0;
	uint32_t	high = view->count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;
		const ShapleySet *candidate = &view->sets[middle];
		uint32_t	size = set->size - 1;
		int			order = 0;

		for (uint32_t i = 0; order == 0 && i < size && i < candidate->size; i++)
		{
			uint32_t	channel = set->channels[i < left_out ? i : i + 1];

			order = (candidate->channels[i] > channel) - (candidate->channels[i] < channel);
		}
		if (order == 0)
			order = (candidate->size > size) - (candidate->size < size);
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return UINT32_MAX;
}

static double
rate_of(const ShapleySet *set)
{
	return (double) set->conversions / (double) (set->conversions + set->non_conversions);
}

void
shapley_set_weights(const ShapleyView *view, const ShapleySet *set, ShapleyWorth worth, uint64_t *weights)
{
	double	   *lost;
	bool		any = false;

	for (uint32_t i = 0; i < set->size; i++)
		weights[i] = 1;
	if (worth == SHAPLEY_CONVERSIONS || set->size < 2)
		return;
	lost = host_alloc_array(set->size, sizeof(double));
	for (uint32_t i = 0; i < set->size; i++)
	{
		uint32_t	without = find_without(view, set, i);

		lost[i] = rate_of(set) - (without == UINT32_MAX ? 0 : rate_of(&view->sets[without]));
		if (lost[i] < 0)
			lost[i] = 0;
		any = any || lost[i] > 0;
	}
	if (any)
		share_weights(lost, set->size, weights);
	host_free(lost);
}

static void
divide_sets(const ShapleyView *view, ShapleyWorth worth, ShapleyValue *values)
{
	uint64_t   *weights = host_alloc_array((size_t) view->reader.name_count + 1, sizeof(uint64_t));
	Fixed	   *parts = host_alloc_array((size_t) view->reader.name_count + 1, sizeof(Fixed));

	for (uint32_t i = 0; i < view->count; i++)
	{
		const ShapleySet *set = &view->sets[i];

		host_check_interrupts();
		shapley_set_weights(view, set, worth, weights);
		share_out(fixed_from_count(set->conversions), weights, set->size, parts);
		for (uint32_t channel = 0; channel < set->size; channel++)
			values[set->channels[channel]].conversions =
				model_add_values(values[set->channels[channel]].conversions, parts[channel]);
		share_out(set->value, weights, set->size, parts);
		for (uint32_t channel = 0; channel < set->size; channel++)
			values[set->channels[channel]].value =
				model_add_values(values[set->channels[channel]].value, parts[channel]);
	}
	host_free(weights);
	host_free(parts);
}

/* ----- rates: every set there can be ----- */

/* What journeys within a set of channels brought. */
typedef struct Within
{
	uint64_t	conversions;
	uint64_t	journeys;
	Fixed		value;
} Within;

/* Contributions of a channel to the rate and to the value of a journey. */
typedef struct Contribution
{
	double		rate;
	double		value;
	double		squares;		/* of rates, when sampled */
} Contribution;

static inline double
rate_within(const Within *within)
{
	return within->journeys == 0 ? 0 : (double) within->conversions / (double) within->journeys;
}

static inline double
value_within(const Within *within)
{
	return within->journeys == 0 ? 0 : fixed_to_double(within->value) / (double) within->journeys;
}

static void
add_set(Within *within, const ShapleySet *set)
{
	within->conversions = model_add_counts(within->conversions, set->conversions);
	within->journeys = model_add_counts(within->journeys,
										model_add_counts(set->conversions, set->non_conversions));
	within->value = model_add_values(within->value, set->value);
}

static void
rate_exact(const ShapleyView *view, Contribution *contributions)
{
	uint32_t	channels = view->reader.name_count;
	uint32_t	subsets = UINT32_C(1) << channels;
	Within	   *within = host_alloc_zero(subsets * sizeof(Within));
	double		weight[SHAPLEY_EXACT_MAX];	/* of an order in which so many come before */

	for (uint32_t i = 0; i < view->count; i++)
	{
		uint32_t	members = 0;

		for (uint32_t channel = 0; channel < view->sets[i].size; channel++)
			members |= UINT32_C(1) << view->sets[i].channels[channel];
		/* journeys without any channel are outside the game */
		if (members != 0)
			add_set(&within[members], &view->sets[i]);
	}
	for (uint32_t channel = 0; channel < channels; channel++)
	{
		uint32_t	bit = UINT32_C(1) << channel;

		host_check_interrupts();
		for (uint32_t subset = 0; subset < subsets; subset++)
		{
			if (!(subset & bit))
				continue;
			within[subset].conversions = model_add_counts(within[subset].conversions, within[subset ^ bit].conversions);
			within[subset].journeys = model_add_counts(within[subset].journeys, within[subset ^ bit].journeys);
			within[subset].value = model_add_values(within[subset].value, within[subset ^ bit].value);
		}
	}
	/* size! (channels - 1 - size)! / channels! */
	weight[0] = 1.0 / channels;
	for (uint32_t size = 1; size < channels; size++)
		weight[size] = weight[size - 1] * size / (channels - size);
	for (uint32_t channel = 0; channel < channels; channel++)
	{
		uint32_t	bit = UINT32_C(1) << channel;

		host_check_interrupts();
		for (uint32_t subset = 0; subset < subsets; subset++)
		{
			const Within *with = &within[subset | bit];
			double		share;

			if (subset & bit)
				continue;
			share = weight[__builtin_popcount(subset)];
			contributions[channel].rate += share * (rate_within(with) - rate_within(&within[subset]));
			contributions[channel].value += share * (value_within(with) - value_within(&within[subset]));
		}
	}
	host_free(within);
}

/* ----- rates: orders drawn ----- */

/* splitmix64: a frozen sequence of numbers. */
static uint64_t
next_number(uint64_t *state)
{
	uint64_t	z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* A number below `limit`, each as likely but for 2^-32. */
static uint32_t
number_below(uint64_t *state, uint32_t limit)
{
	return (uint32_t) (((unsigned __int128) next_number(state) * limit) >> 64);
}

static void
draw_order(uint64_t *state, uint32_t *order, uint32_t count)
{
	for (uint32_t i = count; i > 1; i--)
	{
		uint32_t	j = number_below(state, i);
		uint32_t	swap = order[i - 1];

		order[i - 1] = order[j];
		order[j] = swap;
	}
}

static void
rate_sampled(const ShapleyView *view, const ShapleySampling *sampling, Contribution *contributions)
{
	uint32_t	channels = view->reader.name_count;
	uint32_t   *order = host_alloc_array(channels, sizeof(uint32_t));
	uint32_t   *place = host_alloc_array(channels, sizeof(uint32_t));
	Within	   *added = host_alloc_array(channels, sizeof(Within));
	uint64_t	state = sampling->seed;

	for (uint32_t channel = 0; channel < channels; channel++)
		order[channel] = channel;
	for (uint32_t drawn = 0; drawn < sampling->orders; drawn++)
	{
		Within		within = {0, 0, 0};
		double		rate = 0;
		double		value = 0;

		host_check_interrupts();
		draw_order(&state, order, channels);
		memset(added, 0, channels * sizeof(Within));
		for (uint32_t i = 0; i < channels; i++)
			place[order[i]] = i;
		/* a set lies within the first channels once the last of its own has come */
		for (uint32_t i = 0; i < view->count; i++)
		{
			const ShapleySet *set = &view->sets[i];
			uint32_t	last = 0;

			for (uint32_t channel = 0; channel < set->size; channel++)
				last = place[set->channels[channel]] > last ? place[set->channels[channel]] : last;
			if (set->size > 0)
				add_set(&added[last], set);
		}
		for (uint32_t i = 0; i < channels; i++)
		{
			Contribution *contribution = &contributions[order[i]];
			double		before = rate;

			within.conversions += added[i].conversions;
			within.journeys += added[i].journeys;
			within.value += added[i].value;
			contribution->value += value_within(&within) - value;
			rate = rate_within(&within);
			value = value_within(&within);
			contribution->rate += rate - before;
			contribution->squares += (rate - before) * (rate - before);
		}
	}
	for (uint32_t channel = 0; channel < channels; channel++)
	{
		contributions[channel].rate /= sampling->orders;
		contributions[channel].value /= sampling->orders;
	}
	host_free(order);
	host_free(place);
	host_free(added);
}

/* Square root by Newton's steps, from above: the same on every machine. */
static double
square_root(double square)
{
	double		root = square < 1 ? 1 : square;
	double		next;

	if (!(square > 0))
		return 0;
	while ((next = (root + square / root) / 2) < root)
		root = next;
	return root;
}

/* ----- from contributions to conversions ----- */

static Fixed
to_fixed(double amount)
{
	Fixed		fixed;

	if (!fixed_from_double(amount, &fixed))
		host_fail(HOST_OUT_OF_RANGE, "value is out of range", NULL, "Use a larger unit.");
	return fixed;
}

/* Rounded one by one; what is left of the total goes to the largest. */
static void
scale(const ShapleyView *view, const Within *all, const ShapleySampling *sampling,
	  const Contribution *contributions, ShapleyValue *values)
{
	uint32_t	channels = view->reader.name_count;
	double		journeys = (double) all->journeys;
	Fixed		conversions = fixed_from_count(all->conversions);
	Fixed		value = all->value;
	uint32_t	largest = 0;

	for (uint32_t i = 0; i < channels; i++)
	{
		values[i].conversions = to_fixed(contributions[i].rate * journeys);
		values[i].value = to_fixed(contributions[i].value * journeys);
		conversions = model_add_values(conversions, -values[i].conversions);
		value = model_add_values(value, -values[i].value);
		if (contributions[i].rate > contributions[largest].rate)
			largest = i;
		if (channels > SHAPLEY_EXACT_MAX && sampling->orders > 1)
		{
			double		n = sampling->orders;
			double		variance = (contributions[i].squares - n * contributions[i].rate * contributions[i].rate) / (n - 1);

			values[i].standard_error = square_root(variance / n) * journeys;
		}
	}
	values[largest].conversions = model_add_values(values[largest].conversions, conversions);
	values[largest].value = model_add_values(values[largest].value, value);
}

void
shapley_values(const ShapleyView *view, ShapleyWorth worth, const ShapleySampling *sampling,
			   ShapleyValue *values, ShapleyValue *direct)
{
	uint32_t	channels = view->reader.name_count;
	Within		all = {0, 0, 0};
	Contribution *contributions;

	memset(direct, 0, sizeof(*direct));
	memset(values, 0, channels * sizeof(ShapleyValue));
	for (uint32_t i = 0; i < view->count; i++)
	{
		if (view->sets[i].size > 0)
			add_set(&all, &view->sets[i]);
		else
		{
			direct->conversions = fixed_from_count(view->sets[i].conversions);
			direct->value = view->sets[i].value;
		}
	}
	if (worth != SHAPLEY_RATE)
		divide_sets(view, worth, values);
	else if (channels > 0)
	{
		contributions = host_alloc_zero(checked_mul_size(channels, sizeof(Contribution)));
		if (channels <= SHAPLEY_EXACT_MAX)
			rate_exact(view, contributions);
		else
			rate_sampled(view, sampling, contributions);
		scale(view, &all, sampling, contributions, values);
		host_free(contributions);
	}
}
