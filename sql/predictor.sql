-- predictor: its forms, what it says by hand, learning on small tables, too little to learn from, what is refused
SET search_path = public, intent;
SET extra_float_digits = 0;

-- prints an error as SQLSTATE, message, detail and hint
CREATE FUNCTION pg_temp.refused(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE command;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
END $$;

CREATE TEMP TABLE model (m predictor);
INSERT INTO model VALUES ('{"features": [
	{"name": "visits", "type": "number", "cuts": [3, 10], "values": [-0.5, 0.25, 1], "linear": 0.1, "log1p": -0.2, "null": -1},
	{"name": "channel", "type": "category", "values": {"web": 0.125, "app": 0.5}, "other": -0.25, "null": 0.0625}],
	"pairs": [{"features": ["channel", "visits"], "groups": [{"categories": {"web": 1}}, {"cuts": [3]}], "values": [[0, 1, 2], [3, 4, 5]]}],
	"base": -2, "kind": "boosted"}');

-- forms
SELECT m FROM model;
SELECT same(m, m::text::predictor), same(m, m::jsonb::predictor), m = m, m <> m, count(*) FROM model GROUP BY m;
SELECT length(predictor_send(m)) = length(m::text), predictor_hash(m) = predictor_hash(m::jsonb::predictor) AS hash FROM model;
SELECT predictor_features(m), t.* FROM model, predictor_training(m) t;

-- by hand: -2 + bin + 0.1 x - 0.2 log1p(x) + category + pair
SELECT f, predict_evidence(m, f), abs(predict(m, f) - 1 / (1 + exp(-predict_evidence(m, f)::float8))) < 1e-15 AS logistic
FROM model, unnest(ARRAY['{"visits": 0, "channel": "web"}', '{"visits": 3, "channel": "app"}', '{"visits": 2.999}', '{"visits": null, "channel": "web"}',
	'{}', '{"visits": -7, "channel": "fax", "unknown": [1]}', '{"visits": true, "channel": 7}']::jsonb[]) f;
SELECT e.* FROM model, explain_prediction(m, '{"visits": 12, "channel": "web"}') e;
SELECT f, (SELECT sum(contribution) FROM explain_prediction(m, f)) = predict_evidence(m, f) AS adds_up
FROM model, unnest(ARRAY['{"visits": 1e9, "channel": "web"}', '{"visits": 0.333333333333333333333}', '{}']::jsonb[]) f;
SELECT predict_array(m, '{web,12}') = predict(m, '{"visits": 12, "channel": "web"}') AS same, predict_array(m, '{NULL,NULL}') = predict(m, '{}') AS nulls FROM model;
SELECT predict(NULL, '{}'), predict(m, NULL), predict_evidence(m, NULL), (SELECT count(*) FROM explain_prediction(m, NULL)) FROM model;

-- learning: both kinds find what is there
CREATE TEMP TABLE shop AS
SELECT n AS id, n * 7919 % 100 AS visits, CASE WHEN n % 10 < 9 THEN (n * 104729 % 1000) / 10.0 END AS spent,
	(ARRAY['web', 'app', 'shop', NULL])[1 + n % 4] AS channel, n % 5 = 0 AS member,
	(n * 7919 % 100) + 30 * (n % 4) + (n * 31 % 97) > 130 AS bought
FROM generate_series(1, 1200) n;
CREATE TEMP TABLE learned AS
SELECT o, train('SELECT visits, spent, channel, member, bought FROM shop', 'bought', o) AS m
FROM unnest(ARRAY['{"model": "boosted"}', '{"model": "logistic"}', '{"model": "logistic", "transforms": "none", "calibration": "none", "l2": 0}', '{}']::jsonb[]) o;
SELECT o, t.kind, t.n, t.n_true, t.folds, t.auc > 0.9 AS auc, t.calibration_error < 0.05 AS calibrated, t.status FROM learned, predictor_training(m) t;
SELECT o, predictor_features(m), m = m::text::predictor AS read_again,
	(SELECT auc(predict(m, to_jsonb(s)), bought) > 0.9 FROM shop s) AS auc,
	(SELECT bool_and((SELECT sum(contribution) FROM explain_prediction(m, to_jsonb(s))) = predict_evidence(m, to_jsonb(s))) FROM shop s WHERE id <= 50) AS adds_up,
	(SELECT bool_and(predict_array(m, ARRAY[channel, member::text, spent::text, visits::text]) = predict(m, to_jsonb(s))) FROM shop s WHERE id <= 200) AS array_form
