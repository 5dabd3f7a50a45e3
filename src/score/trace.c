/*
 * trace.c
 *		What signals keep that look at each of their events.
 */
#include "base/instant.h"
#include "score/trace.h"

#define HOUR (60 * SCORECARD_MINUTE)

/* Weeks begin on Mondays: 2000-01-03, two days after instant 0. */
#define MONDAY (2 * SCORECARD_DAY)

/* Nothing is overdue by more times its rhythm. */
#define OVERDUE_MAX 1000

/* ----- a pass ----- */

static const SignalTrace no_events = {.first = SCORE_NEVER, .last = SCORE_NEVER};

void
tracer_init(Tracer *tracer, const Scorecard *card)
{
	memset(tracer, 0, sizeof(*tracer));
	tracer->card = card;
	tracer->traces = host_alloc_zero(checked_mul_size((size_t) card->trace_count + 1, sizeof(SignalTrace)));
	tracer->clocks = host_alloc_array((size_t) card->clock_count + 1, sizeof(ClockState));
	tracer->at_hours = host_alloc_array((size_t) card->hours_count + 1, sizeof(uint64_t));
}

/* At least `count` words, all 0. */
static void
make_room(uint64_t **words, size_t *capacity, uint32_t count)
{
	size_t		grown = checked_growth(*capacity, count);

	*capacity = 0;
	if (*words)
		host_free(*words);
	*words = NULL;
	*words = host_alloc_zero(checked_mul_size(grown, sizeof(uint64_t)));
	*capacity = grown;
}

void
tracer_begin(Tracer *tracer, int64_t as_of, uint32_t code_count, const TracePlans *plans)
{
	/* what traces kept of the journey before is not of this one */
	tracer->journey++;
	if (plans->count == 0)
		return;
	if (host_unlikely(code_count > tracer->code_capacity))
		make_room(&tracer->of_code, &tracer->code_capacity, code_count);
	if (host_unlikely(plans->word_count > tracer->word_capacity))
		make_room(&tracer->words, &tracer->word_capacity, plans->word_count);
	tracer->as_of = as_of;
	tracer->code_count = code_count;
	for (uint32_t c = 0; c < tracer->card->clock_count; c++)
		tracer->clocks[c] = (ClockState) {.end = INT64_MIN};
	tracer->before = tracer->before_that = SCORE_NONE;
}

const SignalTrace *
tracer_trace(const Tracer *tracer, uint32_t trace)
{
	return tracer->traces[trace].journey == tracer->journey ? &tracer->traces[trace] : &no_events;
}

/* Bits from i on, to 64 of them: none. */
static inline uint64_t
bits_from(uint32_t i)
{
	return i < 64 ? UINT64_MAX << i : 0;
}

/* Without an instruction for it, the compiler would call a function that looks into a table. */
static inline uint64_t
count_bits(uint64_t bits)
{
	bits -= bits >> 1 & UINT64_C(0x5555555555555555);
	bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
	bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return bits * UINT64_C(0x0101010101010101) >> 56;
}

static inline uint32_t
lowest_bit(uint64_t bits)
{
	return (uint32_t) __builtin_ctzll(bits);
}

static inline uint32_t
highest_bit(uint64_t bits)
{
	return 63 - (uint32_t) __builtin_clzll(bits);
}

/* ----- the calendar ----- */

/* Where the period ends that `at` is in; the calendar's times stay far from the ends of an int64. */
static int64_t
period_end(const Tracer *tracer, int64_t length, int64_t at)
{
	int64_t		into = (at + tracer->card->utc_offset - MONDAY) % length;
	int64_t		end;

	if (into < 0)
		into += length;
	return __builtin_add_overflow(at, length - into, &end) ? INT64_MAX : end;
}

static inline bool
is_pause(int64_t before, int64_t at, int64_t length)
{
	return (uint64_t) at - (uint64_t) before > (uint64_t) length;
}

/* Events of the block that come after more than the shortest pause of any clock; bits move in from behind. */
static uint64_t
find_pauses(const Tracer *tracer, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	int64_t		shortest = tracer->card->clocks[tracer->card->shortest_pause].length;
	uint64_t	pauses = 0;

	for (uint32_t i = end; --i > from;)
		pauses += pauses + is_pause(block->at[i - 1], block->at[i], shortest);
	pauses += pauses + (tracer->before == SCORE_NONE || is_pause(tracer->last, block->at[from], shortest));
	return pauses << from;
}

