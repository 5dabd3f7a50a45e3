/*
 * score_reference.c
 *		How evidence is distributed over many people, by intent.
 */
#include "score/score_reference.h"
#include "sequence/model.h"

/* No name of an intent is longer than a scorecard. */
#define NAME_MAX ((uint32_t) 1 << 20)

static int
compare_names(const char *a, uint32_t a_size, const char *b, uint32_t b_size)
{
	uint32_t	size = a_size < b_size ? a_size : b_size;
	int			order = size == 0 ? 0 : memcmp(a, b, size);

	if (order != 0)
		return order;
	return a_size < b_size ? -1 : a_size > b_size;
}

/* Where a name is, or would be. */
static uint32_t
find_place(const ScoreReference *reference, const char *name, uint32_t size, bool *found)
{
	uint32_t	low = 0;
	uint32_t	high = reference->count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;
		const ReferenceIntent *intent = &reference->intents[middle];

		if (compare_names(intent->name, intent->size, name, size) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = low < reference->count &&
		compare_names(reference->intents[low].name, reference->intents[low].size, name, size) == 0;
	return low;
}

/* The intent of a name, made if it is new. */
static ReferenceIntent *
intent_named(ScoreReference *reference, const char *name, uint32_t size)
{
	bool		found;
	uint32_t	place = find_place(reference, name, size, &found);
	ReferenceIntent *intent;

	if (found)
		return &reference->intents[place];
	if (reference->count == reference->capacity)
	{
		size_t		capacity = checked_growth(reference->capacity, 1);

		reference->intents = reference->intents ?
			host_realloc_array(reference->intents, capacity, sizeof(ReferenceIntent)) :
			host_alloc_array(capacity, sizeof(ReferenceIntent));
		reference->capacity = (uint32_t) capacity;
	}
	intent = &reference->intents[place];
	memmove(intent + 1, intent, (reference->count - place) * sizeof(ReferenceIntent));
	reference->count++;
	intent->name = host_alloc((size_t) size + 1);
	if (size > 0)
		memcpy(intent->name, name, size);
	intent->name[size] = '\0';
	intent->size = size;
	intent->bin_count = intent->bin_capacity = 0;
	intent->bins = NULL;
	intent->total = 0;
	return intent;
}

static uint32_t
bin_of(Fixed evidence)
{
	Fixed		bin = evidence / REFERENCE_BIN_WIDTH;

	/* towards minus infinity, so that all bins are of one width */
	bin -= evidence < bin * REFERENCE_BIN_WIDTH;
	bin += REFERENCE_BINS / 2;
	return bin < 0 ? 0 : bin >= REFERENCE_BINS ? REFERENCE_BINS - 1 : (uint32_t) bin;
}

/* Where a bin is among those that are not empty, or would be. */
static uint32_t
find_bin(const ReferenceIntent *intent, uint32_t bin)
{
	uint32_t	low = 0;
	uint32_t	high = intent->bin_count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (intent->bins[middle].bin < bin)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
add_to_bin(ReferenceIntent *intent, uint32_t bin, uint64_t count)
{
	uint32_t	place = find_bin(intent, bin);

	intent->total = model_add_counts(intent->total, count);
	if (place < intent->bin_count && intent->bins[place].bin == bin)
	{
		intent->bins[place].count += count;
		return;
	}
	if (intent->bin_count == intent->bin_capacity)
	{
		size_t		capacity = checked_growth(intent->bin_capacity, 1);

		intent->bins = intent->bins ?
			host_realloc_array(intent->bins, capacity, sizeof(ReferenceBin)) :
			host_alloc_array(capacity, sizeof(ReferenceBin));
		intent->bin_capacity = (uint32_t) capacity;
	}
	memmove(&intent->bins[place + 1], &intent->bins[place], (intent->bin_count - place) * sizeof(ReferenceBin));
	intent->bins[place] = (ReferenceBin) {bin, count};
	intent->bin_count++;
}

void
score_reference_add(ScoreReference *reference, const char *intent, uint32_t size, Fixed evidence)
{
	if (size > NAME_MAX)
		host_fail(HOST_LIMIT, "name of an intent is too long",
				  host_format("It has %u bytes; at most %u are possible.", size, NAME_MAX), NULL);
	add_to_bin(intent_named(reference, intent, size), bin_of(evidence), 1);
}

static const char *
absorb_intent(ScoreReference *reference, ByteReader *payload)
{
	uint64_t	size = reader_varint(payload);
	const uint8_t *name = reader_bytes(payload, size);
	uint64_t	bins = reader_varint(payload);
	ReferenceIntent *intent;
	uint64_t	bin = 0;

	if (payload->bad || size > NAME_MAX || bins == 0 || bins > REFERENCE_BINS)
		return "an intent is cut off or its number of bins is out of range";
	if (size > 0 && memchr(name, '\0', size) != NULL)
		return "the name of an intent has a zero byte";
	intent = intent_named(reference, (const char *) name, (uint32_t) size);
	for (uint64_t i = 0; i < bins; i++)
	{
		uint64_t	distance = reader_varint(payload);
		uint64_t	count = reader_varint(payload);

		if (payload->bad || distance >= REFERENCE_BINS || (i > 0 && distance == 0))
			return "a bin is cut off or out of range";
		bin += distance;
		if (bin >= REFERENCE_BINS || count == 0 || count > INT64_MAX)
			return "a bin or its count is out of range";
		add_to_bin(intent, (uint32_t) bin, count);
	}
	return NULL;
}

static const char *
absorb(void *state, unsigned version, ByteReader *payload)
{
	uint64_t	count = reader_varint(payload);
	const char *problem = NULL;

	/* the shortest intent takes four bytes */
	if (payload->bad || count > reader_left(payload) / 4)
		return "its number of intents is out of range";
	for (uint64_t i = 0; i < count && problem == NULL; i++)
	{
		host_check_interrupts();
		problem = absorb_intent(state, payload);
	}
	return problem;
}

static void
pack(const void *state, ByteBuffer *out)
{
	const ScoreReference *reference = state;

	buffer_varint(out, reference->count);
	for (uint32_t i = 0; i < reference->count; i++)
	{
		const ReferenceIntent *intent = &reference->intents[i];
		uint32_t	before = 0;

		host_check_interrupts();
		buffer_varint(out, intent->size);
		buffer_bytes(out, intent->name, intent->size);
		buffer_varint(out, intent->bin_count);
		for (uint32_t b = 0; b < intent->bin_count; b++)
		{
			buffer_varint(out, intent->bins[b].bin - before);
			buffer_varint(out, intent->bins[b].count);
			before = intent->bins[b].bin;
		}
	}
}

PartialKind score_reference_kind = {"score_reference", 1, sizeof(ScoreReference), NULL, absorb, pack};
PARTIAL_KIND_REGISTER(score_reference_kind);

const ReferenceIntent *
score_reference_find(const ScoreReference *reference, const char *intent, uint32_t size)
{
	bool		found;
	uint32_t	place = find_place(reference, intent, size, &found);

	return found ? &reference->intents[place] : NULL;
}

double
score_percentile(const ReferenceIntent *intent, Fixed evidence)
{
	uint32_t	bin = bin_of(evidence);
	uint32_t	place = find_bin(intent, bin);
	uint64_t	below = 0;
	double		equal = 0;

	for (uint32_t b = 0; b < place; b++)
		below += intent->bins[b].count;
	if (place < intent->bin_count && intent->bins[place].bin == bin)
		equal = (double) intent->bins[place].count;
	return 100 * ((double) below + equal / 2) / (double) intent->total;
}
