/*
 * chunk_test.c
 *		Stored journeys: chunks are those of the events alone, and changes take
 *		away what they name and put in what they bring.
 */
#include "sample.h"
#include "tap.h"

#include "journey/journey_format.h"
#include "store/chunk.h"

#define SAMPLES (full_run() ? 1000 : 150)
#define MOST_CHUNKS 64

static JourneyBytes
journey_of(uint64_t seed)
{
	Sample		sample;
	JourneyBytes journey;

	sample_make(&sample, seed);
	journey.data = sample_journey(&sample, &journey.size);
	return journey;
}

static bool
same(JourneyBytes a, JourneyBytes b)
{
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static uint32_t
events_of(JourneyBytes journey)
{
	JourneyView view;

	journey_open(&view, journey.data, journey.size);
	return view.events;
}

static JourneyBytes
united(const JourneyBytes *parts, size_t count)
{
	ByteBuffer	out;

	buffer_init(&out, 64);
	journey_unite(&out, parts, count);
	return (JourneyBytes) {out.data, out.size};
}

static JourneyBytes
amended(JourneyBytes journey, JourneyBytes removed, JourneyBytes added)
{
	ByteBuffer	out;

	buffer_init(&out, 64);
	journey_amend(&out, journey, removed, added);
	return (JourneyBytes) {out.data, out.size};
}

static size_t
cut(JourneyBytes journey, JourneyBytes *chunks)
{
	JourneyView view;
	ChunkCut	work;
	ByteBuffer	out;
	size_t		count = 0;

	journey_open(&view, journey.data, journey.size);
	chunk_cut_begin(&work, &view);
	buffer_init(&out, 64);
	while (chunk_cut_next(&work, &out))
	{
		if (!hold(count < MOST_CHUNKS))
			break;
		chunks[count].data = out.data;
		chunks[count++].size = out.size;
		buffer_init(&out, 64);
	}
	return count;
}

/* ----- cutting ----- */

static void
test_chunks(void)
{
	size_t		several = 0;

	for (uint64_t seed = 0; seed < SAMPLES; seed++)
	{
		hold(HOST_CALL(
		{
			/* several samples together are long enough to be cut */
			JourneyBytes parts[5];
			JourneyBytes chunks[MOST_CHUNKS];
			JourneyBytes again[MOST_CHUNKS];
			JourneyBytes journey;
			size_t		count;

			for (size_t i = 0; i < 5; i++)
				parts[i] = journey_of(seed * 5 + i);
			journey = united(parts, 5);
			count = cut(journey, chunks);
			several += count > 1;
			hold(count > 0 || events_of(journey) == 0);
			hold(count == 0 || same(united(chunks, count), journey));
			for (size_t i = 0; i < count; i++)
			{
				journey_validate(chunks[i].data, chunks[i].size);
				hold(events_of(chunks[i]) <= CHUNK_EVENTS);
				hold(chunks[i].size <= CHUNK_BYTES || events_of(chunks[i]) == 1);
			}
			/* cut again from any chunk on, the rest is the same */
			for (size_t from = 1; from < count; from++)
			{
				size_t		rest = cut(united(chunks + from, count - from), again);

				hold(rest == count - from);
				for (size_t i = 0; i < rest && rest == count - from; i++)
					hold(same(again[i], chunks[from + i]));
			}
		}));
	}
	held("chunks are small, give the journey, and do not depend on where one begins to cut");
	ok(several > 10, "%zu journeys were cut", several);
}

/* ----- changing ----- */

static void
test_amend(void)
{
	static const JourneyBytes nothing = {NULL, 0};

	for (uint64_t seed = 0; seed < SAMPLES; seed++)
	{
		hold(HOST_CALL(
		{
			JourneyBytes a = journey_of(seed);
			JourneyBytes b = journey_of(seed + 1);
			JourneyBytes both[2] = {a, b};

			hold(same(amended(a, nothing, nothing), a));
			hold(same(amended(nothing, nothing, a), a));
			hold(events_of(amended(a, a, nothing)) == 0);
			hold(events_of(amended(nothing, a, nothing)) == 0);
			hold(same(amended(a, a, b), b));
			hold(same(amended(a, nothing, b), united(both, 2)));
			/* what comes and goes changes nothing */
			hold(same(amended(amended(a, b, nothing), nothing, nothing), amended(a, b, nothing)));
			hold(same(amended(a, nothing, nothing), amended(amended(a, nothing, nothing), nothing, nothing)));
		}));
	}
	held("amending takes away and puts in");
}

int
main(void)
{
	test_chunks();
	test_amend();
	return done_testing();
}
