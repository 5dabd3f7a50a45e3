/*
 * path_counts_pg.c
 *		paths_agg, paths_merge, paths.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "sequence/partial_pg.h"
#include "sequence/path_counts.h"

PG_FUNCTION_INFO_V1(intent_paths_add);
Datum
intent_paths_add(PG_FUNCTION_ARGS)
{
	PartialObject *object = partial_object_argument(fcinfo, 0, &path_counts_kind);
	MemoryContext before;

	if (!PG_ARGISNULL(1))
	{
		text	   *path = PG_GETARG_TEXT_PP(1);

		before = MemoryContextSwitchTo(partial_context(object));
		path_counts_add(object->state, VARDATA_ANY(path), (uint32) VARSIZE_ANY_EXHDR(path), 1);
		MemoryContextSwitchTo(before);
	}
	PARTIAL_RETURN_OBJECT(object);
}

PG_FUNCTION_INFO_V1(intent_paths_merge);
Datum
intent_paths_merge(PG_FUNCTION_ARGS)
{
	return partial_merge_argument(fcinfo, &path_counts_kind);
}

/* One row of paths(); place 0 is that of all others. */
static void
put_path(ReturnSetInfo *result, int32 place, const char *path, uint32 size, uint64 count, uint64 total, uint64 paths)
{
	Datum		values[5];
	bool		nulls[5] = {place == 0};

	/* a state may come from a client */
	pg_verifymbstr(path, (int) size, false);
	values[0] = Int32GetDatum(place);
	values[1] = PointerGetDatum(cstring_to_text_with_len(path, (int) size));
	values[2] = Int64GetDatum((int64) count);
	values[3] = Float8GetDatum((double) count / (double) total);
	values[4] = Int64GetDatum((int64) paths);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(intent_paths);
Datum
intent_paths(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const PathCounts *counts;
	CountedPath *ranked;
	int32		top = PG_GETARG_INT32(1);
	uint64		total;
	uint64		left;
	uint32		shown;

	if (top < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("top must not be negative: %d", top),
				 errhint("Give how many paths to show, for example 10; all others are one row.")));
	InitMaterializedSRF(fcinfo, 0);
	counts = partial_state_argument(fcinfo, 0, &path_counts_kind);
	ranked = path_counts_ranked(counts, &total);
	left = total;
	shown = Min(counts->count, (uint32) top);
	for (uint32 i = 0; i < shown; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_path(result, (int32) i + 1, ranked[i].path, ranked[i].size, ranked[i].count, total, 1);
		left -= ranked[i].count;
	}
	if (left > 0)
		put_path(result, 0, "(other)", strlen("(other)"), left, total, counts->count - shown);
	return (Datum) 0;
}
