-- identity: components as rows and as a value, its forms, questions and equality; and what each refuses
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

CREATE TEMP TABLE pair (a text, b text);
INSERT INTO pair VALUES
	('login:anna', 'cookie:2'), ('cookie:1', 'login:anna'),	-- a chain
	('cookie:3', 'login:null'), ('login:null', 'cookie:4'),	-- a placeholder
	('cookie:5', NULL), ('', 'cookie:6'), ('cookie:7', 'cookie:7'),	-- these join nobody
	(NULL, NULL), ('', ''), (NULL, ''),
	('Tür', 'tür'), ('004', '4'), ('4.0128e+10', '40128000000');	-- texts are what they are

-- rows
SELECT * FROM components('SELECT a, b FROM pair') ORDER BY component COLLATE "C", node COLLATE "C";
SELECT * FROM components('SELECT a, b FROM pair WHERE a ~ ''c''', blocked => ARRAY['login:null', NULL, '', 'nowhere'])
ORDER BY component COLLATE "C", node COLLATE "C";
SELECT count(*) AS blocked_are_no_nodes FROM components('SELECT a, b FROM pair', ARRAY(SELECT a FROM pair UNION SELECT b FROM pair));
SELECT count(*) AS no_rows FROM components('SELECT a, b FROM pair WHERE false');
SELECT * FROM components('VALUES (''b''::varchar, ''a''::text)') ORDER BY node;
-- more than fits in one batch, long and toasted texts among them
SELECT count(*), count(DISTINCT component), left(min(component), 8)
FROM components($$SELECT repeat(md5(i::text), 1 + i % 7 * 100), repeat(md5((i + 10)::text), 1 + (i + 10) % 7 * 100)
	FROM generate_series(1, 9990) i$$);

SELECT * FROM components_bigint('SELECT * FROM (VALUES (3::bigint, 2::bigint), (1, 2), (-9, 9), (7, 7), (NULL, 8), (5, NULL), (NULL, NULL)) p(a, b)')
ORDER BY component, node;
SELECT * FROM components_bigint('SELECT i - 1, i FROM generate_series(-9223372036854775807, -9223372036854775805) i', blocked => ARRAY[-9223372036854775807, NULL])
ORDER BY component, node;
SELECT count(*), count(DISTINCT component), min(component) FROM components_bigint('SELECT i, i + 3 FROM generate_series(1::bigint, 9997) i');
SELECT count(*) AS no_rows FROM components_bigint('SELECT 1::bigint, 2::bigint WHERE false');

-- the aggregate: NULL of no node, and what a row blocks counts for that row
SELECT component_agg(a, b) FROM pair;
SELECT component_agg(a, b, ARRAY['login:null']) FROM pair;
SELECT component_agg(a, b, CASE WHEN a = 'cookie:3' THEN ARRAY['login:null'] END) FROM pair;
SELECT component_agg(a, b) IS NULL AS no_rows FROM pair WHERE false;
SELECT component_agg(a, b) IS NULL AS no_nodes FROM pair WHERE a = '' AND b = '';
SELECT component_agg(a, b, ARRAY['a']) IS NULL AS all_blocked FROM (VALUES ('a', 'a')) p(a, b);
SELECT a, component_agg(a, b) OVER (ORDER BY a) FROM (VALUES ('a', 'b'), ('c', 'd'), ('d', 'a')) p(a, b);
SELECT component_agg(a, b) FILTER (WHERE a < 'c'), component_agg(b, a ORDER BY a DESC) FROM (VALUES ('a', 'b'), ('c', 'd'), ('d', 'a')) p(a, b);
SELECT n, component_agg(a, b) FROM (VALUES (1, 'a', 'b'), (2, 'a', 'c'), (1, 'b', 'c')) p(n, a, b) GROUP BY ROLLUP (n) ORDER BY n;

