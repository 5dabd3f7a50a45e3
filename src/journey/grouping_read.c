/*
 * grouping_read.c
 *		From the logs of segments to the rows of one person after the other.
 */
#include "journey/grouping_segment.h"

/* A walk along the log of a segment. */
typedef struct LogWalk
{
	const Segment *segment;
	const LogChunk *chunk;
	ByteReader	bytes;
	int64_t		last;
} LogWalk;

static void
walk_chunk(LogWalk *walk, const LogChunk *chunk)
{
	const Segment *segment = walk->segment;

	walk->chunk = chunk;
	walk->bytes = reader_over(chunk->data, chunk == segment->current ?
							  (size_t) (segment->tail - chunk->data) : chunk->used);
	/* the next one comes while this one is read */
	if (chunk->next)
		__builtin_prefetch(chunk->next);
}

/* People are numbered when their first row is there, so no segment is without rows. */
static LogWalk
walk_log(const Segment *segment)
{
	LogWalk		walk = {.segment = segment};

	walk_chunk(&walk, segment->first);
	return walk;
}

/* Whose the next row is, and its code, flags and time; false at the end. */
static inline bool
walk_next(LogWalk *walk, uint8_t *person, JourneyRow *row)
{
	if (host_unlikely(reader_left(&walk->bytes) == 0))
	{
		if (walk->chunk->next == NULL)
			return false;
		host_check_interrupts();
		walk_chunk(walk, walk->chunk->next);
	}
	*person = reader_byte(&walk->bytes);
	row_log_get_head(&walk->bytes, walk->last, row);
	walk->last = row->at;
	return true;
}

static uint32_t
segment_people(const GroupingReader *reader)
{
	uint32_t	left = grouping_people(reader->grouping) - (reader->segment << SEGMENT_BITS);

	return left < SEGMENT_PEOPLE ? left : SEGMENT_PEOPLE;
}

static void
count_rows(GroupingReader *reader)
{
	LogWalk		walk = walk_log(grouping_segment(reader->grouping, reader->segment));
	uint8_t		person;
	JourneyRow	row;

	memset(reader->count, 0, sizeof(reader->count));
	reader->total = 0;
	while (walk_next(&walk, &person, &row))
	{
		row_log_get_rest(&walk.bytes, &row);
		reader->count[person]++;
		reader->total++;
	}
	reader->person = reader->group_end = 0;
}

/*
 * Most segments are unpacked whole.  Of one with very many rows, so many
 * people at a time as keep the rows in bounds: a sixteenth of them, or those
 * of one person, who must be there as a whole.
 */
#define GROUP_ROWS ((size_t) 32 * 1024)

static void
unpack_group(GroupingReader *reader)
{
	LogWalk		walk = walk_log(grouping_segment(reader->grouping, reader->segment));
	uint32_t	people = segment_people(reader);
	uint32_t	first = reader->person;
	uint32_t	end = first;
	size_t		most = reader->total / 16 > GROUP_ROWS ? reader->total / 16 : GROUP_ROWS;
	size_t		total = 0;
	size_t		place[SEGMENT_PEOPLE];
	uint8_t		person;
	JourneyRow	row;

	while (end < people && (end == first || total + reader->count[end] <= most))
	{
		place[end] = total;
		total += reader->count[end++];
	}
	if (total > reader->capacity)
	{
		host_free(reader->rows);
		reader->rows = NULL;
		reader->capacity = checked_growth(reader->capacity, total);
		reader->rows = host_alloc_array(reader->capacity, sizeof(JourneyRow));
	}
	while (walk_next(&walk, &person, &row))
	{
		row_log_get_rest(&walk.bytes, &row);
		if (person >= first && person < end)
			reader->rows[place[person]++] = row;
	}
	reader->group_end = end;
	reader->next = 0;
}

void
grouping_read_begin(GroupingReader *reader, Grouping *grouping)
{
	memset(reader, 0, offsetof(GroupingReader, count));
	reader->grouping = grouping;
	reader->capacity = 256;
	reader->rows = host_alloc_array(reader->capacity, sizeof(JourneyRow));
	if (grouping_people(grouping) > 0)
		count_rows(reader);
}

bool
grouping_read_next(GroupingReader *reader, GroupedPerson *grouped)
{
	const Person *person;

	if (reader->person == SEGMENT_PEOPLE)
	{
		grouping_release_log(reader->grouping, reader->segment++);
		if (reader->segment << SEGMENT_BITS < grouping_people(reader->grouping))
			count_rows(reader);
	}
	if ((reader->segment << SEGMENT_BITS) + reader->person >= grouping_people(reader->grouping))
		return false;
	if (reader->person == reader->group_end)
		unpack_group(reader);
	person = &grouping_segment(reader->grouping, reader->segment)->people[reader->person];
	grouped->key.number = person->size == 0 ? person->key.number : 0;
	grouped->key.bytes = person->size == 0 ? NULL : person->key.bytes;
	grouped->key.size = person->size;
	grouped->hash = person->hash;
	grouped->count = reader->count[reader->person++];
	grouped->rows = reader->rows + reader->next;
	reader->next += grouped->count;
	for (size_t i = 1; i < grouped->count; i++)
		reader->unordered += grouped->rows[i].at < grouped->rows[i - 1].at;
	return true;
}

void
grouping_read_end(GroupingReader *reader)
{
	host_free(reader->rows);
}
