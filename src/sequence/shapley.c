/*
 * shapley.c
 *		Journeys counted by the set of channels: adding, packing, reading.
 */
#include "sequence/shapley.h"

#define SETS_PER_CHECK 4096

void *
shapley_create(void)
{
	ShapleyModel *model = host_alloc_zero(sizeof(ShapleyModel));

	model->channels = vocabulary_new();
	model->keys = vocabulary_new();
	return model;
}

/* ----- counting ----- */

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t	left = *(const uint32_t *) a;
	uint32_t	right = *(const uint32_t *) b;

	return (left > right) - (left < right);
}

static void
count_set(ShapleyModel *model, const uint32_t *channels, size_t size,
		  uint64_t conversions, uint64_t non_conversions, Fixed value)
{
	Touchpoint	key = model_plain_name((const char *) channels, (uint32_t) (size * sizeof(uint32_t)));
	uint32_t	number = vocabulary_code(model->keys, &key);
	ShapleySet *set;

	if (number == model->count)
	{
		uint32_t   *copy = host_alloc_array(size + 1, sizeof(uint32_t));

		if (model->count == model->capacity)
		{
			model->capacity = (uint32_t) checked_growth(model->capacity, 1);
			model->sets = model->sets ?
				host_realloc_array(model->sets, model->capacity, sizeof(ShapleySet)) :
				host_alloc_array(model->capacity, sizeof(ShapleySet));
		}
		if (size > 0)
			memcpy(copy, channels, size * sizeof(uint32_t));
		set = &model->sets[model->count++];
		memset(set, 0, sizeof(*set));
		set->channels = copy;
		set->size = (uint32_t) size;
	}
	set = &model->sets[number];
	set->conversions = model_add_counts(set->conversions, conversions);
	set->non_conversions = model_add_counts(set->non_conversions, non_conversions);
	/* rates need the sum of both */
	model_add_counts(set->conversions, set->non_conversions);
	set->value = model_add_values(set->value, value);
}

void
shapley_add(ShapleyModel *model, const Touchpoint *channels, size_t count,
			uint64_t conversions, uint64_t non_conversions, Fixed value)
{
	uint32_t   *codes;
	size_t		size = 0;

	if (conversions == 0 && non_conversions == 0)
		return;
	codes = host_alloc_array(count + 1, sizeof(uint32_t));
	for (size_t i = 0; i < count; i++)
		codes[i] = vocabulary_code(model->channels, &channels[i]);
	host_check_interrupts();
	host_sort(codes, count, sizeof(uint32_t), compare_numbers);
	for (size_t i = 0; i < count; i++)
	{
		if (size == 0 || codes[size - 1] != codes[i])
			codes[size++] = codes[i];
	}
	count_set(model, codes, size, conversions, non_conversions, value);
	host_free(codes);
}

/* ----- order of sets ----- */

static int
compare_sets(const void *a, const void *b)
{
	const ShapleySet *left = a;
	const ShapleySet *right = b;

	for (uint32_t i = 0; i < left->size && i < right->size; i++)
	{
		if (left->channels[i] != right->channels[i])
			return left->channels[i] < right->channels[i] ? -1 : 1;
	}
	return (left->size > right->size) - (left->size < right->size);
}

/* ----- reading ----- */

/* The channels of a set, numbers of names; false if they are none. */
static bool
read_channels(ModelReader *reader, ShapleySet *set)
{
	uint64_t	size = reader_varint(&reader->bytes);
	uint32_t   *channels;
	uint64_t	next = 0;

	if (reader->bytes.bad || size > reader->name_count || size > reader_left(&reader->bytes))
		return false;
	channels = host_alloc_array(size + 1, sizeof(uint32_t));
	for (uint64_t i = 0; i < size; i++)
	{
		uint64_t	step = reader_varint(&reader->bytes);

		if (step >= reader->name_count || next + step >= reader->name_count)
			return false;
		channels[i] = (uint32_t) (next + step);
		next += step + 1;
	}
	set->channels = channels;
	set->size = (uint32_t) size;
	return true;
}