FROM learned;
-- rows in another order, columns in another order: the same model
SELECT o, m = train('SELECT bought, member, visits, channel, spent FROM shop ORDER BY md5(id::text)', 'bought', o) AS same FROM learned;
-- another seed: other folds
SELECT count(*) FROM (SELECT FROM generate_series(1, 3) seed
	GROUP BY train('SELECT visits, bought FROM shop', 'bought', format('{"seed": %s, "interactions": 0}', seed)::jsonb)) t;

-- the maximum-likelihood line: its gradient is 0
SELECT abs(sum(p - bought::int)) < 1e-6 AS base, abs(sum((p - bought::int) * visits)) < 1e-4 AS slope
FROM (SELECT bought, visits, predict(m, to_jsonb(s)) AS p FROM shop s,
	(SELECT train('SELECT visits, bought FROM shop', 'bought', '{"model": "logistic", "transforms": "none", "calibration": "none", "l2": 0}') AS m OFFSET 0) t) x;

-- a row of weight 3 is three rows; one of weight 0, or without one, is none
SELECT max(abs(predict_evidence(a, to_jsonb(s)) - predict_evidence(b, to_jsonb(s)))) < 1e-8 AS same, min(t.n) AS n FROM shop s,
	(SELECT train('SELECT visits, spent, bought, CASE WHEN id % 7 < 5 THEN id % 4 END AS w FROM shop', 'bought', '{"model": "logistic", "transforms": "none", "calibration": "none", "weight": "w", "l2": 0}') AS a,
		train('SELECT visits, spent, bought FROM shop, generate_series(1, id % 4) WHERE id % 7 < 5', 'bought', '{"model": "logistic", "transforms": "none", "calibration": "none", "l2": 0}') AS b OFFSET 0) m, predictor_training(a) t;
SELECT k, abs(sum(w * (predict(m, to_jsonb(s)) - bought::int)) / sum(w)) < 0.02 AS as_often, t.auc > 0.9 AS auc
FROM (SELECT *, 1 + id % 3 AS w FROM shop) s, (SELECT k, train('SELECT visits, spent, channel, bought, 1 + id % 3 AS w FROM shop', 'bought', jsonb_build_object('model', k, 'weight', 'w', 'interactions', 0)) AS m
	FROM unnest(ARRAY['boosted', 'logistic']) k OFFSET 0) l, predictor_training(m) t GROUP BY k, t.auc ORDER BY k;
-- a class that weighs more while fitting says no more often that it will happen
SELECT o, abs(avg(predict(m, to_jsonb(s)) - bought::int)) < 0.03 AS as_often FROM shop s, (SELECT o, train('SELECT visits, spent, channel, bought FROM shop', 'bought', o) AS m
	FROM unnest(ARRAY['{"class_weight": "balanced", "interactions": 0}', '{"class_weight": 5, "interactions": 0}', '{"class_weight": 5, "interactions": 0, "calibration": "none"}', '{"class_weight": 5, "calibration": "none", "model": "logistic"}']::jsonb[]) o OFFSET 0) l GROUP BY o ORDER BY o;
-- where it is rarer, all evidence moves by the logarithm of the odds
SELECT k, bool_and(abs(predict_evidence(b, to_jsonb(s)) - predict_evidence(a, to_jsonb(s)) - (ln(0.01 / 0.99) - ln(rate / (1 - rate)))) < 1e-9) AS moved
FROM shop s, (SELECT avg(bought::int) AS rate FROM shop) r, (SELECT k, train('SELECT visits, channel, bought FROM shop', 'bought', jsonb_build_object('calibration', k, 'interactions', 0)) AS a,
	train('SELECT visits, channel, bought FROM shop', 'bought', jsonb_build_object('calibration', k, 'interactions', 0, 'base_rate', 0.01)) AS b FROM unnest(ARRAY['none', 'platt', 'isotonic']) k OFFSET 0) m GROUP BY k ORDER BY k;
-- l1 leaves out what says nothing, and much of it everything
SELECT l1, string_agg(feature, ' ') FILTER (WHERE weight <> 0) AS weigh FROM unnest(ARRAY[0, 30, 100000]) l1,
	predictor_report(train('SELECT visits, spent, id * 31 % 17 AS noise, id * 17 % 23 AS din, bought FROM shop', 'bought', jsonb_build_object('model', 'logistic', 'transforms', 'none', 'l1', l1))) GROUP BY l1 ORDER BY l1;
