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

/* A plan in the making: arrays as large as they can become, and the parts of the dictionary. */
typedef struct Draft
{
	const Scorecard *card;
	ScorePlan	plan;
	bool	   *matches;		/* by group and touchpoint */
	uint32_t	slots_listed;	/* in tally_slots */
} Draft;

static inline bool
is_in_group(const Draft *draft, uint32_t group, uint32_t code)
{
	return draft->matches[(size_t) group * draft->plan.code_count + code];
}

static inline bool
is_group_here(const Draft *draft, uint32_t group)
{
	return score_plan_group(&draft->plan, group).count > 0;
}

/* ----- groups ----- */

/* Which touchpoints each group has; returns how many in all. */
static size_t
match_groups(Draft *draft, const Touchpoint *touchpoints)
{
	const Scorecard *card = draft->card;
	uint32_t	codes = draft->plan.code_count;
	bool	   *match;
	size_t		count = 0;

	match = draft->matches = host_alloc_zero(checked_add_size(checked_mul_size(card->group_count, codes), 1));
	for (uint32_t g = 0; g < card->group_count; g++)
	{
		const ScoreGroup *group = &card->groups[g];

		host_check_interrupts();
		for (uint32_t code = 0; code < codes; code++, match++)
		{
			if (code % 4096 == 4095)
				host_check_interrupts();
			for (uint32_t p = 0; p < group->pattern_count && !*match; p++)
				*match = touchpoint_matches(&group->patterns[p], &touchpoints[code]);
			count += *match;
		}
	}
	return count;
}

