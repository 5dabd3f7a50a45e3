/*
 * state_samples.c
 *		States of every kind of partial, counted and read.
 */
#include "sample.h"
#include "state_samples.h"
#include "tap.h"

#include "score/comparison.h"
#include "score/evaluation.h"
#include "score/naive_bayes.h"
#include "score/survival.h"
#include "score/score_reference.h"
#include "score/training_state.h"
#include "sequence/funnel_count.h"
#include "sequence/journey_gaps.h"
#include "sequence/path_counts.h"
#include "sequence/retention.h"
#include "sequence/shared_chain.h"

/* A small journey of letters by two channels. */
static void
make_journey(JourneyView *view, uint64_t n)
{
	static Touchpoint touchpoints[] = {
		{"app", "a", 3, 1}, {"web", "a", 3, 1}, {"web", "b", 3, 1}, {"web", "", 3, 0}, {"", "c", 0, 1}
	};
	static uint32_t rank[] = {0, 2, 3, 1, 4};
	TouchpointSet set = {.count = 5, .touchpoints = touchpoints, .rank = rank};
	uint64_t	random = n * 104729 + 1;
	JourneyRow	rows[6] = {0};
	size_t		count = (size_t) random_below(&random, 7);
	ByteBuffer	journey;

	for (size_t i = 0; i < count; i++)
	{
		rows[i].at = (int64_t) random_below(&random, 9) * 1000000;
		rows[i].code = (uint32_t) random_below(&random, 5);
	}
	buffer_init(&journey, 64);
	journey_build(&journey, rows, count, &set);
	journey_open(view, journey.data, journey.size);
}

/* What matches such a journey with a pattern. */
static void
load(Pattern *pattern, PatternMatcher *matcher, JourneyView *view, const char *text, uint64_t n)
{
	ByteBuffer	flat;

	buffer_init(&flat, 1024);
	pattern_from_text(&flat, text, strlen(text));
	pattern_open(pattern, flat.data, flat.size);
	pattern_matcher_init(matcher, pattern);
	make_journey(view, n);
	pattern_load(matcher, view);
}

/* ----- each kind ----- */

static void
add_discovery(void *state, uint64_t n)
{
	EffortWeights weights = effort_default_weights();
	Pattern		pattern;
	PatternMatcher matcher;
	JourneyView view;

	load(&pattern, &matcher, &view, "a", n);
	discovery_begin(state, &pattern, &weights);
	if (view.events == 0)
		discovery_add_unranked(state);
	else
		discovery_add(state, &view, view.events, (double) (n % 3) - 0.5);
}

static void
ask_discovery(const void *state)
{
	KeptWays	kept = discovery_kept(state);
	uint32_t	chain[3];
	uint32_t	steps;
	ByteBuffer	flat;

	discovery_choose(state, &kept, 0.5, 0.5);
	steps = shared_chain(&kept, 0.5, 3, chain);
	buffer_init(&flat, 1024);
	if (steps > 0)
		shared_chain_pattern(&flat, &kept, chain, steps);
	discovery_free_kept(&kept);
}

static void
add_evaluation(void *state, uint64_t n)
{
	if (n % 2 == 0)
		evaluation_add(state, (double) (n % 5) / 5, n % 3 == 0);
	else
		evaluation_add_weighted(state, (double) (n % 7) / 7, n % 3 == 0, (double) n / 4);
}

static void
ask_evaluation(const void *state)
{
	double		answer;

	evaluation_auc(state, &answer);
	evaluation_auc_pr(state, &answer);
	evaluation_ks(state, &answer);
	evaluation_drift(state, 3, (double[2]) {0, 0});
}

static void
add_funnel(void *state, uint64_t n)
{
	Pattern		pattern;
	PatternMatcher matcher;
	JourneyView view;
	Funnel		funnel;

	load(&pattern, &matcher, &view, "a -> b? -> c", n);
	funnel_find(&funnel, &matcher);
	funnel_count_begin(state, &pattern);
	funnel_count_add(state, &pattern, &funnel);
}

static void
ask_funnel(const void *state)
{
	const FunnelCount *count = state;

	for (uint32_t i = 0; i < count->levels; i++)
	{
		funnel_count_quantile(&count->steps[i], 50);
		funnel_count_quantile(&count->steps[i], 90);
	}
}

static void
add_gaps(void *state, uint64_t n)
{
	double		value = (double) n - 2;
	TouchpointPattern everything;
	Pattern		pattern;
	PatternMatcher matcher;
	JourneyView view;
	Conformance conformance;
	bool		extra[5];

	load(&pattern, &matcher, &view, "a -> b -> !c -> a", n);
	touchpoint_parse_whole(&everything, "*", 1);
	memset(extra, true, sizeof(extra));
	conformance_find(&conformance, &matcher, &view, extra);
	gap_begin(state, &pattern, &everything, 1);
	gap_add(state, &conformance, &view, n % 3 == 0 ? NULL : &value);
}

static void
ask_gaps(const void *state)
{
	size_t		count;

	gap_rows(state, &count);
}

static void
add_path(void *state, uint64_t n)
{
	static const char *const paths[] = {"", "a", "a -> b", "b"};

	path_counts_add(state, paths[n % 4], (uint32_t) strlen(paths[n % 4]), 1 + n);
}

static void
ask_paths(const void *state)
{
	uint64_t	total;

	path_counts_ranked(state, &total);
}

static void
add_retention(void *state, uint64_t n)
{
	RetentionPerson person;

	retention_set_calendar(state, RETENTION_WEEK, "Europe/Berlin");
	retention_begin(state, &person, (int64_t) n % 3);
	retention_value(&person, (double) n / 8);
	retention_event(&person, (int64_t) n % 3 + 2);
	retention_end(&person);
}

