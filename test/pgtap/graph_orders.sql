-- The identity graph from scratch is a function of what was observed: the same persons by the same links, since the same
-- times, in whatever order the observations came, where a limit is in the way and cookies adopt.
\if :{?full} \set every 1 \endif
\if :{?every} \else \set every 5 \endif
BEGIN;
SET LOCAL search_path = public, pg_temp;
SET LOCAL client_min_messages = warning;
SELECT plan(7);
DO $$ BEGIN PERFORM intent.setup_graph(); END $$;

-- Four observations a case, an hour apart; no fewer show it.
CREATE TABLE observation (of text, n int, identifiers jsonb);
INSERT INTO observation VALUES
	-- In this order the cookie joins b1 to a1 before they are seen together; that they were is why b1 is not a2's.
	('adopted, then seen', 1, '{"a": "a1", "s": "s1"}'), ('adopted, then seen', 2, '{"b": "b1", "s": "s1"}'),
	('adopted, then seen', 3, '{"a": "a1", "b": "b1"}'), ('adopted, then seen', 4, '{"a": "a2", "b": "b1"}'),
	-- The cookie would join b3 to a1, and a limit refuses it; later they are seen together.
	('refused, then seen', 1, '{"a": "a1", "b": "b1", "s": "s1"}'), ('refused, then seen', 2, '{"a": "a1", "b": "b2"}'),
	('refused, then seen', 3, '{"b": "b3", "s": "s1"}'), ('refused, then seen', 4, '{"a": "a1", "b": "b3"}'),
	-- b1 and c1 are one person, whom the cookie joins to a1 by the stronger of them: by c1, b3 would come first, and two b are all.
	('joined by one of two', 1, '{"a": "a1", "b": "b2", "s": "s1"}'), ('joined by one of two', 2, '{"c": "c1", "s": "s1"}'),
	('joined by one of two', 3, '{"b": "b1", "c": "c1", "s": "s1"}'), ('joined by one of two', 4, '{"b": "b3", "s": "s1"}'),
	-- The cookie speaks since b1 and a1 were seen on it, whichever of them came to be known last.
	('since both', 1, '{"b": "b1"}'), ('since both', 2, '{"a": "a1", "s": "s1"}'),
	('since both', 3, '{"a": "a1"}'), ('since both', 4, '{"b": "b1", "s": "s1"}');

-- The orders of the four: all, or one of so many.
CREATE TABLE way AS
SELECT numbers FROM (SELECT row_number() OVER (ORDER BY a, b, c) AS way, ARRAY[a, b, c, 10 - a - b - c] AS numbers
	FROM generate_series(1, 4) a, generate_series(1, 4) b, generate_series(1, 4) c WHERE a <> b AND a <> c AND b <> c) x
WHERE (way - 1) % :every = 0;

