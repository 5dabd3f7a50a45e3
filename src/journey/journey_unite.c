/*
 * journey_unite.c
 *		Rows that tell of the same event, and what they say differently.
 */
#include "journey/journey_format.h"

static inline int64_t
effective_recorded(const JourneyRow *row)
{
	return (row->flags & JOURNEY_ROW_RECORDED) ? row->recorded : row->at;
}

static inline bool
same_value(const JourneyRow *a, const JourneyRow *b)
{
	return ((a->flags ^ b->flags) & JOURNEY_ROW_VALUE) == 0 &&
		(!(a->flags & JOURNEY_ROW_VALUE) || a->value == b->value);
}

/* Recorded last wins, then the greatest value; no value is least. */
static bool
survives_over(const JourneyRow *a, const JourneyRow *b)
{
	int64_t		recorded_a = effective_recorded(a);
	int64_t		recorded_b = effective_recorded(b);

	if (recorded_a != recorded_b)
		return recorded_a > recorded_b;
	if ((a->flags & JOURNEY_ROW_VALUE) && (b->flags & JOURNEY_ROW_VALUE))
		return a->value > b->value;
	return (a->flags & JOURNEY_ROW_VALUE) != 0;
}

static void
keep_version(JourneyVersions *versions, const JourneyRow *row, uint32_t event)
{
	if (versions->count == versions->capacity)
	{
		size_t		capacity = checked_growth(versions->capacity, versions->count + 1);

		if (versions->rows == NULL)
		{
			versions->rows = host_alloc_array(capacity, sizeof(JourneyRow));
			versions->event = host_alloc_array(capacity, sizeof(uint32_t));
		}
		else
		{
			versions->rows = host_realloc_array(versions->rows, capacity, sizeof(JourneyRow));
			versions->event = host_realloc_array(versions->event, capacity, sizeof(uint32_t));
		}
		versions->capacity = capacity;
	}
	versions->rows[versions->count] = *row;
	versions->event[versions->count++] = event;
}

/*
 * Rows first .. end - 1 are one event.  Of equal values the earliest
 * recorded_at stays; the value recorded last is the event's, the others are
 * kept as versions.  As a set of (value, earliest recorded_at) this is a
 * union, hence commutative, associative and idempotent: keeping the survivor
 * alone is not (docs/design.md, "Same event").
 */
static JourneyRow
unite_event(JourneyRow *rows, size_t first, size_t end, uint32_t event, JourneyVersions *versions)
{
	size_t		distinct = first;
	size_t		survivor = first;

	for (size_t i = first + 1; i < end; i++)
	{
		JourneyRow *kept = &rows[distinct];

		/* equal values are neighbours; recorded_at rises, but NULL is last */
		if (!same_value(kept, &rows[i]))
			rows[++distinct] = rows[i];
		else if (!(rows[i].flags & JOURNEY_ROW_RECORDED) &&
				 effective_recorded(&rows[i]) <= effective_recorded(kept))
			*kept = rows[i];
	}
	for (size_t i = first + 1; i <= distinct; i++)
	{
		if (survives_over(&rows[i], &rows[survivor]))
			survivor = i;
	}
	for (size_t i = first; i <= distinct; i++)
	{
		if (i != survivor)
			keep_version(versions, &rows[i], event);
	}
	return rows[survivor];
}

size_t
journey_unite_rows(JourneyRow *rows, size_t count, JourneyVersions *versions)
{
	size_t		events = 0;

	for (size_t first = 0, end; first < count; first = end)
	{
		for (end = first + 1; end < count && journey_same_event(&rows[first], &rows[end]);)
			end++;
		rows[events] = end - first == 1 ? rows[first] :
			unite_event(rows, first, end, (uint32_t) events, versions);
		events++;
	}
	return events;
}
