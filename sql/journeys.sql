-- journeys: everybody's journey in one pass over a relation or a query; and what it refuses
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET IntervalStyle = 'postgres';
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

SELECT count(*) AS not_called_yet FROM journeys_stats();

CREATE TABLE event (person bigint, note text, occurred_at timestamptz, channel text, event text, value float8,
	recorded_at timestamptz, ref text);
INSERT INTO event VALUES
	(1, 'x', '2026-03-01 10:05Z', 'web', 'cart', NULL, NULL, 'c2'),
	(1, 'x', '2026-03-01 10:00Z', 'web', 'view', NULL, NULL, 'c1'),
	(2, 'x', '2026-03-02 12:00Z', '', 'view', 1e300, NULL, ''),
	(1, 'x', '2026-03-01 10:35Z', 'web', 'purchase', 19.99, '2026-03-01 11:00Z', 'o1'),
	(1, 'y', '2026-03-01 10:35Z', 'web', 'purchase', 17.99, '2026-03-01 12:00Z', 'o1'),
	(1, 'x', '2026-03-03 09:00Z', 'call', 'delivery failed', NULL, NULL, NULL),
	(1, 'x', '2026-03-03 09:00Z', NULL, 'note', -0.0, NULL, NULL),
	(1, 'x', NULL, 'web', 'lost', NULL, NULL, NULL),
	(1, 'x', '2026-03-01 10:00Z', 'web', NULL, NULL, NULL, NULL),
	(NULL, 'x', '2026-03-01 10:00Z', 'web', 'view', NULL, NULL, NULL),
	(-9223372036854775808, 'x', '2026-03-02 12:00Z', 'app', 'view', NULL, NULL, NULL);

-- a relation: columns one by one
SELECT * FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event') ORDER BY person;
SELECT * FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event', 'channel', 'value') ORDER BY person;
SELECT * FROM journeys(null::bigint, 'public.event', 'person', 'occurred_at', 'event', channel => 'channel', value => 'value',
	recorded_at => 'recorded_at', ref => 'ref') ORDER BY person;
SELECT * FROM journeys_stats() s(people, events, ignored, out_of_order, memory_bytes, spilled_bytes) \gset last_
SELECT :last_people AS people, :last_events AS events, :last_ignored AS ignored, :last_out_of_order AS out_of_order,
	:last_memory_bytes BETWEEN 10000 AND 200000 AS little_memory, :last_spilled_bytes AS spilled;
SELECT * FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'note', value => 'value') ORDER BY person;

-- a condition: one expression over the relation, with functions and subqueries
SELECT * FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event',
	condition => $$channel = 'web' AND note = 'x' AND person IN (SELECT max(person) - 1 FROM event)$$);
SELECT count(*) FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event', condition => 'NULL');
SELECT count(*) FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event', condition => 'event.person > 0 -- and no more');

-- a query: columns by name, in any order
SELECT * FROM journeys(null::bigint, 'SELECT person, occurred_at, event FROM event') ORDER BY person;
SELECT * FROM journeys(null::bigint,
	'SELECT ref, recorded_at, value, channel, event, occurred_at, person FROM event ORDER BY occurred_at') ORDER BY person;
SELECT * FROM journeys(null::int, $$WITH e(person, occurred_at, event) AS (VALUES (1, timestamptz '2026-03-01 10:00Z', 'view'))
	SELECT * FROM e UNION ALL SELECT * FROM e$$);
SELECT * FROM journeys(null::bigint, 'SELECT person, occurred_at, event FROM event WHERE false');
SELECT people, events, ignored FROM journeys_stats();
SELECT journeys(null::bigint, 'SELECT person, occurred_at, event FROM event WHERE person > 1') AS as_one_value;

-- the same bytes as journey_agg
SELECT count(*), bool_and(journey_send(j.journey) = journey_send(a.journey)) AS same_bytes
FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event', 'channel', 'value', 'recorded_at', 'ref') j
JOIN (SELECT person, journey_agg(occurred_at, channel, event, value, recorded_at, ref) AS journey FROM event
	WHERE person IS NOT NULL GROUP BY person) a USING (person);

