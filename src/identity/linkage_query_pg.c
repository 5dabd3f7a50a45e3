/*
 * linkage_query_pg.c
 *		train_linkage, link_pairs, link_records, link_joins: record linkage of a
 *		query's rows.
 *
 * All of a call's memory is in one context; what comes out is a model, or rows.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/numeric_pg.h"
#include "base/settings_pg.h"
#include "identity/linkage_model_pg.h"
#include "identity/linkage_read_pg.h"
#include "identity/linkage_score.h"

static char *
query_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("query must not be null"),
				 errhint("Give one SELECT of a column id and the columns to compare, as text.")));
	return text_to_cstring(PG_GETARG_TEXT_PP(0));
}

static LinkageModel *
model_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("model must not be null"),
				 errhint("Train one first: SELECT intent.train_linkage('SELECT id, ... FROM ...').")));
	return linkage_model_from_varlena(PG_GETARG_LINKAGE_MODEL_P(1));
}

static double
threshold_argument(FunctionCallInfo fcinfo)
{
	double		threshold;

	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("threshold must not be null"),
				 errhint("Leave it out for the default.")));
	threshold = PG_GETARG_FLOAT8(2);
	if (!(threshold >= 0 && threshold <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("threshold must be from 0 to 1, but is %g", threshold),
				 errhint("It is a probability, such as 0.9.")));
	return threshold;
}

/* ----- training ----- */

PG_FUNCTION_INFO_V1(intent_train_linkage);
Datum
intent_train_linkage(PG_FUNCTION_ARGS)
{
	char	   *query = query_argument(fcinfo);
	LinkageWanted wanted = {.function = "train_linkage"};
	LinkageText columns[LINKAGE_COMPARISONS_MAX];
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "intent linkage", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(memory);
	LinkageSpec *spec = palloc(sizeof(LinkageSpec));
	LinkageModel *model = palloc(sizeof(LinkageModel));
	LinkageTable table;
	struct varlena *result;

	linkage_spec_from_jsonb(spec, PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1));
	for (uint32 i = 0; i < spec->wish_count; i++)
		columns[i] = spec->wishes[i].column;
	wanted.columns = columns;
	wanted.count = spec->wish_count;
	wanted.source = spec->source;
	linkage_read_query(&table, query, &wanted);
	linkage_train(model, &table, spec);
	if (intent_verbose)
		ereport(NOTICE,
				(errmsg("train_linkage: %u records, %llu pairs compared, %u columns, %u blocking rules",
						model->records, (unsigned long long) model->pairs, model->comparison_count, model->rule_count)));
	MemoryContextSwitchTo(before);
	result = linkage_model_value(model);
	MemoryContextDelete(memory);
	PG_RETURN_POINTER(result);
}

/* ----- linking ----- */

typedef struct Linking
{
	const char *function;
	LinkageModel *model;
	LinkageTable table;
	LinkageComparer comparer;
	LinkageWeights weights;
	LinkageResult result;
} Linking;

/* Reads the records and finds the pairs that are at least so likely. */
static void
find_pairs(Linking *linking, const char *query, double threshold)
{
	LinkageModel *model = linking->model;
	LinkageText columns[LINKAGE_COMPARISONS_MAX];
	LinkageWanted wanted = {
		.function = linking->function,
		.columns = columns,
		.count = model->comparison_count,
		.source = model->source
	};

	for (uint32 i = 0; i < model->comparison_count; i++)
		columns[i] = model->comparisons[i].column;
	linkage_read_query(&linking->table, query, &wanted);
	linkage_read_as(&linking->table, model);
	linkage_comparer_begin(&linking->comparer, &linking->table, true);
	linkage_weights_make(&linking->weights, model, &linking->table);
	linkage_find_pairs(&linking->result, &linking->comparer, &linking->weights, model,
					   linkage_least_weight(threshold));
	if (linking->result.bounded > 0)
		ereport(NOTICE,
				(errmsg_plural("%s: %u block had more than %u records and was not compared as a whole",
							   "%s: %u blocks had more than %u records and were not compared as a whole",
							   linking->result.bounded, linking->function, linking->result.bounded,
							   model->largest_block),
				 errdetail("Their %llu records were put in order, and each compared with its neighbours.",
						   (unsigned long long) linking->result.bounded_rows),
				 errhint("Train with blocking rules of more keys, or with a greater largest_block, to compare more.")));
	if (intent_verbose)
		ereport(NOTICE,
				(errmsg("%s: %u records, %llu pairs compared, %zu likely enough", linking->function,
						linking->table.row_count, (unsigned long long) linking->result.compared,
						linking->result.count)));
}

static Datum
id_datum(const LinkageTable *table, uint32 row)
{
	LinkageText id = linkage_id(table, row);

	return PointerGetDatum(cstring_to_text_with_len(id.data, (int) id.size));
}

