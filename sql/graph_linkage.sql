-- graph_linkage: what record linkage finds as links of a graph, under its guards, with why and undo
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

CREATE TABLE linkage_customer (id text, name text, born date, town text);
INSERT INTO linkage_customer VALUES
	('c1', 'Anna Schmidt', '1980-02-03', 'Kassel'), ('c2', 'Ana Schmidt', '1980-02-03', 'Kassel'), ('c3', 'Bernd Weber', '1970-01-05', 'Bonn'),
	('c4', 'Bernd Webber', '1970-01-05', 'Bonn'), ('c5', 'Carl Otto', '1991-07-09', 'Trier'), ('c6', 'Dora Klein', '1955-05-05', 'Essen'),
	('c7', 'Emil Wolf', '1961-06-16', 'Mainz'), ('c8', 'Emil Wolff', '1961-06-16', 'Mainz'), (' ', 'Emil Wolf', '1961-06-16', 'Mainz');
CREATE TEMP TABLE model AS SELECT train_linkage('SELECT * FROM linkage_customer') AS m;
SELECT create_graph('linkage') > 0 AS made;

-- the logins of Bernd Weber and Bernd Webber are two, so they stay two
SELECT count(observe('linkage', i, '2026-01-01Z')) FROM unnest(ARRAY['{"customer_id": "c1", "user_id": "anna"}', '{"customer_id": "c3", "user_id": "b1"}', '{"customer_id": "c4", "user_id": "b2"}']::jsonb[]) i;
SELECT id_a, id_b, round(probability::numeric, 2) AS probability FROM model, link_joins('SELECT * FROM linkage_customer', m);
SELECT l.* FROM model, link_graph('linkage', 'SELECT * FROM public.linkage_customer', m, 'customer_id', occurred_at => '2026-02-01Z') l;
SELECT step, kind, value, to_kind, to_value, source, evidence -> 'levels' AS levels, occurred_at FROM why('linkage', 'user_id', 'anna', 'customer_id', 'c2');
SELECT a.value AS a, b.value AS b, l.state, l.reason, round(l.weight) AS weight, l.evidence -> 'levels' AS levels
FROM intent.link l JOIN intent.identifier a ON a.id = l.a JOIN intent.identifier b ON b.id = l.b WHERE l.source = 'linkage' ORDER BY 1, 2;
-- who is one with nobody is not taken in; nor is an id that says nothing
SELECT string_agg(value, ' ' ORDER BY value) AS known FROM intent.identifier WHERE kind = 'customer_id' AND graph = graph_named('linkage');

-- again is nothing new
SELECT l.* FROM model, link_graph('linkage', 'SELECT * FROM public.linkage_customer', m, 'customer_id') l;
SELECT count(*) FROM intent.link WHERE source = 'linkage';

-- what was taken back is not learned again, and rebuild keeps it so
SELECT retract(link) FROM why('linkage', 'customer_id', 'c7', 'customer_id', 'c8') WHERE source = 'linkage';
SELECT l.* FROM model, link_graph('linkage', 'SELECT * FROM public.linkage_customer', m, 'customer_id') l;
SELECT rebuild('linkage') > 0 AS rebuilt;
SELECT a.value AS a, b.value AS b, l.state, l.reason FROM intent.link l JOIN intent.identifier a ON a.id = l.a JOIN intent.identifier b ON b.id = l.b WHERE l.source = 'linkage' ORDER BY 1, 2, 3;
SELECT intent.person_now(a.id) = intent.person_now(b.id) AS one FROM intent.identifier a, intent.identifier b WHERE a.graph = graph_named('linkage') AND b.graph = a.graph AND a.value = 'anna' AND b.value = 'c2';

-- nothing to link
SELECT l.* FROM model, link_graph('linkage', 'SELECT * FROM public.linkage_customer WHERE false', m, 'customer_id') l;

-- refusals
SELECT pg_temp.refused(q) FROM (VALUES
	($$SELECT link_graph('nowhere', 'SELECT * FROM public.linkage_customer', m, 'customer_id') FROM model$$),
	($$SELECT link_graph('linkage', 'SELECT * FROM public.linkage_customer', m, 'cookie') FROM model$$),
	($$SELECT link_graph('linkage', 'SELECT * FROM public.linkage_customer', m, 'nickname') FROM model$$),
	($$SELECT link_graph('linkage', 'SELECT * FROM public.linkage_customer', m, NULL) FROM model$$),
	($$SELECT link_graph('linkage', 'SELECT * FROM linkage_customer', m, 'customer_id') FROM model$$),
	($$SELECT link_graph('linkage', 'SELECT id, name FROM public.linkage_customer', m, 'customer_id') FROM model$$),
	($$SELECT link_graph('linkage', 'DELETE FROM public.linkage_customer RETURNING *', m, 'customer_id') FROM model$$),
	($$SELECT link_graph('linkage', NULL, m, 'customer_id') FROM model$$),
	($$SELECT link_graph('linkage', 'SELECT * FROM public.linkage_customer', NULL, 'customer_id')$$),
	($$SELECT link_graph('linkage', 'SELECT * FROM public.linkage_customer', m, 'customer_id', 2) FROM model$$)) t(q);
DROP TABLE linkage_customer;
