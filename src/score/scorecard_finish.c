/*
 * scorecard_finish.c
 *		What follows from the content of a scorecard: totals of weights, and what
 *		signals share: half-lives, groups of touchpoints, sums, clocks, traces.
 */
#include "score/scorecard.h"

/* ----- groups and tallies ----- */

static bool
same_part(TouchpointPart part, const char *a, uint32_t a_size, const char *b, uint32_t b_size)
{
	return part != TOUCHPOINT_EXACT || (a_size == b_size && memcmp(a, b, a_size) == 0);
}

static bool
same_touchpoints(const ScoreGroup *group, const TouchpointPattern *patterns, uint32_t count)
{
	if (group->pattern_count != count)
		return false;
	for (uint32_t i = 0; i < count; i++)
	{
		const TouchpointPattern *a = &group->patterns[i];
		const TouchpointPattern *b = &patterns[i];

		if (a->channel_part != b->channel_part || a->event_part != b->event_part ||
			!same_part(a->channel_part, a->touchpoint.channel, a->touchpoint.channel_size,
					   b->touchpoint.channel, b->touchpoint.channel_size) ||
			!same_part(a->event_part, a->touchpoint.event, a->touchpoint.event_size,
					   b->touchpoint.event, b->touchpoint.event_size))
			return false;
	}
	return true;
}

static uint32_t
find_group(Scorecard *card, const TouchpointPattern *patterns, uint32_t count)
{
	uint32_t	group = 0;

	while (group < card->group_count && !same_touchpoints(&card->groups[group], patterns, count))
		group++;
	if (group == card->group_count)
		card->groups[card->group_count++] = (ScoreGroup) {count, patterns};
	return group;
}

static uint32_t
find_tally(Scorecard *card, const ScoreReading *reading)
{
	ScoreTally	wanted = {reading->group, reading->decay, reading->measure == MEASURE_SUM};
	uint32_t	tally = 0;

	while (tally < card->tally_count &&
		   (card->tallies[tally].group != wanted.group || card->tallies[tally].decay != wanted.decay ||
			card->tallies[tally].values != wanted.values))
		tally++;
	if (tally == card->tally_count)
		card->tallies[card->tally_count++] = wanted;
	return tally;
}

/* ----- traces ----- */

