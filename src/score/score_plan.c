/*
 * score_plan.c
 *		Which touchpoints of a dictionary each signal of a scorecard counts.
 */
#include "score/scoring.h"

/*
 * Two lanes, so that one multiplication need not wait for the other.  Words
 * may overlap: the end of the dictionary is taken as it stands.
 */
uint64_t
score_plan_hash(const JourneyView *view)
{
	const uint64_t multiplier = UINT64_C(0xff51afd7ed558ccd);
	const uint8_t *at = view->section[JOURNEY_DICTIONARY].data;
	size_t		left = view->section[JOURNEY_DICTIONARY].size;
	uint64_t	hash = UINT64_C(0x9e3779b97f4a7c15) ^ left;
	uint64_t	other = multiplier;

	for (; left >= 16; at += 16, left -= 16)
	{
		hash = (hash ^ bytes_load_u64(at)) * multiplier;
		other = (other ^ bytes_load_u64(at + 8)) * multiplier;
		hash ^= hash >> 32;
		other ^= other >> 32;
	}
	if (left >= 8)
	{
		hash = (hash ^ bytes_load_u64(at)) * multiplier;
		at += left - 8;
		other = (other ^ bytes_load_u64(at)) * multiplier;
		other ^= other >> 32;
	}
	else if (view->section[JOURNEY_DICTIONARY].size >= 8)
		other = (other ^ bytes_load_u64(at + left - 8)) * multiplier;
	else
	{
		for (; left > 0; at++, left--)
			hash = (hash ^ *at) * multiplier;
	}
	hash ^= other ^ hash >> 32;
	hash *= multiplier;
	return hash ^ hash >> 29;
}

/* Of any age all is left. */
static const FixedDecay no_decay = {.reciprocal = 0, .end = UINT64_MAX};

/* The slot of a touchpoint for a signal, made if no signal before needed it. */
static uint32_t
find_slot(ScorePlan *plan, const Scorecard *card, const ScoreSignal *signal, uint32_t first)
{
	uint32_t	at;

	for (at = first; at < plan->slot_count; at++)
	{
		if (plan->decays[at]->half_life == signal->half_life)
			return at;
	}
	plan->decays[at] = signal->half_life > 0 ? &card->decays[signal->decay] : &no_decay;
	plan->slot_count++;
	return at;
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

/* The members of each signal, by touchpoint, as yet without slots. */
static void
list_members(ScorePlan *plan, const Scorecard *card, const bool *matches)
{
	uint32_t	count = 0;

	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		uint32_t	first = count;

		for (uint32_t code = 0; code < plan->code_count; code++)
		{
			if (*matches++)
				plan->members[count++] = (PlanMember) {code, PLAN_NO_SLOT};
		}
		plan->member_end[s] = count;
		if (count == first && !measure_is_of_pattern(card->signals[s].measure))
			continue;
		plan->active[plan->active_count++] = s;
		plan->traced |= card->signals[s].trace != SCORE_NONE;
		plan->needs_values |= card->signals[s].trace != SCORE_NONE && card->signals[s].measure == MEASURE_SUM;
	}
}

/* The member of a signal for a touchpoint, where next[signal] stands at it. */
static inline PlanMember *
member_at(const ScorePlan *plan, const uint32_t *next, uint32_t signal, uint32_t code)
{
	PlanMember *member = &plan->members[next[signal]];

	return next[signal] < plan->member_end[signal] && member->code == code ? member : NULL;
}

/* Slots of a touchpoint for one kind of sum: decayed counts, or values. */
static void
give_slots(ScorePlan *plan, const Scorecard *card, const uint32_t *next, uint32_t code, ScoreMeasure kind)
{
	uint32_t	first = plan->slot_count;

	for (uint32_t a = 0; a < plan->active_count; a++)
	{
		const ScoreSignal *signal = &card->signals[plan->active[a]];
		PlanMember *member = member_at(plan, next, plan->active[a], code);

		/* what does not decay is counted by itself */
		if (member == NULL || signal->measure != kind || signal->trace != SCORE_NONE)
			continue;
		if (kind == MEASURE_SUM || signal->half_life > 0)
			member->slot = find_slot(plan, card, signal, first);
		else
			plan->needs_counts = true;
	}
}

