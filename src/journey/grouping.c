/*
 * grouping.c
 *		Rows of many people sorted into one list a person: see grouping.h.
 */
#include "journey/grouping_segment.h"

/* Blocks of the arena grow with it: little for a few rows, few for many. */
#define ARENA_BLOCK_LEAST ((size_t) 8 * 1024)
#define ARENA_BLOCK_MOST ((size_t) 1024 * 1024)

#define NO_PERSON UINT32_MAX

/* So many slots as they need can be counted; the memory limit is reached long before. */
#define MAX_PEOPLE (UINT32_C(1) << 30)

/*
 * Chunks of a log double.  Most are of the last size in the end: a piece of
 * memory each, which goes back when it has been read, so that what is made of
 * the rows finds room where they were.
 */
#define FIRST_CHUNK (512 - CHUNK_HEADER)
#define LAST_CHUNK ((size_t) 16384)

/* A chunk's size fits its header, and a ref and more of it into a chunk. */
#define CHUNK_MOST ((size_t) INT32_MAX - 64)

/* A number stands in the slot, which then is all there is to look at; of bytes, their hash and size. */
typedef struct Slot
{
	uint64_t	key;
	uint32_t	person;
} Slot;

/* Copied keys and refs of a batch, which ends early rather than leave the nearer caches. */
#define TEXTS_LEAST ((size_t) 1024)
#define TEXTS_MOST ((size_t) 64 * 1024)

/* A row that waits: small, for the whole batch to stay in the nearest cache. */
typedef struct Waiting
{
	union
	{
		int64_t		number;
		const char *bytes;
	}			key;
	uint32_t	size;
	uint32_t	hash;
	union
	{
		uint32_t	slot;		/* where the person is, or is to be looked for */
		uint32_t	person;
	};
	uint32_t	code;
	uint32_t	flags;
	int64_t		at;
	double		value;
} Waiting;

/* And what few sources have. */
typedef struct WaitingMore
{
	int64_t		recorded;
	const char *ref;
	uint32_t	ref_size;
} WaitingMore;

typedef struct ArenaBlock
{
	struct ArenaBlock *next;
} ArenaBlock;

struct Grouping
{
	/* arena */
	ArenaBlock *blocks;
	uint8_t    *free;
	size_t		left;
	size_t		memory;

	/* people */
	Slot	   *slots;
	uint32_t	slot_mask;
	uint32_t	people;
	uint32_t	segment_capacity;
	Segment    *segments;
	uint64_t	rows;

	/* rows that wait */
	uint32_t	waiting;
	Waiting    *batch;
	WaitingMore *more;
	ByteBuffer	texts;			/* their copied keys and refs */
};

/* ----- memory ----- */

static void *
take(Grouping *grouping, size_t size)
{
	uint8_t    *here;

	size = (size + 7) & ~(size_t) 7;
	if (host_unlikely(size > grouping->left))
	{
		/* reading a log may look at a word behind it */
		size_t		around = sizeof(ArenaBlock) + ROW_LOG_SLACK;
		size_t		needed = checked_add_size(size, around);
		size_t		block = grouping->memory / 8;
		ArenaBlock *fresh;

		if (block > ARENA_BLOCK_MOST)
			block = ARENA_BLOCK_MOST;
		if (block < ARENA_BLOCK_LEAST)
			block = ARENA_BLOCK_LEAST;
		if (block < needed)
			block = needed;
		fresh = host_alloc(block);
		fresh->next = grouping->blocks;
		grouping->blocks = fresh;
		grouping->memory += block;
		grouping->free = (uint8_t *) (fresh + 1);
		grouping->left = block - around;
	}
	here = grouping->free;
	grouping->free += size;
	grouping->left -= size;
	return here;
}

#define MULTIPLIER UINT64_C(0x9e3779b97f4a7c15)

static inline uint32_t
mix(uint64_t word)
{
	word = (word ^ word >> 32) * UINT64_C(0xd6e8feb86659fd93);
	word = (word ^ word >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t) (word ^ word >> 32);
}

