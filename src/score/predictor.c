/*
 * predictor.c
 *		What a predictor says of a row, and its canonical text.
 */
#include "score/predictor.h"

#include "score/json_reader.h"

#include <math.h>

uint32_t
predictor_feature(const Predictor *predictor, const char *name, size_t size)
{
	const ScoreText wanted = {name, (uint32_t) size};
	uint32_t	low = 0;
	uint32_t	high = predictor->feature_count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;
		int			order = score_text_compare(&predictor->features[middle].name, &wanted);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return predictor->feature_count;
}

/* The number of a category, or count. */
static uint32_t
category_of(const PredictorFeature *feature, const ScoreText *text)
{
	uint32_t	low = 0;
	uint32_t	high = feature->count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;
		int			order = score_text_compare(&feature->categories[middle], text);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return feature->count;
}

/* How many cuts a number is not below. */
static uint32_t
cuts_passed(const double *cuts, uint32_t count, double number)
{
	uint32_t	low = 0;
	uint32_t	high = count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (cuts[middle] <= number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static Fixed
of_feature(const PredictorFeature *feature, const PredictorInput *input)
{
	Fixed		sum;
	Fixed		number;

	if (input->null)
		return feature->null;
	if (feature->category)
	{
		uint32_t	category = category_of(feature, &input->text);

		return category == feature->count ? feature->other : feature->values[category];
	}
	sum = feature->values[cuts_passed(feature->cuts, feature->count, input->number)];
	if (feature->linear == 0 && feature->log1p == 0)
		return sum;
	if (!fixed_from_double(input->number, &number))
		fixed_overflow();
	sum = fixed_add(sum, fixed_multiply(feature->linear, number));
	return fixed_add(sum, fixed_multiply(feature->log1p, fixed_log1p(number)));
}

static uint32_t
group_of(const Predictor *predictor, const PredictorSide *side, const PredictorInput *inputs)
{
	const PredictorFeature *feature = &predictor->features[side->feature];
	const PredictorInput *input = &inputs[side->feature];

	if (input->null)
		return 0;
	if (feature->category)
	{
		uint32_t	category = category_of(feature, &input->text);

		return category == feature->count ? 0 : side->members[category];
	}
	return 1 + cuts_passed(side->cuts, side->cut_count, input->number);
}

static Fixed
along_chain(const PredictorChain *chain, Fixed evidence)
{
	uint32_t	low = 0;
	uint32_t	high = chain->count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (chain->at[middle] <= evidence)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return fixed_add(chain->to[0], fixed_subtract(evidence, chain->at[0]));
	if (low == chain->count)
		return fixed_add(chain->to[low - 1], fixed_subtract(evidence, chain->at[low - 1]));
	return fixed_add(chain->to[low - 1],
					 fixed_multiply_divide(fixed_subtract(chain->to[low], chain->to[low - 1]),
										   fixed_subtract(evidence, chain->at[low - 1]),
										   fixed_subtract(chain->at[low], chain->at[low - 1])));
}

Fixed
predictor_evidence(const Predictor *predictor, const PredictorInput *inputs, Fixed *contributions)
{
	Fixed		evidence = predictor->base;

	for (uint32_t f = 0; f < predictor->feature_count; f++)
	{
		Fixed		more = of_feature(&predictor->features[f], &inputs[f]);

		if (contributions)
			contributions[f] = more;
		evidence = fixed_add(evidence, more);
	}
	for (uint32_t p = 0; p < predictor->pair_count; p++)
	{
		const PredictorPair *pair = &predictor->pairs[p];
		uint32_t	row = group_of(predictor, &pair->side[0], inputs);
		uint32_t	column = group_of(predictor, &pair->side[1], inputs);
		Fixed		more = pair->values[(size_t) row * pair->side[1].groups + column];

		if (contributions)
			contributions[predictor->feature_count + p] = more;
		evidence = fixed_add(evidence, more);
	}
	if (predictor->chain.count > 0)
	{
		Fixed		calibrated = along_chain(&predictor->chain, evidence);

		if (contributions)
			contributions[predictor->feature_count + predictor->pair_count] = fixed_subtract(calibrated, evidence);
		evidence = calibrated;
	}
	return evidence;
}

double
predictor_probability(Fixed evidence)
{
	return 1 / (1 + exp(-fixed_to_double(evidence)));
}

/* ----- as text ----- */

static void
append_key(ByteBuffer *out, const char *key, bool first)
{
	if (!first)
		buffer_text(out, ", ");
	buffer_byte(out, '"');
	buffer_text(out, key);
	buffer_text(out, "\": ");
}

static void
append_fixed(ByteBuffer *out, Fixed fixed)
{
	char		digits[FIXED_TEXT_MAX];

	buffer_bytes(out, digits, fixed_to_text(fixed, digits));
}

static void
append_double(ByteBuffer *out, double number)
{
	char		digits[HOST_DOUBLE_TEXT_MAX];

	buffer_bytes(out, digits, host_double_to_text(number, digits));
}

static void
append_fixed_array(ByteBuffer *out, const Fixed *values, size_t count)
{
	buffer_byte(out, '[');
	for (size_t i = 0; i < count; i++)
	{
		if (i > 0)
			buffer_text(out, ", ");
		append_fixed(out, values[i]);
	}
	buffer_byte(out, ']');
}

static void
append_cuts(ByteBuffer *out, const double *cuts, uint32_t count)
{
	buffer_byte(out, '[');
	for (uint32_t i = 0; i < count; i++)
	{
		if (i > 0)
			buffer_text(out, ", ");
		append_double(out, cuts[i]);
	}
	buffer_byte(out, ']');
}

/* NaN is not written. */
static void
append_measure(ByteBuffer *out, const char *key, double value)
{
	if (!isfinite(value))
		return;
	append_key(out, key, false);
	append_double(out, value);
}

static void
append_feature(ByteBuffer *out, const PredictorFeature *feature)
{
	buffer_byte(out, '{');
	append_key(out, "name", true);
	json_append_string(out, feature->name.data, feature->name.size);
	append_key(out, "type", false);
	buffer_text(out, feature->category ? "\"category\"" : "\"number\"");
	append_key(out, "null", false);
	append_fixed(out, feature->null);
	if (feature->category)
	{
		append_key(out, "other", false);
		append_fixed(out, feature->other);
		append_key(out, "values", false);
		buffer_byte(out, '{');
		for (uint32_t i = 0; i < feature->count; i++)
		{
			if (i > 0)
				buffer_text(out, ", ");
			json_append_string(out, feature->categories[i].data, feature->categories[i].size);
			buffer_text(out, ": ");
			append_fixed(out, feature->values[i]);
		}
		buffer_byte(out, '}');
	}
	else
	{
		append_key(out, "cuts", false);
		append_cuts(out, feature->cuts, feature->count);
		append_key(out, "values", false);
		append_fixed_array(out, feature->values, (size_t) feature->count + 1);
		if (feature->linear != 0)
		{
			append_key(out, "linear", false);
			append_fixed(out, feature->linear);
		}
		if (feature->log1p != 0)
		{
			append_key(out, "log1p", false);
			append_fixed(out, feature->log1p);
		}
	}
	append_measure(out, "linear_error", feature->linear_error);
	append_measure(out, "auc", feature->auc);
	append_measure(out, "importance", feature->importance);
	if (feature->note.size > 0)
	{
		append_key(out, "note", false);
		json_append_string(out, feature->note.data, feature->note.size);
	}
	buffer_byte(out, '}');
}

static void
append_side(ByteBuffer *out, const Predictor *predictor, const PredictorSide *side)
{
	const PredictorFeature *feature = &predictor->features[side->feature];
	bool		first = true;

	if (!feature->category)
	{
		buffer_text(out, "{\"cuts\": ");
		append_cuts(out, side->cuts, side->cut_count);
		buffer_byte(out, '}');
		return;
	}
	buffer_text(out, "{\"categories\": {");
	for (uint32_t i = 0; i < feature->count; i++)
	{
		if (side->members[i] == 0)
			continue;
		buffer_text(out, first ? "" : ", ");
		first = false;
		json_append_string(out, feature->categories[i].data, feature->categories[i].size);
		buffer_text(out, host_format(": %u", side->members[i]));
	}
	buffer_text(out, "}}");
}

static void
append_pair(ByteBuffer *out, const Predictor *predictor, const PredictorPair *pair)
{
	buffer_byte(out, '{');
	append_key(out, "features", true);
	for (int side = 0; side < 2; side++)
	{
		const ScoreText *name = &predictor->features[pair->side[side].feature].name;

		buffer_text(out, side == 0 ? "[" : ", ");
		json_append_string(out, name->data, name->size);
	}
	buffer_byte(out, ']');
	append_key(out, "groups", false);
	for (int side = 0; side < 2; side++)
	{
		buffer_text(out, side == 0 ? "[" : ", ");
		append_side(out, predictor, &pair->side[side]);
	}
	buffer_byte(out, ']');
	append_key(out, "values", false);
	for (uint32_t row = 0; row < pair->side[0].groups; row++)
	{
		buffer_text(out, row == 0 ? "[" : ", ");
		append_fixed_array(out, pair->values + (size_t) row * pair->side[1].groups, pair->side[1].groups);
	}
	buffer_text(out, "]}");
}

static void
append_training(ByteBuffer *out, const PredictorTraining *training)
{
	buffer_text(out, host_format("{\"rows\": %llu, \"positives\": %llu, \"folds\": %u, \"rounds\": %u, \"calibration\": \"%s\"",
								 (unsigned long long) training->rows, (unsigned long long) training->positives,
								 training->folds, training->rounds, predictor_calibration_names[training->calibration]));
	append_measure(out, "auc", training->auc);
	append_measure(out, "auc_low", training->auc_low);
	append_measure(out, "auc_high", training->auc_high);
	append_measure(out, "log_loss", training->log_loss);
	append_measure(out, "calibration_error", training->calibration_error);
	buffer_byte(out, '}');
}

void
predictor_append_json(ByteBuffer *out, const Predictor *predictor)
{
	buffer_byte(out, '{');
	append_key(out, "kind", true);
	buffer_byte(out, '"');
	buffer_text(out, predictor_kind_names[predictor->kind]);
	buffer_byte(out, '"');
	append_key(out, "status", false);
	json_append_string(out, predictor->status.data, predictor->status.size);
	append_key(out, "base", false);
	append_fixed(out, predictor->base);
	append_key(out, "features", false);
	buffer_byte(out, '[');
	for (uint32_t i = 0; i < predictor->feature_count; i++)
	{
		buffer_text(out, i > 0 ? ", " : "");
		append_feature(out, &predictor->features[i]);
	}
	buffer_byte(out, ']');
	if (predictor->pair_count > 0)
	{
		append_key(out, "pairs", false);
		buffer_byte(out, '[');
		for (uint32_t i = 0; i < predictor->pair_count; i++)
		{
			buffer_text(out, i > 0 ? ", " : "");
			append_pair(out, predictor, &predictor->pairs[i]);
		}
		buffer_byte(out, ']');
	}
	if (predictor->chain.count > 0)
	{
		append_key(out, "calibration", false);
		buffer_text(out, "{\"at\": ");
		append_fixed_array(out, predictor->chain.at, predictor->chain.count);
		append_key(out, "to", false);
		append_fixed_array(out, predictor->chain.to, predictor->chain.count);
		buffer_byte(out, '}');
	}
	if (predictor->training.known)
	{
		append_key(out, "training", false);
		append_training(out, &predictor->training);
	}
	buffer_byte(out, '}');
}
