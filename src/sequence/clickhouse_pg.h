/*
 * clickhouse_pg.h
 *		Conditions as arguments: VARIADIC "any", each a boolean.
 *
 * Declared as boolean[], every row would cost an array of its own, more than
 * all the rest of it.
 */
#ifndef INTENT_CLICKHOUSE_PG_H
#define INTENT_CLICKHOUSE_PG_H

#include "fmgr.h"

#include "sequence/condition_log.h"

typedef struct Conditions
{
	int			count;
	uint64		met;			/* bit i: condition i + 1; NULL is not met */
} Conditions;

/* The conditions from argument `first` on, and whether their types are right. */
extern Conditions clickhouse_conditions_checked(FunctionCallInfo fcinfo, int first);

/* Of a call whose flinfo has been seen before: types do not change. */
static inline Conditions
clickhouse_conditions(FunctionCallInfo fcinfo, int first, bool seen)
{
	Conditions	conditions = {PG_NARGS() - first, 0};

	if (!seen)
		return clickhouse_conditions_checked(fcinfo, first);
	for (int i = 0; i < conditions.count; i++)
	{
		NullableDatum *argument = &fcinfo->args[first + i];
		uint64		met = (uint64) !argument->isnull & (uint64) DatumGetBool(argument->value);

		conditions.met |= met << i;
	}
	return conditions;
}

/* Parameters that the caller of an aggregate must not leave out, nor vary. */
extern void clickhouse_not_null(FunctionCallInfo fcinfo, int argument, const char *name);
extern void clickhouse_refuse_change(const char *parameter) HOST_NORETURN;

extern MemoryContext clickhouse_aggregate_context(FunctionCallInfo fcinfo);

#endif							/* INTENT_CLICKHOUSE_PG_H */
