/*
 * discovery.h
 *		The best journeys of many, and the ideal that they share.
 *
 * A way is what a journey did until its outcome came: touchpoints, each run of
 * the same one once.  Ways are ranked by what the people were worth, most
 * first, then by their effort, least first, then by their touchpoints in
 * order.  Kept are all ways that fewer than DISCOVERY_KEPT people have better
 * ones than; which these are does not depend on the order or the parts in which
 * they came.  This is the state of discover_agg:
 *
 *	varint	size of the outcome's canonical text, and the text; 0 if nothing was
 *			counted, and no more
 *	the weights of effort, exact numbers in order
 *	varint	how many journeys; how many of them have a rank
 *	varint	how many touchpoints are on kept ways; for each of them, in order:
 *		varint	size of its channel, and the channel; the same of its event
 *	varint	how many ways are kept; for each of them, best first:
 *		exact numbers of worth and effort
 *		varint	people, touchpoints; for each of those its place above
 */
#ifndef INTENT_DISCOVERY_H
#define INTENT_DISCOVERY_H

#include "pattern/pattern.h"
#include "sequence/effort.h"
#include "sequence/model.h"
#include "sequence/partial.h"

#define DISCOVERY_KEPT 1000
#define DISCOVERY_MAX_WAY 1000	/* touchpoints; longer ones have no rank */

typedef struct Way
{
	Fixed		worth;			/* of each of the people */
	Fixed		effort;
	uint64_t	people;
	uint32_t	length;
	uint32_t   *codes;
} Way;

typedef struct Discovery
{
	char	   *outcome;		/* canonical text; NULL while nothing was counted */
	uint32_t	outcome_size;
	EffortWeights weights;
	uint64_t	journeys;
	uint64_t	ranked;			/* with the outcome and a worth */
	Vocabulary *touchpoints;
	Way		   *ways;			/* more than are kept, in any order */
	uint32_t	count;
	uint32_t	capacity;
	bool		full;			/* are there enough? then this is the last one that is kept: */
	Fixed		last_worth;
	Fixed		last_effort;
} Discovery;

extern PartialKind discovery_kind;

/* All journeys are held against one outcome and weighed alike; others are refused. */
extern void discovery_begin(Discovery *discovery, const Pattern *outcome, const EffortWeights *weights);

/* A journey without the outcome, or of somebody whose worth is not known. */
extern void discovery_add_unranked(Discovery *discovery);

/* A journey whose outcome came with the last of its first `events` events. */
extern void discovery_add(Discovery *discovery, const JourneyView *view, uint32_t events, double worth);

/* ----- what was kept ----- */

typedef struct KeptWays
{
	Way		   *ways;			/* ranked; codes are places in: */
	uint32_t	count;
	Touchpoint *touchpoints;	/* in order */
	uint32_t	touchpoint_count;
} KeptWays;

extern KeptWays discovery_kept(const Discovery *discovery);
extern void discovery_free_kept(KeptWays *kept);

/*
 * Leaves only what an ideal is learned from: of all journeys that have a rank
 * the share `best`, as far as they were kept, and of these the share `easiest`
 * of the least effort, which are then in order of effort.  A way is taken whole.
 */
extern void discovery_choose(const Discovery *discovery, KeptWays *kept, double best, double easiest);

#endif							/* INTENT_DISCOVERY_H */
