/*
 * identity_map_text.c
 *		The text form of identity maps: {{a,b},{c}}.
 */
#include "identity/identity_map.h"

#define NODES_PER_CHECK 65536

/* A literal up to this size is quoted in the error about it. */
#define QUOTED_MAX 200

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c != '\0' && strchr("_./:@+-", c) != NULL);
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* ----- writing ----- */

static void
append_node(ByteBuffer *out, const char *text, size_t size)
{
	size_t		plain = 0;

	while (plain < size && is_plain(text[plain]))
		plain++;
	if (plain == size)
	{
		buffer_bytes(out, text, size);
		return;
	}
	buffer_byte(out, '"');
	for (size_t i = 0; i < size; i++)
	{
		if (text[i] == '"')
			buffer_byte(out, '"');
		buffer_byte(out, (uint8_t) text[i]);
	}
	buffer_byte(out, '"');
}

void
identity_map_to_text(ByteBuffer *out, const IdentityMap *map)
{
	uint32_t   *grouped = identity_map_grouped(map);
	uint32_t	component = NO_NODE;

	buffer_byte(out, '{');
	for (uint32_t i = 0; i < map->nodes; i++)
	{
		size_t		size;
		const char *text = identity_map_node(map, grouped[i], &size);

		if (i % NODES_PER_CHECK == 0)
			host_check_interrupts();
		if (identity_map_component(map, grouped[i]) == component)
			buffer_byte(out, ',');
		else
		{
			buffer_text(out, component == NO_NODE ? "{" : "},{");
			component = identity_map_component(map, grouped[i]);
		}
		append_node(out, text, size);
		if (out->size > INTENT_MAX_VALUE_SIZE)
			host_fail(HOST_LIMIT, "identity_map is too large for one text", NULL,
					  "Read it as rows, with members(map).");
	}
	buffer_text(out, component == NO_NODE ? "}" : "}}");
	host_free(grouped);
}

/* ----- reading ----- */

typedef struct Literal
{
	const char *text;
	size_t		size;
	size_t		at;
	ByteBuffer	node;			/* the last one, without its quotes */
} Literal;

static HOST_NORETURN void
malformed(const Literal *literal, const char *expected)
{
	const char *message = literal->size > QUOTED_MAX ? "malformed identity_map literal" :
		host_format("malformed identity_map literal: \"%.*s\"",
					(int) literal->size, literal->text);

	host_fail(HOST_BAD_TEXT, message,
			  host_format("Expected %s at byte %zu.", expected, literal->at + 1),
			  "Write each component in braces, as in {{a,b},{c}}, and put a node with other "
			  "characters than letters, digits and _ . / : @ + - in double quotes.");
}

/* The next character that is no space, 0 at the end. */
static char
peek(Literal *literal)
{
	while (literal->at < literal->size && is_space(literal->text[literal->at]))
		literal->at++;
	return literal->at < literal->size ? literal->text[literal->at] : '\0';
}

static bool
accept(Literal *literal, char c)
{
	if (peek(literal) != c)
		return false;
	literal->at++;
	return true;
}

static void
read_node(Literal *literal)
{
	literal->node.size = 0;
	if (!accept(literal, '"'))
	{
		while (literal->at < literal->size && is_plain(literal->text[literal->at]))
			buffer_byte(&literal->node, (uint8_t) literal->text[literal->at++]);
		if (literal->node.size == 0)
			malformed(literal, "a node");
		return;
	}
	for (;;)
	{
		if (literal->at >= literal->size)
			malformed(literal, "a closing double quote");
		if (literal->text[literal->at] == '"')
		{
			literal->at++;
			if (literal->at >= literal->size || literal->text[literal->at] != '"')
				break;
		}
		buffer_byte(&literal->node, (uint8_t) literal->text[literal->at++]);
	}
	if (literal->node.size == 0)
		malformed(literal, "a node that is not empty");
}

void
identity_map_put(TextComponents *components, const char *first, size_t first_size,
				 const char *node, size_t size)
{
	text_components_settle(components);
	if (text_components_find(components, node, size) != NO_NODE)
		host_fail(HOST_BAD_TEXT,
				  size > QUOTED_MAX ? "a node is in identity_map twice" :
				  host_format("node \"%.*s\" is in identity_map twice", (int) size, node),
				  "A node belongs to one component.",
				  "Write all nodes of a component in one set.");
	text_components_add(components, first, first_size, node, size);
}

static void
read_set(Literal *literal, TextComponents *components)
{
	char	   *first;
	size_t		first_size;

	if (!accept(literal, '{'))
		malformed(literal, "\"{\" before a component");
	read_node(literal);
	first_size = literal->node.size;
	first = host_alloc(first_size);
	memcpy(first, literal->node.data, first_size);
	identity_map_put(components, first, first_size, first, first_size);
	while (accept(literal, ','))
	{
		read_node(literal);
		identity_map_put(components, first, first_size,
						 (const char *) literal->node.data, literal->node.size);
		if (components->forest.count % NODES_PER_CHECK == 0)
			host_check_interrupts();
	}
	host_free(first);
	if (!accept(literal, '}'))
		malformed(literal, "\",\" or \"}\" after a node");
}

void
identity_map_from_text(TextComponents *components, const char *text, size_t size)
{
	Literal		literal = {text, size, 0, {NULL, 0, 0}};

	buffer_init(&literal.node, 64);
	if (!accept(&literal, '{'))
		malformed(&literal, "\"{\"");
	if (peek(&literal) != '}')
	{
		do
		{
			host_check_interrupts();
			read_set(&literal, components);
		} while (accept(&literal, ','));
	}
	if (!accept(&literal, '}'))
		malformed(&literal, "\",\" or \"}\" after a component");
	if (peek(&literal) != '\0' || literal.at < size)
		malformed(&literal, "nothing more");
	host_free(literal.node.data);
}
