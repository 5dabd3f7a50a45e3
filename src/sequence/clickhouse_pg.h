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
#include "utils/array.h"

#include "sequence/condition_log.h"

typedef struct Conditions
{
	int			count;
	uint64		met;			/* bit i: condition i + 1; NULL is not met */
} Conditions;

/* How they are given, which is looked at once: types do not change between calls. */
typedef enum ConditionsForm
{
	CONDITIONS_UNSEEN,
	CONDITIONS_EACH,			/* an argument each */
	CONDITIONS_ARRAY			/* behind VARIADIC */
} ConditionsForm;

extern ConditionsForm clickhouse_check_conditions(FunctionCallInfo fcinfo, int first);
extern Conditions clickhouse_array_conditions(FunctionCallInfo fcinfo, int argument);

/* The form of a function that keeps nothing else in its fn_extra. */
extern ConditionsForm *clickhouse_form(FunctionCallInfo fcinfo);

/* The conditions from argument `first` on. */
static inline Conditions
clickhouse_conditions(FunctionCallInfo fcinfo, int first, ConditionsForm *form)
{
	Conditions	conditions = {PG_NARGS() - first, 0};

	if (*form == CONDITIONS_UNSEEN)
		*form = clickhouse_check_conditions(fcinfo, first);
	if (*form == CONDITIONS_ARRAY)
		return clickhouse_array_conditions(fcinfo, first);
	for (int i = 0; i < conditions.count; i++)
	{
		NullableDatum *argument = &fcinfo->args[first + i];
		uint64		met = (uint64) !argument->isnull & (uint64) DatumGetBool(argument->value);

		conditions.met |= met << i;
	}
	return conditions;
}

/*
 * Conditions that are names: condition i is that an event has the i-th name of
 * an array, by its bytes.  Looked up in place of a comparison for each.
 */
typedef struct ConditionName
{
	uint64		key;			/* of its first bytes */
	uint32		size;			/* UINT32_MAX for NULL, which nothing has */
	const char *text;
} ConditionName;

typedef struct ConditionNames
{
	ArrayType  *array;			/* that they were read from, copied */
	int			count;
	ConditionName *names;
} ConditionNames;

extern Conditions clickhouse_named_conditions(FunctionCallInfo fcinfo, int event, int array, ConditionNames *names);

/* Parameters that the caller of an aggregate must not leave out, nor vary. */
extern void clickhouse_not_null(FunctionCallInfo fcinfo, int argument, const char *name);
extern void clickhouse_refuse_change(const char *parameter) HOST_NORETURN;

extern MemoryContext clickhouse_aggregate_context(FunctionCallInfo fcinfo);

#endif							/* INTENT_CLICKHOUSE_PG_H */
