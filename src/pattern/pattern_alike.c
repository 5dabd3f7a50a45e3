/*
 * pattern_alike.c
 *		The events of one instant, by what they can fill.
 *
 * Many matches may begin and end in an instant of many events, and each of them
 * needs no more of those that are alike than it has steps.  So events of one
 * signature are chained, once in a scan, and what is used leaves its chain
 * when it is met: however many there are, a match looks at few of them.
 */
#include "pattern/pattern_match.h"

#define EVENTS_PER_CHECK 65536

/* One event of an instant of several. */
struct ChainLink
{
	uint32_t	scan;			/* that listed the instant; of its first event: */
	uint32_t	until;			/* where the instant ends */
	uint32_t	next_alike;		/* the next one of its signature, or PATTERN_NONE */
	uint32_t	next_kind;		/* of the first one of a signature: that of another one, */
	uint32_t	unused;			/* and the first of its own that is not used for sure */
};

static void
make_link_room(PatternMatcher *matcher)
{
	ChainInstant *instant = matcher->instant;

	if (instant->link_capacity >= matcher->events.count)
		return;
	if (instant->links != NULL)
		host_free(instant->links);
	instant->link_capacity = matcher->events.capacity;
	instant->links = host_alloc_zero(checked_mul_size(instant->link_capacity, sizeof(ChainLink)));
}

static void
make_signature_room(PatternMatcher *matcher)
{
	ChainInstant *instant = matcher->instant;

	if (instant->signature_capacity >= matcher->signature_count)
		return;
	if (instant->per_signature != NULL)
		host_free(instant->per_signature);
	instant->signature_capacity = matcher->signature_capacity;
	instant->per_signature = host_alloc_array(instant->signature_capacity, sizeof(uint32_t));
}

static void
list_instant(PatternMatcher *matcher, uint32_t from)
{
	const PatternEvents *events = &matcher->events;
	ChainInstant *instant = matcher->instant;
	uint32_t	last_kind = PATTERN_NONE;
	uint32_t	until;

	make_link_room(matcher);
	make_signature_room(matcher);
	for (until = from; until < events->count && events->at[until] == events->at[from]; until++)
	{
		if (until % EVENTS_PER_CHECK == 0)
			host_check_interrupts();
		instant->per_signature[events->signature[until]] = PATTERN_NONE;
	}
	for (uint32_t i = from; i < until; i++)
	{
		uint32_t   *last = &instant->per_signature[events->signature[i]];
		ChainLink  *link = &instant->links[i];

		if (i % EVENTS_PER_CHECK == 0)
			host_check_interrupts();
		link->next_alike = link->next_kind = PATTERN_NONE;
		if (*last != PATTERN_NONE)
			instant->links[*last].next_alike = i;
		else
		{
			link->unused = i;
			if (last_kind != PATTERN_NONE)
				instant->links[last_kind].next_kind = i;
			last_kind = i;
		}
		*last = i;
	}
	instant->links[from].scan = matcher->scans;
	instant->links[from].until = until;
}

static inline ChainLink *
listed(PatternMatcher *matcher, uint32_t from)
{
	const ChainInstant *instant = matcher->instant;

	if (from >= instant->link_capacity || instant->links[from].scan != matcher->scans)
		list_instant(matcher, from);
	return &instant->links[from];
}

uint32_t
chain_instant_end(PatternMatcher *matcher, uint32_t from)
{
	const PatternEvents *events = &matcher->events;

	if (from + 1 == events->count || events->at[from + 1] != events->at[from])
		return from + 1;
	return listed(matcher, from)->until;
}

uint32_t
chain_next_kind(PatternMatcher *matcher, uint32_t from, uint32_t event)
{
	if (event == PATTERN_NONE)
	{
		listed(matcher, from);
		return from;
	}
	return matcher->instant->links[event].next_kind;
}

uint32_t
chain_next_unused(PatternMatcher *matcher, uint32_t kind, uint32_t event)
{
	ChainLink  *links = matcher->instant->links;
	uint32_t   *next = event == PATTERN_NONE ? &links[kind].unused : &links[event].next_alike;

	while (*next != PATTERN_NONE && matcher->events.used[*next])
		*next = links[*next].next_alike;
	return *next;
}

void
chain_note_kinds(PatternMatcher *matcher)
{
	ChainInstant *instant = matcher->instant;

	make_signature_room(matcher);
	for (uint32_t i = instant->event_count; i-- > 0;)
	{
		if (instant->events[i] != instant->only_start)
			instant->per_signature[matcher->events.signature[instant->events[i]]] = i;
	}
}

uint32_t
chain_kind_index(const PatternMatcher *matcher, uint32_t event)
{
	const ChainInstant *instant = matcher->instant;
	uint32_t	index = 0;

	if (event != instant->only_start)
		return instant->per_signature[matcher->events.signature[event]];
	while (instant->events[index] != event)
		index++;
	return index;
}
