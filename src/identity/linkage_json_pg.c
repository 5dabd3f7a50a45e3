/*
 * linkage_json_pg.c
 *		What to compare, as people write it, and models, as they are written.
 *
 * A model is written as a specification with what was learned: both share
 * comparisons, blocking and limits.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/numeric.h"

#include "identity/linkage_compare.h"
#include "identity/linkage_model_pg.h"

#define SPEC_HINT "Keys are comparisons, blocking, source, seed, largest_block, largest_cluster; for example {\"comparisons\": [\"surname\", {\"column\": \"dob\", \"kind\": \"date\"}], \"blocking\": [[\"dob\"], [{\"column\": \"surname\", \"part\": \"sound\"}]]}."
#define COMPARISON_HINT "Write the name of a column, or {\"column\": \"surname\", \"kind\": \"name\"}; kinds are category, name, words, code, date, email, number."
#define BLOCKING_HINT "Write a list of rules, each of one to three keys: [[\"dob\"], [\"city\", {\"column\": \"surname\", \"part\": \"sound\"}]]; parts are whole, start, end, sound, words."
#define MODEL_HINT "Give what a linkage_model was written as."

/* What is being read, for messages. */
typedef struct Reading
{
	const char *what;			/* "the specification", "linkage_model" */
	int			code;			/* SQLSTATE */
	bool		model;
} Reading;

static void refuse(const Reading *reading, const char *hint, const char *problem) HOST_NORETURN;

static void
refuse(const Reading *reading, const char *hint, const char *problem)
{
	ereport(ERROR,
			(errcode(reading->code),
			 errmsg("%s: %s", reading->what, problem),
			 errhint("%s", hint)));
}

/* As much of a text as a message shows. */
static char *
shown(const char *text, size_t size)
{
	return pnstrdup(text, bytes_excerpt(text, size, 60));
}

/* ----- jsonb ----- */

static bool
is_container(const JsonbValue *value, uint32 kind)
{
	return value->type == jbvBinary && (value->val.binary.data->header & kind) != 0;
}

static bool
get_member(const JsonbValue *object, const char *key, JsonbValue *value)
{
	return getKeyJsonValueFromContainer(object->val.binary.data, key, strlen(key), value) != NULL;
}

static bool
key_is(const JsonbValue *key, const char *word)
{
	return key->val.string.len == (int) strlen(word) && memcmp(key->val.string.val, word, key->val.string.len) == 0;
}

/* The keys of an object must be among some, with a NULL behind. */
static void
check_keys(const Reading *reading, const char *hint, const JsonbValue *object, const char *const *known)
{
	JsonbIterator *iterator = JsonbIteratorInit(object->val.binary.data);
	JsonbIteratorToken token;
	JsonbValue	key;

	while ((token = JsonbIteratorNext(&iterator, &key, true)) != WJB_DONE)
	{
		int			i = 0;

		if (token != WJB_KEY)
			continue;
		while (known[i] != NULL && !key_is(&key, known[i]))
			i++;
		if (known[i] == NULL)
			refuse(reading, hint, psprintf("unknown key \"%s\"", shown(key.val.string.val, key.val.string.len)));
		(void) JsonbIteratorNext(&iterator, &key, true);
	}
}

static LinkageText
string_of(const Reading *reading, const char *hint, const char *key, const JsonbValue *value)
{
	LinkageText text;

	if (value->type != jbvString || value->val.string.len == 0)
		refuse(reading, hint, psprintf("\"%s\" must be a text", key));
	text.data = value->val.string.val;
	text.size = (uint32) value->val.string.len;
	return text;
}

static double
number_of(const Reading *reading, const char *hint, const char *key, const JsonbValue *value)
{
	if (value->type != jbvNumeric)
		refuse(reading, hint, psprintf("\"%s\" must be a number", key));
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
}

/* A whole number as a member, or what it is if the member is not there. */
static uint64
whole_member(const Reading *reading, const char *hint, const JsonbValue *object, const char *key,
			 double least, double most, uint64 otherwise)
{
	JsonbValue	value;
	double		number;

	if (!get_member(object, key, &value))
	{
		if (reading->model)
			refuse(reading, hint, psprintf("\"%s\" is missing", key));
		return otherwise;
	}
	number = number_of(reading, hint, key, &value);
	if (!(number >= least && number <= most) || number != floor(number))
		refuse(reading, hint, psprintf("\"%s\" must be a whole number from %.0f to %.0f", key, least, most));
	return (uint64) number;
}