static uint32_t
hash_bytes(const char *at, uint32_t left)
{
	uint64_t	word = left;

	for (; left >= 8; at += 8, left -= 8)
	{
		word = (word ^ bytes_load_u64((const uint8_t *) at)) * MULTIPLIER;
		word ^= word >> 29;
	}
	for (; left > 0; at++, left--)
		word = (word ^ (uint8_t) *at) * MULTIPLIER;
	return mix(word);
}

static inline Person *
person_of(const Grouping *grouping, uint32_t index)
{
	return &grouping->segments[index >> SEGMENT_BITS].people[index & (SEGMENT_PEOPLE - 1)];
}

static inline uint64_t
slot_key(uint32_t hash, uint32_t size, int64_t number)
{
	return size == 0 ? (uint64_t) number : (uint64_t) hash << 32 | size;
}

/* Slots for all people; made of them, so that there are never two tables at once. */
static void
make_slots(Grouping *grouping, uint32_t count)
{
	if (grouping->slots)
	{
		grouping->memory -= ((size_t) grouping->slot_mask + 1) * sizeof(Slot);
		host_free(grouping->slots);
	}
	grouping->slots = host_alloc_array(count, sizeof(Slot));
	grouping->slot_mask = count - 1;
	grouping->memory += (size_t) count * sizeof(Slot);
	for (uint32_t i = 0; i < count; i++)
		grouping->slots[i].person = NO_PERSON;
	for (uint32_t i = 0; i < grouping->people; i++)
	{
		const Person *person = person_of(grouping, i);
		uint32_t	slot = person->hash & grouping->slot_mask;

		if (i % 65536 == 65535)
			host_check_interrupts();
		while (grouping->slots[slot].person != NO_PERSON)
			slot = (slot + 1) & grouping->slot_mask;
		grouping->slots[slot].person = i;
		grouping->slots[slot].key = slot_key(person->hash, person->size, person->key.number);
	}
}

Grouping *
grouping_new(void)
{
	Grouping   *grouping = host_alloc_zero(sizeof(Grouping));

	grouping->batch = host_alloc_array(GROUPING_BATCH, sizeof(Waiting));
	grouping->more = host_alloc_array(GROUPING_BATCH, sizeof(WaitingMore));
	buffer_init(&grouping->texts, TEXTS_LEAST);
	make_slots(grouping, 1024);
	return grouping;
}

/* ----- people ----- */

static void
new_segment(Grouping *grouping, uint32_t segment)
{
	if (segment == grouping->segment_capacity)
	{
		uint32_t	capacity = (uint32_t) checked_growth(segment, segment + 1);

		grouping->segments = grouping->segments ?
			host_realloc_array(grouping->segments, capacity, sizeof(Segment)) :
			host_alloc_array(capacity, sizeof(Segment));
		grouping->memory += (capacity - segment) * sizeof(Segment);
		grouping->segment_capacity = capacity;
	}
	memset(&grouping->segments[segment], 0, sizeof(Segment));
	grouping->segments[segment].people = take(grouping, SEGMENT_PEOPLE * sizeof(Person));
}

static uint32_t
new_person(Grouping *grouping, const Waiting *waiting)
{
	uint32_t	index = grouping->people;
	Person	   *person;

	if (index >= MAX_PEOPLE)
		host_fail(HOST_LIMIT, "too many people for one pass",
				  host_format("There are more than %u.", MAX_PEOPLE),
				  "Build journeys of parts of the people, by a range of their keys for example.");
	if ((index & (SEGMENT_PEOPLE - 1)) == 0)
		new_segment(grouping, index >> SEGMENT_BITS);
	person = person_of(grouping, index);
	person->hash = waiting->hash;
	person->size = waiting->size;
	person->key.number = waiting->key.number;
	if (waiting->size > 0)
	{
		char	   *copy = take(grouping, waiting->size);

		memcpy(copy, waiting->key.bytes, waiting->size);
		person->key.bytes = copy;
	}
	grouping->people++;
	return index;
}

/* The slot of a key, or the free one where it would be. */
static inline uint32_t
find_key(const Grouping *grouping, uint32_t slot, uint64_t key)
{
	while (grouping->slots[slot].person != NO_PERSON && grouping->slots[slot].key != key)
		slot = (slot + 1) & grouping->slot_mask;
	return slot;
}

