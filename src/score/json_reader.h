/*
 * json_reader.h
 *		JSON text as a tree, for models that people write.
 *
 * Small documents written by people: what counts is that an error names the
 * place.  Keys stay in the order written; a key given twice is refused, since
 * one of the two would silently not count.
 */
#ifndef INTENT_JSON_READER_H
#define INTENT_JSON_READER_H

#include "base/bytes.h"

typedef enum JsonKind
{
	JSON_NULL,
	JSON_BOOLEAN,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
} JsonKind;

typedef struct JsonValue JsonValue;

struct JsonValue
{
	JsonKind	kind;
	uint32_t	size;			/* of text, or number of children */
	const char *text;			/* of a string, unescaped; of a number, as written */
	const char *key;			/* if it is the member of an object */
	uint32_t	key_size;
	JsonValue  *children;		/* of an array or object */
};

/* What a text should be, for messages. */
typedef struct JsonDocument
{
	const char *name;
	const char *example;
} JsonDocument;

/*
 * Fails with HOST_BAD_TEXT naming the position.  True if a \u escape stood for
 * a character beyond ASCII, which is then given as UTF-8.
 */
extern bool json_parse(JsonValue *value, const JsonDocument *document, const char *text, size_t size);

/* "a number", "an object": for messages. */
extern const char *json_kind_name(JsonKind kind);

extern bool json_text_is(const char *text, size_t size, const char *word);

/* For messages: of a long text the beginning, up to the end of a character. */
#define JSON_SHOWN 60
extern int	json_shown(const char *text, size_t size);

/* Appends a text in quotes, escaping what must be. */
extern void json_append_string(ByteBuffer *out, const char *text, size_t size);

#endif							/* INTENT_JSON_READER_H */
