/*
 * signal_parse.c
 *		From JSON to the signals of a scorecard, or of a list without weights.
 */
#include "base/duration.h"
#include "score/scorecard_reader.h"

const char *const score_measure_names[MEASURES] = {
	"count", "sum", "exists", "recency", "channels", "sessions", "touchpoints", "periods",
	"tenure", "rhythm", "overdue", "unusual", "matched", "level"
};

const char *const score_weekday_names[7] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

#define MEASURES_HINT \
	"Write one of: count, sum, exists, recency, channels, sessions, touchpoints, periods, tenure, rhythm, overdue, unusual, matched, level."

#define SIGNAL_HINT \
	"A signal has the keys name, touchpoints or pattern, measure, half_life, within, until, after, hours, weekdays, session_gap, period, cap, transform and weights."

#define LIST_SIGNAL_HINT \
	"A signal of a list has the keys name, touchpoints or pattern, measure, half_life, within, until, after, hours, weekdays, session_gap, period, cap and transform."

/* ----- touchpoints and transforms ----- */


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

static TouchpointPattern *
read_touchpoints(const JsonValue *value, const Place *place, uint32_t *count)
{
	const char *hint = "Write a list of touchpoints, for example [\"web:view\", \"app:*\"].";
	TouchpointPattern *patterns;

	card_expect(value, JSON_ARRAY, place, hint);
	if (value->size == 0)
		card_refuse(HOST_BAD_PARAMETER, place, "must name at least one touchpoint", hint);
	*count = value->size;
	patterns = host_alloc_array(value->size, sizeof(TouchpointPattern));
	for (uint32_t i = 0; i < value->size; i++)
	{
		const JsonValue *text = &value->children[i];
		Place		here = place_of_element(place, i);

		card_expect(text, JSON_STRING, &here, hint);
		if (!looks_like_touchpoint(text->text, text->size))
			card_refuse(HOST_BAD_PARAMETER, &here,
						host_format("is not a touchpoint: \"%.*s\"",
									json_shown(text->text, text->size), text->text),
						"Write channel:event; parts with spaces or signs stand in double quotes, * matches any.");
		touchpoint_parse_whole(&patterns[i], text->text, text->size);
	}
	return patterns;
}

static void
read_points(ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	const char *hint = "Write points with rising x, for example {\"points\": [[0, 0], [10, 1]]}.";

	card_expect(value, JSON_ARRAY, place, hint);
	if (value->size == 0)
		card_refuse(HOST_BAD_PARAMETER, place, "must have at least one point", hint);
	signal->point_count = value->size;
	signal->points = host_alloc_array(value->size, sizeof(ScorePoint));
	for (uint32_t i = 0; i < value->size; i++)
	{
		const JsonValue *pair = &value->children[i];
		Place		here = place_of_element(place, i);
		Place		x = place_of_element(&here, 0);
		Place		y = place_of_element(&here, 1);
		Fixed		step;

		card_expect(pair, JSON_ARRAY, &here, hint);
		if (pair->size != 2)
			card_refuse(HOST_BAD_PARAMETER, &here,
				   host_format("must be a pair [x, y], not %u numbers", pair->size), hint);
		signal->points[i].x = card_fixed(&pair->children[0], &x);
		signal->points[i].y = card_fixed(&pair->children[1], &y);
		if (i > 0 && signal->points[i].x <= signal->points[i - 1].x)
			card_refuse(HOST_BAD_PARAMETER, &x, "must be greater than the x before it", hint);
		if (i > 0 &&
			(__builtin_sub_overflow(signal->points[i].x, signal->points[i - 1].x, &step) ||
			 __builtin_sub_overflow(signal->points[i].y, signal->points[i - 1].y, &step)))
			card_refuse(HOST_OUT_OF_RANGE, &here, "is too far from the point before it",
				   "A step from point to point has at most 26 digits before the point, too.");
	}
}

