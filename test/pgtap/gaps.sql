-- Gaps of many people against deviations() and plain SQL; states of any split are the same bytes.
BEGIN;
SET search_path = public, intent;
SELECT plan(15);

\if :{?full}
	\set people 2000
\else
	\set people 200
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- random letters by two channels, an hour apart; some people have nothing, every fifth has no value
CREATE TABLE person AS
SELECT person, coalesce(journey_agg(timestamptz '2026-03-01Z' + n * interval '1 hour', CASE WHEN h % 3 > 0 THEN 'web' END, substr('abcdxy', 1 + (h % 6)::int, 1), NULL)
		FILTER (WHERE n <= pg_temp.mix(person) % 10), '{}') AS journey,
	CASE WHEN person % 5 > 0 THEN (pg_temp.mix(person + 7) % 100000 - 20000) / 100.0::float8 END AS worth
FROM generate_series(1, :people) person, generate_series(1, 9) n, LATERAL (SELECT pg_temp.mix(person * 100 + n) AS h) r
GROUP BY person;
ANALYZE person;

-- as many people with the same value and number of deviations as there can be: ranks are ties
CREATE TABLE ideal (ideal jpattern);
INSERT INTO ideal VALUES ('a'), ('a -> b -> c'), ('^ a b c $'), ('a ->[<= 2 hours] b ->[>= 3 hours] c'), ('a -> !x -> b{2,} -> c? -> d within 5 hours'), ('{a & b} -> (c | d)'), ('a -> a -> a');

-- What an analyst would write.
CREATE FUNCTION pg_temp.said(extra text[])
RETURNS TABLE (ideal text, deviation text, step text, touchpoint text, people bigint, occurrences bigint, share float8, value numeric)
LANGUAGE sql AS $$
	SELECT ideal::text, deviation, step, touchpoint, count(*), sum(n)::bigint,
		count(*)::float8 / (SELECT count(*) FROM person), sum(worth::numeric)
	FROM (SELECT ideal, person, worth, deviation, step, CASE WHEN deviation = 'extra' THEN d.touchpoint END AS touchpoint, count(*) AS n
		FROM person, ideal, deviations(journey, ideal, extra) d GROUP BY 1, 2, 3, 4, 5, 6) each
	GROUP BY ideal, deviation, step, touchpoint
$$;
-- steps of the same text are the same to said(), not to journey_gaps
CREATE FUNCTION pg_temp.differences(extra text[]) RETURNS SETOF text LANGUAGE sql AS $$
	WITH ours AS (
		SELECT ideal::text, g.deviation, g.step, g.touchpoint, g.people, g.occurrences, g.share, g.value
		FROM (SELECT ideal, gap_agg(journey, ideal, worth, extra) AS state FROM person, ideal WHERE ideal::text <> 'a -> a -> a' GROUP BY ideal) s, journey_gaps(state) g
	), said AS (SELECT * FROM pg_temp.said(extra) WHERE ideal <> 'a -> a -> a')
	(SELECT 'too much: ' || o::text FROM (TABLE ours EXCEPT TABLE said) o)
	UNION ALL
	(SELECT 'missing: ' || s::text FROM (TABLE said EXCEPT TABLE ours) s)
$$;
SELECT is_empty('SELECT pg_temp.differences(NULL)', 'plain SQL over deviations says the same');
SELECT is_empty($$SELECT pg_temp.differences(ARRAY['x', 'web:y'])$$, 'with some events extra');
SELECT is_empty($$SELECT pg_temp.differences(ARRAY['*'])$$, 'and with all of them');
SELECT is((SELECT sum(occurrences)::bigint FROM ideal, LATERAL (SELECT gap_agg(journey, ideal) AS state FROM person) s, journey_gaps(state)),
	(SELECT sum(cost) FROM ideal, person, conformance(journey, ideal)), 'all deviations are counted, those of equal steps too');
SELECT is((SELECT array_agg(people ORDER BY people) FROM journey_gaps((SELECT gap_agg(journey, 'a -> a -> a') FROM person)) WHERE deviation = 'skipped' AND step = 'a'),
	(SELECT array_agg(people ORDER BY people) FROM (
		SELECT n, count(*) AS people FROM person, generate_series(1, 3) n
		WHERE (SELECT count(*) FROM touchpoints(journey) WHERE event = 'a') < n GROUP BY n) s), 'each of three equal steps is one of its own');

-- the order is that of the documentation
CREATE FUNCTION pg_temp.out_of_order(state partial) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM (
		SELECT n, row_number() OVER (ORDER BY value DESC NULLS LAST, people DESC, occurrences DESC,
			array_position(ARRAY['skipped', 'extra', 'out of order', 'too late', 'too early'], deviation),
			strpos('a -> b -> c -> d', step), touchpoint LIKE '%:%' DESC, touchpoint COLLATE "C") AS rank
		FROM journey_gaps(state) WITH ORDINALITY g(deviation, step, touchpoint, people, occurrences, share, low, high, value, n)) r
	WHERE n <> rank
$$;
SELECT is_empty($$
	SELECT pg_temp.out_of_order(state) FROM (
		SELECT gap_agg(journey, 'a -> b -> c -> d', worth, ARRAY['*']) AS state FROM person
		UNION ALL SELECT gap_agg(journey, 'a -> b -> c -> d', NULL, ARRAY['*']) FROM person
		UNION ALL SELECT gap_agg(journey, 'a -> b -> c -> d', 0, ARRAY['*']) FROM person WHERE person <= 20
		UNION ALL SELECT gap_agg(journey, 'a -> b -> c -> d', CASE WHEN person % 2 = 0 THEN -1 END, ARRAY['*']) FROM person WHERE person <= 8) s
	WHERE pg_temp.out_of_order(state) > 0
$$, 'most value first, then most people');

