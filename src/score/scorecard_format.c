/*
 * scorecard_format.c
 *		The flat bytes of a scorecard, and its canonical JSON text.
 *
 *	byte	version (1)
 *	byte	flags, reserved, zero
 *	varint	session gap in microseconds
 *	varint	number of intents; each: text name, number base
 *	varint	number of signals; each:
 *		text	name
 *		byte	bits 0-2 measure, 3-4 transform, 5 cap
 *		varint	half-life in microseconds, 0 for none
 *		number	cap								(only with bit 5)
 *		varint	number of touchpoints; each: text, canonical
 *		varint	number of points; each: numbers x and y	(only for points)
 *		varint	number of weights; each: varint intent, number
 *
 * A text is a varint size and bytes; a number is two varints, the zigzag of a
 * Fixed in its low and its high 64 bits.
 */
#include "base/duration.h"
#include "score/json_reader.h"
#include "score/scorecard.h"

#define FLAG_CAP 0x20

/* ----- writing ----- */

static void
append_text(ByteBuffer *out, const char *text, size_t size)
{
	buffer_varint(out, size);
	buffer_bytes(out, text, size);
}

static void
append_fixed(ByteBuffer *out, Fixed fixed)
{
	FixedMagnitude zigzag = (FixedMagnitude) fixed << 1 ^ (fixed < 0 ? ~(FixedMagnitude) 0 : 0);

	buffer_varint(out, (uint64_t) zigzag);
	buffer_varint(out, (uint64_t) (zigzag >> 64));
}

static void
append_signal(ByteBuffer *out, const ScoreSignal *signal)
{
	ByteBuffer	pattern;

	append_text(out, signal->name.data, signal->name.size);
	buffer_byte(out, (uint8_t) (signal->measure | signal->transform << 3 |
								(signal->has_cap ? FLAG_CAP : 0)));
	buffer_varint(out, (uint64_t) signal->half_life);
	if (signal->has_cap)
		append_fixed(out, signal->cap);

	buffer_init(&pattern, 64);
	buffer_varint(out, signal->pattern_count);
	for (uint32_t i = 0; i < signal->pattern_count; i++)
	{
		pattern.size = 0;
		touchpoint_pattern_append(&pattern, &signal->patterns[i]);
		append_text(out, (const char *) pattern.data, pattern.size);
	}
	host_free(pattern.data);

	if (signal->transform == TRANSFORM_POINTS)
	{
		buffer_varint(out, signal->point_count);
		for (uint32_t i = 0; i < signal->point_count; i++)
		{
			append_fixed(out, signal->points[i].x);
			append_fixed(out, signal->points[i].y);
		}
	}
	buffer_varint(out, signal->weight_count);
	for (uint32_t i = 0; i < signal->weight_count; i++)
	{
		buffer_varint(out, signal->weights[i].intent);
		append_fixed(out, signal->weights[i].weight);
	}
}

void
scorecard_append_flat(ByteBuffer *out, const Scorecard *card)
{
	buffer_byte(out, SCORECARD_VERSION);
	buffer_byte(out, 0);
	buffer_varint(out, (uint64_t) card->session_gap);
	buffer_varint(out, card->intent_count);
	for (uint32_t i = 0; i < card->intent_count; i++)
	{
		append_text(out, card->intents[i].name.data, card->intents[i].name.size);
		append_fixed(out, card->intents[i].base);
	}
	buffer_varint(out, card->signal_count);
	for (uint32_t i = 0; i < card->signal_count; i++)
		append_signal(out, &card->signals[i]);
}

/* ----- reading ----- */

static void corrupt(const char *detail) HOST_NORETURN;

static void
corrupt(const char *detail)
{
	host_fail(HOST_CORRUPT, "scorecard is not valid", detail, NULL);
}

/* A count of things that take `least` bytes each. */
static uint32_t
read_count(ByteReader *reader, size_t least)
{
	uint64_t	count = reader_varint(reader);

	if (reader->bad || count > reader_left(reader) / least)
		corrupt("It is cut short.");
	return (uint32_t) count;
}

static ScoreText
read_text(ByteReader *reader)
{
	uint32_t	size = read_count(reader, 1);

	return (ScoreText) {(const char *) reader_bytes(reader, size), size};
}

