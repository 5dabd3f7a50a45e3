/*
 * trace.c
 *		What signals keep that look at each of their events.
 */
#include "score/trace.h"

#define HOUR (60 * SCORECARD_MINUTE)

/* Weeks begin on Mondays: 2000-01-03, two days after instant 0. */
#define MONDAY (2 * SCORECARD_DAY)

/* Nothing is overdue by more times its rhythm. */
#define OVERDUE_MAX 1000

/* ----- the traces of a dictionary ----- */

typedef struct CodeList
{
	uint32_t   *codes;
	uint32_t	count;
	uint32_t	capacity;
} CodeList;

static TraceCodes
list_matching(CodeList *list, const TouchpointPattern *patterns, uint32_t pattern_count,
			  const Touchpoint *touchpoints, uint32_t count)
{
	TraceCodes	found = {.from = list->count};

	for (uint32_t code = 0; code < count && pattern_count > 0; code++)
	{
		bool		matches = false;

		if (code % 4096 == 4095)
			host_check_interrupts();
		for (uint32_t p = 0; p < pattern_count && !matches; p++)
			matches = touchpoint_matches(&patterns[p], &touchpoints[code]);
		if (!matches)
			continue;
		if (list->count == list->capacity)
		{
			list->capacity = (uint32_t) checked_growth(list->capacity, (size_t) list->count + 1);
			list->codes = host_realloc_array(list->codes, list->capacity, sizeof(uint32_t));
		}
		list->codes[list->count++] = code;
	}
	found.until = list->count;
	found.all = found.until - found.from == count;
	return found;
}

uint32_t
trace_plan(const Scorecard *card, const Touchpoint *touchpoints, uint32_t count, TracePlan *plans,
		   uint32_t **codes, uint32_t *code_count)
{
	CodeList	list = {.codes = host_alloc_array(16, sizeof(uint32_t)), .capacity = 16};
	uint32_t	planned = 0;

	for (uint32_t t = 0; t < card->trace_count; t++)
	{
		const ScoreSignal *signal = &card->signals[card->traces[t].signal];
		TracePlan  *plan = &plans[planned];

		*plan = (TracePlan) {.trace = t};
		plan->counts = list_matching(&list, signal->patterns, signal->pattern_count, touchpoints, count);
		if (plan->counts.from == plan->counts.until)
			continue;
		plan->settles = list_matching(&list, signal->until, signal->until_count, touchpoints, count);
		for (uint32_t a = 0; a < signal->after_count; a++)
			plan->after[a] = list_matching(&list, &signal->after[signal->after_count - 1 - a], 1, touchpoints, count);
		planned++;
	}
	*codes = list.codes;
	*code_count = list.count;
	return planned;
}

/* ----- a pass ----- */

static const SignalTrace no_events = {.first = SCORE_NEVER, .last = SCORE_NEVER};

void
tracer_init(Tracer *tracer, const Scorecard *card)
{
	memset(tracer, 0, sizeof(*tracer));
	tracer->card = card;
	tracer->traces = host_alloc_array((size_t) card->trace_count + 1, sizeof(SignalTrace));
	tracer->clocks = host_alloc_array((size_t) card->clock_count + 1, sizeof(ClockState));
	tracer->at_hours = host_alloc_array((size_t) card->hours_count + 1, sizeof(uint64_t));
}

void
tracer_begin(Tracer *tracer, int64_t as_of, uint32_t code_count)
{
	if (code_count > tracer->code_capacity)
	{
		size_t		capacity = checked_growth(tracer->code_capacity, code_count);

		if (tracer->of_code)
			host_free(tracer->of_code);
		tracer->of_code = NULL;
		tracer->code_capacity = 0;
		tracer->of_code = host_alloc_zero(checked_mul_size(capacity, sizeof(uint64_t)));
		tracer->code_capacity = capacity;
	}
	tracer->as_of = as_of;
	for (uint32_t t = 0; t < tracer->card->trace_count; t++)
		tracer->traces[t] = no_events;
	for (uint32_t c = 0; c < tracer->card->clock_count; c++)
		tracer->clocks[c] = (ClockState) {.end = INT64_MIN};
	tracer->before = tracer->before_that = SCORE_NONE;
}

static int64_t
divide_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
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
highest_bit(uint64_t bits)
{
	return 63 - (uint32_t) __builtin_clzll(bits);
}

/* The period that `at` is in; the calendar's times stay far from the ends of an int64. */
static int64_t
period_end(const Tracer *tracer, int64_t length, int64_t at)
{
	int64_t		shift = tracer->card->utc_offset - MONDAY;
	int64_t		start = divide_down(at + shift, length) * length - shift;
	int64_t		end;

	return __builtin_add_overflow(start, length, &end) ? INT64_MAX : end;
}

