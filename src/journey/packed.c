/*
 * packed.c
 *		Reading packed integers.
 */
#include "journey/packed.h"

const uint64_t packed_length_mask[16] = {
	0, 0xff, 0xffff, 0xffffff, 0xffffffff,
	UINT64_C(0xffffffffff), UINT64_C(0xffffffffffff), UINT64_C(0xffffffffffffff),
	UINT64_MAX
};

static inline void
keep_value(void *values, size_t i, uint64_t value)
{
	((uint64_t *) values)[i] = value;
}

const uint8_t *
packed_read(const uint8_t *lengths, size_t first, size_t count,
			const uint8_t *data, const uint8_t *end,
			const uint8_t *limit, uint64_t *values)
{
	return packed_each(lengths, first, count, data, end, limit, keep_value, values);
}

/*
 * Mostly the length of a number alone says whether it is greater, so that a
 * word of lengths is counted at once; only numbers as long as `most` are read.
 */
static inline uint32_t
count_above(uint64_t lengths, const uint8_t *data, uint64_t most, unsigned length)
{
	const uint64_t ones = UINT64_C(0x1111111111111111);
	const uint64_t high = UINT64_C(0x8888888888888888);
	uint64_t	longer = length < 8 ? (lengths + (7 - length) * ones) & high : 0;
	uint64_t	equal = length > 0 ? (lengths + (8 - length) * ones) & high & ~longer : 0;
	uint32_t	above = (uint32_t) packed_sum_lengths(longer >> 3);

	for (; equal != 0; equal &= equal - 1)
	{
		uint64_t	before = (equal & -equal) / 8 - 1;
		uint64_t	number = bytes_load_u64(data + packed_sum_lengths(lengths & before));

		above += (number & packed_length_mask[length]) > most;
	}
	return above;
}

const uint8_t *
packed_count_above(const uint8_t *lengths, size_t first, size_t count,
				   const uint8_t *data, const uint8_t *end,
				   const uint8_t *limit, uint64_t most, uint32_t *above)
{
	unsigned	length = packed_length(most);

	for (size_t i = 0; i < count; i += PACKED_TOGETHER)
	{
		unsigned	some = count - i < PACKED_TOGETHER ? (unsigned) (count - i) : PACKED_TOGETHER;
		uint64_t	word = packed_load_lengths(lengths, first + i, some, limit);
		size_t		size = packed_sum_lengths(word);

		if (packed_any_too_long(word) || size > (size_t) (end - data))
			return NULL;
		if (host_likely((size_t) (limit - data) >= size + 8))
			*above += count_above(word, data, most, length);
		else
		{
			/* where memory ends there is no whole word to load */
			uint8_t		last[PACKED_TOGETHER * 8 + 8] = {0};

			memcpy(last, data, size);
			*above += count_above(word, last, most, length);
		}
		data += size;
	}
	return data;
}
