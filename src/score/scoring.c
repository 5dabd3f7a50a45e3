/*
 * scoring.c
 *		From a journey and a scorecard to evidence.
 */
#include <math.h>

#include "score/scoring.h"

void
scorer_init(Scorer *scorer, const Scorecard *card)
{
	memset(scorer, 0, sizeof(*scorer));
	scorer->card = card;
	scorer->plans = host_alloc_zero(SCORE_PLANS * sizeof(ScorePlan *));
	scorer->sessions = host_alloc_array((size_t) card->signal_count + 1, sizeof(SessionCount));
}

static void
forget_plan(Scorer *scorer, ScorePlan **kept)
{
	if (*kept == NULL)
		return;
	if (kept != &scorer->unkept)
		scorer->plan_bytes -= (*kept)->bytes;
	score_plan_free(*kept);
	*kept = NULL;
}

static void
forget_plans(Scorer *scorer)
{
	for (size_t i = 0; i < SCORE_PLANS; i++)
		forget_plan(scorer, &scorer->plans[i]);
}

static inline bool
is_plan(const ScorePlan *plan, const JourneyView *view, uint64_t hash)
{
	size_t		size = view->section[JOURNEY_DICTIONARY].size;

	return plan && plan->hash == hash && plan->code_count == view->touchpoints &&
		plan->dictionary_size == size &&
		(size == 0 ||
		 memcmp(plan->dictionary, view->section[JOURNEY_DICTIONARY].data, size) == 0);
}

/* Each plan has two places, the second for the one that had to leave the first. */
static ScorePlan *
find_plan(Scorer *scorer, const JourneyView *view)
{
	uint64_t	hash = score_plan_hash(view);
	ScorePlan **first = &scorer->plans[hash % SCORE_PLANS];
	ScorePlan **second = &scorer->plans[hash % SCORE_PLANS ^ 1];
	ScorePlan  *plan;

	if (host_likely(is_plan(*first, view, hash)))
		return *first;
	if (is_plan(*second, view, hash))
		return *second;

	plan = score_plan_make(scorer->card, view, hash);
	if (plan->bytes > SCORE_PLAN_BYTES / 64)
	{
		forget_plan(scorer, &scorer->unkept);
		scorer->unkept = plan;
		return plan;
	}
	if (scorer->plan_bytes + plan->bytes > SCORE_PLAN_BYTES)
		forget_plans(scorer);
	forget_plan(scorer, second);
	*second = *first;
	*first = plan;
	scorer->plan_bytes += plan->bytes;
	return plan;
}

/* Room for `count` sums of all events and as many of those before the open session; what was in it is lost. */
static void
make_room(void **all, void **before, size_t count, size_t size)
{
	if (*all)
		host_free(*all);
	*all = NULL;
	*all = host_alloc_array(checked_mul_size(count, 2), size);
	*before = (char *) *all + count * size;
}

static void
clear_state(Scorer *scorer, const ScorePlan *plan)
{
	if (host_unlikely(plan->code_count > scorer->code_capacity))
	{
		size_t		capacity = checked_growth(scorer->code_capacity, plan->code_count);

		scorer->code_capacity = 0;
		make_room((void **) &scorer->all.counts, (void **) &scorer->before.counts,
				  capacity, sizeof(uint64_t));
		if (scorer->last)
			host_free(scorer->last);
		scorer->last = NULL;
		scorer->last = host_alloc_array(capacity, sizeof(int64_t));
		scorer->code_capacity = capacity;
	}
	if (host_unlikely(plan->slot_count > scorer->slot_capacity))
	{
		size_t		capacity = checked_growth(scorer->slot_capacity, plan->slot_count);

		scorer->slot_capacity = 0;
		make_room((void **) &scorer->all.slots, (void **) &scorer->before.slots,
				  capacity, sizeof(Fixed));
		scorer->slot_capacity = capacity;
	}
	for (uint32_t code = 0; code < plan->code_count; code++)
		scorer->last[code] = SCORE_NEVER;
	for (uint32_t code = 0; scorer->counts && code < plan->code_count; code++)
		scorer->all.counts[code] = 0;
	for (uint32_t slot = 0; slot < plan->slot_count; slot++)
		scorer->all.slots[slot] = 0;
	if (plan->needs_sessions)
		memset(scorer->sessions, 0, scorer->card->signal_count * sizeof(SessionCount));
}

