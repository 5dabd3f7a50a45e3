-- journey: aggregates, accessors, sessions, cuts, equality; and what each refuses
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

CREATE TEMP TABLE event (person int, occurred_at timestamptz, channel text, event text, value float8,
	recorded_at timestamptz, ref text);
INSERT INTO event VALUES
	(1, '2026-03-01 10:05Z', 'web', 'cart', NULL, NULL, 'c2'),
	(1, '2026-03-01 10:00Z', 'web', 'view', NULL, NULL, 'c1'),
	(1, '2026-03-01 10:35Z', 'web', 'purchase', 19.99, '2026-03-01 11:00Z', 'o1'),
	(1, '2026-03-03 09:00Z', 'call', 'delivery failed', NULL, NULL, NULL),
	(1, '2026-03-03 09:00Z', NULL, 'note', -0.0, NULL, NULL),
	(1, NULL, 'web', 'lost', NULL, NULL, NULL),
	(1, '2026-03-01 10:00Z', 'web', NULL, NULL, NULL, NULL),
	(2, '2026-03-02 12:00Z', '', 'view', 1e300, NULL, '');

-- building: three signatures, any order, rows without time or event left out
SELECT person, journey_agg(occurred_at, event) FROM event GROUP BY person ORDER BY person;
SELECT person, journey_agg(occurred_at, channel, event, value) FROM event GROUP BY person ORDER BY person;
CREATE TEMP TABLE journeys AS
SELECT person, journey_agg(occurred_at, channel, event, value, recorded_at, ref) AS journey
FROM event GROUP BY person;
SELECT * FROM journeys ORDER BY person;
SELECT journey_agg(occurred_at, event) IS NULL AS no_rows FROM event WHERE false;
SELECT journey_agg(occurred_at, event) IS NULL AS no_events FROM event WHERE occurred_at IS NULL;
SELECT journey_agg(occurred_at, channel, event, value, recorded_at, 10::bigint)
	= journey_agg(occurred_at, channel, event, value, recorded_at, '10'::text) AS bigint_is_text
FROM event;

-- accessors
SELECT person, event_count(journey), starts_at(journey), ends_at(journey), duration(journey), channels(journey)
FROM journeys ORDER BY person;
SELECT person, t.* FROM journeys, touchpoints(journey) t ORDER BY person, n;
SELECT variant(journey), variant(journey, 2) FROM journeys ORDER BY person;
SELECT event_count('{}'), starts_at('{}'), ends_at('{}'), duration('{}'), channels('{}'), variant('{}'),
	session_count('{}'), (SELECT count(*) FROM touchpoints('{}')), (SELECT count(*) FROM sessions('{}'));
SELECT event_count(NULL), session_count(NULL), variant(NULL), as_of(NULL, '2026-01-01Z');
SELECT section, bytes FROM journeys, journey_storage(journey) WHERE person = 1 AND bytes > 0;

-- sessions: a gap of exactly the limit belongs to the session
SELECT session_count(journey), session_count(journey, '29 min 59.999999 s'), session_count(journey, '7 days')
FROM journeys WHERE person = 1;
SELECT s.* FROM journeys, sessions(journey) s WHERE person = 1;
SELECT s.* FROM journeys, sessions(journey, '0') s WHERE person = 1;

-- touchpoints present
SELECT journey @> ARRAY['web:view'] AS exact, journey @> ARRAY['view', 'cart'] AS bare,
	journey @> ARRAY['call:*'] AS channel, journey @> ARRAY[':note'] AS none,
	journey @> ARRAY[':view'] AS not_none, journey @> ARRAY['web:view', 'app:view'] AS not_all,
	journey @> ARRAY['call:"delivery failed"'] AS quoted, journey @> ARRAY[]::text[] AS empty,
	has_touchpoints(journey, ARRAY['*:purchase']) AS twin
FROM journeys WHERE person = 1;

-- cuts and filters
SELECT slice(journey, '[2026-03-01 10:05Z,2026-03-01 10:35Z]') AS closed,
	slice(journey, '(2026-03-01 10:05Z,2026-03-01 10:35Z)') AS open,
	slice(journey, 'empty') AS empty, slice(journey, '(,)') = journey AS whole
FROM journeys WHERE person = 1;
SELECT as_of(journey, '2026-03-01 10:05Z') AS inclusive, as_of(journey, '2026-03-01Z') AS before
FROM journeys WHERE person = 1;
SELECT as_of(journey, '2026-03-01 10:40Z', '2026-03-01 10:59:59.999999Z') AS not_known,
	as_of(journey, '2026-03-01 10:40Z', '2026-03-01 11:00Z') = as_of(journey, '2026-03-01 10:40Z') AS known
