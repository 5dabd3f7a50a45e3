-- pattern: the language and its canonical text, matching, matches, funnels; and what is refused where
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET search_path = public, intent;

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

-- canonical text, which reads back as itself, and the kind
SELECT n, p::jpattern AS canonical, pattern_kind(p::jpattern) AS kind,
	p::jpattern::text::jpattern = p::jpattern AS again
FROM (VALUES
	(1, 'view'), (2, ' view->cart ->purchase '), (3, 'web:view -> call:* -> :note -> *:cart'),
	(4, 'a->[<=1 day]b ->[ >= 10 min , <= 1 week ] c'), (5, 'a -> !x -> b'), (6, 'a -> !(x | y) -> !z ->[<= 90 s] b'),
	(7, '!x -> a'), (8, 'view -> cart ->[<= 7 days] !purchase'), (9, '(a|b) -> (!c)'), (10, '!(a | b) c'),
	(11, 'a -> b? -> c??'), (12, '{a&b & c}'), (13, '{(a | b) & !c}? -> d'), (14, 'a b'), (15, '^ a .* b $'),
	(16, 'a+ b* c{2} d{2,} e{0,3} f+? g*? h{1,2}?'), (17, '(a b)+ | c -> d'), (18, '((a))'), (19, '(a -> b) c'),
	(20, 'x:=a -> y:=(b | c)[value > 1]'), (21, 'basket:=purchase[value >= 1e2, value<>150.50]'),
	(22, '"delivery failed" -> call:"a ""b""" -> "strictly" -> "." -> .'), (23, 'a -> b strictly within 7 days'),
	(24, 'a -> b within 1:30:00 strictly'), (25, 'a{1}'), (26, 'a{,2} b'), (27, '.[value = -0]'), (28, 'a-b -> c->d'),
	(29, '(!a | b) -> c'), (30, 'a -> !(!b) -> c'), (31, 'a -> b WITHIN 7 days Strictly'), (32, '"Within" -> Within:a')) t(n, p)
WHERE n <> 20
ORDER BY n;

-- every operator on one journey
CREATE TEMP TABLE one AS SELECT '{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart value=20 ref=c1,
	2026-03-01T10:06:00Z web:view, 2026-03-02T09:00:00Z call:question, 2026-03-08T10:05:00Z web:purchase value=99.5 ref=o1,
	2026-03-09T10:00:00Z note}'::journey AS j;
SELECT p, j ~ p::jpattern AS matches, match_count(j, p::jpattern) AS count
FROM one, (VALUES
	(1, 'view'), (2, 'web:*'), (3, '.'), (4, ':note'), (5, ':view'), (6, 'view -> purchase'), (7, 'purchase -> view'),
	(8, 'view cart'), (9, 'cart purchase'), (10, 'cart ->[<= 7 days] purchase'), (11, 'cart ->[<= 6 days 23 h] purchase'),
	(12, 'cart ->[>= 7 days] purchase'), (13, 'cart -> purchase within 7 days'), (14, 'view -> purchase within 7 days'),
	(15, 'view -> cart -> purchase within 7 days'), (16, 'cart -> !call:* -> purchase'), (17, 'cart -> !complaint -> purchase'),
	(18, 'cart ->[<= 2 days] !purchase'), (19, 'cart ->[<= 7 days] !purchase'), (20, 'purchase -> !purchase'),
	(21, '!call:* -> purchase'), (22, '!call:* ->[<= 5 days] purchase'), (23, '(view | cart)'), (24, '(!view)'),
	(25, 'view -> complaint? -> purchase'), (26, '{purchase & cart & question}'), (27, '{view & view & view}'),
	(28, 'view .* purchase'), (29, 'view .{2} question'), (30, '^ view cart'), (31, '^ cart'), (32, 'note $'), (33, 'purchase $'),
	(34, '(view | cart)+ question'), (35, 'cart[value > 20]'), (36, 'cart[value >= 20]'), (37, 'note[value <> 1]'),
	(38, '(!note[value <> 1])'), (39, 'purchase[value > 50, value < 100]'), (40, 'view !cart'), (41, 'web:* web:* web:*')) t(n, p)
ORDER BY n;

