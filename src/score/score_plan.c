/*
 * score_plan.c
 *		Which touchpoints of a dictionary each signal of a scorecard counts.
 */
#include "score/scoring.h"

uint64_t
score_plan_hash(const JourneyView *view)
{
	const uint8_t *at = view->section[JOURNEY_DICTIONARY].data;
	size_t		left = view->section[JOURNEY_DICTIONARY].size;
	uint64_t	hash = UINT64_C(0x9e3779b97f4a7c15) ^ left;

	for (; left >= 8; at += 8, left -= 8)
	{
		hash = (hash ^ bytes_load_u64(at)) * UINT64_C(0xff51afd7ed558ccd);
		hash ^= hash >> 32;
	}
	for (; left > 0; at++, left--)
		hash = (hash ^ *at) * UINT64_C(0xff51afd7ed558ccd);
	return hash ^ hash >> 29;
}

/* The slot of a touchpoint for a signal, made if no signal before needed it. */
static uint32_t
find_slot(ScorePlan *plan, const Scorecard *card, const ScoreSignal *signal, uint32_t first)
{
	PlanSlot   *slot;
	uint32_t	at;

	for (at = first; at < plan->slot_count; at++)
	{
		if (plan->slots[at].of_values == (signal->measure == MEASURE_SUM) &&
			plan->slots[at].decay.half_life == signal->half_life)
			return at;
	}
	slot = &plan->slots[plan->slot_count++];
	memset(slot, 0, sizeof(*slot));
	slot->of_values = signal->measure == MEASURE_SUM;
	if (signal->half_life > 0)
		slot->decay = card->decays[signal->decay];
	return at;
}

static bool
needs_slot(const ScoreSignal *signal)
{
	return signal->measure == MEASURE_SUM ||
		(signal->measure == MEASURE_COUNT && signal->half_life > 0);
}

/* matches[signal * codes + code], and how many there are. */
static bool *
match_all(const Scorecard *card, const JourneyView *view, const Touchpoint *touchpoints, size_t *count)
{
	bool	   *matches = host_alloc_zero(checked_add_size(
												checked_mul_size(card->signal_count, view->touchpoints), 1));
	bool	   *match = matches;

	*count = 0;
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		const ScoreSignal *signal = &card->signals[s];

		host_check_interrupts();
		for (uint32_t code = 0; code < view->touchpoints; code++, match++)
		{
			if (code % 4096 == 4095)
				host_check_interrupts();
			for (uint32_t p = 0; p < signal->pattern_count && !*match; p++)
				*match = touchpoint_matches(&signal->patterns[p], &touchpoints[code]);
			*count += *match;
		}
	}
	return matches;
}

/* Equal numbers for equal channels; the dictionary is sorted by channel. */
static void
number_channels(ScorePlan *plan, const Touchpoint *touchpoints)
{
	uint32_t	channel = 0;

	for (uint32_t code = 0; code < plan->code_count; code++)
	{
		const Touchpoint *one = &touchpoints[code];
		const Touchpoint *before = one - 1;

		if (one->channel_size == 0)
			continue;
		if (code == 0 || before->channel_size != one->channel_size ||
			memcmp(before->channel, one->channel, one->channel_size) != 0)
			channel++;
		plan->codes[code].channel = channel;
	}
}

ScorePlan *
score_plan_make(const Scorecard *card, const JourneyView *view, uint64_t hash)
{
	ScorePlan  *plan = host_alloc_zero(sizeof(ScorePlan));
	Touchpoint *touchpoints = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	uint32_t   *next = host_alloc_array((size_t) card->signal_count + 1, sizeof(uint32_t));
	size_t		member_count;
	uint32_t	sessions = 0;
	bool	   *matches;

	journey_dictionary(view, touchpoints);
	matches = match_all(card, view, touchpoints, &member_count);
	if (member_count >= PLAN_NO_SLOT)
		host_fail(HOST_LIMIT, "journey has too many touchpoints for this scorecard", NULL, NULL);

	plan->hash = hash;
	plan->dictionary_size = view->section[JOURNEY_DICTIONARY].size;
	plan->dictionary = host_alloc(plan->dictionary_size + 1);
	if (plan->dictionary_size > 0)
		memcpy(plan->dictionary, view->section[JOURNEY_DICTIONARY].data, plan->dictionary_size);
	plan->code_count = view->touchpoints;
	plan->codes = host_alloc_zero(checked_mul_size((size_t) view->touchpoints + 1, sizeof(PlanCode)));
	plan->slots = host_alloc_array(member_count + 1, sizeof(PlanSlot));
	plan->session_signals = host_alloc_array(member_count + 1, sizeof(uint32_t));
	plan->members = host_alloc_array(member_count + 1, sizeof(PlanMember));
	plan->member_end = host_alloc_array((size_t) card->signal_count + 1, sizeof(uint32_t));
	number_channels(plan, touchpoints);

	/* members stand by signal, then by touchpoint */
	member_count = 0;
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		next[s] = (uint32_t) member_count;
		for (uint32_t code = 0; code < plan->code_count; code++)
			member_count += matches[(size_t) s * plan->code_count + code];
		plan->member_end[s] = (uint32_t) member_count;
	}
	for (uint32_t code = 0; code < plan->code_count; code++)
	{
		PlanCode   *of = &plan->codes[code];

		of->slot = plan->slot_count;
		of->session = sessions;
		for (uint32_t s = 0; s < card->signal_count; s++)
		{
			const ScoreSignal *signal = &card->signals[s];
			PlanMember *member;

			if (!matches[(size_t) s * plan->code_count + code])
				continue;
			member = &plan->members[next[s]++];
			member->code = code;
			member->slot = needs_slot(signal) ? find_slot(plan, card, signal, of->slot) : PLAN_NO_SLOT;
			plan->needs_values |= signal->measure == MEASURE_SUM;
			if (signal->measure == MEASURE_SESSIONS)
				plan->session_signals[sessions++] = s;
		}
		of->slot_end = plan->slot_count;
		of->session_end = sessions;
	}
	plan->needs_sessions = sessions > 0;
	host_free(matches);
	host_free(next);
	host_free(touchpoints);
	return plan;
}

void
score_plan_free(ScorePlan *plan)
{
	host_free(plan->dictionary);
	host_free(plan->codes);
	host_free(plan->slots);
	host_free(plan->session_signals);
	host_free(plan->member_end);
	host_free(plan->members);
	host_free(plan);
}
