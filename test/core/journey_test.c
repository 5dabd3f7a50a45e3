/*
 * journey_test.c
 *		Building journeys and reading them, against a naive model.
 *
 * The model keeps rows in an array, looks for the same event by comparing all
 * with all, and says what docs/design.md says in the plainest way.
 */
#include <math.h>

#include "sample.h"
#include "tap.h"

#include "base/instant.h"
#include "journey/journey_edit.h"
#include "journey/journey_format.h"

#define SAMPLES 400

/* ----- the model ----- */

static bool
model_has(const JourneyRow *row, uint16_t flag)
{
	return (row->flags & flag) != 0;
}

static int
compare_bytes(const char *a, size_t a_size, const char *b, size_t b_size)
{
	for (size_t i = 0; i < a_size && i < b_size; i++)
	{
		if (a[i] != b[i])
			return (unsigned char) a[i] < (unsigned char) b[i] ? -1 : 1;
	}
	return (a_size > b_size) - (a_size < b_size);
}

static const TouchpointSet *model_set;

/* occurred_at, ref, channel, event, value, recorded_at; what is missing last */
static int
model_compare(const void *first, const void *second)
{
	const JourneyRow *a = first;
	const JourneyRow *b = second;
	const Touchpoint *x = &model_set->touchpoints[a->code];
	const Touchpoint *y = &model_set->touchpoints[b->code];
	int			order;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (model_has(a, JOURNEY_ROW_REF) != model_has(b, JOURNEY_ROW_REF))
		return model_has(a, JOURNEY_ROW_REF) ? -1 : 1;
	if (model_has(a, JOURNEY_ROW_REF) && (order = compare_bytes(a->ref, a->ref_size, b->ref, b->ref_size)) != 0)
		return order;
	if ((x->channel_size == 0) != (y->channel_size == 0))
		return x->channel_size ? -1 : 1;
	if ((order = compare_bytes(x->channel, x->channel_size, y->channel, y->channel_size)) != 0)
		return order;
	if ((order = compare_bytes(x->event, x->event_size, y->event, y->event_size)) != 0)
		return order;
	if (model_has(a, JOURNEY_ROW_VALUE) != model_has(b, JOURNEY_ROW_VALUE))
		return model_has(a, JOURNEY_ROW_VALUE) ? -1 : 1;
	if (model_has(a, JOURNEY_ROW_VALUE) && a->value != b->value)
		return a->value < b->value ? -1 : 1;
	if (model_has(a, JOURNEY_ROW_RECORDED) != model_has(b, JOURNEY_ROW_RECORDED))
		return model_has(a, JOURNEY_ROW_RECORDED) ? -1 : 1;
	if (model_has(a, JOURNEY_ROW_RECORDED) && a->recorded != b->recorded)
		return a->recorded < b->recorded ? -1 : 1;
	return 0;
}

static bool
model_same_event(const JourneyRow *a, const JourneyRow *b)
{
	return model_has(a, JOURNEY_ROW_REF) && model_has(b, JOURNEY_ROW_REF) &&
		a->at == b->at && a->code == b->code &&
		compare_bytes(a->ref, a->ref_size, b->ref, b->ref_size) == 0;
}

static int64_t
model_recorded(const JourneyRow *row)
{
	return model_has(row, JOURNEY_ROW_RECORDED) ? row->recorded : row->at;
}

static bool
model_same_value(const JourneyRow *a, const JourneyRow *b)
{
	return model_has(a, JOURNEY_ROW_VALUE) == model_has(b, JOURNEY_ROW_VALUE) &&
		(!model_has(a, JOURNEY_ROW_VALUE) || a->value == b->value);
}

/* Of equal payloads the earliest; where only "at once" differs from unsaid, unsaid. */
static bool
model_earlier(const JourneyRow *a, const JourneyRow *b)
{
	if (model_recorded(a) != model_recorded(b))
		return model_recorded(a) < model_recorded(b);
	return !model_has(a, JOURNEY_ROW_RECORDED) && model_has(b, JOURNEY_ROW_RECORDED);
}

/* Recorded last, then the greatest value, none being least. */
static bool
model_survives(const JourneyRow *a, const JourneyRow *b)
{
	if (model_recorded(a) != model_recorded(b))
		return model_recorded(a) > model_recorded(b);
	if (!model_has(a, JOURNEY_ROW_VALUE) || !model_has(b, JOURNEY_ROW_VALUE))
		return model_has(a, JOURNEY_ROW_VALUE);
	return a->value > b->value;
}

/*
 * All events, and how many rows there are with the corrected ones.  What is
 * told twice is dropped first, then what was corrected.
 */
