/*
 * query_row_pg.h
 *		The columns of a row, read from its tuple with what is known of the table.
 *
 * slot_getsomeattrs() finds its way through the description of the columns,
 * and keeps where it stopped, for every row anew.  Who reads the same columns
 * of millions of rows need not.
 */
#ifndef INTENT_QUERY_ROW_PG_H
#define INTENT_QUERY_ROW_PG_H

#include "access/htup_details.h"
#include "access/tupmacs.h"
#include "executor/tuptable.h"

/* How a column lies in a tuple. */
typedef struct RowColumn
{
	int16		length;			/* -1: a varlena */
	uint8		align;
	bool		by_value;
} RowColumn;

typedef struct RowLayout
{
	int			columns;		/* the first ones, that are read */
	bool		known;			/* false: a type is of a kind that this leaves to the slot */
	RowColumn	column[FLEXIBLE_ARRAY_MEMBER];
} RowLayout;

/* Of the first `columns` of rows of this kind, in the current memory context. */
extern RowLayout *row_layout(TupleDesc description, int columns);

/*
 * As slot_getsomeattrs() of these columns, but the slot does not remember
 * that it was done: tts_nvalid stays as it is.
 */
static inline void
row_read(const RowLayout *layout, TupleTableSlot *slot)
{
	HeapTupleHeader header;
	char	   *at;
	bool		nulls;

	/* columns that were read need not be, and those added after a tuple was written are not in it */
	if (!TTS_IS_HEAPTUPLE(slot) || slot->tts_nvalid > 0 || !layout->known ||
		(header = ((HeapTupleTableSlot *) slot)->tuple->t_data,
		 HeapTupleHeaderGetNatts(header) < layout->columns))
	{
		slot_getsomeattrs(slot, layout->columns);
		return;
	}
	at = (char *) header + header->t_hoff;
	nulls = (header->t_infomask & HEAP_HASNULL) != 0;
	for (int i = 0; i < layout->columns; i++)
	{
		const RowColumn *column = &layout->column[i];

		slot->tts_isnull[i] = nulls && att_isnull(i, header->t_bits);
		if (slot->tts_isnull[i])
			continue;
		/* a short varlena is not aligned; in front of any other value there are only zeros to be skipped */
		if (column->length != -1 || *at == 0)
			at = (char *) TYPEALIGN(column->align, at);
		slot->tts_values[i] = fetch_att(at, column->by_value, column->length);
		at += column->length == -1 ? VARSIZE_ANY(at) : column->length;
	}
}

#endif							/* INTENT_QUERY_ROW_PG_H */
