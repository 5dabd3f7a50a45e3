/*
 * journey_readers.c
 *		All that reads the bytes of a journey, in one call: tests and fuzzer.
 */
#include "journey_readers.h"

#include "journey/journey_edit.h"
#include "journey/journey_text.h"

void
journey_read_from_client(const uint8_t *data, size_t size)
{
	journey_validate(data, size);
	/* what passed may be read in any way */
	journey_read_from_disk(data, size);
}

static void
read_blocks(const JourneyView *view, int want)
{
	JourneyCursor cursor;
	JourneyBlock block;
	uint64_t	sum = 0;

	journey_cursor(&cursor, view, want);
	while (journey_next(&cursor, &block))
	{
		for (uint32_t i = 0; i < block.count; i++)
		{
			char		buffer[JOURNEY_REF_PACKED_MAX];
			uint32_t	size;
			const char *ref;

			sum += (uint64_t) block.at[i] + block.code[i];
			if (!(want & JOURNEY_WANT_REF))
				continue;
			ref = journey_ref_text(&block.ref[i], buffer, &size);
			for (uint32_t byte = 0; ref && byte < size; byte++)
				sum += (uint8_t) ref[byte];
		}
	}
	/* looked at, so that it is not left out */
	if (sum == UINT64_C(0x1234567890abcdef))
		host_check_interrupts();
}

void
journey_read_from_disk(const uint8_t *data, size_t size)
{
	JourneyView view;
	JourneySplit split;
	JourneyBytes both[2] = {{data, size}, {data, size}};
	TouchpointPattern pattern;
	int64_t		known_at;
	ByteBuffer	out;

	journey_open(&view, data, size);
	known_at = view.first;
	buffer_init(&out, 64);
	touchpoint_parse_whole(&pattern, "web:*", 5);
	for (int want = 0; want < 8; want++)
		read_blocks(&view, want);
	journey_session_count(&view, 1800000000);
	journey_cut(&out, &view, view.last, &known_at);
	out.size = 0;
	journey_filter(&out, &view, &pattern, 1, true);
	out.size = 0;
	journey_collapse(&out, &view);
	out.size = 0;
	journey_unite(&out, both, 2);
	out.size = 0;
	journey_to_text(&out, &view);
	journey_split_begin(&split, &view, 1800000000);
	while (journey_split_next(&split, &out))
		out.size = 0;
}

void
journey_read_text(const uint8_t *data, size_t size)
{
	JourneyView view;
	ByteBuffer	bytes;
	ByteBuffer	text;
	ByteBuffer	again;

	/* the server's texts hold no zero bytes */
	if (size > 0 && memchr(data, '\0', size) != NULL)
		host_fail(HOST_BAD_TEXT, "zero byte", NULL, NULL);
	buffer_init(&bytes, 64);
	journey_from_text(&bytes, (const char *) data, size);
	journey_read_from_client(bytes.data, bytes.size);
	journey_open(&view, bytes.data, bytes.size);
	buffer_init(&text, 64);
	journey_to_text(&text, &view);
	buffer_init(&again, 64);
	journey_from_text(&again, (const char *) text.data, text.size);
	if (again.size != bytes.size || memcmp(again.data, bytes.data, bytes.size) != 0)
		host_fail(HOST_INTERNAL, "a journey does not read back from its text", NULL, NULL);
}
