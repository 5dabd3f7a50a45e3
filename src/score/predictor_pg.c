/*
 * predictor_pg.c
 *		The type predictor, and predict, predict_evidence, explain_prediction.
 *
 * A predictor is stored as its canonical text.  What was parsed of it stays
 * with the query in fn_extra, found again by the value as it was given: a
 * toast pointer, or the bytes.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "base/numeric_pg.h"
#include "journey/journey_pg.h"
#include "score/predictor_pg.h"

/* ----- the type ----- */

struct varlena *
predictor_to_varlena(const Predictor *predictor)
{
	ByteBuffer	out;

	journey_buffer_init(&out, 4096);
	predictor_append_json(&out, predictor);
	return journey_buffer_finish(&out);
}

/* The one way in: text form, binary form and jsonb all pass here. */
static struct varlena *
predictor_from_text(const char *text, size_t size)
{
	Predictor	predictor;

	if (predictor_parse(&predictor, text, size) && GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR,
				(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
				 errmsg("unsupported Unicode escape in predictor"),
				 errhint("Write the character itself: the encoding of this database is not UTF8.")));
	return predictor_to_varlena(&predictor);
}

PG_FUNCTION_INFO_V1(intent_predictor_in);
Datum
intent_predictor_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	PG_RETURN_POINTER(predictor_from_text(text, strlen(text)));
}

PG_FUNCTION_INFO_V1(intent_predictor_out);
Datum
intent_predictor_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(text_to_cstring((text *) PG_GETARG_PREDICTOR_P(0)));
}

PG_FUNCTION_INFO_V1(intent_predictor_recv);
Datum
intent_predictor_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			size;
	char	   *text = pq_getmsgtext(message, message->len - message->cursor, &size);

	PG_RETURN_POINTER(predictor_from_text(text, size));
}

PG_FUNCTION_INFO_V1(intent_predictor_send);
Datum
intent_predictor_send(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_PREDICTOR_P(0);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendtext(&message, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

PG_FUNCTION_INFO_V1(intent_predictor_from_jsonb);
Datum
intent_predictor_from_jsonb(PG_FUNCTION_ARGS)
{
	Jsonb	   *json = PG_GETARG_JSONB_P(0);
	StringInfoData text;

	initStringInfo(&text);
	JsonbToCString(&text, &json->root, VARSIZE(json));
	PG_RETURN_POINTER(predictor_from_text(text.data, text.len));
}

PG_FUNCTION_INFO_V1(intent_predictor_to_jsonb);
Datum
intent_predictor_to_jsonb(PG_FUNCTION_ARGS)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(text_to_cstring((text *) PG_GETARG_PREDICTOR_P(0))));
}

/* One content has one text. */
PG_FUNCTION_INFO_V1(intent_predictor_same);
Datum
intent_predictor_same(PG_FUNCTION_ARGS)
{
	struct varlena *a = PG_GETARG_PREDICTOR_P(0);
	struct varlena *b = PG_GETARG_PREDICTOR_P(1);

	PG_RETURN_BOOL(VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
				   memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0);
}

PG_FUNCTION_INFO_V1(intent_predictor_not_same);
Datum
intent_predictor_not_same(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!DatumGetBool(intent_predictor_same(fcinfo)));
}

