/*
 * score_reference_pg.c
 *		score_reference, score_reference_merge, score_percentile.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "score/score_reference.h"
#include "sequence/partial_pg.h"

static Fixed
fixed_argument(FunctionCallInfo fcinfo, int n)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, PG_GETARG_DATUM(n)));
	Fixed		evidence;

	if (fixed_from_text(text, strlen(text), &evidence) != FIXED_TEXT_OK)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("evidence %s is out of range", text),
				 errhint("Give the evidence that intent.scores() or intent.evidence() gave.")));
	pfree(text);
	return evidence;
}

PG_FUNCTION_INFO_V1(intent_score_reference_add);
Datum
intent_score_reference_add(PG_FUNCTION_ARGS)
{
	PartialObject *object = partial_object_argument(fcinfo, 0, &score_reference_kind);

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		text	   *intent = PG_GETARG_TEXT_PP(1);
		Fixed		evidence = fixed_argument(fcinfo, 2);
		MemoryContext before = MemoryContextSwitchTo(partial_context(object));

		score_reference_add(object->state, VARDATA_ANY(intent), (uint32) VARSIZE_ANY_EXHDR(intent), evidence);
		MemoryContextSwitchTo(before);
	}
	PARTIAL_RETURN_OBJECT(object);
}

PG_FUNCTION_INFO_V1(intent_score_reference_merge);
Datum
intent_score_reference_merge(PG_FUNCTION_ARGS)
{
	return partial_merge_argument(fcinfo, &score_reference_kind);
}

PG_FUNCTION_INFO_V1(intent_score_percentile);
Datum
intent_score_percentile(PG_FUNCTION_ARGS)
{
	const ScoreReference *reference = partial_state_argument(fcinfo, 0, &score_reference_kind);
	text	   *name = PG_GETARG_TEXT_PP(1);
	const ReferenceIntent *intent;

	intent = score_reference_find(reference, VARDATA_ANY(name), (uint32) VARSIZE_ANY_EXHDR(name));
	if (intent == NULL)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score_percentile(intent, fixed_argument(fcinfo, 2)));
}
