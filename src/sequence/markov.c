/*
 * markov.c
 *		Paths counted as a Markov chain: adding, packing, reading.
 */
#include "sequence/markov.h"

#define STEPS_PER_CHECK 16384

void *
markov_create(void)
{
	MarkovModel *model = host_alloc_zero(sizeof(MarkovModel));

	model->channels = vocabulary_new();
	node_index_init(&model->index);
	return model;
}

/* ----- counting ----- */

static void
set_order(MarkovModel *model, int order)
{
	if (order < 1 || order > MARKOV_ORDER_MAX)
		host_fail(HOST_BAD_PARAMETER, host_format("k must be 1 to %d, not %d", MARKOV_ORDER_MAX, order),
				  NULL, "Give how many of the last channels matter, for example 1.");
	if (model->order != 0 && model->order != order)
		host_fail(HOST_BAD_PARAMETER,
				  host_format("paths are counted with k = %d and with k = %d", model->order, order),
				  NULL, "Use the same k in one aggregate, and merge models of one k.");
	model->order = order;
}

static void
count_step(MarkovModel *model, uint64_t state, uint32_t next, uint64_t count, Fixed value)
{
	NodeProbe	probe = node_probe(&model->index,
								   (uint32_t) (node_hash_mix(node_hash_mix(state) ^ next) >> 32));
	uint32_t	step;

	while ((step = node_probe_next(&model->index, &probe)) != NO_NODE)
	{
		MarkovStep *known = &model->steps[step];

		if (known->state == state && known->next == next)
		{
			known->count = model_add_counts(known->count, count);
			known->value = model_add_values(known->value, value);
			return;
		}
	}
	if (model->count == model->capacity)
	{
		size_t		capacity = checked_growth(model->capacity, 64);

		if (capacity > NODES_MAX)
			host_fail(HOST_LIMIT, "too many different steps of paths", NULL, "Use a smaller k.");
		model->steps = model->steps ?
			host_realloc_array(model->steps, capacity, sizeof(MarkovStep)) :
			host_alloc_array(capacity, sizeof(MarkovStep));
		model->capacity = (uint32_t) capacity;
	}
	node_probe_put(&model->index, &probe, model->count);
	model->steps[model->count].state = state;
	model->steps[model->count].next = next;
	model->steps[model->count].count = model_add_counts(0, count);
	model->steps[model->count].value = value;
	model->count++;
	if (model->count >= model->index.fill)
		node_index_double(&model->index);
}

static uint32_t
channel_number(uint32_t code)
{
	if (code >= MARKOV_CHANNELS_MAX)
		host_fail(HOST_LIMIT, "too many different channels",
				  host_format("A markov_model tells %d apart.", MARKOV_CHANNELS_MAX),
				  "Group rare channels under one name.");
	return MARKOV_CHANNEL + code;
}

void
markov_add(MarkovModel *model, int order, const Touchpoint *channels, size_t count,
		   uint64_t conversions, uint64_t non_conversions, Fixed value)
{
	uint64_t	paths = model_add_counts(conversions, non_conversions);
	uint64_t	state = 0;

	set_order(model, order);
	if (paths == 0)
		return;
	for (size_t i = 0; i < count; i++)
	{
		uint32_t	next = channel_number(vocabulary_code(model->channels, &channels[i]));

		if (i % STEPS_PER_CHECK == 0)
			host_check_interrupts();
		count_step(model, state, next, paths, 0);
		state = markov_state_after(state, next, order);
	}
	if (conversions > 0)
		count_step(model, state, MARKOV_CONVERSION, conversions, value);
	if (non_conversions > 0)
		count_step(model, state, MARKOV_NOTHING, non_conversions, 0);
}

/* ----- reading ----- */

/* Are the places of a state channels, filled from the newest on, at most k? */
static bool
is_state(const MarkovView *view, uint64_t state)
{
	for (int place = 0; state != 0; place++, state >>= 16)
	{
		uint32_t	channel = state & 0xffff;

		if (place == view->order || channel < MARKOV_CHANNEL ||
			channel - MARKOV_CHANNEL >= view->reader.name_count)
			return false;
	}
	return true;
}

