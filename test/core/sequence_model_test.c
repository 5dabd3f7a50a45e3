/*
 * sequence_model_test.c
 *		Models of paths, sets and transitions: one form, exact sums, hostile bytes.
 */
#include "hostile.h"
#include "model_samples.h"
#include "tap.h"

#include "sequence/markov.h"
#include "sequence/markov_chain.h"
#include "sequence/shapley.h"
#include "sequence/shares.h"
#include "sequence/transition.h"

static void
report(const ModelSample *kind, const char *what)
{
	char		text[128];

	snprintf(text, sizeof(text), "%s: %s", kind->name, what);
	held(text);
}

static bool
same(const ByteBuffer *a, const ByteBuffer *b)
{
	return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static void
test_canonical(const ModelSample *kind)
{
	for (uint64_t count = 0; count < 300; count = count * 2 + 1)
	{
		hold(HOST_CALL(
		{
			ByteBuffer	whole = model_sample(kind, count, 0, 1, 0);
			ByteBuffer	other = model_sample(kind, count, count / 3, 1, 0);

			hold(same(&whole, &other));
			for (uint64_t parts = 2; parts <= 64; parts *= 2)
			{
				void	   *merged = kind->create();

				for (uint64_t part = 0; part < parts; part++)
				{
					ByteBuffer	bytes = model_sample(kind, count, part, parts, parts - 1 - part);

					kind->absorb(merged, bytes.data, bytes.size, HOST_BAD_BINARY);
				}
				other.size = 0;
				kind->pack(&other, merged);
				hold(same(&whole, &other));
			}
		}));
	}
	report(kind, "the same bytes in any order and of any parts");
}

/* ----- hostile bytes ----- */

static void
test_hostile(const ModelSample *kind)
{
	static uint8_t bytes[65536];
	size_t		size = 0;
	uint64_t	random = 1;

	hold(HOST_CALL(
	{
		ByteBuffer	model = model_sample(kind, 12, 0, 1, 0);

		size = model.size;
		memcpy(bytes, model.data, size);
	}));
	hostile_truncations(kind->read, bytes, size);
	hostile_mutations(kind->read, bytes, size, full_run() ? 100000 : 3000, &random);
	hostile_buffers(kind->read, bytes, MODEL_HEADER_SIZE, full_run() ? 100000 : 3000, &random);
	if (full_run())
		hostile_flips(kind->read, bytes, size);
	report(kind, "bytes from anywhere fail or are a model");
}

/* ----- what they answer ----- */

/* Removal effects of order 1 by going step by step until nobody is left on the way. */
static double
walk(const MarkovView *view, uint32_t removed)
{
	double		at[16] = {1};
	double		converted = 0;

	for (int round = 0; round < 5000; round++)
	{
		double		next[16] = {0};
		double		total[16] = {0};

		for (uint32_t i = 0; i < view->count; i++)
			total[view->steps[i].state] += (double) view->steps[i].count;
		for (uint32_t i = 0; i < view->count; i++)
		{
			const MarkovStep *step = &view->steps[i];
			double		share = at[step->state] * (double) step->count / total[step->state];

			if (step->next == MARKOV_CONVERSION)
				converted += share;
			else if (step->next >= MARKOV_CHANNEL && step->next != removed)
				next[step->next] += share;
		}
		memcpy(at, next, sizeof(at));
	}
	return converted;
}

static void
test_effects(void)
{
	for (uint64_t count = 1; count < 400; count = count * 2 + 1)
	{
		hold(HOST_CALL(
		{
			ByteBuffer	bytes = model_sample(&model_samples[0], count, 0, 1, 0);
			MarkovView	view;
			MarkovEffect effects[16];
			MarkovEffect direct;
			Fixed		conversions = 0;
			Fixed		expected = 0;
			double		all;

			markov_read(&view, bytes.data, bytes.size, HOST_INTERNAL);
			markov_effects(&view, effects, &direct);
			all = walk(&view, 0);
			for (uint32_t i = 0; i < view.reader.name_count; i++)
			{
				double		lost = all == 0 ? 0 : 1 - walk(&view, MARKOV_CHANNEL + i) / all;
				double		off = effects[i].removal_effect - lost;

				hold(off < 1e-12 && off > -1e-12);
				conversions += effects[i].conversions;
			}
			for (uint32_t i = 0; i < view.count; i++)
			{
				if (view.steps[i].next == MARKOV_CONVERSION && view.steps[i].state != 0)
					expected += fixed_from_count(view.steps[i].count);
			}
			hold(conversions == expected || conversions == 0);
		}));
	}
	held("removal effects are those of going step by step, and divide all conversions");
}

/* States in a ring, each with edges to some more; all end with the same weights. */
static Chain
make_ring(uint32_t count, uint32_t edges, double kept, double lost)
{
	Chain		chain = chain_new(count);
	uint64_t	random = count;

	for (uint32_t i = 0; i < count; i++)
	{
		/* in order of where they lead */
		for (uint32_t to = 0; to < count; to++)
		{
			if (to == (i + 1) % count || random_below(&random, count) < edges)
				chain_connect(&chain, i, to, (double) (1 + random_below(&random, 5)));
		}
		chain.states[i].ends = kept + lost + (double) (i % 3);
		chain.states[i].reward[CHAIN_KEPT] = kept;
		chain.states[i].reward[CHAIN_LOST] = lost;
		chain.states[i].reward[CHAIN_VALUE] = -kept * i;
	}
	return chain;
}

/* What states lead to, from nothing up by themselves, for so long that nothing changes. */
static void
iterate(const Chain *chain, double (*rewards)[CHAIN_REWARDS])
{
	memset(rewards, 0, chain->count * sizeof(rewards[0]));
	for (int round = 0; round < 2000; round++)
	{
		for (uint32_t i = 0; i < chain->count; i++)
		{
			const ChainState *state = &chain->states[i];
			double		total = state->ends;

			for (uint32_t edge = 0; edge < state->edge_count; edge++)
				total += state->edges[edge].weight;
			for (int reward = 0; reward < CHAIN_REWARDS; reward++)
			{
				double		sum = state->reward[reward];

				for (uint32_t edge = 0; edge < state->edge_count; edge++)
					sum += state->edges[edge].weight * rewards[state->edges[edge].to][reward];
				rewards[i][reward] = sum / total;
			}
		}
	}
}

static void
test_chains(void)
{
	/* the last of them is left to settle, the others are eliminated */
	static const uint32_t sizes[][2] = {{1, 0}, {2, 1}, {40, 3}, {250, 2}, {400, 40}};
	const double tiny = 1e-12;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
	{
		hold(HOST_CALL(
		{
			Chain		chain = make_ring(sizes[i][0], sizes[i][1], 0.5, 0.25);
			double		(*expected)[CHAIN_REWARDS] = host_alloc_array(chain.count, sizeof(expected[0]));
			double		(*solved)[CHAIN_REWARDS] = host_alloc_array(chain.count, sizeof(solved[0]));

			iterate(&chain, expected);
			chain_solve(&chain, solved);
			for (uint32_t state = 0; state < chain.count; state++)
			{
				for (int reward = 0; reward < CHAIN_REWARDS; reward++)
				{
					double		off = solved[state][reward] - expected[state][reward];

					hold(off < 1e-11 && off > -1e-11);
				}
			}
		}));
	}
	/* hardly anybody ever ends; where all do, they do so at two to one */
	for (uint32_t count = 2; count < (full_run() ? 300 : 250); count = count * 2 + 40)
	{
		hold(HOST_CALL(
		{
			Chain		chain = make_ring(count, 6, 2 * tiny, tiny);
			double		(*solved)[CHAIN_REWARDS] = host_alloc_array(count, sizeof(solved[0]));

			for (uint32_t state = 0; state < count; state++)
				chain.states[state].ends = 3 * tiny;
			chain_solve(&chain, solved);
			for (uint32_t state = 0; state < count; state++)
			{
				double		off = solved[state][CHAIN_KEPT] - 2.0 / 3;

				hold(off < 1e-12 && off > -1e-12);
			}
		}));
	}
	held("chains lead where they lead, be they dense or as good as endless");
}

static void
test_shares(void)
{
	uint64_t	random = 1;

	for (int round = 0; round < 20000; round++)
	{
		uint64_t	weights[12];
		Fixed		parts[12];
		Fixed		sum = 0;
		Fixed		total = (Fixed) random_bits(&random) - (Fixed) random_bits(&random);
		size_t		count = 1 + (size_t) random_below(&random, 12);
		bool		any = false;

		for (size_t i = 0; i < count; i++)
		{
			weights[i] = random_below(&random, 3) ? random_bits(&random) : 0;
			any = any || weights[i] > 0;
		}
		hold(HOST_CALL(hold(share_out(total, weights, count, parts) == any)));
		for (size_t i = 0; i < count; i++)
		{
			sum += parts[i];
			hold(weights[i] > 0 || parts[i] == 0);
			hold(total >= 0 ? parts[i] >= 0 : parts[i] <= 0);
		}
		hold(sum == (any ? total : 0));
	}
	held("parts sum to the total to the last unit, and none has the other sign");
}

static void
test_buckets(void)
{
	uint64_t	random = 1;
	uint32_t	before = 0;

	for (uint64_t time = 0; time < 100000; time++)
	{
		uint32_t	bucket = transition_bucket(time);

		hold(bucket == before || bucket == before + 1);
		before = bucket;
	}
	hold(transition_bucket(UINT64_MAX) == BUCKETS - 1);
	for (int round = 0; round < 100000; round++)
	{
		uint64_t	time = random_bits(&random);
		double		off = transition_bucket_middle(transition_bucket(time)) / ((double) time + 1e-300) - 1;

		hold(time == 0 || (off <= 1.0 / 128 && off >= -1.0 / 128));
		hold(time >= 128 || transition_bucket_middle(transition_bucket(time)) == (double) time);
	}
	held("buckets follow each other, and none is wider than one part in 64 of its times");
}

int
main(void)
{
	for (const ModelSample *kind = model_samples; kind->name; kind++)
	{
		test_canonical(kind);
		test_hostile(kind);
	}
	test_effects();
	test_chains();
	test_shares();
	test_buckets();
	return done_testing();
}
