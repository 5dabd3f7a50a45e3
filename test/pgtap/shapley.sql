-- Shapley attribution against every subset of the channels, and the same bits whatever the order, the plan, the parts.
BEGIN;
SET search_path = public, intent;
SELECT plan(20);

\if :{?full}
	\set journeys 2000
\else
	\set journeys 300
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- Generated journeys that touched some of five channels, some of them twice.
CREATE TABLE journey AS
SELECT n,
	ARRAY(SELECT c FROM unnest(ARRAY['web', 'mail', 'ads', 'über', 'shop', 'web', NULL]) WITH ORDINALITY u(c, i)
		WHERE pg_temp.mix(n * 10 + i) % 5 < 2) AS channels,
	pg_temp.mix(n + 1000000) % 3 AS conversions,
	pg_temp.mix(n + 2000000) % 5 AS non_conversions
FROM generate_series(1, :journeys) n;
ALTER TABLE journey ADD value float8;
UPDATE journey SET value = round((conversions * (1 + pg_temp.mix(n) % 100))::numeric / 3, 3);

CREATE TABLE model AS SELECT shapley_agg(channels, conversions, non_conversions, value) AS model FROM journey;

-- The definition: what a channel adds, over all subsets of the others, by |S|! (n - |S| - 1)! / n!
CREATE TABLE channel AS SELECT c, row_number() OVER (ORDER BY c COLLATE "C")::int - 1 AS bit
FROM unnest(ARRAY['web', 'mail', 'ads', 'über', 'shop']) c;
CREATE TABLE worth AS
SELECT subset, coalesce(sum(conversions), 0) AS conversions, coalesce(sum(conversions) / nullif(sum(conversions + non_conversions), 0), 0) AS rate,
	coalesce(sum(value::numeric), 0) AS value, coalesce(sum(value::numeric) / nullif(sum(conversions + non_conversions), 0), 0) AS value_rate
FROM generate_series(0, 31) subset LEFT JOIN (
	SELECT (SELECT sum(1 << bit) FROM channel WHERE c = ANY (channels)) AS members, conversions, non_conversions, value
	FROM journey WHERE array_remove(channels, NULL) <> '{}') j ON members & ~subset = 0
GROUP BY subset;
CREATE TABLE oracle AS
SELECT c AS channel, sum(weight * (w.conversions - o.conversions)) AS conversions, sum(weight * (w.value - o.value)) AS value,
	sum(weight * (w.rate - o.rate)) AS rate, sum(weight * (w.value_rate - o.value_rate)) AS value_rate
FROM channel, generate_series(0, 31) before,
	LATERAL (SELECT length(replace(before::bit(5)::text, '0', '')) AS size) s,
	LATERAL (SELECT factorial(size) * factorial(4 - size) / factorial(5) AS weight) f,
	worth w, worth o
WHERE before & (1 << bit) = 0 AND o.subset = before AND w.subset = before | (1 << bit)
GROUP BY c;

SELECT is((SELECT count(*) FROM oracle), 5::bigint, 'five channels');
SELECT is_empty($$
	SELECT channel, v.conversions, o.conversions FROM oracle o FULL JOIN (
		SELECT v.* FROM model, shapley_values(model) v WHERE channel IS NOT NULL) v USING (channel)
	WHERE (abs(v.conversions - o.conversions) < 1e-9 AND abs(v.value - o.value) < 1e-9 AND standard_error = 0) IS NOT TRUE
$$, 'worth conversions: every subset');
SELECT is_empty($$
	SELECT channel, v.conversions, o.rate FROM (SELECT o.*, n FROM oracle o, (SELECT sum(conversions + non_conversions) AS n FROM journey
		WHERE array_remove(channels, NULL) <> '{}') n) o FULL JOIN (
		SELECT v.* FROM model, shapley_values(model, 'rate') v WHERE channel IS NOT NULL) v USING (channel)
	WHERE (abs(v.conversions - o.rate * n) < 1e-8 AND abs(v.value - o.value_rate * n) < 1e-8 AND standard_error = 0) IS NOT TRUE
$$, 'worth rate: every subset');
SELECT is_empty($$
	SELECT worth FROM model, unnest(ARRAY['conversions', 'rate', 'counterfactual']) worth
	CROSS JOIN LATERAL (SELECT sum(conversions) AS c, sum(value) AS v FROM shapley_values(model, worth)) s,
		(SELECT sum(conversions) AS all_c, sum(value::numeric) AS all_v FROM journey) a
	WHERE (c, v) IS DISTINCT FROM (all_c, all_v)
$$, 'conversions and values sum to the last unit');

-- counterfactual: rates of each set less those without a channel, floored at zero
SELECT is_empty($$
	WITH s AS (
		SELECT ARRAY(SELECT DISTINCT c COLLATE "C" FROM unnest(channels) c WHERE c IS NOT NULL ORDER BY 1) AS channels,
			sum(conversions) AS c, sum(conversions + non_conversions) AS n FROM journey GROUP BY 1),
	lost AS (
		SELECT s.channels, channel, CASE WHEN cardinality(s.channels) = 1 THEN 1 ELSE greatest(0, s.c / s.n - coalesce(w.c / w.n, 0)) END AS lost
		FROM s CROSS JOIN unnest(s.channels) channel
		LEFT JOIN s w ON w.channels = array_remove(s.channels, channel) AND w.n > 0
		WHERE s.n > 0)
	SELECT channels, channel, share, expected FROM (
		SELECT *, CASE WHEN sum(lost) OVER w = 0 THEN 1.0 / count(*) OVER w ELSE lost / sum(lost) OVER w END AS expected
		FROM lost WINDOW w AS (PARTITION BY channels)) l
	FULL JOIN (SELECT s.* FROM model, shapley_shares(model, 'counterfactual') s WHERE channel IS NOT NULL) s USING (channels, channel)
	WHERE abs(share - expected) < 1e-11 IS NOT TRUE
$$, 'shares of the counterfactual worth');
SELECT is_empty($$
	SELECT worth, channels FROM model, unnest(ARRAY['conversions', 'counterfactual']) worth, shapley_shares(model, worth)
	GROUP BY 1, 2 HAVING sum(share) <> 1
$$, 'shares of a set sum to 1');

