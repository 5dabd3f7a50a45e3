-- Transitions against window functions, on generated journeys and on a real log; the same bits whatever the order, the plan, the parts.
BEGIN;
SET search_path = public, intent;
SET LOCAL TimeZone = 'UTC';
SELECT plan(22);

\if :{?full}
	\set people 2000
\else
	\set people 150
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- Generated journeys: ties, long pauses, pauses of exactly the gap, names that need quotes, no channel.
CREATE TABLE event AS
SELECT person, n, timestamptz '2026-01-01Z' + (CASE WHEN pg_temp.mix(person * 1000 + n) % 3 = 0 THEN n * 1800.0
		ELSE n * 1800.0 + pg_temp.mix(person * 1001 + n) % 2000000 / 1000.0 END) * interval '1 s' AS occurred_at,
	(ARRAY['web', 'app', NULL, 'two words'])[1 + pg_temp.mix(person * 1003 + n) % 4] AS channel,
	(ARRAY['view', 'cart', 'buy', '(end)'])[1 + pg_temp.mix(person * 1007 + n) % 4] AS event,
	lpad(n::text, 6, '0') AS ref
FROM generate_series(1, :people) person, generate_series(1, 1 + (pg_temp.mix(person) % 30)::int) n;
CREATE TABLE journeys AS
SELECT person, journey_agg(occurred_at, channel, event, NULL, NULL, ref) AS journey FROM event GROUP BY person;

-- The plain way over rows in canonical order: nodes, edges, exact times.
CREATE FUNCTION pg_temp.plain(gap interval) RETURNS TABLE (source text, target text, n bigint, people bigint, p50 float8, p90 float8)
LANGUAGE sql AS $$
	WITH row AS (
		SELECT person, occurred_at, ref, variant(journey_agg(occurred_at, channel, event, NULL)) AS touchpoint
		FROM event GROUP BY person, occurred_at, ref, n),
	step AS (
		SELECT person, touchpoint, occurred_at, lag(touchpoint) OVER w AS before, lead(touchpoint) OVER w AS after,
			extract(epoch FROM occurred_at - lag(occurred_at) OVER w)::float8 AS time
		FROM row WINDOW w AS (PARTITION BY person ORDER BY occurred_at, ref COLLATE "C")),
	edge AS (
		SELECT person, coalesce(before, '(start)') AS source, touchpoint AS target, time
		FROM step WHERE gap IS NULL OR time IS NULL OR time * interval '1 s' <= gap
		UNION ALL SELECT person, before, '(drop-off)', time FROM step WHERE time * interval '1 s' > gap
		UNION ALL SELECT person, '(start)', touchpoint, NULL FROM step WHERE time * interval '1 s' > gap
		UNION ALL SELECT person, touchpoint, '(end)', NULL FROM step WHERE after IS NULL)
	SELECT source, target, count(*), count(DISTINCT person), percentile_disc(0.5) WITHIN GROUP (ORDER BY time), percentile_disc(0.9) WITHIN GROUP (ORDER BY time)
	FROM edge GROUP BY source, target
$$;
CREATE FUNCTION pg_temp.differs(g transition_graph, gap interval) RETURNS TABLE (source text, target text) LANGUAGE sql AS $$
	SELECT source, target FROM edges(g) e FULL JOIN pg_temp.plain(gap) p USING (source, target)
	WHERE (e.n, e.people) IS DISTINCT FROM (p.n, p.people)
		OR (abs(e.p50 - p.p50) <= p.p50 / 128 + 1e-9) IS DISTINCT FROM CASE WHEN p.p50 IS NOT NULL THEN true END
		OR (abs(e.p90 - p.p90) <= p.p90 / 128 + 1e-9) IS DISTINCT FROM CASE WHEN p.p90 IS NOT NULL THEN true END
