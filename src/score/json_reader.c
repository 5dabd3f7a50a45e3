/*
 * json_reader.c
 *		JSON text as a tree, for models that people write.
 */
#include "score/json_reader.h"

#define JSON_MAX_DEPTH 32
#define JSON_MAX_CHILDREN 10000
#define JSON_MAX_VALUES 1000000

typedef struct JsonReader
{
	const JsonDocument *document;
	const char *start;
	const char *at;
	const char *end;
	int			depth;
	uint32_t	values;			/* read so far */
	bool		beyond_ascii;	/* did a \u escape stand for such a character? */
} JsonReader;

static void fail(const JsonReader *reader, const char *what) HOST_NORETURN;
static void read_value(JsonReader *reader, JsonValue *value);

static void
fail(const JsonReader *reader, const char *what)
{
	host_fail(HOST_BAD_TEXT, host_format("invalid %s: its text is not JSON", reader->document->name),
			  host_format("At byte %zu %s.", (size_t) (reader->at - reader->start) + 1, what),
			  host_format("Write a JSON object, for example %s.", reader->document->example));
}

static void too_long(const JsonReader *reader, const char *detail) HOST_NORETURN;

static void
too_long(const JsonReader *reader, const char *detail)
{
	host_fail(HOST_LIMIT, host_format("%s is too long", reader->document->name), detail,
			  host_format("Use several %ss.", reader->document->name));
}

bool
json_text_is(const char *text, size_t size, const char *word)
{
	return size == strlen(word) && memcmp(text, word, size) == 0;
}

