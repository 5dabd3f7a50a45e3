/*
 * fade.c
 *		What is left of the events of a block, added up by touchpoint.
 *
 * Each event fades by itself: chaining factors from event to event would save
 * a multiplication and make the sum depend on what is between.
 */
#include "score/scoring.h"

/* ----- values ----- */

static void value_out_of_range(double value) HOST_NORETURN;

static void
value_out_of_range(double value)
{
	host_fail(HOST_OUT_OF_RANGE,
			  host_format("value %g is out of range for evidence", value),
			  "Evidence is kept with 12 decimals and at most 26 digits before the point.",
			  "Leave this touchpoint out of the signal, or use the measure count.");
}

Fixed
score_faded_value(double value, int64_t left)
{
	Fixed		fixed;

	/* what has faded away counts for nothing, however large it was */
	if (left == 0)
		return 0;
	if (!fixed_from_double(value, &fixed))
		value_out_of_range(value);
	return left == FIXED_ONE ? fixed : fixed_multiply(fixed, left);
}

static void
fade_values(Scorer *scorer, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	uint64_t	as_of = (uint64_t) scorer->cut.as_of;

	/* a block has 64 events: those from..end-1 that have a value */
	for (uint64_t bits = block->valued >> from << from; bits != 0; bits &= bits - 1)
	{
		uint32_t	i = (uint32_t) __builtin_ctzll(bits);
		const PlanCode *code;

		if (i >= end)
			break;
		code = &scorer->plan->codes[block->code[i]];
		for (uint32_t slot = code->value_slot; slot < code->value_end; slot++)
		{
			int64_t		left = fixed_decay(scorer->plan->decays[slot],
										   as_of - (uint64_t) block->at[i]);

			scorer->all.slots[slot] = fixed_add(scorer->all.slots[slot],
												score_faded_value(block->value[i], left));
		}
	}
}

/* ----- counts ----- */

/*
 * Touchpoints have half-lives of their own: first which events something is
 * left of, without a branch that depends on them, and then what.  Not inlined:
 * nothing else shall want the registers.
 */
static HOST_NOINLINE void
fade_events(Scorer *scorer, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	const PlanCode *codes = scorer->plan->codes;
	const FixedDecay *const *decays = scorer->plan->decays;
	Fixed	   *slots = scorer->all.slots;
	uint64_t	as_of = (uint64_t) scorer->cut.as_of;
	int64_t    *last = scorer->last;
	uint8_t		lasting[JOURNEY_BLOCK];
	uint32_t	count = 0;

	for (uint32_t i = from; i < end; i++)
	{
		uint32_t	code = block->code[i];

		last[code] = block->at[i];
		lasting[count] = (uint8_t) i;
		count += as_of - (uint64_t) block->at[i] < codes[code].lasting;
	}
	for (uint32_t k = 0; k < count; k++)
	{
		const PlanCode *code = &codes[block->code[lasting[k]]];
		uint64_t	age = as_of - (uint64_t) block->at[lasting[k]];

		if (host_likely(code->decay != NULL))
			slots[code->slot] += fixed_decay_plain(code->decay, age);
		else
		{
			/* those that last longest come first */
			for (uint32_t slot = code->slot; slot < code->slot_end && age < decays[slot]->end; slot++)
				slots[slot] += fixed_decay(decays[slot], age);
		}
	}
}

/* One half-life for all touchpoints; of events before `from` nothing is left. */
static HOST_NOINLINE void
fade_column(const JourneyBlock *block, uint32_t from, uint32_t end, uint64_t as_of,
			FixedDecay decay, int64_t *left, Fixed *slots)
{
	for (uint32_t i = from; i < end; i++)
	{
		left[i] = fixed_decay_plain(&decay, as_of - (uint64_t) block->at[i]);
		slots[block->code[i]] += (uint64_t) left[i];
	}
}

/* The same half-lives for all touchpoints, the longest first: what is too old for one is so for the rest. */
static void
fade_columns(Scorer *scorer, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	const ScorePlan *plan = scorer->plan;
	uint64_t	as_of = (uint64_t) scorer->cut.as_of;
	int64_t    *last = scorer->last;
	uint32_t	first = from;

	for (uint32_t i = from; i < end; i++)
		last[block->code[i]] = block->at[i];
	for (uint32_t c = 0; c < plan->column_count; c++)
	{
		const FixedDecay *decay = plan->decays[c * plan->code_count];
		FadeColumn *column = &scorer->columns[c];

		/* mostly all are too old, or none is */
		if (first < end && as_of - (uint64_t) block->at[end - 1] >= decay->end)
			first = end;
		while (first < end && as_of - (uint64_t) block->at[first] >= decay->end)
			first++;

		/* a block may come in two parts */
		if (from == 0 || first > from)
			column->from = first;
		if (first < end)
			fade_column(block, first, end, as_of, *decay, column->left, scorer->all.slots + c * plan->code_count);
	}
}

void
scorer_fade(Scorer *scorer, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	if (scorer->plan->column_count > 0)
		fade_columns(scorer, block, from, end);
	else
		fade_events(scorer, block, from, end);
	if (scorer->plan->needs_values)
		fade_values(scorer, block, from, end);
}
