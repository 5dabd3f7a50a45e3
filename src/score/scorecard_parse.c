/*
 * scorecard_parse.c
 *		From the JSON text of a scorecard to a Scorecard.
 *
 * Every refusal names the place as a path such as signals[1].weights.purchase
 * (elements count from 0, as in JSON paths) and says what to write instead.
 */
#include "base/duration.h"
#include "score/json_reader.h"
#include "score/scorecard.h"

const char *const score_measure_names[MEASURES] = {
	"count", "sum", "exists", "recency", "channels", "sessions"
};

static const JsonDocument scorecard_document = {"scorecard", "{\"intents\": {…}, \"signals\": […]}"};

/* Where in the document we are: joined to text only for an error. */
typedef struct Place
{
	const struct Place *outer;
	const char *key;			/* NULL for an element */
	uint32_t	key_size;
	uint32_t	element;
} Place;

static Place
member_of(const Place *outer, const char *key, size_t size)
{
	return (Place) {.outer = outer, .key = key, .key_size = (uint32_t) size};
}

static Place
element_of(const Place *outer, uint32_t element)
{
	return (Place) {.outer = outer, .element = element};
}

static void
append_place(ByteBuffer *out, const Place *place)
{
	if (place == NULL)
		return;
	append_place(out, place->outer);
	if (place->key == NULL)
		buffer_text(out, host_format("[%u]", place->element));
	else
	{
		if (place->outer)
			buffer_byte(out, '.');
		buffer_text(out, place->key_size == 0 ? "\"\"" : "");
		buffer_bytes(out, place->key, (size_t) json_shown(place->key, place->key_size));
	}
}

static void refuse(HostError code, const Place *place, const char *problem, const char *hint) HOST_NORETURN;

static void
refuse(HostError code, const Place *place, const char *problem, const char *hint)
{
	ByteBuffer	message;

	buffer_init(&message, 128);
	buffer_text(&message, "invalid scorecard: ");
	append_place(&message, place);
	if (place)
		buffer_byte(&message, ' ');
	buffer_text(&message, problem);
	buffer_byte(&message, '\0');
	host_fail(code, (const char *) message.data, NULL, hint);
}

static void
expect(const JsonValue *value, JsonKind kind, const Place *place, const char *hint)
{
	if (value->kind != kind)
		refuse(HOST_BAD_PARAMETER, place,
			   host_format("must be %s, not %s", json_kind_name(kind), json_kind_name(value->kind)), hint);
}

static const JsonValue *
find(const JsonValue *object, const char *key)
{
	for (uint32_t i = 0; i < object->size; i++)
	{
		if (json_text_is(object->children[i].key, object->children[i].key_size, key))
			return &object->children[i];
	}
	return NULL;
}

/* Keys that mean nothing are mostly misspelt ones that should mean something. */
static void
check_keys(const JsonValue *object, const Place *place, const char *const *keys, const char *hint)
{
	for (uint32_t i = 0; i < object->size; i++)
	{
		const JsonValue *member = &object->children[i];
		Place		here = member_of(place, member->key, member->key_size);
		const char *const *key = keys;

		while (*key && !json_text_is(member->key, member->key_size, *key))
			key++;
		if (*key == NULL)
			refuse(HOST_BAD_PARAMETER, &here, "is not a known key", hint);
	}
}

static const JsonValue *
require(const JsonValue *object, const Place *place, const char *key, const char *hint)
{
	const JsonValue *member = find(object, key);
	Place		here = member_of(place, key, strlen(key));

	if (member == NULL)
		refuse(HOST_BAD_PARAMETER, &here, "is missing", hint);
	return member;
}

/* ----- single values ----- */

static Fixed
read_fixed(const JsonValue *value, const Place *place)
{
	Fixed		fixed = 0;

	expect(value, JSON_NUMBER, place, "Write a finite number without quotes, for example 0.4.");
	if (fixed_from_text(value->text, value->size, &fixed) != FIXED_TEXT_OK)
		refuse(HOST_OUT_OF_RANGE, place,
			   host_format("is out of range: %.*s", json_shown(value->text, value->size), value->text),
			   "Numbers have at most 26 digits before the point; decimals beyond 12 are rounded.");
	return fixed;
}

