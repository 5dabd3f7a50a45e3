/*
 * evidence.c
 *		From what was read of a journey to measures, and to evidence.
 */
#include <math.h>

#include "score/scoring.h"

/* ----- measures ----- */

/* From when on its events count. */
static inline int64_t
looks_from(const Scorer *scorer, uint32_t signal)
{
	int64_t		from;

	if (host_likely(!scorer->card->readings[signal].within) ||
		__builtin_sub_overflow(scorer->cut.as_of, scorer->card->signals[signal].within, &from))
		return SCORE_NEVER;
	return from;
}

/* When the last event of a group was. */
static inline int64_t
last_of_group(const Scorer *scorer, uint32_t number)
{
	PlanGroup	group = score_plan_group(scorer->plan, number);
	int64_t		last = SCORE_NEVER;

	for (uint32_t i = 0; i < group.count; i++)
	{
		int64_t		at = scorer->last[group.codes[i]];

		last = at > last ? at : last;
	}
	return last;
}

int64_t
scorer_last(const Scorer *scorer, uint32_t signal)
{
	const ScoreReading *reading = &scorer->card->readings[signal];
	int64_t		last;

	if (reading->trace != SCORE_NONE)
		return tracer_trace(&scorer->traces, reading->trace)->last;
	if (reading->group == SCORE_NONE)
		return SCORE_NEVER;
	last = last_of_group(scorer, reading->group);
	return last >= looks_from(scorer, signal) ? last : SCORE_NEVER;
}

bool
scorer_saw(const Scorer *scorer, uint32_t signal)
{
	uint32_t	matcher = scorer->card->readings[signal].matcher;

	return matcher == SCORE_NONE ? scorer_last(scorer, signal) != SCORE_NEVER : scorer->levels[matcher] > 0;
}

static inline Fixed
count_of_group(const Scorer *scorer, uint32_t number, bool momentary)
{
	PlanGroup	group = score_plan_group(scorer->plan, number);
	uint64_t	count = 0;

	for (uint32_t i = 0; i < group.count; i++)
		count += scorer->all.counts[group.codes[i]] - (momentary ? scorer->before.counts[group.codes[i]] : 0);
	return fixed_from_count(count);
}

static inline Fixed
tally_measure(const Scorer *scorer, const ScoreReading *reading, bool momentary)
{
	const uint32_t *slots = scorer->plan->tally_slots + scorer->plan->tally_begin[reading->tally];
	uint32_t	count = score_plan_group(scorer->plan, reading->group).count;
	Fixed		total = 0;

	for (uint32_t i = 0; i < count; i++)
	{
		total = fixed_add(total, scorer->all.slots[slots[i]]);
		if (momentary)
			total = fixed_subtract(total, scorer->before.slots[slots[i]]);
	}
	return total;
}

static Fixed
distinct_touchpoints(const Scorer *scorer, PlanGroup group, int64_t from)
{
	uint64_t	count = 0;

	for (uint32_t i = 0; i < group.count; i++)
	{
		int64_t		at = scorer->last[group.codes[i]];

		count += at != SCORE_NEVER && at >= from;
	}
	return fixed_from_count(count);
}

static Fixed
distinct_channels(const Scorer *scorer, PlanGroup group, int64_t from)
{
	uint32_t	last = 0;
	uint64_t	count = 0;

	/* they come in order of their channels */
	for (uint32_t i = 0; i < group.count; i++)
	{
		int64_t		at = scorer->last[group.codes[i]];
		uint32_t	channel = scorer->plan->codes[group.codes[i]].channel;

		if (at != SCORE_NEVER && at >= from && channel > last)
		{
			last = channel;
			count++;
		}
	}
	return fixed_from_count(count);
}

