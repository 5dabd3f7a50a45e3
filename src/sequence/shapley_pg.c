/*
 * shapley_pg.c
 *		shapley_model, its aggregates, shapley_values and shapley_shares.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "base/numeric_pg.h"
#include "sequence/model_pg.h"
#include "sequence/path_pg.h"
#include "sequence/shapley.h"
#include "sequence/shares.h"

static const ModelKind shapley_kind = {"shapley_model", shapley_create, shapley_absorb, shapley_pack};

/* ----- forms and aggregates ----- */

PG_FUNCTION_INFO_V1(intent_shapley_model_in);
Datum
intent_shapley_model_in(PG_FUNCTION_ARGS)
{
	return model_in(fcinfo, &shapley_kind);
}

PG_FUNCTION_INFO_V1(intent_shapley_model_recv);
Datum
intent_shapley_model_recv(PG_FUNCTION_ARGS)
{
	return model_recv(fcinfo, &shapley_kind);
}

PG_FUNCTION_INFO_V1(intent_shapley_add);
Datum
intent_shapley_add(PG_FUNCTION_ARGS)
{
	uint64_t	conversions = model_count_argument(fcinfo, 2, "conversions");
	uint64_t	non_conversions = model_count_argument(fcinfo, 3, "non_conversions");
	Fixed		value = model_value_argument(fcinfo, 4, conversions);
	PathNames	channels;
	GrowingModel *growing;
	void	   *model;

	if (PG_ARGISNULL(1))
		return model_unchanged(fcinfo);
	channels = path_names(PG_GETARG_ARRAYTYPE_P(1));
	growing = model_growing(fcinfo, &shapley_kind, &model);
	shapley_add(model, channels.names, channels.count, conversions, non_conversions, value);
	PG_RETURN_DATUM(model_grown(growing));
}

PG_FUNCTION_INFO_V1(intent_shapley_merge);
Datum
intent_shapley_merge(PG_FUNCTION_ARGS)
{
	return model_merge(fcinfo, &shapley_kind);
}

/* ----- questions ----- */

static void
open_model(FunctionCallInfo fcinfo, ShapleyView *view)
{
	struct varlena *value = PG_GETARG_MODEL_P(0);

	shapley_read(view, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), HOST_CORRUPT);
}

static ShapleyWorth
get_worth(FunctionCallInfo fcinfo, int argument, bool set_by_set)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(argument));

	if (strcmp(name, "conversions") == 0)
		return SHAPLEY_CONVERSIONS;
	if (strcmp(name, "counterfactual") == 0)
		return SHAPLEY_COUNTERFACTUAL;
	if (strcmp(name, "rate") != 0 || set_by_set)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("worth is not known here: \"%s\"", name),
				 set_by_set ?
				 errhint("It is conversions or counterfactual: only these divide set by set.") :
				 errhint("It is conversions, rate or counterfactual.")));
	return SHAPLEY_RATE;
}

PG_FUNCTION_INFO_V1(intent_shapley_values);
Datum
intent_shapley_values(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ShapleyWorth worth = get_worth(fcinfo, 1, false);
	int32		samples = PG_GETARG_INT32(2);
	ShapleySampling sampling = {(uint32_t) samples, (uint64_t) PG_GETARG_INT64(3)};
	ShapleyView view;
	ShapleyValue *shares;
	ShapleyValue direct;
	Datum		values[4];
	bool		nulls[4] = {false};

	if (samples < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("samples must be at least 2, not %d", samples),
				 errhint("The standard error falls with its square root; 10000 is the default.")));
	InitMaterializedSRF(fcinfo, 0);
	open_model(fcinfo, &view);
	shares = host_alloc_array((size_t) view.reader.name_count + 1, sizeof(ShapleyValue));
	shapley_values(&view, worth, &sampling, shares, &direct);
	for (uint32 i = 0; i < view.reader.name_count; i++)
	{
		values[0] = model_name_datum(&view.reader.names[i]);
		values[1] = fixed_numeric(shares[i].conversions);
		values[2] = fixed_numeric(shares[i].value);
		values[3] = Float8GetDatum(shares[i].standard_error);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	if (direct.conversions != 0)
	{
		nulls[0] = true;
		values[1] = fixed_numeric(direct.conversions);
		values[2] = fixed_numeric(direct.value);
		values[3] = Float8GetDatum(0);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_shapley_shares);
Datum
intent_shapley_shares(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ShapleyWorth worth = get_worth(fcinfo, 1, true);
	ShapleyView view;
	uint64_t   *weights;
	Fixed	   *shares;
	Datum	   *names;

	InitMaterializedSRF(fcinfo, 0);
	open_model(fcinfo, &view);
	weights = host_alloc_array((size_t) view.reader.name_count + 1, sizeof(uint64_t));
	shares = host_alloc_array((size_t) view.reader.name_count + 1, sizeof(Fixed));
	names = host_alloc_array((size_t) view.reader.name_count + 1, sizeof(Datum));
	for (uint32 i = 0; i < view.count; i++)
	{
		const ShapleySet *set = &view.sets[i];
		Datum		values[6];
		bool		nulls[6] = {false};

		CHECK_FOR_INTERRUPTS();
		shapley_set_weights(&view, set, worth, weights);
		share_out(FIXED_ONE, weights, set->size, shares);
		for (uint32 channel = 0; channel < set->size; channel++)
			names[channel] = model_name_datum(&view.reader.names[set->channels[channel]]);
		values[0] = PointerGetDatum(construct_array(names, (int) set->size, TEXTOID, -1, false, TYPALIGN_INT));
		values[1] = Int64GetDatum((int64) set->conversions);
		values[2] = Int64GetDatum((int64) set->non_conversions);
		values[3] = fixed_numeric(set->value);
		nulls[4] = nulls[5] = set->size == 0;
		for (uint32 channel = 0; channel < Max(set->size, 1); channel++)
		{
			values[4] = set->size ? names[channel] : (Datum) 0;
			values[5] = set->size ? fixed_numeric(shares[channel]) : (Datum) 0;
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		}
	}
	return (Datum) 0;
}
