/*
 * scorecard_parse.c
 *		From the JSON text of a scorecard, or of a list of signals, to a Scorecard.
 */
#include "base/duration.h"
#include "score/scorecard_reader.h"

static const JsonDocument list_document = {"signal list", "[{\"name\": …, \"touchpoints\": […], \"measure\": \"count\"}]"};
static const JsonDocument scorecard_document = {"scorecard", "{\"intents\": {…}, \"signals\": […]}"};

static void
append_place(ByteBuffer *out, const Place *place)
{
	if (place->outer == NULL)
		return;
	append_place(out, place->outer);
	if (place->key == NULL)
		buffer_text(out, host_format("[%u]", place->element));
	else
	{
		if (place->outer->outer)
			buffer_byte(out, '.');
		buffer_text(out, place->key_size == 0 ? "\"\"" : "");
		buffer_bytes(out, place->key, (size_t) json_shown(place->key, place->key_size));
	}
}

void
card_refuse(HostError code, const Place *place, const char *problem, const char *hint)
{
	const Place *document = place;
	ByteBuffer	message;

	buffer_init(&message, 128);
	while (document->outer)
		document = document->outer;
	buffer_text(&message, host_format("invalid %s: ", document->document));
	append_place(&message, place);
	if (place->outer)
		buffer_byte(&message, ' ');
	buffer_text(&message, problem);
	buffer_byte(&message, '\0');
	host_fail(code, (const char *) message.data, NULL, hint);
}

void
card_expect(const JsonValue *value, JsonKind kind, const Place *place, const char *hint)
{
	if (value->kind != kind)
		card_refuse(HOST_BAD_PARAMETER, place,
			   host_format("must be %s, not %s", json_kind_name(kind), json_kind_name(value->kind)), hint);
}

const JsonValue *
card_find(const JsonValue *object, const char *key)
{
	for (uint32_t i = 0; i < object->size; i++)
	{
		if (json_text_is(object->children[i].key, object->children[i].key_size, key))
			return &object->children[i];
	}
	return NULL;
}

/* Keys that mean nothing are mostly misspelt ones that should mean something. */
void
card_check_keys(const JsonValue *object, const Place *place, const char *const *keys, const char *hint)
{
	for (uint32_t i = 0; i < object->size; i++)
	{
		const JsonValue *member = &object->children[i];
		Place		here = place_of_member(place, member->key, member->key_size);
		const char *const *key = keys;

		while (*key && !json_text_is(member->key, member->key_size, *key))
			key++;
		if (*key == NULL)
			card_refuse(HOST_BAD_PARAMETER, &here, "is not a known key", hint);
	}
}

const JsonValue *
card_require(const JsonValue *object, const Place *place, const char *key, const char *hint)
{
	const JsonValue *member = card_find(object, key);
	Place		here = place_of_member(place, key, strlen(key));

	if (member == NULL)
		card_refuse(HOST_BAD_PARAMETER, &here, "is missing", hint);
	return member;
}

/* ----- single values ----- */

Fixed
card_fixed(const JsonValue *value, const Place *place)
{
	Fixed		fixed = 0;

	card_expect(value, JSON_NUMBER, place, "Write a finite number without quotes, for example 0.4.");
	if (fixed_from_text(value->text, value->size, &fixed) != FIXED_TEXT_OK)
		card_refuse(HOST_OUT_OF_RANGE, place,
			   host_format("is out of range: %.*s", json_shown(value->text, value->size), value->text),
			   "Numbers have at most 26 digits before the point; decimals beyond 12 are rounded.");
	return fixed;
}

ScoreText
card_name(const char *text, uint32_t size, const Place *place)
{
	if (size == 0)
		card_refuse(HOST_BAD_PARAMETER, place, "must not be empty", "Give it a name.");
	return (ScoreText) {text, size};
}

