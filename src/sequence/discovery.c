/*
 * discovery.c
 *		The best journeys of many: ranking, keeping, packing.
 */
#include "sequence/discovery.h"

#define FIRST_WAYS 16
#define WAYS_PER_CHECK 64

/* A longer pause begins another session, as in effort(). */
#define SESSION_GAP INT64_C(1800000000)

/* ----- one outcome ----- */

static void
set_outcome(Discovery *discovery, const void *text, size_t size, const EffortWeights *weights)
{
	discovery->outcome = host_alloc(size);
	memcpy(discovery->outcome, text, size);
	discovery->outcome_size = (uint32_t) size;
	discovery->weights = *weights;
	discovery->touchpoints = vocabulary_new();
}

static void
expect_outcome(const Discovery *discovery, const void *text, size_t size, const EffortWeights *weights)
{
	if (discovery->outcome_size != size || memcmp(discovery->outcome, text, size) != 0)
		host_fail(HOST_BAD_PARAMETER, "journeys to different outcomes cannot be ranked together",
				  host_format("One is \"%.*s\", another is \"%.*s\".",
							  (int) bytes_excerpt(discovery->outcome, discovery->outcome_size, 200), discovery->outcome,
							  (int) bytes_excerpt(text, size, 200), (const char *) text),
				  "Rank them apart, for example GROUP BY outcome.");
	for (int i = 0; i < EFFORT_MEASURES; i++)
	{
		if (discovery->weights.of[i] != weights->of[i])
			host_fail(HOST_BAD_PARAMETER, "journeys weighed differently cannot be ranked together",
					  host_format("The weights of %s differ.", effort_names[i]),
					  "Give the same weights for every journey.");
	}
}

void
discovery_begin(Discovery *discovery, const Pattern *outcome, const EffortWeights *weights)
{
	if (discovery->outcome == NULL)
		set_outcome(discovery, outcome->text, outcome->header.text_size, weights);
	else
		expect_outcome(discovery, outcome->text, outcome->header.text_size, weights);
}

/* ----- the rank of ways ----- */

static int
compare_goodness(Fixed worth, Fixed effort, Fixed other_worth, Fixed other_effort)
{
	if (worth != other_worth)
		return worth > other_worth ? -1 : 1;
	if (effort != other_effort)
		return effort < other_effort ? -1 : 1;
	return 0;
}

/* Codes must be in the order of their touchpoints. */
static int
compare_codes(const Way *a, const Way *b)
{
	uint32_t	common = a->length < b->length ? a->length : b->length;

	for (uint32_t i = 0; i < common; i++)
	{
		if (a->codes[i] != b->codes[i])
			return a->codes[i] < b->codes[i] ? -1 : 1;
	}
	return a->length < b->length ? -1 : a->length > b->length;
}

static int
compare_ways(const void *a, const void *b)
{
	const Way  *left = a;
	const Way  *right = b;
	int			goodness = compare_goodness(left->worth, left->effort, right->worth, right->effort);

	return goodness != 0 ? goodness : compare_codes(left, right);
}

static int
compare_efforts(const void *a, const void *b)
{
	const Way  *left = a;
	const Way  *right = b;

	if (left->effort != right->effort)
		return left->effort < right->effort ? -1 : 1;
	return compare_ways(a, b);
}

/* ----- what is kept ----- */

/* Ranks ways, makes equal ones one, and forgets those that enough people have better ones than. */
static uint32_t
keep_best(Way *ways, uint32_t count)
{
	uint64_t	people = 0;
	uint32_t	kept = 0;

	host_sort(ways, count, sizeof(Way), compare_ways);
	for (uint32_t i = 0; i < count; i++)
	{
		if (kept > 0 && compare_ways(&ways[kept - 1], &ways[i]) == 0)
		{
			ways[kept - 1].people = model_add_counts(ways[kept - 1].people, ways[i].people);
			people += ways[i].people;
			host_free(ways[i].codes);
		}
		else if (people < DISCOVERY_KEPT)
		{
			people += ways[i].people;
			ways[kept++] = ways[i];
		}
		else
			host_free(ways[i].codes);
	}
	return kept;
}

