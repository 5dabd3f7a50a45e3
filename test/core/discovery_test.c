/*
 * discovery_test.c
 *		The best journeys of many: one encoding of what was counted, whatever
 *		the order and the parts, the shared chain, and hostile bytes.
 */
#include "hostile.h"
#include "sample.h"
#include "tap.h"

#include "sequence/shared_chain.h"

static Pattern outcome;

static void
prepare(void)
{
	ByteBuffer	flat;

	buffer_init(&flat, 1024);
	pattern_from_text(&flat, "a", 1);
	pattern_open(&outcome, flat.data, flat.size);
}

/* Person n, the same whenever it is counted: sometimes without the outcome. */
static void
count_person(Discovery *discovery, uint64_t n)
{
	EffortWeights weights = effort_default_weights();
	Sample		sample;
	JourneyView view;
	size_t		size;
	uint8_t    *journey;

	sample_make(&sample, n % 7 == 0 ? 7 : n);
	journey = sample_journey(&sample, &size);
	journey_open(&view, journey, size);
	discovery_begin(discovery, &outcome, &weights);
	if (n % 5 == 0 || view.events == 0)
		discovery_add_unranked(discovery);
	else
		discovery_add(discovery, &view, 1 + (uint32_t) (n % view.events), (double) (n * 37 % 11) / 7 - 1);
}

static ByteBuffer
packed(const Discovery *discovery)
{
	ByteBuffer	out;

	buffer_init(&out, 1);
	partial_pack(&out, &discovery_kind, discovery);
	return out;
}

static void
test_merge(void)
{
	for (uint64_t seed = 1; seed <= 8; seed++)
	{
		hold(HOST_CALL(
		{
			uint64_t	first = seed * 100;
			uint64_t	people = seed % 4 == 0 ? 1100 : seed * 9;
			uint64_t	parts = 1 + seed % 4;
			Discovery  *whole = partial_begin(&discovery_kind);
			Discovery  *backwards = partial_begin(&discovery_kind);
			Discovery  *merged = partial_begin(&discovery_kind);
			ByteBuffer	bytes;
			ByteBuffer	others;
			const char *problem;

			prepare();
			for (uint64_t n = 0; n < people; n++)
			{
				count_person(whole, first + n);
				count_person(backwards, first + people - 1 - n);
			}
			bytes = packed(whole);
			problem = partial_problem(bytes.data, bytes.size);
			if (!hold(problem == NULL))
				diag("%s", problem);
			others = packed(backwards);
			hold(bytes.size == others.size && memcmp(bytes.data, others.data, bytes.size) == 0);
			for (uint64_t part = 0; part < parts; part++)
			{
				Discovery  *some = partial_begin(&discovery_kind);
				ByteBuffer	piece;
				PartialView view;

				for (uint64_t n = part; n < people; n += parts)
					count_person(some, first + n);
				piece = packed(some);
				partial_open_stored(&view, piece.data, piece.size);
				partial_absorb_stored(merged, &view);
			}
			others = packed(merged);
			hold(bytes.size == others.size && memcmp(bytes.data, others.data, bytes.size) == 0);
		}));
	}
	held("one encoding, whatever the order and the parts");
}

/* ----- the chain ----- */

/* Is the chain in the way, in this order? */
static bool
has_chain(const Way *way, const uint32_t *chain, uint32_t steps)
{
	uint32_t	step = 0;

	for (uint32_t at = 0; at < way->length && step < steps; at++)
		step += way->codes[at] == chain[step];
	return step == steps;
}

static uint64_t
people_with(const KeptWays *kept, const uint32_t *chain, uint32_t steps)
{
	uint64_t	people = 0;

	for (uint32_t i = 0; i < kept->count; i++)
		people += has_chain(&kept->ways[i], chain, steps) ? kept->ways[i].people : 0;
	return people;
}

