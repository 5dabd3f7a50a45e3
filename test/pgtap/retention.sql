-- Retention against plain SQL on the events, by every period, in zones that change their clocks; states of any split are the same bytes.
BEGIN;
SET search_path = public, intent;
SELECT plan(15);

\if :{?full}
	\set people 1000
\else
	\set people 150
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- a year and a half of events to the second; a third have a value
CREATE TABLE visit AS
SELECT person, n,
	timestamptz '2025-09-01Z' + pg_temp.mix(person) % 300 * interval '1 day'
		+ (pg_temp.mix(person * 100 + n) % (86400 * CASE WHEN n % 3 = 0 THEN 200 ELSE 20 END)) * interval '1 s' AS at,
	(ARRAY['view', 'cart', 'purchase'])[1 + pg_temp.mix(person * 101 + n) % 3] AS event,
	CASE WHEN pg_temp.mix(person * 103 + n) % 3 = 0 THEN (pg_temp.mix(person * 107 + n) % 100000 - 1000) / 100.0::float8 END AS value
FROM generate_series(1, :people) person, generate_series(1, 12) n
WHERE n <= 1 + pg_temp.mix(person + 99) % 12;
ANALYZE visit;

CREATE TABLE journeys AS
SELECT person, journey_agg(at, NULL, event, value) AS journey FROM visit GROUP BY person;
ANALYZE journeys;

-- What an analyst would write: the periods of each person, then all pairs of a cohort and a period.
CREATE FUNCTION pg_temp.said(unit text, zone text, starts text, returns text, rolling boolean)
RETURNS TABLE (cohort date, period_number int, period_start date, n_cohort bigint, n_retained bigint, revenue numeric)
LANGUAGE sql AS $$
	WITH start AS (
		SELECT person, min(at) AS at, date_trunc(unit, timezone(zone, min(at)))::date AS cohort
		FROM visit WHERE starts IN (event, '*') GROUP BY person
	), seen AS (
		SELECT person, start.cohort, date_trunc(unit, timezone(zone, visit.at))::date AS period, visit.value,
			visit.at = start.at AS first, returns IN (visit.event, '*') AS back
		FROM start JOIN visit USING (person) WHERE visit.at >= start.at
	), calendar AS (
		SELECT d::date AS period FROM (SELECT min(period) AS first, max(period) FILTER (WHERE first OR back) AS last FROM seen) s,
			generate_series(s.first::timestamp, s.last, ('1 ' || unit)::interval) d
	), cell AS (
		SELECT cohort, c.period,
			count(DISTINCT person) AS n_cohort,
			count(DISTINCT person) FILTER (WHERE (first OR back) AND (seen.period = c.period OR rolling AND seen.period > c.period)) AS n_retained,
			sum(value::numeric) FILTER (WHERE back AND seen.period = c.period) AS revenue
		FROM seen JOIN calendar c ON c.period >= seen.cohort
		GROUP BY cohort, c.period
	)
	SELECT cohort, row_number() OVER (PARTITION BY cohort ORDER BY period)::int - 1, period, n_cohort, n_retained, revenue FROM cell
$$;

CREATE FUNCTION pg_temp.differences(unit text, zone text, starts text, returns text, rolling boolean)
RETURNS SETOF text LANGUAGE sql AS $$
	WITH state AS (
		SELECT CASE WHEN starts = '*' AND returns = '*' THEN retention_agg(journey, unit, zone)
			ELSE retention_agg(journey, nullif(starts, '*')::jpattern, nullif(returns, '*')::jpattern, unit, zone) END AS state
		FROM journeys
	), ours AS (
		SELECT t.cohort, t.period_number, t.period_start, t.n_cohort, t.n_retained, t.revenue
		FROM state, retention_table(state, CASE WHEN rolling THEN 'rolling' ELSE 'classic' END) t
	)
	(SELECT 'too much: ' || o::text FROM (TABLE ours EXCEPT SELECT * FROM pg_temp.said(unit, zone, starts, returns, rolling)) o)
	UNION ALL
	(SELECT 'missing: ' || s::text FROM (SELECT * FROM pg_temp.said(unit, zone, starts, returns, rolling) EXCEPT TABLE ours) s)
$$;

SELECT is_empty(format('SELECT pg_temp.differences(%L, %L, %L, %L, %L)', unit, zone, starts, returns, rolling),
	format('%s in %s from %s to %s%s', unit, zone, starts, returns, CASE WHEN rolling THEN ', rolling' ELSE '' END))
FROM (VALUES ('month', 'UTC', '*', '*', false), ('month', 'Europe/Berlin', '*', '*', true),
	('week', 'America/St_Johns', '*', '*', false), ('week', 'Asia/Kathmandu', 'cart', 'purchase', false),
	('week', 'Europe/Berlin', 'view', '*', true), ('day', 'Australia/Lord_Howe', '*', 'purchase', false)) v(unit, zone, starts, returns, rolling);

