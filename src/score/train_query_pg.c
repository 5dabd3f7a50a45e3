/*
 * train_query_pg.c
 *		train(): a predictor learned from the rows of a query.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/settings_pg.h"
#include "score/predictor_pg.h"
#include "score/train_options_pg.h"
#include "score/training_source_pg.h"

/* A class of fewer rows does not carry the many bins of a boosted model. */
#define ROWS_FOR_BOOSTING 100

static void
say_progress(void *context, uint32_t round, double loss)
{
	if (intent_verbose)
		ereport(NOTICE, (errmsg("train: round %u, log loss %.6f", round, loss)));
}

static TrainingColumn *
find_column(TrainingTable *table, const char *name)
{
	for (uint32 i = 0; i < table->column_count; i++)
	{
		if (strcmp(table->columns[i].name.data, name) == 0)
			return &table->columns[i];
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("the query has no feature \"%s\" that could be monotone", name),
			 errhint("Name columns of the query other than label and weight.")));
}

static void
set_directions(const TrainRequest *request, TrainingTable *table)
{
	ListCell   *cell;

	foreach(cell, request->directions)
	{
		const TrainDirection *direction = lfirst(cell);
		TrainingColumn *column = find_column(table, direction->column);

		if (column->category)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("feature \"%s\" is no number and cannot be monotone", direction->column),
					 errhint("Make it a number that has an order, for example CASE ... END.")));
		column->direction = (int8_t) direction->direction;
	}
}

PG_FUNCTION_INFO_V1(intent_train);
Datum
intent_train(PG_FUNCTION_ARGS)
{
	TrainRequest request;
	TrainingOptions *options = &request.options;
	TrainingSource source = {.caller = "train"};
	Predictor	predictor;
	MemoryContext caller;
	struct varlena *result;
	uint32		fewest;

	train_read_options(&request, PG_GETARG_JSONB_P(2));
	source.label = text_to_cstring(PG_GETARG_TEXT_PP(1));
	source.weight = request.weight;
	source.seed = options->seed;
	training_read(&source, text_to_cstring(PG_GETARG_TEXT_PP(0)));

	caller = MemoryContextSwitchTo(source.memory);
	set_directions(&request, &source.table);
	fewest = Min(source.table.positives, source.table.count - source.table.positives);
	options->kind = request.model == MODEL_LOGISTIC ||
		(request.model == MODEL_AUTO && fewest < ROWS_FOR_BOOSTING) ? PREDICTOR_LOGISTIC : PREDICTOR_BOOSTED;
	if (options->kind == PREDICTOR_LOGISTIC && !request.l2_given)
		options->l2 = 1;
	training_fit(&source.table, options, say_progress, NULL, &predictor);
	MemoryContextSwitchTo(caller);
	result = predictor_to_varlena(&predictor);
	MemoryContextDelete(source.memory);
	PG_RETURN_POINTER(result);
}
