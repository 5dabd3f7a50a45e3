/*
 * journeys_source_pg.c
 *		The rows that journeys() reads: which columns they have, and what is in them.
 *
 * Both forms become one parse tree, SELECT the columns FROM the relation or
 * the query, so nothing of the caller's is ever put into a text.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "access/relation.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "parser/parse_coerce.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "base/query_pg.h"
#include "journey/journeys_source_pg.h"

static const char *const argument_names[SOURCE_COLUMNS] = {
	"person", "occurred_at", "event", "channel", "value", "recorded_at", "ref"
};

static bool
is_required(int column)
{
	return column == SOURCE_PERSON || column == SOURCE_OCCURRED_AT || column == SOURCE_EVENT;
}

/* ----- the query ----- */

/*
 * Texts are told apart by their bytes.  A type that has an equality of its own
 * must become text first, by the caller, who knows what that means.
 */
static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID;
}

static bool
is_number(Oid type)
{
	return type == INT8OID || type == INT4OID || type == INT2OID;
}

static bool
is_key(Oid type)
{
	return is_number(type) || type == UUIDOID || is_text(type);
}

static void
init_source(JourneySource *source, Oid key)
{
	memset(source, 0, sizeof(*source));
	source->declared = key;
	source->key = getBaseType(key);
	for (int i = 0; i < SOURCE_COLUMNS; i++)
		source->column[i] = -1;
	if (!is_key(source->key))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a person cannot be of type %s", format_type_be(key)),
				 errhint("Use bigint, uuid or text: journeys(null::text, 'SELECT person::text AS person, ...').")));
}

static void
add_target(SelectStmt *select, const char *name)
{
	ColumnRef  *column = makeNode(ColumnRef);
	ResTarget  *target = makeNode(ResTarget);

	column->fields = list_make1(makeString(pstrdup(name)));
	column->location = -1;
	target->val = (Node *) column;
	target->location = -1;
	select->targetList = lappend(select->targetList, target);
}

/* SELECT ... FROM from WHERE condition */
static SelectStmt *
select_from(Node *from, Node *condition)
{
	SelectStmt *select = makeNode(SelectStmt);

	select->fromClause = list_make1(from);
	select->whereClause = condition;
	return select;
}

static void
select_columns(JourneySource *source)
{
	int			next = 0;

	for (int i = 0; i < SOURCE_COLUMNS; i++)
	{
		if (source->name[i] == NULL)
			continue;
		add_target(source->select, source->name[i]);
		source->column[i] = next++;
	}
}

/*
 * All columns as the table has them, if the caller may read all: the executor
 * then hands over its tuples without a projection, which costs more than
 * whatever is not wanted.  It does so only if every column is in every tuple.
 */
static bool
has_whole_rows(Relation table)
{
	if ((table->rd_rel->relkind != RELKIND_RELATION && table->rd_rel->relkind != RELKIND_MATVIEW) ||
		pg_class_aclcheck(RelationGetRelid(table), GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return false;
	for (int i = 0; i < RelationGetNumberOfAttributes(table); i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(table), i);

		if (attribute->attisdropped || attribute->atthasmissing ||
			(attribute->attgenerated != '\0' && attribute->attgenerated != ATTRIBUTE_GENERATED_STORED))
			return false;
	}
	return true;
}

static void
select_whole_rows(JourneySource *source, Relation table)
{
	for (int i = 0; i < RelationGetNumberOfAttributes(table); i++)
		add_target(source->select, NameStr(TupleDescAttr(RelationGetDescr(table), i)->attname));
}

/* Which columns of the relation are meant. */
static bool
find_columns(JourneySource *source, Relation relation, const char *const *columns)
{
	const char *name = RelationGetRelationName(relation);
	bool		all_of_users = true;

	for (int i = 0; i < SOURCE_COLUMNS; i++)
	{
		AttrNumber	number;

		if (columns[i] == NULL && is_required(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s must not be null", argument_names[i]),
					 errhint("Name the column of \"%s\" that holds it.", name)));
		if (columns[i] == NULL)
			continue;
		number = get_attnum(RelationGetRelid(relation), columns[i]);
		if (number == InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist", columns[i], name),
					 errhint("It was given as %s. For an expression give a query instead: "
							 "journeys(null::bigint, 'SELECT ... AS %s, ...').",
							 argument_names[i], argument_names[i])));
		source->name[i] = columns[i];
		source->column[i] = number - 1;
		/* such as ctid: of no use, but refused for its type */
		all_of_users = all_of_users && number > 0;
	}
	return all_of_users;
}

