/*
 * pattern_match.h
 *		Matching of journeys by one pattern.
 *
 * A PatternMatcher serves one pattern and many journeys.  Which positions of
 * the pattern an event can fill depends on its touchpoint, and on its value
 * where there are predicates: equal answers share a PatternSignature.  Most
 * journeys of a table share their dictionary with others, so what the codes of
 * a dictionary mean is remembered, by its bytes, as a PatternPlan.
 *
 * Loading a journey leaves an array of events that know their signature; the
 * scan (pattern_scan.c, and pattern_chain.c inside an instant) finds where
 * matches begin and end; the path (pattern_path.c) finds which events fill
 * which positions of one of them.
 */
#ifndef INTENT_PATTERN_MATCH_H
#define INTENT_PATTERN_MATCH_H

#include "pattern/pattern.h"

#define PATTERN_PLANS 512
#define PATTERN_NO_EVENT INT64_C(-1)

/* Sets of positions, classes, atoms or gates are bits in words. */
static inline size_t
pattern_words(uint32_t bits)
{
	return ((size_t) bits + 63) / 64;
}

static inline bool
pattern_bit(const uint64_t *bits, uint32_t i)
{
	return (bits[i >> 6] >> (i & 63)) & 1;
}

static inline void
pattern_set_bit(uint64_t *bits, uint32_t i)
{
	bits[i >> 6] |= UINT64_C(1) << (i & 63);
}

typedef struct PatternSignature
{
	const uint64_t *classes;	/* bits: the classes that hold */
	const uint64_t *bits;		/* bits: the positions it can fill */
	const uint32_t *positions;	/* the same as a list, rising */
	const uint32_t *excluded;	/* gates that it closes */
	uint32_t	position_count;
	uint32_t	excluded_count;
	bool		before;			/* excluded before or after the match */
	bool		after;
} PatternSignature;

/*
 * A signature at a glance: the bits of the first 63 positions, the last bit for
 * all that these do not tell.  0: it is of no use to the pattern.
 */
#define PATTERN_GLANCE_MORE (UINT64_C(1) << 63)

/* What a code of a dictionary means: a signature, or it depends on the value. */
#define PLAN_BY_VALUE UINT32_MAX

typedef struct PatternPlan
{
	uint64_t	hash;
	uint8_t    *dictionary;
	size_t		dictionary_size;
	uint32_t	code_count;
	bool		by_value;		/* does any code? */
	bool		begins;			/* may a match begin with any code? */
	uint32_t   *codes;
	uint64_t   *atoms;			/* by code: bits of atoms whose touchpoint matches; NULL without by_value */
} PatternPlan;

/* One (start, last) of a gate, waiting for the event behind it. */
typedef struct GateEntry
{
	int64_t		last;
	uint32_t	start;			/* number of the event the match began with */
} GateEntry;

typedef struct GateQueue
{
	GateEntry  *entries;
	size_t		capacity;
	size_t		head;
	size_t		count;
} GateQueue;

/*
 * What waits at a gate.  Entries wait in `early` until `least` has passed.
 * Of those in `ready` none is as early as another that began later: their
 * starts fall as their lasts rise, so the first one is the best of those that
 * `most` and exclusions have left.
 */
typedef struct GateState
{
	uint64_t	generation;		/* entries of another one are gone */
	bool		expires;		/* does an entry ever cease to count? */
	GateQueue	early;
	GateQueue	ready;
} GateState;

typedef struct PatternEvents
{
	size_t		capacity;
	uint32_t	count;
	int64_t    *at;
	uint32_t   *signature;
	uint32_t   *number;			/* in the journey, from 0 */
	bool	   *used;			/* by a match before */
	bool		all;			/* none left out? */
} PatternEvents;

