-- How alike texts are: published values, and what plain PL/pgSQL finds by following the definitions.
BEGIN;
SET search_path = public, intent;
SELECT plan(22);

\set pairs 1500
\set long 40
\if :{?full}
	\set pairs 20000
	\set long 1000
\endif

-- Winkler 1994, "Advanced methods for record linkage", table of comparators; the last by a byte-wise library would be 0.864.
CREATE TABLE published (a text, b text, jaro numeric, winkler numeric);
INSERT INTO published VALUES
	('SHACKLEFORD', 'SHACKELFORD', 0.970, 0.982), ('DUNNINGHAM', 'CUNNIGHAM', 0.896, 0.896), ('NICHLESON', 'NICHULSON', 0.926, 0.956),
	('JONES', 'JOHNSON', 0.790, 0.832), ('MASSEY', 'MASSIE', 0.889, 0.933), ('ABROMS', 'ABRAMS', 0.889, 0.922),
	('JERALDINE', 'GERALDINE', 0.926, 0.926), ('MARHTA', 'MARTHA', 0.944, 0.961), ('MICHELLE', 'MICHAEL', 0.869, 0.921),
	('JULIES', 'JULIUS', 0.889, 0.933), ('TANYA', 'TONYA', 0.867, 0.880), ('DWAYNE', 'DUANE', 0.822, 0.840),
	('SEAN', 'SUSAN', 0.783, 0.805), ('JON', 'JOHN', 0.917, 0.933), ('DIXON', 'DICKSONX', 0.767, 0.813),
	('müller', 'muller', 0.889, 0.900);
SELECT is_empty('SELECT *, jaro(a, b) FROM published WHERE round(jaro(a, b)::numeric, 3) <> jaro', 'jaro as published');
SELECT is_empty('SELECT *, jaro_winkler(a, b) FROM published WHERE round(jaro_winkler(a, b)::numeric, 3) <> winkler', 'jaro_winkler as published');

-- ----- by their definitions -----

CREATE FUNCTION pg_temp.jaro(a text, b text) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	reach int := greatest(greatest(length(a), length(b)) / 2 - 1, 0);
	a_has text[] := '{}'; b_taken boolean[] := array_fill(false, ARRAY[length(b) + 1]); b_has text[];
	m float8; moved int;
BEGIN
	IF a = '' OR b = '' THEN RETURN (a = b)::int; END IF;
	FOR i IN 1 .. length(a) LOOP
		FOR j IN greatest(1, i - reach) .. least(length(b), i + reach) LOOP
			IF NOT b_taken[j] AND substr(a, i, 1) = substr(b, j, 1) THEN
				b_taken[j] := true;
				a_has := a_has || substr(a, i, 1);
				EXIT;
			END IF;
		END LOOP;
	END LOOP;
	m := cardinality(a_has);
	IF m = 0 THEN RETURN 0; END IF;
	SELECT array_agg(substr(b, j, 1) ORDER BY j) INTO b_has FROM generate_series(1, length(b)) j WHERE b_taken[j];
	SELECT count(*) INTO moved FROM unnest(a_has, b_has) p(x, y) WHERE x <> y;
	RETURN (m / length(a) + m / length(b) + (m - moved / 2) / m) / 3;
END $$;

