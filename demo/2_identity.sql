-- Which identifiers are one person? The identity graph over the visits, measured against the planted truth; then why two
-- identifiers are one person, a merge by mistake and its undoing, and the journeys of persons.
\ir settings.sql

-- What a graph takes: when, and which identifiers were seen together.
CREATE VIEW observation AS
SELECT id, truth, cookie, '2026-01-01Z'::timestamptz + seconds * interval '1 second' AS occurred_at,
	jsonb_build_object('cookie', cookie, 'device', device, 'user_id', login, 'email', email) AS identifiers
FROM visit;

\echo
\echo 'One call takes the visits in. Its usual rules know logins, addresses, cookies and devices; none are written here.'
\set ECHO queries
SELECT create_graph('default') AS graph;
SELECT ingest('default', 'SELECT occurred_at, identifiers FROM public.observation') AS observations;
\set ECHO none
ANALYZE;

\echo 'Links between identifiers that name somebody. A cookie or a device links nobody: it carries one person at a time.'
SELECT initcap(replace(measure, 'links ', '')) AS "state", subject AS "source, reason", n AS "links"
FROM health('default') WHERE measure LIKE 'links %' ORDER BY measure, n DESC;

\echo 'Whose visit was it? Asked for each one, a visit without a login by who was seen on its cookie before or next'
\set ECHO queries
CREATE TABLE visit_person AS
SELECT id, truth, cookie, occurred_at, person_of('default', identifiers, occurred_at) AS person FROM observation;
\set ECHO none

-- For contrast: whatever shares a value is one, along the chain.
CREATE TABLE plain AS
SELECT node, component FROM components($$
	SELECT p.a, p.b FROM public.visit v
	CROSS JOIN LATERAL (VALUES ('cookie:' || v.cookie, 'device:' || v.device), ('cookie:' || v.cookie, 'login:' || v.login),
		('cookie:' || v.cookie, 'email:' || v.email), ('login:' || v.login, 'email:' || v.email)) p(a, b)$$);
CREATE UNIQUE INDEX ON plain (node);
ANALYZE visit_person, plain;

\echo 'Measured against the truth, over pairs of visits: precision = joined pairs that are right,'
\echo 'recall = right pairs that were joined. "Mixed up" = real persons inside the largest joined person.'
WITH answer (way, truth, person) AS (
	SELECT 'whatever shares a value is one', v.truth, coalesce(l.component, e.component, c.component, 'cookie:' || v.cookie)
	FROM visit v
	LEFT JOIN plain l ON l.node = 'login:' || v.login
	LEFT JOIN plain e ON e.node = 'email:' || v.email
	LEFT JOIN plain c ON c.node = 'cookie:' || v.cookie
	UNION ALL
	-- of whom nothing can be said, each visit is somebody
	SELECT 'identity graph, usual rules', truth, coalesce(person::text, 'visit:' || id) FROM visit_person
), cell AS (
	SELECT way, person, truth, count(*) AS n FROM answer GROUP BY way, person, truth
), agreed AS (
	SELECT way, sum(n * (n - 1) / 2) AS pairs FROM cell GROUP BY way
), joined AS (
	SELECT way, sum(n * (n - 1) / 2) AS pairs, count(*) AS persons, max(truths) AS mixed
	FROM (SELECT way, person, sum(n) AS n, count(*) AS truths FROM cell GROUP BY way, person) p GROUP BY way
), planted AS (
	SELECT way, sum(n * (n - 1) / 2) AS pairs, count(*) AS persons
	FROM (SELECT way, truth, sum(n) AS n FROM cell GROUP BY way, truth) t GROUP BY way
)
SELECT way AS "way of joining", j.persons AS "persons", p.persons AS "planted",
	round(a.pairs / j.pairs, 3) AS "precision", round(a.pairs / p.pairs, 3) AS "recall",
	round(2 * a.pairs / (j.pairs + p.pairs), 3) AS "F1", j.mixed AS "mixed up"
FROM agreed a JOIN joined j USING (way) JOIN planted p USING (way)
ORDER BY a.pairs / j.pairs;
\echo 'Recall has an end: who was never seen with a login or an address on a device cannot be known there.'

