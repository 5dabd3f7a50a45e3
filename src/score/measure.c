/*
 * measure.c
 *		From what was read of a journey to what signals measure.
 */
#include "score/scoring.h"

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

/* What is left of 1 since an event, or since what never was: nothing. */
static inline int64_t
left_at(const Scorer *scorer, const ScoreReading *reading, int64_t at)
{
	if (at == SCORE_NEVER)
		return 0;
	return reading->decay == SCORE_NONE ? FIXED_ONE :
		fixed_decay(&scorer->card->decays[reading->decay], (uint64_t) scorer->cut.as_of - (uint64_t) at);
}

static HOST_INLINE Fixed
measure(const Scorer *scorer, uint32_t signal, bool momentary)
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
	if (last < from)
		return 0;
	return left_at(scorer, reading, last);
}

Fixed
scorer_measure(const Scorer *scorer, uint32_t signal, bool momentary)
{
	return measure(scorer, signal, momentary);
}

/* ----- all of them, as numbers to learn from ----- */

/* Most people have not done most things, and what measures 0 is there already. */
static inline void
set_feature(const Scorer *scorer, double *features, uint32_t signal, Fixed measure)
{
	if (measure != 0)
		features[signal] = fixed_to_double(scorer_transform(scorer, signal, measure));
}

void
scorer_features(const Scorer *scorer, double *features)
{
	const ScorePlan *plan = scorer->plan;
	const PlanFeature *feature = plan->features;
	const PlanFeature *end = feature + plan->slot_features;

	memcpy(features, scorer->absent, scorer->card->signal_count * sizeof(double));
	for (; feature < end; feature++)
		set_feature(scorer, features, feature->signal, scorer->all.slots[feature->at]);
	for (end += plan->last_features; feature < end; feature++)
		set_feature(scorer, features, feature->signal,
					left_at(scorer, &scorer->card->readings[feature->signal], scorer->last[feature->at]));
	for (end = plan->features + plan->active_count; feature < end; feature++)
		set_feature(scorer, features, feature->signal, measure(scorer, feature->signal, false));
}

void
scorer_measures(const Scorer *scorer, double *measures)
{
	const Scorecard *card = scorer->card;
	const ScorePlan *plan = scorer->plan;

	memset(measures, 0, card->signal_count * sizeof(double));
	for (uint32_t a = 0; a < plan->active_count; a++)
	{
		uint32_t	s = plan->active[a];

		measures[s] = fixed_to_double(score_cap(&card->signals[s], measure(scorer, s, false)));
	}
}
