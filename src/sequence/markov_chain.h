/*
 * markov_chain.h
 *		An absorbing chain, solved for what each state leads to in the end.
 *
 * Rows hold weights, not probabilities: how often a state was left for another
 * one, or for good.  To eliminate a state, who led to it is led on to where it
 * leads, in proportion.  All of it adds, multiplies and divides what is not
 * negative and never subtracts, so every result keeps nearly all its digits
 * however the chain is made (Grassmann, Taksar and Heyman 1985).
 *
 * States with few neighbours go first.  What is left when all have many is
 * dense, and thousands of states too many for the third power of their number:
 * there each state is set to what its neighbours say, in turn, from nothing up,
 * until no digit changes.  Should that take too long, elimination goes on.
 *
 * Order and ties follow the numbers of the states, so the result depends on
 * the chain alone.
 */
#ifndef INTENT_MARKOV_CHAIN_H
#define INTENT_MARKOV_CHAIN_H

#include "base/checked.h"

/* What is asked of a state: expected rewards of who is there. */
#define CHAIN_KEPT 0
#define CHAIN_LOST 1
#define CHAIN_VALUE 2
#define CHAIN_REWARDS 3

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
	double		ends;			/* weight of what ends here */
	double		reward[CHAIN_REWARDS];	/* what these ends are worth together */
} ChainState;

typedef struct Chain
{
	ChainState *states;
	uint32_t	count;
} Chain;

/* A chain without edges; each state's edges are added in order of where they lead. */
extern Chain chain_new(uint32_t count);
extern void chain_connect(Chain *chain, uint32_t from, uint32_t to, double weight);
extern void chain_free(Chain *chain);

/*
 * The expected rewards of every state: rewards[state][].  Eliminates states,
 * so the chain is of no more use.  KEPT and LOST are not negative.
 */
extern void chain_solve(Chain *chain, double (*rewards)[CHAIN_REWARDS]);

#endif							/* INTENT_MARKOV_CHAIN_H */
