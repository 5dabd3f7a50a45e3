/*
 * journey_edit.c
 *		Journeys made of journeys: united, cut, filtered, collapsed.
 *
 * All of them take rows, choose among them and build: whatever is chosen, the
 * result is canonical because journey_build() made it.
 */
#include "journey/journey_edit.h"
#include "journey/journey_format.h"
#include "journey/vocabulary.h"

JourneyRows
journey_open_rows(const JourneyView *view)
{
	JourneyRows opened = {0};

	opened.count = journey_row_count(view);
	opened.rows = host_alloc_array(opened.count + 1, sizeof(JourneyRow));
	opened.dictionary = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	journey_dictionary(view, opened.dictionary);
	journey_rows(view, opened.rows);

	/* corrected values come behind the events: to their places */
	if (journey_has_versions(view))
		journey_sort_rows(opened.rows, opened.count, NULL);
	opened.set.count = view->touchpoints;
	opened.set.touchpoints = opened.dictionary;
	opened.set.local = host_alloc_array((size_t) view->touchpoints + 1, sizeof(uint32_t));
	memset(opened.set.local, 0xff, (size_t) view->touchpoints * sizeof(uint32_t));
	return opened;
}

void
journey_close_rows(JourneyRows *opened)
{
	host_free(opened->set.local);
	host_free(opened->rows);
	host_free(opened->dictionary);
}

/* Builds from the first `count` of the opened rows. */
static void
build_opened(ByteBuffer *out, JourneyRows *opened, size_t count)
{
	journey_build(out, opened->rows, count, &opened->set);
	journey_close_rows(opened);
}

void
journey_unite(ByteBuffer *out, const JourneyBytes *journeys, size_t count)
{
	Vocabulary *vocabulary;
	TouchpointSet set;
	JourneyView *views;
	JourneyRow *rows;
	size_t		total = 0;

	if (count == 1)
	{
		buffer_bytes(out, journeys[0].data, journeys[0].size);
		return;
	}

	views = host_alloc_array(count + 1, sizeof(JourneyView));
	for (size_t i = 0; i < count; i++)
	{
		journey_open(&views[i], journeys[i].data, journeys[i].size);
		total = checked_add_size(total, journey_row_count(&views[i]));
	}
	rows = host_alloc_array(total + 1, sizeof(JourneyRow));
	vocabulary = vocabulary_new();
	total = 0;
	for (size_t i = 0; i < count; i++)
	{
		size_t		n = journey_row_count(&views[i]);
		Touchpoint *dictionary = host_alloc_array((size_t) views[i].touchpoints + 1, sizeof(Touchpoint));
		uint32_t   *codes = host_alloc_array((size_t) views[i].touchpoints + 1, sizeof(uint32_t));

		journey_dictionary(&views[i], dictionary);
		for (uint32_t code = 0; code < views[i].touchpoints; code++)
			codes[code] = vocabulary_code(vocabulary, &dictionary[code]);
		journey_rows(&views[i], rows + total);
		for (size_t row = 0; row < n; row++)
			rows[total + row].code = codes[rows[total + row].code];
		total += n;
		host_free(codes);
		host_free(dictionary);
	}
	set = vocabulary_set(vocabulary);
	journey_build(out, rows, total, &set);
	vocabulary_free(vocabulary);
	host_free(rows);
	host_free(views);
}

void
journey_slice(ByteBuffer *out, const JourneyView *view, int64_t from, int64_t until)
{
	JourneyRows opened = journey_open_rows(view);
	size_t		kept = 0;

	for (size_t i = 0; i < opened.count; i++)
	{
		if (opened.rows[i].at >= from && opened.rows[i].at < until)
			opened.rows[kept++] = opened.rows[i];
	}
	build_opened(out, &opened, kept);
}

void
journey_cut(ByteBuffer *out, const JourneyView *view, int64_t as_of, const int64_t *known_at)
{
	JourneyRows opened = journey_open_rows(view);
	size_t		kept = 0;

	for (size_t i = 0; i < opened.count; i++)
	{
		const JourneyRow *row = &opened.rows[i];
		int64_t		recorded = (row->flags & JOURNEY_ROW_RECORDED) ? row->recorded : row->at;

		if (row->at <= as_of && (known_at == NULL || recorded <= *known_at))
			opened.rows[kept++] = *row;
	}
	build_opened(out, &opened, kept);
}

bool *
journey_matching_codes(const JourneyView *view, const TouchpointPattern *patterns, size_t count)
{
	Touchpoint *dictionary = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	bool	   *matching = host_alloc_zero((size_t) view->touchpoints + 1);

	journey_dictionary(view, dictionary);
	for (uint32_t code = 0; code < view->touchpoints; code++)
	{
		for (size_t i = 0; i < count && !matching[code]; i++)
			matching[code] = touchpoint_matches(&patterns[i], &dictionary[code]);
	}
	host_free(dictionary);
	return matching;
}

void
journey_filter(ByteBuffer *out, const JourneyView *view,
			   const TouchpointPattern *patterns, size_t count, bool matching)
{
	JourneyRows opened = journey_open_rows(view);
	bool	   *matches = journey_matching_codes(view, patterns, count);
	size_t		kept = 0;

	for (size_t i = 0; i < opened.count; i++)
	{
		if (matches[opened.rows[i].code] == matching)
			opened.rows[kept++] = opened.rows[i];
	}
	host_free(matches);
	build_opened(out, &opened, kept);
}

void
journey_collapse(ByteBuffer *out, const JourneyView *view)
{
	JourneyRows opened = journey_open_rows(view);
	size_t		kept = 0;

	/* all values of the event that is kept stay with it */
	for (size_t i = 0; i < opened.count; i++)
	{
		const JourneyRow *last = kept > 0 ? &opened.rows[kept - 1] : NULL;

		if (last == NULL || opened.rows[i].code != last->code ||
			journey_same_event(last, &opened.rows[i]))
			opened.rows[kept++] = opened.rows[i];
	}
	build_opened(out, &opened, kept);
}

/* ----- sessions ----- */

static inline bool
gap_between(int64_t earlier, int64_t later, int64_t gap)
{
	return (uint64_t) later - (uint64_t) earlier > (uint64_t) gap;
}

uint32_t
journey_session_count(const JourneyView *view, int64_t gap)
{
	return view->events == 0 ? 0 : 1 + journey_count_gaps(view, gap);
}

void
journey_split_begin(JourneySplit *split, const JourneyView *view, int64_t gap)
{
	JourneyRows opened = journey_open_rows(view);

	split->rows = opened.rows;
	split->count = opened.count;
	split->set = opened.set;
	split->next = 0;
	split->gap = gap;
}

bool
journey_split_next(JourneySplit *split, ByteBuffer *out)
{
	size_t		first = split->next;
	size_t		end = first + 1;

	if (first >= split->count)
		return false;
	while (end < split->count &&
		   !gap_between(split->rows[end - 1].at, split->rows[end].at, split->gap))
		end++;
	journey_build(out, split->rows + first, end - first, &split->set);
	split->next = end;
	return true;
}
