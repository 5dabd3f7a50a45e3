-- graph: rules and what they refuse, limits, hubs, blocked values, shared identifiers; and what each function refuses
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

-- before there is a graph
SELECT pg_temp.refused($$SELECT person('email', 'anna@example.com')$$);
SELECT pg_temp.refused($$SELECT observe('default', '{}', '2026-03-01Z')$$);
SELECT setup();
SELECT setup();
SELECT c.relname, c.relrowsecurity, pg_get_userbyid(c.relowner) = current_user AS own, count(d.*) AS member_of, (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) AS policies
FROM pg_class c LEFT JOIN pg_depend d ON d.objid = c.oid AND d.deptype = 'e'
WHERE c.relnamespace = 'intent'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname IN ('graph', 'graph_kind', 'profile', 'identifier', 'link', 'sighting', 'carried')
GROUP BY c.oid, c.relname, c.relrowsecurity, c.relowner ORDER BY c.relname;
SELECT pg_temp.refused($$SELECT person('email', 'anna@example.com')$$);

-- rules name the place that is wrong
SELECT rules, pg_temp.refused(format('SELECT intent.graph_rules(%L)', rules)) AS refused FROM unnest(ARRAY['[]', '{"kind": {}}', '{"usual_kinds": 1}',
	'{"kinds": []}', '{"kinds": {"email": 5}}', '{"kinds": {"": {}}}', '{"kinds": {"email": {"max": 5}}}', '{"kinds": {"email": {"max_per_person": 0}}}',
	'{"kinds": {"email": {"max_per_person": 1.5}}}', '{"kinds": {"email": {"shared": "yes"}}}', '{"kinds": {"email": {"max_within": "1 month"}}}',
	'{"kinds": {"email": {"max_within": "soon"}}}', '{"kinds": {"x": {"max_within": "1 day"}}}', '{"kinds": {"email": {"normalise": "fax"}}}',
	'{"kinds": {"email": {"blocked": "null"}}}', '{"kinds": {"email": {"blocked_patterns": ["("]}}}', '{"blocked": [1]}', '{"blocked_patterns": ["a{2,1}"]}',
	'{"kinds": {"email": {"unique": true}}}', '{"kinds": {"cookie": {"max_per_person": 1}}}', '{"kinds": {"email": {"reach": "1 day"}}}', '{"kinds": {"x": {}}}']) rules;
SELECT pg_temp.refused($$SELECT create_graph('')$$);
SELECT pg_temp.refused($$SELECT create_graph(NULL)$$);
SELECT create_graph('default');
SELECT pg_temp.refused($$SELECT create_graph('default')$$);

-- what is no observation
SELECT pg_temp.refused($$SELECT observe('other', '{}', '2026-03-01Z')$$);
SELECT pg_temp.refused($$SELECT observe('default', '[]', '2026-03-01Z')$$);
SELECT pg_temp.refused($$SELECT observe('default', '{"fax": "1"}', '2026-03-01Z')$$);
SELECT pg_temp.refused($$SELECT observe('default', '{"email": "anna@example.com"}', NULL)$$);
SELECT pg_temp.refused($$SELECT observe('default', '{"email": "anna@example.com"}', 'infinity')$$);
SELECT pg_temp.refused($$SELECT observe('default', ARRAY['{"occurred_at": "2026-03-01Z"}']::jsonb[])$$);
SELECT pg_temp.refused($$SELECT ingest('default', 'SELECT 1')$$);
SELECT pg_temp.refused($$SELECT ingest('default', 'SELECT NULL::timestamptz AS occurred_at, jsonb ''{"email": "anna@example.com"}'' AS identifiers')$$);
SELECT pg_temp.refused($$SELECT ingest('default', 'SELECT timestamptz ''2026-03-01Z'' AS occurred_at, jsonb ''{"fax": "1"}'' AS identifiers')$$);
SELECT pg_temp.refused($$SELECT ingest('default', 'SELECT now() AS occurred_at, to_jsonb(intent.create_graph(''x'')) AS identifiers')$$);
SELECT observe('default', '{}', '2026-03-01Z'), observe('default', NULL, '2026-03-01Z'), observe('default', '{"email": "", "user_id": null}', '2026-03-01Z'),
	observe('default', '{"user_id": "Null", "email": "test@test.com", "cookie": "0000-00"}', '2026-03-01Z');

