/*
 * sample.c
 *		Generated journeys for the core tests: many ties, many shapes.
 */
#include "sample.h"
#include "tap.h"

#include "base/instant.h"
#include "journey/journey_format.h"

/* What rows have of a column: nobody, all, or some of them. */
typedef enum Presence
{
	NONE,
	ALL,
	SOME
} Presence;

typedef struct Shape
{
	uint32_t	touchpoints;
	int64_t		unit;
	int64_t		start;
	uint64_t	times;			/* different ones: few are many ties */
	Presence	refs;
	int			ref_kind;		/* integer, uuid, text, all of them */
	Presence	values;
	int			value_kind;		/* whole, cents, doubles, extremes */
	Presence	recorded;
} Shape;

static Shape
make_shape(uint64_t *random)
{
	static const uint32_t dictionaries[] = {1, 2, 5, 16, 17, 60, 300};
	static const int64_t starts[] = {
		0, INT64_C(820454400000000), -INT64_C(86400000000) * 4000, INSTANT_MIN, INSTANT_END
	};
	Shape		shape;

	shape.touchpoints = dictionaries[random_below(random, 7)];
	shape.unit = journey_units[random_below(random, JOURNEY_UNITS)];
	shape.start = starts[random_below(random, 5)];
	shape.times = random_below(random, 3) ? 1 + random_below(random, 12) : 1000;
	shape.refs = (Presence) random_below(random, 3);
	shape.ref_kind = (int) random_below(random, 4);
	shape.values = (Presence) random_below(random, 3);
	shape.value_kind = (int) random_below(random, 4);
	shape.recorded = (Presence) random_below(random, 3);
	return shape;
}

static bool
has(Presence presence, uint64_t *random)
{
	return presence == ALL || (presence == SOME && random_below(random, 2));
}

/* Parts that need quotes, parts that begin alike, an empty event, no channel. */
static Touchpoint
make_touchpoint(uint32_t number)
{
	static const char *const channels[] = {"", "web", "app", "call centre", "web2", "\"", "\xc3\xbc"};
	static const char *const events[] = {"view", "viewed", "", "add to cart", "a:b", "\"\"", "*", "\xe2\x82\xac 5"};
	Touchpoint	touchpoint;

	touchpoint.channel = channels[number % 7];
	touchpoint.channel_size = (uint32_t) strlen(touchpoint.channel);
	touchpoint.event = number < 56 ? events[number % 8] : host_format("event %u", number);
	touchpoint.event_size = (uint32_t) strlen(touchpoint.event);
	return touchpoint;
}

static void
make_touchpoints(Sample *sample, uint32_t count, uint64_t *random)
{
	Touchpoint *touchpoints = host_alloc_array(count, sizeof(Touchpoint));
	uint32_t   *rank = host_alloc_array(count, sizeof(uint32_t));

	for (uint32_t i = 0; i < count; i++)
		touchpoints[i] = make_touchpoint(i);
	for (uint32_t i = count; i > 1; i--)
	{
		uint32_t	other = (uint32_t) random_below(random, i);
		Touchpoint	one = touchpoints[i - 1];

		touchpoints[i - 1] = touchpoints[other];
		touchpoints[other] = one;
	}
	for (uint32_t i = 0; i < count; i++)
	{
		rank[i] = 0;
		for (uint32_t other = 0; other < count; other++)
			rank[i] += touchpoint_compare(&touchpoints[other], &touchpoints[i]) < 0;
	}
	sample->set = (TouchpointSet) {.count = count, .touchpoints = touchpoints, .rank = rank};
}

static void
make_ref(JourneyRow *row, int kind, uint64_t *random)
{
	static const char *const odd[] = {"007", "-0", "a b", "order-17", "9223372036854775808", "x\"y", "e,f"};
	static const int64_t integers[] = {0, -1, 42, 1000000007, INT64_MIN, INT64_MAX};

	switch (kind == 3 ? (int) random_below(random, 3) : kind)
	{
		case 0:
			row->ref = host_format("%lld", (long long) integers[random_below(random, 6)]);
			break;
		case 1:
			row->ref = host_format("0e37df36-f698-11e6-8dd4-cb9ced3df9%02x",
								   (unsigned) random_below(random, 3) * 0x57);
			break;
		default:
			row->ref = odd[random_below(random, 7)];
			break;
	}
	row->ref_size = (uint32_t) strlen(row->ref);
	row->flags |= JOURNEY_ROW_REF;
}

static double
make_value(int kind, uint64_t *random)
{
	static const double extremes[] = {0.0, -0.0, 1e300, -1e-300, 5e-324, 9007199254740993.0, 0.1 + 0.2, -1};
	int64_t		whole = (int64_t) random_below(random, 7) * 50 - 100;

	switch (kind)
	{
		case 0:
			return (double) whole;
		case 1:
			return (double) whole / 100;
		case 2:
			return (double) whole / 3;
		default:
			return extremes[random_below(random, 8)];
	}
}

void
sample_make(Sample *sample, uint64_t seed)
{
	/* neighbours are of one shape, and differ in what rows they have */
	uint64_t	family = seed / 4 * 1000003;
	uint64_t	random = seed * 7919 + 1;
	Shape		shape = make_shape(&family);

	sample->count = random_below(&random, 8) ? random_below(&random, 70) : random_below(&random, 700);
	sample->rows = host_alloc_array(sample->count + 1, sizeof(JourneyRow));
	make_touchpoints(sample, shape.touchpoints, &family);
	for (size_t i = 0; i < sample->count; i++)
	{
		JourneyRow *row = &sample->rows[i];
		int64_t		step = (int64_t) random_below(&random, shape.times) * shape.unit;

		memset(row, 0, sizeof(*row));
		row->at = shape.start == INSTANT_END ? INSTANT_END - shape.unit - step : shape.start + step;
		row->code = (uint32_t) random_below(&random, random_below(&random, 2) ? 2 : shape.touchpoints);
		if (row->code >= shape.touchpoints)
			row->code = 0;
		if (has(shape.values, &random))
		{
			row->flags |= JOURNEY_ROW_VALUE;
			row->value = make_value(shape.value_kind, &random);
		}
		if (has(shape.recorded, &random))
		{
			row->flags |= JOURNEY_ROW_RECORDED;
			row->recorded = row->at + ((int64_t) random_below(&random, 5) - 1) * shape.unit;
			if (row->recorded < INSTANT_MIN || row->recorded >= INSTANT_END)
				row->recorded = row->at;
		}
		if (has(shape.refs, &random))
			make_ref(row, shape.ref_kind, &random);
	}
}

void
sample_build(ByteBuffer *out, const Sample *sample, const JourneyRow *rows, size_t count)
{
	JourneyRow *copy = host_alloc_array(count + 1, sizeof(JourneyRow));

	memcpy(copy, rows, count * sizeof(JourneyRow));
	journey_build(out, copy, count, &sample->set);
	host_free(copy);
}

void
sample_shuffle(JourneyRow *rows, size_t count, uint64_t *random)
{
	for (size_t i = count; i > 1; i--)
	{
		size_t		other = random_below(random, i);
		JourneyRow	row = rows[i - 1];

		rows[i - 1] = rows[other];
		rows[other] = row;
	}
}

uint8_t *
sample_journey(const Sample *sample, size_t *size)
{
	ByteBuffer	out;

	buffer_init(&out, 64);
	sample_build(&out, sample, sample->rows, sample->count);
	*size = out.size;
	return host_realloc(out.data, out.size);
}