Fixed
scorer_measure(const Scorer *scorer, uint32_t signal, bool momentary)
{
	const ScoreReading *reading = &scorer->card->readings[signal];
	int64_t		from;
	int64_t		last;

	if (reading->tally != SCORE_NONE)
		return tally_measure(scorer, reading, momentary);
	if (reading->trace != SCORE_NONE)
		return tracer_measure(momentary ? &scorer->momentary : &scorer->traces, reading);
	if (reading->matcher != SCORE_NONE)
		return fixed_from_count((momentary ? scorer->momentary_levels : scorer->levels)[reading->matcher]);

	from = looks_from(scorer, signal);
	if (momentary && scorer->opened > from)
		from = scorer->opened;
	switch ((ScoreMeasure) reading->measure)
	{
		case MEASURE_COUNT:
			return count_of_group(scorer, reading->group, momentary);
		case MEASURE_CHANNELS:
			return distinct_channels(scorer, score_plan_group(scorer->plan, reading->group), from);
		case MEASURE_TOUCHPOINTS:
			return distinct_touchpoints(scorer, score_plan_group(scorer->plan, reading->group), from);
		default:
			break;
	}
	last = last_of_group(scorer, reading->group);
	if (last == SCORE_NEVER || last < from)
		return 0;
	return reading->decay == SCORE_NONE ? FIXED_ONE :
		fixed_decay(&scorer->card->decays[reading->decay], (uint64_t) scorer->cut.as_of - (uint64_t) last);
}

/* ----- evidence ----- */

static Fixed
piecewise_linear(const ScorePoint *points, uint32_t count, Fixed x)
{
	uint32_t	low = 0;
	uint32_t	high = count - 1;

	if (x <= points[0].x)
		return points[0].y;
	if (x >= points[high].x)
		return points[high].y;
	while (high - low > 1)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (points[middle].x <= x)
			low = middle;
		else
			high = middle;
	}
	return fixed_add(points[low].y,
					 fixed_multiply_divide(fixed_subtract(x, points[low].x),
										   fixed_subtract(points[high].y, points[low].y),
										   fixed_subtract(points[high].x, points[low].x)));
}

Fixed
score_cap(const ScoreSignal *signal, Fixed measure)
{
	if (signal->has_cap && measure > signal->cap)
		return signal->cap;
	if (signal->has_cap && measure < -signal->cap)
		return -signal->cap;
	return measure;
}

Fixed
score_transform(const ScoreSignal *signal, Fixed measure)
{
	measure = score_cap(signal, measure);
	switch (signal->transform)
	{
		case TRANSFORM_LINEAR:
			break;
		case TRANSFORM_LOG1P:
			return measure == 0 ? 0 : fixed_log1p(measure);
		case TRANSFORM_POINTS:
			return piecewise_linear(signal->points, signal->point_count, measure);
	}
	return measure;
}

Fixed
scorer_transform(const Scorer *scorer, uint32_t signal, Fixed measure)
{
	const ScoreReading *reading = &scorer->card->readings[signal];

	if (reading->transform == TRANSFORM_LINEAR && !reading->has_cap)
		return measure;
	if (reading->transform == TRANSFORM_LOG1P && !reading->has_cap)
		return measure == 0 ? 0 : fixed_log1p(measure);
	return score_transform(&scorer->card->signals[signal], measure);
}

void
score_add_weighted(const ScoreSignal *signal, Fixed x, Fixed *evidence)
{
	for (uint32_t w = 0; w < signal->weight_count; w++)
	{
		Fixed	   *of = &evidence[signal->weights[w].intent];

		*of = fixed_add(*of, fixed_multiply(signal->weights[w].weight, x));
	}
}

void
scorer_evidence(const Scorer *scorer, bool momentary, Fixed *evidence, Fixed *seen)
{
	const Scorecard *card = scorer->card;
	const ScorePlan *plan = scorer->plan;

	memcpy(evidence, plan->silent, card->intent_count * sizeof(Fixed));
	if (seen)
		memset(seen, 0, card->intent_count * sizeof(Fixed));
	for (uint32_t a = 0; a < plan->active_count; a++)
	{
		const ScoreSignal *signal = &card->signals[plan->active[a]];
		Fixed		x = scorer_transform(scorer, plan->active[a], scorer_measure(scorer, plan->active[a], momentary));

		if (x != 0)
			score_add_weighted(signal, x, evidence);
		if (seen == NULL || !scorer_saw(scorer, plan->active[a]))
			continue;
		for (uint32_t w = 0; w < signal->weight_count; w++)
		{
			Fixed		weight = signal->weights[w].weight;

			seen[signal->weights[w].intent] += weight < 0 ? -weight : weight;
		}
	}
}

double
score_logistic(Fixed evidence)
{
	return 1 / (1 + exp(-fixed_to_double(evidence)));
}