/* Number of the person who waits. */
static inline uint32_t
find_person(Grouping *grouping, const Waiting *waiting)
{
	uint64_t	key = slot_key(waiting->hash, waiting->size, waiting->key.number);
	uint32_t	slot = find_key(grouping, waiting->slot, key);

	for (;; slot = find_key(grouping, (slot + 1) & grouping->slot_mask, key))
	{
		uint32_t	index = grouping->slots[slot].person;

		if (index == NO_PERSON)
			break;
		if (waiting->size == 0 ||
			memcmp(person_of(grouping, index)->key.bytes, waiting->key.bytes, waiting->size) == 0)
			return index;
	}
	grouping->slots[slot].person = grouping->people;
	grouping->slots[slot].key = key;
	return new_person(grouping, waiting);
}

/* ----- logs ----- */

static inline size_t
piece_size(size_t chunk)
{
	/* reading may look at a word behind it */
	return CHUNK_HEADER + chunk + ROW_LOG_SLACK;
}

/* A chunk with room for `needed` bytes at least. */
static void
new_chunk(Grouping *grouping, Segment *segment, size_t needed)
{
	size_t		size = segment->current ? (size_t) segment->current->size * 2 : FIRST_CHUNK;
	LogChunk   *chunk;

	if (size > LAST_CHUNK)
		size = LAST_CHUNK;
	if (size < needed)
		size = needed;
	if (size > CHUNK_MOST)
		host_fail(HOST_LIMIT, "ref is too long", NULL, "Use a shorter ref.");
	/* whole words, as the arena gives them */
	size = ((CHUNK_HEADER + size + 7) & ~(size_t) 7) - CHUNK_HEADER;
	if (size >= LAST_CHUNK)
	{
		chunk = host_alloc(piece_size(size));
		grouping->memory += piece_size(size);
	}
	else
		chunk = take(grouping, CHUNK_HEADER + size);
	chunk->next = NULL;
	chunk->size = (uint32_t) size;
	if (segment->current)
	{
		segment->current->used = (uint32_t) (segment->tail - segment->current->data);
		segment->current->next = chunk;
	}
	else
		segment->first = chunk;
	segment->current = chunk;
	segment->tail = chunk->data;
	segment->room = size;
}

void
grouping_release_log(Grouping *grouping, uint32_t index)
{
	Segment    *segment = &grouping->segments[index];

	for (LogChunk *chunk = segment->first; chunk != NULL;)
	{
		LogChunk   *next = chunk->next;

		if (chunk->size >= LAST_CHUNK)
		{
			grouping->memory -= piece_size(chunk->size);
			host_free(chunk);
		}
		chunk = next;
	}
	segment->first = segment->current = NULL;
	segment->room = 0;
}

static inline void
append(Grouping *grouping, uint32_t person, const JourneyRow *row)
{
	Segment    *segment = &grouping->segments[person >> SEGMENT_BITS];
	size_t		most = 1 + row_log_max(row);
	uint8_t    *end;

	if (host_unlikely(segment->room < most))
		new_chunk(grouping, segment, most);
	*segment->tail = (uint8_t) (person & (SEGMENT_PEOPLE - 1));
	end = row_log_put(segment->tail + 1, row, segment->last);
	segment->room -= (size_t) (end - segment->tail);
	segment->tail = end;
	segment->last = row->at;
}

void
grouping_free(Grouping *grouping)
{
	for (uint32_t i = 0; i << SEGMENT_BITS < grouping->people; i++)
		grouping_release_log(grouping, i);
	for (ArenaBlock *block = grouping->blocks; block != NULL;)
	{
		ArenaBlock *next = block->next;

		host_free(block);
		block = next;
	}
	if (grouping->segments)
		host_free(grouping->segments);
	host_free(grouping->slots);
	host_free(grouping->batch);
	host_free(grouping->more);
	host_free(grouping->texts.data);
	host_free(grouping);
}

/* ----- batches ----- */

static const char *
keep_text(Grouping *grouping, const char *bytes, uint32_t size)
{
	char	   *copy = (char *) grouping->texts.data + grouping->texts.size;

	memcpy(copy, bytes, size);
	grouping->texts.size += size;
	return copy;
}