void
markov_read(MarkovView *view, const void *data, size_t size, HostError error)
{
	ByteReader *bytes = &view->reader.bytes;
	uint64_t	count;
	uint64_t	state = 0;

	model_open(&view->reader, data, size, "markov_model", error);
	view->order = reader_byte(bytes);
	count = reader_varint(bytes);
	/* a step takes three bytes at least */
	if (bytes->bad || view->order > MARKOV_ORDER_MAX || (view->order == 0 && count > 0) ||
		view->reader.name_count > MARKOV_CHANNELS_MAX || count > reader_left(bytes) / 3)
		model_invalid(&view->reader, "Its order or its number of steps is out of range.");
	view->count = (uint32_t) count;
	view->steps = host_alloc_array(count + 1, sizeof(MarkovStep));
	for (uint32_t i = 0; i < view->count; i++)
	{
		MarkovStep *step = &view->steps[i];
		uint64_t	next;

		if (i % STEPS_PER_CHECK == 0)
			host_check_interrupts();
		state += reader_varint(bytes);
		next = reader_varint(bytes);
		step->state = state;
		step->next = (uint32_t) next;
		step->count = reader_varint(bytes);
		step->value = next == MARKOV_CONVERSION ? reader_fixed(bytes) : 0;
		if (bytes->bad || next >= MARKOV_CHANNEL + (uint64_t) view->reader.name_count ||
			step->count == 0 || step->count > INT64_MAX || !is_state(view, state))
			model_invalid(&view->reader, "A step is out of range.");
		if (i > 0 && (state < step[-1].state ||
					  (state == step[-1].state && step->next <= step[-1].next)))
			model_invalid(&view->reader, "Its steps are not in order.");
	}
}

/* A state with its names numbered otherwise. */
static uint64_t
renumber(uint64_t state, const uint32_t *numbers)
{
	uint64_t	result = 0;

	for (int place = 0; state >> (16 * place) != 0; place++)
	{
		uint64_t	channel = numbers[(state >> (16 * place) & 0xffff) - MARKOV_CHANNEL];

		result |= (channel + MARKOV_CHANNEL) << (16 * place);
		if (place == MARKOV_ORDER_MAX - 1)
			break;
	}
	return result;
}

void
markov_absorb(void *into, const void *data, size_t size, HostError error)
{
	MarkovModel *model = into;
	MarkovView	view;
	ModelCodes	codes;

	markov_read(&view, data, size, error);
	codes = model_codes(&view.reader, model->channels);
	if (view.order > 0)
		set_order(model, view.order);
	for (uint32_t i = 0; i < view.count; i++)
	{
		const MarkovStep *step = &view.steps[i];

		if (i % STEPS_PER_CHECK == 0)
			host_check_interrupts();
		/* every channel of a state was a next before */
		if (step->next >= MARKOV_CHANNEL)
			channel_number(model_code(&codes, step->next - MARKOV_CHANNEL));
	}
	for (uint32_t i = 0; i < view.count; i++)
	{
		const MarkovStep *step = &view.steps[i];
		uint32_t	next = step->next;

		if (i % STEPS_PER_CHECK == 0)
			host_check_interrupts();
		for (uint64_t state = step->state; state != 0; state >>= 16)
		{
			if (codes.codes[(state & 0xffff) - MARKOV_CHANNEL] == UINT32_MAX)
				model_invalid(&view.reader, "A channel is left that was never reached.");
		}
		if (next >= MARKOV_CHANNEL)
			next = MARKOV_CHANNEL + codes.codes[next - MARKOV_CHANNEL];
		count_step(model, renumber(step->state, codes.codes), next, step->count, step->value);
	}
	model_close(&view.reader);
	host_free(codes.codes);
	host_free(view.steps);
}

/* ----- packing ----- */

static int
compare_steps(const void *a, const void *b)
{
	const MarkovStep *left = a;
	const MarkovStep *right = b;

	if (left->state != right->state)
		return left->state < right->state ? -1 : 1;
	return (left->next > right->next) - (left->next < right->next);
}

void
markov_pack(ByteBuffer *out, void *packed)
{
	MarkovModel *model = packed;
	const uint32_t *rank = model_begin(out, model->channels);
	MarkovStep *sorted = host_alloc_array((size_t) model->count + 1, sizeof(MarkovStep));
	uint64_t	before = 0;

	for (uint32_t i = 0; i < model->count; i++)
	{
		sorted[i] = model->steps[i];
		sorted[i].state = renumber(sorted[i].state, rank);
		if (sorted[i].next >= MARKOV_CHANNEL)
			sorted[i].next = MARKOV_CHANNEL + rank[sorted[i].next - MARKOV_CHANNEL];
	}
	host_check_interrupts();
	host_sort(sorted, model->count, sizeof(MarkovStep), compare_steps);
	buffer_byte(out, (uint8_t) model->order);
	buffer_varint(out, model->count);
	for (uint32_t i = 0; i < model->count; i++)
	{
		if (i % STEPS_PER_CHECK == 0)
			host_check_interrupts();
		buffer_varint(out, sorted[i].state - before);
		buffer_varint(out, sorted[i].next);
		buffer_varint(out, sorted[i].count);
		if (sorted[i].next == MARKOV_CONVERSION)
			buffer_fixed(out, sorted[i].value);
		before = sorted[i].state;
	}
	host_free(sorted);
}
