/*
 * pattern.h
 *		A journey pattern as a program: the flat value, and matching by it.
 *
 * The program is a position automaton.  A position is one place of the pattern
 * that one event fills; its links say what may come after, best first: another
 * position, which the immediately next event must fill, or a gate, behind
 * which any later event may fill one of the gate's positions.  Limits of time
 * and exclusions belong to gates.  Nothing is left to decide but which
 * positions an event can fill, so matching needs no backtracking.
 *
 * The flat value (pattern_format.c) holds the canonical text and these arrays
 * as they are here, so opening it parses nothing.
 */
#ifndef INTENT_PATTERN_H
#define INTENT_PATTERN_H

#include "journey/journey.h"
#include "pattern/pattern_tree.h"

#define PATTERN_VERSION 1

#define PATTERN_MAX_STEPS 1000
#define PATTERN_MAX_POSITIONS 8192
#define PATTERN_MAX_LINKS 131072

#define PATTERN_NONE UINT32_MAX

/* Flags of a pattern. */
#define PATTERN_CHAIN 1			/* exact over every order inside an instant */
#define PATTERN_STRICTLY 2
#define PATTERN_ANCHORED_START 4
#define PATTERN_ANCHORED_END 8
#define PATTERN_FLAGS 15

typedef struct PatternPosition
{
	uint32_t	class;			/* what fills it */
	uint32_t	step;			/* of which step it is part */
	uint32_t	level;			/* mandatory steps reached when it is filled; 0 inside of one */
	uint32_t	capture;		/* or PATTERN_NONE */
	uint32_t	links;			/* links[links .. links_end) */
	uint32_t	links_end;
	uint32_t	first;			/* can a match begin here? */
	uint32_t	unused;
} PatternPosition;

/* A link is a position or a gate. */
#define PATTERN_LINK_POSITION(i) ((uint32_t) (i) << 1)
#define PATTERN_LINK_GATE(i) ((uint32_t) (i) << 1 | 1)
#define PATTERN_LINK_IS_GATE(link) (((link) & 1) != 0)
#define PATTERN_LINK_INDEX(link) ((link) >> 1)

typedef struct PatternGate
{
	int64_t		least;			/* from the event before it to the one behind it */
	int64_t		most;
	uint32_t	excluded;		/* class of what must not be between, or PATTERN_NONE */
	uint32_t	targets;		/* targets[targets .. targets_end): positions, best first */
	uint32_t	targets_end;
	uint32_t	unused;
} PatternGate;

typedef struct PatternStep
{
	uint32_t	text;			/* of the canonical text */
	uint32_t	text_size;
	uint32_t	level;			/* number among the mandatory steps; 0 is optional */
	uint32_t	unused;
} PatternStep;

/* Atoms [atoms, atoms_end) of a class. */
typedef struct PatternSet
{
	uint32_t	atoms;
	uint32_t	atoms_end;
	uint32_t	negated;
	uint32_t	unused;
} PatternSet;

typedef struct PatternFlatAtom
{
	uint32_t	channel_part;
	uint32_t	event_part;
	uint32_t	channel;		/* of strings */
	uint32_t	channel_size;
	uint32_t	event;
	uint32_t	event_size;
	uint32_t	negated;
	uint32_t	predicates;		/* predicates[predicates .. predicates_end) */
	uint32_t	predicates_end;
	uint32_t	unused;
} PatternFlatAtom;

typedef struct PatternFlatPredicate
{
	double		number;
	uint32_t	compare;
	uint32_t	unused;
} PatternFlatPredicate;

/* A side exclusion: no event of the class that long before or after; no class, none. */
typedef struct PatternSide
{
	int64_t		least;
	int64_t		most;
	uint32_t	excluded;
	uint32_t	unused;
} PatternSide;

typedef struct PatternName
{
	uint32_t	at;				/* of strings */
	uint32_t	size;
} PatternName;

/* Everything in the value, before the arrays. */
typedef struct PatternHeader
{
	uint8_t		version;
	uint8_t		flags;
	uint16_t	unused;
	uint32_t	levels;			/* mandatory steps */
	int64_t		within;
	PatternSide before;
	PatternSide after;
	uint32_t	gate_count;
	uint32_t	predicate_count;
	uint32_t	position_count;
	uint32_t	step_count;
	uint32_t	set_count;
	uint32_t	atom_count;
	uint32_t	capture_count;
	uint32_t	first_count;
	uint32_t	link_count;
	uint32_t	target_count;
	uint32_t	required_count;
	uint32_t	text_size;
	uint32_t	string_size;
	uint32_t	unused2;
} PatternHeader;

/* An opened value: points into it. */
typedef struct Pattern
{
	PatternHeader header;
	PatternGate *gates;
	PatternFlatPredicate *predicates;
	PatternPosition *positions;
	PatternStep *steps;
	PatternSet *sets;
	PatternFlatAtom *atoms;
	PatternName *captures;
	uint32_t   *first;			/* positions a match can begin with, best first */
	uint32_t   *links;
	uint32_t   *targets;
	uint32_t   *required;		/* sets of which every match has an event each */
	char	   *text;			/* canonical */
	char	   *strings;
} Pattern;

/* From text: parses, compiles, and appends the flat value. */
extern void pattern_from_text(ByteBuffer *out, const char *text, size_t size);

/* The program of a tree. */
extern void pattern_compile(Pattern *pattern, const PatternTree *tree);

/* Flat bytes of a program, and back; `data` must be aligned for an int64. */
extern void pattern_append_flat(ByteBuffer *out, const Pattern *pattern);
extern void pattern_open(Pattern *pattern, const void *data, size_t size);

/* The canonical text inside of a flat value, of any alignment. */
extern const char *pattern_flat_text(const void *data, size_t size, uint32_t *text_size);

/* An atom as what matches touchpoints. */
extern TouchpointPattern pattern_touchpoint(const Pattern *pattern, const PatternFlatAtom *atom);

#endif							/* INTENT_PATTERN_H */
