/*
 * predictor_test.c
 *		Predictors: one text a model, hostile texts, and learning that does not
 *		depend on the order of rows.
 */
#include "hostile.h"
#include "tap.h"

#include "score/boosting.h"
#include "score/predictor.h"

#include <math.h>

#define ROWS 400

static const char *const texts[] = {
	"{\"kind\": \"logistic\", \"base\": -2, \"features\": []}",
	"{\"kind\": \"boosted\", \"base\": 0.5, \"status\": \"ok\", \"features\": [{\"name\": \"n\", \"type\": \"number\", \"cuts\": [-1, 2.5],"
	" \"values\": [1, 2, 3], \"linear\": 0.1, \"log1p\": -1, \"null\": 4}, {\"name\": \"c\", \"type\": \"category\","
	" \"values\": {\"b\": 1, \"a\\u00fc\": -1}, \"other\": 7}], \"pairs\": [{\"features\": [\"n\", \"c\"],"
	" \"groups\": [{\"cuts\": [0]}, {\"categories\": {\"b\": 2}}], \"values\": [[0, 0, 1], [2, 0, 3], [4, 0, 5]]}],"
	" \"training\": {\"rows\": 100, \"positives\": 7, \"folds\": 5, \"rounds\": 9, \"auc\": 0.75}}",
	"{\"kind\": \"naive_bayes\", \"base\": 1, \"features\": [{\"name\": \"n\", \"type\": \"number\", \"values\": [0], \"linear\": 2,"
	" \"linear_error\": 0.25, \"auc\": 0.5, \"importance\": 1, \"note\": \"collinear\"}], \"calibration\": {\"at\": [-1, 0, 2.5],"
	" \"to\": [-2, 0.125, 0.125]}, \"training\": {\"rows\": 9, \"positives\": 7, \"folds\": 5, \"rounds\": 9,"
	" \"calibration\": \"isotonic\", \"auc_low\": 0.5, \"auc_high\": 1}}",
};

/* What is read is written so that it reads back as the same. */
static void
read_predictor(const uint8_t *data, size_t size)
{
	Predictor	predictor;
	Predictor	again;
	ByteBuffer	text;
	ByteBuffer	twice;
	PredictorInput *inputs;
	Fixed	   *contributions;
	Fixed		sum;

	(void) predictor_parse(&predictor, (const char *) data, size);
	buffer_init(&text, 64);
	predictor_append_json(&text, &predictor);
	(void) predictor_parse(&again, (const char *) text.data, text.size);
	buffer_init(&twice, 64);
	predictor_append_json(&twice, &again);
	if (text.size != twice.size || memcmp(text.data, twice.data, text.size) != 0)
		host_fail(HOST_INTERNAL, "a predictor does not read back", NULL, NULL);
	inputs = host_alloc_zero((predictor.feature_count + 1) * sizeof(PredictorInput));
	contributions = host_alloc_zero((predictor_line_count(&predictor) + 1) * sizeof(Fixed));
	for (uint32_t i = 0; i < predictor.feature_count; i++)
		inputs[i] = (PredictorInput)
	{
		i % 3 == 2, 1.5, {"b", 1}
	};
	sum = predictor_evidence(&predictor, inputs, contributions) - predictor.base;
	for (uint32_t i = 0; i < predictor_line_count(&predictor); i++)
		sum -= contributions[i];
	if (sum != 0)
		host_fail(HOST_INTERNAL, "contributions do not add up", NULL, NULL);
}

static void
test_forms(void)
{
	uint64_t	random = 3;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
	{
		const uint8_t *data = (const uint8_t *) texts[i];
		size_t		size = strlen(texts[i]);

		hold(hostile_try(read_predictor, data, size));
		hostile_truncations(read_predictor, data, size);
		hostile_mutations(read_predictor, data, size, full_run() ? 100000 : 6000, &random);
	}
	held("a text is refused or a model that adds up and reads back");
}

/* ----- learning ----- */

static void
learn(ByteBuffer *text, uint64_t shuffle, PredictorKind kind)
{
	static const char *const words[] = {"web", "app", "shop", "phone"};
	TrainingOptions options = training_defaults;
	TrainingTable table;
	Predictor	predictor;
	uint32_t	order[ROWS];

	options.kind = kind;
	options.rounds = 20;
	options.pairs = 2;
	for (uint32_t i = 0; i < ROWS; i++)
		order[i] = i;
	for (uint32_t i = ROWS; shuffle && i > 1; i--)
	{
		uint32_t	other = (uint32_t) random_below(&shuffle, i);
		uint32_t	last = order[i - 1];

		order[i - 1] = order[other];
		order[other] = last;
	}
	training_begin(&table, 3, options.seed);
	table.columns[0].name = (ScoreText)
	{
		"a", 1
	};
	table.columns[1].name = (ScoreText)
	{
		"b", 1
	};
	table.columns[2].name = (ScoreText)
	{
		"c", 1
	};
	table.columns[2].category = true;
	for (uint32_t i = 0; i < ROWS; i++)
	{
		uint64_t	random = 1000 + order[i] / 2;	/* each row twice */
		double		a = (double) random_below(&random, 1000) / 8;
		double		b = (double) random_below(&random, 20);
		const char *word = words[random_below(&random, 4)];
		TrainingValue values[3] = {{a > 110, a}, {false, b}, {b == 7, 0, {word, (uint32_t) strlen(word)}}};

		training_add(&table, values, a / 5 + b + (double) random_below(&random, 15) > 28);
	}
	training_order(&table);
	training_fit(&table, &options, NULL, NULL, &predictor);
	hold(predictor.training.auc > 0.8);
	buffer_init(text, 64);
	predictor_append_json(text, &predictor);
}

static void
test_learning(void)
{
	for (int kind = 0; kind < PREDICTOR_KINDS; kind++)
	{
		hold(HOST_CALL(
		{
			ByteBuffer	first;
			ByteBuffer	other;

			learn(&first, 0, (PredictorKind) kind);
			for (uint64_t shuffle = 1; shuffle <= 4; shuffle++)
			{
				learn(&other, shuffle, (PredictorKind) kind);
				hold(first.size == other.size && memcmp(first.data, other.data, first.size) == 0);
			}
		}));
	}
	held("rows in any order: the same model to the bit");
}

/* The step of a shape, where it is plain to see. */
static void
test_step(void)
{
	hold(HOST_CALL(
	{
		BinnedColumn column = {.bins = 5, .ordered = true};
		TrainingOptions options = training_defaults;
		CellSum		sums[5] = {{4, 3}, {-10, 10}, {-10, 10}, {20, 10}, {20, 10}};
		double		step[5];

		options.l2 = 0;
		options.learning_rate = 1;
		boosting_step(&column, 0, sums, &options, step);
		hold(fabs(step[0] + 4.0 / 3) < 1e-12 && step[1] == 1 && step[2] == 1 && step[3] == -2 && step[4] == -2);
		boosting_step(&column, -1, sums, &options, step);
		hold(step[1] == 1 && step[3] == -2);
		/* it may not fall: all four bins take one step */
		boosting_step(&column, 1, sums, &options, step);
		hold(step[1] == -0.5 && step[4] == -0.5);
		options.l1 = 15;
		boosting_step(&column, 0, sums, &options, step);
		hold(step[0] == 0 && step[1] == 0.25 && step[3] == -1.25);
	}));
	held("a step cuts where it gains most");
}

int
main(void)
{
	test_forms();
	test_learning();
	test_step();
	return done_testing();
}
