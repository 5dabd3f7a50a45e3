/*
 * training_source_pg.c
 *		Rows to learn from, out of the caller's query.
 *
 * The query runs with the rights of the caller; rows go into a table in
 * memory as they come.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "utils/memutils.h"

#include "base/query_pg.h"
#include "score/training_columns_pg.h"
#include "score/training_source_pg.h"

#define ROWS_PER_RESET 256

typedef struct Pass
{
	DestReceiver receiver;
	TrainingSource *source;
	TrainingColumns columns;
	MemoryContext scratch;		/* of some rows */
	uint32		read;
} Pass;

static void
begin_rows(DestReceiver *self, int operation, TupleDesc description)
{
	Pass	   *pass = (Pass *) self;
	TrainingColumns *columns = &pass->columns;
	TrainingTable *table = &pass->source->table;
	MemoryContext caller = MemoryContextSwitchTo(pass->source->memory);

	training_columns_begin(columns, description);
	training_begin(table, columns->count, pass->source->seed);
	for (int i = 0; i < columns->count; i++)
	{
		table->columns[i].name = columns->columns[i].name;
		table->columns[i].category = source_column_is_category(&columns->columns[i]);
	}
	MemoryContextSwitchTo(caller);
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	Pass	   *pass = (Pass *) self;
	MemoryContext caller = MemoryContextSwitchTo(pass->scratch);
	double		weight;
	bool		label;
	bool		taken;

	slot_getallattrs(slot);
	taken = training_columns_read(&pass->columns, slot->tts_values, slot->tts_isnull, &label, &weight);
	MemoryContextSwitchTo(pass->source->memory);
	if (taken && weight > 0)
		training_add_weighted(&pass->source->table, pass->columns.values, label, weight);
	MemoryContextSwitchTo(caller);
	if (++pass->read % ROWS_PER_RESET == 0)
		MemoryContextReset(pass->scratch);
	return true;
}

void
training_read(TrainingSource *source, char *query)
{
	Pass		pass = {.source = source};
	MemoryContext caller;

	pass.columns.caller = source->caller;
	pass.columns.source = "query";
	pass.columns.label_name = source->label;
	pass.columns.weight_name = source->weight;
	query_receiver_init(&pass.receiver, begin_rows, receive_row);
	source->memory = AllocSetContextCreate(CurrentMemoryContext, "intent train", ALLOCSET_DEFAULT_SIZES);
	pass.scratch = AllocSetContextCreate(source->memory, "intent train row", ALLOCSET_DEFAULT_SIZES);
	query_run(query_parse(query, source->caller), query, source->caller, &pass.receiver);
	caller = MemoryContextSwitchTo(source->memory);
	training_order(&source->table);
	MemoryContextSwitchTo(caller);
}
