-- Three intents for everybody, with a scorecard written by hand, as of one day.
\ir settings.sql

CREATE TABLE card (name text PRIMARY KEY, card scorecard NOT NULL);
INSERT INTO card VALUES ('shop', '{
 "intents": {
  "coupon":   {"base": -6.0},
  "purchase": {"base": -1.2},
  "lapse":    {"base":  1.0}},
 "session_gap": "3 days",
 "signals": [
  {"name": "buys often", "touchpoints": ["shop:buy"], "measure": "count", "half_life": "60 days",
   "transform": "log1p", "weights": {"coupon": 0.4, "purchase": 1.0, "lapse": -1.3}},
  {"name": "spends", "touchpoints": ["shop:buy"], "measure": "sum", "half_life": "60 days",
   "transform": "log1p", "weights": {"purchase": 0.15}},
  {"name": "bought lately", "touchpoints": ["shop:buy"], "measure": "recency", "half_life": "14 days",
   "weights": {"purchase": 0.5, "lapse": -1.0}},
  {"name": "has redeemed", "touchpoints": ["coupon:redeem"], "measure": "count", "half_life": "180 days",
   "transform": "log1p", "weights": {"coupon": 1.5}},
  {"name": "mailed lately", "touchpoints": ["mail:*"], "measure": "count", "half_life": "14 days",
   "cap": 3, "weights": {"coupon": 1.0, "purchase": 0.2, "lapse": -0.2}},
  {"name": "ways we meet", "touchpoints": ["mail:*", "shop:*", "coupon:*"], "measure": "channels",
   "weights": {"coupon": 0.5}}]}');

\echo
\echo 'The scorecard: what speaks for (+) and against (-) each intent. The weights were written by hand, once,'
\echo 'and not tuned to what came later. Scored as of' :as_of
SELECT s->>'name' AS "signal", s->>'measure' AS "measure", s->>'half_life' AS "half-life",
	s->'weights'->>'coupon' AS "coupon", s->'weights'->>'purchase' AS "purchase", s->'weights'->>'lapse' AS "lapse"
FROM card, jsonb_array_elements(card::jsonb->'signals') WITH ORDINALITY x(s, place)
WHERE name = 'shop' ORDER BY place;

\echo 'Everybody at once:'
\set ECHO queries
CREATE TABLE household_score AS
SELECT h.household, s.*
FROM household_journey h
CROSS JOIN LATERAL scores(h.journey, (SELECT card FROM card WHERE name = 'shop'), as_of => :'as_of') s;
\set ECHO none
CREATE UNIQUE INDEX ON household_score (household, intent);
ANALYZE household_score;

\echo
\echo 'How the households divide'
SELECT intent AS "intent", status AS "status", count(*) AS "households",
	round(100 * avg(probability)::numeric, 1) AS "mean %", round(100 * min(probability)::numeric, 1) AS "lowest %",
	round(100 * max(probability)::numeric, 1) AS "highest %", count(momentary) AS "in an open session"
FROM household_score GROUP BY intent, status ORDER BY array_position(ARRAY['coupon', 'purchase', 'lapse'], intent), status;

CREATE VIEW wide AS
SELECT c.household, c.probability AS coupon, p.probability AS purchase, l.probability AS lapse,
	c.momentary, c.evidence, c.confidence
FROM household_score c
JOIN household_score p ON p.household = c.household AND p.intent = 'purchase'
JOIN household_score l ON l.household = c.household AND l.intent = 'lapse'
WHERE c.intent = 'coupon';

\echo 'The ten most likely to redeem a coupon'
SELECT row_number() OVER (ORDER BY w.evidence DESC NULLS LAST, w.household) AS "rank", w.household AS "household",
	round(100 * w.coupon::numeric, 1) AS "coupon %", round(100 * w.purchase::numeric, 1) AS "purchase %",
	round(100 * w.lapse::numeric, 1) AS "lapse %", round(w.evidence, 3) AS "evidence (log-odds)",
	event_count(keep(a.journey, ARRAY['coupon:redeem'])) AS "redeemed",
	event_count(keep(a.journey, ARRAY['mail:*'])) AS "mailed",
	event_count(keep(a.journey, ARRAY['shop:buy'])) AS "bought"
FROM wide w JOIN household_journey h USING (household)
CROSS JOIN LATERAL (SELECT as_of(h.journey, :'as_of') AS journey) a
ORDER BY 1 LIMIT 10;

SELECT household AS top FROM wide ORDER BY evidence DESC NULLS LAST, household LIMIT 1 \gset

\echo 'Why household' :top 'is first, line by line (log-odds; the lines add up to the evidence exactly)'
SELECT e.signal AS "signal", e.touchpoint AS "touchpoint", e.n AS "events", e.last_seen::date AS "last seen",
	e.contribution AS "contribution"
FROM household_journey h
CROSS JOIN LATERAL explain(h.journey, (SELECT card FROM card WHERE name = 'shop'), 'coupon', :'as_of') e
WHERE h.household = :top
UNION ALL
SELECT '= evidence', NULL, NULL, NULL, evidence FROM wide WHERE household = :top;

\echo 'The same sum for every household and intent'
SELECT count(*) AS "scores explained", count(*) FILTER (WHERE x.total = s.evidence) AS "sum = evidence to the last digit"
FROM household_score s
JOIN household_journey h USING (household)
CROSS JOIN LATERAL (
	SELECT sum(contribution) AS total
	FROM explain(h.journey, (SELECT card FROM card WHERE name = 'shop'), s.intent, :'as_of')) x
WHERE s.status = 'ok';

\echo 'Momentary and overarching: three households whose open session scores the same.'
\echo 'The moment cannot tell them apart; the whole journey can.'
WITH alike AS (
	SELECT w.*, a.journey, row_number() OVER (ORDER BY w.evidence DESC, w.household) AS place, count(*) OVER () AS people
	FROM wide w JOIN household_journey h USING (household)
	CROSS JOIN LATERAL (SELECT as_of(h.journey, :'as_of') AS journey) a
	WHERE w.momentary = (SELECT mode() WITHIN GROUP (ORDER BY momentary) FROM wide)
)
SELECT household AS "household",
	(SELECT variant(s.journey) FROM sessions(l.journey, '3 days') s ORDER BY s.session DESC LIMIT 1) AS "open session",
	round(100 * momentary::numeric, 1) AS "momentary coupon %", round(100 * coupon::numeric, 1) AS "overarching coupon %",
	event_count(keep(l.journey, ARRAY['coupon:redeem'])) AS "redeemed before",
	event_count(keep(l.journey, ARRAY['shop:buy'])) AS "bought before"
FROM alike l WHERE place IN (1, (people + 1) / 2, people) ORDER BY place;
