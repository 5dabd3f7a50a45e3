/*
 * linkage_em.c
 *		Learning m and u without being told which pairs are one.
 *
 * All pairs of records are either one or not.  Pairs that no blocking rule
 * proposes count as not; the others are weighed by expectation maximisation
 * over the patterns they show, of which there are few.  What pairs show that
 * are not one is what any two records show, as all but a few pairs are not
 * one: u is counted among pairs drawn by a seed, equal values exactly, and the
 * few that are one are taken off again.
 */
#include "identity/linkage_compare.h"
#include "identity/linkage_em.h"

#define SAMPLED_PAIRS 300000
#define ROUNDS_MAX 200
#define SETTLED 1e-7

/* A level of which nothing was drawn may have been missed by half a pair. */
#define UNSEEN 0.5

/*
 * What is believed before anything is seen weighs as much as half a pair of
 * each record.  Where records have partners enough this is soon outweighed; where
 * they have few, it keeps the pairs that are one from being taken for others
 * that are many and have some column in common, such as all of a town.
 */
#define BELIEVED 0.5

/* What pairs show whether they are one or not: of each level, how often. */
typedef struct Shares
{
	double		all[LINKAGE_LEVELS_MAX];
} Shares;

/* A frozen generator: splitmix64. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t	word = *state += NODE_HASH_MULTIPLIER;

	word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
	return word ^ (word >> 31);
}

static uint32_t
random_below(uint64_t *state, uint32_t end)
{
	return (uint32_t) (((next_random(state) >> 32) * end) >> 32);
}

/* May these be one at all? */
static bool
comparable(const LinkageTable *table, uint32_t a, uint32_t b)
{
	return a != b && (table->source == NULL || table->source[a] != table->source[b] || table->source[a] == 0);
}

/* Counts levels of pairs: all of them if they are few, else drawn ones. */
static void
sample_levels(LinkageComparer *comparer, uint64_t seed, double counts[][LINKAGE_LEVELS_MAX])
{
	const LinkageTable *table = comparer->table;
	uint32_t	rows = table->row_count;
	bool		few = (uint64_t) rows * rows / 2 <= SAMPLED_PAIRS;
	uint64_t	state = seed;
	uint64_t	pattern;

	for (uint32_t i = 0; i < (few ? rows : SAMPLED_PAIRS); i++)
	{
		host_check_interrupts();
		for (uint32_t k = few ? i + 1 : 0; k < (few ? rows : 1); k++)
		{
			uint32_t	a = few ? i : random_below(&state, rows);
			uint32_t	b = few ? k : random_below(&state, rows);

			if (!comparable(table, a, b))
				continue;
			linkage_compare_rows(comparer, a, &b, 1, &pattern);
			for (uint32_t c = 0; c < table->column_count; c++)
				counts[c][linkage_level(pattern, c)]++;
		}
	}
}

/* How often two records with values have equal ones, exactly. */
static double
equal_share(const LinkageColumn *column)
{
	double		pairs = 0;
	double		known = column->known;

	for (uint32_t i = 1; i < column->value_count; i++)
		pairs += (double) column->values[i].rows * (column->values[i].rows - 1.0);
	return known < 2 ? 0 : pairs / (known * (known - 1));
}

static void
find_shares(LinkageComparer *comparer, uint64_t seed, Shares *shares)
{
	const LinkageTable *table = comparer->table;
	double		counts[LINKAGE_COMPARISONS_MAX][LINKAGE_LEVELS_MAX] = {{0}};

	sample_levels(comparer, seed, counts);
	for (uint32_t c = 0; c < table->column_count; c++)
	{
		uint32_t	levels = linkage_level_count(table->columns[c].kind);
		uint32_t	equal = levels - 1;
		double		equals = equal_share(&table->columns[c]);
		double		others = 0;

		for (uint32_t level = 1; level < equal; level++)
			others += counts[c][level] + UNSEEN;
		for (uint32_t level = 1; level < equal; level++)
			shares[c].all[level] = (counts[c][level] + UNSEEN) / others * (1 - equals);
		shares[c].all[equal] = equals;
	}
}

/* What is left of the shares without the pairs that are one. */
static void
set_u(LinkageRatesSet *set, const LinkageTable *table, const Shares *shares)
{
	for (uint32_t c = 0; c < set->count; c++)
	{
		LinkageRates *rates = &set->rates[c];
		uint32_t	levels = linkage_level_count(table->columns[c].kind);
		double		sum = 0;

		for (uint32_t level = 1; level < levels; level++)
		{
			double		all = shares[c].all[level];
			double		left = all - set->prior * rates->m[level];

			/* what is seen among pairs that are not one is at least a little of what is seen */
			rates->u[level] = left > all * 0.1 ? left : all * 0.1;
			if (rates->u[level] < 1e-9)
				rates->u[level] = 1e-9;
			sum += rates->u[level];
		}
		for (uint32_t level = 1; level < levels; level++)
			rates->u[level] /= sum;
	}
}

