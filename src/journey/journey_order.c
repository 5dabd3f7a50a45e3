/*
 * journey_order.c
 *		The canonical order of events, and sorting rows into it.
 *
 * Order: occurred_at, ref, channel, event, value, recorded_at; text by bytes,
 * what is missing last.  It is total up to rows that are equal in everything,
 * so a journey's bytes cannot depend on the order its rows came in.
 */
#include "journey/journey_format.h"

/* Rows sorted between two looks at interrupts. */
#define ROWS_PER_CHECK 65536

int
touchpoint_compare(const Touchpoint *a, const Touchpoint *b)
{
	uint32_t	common = a->channel_size < b->channel_size ? a->channel_size : b->channel_size;
	int			order;

	if ((a->channel_size == 0) != (b->channel_size == 0))
		return a->channel_size == 0 ? 1 : -1;
	order = common ? memcmp(a->channel, b->channel, common) : 0;
	if (order == 0 && a->channel_size != b->channel_size)
		order = a->channel_size < b->channel_size ? -1 : 1;
	if (order != 0)
		return order;

	common = a->event_size < b->event_size ? a->event_size : b->event_size;
	order = common ? memcmp(a->event, b->event, common) : 0;
	if (order == 0 && a->event_size != b->event_size)
		order = a->event_size < b->event_size ? -1 : 1;
	return order;
}

/* -1, 0, 1 for what is there; what is missing comes last; 2 if both are there. */
static inline int
compare_presence(const JourneyRow *a, const JourneyRow *b, uint16_t flag)
{
	bool		has_a = (a->flags & flag) != 0;
	bool		has_b = (b->flags & flag) != 0;

	if (has_a && has_b)
		return 2;
	return has_a == has_b ? 0 : (has_a ? -1 : 1);
}

static int
compare_refs(const JourneyRow *a, const JourneyRow *b)
{
	int			order = compare_presence(a, b, JOURNEY_ROW_REF);

	if (order == 2)
	{
		uint32_t	common = a->ref_size < b->ref_size ? a->ref_size : b->ref_size;

		order = memcmp(a->ref, b->ref, common);
		if (order == 0 && a->ref_size != b->ref_size)
			order = a->ref_size < b->ref_size ? -1 : 1;
	}
	return order;
}

/* Same time: the rest of the order decides. */
static int
compare_tied(const JourneyRow *a, const JourneyRow *b, const uint32_t *rank)
{
	int			order = compare_refs(a, b);

	if (order != 0)
		return order;
	if (a->code != b->code)
	{
		uint32_t	rank_a = rank ? rank[a->code] : a->code;
		uint32_t	rank_b = rank ? rank[b->code] : b->code;

		return rank_a < rank_b ? -1 : 1;
	}
	order = compare_presence(a, b, JOURNEY_ROW_VALUE);
	if (order == 2)
		order = (a->value > b->value) - (a->value < b->value);
	if (order != 0)
		return order;
	order = compare_presence(a, b, JOURNEY_ROW_RECORDED);
	if (order == 2)
		order = (a->recorded > b->recorded) - (a->recorded < b->recorded);
	return order;
}

int
journey_row_compare(const JourneyRow *a, const JourneyRow *b, const uint32_t *rank)
{
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return compare_tied(a, b, rank);
}

bool
journey_same_event(const JourneyRow *a, const JourneyRow *b)
{
	return a->at == b->at && a->code == b->code &&
		(a->flags & b->flags & JOURNEY_ROW_REF) != 0 &&
		a->ref_size == b->ref_size && memcmp(a->ref, b->ref, a->ref_size) == 0;
}

/* Where the sorted run that starts at `start` ends. */
static size_t
run_end(const JourneyRow *rows, size_t start, size_t count, const uint32_t *rank)
{
	size_t		end = start + 1;

	while (end < count && journey_row_compare(&rows[end - 1], &rows[end], rank) <= 0)
		end++;
	return end;
}

/* Short runs are first lengthened to this by insertion. */
#define SHORTEST_RUN 16

static size_t
lengthen_run(JourneyRow *rows, size_t start, size_t end, size_t count, const uint32_t *rank)
{
	size_t		wanted = count - start < SHORTEST_RUN ? count : start + SHORTEST_RUN;

	for (; end < wanted; end++)
	{
		JourneyRow	row = rows[end];
		size_t		hole = end;

		for (; hole > start && journey_row_compare(&rows[hole - 1], &row, rank) > 0; hole--)
			rows[hole] = rows[hole - 1];
		rows[hole] = row;
	}
	return end;
}

static void
merge_runs(const JourneyRow *from, JourneyRow *into, size_t start, size_t middle,
		   size_t end, const uint32_t *rank)
{
	size_t		left = start;
	size_t		right = middle;

	for (size_t i = start; i < end; i++)
	{
		if (i % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		if (left < middle &&
			(right >= end || journey_row_compare(&from[left], &from[right], rank) <= 0))
			into[i] = from[left++];
		else
			into[i] = from[right++];
	}
}

/*
 * Natural merge sort: rows arrive as a few sorted runs (chunks of a journey,
 * parts of a parallel scan, a late batch), and k runs cost n log k.
 */
void
journey_sort_rows(JourneyRow *rows, size_t count, const uint32_t *rank)
{
	size_t		runs = 0;
	size_t		capacity = 64;
	size_t	   *starts;
	JourneyRow *from = rows;
	JourneyRow *into;

	if (count < 2 || run_end(rows, 0, count, rank) == count)
		return;

	starts = host_alloc_array(capacity, sizeof(size_t));
	for (size_t at = 0; at < count;)
	{
		if (runs + 1 >= capacity)
		{
			capacity = checked_growth(capacity, capacity + 1);
			starts = host_realloc_array(starts, capacity, sizeof(size_t));
		}
		if (runs % (ROWS_PER_CHECK / SHORTEST_RUN) == 0)
			host_check_interrupts();
		starts[runs++] = at;
		at = lengthen_run(rows, at, run_end(rows, at, count, rank), count, rank);
	}
	starts[runs] = count;

	into = runs > 1 ? host_alloc_array(count, sizeof(JourneyRow)) : NULL;
	while (runs > 1)
	{
		JourneyRow *swap = from;
		size_t		merged = 0;

		for (size_t run = 0; run < runs; run += 2)
		{
			size_t		end = run + 2 <= runs ? starts[run + 2] : count;

			if (run + 1 < runs)
				merge_runs(from, into, starts[run], starts[run + 1], end, rank);
			else
				memcpy(into + starts[run], from + starts[run],
					   (count - starts[run]) * sizeof(JourneyRow));
			starts[merged++] = starts[run];
		}
		runs = merged;
		starts[runs] = count;
		from = into;
		into = swap;
	}
	if (from != rows)
	{
		memcpy(rows, from, count * sizeof(JourneyRow));
		into = from;
	}
	if (into != NULL)
		host_free(into);
	host_free(starts);
}

/*
 * Rows in order of time lack only the order of those at one instant, which are
 * few as a rule.
 */
void
journey_sort_ties(JourneyRow *rows, size_t count, const uint32_t *rank)
{
	for (size_t first = 0, end; first < count; first = end)
	{
		for (end = first + 1; end < count && rows[end].at == rows[first].at;)
			end++;
		if (end - first > SHORTEST_RUN)
			journey_sort_rows(rows + first, end - first, rank);
		else if (end - first > 1)
			lengthen_run(rows, first, first + 1, end, rank);
	}
}
