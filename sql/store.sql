-- store: sources and what they refuse, stored journeys, watching, tenants, and scores of persons
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
-- before there is a source
SELECT * FROM sources();
SELECT * FROM refresh();
SELECT * FROM health();
SELECT pg_temp.refused($$SELECT refresh('orders')$$);
SELECT pg_temp.refused($$CALL refresh_steps(10, 'orders')$$);

CREATE TABLE orders (order_id bigint PRIMARY KEY, ordered_at timestamptz, placed timestamp, day date, status text, total numeric, "Customer Mail" text,
	user_id text, cookie text, secret text);
CREATE VIEW orders_view AS SELECT * FROM orders;
CREATE FUNCTION dice() RETURNS float8 LANGUAGE sql VOLATILE RETURN random();

-- what is no source
SELECT create_graph('store') > 0 AS made;
SELECT pg_temp.refused(format('SELECT intent.add_source(%s)', arguments)) FROM (VALUES
	($$NULL, 'orders', 'ordered_at', 'status', '{"user_id": "user_id"}'$$),
	($$'', 'orders', 'ordered_at', 'status', '{"user_id": "user_id"}'$$),
	($$'o', 'orders', NULL, 'status', '{"user_id": "user_id"}', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', '', '{"user_id": "user_id"}', graph => 'store'$$),
	($$'o', 'nowhere', 'ordered_at', 'status', '{"user_id": "user_id"}', graph => 'store'$$),
	($$'o', 1::oid::regclass, 'ordered_at', 'status', '{"user_id": "user_id"}', graph => 'store'$$),
	($$'o', 'orders', 'ordered', 'status', '{"user_id": "user_id"}', graph => 'store'$$),
	($$'o', 'orders', 'placed', 'status', '{"user_id": "user_id"}', graph => 'store'$$),
	($$'o', 'orders', 'day', 'status', '{"user_id": "user_id"}', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', '{"user_id": "user_id"}', value => 'status', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', '{"user_id": "user_id"}', condition => 'total', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', '{"user_id": "user_id"}', condition => 'total > 0; DROP TABLE orders', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', '{"user_id": "user_id"}', condition => 'true) OR (true', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status, total', '{"user_id": "user_id"}', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status FROM orders', '{"user_id": "user_id"}', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'max(status)', '{"user_id": "user_id"}', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'string_to_table(status, '','')', '{"user_id": "user_id"}', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', '{"user_id": "user_id"}', value => 'public.dice()', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', '{"user_id": "user_id"}', value => 'dice()', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', NULL, graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', '{}', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', '["user_id"]', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', '{"user_id": 1}', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', '{"fax": "user_id"}', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', '{"user_id": "uid"}', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', '{"user_id": "user_id"}', kind => 'active', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', '{"user_id": "user_id"}', grain => 'week', graph => 'store'$$),
	($$'o', 'orders', 'ordered_at', 'status', '{"user_id": "user_id"}', graph => 'other'$$),
	($$'o', 'orders', 'ordered_at', 'status', '{"user_id": "user_id"}', graph => 'store', tenant => 'brand'$$)) x(arguments);
SELECT source_column('orders', 'total * 2', 'value'), source_column('orders', '"Customer Mail"', 'event'), source_column('orders', NULL, 'event'), source_key('orders'), source_key('orders_view');

-- a column by its name whatever is in it, expressions, a comment at the end
SELECT add_source('orders', 'orders', 'ordered_at', 'lower(status) -- as the shop says', '{"user_id": "user_id", "email": "Customer Mail", "cookie": "cookie"}',
	channel => '''shop''', value => 'total', condition => 'status <> ''draft''', graph => 'store') > 0 AS added;
-- persons by a name that does not change with their numbers
CREATE FUNCTION pg_temp.who(person bigint) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(i.value, '+' ORDER BY i.value COLLATE "C") FROM intent.identifier i LEFT JOIN intent.profile p ON p.id = i.profile WHERE coalesce(p.person, i.id) = $1 $$;
SELECT pg_temp.refused($$SELECT add_source('orders', 'orders', 'ordered_at', 'status', '{"user_id": "user_id"}')$$);
SELECT add_source('view', 'orders_view', 'ordered_at', 'status', '{"user_id": "user_id"}', graph => 'store') > 0 AS rebuild_only;
SELECT name, relation, kind, grain, refreshes_by, watched, refreshed_at IS NULL AS never FROM sources();
SELECT name, state, added, removed, moved FROM refresh();
SELECT drop_source('view');
SELECT pg_temp.refused($$SELECT drop_source('view')$$);

-- ----- stored journeys -----

INSERT INTO orders (order_id, ordered_at, status, total, "Customer Mail", user_id, cookie) VALUES
	(1, '2026-03-01 10:00Z', 'Purchase', 10, 'Anna@Example.com', 'anna', 'c1'), (2, '2026-03-02 10:00Z', 'Purchase', 20, NULL, 'bert', NULL),
	(3, '2026-03-01 09:00Z', 'View', NULL, NULL, NULL, 'c1'), (4, '2026-03-03 10:00Z', 'View', NULL, NULL, NULL, 'c9'),
	(5, '2026-03-03 10:00Z', 'Draft', NULL, NULL, 'anna', 'c1'), (6, '2026-03-03 10:00Z', 'draft', NULL, NULL, 'anna', 'c1'),
	(7, NULL, 'View', NULL, NULL, 'anna', 'c1'), (8, 'infinity', 'View', NULL, NULL, 'anna', 'c1'), (9, '2026-03-04 10:00Z', '', NULL, NULL, 'anna', 'c1'),
	(10, '2026-03-04 10:00Z', 'View', 'NaN', NULL, 'null', NULL);
SELECT name, state, added, removed, moved FROM refresh('orders');
SELECT pg_temp.who(person) AS who, journey FROM person_journey ORDER BY 1;
-- nothing new; what is older than 7 days is looked at if one says so
UPDATE orders SET total = 11 WHERE order_id = 1;
DELETE FROM orders WHERE order_id = 2;
SELECT name, state, added, removed, moved FROM refresh('orders');
SELECT name, state, added, removed, moved FROM refresh('orders', since => '2026-03-01 09:30Z');
SELECT pg_temp.who(person) AS who, journey FROM person_journey ORDER BY 1;
-- a person that becomes known takes its cookie along; a merge and its undoing move events
INSERT INTO orders (order_id, ordered_at, status, total, user_id, cookie) VALUES (11, '2026-03-05 10:00Z', 'Purchase', 30, 'cleo', 'c9');
SELECT name, state, added, removed, moved FROM refresh('orders', since => '2026-03-05Z');
SELECT merge('store', person('user_id', 'anna', 'store'), person('user_id', 'cleo', 'store')) AS merge \gset
SELECT event_count(journey_of(person('user_id', 'cleo', 'store'))) AS merged_at_once;
SELECT name, state, added, removed, moved FROM refresh();
SELECT pg_temp.who(person) AS who, event_count(journey) FROM person_journey ORDER BY 1;
SELECT undo(:merge);
SELECT event_count(journey_of(person('user_id', 'cleo', 'store'))) AS split_but_for_the_cookie;
SELECT name, state, added, removed, moved FROM refresh();
SELECT pg_temp.who(person) AS who, event_count(journey) FROM person_journey ORDER BY 1;
-- from scratch, the same to the byte
CREATE TEMP TABLE stored AS SELECT person, source, anchor, carriers, n, alone, journey_send(journey) AS bytes FROM chunk;
SELECT name, state, added, removed, moved FROM refresh(rebuild => true);
SELECT count(*) AS chunks, count(b.bytes) AS same FROM chunk c LEFT JOIN stored b ON b.person = c.person AND b.source = c.source AND b.anchor = c.anchor
	AND b.carriers = c.carriers AND b.n = c.n AND b.alone = c.alone AND b.bytes = journey_send(c.journey);
-- in steps
INSERT INTO orders (order_id, ordered_at, status, user_id) SELECT 100 + n, timestamptz '2026-04-01Z' + n * interval '1 hour', 'View', 'dora' FROM generate_series(1, 20) n;
UPDATE source SET seen_until = '2026-04-02Z' WHERE name = 'orders';
CALL refresh_steps(6);
SELECT state, done_until, added, removed, finished_at IS NOT NULL AS finished FROM refresh_run ORDER BY id DESC LIMIT 1;
SELECT event_count(journey) FROM person_journey WHERE person = person('user_id', 'dora', 'store');
SELECT pg_temp.refused($$SELECT refresh_step('orders', 0)$$);
SELECT pg_temp.refused($$CALL refresh_steps(10)$$);
-- a graph that cannot tell any more whose an event is: hubs and erasure
SELECT count(*) FROM (SELECT observe('store', jsonb_build_object('user_id', 'h' || n, 'email', 'anna@example.com'), '2026-03-02Z') FROM generate_series(1, 7) n) x;
SELECT name, state FROM refresh();
SELECT pg_temp.who(person) AS who, variant(journey) FROM person_journey WHERE person = person('user_id', 'anna', 'store');
SELECT graph_erase('store', person('user_id', 'dora', 'store')) > 0 AS erased;
SELECT name, state FROM refresh();
SELECT count(*) AS of_dora FROM chunk, journey_rows(journey) r WHERE r.ref::int > 100;
-- retention
SELECT pg_temp.refused($$SELECT forget_before('infinity')$$);
SELECT forget_before('2026-03-03Z');
SELECT name, state FROM refresh(since => '2026-01-01Z');
SELECT pg_temp.who(person) AS who, journey FROM person_journey ORDER BY 1;
UPDATE source SET kept_from = '-infinity';
SELECT name, state, added FROM refresh(since => '2026-01-01Z');

-- ----- watching -----

SELECT add_source('view', 'orders_view', 'ordered_at', 'status', '{"user_id": "user_id"}', ref => 'order_id', condition => 'false', graph => 'store') > 0 AS added;
SELECT pg_temp.refused($$SELECT watch_source('view')$$);
CREATE TABLE refless (at timestamptz, who text);
SELECT add_source('refless', 'refless', 'at', '''x''', '{"user_id": "who"}', graph => 'store') > 0 AS added;
SELECT pg_temp.refused($$SELECT watch_source('refless')$$);
SELECT drop_source('refless'), drop_source('view');
SELECT watch_source('orders');
SELECT watch_source('orders');
SELECT name, state, added, removed, moved FROM refresh();
SELECT person('user_id', 'anna', 'store') AS anna \gset
SELECT variant(journey_of(:anna));
BEGIN;
INSERT INTO orders (order_id, ordered_at, status, total, cookie) VALUES (201, '2026-03-01 11:00Z', 'Return', 10, 'c1');
SELECT variant(journey_of(:anna)) AS in_the_transaction;
SAVEPOINT s;
UPDATE orders SET status = 'Refund' WHERE order_id = 201;
SELECT variant(journey_of(:anna)) AS changed;
DELETE FROM orders WHERE order_id = 1;
SELECT variant(journey_of(:anna)) AS gone;
ROLLBACK TO s;
SELECT variant(journey_of(:anna)) AS taken_back;
ROLLBACK;
SELECT variant(journey_of(:anna)) AS rolled_back, (SELECT count(*) FROM inbox) AS waiting;
-- long ago, deleted and written again, changed twice
INSERT INTO orders (order_id, ordered_at, status, user_id) VALUES (202, '2019-01-01Z', 'View', 'anna'), (203, '2026-03-07Z', 'View', 'anna');
DELETE FROM orders WHERE order_id = 1;
INSERT INTO orders (order_id, ordered_at, status, total, "Customer Mail", user_id, cookie) VALUES (1, '2026-03-01 10:00Z', 'Purchase', 11, 'Anna@Example.com', 'anna', 'c1');
UPDATE orders SET status = 'Call' WHERE order_id = 203;
UPDATE orders SET status = 'Cart' WHERE order_id = 203;
SELECT variant(journey_of(:anna)) AS waiting;
SELECT name, state, added, removed, moved FROM refresh();
SELECT variant(journey) AS stored, same(journey, journey_of(:anna)) FROM person_journey WHERE person = :anna;
-- partitions that come later are compared until they are watched
CREATE TABLE visit (id int, at timestamptz, who text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM ('2020-01-01Z') TO ('2021-01-01Z');
SELECT add_source('visits', 'visit', 'at', '''visit''', '{"user_id": "who"}', graph => 'store') > 0 AS added;
SELECT watch_source('visits');
SELECT name, state FROM refresh('visits');
CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM ('2021-01-01Z') TO ('2100-01-01Z');
SELECT measure FROM health() WHERE measure LIKE 'partitions%';
INSERT INTO visit_2 VALUES (1, now(), 'fred');
INSERT INTO visit VALUES (2, now(), 'fred');
INSERT INTO visit_1 VALUES (3, '2020-06-01Z', 'fred');
SELECT name, state, added, removed FROM refresh('visits');
SELECT watch_source('visits');
SELECT count(*) FROM health() WHERE measure LIKE 'partitions%';
SELECT event_count(journey_of(person('user_id', 'fred', 'store')));
TRUNCATE visit;
SELECT name, state, removed FROM refresh('visits');
SELECT unwatch_source('visits'), unwatch_source('visits');
SELECT drop_source('visits');
DROP TABLE visit;
-- a table that is gone stops nobody but itself
CREATE TABLE fleeting (id int PRIMARY KEY, at timestamptz, who text);
SELECT add_source('fleeting', 'fleeting', 'at', '''visit''', '{"user_id": "who"}', graph => 'store') > 0 AS added;
DROP TABLE fleeting;
SELECT name, state FROM refresh() ORDER BY name;
SELECT pg_temp.refused($$SELECT refresh('fleeting')$$);
SELECT measure FROM health() WHERE subject = 'fleeting' AND measure LIKE 'relation%';
SELECT drop_source('fleeting');

-- ----- daily sums, templates, quality -----

CREATE TABLE spend (id int PRIMARY KEY, day date, who text, clicks int);
INSERT INTO spend VALUES (1, '2026-03-01', 'anna', 7);
SELECT add_source('spend', 'spend', 'day::timestamp AT TIME ZONE ''UTC''', '''clicks''', '{"user_id": "who"}', value => 'clicks', grain => 'day', graph => 'store') > 0 AS added;
SELECT name, added FROM refresh('spend');
SELECT has_touchpoints(journey, ARRAY['clicks']) AS in_funnels, (SELECT variant(d.journey) FROM person_journey_daily d WHERE d.person = p.person) AS daily,
	has_touchpoints(journey_of(:anna), ARRAY['clicks']) AS in_journey_of FROM person_journey p WHERE person = :anna;
SELECT drop_source('spend');
SELECT source_template('order', 'orders', '{"email": "Customer Mail"}');
CREATE TABLE survey (id int PRIMARY KEY, answered_at timestamptz, score int, email text);
SELECT template, source_template(template, 'survey') ->> 'event' AS event FROM unnest(ARRAY['nps', 'csat', 'ces']) template;
CREATE TABLE page (hit_id int PRIMARY KEY, ts timestamptz, event_name text, visitor_id text, revenue numeric);
SELECT source_template('web', 'page');
CREATE TABLE message (id int PRIMARY KEY, sent_at timestamptz, platform text, shipment_status text, phone text, duration int);
SELECT template, source_template(template, 'message', columns) FROM (VALUES ('chat', '{}'::jsonb), ('social', '{"time": "sent_at"}'), ('call', '{"time": "sent_at", "topic": "platform"}'),
	('delivery', '{"time": "sent_at", "status": "shipment_status"}')) t(template, columns);
SELECT pg_temp.refused(format('SELECT intent.source_template(%s)', arguments)) FROM (VALUES ($$'fax', 'orders'$$), ($$'order', 'orders', '{"when": "day"}'$$),
	($$'order', 'orders', '{"time": "when"}'$$), ($$'nps', 'orders'$$), ($$'web', 'survey', '{"time": "answered_at", "email": "mail"}'$$), ($$'web', 'refless'$$)) x(arguments);
SELECT add_source_like('nps', 'survey', 'survey', graph => 'store') > 0 AS added;
SELECT kind, refreshes_by FROM sources() WHERE name = 'survey';
SELECT drop_source('survey');
CREATE TABLE dirty (id text, at timestamptz, learned timestamptz, who text, what text, amount float8);
INSERT INTO dirty SELECT n, timestamptz '2026-01-01 00:30Z' + n * interval '1 hour', timestamptz '2026-01-01 00:30Z' + n * interval '1 hour', 'u' || n % 50, 'view', n FROM generate_series(1, 1000) n;
INSERT INTO dirty VALUES ('1', NULL, NULL, 'x', 'view', NULL), ('a', 'infinity', NULL, 'x', 'View', NULL), ('b', '2126-01-01Z', '2126-03-01Z', 'null', 'view', 'NaN'),
	(NULL, '1970-01-01Z', NULL, NULL, 'VIEW', NULL), ('c', '2026-02-01 12:00Z', '2026-01-01Z', 'x', '', NULL), ('d', '2026-02-01 12:01Z', '2026-01-01Z', 'x', 'cart', NULL);
SELECT add_source('dirty', 'dirty', 'at', 'what', '{"user_id": "who"}', ref => 'id', recorded_at => 'learned', value => 'amount', graph => 'store') > 0 AS added;
SELECT check_name, severity, n, round(share::numeric, 4) AS share, sample FROM check_quality('dirty');
DELETE FROM dirty WHERE NOT coalesce(id ~ '^\d+$' AND at IS NOT NULL, false);
SELECT * FROM check_quality('dirty');
SELECT pg_temp.refused($$SELECT check_quality('clean')$$);
SELECT drop_source('dirty');
DROP TABLE dirty, survey, page, message, spend, refless;

-- ----- tenants and rights -----

CREATE ROLE store_brand; CREATE ROLE store_writer;
SELECT create_graph('brand', tenant => 'store_brand') > 0 AS made;
CREATE TABLE both_brands (id int PRIMARY KEY, at timestamptz, brand text, who text);
INSERT INTO both_brands VALUES (1, '2026-03-01Z', 'a', 'anna'), (2, '2026-03-02Z', 'b', 'anna');
SELECT add_source('brand b', 'both_brands', 'at', '''visit''', '{"user_id": "who"}', condition => 'brand = ''b''', graph => 'brand', tenant => 'store_brand') > 0 AS added;
SELECT name, added FROM refresh('brand b');
GRANT USAGE ON SCHEMA intent TO store_brand;
GRANT SELECT ON ALL TABLES IN SCHEMA intent TO store_brand;
GRANT INSERT, SELECT ON both_brands TO store_writer;
SELECT watch_source('brand b');
SET ROLE store_brand;
SELECT tenant, count(*) FROM person_journey GROUP BY tenant ORDER BY tenant;
SELECT variant(journey_of(person('user_id', 'anna', 'brand'))) AS hers;
SELECT pg_temp.refused($$SELECT refresh()$$);
SELECT pg_temp.refused($$SELECT add_source('x', 'both_brands', 'at', 'who', '{"user_id": "who"}', graph => 'store')$$);
RESET ROLE;
SET ROLE store_writer;
INSERT INTO both_brands VALUES (3, '2026-03-03Z', 'b', 'anna'), (4, '2026-03-03Z', 'a', 'anna');
SELECT pg_temp.refused($$SELECT * FROM intent.inbox$$);
SELECT pg_temp.refused($$SELECT * FROM intent.chunk$$);
RESET ROLE;
SET ROLE store_brand;
SELECT variant(journey_of(person('user_id', 'anna', 'brand'))) AS hers;
RESET ROLE;
SELECT name, added FROM refresh('brand b');
SELECT drop_source('brand b');
DROP TABLE both_brands;
DROP OWNED BY store_brand, store_writer;
DROP ROLE store_brand, store_writer;

-- ----- who has a match, and when it runs -----

SELECT pg_temp.who(p) AS who FROM persons_matching('view -> purchase') p ORDER BY 1;
SELECT pg_temp.who(p) AS who FROM persons_matching('{purchase & cart}') p ORDER BY 1;
SELECT count(*) = (SELECT count(*) FROM person_journey) AS all_of_them FROM persons_matching('.') p;
SELECT count(*) FROM persons_matching(NULL);
SELECT persons_matching_query('view -> (purchase | call:*)');
SELECT pattern_needs('view -> (purchase | call:*) -> x?');
SELECT replace(line, ' -d ' || quote_ident(current_database()), ' -d mine') AS line FROM schedule('SELECT intent.refresh(''o'') -- 5%', '5 3 * * *') line;
SELECT pg_temp.refused($$SELECT schedule('', '* * * * *')$$);
SELECT drop_source('orders') > 0 AS dropped;
SELECT count(*) AS chunks FROM chunk;
DROP VIEW orders_view;
DROP TABLE orders;
DROP FUNCTION dice();
