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
