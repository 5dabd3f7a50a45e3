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

CREATE TABLE model (m predictor);
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
CREATE TABLE shop AS
SELECT n AS id, n * 7919 % 100 AS visits, CASE WHEN n % 10 < 9 THEN (n * 104729 % 1000) / 10.0 END AS spent,
	(ARRAY['web', 'app', 'shop', NULL])[1 + n % 4] AS channel, n % 5 = 0 AS member,
	(n * 7919 % 100) + 30 * (n % 4) + (n * 31 % 97) > 130 AS bought
FROM generate_series(1, 1200) n;
CREATE TABLE learned AS
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
	(SELECT train('SELECT visits, bought FROM shop', 'bought', '{"model": "logistic", "transforms": "none", "calibration": "none", "l2": 0}') AS m) t) x;

-- constant, collinear and useless columns; a label of 0 and 1; rows without one
SELECT t.kind, t.n, t.status, predict_evidence(m, '{"one": 1}') IS NOT NULL AS says FROM (
	SELECT train('SELECT 1 AS one, NULL::text AS nothing, visits, 2 * visits AS twice, id::text AS everybody, CASE WHEN id <= 600 THEN bought::int END AS bought FROM shop', 'bought', o) AS m
	FROM unnest(ARRAY['{"model": "boosted"}', '{"model": "logistic"}', '{"model": "logistic", "l2": 0, "transforms": "none"}']::jsonb[]) o) x, predictor_training(m) t;
-- separated: with a ridge it ends, without one it says so
SELECT o, t.status FROM unnest(ARRAY['{"model": "logistic", "transforms": "none", "calibration": "none"}', '{"model": "logistic", "transforms": "none", "calibration": "none", "l2": 0}']::jsonb[]) o,
	predictor_training(train('SELECT visits, visits > 50 AS bought FROM shop', 'bought', o)) t;
-- too little to learn from
SELECT kind, t.n, t.status, t.auc, round(predict(m, '{"x": 1}')::numeric, 6) AS p FROM (VALUES
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
	(35, $$SELECT '{"kind": "boosted", "base": 0, "features": [], "training": {"rows": 1.5}}'::predictor$$)
) t(n, command) ORDER BY n;
