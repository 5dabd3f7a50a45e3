/*
 * journey_pg.h
 *		The journey type as the server sees it.
 */
#ifndef INTENT_JOURNEY_PG_H
#define INTENT_JOURNEY_PG_H

#include "fmgr.h"
#include "utils/array.h"
#include "datatype/timestamp.h"

#include "journey/journey.h"
#include "journey/touchpoint.h"

/*
 * Short headers stay as they are: the packed bytes need no alignment, so most
 * journeys of a table are read in place.
 */
#define DatumGetJourneyP(datum) PG_DETOAST_DATUM_PACKED(datum)
#define PG_GETARG_JOURNEY_P(n) DatumGetJourneyP(PG_GETARG_DATUM(n))

/*
 * Reading a table of journeys waits for memory more than for anything else.
 * So all of the value is fetched ahead while its header is read, as far as the
 * processor would not see by itself, and so is what lies below it: pages fill
 * from their end, so that is the tuple the scan comes to next.  An address
 * that is nobody's does no harm.
 */
#define JOURNEY_FETCH_AHEAD 512
#define JOURNEY_LINE 64

static inline void
journey_fetch_ahead(const struct varlena *journey)
{
	uintptr_t	at = (uintptr_t) journey;
	Size		size = Min(VARSIZE_ANY(journey), JOURNEY_FETCH_AHEAD);

	for (Size line = JOURNEY_LINE; line < size; line += JOURNEY_LINE)
		__builtin_prefetch((const void *) (at + line));
	for (Size line = JOURNEY_LINE; line < JOURNEY_FETCH_AHEAD; line += JOURNEY_LINE)
		__builtin_prefetch((const void *) (at - line));
}

static inline void
journey_open_varlena(JourneyView *view, const struct varlena *journey)
{
	journey_fetch_ahead(journey);
	journey_open(view, VARDATA_ANY(journey), VARSIZE_ANY_EXHDR(journey));
}

/* A buffer whose first bytes are room for the varlena header. */
extern void journey_buffer_init(ByteBuffer *buffer, size_t capacity);
extern struct varlena *journey_buffer_finish(ByteBuffer *buffer);

/* The touchpoint patterns of a text[]. */
extern TouchpointPattern *intent_touchpoint_patterns(ArrayType *array, int *count);

/* Kernel arguments that mean something only when finite and physical. */
extern int64 intent_interval_microseconds(const Interval *interval, const char *argument);
extern TimestampTz intent_finite_time(TimestampTz time, const char *argument);

#endif							/* INTENT_JOURNEY_PG_H */
