-- Paths and steps against window functions, and the same bits whatever the order, the plan, the parts.
BEGIN;
SET search_path = public, intent;
SET LOCAL TimeZone = 'UTC';
SELECT plan(16);

\if :{?full}
	\set people 2000
\else
	\set people 120
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

CREATE TABLE journeys AS
SELECT person, journey_agg(timestamptz '2026-01-01Z' + (pg_temp.mix(person * 1000 + n) % 20) * interval '1 hour',
	(ARRAY['web', 'app'])[1 + pg_temp.mix(person * 1003 + n) % 2], (ARRAY['view', 'cart', 'buy'])[1 + pg_temp.mix(person * 1007 + n) % 3], NULL, NULL,
	lpad(n::text, 3, '0')) AS journey
FROM generate_series(1, :people) person, generate_series(1, 1 + (pg_temp.mix(person) % 15)::int) n GROUP BY person;
CREATE TABLE event AS
SELECT person, t.n, t.occurred_at, channel || ':' || event AS touchpoint, event FROM journeys, touchpoints(journey) t;

-- paths
CREATE TABLE whole AS SELECT paths_agg(variant(journey, 3)) AS state FROM journeys;
SELECT results_eq('SELECT p.path, p.n FROM whole, paths(state, 1000000) p',
	'SELECT path, count(*) FROM (SELECT variant(journey, 3) AS path FROM journeys) v GROUP BY path ORDER BY count(*) DESC, path COLLATE "C"', 'variants with support');
SELECT is_empty($$
	SELECT top FROM whole, generate_series(0, 12) top, LATERAL (SELECT sum(n) AS n, sum(paths) AS paths, sum(share) AS share FROM paths(state, top)) p
	WHERE n <> (SELECT count(*) FROM journeys) OR paths <> (SELECT count(DISTINCT variant(journey, 3)) FROM journeys) OR abs(share - 1) > 1e-12
$$, 'with the row of all others, totals agree');
SELECT is_empty($$
	SELECT shuffle FROM (SELECT shuffle, paths_agg(variant(journey, 3) ORDER BY pg_temp.mix(person * 100 + shuffle)) AS s
		FROM journeys, generate_series(1, 10) shuffle GROUP BY 1) s, whole
	WHERE partial_send(s) <> partial_send(state)
$$, 'shuffles');
SELECT is((SELECT partial_send(paths_merge(part ORDER BY pg_temp.mix(piece)))
	FROM (SELECT pg_temp.mix(person) % pieces AS piece, paths_agg(variant(journey, 3)) AS part FROM journeys GROUP BY 1) p),
	(SELECT partial_send(state) FROM whole), format('split %s ways and merged', pieces))
