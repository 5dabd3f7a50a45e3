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
	tracer_init(&scorer->traces, card);
	tracer_init(&scorer->momentary, card);
	scorer->levels = host_alloc_array((size_t) card->matcher_count + 1, sizeof(uint32_t));
	scorer->momentary_levels = host_alloc_array((size_t) card->matcher_count + 1, sizeof(uint32_t));
	scorer->matchers = host_alloc_array((size_t) card->matcher_count + 1, sizeof(PatternMatcher));
	scorer->absent = host_alloc_array((size_t) card->signal_count + 1, sizeof(double));
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		scorer->absent[s] = fixed_to_double(score_transform(&card->signals[s], 0));
		if (card->readings[s].matcher != SCORE_NONE)
			pattern_matcher_init(&scorer->matchers[card->readings[s].matcher], card->signals[s].pattern);
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

/* Few plans have more bytes. */
#define PLAN_FETCH_AHEAD 1024

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

	/* all of it is looked at, and is asked for before its first bytes are waited for */
	for (size_t line = 0; line < PLAN_FETCH_AHEAD && *first != NULL; line += 64)
		__builtin_prefetch((const uint8_t *) *first + line);
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
	if (host_unlikely(plan->column_count > scorer->column_capacity))
	{
		size_t		capacity = checked_growth(scorer->column_capacity, plan->column_count);

		scorer->column_capacity = 0;
		if (scorer->columns)
			host_free(scorer->columns);
		scorer->columns = NULL;
		scorer->columns = host_alloc_array(capacity, sizeof(FadeColumn));
		scorer->column_capacity = capacity;
	}
	for (uint32_t code = 0; code < plan->code_count; code++)
		scorer->last[code] = SCORE_NEVER;
	for (uint32_t code = 0; scorer->counts && code < plan->code_count; code++)
		scorer->all.counts[code] = 0;
	for (uint32_t slot = 0; slot < plan->slot_count; slot++)
		scorer->all.slots[slot] = 0;
	tracer_begin(&scorer->traces, scorer->cut.as_of, plan->code_count, &plan->traces);
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

static void
count_events(Scorer *scorer, const JourneyBlock *block, uint32_t from, uint32_t end)
{
	scorer_fade(scorer, block, from, end);
	if (scorer->counts)
	{
		for (uint32_t i = from; i < end; i++)
			scorer->all.counts[block->code[i]]++;
	}
}

static inline bool
begins_session(const Scorer *scorer, int64_t before, int64_t at)
{
	return (uint64_t) at - (uint64_t) before > (uint64_t) scorer->card->session_gap;
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
		const ScoreReading *reading = &card->readings[s];
		PatternMatcher *matcher;

		if (reading->matcher == SCORE_NONE)
			continue;
		matcher = &scorer->matchers[reading->matcher];
		pattern_load(matcher, view);
		levels[reading->matcher] = reading->measure == MEASURE_LEVEL ? pattern_level(matcher) : pattern_has_match(matcher);
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
	if (scorer->open)
		tracer_begin(&scorer->momentary, cut->as_of, plan->code_count, &plan->traces);

	/* where no signal counts anything, the header says all: there are events, and none is left out */
	if (plan->active_count == 0 && !scorer->counts && !cut->known && view->events > 0 && view->last <= cut->as_of)
	{
		scorer->first = view->first;
		scorer->events = view->events;
		return;
	}

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
		if (plan->traces.count > 0)
		{
			tracer_events(&scorer->traces, &plan->traces, &block, 0, block.count, scorer->columns);
			if (inside)
				tracer_events(&scorer->momentary, &plan->traces, &block, from, block.count, scorer->columns);
		}
	}
	if (scorer->card->matcher_count > 0)
		read_patterns(scorer, view);
}
