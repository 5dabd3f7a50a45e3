/*
 * journey_rows.c
 *		A journey taken apart into the rows it can be built from again.
 */
#include <math.h>

#include "journey/journey_format.h"

/* Corrected values, one at a time. */
typedef struct VersionReader
{
	ByteReader	reader;
	uint64_t	left;
	uint64_t	event;			/* number of the event the last one belongs to */
} VersionReader;

static VersionReader
versions_open(const JourneyView *view)
{
	VersionReader versions = {
		reader_over(view->section[JOURNEY_VERSIONS].data, view->section[JOURNEY_VERSIONS].size), 0, 0
	};

	if (journey_has_versions(view))
		versions.left = reader_varint(&versions.reader);

	/* a version takes two bytes at least */
	if (versions.left > reader_left(&versions.reader) / 2)
		host_fail(view->blame, "journey is not valid",
				  "Its section \"versions\" is cut short.", NULL);
	return versions;
}

/* Fills what a version has of its own; the event gives the rest. */
static void
versions_next(VersionReader *versions, const JourneyView *view, JourneyRow *row)
{
	ByteReader *reader = &versions->reader;
	const uint8_t *value;
	int64_t		lag = 0;

	versions->event += reader_varint(reader);
	row->flags = reader_byte(reader);
	if (row->flags & ~(JOURNEY_ROW_VALUE | JOURNEY_ROW_RECORDED))
		reader->bad = true;
	if (row->flags & JOURNEY_ROW_VALUE)
	{
		uint64_t	bits = 0;

		value = reader_bytes(reader, 8);
		if (value)
			bits = bytes_load_u64(value);
		memcpy(&row->value, &bits, 8);
	}
	if (row->flags & JOURNEY_ROW_RECORDED)
		lag = bytes_unzigzag(reader_varint(reader));
	row->recorded = lag;
	versions->left--;
	if (reader->bad || versions->event >= view->events)
		host_fail(view->blame, "journey is not valid",
				  "Its section \"versions\" names an event it does not have.", NULL);
}

size_t
journey_row_count(const JourneyView *view)
{
	return (size_t) view->events + (size_t) versions_open(view).left;
}

/* Packed refs become text again, all in one piece of memory. */
typedef struct RefTexts
{
	char	   *next;
	size_t		left;
} RefTexts;

static const char *
ref_in_memory(RefTexts *texts, const JourneyRef *ref, uint32_t *size)
{
	char		buffer[JOURNEY_REF_PACKED_MAX];
	const char *text = journey_ref_text(ref, buffer, size);

	if (text != buffer)
		return text;
	if (texts->left < *size)
	{
		texts->left = 64 * JOURNEY_REF_PACKED_MAX;
		texts->next = host_alloc(texts->left);
	}
	memcpy(texts->next, buffer, *size);
	text = texts->next;
	texts->next += *size;
	texts->left -= *size;
	return text;
}

void
journey_rows(const JourneyView *view, JourneyRow *rows)
{
	JourneyCursor cursor;
	JourneyBlock block;
	RefTexts	texts = {NULL, 0};
	VersionReader versions = versions_open(view);
	JourneyRow *version = rows + view->events;

	journey_cursor(&cursor, view, JOURNEY_WANT_VALUE | JOURNEY_WANT_RECORDED | JOURNEY_WANT_REF);
	while (journey_next(&cursor, &block))
	{
		for (uint32_t i = 0; i < block.count; i++)
		{
			JourneyRow *row = &rows[block.first + i];

			row->at = block.at[i];
			row->code = block.code[i];
			row->value = block.value[i];
			row->recorded = block.recorded[i];
			row->ref = ref_in_memory(&texts, &block.ref[i], &row->ref_size);
			row->flags = (uint16_t) ((block.has_value[i] ? JOURNEY_ROW_VALUE : 0) |
									 (block.has_recorded[i] ? JOURNEY_ROW_RECORDED : 0) |
									 (row->ref ? JOURNEY_ROW_REF : 0));
		}
	}
	while (versions.left > 0)
	{
		JourneyRow	own = {0};

		versions_next(&versions, view, &own);
		*version = rows[versions.event];
		version->flags = own.flags | (rows[versions.event].flags & JOURNEY_ROW_REF);
		version->value = own.value;
		version->recorded = bytes_wrapping_add(version->at, own.recorded);
		version++;
	}
}

static inline bool
is_finite_time(int64_t time)
{
	return time >= INSTANT_MIN && time < INSTANT_END;
}

static bool
is_finite_row(const JourneyRow *row)
{
	return is_finite_time(row->at) &&
		(!(row->flags & JOURNEY_ROW_RECORDED) || is_finite_time(row->recorded)) &&
		(!(row->flags & JOURNEY_ROW_VALUE) || isfinite(row->value));
}

void
journey_check_row(const JourneyRow *row)
{
	if (host_likely(is_finite_row(row)))
		return;
	if (!is_finite_time(row->at))
		host_fail(HOST_OUT_OF_RANGE, "occurred_at must be finite", NULL,
				  "Leave out rows with an infinite occurred_at, or give them the time they stand for.");
	if ((row->flags & JOURNEY_ROW_RECORDED) && !is_finite_time(row->recorded))
		host_fail(HOST_OUT_OF_RANGE, "recorded_at must be finite", NULL,
				  "Use NULL where it is not known when the event was recorded.");
	if ((row->flags & JOURNEY_ROW_VALUE) && !isfinite(row->value))
		host_fail(HOST_OUT_OF_RANGE,
				  host_format("value must be a finite number, not %s",
							  isnan(row->value) ? "NaN" : row->value > 0 ? "Infinity" : "-Infinity"),
				  NULL, "Use NULL for an event without a value.");
}

/*
 * Valid bytes are those that building from their own rows gives again: no
 * second list of rules that could differ from the encoder.
 */
void
journey_validate(const void *data, size_t size)
{
	JourneyView view;
	Touchpoint *dictionary;
	TouchpointSet set = {0};
	JourneyRow *rows;
	size_t		count;
	ByteBuffer	again;

	journey_open_received(&view, data, size);
	count = journey_row_count(&view);
	dictionary = host_alloc_array((size_t) view.touchpoints + 1, sizeof(Touchpoint));
	journey_dictionary(&view, dictionary);
	for (uint32_t i = 0; i < view.touchpoints; i++)
	{
		if (i > 0 && touchpoint_compare(&dictionary[i - 1], &dictionary[i]) >= 0)
			host_fail(HOST_BAD_BINARY, "journey is not valid", "Its dictionary is not in order.", NULL);
	}
	rows = host_alloc_array(count + 1, sizeof(JourneyRow));
	journey_rows(&view, rows);
	for (size_t i = 0; i < count; i++)
	{
		if (!is_finite_row(&rows[i]))
			host_fail(HOST_BAD_BINARY, "journey is not valid",
					  "It has infinite times or values that are no numbers.", NULL);
	}

	set.count = view.touchpoints;
	set.touchpoints = dictionary;
	buffer_init(&again, size);
	journey_build(&again, rows, count, &set);
	if (again.size != size || memcmp(again.data, data, size) != 0)
		host_fail(HOST_BAD_BINARY, "journey is not valid",
				  "Its bytes are not the canonical encoding of its events.", NULL);
	host_free(again.data);
	host_free(rows);
	host_free(dictionary);
}
