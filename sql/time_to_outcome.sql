-- Time to outcome of journeys, for those who are still on the way too.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET IntervalStyle = 'postgres';
SET search_path = public, intent;
SET extra_float_digits = 0;

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

-- of journeys: from the first complaint to what solves it
CREATE TABLE told (person int, journey journey);
INSERT INTO told VALUES (1, '{2026-03-01T10:00:00Z call:complain, 2026-03-03T11:00:00Z call:solved}'), (2, '{2026-03-02T10:00:00Z call:complain, 2026-03-04T10:00:00Z call:complain}'),
	(3, '{2026-03-01T10:00:00Z call:solved, 2026-03-05T10:00:00Z call:complain, 2026-03-09T10:00:00Z call:solved}'), (4, '{2026-03-01T10:00:00Z web:view}'), (5, NULL), (6, '{}'),
	(7, '{2026-03-01T10:00:00Z call:complain, 2026-03-02T10:00:00Z call:solved recorded_at=2026-03-20T00:00:00Z}');
SELECT person, t.*, k.elapsed AS known_elapsed, k.happened AS known_happened FROM told, time_to_outcome(journey, '{complain}', '{solved}', as_of => '2026-03-07 10:00Z') t, time_to_outcome(journey, '{complain}', '{solved}', '2026-03-07 10:00Z', '2026-03-07Z') k ORDER BY person;
SELECT s.* FROM survival_table((SELECT survival_agg(t.elapsed, t.happened) FROM told, time_to_outcome(journey, '{complain}', '{solved}', as_of => '2026-03-07 10:00Z') t)) s;

-- refusals
SELECT n, pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT * FROM time_to_outcome('{}', '{a}', '{b}', NULL)$$),
	(2, $$SELECT * FROM time_to_outcome('{2026-03-01T10:00:00Z a}', '{a:b:c}', '{b}', '2026-03-02Z')$$)) t(n, command) ORDER BY n;