/* The open session begins: what there is came before it. */
static void
keep_before(Scorer *scorer)
{
	if (scorer->counts && scorer->plan->code_count > 0)
		memcpy(scorer->before.counts, scorer->all.counts, scorer->plan->code_count * sizeof(uint64_t));
	if (scorer->plan->slot_count > 0)
		memcpy(scorer->before.slots, scorer->all.slots, scorer->plan->slot_count * sizeof(Fixed));
}

/* ----- one pass over the events ----- */

static void value_out_of_range(double value) HOST_NORETURN;

static void
value_out_of_range(double value)
{
	host_fail(HOST_OUT_OF_RANGE,
			  host_format("value %g is out of range for evidence", value),
			  "Evidence is kept with 12 decimals and at most 26 digits before the point.",
			  "Leave this touchpoint out of the signal, or use the measure count.");
}

static Fixed
faded_value(double value, int64_t left)
{
	Fixed		fixed;

	/* what has faded away counts for nothing, however large it was */
	if (left == 0)
		return 0;
	if (!fixed_from_double(value, &fixed))
		value_out_of_range(value);
	return left == FIXED_ONE ? fixed : fixed_multiply(fixed, left);
}

/* Keeps those of a block that were recorded up to known_at; values if there are any. */
static void
keep_known(JourneyBlock *block, int64_t known_at, bool values)
{
	uint64_t	valued = values ? block->valued : 0;
	uint32_t	kept = 0;

	block->valued = 0;
	for (uint32_t i = 0; i < block->count; i++)
	{
		if (block->recorded[i] > known_at)
			continue;
		block->at[kept] = block->at[i];
		block->code[kept] = block->code[i];
		if (values)
		{
			block->value[kept] = block->value[i];
			block->valued |= (valued >> i & 1) << kept;
		}
		kept++;
	}
	block->count = kept;
}

/* The next events that count; false if there are no more. */
static bool
next_block(JourneyCursor *cursor, const ScoreCut *cut, JourneyBlock *block)
{
	do
	{
		if ((cursor->next > 0 && cursor->at > cut->as_of) || !journey_next(cursor, block))
			return false;
		while (block->count > 0 && block->at[block->count - 1] > cut->as_of)
			block->count--;
		if (cut->known)
			keep_known(block, cut->known_at, (cursor->want & JOURNEY_WANT_VALUE) != 0);
	} while (block->count == 0);
	return true;
}

/*
 * First which events something is left of, without a branch that depends on
 * them, and then what.  Each event decays by itself: chaining factors from
 * event to event would save a multiplication and make the sum depend on what
 * is between.  Not inlined: nothing else shall want the registers.
 */
static HOST_NOINLINE void
fade_events(Scorer *scorer, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	const PlanCode *codes = scorer->plan->codes;
	const FixedDecay *const *decays = scorer->plan->decays;
	int64_t    *last = scorer->last;
	Fixed	   *slots = scorer->all.slots;
	uint64_t	as_of = (uint64_t) scorer->cut.as_of;
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
			for (uint32_t slot = code->slot; slot < code->value_slot; slot++)
				slots[slot] += fixed_decay(decays[slot], age);
		}
	}
}

static void
add_values(Scorer *scorer, const JourneyBlock *block, uint32_t from, uint32_t end)
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
		for (uint32_t slot = code->value_slot; slot < code->slot_end; slot++)
		{
			int64_t		left = fixed_decay(scorer->plan->decays[slot],
										   as_of - (uint64_t) block->at[i]);

			scorer->all.slots[slot] = fixed_add(scorer->all.slots[slot],
												faded_value(block->value[i], left));
		}
	}
}

static void
count_events(Scorer *scorer, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	fade_events(scorer, block, from, end);
	if (scorer->plan->needs_values)
		add_values(scorer, block, from, end);
	if (scorer->counts)
	{
		for (uint32_t i = from; i < end; i++)
			scorer->all.counts[block->code[i]]++;
	}
}

/* Where a pass stands among the sessions. */
typedef struct SessionPass
{
	int64_t		last;			/* time of the event before */
	uint32_t	number;			/* from 1; 0 before the first event */
} SessionPass;

static inline bool
begins_session(const Scorer *scorer, int64_t before, int64_t at)
{
	return (uint64_t) at - (uint64_t) before > (uint64_t) scorer->card->session_gap;
}

