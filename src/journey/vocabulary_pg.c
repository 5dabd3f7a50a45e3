/*
 * vocabulary_pg.c
 *		Vocabularies shared by all journeys that one aggregate call builds.
 *
 * Aggregate states hold codes, so the vocabulary must live as long as the
 * last state; it should also outlive them, lest every group of a sorted
 * aggregation learns the same touchpoints anew.  Neither memory context at
 * hand does: states die with the aggregate context, which is reset per group
 * or per batch of a spilled hash; fn_mcxt may live for one row only (Citus
 * makes a new FmgrInfo for each).  So both hold it: a vocabulary has a memory
 * context of its own, which goes when the last context that uses it is reset.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "utils/memutils.h"

#include "journey/vocabulary_pg.h"

typedef struct VocabularyUse
{
	SharedVocabulary *shared;
	MemoryContext context;
	struct VocabularyUse *next;
	MemoryContextCallback callback;
} VocabularyUse;

static void
end_use(void *arg)
{
	VocabularyUse *use = arg;
	SharedVocabulary *shared = use->shared;

	for (VocabularyUse **link = &shared->uses; *link != NULL; link = &(*link)->next)
	{
		if (*link == use)
		{
			*link = use->next;
			break;
		}
	}
	if (shared->uses == NULL)
		MemoryContextDelete(shared->memory);
}

static void
use_in(SharedVocabulary *shared, MemoryContext context)
{
	VocabularyUse *use;

	for (use = shared->uses; use != NULL; use = use->next)
	{
		if (use->context == context)
			return;
	}
	use = MemoryContextAlloc(context, sizeof(VocabularyUse));
	use->shared = shared;
	use->context = context;
	use->next = shared->uses;
	use->callback.func = end_use;
	use->callback.arg = use;
	shared->uses = use;
	MemoryContextRegisterResetCallback(context, &use->callback);
}

static SharedVocabulary *
new_shared_vocabulary(void)
{
	MemoryContext memory = AllocSetContextCreate(TopMemoryContext, "intent vocabulary",
												 ALLOCSET_SMALL_SIZES);
	MemoryContext before = MemoryContextSwitchTo(memory);
	SharedVocabulary *shared;

	/* nobody holds it yet: an error on the way must not leave it behind */
	PG_TRY();
	{
		shared = palloc(sizeof(SharedVocabulary));
		shared->memory = memory;
		shared->uses = NULL;
		shared->vocabulary = vocabulary_new();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(before);
		MemoryContextDelete(memory);
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(before);
	return shared;
}

SharedVocabulary *
shared_vocabulary(FmgrInfo *flinfo, MemoryContext context)
{
	SharedVocabulary *shared = flinfo->fn_extra;

	if (shared == NULL)
	{
		shared = new_shared_vocabulary();
		use_in(shared, flinfo->fn_mcxt);
		flinfo->fn_extra = shared;
	}
	use_in(shared, context);
	return shared;
}
