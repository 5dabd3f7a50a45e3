/*
 * journeys_query_pg.c
 *		journeys(): the journeys of everybody in one pass over a relation or a query.
 *
 * GROUP BY pays a hash look-up of several cache misses for every row and has
 * a transition function called for each.  This groups by itself
 * (grouping.c), in batches, and builds each journey once, when all its rows
 * are there.  When the logs pass the memory limit they go to temporary files
 * by the hash of the person, and each part is finished on its own.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/query_pg.h"
#include "base/settings_pg.h"
#include "journey/journey_pg.h"
#include "journey/journeys_source_pg.h"
#include "journey/journeys_spill_pg.h"
#include "journey/vocabulary.h"

/* Below this there would be no group in memory to speak of. */
#define LEAST_MEMORY ((size_t) 64 * 1024)

/* What the last call in this session did. */
typedef struct JourneysStats
{
	bool		called;
	int64		people;
	int64		events;
	int64		ignored;		/* rows without person, time or event */
	int64		unordered;		/* rows that came before their time */
	int64		spilled;		/* bytes written to temporary files */
	int64		memory;			/* most that grouping took */
} JourneysStats;

static JourneysStats last_call;

typedef struct Pass
{
	DestReceiver receiver;
	JourneySource source;
	ReturnSetInfo *result;
	MemoryContext memory;		/* of the grouping and the vocabulary */
	MemoryContext scratch;		/* of building one journey */
	size_t		limit;
	Vocabulary *vocabulary;
	Grouping   *grouping;
	Spill	   *spill;			/* NULL while all is in memory */
	ByteBuffer	out;
	JourneysStats stats;
} Pass;

/* ----- rows in ----- */

static void
note_memory(Pass *pass, const Grouping *grouping)
{
	pass->stats.memory = Max(pass->stats.memory, (int64) grouping_memory(grouping));
}

/* Moves what is grouped to files and begins anew. */
static Grouping *
move_to_spill(Pass *pass, Grouping *grouping, Spill **spill, int level)
{
	note_memory(pass, grouping);
	if (*spill == NULL)
		*spill = spill_new(level);
	spill_write(*spill, grouping);
	grouping_free(grouping);
	return grouping_new();
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	Pass	   *pass = (Pass *) self;
	PersonKey	key;
	Touchpoint	touchpoint;
	JourneyRow	row;
	MemoryContext before;

	if (!source_read(&pass->source, slot, &key, &touchpoint, &row))
	{
		pass->stats.ignored++;
		return true;
	}
	before = MemoryContextSwitchTo(pass->memory);
	row.code = vocabulary_code_in_row(pass->vocabulary, &touchpoint);
	grouping_add(pass->grouping, &key, &row);
	if (unlikely(++pass->stats.events % GROUPING_BATCH == 0) &&
		grouping_memory(pass->grouping) > pass->limit)
	{
		grouping_flush(pass->grouping);
		pass->grouping = move_to_spill(pass, pass->grouping, &pass->spill, 0);
	}
	MemoryContextSwitchTo(before);
	return true;
}

static void
check_columns(DestReceiver *self, int operation, TupleDesc description)
{
	source_check(&((Pass *) self)->source, description);
}

/* ----- journeys out ----- */

static void
put_journeys(Pass *pass, Grouping *grouping)
{
	TouchpointSet set = vocabulary_set(pass->vocabulary);
	GroupingReader reader;
	GroupedPerson person;
	uint32		count = 0;

	note_memory(pass, grouping);
	pass->stats.people += grouping_people(grouping);
	grouping_read_begin(&reader, grouping);
	while (grouping_read_next(&reader, &person))
	{
		MemoryContext before;
		Datum		values[2];
		bool		nulls[2] = {false};

		CHECK_FOR_INTERRUPTS();
		pass->out.size = VARHDRSZ;
		before = MemoryContextSwitchTo(pass->scratch);
		journey_build(&pass->out, person.rows, person.count, &set);
		values[0] = source_person(&pass->source, &person.key);
		values[1] = PointerGetDatum(journey_buffer_finish(&pass->out));
		tuplestore_putvalues(pass->result->setResult, pass->result->setDesc, values, nulls);
		MemoryContextSwitchTo(before);
		if (++count % 64 == 0)
			MemoryContextReset(pass->scratch);
	}
	pass->stats.unordered += reader.unordered;
	grouping_read_end(&reader);
	MemoryContextReset(pass->scratch);
}

/* The people of each partition on their own; what is still too much is split by more bits. */
static void
put_spilled(Pass *pass, Spill *spill)
{
	SpillReader reader;

	spill_reader_init(&reader);
	for (int i = 0; i < SPILL_PARTITIONS; i++)
	{
		Grouping   *grouping;
		Spill	   *deeper = NULL;
		PersonKey	key;
		const JourneyRow *rows;
		size_t		count;

		if (spill->file[i] == NULL)
			continue;
		grouping = grouping_new();
		spill_read_begin(&reader, spill->file[i]);
		while ((count = spill_read(&reader, &key, &rows)) > 0)
		{
			for (size_t row = 0; row < count; row++)
				grouping_add(grouping, &key, &rows[row]);

			/* the rows of one person must be in memory together in the end */
			if (grouping_memory(grouping) > pass->limit && spill->level + 1 < SPILL_LEVELS &&
				grouping_people(grouping) > 1)
			{
				grouping_flush(grouping);
				grouping = move_to_spill(pass, grouping, &deeper, spill->level + 1);
			}
		}
		grouping_flush(grouping);
		BufFileClose(spill->file[i]);
		spill->file[i] = NULL;
		if (deeper)
		{
			grouping_free(move_to_spill(pass, grouping, &deeper, spill->level + 1));
			put_spilled(pass, deeper);
		}
		else
		{
			put_journeys(pass, grouping);
			grouping_free(grouping);
		}
	}
	pass->stats.spilled += spill->bytes;
	spill_reader_free(&reader);
	pfree(spill);
}

