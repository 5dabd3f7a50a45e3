-- One pass gives the bytes of journey_agg under GROUP BY: whatever the order, the person's type, the relation, the memory.
BEGIN;
SET search_path = public, intent;
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT plan(35);

\if :{?full}
	\set people 100000
	\set events 1000000
	\set small 300000
\else
	\set people 2000
	\set events 12000
	\set small 3000
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- Few times for many events, so that ties, equal refs and corrected values are frequent; a few rows that are no events.
CREATE TABLE event AS
SELECT n, nullif(mix % :people, 7) AS person,
	nullif(timestamptz '2026-01-01Z' + (mix / 7 % 50) * interval '1 hour' + (mix / 11 % 3) * interval '1.5 ms', '2026-01-01Z') AS occurred_at,
	(ARRAY['web', 'app', NULL, '', 'a channel with a long name'])[1 + mix / 13 % 5] AS channel,
	nullif((ARRAY['view', 'cart', 'buy', 'tür', 'none'])[1 + mix / 17 % 5], 'none') || CASE WHEN mix % 97 = 0 THEN mix % 1000 || ' of many' ELSE '' END AS event,
	CASE WHEN mix / 19 % 3 > 0 THEN (mix / 23 % 4 - 1)::float8 / 3 END AS value,
	CASE WHEN mix / 29 % 2 > 0 THEN timestamptz '2026-01-02Z' + (n % 3) * interval '1 h' END AS recorded_at,
	CASE mix / 31 % 3 WHEN 0 THEN (mix / 37 % 3)::text WHEN 1 THEN 'r' || mix / 37 % 3 END AS ref
FROM (SELECT n, pg_temp.mix(n) AS mix FROM generate_series(1, :events) n) m;
ANALYZE event;

CREATE TABLE expected AS
SELECT person, journey_send(journey_agg(occurred_at, channel, event, value, recorded_at, ref)) AS bytes
FROM event WHERE person IS NOT NULL GROUP BY person HAVING count(event) FILTER (WHERE occurred_at IS NOT NULL) > 0;
SELECT cmp_ok((SELECT count(*) FROM expected), '>=', (:people * 9 / 10)::bigint, 'there are people');

-- Persons that only one side has, or whose bytes differ.
CREATE FUNCTION pg_temp.differs(call text, key text DEFAULT 'person') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (SELECT person, journey_send(journey) AS bytes FROM %s) j
		FULL JOIN (SELECT %s AS person, bytes FROM expected) e USING (person) WHERE j.bytes IS DISTINCT FROM e.bytes', call, key) INTO n;
	RETURN n;
END $$;
CREATE FUNCTION pg_temp.whole(relation text, key text DEFAULT 'bigint') RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT format('journeys(null::%s, %L, ''person'', ''occurred_at'', ''event'', ''channel'', ''value'', ''recorded_at'', ''ref'')', key, relation) $$;

-- Temporary files of this session.
CREATE FUNCTION pg_temp.files() RETURNS bigint LANGUAGE sql AS
$$ SELECT count(*) FROM pg_ls_tmpdir() WHERE name ~ ('^pgsql_tmp' || pg_backend_pid() || '\.') $$;

-- ----- with memory and with little -----

SET LOCAL intent.build_mem = '1GB';
SELECT is(pg_temp.differs(pg_temp.whole('event')), 0::bigint, 'in memory');
SELECT is(spilled_bytes, 0::bigint, 'which is not left') FROM journeys_stats();
SELECT is(events + ignored, :events::bigint, 'every row is taken or ignored') FROM journeys_stats();
SET LOCAL intent.build_mem = '64kB';
SELECT is(pg_temp.differs(pg_temp.whole('event')), 0::bigint, 'in 64 kB and files');
SELECT cmp_ok(spilled_bytes, '>', 4 * 65536::bigint, 'which are used') FROM journeys_stats();
SELECT cmp_ok(memory_bytes, '<', 300000::bigint, 'and the memory is kept to') FROM journeys_stats();
SELECT is(pg_temp.files(), 0::bigint, 'no file stays');
RESET intent.build_mem;
-- as without the setting
SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
SELECT is(pg_temp.differs(pg_temp.whole('event')), 0::bigint, 'work_mem is what it has if nothing else is said');
SELECT cmp_ok(spilled_bytes, '>', 0::bigint, 'which it keeps to') FROM journeys_stats();
RESET work_mem;
RESET hash_mem_multiplier;

-- ----- order -----

CREATE TABLE event_sorted AS SELECT * FROM event ORDER BY occurred_at;
SELECT is(pg_temp.differs(pg_temp.whole('event_sorted')), 0::bigint, 'in order of time');
SELECT is(out_of_order, 0::bigint, 'of which there is none out of order') FROM journeys_stats();
CREATE TABLE event_backwards AS SELECT * FROM event ORDER BY occurred_at DESC NULLS FIRST, md5(event::text);
SELECT is(pg_temp.differs(pg_temp.whole('event_backwards')), 0::bigint, 'backwards');
SELECT cmp_ok(out_of_order, '>', events / 2, 'of which most are out of order') FROM journeys_stats();
SET LOCAL intent.build_mem = '100kB';
SELECT is(pg_temp.differs(pg_temp.whole('event_backwards')), 0::bigint, 'backwards in little memory');
SELECT is(pg_temp.differs($$journeys(null::bigint, 'SELECT person, occurred_at, event, channel, value, recorded_at, ref FROM event ORDER BY md5(event::text)')$$), 0::bigint, 'shuffled in little memory');
RESET intent.build_mem;

