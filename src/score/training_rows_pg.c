/*
 * training_rows_pg.c
 *		Rows to learn from, made of the journeys of a query.
 *
 * Until all journeys are there it is not known how far they are observed, and
 * so which outcomes are known; therefore they are kept in a tuplestore first,
 * which goes to disk when it is large.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

#include "base/query_pg.h"
#include "journey/journey_edit.h"
#include "journey/journey_pg.h"
#include "score/propose.h"
#include "score/training_rows_pg.h"
#include "score/training_split.h"

/* Cutoffs of `every` fall on these: Mondays, if it is a week. */
#define FIRST_MONDAY (2 * USECS_PER_DAY)

#define CUTOFFS_MAX 10000

/* ----- journeys in ----- */

typedef struct JourneySpool
{
	DestReceiver receiver;
	const char *function;
	int			person;			/* attributes, from 0 */
	int			journey;
	FmgrInfo	person_output;
	TupleDesc	description;
	Tuplestorestate *rows;
	MemoryContext scratch;
	bool		any;			/* events */
	int64		first;
	int64		last;
} JourneySpool;

static int
find_column(TupleDesc description, const char *name, const char *function)
{
	int			found = -1;

	for (int i = 0; i < description->natts; i++)
	{
		if (strcmp(NameStr(TupleDescAttr(description, i)->attname), name) != 0)
			continue;
		if (found >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("the query of %s has column \"%s\" twice", function, name),
					 errhint("Name one of them otherwise, or leave it out.")));
		found = i;
	}
	return found;
}

/* The extension is in a schema of its own, which cannot be changed. */
static bool
is_journey(Oid type)
{
	Oid			schema = get_namespace_oid("intent", false);

	return getBaseType(type) == GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("journey"), ObjectIdGetDatum(schema));
}

static void
begin_spool(DestReceiver *self, int operation, TupleDesc description)
{
	JourneySpool *spool = (JourneySpool *) self;
	Oid			output;
	bool		varlena;

	spool->journey = find_column(description, "journey", spool->function);
	spool->person = find_column(description, "person", spool->function);
	if (spool->journey < 0 || (spool->person < 0 && spool->description->natts > 1))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the query of %s has no column \"%s\"", spool->function, spool->journey < 0 ? "journey" : "person"),
				 errhint("Name its columns person and journey, as in SELECT customer AS person, journey FROM ...")));
	if (!is_journey(TupleDescAttr(description, spool->journey)->atttypid))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"journey\" must be of type journey, not %s",
						format_type_be(TupleDescAttr(description, spool->journey)->atttypid)),
				 errhint("Make journeys of events with journey_agg(), or by journeys().")));
	if (spool->description->natts == 1)
		return;
	getTypeOutputInfo(TupleDescAttr(description, spool->person)->atttypid, &output, &varlena);
	fmgr_info(output, &spool->person_output);
}