-- one login a person; the address that somebody else typed in is refused
SELECT observe('default', '{"user_id": "anna", "email": "Anna@Example.com"}', '2026-03-01 10:00Z') AS anna \gset
SELECT observe('default', '{"user_id": "bob", "email": "anna@example.com"}', '2026-03-01 11:00Z') AS bob \gset
SELECT person('email', 'anna@example.com') = :anna AS address_of_anna, person('user_id', 'anna') = :anna AS anna, person('user_id', 'bob') = :bob AS bob, :anna = :bob AS same;
-- a hub names nobody
SELECT observe('default', jsonb_build_object('user_id', 'h' || n, 'email', 'shop@example.com'), '2026-03-02Z'::timestamptz + n * interval '1 min') > 0 FROM generate_series(1, 7) n;
SELECT person('email', 'shop@example.com'), (SELECT count(DISTINCT person('user_id', 'h' || n)) FROM generate_series(1, 7) n) AS people;
SELECT l.state, a.value AS a, b.value AS b, l.source, l.reason, l.occurred_at
FROM link l JOIN identifier a ON a.id = l.a JOIN identifier b ON b.id = l.b ORDER BY l.id;

-- a shared device by time: one owner any time, several within the reach
SELECT observe('default', '{"user_id": "anna", "cookie": "c1"}', '2026-03-03 10:00Z') = person('user_id', 'anna') AS anna;
SELECT person_of('default', '{"cookie": "c1"}', '2026-01-01Z') = person('user_id', 'anna') AS any_time;
SELECT observe('default', '{"user_id": "bob", "cookie": "c1"}', '2026-03-03 10:40Z') = person('user_id', 'bob') AS bob;
SELECT at, CASE person_of('default', '{"cookie": "c1"}', at) WHEN person('user_id', 'anna') THEN 'anna' WHEN person('user_id', 'bob') THEN 'bob' ELSE 'nobody known' END AS who,
	CASE person_of('default', '{"cookie": "c1"}', at, as_of => '2026-03-03 10:39Z') WHEN person('user_id', 'anna') THEN 'anna' ELSE 'nobody known' END AS who_then
FROM unnest(ARRAY['2026-03-01Z', '2026-03-03 09:30Z', '2026-03-03 10:20Z', '2026-03-03 10:20:01Z', '2026-03-03 11:10Z', '2026-03-03 11:10:01Z']::timestamptz[]) at;
SELECT pg_temp.refused($$SELECT person_of('default', '{"cookie": "c1"}', now(), as_of => NULL)$$);
SELECT person_of('default', '{"cookie": "new"}', now()), person_of('default', NULL, now()), person_of('default', '{"cookie": "c1"}', NULL), person(NULL, 'x'), person('email', NULL);

-- somebody who never logs in joins the one owner of the cookie
SELECT observe('default', '{"email": "carl@example.com", "cookie": "c2"}', '2026-03-05Z') = observe('default', '{"user_id": "carl", "cookie": "c2"}', '2026-03-06Z') AS joined;
SELECT step, kind, value, to_kind, to_value, source, evidence, occurred_at FROM why('default', 'email', 'carl@example.com', 'user_id', 'carl');

