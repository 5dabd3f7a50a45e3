-- States of naive_bayes, survival and comparison: the same bytes whatever the order, the plan, the parts; the curve against plain SQL.
BEGIN;
SET search_path = public, intent;
SELECT plan(23);

\if :{?full}
	\set rows 20000
\else
	\set rows 1500
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;
CREATE TABLE watched AS
SELECT n, segment, label, weight, (10 + (a + 30 * label::int) % 80) / 100.0::float8 AS a, (10 + (b + 12 * label::int) % 80) / 100.0::float8 AS b, (a * 3 + b) % 400 * interval '7 hours' AS duration,
	jsonb_strip_nulls(jsonb_build_object('channel', (ARRAY['web', 'app', 'shop', NULL])[1 + a % 4], 'spent', b * a / 7.0 - 40, 'member', b % 3 = 0)) AS features
FROM generate_series(1, :rows) n, LATERAL (SELECT pg_temp.mix(n) % 3 AS segment, pg_temp.mix(n * 3) % 50 AS a, pg_temp.mix(n * 5) % 60 AS b, pg_temp.mix(n * 7) % 5 < 2 AS label, (1 + pg_temp.mix(n * 11) % 8) / 4.0::float8 AS weight) d;
ALTER TABLE watched ADD PRIMARY KEY (n);
ANALYZE watched;