SELECT t.auc > 0.85 AS auc FROM predictor_training(train('SELECT visits, spent, id * 31 % 17 AS noise, channel, bought FROM shop', 'bought', '{"model": "logistic", "l1": 5}')) t;
-- what is rising, or falling, never turns back, though the rows do
SELECT o, direction, bool_and(CASE direction WHEN 'rising' THEN up >= 0 ELSE up <= 0 END) AS holds, count(*) FILTER (WHERE up <> 0) > 0 AS says_something, bool_or(up < 0) AND bool_or(up > 0) AS free FROM (
	SELECT o, direction, predict_evidence(m, jsonb_build_object('x', x + 1)) - predict_evidence(m, jsonb_build_object('x', x)) AS up
	FROM (SELECT k || o AS o, direction, train('SELECT id % 100 AS x, id % 7 AS z, (id % 100 < 30 OR id % 100 > 60) = (id * 7919 % 10 < 8) AS y FROM shop', 'y',
			jsonb_build_object('model', k, 'transforms', o, 'rounds', 60, 'interactions', 0, 'monotone', CASE direction WHEN 'free' THEN '{}' ELSE jsonb_build_object('x', direction) END)) AS m
		FROM unnest(ARRAY['boosted', 'logistic']) k, unnest(ARRAY['auto', 'none']) o, unnest(ARRAY['rising', 'falling', 'free']) direction WHERE k = 'logistic' OR o = 'auto' OFFSET 0) l, generate_series(-1, 100) x) u
GROUP BY 1, 2 ORDER BY 1, 2;
-- calibration: in the model, and in what it says of each row
SELECT k, t.calibration, t.auc > 0.9 AS auc, t.auc_low < t.auc AND t.auc < t.auc_high AS between, t.calibration_error < 0.05 AS calibrated, m::jsonb ? 'calibration' AS chain, m = m::text::predictor AS read_again,
	(SELECT bool_and((SELECT sum(contribution) FROM explain_prediction(m, to_jsonb(s))) = predict_evidence(m, to_jsonb(s))) FROM shop s WHERE id <= 50) AS adds_up,
	(SELECT count(*) FROM explain_prediction(m, '{}') WHERE feature = '(calibration)') AS line
FROM (SELECT k, train('SELECT visits, spent, channel, member, bought FROM shop', 'bought', jsonb_build_object('calibration', k)) AS m FROM unnest(ARRAY['auto', 'none', 'platt', 'isotonic']) k OFFSET 0) l, predictor_training(m) t ORDER BY k;
SELECT e, predict_evidence('{"kind": "logistic", "base": 0, "features": [{"name": "e", "type": "number", "values": [0], "linear": 1}], "calibration": {"at": [-1, 0, 2], "to": [-3, 0, 0.5]}}', jsonb_build_object('e', e))
FROM unnest(ARRAY[-2, -1, -0.5, 0, 1, 2, 5]) e;

-- what a model says of itself
SELECT r.feature, r.kind, r.importance > 0.1 AS important, round(r.auc_alone::numeric, 1) AS auc_alone, r.weight IS NULL AS no_line, r.note
FROM predictor_report(train('SELECT visits, spent, -3 * visits AS minus, 7 AS one, NULL::text AS nothing, channel, (visits - 50) * 2 + CASE WHEN bought THEN 1000 ELSE 0 END AS written_later, bought FROM shop', 'bought')) r;
SELECT r.feature, r.weight_low <= r.weight AND r.weight <= r.weight_high AS inside, r.weight_low > 0 AS rises, r.weight_low < 0 AND r.weight_high > 0 AS nothing, r.note
FROM predictor_report(train('SELECT visits, id * 31 % 17 AS noise, 2 * visits - 1 AS twice, channel, bought FROM shop', 'bought', '{"model": "logistic", "transforms": "none", "l2": 0}')) r;
SELECT what, t.status, t.warnings FROM (VALUES
	('fine', train('SELECT visits, channel, member, bought FROM shop', 'bought', '{"interactions": 0}')),
	('few', train('SELECT visits, bought FROM shop WHERE id <= 40', 'bought')),
	('strange', train('SELECT visits, visits AS again, 1 AS one, bought FROM shop', 'bought', '{"interactions": 0, "rounds": 30}')),
	('leak', train('SELECT visits, CASE WHEN bought AND id % 20 > 0 THEN 1 ELSE 0 END AS paid, bought FROM shop', 'bought', '{"interactions": 0, "rounds": 30}')),
	('none', train('SELECT 1 AS x, true AS y WHERE false', 'y'))) v(what, m), predictor_training(m) t;
