/*
 * packed.c
 *		Reading packed integers.
 */
#include "journey/packed.h"

static const uint64_t length_mask[16] = {
	0, 0xff, 0xffff, 0xffffff, 0xffffffff,
	UINT64_C(0xffffffffff), UINT64_C(0xffffffffffff), UINT64_C(0xffffffffffffff),
	UINT64_MAX
};

/* The end of memory is near, or a length is not one: number by number. */
static const uint8_t *
read_carefully(const uint8_t *lengths, size_t first, size_t count,
			   const uint8_t *data, const uint8_t *end, uint64_t *values)
{
	for (size_t i = 0; i < count; i++)
	{
		unsigned	length = packed_length(lengths, first + i);
		uint8_t		bytes[8] = {0};

		if (length > 8 || length > (size_t) (end - data))
			return NULL;
		memcpy(bytes, data, length);
		values[i] = bytes_load_u64(bytes);
		data += length;
	}
	return data;
}

const uint8_t *
packed_read(const uint8_t *lengths, size_t first, size_t count,
			const uint8_t *data, const uint8_t *end,
			const uint8_t *limit, uint64_t *values)
{
	const uint8_t *start = data;
	unsigned	seen = 0;

	/* whole words may be loaded behind any number, whatever the nibbles say */
	if ((size_t) (limit - data) < count * 15 + 8)
		return read_carefully(lengths, first, count, data, end, values);

	for (size_t i = 0; i < count; i++)
	{
		unsigned	length = packed_length(lengths, first + i);

		values[i] = bytes_load_u64(data) & length_mask[length];
		data += length;
		seen |= length + 7;		/* bit 4 is set by 9 and more */
	}
	if (host_unlikely((seen & 16) != 0 || data > end))
		return read_carefully(lengths, first, count, start, end, values);
	return data;
}
