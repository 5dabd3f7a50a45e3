/*
 * packed.h
 *		Packed integers: a nibble for the size of each, then the bytes.
 *
 * The form and the reason for it are in journey_format.h.
 */
#ifndef INTENT_PACKED_H
#define INTENT_PACKED_H

#include "base/bytes.h"

static inline size_t
packed_lengths_size(size_t count)
{
	return (count + 1) / 2;
}

/* ----- writing ----- */

typedef struct PackedWriter
{
	size_t		lengths;		/* where the nibbles begin in the buffer */
	size_t		written;
} PackedWriter;

/* Reserves the nibbles and room for `count` numbers of any size. */
static inline PackedWriter
packed_begin(ByteBuffer *out, size_t count)
{
	PackedWriter writer = {out->size, 0};
	size_t		lengths = packed_lengths_size(count);

	buffer_reserve(out, checked_add_size(lengths, checked_mul_size(count, 8)));
	memset(out->data + out->size, 0, lengths);
	out->size += lengths;
	return writer;
}

static inline void
packed_put(ByteBuffer *out, PackedWriter *writer, uint64_t value)
{
	unsigned	length = value ? (71 - __builtin_clzll(value)) / 8 : 0;

	out->data[writer->lengths + writer->written / 2] |=
		(uint8_t) (length << (writer->written % 2 * 4));
	bytes_store_u64(out->data + out->size, value);
	out->size += length;
	writer->written++;
}

/* ----- reading ----- */

static inline unsigned
packed_length(const uint8_t *lengths, size_t i)
{
	return (lengths[i / 2] >> (i % 2 * 4)) & 15;
}

/*
 * Reads numbers first .. first + count - 1 into values and returns where the
 * data of the next begins, NULL if they do not end before `end`.  `limit` is
 * the end of memory that may be looked at beyond `end`; at least 8 bytes of it
 * lie before, as the header of a journey does.
 */
extern const uint8_t *packed_read(const uint8_t *lengths, size_t first, size_t count,
								  const uint8_t *data, const uint8_t *end,
								  const uint8_t *limit, uint64_t *values);

#endif							/* INTENT_PACKED_H */
