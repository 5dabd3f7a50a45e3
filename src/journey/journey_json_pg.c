/*
 * journey_json_pg.c
 *		A journey as jsonb: an array of events, each an object of its parts.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "base/instant.h"
#include "journey/journey_builder.h"
#include "journey/journey_edit.h"
#include "journey/journey_pg.h"
#include "journey/journey_text.h"

typedef enum EventKey
{
	KEY_OCCURRED_AT,
	KEY_CHANNEL,
	KEY_EVENT,
	KEY_VALUE,
	KEY_RECORDED_AT,
	KEY_REF,
	KEY_UNKNOWN
} EventKey;

static const char *const key_names[KEY_UNKNOWN] = {
	"occurred_at", "channel", "event", "value", "recorded_at", "ref"
};

/* ----- writing ----- */

static void
push_key(JsonbParseState **state, EventKey key)
{
	JsonbValue	name;

	name.type = jbvString;
	name.val.string.val = unconstify(char *, key_names[key]);
	name.val.string.len = (int) strlen(key_names[key]);
	pushJsonbValue(state, WJB_KEY, &name);
}

static void
push_text(JsonbParseState **state, EventKey key, const char *text, size_t size)
{
	JsonbValue	value;

	push_key(state, key);
	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = (int) size;
	pushJsonbValue(state, WJB_VALUE, &value);
}

static void
push_time(JsonbParseState **state, EventKey key, TimestampTz time)
{
	char	   *text = palloc(INSTANT_TEXT_MAX);

	push_text(state, key, text, instant_to_text(time, text));
}

/* By its shortest text: the cast of a float8 to numeric keeps 15 digits only. */
static void
push_number(JsonbParseState **state, EventKey key, float8 number)
{
	char		text[HOST_DOUBLE_TEXT_MAX + 1];
	JsonbValue	value;

	text[host_double_to_text(number, text)] = '\0';
	push_key(state, key);
	value.type = jbvNumeric;
	value.val.numeric = DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
															ObjectIdGetDatum(InvalidOid),
															Int32GetDatum(-1)));
	pushJsonbValue(state, WJB_VALUE, &value);
}

static void
push_event(JsonbParseState **state, const JourneyRow *row, const Touchpoint *touchpoint)
{
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	push_time(state, KEY_OCCURRED_AT, row->at);
	if (touchpoint->channel_size > 0)
		push_text(state, KEY_CHANNEL, touchpoint->channel, touchpoint->channel_size);
	push_text(state, KEY_EVENT, touchpoint->event, touchpoint->event_size);
	if (row->flags & JOURNEY_ROW_VALUE)
		push_number(state, KEY_VALUE, row->value);
	if (row->flags & JOURNEY_ROW_RECORDED)
		push_time(state, KEY_RECORDED_AT, row->recorded);
	if (row->flags & JOURNEY_ROW_REF)
		push_text(state, KEY_REF, row->ref, row->ref_size);
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

/* Two keys of an event and its time, their headers and that of the object: no event takes less. */
#define SHORTEST_EVENT 56

PG_FUNCTION_INFO_V1(intent_journey_to_jsonb);
Datum
intent_journey_to_jsonb(PG_FUNCTION_ARGS)
{
	JourneyView view;
	JourneyRows all;
	JsonbParseState *state = NULL;
	JsonbValue *result;

	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	/* JsonbValueToJsonb would say so too, after it had taken a kilobyte of memory an event */
	if (view.events > JENTRY_OFFLENMASK / SHORTEST_EVENT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("journey of %u events is too large for jsonb", view.events),
				 errhint("Take parts of it, with slice() for example, or its text or binary form.")));
	all = journey_open_rows(&view);
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (size_t i = 0; i < all.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		push_event(&state, &all.rows[i], &all.dictionary[all.rows[i].code]);
	}
	result = pushJsonbValue(&state, WJB_END_ARRAY, NULL);
	PG_RETURN_JSONB_P(JsonbValueToJsonb(result));
}

/* ----- reading ----- */

#define JSON_HINT "Write [{\"occurred_at\": \"2026-03-01T10:00:00Z\", \"channel\": \"web\", " \
	"\"event\": \"purchase\", \"value\": 19.99, \"recorded_at\": \"2026-03-01T11:00:00Z\", \"ref\": \"A17\"}]."

static void refuse(size_t event, int sqlstate, const char *problem) HOST_NORETURN;

/* Of the event of that number, counted from 1. */
static void
refuse(size_t event, int sqlstate, const char *problem)
{
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("event %zu of jsonb for journey %s", event, problem),
			 errhint(JSON_HINT)));
}

static EventKey
known_key(size_t event, const JsonbValue *name)
{
	int			size = name->val.string.len;
	const char *text = name->val.string.val;

	for (int key = 0; key < KEY_UNKNOWN; key++)
	{
		if (strlen(key_names[key]) == (size_t) size && memcmp(key_names[key], text, size) == 0)
			return (EventKey) key;
	}
	refuse(event, ERRCODE_INVALID_PARAMETER_VALUE,
		   psprintf("has an unknown key \"%.*s\"", (int) bytes_excerpt(text, size, 60), text));
}

