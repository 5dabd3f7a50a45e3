-- effort: what journeys ask of people; and what is refused
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET IntervalStyle = 'postgres';
SET search_path = public, intent;
\pset null '-'

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


SELECT what, p.*, effort(journey)
FROM (VALUES
	(1, 'nothing', '{}'::journey),
	(2, 'one event', '{2026-03-01T10:00:00Z web:view}'),
	(3, 'the same again', '{2026-03-01T10:00:00Z call:question, 2026-03-01T10:05:00Z call:question}'),
	(4, 'again, but later', '{2026-03-01T10:00:00Z call:question, 2026-03-01T10:30:00.000001Z call:question}'),
	(5, 'a pause of the gap is none', '{2026-03-01T10:00:00Z call:question, 2026-03-01T10:30:00Z call:question}'),
	(6, 'back after another', '{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart, 2026-03-01T10:06:00Z web:view}'),
	(7, 'back in another session', '{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart, 2026-03-04T10:05:00Z web:view}'),
	(8, 'no channel is one', '{2026-03-01T10:00:00Z view, 2026-03-01T10:05:00Z cart, 2026-03-01T10:06:00Z web:view, 2026-03-01T10:07:00Z view}'),
	(9, 'an instant, in order', '{2026-03-01T10:00:00Z web:a, 2026-03-01T10:00:00Z call:a, 2026-03-01T10:00:00Z call:b}'),
	(10, 'all of time', (SELECT journey_agg(at, 'a') FROM unnest(ARRAY['4713-01-01Z BC'::timestamptz, '294276-12-31Z']) at))
) t(n, what, journey), effort_parts(journey) p ORDER BY n;

-- another gap
SELECT gap, p.* FROM (VALUES (interval '0'), ('5 min'), ('1 day')) g(gap),
	effort_parts('{2026-03-01T10:00:00Z web:a, 2026-03-01T10:00:00Z web:b, 2026-03-01T10:06:00Z web:a, 2026-03-01T22:00:00Z call:a}', gap) p ORDER BY gap;

-- each weight alone; the default ones; exact to 12 decimals, the days rounded once
CREATE TEMP TABLE one AS SELECT '{2026-03-01T10:00:00Z web:a, 2026-03-01T10:01:00Z web:b, 2026-03-01T10:02:00Z web:a,
	2026-03-02T10:02:00.000001Z call:b, 2026-03-02T10:02:30Z call:b}'::journey AS journey;
SELECT * FROM one, effort_parts(journey);
SELECT name, effort(journey, '{"contacts": 0, "sessions": 0, "channel_switches": 0, "repeats": 0, "backtracks": 0, "days_waited": 0}'::jsonb
	|| jsonb_build_object(name, 0.000000000001)) AS least, effort(journey, jsonb_build_object(name, 1000)) AS much
FROM one, unnest(ARRAY['contacts', 'sessions', 'channel_switches', 'repeats', 'backtracks', 'days_waited']) name;
SELECT effort(journey), effort(journey, '{}') AS nothing_said, effort(journey, NULL, '2 days') AS one_session,
	effort(journey, '{"contacts": 1e20, "days_waited": -1e20}') AS large FROM one;

-- another call of the same kind costs more
SELECT effort(journey) < effort(unite(journey, '{2026-03-01T10:03:00Z call:question}')) AS a_call_more,
	effort(unite(journey, '{2026-03-01T10:03:00Z call:question}'))
		< effort(unite(journey, '{2026-03-01T10:03:00Z call:question, 2026-03-01T10:04:00Z call:question}')) AS and_again FROM one;

-- NULL
SELECT effort(NULL), effort('{}', NULL, NULL), p.* FROM effort_parts(NULL) p;

SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT effort('{}', '[1]')$$),
	(2, $$SELECT effort('{}', '1')$$),
	(3, $$SELECT effort('{}', '{"calls": 1}')$$),
	(4, $$SELECT effort('{}', '{"repeats": "1"}')$$),
	(5, $$SELECT effort('{}', '{"repeats": null}')$$),
	(6, $$SELECT effort('{}', '{"repeats": {"contacts": 1}}')$$),
	(7, $$SELECT effort('{}', '{"repeats": 1e30}')$$),
	(8, $$SELECT effort('{2026-03-01T10:00:00Z a, 2026-03-01T10:00:01Z a}', '{"contacts": 1e26}')$$),
	(9, $$SELECT effort('{}', NULL, '1 month')$$),
	(10, $$SELECT effort_parts('{}', '-1 s')$$)
) t(n, command) ORDER BY n;
