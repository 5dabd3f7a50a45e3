/*
 * row_log.c
 *		Reading rows of one person that row_log.h packed.
 */
#include "journey/row_log.h"

/* Rows read between two looks at interrupts. */
#define ROWS_PER_CHECK 65536

const uint64_t row_log_length_mask[ROW_LOG_LENGTH + 1] = {
	0, 0xff, 0xffff, 0xffffff, 0xffffffff,
	UINT64_C(0xffffffffff), UINT64_C(0xffffffffffff), UINT64_C(0xffffffffffffff),
	UINT64_MAX
};

size_t
row_log_next(RowLogReader *reader, JourneyRow *rows, size_t most)
{
	ByteReader	bytes = reader->bytes;
	int64_t		last = reader->last;
	size_t		count = 0;

	for (; count < most && reader_left(&bytes) > 0; count++)
	{
		JourneyRow *row = &rows[count];

		if (count % ROWS_PER_CHECK == ROWS_PER_CHECK - 1)
			host_check_interrupts();
		row_log_get_head(&bytes, last, row);
		row_log_get_rest(&bytes, row);
		last = row->at;
	}
	reader->bytes = bytes;
	reader->last = last;
	return count;
}
