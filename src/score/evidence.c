/*
 * evidence.c
 *		From measures to evidence: caps, transforms, weights.
 */
#include <math.h>

#include "score/scoring.h"

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