static size_t
model_events(const Sample *sample, JourneyRow *events, size_t *rows)
{
	size_t		count = 0;
	size_t		kept = 0;

	for (size_t i = 0; i < sample->count; i++)
	{
		const JourneyRow *row = &sample->rows[i];
		size_t		same = 0;

		while (same < count && !(model_same_event(row, &events[same]) && model_same_value(row, &events[same])))
			same++;
		if (same == count)
			events[count++] = *row;
		else if (model_earlier(row, &events[same]))
			events[same] = *row;
	}
	*rows = count;
	for (size_t i = 0; i < count; i++)
	{
		bool		survives = true;

		for (size_t other = 0; other < count; other++)
			survives = survives && !(other != i && model_same_event(&events[i], &events[other]) &&
									 model_survives(&events[other], &events[i]));
		events[count + kept] = events[i];
		kept += survives;
	}
	memmove(events, events + count, kept * sizeof(JourneyRow));
	model_set = &sample->set;
	qsort(events, kept, sizeof(JourneyRow), model_compare);
	return kept;
}

/* ----- building and reading ----- */

static bool
same_texts(const Touchpoint *a, const Touchpoint *b)
{
	return compare_bytes(a->channel, a->channel_size, b->channel, b->channel_size) == 0 &&
		compare_bytes(a->event, a->event_size, b->event, b->event_size) == 0;
}

static void
compare_block(const JourneyBlock *block, const Touchpoint *dictionary, const Sample *sample, const JourneyRow *wanted)
{
	for (uint32_t i = 0; i < block->count; i++)
	{
		const JourneyRow *row = &wanted[block->first + i];
		char		buffer[JOURNEY_REF_PACKED_MAX];
		uint32_t	size;
		const char *ref = journey_ref_text(&block->ref[i], buffer, &size);

		hold(block->at[i] == row->at);
		hold(same_texts(&dictionary[block->code[i]], &sample->set.touchpoints[row->code]));
		hold(block->has_value[i] == model_has(row, JOURNEY_ROW_VALUE));
		hold(block->value[i] == (block->has_value[i] ? row->value : 0));
		hold(block->value[i] != 0 || !signbit(block->value[i]));
		hold(block->has_recorded[i] == model_has(row, JOURNEY_ROW_RECORDED));
		hold(block->recorded[i] == model_recorded(row));
		hold((ref != NULL) == model_has(row, JOURNEY_ROW_REF));
		hold(ref == NULL || compare_bytes(ref, size, row->ref, row->ref_size) == 0);
	}
}

static void
read_against_model(const Sample *sample, const uint8_t *bytes, size_t size)
{
	JourneyRow *wanted = host_alloc_array(2 * sample->count + 1, sizeof(JourneyRow));
	size_t		rows;
	size_t		events = model_events(sample, wanted, &rows);
	Touchpoint *dictionary;
	JourneyView view;
	JourneyCursor cursor;
	JourneyBlock block;
	size_t		seen = 0;

	journey_open(&view, bytes, size);
	hold(view.events == events && journey_row_count(&view) == rows);
	hold(events == 0 || (view.first == wanted[0].at && view.last == wanted[events - 1].at));
	dictionary = host_alloc_array((size_t) view.touchpoints + 1, sizeof(Touchpoint));
	journey_dictionary(&view, dictionary);
	for (uint32_t i = 1; i < view.touchpoints; i++)
		hold(touchpoint_compare(&dictionary[i - 1], &dictionary[i]) < 0);

	journey_cursor(&cursor, &view, JOURNEY_WANT_VALUE | JOURNEY_WANT_RECORDED | JOURNEY_WANT_REF);
	while (journey_next(&cursor, &block))
	{
		seen += block.count;
		if (view.events == events)
			compare_block(&block, dictionary, sample, wanted);
	}
	hold(seen == view.events);
}

static void
test_model(void)
{
	for (uint64_t seed = 0; seed < SAMPLES; seed++)
	{
		hold(HOST_CALL(
		{
			Sample		sample;
			size_t		size;
			uint8_t    *bytes;

			sample_make(&sample, seed);
			bytes = sample_journey(&sample, &size);
			read_against_model(&sample, bytes, size);
		}));
	}
	held("a journey holds the events of its rows in canonical order");
}

/* ----- one content, one encoding ----- */

static void
test_canonical(void)
{
	static const size_t parts[] = {2, 3, 8, 64};
	uint64_t	random = 1;

	for (uint64_t seed = 0; seed < SAMPLES; seed++)
	{
		hold(HOST_CALL(
		{
			Sample		sample;
			size_t		size;
			uint8_t    *bytes;

			sample_make(&sample, seed);
			bytes = sample_journey(&sample, &size);
			for (int shuffle = 0; shuffle < 4; shuffle++)
			{
				JourneyBytes part[64];
				size_t		count = parts[shuffle];
				ByteBuffer	out;

				sample_shuffle(sample.rows, sample.count, &random);
				buffer_init(&out, 1);
				sample_build(&out, &sample, sample.rows, sample.count);
				hold(out.size == size && memcmp(out.data, bytes, size) == 0);

				/* the same rows in parts, in any order */
				for (size_t i = 0; i < count; i++)
				{
					size_t		from = sample.count * i / count;
					size_t		until = sample.count * (i + 1) / count;
					ByteBuffer	one;

					buffer_init(&one, 1);
					sample_build(&one, &sample, sample.rows + from, until - from);
					part[count - 1 - i] = (JourneyBytes) {one.data, one.size};
				}
				out.size = 0;
				journey_unite(&out, part, count);
				hold(out.size == size && memcmp(out.data, bytes, size) == 0);
			}
		}));
	}
	held("any order and any split of the rows give the same bytes");
}