int64_t
card_duration(const JsonValue *value, const Place *place, bool may_be_zero, const char *zero_hint)
{
	const char *hint = "Write a duration in quotes, for example \"2 days\", \"30 minutes\" or \"PT12H\".";
	const char *shown;
	int64_t		microseconds = 0;

	card_expect(value, JSON_STRING, place, hint);
	shown = host_format("\"%.*s\"", json_shown(value->text, value->size), value->text);
	switch (duration_parse(value->text, value->size, &microseconds))
	{
		case DURATION_OK:
			break;
		case DURATION_SYNTAX:
			card_refuse(HOST_BAD_PARAMETER, place, host_format("is not a duration: %s", shown), hint);
		case DURATION_CALENDAR:
			card_refuse(HOST_BAD_PARAMETER, place,
				   host_format("must not use months or years: %s", shown),
				   "Their length depends on the calendar: write days, for example \"30 days\" or \"365 days\".");
		case DURATION_RANGE:
			card_refuse(HOST_OUT_OF_RANGE, place, host_format("is out of range: %s", shown), hint);
	}
	if (microseconds == 0 && !may_be_zero)
		card_refuse(HOST_BAD_PARAMETER, place, host_format("must be longer than 0, not %s", shown), zero_hint);
	return microseconds;
}

/* ----- intents ----- */

static bool
name_before(const ScoreText *a, const ScoreText *b)
{
	int			order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);

	return order != 0 ? order < 0 : a->size < b->size;
}

/* Members of an object have no order: sorted, one card has one value. */
static void
read_intents(Scorecard *card, const JsonValue *value, const Place *outer)
{
	static const char *const keys[] = {"base", NULL};
	const char *hint = "Write {\"intents\": {\"purchase\": {\"base\": -3.0}}, …}.";
	Place		place = place_of_member(outer, "intents", 7);

	card_expect(value, JSON_OBJECT, &place, hint);
	if (value->size == 0)
		card_refuse(HOST_BAD_PARAMETER, &place, "must name at least one intent", hint);
	if (value->size > SCORECARD_MAX_INTENTS)
		card_refuse(HOST_LIMIT, &place, host_format("has %u intents; the most is %d", value->size,
											   SCORECARD_MAX_INTENTS), "Use several scorecards.");
	card->intents = host_alloc_array(value->size, sizeof(ScoreIntent));
	for (uint32_t i = 0; i < value->size; i++)
	{
		const JsonValue *intent = &value->children[i];
		Place		here = place_of_member(&place, intent->key, intent->key_size);
		Place		base = place_of_member(&here, "base", 4);
		ScoreIntent read = {0};
		uint32_t	at;

		card_expect(intent, JSON_OBJECT, &here, "Write {\"base\": -3.0}: the log-odds before any signal.");
		card_check_keys(intent, &here, keys, "An intent has one key: base.");
		read.name = card_name(intent->key, intent->key_size, &here);
		read.base = card_fixed(card_require(intent, &here, "base",
									   "Give the log-odds before any signal, for example \"base\": -3.0."),
							   &base);
		for (at = card->intent_count++; at > 0 && name_before(&read.name, &card->intents[at - 1].name); at--)
			card->intents[at] = card->intents[at - 1];
		card->intents[at] = read;
	}
}

bool
card_find_intent(const Scorecard *card, const char *name, size_t size, uint32_t *intent)
{
	for (*intent = 0; *intent < card->intent_count; (*intent)++)
	{
		const ScoreText *known = &card->intents[*intent].name;

		if (known->size == size && memcmp(known->data, name, size) == 0)
			return true;
	}
	return false;
}

const char *
card_intent_names(const Scorecard *card)
{
	ByteBuffer	names;

	buffer_init(&names, 128);
	for (uint32_t i = 0; i < card->intent_count && names.size < 1000; i++)
	{
		if (i > 0)
			buffer_text(&names, ", ");
		buffer_bytes(&names, card->intents[i].name.data, card->intents[i].name.size);
	}
	buffer_byte(&names, '\0');
	return (const char *) names.data;
}

uint32_t
scorecard_intent(const Scorecard *card, const char *name, size_t size)
{
	uint32_t	intent;

	if (!card_find_intent(card, name, size, &intent))
		host_fail(HOST_BAD_PARAMETER,
				  host_format("intent \"%.*s\" is not in the scorecard", json_shown(name, size), name),
				  NULL, host_format("Its intents are: %s.", card_intent_names(card)));
	return intent;
}