KeptWays
discovery_kept(const Discovery *discovery)
{
	KeptWays	kept = {0};
	TouchpointSet set;
	uint32_t   *place;

	kept.ways = host_alloc_array((size_t) discovery->count + 1, sizeof(Way));
	if (discovery->count == 0)
		return kept;
	set = vocabulary_set(discovery->touchpoints);
	for (uint32_t i = 0; i < discovery->count; i++)
	{
		const Way  *way = &discovery->ways[i];

		if (i % WAYS_PER_CHECK == 0)
			host_check_interrupts();
		kept.ways[i] = *way;
		kept.ways[i].codes = host_alloc_array((size_t) way->length + 1, sizeof(uint32_t));
		for (uint32_t at = 0; at < way->length; at++)
			kept.ways[i].codes[at] = set.rank[way->codes[at]];
	}
	kept.count = keep_best(kept.ways, discovery->count);

	/* ranks of touchpoints become places among those that are left */
	place = host_alloc_array((size_t) set.count + 1, sizeof(uint32_t));
	memset(place, 0xff, set.count * sizeof(uint32_t));
	for (uint32_t i = 0; i < kept.count; i++)
	{
		for (uint32_t at = 0; at < kept.ways[i].length; at++)
			place[kept.ways[i].codes[at]] = 0;
	}
	for (uint32_t rank = 0; rank < set.count; rank++)
	{
		if (place[rank] == 0)
			place[rank] = kept.touchpoint_count++;
	}
	for (uint32_t i = 0; i < kept.count; i++)
	{
		for (uint32_t at = 0; at < kept.ways[i].length; at++)
			kept.ways[i].codes[at] = place[kept.ways[i].codes[at]];
	}
	kept.touchpoints = host_alloc_array((size_t) kept.touchpoint_count + 1, sizeof(Touchpoint));
	for (uint32_t code = 0; code < set.count; code++)
	{
		if (place[set.rank[code]] != UINT32_MAX)
			kept.touchpoints[place[set.rank[code]]] = set.touchpoints[code];
	}
	host_free(place);
	return kept;
}

void
discovery_free_kept(KeptWays *kept)
{
	for (uint32_t i = 0; i < kept->count; i++)
		host_free(kept->ways[i].codes);
	host_free(kept->ways);
	if (kept->touchpoints != NULL)
		host_free(kept->touchpoints);
}

/* Half of the room or more is free then. */
static void
make_room(Discovery *discovery)
{
	uint32_t	capacity = discovery->capacity;

	if (discovery->count > 0)
	{
		KeptWays	kept = discovery_kept(discovery);
		uint64_t	people = 0;

		for (uint32_t i = 0; i < discovery->count; i++)
			host_free(discovery->ways[i].codes);
		discovery->count = kept.count;
		for (uint32_t i = 0; i < kept.count; i++)
		{
			Way		   *way = &discovery->ways[i];

			*way = kept.ways[i];
			way->codes = host_alloc_array((size_t) way->length + 1, sizeof(uint32_t));
			for (uint32_t at = 0; at < way->length; at++)
				way->codes[at] = vocabulary_code(discovery->touchpoints, &kept.touchpoints[kept.ways[i].codes[at]]);
			people += way->people;
		}
		discovery_free_kept(&kept);
		if (people >= DISCOVERY_KEPT)
		{
			discovery->full = true;
			discovery->last_worth = discovery->ways[discovery->count - 1].worth;
			discovery->last_effort = discovery->ways[discovery->count - 1].effort;
		}
	}
	if (discovery->count * 2 < capacity)
		return;
	capacity = capacity == 0 ? FIRST_WAYS : capacity * 2;
	discovery->ways = discovery->ways == NULL ? host_alloc_array(capacity, sizeof(Way)) :
		host_realloc_array(discovery->ways, capacity, sizeof(Way));
	discovery->capacity = capacity;
}

/* Is a way so bad that it will not be kept, whatever its touchpoints are? */
static bool
is_hopeless(const Discovery *discovery, Fixed worth, Fixed effort)
{
	return discovery->full &&
		compare_goodness(worth, effort, discovery->last_worth, discovery->last_effort) > 0;
}

/* The codes become the state's. */
static void
put_way(Discovery *discovery, const Way *way)
{
	if (discovery->count == discovery->capacity)
		make_room(discovery);
	discovery->ways[discovery->count++] = *way;
}

void
discovery_add_unranked(Discovery *discovery)
{
	discovery->journeys = model_add_counts(discovery->journeys, 1);
}