static void
test_round_trip(void)
{
	for (uint64_t seed = 0; seed < SAMPLES; seed++)
	{
		hold(HOST_CALL(
		{
			Sample		sample;
			JourneyView view;
			size_t		size;
			uint8_t    *bytes;
			JourneyRow *rows;
			Touchpoint *dictionary;
			ByteBuffer	again;

			sample_make(&sample, seed);
			bytes = sample_journey(&sample, &size);
			hold(HOST_CALL(journey_validate(bytes, size)));

			journey_open(&view, bytes, size);
			rows = host_alloc_array(journey_row_count(&view) + 1, sizeof(JourneyRow));
			dictionary = host_alloc_array((size_t) view.touchpoints + 1, sizeof(Touchpoint));
			journey_rows(&view, rows);
			journey_dictionary(&view, dictionary);
			buffer_init(&again, 1);
			journey_build(&again, rows, journey_row_count(&view),
						  &(TouchpointSet) {.count = view.touchpoints, .touchpoints = dictionary});
			hold(again.size == size && memcmp(again.data, bytes, size) == 0);
		}));
	}
	held("the rows of a journey build it again, and its bytes are valid");
}

/* ----- limits ----- */

static void
test_refusals(void)
{
	JourneyRow	row = {.at = 0};

	hold(HOST_CALL(journey_check_row(&row)));
	row.at = INSTANT_MIN;
	hold(HOST_CALL(journey_check_row(&row)));
	row.at = INSTANT_END - 1;
	hold(HOST_CALL(journey_check_row(&row)));
	held("the first and the last finite time are times");
	row.at = INT64_MAX;
	refused(HOST_OUT_OF_RANGE, "occurred_at must be finite", "infinity", journey_check_row(&row));
	row.at = INT64_MIN;
	refused(HOST_OUT_OF_RANGE, "occurred_at must be finite", "-infinity", journey_check_row(&row));
	row = (JourneyRow) {.flags = JOURNEY_ROW_RECORDED, .recorded = INT64_MAX};
	refused(HOST_OUT_OF_RANGE, "recorded_at must be finite", "infinity", journey_check_row(&row));
	row = (JourneyRow) {.flags = JOURNEY_ROW_VALUE, .value = NAN};
	refused(HOST_OUT_OF_RANGE, "not NaN", "NaN", journey_check_row(&row));
	row.value = -INFINITY;
	refused(HOST_OUT_OF_RANGE, "not -Infinity", "-Infinity", journey_check_row(&row));
	refused(HOST_LIMIT, "too many events", "a count beyond the format",
	{
		ByteBuffer	out;

		buffer_init(&out, 1);
		journey_build(&out, &row, (size_t) JOURNEY_MAX_EVENTS + 1, &(TouchpointSet) {0});
	});
}

static void
test_refs(void)
{
	static const struct
	{
		const char *text;
		bool		integer;
		bool		uuid;
	}			refs[] = {
		{"0", true, false}, {"-1", true, false}, {"9223372036854775807", true, false},
		{"-9223372036854775808", true, false}, {"9223372036854775808", false, false},
		{"-9223372036854775809", false, false}, {"99999999999999999999", false, false},
		{"", false, false}, {"-", false, false}, {"-0", false, false}, {"00", false, false},
		{"+1", false, false}, {"1 ", false, false}, {"1e3", false, false},
		{"0e37df36-f698-11e6-8dd4-cb9ced3df976", false, true},
		{"0E37DF36-f698-11e6-8dd4-cb9ced3df976", false, false},
		{"0e37df36-f698-11e6-8dd4-cb9ced3df97", false, false},
		{"0e37df36af698-11e6-8dd4-cb9ced3df976", false, false},
		{"{e37df36-f698-11e6-8dd4-cb9ced3df976", false, false},
	};

	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++)
	{
		uint32_t	size = (uint32_t) strlen(refs[i].text);
		JourneyRef	ref = {JOURNEY_REF_NONE};
		uint8_t		uuid[16];
		char		buffer[JOURNEY_REF_PACKED_MAX];
		const char *text;

		hold(journey_ref_is_integer(refs[i].text, size, &ref.integer) == refs[i].integer);
		hold(journey_ref_is_uuid(refs[i].text, size, uuid) == refs[i].uuid);
		if (!refs[i].integer && !refs[i].uuid)
			continue;
		ref.kind = refs[i].integer ? JOURNEY_REF_INTEGER : JOURNEY_REF_UUID;
		ref.bytes = uuid;
		text = journey_ref_text(&ref, buffer, &size);
		hold(size == strlen(refs[i].text) && memcmp(text, refs[i].text, size) == 0);
	}
	held("refs are packed only if they read back as they were");
}

int
main(void)
{
	test_model();
	test_canonical();
	test_round_trip();
	test_refusals();
	test_refs();
	return done_testing();
}
