/*
 * evidence.c
 *		From what was read of a journey to measures, and to evidence.
 */
#include <math.h>

#include "score/scoring.h"

/* ----- measures ----- */

static inline const PlanMember *
first_member(const ScorePlan *plan, uint32_t signal)
{
	return plan->members + (signal == 0 ? 0 : plan->member_end[signal - 1]);
}

/* From when on its events count. */
static inline int64_t
looks_from(const Scorer *scorer, uint32_t signal)
{
	int64_t		from;

	if (host_likely(scorer->card->signals[signal].within == 0) ||
		__builtin_sub_overflow(scorer->cut.as_of, scorer->card->signals[signal].within, &from))
		return SCORE_NEVER;
	return from;
}

int64_t
scorer_last(const Scorer *scorer, uint32_t signal)
{
	const PlanMember *member = first_member(scorer->plan, signal);
	const PlanMember *end = scorer->plan->members + scorer->plan->member_end[signal];
	int64_t		last = SCORE_NEVER;

	if (scorer->card->signals[signal].trace != SCORE_NONE)
		return scorer->plan->traced ? scorer->traces.traces[scorer->card->signals[signal].trace].last : SCORE_NEVER;
	for (; member < end; member++)
	{
		int64_t		at = scorer->last[member->code];

		last = at > last ? at : last;
	}
	return last >= looks_from(scorer, signal) ? last : SCORE_NEVER;
}

bool
scorer_saw(const Scorer *scorer, uint32_t signal)
{
	uint32_t	matcher = scorer->card->signals[signal].matcher;

	return matcher == SCORE_NONE ? scorer_last(scorer, signal) != SCORE_NEVER : scorer->levels[matcher] > 0;
}

static Fixed
additive_measure(const Scorer *scorer, uint32_t signal, bool momentary)
{
	const PlanMember *member = first_member(scorer->plan, signal);
	const PlanMember *end = scorer->plan->members + scorer->plan->member_end[signal];
	Fixed		total = 0;
	uint64_t	count = 0;

	for (; member < end; member++)
	{
		if (member->slot == PLAN_NO_SLOT)
			count += scorer->all.counts[member->code] -
				(momentary ? scorer->before.counts[member->code] : 0);
		else
		{
			total = fixed_add(total, scorer->all.slots[member->slot]);
			if (momentary)
				total = fixed_subtract(total, scorer->before.slots[member->slot]);
		}
	}
	return fixed_add(total, fixed_from_count(count));
}

static Fixed
distinct_touchpoints(const Scorer *scorer, uint32_t signal, int64_t from)
{
	const PlanMember *member = first_member(scorer->plan, signal);
	const PlanMember *end = scorer->plan->members + scorer->plan->member_end[signal];
	uint64_t	count = 0;

	for (; member < end; member++)
	{
		int64_t		at = scorer->last[member->code];

		count += at != SCORE_NEVER && at >= from;
	}
	return fixed_from_count(count);
}

static Fixed
distinct_channels(const Scorer *scorer, uint32_t signal, int64_t from)
{
	const PlanMember *member = first_member(scorer->plan, signal);
	const PlanMember *end = scorer->plan->members + scorer->plan->member_end[signal];
	uint32_t	last = 0;
	uint64_t	count = 0;

	/* members come in order of their channels */
	for (; member < end; member++)
	{
		int64_t		at = scorer->last[member->code];
		uint32_t	channel = scorer->plan->codes[member->code].channel;

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
	const ScoreSignal *of = &scorer->card->signals[signal];
	int64_t		from = looks_from(scorer, signal);
	int64_t		last;

	if (momentary && scorer->opened > from)
		from = scorer->opened;
	if (of->trace != SCORE_NONE)
		return scorer->plan->traced ? tracer_measure(momentary ? &scorer->momentary : &scorer->traces, of) : 0;
	switch (of->measure)
	{
		case MEASURE_COUNT:
		case MEASURE_SUM:
			return additive_measure(scorer, signal, momentary);
		case MEASURE_CHANNELS:
			return distinct_channels(scorer, signal, from);
		case MEASURE_TOUCHPOINTS:
			return distinct_touchpoints(scorer, signal, from);
		case MEASURE_MATCHED:
		case MEASURE_LEVEL:
			return fixed_from_count((momentary ? scorer->momentary_levels : scorer->levels)[of->matcher]);
		default:
			break;
	}
	last = scorer_last(scorer, signal);
	if (last == SCORE_NEVER || last < from)
		return 0;
	if (of->measure == MEASURE_SESSIONS)
		return fixed_from_count(momentary ? 1 : scorer->sessions[signal].count);
	return of->half_life == 0 ? FIXED_ONE :
		fixed_decay(&scorer->card->decays[of->decay], (uint64_t) scorer->cut.as_of - (uint64_t) last);
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
		Fixed		x = score_transform(signal, scorer_measure(scorer, plan->active[a], momentary));

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