typedef struct PatternMatcher
{
	const Pattern *pattern;
	PatternPlan *plans[PATTERN_PLANS];
	PatternPlan *unkept;		/* of a dictionary too long to remember */

	PatternSignature *signatures;
	uint32_t	signature_count;
	uint32_t	signature_capacity;
	uint64_t   *glances;		/* by signature: what PATTERN_GLANCE says */
	uint32_t   *signature_slots;	/* hash table of them */
	uint32_t	slot_count;
	uint64_t   *classes;		/* scratch: bits of the event in work */

	uint32_t   *into;			/* by position: gates into it, into[into_from[p] .. into_from[p + 1]) */
	uint32_t   *into_from;
	uint32_t	slots;			/* most events that one instant of a chain can use */

	PatternEvents events;
	bool	   *start_allowed;	/* by event, if there are side exclusions; else NULL */
	bool	   *end_allowed;

	uint32_t	scans;			/* that were begun */
	GateState  *gates;
	uint64_t	generation;
	int64_t    *next;			/* by position: start, if the immediately next event fills it */
	uint32_t   *next_event;		/* which event that is */
	int64_t    *filled;			/* by position: start, scratch of one event or instant */
	uint32_t   *touched;		/* positions that are filled */
	uint32_t	touched_count;
	struct ChainInstant *instant;	/* pattern_chain.c */
	struct PatternEnd *ends;	/* of an instant, if matches may overlap */
	size_t		end_capacity;
} PatternMatcher;

/*
 * Memory that a matcher takes stays with it: call these where host_alloc()
 * lasts as long as it shall.
 */
extern void pattern_matcher_init(PatternMatcher *matcher, const Pattern *pattern);
extern void pattern_load(PatternMatcher *matcher, const JourneyView *view);
extern PatternPlan *pattern_find_plan(PatternMatcher *matcher, const JourneyView *view);
extern uint32_t pattern_signature_by_value(PatternMatcher *matcher, const PatternPlan *plan,
										   uint32_t code, bool has_value, double value);

static inline bool
pattern_fills(const PatternMatcher *matcher, uint32_t event, uint32_t position)
{
	return pattern_bit(matcher->signatures[matcher->events.signature[event]].bits, position);
}

/* ----- scanning ----- */

typedef enum PatternOverlap
{
	OVERLAP_NONE,				/* earliest end, then latest start; each event once */
	OVERLAP_ENDS,				/* for each last event the latest start */
	OVERLAP_ALL					/* for each first and each last event */
} PatternOverlap;

/* Where a match begins and ends; events by their place in `events`. */
typedef struct PatternFound
{
	uint32_t	start;			/* of a chain, the first event of its instant unless forced */
	uint32_t	end;			/* of a chain, the last event of its instant unless forced */
	int64_t		only_start;		/* events the match must begin and end with, or PATTERN_NO_EVENT */
	int64_t		only_end;
} PatternFound;

/* An event that a match ends with. */
typedef struct PatternEnd
{
	uint32_t	event;
	uint32_t	start;
} PatternEnd;

typedef struct PatternScan
{
	PatternMatcher *matcher;
	PatternOverlap overlap;
	uint32_t	goal;			/* level that is a match; all levels: the whole pattern */
	bool		whole;
	bool		starts;			/* do starts matter? */
	int64_t		only_start;		/* OVERLAP_ALL: the event to begin with */
	uint32_t	level;			/* highest one reached */
	uint32_t	at;				/* next event */
	uint32_t	end_at;			/* of the matcher's ends: the next one to give */
	uint32_t	end_count;
	uint32_t	instant;		/* where the instant before `at` began, */
	bool		instant_open;	/* and does it go on there? */
	uint64_t	useful;			/* at a glance: positions that something would come of, */
	uint64_t	noted;			/* and those that were filled before */
} PatternScan;

extern void pattern_scan_begin(PatternScan *scan, PatternMatcher *matcher, PatternOverlap overlap, uint32_t goal);
extern bool pattern_scan_next(PatternScan *scan, PatternFound *found);

/* Shortest answers. */
extern bool pattern_has_match(PatternMatcher *matcher);
extern uint32_t pattern_level(PatternMatcher *matcher);
extern uint64_t pattern_match_count(PatternMatcher *matcher);

/* Steps of a scan (pattern_scan.c, pattern_chain.c), for pattern_level.c too. */

/* All that the events [from, until) of one instant can fill. */
extern void pattern_fill_instant(PatternScan *scan, uint32_t from, uint32_t until);
extern void pattern_chain_instant(PatternScan *scan, uint32_t from, uint32_t until);

/* The latest start of a match that what is filled at `event` completes; notes the level. */
extern int64_t pattern_completed(PatternScan *scan, uint32_t event);

