/*
 * drift_query_pg.c
 *		drift_report(): which columns of a query have changed?
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "score/evaluation.h"
#include "score/training_source_pg.h"

#define BINS 10

/* The most frequent words have bins of their own, all others share one. */
#define WORDS 50

/* Rows by label: earlier and recent. */
typedef struct ColumnDrift
{
	EvaluationDrift drift;
	double		nulls[2];
} ColumnDrift;

static void
drift_of_numbers(const TrainingTable *table, const TrainingColumn *column, ColumnDrift *result)
{
	EvaluationState *state = palloc0(sizeof(EvaluationState));

	for (uint32 row = 0; row < table->count; row++)
	{
		if (isnan(column->numbers[row]))
			result->nulls[table->labels[row]]++;
		else
			evaluation_add(state, column->numbers[row], table->labels[row]);
	}
	result->drift = evaluation_drift(state, BINS, result->nulls);
}

static void
drift_of_words(const TrainingTable *table, const TrainingColumn *column, ColumnDrift *result)
{
	BinnedColumn binned;
	double		weights[WORDS + 2][2] = {{0}};
	double		all[2] = {0, 0};

	training_bin(table, column, WORDS + 2, &binned);
	for (uint32 row = 0; row < table->count; row++)
	{
		weights[binned.codes[row]][table->labels[row]]++;
		all[table->labels[row]]++;
	}
	memcpy(result->nulls, weights[0], sizeof(result->nulls));
	result->drift = (EvaluationDrift)
	{
		evaluation_drift_status(all, BINS), 0, NAN
	};
	if (all[0] > 0 && all[1] > 0)
	{
		for (uint32 bin = 0; bin < binned.bins; bin++)
			result->drift.psi += evaluation_drift_of_bin(weights[bin], all, all);
	}
}

#define COLUMNS 10

static void
put_column(ReturnSetInfo *result, const TrainingTable *table, const TrainingColumn *column)
{
	ColumnDrift found = {{EVALUATION_OK}};
	double		rows[2] = {table->count - table->positives, table->positives};
	EvaluationStatus status;
	bool		both;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	if (column->category)
		drift_of_words(table, column, &found);
	else
		drift_of_numbers(table, column, &found);
	status = found.drift.status;
	both = status == EVALUATION_OK || status == EVALUATION_FEW;
	values[0] = PointerGetDatum(cstring_to_text_with_len(column->name.data, column->name.size));
	values[1] = CStringGetTextDatum(column->category ? "category" : "number");
	values[2] = Float8GetDatum(found.drift.psi);
	values[3] = Float8GetDatum(found.drift.ks);
	values[4] = Int64GetDatum((int64) rows[0]);
	values[5] = Int64GetDatum((int64) rows[1]);
	values[6] = Float8GetDatum(found.nulls[0] / rows[0]);
	values[7] = Float8GetDatum(found.nulls[1] / rows[1]);
	values[8] = CStringGetTextDatum(evaluation_drift_verdict(found.drift.psi));
	values[9] = CStringGetTextDatum(evaluation_status_names[status]);
	nulls[2] = !both;
	nulls[3] = !both || isnan(found.drift.ks);
	nulls[6] = rows[0] == 0;
	nulls[7] = rows[1] == 0;
	nulls[8] = status != EVALUATION_OK;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(intent_drift_report);
Datum
intent_drift_report(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	TrainingSource source = {.caller = "drift_report"};

	InitMaterializedSRF(fcinfo, 0);
	source.label = text_to_cstring(PG_GETARG_TEXT_PP(1));
	training_read(&source, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	for (uint32 i = 0; i < source.table.column_count; i++)
	{
		MemoryContext scratch = AllocSetContextCreate(source.memory, "intent drift column", ALLOCSET_DEFAULT_SIZES);
		MemoryContext caller = MemoryContextSwitchTo(scratch);

		put_column(result, &source.table, &source.table.columns[i]);
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(scratch);
	}
	MemoryContextDelete(source.memory);
	return (Datum) 0;
}