static ScoreText
read_name(const char *text, uint32_t size, const Place *place)
{
	if (size == 0)
		refuse(HOST_BAD_PARAMETER, place, "must not be empty", "Give it a name.");
	return (ScoreText) {text, size};
}

static int64_t
read_duration(const JsonValue *value, const Place *place, bool may_be_zero)
{
	const char *hint = "Write a duration in quotes, for example \"2 days\", \"30 minutes\" or \"PT12H\".";
	const char *shown;
	int64_t		microseconds = 0;

	expect(value, JSON_STRING, place, hint);
	shown = host_format("\"%.*s\"", json_shown(value->text, value->size), value->text);
	switch (duration_parse(value->text, value->size, &microseconds))
	{
		case DURATION_OK:
			break;
		case DURATION_SYNTAX:
			refuse(HOST_BAD_PARAMETER, place, host_format("is not a duration: %s", shown), hint);
		case DURATION_CALENDAR:
			refuse(HOST_BAD_PARAMETER, place,
				   host_format("must not use months or years: %s", shown),
				   "Their length depends on the calendar: write days, for example \"30 days\" or \"365 days\".");
		case DURATION_RANGE:
			refuse(HOST_OUT_OF_RANGE, place, host_format("is out of range: %s", shown), hint);
	}
	if (microseconds == 0 && !may_be_zero)
		refuse(HOST_BAD_PARAMETER, place, host_format("must be longer than 0, not %s", shown),
			   "Leave half_life out for a signal that does not fade.");
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
read_intents(Scorecard *card, const JsonValue *value)
{
	static const char *const keys[] = {"base", NULL};
	const char *hint = "Write {\"intents\": {\"purchase\": {\"base\": -3.0}}, …}.";
	Place		place = member_of(NULL, "intents", 7);

	expect(value, JSON_OBJECT, &place, hint);
	if (value->size == 0)
		refuse(HOST_BAD_PARAMETER, &place, "must name at least one intent", hint);
	if (value->size > SCORECARD_MAX_INTENTS)
		refuse(HOST_LIMIT, &place, host_format("has %u intents; the most is %d", value->size,
											   SCORECARD_MAX_INTENTS), "Use several scorecards.");
	card->intents = host_alloc_array(value->size, sizeof(ScoreIntent));
	for (uint32_t i = 0; i < value->size; i++)
	{
		const JsonValue *intent = &value->children[i];
		Place		here = member_of(&place, intent->key, intent->key_size);
		Place		base = member_of(&here, "base", 4);
		ScoreIntent read = {0};
		uint32_t	at;

		expect(intent, JSON_OBJECT, &here, "Write {\"base\": -3.0}: the log-odds before any signal.");
		check_keys(intent, &here, keys, "An intent has one key: base.");
		read.name = read_name(intent->key, intent->key_size, &here);
		read.base = read_fixed(require(intent, &here, "base",
									   "Give the log-odds before any signal, for example \"base\": -3.0."),
							   &base);
		for (at = card->intent_count++; at > 0 && name_before(&read.name, &card->intents[at - 1].name); at--)
			card->intents[at] = card->intents[at - 1];
		card->intents[at] = read;
	}
}

static bool
find_intent(const Scorecard *card, const char *name, size_t size, uint32_t *intent)
{
	for (*intent = 0; *intent < card->intent_count; (*intent)++)
	{
		const ScoreText *known = &card->intents[*intent].name;

		if (known->size == size && memcmp(known->data, name, size) == 0)
			return true;
	}
	return false;
}

static const char *
intent_names(const Scorecard *card)
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

	if (!find_intent(card, name, size, &intent))
		host_fail(HOST_BAD_PARAMETER,
				  host_format("intent \"%.*s\" is not in the scorecard", json_shown(name, size), name),
				  NULL, host_format("Its intents are: %s.", intent_names(card)));
	return intent;
}

/* ----- signals ----- */

