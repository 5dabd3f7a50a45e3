/*
 * linkage_train.h
 *		From records to a model.
 */
#ifndef INTENT_LINKAGE_TRAIN_H
#define INTENT_LINKAGE_TRAIN_H

#include "identity/linkage_model.h"

/* What the caller wants; what is not said is chosen by the look of the records. */
typedef struct LinkageWish
{
	LinkageText column;
	bool		kind_given;
	LinkageKind kind;
} LinkageWish;

typedef struct LinkageSpec
{
	uint64_t	seed;
	uint32_t	largest_block;
	uint32_t	largest_cluster;
	LinkageText source;
	uint32_t	wish_count;		/* 0: all columns */
	LinkageWish wishes[LINKAGE_COMPARISONS_MAX];
	bool		rules_given;
	uint32_t	rule_count;
	struct
	{
		uint32_t	count;
		LinkageText column[LINKAGE_KEYS_MAX];
		LinkagePart part[LINKAGE_KEYS_MAX];
	}			rules[LINKAGE_RULES_MAX];
} LinkageSpec;

/*
 * Records must be in order (linkage_table_order), with the columns of the
 * wishes in their order if there are any.  Texts of the model are those of the
 * spec and the table.
 */
extern void linkage_train(LinkageModel *model, LinkageTable *table, const LinkageSpec *spec);

#endif							/* INTENT_LINKAGE_TRAIN_H */
