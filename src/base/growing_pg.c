/*
 * growing_pg.c
 *		Memory for aggregate states that are expanded objects.
 *
 * A context each would be the rule, but the server adds up the sizes of all
 * contexts below the aggregate's own whenever it makes a group, so that one
 * context a group costs the square of the groups.  Only the aggregate ever
 * holds these objects for writing and its functions hand back the object they
 * were given, so nobody deletes one alone; all go with the aggregate's memory.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "utils/memutils.h"

#include "base/growing_pg.h"

MemoryContext
growing_memory(FunctionCallInfo fcinfo, const char *name)
{
	MemoryContext aggregate;

	if (!AggCheckCallContext(fcinfo, &aggregate))
		return AllocSetContextCreateInternal(CurrentMemoryContext, name, ALLOCSET_START_SMALL_SIZES);
	for (MemoryContext child = aggregate->firstchild; child != NULL; child = child->nextchild)
	{
		if (strcmp(child->name, name) == 0)
			return child;
	}
	return AllocSetContextCreateInternal(aggregate, name, ALLOCSET_DEFAULT_SIZES);
}
