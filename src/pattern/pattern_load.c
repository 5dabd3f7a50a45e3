/*
 * pattern_load.c
 *		From a journey to events that know which positions they can fill.
 */
#include "pattern/pattern_match.h"

/* Longer dictionaries are personal: remembering them helps nobody. */
#define PLAN_MAX_DICTIONARY 4096

/* Signatures come from what journeys hold; more than this means one-offs. */
#define MAX_SIGNATURES 65536

/* ----- classes and signatures ----- */

static bool
predicate_holds(const PatternFlatPredicate *predicate, double value)
{
	switch ((PatternCompare) predicate->compare)
	{
		case COMPARE_LESS:
			return value < predicate->number;
		case COMPARE_LESS_EQUAL:
			return value <= predicate->number;
		case COMPARE_EQUAL:
			return value == predicate->number;
		case COMPARE_NOT_EQUAL:
			return value != predicate->number;
		case COMPARE_GREATER_EQUAL:
			return value >= predicate->number;
		case COMPARE_GREATER:
			return value > predicate->number;
	}
	return false;
}

/* Fills the bits of classes that hold for an event whose touchpoint matches `atoms`. */
static void
find_classes(const Pattern *pattern, const uint64_t *atoms, bool has_value, double value, uint64_t *classes)
{
	memset(classes, 0, pattern_words(pattern->header.set_count) * sizeof(uint64_t));
	for (uint32_t i = 0; i < pattern->header.set_count; i++)
	{
		const PatternSet *set = &pattern->sets[i];
		bool		holds = false;

		for (uint32_t a = set->atoms; a < set->atoms_end && !holds; a++)
		{
			const PatternFlatAtom *atom = &pattern->atoms[a];
			bool		is = pattern_bit(atoms, a);

			/* no value fulfils no predicate */
			for (uint32_t p = atom->predicates; p < atom->predicates_end && is; p++)
				is = has_value && predicate_holds(&pattern->predicates[p], value);
			holds = is != (atom->negated != 0);
		}
		if (holds != (set->negated != 0))
			pattern_set_bit(classes, i);
	}
}

static void
describe_signature(const PatternMatcher *matcher, PatternSignature *signature, const uint64_t *classes)
{
	const Pattern *pattern = matcher->pattern;
	const PatternHeader *header = &pattern->header;
	uint64_t   *kept = host_alloc_array(pattern_words(header->set_count), sizeof(uint64_t));
	uint64_t   *bits = host_alloc_zero((pattern_words(header->position_count) + 1) * sizeof(uint64_t));
	uint32_t   *list = host_alloc_array((size_t) header->position_count + header->gate_count + 1,
										sizeof(uint32_t));
	uint32_t   *excluded;

	memcpy(kept, classes, pattern_words(header->set_count) * sizeof(uint64_t));
	memset(signature, 0, sizeof(*signature));
	for (uint32_t i = 0; i < header->position_count; i++)
	{
		if (pattern_bit(classes, pattern->positions[i].class))
		{
			pattern_set_bit(bits, i);
			list[signature->position_count++] = i;
		}
	}
	excluded = list + signature->position_count;
	for (uint32_t i = 0; i < header->gate_count; i++)
	{
		if (pattern->gates[i].excluded != PATTERN_NONE && pattern_bit(classes, pattern->gates[i].excluded))
			excluded[signature->excluded_count++] = i;
	}
	list = host_realloc_array(list, (size_t) signature->position_count + signature->excluded_count + 1, sizeof(uint32_t));
	excluded = list + signature->position_count;
	signature->classes = kept;
	signature->bits = bits;
	signature->positions = list;
	signature->excluded = excluded;
	signature->before = header->before.excluded != PATTERN_NONE && pattern_bit(classes, header->before.excluded);
	signature->after = header->after.excluded != PATTERN_NONE && pattern_bit(classes, header->after.excluded);
}

