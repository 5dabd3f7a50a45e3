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

/*
 * One number near the end of memory, or whose length is no length: the word
 * that ends where memory does has it too.
 */
static const uint8_t *
read_carefully(unsigned length, const uint8_t *data, const uint8_t *end,
			   const uint8_t *limit, uint64_t *value)
{
	size_t		left = (size_t) (limit - data);
	size_t		beyond = left < 8 ? 8 - left : 0;

	if (length > 8 || length > (size_t) (end - data))
		return NULL;
	*value = bytes_load_u64(data - beyond) >> (8 * beyond & 63) & length_mask[length];
	return data + length;
}

const uint8_t *
packed_read(const uint8_t *lengths, size_t first, size_t count,
			const uint8_t *data, const uint8_t *end,
			const uint8_t *limit, uint64_t *values)
{
	const uint8_t *all_lengths = lengths;
	const uint8_t *start = data;
	unsigned	seen = 0;
	size_t		i = 0;

	/*
	 * Whole words may be loaded while a word and a nibble's worth remain for
	 * each.  Two at a time: their lengths share a byte.
	 */
	if (first % 2 == 1 && count > 0 && (size_t) (limit - data) >= 16)
	{
		unsigned	length = lengths[first / 2] >> 4;

		values[i++] = bytes_load_u64(data) & length_mask[length];
		data += length;
		seen |= length + 7;		/* bit 4 is set by 9 and more */
	}
	for (lengths += (first + i) / 2; i + 1 < count && (size_t) (limit - data) >= 24; i += 2)
	{
		unsigned	length = *lengths & 15;
		unsigned	other = *lengths++ >> 4;

		values[i] = bytes_load_u64(data) & length_mask[length];
		values[i + 1] = bytes_load_u64(data + length) & length_mask[other];
		data += length + other;
		seen |= (length + 7) | (other + 7);
	}
	if (host_unlikely((seen & 16) != 0 || data > end))
	{
		data = start;
		i = 0;
	}
	for (; i < count && data != NULL; i++)
		data = read_carefully(packed_length(all_lengths, first + i), data, end, limit, &values[i]);
	return data;
}