static void
member_array(const Reading *reading, const char *hint, const JsonbValue *object, const char *key, JsonbValue *value)
{
	if (!get_member(object, key, value) || !is_container(value, JB_FARRAY))
		refuse(reading, hint, psprintf("\"%s\" must be a list", key));
}

static void
member_object(const Reading *reading, const char *hint, const JsonbValue *object, const char *key, JsonbValue *value)
{
	if (!get_member(object, key, value) || !is_container(value, JB_FOBJECT))
		refuse(reading, hint, psprintf("\"%s\" must be an object", key));
}

static uint32
element_count(const JsonbValue *array)
{
	return JsonContainerSize(array->val.binary.data);
}

static JsonbValue *
element(const JsonbValue *array, uint32 number)
{
	return getIthJsonbValueFromContainer(array->val.binary.data, number);
}

static LinkageKind
kind_of(const Reading *reading, LinkageText name)
{
	for (int kind = 0; kind < LINKAGE_KINDS; kind++)
	{
		const char *known = linkage_kind_name((LinkageKind) kind);

		if (name.size == strlen(known) && memcmp(name.data, known, name.size) == 0)
			return (LinkageKind) kind;
	}
	refuse(reading, COMPARISON_HINT, psprintf("unknown kind \"%s\"", shown(name.data, name.size)));
}

static LinkagePart
part_of(const Reading *reading, LinkageText name)
{
	for (int part = 0; part < LINKAGE_PARTS; part++)
	{
		const char *known = linkage_part_name((LinkagePart) part);

		if (name.size == strlen(known) && memcmp(name.data, known, name.size) == 0)
			return (LinkagePart) part;
	}
	refuse(reading, BLOCKING_HINT, psprintf("unknown part \"%s\"", shown(name.data, name.size)));
}

/* ----- blocking ----- */

/* "dob" or {"column": "surname", "part": "sound"} */
static void
read_key(const Reading *reading, const JsonbValue *json, LinkageText *column, LinkagePart *part)
{
	static const char *const known[] = {"column", "part", NULL};
	JsonbValue	value;

	*part = LINKAGE_WHOLE;
	if (json->type == jbvString)
	{
		*column = string_of(reading, BLOCKING_HINT, "column", json);
		return;
	}
	if (!is_container(json, JB_FOBJECT))
		refuse(reading, BLOCKING_HINT, "a key of a blocking rule must be a column or an object");
	check_keys(reading, BLOCKING_HINT, json, known);
	if (!get_member(json, "column", &value))
		refuse(reading, BLOCKING_HINT, "a key of a blocking rule has no \"column\"");
	*column = string_of(reading, BLOCKING_HINT, "column", &value);
	if (get_member(json, "part", &value))
		*part = part_of(reading, string_of(reading, BLOCKING_HINT, "part", &value));
}

static void
read_blocking(const Reading *reading, const JsonbValue *rules, LinkageSpec *spec)
{
	if (element_count(rules) > LINKAGE_RULES_MAX)
		refuse(reading, BLOCKING_HINT, psprintf("more than %d blocking rules", LINKAGE_RULES_MAX));
	spec->rules_given = true;
	spec->rule_count = element_count(rules);
	for (uint32 i = 0; i < spec->rule_count; i++)
	{
		JsonbValue *rule = element(rules, i);
		uint32		count;

		if (!is_container(rule, JB_FARRAY))
			refuse(reading, BLOCKING_HINT, "a blocking rule must be a list of keys");
		count = element_count(rule);
		if (count < 1 || count > LINKAGE_KEYS_MAX)
			refuse(reading, BLOCKING_HINT, psprintf("a blocking rule must have one to %d keys, not %u", LINKAGE_KEYS_MAX, count));
		spec->rules[i].count = count;
		for (uint32 k = 0; k < count; k++)
			read_key(reading, element(rule, k), &spec->rules[i].column[k], &spec->rules[i].part[k]);
	}
}

/* ----- a specification ----- */

