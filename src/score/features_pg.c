/*
 * features_pg.c
 *		features: what every signal of a list measures in a journey.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"

#include "score/features_pg.h"

/* One piece of memory: construct_array would copy number by number. */
ArrayType *
features_array(const Scorer *scorer)
{
	uint32		count = scorer->card->signal_count;
	Size		size = ARR_OVERHEAD_NONULLS(1) + sizeof(float8) * count;
	ArrayType  *array;

	if (count == 0)
		return construct_empty_array(FLOAT8OID);
	array = palloc(size);
	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->dataoffset = 0;
	array->elemtype = FLOAT8OID;
	ARR_DIMS(array)[0] = (int) count;
	ARR_LBOUND(array)[0] = 1;
	scorer_features(scorer, (double *) ARR_DATA_PTR(array));
	return array;
}

PG_FUNCTION_INFO_V1(intent_features);
Datum
intent_features(PG_FUNCTION_ARGS)
{
	ScoreCut	cut = score_cut_argument(fcinfo, 2);
	ScorerCache *cache;
	bool		no_clock;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	cache = scorer_cache_get(fcinfo, 1, true);
	if (!scorer_cache_read(fcinfo, cache, cut, 0, &no_clock))
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(features_array(&cache->scorer));
}
