-- credit: rules inside one journey, paths to conversion, path transforms, what is refused
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

SELECT '{2026-03-01T10:00:00Z ads:click ref=a1, 2026-03-08T10:00:00Z mail:open ref=m1, 2026-03-15T10:00:00Z web:view,
	2026-03-15T10:00:00Z direct:visit, 2026-03-15T11:00:00Z shop:purchase value=100, 2026-03-16T10:00:00Z note,
	2026-03-20T10:00:00Z shop:purchase value=-0.01, 2026-05-30T10:00:00Z shop:purchase}' AS j
\gset

-- every rule; what rounding leaves goes to the largest part
SELECT model, c.* FROM unnest(ARRAY['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay']) WITH ORDINALITY m(model, i),
	credit(:'j', 'purchase', model, conversions => 'first') c ORDER BY i, c.occurred_at, c.touchpoint COLLATE "C";

-- each conversion; touches may lie before an earlier one; the last one was touched by nothing
SELECT c.* FROM credit(:'j', 'shop:*', 'linear') c;
SELECT c.* FROM credit(:'j', 'shop:*', conversions => 'last', lookback => '75 days') c;
SELECT c.* FROM credit(:'j', 'shop:*', conversions => 'last', lookback => '74 days 23:59:59') c;

-- touches, excluded, optional
SELECT c.touchpoint, c.credit FROM credit(:'j', 'purchase', 'linear', conversions => 'first', touches => '{ads:*, mail:*}') c;
SELECT c.touchpoint, c.credit FROM credit(:'j', 'purchase', 'linear', conversions => 'first', excluded => '{ads:*, direct:*}') c;
SELECT c.touchpoint, c.credit FROM credit(:'j', 'purchase', 'linear', conversions => 'first', optional => '{ads:*, direct:*}') c;
SELECT c.touchpoint, c.credit FROM credit(:'j', 'purchase', 'linear', conversions => 'first', optional => '{*}') c;
SELECT c.touchpoint, c.credit FROM credit('{2026-03-01T10:00:00Z direct:visit, 2026-03-01T11:00:00Z buy}', 'buy', 'last_non_direct') c;
SELECT c.touchpoint, c.credit FROM credit(:'j', 'purchase', 'last_non_direct', conversions => 'first', optional => '{web:*, direct:*}') c;

-- positions of one and two; half-lives beyond all telling
SELECT c.touchpoint, c.credit FROM credit('{2026-03-01T10:00:00Z a, 2026-03-01T11:00:00Z buy}', 'buy', 'position') c;
SELECT c.touchpoint, c.credit FROM credit('{2026-03-01T10:00:00Z a, 2026-03-01T10:30:00Z b, 2026-03-01T11:00:00Z buy}', 'buy', 'position') c;
SELECT c.touchpoint, c.credit FROM credit('{2026-03-01T10:00:00Z a, 2026-03-08T10:00:00Z b, 2026-03-20T11:00:00Z buy}', 'buy', 'time_decay', half_life => '1 s') c;
SELECT c.touchpoint, c.credit FROM credit('{2026-03-01T10:00:00Z a, 2026-03-08T10:00:00Z b, 2026-03-20T11:00:00Z buy}', 'buy', 'time_decay') c;

-- nothing converts, nothing is there
SELECT count(*) FROM credit(:'j', 'signup') c;
SELECT c.touchpoint, c.credit, c.converted_at FROM credit(:'j', 'mail:open -> web:view -> purchase', 'linear') c;
SELECT count(*) FROM credit('{}', 'purchase') c;
SELECT count(*) FROM credit(NULL, 'purchase') c;

-- paths
SELECT p.* FROM conversion_paths(:'j', 'purchase') p;
SELECT p.* FROM conversion_paths(:'j', 'purchase', steps => 'touchpoint', conversions => 'first', optional => '{direct:*}') p;
SELECT p.* FROM conversion_paths(:'j', 'signup', '71 days 1 h') p;
SELECT p.* FROM conversion_paths(:'j', 'signup', '91 days', optional => '{shop:*, web:*}') p;
SELECT p.* FROM conversion_paths(:'j', 'signup', touches => '{}') p;
SELECT count(*) FROM conversion_paths('{}', 'signup') p;
SELECT count(*) FROM conversion_paths(NULL, 'signup') p;

-- transforms
SELECT transform, path_transform(path, transform, CASE transform WHEN 'trim' THEN '2' ELSE 'd' END)
FROM (VALUES ('{a,a,d,a,d,d}'::text[]), ('{d,d}'), ('{}'), ('{"",NULL,"",d}')) p(path),
	unnest(ARRAY['unique', 'exposure', 'first', 'frequency', 'trim', 'remove', 'remove_last']) transform;
SELECT path_transform(NULL, 'first') IS NULL;

-- refusals
SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT credit('{}', NULL)$$),
	(2, $$SELECT credit('{}', 'a ->')$$),
	(3, $$SELECT credit('{}', 'a', 'lastest')$$),
	(4, $$SELECT credit('{}', 'a', NULL)$$),
	(5, $$SELECT credit('{}', 'a', lookback => '1 month')$$),
	(6, $$SELECT credit('{}', 'a', lookback => NULL)$$),
	(7, $$SELECT credit('{}', 'a', conversions => 'all')$$),
	(8, $$SELECT credit('{}', 'a', half_life => '0')$$),
	(9, $$SELECT credit('{}', 'a', touches => '{NULL}')$$),
	(10, $$SELECT credit('{2026-03-01T10:00:00Z a value=1e30}', 'a')$$),
	(11, $$SELECT conversion_paths('{}', NULL)$$),
	(12, $$SELECT conversion_paths('{}', 'a', steps => 'event')$$),
	(13, $$SELECT path_transform('{}', 'shorten')$$),
	(14, $$SELECT path_transform('{}', NULL)$$),
	(15, $$SELECT path_transform('{}', 'trim')$$),
	(16, $$SELECT path_transform('{}', 'trim', '0')$$),
	(17, $$SELECT path_transform('{}', 'trim', 'two')$$),
	(18, $$SELECT path_transform('{}', 'remove')$$)
) t(n, command) ORDER BY n;
