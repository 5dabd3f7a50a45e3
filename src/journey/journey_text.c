/*
 * journey_text.c
 *		The text of a journey, read and written.
 */
#include "base/instant.h"
#include "journey/journey_builder.h"
#include "journey/journey_edit.h"
#include "journey/journey_text.h"

/* Events written between two looks at interrupts. */
#define EVENTS_PER_CHECK 1024

/* ----- reading ----- */

JourneyValueText
journey_value_from_text(const char *text, size_t size, double *value)
{
	bool		zero = true;	/* is every digit before the exponent? */

	if (!host_text_to_double(text, size, value))
		return JOURNEY_VALUE_SYNTAX;
	for (size_t i = 0; i < size && text[i] != 'e' && text[i] != 'E'; i++)
		zero = zero && (text[i] < '1' || text[i] > '9');

	/* too small to be told from nothing, or too large */
	if ((*value == 0 && !zero) || *value - *value != 0)
		return JOURNEY_VALUE_RANGE;
	return JOURNEY_VALUE_OK;
}

typedef struct JourneyReader
{
	const char *text;
	size_t		size;
	size_t		at;
	size_t		event;			/* number of the event that is read, from 1 */
	JourneyBuilder builder;
} JourneyReader;

static void fail_at(const JourneyReader *reader, HostError code, size_t at,
					const char *expected) HOST_NORETURN;