SELECT count(*) FROM predictor_report(NULL) UNION ALL SELECT count(*) FROM predictor_training(NULL);
-- rounds, told of
SET intent."verbose" = on;
SELECT t.rounds FROM predictor_training(train('SELECT visits, bought FROM shop', 'bought', '{"rounds": 2}')) t;
SELECT t.rounds FROM predictor_training(train('SELECT visits, bought FROM shop', 'bought', '{"model": "logistic", "transforms": "none", "calibration": "none", "l2": 0}')) t;
RESET intent."verbose";

-- constant, collinear and useless columns; a label of 0 and 1; rows without one
SELECT t.kind, t.n, t.status, predict_evidence(m, '{"one": 1}') IS NOT NULL AS says FROM (
	SELECT train('SELECT 1 AS one, NULL::text AS nothing, visits, 2 * visits AS twice, id::text AS everybody, CASE WHEN id <= 600 THEN bought::int END AS bought FROM shop', 'bought', o) AS m
	FROM unnest(ARRAY['{"model": "boosted"}', '{"model": "logistic"}', '{"model": "logistic", "l2": 0, "transforms": "none"}']::jsonb[]) o) x, predictor_training(m) t;
-- separated: with a ridge it ends, without one it says so
SELECT o, t.status FROM unnest(ARRAY['{"model": "logistic", "transforms": "none", "calibration": "none"}', '{"model": "logistic", "transforms": "none", "calibration": "none", "l2": 0}']::jsonb[]) o,
	predictor_training(train('SELECT visits, visits > 50 AS bought FROM shop', 'bought', o)) t;
-- too little to learn from
SELECT kind, t.n, t.status, t.auc < 0.6 AS weak, round(predict(m, '{"x": 1}')::numeric, 6) AS p FROM (VALUES
	('no rows', train('SELECT 1 AS x, true AS y WHERE false', 'y')),
	('no labels', train('SELECT 1 AS x, NULL::boolean AS y', 'y')),
	('one row', train('SELECT 1 AS x, true AS y', 'y')),
	('one class', train('SELECT n AS x, false AS y FROM generate_series(1, 99) n', 'y')),
	('few of one', train('SELECT n AS x, n = 1 AS y FROM generate_series(1, 99) n', 'y')),
	('no columns', train('SELECT n % 3 = 0 AS y FROM generate_series(1, 300) n', 'y'))) v(kind, m), predictor_training(m) t(model);

