/*
 * path_pg.c
 *		Paths as they are given in SQL: text[], and path_transform.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "sequence/path.h"
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

/* ----- path_transform ----- */

static PathTransform
transform_argument(FunctionCallInfo fcinfo)
{
	static const char *const names[] = {
		"unique", "exposure", "first", "frequency", "trim", "remove", "remove_last"
	};
	char	   *name = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));

	for (int i = 0; name != NULL && i < lengthof(names); i++)
	{
		if (strcmp(name, names[i]) == 0)
			return (PathTransform) i;
	}
	ereport(ERROR,
			(errcode(name ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 name ? errmsg("transform is not known: \"%s\"", name) : errmsg("transform must not be null"),
			 errhint("It is unique, exposure, first, frequency, trim, remove or remove_last.")));
	pg_unreachable();
}

/* How many steps trim leaves. */
static size_t
limit_argument(FunctionCallInfo fcinfo)
{
	char	   *steps = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	int32		limit = steps ? pg_strtoint32(steps) : 0;

	if (limit < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("trim needs the number of steps to keep, at least 1"),
				 errhint("Give it as the third argument, for example path_transform(path, 'trim', '5').")));
	return (size_t) limit;
}

static Touchpoint
channel_argument(FunctionCallInfo fcinfo)
{
	text	   *channel;

	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("removal needs the channel to remove"),
				 errhint("Give it as the third argument, for example path_transform(path, 'remove', 'direct').")));
	channel = PG_GETARG_TEXT_PP(2);
	return model_plain_name(VARDATA_ANY(channel), VARSIZE_ANY_EXHDR(channel));
}

PG_FUNCTION_INFO_V1(intent_path_transform);
Datum
intent_path_transform(PG_FUNCTION_ARGS)
{
	PathTransform transform = transform_argument(fcinfo);
	size_t		limit = transform == PATH_TRIM ? limit_argument(fcinfo) : 0;
	Touchpoint	channel = {0};
	PathNames	path;
	uint64_t   *frequency;
	Datum	   *texts;

	if (transform == PATH_REMOVE || transform == PATH_REMOVE_LAST)
		channel = channel_argument(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	path = path_names(PG_GETARG_ARRAYTYPE_P(0));
	frequency = host_alloc_array(path.count + 1, sizeof(uint64_t));
	path.count = path_transform(path.names, path.count, transform, limit, &channel, frequency);
	texts = host_alloc_array(path.count + 1, sizeof(Datum));
	for (size_t i = 0; i < path.count; i++)
	{
		const Touchpoint *name = &path.names[i];

		texts[i] = PointerGetDatum(transform == PATH_FREQUENCY ?
								   cstring_to_text(psprintf("%.*s(" UINT64_FORMAT ")", (int) name->event_size,
															name->event, frequency[i])) :
								   cstring_to_text_with_len(name->event, (int) name->event_size));
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(texts, (int) path.count, TEXTOID, -1, false, TYPALIGN_INT));
}
