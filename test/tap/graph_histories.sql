-- Random histories of an identity graph, for graph_histories.t: each function makes graphs of its own and gives what is wrong.
SET search_path = public;
SET client_min_messages = warning;
DO $$ BEGIN PERFORM intent.setup_graph(); END $$;

-- A number from 0 to below, of a seed: no random().
CREATE FUNCTION draw(seed text, below int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
	SELECT (('x' || substr(md5(seed), 1, 8))::bit(32)::bigint % below)::int $$;

-- Four sets of rules: no limit; limits; a limit in a window and cookies that adopt; hubs.
CREATE FUNCTION rules(h int) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_build_object('usual_kinds', false, 'kinds', '{"a": {"priority": 1}, "b": {"priority": 2}, "c": {"priority": 3},
		"s": {"priority": 4, "shared": true, "adopts": false}}'::jsonb || CASE h % 4 WHEN 0 THEN '{}'
		WHEN 1 THEN '{"a": {"priority": 1, "unique": true}, "b": {"priority": 2, "max_per_person": 2}}'
		WHEN 2 THEN '{"a": {"priority": 1, "unique": true}, "b": {"priority": 2, "max_per_person": 2, "max_within": "6 hours"}, "s": {"priority": 4, "shared": true, "hub_limit": 3}}'
		ELSE '{"a": {"priority": 1, "unique": true}, "c": {"priority": 3, "hub_limit": 2}, "s": {"priority": 4, "shared": true}}' END::jsonb) $$;

-- Twelve observations a history, each at an hour of its own.
CREATE FUNCTION observations(h int) RETURNS TABLE (n int, occurred_at timestamptz, identifiers jsonb) LANGUAGE sql
SET search_path = public AS $$
	SELECT n, timestamptz '2026-01-01Z' + n * interval '1 hour', jsonb_strip_nulls(jsonb_build_object(
		'a', CASE WHEN draw(h || 'a?' || n, 3) > 0 THEN 'a' || draw(h || 'a' || n, 4) END,
		'b', CASE WHEN draw(h || 'b?' || n, 3) > 0 THEN 'b' || draw(h || 'b' || n, 4) END,
		'c', CASE WHEN draw(h || 'c?' || n, 3) > 0 THEN 'c' || draw(h || 'c' || n, 4) END,
		's', CASE WHEN draw(h || 's?' || n, 2) > 0 THEN 's' || draw(h || 's' || n, 3) END))
	FROM generate_series(1, 12) n $$;

-- What is wrong with a graph, if anything. In PL/pgSQL for its plan, which is made once a session and not at each step.
CREATE FUNCTION faults(g bigint) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY
	SELECT format('identifier %s has no profile', i.id) FROM intent.identifier i JOIN intent.graph_kind k USING (graph, kind)
	WHERE graph = g AND NOT k.shared AND NOT EXISTS (SELECT FROM intent.profile p WHERE p.id = i.profile AND p.graph = g)
	UNION ALL
	SELECT format('profile %s is of %s, whose oldest is %s', p.id, p.person, o.oldest)
	FROM intent.profile p
	LEFT JOIN (SELECT p.person, min(i.id) AS oldest FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE p.graph = g GROUP BY p.person) o USING (person)
	WHERE p.graph = g AND (o.oldest IS DISTINCT FROM p.person OR NOT EXISTS (SELECT FROM intent.identifier i WHERE i.profile = p.id))
	UNION ALL
	SELECT format('link %s is of persons %s and %s', l.id, pa.person, pb.person)
	FROM intent.link l JOIN intent.identifier a ON a.id = l.a JOIN intent.profile pa ON pa.id = a.profile
	JOIN intent.identifier b ON b.id = l.b JOIN intent.profile pb ON pb.id = b.profile
	WHERE l.graph = g AND (l.state = 'active' AND pa.person <> pb.person OR l.state = 'apart' AND pa.person = pb.person)
	UNION ALL
	SELECT format('person %s is in %s parts', p.person, count(DISTINCT coalesce(c.component, i.id)))
	FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile
	LEFT JOIN intent.components_bigint(format('SELECT a, b FROM intent.link WHERE graph = %s AND state = ''active''', g)) c ON c.node = i.id
	WHERE i.graph = g GROUP BY p.person HAVING count(DISTINCT coalesce(c.component, i.id)) > 1
	UNION ALL
	-- unless somebody ever said so, or took a split back: what was observed of two that were one goes on holding them together
	SELECT format('person %s has %s %s', p.person, count(*), i.kind)
	FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile JOIN intent.graph_kind k ON k.graph = i.graph AND k.kind = i.kind
	WHERE i.graph = g AND k.max_within IS NULL
		AND NOT EXISTS (SELECT FROM intent.link l WHERE l.graph = g AND (l.source IN ('merge', 'assert_same') OR l.source = 'split' AND l.state = 'retracted'))
	GROUP BY p.person, i.kind, k.max_per_person HAVING count(*) > k.max_per_person;
