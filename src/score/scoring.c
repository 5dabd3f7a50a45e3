/*
 * scoring.c
 *		From a journey and a scorecard to evidence.
 */
#include <math.h>

#include "score/scoring.h"

/* Longer dictionaries are personal: remembering them helps nobody. */
#define PLAN_MAX_DICTIONARY 4096

void
scorer_init(Scorer *scorer, const Scorecard *card)
{
	memset(scorer, 0, sizeof(*scorer));
	scorer->card = card;
	scorer->sessions = host_alloc_zero(checked_mul_size((size_t) card->signal_count + 1,
														sizeof(SessionCount)));
}

static ScorePlan *
find_plan(Scorer *scorer, const JourneyView *view)
{
	uint64_t	hash = score_plan_hash(view);
	size_t		size = view->section[JOURNEY_DICTIONARY].size;
	ScorePlan **kept = &scorer->plans[hash % SCORE_PLANS];
	ScorePlan  *plan = *kept;

	if (host_likely(plan && plan->hash == hash && plan->code_count == view->touchpoints &&
					plan->dictionary_size == size &&
					(size == 0 ||
					 memcmp(plan->dictionary, view->section[JOURNEY_DICTIONARY].data, size) == 0)))
		return plan;

	plan = score_plan_make(scorer->card, view, hash);
	if (size > PLAN_MAX_DICTIONARY)
		kept = &scorer->unkept;
	if (*kept)
		score_plan_free(*kept);
	*kept = plan;
	return plan;
}

