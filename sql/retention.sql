-- retention: cohorts by periods of the calendar, as a state and as rows; and what is refused
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

-- four people of two cohorts; 23:30 in London is the next day in Berlin
CREATE TEMP TABLE people (name text, journey journey);
INSERT INTO people VALUES
	('anna', '{2026-03-02T10:00:00Z web:signup value=5, 2026-03-02T11:00:00Z web:view, 2026-03-10T10:00:00Z web:purchase value=20}'),
	('ben', '{2026-03-03T23:30:00Z web:signup, 2026-03-18T10:00:00Z web:purchase value=0.1, 2026-03-19T10:00:00Z web:purchase value=0.2}'),
	('cleo', '{2026-03-01T09:00:00Z web:view, 2026-03-09T09:00:00Z web:signup, 2026-03-10T10:00:00Z web:view}'),
	('dora', '{}'),
	('emil', NULL);

SELECT retention_agg(journey, 'week', 'UTC') AS by_week FROM people \gset
SELECT :'by_week'::partial, partial_kind(:'by_week');
SELECT cohort, period_number AS n, period_start, n_cohort, n_retained, rate::numeric(6, 4), rate_low::numeric(6, 4), rate_high::numeric(6, 4), revenue
FROM retention_table(:'by_week');
SELECT cohort, period_number AS n, n_cohort, n_retained FROM retention_table(:'by_week', 'rolling', '2026-03-31 12:00Z');
SELECT count(*) FROM retention_table(:'by_week', as_of => '2026-02-01Z');

-- the day is that of the zone
SELECT zone, cohort, n_cohort FROM unnest(ARRAY['UTC', 'europe/berlin', 'America/Los_Angeles']) zone,
	LATERAL (SELECT retention_agg(journey, 'day', zone) AS state FROM people WHERE name = 'ben') s,
	retention_table(state) WHERE period_number = 0;
SELECT cohort, period_number AS n, n_retained FROM retention_table((
	SELECT retention_agg(journey, 'month', 'UTC')
	FROM (VALUES ('{1969-12-31T23:59:59Z a, 2000-02-29T12:00:00Z a, 2001-01-01T00:00:00Z a}'::journey)) v(journey)))
WHERE n_retained > 0;

-- a cohort by patterns; by times found elsewhere, in any order
SELECT cohort, period_number AS n, n_cohort, n_retained, revenue FROM retention_table((
	SELECT retention_agg(journey, 'signup', 'purchase', 'week', 'UTC') FROM people));
SELECT cohort, period_number AS n, n_cohort, n_retained, revenue FROM retention_table((
	SELECT retention_agg(journey, 'signup ->[<= 1 day] view', '(view | purchase)', 'week', 'UTC') FROM people));
SELECT retention_agg(journey, NULL, NULL, 'week', 'UTC')::text = :'by_week' AS any_event FROM people;
SELECT retention_agg(at[1], at, value, 'week', 'UTC')::text = :'by_week' AS the_same
FROM (SELECT array_agg(occurred_at ORDER BY occurred_at) AS at, array_agg(value ORDER BY occurred_at) AS value
	FROM people, touchpoints(journey) GROUP BY name) p;
SELECT cohort, period_number AS n, n_retained, revenue FROM retention_table((
	SELECT retention_agg('2026-03-02Z', ARRAY['2026-03-04Z', NULL, '2026-03-01Z', '2026-03-03Z']::timestamptz[],
		ARRAY[1, 2, 4, NULL], 'day', 'UTC')));

-- kept by parts, merged later; nothing at all
CREATE TEMP TABLE parts AS SELECT name < 'c' AS part, retention_agg(journey, 'week', 'UTC') AS state FROM people GROUP BY 1;
SELECT retention_merge(state)::text = :'by_week' AS merged FROM parts;
SELECT (a.state || b.state)::text = :'by_week' AS united FROM parts a, parts b WHERE a.part AND NOT b.part;
SELECT retention_agg(journey, 'week', 'UTC') FROM people WHERE journey IS NULL;
SELECT retention_agg(journey, 'week', 'UTC') AS nobody FROM people WHERE journey = '{}' \gset
SELECT :'nobody'::partial, (SELECT count(*) FROM retention_table(:'nobody')), (SELECT count(*) FROM retention_table(NULL));
SELECT (:'nobody'::partial || :'by_week')::text = :'by_week' AS nobody_changes_nothing;

-- refusals
SELECT pg_temp.refused(replace(command, 'STATE', quote_literal(:'by_week'))) FROM (VALUES
	(1, $$SELECT retention_agg('{}'::journey, 'year', 'UTC')$$),
	(2, $$SELECT retention_agg('{}'::journey, NULL, 'UTC')$$),
	(3, $$SELECT retention_agg('{}'::journey, 'day', NULL)$$),
	(4, $$SELECT retention_agg('{}'::journey, 'day', 'Europe/Nowhere')$$),
	(5, $$SELECT retention_agg('{2026-01-01T00:00:00Z a}'::journey, period, 'UTC') FROM unnest(ARRAY['day', 'week']) period$$),
	(6, $$SELECT retention_agg('{2026-01-01T00:00:00Z a}'::journey, 'day', zone) FROM unnest(ARRAY['UTC', 'Asia/Tokyo']) zone$$),
	(7, $$SELECT retention_agg('{2026-01-01T00:00:00Z a}'::journey, '->', NULL, 'day', 'UTC')$$),
	(8, $$SELECT retention_agg('infinity'::timestamptz, NULL, NULL, 'day', 'UTC')$$),
	(9, $$SELECT retention_agg('2026-01-01Z'::timestamptz, ARRAY['infinity'::timestamptz], NULL, 'day', 'UTC')$$),
	(10, $$SELECT retention_agg('2026-01-01Z'::timestamptz, ARRAY['2026-01-01Z'::timestamptz], '{1,2}', 'day', 'UTC')$$),
	(11, $$SELECT retention_agg('2026-01-01Z'::timestamptz, ARRAY['2026-01-01Z'::timestamptz], '{1e300}', 'day', 'UTC')$$),
	(12, $$SELECT retention_table(STATE, 'revenue')$$),
	(13, $$SELECT retention_table(STATE, NULL)$$),
	(14, $$SELECT retention_table(STATE, 'classic', 'infinity')$$),
	(15, $$SELECT count(*) FROM retention_table((SELECT retention_agg('{2026-01-01T00:00:00Z a, 99999-01-01T00:00:00Z a}'::journey, 'day', 'UTC')))$$),
	(16, $$SELECT (STATE::partial || (SELECT retention_agg('{2026-01-01T00:00:00Z a}'::journey, 'day', 'UTC')))::text$$),
	(17, $$SELECT left(STATE, -4)::partial$$),
	(18, $$SELECT 'retention/1:BA=='::partial$$),
	(19, $$SELECT 'retention/1:AQA='::partial$$),
	(20, $$SELECT 'retention/1:AAA='::partial$$),
	(21, $$SELECT 'retention/2:AA=='::partial$$)
) t(n, command) ORDER BY n;
