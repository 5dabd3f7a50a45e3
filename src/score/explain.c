/*
 * explain.c
 *		Evidence as lines that add up to it: the base, then signal by signal.
 */
#include "score/scoring.h"

static void
add_line(ScoreLine **lines, size_t *count, size_t *capacity, ScoreLine line)
{
	if (*count == *capacity)
	{
		*capacity = checked_growth(*capacity, *count + 1);
		*lines = host_realloc_array(*lines, *capacity, sizeof(ScoreLine));
	}
	(*lines)[(*count)++] = line;
}

/* Measure of one touchpoint alone, before the cap. */
static Fixed
member_measure(const Scorer *scorer, const PlanMember *member)
{
	if (member->slot == PLAN_NO_SLOT)
		return fixed_from_count(scorer->all.counts[member->code]);
	return scorer->all.slots[member->slot];
}

/* Does the text of one touchpoint come before that of another, by bytes? */
static bool
text_before(const ScorePlan *plan, uint32_t code, uint32_t other)
{
	const ScoreText *a = &plan->texts[code];
	const ScoreText *b = &plan->texts[other];
	int			order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);

	return order != 0 ? order < 0 : a->size < b->size;
}

/*
 * Splits a contribution over the touchpoints seen, in proportion to their
 * |measure|, each share rounded towards zero.  The largest, of equal ones the
 * first by the bytes of its text, takes what is left.
 */
static void
split(const Scorer *scorer, const ScoreLine *whole, const PlanMember *members, size_t count,
	  ScoreLine *lines)
{
	FixedMagnitude sum = 0;
	FixedMagnitude most = 0;
	size_t		largest = 0;
	Fixed		left = whole->contribution;

	for (size_t i = 0; i < count; i++)
	{
		FixedMagnitude size = fixed_magnitude(member_measure(scorer, &members[i]));

		if (__builtin_add_overflow(sum, size, &sum))
			fixed_overflow();
	}
	for (size_t i = 0; i < count; i++)
	{
		Fixed		measure = member_measure(scorer, &members[i]);

		lines[i] = *whole;
		lines[i].code = members[i].code;
		lines[i].count = scorer->all.counts[members[i].code];
		lines[i].last = scorer->last[members[i].code];
		lines[i].contribution = sum == 0 ? 0 : fixed_share(whole->contribution, measure, sum);
		left -= lines[i].contribution;
		if (i == 0 || fixed_magnitude(measure) > most ||
			(fixed_magnitude(measure) == most &&
			 text_before(scorer->plan, members[i].code, members[largest].code)))
		{
			most = fixed_magnitude(measure);
			largest = i;
		}
	}
	lines[largest].contribution += left;
}

/* Events of a signal; of a pattern what it has reached. */
static uint64_t
count_of_signal(const Scorer *scorer, uint32_t signal)
{
	const ScorePlan *plan = scorer->plan;
	const ScoreSignal *of = &scorer->card->signals[signal];
	uint64_t	count = 0;

	if (of->matcher != SCORE_NONE)
		return scorer->levels[of->matcher];
	if (of->trace != SCORE_NONE)
		return scorer_saw(scorer, signal) ? scorer->traces.traces[of->trace].count : 0;
	for (uint32_t m = signal == 0 ? 0 : plan->member_end[signal - 1]; m < plan->member_end[signal]; m++)
		count += scorer->all.counts[plan->members[m].code];
	return count;
}

size_t
scorer_explain(const Scorer *scorer, uint32_t intent, ScoreLine **lines)
{
	const Scorecard *card = scorer->card;
	const ScorePlan *plan = scorer->plan;
	size_t		count = 0;
	size_t		capacity = 32;
	PlanMember *seen = host_alloc_array((size_t) plan->code_count + 1, sizeof(PlanMember));
	ScoreLine  *parts = host_alloc_array((size_t) plan->code_count + 1, sizeof(ScoreLine));
	ScoreLine	base = {.code = PLAN_NO_SLOT, .contribution = card->intents[intent].base};

	*lines = host_alloc_array(capacity, sizeof(ScoreLine));
	add_line(lines, &count, &capacity, base);
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		const ScoreSignal *signal = &card->signals[s];
		ScoreLine	line = {.signal = signal->name, .code = PLAN_NO_SLOT};
		uint32_t	w = 0;
		size_t		members = 0;

		while (w < signal->weight_count && signal->weights[w].intent != intent)
			w++;
		if (w == signal->weight_count)
			continue;
		line.contribution = fixed_multiply(signal->weights[w].weight,
										   score_transform(signal, scorer_measure(scorer, s, false)));
		line.count = count_of_signal(scorer, s);
		line.last = scorer_last(scorer, s);

		/* a signal that saw nothing may still speak: a transform need not begin at 0 */
		if (line.count == 0 && line.contribution == 0)
			continue;
		if (signal->trace == SCORE_NONE && (signal->measure == MEASURE_COUNT || signal->measure == MEASURE_SUM))
		{
			for (uint32_t m = s == 0 ? 0 : plan->member_end[s - 1]; m < plan->member_end[s]; m++)
			{
				if (scorer->all.counts[plan->members[m].code] > 0)
					seen[members++] = plan->members[m];
			}
		}
		if (members > 0)
			split(scorer, &line, seen, members, parts);
		else
			parts[members++] = line;
		for (size_t i = 0; i < members; i++)
			add_line(lines, &count, &capacity, parts[i]);
	}
	host_free(parts);
	host_free(seen);
	return count;
}
