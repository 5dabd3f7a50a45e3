/*
 * grouping.c
 *		Rows of many people sorted into one log a person: see grouping.h.
 */
#include "journey/grouping.h"

#define ARENA_BLOCK ((size_t) 256 * 1024)

#define SEGMENT_BITS 12
#define SEGMENT_PEOPLE (UINT32_C(1) << SEGMENT_BITS)

#define NO_PERSON UINT32_MAX

/* More would not fit the slots' numbers; the memory limit is reached long before. */
#define MAX_PEOPLE (UINT32_C(1) << 31)

/* What a person's first chunk holds: most people have a handful of events. */
#define FIRST_CHUNK 48
#define LAST_CHUNK 65536

struct LogChunk
{
	LogChunk   *next;
	uint32_t	used;
	uint32_t	size;			/* without the slack behind */
	uint8_t		data[];
};

typedef struct Slot
{
	uint32_t	person;
	uint32_t	hash;
} Slot;

typedef struct Waiting
{
	PersonKey	key;
	uint32_t	hash;
	Person	   *person;
	JourneyRow	row;
} Waiting;

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
	Person	  **segments;
	uint64_t	rows;
	uint64_t	unordered;

	/* rows that wait */
	uint32_t	waiting;
	Waiting    *batch;
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
		size_t		block = size + sizeof(ArenaBlock) > ARENA_BLOCK ? size + sizeof(ArenaBlock) : ARENA_BLOCK;
		ArenaBlock *fresh = host_alloc(block);

		fresh->next = grouping->blocks;
		grouping->blocks = fresh;
		grouping->memory += block;
		grouping->free = (uint8_t *) (fresh + 1);
		grouping->left = block - sizeof(ArenaBlock);
	}
	here = grouping->free;
	grouping->free += size;
	grouping->left -= size;
	return here;
}

static void
make_slots(Grouping *grouping, uint32_t count)
{
	Slot	   *old = grouping->slots;

	grouping->slots = host_alloc_array(count, sizeof(Slot));
	memset(grouping->slots, 0xff, (size_t) count * sizeof(Slot));
	grouping->memory += (size_t) count * sizeof(Slot);
	for (uint32_t i = 0; i < grouping->people; i++)
	{
		uint32_t	hash = grouping_person(grouping, i)->hash;
		uint32_t	slot = hash & (count - 1);

		if (i % 65536 == 65535)
			host_check_interrupts();
		while (grouping->slots[slot].person != NO_PERSON)
			slot = (slot + 1) & (count - 1);
		grouping->slots[slot].person = i;
		grouping->slots[slot].hash = hash;
	}
	if (old)
	{
		grouping->memory -= ((size_t) grouping->slot_mask + 1) * sizeof(Slot);
		host_free(old);
	}
	grouping->slot_mask = count - 1;
}

Grouping *
grouping_new(void)
{
	Grouping   *grouping = host_alloc_zero(sizeof(Grouping));

	grouping->batch = host_alloc_array(GROUPING_BATCH, sizeof(Waiting));
	buffer_init(&grouping->texts, 1024);
	make_slots(grouping, 1024);
	return grouping;
}

void
grouping_free(Grouping *grouping)
{
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
	host_free(grouping->texts.data);
	host_free(grouping);
}

/* ----- people ----- */

#define MULTIPLIER UINT64_C(0x9e3779b97f4a7c15)

static inline uint32_t
mix(uint64_t word)
{
	word = (word ^ word >> 32) * UINT64_C(0xd6e8feb86659fd93);
	word = (word ^ word >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t) (word ^ word >> 32);
}

uint32_t
grouping_hash(const PersonKey *key)
{
	uint64_t	word;
	const char *at = key->bytes;
	uint32_t	left = key->size;

	if (at == NULL)
		return mix((uint64_t) key->number);
	for (word = left; left >= 8; at += 8, left -= 8)
	{
		word = (word ^ bytes_load_u64((const uint8_t *) at)) * MULTIPLIER;
		word ^= word >> 29;
	}
	for (; left > 0; at++, left--)
		word = (word ^ (uint8_t) *at) * MULTIPLIER;
	return mix(word);
}

