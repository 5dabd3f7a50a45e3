/*
 * normalise.h
 *		One spelling for what people write in many: addresses, numbers, names.
 *
 * Texts are Unicode characters.  Each function writes what it finds into `out`,
 * which has room as said, and returns how many characters that is; 0 means that
 * the text names nobody, and so must not be equal to anything.
 */
#ifndef INTENT_NORMALISE_H
#define INTENT_NORMALISE_H

#include "base/host.h"

/* Room for as many characters as there are. */
extern size_t normalise_email(const uint32_t *text, size_t size, bool gmail, uint32_t *out);

/* Digits of a country code, from 1 to 3; false if the text is none. */
#define COUNTRY_CODE_MAX 3

typedef struct CountryCode
{
	uint32_t	digit[COUNTRY_CODE_MAX];
	size_t		size;			/* 0: not known */
} CountryCode;

extern bool country_code_of(const uint32_t *text, size_t size, CountryCode *country);

/* E.164 has at most 15 digits; with a plus before them. */
#define PHONE_DIGITS_MAX 15
#define PHONE_ROOM (PHONE_DIGITS_MAX + 1)

extern size_t normalise_phone(const uint32_t *text, size_t size, const CountryCode *country,
							  uint32_t out[PHONE_ROOM]);

/* The text decomposed (NFKD), the result not yet composed; room for twice as many. */
extern size_t normalise_name(const uint32_t *text, size_t size, uint32_t *out);

#endif							/* INTENT_NORMALISE_H */
