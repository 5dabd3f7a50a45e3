-- Effort against window functions over the events; and what another event does to it.
BEGIN;
SET search_path = public, intent;
SELECT plan(6);

\if :{?full}
	\set people 2000
\else
	\set people 200
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- a few touchpoints of two channels and none, many equal times, pauses of all lengths around 30 minutes; some journeys longer than a block
CREATE TABLE event AS
SELECT person, n, timestamptz '2026-03-01Z' + sum(CASE r % 7 WHEN 0 THEN interval '0' WHEN 1 THEN interval '30 min' WHEN 2 THEN interval '30 min 1 us'
		WHEN 3 THEN interval '2 days 3 h' ELSE interval '1 s' * (r % 2500) END) OVER (PARTITION BY person ORDER BY n) AS at,
	(ARRAY['web', 'call', NULL])[1 + r / 7 % 3] AS channel, (ARRAY['a', 'b', 'c'])[1 + r / 21 % 3] AS event
FROM generate_series(1, :people) person, generate_series(1, 150) n, LATERAL (SELECT pg_temp.mix(person * 1000 + n) AS r) m
WHERE n <= CASE WHEN person % 20 = 0 THEN 150 ELSE pg_temp.mix(person) % 12 END;
CREATE TABLE person AS SELECT person, journey_agg(at, channel, event, NULL) AS journey FROM event GROUP BY person;

-- What an analyst would write.
CREATE FUNCTION pg_temp.said(gap interval)
RETURNS TABLE (person int, contacts bigint, sessions bigint, channel_switches bigint, repeats bigint, backtracks bigint, waited interval)
LANGUAGE sql AS $$
	WITH one AS (
		SELECT person, n, occurred_at AS at, channel, (channel, event) AS touchpoint,
			lag(occurred_at) OVER w AS last, lag(channel) OVER w AS last_channel, lag((channel, event)) OVER w AS last_touchpoint
		FROM person, touchpoints(journey)
		WINDOW w AS (PARTITION BY person ORDER BY n)
	), cut AS (
		SELECT *, 1 + count(*) FILTER (WHERE at - last > gap) OVER (PARTITION BY person ORDER BY n) AS session FROM one
	), counted AS (
		SELECT *, row_number() OVER (PARTITION BY person, session, touchpoint ORDER BY n) AS in_session,
			row_number() OVER (PARTITION BY person, touchpoint ORDER BY n) AS ever FROM cut
	)
	SELECT person, count(*), max(session),
		count(*) FILTER (WHERE last IS NOT NULL AND channel IS DISTINCT FROM last_channel),
		count(*) FILTER (WHERE in_session > 1),
		count(*) FILTER (WHERE ever > 1 AND touchpoint IS DISTINCT FROM last_touchpoint),
		coalesce(sum(at - last) FILTER (WHERE at - last > gap), '0')
	FROM counted GROUP BY person
$$;
SELECT is_empty(format($$
	SELECT person, p, s FROM person JOIN pg_temp.said(%1$L) s USING (person), effort_parts(journey, %1$L) p
	WHERE (p.contacts, p.sessions, p.channel_switches, p.repeats, p.backtracks, p.waited)
		IS DISTINCT FROM (s.contacts::int, s.sessions::int, s.channel_switches::int, s.repeats::int, s.backtracks::int, s.waited)
$$, gap), 'plain SQL says the same with a gap of ' || gap)
FROM unnest(ARRAY['30 minutes', '0', '3 days']) gap;

SELECT is_empty($$
	SELECT person FROM person, effort_parts(journey) p,
		LATERAL (SELECT p.contacts * 1.5 + p.sessions * 2 - p.channel_switches * 0.25 + p.repeats * 3 + p.backtracks * 1e-12
			+ round((extract(epoch FROM p.waited) * 1000000 * 0.7) / 86400000000, 12) AS said) s
	WHERE effort(journey, '{"contacts": 1.5, "sessions": 2, "channel_switches": -0.25, "repeats": 3, "backtracks": 1e-12, "days_waited": 0.7}') <> said
$$, 'the weighted sum');

-- another event, wherever it comes
CREATE TABLE more AS
SELECT person, unite(journey, journey_agg(starts_at(journey) - interval '1 hour' + (ends_at(journey) - starts_at(journey) + interval '2 hours') * (r % 1000) / 1000,
	(ARRAY['web', 'call', NULL])[1 + r % 3], (ARRAY['a', 'b', 'd'])[1 + r / 3 % 3], NULL)) AS journey
FROM person, generate_series(1, 5) n, LATERAL (SELECT pg_temp.mix(person * 17 + n) AS r) m GROUP BY person, n, journey;
SELECT is_empty($$
	SELECT person, p, q FROM person JOIN more USING (person), effort_parts(person.journey) p, effort_parts(more.journey) q
	WHERE q.contacts <> p.contacts + 1 OR q.channel_switches < p.channel_switches OR q.repeats < p.repeats OR q.backtracks < p.backtracks
		OR effort(more.journey) <= effort(person.journey)
$$, 'another event never makes it easier');
SELECT is_empty($$
	SELECT person FROM person, LATERAL (SELECT channel, event FROM touchpoints(journey) LIMIT 1) t,
		LATERAL (SELECT unite(journey, journey_agg(ends_at(journey) + interval '1 min' * k, t.channel, t.event, NULL)) AS once FROM generate_series(1, 1) k) o,
		LATERAL (SELECT unite(journey, journey_agg(ends_at(journey) + interval '1 min' * k, t.channel, t.event, NULL)) AS twice FROM generate_series(1, 2) k) u
	WHERE NOT effort(journey) + 1 <= effort(once) OR NOT effort(once) + 2 = effort(twice)
$$, 'the same call again raises it');

SELECT * FROM finish();
ROLLBACK;
