/*
 * journey_gaps_test.c
 *		Gaps of many people: one encoding of what was counted, the rank,
 *		refusals, and hostile bytes.
 */
#include "hostile.h"
#include "sample.h"
#include "tap.h"

#include "sequence/journey_gaps.h"

static const char ideal_text[] = "a -> .{2,} -> !b -> c? -> {d & e} within 7 days";

/* An ideal, and what matches journeys with it. */
typedef struct Ideal
{
	Pattern		pattern;
	PatternMatcher matcher;
	TouchpointPattern extra;
} Ideal;

static void
prepare(Ideal *ideal)
{
	ByteBuffer	flat;

	buffer_init(&flat, 1024);
	pattern_from_text(&flat, ideal_text, strlen(ideal_text));
	pattern_open(&ideal->pattern, flat.data, flat.size);
	pattern_matcher_init(&ideal->matcher, &ideal->pattern);
	touchpoint_parse_whole(&ideal->extra, "*", 1);
}

/* Person n, the same whenever it is counted; returns how many deviations there are. */
static uint32_t
count_person(JourneyGaps *gaps, Ideal *ideal, uint64_t n)
{
	double		value = (double) (n * 37 % 101) / 7 - 5;
	Sample		sample;
	JourneyView view;
	Conformance conformance;
	bool	   *extra;
	size_t		size;
	uint8_t    *journey;

	sample_make(&sample, n);
	journey = sample_journey(&sample, &size);
	journey_open(&view, journey, size);
	extra = host_alloc((size_t) view.touchpoints + 1);
	memset(extra, n % 3 == 0, (size_t) view.touchpoints + 1);
	pattern_load(&ideal->matcher, &view);
	conformance_find(&conformance, &ideal->matcher, &view, extra);
	gap_begin(gaps, &ideal->pattern, &ideal->extra, 1);
	gap_add(gaps, &conformance, &view, n % 5 == 0 ? NULL : &value);
	return conformance.count;
}

static ByteBuffer
packed(const JourneyGaps *gaps)
{
	ByteBuffer	out;

	buffer_init(&out, 1);
	partial_pack(&out, &gap_kind, gaps);
	return out;
}

static void
test_merge(void)
{
	for (uint64_t seed = 1; seed <= 20; seed++)
	{
		hold(HOST_CALL(
		{
			uint64_t	first = seed * 100;
			uint64_t	people = seed % 12;
			uint64_t	parts = 1 + seed % 4;
			JourneyGaps *whole = partial_begin(&gap_kind);
			JourneyGaps *backwards = partial_begin(&gap_kind);
			JourneyGaps *merged = partial_begin(&gap_kind);
			uint64_t	deviations = 0;
			uint64_t	occurrences = 0;
			size_t		count;
			GapRow	   *rows;
			ByteBuffer	bytes;
			ByteBuffer	others;
			const char *problem;
			Ideal		ideal;

			prepare(&ideal);
			for (uint64_t n = 0; n < people; n++)
			{
				deviations += count_person(whole, &ideal, first + n);
				count_person(backwards, &ideal, first + people - 1 - n);
			}
			bytes = packed(whole);
			problem = partial_problem(bytes.data, bytes.size);
			if (!hold(problem == NULL))
				diag("%s", problem);
			others = packed(backwards);
			hold(bytes.size == others.size && memcmp(bytes.data, others.data, bytes.size) == 0);
			for (uint64_t part = 0; part < parts; part++)
			{
				JourneyGaps *some = partial_begin(&gap_kind);
				ByteBuffer	piece;
				PartialView view;

				for (uint64_t n = part; n < people; n += parts)
					count_person(some, &ideal, first + n);
				piece = packed(some);
				partial_open_stored(&view, piece.data, piece.size);
				partial_absorb_stored(merged, &view);
			}
			others = packed(merged);
			hold(bytes.size == others.size && memcmp(bytes.data, others.data, bytes.size) == 0);

			rows = gap_rows(merged, &count);
			for (size_t i = 0; i < count; i++)
			{
				const GapCell *cell = rows[i].cell;
				const GapCell *next = i + 1 < count ? rows[i + 1].cell : NULL;

				occurrences += cell->occurrences;
				hold(cell->people > 0 && cell->people <= people && cell->people <= cell->occurrences);
				hold((rows[i].kind == DEVIATION_EXTRA) == (rows[i].touchpoint != NULL));
				if (next != NULL && cell->valued > 0 && next->valued > 0)
					hold(cell->value > next->value || (cell->value == next->value && cell->people >= next->people));
				else if (next != NULL)
					hold(next->valued == 0 && (cell->valued > 0 || cell->people >= next->people));
			}
			hold(occurrences == deviations);
		}));
	}
	held("one encoding and one rank, whatever the order and the parts");
}

static void
test_refusals(void)
{
	refused(HOST_BAD_PARAMETER, "gaps with different extra touchpoints", "other extra touchpoints",
	{
		JourneyGaps *gaps = partial_begin(&gap_kind);
		Ideal		ideal;

		prepare(&ideal);
		count_person(gaps, &ideal, 1);
		gap_begin(gaps, &ideal.pattern, NULL, 0);
	});
	refused(HOST_BAD_PARAMETER, "gaps to different ideal journeys", "another ideal",
	{
		JourneyGaps *gaps = partial_begin(&gap_kind);
		Ideal		ideal;

		prepare(&ideal);
		count_person(gaps, &ideal, 1);
		ideal.pattern.header.text_size--;
		gap_begin(gaps, &ideal.pattern, &ideal.extra, 1);
	});
}

static void
read_gaps(const uint8_t *data, size_t size)
{
	const char *problem = partial_problem(data, size);
	PartialView view;
	JourneyGaps *gaps;
	size_t		count;

	if (problem != NULL)
		host_fail(HOST_BAD_BINARY, problem, NULL, NULL);
	partial_open_stored(&view, data, size);
	if (view.kind != &gap_kind)
		return;
	gaps = partial_begin(&gap_kind);
	partial_absorb_stored(gaps, &view);
	gap_rows(gaps, &count);
}

static void
test_hostile(void)
{
	uint64_t	random = 13;

	for (uint64_t people = 0; people < 4; people++)
	{
		uint8_t    *data = NULL;
		size_t		size = 0;

		hold(HOST_CALL(
		{
			JourneyGaps *gaps = partial_begin(&gap_kind);
			ByteBuffer	bytes;
			Ideal		ideal;

			prepare(&ideal);
			for (uint64_t n = 0; n < people; n++)
				count_person(gaps, &ideal, 402 + n);
			bytes = packed(gaps);
			size = bytes.size;
			data = memcpy(malloc(size), bytes.data, size);
		}));
		hostile_truncations(read_gaps, data, size);
		if (size < 600)
			hostile_flips(read_gaps, data, size);
		hostile_mutations(read_gaps, data, size, 1000, &random);
		free(data);
	}
	hostile_buffers(read_gaps, (const uint8_t *) "\3gap\1", 5, 5000, &random);
	held("hostile bytes of a partial");
}

int
main(void)
{
	test_merge();
	test_refusals();
	test_hostile();
	return done_testing();
}