void
source_of_relation(JourneySource *source, Oid key, Oid oid,
				   const char *const *columns, const char *condition)
{
	Relation	relation;
	const char *schema;
	char	   *name;

	init_source(source, key);
	relation = try_relation_open(oid, AccessShareLock);
	if (relation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", oid),
				 errhint("Name the table, as in journeys(null::bigint, 'shop.event', ...).")));

	/* the lock keeps its name until the end of the transaction */
	schema = get_namespace_name(RelationGetNamespace(relation));
	name = pstrdup(RelationGetRelationName(relation));
	source->text = condition ? condition : quote_qualified_identifier(schema, name);
	source->select = select_from((Node *) makeRangeVar((char *) schema, name, -1),
								 condition ? query_parse_expression(condition, "condition") : NULL);
	if (find_columns(source, relation, columns) && has_whole_rows(relation))
		select_whole_rows(source, relation);
	else
		select_columns(source);
	relation_close(relation, NoLock);
}

void
source_of_query(JourneySource *source, Oid key, const char *query)
{
	SelectStmt *inner = query_parse(query, "journeys");
	List	   *names = query_columns(inner, query, "journeys");
	RangeSubselect *from = makeNode(RangeSubselect);
	ListCell   *cell;

	init_source(source, key);
	foreach(cell, names)
	{
		const char *name = strVal(lfirst(cell));
		int			column = 0;

		while (column < SOURCE_COLUMNS && strcmp(name, argument_names[column]) != 0)
			column++;
		if (column == SOURCE_COLUMNS || source->name[column] != NULL)
			ereport(ERROR,
					(errcode(column == SOURCE_COLUMNS ? ERRCODE_UNDEFINED_COLUMN : ERRCODE_DUPLICATE_COLUMN),
					 column == SOURCE_COLUMNS ?
					 errmsg("the query of journeys has a column \"%s\" that means nothing", name) :
					 errmsg("the query of journeys has two columns \"%s\"", name),
					 errhint("Its columns are person, occurred_at, event and, if you have them, channel, value, recorded_at, ref: "
							 "name them with AS.")));
		source->name[column] = argument_names[column];
	}
	for (int i = 0; i < SOURCE_COLUMNS; i++)
	{
		if (is_required(i) && source->name[i] == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("the query of journeys has no column \"%s\"", argument_names[i]),
					 errhint("Name it with AS, as in SELECT customer_id AS person, ts AS occurred_at, name AS event FROM ...")));
	}
	from->subquery = (Node *) inner;
	from->alias = makeAlias("rows", NIL);
	source->text = query;
	source->select = select_from((Node *) from, NULL);
	select_columns(source);
}

/* ----- types ----- */

static bool
is_accepted(const JourneySource *source, int column, Oid type)
{
	switch (column)
	{
		case SOURCE_PERSON:
			return type == source->key || (is_text(type) && is_text(source->key)) ||
				(is_number(type) && (source->key == INT8OID || (source->key == INT4OID && type == INT2OID)));
		case SOURCE_OCCURRED_AT:
		case SOURCE_RECORDED_AT:
			return type == TIMESTAMPTZOID;
		case SOURCE_VALUE:
			return type == FLOAT8OID || type == FLOAT4OID || type == NUMERICOID || is_number(type);
		case SOURCE_REF:
			return is_number(type) || type == UUIDOID || IsBinaryCoercible(type, TEXTOID);
		default:
			return IsBinaryCoercible(type, TEXTOID);
	}
}

