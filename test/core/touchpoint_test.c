/*
 * touchpoint_test.c
 *		The text grammar of touchpoints.
 */
#include "tap.h"

#include "journey/touchpoint.h"

static const struct
{
	const char *text;
	const char *canonical;
	TouchpointPart channel;
	TouchpointPart event;
}			good[] = {
	{"view", "view", TOUCHPOINT_ANY, TOUCHPOINT_EXACT},
	{"web:view", "web:view", TOUCHPOINT_EXACT, TOUCHPOINT_EXACT},
	{":view", ":view", TOUCHPOINT_NONE, TOUCHPOINT_EXACT},
	{"\"\":view", ":view", TOUCHPOINT_NONE, TOUCHPOINT_EXACT},
	{"*", "*", TOUCHPOINT_ANY, TOUCHPOINT_ANY},
	{"*:*", "*:*", TOUCHPOINT_ANY, TOUCHPOINT_ANY},
	{"*:view", "*:view", TOUCHPOINT_ANY, TOUCHPOINT_EXACT},
	{"web:*", "web:*", TOUCHPOINT_EXACT, TOUCHPOINT_ANY},
	{":*", ":*", TOUCHPOINT_NONE, TOUCHPOINT_ANY},
	{"\"view\"", "view", TOUCHPOINT_ANY, TOUCHPOINT_EXACT},
	{"\"*\"", "\"*\"", TOUCHPOINT_ANY, TOUCHPOINT_EXACT},
	{"call:\"delivery failed\"", "call:\"delivery failed\"", TOUCHPOINT_EXACT, TOUCHPOINT_EXACT},
	{"\"a:b\":\"say \"\"hi\"\"\"", "\"a:b\":\"say \"\"hi\"\"\"", TOUCHPOINT_EXACT, TOUCHPOINT_EXACT},
	{"\"\"", "\"\"", TOUCHPOINT_ANY, TOUCHPOINT_EXACT},
	{"\"\"\"\"", "\"\"\"\"", TOUCHPOINT_ANY, TOUCHPOINT_EXACT},
	{"shop.de/a-b_c:1.5", "shop.de/a-b_c:1.5", TOUCHPOINT_EXACT, TOUCHPOINT_EXACT},
	{"\"\xc3\xbc\":x", "\"\xc3\xbc\":x", TOUCHPOINT_EXACT, TOUCHPOINT_EXACT},
};

static const char *const bad[] = {
	"", ":", "web:", "::", "a:b:c", "a b", " a", "a ", "\"a", "\"a\"\"", "a\"b\"", "**", "*a", "a*", "\xc3\xbc", "\"a\":", "a,b"
};

static void
test_known(void)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		hold(HOST_CALL(
		{
			TouchpointPattern pattern;
			ByteBuffer	out;

			touchpoint_parse_whole(&pattern, good[i].text, strlen(good[i].text));
			hold(pattern.channel_part == good[i].channel && pattern.event_part == good[i].event);
			buffer_init(&out, 1);
			touchpoint_pattern_append(&out, &pattern);
			if (!hold(out.size == strlen(good[i].canonical) && memcmp(out.data, good[i].canonical, out.size) == 0))
				diag("\"%s\" became \"%.*s\"", good[i].text, (int) out.size, out.data);
		}));
	}
	held("ways to write touchpoints");

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		TouchpointPattern pattern;

		if (!hold(HOST_FAILS(HOST_BAD_TEXT, touchpoint_parse_whole(&pattern, bad[i], strlen(bad[i])))))
			diag("\"%s\" is taken", bad[i]);
		else
			hold(strstr(host_failure.detail, "at character") != NULL && host_failure.hint[0] != '\0');
	}
	held("what is no touchpoint, and where");
}