static void
list_groups(Draft *draft, size_t count)
{
	ScorePlan  *plan = &draft->plan;
	uint32_t	listed = 0;

	plan->group_begin = host_alloc_array((size_t) draft->card->group_count + 1, sizeof(uint32_t));
	plan->group_codes = host_alloc_array(count + 1, sizeof(uint32_t));
	for (uint32_t g = 0; g < draft->card->group_count; g++)
	{
		plan->group_begin[g] = listed;
		for (uint32_t code = 0; code < plan->code_count; code++)
		{
			if (is_in_group(draft, g, code))
				plan->group_codes[listed++] = code;
		}
	}
	plan->group_begin[draft->card->group_count] = listed;
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

/* ----- slots ----- */

/* Where a slot comes among those of its touchpoint, the longest first: an event that is too old for one is so for the rest. */
static uint32_t
slot_rank(const FixedDecay *const *decays, uint32_t count, uint32_t slot)
{
	uint32_t	rank = 0;

	for (uint32_t other = 0; other < count; other++)
		rank += decays[other]->end > decays[slot]->end || (decays[other]->end == decays[slot]->end && other < slot);
	return rank;
}

/* The slot of a half-life among slots first .. end-1, or `end`. */
static uint32_t
find_slot(const ScorePlan *plan, uint32_t first, uint32_t end, const FixedDecay *decay)
{
	while (first < end && plan->decays[first]->half_life != decay->half_life)
		first++;
	return first;
}

static inline const FixedDecay *
decay_of_tally(const Scorecard *card, const ScoreTally *tally)
{
	return tally->decay == SCORE_NONE ? &no_decay : &card->decays[tally->decay];
}

/* Slots of a touchpoint for one kind of sum, a half-life each. */
static void
give_slots(Draft *draft, uint32_t code, bool values, uint32_t *from, uint32_t *end)
{
	ScorePlan  *plan = &draft->plan;

	*from = plan->slot_count;
	for (uint32_t t = 0; t < draft->card->tally_count; t++)
	{
		const ScoreTally *tally = &draft->card->tallies[t];
		const FixedDecay *decay = decay_of_tally(draft->card, tally);

		if (tally->values == values && is_in_group(draft, tally->group, code) &&
			find_slot(plan, *from, plan->slot_count, decay) == plan->slot_count)
			plan->decays[plan->slot_count++] = decay;
	}
	*end = plan->slot_count;
}

static void
order_slots(Draft *draft, PlanCode *code)
{
	uint32_t	count = code->slot_end - code->slot;
	const FixedDecay **decays = draft->plan.decays + code->slot;
	const FixedDecay **given;

	if (count == 0)
		return;
	if (count > 1)
	{
		given = host_alloc_array(count, sizeof(FixedDecay *));
		memcpy(given, decays, count * sizeof(FixedDecay *));
		for (uint32_t slot = 0; slot < count; slot++)
			decays[slot_rank(given, count, slot)] = given[slot];
		host_free(given);
	}
	code->lasting = decays[0]->end;
	if (count == 1 && fixed_decay_is_plain(decays[0]))
		code->decay = decays[0];
}

/* If all touchpoints have the same half-lives, their slots become columns. */
static void
find_columns(ScorePlan *plan)
{
	uint32_t	codes = plan->code_count;
	uint32_t	count = codes == 0 ? 0 : plan->codes[0].slot_end - plan->codes[0].slot;

	if (count == 0 || plan->slot_count != count * codes)
		return;
	for (uint32_t slot = 0; slot < plan->slot_count; slot++)
	{
		if (plan->decays[slot] != plan->decays[slot % count] || plan->codes[slot / count].slot != slot - slot % count ||
			!fixed_decay_is_plain(plan->decays[slot]))
			return;
	}
	plan->column_count = count;
	for (uint32_t c = count; c-- > 0;)
	{
		const FixedDecay *decay = plan->decays[c];

		for (uint32_t code = 0; code < codes; code++)
			plan->decays[c * codes + code] = decay;
	}
}

/* The slot that a touchpoint has for a tally. */
static uint32_t
slot_of_tally(const Draft *draft, const ScoreTally *tally, uint32_t code)
{
	const ScorePlan *plan = &draft->plan;
	const FixedDecay *decay = decay_of_tally(draft->card, tally);
	const PlanCode *of = &plan->codes[code];
	uint32_t	slot = code;

	if (tally->values)
		return find_slot(plan, of->value_slot, of->value_end, decay);
	if (plan->column_count == 0)
		return find_slot(plan, of->slot, of->slot_end, decay);
	while (plan->decays[slot] != decay)
		slot += plan->code_count;
	return slot;
}

/* Sums of each touchpoint, and which of them each tally is made of. */
static void
plan_sums(Draft *draft)
{
	const Scorecard *card = draft->card;
	ScorePlan  *plan = &draft->plan;
	size_t		most = 0;

	for (uint32_t t = 0; t < card->tally_count; t++)
		most = checked_add_size(most, score_plan_group(plan, card->tallies[t].group).count);
	if (most >= UINT32_MAX)
		host_fail(HOST_LIMIT, "journey has too many touchpoints for this scorecard", NULL, NULL);
	plan->decays = host_alloc_array(most + 1, sizeof(FixedDecay *));
	plan->tally_begin = host_alloc_array((size_t) card->tally_count + 1, sizeof(uint32_t));
	plan->tally_slots = host_alloc_array(most + 1, sizeof(uint32_t));

	for (uint32_t code = 0; code < plan->code_count; code++)
	{
		PlanCode   *of = &plan->codes[code];

		host_check_interrupts();
		give_slots(draft, code, false, &of->slot, &of->slot_end);
		order_slots(draft, of);
	}
	find_columns(plan);
	for (uint32_t code = 0; code < plan->code_count; code++)
	{
		PlanCode   *of = &plan->codes[code];

		host_check_interrupts();
		give_slots(draft, code, true, &of->value_slot, &of->value_end);
		plan->needs_values |= of->value_end > of->value_slot;
	}
	for (uint32_t t = 0; t < card->tally_count; t++)
	{
		PlanGroup	group = score_plan_group(plan, card->tallies[t].group);

		plan->tally_begin[t] = draft->slots_listed;
		for (uint32_t i = 0; i < group.count; i++)
			plan->tally_slots[draft->slots_listed++] = slot_of_tally(draft, &card->tallies[t], group.codes[i]);
	}
}

/* ----- traces ----- */

/* The number of the word of a group, which is made if there is none yet. */
static uint32_t
find_word(Draft *draft, uint32_t group)
{
	TracePlans *traces = &draft->plan.traces;
	PlanGroup	of = score_plan_group(&draft->plan, group);
	uint32_t	from = (uint32_t) (of.codes - draft->plan.group_codes);
	uint32_t	w = 1;

	if (of.count == 0)
		return 0;
	while (w < traces->word_count && traces->words[w].from != from)
		w++;
	if (w == traces->word_count)
		traces->words[traces->word_count++] = (TraceWord) {from, from + of.count};
	return w;
}

/* Can there be events here that a trace counts? */
static bool
can_trace(const Draft *draft, const ScoreTrace *trace)
{
	bool		can = is_group_here(draft, trace->group);

	for (uint32_t a = 0; a < trace->after_count; a++)
		can &= is_group_here(draft, trace->after[a]);
	return can;
}

static void
plan_traces(Draft *draft)
{
	const Scorecard *card = draft->card;
	ScorePlan  *plan = &draft->plan;
	TracePlans *traces = &plan->traces;

	traces->plans = host_alloc_array((size_t) card->trace_count + 1, sizeof(TracePlan));
	traces->words = host_alloc_array((size_t) card->group_count + 1, sizeof(TraceWord));
	traces->words[traces->word_count++] = (TraceWord) {0, 0};
	for (uint32_t t = 0; t < card->trace_count; t++)
	{
		const ScoreTrace *of = &card->traces[t];
		TracePlan  *trace;

		if (!can_trace(draft, of))
			continue;
		trace = &traces->plans[traces->count++];
		*trace = (TracePlan) {.trace = t, .column = SCORE_NONE, .counts = find_word(draft, of->group)};
		if (of->until != SCORE_NONE)
			trace->settles = find_word(draft, of->until);
		for (uint32_t a = 0; a < of->after_count; a++)
			trace->after[a] = find_word(draft, of->after[a]);
		for (uint32_t c = 0; c < plan->column_count && of->sum == TRACE_SUM_OF_COUNTS; c++)
		{
			if (plan->decays[c * plan->code_count] == &card->decays[of->decay])
				trace->column = c;
		}
	}
}

/* ----- signals ----- */

static void
list_active(Draft *draft)
{
	const Scorecard *card = draft->card;
	ScorePlan  *plan = &draft->plan;

	plan->active = host_alloc_array((size_t) card->signal_count + 1, sizeof(uint32_t));
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		const ScoreReading *reading = &card->readings[s];

		if (reading->trace != SCORE_NONE ? !can_trace(draft, &card->traces[reading->trace]) :
			reading->group != SCORE_NONE && !is_group_here(draft, reading->group))
			continue;
		plan->active[plan->active_count++] = s;
		plan->needs_values |= reading->trace != SCORE_NONE && reading->measure == MEASURE_SUM;
		plan->needs_counts |= reading->trace == SCORE_NONE && reading->tally == SCORE_NONE && reading->measure == MEASURE_COUNT;
	}
}

