/*
 * person_pg.c
 *		The journey of one person as it is now.
 *
 * An application asks for one person at a time, so what counts is how little is
 * done beside looking: queries are prepared once a session, and of those only
 * the ones that can find something are run.  While nothing waits, neither rows
 * of watched sources nor changes of the identity graph, the chunks say by
 * themselves whose they are, as they do for the view person_journey.  Else the
 * graph says who the person is, and what waits is united with what is stored.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/checked.h"
#include "journey/journey_pg.h"
#include "store/chunk.h"
#include "store/person_pg.h"

/* ----- queries ----- */

/*
 * A plan lasts, and may have been made when the tables were small or what
 * waits was nothing: each looks up a few rows, so it goes by index.
 */
static int
run_by_index(PersonQuery *query, Datum *values, long limit)
{
	int			level = NewGUCNestLevel();
	int			result;

	(void) set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	if (query->plan == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare_cursor(query->text, query->count, query->types, CURSOR_OPT_GENERIC_PLAN);

		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare a query of the store: %s", SPI_result_code_string(SPI_result));
		query->plan = plan;
	}
	result = SPI_execute_plan(query->plan, values, NULL, true, limit);
	AtEOXact_GUC(true, level);
	return result;
}

uint64
person_query_run(PersonQuery *query, Datum *values, long limit)
{
	bool		planned = query->plan && SPI_plan_is_valid(query->plan);
	int			result = planned ? SPI_execute_plan(query->plan, values, NULL, true, limit) : run_by_index(query, values, limit);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not run a query of the store: %s", SPI_result_code_string(result));
	return SPI_processed;
}

NullableDatum
person_query_value(uint64 row, int column)
{
	NullableDatum value;

	value.value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &value.isnull);
	return value;
}

bool
person_table_exists(const char *name)
{
	return OidIsValid(get_relname_relid(name, get_namespace_oid("intent", false)));
}

void
person_begin(bool fresh)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	if (fresh)
	{
		CommandCounterIncrement();
		PushActiveSnapshot(GetTransactionSnapshot());
	}
}

void
person_end(bool fresh)
{
	if (fresh)
		PopActiveSnapshot();
	SPI_finish();
}

/* ----- the journey ----- */

/* By what the last refresh said. */
static PersonQuery stored_of_person = {
	"SELECT c.tenant, c.journey FROM intent.chunk c WHERE c.person OPERATOR(pg_catalog.=) $1 AND NOT c.daily",
	1, {INT8OID}
};

/* By the graph: whoever was merged into this person is one of its identifiers. */
static PersonQuery stored_by_graph = {
	"SELECT i.tenant, c.journey, coalesce(p.person, i.id), coalesce(m.id, i.id)"
	" FROM intent.identifier i"
	" LEFT JOIN intent.profile p ON p.id OPERATOR(pg_catalog.=) i.profile"
	" LEFT JOIN intent.profile q ON q.person OPERATOR(pg_catalog.=) p.person"
	" LEFT JOIN intent.identifier m ON m.profile OPERATOR(pg_catalog.=) q.id"
	" LEFT JOIN intent.chunk c ON c.anchor OPERATOR(pg_catalog.=) coalesce(m.id, i.id) AND NOT c.daily"
	" WHERE i.id OPERATOR(pg_catalog.=) $1",
	1, {INT8OID}
};

/* Does anything wait that names one of these identifiers, or a shared one that they were seen on? */
static PersonQuery waits = {
	"SELECT FROM intent.inbox w WHERE w.keys OPERATOR(pg_catalog.&&) ARRAY("
	"SELECT i.kind OPERATOR(pg_catalog.||) ':' OPERATOR(pg_catalog.||) i.value FROM intent.identifier i"
	" WHERE i.id OPERATOR(pg_catalog.=) ANY ($1)"
	" UNION ALL SELECT i.kind OPERATOR(pg_catalog.||) ':' OPERATOR(pg_catalog.||) i.value FROM intent.carried c"
	" JOIN intent.identifier i ON i.id OPERATOR(pg_catalog.=) c.carrier WHERE c.identifier OPERATOR(pg_catalog.=) ANY ($1))",
	1, {INT8ARRAYOID}
};

static PersonQuery waiting = {
	"SELECT w.removed, w.added FROM intent.inbox_of($1, $2) w", 2, {INT8OID, INT8ARRAYOID}
};

/* Has a table never had a row since it was last vacuumed?  What a snapshot sees is in its file. */
static bool
is_empty(const char *name)
{
	Oid			oid = get_relname_relid(name, get_namespace_oid("intent", false));
	Relation	table;
	bool		empty;

	if (!OidIsValid(oid))
		return false;			/* a query will say so */
	table = relation_open(oid, AccessShareLock);
	empty = RelationGetNumberOfBlocks(table) == 0;
	relation_close(table, AccessShareLock);
	return empty;
}