static const char *
hint_for(const JourneySource *source, int column, Oid type)
{
	const char *name = source->name[column];

	switch (column)
	{
		case SOURCE_PERSON:
			if (is_key(type))
				return psprintf("Give a key of its type, as in journeys(null::%s, ...), or cast the column in a query.",
								format_type_be(type));
			return psprintf("Cast it in a query: %s::text AS person, with journeys(null::text, ...).",
							quote_identifier(name));
		case SOURCE_OCCURRED_AT:
		case SOURCE_RECORDED_AT:
			if (type != TIMESTAMPOID && type != DATEOID)
				return psprintf("Cast it in a query: %s::timestamptz AS %s.",
								quote_identifier(name), argument_names[column]);
			return psprintf("Say in a query which zone it is of: %s%s AT TIME ZONE 'Europe/Berlin' AS %s.",
							quote_identifier(name), type == DATEOID ? "::timestamp" : "", argument_names[column]);
		case SOURCE_VALUE:
			return psprintf("Cast it in a query: %s::float8 AS value.", quote_identifier(name));
		default:
			return psprintf("Cast it in a query: %s::text AS %s.", quote_identifier(name), argument_names[column]);
	}
}

void
source_check(JourneySource *source, TupleDesc description)
{
	static const char *const wanted[SOURCE_COLUMNS] = {
		NULL, "timestamp with time zone", "text", "text", "double precision",
		"timestamp with time zone", "text, uuid or bigint"
	};
	int			columns = 0;

	for (int i = 0; i < SOURCE_COLUMNS; i++)
	{
		Oid			type;

		if (source->column[i] < 0)
			continue;
		columns = Max(columns, source->column[i] + 1);
		type = getBaseType(TupleDescAttr(description, source->column[i])->atttypid);
		source->type[i] = type;
		if (!is_accepted(source, i, type))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" for %s is of type %s, not %s",
							source->name[i], argument_names[i], format_type_be(type),
							i == SOURCE_PERSON ? format_type_be(source->declared) : wanted[i]),
					 errhint("%s", hint_for(source, i, type))));
	}
	source->layout = row_layout(description, columns);
	source->memory = AllocSetContextCreate(CurrentMemoryContext, "intent journeys row",
										   ALLOCSET_SMALL_SIZES);
}

/* ----- rows ----- */

static inline bool
is_null(const JourneySource *source, const TupleTableSlot *slot, int column)
{
	return source->column[column] < 0 || slot->tts_isnull[source->column[column]];
}

static inline Datum
datum_of(const JourneySource *source, const TupleTableSlot *slot, int column)
{
	return slot->tts_values[source->column[column]];
}

/* The text of a column where it is, or detoasted for the time of this row. */
static inline const char *
text_of(JourneySource *source, TupleTableSlot *slot, int column, uint32_t *size)
{
	struct varlena *text;

	*size = 0;
	if (is_null(source, slot, column))
		return NULL;
	text = (struct varlena *) DatumGetPointer(datum_of(source, slot, column));
	if (unlikely(VARATT_IS_EXTERNAL(text) || VARATT_IS_COMPRESSED(text)))
	{
		MemoryContext before = MemoryContextSwitchTo(source->memory);

		text = pg_detoast_datum_packed(text);
		source->used = true;
		MemoryContextSwitchTo(before);
	}
	*size = VARSIZE_ANY_EXHDR(text);
	return VARDATA_ANY(text);
}

static int64
integer_of(Oid type, Datum datum)
{
	return type == INT8OID ? DatumGetInt64(datum) :
		type == INT4OID ? DatumGetInt32(datum) : DatumGetInt16(datum);
}

static bool
read_key(JourneySource *source, TupleTableSlot *slot, PersonKey *key)
{
	Oid			type = source->type[SOURCE_PERSON];

	key->number = 0;
	key->bytes = NULL;
	key->size = 0;
	if (is_null(source, slot, SOURCE_PERSON))
		return false;
	if (is_number(type))
		key->number = integer_of(type, datum_of(source, slot, SOURCE_PERSON));
	else if (type == UUIDOID)
	{
		key->bytes = (const char *) DatumGetUUIDP(datum_of(source, slot, SOURCE_PERSON))->data;
		key->size = UUID_LEN;
	}
	else
		key->bytes = text_of(source, slot, SOURCE_PERSON, &key->size);
	/* an empty text names nobody */
	return key->bytes == NULL || key->size > 0;
}

