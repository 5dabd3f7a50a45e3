-- transition: journeys counted as a graph, its edges, what is refused
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

CREATE TEMP TABLE journeys (journey journey);
INSERT INTO journeys VALUES
	('{2026-03-01T10:00:00Z web:view, 2026-03-01T10:00:00.0001Z web:view, 2026-03-01T10:30:00.0001Z web:cart}'),
	('{2026-03-01T10:00:00Z web:view, 2026-03-01T10:31:00Z web:cart, 2026-03-01T10:32:00Z call:"(end)"}'),
	('{2026-03-01T10:00:00Z note}'), ('{}'), (NULL);

SELECT e.* FROM (SELECT transitions(journey) AS g FROM journeys) t, edges(g) e;
SELECT e.* FROM (SELECT transitions(journey, '30 minutes') AS g FROM journeys) t, edges(g) e;
SELECT journey_count(transitions(journey)) FROM journeys;

-- a step across all of time; times of one microsecond are told apart below 128
SELECT e.* FROM edges((SELECT transitions_add(NULL, journey_agg(at, 'e')) FROM (VALUES (timestamptz '4714-11-24 00:00:00Z BC'), ('294276-12-31 23:59:59.999999Z')) t(at))) e;
SELECT e.* FROM edges((SELECT transitions_add(NULL, journey_agg(timestamptz '2026-01-01Z' + i * (i + 1) / 2 * interval '1 us', 'e')) FROM generate_series(0, 127) i)) e;

-- nothing to count; forms
SELECT transitions(journey) IS NULL FROM journeys WHERE false;
SELECT transitions(journey) IS NULL FROM journeys WHERE journey IS NULL;
SELECT e.* FROM edges((SELECT transitions('{}'::journey))) e;
SELECT edges(NULL);
SELECT transitions_add(NULL, '{2026-03-01T10:00:00Z web:view, 2026-03-01T10:00:01Z web:view}', '1 h');
SELECT unite(transitions_add(NULL, '{2026-03-01T10:00:00Z b}'), transitions_add(NULL, '{2026-03-01T10:00:00Z a}'))::text
	= transitions_add(transitions_add(NULL, '{2026-03-01T10:00:00Z a}'), '{2026-03-01T10:00:00Z b}')::text AS same;
SELECT transition_merge(g) IS NULL FROM (VALUES (NULL::transition_graph)) t(g);

-- refusals
SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT transitions(journey, '1 month') FROM journeys$$),
	(2, $$SELECT transitions(journey, '-1 s') FROM journeys$$),
	(3, $$SELECT transitions(journey, NULL) FROM journeys$$),
	(4, $$SELECT transitions('{2026-03-01T10:00:00Z a}'::journey, i * interval '1 h') FROM generate_series(1, 2) i$$),
	(5, $$SELECT unite(transitions_add(NULL, '{2026-03-01T10:00:00Z a}'), transitions_add(NULL, '{2026-03-01T10:00:00Z a}', '1 h'))$$),
	(6, $$SELECT ''::transition_graph$$),
	(7, $$SELECT '\x010000'::transition_graph$$),
	(8, $$SELECT '\x010000030000'::transition_graph$$),
	(9, $$SELECT '\x0100000101010000010100'::transition_graph$$),
	(10, $$SELECT '\x01000001010101010101'::transition_graph$$)
) t(n, command) ORDER BY n;
