/*
 * linkage_block.h
 *		Which pairs are looked at: those that have a key in common.
 *
 * A key is a part of a value, such as its sound or its first half; a rule is
 * one to three keys of different columns that must agree, all of them.  A pair
 * is looked at if any rule holds, and once however many do.
 */
#ifndef INTENT_LINKAGE_BLOCK_H
#define INTENT_LINKAGE_BLOCK_H

#include "identity/linkage_table.h"

typedef enum LinkagePart
{
	LINKAGE_WHOLE,
	LINKAGE_START,				/* a name's first three characters, a code's first half, a year, what is before an @ */
	LINKAGE_END,				/* a code's second half, month and day */
	LINKAGE_SOUND,				/* of each word */
	LINKAGE_EACH_WORD,
	LINKAGE_EITHER				/* the sound of each word of this column and of its twin */
} LinkagePart;

#define LINKAGE_PARTS 6

typedef struct LinkageKey
{
	uint8_t		column;
	uint8_t		part;
} LinkageKey;

#define LINKAGE_KEYS_MAX 3
#define LINKAGE_RULES_MAX 64

/* Rules are chosen so that a record is compared with not many more than this. */
#define LINKAGE_PAIRS_A_ROW 500

typedef struct LinkageRule
{
	uint8_t		count;
	LinkageKey	keys[LINKAGE_KEYS_MAX];
} LinkageRule;

extern const char *linkage_part_name(LinkagePart part);

/* Have values of this kind such a part? */
extern bool linkage_has_part(LinkageKind kind, LinkagePart part);

/* ----- linkage_rules.c: rules chosen for records ----- */

/*
 * The shortest rules that hold for few enough pairs, as counted in these
 * records; returns how many were written into `rules`.
 */
extern uint32_t linkage_choose_rules(const LinkageTable *table, LinkageRule rules[LINKAGE_RULES_MAX]);

/* ----- pairs ----- */

/* Where a row stands in one of its blocks. */
typedef struct LinkagePlace
{
	uint32_t	begin;			/* of the block, in LinkageBlocks.members */
	uint32_t	end;
	uint32_t	at;
} LinkagePlace;

typedef struct LinkageBlocks
{
	const LinkageTable *table;
	uint32_t	largest;		/* a block that is compared as a whole */
	uint32_t	reach;			/* in larger ones: so far on either side */
	uint32_t   *members;
	uint64_t   *place_start;	/* of each row, in places */
	LinkagePlace *places;
	uint32_t   *stamp;			/* of each row: for whom it was listed last */
	uint32_t	bounded;		/* blocks that were larger */
	uint64_t	bounded_rows;	/* in them */
} LinkageBlocks;

/* Without a rule there is one block of all rows. */
extern void linkage_blocks_build(LinkageBlocks *blocks, const LinkageTable *table,
								 const LinkageRule *rules, uint32_t rule_count, uint32_t largest);

extern void linkage_blocks_free(LinkageBlocks *blocks);

/* Before the rows are gone through, from the first to the last. */
extern void linkage_blocks_rewind(LinkageBlocks *blocks);

/* The later rows that are to be compared with a row; room for all rows. */
extern uint32_t linkage_partners(LinkageBlocks *blocks, uint32_t row, uint32_t *partners);

#endif							/* INTENT_LINKAGE_BLOCK_H */
