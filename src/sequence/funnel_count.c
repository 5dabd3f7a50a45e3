/*
 * funnel_count.c
 *		How far many journeys get in one pattern: counting, and packing of it.
 */
#include "sequence/funnel_count.h"

static char *
copy_text(const void *text, uint32_t size)
{
	char	   *copy = host_alloc((size_t) size + 1);

	if (size > 0)
		memcpy(copy, text, size);
	return copy;
}

static void
expect_pattern(const FunnelCount *count, const char *text, uint32_t size)
{
	if (count->text_size == size && memcmp(count->text, text, size) == 0)
		return;
	host_fail(HOST_BAD_PARAMETER, "funnels of different patterns cannot be counted together",
			  host_format("One is \"%.*s\", another is \"%.*s\".",
						  (int) (count->text_size > 200 ? 200 : count->text_size), count->text,
						  (int) (size > 200 ? 200 : size), text),
			  "Count them apart, for example GROUP BY pattern.");
}

static void
set_pattern(FunnelCount *count, uint32_t levels, const char *text, uint32_t size)
{
	count->levels = levels;
	count->text = copy_text(text, size);
	count->text_size = size;
	count->steps = host_alloc_zero(checked_mul_size(levels, sizeof(FunnelStep)));
}

void
funnel_count_begin(FunnelCount *count, const Pattern *pattern)
{
	if (count->levels > 0)
	{
		expect_pattern(count, pattern->text, pattern->header.text_size);
		return;
	}
	set_pattern(count, pattern->header.levels, pattern->text, pattern->header.text_size);
	for (uint32_t i = 0; i < pattern->header.step_count; i++)
	{
		const PatternStep *step = &pattern->steps[i];

		if (step->level == 0)
			continue;
		count->steps[step->level - 1].name = copy_text(pattern->text + step->text, step->text_size);
		count->steps[step->level - 1].name_size = step->text_size;
	}
}

static bool
add_times(FunnelStep *step, uint32_t bucket, uint64_t many)
{
	uint64_t  **times = &step->times[bucket / BUCKETS_PER_DOUBLING];

	if (*times == NULL)
		*times = host_alloc_zero(BUCKETS_PER_DOUBLING * sizeof(uint64_t));
	return !__builtin_add_overflow((*times)[bucket % BUCKETS_PER_DOUBLING], many,
								   &(*times)[bucket % BUCKETS_PER_DOUBLING]);
}

void
funnel_count_add(FunnelCount *count, const Pattern *pattern, const Funnel *funnel)
{
	int64_t		before = 0;

	count->journeys++;
	for (uint32_t i = 0; i < funnel->count; i++)
	{
		uint32_t	level = pattern->steps[funnel->steps[i]].level;

		if (level == 0)
			continue;
		count->steps[level - 1].reached++;
		if (level > 1)
			add_times(&count->steps[level - 1],
					  transition_bucket((uint64_t) funnel->times[i] - (uint64_t) before), 1);
		before = funnel->times[i];
	}
}

/* The next bucket that has any, from `bucket` on; BUCKETS if there is none. */
static uint32_t
next_bucket(const FunnelStep *step, uint32_t bucket)
{
	for (; bucket < BUCKETS; bucket++)
	{
		const uint64_t *times = step->times[bucket / BUCKETS_PER_DOUBLING];

		if (times == NULL)
			bucket |= BUCKETS_PER_DOUBLING - 1;
		else if (times[bucket % BUCKETS_PER_DOUBLING] > 0)
			break;
	}
	return bucket;
}

static uint64_t
times_in(const FunnelStep *step, uint32_t bucket)
{
	return step->times[bucket / BUCKETS_PER_DOUBLING][bucket % BUCKETS_PER_DOUBLING];
}

double
funnel_count_quantile(const FunnelStep *step, int percent)
{
	/* the smallest number of times that is at least this share, 1 or more */
	uint64_t	wanted = (uint64_t) (((unsigned __int128) step->reached * (unsigned) percent + 99) / 100);
	uint64_t	passed = 0;

	for (uint32_t bucket = next_bucket(step, 0); bucket < BUCKETS; bucket = next_bucket(step, bucket + 1))
	{
		passed += times_in(step, bucket);
		if (passed >= wanted)
			return transition_bucket_middle(bucket) / 1000000;
	}
	return -1;
}

/* ----- the kind of partial ----- */

