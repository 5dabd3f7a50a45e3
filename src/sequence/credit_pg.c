/*
 * credit_pg.c
 *		credit and conversion_paths.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/numeric_pg.h"
#include "journey/journey_edit.h"
#include "journey/journey_pg.h"
#include "sequence/anchors_pg.h"
#include "sequence/credit.h"
#include "sequence/model_pg.h"

/* ----- arguments ----- */

static void
refuse_null(FunctionCallInfo fcinfo, int argument, const char *name, const char *hint)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 errhint("%s", hint)));
}

/* Place of an argument among names that end with NULL. */
static int
choice_argument(FunctionCallInfo fcinfo, int argument, const char *name,
				const char *const *choices, const char *hint)
{
	char	   *choice;

	refuse_null(fcinfo, argument, name, hint);
	choice = text_to_cstring(PG_GETARG_TEXT_PP(argument));
	for (int i = 0; choices[i] != NULL; i++)
	{
		if (strcmp(choice, choices[i]) == 0)
			return i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s is not known: \"%s\"", name, choice),
			 errhint("%s", hint)));
	pg_unreachable();
}

static int64
length_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	refuse_null(fcinfo, argument, name, "Give a length of time, for example '30 days'.");
	return intent_interval_microseconds(PG_GETARG_INTERVAL_P(argument), name);
}

/* ----- what the events are ----- */

typedef struct OpenedJourney
{
	JourneyView view;
	JourneyRow *rows;
	Touchpoint *dictionary;
	uint8_t    *roles;			/* of the events */
} OpenedJourney;

/* Touchpoints that match the patterns of an argument; NULL if that is NULL. */
static bool *
matching_argument(FunctionCallInfo fcinfo, int argument, const JourneyView *view)
{
	TouchpointPattern *patterns;
	int			count;

	if (PG_ARGISNULL(argument))
		return NULL;
	patterns = intent_touchpoint_patterns(PG_GETARG_ARRAYTYPE_P(argument), &count);
	return journey_matching_codes(view, patterns, count);
}

/* Touchpoints of the channel "direct", for who says nothing else. */
static bool *
direct_touchpoints(const JourneyView *view)
{
	TouchpointPattern pattern;

	touchpoint_parse_whole(&pattern, "direct:*", strlen("direct:*"));
	return journey_matching_codes(view, &pattern, 1);
}

static void
open_journey(FunctionCallInfo fcinfo, OpenedJourney *opened, int touches, bool direct_is_optional)
{
	JourneyView *view = &opened->view;
	bool	   *converting;
	bool	   *touching;
	bool	   *excluded;
	bool	   *optional;

	journey_open_varlena(view, PG_GETARG_JOURNEY_P(0));
	converting = anchor_events(fcinfo, 1, view, ANCHOR_LAST);
	touching = matching_argument(fcinfo, touches, view);
	excluded = matching_argument(fcinfo, touches + 1, view);
	optional = matching_argument(fcinfo, touches + 2, view);
	if (optional == NULL && direct_is_optional)
		optional = direct_touchpoints(view);
	opened->rows = host_alloc_array(journey_row_count(view) + 1, sizeof(JourneyRow));
	opened->dictionary = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	opened->roles = host_alloc_zero((size_t) view->events + 1);
	journey_rows(view, opened->rows);
	journey_dictionary(view, opened->dictionary);
	for (uint32 i = 0; i < view->events; i++)
	{
		uint32		code = opened->rows[i].code;

		if (converting[i])
			opened->roles[i] = CREDIT_CONVERSION;
		else if ((touching == NULL || touching[code]) && (excluded == NULL || !excluded[code]))
			opened->roles[i] = optional && optional[code] ? CREDIT_OPTIONAL : CREDIT_TOUCH;
	}
}

/* ----- credit ----- */

static const char *const model_names[] = {
	"first", "last", "linear", "position", "time_decay", "last_non_direct", NULL
};
static const char *const which_names[] = {"each", "first", "last", NULL};

#define LAST_NON_DIRECT 5

static Datum
channel_datum(const Touchpoint *touchpoint)
{
	return PointerGetDatum(cstring_to_text_with_len(touchpoint->channel, (int) touchpoint->channel_size));
}

