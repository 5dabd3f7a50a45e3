/*
 * query_scan_pg.c
 *		All rows of one table at once, where a query is no more than that.
 *
 * Per row the executor costs as much as reading it does, and so does handing
 * over one row of a page after the other, each with its pin.  What may be
 * read, and what of it is visible, is decided where it always is: the
 * executor has planned the query, checked rights, put in row policies and
 * opened the table before; the table's access method looks through each page.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "base/query_scan_pg.h"

/* Who gets the rows of scan_table(); set for the one call that follows. */
static DestReceiver *scan_receiver;

/* Any table, row by row. */
static void
scan_rows(TableScanDesc scan, TupleTableSlot *slot, DestReceiver *receiver)
{
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (!receiver->receiveSlot(slot, receiver))
			return;
	}
}

/*
 * The row of a page that is numbered `line`, in the tuple and the slot of the
 * one before it: the same page, pinned by the scan, and the same table.
 */
static inline void
point_at(HeapTuple tuple, TupleTableSlot *slot, Page page, OffsetNumber line)
{
	ItemId		item = PageGetItemId(page, line);

	tuple->t_data = (HeapTupleHeader) PageGetItem(page, item);
	tuple->t_len = ItemIdGetLength(item);
	ItemPointerSetOffsetNumber(&tuple->t_self, line);
	slot->tts_tid = tuple->t_self;
	slot->tts_nvalid = 0;
	((HeapTupleTableSlot *) slot)->off = 0;
}

/*
 * A heap, page by page: when the first row of a page comes, the scan has found
 * out which of its rows are visible and keeps their numbers.
 */
static void
scan_pages(TableScanDesc scan, TupleTableSlot *slot, DestReceiver *receiver)
{
	HeapScanDesc heap = (HeapScanDesc) scan;
	HeapTuple	tuple;

	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Page		page = BufferGetPage(heap->rs_cbuf);
		int			rows = heap->rs_ntuples;

		ExecStoreHeapTuple(tuple, slot, false);
		for (int row = heap->rs_cindex;;)
		{
			CHECK_FOR_INTERRUPTS();
			if (!receiver->receiveSlot(slot, receiver))
				return;
			if (++row == rows)
				break;
			point_at(tuple, slot, page, heap->rs_vistuples[row]);
			pgstat_count_heap_getnext(scan->rs_rd);
		}
		/* go on behind the last one */
		heap->rs_cindex = rows - 1;
	}
}

/* All rows of a sequential scan in place of its one row a call. */
static TupleTableSlot *
scan_table(PlanState *state)
{
	SeqScanState *node = castNode(SeqScanState, state);
	Relation	table = node->ss.ss_currentRelation;
	DestReceiver *receiver = scan_receiver;
	TableScanDesc scan = table_beginscan(table, state->state->es_snapshot, 0, NULL);

	/* the executor ends it */
	node->ss.ss_currentScanDesc = scan;
	if (table->rd_tableam == GetHeapamTableAmRoutine() && (scan->rs_flags & SO_ALLOW_PAGEMODE))
	{
		/* a slot that has no pin of its own */
		TupleTableSlot *slot = ExecAllocTableSlot(&state->state->es_tupleTable, RelationGetDescr(table),
												  &TTSOpsHeapTuple);

		scan_pages(scan, slot, receiver);
		ExecClearTuple(slot);
	}
	else
		scan_rows(scan, node->ss.ss_ScanTupleSlot, receiver);
	return NULL;
}

/*
 * The plan says what may be read and how; only when it says "all columns of
 * all rows of one table, and nobody counts them", it is done without asking
 * for each.
 */
void
query_scan_shorten(QueryDesc *description, DestReceiver *receiver)
{
	PlanState  *state = description->planstate;

	if (!IsA(state, SeqScanState) || state->qual || state->ps_ProjInfo || state->instrument ||
		state->plan->parallel_aware || description->estate->es_junkFilter)
		return;
	scan_receiver = receiver;
	ExecSetExecProcNode(state, scan_table);
}