/* Which events of the block begin a session or a period. */
static void
advance_clock(Tracer *tracer, const ScoreClock *of, ClockState *clock, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	int64_t		last = tracer->last;

	clock->before = clock->number;
	clock->begins = 0;
	if (of->period)
	{
		for (uint32_t i = from; i < end; i++)
		{
			if (block->at[i] < clock->end)
				continue;
			clock->begins |= UINT64_C(1) << i;
			clock->end = period_end(tracer, of->length, block->at[i]);
		}
	}
	else
	{
		for (uint32_t i = from; i < end; i++)
		{
			clock->begins |= (uint64_t) ((uint64_t) block->at[i] - (uint64_t) last > (uint64_t) of->length) << i;
			last = block->at[i];
		}
		if (clock->number == 0)
			clock->begins |= UINT64_C(1) << from;
	}
	clock->number += count_bits(clock->begins);
}

/* Which events of the block are at the hours that signals look at. */
static void
find_hours(Tracer *tracer, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	int64_t		shift = tracer->card->utc_offset - MONDAY;

	for (uint32_t h = 0; h < tracer->card->hours_count; h++)
		tracer->at_hours[h] = 0;
	for (uint32_t i = from; i < end;)
	{
		int64_t		hour = divide_down(block->at[i] + shift, HOUR);
		int64_t		next = (hour + 1) * HOUR - shift;
		uint32_t	of_week = (uint32_t) (hour - divide_down(hour, WEEK_HOURS) * WEEK_HOURS);
		uint64_t	events = bits_from(i);

		while (i < end && block->at[i] < next)
			i++;
		events &= ~bits_from(i);
		for (uint32_t h = 0; h < tracer->card->hours_count; h++)
		{
			if (tracer->card->hours[h].hours[of_week / 64] >> of_week % 64 & 1)
				tracer->at_hours[h] |= events;
		}
	}
}

/* Events of the block with certain touchpoints. */
static inline uint64_t
events_of(const Tracer *tracer, const TraceCodes *of, const uint32_t *codes, uint64_t all)
{
	uint64_t	events = 0;

	if (of->all)
		return all;
	for (uint32_t c = of->from; c < of->until; c++)
		events |= tracer->of_code[codes[c]];
	return events;
}

static bool
is_among(const TraceCodes *of, const uint32_t *codes, uint32_t code)
{
	if (code == SCORE_NONE || of->all)
		return code != SCORE_NONE;
	for (uint32_t c = of->from; c < of->until; c++)
	{
		if (codes[c] == code)
			return true;
	}
	return false;
}

/* Events of the block that come directly behind what the signal says. */
static uint64_t
events_behind(const Tracer *tracer, const TracePlan *plan, uint32_t after_count, const uint32_t *codes, uint64_t all, uint32_t from)
{
	uint64_t	behind = events_of(tracer, &plan->after[0], codes, all) << 1 |
		(uint64_t) is_among(&plan->after[0], codes, tracer->before) << from;

	if (after_count > 1)
	{
		uint64_t	carried = (uint64_t) is_among(&plan->after[1], codes, tracer->before_that) << from;

		if (from < 63)
			carried |= (uint64_t) is_among(&plan->after[1], codes, tracer->before) << (from + 1);
		behind &= events_of(tracer, &plan->after[1], codes, all) << 2 | carried;
	}
	return behind;
}

/* The same of all events of the block: the runs between need no look. */
static void
add_all_runs(SignalTrace *trace, const ClockState *clock, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	uint32_t	start = clock->begins ? highest_bit(clock->begins) : from;

	/* at first it goes on with a run that it may have no part in yet */
	trace->runs += count_bits(clock->begins) + ((clock->begins >> from & 1) == 0 && trace->run != clock->before);
	if (trace->run != clock->number)
	{
		trace->run = clock->number;
		trace->run_start = block->at[start];
		trace->in_run = 0;
	}
	trace->in_run += end - start;
}

/* Runs of a clock that some events are in. */
static void
add_runs(SignalTrace *trace, const ClockState *clock, const JourneyBlock *block, uint64_t events)
{
	while (events != 0)
	{
		uint32_t	i = (uint32_t) __builtin_ctzll(events);
		uint64_t	later = clock->begins & bits_from(i + 1);
		uint64_t	in_run = later ? events & ~bits_from((uint32_t) __builtin_ctzll(later)) : events;
		uint64_t	run = clock->before + count_bits(clock->begins & ~bits_from(i + 1));

		if (trace->run != run)
		{
			trace->runs++;
			trace->run = run;
			trace->run_start = block->at[i];
			trace->in_run = 0;
		}
		trace->in_run += count_bits(in_run);
		events &= ~in_run;
	}
}