-- Wilson's interval, as the book has it
SELECT is_empty($$
	SELECT people FROM journey_gaps((SELECT gap_agg(journey, '^ a b c $', worth) FROM person)) g,
		LATERAL (SELECT 1.959963984540054::float8 AS z, (SELECT count(*) FROM person)::float8 AS n, share AS p) v,
		LATERAL (SELECT (p + z ^ 2 / (2 * n)) / (1 + z ^ 2 / n) AS centre,
			z / (1 + z ^ 2 / n) * sqrt(p * (1 - p) / n + z ^ 2 / (4 * n ^ 2)) AS half) w
	WHERE abs(share_low - greatest(centre - half, 0)) > 1e-12 OR abs(share_high - least(centre + half, 1)) > 1e-12
		OR NOT (0 <= share_low AND share_low <= share AND share <= share_high AND share_high <= 1)
$$, 'interval');

-- ----- states: any order, plan and split -----

CREATE FUNCTION pg_temp.ideal() RETURNS jpattern LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT 'a ->[<= 2 hours] b -> !x -> c? -> d within 5 hours'::jpattern $$;
SELECT gap_agg(journey, pg_temp.ideal(), worth, ARRAY['y', 'a']) AS whole FROM person \gset

SELECT is_empty(format($$
	SELECT shuffle FROM (SELECT shuffle, gap_agg(journey, pg_temp.ideal(), worth, ARRAY['y', 'a'] ORDER BY pg_temp.mix(person * 7919 + shuffle)) AS state
		FROM person, generate_series(1, 5) shuffle GROUP BY shuffle) s
	WHERE partial_send(state) <> partial_send(%L)
$$, :'whole'), 'shuffled');
SELECT is_empty(format($$
	SELECT k FROM (
		SELECT k, gap_merge(state ORDER BY pg_temp.mix(part)) AS state
		FROM (SELECT k, pg_temp.mix(person) %% k AS part, gap_agg(journey, pg_temp.ideal(), worth, ARRAY['y', 'a']) AS state
			FROM person, unnest(ARRAY[2, 3, 8, 64]) k GROUP BY 1, 2
			UNION ALL SELECT k, -1, NULL FROM unnest(ARRAY[2, 3, 8, 64]) k
			UNION ALL SELECT k, -2, 'gap/1:AA==' FROM unnest(ARRAY[2, 3, 8, 64]) k) parts
		GROUP BY k) s
	WHERE partial_send(state) <> partial_send(%L)
$$, :'whole'), 'split 2, 3, 8 and 64 ways and merged, with empty parts');

CREATE TABLE person_parts (LIKE person) PARTITION BY HASH (person);
CREATE TABLE person_part_0 PARTITION OF person_parts FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE person_part_1 PARTITION OF person_parts FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE person_part_2 PARTITION OF person_parts FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO person_parts SELECT * FROM person;
ANALYZE person_parts;
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
		lines := lines || line || E'\n';
	END LOOP;
	RETURN lines;
END $$;
-- pgTAP's own functions keep a statement from workers: build a table instead, and look at the plan
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE by_part AS
SELECT gap_agg(journey, pg_temp.ideal(), worth, ARRAY['y', 'a']) AS state FROM person_parts;
SELECT is((SELECT state::text FROM by_part), :'whole', 'partition-wise');
SELECT matches(pg_temp.plan($$SELECT gap_agg(journey, pg_temp.ideal(), worth, ARRAY['y', 'a']) FROM person_parts$$), 'Append\s+->  Partial Aggregate', 'its plan');
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
-- nobody shall be done before the others have begun
CREATE TABLE in_parallel AS
SELECT gap_agg(journey, pg_temp.ideal(), worth, ARRAY['y', 'a']) AS state FROM person WHERE pg_sleep(CASE WHEN person % 10 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL;
SELECT is((SELECT state::text FROM in_parallel), :'whole', 'in parallel');
SELECT matches(pg_temp.plan($$SELECT gap_agg(journey, pg_temp.ideal(), worth, ARRAY['y', 'a']) FROM person WHERE pg_sleep(CASE WHEN person % 10 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL$$), 'Gather\s+Workers Planned: \d+\s+->  Partial Aggregate', 'its plan');

-- refused, or accepted and written as it was read
CREATE FUNCTION pg_temp.round_trip(bytes bytea) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	form CONSTANT text := 'gap/1:' || translate(encode(bytes, 'base64'), E'\n', '');
BEGIN
	RETURN form::partial::text = form;
EXCEPTION WHEN invalid_text_representation OR numeric_value_out_of_range THEN
	RETURN true;
END $$;
SELECT is_empty(format($$
	WITH form AS (SELECT decode(regexp_replace(%L, '^gap/1:', ''), 'base64') AS payload),
	changed AS (
		SELECT substr(payload, 1, n) AS bytes FROM form, generate_series(0, length(payload) - 1) n
		UNION ALL SELECT set_byte(payload, n, get_byte(payload, n) # mask) FROM form, generate_series(0, length(payload) - 1) n, unnest(ARRAY[1, 85, 128, 255]) mask)
	SELECT bytes FROM changed WHERE NOT pg_temp.round_trip(bytes)
$$, :'whole'), 'bytes cut off and changed');
SELECT is(:'whole'::partial::text, :'whole', 'as text and back');

SELECT * FROM finish();
ROLLBACK;
