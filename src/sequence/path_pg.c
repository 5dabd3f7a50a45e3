/*
 * path_pg.c
 *		Paths as they are given in SQL: text[].
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"

#include "sequence/path_pg.h"

PathNames
path_names(ArrayType *array)
{
	PathNames	path = {NULL, 0};
	Datum	   *texts;
	bool	   *nulls;
	int			count;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &texts, &nulls, &count);
	path.names = host_alloc_array((size_t) count + 1, sizeof(Touchpoint));
	for (int i = 0; i < count; i++)
	{
		struct varlena *text;

		if (nulls[i])
			continue;
		text = PG_DETOAST_DATUM_PACKED(texts[i]);
		path.names[path.count++] = model_plain_name(VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
	}
	return path;
}
