/*
 * linkage_explain_pg.c
 *		explain_linkage: what each comparison says about a pair, to the last digit.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/numeric_pg.h"
#include "identity/linkage_compare.h"
#include "identity/linkage_model_pg.h"
#include "identity/linkage_read_pg.h"
#include "identity/linkage_score.h"

#define EXPLAIN_COLUMNS 7

/* The text of a value as the record has it. */
static Datum
original(const LinkageTable *table, uint32 column, uint32 row, bool *null)
{
	uint32		text = table->texts[column].text[table->order[row]];
	LinkageText found;

	*null = text == NO_NODE;
	if (*null)
		return (Datum) 0;
	found = linkage_text(&table->texts[column], text);
	return PointerGetDatum(cstring_to_text_with_len(found.data, (int) found.size));
}

static void
put_row(ReturnSetInfo *rows, Datum *values, bool *nulls)
{
	tuplestore_putvalues(rows->setResult, rows->setDesc, values, nulls);
}

/* The rows of the pair of the table's rows a and b. */
static void
explain(ReturnSetInfo *rows, LinkageTable *table, const LinkageModel *model, uint32 a, uint32 b)
{
	LinkageComparer comparer;
	LinkageWeights weights;
	uint64		pattern;
	Datum		values[EXPLAIN_COLUMNS] = {0};
	bool		nulls[EXPLAIN_COLUMNS] = {false, true, true, true, true, true, false};

	linkage_read_as(table, model);
	linkage_comparer_begin(&comparer, table, false);
	linkage_weights_make(&weights, model, table);
	linkage_compare_rows(&comparer, a, &b, 1, &pattern);
	values[0] = CStringGetTextDatum("(base)");
	values[6] = fixed_numeric(weights.base);
	put_row(rows, values, nulls);
	for (uint32 c = 0; c < model->comparison_count; c++)
	{
		const LinkageComparison *comparison = &model->comparisons[c];
		uint32		level = linkage_level(pattern, c);
		bool		missing = level == LINKAGE_MISSING;
		double		u = comparison->rates.u[level];

		if (level == linkage_level_equal(comparison->kind))
			u = linkage_share(comparison, &table->columns[c].values[table->columns[c].value[a]]);
		values[0] = PointerGetDatum(cstring_to_text_with_len(comparison->column.data, (int) comparison->column.size));
		values[1] = original(table, c, a, &nulls[1]);
		values[2] = original(table, c, b, &nulls[2]);
		values[3] = CStringGetTextDatum(linkage_level_name(comparison->kind, level));
		nulls[3] = false;
		values[4] = Float8GetDatum(comparison->rates.m[level]);
		values[5] = Float8GetDatum(u);
		nulls[4] = nulls[5] = missing;
		values[6] = fixed_numeric(linkage_contribution(&weights, c, level, a));
		put_row(rows, values, nulls);
	}
}

static void
columns_of(const LinkageModel *model, LinkageText columns[LINKAGE_COMPARISONS_MAX])
{
	for (uint32 i = 0; i < model->comparison_count; i++)
		columns[i] = model->comparisons[i].column;
}

PG_FUNCTION_INFO_V1(intent_explain_linkage);
Datum
intent_explain_linkage(PG_FUNCTION_ARGS)
{
	LinkageModel *model = linkage_model_from_varlena(PG_GETARG_LINKAGE_MODEL_P(0));
	LinkageText columns[LINKAGE_COMPARISONS_MAX];
	LinkageTable table;

	InitMaterializedSRF(fcinfo, 0);
	columns_of(model, columns);
	linkage_table_begin_pg(&table, columns, model->comparison_count);
	linkage_read_jsonb(&table, (LinkageText) {"a", 1}, PG_GETARG_JSONB_P(1));
	linkage_read_jsonb(&table, (LinkageText) {"b", 1}, PG_GETARG_JSONB_P(2));
	linkage_table_order(&table);
	explain((ReturnSetInfo *) fcinfo->resultinfo, &table, model, 0, 1);
	return (Datum) 0;
}

static LinkageText
id_argument(FunctionCallInfo fcinfo, int argument)
{
	text	   *value = PG_GETARG_TEXT_PP(argument);

	return (LinkageText) {VARDATA_ANY(value), (uint32) VARSIZE_ANY_EXHDR(value)};
}

/* The row with an id; of two rows at most. */
static uint32
find_row(const LinkageTable *table, LinkageText id)
{
	for (uint32 row = 0; row < table->row_count; row++)
	{
		LinkageText found = linkage_id(table, row);

		if (found.size == id.size && memcmp(found.data, id.data, id.size) == 0)
			return row;
	}
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("the query gives no record with id \"%s\"", pnstrdup(id.data, id.size)),
			 errhint("Give ids that intent.link_pairs shows for the same query.")));
}

PG_FUNCTION_INFO_V1(intent_explain_linkage_query);
Datum
intent_explain_linkage_query(PG_FUNCTION_ARGS)
{
	char	   *query = text_to_cstring(PG_GETARG_TEXT_PP(0));
	LinkageModel *model = linkage_model_from_varlena(PG_GETARG_LINKAGE_MODEL_P(1));
	LinkageText columns[LINKAGE_COMPARISONS_MAX];
	LinkageWanted wanted = {
		.function = "explain_linkage",
		.columns = columns,
		.count = model->comparison_count,
		.only_count = 2,
		.only = {id_argument(fcinfo, 2), id_argument(fcinfo, 3)}
	};
	LinkageTable table;

	InitMaterializedSRF(fcinfo, 0);
	columns_of(model, columns);
	linkage_read_query(&table, query, &wanted);
	explain((ReturnSetInfo *) fcinfo->resultinfo, &table, model,
			find_row(&table, wanted.only[0]), find_row(&table, wanted.only[1]));
	return (Datum) 0;
}
