/*
 * journey_readers.h
 *		All that reads the bytes of a journey, in one call: tests and fuzzer.
 */
#ifndef INTENT_JOURNEY_READERS_H
#define INTENT_JOURNEY_READERS_H

#include <stddef.h>
#include <stdint.h>

/* As if they came from a client: only canonical bytes pass. */
extern void journey_read_from_client(const uint8_t *data, size_t size);

/* As if they came from disk: opened without a look at all of them. */
extern void journey_read_from_disk(const uint8_t *data, size_t size);

/* The text form; what is read is valid, and reads back from its own text. */
extern void journey_read_text(const uint8_t *data, size_t size);

#endif							/* INTENT_JOURNEY_READERS_H */
