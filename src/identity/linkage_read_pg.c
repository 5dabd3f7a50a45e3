/*
 * linkage_read_pg.c
 *		Rows of a query as records to link.
 *
 * Values become the texts that to_jsonb() would make of them, whatever the
 * session's settings, and go into the table's columns out of the executor's
 * slot.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "base/query_pg.h"
#include "identity/linkage_read_pg.h"
#include "identity/normalise_pg.h"

/* ----- characters ----- */

/* The context is a memory context for the characters of one text. */
static LinkageUnicode
decode_text(void *context, const char *text, size_t size)
{
	MemoryContext before;
	Unicode		unicode;
	LinkageUnicode result;

	MemoryContextReset((MemoryContext) context);
	before = MemoryContextSwitchTo((MemoryContext) context);
	unicode = unicode_of_bytes(text, (int) size, true);
	MemoryContextSwitchTo(before);
	result.code = unicode.code;
	result.size = unicode.size;
	return result;
}

void
linkage_table_begin_pg(LinkageTable *table, const LinkageText *names, uint32 count)
{
	linkage_table_begin(table, names, count, decode_text,
						AllocSetContextCreate(CurrentMemoryContext, "intent linkage text", ALLOCSET_DEFAULT_SIZES));
}

/* ----- columns ----- */

typedef struct SourceColumn
{
	int			attribute;		/* counted from 0 */
	Oid			type;			/* base type */
	bool		varlena;		/* a text as it is */
	FmgrInfo	output;			/* of types whose text depends on no setting */
} SourceColumn;

typedef struct RecordReceiver
{
	DestReceiver receiver;
	const LinkageWanted *wanted;
	LinkageTable *table;
	SourceColumn id;
	SourceColumn *columns;		/* the source last, if there is one */
	LinkageText *values;		/* of one row */
	MemoryContext memory;		/* of the table */
	MemoryContext row;
} RecordReceiver;

static void
set_column(SourceColumn *column, TupleDesc description, int attribute)
{
	Form_pg_attribute form = TupleDescAttr(description, attribute);
	Oid			function;
	bool		varlena;

	*column = (SourceColumn) {.attribute = attribute, .type = getBaseType(form->atttypid)};
	switch (column->type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			column->varlena = true;
			return;
		case BOOLOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case UUIDOID:
		case NAMEOID:
		case INETOID:
		case CIDROID:
		case MACADDROID:
			break;
		default:
			if (type_is_enum(column->type))
				break;
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of type %s cannot be linked by", NameStr(form->attname),
							format_type_be(form->atttypid)),
					 errhint("Cast it, as in %s::text, or leave it out.", quote_identifier(NameStr(form->attname)))));
	}
	getTypeOutputInfo(column->type, &function, &varlena);
	fmgr_info(function, &column->output);
}

/* The place of a column; -1 if there is none, an error if there are two. */
static int
find_attribute(TupleDesc description, LinkageText name)
{
	int			found = -1;

	for (int i = 0; i < description->natts; i++)
	{
		const char *known = NameStr(TupleDescAttr(description, i)->attname);

		if (strlen(known) != name.size || memcmp(known, name.data, name.size) != 0)
			continue;
		if (found >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("the query has column \"%s\" twice", known),
					 errhint("Name one of them otherwise, or leave it out.")));
		found = i;
	}
	return found;
}

static int
require_attribute(TupleDesc description, LinkageText name, const char *hint)
{
	int			found = find_attribute(description, name);

	if (found < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the query has no column \"%s\"", pnstrdup(name.data, name.size)),
				 errhint("%s", hint)));
	return found;
}

/* Columns are found by their names; all others are compared if none were named. */
static void
begin_records(DestReceiver *self, int operation, TupleDesc description)
{
	static const LinkageText id = {"id", 2};
	RecordReceiver *records = (RecordReceiver *) self;
	const LinkageWanted *wanted = records->wanted;
	MemoryContext caller = MemoryContextSwitchTo(records->memory);
	LinkageText *names = palloc_array(LinkageText, description->natts + wanted->count + 1);
	int			id_attribute = require_attribute(description, id,
												 "Name the column that tells records apart id, as in SELECT customer_no AS id, name, city FROM customer.");
	int			source_attribute = -1;
	uint32		count = 0;

	records->columns = palloc_array(SourceColumn, description->natts + wanted->count + 1);
	records->values = palloc_array(LinkageText, description->natts + wanted->count + 1);
	set_column(&records->id, description, id_attribute);
	if (wanted->source.size > 0)
		source_attribute = require_attribute(description, wanted->source,
											 "The source of records must be a column of the query, too.");
	for (uint32 i = 0; i < wanted->count; i++)
	{
		names[count] = wanted->columns[i];
		set_column(&records->columns[count++], description,
				   require_attribute(description, wanted->columns[i], "Select all columns that are to be compared."));
	}
	for (int i = 0; i < description->natts && wanted->count == 0; i++)
	{
		LinkageText name = {NameStr(TupleDescAttr(description, i)->attname), 0};

		name.size = strlen(name.data);
		(void) find_attribute(description, name);
		if (i == id_attribute || i == source_attribute)
			continue;
		name.data = pstrdup(name.data);
		names[count] = name;
		set_column(&records->columns[count++], description, i);
	}
	if (source_attribute >= 0)
	{
		names[count] = wanted->source;
		set_column(&records->columns[count++], description, source_attribute);
	}
	linkage_table_begin_pg(records->table, names, count);
	MemoryContextSwitchTo(caller);
}