void
grouping_add(Grouping *grouping, const PersonKey *key, const JourneyRow *row)
{
	size_t		texts = (key->bytes ? (size_t) key->size : 0) +
		((row->flags & JOURNEY_ROW_REF) ? (size_t) row->ref_size : 0);
	Waiting    *waiting;

	/* copies stay where they are until the flush, */
	if (host_unlikely(grouping->texts.capacity - grouping->texts.size < texts))
	{
		grouping_flush(grouping);
		if (grouping->texts.capacity < TEXTS_MOST)
			texts = checked_add_size(texts, grouping->texts.capacity);
		buffer_reserve(&grouping->texts, texts);
	}
	/* and slots where they are looked for: with room for new people */
	if (grouping->waiting == 0)
	{
		while (grouping->people + GROUPING_BATCH > grouping->slot_mask / 4 * 3)
			make_slots(grouping, (grouping->slot_mask + 1) * 2);
	}
	waiting = &grouping->batch[grouping->waiting];
	waiting->key.number = key->number;
	waiting->size = key->size;
	if (key->bytes)
		waiting->key.bytes = keep_text(grouping, key->bytes, key->size);
	waiting->hash = key->bytes ? hash_bytes(key->bytes, key->size) : mix((uint64_t) key->number);
	waiting->slot = waiting->hash & grouping->slot_mask;
	__builtin_prefetch(&grouping->slots[waiting->slot]);
	waiting->at = row->at;
	waiting->value = row->value;
	waiting->code = row->code;
	waiting->flags = row->flags;
	if (row->flags & (JOURNEY_ROW_RECORDED | JOURNEY_ROW_REF))
	{
		WaitingMore *more = &grouping->more[grouping->waiting];

		more->recorded = row->recorded;
		more->ref_size = row->ref_size;
		more->ref = (row->flags & JOURNEY_ROW_REF) ? keep_text(grouping, row->ref, row->ref_size) : NULL;
	}
	if (++grouping->waiting == GROUPING_BATCH)
		grouping_flush(grouping);
}

/* Bytes are compared with those of the person: one more place to be fetched. */
static void
fetch_people(Grouping *grouping, Waiting *batch, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		Waiting    *waiting = &batch[i];
		uint32_t	person;

		if (waiting->size == 0)
			continue;
		waiting->slot = find_key(grouping, waiting->slot, slot_key(waiting->hash, waiting->size, 0));
		person = grouping->slots[waiting->slot].person;
		if (person != NO_PERSON)
			__builtin_prefetch(person_of(grouping, person));
	}
}

void
grouping_flush(Grouping *grouping)
{
	uint32_t	count = grouping->waiting;
	Waiting    *batch = grouping->batch;

	if (count > 0 && batch[0].size > 0)
		fetch_people(grouping, batch, count);
	for (uint32_t i = 0; i < count; i++)
	{
		batch[i].person = find_person(grouping, &batch[i]);
		__builtin_prefetch(grouping->segments[batch[i].person >> SEGMENT_BITS].tail, 1);
	}
	for (uint32_t i = 0; i < count; i++)
	{
		const Waiting *waiting = &batch[i];
		JourneyRow	row;

		row.at = waiting->at;
		row.value = waiting->value;
		row.code = waiting->code;
		row.flags = (uint16_t) waiting->flags;
		if (waiting->flags & (JOURNEY_ROW_RECORDED | JOURNEY_ROW_REF))
		{
			row.recorded = grouping->more[i].recorded;
			row.ref = grouping->more[i].ref;
			row.ref_size = grouping->more[i].ref_size;
		}
		else
		{
			row.recorded = 0;
			row.ref = NULL;
			row.ref_size = 0;
		}
		append(grouping, waiting->person, &row);
	}
	grouping->rows += count;
	grouping->waiting = 0;
	grouping->texts.size = 0;
	host_check_interrupts();
}

/* ----- questions ----- */

const Segment *
grouping_segment(const Grouping *grouping, uint32_t index)
{
	return &grouping->segments[index];
}

size_t
grouping_memory(const Grouping *grouping)
{
	return grouping->memory;
}

uint32_t
grouping_people(const Grouping *grouping)
{
	return grouping->people;
}

uint64_t
grouping_rows(const Grouping *grouping)
{
	return grouping->rows;
}
