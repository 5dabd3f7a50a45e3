-- The identity graph over random observations: the same persons in a set, one by one and in any order where no limit
-- is in the way; merge then undo changes nothing; as_of is a replay up to then; every pair of a person has a reason.
\if :{?shuffles} \else \set shuffles 2 \endif
\if :{?full} \set observations 60 \set histories 100 \endif
\if :{?observations} \else \set observations 36 \endif
\if :{?histories} \else \set histories 8 \endif
BEGIN;
SET LOCAL search_path = public, pg_temp;
SET LOCAL client_min_messages = warning;
SELECT plan(17);
DO $$ BEGIN PERFORM intent.setup(); END $$;

-- A number from 0 to below, of a seed: no random().
CREATE FUNCTION pg_temp.draw(seed text, below int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
	SELECT (('x' || substr(md5(seed), 1, 8))::bit(32)::bigint % below)::int $$;

CREATE TABLE observation AS
SELECT n, timestamptz '2026-01-01Z' + n * interval '1 hour' AS occurred_at,
	jsonb_strip_nulls(jsonb_build_object(
		'a', CASE WHEN pg_temp.draw('a?' || n, 3) > 0 THEN 'a' || pg_temp.draw('a' || n, :observations / 2) END,
		'b', CASE WHEN pg_temp.draw('b?' || n, 3) > 0 THEN 'b' || pg_temp.draw('b' || n, :observations / 2) END,
		'c', CASE WHEN pg_temp.draw('c?' || n, 3) > 1 THEN 'c' || pg_temp.draw('c' || n, :observations / 4) END,
		's', CASE WHEN pg_temp.draw('s?' || n, 2) = 0 THEN 's' || pg_temp.draw('s' || n, :observations / 4) END)) AS identifiers
FROM generate_series(1, :observations) n;

CREATE FUNCTION pg_temp.rules() RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT '{"usual_kinds": false, "kinds": {"a": {"priority": 1}, "b": {"priority": 2}, "c": {"priority": 3},
		"s": {"priority": 4, "shared": true, "adopts": false}}}'::jsonb $$;

