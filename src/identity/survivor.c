/*
 * survivor.c
 *		Choosing among values: by rank, or by how often they come.
 */
#include "identity/survivor.h"

#define VALUES_PER_CHECK 65536

static int
compare_bytes(const void *a, size_t a_size, const void *b, size_t b_size)
{
	size_t		common = a_size < b_size ? a_size : b_size;
	int			order = common ? memcmp(a, b, common) : 0;

	return order ? order : (a_size > b_size) - (a_size < b_size);
}

/* ----- the value of the smallest rank ----- */

void
survivor_init(Survivor *survivor)
{
	survivor->found = false;
	buffer_init(&survivor->value, 16);
}

void
survivor_offer(Survivor *survivor, int64_t rank, int64_t then, const void *value, size_t size)
{
	if (survivor->found)
	{
		int			order = (rank > survivor->rank[0]) - (rank < survivor->rank[0]);

		if (order == 0)
			order = (then > survivor->rank[1]) - (then < survivor->rank[1]);
		if (order == 0)
			order = compare_bytes(value, size, survivor->value.data, survivor->value.size);
		if (order >= 0)
			return;
	}
	survivor->found = true;
	survivor->rank[0] = rank;
	survivor->rank[1] = then;
	survivor->value.size = 0;
	buffer_bytes(&survivor->value, value, size);
}

void
survivor_write(ByteBuffer *out, const Survivor *survivor)
{
	buffer_varint(out, bytes_zigzag(survivor->rank[0]));
	buffer_varint(out, bytes_zigzag(survivor->rank[1]));
	buffer_bytes(out, survivor->value.data, survivor->value.size);
}

bool
survivor_read(Survivor *survivor, const void *data, size_t size)
{
	ByteReader	reader = reader_over(data, size);
	int64_t		rank = bytes_unzigzag(reader_varint(&reader));
	int64_t		then = bytes_unzigzag(reader_varint(&reader));

	if (reader.bad)
		return false;
	survivor_offer(survivor, rank, then, reader.at, reader_left(&reader));
	return true;
}

/* ----- the value that comes most often ----- */

void
tally_init(Tally *tally)
{
	memset(tally, 0, sizeof(*tally));
	node_index_init(&tally->index);
	buffer_init(&tally->bytes, 64);
}

static void
grow(Tally *tally)
{
	size_t		capacity = checked_growth(tally->capacity, (size_t) tally->count + 1);

	if (tally->count == NODES_MAX)
		host_fail(HOST_LIMIT, "too many different values to count",
				  host_format("%u values can be told apart at once.", NODES_MAX),
				  "Count them with GROUP BY.");
	tally->capacity = capacity < NODES_MAX ? (uint32_t) capacity : NODES_MAX;
	if (tally->start == NULL)
	{
		tally->start = host_alloc_array((size_t) tally->capacity + 1, sizeof(uint64_t));
		tally->start[0] = 0;
		tally->times = host_alloc_array(tally->capacity, sizeof(uint64_t));
		return;
	}
	tally->start = host_realloc_array(tally->start, (size_t) tally->capacity + 1, sizeof(uint64_t));
	tally->times = host_realloc_array(tally->times, tally->capacity, sizeof(uint64_t));
}

static const uint8_t *
value_of(const Tally *tally, uint32_t i, size_t *size)
{
	*size = (size_t) (tally->start[i + 1] - tally->start[i]);
	return tally->bytes.data + tally->start[i];
}

void
tally_add(Tally *tally, const void *value, size_t size, uint64_t times)
{
	NodeProbe	probe;
	uint32_t	i;

	if (tally->count == tally->index.fill)
		node_index_double(&tally->index);
	probe = node_probe(&tally->index, node_hash_text(value, size));
	while ((i = node_probe_next(&tally->index, &probe)) != NO_NODE)
	{
		size_t		known_size;
		const uint8_t *known = value_of(tally, i, &known_size);

		if (compare_bytes(known, known_size, value, size) == 0)
		{
			tally->times[i] += times;
			return;
		}
	}
	if (tally->count == tally->capacity)
		grow(tally);
	buffer_bytes(&tally->bytes, value, size);
	tally->times[tally->count] = times;
	tally->start[tally->count + 1] = tally->bytes.size;
	node_probe_put(&tally->index, &probe, tally->count++);
}

void
tally_unite(Tally *tally, const Tally *other)
{
	for (uint32_t i = 0; i < other->count; i++)
	{
		size_t		size;
		const uint8_t *value = value_of(other, i, &size);

		if (i % VALUES_PER_CHECK == 0)
			host_check_interrupts();
		tally_add(tally, value, size, other->times[i]);
	}
}

const void *
tally_most_frequent(const Tally *tally, size_t *size)
{
	const uint8_t *best = NULL;
	uint64_t	most = 0;

	*size = 0;
	for (uint32_t i = 0; i < tally->count; i++)
	{
		size_t		value_size;
		const uint8_t *value = value_of(tally, i, &value_size);

		if (i % VALUES_PER_CHECK == 0)
			host_check_interrupts();
		if (best == NULL || tally->times[i] > most ||
			(tally->times[i] == most && compare_bytes(value, value_size, best, *size) < 0))
		{
			best = value;
			*size = value_size;
			most = tally->times[i];
		}
	}
	return best;
}

void
tally_write(ByteBuffer *out, const Tally *tally)
{
	for (uint32_t i = 0; i < tally->count; i++)
	{
		size_t		size;
		const uint8_t *value = value_of(tally, i, &size);

		if (i % VALUES_PER_CHECK == 0)
			host_check_interrupts();
		buffer_varint(out, tally->times[i]);
		buffer_varint(out, size);
		buffer_bytes(out, value, size);
	}
}

bool
tally_read(Tally *tally, const void *data, size_t size)
{
	ByteReader	reader = reader_over(data, size);

	while (reader_left(&reader) > 0)
	{
		uint64_t	times = reader_varint(&reader);
		uint64_t	value_size = reader_varint(&reader);
		const uint8_t *value = reader_bytes(&reader, value_size);

		if (reader.bad)
			return false;
		if (tally->count % VALUES_PER_CHECK == 0)
			host_check_interrupts();
		tally_add(tally, value, (size_t) value_size, times);
	}
	return true;
}