static void
read_wish(const Reading *reading, const JsonbValue *json, LinkageWish *wish)
{
	static const char *const known[] = {"column", "kind", NULL};
	JsonbValue	value;

	*wish = (LinkageWish) {.kind_given = false};
	if (json->type == jbvString)
	{
		wish->column = string_of(reading, COMPARISON_HINT, "column", json);
		return;
	}
	if (!is_container(json, JB_FOBJECT))
		refuse(reading, COMPARISON_HINT, "a comparison must be a column or an object");
	check_keys(reading, COMPARISON_HINT, json, known);
	if (!get_member(json, "column", &value))
		refuse(reading, COMPARISON_HINT, "a comparison has no \"column\"");
	wish->column = string_of(reading, COMPARISON_HINT, "column", &value);
	if (get_member(json, "kind", &value))
	{
		wish->kind_given = true;
		wish->kind = kind_of(reading, string_of(reading, COMPARISON_HINT, "kind", &value));
	}
}

static void
read_wishes(const Reading *reading, const JsonbValue *wishes, LinkageSpec *spec)
{
	spec->wish_count = element_count(wishes);
	if (spec->wish_count < 1 || spec->wish_count > LINKAGE_COMPARISONS_MAX)
		refuse(reading, COMPARISON_HINT, psprintf("comparisons must be 1 to %d, not %u", LINKAGE_COMPARISONS_MAX,
			   spec->wish_count));
	for (uint32 i = 0; i < spec->wish_count; i++)
	{
		LinkageText *name = &spec->wishes[i].column;

		read_wish(reading, element(wishes, i), &spec->wishes[i]);
		for (uint32 k = 0; k < i; k++)
		{
			if (spec->wishes[k].column.size == name->size && memcmp(spec->wishes[k].column.data, name->data, name->size) == 0)
				refuse(reading, COMPARISON_HINT, psprintf("column \"%s\" is compared twice", shown(name->data, name->size)));
		}
	}
}

/* An object as the value that get_member takes. */
static JsonbValue
root_object(const Reading *reading, const char *hint, Jsonb *json)
{
	JsonbValue	root = {.type = jbvBinary};

	root.val.binary.data = &json->root;
	root.val.binary.len = VARSIZE_ANY_EXHDR(json);
	if (!JB_ROOT_IS_OBJECT(json))
		refuse(reading, hint, "it must be an object");
	return root;
}

static void
read_limits(const Reading *reading, const char *hint, const JsonbValue *root, LinkageSpec *spec)
{
	JsonbValue	value;

	spec->seed = whole_member(reading, hint, root, "seed", 0, 9007199254740991.0, 1);
	spec->largest_block = (uint32) whole_member(reading, hint, root, "largest_block", 2, 1000000000, LINKAGE_LARGEST_BLOCK);
	spec->largest_cluster = (uint32) whole_member(reading, hint, root, "largest_cluster", 2, 1000000000,
												  LINKAGE_LARGEST_CLUSTER);
	if (get_member(root, "source", &value))
		spec->source = string_of(reading, hint, "source", &value);
}

void
linkage_spec_from_jsonb(LinkageSpec *spec, Jsonb *json)
{
	static const char *const known[] = {
		"comparisons", "blocking", "source", "seed", "largest_block", "largest_cluster", NULL
	};
	Reading		reading = {"specification of a linkage", ERRCODE_INVALID_PARAMETER_VALUE, false};
	JsonbValue	root;
	JsonbValue	value;

	*spec = (LinkageSpec) {
		.seed = 1,
		.largest_block = LINKAGE_LARGEST_BLOCK,
		.largest_cluster = LINKAGE_LARGEST_CLUSTER
	};
	if (json == NULL)
		return;
	root = root_object(&reading, SPEC_HINT, json);
	check_keys(&reading, SPEC_HINT, &root, known);
	read_limits(&reading, SPEC_HINT, &root, spec);
	if (get_member(&root, "comparisons", &value))
	{
		member_array(&reading, COMPARISON_HINT, &root, "comparisons", &value);
		read_wishes(&reading, &value, spec);
	}
	if (get_member(&root, "blocking", &value))
	{
		member_array(&reading, BLOCKING_HINT, &root, "blocking", &value);
		if (element_count(&value) == 0)
			refuse(&reading, BLOCKING_HINT, "blocking has no rule");
		read_blocking(&reading, &value, spec);
	}
}

/* ----- a model ----- */