FROM unnest(ARRAY[2, 3, 8, 64]) pieces;
CREATE TABLE journey_parts (LIKE journeys) PARTITION BY HASH (person);
CREATE TABLE journey_part_0 PARTITION OF journey_parts FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE journey_part_1 PARTITION OF journey_parts FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE journey_part_2 PARTITION OF journey_parts FOR VALUES WITH (MODULUS 3, REMAINDER 2);
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
SELECT paths_agg(variant(journey, 3)) AS state FROM journey_parts;
SELECT ok(pg_temp.is_partial($$ SELECT paths_agg(variant(journey, 3)) AS state FROM journey_parts $$), 'a plan that unites the parts');
RESET cpu_tuple_cost;
SELECT is((SELECT partial_send(state) FROM by_part), (SELECT partial_send(state) FROM whole), 'partition-wise');
ALTER TABLE journeys SET (parallel_workers = 2);
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
-- nobody shall be done before the others have begun
CREATE TABLE in_parallel AS
SELECT paths_agg(variant(journey, 3)) AS state FROM journeys WHERE pg_sleep(CASE WHEN person % 6 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL;
SELECT ok(pg_temp.is_partial($$ SELECT paths_agg(variant(journey, 3)) AS state FROM journeys WHERE pg_sleep(CASE WHEN person % 6 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL $$), 'a plan of partial aggregates');
SELECT is((SELECT partial_send(state) FROM in_parallel), (SELECT partial_send(state) FROM whole), 'parallel');
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is(state::text::partial::text, state::text, 'text form') FROM whole;

-- steps
SELECT is_empty($$
	SELECT * FROM (SELECT person, n.* FROM journeys, next_events(journey, '(cart | app:view)', 2) n) a
	FULL JOIN (
		SELECT e.person, e.anchor_number, step, coalesce(x.touchpoint, '(end)') AS touchpoint, x.occurred_at, x.occurred_at - e.occurred_at AS elapsed
		FROM (SELECT *, row_number() OVER (PARTITION BY person ORDER BY n)::int AS anchor_number FROM event
			WHERE event = 'cart' OR touchpoint = 'app:view') e CROSS JOIN generate_series(1, 2) step
		LEFT JOIN event x ON x.person = e.person AND x.n = e.n + step
		WHERE x.n IS NOT NULL OR step = 1 OR EXISTS (SELECT FROM event y WHERE y.person = e.person AND y.n = e.n + step - 1)) b
	USING (person, anchor_number, step)
	WHERE (a.touchpoint, a.occurred_at, a.elapsed) IS DISTINCT FROM (b.touchpoint, b.occurred_at, b.elapsed)
$$, 'next events');
SELECT is_empty($$
	SELECT * FROM (SELECT person, n.* FROM journeys, previous_events(journey, 'buy', 3) n) a
	FULL JOIN (
		SELECT e.person, e.anchor_number, step, coalesce(x.touchpoint, '(start)') AS touchpoint, x.occurred_at, e.occurred_at - x.occurred_at AS elapsed
		FROM (SELECT *, row_number() OVER (PARTITION BY person ORDER BY n)::int AS anchor_number FROM event WHERE event = 'buy') e CROSS JOIN generate_series(1, 3) step
		LEFT JOIN event x ON x.person = e.person AND x.n = e.n - step
		WHERE e.n - step >= 0) b
	USING (person, anchor_number, step)
	WHERE (a.touchpoint, a.occurred_at, a.elapsed) IS DISTINCT FROM (b.touchpoint, b.occurred_at, b.elapsed)
$$, 'previous events');
SELECT is_empty($$
	SELECT * FROM (SELECT person, r.* FROM journeys, rework(journey) r) a
	FULL JOIN (
		SELECT person, touchpoint, count(*) AS n, count(*) FILTER (WHERE before = touchpoint) AS repeats,
			count(*) FILTER (WHERE before IS DISTINCT FROM touchpoint AND nth > 1) AS returns
		FROM (SELECT *, lag(touchpoint) OVER w AS before, row_number() OVER (PARTITION BY person, touchpoint ORDER BY n) AS nth
			FROM event WINDOW w AS (PARTITION BY person ORDER BY n)) e GROUP BY 1, 2) b
	USING (person, touchpoint) WHERE (a.n, a.repeats, a.returns) IS DISTINCT FROM (b.n::int, b.repeats::int, b.returns::int)
$$, 'rework');
SELECT is_empty($$
	SELECT person, time_between(journey, '{view}', '{buy}'), t FROM journeys CROSS JOIN LATERAL (
		SELECT (SELECT occurred_at FROM event b WHERE b.person = j.person AND b.event = 'buy' AND b.n > a.n ORDER BY n LIMIT 1) - a.occurred_at AS t
		FROM (SELECT journeys.person) j LEFT JOIN LATERAL (SELECT * FROM event a WHERE a.person = j.person AND a.event = 'view' ORDER BY n LIMIT 1) a ON true) p
	WHERE time_between(journey, '{view}', '{buy}') IS DISTINCT FROM t
		OR time_between(journey, '{view}', '{buy}') IS DISTINCT FROM (SELECT elapsed FROM times_between(journey, '{view}', '{buy}') LIMIT 1)
$$, 'time between two touchpoints');

SELECT * FROM finish();
ROLLBACK;