/* One part of a touchpoint text: a star, plain characters, or in quotes. */
static const char *
skip_part(const char *at, const char *end)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-";

	if (at < end && *at == '*')
		return at + 1;
	if (at == end || *at != '"')
	{
		while (at < end && *at != '\0' && strchr(plain, *at))
			at++;
		return at;
	}
	for (at++; at < end; at++)
	{
		if (*at == '"' && (at + 1 == end || at[1] != '"'))
			return at + 1;
		if (*at == '"')
			at++;
	}
	return NULL;
}

/* Asked first, so that the refusal names the place; touchpoint.h rules. */
static bool
looks_like_touchpoint(const char *text, size_t size)
{
	const char *end = text + size;
	const char *at = skip_part(text, end);

	if (at && at < end && *at == ':')
	{
		text = at + 1;
		at = skip_part(text, end);
	}
	return at == end && at > text;
}

static void
read_touchpoints(ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	const char *hint = "Write a list of touchpoints, for example [\"web:view\", \"app:*\"].";

	expect(value, JSON_ARRAY, place, hint);
	if (value->size == 0)
		refuse(HOST_BAD_PARAMETER, place, "must name at least one touchpoint", hint);
	signal->pattern_count = value->size;
	signal->patterns = host_alloc_array(value->size, sizeof(TouchpointPattern));
	for (uint32_t i = 0; i < value->size; i++)
	{
		const JsonValue *text = &value->children[i];
		Place		here = element_of(place, i);

		expect(text, JSON_STRING, &here, hint);
		if (!looks_like_touchpoint(text->text, text->size))
			refuse(HOST_BAD_PARAMETER, &here,
				   host_format("is not a touchpoint: \"%.*s\"",
							   json_shown(text->text, text->size), text->text),
				   "Write channel:event; parts with spaces or signs stand in double quotes, * matches any.");
		touchpoint_parse_whole(&signal->patterns[i], text->text, text->size);
	}
}

static void
read_points(ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	const char *hint = "Write points with rising x, for example {\"points\": [[0, 0], [10, 1]]}.";

	expect(value, JSON_ARRAY, place, hint);
	if (value->size == 0)
		refuse(HOST_BAD_PARAMETER, place, "must have at least one point", hint);
	signal->point_count = value->size;
	signal->points = host_alloc_array(value->size, sizeof(ScorePoint));
	for (uint32_t i = 0; i < value->size; i++)
	{
		const JsonValue *pair = &value->children[i];
		Place		here = element_of(place, i);
		Place		x = element_of(&here, 0);
		Place		y = element_of(&here, 1);
		Fixed		step;

		expect(pair, JSON_ARRAY, &here, hint);
		if (pair->size != 2)
			refuse(HOST_BAD_PARAMETER, &here,
				   host_format("must be a pair [x, y], not %u numbers", pair->size), hint);
		signal->points[i].x = read_fixed(&pair->children[0], &x);
		signal->points[i].y = read_fixed(&pair->children[1], &y);
		if (i > 0 && signal->points[i].x <= signal->points[i - 1].x)
			refuse(HOST_BAD_PARAMETER, &x, "must be greater than the x before it", hint);
		if (i > 0 &&
			(__builtin_sub_overflow(signal->points[i].x, signal->points[i - 1].x, &step) ||
			 __builtin_sub_overflow(signal->points[i].y, signal->points[i - 1].y, &step)))
			refuse(HOST_OUT_OF_RANGE, &here, "is too far from the point before it",
				   "A step from point to point has at most 26 digits before the point, too.");
	}
}

static void
read_transform(ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	static const char *const keys[] = {"points", NULL};
	const char *hint = "Write \"linear\", \"log1p\" or {\"points\": [[x, y], …]}.";
	Place		points = member_of(place, "points", 6);

	if (value->kind == JSON_OBJECT)
	{
		check_keys(value, place, keys, hint);
		signal->transform = TRANSFORM_POINTS;
		read_points(signal, require(value, place, "points", hint), &points);
	}
	else if (value->kind == JSON_STRING && json_text_is(value->text, value->size, "log1p"))
		signal->transform = TRANSFORM_LOG1P;
	else if (value->kind == JSON_STRING && json_text_is(value->text, value->size, "linear"))
		signal->transform = TRANSFORM_LINEAR;
	else if (value->kind == JSON_STRING)
		refuse(HOST_BAD_PARAMETER, place,
			   host_format("is not a transform: \"%.*s\"",
						   json_shown(value->text, value->size), value->text), hint);
	else
		refuse(HOST_BAD_PARAMETER, place,
			   host_format("must be a string or an object, not %s", json_kind_name(value->kind)), hint);
}

