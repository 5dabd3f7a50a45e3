/*
 * train_scorecard_query_pg.c
 *		train_scorecard(): a scorecard learned from journeys.
 *
 * Every intent has a table of rows of its own, since what is known of it
 * differs: its horizon, and who has converted already.  All rows of a person
 * are in one fold, so that no model is judged by people it has seen.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#include "base/settings_pg.h"
#include "journey/journey_pg.h"
#include "pattern/pattern_pg.h"
#include "score/scorecard_reader.h"
#include "score/trained_card.h"
#include "score/training.h"
#include "score/training_rows_pg.h"

/* ----- what is to be learned ----- */

typedef struct Intents
{
	uint32		count;
	ScoreText  *names;			/* rising by bytes */
	RowOutcome *outcomes;
} Intents;

static void
read_intent(Intents *intents, const JsonValue *value, const Place *place)
{
	static const char *const keys[] = {"outcome", "horizon", NULL};
	Place		outcome_place = place_of_member(place, "outcome", 7);
	Place		horizon_place = place_of_member(place, "horizon", 7);
	ScoreText	name = card_name(value->key, value->key_size, place);
	ScoreSignal signal = {0};
	const JsonValue *outcome;
	uint32		at = intents->count++;

	card_expect(value, JSON_OBJECT, place, "Write {\"outcome\": \"purchase\", \"horizon\": \"7 days\"}.");
	card_check_keys(value, place, keys, "An intent to learn has the keys outcome and horizon.");
	outcome = card_require(value, place, "outcome", "Give the pattern that is to come, for example \"outcome\": \"purchase\".");
	card_expect(outcome, JSON_STRING, &outcome_place, "Write the pattern as text.");
	signal_set_pattern(&signal, outcome->text, outcome->size);
	for (; at > 0 && score_text_compare(&name, &intents->names[at - 1]) < 0; at--)
	{
		intents->names[at] = intents->names[at - 1];
		intents->outcomes[at] = intents->outcomes[at - 1];
	}
	intents->names[at] = name;
	intents->outcomes[at].pattern = signal.pattern;
	intents->outcomes[at].horizon = card_duration(card_require(value, place, "horizon",
															   "Say within what time it is to come, for example \"horizon\": \"7 days\"."),
												  &horizon_place, false, "Write for example \"7 days\".");
}

static Intents
read_intents(Jsonb *json)
{
	static const JsonDocument described = {"intents", "{\"purchase\": {\"outcome\": \"purchase\", \"horizon\": \"7 days\"}}"};
	Place		place = place_of_document(described.name);
	Intents		intents = {0};
	StringInfoData text;
	JsonValue	document;

	initStringInfo(&text);
	JsonbToCString(&text, &json->root, VARSIZE(json));
	json_parse(&document, &described, text.data, text.len);
	card_expect(&document, JSON_OBJECT, &place, "Write {\"purchase\": {\"outcome\": \"purchase\", \"horizon\": \"7 days\"}}.");
	if (document.size == 0 || document.size > SCORECARD_MAX_INTENTS)
		card_refuse(HOST_BAD_PARAMETER, &place, psprintf("must name from 1 to %d intents", SCORECARD_MAX_INTENTS),
					"Write {\"purchase\": {\"outcome\": \"purchase\", \"horizon\": \"7 days\"}}.");
	intents.names = palloc(sizeof(ScoreText) * document.size);
	intents.outcomes = palloc0(sizeof(RowOutcome) * document.size);
	for (uint32 i = 0; i < document.size; i++)
	{
		const JsonValue *intent = &document.children[i];
		Place		here = place_of_member(&place, intent->key, intent->key_size);

		read_intent(&intents, intent, &here);
	}
	for (uint32 i = 0; i < intents.count; i++)
		pattern_matcher_init(&intents.outcomes[i].matcher, intents.outcomes[i].pattern);
	return intents;
}

/* ----- rows ----- */

typedef enum ModelChoice
{
	MODEL_AUTO,
	MODEL_LOGISTIC,
	MODEL_BOOSTED
} ModelChoice;

typedef struct Learner
{
	const Intents *intents;
	MemoryContext memory;		/* of the tables */
	TrainingTable *tables;		/* by intent; begun with the first row */
	uint64		seed;
	ModelChoice choice;
	struct NamedSignal *order;
	double	   *measures;
	TrainingValue *values;
} Learner;

