-- training sets and train_scorecard: rows by hand, named choices, learning on small journeys, what is refused
SET search_path = public, intent;
SET timezone = 'UTC';
SET extra_float_digits = 0;
SET IntervalStyle = 'postgres';

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

CREATE TABLE set_shopper (person text, journey journey);
INSERT INTO set_shopper VALUES
	('anna', '{2026-03-02T10:00:00Z view, 2026-03-04T10:00:00Z buy, 2026-03-10T10:00:00Z view, 2026-03-12T10:00:00Z buy, 2026-03-20T10:00:00Z view}'),
	('ben', '{2026-03-03T10:00:00Z view recorded_at=2026-03-11T00:00:00Z ref=1, 2026-03-15T10:00:00Z view ref=2}'),
	('cleo', '{2026-03-09T00:00:00Z buy recorded_at=2026-03-09T00:00:00.000001Z, 2026-03-09T00:00:00Z view, 2026-03-16T00:00:00Z buy}'),
	('nobody', '{}'), ('unknown', NULL), (NULL, '{2026-03-02T10:00:00Z view}');
\set query 'SELECT person, journey FROM set_shopper'
\set views '[{"name": "views", "touchpoints": ["view"], "measure": "count"}, {"name": "bought", "touchpoints": ["buy"], "measure": "exists"}]'

-- both ends by hand: what is known at the cutoff belongs to it, what comes at the horizon's end does, too
SELECT person, as_of, label, features FROM training_set(:'query', 'buy', '7 days', '{2026-03-09Z,2026-03-16Z,2026-03-09Z}', signals => :'views');
SELECT person, as_of, label, features FROM training_set(:'query', 'buy', '7 days', every => '7 days', signals => :'views', converted => 'leave_out');
SELECT person, as_of, label FROM training_set(:'query', 'buy', '7 days', signals => :'views', observed_until => '2026-03-16Z');
SELECT person, as_of, label FROM training_set(:'query', 'view -> buy', '3 days', '{2026-03-09Z}', signals => :'views');
SELECT count(*), count(DISTINCT array_length(features, 1)) FROM training_set(:'query', 'buy', '7 days', '{2026-03-09Z}');
SELECT count(*) FROM training_set('SELECT 1 AS person, NULL::intent.journey AS journey', 'buy', '7 days', signals => :'views');
SELECT count(*) FROM training_set(:'query', 'buy', '100000000 days', '{2026-03-09Z}', signals => :'views');
SELECT person_fold('anna'), person_fold('anna', 1000), person_fold('anna', 1000, 2), person_fold('', 7), person_fold(NULL);

-- a scorecard from what people did: who views buys, and the rest is noise
CREATE TABLE set_visitor AS
SELECT n AS person, journey_agg(at, channel, event, NULL) AS journey FROM (
	SELECT n, timestamptz '2026-03-01Z' + k * interval '1 hour' AS at, 'web' AS channel, 'view' AS event FROM generate_series(1, 600) n, generate_series(0, 9) k WHERE k <= n % 10
	UNION ALL SELECT n, '2026-03-02Z', 'mail', 'news' FROM generate_series(1, 600) n WHERE n / 10 % 2 = 0
	UNION ALL SELECT n, '2026-03-05Z', 'web', 'buy' FROM generate_series(1, 600) n WHERE n % 10 > n / 20 % 10
	UNION ALL SELECT n, '2026-03-06Z', 'call', 'ask' FROM generate_series(1, 600) n WHERE n / 10 % 2 = 0 AND n % 3 > 0
	UNION ALL SELECT n, '2026-04-01Z', 'web', 'view' FROM generate_series(1, 600) n) e GROUP BY n;
\set signals '[{"name": "viewing", "touchpoints": ["view"], "measure": "count"}, {"name": "news", "touchpoints": ["news"], "measure": "exists"}, {"name": "never", "touchpoints": ["never"], "measure": "count"}]'
\set intents '{"purchase": {"outcome": "buy", "horizon": "7 days"}, "question": {"outcome": "ask", "horizon": "7 days"}}'
CREATE TABLE taught AS
SELECT model, train_scorecard('SELECT person, journey FROM set_visitor', :'intents', '{2026-03-03Z}', signals => :'signals', model => model, l2 => 1) AS card
FROM unnest(ARRAY['logistic', 'boosted']) model;
SELECT model, i.intent, round(auc(score(journey, card, i.intent, '2026-03-03Z'), has_match(journey, i.outcome))::numeric, 2) AS auc,
	round(calibration_error(score(journey, card, i.intent, '2026-03-03Z'), has_match(journey, i.outcome))::numeric, 1) AS calibration_error
FROM taught, set_visitor, (VALUES ('purchase', 'buy'::jpattern), ('question', 'ask')) i(intent, outcome) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT s->>'name' AS signal, sign((s->'weights'->>'purchase')::numeric) AS purchase, abs((s->'weights'->>'purchase')::numeric) > 0.2 AS purchase_much,
	sign((s->'weights'->>'question')::numeric) AS question, abs((s->'weights'->>'question')::numeric) > 0.2 AS question_much