/* Of those that are one most are equal, and the others anything else. */
static double
believed_m(uint32_t level, uint32_t levels)
{
	return level == levels - 1 ? 0.7 : 0.3 / (levels - 2);
}

/* Before the first round: every record has a partner or so. */
static void
begin_rates(LinkageRatesSet *set, const LinkageTable *table, const Shares *shares, double pairs)
{
	set->count = table->column_count;
	set->prior = table->row_count / pairs;
	if (set->prior > 0.5)
		set->prior = 0.5;
	for (uint32_t c = 0; c < set->count; c++)
	{
		uint32_t	levels = linkage_level_count(table->columns[c].kind);

		for (uint32_t level = 1; level < levels; level++)
			set->rates[c].m[level] = believed_m(level, levels);
	}
	set_u(set, table, shares);
}

/* One round: which patterns are one by what is known, and what is known by them. */
static double
learn_round(LinkageRatesSet *set, const LinkageTable *table, const LinkagePatterns *patterns, double pairs)
{
	double		seen[LINKAGE_COMPARISONS_MAX][LINKAGE_LEVELS_MAX] = {{0}};
	double		ratio[LINKAGE_COMPARISONS_MAX][8];
	double		odds = set->prior / (1 - set->prior);
	double		ones = 0;
	double		change;

	for (uint32_t c = 0; c < set->count; c++)
	{
		ratio[c][LINKAGE_MISSING] = 1;
		for (uint32_t level = 1; level < linkage_level_count(table->columns[c].kind); level++)
			ratio[c][level] = set->rates[c].m[level] / set->rates[c].u[level];
	}
	for (size_t i = 0; i < patterns->count; i++)
	{
		uint64_t	pattern = patterns->pattern[i];
		double		product = odds;
		double		one;

		for (uint32_t c = 0; c < set->count; c++)
			product *= ratio[c][linkage_level(pattern, c)];
		one = product / (1 + product) * patterns->pairs[i];
		/* so large that it cannot be divided: certain */
		if (product > 1e300)
			one = patterns->pairs[i];
		ones += one;
		for (uint32_t c = 0; c < set->count; c++)
			seen[c][linkage_level(pattern, c)] += one;
	}
	host_check_interrupts();
	change = ones / pairs - set->prior;
	set->prior = ones / pairs;
	if (set->prior < 1e-15)
		set->prior = 1e-15;
	for (uint32_t c = 0; c < set->count; c++)
	{
		uint32_t	levels = linkage_level_count(table->columns[c].kind);
		double		sum = 0;

		for (uint32_t level = 1; level < levels; level++)
		{
			seen[c][level] += BELIEVED * table->row_count * believed_m(level, levels);
			sum += seen[c][level];
		}
		for (uint32_t level = 1; level < levels; level++)
			set->rates[c].m[level] = seen[c][level] / sum;
	}
	return (change < 0 ? -change : change) / set->prior;
}

/* How many pairs there are. */
static double
all_pairs(const LinkageTable *table)
{
	double		pairs = (double) table->row_count * (table->row_count - 1.0) / 2;

	if (table->source != NULL)
	{
		uint32_t	sources = 0;
		double	   *rows;

		for (uint32_t i = 0; i < table->row_count; i++)
			sources = table->source[i] > sources ? table->source[i] : sources;
		rows = host_alloc_zero(((size_t) sources + 1) * sizeof(double));
		for (uint32_t i = 0; i < table->row_count; i++)
			rows[table->source[i]]++;
		for (uint32_t i = 1; i <= sources; i++)
			pairs -= rows[i] * (rows[i] - 1) / 2;
		host_free(rows);
	}
	return pairs < 1 ? 1 : pairs;
}

void
linkage_learn(LinkageRatesSet *set, LinkageComparer *comparer, LinkageBlocks *blocks, uint64_t seed)
{
	const LinkageTable *table = comparer->table;
	uint32_t   *partners = host_alloc_array((size_t) table->row_count + 1, sizeof(uint32_t));
	uint64_t   *found = host_alloc_array((size_t) table->row_count + 1, sizeof(uint64_t));
	double		pairs = all_pairs(table);
	LinkagePatterns patterns;
	Shares		shares[LINKAGE_COMPARISONS_MAX];

	*set = (LinkageRatesSet) {0};
	linkage_patterns_begin(&patterns);
	linkage_blocks_rewind(blocks);
	for (uint32_t row = 0; row < table->row_count; row++)
	{
		uint32_t	count = linkage_partners(blocks, row, partners);

		host_check_interrupts();
		linkage_compare_rows(comparer, row, partners, count, found);
		for (uint32_t i = 0; i < count; i++)
			linkage_patterns_add(&patterns, found[i], 1);
		set->pairs += count;
	}
	find_shares(comparer, seed, shares);
	begin_rates(set, table, shares, pairs);
	while (set->rounds < ROUNDS_MAX)
	{
		double		change = learn_round(set, table, &patterns, pairs);

		set_u(set, table, shares);
		set->rounds++;
		if (change < SETTLED)
			break;
	}
	host_free(partners);
	host_free(found);
}