/* A row for each pair, or for those that are marked. */
static void
put_pairs(ReturnSetInfo *rows, const Linking *linking, const bool *marked)
{
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "intent linkage row", ALLOCSET_SMALL_SIZES);
	MemoryContext before = MemoryContextSwitchTo(row);

	for (size_t i = 0; i < linking->result.count; i++)
	{
		const LinkagePair *pair = &linking->result.pairs[i];
		Datum		values[4];
		bool		nulls[4] = {false};

		CHECK_FOR_INTERRUPTS();
		if (marked != NULL && !marked[i])
			continue;
		values[0] = id_datum(&linking->table, pair->a);
		values[1] = id_datum(&linking->table, pair->b);
		values[2] = fixed_numeric(pair->weight);
		values[3] = Float8GetDatum(linkage_probability(pair->weight));
		tuplestore_putvalues(rows->setResult, rows->setDesc, values, nulls);
		MemoryContextReset(row);
	}
	MemoryContextSwitchTo(before);
	MemoryContextDelete(row);
}

/* A row for each record, with its cluster. */
static void
put_clusters(ReturnSetInfo *rows, const Linking *linking, const LinkageClusters *clusters)
{
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "intent linkage row", ALLOCSET_SMALL_SIZES);
	MemoryContext before = MemoryContextSwitchTo(row);

	for (uint32 i = 0; i < linking->table.row_count; i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = id_datum(&linking->table, i);
		values[1] = id_datum(&linking->table, clusters->cluster[i]);
		tuplestore_putvalues(rows->setResult, rows->setDesc, values, nulls);
		MemoryContextReset(row);
	}
	MemoryContextSwitchTo(before);
	MemoryContextDelete(row);
}

/* Clusters of the pairs found, and what kept others apart. */
static void
find_clusters(Linking *linking, LinkageClusters *clusters)
{
	const LinkageModel *model = linking->model;

	linkage_find_clusters(clusters, &linking->result, &linking->comparer, &linking->weights, model);
	if (clusters->limited > 0)
		ereport(NOTICE,
				(errmsg("%s: %llu pairs were not joined for a limit", linking->function,
						(unsigned long long) clusters->limited),
				 model->source.size > 0 ?
				 errdetail("A cluster has at most %u records, and one of each source.", model->largest_cluster) :
				 errdetail("A cluster has at most %u records.", model->largest_cluster)));
	if (intent_verbose)
		ereport(NOTICE,
				(errmsg("%s: %llu pairs were not joined because the other records of both speak against it",
						linking->function, (unsigned long long) (clusters->refused - clusters->limited))));
}

/* All of a call but what comes out of it: the current memory context is the call's own. */
static MemoryContext
begin_linking(FunctionCallInfo fcinfo, Linking *linking)
{
	char	   *query = query_argument(fcinfo);
	double		threshold = threshold_argument(fcinfo);
	MemoryContext memory;

	InitMaterializedSRF(fcinfo, 0);
	memory = AllocSetContextCreate(CurrentMemoryContext, "intent linkage", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(memory);
	linking->model = model_argument(fcinfo);
	find_pairs(linking, query, threshold);
	return memory;
}

static Datum
end_linking(MemoryContext memory)
{
	MemoryContextSwitchTo(MemoryContextGetParent(memory));
	MemoryContextDelete(memory);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_link_pairs);
Datum
intent_link_pairs(PG_FUNCTION_ARGS)
{
	Linking		linking = {.function = "link_pairs"};
	MemoryContext memory = begin_linking(fcinfo, &linking);

	linkage_sort_pairs(linking.result.pairs, linking.result.count);
	put_pairs((ReturnSetInfo *) fcinfo->resultinfo, &linking, NULL);
	return end_linking(memory);
}

PG_FUNCTION_INFO_V1(intent_link_joins);
Datum
intent_link_joins(PG_FUNCTION_ARGS)
{
	Linking		linking = {.function = "link_joins"};
	MemoryContext memory = begin_linking(fcinfo, &linking);
	LinkageClusters clusters;

	find_clusters(&linking, &clusters);
	put_pairs((ReturnSetInfo *) fcinfo->resultinfo, &linking, clusters.joined);
	return end_linking(memory);
}

PG_FUNCTION_INFO_V1(intent_link_records);
Datum
intent_link_records(PG_FUNCTION_ARGS)
{
	Linking		linking = {.function = "link_records"};
	MemoryContext memory = begin_linking(fcinfo, &linking);
	LinkageClusters clusters;

	find_clusters(&linking, &clusters);
	put_clusters((ReturnSetInfo *) fcinfo->resultinfo, &linking, &clusters);
	return end_linking(memory);
}