static void
count_sessions(Scorer *scorer, const JourneyBlock *block, SessionPass *pass)
{
	for (uint32_t i = 0; i < block->count; i++)
	{
		uint32_t	code = block->code[i];

		if (pass->number == 0 || begins_session(scorer, pass->last, block->at[i]))
			pass->number++;
		pass->last = block->at[i];
		for (uint32_t s = code == 0 ? 0 : scorer->plan->session_end[code - 1];
			 s < scorer->plan->session_end[code]; s++)
		{
			SessionCount *count = &scorer->sessions[scorer->plan->session_signals[s]];

			count->count += count->last != pass->number;
			count->last = pass->number;
		}
	}
}

/* Is there a session open at as_of, and when did it begin? */
static void
find_open_session(Scorer *scorer, const JourneyView *view)
{
	const ScoreCut *cut = &scorer->cut;
	JourneyCursor cursor;
	JourneyBlock block;
	int64_t		last = view->first;
	bool		any = false;

	/* mostly the last event is long past, and that is all there is to know */
	if (!cut->known && view->last <= cut->as_of && begins_session(scorer, view->last, cut->as_of))
		return;
	journey_cursor(&cursor, view, JOURNEY_WITHOUT_CODES | (cut->known ? JOURNEY_WANT_RECORDED : 0));
	while (next_block(&cursor, cut, &block))
	{
		for (uint32_t i = 0; i < block.count; i++)
		{
			if (!any || begins_session(scorer, last, block.at[i]))
				scorer->opened = block.at[i];
			any = true;
			last = block.at[i];
		}
	}
	scorer->open = any && !begins_session(scorer, last, cut->as_of);
}

void
scorer_read(Scorer *scorer, const JourneyView *view, const ScoreCut *cut, int want)
{
	ScorePlan  *plan = find_plan(scorer, view);
	SessionPass pass = {0};
	JourneyCursor cursor;
	JourneyBlock block;
	bool		inside = false;

	scorer->plan = plan;
	scorer->cut = *cut;
	scorer->events = 0;
	scorer->open = false;
	scorer->counts = plan->needs_counts || (want & SCORE_LINES) != 0;
	clear_state(scorer, plan);
	if (want & SCORE_MOMENTARY)
		find_open_session(scorer, view);

	journey_cursor(&cursor, view, (plan->needs_values ? JOURNEY_WANT_VALUE : 0) |
				   (cut->known ? JOURNEY_WANT_RECORDED : 0));
	while (next_block(&cursor, cut, &block))
	{
		uint32_t	from = 0;

		if (scorer->events == 0)
			scorer->first = block.at[0];
		scorer->events += block.count;
		if (scorer->open && !inside && block.at[block.count - 1] >= scorer->opened)
		{
			while (block.at[from] < scorer->opened)
				from++;
			count_events(scorer, &block, 0, from);
			keep_before(scorer);
			inside = true;
		}
		count_events(scorer, &block, from, block.count);
		if (plan->needs_sessions)
			count_sessions(scorer, &block, &pass);
	}
}

/* ----- measures ----- */

static inline const PlanMember *
first_member(const ScorePlan *plan, uint32_t signal)
{
	return plan->members + (signal == 0 ? 0 : plan->member_end[signal - 1]);
}

int64_t
scorer_last(const Scorer *scorer, uint32_t signal)
{
	const PlanMember *member = first_member(scorer->plan, signal);
	const PlanMember *end = scorer->plan->members + scorer->plan->member_end[signal];
	int64_t		last = SCORE_NEVER;

	for (; member < end; member++)
	{
		int64_t		at = scorer->last[member->code];

		last = at > last ? at : last;
	}
	return last;
}

static Fixed
additive_measure(const Scorer *scorer, uint32_t signal, bool momentary)
{
	const PlanMember *member = first_member(scorer->plan, signal);
	const PlanMember *end = scorer->plan->members + scorer->plan->member_end[signal];
	Fixed		total = 0;
	uint64_t	count = 0;

	for (; member < end; member++)
	{
		if (member->slot == PLAN_NO_SLOT)
			count += scorer->all.counts[member->code] -
				(momentary ? scorer->before.counts[member->code] : 0);
		else
		{
			total = fixed_add(total, scorer->all.slots[member->slot]);
			if (momentary)
				total = fixed_subtract(total, scorer->before.slots[member->slot]);
		}
	}
	return fixed_add(total, fixed_from_count(count));
}

