/*
 * markov_chain.h
 *		An absorbing chain whose states are eliminated one by one.
 *
 * Rows hold weights, not probabilities: how often a state was left for another
 * one, for a conversion or for nothing.  To eliminate a state, who led to it
 * is led on to where it leads, in proportion.  All of it adds, multiplies and
 * divides what is not negative and never subtracts, so every result keeps
 * nearly all its digits however the chain is made (Grassmann, Taksar and
 * Heyman 1985).  States with few neighbours go first; ties by number: so the
 * result depends on the chain alone.
 */
#ifndef INTENT_MARKOV_CHAIN_H
#define INTENT_MARKOV_CHAIN_H

#include "base/checked.h"

typedef struct ChainEdge
{
	uint32_t	to;
	double		weight;
} ChainEdge;

typedef struct ChainState
{
	ChainEdge  *edges;			/* to states that are left, by number; none to itself */
	uint32_t	edge_count;
	uint32_t	edge_room;
	uint32_t   *from;			/* who leads here; some may be gone */
	uint32_t	from_count;
	uint32_t	from_room;
	uint32_t	from_left;		/* of those, how many are left */
	bool		gone;
	double		conversion;		/* weights of both ends */
	double		nothing;
	double		value;			/* that conversions from here brought */
} ChainState;

typedef struct Chain
{
	ChainState *states;
	uint32_t	count;
} Chain;

/* A chain without edges. */
extern Chain chain_new(uint32_t count);
extern void chain_connect(Chain *chain, uint32_t from, uint32_t to, double weight);
extern Chain chain_copy(const Chain *chain);
extern void chain_free(Chain *chain);

/* Eliminates the states of a list and leaves it in the order in which they went. */
extern void chain_eliminate(Chain *chain, uint32_t *states, uint32_t count);

/* All weight that leaves a state for others and for both ends. */
extern double chain_weight(const ChainState *state);

#endif							/* INTENT_MARKOV_CHAIN_H */