/* A signal of the list, to be ordered by name. */
typedef struct NamedSignal
{
	ScoreText	name;
	uint32		number;
} NamedSignal;

static int
compare_signals(const void *a, const void *b)
{
	return score_text_compare(&((const NamedSignal *) a)->name, &((const NamedSignal *) b)->name);
}

static void
begin_tables(Learner *learner, const Scorecard *card)
{
	learner->order = palloc(sizeof(NamedSignal) * (card->signal_count + 1));
	learner->measures = palloc(sizeof(double) * (card->signal_count + 1));
	learner->values = palloc0(sizeof(TrainingValue) * (card->signal_count + 1));
	learner->tables = palloc(sizeof(TrainingTable) * learner->intents->count);
	for (uint32 s = 0; s < card->signal_count; s++)
		learner->order[s] = (NamedSignal) {card->signals[s].name, s};
	qsort(learner->order, card->signal_count, sizeof(NamedSignal), compare_signals);
	for (uint32 i = 0; i < learner->intents->count; i++)
	{
		training_begin(&learner->tables[i], card->signal_count, learner->seed);
		for (uint32 c = 0; c < card->signal_count; c++)
			learner->tables[i].columns[c].name = learner->order[c].name;
	}
}

static void
take_row(void *context, const TrainingRow *row)
{
	Learner    *learner = context;
	const Scorecard *card = row->scorer->card;
	MemoryContext caller = MemoryContextSwitchTo(learner->memory);

	if (learner->tables == NULL)
		begin_tables(learner, card);
	scorer_measures(row->scorer, learner->measures);
	for (uint32 c = 0; c < card->signal_count; c++)
		learner->values[c].number = learner->measures[learner->order[c].number];
	for (uint32 i = 0; i < learner->intents->count; i++)
	{
		TrainingTable *table = &learner->tables[i];

		if (row->labels[i] == ROW_LEFT_OUT)
			continue;
		training_add(table, learner->values, row->labels[i] == ROW_YES);
		/* folds follow from hashes: one for all rows of a person */
		table->hashes[table->count - 1] = row->person_hash;
	}
	MemoryContextSwitchTo(caller);
}

static void
say_progress(void *context, uint32 round, double loss)
{
	if (intent_verbose)
		ereport(NOTICE, (errmsg("train_scorecard: %s: round %u, log loss %.6f", (char *) context, round, loss)));
}

/* ----- the call ----- */

/* What signals of sums and half-lives need to be given shapes, of each class. */
#define ROWS_FOR_SHAPES 500

/*
 * Rows of one person at many cutoffs repeat one another, and signals of many
 * half-lives do, too: the ridge grows with the rows, unlike that of train().
 */
#define ROWS_FOR_RIDGE 50

static ModelChoice
model_argument(FunctionCallInfo fcinfo, int argument)
{
	static const char *const names[] = {"auto", "logistic", "boosted"};
	char	   *given = PG_ARGISNULL(argument) ? pstrdup("auto") : text_to_cstring(PG_GETARG_TEXT_PP(argument));

	for (int i = 0; i < lengthof(names); i++)
	{
		if (strcmp(given, names[i]) == 0)
			return (ModelChoice) i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("model must be auto, logistic or boosted, not \"%s\"", given),
			 errhint("logistic learns a weight for each signal, boosted a shape.")));
}

/* NaN: as many as rows ask for. */
static double
ridge_argument(FunctionCallInfo fcinfo, int argument)
{
	double		l2 = PG_ARGISNULL(argument) ? NAN : PG_GETARG_FLOAT8(argument);

	if (!PG_ARGISNULL(argument) && !(l2 >= 0 && l2 <= 1e9))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("l2 must be from 0 to 1e9, not %g", l2),
				 errhint("Leave it out for the default.")));
	return l2;
}

static Fixed
base_of_sampling(double negatives)
{
	Fixed		fixed = 0;

	(void) fixed_from_double(log(negatives), &fixed);
	return fixed;
}

static PredictorKind
kind_of(const TrainingTable *table, ModelChoice choice)
{
	uint32		fewest = Min(table->positives, table->count - table->positives);

	return choice == MODEL_BOOSTED || (choice == MODEL_AUTO && fewest >= ROWS_FOR_SHAPES) ?
		PREDICTOR_BOOSTED : PREDICTOR_LOGISTIC;
}

