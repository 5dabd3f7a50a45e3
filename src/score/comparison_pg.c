/*
 * comparison_pg.c
 *		comparison_state and compare_models.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "score/comparison.h"
#include "sequence/partial_pg.h"

PG_FUNCTION_INFO_V1(intent_comparison_add);
Datum
intent_comparison_add(PG_FUNCTION_ARGS)
{
	PartialObject *object;
	MemoryContext before;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	object = partial_object_argument(fcinfo, 0, &comparison_kind);
	before = MemoryContextSwitchTo(partial_context(object));
	comparison_add(object->state, PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(2), PG_GETARG_BOOL(3));
	MemoryContextSwitchTo(before);
	PARTIAL_RETURN_OBJECT(object);
}

PG_FUNCTION_INFO_V1(intent_comparison_merge_add);
Datum
intent_comparison_merge_add(PG_FUNCTION_ARGS)
{
	return partial_merge_argument(fcinfo, &comparison_kind);
}

#define COLUMNS 10

PG_FUNCTION_INFO_V1(intent_compare_models);
Datum
intent_compare_models(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const ComparisonState *state = partial_state_argument(fcinfo, 0, &comparison_kind);
	ComparisonReport report;

	InitMaterializedSRF(fcinfo, 0);
	report = comparison_report(state ? state : palloc0(sizeof(ComparisonState)));
	for (int i = 0; i < COMPARISON_MEASURES; i++)
	{
		const Comparison *measure = &report.measures[i];
		bool		enough = measure->known && strcmp(report.status, "ok") == 0;
		Datum		values[COLUMNS] = {
			CStringGetTextDatum(comparison_measure_names[i]),
			Float8GetDatum(measure->value[0]), Float8GetDatum(measure->value[1]), Float8GetDatum(measure->difference),
			Float8GetDatum(measure->low), Float8GetDatum(measure->high), Float8GetDatum(measure->p_value),
			Int64GetDatum((int64) (report.count[0] + report.count[1])),
			CStringGetTextDatum(measure->better > 0 ? "a" : measure->better < 0 ? "b" : "open"),
			CStringGetTextDatum(report.status)
		};
		bool		nulls[COLUMNS] = {false};

		for (int column = 1; column < 7; column++)
			nulls[column] = !measure->known;
		nulls[8] = !enough;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