static void
read_transform(ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	static const char *const keys[] = {"points", NULL};
	const char *hint = "Write \"linear\", \"log1p\" or {\"points\": [[x, y], …]}.";
	Place		points = place_of_member(place, "points", 6);

	if (value->kind == JSON_OBJECT)
	{
		card_check_keys(value, place, keys, hint);
		signal->transform = TRANSFORM_POINTS;
		read_points(signal, card_require(value, place, "points", hint), &points);
	}
	else if (value->kind == JSON_STRING && json_text_is(value->text, value->size, "log1p"))
		signal->transform = TRANSFORM_LOG1P;
	else if (value->kind == JSON_STRING && json_text_is(value->text, value->size, "linear"))
		signal->transform = TRANSFORM_LINEAR;
	else if (value->kind == JSON_STRING)
		card_refuse(HOST_BAD_PARAMETER, place,
			   host_format("is not a transform: \"%.*s\"",
						   json_shown(value->text, value->size), value->text), hint);
	else
		card_refuse(HOST_BAD_PARAMETER, place,
			   host_format("must be a string or an object, not %s", json_kind_name(value->kind)), hint);
}

/* ----- which events count ----- */

static void
read_after(ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	signal->after = read_touchpoints(value, place, &signal->after_count);
	if (signal->after_count > SIGNAL_AFTER_MAX)
		card_refuse(HOST_BAD_PARAMETER, place,
					host_format("must not have more than %d touchpoints, not %u", SIGNAL_AFTER_MAX, signal->after_count),
					"It says what came directly before, the earliest first; longer sequences are patterns.");
}

static void
read_hours(ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	const char *hint = "Write from which hour up to which, for example [9, 17], or [22, 6] around midnight.";
	Fixed		hours[2];

	card_expect(value, JSON_ARRAY, place, hint);
	if (value->size != 2)
		card_refuse(HOST_BAD_PARAMETER, place, host_format("must be two numbers, not %u", value->size), hint);
	for (uint32_t i = 0; i < 2; i++)
	{
		Place		here = place_of_element(place, i);

		hours[i] = card_fixed(&value->children[i], &here);
		if (hours[i] < 0 || hours[i] > (Fixed) 24 * FIXED_ONE || hours[i] % FIXED_ONE != 0)
			card_refuse(HOST_BAD_PARAMETER, &here, "must be a whole number from 0 to 24", hint);
	}
	signal->hour_from = (uint8_t) (hours[0] / FIXED_ONE);
	signal->hour_until = (uint8_t) (hours[1] / FIXED_ONE);
	if (signal->hour_from == signal->hour_until || signal->hour_from == 24)
		card_refuse(HOST_BAD_PARAMETER, place, "must not be empty", hint);
}

static void
read_weekdays(ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	const char *hint = "Write some of mon, tue, wed, thu, fri, sat, sun, for example [\"sat\", \"sun\"].";

	card_expect(value, JSON_ARRAY, place, hint);
	signal->weekdays = 0;
	for (uint32_t i = 0; i < value->size; i++)
	{
		const JsonValue *day = &value->children[i];
		Place		here = place_of_element(place, i);
		int			number = 0;

		card_expect(day, JSON_STRING, &here, hint);
		while (number < 7 && !json_text_is(day->text, day->size, score_weekday_names[number]))
			number++;
		if (number == 7)
			card_refuse(HOST_BAD_PARAMETER, &here,
						host_format("is not a weekday: \"%.*s\"", json_shown(day->text, day->size), day->text), hint);
		signal->weekdays |= (uint8_t) (1 << number);
	}
	if (signal->weekdays == 0)
		card_refuse(HOST_BAD_PARAMETER, place, "must name at least one weekday", hint);
}

/* What it looks at, and when. */
static void
read_events(ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	static const char *const narrowing[] = {"within", "until", "after", "hours", "weekdays"};
	const JsonValue *part = card_find(value, "pattern");
	Place		here;

	signal->weekdays = SIGNAL_EVERY_DAY;
	signal->hour_until = 24;
	if (measure_is_of_pattern(signal->measure))
	{
		here = place_of_member(place, "pattern", 7);
		part = card_require(value, place, "pattern", "Give the pattern, for example \"pattern\": \"view -> cart -> !purchase\".");
		card_expect(part, JSON_STRING, &here, "Write the pattern as text.");
		signal_set_pattern(signal, part->text, part->size);
		if (card_find(value, "touchpoints"))
		{
			here = place_of_member(place, "touchpoints", 11);
			card_refuse(HOST_BAD_PARAMETER, &here, "cannot stand beside a pattern", "The pattern says which touchpoints: remove it.");
		}
	}
	else
	{
		here = place_of_member(place, "touchpoints", 11);
		signal->patterns = read_touchpoints(card_require(value, place, "touchpoints",
														 "List what it counts, for example [\"web:view\"]."),
											&here, &signal->pattern_count);
		here = place_of_member(place, "pattern", 7);
		if (part)
			card_refuse(HOST_BAD_PARAMETER, &here, "needs the measure matched or level", "Patterns are not counted otherwise.");
	}
	for (int i = 0; i < 5; i++)
	{
		here = place_of_member(place, narrowing[i], strlen(narrowing[i]));
		part = card_find(value, narrowing[i]);
		if (part == NULL)
			continue;
		if (measure_is_of_pattern(signal->measure) ||
			(i > 0 && (signal->measure == MEASURE_CHANNELS || signal->measure == MEASURE_TOUCHPOINTS)))
			card_refuse(HOST_BAD_PARAMETER, &here,
						host_format("is not possible for the measure %s", score_measure_names[signal->measure]),
						"Remove it, or choose the measure count, sum, exists, recency, sessions or periods.");
		if (i == 0)
			signal->within = card_duration(part, &here, false, "Leave within out for a signal that looks all the way back.");
		else if (i == 1)
			signal->until = read_touchpoints(part, &here, &signal->until_count);
		else if (i == 2)
			read_after(signal, part, &here);
		else if (i == 3)
			read_hours(signal, part, &here);
		else
			read_weekdays(signal, part, &here);
	}
}