-- maps united
SELECT component_merge(m) FROM (VALUES (NULL::identity_map), ('{{a,b},{e}}'), ('{{b,c}}'), ('{{d}}'), ('{}')) t(m);
SELECT component_merge(m) IS NULL AS no_maps FROM (VALUES (NULL::identity_map)) t(m);
SELECT component_merge(m) FROM (VALUES ('{}'::identity_map)) t(m);
SELECT '{{a,b},{c}}'::identity_map || '{{b,c},{d}}', unite('{}'::identity_map, '{}'), unite('{{a}}'::identity_map, NULL) IS NULL AS with_null;
SELECT component_agg_add(NULL, 'b', 'a'), component_agg_add('{{b,c}}', 'b', 'a'), component_agg_add('{{b,c}}', NULL, ''),
	component_agg_add('{{b,c}}', 'b', 'a', ARRAY['b']), component_merge_add('{{a}}', '{{b}}'), component_agg_final('{{a}}');

-- forms
SELECT ' { { b , a } , { "c" } } '::identity_map, '{}'::identity_map, '{ }'::identity_map;
SELECT '{{"a b","say ""hi""","{x}","tür",cookie:1,A-Z_a.z/0@9+}}'::identity_map AS m \gset
SELECT :'m'::identity_map, :'m'::identity_map::text::identity_map = :'m' AS round_trip;
SELECT '{{b,a},{"c d"}}'::identity_map::jsonb, '[["b", "a"], ["c d"]]'::jsonb::identity_map, '[]'::jsonb::identity_map, '{}'::identity_map::jsonb;
SELECT identity_map_to_jsonb(:'m'), identity_map_from_jsonb(identity_map_to_jsonb(:'m')) = :'m' AS round_trip;
SELECT identity_map_send('{{b,a},{c}}'), identity_map_send('{}');

-- questions
SELECT node, component_of('{{b,a},{c}}', node) FROM unnest(ARRAY['a', 'b', 'c', 'd', '', 'aa', NULL]) node;
SELECT component_of('{}', 'a') IS NULL AS of_nothing, component_of(NULL, 'a') IS NULL AS of_null;
SELECT * FROM members('{{c,a},{b}}');
SELECT count(*) AS nothing FROM (SELECT members('{}') UNION ALL SELECT members(NULL)) m;
-- one stored map, asked for each row
CREATE TEMP TABLE stored AS SELECT component_agg('n' || i, 'n' || i - i % 10) AS map FROM generate_series(1, 20000) i;
SELECT pg_column_size(map) > 2000 AS toasted FROM stored;
SELECT count(component_of(map, 'n' || i)), count(DISTINCT component_of(map, 'n' || i)) FROM stored, generate_series(0, 25000) i;

-- equality and hash
SELECT a = b AS eq, a <> b AS ne, same(a, b), not_same(a, b), identity_map_hash(a) = identity_map_hash(b) AS hash,
	identity_map_hash(a, 7) = identity_map_hash(b, 7) AS seeded
FROM (VALUES ('{{a,b},{c}}'::identity_map, '{{c},{b,a}}'::identity_map), ('{{a,b},{c}}', '{{a},{b,c}}'), ('{}', '{{a}}')) t(a, b);
SELECT map, count(*) FROM (VALUES ('{{a,b}}'::identity_map), ('{{b,a}}'), ('{}')) t(map) GROUP BY map ORDER BY 2;

-- the query runs with the rights of the caller
CREATE ROLE regress_intent_reader;
CREATE TABLE regress_intent_pair (a text, b text, owner text);
INSERT INTO regress_intent_pair VALUES ('a', 'b', 'regress_intent_reader'), ('b', 'c', 'somebody');
ALTER TABLE regress_intent_pair ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON regress_intent_pair USING (owner = current_user);
GRANT USAGE ON SCHEMA public, intent TO regress_intent_reader;
SET ROLE regress_intent_reader;
SELECT pg_temp.refused('SELECT * FROM components(''SELECT a, b FROM public.regress_intent_pair'')');
RESET ROLE;
GRANT SELECT (a, b) ON regress_intent_pair TO regress_intent_reader;
SET ROLE regress_intent_reader;
SELECT * FROM components('SELECT a, b FROM public.regress_intent_pair') ORDER BY node;
SELECT pg_temp.refused('SELECT * FROM components(''SELECT a, owner FROM public.regress_intent_pair'')');
RESET ROLE;
SELECT * FROM components('SELECT a, b FROM public.regress_intent_pair') ORDER BY node;
DROP TABLE regress_intent_pair;
REVOKE USAGE ON SCHEMA public, intent FROM regress_intent_reader;
DROP ROLE regress_intent_reader;