-- ----- persons -----

CREATE TABLE named AS
SELECT e.*, p.name, p.id FROM event e
LEFT JOIN (SELECT n, CASE n % 3 WHEN 0 THEN n::text WHEN 1 THEN 'person ' || n ELSE repeat('ä', 40 + n::int % 100) || n END AS name,
	md5(n::text)::uuid AS id FROM generate_series(0, :people) n) p ON p.n = person;
SELECT is(pg_temp.differs($$journeys(null::text, 'named', 'name', 'occurred_at', 'event', 'channel', 'value', 'recorded_at', 'ref')$$,
	$$CASE person % 3 WHEN 0 THEN person::text WHEN 1 THEN 'person ' || person ELSE repeat('ä', 40 + person::int % 100) || person END$$), 0::bigint, 'text persons');
SELECT is(pg_temp.differs($$journeys(null::uuid, 'named', 'id', 'occurred_at', 'event', 'channel', 'value', 'recorded_at', 'ref')$$,
	'md5(person::text)::uuid'), 0::bigint, 'uuid persons');
SET LOCAL intent.build_mem = '64kB';
SELECT is(pg_temp.differs($$journeys(null::text, 'named', 'name', 'occurred_at', 'event', 'channel', 'value', 'recorded_at', 'ref')$$,
	$$CASE person % 3 WHEN 0 THEN person::text WHEN 1 THEN 'person ' || person ELSE repeat('ä', 40 + person::int % 100) || person END$$), 0::bigint, 'text persons in little memory');
SELECT is(pg_temp.differs($$journeys(null::uuid, 'named', 'id', 'occurred_at', 'event', 'channel', 'value', 'recorded_at', 'ref')$$,
	'md5(person::text)::uuid'), 0::bigint, 'uuid persons in little memory');
RESET intent.build_mem;

-- ----- relations -----

