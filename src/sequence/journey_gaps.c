/*
 * journey_gaps.c
 *		What many journeys lack of one ideal: counting, ranking, packing.
 */
#include "sequence/journey_gaps.h"

#define CELLS_PER_CHECK 1024

/* ----- one ideal ----- */

static uint32_t
cell_count(uint32_t step_count)
{
	return DEVIATION_KINDS * (step_count + 1);
}

static char *
copy_text(const void *text, size_t size)
{
	char	   *copy = host_alloc(size + 1);

	if (size > 0)
		memcpy(copy, text, size);
	return copy;
}

static void
expect_same(const char *ours, uint32_t our_size, const void *theirs, size_t their_size,
			const char *message, const char *hint)
{
	if (our_size == their_size && (our_size == 0 || memcmp(ours, theirs, our_size) == 0))
		return;
	host_fail(HOST_BAD_PARAMETER, message,
			  host_format("One is \"%.*s\", another is \"%.*s\".",
						  (int) bytes_excerpt(ours, our_size, 200), ours,
						  (int) bytes_excerpt(theirs, their_size, 200), (const char *) theirs),
			  hint);
}

static void
expect_ideal(const JourneyGaps *gaps, const void *text, size_t size)
{
	expect_same(gaps->ideal, gaps->ideal_size, text, size,
				"gaps to different ideal journeys cannot be counted together",
				"Count them apart, for example GROUP BY ideal.");
}

static void
expect_extra(const JourneyGaps *gaps, const void *texts, size_t size)
{
	expect_same(gaps->extra, gaps->extra_size, texts, size,
				"gaps with different extra touchpoints cannot be counted together",
				"Give the same touchpoints in the same order for every journey.");
}

/* The texts are known; the steps are to be filled in. */
static void
set_ideal(JourneyGaps *gaps, uint32_t step_count, const void *text, size_t size)
{
	gaps->step_count = step_count;
	gaps->steps = host_alloc_array(step_count, sizeof(GapText));
	gaps->ideal = copy_text(text, size);
	gaps->ideal_size = (uint32_t) size;
	gaps->of_steps = host_alloc_zero(checked_mul_size(cell_count(step_count), sizeof(GapCell)));
	gaps->extras = vocabulary_new();
}

static void
set_extra(JourneyGaps *gaps, const void *texts, size_t size)
{
	gaps->extra = copy_text(texts, size);
	gaps->extra_size = (uint32_t) size;
}

void
gap_begin(JourneyGaps *gaps, const Pattern *ideal,
		  const TouchpointPattern *extra, size_t extra_count)
{
	ByteBuffer	texts;

	buffer_init(&texts, 64);
	for (size_t i = 0; i < extra_count; i++)
	{
		if (i > 0)
			buffer_text(&texts, ", ");
		touchpoint_pattern_append(&texts, &extra[i]);
	}
	if (texts.size > INTENT_MAX_VALUE_SIZE)
		host_fail(HOST_LIMIT, "extra touchpoints are too long", NULL,
				  "Write them with *, as in call:*.");
	if (gaps->step_count > 0)
	{
		expect_ideal(gaps, ideal->text, ideal->header.text_size);
		expect_extra(gaps, texts.data, texts.size);
		host_free(texts.data);
		return;
	}
	set_ideal(gaps, ideal->header.step_count, ideal->text, ideal->header.text_size);
	for (uint32_t i = 0; i < gaps->step_count; i++)
	{
		gaps->steps[i].at = ideal->steps[i].text;
		gaps->steps[i].size = ideal->steps[i].text_size;
	}
	set_extra(gaps, texts.data, texts.size);
	host_free(texts.data);
}

/* ----- counting ----- */

static GapCell *
extra_cell(JourneyGaps *gaps, const Touchpoint *touchpoint)
{
	uint32_t	code = vocabulary_code(gaps->extras, touchpoint);

	if (code >= gaps->extra_capacity)
	{
		size_t		capacity = checked_growth(gaps->extra_capacity, (size_t) code + 1);

		gaps->of_extras = gaps->of_extras ?
			host_realloc_array(gaps->of_extras, capacity, sizeof(GapCell)) :
			host_alloc_array(capacity, sizeof(GapCell));
		gaps->extra_capacity = (uint32_t) capacity;
	}
	if (code == gaps->extra_count)
		memset(&gaps->of_extras[gaps->extra_count++], 0, sizeof(GapCell));
	return &gaps->of_extras[code];
}

