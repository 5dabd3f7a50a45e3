-- One person with very many events beside very many people with one: by journey_agg and in one pass.
BEGIN;
SET search_path = public, intent;
SELECT plan(6);

\if :{?full}
	\set many 1000000
	\set people 400000
\else
	\set many 20000
	\set people 8000
\endif

CREATE TABLE event AS
SELECT CASE WHEN n <= :many THEN 0 ELSE n - :many END AS person,
	timestamptz '2026-01-01Z' + (n::bigint * 7919 % 10000019) * interval '1 s' AS occurred_at,
	CASE n % 3 WHEN 0 THEN 'web' WHEN 1 THEN 'app' END AS channel, 'e' || n % 50 AS event,
	CASE WHEN n % 10 = 0 THEN n % 1000 / 8.0 END::float8 AS value
FROM generate_series(1, :many + :people) n;
ANALYZE event;

CREATE TABLE by_group AS
SELECT person, journey_agg(occurred_at, channel, event, value) AS journey FROM event GROUP BY person;

SELECT is((SELECT count(*) FROM by_group), :people + 1::bigint, 'everybody has a journey');
SELECT is((SELECT sum(event_count(journey)) FROM by_group), :many + :people::bigint, 'no event is lost');
SELECT is((SELECT event_count(journey) FROM by_group WHERE person = 0), :many, 'the busy one has all of theirs');
SELECT is((SELECT starts_at(journey) FROM by_group WHERE person = 0),
	(SELECT min(occurred_at) FROM event WHERE person = 0), 'in order of time');
SELECT is_empty($$
	SELECT n FROM (SELECT n, occurred_at, lag(occurred_at) OVER (ORDER BY n) AS before
		FROM by_group, touchpoints(journey) WHERE person = 0) t WHERE occurred_at < before
$$, 'from the first to the last');
SELECT is_empty($$
	SELECT person FROM by_group g
	FULL JOIN journeys(null::integer, 'event', 'person', 'occurred_at', 'event', 'channel', 'value') j USING (person)
	WHERE (journey_send(g.journey) = journey_send(j.journey)) IS NOT TRUE
$$, 'in one pass the same');

SELECT * FROM finish();
ROLLBACK;