-- what people know better
SELECT pg_temp.refused($$SELECT assert_distinct('default', 'user_id', 'carl', 'email', 'carl@example.com')$$);
SELECT assert_distinct('default', 'user_id', 'anna', 'user_id', 'bob') > 0 AS kept;
SELECT pg_temp.refused($$SELECT assert_same('default', 'user_id', 'anna', 'user_id', 'bob')$$) LIKE '55000 | user_id "anna" and user_id "bob" were asserted to be distinct | %' AS refused;
SELECT pg_temp.refused($$SELECT merge('default', person('user_id', 'anna'), person('user_id', 'bob'))$$) LIKE '55000 | persons % were asserted to be distinct | %' AS refused;
SELECT assert_same('default', 'user_id', 'carl', 'user_id', 'bob') > 0 AS joined;
SELECT person('user_id', 'carl') = person('user_id', 'bob') AS same;
SELECT pg_temp.refused($$SELECT merge('default', person('user_id', 'carl'), person('user_id', 'bob'))$$) ~ '^22023 \| \d+ and \d+ are not two persons of this graph \| ' AS refused;
SELECT pg_temp.refused($$SELECT merge('default', NULL, 1)$$);
SELECT pg_temp.refused($$SELECT undo(-1)$$);
SELECT pg_temp.refused($$SELECT retract(NULL)$$);
SELECT pg_temp.refused($$SELECT why('default', 'email', 'nobody@example.com', 'user_id', 'anna')$$);
SELECT pg_temp.refused($$SELECT why('default', 'cookie', 'c1', 'user_id', 'anna')$$);
-- a link that was taken back is not learned again
SELECT retract(link) FROM why('default', 'email', 'anna@example.com', 'user_id', 'anna');
SELECT observe('default', '{"user_id": "anna", "email": "anna@example.com"}', '2026-03-07Z') = person('user_id', 'anna') AS anna, person('user_id', 'anna') = person('email', 'anna@example.com') AS same;
SELECT what, kind, value, other_kind, other_value, source, reason FROM history('default', person('email', 'anna@example.com'));
SELECT person_now(NULL), person_now(-1);
SELECT * FROM health('default');

-- consent: what was recorded last holds, of all that were merged, and a refusal is one
SELECT person('user_id', 'anna') AS anna, person('user_id', 'h1') AS h1 \gset
SELECT set_consent('default', :anna, 'marketing', true, 'email', '2026-03-01Z', '2026-04-01Z') > 0 AS noted;
SELECT at, has_consent('default', :anna, 'marketing', 'email', at) AS email, has_consent('default', :anna, 'marketing', 'phone', at) AS phone, has_consent('default', :anna, 'analysis', 'email', at) AS other
FROM unnest(ARRAY['2026-02-28Z', '2026-03-01Z', '2026-04-01Z']::timestamptz[]) at;
SELECT set_consent('default', :h1, 'marketing', false) > 0 AS noted;
SELECT merge('default', :anna, :h1) AS merge \gset
SELECT has_consent('default', :anna, 'marketing', 'email', '2026-03-02Z') AS merged, has_consent('default', :anna, 'marketing', 'email', '2026-03-02Z', known_at => '2026-01-01Z') AS nothing_known;
SELECT undo(:merge);
SELECT has_consent('default', :anna, 'marketing', 'email', '2026-03-02Z') AS undone, has_consent('default', NULL, 'marketing', 'email', '2026-03-02Z') AS nobody;
SELECT pg_temp.refused($$SELECT set_consent('default', -1, 'marketing', true)$$);
SELECT pg_temp.refused(format($$SELECT set_consent('default', %s, '', true)$$, :anna));
SELECT pg_temp.refused(format($$SELECT set_consent('default', %s, 'marketing', true, '', '2026-03-02Z', '2026-03-01Z')$$, :anna));
SELECT pg_temp.refused($$SELECT graph_erase('default', -1)$$);

