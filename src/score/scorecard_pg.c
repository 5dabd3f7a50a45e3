/*
 * scorecard_pg.c
 *		The types scorecard and signal_list: JSON outside, flat bytes inside.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#include "journey/journey_pg.h"
#include "score/score_pg.h"

/* The one way in: text form, binary form and jsonb all pass here. */
struct varlena *
scorecard_from_text(const char *text, size_t size, bool list)
{
	Scorecard	card;
	bool		beyond_ascii = list ? signal_list_parse(&card, text, size) : scorecard_parse(&card, text, size);

	if (beyond_ascii && GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR,
				(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
				 errmsg("unsupported Unicode escape in %s", list ? "signal list" : "scorecard"),
				 errhint("Write the character itself: the encoding of this database is not UTF8.")));
	return scorecard_to_varlena(&card);
}

struct varlena *
scorecard_to_varlena(const Scorecard *card)
{
	ByteBuffer	out;

	journey_buffer_init(&out, 512);
	scorecard_append_flat(&out, card);
	return journey_buffer_finish(&out);
}

Scorecard *
scorecard_from_varlena(const struct varlena *value)
{
	Scorecard  *card = palloc(sizeof(Scorecard));

	scorecard_open(card, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	return card;
}

Scorecard *
signal_list_from_varlena(const struct varlena *value)
{
	Scorecard  *card = palloc(sizeof(Scorecard));

	signal_list_open(card, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	return card;
}

/* Canonical text, with a NUL behind. */
static ByteBuffer
card_text(const Scorecard *card)
{
	ByteBuffer	out;

	buffer_init(&out, 1024);
	scorecard_append_json(&out, card);
	buffer_byte(&out, '\0');
	return out;
}

static ByteBuffer
scorecard_text(FunctionCallInfo fcinfo)
{
	return card_text(scorecard_from_varlena(PG_GETARG_SCORECARD_P(0)));
}

static ByteBuffer
signal_list_text(FunctionCallInfo fcinfo)
{
	return card_text(signal_list_from_varlena(PG_GETARG_SCORECARD_P(0)));
}

static struct varlena *
receive_text(StringInfo message, bool list)
{
	int			size;
	char	   *text = pq_getmsgtext(message, message->len - message->cursor, &size);

	return scorecard_from_text(text, size, list);
}

/* The text, so that a client library needs to know one form only. */
static Datum
send_text(ByteBuffer text)
{
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendtext(&message, (char *) text.data, text.size - 1);
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

static struct varlena *
jsonb_value(Jsonb *json, bool list)
{
	StringInfoData text;

	initStringInfo(&text);
	JsonbToCString(&text, &json->root, VARSIZE(json));
	return scorecard_from_text(text.data, text.len, list);
}

/* ----- scorecard ----- */

PG_FUNCTION_INFO_V1(intent_scorecard_in);
Datum
intent_scorecard_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	PG_RETURN_POINTER(scorecard_from_text(text, strlen(text), false));
}

PG_FUNCTION_INFO_V1(intent_scorecard_out);
Datum
intent_scorecard_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING((char *) scorecard_text(fcinfo).data);
}

PG_FUNCTION_INFO_V1(intent_scorecard_recv);
Datum
intent_scorecard_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(receive_text((StringInfo) PG_GETARG_POINTER(0), false));
}

PG_FUNCTION_INFO_V1(intent_scorecard_send);
Datum
intent_scorecard_send(PG_FUNCTION_ARGS)
{
	return send_text(scorecard_text(fcinfo));
}

PG_FUNCTION_INFO_V1(intent_scorecard_from_jsonb);
Datum
intent_scorecard_from_jsonb(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(jsonb_value(PG_GETARG_JSONB_P(0), false));
}

PG_FUNCTION_INFO_V1(intent_scorecard_to_jsonb);
Datum
intent_scorecard_to_jsonb(PG_FUNCTION_ARGS)
{
	return DirectFunctionCall1(jsonb_in, PointerGetDatum(scorecard_text(fcinfo).data));
}

/* ----- signal_list: a scorecard without weights ----- */

PG_FUNCTION_INFO_V1(intent_signal_list_in);
Datum
intent_signal_list_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	PG_RETURN_POINTER(scorecard_from_text(text, strlen(text), true));
}

