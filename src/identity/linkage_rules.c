/*
 * linkage_rules.c
 *		Blocking rules chosen by what they would cost in these records.
 */
#include "identity/linkage_key.h"

/*
 * Pairs that one rule, and all of them, may give a record: what one rule finds
 * of its own is worth little beyond, and comparing is what linking costs.
 */
#define PAIRS_A_ROW 40
#define PAIRS_A_ROW_IN_ALL LINKAGE_PAIRS_A_ROW

/* In so many records and more, keys are counted by a sample of them. */
#define ROWS_COUNTED 50000

/* How often each key was seen. */
typedef struct KeyCounts
{
	uint64_t   *hash;
	uint32_t   *count;			/* 0 is free */
	size_t		used;
	size_t		mask;
} KeyCounts;

static void
counts_begin(KeyCounts *counts, size_t keys)
{
	size_t		slots = 1024;

	while (slots < keys * 2)
		slots = checked_mul_size(slots, 2);
	counts->used = 0;
	counts->mask = slots - 1;
	counts->hash = host_alloc_array(slots, sizeof(uint64_t));
	counts->count = host_alloc_zero(checked_mul_size(slots, sizeof(uint32_t)));
}

static void
counts_end(KeyCounts *counts)
{
	host_free(counts->hash);
	host_free(counts->count);
}

/* Where a key is counted, or will be. */
static inline size_t
counts_find(const KeyCounts *counts, uint64_t hash)
{
	size_t		slot = hash & counts->mask;

	while (counts->count[slot] != 0 && counts->hash[slot] != hash)
		slot = (slot + 1) & counts->mask;
	return slot;
}

static void
counts_grow(KeyCounts *counts)
{
	KeyCounts	old = *counts;

	counts_begin(counts, old.mask + 1);
	for (size_t i = 0; i <= old.mask; i++)
	{
		size_t		slot;

		if (old.count[i] == 0)
			continue;
		slot = counts_find(counts, old.hash[i]);
		counts->hash[slot] = old.hash[i];
		counts->count[slot] = old.count[i];
		counts->used++;
	}
	counts_end(&old);
}

/* Counts a key; returns how often it was there before. */
static inline uint32_t
counts_add(KeyCounts *counts, uint64_t hash)
{
	size_t		slot = counts_find(counts, hash);

	if (counts->count[slot] == 0)
	{
		if (counts->used * 4 > counts->mask * 3)
		{
			counts_grow(counts);
			slot = counts_find(counts, hash);
		}
		counts->hash[slot] = hash;
		counts->used++;
	}
	return counts->count[slot]++;
}

/* How many pairs a rule gives; more than `most` need not be counted. */
static uint64_t
count_pairs(LinkageKeyRing *ring, const LinkageRule *rule, uint64_t most)
{
	const LinkageTable *table = ring->table;
	LinkageRuleKeys keys;
	uint64_t	found[LINKAGE_ROW_KEYS_MAX];
	uint64_t	sampled = table->row_count / ROWS_COUNTED + 1;
	KeyCounts	counts;
	uint64_t	pairs = 0;

	linkage_rule_keys(ring, rule, &keys);
	counts_begin(&counts, table->row_count / sampled + 16);
	for (uint32_t row = 0; row < table->row_count && pairs * sampled <= most; row++)
	{
		uint32_t	count = linkage_row_keys(table, rule, &keys, row, found);

		host_check_interrupts();
		for (uint32_t k = 0; k < count; k++)
		{
			if (sampled == 1 || (found[k] >> 40) % sampled == 0)
				pairs += counts_add(&counts, found[k]);
		}
	}
	counts_end(&counts);
	return pairs * sampled;
}

/* Does every pair that agrees on one key agree on the other? */
static bool
key_implies(const LinkageTable *table, LinkageKey one, LinkageKey other)
{
	if (other.part == LINKAGE_EITHER && one.column == table->columns[other.column].twin)
		one.column = other.column;
	return one.column == other.column &&
		(one.part == other.part || one.part == LINKAGE_WHOLE ||
		 (one.part == LINKAGE_SOUND && other.part == LINKAGE_EITHER));
}

static bool
rule_implies(const LinkageTable *table, const LinkageRule *one, const LinkageRule *other)
{
	for (uint32_t i = 0; i < other->count; i++)
	{
		bool		implied = false;

		for (uint32_t k = 0; k < one->count; k++)
			implied |= key_implies(table, one->keys[k], other->keys[i]);
		if (!implied)
			return false;
	}
	return true;
}

/* A rule that could be chosen, and the pairs it gives. */
typedef struct Counted
{
	LinkageRule rule;
	uint64_t	pairs;
} Counted;

static int
compare_counted(const void *a, const void *b)
{
	const Counted *x = a;
	const Counted *y = b;

	if (x->pairs != y->pairs)
		return x->pairs < y->pairs ? -1 : 1;
	return memcmp(&x->rule, &y->rule, sizeof(LinkageRule));
}

