/*
 * touchpoint.c
 *		The one text grammar of touchpoints: see touchpoint.h.
 */
#include "journey/touchpoint.h"

static inline bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || c == '.' || c == '/' || c == '-';
}

const char	touchpoint_closing_quote[] = "a closing quote";

/* What was expected, and where, if a text is no touchpoint. */
typedef struct TouchpointProblem
{
	const char *expected;		/* NULL if there is no problem */
	size_t		at;
} TouchpointProblem;

/* Unquotes the part whose first quote is text[at]; returns where it ends. */
static size_t
parse_quoted(const char *text, size_t size, size_t at, const char **part, uint32_t *part_size,
			 TouchpointProblem *problem)
{
	size_t		start = at + 1;
	size_t		doubled = 0;
	size_t		end = start;
	char	   *out;
	size_t		n = 0;

	for (; end < size; end++)
	{
		if (text[end] != '"')
			continue;
		if (end + 1 == size || text[end + 1] != '"')
			break;
		end++;
		doubled++;
	}
	if (end >= size)
	{
		problem->expected = touchpoint_closing_quote;
		problem->at = size;
		return size;
	}
	*part = text + start;
	*part_size = (uint32_t) (end - start - doubled);
	if (doubled > 0)
	{
		*part = out = host_alloc(end - start);
		for (size_t i = start; i < end; i++)
		{
			out[n++] = text[i];
			if (text[i] == '"')
				i++;
		}
	}
	return end + 1;
}

/* One part from text[at] on, quoted or plain; returns where it ends. */
static size_t
parse_name(const char *text, size_t size, size_t at, const char **part, uint32_t *part_size,
		   TouchpointProblem *problem)
{
	size_t		end = at;

	if (at < size && text[at] == '"')
		return parse_quoted(text, size, at, part, part_size, problem);
	while (end < size && is_plain(text[end]))
		end++;
	if (end == at)
	{
		problem->expected = "a name, a quoted name or *";
		problem->at = at;
	}
	*part = text + at;
	*part_size = (uint32_t) (end - at);
	return end;
}

size_t
touchpoint_part_parse(const char *text, size_t size, const char **part, uint32_t *part_size)
{
	TouchpointProblem problem = {NULL, 0};
	size_t		end = parse_name(text, size, 0, part, part_size, &problem);

	return problem.expected ? 0 : end;
}

static size_t
parse_part(const char *text, size_t size, size_t at, TouchpointPart *kind,
		   const char **part, uint32_t *part_size, TouchpointProblem *problem)
{
	*kind = TOUCHPOINT_EXACT;
	if (at < size && text[at] == '*')
	{
		*kind = TOUCHPOINT_ANY;
		return at + 1;
	}
	return parse_name(text, size, at, part, part_size, problem);
}

static size_t
parse_touchpoint(TouchpointPattern *pattern, const char *text, size_t size, TouchpointProblem *problem)
{
	Touchpoint *touchpoint = &pattern->touchpoint;
	size_t		at;

	memset(pattern, 0, sizeof(*pattern));
	problem->expected = NULL;
	if (size > 0 && text[0] == ':')
	{
		pattern->channel_part = TOUCHPOINT_NONE;
		return parse_part(text, size, 1, &pattern->event_part,
						  &touchpoint->event, &touchpoint->event_size, problem);
	}
	at = parse_part(text, size, 0, &pattern->event_part,
					&touchpoint->event, &touchpoint->event_size, problem);
	if (problem->expected || at == size || text[at] != ':')
	{
		pattern->channel_part = TOUCHPOINT_ANY;
		pattern->bare = true;
		return at;
	}

	/* what was read is the channel; an empty one in quotes is none */
	pattern->channel_part = pattern->event_part;
	touchpoint->channel = touchpoint->event;
	touchpoint->channel_size = touchpoint->event_size;
	if (pattern->channel_part == TOUCHPOINT_EXACT && touchpoint->channel_size == 0)
		pattern->channel_part = TOUCHPOINT_NONE;
	touchpoint->event = NULL;
	touchpoint->event_size = 0;
	return parse_part(text, size, at + 1, &pattern->event_part,
					  &touchpoint->event, &touchpoint->event_size, problem);
}

