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

	memcpy(features, scorer->absent, card->signal_count * sizeof(double));
	for (uint32_t a = 0; a < plan->active_count; a++)
	{
		uint32_t	s = plan->active[a];
		Fixed		measure = scorer_measure(scorer, s, false);

		/* most people have not done most things */
		if (measure != 0)
			features[s] = fixed_to_double(score_transform(&card->signals[s], measure));
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
