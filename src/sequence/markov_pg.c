/*
 * markov_pg.c
 *		markov_model, its aggregates, removal_effects and markov_steps.
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
#include "sequence/markov.h"
#include "sequence/model_pg.h"
#include "sequence/path_pg.h"

static const ModelKind markov_kind = {"markov_model", markov_create, markov_absorb, markov_pack};

/* ----- forms and aggregates ----- */

PG_FUNCTION_INFO_V1(intent_markov_model_in);
Datum
intent_markov_model_in(PG_FUNCTION_ARGS)
{
	return model_in(fcinfo, &markov_kind);
}

PG_FUNCTION_INFO_V1(intent_markov_model_recv);
Datum
intent_markov_model_recv(PG_FUNCTION_ARGS)
{
	return model_recv(fcinfo, &markov_kind);
}

PG_FUNCTION_INFO_V1(intent_model_out);
Datum
intent_model_out(PG_FUNCTION_ARGS)
{
	return model_out(fcinfo);
}

PG_FUNCTION_INFO_V1(intent_model_send);
Datum
intent_model_send(PG_FUNCTION_ARGS)
{
	return model_send(fcinfo);
}

PG_FUNCTION_INFO_V1(intent_markov_add);
Datum
intent_markov_add(PG_FUNCTION_ARGS)
{
	uint64_t	conversions = model_count_argument(fcinfo, 2, "conversions");
	uint64_t	non_conversions = model_count_argument(fcinfo, 3, "non_conversions");
	Fixed		value = model_value_argument(fcinfo, 4, conversions);
	PathNames	path;
	GrowingModel *growing;
	void	   *model;

	if (PG_ARGISNULL(5))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("k must not be null"),
				 errhint("Give how many of the last channels matter, for example 1.")));
	if (PG_ARGISNULL(1))
		return model_unchanged(fcinfo);
	path = path_names(PG_GETARG_ARRAYTYPE_P(1));
	growing = model_growing(fcinfo, &markov_kind, &model);
	markov_add(model, PG_GETARG_INT32(5), path.names, path.count,
			   conversions, non_conversions, value);
	PG_RETURN_DATUM(model_grown(growing));
}

PG_FUNCTION_INFO_V1(intent_markov_merge);
Datum
intent_markov_merge(PG_FUNCTION_ARGS)
{
	return model_merge(fcinfo, &markov_kind);
}

/* ----- questions ----- */

static void
open_model(FunctionCallInfo fcinfo, MarkovView *view)
{
	struct varlena *value = PG_GETARG_MODEL_P(0);

	markov_read(view, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), HOST_CORRUPT);
}

PG_FUNCTION_INFO_V1(intent_removal_effects);
Datum
intent_removal_effects(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MarkovView	view;
	MarkovEffect *effects;
	MarkovEffect direct;
	Datum		values[4];
	bool		nulls[4] = {false};

	InitMaterializedSRF(fcinfo, 0);
	open_model(fcinfo, &view);
	effects = host_alloc_array((size_t) view.reader.name_count + 1, sizeof(MarkovEffect));
	markov_effects(&view, effects, &direct);
	for (uint32 i = 0; i < view.reader.name_count; i++)
	{
		values[0] = model_name_datum(&view.reader.names[i]);
		values[1] = Float8GetDatum(effects[i].removal_effect);
		values[2] = fixed_numeric(effects[i].conversions);
		values[3] = fixed_numeric(effects[i].value);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	if (direct.conversions != 0)
	{
		nulls[0] = nulls[1] = true;
		values[2] = fixed_numeric(direct.conversions);
		values[3] = fixed_numeric(direct.value);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The channels of a state, oldest first. */
static Datum
state_datum(const MarkovView *view, uint64_t state)
{
	Datum		channels[MARKOV_ORDER_MAX];
	int			count = 0;

	for (int place = MARKOV_ORDER_MAX - 1; place >= 0; place--)
	{
		uint32		channel = state >> (16 * place) & 0xffff;

		if (channel != 0)
			channels[count++] = model_name_datum(&view->reader.names[channel - MARKOV_CHANNEL]);
	}
	return PointerGetDatum(construct_array(channels, count, TEXTOID, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(intent_markov_steps);
Datum
intent_markov_steps(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MarkovView	view;

	InitMaterializedSRF(fcinfo, 0);
	open_model(fcinfo, &view);
	for (uint32 i = 0; i < view.count; i++)
	{
		const MarkovStep *step = &view.steps[i];
		Datum		values[4];
		bool		nulls[4] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = state_datum(&view, step->state);
		values[1] = step->next == MARKOV_CONVERSION ? CStringGetTextDatum("(conversion)") :
			step->next == MARKOV_NOTHING ? CStringGetTextDatum("(nothing)") :
			model_name_datum(&view.reader.names[step->next - MARKOV_CHANNEL]);
		values[2] = Int64GetDatum((int64) step->count);
		values[3] = fixed_numeric(step->value);
		nulls[3] = step->next != MARKOV_CONVERSION;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
