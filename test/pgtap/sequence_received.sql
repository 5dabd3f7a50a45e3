-- Patterns, models and states as a client sends them: hostile bytes are refused with an error of their form, or are a value.
BEGIN;
SET search_path = public, intent;
SELECT plan(15);

\if :{?full}
	\set step 1
\else
	\set step 7
\endif

CREATE TABLE received_pattern (value jpattern);
CREATE TABLE received_graph (value transition_graph);
CREATE TABLE received_markov (value markov_model);
CREATE TABLE received_shapley (value shapley_model);
CREATE TABLE received_partial (value partial);

-- bytea goes out of a binary COPY as it is, and comes in as the type of the table
CREATE FUNCTION pg_temp.receive(type text, bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/intent_sequence_' || pg_backend_pid();
	sent bytea;
	again bytea;
BEGIN
	EXECUTE format('COPY (SELECT %L::bytea) TO %L BINARY', bytes, file);
	EXECUTE format('COPY received_%s FROM %L BINARY', type, file);
	EXECUTE format('SELECT %1$s_send(value), %1$s_send(value::text::%1$s) FROM received_%2$s',
		(SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = ('received_' || type)::regclass AND attname = 'value'), type) INTO sent, again;
	EXECUTE format('DELETE FROM received_%s', type);
	RETURN CASE WHEN again <> sent THEN 'wrong' WHEN type <> 'pattern' AND sent <> bytes THEN 'changed' ELSE 'valid' END;
EXCEPTION
	WHEN invalid_binary_representation OR character_not_in_repertoire OR numeric_value_out_of_range OR untranslatable_character THEN
		RETURN 'refused';
	WHEN syntax_error OR program_limit_exceeded THEN
		RETURN CASE type WHEN 'pattern' THEN 'refused' ELSE SQLERRM END;
END $$;

-- ----- values -----

CREATE TABLE journeys AS
SELECT n AS person, journey_agg(timestamptz '2026-03-01Z' + (n * i % 7) * interval '1 hour', CASE WHEN i % 2 = 0 THEN 'web' ELSE 'über' END, substr('abc', 1 + (n + i) % 3, 1), NULL) AS journey
FROM generate_series(1, 4) n, generate_series(1, 5) i GROUP BY n;
CREATE TABLE sample AS
SELECT 'pattern' AS type, p AS name, jpattern_send(p::jpattern) AS bytes
FROM unnest(ARRAY['a', '!x ->[<= 1 s] a -> !(b | c) ->[>= 1 s, <= 1 day] {a & b[value > 1]}? -> "d e" strictly within 2 days', '^ n:=call:* (a | b){2,3}? . $']) p
UNION ALL SELECT 'graph', 'transitions', transition_graph_send(transitions(journey, '1 hour')) FROM journeys
UNION ALL SELECT 'markov', 'order ' || k, markov_model_send(markov_agg(path, 1, 2, 3.5, k)) FROM (SELECT ARRAY['web', 'über', 'mail'] AS path) p, generate_series(1, 4, 3) k GROUP BY k
UNION ALL SELECT 'shapley', 'shapley', shapley_model_send(shapley_agg(ARRAY['web', 'über'], person, 2, 3.5)) FROM journeys
UNION ALL SELECT 'partial', 'discover', partial_send(discover_agg(journey, 'c', person)) FROM journeys
UNION ALL SELECT 'partial', 'funnel', partial_send(funnel_agg(journey, 'a -> b? -> c')) FROM journeys
UNION ALL SELECT 'partial', 'gap', partial_send(gap_agg(journey, 'a -> b -> a', person, ARRAY['web:*'])) FROM journeys
UNION ALL SELECT 'partial', 'paths', partial_send(paths_agg(variant(journey))) FROM journeys
UNION ALL SELECT 'partial', 'retention', partial_send(retention_agg(journey, 'day', 'Europe/Berlin')) FROM journeys
UNION ALL SELECT 'partial', 'evaluation', partial_send(evaluation_state(person / 5.0, person % 2 = 0)) FROM journeys;

SELECT is_empty('SELECT name FROM sample WHERE pg_temp.receive(type, bytes) <> ''valid''', 'what was sent comes in again');

-- ----- hostile ones -----

SELECT is_empty(format($$
	SELECT name, n, got FROM sample, generate_series(0, length(bytes) - 1, %2$s) n, pg_temp.receive(type, substr(bytes, 1, n)) got
	WHERE name = %1$L AND got <> 'refused' AND NOT (type = 'pattern' AND got = 'valid')
	UNION ALL
	SELECT name, -1, got FROM sample, pg_temp.receive(type, bytes || '\x00') got WHERE name = %1$L AND got <> 'refused'
	UNION ALL
	SELECT name, n, got FROM sample, generate_series(0, length(bytes) - 1, %2$s) n, unnest(ARRAY[1, 128, 255]) change,
		pg_temp.receive(type, set_byte(bytes, n, get_byte(bytes, n) # change)) got
	WHERE name = %1$L AND got NOT IN ('refused', 'valid')
$$, name, :step), left(name, 20) || ': cut short at any length, longer by a byte, any byte changed')
FROM sample ORDER BY type, name;

SELECT is_empty($$
	SELECT type, bytes FROM unnest(ARRAY['pattern', 'graph', 'markov', 'shapley', 'partial']) type,
		unnest(ARRAY['\x', '\x00', '\xff', '\x0100', '\x010001ffffffffffffffffff7f', '\x02ff', '\x0667617001ffffffff', repeat('\x', 0), decode(repeat('01', 300), 'hex'), decode(repeat('28', 300), 'hex')]::bytea[]) bytes
	WHERE pg_temp.receive(type, bytes) NOT IN ('refused', 'valid')
$$, 'bytes that never were anything');

SELECT * FROM finish();
ROLLBACK;
