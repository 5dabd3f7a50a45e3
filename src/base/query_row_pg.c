/*
 * query_row_pg.c
 *		How the columns of a row lie in its tuple.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "access/tupdesc.h"

#include "base/query_row_pg.h"

static uint8
alignment_of(char kind)
{
	switch (kind)
	{
		case TYPALIGN_CHAR:
			return 1;
		case TYPALIGN_SHORT:
			return ALIGNOF_SHORT;
		case TYPALIGN_INT:
			return ALIGNOF_INT;
		default:
			return ALIGNOF_DOUBLE;
	}
}

RowLayout *
row_layout(TupleDesc description, int columns)
{
	RowLayout  *layout = palloc(offsetof(RowLayout, column) + sizeof(RowColumn) * columns);

	layout->columns = columns;
	layout->known = true;
	for (int i = 0; i < columns; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(description, i);
		RowColumn  *column = &layout->column[i];

		column->length = attribute->attlen;
		column->by_value = attribute->attbyval;
		column->align = alignment_of(attribute->attalign);
		/* a cstring says where it ends by its end alone */
		if (attribute->attlen < -1)
			layout->known = false;
	}
	return layout;
}