/* ----- the measure and its lengths of time ----- */

static void
read_measure(ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	int			measure = 0;

	card_expect(value, JSON_STRING, place, MEASURES_HINT);
	while (measure < MEASURES && !json_text_is(value->text, value->size, score_measure_names[measure]))
		measure++;
	if (measure == MEASURES)
		card_refuse(HOST_BAD_PARAMETER, place,
					host_format("is not a measure: \"%.*s\"",
								json_shown(value->text, value->size), value->text), MEASURES_HINT);
	signal->measure = (ScoreMeasure) measure;
}

/* Session gap or period: a signal has one of them at most. */
static void
read_run(ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	const char *key = signal->measure == MEASURE_PERIODS ? "period" : "session_gap";
	const char *other = signal->measure == MEASURE_PERIODS ? "session_gap" : "period";
	const JsonValue *part = card_find(value, key);
	Place		here = place_of_member(place, key, strlen(key));
	Place		there = place_of_member(place, other, strlen(other));

	if (part && signal->measure != MEASURE_PERIODS && signal->measure != MEASURE_SESSIONS &&
		signal->measure != MEASURE_RHYTHM && signal->measure != MEASURE_OVERDUE && signal->measure != MEASURE_UNUSUAL)
		card_refuse(HOST_BAD_PARAMETER, &here,
					host_format("is not possible for the measure %s", score_measure_names[signal->measure]),
					"Only sessions, rhythm, overdue and unusual look at sessions: remove it.");
	if (card_find(value, other))
		card_refuse(HOST_BAD_PARAMETER, &there,
					host_format("is not possible for the measure %s", score_measure_names[signal->measure]),
					"A period belongs to the measure periods, a session gap to those that look at sessions.");
	if (part)
		signal->run = card_duration(part, &here, signal->measure != MEASURE_PERIODS, "Write for example \"7 days\".");
	else if (signal->measure == MEASURE_PERIODS)
		signal->run = SCORECARD_DAY;
	signal->has_run = part || signal->measure == MEASURE_PERIODS;
}

static void
check_half_life(const ScoreSignal *signal, bool given, const Place *place)
{
	switch (signal->measure)
	{
		case MEASURE_COUNT:
		case MEASURE_SUM:
		case MEASURE_EXISTS:
		case MEASURE_UNUSUAL:
			return;
		case MEASURE_RECENCY:
			if (!given)
				card_refuse(HOST_BAD_PARAMETER, place, "is missing",
							"Recency fades with its half-life: write for example \"half_life\": \"7 days\", or use exists.");
			return;
		default:
			break;
	}
	if (given)
		card_refuse(HOST_BAD_PARAMETER, place,
					host_format("is not possible for the measure %s", score_measure_names[signal->measure]),
					"Only count, sum, exists, recency and unusual fade: remove half_life.");
}

static int64_t
read_half_life(const JsonValue *value, const Place *place)
{
	return card_duration(value, place, false, "Leave half_life out for a signal that does not fade.");
}

