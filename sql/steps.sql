-- steps: before, after and between touchpoints; paths counted; what is refused
SET TimeZone = 'UTC';
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

SELECT '{2026-03-01T10:00:00Z web:view, 2026-03-01T10:01:00Z web:view, 2026-03-01T10:05:00Z web:cart, 2026-03-01T10:05:00Z web:help,
	2026-03-02T11:06:00.5Z web:view, 2026-03-02T11:07:00Z web:cart, 2026-03-02T11:07:30Z web:purchase}' AS j
\gset

-- around an anchor; the ends of the journey are steps as well
SELECT * FROM next_events(:'j', 'cart');
SELECT * FROM next_events(:'j', 'cart', 3);
SELECT * FROM next_events(:'j', '(purchase | help)', 5);
SELECT * FROM previous_events(:'j', 'cart', 3);
SELECT * FROM previous_events(:'j', 'web:view', 1);
SELECT count(*) FROM next_events(:'j', 'signup', 2);
SELECT count(*) FROM next_events('{}', '*', 2);
SELECT count(*) FROM next_events(NULL, '*', 2);

-- done again
SELECT * FROM rework(:'j');
SELECT * FROM rework('{}');

-- between
SELECT time_between(:'j', '{view}', '{purchase}'), time_between(:'j', '{view}', '{view}'), time_between(:'j', '{cart}', '{help}') AS same_instant,
	time_between(:'j', '{help}', '{cart}'), time_between(:'j', '{purchase}', '{view}') AS never, time_between('{}', '{a}', '{b}') AS empty;
SELECT * FROM times_between(:'j', '{view}', '{cart}');
SELECT * FROM times_between(:'j', '{view}', '{view}');
SELECT * FROM times_between(:'j', '{purchase}', '{view}');

-- paths counted: the most frequent, then all others in one row
CREATE TEMP TABLE path (path text);
INSERT INTO path VALUES ('a -> b'), ('a -> b'), ('a'), ('a'), ('b'), (NULL), (''), ('(other)'), ('(other)'), ('(other)');
SELECT p.* FROM (SELECT paths_agg(path) AS s FROM path) t, paths(s, 2) p;
SELECT p.* FROM (SELECT paths_agg(path) AS s FROM path) t, paths(s) p;
SELECT p.* FROM (SELECT paths_agg(path) AS s FROM path) t, paths(s, 0) p;
SELECT p.* FROM (SELECT paths_merge(s) AS s FROM (SELECT paths_agg(path) AS s FROM path GROUP BY length(path)) g) t, paths(s, 1) p;
SELECT paths_agg(path) IS NULL AS no_rows FROM path WHERE false;
SELECT p.* FROM (SELECT paths_agg(path) AS s FROM path WHERE path IS NULL) t, paths(s) p;
SELECT paths_agg(path) FROM (VALUES ('b'), ('a'), ('b')) t(path);

-- refusals
SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT next_events('{}', 'a', 0)$$),
	(2, $$SELECT previous_events('{}', 'a', -1)$$),
	(3, $$SELECT next_events('{}', 'a ->')$$),
	(4, $$SELECT time_between('{}', '{NULL}', '{a}')$$),
	(5, $$SELECT times_between('{}', '{a}', '{""}')$$),
	(6, $$SELECT paths(paths_agg(path), -1) FROM path$$),
	(7, $$SELECT paths(retention_agg('{2026-03-01T10:00:00Z a}'::journey, 'day', 'UTC'))$$),
	(8, $$SELECT paths_merge(retention_agg) FROM (SELECT retention_agg('{2026-03-01T10:00:00Z a}'::journey, 'day', 'UTC')) t$$),
	(9, $$SELECT 'paths/1:ff'::partial$$)
) t(n, command) ORDER BY n;
