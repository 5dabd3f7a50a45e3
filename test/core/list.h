/*
 * list.h
 *		Generated lists of signals for the core tests, over the touchpoints of samples.
 */
#ifndef INTENT_LIST_H
#define INTENT_LIST_H

#include "base/bytes.h"

/* Appends JSON text. */
extern void list_make(ByteBuffer *json, uint64_t *random);

/* All that reads a list, in one call: JSON text, and flat bytes as from disk. */
extern void list_read_json(const uint8_t *data, size_t size);
extern void list_read_flat(const uint8_t *data, size_t size);

#endif							/* INTENT_LIST_H */
