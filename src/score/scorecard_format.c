/*
 * scorecard_format.c
 *		The flat bytes of a scorecard, or of a list of signals.
 *
 *	byte	version (1)
 *	byte	flags: bit 0 offset; the others are reserved, zero
 *	varint	session gap in microseconds
 *	varint	zigzag of minutes east of UTC		(only with bit 0)
 *	varint	number of intents, 0 of a list of signals; each: text name, number base
 *	varint	number of signals; each:
 *		text	name
 *		byte	bits 0-2 of the measure, 3-4 transform, 5 cap, 6 more
 *		varint	half-life in microseconds, 0 for none
 *		number	cap								(only with bit 5)
 *		varint	the rest of the measure, and what more there is	(only with bit 6)
 *		varint	microseconds back that it looks	(only with MORE_WITHIN)
 *		varint	session gap or period			(only with MORE_RUN)
 *		bytes	hour from, hour until, weekdays	(only with MORE_TIME)
 *		varint	number of touchpoints; each: text, canonical	(of until, of after)
 *		text	pattern, canonical				(only of matched and level)
 *		varint	number of touchpoints; each: text, canonical	(of all others)
 *		varint	number of points; each: numbers x and y	(only for points)
 *		varint	number of weights; each: varint intent, number
 *
 * A text is a varint size and bytes; a number is two varints, the zigzag of a
 * Fixed in its low and its high 64 bits.
 */
#include "score/scorecard.h"

#define FLAG_OFFSET 1

#define FLAG_CAP 0x20
#define FLAG_MORE 0x40

/* Beside bits 0-2, which are the measure divided by 8. */
#define MORE_RUN 8
#define MORE_TIME 16
#define MORE_UNTIL 32
#define MORE_AFTER 64
#define MORE_WITHIN 128
#define MORE_END 256

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
append_touchpoints(ByteBuffer *out, const TouchpointPattern *patterns, uint32_t count)
{
	ByteBuffer	text;

	buffer_init(&text, 64);
	buffer_varint(out, count);
	for (uint32_t i = 0; i < count; i++)
	{
		text.size = 0;
		touchpoint_pattern_append(&text, &patterns[i]);
		append_text(out, (const char *) text.data, text.size);
	}
	host_free(text.data);
}

