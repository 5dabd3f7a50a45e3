/*
 * journey_format.h
 *		The bytes of a journey, for the files that read and write them.
 *
 *	byte	version (1)
 *	byte	bits 0-2: unit of the time column; the others reserved, zero
 *	varint	number of events
 *	varint	number of touchpoints
 *	varint	first time in units, zigzag		(only if there are events)
 *	varint	last time less first, in units	(only if there are events)
 *	byte	number of sections
 *	for each section, kinds rising: byte kind, varint size
 *	the sections
 *
 * Sections, each there only if it says something:
 *
 *	DICTIONARY	per touchpoint, in canonical order: varint channel (0 none, 1 as
 *				before, else size + 1 and the bytes), varint size and bytes of the event
 *	TIMES		packed integers, one fewer than events: steps in units
 *	CODES		index into the dictionary: 4 bits, 1, 2 or 4 bytes by its size
 *	VALUES		byte: bit 0 bitmap, bits 1-3 decimal digits or 7 for plain doubles;
 *				bitmap of events that have one; packed zigzag integers or doubles
 *	RECORDED	byte: bit 0 bitmap, bits 1-3 unit; bitmap; packed zigzag lags
 *	REFS		byte: bit 0 bitmap, bits 1-2 kind; bitmap; packed zigzag steps from
 *				ref to ref, or 16 bytes each, or varint size and bytes each
 *	VERSIONS	varint count; per row: varint events since the last one's, byte of
 *				JOURNEY_ROW_ flags, value as a double, varint zigzag lag
 *
 * Packed integers: a nibble each, low one first, that counts the bytes of the
 * number (0 to 8), then the bytes, little-endian and minimal.  Decoding is one
 * load and one mask a number, without a branch to mispredict.
 *
 * Every choice above (unit, digits, kinds, bitmap or none) is the smallest
 * that is exact, so the encoding is a function of the content.
 */
#ifndef INTENT_JOURNEY_FORMAT_H
#define INTENT_JOURNEY_FORMAT_H

#include "base/instant.h"
#include "journey/journey.h"

#define JOURNEY_FLAG_UNIT 0x07	/* all others are reserved and zero */
#define JOURNEY_UNITS 6

#define COLUMN_BITMAP 0x01
#define COLUMN_KIND_SHIFT 1
#define VALUES_DOUBLE 7			/* else decimal digits, at most: */
#define VALUES_DIGITS_MAX 4

extern const int64_t journey_units[JOURNEY_UNITS];	/* us, ms, s, min, h, day */
extern const double journey_powers_of_ten[VALUES_DIGITS_MAX + 1];

/* Bytes of a column of codes, for that many touchpoints. */
static inline size_t
journey_codes_size(uint64_t events, uint64_t touchpoints)
{
	if (touchpoints <= 1)
		return 0;
	if (touchpoints <= 16)
		return (size_t) ((events + 1) / 2);
	if (touchpoints <= 256)
		return (size_t) events;
	return (size_t) (touchpoints <= 65536 ? events * 2 : events * 4);
}

static inline size_t
journey_bitmap_size(uint32_t events)
{
	return ((size_t) events + 7) / 8;
}

static inline bool
journey_bitmap_get(const uint8_t *bitmap, uint32_t i)
{
	return (bitmap[i >> 3] >> (i & 7)) & 1;
}

/*
 * The uuid of a text in PostgreSQL's own lower-case form, or false.  So is the
 * integer of a text that to_text(bigint) could have written.
 */
extern bool journey_ref_is_uuid(const char *text, uint32_t size, uint8_t uuid[16]);
extern bool journey_ref_is_integer(const char *text, uint32_t size, int64_t *integer);

/* Canonical order of rows and the sort that makes it: journey_order.c */
extern int	journey_row_compare(const JourneyRow *a, const JourneyRow *b, const uint32_t *rank);
extern void journey_sort_rows(JourneyRow *rows, size_t count, const uint32_t *rank);

/* The same for rows that are in order of time. */
extern void journey_sort_ties(JourneyRow *rows, size_t count, const uint32_t *rank);

/* Is it the same event, told twice?  See docs/design.md, "Same event". */
extern bool journey_same_event(const JourneyRow *a, const JourneyRow *b);

/* Corrected values, kept so that uniting journeys is associative. */
typedef struct JourneyVersions
{
	JourneyRow *rows;
	uint32_t   *event;			/* number of the event each belongs to */
	size_t		count;
	size_t		capacity;
} JourneyVersions;

/* Unites same events in sorted rows, in place; returns how many events remain. */
extern size_t journey_unite_rows(JourneyRow *rows, size_t count, JourneyVersions *versions);

#endif							/* INTENT_JOURNEY_FORMAT_H */
