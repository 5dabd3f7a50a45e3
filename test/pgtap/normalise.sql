-- Normal forms are normal: said twice they are the same, and what differs only in spelling is equal.
BEGIN;
SET search_path = public, intent;
SELECT plan(9);

\set texts 2000
\if :{?full}
	\set texts 100000
\endif

-- Random texts from what such keys are made of.
CREATE FUNCTION pg_temp.random_text(seed int, pieces text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT string_agg(pieces[1 + get_byte(bytes, i) % cardinality(pieces)], '' ORDER BY i)
	FROM (SELECT decode(md5(seed::text), 'hex') AS bytes) b, generate_series(1, 3 + get_byte(bytes, 0) % 13) i
$$;
CREATE TABLE email AS SELECT pg_temp.random_text(i, '{a,B,c.d,@,@,.,+,gmail.com,GoogleMail.com,Ü," ",x.example,"<",">",mailto:}') AS text FROM generate_series(1, :texts) i
	UNION ALL SELECT pg_temp.random_text(i, '{a,B,c.d,+,Ü,.}') || '@' || (ARRAY['Gmail.com', 'googlemail.com.', 'X.example'])[1 + i % 3] FROM generate_series(1, :texts) i;
CREATE TABLE phone AS SELECT pg_temp.random_text(i, '{0,00,1,2,3,49,55,678,90,+,-," ",(0),(,),/,.,x,ext,#,39,７}') AS text FROM generate_series(1, :texts) i;
CREATE TABLE name AS SELECT pg_temp.random_text(i, ARRAY['a', 'É', 'ß', 'Ø', U&'\0301', U&'\0308', 'Ё', 'й', 'Σ', 'ς', '-', ' ', '''', '’', 'ﬁ', '中', 'ガ', '한', '・', '1', U&'\200B', 'İ', 'Ǽ', '½']) AS text
	FROM generate_series(1, :texts) i;

SELECT isnt_empty('SELECT 1 FROM email WHERE normalise_email(text, true) IS DISTINCT FROM normalise_email(text)', 'addresses of all kinds');
SELECT is_empty('SELECT text, normalise_email(text) FROM email, unnest(ARRAY[false, true]) g
	WHERE normalise_email(normalise_email(text, g), g) <> normalise_email(text, g) OR normalise_email(normalise_email(text), g) IS DISTINCT FROM normalise_email(text, g)',
	'normalise_email twice is once');
SELECT is_empty($$SELECT text FROM email WHERE normalise_email(text) !~ '^[^@[:space:]]+@[^@[:space:].]+(\.[^@[:space:].]+)+$' OR normalise_email(text) ~ '[A-Z]'$$, 'an address is one');
SELECT is_empty('SELECT text FROM email WHERE normalise_email(upper(text COLLATE "C"), true) IS DISTINCT FROM normalise_email(text, true)', 'case does not matter');

SELECT is_empty($$SELECT text, c FROM phone, unnest(ARRAY[NULL, '1', '7', '36', '39', '49']) c
	WHERE normalise_phone(normalise_phone(text, c), c) <> normalise_phone(text, c)$$, 'normalise_phone twice is once');
SELECT is_empty($$SELECT text, c, normalise_phone(text, c) FROM phone, unnest(ARRAY[NULL, '1', '7', '36', '39', '49']) c
	WHERE normalise_phone(text, c) !~ CASE WHEN c IS NULL THEN '^(\+[1-9][0-9]{6,14}|[0-9]{4,15})$' ELSE '^\+[1-9][0-9]{4,14}$' END$$, 'a number is one');
SELECT is_empty($$SELECT text FROM phone WHERE text !~ '[(x#e]' AND normalise_phone(regexp_replace(text, '[ ./-]', '', 'g'), '49') IS DISTINCT FROM normalise_phone(text, '49')$$,
	'spaces do not matter');

SELECT is_empty('SELECT text, normalise_name(text) FROM name WHERE normalise_name(normalise_name(text)) IS DISTINCT FROM normalise_name(text)', 'normalise_name twice is once');
SELECT is_empty($$SELECT text FROM name WHERE normalise_name(normalize(text, NFC)) IS DISTINCT FROM normalise_name(normalize(text, NFD))
	OR normalise_name(text) ~ '(^ | $|  )' OR normalise_name(text) = ''$$, 'names as composed and as decomposed are the same, words apart by one space');

SELECT * FROM finish();
ROLLBACK;