static inline bool
is_by_slot(const ScoreReading *reading)
{
	return reading->tally != SCORE_NONE;
}

static inline bool
is_by_last(const ScoreReading *reading)
{
	return reading->trace == SCORE_NONE && !reading->within &&
		(reading->measure == MEASURE_EXISTS || reading->measure == MEASURE_RECENCY);
}

/* The active signals by how they are measured: what one touchpoint has comes first. */
static void
list_features(Draft *draft)
{
	const ScoreReading *readings = draft->card->readings;
	ScorePlan  *plan = &draft->plan;
	uint32_t	next[3] = {0};
	uint8_t    *kinds = host_alloc_array((size_t) plan->active_count + 1, 1);

	plan->features = host_alloc_array((size_t) plan->active_count + 1, sizeof(PlanFeature));
	for (uint32_t a = 0; a < plan->active_count; a++)
	{
		const ScoreReading *reading = &readings[plan->active[a]];
		bool		single = reading->group != SCORE_NONE && score_plan_group(plan, reading->group).count == 1;

		kinds[a] = single && is_by_slot(reading) ? 0 : single && is_by_last(reading) ? 1 : 2;
		plan->slot_features += kinds[a] == 0;
		plan->last_features += kinds[a] == 1;
	}
	next[1] = plan->slot_features;
	next[2] = plan->slot_features + plan->last_features;
	for (uint32_t a = 0; a < plan->active_count; a++)
	{
		const ScoreReading *reading = &readings[plan->active[a]];
		PlanFeature *feature = &plan->features[next[kinds[a]]++];

		feature->signal = plan->active[a];
		feature->at = kinds[a] == 0 ? plan->tally_slots[plan->tally_begin[reading->tally]] :
			kinds[a] == 1 ? score_plan_group(plan, reading->group).codes[0] : SCORE_NONE;
	}
	host_free(kinds);
}