static TimestampTz
read_time(size_t event, EventKey key, const JsonbValue *value)
{
	const char *text = value->val.string.val;
	int			size = value->val.string.len;
	int64_t		time;
	size_t		taken;
	InstantText state = instant_parse(text, size, &time, &taken);

	if (state == INSTANT_OK && taken < (size_t) size)
		state = INSTANT_SYNTAX;
	if (state != INSTANT_OK)
		refuse(event, state == INSTANT_RANGE ? ERRCODE_DATETIME_FIELD_OVERFLOW :
			   ERRCODE_INVALID_TEXT_REPRESENTATION,
			   psprintf("has as %s \"%.*s\", which is no time%s", key_names[key],
						(int) bytes_excerpt(text, size, 60), text,
						state == INSTANT_RANGE ? " that exists" : " with Z or an offset"));
	return time;
}

/* As float8 reads the same digits. */
static float8
read_number(size_t event, Numeric numeric)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(numeric)));
	size_t		size = strlen(text);
	float8		value = 0;

	if (journey_value_from_text(text, size, &value) != JOURNEY_VALUE_OK)
		refuse(event, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
			   psprintf("has as value %.*s%s, which is out of range of float8",
						(int) Min(size, 60), text, size > 60 ? "..." : ""));
	pfree(text);
	return value;
}

/* A part of the event; null is a part that is not there. */
static void
read_part(size_t event, EventKey key, const JsonbValue *value, JourneyRow *row, Touchpoint *touchpoint)
{
	bool		number = key == KEY_VALUE;

	if (value->type == jbvNull)
		return;
	if (value->type != (number ? jbvNumeric : jbvString))
		refuse(event, ERRCODE_INVALID_PARAMETER_VALUE,
			   psprintf("has as %s no %s", key_names[key], number ? "number" : "string"));
	switch (key)
	{
		case KEY_OCCURRED_AT:
			row->at = read_time(event, key, value);
			break;
		case KEY_CHANNEL:
			touchpoint->channel = value->val.string.val;
			touchpoint->channel_size = value->val.string.len;
			break;
		case KEY_EVENT:
			touchpoint->event = value->val.string.val;
			touchpoint->event_size = value->val.string.len;
			break;
		case KEY_VALUE:
			row->value = read_number(event, value->val.numeric);
			row->flags |= JOURNEY_ROW_VALUE;
			break;
		case KEY_RECORDED_AT:
			row->recorded = read_time(event, key, value);
			row->flags |= JOURNEY_ROW_RECORDED;
			break;
		case KEY_REF:
			/* an empty ref is none, as it is everywhere */
			row->ref = value->val.string.val;
			row->ref_size = value->val.string.len;
			row->flags |= row->ref_size > 0 ? JOURNEY_ROW_REF : 0;
			break;
		case KEY_UNKNOWN:
			break;
	}
}

/* The event whose object has begun. */
static void
read_event(JsonbIterator **iterator, JourneyBuilder *builder)
{
	size_t		event = builder->count + 1;
	bool		found[KEY_UNKNOWN] = {false};
	JourneyRow	row = {0};
	Touchpoint	touchpoint = {NULL, NULL, 0, 0};
	JsonbValue	value;

	while (JsonbIteratorNext(iterator, &value, false) == WJB_KEY)
	{
		EventKey	key = known_key(event, &value);

		/* nested arrays and objects come whole, for they are wrong anyway */
		(void) JsonbIteratorNext(iterator, &value, true);
		read_part(event, key, &value, &row, &touchpoint);
		found[key] = value.type != jbvNull;
	}
	if (!found[KEY_OCCURRED_AT] || !found[KEY_EVENT])
		refuse(event, ERRCODE_INVALID_PARAMETER_VALUE,
			   psprintf("has no %s", key_names[found[KEY_OCCURRED_AT] ? KEY_EVENT : KEY_OCCURRED_AT]));
	journey_builder_add(builder, &row, &touchpoint);
}

PG_FUNCTION_INFO_V1(intent_journey_from_jsonb);
Datum
intent_journey_from_jsonb(PG_FUNCTION_ARGS)
{
	Jsonb	   *json = PG_GETARG_JSONB_P(0);
	JsonbIterator *iterator = JsonbIteratorInit(&json->root);
	JsonbIteratorToken token;
	JsonbValue	value;
	JourneyBuilder builder;
	ByteBuffer	out;

	token = JsonbIteratorNext(&iterator, &value, false);
	if (token != WJB_BEGIN_ARRAY || value.val.array.rawScalar)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("jsonb for journey is not an array"),
				 errhint(JSON_HINT)));
	journey_builder_init(&builder);
	while ((token = JsonbIteratorNext(&iterator, &value, false)) == WJB_BEGIN_OBJECT)
		read_event(&iterator, &builder);
	if (token != WJB_END_ARRAY)
		refuse(builder.count + 1, ERRCODE_INVALID_PARAMETER_VALUE, "is not an object");
	journey_buffer_init(&out, 256);
	journey_builder_finish(&builder, &out);
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}
