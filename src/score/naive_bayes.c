/*
 * naive_bayes.c
 *		A model as counts: rows in, merged, decayed, and as a predictor.
 *
 *	fixed	weight of rows with label false, and with label true
 *	varint	number of features; for each, by the bytes of their names:
 *		varint	size of the name, and the name
 *		byte	1 if it is a category, 0 if it is a number
 *		varint	number of values; for each, by their bytes:
 *			varint	size of the value (of numbers always 2), and the value
 *			fixed	weight with label false, and with label true
 */
#include "score/naive_bayes.h"

#include "sequence/model.h"

#include <math.h>

/* Of a double's bits: its sign, its exponent, and a quarter of an octave. */
#define BIN_SHIFT 50

/* What decay has left less of is gone. */
#define LEAST_WEIGHT (FIXED_ONE / 1000000000)

/* Fewer rows of a label teach nothing but how rare it is. */
#define ROWS_OF_A_LABEL 10

/* ----- bins of numbers ----- */

static void
bin_of(double number, uint8_t bin[NAIVE_BAYES_BIN_SIZE])
{
	const uint64_t sign = UINT64_C(1) << 63;
	uint64_t	bits;

	/* -0 is 0 */
	number += 0.0;
	memcpy(&bits, &number, sizeof(bits));
	bits = bits & sign ? ~bits : bits | sign;
	bin[0] = (uint8_t) (bits >> (BIN_SHIFT + 8));
	bin[1] = (uint8_t) (bits >> BIN_SHIFT);
}

/* Its least number. */
static double
bin_start(const ScoreText *bin)
{
	const uint64_t sign = UINT64_C(1) << 63;
	uint64_t	bits = ((uint64_t) (uint8_t) bin->data[0] << 8 | (uint8_t) bin->data[1]) << BIN_SHIFT;
	double		number;

	bits = bits & sign ? bits & ~sign : ~bits;
	memcpy(&number, &bits, sizeof(number));
	return number;
}

/* ----- rows in ----- */

static NaiveBayesFeature *
find_feature(NaiveBayesState *state, const ScoreText *name, bool category)
{
	uint32_t	code = training_word(&state->names, name);
	NaiveBayesFeature *feature;

	if (code > PREDICTOR_MAX_FEATURES)
		host_fail(HOST_LIMIT, host_format("naive Bayes has more than %d features", PREDICTOR_MAX_FEATURES), NULL,
				  "Give objects of few keys, the same ones in all rows.");
	if (code > state->capacity)
	{
		size_t		grown = checked_growth(state->capacity, code);

		state->features = state->features ? host_realloc_array(state->features, grown, sizeof(NaiveBayesFeature)) :
			host_alloc_array(grown, sizeof(NaiveBayesFeature));
		memset(state->features + state->capacity, 0, (grown - state->capacity) * sizeof(NaiveBayesFeature));
		state->capacity = (uint32_t) grown;
	}
	feature = &state->features[code - 1];
	if (feature->words.count == 0)
		feature->category = category;
	else if (feature->category != category)
		host_fail(HOST_BAD_PARAMETER,
				  host_format("feature \"%.*s\" is a number in some rows and a text in others", (int) name->size, name->data),
				  NULL, "Give it as one of them, in all rows and states.");
	return feature;
}

static void
add_weights(NaiveBayesWeights *to, const NaiveBayesWeights *more)
{
	for (int label = 0; label < 2; label++)
		to->of[label] = fixed_add(to->of[label], more->of[label]);
}

static void
add_word(NaiveBayesState *state, NaiveBayesFeature *feature, const ScoreText *word, const NaiveBayesWeights *weights)
{
	uint32_t	before = feature->words.count;
	uint32_t	code = training_word(&feature->words, word);

	if (code > before && ++state->word_count > NAIVE_BAYES_WORDS_MAX)
		host_fail(HOST_LIMIT, host_format("naive Bayes has more than %d different values", NAIVE_BAYES_WORDS_MAX), NULL,
				  "Leave out features that are different in each row, such as identifiers.");
	if (code > feature->capacity)
	{
		size_t		grown = checked_growth(feature->capacity, code);

		feature->weights = feature->weights ? host_realloc_array(feature->weights, grown, sizeof(NaiveBayesWeights)) :
			host_alloc_array(grown, sizeof(NaiveBayesWeights));
		feature->capacity = (uint32_t) grown;
	}
	if (code > before)
		memset(&feature->weights[code - 1], 0, sizeof(NaiveBayesWeights));
	add_weights(&feature->weights[code - 1], weights);
}

static NaiveBayesWeights
weights_of(bool label, Fixed weight)
{
	NaiveBayesWeights weights = {{0, 0}};

	weights.of[label] = weight;
	return weights;
}