-- the golden record follows merges and their undoing
CREATE TABLE customer_row (person bigint, occurred_at timestamptz, name text, city text, phone text, priority int);
INSERT INTO customer_row VALUES (:anna, '2026-01-01Z', 'Ann', 'Bonn', '1', 2), (:h1, '2026-01-02Z', 'Anna', 'Trier', '2', 1), (:h1, '2026-01-03Z', '', 'Bonn', NULL, 1), (-1, '2026-01-03Z', 'gone', '', NULL, 1);
SELECT create_golden_record('public.customer', 'customer_row', '{"name": "latest", "city": "most_frequent", "phone": {"preferred": "priority"}}');
SELECT city, name, phone FROM customer ORDER BY person;
SELECT merge('default', :anna, :h1) AS merge \gset
SELECT city, name, phone FROM customer;
SELECT pg_temp.refused($$SELECT create_golden_record('customer2', 'customer_row', '{"name": "latest"}')$$);
SELECT pg_temp.refused($$SELECT create_golden_record('public.customer2', 'customer_row', '[]')$$);
SELECT pg_temp.refused($$SELECT create_golden_record('public.customer2', 'customer_row', '{"name": "newest"}')$$);
SELECT pg_temp.refused($$SELECT create_golden_record('public.customer2', 'customer_row', '{"nam": "latest"}')$$);
SELECT pg_temp.refused($$SELECT create_golden_record('public.customer2', 'customer_row', '{"name": {"preferred": "source"}}')$$);
SELECT pg_temp.refused($$SELECT create_golden_record('public.x"; drop', 'customer_row', '{"name": "latest"}')$$);
DROP VIEW customer;
DROP TABLE customer_row;

-- other rules, before they are real
SELECT measure, n FROM simulate('default', '{"kinds": {"email": {"hub_limit": 100}, "user_id": {"max_per_person": 100}}}');
SELECT pg_temp.refused($$SELECT simulate('default', '{"usual_kinds": false}')$$);
SELECT pg_temp.refused($$SELECT rebuild('default', '{"kinds": {"cookie": {"shared": false}}}')$$);
SELECT rebuild('default', '{"kinds": {"email": {"hub_limit": 100}, "user_id": {"max_per_person": 100}}}');
SELECT count(DISTINCT person('user_id', 'h' || n)) FROM generate_series(1, 7) n;
SELECT rebuild('default', '{}');
SELECT count(DISTINCT person('user_id', 'h' || n)), bool_or(person('user_id', 'anna') = person('user_id', 'bob')) AS distinct_kept FROM generate_series(1, 7) n;

-- limits in a time
SELECT create_graph('window', '{"usual_kinds": false, "kinds": {"login": {}, "card": {"max_per_person": 2, "max_within": "30 days"}}}') > 0 AS made;
SELECT observe('window', jsonb_build_object('login', 'l', 'card', 'c' || n), timestamptz '2026-01-01Z' + n * interval '20 days') > 0 FROM generate_series(1, 5) n;
SELECT observe('window', jsonb_build_object('login', 'l', 'card', 'd' || n), timestamptz '2026-06-01Z' + n * interval '10 days') > 0 FROM generate_series(1, 3) n;
SELECT i.value, person('card', i.value, 'window') = person('login', 'l', 'window') AS joined FROM identifier i WHERE graph = graph_named('window') AND kind = 'card' ORDER BY i.value;

-- two people who became one by a phone: health shows where to cut, split cuts, and undo takes it back
SELECT create_graph('family') > 0 AS made;
SELECT count(DISTINCT observe('family', o, '2026-07-01Z')) AS persons
FROM unnest(ARRAY['{"customer_id": "k1", "email": "ann@example.com"}', '{"customer_id": "k1", "phone": "+49 30 1234567"}', '{"customer_id": "k2", "email": "ben@example.com"}',
	'{"customer_id": "k2", "card": "4711"}', '{"email": "ben@example.com", "phone": "+49 30 1234567"}']::jsonb[]) o;
CREATE FUNCTION pg_temp.family() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT string_agg(i.value, ' ' ORDER BY i.kind, i.value) FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile
	WHERE i.graph = intent.graph_named('family') GROUP BY p.person ORDER BY 1 $$;
