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

/* ----- the sets of a dictionary ----- */

static void
add_matching(uint64_t *sets, size_t words, int set, uint32_t trace, const TouchpointPattern *patterns, uint32_t pattern_count,
			 const Touchpoint *touchpoints, uint32_t count)
{
	for (uint32_t code = 0; code < count; code++)
	{
		bool		matches = false;

		if (code % 4096 == 4095)
			host_check_interrupts();
		for (uint32_t p = 0; p < pattern_count && !matches; p++)
			matches = touchpoint_matches(&patterns[p], &touchpoints[code]);
		if (matches)
			sets[(code * TRACE_SETS + set) * words + trace / 64] |= UINT64_C(1) << trace % 64;
	}
}

/* Whatever came before, or nothing did. */
static void
add_all(uint64_t *sets, size_t words, int set, uint32_t trace, uint32_t count)
{
	for (uint32_t code = 0; code <= count; code++)
		sets[(code * TRACE_SETS + set) * words + trace / 64] |= UINT64_C(1) << trace % 64;
}

void
trace_plan(const Scorecard *card, const Touchpoint *touchpoints, uint32_t count, uint64_t *sets)
{
	size_t		words = card->trace_words;

	for (uint32_t t = 0; t < card->trace_count; t++)
	{
		const ScoreSignal *signal = &card->signals[card->traced[t]];
		const TouchpointPattern *after = signal->after;
		uint32_t	behind = signal->after_count;

		add_matching(sets, words, TRACE_COUNTS, t, signal->patterns, signal->pattern_count, touchpoints, count);
		add_matching(sets, words, TRACE_SETTLES, t, signal->until, signal->until_count, touchpoints, count);
		if (behind > 0)
			add_matching(sets, words, TRACE_BEFORE, t, &after[behind - 1], 1, touchpoints, count);
		else
			add_all(sets, words, TRACE_BEFORE, t, count);
		if (behind > 1)
			add_matching(sets, words, TRACE_BEFORE_THAT, t, &after[behind - 2], 1, touchpoints, count);
		else
			add_all(sets, words, TRACE_BEFORE_THAT, t, count);
	}
}

/* ----- events ----- */

static const SignalTrace no_events = {.first = SCORE_NEVER, .last = SCORE_NEVER};

void
tracer_init(Tracer *tracer, const Scorecard *card)
{
	memset(tracer, 0, sizeof(*tracer));
	tracer->card = card;
	tracer->traces = host_alloc_array((size_t) card->trace_count + 1, sizeof(SignalTrace));
	tracer->clocks = host_alloc_array((size_t) card->clock_count + 1, sizeof(ClockState));
}

void
tracer_begin(Tracer *tracer, int64_t as_of, uint32_t code_count)
{
	tracer->as_of = as_of;
	for (uint32_t t = 0; t < tracer->card->trace_count; t++)
		tracer->traces[t] = no_events;
	for (uint32_t c = 0; c < tracer->card->clock_count; c++)
		tracer->clocks[c] = (ClockState) {.end = INT64_MIN};
	tracer->before = tracer->before_that = code_count;
	tracer->hour_start = tracer->hour_end = 0;
}

static int64_t
divide_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* The period that `at` is in; the calendar's times stay far from the ends of an int64. */
static void
begin_period(const Tracer *tracer, const ScoreClock *of, ClockState *clock, int64_t at)
{
	int64_t		shift = tracer->card->utc_offset - MONDAY;
	int64_t		start = divide_down(at + shift, of->length) * of->length - shift;

	if (__builtin_add_overflow(start, of->length, &clock->end))
		clock->end = INT64_MAX;
	clock->number++;
}

