/*
 * bytes_test.c
 *		Varints, zigzag, growing buffers, readers and packed integers.
 */
#include "tap.h"

#include "base/bytes.h"
#include "journey/packed.h"

static void
test_varints(void)
{
	uint64_t	seed = 1;

	for (int i = 0; i < 20000; i++)
	{
		uint64_t	value = i < 64 ? UINT64_C(1) << i : i < 128 ? (UINT64_C(1) << (i - 64)) - 1 : random_bits(&seed);
		uint8_t		bytes[BYTES_VARINT_MAX];
		size_t		size = bytes_put_varint(bytes, value);
		ByteReader	reader = reader_over(bytes, size);

		hold(reader_varint(&reader) == value && !reader.bad && reader_left(&reader) == 0);
		reader = reader_over(bytes, size);
		hold(reader_varint_slow(&reader) == value && !reader.bad);
		for (size_t cut = 0; cut < size; cut++)
		{
			reader = reader_over(bytes, cut);
			hold(reader_varint(&reader) == 0 && reader.bad);
		}
		hold(bytes_unzigzag(bytes_zigzag((int64_t) value)) == (int64_t) value);
		hold(bytes_unzigzag(value) == bytes_unzigzag(bytes_zigzag(bytes_unzigzag(value))));
	}
	held("varints and zigzag read back, and are missed when cut short");
}

/* Every sequence of up to three bytes, and long ones: one encoding a value. */
static void
test_minimal(void)
{
	static const struct
	{
		uint8_t		bytes[11];
		size_t		size;
		bool		good;
	}			longest[] = {
		{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 10, true},
		{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}, 10, false},
		{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00}, 10, false},
		{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0}, 11, false},
		{{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1}, 11, false},
	};

	for (uint32_t all = 0; all < 1 << 24; all += all < 70000 ? 1 : 251)
	{
		uint8_t		bytes[3] = {(uint8_t) all, (uint8_t) (all >> 8), (uint8_t) (all >> 16)};
		uint8_t		again[BYTES_VARINT_MAX];
		ByteReader	reader = reader_over(bytes, sizeof(bytes));
		uint64_t	value = reader_varint(&reader);
		size_t		taken = sizeof(bytes) - reader_left(&reader);

		hold(reader.bad ? value == 0 :
			 bytes_put_varint(again, value) == taken && memcmp(again, bytes, taken) == 0);
	}
	held("what reads as a varint is the one encoding of its value");

	for (size_t i = 0; i < sizeof(longest) / sizeof(longest[0]); i++)
	{
		ByteReader	reader = reader_over(longest[i].bytes, longest[i].size);

		reader_varint(&reader);
		hold(reader.bad == !longest[i].good);
	}
	held("ten bytes hold 64 bits and no more");
}

static void
test_buffers(void)
{
	uint64_t	seed = 2;
	bool		ended = HOST_CALL(
	{
		ByteBuffer	buffer;
		ByteReader	reader;
		uint64_t	again = seed;
		char		text[41] = "0123456789012345678901234567890123456789";

		buffer_init(&buffer, 0);
		for (int i = 0; i < 2000; i++)
		{
			buffer_varint(&buffer, random_bits(&seed));
			buffer_bytes(&buffer, text, random_below(&seed, sizeof(text)));
			buffer_byte(&buffer, (uint8_t) i);
		}
		reader = reader_over(buffer.data, buffer.size);
		for (int i = 0; i < 2000; i++)
		{
			const uint8_t *bytes;
			size_t		size;

			hold(reader_varint(&reader) == random_bits(&again));
			size = random_below(&again, sizeof(text));
			bytes = reader_bytes(&reader, size);
			hold(bytes != NULL && memcmp(bytes, text, size) == 0);
			hold(reader_byte(&reader) == (uint8_t) i);
		}
		hold(!reader.bad && reader_left(&reader) == 0);
		hold(reader_byte(&reader) == 0 && reader.bad);
		hold(reader_bytes(&reader, UINT64_MAX) == NULL && reader.bad);
	});

	ok(ended, "buffers grow without failing");
	held("what was written is read, and nothing behind it");
	refused(HOST_LIMIT, "out of range", "a size beyond memory", checked_mul_size(SIZE_MAX / 2, 3));
	refused(HOST_LIMIT, "out of range", "a sum beyond memory", checked_add_size(SIZE_MAX, 1));
}

/* The memory ends where the numbers end: nothing behind it may be touched. */
static void
test_packed(void)
{
	uint64_t	seed = 3;

	for (int round = 0; round < 3000; round++)
	{
		size_t		count = random_below(&seed, 40);
		size_t		beyond = random_below(&seed, 3) * 9;

		hold(HOST_CALL(
		{
			uint64_t	wanted[40];
			uint64_t	got[40];
			ByteBuffer	out;
			uint8_t    *bytes;
			PackedWriter writer;
			size_t		first = count ? random_below(&seed, count) : 0;
			const uint8_t *middle;
			const uint8_t *end;

			buffer_init(&out, 1);
			writer = packed_begin(&out, count);
			for (size_t i = 0; i < count; i++)
				packed_put(&out, &writer, wanted[i] = random_below(&seed, 4) ? random_bits(&seed) : 0);
			/* behind a header, as columns are */
			bytes = (uint8_t *) host_alloc(8 + out.size + beyond) + 8;
			memcpy(bytes, out.data, out.size);
			end = bytes + out.size;

			/* in two parts, as blocks of events are */
			middle = packed_read(bytes, 0, first, bytes + packed_lengths_size(count), end, end + beyond, got);
			hold(middle != NULL);
			hold(packed_read(bytes, first, count - first, middle, end, end + beyond, got + first) == end);
			hold(memcmp(got, wanted, count * sizeof(uint64_t)) == 0);

			/* one byte less */
			if (count > 0 && wanted[count - 1] != 0)
				hold(packed_read(bytes, 0, count, bytes + packed_lengths_size(count), end - 1, end + beyond, got) == NULL);

			/* lengths that are none */
			if (count > 0)
			{
				size_t		broken = random_below(&seed, count);

				bytes[broken / 2] |= (uint8_t) (9 << (broken % 2 * 4));
				hold(packed_read(bytes, 0, count, bytes + packed_lengths_size(count), end, end + beyond, got) == NULL);
			}
		}));
	}
	held("packed integers read back inside their memory");
}

int
main(void)
{
	test_varints();
	test_minimal();
	test_buffers();
	test_packed();
	return done_testing();
}
