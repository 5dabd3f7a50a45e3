/*
 * linkage_compare.h
 *		How alike two values of a column are: one of a few levels.
 */
#ifndef INTENT_LINKAGE_COMPARE_H
#define INTENT_LINKAGE_COMPARE_H

#include "identity/linkage.h"

/* How many levels a kind has, with the missing one, and what each is called. */
extern uint32_t linkage_level_count(LinkageKind kind);
extern const char *linkage_level_name(LinkageKind kind, uint32_t level);

/* The highest level: both are equal. */
static inline uint32_t
linkage_level_equal(LinkageKind kind)
{
	return linkage_level_count(kind) - 1;
}

/* Of two different values; neither is value 0. */
extern uint32_t linkage_compare(const LinkageColumn *column, const LinkageValue *a, const LinkageValue *b);

/* The level of a name that is different, but almost equal to one in the other record's twin column. */
#define LINKAGE_CROSSED 2
#define LINKAGE_CROSSED_BELOW 4

extern bool linkage_crossed(const LinkageValue *a, const LinkageValue *b);

#endif							/* INTENT_LINKAGE_COMPARE_H */