/* People without a name or without events are nobody to learn from. */
static bool
receive_journey(TupleTableSlot *slot, DestReceiver *self)
{
	JourneySpool *spool = (JourneySpool *) self;
	MemoryContext caller = MemoryContextSwitchTo(spool->scratch);
	Datum		values[2];
	bool		nulls[2] = {false, false};
	struct varlena *journey;
	JourneyView view;

	slot_getallattrs(slot);
	if (!slot->tts_isnull[spool->journey] && (spool->person < 0 || !slot->tts_isnull[spool->person]))
	{
		journey = DatumGetJourneyP(slot->tts_values[spool->journey]);
		journey_open_varlena(&view, journey);
		if (view.events > 0)
		{
			spool->first = spool->any ? Min(spool->first, view.first) : view.first;
			spool->last = spool->any ? Max(spool->last, view.last) : view.last;
			spool->any = true;
			values[0] = PointerGetDatum(journey);
			if (spool->description->natts > 1)
				values[1] = CStringGetTextDatum(OutputFunctionCall(&spool->person_output, slot->tts_values[spool->person]));
			tuplestore_putvalues(spool->rows, spool->description, values, nulls);
		}
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(spool->scratch);
	return true;
}

static void
spool_journeys(JourneySpool *spool, const char *function, const char *query, bool people)
{
	memset(spool, 0, sizeof(*spool));
	query_receiver_init(&spool->receiver, begin_spool, receive_journey);
	spool->function = function;
	spool->person = -1;
	spool->description = CreateTemplateTupleDesc(people ? 2 : 1);
	TupleDescInitEntry(spool->description, 1, "journey", BYTEAOID, -1, 0);
	if (people)
		TupleDescInitEntry(spool->description, 2, "person", TEXTOID, -1, 0);
	spool->rows = tuplestore_begin_heap(false, false, work_mem);
	spool->scratch = AllocSetContextCreate(CurrentMemoryContext, "intent journey", ALLOCSET_DEFAULT_SIZES);
	query_run(query_parse(query, function), query, function, &spool->receiver);
}

static void
end_spool(JourneySpool *spool)
{
	tuplestore_end(spool->rows);
	MemoryContextDelete(spool->scratch);
}

/* ----- proposals ----- */

static struct varlena *
propose_from(JourneySpool *spool, const TimestampTz *as_of, uint32 most)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(spool->description, &TTSOpsMinimalTuple);
	Proposal	proposal;
	ByteBuffer	json;

	propose_begin(&proposal);
	while (tuplestore_gettupleslot(spool->rows, true, false, slot))
	{
		JourneyView view;
		ByteBuffer	cut = {0};
		bool		null;

		journey_open_varlena(&view, (struct varlena *) DatumGetPointer(slot_getattr(slot, 1, &null)));
		if (as_of)
		{
			buffer_init(&cut, 256);
			journey_cut(&cut, &view, *as_of, as_of);
			journey_open(&view, cut.data, cut.size);
		}
		propose_add(&proposal, &view);
		if (cut.data)
			pfree(cut.data);
	}
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_rescan(spool->rows);
	buffer_init(&json, 4096);
	propose_append_json(&json, &proposal, most);
	return scorecard_from_text((char *) json.data, json.size, true);
}

struct varlena *
training_rows_propose(const char *function, const char *query, const TimestampTz *as_of, uint32 most)
{
	JourneySpool spool;
	struct varlena *signals;

	spool_journeys(&spool, function, query, false);
	signals = propose_from(&spool, as_of, most);
	end_spool(&spool);
	return signals;
}

/* ----- rows out ----- */

typedef struct RowPass
{
	const RowRequest *request;
	MemoryContext memory;		/* of scorer and matchers */
	MemoryContext scratch;		/* of one person */
	Scorecard  *card;
	Scorer		scorer;
	TimestampTz observed;
	TimestampTz *cutoffs;
	int			cutoff_count;
	RowLabel   *labels;
} RowPass;

/* Multiples of `every` from the first event on, as long as the shortest horizon is observed. */
static void
make_cutoffs(RowPass *pass, const JourneySpool *spool)
{
	const RowRequest *request = pass->request;
	int64		every = request->every;
	int64		shortest = PG_INT64_MAX;
	int64		at;
	int64		count;

	for (int i = 0; i < request->outcome_count; i++)
		shortest = Min(shortest, request->outcomes[i].horizon);
	if (every == 0)
		every = shortest;
	at = (spool->first - FIRST_MONDAY) / every * every + FIRST_MONDAY;
	if (at < spool->first)
		at += every;
	count = pass->observed - shortest >= at ? (pass->observed - shortest - at) / every + 1 : 0;
	if (count > CUTOFFS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s would need " INT64_FORMAT " cutoffs; the most is %d", request->function, count, CUTOFFS_MAX),
				 errhint("Give a longer every, or the cutoffs themselves.")));
	pass->cutoff_count = (int) count;
	pass->cutoffs = palloc(sizeof(TimestampTz) * (count + 1));
	for (int i = 0; i < count; i++)
		pass->cutoffs[i] = at + i * every;
}

static bool
outcome_matches(RowPass *pass, RowOutcome *outcome, const JourneyView *view)
{
	MemoryContext caller = MemoryContextSwitchTo(pass->memory);
	bool		matches;

	pattern_load(&outcome->matcher, view);
	matches = pattern_has_match(&outcome->matcher);
	MemoryContextSwitchTo(caller);
	return matches;
}

/* Is it in what had been recorded by then? */
static bool
has_converted(RowPass *pass, RowOutcome *outcome, const JourneyView *view, TimestampTz as_of)
{
	JourneyView known;
	ByteBuffer	bytes;

	buffer_init(&bytes, 256);
	journey_cut(&bytes, view, as_of, &as_of);
	journey_open(&known, bytes.data, bytes.size);
	return outcome_matches(pass, outcome, &known);
}