SELECT * FROM pg_temp.family();
SELECT h.measure, h.subject, h.n, l.source FROM health('family') h JOIN link l ON l.id = h.link WHERE measure LIKE 'bridge%';
SELECT h.measure, h.n, h.subject = person('customer_id', 'k1', 'family')::text AS subject FROM health('family') h WHERE measure LIKE 'over-merged%';
SELECT pg_temp.refused($$SELECT split('family', '{}')$$);
SELECT pg_temp.refused($$SELECT split('family', '["k1"]')$$);
SELECT pg_temp.refused($$SELECT split('family', NULL)$$);
SELECT pg_temp.refused($$SELECT split_profile('family', -1)$$);
SELECT pg_temp.refused($$SELECT split('family', '{"email": "nobody@example.com"}')$$);
SELECT regexp_replace(pg_temp.refused($$SELECT split('family', '{"customer_id": "k1", "email": ["ann@example.com"]}')$$), 'P0002.*', 'unknown');
SELECT regexp_replace(pg_temp.refused($$SELECT split('family', '[{"customer_id": "k1", "email": "ann@example.com", "phone": "+49 30 1234567"}, {"customer_id": "k2", "email": "ben@example.com", "card": "4711"}]')$$), '\d{2,}\M', 'N', 'g');
SELECT split('family', '{"customer_id": "k2", "email": "ben@example.com", "card": "4711"}') AS split \gset
SELECT * FROM pg_temp.family();
SELECT observe('family', '{"customer_id": "k2", "phone": "+49 30 1234567"}', '2026-07-02Z') = person('customer_id', 'k1', 'family') AS joined;
SELECT rebuild('family') AS persons;
SELECT * FROM pg_temp.family();
SELECT measure, subject, n FROM health('family') WHERE measure LIKE 'links%';
SELECT pg_temp.refused($$SELECT undo(0)$$);
SELECT undo(:split) AS persons;
SELECT * FROM pg_temp.family();
-- what hung on what was taken out stays together
SELECT split('family', '[{"customer_id": "k1"}, {"phone": "+49 30 1234567"}]') AS split1 \gset
SELECT * FROM pg_temp.family();
SELECT split('family', '{"phone": "+49 30 1234567"}') AS split2 \gset
SELECT * FROM pg_temp.family();
SELECT regexp_replace(pg_temp.refused(format('SELECT undo(%s)', :split1)), 'split \d+', 'split N');
SELECT undo(:split2) AS persons;
SELECT undo(:split1) AS persons;
SELECT * FROM pg_temp.family();
SELECT a.value, b.value, l.state, l.source, regexp_replace(l.reason, '\d+', 'N') AS reason FROM link l JOIN identifier a ON a.id = l.a JOIN identifier b ON b.id = l.b
WHERE l.graph = graph_named('family') AND l.reason LIKE 'split%' ORDER BY l.source, a.id, b.id, l.id;

-- paths and bridges of any links
SELECT * FROM graph_path('SELECT * FROM (VALUES (7::bigint, 1::bigint, 2::bigint), (5, 2, 3), (4, 1, 4), (6, 4, 3), (9, 3, 5), (8, 5, 5), (NULL, 1, 5), (3, 8, 9)) l(id, a, b)', 1, 5);
SELECT start, goal, (SELECT count(*) FROM graph_path('SELECT * FROM (VALUES (1::bigint, 1::bigint, 2::bigint), (2, 3, 4)) l(id, a, b)', start, goal)) FROM (VALUES (1, 4), (1, 1), (1, 9), (NULL, 1)) v(start, goal);
SELECT * FROM graph_bridges('SELECT * FROM (VALUES (7::bigint, 1::bigint, 2::bigint), (5, 2, 3), (4, 1, 3), (9, 3, 5), (8, 5, 5), (10, 5, 6), (11, 6, 5), (3, 8, 9)) l(id, a, b)') ORDER BY link;
SELECT * FROM graph_bridges('SELECT * FROM (VALUES (1::bigint, 1::bigint, 2::bigint), (2, 2, 3), (3, 3, 4)) l(id, a, b)', 2);
SELECT pg_temp.refused($$SELECT graph_path(NULL, 1, 2)$$);
SELECT pg_temp.refused($$SELECT graph_path('SELECT 1::bigint', 1, 2)$$);
SELECT pg_temp.refused($$SELECT graph_path('SELECT 1::bigint, 2 AS a, 3::bigint', 1, 2)$$);
SELECT pg_temp.refused($$SELECT graph_bridges('SELECT 1::bigint, 2::bigint, 3::bigint', 0)$$);