static void
pack_times(const FunnelStep *step, ByteBuffer *out)
{
	uint32_t	different = 0;
	uint32_t	last = 0;

	for (uint32_t bucket = next_bucket(step, 0); bucket < BUCKETS; bucket = next_bucket(step, bucket + 1))
		different++;
	buffer_varint(out, different);
	for (uint32_t bucket = next_bucket(step, 0); bucket < BUCKETS; bucket = next_bucket(step, bucket + 1))
	{
		buffer_varint(out, bucket - last);
		buffer_varint(out, times_in(step, bucket));
		last = bucket;
	}
}

static void
pack(const void *packed, ByteBuffer *out)
{
	const FunnelCount *count = packed;

	buffer_varint(out, count->levels);
	if (count->levels == 0)
		return;
	buffer_varint(out, count->text_size);
	buffer_bytes(out, count->text, count->text_size);
	buffer_varint(out, count->journeys);
	for (uint32_t i = 0; i < count->levels; i++)
	{
		buffer_varint(out, count->steps[i].name_size);
		buffer_bytes(out, count->steps[i].name, count->steps[i].name_size);
		buffer_varint(out, count->steps[i].reached);
		if (i > 0)
			pack_times(&count->steps[i], out);
	}
}

static const char *
absorb_times(FunnelStep *step, uint64_t reached, ByteReader *reader)
{
	uint64_t	different = reader_varint(reader);
	uint64_t	bucket = 0;
	uint64_t	sum = 0;

	for (uint64_t i = 0; i < different; i++)
	{
		uint64_t	delta = reader_varint(reader);
		uint64_t	many = reader_varint(reader);

		if (reader->bad)
			return "its times are cut off";
		if (delta >= BUCKETS || (i > 0 && delta == 0) || bucket + delta >= BUCKETS)
			return "its times are not in order";
		bucket += delta;
		if (many == 0 || many > reached - sum)
			return "its counts contradict each other";
		sum += many;
		if (!add_times(step, (uint32_t) bucket, many))
			return "its counts are out of range";
	}
	return sum == reached ? NULL : "its counts contradict each other";
}

static const char *
absorb_step(FunnelCount *count, uint32_t number, bool fresh, uint64_t *most, ByteReader *reader)
{
	FunnelStep *step = &count->steps[number];
	uint64_t	size = reader_varint(reader);
	const uint8_t *name = reader_bytes(reader, size);
	uint64_t	reached = reader_varint(reader);

	if (reader->bad || size == 0)
		return "its steps are cut off";
	if (fresh)
	{
		step->name = copy_text(name, (uint32_t) size);
		step->name_size = (uint32_t) size;
	}
	else if (size != step->name_size || memcmp(name, step->name, size) != 0)
		return "its steps are not those of its pattern";
	if (reached > *most)
		return "its counts contradict each other";
	*most = reached;
	if (__builtin_add_overflow(step->reached, reached, &step->reached))
		return "its counts are out of range";
	return number > 0 ? absorb_times(step, reached, reader) : NULL;
}

static const char *
absorb(void *absorbed, unsigned version, ByteReader *reader)
{
	FunnelCount *count = absorbed;
	uint64_t	levels = reader_varint(reader);
	bool		fresh = count->levels == 0;
	uint64_t	size;
	const uint8_t *text;
	uint64_t	journeys;
	uint64_t	most;

	(void) version;				/* there is only one */
	if (levels == 0)
		return NULL;
	size = reader_varint(reader);
	text = reader_bytes(reader, size);
	journeys = most = reader_varint(reader);
	if (reader->bad || size == 0 || size > UINT32_MAX)
		return "its pattern is cut off";
	if (levels > PATTERN_MAX_STEPS || levels > size)
		return "its pattern has too many steps";
	if (fresh)
		set_pattern(count, (uint32_t) levels, (const char *) text, (uint32_t) size);
	else
	{
		expect_pattern(count, (const char *) text, (uint32_t) size);
		if (levels != count->levels)
			return "its steps are not those of its pattern";
	}
	if (__builtin_add_overflow(count->journeys, journeys, &count->journeys))
		return "its counts are out of range";
	for (uint32_t i = 0; i < count->levels; i++)
	{
		const char *problem = absorb_step(count, i, fresh, &most, reader);

		if (problem != NULL)
			return problem;
	}
	return NULL;
}

PartialKind funnel_kind = {"funnel", 1, sizeof(FunnelCount), NULL, absorb, pack};
PARTIAL_KIND_REGISTER(funnel_kind);