static GapCell *
step_cell(JourneyGaps *gaps, const Deviation *deviation)
{
	uint32_t	step = deviation->step == PATTERN_NONE ? gaps->step_count : deviation->step;

	return &gaps->of_steps[(uint32_t) deviation->kind * (gaps->step_count + 1) + step];
}

void
gap_add(JourneyGaps *gaps, const Conformance *conformance,
		const JourneyView *view, const double *value)
{
	Touchpoint *touchpoints = NULL;
	Fixed		fixed = 0;

	if (value != NULL && !fixed_from_double(*value, &fixed))
		host_fail(HOST_OUT_OF_RANGE, host_format("value %g is out of range for a sum", *value),
				  "Sums are kept with 12 decimals and at most 26 digits before the point.",
				  "Leave out impossible values.");
	gaps->journeys = model_add_counts(gaps->journeys, 1);
	gaps->serial++;
	for (uint32_t i = 0; i < conformance->count; i++)
	{
		const Deviation *deviation = &conformance->deviations[i];
		GapCell    *cell;

		if (deviation->kind == DEVIATION_EXTRA)
		{
			if (touchpoints == NULL)
			{
				touchpoints = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
				journey_dictionary(view, touchpoints);
			}
			cell = extra_cell(gaps, &touchpoints[deviation->code]);
		}
		else
			cell = step_cell(gaps, deviation);
		cell->occurrences = model_add_counts(cell->occurrences, 1);
		if (cell->serial == gaps->serial)
			continue;
		cell->serial = gaps->serial;
		cell->people++;
		if (value != NULL)
		{
			cell->valued++;
			cell->value = fixed_add(cell->value, fixed);
		}
	}
	if (touchpoints != NULL)
		host_free(touchpoints);
}

/* ----- ranking ----- */

static int
compare_rows(const void *a, const void *b)
{
	const GapRow *left = a;
	const GapRow *right = b;

	if ((left->cell->valued > 0) != (right->cell->valued > 0))
		return left->cell->valued > 0 ? -1 : 1;
	if (left->cell->value != right->cell->value)
		return left->cell->value > right->cell->value ? -1 : 1;
	if (left->cell->people != right->cell->people)
		return left->cell->people > right->cell->people ? -1 : 1;
	if (left->cell->occurrences != right->cell->occurrences)
		return left->cell->occurrences > right->cell->occurrences ? -1 : 1;
	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	if (left->step != right->step)
		return left->step < right->step ? -1 : 1;
	return left->touchpoint == NULL ? 0 : touchpoint_compare(left->touchpoint, right->touchpoint);
}

GapRow *
gap_rows(const JourneyGaps *gaps, size_t *count)
{
	uint32_t	cells = gaps->step_count == 0 ? 0 : cell_count(gaps->step_count);
	GapRow	   *rows = host_alloc_array((size_t) cells + gaps->extra_count + 1, sizeof(GapRow));
	TouchpointSet set = {0};

	*count = 0;
	for (uint32_t i = 0; i < cells; i++)
	{
		uint32_t	step = i % (gaps->step_count + 1);
		GapRow		row = {(DeviationKind) (i / (gaps->step_count + 1)),
		step == gaps->step_count ? PATTERN_NONE : step, NULL, &gaps->of_steps[i]};

		if (row.cell->people > 0)
			rows[(*count)++] = row;
	}
	if (gaps->extra_count > 0)
		set = vocabulary_set(gaps->extras);
	for (uint32_t i = 0; i < gaps->extra_count; i++)
	{
		GapRow		row = {DEVIATION_EXTRA, PATTERN_NONE, &set.touchpoints[i], &gaps->of_extras[i]};

		rows[(*count)++] = row;
	}
	host_sort(rows, *count, sizeof(GapRow), compare_rows);
	return rows;
}

