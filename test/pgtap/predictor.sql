-- Predictors: what is learned beats what is known, adds up, does not depend on order; many columns, many categories; whose rights count.
BEGIN;
SET search_path = public, intent;
SELECT plan(20);

\if :{?full}
	\set texts 100000
\else
	\set texts 20000
\endif

CREATE FUNCTION pg_temp.draw(n bigint, what text) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(what || n), 1, 8))::bit(32)::bigint / 4294967296.0::float8 $$;

-- a planted truth: a line, a hump, a category, an interaction, and noise
CREATE TABLE planted AS
SELECT n, line, hump, kind, noise, truth, pg_temp.draw(n, 'luck') < 1 / (1 + exp(-truth)) AS y
FROM generate_series(1, 3000) n, LATERAL (SELECT pg_temp.draw(n, 'line') AS line, CASE WHEN n % 20 > 0 THEN pg_temp.draw(n, 'hump') END AS hump,
	(ARRAY['a', 'b', 'c', NULL])[1 + floor(pg_temp.draw(n, 'kind') * 4)::int] AS kind, pg_temp.draw(n, 'noise') AS noise) x,
	LATERAL (SELECT 3 * line - 3 + CASE WHEN hump > 0.4 AND hump < 0.6 THEN 2 WHEN hump IS NULL THEN -2 ELSE 0 END
		+ CASE kind WHEN 'a' THEN 1 WHEN 'b' THEN -1 ELSE 0 END + CASE WHEN kind = 'c' AND line > 0.5 THEN 2 ELSE 0 END AS truth) t;
CREATE TABLE learned AS
SELECT kind, train('SELECT line, hump, kind, noise, y FROM planted WHERE n <= 2000', 'y', jsonb_build_object('model', kind)) AS m
FROM unnest(ARRAY['boosted', 'logistic']) kind;
CREATE TABLE judged AS
SELECT l.kind, p.n, truth, y, predict(m, to_jsonb(p)) AS said, predict_evidence(m, to_jsonb(p)) AS evidence FROM learned l, planted p WHERE n > 2000;
SELECT cmp_ok(auc(said, y)::numeric, '>', (SELECT auc(truth, y) - 0.03 FROM judged WHERE kind = 'boosted')::numeric, 'boosted: nearly as good as the truth') FROM judged WHERE kind = 'boosted';
SELECT cmp_ok(auc(said, y)::numeric, '>', (SELECT auc(truth, y) - 0.05 FROM judged WHERE kind = 'boosted')::numeric, 'logistic: not much worse') FROM judged WHERE kind = 'logistic';
SELECT cmp_ok(max(abs(said - y))::numeric, '<', 0.05, 'said as often as it happens') FROM (SELECT kind, avg(said) AS said, avg(y::int) AS y FROM judged GROUP BY 1) j;
SELECT cmp_ok(max(abs(j.auc - t.auc))::numeric, '<', 0.04, 'what rows held back say of the model holds') FROM (SELECT kind, auc(said, y) AS auc FROM judged GROUP BY 1) j JOIN learned USING (kind), predictor_training(m) t;
SELECT is_empty($$
	SELECT j.kind, j.n FROM judged j JOIN learned l ON l.kind = j.kind JOIN planted p ON p.n = j.n WHERE j.n % 10 = 0
		AND j.evidence <> (SELECT sum(contribution) FROM explain_prediction(m, to_jsonb(p))) $$, 'contributions add up');
SELECT is_empty($$
	SELECT kind FROM learned WHERE m <> train('SELECT y, noise, kind, hump, line FROM planted WHERE n <= 2000 ORDER BY md5(n::text)', 'y', jsonb_build_object('model', kind)) $$, 'any order: the same model');
SELECT cmp_ok(max(deviation), '<', 0.25, 'noise is hardly heard')
FROM (SELECT l.kind, stddev(contribution) AS deviation FROM learned l, planted p, explain_prediction(m, to_jsonb(p)) e WHERE n <= 100 AND e.feature = 'noise' GROUP BY 1) d;

-- what parallel workers read in any order is learned as it is read in one
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text; lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
		lines := lines || line || E'\n';
	END LOOP;
	RETURN lines;
END $$;
ALTER TABLE planted SET (parallel_workers = 2);
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT alike(pg_temp.plan_of('SELECT line, hump, kind, noise, y FROM planted WHERE n <= 2000'), '%Gather%', 'workers read the rows');
CREATE TABLE by_workers AS SELECT kind, train('SELECT line, hump, kind, noise, y FROM planted WHERE n <= 2000', 'y', jsonb_build_object('model', kind)) AS m FROM unnest(ARRAY['boosted', 'logistic']) kind;
SELECT is_empty('SELECT kind FROM by_workers w JOIN learned l USING (kind) WHERE w.m <> l.m', 'parallel input: the same model');
SET LOCAL max_parallel_workers_per_gather = 0;