-- one instant: a chain takes its events in any order, each once; other patterns go by canonical order
CREATE TEMP TABLE tied AS SELECT '{2026-03-01T10:00:00Z a, 2026-03-01T10:00:00Z b, 2026-03-01T10:00:00Z b, 2026-03-01T10:00:00Z c}'::journey AS j;
SELECT p, pattern_kind(p::jpattern) AS kind, j ~ p::jpattern AS matches, match_count(j, p::jpattern) AS count
FROM tied, (VALUES (1, 'a -> b -> c'), (2, 'c -> b -> a'), (3, 'a -> a'), (4, 'b -> b'), (5, 'b'), (6, '(a | b) -> b'), (7, 'a -> b strictly'),
	(8, 'a b'), (9, 'b a'), (10, '(c -> a)'), (11, 'x:=c -> a'), (12, 'x:=a -> c'), (13, '{c & a}'), (14, 'a -> !b -> c'), (15, 'a ->[>= 1 us] b')) t(n, p)
ORDER BY n;

-- matches, one row each
SELECT m.* FROM one, matches(j, 'view -> purchase') m;
SELECT match, started_at, events FROM one, matches(j, '(view | cart)') m;
SELECT o.n, o.overlap, m.match, m.started_at, m.ended_at, m.steps, m.events
FROM one, (VALUES (1, 'none'), (2, 'first'), (3, 'last'), (4, 'overlapping'), (5, 'all')) o(n, overlap),
	matches(j, 'web:* -> web:*', o.overlap) m ORDER BY o.n, m.match;
-- in an instant of a chain matches end together: the last one is that which began last
SELECT started_at, ended_at, events FROM matches('{2026-03-01T10:00:00Z b, 2026-03-01T11:00:00Z a, 2026-03-01T11:00:00Z b}', '(b | c) -> (a | b)', 'last');
SELECT steps, refs, captures FROM one, matches(j, 'view basket:=cart .* order:=purchase[value > 50]') m;
SELECT steps, events, captures FROM one, matches(j, '(seen:=view | cart)+ question') m;
SELECT steps, events FROM one, matches(j, 'view -> cart? -> question? -> purchase') m;
SELECT steps, events FROM one, matches(j, 'view -> cart?? -> question?? -> purchase') m;
SELECT count(*) FROM matches('{}', 'a') UNION ALL SELECT count(*) FROM matches(NULL, 'a') UNION ALL SELECT count(*) FROM matches('{}', NULL);

-- funnels
SELECT p, funnel_level(j, p::jpattern), f.* FROM one, (VALUES (1, 'view -> cart -> question -> purchase'), (2, 'view -> cart -> complaint -> purchase'),
	(3, 'cart -> view? -> refund'), (4, 'refund -> view'), (5, 'view -> cart ->[<= 7 days] !purchase'), (6, 'view cart view'),
	(7, '{cart & view} -> purchase within 7 days')) t(n, p), funnel(j, p::jpattern) f ORDER BY n;
SELECT level, levels, names, stopped_at, stopped_before, completions FROM funnel(NULL, 'a -> b');
SELECT level, levels, names, stopped_at, stopped_before, completions FROM funnel('{}', 'a -> b');
SELECT count(*) FROM funnel('{}', NULL);
SELECT funnel_level(NULL, 'a') IS NULL AND funnel_level('{}', NULL) IS NULL AND NULL ~ 'a'::jpattern IS NULL AND match_count('{}', NULL) IS NULL AS nulls;
-- the true maximum: the first a leads too far away, the second one nowhere near
SELECT funnel_level('{2026-03-01T10:00:00Z a, 2026-03-01T10:10:00Z b, 2026-03-01T10:50:00Z a, 2026-03-01T11:20:00Z c, 2026-03-01T11:30:00Z b}', 'a ->[<= 1 hour] b -> c');
-- 128 steps and more
SELECT funnel_level(j, p), p::text LIKE '%e128', match_count(j, p)
FROM (SELECT journey_agg(timestamptz '2026-01-01Z' + i * interval '1 h', 'e' || i) AS j, string_agg('e' || i, ' -> ' ORDER BY i)::jpattern AS p
	FROM generate_series(1, 128) i) t;

-- funnels of many people
CREATE TEMP TABLE many AS SELECT * FROM (VALUES ('web', '{2026-03-01T10:00:00Z view, 2026-03-01T11:00:00Z cart, 2026-03-02T11:00:00Z purchase}'::journey),
	('web', '{2026-03-01T10:00:00Z view, 2026-03-01T12:00:00Z cart}'), ('app', '{2026-03-01T10:00:00Z view}'), ('app', '{}'), ('app', NULL)) t(channel, j);