PG_FUNCTION_INFO_V1(intent_credit);
Datum
intent_credit(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	CreditRules rules;
	OpenedJourney opened;
	CreditWalk	walk;
	int			model;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	refuse_null(fcinfo, 1, "conversion", "Give the pattern of a conversion, for example 'purchase'.");
	model = choice_argument(fcinfo, 2, "model", model_names,
							"It is first, last, last_non_direct, linear, position or time_decay.");
	rules.model = model == LAST_NON_DIRECT ? CREDIT_LAST : (CreditModel) model;
	rules.lookback = length_argument(fcinfo, 3, "lookback");
	rules.which = (CreditWhich) choice_argument(fcinfo, 4, "conversions", which_names,
												"It is each, first or last.");
	rules.half_life = length_argument(fcinfo, 8, "half_life");
	if (rules.half_life == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("half_life must be longer than nothing"),
				 errhint("Write a length of time, for example 7 days.")));
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	open_journey(fcinfo, &opened, 5, model == LAST_NON_DIRECT);
	credit_begin(&walk, &rules, opened.rows, opened.roles, opened.view.events);
	for (int32 number = 1; credit_next(&walk); number++)
	{
		const JourneyRow *converted = &opened.rows[walk.conversion];

		for (uint32 i = 0; i < Max(walk.touches, 1); i++)
		{
			const JourneyRow *row = walk.touches ? &opened.rows[walk.events[i]] : NULL;
			const Touchpoint *touchpoint = row ? &opened.dictionary[row->code] : NULL;
			Datum		values[8] = {0};
			bool		nulls[8] = {true, true, true, true, false, false, false, false};

			CHECK_FOR_INTERRUPTS();
			if (row)
			{
				values[0] = model_touchpoint_datum(touchpoint);
				values[2] = TimestampTzGetDatum(row->at);
				nulls[0] = nulls[2] = false;
			}
			if (row && touchpoint->channel_size > 0)
			{
				values[1] = channel_datum(touchpoint);
				nulls[1] = false;
			}
			if (row && (row->flags & JOURNEY_ROW_REF))
			{
				values[3] = PointerGetDatum(cstring_to_text_with_len(row->ref, (int) row->ref_size));
				nulls[3] = false;
			}
			values[4] = fixed_numeric(walk.credit[i]);
			values[5] = fixed_numeric(walk.value[i]);
			nulls[5] = !(converted->flags & JOURNEY_ROW_VALUE);
			values[6] = Int32GetDatum(number);
			values[7] = TimestampTzGetDatum(converted->at);
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		}
	}
	return (Datum) 0;
}

/* ----- conversion_paths ----- */

/* The touches of the walk as text[], by channel or whole. */
static Datum
path_datum(const OpenedJourney *opened, const CreditWalk *walk, bool by_channel)
{
	Datum	   *texts = host_alloc_array((size_t) walk->touches + 1, sizeof(Datum));
	bool	   *nulls = host_alloc_zero((size_t) walk->touches + 1);
	int			count = (int) walk->touches;
	int			lower = 1;

	for (uint32 i = 0; i < walk->touches; i++)
	{
		const Touchpoint *touchpoint = &opened->dictionary[opened->rows[walk->events[i]].code];

		CHECK_FOR_INTERRUPTS();
		if (by_channel && touchpoint->channel_size == 0)
			nulls[i] = true;
		else
			texts[i] = by_channel ? channel_datum(touchpoint) : model_touchpoint_datum(touchpoint);
	}
	if (count == 0)
		return PointerGetDatum(construct_empty_array(TEXTOID));
	return PointerGetDatum(construct_md_array(texts, nulls, 1, &count, &lower,
											  TEXTOID, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(intent_conversion_paths);
Datum
intent_conversion_paths(PG_FUNCTION_ARGS)
{
	static const char *const by_names[] = {"channel", "touchpoint", NULL};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	CreditRules rules = {CREDIT_LINEAR, CREDIT_EACH_CONVERSION, 0, 1};
	OpenedJourney opened;
	CreditWalk	walk;
	bool		by_channel;
	bool		converted = false;
	Datum		values[5];
	bool		nulls[5] = {false};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	refuse_null(fcinfo, 1, "conversion", "Give the pattern of a conversion, for example 'purchase'.");
	rules.lookback = length_argument(fcinfo, 2, "lookback");
	rules.which = (CreditWhich) choice_argument(fcinfo, 3, "conversions", which_names,
												"It is each, first or last.");
	by_channel = choice_argument(fcinfo, 4, "steps", by_names, "It is channel or touchpoint.") == 0;
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	open_journey(fcinfo, &opened, 5, false);
	credit_begin(&walk, &rules, opened.rows, opened.roles, opened.view.events);
	while (credit_next_path(&walk))
	{
		const JourneyRow *row = &opened.rows[walk.conversion];

		converted = true;
		values[0] = path_datum(&opened, &walk, by_channel);
		values[1] = Int64GetDatum(1);
		values[2] = Int64GetDatum(0);
		values[3] = Float8GetDatum(row->value);
		nulls[3] = !(row->flags & JOURNEY_ROW_VALUE);
		values[4] = TimestampTzGetDatum(row->at);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		pfree(DatumGetPointer(values[0]));
	}
	if (converted || opened.view.events == 0)
		return (Datum) 0;
	credit_open_path(&walk);
	values[0] = path_datum(&opened, &walk, by_channel);
	values[1] = Int64GetDatum(0);
	values[2] = Int64GetDatum(1);
	nulls[3] = nulls[4] = true;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	return (Datum) 0;
}