FROM taught, jsonb_array_elements(card::jsonb->'signals') s WHERE model = 'logistic';
SELECT DISTINCT split_part(s->>'name', ' for ', 2) AS "for", s->'transform'->'points'->0->>1 IS NOT NULL AS points FROM taught, jsonb_array_elements(card::jsonb->'signals') s WHERE model = 'boosted';
SELECT count(*) FROM taught, set_visitor, unnest(scorecard_intents(card)) i
WHERE evidence(journey, card, i, '2026-03-03Z') <> (SELECT sum(contribution) FROM explain(journey, card, i, '2026-03-03Z'));

-- a part of those without the outcome: the base is put right
SELECT abs(avg(score(journey, card, 'question', '2026-03-03Z')) - avg(has_match(journey, 'ask')::int)) < 0.08 AS what_happened
FROM (SELECT train_scorecard('SELECT person, journey FROM set_visitor', :'intents', '{2026-03-03Z}', signals => :'signals', negatives => 0.3, model => 'logistic') AS card) c, set_visitor;

-- too little to learn from: a base, and a notice
SELECT train_scorecard(:'query', '{"purchase": {"outcome": "buy", "horizon": "7 days"}, "nothing": {"outcome": "never", "horizon": "1 day"}}', '{2026-03-09Z}', signals => :'views');
SELECT scorecard_intents(train_scorecard('SELECT 1 AS person, NULL::intent.journey AS journey', '{"purchase": {"outcome": "buy", "horizon": "7 days"}}', signals => :'views'));
SELECT length(train_scorecard('SELECT person, journey FROM set_visitor', '{"purchase": {"outcome": "buy", "horizon": "7 days"}}', '{2026-03-03Z}')::text) > 100 AS proposed;

-- refusals
\pset format unaligned
\pset tuples_only on
SELECT n, pg_temp.refused(command) FROM (VALUES
	(1, $$ SELECT * FROM training_set(NULL, 'buy', '7 days') $$), (2, $$ SELECT * FROM training_set('SELECT 1', NULL, '7 days') $$), (3, $$ SELECT * FROM training_set('SELECT 1', 'buy', NULL) $$),
	(4, $$ SELECT * FROM training_set('SELECT person FROM set_shopper', 'buy', '7 days') $$), (5, $$ SELECT * FROM training_set('SELECT journey FROM set_shopper', 'buy', '7 days') $$),
	(6, $$ SELECT * FROM training_set('SELECT person, person AS journey FROM set_shopper', 'buy', '7 days') $$), (7, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper', 'buy', '1 month') $$),
	(8, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper', 'buy', '0 s') $$), (9, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper', 'buy', '-1 day') $$),
	(10, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper', 'buy', '1 day', '{}') $$), (11, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper', 'buy', '1 day', '{NULL}') $$),
	(12, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper', 'buy', '1 day', '{infinity}') $$),
	(13, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper', 'buy', '1 day', '{2026-03-09Z}', '1 day') $$),
	(14, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper', 'buy', '1 day', every => '0 s') $$), (15, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper', 'buy', '1 day', every => '1 s') $$),
	(16, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper', 'buy', '1 day', converted => 'drop') $$), (17, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper', 'buy', '1 day', sample => 0) $$),
	(18, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper', 'buy', '1 day', negatives => 'NaN') $$), (19, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper', 'buy', '1 day', folds => 0) $$),
	(20, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper', 'buy', '1 day', observed_until => 'infinity') $$), (21, $$ SELECT * FROM training_set('SELECT person, journey FROM set_shopper FOR UPDATE', 'buy', '1 day') $$),
	(22, $$ SELECT * FROM training_set('SELECT person, person, journey FROM set_shopper', 'buy', '1 day') $$), (23, $$ SELECT person_fold('anna', 0) $$),
	(24, $$ SELECT train_scorecard(NULL, '{}') $$), (25, $$ SELECT train_scorecard('SELECT 1', NULL) $$), (26, $$ SELECT train_scorecard('SELECT 1', '{}') $$), (27, $$ SELECT train_scorecard('SELECT 1', '[]') $$),
	(28, $$ SELECT train_scorecard('SELECT 1', '{"purchase": "buy"}') $$), (29, $$ SELECT train_scorecard('SELECT 1', '{"purchase": {"outcome": "buy"}}') $$),
	(30, $$ SELECT train_scorecard('SELECT 1', '{"purchase": {"horizon": "1 day"}}') $$), (31, $$ SELECT train_scorecard('SELECT 1', '{"purchase": {"outcome": "buy", "horizon": "1 year"}}') $$),
	(32, $$ SELECT train_scorecard('SELECT 1', '{"purchase": {"outcome": "buy ->", "horizon": "1 day"}}') $$), (33, $$ SELECT train_scorecard('SELECT 1', '{"purchase": {"outcome": "buy", "horizon": "1 day", "base": 1}}') $$),
	(34, $$ SELECT train_scorecard('SELECT 1', '{"purchase": {"outcome": "buy", "horizon": "1 day"}}', model => 'forest') $$), (35, $$ SELECT train_scorecard('SELECT 1', '{"purchase": {"outcome": "buy", "horizon": "1 day"}}', l2 => -1) $$),
	(36, $$ SELECT train_scorecard('SELECT 1', '{"": {"outcome": "buy", "horizon": "1 day"}}') $$)) v(n, command);
DROP TABLE set_shopper, set_visitor, taught;
