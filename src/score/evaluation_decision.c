/*
 * evaluation_decision.c
 *		What follows from a threshold: the confusion matrix, and which is best.
 */
#include "score/evaluation.h"

#include <math.h>

EvaluationConfusion
evaluation_confusion(const EvaluationState *state, double threshold)
{
	EvaluationCursor cursor = evaluation_read(state, true);
	EvaluationGroup group;
	Fixed		below[2] = {0, 0};
	Fixed		above[2] = {0, 0};

	while (evaluation_next(&cursor, &group))
	{
		Fixed	   *side = group.score >= threshold ? above : below;

		for (int label = 0; label < 2; label++)
			side[label] = fixed_add(side[label], group.weight[label]);
	}
	return (EvaluationConfusion)
	{
		.true_positives = fixed_to_double(above[1]),
			.false_positives = fixed_to_double(above[0]),
			.true_negatives = fixed_to_double(below[0]),
			.false_negatives = fixed_to_double(below[1])
	};
}

double
evaluation_f1(const EvaluationConfusion *confusion)
{
	double		found = 2 * confusion->true_positives;
	double		missed = confusion->false_positives + confusion->false_negatives;

	return found == 0 ? 0 : found / (found + missed);
}

bool
evaluation_best_threshold(const EvaluationState *state, const double *costs,
						  double *threshold, double *value)
{
	EvaluationTotals totals = evaluation_totals(state);
	EvaluationCursor cursor = evaluation_read(state, false);
	EvaluationGroup group;
	double		all = totals.size[0] + totals.size[1];
	Fixed		above[2] = {0, 0};

	if (totals.weight[0] == 0 || totals.weight[1] == 0)
		return false;
	/* to say yes to nobody */
	*threshold = HUGE_VAL;
	*value = costs ? costs[1] * totals.size[1] / all : 0;
	while (evaluation_next(&cursor, &group))
	{
		EvaluationConfusion confusion;
		double		here;

		for (int label = 0; label < 2; label++)
			above[label] = fixed_add(above[label], group.weight[label]);
		confusion.true_positives = fixed_to_double(above[1]);
		confusion.false_positives = fixed_to_double(above[0]);
		confusion.false_negatives = fixed_to_double(totals.weight[1] - above[1]);
		here = costs == NULL ? evaluation_f1(&confusion) :
			(costs[0] * confusion.false_positives + costs[1] * confusion.false_negatives) / all;
		if (costs == NULL ? here > *value : here < *value)
		{
			*threshold = group.score;
			*value = here;
		}
	}
	return true;
}
