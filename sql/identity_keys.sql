-- identity: text distances, normal forms of keys, survivorship; and what each refuses
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET search_path = public, intent;

-- prints an error as SQLSTATE, message, detail and hint
CREATE FUNCTION pg_temp.refused(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE command;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
END $$;

-- distances are of characters
SELECT a, b, round(jaro(a, b)::numeric, 3) AS jaro, round(jaro_winkler(a, b)::numeric, 3) AS jaro_winkler,
	damerau_levenshtein(a, b) AS distance, damerau_levenshtein(a, b, 1) AS up_to_1, round(ngram_jaccard(a, b)::numeric, 3) AS bigrams
FROM (VALUES ('müller', 'muller'), ('MARTHA', 'MARHTA'), ('ca', 'abc'), ('Schmidt', 'Schmitd'), ('北京市', '北京'), ('a', 'a'), ('a', 'b'), ('', ''), ('', 'a'), ('a', NULL)) p(a, b);

-- e-mail addresses
SELECT email, normalise_email(email), normalise_email(email, gmail => true) AS gmail FROM (VALUES
	(' Anna.Lee+shop@GoogleMail.com '), ('anna.lee@GMAIL.COM'), ('Anna.Lee+shop@shop.example'), ('MAILTO:a@X.Example.'), ('<a@b.c>'), ('Ünal@x.example'), ('"a"@x.example'),
	(NULL), (''), ('anna'), ('a@b'), ('a@b@c.d'), ('@b.c'), ('a@'), ('a b@c.d'), ('a@.c.d'), ('a@c..d'), ('a@.'), ('+x@gmail.com'), ('Anna <a@b.c>')) t(email);

-- phone numbers
SELECT phone, normalise_phone(phone), normalise_phone(phone, '49') AS "49", normalise_phone(phone, '+1') AS "+1" FROM (VALUES
	('(030) 901-820'), ('0049 (0)30 901820'), ('+49 (0)30 901820'), ('+49 030 901820'), ('030/901820 ext. 12'), ('030 901820 x7'), ('030 901820 #7'), ('tel:+49-30-901820;isub=1'),
	('+1 (555) 123-4567'), ('1-555-123-4567'), ('555.123.4567'), ('011 49 30 901820'), ('０３０ ９０１８２０'), ('+49 30' || chr(160) || '90' || chr(8209) || '1820'),
	(NULL), (''), ('+'), ('12'), ('abc'), ('030 901820 Anna'), ('0000000'), ('+49 1111111'), ('++49 30 901820'), ('49+30901820'), ('+0 30 901820'), ('+49 30 901820 123456789'), (repeat('12', 40))) t(phone);
SELECT normalise_phone('06 30 123 4567', '36') AS hungary, normalise_phone('06 1234 5678', '39') AS italy, normalise_phone('8 495 123-45-67', '7') AS russia,
	normalise_phone('0612345678', '33') AS france, normalise_phone('612 345 678', '34') AS spain;

-- names; how wide a character of no width is differs between versions of psql
\pset format unaligned
SELECT name, normalise_name(name) FROM (VALUES
	(' O’Brien-Müller,  Zoë '), ('Łukasz GROß'), ('J.R. Smith'), ('Æsir Ørsted Þór Đặng'), ('İsmail Işık'), ('Nguyễn Thị'), ('Dvořák'), ('e' || chr(769) || 'a'), (chr(64257) || 'nn'),
	('ЁЛКИН Йосиф'), ('ΓΙΏΡΓΟΣ'), ('Արամ'), ('北京'), ('山田・太郎'), ('カ' || chr(12441)), ('한국'), ('Anna' || chr(8203) || 'lena'), ('x2'), (NULL), (''), (' - ')) t(name);
\pset format aligned

-- survivorship: values that say nothing never stay
CREATE TEMP TABLE record (person int, source text, name text, age int, seen_at timestamptz);
INSERT INTO record VALUES
	(1, 'mail', 'Anna', 30, '2026-01-01Z'), (1, 'shop', 'A. Lee', NULL, '2026-02-01Z'), (1, 'call', '', 31, '2026-03-01Z'), (1, 'shop', 'Anna', 30, NULL),
	(2, 'mail', NULL, NULL, '2026-01-01Z'), (2, 'shop', '', NULL, NULL);
SELECT person, latest(name, seen_at), oldest(name, seen_at), most_frequent(name), filled(name), latest(age, seen_at) AS age,
	preferred(name, CASE source WHEN 'mail' THEN 1 WHEN 'shop' THEN 2 END), preferred(name, 1, seen_at) AS preferred_latest
FROM record GROUP BY person ORDER BY person;
SELECT person, (latest(r, seen_at) FILTER (WHERE name <> '')).* FROM record r GROUP BY person ORDER BY 1;
SELECT latest(name, seen_at) IS NULL AS no_rows FROM record WHERE false;
SELECT seen_at, latest(name, seen_at) OVER (ORDER BY seen_at), most_frequent(name) OVER (ORDER BY seen_at) FROM record WHERE person = 1;

-- refusals
SELECT n, pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT damerau_levenshtein('a', 'b', -1)$$),
	(2, $$SELECT ngram_jaccard('a', 'b', 0)$$),
	(3, $$SELECT normalise_phone('030 901820', 'DE')$$),
	(4, $$SELECT normalise_phone('030 901820', '0049')$$),
	(5, $$SELECT normalise_phone(NULL, '+')$$),
	(6, $$SELECT latest(name, source) FROM record$$),
	(7, $$SELECT latest(NULL, now())$$)
) t(n, command) ORDER BY n;
