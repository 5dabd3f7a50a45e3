-- Training on parts: states are the same bytes, and models the same models, whatever the order, the plan, the parts and the shards.
BEGIN;
SET search_path = public, intent;
SELECT plan(25);

\if :{?full}
	\set rows 20000
	\set texts 70000
\else
	\set rows 1000
	\set texts 700
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;
-- some rows are equal, and so are some that fall into unlike parts
CREATE TABLE seen AS
SELECT n, visits, spent, channel, n % 3 = 0 AS member, (1 + n % 8) / 4.0::float8 AS weight, visits + CASE channel WHEN 'web' THEN 10 WHEN 'app' THEN -10 ELSE 0 END + luck > 45 AS bought
FROM generate_series(1, :rows) n, LATERAL (SELECT pg_temp.mix(n) % 30 AS visits, nullif(pg_temp.mix(n * 3) % 40, 7) / 7.0::float8 AS spent,
	(ARRAY['web', 'app', 'shop', NULL])[1 + pg_temp.mix(n * 5) % 4] AS channel, pg_temp.mix(n * 7) % 50 AS luck) d;
INSERT INTO seen SELECT n + :rows, visits, spent, channel, member, weight, bought FROM seen WHERE n % 5 = 0;
ALTER TABLE seen ADD PRIMARY KEY (n);
ANALYZE seen;