/* Where a slot comes among those of its touchpoint, the longest first: an event that is too old for one is so for the rest. */
static uint32_t
slot_rank(const FixedDecay *const *decays, uint32_t count, uint32_t slot)
{
	uint32_t	rank = 0;

	for (uint32_t other = 0; other < count; other++)
		rank += decays[other]->end > decays[slot]->end || (decays[other]->end == decays[slot]->end && other < slot);
	return rank;
}

/* Orders the decayed counts of a touchpoint, from slot `first` on. */
static void
order_slots(ScorePlan *plan, const uint32_t *next, uint32_t code, uint32_t first)
{
	uint32_t	count = plan->slot_count - first;
	const FixedDecay **given;

	if (count < 2)
		return;
	given = host_alloc_array(count, sizeof(FixedDecay *));
	memcpy(given, plan->decays + first, count * sizeof(FixedDecay *));
	for (uint32_t slot = 0; slot < count; slot++)
		plan->decays[first + slot_rank(given, count, slot)] = given[slot];
	for (uint32_t a = 0; a < plan->active_count; a++)
	{
		PlanMember *member = member_at(plan, next, plan->active[a], code);

		if (member && member->slot != PLAN_NO_SLOT)
			member->slot = first + slot_rank(given, count, member->slot - first);
	}
	host_free(given);
}

/* By touchpoint: what an event of it adds to. */
static void
plan_codes(ScorePlan *plan, const Scorecard *card)
{
	uint32_t   *next = host_alloc_array((size_t) card->signal_count + 1, sizeof(uint32_t));
	uint32_t	sessions = 0;

	for (uint32_t s = 0; s < card->signal_count; s++)
		next[s] = s == 0 ? 0 : plan->member_end[s - 1];
	for (uint32_t code = 0; code < plan->code_count; code++)
	{
		PlanCode   *of = &plan->codes[code];

		of->slot = plan->slot_count;
		give_slots(plan, card, next, code, MEASURE_COUNT);
		order_slots(plan, next, code, of->slot);
		for (uint32_t slot = of->slot; slot < plan->slot_count; slot++)
			of->lasting = plan->decays[slot]->end > of->lasting ? plan->decays[slot]->end : of->lasting;
		if (plan->slot_count == of->slot + 1 && fixed_decay_is_plain(plan->decays[of->slot]))
			of->decay = plan->decays[of->slot];
		of->value_slot = plan->slot_count;
		give_slots(plan, card, next, code, MEASURE_SUM);
		of->slot_end = plan->slot_count;
		plan->needs_values |= of->slot_end > of->value_slot;

		for (uint32_t a = 0; a < plan->active_count; a++)
		{
			uint32_t	s = plan->active[a];

			if (member_at(plan, next, s, code) == NULL)
				continue;
			if (card->signals[s].measure == MEASURE_SESSIONS && card->signals[s].trace == SCORE_NONE)
				plan->session_signals[sessions++] = s;
			next[s]++;
		}
		plan->session_end[code] = sessions;
	}
	plan->needs_sessions = sessions > 0;
	host_free(next);
}

/* What the signals say that count nothing here: transforms need not begin at 0. */
static void
plan_silence(ScorePlan *plan, const Scorecard *card)
{
	uint32_t	a = 0;

	for (uint32_t i = 0; i < card->intent_count; i++)
		plan->silent[i] = card->intents[i].base;
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		const ScoreSignal *signal = &card->signals[s];
		Fixed		x;

		if (a < plan->active_count && plan->active[a] == s)
			a++;
		else if ((x = score_transform(signal, 0)) != 0)
			score_add_weighted(signal, x, plan->silent);
	}
	for (uint32_t i = 0; i < card->intent_count; i++)
		plan->probability[i] = score_logistic(plan->silent[i]);
}

