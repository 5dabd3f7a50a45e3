/*
 * steps.h
 *		What happened before, after and between touchpoints of one journey.
 */
#ifndef INTENT_STEPS_H
#define INTENT_STEPS_H

#include "journey/journey.h"

/* A journey laid out for walking back and forth. */
typedef struct Steps
{
	uint32_t	count;
	uint32_t	touchpoints;
	int64_t    *at;
	uint32_t   *code;
} Steps;

extern Steps steps_open(const JourneyView *view);

/* How often a touchpoint came, and of these how often behind itself or again after others. */
typedef struct StepRework
{
	uint32_t	count;
	uint32_t	repeats;
	uint32_t	returns;
} StepRework;

/* By code. */
extern StepRework *steps_rework(const Steps *steps);

/*
 * From the event `from` on, the first that starts and the first behind it that
 * ends; false if there is none.  Both are among starts[] and ends[], by code.
 */
extern bool steps_between(const Steps *steps, const bool *starts, const bool *ends,
						  uint32_t from, uint32_t *start, uint32_t *end);

#endif							/* INTENT_STEPS_H */
