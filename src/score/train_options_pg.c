/*
 * train_options_pg.c
 *		The options of train(), from jsonb.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "score/train_options_pg.h"

#define OPTIONS_HINT "Options are model, transforms, l1, l2, monotone, weight, class_weight, base_rate, calibration, seed, folds, learning_rate, rounds, bins, interactions."

static char *
option_text(const char *key, const JsonbValue *value)
{
	if (value->type != jbvString)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be a text", key),
				 errhint("Write for example {\"%s\": \"auto\"}.", key)));
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static double
option_number(const char *key, const JsonbValue *value, double least, double most, bool whole)
{
	double		number = NAN;

	if (value->type == jbvNumeric)
		number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
	if (!(number >= least && number <= most) || (whole && number != floor(number)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be a %snumber from %g to %g", key, whole ? "whole " : "", least, most),
				 errhint("Leave it out for the default.")));
	return number;
}

/* Which of some words a text is. */
static int
option_word(const char *key, const JsonbValue *value, const char *const *words, const char *hint)
{
	char	   *given = option_text(key, value);

	for (int i = 0; words[i]; i++)
	{
		if (strcmp(given, words[i]) == 0)
			return i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" must not be \"%s\"", key, given),
			 errhint("%s", hint)));
}

/* {"column": "rising" | "falling"} */
static void
read_monotone(TrainRequest *request, const JsonbValue *value)
{
	JsonbIterator *iterator;
	JsonbValue	key;
	JsonbValue	direction;

	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"monotone\" must be an object"),
				 errhint("Write for example {\"monotone\": {\"visits\": \"rising\"}}.")));
	iterator = JsonbIteratorInit(value->val.binary.data);
	for (JsonbIteratorToken token; (token = JsonbIteratorNext(&iterator, &key, true)) != WJB_DONE;)
	{
		static const char *const directions[] = {"rising", "falling", NULL};
		TrainDirection *one;

		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&iterator, &direction, true);
		one = palloc(sizeof(TrainDirection));
		one->column = pnstrdup(key.val.string.val, key.val.string.len);
		one->direction = option_word("monotone", &direction, directions, "Write rising or falling.") == 0 ? 1 : -1;
		request->directions = lappend(request->directions, one);
	}
}

static void
read_class_weight(TrainRequest *request, const char *key, const JsonbValue *value)
{
	static const char *const balanced[] = {"balanced", NULL};

	request->options.balanced = value->type == jbvString;
	if (request->options.balanced)
		(void) option_word(key, value, balanced, "Write balanced, or a number.");
	else
		request->options.class_weight = option_number(key, value, 1e-6, 1e6, false);
}

static void
read_calibration(TrainRequest *request, const char *key, const JsonbValue *value)
{
	static const char *const words[] = {"platt", "isotonic", "auto", "none", NULL};
	int			word = option_word(key, value, words, "Write auto, none, platt or isotonic.");

	request->options.calibrate = word < 3;
	if (word < 3)
		request->options.calibration = (TrainingCalibration) word;
}

static void
read_option(TrainRequest *request, const char *key, const JsonbValue *value)
{
	static const char *const models[] = {"auto", "logistic", "boosted", NULL};
	static const char *const auto_or_none[] = {"auto", "none", NULL};
	TrainingOptions *options = &request->options;

	if (strcmp(key, "model") == 0)
		request->model = (ModelChoice) option_word(key, value, models, "Write auto, logistic or boosted.");
	else if (strcmp(key, "transforms") == 0)
		options->transforms = option_word(key, value, auto_or_none, "Write auto or none.") == 0;
	else if (strcmp(key, "calibration") == 0)
		read_calibration(request, key, value);
	else if (strcmp(key, "l1") == 0)
		options->l1 = option_number(key, value, 0, 1e9, false);
	else if (strcmp(key, "l2") == 0)
	{
		options->l2 = option_number(key, value, 0, 1e9, false);
		request->l2_given = true;
	}
	else if (strcmp(key, "monotone") == 0)
		read_monotone(request, value);
	else if (strcmp(key, "weight") == 0)
		request->weight = option_text(key, value);
	else if (strcmp(key, "class_weight") == 0)
		read_class_weight(request, key, value);
	else if (strcmp(key, "base_rate") == 0)
		options->base_rate = option_number(key, value, 1e-6, 1 - 1e-6, false);
	else if (strcmp(key, "seed") == 0)
		options->seed = (uint64) option_number(key, value, 0, 9007199254740991.0, true);
	else if (strcmp(key, "learning_rate") == 0)
		options->learning_rate = option_number(key, value, 0.001, 1, false);
	else if (strcmp(key, "rounds") == 0)
		options->rounds = (uint32) option_number(key, value, 1, 100000, true);
	else if (strcmp(key, "bins") == 0)
		options->bins = (uint32) option_number(key, value, 3, TRAINING_BINS, true);
	else if (strcmp(key, "interactions") == 0)
		options->pairs = (uint32) option_number(key, value, 0, 1000, true);
	else if (strcmp(key, "folds") == 0)
		options->folds = (uint32) option_number(key, value, 2, 20, true);
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown option \"%s\"", key),
				 errhint(OPTIONS_HINT)));
}

void
train_read_options(TrainRequest *request, Jsonb *json)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	key;
	JsonbValue	value;

	memset(request, 0, sizeof(*request));
	request->options = training_defaults;
	request->options.calibration = TRAINING_CALIBRATION_AUTO;
	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object"),
				 errhint("Write for example {\"model\": \"logistic\"}, or leave them out.")));
	iterator = JsonbIteratorInit(&json->root);
	while ((token = JsonbIteratorNext(&iterator, &key, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&iterator, &value, true);
		read_option(request, pnstrdup(key.val.string.val, key.val.string.len), &value);
	}
}
