/*
 * journey_read.c
 *		From the packed bytes of a journey to blocks of events.
 *
 * Bytes come from disk and from clients, so no read passes the end of the
 * value whatever they say; what they say wrongly is HOST_CORRUPT.
 */
#include "journey/journey_format.h"
#include "journey/packed.h"

static const char *const section_names[JOURNEY_SECTIONS] = {
	"none", "dictionary", "times", "codes", "values", "recorded", "refs",
	"versions", "event_flags", "attributes"
};

static void corrupt(const JourneyView *view, const char *detail) HOST_NORETURN;

static void
corrupt(const JourneyView *view, const char *detail)
{
	host_fail(view->blame, "journey is not valid", detail, NULL);
}

static void
open_sections(JourneyView *view, ByteReader *reader)
{
	int			sections = reader_byte(reader);
	size_t		sizes[JOURNEY_SECTIONS] = {0};
	size_t		total = 0;
	const uint8_t *data;
	int			last = 0;

	if (sections >= JOURNEY_SECTIONS)
		corrupt(view, "It has more sections than there are kinds.");
	for (int i = 0; i < sections; i++)
	{
		int			kind = reader_byte(reader);
		uint64_t	size = reader_varint(reader);

		if (reader->bad || kind <= last || kind >= JOURNEY_SECTIONS || size == 0)
			corrupt(view, "Its directory of sections is out of order or names an unknown kind.");
		if (kind >= JOURNEY_EVENT_FLAGS)
			corrupt(view, host_format("Section \"%s\" is not known to this version of intent.",
								section_names[kind]));
		if (size > reader_left(reader))
			corrupt(view, "Its sections do not fill it exactly.");
		sizes[kind] = (size_t) size;
		total += (size_t) size;
		last = kind;
	}
	if (reader->bad || reader_left(reader) != total)
		corrupt(view, "Its sections do not fill it exactly.");

	/* all kinds, those that are absent too: nothing to predict */
	data = reader->at;
	for (int kind = 0; kind < JOURNEY_SECTIONS; kind++)
	{
		view->section[kind].data = sizes[kind] > 0 ? data : NULL;
		view->section[kind].size = sizes[kind];
		data += sizes[kind];
	}
}

/* The sizes that follow from the counts alone are checked once, here. */
static void
check_fixed_sections(const JourneyView *view)
{
	size_t		steps = view->events > 0 ? view->events - 1 : 0;

	if (view->section[JOURNEY_TIMES].size < packed_lengths_size(steps) ||
		view->section[JOURNEY_CODES].size != journey_codes_size(view->events, view->touchpoints))
		corrupt(view, "Its columns do not fit its number of events.");
	if ((view->events == 0) != (view->touchpoints == 0) ||
		view->touchpoints > view->events ||
		view->section[JOURNEY_DICTIONARY].size < (size_t) view->touchpoints * 2)
		corrupt(view, "Its dictionary does not fit its number of events.");
}

static void
open_view(JourneyView *view, const void *data, size_t size, HostError blame)
{
	ByteReader	reader = reader_over(data, size);
	int			version = reader_byte(&reader);
	int			flags = reader_byte(&reader);
	uint64_t	events = reader_varint(&reader);
	uint64_t	touchpoints = reader_varint(&reader);

	view->blame = blame;
	if (version != JOURNEY_VERSION && !reader.bad)
		corrupt(view, host_format("Its format version is %d; this is version %d.",
							version, JOURNEY_VERSION));
	if (reader.bad || (flags & ~JOURNEY_FLAG_UNIT) != 0 || flags >= JOURNEY_UNITS ||
		events > JOURNEY_MAX_EVENTS || touchpoints > events)
		corrupt(view, "Its header is out of range.");

	view->limit = reader.end;
	view->events = (uint32_t) events;
	view->touchpoints = (uint32_t) touchpoints;
	view->unit = journey_units[flags];
	view->first = view->last = 0;
	view->span = 0;
	if (events > 0)
	{
		int64_t		first = bytes_unzigzag(reader_varint(&reader));
		uint64_t	span = reader_varint(&reader);
		uint64_t	length;

		if (__builtin_mul_overflow(first, view->unit, &view->first) ||
			view->first < INSTANT_MIN || view->first >= INSTANT_END)
			corrupt(view, "Its first time is out of range.");
		if (__builtin_mul_overflow(span, (uint64_t) view->unit, &length) ||
			length > (uint64_t) INSTANT_END - 1 - (uint64_t) view->first)
			corrupt(view, "Its last time is out of range.");
		view->last = bytes_wrapping_add(view->first, (int64_t) length);
		view->span = span;
	}
	open_sections(view, &reader);
	check_fixed_sections(view);
}

