-- The journey: one value per household, and what can be asked of it.
\ir settings.sql

\echo
\echo 'Building: one aggregate, any order of rows'
\set ECHO queries
CREATE TABLE household_journey AS
SELECT household, journey_agg(occurred_at, channel, event, value, NULL, ref) AS journey
FROM event GROUP BY household;
\set ECHO none
ALTER TABLE household_journey ADD PRIMARY KEY (household);
ANALYZE household_journey;

\echo
\echo 'What it takes to keep them'
SELECT 'event table' AS "stored as", (SELECT count(*) FROM event) AS "rows",
	pg_size_pretty(pg_table_size('event')) AS "size",
	round(pg_table_size('event')::numeric / (SELECT count(*) FROM event), 1) AS "bytes an event"
UNION ALL
SELECT 'journeys, table and all', count(*), pg_size_pretty(pg_table_size('household_journey')),
	round(pg_table_size('household_journey')::numeric / sum(event_count(journey)), 1)
FROM household_journey
UNION ALL
SELECT 'journeys, the values alone', count(*), pg_size_pretty(sum(pg_column_size(journey))),
	round(sum(pg_column_size(journey))::numeric / sum(event_count(journey)), 1)
FROM household_journey;

-- One household whose story fits on a screen: mailed, redeemed, a dozen events.
SELECT household AS shown FROM household_journey
WHERE journey @> ARRAY['mail:*', 'coupon:redeem', 'shop:buy'] AND event_count(journey) BETWEEN 10 AND 14
ORDER BY household LIMIT 1 \gset

\echo 'The journey of household' :shown
SELECT t.n AS "no.", to_char(t.occurred_at, 'YYYY-MM-DD HH24:MI') AS "when", concat_ws(':', t.channel, t.event) AS "touchpoint",
	t.value AS "dollars", t.ref AS "campaign/no."
FROM household_journey h CROSS JOIN LATERAL touchpoints(h.journey) t
WHERE h.household = :shown ORDER BY t.n;

\echo 'Its sessions, where a gap of more than 3 days begins a new one'
SELECT s.session AS "session", starts_at(s.journey)::date AS "from", ends_at(s.journey)::date AS "to",
	event_count(s.journey) AS "events", variant(s.journey) AS "what happened"
FROM household_journey h CROSS JOIN LATERAL sessions(h.journey, gap => '3 days') s
WHERE h.household = :shown ORDER BY s.session;

\echo 'The most common variants: the first four different steps of a household'
SELECT variant(collapse(journey), 4) AS "way", count(*) AS "households",
	round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS "per cent",
	round(100.0 * avg((journey @> ARRAY['coupon:redeem'])::int), 1) AS "per cent that ever redeemed"
FROM household_journey GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 8;

\echo 'Filters: the campaigns alone, purchases left out'
SELECT variant(collapse(without(journey, ARRAY['shop:*']))) AS "way through the campaigns", count(*) AS "households"
FROM household_journey WHERE journey @> ARRAY['mail:*']
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 6;