/* ----- documents ----- */

/* Minutes of "+01:00"; false if it is none. */
static bool
parse_offset(const char *text, size_t size, int *minutes)
{
	if (size != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
		return false;
	for (int i = 1; i < 6; i++)
	{
		if (i != 3 && (text[i] < '0' || text[i] > '9'))
			return false;
	}
	*minutes = ((text[1] - '0') * 10 + text[2] - '0') * 60 + (text[4] - '0') * 10 + text[5] - '0';
	if (*minutes > SCORECARD_OFFSET_MAX || text[4] > '5')
		return false;
	if (text[0] == '-')
		*minutes = -*minutes;
	return true;
}

static int64_t
read_offset(const JsonValue *value, const Place *place)
{
	const char *hint = "Write how far east of UTC it is, for example \"+01:00\" or \"-05:30\".";
	int			minutes = 0;

	card_expect(value, JSON_STRING, place, hint);
	if (!parse_offset(value->text, value->size, &minutes))
		card_refuse(HOST_BAD_PARAMETER, place,
					host_format("is not an offset from UTC: \"%.*s\"",
								json_shown(value->text, value->size), value->text), hint);
	return minutes * SCORECARD_MINUTE;
}

/* What a card and a list of signals have both. */
static void
read_clocks(Scorecard *card, const JsonValue *document, const Place *place)
{
	Place		gap = place_of_member(place, "session_gap", 11);
	Place		offset = place_of_member(place, "utc_offset", 10);
	const JsonValue *part = document->kind == JSON_OBJECT ? card_find(document, "session_gap") : NULL;

	card->session_gap = part ? card_duration(part, &gap, true, NULL) : SCORECARD_SESSION_GAP;
	part = document->kind == JSON_OBJECT ? card_find(document, "utc_offset") : NULL;
	card->utc_offset = part ? read_offset(part, &offset) : 0;
}

bool
scorecard_parse(Scorecard *card, const char *text, size_t size)
{
	static const char *const keys[] = {"intents", "session_gap", "utc_offset", "signals", NULL};
	const char *hint = "A scorecard has the keys intents, session_gap, utc_offset and signals.";
	Place		place = place_of_document(scorecard_document.name);
	Place		signals = place_of_member(&place, "signals", 7);
	JsonValue	document;
	bool		beyond_ascii = json_parse(&document, &scorecard_document, text, size);

	memset(card, 0, sizeof(*card));
	if (document.kind != JSON_OBJECT)
		card_refuse(HOST_BAD_PARAMETER, &place,
					host_format("must be an object, not %s", json_kind_name(document.kind)), hint);
	card_check_keys(&document, &place, keys, hint);
	read_intents(card, card_require(&document, &place, "intents",
									"Write {\"intents\": {\"purchase\": {\"base\": -3.0}}, …}."), &place);
	read_clocks(card, &document, &place);
	card_read_signals(card, card_require(&document, &place, "signals",
										 "Write a list of signals; it may be empty: []."), &signals, true);
	scorecard_finish(card);
	return beyond_ascii;
}

bool
signal_list_parse(Scorecard *card, const char *text, size_t size)
{
	static const char *const keys[] = {"session_gap", "utc_offset", "signals", NULL};
	const char *hint = "Write a list of signals, or an object with the keys session_gap, utc_offset and signals.";
	Place		place = place_of_document(list_document.name);
	Place		signals = place_of_member(&place, "signals", 7);
	JsonValue	document;
	bool		beyond_ascii = json_parse(&document, &list_document, text, size);

	memset(card, 0, sizeof(*card));
	if (document.kind != JSON_OBJECT && document.kind != JSON_ARRAY)
		card_refuse(HOST_BAD_PARAMETER, &place,
					host_format("must be an array or an object, not %s", json_kind_name(document.kind)), hint);
	if (document.kind == JSON_OBJECT)
		card_check_keys(&document, &place, keys, hint);
	read_clocks(card, &document, &place);
	card_read_signals(card, document.kind == JSON_ARRAY ? &document :
					  card_require(&document, &place, "signals", hint), &signals, false);
	scorecard_finish(card);
	return beyond_ascii;
}
