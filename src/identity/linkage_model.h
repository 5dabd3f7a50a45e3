/*
 * linkage_model.h
 *		A linkage model as a value: what is compared, and what was learned.
 *
 *		version		1 byte
 *		flags		1 byte, all bits reserved
 *		records, pairs, seed, largest_block, largest_cluster, compare_all	varints
 *		prior		8 bytes, as all doubles: IEEE, little-endian
 *		source		text: varint size and bytes
 *		comparisons	varint, then of each
 *			column		text
 *			kind		1 byte
 *			twin		varint: number of the twin column + 1, or 0
 *			m, u		of each level from different to equal
 *			values		frequencies
 *			words		frequencies
 *		rules		varint, then of each
 *			keys		varint, then of each column (varint) and part (1 byte)
 *
 *		frequencies: total (varint), other (8 bytes), entries (varint), and of
 *		each entry 8 bytes of hash, ascending, and its rows (varint)
 *
 * A model is compared by its bytes: one content has one encoding.  It holds no
 * value of anybody, only hashes of those that many records have.
 */
#ifndef INTENT_LINKAGE_MODEL_H
#define INTENT_LINKAGE_MODEL_H

#include "identity/linkage_em.h"

#define LINKAGE_MODEL_VERSION 1

/* As many frequent values, and words, as a model keeps of a column. */
#define LINKAGE_FREQUENT_VALUES 256
#define LINKAGE_FREQUENT_WORDS 512

typedef struct LinkageFrequent
{
	uint64_t	hash;
	uint32_t	rows;
} LinkageFrequent;

/* How many rows have a value, by its hash. */
typedef struct LinkageFrequencies
{
	uint32_t	total;			/* rows with any value */
	uint32_t	count;
	double		other;			/* rows that a value that is not listed has, as most pairs of it see it */
	LinkageFrequent *frequent;	/* by hash */
} LinkageFrequencies;

typedef struct LinkageComparison
{
	LinkageText column;
	LinkageKind kind;
	uint32_t	twin;			/* another comparison, or NO_NODE */
	LinkageRates rates;
	LinkageFrequencies values;
	LinkageFrequencies words;
} LinkageComparison;

typedef struct LinkageModel
{
	uint32_t	records;		/* that it was trained on */
	uint64_t	pairs;			/* that were compared for it */
	uint64_t	seed;
	uint32_t	largest_block;
	uint32_t	largest_cluster;
	uint32_t	compare_all;	/* of so many records all pairs are compared, rules or not */
	double		prior;			/* that two records are one */
	LinkageText source;			/* the column of sources; no size: none */
	uint32_t	comparison_count;
	LinkageComparison comparisons[LINKAGE_COMPARISONS_MAX];
	uint32_t	rule_count;
	LinkageRule rules[LINKAGE_RULES_MAX];
} LinkageModel;

#define LINKAGE_LARGEST_BLOCK 2000
#define LINKAGE_LARGEST_CLUSTER 1000
#define LINKAGE_COMPARE_ALL (2 * LINKAGE_PAIRS_A_ROW + 1)

/* ----- linkage_model.c ----- */

extern void linkage_model_append(ByteBuffer *out, const LinkageModel *model);

/* Opens stored bytes; texts stay in them.  What does not fit together is HOST_CORRUPT. */
extern void linkage_model_open(LinkageModel *model, const void *data, size_t size);

/* Looks at every bit of bytes from outside; NULL if they are a model. */
extern const char *linkage_model_problem(LinkageModel *model, const void *data, size_t size);

/* The same of a model put together by hand. */
extern const char *linkage_model_wrong(const LinkageModel *model);

/* ----- linkage_text.c: its JSON ----- */

extern void linkage_model_to_text(ByteBuffer *out, const LinkageModel *model);

extern const char *linkage_kind_name(LinkageKind kind);

/* ----- linkage_frequency.c ----- */

/* The most frequent values and words of a column as it was read. */
extern void linkage_count_values(LinkageFrequencies *frequencies, const LinkageColumn *column);
extern void linkage_count_words(LinkageFrequencies *frequencies, const LinkageColumn *column);

/* How many rows have what has this hash. */
extern double linkage_rows(const LinkageFrequencies *frequencies, uint64_t hash);

/* Gives the words of a column the weights that their frequencies say. */
extern void linkage_weigh_words(LinkageColumn *column, const LinkageFrequencies *frequencies);

/* ----- linkage_link.c ----- */

/* The blocks of a model's rules, or of all records if they are few. */
extern void linkage_blocks_open(LinkageBlocks *blocks, const LinkageModel *model, const LinkageTable *table);

#endif							/* INTENT_LINKAGE_MODEL_H */