void
shapley_read(ShapleyView *view, const void *data, size_t size, HostError error)
{
	ByteReader *bytes = &view->reader.bytes;
	uint64_t	count;

	model_open(&view->reader, data, size, "shapley_model", error);
	count = reader_varint(bytes);
	/* a set takes three bytes at least */
	if (bytes->bad || count > reader_left(bytes) / 3)
		model_invalid(&view->reader, "Its number of sets is out of range.");
	view->count = (uint32_t) count;
	view->sets = host_alloc_array(count + 1, sizeof(ShapleySet));
	for (uint32_t i = 0; i < view->count; i++)
	{
		ShapleySet *set = &view->sets[i];

		if (i % SETS_PER_CHECK == 0)
			host_check_interrupts();
		if (!read_channels(&view->reader, set))
			model_invalid(&view->reader, "The channels of a set are out of range.");
		set->conversions = reader_varint(bytes);
		set->non_conversions = reader_varint(bytes);
		set->value = set->conversions > 0 ? reader_fixed(bytes) : 0;
		if (bytes->bad || set->conversions > INT64_MAX || set->non_conversions > INT64_MAX ||
			set->conversions + set->non_conversions > INT64_MAX ||
			set->conversions + set->non_conversions == 0)
			model_invalid(&view->reader, "The counts of a set are out of range.");
		if (i > 0 && compare_sets(set - 1, set) >= 0)
			model_invalid(&view->reader, "Its sets are not in order.");
	}
}

void
shapley_absorb(void *into, const void *data, size_t size, HostError error)
{
	ShapleyModel *model = into;
	ShapleyView view;
	ModelCodes	codes;
	uint32_t   *channels;

	shapley_read(&view, data, size, error);
	codes = model_codes(&view.reader, model->channels);
	channels = host_alloc_array((size_t) view.reader.name_count + 1, sizeof(uint32_t));
	for (uint32_t i = 0; i < view.count; i++)
	{
		const ShapleySet *set = &view.sets[i];

		if (i % SETS_PER_CHECK == 0)
			host_check_interrupts();
		for (uint32_t channel = 0; channel < set->size; channel++)
			channels[channel] = model_code(&codes, set->channels[channel]);
		host_sort(channels, set->size, sizeof(uint32_t), compare_numbers);
		count_set(model, channels, set->size, set->conversions, set->non_conversions, set->value);
		host_free((void *) set->channels);
	}
	model_close(&view.reader);
	host_free(view.sets);
	host_free(codes.codes);
	host_free(channels);
}

/* ----- packing ----- */

/* The sets with their channels numbered by name. */
static ShapleySet *
sort_sets(const ShapleyModel *model, const uint32_t *rank)
{
	ShapleySet *sorted = host_alloc_array((size_t) model->count + 1, sizeof(ShapleySet));

	for (uint32_t i = 0; i < model->count; i++)
	{
		const ShapleySet *set = &model->sets[i];
		uint32_t   *channels = host_alloc_array((size_t) set->size + 1, sizeof(uint32_t));

		if (i % SETS_PER_CHECK == 0)
			host_check_interrupts();
		for (uint32_t channel = 0; channel < set->size; channel++)
			channels[channel] = rank[set->channels[channel]];
		host_sort(channels, set->size, sizeof(uint32_t), compare_numbers);
		sorted[i] = *set;
		sorted[i].channels = channels;
	}
	host_sort(sorted, model->count, sizeof(ShapleySet), compare_sets);
	return sorted;
}

void
shapley_pack(ByteBuffer *out, void *packed)
{
	ShapleyModel *model = packed;
	ShapleySet *sorted = sort_sets(model, model_begin(out, model->channels));

	buffer_varint(out, model->count);
	for (uint32_t i = 0; i < model->count; i++)
	{
		const ShapleySet *set = &sorted[i];

		if (i % SETS_PER_CHECK == 0)
			host_check_interrupts();
		buffer_varint(out, set->size);
		for (uint32_t channel = 0; channel < set->size; channel++)
			buffer_varint(out, channel == 0 ? set->channels[0] :
						  set->channels[channel] - set->channels[channel - 1] - 1);
		buffer_varint(out, set->conversions);
		buffer_varint(out, set->non_conversions);
		if (set->conversions > 0)
			buffer_fixed(out, set->value);
		host_free((void *) set->channels);
	}
	host_free(sorted);
}