$$;
SELECT is_empty('SELECT d.* FROM (SELECT transitions(journey) AS g FROM journeys) t, pg_temp.differs(g, NULL) d', 'without a gap');
SELECT is_empty('SELECT d.* FROM (SELECT transitions(journey, ''30 minutes'') AS g FROM journeys) t, pg_temp.differs(g, ''30 minutes'') d', 'with a gap');
SELECT is((SELECT journey_count(transitions(journey)) FROM journeys), (SELECT count(DISTINCT person) FROM event), 'journeys');

-- what flows in flows out
SELECT is_empty($$
	WITH e AS (SELECT e.* FROM (SELECT transitions(journey, '30 minutes') AS g FROM journeys) t, edges(g) e)
	SELECT coalesce(source, target) FROM (SELECT source, sum(n) AS outs FROM e GROUP BY 1) o
	FULL JOIN (SELECT target AS source, target, sum(n) AS ins FROM e GROUP BY 1) i USING (source)
	WHERE source NOT IN ('(start)', '(end)', '(drop-off)') AND outs IS DISTINCT FROM ins
$$, 'as much leads into a touchpoint as out of it');
SELECT is((SELECT sum(n) FROM edges((SELECT transitions(journey, '30 minutes') FROM journeys)) WHERE source = '(start)'),
	(SELECT sum(n) FROM edges((SELECT transitions(journey, '30 minutes') FROM journeys)) WHERE target IN ('(end)', '(drop-off)')), 'starts are ends and drop-offs');
SELECT is((SELECT sum(n) FROM edges((SELECT transitions(journey, '30 minutes') FROM journeys)) WHERE source = '(start)'),
	(SELECT sum(session_count(journey)) FROM journeys)::numeric, 'starts are sessions');

-- the same bytes
CREATE TABLE whole AS SELECT transitions(journey, '30 minutes') AS graph FROM journeys;
SELECT is_empty($$
	SELECT shuffle FROM (SELECT shuffle, transitions(journey, '30 minutes' ORDER BY pg_temp.mix(person * 100 + shuffle)) AS g
		FROM journeys, generate_series(1, 10) shuffle GROUP BY 1) s, whole
	WHERE transition_graph_send(g) <> transition_graph_send(graph)
$$, 'shuffles');
SELECT is((SELECT transition_graph_send(transition_merge(part ORDER BY pg_temp.mix(piece)))
	FROM (SELECT pg_temp.mix(person) % pieces AS piece, transitions(journey, '30 minutes') AS part FROM journeys GROUP BY 1) p),
	(SELECT transition_graph_send(graph) FROM whole), format('split %s ways and merged', pieces))
