/*
 * card.h
 *		Generated scorecards for the core tests, over the touchpoints of samples.
 */
#ifndef INTENT_CARD_H
#define INTENT_CARD_H

#include "base/bytes.h"

/* Appends JSON text; what it says follows from the seed alone. */
extern void card_make(ByteBuffer *json, uint64_t seed);

/* All that reads a scorecard, in one call: JSON text, and flat bytes as from disk. */
extern void card_read_json(const uint8_t *data, size_t size);
extern void card_read_flat(const uint8_t *data, size_t size);

#endif							/* INTENT_CARD_H */
