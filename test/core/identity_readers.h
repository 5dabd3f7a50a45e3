/*
 * identity_readers.h
 *		All that reads an identity map, in one call: tests and fuzzers.
 */
#ifndef INTENT_IDENTITY_READERS_H
#define INTENT_IDENTITY_READERS_H

#include <stddef.h>
#include <stdint.h>

/* As from a client: looked at first, and what passes is the one encoding. */
extern void identity_read_from_client(const uint8_t *data, size_t size);
extern void identity_read_from_disk(const uint8_t *data, size_t size);

/* The text form; what is read is written so that it reads back the same. */
extern void identity_read_text(const uint8_t *data, size_t size);

#endif							/* INTENT_IDENTITY_READERS_H */
