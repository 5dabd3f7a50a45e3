/*
 * predictor_parse.c
 *		From the JSON text of a predictor to a Predictor.
 *
 * Every refusal names the place as a path such as features[1].values and says
 * what to write instead.
 */
#include "score/json_reader.h"
#include "score/predictor.h"

#include <math.h>

const char *const predictor_kind_names[PREDICTOR_KINDS] = {"logistic", "boosted", "naive_bayes"};
const char *const predictor_calibration_names[PREDICTOR_CALIBRATIONS] = {"none", "platt", "isotonic"};

static const JsonDocument predictor_document = {"predictor", "{\"kind\": \"boosted\", \"base\": -2, \"features\": […]}"};

typedef struct Parser
{
	Predictor  *predictor;
	size_t		parts;			/* numbers read so far */
} Parser;

static void refuse(HostError code, const char *place, const char *problem, const char *hint) HOST_NORETURN;

static void
refuse(HostError code, const char *place, const char *problem, const char *hint)
{
	host_fail(code, host_format("invalid predictor: %s%s%s", place, *place ? " " : "", problem), NULL,
			  hint ? hint : "Give a predictor as train() has made it.");
}

static void
expect(const JsonValue *value, JsonKind kind, const char *place)
{
	if (value->kind != kind)
		refuse(HOST_BAD_PARAMETER, place,
			   host_format("must be %s, not %s", json_kind_name(kind), json_kind_name(value->kind)), NULL);
}

static const JsonValue *
find(const JsonValue *object, const char *key)
{
	for (uint32_t i = 0; i < object->size; i++)
	{
		if (json_text_is(object->children[i].key, object->children[i].key_size, key))
			return &object->children[i];
	}
	return NULL;
}

static const JsonValue *
require(const JsonValue *object, const char *place, const char *key)
{
	const JsonValue *member = find(object, key);

	if (member == NULL)
		refuse(HOST_BAD_PARAMETER, place, host_format("has no key \"%s\"", key), NULL);
	return member;
}

/* Keys that mean nothing are mostly misspelt ones that should mean something. */
static void
check_keys(const JsonValue *object, const char *place, const char *const *keys)
{
	for (uint32_t i = 0; i < object->size; i++)
	{
		const JsonValue *member = &object->children[i];
		const char *const *key = keys;

		while (*key && !json_text_is(member->key, member->key_size, *key))
			key++;
		if (*key == NULL)
			refuse(HOST_BAD_PARAMETER, place,
				   host_format("has an unknown key \"%.*s\"", json_shown(member->key, member->key_size), member->key),
				   NULL);
	}
}

static void
count_part(Parser *parser)
{
	if (++parser->parts > PREDICTOR_MAX_PARTS)
		refuse(HOST_LIMIT, "", host_format("has more than %d numbers", PREDICTOR_MAX_PARTS), "Use fewer bins.");
}

static Fixed
read_fixed(Parser *parser, const JsonValue *value, const char *place)
{
	Fixed		fixed = 0;

	count_part(parser);
	expect(value, JSON_NUMBER, place);
	if (fixed_from_text(value->text, value->size, &fixed) != FIXED_TEXT_OK)
		refuse(HOST_OUT_OF_RANGE, place,
			   host_format("is out of range: %.*s", json_shown(value->text, value->size), value->text),
			   "Numbers have at most 26 digits before the point; decimals beyond 12 are rounded.");
	return fixed;
}

static Fixed
read_optional(Parser *parser, const JsonValue *object, const char *key, const char *place)
{
	const JsonValue *value = find(object, key);

	return value ? read_fixed(parser, value, host_format("%s.%s", place, key)) : 0;
}

static double
read_double(const JsonValue *value, const char *place)
{
	double		number = 0;

	expect(value, JSON_NUMBER, place);
	if (!host_text_to_double(value->text, value->size, &number) || !isfinite(number))
		refuse(HOST_OUT_OF_RANGE, place,
			   host_format("is out of range: %.*s", json_shown(value->text, value->size), value->text), NULL);
	return number + 0.0;
}

