/*
 * credit.c
 *		Which touches led to the conversions of one journey, by rule.
 */
#include "sequence/credit.h"
#include "sequence/model.h"

#define EVENTS_PER_CHECK 16384

static CreditTouches
list_touches(const uint8_t *roles, uint32_t count, uint8_t role)
{
	CreditTouches touches = {host_alloc_array((size_t) count + 1, sizeof(uint32_t)), 0, 0, 0};

	for (uint32_t i = 0; i < count; i++)
	{
		if (roles[i] == role)
			touches.events[touches.count++] = i;
	}
	return touches;
}

void
credit_begin(CreditWalk *walk, const CreditRules *rules, const JourneyRow *rows,
			 const uint8_t *roles, uint32_t count)
{
	memset(walk, 0, sizeof(*walk));
	walk->rules = rules;
	walk->rows = rows;
	walk->roles = roles;
	walk->count = count;
	walk->regular = list_touches(roles, count, CREDIT_TOUCH);
	walk->optional = list_touches(roles, count, CREDIT_OPTIONAL);
	walk->weights = host_alloc_array((size_t) count + 1, sizeof(uint64_t));
	walk->credit = host_alloc_array((size_t) count + 1, sizeof(Fixed));
	walk->value = host_alloc_array((size_t) count + 1, sizeof(Fixed));
}

/* ----- windows ----- */

/* Touches before an event and within the lookback; both ends only move on. */
static void
move_window(CreditWalk *walk, CreditTouches *touches, uint32_t before)
{
	int64_t		at = walk->rows[before].at;

	while (touches->until < touches->count && touches->events[touches->until] < before)
		touches->until++;
	while (touches->from < touches->until &&
		   (uint64_t) at - (uint64_t) walk->rows[touches->events[touches->from]].at >
		   (uint64_t) walk->rules->lookback)
		touches->from++;
}

static void
find_touches(CreditWalk *walk, uint32_t before)
{
	CreditTouches *touches = &walk->regular;

	move_window(walk, &walk->regular, before);
	move_window(walk, &walk->optional, before);
	if (touches->from == touches->until)
		touches = &walk->optional;
	walk->events = touches->events + touches->from;
	walk->touches = touches->until - touches->from;
}

static bool
next_conversion(CreditWalk *walk)
{
	uint32_t	found = UINT32_MAX;

	for (; walk->next < walk->count; walk->next++)
	{
		if (walk->next % EVENTS_PER_CHECK == 0)
			host_check_interrupts();
		if (walk->roles[walk->next] != CREDIT_CONVERSION)
			continue;
		found = walk->next;
		if (walk->rules->which != CREDIT_LAST_CONVERSION)
			break;
	}
	if (found == UINT32_MAX)
		return false;
	walk->next = walk->rules->which == CREDIT_EACH_CONVERSION ? found + 1 : walk->count;
	walk->conversion = found;
	find_touches(walk, found);
	return true;
}

bool
credit_next_path(CreditWalk *walk)
{
	return next_conversion(walk);
}

void
credit_open_path(CreditWalk *walk)
{
	walk->touches = 0;
	if (walk->count == 0)
		return;
	/* the last event itself may be one of them */
	find_touches(walk, walk->count - 1);
	for (int i = 0; i < 2; i++)
	{
		CreditTouches *touches = i == 0 ? &walk->regular : &walk->optional;

		if (touches->until < touches->count && (i == 0 || walk->regular.from == walk->regular.until))
		{
			touches->until++;
			walk->events = touches->events + touches->from;
			walk->touches = touches->until - touches->from;
		}
	}
}

/* ----- credit ----- */

/* The weights of all touches; they need not sum to anything. */
static void
weigh(CreditWalk *walk)
{
	uint32_t	count = walk->touches;
	FixedDecay	decay;
	int64_t		last;

	switch (walk->rules->model)
	{
		case CREDIT_FIRST:
		case CREDIT_LAST:
			walk->events += walk->rules->model == CREDIT_LAST ? count - 1 : 0;
			walk->touches = 1;
			walk->weights[0] = 1;
			break;
		case CREDIT_LINEAR:
			for (uint32_t i = 0; i < count; i++)
				walk->weights[i] = 1;
			break;
		case CREDIT_POSITION:
			for (uint32_t i = 0; i < count; i++)
				walk->weights[i] = 1;
			/* two fifths each against one fifth for all between */
			if (count > 2)
				walk->weights[0] = walk->weights[count - 1] = 2 * ((uint64_t) count - 2);
			break;
		case CREDIT_TIME_DECAY:
			/* as seen from the last touch: the proportions are the same, and none is lost */
			decay = fixed_decay_prepare(walk->rules->half_life);
			last = walk->rows[walk->events[count - 1]].at;
			for (uint32_t i = 0; i < count; i++)
				walk->weights[i] = (uint64_t)
					fixed_decay(&decay, (uint64_t) last - (uint64_t) walk->rows[walk->events[i]].at);
			break;
	}
}

bool
credit_next(CreditWalk *walk)
{
	const JourneyRow *row;
	Fixed		value = 0;

	if (!next_conversion(walk))
		return false;
	host_check_interrupts();
	row = &walk->rows[walk->conversion];
	if ((row->flags & JOURNEY_ROW_VALUE) && !fixed_from_double(row->value, &value))
		host_fail(HOST_OUT_OF_RANGE, "value of a conversion is out of range",
				  "It is divided with 12 decimals and at most 26 digits before the point.",
				  "Use a larger unit, for example thousands.");
	if (walk->touches == 0)
	{
		walk->credit[0] = FIXED_ONE;
		walk->value[0] = value;
		return true;
	}
	weigh(walk);
	share_out(FIXED_ONE, walk->weights, walk->touches, walk->credit);
	share_out(value, walk->weights, walk->touches, walk->value);
	return true;
}