/* The touchpoints of the first events, each run of one once; false if they are too many. */
static bool
read_way(Discovery *discovery, Way *way, const JourneyView *view, uint32_t events)
{
	uint32_t   *codes = host_alloc_array(DISCOVERY_MAX_WAY, sizeof(uint32_t));
	uint32_t   *known;
	Touchpoint *dictionary;
	uint32_t	before = UINT32_MAX;
	uint32_t	left = events;
	JourneyCursor cursor;
	JourneyBlock block;

	way->length = 0;
	journey_cursor(&cursor, view, 0);
	while (left > 0 && journey_next(&cursor, &block))
	{
		for (uint32_t i = 0; i < block.count && left > 0; i++, left--)
		{
			if (block.code[i] == before)
				continue;
			if (way->length == DISCOVERY_MAX_WAY)
			{
				host_free(codes);
				return false;
			}
			codes[way->length++] = before = block.code[i];
		}
	}
	dictionary = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	known = host_alloc_array((size_t) view->touchpoints + 1, sizeof(uint32_t));
	journey_dictionary(view, dictionary);
	memset(known, 0xff, view->touchpoints * sizeof(uint32_t));
	for (uint32_t at = 0; at < way->length; at++)
	{
		uint32_t   *code = &known[codes[at]];

		if (*code == UINT32_MAX)
			*code = vocabulary_code(discovery->touchpoints, &dictionary[codes[at]]);
		codes[at] = *code;
	}
	host_free(dictionary);
	host_free(known);
	way->codes = host_realloc_array(codes, (size_t) way->length + 1, sizeof(uint32_t));
	return true;
}

void
discovery_add(Discovery *discovery, const JourneyView *view, uint32_t events, double worth)
{
	Way			way = {.people = 1};
	Effort		effort;

	if (!fixed_from_double(worth, &way.worth))
		host_fail(HOST_OUT_OF_RANGE, host_format("worth %g is out of range", worth),
				  "It is kept with 12 decimals and at most 26 digits before the point.",
				  "Leave out impossible values.");
	effort_measure(&effort, view, events, SESSION_GAP);
	way.effort = effort_sum(&effort, &discovery->weights);
	discovery->journeys = model_add_counts(discovery->journeys, 1);
	discovery->ranked = model_add_counts(discovery->ranked, 1);
	if (is_hopeless(discovery, way.worth, way.effort))
		return;
	if (read_way(discovery, &way, view, events))
		put_way(discovery, &way);
}

/* ----- those to learn from ----- */

/* The first ways that the share of all people went; the others are forgotten. */
static uint64_t
take_share(KeptWays *kept, double share, uint64_t everybody)
{
	uint64_t	people = 0;
	uint32_t	taken = 0;

	while (taken < kept->count && (double) people / (double) everybody < share)
		people = model_add_counts(people, kept->ways[taken++].people);
	for (uint32_t i = taken; i < kept->count; i++)
		host_free(kept->ways[i].codes);
	kept->count = taken;
	return people;
}

void
discovery_choose(const Discovery *discovery, KeptWays *kept, double best, double easiest)
{
	uint64_t	people = take_share(kept, best, discovery->ranked);

	host_sort(kept->ways, kept->count, sizeof(Way), compare_efforts);
	take_share(kept, easiest, people);
}

/* ----- the kind of partial ----- */

static void
pack(const void *packed, ByteBuffer *out)
{
	const Discovery *discovery = packed;
	KeptWays	kept;

	buffer_varint(out, discovery->outcome_size);
	if (discovery->outcome_size == 0)
		return;
	buffer_bytes(out, discovery->outcome, discovery->outcome_size);
	for (int i = 0; i < EFFORT_MEASURES; i++)
		buffer_fixed(out, discovery->weights.of[i]);
	buffer_varint(out, discovery->journeys);
	buffer_varint(out, discovery->ranked);
	kept = discovery_kept(discovery);
	buffer_varint(out, kept.touchpoint_count);
	for (uint32_t i = 0; i < kept.touchpoint_count; i++)
	{
		buffer_varint(out, kept.touchpoints[i].channel_size);
		buffer_bytes(out, kept.touchpoints[i].channel, kept.touchpoints[i].channel_size);
		buffer_varint(out, kept.touchpoints[i].event_size);
		buffer_bytes(out, kept.touchpoints[i].event, kept.touchpoints[i].event_size);
	}
	buffer_varint(out, kept.count);
	for (uint32_t i = 0; i < kept.count; i++)
	{
		const Way  *way = &kept.ways[i];

		buffer_fixed(out, way->worth);
		buffer_fixed(out, way->effort);
		buffer_varint(out, way->people);
		buffer_varint(out, way->length);
		for (uint32_t at = 0; at < way->length; at++)
			buffer_varint(out, way->codes[at]);
	}
	discovery_free_kept(&kept);
}