FROM unnest(ARRAY[2, 3, 8, 64]) pieces;
CREATE TABLE journey_parts (LIKE journeys) PARTITION BY HASH (person);
CREATE TABLE journey_part_0 PARTITION OF journey_parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE journey_part_1 PARTITION OF journey_parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO journey_parts SELECT * FROM journeys;
ANALYZE journey_parts;
-- pgTAP's own functions keep a statement from workers: build a table instead, and look at the plan.
CREATE FUNCTION pg_temp.is_partial(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP
		IF line ~ 'Partial' THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL max_parallel_workers_per_gather = 0;
-- rows that are dear to append make the planner unite states of the parts
SET LOCAL cpu_tuple_cost = 10;
CREATE TABLE by_part AS
SELECT transitions(journey, '30 minutes') AS state FROM journey_parts;
SELECT ok(pg_temp.is_partial($$ SELECT transitions(journey, '30 minutes') AS state FROM journey_parts $$), 'a plan that unites the parts');
RESET cpu_tuple_cost;
SELECT is((SELECT transition_graph_send(state) FROM by_part), (SELECT transition_graph_send(graph) FROM whole), 'partition-wise');
ALTER TABLE journeys SET (parallel_workers = 2);
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
-- nobody shall be done before the others have begun
CREATE TABLE in_parallel AS
SELECT transitions(journey, '30 minutes') AS state FROM journeys WHERE pg_sleep(CASE WHEN person % 7 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL;
SELECT ok(pg_temp.is_partial($$ SELECT transitions(journey, '30 minutes') AS state FROM journeys WHERE pg_sleep(CASE WHEN person % 7 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL $$), 'a plan of partial aggregates');
SELECT is((SELECT transition_graph_send(state) FROM in_parallel), (SELECT transition_graph_send(graph) FROM whole), 'parallel');
SET LOCAL max_parallel_workers_per_gather = 0;

-- states that are read while they grow, and one state for several groupings
SELECT is_empty($$
	SELECT person FROM (SELECT person, row_number() OVER w AS n, journey_count(transitions(journey) OVER w) AS so_far,
			journey_count(transitions(journey) OVER (w ROWS 2 PRECEDING)) AS moving
		FROM journeys WINDOW w AS (ORDER BY person)) j
	WHERE so_far <> n OR moving <> least(n, 3)
$$, 'as window functions');
SELECT results_eq($$
	SELECT person % 2, journey_count(transitions(journey)) FROM journeys GROUP BY GROUPING SETS ((person % 2), ()) ORDER BY 1
$$, $$
	SELECT person % 2, count(*) FROM journeys GROUP BY GROUPING SETS ((person % 2), ()) ORDER BY 1
$$, 'in grouping sets');

-- a real log: see test/data/process/README.md
CREATE TABLE log (case_id text, activity text, occurred_at timestamptz, event_order int);
\copy log FROM 'test/data/process/sepsis.csv' CSV HEADER
CREATE TABLE cases AS
SELECT case_id, journey_agg(occurred_at, NULL, activity, NULL, NULL, lpad(event_order::text, 6, '0')) AS journey FROM log GROUP BY case_id;
SELECT results_eq($$
	SELECT trim('"' FROM source), trim('"' FROM target), n, people FROM edges((SELECT transitions(journey) FROM cases)) ORDER BY 1, 2
$$, $$
	WITH step AS (SELECT case_id, activity, lag(activity) OVER w AS before, lead(activity) OVER w AS after FROM log
		WINDOW w AS (PARTITION BY case_id ORDER BY occurred_at, event_order))
	SELECT source, target, count(*), count(DISTINCT case_id) FROM (
		SELECT case_id, coalesce(before, '(start)') AS source, activity AS target FROM step
		UNION ALL SELECT case_id, activity, '(end)' FROM step WHERE after IS NULL) e
	GROUP BY 1, 2 ORDER BY 1, 2
$$, 'the directly-follows graph of a hospital log');
SELECT results_eq($$
	SELECT replace(variant(journey), '"', ''), count(*) FROM cases GROUP BY 1 ORDER BY 1
$$, $$
	SELECT string_agg, count(*) FROM (SELECT string_agg(activity, ' -> ' ORDER BY occurred_at, event_order) FROM log GROUP BY case_id) v GROUP BY 1 ORDER BY 1
$$, 'its variants');

-- hostile bytes
CREATE TABLE small AS SELECT transitions(journey, '30 minutes')::text AS m FROM journeys WHERE person <= 3;
CREATE FUNCTION pg_temp.survives(hex text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM count(*) FROM edges(hex::transition_graph);
	RETURN true;
EXCEPTION WHEN invalid_text_representation OR numeric_value_out_of_range OR character_not_in_repertoire THEN
	RETURN false;
END $$;
SELECT is_empty($$
	SELECT i FROM small, generate_series(2, length(m) - 2, 2) i WHERE pg_temp.survives(left(m, i))
$$, 'cut short at any length: refused');
SELECT lives_ok($$
	SELECT pg_temp.survives(overlay(m PLACING right(to_hex((get_byte(decode(substr(m, i, 2), 'hex'), 0) # change) + 256), 2) FROM i FOR 2))
	FROM small, generate_series(3, length(m), 2) i, unnest(ARRAY[1, 128, 255]) change
$$, 'any byte changed: refused or a value');
SELECT is(m::transition_graph::text, m, 'text form') FROM small;

SELECT * FROM finish();
ROLLBACK;
