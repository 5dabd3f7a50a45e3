-- The value that stays is what DISTINCT ON finds, whatever the order of the rows, the plan, the parts.
BEGIN;
SET search_path = public, intent;
SELECT plan(13);

\set people 40
\if :{?full}
	\set people 1000
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- Few values, few times, few priorities: ties everywhere.
CREATE TABLE record AS
SELECT person, n, (ARRAY['Anna', 'anna', 'Änne', '', NULL, 'Anna Maria'])[1 + pg_temp.mix(person * 101 + n) % 6] AS name,
	CASE WHEN pg_temp.mix(person * 103 + n) % 4 > 0 THEN (pg_temp.mix(person * 107 + n) % 9 - 4)::int END AS age,
	CASE WHEN pg_temp.mix(person * 109 + n) % 5 > 0 THEN timestamptz '2026-01-01Z' + (pg_temp.mix(person * 113 + n) % 4) * interval '1 day' END AS at,
	CASE WHEN pg_temp.mix(person * 127 + n) % 5 > 0 THEN (pg_temp.mix(person * 131 + n) % 3)::int - 1 END AS priority
FROM generate_series(1, :people) person, generate_series(1, 100) n;
CREATE INDEX ON record (person);
ANALYZE record;

CREATE TABLE expected AS
SELECT person,
	(SELECT name FROM record r WHERE r.person = p.person AND name <> '' ORDER BY at DESC NULLS LAST, name COLLATE "C" LIMIT 1) AS latest,
	(SELECT name FROM record r WHERE r.person = p.person AND name <> '' ORDER BY at NULLS LAST, name COLLATE "C" LIMIT 1) AS oldest,
	(SELECT name FROM record r WHERE r.person = p.person AND name <> '' ORDER BY priority NULLS LAST, name COLLATE "C" LIMIT 1) AS preferred,
	(SELECT name FROM record r WHERE r.person = p.person AND name <> '' ORDER BY priority NULLS LAST, at DESC NULLS LAST, name COLLATE "C" LIMIT 1) AS preferred_latest,
	(SELECT name FROM record r WHERE r.person = p.person AND name <> '' GROUP BY name ORDER BY count(*) DESC, name COLLATE "C" LIMIT 1) AS most_frequent,
	(SELECT min(name COLLATE "C") FROM record r WHERE r.person = p.person AND name <> '') AS filled,
	(SELECT age FROM record r WHERE r.person = p.person AND age IS NOT NULL ORDER BY at DESC NULLS LAST, age LIMIT 1) AS age_latest,
	(SELECT age FROM record r WHERE r.person = p.person AND age IS NOT NULL GROUP BY age ORDER BY count(*) DESC, age LIMIT 1) AS age_most_frequent,
	(SELECT min(age) FROM record r WHERE r.person = p.person) AS age_filled
FROM generate_series(1, :people) AS p(person);

\set survivors 'latest(name, at), oldest(name, at), preferred(name, priority), preferred(name, priority, at) AS preferred_latest, most_frequent(name), filled(name), latest(age, at) AS age_latest, most_frequent(age) AS age_most_frequent, filled(age) AS age_filled'

SELECT isnt_empty('SELECT 1 FROM expected WHERE latest IS DISTINCT FROM oldest AND latest IS DISTINCT FROM preferred AND latest IS DISTINCT FROM filled', 'the rules differ');
SELECT set_eq('SELECT person, ' || :'survivors' || ' FROM record GROUP BY person', 'TABLE expected', 'as the same rules in SQL');
SELECT set_eq('SELECT person, ' || :'survivors' || ' FROM (SELECT * FROM record ORDER BY pg_temp.mix(n * 7919)) r GROUP BY person', 'TABLE expected', 'shuffled');

CREATE TABLE record_parts (LIKE record) PARTITION BY HASH (n);
CREATE TABLE record_part_0 PARTITION OF record_parts FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE record_part_1 PARTITION OF record_parts FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE record_part_2 PARTITION OF record_parts FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO record_parts SELECT * FROM record;
ANALYZE record_parts;
CREATE FUNCTION pg_temp.is_partial(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'Partial' THEN RETURN true; END IF;
	END LOOP;
	RETURN false;
END $$;

SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT ok(pg_temp.is_partial('SELECT person, ' || :'survivors' || ' FROM record_parts GROUP BY person'), 'the plan of the next one is partition-wise');
SELECT set_eq('SELECT person, ' || :'survivors' || ' FROM record_parts GROUP BY person', 'TABLE expected', 'partition-wise');

SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT ok(pg_temp.is_partial('SELECT person, ' || :'survivors' || ', latest(record, at) FROM record GROUP BY person'), 'the plans of the next ones are parallel');
-- what pgTAP runs through a cursor is never parallel
CREATE TABLE by_workers AS SELECT person, :survivors FROM record GROUP BY person;
CREATE TABLE rows_by_workers AS SELECT latest(record, at) AS winner FROM record GROUP BY person;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT set_eq('TABLE by_workers', 'TABLE expected', 'parallel');

-- ----- the row that wins -----

SELECT is_empty($$
	SELECT e.person FROM (SELECT person, latest(record, at) FILTER (WHERE name <> '') AS winner FROM record GROUP BY person) w JOIN expected e USING (person)
	WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r = w.winner AND r.at IS NOT DISTINCT FROM (SELECT max(at) FROM record m WHERE m.person = e.person AND name <> ''))
$$, 'the winning row is a row of its person, of the latest time');
SELECT is_empty($$
	(SELECT winner FROM rows_by_workers EXCEPT SELECT latest(record, at) FROM record GROUP BY person)
	UNION ALL (SELECT latest(record, at) FROM record GROUP BY person EXCEPT SELECT winner FROM rows_by_workers)
$$, 'and the same in parallel');

-- ----- values of all kinds -----

SELECT is_empty($$
	SELECT 1 FROM (SELECT latest(a, now()) AS a, filled(b) AS b, most_frequent(c) AS c, oldest(d, now()) AS d, latest(e, NULL) AS e, filled(f) AS f,
			most_frequent(g) AS g, filled(h) AS h, latest(i, 'infinity') AS i
		FROM (VALUES (repeat('long', 10000), 1.50::numeric, true, '{{a,b}}'::identity_map, ARRAY['x', NULL], 'f'::"char", '[1, {"a": null}]'::jsonb,
			point(1, -2), 'name'::name)) v(a, b, c, d, e, f, g, h, i)) x
	WHERE (a = repeat('long', 10000) AND b::text = '1.50' AND c AND d = '{{a,b}}' AND e = ARRAY['x', NULL] AND f = 'f' AND g = '[1, {"a": null}]'
		AND h ~= point(1, -2) AND i = 'name') IS NOT TRUE
$$, 'values of any size and kind come back as they are');
SELECT results_eq($$SELECT latest(v, at), oldest(v, at) FROM (VALUES (1, timestamptz 'infinity'), (2, '-infinity'), (3, NULL), (4, '2026-01-01Z')) t(v, at)$$,
	'VALUES (1, 2)', 'times that are infinite or not known');
SELECT results_eq($$SELECT filled(v), most_frequent(v) FROM (VALUES (2), (-1), (-2147483648), (2147483647), (2)) t(v)$$,
	'VALUES (-2147483648, 2)', 'numbers are ordered as numbers');
SELECT results_eq($$SELECT latest(v, now()) IS NULL, filled(v) IS NULL, most_frequent(v) IS NULL FROM (VALUES (''), (NULL)) t(v)$$,
	'VALUES (true, true, true)', 'nothing is NULL');

SELECT * FROM finish();
ROLLBACK;
