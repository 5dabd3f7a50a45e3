/*
 * vocabulary.c
 *		Touchpoints interned to small codes, in order of appearance.
 *
 * One vocabulary serves all journeys of a query, so that a row costs a hash
 * look-up and no copy of its texts.
 */
#include "journey/vocabulary.h"

#define EMPTY_SLOT UINT32_MAX

/*
 * A touchpoint as it is looked up: the first and the last eight bytes of each
 * text, so that up to sixteen bytes equal keys are equal texts.  What is
 * between them is hashed into the first word.
 */
typedef struct Key
{
	uint64_t	channel[2];
	uint64_t	event[2];
	uint64_t	sizes;
} Key;

#define KEY_EXACT 16

/* The key stands in the slot: one look at memory less. */
typedef struct Slot
{
	Key			key;
	uint32_t	code;
} Slot;

struct Vocabulary
{
	uint32_t	count;
	uint32_t	capacity;
	uint32_t	slot_mask;
	uint32_t	ranked;			/* entries that rank[] was made for */
	Touchpoint *entries;
	Slot	   *slots;			/* by hash, linear probing */
	uint32_t   *rank;
	uint32_t   *local;			/* scratch of journey_build() */
};

/* Fewer than eight bytes as a number, the first one lowest; at least one. */
static inline uint64_t
short_word(const char *bytes, uint32_t size)
{
	uint32_t	low;
	uint32_t	high;

	if (size >= 4)
	{
		memcpy(&low, bytes, 4);
		memcpy(&high, bytes + size - 4, 4);
		return low | (uint64_t) high >> (8 * (8 - size)) << 32;
	}
	return (uint64_t) (uint8_t) bytes[0] |
		(uint64_t) (uint8_t) bytes[size / 2] << (size / 2 * 8) |
		(uint64_t) (uint8_t) bytes[size - 1] << ((size - 1) * 8);
}

#define MULTIPLIER UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t
load_word(const char *bytes)
{
	return bytes_load_u64((const uint8_t *) bytes);
}

/*
 * What a long text has before its last sixteen bytes, which *bytes and *size
 * become.
 */
static uint64_t
hash_front(const char **bytes, uint32_t *size)
{
	uint64_t	hash = 0;

	for (; *size > KEY_EXACT; *bytes += 8, *size -= 8)
	{
		hash = (hash ^ load_word(*bytes)) * MULTIPLIER;
		hash ^= hash >> 29;
	}
	return hash;
}

/*
 * With `room` in front of the text a word is loaded whatever the size, and
 * what does not belong to it shifted out: names have all sizes, and a branch
 * on that would be guessed wrong every other time.
 */
static HOST_INLINE void
text_words(const char *bytes, uint32_t size, bool room, uint64_t words[2])
{
	uint64_t	front = 0;

	words[0] = words[1] = 0;
	if (size == 0)
		return;
	if (host_unlikely(size > KEY_EXACT))
		front = hash_front(&bytes, &size);
	if (room)
	{
		/* 8 - size if that is positive; said so that no compiler makes a branch of it */
		uint32_t	missing = (8 - size) & (uint32_t) ((int32_t) (size - 8) >> 31);

		words[0] = front ^ load_word(bytes - missing) >> (8 * missing);
		words[1] = load_word(bytes + size - 8) >> (8 * missing);
	}
	else if (size < 8)
		words[0] = words[1] = short_word(bytes, size);
	else
	{
		words[0] = front ^ load_word(bytes);
		words[1] = load_word(bytes + size - 8);
	}
}

static HOST_INLINE Key
make_key(const Touchpoint *touchpoint, bool room)
{
	Key			key;

	text_words(touchpoint->channel, touchpoint->channel_size, room, key.channel);
	text_words(touchpoint->event, touchpoint->event_size, room, key.event);
	key.sizes = (uint64_t) touchpoint->channel_size << 32 | touchpoint->event_size;
	return key;
}

static inline uint32_t
hash_key(const Key *key)
{
	uint64_t	hash = key->channel[0] * UINT64_C(0x9e3779b97f4a7c15) +
		key->channel[1] * UINT64_C(0xbf58476d1ce4e5b9) +
		key->event[0] * UINT64_C(0x94d049bb133111eb) +
		key->event[1] * UINT64_C(0xd6e8feb86659fd93) + key->sizes;

	hash = (hash ^ hash >> 32) * MULTIPLIER;
	return (uint32_t) (hash >> 32);
}

/* All in one, so that there is one branch. */
static inline bool
same_key(const Key *a, const Key *b)
{
	return ((a->channel[0] ^ b->channel[0]) | (a->channel[1] ^ b->channel[1]) |
			(a->event[0] ^ b->event[0]) | (a->event[1] ^ b->event[1]) |
			(a->sizes ^ b->sizes)) == 0;
}

/* The slot of a key that is not there yet. */
static Slot *
free_slot(Vocabulary *vocabulary, const Key *key)
{
	uint32_t	slot = hash_key(key) & vocabulary->slot_mask;

	while (vocabulary->slots[slot].code != EMPTY_SLOT)
		slot = (slot + 1) & vocabulary->slot_mask;
	return &vocabulary->slots[slot];
}

static void
allocate_slots(Vocabulary *vocabulary, uint32_t slots)
{
	vocabulary->slot_mask = slots - 1;
	vocabulary->slots = host_alloc_array(slots, sizeof(Slot));
	for (uint32_t i = 0; i < slots; i++)
		vocabulary->slots[i].code = EMPTY_SLOT;
}