-- The whole table of Lowrance and Wagner, every pair of matches tried.
CREATE FUNCTION pg_temp.distance(a text, b text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	h int[] := array_fill(0, ARRAY[length(a) + 1, length(b) + 1], ARRAY[0, 0]);
BEGIN
	FOR i IN 0 .. length(a) LOOP h[i][0] := i; END LOOP;
	FOR j IN 0 .. length(b) LOOP h[0][j] := j; END LOOP;
	FOR i IN 1 .. length(a) LOOP
		FOR j IN 1 .. length(b) LOOP
			h[i][j] := least(h[i - 1][j] + 1, h[i][j - 1] + 1, h[i - 1][j - 1] + (substr(a, i, 1) <> substr(b, j, 1))::int);
			FOR k IN 1 .. i - 1 LOOP
				CONTINUE WHEN substr(a, k, 1) <> substr(b, j, 1);
				FOR l IN 1 .. j - 1 LOOP
					CONTINUE WHEN substr(b, l, 1) <> substr(a, i, 1);
					h[i][j] := least(h[i][j], h[k - 1][l - 1] + (i - k - 1) + 1 + (j - l - 1));
				END LOOP;
			END LOOP;
		END LOOP;
	END LOOP;
	RETURN h[length(a)][length(b)];
END $$;

CREATE FUNCTION pg_temp.jaccard(a text, b text, n int) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN length(a) < n OR length(b) < n THEN (a = b)::int::float8
		ELSE (SELECT count(*) FROM (SELECT substr(a, i, n) FROM generate_series(1, length(a) - n + 1) i
				INTERSECT SELECT substr(b, i, n) FROM generate_series(1, length(b) - n + 1) i) x)::float8
			/ (SELECT count(*) FROM (SELECT substr(a, i, n) FROM generate_series(1, length(a) - n + 1) i
				UNION SELECT substr(b, i, n) FROM generate_series(1, length(b) - n + 1) i) x) END
$$;

-- Random texts of up to 12 characters from few letters: ASCII, Latin-1, wider and the widest.
CREATE FUNCTION pg_temp.random_text(seed int, longest int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(string_agg(substr((ARRAY['abc', 'aäbü', 'aéβж中', '😀😁a中'])[1 + seed % 4], 1 + get_byte(bytes, i % 16) * (i + 7) % 251 % (3 + seed % 3), 1), '' ORDER BY i), '')
	FROM (SELECT decode(md5(seed::text), 'hex') AS bytes) b, generate_series(1, (get_byte(bytes, 0) * 256 + get_byte(bytes, 1)) % (longest + 1)) i
$$;
-- Half of them are changed copies of each other.
CREATE TABLE pair AS
SELECT n, a, CASE WHEN n % 2 = 0 THEN pg_temp.random_text(n * 5 + 4, 12)
	ELSE overlay(reverse(substr(a, 1, n % 4)) || substr(a, 1 + n % 4) PLACING substr('xaü', 1, n % 3) FROM 1 + n % 7 FOR n % 2) END AS b
FROM (SELECT n, pg_temp.random_text(n, 12) AS a FROM generate_series(1, :pairs) n) x;
-- Some beyond a word of 64 places, and one text on each side of that border.
CREATE TABLE long_pair AS
SELECT n, a, CASE n % 3 WHEN 0 THEN substr(a, 3) || substr(a, 1, 2) WHEN 1 THEN overlay(a PLACING 'zz' FROM 20 FOR 1) ELSE pg_temp.random_text(n * 4, 70) END AS b
FROM (SELECT n, pg_temp.random_text(n, 60) || repeat('ab', n % 11) AS a FROM generate_series(1, :long) n) x;

SELECT cmp_ok((SELECT count(DISTINCT round(jaro(a, b)::numeric, 6)) FROM pair), '>', 50::bigint, 'the pairs are alike to many degrees');
SELECT is_empty('SELECT a, b, jaro(a, b), pg_temp.jaro(a, b) FROM pair WHERE jaro(a, b) <> pg_temp.jaro(a, b)', 'jaro by its definition');
SELECT is_empty('SELECT a, b, jaro(a, b), pg_temp.jaro(a, b) FROM long_pair WHERE jaro(a, b) <> pg_temp.jaro(a, b)', 'jaro of long texts');
SELECT is_empty($$SELECT a, b FROM pair WHERE abs(jaro_winkler(a, b) - CASE WHEN jaro(a, b) <= 0.7 THEN jaro(a, b) ELSE jaro(a, b) + 0.1
	* (SELECT count(*) FROM generate_series(1, 4) i WHERE i <= length(a) AND left(a, i) = left(b, i)) * (1 - jaro(a, b)) END) > 1e-15$$, 'jaro_winkler by its definition');
SELECT is_empty('SELECT a, b FROM (TABLE pair UNION TABLE long_pair) p WHERE jaro(a, b) <> jaro(b, a) OR jaro_winkler(a, b) <> jaro_winkler(b, a)', 'both are symmetric');
SELECT is_empty('SELECT a, b FROM (TABLE pair UNION TABLE long_pair) p WHERE jaro(a, a) <> 1 OR jaro_winkler(a, a) <> 1 OR NOT jaro_winkler(a, b) BETWEEN 0 AND 1', 'both are 1 for equals, and 0 to 1');

SELECT is_empty('SELECT a, b, damerau_levenshtein(a, b), pg_temp.distance(a, b) FROM pair WHERE damerau_levenshtein(a, b) <> pg_temp.distance(a, b)', 'damerau_levenshtein by its definition');
SELECT is_empty('SELECT a, b FROM (TABLE pair UNION TABLE long_pair) p WHERE damerau_levenshtein(a, b) <> damerau_levenshtein(b, a)', 'it is symmetric');
SELECT is_empty('SELECT 1 FROM pair p JOIN pair q ON q.n = p.n + 1
	WHERE damerau_levenshtein(p.a, q.b) > damerau_levenshtein(p.a, p.b) + damerau_levenshtein(p.b, q.b)', 'it is a metric');
SELECT is_empty('SELECT a, b, max FROM (TABLE pair UNION TABLE long_pair) p, unnest(ARRAY[0, 1, 2, 3, 5, 8, 100, 2147483647]) max
	WHERE damerau_levenshtein(a, b, max) <> least(damerau_levenshtein(a, b), max::bigint + 1)', 'with max it stops at max + 1');
SELECT results_eq($$SELECT damerau_levenshtein(a, b) FROM (VALUES ('ca', 'abc'), ('ab', 'ba'), ('kitten', 'sitting'), ('a cat', 'an abct'),
	('', 'abc'), ('', ''), ('中文', '文中'), (repeat('ab', 100), repeat('ba', 100))) p(a, b)$$, 'VALUES (2), (1), (3), (3), (3), (0), (1), (2)', 'damerau_levenshtein of known pairs');

SELECT is_empty('SELECT a, b, k FROM pair, generate_series(1, 4) k WHERE ngram_jaccard(a, b, k) <> pg_temp.jaccard(a, b, k)', 'ngram_jaccard by its definition');
SELECT is_empty('SELECT a, b FROM long_pair WHERE ngram_jaccard(a, b) <> pg_temp.jaccard(a, b, 2) OR ngram_jaccard(a, b, 3) <> ngram_jaccard(b, a, 3)', 'ngram_jaccard of long texts');
SELECT results_eq($$SELECT ngram_jaccard('night', 'nacht'), ngram_jaccard('', ''), ngram_jaccard('a', 'a'), ngram_jaccard('a', 'b'), ngram_jaccard('aaaa', 'aa')$$,
	'VALUES (1 / 7::float8, 1::float8, 1::float8, 0::float8, 1::float8)', 'ngram_jaccard of known pairs');

-- ----- errors, ends -----

SELECT throws_ok($$SELECT damerau_levenshtein('a', 'b', -1)$$, '22023', 'max must not be negative, but is -1', 'a negative max is refused');
SELECT throws_ok($$SELECT ngram_jaccard('a', 'b', 0)$$, '22023', 'n must be at least 1, but is 0', 'n-grams of nothing are refused');
SELECT is(jaro_winkler(NULL, 'a') IS NULL AND damerau_levenshtein('a', NULL, 1) IS NULL AND ngram_jaccard('a', 'b', NULL) IS NULL, true, 'NULL is NULL');
SELECT is(jaro('', ''), 1::float8, 'empty texts are equal');
SELECT is(jaro('', 'a'), 0::float8, 'an empty text is like no other');
SELECT is(damerau_levenshtein(repeat('a', 3000) || 'xy', repeat('a', 3000) || 'yx' || repeat('b', 200), 300), 201, 'long texts');

SELECT * FROM finish();
ROLLBACK;
