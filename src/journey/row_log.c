/*
 * row_log.c
 *		Reading rows of one person that row_log.h packed.
 */
#include "journey/row_log.h"

/* Rows read between two looks at interrupts. */
#define ROWS_PER_CHECK 65536

static const uint64_t length_mask[ROW_LOG_LENGTH + 1] = {
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
		uint64_t	code = reader_varint(&bytes);
		unsigned	header = reader_byte(&bytes);
		unsigned	length = header & ROW_LOG_LENGTH;
		int64_t		step = bytes_unzigzag(bytes_load_u64(bytes.at) & length_mask[length]);

		if (count % ROWS_PER_CHECK == ROWS_PER_CHECK - 1)
			host_check_interrupts();
		bytes.at += length;
		if (header & ROW_LOG_MILLISECONDS)
			step *= 1000;
		last = bytes_wrapping_add(last, step);
		row->at = last;
		row->code = (uint32_t) (code >> 3);
		row->flags = code & 7;
		row->ref_size = 0;
		row->value = 0;
		row->recorded = 0;
		row->ref = NULL;
		if (row->flags & JOURNEY_ROW_VALUE)
			memcpy(&row->value, reader_bytes(&bytes, sizeof(double)), sizeof(double));
		if (row->flags & JOURNEY_ROW_RECORDED)
			row->recorded = bytes_wrapping_add(last, bytes_unzigzag(reader_varint(&bytes)));
		if (row->flags & JOURNEY_ROW_REF)
		{
			row->ref_size = (uint32_t) reader_varint(&bytes);
			row->ref = (const char *) reader_bytes(&bytes, row->ref_size);
		}
	}
	reader->bytes = bytes;
	reader->last = last;
	return count;
}