static void
fail_at(const JourneyReader *reader, HostError code, size_t at, const char *expected)
{
	const char *rest = reader->text + at;
	size_t		size = bytes_excerpt(rest, reader->size - at, 40);
	const char *found = size < reader->size - at ? "..." : "";

	host_fail(code,
			  host_format("invalid input syntax for type journey: \"%.*s%s\"",
						  (int) bytes_excerpt(reader->text, reader->size, 60), reader->text,
						  reader->size > 60 ? "..." : ""),
			  at < reader->size ?
			  host_format("Event %zu: expected %s at byte %zu, not \"%.*s%s\".",
						  reader->event, expected, at + 1, (int) size, rest, found) :
			  host_format("Event %zu: expected %s at byte %zu, where the text ends.",
						  reader->event, expected, at + 1),
			  "Write {2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:purchase "
			  "value=19.99 recorded_at=2026-03-01T11:00:00Z ref=A17}.");
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

static void
skip_spaces(JourneyReader *reader)
{
	while (reader->at < reader->size && is_space(reader->text[reader->at]))
		reader->at++;
}

static bool
take(JourneyReader *reader, char c)
{
	if (reader->at == reader->size || reader->text[reader->at] != c)
		return false;
	reader->at++;
	return true;
}

/* "name=", or nothing is taken. */
static bool
take_name(JourneyReader *reader, const char *name)
{
	size_t		size = strlen(name);

	if (reader->size - reader->at <= size ||
		memcmp(reader->text + reader->at, name, size) != 0 ||
		reader->text[reader->at + size] != '=')
		return false;
	reader->at += size + 1;
	return true;
}

static int64_t
take_time(JourneyReader *reader)
{
	int64_t		instant = 0;
	size_t		taken;

	switch (instant_parse(reader->text + reader->at, reader->size - reader->at, &instant, &taken))
	{
		case INSTANT_OK:
			break;
		case INSTANT_SYNTAX:
			fail_at(reader, HOST_BAD_TEXT, reader->at, "a time");
		case INSTANT_NO_OFFSET:
			fail_at(reader, HOST_BAD_TEXT, reader->at + taken, "Z or an offset from UTC such as +01:00");
		case INSTANT_RANGE:
			fail_at(reader, HOST_BAD_TIME, reader->at, "a time that exists");
	}
	reader->at += taken;
	return instant;
}

static Touchpoint
take_touchpoint(JourneyReader *reader)
{
	TouchpointPattern pattern;
	size_t		end;
	const char *expected = touchpoint_scan(&pattern, reader->text + reader->at,
										   reader->size - reader->at, &end);

	if (expected)
		fail_at(reader, HOST_BAD_TEXT, reader->at + end,
				expected == touchpoint_closing_quote ? expected : "a name or a quoted name");
	if (pattern.event_part == TOUCHPOINT_ANY || (pattern.channel_part == TOUCHPOINT_ANY && !pattern.bare))
		fail_at(reader, HOST_BAD_TEXT, reader->at, "a touchpoint, which is no pattern,");
	reader->at += end;
	return pattern.touchpoint;
}

static double
take_value(JourneyReader *reader)
{
	const char *number = reader->text + reader->at;
	size_t		left = reader->size - reader->at;
	size_t		size = 0;
	double		value = 0;

	while (size < left && !is_space(number[size]) && number[size] != ',' && number[size] != '}')
		size++;
	switch (journey_value_from_text(number, size, &value))
	{
		case JOURNEY_VALUE_OK:
			break;
		case JOURNEY_VALUE_SYNTAX:
			fail_at(reader, HOST_BAD_TEXT, reader->at, "a finite number");
		case JOURNEY_VALUE_RANGE:
			fail_at(reader, HOST_OUT_OF_RANGE, reader->at, "a number in the range of float8");
	}
	reader->at += size;
	return value;
}

/* An empty ref is none, as it is everywhere. */
static bool
take_ref(JourneyReader *reader, JourneyRow *row)
{
	size_t		size = touchpoint_part_parse(reader->text + reader->at, reader->size - reader->at,
											 &row->ref, &row->ref_size);

	if (size == 0)
		fail_at(reader, HOST_BAD_TEXT, reader->at, "a ref or a quoted ref");
	reader->at += size;
	return row->ref_size > 0;
}

/* What may follow the touchpoint: each once, in any order. */
static void
take_attributes(JourneyReader *reader, JourneyRow *row)
{
	uint16_t	seen = 0;

	for (;;)
	{
		size_t		before = reader->at;
		size_t		start;
		uint16_t	kind;

		skip_spaces(reader);
		start = reader->at;
		if (start == reader->size || reader->text[start] == ',' || reader->text[start] == '}')
			break;
		if (start == before)
			fail_at(reader, HOST_BAD_TEXT, start, "a space, \",\" or \"}\"");
		if (take_name(reader, "value"))
		{
			kind = JOURNEY_ROW_VALUE;
			row->value = take_value(reader);
			row->flags |= kind;
		}
		else if (take_name(reader, "recorded_at"))
		{
			kind = JOURNEY_ROW_RECORDED;
			row->recorded = take_time(reader);
			row->flags |= kind;
		}
		else if (take_name(reader, "ref"))
		{
			kind = JOURNEY_ROW_REF;
			if (take_ref(reader, row))
				row->flags |= kind;
		}
		else
			fail_at(reader, HOST_BAD_TEXT, start, "value=, recorded_at=, ref=, \",\" or \"}\"");
		if (seen & kind)
			fail_at(reader, HOST_BAD_TEXT, start, "each of value, recorded_at and ref once");
		seen |= kind;
	}
}

static void
take_event(JourneyReader *reader)
{
	JourneyRow	row = {0};
	Touchpoint	touchpoint;
	size_t		before;

	row.at = take_time(reader);
	before = reader->at;
	skip_spaces(reader);
	if (reader->at == before)
		fail_at(reader, HOST_BAD_TEXT, before, "a space and a touchpoint");
	touchpoint = take_touchpoint(reader);
	take_attributes(reader, &row);
	journey_builder_add(&reader->builder, &row, &touchpoint);
}

void
journey_from_text(ByteBuffer *out, const char *text, size_t size)
{
	JourneyReader reader = {.text = text, .size = size, .event = 1};

	journey_builder_init(&reader.builder);
	skip_spaces(&reader);
	if (!take(&reader, '{'))
		fail_at(&reader, HOST_BAD_TEXT, reader.at, "\"{\"");
	skip_spaces(&reader);
	if (!take(&reader, '}'))
	{
		for (;; reader.event++)
		{
			skip_spaces(&reader);
			take_event(&reader);
			if (!take(&reader, ','))
				break;
		}
		if (!take(&reader, '}'))
			fail_at(&reader, HOST_BAD_TEXT, reader.at, "\",\" or \"}\"");
	}
	skip_spaces(&reader);
	if (reader.at < size)
		fail_at(&reader, HOST_BAD_TEXT, reader.at, "nothing after \"}\"");
	journey_builder_finish(&reader.builder, out);
}

/* ----- writing ----- */

static void
append_instant(ByteBuffer *out, int64_t instant)
{
	buffer_reserve(out, INSTANT_TEXT_MAX);
	out->size += instant_to_text(instant, (char *) out->data + out->size);
}

static void
append_double(ByteBuffer *out, double value)
{
	buffer_reserve(out, HOST_DOUBLE_TEXT_MAX);
	out->size += host_double_to_text(value, (char *) out->data + out->size);
}

static void
append_row(ByteBuffer *out, const JourneyRow *row, const Touchpoint *touchpoint)
{
	append_instant(out, row->at);
	buffer_byte(out, ' ');
	touchpoint_append(out, touchpoint);
	if (row->flags & JOURNEY_ROW_VALUE)
	{
		buffer_text(out, " value=");
		append_double(out, row->value);
	}
	if (row->flags & JOURNEY_ROW_RECORDED)
	{
		buffer_text(out, " recorded_at=");
		append_instant(out, row->recorded);
	}
	if (row->flags & JOURNEY_ROW_REF)
	{
		buffer_text(out, " ref=");
		touchpoint_part_append(out, row->ref, row->ref_size);
	}
}

/* "0001-01-01T00:00:00Z a, ": no event takes less. */
#define SHORTEST_EVENT 24

static void
check_text_size(const JourneyView *view, size_t size)
{
	if (size > INTENT_MAX_VALUE_SIZE)
		host_fail(HOST_LIMIT,
				  host_format("text of a journey of %u events is too large", view->events), NULL,
				  "Take parts of it, with slice() for example, or its binary form.");
}

void
journey_to_text(ByteBuffer *out, const JourneyView *view)
{
	JourneyRows all;

	/* before any memory is asked for */
	check_text_size(view, (size_t) view->events * SHORTEST_EVENT);
	buffer_reserve(out, (size_t) view->events * 2 * SHORTEST_EVENT);
	all = journey_open_rows(view);
	buffer_byte(out, '{');
	for (size_t i = 0; i < all.count; i++)
	{
		if (i % EVENTS_PER_CHECK == 0)
			host_check_interrupts();
		if (i > 0)
			buffer_text(out, ", ");
		append_row(out, &all.rows[i], &all.dictionary[all.rows[i].code]);
		check_text_size(view, out->size);
	}
	buffer_byte(out, '}');
	journey_close_rows(&all);
}
