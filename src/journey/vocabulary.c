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
 * A touchpoint as it is looked up: texts of up to eight bytes as they are, so
 * that equal keys are equal touchpoints; longer ones hashed.
 */
typedef struct Key
{
	uint64_t	channel;
	uint64_t	event;
	uint32_t	channel_size;
	uint32_t	event_size;
} Key;

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

/* Up to eight bytes as a number, without a call for a variable size. */
static inline uint64_t
short_word(const char *bytes, uint32_t size)
{
	uint32_t	low;
	uint32_t	high;

	if (size >= 8)
	{
		uint64_t	word;

		memcpy(&word, bytes, 8);
		return word;
	}
	if (size >= 4)
	{
		memcpy(&low, bytes, 4);
		memcpy(&high, bytes + size - 4, 4);
		return (uint64_t) high << 32 | low;
	}
	if (size == 0)
		return 0;
	return (uint64_t) (uint8_t) bytes[0] | (uint64_t) (uint8_t) bytes[size / 2] << 8 |
		(uint64_t) (uint8_t) bytes[size - 1] << 16;
}

#define MULTIPLIER UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t
key_word(const char *bytes, uint32_t size)
{
	uint64_t	word = 0;

	for (; size > 8; size -= 8, bytes += 8)
	{
		word = (word ^ short_word(bytes, 8)) * MULTIPLIER;
		word ^= word >> 29;
	}
	return word ^ short_word(bytes, size);
}

static inline Key
make_key(const Touchpoint *touchpoint)
{
	Key			key;

	key.channel = key_word(touchpoint->channel, touchpoint->channel_size);
	key.event = key_word(touchpoint->event, touchpoint->event_size);
	key.channel_size = touchpoint->channel_size;
	key.event_size = touchpoint->event_size;
	return key;
}

static inline uint32_t
hash_key(const Key *key)
{
	uint64_t	hash = key->channel * MULTIPLIER + key->event + key->event_size;

	hash *= MULTIPLIER;
	return (uint32_t) (hash >> 32) ^ key->channel_size;
}

static inline bool
same_key(const Key *a, const Key *b)
{
	return a->channel == b->channel && a->event == b->event &&
		a->channel_size == b->channel_size && a->event_size == b->event_size;
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

/* The same text behind the same key: only long ones need a look. */
static inline bool
same_text(const char *a, const char *b, uint32_t size)
{
	return size <= 8 || memcmp(a, b, size) == 0;
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

uint32_t
vocabulary_code(Vocabulary *vocabulary, const Touchpoint *touchpoint)
{
	Key			key = make_key(touchpoint);

	for (uint32_t slot = hash_key(&key) & vocabulary->slot_mask;; slot = (slot + 1) & vocabulary->slot_mask)
	{
		const Slot *at = &vocabulary->slots[slot];
		const Touchpoint *entry;

		if (at->code == EMPTY_SLOT)
			return new_code(vocabulary, touchpoint, &key);
		if (!same_key(&at->key, &key))
			continue;
		entry = &vocabulary->entries[at->code];
		if (same_text(entry->channel, touchpoint->channel, key.channel_size) &&
			same_text(entry->event, touchpoint->event, key.event_size))
			return at->code;
	}
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
