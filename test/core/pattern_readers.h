/*
 * pattern_readers.h
 *		Readers of patterns that may be hostile, as hostile.h wants them.
 */
#ifndef INTENT_PATTERN_READERS_H
#define INTENT_PATTERN_READERS_H

#include "pattern/pattern_match.h"

/* Text as type input reads it: what it compiles to opens, and its canonical text reads back. */
extern void pattern_read_text(const uint8_t *data, size_t size);

/* The flat value as it lies on disk. */
extern void pattern_read_flat(const uint8_t *data, size_t size);

/*
 * A line of pattern and the events behind it, two bytes each: which touchpoint,
 * and how long after the one before.  Every way to ask gives the same answer.
 */
extern void pattern_read_match(const uint8_t *data, size_t size);

#endif							/* INTENT_PATTERN_READERS_H */
