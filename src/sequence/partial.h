/*
 * partial.h
 *		States of aggregates over many people, as one storable type: partial.
 *
 *	byte	size of the kind's name, and the name: it is that of the aggregate
 *	byte	version of the payload
 *	payload, in the kind's own form
 *
 * A kind says how its state begins, takes in a payload, and is packed.  The
 * payload must be a function of what was counted alone, whatever its order and
 * parts: then states are checked by packing them again, merge in any order,
 * and equal ones have equal bytes.
 */
#ifndef INTENT_PARTIAL_H
#define INTENT_PARTIAL_H

#include "base/bytes.h"

#define PARTIAL_NAME_MAX 63

typedef struct PartialKind
{
	const char *name;			/* a-z, 0-9 and _ */
	uint8_t		version;		/* that is written; older ones are read */
	size_t		state_size;

	/* `state` is all zeros; NULL if that is an empty state */
	void		(*begin) (void *state);

	/*
	 * Adds a payload that may be hostile; returns NULL, or what is wrong with
	 * it, as "its counts are cut off".  Bytes left over are looked for by the
	 * caller.  States of unlike parameters are refused by host_fail.
	 */
	const char *(*absorb) (void *state, unsigned version, ByteReader *payload);

	void		(*pack) (const void *state, ByteBuffer *out);

	struct PartialKind *next;	/* of all that are registered */
} PartialKind;

extern void partial_kind_register(PartialKind *kind);

/*
 * Behind the definition of a PartialKind: makes it known when the library is
 * loaded.  So rooms above this one add kinds without being named here.
 */
#define PARTIAL_KIND_REGISTER(kind) \
static void __attribute__((constructor)) \
register_##kind(void) \
{ \
	partial_kind_register(&kind); \
} \
extern int	no_such_variable

/* NULL if there is none of this name. */
extern const PartialKind *partial_kind_find(const char *name, size_t size);

/* A partial, opened. */
typedef struct PartialView
{
	const PartialKind *kind;
	unsigned	version;
	ByteReader	payload;
} PartialView;

/* Looks at the header only; NULL, or what is wrong with it. */
extern const char *partial_open(PartialView *view, const void *data, size_t size);

/* Bytes as they are stored; what cannot be a partial is HOST_CORRUPT. */
extern void partial_open_stored(PartialView *view, const void *data, size_t size);

/* Refuses all kinds but one, with HOST_WRONG_TYPE. */
extern void partial_expect(const PartialKind *kind, const PartialKind *wanted);

/* Adds a stored payload to a state of its kind. */
extern void partial_absorb_stored(void *state, const PartialView *view);

/* The empty state of a kind, in memory of the current call. */
extern void *partial_begin(const PartialKind *kind);

/* Appends header and payload. */
extern void partial_pack(ByteBuffer *out, const PartialKind *kind, const void *state);

/* Looks at every bit of bytes from outside; NULL, or what is wrong with them. */
extern const char *partial_problem(const void *data, size_t size);

#endif							/* INTENT_PARTIAL_H */
