-- Components are what a closure over the pairs gives, whatever the order, the plan, the parts; and bytes from outside harm nobody.
BEGIN;
SET search_path = public, intent;
SELECT plan(38);

\set graphs 40
\set shuffles 20
\set chain 100000
\set star 100000
\set buffers 500
\if :{?full}
	\set graphs 400
	\set shuffles 100
	\set chain 1000000
	\set star 1000000
	\set buffers 10000
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- Random graphs from a few pairs to a few more than nodes, with NULL, '' and blocked values among the nodes.
CREATE TABLE edge AS
SELECT graph, n, (
	SELECT CASE k WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'blocked' WHEN 3 THEN 'nobody' WHEN 4 THEN 'n ü"' || k
		ELSE 'n' || k END
	FROM (SELECT pg_temp.mix(graph * 100003 + n) % (20 + graph % 7 * 10) AS k) x) AS a, (
	SELECT CASE k WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'blocked' WHEN 3 THEN 'nobody' ELSE 'n' || k END
	FROM (SELECT pg_temp.mix(graph * 100019 + n) % (20 + graph % 7 * 10) AS k) x) AS b
FROM generate_series(1, :graphs) graph, generate_series(1, 15 + graph % 5 * 8) n;
ANALYZE edge;

-- The oracle: reach everything from everything, in SQL.
CREATE FUNCTION pg_temp.closure(blocked text[]) RETURNS TABLE (graph int, node text, component text) LANGUAGE sql STABLE AS $$
	WITH RECURSIVE named AS (
		SELECT edge.graph, CASE WHEN a <> '' AND NOT a = ANY (blocked) THEN a COLLATE "C" END AS a,
			CASE WHEN b <> '' AND NOT b = ANY (blocked) THEN b COLLATE "C" END AS b
		FROM edge),
	linked AS (
		SELECT named.graph, a, b FROM named WHERE a IS NOT NULL AND b IS NOT NULL
		UNION SELECT named.graph, b, a FROM named WHERE a IS NOT NULL AND b IS NOT NULL),
	reached AS (
		SELECT named.graph, a AS node, a AS other FROM named WHERE a IS NOT NULL
		UNION SELECT named.graph, b, b FROM named WHERE b IS NOT NULL
		UNION SELECT r.graph, r.node, l.b FROM reached r JOIN linked l ON l.graph = r.graph AND l.a = r.other)
	SELECT r.graph, r.node, min(r.other) FROM reached r GROUP BY 1, 2
$$;
CREATE TABLE expected AS SELECT graph, node, component FROM pg_temp.closure('{}');
CREATE TABLE expected_blocked AS SELECT graph, node, component FROM pg_temp.closure('{blocked,nobody}');

SELECT set_eq(
	$$SELECT graph, c.node, c.component FROM generate_series(1, $$ || :graphs || $$) graph,
		components(format('SELECT a, b FROM edge WHERE graph = %s', graph)) c$$,
	'TABLE expected', 'components is the closure');
SELECT set_eq(
	$$SELECT graph, c.node, c.component FROM generate_series(1, $$ || :graphs || $$) graph,
		components(format('SELECT a, b FROM edge WHERE graph = %s', graph), '{blocked,nobody,absent}') c$$,
	'TABLE expected_blocked', 'components is the closure without what is blocked');
SELECT set_eq(
	$$SELECT graph, m.node, m.component FROM (SELECT graph, component_agg(a, b) AS map FROM edge GROUP BY graph) g, members(map) m$$,
	'TABLE expected', 'component_agg is the closure');
SELECT set_eq(
	$$SELECT graph, m.node, m.component FROM (SELECT graph, component_agg(a, b, '{blocked,nobody,absent}') AS map FROM edge GROUP BY graph) g, members(map) m$$,
	'TABLE expected_blocked', 'component_agg is the closure without what is blocked');