static void
read_measure(ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	const char *hint = "Write one of: count, sum, exists, recency, channels, sessions.";
	int			measure = 0;

	expect(value, JSON_STRING, place, hint);
	while (measure < MEASURES && !json_text_is(value->text, value->size, score_measure_names[measure]))
		measure++;
	if (measure == MEASURES)
		refuse(HOST_BAD_PARAMETER, place,
			   host_format("is not a measure: \"%.*s\"",
						   json_shown(value->text, value->size), value->text), hint);
	signal->measure = (ScoreMeasure) measure;
}

static void
read_weights(Scorecard *card, ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	expect(value, JSON_OBJECT, place, "Write a weight for each intent it speaks for, for example {\"purchase\": 0.4}.");
	if (value->size == 0)
		refuse(HOST_BAD_PARAMETER, place, "must weigh for at least one intent",
			   "Write for example {\"purchase\": 0.4}, or remove the signal.");
	signal->weights = host_alloc_array(value->size, sizeof(ScoreWeight));
	for (uint32_t i = 0; i < value->size; i++)
	{
		const JsonValue *member = &value->children[i];
		Place		here = member_of(place, member->key, member->key_size);
		ScoreWeight weight = {0};
		Fixed	   *total;
		uint32_t	at = signal->weight_count++;

		if (!find_intent(card, member->key, member->key_size, &weight.intent))
			refuse(HOST_BAD_PARAMETER, &here, "is not an intent of this scorecard",
				   host_format("Its intents are: %s.", intent_names(card)));
		weight.weight = read_fixed(member, &here);
		total = &card->intents[weight.intent].total;
		if (__builtin_add_overflow(*total, weight.weight < 0 ? -weight.weight : weight.weight, total))
			refuse(HOST_OUT_OF_RANGE, &here, "makes the sum of the weights of its intent too large",
				   "Weights of one intent together have at most 26 digits before the point.");
		/* in the order of the intents, whatever the order written */
		for (; at > 0 && signal->weights[at - 1].intent > weight.intent; at--)
			signal->weights[at] = signal->weights[at - 1];
		signal->weights[at] = weight;
	}
}

static void
read_half_life(ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	if (value == NULL)
	{
		if (signal->measure == MEASURE_RECENCY)
			refuse(HOST_BAD_PARAMETER, place, "is missing",
				   "Recency fades with its half-life: write for example \"half_life\": \"7 days\", or use exists.");
		return;
	}
	if (signal->measure == MEASURE_CHANNELS || signal->measure == MEASURE_SESSIONS)
		refuse(HOST_BAD_PARAMETER, place,
			   host_format("is not possible for the measure %s", score_measure_names[signal->measure]),
			   "Distinct counts do not fade: remove half_life.");
	signal->half_life = read_duration(value, place, false);
}

