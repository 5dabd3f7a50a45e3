/*
 * propose.h
 *		Signals for a start: from the touchpoints that occur.
 */
#ifndef INTENT_PROPOSE_H
#define INTENT_PROPOSE_H

#include "journey/vocabulary.h"
#include "score/scorecard.h"

/* So many unless said otherwise. */
#define PROPOSED_SIGNALS 60

typedef struct ProposeCount
{
	uint64_t	people;			/* that have the touchpoint, */
	uint64_t	valued;			/* and those that have a value there */
} ProposeCount;

typedef struct Proposal
{
	uint64_t	people;
	Vocabulary *vocabulary;
	ProposeCount *counts;		/* by code of the vocabulary */
	uint32_t	capacity;
} Proposal;

extern void propose_begin(Proposal *proposal);

/* One person's journey. */
extern void propose_add(Proposal *proposal, const JourneyView *view);

/* At most so many signals, as JSON text. */
extern void propose_append_json(ByteBuffer *out, Proposal *proposal, uint32_t most);

#endif							/* INTENT_PROPOSE_H */