Person *
grouping_person(Grouping *grouping, uint32_t index)
{
	return &grouping->segments[index >> SEGMENT_BITS][index & (SEGMENT_PEOPLE - 1)];
}

static inline bool
is_person(const Person *person, const PersonKey *key)
{
	if (key->bytes == NULL)
		return person->number == key->number;
	return person->size == key->size && memcmp(person->bytes, key->bytes, key->size) == 0;
}

static Person *
new_person(Grouping *grouping, const PersonKey *key, uint32_t hash)
{
	uint32_t	index = grouping->people;
	uint32_t	segment = index >> SEGMENT_BITS;
	Person	   *person;

	if (index >= MAX_PEOPLE)
		host_fail(HOST_LIMIT, "too many people for one pass",
				  host_format("There are more than %u.", MAX_PEOPLE),
				  "Build journeys of parts of the people, by a range of their keys for example.");
	if ((index & (SEGMENT_PEOPLE - 1)) == 0)
	{
		if (segment == grouping->segment_capacity)
		{
			uint32_t	capacity = (uint32_t) checked_growth(segment, segment + 1);

			grouping->segments = grouping->segments ?
				host_realloc_array(grouping->segments, capacity, sizeof(Person *)) :
				host_alloc_array(capacity, sizeof(Person *));
			grouping->segment_capacity = capacity;
		}
		grouping->segments[segment] = take(grouping, SEGMENT_PEOPLE * sizeof(Person));
	}
	person = grouping_person(grouping, index);
	memset(person, 0, sizeof(*person));
	person->hash = hash;
	person->number = key->number;
	if (key->bytes)
	{
		char	   *copy = take(grouping, (size_t) key->size + 1);

		memcpy(copy, key->bytes, key->size);
		person->bytes = copy;
		person->size = key->size;
	}
	grouping->people++;
	return person;
}

static Person *
find_person(Grouping *grouping, const PersonKey *key, uint32_t hash)
{
	uint32_t	slot;
	Person	   *person;

	/* at most half full, lest probing gets long */
	if (host_unlikely(grouping->people > grouping->slot_mask / 2))
		make_slots(grouping, (grouping->slot_mask + 1) * 2);
	for (slot = hash & grouping->slot_mask; grouping->slots[slot].person != NO_PERSON;
		 slot = (slot + 1) & grouping->slot_mask)
	{
		if (grouping->slots[slot].hash != hash)
			continue;
		person = grouping_person(grouping, grouping->slots[slot].person);
		if (is_person(person, key))
			return person;
	}
	grouping->slots[slot].person = grouping->people;
	grouping->slots[slot].hash = hash;
	return new_person(grouping, key, hash);
}

/* ----- logs ----- */

static LogChunk *
new_chunk(Grouping *grouping, Person *person, size_t needed)
{
	size_t		size = FIRST_CHUNK;
	LogChunk   *chunk;

	if (person->current)
		size = person->current->size + person->current->size / 2;
	if (size > LAST_CHUNK)
		size = LAST_CHUNK;
	if (size < needed)
		size = needed;
	if (size > UINT32_MAX / 2)
		host_fail(HOST_LIMIT, "ref is too long", NULL, "Use a shorter ref.");
	chunk = take(grouping, checked_add_size(sizeof(LogChunk) + ROW_LOG_SLACK, size));
	chunk->next = NULL;
	chunk->used = 0;
	chunk->size = (uint32_t) size;
	if (person->current)
		person->current->next = chunk;
	else
		person->first = chunk;
	person->current = chunk;
	return chunk;
}

/* Appends a row that may not fit into what is left of the chunk. */
static void
append_with_care(Grouping *grouping, Person *person, const JourneyRow *row)
{
	uint8_t		small[ROW_LOG_MAX];
	size_t		most = row_log_max(row);
	uint8_t    *packed = most <= sizeof(small) ? small : host_alloc(most);
	size_t		size = (size_t) (row_log_put(packed, row, person->last) - packed);
	LogChunk   *chunk = person->current;

	if (chunk == NULL || chunk->size - chunk->used < size)
		chunk = new_chunk(grouping, person, size);
	memcpy(chunk->data + chunk->used, packed, size);
	chunk->used += (uint32_t) size;
	if (packed != small)
		host_free(packed);
}