static void
skip_spaces(JsonReader *reader)
{
	while (reader->at < reader->end &&
		   (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\n' || *reader->at == '\r'))
		reader->at++;
}

static bool
take(JsonReader *reader, char c)
{
	if (reader->at == reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

static bool
take_word(JsonReader *reader, const char *word)
{
	size_t		size = strlen(word);

	if ((size_t) (reader->end - reader->at) < size || memcmp(reader->at, word, size) != 0)
		return false;
	reader->at += size;
	return true;
}

/* ----- numbers ----- */

static bool
take_digits(JsonReader *reader)
{
	const char *from = reader->at;

	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
		reader->at++;
	return reader->at > from;
}

static void
read_number(JsonReader *reader, JsonValue *value)
{
	const char *from = reader->at;

	take(reader, '-');
	if (!take(reader, '0') && !take_digits(reader))
		fail(reader, "a value is expected");
	if (take(reader, '.') && !take_digits(reader))
		fail(reader, "digits are expected behind the point");
	if (take(reader, 'e') || take(reader, 'E'))
	{
		if (!take(reader, '-'))
			take(reader, '+');
		if (!take_digits(reader))
			fail(reader, "digits are expected in the exponent");
	}
	value->kind = JSON_NUMBER;
	value->text = from;
	value->size = (uint32_t) (reader->at - from);
}

/* ----- strings ----- */

static uint32_t
read_hex(JsonReader *reader)
{
	uint32_t	code = 0;

	for (int i = 0; i < 4; i++)
	{
		char		c = reader->at < reader->end ? *reader->at : '\0';

		if (c >= '0' && c <= '9')
			code = code * 16 + (uint32_t) (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			code = code * 16 + (uint32_t) ((c | 0x20) - 'a') + 10;
		else
			fail(reader, "four hexadecimal digits are expected behind \\u");
		reader->at++;
	}
	return code;
}

/* Behind "\u": one character, as UTF-8. */
static void
read_code_point(JsonReader *reader, ByteBuffer *out)
{
	uint32_t	code = read_hex(reader);

	if (code >= 0xd800 && code < 0xdc00 && take_word(reader, "\\u"))
	{
		uint32_t	low = read_hex(reader);

		if (low < 0xdc00 || low > 0xdfff)
			fail(reader, "a surrogate has no partner");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	if (code == 0 || (code >= 0xd800 && code < 0xe000))
		fail(reader, "\\u names no character");
	if (code < 0x80)
		buffer_byte(out, (uint8_t) code);
	else
	{
		int			more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;

		reader->beyond_ascii = true;
		buffer_byte(out, (uint8_t) ((0xff00 >> (more + 1)) | (code >> 6 * more)));
		while (more-- > 0)
			buffer_byte(out, (uint8_t) (0x80 | ((code >> 6 * more) & 0x3f)));
	}
}

static const char *
read_string(JsonReader *reader, uint32_t *size)
{
	static const char escapes[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	ByteBuffer	out;

	if (!take(reader, '"'))
		fail(reader, "a string in double quotes is expected");
	buffer_init(&out, 32);
	while (!take(reader, '"'))
	{
		if (reader->at == reader->end || (unsigned char) *reader->at < 0x20)
			fail(reader, "a string is not closed");
		if (!take(reader, '\\'))
			buffer_byte(&out, (uint8_t) *reader->at++);
		else if (take(reader, 'u'))
			read_code_point(reader, &out);
		else
		{
			const char *escape = reader->at == reader->end || *reader->at == '\0' ?
				NULL : strchr(escapes, *reader->at);

			if (escape == NULL)
				fail(reader, "an unknown escape stands");
			buffer_byte(&out, (uint8_t) meanings[escape - escapes]);
			reader->at++;
		}
	}
	*size = (uint32_t) out.size;
	return (const char *) out.data;
}

/* ----- arrays and objects ----- */

static void
check_key(const JsonReader *reader, const JsonValue *object, const JsonValue *member)
{
	for (uint32_t i = 0; i < object->size; i++)
	{
		const JsonValue *other = &object->children[i];

		if (other->key_size == member->key_size &&
			memcmp(other->key, member->key, member->key_size) == 0)
			host_fail(HOST_BAD_PARAMETER,
					  host_format("invalid %s: key \"%.*s\" stands twice in one object",
								  reader->document->name, json_shown(member->key, member->key_size), member->key),
					  host_format("For the second time before byte %zu.",
								  (size_t) (reader->at - reader->start) + 1),
					  "Remove one of the two: which one counts would be a guess.");
	}
}

static void
read_children(JsonReader *reader, JsonValue *value, char close)
{
	size_t		capacity = 0;

	skip_spaces(reader);
	if (take(reader, close))
		return;
	do
	{
		JsonValue	child;

		host_check_interrupts();
		memset(&child, 0, sizeof(child));
		skip_spaces(reader);
		if (close == '}')
		{
			child.key = read_string(reader, &child.key_size);
			check_key(reader, value, &child);
			skip_spaces(reader);
			if (!take(reader, ':'))
				fail(reader, "\":\" is expected");
		}
		read_value(reader, &child);
		if (value->size == JSON_MAX_CHILDREN)
			too_long(reader, host_format("An array or object has more than %d members.", JSON_MAX_CHILDREN));
		if (value->size == capacity)
		{
			JsonValue  *grown;

			capacity = checked_growth(capacity, capacity + 1);
			grown = host_alloc_array(capacity, sizeof(JsonValue));
			if (value->size > 0)
				memcpy(grown, value->children, value->size * sizeof(JsonValue));
			value->children = grown;
		}
		value->children[value->size++] = child;
		skip_spaces(reader);
	} while (take(reader, ','));
	if (!take(reader, close))
		fail(reader, host_format("\",\" or \"%c\" is expected", close));
}

static void
read_value(JsonReader *reader, JsonValue *value)
{
	host_check_stack();
	if (reader->values++ == JSON_MAX_VALUES)
		too_long(reader, host_format("It has more than %d values.", JSON_MAX_VALUES));
	skip_spaces(reader);
	if (reader->depth++ >= JSON_MAX_DEPTH)
		fail(reader, "the nesting is too deep");
	if (take(reader, '{'))
	{
		value->kind = JSON_OBJECT;
		read_children(reader, value, '}');
	}
	else if (take(reader, '['))
	{
		value->kind = JSON_ARRAY;
		read_children(reader, value, ']');
	}
	else if (reader->at < reader->end && *reader->at == '"')
	{
		value->kind = JSON_STRING;
		value->text = read_string(reader, &value->size);
	}
	else if (take_word(reader, "null"))
		value->kind = JSON_NULL;
	else if (take_word(reader, "true") || take_word(reader, "false"))
		value->kind = JSON_BOOLEAN;
	else
		read_number(reader, value);
	reader->depth--;
}

bool
json_parse(JsonValue *value, const JsonDocument *document, const char *text, size_t size)
{
	JsonReader	reader = {.document = document, .start = text, .at = text, .end = text + size};

	memset(value, 0, sizeof(*value));
	if (size > UINT32_MAX / 2)
		too_long(&reader, NULL);
	read_value(&reader, value);
	skip_spaces(&reader);
	if (reader.at < reader.end)
		fail(&reader, "something follows the value");
	return reader.beyond_ascii;
}

const char *
json_kind_name(JsonKind kind)
{
	switch (kind)
	{
		case JSON_NULL:
			return "null";
		case JSON_BOOLEAN:
			return "a boolean";
		case JSON_NUMBER:
			return "a number";
		case JSON_STRING:
			return "a string";
		case JSON_ARRAY:
			return "an array";
		case JSON_OBJECT:
			break;
	}
	return "an object";
}

int
json_shown(const char *text, size_t size)
{
	size_t		shown = size;

	if (size > JSON_SHOWN)
	{
		/* not between the bytes of a character of UTF-8 */
		for (shown = JSON_SHOWN; shown > JSON_SHOWN - 3 && ((uint8_t) text[shown] & 0xc0) == 0x80;)
			shown--;
	}
	return (int) shown;
}

void
json_append_string(ByteBuffer *out, const char *text, size_t size)
{
	static const char hex[] = "0123456789abcdef";

	buffer_byte(out, '"');
	for (size_t i = 0; i < size; i++)
	{
		uint8_t		c = (uint8_t) text[i];

		if (c == '"' || c == '\\')
		{
			buffer_byte(out, '\\');
			buffer_byte(out, c);
		}
		else if (c >= 0x20)
			buffer_byte(out, c);
		else
		{
			buffer_text(out, "\\u00");
			buffer_byte(out, (uint8_t) hex[c >> 4]);
			buffer_byte(out, (uint8_t) hex[c & 15]);
		}
	}
	buffer_byte(out, '"');
}
