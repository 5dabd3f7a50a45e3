/*
 * journey_builder.c
 *		Journeys from events that come one by one.
 */
#include "journey/journey_builder.h"

/* Events taken between two looks at interrupts. */
#define EVENTS_PER_CHECK 1024

void
journey_builder_init(JourneyBuilder *builder)
{
	builder->vocabulary = vocabulary_new();
	builder->count = 0;
	builder->capacity = 16;
	builder->rows = host_alloc_array(builder->capacity, sizeof(JourneyRow));
}

void
journey_builder_add(JourneyBuilder *builder, const JourneyRow *row, const Touchpoint *touchpoint)
{
	JourneyRow *added;

	journey_check_row(row);
	if (builder->count == builder->capacity)
	{
		builder->capacity = checked_growth(builder->capacity, builder->count + 1);
		builder->rows = host_realloc_array(builder->rows, builder->capacity, sizeof(JourneyRow));
	}
	added = &builder->rows[builder->count++];
	*added = *row;
	added->code = vocabulary_code(builder->vocabulary, touchpoint);
	if (builder->count % EVENTS_PER_CHECK == 0)
		host_check_interrupts();
}

void
journey_builder_finish(JourneyBuilder *builder, ByteBuffer *out)
{
	TouchpointSet set = vocabulary_set(builder->vocabulary);

	journey_build(out, builder->rows, builder->count, &set);
	vocabulary_free(builder->vocabulary);
	host_free(builder->rows);
}