/* ----- the kind of partial ----- */

static void
pack_cell(ByteBuffer *out, const GapCell *cell)
{
	buffer_varint(out, cell->people);
	buffer_varint(out, cell->occurrences - cell->people);
	buffer_varint(out, cell->valued);
	if (cell->valued > 0)
		buffer_fixed(out, cell->value);
}

static void
pack_steps(ByteBuffer *out, const JourneyGaps *gaps)
{
	uint32_t	cells = cell_count(gaps->step_count);
	uint32_t	occurred = 0;
	uint32_t	before = 0;

	for (uint32_t i = 0; i < cells; i++)
		occurred += gaps->of_steps[i].people > 0;
	buffer_varint(out, occurred);
	for (uint32_t i = 0; i < cells; i++)
	{
		if (gaps->of_steps[i].people == 0)
			continue;
		buffer_varint(out, i - before);
		pack_cell(out, &gaps->of_steps[i]);
		before = i;
	}
}

static void
pack_extras(ByteBuffer *out, const JourneyGaps *gaps)
{
	TouchpointSet set = vocabulary_set(gaps->extras);
	uint32_t   *sorted = host_alloc_array((size_t) set.count + 1, sizeof(uint32_t));

	for (uint32_t code = 0; code < set.count; code++)
		sorted[set.rank[code]] = code;
	buffer_varint(out, set.count);
	for (uint32_t i = 0; i < set.count; i++)
	{
		const Touchpoint *touchpoint = &set.touchpoints[sorted[i]];

		if (i % CELLS_PER_CHECK == 0)
			host_check_interrupts();
		buffer_varint(out, touchpoint->channel_size);
		buffer_bytes(out, touchpoint->channel, touchpoint->channel_size);
		buffer_varint(out, touchpoint->event_size);
		buffer_bytes(out, touchpoint->event, touchpoint->event_size);
		pack_cell(out, &gaps->of_extras[sorted[i]]);
	}
	host_free(sorted);
}

static void
pack(const void *packed, ByteBuffer *out)
{
	const JourneyGaps *gaps = packed;

	buffer_varint(out, gaps->step_count);
	if (gaps->step_count == 0)
		return;
	buffer_varint(out, gaps->ideal_size);
	buffer_bytes(out, gaps->ideal, gaps->ideal_size);
	for (uint32_t i = 0; i < gaps->step_count; i++)
	{
		buffer_varint(out, gaps->steps[i].at);
		buffer_varint(out, gaps->steps[i].size);
	}
	buffer_varint(out, gaps->extra_size);
	buffer_bytes(out, gaps->extra, gaps->extra_size);
	buffer_varint(out, gaps->journeys);
	pack_steps(out, gaps);
	pack_extras(out, gaps);
}

static const char *
absorb_cell(GapCell *cell, uint64_t journeys, ByteReader *reader)
{
	uint64_t	people = reader_varint(reader);
	uint64_t	repeats = reader_varint(reader);
	uint64_t	valued = reader_varint(reader);

	if (reader->bad)
		return "its counts are cut off";
	if (people == 0 || people > journeys || valued > people)
		return "its counts contradict each other";
	cell->people = model_add_counts(cell->people, people);
	cell->occurrences = model_add_counts(cell->occurrences, model_add_counts(people, repeats));
	cell->valued = model_add_counts(cell->valued, valued);
	if (valued > 0)
		cell->value = model_add_values(cell->value, reader_fixed(reader));
	return reader->bad ? "its values are cut off" : NULL;
}

static const char *
absorb_steps(JourneyGaps *gaps, uint64_t journeys, ByteReader *reader)
{
	uint64_t	occurred = reader_varint(reader);
	uint64_t	number = 0;

	for (uint64_t i = 0; i < occurred; i++)
	{
		uint64_t	more = reader_varint(reader);
		const char *problem;

		if (reader->bad)
			return "its deviations are cut off";
		if (more >= cell_count(gaps->step_count) || (i > 0 && more == 0) ||
			(number += more) >= cell_count(gaps->step_count))
			return "its deviations are not in order";
		if (number / (gaps->step_count + 1) == DEVIATION_EXTRA)
			return "what was extra is a step";
		problem = absorb_cell(&gaps->of_steps[number], journeys, reader);
		if (problem != NULL)
			return problem;
	}
	return NULL;
}

