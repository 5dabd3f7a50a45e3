-- Record linkage: the same whatever the order, exact to the last digit, and right where the truth is known.
BEGIN;
SET search_path = public, intent;
SELECT plan(24);

\set people 150
\if :{?full}
	\set people 5000
\endif

-- Made-up people: up to three records each, with slips, gaps and names in the wrong field.
CREATE FUNCTION pg_temp.dice(what text, sides int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
	SELECT (get_byte(d, 0) * 65536 + get_byte(d, 1) * 256 + get_byte(d, 2)) % sides FROM (SELECT decode(md5(what), 'hex') AS d) h
$$;
CREATE FUNCTION pg_temp.slip(what text, value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE pg_temp.dice(what || 'slip', 8)
		WHEN 0 THEN overlay(value PLACING chr(97 + pg_temp.dice(what, 26)) FROM 1 + pg_temp.dice(what, length(value)) FOR 1)
		WHEN 1 THEN NULL
		ELSE value END
$$;
CREATE FUNCTION pg_temp.name(what text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT string_agg((ARRAY['an','be','ca','do','el','fi','ga','ho','il','jo','ka','lu','mi','no','ol','pe'])[1 + pg_temp.dice(what || i, 16)], '') || 'n'
	FROM generate_series(1, 3) i
$$;
CREATE TABLE record AS
SELECT p * 10 + c AS id, p AS person, (p * 10 + c) % 3 AS shop,
	CASE WHEN swapped THEN last ELSE first END AS first_name, CASE WHEN swapped THEN first ELSE last END AS last_name, born, town, code
FROM generate_series(1, :people) p
CROSS JOIN LATERAL generate_series(0, pg_temp.dice(p || 'copies', 3)) c
CROSS JOIN LATERAL (SELECT
	pg_temp.slip(p || 'f' || c, pg_temp.name('f' || pg_temp.dice(p || 'f', 60))) AS first,
	pg_temp.slip(p || 'l' || c, pg_temp.name('l' || pg_temp.dice(p || 'l', 300))) AS last,
	pg_temp.slip(p || 'b' || c, to_char(date '1940-01-01' + pg_temp.dice(p || 'b', 20000), 'YYYY-MM-DD')) AS born,
	pg_temp.slip(p || 't' || c, pg_temp.name('t' || pg_temp.dice(p || 't', 25))) AS town,
	pg_temp.slip(p || 'c' || c, lpad(pg_temp.dice(p || 'c', 9999999)::text, 7, '0')) AS code,
	pg_temp.dice(p || 's' || c, 12) = 0 AS swapped) v;

CREATE TABLE model AS SELECT train_linkage('SELECT id, first_name, last_name, born, town, code FROM record') AS m;
CREATE TABLE pair AS SELECT p.* FROM model, link_pairs('SELECT id, first_name, last_name, born, town, code FROM record', m) p;
CREATE TABLE linked AS SELECT l.* FROM model, link_records('SELECT id, first_name, last_name, born, town, code FROM record', m) l;

-- ----- the same whatever the order, the columns' order of rows, the settings -----

SELECT ok(bool_and(same(m, train_linkage(format('SELECT id, first_name, last_name, born, town, code FROM record ORDER BY md5(id || %L)', seed)))), 'a model is the same in any order of rows')
FROM model, generate_series(1, 3) seed;
SELECT set_eq(format('SELECT p.* FROM model, link_pairs(%L, m) p', 'SELECT id, first_name, last_name, born, town, code FROM record ORDER BY md5(id::text)'),
	'TABLE pair', 'so are pairs');
SELECT set_eq(format('SELECT l.* FROM model, link_records(%L, m) l', 'SELECT id, first_name, last_name, born, town, code FROM record ORDER BY md5(id::text)'),
	'TABLE linked', 'and clusters');
SET LOCAL DateStyle = 'German, DMY';
SET LOCAL TimeZone = 'Asia/Kathmandu';
SET LOCAL extra_float_digits = -10;
SELECT ok(same(a, b), 'a model depends on no setting, and a date is its text')
FROM train_linkage('SELECT id, born::date AS born, code::int / 7.0::float8 AS amount, born::date::timestamptz AT TIME ZONE ''UTC'' AS at FROM record WHERE born ~ ''^\d{4}-(0\d|1[0-2])-([01]\d|2[0-8])$'' AND code ~ ''^\d+$''') a,
	LATERAL (SELECT set_config('DateStyle', 'ISO', true), set_config('extra_float_digits', '3', true)) s,
	train_linkage('SELECT id, born::date AS born, code::int / 7.0::float8 AS amount, born::date::timestamptz AT TIME ZONE ''UTC'' AS at FROM record WHERE born ~ ''^\d{4}-(0\d|1[0-2])-([01]\d|2[0-8])$'' AND code ~ ''^\d+$''') b;
RESET DateStyle; RESET TimeZone; RESET extra_float_digits;
SELECT ok(not_same(m, train_linkage('SELECT id, first_name, last_name, born, town, code FROM record', '{"seed": 2, "largest_block": 500}')), 'another specification gives another model') FROM model;
SELECT ok(same(m, m::text::linkage_model) AND same(m, m::jsonb::linkage_model), 'a model reads back from its text and its jsonb') FROM model;

-- ----- exact -----

SELECT is_empty($$SELECT id_a, id_b FROM pair, model WHERE weight <> (SELECT sum(contribution) FROM explain_linkage(m,
		(SELECT to_jsonb(r) FROM record r WHERE r.id = id_a::int), (SELECT to_jsonb(r) FROM record r WHERE r.id = id_b::int)))$$,
	'contributions add up to the weight to the last digit');
SELECT is_empty('SELECT * FROM pair WHERE abs(probability - 1 / (1 + exp(-weight::float8))) > 1e-12', 'a probability is the logistic function of its weight');
SELECT is_empty($$SELECT e.* FROM (SELECT * FROM pair ORDER BY weight LIMIT 100) p, model,
	explain_linkage(m, (SELECT to_jsonb(r) FROM record r WHERE r.id = id_a::int), (SELECT to_jsonb(r) FROM record r WHERE r.id = id_b::int)) e
	WHERE CASE WHEN level = 'missing' THEN contribution <> 0 OR e.m IS NOT NULL ELSE abs(contribution - ln((e.m / e.u)::numeric)) > 1e-9 END$$,
	'a contribution is ln(m / u), and nothing where a value is missing');
SELECT is_empty($$SELECT e.* FROM model, (SELECT id_a, id_b FROM pair ORDER BY weight LIMIT 3) p, explain_linkage('SELECT id, first_name, last_name, born, town, code FROM record', m, id_a, id_b) e
	EXCEPT ALL SELECT e.* FROM model, (SELECT id_a, id_b FROM pair ORDER BY weight LIMIT 3) p,
	explain_linkage(m, (SELECT to_jsonb(r) FROM record r WHERE r.id = id_a::int), (SELECT to_jsonb(r) FROM record r WHERE r.id = id_b::int)) e$$,
	'records by their ids are explained as records by their values');
SELECT is_empty($$SELECT a.* FROM model, (SELECT id_a, id_b FROM pair ORDER BY weight LIMIT 20) p,
	LATERAL (SELECT sum(contribution) AS s FROM explain_linkage('SELECT id, first_name, last_name, born, town, code FROM record', m, id_a, id_b)) a,
	LATERAL (SELECT sum(contribution) AS s FROM explain_linkage('SELECT id, first_name, last_name, born, town, code FROM record', m, id_b, id_a)) b WHERE a.s <> b.s$$,
	'a pair weighs the same both ways');
SELECT is(min(m), 1.0::float8, 'm of a comparison adds up to 1')
FROM (SELECT round(sum((l.value ->> 'm')::numeric), 9)::float8 AS m, n FROM model, jsonb_array_elements(m::jsonb -> 'comparisons') WITH ORDINALITY c(c, n), jsonb_each(c -> 'levels') l GROUP BY n) r;

-- ----- pairs and clusters -----

SELECT is_empty('SELECT id_a, id_b FROM pair WHERE id_a COLLATE "C" >= id_b UNION ALL SELECT id_a, id_b FROM pair GROUP BY 1, 2 HAVING count(*) > 1', 'a pair comes once, the lower id first');
SELECT is_empty('SELECT id::text FROM record EXCEPT ALL SELECT id FROM linked', 'every record is in one cluster');
SELECT is_empty('SELECT id FROM linked WHERE cluster COLLATE "C" > id UNION ALL SELECT cluster FROM linked EXCEPT SELECT id FROM linked WHERE id = cluster', 'which its lowest id names');
SELECT is_empty($$SELECT l.id FROM linked l JOIN linked k USING (cluster) JOIN components('SELECT id_a, id_b FROM pair WHERE probability >= 0.9') a ON a.node = l.id
	JOIN components('SELECT id_a, id_b FROM pair WHERE probability >= 0.9') b ON b.node = k.id WHERE a.component <> b.component$$, 'a cluster is part of a component of its pairs');
SELECT cmp_ok(2.0 * count(*) FILTER (WHERE same_cluster AND same_person) / (count(*) FILTER (WHERE same_cluster) + count(*) FILTER (WHERE same_person)), '>', 0.95, 'clusters are people')
FROM (SELECT a.cluster = b.cluster AS same_cluster, ra.person = rb.person AS same_person
	FROM linked a JOIN linked b ON a.id COLLATE "C" < b.id JOIN record ra ON ra.id = a.id::int JOIN record rb ON rb.id = b.id::int
	WHERE a.cluster = b.cluster OR ra.person = rb.person) p;
SELECT is((SELECT count(*) FROM model, link_pairs('SELECT id, first_name, last_name, born, town, code FROM record', m, threshold => 0.999)),
	(SELECT count(*) FROM pair WHERE probability >= 0.999), 'a threshold keeps the pairs above it');

-- ----- what says nothing -----

SELECT ok(same(m, train_linkage($$SELECT id, coalesce(first_name, '') AS first_name, coalesce(last_name, ' n/a ') AS last_name, coalesce(born, 'unknown') AS born, coalesce(town, '-') AS town,
	coalesce(code, '0000000') AS code FROM record$$)), 'NULL, empty, unknown and 0000 are the same: nothing') FROM model;
SELECT results_eq($$SELECT comparison, level, contribution FROM model, explain_linkage(m, '{}', '{"town": "x", "first_name": null}') WHERE comparison <> '(base)'$$,
	$$SELECT c, 'missing', 0.000000000000 FROM unnest('{first_name,last_name,born,town,code}'::text[]) c$$, 'what is missing speaks neither for nor against');
SELECT cmp_ok(contribution, '<', other, 'equal values say less where many have them')
FROM (SELECT first_name AS common FROM record GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1) c, (SELECT first_name AS rare FROM record WHERE first_name IS NOT NULL GROUP BY 1 ORDER BY count(*), 1 LIMIT 1) r, model,
	LATERAL (SELECT contribution FROM explain_linkage(m, jsonb_build_object('first_name', common), jsonb_build_object('first_name', common)) WHERE comparison = 'first_name') a,
	LATERAL (SELECT contribution AS other FROM explain_linkage(m, jsonb_build_object('first_name', rare), jsonb_build_object('first_name', rare)) WHERE comparison = 'first_name') b;

-- ----- specifications -----

SELECT is_empty($$SELECT p.* FROM train_linkage('SELECT * FROM record', '{"comparisons": ["first_name", "last_name", {"column": "born", "kind": "date"}], "source": "shop"}') m,
	link_pairs('SELECT * FROM record', m, threshold => 0) p JOIN record a ON a.id = id_a::int JOIN record b ON b.id = id_b::int WHERE a.shop = b.shop$$, 'records of one source are different records');
SELECT set_eq($$SELECT id_a::int, id_b::int FROM train_linkage('SELECT * FROM record', '{"comparisons": ["first_name", {"column": "code", "kind": "code"}, "town"], "blocking": [["code"], ["first_name", "town"]]}') m,
	link_pairs('SELECT * FROM record', m, threshold => 0)$$,
	$$SELECT (CASE WHEN x THEN a.id ELSE b.id END) AS one, (CASE WHEN x THEN b.id ELSE a.id END) AS other FROM record a JOIN record b ON a.id < b.id AND (a.code = b.code OR (a.first_name = b.first_name AND a.town = b.town)),
	LATERAL (SELECT a.id::text COLLATE "C" < b.id::text) o(x)$$, 'with blocking rules all pairs of which one holds are looked at, and no others');
SELECT set_eq($$SELECT c ->> 'column' FROM train_linkage('SELECT id, first_name, last_name, first_name || '' '' || last_name AS full_name, ''x'' AS constant, code FROM record') m, jsonb_array_elements(m::jsonb -> 'comparisons') c$$,
	'{first_name,last_name,code}'::text[], 'columns that say nothing, or what others say, are left out');

SELECT * FROM finish();
ROLLBACK;