static void
read_weights(Scorecard *card, ScoreSignal *signal, const JsonValue *value, const Place *place)
{
	card_expect(value, JSON_OBJECT, place, "Write a weight for each intent it speaks for, for example {\"purchase\": 0.4}.");
	if (value->size == 0)
		card_refuse(HOST_BAD_PARAMETER, place, "must weigh for at least one intent",
			   "Write for example {\"purchase\": 0.4}, or remove the signal.");
	signal->weights = host_alloc_array(value->size, sizeof(ScoreWeight));
	for (uint32_t i = 0; i < value->size; i++)
	{
		const JsonValue *member = &value->children[i];
		Place		here = place_of_member(place, member->key, member->key_size);
		ScoreWeight weight = {0};
		Fixed	   *total;
		uint32_t	at = signal->weight_count++;

		if (!card_find_intent(card, member->key, member->key_size, &weight.intent))
			card_refuse(HOST_BAD_PARAMETER, &here, "is not an intent of this scorecard",
				   host_format("Its intents are: %s.", card_intent_names(card)));
		weight.weight = card_fixed(member, &here);
		total = &card->intents[weight.intent].total;
		if (__builtin_add_overflow(*total, weight.weight < 0 ? -weight.weight : weight.weight, total))
			card_refuse(HOST_OUT_OF_RANGE, &here, "makes the sum of the weights of its intent too large",
				   "Weights of one intent together have at most 26 digits before the point.");
		/* in the order of the intents, whatever the order written */
		for (; at > 0 && signal->weights[at - 1].intent > weight.intent; at--)
			signal->weights[at] = signal->weights[at - 1];
		signal->weights[at] = weight;
	}
}

/* ----- signals ----- */

static void
read_signal(Scorecard *card, ScoreSignal *signal, const JsonValue *value, const Place *place, bool weighted)
{
	static const char *const keys[] = {
		"name", "touchpoints", "pattern", "measure", "half_life", "within", "until", "after", "hours", "weekdays",
		"session_gap", "period", "cap", "transform", "weights", NULL
	};
	static const char *const list_keys[] = {
		"name", "touchpoints", "pattern", "measure", "half_life", "within", "until", "after", "hours", "weekdays",
		"session_gap", "period", "cap", "transform", NULL
	};
	Place		name = place_of_member(place, "name", 4);
	Place		measure = place_of_member(place, "measure", 7);
	Place		half_life = place_of_member(place, "half_life", 9);
	Place		cap = place_of_member(place, "cap", 3);
	Place		transform = place_of_member(place, "transform", 9);
	Place		weights = place_of_member(place, "weights", 7);
	const JsonValue *part;

	card_expect(value, JSON_OBJECT, place, weighted ?
				"Write {\"name\": …, \"touchpoints\": […], \"measure\": \"count\", \"weights\": {…}}." :
				"Write {\"name\": …, \"touchpoints\": […], \"measure\": \"count\"}.");
	card_check_keys(value, place, weighted ? keys : list_keys, weighted ? SIGNAL_HINT : LIST_SIGNAL_HINT);
	part = card_require(value, place, "name", "Give the signal a name: explain() shows it.");
	card_expect(part, JSON_STRING, &name, "Give the signal a name: explain() shows it.");
	signal->name = card_name(part->text, part->size, &name);
	if (json_text_is(part->text, part->size, "(base)"))
		card_refuse(HOST_BAD_PARAMETER, &name, "must not be \"(base)\"",
					"explain() calls the base of the intent so: choose another name.");
	read_measure(signal, card_require(value, place, "measure", MEASURES_HINT), &measure);
	read_events(signal, value, place);
	part = card_find(value, "half_life");
	check_half_life(signal, part != NULL, &half_life);
	if (part && part->kind != JSON_ARRAY)
		signal->half_life = read_half_life(part, &half_life);
	else if (part && weighted)
		card_expect(part, JSON_STRING, &half_life, "A signal of a scorecard has one half-life: write for example \"2 days\".");
	read_run(signal, value, place);
	part = card_find(value, "cap");
	if (part)
	{
		signal->has_cap = true;
		signal->cap = card_fixed(part, &cap);
		if (signal->cap < 0)
			card_refuse(HOST_BAD_PARAMETER, &cap, "must not be negative",
						"cap bounds the size of the measure on both sides: write it without sign.");
	}
	part = card_find(value, "transform");
	if (part)
		read_transform(signal, part, &transform);
	if (weighted)
		read_weights(card, signal, card_require(value, place, "weights",
												"Write a weight for each intent it speaks for, for example {\"purchase\": 0.4}."),
					 &weights);
}

