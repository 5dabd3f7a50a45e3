/*
 * score_reference_test.c
 *		The reference of percentiles: one encoding of what was counted,
 *		percentiles by definition, refusals, and hostile bytes.
 */
#include "hostile.h"
#include "state_samples.h"
#include "tap.h"

#include "score/score_reference.h"

static const char *const names[] = {"purchase", "cancel/price", "cancel", "", "purchas"};

/* Person n, the same whenever it is counted. */
static void
count_person(ScoreReference *reference, uint64_t n)
{
	uint64_t	random = n;
	const char *name = names[random_below(&random, 5)];
	Fixed		evidence = (Fixed) (int64_t) random_below(&random, 80 * FIXED_ONE) - 40 * (Fixed) FIXED_ONE;

	score_reference_add(reference, name, (uint32_t) strlen(name), evidence);
}

static ByteBuffer
packed(const ScoreReference *reference)
{
	ByteBuffer	out;

	buffer_init(&out, 64);
	partial_pack(&out, &score_reference_kind, reference);
	return out;
}

static void
test_merge(void)
{
	hold(HOST_CALL(
	{
		for (uint64_t people = 0; people < 400; people = people * 3 / 2 + 1)
		{
			ScoreReference *whole = partial_begin(&score_reference_kind);
			ScoreReference *backwards = partial_begin(&score_reference_kind);
			ScoreReference *merged = partial_begin(&score_reference_kind);
			ByteBuffer	bytes;
			ByteBuffer	again;

			for (uint64_t n = 0; n < people; n++)
			{
				count_person(whole, n);
				count_person(backwards, people - 1 - n);
			}
			for (uint64_t part = 0; part < 7; part++)
			{
				ScoreReference *some = partial_begin(&score_reference_kind);
				PartialView view;

				for (uint64_t n = part; n < people; n += 7)
					count_person(some, n);
				bytes = packed(some);
				partial_open_stored(&view, bytes.data, bytes.size);
				partial_absorb_stored(merged, &view);
			}
			bytes = packed(whole);
			again = packed(backwards);
			hold(bytes.size == again.size && memcmp(bytes.data, again.data, bytes.size) == 0);
			again = packed(merged);
			hold(bytes.size == again.size && memcmp(bytes.data, again.data, bytes.size) == 0);
			hold(partial_problem(bytes.data, bytes.size) == NULL);
		}
	}));
	held("one encoding, whatever the order and the parts");
}

static void
test_percentile(void)
{
	hold(HOST_CALL(
	{
		ScoreReference *reference = partial_begin(&score_reference_kind);
		const ReferenceIntent *intent;

		/* one person a bin, from -32 on */
		for (int bin = 0; bin < REFERENCE_BINS; bin++)
			score_reference_add(reference, "i", 1, ((Fixed) bin - REFERENCE_BINS / 2) * REFERENCE_BIN_WIDTH + bin % 7);
		hold(score_reference_find(reference, "", 0) == NULL && score_reference_find(reference, "ii", 2) == NULL);
		intent = score_reference_find(reference, "i", 1);
		hold(intent != NULL && intent->total == REFERENCE_BINS);
		for (int bin = 0; bin < REFERENCE_BINS; bin++)
		{
			Fixed		low = ((Fixed) bin - REFERENCE_BINS / 2) * REFERENCE_BIN_WIDTH;

			hold(score_percentile(intent, low) == 100 * (bin + 0.5) / REFERENCE_BINS);
			hold(score_percentile(intent, low + REFERENCE_BIN_WIDTH - 1) == 100 * (bin + 0.5) / REFERENCE_BINS);
		}
		hold(score_percentile(intent, -((Fixed) FIXED_ONE << 60)) == 50.0 / REFERENCE_BINS);
		hold(score_percentile(intent, (Fixed) FIXED_ONE << 60) == 100 - 50.0 / REFERENCE_BINS);
	}));
	held("percentiles, bin by bin");
	refused(HOST_OUT_OF_RANGE, "count", "a count that no bigint holds",
	{
		static const uint8_t most[] = "\1\1i\1\0\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
		ScoreReference *reference = partial_begin(&score_reference_kind);
		ByteReader	payload = reader_over(most, sizeof(most) - 1);

		score_reference_kind.absorb(reference, 1, &payload);
		score_reference_add(reference, "i", 1, -((Fixed) FIXED_ONE << 60));
	});
}

static void
test_hostile(void)
{
	uint64_t	random = 17;

	for (uint64_t people = 0; people < 40; people = people * 3 + 1)
	{
		uint8_t    *data = NULL;
		size_t		size = 0;

		hold(HOST_CALL(
		{
			ScoreReference *reference = partial_begin(&score_reference_kind);
			ByteBuffer	bytes;

			for (uint64_t n = 0; n < people; n++)
				count_person(reference, n);
			bytes = packed(reference);
			size = bytes.size;
			data = memcpy(malloc(size), bytes.data, size);
		}));
		hostile_truncations(state_read, data, size);
		hostile_flips(state_read, data, size);
		hostile_mutations(state_read, data, size, 1000, &random);
		free(data);
	}
	hostile_buffers(state_read, (const uint8_t *) "\17score_reference\1", 17, 5000, &random);
	held("hostile bytes of a reference");
}

int
main(void)
{
	test_merge();
	test_percentile();
	test_hostile();
	return done_testing();
}