PG_FUNCTION_INFO_V1(intent_signal_list_out);
Datum
intent_signal_list_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING((char *) signal_list_text(fcinfo).data);
}

PG_FUNCTION_INFO_V1(intent_signal_list_recv);
Datum
intent_signal_list_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(receive_text((StringInfo) PG_GETARG_POINTER(0), true));
}

PG_FUNCTION_INFO_V1(intent_signal_list_send);
Datum
intent_signal_list_send(PG_FUNCTION_ARGS)
{
	return send_text(signal_list_text(fcinfo));
}

PG_FUNCTION_INFO_V1(intent_signal_list_from_jsonb);
Datum
intent_signal_list_from_jsonb(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(jsonb_value(PG_GETARG_JSONB_P(0), true));
}

PG_FUNCTION_INFO_V1(intent_signal_list_to_jsonb);
Datum
intent_signal_list_to_jsonb(PG_FUNCTION_ARGS)
{
	return DirectFunctionCall1(jsonb_in, PointerGetDatum(signal_list_text(fcinfo).data));
}

PG_FUNCTION_INFO_V1(intent_scorecard_signals);
Datum
intent_scorecard_signals(PG_FUNCTION_ARGS)
{
	Scorecard  *card = scorecard_from_varlena(PG_GETARG_SCORECARD_P(0));

	card->intent_count = 0;
	for (uint32 i = 0; i < card->signal_count; i++)
		card->signals[i].weight_count = 0;
	PG_RETURN_POINTER(scorecard_to_varlena(card));
}

PG_FUNCTION_INFO_V1(intent_signal_names);
Datum
intent_signal_names(PG_FUNCTION_ARGS)
{
	Scorecard  *card = signal_list_from_varlena(PG_GETARG_SCORECARD_P(0));
	Datum	   *names = host_alloc_array((size_t) card->signal_count + 1, sizeof(Datum));

	for (uint32 i = 0; i < card->signal_count; i++)
		names[i] = PointerGetDatum(cstring_to_text_with_len(card->signals[i].name.data, card->signals[i].name.size));
	PG_RETURN_ARRAYTYPE_P(construct_array(names, card->signal_count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* ----- equality: one content has one encoding ----- */

PG_FUNCTION_INFO_V1(intent_scorecard_same);
Datum
intent_scorecard_same(PG_FUNCTION_ARGS)
{
	struct varlena *a = PG_GETARG_SCORECARD_P(0);
	struct varlena *b = PG_GETARG_SCORECARD_P(1);

	PG_RETURN_BOOL(VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
				   memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0);
}

PG_FUNCTION_INFO_V1(intent_scorecard_not_same);
Datum
intent_scorecard_not_same(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!DatumGetBool(intent_scorecard_same(fcinfo)));
}

PG_FUNCTION_INFO_V1(intent_scorecard_hash);
Datum
intent_scorecard_hash(PG_FUNCTION_ARGS)
{
	struct varlena *card = PG_GETARG_SCORECARD_P(0);

	return hash_any((unsigned char *) VARDATA_ANY(card), VARSIZE_ANY_EXHDR(card));
}

PG_FUNCTION_INFO_V1(intent_scorecard_hash_extended);
Datum
intent_scorecard_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *card = PG_GETARG_SCORECARD_P(0);

	return hash_any_extended((unsigned char *) VARDATA_ANY(card), VARSIZE_ANY_EXHDR(card),
							 PG_GETARG_INT64(1));
}

/* Names of the intents, in the order of score_array(). */
PG_FUNCTION_INFO_V1(intent_scorecard_intents);
Datum
intent_scorecard_intents(PG_FUNCTION_ARGS)
{
	Scorecard  *card = scorecard_from_varlena(PG_GETARG_SCORECARD_P(0));
	Datum	   *names = host_alloc_array(card->intent_count, sizeof(Datum));

	for (uint32 i = 0; i < card->intent_count; i++)
		names[i] = PointerGetDatum(cstring_to_text_with_len(card->intents[i].name.data,
															card->intents[i].name.size));
	PG_RETURN_ARRAYTYPE_P(construct_array(names, card->intent_count, TEXTOID, -1, false, TYPALIGN_INT));
}