/* Those of them that are after a longer pause. */
static uint64_t
find_longer(const Tracer *tracer, const JourneyBlock *block, uint32_t from, uint64_t pauses, int64_t length)
{
	uint64_t	longer = 0;

	for (; pauses != 0; pauses &= pauses - 1)
	{
		uint32_t	i = lowest_bit(pauses);
		bool		is_longer = i > from ? is_pause(block->at[i - 1], block->at[i], length) :
			tracer->before == SCORE_NONE || is_pause(tracer->last, block->at[i], length);

		longer |= (uint64_t) is_longer << i;
	}
	return longer;
}

static uint64_t
find_periods(const Tracer *tracer, int64_t length, ClockState *clock, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	uint64_t	begins = 0;

	for (uint32_t i = from; i < end; i++)
	{
		if (block->at[i] < clock->end)
			continue;
		begins |= UINT64_C(1) << i;
		clock->end = period_end(tracer, length, block->at[i]);
	}
	return begins;
}

/* Which events of the block begin a session or a period. */
static void
advance_clocks(Tracer *tracer, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	const Scorecard *card = tracer->card;
	uint64_t	pauses = card->shortest_pause == SCORE_NONE ? 0 : find_pauses(tracer, block, from, end);

	for (uint32_t c = 0; c < card->clock_count; c++)
	{
		const ScoreClock *of = &card->clocks[c];
		ClockState *clock = &tracer->clocks[c];

		clock->before = clock->number;
		if (of->period)
			clock->begins = find_periods(tracer, of->length, clock, block, from, end);
		else if (c == card->shortest_pause)
			clock->begins = pauses;
		else
			clock->begins = find_longer(tracer, block, from, pauses, of->length);
		clock->number += clock->begins != 0;
	}
}

/*
 * Microseconds of local time since a Monday before any instant: never negative,
 * so that divisions are plain, and in hours they have 32 bits.
 */
#define WEEK ((uint64_t) WEEK_HOURS * HOUR)
#define BEFORE_TIME ((-INSTANT_MIN / WEEK + 2) * WEEK)

static inline uint64_t
local_time(const Tracer *tracer, int64_t at)
{
	return (uint64_t) at + BEFORE_TIME + (uint64_t) (tracer->card->utc_offset - MONDAY);
}

/* One bit of each byte, those of events from .. end-1, as the bits of a word: eight are moved together by a product. */
static uint64_t
gather_bits(const uint8_t *bytes, unsigned bit, uint32_t from, uint32_t end)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t	bits = 0;

	for (uint32_t i = from & ~7U; i < end; i += 8)
		bits |= ((bytes_load_u64(bytes + i) >> bit & ones) * UINT64_C(0x0102040810204080) >> 56) << i;
	return bits & bits_from(from) & ~bits_from(end);
}

/* Which events of the block are at the hours that signals look at. */
static void
find_hours(Tracer *tracer, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	uint8_t		looks[JOURNEY_BLOCK] = {0};

	for (uint32_t h = 0; h < tracer->card->hours_count; h++)
	{
		const uint8_t *week = tracer->card->weeks[h / 8].looks;

		for (uint32_t i = from; i < end && h % 8 == 0; i++)
			looks[i] = week[(uint32_t) (local_time(tracer, block->at[i]) / HOUR) % WEEK_HOURS];
		tracer->at_hours[h] = gather_bits(looks, h % 8, from, end);
	}
}

/* ----- the events of a trace ----- */

/* The words of the block: which of its events have the touchpoints of each group. */
static void
find_words(Tracer *tracer, const TracePlans *plans, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	uint64_t   *of_code = tracer->of_code;

	for (uint32_t i = from; i < end; i++)
		of_code[block->code[i]] |= UINT64_C(1) << i;
	for (uint32_t w = 1; w < plans->word_count; w++)
	{
		const TraceWord *word = &plans->words[w];
		uint64_t	events = 0;

		if (word->until - word->from == tracer->code_count)
			events = bits_from(from) & ~bits_from(end);
		else
		{
			for (uint32_t c = word->from; c < word->until; c++)
				events |= of_code[plans->codes[c]];
		}
		tracer->words[w] = events;
	}
	if (tracer->code_count < end - from)
		memset(of_code, 0, tracer->code_count * sizeof(uint64_t));
	else
	{
		for (uint32_t i = from; i < end; i++)
			of_code[block->code[i]] = 0;
	}
}

static bool
is_among(const TracePlans *plans, uint32_t word, uint32_t code)
{
	for (uint32_t c = plans->words[word].from; code != SCORE_NONE && c < plans->words[word].until; c++)
	{
		if (plans->codes[c] == code)
			return true;
	}
	return false;
}

