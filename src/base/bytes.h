/*
 * bytes.h
 *		Growing byte buffers, and reading of bytes that may be hostile.
 *
 * Integers are little-endian whatever the machine; varints are LEB128 and
 * must be minimal, so that a value has one encoding only.
 */
#ifndef INTENT_BYTES_H
#define INTENT_BYTES_H

#include "base/checked.h"

#define BYTES_VARINT_MAX 10

static inline uint64_t
bytes_zigzag(int64_t value)
{
	return ((uint64_t) value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t
bytes_unzigzag(uint64_t value)
{
	uint64_t	bits = (value >> 1) ^ ((value & 1) ? UINT64_MAX : 0);
	int64_t		result;

	memcpy(&result, &bits, sizeof(result));
	return result;
}

/* Two's complement difference and sum, defined for every input. */
static inline int64_t
bytes_wrapping_add(int64_t a, int64_t b)
{
	return (int64_t) ((uint64_t) a + (uint64_t) b);
}

static inline int64_t
bytes_wrapping_sub(int64_t a, int64_t b)
{
	return (int64_t) ((uint64_t) a - (uint64_t) b);
}

static inline uint64_t
bytes_load_u64(const uint8_t *at)
{
	uint64_t	value;

	memcpy(&value, at, sizeof(value));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap64(value);
#endif
	return value;
}

static inline void
bytes_store_u64(uint8_t *at, uint64_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap64(value);
#endif
	memcpy(at, &value, sizeof(value));
}

/* Writes at most BYTES_VARINT_MAX bytes; returns how many. */
static inline size_t
bytes_put_varint(uint8_t *at, uint64_t value)
{
	size_t		n = 0;

	while (value >= 0x80)
	{
		at[n++] = (uint8_t) (value | 0x80);
		value >>= 7;
	}
	at[n++] = (uint8_t) value;
	return n;
}

/* ----- writing ----- */

typedef struct ByteBuffer
{
	uint8_t    *data;
	size_t		size;
	size_t		capacity;
} ByteBuffer;

extern void buffer_init(ByteBuffer *buffer, size_t capacity);
extern void buffer_grow(ByteBuffer *buffer, size_t more);
extern void buffer_varint(ByteBuffer *buffer, uint64_t value);
extern void buffer_bytes(ByteBuffer *buffer, const void *data, size_t size);

/* Room for `more` bytes behind the end, without changing the size. */
static inline void
buffer_reserve(ByteBuffer *buffer, size_t more)
{
	if (host_unlikely(buffer->capacity - buffer->size < more))
		buffer_grow(buffer, more);
}

static inline void
buffer_byte(ByteBuffer *buffer, uint8_t byte)
{
	buffer_reserve(buffer, 1);
	buffer->data[buffer->size++] = byte;
}

static inline void
buffer_text(ByteBuffer *buffer, const char *text)
{
	buffer_bytes(buffer, text, strlen(text));
}

/*
 * How much of a text to quote in a message: at most `most` bytes, and no part
 * of a character, whatever the encoding.
 */
extern size_t bytes_excerpt(const char *text, size_t size, size_t most);

/* ----- reading ----- */

/*
 * A reader never passes its end.  Reading beyond it, or a varint that is not
 * minimal, sets `bad` and yields zeros; the caller looks at `bad` when it has
 * read what belongs together.
 */
typedef struct ByteReader
{
	const uint8_t *at;
	const uint8_t *end;
	bool		bad;
} ByteReader;

extern uint64_t reader_varint_slow(ByteReader *reader);

static inline ByteReader
reader_over(const void *data, size_t size)
{
	ByteReader	reader = {data, data, false};

	/* what is absent is NULL, to which nothing may be added, not even 0 */
	if (size > 0)
		reader.end += size;
	return reader;
}

static inline size_t
reader_left(const ByteReader *reader)
{
	return (size_t) (reader->end - reader->at);
}

static inline uint8_t
reader_byte(ByteReader *reader)
{
	if (host_unlikely(reader->at >= reader->end))
	{
		reader->bad = true;
		return 0;
	}
	return *reader->at++;
}

static inline uint64_t
reader_varint(ByteReader *reader)
{
	if (host_likely(reader->at < reader->end && *reader->at < 0x80))
		return *reader->at++;
	return reader_varint_slow(reader);
}

/* The next `size` bytes in place, or NULL and bad. */
static inline const uint8_t *
reader_bytes(ByteReader *reader, uint64_t size)
{
	const uint8_t *here = reader->at;

	if (host_unlikely(size > reader_left(reader)))
	{
		reader->bad = true;
		return NULL;
	}
	reader->at += size;
	return here;
}

#endif							/* INTENT_BYTES_H */