/* All parts of all columns: the ones that more pairs share first. */
static uint32_t
all_keys(const LinkageTable *table, LinkageKey *keys)
{
	uint32_t	count = 0;

	for (int part = LINKAGE_PARTS - 1; part >= 0; part--)
	{
		for (uint32_t column = 0; column < table->column_count; column++)
		{
			if (part == LINKAGE_EITHER &&
				(table->columns[column].twin == NO_NODE || table->columns[column].twin < column))
				continue;
			if (linkage_has_part(table->columns[column].kind, (LinkagePart) part))
				keys[count++] = (LinkageKey) {(uint8_t) column, (uint8_t) part};
		}
	}
	return count;
}

/*
 * Level by level, as one finds frequent sets: what gives too many pairs alone
 * is tried with a second key, and what still does with a third.  So every rule
 * is as short as the limit allows, and none says what a shorter one says.
 */
typedef struct Search
{
	LinkageKeyRing		ring;
	LinkageKey *keys;
	uint32_t	key_count;
	Counted    *chosen;
	uint32_t	chosen_count;
	uint32_t	chosen_capacity;
	uint64_t	most;
} Search;

/* True if the rule gives too many pairs, so that another key may help. */
static bool
try_rule(Search *search, const LinkageRule *rule)
{
	uint64_t	pairs;

	for (uint32_t i = 0; i < search->chosen_count; i++)
	{
		if (rule_implies(search->ring.table, rule, &search->chosen[i].rule))
			return false;
	}
	pairs = count_pairs(&search->ring, rule, search->most);
	if (pairs > search->most)
		return true;
	if (pairs == 0)
		return false;
	if (search->chosen_count == search->chosen_capacity)
	{
		search->chosen_capacity = (uint32_t) checked_growth(search->chosen_capacity, 0);
		search->chosen = host_realloc_array(search->chosen, search->chosen_capacity, sizeof(Counted));
	}
	search->chosen[search->chosen_count++] = (Counted) {*rule, pairs};
	return false;
}

static void
search_rules(Search *search)
{
	LinkageRule *open = host_alloc_array((size_t) search->key_count + 1, sizeof(LinkageRule));
	uint32_t	open_count = 0;

	for (uint32_t i = 0; i < search->key_count; i++)
	{
		LinkageRule rule = {1, {search->keys[i]}};

		if (try_rule(search, &rule))
			open[open_count++] = rule;
	}
	for (uint32_t level = 2; level <= LINKAGE_KEYS_MAX; level++)
	{
		size_t		capacity = 64;
		uint32_t	longer_count = 0;
		LinkageRule *longer = host_alloc_array(capacity, sizeof(LinkageRule));

		for (uint32_t i = 0; i < open_count; i++)
		{
			for (uint32_t k = 0; k < search->key_count; k++)
			{
				LinkageRule rule = open[i];
				bool		used = false;

				/* in order of columns, so that each set of keys comes once */
				for (uint32_t u = 0; u < rule.count; u++)
					used |= rule.keys[u].column >= search->keys[k].column;
				if (used)
					continue;
				rule.keys[rule.count++] = search->keys[k];
				if (!try_rule(search, &rule))
					continue;
				if (longer_count == capacity)
				{
					capacity = checked_growth(capacity, 0);
					longer = host_realloc_array(longer, capacity, sizeof(LinkageRule));
				}
				longer[longer_count++] = rule;
			}
		}
		host_free(open);
		open = longer;
		open_count = longer_count;
	}
	host_free(open);
}

uint32_t
linkage_choose_rules(const LinkageTable *table, LinkageRule rules[LINKAGE_RULES_MAX])
{
	Search		search = {.most = (uint64_t) table->row_count * PAIRS_A_ROW, .chosen_capacity = 64};
	uint64_t	left = (uint64_t) table->row_count * PAIRS_A_ROW_IN_ALL;
	uint32_t	count = 0;

	linkage_ring_begin(&search.ring, table);
	search.keys = host_alloc_array((size_t) table->column_count * LINKAGE_PARTS + 1, sizeof(LinkageKey));
	search.key_count = all_keys(table, search.keys);
	search.chosen = host_alloc_array(search.chosen_capacity, sizeof(Counted));
	search_rules(&search);
	host_sort(search.chosen, search.chosen_count, sizeof(Counted), compare_counted);
	for (uint32_t i = 0; i < search.chosen_count && count < LINKAGE_RULES_MAX; i++)
	{
		if (search.chosen[i].pairs > left)
			break;
		left -= search.chosen[i].pairs;
		rules[count++] = search.chosen[i].rule;
	}
	linkage_ring_end(&search.ring);
	host_free(search.keys);
	host_free(search.chosen);
	return count;
}
