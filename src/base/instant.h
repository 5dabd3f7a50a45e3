/*
 * instant.h
 *		Text of points in time: ISO 8601, always with an offset from UTC.
 *
 * Instants are microseconds since 2000-01-01 00:00 UTC, PostgreSQL's own
 * timestamptz.  Their text here depends on no setting, so it may stand in
 * values that are compared, stored and sent elsewhere.
 */
#ifndef INTENT_INSTANT_H
#define INTENT_INSTANT_H

#include "base/host.h"

/* The finite times of a timestamptz: 4714-11-24 BC up to, not including, 294277. */
#define INSTANT_MIN INT64_C(-211813488000000000)
#define INSTANT_END INT64_C(9223371331200000000)

typedef enum InstantText
{
	INSTANT_OK,
	INSTANT_SYNTAX,
	INSTANT_NO_OFFSET,			/* a local time: of which zone? */
	INSTANT_RANGE				/* no such day, hour or offset, or too far away */
} InstantText;

/*
 * Reads an instant from the front of [text, text + size) and says in *taken
 * how many bytes it has, or how far it could be read:
 *
 *		2026-03-01T10:00:00.5Z	2026-03-01 11:00+01	2026-03-01Z
 *
 * Years are those of ISO 8601: 0000 is 1 BC, -0001 is 2 BC.  Parts finer than
 * a microsecond are rounded to the nearest one.
 */
extern InstantText instant_parse(const char *text, size_t size, int64_t *instant, size_t *taken);

/*
 * The one text of a finite instant, in UTC: 2026-03-01T10:00:00Z, with
 * microseconds only where there are some.  Returns its length, no NUL.
 */
#define INSTANT_TEXT_MAX 40
extern size_t instant_to_text(int64_t instant, char buffer[INSTANT_TEXT_MAX]);

#endif							/* INTENT_INSTANT_H */