static Fixed
read_number(ByteReader *reader)
{
	FixedMagnitude zigzag = reader_varint(reader);
	FixedMagnitude magnitude;

	zigzag |= (FixedMagnitude) reader_varint(reader) << 64;
	magnitude = zigzag >> 1;
	return zigzag & 1 ? -(Fixed) magnitude - 1 : (Fixed) magnitude;
}

static int64_t
read_microseconds(ByteReader *reader)
{
	uint64_t	microseconds = reader_varint(reader);

	if (microseconds > INT64_MAX)
		reader->bad = true;
	return reader->bad ? 0 : (int64_t) microseconds;
}

static void
read_signal(ByteReader *reader, const Scorecard *card, ScoreSignal *signal)
{
	uint8_t		kinds;

	signal->name = read_text(reader);
	kinds = reader_byte(reader);
	signal->half_life = read_microseconds(reader);
	signal->has_cap = (kinds & FLAG_CAP) != 0;
	if (kinds >> 6 != 0 || (kinds & 7) >= MEASURES || (kinds >> 3 & 3) > TRANSFORM_POINTS)
		corrupt("A measure or transform is unknown.");
	signal->measure = (ScoreMeasure) (kinds & 7);
	signal->transform = (ScoreTransform) (kinds >> 3 & 3);
	if (signal->has_cap)
		signal->cap = read_number(reader);
	if (signal->cap < 0)
		corrupt("A cap is negative.");

	signal->pattern_count = read_count(reader, 1);
	signal->patterns = host_alloc_array((size_t) signal->pattern_count + 1, sizeof(TouchpointPattern));
	for (uint32_t i = 0; i < signal->pattern_count; i++)
	{
		ScoreText	text = read_text(reader);

		if (reader->bad)
			corrupt("It is cut short.");
		touchpoint_parse_whole(&signal->patterns[i], text.data, text.size);
	}
	if (signal->transform == TRANSFORM_POINTS)
	{
		signal->point_count = read_count(reader, 4);
		signal->points = host_alloc_array((size_t) signal->point_count + 1, sizeof(ScorePoint));
		for (uint32_t i = 0; i < signal->point_count; i++)
		{
			signal->points[i].x = read_number(reader);
			signal->points[i].y = read_number(reader);
			if (i > 0 && signal->points[i].x <= signal->points[i - 1].x)
				corrupt("Points are out of order.");
		}
		if (signal->point_count == 0)
			corrupt("Points are missing.");
	}
	signal->weight_count = read_count(reader, 3);
	signal->weights = host_alloc_array((size_t) signal->weight_count + 1, sizeof(ScoreWeight));
	for (uint32_t i = 0; i < signal->weight_count; i++)
	{
		uint64_t	intent = reader_varint(reader);

		if (intent >= card->intent_count || (i > 0 && intent <= signal->weights[i - 1].intent))
			corrupt("A weight is for an unknown intent.");
		signal->weights[i].intent = (uint32_t) intent;
		signal->weights[i].weight = read_number(reader);
	}
}

void
scorecard_open(Scorecard *card, const void *data, size_t size)
{
	ByteReader	reader = reader_over(data, size);
	int			version = reader_byte(&reader);
	int			flags = reader_byte(&reader);

	memset(card, 0, sizeof(*card));
	if (reader.bad || version != SCORECARD_VERSION || flags != 0)
		corrupt(host_format("Its format version is %d; this is version %d.",
							version, SCORECARD_VERSION));
	card->session_gap = read_microseconds(&reader);
	card->intent_count = read_count(&reader, 3);
	card->intents = host_alloc_array((size_t) card->intent_count + 1, sizeof(ScoreIntent));
	for (uint32_t i = 0; i < card->intent_count; i++)
	{
		card->intents[i].name = read_text(&reader);
		card->intents[i].base = read_number(&reader);
	}
	if (reader.bad)
		corrupt("It is cut short.");
	card->signal_count = read_count(&reader, 5);
	card->signals = host_alloc_zero(checked_mul_size((size_t) card->signal_count + 1,
													 sizeof(ScoreSignal)));
	for (uint32_t i = 0; i < card->signal_count; i++)
		read_signal(&reader, card, &card->signals[i]);
	if (reader.bad || reader_left(&reader) != 0 || card->intent_count == 0)
		corrupt("It is cut short or too long.");
	scorecard_finish(card);
}