void
journey_open(JourneyView *view, const void *data, size_t size)
{
	open_view(view, data, size, HOST_CORRUPT);
}

void
journey_open_received(JourneyView *view, const void *data, size_t size)
{
	open_view(view, data, size, HOST_BAD_BINARY);
}

void
journey_dictionary(const JourneyView *view, Touchpoint *touchpoints)
{
	ByteReader	reader = reader_over(view->section[JOURNEY_DICTIONARY].data,
									 view->section[JOURNEY_DICTIONARY].size);
	const uint8_t *channel = NULL;
	uint64_t	channel_size = 0;

	for (uint32_t i = 0; i < view->touchpoints; i++)
	{
		uint64_t	how = reader_varint(&reader);
		uint64_t	event_size;

		if (how == 0)
			channel_size = 0;
		else if (how > 1)
		{
			channel_size = how - 1;
			channel = reader_bytes(&reader, channel_size);
		}
		else if (channel_size == 0)
			reader.bad = true;
		event_size = reader_varint(&reader);
		touchpoints[i].channel = channel_size ? (const char *) channel : NULL;
		touchpoints[i].channel_size = (uint32_t) channel_size;
		touchpoints[i].event = (const char *) reader_bytes(&reader, event_size);
		touchpoints[i].event_size = (uint32_t) event_size;
		if (reader.bad)
			break;
	}
	if (reader.bad || reader_left(&reader) != 0)
		corrupt(view, "Its dictionary is cut short or too long.");
}

/* ----- columns that some events lack ----- */

static uint32_t
count_bits(const uint8_t *bitmap, size_t size)
{
	uint32_t	count = 0;

	for (; size > 0; bitmap += 8, size -= 8)
	{
		uint8_t		bytes[8] = {0};

		if (size < 8)
		{
			memcpy(bytes, bitmap, size);
			return count + (uint32_t) __builtin_popcountll(bytes_load_u64(bytes));
		}
		count += (uint32_t) __builtin_popcountll(bytes_load_u64(bitmap));
	}
	return count;
}

static void
open_column(JourneyColumn *column, const JourneyView *view, JourneySection kind)
{
	ByteReader	reader = reader_over(view->section[kind].data, view->section[kind].size);
	uint8_t		header;

	memset(column, 0, sizeof(*column));
	if (view->section[kind].data == NULL)
		return;
	header = reader_byte(&reader);
	column->kind = header >> COLUMN_KIND_SHIFT;
	column->present = view->events;
	if (header & COLUMN_BITMAP)
	{
		size_t		size = journey_bitmap_size(view->events);

		column->bitmap = reader_bytes(&reader, size);
		column->present = column->bitmap ? count_bits(column->bitmap, size) : 0;
	}
	if (column->present == 0 || column->present > view->events)
		reader.bad = true;
	column->lengths = column->data = reader.at;
	column->end = reader.end;
	if (reader.bad)
		corrupt(view, host_format("Its section \"%s\" does not fit its number of events.",
							section_names[kind]));
}

/* The column is one of packed integers: its nibbles come first. */
static void
open_packed(JourneyColumn *column, const JourneyView *view)
{
	size_t		lengths = packed_lengths_size(column->present);

	if (lengths > (size_t) (column->end - column->lengths))
		corrupt(view, "A column of packed integers is cut short.");
	column->data = column->lengths + lengths;
}

