/*
 * effort_test.c
 *		Effort against a look back at all events before, and its sum.
 */
#include "sample.h"
#include "tap.h"

#include "sequence/effort.h"

static bool
same_channel(const Touchpoint *a, const Touchpoint *b)
{
	return a->channel_size == b->channel_size &&
		(a->channel_size == 0 || memcmp(a->channel, b->channel, a->channel_size) == 0);
}

/* Each event asks all before it. */
static Effort
look_back(const JourneyView *view, int64_t gap)
{
	Touchpoint *touchpoints = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	int64_t    *at = host_alloc_array((size_t) view->events + 1, sizeof(int64_t));
	uint32_t   *code = host_alloc_array((size_t) view->events + 1, sizeof(uint32_t));
	uint32_t	begin = 0;
	JourneyCursor cursor;
	JourneyBlock block;
	Effort		effort = {0};

	journey_dictionary(view, touchpoints);
	journey_cursor(&cursor, view, 0);
	while (journey_next(&cursor, &block))
	{
		memcpy(at + block.first, block.at, block.count * sizeof(int64_t));
		memcpy(code + block.first, block.code, block.count * sizeof(uint32_t));
	}
	for (uint32_t i = 0; i < view->events; i++)
	{
		bool		repeats = false;
		bool		ever = false;

		if (i > 0 && (uint64_t) at[i] - (uint64_t) at[i - 1] > (uint64_t) gap)
		{
			begin = i;
			effort.waited += (uint64_t) at[i] - (uint64_t) at[i - 1];
		}
		for (uint32_t j = 0; j < i; j++)
		{
			ever |= code[j] == code[i];
			repeats |= code[j] == code[i] && j >= begin;
		}
		effort.contacts++;
		effort.sessions += begin == i;
		effort.repeats += repeats;
		effort.backtracks += ever && code[i - 1] != code[i];
		effort.channel_switches += i > 0 && !same_channel(&touchpoints[code[i]], &touchpoints[code[i - 1]]);
	}
	return effort;
}

static void
test_samples(void)
{
	for (uint64_t seed = 1; seed <= 300; seed++)
	{
		hold(HOST_CALL(
		{
			static const int64_t gaps[] = {0, 1, 1000000, 1800000000, INT64_MAX};
			Sample		sample;
			JourneyView view;
			size_t		size;
			uint8_t    *journey;

			sample_make(&sample, seed);
			journey = sample_journey(&sample, &size);
			journey_open(&view, journey, size);
			for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++)
			{
				Effort		expected = look_back(&view, gaps[i]);
				Effort		effort;

				effort_measure(&effort, &view, view.events, gaps[i]);
				hold(effort.contacts == expected.contacts && effort.sessions == expected.sessions &&
					 effort.channel_switches == expected.channel_switches && effort.repeats == expected.repeats &&
					 effort.backtracks == expected.backtracks && effort.waited == expected.waited);
				hold(view.events == 0 || effort.sessions == journey_count_gaps(&view, gaps[i]) + 1);
			}
		}));
	}
	held("every measure is what a look back finds");
}

static void
test_sum(void)
{
	const Effort effort = {7, 3, 2, 4, 1, UINT64_C(86400000000) * 3 / 2};

	hold(HOST_CALL(
	{
		EffortWeights weights = effort_default_weights();

		/* 7 + 2 + 4 + 1, and a tenth of 1.5 days */
		hold(effort_sum(&effort, &weights) == (Fixed) FIXED_ONE * 1415 / 100);
		effort_set_weight(&weights, "sessions", 8, -FIXED_ONE / 2);
		hold(effort_sum(&effort, &weights) == (Fixed) FIXED_ONE * 1265 / 100);
		effort_set_weight(&weights, "days_waited", 11, 1);
		hold(effort_sum(&effort, &weights) == (Fixed) FIXED_ONE * 1250 / 100 + 2);
	}));
	held("the weighted sum");
	refused(HOST_BAD_PARAMETER, "unknown measure of effort \"session\"", "a measure that there is not",
	{
		EffortWeights weights = effort_default_weights();

		effort_set_weight(&weights, "sessions", 7, FIXED_ONE);
	});
	refused(HOST_OUT_OF_RANGE, "out of range", "a sum that is too large",
	{
		EffortWeights weights = effort_default_weights();

		effort_set_weight(&weights, "contacts", 8, (Fixed) FIXED_ONE << 85);
		effort_sum(&effort, &weights);
	});
}

int
main(void)
{
	test_samples();
	test_sum();
	return done_testing();
}