SELECT set_eq(
	$$SELECT graph, m.node, m.component FROM (SELECT graph,
			component_agg(a, b, CASE WHEN n % 2 = 0 THEN ARRAY['blocked', 'nobody'] ELSE ARRAY['nobody', NULL, 'blocked'] END) AS map
		FROM edge GROUP BY graph) g, members(map) m$$,
	'TABLE expected_blocked', 'what is blocked may change from row to row');

-- As numbers: the texts by their rank.
CREATE TABLE rank AS SELECT node, dense_rank() OVER (ORDER BY node COLLATE "C") - 20 AS id
FROM (SELECT a AS node FROM edge WHERE a <> '' UNION SELECT b FROM edge WHERE b <> '') n;
CREATE TABLE edge_bigint AS SELECT graph, a.id AS a, b.id AS b
FROM edge LEFT JOIN rank a ON a.node = edge.a LEFT JOIN rank b ON b.node = edge.b;
SELECT set_eq(
	$$SELECT graph, n.node, m.node AS component FROM generate_series(1, $$ || :graphs || $$) graph,
		components_bigint(format('SELECT a, b FROM edge_bigint WHERE graph = %s', graph)) c
		JOIN rank n ON n.id = c.node JOIN rank m ON m.id = c.component$$,
	'TABLE expected', 'components_bigint is the closure');
SELECT set_eq(
	$$SELECT graph, n.node, m.node AS component FROM generate_series(1, $$ || :graphs || $$) graph,
		components_bigint(format('SELECT a, b FROM edge_bigint WHERE graph = %s', graph),
			ARRAY(SELECT id FROM rank WHERE node IN ('blocked', 'nobody')) || 123456789) c
		JOIN rank n ON n.id = c.node JOIN rank m ON m.id = c.component$$,
	'TABLE expected_blocked', 'components_bigint is the closure without what is blocked');

-- ----- one partition, one value -----

CREATE TABLE map AS SELECT graph, component_agg(a, b) AS map FROM edge GROUP BY graph;

SELECT is_empty($$
	SELECT graph, shuffle FROM (
		SELECT graph, shuffle, component_agg(a, b ORDER BY pg_temp.mix(n * 7919 + shuffle)) AS map
		FROM edge, generate_series(1, $$ || :shuffles || $$) shuffle GROUP BY graph, shuffle) s
	JOIN map m USING (graph) WHERE identity_map_send(s.map) <> identity_map_send(m.map)
$$, 'shuffles');
SELECT is_empty($$
	SELECT graph FROM (SELECT graph, component_agg(b, a) AS map FROM edge GROUP BY graph) s
	JOIN map m USING (graph) WHERE identity_map_send(s.map) <> identity_map_send(m.map)
$$, 'pairs turned round');
SELECT is_empty($$
	SELECT graph FROM (SELECT graph, component_agg(a, b) AS map FROM edge, generate_series(1, 3) GROUP BY graph) s
	JOIN map m USING (graph) WHERE identity_map_send(s.map) <> identity_map_send(m.map)
$$, 'pairs told three times');
SELECT is_empty($$
	SELECT graph FROM (SELECT graph, component_agg(node, component) AS map FROM expected GROUP BY graph) s
	JOIN map m USING (graph) WHERE identity_map_send(s.map) <> identity_map_send(m.map)
$$, 'the components are pairs of the same components');
SELECT is_empty(format($$
	SELECT graph FROM (
		SELECT graph, component_merge(part ORDER BY pg_temp.mix(k)) AS map
		FROM (SELECT graph, pg_temp.mix(n) %% %1$s AS k, component_agg(a, b) AS part FROM edge GROUP BY 1, 2) parts
		GROUP BY graph) s
	JOIN map m USING (graph) WHERE identity_map_send(s.map) <> identity_map_send(m.map)
$$, k), format('split %s ways and merged', k))
FROM unnest(ARRAY[2, 3, 8, 64]) k;
SELECT is_empty($$
	SELECT 1 FROM map a JOIN map b ON b.graph = a.graph % $$ || :graphs || $$ + 1
	JOIN map c ON c.graph = b.graph % $$ || :graphs || $$ + 1
	WHERE a.map || b.map <> b.map || a.map OR (a.map || b.map) || c.map <> a.map || (b.map || c.map)
		OR a.map || a.map <> a.map OR (a.map || b.map) || a.map <> a.map || b.map OR a.map || '{}' <> a.map
		OR identity_map_hash(a.map || b.map) <> identity_map_hash(b.map || a.map)
$$, 'uniting is commutative, associative, idempotent');
SELECT is_empty($$
	SELECT 1 FROM map a JOIN map b ON b.graph = a.graph % $$ || :graphs || $$ + 1
	WHERE a.map || b.map <> (SELECT component_agg(a, b) FROM edge WHERE edge.graph IN (a.graph, b.graph))
$$, 'uniting is aggregating both');

