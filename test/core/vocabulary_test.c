/*
 * vocabulary_test.c
 *		Touchpoints interned to codes.
 */
#include "tap.h"

#include "journey/vocabulary.h"

#define DIFFERENT 3000
#define LONGEST 24

/* Number to touchpoint and back: short and long texts of few letters, much alike. */
static Touchpoint
make(uint32_t number, char buffer[2 * LONGEST])
{
	uint32_t	channel_size = number % 3 * 5;
	uint32_t	event_size = 12 + number % 11;

	memset(buffer, 'a', 2 * LONGEST);
	for (uint32_t i = 0, left = number; left > 0; i++, left /= 4)
		buffer[channel_size + i * 13 % event_size] = (char) ('a' + left % 4);
	return (Touchpoint) {buffer, buffer + channel_size, channel_size, event_size};
}

static bool
same(const Touchpoint *a, const Touchpoint *b)
{
	return touchpoint_compare(a, b) == 0;
}

/* The texts one behind the other, as a row has them: nothing but a word in front may be looked at. */
static uint32_t
code_in_row(Vocabulary *vocabulary, const Touchpoint *one)
{
	size_t		size = 8 + (size_t) one->channel_size + one->event_size;
	char	   *row = host_alloc(size);
	Touchpoint	there = *one;
	uint32_t	code;

	memset(row, 0xff, 8);
	there.channel = row + 8;
	there.event = there.channel + one->channel_size;
	if (one->channel_size > 0)
		memcpy(row + 8, one->channel, one->channel_size);
	if (one->event_size > 0)
		memcpy(row + 8 + one->channel_size, one->event, one->event_size);
	code = vocabulary_code_in_row(vocabulary, &there);
	host_free(row);
	return code;
}

static void
test_codes(void)
{
	uint64_t	random = 1;

	hold(HOST_CALL(
	{
		Vocabulary *vocabulary = vocabulary_new();
		uint32_t	codes[DIFFERENT];
		uint32_t	seen = 0;
		TouchpointSet set;

		memset(codes, 0xff, sizeof(codes));
		for (int i = 0; i < 20 * DIFFERENT; i++)
		{
			uint32_t	number = (uint32_t) random_below(&random, DIFFERENT);
			char		buffer[2 * LONGEST];
			Touchpoint	one = make(number, buffer);
			uint32_t	code = i % 2 ? vocabulary_code(vocabulary, &one) : code_in_row(vocabulary, &one);

			/* the vocabulary keeps texts of its own */
			memset(buffer, 'x', sizeof(buffer));
			if (codes[number] == UINT32_MAX)
				hold((codes[number] = code) <= seen);
			hold(codes[number] == code);
			seen += code == seen;
		}
		set = vocabulary_set(vocabulary);
		hold(set.count == seen);
		for (uint32_t number = 0; number < DIFFERENT; number++)
		{
			char		buffer[2 * LONGEST];
			Touchpoint	one = make(number, buffer);

			if (codes[number] != UINT32_MAX)
				hold(same(&set.touchpoints[codes[number]], &one));
		}
		for (uint32_t a = 0; a < set.count; a += 17)
		{
			for (uint32_t b = 0; b < set.count; b++)
			{
				int			order = touchpoint_compare(&set.touchpoints[a], &set.touchpoints[b]);

				hold((order > 0) - (order < 0) == (set.rank[a] > set.rank[b]) - (set.rank[a] < set.rank[b]));
				hold((order == 0) == (a == b));
			}
		}
		vocabulary_free(vocabulary);
	}));
	held("a touchpoint has one code, a code one touchpoint, and ranks are their order");
}

/* Where a text ends and another begins counts; so does every byte of each. */
static void
test_alike(void)
{
	static const char bytes[] = "aaaaaaaaaaaaaaaaaaaaaaaa";

	hold(HOST_CALL(
	{
		Vocabulary *vocabulary = vocabulary_new();
		uint32_t	expected = 0;

		for (uint32_t channel = 0; channel <= 20; channel++)
		{
			for (uint32_t event = 0; event <= 20; event++)
			{
				Touchpoint	one = {bytes, bytes, channel, event};

				hold(vocabulary_code(vocabulary, &one) == expected);
				hold(code_in_row(vocabulary, &one) == expected++);
			}
		}
		for (uint32_t size = 1; size <= 20; size++)
		{
			for (uint32_t at = 0; at < size; at++)
			{
				char		changed[24];
				Touchpoint	one = {changed, changed, 0, size};

				memcpy(changed, bytes, sizeof(changed));
				changed[at] = 'b';
				hold(code_in_row(vocabulary, &one) == expected);
				hold(vocabulary_code(vocabulary, &one) == expected++);
				changed[at] = '\0';
				hold(vocabulary_code(vocabulary, &one) == expected);
				hold(code_in_row(vocabulary, &one) == expected++);
			}
		}
	}));
	held("touchpoints that are nearly the same are not");
}

int
main(void)
{
	test_codes();
	test_alike();
	return done_testing();
}