/* Enough people have it, and too few have it with any step more. */
static void
check_chain(const Discovery *discovery, double best, double easiest, double support)
{
	KeptWays	kept = discovery_kept(discovery);
	uint32_t	chain[PATTERN_MAX_STEPS];
	uint32_t	longer[PATTERN_MAX_STEPS + 1];
	uint32_t	steps;
	uint64_t	everybody;
	ByteBuffer	flat;

	discovery_choose(discovery, &kept, best, easiest);
	everybody = people_with(&kept, chain, 0);
	steps = shared_chain(&kept, support, PATTERN_MAX_STEPS, chain);
	if (steps > 0)
	{
		hold((double) people_with(&kept, chain, steps) / (double) everybody >= support);
		buffer_init(&flat, 1);
		shared_chain_pattern(&flat, &kept, chain, steps);
		hold(flat.size > 0);
	}
	for (uint32_t at = 0; at <= steps; at++)
	{
		for (uint32_t code = 0; code < kept.touchpoint_count; code++)
		{
			uint64_t	people;

			memcpy(longer, chain, at * sizeof(uint32_t));
			longer[at] = code;
			memcpy(longer + at + 1, chain + at, (steps - at) * sizeof(uint32_t));
			people = people_with(&kept, longer, steps + 1);
			hold(people == 0 || (double) people / (double) everybody < support);
		}
	}
	discovery_free_kept(&kept);
}

static void
test_chain(void)
{
	for (uint64_t seed = 1; seed <= 40; seed++)
	{
		hold(HOST_CALL(
		{
			Discovery  *discovery = partial_begin(&discovery_kind);

			prepare();
			for (uint64_t n = 0; n < seed % 9; n++)
				count_person(discovery, seed * 1000 + n);
			check_chain(discovery, 1, 1, (double) (1 + seed % 4) / 4);
			check_chain(discovery, 0.5, 0.3, (double) (1 + seed % 4) / 4);
		}));
	}
	held("a chain that enough people have, and no longer one");
}

static void
test_refusals(void)
{
	refused(HOST_BAD_PARAMETER, "journeys weighed differently", "other weights",
	{
		Discovery  *discovery = partial_begin(&discovery_kind);
		EffortWeights weights = effort_default_weights();

		prepare();
		count_person(discovery, 1);
		weights.of[EFFORT_REPEATS]++;
		discovery_begin(discovery, &outcome, &weights);
	});
}

static void
read_discovery(const uint8_t *data, size_t size)
{
	const char *problem = partial_problem(data, size);
	PartialView view;
	Discovery  *discovery;
	KeptWays	kept;
	uint32_t	chain[3];

	if (problem != NULL)
		host_fail(HOST_BAD_BINARY, problem, NULL, NULL);
	partial_open_stored(&view, data, size);
	if (view.kind != &discovery_kind)
		return;
	discovery = partial_begin(&discovery_kind);
	partial_absorb_stored(discovery, &view);
	kept = discovery_kept(discovery);
	discovery_choose(discovery, &kept, 0.5, 0.5);
	shared_chain(&kept, 0.5, 3, chain);
	discovery_free_kept(&kept);
}

static void
test_hostile(void)
{
	uint64_t	random = 17;

	for (uint64_t people = 0; people < 4; people++)
	{
		uint8_t    *data = NULL;
		size_t		size = 0;

		hold(HOST_CALL(
		{
			Discovery  *discovery = partial_begin(&discovery_kind);
			ByteBuffer	bytes;

			prepare();
			for (uint64_t n = 0; n < people; n++)
				count_person(discovery, 401 + n);
			bytes = packed(discovery);
			size = bytes.size;
			data = memcpy(malloc(size), bytes.data, size);
		}));
		hostile_truncations(read_discovery, data, size);
		if (size < 600)
			hostile_flips(read_discovery, data, size);
		hostile_mutations(read_discovery, data, size, 1000, &random);
		free(data);
	}
	hostile_buffers(read_discovery, (const uint8_t *) "\10discover\1", 10, 5000, &random);
	held("hostile bytes of a partial");
}

int
main(void)
{
	test_merge();
	test_chain();
	test_refusals();
	test_hostile();
	return done_testing();
}
