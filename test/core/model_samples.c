/*
 * model_samples.c
 *		Models of paths, sets and transitions, counted and read.
 */
#include "model_samples.h"
#include "tap.h"

#include "sequence/markov.h"
#include "sequence/shapley.h"
#include "sequence/transition.h"

/* Answers take long where there are many names. */
#define NAMES_ASKED 8

/* ----- what they count ----- */

static const char *const names[] = {"web", "mail", "ads", "\xc3\xbc", "", "a b", "z"};

static size_t
make_path(uint64_t item, Touchpoint path[8])
{
	uint64_t	random = item * 7919 + 1;
	size_t		count = (size_t) random_below(&random, 8);

	for (size_t i = 0; i < count; i++)
	{
		const char *name = names[random_below(&random, 7)];

		path[i] = model_plain_name(name, (uint32_t) strlen(name));
	}
	return count;
}

static void
add_path(void *model, uint64_t item, int order)
{
	Touchpoint	path[8];
	size_t		count = make_path(item, path);

	markov_add(model, order, path, count, item % 3, item % 5, item % 3 ? (Fixed) (item * 1000003) - 500000 : 0);
}

static void
add_path_1(void *model, uint64_t item)
{
	add_path(model, item, 1);
}

static void
add_path_4(void *model, uint64_t item)
{
	add_path(model, item, 4);
}

static void
add_set(void *model, uint64_t item)
{
	Touchpoint	path[8];
	size_t		count = make_path(item, path);

	shapley_add(model, path, count, item % 3, item % 5, item % 3 ? (Fixed) (item * 1000003) - 500000 : 0);
}

static void
add_journey(void *model, uint64_t item)
{
	uint64_t	random = item * 104729 + 1;
	Touchpoint	touchpoints[2] = {{"web", "cart", 3, 4}, {"web", "view", 3, 4}};
	TouchpointSet set = {2, touchpoints, NULL, NULL};
	JourneyRow	rows[9] = {0};
	size_t		count = (size_t) random_below(&random, 10);
	JourneyView view;
	ByteBuffer	journey;

	for (size_t i = 0; i < count; i++)
	{
		rows[i].at = (int64_t) random_bits(&random) >> 8;
		rows[i].code = (uint32_t) random_below(&random, 2);
	}
	buffer_init(&journey, 64);
	journey_build(&journey, rows, count, &set);
	journey_open(&view, journey.data, journey.size);
	transition_add(model, &view, 1000000);
}

/* ----- reading ----- */

/* What was read is packed, and that reads back. */
static ByteBuffer
read_back(void *(*create) (void), void (*absorb) (void *, const void *, size_t, HostError),
		  void (*pack) (ByteBuffer *, void *), const uint8_t *data, size_t size)
{
	void	   *model = create();
	void	   *twice = create();
	ByteBuffer	out;
	ByteBuffer	again;

	absorb(model, data, size, HOST_BAD_BINARY);
	buffer_init(&out, size + 1);
	pack(&out, model);
	absorb(twice, out.data, out.size, HOST_INTERNAL);
	buffer_init(&again, size + 1);
	pack(&again, twice);
	if (out.size != again.size || memcmp(out.data, again.data, out.size) != 0)
		host_fail(HOST_INTERNAL, "a model does not read back", NULL, NULL);
	return out;
}

void
model_read_markov(const uint8_t *data, size_t size)
{
	ByteBuffer	out = read_back(markov_create, markov_absorb, markov_pack, data, size);
	MarkovEffect effects[NAMES_ASKED];
	MarkovEffect direct;
	MarkovView	view;

	markov_read(&view, out.data, out.size, HOST_INTERNAL);
	if (view.order > 0 && view.reader.name_count <= NAMES_ASKED && view.count < 200)
		markov_effects(&view, effects, &direct);
}

void
model_read_shapley(const uint8_t *data, size_t size)
{
	static const ShapleySampling sampling = {20, 1};
	ByteBuffer	out = read_back(shapley_create, shapley_absorb, shapley_pack, data, size);
	ShapleyValue values[NAMES_ASKED];
	ShapleyValue direct;
	ShapleyView view;

	shapley_read(&view, out.data, out.size, HOST_INTERNAL);
	for (int worth = SHAPLEY_CONVERSIONS; worth <= SHAPLEY_COUNTERFACTUAL && view.reader.name_count <= NAMES_ASKED; worth++)
		shapley_values(&view, (ShapleyWorth) worth, &sampling, values, &direct);
}

void
model_read_transitions(const uint8_t *data, size_t size)
{
	ByteBuffer	out = read_back(transition_create, transition_absorb, transition_pack, data, size);
	TransitionReader reader;
	TransitionRow row;

	transition_open(&reader, out.data, out.size, HOST_INTERNAL);
	while (transition_next(&reader, &row))
	{
		transition_quantile(&row, 50);
		transition_quantile(&row, 90);
	}
}

/* ----- all of them ----- */

const ModelSample model_samples[] = {
	{"markov of order 1", "markov_model", markov_create, add_path_1, markov_absorb, markov_pack, model_read_markov},
	{"markov of order 4", "markov_model", markov_create, add_path_4, markov_absorb, markov_pack, model_read_markov},
	{"shapley", "shapley_model", shapley_create, add_set, shapley_absorb, shapley_pack, model_read_shapley},
	{"transitions", "transition_graph", transition_create, add_journey, transition_absorb, transition_pack, model_read_transitions},
	{NULL}
};

ByteBuffer
model_sample(const ModelSample *sample, uint64_t count, uint64_t first, uint64_t parts, uint64_t part)
{
	void	   *model = sample->create();
	ByteBuffer	out;

	for (uint64_t i = 0; i < count; i++)
	{
		uint64_t	item = (first + i) % count;

		if (item % parts == part)
			sample->add(model, item);
	}
	buffer_init(&out, 64);
	sample->pack(&out, model);
	return out;
}