-- persons of every type
CREATE DOMAIN customer AS varchar(20) CHECK (value <> 'nobody');
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE TABLE person_of_type (small smallint, whole int, large bigint, id uuid, name text, code varchar(10), customer customer,
	positive positive, occurred_at timestamptz DEFAULT '2026-03-01 10:00Z', event text DEFAULT 'view');
INSERT INTO person_of_type VALUES
	(1, 1, 1, '6a1f0a3e-0000-4000-8000-000000000001', 'anna', 'a', 'anna', 1),
	(-32768, -2147483648, 1, '6a1f0a3e-0000-4000-8000-000000000001', 'Anna', 'A', 'anna', 2),
	(1, 1, 9223372036854775807, '00000000-0000-0000-0000-000000000000', repeat('long ', 2000), '', 'ben', 2),
	(NULL, NULL, NULL, NULL, '', NULL, NULL, NULL);
SELECT pg_typeof(person), person, event_count(journey) FROM journeys(null::smallint, 'person_of_type', 'small', 'occurred_at', 'event') ORDER BY person;
SELECT pg_typeof(person), person, event_count(journey) FROM journeys(null::int, 'person_of_type', 'whole', 'occurred_at', 'event') ORDER BY person;
SELECT pg_typeof(person), person, event_count(journey) FROM journeys(null::int, 'person_of_type', 'small', 'occurred_at', 'event') ORDER BY person;
SELECT pg_typeof(person), person, event_count(journey) FROM journeys(null::bigint, 'person_of_type', 'large', 'occurred_at', 'event') ORDER BY person;
SELECT pg_typeof(person), person, event_count(journey) FROM journeys(null::bigint, 'person_of_type', 'small', 'occurred_at', 'event') ORDER BY person;
SELECT pg_typeof(person), person, event_count(journey) FROM journeys(null::uuid, 'person_of_type', 'id', 'occurred_at', 'event') ORDER BY person;
SELECT pg_typeof(person), left(person, 9) AS start, length(person), event_count(journey)
FROM journeys(null::text, 'person_of_type', 'name', 'occurred_at', 'event') ORDER BY person COLLATE "C";
SELECT pg_typeof(person), person, event_count(journey) FROM journeys(null::varchar, 'person_of_type', 'code', 'occurred_at', 'event') ORDER BY person COLLATE "C";
SELECT pg_typeof(person), person, event_count(journey) FROM journeys(null::text, 'person_of_type', 'customer', 'occurred_at', 'event') ORDER BY person;
SELECT pg_typeof(person), person, event_count(journey) FROM journeys(null::customer, 'person_of_type', 'customer', 'occurred_at', 'event') ORDER BY person;
SELECT pg_typeof(person), person, event_count(journey) FROM journeys(null::positive, 'person_of_type', 'positive', 'occurred_at', 'event') ORDER BY person;
SELECT pg_temp.refused($$SELECT * FROM journeys(null::positive, 'person_of_type', 'whole', 'occurred_at', 'event')$$);
SELECT pg_temp.refused($$SELECT * FROM journeys(null::customer, 'SELECT ''nobody'' AS person, now() AS occurred_at, ''view'' AS event')$$);

SELECT pg_collation_for(j.person) AS relation, pg_collation_for(q.person) AS query, pg_collation_for(c.person) AS key
FROM journeys(null::text, 'person_of_type', 'name', 'occurred_at', 'event') j,
	journeys(null::text, 'SELECT name AS person, occurred_at, event FROM person_of_type') q,
	journeys(null::text COLLATE "C", 'person_of_type', 'name', 'occurred_at', 'event') c LIMIT 1;

-- values and refs of every type
SELECT type, journey FROM (VALUES
	('smallint', '7::smallint'), ('int', '-7'), ('bigint', '9007199254740993'), ('real', '0.1::real'), ('float8', '0.1::float8'),
	('numeric', '12345678901234567890.5'), ('none', 'NULL::numeric')) t(type, value),
	journeys(null::int, format('SELECT 1 AS person, timestamptz ''2026-03-01 10:00Z'' AS occurred_at, ''view'' AS event, %s AS value', value));
