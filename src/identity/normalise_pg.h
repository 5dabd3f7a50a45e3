/*
 * normalise_pg.h
 *		Texts of the server as Unicode characters.
 */
#ifndef INTENT_NORMALISE_PG_H
#define INTENT_NORMALISE_PG_H

#include "identity/normalise.h"

typedef struct Unicode
{
	uint32_t   *code;
	size_t		size;
} Unicode;

/* The characters of a text, zero behind the last; decomposed (NFKD) if that is asked for. */
extern Unicode unicode_of_bytes(const char *data, int size, bool decompose);

#endif							/* INTENT_NORMALISE_PG_H */