/* A weight is of what the transform makes of a measure; a shape takes its place. */
static void
transform_columns(TrainingTable *table, const NamedSignal *order, const Scorecard *signals)
{
	for (uint32 c = 0; c < table->column_count; c++)
	{
		const ScoreSignal *signal = &signals->signals[order[c].number];
		double	   *numbers = table->columns[c].numbers;

		CHECK_FOR_INTERRUPTS();
		for (uint32 row = 0; row < table->count && signal->transform != TRANSFORM_LINEAR; row++)
		{
			Fixed		measure = 0;

			if (!fixed_from_double(numbers[row], &measure))
				fixed_overflow();
			numbers[row] = fixed_to_double(score_transform(signal, measure));
		}
	}
}

static void
learn(Learner *learner, const Scorecard *signals, uint32 intent, double l2, double negatives, Scorecard *card)
{
	TrainingTable *table = &learner->tables[intent];
	char	   *name = pnstrdup(learner->intents->names[intent].data, learner->intents->names[intent].size);
	TrainingOptions options = training_defaults;
	Predictor	model;

	options.kind = kind_of(table, learner->choice);
	options.transforms = false;
	/* a line can be folded into weights and base, a chain cannot */
	options.calibration = TRAINING_PLATT;
	options.pairs = 0;
	options.seed = learner->seed;
	options.l2 = isnan(l2) ? Max(1, (double) table->count / ROWS_FOR_RIDGE) : l2;
	training_order(table);
	if (options.kind == PREDICTOR_LOGISTIC)
		transform_columns(table, learner->order, signals);
	training_fit(table, &options, say_progress, name, &model);
	if (model.status.size != 2)
		ereport(NOTICE,
				(errmsg("train_scorecard: %s: %.*s", name, (int) model.status.size, model.status.data),
				 errdetail("There were %u rows, %u of them with the outcome.", table->count, table->positives)));
	else if (intent_verbose)
		ereport(NOTICE,
				(errmsg("train_scorecard: %s: auc %.3f, log loss %.4f on people held back", name, model.training.auc, model.training.log_loss),
				 errdetail("There were %u rows, %u of them with the outcome.", table->count, table->positives)));
	/* rows without the outcome stand for more than themselves */
	model.base = fixed_add(model.base, base_of_sampling(negatives));
	trained_card_add(card, intent, &model);
}

PG_FUNCTION_INFO_V1(intent_train_scorecard);
Datum
intent_train_scorecard(PG_FUNCTION_ARGS)
{
	RowRequest	request = {.function = "train_scorecard"};
	Learner		learner = {0};
	Intents		intents;
	Scorecard  *signals;
	Scorecard	card;
	MemoryContext caller;
	struct varlena *result;
	double		l2;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", PG_ARGISNULL(0) ? "query" : "intents"),
				 errhint("Give a SELECT with the columns person and journey, and what is to be learned, for example '{\"purchase\": {\"outcome\": \"purchase\", \"horizon\": \"7 days\"}}'.")));
	learner.memory = AllocSetContextCreate(CurrentMemoryContext, "intent train_scorecard", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(learner.memory);
	intents = read_intents(PG_GETARG_JSONB_P(1));
	training_rows_arguments(fcinfo, 2, &request);
	request.query = text_to_cstring(PG_GETARG_TEXT_PP(0));
	request.outcome_count = (int) intents.count;
	request.outcomes = intents.outcomes;
	l2 = ridge_argument(fcinfo, 11);
	learner.choice = model_argument(fcinfo, 10);
	learner.intents = &intents;
	learner.seed = request.seed;
	signals = training_rows_run(&request, take_row, &learner);
	if (learner.tables == NULL)
		begin_tables(&learner, signals);
	trained_card_begin(&card, signals, intents.names, intents.count);
	for (uint32 i = 0; i < intents.count; i++)
		learn(&learner, signals, i, l2, request.negatives, &card);
	trained_card_finish(&card);
	MemoryContextSwitchTo(caller);
	result = scorecard_to_varlena(&card);
	MemoryContextDelete(learner.memory);
	PG_RETURN_POINTER(result);
}
