/*
 * characters_pg.h
 *		A text as characters, whatever the encoding of the database.
 */
#ifndef INTENT_CHARACTERS_PG_H
#define INTENT_CHARACTERS_PG_H

#include "mb/pg_wchar.h"

#include "identity/text_distance.h"

#define CHARACTERS_ROOM 64

/* Short texts, as names are, need no memory but this. */
typedef struct CharactersRoom
{
	uint32_t	code[CHARACTERS_ROOM + 1];
} CharactersRoom;

/* Are all of them ASCII, or is any byte a character of its own anyway? */
static inline bool
bytes_are_characters(const char *text, int size)
{
	uint8		seen = 0;

	for (int i = 0; i < size; i++)
		seen |= (uint8) text[i];
	return seen < 0x80 || pg_database_encoding_max_length() == 1;
}

static inline Characters
characters_of(const text *value, CharactersRoom *room)
{
	const char *data = VARDATA_ANY(value);
	int			size = VARSIZE_ANY_EXHDR(value);
	Characters	characters = {room->code, size, true};
	uint32_t   *code = room->code;
	uint32_t	seen = 0;

	if (size > CHARACTERS_ROOM)
		characters.code = code = host_alloc_array((size_t) size + 1, sizeof(uint32_t));
	if (bytes_are_characters(data, size))
	{
		for (int i = 0; i < size; i++)
			code[i] = (uint8) data[i];
		return characters;
	}
	characters.length = pg_mb2wchar_with_len(data, (pg_wchar *) code, size);
	for (uint32_t i = 0; i < characters.length; i++)
		seen |= code[i];
	characters.narrow = seen < 256;
	return characters;
}

#endif							/* INTENT_CHARACTERS_PG_H */
