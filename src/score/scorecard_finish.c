/*
 * scorecard_finish.c
 *		What follows from the content of a scorecard: totals, half-lives, traces.
 */
#include "score/scorecard.h"

/* ----- traces ----- */

/* Sums by touchpoint are not all that it needs: it looks at each of its events. */
static bool
needs_trace(const ScoreSignal *signal)
{
	switch (signal->measure)
	{
		case MEASURE_PERIODS:
		case MEASURE_TENURE:
		case MEASURE_RHYTHM:
		case MEASURE_OVERDUE:
		case MEASURE_UNUSUAL:
			return true;
		case MEASURE_CHANNELS:
		case MEASURE_TOUCHPOINTS:
			return false;
		default:
			return signal->within > 0 || signal->has_run || signal->until_count > 0 || signal->after_count > 0 ||
				!signal_looks_always(signal);
	}
}

static uint32_t
find_clock(Scorecard *card, const ScoreSignal *signal)
{
	ScoreClock	wanted = {signal->measure == MEASURE_PERIODS, signal->has_run ? signal->run : card->session_gap};
	uint32_t	clock = 0;

	while (clock < card->clock_count &&
		   (card->clocks[clock].period != wanted.period || card->clocks[clock].length != wanted.length))
		clock++;
	if (clock == card->clock_count)
		card->clocks[card->clock_count++] = wanted;
	return clock;
}

static bool
looks_at_hour(const ScoreSignal *signal, uint32_t hour)
{
	uint32_t	day = hour / 24;

	hour %= 24;
	return (signal->weekdays >> day & 1) != 0 &&
		(signal->hour_from < signal->hour_until ? hour >= signal->hour_from && hour < signal->hour_until :
		 hour >= signal->hour_from || hour < signal->hour_until);
}

static uint32_t
find_hours(Scorecard *card, const ScoreSignal *signal)
{
	ScoreHours	wanted = {{0}};
	uint32_t	hours = 0;

	for (uint32_t hour = 0; hour < WEEK_HOURS; hour++)
	{
		if (looks_at_hour(signal, hour))
			wanted.hours[hour / 64] |= UINT64_C(1) << hour % 64;
	}
	while (hours < card->hours_count && memcmp(&card->hours[hours], &wanted, sizeof(wanted)) != 0)
		hours++;
	if (hours == card->hours_count)
		card->hours[card->hours_count++] = wanted;
	return hours;
}

/* The trace that a signal needs, alone. */
static ScoreTrace
trace_of(Scorecard *card, uint32_t number)
{
	const ScoreSignal *signal = &card->signals[number];
	ScoreTrace	trace = {.signal = number, .clock = SCORE_NONE, .hours = SCORE_NONE, .decay = SCORE_NONE};

	trace.within = signal->within > 0 ? (uint64_t) signal->within : UINT64_MAX;
	if (!signal_looks_always(signal))
		trace.hours = find_hours(card, signal);
	switch (signal->measure)
	{
		case MEASURE_COUNT:
		case MEASURE_SUM:
			if (signal->half_life > 0)
				trace.decay = signal->decay;
			if (signal->measure == MEASURE_SUM)
				trace.sum = TRACE_SUM_OF_VALUES;
			else if (signal->half_life > 0)
				trace.sum = TRACE_SUM_OF_COUNTS;
			break;
		case MEASURE_SESSIONS:
		case MEASURE_PERIODS:
		case MEASURE_RHYTHM:
		case MEASURE_OVERDUE:
		case MEASURE_UNUSUAL:
			trace.clock = find_clock(card, signal);
			break;
		default:
			break;
	}
	return trace;
}

static bool
same_part(TouchpointPart part, const char *a, uint32_t a_size, const char *b, uint32_t b_size)
{
	return part != TOUCHPOINT_EXACT || (a_size == b_size && memcmp(a, b, a_size) == 0);
}

