/*
 * survivor_pg.c
 *		latest, oldest, preferred, filled, most_frequent: the value that stays
 *		when several records of a person become one.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/timestamp.h"

#include "identity/survivor.h"
#include "identity/value_bytes_pg.h"

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	return context;
}

/* A row that changes nothing: the state as it was. */
static Datum
keep_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* The value of argument 1, unless it says nothing. */
static bool
value_argument(FunctionCallInfo fcinfo, ValueBytes *value)
{
	return !PG_ARGISNULL(1) &&
		value_to_bytes(value_type_of(fcinfo, 1), PG_GETARG_DATUM(1), value);
}

static void
refuse_state(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid state of an aggregate")));
}

static bytea *
state_bytes(ByteBuffer *out)
{
	SET_VARSIZE(out->data, out->size);
	return (bytea *) out->data;
}

/* ----- by rank ----- */

static Survivor *
new_survivor(void)
{
	Survivor   *survivor = palloc(sizeof(Survivor));

	survivor_init(survivor);
	return survivor;
}

static Datum
offer(FunctionCallInfo fcinfo, int64 rank, int64 then)
{
	MemoryContext context = aggregate_context(fcinfo);
	Survivor   *survivor = PG_ARGISNULL(0) ? NULL : (Survivor *) PG_GETARG_POINTER(0);
	MemoryContext before;
	ValueBytes	value;

	if (!value_argument(fcinfo, &value))
		return keep_state(fcinfo);
	before = MemoryContextSwitchTo(context);
	if (survivor == NULL)
		survivor = new_survivor();
	survivor_offer(survivor, rank, then, value.data, value.size);
	MemoryContextSwitchTo(before);
	PG_RETURN_POINTER(survivor);
}

/* The later a time, the smaller its rank; what has no time is older than all others. */
static int64
newest_first(FunctionCallInfo fcinfo, int argument)
{
	return ~(PG_ARGISNULL(argument) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(argument));
}

PG_FUNCTION_INFO_V1(intent_latest_add);
Datum
intent_latest_add(PG_FUNCTION_ARGS)
{
	return offer(fcinfo, newest_first(fcinfo, 2), 0);
}

PG_FUNCTION_INFO_V1(intent_oldest_add);
Datum
intent_oldest_add(PG_FUNCTION_ARGS)
{
	return offer(fcinfo, PG_ARGISNULL(2) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(2), 0);
}

PG_FUNCTION_INFO_V1(intent_preferred_add);
Datum
intent_preferred_add(PG_FUNCTION_ARGS)
{
	int64		priority = PG_ARGISNULL(2) ? PG_INT64_MAX : PG_GETARG_INT32(2);

	return offer(fcinfo, priority, PG_NARGS() > 3 ? newest_first(fcinfo, 3) : 0);
}

PG_FUNCTION_INFO_V1(intent_filled_add);
Datum
intent_filled_add(PG_FUNCTION_ARGS)
{
	return offer(fcinfo, 0, 0);
}

PG_FUNCTION_INFO_V1(intent_survivor_combine);
Datum
intent_survivor_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	Survivor   *survivor = PG_ARGISNULL(0) ? NULL : (Survivor *) PG_GETARG_POINTER(0);
	Survivor   *other;
	MemoryContext before;

	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	other = (Survivor *) PG_GETARG_POINTER(1);
	before = MemoryContextSwitchTo(context);
	if (survivor == NULL)
		survivor = new_survivor();
	survivor_offer(survivor, other->rank[0], other->rank[1], other->value.data, other->value.size);
	MemoryContextSwitchTo(before);
	PG_RETURN_POINTER(survivor);
}

PG_FUNCTION_INFO_V1(intent_survivor_serialize);
Datum
intent_survivor_serialize(PG_FUNCTION_ARGS)
{
	ByteBuffer	out;

	aggregate_context(fcinfo);
	buffer_init(&out, 64);
	out.size = VARHDRSZ;
	survivor_write(&out, (Survivor *) PG_GETARG_POINTER(0));
	PG_RETURN_BYTEA_P(state_bytes(&out));
}

PG_FUNCTION_INFO_V1(intent_survivor_deserialize);
Datum
intent_survivor_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	Survivor   *survivor;

	aggregate_context(fcinfo);
	survivor = new_survivor();
	if (!survivor_read(survivor, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)))
		refuse_state();
	PG_RETURN_POINTER(survivor);
}

PG_FUNCTION_INFO_V1(intent_survivor_final);
Datum
intent_survivor_final(PG_FUNCTION_ARGS)
{
	Survivor   *survivor;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	survivor = (Survivor *) PG_GETARG_POINTER(0);
	return value_from_bytes(value_type_of(fcinfo, 1), survivor->value.data, survivor->value.size);
}

/* ----- by how often ----- */

static Tally *
new_tally(void)
{
	Tally	   *tally = palloc(sizeof(Tally));

	tally_init(tally);
	return tally;
}

PG_FUNCTION_INFO_V1(intent_most_frequent_add);
Datum
intent_most_frequent_add(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	Tally	   *tally = PG_ARGISNULL(0) ? NULL : (Tally *) PG_GETARG_POINTER(0);
	MemoryContext before;
	ValueBytes	value;

	if (!value_argument(fcinfo, &value))
		return keep_state(fcinfo);
	before = MemoryContextSwitchTo(context);
	if (tally == NULL)
		tally = new_tally();
	tally_add(tally, value.data, value.size, 1);
	MemoryContextSwitchTo(before);
	PG_RETURN_POINTER(tally);
}

PG_FUNCTION_INFO_V1(intent_most_frequent_combine);
Datum
intent_most_frequent_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	Tally	   *tally = PG_ARGISNULL(0) ? NULL : (Tally *) PG_GETARG_POINTER(0);
	MemoryContext before;

	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	before = MemoryContextSwitchTo(context);
	if (tally == NULL)
		tally = new_tally();
	tally_unite(tally, (Tally *) PG_GETARG_POINTER(1));
	MemoryContextSwitchTo(before);
	PG_RETURN_POINTER(tally);
}

PG_FUNCTION_INFO_V1(intent_most_frequent_serialize);
Datum
intent_most_frequent_serialize(PG_FUNCTION_ARGS)
{
	ByteBuffer	out;

	aggregate_context(fcinfo);
	buffer_init(&out, 256);
	out.size = VARHDRSZ;
	tally_write(&out, (Tally *) PG_GETARG_POINTER(0));
	if (out.size > INTENT_MAX_VALUE_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many different values to count in a parallel worker"),
				 errhint("SET max_parallel_workers_per_gather = 0 for this query.")));
	PG_RETURN_BYTEA_P(state_bytes(&out));
}

PG_FUNCTION_INFO_V1(intent_most_frequent_deserialize);
Datum
intent_most_frequent_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	Tally	   *tally;

	aggregate_context(fcinfo);
	tally = new_tally();
	if (!tally_read(tally, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)))
		refuse_state();
	PG_RETURN_POINTER(tally);
}

PG_FUNCTION_INFO_V1(intent_most_frequent_final);
Datum
intent_most_frequent_final(PG_FUNCTION_ARGS)
{
	const void *value;
	size_t		size;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	value = tally_most_frequent((Tally *) PG_GETARG_POINTER(0), &size);
	return value_from_bytes(value_type_of(fcinfo, 1), value, size);
}
