/*
 * vocabulary.h
 *		Touchpoints interned to small codes, in order of appearance.
 */
#ifndef INTENT_VOCABULARY_H
#define INTENT_VOCABULARY_H

#include "journey/journey.h"

typedef struct Vocabulary Vocabulary;

extern Vocabulary *vocabulary_new(void);
extern void vocabulary_free(Vocabulary *vocabulary);

/* The code of a touchpoint, which is copied when it is new. */
extern uint32_t vocabulary_code(Vocabulary *vocabulary, const Touchpoint *touchpoint);

/*
 * The same, faster, where the eight bytes in front of each text may be looked
 * at: inside of a row, or of any value of the server's.
 */
extern uint32_t vocabulary_code_in_row(Vocabulary *vocabulary, const Touchpoint *touchpoint);

/* All touchpoints so far with their ranks; valid until the next new one. */
extern TouchpointSet vocabulary_set(Vocabulary *vocabulary);

#endif							/* INTENT_VOCABULARY_H */
