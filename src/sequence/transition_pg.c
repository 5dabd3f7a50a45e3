/*
 * transition_pg.c
 *		transition_graph, its aggregates, edges.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey/journey_pg.h"
#include "sequence/model_pg.h"
#include "sequence/transition.h"

static const ModelKind transition_kind = {
	"transition_graph", transition_create, transition_absorb, transition_pack
};

/* ----- forms and aggregates ----- */

PG_FUNCTION_INFO_V1(intent_transition_graph_in);
Datum
intent_transition_graph_in(PG_FUNCTION_ARGS)
{
	return model_in(fcinfo, &transition_kind);
}

PG_FUNCTION_INFO_V1(intent_transition_graph_recv);
Datum
intent_transition_graph_recv(PG_FUNCTION_ARGS)
{
	return model_recv(fcinfo, &transition_kind);
}

PG_FUNCTION_INFO_V1(intent_transitions_add);
Datum
intent_transitions_add(PG_FUNCTION_ARGS)
{
	int64		gap = -1;
	struct varlena *journey;
	JourneyView view;
	GrowingModel *growing;
	void	   *graph;

	if (PG_NARGS() > 2)
	{
		if (PG_ARGISNULL(2))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("gap must not be null"),
					 errhint("Say after which pause a journey starts anew, for example '30 minutes', or leave gap out.")));
		gap = intent_interval_microseconds(PG_GETARG_INTERVAL_P(2), "gap");
	}
	if (PG_ARGISNULL(1))
		return model_unchanged(fcinfo);
	journey = PG_GETARG_JOURNEY_P(1);
	journey_open_varlena(&view, journey);
	growing = model_growing(fcinfo, &transition_kind, &graph);
	transition_add(graph, &view, gap);
	PG_RETURN_DATUM(model_grown(growing));
}

PG_FUNCTION_INFO_V1(intent_transition_merge);
Datum
intent_transition_merge(PG_FUNCTION_ARGS)
{
	return model_merge(fcinfo, &transition_kind);
}

/* ----- questions ----- */

static void
open_graph(FunctionCallInfo fcinfo, TransitionReader *reader)
{
	struct varlena *value = PG_GETARG_MODEL_P(0);

	transition_open(reader, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), HOST_CORRUPT);
}

PG_FUNCTION_INFO_V1(intent_transition_journeys);
Datum
intent_transition_journeys(PG_FUNCTION_ARGS)
{
	TransitionReader reader;

	open_graph(fcinfo, &reader);
	PG_RETURN_INT64((int64) reader.journeys);
}

/* The nodes as texts: special ones in parentheses, which no touchpoint text can be. */
static Datum *
node_texts(const TransitionReader *reader)
{
	uint32		names = reader->reader.name_count;
	Datum	   *texts = host_alloc_array((size_t) names + TRANSITION_TOUCHPOINT, sizeof(Datum));

	texts[TRANSITION_START] = CStringGetTextDatum("(start)");
	texts[TRANSITION_END] = CStringGetTextDatum("(end)");
	texts[TRANSITION_DROP_OFF] = CStringGetTextDatum("(drop-off)");
	for (uint32 i = 0; i < names; i++)
		texts[TRANSITION_TOUCHPOINT + i] = model_touchpoint_datum(&reader->reader.names[i]);
	return texts;
}

PG_FUNCTION_INFO_V1(intent_edges);
Datum
intent_edges(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	TransitionReader reader;
	TransitionRow row;
	Datum	   *texts;

	InitMaterializedSRF(fcinfo, 0);
	open_graph(fcinfo, &reader);
	texts = node_texts(&reader);
	while (transition_next(&reader, &row))
	{
		Datum		values[6];
		bool		nulls[6] = {false};

		values[0] = texts[row.source];
		values[1] = texts[row.target];
		values[2] = Int64GetDatum((int64) row.count);
		values[3] = Int64GetDatum((int64) row.journeys);
		values[4] = Float8GetDatum(transition_quantile(&row, 50));
		values[5] = Float8GetDatum(transition_quantile(&row, 90));
		nulls[4] = nulls[5] = row.time_count == 0;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
