/*
 * linkage.h
 *		Record linkage: records that describe one thing, found by how alike they are.
 *
 * The method is Fellegi and Sunter's (1969): each column of a pair of records
 * is compared and gives one of a few levels; a level speaks for or against by
 * the logarithm of how much more often it is seen among pairs that are one (m)
 * than among those that are not (u).  What the levels say adds up to a weight.
 *
 *	linkage_table	the records: columns of different values in one spelling
 *	linkage_choose	which kind a column is of, and which columns say the same
 *	linkage_compare	how alike two values are: the level
 *	linkage_block	keys, and the rules that say which pairs are looked at
 *	linkage_em		m and u from the patterns that the pairs show
 *	linkage_model	all that was learned, as one value
 *	linkage_score	the weight of a pair, exact, and its explanation
 *	linkage_cluster	who is one: guarded agglomeration of weighted pairs
 *
 * All of it is integers, and doubles that are added, multiplied and divided
 * only: the same bytes on every machine, and whatever the order of the rows.
 */
#ifndef INTENT_LINKAGE_H
#define INTENT_LINKAGE_H

#include "base/bytes.h"
#include "base/fixed.h"
#include "identity/node_index.h"
#include "identity/text_distance.h"

/* A level is three bits of a pattern; 0 is a value that is missing. */
#define LINKAGE_COMPARISONS_MAX 20
#define LINKAGE_LEVELS_MAX 8
#define LINKAGE_MISSING 0
#define LINKAGE_DIFFERENT 1

/* Characters of a value that are compared, unless it is compared by words. */
#define LINKAGE_COMPARED_MAX 256

/* How values of a column are spelled and compared. */
typedef enum LinkageKind
{
	LINKAGE_CATEGORY,			/* equal or not */
	LINKAGE_NAME,				/* a word or few, as a name or a town */
	LINKAGE_WORDS,				/* an address, a title: words, some rarer than others */
	LINKAGE_CODE,				/* digits and letters: a postcode, a number of a card */
	LINKAGE_DATE,
	LINKAGE_EMAIL,
	LINKAGE_NUMBER				/* an amount */
} LinkageKind;

#define LINKAGE_KINDS 7

typedef struct LinkageText
{
	const char *data;
	uint32_t	size;
} LinkageText;

/* One of the different values of a column, in its normal form. */
typedef struct LinkageValue
{
	Characters	text;			/* never empty */
	uint64_t	hash;			/* of the characters: kept in models */
	uint64_t	letters;		/* a bit for each character that it has, modulo 64 */
	uint32_t	rows;			/* that have it */
	uint32_t	mark;			/* of an e-mail address: characters before the @ */
	uint32_t	first_word;		/* in LinkageColumn.word_list */
	uint32_t	word_count;
	double		number;			/* of an amount */
} LinkageValue;

/* One of the different words of a column. */
typedef struct LinkageWord
{
	Characters	text;
	uint64_t	hash;
	uint32_t	rows;			/* whose value has it */
	int64_t		weight;			/* what it says: little if everybody has it, never 0 */
	bool		digits;			/* it has some */
} LinkageWord;

typedef struct LinkageColumn
{
	LinkageText name;
	LinkageKind kind;
	LinkageValue *values;		/* by their characters; value 0 is none */
	uint32_t	value_count;	/* with value 0 */
	uint32_t   *value;			/* of each row */
	uint32_t	known;			/* rows that have a value */
	uint32_t	twin;			/* a column whose values get into this one, or NO_NODE */
	LinkageWord *words;
	uint32_t	word_count;
	uint32_t   *word_list;		/* of the values: their different words in order */
	uint32_t	word_list_size;
} LinkageColumn;

#endif							/* INTENT_LINKAGE_H */