void
scorecard_finish(Scorecard *card)
{
	for (uint32_t i = 0; i < card->intent_count; i++)
		card->intents[i].total = 0;
	card->decays = host_alloc_array((size_t) card->signal_count + 1, sizeof(FixedDecay));
	card->decay_count = 0;
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		ScoreSignal *signal = &card->signals[s];

		for (uint32_t w = 0; w < signal->weight_count; w++)
		{
			ScoreIntent *intent = &card->intents[signal->weights[w].intent];
			Fixed		weight = signal->weights[w].weight;

			intent->total = fixed_add(intent->total, weight < 0 ? fixed_subtract(0, weight) : weight);
		}
		if (signal->half_life == 0)
			continue;
		for (signal->decay = 0; signal->decay < card->decay_count; signal->decay++)
		{
			if (card->decays[signal->decay].half_life == signal->half_life)
				break;
		}
		if (signal->decay == card->decay_count)
			card->decays[card->decay_count++] = fixed_decay_prepare(signal->half_life);
	}
}

/* ----- JSON ----- */

static void
json_fixed(ByteBuffer *out, Fixed fixed)
{
	char		text[FIXED_TEXT_MAX];

	buffer_bytes(out, text, fixed_to_text(fixed, text));
}

static void
json_duration(ByteBuffer *out, int64_t microseconds)
{
	char		text[DURATION_TEXT_MAX];

	json_append_string(out, text, duration_to_text(microseconds, text));
}

static void
json_signal(ByteBuffer *out, const Scorecard *card, const ScoreSignal *signal)
{
	ByteBuffer	pattern;

	buffer_text(out, "{\"name\": ");
	json_append_string(out, signal->name.data, signal->name.size);

	buffer_text(out, ", \"touchpoints\": [");
	buffer_init(&pattern, 64);
	for (uint32_t i = 0; i < signal->pattern_count; i++)
	{
		buffer_text(out, i > 0 ? ", " : "");
		pattern.size = 0;
		touchpoint_pattern_append(&pattern, &signal->patterns[i]);
		json_append_string(out, (const char *) pattern.data, pattern.size);
	}
	host_free(pattern.data);

	buffer_text(out, "], \"measure\": \"");
	buffer_text(out, score_measure_names[signal->measure]);
	buffer_byte(out, '"');
	if (signal->half_life > 0)
	{
		buffer_text(out, ", \"half_life\": ");
		json_duration(out, signal->half_life);
	}
	if (signal->has_cap)
	{
		buffer_text(out, ", \"cap\": ");
		json_fixed(out, signal->cap);
	}
	if (signal->transform != TRANSFORM_POINTS)
		buffer_text(out, signal->transform == TRANSFORM_LOG1P ?
					", \"transform\": \"log1p\"" : ", \"transform\": \"linear\"");
	else
	{
		buffer_text(out, ", \"transform\": {\"points\": [");
		for (uint32_t i = 0; i < signal->point_count; i++)
		{
			buffer_text(out, i > 0 ? ", [" : "[");
			json_fixed(out, signal->points[i].x);
			buffer_text(out, ", ");
			json_fixed(out, signal->points[i].y);
			buffer_byte(out, ']');
		}
		buffer_text(out, "]}");
	}
	buffer_text(out, ", \"weights\": {");
	for (uint32_t i = 0; i < signal->weight_count; i++)
	{
		const ScoreText *intent = &card->intents[signal->weights[i].intent].name;

		buffer_text(out, i > 0 ? ", " : "");
		json_append_string(out, intent->data, intent->size);
		buffer_text(out, ": ");
		json_fixed(out, signal->weights[i].weight);
	}
	buffer_text(out, "}}");
}

void
scorecard_append_json(ByteBuffer *out, const Scorecard *card)
{
	buffer_text(out, "{\"intents\": {");
	for (uint32_t i = 0; i < card->intent_count; i++)
	{
		buffer_text(out, i > 0 ? ", " : "");
		json_append_string(out, card->intents[i].name.data, card->intents[i].name.size);
		buffer_text(out, ": {\"base\": ");
		json_fixed(out, card->intents[i].base);
		buffer_byte(out, '}');
	}
	buffer_text(out, "}, \"session_gap\": ");
	json_duration(out, card->session_gap);
	buffer_text(out, ", \"signals\": [");
	for (uint32_t i = 0; i < card->signal_count; i++)
	{
		buffer_text(out, i > 0 ? ", " : "");
		json_signal(out, card, &card->signals[i]);
	}
	buffer_text(out, "]}");
}
