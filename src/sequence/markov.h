/*
 * markov.h
 *		Paths counted as a Markov chain of order 1 to 4.
 *
 * A state is the last k channels of a path; before k of them have come it is
 * all there were, so that paths shorter than k have states of their own.  From
 * a state a path goes on to a channel, or it ends: in conversions, or in none.
 *
 *	byte	order
 *	varint	number of steps; per step, in order of state and next:
 *		varint	state less the state before
 *		varint	next
 *		varint	how many paths took it
 *		fixed	sum of values				(only of steps to conversion)
 *
 * A state is up to four places of 16 bits, the newest channel lowest.  Places
 * and next hold MARKOV_CHANNEL plus the number of a name.
 */
#ifndef INTENT_MARKOV_H
#define INTENT_MARKOV_H

#include "identity/node_index.h"
#include "sequence/model.h"

#define MARKOV_ORDER_MAX 4
#define MARKOV_CHANNELS_MAX 65000

#define MARKOV_CONVERSION 0		/* of next */
#define MARKOV_NOTHING 1
#define MARKOV_CHANNEL 2

typedef struct MarkovStep
{
	uint64_t	state;
	uint32_t	next;
	uint64_t	count;
	Fixed		value;
} MarkovStep;

typedef struct MarkovModel
{
	int			order;			/* 0 before anything is counted */
	Vocabulary *channels;
	NodeIndex	index;			/* of the steps */
	MarkovStep *steps;
	uint32_t	count;
	uint32_t	capacity;
} MarkovModel;

extern void *markov_create(void);

/* Counts a path; channels of size 0 are channels, the caller leaves NULL out. */
extern void markov_add(MarkovModel *model, int order, const Touchpoint *channels, size_t count,
					   uint64_t conversions, uint64_t non_conversions, Fixed value);

/* Adds what packed bytes have counted; they must be of the same order. */
extern void markov_absorb(void *model, const void *data, size_t size, HostError error);
extern void markov_pack(ByteBuffer *out, void *model);

static inline uint64_t
markov_state_after(uint64_t state, uint32_t next, int order)
{
	uint64_t	after = state << 16 | next;

	return order == MARKOV_ORDER_MAX ? after : after & ((UINT64_C(1) << (16 * order)) - 1);
}

/* What a packed model holds: markov_read.  Names and steps in their order. */
typedef struct MarkovView
{
	ModelReader reader;
	int			order;
	MarkovStep *steps;
	uint32_t	count;
} MarkovView;

extern void markov_read(MarkovView *view, const void *data, size_t size, HostError error);

/* ----- markov_effects.c ----- */

typedef struct MarkovEffect
{
	double		removal_effect;
	Fixed		conversions;
	Fixed		value;
} MarkovEffect;

/*
 * For each channel of the view which part of all conversions is lost without
 * it, and the conversions and values divided accordingly; `direct` is what
 * paths without any channel brought.
 */
extern void markov_effects(const MarkovView *view, MarkovEffect *effects, MarkovEffect *direct);

#endif							/* INTENT_MARKOV_H */
