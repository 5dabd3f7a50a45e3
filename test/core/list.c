/*
 * list.c
 *		Generated lists of signals for the core tests, over the touchpoints of samples.
 */
#include "list.h"
#include "tap.h"

#include "score/scorecard.h"

static const char *const patterns[] = {
	"web:*", "view", "*", ":*", "*:viewed", "web:view", "\\\"call centre\\\":*", "\\\"add to cart\\\"", "nothing:at-all"
};

static void
append_touchpoints(ByteBuffer *json, const char *key, int most, uint64_t *random)
{
	int			count = 1 + (int) random_below(random, (uint64_t) most);

	buffer_text(json, host_format(", \"%s\": [", key));
	for (int i = 0; i < count; i++)
		buffer_text(json, host_format("%s\"%s\"", i ? ", " : "", patterns[random_below(random, 9)]));
	buffer_text(json, "]");
}

static void
append_signal(ByteBuffer *json, int number, uint64_t *random)
{
	static const char *const lengths[] = {"1 us", "3 seconds", "30 minutes", "5 hours", "1 day", "7 days", "100000000 days"};
	int			measure = (int) random_below(random, MEASURES - 2);
	bool		narrow = measure != MEASURE_CHANNELS && measure != MEASURE_TOUCHPOINTS;

	buffer_text(json, host_format("%s{\"name\": \"s%d\", \"measure\": \"%s\"", number ? ",\n" : "", number, score_measure_names[measure]));
	append_touchpoints(json, "touchpoints", 3, random);
	if (measure == MEASURE_RECENCY ||
		((measure <= MEASURE_EXISTS || measure == MEASURE_UNUSUAL) && random_below(random, 2)))
		buffer_text(json, host_format(", \"half_life\": \"%s\"", lengths[random_below(random, 7)]));
	if (random_below(random, 3) == 0)
		buffer_text(json, host_format(", \"within\": \"%s\"", lengths[random_below(random, 7)]));
	if (narrow && random_below(random, 3) == 0)
		append_touchpoints(json, "until", 2, random);
	if (narrow && random_below(random, 3) == 0)
		append_touchpoints(json, "after", 2, random);
	if (narrow && random_below(random, 4) == 0)
	{
		int			from = (int) random_below(random, 24);
		int			until = (from + 1 + (int) random_below(random, 23)) % 24;

		buffer_text(json, host_format(", \"hours\": [%d, %d]", from, until == 0 && from > 0 ? 24 : until));
	}
	if (narrow && random_below(random, 4) == 0)
		buffer_text(json, random_below(random, 2) ? ", \"weekdays\": [\"sat\", \"mon\", \"wed\"]" : ", \"weekdays\": [\"tue\", \"thu\", \"fri\", \"sun\"]");
	if (measure == MEASURE_PERIODS && random_below(random, 2))
		buffer_text(json, host_format(", \"period\": \"%s\"", lengths[random_below(random, 7)]));
	if ((measure == MEASURE_SESSIONS || (measure >= MEASURE_RHYTHM && measure <= MEASURE_UNUSUAL)) && random_below(random, 2))
		buffer_text(json, host_format(", \"session_gap\": \"%s\"", lengths[random_below(random, 7)]));
	buffer_text(json, "}");
}

void
list_make(ByteBuffer *json, uint64_t *random)
{
	static const char *const offsets[] = {"+00:00", "+05:30", "-11:00", "+15:59"};
	int			signals = 1 + (int) random_below(random, random_below(random, 8) ? 12 : 90);

	buffer_text(json, host_format("{\"utc_offset\": \"%s\", \"signals\": [", offsets[random_below(random, 4)]));
	for (int i = 0; i < signals; i++)
		append_signal(json, i, random);
	buffer_text(json, "]}");
}

/* ----- reading ----- */

static void
write_back(const Scorecard *card)
{
	ByteBuffer	out;

	buffer_init(&out, 1);
	scorecard_append_json(&out, card);
	out.size = 0;
	scorecard_append_flat(&out, card);
}

void
list_read_json(const uint8_t *data, size_t size)
{
	Scorecard	card;

	signal_list_parse(&card, (const char *) data, size);
	write_back(&card);
}

void
list_read_flat(const uint8_t *data, size_t size)
{
	Scorecard	card;

	signal_list_open(&card, data, size);
	write_back(&card);
}
