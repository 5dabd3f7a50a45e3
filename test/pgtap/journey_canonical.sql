-- The same events give the same bytes, whatever the order, the plan, the parts.
BEGIN;
SET search_path = public, intent;
SET LOCAL TimeZone = 'UTC';
SELECT plan(11);

-- Generated journeys with many equal times, values, refs and corrections.
\if :{?journeys}
\else
	\set journeys 100
	\set shuffles 20
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

CREATE TABLE event AS
SELECT person,
	n,
	timestamptz '2026-01-01Z' + (pg_temp.mix(person * 1000 + n) % 6) * interval '1 hour' AS occurred_at,
	(ARRAY['web', 'app', NULL, ''])[1 + pg_temp.mix(person * 1001 + n) % 4] AS channel,
	(ARRAY['view', 'cart', 'buy', 'tür'])[1 + pg_temp.mix(person * 1003 + n) % 4] AS event,
	CASE WHEN pg_temp.mix(person * 1007 + n) % 3 > 0 THEN (pg_temp.mix(person * 1009 + n) % 4 - 1)::float8 / 2 END AS value,
	CASE WHEN pg_temp.mix(person * 1013 + n) % 2 > 0 THEN timestamptz '2026-01-02Z' + (pg_temp.mix(n) % 3) * interval '1 h' END AS recorded_at,
	CASE person % 3 WHEN 0 THEN NULL WHEN 1 THEN (pg_temp.mix(person * 1019 + n) % 5)::text
		ELSE 'r' || pg_temp.mix(person * 1021 + n) % 5 END AS ref
FROM generate_series(1, :journeys) person, generate_series(1, 30) n;
ANALYZE event;

CREATE FUNCTION pg_temp.bytes(j journey) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT journey_send(j) $$;

CREATE TABLE expected AS
SELECT person, journey_agg(occurred_at, channel, event, value, recorded_at, ref) AS journey
FROM event GROUP BY person;

SELECT is_empty($$
	SELECT person, shuffle
	FROM (SELECT person, shuffle, journey_agg(occurred_at, channel, event, value, recorded_at, ref
			ORDER BY pg_temp.mix(n * 7919 + shuffle)) AS journey
		FROM event, generate_series(1, $$ || :shuffles || $$) shuffle GROUP BY person, shuffle) s
	JOIN expected e USING (person)
	WHERE journey_send(s.journey) <> journey_send(e.journey)
$$, 'shuffles');

-- k parts, each a journey of its own, merged in any order
SELECT is_empty(format($$
	SELECT person FROM (
		SELECT person, journey_merge(part ORDER BY pg_temp.mix(k)) AS journey
		FROM (SELECT person, pg_temp.mix(n) %% %1$s AS k,
				journey_agg(occurred_at, channel, event, value, recorded_at, ref) AS part
			FROM event GROUP BY 1, 2) parts GROUP BY person) merged
	JOIN expected e USING (person)
	WHERE journey_send(merged.journey) <> journey_send(e.journey)
$$, k), format('split %s ways and merged', k))
FROM unnest(ARRAY[2, 3, 8, 64]) k;

SELECT is_empty($$
	SELECT person FROM expected WHERE journey_send(journey || journey) <> journey_send(journey) AND person % 3 > 0
$$, 'uniting a journey with itself changes nothing where events have refs');

SELECT is_empty($$
	SELECT person FROM (SELECT person, journey_merge(journey) AS journey
		FROM (SELECT * FROM expected UNION ALL SELECT * FROM expected) twice WHERE person % 3 > 0 GROUP BY person) m
	JOIN expected e USING (person)
	WHERE journey_send(m.journey) <> journey_send(e.journey)
$$, 'nor does merging it with itself');

-- parallel and partition-wise plans
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text; plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN plan;
END $$;
CREATE TABLE event_parts (LIKE event) PARTITION BY HASH (n);
CREATE TABLE event_part_0 PARTITION OF event_parts FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE event_part_1 PARTITION OF event_parts FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE event_part_2 PARTITION OF event_parts FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO event_parts SELECT * FROM event;
ANALYZE event_parts;
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT matches(pg_temp.plan_of($$SELECT journey_agg(occurred_at, channel, event, value, recorded_at, ref) FROM event_parts GROUP BY person$$),
	'Append.*Partial', 'a plan aggregates the partitions first');
SELECT is_empty($$
	SELECT person FROM (SELECT person, journey_agg(occurred_at, channel, event, value, recorded_at, ref) AS journey
		FROM event_parts GROUP BY person) p JOIN expected e USING (person)
	WHERE journey_send(p.journey) <> journey_send(e.journey)
$$, 'partition-wise');

SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT matches(pg_temp.plan_of($$SELECT journey_agg(occurred_at, channel, event, value, recorded_at, ref) FROM event GROUP BY person$$),
	'Gather.*Partial', 'a plan aggregates in workers first');
SELECT is_empty($$
	SELECT person FROM (SELECT person, journey_agg(occurred_at, channel, event, value, recorded_at, ref) AS journey
		FROM event GROUP BY person) p JOIN expected e USING (person)
	WHERE journey_send(p.journey) <> journey_send(e.journey)
$$, 'parallel');

SELECT * FROM finish();
ROLLBACK;
