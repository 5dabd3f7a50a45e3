/*
 * train_query_pg.c
 *		train(): a predictor learned from the rows of a query, or of a state.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/settings_pg.h"
#include "score/predictor_pg.h"
#include "score/train_options_pg.h"
#include "score/training_columns_pg.h"
#include "score/training_source_pg.h"
#include "score/training_state.h"
#include "sequence/partial_pg.h"

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
	const ScoreText wanted = {name, (uint32) strlen(name)};

	for (uint32 i = 0; i < table->column_count; i++)
	{
		if (score_text_compare(&table->columns[i].name, &wanted) == 0)
			return &table->columns[i];
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("there is no feature \"%s\" that could be monotone", name),
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

/* The table is in order, in the current context. */
static struct varlena *
learn(TrainRequest *request, TrainingTable *table, MemoryContext result)
{
	TrainingOptions *options = &request->options;
	uint32		fewest = Min(table->positives, table->count - table->positives);
	Predictor	predictor;

	set_directions(request, table);
	options->kind = request->model == MODEL_LOGISTIC ||
		(request->model == MODEL_AUTO && fewest < ROWS_FOR_BOOSTING) ? PREDICTOR_LOGISTIC : PREDICTOR_BOOSTED;
	if (options->kind == PREDICTOR_LOGISTIC && !request->l2_given)
		options->l2 = 1;
	training_fit(table, options, say_progress, NULL, &predictor);
	MemoryContextSwitchTo(result);
	return predictor_to_varlena(&predictor);
}

PG_FUNCTION_INFO_V1(intent_train);
Datum
intent_train(PG_FUNCTION_ARGS)
{
	TrainRequest request;
	TrainingSource source = {.caller = "train"};
	MemoryContext caller;
	struct varlena *result;

	train_read_options(&request, PG_GETARG_JSONB_P(2));
	source.label = text_to_cstring(PG_GETARG_TEXT_PP(1));
	source.weight = request.weight;
	source.seed = request.options.seed;
	training_read(&source, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	caller = MemoryContextSwitchTo(source.memory);
	result = learn(&request, &source.table, caller);
	MemoryContextDelete(source.memory);
	PG_RETURN_POINTER(result);
}

/* A state may have come from outside, and its texts go into the predictor. */
static void
verify_texts(const TrainingState *state)
{
	training_words_verify(&state->names);
	for (uint32 i = 0; i < state->names.count; i++)
		training_words_verify(&state->columns[i].words);
}

PG_FUNCTION_INFO_V1(intent_train_from_state);
Datum
intent_train_from_state(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory;
	TrainRequest request;
	TrainingTable table;
	const TrainingState *state;
	struct varlena *result;

	train_read_options(&request, PG_GETARG_JSONB_P(1));
	if (request.weight)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"weight\" names a column of a query, and there is none"),
				 errhint("Give weights to train_state() instead.")));
	memory = AllocSetContextCreate(caller, "intent train", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(memory);
	state = partial_state_argument(fcinfo, 0, &training_state_kind);
	verify_texts(state);
	training_state_table(state, request.options.seed, &table);
	result = learn(&request, &table, caller);
	MemoryContextDelete(memory);
	PG_RETURN_POINTER(result);
}