static void
ask_retention(const void *state)
{
	const RetentionState *retention = state;

	if (retention->count > 0)
		retention_last_period(retention);
}

static void
add_naive_bayes(void *state, uint64_t n)
{
	static const ScoreText names[] = {{"channel", 7}, {"spent", 5}};
	static const ScoreText words[] = {{"web", 3}, {"app", 3}, {"", 0}};
	uint64_t	random = n * 31 + 7;
	bool		label = random_below(&random, 3) == 0;
	Fixed		weight = n % 4 == 0 ? FIXED_ONE / 2 : FIXED_ONE;

	naive_bayes_row(state, label, weight);
	naive_bayes_text(state, &names[0], &words[random_below(&random, 3)], label, weight);
	if (n % 5 > 0)
		naive_bayes_number(state, &names[1], (double) random_below(&random, 40) - 12.5, label, weight);
}

static void
ask_naive_bayes(const void *state)
{
	NaiveBayesState decayed;
	Predictor	predictor;

	naive_bayes_decay(state, FIXED_ONE / 3, &decayed);
	naive_bayes_predictor(state, 5, &predictor);
}

static void
add_survival(void *state, uint64_t n)
{
	uint64_t	random = n * 17 + 3;

	survival_add(state, (int64_t) random_below(&random, 20), random_below(&random, 3) == 0, n % 4 == 0 ? 0.5 : 1);
}

static void
ask_survival(const void *state)
{
	SurvivalCurve curve = survival_curve(state);

	(void) survival_summary(&curve, curve.longest);
	(void) survival_mean(&curve, 1, 3);
}

static void
add_comparison(void *state, uint64_t n)
{
	uint64_t	random = n * 13 + 5;
	double		a = (double) random_below(&random, 9) / 8;

	comparison_add(state, a, (double) random_below(&random, 3) / 2, random_below(&random, 3) == 0);
}

static void
ask_comparison(const void *state)
{
	(void) comparison_report(state);
}

static void
add_reference(void *state, uint64_t n)
{
	static const char *const names[] = {"a", "a/b", ""};
	uint64_t	random = n + 1;
	const char *name = names[random_below(&random, 3)];

	score_reference_add(state, name, (uint32_t) strlen(name),
						(Fixed) (int64_t) random_below(&random, 80 * FIXED_ONE) - 40 * (Fixed) FIXED_ONE);
}

static void
ask_reference(const void *state)
{
	const ScoreReference *reference = state;

	for (uint32_t i = 0; i < reference->count; i++)
		score_percentile(&reference->intents[i], 0);
}

static void
add_training(void *state, uint64_t n)
{
	static const ScoreText names[] = {{"channel", 7}, {"never", 5}, {"spent", 5}, {"visits", 6}};
	static const ScoreText words[] = {{"web", 3}, {"app", 3}, {"", 0}};
	uint64_t	random = n * 29 + 11;
	uint32_t	column;

	training_state_row(state, random_below(&random, 3) == 0, n % 6 == 5 ? 0.5 : 1);
	column = training_state_column(state, &names[3], STATE_NUMBERS, 0);
	training_state_number(state, column, (double) random_below(&random, 400) - 200);
	training_state_column(state, &names[1], n % 2 == 0 ? STATE_NULLS : STATE_CATEGORIES, 1);
	column = training_state_column(state, &names[0], STATE_CATEGORIES, 2);
	if (n % 4 > 0)
		training_state_text(state, column, &words[random_below(&random, 3)]);
	if (n % 5 == 0)
		return;
	column = training_state_column(state, &names[2], STATE_NUMBERS, 3);
	training_state_number(state, column, (double) random_below(&random, 90) / 7);
}

static void
ask_training(const void *state)
{
	TrainingOptions options = training_defaults;
	TrainingTable table;
	Predictor	predictor;

	training_state_table(state, 1, &table);
	options.rounds = 2;
	options.pairs = 1;
	options.folds = 2;
	training_fit(&table, &options, NULL, NULL, &predictor);
}

/* ----- all of them ----- */

const StateSample state_samples[] = {
	{&comparison_kind, add_comparison, ask_comparison},
	{&discovery_kind, add_discovery, ask_discovery},
	{&evaluation_kind, add_evaluation, ask_evaluation},
	{&funnel_kind, add_funnel, ask_funnel},
	{&gap_kind, add_gaps, ask_gaps},
	{&naive_bayes_kind, add_naive_bayes, ask_naive_bayes},
	{&path_counts_kind, add_path, ask_paths},
	{&retention_kind, add_retention, ask_retention},
	{&survival_kind, add_survival, ask_survival},
	{&score_reference_kind, add_reference, ask_reference},
	{&training_state_kind, add_training, ask_training},
	{NULL}
};

ByteBuffer
state_sample(const StateSample *sample, uint64_t rows)
{
	void	   *state = partial_begin(sample->kind);
	ByteBuffer	out;

	for (uint64_t n = 0; n < rows; n++)
		sample->add(state, n);
	buffer_init(&out, 64);
	partial_pack(&out, sample->kind, state);
	return out;
}

void
state_read(const uint8_t *data, size_t size)
{
	const char *problem = partial_problem(data, size);
	const StateSample *sample = state_samples;
	PartialView view;
	void	   *state;

	if (problem != NULL)
		host_fail(HOST_BAD_BINARY, problem, NULL, NULL);
	partial_open_stored(&view, data, size);
	while (sample->kind != NULL && sample->kind != view.kind)
		sample++;
	if (sample->kind == NULL)
		host_fail(HOST_INTERNAL, "a kind of partial has no sample", view.kind->name, NULL);
	state = partial_begin(sample->kind);
	partial_absorb_stored(state, &view);
	sample->ask(state);
}