/* Events of the block that come directly behind what the signal says. */
static uint64_t
events_behind(const Tracer *tracer, const TracePlans *plans, const TracePlan *plan, uint32_t after_count, uint32_t from)
{
	uint64_t	behind = tracer->words[plan->after[0]] << 1 |
		(uint64_t) is_among(plans, plan->after[0], tracer->before) << from;

	if (after_count > 1)
	{
		uint64_t	carried = (uint64_t) is_among(plans, plan->after[1], tracer->before_that) << from;

		if (from < 63)
			carried |= (uint64_t) is_among(plans, plan->after[1], tracer->before) << (from + 1);
		behind &= tracer->words[plan->after[1]] << 2 | carried;
	}
	return behind;
}

/* Without those that are too old: they come first, and mostly it is none or all. */
static inline uint64_t
events_within(const Tracer *tracer, const ScoreTrace *of, const JourneyBlock *block, uint64_t events)
{
	uint64_t	as_of = (uint64_t) tracer->as_of;

	if (of->within >= as_of - (uint64_t) block->at[lowest_bit(events)])
		return events;
	if (of->within < as_of - (uint64_t) block->at[highest_bit(events)])
		return 0;
	while (of->within < as_of - (uint64_t) block->at[lowest_bit(events)])
		events &= events - 1;
	return events;
}

/*
 * The first event of each run that there are some in, all at once: what is
 * lowest in a number is what it has in common with its negative, and carries
 * do not pass the top of a run.
 */
static inline uint64_t
first_of_runs(uint64_t events, uint64_t begins)
{
	uint64_t	bottoms = begins | 1;
	uint64_t	tops = bottoms >> 1 | UINT64_C(1) << 63;
	uint64_t	negative = ((~events & ~tops) + (bottoms & ~tops)) ^ ((~events ^ bottoms) & tops);

	return events & negative;
}

/* Runs of a clock that some events are in. */
static inline void
add_runs(SignalTrace *trace, const ClockState *clock, const JourneyBlock *block, uint64_t events, bool counted)
{
	uint64_t	firsts = first_of_runs(events, clock->begins);
	uint32_t	start = highest_bit(firsts);
	bool		goes_on = trace->run == clock->before &&
		(clock->begins & ~(UINT64_MAX << lowest_bit(events) << 1)) == 0;

	trace->runs += count_bits(firsts) - goes_on;
	if (!goes_on || (firsts & (firsts - 1)) != 0)
	{
		trace->run_start = block->at[start];
		trace->in_run = 0;
	}
	if (counted)
		trace->in_run += count_bits(events >> start);
	trace->run = clock->begins >> start >> 1 == 0 ? clock->number : 0;
}

static void
add_sum(const Tracer *tracer, const ScoreTrace *of, SignalTrace *trace, const JourneyBlock *block, uint64_t events)
{
	const FixedDecay *decay = of->decay == SCORE_NONE ? NULL : &tracer->card->decays[of->decay];

	if (of->sum == TRACE_SUM_OF_VALUES)
		events &= block->valued;
	for (; events != 0; events &= events - 1)
	{
		uint32_t	i = lowest_bit(events);
		int64_t		left = decay == NULL ? FIXED_ONE : fixed_decay(decay, (uint64_t) tracer->as_of - (uint64_t) block->at[i]);

		if (of->sum == TRACE_SUM_OF_COUNTS)
			trace->sum += left;
		else
			trace->sum = fixed_add(trace->sum, score_faded_value(block->value[i], left));
	}
}

/* The same of counts where what is left of each event is known. */
static inline void
add_column(SignalTrace *trace, const FadeColumn *column, uint64_t events)
{
	/* 64 of them are far below 2^63 */
	int64_t		sum = 0;

	for (events &= bits_from(column->from); events != 0; events &= events - 1)
		sum += column->left[lowest_bit(events)];
	trace->sum += sum;
}

