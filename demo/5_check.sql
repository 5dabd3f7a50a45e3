-- Was the ranking right? What the households did after as_of, which the scores have not seen.
\ir settings.sql

CREATE TABLE what_came AS
SELECT h.household,
	keep(n.journey, ARRAY['coupon:redeem']) <> '{}' AS coupon,
	keep(n.journey, ARRAY['shop:buy']) <> '{}' AS purchase,
	keep(l.journey, ARRAY['shop:buy']) = '{}' AS lapse,
	event_count(keep(a.journey, ARRAY['coupon:redeem'])) AS redeemed,
	event_count(keep(a.journey, ARRAY['shop:buy'])) AS bought
FROM household_journey h
CROSS JOIN LATERAL (SELECT as_of(h.journey, :'as_of') AS journey) a
CROSS JOIN LATERAL (SELECT slice(h.journey, tstzrange(:'as_of', :'as_of'::timestamptz + '30 days', '(]')) AS journey) n
CROSS JOIN LATERAL (SELECT slice(h.journey, tstzrange(:'as_of', :'as_of'::timestamptz + '60 days', '(]')) AS journey) l
WHERE a.journey <> '{}';
ANALYZE what_came;

\echo
\echo 'Who redeemed a coupon in the 30 days after' :as_of
\echo 'The tenth of the households that each ranking puts first, against the average'
WITH ranked AS (
	SELECT o.household, o.coupon,
		ntile(10) OVER (ORDER BY w.evidence DESC NULLS LAST, o.household) AS overarching,
		ntile(10) OVER (ORDER BY w.momentary DESC NULLS LAST, o.household) AS momentary,
		ntile(10) OVER (ORDER BY o.redeemed DESC, o.household) AS redeemed,
		ntile(10) OVER (ORDER BY o.bought DESC, o.household) AS bought
	FROM what_came o LEFT JOIN wide w USING (household)
), rate AS (
	SELECT 1 AS place, 'everybody' AS ranking, count(*) AS households, count(*) FILTER (WHERE coupon) AS hits FROM ranked
	UNION ALL
	SELECT 2, 'most purchases so far', count(*), count(*) FILTER (WHERE coupon) FROM ranked WHERE bought = 1
	UNION ALL
	SELECT 3, 'scorecard, momentary', count(*), count(*) FILTER (WHERE coupon) FROM ranked WHERE momentary = 1
	UNION ALL
	SELECT 4, 'most redemptions so far', count(*), count(*) FILTER (WHERE coupon) FROM ranked WHERE redeemed = 1
	UNION ALL
	SELECT 5, 'scorecard, overarching', count(*), count(*) FILTER (WHERE coupon) FROM ranked WHERE overarching = 1
)
SELECT ranking AS "ranked by", households AS "households", hits AS "redeemed",
	round(100.0 * hits / households, 1) AS "hit rate %",
	round((hits::numeric / households) / first_value(hits::numeric / households) OVER (ORDER BY place), 1) AS "times the average"
FROM rate ORDER BY place;

\echo 'Read it soberly: the line to beat is "most redemptions so far", a rule that anybody can write. A difference of'
\echo 'a few households is chance. What the card adds is a probability, a reason for each, and other intents beside it.'

\echo
\echo 'Did the probabilities mean what they say? Ten groups by coupon score, highest first'
SELECT g AS "group", count(*) AS "households", round(100 * avg(p)::numeric, 1) AS "forecast %",
	round(100.0 * avg(coupon::int), 1) AS "redeemed %"
FROM (SELECT w.coupon AS p, o.coupon, ntile(10) OVER (ORDER BY w.evidence DESC, o.household) AS g
	FROM what_came o JOIN wide w USING (household)) x
GROUP BY g ORDER BY g;

\echo 'The other two intents: the first tenth against the average'
SELECT intent AS "intent", outcome AS "what counts as a hit", count(*) AS "households",
	round(100.0 * avg(hit::int), 1) AS "average %",
	round(100.0 * avg(hit::int) FILTER (WHERE tenth = 1), 1) AS "first tenth %"
FROM (
	SELECT s.intent, t.outcome, t.hit, ntile(10) OVER (PARTITION BY s.intent ORDER BY s.evidence DESC, s.household) AS tenth
	FROM household_score s JOIN what_came o USING (household)
	CROSS JOIN LATERAL (VALUES ('purchase', 'bought within 30 days', o.purchase),
		('lapse', 'bought nothing for 60 days', o.lapse)) t(intent, outcome, hit)
	WHERE t.intent = s.intent) x
GROUP BY intent, outcome ORDER BY intent DESC;