-- the four forms: of rows, weighted, as objects, as numbers
CREATE FUNCTION pg_temp.states(source text, order_by text DEFAULT '1') RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT format('SELECT train_state(r, ''bought'' %2$s) AS plain, train_state(w, ''bought'', ''weight'' %2$s) AS weighted, train_state(to_jsonb(r) - ''bought'', (r).bought %2$s) AS objects,
	train_state(ARRAY[''visits'', ''spent''], ARRAY[(r).visits, (r).spent], (r).bought %2$s) AS numbers FROM (SELECT n, (visits, spent, channel, member, bought)::learned AS r, (visits, channel, weight, bought)::learned_weighted AS w FROM %1$s) s', source, 'ORDER BY ' || order_by) $$;
CREATE FUNCTION pg_temp.plain_states(source text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT replace(pg_temp.states(source), ' ORDER BY 1', '') $$;
CREATE TYPE learned AS (visits bigint, spent float8, channel text, member boolean, bought boolean);
CREATE TYPE learned_weighted AS (visits bigint, channel text, weight float8, bought boolean);
CREATE FUNCTION pg_temp.differ(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT f.plain::text FROM whole w, (%s) f WHERE (w.plain::text, w.weighted::text, w.objects::text, w.numbers::text) IS DISTINCT FROM (f.plain::text, f.weighted::text, f.objects::text, f.numbers::text)', query);
END $$;
SELECT pg_temp.plain_states('seen') AS whole \gset
CREATE TABLE whole AS :whole;
SELECT is((SELECT plain::text = objects::text FROM whole), true, 'rows and objects are one');
SELECT is_empty(format('SELECT pg_temp.differ(%L)', pg_temp.states('seen', format('pg_temp.mix(n * 100 + %s)', shuffle))), 'shuffle ' || shuffle) FROM generate_series(1, 3) shuffle;
CREATE FUNCTION pg_temp.merged(pieces int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT format('SELECT train_merge(plain ORDER BY part DESC) AS plain, train_merge(weighted ORDER BY part) AS weighted, train_merge(objects ORDER BY pg_temp.mix(part)) AS objects, train_merge(numbers ORDER BY pg_temp.mix(part)) AS numbers FROM (%s GROUP BY part) p',
		replace(replace(pg_temp.plain_states(format('(SELECT *, pg_temp.mix(n * 13) %% %s AS part FROM seen) x', pieces)), 'SELECT train_state(r', 'SELECT part, train_state(r'), 'SELECT n, ', 'SELECT n, part, ')) $$;
SELECT is_empty(format('SELECT pg_temp.differ(%L)', pg_temp.merged(pieces)), format('split %s ways and merged', pieces)) FROM unnest(ARRAY[2, 3, 8, 64]) pieces;

-- partition-wise, and by workers: plans are looked at
CREATE TABLE parts (LIKE seen) PARTITION BY HASH (n);
CREATE TABLE part_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parts SELECT * FROM seen;
ANALYZE parts;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text; lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
		lines := lines || line || E'\n';
	END LOOP;
	RETURN lines;
END $$;
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL cpu_tuple_cost = 10;
SELECT pg_temp.plain_states('parts') AS query \gset
SELECT alike(pg_temp.plan_of(:'query'), '%Append%Partial%Aggregate%', 'the planner unites states of partitions');
CREATE TABLE partitionwise AS :query;
RESET cpu_tuple_cost;
SET LOCAL enable_partitionwise_aggregate = off;
SELECT is_empty($$ SELECT pg_temp.differ('SELECT * FROM partitionwise') $$, 'partition-wise');
ALTER TABLE seen SET (parallel_workers = 2);
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT alike(pg_temp.plan_of(:'whole'), '%Finalize%Gather%Partial%', 'the planner unites states of workers');
CREATE TABLE parallel AS :whole;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is_empty($$ SELECT pg_temp.differ('SELECT * FROM parallel') $$, 'parallel');

-- models: as train() learns from the query
CREATE TABLE asked AS
SELECT *, jsonb_build_object('model', model, 'rounds', 8, 'interactions', 2) AS options FROM (VALUES ('boosted'), ('logistic')) m(model);
CREATE TABLE models AS
SELECT model, options, train('SELECT visits, spent, channel, member, bought FROM seen', 'bought', options) AS m, train('SELECT visits, channel, weight, bought FROM seen', 'bought', options || '{"weight": "weight"}') AS weighted,
	train('SELECT visits::float8, spent, bought FROM seen', 'bought', options) AS numbers FROM asked;
SELECT is_empty($$ SELECT model FROM models, whole WHERE m <> train(plain, options) OR m <> train(objects, options) $$, 'a state of rows, and of objects: the model of the query');
SELECT is_empty($$ SELECT model FROM models, whole w WHERE models.weighted <> train(w.weighted, options) $$, 'weighted');
SELECT is_empty($$ SELECT model FROM models, whole w WHERE models.numbers <> train(w.numbers, options) $$, 'of numbers');
SELECT is_empty($$ SELECT model FROM models, parallel p WHERE m <> train(plain, options) OR models.weighted <> train(p.weighted, options) $$, 'gathered by workers');
SELECT is_empty($$ SELECT model FROM models, partitionwise p WHERE m <> train(plain, options) OR models.weighted <> train(p.weighted, options) $$, 'gathered from partitions');
SELECT is_empty(format($$ SELECT model FROM models, (%s) p WHERE m <> train(plain, options) OR models.weighted <> train(p.weighted, options) $$, pg_temp.merged(64)), 'merged of 64 parts');
SELECT is_empty($$ SELECT model FROM models, whole WHERE train(plain, options || '{"seed": 2}') <> train('SELECT visits, spent, channel, member, bought FROM seen', 'bought', options || '{"seed": 2}') $$, 'another seed');

-- shards: three tables with names and rights of their own, whose states a coordinator stores as text, bytes or values, and merges
CREATE TABLE shard_a AS SELECT * FROM seen WHERE n % 7 < 2;
CREATE TABLE shard_b AS SELECT bought, weight, member, channel, spent, visits, n FROM seen WHERE n % 7 = 2 ORDER BY pg_temp.mix(n);
CREATE TABLE shard_c AS SELECT * FROM seen WHERE n % 7 > 2 ORDER BY n DESC;
CREATE TABLE coordinator (shard text PRIMARY KEY, state partial);
ALTER TABLE coordinator ALTER state SET STORAGE external;
INSERT INTO coordinator
SELECT 'a', train_state(s, 'bought') FROM (SELECT visits, spent, channel, member, bought FROM shard_a) s
UNION ALL SELECT 'b', train_state(s, 'bought')::text::partial FROM (SELECT visits, spent, channel, member, bought FROM shard_b) s
UNION ALL SELECT 'c', train_state(to_jsonb(s) - 'bought', bought) FROM (SELECT visits, spent, channel, member, bought FROM shard_c) s;
SELECT is_empty($$ SELECT model FROM models, (SELECT train_merge(state) AS s FROM coordinator) c WHERE m <> train(s, options) $$, 'of three shards, in whatever order: the model of all rows');
SELECT is_empty($$ SELECT model FROM models, (SELECT unite(unite(c.state, a.state), b.state) AS s FROM coordinator a, coordinator b, coordinator c WHERE (a.shard, b.shard, c.shard) = ('a', 'b', 'c')) u WHERE m <> train(s, options) $$, 'united one by one');
SELECT isnt((SELECT train(state, options) FROM coordinator, asked WHERE shard = 'a' AND model = 'boosted'), (SELECT m FROM models WHERE model = 'boosted'), 'one shard alone knows less');

-- rows of one instant of reading: journeys are read on the shard, what signals measure is merged
CREATE TABLE journey_of AS
SELECT person, journey_agg(timestamptz '2026-01-01Z' + k * (1 + pg_temp.mix(person) % 5) * interval '9 hours', CASE WHEN pg_temp.mix(person * 50 + k) % 9 = 0 THEN 'buy' ELSE 'view' END) AS journey FROM generate_series(1, 200) person, generate_series(1, 30) k GROUP BY 1;
CREATE TABLE measured AS
SELECT person, signal_names(signals) AS names, features(journey, signals, timestamptz '2026-01-08Z') AS f, journey ~ 'buy -> buy -> buy -> buy' AS y
FROM journey_of, (SELECT '[{"name": "views", "touchpoints": ["view"], "measure": "count", "half_life": ["1 day", null]}, {"name": "bought", "touchpoints": ["buy"], "measure": "recency", "half_life": "7 days"}]'::signal_list AS signals) s;
SELECT is((SELECT train(train_merge(state), '{"model": "logistic"}') FROM (SELECT train_state(names, f, y) AS state FROM measured GROUP BY person % 3) p),
	train('SELECT f[1] AS "views (1 day)", f[2] AS views, f[3] AS bought, y FROM measured', 'y', '{"model": "logistic"}'), 'what signals measure');

-- many columns, many texts: what is stored reads back
SELECT ok(s::text::partial::text = s::text, 'a thousand columns') FROM (SELECT train_state(o, n % 2 = 0) AS s FROM generate_series(1, 40) n, LATERAL (SELECT jsonb_object_agg('c' || c, CASE c % 3 WHEN 0 THEN to_jsonb(n * c) WHEN 1 THEN to_jsonb(n / c::float8) ELSE to_jsonb(n || ' ' || c) END) AS o FROM generate_series(n % 3 + 1, 1000) c) j OFFSET 0) t;
SELECT ok(s::text::partial::text = s::text, 'texts whose number takes more than a byte') FROM (SELECT train_state(t, 'y') AS s FROM (SELECT md5(n::text) AS everybody, n % 300 || '' AS some, n::bigint * 1000000 AS far, n % 2 = 0 AS y FROM generate_series(1, :texts) n) t) s;

SELECT * FROM finish();
ROLLBACK;