void
naive_bayes_row(NaiveBayesState *state, bool label, Fixed weight)
{
	NaiveBayesWeights weights = weights_of(label, weight);

	add_weights(&state->totals, &weights);
}

void
naive_bayes_text(NaiveBayesState *state, const ScoreText *name, const ScoreText *text, bool label, Fixed weight)
{
	NaiveBayesWeights weights = weights_of(label, weight);

	add_word(state, find_feature(state, name, true), text, &weights);
}

void
naive_bayes_number(NaiveBayesState *state, const ScoreText *name, double number, bool label, Fixed weight)
{
	NaiveBayesWeights weights = weights_of(label, weight);
	uint8_t		bin[NAIVE_BAYES_BIN_SIZE];
	ScoreText	word = {(const char *) bin, NAIVE_BAYES_BIN_SIZE};

	bin_of(number, bin);
	add_word(state, find_feature(state, name, false), &word, &weights);
}

void
naive_bayes_decay(const NaiveBayesState *state, Fixed factor, NaiveBayesState *decayed)
{
	memset(decayed, 0, sizeof(*decayed));
	/* all of it is rounded down, so that no feature is left with more rows than there are */
	for (int label = 0; label < 2; label++)
		decayed->totals.of[label] = fixed_share(state->totals.of[label], factor, FIXED_ONE);
	for (uint32_t f = 0; f < state->names.count; f++)
	{
		const NaiveBayesFeature *feature = &state->features[f];

		for (uint32_t w = 0; w < feature->words.count; w++)
		{
			NaiveBayesWeights left;

			host_check_interrupts();
			for (int label = 0; label < 2; label++)
				left.of[label] = fixed_share(feature->weights[w].of[label], factor, FIXED_ONE);
			if (left.of[0] >= LEAST_WEIGHT || left.of[1] >= LEAST_WEIGHT)
				add_word(decayed, find_feature(decayed, &state->names.words[f], feature->category),
						 &feature->words.words[w], &left);
		}
	}
}

/* ----- as a partial ----- */

static void
put_weights(ByteBuffer *out, const NaiveBayesWeights *weights)
{
	for (int label = 0; label < 2; label++)
		buffer_fixed(out, weights->of[label]);
}

static void
pack(const void *packed, ByteBuffer *out)
{
	const NaiveBayesState *state = packed;
	uint32_t   *names = training_words_sorted(&state->names);

	put_weights(out, &state->totals);
	buffer_varint(out, state->names.count);
	for (uint32_t i = 0; i < state->names.count; i++)
	{
		const NaiveBayesFeature *feature = &state->features[names[i] - 1];
		uint32_t   *words = training_words_sorted(&feature->words);

		host_check_interrupts();
		training_put_text(out, &state->names.words[names[i] - 1]);
		buffer_byte(out, feature->category);
		buffer_varint(out, feature->words.count);
		for (uint32_t j = 0; j < feature->words.count; j++)
		{
			training_put_text(out, &feature->words.words[words[j] - 1]);
			put_weights(out, &feature->weights[words[j] - 1]);
		}
		host_free(words);
	}
	host_free(names);
}

static bool
get_weights(ByteReader *reader, NaiveBayesWeights *weights)
{
	for (int label = 0; label < 2; label++)
		weights->of[label] = reader_fixed(reader);
	return !reader->bad && weights->of[0] >= 0 && weights->of[1] >= 0;
}

static const char *
absorb_feature(NaiveBayesState *state, const NaiveBayesWeights *totals, const ScoreText *name, ByteReader *reader)
{
	uint8_t		category = reader_byte(reader);
	uint64_t	words = reader_varint(reader);
	ScoreText	word = {"", 0};
	NaiveBayesWeights sum = {{0, 0}};
	NaiveBayesFeature *feature;

	if (reader->bad || category > 1 || words == 0)
		return "a feature is cut off or of an unknown type";
	feature = find_feature(state, name, category != 0);
	for (uint64_t i = 0; i < words; i++)
	{
		NaiveBayesWeights weights;

		host_check_interrupts();
		if (!training_get_text(reader, &word, i == 0))
			return "its values are cut off or not in order";
		if (!category && (word.size != NAIVE_BAYES_BIN_SIZE || (uint8_t) word.data[0] >> 6 != 0 ||
						  !isfinite(bin_start(&word))))
			return "a number is out of range";
		if (!get_weights(reader, &weights) || (weights.of[0] == 0 && weights.of[1] == 0))
			return "its weights are cut off or out of range";
		add_weights(&sum, &weights);
		add_word(state, feature, &word, &weights);
	}
	return sum.of[0] > totals->of[0] || sum.of[1] > totals->of[1] ? "a feature has more rows than there are" : NULL;
}