static inline void
append(Grouping *grouping, Person *person, const JourneyRow *row)
{
	LogChunk   *chunk = person->current;

	if (chunk != NULL && chunk->size - chunk->used >= row_log_max(row))
		chunk->used = (uint32_t) (row_log_put(chunk->data + chunk->used, row, person->last) - chunk->data);
	else
		append_with_care(grouping, person, row);
	if (row->at < person->last && person->rows > 0)
	{
		person->unordered = true;
		grouping->unordered++;
	}
	if (person->rows >= JOURNEY_MAX_EVENTS)
		host_fail(HOST_LIMIT, "too many events for one journey",
				  host_format("A journey holds at most %u.", JOURNEY_MAX_EVENTS),
				  "Build journeys of parts, by year for example.");
	person->last = row->at;
	person->rows++;
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

	/* copies stay where they are until the flush */
	if (host_unlikely(grouping->texts.capacity - grouping->texts.size < texts))
	{
		grouping_flush(grouping);
		buffer_reserve(&grouping->texts, texts);
	}
	waiting = &grouping->batch[grouping->waiting];
	waiting->key = *key;
	waiting->row = *row;
	if (key->bytes)
		waiting->key.bytes = keep_text(grouping, key->bytes, key->size);
	if (row->flags & JOURNEY_ROW_REF)
		waiting->row.ref = keep_text(grouping, row->ref, row->ref_size);
	if (++grouping->waiting == GROUPING_BATCH)
		grouping_flush(grouping);
}

void
grouping_flush(Grouping *grouping)
{
	uint32_t	count = grouping->waiting;

	for (uint32_t i = 0; i < count; i++)
	{
		Waiting    *waiting = &grouping->batch[i];

		waiting->hash = grouping_hash(&waiting->key);
		__builtin_prefetch(&grouping->slots[waiting->hash & grouping->slot_mask]);
	}
	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t	person = grouping->slots[grouping->batch[i].hash & grouping->slot_mask].person;

		/* most are where they are looked for first */
		if (person != NO_PERSON)
			__builtin_prefetch(grouping_person(grouping, person), 1);
	}
	for (uint32_t i = 0; i < count; i++)
	{
		Waiting    *waiting = &grouping->batch[i];
		LogChunk   *chunk;

		waiting->person = find_person(grouping, &waiting->key, waiting->hash);
		chunk = waiting->person->current;
		if (chunk)
			__builtin_prefetch(chunk, 1);
	}
	for (uint32_t i = 0; i < count; i++)
	{
		LogChunk   *chunk = grouping->batch[i].person->current;

		if (chunk)
			__builtin_prefetch(chunk->data + chunk->used, 1);
	}
	for (uint32_t i = 0; i < count; i++)
		append(grouping, grouping->batch[i].person, &grouping->batch[i].row);
	grouping->rows += count;
	grouping->waiting = 0;
	grouping->texts.size = 0;
	host_check_interrupts();
}

/* ----- questions ----- */

size_t
grouping_memory(const Grouping *grouping)
{
	return grouping->memory + grouping->texts.capacity + GROUPING_BATCH * sizeof(Waiting);
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

uint64_t
grouping_unordered(const Grouping *grouping)
{
	return grouping->unordered;
}

static void
set_piece(LogPiece *piece, const LogChunk *chunk)
{
	piece->bytes = chunk->data;
	piece->size = chunk->used;
	piece->next = chunk->next;
}

bool
grouping_first_piece(const Person *person, LogPiece *piece)
{
	if (person->first == NULL)
		return false;
	set_piece(piece, person->first);
	return true;
}

bool
grouping_next_piece(LogPiece *piece)
{
	if (piece->next == NULL)
		return false;
	set_piece(piece, piece->next);
	return true;
}

void
grouping_unpack(const Person *person, JourneyRow *rows)
{
	int64_t		last = 0;

	for (const LogChunk *chunk = person->first; chunk != NULL; chunk = chunk->next)
		rows = row_log_read(chunk->data, chunk->used, rows, &last);
}