SELECT type, journey FROM (VALUES
	('smallint', '-7::smallint'), ('int', '2147483647'), ('bigint', '-9223372036854775808'), ('text', '''A 17'''), ('varchar', '''A17''::varchar(5)'),
	('uuid', '''6A1F0A3E-0000-4000-8000-000000000001''::uuid'), ('empty', ''''''), ('none', 'NULL::uuid')) t(type, ref),
	journeys(null::int, format('SELECT 1 AS person, timestamptz ''2026-03-01 10:00Z'' AS occurred_at, ''view'' AS event, %s AS ref', ref));

-- toasted texts
CREATE TABLE toasted (person text, occurred_at timestamptz, channel text, event text, ref text);
ALTER TABLE toasted ALTER event SET STORAGE external, ALTER ref SET STORAGE external;
INSERT INTO toasted SELECT repeat('p', 9000), '2026-03-01 10:00Z', repeat('c', 9000), repeat('e', 9000) || n % 2, repeat('r', 9000) || n
FROM generate_series(1, 4) n;
SELECT j.person = t.person AS person, journey_send(j.journey) = journey_send(t.journey) AS same_bytes, event_count(j.journey)
FROM journeys(null::text, 'toasted', 'person', 'occurred_at', 'event', 'channel', ref => 'ref') j,
	(SELECT person, journey_agg(occurred_at, channel, event, NULL, NULL, ref) AS journey FROM toasted GROUP BY person) t;

-- relations of every kind, with what a table can have lost or gained
CREATE VIEW event_view AS SELECT person % 1000 AS person, occurred_at, event FROM event;
CREATE MATERIALIZED VIEW event_kept AS SELECT * FROM event_view;
CREATE TEMP TABLE event_temp AS SELECT * FROM event_view;
CREATE TABLE event_parts (LIKE event) PARTITION BY LIST (event);
CREATE TABLE event_part_view PARTITION OF event_parts FOR VALUES IN ('view');
CREATE TABLE event_part_rest PARTITION OF event_parts DEFAULT;
INSERT INTO event_parts SELECT * FROM event;
CREATE TABLE event_parent (LIKE event);
CREATE TABLE event_child (extra int) INHERITS (event_parent);
INSERT INTO event_child SELECT * FROM event;
CREATE TABLE event_changed (gone int, person bigint, occurred_at timestamptz);
INSERT INTO event_changed SELECT 1, person, occurred_at FROM event WHERE event IS NOT NULL;
ALTER TABLE event_changed DROP gone, ADD event text DEFAULT 'added', ADD twice float8 GENERATED ALWAYS AS (person % 1000 * 2) STORED;
CREATE TABLE "odd Name" ("the Person" bigint, "when" timestamptz, "select" text);
INSERT INTO "odd Name" SELECT person, occurred_at, event FROM event;
SELECT count(*), sum(person), sum(event_count(journey)) FROM journeys(null::bigint, 'event_view', 'person', 'occurred_at', 'event');
SELECT count(*), sum(person), sum(event_count(journey)) FROM journeys(null::bigint, 'event_kept', 'person', 'occurred_at', 'event');
SELECT count(*), sum(person), sum(event_count(journey)) FROM journeys(null::bigint, 'event_temp', 'person', 'occurred_at', 'event');
SELECT count(*), sum(person), sum(event_count(journey)) FROM journeys(null::bigint, 'event_parts', 'person', 'occurred_at', 'event');
SELECT count(*), sum(person), sum(event_count(journey)) FROM journeys(null::bigint, 'event_parent', 'person', 'occurred_at', 'event');
SELECT count(*), sum(person), sum(event_count(journey)) FROM journeys(null::bigint, 'event_changed', 'person', 'occurred_at', 'event', value => 'twice');
SELECT count(*), sum(person), sum(event_count(journey)) FROM journeys(null::bigint, '"odd Name"', 'the Person', 'when', 'select', condition => '"select" = ''view''');

-- one call in the query of another
SELECT * FROM journeys(null::bigint, $$SELECT person, starts_at(journey) AS occurred_at, 'first' AS event, event_count(journey) AS value
	FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event')$$) ORDER BY person;

-- what was done is said
SET intent."verbose" = on;
\set VERBOSITY terse
SELECT count(*) FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event');
\set VERBOSITY default
RESET intent."verbose";
SELECT left(pg_temp.refused('SET intent.build_mem = -1'), 5) AS refused;
SELECT pg_temp.refused('SET intent.build_memory = 1');

-- refused: the relation and its columns
SELECT n, pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT * FROM journeys(null::bigint, NULL::regclass, 'person', 'occurred_at', 'event')$$),
	(2, $$SELECT * FROM journeys(null::bigint, 'no_such_table', 'person', 'occurred_at', 'event')$$),
	(3, $$SELECT * FROM journeys(null::bigint, 4000000000::oid::regclass, 'person', 'occurred_at', 'event')$$),
	(4, $$SELECT * FROM journeys(null::bigint, 'event', NULL, 'occurred_at', 'event')$$),
	(5, $$SELECT * FROM journeys(null::bigint, 'event', 'person', NULL, 'event')$$),
	(6, $$SELECT * FROM journeys(null::bigint, 'event', 'person', 'occurred_at', NULL)$$),
	(7, $$SELECT * FROM journeys(null::bigint, 'event', 'customer', 'occurred_at', 'event')$$),
	(8, $$SELECT * FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event', 'chanel')$$),
	(9, $$SELECT * FROM journeys(null::bigint, 'event', 'ctid', 'occurred_at', 'event')$$),
	(10, $$SELECT * FROM journeys(null::bigint, 'event_changed', 'person', 'occurred_at', 'gone')$$)
) t(n, command) ORDER BY n;

-- refused: types
SELECT n, pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT * FROM journeys(NULL, 'event', 'person', 'occurred_at', 'event')$$),
	(2, $$SELECT * FROM journeys(null::numeric, 'event', 'person', 'occurred_at', 'event')$$),
	(3, $$SELECT * FROM journeys(null::char(5), 'event', 'person', 'occurred_at', 'event')$$),
	(4, $$SELECT * FROM journeys(null::text, 'event', 'person', 'occurred_at', 'event')$$),
	(5, $$SELECT * FROM journeys(null::int, 'event', 'person', 'occurred_at', 'event')$$),
	(6, $$SELECT * FROM journeys(null::bigint, 'event', 'note', 'occurred_at', 'event')$$),
	(7, $$SELECT * FROM journeys(null::uuid, 'event', 'note', 'occurred_at', 'event')$$),
	(8, $$SELECT * FROM journeys(null::bigint, 'event', 'person', 'event', 'event')$$),
	(9, $$SELECT * FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'person')$$),
	(10, $$SELECT * FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event', 'value')$$),
	(11, $$SELECT * FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event', 'channel', 'note')$$),
	(12, $$SELECT * FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event', 'channel', 'value', 'event')$$),
	(13, $$SELECT * FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event', 'channel', 'value', 'recorded_at', 'recorded_at')$$),
	(14, $$SELECT * FROM journeys(null::bigint, 'SELECT 1 AS person, now()::timestamp AS occurred_at, ''view'' AS event')$$),
	(15, $$SELECT * FROM journeys(null::bigint, 'SELECT 1 AS person, now() AS occurred_at, ''view'' AS event, true AS value')$$),
	(16, $$SELECT * FROM journeys(null::bigint, 'SELECT 1 AS person, date ''2026-03-01'' AS occurred_at, ''view'' AS event')$$),
	(17, $$SELECT * FROM journeys(null::bigint, 'SELECT 1.5 AS person, now() AS occurred_at, ''view'' AS event')$$)
) t(n, command) ORDER BY n;

-- refused: conditions
SELECT n, pg_temp.refused(format('SELECT * FROM journeys(null::bigint, ''event'', ''person'', ''occurred_at'', ''event'', condition => %L)', condition))
FROM (VALUES (1, ''), (2, 'person >'), (3, 'person'), (4, 'true; DELETE FROM event'), (5, 'true) OR (true'), (6, 'true GROUP BY 1'),
	(7, 'true LIMIT 1'), (8, 'person > 1, true'), (9, 'DISTINCT true'), (10, 'true UNION SELECT true'), (11, 'true AS is_true'), (12, 'true FROM event'),
	(13, 'shop = 3'), (14, 'count(*) > 1'), (15, 'person > $1'), (16, 'value / 0 > 1'), (17, 'row_number() OVER () > 1')) t(n, condition) ORDER BY n;

-- refused: queries
SELECT n, pg_temp.refused(format('SELECT * FROM journeys(null::bigint, %L)', query))
FROM (VALUES (1, NULL), (2, ''), (3, 'SELECT person, occurred_at, event FROM event; SELECT 1'), (4, 'SELECT person FROM event'),
	(5, 'SELECT person, occurred_at AS at, event FROM event'), (6, 'SELECT person, person, occurred_at, event FROM event'),
	(7, 'SELECT person, occurred_at, event, 1 FROM event'), (8, 'DELETE FROM event RETURNING person, occurred_at, event'),
	(9, 'WITH gone AS (DELETE FROM event RETURNING *) SELECT person, occurred_at, event FROM gone'),
	(10, 'SELECT person, occurred_at, event INTO other FROM event'),
	(11, 'SELECT person, occurred_at, event INTO other FROM event UNION SELECT person, occurred_at, event FROM event'),
	(12, 'SELECT person, occurred_at, event FROM event FOR UPDATE'),
	(13, 'SELECT * FROM (SELECT person, occurred_at, event FROM event FOR SHARE) e'),
	(14, 'SELECT person, occurred_at, event FROM event WHERE EXISTS (SELECT FROM event FOR KEY SHARE)'),
	(15, 'EXPLAIN SELECT person, occurred_at, event FROM event'), (16, 'COPY event TO STDOUT'), (17, 'COMMIT'),
	(18, 'SELECT person, occurred_at, event FORM event'), (19, 'SELECT person, occurred_at, event FROM no_such_event'),
	(20, 'SELECT person, occurred_at, event FROM event WHERE person = $1'),
	(21, 'SELECT person, occurred_at, event, 1 / 0 AS value FROM event'),
	(22, 'VALUES (1, now(), ''view'')'), (23, 'SELECT FROM event')) t(n, query) ORDER BY n;

-- refused: rows
SELECT n, pg_temp.refused(format('SELECT * FROM journeys(null::int, ''SELECT 1 AS person, %s'')', row))
FROM (VALUES (1, 'timestamptz ''''infinity'''' AS occurred_at, ''''view'''' AS event'),
	(2, 'timestamptz ''''2026-03-01Z'''' AS occurred_at, ''''view'''' AS event, ''''NaN''''::float8 AS value'),
	(3, 'timestamptz ''''2026-03-01Z'''' AS occurred_at, ''''view'''' AS event, ''''NaN''''::numeric AS value'),
	(4, 'timestamptz ''''2026-03-01Z'''' AS occurred_at, ''''view'''' AS event, 1e400::numeric AS value'),
	(5, 'timestamptz ''''2026-03-01Z'''' AS occurred_at, ''''view'''' AS event, ''''-infinity''''::timestamptz AS recorded_at')) t(n, row) ORDER BY n;

-- where a mistake stands
SELECT * FROM journeys(null::bigint, 'SELECT person, occurred_at, evnt AS event FROM event');
SELECT * FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event', condition => 'chanel = ''web''');
SELECT * FROM journeys(null::bigint, 'event', 'person', 'occurred_at', 'event', condition => 'channel = = ''web''');