END $$;

-- All rows of a graph but the merges, which stay as retracted ones when they are undone.
CREATE FUNCTION state(g bigint) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(E'\n', (SELECT string_agg(i::text, E'\n' ORDER BY id) FROM intent.identifier i WHERE graph = g),
		(SELECT string_agg(p::text, E'\n' ORDER BY id) FROM intent.profile p WHERE graph = g),
		(SELECT string_agg(l::text, E'\n' ORDER BY id) FROM intent.link l WHERE graph = g AND source <> 'merge')) $$;

-- Persons as sets of identifiers, in one text.
CREATE FUNCTION persons(g bigint) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(names, ' | ' ORDER BY names COLLATE "C")
	FROM (SELECT string_agg(i.value, ' ' ORDER BY i.value COLLATE "C") AS names
		FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE i.graph = g GROUP BY p.person) x $$;

-- What joins them, each link with its source, its evidence, and since when.
CREATE FUNCTION reasons(g bigint) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(reason, ' | ' ORDER BY reason COLLATE "C")
	FROM (SELECT concat_ws(' ', least(a.value, b.value), greatest(a.value, b.value), l.source, l.evidence, min(l.occurred_at) AT TIME ZONE 'UTC') AS reason
		FROM intent.link l JOIN intent.identifier a ON a.id = l.a JOIN intent.identifier b ON b.id = l.b
		WHERE l.graph = g AND l.state = 'active' GROUP BY least(a.value, b.value), greatest(a.value, b.value), l.source, l.evidence) x $$;

CREATE TABLE answer (step int, known_at timestamptz, as_of timestamptz, identifiers jsonb, occurred_at timestamptz, person bigint);

-- One of the identifiers that join people, of a graph.
CREATE FUNCTION any_of(g bigint, seed text) RETURNS intent.identifier LANGUAGE sql AS $$
	SELECT i.* FROM intent.identifier i JOIN intent.graph_kind k USING (graph, kind) WHERE graph = g AND NOT k.shared
	ORDER BY md5(seed || i.value) LIMIT 1 $$;