/* The events of a block that have a value, as bits: a block is 64 bits of the bitmap. */
static uint64_t
column_bits(const JourneyColumn *column, const JourneyBlock *block)
{
	uint64_t	all = UINT64_MAX >> (JOURNEY_BLOCK - block->count);
	uint8_t		bytes[8] = {0};

	if (column->bitmap == NULL)
		return all;
	memcpy(bytes, column->bitmap + block->first / 8, (block->count + 7) / 8);
	return bytes_load_u64(bytes) & all;
}

/* Takes the lowest of the bits. */
static inline uint32_t
next_bit(uint64_t *bits)
{
	uint32_t	bit = (uint32_t) __builtin_ctzll(*bits);

	*bits &= *bits - 1;
	return bit;
}

/* The integers of the events of a block that have one; returns how many. */
static uint32_t
next_packed(JourneyColumn *column, const JourneyView *view, uint64_t bits, uint64_t *integers)
{
	uint32_t	n = (uint32_t) __builtin_popcountll(bits);

	if (n > column->present - column->given)
		corrupt(view, "A column has more bits than values.");
	column->data = packed_read(column->lengths, column->given, n, column->data,
							   column->end, view->limit, integers);
	if (column->data == NULL)
		corrupt(view, "A column of packed integers is cut short.");
	column->given += n;
	return n;
}

/* The steps from event to event; there are at least two events. */
static void
open_times(JourneyColumn *times, const JourneyView *view)
{
	times->bitmap = NULL;
	times->kind = 0;
	times->given = 0;
	times->present = view->events - 1;
	times->lengths = view->section[JOURNEY_TIMES].data;
	times->end = times->lengths + view->section[JOURNEY_TIMES].size;
	open_packed(times, view);
}

void
journey_cursor(JourneyCursor *cursor, const JourneyView *view, int want)
{
	/* a column that is not wanted is not looked at */
	cursor->view = view;
	cursor->want = want;
	cursor->next = 0;
	cursor->last_ref = 0;
	cursor->at = view->first;
	cursor->steps_left = view->span;
	if (view->events > 1)
		open_times(&cursor->times, view);
	if (want & JOURNEY_WANT_VALUE)
	{
		open_column(&cursor->values, view, JOURNEY_VALUES);
		if (cursor->values.data && cursor->values.kind <= VALUES_DIGITS_MAX)
			open_packed(&cursor->values, view);
		else if (cursor->values.data && cursor->values.kind != VALUES_DOUBLE)
			corrupt(view, "Its values are of an unknown kind.");
	}
	if (want & JOURNEY_WANT_RECORDED)
	{
		open_column(&cursor->recorded, view, JOURNEY_RECORDED);
		if (cursor->recorded.kind >= JOURNEY_UNITS)
			corrupt(view, "Its recorded times are of an unknown unit.");
		if (cursor->recorded.data)
			open_packed(&cursor->recorded, view);
	}
	if (want & JOURNEY_WANT_REF)
	{
		open_column(&cursor->refs, view, JOURNEY_REFS);
		if (cursor->refs.data &&
			(cursor->refs.kind < JOURNEY_REF_INTEGER || cursor->refs.kind > JOURNEY_REF_TEXT))
			corrupt(view, "Its refs are of an unknown kind.");
		if (cursor->refs.kind == JOURNEY_REF_INTEGER)
			open_packed(&cursor->refs, view);
	}
}

/* Where a walk along the steps stands. */
typedef struct TimeWalk
{
	uint64_t	unit;
	uint64_t	at;
	uint64_t	left;			/* steps to the journey's last time */
	bool		beyond;			/* were there more? */
	int64_t    *times;
} TimeWalk;

static inline void
take_step(void *state, size_t i, uint64_t step)
{
	TimeWalk   *walk = state;

	walk->beyond |= __builtin_sub_overflow(walk->left, step, &walk->left);
	walk->at += step * walk->unit;
	walk->times[i] = (int64_t) walk->at;
}

