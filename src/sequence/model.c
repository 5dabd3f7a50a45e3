/*
 * model.c
 *		What the models of this room have in common: header, names, numbers.
 */
#include "sequence/model.h"

#define NAMES_PER_CHECK 65536

void
model_invalid(const ModelReader *reader, const char *detail)
{
	host_fail(reader->error, host_format("invalid %s", reader->type), detail,
			  "Build it again with its aggregate, or restore it from a backup.");
}

void
model_count_overflow(void)
{
	host_fail(HOST_OUT_OF_RANGE, "count is out of range",
			  "Counts go up to 9223372036854775807.", NULL);
}

Fixed
model_add_values(Fixed a, Fixed b)
{
	Fixed		sum;

	if (host_unlikely(__builtin_add_overflow(a, b, &sum)))
		host_fail(HOST_OUT_OF_RANGE, "sum of values is out of range",
				  "It is kept with 12 decimals and at most 26 digits before the point.",
				  "Use a larger unit, for example thousands.");
	return sum;
}

/* ----- reading ----- */

static void
read_names(ModelReader *reader)
{
	ByteReader *bytes = &reader->bytes;
	uint64_t	count = reader_varint(bytes);

	/* a name has two sizes, of a byte at least */
	if (bytes->bad || count > reader_left(bytes) / 2)
		model_invalid(reader, "Its names are cut short.");
	reader->name_count = (uint32_t) count;
	reader->names = host_alloc_array((size_t) count + 1, sizeof(Touchpoint));
	for (uint32_t i = 0; i < reader->name_count; i++)
	{
		Touchpoint *name = &reader->names[i];

		if (i % NAMES_PER_CHECK == 0)
			host_check_interrupts();
		name->channel_size = (uint32_t) reader_varint(bytes);
		name->channel = (const char *) reader_bytes(bytes, name->channel_size);
		name->event_size = (uint32_t) reader_varint(bytes);
		name->event = (const char *) reader_bytes(bytes, name->event_size);
		if (bytes->bad)
			model_invalid(reader, "Its names are cut short.");
		if (memchr(name->channel, '\0', name->channel_size) ||
			memchr(name->event, '\0', name->event_size))
			model_invalid(reader, "A name has a zero byte.");
		if (i > 0 && touchpoint_compare(&reader->names[i - 1], name) >= 0)
			model_invalid(reader, "Its names are not in order.");
	}
}

void
model_open(ModelReader *reader, const void *data, size_t size, const char *type, HostError error)
{
	int			version;
	int			flags;

	reader->bytes = reader_over(data, size);
	reader->type = type;
	reader->error = error;
	reader->name_count = 0;
	version = reader_byte(&reader->bytes);
	flags = reader_byte(&reader->bytes);
	if (reader->bytes.bad)
		model_invalid(reader, "Its header is cut short.");
	if (version != MODEL_VERSION)
		model_invalid(reader, host_format("Its format version is %d; this is version %d.",
										  version, MODEL_VERSION));
	if (flags != 0)
		model_invalid(reader, "Reserved bits are set.");
	read_names(reader);
}

void
model_close(ModelReader *reader)
{
	if (reader->bytes.bad)
		model_invalid(reader, "It is cut short.");
	if (reader_left(&reader->bytes) != 0)
		model_invalid(reader, "It is longer than its content.");
	host_free(reader->names);
	reader->names = NULL;
}

ModelCodes
model_codes(const ModelReader *reader, Vocabulary *names)
{
	ModelCodes	codes = {reader, names, NULL};

	codes.codes = host_alloc_array((size_t) reader->name_count + 1, sizeof(uint32_t));
	memset(codes.codes, 0xff, (size_t) reader->name_count * sizeof(uint32_t));
	return codes;
}

uint32_t
model_code_slow(ModelCodes *codes, uint32_t name)
{
	codes->codes[name] = vocabulary_code(codes->names, &codes->reader->names[name]);
	return codes->codes[name];
}

Fixed
reader_fixed(ByteReader *reader)
{
	unsigned	size = reader_byte(reader);
	const uint8_t *bytes = reader_bytes(reader, size > sizeof(Fixed) ? UINT64_MAX : size);
	FixedMagnitude bits = 0;

	if (reader->bad || size == 0)
		return 0;
	/* a leading zero would be a second encoding */
	if (bytes[size - 1] == 0)
		reader->bad = true;
	for (unsigned i = 0; i < size; i++)
		bits |= (FixedMagnitude) bytes[i] << (8 * i);
	return (Fixed) (bits >> 1) ^ -(Fixed) (bits & 1);
}

/* ----- writing ----- */

const uint32_t *
model_begin(ByteBuffer *out, Vocabulary *names)
{
	TouchpointSet set = vocabulary_set(names);
	const Touchpoint **sorted = host_alloc_array((size_t) set.count + 1, sizeof(Touchpoint *));

	for (uint32_t code = 0; code < set.count; code++)
		sorted[set.rank[code]] = &set.touchpoints[code];
	buffer_byte(out, MODEL_VERSION);
	buffer_byte(out, 0);
	buffer_varint(out, set.count);
	for (uint32_t i = 0; i < set.count; i++)
	{
		if (i % NAMES_PER_CHECK == 0)
			host_check_interrupts();
		buffer_varint(out, sorted[i]->channel_size);
		buffer_bytes(out, sorted[i]->channel, sorted[i]->channel_size);
		buffer_varint(out, sorted[i]->event_size);
		buffer_bytes(out, sorted[i]->event, sorted[i]->event_size);
	}
	host_free(sorted);
	return set.rank;
}

void
buffer_fixed(ByteBuffer *out, Fixed value)
{
	FixedMagnitude bits = ((FixedMagnitude) value << 1) ^ (value < 0 ? ~(FixedMagnitude) 0 : 0);
	uint8_t		bytes[sizeof(Fixed)];
	uint8_t		size = 0;

	for (; bits > 0; bits >>= 8)
		bytes[size++] = (uint8_t) bits;
	buffer_byte(out, size);
	buffer_bytes(out, bytes, size);
}