static const char *
absorb_outcome(Discovery *discovery, uint64_t size, ByteReader *reader)
{
	const uint8_t *text = reader_bytes(reader, size);
	EffortWeights weights;

	for (int i = 0; i < EFFORT_MEASURES; i++)
		weights.of[i] = reader_fixed(reader);
	if (reader->bad)
		return "its outcome is cut off";
	if (discovery->outcome == NULL)
		set_outcome(discovery, text, size, &weights);
	else
		expect_outcome(discovery, text, size, &weights);
	return NULL;
}

/* Codes of the state for the places in the payload. */
static const char *
absorb_touchpoints(Discovery *discovery, uint32_t **codes, uint32_t *count, ByteReader *reader)
{
	uint64_t	touchpoints = reader_varint(reader);

	/* each takes two bytes or more */
	if (reader->bad || touchpoints > reader_left(reader) / 2)
		return "its touchpoints are cut off";
	*count = (uint32_t) touchpoints;
	*codes = host_alloc_array((size_t) touchpoints + 1, sizeof(uint32_t));
	for (uint32_t i = 0; i < *count; i++)
	{
		uint64_t	channel_size = reader_varint(reader);
		const uint8_t *channel = reader_bytes(reader, channel_size);
		uint64_t	event_size = reader_varint(reader);
		const uint8_t *event = reader_bytes(reader, event_size);
		Touchpoint	touchpoint;

		if (i % WAYS_PER_CHECK == 0)
			host_check_interrupts();
		if (reader->bad)
			return "its touchpoints are cut off";
		touchpoint.channel = (const char *) channel;
		touchpoint.channel_size = (uint32_t) channel_size;
		touchpoint.event = (const char *) event;
		touchpoint.event_size = (uint32_t) event_size;
		(*codes)[i] = vocabulary_code(discovery->touchpoints, &touchpoint);
	}
	return NULL;
}

static const char *
absorb_way(Discovery *discovery, const uint32_t *codes, uint32_t count, uint64_t *people, ByteReader *reader)
{
	Way			way;
	uint64_t	length;

	way.worth = reader_fixed(reader);
	way.effort = reader_fixed(reader);
	way.people = reader_varint(reader);
	length = reader_varint(reader);
	if (reader->bad || length > reader_left(reader))
		return "its ways are cut off";
	if (way.people == 0 || way.people > *people)
		return "its counts contradict each other";
	*people -= way.people;
	if (length == 0 || length > DISCOVERY_MAX_WAY)
		return "its ways have no length that a way can have";
	way.length = (uint32_t) length;
	way.codes = host_alloc_array((size_t) length + 1, sizeof(uint32_t));
	for (uint32_t at = 0; at < way.length; at++)
	{
		uint64_t	place = reader_varint(reader);

		if (reader->bad || place >= count)
			return "its ways have touchpoints that are not there";
		way.codes[at] = codes[place];
		if (at > 0 && way.codes[at] == way.codes[at - 1])
			return "its ways stay at a touchpoint";
	}
	if (is_hopeless(discovery, way.worth, way.effort))
		host_free(way.codes);
	else
		put_way(discovery, &way);
	return NULL;
}

static const char *
absorb(void *absorbed, unsigned version, ByteReader *reader)
{
	Discovery  *discovery = absorbed;
	uint64_t	size = reader_varint(reader);
	uint64_t	journeys;
	uint64_t	ranked;
	uint64_t	ways;
	uint32_t   *codes = NULL;
	uint32_t	count;
	const char *problem;

	(void) version;				/* there is only one */
	if (size == 0)
		return NULL;
	problem = absorb_outcome(discovery, size, reader);
	if (problem != NULL)
		return problem;
	journeys = reader_varint(reader);
	ranked = reader_varint(reader);
	if (reader->bad || journeys == 0 || ranked > journeys)
		return "its counts contradict each other";
	discovery->journeys = model_add_counts(discovery->journeys, journeys);
	discovery->ranked = model_add_counts(discovery->ranked, ranked);
	problem = absorb_touchpoints(discovery, &codes, &count, reader);
	if (problem != NULL)
		return problem;
	ways = reader_varint(reader);
	if (reader->bad || ways > DISCOVERY_KEPT)
		return "its ways are more than are kept";
	for (uint64_t i = 0; i < ways && problem == NULL; i++)
		problem = absorb_way(discovery, codes, count, &ranked, reader);
	host_free(codes);
	return problem;
}

PartialKind discovery_kind = {"discover", 1, sizeof(Discovery), NULL, absorb, pack};
PARTIAL_KIND_REGISTER(discovery_kind);
