/*
 * linkage_cluster.c
 *		Guarded agglomeration.
 *
 * Pairs come by falling weight.  Joining two clusters says of every record of
 * one and every record of the other that they are one: the mean of the weights
 * of all these pairs must not be negative, and no limit may break.  One pair
 * that is wrong, or a record that is like two others, so does not make one of
 * two crowds, as it does in connected components.
 */
#include "identity/linkage_cluster.h"

static int
compare_pairs(const void *a, const void *b)
{
	const LinkagePair *x = a;
	const LinkagePair *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

void
linkage_sort_pairs(LinkagePair *pairs, size_t count)
{
	host_sort(pairs, count, sizeof(LinkagePair), compare_pairs);
}

/* Rows of a cluster are a ring: each knows the next. */
typedef struct Ring
{
	uint32_t   *cluster;		/* the lowest row of each row's cluster */
	uint32_t   *next;
	uint32_t   *size;			/* by lowest row */
} Ring;

/*
 * The sum of the weights between two clusters, remembered by both: it is asked
 * again for every pair that they have.
 */
typedef struct Sums
{
	uint64_t   *key;			/* cluster << 32 | cluster, lower first; 0 is free */
	Fixed	   *sum;
	uint64_t   *sizes;			/* of both, when it was made */
	size_t		count;
	size_t		mask;
} Sums;

static void
sums_begin(Sums *sums, size_t slots)
{
	sums->count = 0;
	sums->mask = slots - 1;
	sums->key = host_alloc_zero(checked_mul_size(slots, sizeof(uint64_t)));
	sums->sizes = host_alloc_array(slots, sizeof(uint64_t));
	sums->sum = host_alloc_array(slots, sizeof(Fixed));
}

static size_t
sums_find(const Sums *sums, uint64_t key)
{
	size_t		slot = (size_t) (node_hash_mix(key) >> 16) & sums->mask;

	while (sums->key[slot] != 0 && sums->key[slot] != key)
		slot = (slot + 1) & sums->mask;
	return slot;
}

static void
sums_grow(Sums *sums)
{
	Sums		old = *sums;

	sums_begin(sums, checked_mul_size(old.mask + 1, 2));
	for (size_t i = 0; i <= old.mask; i++)
	{
		size_t		slot;

		if (old.key[i] == 0)
			continue;
		slot = sums_find(sums, old.key[i]);
		sums->key[slot] = old.key[i];
		sums->sizes[slot] = old.sizes[i];
		sums->sum[slot] = old.sum[i];
		sums->count++;
	}
	host_free(old.key);
	host_free(old.sizes);
	host_free(old.sum);
}

static Fixed
sum_between(const Ring *ring, Sums *sums, const LinkageGuard *guard, uint32_t a, uint32_t b)
{
	/* b is not 0, so no key is */
	uint64_t	key = (uint64_t) a << 32 | b;
	uint64_t	sizes = (uint64_t) ring->size[a] << 32 | ring->size[b];
	size_t		slot = sums_find(sums, key);
	Fixed		sum = 0;
	uint32_t	x = a;

	if (sums->key[slot] == key && sums->sizes[slot] == sizes)
		return sums->sum[slot];
	do
	{
		uint32_t	y = b;

		host_check_interrupts();
		do
		{
			sum += guard->weigh(guard->context, x, y);
			y = ring->next[y];
		} while (y != b);
		x = ring->next[x];
	} while (x != a);
	if (sums->key[slot] == 0)
	{
		if (sums->count * 2 > sums->mask)
		{
			sums_grow(sums);
			slot = sums_find(sums, key);
		}
		sums->count++;
	}
	sums->key[slot] = key;
	sums->sizes[slot] = sizes;
	sums->sum[slot] = sum;
	return sum;
}

/* Has one of the rows of each cluster the same source? */
static bool
share_source(const Ring *ring, const uint32_t *source, uint32_t a, uint32_t b)
{
	uint32_t	x = a;

	if (source == NULL)
		return false;
	do
	{
		uint32_t	y = b;

		host_check_interrupts();
		do
		{
			if (source[x] != 0 && source[x] == source[y])
				return true;
			y = ring->next[y];
		} while (y != b);
		x = ring->next[x];
	} while (x != a);
	return false;
}

static void
unite(Ring *ring, uint32_t a, uint32_t b)
{
	uint32_t	after = ring->next[a];
	uint32_t	row = b;

	do
	{
		ring->cluster[row] = a;
		row = ring->next[row];
	} while (row != b);
	ring->next[a] = ring->next[b];
	ring->next[b] = after;
	ring->size[a] += ring->size[b];
}

void
linkage_cluster(LinkageClusters *clusters, uint32_t rows, const LinkagePair *pairs, size_t count,
				const LinkageGuard *guard)
{
	Ring		ring;
	Sums		sums;

	*clusters = (LinkageClusters) {0};
	ring.cluster = host_alloc_array((size_t) rows + 1, sizeof(uint32_t));
	ring.next = host_alloc_array((size_t) rows + 1, sizeof(uint32_t));
	ring.size = host_alloc_array((size_t) rows + 1, sizeof(uint32_t));
	for (uint32_t row = 0; row < rows; row++)
	{
		ring.cluster[row] = ring.next[row] = row;
		ring.size[row] = 1;
	}
	clusters->joined = host_alloc_zero(checked_add_size(count, 1));
	sums_begin(&sums, 1024);
	for (size_t i = 0; i < count; i++)
	{
		uint32_t	a = ring.cluster[pairs[i].a];
		uint32_t	b = ring.cluster[pairs[i].b];

		if (a == b)
			continue;
		if (a > b)
		{
			uint32_t	lower = b;

			b = a;
			a = lower;
		}
		if ((uint64_t) ring.size[a] + ring.size[b] > guard->largest || share_source(&ring, guard->source, a, b))
		{
			clusters->limited++;
			clusters->refused++;
		}
		else if (sum_between(&ring, &sums, guard, a, b) < 0)
			clusters->refused++;
		else
		{
			unite(&ring, a, b);
			clusters->joined[i] = true;
		}
	}
	clusters->cluster = ring.cluster;
	host_free(ring.next);
	host_free(ring.size);
	host_free(sums.key);
	host_free(sums.sizes);
	host_free(sums.sum);
}
