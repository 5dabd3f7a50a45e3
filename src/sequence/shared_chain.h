/*
 * shared_chain.h
 *		The chain of steps that most of some ways have in common.
 *
 * Frequent subsequence mining (Agrawal and Srikant, Mining sequential
 * patterns, 1995) for one long chain instead of all short ones: it begins
 * empty, and the step that most ways still have is put in where they have it,
 * as long as enough of them do.  So no further step can be put in anywhere,
 * and what most ways share is found before what a few do.
 */
#ifndef INTENT_SHARED_CHAIN_H
#define INTENT_SHARED_CHAIN_H

#include "sequence/discovery.h"

/*
 * Finds up to `most` steps that the share `support` of the people went through
 * in this order, in codes below kept->touchpoint_count.  Of steps that as many
 * have, the first touchpoint in order is put in first, at its earliest place.
 * Returns how many there are.
 */
extern uint32_t shared_chain(const KeptWays *kept, double support, uint32_t most, uint32_t *chain);

/* Appends the chain as a pattern, the flat value: steps joined by arrows. */
extern void shared_chain_pattern(ByteBuffer *out, const KeptWays *kept, const uint32_t *chain, uint32_t count);

#endif							/* INTENT_SHARED_CHAIN_H */
