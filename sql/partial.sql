-- partial: what its text and binary forms refuse; each kind's own values are tested with the kind
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

SELECT partial_kind(NULL), unite(NULL::partial, NULL), NULL::partial || NULL::partial;

SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT ''::partial$$),
	(2, $$SELECT 'nothing'::partial$$),
	(3, $$SELECT '/1:AQ=='::partial$$),
	(4, $$SELECT 'no_such_kind/1:AQ=='::partial$$),
	(5, $$SELECT 'no_such_kind/0:AQ=='::partial$$),
	(6, $$SELECT 'no_such_kind/256:AQ=='::partial$$),
	(7, $$SELECT 'no_such_kind/1x:AQ=='::partial$$),
	(8, $$SELECT 'no_such_kind/1:?'::partial$$),
	(9, $$SELECT (repeat('x', 64) || '/1:AQ==')::partial$$)
) t(n, command) ORDER BY n;