PG_FUNCTION_INFO_V1(intent_predictor_hash);
Datum
intent_predictor_hash(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_PREDICTOR_P(0);

	return hash_any((unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

PG_FUNCTION_INFO_V1(intent_predictor_hash_extended);
Datum
intent_predictor_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_PREDICTOR_P(0);

	return hash_any_extended((unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), PG_GETARG_INT64(1));
}

void
predictor_argument(FunctionCallInfo fcinfo, Predictor *predictor)
{
	struct varlena *value = PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));

	(void) predictor_parse(predictor, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

/* ----- the predictor of a query ----- */

typedef struct PredictorCache
{
	MemoryContext context;		/* of everything below */
	struct varlena *given;		/* as it was given */
	Predictor	predictor;
	PredictorInput *inputs;
	Fixed	   *contributions;
	Datum	   *names;			/* of what predictor_evidence() tells apart */
} PredictorCache;

static Datum
text_of(const ScoreText *name)
{
	return PointerGetDatum(cstring_to_text_with_len(name->data, name->size));
}

static Datum
pair_name(const Predictor *predictor, const PredictorPair *pair)
{
	const ScoreText *a = &predictor->features[pair->side[0].feature].name;
	const ScoreText *b = &predictor->features[pair->side[1].feature].name;

	return CStringGetTextDatum(psprintf("%.*s x %.*s", (int) a->size, a->data, (int) b->size, b->data));
}

static PredictorCache *
make_cache(FunctionCallInfo fcinfo)
{
	struct varlena *given = (struct varlena *) PG_GETARG_POINTER(0);
	MemoryContext context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "intent predictor",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	PredictorCache *cache = palloc0(sizeof(PredictorCache));
	uint32		all;

	cache->context = context;
	cache->given = palloc(VARSIZE_ANY(given));
	memcpy(cache->given, given, VARSIZE_ANY(given));
	predictor_argument(fcinfo, &cache->predictor);
	all = predictor_line_count(&cache->predictor);
	cache->inputs = host_alloc_zero((cache->predictor.feature_count + 1) * sizeof(PredictorInput));
	cache->contributions = host_alloc_zero(((size_t) all + 1) * sizeof(Fixed));
	cache->names = host_alloc_array((size_t) all + 1, sizeof(Datum));
	for (uint32 i = 0; i < cache->predictor.feature_count; i++)
		cache->names[i] = text_of(&cache->predictor.features[i].name);
	for (uint32 i = 0; i < cache->predictor.pair_count; i++)
		cache->names[cache->predictor.feature_count + i] = pair_name(&cache->predictor, &cache->predictor.pairs[i]);
	if (cache->predictor.chain.count > 0)
		cache->names[all - 1] = CStringGetTextDatum("(calibration)");
	MemoryContextSwitchTo(caller);
	return cache;
}

/* A toast pointer names its value, so that a large predictor is not even read again. */
static PredictorCache *
get_predictor(FunctionCallInfo fcinfo)
{
	PredictorCache *cache = fcinfo->flinfo->fn_extra;
	struct varlena *given = (struct varlena *) PG_GETARG_POINTER(0);

	if (cache && (VARSIZE_ANY(given) != VARSIZE_ANY(cache->given) ||
				  memcmp(given, cache->given, VARSIZE_ANY(given)) != 0))
	{
		fcinfo->flinfo->fn_extra = NULL;
		MemoryContextDelete(cache->context);
		cache = NULL;
	}
	if (cache == NULL)
		fcinfo->flinfo->fn_extra = cache = make_cache(fcinfo);
	return cache;
}

/* ----- features of a row ----- */

static void
refuse_feature(const PredictorFeature *feature, const char *problem, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("feature \"%.*s\" %s", (int) feature->name.size, feature->name.data, problem),
			 errhint("%s", hint)));
}

static double
finite_number(const PredictorFeature *feature, double number)
{
	if (isnan(number) || isinf(number))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("feature \"%.*s\" must be a finite number", (int) feature->name.size, feature->name.data),
				 errhint("Give NULL for what is not known.")));
	return number + 0.0;
}

static char *
numeric_text(Numeric number)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number)));
}

static void
input_of_json(const PredictorFeature *feature, const JsonbValue *value, PredictorInput *input)
{
	const char *text;

	input->null = value == NULL || value->type == jbvNull;
	if (input->null)
		return;
	if (value->type == jbvBinary)
		refuse_feature(feature, "must not be an array or object", "Give a number, a text, a boolean or null.");
	if (!feature->category)
	{
		if (value->type == jbvString)
			refuse_feature(feature, psprintf("must be a number, not \"%.*s\"",
											 Min(value->val.string.len, 60), value->val.string.val),
						   "Write the number without quotes, as it was trained on.");
		input->number = value->type == jbvBool ? value->val.boolean :
			finite_number(feature, DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
																	  NumericGetDatum(value->val.numeric))));
		return;
	}
	if (value->type == jbvString)
	{
		input->text.data = value->val.string.val;
		input->text.size = value->val.string.len;
		return;
	}
	text = value->type == jbvBool ? (value->val.boolean ? "true" : "false") : numeric_text(value->val.numeric);
	input->text.data = text;
	input->text.size = strlen(text);
}