static uint64_t
glance(const PatternMatcher *matcher, const PatternSignature *signature)
{
	uint64_t	bits = signature->bits[0] & ~PATTERN_GLANCE_MORE;

	if (signature->excluded_count > 0 || signature->before || signature->after ||
		(signature->position_count > 0 && signature->positions[signature->position_count - 1] >= 63))
		bits |= PATTERN_GLANCE_MORE;
	return bits;
}

static uint64_t
hash_classes(const uint64_t *classes, size_t count)
{
	uint64_t	hash = UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < count; i++)
	{
		hash = (hash ^ classes[i]) * UINT64_C(0xff51afd7ed558ccd);
		hash ^= hash >> 32;
	}
	return hash;
}

static void
grow_signatures(PatternMatcher *matcher)
{
	size_t		size = pattern_words(matcher->pattern->header.set_count);

	matcher->signature_capacity = matcher->signature_capacity ? matcher->signature_capacity * 2 : 16;
	matcher->signatures = matcher->signatures == NULL ?
		host_alloc_array(matcher->signature_capacity, sizeof(PatternSignature)) :
		host_realloc_array(matcher->signatures, matcher->signature_capacity, sizeof(PatternSignature));
	matcher->glances = matcher->glances == NULL ?
		host_alloc_array(matcher->signature_capacity, sizeof(uint64_t)) :
		host_realloc_array(matcher->glances, matcher->signature_capacity, sizeof(uint64_t));
	if (matcher->signature_slots)
		host_free(matcher->signature_slots);
	matcher->slot_count = matcher->signature_capacity * 2;
	matcher->signature_slots = host_alloc_array(matcher->slot_count, sizeof(uint32_t));
	memset(matcher->signature_slots, 0xff, matcher->slot_count * sizeof(uint32_t));
	for (uint32_t i = 0; i < matcher->signature_count; i++)
	{
		uint32_t	slot = (uint32_t) hash_classes(matcher->signatures[i].classes, size) & (matcher->slot_count - 1);

		while (matcher->signature_slots[slot] != UINT32_MAX)
			slot = (slot + 1) & (matcher->slot_count - 1);
		matcher->signature_slots[slot] = i;
	}
}

/* The signature of these classes. */
static uint32_t
find_signature(PatternMatcher *matcher, const uint64_t *classes)
{
	size_t		size = pattern_words(matcher->pattern->header.set_count);
	uint32_t	slot = (uint32_t) hash_classes(classes, size) & (matcher->slot_count - 1);

	for (; matcher->signature_slots[slot] != UINT32_MAX; slot = (slot + 1) & (matcher->slot_count - 1))
	{
		uint32_t	number = matcher->signature_slots[slot];

		if (memcmp(matcher->signatures[number].classes, classes, size * sizeof(uint64_t)) == 0)
			return number;
	}
	if (matcher->signature_count == MAX_SIGNATURES)
		host_fail(HOST_LIMIT, "pattern meets too many different kinds of events", NULL,
				  "Use fewer predicates and sets in one pattern.");
	if (matcher->signature_count == matcher->signature_capacity)
	{
		grow_signatures(matcher);
		return find_signature(matcher, classes);
	}
	describe_signature(matcher, &matcher->signatures[matcher->signature_count], classes);
	matcher->glances[matcher->signature_count] = glance(matcher, &matcher->signatures[matcher->signature_count]);
	matcher->signature_slots[slot] = matcher->signature_count;
	return matcher->signature_count++;
}

uint32_t
pattern_signature_by_value(PatternMatcher *matcher, const PatternPlan *plan,
						   uint32_t code, bool has_value, double value)
{
	find_classes(matcher->pattern, plan->atoms + (size_t) code * pattern_words(matcher->pattern->header.atom_count),
				 has_value, value, matcher->classes);
	return find_signature(matcher, matcher->classes);
}

/* ----- plans ----- */

static uint64_t
hash_dictionary(const JourneyView *view)
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

/* May an event of this signature be the first of a match? */
static bool
signature_begins(const PatternMatcher *matcher, uint32_t signature)
{
	const Pattern *pattern = matcher->pattern;

	for (uint32_t i = 0; i < pattern->header.first_count; i++)
	{
		if (pattern_bit(matcher->signatures[signature].bits, pattern->first[i]))
			return true;
	}
	return false;
}