/* NaN if it is not there. */
static double
read_measure(const JsonValue *object, const char *key, const char *place)
{
	const JsonValue *value = find(object, key);

	return value ? read_double(value, host_format("%s.%s", place, key)) : NAN;
}

/* `otherwise` if it is not there. */
static ScoreText
read_text(const JsonValue *object, const char *key, const char *place, const char *otherwise)
{
	const JsonValue *value = find(object, key);

	if (value == NULL)
		return (ScoreText)
	{
		otherwise, (uint32_t) strlen(otherwise)
	};
	expect(value, JSON_STRING, host_format("%s.%s", place, key));
	return (ScoreText)
	{
		value->text, value->size
	};
}

static uint64_t
read_count(const JsonValue *object, const char *key, const char *place)
{
	const JsonValue *value = find(object, key);
	double		number;

	if (value == NULL)
		return 0;
	number = read_double(value, host_format("%s.%s", place, key));
	if (!(number >= 0 && number <= 9e15 && number == floor(number)))
		refuse(HOST_OUT_OF_RANGE, host_format("%s.%s", place, key), "must be a whole number from 0 on", NULL);
	return (uint64_t) number;
}

/* Rising numbers. */
static double *
read_cuts(Parser *parser, const JsonValue *value, const char *place)
{
	double	   *cuts = host_alloc_array((size_t) value->size + 1, sizeof(double));

	for (uint32_t i = 0; i < value->size; i++)
	{
		count_part(parser);
		cuts[i] = read_double(&value->children[i], host_format("%s[%u]", place, i));
		if (i > 0 && cuts[i] <= cuts[i - 1])
			refuse(HOST_BAD_PARAMETER, place, "must be in rising order", NULL);
	}
	return cuts;
}

static int
compare_members(const void *a, const void *b)
{
	const JsonValue *x = a;
	const JsonValue *y = b;
	ScoreText	x_key = {x->key, x->key_size};
	ScoreText	y_key = {y->key, y->key_size};

	return score_text_compare(&x_key, &y_key);
}

static void
read_number_feature(Parser *parser, PredictorFeature *feature, const JsonValue *value, const char *place)
{
	static const char *const keys[] = {"name", "type", "null", "cuts", "values", "linear", "log1p",
	"linear_error", "auc", "importance", "note", NULL};
	const JsonValue *cuts = find(value, "cuts");
	const JsonValue *values = require(value, place, "values");

	check_keys(value, place, keys);
	feature->linear = read_optional(parser, value, "linear", place);
	feature->log1p = read_optional(parser, value, "log1p", place);
	if (cuts)
	{
		expect(cuts, JSON_ARRAY, host_format("%s.cuts", place));
		feature->count = cuts->size;
		feature->cuts = read_cuts(parser, cuts, host_format("%s.cuts", place));
	}
	place = host_format("%s.values", place);
	expect(values, JSON_ARRAY, place);
	if (values->size != feature->count + 1)
		refuse(HOST_BAD_PARAMETER, place,
			   host_format("must have %u elements, one more than cuts, not %u", feature->count + 1, values->size), NULL);
	feature->values = host_alloc_array(values->size, sizeof(Fixed));
	for (uint32_t i = 0; i < values->size; i++)
		feature->values[i] = read_fixed(parser, &values->children[i], host_format("%s[%u]", place, i));
}

static void
read_category_feature(Parser *parser, PredictorFeature *feature, const JsonValue *value, const char *place)
{
	static const char *const keys[] = {"name", "type", "null", "other", "values",
	"auc", "importance", "note", NULL};
	const JsonValue *values = require(value, place, "values");

	check_keys(value, place, keys);
	feature->other = read_optional(parser, value, "other", place);
	place = host_format("%s.values", place);
	expect(values, JSON_OBJECT, place);
	host_sort(values->children, values->size, sizeof(JsonValue), compare_members);
	feature->count = values->size;
	feature->categories = host_alloc_array((size_t) values->size + 1, sizeof(ScoreText));
	feature->values = host_alloc_array((size_t) values->size + 1, sizeof(Fixed));
	for (uint32_t i = 0; i < values->size; i++)
	{
		const JsonValue *category = &values->children[i];

		feature->categories[i] = (ScoreText)
		{
			category->key, category->key_size
		};
		feature->values[i] = read_fixed(parser, category,
										host_format("%s.%.*s", place, json_shown(category->key, category->key_size),
													category->key));
	}
}