static void
add_sum(const Tracer *tracer, const ScoreTrace *of, SignalTrace *trace, const JourneyBlock *block, uint64_t events)
{
	const FixedDecay *decay = of->decay == SCORE_NONE ? NULL : &tracer->card->decays[of->decay];

	if (of->sum == TRACE_SUM_OF_VALUES)
		events &= block->valued;
	for (; events != 0; events &= events - 1)
	{
		uint32_t	i = (uint32_t) __builtin_ctzll(events);
		int64_t		left = decay == NULL ? FIXED_ONE : fixed_decay(decay, (uint64_t) tracer->as_of - (uint64_t) block->at[i]);

		if (of->sum == TRACE_SUM_OF_COUNTS)
			trace->sum += left;
		else
			trace->sum = fixed_add(trace->sum, score_faded_value(block->value[i], left));
	}
}

static void
trace_block(Tracer *tracer, const TracePlan *plan, const uint32_t *codes, const JourneyBlock *block, uint64_t all, uint32_t from)
{
	const ScoreTrace *of = &tracer->card->traces[plan->trace];
	uint32_t	after_count = tracer->card->signals[of->signal].after_count;
	SignalTrace *trace = &tracer->traces[plan->trace];
	uint64_t	events = events_of(tracer, &plan->counts, codes, all);

	if (plan->settles.from < plan->settles.until)
	{
		uint64_t	settling = events_of(tracer, &plan->settles, codes, all);

		/* an event may count and settle: then nothing is open behind it */
		if (settling != 0)
		{
			*trace = no_events;
			events &= bits_from(highest_bit(settling) + 1);
		}
	}
	if (after_count > 0 && events != 0)
		events &= events_behind(tracer, plan, after_count, codes, all, from);
	if (of->hours != SCORE_NONE)
		events &= tracer->at_hours[of->hours];
	if (events == 0)
		return;
	if (of->within < (uint64_t) tracer->as_of - (uint64_t) block->at[__builtin_ctzll(events)])
	{
		/* what is too old comes first, and mostly it is all */
		if (of->within < (uint64_t) tracer->as_of - (uint64_t) block->at[highest_bit(events)])
			return;
		while (of->within < (uint64_t) tracer->as_of - (uint64_t) block->at[__builtin_ctzll(events)])
			events &= events - 1;
	}
	if (trace->count == 0)
		trace->first = block->at[__builtin_ctzll(events)];
	trace->last = block->at[highest_bit(events)];
	trace->count += count_bits(events);
	if (of->clock != SCORE_NONE && events == all)
		add_all_runs(trace, &tracer->clocks[of->clock], block, from, highest_bit(all) + 1);
	else if (of->clock != SCORE_NONE)
		add_runs(trace, &tracer->clocks[of->clock], block, events);
	if (of->sum != TRACE_NO_SUM)
		add_sum(tracer, of, trace, block, events);
}

void
tracer_events(Tracer *tracer, const TracePlan *plans, uint32_t plan_count, const uint32_t *codes,
			  const JourneyBlock *block, uint32_t from, uint32_t end)
{
	uint64_t	all = bits_from(from) & ~bits_from(end);

	if (from == end)
		return;
	for (uint32_t i = from; i < end; i++)
		tracer->of_code[block->code[i]] |= UINT64_C(1) << i;
	for (uint32_t c = 0; c < tracer->card->clock_count; c++)
		advance_clock(tracer, &tracer->card->clocks[c], &tracer->clocks[c], block, from, end);
	if (tracer->card->hours_count > 0)
		find_hours(tracer, block, from, end);
	for (uint32_t p = 0; p < plan_count; p++)
		trace_block(tracer, &plans[p], codes, block, all, from);

	for (uint32_t i = from; i < end; i++)
		tracer->of_code[block->code[i]] = 0;
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
tracer_measure(const Tracer *tracer, const ScoreSignal *signal)
{
	const SignalTrace *trace = &tracer->traces[signal->trace];
	uint64_t	age = (uint64_t) tracer->as_of - (uint64_t) trace->last;
	int64_t		left = FIXED_ONE;

	if (trace->count == 0)
		return 0;
	if (signal->half_life > 0)
		left = fixed_decay(&tracer->card->decays[signal->decay], age);
	switch (signal->measure)
	{
		case MEASURE_COUNT:
			/* a sum may be another's that shares the trace */
			return signal->half_life > 0 ? trace->sum : fixed_from_count(trace->count);
		case MEASURE_SUM:
			return trace->sum;
		case MEASURE_EXISTS:
		case MEASURE_RECENCY:
			return left;
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
		case MEASURE_UNUSUAL:
			return fixed_multiply(unusual(trace, &tracer->clocks[tracer->card->traces[signal->trace].clock]), left);
		default:
			return 0;
	}
}
