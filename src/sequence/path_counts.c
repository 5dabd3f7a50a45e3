/*
 * path_counts.c
 *		How often each path was taken: a kind of partial.
 */
#include "sequence/model.h"
#include "sequence/path_counts.h"

#define PATHS_PER_CHECK 16384

void
path_counts_add(PathCounts *counts, const char *path, uint32_t size, uint64_t times)
{
	Touchpoint	name = model_plain_name(path, size);
	uint32_t	code;

	if (counts->paths == NULL)
		counts->paths = vocabulary_new();
	code = vocabulary_code(counts->paths, &name);
	if (code == counts->count)
	{
		if (counts->count == counts->capacity)
		{
			size_t		capacity = checked_growth(counts->capacity, 1);

			counts->counts = counts->counts ?
				host_realloc_array(counts->counts, capacity, sizeof(uint64_t)) :
				host_alloc_array(capacity, sizeof(uint64_t));
			counts->capacity = (uint32_t) capacity;
		}
		counts->counts[counts->count++] = 0;
	}
	counts->counts[code] = model_add_counts(counts->counts[code], times);
}

static const char *
absorb(void *state, unsigned version, ByteReader *payload)
{
	PathCounts *counts = state;
	uint64_t	count = reader_varint(payload);

	if (payload->bad || count > reader_left(payload) / 2)
		return "its number of paths is out of range";
	for (uint64_t i = 0; i < count; i++)
	{
		uint64_t	size = reader_varint(payload);
		const uint8_t *path = reader_bytes(payload, size);
		uint64_t	times = reader_varint(payload);

		if (i % PATHS_PER_CHECK == 0)
			host_check_interrupts();
		if (payload->bad || times == 0 || times > INT64_MAX)
			return "a path is cut off or its count is out of range";
		if (memchr(path, '\0', size) != NULL)
			return "a path has a zero byte";
		path_counts_add(counts, (const char *) path, (uint32_t) size, times);
	}
	return NULL;
}

static void
pack(const void *state, ByteBuffer *out)
{
	const PathCounts *counts = state;
	uint32_t   *sorted;
	TouchpointSet set;

	buffer_varint(out, counts->count);
	if (counts->count == 0)
		return;
	set = vocabulary_set(counts->paths);
	sorted = host_alloc_array(set.count, sizeof(uint32_t));
	for (uint32_t code = 0; code < set.count; code++)
		sorted[set.rank[code]] = code;
	for (uint32_t i = 0; i < set.count; i++)
	{
		const Touchpoint *name = &set.touchpoints[sorted[i]];

		if (i % PATHS_PER_CHECK == 0)
			host_check_interrupts();
		buffer_varint(out, name->event_size);
		buffer_bytes(out, name->event, name->event_size);
		buffer_varint(out, counts->counts[sorted[i]]);
	}
	host_free(sorted);
}

PartialKind path_counts_kind = {"paths", 1, sizeof(PathCounts), NULL, absorb, pack};
PARTIAL_KIND_REGISTER(path_counts_kind);

static int
compare_counted(const void *a, const void *b)
{
	const CountedPath *left = a;
	const CountedPath *right = b;
	Touchpoint	left_name = model_plain_name(left->path, left->size);
	Touchpoint	right_name = model_plain_name(right->path, right->size);

	if (left->count != right->count)
		return left->count > right->count ? -1 : 1;
	return touchpoint_compare(&left_name, &right_name);
}

CountedPath *
path_counts_ranked(const PathCounts *counts, uint64_t *total)
{
	CountedPath *ranked = host_alloc_array((size_t) counts->count + 1, sizeof(CountedPath));
	TouchpointSet set;

	*total = 0;
	if (counts->count == 0)
		return ranked;
	set = vocabulary_set(counts->paths);
	for (uint32_t code = 0; code < counts->count; code++)
	{
		ranked[code].path = set.touchpoints[code].event;
		ranked[code].size = set.touchpoints[code].event_size;
		ranked[code].count = counts->counts[code];
		*total = model_add_counts(*total, counts->counts[code]);
	}
	host_check_interrupts();
	host_sort(ranked, counts->count, sizeof(CountedPath), compare_counted);
	return ranked;
}
