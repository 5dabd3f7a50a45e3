/*
 * journey_hostile_test.c
 *		Journeys cut short, changed, and of random bytes.
 */
#include "hostile.h"
#include "journey_readers.h"
#include "sample.h"
#include "tap.h"

#define SAMPLES (full_run() ? 200 : 25)

/* So many bytes are changed to every other: each costs 255 reads. */
#define FLIPPED (full_run() ? 3000 : 130)

static uint8_t *
outlive_call(const uint8_t *bytes, size_t size)
{
	return memcpy(malloc(size), bytes, size);
}

/* The bytes of a small sample, in memory that outlives calls. */
static uint8_t *
small_journey(uint64_t seed, size_t most, size_t *size)
{
	uint8_t    *kept = NULL;

	hold(HOST_CALL(
	{
		Sample		sample;
		uint8_t    *bytes;

		sample_make(&sample, seed);
		sample.count = sample.count < most ? sample.count : most;
		bytes = sample_journey(&sample, size);
		kept = outlive_call(bytes, *size);
	}));
	return kept;
}

int
main(void)
{
	static const uint8_t begin[] = {1, 0, 9, 2, 2, 30, 6, 1, 6, 2, 7, 3, 5, 4, 12, 5, 9, 6, 11};
	uint64_t	random = 1;
	size_t		size;
	size_t		flipped = 0;

	for (uint64_t seed = 0; seed < SAMPLES; seed++)
	{
		uint8_t    *bytes = small_journey(seed * 4, 40, &size);

		hold(hostile_try(journey_read_from_client, bytes, size));
		for (size_t cut = 0; cut < size; cut++)
			hold(!hostile_try(journey_read_from_client, bytes, cut));
		hostile_truncations(journey_read_from_disk, bytes, size);
		free(bytes);
	}
	held("a journey cut short is no journey");

	for (uint64_t seed = 0; flipped < FLIPPED; seed++)
	{
		uint8_t    *bytes = small_journey(seed * 4 + 1, 5, &size);

		flipped += size;
		hostile_flips(seed % 2 ? journey_read_from_client : journey_read_from_disk, bytes, size);
		free(bytes);
	}
	held("every byte changed to every other");

	for (uint64_t seed = 0; seed < SAMPLES; seed++)
	{
		uint8_t    *bytes = small_journey(seed * 4 + 2, 100, &size);

		hostile_mutations(journey_read_from_client, bytes, size, 100, &random);
		hostile_mutations(journey_read_from_disk, bytes, size, 100, &random);
		free(bytes);
	}
	held("some bytes changed, put in or left out");

	hostile_buffers(journey_read_from_client, begin, sizeof(begin), 10000, &random);
	hostile_buffers(journey_read_from_disk, begin, sizeof(begin), 10000, &random);
	held("random bytes");
	return done_testing();
}