static void
read_signal(Scorecard *card, ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	static const char *const keys[] = {
		"name", "touchpoints", "measure", "half_life", "cap", "transform", "weights", NULL
	};
	Place		name = member_of(place, "name", 4);
	Place		touchpoints = member_of(place, "touchpoints", 11);
	Place		measure = member_of(place, "measure", 7);
	Place		half_life = member_of(place, "half_life", 9);
	Place		cap = member_of(place, "cap", 3);
	Place		transform = member_of(place, "transform", 9);
	Place		weights = member_of(place, "weights", 7);
	const JsonValue *part;

	expect(value, JSON_OBJECT, place,
		   "Write {\"name\": …, \"touchpoints\": […], \"measure\": \"count\", \"weights\": {…}}.");
	check_keys(value, place, keys,
			   "A signal has the keys name, touchpoints, measure, half_life, cap, transform and weights.");
	part = require(value, place, "name", "Give the signal a name: explain() shows it.");
	expect(part, JSON_STRING, &name, "Give the signal a name: explain() shows it.");
	signal->name = read_name(part->text, part->size, &name);
	if (json_text_is(part->text, part->size, "(base)"))
		refuse(HOST_BAD_PARAMETER, &name, "must not be \"(base)\"",
			   "explain() calls the base of the intent so: choose another name.");
	read_touchpoints(signal, require(value, place, "touchpoints",
									 "List what it counts, for example [\"web:view\"]."), &touchpoints);
	read_measure(signal, require(value, place, "measure",
								 "Write one of: count, sum, exists, recency, channels, sessions."), &measure);
	read_half_life(signal, find(value, "half_life"), &half_life);
	part = find(value, "cap");
	if (part)
	{
		signal->has_cap = true;
		signal->cap = read_fixed(part, &cap);
		if (signal->cap < 0)
			refuse(HOST_BAD_PARAMETER, &cap, "must not be negative",
				   "cap bounds the size of the measure on both sides: write it without sign.");
	}
	part = find(value, "transform");
	if (part)
		read_transform(signal, part, &transform);
	read_weights(card, signal, require(value, place, "weights",
									   "Write a weight for each intent it speaks for, for example {\"purchase\": 0.4}."),
				 &weights);
}

static void
read_signals(Scorecard *card, const JsonValue *value)
{
	Place		place = member_of(NULL, "signals", 7);
	size_t		parts = 0;

	expect(value, JSON_ARRAY, &place, "Write a list of signals; it may be empty: [].");
	card->signals = host_alloc_zero(checked_mul_size((size_t) value->size + 1, sizeof(ScoreSignal)));
	for (uint32_t i = 0; i < value->size; i++)
	{
		ScoreSignal *signal = &card->signals[i];
		Place		here = element_of(&place, i);
		Place		name = member_of(&here, "name", 4);

		host_check_interrupts();
		read_signal(card, signal, &value->children[i], &here);
		for (uint32_t other = 0; other < i; other++)
		{
			const ScoreText *known = &card->signals[other].name;

			if (known->size == signal->name.size &&
				memcmp(known->data, signal->name.data, known->size) == 0)
				refuse(HOST_BAD_PARAMETER, &name,
					   host_format("is the name of signals[%u] too: \"%.*s\"", other,
								   json_shown(known->data, known->size), known->data),
					   "Every signal has a name of its own.");
		}
		parts += (size_t) signal->pattern_count + signal->point_count + signal->weight_count;
		if (parts > SCORECARD_MAX_PARTS)
			refuse(HOST_LIMIT, &here,
				   host_format("passes %d touchpoints, points and weights in all", SCORECARD_MAX_PARTS),
				   "Use several scorecards.");
	}
	card->signal_count = value->size;
}

bool
scorecard_parse(Scorecard *card, const char *text, size_t size)
{
	static const char *const keys[] = {"intents", "session_gap", "signals", NULL};
	const char *hint = "A scorecard has the keys intents, session_gap and signals.";
	Place		gap = member_of(NULL, "session_gap", 11);
	const JsonValue *part;
	JsonValue	document;
	bool		beyond_ascii = json_parse(&document, &scorecard_document, text, size);

	memset(card, 0, sizeof(*card));
	if (document.kind != JSON_OBJECT)
		refuse(HOST_BAD_PARAMETER, NULL,
			   host_format("must be an object, not %s", json_kind_name(document.kind)), hint);
	check_keys(&document, NULL, keys, hint);
	read_intents(card, require(&document, NULL, "intents",
							   "Write {\"intents\": {\"purchase\": {\"base\": -3.0}}, …}."));
	part = find(&document, "session_gap");
	card->session_gap = part ? read_duration(part, &gap, true) : SCORECARD_SESSION_GAP;
	read_signals(card, require(&document, NULL, "signals", "Write a list of signals; it may be empty: []."));
	scorecard_finish(card);
	return beyond_ascii;
}
