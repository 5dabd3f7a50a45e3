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

/* A touchpoint that was seen. */
typedef struct Part
{
	uint32_t	code;
	Fixed		measure;		/* of it alone, before the cap */
} Part;

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
split(const Scorer *scorer, const ScoreLine *whole, const Part *parts, size_t count, ScoreLine *lines)
{
	FixedMagnitude sum = 0;
	FixedMagnitude most = 0;
	size_t		largest = 0;
	Fixed		left = whole->contribution;

	for (size_t i = 0; i < count; i++)
	{
		if (__builtin_add_overflow(sum, fixed_magnitude(parts[i].measure), &sum))
			fixed_overflow();
	}
	for (size_t i = 0; i < count; i++)
	{
		Fixed		measure = parts[i].measure;

		lines[i] = *whole;
		lines[i].code = parts[i].code;
		lines[i].count = scorer->all.counts[parts[i].code];
		lines[i].last = scorer->last[parts[i].code];
		lines[i].contribution = sum == 0 ? 0 : fixed_share(whole->contribution, measure, sum);
		left -= lines[i].contribution;
		if (i == 0 || fixed_magnitude(measure) > most ||
			(fixed_magnitude(measure) == most &&
			 text_before(scorer->plan, parts[i].code, parts[largest].code)))
		{
			most = fixed_magnitude(measure);
			largest = i;
		}
	}
	lines[largest].contribution += left;
}

/* The touchpoints of a signal that were seen; returns how many. */
static size_t
list_parts(const Scorer *scorer, const ScoreReading *reading, Part *parts)
{
	const ScorePlan *plan = scorer->plan;
	PlanGroup	group = score_plan_group(plan, reading->group);
	size_t		count = 0;

	for (uint32_t i = 0; i < group.count; i++)
	{
		uint32_t	code = group.codes[i];

		if (scorer->all.counts[code] > 0)
			parts[count++] = (Part) {code, reading->tally == SCORE_NONE ? fixed_from_count(scorer->all.counts[code]) :
									 scorer->all.slots[plan->tally_slots[plan->tally_begin[reading->tally] + i]]};
	}
	return count;
}

/* Events of a signal; of a pattern what it has reached. */
static uint64_t
count_of_signal(const Scorer *scorer, const ScoreReading *reading)
{
	PlanGroup	group;
	uint64_t	count = 0;

	if (reading->matcher != SCORE_NONE)
		return scorer->levels[reading->matcher];
	if (reading->trace != SCORE_NONE)
		return tracer_trace(&scorer->traces, reading->trace)->count;
	group = score_plan_group(scorer->plan, reading->group);
	for (uint32_t i = 0; i < group.count; i++)
		count += scorer->all.counts[group.codes[i]];
	return count;
}

size_t
scorer_explain(const Scorer *scorer, uint32_t intent, ScoreLine **lines)
{
	const Scorecard *card = scorer->card;
	const ScorePlan *plan = scorer->plan;
	size_t		count = 0;
	size_t		capacity = 32;
	Part	   *parts = host_alloc_array((size_t) plan->code_count + 1, sizeof(Part));
	ScoreLine  *of_parts = host_alloc_array((size_t) plan->code_count + 1, sizeof(ScoreLine));
	ScoreLine	base = {.code = PLAN_NO_SLOT, .contribution = card->intents[intent].base};

	*lines = host_alloc_array(capacity, sizeof(ScoreLine));
	add_line(lines, &count, &capacity, base);
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		const ScoreSignal *signal = &card->signals[s];
		const ScoreReading *reading = &card->readings[s];
		ScoreLine	line = {.signal = signal->name, .code = PLAN_NO_SLOT};
		uint32_t	w = 0;
		size_t		seen = 0;

		while (w < signal->weight_count && signal->weights[w].intent != intent)
			w++;
		if (w == signal->weight_count)
			continue;
		line.contribution = fixed_multiply(signal->weights[w].weight,
										   score_transform(signal, scorer_measure(scorer, s, false)));
		line.count = count_of_signal(scorer, reading);
		line.last = scorer_last(scorer, s);

		/* a signal that saw nothing may still speak: a transform need not begin at 0 */
		if (line.count == 0 && line.contribution == 0)
			continue;
		if (reading->trace == SCORE_NONE && (signal->measure == MEASURE_COUNT || signal->measure == MEASURE_SUM))
			seen = list_parts(scorer, reading, parts);
		if (seen > 0)
			split(scorer, &line, parts, seen, of_parts);
		else
			of_parts[seen++] = line;
		for (size_t i = 0; i < seen; i++)
			add_line(lines, &count, &capacity, of_parts[i]);
	}
	host_free(of_parts);
	host_free(parts);
	return count;
}
