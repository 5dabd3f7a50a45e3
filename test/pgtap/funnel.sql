-- Funnels of many people: the same bytes in any order and any parts, and what plain SQL counts; patterns against joins.
BEGIN;
SET search_path = public, intent;
SET LOCAL TimeZone = 'UTC';
SELECT plan(21);

\if :{?journeys}
\else
	\set journeys 300
	\set shuffles 10
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- Many equal times, every person different.
CREATE TABLE event AS
SELECT person, n, timestamptz '2026-01-01Z' + (pg_temp.mix(person * 1000 + n) % 40) * interval '1 hour' AS occurred_at,
	(ARRAY['a', 'b', 'c', 'd'])[1 + pg_temp.mix(person * 1003 + n) % 4] AS event
FROM generate_series(1, :journeys) person, generate_series(1, 12) n;
CREATE TABLE person AS
SELECT person, journey_agg(occurred_at, event) AS journey FROM event GROUP BY person;
ANALYZE person;

CREATE FUNCTION pg_temp.pattern() RETURNS jpattern LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT 'a ->[<= 20 hours] b -> !d -> c? -> {a & c} within 30 hours'::jpattern $$;
CREATE TABLE expected AS SELECT funnel_agg(journey, pg_temp.pattern()) AS state FROM person;

-- order and parts
SELECT is_empty(format($$
	SELECT shuffle FROM (SELECT shuffle, funnel_agg(journey, pg_temp.pattern() ORDER BY pg_temp.mix(person * 7919 + shuffle)) AS state
		FROM person, generate_series(1, %s) shuffle GROUP BY shuffle) s
	JOIN expected e ON s.state::text <> e.state::text
$$, :shuffles), 'shuffles');
SELECT is((SELECT funnel_merge(part ORDER BY pg_temp.mix(k))::text
	FROM (SELECT pg_temp.mix(person) % parts AS k, funnel_agg(journey, pg_temp.pattern()) AS part FROM person GROUP BY 1) p),
	(SELECT state::text FROM expected), format('split %s ways and merged', parts))