-- the three, of either form, as one text
CREATE FUNCTION pg_temp.states(source text, order_by text DEFAULT '1') RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT format('SELECT segment, naive_bayes_state(features, label %2$s) AS bayes, naive_bayes_state(features, label, weight %2$s) AS bayes_weighted, survival_agg(duration, label %2$s) AS survival,
	survival_agg(duration, label, weight %2$s) AS survival_weighted, comparison_state(a, b, label %2$s) AS comparison FROM %1$s GROUP BY segment', source, 'ORDER BY ' || order_by) $$;
CREATE FUNCTION pg_temp.plain_states(source text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT replace(pg_temp.states(source), ' ORDER BY 1', '') $$;
CREATE FUNCTION pg_temp.differ(query text) RETURNS SETOF int LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT w.segment::int FROM whole w FULL JOIN (%s) f USING (segment) WHERE (w.bayes::text, w.bayes_weighted::text, w.survival::text, w.survival_weighted::text, w.comparison::text)
		IS DISTINCT FROM (f.bayes::text, f.bayes_weighted::text, f.survival::text, f.survival_weighted::text, f.comparison::text)', query);
END $$;
SELECT pg_temp.plain_states('watched') AS whole \gset
CREATE TABLE whole AS :whole;
SELECT is_empty(format('SELECT pg_temp.differ(%L)', pg_temp.states('watched', format('pg_temp.mix(n * 100 + %s)', shuffle))), 'shuffle ' || shuffle) FROM generate_series(1, 5) shuffle;
SELECT is_empty(format('SELECT pg_temp.differ(%L)', format('SELECT segment, naive_bayes_merge(bayes ORDER BY part DESC) AS bayes, naive_bayes_merge(bayes_weighted ORDER BY part) AS bayes_weighted, survival_merge(survival ORDER BY pg_temp.mix(part)) AS survival,
		survival_merge(survival_weighted ORDER BY part DESC) AS survival_weighted, comparison_merge(comparison ORDER BY pg_temp.mix(part)) AS comparison FROM (%s, part) p GROUP BY segment',
	replace(pg_temp.plain_states(format('(SELECT *, pg_temp.mix(n * 13) %% %s AS part FROM watched) w', pieces)), 'SELECT segment,', 'SELECT segment, part,'))), format('split %s ways and merged', pieces))
FROM unnest(ARRAY[2, 8, 64]) pieces;

-- partition-wise, and by workers: plans are looked at
CREATE TABLE parts (LIKE watched) PARTITION BY HASH (n);
CREATE TABLE part_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parts SELECT * FROM watched;
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
SELECT alike(pg_temp.plan_of(:'query'), '%Partial%Aggregate%', 'the planner unites states of partitions');
CREATE TABLE partitionwise AS :query;
RESET cpu_tuple_cost;
SET LOCAL enable_partitionwise_aggregate = off;
SELECT is_empty($$ SELECT pg_temp.differ('SELECT * FROM partitionwise') $$, 'partition-wise');
ALTER TABLE watched SET (parallel_workers = 2);
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT alike(pg_temp.plan_of(:'whole'), '%Finalize%Gather%Partial%', 'the planner unites states of workers');
CREATE TABLE parallel AS :whole;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is_empty($$ SELECT pg_temp.differ('SELECT * FROM parallel') $$, 'parallel');

-- text and binary forms
SELECT is_empty($$ SELECT segment FROM whole, unnest(ARRAY[bayes, bayes_weighted, survival, survival_weighted, comparison]) s WHERE s::text::partial::text <> s::text $$, 'they read back');
SELECT is((SELECT count(DISTINCT naive_bayes(bayes)::text) FROM (SELECT bayes FROM whole UNION ALL SELECT naive_bayes_merge(bayes) FROM parallel GROUP BY segment) b), 3::bigint, 'a model a segment, bit by bit');

-- naive Bayes by plain SQL: each value adds ln of its odds
SELECT is_empty($$
	WITH total AS (SELECT segment, count(*) FILTER (WHERE label) + 0.5 AS t, count(*) FILTER (WHERE NOT label) + 0.5 AS f FROM watched GROUP BY 1),
		plain AS (SELECT segment, key, value, ln((count(*) FILTER (WHERE label) + 5 * t / (t + f)) / (count(*) FILTER (WHERE NOT label) + 5 * f / (t + f))) - ln(t / f) AS adds
			FROM watched JOIN total USING (segment), unnest(ARRAY['channel', 'member']) key, LATERAL (SELECT features ->> key AS value) v GROUP BY segment, key, value, t, f)
	SELECT segment, key FROM plain JOIN whole USING (segment), explain_prediction(naive_bayes(bayes), jsonb_build_object(key, plain.value)) e WHERE e.feature = key AND abs(e.contribution - adds) > 1e-9 $$, 'what values add');
SELECT cmp_ok(min(auc)::numeric, '>=', 0.5, 'it ranks no worse than chance') FROM (SELECT segment, auc(predict(naive_bayes(bayes), features), label) FROM watched JOIN whole USING (segment) WHERE n % 10 = 0 GROUP BY 1) a;
SELECT is_empty($$ SELECT segment FROM watched JOIN whole USING (segment) WHERE n % 50 = 0 AND (SELECT sum(contribution) FROM explain_prediction(naive_bayes(bayes), features)) <> predict_evidence(naive_bayes(bayes), features) $$, 'contributions add up');
-- decay is of counts: what is left of two states is that of their union, but for rounding; and a state decayed reads back
SELECT is_empty($$
	SELECT a.segment FROM whole a JOIN whole b ON b.segment = (a.segment + 1) % 3, LATERAL (SELECT naive_bayes(unite(naive_bayes_decay(a.bayes, 0.3), naive_bayes_decay(b.bayes, 0.3))) AS x, naive_bayes(naive_bayes_decay(unite(a.bayes, b.bayes), 0.3)) AS y) m
	WHERE abs(predict_evidence(x, '{"channel": "web", "spent": 3}') - predict_evidence(y, '{"channel": "web", "spent": 3}')) > 1e-9 OR naive_bayes_decay(a.bayes, 1.0 / 3)::text::partial IS NULL $$, 'decay');

-- Kaplan and Meier in plain SQL, weights included
SELECT is_empty($$
	SELECT segment, elapsed FROM whole, survival_table(survival_weighted) s JOIN LATERAL (
		SELECT duration, exp(sum(ln(1 - events / at_risk)) OVER (ORDER BY duration)) AS survival, at_risk FROM (
			SELECT duration, sum(weight) FILTER (WHERE label) AS events, sum(sum(weight)) OVER (ORDER BY duration DESC) AS at_risk FROM watched w WHERE w.segment = whole.segment GROUP BY duration) r
		WHERE events > 0 AND events < r.at_risk) p ON p.duration = elapsed
	WHERE abs(s.survival - p.survival) > 1e-9 OR abs(s.at_risk - p.at_risk) > 1e-9 $$, 'the curve');
SELECT is_empty($$
	SELECT segment FROM whole, survival_summary(survival, interval '50 days') s, LATERAL (
		SELECT sum(extract(epoch FROM least(duration, '50 days'))) / 86400 AS exposure, count(*) FILTER (WHERE label AND duration <= '50 days') AS events FROM watched w WHERE w.segment = whole.segment) p
	WHERE abs(s.hazard - p.events / exposure) > 1e-9 $$, 'the hazard is events by time watched');
SELECT is_empty($$
	SELECT segment, e FROM whole, generate_series(0, 60, 15) e WHERE abs(survival_chance(survival, e * interval '1 day', '10 days') - (1 - survival_at(survival, (e + 10) * interval '1 day') / survival_at(survival, e * interval '1 day'))) > 1e-12 $$, 'chances follow from the curve');

-- the paired interval of equal scores is 0, and that of a and b is narrower than unpaired ones would make it
SELECT is_empty($$ SELECT c.difference FROM (SELECT comparison_state(a, a, label) AS s FROM watched) e, compare_models(s) c WHERE c.difference <> 0 OR c.low <> 0 $$, 'a score is as good as itself');
SELECT cmp_ok(abs(c.model_a - auc(w.a, w.label))::numeric, '<', 1e-12, 'auc is that of auc()') FROM (SELECT comparison_state(a, b, label) AS s FROM watched) e, compare_models(s) c, watched w WHERE c.measure = 'auc' GROUP BY c.model_a;

SELECT * FROM finish();
ROLLBACK;