-- The person of most identifiers, one of which a cookie told of.
SELECT p.person AS shown
FROM profile p JOIN identifier i ON i.profile = p.id
GROUP BY p.person
ORDER BY bool_or(EXISTS (SELECT FROM link l WHERE i.id IN (l.a, l.b) AND l.source = 'carrier' AND l.state = 'active')) DESC,
	count(*) DESC, (SELECT count(DISTINCT v.cookie) FROM visit_person v WHERE v.person = p.person) DESC, p.person
LIMIT 1 \gset
SELECT a.value AS one, b.value AS other, a.kind AS one_kind, b.kind AS other_kind
FROM profile pa JOIN identifier a ON a.profile = pa.id JOIN profile pb ON pb.person = pa.person JOIN identifier b ON b.profile = pb.id AND a.id < b.id
CROSS JOIN LATERAL (SELECT count(*) AS steps FROM why('default', a.kind, a.value, b.kind, b.value)) w
WHERE pa.person = :shown ORDER BY w.steps DESC, a.id, b.id LIMIT 1 \gset

\echo
\echo Why are :one and :other one person? The chain of links, each with its evidence
SELECT step AS "step", kind || ' ' || value AS "this", to_kind || ' ' || to_value AS "and this", source AS "because",
	coalesce(evidence::text, 'seen together') AS "evidence", occurred_at AS "since"
FROM why('default', :'one_kind', :'one', :'other_kind', :'other') ORDER BY step;

-- Two who have most visits, and are not the same.
SELECT min(person) AS first, max(person) AS second
FROM (SELECT person FROM visit_person WHERE person <> :shown GROUP BY person ORDER BY count(*) DESC, person LIMIT 2) x \gset
CREATE TABLE moment (n int, moment text, first bigint, second bigint, first_visits bigint, second_visits bigint);
CREATE FUNCTION look(n int, moment text, first bigint, second bigint) RETURNS void LANGUAGE sql AS $$
	INSERT INTO public.moment SELECT n, moment, intent.person_now(first), intent.person_now(second),
		count(*) FILTER (WHERE now = intent.person_now(first)), count(*) FILTER (WHERE now = intent.person_now(second))
	FROM (SELECT intent.person_now(person) AS now FROM public.visit_person WHERE person IN (first, second)) v $$;

\echo 'A merge by mistake, and its undoing: no visit is rewritten, and both have their ids again'
SELECT look(1, 'before', :first, :second) \g /dev/null
\set ECHO queries
SELECT merge('default', :first, :second) AS merge \gset
\set ECHO none
SELECT look(2, 'merged', :first, :second) \g /dev/null
\set ECHO queries
SELECT undo(:merge) AS persons;
\set ECHO none
SELECT look(3, 'undone', :first, :second) \g /dev/null
SELECT moment AS "moment", first AS "the first is person", second AS "the second is person",
	first_visits AS "visits of the first", second_visits AS "visits of the second"
FROM moment ORDER BY n;

-- One journey per cookie and person, as a cookie may carry several, then one per person.
CREATE TABLE cookie_journey AS
SELECT v.cookie, v.person,
	journey_agg(v.occurred_at, 'web', CASE WHEN e.login IS NOT NULL THEN 'login' WHEN e.email IS NOT NULL THEN 'email' ELSE 'visit' END,
		NULL, NULL, v.id::bigint) AS journey
FROM visit_person v JOIN visit e USING (id) WHERE v.person IS NOT NULL GROUP BY v.cookie, v.person;

CREATE TABLE merged_journey AS
SELECT person, count(DISTINCT cookie) AS cookies, journey_merge(journey) AS journey FROM cookie_journey GROUP BY person;

\echo
\echo 'Journeys before and after: journey_merge() unites the journeys of all cookies of a person'
SELECT 'one per cookie and person' AS "journeys", count(*) AS "count", sum(event_count(journey)) AS "events",
	round(avg(event_count(journey)), 1) AS "events each", max(duration(journey)) AS "longest"
FROM cookie_journey
UNION ALL
SELECT 'one per person', count(*), sum(event_count(journey)), round(avg(event_count(journey)), 1), max(duration(journey))
FROM merged_journey;
\echo 'Visits on a kiosk near which nobody was seen are in no journey: they are nobody that is known.'