-- A history: what went wrong in it, with the step.
CREATE FUNCTION history(h int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	name constant text := 'history ' || h;
	g constant bigint := intent.create_graph(name, rules(h));
	-- half of them in the order of time
	seen constant jsonb[] := ARRAY(SELECT jsonb_build_object('occurred_at', o.occurred_at, 'identifiers', o.identifiers)
		FROM observations(h) o ORDER BY CASE WHEN h / 4 % 2 = 0 THEN lpad(o.n::text, 2) ELSE md5(h || 'order' || o.n) END);
	merges bigint[] := '{}';
	next int := 1;
	step int := 0;
	what text;
	before text;
	x intent.identifier; y intent.identifier;
	made bigint;
	until timestamptz;
	known timestamptz;
BEGIN
	WHILE next <= cardinality(seen) LOOP
		step := step + 1;
		what := (ARRAY['observe', 'observe', 'observe', 'observe', 'array', 'set', 'set', 'merge', 'undo', 'retract', 'same', 'distinct', 'split', 'rebuild', 'trial'])
			[1 + draw(h || 'step' || step, 15)];
		x := any_of(g, h || 'one' || step);
		y := any_of(g, h || 'two' || step);
		BEGIN
			CASE what
				WHEN 'observe' THEN
					PERFORM intent.observe(name, seen[next] -> 'identifiers', (seen[next] ->> 'occurred_at')::timestamptz);
					next := next + 1;
				WHEN 'array' THEN
					PERFORM intent.observe(name, seen[next : next + 1]);
					next := next + 2;
				WHEN 'set' THEN
					PERFORM intent.ingest(name, format('SELECT (o ->> ''occurred_at'')::timestamptz AS occurred_at, o -> ''identifiers'' AS identifiers FROM unnest(%L::jsonb[]) o', seen[next : next + 2]));
					next := next + 3;
				WHEN 'merge' THEN
					merges := merges || intent.merge(name, intent.person(x.kind, x.value, name), intent.person(y.kind, y.value, name));
				WHEN 'undo' THEN
					PERFORM intent.undo(merges[1 + draw(h || 'undo' || step, greatest(cardinality(merges), 1))]);
				WHEN 'retract' THEN
					PERFORM intent.retract((SELECT l.id FROM intent.link l WHERE l.graph = g AND l.state IN ('active', 'apart') ORDER BY md5(h || 'retract' || step || l.id - (SELECT min(id) FROM intent.link WHERE graph = g)) LIMIT 1));
				WHEN 'same' THEN
					PERFORM intent.assert_same(name, x.kind, x.value, y.kind, y.value);
				WHEN 'distinct' THEN
					PERFORM intent.assert_distinct(name, x.kind, x.value, y.kind, y.value);
				WHEN 'split' THEN
					merges := merges || intent.split(name, jsonb_build_object(x.kind, x.value));
				WHEN 'rebuild' THEN
					PERFORM intent.rebuild(name);
				WHEN 'trial' THEN
					before := state(g);
					made := intent.merge(name, intent.person(x.kind, x.value, name), intent.person(y.kind, y.value, name));
					RETURN QUERY SELECT format('%s, step %s: the merge: %s', name, step, f) FROM faults(g) f;
					PERFORM intent.undo(made);
					IF state(g) <> before THEN
						RETURN NEXT format('%s, step %s: a merge was undone and something was not', name, step);
					END IF;
			END CASE;
		EXCEPTION
			-- one person already, one identifier twice, nothing to undo, distinct by assertion, or nobody known yet
			WHEN invalid_parameter_value OR object_not_in_prerequisite_state OR no_data_found THEN
				IF what IN ('observe', 'array', 'set', 'rebuild') THEN
					RAISE;
				END IF;
				what := what || ', refused';
		END;
		RETURN QUERY SELECT format('%s, step %s: %s: %s', name, step, what, f) FROM faults(g) f;
		IF step % 3 = 0 THEN
			-- by all that is known, and by what had occurred at some hour of what is known
			until := timestamptz '2026-01-01 00:30Z' + draw(h || 'until' || step, 12) * interval '1 hour';
			known := clock_timestamp();
			INSERT INTO answer SELECT step, known, a.as_of, e.identifiers, e.occurred_at,
				CASE a.as_of WHEN known THEN intent.person_of(name, e.identifiers, e.occurred_at) ELSE intent.person_of(name, e.identifiers, e.occurred_at, a.as_of, known) END
			FROM (VALUES (known), (until)) a(as_of), (SELECT jsonb_build_object(k, k || v), timestamptz '2026-01-01 06:30Z' FROM unnest('{a,b,c}'::text[]) k, generate_series(0, 3) v
				UNION ALL SELECT jsonb_build_object('s', 's' || v), timestamptz '2026-01-01 00:30Z' + t * interval '5 hours' FROM generate_series(0, 2) v, generate_series(0, 2) t) e(identifiers, occurred_at);
		END IF;
	END LOOP;

	-- a hub of today names nobody at any time, so that history 3 has other answers
	RETURN QUERY SELECT format('%s, step %s: %s was of %s as of %s and is of %s', name, a.step, a.identifiers, a.person, a.as_of, p)
	FROM answer a CROSS JOIN LATERAL intent.person_of(name, a.identifiers, a.occurred_at, a.as_of, a.known_at) p
	WHERE a.person IS DISTINCT FROM p AND NOT EXISTS (SELECT FROM intent.identifier i WHERE i.graph = g AND i.hub);
	RETURN QUERY SELECT format('%s: %s and %s', name, i.value, j.value)
	FROM intent.identifier i JOIN intent.profile pi ON pi.id = i.profile
	JOIN intent.identifier j ON j.graph = i.graph AND j.id > i.id JOIN intent.profile pj ON pj.id = j.profile
	WHERE i.graph = g AND (pi.person = pj.person) <> EXISTS (SELECT FROM intent.why(name, i.kind, i.value, j.kind, j.value));
	DELETE FROM answer;
END $$;

-- Merges of any persons, undone in any order, with others in between.
CREATE FUNCTION trials(h int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	name constant text := 'trial ' || h;
	g constant bigint := intent.create_graph(name, rules(h));
	before text;
	merges bigint[] := '{}';
	x intent.identifier; y intent.identifier;
	made bigint;
BEGIN
	PERFORM intent.observe(name, ARRAY(SELECT jsonb_build_object('occurred_at', o.occurred_at, 'identifiers', o.identifiers) FROM observations(h) o ORDER BY o.n));
	before := state(g);
	FOR m IN 1 .. 1 + draw(h || 'merges', 4) LOOP
		x := any_of(g, h || ',' || m || 'one');
		y := any_of(g, h || ',' || m || 'two');
		CONTINUE WHEN intent.person(x.kind, x.value, name) IS NULL OR intent.person(y.kind, y.value, name) IS NULL
			OR intent.person(x.kind, x.value, name) = intent.person(y.kind, y.value, name);
		merges := merges || intent.merge(name, intent.person(x.kind, x.value, name), intent.person(y.kind, y.value, name));
		IF intent.person(x.kind, x.value, name) <> intent.person(y.kind, y.value, name) THEN
			RETURN NEXT format('%s: %s and %s were merged and are two', name, x.value, y.value);
		END IF;
	END LOOP;
	WHILE cardinality(merges) > 0 LOOP
		made := merges[1 + draw(h || 'undo' || cardinality(merges), cardinality(merges))];
		PERFORM intent.undo(made);
		merges := array_remove(merges, made);
		RETURN QUERY SELECT format('%s: %s', name, f) FROM faults(g) f;
	END LOOP;
	IF state(g) <> before THEN
		RETURN NEXT format('%s: all merges were undone and something was not', name);
	END IF;
END $$;

-- The same observations one by one in two orders, in a set, in several sets, and from scratch after each. Without limits
-- the persons are always the same. With limits, if there are no hubs, they are from scratch, for the same reasons, but for
-- what a set knows and no other: how often a pair was seen in it.
CREATE FUNCTION orders(h int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	way text;
	name text;
	o record;
	made text[] := '{}';
	rebuilt text[] := '{}';
	why text[] := '{}';
BEGIN
	FOREACH way IN ARRAY ARRAY['one by one', 'shuffled', 'a set', 'sets'] LOOP
		name := way || h;
		PERFORM intent.create_graph(name, rules(h));
		IF way IN ('one by one', 'shuffled') THEN
			FOR o IN SELECT * FROM observations(h) x ORDER BY CASE way WHEN 'shuffled' THEN md5(h || 'other' || x.n) ELSE lpad(x.n::text, 2) END LOOP
				PERFORM intent.observe(name, o.identifiers, o.occurred_at);
			END LOOP;
		ELSE
			PERFORM intent.ingest(name, format('SELECT * FROM public.observations(%s) o WHERE o.n %% %s = %s', h, parts.n, p))
			FROM (SELECT CASE way WHEN 'sets' THEN 3 ELSE 1 END) parts(n), generate_series(0, parts.n - 1) p;
		END IF;
		RETURN QUERY SELECT format('%s: %s', name, f) FROM faults(intent.graph_named(name)) f;
		made := made || persons(intent.graph_named(name));
		PERFORM intent.rebuild(name);
		RETURN QUERY SELECT format('%s, from scratch: %s', name, f) FROM faults(intent.graph_named(name)) f;
		rebuilt := rebuilt || persons(intent.graph_named(name));
		why := why || reasons(intent.graph_named(name));
		IF h % 4 = 0 AND (made || rebuilt) <> array_fill(made[1], ARRAY[cardinality(made || rebuilt)]) THEN
			RETURN NEXT format('%s: %s; from scratch: %s; and not: %s', name, made[cardinality(made)], rebuilt[cardinality(rebuilt)], made[1]);
		ELSIF h % 4 IN (1, 2) AND (way = 'shuffled' AND rebuilt[2] <> rebuilt[1] OR way = 'a set' AND rebuilt[3] <> made[3]) THEN
			RETURN NEXT format('%s: from scratch: %s; and not: %s', name, rebuilt[cardinality(rebuilt)], CASE way WHEN 'a set' THEN made[3] ELSE rebuilt[1] END);
		ELSIF h % 4 IN (1, 2) AND way = 'shuffled' AND why[2] <> why[1] THEN
			RETURN NEXT format('%s: from scratch, by %s; and not: %s', name, why[2], why[1]);
		END IF;
	END LOOP;
END $$;

-- What was known up to an hour, by a graph that knows more and by one that never knew more.
CREATE FUNCTION replays(h int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	until constant timestamptz := timestamptz '2026-01-01Z' + (1 + draw(h || 'until', 12)) * interval '1 hour';
	whole constant text := 'shuffled' || h;
	short constant text := 'until' || h;
BEGIN
	PERFORM intent.create_graph(short, rules(h));
	PERFORM intent.ingest(short, format('SELECT * FROM public.observations(%s) o WHERE o.occurred_at <= %L', h, until));
	RETURN QUERY
	WITH known AS (
		SELECT x.n, x.identifiers, intent.person_of(whole, x.identifiers, x.occurred_at, until) AS as_of, intent.person_of(short, x.identifiers, x.occurred_at) AS replayed
		FROM observations(h) x
	)
	SELECT format('history %s until %s: %s and %s', h, until, one.identifiers, two.identifiers)
	FROM known one, known two
	WHERE one.n <= two.n AND (one.as_of = two.as_of) IS DISTINCT FROM (one.replayed = two.replayed);
END $$;

-- Now and then, so that the cost of a history does not grow with their number.
CREATE FUNCTION forget() RETURNS void LANGUAGE sql AS $$
	TRUNCATE intent.graph, intent.graph_kind, intent.profile, intent.identifier, intent.backdated, intent.link, intent.sighting, intent.carried, intent.suppression $$;