/* Pieces at random; what is read is written so that it reads back the same. */
static void
test_odd(void)
{
	static const char *const pieces[] = {"a", "B9", "\"", "\"\"", ":", "*", " ", "-", "\xff", "\n", "x.y"};
	uint64_t	random = 1;
	int			read = 0;

	for (int i = 0; i < 30000; i++)
	{
		char		text[64];
		size_t		size = 0;
		char	   *exact;

		for (int n = (int) random_below(&random, 8); n > 0; n--)
		{
			const char *piece = pieces[random_below(&random, sizeof(pieces) / sizeof(pieces[0]))];

			memcpy(text + size, piece, strlen(piece));
			size += strlen(piece);
		}
		exact = memcpy(malloc(size + !size), text, size);
		if (HOST_CALL(
		{
			TouchpointPattern pattern;
			TouchpointPattern again;
			ByteBuffer	out;
			ByteBuffer	twice;

			touchpoint_parse_whole(&pattern, exact, size);
			buffer_init(&out, 1);
			buffer_init(&twice, 1);
			touchpoint_pattern_append(&out, &pattern);
			touchpoint_parse_whole(&again, (char *) out.data, out.size);
			touchpoint_pattern_append(&twice, &again);
			hold(out.size == twice.size && memcmp(out.data, twice.data, out.size) == 0);
			hold(again.channel_part == pattern.channel_part && again.event_part == pattern.event_part);
			hold(again.touchpoint.event_size == pattern.touchpoint.event_size &&
				 again.touchpoint.channel_size == pattern.touchpoint.channel_size);
		}))
			read++;
		else
			hold(host_failure.code == HOST_BAD_TEXT);
		free(exact);
	}
	held("odd texts are read and written the same, or refused");
	ok(read > 1000, "%d of them were touchpoints", read);
}

static Touchpoint
touchpoint(const char *channel, const char *event)
{
	return (Touchpoint) {channel, event, (uint32_t) strlen(channel), (uint32_t) strlen(event)};
}

static bool
matches(const char *pattern_text, const char *channel, const char *event)
{
	TouchpointPattern pattern;
	Touchpoint	one = touchpoint(channel, event);
	bool		result = false;

	hold(HOST_CALL(
	{
		touchpoint_parse_whole(&pattern, pattern_text, strlen(pattern_text));
		result = touchpoint_matches(&pattern, &one);
	}));
	return result;
}

static void
test_matches(void)
{
	hold(matches("view", "web", "view") && matches("view", "", "view") && !matches("view", "web", "viewed"));
	hold(matches("web:view", "web", "view") && !matches("web:view", "", "view") && !matches("web:view", "app", "view"));
	hold(matches(":view", "", "view") && !matches(":view", "web", "view"));
	hold(matches("web:*", "web", "x") && !matches("web:*", "web2", "x") && !matches("web:*", "", "web"));
	hold(matches("*:view", "", "view") && matches("*:view", "web", "view") && !matches("*:view", "view", "web"));
	hold(matches("*", "", "") && matches(":*", "", "x") && !matches(":*", "web", "x"));
	hold(matches("\"*\"", "web", "*") && !matches("\"*\"", "web", "view"));
	hold(matches("\"\"", "", "") && !matches("\"\"", "", "x"));
	held("which touchpoints a pattern matches");
}

static void
test_order(void)
{
	static const char *const parts[] = {"", "a", "aa", "b", "\x7f", "\xc3\xbc"};

	for (int a = 0; a < 36; a++)
	{
		for (int b = 0; b < 36; b++)
		{
			Touchpoint	x = touchpoint(parts[a / 6], parts[a % 6]);
			Touchpoint	y = touchpoint(parts[b / 6], parts[b % 6]);
			/* parts stand in order, but no channel is last */
			int			a_place = (a / 6 + 5) % 6 * 6 + a % 6;
			int			b_place = (b / 6 + 5) % 6 * 6 + b % 6;
			int			order = touchpoint_compare(&x, &y);

			hold((order > 0) - (order < 0) == (a_place > b_place) - (a_place < b_place));
		}
	}
	held("by channel, none last, then by event, all by bytes");
}

int
main(void)
{
	test_known();
	test_odd();
	test_matches();
	test_order();
	return done_testing();
}