FROM journeys WHERE person = 1;
SELECT keep(journey, ARRAY['web:*', 'note']), without(journey, ARRAY['web:*', 'note']), keep(journey, '{}')
FROM journeys WHERE person = 1;
SELECT collapse('{2026-03-01T10:00:00Z a, 2026-03-01T10:01:00Z a value=2, 2026-03-01T10:02:00Z b, 2026-03-01T10:03:00Z a}');
SELECT collapse('{2026-03-01T10:00:00Z a value=2 ref=1, 2026-03-01T10:00:00Z a value=1 recorded_at=2026-03-02T10:00:00Z ref=1, 2026-03-01T10:01:00Z a ref=2}') AS with_what_was_known;

-- the same event told twice: one event, the value recorded last, idempotent
SELECT '{2026-03-01T10:00:00Z shop:order value=20 recorded_at=2026-03-01T11:00:00Z ref=o1}'::journey
	|| '{2026-03-01T10:00:00Z shop:order value=15 recorded_at=2026-03-02T11:00:00Z ref=o1}' AS corrected
\gset
SELECT event_count(:'corrected'), t.value, t.recorded_at FROM touchpoints(:'corrected') t;
SELECT t.value, t.recorded_at FROM touchpoints(as_of(:'corrected', '2026-03-01 12:00Z', '2026-03-01 12:00Z')) t;
SELECT :'corrected'::journey || :'corrected' = :'corrected'::journey AS idempotent;
SELECT event_count('{2026-03-01T10:00:00Z a, 2026-03-01T10:00:00Z a}'::journey || '{2026-03-01T10:00:00Z a}') AS without_ref_all_stay;
SELECT journey_merge(s.journey) = j.journey AS merged FROM journeys j, sessions(j.journey, '0') s
WHERE person = 1 GROUP BY j.journey;
SELECT journey_merge(j) FROM (VALUES (NULL::journey)) t(j);
SELECT journey_merge(j) FROM (VALUES (NULL::journey), ('{}')) t(j);

-- equality and hash
SELECT count(*), count(DISTINCT journey_hash(journey)) FROM (
	SELECT journey FROM journeys UNION SELECT journey FROM journeys) j;
SELECT same(journey, journey), not_same(journey, journey), journey = '{}', journey <> '{}' FROM journeys WHERE person = 2;

-- big steps, big values, many touchpoints, all ends of time
SELECT journey_agg(at, 'e') FROM (VALUES (timestamptz '4714-11-24 00:00:00Z BC'), ('294276-12-31 23:59:59.999999Z')) t(at);
SELECT event_count(j), (SELECT count(DISTINCT (channel, event)) FROM touchpoints(j)), starts_at(j), ends_at(j)
FROM (SELECT journey_agg(timestamptz '2026-01-01Z' + i * interval '1 s', 'c' || i % 7, 'e' || i, i / 3.0) AS j
	FROM generate_series(1, 70000) i) t;

-- refusals
SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT journey_agg('infinity', 'e')$$),
	(2, $$SELECT journey_agg('-infinity', 'e')$$),
	(3, $$SELECT journey_agg('2026-01-01Z', 'c', 'e', 'NaN')$$),
	(4, $$SELECT journey_agg('2026-01-01Z', 'c', 'e', '-Infinity')$$),
	(5, $$SELECT journey_agg('2026-01-01Z', 'c', 'e', 1, 'infinity', 'r')$$),
	(6, $$SELECT session_count('{}', '1 month')$$),
	(7, $$SELECT session_count('{}', '-1 s')$$),
	(8, $$SELECT * FROM sessions('{}', '1 year')$$),
	(9, $$SELECT '{}'::journey @> ARRAY['a b']$$),
	(10, $$SELECT '{}'::journey @> ARRAY[NULL]$$),
	(11, $$SELECT keep('{}', ARRAY['a:b:c'])$$),
	(12, $$SELECT without('{}', ARRAY[''])$$),
	(13, $$SELECT as_of('{}', NULL)$$),
	(14, $$SELECT as_of('{}', 'infinity')$$),
	(15, $$SELECT as_of('{}', '2026-01-01Z', '-infinity')$$),
	(16, $$SELECT variant('{}', 0)$$),
	(17, $$SELECT '{}'::journey < '{}'::journey$$)
) t(n, command) ORDER BY n;
