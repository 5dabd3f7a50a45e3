/*
 * linkage_pattern.c
 *		Patterns: the levels that all columns of a pair show, as one number.
 */
#include "identity/linkage_compare.h"
#include "identity/linkage_em.h"

/* ----- comparing ----- */

#define MEMO_BITS_MAX 18

/* Room for as many pairs of values as there can be, or many of them. */
static void
memo_begin(LinkageMemo *memo, uint64_t values, uint64_t others)
{
	unsigned	bits = 6;

	while (bits < MEMO_BITS_MAX && (UINT64_C(1) << bits) < values * others)
		bits++;
	memo->shift = 64 - bits;
	memo->pair = host_alloc_zero(((size_t) 1 << bits) * sizeof(uint64_t));
	memo->level = host_alloc((size_t) 1 << bits);
}

static inline size_t
memo_slot(const LinkageMemo *memo, uint64_t pair)
{
	return (size_t) ((pair * NODE_HASH_MULTIPLIER) >> memo->shift);
}

void
linkage_comparer_begin(LinkageComparer *comparer, const LinkageTable *table, bool remember)
{
	*comparer = (LinkageComparer) {.table = table};
	for (uint32_t i = 0; i < table->column_count && remember; i++)
	{
		memo_begin(&comparer->memo[i], table->columns[i].value_count, table->columns[i].value_count);
		if (table->columns[i].twin != NO_NODE && table->columns[i].twin > i)
			memo_begin(&comparer->crossed[i], table->columns[i].value_count,
					   table->columns[table->columns[i].twin].value_count);
	}
}

static inline uint32_t
compare_values(LinkageMemo *memo, const LinkageColumn *column, uint32_t a, uint32_t b)
{
	uint64_t	pair = a < b ? (uint64_t) a << 32 | b : (uint64_t) b << 32 | a;
	size_t		slot;

	if (memo->pair == NULL)
		return linkage_compare(column, &column->values[pair >> 32], &column->values[pair & UINT32_MAX]);
	slot = memo_slot(memo, pair);
	if (memo->pair[slot] != pair)
	{
		memo->level[slot] = (uint8_t) linkage_compare(column, &column->values[pair >> 32],
													  &column->values[pair & UINT32_MAX]);
		memo->pair[slot] = pair;
	}
	return memo->level[slot];
}

/* Is a value of one column almost equal to one of its twin? */
static inline bool
crossed(LinkageMemo *memo, const LinkageColumn *column, const LinkageColumn *twin, uint32_t value, uint32_t other)
{
	uint64_t	pair = (uint64_t) value << 32 | other;
	size_t		slot;

	if (value == 0 || other == 0)
		return false;
	if (memo->pair == NULL)
		return linkage_crossed(&column->values[value], &twin->values[other]);
	slot = memo_slot(memo, pair);
	if (memo->pair[slot] != pair)
	{
		memo->level[slot] = linkage_crossed(&column->values[value], &twin->values[other]);
		memo->pair[slot] = pair;
	}
	return memo->level[slot];
}

/*
 * Names that got into each other's columns.  If both did, both columns say so;
 * one alone is said once, by the first column that has something to say.
 */
static void
compare_across(LinkageComparer *comparer, uint32_t c, uint32_t row, const uint32_t *partners, uint32_t count,
			   uint64_t *patterns)
{
	const LinkageColumn *column = &comparer->table->columns[c];
	uint32_t	t = column->twin;
	const LinkageColumn *twin = &comparer->table->columns[t];

	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t	one = linkage_level(patterns[i], c);
		uint32_t	other = linkage_level(patterns[i], t);
		uint32_t	agree;

		if (one >= LINKAGE_CROSSED_BELOW || other >= LINKAGE_CROSSED_BELOW || one + other == 0)
			continue;
		agree = crossed(&comparer->crossed[c], column, twin, column->value[row], twin->value[partners[i]]) +
			crossed(&comparer->crossed[c], column, twin, column->value[partners[i]], twin->value[row]);
		if (agree > 0 && one != LINKAGE_MISSING)
		{
			patterns[i] = linkage_with_level(patterns[i], c, LINKAGE_CROSSED);
			agree--;
		}
		if (agree > 0 && other != LINKAGE_MISSING)
			patterns[i] = linkage_with_level(patterns[i], t, LINKAGE_CROSSED);
	}
}

void
linkage_compare_rows(LinkageComparer *comparer, uint32_t row, const uint32_t *partners, uint32_t count,
					 uint64_t *patterns)
{
	const LinkageTable *table = comparer->table;

	memset(patterns, 0, count * sizeof(uint64_t));
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		const LinkageColumn *column = &table->columns[c];
		uint64_t	equal = linkage_level_equal(column->kind);
		uint32_t	mine = column->value[row];

		if (mine == 0)
			continue;
		for (uint32_t i = 0; i < count; i++)
		{
			uint32_t	other = column->value[partners[i]];
			uint64_t	level;

			if (other == 0)
				continue;
			level = other == mine ? equal : column->kind == LINKAGE_CATEGORY ? LINKAGE_DIFFERENT :
				compare_values(&comparer->memo[c], column, mine, other);
			patterns[i] |= level << (3 * c);
		}
	}
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		if (table->columns[c].twin != NO_NODE && table->columns[c].twin > c)
			compare_across(comparer, c, row, partners, count, patterns);
	}
}

/* ----- counting ----- */

void
linkage_patterns_begin(LinkagePatterns *patterns)
{
	*patterns = (LinkagePatterns) {.capacity = 512, .mask = 1023};
	patterns->pattern = host_alloc_array(patterns->capacity, sizeof(uint64_t));
	patterns->pairs = host_alloc_array(patterns->capacity, sizeof(uint64_t));
	patterns->slots = host_alloc_zero((patterns->mask + 1) * sizeof(uint32_t));
}

/* Where the pattern is, or the free slot where it belongs. */
static inline size_t
find_slot(const LinkagePatterns *patterns, uint64_t pattern)
{
	size_t		slot = (size_t) (node_hash_mix(pattern) >> 16) & patterns->mask;

	while (patterns->slots[slot] != 0 && patterns->pattern[patterns->slots[slot] - 1] != pattern)
		slot = (slot + 1) & patterns->mask;
	return slot;
}

static void
grow_patterns(LinkagePatterns *patterns)
{
	patterns->capacity = checked_growth(patterns->capacity, 0);
	patterns->pattern = host_realloc_array(patterns->pattern, patterns->capacity, sizeof(uint64_t));
	patterns->pairs = host_realloc_array(patterns->pairs, patterns->capacity, sizeof(uint64_t));
	host_free(patterns->slots);
	patterns->mask = patterns->capacity * 2 - 1;
	patterns->slots = host_alloc_zero(checked_mul_size(patterns->mask + 1, sizeof(uint32_t)));
	for (size_t i = 0; i < patterns->count; i++)
		patterns->slots[find_slot(patterns, patterns->pattern[i])] = (uint32_t) i + 1;
}

void
linkage_patterns_add(LinkagePatterns *patterns, uint64_t pattern, uint64_t pairs)
{
	size_t		slot = find_slot(patterns, pattern);

	if (patterns->slots[slot] == 0)
	{
		if (patterns->count == patterns->capacity)
		{
			grow_patterns(patterns);
			slot = find_slot(patterns, pattern);
		}
		patterns->pattern[patterns->count] = pattern;
		patterns->pairs[patterns->count] = 0;
		patterns->slots[slot] = (uint32_t) ++patterns->count;
	}
	patterns->pairs[patterns->slots[slot] - 1] += pairs;
}