SELECT is_empty($$
	SELECT 1 FROM (
		SELECT n, component_agg(a, b) OVER (ORDER BY n ROWS UNBOUNDED PRECEDING) AS map FROM edge WHERE graph = 4) w
	WHERE map IS DISTINCT FROM (SELECT component_agg(a, b) FROM edge WHERE graph = 4 AND edge.n <= w.n)
$$, 'as a window function, row by row');

-- ----- plans -----

CREATE FUNCTION pg_temp.plan_has(query text, what text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ what THEN RETURN true; END IF;
	END LOOP;
	RETURN false;
END $$;

CREATE TABLE edge_parts (LIKE edge) PARTITION BY HASH (n);
CREATE TABLE edge_part_0 PARTITION OF edge_parts FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE edge_part_1 PARTITION OF edge_parts FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE edge_part_2 PARTITION OF edge_parts FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO edge_parts SELECT * FROM edge;
ANALYZE edge_parts;
\set partitioned 'SELECT graph, component_agg(a, b) AS map FROM edge_parts GROUP BY graph'
\set parallel 'SELECT graph, component_agg(a, b) AS map, component_agg(a, b, ''{blocked,nobody}'') AS less FROM edge GROUP BY graph'
\set merged 'SELECT component_merge(map) AS map FROM map'

SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT ok(pg_temp.plan_has(:'partitioned', 'Partial'), 'the plan of the next one is partition-wise');
SELECT is_empty(format($$
	SELECT graph FROM (%s) s JOIN map m USING (graph) WHERE identity_map_send(s.map) <> identity_map_send(m.map)
$$, :'partitioned'), 'partition-wise');

CREATE TABLE map_of_all AS SELECT component_agg(a, b) AS map FROM edge;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT ok(pg_temp.plan_has(:'parallel', 'Partial') AND pg_temp.plan_has(:'merged', 'Partial'), 'the plans of the next ones are parallel');
-- what pgTAP runs through a cursor is never parallel
CREATE TABLE by_workers AS :parallel;
CREATE TABLE merged_by_workers AS :merged;
SELECT is_empty($$
	SELECT graph FROM by_workers w JOIN map m USING (graph) WHERE identity_map_send(w.map) <> identity_map_send(m.map)
$$, 'parallel');
SELECT set_eq('SELECT graph, m.node, m.component FROM by_workers, members(less) m', 'TABLE expected_blocked', 'parallel, with blocked values');
SELECT is_empty($$
	SELECT 1 FROM merged_by_workers w JOIN map_of_all m ON identity_map_send(w.map) <> identity_map_send(m.map)
$$, 'maps of a table, merged in parallel');
SELECT set_eq(
	$$SELECT m.node, m.component FROM map_of_all, members(map) m$$,
	$$SELECT node, component FROM components('SELECT a, b FROM edge')$$, 'the pairs of a parallel query');

SET LOCAL max_parallel_workers_per_gather = 0;

-- ----- forms -----

SELECT is_empty($$
	SELECT graph FROM map WHERE identity_map_send(map::text::identity_map) <> identity_map_send(map)
		OR identity_map_send(map::jsonb::identity_map) <> identity_map_send(map)
		OR identity_map_send(map::jsonb::text::jsonb::identity_map) <> identity_map_send(map)
$$, 'text and jsonb read back the same');
SELECT is_empty($$
	SELECT m.graph, e.node FROM map m JOIN expected e USING (graph)
	WHERE component_of(m.map, e.node) IS DISTINCT FROM e.component OR component_of(m.map, e.node || '!') IS NOT NULL
$$, 'component_of says what members say');

-- ----- sizes -----

-- A chain whose pairs come in no order, and a star; the smallest node is by bytes.
SELECT results_eq(
	$$SELECT count(*), count(DISTINCT component), min(component) FROM components(format(
		'SELECT ''n'' || i, ''n'' || i + 1 FROM generate_series(1, %s) i ORDER BY pg_temp.mix(i)', $$ || :chain || $$))$$,
	$$VALUES ($$ || :chain || $$ + 1::bigint, 1::bigint, 'n1')$$, 'a long chain');
SELECT results_eq(
	$$SELECT count(*), count(DISTINCT component), min(component) FROM components_bigint(format(
		'SELECT i, i + 1 FROM generate_series(1, %s::bigint) i ORDER BY i DESC', $$ || :chain || $$))$$,
	$$VALUES ($$ || :chain || $$ + 1::bigint, 1::bigint, 1::bigint)$$, 'a long chain of numbers');
SELECT results_eq(
	-- nodes apart from the map: PostgreSQL 16 and later sort whole rows for DISTINCT
	$$WITH s AS MATERIALIZED (SELECT component_agg('hub', 'leaf' || i) AS map FROM generate_series(1, $$ || :star || $$) i),
		m AS MATERIALIZED (SELECT node, component FROM s, members(map))
	SELECT count(*), count(DISTINCT component), min(component), (SELECT component_of(map, 'hub') FROM s) FROM m$$,
	$$VALUES ($$ || :star || $$ + 1::bigint, 1::bigint, 'hub', 'hub')$$, 'a large star');
-- Many groups side by side, more than fit in memory.
SET LOCAL work_mem = '1MB';
SET LOCAL hash_mem_multiplier = 1;
SELECT results_eq(
	$$SELECT count(*), min(map::text), max(map::text) FROM (SELECT component_agg('a' || i / 20000, 'b') AS map
		FROM generate_series(0, 39999) i GROUP BY i % 20000) g$$,
	$$VALUES (20000::bigint, '{{a0,a1,b}}', '{{a0,a1,b}}')$$, 'many groups');
RESET work_mem;
RESET hash_mem_multiplier;
-- Maps with each width of their numbers.
SELECT is_empty($$
	SELECT n FROM unnest(ARRAY[1, 2, 3, 15, 16, 17, 254, 255, 256, 65534, 65535, 65536]) n,
		LATERAL (SELECT component_agg('n' || i, 'n' || i - i % 3) AS map FROM generate_series(1, n) i) g
	WHERE (SELECT count(*) FROM members(map)) <> n + 1
		OR component_of(map, 'n' || n) <> (SELECT min(('n' || i) COLLATE "C") FROM generate_series(n - n % 3, n) i)
$$, 'maps of all widths');

-- ----- hostile bytes -----

-- Bytes as a client would send them: bytea goes out of a binary COPY as it is, and comes in as identity_map.
CREATE TABLE received (map identity_map);
CREATE FUNCTION pg_temp.receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/intent_identity_' || pg_backend_pid();
	ok boolean;
BEGIN
	EXECUTE format('COPY (SELECT %L::bytea) TO %L BINARY', bytes, file);
	EXECUTE format('COPY received FROM %L BINARY', file);
	DELETE FROM received RETURNING identity_map_send(map) = bytes AND identity_map_send(map::text::identity_map) = bytes
		AND (SELECT coalesce(bool_and(component_of(map, node) = component), true) FROM members(map)) INTO ok;
	RETURN CASE WHEN ok THEN 'valid' ELSE 'wrong' END;
EXCEPTION WHEN invalid_binary_representation OR character_not_in_repertoire THEN
	RETURN 'refused';
END $$;

-- Bytes as they would be if the disk had changed them.
CREATE CAST (bytea AS identity_map) WITHOUT FUNCTION;
CREATE FUNCTION pg_temp.read(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM identity_map_out(bytes::identity_map), bytes::identity_map::jsonb, bytes::identity_map || '{{a,b}}', identity_map_hash(bytes::identity_map),
		component_of(bytes::identity_map, 'b'), component_merge_add(NULL, bytes::identity_map), (SELECT count(*) FROM members(bytes::identity_map));
	RETURN 'read';
EXCEPTION WHEN data_corrupted THEN
	RETURN 'refused';
END $$;

CREATE TABLE bytes AS
SELECT row_number() OVER () AS n, identity_map_send(map) AS bytes
FROM (VALUES ('{}'::identity_map), ('{{a}}'), ('{{a,b},{c}}'), ('{{"tür",cookie:1,login:anna},{"x y"},{"z""",zz}}'),
	((SELECT component_agg('node' || i, 'node' || i % 9) FROM generate_series(1, 300) i))) m(map);
CREATE TABLE hostile AS
SELECT 'cut off' AS how, substring(bytes FOR i) AS bytes FROM bytes, generate_series(0, length(bytes) - 1) i WHERE length(bytes) < 100 OR i % 17 = 3
UNION ALL
SELECT 'longer', bytes || '\x00' FROM bytes
UNION ALL
SELECT 'a byte changed', set_byte(bytes, i, get_byte(bytes, i) # change) FROM bytes, generate_series(0, length(bytes) - 1) i, unnest(ARRAY[1, 128, 255]) change
WHERE length(bytes) < 100 OR i % 17 = change % 17
UNION ALL
SELECT 'random', CASE WHEN i % 4 > 0 THEN '\x0100'::bytea || set_byte('\x00', 0, (pg_temp.mix(i) % 8)::int) ELSE '' END
	|| substring(decode(md5(i::text) || md5((-i)::text), 'hex') FOR (pg_temp.mix(i * 31) % 33)::int)
FROM generate_series(1, :buffers) i;

CREATE TABLE outcome AS SELECT how, bytes, pg_temp.receive(bytes) AS received, pg_temp.read(bytes) AS read FROM hostile;

SELECT results_eq('SELECT DISTINCT pg_temp.receive(bytes) FROM bytes', $$VALUES ('valid')$$, 'what was sent can be received');
SELECT is_empty($$SELECT how, bytes FROM outcome WHERE how IN ('cut off', 'longer') AND received <> 'refused'$$, 'maps cut off or longer are refused');
SELECT is_empty($$SELECT how, bytes FROM outcome WHERE received = 'wrong'$$, 'any bytes received are refused, or are a map');
SELECT isnt_empty($$SELECT 1 FROM outcome WHERE how = 'a byte changed' AND received = 'valid'$$, 'some changed maps are maps');
SELECT isnt_empty($$SELECT 1 FROM outcome WHERE read = 'refused'$$, 'any bytes stored are read, or found to be corrupted');
SELECT is(pg_temp.receive('\x01000101010061') || ', ' || pg_temp.receive('\x010001010100ff'), 'valid, refused',
	'a node must be text of this database');
DO $do$ BEGIN
	EXECUTE format('COPY (SELECT) TO PROGRAM %L', format($$rm '%s/intent_identity_%s'$$, current_setting('data_directory'), pg_backend_pid()));
END $do$;

SELECT * FROM finish();
ROLLBACK;
