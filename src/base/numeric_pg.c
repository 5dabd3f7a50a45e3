/*
 * numeric_pg.c
 *		Fixed point numbers as SQL has them.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "base/numeric_pg.h"

Datum
fixed_numeric(Fixed fixed)
{
	char		text[FIXED_TEXT_MAX];

	if (fixed >= PG_INT64_MIN && fixed <= PG_INT64_MAX)
		return NumericGetDatum(int64_div_fast_to_numeric((int64) fixed, FIXED_DIGITS));
	fixed_to_numeric_text(fixed, text);
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}