static Fixed
distinct_channels(const Scorer *scorer, uint32_t signal, int64_t from)
{
	const PlanMember *member = first_member(scorer->plan, signal);
	const PlanMember *end = scorer->plan->members + scorer->plan->member_end[signal];
	uint32_t	last = 0;
	uint64_t	count = 0;

	/* members come in order of their channels */
	for (; member < end; member++)
	{
		int64_t		at = scorer->last[member->code];
		uint32_t	channel = scorer->plan->codes[member->code].channel;

		if (at != SCORE_NEVER && at >= from && channel > last)
		{
			last = channel;
			count++;
		}
	}
	return fixed_from_count(count);
}

Fixed
scorer_measure(const Scorer *scorer, uint32_t signal, bool momentary)
{
	const ScoreSignal *of = &scorer->card->signals[signal];
	int64_t		from = momentary ? scorer->opened : SCORE_NEVER;
	int64_t		last;

	switch (of->measure)
	{
		case MEASURE_COUNT:
		case MEASURE_SUM:
			return additive_measure(scorer, signal, momentary);
		case MEASURE_CHANNELS:
			return distinct_channels(scorer, signal, from);
		case MEASURE_EXISTS:
		case MEASURE_RECENCY:
		case MEASURE_SESSIONS:
			break;
	}
	last = scorer_last(scorer, signal);
	if (last == SCORE_NEVER || last < from)
		return 0;
	if (of->measure == MEASURE_SESSIONS)
		return fixed_from_count(momentary ? 1 : scorer->sessions[signal].count);
	return of->half_life == 0 ? FIXED_ONE :
		fixed_decay(&scorer->card->decays[of->decay], (uint64_t) scorer->cut.as_of - (uint64_t) last);
}

/* ----- evidence ----- */

static Fixed
piecewise_linear(const ScorePoint *points, uint32_t count, Fixed x)
{
	uint32_t	low = 0;
	uint32_t	high = count - 1;

	if (x <= points[0].x)
		return points[0].y;
	if (x >= points[high].x)
		return points[high].y;
	while (high - low > 1)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (points[middle].x <= x)
			low = middle;
		else
			high = middle;
	}
	return fixed_add(points[low].y,
					 fixed_multiply_divide(fixed_subtract(x, points[low].x),
										   fixed_subtract(points[high].y, points[low].y),
										   fixed_subtract(points[high].x, points[low].x)));
}

Fixed
score_transform(const ScoreSignal *signal, Fixed measure)
{
	if (signal->has_cap && measure > signal->cap)
		measure = signal->cap;
	else if (signal->has_cap && measure < -signal->cap)
		measure = -signal->cap;
	switch (signal->transform)
	{
		case TRANSFORM_LINEAR:
			break;
		case TRANSFORM_LOG1P:
			return measure == 0 ? 0 : fixed_log1p(measure);
		case TRANSFORM_POINTS:
			return piecewise_linear(signal->points, signal->point_count, measure);
	}
	return measure;
}

void
score_add_weighted(const ScoreSignal *signal, Fixed x, Fixed *evidence)
{
	for (uint32_t w = 0; w < signal->weight_count; w++)
	{
		Fixed	   *of = &evidence[signal->weights[w].intent];

		*of = fixed_add(*of, fixed_multiply(signal->weights[w].weight, x));
	}
}

void
scorer_evidence(const Scorer *scorer, bool momentary, Fixed *evidence, Fixed *seen)
{
	const Scorecard *card = scorer->card;
	const ScorePlan *plan = scorer->plan;

	memcpy(evidence, plan->silent, card->intent_count * sizeof(Fixed));
	if (seen)
		memset(seen, 0, card->intent_count * sizeof(Fixed));
	for (uint32_t a = 0; a < plan->active_count; a++)
	{
		const ScoreSignal *signal = &card->signals[plan->active[a]];
		Fixed		x = score_transform(signal, scorer_measure(scorer, plan->active[a], momentary));

		if (x != 0)
			score_add_weighted(signal, x, evidence);
		if (seen == NULL || scorer_last(scorer, plan->active[a]) == SCORE_NEVER)
			continue;
		for (uint32_t w = 0; w < signal->weight_count; w++)
		{
			Fixed		weight = signal->weights[w].weight;

			seen[signal->weights[w].intent] += weight < 0 ? -weight : weight;
		}
	}
}

double
score_logistic(Fixed evidence)
{
	return 1 / (1 + exp(-fixed_to_double(evidence)));
}