static void
next_times(JourneyCursor *cursor, JourneyBlock *block)
{
	const JourneyView *view = cursor->view;
	JourneyColumn *times = &cursor->times;
	TimeWalk	walk = {
		.unit = (uint64_t) view->unit,
		.at = (uint64_t) cursor->at,
		.left = cursor->steps_left,
		.times = block->at
	};
	uint32_t	count = block->count;

	/* the first event of all has no step before it */
	if (block->first == 0)
	{
		*walk.times++ = cursor->at;
		count--;
	}
	if (count > 0)
	{
		times->data = packed_each(times->lengths, times->given, count, times->data, times->end,
								  view->limit, take_step, &walk);
		if (times->data == NULL)
			corrupt(view, "Its times are cut short.");
		times->given += count;
	}
	if (walk.beyond || (walk.left != 0 && cursor->next == view->events))
		corrupt(view, "Its times do not lead from its first to its last.");
	cursor->at = (int64_t) walk.at;
	cursor->steps_left = walk.left;
}

static void
next_codes(const JourneyView *view, JourneyBlock *block)
{
	const uint8_t *codes = view->section[JOURNEY_CODES].data;
	uint32_t	touchpoints = view->touchpoints;
	uint32_t	last = touchpoints - 1;
	uint32_t	seen = 0;

	if (touchpoints <= 1)
	{
		memset(block->code, 0, block->count * sizeof(uint32_t));
		return;
	}
	if (touchpoints <= 16)
	{
		/* blocks begin at even events */
		codes += block->first / 2;

		/* behind an odd last one comes 0 */
		for (uint32_t i = 0; i < block->count; i += 2)
		{
			uint32_t	one = *codes & 15;
			uint32_t	other = *codes++ >> 4;

			block->code[i] = one;
			block->code[i + 1] = other;
			seen |= (last - one) | (last - other);
		}
	}
	else if (touchpoints <= 256)
	{
		codes += block->first;
		for (uint32_t i = 0; i < block->count; i++)
			block->code[i] = codes[i];
	}
	else if (touchpoints <= 65536)
	{
		codes += (size_t) block->first * 2;
		for (uint32_t i = 0; i < block->count; i++)
			block->code[i] = codes[2 * i] | (uint32_t) codes[2 * i + 1] << 8;
	}
	else
	{
		codes += (size_t) block->first * 4;
		for (uint32_t i = 0; i < block->count; i++)
			block->code[i] = codes[4 * i] | (uint32_t) codes[4 * i + 1] << 8 |
				(uint32_t) codes[4 * i + 2] << 16 | (uint32_t) codes[4 * i + 3] << 24;
	}
	for (uint32_t i = 0; i < block->count && touchpoints > 16; i++)
		seen |= block->code[i] > last ? UINT32_MAX : 0;
	if (seen >> 31 != 0)
		corrupt(view, "An event has no touchpoint.");
}

static void
next_values(JourneyCursor *cursor, JourneyBlock *block)
{
	JourneyColumn *values = &cursor->values;
	uint64_t	integers[JOURNEY_BLOCK];
	uint32_t	next = 0;

	memset(block->has_value, 0, block->count * sizeof(bool));
	memset(block->value, 0, block->count * sizeof(double));
	block->valued = values->data == NULL ? 0 : column_bits(values, block);
	if (block->valued == 0)
		return;
	if (values->kind != VALUES_DOUBLE)
		next_packed(values, cursor->view, block->valued, integers);
	for (uint64_t bits = block->valued; bits != 0;)
	{
		uint32_t	i = next_bit(&bits);

		block->has_value[i] = true;
		if (values->kind != VALUES_DOUBLE)
			block->value[i] = (double) bytes_unzigzag(integers[next++]) /
				journey_powers_of_ten[values->kind];
		else
		{
			uint64_t	word;

			if ((size_t) (values->end - values->data) < 8)
				corrupt(cursor->view, "Its values are cut short.");
			word = bytes_load_u64(values->data);
			memcpy(&block->value[i], &word, 8);
			values->data += 8;
		}
	}
}

