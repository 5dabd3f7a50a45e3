/*
 * pattern_readers.c
 *		Readers of patterns that may be hostile.
 */
#include "host_test.h"
#include "pattern_readers.h"

#include "sequence/alignment.h"
#include "sequence/conformance.h"

/* A pattern of few characters may be as large as patterns get. */
#define BUDGET ((size_t) 128 << 20)
#define MAX_EVENTS 64

static void
insist(bool good, const char *what)
{
	if (!good)
		host_fail(HOST_INTERNAL, what, NULL, NULL);
}

void
pattern_read_text(const uint8_t *data, size_t size)
{
	Pattern		pattern;
	ByteBuffer	flat;
	ByteBuffer	again;

	host_budget = BUDGET;
	buffer_init(&flat, 256);
	pattern_from_text(&flat, (const char *) data, size);
	pattern_open(&pattern, flat.data, flat.size);
	buffer_init(&again, 256);
	pattern_from_text(&again, pattern.text, pattern.header.text_size);
	insist(flat.size == again.size && memcmp(flat.data, again.data, flat.size) == 0, "a pattern does not read back");
}

/* Asks all that can be asked of one journey. */
static void
ask(const Pattern *pattern, const JourneyView *view)
{
	PatternMatcher matcher;
	PatternScan scan;
	PatternFound found;
	PatternPath path = {0};
	Alignment	alignment;
	Conformance conformance;
	uint64_t	count = 0;
	uint64_t	overlapping = 0;
	bool		has_match;
	uint32_t	level;

	pattern_matcher_init(&matcher, pattern);
	pattern_load(&matcher, view);
	has_match = pattern_has_match(&matcher);
	level = pattern_level(&matcher);
	insist(has_match == (level == pattern->header.levels), "the level is not that of a match");

	pattern_scan_begin(&scan, &matcher, OVERLAP_NONE, pattern->header.levels);
	while (pattern_scan_next(&scan, &found))
	{
		pattern_find_path(&scan, &found, &path);
		insist(path.count > 0 && path.count <= view->events, "a path has no events");
		count++;
	}
	pattern_scan_begin(&scan, &matcher, OVERLAP_ENDS, pattern->header.levels);
	for (; pattern_scan_next(&scan, &found); overlapping++)
		pattern_find_path(&scan, &found, &path);
	insist(has_match == (count > 0) && count == pattern_match_count(&matcher) && count <= overlapping,
		   "matches are counted differently");
	alignment_find(&alignment, &matcher, view, NULL);
	insist(has_match == (alignment.order == 0 && alignment.time == 0), "what matches costs something, or the other way round");
	conformance_find(&conformance, &matcher, view, NULL);
	insist(has_match == (conformance.count == 0) && conformance.count <= alignment.order + alignment.time,
		   "the deviations are not those of the alignment");
}

void
pattern_read_flat(const uint8_t *data, size_t size)
{
	Pattern		pattern;
	uint8_t    *aligned = host_alloc(size + 1);

	host_budget = BUDGET;
	memcpy(aligned, data, size);
	pattern_open(&pattern, aligned, size);
}

void
pattern_read_match(const uint8_t *data, size_t size)
{
	static const Touchpoint touchpoints[] = {
		{"x", "a", 1, 1}, {"x", "b", 1, 1}, {"y", "c", 1, 1}, {NULL, "a", 0, 1}, {NULL, "b", 0, 1}, {NULL, "c", 0, 1}
	};
	const uint8_t *end = memchr(data, '\n', size);
	size_t		line = end ? (size_t) (end - data) : size;
	uint32_t	local[6];
	TouchpointSet set = {6, touchpoints, NULL, local};
	JourneyRow	rows[MAX_EVENTS];
	Pattern		pattern;
	ByteBuffer	flat;
	ByteBuffer	journey;
	JourneyView view;
	int64_t		at = 0;
	size_t		count = 0;

	host_budget = BUDGET;
	buffer_init(&flat, 256);
	pattern_from_text(&flat, (const char *) data, line);
	pattern_open(&pattern, flat.data, flat.size);
	if (pattern.header.position_count > 200)
		return;

	memset(local, 0xff, sizeof(local));
	memset(rows, 0, sizeof(rows));
	for (size_t i = line + 1; i + 1 < size && count < MAX_EVENTS; i += 2, count++)
	{
		at += (int64_t) (data[i + 1] % 4) * 1000000;
		rows[count].at = at;
		rows[count].code = data[i] % 6;
		rows[count].flags = data[i] & 0x80 ? JOURNEY_ROW_VALUE : 0;
		rows[count].value = data[i] >> 3 & 3;
	}
	buffer_init(&journey, 256);
	journey_build(&journey, rows, count, &set);
	journey_open(&view, journey.data, journey.size);
	ask(&pattern, &view);
}
