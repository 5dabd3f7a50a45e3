/*
 * pattern_pg.c
 *		The type jpattern, and the short questions: has_match, match_count.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pattern/pattern_pg.h"

/* ----- the type: text outside, a program inside ----- */

static struct varlena *
pattern_value(const char *text, size_t size)
{
	ByteBuffer	out;

	journey_buffer_init(&out, 1024);
	pattern_from_text(&out, text, size);
	return journey_buffer_finish(&out);
}

Pattern *
pattern_from_varlena(const struct varlena *value)
{
	Pattern    *pattern = palloc(sizeof(Pattern));
	Size		size = VARSIZE_ANY_EXHDR(value);
	char	   *bytes = palloc(size + 1);

	/* where a value stands it is not aligned */
	memcpy(bytes, VARDATA_ANY(value), size);
	pattern_open(pattern, bytes, size);
	return pattern;
}

/* Canonical text of argument 0. */
static const char *
argument_text(FunctionCallInfo fcinfo, uint32_t *size)
{
	struct varlena *value = PG_GETARG_PATTERN_P(0);

	return pattern_flat_text(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), size);
}

PG_FUNCTION_INFO_V1(intent_jpattern_in);
Datum
intent_jpattern_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	PG_RETURN_POINTER(pattern_value(text, strlen(text)));
}

PG_FUNCTION_INFO_V1(intent_jpattern_out);
Datum
intent_jpattern_out(PG_FUNCTION_ARGS)
{
	uint32_t	size;
	const char *text = argument_text(fcinfo, &size);

	PG_RETURN_CSTRING(pnstrdup(text, size));
}

PG_FUNCTION_INFO_V1(intent_jpattern_recv);
Datum
intent_jpattern_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			size;
	char	   *text = pq_getmsgtext(message, message->len - message->cursor, &size);

	PG_RETURN_POINTER(pattern_value(text, size));
}

/* The text: programs are bytes of one machine. */
PG_FUNCTION_INFO_V1(intent_jpattern_send);
Datum
intent_jpattern_send(PG_FUNCTION_ARGS)
{
	uint32_t	size;
	const char *text = argument_text(fcinfo, &size);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendtext(&message, text, (int) size);
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

PG_FUNCTION_INFO_V1(intent_pattern_kind);
Datum
intent_pattern_kind(PG_FUNCTION_ARGS)
{
	Pattern    *pattern = pattern_from_varlena(PG_GETARG_PATTERN_P(0));

	PG_RETURN_TEXT_P(cstring_to_text(pattern->header.flags & PATTERN_CHAIN ? "chain" : "ordered"));
}

/* ----- equality and order: of the canonical text, by bytes ----- */

static int
compare_patterns(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_PATTERN_P(0);
	struct varlena *b = PG_GETARG_PATTERN_P(1);
	uint32_t	a_size;
	uint32_t	b_size;
	const char *a_text = pattern_flat_text(VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a), &a_size);
	const char *b_text = pattern_flat_text(VARDATA_ANY(b), VARSIZE_ANY_EXHDR(b), &b_size);
	int			order = memcmp(a_text, b_text, Min(a_size, b_size));

	if (order == 0 && a_size != b_size)
		order = a_size < b_size ? -1 : 1;
	/* an index compares many: it may not leave a copy of each */
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return order;
}

PG_FUNCTION_INFO_V1(intent_jpattern_same);
Datum
intent_jpattern_same(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_patterns(fcinfo) == 0);
}

PG_FUNCTION_INFO_V1(intent_jpattern_not_same);
Datum
intent_jpattern_not_same(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_patterns(fcinfo) != 0);
}

PG_FUNCTION_INFO_V1(intent_jpattern_less);
Datum
intent_jpattern_less(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_patterns(fcinfo) < 0);
}

PG_FUNCTION_INFO_V1(intent_jpattern_less_or_same);
Datum
intent_jpattern_less_or_same(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_patterns(fcinfo) <= 0);
}

