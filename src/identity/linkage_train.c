/*
 * linkage_train.c
 *		What to compare, which pairs, and what it says: learned from records.
 */
#include "identity/linkage_compare.h"
#include "identity/linkage_train.h"

static void
refuse_many(uint32_t count)
{
	host_fail(HOST_LIMIT, host_format("%u columns are too many to compare", count), NULL,
			  host_format("Compare at most %d: name those that tell records apart in comparisons, or select fewer.",
						  LINKAGE_COMPARISONS_MAX));
}

/* Reads all columns, and leaves those that are to be compared. */
static void
read_columns(LinkageTable *table, const LinkageSpec *spec)
{
	bool	   *keep = host_alloc_zero((size_t) table->column_count + 1);
	uint32_t	count = 0;

	for (uint32_t i = 0; i < table->column_count; i++)
	{
		bool		given = spec->wish_count > 0 && spec->wishes[i].kind_given;

		linkage_table_read(table, i, given ? spec->wishes[i].kind : linkage_choose_kind(table, i));
	}
	linkage_find_repeated(table, keep);
	for (uint32_t i = 0; i < table->column_count; i++)
	{
		keep[i] = spec->wish_count > 0 || !keep[i];
		count += keep[i];
	}
	if (count == 0)
		host_fail(HOST_BAD_PARAMETER, "no column tells records apart", NULL,
				  "Select columns beside id that have different values, such as names, dates or addresses.");
	if (count > LINKAGE_COMPARISONS_MAX)
		refuse_many(count);
	linkage_table_keep(table, keep);
	host_free(keep);
}

static uint8_t
find_column(const LinkageTable *table, LinkageText name)
{
	for (uint32_t i = 0; i < table->column_count; i++)
	{
		if (table->columns[i].name.size == name.size && memcmp(table->columns[i].name.data, name.data, name.size) == 0)
			return (uint8_t) i;
	}
	host_fail(HOST_BAD_PARAMETER,
			  host_format("blocking uses column \"%.*s\", which is not compared", (int) name.size, name.data),
			  NULL, "Blocking rules use columns that are compared: name it in comparisons, too.");
}

static void
take_rules(LinkageModel *model, const LinkageTable *table, const LinkageSpec *spec)
{
	model->rule_count = spec->rule_count;
	for (uint32_t i = 0; i < spec->rule_count; i++)
	{
		LinkageRule *rule = &model->rules[i];

		rule->count = (uint8_t) spec->rules[i].count;
		for (uint32_t k = 0; k < rule->count; k++)
		{
			LinkageText name = spec->rules[i].column[k];
			LinkagePart part = spec->rules[i].part[k];

			rule->keys[k].column = find_column(table, name);
			rule->keys[k].part = (uint8_t) part;
			if (!linkage_has_part(table->columns[rule->keys[k].column].kind, part))
				host_fail(HOST_BAD_PARAMETER,
						  host_format("column \"%.*s\" is compared as %s and has no part \"%s\"", (int) name.size, name.data,
									  linkage_kind_name(table->columns[rule->keys[k].column].kind), linkage_part_name(part)),
						  NULL, "Every kind has the part whole; the docs list the others.");
		}
	}
}

void
linkage_train(LinkageModel *model, LinkageTable *table, const LinkageSpec *spec)
{
	LinkageRatesSet set;
	LinkageComparer comparer;
	LinkageBlocks blocks;

	memset(model, 0, sizeof(LinkageModel));
	if (table->row_count < 2)
		host_fail(HOST_BAD_PARAMETER, host_format("too few records to train on: %u", table->row_count), NULL,
				  "Give a query with two rows at least; some hundred tell more.");
	read_columns(table, spec);
	linkage_find_twins(table);
	model->records = table->row_count;
	model->seed = spec->seed;
	model->source = spec->source;
	model->largest_block = spec->largest_block;
	model->largest_cluster = spec->largest_cluster;
	model->comparison_count = table->column_count;
	for (uint32_t i = 0; i < table->column_count; i++)
	{
		LinkageComparison *comparison = &model->comparisons[i];
		LinkageColumn *column = &table->columns[i];

		comparison->column = column->name;
		comparison->kind = column->kind;
		comparison->twin = column->twin;
		linkage_count_values(&comparison->values, column);
		linkage_count_words(&comparison->words, column);
		linkage_weigh_words(column, &comparison->words);
	}
	if (spec->rules_given)
		take_rules(model, table, spec);
	else
	{
		model->rule_count = linkage_choose_rules(table, model->rules);
		model->compare_all = LINKAGE_COMPARE_ALL;
	}
	linkage_blocks_open(&blocks, model, table);
	linkage_comparer_begin(&comparer, table, true);
	linkage_learn(&set, &comparer, &blocks, spec->seed);
	model->prior = set.prior;
	model->pairs = set.pairs;
	for (uint32_t i = 0; i < table->column_count; i++)
		model->comparisons[i].rates = set.rates[i];
}