static bool
same_touchpoints(const TouchpointPattern *a, uint32_t a_count, const TouchpointPattern *b, uint32_t b_count)
{
	if (a_count != b_count)
		return false;
	for (uint32_t i = 0; i < a_count; i++)
	{
		const Touchpoint *x = &a[i].touchpoint;
		const Touchpoint *y = &b[i].touchpoint;

		if (a[i].channel_part != b[i].channel_part || a[i].event_part != b[i].event_part ||
			!same_part(a[i].channel_part, x->channel, x->channel_size, y->channel, y->channel_size) ||
			!same_part(a[i].event_part, x->event, x->event_size, y->event, y->event_size))
			return false;
	}
	return true;
}

/* Do both look at the same events, and does neither need what the other has otherwise? */
static bool
can_share(const Scorecard *card, const ScoreTrace *a, const ScoreTrace *b)
{
	const ScoreSignal *x = &card->signals[a->signal];
	const ScoreSignal *y = &card->signals[b->signal];

	return a->hours == b->hours && a->within == b->within &&
		(a->clock == b->clock || a->clock == SCORE_NONE || b->clock == SCORE_NONE) &&
		(a->sum == TRACE_NO_SUM || b->sum == TRACE_NO_SUM || (a->sum == b->sum && a->decay == b->decay)) &&
		same_touchpoints(x->patterns, x->pattern_count, y->patterns, y->pattern_count) &&
		same_touchpoints(x->until, x->until_count, y->until, y->until_count) &&
		same_touchpoints(x->after, x->after_count, y->after, y->after_count);
}

static uint32_t
find_trace(Scorecard *card, uint32_t number)
{
	ScoreTrace	wanted = trace_of(card, number);
	ScoreTrace *trace = card->traces;

	for (uint32_t t = 0; t < card->trace_count; t++, trace++)
	{
		if (!can_share(card, trace, &wanted))
			continue;
		if (trace->clock == SCORE_NONE)
			trace->clock = wanted.clock;
		if (trace->sum == TRACE_NO_SUM)
		{
			trace->sum = wanted.sum;
			trace->decay = wanted.decay;
		}
		return t;
	}
	*trace = wanted;
	return card->trace_count++;
}

static void
finish_traces(Scorecard *card)
{
	size_t		most = (size_t) card->signal_count + 1;

	card->traces = host_alloc_array(most, sizeof(ScoreTrace));
	card->clocks = host_alloc_array(most, sizeof(ScoreClock));
	card->hours = host_alloc_array(most, sizeof(ScoreHours));
	card->trace_count = card->clock_count = card->hours_count = card->matcher_count = 0;
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		ScoreSignal *signal = &card->signals[s];

		host_check_interrupts();
		signal->trace = signal->matcher = SCORE_NONE;
		if (measure_is_of_pattern(signal->measure))
			signal->matcher = card->matcher_count++;
		else if (needs_trace(signal))
			signal->trace = find_trace(card, s);
	}
}

/* ----- weights and half-lives ----- */

static void
add_weights(Scorecard *card, const ScoreSignal *signal)
{
	for (uint32_t w = 0; w < signal->weight_count; w++)
	{
		ScoreIntent *intent = &card->intents[signal->weights[w].intent];
		Fixed		weight = signal->weights[w].weight;

		intent->total = fixed_add(intent->total, weight < 0 ? fixed_subtract(0, weight) : weight);
	}
}

static uint32_t
find_decay(Scorecard *card, int64_t half_life)
{
	uint32_t	decay = 0;

	while (decay < card->decay_count && card->decays[decay].half_life != half_life)
		decay++;
	if (decay == card->decay_count)
		card->decays[card->decay_count++] = fixed_decay_prepare(half_life);
	return decay;
}

void
scorecard_finish(Scorecard *card)
{
	for (uint32_t i = 0; i < card->intent_count; i++)
		card->intents[i].total = 0;
	card->decays = host_alloc_array((size_t) card->signal_count + 1, sizeof(FixedDecay));
	card->decay_count = 0;
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		add_weights(card, &card->signals[s]);
		if (card->signals[s].half_life > 0)
			card->signals[s].decay = find_decay(card, card->signals[s].half_life);
	}
	finish_traces(card);
}