-- the query sees what the statement sees
BEGIN;
INSERT INTO pair VALUES ('new', 'newer');
SELECT * FROM components('SELECT a, b FROM pair WHERE a = ''new''');
ROLLBACK;
-- one may stand in another one
SELECT * FROM components('SELECT node, component || ''!'' FROM components(''SELECT a, b FROM pair WHERE a ~ ''''login:a'''''')') ORDER BY node;

-- refusals
SELECT n, pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT * FROM components(NULL)$$),
	(2, $$SELECT * FROM components('')$$),
	(3, $$SELECT * FROM components('SELECT a FROM pair')$$),
	(4, $$SELECT * FROM components('SELECT a, b, a FROM pair')$$),
	(5, $$SELECT * FROM components('SELECT a, 1 FROM pair')$$),
	(6, $$SELECT * FROM components('SELECT 1::bigint, 2::bigint')$$),
	(7, $$SELECT * FROM components_bigint('SELECT a, b FROM pair')$$),
	(8, $$SELECT * FROM components_bigint('SELECT 1, 2')$$),
	(9, $$SELECT * FROM components('SELECT a, b FROM pair; SELECT b, a FROM pair')$$),
	(10, $$SELECT * FROM components('DELETE FROM pair RETURNING a, b')$$),
	(11, $$SELECT * FROM components('WITH gone AS (DELETE FROM pair RETURNING a, b) SELECT a, b FROM gone')$$),
	(12, $$SELECT * FROM components('SELECT a, b FROM pair FOR UPDATE')$$),
	(13, $$SELECT * FROM components('SELECT a, b FROM (SELECT a, b FROM pair FOR SHARE) p')$$),
	(14, $$SELECT * FROM components('SELECT a, b INTO other FROM pair')$$),
	(15, $$SELECT * FROM components('CREATE TABLE other ()')$$),
	(16, $$SELECT * FROM components('EXPLAIN SELECT a, b FROM pair')$$),
	(17, $$SELECT * FROM components('COMMIT')$$),
	(18, $$SELECT * FROM components('SELECT a, b FORM pair')$$),
	(19, $$SELECT * FROM components('SELECT a, b FROM no_such_pair')$$),
	(20, $$SELECT * FROM components('SELECT a, $1 FROM pair')$$),
	(21, $$SELECT * FROM components('SELECT a, (1 / 0)::text FROM pair')$$),
	(22, $$SELECT * FROM components_bigint(NULL)$$),
	(23, $$SELECT * FROM components_bigint('SELECT 1::bigint')$$)
) t(n, command) ORDER BY n;
SELECT count(*) AS untouched FROM pair;

SELECT left(literal, 12) AS literal, pg_temp.refused(format('SELECT %L::identity_map', literal)) FROM (VALUES
	(''), ('a'), ('{'), ('{a}'), ('{{}}'), ('{{a}'), ('{{a}}}'), ('{{a},}'), ('{{a,}}'), ('{{a b}}'), ('{{a""}}'), ('{{""}}'), ('{{"a}}'),
	('{{a}} b'), ('{{tür}}'), ('{{a,a}}'), ('{{a},{b,a}}'), ('{{a;b}}'), ('{' || repeat(' ', 300))
) t(literal);
SELECT json, pg_temp.refused(format('SELECT identity_map_from_jsonb(%L)', json)) FROM (VALUES
	('null'), ('"a"'), ('{}'), ('{"a": ["b"]}'), ('["a"]'), ('[[]]'), ('[["a"], []]'), ('[[""]]'), ('[[1]]'), ('[["a", null]]'), ('[[["a"]]]'),
	('[[{"a": 1}]]'), ('[["a", "a"]]'), ('[["a"], ["b", "a"]]')
) t(json);
SELECT pg_temp.refused($$SELECT '{}'::identity_map < '{}'$$);
