/*
 * pattern_tree.h
 *		A journey pattern as its text says it: what pattern_parse() makes, and
 *		what the canonical text and the program are made of.
 */
#ifndef INTENT_PATTERN_TREE_H
#define INTENT_PATTERN_TREE_H

#include "base/bytes.h"
#include "journey/touchpoint.h"

#define PATTERN_FOREVER INT64_MAX	/* no upper limit of a time */
#define PATTERN_MAX_ANY_ORDER 8
#define PATTERN_UNBOUNDED UINT32_MAX	/* no upper limit of a repetition */

typedef enum PatternCompare
{
	COMPARE_LESS,
	COMPARE_LESS_EQUAL,
	COMPARE_EQUAL,
	COMPARE_NOT_EQUAL,
	COMPARE_GREATER_EQUAL,
	COMPARE_GREATER
} PatternCompare;

/* [value > 100]; false for an event without a value. */
typedef struct PatternPredicate
{
	PatternCompare compare;
	double		number;
} PatternPredicate;

typedef struct PatternAtom
{
	TouchpointPattern touchpoint;
	bool		negated;
	uint32_t	predicate_count;
	PatternPredicate *predicates;	/* all of which must hold */
} PatternAtom;

/* What one event must be: one of the atoms, or none of them. */
typedef struct PatternClass
{
	bool		negated;
	uint32_t	count;
	PatternAtom *atoms;
} PatternClass;

typedef enum PatternNodeKind
{
	NODE_CLASS,					/* one event */
	NODE_RUN,					/* children that follow each other immediately */
	NODE_SEQUENCE,				/* children joined by arrows */
	NODE_CHOICE,				/* one of the children */
	NODE_REPEAT,				/* the only child, min to max times */
	NODE_ANY_ORDER				/* all children, which are classes */
} PatternNodeKind;

typedef struct PatternNode PatternNode;

/* The arrow before a child of a sequence; that of the first is no arrow. */
typedef struct PatternArrow
{
	int64_t		least;			/* microseconds from the event before, inclusive */
	int64_t		most;
	PatternClass *excluded;		/* what must not be between, or NULL */
} PatternArrow;

struct PatternNode
{
	PatternNodeKind kind;
	PatternClass class;			/* of a class: */
	const char *capture;		/* its name, or NULL */
	uint32_t	capture_size;
	uint32_t	min;			/* of a repetition: */
	uint32_t	max;
	bool		reluctant;
	uint32_t	count;			/* children */
	PatternNode **children;
	PatternArrow *arrows;		/* of a sequence, one a child */
};

/* The whole pattern. */
typedef struct PatternTree
{
	PatternNode *root;
	bool		anchored_start;
	bool		anchored_end;
	bool		strictly;
	int64_t		within;			/* PATTERN_FOREVER if not said */
	PatternArrow before;		/* !x -> at the very beginning */
	PatternArrow after;			/* -> !x at the very end */
} PatternTree;

/*
 * Fails with HOST_SYNTAX naming the position and what was expected, with
 * HOST_LIMIT on what is too large.  Names point into the text or into memory
 * of the current call.
 */
extern void pattern_parse(PatternTree *tree, const char *text, size_t size);

/* A part of the canonical text. */
typedef struct PatternSpan
{
	uint32_t	at;
	uint32_t	size;
} PatternSpan;

/*
 * Appends the canonical text, which reads back as the same pattern.  The text
 * of step i stands at steps[i]; steps has room for pattern_step_count().
 */
extern void pattern_append_text(ByteBuffer *out, const PatternTree *tree, PatternSpan *steps);

/* Is a text this word, which is in small letters, in letters of any case? */
extern bool pattern_same_word(const char *text, size_t size, const char *word);

/* The canonical text of a class alone: classes that are alike have one text. */
extern void pattern_append_class(ByteBuffer *out, const PatternClass *class);

/* The steps of a pattern are its elements outside of all parentheses. */
extern uint32_t pattern_step_count(const PatternTree *tree);

/* Can it match no event at all? */
extern bool pattern_nullable(const PatternNode *node);

/* Is it a chain: arrows between atoms, sets, `?` and `{&}`, and nothing else? */
extern bool pattern_is_chain(const PatternTree *tree);

#endif							/* INTENT_PATTERN_TREE_H */