Vocabulary *
vocabulary_new(void)
{
	Vocabulary *vocabulary = host_alloc_zero(sizeof(Vocabulary));
	uint32_t	capacity = 32;

	vocabulary->capacity = capacity;
	vocabulary->entries = host_alloc_array(capacity, sizeof(Touchpoint));
	vocabulary->rank = host_alloc_array(capacity, sizeof(uint32_t));
	vocabulary->local = host_alloc_array(capacity, sizeof(uint32_t));
	allocate_slots(vocabulary, capacity * 2);
	return vocabulary;
}

void
vocabulary_free(Vocabulary *vocabulary)
{
	for (uint32_t code = 0; code < vocabulary->count; code++)
		host_free((void *) vocabulary->entries[code].channel);
	host_free(vocabulary->entries);
	host_free(vocabulary->slots);
	host_free(vocabulary->rank);
	host_free(vocabulary->local);
	host_free(vocabulary);
}

static void
grow(Vocabulary *vocabulary)
{
	uint32_t	capacity = vocabulary->capacity;
	Slot	   *old = vocabulary->slots;

	if (capacity >= UINT32_C(1) << 29)
		host_fail(HOST_LIMIT, "too many different touchpoints",
				  host_format("A journey can tell %u touchpoints apart.", capacity),
				  "Put what differs from event to event into value or ref.");
	capacity *= 2;
	vocabulary->capacity = capacity;
	vocabulary->entries = host_realloc_array(vocabulary->entries, capacity, sizeof(Touchpoint));
	vocabulary->rank = host_realloc_array(vocabulary->rank, capacity, sizeof(uint32_t));
	vocabulary->local = host_realloc_array(vocabulary->local, capacity, sizeof(uint32_t));
	allocate_slots(vocabulary, capacity * 2);
	/* there were as many slots as there are entries now */
	for (uint32_t i = 0; i < capacity; i++)
	{
		if (old[i].code != EMPTY_SLOT)
			*free_slot(vocabulary, &old[i].key) = old[i];
	}
	host_free(old);
}

/* The same text behind the same key: only a long one needs a look. */
static inline bool
same_text(const char *a, const char *b, uint32_t size)
{
	return size <= KEY_EXACT || memcmp(a, b, size) == 0;
}

static inline bool
same_texts(const Vocabulary *vocabulary, uint32_t code, const Touchpoint *touchpoint)
{
	const Touchpoint *entry;

	if (host_likely(touchpoint->channel_size <= KEY_EXACT && touchpoint->event_size <= KEY_EXACT))
		return true;
	entry = &vocabulary->entries[code];
	return same_text(entry->channel, touchpoint->channel, touchpoint->channel_size) &&
		same_text(entry->event, touchpoint->event, touchpoint->event_size);
}

static uint32_t
new_code(Vocabulary *vocabulary, const Touchpoint *touchpoint, const Key *key)
{
	uint32_t	code = vocabulary->count;
	Touchpoint *entry;
	Slot	   *slot;
	char	   *copy;

	if (code == vocabulary->capacity)
		grow(vocabulary);
	entry = &vocabulary->entries[code];
	*entry = *touchpoint;
	copy = host_alloc(checked_add_size(touchpoint->channel_size, touchpoint->event_size) + 1);
	entry->channel = copy;
	if (touchpoint->channel_size > 0)
		memcpy(copy, touchpoint->channel, touchpoint->channel_size);
	entry->event = copy + touchpoint->channel_size;
	if (touchpoint->event_size > 0)
		memcpy(copy + touchpoint->channel_size, touchpoint->event, touchpoint->event_size);
	slot = free_slot(vocabulary, key);
	slot->key = *key;
	slot->code = code;
	vocabulary->local[code] = UINT32_MAX;
	vocabulary->count++;
	return code;
}

static HOST_INLINE uint32_t
code_of(Vocabulary *vocabulary, const Touchpoint *touchpoint, bool room)
{
	Key			key = make_key(touchpoint, room);

	for (uint32_t slot = hash_key(&key) & vocabulary->slot_mask;; slot = (slot + 1) & vocabulary->slot_mask)
	{
		const Slot *at = &vocabulary->slots[slot];

		if (at->code == EMPTY_SLOT)
			return new_code(vocabulary, touchpoint, &key);
		if (same_key(&at->key, &key) && same_texts(vocabulary, at->code, touchpoint))
			return at->code;
	}
}

uint32_t
vocabulary_code(Vocabulary *vocabulary, const Touchpoint *touchpoint)
{
	return code_of(vocabulary, touchpoint, false);
}

uint32_t
vocabulary_code_in_row(Vocabulary *vocabulary, const Touchpoint *touchpoint)
{
	return code_of(vocabulary, touchpoint, true);
}

static int
compare_entries(const void *a, const void *b)
{
	return touchpoint_compare(*(const Touchpoint *const *) a, *(const Touchpoint *const *) b);
}

TouchpointSet
vocabulary_set(Vocabulary *vocabulary)
{
	TouchpointSet set;

	if (vocabulary->ranked != vocabulary->count)
	{
		const Touchpoint **sorted = host_alloc_array(vocabulary->count, sizeof(Touchpoint *));

		for (uint32_t i = 0; i < vocabulary->count; i++)
			sorted[i] = &vocabulary->entries[i];
		host_sort(sorted, vocabulary->count, sizeof(sorted[0]), compare_entries);
		for (uint32_t i = 0; i < vocabulary->count; i++)
			vocabulary->rank[sorted[i] - vocabulary->entries] = i;
		host_free(sorted);
		vocabulary->ranked = vocabulary->count;
	}
	set.count = vocabulary->count;
	set.touchpoints = vocabulary->entries;
	set.rank = vocabulary->rank;
	set.local = vocabulary->local;
	return set;
}
