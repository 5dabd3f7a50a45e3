-- Ideals learned from the best journeys: a planted one is found, plain SQL finds the same, and any split of the people gives the same bytes.
BEGIN;
SET search_path = public, intent;
SELECT plan(18);

\if :{?full}
	\set people 20000
	\set small 400
\else
	\set people 2500
	\set small 60
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- ----- a planted ideal -----

-- steps one to five in order, each left out by one person of sixteen; noise of ten touchpoints between, more of it the less
-- a person is worth; and people who came to nothing, or to the outcome by chance
CREATE TABLE person AS
WITH planted(step, touchpoint) AS (
	VALUES (1, 'ad'), (2, 'product'), (3, 'reviews'), (4, 'cart'), (5, 'purchase')
), event AS (
	SELECT person, step * 1000 AS minute, touchpoint
	FROM generate_series(1, :people) person, planted
	WHERE person % 5 > 0 AND (step = 5 OR pg_temp.mix(person * 31 + step) % 16 > 0)
	UNION ALL
	SELECT person, (pg_temp.mix(person * 1009 + n) % 6000)::int, 'noise' || pg_temp.mix(person * 1013 + n) % 10
	FROM generate_series(1, :people) person, generate_series(0, 11) n
	WHERE n <= pg_temp.mix(person) % 12
	UNION ALL
	SELECT person, 6000, 'purchase' FROM generate_series(1, :people) person WHERE person % 25 = 0
)
SELECT person, journey_agg(timestamptz '2026-03-01Z' + minute * interval '1 minute', 'web', touchpoint, NULL) AS journey,
	CASE WHEN person % 7 > 0 THEN 100.0::float8 - (pg_temp.mix(person) % 12) + (person % 3) / 4.0 END AS worth
FROM event GROUP BY person;
ANALYZE person;

SELECT is(discover(discover_agg(journey, 'purchase', worth), best => 1, easiest => 1)::text,
	'web:ad -> web:product -> web:reviews -> web:cart -> web:purchase', 'a planted ideal is found among everybody') FROM person;
SELECT is(discover(discover_agg(journey, 'purchase', worth))::text,
	'web:ad -> web:product -> web:reviews -> web:cart -> web:purchase', 'and by the best of them') FROM person;
SELECT is(discover(discover_agg(journey, 'purchase', worth), support => 1)::text, 'web:purchase', 'only the outcome has the support of all') FROM person;
SELECT cmp_ok(avg(fitness) FILTER (WHERE has_match(journey, 'purchase')), '>', 2 * avg(fitness) FILTER (WHERE NOT has_match(journey, 'purchase')),
	'those who came to it are nearer to the ideal')
FROM (SELECT discover(discover_agg(journey, 'purchase', worth)) AS ideal FROM person) d, person, conformance(journey, ideal);

-- ----- what is kept: ranks in plain SQL -----

-- a way as text, up to the first match of an outcome of one touchpoint
CREATE FUNCTION pg_temp.ways(outcome jpattern) RETURNS TABLE (way text, worth numeric, effort numeric, people bigint) LANGUAGE sql AS $$
	SELECT variant(collapse(part)), worth::numeric(38, 12), effort(part), count(*)
	FROM person, LATERAL (SELECT ended_at FROM matches(journey, outcome, 'first')) m, as_of(journey, ended_at) part
	WHERE worth IS NOT NULL GROUP BY 1, 2, 3