static int
compare_features(const void *a, const void *b)
{
	return score_text_compare(&((const PredictorFeature *) a)->name, &((const PredictorFeature *) b)->name);
}

static void
read_features(Parser *parser, const JsonValue *value)
{
	Predictor  *predictor = parser->predictor;

	expect(value, JSON_ARRAY, "features");
	if (value->size > PREDICTOR_MAX_FEATURES)
		refuse(HOST_LIMIT, "features", host_format("has %u elements; the most is %d", value->size,
												   PREDICTOR_MAX_FEATURES), NULL);
	predictor->feature_count = value->size;
	predictor->features = host_alloc_zero(checked_mul_size((size_t) value->size + 1, sizeof(PredictorFeature)));
	for (uint32_t i = 0; i < value->size; i++)
	{
		const JsonValue *element = &value->children[i];
		PredictorFeature *feature = &predictor->features[i];
		const char *place = host_format("features[%u]", i);
		const JsonValue *name;
		const JsonValue *type;

		expect(element, JSON_OBJECT, place);
		name = require(element, place, "name");
		expect(name, JSON_STRING, host_format("%s.name", place));
		type = require(element, place, "type");
		expect(type, JSON_STRING, host_format("%s.type", place));
		feature->name = (ScoreText)
		{
			name->text, name->size
		};
		feature->null = read_optional(parser, element, "null", place);
		feature->auc = read_measure(element, "auc", place);
		feature->importance = read_measure(element, "importance", place);
		feature->linear_error = read_measure(element, "linear_error", place);
		feature->note = read_text(element, "note", place, "");
		feature->category = json_text_is(type->text, type->size, "category");
		if (feature->category)
			read_category_feature(parser, feature, element, place);
		else if (json_text_is(type->text, type->size, "number"))
			read_number_feature(parser, feature, element, place);
		else
			refuse(HOST_BAD_PARAMETER, host_format("%s.type", place),
				   host_format("is unknown: \"%.*s\"", json_shown(type->text, type->size), type->text),
				   "Write number or category.");
	}
	host_sort(predictor->features, value->size, sizeof(PredictorFeature), compare_features);
	for (uint32_t i = 1; i < value->size; i++)
	{
		const ScoreText *name = &predictor->features[i].name;

		if (score_text_compare(&predictor->features[i - 1].name, name) == 0)
			refuse(HOST_BAD_PARAMETER, "features",
				   host_format("has \"%.*s\" twice", json_shown(name->data, name->size), name->data), NULL);
	}
}