static struct varlena *
unite(const JourneyBytes *parts, size_t count, struct varlena *only)
{
	ByteBuffer	out;
	size_t		size = VARHDRSZ;

	if (count <= 1)
		return only;
	for (size_t i = 0; i < count; i++)
		size = checked_add_size(size, parts[i].size);
	journey_buffer_init(&out, size);
	journey_unite(&out, parts, count);
	return journey_buffer_finish(&out);
}

/* The journeys in column 2 of the rows, as one; NULL if there are none. */
static struct varlena *
unite_rows(uint64 rows)
{
	JourneyBytes *parts = host_alloc_array(rows + 1, sizeof(JourneyBytes));
	struct varlena *only = NULL;
	size_t		count = 0;

	for (uint64 row = 0; row < rows; row++)
	{
		NullableDatum journey = person_query_value(row, 2);

		if (journey.isnull)
			continue;
		only = DatumGetJourneyP(journey.value);
		parts[count].data = VARDATA_ANY(only);
		parts[count++].size = VARSIZE_ANY_EXHDR(only);
	}
	return unite(parts, count, only);
}

static JourneyBytes
bytes_of(NullableDatum journey)
{
	JourneyBytes bytes = {NULL, 0};

	if (!journey.isnull)
	{
		struct varlena *value = DatumGetJourneyP(journey.value);

		bytes.data = VARDATA_ANY(value);
		bytes.size = VARSIZE_ANY_EXHDR(value);
	}
	return bytes;
}

/* What is stored, and what happened since to the rows of watched sources. */
static struct varlena *
unite_inbox(struct varlena *stored, NullableDatum person, Datum identifiers)
{
	Datum		arguments[2] = {person.value, identifiers};
	NullableDatum journey = {PointerGetDatum(stored), stored == NULL};
	NullableDatum removed;
	NullableDatum added;
	JourneyView view;
	ByteBuffer	out;

	if (person_query_run(&waits, &identifiers, 1) == 0 || person_query_run(&waiting, arguments, 1) == 0)
		return stored;
	removed = person_query_value(0, 1);
	added = person_query_value(0, 2);
	if (removed.isnull && added.isnull)
		return stored;
	journey_buffer_init(&out, checked_add_size(VARHDRSZ, checked_add_size(bytes_of(journey).size, bytes_of(added).size)));
	journey_amend(&out, bytes_of(journey), bytes_of(removed), bytes_of(added));
	stored = journey_buffer_finish(&out);
	journey_open_varlena(&view, stored);
	return view.events > 0 ? stored : NULL;
}

PersonJourney
person_journey(NullableDatum person)
{
	PersonJourney found = {NULL, {(Datum) 0, true}};
	bool		nothing_waits = is_empty("inbox");
	uint64		rows;

	if (person.isnull)
		return found;
	/* 0 is nobody, and has chunks; a person without any may have been merged into another */
	if (DatumGetInt64(person.value) > 0 && nothing_waits && is_empty("graph_change") &&
		(rows = person_query_run(&stored_of_person, &person.value, 0)) > 0)
	{
		found.tenant = person_query_value(0, 1);
		found.journey = unite_rows(rows);
		return found;
	}
	rows = person_query_run(&stored_by_graph, &person.value, 0);
	if (rows == 0)
		return found;
	found.tenant = person_query_value(0, 1);
	found.journey = unite_rows(rows);
	if (!nothing_waits)
	{
		Datum	   *identifiers = host_alloc_array(rows, sizeof(Datum));
		int			count = 0;

		for (uint64 row = 0; row < rows; row++)
		{
			Datum		identifier = person_query_value(row, 4).value;

			/* an identifier has a row a chunk */
			if (count == 0 || DatumGetInt64(identifiers[count - 1]) != DatumGetInt64(identifier))
				identifiers[count++] = identifier;
		}
		found.journey = unite_inbox(found.journey, person_query_value(0, 3),
									PointerGetDatum(construct_array(identifiers, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
	}
	return found;
}

PG_FUNCTION_INFO_V1(intent_journey_of);
Datum
intent_journey_of(PG_FUNCTION_ARGS)
{
	NullableDatum person = {PG_GETARG_DATUM(0), PG_ARGISNULL(0)};
	Datum		result = (Datum) 0;
	PersonJourney found;

	person_begin(false);
	found = person_journey(person);
	if (found.journey)
		result = SPI_datumTransfer(PointerGetDatum(found.journey), false, -1);
	person_end(false);
	if (found.journey == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result);
}
