/*
 * credit.h
 *		Which touches led to the conversions of one journey, by rule.
 *
 * A touch of a conversion is an event before it in canonical order and no
 * longer ago than the lookback (inclusive) that may take credit.  Optional
 * touches take credit only of conversions that have no other.
 */
#ifndef INTENT_CREDIT_H
#define INTENT_CREDIT_H

#include "journey/journey.h"
#include "sequence/shares.h"

typedef enum CreditModel
{
	CREDIT_FIRST,
	CREDIT_LAST,
	CREDIT_LINEAR,				/* all the same */
	CREDIT_POSITION,			/* first and last 40 % each, those between share 20 % */
	CREDIT_TIME_DECAY			/* half of it for each half-life further back */
} CreditModel;

typedef enum CreditWhich
{
	CREDIT_EACH_CONVERSION,
	CREDIT_FIRST_CONVERSION,
	CREDIT_LAST_CONVERSION
} CreditWhich;

/* What an event is; a conversion is never a touch. */
#define CREDIT_CONVERSION 1
#define CREDIT_TOUCH 2
#define CREDIT_OPTIONAL 4		/* a touch, but optional */

typedef struct CreditRules
{
	CreditModel model;
	CreditWhich which;
	int64_t		lookback;
	int64_t		half_life;
} CreditRules;

/* Numbers of touches in order of time, and which of them lie in the window. */
typedef struct CreditTouches
{
	uint32_t   *events;
	uint32_t	count;
	uint32_t	from;
	uint32_t	until;
} CreditTouches;

typedef struct CreditWalk
{
	const CreditRules *rules;
	const JourneyRow *rows;		/* the events of the journey */
	const uint8_t *roles;		/* of each */
	uint32_t	count;
	uint32_t	next;
	CreditTouches regular;
	CreditTouches optional;
	uint64_t   *weights;		/* scratch */

	/* of the conversion that credit_next came to: */
	uint32_t	conversion;		/* its event */
	uint32_t	touches;		/* how many take credit of it; 0: nobody does */
	const uint32_t *events;		/* theirs */
	Fixed	   *credit;			/* sum to 1 */
	Fixed	   *value;			/* sum to the conversion's */
} CreditWalk;

extern void credit_begin(CreditWalk *walk, const CreditRules *rules, const JourneyRow *rows,
						 const uint8_t *roles, uint32_t count);

/* The next conversion that the rules ask for, with the touches that take credit. */
extern bool credit_next(CreditWalk *walk);

/* The next conversion with all touches that could: events and touches, no credit. */
extern bool credit_next_path(CreditWalk *walk);

/* The touches that could have led to the last event, if that were a conversion. */
extern void credit_open_path(CreditWalk *walk);

#endif							/* INTENT_CREDIT_H */
