/*
 * identity_readers.c
 *		All that reads an identity map, in one call: tests and fuzzers.
 */
#include "identity_readers.h"

#include "identity/identity_map.h"

/* What must be so whatever the bytes; HOST_INTERNAL is a defect. */
static void
insist(bool good, const char *what)
{
	if (!good)
		host_fail(HOST_INTERNAL, what, NULL, NULL);
}

static void
pack_again(ByteBuffer *out, const IdentityMap *map)
{
	TextComponents components;

	text_components_init(&components);
	identity_map_absorb(&components, map);
	text_components_settle(&components);
	identity_map_pack(out, &components);
	text_components_free(&components);
}

void
identity_read_from_client(const uint8_t *data, size_t size)
{
	const char *problem = identity_map_problem(data, size);
	IdentityMap map;
	ByteBuffer	again;

	if (problem != NULL)
		host_fail(HOST_BAD_BINARY, "invalid identity_map", problem, NULL);
	identity_read_from_disk(data, size);
	identity_map_open(&map, data, size);
	buffer_init(&again, size);
	pack_again(&again, &map);
	insist(again.size == size && memcmp(again.data, data, size) == 0, "a map has two encodings");
}

void
identity_read_from_disk(const uint8_t *data, size_t size)
{
	IdentityMap map;
	ByteBuffer	out;

	identity_map_open(&map, data, size);
	identity_map_find(&map, "a", 1);
	identity_map_find(&map, "zz", 2);
	buffer_init(&out, 64);
	pack_again(&out, &map);
	out.size = 0;
	identity_map_to_text(&out, &map);
}

void
identity_read_text(const uint8_t *data, size_t size)
{
	TextComponents components;
	IdentityMap map;
	ByteBuffer	bytes;
	ByteBuffer	text;
	ByteBuffer	again;

	/* the server's texts hold no zero bytes */
	if (size > 0 && memchr(data, '\0', size) != NULL)
		host_fail(HOST_BAD_TEXT, "zero byte", NULL, NULL);
	text_components_init(&components);
	identity_map_from_text(&components, (const char *) data, size);
	text_components_settle(&components);
	buffer_init(&bytes, 64);
	identity_map_pack(&bytes, &components);
	insist(identity_map_problem(bytes.data, bytes.size) == NULL, "a map made of text has a problem");

	identity_map_open(&map, bytes.data, bytes.size);
	buffer_init(&text, 64);
	identity_map_to_text(&text, &map);
	text_components_init(&components);
	identity_map_from_text(&components, (const char *) text.data, text.size);
	text_components_settle(&components);
	buffer_init(&again, 64);
	identity_map_pack(&again, &components);
	insist(again.size == bytes.size && memcmp(again.data, bytes.data, bytes.size) == 0,
		   "a map does not read back from its text");
}