/* Room for the state of a plan, twice: all, and before the open session. */
static void
make_room(Scorer *scorer, const ScorePlan *plan)
{
	if (host_unlikely(plan->code_count > scorer->code_capacity || scorer->codes == NULL))
	{
		size_t		capacity = checked_growth(scorer->code_capacity, plan->code_count);

		if (scorer->codes)
			host_free(scorer->codes);
		scorer->code_capacity = 0;
		scorer->codes = host_alloc_array(checked_mul_size(capacity, 2), sizeof(PlanCode));
		scorer->codes_before = scorer->codes + capacity;
		scorer->code_capacity = capacity;
	}
	if (host_unlikely(plan->slot_count > scorer->slot_capacity || scorer->slots == NULL))
	{
		size_t		capacity = checked_growth(scorer->slot_capacity, plan->slot_count);

		if (scorer->slots)
			host_free(scorer->slots);
		scorer->slot_capacity = 0;
		scorer->slots = host_alloc_array(checked_mul_size(capacity, 2), sizeof(PlanSlot));
		scorer->slots_before = scorer->slots + capacity;
		scorer->slot_capacity = capacity;
	}
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

/* Keeps those of a block that were recorded up to known_at. */
static void
keep_known(JourneyBlock *block, int64_t known_at)
{
	uint32_t	kept = 0;

	for (uint32_t i = 0; i < block->count; i++)
	{
		block->at[kept] = block->at[i];
		block->code[kept] = block->code[i];
		block->value[kept] = block->value[i];
		kept += block->recorded[i] <= known_at;
	}
	block->count = kept;
}

/* What a pass keeps beside the touchpoints: sessions. */
typedef struct SessionPass
{
	uint64_t	gap;
	int64_t		last;
	int64_t		began;
	uint32_t	number;			/* from 1; 0 before the first event */
} SessionPass;

static void
enter_session(Scorer *scorer, SessionPass *session, int64_t at, bool momentary)
{
	session->number++;
	session->began = at;
	if (momentary)
	{
		memcpy(scorer->codes_before, scorer->codes, scorer->plan->code_count * sizeof(PlanCode));
		memcpy(scorer->slots_before, scorer->slots, scorer->plan->slot_count * sizeof(PlanSlot));
	}
}

static void
count_session(Scorer *scorer, const PlanCode *code, uint32_t number)
{
	for (uint32_t i = code->session; i < code->session_end; i++)
	{
		SessionCount *count = &scorer->sessions[scorer->plan->session_signals[i]];

		count->count += count->last != number;
		count->last = number;
	}
}

/*
 * The inner loop.  Each event decays by itself: chaining factors from event to
 * event would save a multiplication and make the sum depend on what is between.
 */
static inline __attribute__((always_inline)) void
count_block(Scorer *scorer, const JourneyBlock *block, bool values)
{
	PlanCode   *codes = scorer->codes;
	PlanSlot   *slots = scorer->slots;
	uint64_t	as_of = (uint64_t) scorer->cut.as_of;

	for (uint32_t i = 0; i < block->count; i++)
	{
		PlanCode   *code = &codes[block->code[i]];
		int64_t		at = block->at[i];

		code->count++;
		code->last = at;
		for (PlanSlot *slot = slots + code->slot, *end = slots + code->slot_end; slot < end; slot++)
		{
			int64_t		left = FIXED_ONE;

			if (!values || slot->decay.half_life > 0)
				left = fixed_decay(&slot->decay, as_of - (uint64_t) at);
			if (values && slot->of_values)
				slot->total = fixed_add(slot->total, faded_value(block->value[i], left));
			else
				slot->total += left;
		}
	}
}

/* The same, event by event, where sessions matter. */
static void
count_sessions(Scorer *scorer, JourneyBlock *block, SessionPass *session, bool momentary)
{
	JourneyBlock one;

	one.count = 1;
	for (uint32_t i = 0; i < block->count; i++)
	{
		int64_t		at = block->at[i];

		if (session->number == 0 || (uint64_t) at - (uint64_t) session->last > session->gap)
			enter_session(scorer, session, at, momentary);
		session->last = at;
		one.at[0] = at;
		one.code[0] = block->code[i];
		one.value[0] = block->value[i];
		count_block(scorer, &one, true);
		count_session(scorer, &scorer->codes[block->code[i]], session->number);
	}
}

static bool
session_may_be_open(const Scorer *scorer, const JourneyView *view)
{
	return scorer->cut.known || view->last > scorer->cut.as_of ||
		(uint64_t) scorer->cut.as_of - (uint64_t) view->last <= (uint64_t) scorer->card->session_gap;
}

void
scorer_read(Scorer *scorer, const JourneyView *view, const ScoreCut *cut, bool momentary)
{
	ScorePlan  *plan = find_plan(scorer, view);
	SessionPass session = {(uint64_t) scorer->card->session_gap, 0, 0, 0};
	JourneyCursor cursor;
	JourneyBlock block;
	bool		sessions;

	scorer->plan = plan;
	scorer->cut = *cut;
	scorer->events = 0;
	scorer->last = 0;
	scorer->open = false;
	make_room(scorer, plan);
	memcpy(scorer->codes, plan->codes, plan->code_count * sizeof(PlanCode));
	memcpy(scorer->slots, plan->slots, plan->slot_count * sizeof(PlanSlot));
	if (plan->needs_sessions)
		memset(scorer->sessions, 0, scorer->card->signal_count * sizeof(SessionCount));

	momentary = momentary && session_may_be_open(scorer, view);
	sessions = momentary || plan->needs_sessions;
	journey_cursor(&cursor, view, (plan->needs_values ? JOURNEY_WANT_VALUE : 0) |
				   (cut->known ? JOURNEY_WANT_RECORDED : 0));
	while ((cursor.next == 0 || cursor.at <= cut->as_of) && journey_next(&cursor, &block))
	{
		while (block.count > 0 && block.at[block.count - 1] > cut->as_of)
			block.count--;
		if (cut->known)
			keep_known(&block, cut->known_at);
		if (block.count == 0)
			continue;
		scorer->events += block.count;
		scorer->last = block.at[block.count - 1];
		if (sessions)
			count_sessions(scorer, &block, &session, momentary);
		else if (plan->needs_values)
			count_block(scorer, &block, true);
		else
			count_block(scorer, &block, false);
	}
	scorer->open = momentary && scorer->events > 0 &&
		(uint64_t) cut->as_of - (uint64_t) scorer->last <= session.gap;
	scorer->opened = session.began;
}

/* ----- measures ----- */

static inline const PlanMember *
first_member(const ScorePlan *plan, uint32_t signal)
{
	return plan->members + (signal == 0 ? 0 : plan->member_end[signal - 1]);
}

uint64_t
scorer_seen(const Scorer *scorer, uint32_t signal, int64_t *last)
{
	const PlanMember *member = first_member(scorer->plan, signal);
	const PlanMember *end = scorer->plan->members + scorer->plan->member_end[signal];
	uint64_t	count = 0;

	*last = INT64_MIN;
	for (; member < end; member++)
	{
		const PlanCode *code = &scorer->codes[member->code];

		count += code->count;
		if (code->count > 0 && code->last > *last)
			*last = code->last;
	}
	return count;
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
			count += scorer->codes[member->code].count -
				(momentary ? scorer->codes_before[member->code].count : 0);
		else
		{
			total = fixed_add(total, scorer->slots[member->slot].total);
			if (momentary)
				total = fixed_subtract(total, scorer->slots_before[member->slot].total);
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

	for (; member < end; member++)
	{
		const PlanCode *code = &scorer->codes[member->code];

		if (code->count > 0 && code->last >= from && code->channel > last)
		{
			last = code->channel;
			count++;
		}
	}
	return fixed_from_count(count);
}

Fixed
scorer_measure(const Scorer *scorer, uint32_t signal, bool momentary)
{
	const ScoreSignal *of = &scorer->card->signals[signal];
	int64_t		from = momentary ? scorer->opened : INT64_MIN;
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
	if (scorer_seen(scorer, signal, &last) == 0 || last < from)
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
			return fixed_log1p(measure);
		case TRANSFORM_POINTS:
			return piecewise_linear(signal->points, signal->point_count, measure);
	}
	return measure;
}

void
scorer_evidence(const Scorer *scorer, uint32_t only, bool momentary, Fixed *evidence, Fixed *seen)
{
	const Scorecard *card = scorer->card;

	for (uint32_t i = 0; i < card->intent_count; i++)
	{
		evidence[i] = card->intents[i].base;
		if (seen)
			seen[i] = 0;
	}
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		const ScoreSignal *signal = &card->signals[s];
		const ScoreWeight *weight = signal->weights;
		const ScoreWeight *end = weight + signal->weight_count;
		Fixed		x;
		int64_t		last;

		if (only != SCORE_ALL_INTENTS)
		{
			while (weight < end && weight->intent != only)
				weight++;
			if (weight == end)
				continue;
			end = weight + 1;
		}
		x = score_transform(signal, scorer_measure(scorer, s, momentary));
		for (const ScoreWeight *w = weight; x != 0 && w < end; w++)
			evidence[w->intent] = fixed_add(evidence[w->intent], fixed_multiply(w->weight, x));
		if (seen && scorer_seen(scorer, s, &last) > 0)
		{
			for (const ScoreWeight *w = weight; w < end; w++)
				seen[w->intent] = fixed_add(seen[w->intent], w->weight < 0 ? -w->weight : w->weight);
		}
	}
}

double
score_logistic(Fixed evidence)
{
	return 1 / (1 + exp(-fixed_to_double(evidence)));
}