-- refusals
CREATE TYPE shade AS ENUM ('light', 'dark');
SELECT t.status FROM predictor_training(train('SELECT (CASE WHEN n % 3 = 0 THEN ''light'' ELSE ''dark'' END)::shade AS shade, n % 7 > 2 AS y FROM generate_series(1, 99) n', 'y')) t;
SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT train('SELECT 1 AS x', 'y')$$),
	(2, $$SELECT train('SELECT 1 AS x, 1 AS x, true AS y', 'y')$$),
	(3, $$SELECT train('SELECT 1 AS x, true AS y, true AS y', 'y')$$),
	(4, $$SELECT train('SELECT now() AS x, true AS y', 'y')$$),
	(5, $$SELECT train('SELECT 1 AS x, ''yes'' AS y', 'y')$$),
	(6, $$SELECT train('SELECT 1 AS x, 2 AS y', 'y')$$),
	(7, $$SELECT train('SELECT ''NaN''::float8 AS x, true AS y', 'y')$$),
	(8, $$SELECT train('DELETE FROM shop', 'y')$$),
	(9, $$SELECT train('SELECT 1; SELECT 2', 'y')$$),
	(10, $$SELECT train('SELECT true AS y', 'y', '{"modell": "auto"}')$$),
	(11, $$SELECT train('SELECT true AS y', 'y', '{"model": "forest"}')$$),
	(12, $$SELECT train('SELECT true AS y', 'y', '{"model": 7}')$$),
	(13, $$SELECT train('SELECT true AS y', 'y', '{"l2": -1}')$$),
	(14, $$SELECT train('SELECT true AS y', 'y', '{"bins": 2.5}')$$),
	(15, $$SELECT train('SELECT true AS y', 'y', '[]')$$),
	(16, $$SELECT predict(m, '[1]') FROM model$$),
	(17, $$SELECT predict(m, '{"visits": "3"}') FROM model$$),
	(18, $$SELECT predict(m, '{"channel": ["web"]}') FROM model$$),
	(19, $$SELECT predict(m, '{"visits": 1e400}') FROM model$$),
	(20, $$SELECT predict(m, '{"visits": 1e30}') FROM model$$),
	(21, $$SELECT predict_array(m, '{web}') FROM model$$),
	(22, $$SELECT predict_array(m, '{web,many}') FROM model$$),
	(23, $$SELECT predict_array(m, '{web,Infinity}') FROM model$$),
	(24, $$SELECT 'x'::predictor$$),
	(25, $$SELECT '[]'::predictor$$),
	(26, $$SELECT '{"kind": "boosted", "base": 0}'::predictor$$),
	(27, $$SELECT '{"kind": "forest", "base": 0, "features": []}'::predictor$$),
	(28, $$SELECT '{"kind": "boosted", "base": 1e40, "features": []}'::predictor$$),
	(29, $$SELECT '{"kind": "boosted", "base": 0, "features": [{"name": "a", "type": "number", "cuts": [2, 1], "values": [1, 2, 3]}]}'::predictor$$),
	(30, $$SELECT '{"kind": "boosted", "base": 0, "features": [{"name": "a", "type": "number", "cuts": [2], "values": [1]}]}'::predictor$$),
	(31, $$SELECT '{"kind": "boosted", "base": 0, "features": [{"name": "a", "type": "text", "values": {}}]}'::predictor$$),
	(32, $$SELECT '{"kind": "boosted", "base": 0, "features": [{"name": "a", "type": "category", "values": {}, "cuts": []}]}'::predictor$$),
	(33, $$SELECT '{"kind": "boosted", "base": 0, "features": [{"name": "a", "type": "category", "values": {}}, {"name": "a", "type": "category", "values": {}}]}'::predictor$$),
	(34, $$SELECT '{"kind": "boosted", "base": 0, "features": [], "pairs": [{"features": ["a", "b"], "groups": [{}, {}], "values": []}]}'::predictor$$),
	(35, $$SELECT '{"kind": "boosted", "base": 0, "features": [], "training": {"rows": 1.5}}'::predictor$$),
	(36, $$SELECT '{"kind": "boosted", "base": 0, "features": [], "training": {"calibration": "best"}}'::predictor$$),
	(37, $$SELECT '{"kind": "boosted", "base": 0, "features": [], "calibration": {"at": [0, 1], "to": [0]}}'::predictor$$),
	(38, $$SELECT '{"kind": "boosted", "base": 0, "features": [], "calibration": {"at": [0, 0], "to": [0, 1]}}'::predictor$$),
	(39, $$SELECT '{"kind": "boosted", "base": 0, "features": [], "calibration": {"at": [0, 1], "to": [1, 0]}}'::predictor$$),
	(40, $$SELECT train('SELECT 1 AS x, true AS y', 'y', '{"monotone": "x"}')$$),
	(41, $$SELECT train('SELECT 1 AS x, true AS y', 'y', '{"monotone": {"x": "up"}}')$$),
	(42, $$SELECT train('SELECT 1 AS x, true AS y', 'y', '{"monotone": {"z": "rising"}}')$$),
	(43, $$SELECT train('SELECT ''a'' AS x, true AS y', 'y', '{"monotone": {"x": "rising"}}')$$),
	(44, $$SELECT train('SELECT 1 AS x, true AS y', 'y', '{"weight": "w"}')$$),
	(45, $$SELECT train('SELECT 1 AS x, true AS y, ''much'' AS w', 'y', '{"weight": "w"}')$$),
	(46, $$SELECT train('SELECT 1 AS x, true AS y, -1 AS w', 'y', '{"weight": "w"}')$$),
	(47, $$SELECT train('SELECT 1 AS x, true AS y', 'y', '{"class_weight": "equal"}')$$),
	(48, $$SELECT train('SELECT 1 AS x, true AS y', 'y', '{"class_weight": 0}')$$),
	(49, $$SELECT train('SELECT 1 AS x, true AS y', 'y', '{"base_rate": 1}')$$),
	(50, $$SELECT train('SELECT 1 AS x, true AS y', 'y', '{"calibration": "magic"}')$$),
	(51, $$SELECT train('SELECT ''Infinity''::float4 AS x, true AS y', 'y')$$),
	(52, $$SELECT train('SELECT ''NaN''::numeric AS x, true AS y', 'y')$$)
) t(n, command) ORDER BY n;
