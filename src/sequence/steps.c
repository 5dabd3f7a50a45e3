/*
 * steps.c
 *		What happened before, after and between touchpoints of one journey.
 */
#include "sequence/steps.h"

Steps
steps_open(const JourneyView *view)
{
	Steps		steps = {view->events, view->touchpoints, NULL, NULL};
	JourneyCursor cursor;
	JourneyBlock block;

	steps.at = host_alloc_array((size_t) view->events + 1, sizeof(int64_t));
	steps.code = host_alloc_array((size_t) view->events + 1, sizeof(uint32_t));
	journey_cursor(&cursor, view, 0);
	while (journey_next(&cursor, &block))
	{
		memcpy(steps.at + block.first, block.at, block.count * sizeof(int64_t));
		memcpy(steps.code + block.first, block.code, block.count * sizeof(uint32_t));
	}
	return steps;
}

StepRework *
steps_rework(const Steps *steps)
{
	StepRework *rework = host_alloc_zero(checked_mul_size((size_t) steps->touchpoints + 1, sizeof(StepRework)));

	for (uint32_t i = 0; i < steps->count; i++)
	{
		StepRework *of = &rework[steps->code[i]];

		if (i > 0 && steps->code[i - 1] == steps->code[i])
			of->repeats++;
		else if (of->count > 0)
			of->returns++;
		of->count++;
	}
	return rework;
}

bool
steps_between(const Steps *steps, const bool *starts, const bool *ends,
			  uint32_t from, uint32_t *start, uint32_t *end)
{
	while (from < steps->count && !starts[steps->code[from]])
		from++;
	*start = from;
	for (from++; from < steps->count; from++)
	{
		if (ends[steps->code[from]])
		{
			*end = from;
			return true;
		}
	}
	return false;
}
