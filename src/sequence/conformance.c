/*
 * conformance.c
 *		The deviations on the cheapest way of a journey through a pattern.
 */
#include "sequence/alignment.h"
#include "sequence/conformance.h"

const char *const deviation_names[DEVIATION_KINDS] = {
	"skipped", "extra", "out of order", "too late", "too early"
};

static void
add_deviation(Conformance *conformance, Deviation deviation)
{
	if (conformance->count == conformance->capacity)
	{
		conformance->capacity = (uint32_t) checked_growth(conformance->capacity, conformance->count + 1);
		conformance->deviations = conformance->deviations ?
			host_realloc_array(conformance->deviations, conformance->capacity, sizeof(Deviation)) :
			host_alloc_array(conformance->capacity, sizeof(Deviation));
	}
	conformance->deviations[conformance->count++] = deviation;
}

/* The time of the last event that filled a position on the way to a state. */
static int64_t
time_before(const Alignment *alignment, uint32_t layer, uint32_t state)
{
	const AlignmentStep *step = alignment_step(alignment, layer, state);

	while (step->taken < TAKEN_FILL || step->taken > TAKEN_EARLY)
	{
		layer = step->layer;
		step = alignment_step(alignment, layer, step->from);
	}
	return alignment->at[layer - 1];
}

/* Events [from, until) were left aside, behind a gate or before the beginning. */
static void
put_aside(Conformance *conformance, const Alignment *alignment, bool *aside,
		  uint32_t from, uint32_t until, const PatternGate *gate)
{
	while (until > from)
	{
		Deviation	deviation = {DEVIATION_EXTRA, PATTERN_NONE, PATTERN_NONE, --until, 0, 0, 0};

		aside[until] = true;
		if (alignment_is_extra(alignment, until, gate))
			add_deviation(conformance, deviation);
	}
}

/* The deviations on the best way to the end, in order; and the events that it left aside. */
static void
walk_back(Conformance *conformance, const Alignment *alignment, bool *aside)
{
	const Pattern *pattern = alignment->pattern;
	uint32_t	layer = alignment->events;
	uint32_t	state = alignment->done;

	while (state != alignment->start)
	{
		const AlignmentStep *step = alignment_step(alignment, layer, state);
		uint32_t	of_step = state < alignment->positions ? pattern->positions[state].step : PATTERN_NONE;
		Deviation	deviation = {DEVIATION_SKIPPED, of_step, PATTERN_NONE, PATTERN_NONE, 0, 0, 0};
		uint32_t	until = layer;	/* events before it were left aside behind the gate */

		switch (step->taken)
		{
			case TAKEN_SKIP:
				deviation.position = state;
				add_deviation(conformance, deviation);
				break;
			case TAKEN_OVERDUE:
				/* of the whole, not of a step */
				deviation.kind = DEVIATION_TOO_LATE;
				add_deviation(conformance, deviation);
				break;
			case TAKEN_LATE:
			case TAKEN_EARLY:
				deviation.kind = step->taken == TAKEN_LATE ? DEVIATION_TOO_LATE : DEVIATION_TOO_EARLY;
				deviation.event = layer - 1;
				deviation.waited = alignment->at[layer - 1] - time_before(alignment, step->layer, step->from);
				add_deviation(conformance, deviation);
				until--;
				break;
			case TAKEN_FILL:
				until--;
				break;
			case TAKEN_ASIDE:
			case TAKEN_EXTRA:
				aside[layer - 1] = true;
				deviation.kind = DEVIATION_EXTRA;
				deviation.step = PATTERN_NONE;
				deviation.event = layer - 1;
				if (step->taken == TAKEN_EXTRA)
					add_deviation(conformance, deviation);
				break;
			default:
				break;
		}
		if (step->gate != PATTERN_NONE)
			put_aside(conformance, alignment, aside, step->layer, until, &pattern->gates[step->gate]);
		layer = step->layer;
		state = step->from;
	}
	put_aside(conformance, alignment, aside, 0, layer, NULL);
	for (uint32_t i = 0, j = conformance->count; i + 1 < j; i++)
	{
		Deviation	first = conformance->deviations[i];

		conformance->deviations[i] = conformance->deviations[--j];
		conformance->deviations[j] = first;
	}
}

/*
 * What was skipped at its place and came at another is one deviation, not two:
 * the step is out of order, and its event not extra.
 */
static void
find_misplaced(Conformance *conformance, const Alignment *alignment, bool *aside)
{
	bool	   *moved = host_alloc_zero((size_t) alignment->events + 1);
	uint32_t	kept = 0;

	for (uint32_t i = 0; i < conformance->count; i++)
	{
		Deviation  *deviation = &conformance->deviations[i];

		if (deviation->kind != DEVIATION_SKIPPED)
			continue;
		for (uint32_t event = 0; event < alignment->events; event++)
		{
			if (!aside[event] || !alignment_fills(alignment, event, deviation->position))
				continue;
			aside[event] = false;
			moved[event] = true;
			deviation->kind = DEVIATION_OUT_OF_ORDER;
			deviation->event = event;
			break;
		}
	}
	for (uint32_t i = 0; i < conformance->count; i++)
	{
		Deviation  *deviation = &conformance->deviations[i];

		if (deviation->kind == DEVIATION_EXTRA && moved[deviation->event])
			continue;
		if (deviation->event != PATTERN_NONE)
		{
			deviation->at = alignment->at[deviation->event];
			deviation->code = alignment->code[deviation->event];
			deviation->event = alignment->number[deviation->event];
		}
		conformance->deviations[kept++] = *deviation;
	}
	conformance->count = kept;
	host_free(moved);
}

void
conformance_find(Conformance *conformance, PatternMatcher *matcher,
				 const JourneyView *view, const bool *extra)
{
	Alignment	alignment;
	bool	   *aside;

	memset(conformance, 0, sizeof(*conformance));
	alignment_find(&alignment, matcher, view, extra);
	aside = host_alloc_zero((size_t) view->events + 1);
	walk_back(conformance, &alignment, aside);
	find_misplaced(conformance, &alignment, aside);
	conformance->fitness = conformance->count == 0 ? 1 :
		conformance->count >= alignment.worst ? 0 : 1 - (double) conformance->count / (double) alignment.worst;
	host_free(aside);
	alignment_free(&alignment);
}
