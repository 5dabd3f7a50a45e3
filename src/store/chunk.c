/*
 * chunk.c
 *		Stored journeys: cut into chunks, and changed by a few events.
 */
#include "journey/journey_format.h"
#include "journey/vocabulary.h"
#include "store/chunk.h"

/* ----- cutting ----- */

void
chunk_cut_begin(ChunkCut *cut, const JourneyView *view)
{
	cut->opened = journey_open_rows(view);
	cut->next = 0;
	cut->scratch = NULL;
	cut->ends = host_alloc_array(CHUNK_EVENTS, sizeof(size_t));
}

/* Where the next events end, in rows: corrected values stay beside their event. */
static uint32_t
find_ends(ChunkCut *cut)
{
	const JourneyRow *rows = cut->opened.rows;
	size_t		end = cut->next;
	uint32_t	events = 0;

	while (events < CHUNK_EVENTS && end < cut->opened.count)
	{
		for (end++; end < cut->opened.count && journey_same_event(&rows[end - 1], &rows[end]);)
			end++;
		cut->ends[events++] = end;
	}
	return events;
}

/* The first `events` of the rest in place of what was appended from `start` on; gives their size. */
static size_t
build_events(ChunkCut *cut, ByteBuffer *out, size_t start, uint32_t events)
{
	size_t		count = cut->ends[events - 1] - cut->next;

	out->size = start;
	memcpy(cut->scratch, cut->opened.rows + cut->next, count * sizeof(JourneyRow));
	journey_build(out, cut->scratch, count, &cut->opened.set);
	return out->size - start;
}

bool
chunk_cut_next(ChunkCut *cut, ByteBuffer *out)
{
	size_t		start = out->size;
	uint32_t	events = find_ends(cut);
	uint32_t	fits = 1;		/* one event is a chunk, however long its ref is */
	uint32_t	built = events;

	host_check_interrupts();
	if (events == 0)
	{
		journey_close_rows(&cut->opened);
		host_free(cut->ends);
		return false;
	}
	cut->scratch = host_alloc_array(cut->ends[events - 1] - cut->next, sizeof(JourneyRow));
	if (build_events(cut, out, start, events) <= CHUNK_BYTES)
		fits = events;
	else
	{
		/* the most that fit; more events are more bytes */
		for (uint32_t beyond = events; beyond - fits > 1;)
		{
			built = fits + (beyond - fits) / 2;
			if (build_events(cut, out, start, built) <= CHUNK_BYTES)
				fits = built;
			else
				beyond = built;
		}
	}
	if (built != fits)
		build_events(cut, out, start, fits);
	host_free(cut->scratch);
	cut->next = cut->ends[fits - 1];
	return true;
}

bool
chunk_is_one(const JourneyView *view, size_t size)
{
	return view->events == 1 || (view->events > 0 && view->events <= CHUNK_EVENTS && size <= CHUNK_BYTES);
}

/* ----- changing ----- */

/* The rows of one more journey, with codes of the vocabulary, behind `rows`. */
static size_t
add_rows(JourneyRow *rows, const JourneyView *view, Vocabulary *vocabulary)
{
	size_t		count = journey_row_count(view);
	Touchpoint *dictionary = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	uint32_t   *codes = host_alloc_array((size_t) view->touchpoints + 1, sizeof(uint32_t));

	journey_dictionary(view, dictionary);
	for (uint32_t code = 0; code < view->touchpoints; code++)
		codes[code] = vocabulary_code(vocabulary, &dictionary[code]);
	journey_rows(view, rows);
	for (size_t i = 0; i < count; i++)
		rows[i].code = codes[rows[i].code];
	host_free(codes);
	host_free(dictionary);
	return count;
}

/* Both sorted; what is left moves to the front of `rows`. */
static size_t
take_away(JourneyRow *rows, size_t count, const JourneyRow *removed, size_t removals, const uint32_t *rank)
{
	size_t		kept = 0;
	size_t		next = 0;

	for (size_t i = 0; i < count; i++)
	{
		int			order = 1;

		while (next < removals && (order = journey_row_compare(&removed[next], &rows[i], rank)) < 0)
			next++;
		if (next < removals && order == 0)
			next++;
		else
			rows[kept++] = rows[i];
	}
	return kept;
}

void
journey_amend(ByteBuffer *out, JourneyBytes journey, JourneyBytes removed, JourneyBytes added)
{
	JourneyBytes parts[3] = {journey, removed, added};
	JourneyView views[3];
	JourneyRow *rows[3];
	size_t		counts[3] = {0, 0, 0};
	Vocabulary *vocabulary = vocabulary_new();
	TouchpointSet set;
	size_t		total = 0;

	for (int i = 0; i < 3; i++)
	{
		if (parts[i].size == 0)
			continue;
		journey_open(&views[i], parts[i].data, parts[i].size);
		counts[i] = journey_row_count(&views[i]);
		total = checked_add_size(total, counts[i]);
	}
	/* the journey's rows first, with room for those added behind what is left of them */
	rows[0] = host_alloc_array(total + 1, sizeof(JourneyRow));
	rows[1] = host_alloc_array(counts[1] + 1, sizeof(JourneyRow));
	rows[2] = host_alloc_array(counts[2] + 1, sizeof(JourneyRow));
	for (int i = 0; i < 3; i++)
	{
		if (parts[i].size > 0)
			add_rows(rows[i], &views[i], vocabulary);
	}
	set = vocabulary_set(vocabulary);
	if (counts[1] > 0)
	{
		journey_sort_rows(rows[0], counts[0], set.rank);
		journey_sort_rows(rows[1], counts[1], set.rank);
		counts[0] = take_away(rows[0], counts[0], rows[1], counts[1], set.rank);
	}
	if (counts[2] > 0)
		memcpy(rows[0] + counts[0], rows[2], counts[2] * sizeof(JourneyRow));
	journey_build(out, rows[0], counts[0] + counts[2], &set);
	vocabulary_free(vocabulary);
	for (int i = 0; i < 3; i++)
		host_free(rows[i]);
}

/* ----- what it is found by ----- */

bool
journey_same_touchpoints(const JourneyView *one, const JourneyView *two)
{
	size_t		size = one->section[JOURNEY_DICTIONARY].size;

	return size == two->section[JOURNEY_DICTIONARY].size &&
		(size == 0 || memcmp(one->section[JOURNEY_DICTIONARY].data, two->section[JOURNEY_DICTIONARY].data, size) == 0);
}

void
journey_touched(ByteBuffer *out, const JourneyView *view)
{
	JourneyRow *rows = host_alloc_array((size_t) view->touchpoints + 1, sizeof(JourneyRow));
	Touchpoint *dictionary = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	TouchpointSet set = {.count = view->touchpoints, .touchpoints = dictionary};

	journey_dictionary(view, dictionary);
	for (uint32_t code = 0; code < view->touchpoints; code++)
		rows[code] = (JourneyRow) {.code = code};
	journey_build(out, rows, view->touchpoints, &set);
	host_free(dictionary);
	host_free(rows);
}