static PatternPlan *
make_plan(PatternMatcher *matcher, const JourneyView *view, uint64_t hash)
{
	const Pattern *pattern = matcher->pattern;
	size_t		size = pattern_words(pattern->header.atom_count);
	Touchpoint *touchpoints = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	TouchpointPattern *wanted = host_alloc_array((size_t) pattern->header.atom_count + 1, sizeof(TouchpointPattern));
	PatternPlan *plan = host_alloc_zero(sizeof(PatternPlan));

	journey_dictionary(view, touchpoints);
	for (uint32_t a = 0; a < pattern->header.atom_count; a++)
		wanted[a] = pattern_touchpoint(pattern, &pattern->atoms[a]);
	plan->hash = hash;
	plan->dictionary_size = view->section[JOURNEY_DICTIONARY].size;
	plan->dictionary = host_alloc(plan->dictionary_size + 1);
	if (plan->dictionary_size > 0)
		memcpy(plan->dictionary, view->section[JOURNEY_DICTIONARY].data, plan->dictionary_size);
	plan->code_count = view->touchpoints;
	plan->codes = host_alloc_array((size_t) view->touchpoints + 1, sizeof(uint32_t));
	plan->atoms = host_alloc_zero(checked_add_size(
										   checked_mul_size(checked_mul_size(view->touchpoints, size), sizeof(uint64_t)), 8));
	for (uint32_t code = 0; code < view->touchpoints; code++)
	{
		uint64_t   *atoms = plan->atoms + code * size;
		bool		by_value = false;

		if (code % 1024 == 1023)
			host_check_interrupts();
		for (uint32_t a = 0; a < pattern->header.atom_count; a++)
		{
			if (!touchpoint_matches(&wanted[a], &touchpoints[code]))
				continue;
			pattern_set_bit(atoms, a);
			by_value |= pattern->atoms[a].predicates < pattern->atoms[a].predicates_end;
		}
		plan->codes[code] = PLAN_BY_VALUE;
		plan->by_value |= by_value;
		if (!by_value)
			plan->codes[code] = pattern_signature_by_value(matcher, plan, code, false, 0);
		plan->begins |= by_value || signature_begins(matcher, plan->codes[code]);
	}
	host_free(wanted);
	host_free(touchpoints);
	return plan;
}

static void
free_plan(PatternPlan *plan)
{
	host_free(plan->dictionary);
	host_free(plan->codes);
	host_free(plan->atoms);
	host_free(plan);
}

PatternPlan *
pattern_find_plan(PatternMatcher *matcher, const JourneyView *view)
{
	uint64_t	hash = hash_dictionary(view);
	size_t		size = view->section[JOURNEY_DICTIONARY].size;
	PatternPlan **kept = &matcher->plans[hash % PATTERN_PLANS];
	PatternPlan *plan = *kept;

	if (host_likely(plan && plan->hash == hash && plan->code_count == view->touchpoints &&
					plan->dictionary_size == size &&
					(size == 0 ||
					 memcmp(plan->dictionary, view->section[JOURNEY_DICTIONARY].data, size) == 0)))
		return plan;

	plan = make_plan(matcher, view, hash);
	if (size > PLAN_MAX_DICTIONARY)
		kept = &matcher->unkept;
	if (*kept)
		free_plan(*kept);
	*kept = plan;
	return plan;
}

/* ----- a matcher ----- */

