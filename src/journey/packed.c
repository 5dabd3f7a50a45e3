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

/* Up to so many lengths are looked at together, as one word. */
#define NIBBLES 16

/*
 * The lengths of `count` numbers from the one numbered `first` on, the first
 * one lowest, 0 behind the last.  They are loaded at once if memory has so much.
 */
static inline uint64_t
load_lengths(const uint8_t *lengths, size_t first, unsigned count, const uint8_t *limit)
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
any_too_long(uint64_t lengths)
{
	const uint64_t low = UINT64_C(0x7777777777777777);

	return (((lengths & low) + low) & lengths & ~low) != 0;
}

static inline size_t
sum_lengths(uint64_t lengths)
{
	const uint64_t low = UINT64_C(0x0f0f0f0f0f0f0f0f);

	return (size_t) (((lengths & low) + (lengths >> 4 & low)) * UINT64_C(0x0101010101010101) >> 56);
}

const uint8_t *
packed_read(const uint8_t *lengths, size_t first, size_t count,
			const uint8_t *data, const uint8_t *end,
			const uint8_t *limit, uint64_t *values)
{
	while (count > 0)
	{
		unsigned	n = count < NIBBLES ? (unsigned) count : NIBBLES;
		uint64_t	word = load_lengths(lengths, first, n, limit);
		size_t		size = sum_lengths(word);

		if (any_too_long(word) || size > (size_t) (end - data))
			return NULL;

		/* a whole word is loaded for each number, if memory has one behind the last */
		if (host_likely((size_t) (limit - data) >= size + 8))
		{
			for (unsigned i = 0; i < n; i++)
			{
				values[i] = bytes_load_u64(data) & length_mask[word & 15];
				data += word & 15;
				word >>= 4;
			}
		}
		else
		{
			/* else the one that ends where memory does */
			for (unsigned i = 0; i < n; i++)
			{
				size_t		left = (size_t) (limit - data);
				size_t		beyond = left < 8 ? 8 - left : 0;

				values[i] = bytes_load_u64(data - beyond) >> (8 * beyond & 63) & length_mask[word & 15];
				data += word & 15;
				word >>= 4;
			}
		}
		values += n;
		first += n;
		count -= n;
	}
	return data;
}