/* ----- values ----- */

static LinkageText
text_of(const SourceColumn *column, Datum datum)
{
	LinkageText text = {NULL, 0};
	char	   *buffer;
	int			utc = 0;

	if (column->varlena)
	{
		struct varlena *value = PG_DETOAST_DATUM_PACKED(datum);

		text.data = VARDATA_ANY(value);
		text.size = VARSIZE_ANY_EXHDR(value);
		return text;
	}
	buffer = palloc(MAXDATELEN + HOST_DOUBLE_TEXT_MAX + 1);
	switch (column->type)
	{
		case BOOLOID:
			text.data = DatumGetBool(datum) ? "true" : "false";
			break;
		case FLOAT4OID:
			/* by its own shortest text, not that of the double it becomes */
			text.data = buffer;
			float_to_shortest_decimal_buf(DatumGetFloat4(datum), buffer);
			break;
		case FLOAT8OID:
			text.data = buffer;
			buffer[host_double_to_text(DatumGetFloat8(datum), buffer)] = '\0';
			break;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			text.data = JsonEncodeDateTime(buffer, datum, column->type, &utc);
			break;
		default:
			text.data = OutputFunctionCall(unconstify(FmgrInfo *, &column->output), datum);
	}
	text.size = strlen(text.data);
	return text;
}

static bool
is_wanted(const LinkageWanted *wanted, LinkageText id)
{
	for (uint32 i = 0; i < wanted->only_count; i++)
	{
		if (id.size == wanted->only[i].size && memcmp(id.data, wanted->only[i].data, id.size) == 0)
			return true;
	}
	return wanted->only_count == 0;
}

static bool
receive_record(TupleTableSlot *slot, DestReceiver *self)
{
	RecordReceiver *records = (RecordReceiver *) self;
	LinkageTable *table = records->table;
	MemoryContext caller = MemoryContextSwitchTo(records->row);
	LinkageText id;

	slot_getallattrs(slot);
	if (slot->tts_isnull[records->id.attribute])
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s: id must not be null", records->wanted->function),
				 errhint("Leave such rows out, as in WHERE id IS NOT NULL, or number them.")));
	id = text_of(&records->id, slot->tts_values[records->id.attribute]);
	if (is_wanted(records->wanted, id))
	{
		for (uint32 i = 0; i < table->column_count; i++)
		{
			int			attribute = records->columns[i].attribute;

			records->values[i] = (LinkageText) {NULL, 0};
			if (!slot->tts_isnull[attribute])
				records->values[i] = text_of(&records->columns[i], slot->tts_values[attribute]);
		}
		MemoryContextSwitchTo(records->memory);
		linkage_table_add(table, id, records->values);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(records->row);
	return true;
}

void
linkage_read_query(LinkageTable *table, const char *query, const LinkageWanted *wanted)
{
	RecordReceiver records = {.wanted = wanted, .table = table, .memory = CurrentMemoryContext};

	records.row = AllocSetContextCreate(CurrentMemoryContext, "intent linkage row", ALLOCSET_DEFAULT_SIZES);
	query_receiver_init(&records.receiver, begin_records, receive_record);
	query_run(query_parse(query, wanted->function), query, wanted->function, &records.receiver);
	MemoryContextDelete(records.row);
	linkage_table_order(table);
	if (wanted->source.size > 0)
		linkage_table_take_source(table);
}

/* ----- jsonb ----- */

void
linkage_read_jsonb(LinkageTable *table, LinkageText id, Jsonb *record)
{
	LinkageText *values = palloc_array(LinkageText, table->column_count + 1);

	if (!JB_ROOT_IS_OBJECT(record))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a record must be a JSON object"),
				 errhint("Give a row as to_jsonb(r), or write {\"surname\": \"Smith\"}.")));
	for (uint32 i = 0; i < table->column_count; i++)
	{
		LinkageText name = table->columns[i].name;
		JsonbValue	value;

		values[i] = (LinkageText) {NULL, 0};
		if (getKeyJsonValueFromContainer(&record->root, name.data, (int) name.size, &value) == NULL)
			continue;
		switch (value.type)
		{
			case jbvNull:
				break;
			case jbvString:
				/* an empty text is somewhere all the same */
				values[i].data = value.val.string.len > 0 ? value.val.string.val : "";
				values[i].size = (uint32) value.val.string.len;
				break;
			case jbvNumeric:
				values[i].data = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value.val.numeric)));
				values[i].size = strlen(values[i].data);
				break;
			case jbvBool:
				values[i].data = value.val.boolean ? "true" : "false";
				values[i].size = strlen(values[i].data);
				break;
			default:
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("\"%s\" of a record must be a text, a number or a boolean",
								pnstrdup(name.data, name.size)),
						 errhint("Give a row as to_jsonb(r), or write {\"surname\": \"Smith\"}.")));
		}
	}
	linkage_table_add(table, id, values);
}
