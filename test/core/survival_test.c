/*
 * survival_test.c
 *		Time to outcome: one encoding of who was watched, and hostile bytes.
 */
#include "hostile.h"
#include "tap.h"

#include "score/survival.h"

static void
watch_person(Survival *survival, uint64_t n)
{
	uint64_t	random = n;
	int64_t		elapsed = (int64_t) (random_bits(&random) >> 1);

	/* many watched for the same time, some for as long as there is */
	survival_add(survival, n % 3 == 0 ? (int64_t) (n % 11) : n % 31 == 1 ? INT64_MAX : elapsed, random_below(&random, 3) > 0);
}

static ByteBuffer
packed(const Survival *survival)
{
	ByteBuffer	out;

	buffer_init(&out, 64);
	partial_pack(&out, &survival_kind, survival);
	return out;
}

static void
test_merge(void)
{
	hold(HOST_CALL(
	{
		for (uint64_t people = 0; people < 1000; people = people * 3 / 2 + 1)
		{
			Survival   *whole = partial_begin(&survival_kind);
			Survival   *backwards = partial_begin(&survival_kind);
			Survival   *merged = partial_begin(&survival_kind);
			SurvivalStep *steps;
			ByteBuffer	bytes;
			ByteBuffer	again;
			uint64_t	happened = 0;
			size_t		count;

			for (uint64_t n = 0; n < people; n++)
			{
				watch_person(whole, n);
				watch_person(backwards, people - 1 - n);
			}
			for (uint64_t part = 0; part < 5; part++)
			{
				Survival   *some = partial_begin(&survival_kind);
				PartialView view;

				for (uint64_t n = part; n < people; n += 5)
					watch_person(some, n);
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

			steps = survival_steps(merged, &count);
			for (size_t i = 0; i < count; i++)
			{
				happened += steps[i].happened;
				hold(steps[i].survival >= 0 && steps[i].survival <= (i == 0 ? 1 : steps[i - 1].survival));
				hold(steps[i].at_risk >= steps[i].happened + steps[i].censored);
				hold(!(steps[i].low > steps[i].survival) && !(steps[i].high < steps[i].survival));
			}
			hold(survival_summarise(merged, 1000).happened == happened);
			hold(survival_summarise(merged, 1000).people == people);
		}
	}));
	held("one encoding, whatever the order and the parts; survival falls and lies in its interval");
}

static void
read_survival(const uint8_t *data, size_t size)
{
	const char *problem = partial_problem(data, size);
	PartialView view;
	Survival   *survival;
	size_t		count;

	if (problem != NULL)
		host_fail(HOST_BAD_BINARY, problem, NULL, NULL);
	partial_open_stored(&view, data, size);
	if (view.kind != &survival_kind)
		return;
	survival = partial_begin(&survival_kind);
	partial_absorb_stored(survival, &view);
	survival_steps(survival, &count);
	survival_summarise(survival, INT64_MAX);
}

static void
test_hostile(void)
{
	uint64_t	random = 19;

	for (uint64_t people = 0; people < 40; people = people * 3 + 1)
	{
		uint8_t    *data = NULL;
		size_t		size = 0;

		hold(HOST_CALL(
		{
			Survival   *survival = partial_begin(&survival_kind);
			ByteBuffer	bytes;

			for (uint64_t n = 0; n < people; n++)
				watch_person(survival, n);
			bytes = packed(survival);
			size = bytes.size;
			data = memcpy(malloc(size), bytes.data, size);
		}));
		hostile_truncations(read_survival, data, size);
		hostile_flips(read_survival, data, size);
		hostile_mutations(read_survival, data, size, 1000, &random);
		free(data);
	}
	hostile_buffers(read_survival, (const uint8_t *) "\10survival\1", 10, 5000, &random);
	held("hostile bytes of times to an outcome");
}

int
main(void)
{
	test_merge();
	test_hostile();
	return done_testing();
}
