/*
 * grouping.c
 *		Rows of many people sorted into one log a person: see grouping.h.
 */
#include "journey/grouping.h"

/* Blocks of the arena grow with it: little for a few rows, few for many. */
#define ARENA_BLOCK_LEAST ((size_t) 8 * 1024)
#define ARENA_BLOCK_MOST ((size_t) 1024 * 1024)

#define SEGMENT_BITS 8
#define SEGMENT_PEOPLE (UINT32_C(1) << SEGMENT_BITS)

#define NO_PERSON UINT32_MAX

/* So many slots as they need can be counted; the memory limit is reached long before. */
#define MAX_PEOPLE (UINT32_C(1) << 30)

struct LogChunk
{
	LogChunk   *next;
	uint32_t	used;			/* set when the next chunk is begun */
	uint8_t		data[];
};

#define CHUNK_HEADER offsetof(LogChunk, data)

/* What a person's first chunk holds: most people have a handful of events. */
#define FIRST_CHUNK (56 - CHUNK_HEADER)
#define LAST_CHUNK 1024

/* A person fills the rest of a line with nothing. */
typedef struct PersonLine
{
	_Alignas(PERSON_ALIGNMENT) Person person;
} PersonLine;

typedef struct Slot
{
	uint32_t	person;
	uint32_t	hash;
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
		Person	   *person;
	};
	int64_t		at;
	double		value;
	uint32_t	code;
	uint32_t	flags;
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
	PersonLine **segments;
	uint64_t	rows;
	uint64_t	unordered;

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

static PersonLine *
take_lines(Grouping *grouping, size_t count)
{
	uint8_t    *here = take(grouping, count * sizeof(PersonLine) + PERSON_ALIGNMENT);

	return (PersonLine *) (here + (-(uintptr_t) here & (PERSON_ALIGNMENT - 1)));
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
	memset(grouping->slots, 0xff, (size_t) count * sizeof(Slot));
	for (uint32_t i = 0; i < grouping->people; i++)
	{
		uint32_t	hash = grouping_person(grouping, i)->hash;
		uint32_t	slot = hash & grouping->slot_mask;

		if (i % 65536 == 65535)
			host_check_interrupts();
		while (grouping->slots[slot].person != NO_PERSON)
			slot = (slot + 1) & grouping->slot_mask;
		grouping->slots[slot].person = i;
		grouping->slots[slot].hash = hash;
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
	host_free(grouping->more);
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

Person *
grouping_person(const Grouping *grouping, uint32_t index)
{
	return &grouping->segments[index >> SEGMENT_BITS][index & (SEGMENT_PEOPLE - 1)].person;
}

static inline bool
is_person(const Person *person, const Waiting *waiting)
{
	if (waiting->size == 0)
		return person->key.number == waiting->key.number;
	return person->size == waiting->size &&
		memcmp(person->key.bytes, waiting->key.bytes, waiting->size) == 0;
}

static Person *
new_person(Grouping *grouping, const Waiting *waiting)
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
				host_realloc_array(grouping->segments, capacity, sizeof(PersonLine *)) :
				host_alloc_array(capacity, sizeof(PersonLine *));
			grouping->segment_capacity = capacity;
		}
		grouping->segments[segment] = take_lines(grouping, SEGMENT_PEOPLE);
	}
	person = grouping_person(grouping, index);
	memset(person, 0, sizeof(*person));
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
	return person;
}

/* The slot of a hash, or the free one where it would be. */
static inline uint32_t
find_hash(const Grouping *grouping, uint32_t slot, uint32_t hash)
{
	while (grouping->slots[slot].person != NO_PERSON && grouping->slots[slot].hash != hash)
		slot = (slot + 1) & grouping->slot_mask;
	return slot;
}

/* The person who waits; all slots up to the one found already are others'. */
static inline Person *
find_person(Grouping *grouping, const Waiting *waiting)
{
	uint32_t	slot = find_hash(grouping, waiting->slot, waiting->hash);

	while (grouping->slots[slot].person != NO_PERSON)
	{
		Person	   *person = grouping_person(grouping, grouping->slots[slot].person);

		if (host_likely(is_person(person, waiting)))
			return person;
		slot = find_hash(grouping, (slot + 1) & grouping->slot_mask, waiting->hash);
	}
	grouping->slots[slot].person = grouping->people;
	grouping->slots[slot].hash = waiting->hash;
	return new_person(grouping, waiting);
}

/* ----- logs ----- */

/* A chunk with room for `needed` bytes at least. */
static void
new_chunk(Grouping *grouping, Person *person, size_t needed)
{
	size_t		size = FIRST_CHUNK;
	LogChunk   *chunk;

	if (person->current)
	{
		size = (size_t) (person->tail - person->current->data) + person->room;
		size += size / 2;
	}
	if (size > LAST_CHUNK)
		size = LAST_CHUNK;
	if (size < needed)
		size = needed;
	if (size > LOG_PIECE_MAX)
		host_fail(HOST_LIMIT, "ref is too long", NULL, "Use a shorter ref.");
	/* whole words, as the arena gives them */
	size = ((CHUNK_HEADER + size + 7) & ~(size_t) 7) - CHUNK_HEADER;
	chunk = take(grouping, CHUNK_HEADER + size);
	chunk->next = NULL;
	if (person->current)
	{
		person->current->used = (uint32_t) (person->tail - person->current->data);
		person->current->next = chunk;
	}
	else
		person->first = chunk;
	person->current = chunk;
	person->tail = chunk->data;
	person->room = (uint32_t) size;
}

