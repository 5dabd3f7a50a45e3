/*
 * trained_card.c
 *		What was learned of signals, as a scorecard.
 */
#include "score/trained_card.h"

/* More digits than these say more than was learned. */
#define DIGITS INT64_C(1000000)

/* The nearest number of six digits. */
static Fixed
few_digits(Fixed number)
{
	FixedMagnitude size = fixed_magnitude(number);
	FixedMagnitude unit = 1;

	while (size / unit >= DIGITS)
		unit *= 10;
	size = (size + unit / 2) / unit * unit;
	return number < 0 ? -(Fixed) size : (Fixed) size;
}

void
trained_card_begin(Scorecard *card, const Scorecard *signals, const ScoreText *intents, uint32_t count)
{
	*card = *signals;
	card->intent_count = count;
	card->intents = host_alloc_zero(checked_mul_size(count, sizeof(ScoreIntent)));
	for (uint32_t i = 0; i < count; i++)
		card->intents[i].name = intents[i];
	card->signals = host_alloc_array((size_t) card->signal_count + 1, sizeof(ScoreSignal));
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		card->signals[s] = signals->signals[s];
		card->signals[s].weight_count = 0;
		card->signals[s].weights = host_alloc_array(count, sizeof(ScoreWeight));
	}
}

static ScoreSignal *
find_signal(const Scorecard *card, const ScoreText *name)
{
	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		if (score_text_compare(&card->signals[s].name, name) == 0)
			return &card->signals[s];
	}
	host_fail(HOST_INTERNAL, "a feature is no signal", NULL, NULL);
}

static void
add_weight(ScoreSignal *signal, uint32_t intent, Fixed weight)
{
	if (weight != 0)
		signal->weights[signal->weight_count++] = (ScoreWeight) {intent, weight};
}

/* ----- shapes ----- */

static Fixed
fixed_of(double number)
{
	Fixed		fixed = 0;

	if (!fixed_from_double(number, &fixed))
		host_fail(HOST_OUT_OF_RANGE, "a measure is too large to learn from", NULL, "Give its signal a cap.");
	return fixed;
}

/* What bin of a shape a number is in. */
static uint32_t
bin_of(const PredictorFeature *feature, double x)
{
	uint32_t	bin = 0;

	while (bin < feature->count && x >= feature->cuts[bin])
		bin++;
	return bin;
}

/*
 * Steps as points: up to just below a cut the value before it.  A measure
 * becomes a double to be learned from, so the step takes the last 2^-44 of the
 * cut, within which that may have rounded.
 */
static void
add_step(ScoreSignal *signal, double cut, Fixed before, Fixed behind)
{
	Fixed		x = fixed_of(cut);
	Fixed		from = fixed_of(cut - (cut < 0 ? -cut : cut) * 0x1p-44);

	if (from >= x)
		from = x - 1;
	if (signal->point_count > 0 && from <= signal->points[signal->point_count - 1].x)
		from = signal->points[signal->point_count - 1].x + 1;
	signal->points[signal->point_count++] = (ScorePoint) {from, before};
	if (x <= from)
		x = from + 1;
	signal->points[signal->point_count++] = (ScorePoint) {x, behind};
}

/* What a signal that sees nothing would add belongs to the base: returns it. */
static Fixed
add_shape(Scorecard *card, const ScoreSignal *of, uint32_t intent, const PredictorFeature *feature)
{
	Fixed		nothing = feature->values[bin_of(feature, 0)];
	ScoreSignal *signal;
	const char *name;

	if (feature->count == 0)
		return nothing;
	name = card->intent_count == 1 ? host_format("%.*s", (int) of->name.size, of->name.data) :
		host_format("%.*s for %.*s", (int) of->name.size, of->name.data,
					(int) card->intents[intent].name.size, card->intents[intent].name.data);
	card->signals = host_realloc_array(card->signals, (size_t) card->signal_count + 1, sizeof(ScoreSignal));
	signal = &card->signals[card->signal_count++];
	*signal = *of;
	signal->name = (ScoreText) {name, (uint32_t) strlen(name)};
	signal->transform = TRANSFORM_POINTS;
	signal->points = host_alloc_array(2 * (size_t) feature->count, sizeof(ScorePoint));
	signal->point_count = 0;
	for (uint32_t i = 0; i < feature->count; i++)
		add_step(signal, feature->cuts[i], few_digits(feature->values[i] - nothing), few_digits(feature->values[i + 1] - nothing));
	signal->weights = host_alloc_array(1, sizeof(ScoreWeight));
	signal->weight_count = 0;
	add_weight(signal, intent, FIXED_ONE);
	return nothing;
}

void
trained_card_add(Scorecard *card, uint32_t intent, const Predictor *model)
{
	Fixed		base = model->base;

	for (uint32_t f = 0; f < model->feature_count; f++)
	{
		const PredictorFeature *feature = &model->features[f];
		ScoreSignal *signal = find_signal(card, &feature->name);

		if (model->kind == PREDICTOR_LOGISTIC)
			add_weight(signal, intent, few_digits(feature->linear));
		else
		{
			ScoreSignal of = *signal;

			base = fixed_add(base, add_shape(card, &of, intent, feature));
		}
	}
	card->intents[intent].base = few_digits(base);
}

void
trained_card_finish(Scorecard *card)
{
	uint32_t	kept = 0;

	for (uint32_t s = 0; s < card->signal_count; s++)
	{
		if (card->signals[s].weight_count > 0)
			card->signals[kept++] = card->signals[s];
	}
	card->signal_count = kept;
	scorecard_finish(card);
}