-- equal rows are rows: few different ones can be learned from, and are judged as they come
CREATE TABLE few AS SELECT (ARRAY['a', 'b', 'c'])[1 + n % 3] AS x, pg_temp.draw(n, 'few') < (ARRAY[0.2, 0.5, 0.9])[1 + n % 3] AS y FROM generate_series(1, 3000) n;
SELECT cmp_ok(max(abs(t.auc - known))::numeric, '<', 0.02, 'twelve different rows: as good as they can be') FROM (SELECT train('SELECT x, y FROM few', 'y', jsonb_build_object('model', kind)) AS m FROM unnest(ARRAY['boosted', 'logistic']) kind OFFSET 0) l,
	predictor_training(m) t, (SELECT auc((ARRAY[0.2, 0.5, 0.9])[ascii(x) - 96], y) AS known FROM few) k;

-- weights, monotone bins and calibration together, in any order
CREATE TABLE together AS SELECT kind, train('SELECT line, hump, kind, noise, y, 1 + n % 4 / 4.0 AS w FROM planted WHERE n <= 1500', 'y', jsonb_build_object('model', kind, 'weight', 'w', 'monotone', '{"line": "rising"}'::jsonb, 'calibration', 'isotonic', 'class_weight', 2, 'l1', 0.5)) AS m
FROM unnest(ARRAY['boosted', 'logistic']) kind;
SELECT is_empty($$ SELECT kind FROM together WHERE m <> train('SELECT 1 + n % 4 / 4.0 AS w, y, kind, noise, hump, line FROM planted WHERE n <= 1500 ORDER BY md5(n::text)', 'y', jsonb_build_object('model', kind, 'weight', 'w', 'monotone', '{"line": "rising"}'::jsonb, 'calibration', 'isotonic', 'class_weight', 2, 'l1', 0.5)) $$, 'all options in any order: the same model');
SELECT is_empty($$ SELECT kind, x FROM together, generate_series(0, 0.98, 0.02) x WHERE predict_evidence(m, jsonb_build_object('line', x, 'kind', 'c', 'hump', 0.5)) > predict_evidence(m, jsonb_build_object('line', x + 0.02, 'kind', 'c', 'hump', 0.5)) $$, 'rising is rising, whatever else there is');
SELECT is_empty($$ SELECT together.kind, n FROM together JOIN planted p ON n <= 200 AND p.kind IS NOT NULL CROSS JOIN LATERAL (SELECT predict_evidence(m, to_jsonb(p)) AS e, (SELECT sum(contribution) FROM explain_prediction(m, to_jsonb(p))) AS s) x WHERE n % 20 = 0 AND e <> s $$, 'calibrated, contributions add up');
-- a signal that says nothing has a weight around nothing, in most samples
SELECT cmp_ok(count(*) FILTER (WHERE weight_low <= 0 AND weight_high >= 0), '>=', 17::bigint, 'noise: 0 is inside of the interval of its weight')
FROM generate_series(0, 19) part, predictor_report(train(format('SELECT line, noise, y FROM planted WHERE n %% 20 = %s', part), 'y', '{"model": "logistic", "transforms": "none", "l2": 0, "calibration": "none"}')) WHERE feature = 'noise';

-- many columns, many categories
SELECT is((SELECT count(*) FROM unnest(predictor_features(m))), 500::bigint, '500 columns') FROM (
	SELECT train(format('SELECT n %% 3 = 0 AS y, %s FROM generate_series(1, 150) n', string_agg(format('n %% %s AS c%s', c + 1, c), ', ')), 'y', '{"rounds": 2, "interactions": 0}') AS m
	FROM generate_series(1, 500) c) t;
SELECT is((SELECT status FROM predictor_training(train('SELECT md5(n::text) AS everybody, n % 100 AS x, n % 100 > 60 AS y FROM generate_series(1, ' || :texts || ') n', 'y', '{"rounds": 3}'))), 'ok', 'a text of each row its own');

-- the caller's rights and policies
SET LOCAL client_min_messages = warning;
CREATE ROLE intent_predictor_reader;
CREATE SCHEMA guarded;
CREATE TABLE guarded.secret AS SELECT n % 10 AS x, n % 10 > 5 AS y, n % 2 AS owner FROM generate_series(1, 200) n;
GRANT USAGE ON SCHEMA guarded, intent TO intent_predictor_reader;
SET LOCAL ROLE intent_predictor_reader;
SELECT throws_ok($$ SELECT train('SELECT x, y FROM guarded.secret', 'y') $$, '42501', NULL, 'no more than the caller may read');
RESET ROLE;
GRANT SELECT ON guarded.secret TO intent_predictor_reader;
ALTER TABLE guarded.secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON guarded.secret USING (owner = 1);
SET LOCAL ROLE intent_predictor_reader;
SELECT is((SELECT n FROM predictor_training(train('SELECT x, y FROM guarded.secret', 'y'))), 100::bigint, 'row policies hold');
RESET ROLE;
SELECT throws_ok($$ SELECT train('WITH d AS (DELETE FROM guarded.secret RETURNING x, y) SELECT x, y FROM d', 'y') $$, '0A000', NULL, 'nothing is modified');

-- kept in a table, out of line
CREATE TABLE kept AS SELECT m FROM learned, generate_series(1, 3);
ALTER TABLE kept ALTER m SET STORAGE external;
SELECT is((SELECT count(DISTINCT predict(k.m, to_jsonb(p))) FROM kept k, planted p WHERE n = 7), 2::bigint, 'two models of six rows say two things');

SELECT * FROM finish();
ROLLBACK;