static double
value_of(JourneySource *source, Datum datum)
{
	Oid			type = source->type[SOURCE_VALUE];
	MemoryContext before;
	double		value;

	if (type == FLOAT8OID)
		return DatumGetFloat8(datum);
	if (type == FLOAT4OID)
		return DatumGetFloat4(datum);
	if (is_number(type))
		return (double) integer_of(type, datum);
	before = MemoryContextSwitchTo(source->memory);
	value = DatumGetFloat8(DirectFunctionCall1(numeric_float8, datum));
	source->used = true;
	MemoryContextSwitchTo(before);
	return value;
}

static void
read_ref(JourneySource *source, TupleTableSlot *slot, JourneyRow *row)
{
	Oid			type = source->type[SOURCE_REF];
	MemoryContext before;
	char	   *text;

	if (is_null(source, slot, SOURCE_REF))
		return;
	if (is_number(type) || type == UUIDOID)
	{
		Datum		datum = datum_of(source, slot, SOURCE_REF);

		before = MemoryContextSwitchTo(source->memory);
		source->used = true;
		if (type == UUIDOID)
			text = DatumGetCString(DirectFunctionCall1(uuid_out, datum));
		else
		{
			text = palloc(MAXINT8LEN + 1);
			pg_lltoa(integer_of(type, datum), text);
		}
		MemoryContextSwitchTo(before);
		row->ref = text;
		row->ref_size = (uint32) strlen(text);
	}
	else
		row->ref = text_of(source, slot, SOURCE_REF, &row->ref_size);
	if (row->ref_size > 0)
		row->flags |= JOURNEY_ROW_REF;
}

bool
source_read(JourneySource *source, TupleTableSlot *slot,
			PersonKey *key, Touchpoint *touchpoint, JourneyRow *row)
{
	if (unlikely(source->used))
	{
		MemoryContextReset(source->memory);
		source->used = false;
	}
	row_read(source->layout, slot);
	if (!read_key(source, slot, key) ||
		is_null(source, slot, SOURCE_OCCURRED_AT) || is_null(source, slot, SOURCE_EVENT))
		return false;

	memset(row, 0, sizeof(*row));
	row->at = DatumGetTimestampTz(datum_of(source, slot, SOURCE_OCCURRED_AT));
	touchpoint->event = text_of(source, slot, SOURCE_EVENT, &touchpoint->event_size);
	touchpoint->channel = text_of(source, slot, SOURCE_CHANNEL, &touchpoint->channel_size);
	if (!is_null(source, slot, SOURCE_VALUE))
	{
		row->value = value_of(source, datum_of(source, slot, SOURCE_VALUE));
		row->flags |= JOURNEY_ROW_VALUE;
	}
	if (!is_null(source, slot, SOURCE_RECORDED_AT))
	{
		row->recorded = DatumGetTimestampTz(datum_of(source, slot, SOURCE_RECORDED_AT));
		row->flags |= JOURNEY_ROW_RECORDED;
	}
	read_ref(source, slot, row);
	journey_check_row(row);
	return true;
}

Datum
source_person(JourneySource *source, const PersonKey *key)
{
	Datum		person;

	if (key->bytes == NULL)
		person = source->key == INT8OID ? Int64GetDatum(key->number) :
			source->key == INT4OID ? Int32GetDatum((int32) key->number) : Int16GetDatum((int16) key->number);
	else if (source->key == UUIDOID)
		person = PointerGetDatum(key->bytes);
	else
		person = PointerGetDatum(cstring_to_text_with_len(key->bytes, key->size));
	if (source->declared != source->key)
		domain_check(person, false, source->declared, &source->domain, source->domain_memory);
	return person;
}
