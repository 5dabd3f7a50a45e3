/*
 * shares.h
 *		A total divided among several, to the last unit.
 */
#ifndef INTENT_SHARES_H
#define INTENT_SHARES_H

#include "base/fixed.h"

/*
 * parts[i] = total * weights[i] / sum of weights, towards zero; what is left
 * goes to the largest weight, the first of equal ones.  The parts sum to the
 * total exactly.  With no weight above zero all parts are zero, and false is
 * returned.
 */
extern bool share_out(Fixed total, const uint64_t *weights, size_t count, Fixed *parts);

/* Weights for non-negative finite doubles: in proportion, to 60 bits of the largest. */
extern void share_weights(const double *amounts, size_t count, uint64_t *weights);

#endif							/* INTENT_SHARES_H */
