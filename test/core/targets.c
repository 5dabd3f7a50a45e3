/*
 * targets.c
 *		All forms that come from outside, by name.
 */
#include "card.h"
#include "identity_readers.h"
#include "journey_readers.h"
#include "linkage_readers.h"
#include "list.h"
#include "model_samples.h"
#include "pattern_readers.h"
#include "state_samples.h"
#include "targets.h"

#include "base/duration.h"
#include "base/fixed.h"
#include "base/instant.h"
#include "journey/touchpoint.h"

static void
insist(bool good, const char *what)
{
	if (!good)
		host_fail(HOST_INTERNAL, what, NULL, NULL);
}

static void
read_touchpoint(const uint8_t *data, size_t size)
{
	TouchpointPattern pattern;
	TouchpointPattern again;
	ByteBuffer	out;
	ByteBuffer	twice;

	touchpoint_parse_whole(&pattern, (const char *) data, size);
	buffer_init(&out, 64);
	touchpoint_pattern_append(&out, &pattern);
	touchpoint_parse_whole(&again, (char *) out.data, out.size);
	buffer_init(&twice, 64);
	touchpoint_pattern_append(&twice, &again);
	insist(out.size == twice.size && memcmp(out.data, twice.data, out.size) == 0,
		   "a touchpoint does not read back");
	insist(touchpoint_matches(&pattern, &again.touchpoint) || pattern.channel_part == TOUCHPOINT_ANY ||
		   pattern.event_part == TOUCHPOINT_ANY, "a touchpoint does not match itself");
}

static void
read_duration(const uint8_t *data, size_t size)
{
	int64_t		microseconds = -1;
	int64_t		again = -1;
	char		text[DURATION_TEXT_MAX];

	if (duration_parse((const char *) data, size, &microseconds) != DURATION_OK)
		host_fail(HOST_BAD_TEXT, "no duration", NULL, NULL);
	size = duration_to_text(microseconds, text);
	insist(microseconds >= 0 && duration_parse(text, size, &again) == DURATION_OK && again == microseconds,
		   "a duration does not read back");
}

static void
read_instant(const uint8_t *data, size_t size)
{
	int64_t		instant = 0;
	int64_t		again = 0;
	size_t		taken = 0;
	char		text[INSTANT_TEXT_MAX];
	InstantText result = instant_parse((const char *) data, size, &instant, &taken);

	insist(taken <= size, "an instant passes its text");
	if (result != INSTANT_OK)
		host_fail(HOST_BAD_TEXT, "no instant", NULL, NULL);
	size = instant_to_text(instant, text);
	insist(instant_parse(text, size, &again, &taken) == INSTANT_OK && taken == size && again == instant,
		   "an instant does not read back");
}

static void
read_fixed(const uint8_t *data, size_t size)
{
	Fixed		fixed = 0;
	Fixed		again = 0;
	char		text[FIXED_TEXT_MAX];

	if (fixed_from_text((const char *) data, size, &fixed) != FIXED_TEXT_OK)
		host_fail(HOST_BAD_TEXT, "no number", NULL, NULL);
	size = fixed_to_text(fixed, text);
	insist(fixed_from_text(text, size, &again) == FIXED_TEXT_OK && again == fixed, "a number does not read back");
}

const HostileTarget hostile_targets[] = {
	{"duration", {read_duration}},
	{"fixed", {read_fixed}},
	{"identity_map", {identity_read_from_client, identity_read_from_disk}},
	{"identity_map_text", {identity_read_text}},
	{"instant", {read_instant}},
	{"journey", {journey_read_from_client, journey_read_from_disk}},
	{"journey_text", {journey_read_text}},
	{"linkage_model", {linkage_read_from_client, linkage_read_from_disk}},
	{"markov_model", {model_read_markov}},
	{"partial", {state_read}},
	{"pattern", {pattern_read_text, pattern_read_flat}},
	{"pattern_match", {pattern_read_match}},
	{"scorecard", {card_read_flat}},
	{"scorecard_json", {card_read_json}},
	{"signal_list", {list_read_flat}},
	{"signal_list_json", {list_read_json}},
	{"shapley_model", {model_read_shapley}},
	{"touchpoint", {read_touchpoint}},
	{"transition_graph", {model_read_transitions}},
	{NULL, {NULL}}
};
