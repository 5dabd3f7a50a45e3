-- Learned from the first half of the year, judged on the second, beside three baselines that learn in the same way.
SET TimeZone = 'UTC';
SET search_path = public, intent;

CREATE TABLE household AS
SELECT household AS person, journey_agg(occurred_at,
	CASE WHEN kind LIKE 'mail %' THEN 'mail' WHEN kind = 'redeem' THEN 'coupon' ELSE 'shop' END,
	CASE WHEN kind LIKE 'mail %' THEN lower(replace(substr(kind, 6), ' ', '_')) ELSE kind END,
	CASE WHEN kind = 'buy' THEN amount END) AS journey
FROM raw GROUP BY household;
ALTER TABLE household ADD PRIMARY KEY (person);
ANALYZE household;

\set intents '{"redeems": {"outcome": "coupon:redeem", "horizon": "30 days"}, "buys": {"outcome": "shop:buy", "horizon": "7 days"}}'

-- every five days, so that each day of the week comes; outcomes end with the half
CREATE FUNCTION pg_temp.learn(signals signal_list, model text) RETURNS scorecard LANGUAGE sql AS $$
	SELECT train_scorecard('SELECT person, journey FROM household',
		'{"redeems": {"outcome": "coupon:redeem", "horizon": "30 days"}, "buys": {"outcome": "shop:buy", "horizon": "7 days"}}',
		(SELECT array_agg(t) FROM generate_series(timestamptz '2017-03-01', '2017-06-29', '5 days') t),
		signals => signals, observed_until => '2017-07-01', model => model)
$$;

CREATE TABLE judged AS
SELECT intent, t.person::int, t.as_of, t.label
FROM (VALUES ('redeems', 'coupon:redeem'::jpattern, interval '30 days'), ('buys', 'shop:buy', '7 days')) i(intent, outcome, horizon),
	training_set('SELECT person, journey FROM household', outcome, horizon,
		(SELECT array_agg(t) FROM generate_series(timestamptz '2017-07-03', '2017-12-25', '7 days') t), signals => '[]') t;
ANALYZE judged;

CREATE TABLE model (name text, model text, signals signal_list, card scorecard);
INSERT INTO model SELECT name, model, signals::signal_list, pg_temp.learn(signals::signal_list, model)
FROM (VALUES
	('recency only', '[{"name": "seen", "touchpoints": ["*"], "measure": "recency", "half_life": ["1 day", "7 days", "14 days", "30 days", "90 days"]}]'),
	('counts only', '[{"name": "all", "touchpoints": ["*"], "measure": "count"}, {"name": "buy", "touchpoints": ["shop:buy"], "measure": "count"},
		{"name": "redeem", "touchpoints": ["coupon:redeem"], "measure": "count"}, {"name": "a", "touchpoints": ["mail:type_a"], "measure": "count"},
		{"name": "b", "touchpoints": ["mail:type_b"], "measure": "count"}, {"name": "c", "touchpoints": ["mail:type_c"], "measure": "count"}]'),
	('last touch', '[{"name": "buy", "touchpoints": ["shop:buy"], "until": ["mail:*", "coupon:*"], "measure": "exists"},
		{"name": "redeem", "touchpoints": ["coupon:redeem"], "until": ["mail:*", "shop:*"], "measure": "exists"},
		{"name": "a", "touchpoints": ["mail:type_a"], "until": ["shop:*", "coupon:*", "mail:type_b", "mail:type_c"], "measure": "exists"},
		{"name": "b", "touchpoints": ["mail:type_b"], "until": ["shop:*", "coupon:*", "mail:type_a", "mail:type_c"], "measure": "exists"},
		{"name": "c", "touchpoints": ["mail:type_c"], "until": ["shop:*", "coupon:*", "mail:type_a", "mail:type_b"], "measure": "exists"}]'),
	('intent', (SELECT propose_signals('SELECT journey FROM household', as_of => '2017-07-01')::text))) s(name, signals),
	(VALUES ('logistic'), ('boosted')) m(model);

-- one card at a time: each is opened once
CREATE TABLE result (name text, model text, intent text, n bigint, rate float8, auc float8, log_loss float8, lift float8);
DO $$
DECLARE m record;
BEGIN
	FOR m IN SELECT * FROM model LOOP
		INSERT INTO result SELECT m.name, m.model, intent, count(*), avg(label::int), auc(p, label), log_loss(p, label), lift_at(p, label, 0.1)
		FROM (SELECT intent, label, score(journey, m.card, intent, as_of, as_of) AS p FROM judged JOIN household USING (person)) s GROUP BY intent;
	END LOOP;
END $$;

\echo
\echo 'Learned from 2017-03-01 to 2017-07-01, judged every week from 2017-07-03 on'
SELECT intent, name, model, n, round(rate::numeric, 3) AS rate, round(auc::numeric, 4) AS auc, round(log_loss::numeric, 4) AS log_loss,
	round(lift::numeric, 2) AS lift_10
FROM result ORDER BY intent, auc;

\echo 'Against each baseline: the better of its two models, and ours as train_scorecard() has chosen it (boosted)'
SELECT o.intent, b.name AS baseline, round((o.auc - b.auc)::numeric, 4) AS auc, round((b.log_loss - o.log_loss)::numeric, 4) AS log_loss,
	round((o.lift - b.lift)::numeric, 2) AS lift,
	CASE WHEN o.auc > b.auc AND o.log_loss < b.log_loss AND o.lift > b.lift THEN 'beaten' ELSE 'missed' END AS mark
FROM result o
JOIN (SELECT intent, name, max(auc) AS auc, min(log_loss) AS log_loss, max(lift) AS lift FROM result WHERE name <> 'intent' GROUP BY 1, 2) b USING (intent)
WHERE o.name = 'intent' AND o.model = 'boosted' ORDER BY 1, 2;

-- ----- momentary against overarching: at an event, while its session is open -----

CREATE TABLE moment AS
SELECT person, occurred_at AS as_of FROM household, touchpoints(journey)
WHERE occurred_at BETWEEN '2017-07-01' AND '2017-12-01' AND person_fold(person || '/' || n, 4) = 0;
CREATE TABLE momentary AS
SELECT s.intent, s.momentary, s.overarching,
	event_count(keep(slice(journey, tstzrange(as_of, as_of + CASE s.intent WHEN 'buys' THEN interval '7 days' ELSE '30 days' END, '(]')),
		CASE s.intent WHEN 'buys' THEN ARRAY['shop:buy'] ELSE ARRAY['coupon:redeem'] END)) > 0 AS label
FROM (SELECT card FROM model WHERE name = 'intent' AND model = 'boosted' OFFSET 0) m, moment JOIN household USING (person), scores(journey, card, as_of, as_of) s;
\echo 'Just after an event: the open session alone, and the whole journey'
SELECT intent, count(momentary) AS n, round(auc(momentary, label)::numeric, 4) AS momentary_auc, round(auc(overarching, label)::numeric, 4) AS overarching_auc,
	round(log_loss(momentary, label)::numeric, 4) AS momentary_log_loss, round(log_loss(overarching, label)::numeric, 4) AS overarching_log_loss
FROM momentary GROUP BY intent ORDER BY intent;
