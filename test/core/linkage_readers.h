/*
 * linkage_readers.h
 *		All that reads a linkage model, in one call: tests and fuzzers.
 */
#ifndef INTENT_LINKAGE_READERS_H
#define INTENT_LINKAGE_READERS_H

#include "identity/linkage_train.h"

/* As from a client: looked at first, and what passes is the one encoding. */
extern void linkage_read_from_client(const uint8_t *data, size_t size);
extern void linkage_read_from_disk(const uint8_t *data, size_t size);

/* Texts are ASCII, or any byte a character. */
extern LinkageUnicode linkage_decode_bytes(void *context, const char *text, size_t size);

/* A model of made-up people, a number of them; the order of the rows should not matter. */
extern void linkage_make_table(LinkageTable *table, uint32_t people, uint64_t order);
extern void linkage_make_model(LinkageModel *model, LinkageTable *table, uint32_t people, uint64_t order);

#endif							/* INTENT_LINKAGE_READERS_H */