-- Persons as sets of identifiers, each in one text; their order says nothing.
CREATE FUNCTION pg_temp.persons(graph text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT string_agg(i.kind || ':' || i.value, ' ' ORDER BY i.kind || ':' || i.value COLLATE "C")
	FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile
	WHERE i.graph = intent.graph_named($1) GROUP BY p.person $$;

CREATE FUNCTION pg_temp.observe_all(graph text, seed text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	o record;
BEGIN
	PERFORM intent.create_graph(graph, pg_temp.rules());
	FOR o IN SELECT * FROM observation ORDER BY CASE WHEN seed = '' THEN lpad(n::text, 9) ELSE md5(seed || n) END LOOP
		PERFORM intent.observe(graph, o.identifiers, o.occurred_at);
	END LOOP;
END $$;

-- ----- order -----

\o /dev/null
SELECT intent.create_graph('set', pg_temp.rules());
SELECT intent.ingest('set', 'SELECT occurred_at, identifiers FROM public.observation');
SELECT pg_temp.observe_all('one', '');
SELECT pg_temp.observe_all('shuffled ' || s, 'shuffle' || s) FROM generate_series(1, :shuffles) s;
SELECT intent.create_graph('parts', pg_temp.rules());
SELECT intent.ingest('parts', format('SELECT occurred_at, identifiers FROM public.observation WHERE n %% 3 = %s', r)) FROM generate_series(0, 2) r;
\o

SELECT bag_eq($$SELECT * FROM pg_temp.persons('set')$$,
	$$SELECT string_agg(node, ' ' ORDER BY node COLLATE "C") FROM intent.components(
		'SELECT x.key || '':'' || x.value, min(x.key || '':'' || x.value) OVER (PARTITION BY o.n)
		FROM public.observation o, jsonb_each_text(o.identifiers) x WHERE x.key <> ''s''') GROUP BY component$$,
	'without limits, persons are connected components');
SELECT bag_eq($$SELECT * FROM pg_temp.persons('set')$$, $$SELECT * FROM pg_temp.persons('one')$$, 'one by one is as in a set');
SELECT bag_eq($$SELECT * FROM pg_temp.persons('set')$$, $$SELECT * FROM pg_temp.persons('parts')$$, 'in several sets, too');
SELECT is_empty(format($$SELECT s FROM generate_series(1, %s) s
	WHERE (SELECT string_agg(p, ',' ORDER BY p COLLATE "C") FROM pg_temp.persons('set') p)
		<> (SELECT string_agg(p, ',' ORDER BY p COLLATE "C") FROM pg_temp.persons('shuffled ' || s) p)$$, :shuffles), 'and in any order');
SELECT is_empty($$
	SELECT o.n FROM observation o
	WHERE intent.person_of('set', identifiers, occurred_at) IS NULL AND identifiers <> '{}'
		OR (intent.person_of('one', identifiers, occurred_at) IS NULL) <> (intent.person_of('set', identifiers, occurred_at) IS NULL)$$,
	'every event has a person');

-- ----- as_of -----

\o /dev/null
SELECT intent.create_graph('until', pg_temp.rules());
SELECT intent.ingest('until', format('SELECT occurred_at, identifiers FROM public.observation WHERE n <= %s', :observations / 2));
\o
CREATE TABLE cut AS
SELECT o.n, intent.person_of('until', identifiers, occurred_at) AS replayed,
	intent.person_of('one', identifiers, occurred_at, timestamptz '2026-01-01Z' + :observations / 2 * interval '1 hour') AS as_of
FROM observation o;
SELECT is_empty($$SELECT n FROM cut WHERE (replayed IS NULL) <> (as_of IS NULL)$$, 'as_of knows what a replay up to then knows');
SELECT is_empty($$SELECT x.n, y.n FROM cut x JOIN cut y ON x.n < y.n WHERE (x.replayed = y.replayed) <> (x.as_of = y.as_of)$$,
	'and joins what it joins');

-- A split, and what was asserted distinct, hold nobody together once they are undone.
CREATE TABLE moment (n int, at timestamptz, one bigint, two bigint);
DO $$
DECLARE
	made bigint;
BEGIN
	PERFORM intent.create_graph('moments'), intent.observe('moments', '{"user_id": "anna", "email": "anna@example.com"}', '2026-01-01Z');
	made := intent.split('moments', '{"email": "anna@example.com"}');
	INSERT INTO moment SELECT 1, clock_timestamp(), intent.person('user_id', 'anna', 'moments'), intent.person('email', 'anna@example.com', 'moments');
	PERFORM intent.retract(made);
	made := intent.assert_distinct('moments', 'user_id', 'anna', 'email', 'anna@example.com');
	INSERT INTO moment SELECT 2, clock_timestamp(), intent.person('user_id', 'anna', 'moments'), intent.person('email', 'anna@example.com', 'moments');
	PERFORM intent.retract(made), intent.assert_same('moments', 'user_id', 'anna', 'email', 'anna@example.com');
	INSERT INTO moment SELECT 3, clock_timestamp(), intent.person('user_id', 'anna', 'moments'), intent.person('email', 'anna@example.com', 'moments');
END $$;
SELECT set_eq($$SELECT n, intent.person_of('moments', '{"user_id": "anna"}', at, at, at) AS one, intent.person_of('moments', '{"email": "anna@example.com"}', at, at, at) AS two FROM moment$$,
	'SELECT n, one, two FROM moment', 'as of a time when two were apart they are two, whatever was taken back since');

-- What comes late and was the earliest made nobody known before it came: kim was observed, and lee taken in as a set.
DO $$
DECLARE
	made bigint;
BEGIN
	made := intent.observe('moments', '{"email": "kim@example.com"}', '2026-03-05Z');
	made := intent.ingest('moments', $q$SELECT timestamptz '2026-03-05Z' AS occurred_at, '{"email": "lee@example.com"}'::jsonb AS identifiers$q$);
	INSERT INTO moment SELECT 4, clock_timestamp(), intent.person('email', 'kim@example.com', 'moments'), intent.person('email', 'lee@example.com', 'moments');
	made := intent.observe('moments', '{"email": "kim@example.com"}', '2026-03-01Z');
	made := intent.ingest('moments', $q$SELECT timestamptz '2026-03-01Z' AS occurred_at, '{"email": "lee@example.com"}'::jsonb AS identifiers$q$);
END $$;
CREATE FUNCTION pg_temp.on_the_third(email text, known_at timestamptz) RETURNS bigint LANGUAGE sql AS $$
	SELECT intent.person_of('moments', jsonb_build_object('email', email), '2026-03-03Z', '2026-03-03Z', known_at) $$;
SELECT is_empty('SELECT FROM moment WHERE n = 4 AND (pg_temp.on_the_third(''kim@example.com'', at), pg_temp.on_the_third(''lee@example.com'', at)) IS DISTINCT FROM (NULL, NULL)',
	'as was known before it came, nobody');
SELECT is_empty('SELECT FROM moment WHERE n = 4 AND (pg_temp.on_the_third(''kim@example.com'', NULL), pg_temp.on_the_third(''lee@example.com'', NULL)) IS DISTINCT FROM (one, two)',
	'as is known now, both');

-- ----- why -----

SELECT is_empty($$
	SELECT x.kind, x.value, y.kind, y.value
	FROM intent.identifier x JOIN intent.profile px ON px.id = x.profile
	JOIN intent.identifier y ON y.graph = x.graph AND y.id > x.id JOIN intent.profile py ON py.id = y.profile
	WHERE x.graph = intent.graph_named('set')
		AND (px.person = py.person) <> EXISTS (SELECT FROM intent.why('set', x.kind, x.value, y.kind, y.value))$$,
	'two identifiers are one person if and only if there is a reason');
SELECT is_empty($$
	SELECT w.* FROM intent.identifier x, intent.identifier y, intent.why('set', x.kind, x.value, y.kind, y.value) w
	WHERE x.graph = intent.graph_named('set') AND y.graph = x.graph AND x.kind = 'a' AND y.kind = 'b' AND NOT EXISTS (SELECT FROM observation o
		WHERE o.identifiers @> jsonb_build_object(w.kind, w.value, w.to_kind, w.to_value) AND o.occurred_at = w.occurred_at)$$,
	'each step of which was observed');

-- ----- merge, undo -----

CREATE FUNCTION pg_temp.state() RETURNS text LANGUAGE sql AS $$
	SELECT md5((SELECT string_agg(i::text, E'\n' ORDER BY id) FROM intent.identifier i)
		|| (SELECT string_agg(p::text, E'\n' ORDER BY id) FROM intent.profile p)
		|| (SELECT string_agg(l::text, E'\n' ORDER BY id) FROM intent.link l WHERE source <> 'merge')) $$;
-- Merges of any persons, undone in any order; others happen in between.
CREATE FUNCTION pg_temp.histories(times int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	broken int := 0;
	before text;
	persons bigint[];
	merges bigint[];
	one bigint; two bigint;
BEGIN
	FOR h IN 1 .. times LOOP
		before := pg_temp.state();
		merges := '{}';
		FOR m IN 1 .. 1 + pg_temp.draw('merges' || h, 4) LOOP
			persons := ARRAY(SELECT DISTINCT person FROM intent.profile WHERE graph = intent.graph_named('one') ORDER BY person);
			one := persons[1 + pg_temp.draw(h || ',' || m || ' one', cardinality(persons))];
			two := persons[1 + pg_temp.draw(h || ',' || m || ' two', cardinality(persons))];
			CONTINUE WHEN one = two;
			merges := merges || intent.merge('one', one, two);
			broken := broken + (intent.person_now(one) <> intent.person_now(two))::int;
		END LOOP;
		FOR m IN 1 .. cardinality(merges) LOOP
			one := merges[1 + pg_temp.draw(h || ' undo ' || m, cardinality(merges))];
			PERFORM intent.undo(one);
			merges := array_remove(merges, one);
		END LOOP;
		broken := broken + (pg_temp.state() <> before)::int;
	END LOOP;
	RETURN broken;
END $$;
SELECT is(pg_temp.histories(:histories), 0, 'merges undone in any order leave every row as it was');
SELECT bag_eq($$SELECT * FROM pg_temp.persons('set')$$, $$SELECT * FROM pg_temp.persons('one')$$, 'and every person');


-- ----- rebuild -----

CREATE TABLE before AS SELECT pg_temp.state() AS state;
CREATE TABLE links_before AS SELECT l.* FROM intent.link l WHERE l.source <> 'merge';
SELECT bag_eq($$SELECT measure, n FROM intent.simulate('one', pg_temp.rules()) WHERE measure NOT IN ('persons now', 'persons then')
		UNION ALL SELECT 'state', (pg_temp.state() = (SELECT state FROM before))::int$$,
	$$VALUES ('persons then that are several now', 0::bigint), ('persons now that are several then', 0),
		('identifiers whose person changes its id', 0), ('hubs then', 0), ('state', 1)$$,
	'the same rules simulate no change, and simulating changes nothing');
DO $$ BEGIN PERFORM intent.rebuild('one'); END $$;
SELECT bag_eq($$SELECT * FROM pg_temp.persons('set')$$, $$SELECT * FROM pg_temp.persons('one')$$, 'from scratch, the same persons');
SELECT set_eq($$SELECT * FROM intent.link WHERE source <> 'merge'$$, 'SELECT * FROM links_before', 'by the same links');

SELECT * FROM finish();
ROLLBACK;
