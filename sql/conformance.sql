-- conformance: alignment with an ideal journey; and what is refused
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET IntervalStyle = 'postgres';
SET search_path = public, intent;
\pset null '-'

-- prints an error as SQLSTATE, message, detail and hint
CREATE FUNCTION pg_temp.refused(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE command;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
END $$;

-- a letter is an event, a minute apart
CREATE FUNCTION pg_temp.letters(events text) RETURNS journey LANGUAGE sql AS $$
	SELECT coalesce(journey_agg(timestamptz '2026-03-01 10:00Z' + n * interval '1 minute', event), '{}')
	FROM string_to_table(events, NULL) WITH ORDINALITY e(event, n) $$;

SELECT events, ideal, round(fitness::numeric, 3) AS fitness, cost, deviations
FROM (VALUES
	(1, 'abc', 'a -> b -> c'), (2, 'axbxc', 'a -> b -> c'), (3, 'ac', 'a -> b -> c'), (4, 'acb', 'a -> b -> c'),
	(5, '', 'a -> b -> c'), (6, 'xyz', 'a -> b -> c'), (7, 'cba', 'a -> b -> c'), (8, 'aabc', 'a -> b -> c'),
	-- immediately next, and at the ends
	(10, 'ab', 'a b'), (11, 'axb', 'a b'), (12, 'ab', '^ a b $'), (13, 'xab', '^ a b $'), (14, 'abxx', '^ a b $'),
	-- what must not be between, before, after
	(20, 'abc', 'a -> !x -> c'), (21, 'axc', 'a -> !x -> c'), (22, 'xac', '!x -> a -> c'), (23, 'acx', 'a -> c -> !x'),
	-- repetitions, choices, any order, optional steps
	(30, 'abab', '(a b){2}'), (31, 'abb', '(a b){2}'), (32, 'abbbc', 'a b+ c'), (33, 'ac', 'a b+ c'),
	(34, 'ba', '{a & b}'), (35, 'b', '{a & b}'), (36, 'ad', 'a -> (b | d)'), (37, 'ax', 'a -> (b | d)'),
	(38, 'abc', 'a -> b? -> c'), (39, 'ac', 'a -> b? -> c'),
	-- limits of time
	(40, 'abc', 'a ->[<= 30 s] b -> c'), (41, 'abc', 'a ->[>= 5 min] b -> c'), (42, 'abxxxc', 'a -> b -> c within 3 min'),
	(43, 'axxbab', 'a ->[<= 1 min] b')
) t(n, events, ideal), conformance(pg_temp.letters(events), ideal::jpattern)
ORDER BY n;

-- events that count as extra anywhere
SELECT events, extra, round(fitness::numeric, 3) AS fitness, cost, deviations
FROM (VALUES (1, 'aabxc', ARRAY['*']), (2, 'aabxc', ARRAY['x']), (3, 'aabxc', ARRAY['y']), (4, 'aabxc', '{}')) t(n, events, extra),
	conformance(pg_temp.letters(events), 'a -> b -> c', extra)
ORDER BY n;

-- inside an instant the steps of a chain have no order
SELECT fitness, deviations FROM conformance('{2026-03-01T10:00:00Z b, 2026-03-01T10:00:00Z a}', 'b -> a');
SELECT fitness, deviations FROM conformance('{2026-03-01T10:00:00Z b, 2026-03-01T10:00:00Z a}', 'b -> a strictly');

-- the deviations as rows
SELECT * FROM deviations('{2026-03-01T10:00:00Z web:view, 2026-03-03T11:00:00Z web:cart, 2026-03-03T11:10:00Z call:complaint,
	2026-03-03T11:30:00Z web:purchase}', 'view ->[<= 1 day] cart -> pay -> purchase', ARRAY['call:*']);

-- NULL: nothing happened; no ideal, no answer
SELECT * FROM conformance(NULL, 'a -> b');
SELECT count(*) FROM conformance('{}', NULL);
SELECT count(*) FROM deviations('{}', NULL);

SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT conformance('{}', 'a ->')$$),
	(2, $$SELECT conformance('{}', 'a', ARRAY['b c'])$$),
	(3, $$SELECT conformance('{}', 'a', ARRAY[NULL])$$),
	(4, $$SELECT conformance(journey_agg(timestamptz '2026-01-01Z' + i * interval '1 s', 'e' || i % 3), 'e0{1,500} -> e9') FROM generate_series(1, 100000) i$$),
	-- events of one instant of which each could serve two steps far from each other
	(5, $$SELECT conformance((SELECT journey_agg(timestamptz '2026-01-01Z', 'e' || i) FROM generate_series(0, 64) i),
		(SELECT string_agg('e' || i % 65, ' -> ' ORDER BY i) FROM generate_series(0, 129) i)::jpattern)$$),
	(6, $$SELECT conformance((SELECT journey_agg(timestamptz '2026-01-01Z', 'e' || i) FROM generate_series(0, 12) i),
		(SELECT string_agg('e' || i % 13, ' ->[>= 1 s] ' ORDER BY i) FROM generate_series(0, 25) i)::jpattern)$$)
) t(n, command) ORDER BY n;