PG_FUNCTION_INFO_V1(intent_jpattern_greater);
Datum
intent_jpattern_greater(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_patterns(fcinfo) > 0);
}

PG_FUNCTION_INFO_V1(intent_jpattern_greater_or_same);
Datum
intent_jpattern_greater_or_same(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_patterns(fcinfo) >= 0);
}

PG_FUNCTION_INFO_V1(intent_jpattern_cmp);
Datum
intent_jpattern_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_patterns(fcinfo));
}

PG_FUNCTION_INFO_V1(intent_jpattern_hash);
Datum
intent_jpattern_hash(PG_FUNCTION_ARGS)
{
	uint32_t	size;
	const char *text = argument_text(fcinfo, &size);

	return hash_any((const unsigned char *) text, (int) size);
}

PG_FUNCTION_INFO_V1(intent_jpattern_hash_extended);
Datum
intent_jpattern_hash_extended(PG_FUNCTION_ARGS)
{
	uint32_t	size;
	const char *text = argument_text(fcinfo, &size);

	return hash_any_extended((const unsigned char *) text, (int) size, PG_GETARG_INT64(1));
}

/* ----- the matcher of a query ----- */

static PatternCache *
make_cache(FunctionCallInfo fcinfo, const struct varlena *value)
{
	MemoryContext context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "intent pattern",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	PatternCache *cache = palloc0(sizeof(PatternCache));

	cache->context = context;
	cache->size = VARSIZE_ANY_EXHDR(value);
	cache->bytes = palloc(cache->size + 1);
	memcpy(cache->bytes, VARDATA_ANY(value), cache->size);
	pattern_open(&cache->pattern, cache->bytes, cache->size);
	pattern_matcher_init(&cache->matcher, &cache->pattern);
	MemoryContextSwitchTo(caller);
	return cache;
}

PatternCache *
pattern_cache_get(FunctionCallInfo fcinfo, int argument)
{
	PatternCache *cache = fcinfo->flinfo->fn_extra;
	struct varlena *value = PG_GETARG_PATTERN_P(argument);

	if (cache == NULL || cache->size != VARSIZE_ANY_EXHDR(value) ||
		memcmp(cache->bytes, VARDATA_ANY(value), cache->size) != 0)
	{
		fcinfo->flinfo->fn_extra = NULL;
		if (cache)
			MemoryContextDelete(cache->context);
		cache = make_cache(fcinfo, value);
		fcinfo->flinfo->fn_extra = cache;
	}
	if (PointerGetDatum(value) != PG_GETARG_DATUM(argument))
		pfree(value);
	return cache;
}

MemoryContext
pattern_cache_load(PatternCache *cache, const JourneyView *view)
{
	MemoryContext caller = MemoryContextSwitchTo(cache->context);

	pattern_load(&cache->matcher, view);
	return caller;
}

PG_FUNCTION_INFO_V1(intent_has_match);
Datum
intent_has_match(PG_FUNCTION_ARGS)
{
	PatternCache *cache = pattern_cache_get(fcinfo, 1);
	JourneyView view;
	MemoryContext caller;
	bool		found;

	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	caller = pattern_cache_load(cache, &view);
	found = pattern_has_match(&cache->matcher);
	MemoryContextSwitchTo(caller);
	PG_RETURN_BOOL(found);
}

PG_FUNCTION_INFO_V1(intent_match_count);
Datum
intent_match_count(PG_FUNCTION_ARGS)
{
	PatternCache *cache = pattern_cache_get(fcinfo, 1);
	JourneyView view;
	MemoryContext caller;
	uint64_t	count;

	journey_open_varlena(&view, PG_GETARG_JOURNEY_P(0));
	caller = pattern_cache_load(cache, &view);
	count = pattern_match_count(&cache->matcher);
	MemoryContextSwitchTo(caller);
	PG_RETURN_INT32((int32) count);
}
