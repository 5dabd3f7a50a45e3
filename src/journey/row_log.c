/*
 * row_log.c
 *		Reading rows of one person that row_log.h packed.
 */
#include "journey/row_log.h"

JourneyRow *
row_log_read(const uint8_t *bytes, size_t size, JourneyRow *row, int64_t *last)
{
	ByteReader	reader = reader_over(bytes, size);

	for (size_t i = 1; reader_left(&reader) > 0; i++, row++)
	{
		uint64_t	code = reader_varint(&reader);
		unsigned	header = reader_byte(&reader);
		unsigned	length = header & ROW_LOG_LENGTH;
		uint64_t	zigzag = bytes_load_u64(reader.at);
		int64_t		step;

		if (i % 65536 == 0)
			host_check_interrupts();
		zigzag &= length < 8 ? (UINT64_C(1) << (8 * length)) - 1 : UINT64_MAX;
		reader.at += length;
		step = bytes_unzigzag(zigzag);
		if (header & ROW_LOG_MILLISECONDS)
			step *= 1000;
		*last = bytes_wrapping_add(*last, step);
		row->at = *last;
		row->code = (uint32_t) (code >> 3);
		row->flags = code & 7;
		row->ref_size = 0;
		row->value = 0;
		row->recorded = 0;
		row->ref = NULL;
		if (row->flags & JOURNEY_ROW_VALUE)
			memcpy(&row->value, reader_bytes(&reader, sizeof(double)), sizeof(double));
		if (row->flags & JOURNEY_ROW_RECORDED)
			row->recorded = bytes_wrapping_add(*last, bytes_unzigzag(reader_varint(&reader)));
		if (row->flags & JOURNEY_ROW_REF)
		{
			row->ref_size = (uint32_t) reader_varint(&reader);
			row->ref = (const char *) reader_bytes(&reader, row->ref_size);
		}
	}
	return row;
}