static const char *
absorb_extras(JourneyGaps *gaps, uint64_t journeys, ByteReader *reader)
{
	uint64_t	touchpoints = reader_varint(reader);
	Touchpoint	before = {0};

	for (uint64_t i = 0; i < touchpoints; i++)
	{
		uint64_t	channel_size = reader_varint(reader);
		const uint8_t *channel = reader_bytes(reader, channel_size);
		uint64_t	event_size = reader_varint(reader);
		const uint8_t *event = reader_bytes(reader, event_size);
		Touchpoint	touchpoint;
		const char *problem;

		if (i % CELLS_PER_CHECK == 0)
			host_check_interrupts();
		if (reader->bad)
			return "its touchpoints are cut off";
		touchpoint.channel = (const char *) channel;
		touchpoint.channel_size = (uint32_t) channel_size;
		touchpoint.event = (const char *) event;
		touchpoint.event_size = (uint32_t) event_size;
		if (i > 0 && touchpoint_compare(&before, &touchpoint) >= 0)
			return "its touchpoints are not in order";
		before = touchpoint;
		problem = absorb_cell(extra_cell(gaps, &touchpoint), journeys, reader);
		if (problem != NULL)
			return problem;
	}
	return NULL;
}

/* The ideal, its steps and what is extra: those of the state, or what makes it theirs. */
static const char *
absorb_ideal(JourneyGaps *gaps, uint64_t step_count, ByteReader *reader)
{
	bool		fresh = gaps->step_count == 0;
	uint64_t	size = reader_varint(reader);
	const uint8_t *text = reader_bytes(reader, size);

	if (reader->bad || step_count > PATTERN_MAX_STEPS || step_count > size)
		return "its ideal journey is cut off";
	if (fresh)
		set_ideal(gaps, (uint32_t) step_count, text, size);
	else
		expect_ideal(gaps, text, size);
	if (step_count != gaps->step_count)
		return "its steps are not those of its ideal journey";
	for (uint32_t i = 0; i < gaps->step_count; i++)
	{
		uint64_t	step_at = reader_varint(reader);
		uint64_t	step_size = reader_varint(reader);

		if (reader->bad || step_at >= size || step_size == 0 || step_size > size - step_at)
			return "its steps are not those of its ideal journey";
		if (!fresh && (step_at != gaps->steps[i].at || step_size != gaps->steps[i].size))
			return "its steps are not those of its ideal journey";
		gaps->steps[i].at = (uint32_t) step_at;
		gaps->steps[i].size = (uint32_t) step_size;
	}
	size = reader_varint(reader);
	text = reader_bytes(reader, size);
	if (reader->bad)
		return "its extra touchpoints are cut off";
	if (fresh)
		set_extra(gaps, text, size);
	else
		expect_extra(gaps, text, size);
	return NULL;
}

static const char *
absorb(void *absorbed, unsigned version, ByteReader *reader)
{
	JourneyGaps *gaps = absorbed;
	uint64_t	step_count = reader_varint(reader);
	uint64_t	journeys;
	const char *problem;

	(void) version;				/* there is only one */
	if (step_count == 0)
		return NULL;
	problem = absorb_ideal(gaps, step_count, reader);
	if (problem != NULL)
		return problem;
	journeys = reader_varint(reader);
	if (reader->bad || journeys == 0)
		return "it has counted no journey";
	gaps->journeys = model_add_counts(gaps->journeys, journeys);
	problem = absorb_steps(gaps, journeys, reader);
	if (problem == NULL)
		problem = absorb_extras(gaps, journeys, reader);
	return problem;
}

PartialKind gap_kind = {"gap", 1, sizeof(JourneyGaps), NULL, absorb, pack};
PARTIAL_KIND_REGISTER(gap_kind);
