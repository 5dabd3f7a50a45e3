-- Which identifiers are one person? Five ways over the same visits, measured against the planted truth.
\ir settings.sql

-- An identifier is a kind and a value in one text, so that a login '17' and a device '17' stay apart.
CREATE VIEW identifier_pair AS
SELECT p.kinds, p.a, p.b
FROM visit v
CROSS JOIN LATERAL (VALUES
	('cookie-device', 'cookie:' || v.cookie, 'device:' || v.device),
	('cookie-login', 'cookie:' || v.cookie, 'login:' || v.login),
	('cookie-email', 'cookie:' || v.cookie, 'email:' || v.email),
	('login-email', 'login:' || v.login, 'email:' || v.email)) p(kinds, a, b)
WHERE p.a IS NOT NULL AND p.b IS NOT NULL;

-- What names nobody: placeholders that a shop finds by looking at its most frequent values ...
CREATE TABLE placeholder AS
SELECT kind || ':' || value AS node
FROM unnest(ARRAY['cookie', 'device', 'login', 'email']) kind,
	unnest(ARRAY['null', 'anonymous', '-1', '00000000-0000', 'test@test.com', 'noreply@shop.example']) value;

-- ... and devices that more than one login has used: a family tablet, a kiosk.
CREATE TABLE shared_device AS
SELECT 'device:' || device AS node
FROM visit
WHERE login IS NOT NULL AND 'login:' || login NOT IN (SELECT node FROM placeholder)
GROUP BY device HAVING count(DISTINCT login) > 1;

CREATE TABLE way (
	way     int PRIMARY KEY,
	title   text,
	query   text,
	blocked text[]
);
INSERT INTO way
SELECT w.way, w.title,
	format('SELECT a, b FROM public.identifier_pair WHERE kinds = ANY (%L)', w.kinds),
	CASE WHEN w.way > 1 THEN ARRAY(SELECT node FROM placeholder) END
		|| CASE WHEN w.way = 5 THEN ARRAY(SELECT node FROM shared_device) END
FROM (VALUES
	(1, 'every identifier, nothing blocked', '{cookie-device,cookie-login,cookie-email,login-email}'::text[]),
	(2, 'every identifier, placeholders blocked', '{cookie-device,cookie-login,cookie-email,login-email}'),
	(3, 'no devices, placeholders blocked', '{cookie-login,cookie-email,login-email}'),
	(4, 'logins and e-mails only, placeholders blocked', '{login-email}'),
	(5, 'placeholders and shared devices blocked', '{cookie-device,cookie-login,cookie-email,login-email}')
) w(way, title, kinds);

\echo
\echo 'Joining identities: two identifiers seen together are one person, and so on along the chain.'
\set ECHO queries
SELECT node, component FROM components(
	'SELECT a, b FROM public.identifier_pair',
	blocked => ARRAY['login:null', 'login:anonymous', 'email:test@test.com'])
WHERE component = 'cookie:c0' ORDER BY node LIMIT 6;
\set ECHO none

CREATE TABLE identity AS
SELECT w.way, c.node, c.component
FROM way w CROSS JOIN LATERAL components(w.query, w.blocked) c;
CREATE UNIQUE INDEX ON identity (way, node);
ANALYZE identity;

-- A visit belongs to the person of its login, else its e-mail, else its cookie; a blocked value names nobody.
CREATE TABLE visit_person AS
SELECT w.way, v.id, v.truth,
	coalesce(l.component, e.component, c.component, 'cookie:' || v.cookie) AS person
FROM way w
CROSS JOIN visit v
LEFT JOIN identity l ON l.way = w.way AND l.node = 'login:' || v.login
LEFT JOIN identity e ON e.way = w.way AND e.node = 'email:' || v.email
LEFT JOIN identity c ON c.way = w.way AND c.node = 'cookie:' || v.cookie;
ANALYZE visit_person;

\echo 'Measured against the truth, over pairs of visits: precision = joined pairs that are right,'
\echo 'recall = right pairs that were joined. "Mixed up" = real persons inside the largest joined person.'
WITH cell AS (
	SELECT way, person, truth, count(*) AS n FROM visit_person GROUP BY way, person, truth
), agreed AS (
	SELECT way, sum(n * (n - 1) / 2) AS pairs FROM cell GROUP BY way
), joined AS (
	SELECT way, sum(n * (n - 1) / 2) AS pairs, count(*) AS persons, max(truths) AS mixed
	FROM (SELECT way, person, sum(n) AS n, count(*) AS truths FROM cell GROUP BY way, person) p GROUP BY way
), planted AS (
	SELECT way, sum(n * (n - 1) / 2) AS pairs, count(*) AS persons
	FROM (SELECT way, truth, sum(n) AS n FROM cell GROUP BY way, truth) t GROUP BY way
)
SELECT w.title AS "way of joining", j.persons AS "persons", p.persons AS "planted",
	round(a.pairs / j.pairs, 3) AS "precision", round(a.pairs / p.pairs, 3) AS "recall",
	round(2 * a.pairs / (j.pairs + p.pairs), 3) AS "F1", j.mixed AS "mixed up"
FROM way w JOIN agreed a USING (way) JOIN joined j USING (way) JOIN planted p USING (way)
ORDER BY w.way;

\echo 'Plain joining is too greedy: one kiosk or one shared tablet chains strangers together, and more so the more'
\echo 'people there are. Blocking what names nobody helps most here; it does not make the rest right. The last way is'
\echo 'used from here on.'

-- One journey per cookie, as a web analytics table would give it, then one per person.
CREATE TABLE cookie_journey AS
SELECT 'cookie:' || v.cookie AS cookie,
	journey_agg('2026-01-01Z'::timestamptz + v.seconds * interval '1 second', 'web',
		CASE WHEN v.login IS NOT NULL THEN 'login' WHEN v.email IS NOT NULL THEN 'email' ELSE 'visit' END,
		NULL, NULL, v.id::bigint) AS journey
FROM visit v WHERE v.cookie IS NOT NULL GROUP BY v.cookie;

CREATE TABLE merged_journey AS
SELECT coalesce(i.component, c.cookie) AS person, count(*) AS cookies, journey_merge(c.journey) AS journey
FROM cookie_journey c LEFT JOIN identity i ON i.way = 5 AND i.node = c.cookie
GROUP BY 1;

\echo
\echo 'Journeys before and after: journey_merge() unites the journeys of all cookies of a person'
SELECT 'one per cookie' AS "journeys", count(*) AS "count", sum(event_count(journey)) AS "events",
	round(avg(event_count(journey)), 1) AS "events each", max(duration(journey)) AS "longest"
FROM cookie_journey
UNION ALL
SELECT 'one per person', count(*), sum(event_count(journey)), round(avg(event_count(journey)), 1), max(duration(journey))
FROM merged_journey;
