/*
 * journey_io_pg.c
 *		Text and binary form of a journey.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"

#include "journey/journey_pg.h"
#include "journey/journey_text.h"

PG_FUNCTION_INFO_V1(intent_journey_in);
Datum
intent_journey_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	size_t		size = strlen(text);
	ByteBuffer	out;

	journey_buffer_init(&out, size / 8 + 64);
	journey_from_text(&out, text, size);
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

PG_FUNCTION_INFO_V1(intent_journey_out);
Datum
intent_journey_out(PG_FUNCTION_ARGS)
{
	JourneyView view;
	ByteBuffer	out;

	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	buffer_init(&out, 64);
	journey_to_text(&out, &view);
	buffer_byte(&out, '\0');
	PG_RETURN_CSTRING((char *) out.data);
}

/* Texts inside a journey are texts of this database, or somebody made them up. */
static void
verify_texts(const JourneyView *view)
{
	Touchpoint *touchpoints = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	JourneyCursor cursor;
	JourneyBlock block;

	journey_dictionary(view, touchpoints);
	for (uint32 i = 0; i < view->touchpoints; i++)
	{
		pg_verifymbstr(touchpoints[i].channel, (int) touchpoints[i].channel_size, false);
		pg_verifymbstr(touchpoints[i].event, (int) touchpoints[i].event_size, false);
	}
	host_free(touchpoints);

	journey_cursor(&cursor, view, JOURNEY_WANT_REF);
	while (journey_next(&cursor, &block))
	{
		for (uint32 i = 0; i < block.count; i++)
		{
			if (block.ref[i].kind == JOURNEY_REF_TEXT)
				pg_verifymbstr((const char *) block.ref[i].bytes, (int) block.ref[i].size, false);
		}
	}
}

/*
 * The packed bytes are the same on every machine, so they are the binary form
 * as they stand; what comes in is checked whole.
 */
PG_FUNCTION_INFO_V1(intent_journey_recv);
Datum
intent_journey_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			size = message->len - message->cursor;
	const char *data = pq_getmsgbytes(message, size);
	JourneyView view;
	ByteBuffer	out;

	journey_validate(data, (size_t) size);
	journey_open(&view, data, (size_t) size);
	verify_texts(&view);
	journey_buffer_init(&out, (size_t) size);
	buffer_bytes(&out, data, (size_t) size);
	PG_RETURN_POINTER(journey_buffer_finish(&out));
}

PG_FUNCTION_INFO_V1(intent_journey_send);
Datum
intent_journey_send(PG_FUNCTION_ARGS)
{
	struct varlena *journey = PG_GETARG_JOURNEY_P(0);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, VARDATA_ANY(journey), (int) VARSIZE_ANY_EXHDR(journey));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}