static void
say_what_was_done(const JourneysStats *stats)
{
	ereport(NOTICE,
			(errmsg("journeys: %lld journeys of %lld events", (long long) stats->people, (long long) stats->events),
			 errdetail("%lld rows were ignored, %lld came before their time, %lld kB were taken, %lld kB written to temporary files.",
					   (long long) stats->ignored, (long long) stats->unordered,
					   (long long) (stats->memory + 1023) / 1024, (long long) (stats->spilled + 1023) / 1024)));
}

/*
 * InitMaterializedSRF()'s store in memory of its own: without the rounding of
 * AllocSet, in blocks of the size of a log's chunks, whose place they take.
 */
#define RESULT_BLOCK 16384

static void
begin_result(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext memory = GenerationContextCreate(result->econtext->ecxt_per_query_memory,
												   "intent journeys result", 0, RESULT_BLOCK, RESULT_BLOCK);
	MemoryContext before;

	InitMaterializedSRF(fcinfo, 0);
	tuplestore_end(result->setResult);
	before = MemoryContextSwitchTo(memory);
	result->setResult = tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
	MemoryContextSwitchTo(before);
}

/* The whole pass; the source is known. */
static void
run_pass(FunctionCallInfo fcinfo, Pass *pass)
{
	MemoryContext before;

	query_receiver_init(&pass->receiver, check_columns, receive_row);
	pass->result = (ReturnSetInfo *) fcinfo->resultinfo;
	pass->limit = intent_build_mem > 0 ? (size_t) intent_build_mem * 1024 : get_hash_memory_limit();
	pass->limit = Max(pass->limit, LEAST_MEMORY);
	pass->stats.called = true;
	begin_result(fcinfo);

	pass->memory = AllocSetContextCreate(CurrentMemoryContext, "intent journeys", ALLOCSET_DEFAULT_SIZES);
	pass->scratch = AllocSetContextCreate(pass->memory, "intent journeys scratch", ALLOCSET_DEFAULT_SIZES);
	before = MemoryContextSwitchTo(pass->memory);
	pass->source.domain_memory = pass->memory;
	pass->vocabulary = vocabulary_new();
	pass->grouping = grouping_new();
	journey_buffer_init(&pass->out, 4096);

	query_run(pass->source.select, pass->source.text, "journeys", &pass->receiver);
	grouping_flush(pass->grouping);
	if (pass->spill == NULL)
		put_journeys(pass, pass->grouping);
	else
	{
		grouping_free(move_to_spill(pass, pass->grouping, &pass->spill, 0));
		put_spilled(pass, pass->spill);
	}
	MemoryContextSwitchTo(before);
	MemoryContextDelete(pass->memory);
	last_call = pass->stats;
	if (intent_verbose)
		say_what_was_done(&pass->stats);
}

/* ----- the functions ----- */

static Oid
key_type(FunctionCallInfo fcinfo)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 0);

	if (!OidIsValid(type))
		elog(ERROR, "could not determine the type of the key");
	return type;
}

static void
refuse_null(const char *argument, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("%s must not be null", argument),
			 errhint("%s", hint)));
}

PG_FUNCTION_INFO_V1(intent_journeys);
Datum
intent_journeys(PG_FUNCTION_ARGS)
{
	Pass		pass = {0};
	const char *columns[SOURCE_COLUMNS];

	if (PG_ARGISNULL(1))
		refuse_null("relation", "Name the table, as in journeys(null::bigint, 'shop.event', ...).");
	for (int i = 0; i < SOURCE_COLUMNS; i++)
		columns[i] = PG_ARGISNULL(2 + i) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2 + i));
	source_of_relation(&pass.source, key_type(fcinfo), PG_GETARG_OID(1), columns,
					   PG_ARGISNULL(9) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(9)));
	run_pass(fcinfo, &pass);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_journeys_query);
Datum
intent_journeys_query(PG_FUNCTION_ARGS)
{
	Pass		pass = {0};

	if (PG_ARGISNULL(1))
		refuse_null("query", "Give one SELECT of person, occurred_at, event, as text.");
	source_of_query(&pass.source, key_type(fcinfo), text_to_cstring(PG_GETARG_TEXT_PP(1)));
	run_pass(fcinfo, &pass);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_journeys_stats);
Datum
intent_journeys_stats(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		values[6];
	bool		nulls[6] = {false};

	InitMaterializedSRF(fcinfo, 0);
	if (!last_call.called)
		return (Datum) 0;
	values[0] = Int64GetDatum(last_call.people);
	values[1] = Int64GetDatum(last_call.events);
	values[2] = Int64GetDatum(last_call.ignored);
	values[3] = Int64GetDatum(last_call.unordered);
	values[4] = Int64GetDatum(last_call.memory);
	values[5] = Int64GetDatum(last_call.spilled);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	return (Datum) 0;
}