static void
read_side(Parser *parser, PredictorSide *side, const JsonValue *name, const JsonValue *groups, const char *place)
{
	static const char *const keys[] = {"cuts", "categories", NULL};
	const PredictorFeature *feature;
	const JsonValue *of_category;

	expect(name, JSON_STRING, place);
	expect(groups, JSON_OBJECT, place);
	check_keys(groups, place, keys);
	side->feature = predictor_feature(parser->predictor, name->text, name->size);
	if (side->feature == parser->predictor->feature_count)
		refuse(HOST_BAD_PARAMETER, place,
			   host_format("names no feature: \"%.*s\"", json_shown(name->text, name->size), name->text), NULL);
	feature = &parser->predictor->features[side->feature];
	if (!feature->category)
	{
		const JsonValue *cuts = require(groups, place, "cuts");

		expect(cuts, JSON_ARRAY, place);
		side->cut_count = cuts->size;
		side->cuts = read_cuts(parser, cuts, host_format("%s.cuts", place));
		side->groups = cuts->size + 2;
		return;
	}
	of_category = require(groups, place, "categories");
	expect(of_category, JSON_OBJECT, place);
	side->groups = 1;
	side->members = host_alloc_zero(checked_mul_size((size_t) feature->count + 1, sizeof(uint32_t)));
	host_sort(of_category->children, of_category->size, sizeof(JsonValue), compare_members);
	for (uint32_t i = 0, at = 0; i < of_category->size; i++)
	{
		const JsonValue *member = &of_category->children[i];
		ScoreText	text = {member->key, member->key_size};
		double		group = read_double(member, place);

		while (at < feature->count && score_text_compare(&feature->categories[at], &text) < 0)
			at++;
		if (at == feature->count || score_text_compare(&feature->categories[at], &text) != 0)
			refuse(HOST_BAD_PARAMETER, place,
				   host_format("names no category of the feature: \"%.*s\"", json_shown(text.data, text.size), text.data),
				   NULL);
		if (!(group >= 1 && group <= 10000 && group == floor(group)))
			refuse(HOST_OUT_OF_RANGE, place, "has a group that is no whole number from 1 to 10000", NULL);
		side->members[at] = (uint32_t) group;
		if (side->members[at] >= side->groups)
			side->groups = side->members[at] + 1;
	}
}

static void
read_pair(Parser *parser, PredictorPair *pair, const JsonValue *value, const char *place)
{
	static const char *const keys[] = {"features", "groups", "values", NULL};
	const JsonValue *features = require(value, place, "features");
	const JsonValue *groups = require(value, place, "groups");
	const JsonValue *values = require(value, place, "values");
	uint32_t	columns;

	check_keys(value, place, keys);
	expect(features, JSON_ARRAY, host_format("%s.features", place));
	expect(groups, JSON_ARRAY, host_format("%s.groups", place));
	if (features->size != 2 || groups->size != 2)
		refuse(HOST_BAD_PARAMETER, place, "must have two features and two groups", NULL);
	for (int side = 0; side < 2; side++)
		read_side(parser, &pair->side[side], &features->children[side], &groups->children[side],
				  host_format("%s.groups[%d]", place, side));
	place = host_format("%s.values", place);
	expect(values, JSON_ARRAY, place);
	columns = pair->side[1].groups;
	if (values->size != pair->side[0].groups)
		refuse(HOST_BAD_PARAMETER, place,
			   host_format("must have %u rows, not %u", pair->side[0].groups, values->size), NULL);
	pair->values = host_alloc_array(1, sizeof(Fixed));
	for (uint32_t i = 0; i < values->size; i++)
	{
		const JsonValue *row = &values->children[i];

		expect(row, JSON_ARRAY, place);
		if (row->size != columns)
			refuse(HOST_BAD_PARAMETER, place, host_format("must have %u columns, not %u", columns, row->size), NULL);
		/* only what is there is made room for */
		pair->values = host_realloc_array(pair->values, (size_t) (i + 1) * columns, sizeof(Fixed));
		for (uint32_t j = 0; j < columns; j++)
			pair->values[(size_t) i * columns + j] = read_fixed(parser, &row->children[j], place);
	}
}

static Fixed *
read_knots(Parser *parser, const JsonValue *value, const char *place, bool equal)
{
	Fixed	   *knots;

	expect(value, JSON_ARRAY, place);
	knots = host_alloc_array((size_t) value->size + 1, sizeof(Fixed));
	for (uint32_t i = 0; i < value->size; i++)
	{
		knots[i] = read_fixed(parser, &value->children[i], host_format("%s[%u]", place, i));
		if (i > 0 && (knots[i] < knots[i - 1] || (knots[i] == knots[i - 1] && !equal)))
			refuse(HOST_BAD_PARAMETER, place, "must be in rising order", NULL);
	}
	return knots;
}