/* A plan of the right size, all zero, its arrays in the order in which they are used. */
static ScorePlan *
allocate_plan(const Scorecard *card, const JourneyView *view, size_t members)
{
	const size_t intents = card->intent_count;
	const size_t signals = card->signal_count;
	const size_t codes = view->touchpoints;
	const size_t dictionary = view->section[JOURNEY_DICTIONARY].size;
	const size_t wanted[][2] = {
		{1, sizeof(ScorePlan)}, {dictionary, 1}, {codes, sizeof(PlanCode)},
		{members, sizeof(FixedDecay *)}, {codes, sizeof(uint32_t)}, {members, sizeof(uint32_t)},
		{signals, sizeof(uint32_t)}, {signals, sizeof(uint32_t)}, {members, sizeof(PlanMember)},
		{intents, sizeof(Fixed)}, {intents, sizeof(double)},
		{card->trace_count, sizeof(TracePlan)}
	};
	enum
	{
		PARTS = sizeof(wanted) / sizeof(wanted[0])
	};
	size_t		begins[PARTS];
	size_t		size = 0;
	uint8_t    *memory;
	ScorePlan  *plan;

	for (int i = 0; i < PARTS; i++)
	{
		begins[i] = size;
		size = checked_add_size(size, checked_mul_size(wanted[i][0], wanted[i][1]));
		size = checked_add_size(size, 7) & ~(size_t) 7;
	}
	memory = host_alloc_zero(size);
	plan = (ScorePlan *) memory;
	plan->bytes = size;
	plan->dictionary = memory + begins[1];
	plan->codes = (PlanCode *) (memory + begins[2]);
	plan->decays = (const FixedDecay **) (memory + begins[3]);
	plan->session_end = (uint32_t *) (memory + begins[4]);
	plan->session_signals = (uint32_t *) (memory + begins[5]);
	plan->active = (uint32_t *) (memory + begins[6]);
	plan->member_end = (uint32_t *) (memory + begins[7]);
	plan->members = (PlanMember *) (memory + begins[8]);
	plan->silent = (Fixed *) (memory + begins[9]);
	plan->probability = (double *) (memory + begins[10]);
	plan->traces = (TracePlan *) (memory + begins[11]);
	return plan;
}

ScorePlan *
score_plan_make(const Scorecard *card, const JourneyView *view, uint64_t hash)
{
	Touchpoint *touchpoints = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	ScorePlan  *plan;
	size_t		members;
	bool	   *matches;

	journey_dictionary(view, touchpoints);
	matches = match_all(card, view, touchpoints, &members);
	if (members >= PLAN_NO_SLOT)
		host_fail(HOST_LIMIT, "journey has too many touchpoints for this scorecard", NULL, NULL);

	plan = allocate_plan(card, view, members);
	plan->hash = hash;
	plan->code_count = view->touchpoints;
	plan->dictionary_size = view->section[JOURNEY_DICTIONARY].size;
	if (plan->dictionary_size > 0)
		memcpy(plan->dictionary, view->section[JOURNEY_DICTIONARY].data, plan->dictionary_size);
	number_channels(plan, touchpoints);
	list_members(plan, card, matches);
	plan_codes(plan, card);
	if (plan->traced)
	{
		uint32_t	code_count;

		plan->trace_count = trace_plan(card, touchpoints, plan->code_count, plan->traces, &plan->trace_codes, &code_count);
		plan->bytes += code_count * sizeof(uint32_t);
	}
	plan_silence(plan, card);

	/* the texts that may be added to it */
	plan->bytes += plan->code_count * sizeof(ScoreText) + 2 * plan->dictionary_size;
	host_free(matches);
	host_free(touchpoints);
	return plan;
}

void
score_plan_name(ScorePlan *plan)
{
	JourneyView view = {0};
	Touchpoint *touchpoints;
	ScoreText  *texts;

	if (plan->texts)
		return;
	touchpoints = host_alloc_array((size_t) plan->code_count + 1, sizeof(Touchpoint));
	texts = host_alloc_array((size_t) plan->code_count + 1, sizeof(ScoreText));
	view.touchpoints = plan->code_count;
	view.section[JOURNEY_DICTIONARY].data = plan->dictionary;
	view.section[JOURNEY_DICTIONARY].size = plan->dictionary_size;
	journey_dictionary(&view, touchpoints);
	for (uint32_t code = 0; code < plan->code_count; code++)
	{
		ByteBuffer	text;

		buffer_init(&text, (size_t) touchpoints[code].channel_size + touchpoints[code].event_size + 8);
		touchpoint_append(&text, &touchpoints[code]);
		texts[code] = (ScoreText) {(const char *) text.data, (uint32_t) text.size};
	}
	host_free(touchpoints);
	plan->texts = texts;
}

void
score_plan_free(ScorePlan *plan)
{
	for (uint32_t code = 0; plan->texts && code < plan->code_count; code++)
		host_free((void *) plan->texts[code].data);
	if (plan->texts)
		host_free(plan->texts);
	if (plan->trace_codes)
		host_free(plan->trace_codes);
	host_free(plan);
}
