/*
 * partial_pg.h
 *		The type partial as the server sees it.
 *
 * While an aggregate runs, its state is an expanded object: the state of the
 * kind in a memory context of its own, packed only when it is stored or sent.
 * An aggregate of some kind needs three functions:
 *
 *	- a transition function (partial, ...) that begins with
 *		PartialObject *object = partial_object_argument(fcinfo, 0, &kind);
 *		MemoryContext before = MemoryContextSwitchTo(partial_context(object));
 *	  changes object->state, switches back, and ends with
 *		PARTIAL_RETURN_OBJECT(object);
 *	- unite(partial, partial) as its combine function, the same for all kinds;
 *	- readers, which look at partial_state_argument(fcinfo, n, &kind).
 *
 * x_merge(partial) of a kind takes partial_merge_argument(fcinfo, &kind) as
 * its transition.
 */
#ifndef INTENT_PARTIAL_PG_H
#define INTENT_PARTIAL_PG_H

#include "fmgr.h"
#include "utils/expandeddatum.h"

#include "sequence/partial.h"

typedef struct PartialObject
{
	ExpandedObjectHeader header;
	const PartialKind *kind;
	void	   *state;
	ByteBuffer	flat;			/* between asking for its size and for its bytes */
} PartialObject;

static inline MemoryContext
partial_context(PartialObject *object)
{
	return object->header.eoh_context;
}

#define PARTIAL_RETURN_OBJECT(object) \
	PG_RETURN_DATUM(EOHPGetRWDatum(&(object)->header))

/*
 * Argument n as an object that may be changed: itself if it is one, else one
 * that begins with what the argument holds, nothing if that is NULL.  Another
 * kind than this one is an error.
 */
extern PartialObject *partial_object_argument(FunctionCallInfo fcinfo, int n,
											  const PartialKind *kind);

/* The state that argument n holds, to be read only; NULL for NULL. */
extern const void *partial_state_argument(FunctionCallInfo fcinfo, int n,
										  const PartialKind *kind);

/* The transition of x_merge: argument 1 goes into argument 0; either may be NULL. */
extern Datum partial_merge_argument(FunctionCallInfo fcinfo, const PartialKind *kind);

#endif							/* INTENT_PARTIAL_PG_H */
