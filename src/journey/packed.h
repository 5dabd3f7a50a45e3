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

/* Bytes that a number takes: none for 0. */
static inline unsigned
packed_length(uint64_t number)
{
	return number ? (71 - (unsigned) __builtin_clzll(number)) / 8 : 0;
}

static inline void
packed_put(ByteBuffer *out, PackedWriter *writer, uint64_t value)
{
	unsigned	length = packed_length(value);

	out->data[writer->lengths + writer->written / 2] |=
		(uint8_t) (length << (writer->written % 2 * 4));
	bytes_store_u64(out->data + out->size, value);
	out->size += length;
	writer->written++;
}

/* ----- reading ----- */

extern const uint64_t packed_length_mask[16];

/* Up to so many lengths are looked at together, as one word. */
#define PACKED_TOGETHER 16

/*
 * The lengths of `count` numbers from the one numbered `first` on, the first
 * one lowest, 0 behind the last.  They are loaded at once if memory has so much.
 */
static inline uint64_t
packed_load_lengths(const uint8_t *lengths, size_t first, unsigned count, const uint8_t *limit)
{
	uint8_t		few[9] = {0};
	uint64_t	word;

	lengths += first / 2;
	if (host_unlikely((size_t) (limit - lengths) < sizeof(few)))
		lengths = memcpy(few, lengths, (size_t) (limit - lengths));
	word = bytes_load_u64(lengths);
	if (first % 2 == 1)
		word = word >> 4 | (uint64_t) lengths[8] << 60;
	return word & UINT64_MAX >> (64 - 4 * count);
}

/* Is a length more than 8? */
static inline bool
packed_any_too_long(uint64_t lengths)
{
	const uint64_t low = UINT64_C(0x7777777777777777);

	return (((lengths & low) + low) & lengths & ~low) != 0;
}

static inline size_t
packed_sum_lengths(uint64_t lengths)
{
	const uint64_t low = UINT64_C(0x0f0f0f0f0f0f0f0f);

	return (size_t) (((lengths & low) + (lengths >> 4 & low)) * UINT64_C(0x0101010101010101) >> 56);
}

/*
 * Gives numbers first .. first + count - 1 to take(state, 0, number) and on,
 * and returns where the data of the next begins; NULL if they do not end
 * before `end`.  `limit` is the end of memory that may be looked at beyond
 * `end`; at least 8 bytes of it lie before, as the header of a journey does.
 *
 * It is inlined, and so is what it calls: sums need no array in between.
 */
static HOST_INLINE const uint8_t *
packed_each(const uint8_t *lengths, size_t first, size_t count,
			const uint8_t *data, const uint8_t *end, const uint8_t *limit,
			void (*take) (void *state, size_t i, uint64_t number), void *state)
{
	for (size_t i = 0; i < count;)
	{
		size_t		until = count - i < PACKED_TOGETHER ? count : i + PACKED_TOGETHER;
		uint64_t	word = packed_load_lengths(lengths, first + i, (unsigned) (until - i), limit);
		size_t		size = packed_sum_lengths(word);

		if (packed_any_too_long(word) || size > (size_t) (end - data))
			return NULL;

		/* a whole word is loaded for each number, if memory has one behind the last */
		if (host_likely((size_t) (limit - data) >= size + 8))
		{
			for (; i < until; i++, word >>= 4)
			{
				take(state, i, bytes_load_u64(data) & packed_length_mask[word & 15]);
				data += word & 15;
			}
		}
		else
		{
			/* else the one that ends where memory does */
			for (; i < until; i++, word >>= 4)
			{
				size_t		left = (size_t) (limit - data);
				size_t		beyond = left < 8 ? 8 - left : 0;

				take(state, i, bytes_load_u64(data - beyond) >> (8 * beyond & 63) & packed_length_mask[word & 15]);
				data += word & 15;
			}
		}
	}
	return data;
}

/* The same into an array. */
extern const uint8_t *packed_read(const uint8_t *lengths, size_t first, size_t count,
								  const uint8_t *data, const uint8_t *end,
								  const uint8_t *limit, uint64_t *values);

/* Adds to *above how many are greater than `most`; returns as packed_each() does. */
extern const uint8_t *packed_count_above(const uint8_t *lengths, size_t first, size_t count,
										 const uint8_t *data, const uint8_t *end,
										 const uint8_t *limit, uint64_t most, uint32_t *above);

#endif							/* INTENT_PACKED_H */