static bool
text_is(LinkageText a, LinkageText b)
{
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static uint32
find_comparison(const Reading *reading, const LinkageModel *model, LinkageText column)
{
	for (uint32 i = 0; i < model->comparison_count; i++)
	{
		if (text_is(model->comparisons[i].column, column))
			return i;
	}
	refuse(reading, MODEL_HINT, psprintf("column \"%s\" is not compared", shown(column.data, column.size)));
}

static int
by_hash(const void *a, const void *b)
{
	const LinkageFrequent *x = a;
	const LinkageFrequent *y = b;

	return (x->hash > y->hash) - (x->hash < y->hash);
}

static uint64
hash_of(const Reading *reading, const JsonbValue *key)
{
	uint64		hash = 0;

	for (int i = 0; i < key->val.string.len; i++)
	{
		char		digit = key->val.string.val[i];
		bool		decimal = digit >= '0' && digit <= '9';

		if (key->val.string.len != 16 || (!decimal && (digit < 'a' || digit > 'f')))
			refuse(reading, MODEL_HINT, "a hash must have 16 hexadecimal digits");
		hash = hash << 4 | (uint64) (decimal ? digit - '0' : digit - 'a' + 10);
	}
	return hash;
}

static void
read_frequencies(const Reading *reading, const JsonbValue *comparison, const char *key, LinkageFrequencies *frequencies)
{
	static const char *const known[] = {"total", "other", "frequent", NULL};
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	object;
	JsonbValue	value;

	member_object(reading, MODEL_HINT, comparison, key, &object);
	check_keys(reading, MODEL_HINT, &object, known);
	frequencies->total = (uint32) whole_member(reading, MODEL_HINT, &object, "total", 0, NODES_MAX, 0);
	if (!get_member(&object, "other", &value))
		refuse(reading, MODEL_HINT, "\"other\" is missing");
	frequencies->other = number_of(reading, MODEL_HINT, "other", &value);
	member_object(reading, MODEL_HINT, &object, "frequent", &value);
	frequencies->count = 0;
	frequencies->frequent = palloc_array(LinkageFrequent, JsonContainerSize(value.val.binary.data) + 1);
	iterator = JsonbIteratorInit(value.val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		LinkageFrequent *frequent = &frequencies->frequent[frequencies->count];
		double		rows;

		if (token != WJB_KEY)
			continue;
		frequent->hash = hash_of(reading, &value);
		(void) JsonbIteratorNext(&iterator, &value, true);
		rows = number_of(reading, MODEL_HINT, "rows", &value);
		if (!(rows >= 1 && rows <= NODES_MAX) || rows != floor(rows))
			refuse(reading, MODEL_HINT, "the rows of a value must be a whole number");
		frequent->rows = (uint32) rows;
		frequencies->count++;
	}
	host_sort(frequencies->frequent, frequencies->count, sizeof(LinkageFrequent), by_hash);
}

static void
read_levels(const Reading *reading, const JsonbValue *json, LinkageComparison *comparison)
{
	JsonbValue	levels;
	uint32		count = linkage_level_count(comparison->kind);

	member_object(reading, MODEL_HINT, json, "levels", &levels);
	if (JsonContainerSize(levels.val.binary.data) != count - 1)
		refuse(reading, MODEL_HINT, psprintf("comparison as %s has %u levels", linkage_kind_name(comparison->kind), count - 1));
	for (uint32 level = 1; level < count; level++)
	{
		const char *name = linkage_level_name(comparison->kind, level);
		JsonbValue	rates;
		JsonbValue	value;

		member_object(reading, MODEL_HINT, &levels, name, &rates);
		if (!get_member(&rates, "m", &value))
			refuse(reading, MODEL_HINT, psprintf("level \"%s\" has no \"m\"", name));
		comparison->rates.m[level] = number_of(reading, MODEL_HINT, "m", &value);
		if (!get_member(&rates, "u", &value))
			refuse(reading, MODEL_HINT, psprintf("level \"%s\" has no \"u\"", name));
		comparison->rates.u[level] = number_of(reading, MODEL_HINT, "u", &value);
	}
}

static void
read_comparison(const Reading *reading, const JsonbValue *json, LinkageComparison *comparison)
{
	static const char *const known[] = {"column", "kind", "across", "levels", "values", "words", NULL};
	JsonbValue	value;

	if (!is_container(json, JB_FOBJECT))
		refuse(reading, MODEL_HINT, "a comparison must be an object");
	check_keys(reading, MODEL_HINT, json, known);
	if (!get_member(json, "column", &value))
		refuse(reading, MODEL_HINT, "a comparison has no \"column\"");
	comparison->column = string_of(reading, MODEL_HINT, "column", &value);
	if (!get_member(json, "kind", &value))
		refuse(reading, MODEL_HINT, "a comparison has no \"kind\"");
	comparison->kind = kind_of(reading, string_of(reading, MODEL_HINT, "kind", &value));
	read_levels(reading, json, comparison);
	read_frequencies(reading, json, "values", &comparison->values);
	if (comparison->kind == LINKAGE_WORDS)
		read_frequencies(reading, json, "words", &comparison->words);
	else
		comparison->words = (LinkageFrequencies) {.other = 1};
}

static void
read_comparisons(const Reading *reading, const JsonbValue *root, LinkageModel *model)
{
	JsonbValue	array;
	JsonbValue	value;

	member_array(reading, MODEL_HINT, root, "comparisons", &array);
	model->comparison_count = element_count(&array);
	if (model->comparison_count < 1 || model->comparison_count > LINKAGE_COMPARISONS_MAX)
		refuse(reading, MODEL_HINT, psprintf("comparisons must be 1 to %d", LINKAGE_COMPARISONS_MAX));
	for (uint32 i = 0; i < model->comparison_count; i++)
		read_comparison(reading, element(&array, i), &model->comparisons[i]);
	for (uint32 i = 0; i < model->comparison_count; i++)
	{
		model->comparisons[i].twin = NO_NODE;
		if (get_member(element(&array, i), "across", &value))
			model->comparisons[i].twin = find_comparison(reading, model, string_of(reading, MODEL_HINT, "across", &value));
	}
}

static void
read_model_rules(const Reading *reading, const JsonbValue *root, LinkageModel *model)
{
	LinkageSpec *spec = palloc0(sizeof(LinkageSpec));
	JsonbValue	array;

	member_array(reading, MODEL_HINT, root, "blocking", &array);
	read_blocking(reading, &array, spec);
	model->rule_count = spec->rule_count;
	for (uint32 i = 0; i < spec->rule_count; i++)
	{
		model->rules[i].count = (uint8) spec->rules[i].count;
		for (uint32 k = 0; k < spec->rules[i].count; k++)
		{
			model->rules[i].keys[k].column = (uint8) find_comparison(reading, model, spec->rules[i].column[k]);
			model->rules[i].keys[k].part = (uint8) spec->rules[i].part[k];
		}
	}
}

void
linkage_model_from_jsonb(LinkageModel *model, Jsonb *json)
{
	static const char *const known[] = {
		"records", "pairs", "seed", "largest_block", "largest_cluster", "compare_all", "prior", "source",
		"comparisons", "blocking", NULL
	};
	Reading		reading = {"linkage_model", ERRCODE_INVALID_TEXT_REPRESENTATION, true};
	JsonbValue	root = root_object(&reading, MODEL_HINT, json);
	LinkageSpec *limits = palloc0(sizeof(LinkageSpec));
	JsonbValue	value;
	const char *wrong;

	memset(model, 0, sizeof(LinkageModel));
	check_keys(&reading, MODEL_HINT, &root, known);
	read_limits(&reading, MODEL_HINT, &root, limits);
	model->seed = limits->seed;
	model->largest_block = limits->largest_block;
	model->largest_cluster = limits->largest_cluster;
	model->source = limits->source;
	model->records = (uint32) whole_member(&reading, MODEL_HINT, &root, "records", 0, NODES_MAX, 0);
	model->pairs = whole_member(&reading, MODEL_HINT, &root, "pairs", 0, 9007199254740991.0, 0);
	model->compare_all = (uint32) whole_member(&reading, MODEL_HINT, &root, "compare_all", 0, NODES_MAX, 0);
	if (!get_member(&root, "prior", &value))
		refuse(&reading, MODEL_HINT, "\"prior\" is missing");
	model->prior = number_of(&reading, MODEL_HINT, "prior", &value);
	read_comparisons(&reading, &root, model);
	read_model_rules(&reading, &root, model);
	wrong = linkage_model_wrong(model);
	if (wrong != NULL)
		refuse(&reading, MODEL_HINT, wrong);
}