$$;
-- the first ways that a share of the people went, the ways being in an order
CREATE FUNCTION pg_temp.chosen(outcome jpattern, best float8, easiest float8)
RETURNS TABLE (way text, people bigint, worth numeric, effort numeric) LANGUAGE sql AS $$
	WITH ranked AS (
		SELECT *, coalesce(sum(people) OVER (ORDER BY worth DESC, effort, way COLLATE "C" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS better
		FROM pg_temp.ways(outcome)
	), good AS (
		SELECT * FROM ranked WHERE better < 1000 AND better::float8 / (SELECT sum(people) FROM ranked)::float8 < best
	), eased AS (
		SELECT *, coalesce(sum(people) OVER (ORDER BY effort, worth DESC, way COLLATE "C" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS easier FROM good
	)
	SELECT way, people, worth, effort FROM eased WHERE easier::float8 / (SELECT sum(people) FROM good)::float8 < easiest
	ORDER BY effort, worth DESC, way COLLATE "C"
$$;
CREATE TEMP TABLE share (best float8, easiest float8);
INSERT INTO share VALUES (1, 1), (0.25, 0.5), (0.1, 0.1), (0.001, 1), (1, 0.001), (0.5, 0.2);
SELECT is_empty($$
	SELECT * FROM (SELECT discover_agg(journey, 'purchase', worth) AS state FROM person) s, share,
	LATERAL (SELECT array_agg((way, people, worth, effort)::text ORDER BY place) AS ours FROM best_journeys(state, best, easiest)) o,
	LATERAL (SELECT array_agg((way, people, worth, effort)::text ORDER BY effort, worth DESC, way COLLATE "C") AS said FROM pg_temp.chosen('purchase', best, easiest)) e
	WHERE ours IS DISTINCT FROM said
$$, 'plain SQL keeps and chooses the same ways');
SELECT is_empty($$
	SELECT * FROM (SELECT discover_agg(journey, 'product', worth) AS state FROM person) s, share,
	LATERAL (SELECT array_agg((way, people, worth, effort)::text ORDER BY place) AS ours FROM best_journeys(state, best, easiest)) o,
	LATERAL (SELECT array_agg((way, people, worth, effort)::text ORDER BY effort, worth DESC, way COLLATE "C") AS said FROM pg_temp.chosen('product', best, easiest)) e
	WHERE ours IS DISTINCT FROM said
$$, 'with many ways that several people went');

-- ----- what is learned: by trying every step at every place -----

CREATE TABLE crowd AS
SELECT crowd, person, collapse(journey_agg(timestamptz '2026-03-01Z' + n * interval '1 minute', CASE WHEN h % 2 = 0 THEN 'web' END, substr('abcd', 1 + (h % 4)::int, 1), NULL)) AS journey
FROM generate_series(1, :small) crowd, generate_series(1, 9) person, generate_series(1, 8) n, LATERAL (SELECT pg_temp.mix(crowd * 10000 + person * 100 + n) AS h) r
WHERE n <= 2 + pg_temp.mix(crowd * 100 + person) % 7
GROUP BY crowd, person;

-- touchpoints of no channel are :names here, so that nobody else fills them
CREATE FUNCTION pg_temp.exact(touchpoint text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN touchpoint LIKE '%:%' THEN touchpoint ELSE ':' || touchpoint END $$;
CREATE FUNCTION pg_temp.learned(of_crowd bigint, support float8, steps int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	chain text[] := '{}';
	step record;
	everybody CONSTANT bigint := (SELECT count(*) FROM crowd WHERE crowd = of_crowd);
BEGIN
	FOR i IN 1..steps LOOP
		SELECT touchpoint, place, count(*) FILTER (WHERE has_match(journey, array_to_string(chain[:place] || pg_temp.exact(touchpoint) || chain[place + 1:], ' -> ')::jpattern)) AS people
		INTO step
		FROM crowd, generate_series(0, cardinality(chain)) place, unnest(ARRAY['web:a', 'web:b', 'web:c', 'web:d', 'a', 'b', 'c', 'd']) touchpoint
		WHERE crowd = of_crowd
		GROUP BY touchpoint, place
		ORDER BY people DESC, touchpoint LIKE '%:%' DESC, touchpoint COLLATE "C", place LIMIT 1;
		EXIT WHEN step.people = 0 OR step.people::float8 / everybody < support;
		chain := chain[:step.place] || pg_temp.exact(step.touchpoint) || chain[step.place + 1:];
	END LOOP;
	RETURN nullif(replace(array_to_string(chain, ' -> '), ' :', ' '), '');
END $$;
-- in order of touchpoints those without a channel come last
SELECT is((SELECT string_agg(touchpoint, ',' ORDER BY n) FROM touchpoints('{2026-03-01T10:00:00Z web:a, 2026-03-01T10:00:00Z b}'), LATERAL (SELECT concat_ws(':', channel, event) AS touchpoint) t),
	'web:a,b', 'the order of touchpoints');
SELECT is_empty($$
	SELECT crowd, support, steps, ours, said
	FROM (SELECT crowd, discover_agg(journey, '. $') AS state FROM crowd GROUP BY crowd) s,
	LATERAL (SELECT (ARRAY[0.2, 0.34, 0.5, 0.7, 1])[1 + crowd % 5] AS support, (ARRAY[1, 3, 20])[1 + crowd % 3] AS steps) p,
	LATERAL (SELECT discover(state, 1, 1, support, steps)::text AS ours, regexp_replace(pg_temp.learned(crowd, support, steps), '^:', '') AS said) o
	WHERE ours IS DISTINCT FROM said
$$, 'the step that most have, again and again');

-- ----- states: any order, plan and split -----

SELECT discover_agg(journey, 'purchase', worth) AS whole FROM person \gset

SELECT is_empty(format($$
	SELECT shuffle FROM (SELECT shuffle, discover_agg(journey, 'purchase', worth ORDER BY pg_temp.mix(person * 7919 + shuffle)) AS state
		FROM person, generate_series(1, 3) shuffle GROUP BY shuffle) s
	WHERE partial_send(state) <> partial_send(%L)
$$, :'whole'), 'shuffled');
SELECT is_empty(format($$
	SELECT k FROM (
		SELECT k, discover_merge(state ORDER BY pg_temp.mix(part)) AS state
		FROM (SELECT k, pg_temp.mix(person) %% k AS part, discover_agg(journey, 'purchase', worth) AS state
			FROM person, unnest(ARRAY[2, 3, 8, 64]) k GROUP BY 1, 2
			UNION ALL SELECT k, -1, NULL FROM unnest(ARRAY[2, 3, 8, 64]) k
			UNION ALL SELECT k, -2, 'discover/1:AA==' FROM unnest(ARRAY[2, 3, 8, 64]) k) parts
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
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) ' || query LOOP
		lines := lines || line || E'\n';
	END LOOP;
	RETURN lines;
END $$;
-- statements of their own: inside a test the functions of pgTAP keep a plan serial
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL cpu_tuple_cost = 10;
CREATE TABLE partitionwise AS SELECT discover_agg(journey, 'purchase', worth) AS state FROM person_parts;
SELECT is(state::text, :'whole', 'partition-wise') FROM partitionwise;
SELECT matches(pg_temp.plan($$SELECT discover_agg(journey, 'purchase', worth) FROM person_parts$$), 'Append.*\n\s+->  Partial Aggregate', 'its plan');
RESET cpu_tuple_cost;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
-- nobody shall be done before the others have begun
CREATE TABLE in_parallel AS SELECT discover_agg(journey, 'purchase', worth) AS state FROM person WHERE pg_sleep(CASE WHEN person % 125 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL;
SELECT is(state::text, :'whole', 'in parallel') FROM in_parallel;
SELECT matches(pg_temp.plan($$SELECT discover_agg(journey, 'purchase', worth) FROM person WHERE pg_sleep(CASE WHEN person % 125 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL$$), 'Workers Launched: [1-9].*\n\s+->  Partial Aggregate', 'its plan');
RESET max_parallel_workers_per_gather;

-- groups of one person each, and final functions that leave the state as it is
SELECT is_empty($$
	SELECT person FROM (SELECT person, discover_agg(journey, 'purchase', worth) AS state FROM person GROUP BY person) s
	WHERE discover(state, 1, 1)::text IS DISTINCT FROM (SELECT nullif(array_to_string(array_agg(way), ''), '') FROM best_journeys(state, 1, 1) WHERE length(way) < 300)
		AND cardinality(regexp_split_to_array((SELECT way FROM best_journeys(state, 1, 1)), ' -> ')) <= 20
$$, 'the ideal of one person is the own way');
SELECT is(discover_agg(journey, 'purchase', worth)::text, :'whole', 'running over a window gives the whole at the end')
FROM (SELECT discover_agg(journey, 'purchase', worth) OVER (ORDER BY person) AS running, journey, worth FROM person) w;

-- refused, or accepted and written as it was read
CREATE FUNCTION pg_temp.round_trip(bytes bytea) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	form CONSTANT text := 'discover/1:' || translate(encode(bytes, 'base64'), E'\n', '');
BEGIN
	RETURN form::partial::text = form;
EXCEPTION WHEN invalid_text_representation OR numeric_value_out_of_range THEN
	RETURN true;
END $$;
SELECT is_empty($$
	WITH form AS (SELECT decode(regexp_replace((SELECT discover_agg(journey, 'purchase', worth) FROM person WHERE person <= 9)::text, '^discover/1:', ''), 'base64') AS payload),
	changed AS (
		SELECT substr(payload, 1, n) AS bytes FROM form, generate_series(0, length(payload) - 1) n
		UNION ALL SELECT set_byte(payload, n, get_byte(payload, n) # mask) FROM form, generate_series(0, length(payload) - 1) n, unnest(ARRAY[1, 85, 128, 255]) mask)
	SELECT bytes FROM changed WHERE NOT pg_temp.round_trip(bytes)
	LIMIT 3
$$, 'bytes cut off and changed');
SELECT is(:'whole'::partial::text, :'whole', 'as text and back');

SELECT * FROM finish();
ROLLBACK;