/* Gates into each position, gathered from the gates. */
static void
gather_into(PatternMatcher *matcher)
{
	const Pattern *pattern = matcher->pattern;
	uint32_t	positions = pattern->header.position_count;
	uint32_t   *next;

	matcher->into_from = host_alloc_zero(((size_t) positions + 2) * sizeof(uint32_t));
	matcher->into = host_alloc_array((size_t) pattern->header.target_count + 1, sizeof(uint32_t));
	next = matcher->into_from + 1;
	for (uint32_t g = 0; g < pattern->header.gate_count; g++)
	{
		for (uint32_t t = pattern->gates[g].targets; t < pattern->gates[g].targets_end; t++)
			next[pattern->targets[t]]++;
	}
	for (uint32_t p = 1; p <= positions; p++)
		matcher->into_from[p] += matcher->into_from[p - 1];
	/* counted from the end, so that each start is what remains */
	for (uint32_t g = 0; g < pattern->header.gate_count; g++)
	{
		for (uint32_t t = pattern->gates[g].targets; t < pattern->gates[g].targets_end; t++)
			matcher->into[--matcher->into_from[pattern->targets[t] + 1]] = g;
	}
	for (uint32_t p = 0; p < positions; p++)
		matcher->into_from[p] = matcher->into_from[p + 1];
	matcher->into_from[positions] = pattern->header.target_count;
}

void
pattern_matcher_init(PatternMatcher *matcher, const Pattern *pattern)
{
	size_t		positions = (size_t) pattern->header.position_count + 1;

	memset(matcher, 0, sizeof(*matcher));
	matcher->pattern = pattern;
	gather_into(matcher);
	for (uint32_t p = 0; p < pattern->header.position_count; p++)
	{
		/* a step of one position takes one event, another one may take its set in any order */
		uint32_t	step = pattern->positions[p].step;
		bool		begins = p == 0 || pattern->positions[p - 1].step != step;
		bool		alone = begins && (p + 1 == pattern->header.position_count || pattern->positions[p + 1].step != step);

		if (begins)
			matcher->slots += alone ? 1 : PATTERN_MAX_ANY_ORDER;
	}
	matcher->classes = host_alloc_zero((pattern_words(pattern->header.set_count) + 1) * sizeof(uint64_t));
	matcher->gates = host_alloc_zero(((size_t) pattern->header.gate_count + 1) * sizeof(GateState));
	for (uint32_t g = 0; g < pattern->header.gate_count; g++)
		matcher->gates[g].expires = pattern->gates[g].most < PATTERN_FOREVER ||
			pattern->gates[g].excluded != PATTERN_NONE;
	matcher->next = host_alloc_array(positions, sizeof(int64_t));
	matcher->next_event = host_alloc_array(positions, sizeof(uint32_t));
	matcher->filled = host_alloc_array(positions, sizeof(int64_t));
	matcher->touched = host_alloc_array(positions, sizeof(uint32_t));
	for (size_t p = 0; p < positions; p++)
		matcher->filled[p] = PATTERN_NO_EVENT;
	matcher->instant = host_alloc_zero(sizeof(ChainInstant));
	grow_signatures(matcher);
}

/* ----- loading ----- */

static void
make_room(PatternMatcher *matcher, uint32_t count)
{
	PatternEvents *events = &matcher->events;
	bool		sides = matcher->pattern->header.before.excluded != PATTERN_NONE ||
		matcher->pattern->header.after.excluded != PATTERN_NONE;
	size_t		capacity;

	if (count <= events->capacity && events->at != NULL)
		return;
	if (events->at)
	{
		host_free(events->at);
		host_free(events->signature);
		host_free(events->number);
		host_free(events->used);
		if (sides)
		{
			host_free(matcher->start_allowed);
			host_free(matcher->end_allowed);
		}
	}
	capacity = checked_growth(events->capacity, count);
	events->at = host_alloc_array(capacity, sizeof(int64_t));
	events->signature = host_alloc_array(capacity, sizeof(uint32_t));
	events->number = host_alloc_array(capacity, sizeof(uint32_t));
	events->used = host_alloc_array(capacity, sizeof(bool));
	if (sides)
	{
		matcher->start_allowed = host_alloc_array(capacity, sizeof(bool));
		matcher->end_allowed = host_alloc_array(capacity, sizeof(bool));
	}
	events->capacity = capacity;
}

