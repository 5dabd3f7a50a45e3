/*
 * effort.c
 *		What a journey asked of the person who made it.
 */
#include "sequence/effort.h"

#define DAY INT64_C(86400000000)

/* For each code a number that codes of the same channel share: they stand side by side. */
static uint32_t *
channel_numbers(const JourneyView *view)
{
	Touchpoint *touchpoints = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	uint32_t   *numbers = host_alloc_array((size_t) view->touchpoints + 1, sizeof(uint32_t));

	journey_dictionary(view, touchpoints);
	for (uint32_t i = 0; i < view->touchpoints; i++)
	{
		const Touchpoint *touchpoint = &touchpoints[i];
		bool		same = i > 0 && touchpoint->channel_size == touchpoint[-1].channel_size &&
			(touchpoint->channel_size == 0 ||
			 memcmp(touchpoint->channel, touchpoint[-1].channel, touchpoint->channel_size) == 0);

		numbers[i] = i == 0 ? 0 : numbers[i - 1] + !same;
	}
	host_free(touchpoints);
	return numbers;
}

void
effort_measure(Effort *effort, const JourneyView *view, uint32_t events, int64_t gap)
{
	uint32_t   *channel = channel_numbers(view);
	uint32_t   *seen = host_alloc_zero(((size_t) view->touchpoints + 1) * sizeof(uint32_t));
	uint32_t	before = 0;
	int64_t		last = view->first;
	JourneyCursor cursor;
	JourneyBlock block;

	memset(effort, 0, sizeof(*effort));
	journey_cursor(&cursor, view, 0);
	while (journey_next(&cursor, &block))
	{
		for (uint32_t i = 0; i < block.count && effort->contacts < events; i++)
		{
			uint32_t	code = block.code[i];
			uint64_t	pause = (uint64_t) block.at[i] - (uint64_t) last;

			if (effort->contacts == 0)
				effort->sessions = 1;
			else
			{
				if (pause > (uint64_t) gap)
				{
					effort->sessions++;
					effort->waited += pause;
				}
				effort->channel_switches += channel[code] != channel[before];
				effort->repeats += seen[code] == effort->sessions;
				effort->backtracks += seen[code] != 0 && code != before;
			}
			seen[code] = effort->sessions;	/* the session it was in last, from 1 */
			effort->contacts++;
			before = code;
			last = block.at[i];
		}
	}
	host_free(channel);
	host_free(seen);
}

/* ----- one number of it ----- */

const char *const effort_names[EFFORT_MEASURES] = {
	"contacts", "sessions", "channel_switches", "repeats", "backtracks", "days_waited"
};

EffortWeights
effort_default_weights(void)
{
	EffortWeights weights;

	for (int i = 0; i < EFFORT_MEASURES; i++)
		weights.of[i] = FIXED_ONE;
	weights.of[EFFORT_SESSIONS] = 0;
	weights.of[EFFORT_DAYS_WAITED] = FIXED_ONE / 10;
	return weights;
}

void
effort_set_weight(EffortWeights *weights, const char *name, size_t size, Fixed weight)
{
	for (int i = 0; i < EFFORT_MEASURES; i++)
	{
		if (strlen(effort_names[i]) == size && memcmp(effort_names[i], name, size) == 0)
		{
			weights->of[i] = weight;
			return;
		}
	}
	host_fail(HOST_BAD_PARAMETER,
			  host_format("unknown measure of effort \"%.*s\"", (int) bytes_excerpt(name, size, 100), name),
			  NULL,
			  "Weigh contacts, sessions, channel_switches, repeats, backtracks and days_waited.");
}

Fixed
effort_sum(const Effort *effort, const EffortWeights *weights)
{
	const uint32_t counts[] = {
		[EFFORT_CONTACTS] = effort->contacts,
		[EFFORT_SESSIONS] = effort->sessions,
		[EFFORT_CHANNEL_SWITCHES] = effort->channel_switches,
		[EFFORT_REPEATS] = effort->repeats,
		[EFFORT_BACKTRACKS] = effort->backtracks
	};
	Fixed		sum = fixed_multiply_divide(weights->of[EFFORT_DAYS_WAITED], (Fixed) effort->waited, DAY);

	for (int i = 0; i < EFFORT_DAYS_WAITED; i++)
		sum = fixed_add(sum, fixed_multiply(fixed_from_count(counts[i]), weights->of[i]));
	return sum;
}
