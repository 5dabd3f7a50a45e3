/*
 * linkage_link.c
 *		A model applied to records: pairs, and clusters of them.
 */
#include "identity/linkage_score.h"

void
linkage_read_as(LinkageTable *table, const LinkageModel *model)
{
	for (uint32_t i = 0; i < model->comparison_count; i++)
	{
		linkage_table_read(table, i, model->comparisons[i].kind);
		table->columns[i].twin = model->comparisons[i].twin;
		linkage_weigh_words(&table->columns[i], &model->comparisons[i].words);
	}
}

void
linkage_blocks_open(LinkageBlocks *blocks, const LinkageModel *model, const LinkageTable *table)
{
	if (table->row_count <= model->compare_all || model->rule_count == 0)
		linkage_blocks_build(blocks, table, NULL, 0, table->row_count);
	else
		linkage_blocks_build(blocks, table, model->rules, model->rule_count, model->largest_block);
}

void
linkage_find_pairs(LinkageResult *result, LinkageComparer *comparer, const LinkageWeights *weights,
				   const LinkageModel *model, int64_t least)
{
	const LinkageTable *table = weights->table;
	uint32_t   *partners = host_alloc_array((size_t) table->row_count + 1, sizeof(uint32_t));
	uint64_t   *patterns = host_alloc_array((size_t) table->row_count + 1, sizeof(uint64_t));
	size_t		capacity = 1024;
	LinkageBlocks blocks;

	*result = (LinkageResult) {0};
	result->pairs = host_alloc_array(capacity, sizeof(LinkagePair));
	linkage_blocks_open(&blocks, model, table);
	for (uint32_t row = 0; row < table->row_count; row++)
	{
		uint32_t	count = linkage_partners(&blocks, row, partners);

		host_check_interrupts();
		linkage_compare_rows(comparer, row, partners, count, patterns);
		result->compared += count;
		for (uint32_t i = 0; i < count; i++)
		{
			int64_t		weight = linkage_weight(weights, row, patterns[i]);

			if (weight < least)
				continue;
			if (result->count == capacity)
			{
				capacity = checked_growth(capacity, 0);
				result->pairs = host_realloc_array(result->pairs, capacity, sizeof(LinkagePair));
			}
			result->pairs[result->count++] = (LinkagePair) {row, partners[i], weight};
		}
	}
	result->bounded = blocks.bounded;
	result->bounded_rows = blocks.bounded_rows;
	linkage_blocks_free(&blocks);
	host_free(partners);
	host_free(patterns);
}

/* ----- clusters ----- */

typedef struct Weigher
{
	LinkageComparer *comparer;
	const LinkageWeights *weights;
} Weigher;

static int64_t
weigh_rows(void *context, uint32_t a, uint32_t b)
{
	Weigher    *weigher = context;
	uint64_t	pattern;

	linkage_compare_rows(weigher->comparer, a, &b, 1, &pattern);
	return linkage_weight(weigher->weights, a, pattern);
}

void
linkage_find_clusters(LinkageClusters *clusters, LinkageResult *result, LinkageComparer *comparer,
					  const LinkageWeights *weights, const LinkageModel *model)
{
	Weigher		weigher = {comparer, weights};
	LinkageGuard guard = {
		.weigh = weigh_rows,
		.context = &weigher,
		.largest = model->largest_cluster,
		.source = weights->table->source
	};

	linkage_sort_pairs(result->pairs, result->count);
	linkage_cluster(clusters, weights->table->row_count, result->pairs, result->count, &guard);
}