/* Gates that the events [from, until) of one instant close. */
extern void pattern_exclude_instant(PatternScan *scan, uint32_t from, uint32_t until);

/* What is filled becomes what waits, for the event after `event`. */
extern void pattern_pass_on(PatternScan *scan, uint32_t event);

/* ----- the path of a match ----- */

typedef struct PatternFilled
{
	uint32_t	event;			/* place in `events` */
	uint32_t	position;
} PatternFilled;

typedef struct PatternPath
{
	uint32_t	count;
	size_t		capacity;
	PatternFilled *filled;		/* in order of the steps */
} PatternPath;

/*
 * The events of a match: an optional step is filled where it can be unless it
 * is reluctant, each step by the earliest event that lets the rest match.
 */
extern void pattern_find_path(PatternScan *scan, const PatternFound *found, PatternPath *path);

/* ----- inside an instant of a chain ----- */

/*
 * Steps are given to events of one instant: demands [0, count) are positions,
 * each with an event of its own.  A demand is added if the others can make
 * room, so the order of the events means nothing.
 */
typedef struct ChainLink ChainLink;

typedef struct ChainInstant
{
	uint32_t	event_count;
	uint32_t   *events;			/* that are enough, rising */
	int32_t    *holder;			/* by event: the demand that holds it, or -1 */
	uint32_t   *tried;			/* by event: search that looked at it last */
	size_t		event_capacity;
	uint32_t	search;
	uint32_t	count;			/* demands: */
	uint32_t   *position;
	uint32_t   *held;			/* index into events */
	bool	   *fixed;			/* holds the event for good */
	size_t		demand_capacity;
	uint64_t   *visited;		/* by position: visit that was there last */
	uint64_t	visit;
	int64_t		only_start;		/* an event that is none of those alike, or PATTERN_NO_EVENT */
	int64_t    *end_start;		/* by event that stands for others: latest start of a match that it ends */
	ChainLink  *links;			/* by event of the journey: pattern_alike.c */
	size_t		link_capacity;
	uint32_t   *per_signature;	/* by signature: what is to be known of it in an instant */
	size_t		signature_capacity;
} ChainInstant;

/*
 * Lists what is of use in [from, until): of events that are alike no more than
 * a match can need, for with more one of them is always free, but the first
 * and the last event of the match in any case, unless they are PATTERN_NO_EVENT.
 */
extern void chain_open(const PatternScan *scan, uint32_t from, uint32_t until,
					   int64_t only_start, int64_t only_end);
extern bool chain_demand(PatternMatcher *matcher, uint32_t position, int64_t only_event);
extern void chain_withdraw(PatternMatcher *matcher);

/*
 * May the step behind the last demand be looked for in the same instant?  Not
 * behind an optional step that could as well be left out, unless it is the
 * demand that the instant began with.
 */
extern bool chain_goes_on(const PatternMatcher *matcher, uint32_t entry_step, uint32_t position, uint32_t target);

/* Not twice to one position: what was demanded on the way is the same. */
extern void chain_new_visit(PatternMatcher *matcher);
extern bool chain_visit(PatternMatcher *matcher, uint32_t position);

/* ----- the events of an instant by what they can fill (pattern_alike.c) ----- */

/* Where the instant ends that begins with this event. */
extern uint32_t chain_instant_end(PatternMatcher *matcher, uint32_t from);

/*
 * The first event of each signature in an instant of several that begins with
 * `from`: the one behind `event`, or PATTERN_NONE.
 */
extern uint32_t chain_next_kind(PatternMatcher *matcher, uint32_t from, uint32_t event);

/* Of the signature that began with `kind`, the next event behind `event` that is not used. */
extern uint32_t chain_next_unused(PatternMatcher *matcher, uint32_t kind, uint32_t event);

/*
 * Of the events that chain_open() has listed, one stands for all of its
 * signature in the instant, and only_start for itself: for an event that is of
 * use, the place of the one that stands for it in the list.
 */
extern void chain_note_kinds(PatternMatcher *matcher);
extern uint32_t chain_kind_index(const PatternMatcher *matcher, uint32_t event);

#endif							/* INTENT_PATTERN_MATCH_H */