/* Does it come after as_of, within the horizon? */
static bool
comes(RowPass *pass, RowOutcome *outcome, const JourneyView *view, TimestampTz as_of)
{
	JourneyView after;
	ByteBuffer	bytes;

	if (view->last <= as_of)
		return false;
	buffer_init(&bytes, 256);
	journey_slice(&bytes, view, as_of + 1, as_of + outcome->horizon + 1);
	journey_open(&after, bytes.data, bytes.size);
	return after.events > 0 && outcome_matches(pass, outcome, &after);
}

static RowLabel
label_of(RowPass *pass, RowOutcome *outcome, const JourneyView *view, uint64 person_hash, TimestampTz as_of)
{
	const RowRequest *request = pass->request;

	if (as_of > pass->observed - outcome->horizon ||
		(request->leave_out_converted && has_converted(pass, outcome, view, as_of)))
		return ROW_LEFT_OUT;
	if (comes(pass, outcome, view, as_of))
		return ROW_YES;
	return training_share(training_row_hash(person_hash, as_of)) < request->negatives ? ROW_NO : ROW_LEFT_OUT;
}

static void
take_person(RowPass *pass, struct varlena *journey, const text *person, TakeRow take, void *context)
{
	const RowRequest *request = pass->request;
	TrainingRow row = {
		.person = VARDATA_ANY(person), .person_size = VARSIZE_ANY_EXHDR(person),
		.labels = pass->labels, .scorer = &pass->scorer
	};
	JourneyView view;
	ByteBuffer	observed;

	row.person_hash = training_person_hash(row.person, row.person_size, request->seed);
	if (training_share(row.person_hash) >= request->sample)
		return;
	journey_open_varlena(&view, journey);
	/* outcomes, too, are what was recorded until then */
	if (request->observed_given)
	{
		buffer_init(&observed, 256);
		journey_cut(&observed, &view, request->observed_until, &request->observed_until);
		journey_open(&view, observed.data, observed.size);
		if (view.events == 0)
			return;
	}
	for (int c = 0; c < pass->cutoff_count; c++)
	{
		ScoreCut	cut = {.as_of = pass->cutoffs[c], .known_at = pass->cutoffs[c], .known = true};
		bool		any = false;
		bool		no_clock;

		if (cut.as_of < view.first)
			continue;
		for (int i = 0; i < request->outcome_count; i++)
		{
			pass->labels[i] = label_of(pass, &request->outcomes[i], &view, row.person_hash, cut.as_of);
			any |= pass->labels[i] != ROW_LEFT_OUT;
		}
		row.as_of = cut.as_of;
		if (any && scorer_read_value(&pass->scorer, pass->memory, journey, cut, 0, &no_clock))
			take(context, &row);
	}
}

Scorecard *
training_rows_run(const RowRequest *request, TakeRow take, void *context)
{
	JourneySpool spool;
	RowPass		pass = {.request = request, .memory = CurrentMemoryContext};
	struct varlena *signals = request->signals;
	TupleTableSlot *slot;

	spool_journeys(&spool, request->function, request->query, true);
	pass.scratch = AllocSetContextCreate(CurrentMemoryContext, "intent person", ALLOCSET_DEFAULT_SIZES);
	pass.observed = request->observed_given ? request->observed_until : spool.last;
	pass.labels = palloc(sizeof(RowLabel) * (request->outcome_count + 1));
	pass.cutoffs = request->cutoffs;
	pass.cutoff_count = request->cutoff_count;
	if (pass.cutoff_count == 0 && spool.any)
		make_cutoffs(&pass, &spool);
	if (signals == NULL)
		signals = propose_from(&spool, pass.cutoff_count > 0 ? &pass.cutoffs[pass.cutoff_count - 1] : NULL,
							   PROPOSED_SIGNALS);
	pass.card = signal_list_from_varlena(signals);
	scorer_init(&pass.scorer, pass.card);

	slot = MakeSingleTupleTableSlot(spool.description, &TTSOpsMinimalTuple);
	while (tuplestore_gettupleslot(spool.rows, true, false, slot))
	{
		MemoryContext caller = MemoryContextSwitchTo(pass.scratch);
		bool		null;
		struct varlena *journey = (struct varlena *) DatumGetPointer(slot_getattr(slot, 1, &null));
		text	   *person = (text *) DatumGetPointer(slot_getattr(slot, 2, &null));

		take_person(&pass, journey, person, take, context);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(pass.scratch);
	}
	ExecDropSingleTupleTableSlot(slot);
	end_spool(&spool);
	return pass.card;
}