static void
append_signal(ByteBuffer *out, const ScoreSignal *signal)
{
	uint64_t	more = (uint64_t) signal->measure >> 3 | (signal->has_run ? MORE_RUN : 0) |
		(signal_looks_always(signal) ? 0 : MORE_TIME) | (signal->until_count > 0 ? MORE_UNTIL : 0) |
		(signal->after_count > 0 ? MORE_AFTER : 0) | (signal->within > 0 ? MORE_WITHIN : 0);

	append_text(out, signal->name.data, signal->name.size);
	buffer_byte(out, (uint8_t) ((signal->measure & 7) | signal->transform << 3 |
								(signal->has_cap ? FLAG_CAP : 0) | (more != 0 ? FLAG_MORE : 0)));
	buffer_varint(out, (uint64_t) signal->half_life);
	if (signal->has_cap)
		append_fixed(out, signal->cap);
	if (more != 0)
		buffer_varint(out, more);
	if (signal->within > 0)
		buffer_varint(out, (uint64_t) signal->within);
	if (signal->has_run)
		buffer_varint(out, (uint64_t) signal->run);
	if (more & MORE_TIME)
	{
		buffer_byte(out, signal->hour_from);
		buffer_byte(out, signal->hour_until);
		buffer_byte(out, signal->weekdays);
	}
	if (more & MORE_UNTIL)
		append_touchpoints(out, signal->until, signal->until_count);
	if (more & MORE_AFTER)
		append_touchpoints(out, signal->after, signal->after_count);
	if (measure_is_of_pattern(signal->measure))
		append_text(out, signal->text.data, signal->text.size);
	else
		append_touchpoints(out, signal->patterns, signal->pattern_count);

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
	buffer_byte(out, card->utc_offset != 0 ? FLAG_OFFSET : 0);
	buffer_varint(out, (uint64_t) card->session_gap);
	if (card->utc_offset != 0)
		buffer_varint(out, bytes_zigzag(card->utc_offset / SCORECARD_MINUTE));
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

static TouchpointPattern *
read_touchpoints(ByteReader *reader, uint32_t *count)
{
	TouchpointPattern *patterns;

	*count = read_count(reader, 1);
	patterns = host_alloc_array((size_t) *count + 1, sizeof(TouchpointPattern));
	for (uint32_t i = 0; i < *count; i++)
	{
		ScoreText	text = read_text(reader);

		if (reader->bad)
			corrupt("It is cut short.");
		touchpoint_parse_whole(&patterns[i], text.data, text.size);
	}
	return patterns;
}

/* Measure, and which events count. */
static void
read_events(ByteReader *reader, ScoreSignal *signal, uint8_t kinds)
{
	uint64_t	more = kinds & FLAG_MORE ? reader_varint(reader) : 0;
	uint64_t	measure = (kinds & 7) | (more & 7) << 3;

	if (measure >= MEASURES || more >= MORE_END || ((kinds & FLAG_MORE) != 0 && more == 0))
		corrupt("A measure is unknown.");
	signal->measure = (ScoreMeasure) measure;
	if (more & MORE_WITHIN)
		signal->within = read_microseconds(reader);
	signal->has_run = (more & MORE_RUN) != 0;
	if (signal->has_run)
		signal->run = read_microseconds(reader);
	signal->hour_until = 24;
	signal->weekdays = SIGNAL_EVERY_DAY;
	if (more & MORE_TIME)
	{
		signal->hour_from = reader_byte(reader);
		signal->hour_until = reader_byte(reader);
		signal->weekdays = reader_byte(reader);
		if (signal->hour_from > 23 || signal->hour_until > 24 || signal->hour_from == signal->hour_until ||
			signal->weekdays == 0 || signal->weekdays > SIGNAL_EVERY_DAY || signal_looks_always(signal))
			corrupt("Hours or weekdays are out of range.");
	}
	if (more & MORE_UNTIL)
		signal->until = read_touchpoints(reader, &signal->until_count);
	if (more & MORE_AFTER)
		signal->after = read_touchpoints(reader, &signal->after_count);
	if (((more & MORE_UNTIL) && signal->until_count == 0) || ((more & MORE_AFTER) && signal->after_count == 0) ||
		signal->after_count > SIGNAL_AFTER_MAX || ((more & MORE_WITHIN) && signal->within == 0) ||
		(signal->measure == MEASURE_PERIODS && !(signal->has_run && signal->run > 0)))
		corrupt("It is cut short.");
	if (measure_is_of_pattern(signal->measure))
	{
		ScoreText	text = read_text(reader);

		if (reader->bad)
			corrupt("It is cut short.");
		signal_set_pattern(signal, text.data, text.size);
	}
	else
		signal->patterns = read_touchpoints(reader, &signal->pattern_count);
}

static void
read_signal(ByteReader *reader, const Scorecard *card, ScoreSignal *signal)
{
	uint8_t		kinds;

	signal->name = read_text(reader);
	kinds = reader_byte(reader);
	signal->half_life = read_microseconds(reader);
	signal->has_cap = (kinds & FLAG_CAP) != 0;
	if (kinds >> 7 != 0 || (kinds >> 3 & 3) > TRANSFORM_POINTS)
		corrupt("A transform is unknown.");
	signal->transform = (ScoreTransform) (kinds >> 3 & 3);
	if (signal->has_cap)
		signal->cap = read_number(reader);
	if (signal->cap < 0)
		corrupt("A cap is negative.");
	read_events(reader, signal, kinds);
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

static void
open_flat(Scorecard *card, const void *data, size_t size)
{
	ByteReader	reader = reader_over(data, size);
	int			version = reader_byte(&reader);
	int			flags = reader_byte(&reader);

	memset(card, 0, sizeof(*card));
	if (reader.bad || version != SCORECARD_VERSION || (flags & ~FLAG_OFFSET) != 0)
		corrupt(host_format("Its format version is %d; this is version %d.",
							version, SCORECARD_VERSION));
	card->session_gap = read_microseconds(&reader);
	if (flags & FLAG_OFFSET)
	{
		int64_t		minutes = bytes_unzigzag(reader_varint(&reader));

		if (minutes == 0 || minutes < -SCORECARD_OFFSET_MAX || minutes > SCORECARD_OFFSET_MAX)
			corrupt("Its offset from UTC is out of range.");
		card->utc_offset = minutes * SCORECARD_MINUTE;
	}
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
	if (reader.bad || reader_left(&reader) != 0)
		corrupt("It is cut short or too long.");
	scorecard_finish(card);
}

void
scorecard_open(Scorecard *card, const void *data, size_t size)
{
	open_flat(card, data, size);
	if (card->intent_count == 0)
		corrupt("It has no intents.");
}

void
signal_list_open(Scorecard *card, const void *data, size_t size)
{
	open_flat(card, data, size);
	if (card->intent_count > 0)
		corrupt("It is a scorecard.");
}
