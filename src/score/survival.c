/*
 * survival.c
 *		How long until it happens, when for some it has not happened yet.
 *
 * Kaplan and Meier (1958), "Nonparametric estimation from incomplete
 * observations"; variance after Greenwood, its interval on the scale of
 * log(-log), where it stays between 0 and 1 (Kalbfleisch and Prentice).
 */
#include "score/survival.h"

#include <math.h>

#define Z 1.959963984540054

/* ----- rows in ----- */

void
survival_add(EvaluationState *state, int64_t duration, bool event, double weight)
{
	evaluation_add_weighted(state, (double) duration, event, weight);
}

static bool
is_duration(double score)
{
	return score >= 0 && score <= (double) SURVIVAL_LONGEST && score == floor(score);
}

/* An evaluation's payload whose scores are durations. */
static const char *
absorb(void *absorbed, unsigned version, ByteReader *reader)
{
	EvaluationState part = {0};
	ByteReader	again = *reader;
	const char *problem = evaluation_absorb(&part, version, &again);
	EvaluationCursor cursor;
	EvaluationGroup group;

	if (problem != NULL)
		return problem;
	if (part.has_parameter)
		return "its flags are unknown";
	cursor = evaluation_read(&part, true);
	while (evaluation_next(&cursor, &group))
	{
		if (!is_duration(group.score))
			return "a duration is out of range";
	}
	return evaluation_absorb(absorbed, version, reader);
}

PartialKind survival_kind = {"survival", 1, sizeof(EvaluationState), NULL, absorb, evaluation_pack};
PARTIAL_KIND_REGISTER(survival_kind);

/* ----- the curve ----- */

static void
set_interval(SurvivalStep *step, double scale)
{
	double		logarithm = log(step->survival);
	double		half = Z * sqrt(step->spread * scale) / logarithm;

	step->low = step->high = NAN;
	if (!(step->survival > 0 && step->survival < 1))
		return;
	/* the logarithm is negative, and so is half */
	step->low = pow(step->survival, exp(-half));
	step->high = pow(step->survival, exp(half));
}

static size_t
count_durations(const EvaluationState *state)
{
	EvaluationCursor cursor = evaluation_read(state, true);
	EvaluationGroup group;
	size_t		count = 0;

	while (evaluation_next(&cursor, &group))
		count++;
	return count;
}

SurvivalCurve
survival_curve(const EvaluationState *state)
{
	EvaluationTotals totals = evaluation_totals(state);
	EvaluationCursor cursor = evaluation_read(state, true);
	EvaluationGroup group;
	SurvivalCurve curve = {0};
	double		survival = 1;
	double		spread = 0;
	Fixed		gone = 0;
	uint64_t	rows_gone = 0;

	curve.scale = (totals.size[0] + totals.size[1]) / (totals.effective[0] + totals.effective[1]);
	curve.rows = totals.count[0] + totals.count[1];
	curve.events = totals.count[1];
	curve.steps = host_alloc_array(count_durations(state) + 1, sizeof(SurvivalStep));
	while (evaluation_next(&cursor, &group))
	{
		SurvivalStep *step = &curve.steps[curve.count++];

		step->duration = group.score;
		step->rows_at_risk = curve.rows - rows_gone;
		step->rows_of_events = group.count[1];
		step->at_risk = fixed_to_double(fixed_subtract(fixed_add(totals.weight[0], totals.weight[1]), gone));
		step->events = fixed_to_double(group.weight[1]);
		step->censored = fixed_to_double(group.weight[0]);
		if (step->events >= step->at_risk)
			survival = 0;
		else if (step->events > 0)
		{
			survival *= 1 - step->events / step->at_risk;
			spread += step->events / (step->at_risk * (step->at_risk - step->events));
		}
		step->survival = survival;
		step->spread = spread;
		/* rows of unequal weight say less than their weight */
		set_interval(step, curve.scale);
		gone = fixed_add(gone, fixed_add(group.weight[0], group.weight[1]));
		rows_gone += group.count[0] + group.count[1];
		curve.longest = group.score;
	}
	curve.complete = curve.count > 0 && survival == 0;
	return curve;
}

/* How many steps there are up to a duration, it included. */
static size_t
steps_until(const SurvivalCurve *curve, double duration)
{
	size_t		low = 0;
	size_t		high = curve->count;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (curve->steps[middle].duration <= duration)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

double
survival_at(const SurvivalCurve *curve, double duration)
{
	size_t		passed = steps_until(curve, duration);

	if (curve->count == 0 || (duration > curve->longest && !curve->complete))
		return NAN;
	return passed == 0 ? 1 : curve->steps[passed - 1].survival;
}

/* The area under the curve. */
static double
area(const SurvivalCurve *curve, double from, double until)
{
	size_t		i = steps_until(curve, from);
	double		survival = i == 0 ? 1 : curve->steps[i - 1].survival;
	double		sum = 0;

	for (; i < curve->count && curve->steps[i].duration < until; i++)
	{
		sum += survival * (curve->steps[i].duration - from);
		from = curve->steps[i].duration;
		survival = curve->steps[i].survival;
	}
	return sum + survival * (until - from);
}

double
survival_mean(const SurvivalCurve *curve, double from, double until)
{
	double		left = survival_at(curve, from);

	if (!(left > 0) || (until > curve->longest && !curve->complete))
		return NAN;
	return area(curve, from, until) / left;
}

/* Each event's part: the area to the right of it, squared, by Greenwood's term. */
static double
variance_of_mean(const SurvivalCurve *curve, double horizon)
{
	double		right = 0;
	double		until = horizon;
	double		variance = 0;

	for (size_t i = curve->count; i-- > 0;)
	{
		const SurvivalStep *step = &curve->steps[i];

		if (step->duration >= horizon)
			continue;
		right += step->survival * (until - step->duration);
		until = step->duration;
		if (step->events > 0 && step->events < step->at_risk)
			variance += right * right * step->events / (step->at_risk * (step->at_risk - step->events));
	}
	return variance * curve->scale;
}

SurvivalSummary
survival_summary(const SurvivalCurve *curve, double horizon)
{
	SurvivalSummary summary = {NAN, survival_mean(curve, 0, horizon), NAN, NAN, 0, 0, 0};
	double		before = 0;

	for (size_t i = 0; i < curve->count; i++)
	{
		const SurvivalStep *step = &curve->steps[i];
		double		until = step->duration < horizon ? step->duration : horizon;

		if (isnan(summary.median) && step->survival <= 0.5)
			summary.median = step->duration;
		summary.exposure += step->at_risk * (until - before);
		before = until;
		if (step->duration <= horizon)
		{
			summary.events += step->events;
			summary.rows_of_events += (double) step->rows_of_events;
		}
	}
	if (!isnan(summary.mean) && summary.events > 0)
	{
		double		half = Z * sqrt(variance_of_mean(curve, horizon));

		summary.mean_low = summary.mean > half ? summary.mean - half : 0;
		summary.mean_high = summary.mean + half < horizon ? summary.mean + half : horizon;
	}
	return summary;
}
