-- linkage: models, pairs, clusters, explanations; and what each refuses
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

CREATE TEMP TABLE guest (id int, given text, family text, born date, mail text, town text, vip boolean, spent numeric);
INSERT INTO guest VALUES
	(1, 'Anna', 'Schmidt', '1980-02-03', 'anna.schmidt@mail.example', 'Kassel', true, 100.50),
	(2, 'Ana', 'Schmidt', '1980-02-03', 'anna.schmidt@mail.example', 'Kassel', true, 100.5),
	(3, 'Schmidt', 'Anna', '1980-03-02', NULL, 'Kassel', NULL, NULL),
	(4, 'Bernd', 'Müller', '1975-11-30', 'b.mueller@post.example', 'Köln', false, 20),
	(5, 'BERND', 'Muller', '1975-11-03', 'b.muller@post.example', 'Koln', false, 21),
	(6, 'Carla', 'Weber', '1991-07-19', NULL, '', NULL, 7.25),
	(7, 'Dora', 'Schmidt', '1955-05-05', 'unknown', 'Kassel', false, NULL),
	(8, 'Emil', 'Weber', '2001-01-31', 'emil@weber.example', 'Bonn', false, 30),
	(9, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TEMP TABLE model AS SELECT train_linkage('SELECT * FROM guest') AS m;

-- what is compared, and how
SELECT c ->> 'column' AS column, c ->> 'kind' AS kind, c ->> 'across' AS across, (SELECT count(*) FROM jsonb_object_keys(c -> 'levels')) AS levels
FROM model, jsonb_array_elements(m::jsonb -> 'comparisons') c;
SELECT m::jsonb - 'comparisons' - 'blocking' - 'prior' AS rest, round((m::jsonb ->> 'prior')::numeric, 6) AS prior FROM model;
SELECT string_agg((k ->> 'column') || ':' || (k ->> 'part'), ' + ') AS keys
FROM model, jsonb_array_elements(m::jsonb -> 'blocking') WITH ORDINALITY r(rule, n), jsonb_array_elements(rule) k GROUP BY n ORDER BY n;

-- pairs, clusters
SELECT id_a, id_b, round(weight, 6) AS weight, round(probability::numeric, 6) AS probability FROM model, link_pairs('SELECT * FROM guest', m) p;
SELECT count(*) AS all_pairs FROM model, link_pairs('SELECT * FROM guest', m, threshold => 0) p;
SELECT l.* FROM model, link_records('SELECT * FROM guest', m) l;
SELECT id, cluster FROM model, link_records('SELECT * FROM guest', m, threshold => 1) l WHERE id <> cluster;
SELECT * FROM model, link_pairs('SELECT * FROM guest WHERE false', m);
SELECT same(m, train_linkage('SELECT * FROM guest ORDER BY id DESC')) AS same, m = m AS equal, m <> m AS different,
	linkage_model_hash(m) = linkage_model_hash(m::jsonb::linkage_model) AS hash, linkage_model_hash(m, 1) = linkage_model_hash(m, 2) AS seed FROM model;

-- why
SELECT comparison, value_a, value_b, level, round(e.m::numeric, 4) AS m, round(u::numeric, 4) AS u, round(contribution, 6) AS contribution
FROM model, explain_linkage('SELECT * FROM guest', m, '1', '3') e;
SELECT comparison, value_a, value_b, level, contribution FROM model, explain_linkage(m, '{"given": "J.", "spent": 20, "vip": true, "other": []}', '{"given": "Johann", "spent": 20.1, "vip": false}') e
WHERE level <> 'missing' ORDER BY comparison;
SELECT count(*) FROM model, explain_linkage(m, NULL, '{}') e;

-- blocks that are too large are said
SELECT count(*) > 0 AS some FROM train_linkage('SELECT i AS id, ''x'' || i % 7 AS a, i % 2 AS b FROM generate_series(1, 60) i', '{"blocking": [["b"]], "largest_block": 10}') m,
	link_pairs('SELECT i AS id, ''x'' || i % 7 AS a, i % 2 AS b FROM generate_series(1, 60) i', m, threshold => 0) p;
-- and pairs that a limit kept apart
SELECT count(DISTINCT cluster) FROM train_linkage('SELECT i AS id, ''name'' || i / 3 AS a, ''code'' || i / 3 AS b FROM generate_series(0, 59) i', '{"largest_cluster": 2}') m,
	link_records('SELECT i AS id, ''name'' || i / 3 AS a, ''code'' || i / 3 AS b FROM generate_series(0, 59) i', m) p;

-- refusals: queries
SELECT pg_temp.refused(q) FROM (VALUES
	($$SELECT train_linkage(NULL)$$),
	($$SELECT train_linkage('DELETE FROM guest')$$),
	($$SELECT train_linkage('SELECT given FROM guest')$$),
	($$SELECT train_linkage('SELECT id, given, given FROM guest')$$),
	($$SELECT train_linkage('SELECT id, point(1, 2) AS spot FROM guest')$$),
	($$SELECT train_linkage('SELECT nullif(id, 4) AS id, given FROM guest')$$),
	($$SELECT train_linkage('SELECT id % 4 AS id, given FROM guest')$$),
	($$SELECT train_linkage('SELECT id, given FROM guest WHERE id = 1')$$),
	($$SELECT train_linkage('SELECT id, 1 AS one FROM guest')$$),
	($$SELECT train_linkage('SELECT id FROM guest')$$),
	($$SELECT train_linkage('SELECT i AS id, ' || string_agg(format('md5(i::text || %s) AS c%s', n, n), ', ') || ' FROM generate_series(1, 9) i') FROM generate_series(1, 21) n$$)) t(q);

-- refusals: specifications
SELECT spec, pg_temp.refused(format('SELECT train_linkage(''SELECT * FROM guest'', %L)', spec)) FROM (VALUES
	('[]'), ('{"comparison": []}'), ('{"comparisons": "given"}'), ('{"comparisons": []}'), ('{"comparisons": [1]}'), ('{"comparisons": [{"kind": "name"}]}'),
	('{"comparisons": [{"column": "given", "kind": "nickname"}]}'), ('{"comparisons": [{"column": "given", "levels": 3}]}'), ('{"comparisons": ["given", "given"]}'), ('{"comparisons": ["nickname"]}'),
	('{"blocking": []}'), ('{"blocking": ["given"]}'), ('{"blocking": [[]]}'), ('{"blocking": [["given", "family", "born", "mail"]]}'), ('{"blocking": [[{"part": "sound"}]]}'),
	('{"blocking": [[{"column": "given", "part": "middle"}]]}'), ('{"blocking": [[{"column": "born", "part": "sound"}]]}'), ('{"blocking": [["nickname"]]}'), ('{"blocking": [[2]]}'),
	('{"source": 1}'), ('{"source": "shop"}'), ('{"seed": -1}'), ('{"seed": "1"}'), ('{"largest_block": 1}'), ('{"largest_cluster": 2.5}')) t(spec);

-- refusals: linking and explaining
SELECT pg_temp.refused(q) FROM (VALUES
	($$SELECT * FROM link_pairs(NULL, (SELECT m FROM model))$$),
	($$SELECT * FROM link_pairs('SELECT * FROM guest', NULL)$$),
	($$SELECT * FROM link_pairs('SELECT * FROM guest', (SELECT m FROM model), NULL)$$),
	($$SELECT * FROM link_pairs('SELECT * FROM guest', (SELECT m FROM model), 1.5)$$),
	($$SELECT * FROM link_records('SELECT * FROM guest', (SELECT m FROM model), 'NaN')$$),
	($$SELECT * FROM link_records('SELECT id, given, family FROM guest', (SELECT m FROM model))$$),
	($$SELECT * FROM link_records('SELECT *, id AS id FROM guest', (SELECT m FROM model))$$),
	($$SELECT * FROM explain_linkage('SELECT * FROM guest', (SELECT m FROM model), '1', '17')$$),
	($$SELECT * FROM explain_linkage((SELECT m FROM model), '[]', '{}')$$),
	($$SELECT * FROM explain_linkage((SELECT m FROM model), '{"given": ["a"]}', '{}')$$)) t(q);

-- refusals: models
CREATE TEMP TABLE small AS SELECT train_linkage('SELECT id, given FROM guest')::jsonb AS s;
SELECT what, pg_temp.refused(format('SELECT %L::jsonb::linkage_model', j)) FROM small, LATERAL (VALUES
	('nothing', '{}'::jsonb), ('a list', '[]'), ('no prior', s - 'prior'), ('prior', s || '{"prior": 2}'), ('text prior', s || '{"prior": "a"}'), ('key', s || '{"x": 1}'),
	('no comparisons', s || '{"comparisons": []}'), ('block', s || '{"largest_block": 0}'), ('kind', jsonb_set(s, '{comparisons,0,kind}', '"date"')),
	('m', jsonb_set(s, '{comparisons,0,levels,equal,m}', '0')), ('no u', s #- '{comparisons,0,levels,equal,u}'), ('across', jsonb_set(s, '{comparisons,0,across}', '"given"')),
	('hash', jsonb_set(s, '{comparisons,0,values,frequent}', '{"12": 1}')), ('rows', jsonb_set(s, '{comparisons,0,values,frequent}', '{"0123456789abcdef": 99}')),
	('blocking', s || '{"blocking": [["family"]]}'), ('source', s || '{"source": "given"}')) t(what, j);
SELECT pg_temp.refused('SELECT ''x''::linkage_model');
