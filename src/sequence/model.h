/*
 * model.h
 *		What the models of this room have in common.
 *
 * A model is what an aggregate has counted, as one value that can be stored,
 * sent, merged and asked again.  Its numbers are integers and exact decimals,
 * its names stand in order of their bytes and what is counted in order of its
 * key: so the bytes depend on what was counted alone.
 *
 *	byte	version
 *	byte	flags, all reserved
 *	varint	number of names; per name: varint size and bytes of the channel
 *			(size 0: none), varint size and bytes of the event
 *	then what the kind of model says in its header file
 */
#ifndef INTENT_MODEL_H
#define INTENT_MODEL_H

#include "base/fixed.h"
#include "journey/vocabulary.h"

#define MODEL_VERSION 1
#define MODEL_HEADER_SIZE 2

/* A reader over bytes of a model; how it fails depends on where they come from. */
typedef struct ModelReader
{
	ByteReader	bytes;
	const char *type;			/* name of the SQL type */
	HostError	error;			/* of bytes that are none */
	uint32_t	name_count;
	Touchpoint *names;			/* in order, pointing into the bytes */
} ModelReader;

/* Reads the header and the names. */
extern void model_open(ModelReader *reader, const void *data, size_t size,
					   const char *type, HostError error);

/* Nothing may follow, and all that was read must have been there. */
extern void model_close(ModelReader *reader);

extern void model_invalid(const ModelReader *reader, const char *detail) HOST_NORETURN;

/* Writes header and names; rank[code] is then the place of each name. */
extern const uint32_t *model_begin(ByteBuffer *out, Vocabulary *names);

/* For each name of the reader its code in the vocabulary, learnt when it is first asked. */
typedef struct ModelCodes
{
	const ModelReader *reader;
	Vocabulary *names;
	uint32_t   *codes;
} ModelCodes;

extern ModelCodes model_codes(const ModelReader *reader, Vocabulary *names);
extern uint32_t model_code_slow(ModelCodes *codes, uint32_t name);

static inline uint32_t
model_code(ModelCodes *codes, uint32_t name)
{
	uint32_t	code = codes->codes[name];

	return code != UINT32_MAX ? code : model_code_slow(codes, name);
}

/* A name without a channel. */
static inline Touchpoint
model_plain_name(const char *text, uint32_t size)
{
	Touchpoint	name = {NULL, text, 0, size};

	return name;
}

/* Counts and values add up or fail: HOST_OUT_OF_RANGE. */
extern void model_count_overflow(void) HOST_NORETURN;

static inline uint64_t
model_add_counts(uint64_t a, uint64_t b)
{
	uint64_t	sum;

	if (host_unlikely(__builtin_add_overflow(a, b, &sum) || sum > INT64_MAX))
		model_count_overflow();
	return sum;
}

extern Fixed model_add_values(Fixed a, Fixed b);

/* Byte with the number of bytes, and those of the zigzag, little-endian and minimal. */
extern void buffer_fixed(ByteBuffer *out, Fixed value);
extern Fixed reader_fixed(ByteReader *reader);

#endif							/* INTENT_MODEL_H */
