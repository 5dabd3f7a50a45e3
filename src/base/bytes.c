/*
 * bytes.c
 *		Growing byte buffers, and reading of bytes that may be hostile.
 */
#include "base/bytes.h"

void
buffer_init(ByteBuffer *buffer, size_t capacity)
{
	buffer->data = host_alloc(capacity ? capacity : 1);
	buffer->size = 0;
	buffer->capacity = capacity ? capacity : 1;
}

void
buffer_grow(ByteBuffer *buffer, size_t more)
{
	buffer->capacity = checked_growth(buffer->capacity,
									  checked_add_size(buffer->size, more));
	buffer->data = host_realloc(buffer->data, buffer->capacity);
}

void
buffer_varint(ByteBuffer *buffer, uint64_t value)
{
	buffer_reserve(buffer, BYTES_VARINT_MAX);
	buffer->size += bytes_put_varint(buffer->data + buffer->size, value);
}

void
buffer_bytes(ByteBuffer *buffer, const void *data, size_t size)
{
	if (size == 0)
		return;
	buffer_reserve(buffer, size);
	memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
}

size_t
bytes_excerpt(const char *text, size_t size, size_t most)
{
	if (size <= most)
		return size;
	/* bytes of longer characters have the high bit set in every server encoding */
	while (most > 0 && (text[most - 1] & 0x80) != 0)
		most--;
	return most;
}

uint64_t
reader_varint_slow(ByteReader *reader)
{
	uint64_t	value = 0;

	/*
	 * Up to 8 bytes at once: the first without the high bit is the last.  Its 7
	 * bits and those before it move together by twos, fours and eights.
	 */
	if (reader_left(reader) >= 8)
	{
		uint64_t	word = bytes_load_u64(reader->at);
		uint64_t	ends = ~word & UINT64_C(0x8080808080808080);
		uint64_t	below = ends ^ (ends - 1);
		int			size = (__builtin_ctzll(ends | UINT64_C(1) << 63) + 1) / 8;

		if (ends != 0 && (size == 1 || reader->at[size - 1] != 0))
		{
			word &= below & UINT64_C(0x7f7f7f7f7f7f7f7f);
			word = (word & UINT64_C(0x007f007f007f007f)) | (word & UINT64_C(0x7f007f007f007f00)) >> 1;
			word = (word & UINT64_C(0x00003fff00003fff)) | (word & UINT64_C(0x3fff00003fff0000)) >> 2;
			word = (word & UINT64_C(0x000000000fffffff)) | (word & UINT64_C(0x0fffffff00000000)) >> 4;
			reader->at += size;
			return word;
		}
	}
	for (int shift = 0; shift < 70; shift += 7)
	{
		uint8_t		byte = reader_byte(reader);

		/* the tenth byte holds one bit */
		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t) (byte & 0x7f) << shift;
		if (byte < 0x80)
		{
			/* a trailing zero byte would be a second encoding of the value */
			if (byte == 0 && shift > 0)
				break;
			return value;
		}
	}
	reader->bad = true;
	return 0;
}