SELECT channel, step, name, entered, converted, round(rate::numeric, 3) AS rate, round(rate_low::numeric, 3) AS low, round(rate_high::numeric, 3) AS high,
	round(p50) AS p50, round(p90) AS p90
FROM (SELECT channel, funnel_agg(j, 'view -> search? -> cart -> purchase') AS state FROM many GROUP BY channel) s, funnel_report(state) ORDER BY channel DESC, step;
SELECT partial_kind(funnel_agg(j, 'view -> cart')), funnel_agg(j, 'view -> cart')::text = (SELECT funnel_merge(part)::text
	FROM (SELECT funnel_agg(j, 'view -> cart') AS part FROM many GROUP BY channel) p) AS merged FROM many;
SELECT funnel_agg(j, 'a') IS NULL AS no_rows FROM many WHERE false;
SELECT count(*) FROM funnel_report(NULL);

-- equality, hash, sending
SELECT p, count(*), bool_and(same(p, 'a -> b within 7 days')), bool_or(not_same(p, 'a -> b within 7 days'))
FROM (VALUES ('a->b within 1 week'::jpattern), ('a -> b within 168 hours')) t(p) GROUP BY p;
SELECT convert_from(jpattern_send('a->b'), 'UTF8');
SELECT jpattern_hash('a->b') = jpattern_hash('a -> b'), jpattern_hash_extended('a->b', 1) = jpattern_hash_extended('a -> b', 1);

-- order: by the bytes of the canonical text
CREATE TEMP TABLE kept (p jpattern PRIMARY KEY);
INSERT INTO kept VALUES ('view -> cart'), ('a b'), ('a -> b'), ('"Z"'), ('a'), ('a->b->c');
SELECT p FROM kept ORDER BY p;
SELECT count(DISTINCT p), min(p::text), array_agg(p ORDER BY p DESC) FROM (SELECT p FROM kept UNION ALL SELECT 'view->cart') t(p);
SELECT p FROM kept WHERE p > 'a -> b' AND p <= 'a b' ORDER BY p;
SELECT less('a', 'b'), less_or_same('a', 'a'), greater('a', 'b'), greater_or_same('b', 'a'), jpattern_cmp('b', 'a') > 0, jpattern_cmp('a->b', 'a -> b');
SELECT pg_temp.refused($$INSERT INTO kept VALUES ('view->cart')$$);

-- refusals
SELECT n, pg_temp.refused(format('SELECT %L::jpattern', p)) FROM (VALUES
	(1, ''), (2, '->'), (3, 'a ->'), (4, 'a -> -> b'), (5, '(a'), (6, 'a)'), (7, 'a ->[<= 1 month] b'), (8, 'a ->[< 1 day] b'),
	(9, 'a ->[<= 1 fortnight] b'), (10, 'a ->[<= 1 day, <= 2 days] b'), (11, 'a ->[>= 2 days, <= 1 day] b'), (12, 'a ->[<= 1 day b'),
	(13, 'a -> b within'), (14, 'a -> b within 1 day within 2 days'), (15, 'a within 1 year'), (16, 'a -> strictly'), (17, 'a[price > 1]'),
	(18, 'a[value > x]'), (19, 'a[value ~ 1]'), (20, 'a[value > 1'), (21, '!a'), (22, 'a?'), (23, 'a* -> b?'), (24, '{a}'), (25, '{a & b'),
	(26, '{a & b & c & d & e & f & g & h & i}'), (27, '{a+ & b}'), (28, 'a{0}'), (29, 'a{3,2}'), (30, 'a{1001}'), (31, 'a**'), (32, 'a ?'),
	(33, 'a ^ b'), (34, 'a $ b'), (35, '$'), (36, '^ -> a'), (37, 'a -> $'), (38, 'a ->[<= 1 day] !x -> b'), (39, '(a -> !x) -> b'),
	(40, '!x -> !y -> a'), (41, 'a -> !x+ -> b'), (42, 'a:b:c'), (43, '"a'), (44, 'a"b"'), (45, 'x:=(a -> b)'), (46, 'a -> b | ^ c'),
	(47, 'a & b'), (48, 'ä'), (49, 'a -> !(x | y)+'), (50, 'a{1000}{1000}'), (51, '(a{1000}){1000}'), (52, 'a[value > 1e999]'), (53, 'a[value > 1 and value < 2]'),
	(54, '"käse" -> -> b'), (55, '"größe" -> (b "für"'), (56, 'a -> b within 7 daysstrictly'), (57, 'WITHIN'),
	(58, '(a | b)[value > 1]'), (59, 'a [value > 1]'), (60, 'a[value > 1][value < 3]')) t(n, p)