const char *
touchpoint_scan(TouchpointPattern *pattern, const char *text, size_t size, size_t *end)
{
	TouchpointProblem problem;

	*end = parse_touchpoint(pattern, text, size, &problem);
	if (problem.expected)
		*end = problem.at;
	return problem.expected;
}

static void bad_touchpoint(const char *text, size_t size, size_t at, const char *expected) HOST_NORETURN;

static void
bad_touchpoint(const char *text, size_t size, size_t at, const char *expected)
{
	host_fail(HOST_BAD_TEXT,
			  host_format("invalid touchpoint: \"%.*s\"", (int) bytes_excerpt(text, size, 200), text),
			  host_format("Expected %s at character %zu.", expected, at + 1),
			  "Write channel:event or event; put a part with other characters than "
			  "A-Z a-z 0-9 _ . / - in double quotes, for example call:\"delivery failed\".");
}

size_t
touchpoint_parse(TouchpointPattern *pattern, const char *text, size_t size)
{
	size_t		end;
	const char *expected = touchpoint_scan(pattern, text, size, &end);

	if (expected)
		bad_touchpoint(text, size, end, expected);
	return end;
}

void
touchpoint_parse_whole(TouchpointPattern *pattern, const char *text, size_t size)
{
	size_t		end = touchpoint_parse(pattern, text, size);

	if (end < size)
		bad_touchpoint(text, size, end, pattern->bare ? "\":\" or the end" : "the end");
}

static inline bool
same_part(const char *a, uint32_t a_size, const char *b, uint32_t b_size)
{
	return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

bool
touchpoint_matches(const TouchpointPattern *pattern, const Touchpoint *touchpoint)
{
	const Touchpoint *wanted = &pattern->touchpoint;

	if (pattern->channel_part == TOUCHPOINT_NONE && touchpoint->channel_size > 0)
		return false;
	if (pattern->channel_part == TOUCHPOINT_EXACT &&
		!same_part(wanted->channel, wanted->channel_size,
				   touchpoint->channel, touchpoint->channel_size))
		return false;
	return pattern->event_part == TOUCHPOINT_ANY ||
		same_part(wanted->event, wanted->event_size, touchpoint->event, touchpoint->event_size);
}

/* ----- writing ----- */

void
touchpoint_part_append(ByteBuffer *out, const char *part, uint32_t size)
{
	bool		plain = size > 0;

	for (uint32_t i = 0; i < size && plain; i++)
		plain = is_plain(part[i]);
	if (plain)
	{
		buffer_bytes(out, part, size);
		return;
	}
	buffer_byte(out, '"');
	for (uint32_t i = 0; i < size; i++)
	{
		if (part[i] == '"')
			buffer_byte(out, '"');
		buffer_byte(out, (uint8_t) part[i]);
	}
	buffer_byte(out, '"');
}

void
touchpoint_append(ByteBuffer *out, const Touchpoint *touchpoint)
{
	if (touchpoint->channel_size > 0)
	{
		touchpoint_part_append(out, touchpoint->channel, touchpoint->channel_size);
		buffer_byte(out, ':');
	}
	touchpoint_part_append(out, touchpoint->event, touchpoint->event_size);
}

void
touchpoint_pattern_append(ByteBuffer *out, const TouchpointPattern *pattern)
{
	if (!pattern->bare)
	{
		if (pattern->channel_part == TOUCHPOINT_ANY)
			buffer_byte(out, '*');
		else if (pattern->channel_part == TOUCHPOINT_EXACT)
			touchpoint_part_append(out, pattern->touchpoint.channel, pattern->touchpoint.channel_size);
		buffer_byte(out, ':');
	}
	if (pattern->event_part == TOUCHPOINT_ANY)
		buffer_byte(out, '*');
	else
		touchpoint_part_append(out, pattern->touchpoint.event, pattern->touchpoint.event_size);
}
