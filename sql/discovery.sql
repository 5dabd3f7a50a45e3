-- discovery: an ideal learned from the best journeys; and what is refused
SET TimeZone = 'UTC';
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

CREATE TEMP TABLE person (name text, worth float8, journey journey);
INSERT INTO person VALUES
	('anna', 80, '{2026-03-01T10:00:00Z web:view, 2026-03-01T10:01:00Z web:view, 2026-03-01T10:05:00Z web:cart, 2026-03-01T10:09:00Z web:purchase, 2026-03-02T10:09:00Z call:thanks}'),
	('ben', 70, '{2026-03-01T10:00:00Z web:view, 2026-03-01T10:03:00Z web:search, 2026-03-01T10:05:00Z web:cart, 2026-03-01T10:09:00Z web:purchase}'),
	('cleo', 60, '{2026-03-01T10:00:00Z mail:open, 2026-03-01T10:05:00Z web:view, 2026-03-01T10:06:00Z web:cart, 2026-03-01T10:07:00Z web:purchase, 2026-03-01T10:08:00Z web:purchase}'),
	('dora', 10, '{2026-03-01T10:00:00Z web:view, 2026-03-01T10:02:00Z call:question, 2026-03-02T10:00:00Z web:view, 2026-03-02T10:09:00Z web:purchase}'),
	('emil', NULL, '{2026-03-01T10:00:00Z web:purchase}'),
	('fred', 1000, '{2026-03-01T10:00:00Z web:view}'),
	('gina', 1000, '{}'),
	('hugo', 1000, NULL);

-- up to the outcome, runs once, the least effort first
SELECT b.* FROM best_journeys((SELECT discover_agg(journey, 'purchase') FROM person), 1, 1) b;
SELECT b.* FROM best_journeys((SELECT discover_agg(journey, 'purchase', worth) FROM person), 1, 1) b;
-- the better half by worth, and of it the easier half; whole ways
SELECT b.way, b.worth FROM best_journeys((SELECT discover_agg(journey, 'purchase', worth) FROM person), 0.5, 1) b;
SELECT b.way, b.worth FROM best_journeys((SELECT discover_agg(journey, 'purchase', worth) FROM person), 0.5, 0.5) b;
SELECT b.way, b.effort FROM best_journeys((SELECT discover_agg(journey, 'purchase', worth, '{"contacts": 0, "channel_switches": 2, "repeats": 0.5}') FROM person), 1, 1) b;

-- more support, fewer steps
SELECT support, discover(state, 1, 1, support) AS ideal
FROM (SELECT discover_agg(journey, 'purchase', worth) AS state FROM person) s, unnest(ARRAY[0.25, 0.5, 0.75, 0.76, 1]) support;
SELECT steps, discover(state, 1, 1, steps => steps) AS ideal
FROM (SELECT discover_agg(journey, 'purchase', worth) AS state FROM person) s, generate_series(1, 4) steps;
SELECT discover(discover_agg(journey, 'purchase', worth)), discover(discover_agg(journey, '. $'), best => 1, easiest => 1) AS whole FROM person;
-- it is a pattern like any other
SELECT name, fitness, deviations
FROM (SELECT discover(discover_agg(journey, 'purchase', worth), best => 0.75) AS ideal FROM person) d, person, conformance(journey, ideal) ORDER BY name;

-- ties: the first touchpoint in order is put in first, at its earliest place
SELECT discover(discover_agg(journey, '. $'), best => 1, easiest => 1)
FROM (VALUES ('{2026-03-01T10:00:00Z b, 2026-03-01T10:01:00Z a}'::journey), ('{2026-03-01T10:00:00Z a, 2026-03-01T10:01:00Z b}')) v(journey);
-- touchpoints that are words of the pattern language, or nothing like a name
SELECT discover(discover_agg(journey, '. $'), best => 1, easiest => 1)
FROM (VALUES ('{2026-03-01T10:00:00Z within, 2026-03-01T10:01:00Z strictly, 2026-03-01T10:02:00Z "a ""b"" -> c":"*", 2026-03-01T10:03:00Z "."}'::journey)) v(journey);
SELECT discover(discover_agg('{2026-03-01T10:00:00Z x:y}', 'y'));
-- events of the outcome's own instant that it does not need are not waited for
SELECT b.way FROM best_journeys((SELECT discover_agg('{2026-03-01T10:00:00Z a, 2026-03-01T10:01:00Z b, 2026-03-01T10:01:00Z c, 2026-03-01T10:01:00Z d}', 'c -> b'))) b;