ORDER BY n;
SELECT pg_temp.refused(format('SELECT %L::jpattern', repeat('(', 101) || 'a' || repeat(')', 101)));
SELECT pg_temp.refused(format('SELECT %L::jpattern', 'a' || repeat(' -> a', 1000)));
SELECT left(pg_temp.refused(format('SELECT %L::jpattern', repeat('a -> ', 20000) || 'a')), 100);
-- what is shown of a long one ends with a whole character, in any encoding
SELECT pg_temp.refused(format('SELECT %L::jpattern', 'a -> "' || repeat('ä', 120) || '" -> -> b'));
SELECT pg_temp.refused($$SELECT * FROM matches('{}', 'a', 'some')$$);
SELECT pg_temp.refused($$SELECT '{}'::journey ~ 'a -> (b'$$);
SELECT pg_temp.refused($$SELECT funnel_agg(j, NULL) FROM many$$);
SELECT pg_temp.refused($$SELECT funnel_agg(j, channel::jpattern) FROM many$$);
SELECT pg_temp.refused($$SELECT funnel_merge(funnel_agg) FROM (SELECT funnel_agg(j, channel::jpattern) FROM many GROUP BY channel) s$$);
SELECT pg_temp.refused($$SELECT * FROM funnel_report('retention/1:AA==')$$);
SELECT pg_temp.refused($$SELECT 'funnel/1:AQE='::partial$$);

-- members of a set that are alike need few places: as many sets as steps, where different ones were too many
SELECT n, left(pg_temp.refused(format('SELECT %L::jpattern', p)), 42)
FROM (VALUES (1, repeat('{a & a & a & a & a & a & a & a} -> ', 99) || 'b'), (2, repeat('{a & b & c & d & e & f & g & h} -> ', 8) || 'b')) t(n, p) ORDER BY n;
SELECT p, match_count('{2026-03-01T10:00:00Z a, 2026-03-01T10:01:00Z b, 2026-03-01T10:02:00Z a, 2026-03-01T10:02:00Z a, 2026-03-01T10:03:00Z b}', p::jpattern)
FROM unnest(ARRAY['{a & a & a}', '{a & a & b & a & b}', '{b & b & b}', '{(a | b) & a & (a | b)}']) WITH ORDINALITY t(p, n) ORDER BY n;

-- many events of one instant: each match looks at few of them
CREATE TEMP TABLE crowded AS
SELECT journey_agg(timestamptz '2026-03-01Z', (ARRAY['a', 'b', 'c', 'x'])[1 + i % 4]) AS at_once,
	journey_agg(timestamptz '2026-03-01Z' + i / 50000 * interval '1 hour', (ARRAY['a', 'b', 'c', 'x'])[1 + i % 4]) AS in_two
FROM generate_series(0, 99999) i;
SELECT pattern, match_count(at_once, pattern::jpattern) AS at_once, match_count(in_two, pattern::jpattern) AS in_two
FROM crowded, unnest(ARRAY['a', 'a -> b -> c', 'c -> b -> a', 'a -> a', 'a -> {b & c} -> (a | x)', 'a -> !x -> b? -> c within 1 hour', 'a ->[>= 1 s] b', 'a -> b strictly']) WITH ORDINALITY t(pattern, n) ORDER BY n;
SELECT mode, count(*), count(DISTINCT events[2]) AS ends, min(events) AS least, max(events) AS most
FROM crowded, unnest(ARRAY['none', 'first', 'last', 'overlapping']) WITH ORDINALITY t(mode, n), matches(at_once, 'c -> a', mode) GROUP BY mode, n ORDER BY n;
SELECT mode, count(*), min(events) AS least, max(events) AS most
FROM crowded, unnest(ARRAY['none', 'overlapping']) mode, matches(in_two, 'a -> !x -> b ->[>= 1 s] c', mode) GROUP BY mode ORDER BY mode;
SELECT funnel_level(at_once, 'a -> b -> c -> d'), conformance.fitness > 0 AS fits FROM crowded, conformance(at_once, 'a -> b -> c');