/* What the signals say that count nothing here: transforms need not begin at 0. */
static void
plan_silence(ScorePlan *plan, const Scorecard *card)
{
	uint32_t	a = 0;

	plan->silent = host_alloc_array((size_t) card->intent_count + 1, sizeof(Fixed));
	plan->probability = host_alloc_array((size_t) card->intent_count + 1, sizeof(double));
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

/* ----- the whole ----- */

typedef struct PlanPart
{
	void	   *at;				/* the address of the pointer to it: it moves */
	size_t		count;
	size_t		size;
} PlanPart;

/* Moves all of a draft into one piece of memory, in the order in which it is used. */
static ScorePlan *
pack_plan(Draft *draft)
{
	const Scorecard *card = draft->card;
	ScorePlan  *plan = &draft->plan;
	PlanPart	parts[] = {
		{&plan->dictionary, plan->dictionary_size, 1},
		{&plan->codes, plan->code_count, sizeof(PlanCode)},
		{&plan->decays, plan->slot_count, sizeof(FixedDecay *)},
		{&plan->traces.words, plan->traces.word_count, sizeof(TraceWord)},
		{&plan->traces.plans, plan->traces.count, sizeof(TracePlan)},
		{&plan->active, plan->active_count, sizeof(uint32_t)},
		{&plan->features, plan->active_count, sizeof(PlanFeature)},
		{&plan->group_begin, (size_t) card->group_count + 1, sizeof(uint32_t)},
		{&plan->group_codes, plan->group_begin[card->group_count], sizeof(uint32_t)},
		{&plan->tally_begin, card->tally_count, sizeof(uint32_t)},
		{&plan->tally_slots, draft->slots_listed, sizeof(uint32_t)},
		{&plan->silent, card->intent_count, sizeof(Fixed)},
		{&plan->probability, card->intent_count, sizeof(double)}
	};
	size_t		size = sizeof(ScorePlan);
	uint8_t    *memory;
	uint8_t    *to;
	ScorePlan  *packed;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		size = checked_add_size(size, (checked_mul_size(parts[i].count, parts[i].size) + 7) & ~(size_t) 7);
	memory = host_alloc_zero(size);
	to = memory + sizeof(ScorePlan);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
	{
		void	  **at = parts[i].at;
		size_t		bytes = parts[i].count * parts[i].size;

		if (bytes > 0)
			memcpy(to, *at, bytes);
		host_free(*at);
		*at = to;
		to += (bytes + 7) & ~(size_t) 7;
	}
	plan->traces.codes = plan->group_codes;
	/* the texts that may be added to it, too */
	plan->bytes = size + plan->code_count * sizeof(ScoreText) + 2 * plan->dictionary_size;
	packed = (ScorePlan *) memory;
	*packed = *plan;
	return packed;
}

ScorePlan *
score_plan_make(const Scorecard *card, const JourneyView *view, uint64_t hash)
{
	Touchpoint *touchpoints = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	Draft		draft = {.card = card};
	ScorePlan  *plan = &draft.plan;

	journey_dictionary(view, touchpoints);
	plan->hash = hash;
	plan->code_count = view->touchpoints;
	plan->dictionary_size = view->section[JOURNEY_DICTIONARY].size;
	plan->dictionary = host_alloc_array(plan->dictionary_size + 1, 1);
	if (plan->dictionary_size > 0)
		memcpy(plan->dictionary, view->section[JOURNEY_DICTIONARY].data, plan->dictionary_size);
	plan->codes = host_alloc_zero(checked_mul_size((size_t) plan->code_count + 1, sizeof(PlanCode)));
	number_channels(plan, touchpoints);
	list_groups(&draft, match_groups(&draft, touchpoints));
	plan_sums(&draft);
	plan_traces(&draft);
	list_active(&draft);
	list_features(&draft);
	plan_silence(plan, card);
	host_free(draft.matches);
	host_free(touchpoints);
	return pack_plan(&draft);
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
	host_free(plan);
}