FROM unnest(ARRAY[2, 3, 8, 64]) parts;

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
CREATE TABLE person_parts (LIKE person) PARTITION BY HASH (person);
CREATE TABLE person_part_0 PARTITION OF person_parts FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE person_part_1 PARTITION OF person_parts FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE person_part_2 PARTITION OF person_parts FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO person_parts SELECT * FROM person;
ANALYZE person_parts;
-- pgTAP's own functions keep a statement from workers: build a table instead, and look at the plan
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE by_part AS
SELECT funnel_agg(journey, pg_temp.pattern()) AS state FROM person_parts;
SELECT is((SELECT state::text FROM by_part), (SELECT state::text FROM expected), 'partition-wise');
SELECT matches(pg_temp.plan($$SELECT funnel_agg(journey, pg_temp.pattern()) FROM person_parts$$), 'Append\s+->  Partial Aggregate', 'its plan');
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
-- nobody shall be done before the others have begun
CREATE TABLE in_parallel AS
SELECT funnel_agg(journey, pg_temp.pattern()) AS state FROM person WHERE pg_sleep(CASE WHEN person % 15 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL;
SELECT is((SELECT state::text FROM in_parallel), (SELECT state::text FROM expected), 'in parallel');
SELECT matches(pg_temp.plan($$SELECT funnel_agg(journey, pg_temp.pattern()) FROM person WHERE pg_sleep(CASE WHEN person % 15 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL$$), 'Gather\s+Workers Planned: \d+\s+->  Partial Aggregate', 'its plan');
SELECT is((SELECT state::text::partial::text FROM expected), (SELECT state::text FROM expected), 'as text and back');

-- refused, or accepted and written as it was read
CREATE FUNCTION pg_temp.round_trip(bytes bytea) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	form CONSTANT text := 'funnel/1:' || translate(encode(bytes, 'base64'), E'\n', '');
BEGIN
	RETURN form::partial::text = form;
EXCEPTION WHEN invalid_text_representation OR numeric_value_out_of_range THEN
	RETURN true;
END $$;
SELECT is_empty($$
	WITH form AS (SELECT decode(regexp_replace(state::text, '^funnel/1:', ''), 'base64') AS payload FROM expected),
	changed AS (
		SELECT substr(payload, 1, n) AS bytes FROM form, generate_series(0, length(payload) - 1) n
		UNION ALL SELECT set_byte(payload, n, get_byte(payload, n) # mask) FROM form, generate_series(0, length(payload) - 1) n, unnest(ARRAY[1, 85, 128, 255]) mask)
	SELECT bytes FROM changed WHERE NOT pg_temp.round_trip(bytes)
$$, 'bytes cut off and changed');

-- many steps, and one too many
CREATE FUNCTION pg_temp.steps(n int) RETURNS jpattern LANGUAGE sql AS
$$ SELECT string_agg('s' || i, ' -> ' ORDER BY i)::jpattern FROM generate_series(1, n) i $$;
CREATE TABLE walker AS
SELECT person, journey_agg(timestamptz '2026-01-01Z' + i * interval '1 min', 's' || i) AS journey FROM generate_series(1, 200) person, generate_series(1, 200) i
WHERE i <= person GROUP BY person;
SELECT results_eq($$SELECT step, name, entered, converted FROM funnel_report((SELECT funnel_agg(journey, pg_temp.steps(128)) FROM walker))$$,
	$$SELECT i, 's' || i, 202 - greatest(i, 2)::bigint, 201 - i::bigint FROM generate_series(1, 128) i$$, '128 steps');
SELECT is((SELECT funnel_agg(journey, pg_temp.steps(128))::text FROM walker),
	(SELECT funnel_merge(part)::text FROM (SELECT funnel_agg(journey, pg_temp.steps(128)) AS part FROM walker GROUP BY person % 8) p), 'and merged');
SELECT is((SELECT count(*) FROM funnel_report((SELECT funnel_agg(journey, pg_temp.steps(1000)) FROM walker WHERE person = 1))), 1000::bigint, '1000 steps');
SELECT throws_ok('SELECT funnel_agg(journey, pg_temp.steps(1001)) FROM walker', '54000', NULL, 'no more than that');

-- what plain SQL counts of funnel_level
SELECT results_eq(
	'SELECT step, entered, converted, rate FROM funnel_report((SELECT state FROM expected))',
	$$SELECT step, coalesce(lag(converted) OVER (ORDER BY step), (SELECT count(*) FROM person)) AS entered, converted,
		converted::float8 / coalesce(lag(converted) OVER (ORDER BY step), (SELECT count(*) FROM person))
	FROM (SELECT step, count(*) FILTER (WHERE funnel_level(journey, pg_temp.pattern()) >= step) AS converted
		FROM person, generate_series(1, 3) step GROUP BY step) s ORDER BY step$$,
	'people by step');

-- times from funnel(), the shares as percentile_disc finds them, to 1 %
SELECT is_empty($$
	SELECT * FROM funnel_report((SELECT state FROM expected)) r
	JOIN (SELECT 2 AS step, percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM times[2] - times[1])) AS p
		FROM person, funnel(journey, pg_temp.pattern()) WHERE level >= 2) s USING (step)
	WHERE (abs(r.p50 - p[1]) <= p[1] * 0.01 AND abs(r.p90 - p[2]) <= p[2] * 0.01) IS NOT TRUE
$$, 'times between steps');

-- matching against joins of events
CREATE FUNCTION pg_temp.found(pattern jpattern) RETURNS TABLE (person int) LANGUAGE sql AS
$$ SELECT person FROM person WHERE has_match(journey, pattern) ORDER BY 1 $$;
SELECT results_eq($$SELECT * FROM pg_temp.found('a ->[>= 2 hours, <= 5 hours] b')$$,
	$$SELECT DISTINCT a.person FROM event a JOIN event b USING (person)
	WHERE a.event = 'a' AND b.event = 'b' AND b.occurred_at - a.occurred_at BETWEEN interval '2 hours' AND '5 hours' ORDER BY 1$$, 'a gap');
SELECT results_eq($$SELECT * FROM pg_temp.found('a -> b -> a within 6 hours')$$,
	$$SELECT DISTINCT a.person FROM event a JOIN event b USING (person) JOIN event c USING (person)
	WHERE a.event = 'a' AND b.event = 'b' AND c.event = 'a' AND a.n <> c.n
		AND b.occurred_at >= a.occurred_at AND c.occurred_at >= b.occurred_at AND c.occurred_at <= a.occurred_at + interval '6 hours' ORDER BY 1$$,
	'a window, each event once');
SELECT results_eq($$SELECT * FROM pg_temp.found('a -> !c ->[<= 10 hours] b strictly')$$,
	$$SELECT DISTINCT a.person FROM event a JOIN event b USING (person)
	WHERE a.event = 'a' AND b.event = 'b' AND b.occurred_at > a.occurred_at AND b.occurred_at <= a.occurred_at + interval '10 hours'
		AND NOT EXISTS (SELECT FROM event c WHERE c.person = a.person AND c.event = 'c'
			AND c.occurred_at > a.occurred_at AND c.occurred_at < b.occurred_at) ORDER BY 1$$,
	'an exclusion');
SELECT results_eq($$SELECT * FROM pg_temp.found('d ->[<= 12 hours] !a')$$,
	$$SELECT DISTINCT d.person FROM event d WHERE event = 'd' AND NOT EXISTS (SELECT FROM event a WHERE a.person = d.person AND a.event = 'a'
		AND a.occurred_at > d.occurred_at AND a.occurred_at <= d.occurred_at + interval '12 hours') ORDER BY 1$$, 'nothing behind');

SELECT * FROM finish();
ROLLBACK;