-- days of 800 years, and the first and the last ones, are in the period that PostgreSQL says
SELECT is_empty($$
	SELECT at FROM (
		SELECT at, retention_agg(at, NULL, NULL, 'week', 'UTC') AS week, retention_agg(at, NULL, NULL, 'month', 'UTC') AS month
		FROM (SELECT timestamptz '1600-01-01Z' + n * interval '37 days' FROM generate_series(0, 7900) n
			UNION ALL VALUES ('4713-01-01Z BC'::timestamptz), ('0001-12-31Z BC'), ('0001-01-01Z'), ('294276-12-31Z')) d(at)
		GROUP BY at) s
	WHERE (SELECT cohort FROM retention_table(month)) <> date_trunc('month', timezone('UTC', at))::date
		OR (SELECT cohort FROM retention_table(week)) <> date_trunc('week', timezone('UTC', at))::date
$$, 'calendar');

-- Wilson's interval, as the book has it
SELECT is_empty($$
	SELECT n_retained, n_cohort FROM retention_table((SELECT retention_agg(journey, 'month', 'UTC') FROM journeys)) t,
		LATERAL (SELECT 1.959963984540054::float8 AS z, n_cohort::float8 AS n, rate AS p) v,
		LATERAL (SELECT (p + z ^ 2 / (2 * n)) / (1 + z ^ 2 / n) AS centre,
			z / (1 + z ^ 2 / n) * sqrt(p * (1 - p) / n + z ^ 2 / (4 * n ^ 2)) AS half) w
	WHERE abs(rate - n_retained::float8 / n_cohort) > 1e-15
		OR abs(rate_low - greatest(centre - half, 0)) > 1e-12 OR abs(rate_high - least(centre + half, 1)) > 1e-12
		OR NOT (0 <= rate_low AND rate_low <= rate AND rate <= rate_high AND rate_high <= 1)
$$, 'interval');

-- ----- states: any order, plan and split -----

SELECT retention_agg(journey, 'week', 'Europe/Berlin') AS whole FROM journeys \gset

SELECT is_empty(format($$
	SELECT shuffle FROM (SELECT shuffle, retention_agg(journey, 'week', 'Europe/Berlin' ORDER BY pg_temp.mix(person * 7919 + shuffle)) AS state
		FROM journeys, generate_series(1, 5) shuffle GROUP BY shuffle) s
	WHERE partial_send(state) <> partial_send(%L)
$$, :'whole'), 'shuffled');
SELECT is_empty(format($$
	SELECT k FROM (
		SELECT k, retention_merge(state ORDER BY pg_temp.mix(part)) AS state
		FROM (SELECT k, pg_temp.mix(person) %% k AS part, retention_agg(journey, 'week', 'Europe/Berlin') AS state
			FROM journeys, unnest(ARRAY[2, 3, 8, 64]) k GROUP BY 1, 2
			UNION ALL SELECT k, -1, NULL FROM unnest(ARRAY[2, 3, 8, 64]) k
			UNION ALL SELECT k, -2, 'retention/1:AA==' FROM unnest(ARRAY[2, 3, 8, 64]) k) parts
		GROUP BY k) s
	WHERE partial_send(state) <> partial_send(%L)
$$, :'whole'), 'split 2, 3, 8 and 64 ways and merged, with empty parts');

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
SELECT retention_agg(journey, 'week', 'Europe/Berlin') AS state FROM journey_parts;
SELECT ok(pg_temp.is_partial($$ SELECT retention_agg(journey, 'week', 'Europe/Berlin') AS state FROM journey_parts $$), 'a plan that unites the parts');
RESET cpu_tuple_cost;
SELECT is((SELECT partial_send(state) FROM by_part), partial_send(:'whole'), 'partition-wise');
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
-- nobody shall be done before the others have begun
CREATE TABLE in_parallel AS
SELECT retention_agg(journey, 'week', 'Europe/Berlin') AS state FROM journeys WHERE pg_sleep(CASE WHEN person % 7 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL;
SELECT ok(pg_temp.is_partial($$ SELECT retention_agg(journey, 'week', 'Europe/Berlin') AS state FROM journeys WHERE pg_sleep(CASE WHEN person % 7 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL $$), 'a plan of partial aggregates');
SELECT is((SELECT partial_send(state) FROM in_parallel), partial_send(:'whole'), 'parallel');

-- refused, or accepted and written as it was read
CREATE FUNCTION pg_temp.round_trip(bytes bytea) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	form CONSTANT text := 'retention/1:' || translate(encode(bytes, 'base64'), E'\n', '');
BEGIN
	RETURN form::partial::text = form;
EXCEPTION WHEN invalid_text_representation THEN
	RETURN true;
END $$;

-- bytes that are not a state: each cut, each byte changed
SELECT is_empty(format($$
	WITH form AS (SELECT %1$L::partial AS state, regexp_replace(%1$L, '^retention/1:', '') AS payload),
	changed AS (
		SELECT substr(decode(payload, 'base64'), 1, n) AS bytes FROM form, generate_series(0, length(decode(payload, 'base64')) - 1) n
		UNION ALL SELECT set_byte(decode(payload, 'base64'), n, get_byte(decode(payload, 'base64'), n) # 85) FROM form, generate_series(0, length(decode(payload, 'base64')) - 1) n)
	SELECT bytes FROM changed, LATERAL pg_temp.round_trip(bytes) t WHERE NOT t
$$, (SELECT retention_agg(journey, 'month', 'UTC') FROM journeys WHERE person % 20 = 0)), 'hostile bytes are refused, or a state of their own');

SELECT * FROM finish();
ROLLBACK;
