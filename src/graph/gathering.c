/*
 * gathering.c
 *		Observations taken in at once.
 */
#include "graph/gathering.h"

/* Work between two looks at interrupts; a power of two. */
#define STEPS_PER_CHECK ((size_t) 1 << 16)

void
gathering_init(Gathering *gathering, const GatheredKind *kinds, uint32_t kind_count)
{
	memset(gathering, 0, sizeof(Gathering));
	gathering->kinds = kinds;
	gathering->kind_count = kind_count;
	node_index_init(&gathering->index);
	buffer_init(&gathering->texts, 1024);
}

uint32_t
gathering_kind(const Gathering *gathering, const char *name, size_t size)
{
	uint32_t	kind = 0;

	while (kind < gathering->kind_count &&
		   (gathering->kinds[kind].name_size != size ||
			memcmp(gathering->kinds[kind].name, name, size) != 0))
		kind++;
	return kind;
}

/* ----- taking observations in ----- */

static void *
grow(void *items, size_t capacity, size_t size)
{
	return items ? host_realloc_array(items, capacity, size) : host_alloc_array(capacity, size);
}

void
gathering_observe(Gathering *gathering, int64_t at)
{
	if (gathering->count % STEPS_PER_CHECK == 0)
		host_check_interrupts();
	/* one without identifiers makes room for the next */
	if (gathering->count > 0 && gathering->sizes[gathering->count - 1] == 0)
		gathering->count--;
	if (gathering->count == gathering->capacity)
	{
		gathering->capacity = checked_growth(gathering->capacity, 0);
		gathering->times = grow(gathering->times, gathering->capacity, sizeof(int64_t));
		gathering->sizes = grow(gathering->sizes, gathering->capacity, sizeof(uint32_t));
	}
	gathering->times[gathering->count] = at;
	gathering->sizes[gathering->count++] = 0;
}

size_t
gathering_observations(const Gathering *gathering)
{
	return gathering->count - (gathering->count > 0 && gathering->sizes[gathering->count - 1] == 0);
}

static uint32_t
intern(Gathering *gathering, uint32_t kind, const char *text, size_t size)
{
	uint32_t	hash = node_hash_text(text, size) + kind * (uint32_t) NODE_HASH_MULTIPLIER;
	NodeProbe	probe = node_probe(&gathering->index, hash);
	GatheredValue *value;
	uint32_t	number;

	while ((number = node_probe_next(&gathering->index, &probe)) != NO_NODE)
	{
		value = &gathering->values[number];
		if (value->kind == kind && value->size == size &&
			memcmp(gathered_text(gathering, value), text, size) == 0)
			return number;
	}
	if (gathering->value_count == gathering->value_capacity)
	{
		size_t		capacity = checked_growth(gathering->value_capacity, 0);

		if (gathering->value_count == NODES_MAX)
			host_fail(HOST_LIMIT, "too many identifiers in one set of observations", NULL,
					  "Take them in in several parts.");
		gathering->value_capacity = capacity < NODES_MAX ? (uint32_t) capacity : NODES_MAX;
		gathering->values = grow(gathering->values, gathering->value_capacity, sizeof(GatheredValue));
	}
	if (gathering->value_count == gathering->index.fill && gathering->index.fill < NODES_MAX)
	{
		node_index_double(&gathering->index);
		probe = node_probe(&gathering->index, hash);
		while (node_probe_next(&gathering->index, &probe) != NO_NODE)
			;
	}
	number = gathering->value_count++;
	gathering->values[number] = (GatheredValue) {
		.start = gathering->texts.size,
		.size = (uint32_t) size,
		.kind = kind,
		.first_seen = INT64_MAX,
	};
	buffer_bytes(&gathering->texts, text, size);
	node_probe_put(&gathering->index, &probe, number);
	return number;
}

void
gathering_add(Gathering *gathering, uint32_t kind, const char *text, size_t size)
{
	size_t		last = gathering->count - 1;
	uint32_t	number;

	if (size > INTENT_MAX_VALUE_SIZE)
		host_fail(HOST_LIMIT, "an identifier is too long", NULL, NULL);
	number = intern(gathering, kind, text, size);
	if (gathering->item_count == gathering->item_capacity)
	{
		gathering->item_capacity = checked_growth(gathering->item_capacity, 0);
		gathering->items = grow(gathering->items, gathering->item_capacity, sizeof(uint32_t));
	}
	gathering->items[gathering->item_count++] = number;
	gathering->sizes[last]++;
	if (gathering->times[last] < gathering->values[number].first_seen)
		gathering->values[number].first_seen = gathering->times[last];
}

/* ----- order of age ----- */

/* What a comparison needs, for it knows nothing but two items. */
typedef struct AgedValue
{
	int64_t		first_seen;
	const char *text;
	uint32_t	size;
	uint32_t	kind;
	uint32_t	number;
} AgedValue;

static int
compare_age(const void *left, const void *right)
{
	const AgedValue *a = left;
	const AgedValue *b = right;
	int			order;

	if (a->first_seen != b->first_seen)
		return a->first_seen < b->first_seen ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = memcmp(a->text, b->text, a->size < b->size ? a->size : b->size);
	if (order != 0)
		return order;
	return (a->size > b->size) - (a->size < b->size);
}

