/*
 * text_distance_pg.c
 *		jaro, jaro_winkler, damerau_levenshtein and ngram_jaccard.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "fmgr.h"

#include "identity/characters_pg.h"

PG_FUNCTION_INFO_V1(intent_jaro);
Datum
intent_jaro(PG_FUNCTION_ARGS)
{
	CharactersRoom room_a;
	CharactersRoom room_b;
	Characters	a = characters_of(PG_GETARG_TEXT_PP(0), &room_a);
	Characters	b = characters_of(PG_GETARG_TEXT_PP(1), &room_b);

	PG_RETURN_FLOAT8(text_jaro(&a, &b));
}

PG_FUNCTION_INFO_V1(intent_jaro_winkler);
Datum
intent_jaro_winkler(PG_FUNCTION_ARGS)
{
	CharactersRoom room_a;
	CharactersRoom room_b;
	Characters	a = characters_of(PG_GETARG_TEXT_PP(0), &room_a);
	Characters	b = characters_of(PG_GETARG_TEXT_PP(1), &room_b);

	PG_RETURN_FLOAT8(text_jaro_winkler(&a, &b));
}

PG_FUNCTION_INFO_V1(intent_damerau_levenshtein);
Datum
intent_damerau_levenshtein(PG_FUNCTION_ARGS)
{
	CharactersRoom room_a;
	CharactersRoom room_b;
	Characters	a = characters_of(PG_GETARG_TEXT_PP(0), &room_a);
	Characters	b = characters_of(PG_GETARG_TEXT_PP(1), &room_b);

	PG_RETURN_INT32(text_damerau_levenshtein(&a, &b, PG_INT32_MAX));
}

PG_FUNCTION_INFO_V1(intent_damerau_levenshtein_max);
Datum
intent_damerau_levenshtein_max(PG_FUNCTION_ARGS)
{
	CharactersRoom room_a;
	CharactersRoom room_b;
	Characters	a = characters_of(PG_GETARG_TEXT_PP(0), &room_a);
	Characters	b = characters_of(PG_GETARG_TEXT_PP(1), &room_b);
	int32		max = PG_GETARG_INT32(2);

	if (max < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max must not be negative, but is %d", max),
				 errhint("Give the largest distance that is of interest, such as 2.")));
	PG_RETURN_INT32(text_damerau_levenshtein(&a, &b, max));
}

PG_FUNCTION_INFO_V1(intent_ngram_jaccard);
Datum
intent_ngram_jaccard(PG_FUNCTION_ARGS)
{
	CharactersRoom room_a;
	CharactersRoom room_b;
	Characters	a = characters_of(PG_GETARG_TEXT_PP(0), &room_a);
	Characters	b = characters_of(PG_GETARG_TEXT_PP(1), &room_b);
	int32		n = PG_GETARG_INT32(2);

	if (n < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("n must be at least 1, but is %d", n),
				 errhint("Give the number of characters of an n-gram, such as 2 or 3.")));
	PG_RETURN_FLOAT8(text_ngram_jaccard(&a, &b, n));
}
