/*
 * vocabulary_pg.h
 *		Vocabularies shared by all journeys that one aggregate call builds.
 */
#ifndef INTENT_VOCABULARY_PG_H
#define INTENT_VOCABULARY_PG_H

#include "fmgr.h"
#include "utils/palloc.h"

#include "journey/vocabulary.h"

typedef struct SharedVocabulary
{
	Vocabulary *vocabulary;
	MemoryContext memory;		/* where its entries are made */
	struct VocabularyUse *uses;
} SharedVocabulary;

/*
 * The vocabulary of this call of an aggregate's transition function, in use by
 * `context` until that is reset.
 */
extern SharedVocabulary *shared_vocabulary(FmgrInfo *flinfo, MemoryContext context);

static inline uint32
shared_vocabulary_code(SharedVocabulary *shared, const Touchpoint *touchpoint)
{
	MemoryContext before = MemoryContextSwitchTo(shared->memory);
	uint32		code = vocabulary_code(shared->vocabulary, touchpoint);

	MemoryContextSwitchTo(before);
	return code;
}

#endif							/* INTENT_VOCABULARY_PG_H */
