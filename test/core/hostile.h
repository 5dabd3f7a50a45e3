/*
 * hostile.h
 *		Bytes that nobody wrote: what they may do is fail or be a value.
 */
#ifndef INTENT_HOSTILE_H
#define INTENT_HOSTILE_H

#include <stddef.h>
#include <stdint.h>

/* Reads the bytes in every way there is; called inside a HOST_CALL(). */
typedef void (*HostileReader) (const uint8_t *data, size_t size);

/*
 * One set of bytes, alone in memory of its exact size and within the budget
 * for it; a case for held().  Returns whether they were a value.
 */
extern int	hostile_try(HostileReader reader, const uint8_t *data, size_t size);

/* Cut short at every length, and with one byte too many. */
extern void hostile_truncations(HostileReader reader, const uint8_t *data, size_t size);

/* Every byte, one at a time, becomes every other. */
extern void hostile_flips(HostileReader reader, const uint8_t *data, size_t size);

/* Some bytes changed at random, put in, or left out. */
extern void hostile_mutations(HostileReader reader, const uint8_t *data, size_t size,
							  int count, uint64_t *random);

/* Random bytes behind the first ones of what a value begins with. */
extern void hostile_buffers(HostileReader reader, const uint8_t *begin, size_t begin_size,
							int count, uint64_t *random);

#endif							/* INTENT_HOSTILE_H */