static const char *
absorb(void *absorbed, unsigned version, ByteReader *reader)
{
	NaiveBayesState *state = absorbed;
	NaiveBayesWeights totals;
	ScoreText	name = {"", 0};
	uint64_t	names;

	(void) version;				/* there is only one */
	if (!get_weights(reader, &totals))
		return "its weights are cut off or out of range";
	add_weights(&state->totals, &totals);
	names = reader_varint(reader);
	for (uint64_t i = 0; i < names; i++)
	{
		const char *problem;

		if (!training_get_text(reader, &name, i == 0))
			return "its features are cut off or not in order";
		problem = absorb_feature(state, &totals, &name, reader);
		if (problem != NULL)
			return problem;
	}
	return NULL;
}

PartialKind naive_bayes_kind = {"naive_bayes", 1, sizeof(NaiveBayesState), NULL, absorb, pack};
PARTIAL_KIND_REGISTER(naive_bayes_kind);

/* ----- as a predictor ----- */

typedef struct Odds
{
	double		smoothing[2];	/* rows by label that are added to each value */
	double		base;			/* logarithm of the odds of all rows */
} Odds;

static Fixed
added_by(const Odds *odds, const NaiveBayesWeights *weights)
{
	double		negatives = fixed_to_double(weights->of[0]) + odds->smoothing[0];
	double		positives = fixed_to_double(weights->of[1]) + odds->smoothing[1];

	return training_fixed(log(positives / negatives) - odds->base);
}

static void
set_feature(const NaiveBayesState *state, const Odds *odds, uint32_t code, PredictorFeature *feature)
{
	const NaiveBayesFeature *counted = &state->features[code - 1];
	uint32_t   *words = training_words_sorted(&counted->words);
	uint32_t	count = counted->words.count;
	NaiveBayesWeights nulls = state->totals;

	feature->name = state->names.words[code - 1];
	feature->auc = feature->importance = feature->linear_error = NAN;
	feature->category = counted->category;
	feature->count = counted->category ? count : count - 1;
	feature->values = host_alloc_array((size_t) count + 1, sizeof(Fixed));
	feature->cuts = host_alloc_array((size_t) count + 1, sizeof(double));
	feature->categories = host_alloc_array((size_t) count + 1, sizeof(ScoreText));
	for (uint32_t i = 0; i < count; i++)
	{
		const NaiveBayesWeights *weights = &counted->weights[words[i] - 1];

		feature->values[i] = added_by(odds, weights);
		feature->categories[i] = counted->words.words[words[i] - 1];
		if (!counted->category && i > 0)
			feature->cuts[i - 1] = bin_start(&feature->categories[i]);
		for (int label = 0; label < 2; label++)
			nulls.of[label] = fixed_subtract(nulls.of[label], weights->of[label]);
	}
	feature->null = added_by(odds, &nulls);
	host_free(words);
}

void
naive_bayes_predictor(const NaiveBayesState *state, double smoothing, Predictor *predictor)
{
	double		negatives = fixed_to_double(state->totals.of[0]);
	double		positives = fixed_to_double(state->totals.of[1]);
	const char *status = negatives + positives == 0 ? "no_rows" : negatives == 0 || positives == 0 ? "one_class" :
		negatives < ROWS_OF_A_LABEL || positives < ROWS_OF_A_LABEL ? "insufficient_data" : "ok";
	PredictorTraining *training = &predictor->training;
	uint32_t   *names;
	Odds		odds;

	memset(predictor, 0, sizeof(*predictor));
	predictor->kind = PREDICTOR_NAIVE_BAYES;
	predictor->status = (ScoreText)
	{
		status, (uint32_t) strlen(status)
	};
	training->known = true;
	training->rows = (uint64_t) (negatives + positives + 0.5);
	training->positives = (uint64_t) (positives + 0.5);
	training->auc = training->auc_low = training->auc_high = training->log_loss = training->calibration_error = NAN;
	/* drawn towards one half by one row */
	odds.base = log((positives + 0.5) / (negatives + 0.5));
	predictor->base = training_fixed(odds.base);
	if (strcmp(status, "ok") != 0)
		return;
	odds.smoothing[1] = smoothing * (positives + 0.5) / (positives + negatives + 1);
	odds.smoothing[0] = smoothing - odds.smoothing[1];
	names = training_words_sorted(&state->names);
	predictor->features = host_alloc_zero(((size_t) state->names.count + 1) * sizeof(PredictorFeature));
	for (uint32_t i = 0; i < state->names.count; i++)
		set_feature(state, &odds, names[i], &predictor->features[i]);
	predictor->feature_count = state->names.count;
	host_free(names);
}