static inline void
trace_block(Tracer *tracer, const TracePlans *plans, const TracePlan *plan, const JourneyBlock *block, uint32_t from,
			const FadeColumn *columns)
{
	const ScoreTrace *of = &tracer->card->traces[plan->trace];
	SignalTrace *trace = &tracer->traces[plan->trace];
	uint64_t	events = tracer->words[plan->counts];
	uint64_t	settling = tracer->words[plan->settles];

	/* an event may count and settle: then nothing is open behind it */
	if (settling != 0)
	{
		trace->journey = 0;
		events &= bits_from(highest_bit(settling) + 1);
	}
	if (of->after_count > 0 && events != 0)
		events &= events_behind(tracer, plans, plan, of->after_count, from);
	if (of->hours != SCORE_NONE)
		events &= tracer->at_hours[of->hours];
	if (events == 0)
		return;
	if (of->within != UINT64_MAX && (events = events_within(tracer, of, block, events)) == 0)
		return;

	if (trace->journey != tracer->journey)
	{
		*trace = no_events;
		trace->journey = tracer->journey;
		trace->first = block->at[lowest_bit(events)];
	}
	trace->last = block->at[highest_bit(events)];
	if (of->counted)
		trace->count += count_bits(events);
	if (of->clock != SCORE_NONE)
		add_runs(trace, &tracer->clocks[of->clock], block, events, of->counted);
	if (plan->column != SCORE_NONE)
		add_column(trace, &columns[plan->column], events);
	else if (of->sum != TRACE_NO_SUM)
		add_sum(tracer, of, trace, block, events);
}

void
tracer_events(Tracer *tracer, const TracePlans *plans, const JourneyBlock *block, uint32_t from, uint32_t end,
			  const FadeColumn *columns)
{
	if (from == end)
		return;
	find_words(tracer, plans, block, from, end);
	advance_clocks(tracer, block, from, end);
	if (tracer->card->hours_count > 0)
		find_hours(tracer, block, from, end);
	for (uint32_t p = 0; p < plans->count; p++)
		trace_block(tracer, plans, &plans->plans[p], block, from, columns);

	tracer->before_that = end - from > 1 ? block->code[end - 2] : tracer->before;
	tracer->before = block->code[end - 1];
	tracer->last = block->at[end - 1];
}

/* ----- measures ----- */

static Fixed
in_days(uint64_t microseconds, uint64_t divisor)
{
	return fixed_multiply_divide((Fixed) microseconds, FIXED_ONE, (Fixed) divisor * SCORECARD_DAY);
}

/* The time since the last event, in those of the mean time from run to run. */
static Fixed
overdue(const SignalTrace *trace, uint64_t age)
{
	uint64_t	span = (uint64_t) trace->run_start - (uint64_t) trace->first;
	FixedMagnitude times = (FixedMagnitude) age * (trace->runs - 1);

	if (times >= (FixedMagnitude) span * OVERDUE_MAX)
		return (Fixed) OVERDUE_MAX * FIXED_ONE;
	return fixed_multiply_divide((Fixed) times, FIXED_ONE, (Fixed) span);
}

/* ln(1 + what the last session has) less ln(1 + what those before had on average). */
static Fixed
unusual(const SignalTrace *trace, const ClockState *clock)
{
	uint64_t	now = trace->run == clock->number ? trace->in_run : 0;
	uint64_t	earlier = trace->runs - (now > 0);
	Fixed		usual;

	if (earlier == 0)
		return 0;
	usual = fixed_multiply_divide((Fixed) (trace->count - now), FIXED_ONE, (Fixed) earlier);
	return fixed_log1p(fixed_from_count(now)) - fixed_log1p(usual);
}

Fixed
tracer_measure(const Tracer *tracer, const ScoreReading *reading)
{
	const SignalTrace *trace = tracer_trace(tracer, reading->trace);
	uint64_t	age = (uint64_t) tracer->as_of - (uint64_t) trace->last;
	int64_t		left = FIXED_ONE;

	if (trace->last == SCORE_NEVER)
		return 0;
	switch ((ScoreMeasure) reading->measure)
	{
		case MEASURE_COUNT:
			/* a sum may be another's that shares the trace */
			return reading->decay != SCORE_NONE ? trace->sum : fixed_from_count(trace->count);
		case MEASURE_SUM:
			return trace->sum;
		case MEASURE_SESSIONS:
		case MEASURE_PERIODS:
			return fixed_from_count(trace->runs);
		case MEASURE_TENURE:
			return in_days((uint64_t) tracer->as_of - (uint64_t) trace->first, 1);
		case MEASURE_RHYTHM:
			return trace->runs < 2 ? 0 :
				in_days((uint64_t) trace->run_start - (uint64_t) trace->first, trace->runs - 1);
		case MEASURE_OVERDUE:
			return trace->runs < 2 ? 0 : overdue(trace, age);
		default:
			break;
	}
	if (reading->decay != SCORE_NONE)
		left = fixed_decay(&tracer->card->decays[reading->decay], age);
	switch ((ScoreMeasure) reading->measure)
	{
		case MEASURE_EXISTS:
		case MEASURE_RECENCY:
			return left;
		case MEASURE_UNUSUAL:
			return fixed_multiply(unusual(trace, &tracer->clocks[tracer->card->traces[reading->trace].clock]), left);
		default:
			return 0;
	}
}
