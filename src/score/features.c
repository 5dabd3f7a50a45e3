/*
 * features.c
 *		What every signal measures, as numbers to learn from.
 */
#include "score/scoring.h"

void
scorer_features(const Scorer *scorer, double *features)
{
	const Scorecard *card = scorer->card;
	const ScorePlan *plan = scorer->plan;
	Fixed	   *measures = scorer->measures;

	memcpy(features, scorer->absent, card->signal_count * sizeof(double));
	for (uint32_t a = 0; a < plan->active_count; a++)
		measures[a] = scorer_measure(scorer, plan->active[a], false);
	for (uint32_t a = 0; a < plan->active_count; a++)
	{
		uint32_t	s = plan->active[a];

		/* most people have not done most things */
		if (measures[a] != 0)
			features[s] = fixed_to_double(scorer_transform(scorer, s, measures[a]));
	}
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

		measures[s] = fixed_to_double(score_cap(&card->signals[s], scorer_measure(scorer, s, false)));
	}
}