static void
next_recorded(JourneyCursor *cursor, JourneyBlock *block)
{
	JourneyColumn *recorded = &cursor->recorded;
	uint64_t	lags[JOURNEY_BLOCK];
	uint64_t	unit = (uint64_t) journey_units[recorded->kind];
	uint64_t	bits;
	uint32_t	next = 0;

	memcpy(block->recorded, block->at, block->count * sizeof(int64_t));
	memset(block->has_recorded, 0, block->count * sizeof(bool));
	if (recorded->data == NULL)
		return;
	bits = column_bits(recorded, block);
	next_packed(recorded, cursor->view, bits, lags);
	while (bits != 0)
	{
		uint32_t	i = next_bit(&bits);

		block->has_recorded[i] = true;
		block->recorded[i] = bytes_wrapping_add(block->at[i],
												(int64_t) ((uint64_t) bytes_unzigzag(lags[next++]) * unit));
	}
}

static void
next_refs(JourneyCursor *cursor, JourneyBlock *block)
{
	JourneyColumn *refs = &cursor->refs;
	uint64_t	steps[JOURNEY_BLOCK];
	uint64_t	bits;
	uint32_t	next = 0;

	memset(block->ref, 0, block->count * sizeof(JourneyRef));
	if (refs->data == NULL)
		return;
	bits = column_bits(refs, block);
	if (refs->kind == JOURNEY_REF_INTEGER)
		next_packed(refs, cursor->view, bits, steps);
	while (bits != 0)
	{
		JourneyRef *ref = &block->ref[next_bit(&bits)];
		ByteReader	reader = {refs->data, refs->end, false};

		ref->kind = (JourneyRefKind) refs->kind;
		if (refs->kind == JOURNEY_REF_INTEGER)
		{
			cursor->last_ref = bytes_wrapping_add(cursor->last_ref, bytes_unzigzag(steps[next++]));
			ref->integer = cursor->last_ref;
			continue;
		}
		ref->size = refs->kind == JOURNEY_REF_UUID ? 16 : (uint32_t) reader_varint(&reader);
		ref->bytes = reader_bytes(&reader, ref->size);
		refs->data = reader.at;
		if (reader.bad || ref->size == 0)
			corrupt(cursor->view, "Its refs are cut short.");
	}
}

bool
journey_next(JourneyCursor *cursor, JourneyBlock *block)
{
	const JourneyView *view = cursor->view;
	uint32_t	left = view->events - cursor->next;

	if (left == 0)
		return false;
	host_check_interrupts();
	block->first = cursor->next;
	block->count = left < JOURNEY_BLOCK ? left : JOURNEY_BLOCK;
	cursor->next += block->count;
	next_times(cursor, block);
	if (!(cursor->want & JOURNEY_WITHOUT_CODES))
		next_codes(view, block);
	block->valued = 0;
	if (cursor->want & JOURNEY_WANT_VALUE)
		next_values(cursor, block);
	if (cursor->want & JOURNEY_WANT_RECORDED)
		next_recorded(cursor, block);
	if (cursor->want & JOURNEY_WANT_REF)
		next_refs(cursor, block);
	return true;
}

#define GAPS_BETWEEN_INTERRUPTS 4096

uint32_t
journey_count_gaps(const JourneyView *view, int64_t gap)
{
	JourneyColumn times;
	uint64_t	longest = (uint64_t) gap / (uint64_t) view->unit;
	uint32_t	gaps = 0;

	if (view->events < 2)
		return 0;
	open_times(&times, view);
	while (times.given < times.present)
	{
		uint32_t	left = times.present - times.given;
		uint32_t	some = left < GAPS_BETWEEN_INTERRUPTS ? left : GAPS_BETWEEN_INTERRUPTS;

		host_check_interrupts();
		times.data = packed_count_above(times.lengths, times.given, some, times.data, times.end,
										view->limit, longest, &gaps);
		if (times.data == NULL)
			corrupt(view, "Its times are cut short.");
		times.given += some;
	}
	return gaps;
}
