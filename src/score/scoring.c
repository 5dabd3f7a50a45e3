/*
 * scoring.c
 *		Reading a journey once for all signals of a scorecard.
 */
#include "journey/journey_edit.h"
#include "score/scoring.h"

void
scorer_init(Scorer *scorer, const Scorecard *card)
{
	memset(scorer, 0, sizeof(*scorer));
	scorer->card = card;
	scorer->plans = host_alloc_zero(SCORE_PLANS * sizeof(ScorePlan *));
	scorer->sessions = host_alloc_array((size_t) card->signal_count + 1, sizeof(SessionCount));
	tracer_init(&scorer->traces, card);
	tracer_init(&scorer->momentary, card);
	scorer->levels = host_alloc_array((size_t) card->matcher_count + 1, sizeof(uint32_t));
	scorer->momentary_levels = host_alloc_array((size_t) card->matcher_count + 1, sizeof(uint32_t));
	scorer->matchers = host_alloc_array((size_t) card->matcher_count + 1, sizeof(PatternMatcher));
	scorer->absent = host_alloc_array((size_t) card->signal_count + 1, sizeof(double));
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		scorer->absent[s] = fixed_to_double(score_transform(&card->signals[s], 0));
		if (card->signals[s].matcher != SCORE_NONE)
			pattern_matcher_init(&scorer->matchers[card->signals[s].matcher], card->signals[s].pattern);
	}
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
	if (plan->traced)
		tracer_begin(&scorer->traces, scorer->cut.as_of, plan->code_count);
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
			/* those that last longest come first */
			for (uint32_t slot = code->slot; slot < code->value_slot && age < decays[slot]->end; slot++)
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
												score_faded_value(block->value[i], left));
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

/* ----- patterns ----- */

static void
match_patterns(Scorer *scorer, const JourneyView *view, uint32_t *levels)
{
	const Scorecard *card = scorer->card;

	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		const ScoreSignal *signal = &card->signals[s];
		PatternMatcher *matcher;

		if (signal->matcher == SCORE_NONE)
			continue;
		matcher = &scorer->matchers[signal->matcher];
		pattern_load(matcher, view);
		levels[signal->matcher] = signal->measure == MEASURE_LEVEL ? pattern_level(matcher) : pattern_has_match(matcher);
	}
}

/* Patterns see a journey whole: that of the events that count, and that of the open session. */
static void
read_patterns(Scorer *scorer, const JourneyView *view)
{
	const ScoreCut *cut = &scorer->cut;
	JourneyView of_events = *view;
	ByteBuffer	cut_bytes = {0};
	ByteBuffer	session_bytes = {0};

	if (cut->known || view->last > cut->as_of)
	{
		buffer_init(&cut_bytes, 256);
		journey_cut(&cut_bytes, view, cut->as_of, cut->known ? &cut->known_at : NULL);
		journey_open(&of_events, cut_bytes.data, cut_bytes.size);
	}
	match_patterns(scorer, &of_events, scorer->levels);
	if (scorer->open)
	{
		JourneyView session;

		buffer_init(&session_bytes, 256);
		journey_slice(&session_bytes, &of_events, scorer->opened, cut->as_of + 1);
		journey_open(&session, session_bytes.data, session_bytes.size);
		match_patterns(scorer, &session, scorer->momentary_levels);
		host_free(session_bytes.data);
	}
	if (cut_bytes.data)
		host_free(cut_bytes.data);
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
			if (plan->traced)
				tracer_begin(&scorer->momentary, cut->as_of, plan->code_count);
			inside = true;
		}
		count_events(scorer, &block, from, block.count);
		if (plan->needs_sessions)
			count_sessions(scorer, &block, &pass);
		if (plan->traced)
		{
			tracer_events(&scorer->traces, plan->traces, plan->trace_count, plan->trace_codes, &block, 0, block.count);
			if (inside)
				tracer_events(&scorer->momentary, plan->traces, plan->trace_count, plan->trace_codes, &block, from, block.count);
		}
	}
	if (scorer->card->matcher_count > 0)
		read_patterns(scorer, view);
}