/* Argument 1: an object; a key that is missing is NULL, one that is no feature means nothing. */
static void
read_features(FunctionCallInfo fcinfo, PredictorCache *cache)
{
	Jsonb	   *json = PG_GETARG_JSONB_P(1);

	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("features must be a JSON object"),
				 errhint("Give for example to_jsonb(t) of a row, or {\"visits\": 3, \"channel\": \"web\"}.")));
	for (uint32 i = 0; i < cache->predictor.feature_count; i++)
	{
		const PredictorFeature *feature = &cache->predictor.features[i];
		JsonbValue	value;

		input_of_json(feature,
					  getKeyJsonValueFromContainer(&json->root, feature->name.data, (int) feature->name.size, &value),
					  &cache->inputs[i]);
	}
}

PG_FUNCTION_INFO_V1(intent_predict);
Datum
intent_predict(PG_FUNCTION_ARGS)
{
	PredictorCache *cache = get_predictor(fcinfo);

	read_features(fcinfo, cache);
	PG_RETURN_FLOAT8(predictor_probability(predictor_evidence(&cache->predictor, cache->inputs, NULL)));
}

PG_FUNCTION_INFO_V1(intent_predict_evidence);
Datum
intent_predict_evidence(PG_FUNCTION_ARGS)
{
	PredictorCache *cache = get_predictor(fcinfo);

	read_features(fcinfo, cache);
	return fixed_numeric(predictor_evidence(&cache->predictor, cache->inputs, NULL));
}

/* Values in the order of predictor_features(), as text: no keys to look for. */
PG_FUNCTION_INFO_V1(intent_predict_array);
Datum
intent_predict_array(PG_FUNCTION_ARGS)
{
	PredictorCache *cache = get_predictor(fcinfo);
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	if (count != (int) cache->predictor.feature_count)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%d values are given for %u features", count, cache->predictor.feature_count),
				 errhint("Give one for each of predictor_features(predictor), in its order.")));
	for (int i = 0; i < count; i++)
	{
		const PredictorFeature *feature = &cache->predictor.features[i];
		PredictorInput *input = &cache->inputs[i];
		text	   *value;

		input->null = nulls[i];
		if (nulls[i])
			continue;
		value = DatumGetTextPP(elements[i]);
		input->text.data = VARDATA_ANY(value);
		input->text.size = VARSIZE_ANY_EXHDR(value);
		if (feature->category)
			continue;
		if (!host_text_to_double(input->text.data, input->text.size, &input->number))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("feature \"%.*s\" must be a number, not \"%.*s\"",
							(int) feature->name.size, feature->name.data,
							(int) Min(input->text.size, 60), input->text.data),
					 errhint("Give values in the order of predictor_features(predictor).")));
		input->number = finite_number(feature, input->number);
	}
	PG_RETURN_FLOAT8(predictor_probability(predictor_evidence(&cache->predictor, cache->inputs, NULL)));
}

/* ----- rows ----- */

static Datum
input_text(const PredictorFeature *feature, const PredictorInput *input)
{
	char		digits[HOST_DOUBLE_TEXT_MAX];

	if (feature->category)
		return text_of(&input->text);
	return PointerGetDatum(cstring_to_text_with_len(digits, host_double_to_text(input->number, digits)));
}

static void
put_line(ReturnSetInfo *result, Datum name, bool has_value, Datum value, Fixed contribution)
{
	Datum		values[3] = {name, value, fixed_numeric(contribution)};
	bool		nulls[3] = {false, !has_value, false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(intent_explain_prediction);
Datum
intent_explain_prediction(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	PredictorCache *cache;
	const Predictor *predictor;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	cache = get_predictor(fcinfo);
	predictor = &cache->predictor;
	read_features(fcinfo, cache);
	(void) predictor_evidence(predictor, cache->inputs, cache->contributions);
	put_line(result, CStringGetTextDatum("(base)"), false, (Datum) 0, predictor->base);
	for (uint32 i = 0; i < predictor->feature_count; i++)
	{
		const PredictorInput *input = &cache->inputs[i];

		put_line(result, cache->names[i], !input->null,
				 input->null ? (Datum) 0 : input_text(&predictor->features[i], input), cache->contributions[i]);
	}
	for (uint32 i = predictor->feature_count; i < predictor_line_count(predictor); i++)
		put_line(result, cache->names[i], false, (Datum) 0, cache->contributions[i]);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_predictor_features);
Datum
intent_predictor_features(PG_FUNCTION_ARGS)
{
	PredictorCache *cache = get_predictor(fcinfo);

	PG_RETURN_ARRAYTYPE_P(construct_array(cache->names, (int) cache->predictor.feature_count,
										  TEXTOID, -1, false, TYPALIGN_INT));
}
