/*
 * partial.c
 *		States of aggregates over many people, as one storable type.
 */
#include "sequence/partial.h"

static PartialKind *kinds;

void
partial_kind_register(PartialKind *kind)
{
	kind->next = kinds;
	kinds = kind;
}

const PartialKind *
partial_kind_find(const char *name, size_t size)
{
	for (const PartialKind *kind = kinds; kind != NULL; kind = kind->next)
	{
		if (strlen(kind->name) == size && memcmp(kind->name, name, size) == 0)
			return kind;
	}
	return NULL;
}

const char *
partial_open(PartialView *view, const void *data, size_t size)
{
	ByteReader	reader = reader_over(data, size);
	uint8_t		name_size = reader_byte(&reader);
	const uint8_t *name = reader_bytes(&reader, name_size);

	view->version = reader_byte(&reader);
	view->payload = reader;
	if (reader.bad)
		return "its header is cut off";
	view->kind = partial_kind_find((const char *) name, name_size);
	if (view->kind == NULL)
		return "its kind is not known to this version of intent";
	if (view->version == 0 || view->version > view->kind->version)
		return host_format("its version is %u, and this version of intent reads %s up to %u",
						   view->version, view->kind->name, view->kind->version);
	return NULL;
}

static HOST_NORETURN void
corrupt(const char *problem)
{
	host_fail(HOST_CORRUPT, "partial is corrupted",
			  host_format("As stored, %s.", problem),
			  "Aggregate again, restore it from a backup, or update intent if a newer "
			  "version of it has stored this.");
}

void
partial_open_stored(PartialView *view, const void *data, size_t size)
{
	const char *problem = partial_open(view, data, size);

	if (problem != NULL)
		corrupt(problem);
}

void
partial_expect(const PartialKind *kind, const PartialKind *wanted)
{
	if (kind != wanted)
		host_fail(HOST_WRONG_TYPE,
				  host_format("partial is of kind \"%s\", not \"%s\"", kind->name, wanted->name),
				  NULL,
				  "Give each state to the functions of the aggregate that made it; "
				  "partial_kind(state) names it.");
}

static const char *
absorb(void *state, const PartialView *view)
{
	ByteReader	payload = view->payload;
	const char *problem = view->kind->absorb(state, view->version, &payload);

	if (problem == NULL && payload.bad)
		return "its payload is cut off";
	if (problem == NULL && reader_left(&payload) > 0)
		return "bytes are left behind its payload";
	return problem;
}

void
partial_absorb_stored(void *state, const PartialView *view)
{
	const char *problem = absorb(state, view);

	if (problem != NULL)
		corrupt(problem);
}

void *
partial_begin(const PartialKind *kind)
{
	void	   *state = host_alloc_zero(kind->state_size);

	if (kind->begin != NULL)
		kind->begin(state);
	return state;
}

void
partial_pack(ByteBuffer *out, const PartialKind *kind, const void *state)
{
	size_t		name_size = strlen(kind->name);

	buffer_byte(out, (uint8_t) name_size);
	buffer_bytes(out, kind->name, name_size);
	buffer_byte(out, kind->version);
	kind->pack(state, out);
	if (out->size > INTENT_MAX_VALUE_SIZE)
		host_fail(HOST_LIMIT, "partial is too large for a value",
				  host_format("It is of kind %s.", kind->name),
				  "Aggregate fewer rows into one state, by a finer GROUP BY for example.");
}

const char *
partial_problem(const void *data, size_t size)
{
	PartialView view;
	const char *problem = partial_open(&view, data, size);
	ByteBuffer	again;
	void	   *state;

	if (problem != NULL)
		return problem;
	state = partial_begin(view.kind);
	problem = absorb(state, &view);
	/* of an older version there is no second way to know */
	if (problem != NULL || view.version < view.kind->version)
		return problem;
	buffer_init(&again, size);
	partial_pack(&again, view.kind, state);
	if (again.size != size || memcmp(again.data, data, size) != 0)
		problem = "it is not the one encoding of its content";
	host_free(again.data);
	return problem;
}