/* Is one of the rising times[0 .. count) in [from, until]? */
static bool
any_between(const int64_t *times, size_t count, int64_t from, int64_t until)
{
	size_t		low = 0;
	size_t		high = count;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (times[middle] < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && times[low] <= until;
}

static inline int64_t
time_plus(int64_t time, int64_t duration)
{
	int64_t		sum;

	return __builtin_add_overflow(time, duration, &sum) ? INT64_MAX : sum;
}

static inline int64_t
time_minus(int64_t time, int64_t duration)
{
	int64_t		difference;

	return __builtin_sub_overflow(time, duration, &difference) ? INT64_MIN : difference;
}

/* Which events have nothing excluded before or behind them. */
static void
apply_sides(PatternMatcher *matcher)
{
	const PatternHeader *header = &matcher->pattern->header;
	PatternEvents *events = &matcher->events;
	int64_t    *times = host_alloc_array((size_t) events->count + 1, sizeof(int64_t));

	for (int side = 0; side < 2; side++)
	{
		const PatternSide *limits = side == 0 ? &header->before : &header->after;
		bool	   *allowed = side == 0 ? matcher->start_allowed : matcher->end_allowed;
		size_t		count = 0;

		for (uint32_t i = 0; i < events->count; i++)
		{
			const PatternSignature *signature = &matcher->signatures[events->signature[i]];

			if (side == 0 ? signature->before : signature->after)
				times[count++] = events->at[i];
		}
		for (uint32_t i = 0; i < events->count; i++)
		{
			int64_t		at = events->at[i];

			allowed[i] = limits->excluded == PATTERN_NONE ||
				!(side == 0 ?
				  any_between(times, count, time_minus(at, limits->most), time_minus(at, limits->least)) :
				  any_between(times, count, time_plus(at, limits->least), time_plus(at, limits->most)));
		}
	}
	host_free(times);
}

/*
 * Adds a block of events whose signatures are known by their code; what is of
 * no use is left out by being overwritten.
 */
static inline uint32_t
load_block(const PatternMatcher *matcher, const PatternPlan *plan, const JourneyBlock *block, uint32_t count)
{
	const PatternEvents *events = &matcher->events;
	const uint64_t *glances = matcher->glances;

	for (uint32_t i = 0; i < block->count; i++)
	{
		uint32_t	signature = plan->codes[block->code[i]];

		events->at[count] = block->at[i];
		events->signature[count] = signature;
		events->number[count] = block->first + i;
		count += events->all | (glances[signature] != 0);
	}
	return count;
}

/* The same, but values decide, too. */
static uint32_t
load_block_by_value(PatternMatcher *matcher, const PatternPlan *plan, const JourneyBlock *block, uint32_t count)
{
	const PatternEvents *events = &matcher->events;

	for (uint32_t i = 0; i < block->count; i++)
	{
		uint32_t	signature = plan->codes[block->code[i]];

		if (signature == PLAN_BY_VALUE)
			signature = pattern_signature_by_value(matcher, plan, block->code[i],
												   block->has_value[i], block->value[i]);
		events->at[count] = block->at[i];
		events->signature[count] = signature;
		events->number[count] = block->first + i;
		count += events->all | (matcher->glances[signature] != 0);
	}
	return count;
}

void
pattern_load(PatternMatcher *matcher, const JourneyView *view)
{
	const PatternPlan *plan = pattern_find_plan(matcher, view);
	JourneyCursor cursor;
	JourneyBlock block;
	uint32_t	count = 0;

	make_room(matcher, plan->begins ? view->events : 0);
	/* in a chain, what is of no use may as well not be there */
	matcher->events.all = (matcher->pattern->header.flags & PATTERN_CHAIN) == 0;
	/* where nothing can begin, nothing need be read: a journey without events has no match either */
	matcher->events.count = 0;
	if (!plan->begins)
		return;
	journey_cursor(&cursor, view, plan->by_value ? JOURNEY_WANT_VALUE : 0);
	while (journey_next(&cursor, &block))
		count = plan->by_value ? load_block_by_value(matcher, plan, &block, count) :
			load_block(matcher, plan, &block, count);
	matcher->events.count = count;
	if (matcher->start_allowed)
		apply_sides(matcher);
}