CREATE VIEW event_view AS SELECT *, 1 AS more FROM event;
SELECT is(pg_temp.differs(pg_temp.whole('event_view')), 0::bigint, 'of a view');
CREATE MATERIALIZED VIEW event_kept AS SELECT * FROM event;
SELECT is(pg_temp.differs(pg_temp.whole('event_kept')), 0::bigint, 'of a materialised view');
CREATE TEMP TABLE event_temp AS SELECT * FROM event;
SELECT is(pg_temp.differs(pg_temp.whole('event_temp')), 0::bigint, 'of a temporary table');
CREATE TABLE event_parts (LIKE event) PARTITION BY RANGE (n);
CREATE TABLE event_part_0 PARTITION OF event_parts FOR VALUES FROM (MINVALUE) TO (:events / 2);
CREATE TABLE event_part_1 (ref text, gone int, recorded_at timestamptz, value float8, event text, channel text, occurred_at timestamptz, person bigint, n int);
ALTER TABLE event_part_1 DROP gone;
ALTER TABLE event_parts ATTACH PARTITION event_part_1 FOR VALUES FROM (:events / 2) TO (MAXVALUE);
INSERT INTO event_parts SELECT * FROM event;
SELECT is(pg_temp.differs(pg_temp.whole('event_parts')), 0::bigint, 'of a partitioned table, whose parts are not alike');
SELECT is(pg_temp.differs(format('(SELECT person, journey_merge(journey) AS journey FROM (
		SELECT * FROM %s UNION ALL SELECT * FROM %s) part GROUP BY person) merged',
	replace(pg_temp.whole('event_parts'), '''ref'')', format('''ref'', %L)', 'n < ' || :events / 3)),
	replace(pg_temp.whole('event_parts'), '''ref'')', format('''ref'', %L)', 'n >= ' || :events / 3)))), 0::bigint, 'of parts by condition, merged');

SELECT count(*) > 0 AS has_file_fdw FROM pg_available_extensions WHERE name = 'file_fdw' \gset
\if :has_file_fdw
	CREATE EXTENSION file_fdw SCHEMA public;
	CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
	CREATE FOREIGN TABLE event_foreign (person text, occurred_at timestamptz, event text) SERVER files
		OPTIONS (program 'printf "anna,2026-03-01 10:00:00Z,view\nben,2026-03-01 10:00:00Z,view\nanna,2026-03-01 09:00:00Z,cart\n"', format 'csv');
	SELECT results_eq($$SELECT person, journey::text FROM journeys(null::text, 'event_foreign', 'person', 'occurred_at', 'event') ORDER BY person$$,
		$$VALUES ('anna', '{2026-03-01T09:00:00Z cart, 2026-03-01T10:00:00Z view}'), ('ben', '{2026-03-01T10:00:00Z view}')$$, 'of a foreign table');
\else
	SELECT skip('file_fdw is not there', 1);
\endif

-- ----- tuples -----

-- Columns of every alignment and length, NULL here and there; texts out of line and compressed; rows from before the last
-- two columns; versions that are dead, changed, or not yet there for the statement.
CREATE TABLE event_wide (small "char", event text COLLATE "C", two smallint, person bigint, label name, flag bool, span interval,
	occurred_at timestamptz, four real, channel varchar(40), much numeric, value float8, n bigint) WITH (fillfactor = 90);
ALTER TABLE event_wide ALTER channel SET STORAGE external;
CREATE FUNCTION pg_temp.wide(wanted text, more text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('INSERT INTO event_wide SELECT CASE WHEN n %% 2 = 0 THEN ''x'' END, event, CASE WHEN n %% 3 = 0 THEN n %% 1000 END, person,
		CASE WHEN n %% 5 > 0 THEN ''label'' END, CASE WHEN n %% 7 > 0 THEN true END, CASE WHEN n %% 2 = 0 THEN interval ''1 day'' END,
		occurred_at, CASE WHEN n %% 11 > 0 THEN n END, channel, CASE WHEN n %% 3 > 0 THEN n::numeric / 7 END, value, n %s
		FROM event WHERE %s', more, wanted);
END $$;
SELECT count(pg_temp.wide('recorded_at IS NULL AND ref IS NULL', ''));
ALTER TABLE event_wide ADD recorded_at timestamptz, ADD ref text;
SELECT count(pg_temp.wide('recorded_at IS NOT NULL OR ref IS NOT NULL', ', recorded_at, ref'));
SELECT count(pg_temp.wide('n % 3 = 0', ', recorded_at, ref'));
DELETE FROM event_wide w USING (SELECT max(ctid) AS at FROM event_wide WHERE n % 3 = 0 GROUP BY n) d WHERE ctid = d.at;
UPDATE event_wide SET small = 'y', two = NULL WHERE n % 4 = 0;
SELECT pg_stat_get_xact_tuples_returned('event_wide'::regclass) AS before \gset
SELECT is(pg_temp.differs(pg_temp.whole('event_wide')), 0::bigint, 'of tuples of every kind, and no other version of them');
SELECT is(pg_stat_get_xact_tuples_returned('event_wide'::regclass) - :before, :events::bigint, 'each of which is counted as read');

CREATE TABLE event_long AS SELECT person, occurred_at, event || repeat('=', 3000) AS event, repeat(md5(n::text), 100) AS channel, value, recorded_at, ref, n
FROM event WHERE n % 10 = 0;
ALTER TABLE event_long ALTER channel SET STORAGE external;
UPDATE event_long SET channel = channel || '' WHERE n % 20 = 0;
SELECT results_eq('SELECT person, journey_send(journey) FROM ' || pg_temp.whole('event_long') || ' ORDER BY person',
	'SELECT person, journey_send(journey_agg(occurred_at, channel, event, value, recorded_at, ref)) FROM event_long
	WHERE person IS NOT NULL GROUP BY person HAVING count(event) FILTER (WHERE occurred_at IS NOT NULL) > 0 ORDER BY person', 'of texts compressed and out of line');

-- ----- parallel workers -----

SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT is(pg_temp.differs(pg_temp.whole('event')), 0::bigint, 'where workers may scan');
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- ----- skew -----

-- one person has most events, many have one; and twelve share the rest
CREATE TABLE skew AS
SELECT CASE WHEN n % 4 = 0 THEN n WHEN n % 4 = 1 THEN n % 12 - 13 ELSE 0 END AS person,
	timestamptz '2026-01-01Z' + n % 1000 * 7919 % 1000 * interval '1.25 s' AS occurred_at,
	'e' || n % 20 AS event, n % 1000 / 8.0::float8 AS value
FROM generate_series(1, :small * 4) n;
DROP TABLE expected;
CREATE TABLE expected AS
SELECT person, journey_send(journey_agg(occurred_at, NULL, event, value)) AS bytes FROM skew GROUP BY person;
SELECT is((SELECT count(*) FROM expected), :small::bigint + 4, 'there are people with one event and with many');
SELECT is(pg_temp.differs($$journeys(null::bigint, 'skew', 'person', 'occurred_at', 'event', value => 'value')$$), 0::bigint, 'skewed');
SET LOCAL intent.build_mem = '64kB';
SELECT is(pg_temp.differs($$journeys(null::bigint, 'skew', 'person', 'occurred_at', 'event', value => 'value')$$), 0::bigint, 'skewed, in little memory');
SELECT cmp_ok(spilled_bytes, '>', 65536::bigint, 'and files') FROM journeys_stats();
SELECT is(pg_temp.files(), 0::bigint, 'no file stays');
RESET intent.build_mem;

SELECT * FROM finish();
ROLLBACK;
