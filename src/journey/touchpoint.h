/*
 * touchpoint.h
 *		The one text grammar of touchpoints (docs/design.md, touchpoint text):
 *
 *			[channel ":"] event
 *
 * A part with anything but [A-Za-z0-9_./-] stands in double quotes, a quote
 * inside is doubled.  In a pattern an unquoted * matches any part, a bare
 * event means any channel or none, and ":event" means no channel.
 */
#ifndef INTENT_TOUCHPOINT_H
#define INTENT_TOUCHPOINT_H

#include "journey/journey.h"

typedef enum TouchpointPart
{
	TOUCHPOINT_ANY,				/* "*", or a channel that is not named at all */
	TOUCHPOINT_NONE,			/* no channel: ":event" */
	TOUCHPOINT_EXACT
} TouchpointPart;

/* What a touchpoint text means where it selects touchpoints. */
typedef struct TouchpointPattern
{
	TouchpointPart channel_part;
	TouchpointPart event_part;	/* ANY or EXACT */
	bool		bare;			/* written without any ":" */
	Touchpoint	touchpoint;		/* unquoted, in the text or memory of the current call */
} TouchpointPattern;

/*
 * Parses a touchpoint text from the front of [text, text + size) and returns
 * how many bytes it took; fails with HOST_BAD_TEXT (42601 has the languages
 * above) naming the position if there is none.
 */
extern size_t touchpoint_parse(TouchpointPattern *pattern, const char *text, size_t size);

/*
 * The same for grammars around it: NULL and where the touchpoint ends, or what
 * was expected and where it was.
 */
extern const char touchpoint_closing_quote[];
extern const char *touchpoint_scan(TouchpointPattern *pattern, const char *text, size_t size,
								   size_t *end);

/*
 * Parses one part, quoted or plain, from the front and returns how many bytes
 * it took; 0 if there is none.
 */
extern size_t touchpoint_part_parse(const char *text, size_t size,
									const char **part, uint32_t *part_size);

/* touchpoint_parse(), and nothing may follow. */
extern void touchpoint_parse_whole(TouchpointPattern *pattern, const char *text, size_t size);

extern bool touchpoint_matches(const TouchpointPattern *pattern, const Touchpoint *touchpoint);

/* Canonical text of one touchpoint: quotes only where needed, no channel as a bare event. */
extern void touchpoint_append(ByteBuffer *out, const Touchpoint *touchpoint);

/* One part, or a ref, quoted if it must be. */
extern void touchpoint_part_append(ByteBuffer *out, const char *part, uint32_t size);

/* Canonical text of a pattern. */
extern void touchpoint_pattern_append(ByteBuffer *out, const TouchpointPattern *pattern);

#endif							/* INTENT_TOUCHPOINT_H */