-- nobody, nothing, no support
SELECT discover(NULL), discover('discover/1:AA=='), discover(discover_agg(journey, 'refund')), discover(discover_agg(journey, 'purchase') FILTER (WHERE name = 'gina')) FROM person;
SELECT discover_agg(journey, 'purchase') AS nobody FROM person WHERE journey IS NULL;
SELECT discover(discover_agg(journey, 'a | b'), best => 1, easiest => 1, support => 0.6) AS no_support
FROM (VALUES ('{2026-03-01T10:00:00Z b}'::journey), ('{2026-03-01T10:00:00Z a}')) v(journey);
SELECT count(*) FROM best_journeys('discover/1:AA==');

-- kept by parts, merged later
SELECT discover_agg(journey, 'purchase', worth, '{"repeats": 2}') AS whole FROM person \gset
SELECT partial_kind(:'whole'), discover_merge(state)::text = :'whole' AS merged
FROM (SELECT discover_agg(journey, 'purchase', worth, '{"repeats": 2}') AS state FROM person GROUP BY name) s;
SELECT ('discover/1:AA==' || :'whole'::partial)::text = :'whole' AS nobody_changes_nothing;
SELECT discover_agg(journey, 'purchase', worth, '{}')::text = discover_agg(journey, 'purchase', worth)::text AS weights_by_themselves FROM person;

-- of a thousand people and more only the best are kept, whoever comes first
SELECT count(*), sum(people), min(worth), max(worth) FROM best_journeys((
	SELECT discover_agg('{2026-03-01T10:00:00Z a}', 'a', worth) FROM generate_series(1, 5000) worth), 1, 1);
SELECT count(*), sum(people), min(worth), max(worth) FROM best_journeys((
	SELECT discover_agg('{2026-03-01T10:00:00Z a}', 'a', worth / 700) FROM generate_series(5000, 1, -1) worth), 1, 1);
-- a way of too many touchpoints has no rank
SELECT n, count(b.*) FROM generate_series(999, 1002) n, LATERAL (
	SELECT discover_agg(journey, '. $') AS state FROM (
		SELECT journey_agg(timestamptz '2026-01-01Z' + i * interval '1 s', 'e' || i % 2) AS journey FROM generate_series(1, n) i) j) s
LEFT JOIN LATERAL best_journeys(state) b ON true GROUP BY n ORDER BY n;

SELECT pg_temp.refused(replace(command, 'STATE', quote_literal(:'whole'))) FROM (VALUES
	(1, $$SELECT discover_agg('{}', NULL)$$),
	(2, $$SELECT discover_agg('{}', 'a ->')$$),
	(3, $$SELECT discover_agg('{}', outcome::jpattern) FROM unnest(ARRAY['a', 'b']) outcome$$),
	(4, $$SELECT discover_agg('{}', 'a', 1, weights::jsonb) FROM unnest(ARRAY['{"repeats": 1}', '{"repeats": 2}']) weights$$),
	(5, $$SELECT discover_agg('{}', 'a', 1, '{"repeat": 1}')$$),
	(6, $$SELECT discover_agg('{2026-03-01T10:00:00Z a}', 'a', 'NaN')$$),
	(7, $$SELECT discover_agg('{2026-03-01T10:00:00Z a}', 'a', 1e300)$$),
	(8, $$SELECT discover_merge('retention/1:AA==')$$),
	(9, $$SELECT discover_merge(state ORDER BY state::text) FROM (SELECT discover_agg('{}', outcome::jpattern) AS state FROM unnest(ARRAY['a', 'b']) outcome GROUP BY outcome) s$$),
	(10, $$SELECT discover('funnel/1:AA==')$$),
	(11, $$SELECT discover(STATE, best => 0)$$),
	(12, $$SELECT discover(STATE, easiest => 1.1)$$),
	(13, $$SELECT discover(STATE, support => 'NaN')$$),
	(14, $$SELECT discover(STATE, steps => 0)$$),
	(15, $$SELECT discover(STATE, steps => 1001)$$),
	(16, $$SELECT * FROM best_journeys(STATE, -1)$$),
	(17, $$SELECT * FROM best_journeys('funnel/1:AA==')$$),
	(18, $$SELECT left(STATE, -4)::partial$$),
	(19, $$SELECT 'discover/1:AQ=='::partial$$),
	(20, $$SELECT 'discover/1:AAA='::partial$$)
) t(n, command) ORDER BY n;