static void
read_chain(Parser *parser, PredictorChain *chain, const JsonValue *value)
{
	static const char *const keys[] = {"at", "to", NULL};
	const JsonValue *at;
	const JsonValue *to;

	expect(value, JSON_OBJECT, "calibration");
	check_keys(value, "calibration", keys);
	at = require(value, "calibration", "at");
	to = require(value, "calibration", "to");
	chain->at = read_knots(parser, at, "calibration.at", false);
	chain->to = read_knots(parser, to, "calibration.to", true);
	if (at->size != to->size || at->size == 0)
		refuse(HOST_BAD_PARAMETER, "calibration",
			   host_format("must have as many numbers in \"at\" as in \"to\", and one at least, not %u and %u", at->size, to->size), NULL);
	chain->count = at->size;
}

static void
read_training(PredictorTraining *training, const JsonValue *value)
{
	static const char *const keys[] = {"rows", "positives", "folds", "rounds", "calibration", "auc", "auc_low",
	"auc_high", "log_loss", "calibration_error", NULL};
	ScoreText	calibration;

	expect(value, JSON_OBJECT, "training");
	check_keys(value, "training", keys);
	training->known = true;
	training->rows = read_count(value, "rows", "training");
	training->positives = read_count(value, "positives", "training");
	training->folds = (uint32_t) (read_count(value, "folds", "training") & UINT32_MAX);
	training->rounds = (uint32_t) (read_count(value, "rounds", "training") & UINT32_MAX);
	training->auc = read_measure(value, "auc", "training");
	training->auc_low = read_measure(value, "auc_low", "training");
	training->auc_high = read_measure(value, "auc_high", "training");
	training->log_loss = read_measure(value, "log_loss", "training");
	training->calibration_error = read_measure(value, "calibration_error", "training");
	calibration = read_text(value, "calibration", "training", "none");
	while (!json_text_is(calibration.data, calibration.size, predictor_calibration_names[training->calibration]))
	{
		if (++training->calibration == PREDICTOR_CALIBRATIONS)
			refuse(HOST_BAD_PARAMETER, "training.calibration",
				   host_format("is unknown: \"%.*s\"", json_shown(calibration.data, calibration.size), calibration.data),
				   "Write none, platt or isotonic.");
	}
}

bool
predictor_parse(Predictor *predictor, const char *text, size_t size)
{
	static const char *const keys[] = {"kind", "status", "base", "features", "pairs", "calibration", "training", NULL};
	Parser		parser = {predictor, 0};
	JsonValue	value;
	bool		escapes = json_parse(&value, &predictor_document, text, size);
	const JsonValue *member;

	memset(predictor, 0, sizeof(*predictor));
	expect(&value, JSON_OBJECT, "");
	check_keys(&value, "", keys);
	member = require(&value, "", "kind");
	expect(member, JSON_STRING, "kind");
	while (!json_text_is(member->text, member->size, predictor_kind_names[predictor->kind]))
	{
		if (++predictor->kind == PREDICTOR_KINDS)
			refuse(HOST_BAD_PARAMETER, "kind",
				   host_format("is unknown: \"%.*s\"", json_shown(member->text, member->size), member->text),
				   "Write logistic, boosted or naive_bayes.");
	}
	predictor->status = read_text(&value, "status", "predictor", "ok");
	predictor->base = read_fixed(&parser, require(&value, "", "base"), "base");
	read_features(&parser, require(&value, "", "features"));
	if ((member = find(&value, "pairs")) != NULL)
	{
		expect(member, JSON_ARRAY, "pairs");
		predictor->pair_count = member->size;
		predictor->pairs = host_alloc_zero(checked_mul_size((size_t) member->size + 1, sizeof(PredictorPair)));
		for (uint32_t i = 0; i < member->size; i++)
		{
			expect(&member->children[i], JSON_OBJECT, host_format("pairs[%u]", i));
			read_pair(&parser, &predictor->pairs[i], &member->children[i], host_format("pairs[%u]", i));
		}
	}
	if ((member = find(&value, "calibration")) != NULL)
		read_chain(&parser, &predictor->chain, member);
	if ((member = find(&value, "training")) != NULL)
		read_training(&predictor->training, member);
	return escapes;
}
