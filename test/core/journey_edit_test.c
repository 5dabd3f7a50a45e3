/*
 * journey_edit_test.c
 *		Journeys made of journeys: what holds for all of them.
 *
 * Cutting and filtering is right if it gives the journey of the rows that a
 * loop over the rows would keep.
 */
#include "sample.h"
#include "tap.h"

#include "journey/journey_edit.h"
#include "journey/journey_format.h"

#define SAMPLES (full_run() ? 1000 : 150)

static JourneyBytes
journey_of(uint64_t seed)
{
	Sample		sample;
	JourneyBytes journey;

	sample_make(&sample, seed);
	journey.data = sample_journey(&sample, &journey.size);
	return journey;
}

static JourneyBytes
united(JourneyBytes a, JourneyBytes b)
{
	JourneyBytes both[2] = {a, b};
	ByteBuffer	out;

	buffer_init(&out, 1);
	journey_unite(&out, both, 2);
	return (JourneyBytes) {out.data, out.size};
}

static bool
same(JourneyBytes a, JourneyBytes b)
{
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static bool
same_as(const ByteBuffer *a, const ByteBuffer *b)
{
	return same((JourneyBytes) {a->data, a->size}, (JourneyBytes) {b->data, b->size});
}

/* ----- union ----- */

/* Seeds of one family hold the same events with conflicting payloads. */
static void
test_union_laws(void)
{
	uint64_t	random = 1;
	unsigned	corrected = 0;

	for (uint64_t family = 0; family < SAMPLES; family++)
	{
		hold(HOST_CALL(
		{
			JourneyBytes a = journey_of(family * 4 + random_below(&random, 4));
			JourneyBytes b = journey_of(family * 4 + random_below(&random, 4));
			JourneyBytes c = journey_of(family * 4 + random_below(&random, 4));
			JourneyBytes all[3] = {b, c, a};
			JourneyView view;
			ByteBuffer	out;

			hold(same(united(a, b), united(b, a)));
			hold(same(united(united(a, b), c), united(a, united(b, c))));
			buffer_init(&out, 1);
			journey_unite(&out, all, 3);
			hold(same((JourneyBytes) {out.data, out.size}, united(a, united(b, c))));
			journey_open(&view, out.data, out.size);
			corrected += journey_has_versions(&view);
			hold(HOST_CALL(journey_validate(out.data, out.size)));
		}));
	}
	held("union is commutative and associative");
	ok(corrected > 20, "%u of them hold corrected events", corrected);
}

/* Without a ref an event is kept as often as it comes; with one, once. */
static void
test_idempotence(void)
{
	int			with_refs = 0;

	for (uint64_t seed = 0; seed < 4 * SAMPLES; seed++)
	{
		hold(HOST_CALL(
		{
			Sample		sample;
			JourneyBytes journey;
			JourneyBytes twice;
			JourneyView view;
			size_t		without = 0;
			uint32_t	events;

			sample_make(&sample, seed);
			journey.data = sample_journey(&sample, &journey.size);
			for (size_t i = 0; i < sample.count; i++)
				without += !(sample.rows[i].flags & JOURNEY_ROW_REF);
			journey_open(&view, journey.data, journey.size);
			events = view.events;
			twice = united(journey, journey);
			journey_open(&view, twice.data, twice.size);
			hold(view.events == events + without);
			hold(without > 0 || same(twice, journey));
			with_refs += without == 0 && sample.count > 1;
		}));
	}
	held("a journey united with itself is itself, if its events have refs");
	ok(with_refs > 20, "%d of them have refs throughout", with_refs);
}

static void
test_union_ends(void)
{
	hold(HOST_CALL(
	{
		JourneyBytes journey = journey_of(9);
		Sample		sample;
		JourneyBytes nothing;
		ByteBuffer	out;

		sample_make(&sample, 9);
		sample.count = 0;
		nothing.data = sample_journey(&sample, &nothing.size);
		hold(same(united(journey, nothing), journey));
		hold(same(united(nothing, nothing), nothing));
		buffer_init(&out, 1);
		journey_unite(&out, NULL, 0);
		hold(same((JourneyBytes) {out.data, out.size}, nothing));
	}));
	held("the journey without events is neutral");
}

/* ----- cutting ----- */

typedef bool (*KeepRow) (const JourneyRow *row, const Touchpoint *touchpoint, const int64_t *arguments);

/* The journey of the rows that a loop keeps. */
static ByteBuffer
kept_rows(const Sample *sample, KeepRow keep, const int64_t *arguments)
{
	JourneyRow *rows = host_alloc_array(sample->count + 1, sizeof(JourneyRow));
	size_t		count = 0;
	ByteBuffer	out;

	for (size_t i = 0; i < sample->count; i++)
	{
		if (keep(&sample->rows[i], &sample->set.touchpoints[sample->rows[i].code], arguments))
			rows[count++] = sample->rows[i];
	}
	buffer_init(&out, 1);
	sample_build(&out, sample, rows, count);
	return out;
}

static bool
keep_known(const JourneyRow *row, const Touchpoint *touchpoint, const int64_t *cut)
{
	int64_t		recorded = (row->flags & JOURNEY_ROW_RECORDED) ? row->recorded : row->at;

	return row->at <= cut[0] && recorded <= cut[1];
}

static bool
keep_between(const JourneyRow *row, const Touchpoint *touchpoint, const int64_t *range)
{
	return row->at >= range[0] && row->at < range[1];
}

static bool
keep_web(const JourneyRow *row, const Touchpoint *touchpoint, const int64_t *matching)
{
	bool		web = touchpoint->channel_size == 3 && memcmp(touchpoint->channel, "web", 3) == 0;
	bool		view = touchpoint->event_size == 4 && memcmp(touchpoint->event, "view", 4) == 0;

	return (web || view) == (*matching != 0);
}

/* A time of the sample, or one beside it, or none at all. */
static int64_t
some_time(const Sample *sample, bool recorded, uint64_t *random)
{
	const JourneyRow *row;

	if (sample->count == 0 || random_below(random, 10) == 0)
		return random_below(random, 2) ? INT64_MAX : INT64_MIN;
	row = &sample->rows[random_below(random, sample->count)];
	return (recorded && (row->flags & JOURNEY_ROW_RECORDED) ? row->recorded : row->at) +
		(int64_t) random_below(random, 3) - 1;
}

static void
test_cuts(void)
{
	uint64_t	random = 2;

	for (uint64_t seed = 0; seed < 4 * SAMPLES; seed++)
	{
		hold(HOST_CALL(
		{
			Sample		sample;
			JourneyView view;
			size_t		size;
			uint8_t    *bytes;

			sample_make(&sample, seed);
			bytes = sample_journey(&sample, &size);
			journey_open(&view, bytes, size);
			for (int i = 0; i < 4; i++)
			{
				int64_t		cut[2] = {some_time(&sample, false, &random), some_time(&sample, true, &random)};
				ByteBuffer	out;
				ByteBuffer	wanted = kept_rows(&sample, keep_known, cut);

				buffer_init(&out, 1);
				journey_cut(&out, &view, cut[0], &cut[1]);
				hold(same_as(&out, &wanted));

				out.size = 0;
				journey_cut(&out, &view, cut[0], NULL);
				wanted = kept_rows(&sample, keep_known, (int64_t[]) {cut[0], INT64_MAX});
				hold(same_as(&out, &wanted));

				cut[1] = some_time(&sample, false, &random);
				out.size = 0;
				journey_slice(&out, &view, cut[0], cut[1]);
				wanted = kept_rows(&sample, keep_between, cut);
				hold(same_as(&out, &wanted));
			}
		}));
	}
	held("cut by two clocks and slice keep what a loop over the rows keeps");
}

static void
test_filter(void)
{
	for (uint64_t seed = 0; seed < SAMPLES; seed++)
	{
		hold(HOST_CALL(
		{
			Sample		sample;
			JourneyView view;
			size_t		size;
			uint8_t    *bytes;
			TouchpointPattern patterns[2];

			sample_make(&sample, seed);
			bytes = sample_journey(&sample, &size);
			journey_open(&view, bytes, size);
			touchpoint_parse_whole(&patterns[0], "web:*", 5);
			touchpoint_parse_whole(&patterns[1], "view", 4);
			for (int64_t matching = 0; matching < 2; matching++)
			{
				ByteBuffer	out;
				ByteBuffer	wanted = kept_rows(&sample, keep_web, &matching);

				buffer_init(&out, 1);
				journey_filter(&out, &view, patterns, 2, matching != 0);
				hold(same_as(&out, &wanted));
			}
		}));
	}
	held("filters keep what a loop over the rows keeps");
}

/* ----- sessions and collapse ----- */

static void
test_sessions(void)
{
	uint64_t	random = 3;

	for (uint64_t seed = 0; seed < SAMPLES; seed++)
	{
		hold(HOST_CALL(
		{
			Sample		sample;
			size_t		size;
			uint8_t    *bytes;
			int64_t		gap = (int64_t) (random_bits(&random) >> 1);
			JourneyView view;
			JourneyView session;
			JourneySplit split;
			JourneyBytes part[701];
			uint32_t	count = 0;
			int64_t		last = 0;
			ByteBuffer	out;

			sample_make(&sample, seed);
			bytes = sample_journey(&sample, &size);
			journey_open(&view, bytes, size);
			journey_split_begin(&split, &view, gap);
			buffer_init(&out, 1);
			while (journey_split_next(&split, &out))
			{
				part[count] = (JourneyBytes) {out.data, out.size};
				journey_open(&session, out.data, out.size);
				hold(session.events > 0);
				hold(count == 0 || (uint64_t) session.first - (uint64_t) last > (uint64_t) gap);
				hold(journey_session_count(&session, gap) == 1);
				last = session.last;
				count++;
				buffer_init(&out, 1);
			}
			hold(journey_session_count(&view, gap) == count);
			if (count > 0)
			{
				out.size = 0;
				journey_unite(&out, part, count);
				hold(out.size == size && memcmp(out.data, bytes, size) == 0);
			}
		}));
	}
	held("sessions have no gap inside, one between, and together are the journey");
}

static void
test_collapse(void)
{
	for (uint64_t seed = 0; seed < SAMPLES; seed++)
	{
		hold(HOST_CALL(
		{
			Sample		sample;
			size_t		size;
			uint8_t    *bytes;
			JourneyView view;
			JourneyView collapsed;
			JourneyRow *rows;
			JourneyRow *left;
			ByteBuffer	out;
			size_t		runs = 0;

			sample_make(&sample, seed);
			bytes = sample_journey(&sample, &size);
			journey_open(&view, bytes, size);
			buffer_init(&out, 1);
			journey_collapse(&out, &view);
			journey_open(&collapsed, out.data, out.size);
			rows = host_alloc_array(journey_row_count(&view) + 1, sizeof(JourneyRow));
			left = host_alloc_array(journey_row_count(&collapsed) + 1, sizeof(JourneyRow));
			journey_rows(&view, rows);
			journey_rows(&collapsed, left);
			/* every touchpoint of the journey begins a run, so codes stay as they are */
			hold(collapsed.touchpoints == view.touchpoints);
			for (uint32_t i = 0; i < view.events; i++)
			{
				if (i > 0 && rows[i].code == rows[i - 1].code)
					continue;
				if (hold(runs < collapsed.events))
					hold(journey_row_compare(&left[runs], &rows[i], NULL) == 0);
				runs++;
			}
			hold(runs == collapsed.events);
		}));
	}
	held("collapse keeps the first of each run");
}

int
main(void)
{
	test_union_laws();
	test_idempotence();
	test_union_ends();
	test_cuts();
	test_filter();
	test_sessions();
	test_collapse();
	return done_testing();
}