static ScoreSignal *
add_signal(Scorecard *card, uint32_t *capacity, const Place *place)
{
	if (card->signal_count >= SCORECARD_MAX_SIGNALS)
		card_refuse(HOST_LIMIT, place, host_format("is one signal too many; the most is %d", SCORECARD_MAX_SIGNALS),
					"Leave out signals that say little.");
	if (card->signal_count == *capacity)
	{
		*capacity = (uint32_t) checked_growth(*capacity, (size_t) card->signal_count + 1);
		card->signals = host_realloc_array(card->signals, *capacity, sizeof(ScoreSignal));
	}
	memset(&card->signals[card->signal_count], 0, sizeof(ScoreSignal));
	return &card->signals[card->signal_count++];
}

static void
check_name(const Scorecard *card, uint32_t number, const Place *place)
{
	const ScoreText *name = &card->signals[number].name;

	for (uint32_t other = 0; other < number; other++)
	{
		const ScoreText *known = &card->signals[other].name;

		if (known->size == name->size && memcmp(known->data, name->data, known->size) == 0)
			card_refuse(HOST_BAD_PARAMETER, place,
						host_format("is the name of signals[%u] too: \"%.*s\"", other,
									json_shown(known->data, known->size), known->data),
						"Every signal has a name of its own.");
	}
}

/* A signal of several half-lives is one for each, named by it; null does not fade. */
static void
spread_half_lives(Scorecard *card, uint32_t *capacity, const JsonValue *half_lives, const Place *place)
{
	ScoreSignal of_all = card->signals[--card->signal_count];
	Place		list = place_of_member(place, "half_life", 9);

	if (half_lives->size == 0)
		card_refuse(HOST_BAD_PARAMETER, &list, "must have at least one half-life", "Write for example [\"1 day\", \"14 days\", null].");
	for (uint32_t i = 0; i < half_lives->size; i++)
	{
		const JsonValue *value = &half_lives->children[i];
		ScoreSignal *signal = add_signal(card, capacity, place);
		Place		here = place_of_element(&list, i);
		char		text[DURATION_TEXT_MAX];
		const char *name;

		*signal = of_all;
		if (value->kind == JSON_NULL)
		{
			check_half_life(signal, false, &here);
			continue;
		}
		signal->half_life = read_half_life(value, &here);
		name = host_format("%.*s (%.*s)", (int) of_all.name.size, of_all.name.data,
						   (int) duration_to_text(signal->half_life, text), text);
		signal->name = (ScoreText) {name, (uint32_t) strlen(name)};
	}
}

void
card_read_signals(Scorecard *card, const JsonValue *value, const Place *place, bool weighted)
{
	uint32_t	capacity = value->kind == JSON_ARRAY && value->size > 0 ? value->size : 1;
	size_t		parts = 0;

	card_expect(value, JSON_ARRAY, place, "Write a list of signals; it may be empty: [].");
	card->signals = host_alloc_array(capacity, sizeof(ScoreSignal));
	for (uint32_t i = 0; i < value->size; i++)
	{
		const JsonValue *half_lives = value->children[i].kind == JSON_OBJECT ?
			card_find(&value->children[i], "half_life") : NULL;
		uint32_t	first = card->signal_count;
		Place		here = place_of_element(place, i);
		Place		name = place_of_member(&here, "name", 4);

		host_check_interrupts();
		read_signal(card, add_signal(card, &capacity, &here), &value->children[i], &here, weighted);
		if (half_lives && half_lives->kind == JSON_ARRAY)
			spread_half_lives(card, &capacity, half_lives, &here);
		for (uint32_t s = first; s < card->signal_count; s++)
		{
			const ScoreSignal *signal = &card->signals[s];

			check_name(card, s, &name);
			parts += (size_t) signal->pattern_count + signal->until_count + signal->after_count +
				signal->point_count + signal->weight_count;
			if (parts > SCORECARD_MAX_PARTS)
				card_refuse(HOST_LIMIT, &here,
							host_format("passes %d touchpoints, points and weights in all", SCORECARD_MAX_PARTS),
							"Use several scorecards.");
		}
	}
}

void
signal_set_pattern(ScoreSignal *signal, const char *text, size_t size)
{
	Pattern    *pattern = host_alloc(sizeof(Pattern));
	ByteBuffer	flat;

	buffer_init(&flat, 1024);
	pattern_from_text(&flat, text, size);
	pattern_open(pattern, flat.data, flat.size);
	signal->pattern = pattern;
	signal->text = (ScoreText) {pattern->text, pattern->header.text_size};
}
