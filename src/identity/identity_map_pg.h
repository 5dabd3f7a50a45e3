/*
 * identity_map_pg.h
 *		The identity_map type as the server sees it.
 */
#ifndef INTENT_IDENTITY_MAP_PG_H
#define INTENT_IDENTITY_MAP_PG_H

#include "fmgr.h"

#include "identity/identity_map.h"

/* Packed bytes need no alignment, so short headers stay as they are. */
#define PG_GETARG_IDENTITY_MAP_P(n) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n))

static inline void
identity_map_open_varlena(IdentityMap *map, const struct varlena *value)
{
	identity_map_open(map, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

/* The components as a value in the current memory context. */
extern struct varlena *identity_map_from_components(TextComponents *components);

#endif							/* INTENT_IDENTITY_MAP_PG_H */