-- Persons as sets of identifiers, and the links they are by, with the time since when, a line each.
CREATE FUNCTION pg_temp.answer(graph text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(E'\n', (SELECT string_agg(names, ' | ' ORDER BY names COLLATE "C")
			FROM (SELECT string_agg(i.value, ' ' ORDER BY i.value COLLATE "C") AS names
				FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE i.graph = intent.graph_named($1) GROUP BY p.person) x),
		(SELECT string_agg(link, E'\n' ORDER BY link COLLATE "C")
			FROM (SELECT concat_ws(' ', names, l.source, l.evidence ->> 's', extract(hour FROM min(l.occurred_at) AT TIME ZONE 'UTC')) AS link
				FROM intent.link l CROSS JOIN LATERAL (SELECT string_agg(i.value, ' ' ORDER BY i.value COLLATE "C") AS names
					FROM intent.identifier i WHERE i.id IN (l.a, l.b)) x
				WHERE l.graph = intent.graph_named($1) AND l.state = 'active' GROUP BY names, l.source, l.evidence) x)) $$;

CREATE FUNCTION pg_temp.rules(most int, adopts boolean) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('usual_kinds', false, 'kinds', jsonb_build_object('a', '{"priority": 1, "unique": true}'::jsonb,
		'b', jsonb_build_object('priority', 2, 'max_per_person', most, 'max_within', '6 hours'), 'c', '{"priority": 3}'::jsonb,
		's', jsonb_build_object('priority', 4, 'shared', true, 'adopts', adopts))) $$;

-- From scratch after one by one in an order: under the rules, and under others that refuse and conclude less.
CREATE FUNCTION pg_temp.from_scratch(of text, numbers int[], OUT answer text, OUT others text) LANGUAGE plpgsql AS $$
DECLARE
	graph constant text := format('%s %s', of, numbers);
	seen record;
BEGIN
	PERFORM intent.create_graph(graph, pg_temp.rules(2, true));
	FOR seen IN SELECT timestamptz '2026-01-01Z' + o.n * interval '1 hour' AS occurred_at, o.identifiers
		FROM unnest(numbers) WITH ORDINALITY u(n, place) JOIN observation o USING (n) WHERE o.of = from_scratch.of ORDER BY u.place
	LOOP
		PERFORM intent.observe(graph, seen.identifiers, seen.occurred_at);
	END LOOP;
	PERFORM intent.rebuild(graph);
	answer := pg_temp.answer(graph);
	PERFORM intent.rebuild(graph, pg_temp.rules(3, false));
	others := pg_temp.answer(graph);
END $$;

CREATE TABLE answer AS
SELECT x.of, s.* FROM (SELECT DISTINCT of FROM observation) x CROSS JOIN way w CROSS JOIN LATERAL pg_temp.from_scratch(x.of, w.numbers) s;

SELECT bag_eq('SELECT DISTINCT of, answer FROM answer', $$VALUES
	('adopted, then seen', E'a1 b1 | a2\na1 b1 observed 3'),
	('refused, then seen', E'a1 b1 b2 | b3\na1 b1 observed 1\na1 b2 observed 2'),
	('joined by one of two', E'a1 b1 b2 c1 | b3\na1 b1 carrier s1 3\na1 b2 observed 1\nb1 c1 observed 3'),
	('since both', E'a1 b1\na1 b1 carrier s1 4')$$, 'from scratch, every order gives one answer');
SELECT bag_eq('SELECT DISTINCT of, others FROM answer', $$VALUES
	('adopted, then seen', E'a1 b1 | a2\na1 b1 observed 3'),
	('refused, then seen', E'a1 b1 b2 b3\na1 b1 observed 1\na1 b2 observed 2\na1 b3 observed 4'),
	('joined by one of two', E'a1 b2 | b1 c1 | b3\na1 b2 observed 1\nb1 c1 observed 3'),
	('since both', E'a1 | b1')$$, 'and one under other rules');

-- ----- as a set -----

DO $$ BEGIN
	PERFORM intent.create_graph(x.of, pg_temp.rules(2, true)), intent.ingest(x.of, format(
		'SELECT timestamptz ''2026-01-01Z'' + o.n * interval ''1 hour'' AS occurred_at, o.identifiers FROM public.observation o WHERE o.of = %L', x.of))
	FROM (SELECT DISTINCT of FROM observation) x;
END $$;
SELECT set_eq('SELECT DISTINCT of, pg_temp.answer(of) FROM observation', 'SELECT of, answer FROM answer', 'so does a set');

-- ----- what was said, and then seen -----

DO $$
DECLARE
	said bigint;
BEGIN
	PERFORM intent.create_graph('said', pg_temp.rules(2, true)), intent.observe('said', '{"a": "a1"}', '2026-01-01Z'), intent.observe('said', '{"b": "b1"}', '2026-01-01Z');
	said := intent.assert_same('said', 'a', 'a1', 'b', 'b1');
	PERFORM intent.observe('said', '{"a": "a1", "b": "b1"}', clock_timestamp() + interval '1 hour');
	PERFORM intent.retract(said);
END $$;
SELECT is(intent.person('b', 'b1', 'said'), intent.person('a', 'a1', 'said'), 'who was seen together is one when what was said is taken back');

-- ----- as of -----

DO $$ BEGIN
	PERFORM intent.create_graph('late', pg_temp.rules(2, true));
	PERFORM intent.observe('late', o.identifiers, timestamptz '2026-01-01Z' + o.n * interval '1 hour')
	FROM (SELECT * FROM observation WHERE of = 'since both' ORDER BY n = 2, n) o;
END $$;
SELECT is(intent.person('b', 'b1', 'late'), intent.person('a', 'a1', 'late'), 'a cookie joins who is seen on it late');
SELECT isnt(intent.person_of('late', '{"b": "b1"}', '2026-01-01 03:30Z', as_of => '2026-01-01 03:30Z'),
	intent.person_of('late', '{"a": "a1"}', '2026-01-01 03:30Z', as_of => '2026-01-01 03:30Z'), 'who were two before both had been seen on it');
SELECT is(intent.person_of('late', '{"b": "b1"}', '2026-01-01 04:00Z', as_of => '2026-01-01 04:00Z'),
	intent.person_of('late', '{"a": "a1"}', '2026-01-01 04:00Z', as_of => '2026-01-01 04:00Z'), 'and are one since then');

SELECT * FROM finish();
ROLLBACK;