/* Sums by touchpoint are not all that it needs: it looks at each of its events. */
static bool
needs_trace(const ScoreSignal *signal)
{
	switch (signal->measure)
	{
		case MEASURE_SESSIONS:
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
	if (!wanted.period && (card->shortest_pause == SCORE_NONE || wanted.length < card->clocks[card->shortest_pause].length))
		card->shortest_pause = clock;
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

/* Is a set of hours the one that a signal looks at? */
static bool
is_set(const Scorecard *card, uint32_t set, const ScoreSignal *signal)
{
	const uint8_t *looks = card->weeks[set / 8].looks;

	for (uint32_t hour = 0; hour < WEEK_HOURS; hour++)
	{
		if ((looks[hour] >> set % 8 & 1) != looks_at_hour(signal, hour))
			return false;
	}
	return true;
}

static uint32_t
find_hours(Scorecard *card, const ScoreSignal *signal)
{
	uint32_t	set = 0;

	while (set < card->hours_count && !is_set(card, set, signal))
		set++;
	if (set < card->hours_count)
		return set;
	for (uint32_t hour = 0; hour < WEEK_HOURS; hour++)
		card->weeks[set / 8].looks[hour] |= (uint8_t) (looks_at_hour(signal, hour) << set % 8);
	return card->hours_count++;
}

/* The trace that a signal needs, alone. */
static ScoreTrace
trace_of(Scorecard *card, const ScoreSignal *signal, const ScoreReading *reading)
{
	ScoreTrace	trace = {.group = reading->group, .until = SCORE_NONE, .after_count = signal->after_count,
		.clock = SCORE_NONE, .hours = SCORE_NONE, .decay = SCORE_NONE};

	if (signal->until_count > 0)
		trace.until = find_group(card, signal->until, signal->until_count);
	for (uint32_t a = 0; a < signal->after_count; a++)
		trace.after[a] = find_group(card, &signal->after[signal->after_count - 1 - a], 1);
	/* of lists no lines are asked for */
	trace.counted = card->intent_count > 0 || signal->measure == MEASURE_UNUSUAL ||
		(signal->measure == MEASURE_COUNT && signal->half_life == 0);
	trace.within = signal->within > 0 ? (uint64_t) signal->within : UINT64_MAX;
	if (!signal_looks_always(signal))
		trace.hours = find_hours(card, signal);
	switch (signal->measure)
	{
		case MEASURE_COUNT:
		case MEASURE_SUM:
			trace.decay = reading->decay;
			if (signal->measure == MEASURE_SUM)
				trace.sum = TRACE_SUM_OF_VALUES;
			else if (reading->decay != SCORE_NONE)
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

/* Do both look at the same events, and does neither need what the other has otherwise? */
static bool
can_share(const ScoreTrace *a, const ScoreTrace *b)
{
	return a->group == b->group && a->until == b->until && a->after_count == b->after_count &&
		memcmp(a->after, b->after, sizeof(a->after)) == 0 &&
		a->hours == b->hours && a->within == b->within &&
		(a->clock == b->clock || a->clock == SCORE_NONE || b->clock == SCORE_NONE) &&
		(a->sum == TRACE_NO_SUM || b->sum == TRACE_NO_SUM || (a->sum == b->sum && a->decay == b->decay));
}

static uint32_t
find_trace(Scorecard *card, const ScoreSignal *signal, const ScoreReading *reading)
{
	ScoreTrace	wanted = trace_of(card, signal, reading);
	ScoreTrace *trace = card->traces;

	for (uint32_t t = 0; t < card->trace_count; t++, trace++)
	{
		if (!can_share(trace, &wanted))
			continue;
		trace->counted |= wanted.counted;
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

/* ----- readings ----- */

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

static void
finish_reading(Scorecard *card, const ScoreSignal *signal, ScoreReading *reading)
{
	*reading = (ScoreReading) {
		.measure = (uint8_t) signal->measure,
		.transform = (uint8_t) signal->transform,
		.has_cap = signal->has_cap,
		.within = signal->within > 0,
		.group = SCORE_NONE,
		.tally = SCORE_NONE,
		.trace = SCORE_NONE,
		.decay = SCORE_NONE,
		.matcher = SCORE_NONE
	};
	if (measure_is_of_pattern(signal->measure))
	{
		reading->matcher = card->matcher_count++;
		return;
	}
	reading->group = find_group(card, signal->patterns, signal->pattern_count);
	if (signal->half_life > 0)
		reading->decay = find_decay(card, signal->half_life);
	if (needs_trace(signal))
		reading->trace = find_trace(card, signal, reading);
	/* what does not decay is counted by itself */
	else if (signal->measure == MEASURE_SUM || (signal->measure == MEASURE_COUNT && signal->half_life > 0))
		reading->tally = find_tally(card, reading);
}

static void
finish_readings(Scorecard *card)
{
	size_t		most = (size_t) card->signal_count + 1;

	card->decay_count = card->group_count = card->tally_count = card->clock_count = 0;
	card->hours_count = card->trace_count = card->matcher_count = 0;
	card->shortest_pause = SCORE_NONE;
	card->readings = host_alloc_array(most, sizeof(ScoreReading));
	card->decays = host_alloc_array(most, sizeof(FixedDecay));
	/* its own touchpoints, what settles it, and what comes before */
	card->groups = host_alloc_array(most, (2 + SIGNAL_AFTER_MAX) * sizeof(ScoreGroup));
	card->tallies = host_alloc_array(most, sizeof(ScoreTally));
	card->clocks = host_alloc_array(most, sizeof(ScoreClock));
	card->weeks = host_alloc_zero((most / 8 + 1) * sizeof(ScoreWeek));
	card->traces = host_alloc_array(most, sizeof(ScoreTrace));
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		host_check_interrupts();
		finish_reading(card, &card->signals[s], &card->readings[s]);
	}
}

/* ----- weights ----- */

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

void
scorecard_finish(Scorecard *card)
{
	for (uint32_t i = 0; i < card->intent_count; i++)
		card->intents[i].total = 0;
	for (uint32_t s = 0; s < card->signal_count; s++)
		add_weights(card, &card->signals[s]);
	finish_readings(card);
}