-- sampled: beyond 20 channels; 18 more that only make it many, and never convert
CREATE TABLE many AS
SELECT shapley_agg(channels, conversions, non_conversions, value) AS model FROM (
	SELECT channels, conversions, non_conversions, value FROM journey
	UNION ALL SELECT ARRAY['rare' || i], 0, 1, NULL FROM generate_series(1, 18) i) j;
SELECT is_empty($$
	SELECT f.channel, f.conversions, m.conversions, m.standard_error
	FROM (SELECT v.* FROM many, shapley_values(model, 'rate', 400, 7) v) m
	JOIN (SELECT v.* FROM many, shapley_values(model, 'rate', 4000, 11) v) f USING (channel)
	WHERE NOT (m.standard_error > 0 AND m.standard_error > f.standard_error * 2
		AND abs(m.conversions - f.conversions) < 5 * (m.standard_error + f.standard_error))
$$, 'samples of two seeds agree within their standard errors, which fall with the square root of the samples');
SELECT is((SELECT sum(conversions) FROM many, shapley_values(model, 'rate', 50)), (SELECT sum(conversions) FROM journey)::numeric,
	'sampled values sum to the last unit');
SELECT results_eq('SELECT v.* FROM many, shapley_values(model, ''rate'', 50, 3) v',
	'SELECT v.* FROM many, shapley_values(model, ''rate'', 50, 3) v', 'the same seed gives the same values');

-- the same bytes
SELECT is_empty($$
	SELECT shuffle FROM (SELECT shuffle, shapley_agg(channels, conversions, non_conversions, value ORDER BY pg_temp.mix(n * 100 + shuffle)) AS m
		FROM journey, generate_series(1, 10) shuffle GROUP BY 1) s, model
	WHERE shapley_model_send(m) <> shapley_model_send(model)
$$, 'shuffles');
SELECT is((SELECT shapley_model_send(shapley_merge(part ORDER BY pg_temp.mix(piece)))
	FROM (SELECT pg_temp.mix(n) % pieces AS piece, shapley_agg(channels, conversions, non_conversions, value) AS part
		FROM journey GROUP BY 1) p), (SELECT shapley_model_send(model) FROM model), format('split %s ways and merged', pieces))
FROM unnest(ARRAY[2, 3, 8, 64]) pieces;

CREATE TABLE journey_parts (LIKE journey) PARTITION BY HASH (n);
CREATE TABLE journey_part_0 PARTITION OF journey_parts FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE journey_part_1 PARTITION OF journey_parts FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE journey_part_2 PARTITION OF journey_parts FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO journey_parts SELECT * FROM journey;
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
SELECT shapley_agg(channels, conversions, non_conversions, value) AS state FROM journey_parts;
SELECT ok(pg_temp.is_partial($$ SELECT shapley_agg(channels, conversions, non_conversions, value) AS state FROM journey_parts $$), 'a plan that unites the parts');
RESET cpu_tuple_cost;
SELECT is((SELECT shapley_model_send(state) FROM by_part), (SELECT shapley_model_send(model) FROM model), 'partition-wise');

ALTER TABLE journey SET (parallel_workers = 2);
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
-- nobody shall be done before the others have begun
CREATE TABLE in_parallel AS
SELECT shapley_agg(channels, conversions, non_conversions, value) AS state FROM journey WHERE pg_sleep(CASE WHEN n % 15 = 0 THEN 0.01 ELSE 0 END) IS NOT NULL;
SELECT ok(pg_temp.is_partial($$ SELECT shapley_agg(channels, conversions, non_conversions, value) AS state FROM journey WHERE pg_sleep(CASE WHEN n % 15 = 0 THEN 0.01 ELSE 0 END) IS NOT NULL $$), 'a plan of partial aggregates');
SELECT is((SELECT shapley_model_send(state) FROM in_parallel), (SELECT shapley_model_send(model) FROM model), 'parallel');
SET LOCAL max_parallel_workers_per_gather = 0;

CREATE FUNCTION pg_temp.survives(hex text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sum(conversions) FROM shapley_values(hex::shapley_model, 'counterfactual');
	RETURN true;
EXCEPTION WHEN invalid_text_representation OR numeric_value_out_of_range OR character_not_in_repertoire THEN
	RETURN false;
END $$;
SELECT is_empty($$
	SELECT i FROM (SELECT model::text AS m FROM model) t, generate_series(2, length(m) - 2, 2) i WHERE pg_temp.survives(left(m, i))
$$, 'cut short at any length: refused');
SELECT lives_ok($$
	SELECT pg_temp.survives(overlay(m PLACING right(to_hex((get_byte(decode(substr(m, i, 2), 'hex'), 0) # change) + 256), 2) FROM i FOR 2))
	FROM (SELECT model::text AS m FROM model) t, generate_series(3, length(m), 2) i, unnest(ARRAY[1, 128, 255]) change
$$, 'any byte changed: refused or a value');

SELECT * FROM finish();
ROLLBACK;
