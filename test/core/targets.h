/*
 * targets.h
 *		All forms that come from outside, by name: what is fuzzed, and whose
 *		corpora the core tests replay.
 */
#ifndef INTENT_TARGETS_H
#define INTENT_TARGETS_H

#include "hostile.h"

typedef struct HostileTarget
{
	const char *name;			/* of its folder in fuzz/corpus */
	HostileReader readers[2];	/* the second may be NULL */
} HostileTarget;

/* The last one has no name. */
extern const HostileTarget hostile_targets[];

#endif							/* INTENT_TARGETS_H */
