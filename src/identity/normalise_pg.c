/*
 * normalise_pg.c
 *		normalise_email, normalise_phone and normalise_name.
 *
 * The cores work on Unicode characters whatever the encoding of the database.
 * What Unicode calls compatible, such as wide digits or letters with their
 * accents apart, is decomposed by PostgreSQL's own tables; Unicode promises
 * that these never change for a character that is assigned.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "common/unicode_norm.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "identity/normalise_pg.h"

static bool
is_ascii(const char *text, int size)
{
	for (int i = 0; i < size; i++)
	{
		if (IS_HIGHBIT_SET(text[i]))
			return false;
	}
	return true;
}

Unicode
unicode_of_bytes(const char *data, int size, bool decompose)
{
	Unicode		unicode = {NULL, size};
	char	   *utf8;

	if (is_ascii(data, size))
	{
		unicode.code = palloc_array(uint32_t, size + 1);
		for (int i = 0; i < size; i++)
			unicode.code[i] = (uint8) data[i];
		unicode.code[size] = 0;
		return unicode;
	}
	utf8 = pnstrdup(data, size);
	utf8 = pg_server_to_any(utf8, size, PG_UTF8);
	size = strlen(utf8);
	unicode.code = palloc_array(uint32_t, size + 1);
	unicode.size = pg_encoding_mb2wchar_with_len(PG_UTF8, utf8, (pg_wchar *) unicode.code, size);
	if (decompose)
	{
		unicode.code = (uint32_t *) unicode_normalize(UNICODE_NFKD, (pg_wchar *) unicode.code);
		unicode.size = 0;
		while (unicode.code[unicode.size] != 0)
			unicode.size++;
	}
	return unicode;
}

static Unicode
unicode_of(const text *value, bool decompose)
{
	return unicode_of_bytes(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), decompose);
}

/* Back into the encoding of the database; accents that are apart join their letters. */
static text *
unicode_to_text(uint32_t *code, size_t size)
{
	uint32_t	seen = 0;
	pg_wchar   *composed;
	char	   *utf8;
	int			length;

	for (size_t i = 0; i < size; i++)
		seen |= code[i];
	if (seen < 0x80)
	{
		text	   *result = palloc(VARHDRSZ + size);

		SET_VARSIZE(result, VARHDRSZ + size);
		for (size_t i = 0; i < size; i++)
			VARDATA(result)[i] = (char) code[i];
		return result;
	}
	code[size] = 0;
	composed = unicode_normalize(UNICODE_NFC, (pg_wchar *) code);
	size = 0;
	while (composed[size] != 0)
		size++;
	utf8 = palloc(mul_size(size, pg_encoding_max_length(PG_UTF8)) + 1);
	length = pg_encoding_wchar2mb_with_len(PG_UTF8, composed, utf8, (int) size);
	utf8[length] = '\0';
	return cstring_to_text(pg_any_to_server(utf8, length, PG_UTF8));
}

PG_FUNCTION_INFO_V1(intent_normalise_email);
Datum
intent_normalise_email(PG_FUNCTION_ARGS)
{
	Unicode		email = unicode_of(PG_GETARG_TEXT_PP(0), false);
	bool		gmail = PG_GETARG_BOOL(1);
	uint32_t   *out = palloc_array(uint32_t, email.size + 1);
	size_t		size = normalise_email(email.code, email.size, gmail, out);

	if (size == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(unicode_to_text(out, size));
}

PG_FUNCTION_INFO_V1(intent_normalise_phone);
Datum
intent_normalise_phone(PG_FUNCTION_ARGS)
{
	CountryCode country = {.size = 0};
	uint32_t	out[PHONE_ROOM + 1];
	Unicode		phone;
	size_t		size;

	if (!PG_ARGISNULL(1))
	{
		text	   *given = PG_GETARG_TEXT_PP(1);
		Unicode		code = unicode_of(given, true);

		if (!country_code_of(code.code, code.size, &country))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" is not the calling code of a country", text_to_cstring(given)),
					 errhint("Give its digits, such as '49' for Germany or '1' for the United States.")));
	}
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	phone = unicode_of(PG_GETARG_TEXT_PP(0), true);
	size = normalise_phone(phone.code, phone.size, &country, out);
	if (size == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(unicode_to_text(out, size));
}

PG_FUNCTION_INFO_V1(intent_normalise_name);
Datum
intent_normalise_name(PG_FUNCTION_ARGS)
{
	Unicode		name = unicode_of(PG_GETARG_TEXT_PP(0), true);
	uint32_t   *out = palloc_extended(mul_size(2 * name.size + 1, sizeof(uint32_t)), MCXT_ALLOC_HUGE);
	size_t		size = normalise_name(name.code, name.size, out);

	if (size == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(unicode_to_text(out, size));
}