/* Appends a row that may not fit into what is left of the chunk. */
static void
append_with_care(Grouping *grouping, Person *person, const JourneyRow *row)
{
	uint8_t		small[ROW_LOG_MAX];
	size_t		most = row_log_max(row);
	uint8_t    *packed = most <= sizeof(small) ? small : host_alloc(most);
	uint32_t	size = (uint32_t) (row_log_put(packed, row, person->last) - packed);

	if (person->room < size)
		new_chunk(grouping, person, size);
	memcpy(person->tail, packed, size);
	person->tail += size;
	person->room -= size;
	if (packed != small)
		host_free(packed);
}

static inline void
append(Grouping *grouping, Person *person, const JourneyRow *row)
{
	if (person->room >= row_log_max(row))
	{
		uint8_t    *end = row_log_put(person->tail, row, person->last);

		person->room -= (uint32_t) (end - person->tail);
		person->tail = end;
	}
	else
		append_with_care(grouping, person, row);
	grouping->unordered += row->at < person->last && person->rows > 0;
	if (host_unlikely(person->rows >= JOURNEY_MAX_EVENTS))
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
		if (grouping->texts.capacity < TEXTS_MOST)
			texts = checked_add_size(texts, grouping->texts.capacity);
		buffer_reserve(&grouping->texts, texts);
	}
	waiting = &grouping->batch[grouping->waiting];
	waiting->key.number = key->number;
	waiting->size = key->size;
	if (key->bytes)
		waiting->key.bytes = keep_text(grouping, key->bytes, key->size);
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

void
grouping_flush(Grouping *grouping)
{
	uint32_t	count = grouping->waiting;
	Waiting    *batch = grouping->batch;

	/* room for new people first, so that slots stay where they are found */
	while (grouping->people + count > grouping->slot_mask / 4 * 3)
		make_slots(grouping, (grouping->slot_mask + 1) * 2);
	for (uint32_t i = 0; i < count; i++)
	{
		Waiting    *waiting = &batch[i];

		waiting->hash = waiting->size == 0 ? mix((uint64_t) waiting->key.number) :
			hash_bytes(waiting->key.bytes, waiting->size);
		waiting->slot = waiting->hash & grouping->slot_mask;
		__builtin_prefetch(&grouping->slots[waiting->slot]);
	}
	for (uint32_t i = 0; i < count; i++)
	{
		Waiting    *waiting = &batch[i];
		uint32_t	person;

		waiting->slot = find_hash(grouping, waiting->slot, waiting->hash);
		person = grouping->slots[waiting->slot].person;
		if (person != NO_PERSON)
			__builtin_prefetch(grouping_person(grouping, person), 1);
	}
	for (uint32_t i = 0; i < count; i++)
	{
		batch[i].person = find_person(grouping, &batch[i]);
		__builtin_prefetch(batch[i].person->tail, 1);
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
		append(grouping, waiting->person, &row);
	}
	grouping->rows += count;
	grouping->waiting = 0;
	grouping->texts.size = 0;
	host_check_interrupts();
}

/* ----- questions ----- */

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

uint64_t
grouping_unordered(const Grouping *grouping)
{
	return grouping->unordered;
}

static void
set_piece(LogPiece *piece, const Person *person, const LogChunk *chunk)
{
	piece->person = person;
	piece->bytes = chunk->data;
	piece->size = chunk == person->current ? (uint32_t) (person->tail - chunk->data) : chunk->used;
	piece->next = chunk->next;
	/* it comes while this one is read */
	if (piece->next)
	{
		__builtin_prefetch(piece->next);
		__builtin_prefetch((const char *) piece->next + 64);
	}
}

bool
grouping_first_piece(const Person *person, LogPiece *piece)
{
	if (person->first == NULL)
		return false;
	set_piece(piece, person, person->first);
	return true;
}

bool
grouping_next_piece(LogPiece *piece)
{
	if (piece->next == NULL)
		return false;
	set_piece(piece, piece->person, piece->next);
	return true;
}

void
grouping_expect(const Grouping *grouping, uint32_t index)
{
	if (index < grouping->people)
		__builtin_prefetch(grouping_person(grouping, index)->first);
}

void
grouping_unpack(const Person *person, JourneyRow *rows)
{
	int64_t		last = 0;
	LogPiece	piece;

	for (bool more = grouping_first_piece(person, &piece); more; more = grouping_next_piece(&piece))
		rows = row_log_read(piece.bytes, piece.size, rows, &last);
}