/* ----- arguments ----- */

static int
compare_times(const void *a, const void *b)
{
	TimestampTz x = *(const TimestampTz *) a;
	TimestampTz y = *(const TimestampTz *) b;

	return x < y ? -1 : x > y;
}

static void
set_cutoffs(RowRequest *request, ArrayType *array)
{
	Datum	   *times;
	bool	   *nulls;
	int			count;
	int			kept = 0;

	deconstruct_array(array, TIMESTAMPTZOID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &times, &nulls, &count);
	if (count == 0 || count > CUTOFFS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cutoffs must have from 1 to %d times, not %d", CUTOFFS_MAX, count),
				 errhint("Write for example ARRAY['2026-01-01Z', '2026-02-01Z']::timestamptz[].")));
	request->cutoffs = palloc(sizeof(TimestampTz) * count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("cutoffs must not have nulls"),
					 errhint("Say up to when each row shall know.")));
		request->cutoffs[i] = intent_finite_time(DatumGetTimestampTz(times[i]), "a cutoff");
	}
	qsort(request->cutoffs, count, sizeof(TimestampTz), compare_times);
	for (int i = 0; i < count; i++)
	{
		if (i == 0 || request->cutoffs[i] != request->cutoffs[i - 1])
			request->cutoffs[kept++] = request->cutoffs[i];
	}
	request->cutoff_count = kept;
}

static double
share_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	double		share = PG_ARGISNULL(argument) ? 1 : PG_GETARG_FLOAT8(argument);

	if (!(share > 0 && share <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be above 0 and at most 1, not %g", name, share),
				 errhint("It is the share that is kept: write 0.1 for one in ten.")));
	return share;
}

void
training_rows_arguments(FunctionCallInfo fcinfo, int first, RowRequest *request)
{
	enum
	{
		CUTOFFS, EVERY, SIGNALS, CONVERTED, OBSERVED_UNTIL, SAMPLE, NEGATIVES, SEED
	};

	if (!PG_ARGISNULL(first + CUTOFFS) && !PG_ARGISNULL(first + EVERY))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cutoffs and every must not both be given"),
				 errhint("Give the cutoffs, or how far they shall be apart.")));
	if (!PG_ARGISNULL(first + CUTOFFS))
		set_cutoffs(request, PG_GETARG_ARRAYTYPE_P(first + CUTOFFS));
	if (!PG_ARGISNULL(first + EVERY))
	{
		request->every = intent_interval_microseconds(PG_GETARG_INTERVAL_P(first + EVERY), "every");
		if (request->every == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("every must be longer than 0"),
					 errhint("Write for example interval '7 days'.")));
	}
	if (!PG_ARGISNULL(first + SIGNALS))
		request->signals = PG_GETARG_SCORECARD_P(first + SIGNALS);
	if (!PG_ARGISNULL(first + CONVERTED))
	{
		char	   *converted = text_to_cstring(PG_GETARG_TEXT_PP(first + CONVERTED));

		request->leave_out_converted = strcmp(converted, "leave_out") == 0;
		if (!request->leave_out_converted && strcmp(converted, "keep") != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("converted must be keep or leave_out, not \"%s\"", converted),
					 errhint("keep: it may happen again; leave_out: no rows from the time on when it was recorded.")));
	}
	request->observed_given = !PG_ARGISNULL(first + OBSERVED_UNTIL);
	if (request->observed_given)
		request->observed_until = intent_finite_time(PG_GETARG_TIMESTAMPTZ(first + OBSERVED_UNTIL), "observed_until");
	request->sample = share_argument(fcinfo, first + SAMPLE, "sample");
	request->negatives = share_argument(fcinfo, first + NEGATIVES, "negatives");
	request->seed = PG_ARGISNULL(first + SEED) ? 1 : (uint64) PG_GETARG_INT64(first + SEED);
}