static inline void
advance_clocks(Tracer *tracer, int64_t at)
{
	for (uint32_t c = 0; c < tracer->card->clock_count; c++)
	{
		const ScoreClock *of = &tracer->card->clocks[c];
		ClockState *clock = &tracer->clocks[c];

		if (of->period)
		{
			if (at >= clock->end)
				begin_period(tracer, of, clock, at);
			continue;
		}
		if (clock->number == 0 || (uint64_t) at - (uint64_t) clock->last > (uint64_t) of->length)
			clock->number++;
		clock->last = at;
	}
}

/* What looks at the hour of the week that `at` is in. */
static inline const uint64_t *
hour_set(Tracer *tracer, int64_t at)
{
	if (host_unlikely(at < tracer->hour_start || at >= tracer->hour_end))
	{
		int64_t		shift = tracer->card->utc_offset - MONDAY;
		int64_t		hour = divide_down(at + shift, HOUR);

		tracer->hour_start = hour * HOUR - shift;
		tracer->hour_end = tracer->hour_start + HOUR;
		hour -= divide_down(hour, WEEK_HOURS) * WEEK_HOURS;
		tracer->hour = tracer->card->week + (size_t) hour * tracer->card->trace_words;
	}
	return tracer->hour;
}

static inline void
add_event(Tracer *tracer, uint32_t number, const JourneyBlock *block, uint32_t i)
{
	const ScoreSignal *signal = &tracer->card->signals[tracer->card->traced[number]];
	SignalTrace *trace = &tracer->traces[number];
	int64_t		at = block->at[i];

	if (signal->within > 0 && (uint64_t) tracer->as_of - (uint64_t) at > (uint64_t) signal->within)
		return;
	if (trace->count++ == 0)
		trace->first = at;
	trace->last = at;
	if (signal->clock != SCORE_NONE)
	{
		uint64_t	run = tracer->clocks[signal->clock].number;

		if (trace->run != run)
		{
			trace->runs++;
			trace->run = run;
			trace->run_start = at;
			trace->in_run = 0;
		}
		trace->in_run++;
	}
	else if (signal->measure == MEASURE_SUM || (signal->measure == MEASURE_COUNT && signal->half_life > 0))
	{
		int64_t		left = signal->half_life == 0 ? FIXED_ONE :
			fixed_decay(&tracer->card->decays[signal->decay], (uint64_t) tracer->as_of - (uint64_t) at);

		if (signal->measure == MEASURE_COUNT)
			trace->sum += left;
		else if (block->valued >> i & 1)
			trace->sum = fixed_add(trace->sum, score_faded_value(block->value[i], left));
	}
}

void
tracer_events(Tracer *tracer, const uint64_t *sets, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	const size_t words = tracer->card->trace_words;

	for (uint32_t i = from; i < end; i++)
	{
		const uint64_t *of = sets + (size_t) block->code[i] * TRACE_SETS * words;
		const uint64_t *before = sets + ((size_t) tracer->before * TRACE_SETS + TRACE_BEFORE) * words;
		const uint64_t *before_that = sets + ((size_t) tracer->before_that * TRACE_SETS + TRACE_BEFORE_THAT) * words;
		const uint64_t *hour = tracer->card->week ? hour_set(tracer, block->at[i]) : NULL;

		advance_clocks(tracer, block->at[i]);
		for (size_t word = 0; word < words; word++)
		{
			uint64_t	bits = of[word] & before[word] & before_that[word];

			for (bits &= hour ? hour[word] : UINT64_MAX; bits != 0; bits &= bits - 1)
				add_event(tracer, (uint32_t) (word * 64) + (uint32_t) __builtin_ctzll(bits), block, i);
			/* an event may count and settle: then nothing is open behind it */
			for (bits = of[TRACE_SETTLES * words + word]; bits != 0; bits &= bits - 1)
				tracer->traces[word * 64 + (size_t) __builtin_ctzll(bits)] = no_events;
		}
		tracer->before_that = tracer->before;
		tracer->before = block->code[i];
	}
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
			return fixed_multiply(unusual(trace, &tracer->clocks[signal->clock]), left);
		default:
			return 0;
	}
}