uint32_t *
gathering_by_age(const Gathering *gathering)
{
	AgedValue  *aged = host_alloc_array((size_t) gathering->value_count + 1, sizeof(AgedValue));
	uint32_t   *numbers = host_alloc_array((size_t) gathering->value_count + 1, sizeof(uint32_t));

	for (uint32_t i = 0; i < gathering->value_count; i++)
	{
		const GatheredValue *value = &gathering->values[i];

		aged[i] = (AgedValue) {value->first_seen, gathered_text(gathering, value), value->size, value->kind, i};
	}
	host_sort(aged, gathering->value_count, sizeof(AgedValue), compare_age);
	for (uint32_t i = 0; i < gathering->value_count; i++)
		numbers[i] = aged[i].number;
	host_free(aged);
	return numbers;
}

/* ----- what follows from the observations ----- */

/* The strongest identifier that names somebody, or NULL. */
static const GatheredValue *
strongest(const Gathering *gathering, const uint32_t *items, uint32_t count)
{
	const GatheredValue *best = NULL;

	for (uint32_t i = 0; i < count; i++)
	{
		const GatheredValue *value = &gathering->values[items[i]];
		const GatheredKind *kind = &gathering->kinds[value->kind];

		if (value->id == 0 || value->nobody || kind->shared)
			continue;
		if (best == NULL || kind->priority < gathering->kinds[best->kind].priority ||
			(kind->priority == gathering->kinds[best->kind].priority && value->id < best->id))
			best = value;
	}
	return best;
}

static int
compare_pairs(const void *left, const void *right)
{
	const GatheredPair *a = left;
	const GatheredPair *b = right;

	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	if (a->b != b->b)
		return a->b < b->b ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

size_t
gathering_pairs(const Gathering *gathering, GatheredPair **pairs)
{
	GatheredPair *found = NULL;
	size_t		count = 0;
	size_t		capacity = 0;
	size_t		kept = 0;
	const uint32_t *items = gathering->items;

	for (size_t n = 0; n < gathering->count; items += gathering->sizes[n++])
	{
		const GatheredValue *best = strongest(gathering, items, gathering->sizes[n]);

		if (n % STEPS_PER_CHECK == 0)
			host_check_interrupts();
		for (uint32_t i = 0; best && i < gathering->sizes[n]; i++)
		{
			const GatheredValue *other = &gathering->values[items[i]];

			if (other->id == 0 || other->id == best->id || gathering->kinds[other->kind].shared)
				continue;
			if (count == capacity)
			{
				capacity = checked_growth(capacity, 0);
				found = grow(found, capacity, sizeof(GatheredPair));
			}
			found[count++] = (GatheredPair) {
				best->id < other->id ? best->id : other->id,
				best->id < other->id ? other->id : best->id,
				gathering->times[n], 1
			};
		}
	}
	if (count > 0)
		host_sort(found, count, sizeof(GatheredPair), compare_pairs);
	for (size_t i = 0; i < count; i++)
	{
		if (kept > 0 && found[kept - 1].a == found[i].a && found[kept - 1].b == found[i].b)
			found[kept - 1].count++;
		else
			found[kept++] = found[i];
	}
	*pairs = found;
	return kept;
}

static int
compare_sightings(const void *left, const void *right)
{
	const GatheredSighting *a = left;
	const GatheredSighting *b = right;

	if (a->carrier != b->carrier)
		return a->carrier < b->carrier ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (a->identifier > b->identifier) - (a->identifier < b->identifier);
}

static int
compare_carried(const void *left, const void *right)
{
	const GatheredSighting *a = left;
	const GatheredSighting *b = right;

	if (a->carrier != b->carrier)
		return a->carrier < b->carrier ? -1 : 1;
	if (a->identifier != b->identifier)
		return a->identifier < b->identifier ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

size_t
gathering_sightings(const Gathering *gathering, GatheredSighting **sightings)
{
	GatheredSighting *found = NULL;
	size_t		count = 0;
	size_t		capacity = 0;
	size_t		kept = 0;
	const uint32_t *items = gathering->items;

	for (size_t n = 0; n < gathering->count; items += gathering->sizes[n++])
	{
		const GatheredValue *best = strongest(gathering, items, gathering->sizes[n]);

		if (n % STEPS_PER_CHECK == 0)
			host_check_interrupts();
		for (uint32_t i = 0; best && i < gathering->sizes[n]; i++)
		{
			const GatheredValue *other = &gathering->values[items[i]];

			if (other->id == 0 || !gathering->kinds[other->kind].shared)
				continue;
			if (count == capacity)
			{
				capacity = checked_growth(capacity, 0);
				found = grow(found, capacity, sizeof(GatheredSighting));
			}
			found[count++] = (GatheredSighting) {other->id, gathering->times[n], best->id};
		}
	}
	if (count > 0)
		host_sort(found, count, sizeof(GatheredSighting), compare_sightings);
	for (size_t i = 0; i < count; i++)
	{
		if (kept == 0 || compare_sightings(&found[kept - 1], &found[i]) != 0)
			found[kept++] = found[i];
	}
	*sightings = found;
	return kept;
}

size_t
gathering_carried(GatheredSighting *sightings, size_t count)
{
	size_t		kept = 0;

	if (count > 0)
		host_sort(sightings, count, sizeof(GatheredSighting), compare_carried);
	for (size_t i = 0; i < count; i++)
	{
		if (kept == 0 || sightings[kept - 1].carrier != sightings[i].carrier ||
			sightings[kept - 1].identifier != sightings[i].identifier)
			sightings[kept++] = sightings[i];
	}
	return kept;
}
