-- journey_gaps: the deviations of many people, ranked; and what is refused
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


CREATE TEMP TABLE person (name text, region text, worth float8, journey journey);
INSERT INTO person VALUES
	('anna', 'north', 80, '{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart, 2026-03-01T10:09:00Z web:purchase}'),
	('ben', 'north', 40.1, '{2026-03-01T10:00:00Z web:view, 2026-03-05T10:05:00Z web:cart}'),
	('cleo', 'north', 60.2, '{2026-03-01T10:00:00Z web:cart, 2026-03-01T10:05:00Z web:purchase}'),
	('dora', 'south', NULL, '{2026-03-01T10:00:00Z web:cart, 2026-03-01T10:05:00Z web:view, 2026-03-01T10:09:00Z call:complaint,
		2026-03-01T10:10:00Z call:complaint, 2026-03-01T10:15:00Z call:question, 2026-03-01T10:20:00Z web:purchase}'),
	('emil', 'south', 5, '{}'),
	('fred', 'south', 1000, NULL);

-- by value, then people; a person without a value is counted, one without a journey is not
SELECT deviation, step, touchpoint, people, occurrences AS n, share::numeric(6, 4), share_low::numeric(6, 4), share_high::numeric(6, 4), value
FROM journey_gaps((SELECT gap_agg(journey, 'view ->[<= 1 day] cart -> purchase', worth) FROM person));
-- without values, by people
SELECT deviation, step, touchpoint, people, occurrences AS n, share, value
FROM journey_gaps((SELECT gap_agg(journey, 'view ->[<= 1 day] cart -> purchase') FROM person));
-- events that count as extra anywhere
SELECT deviation, step, touchpoint, people, occurrences AS n, value
FROM journey_gaps((SELECT gap_agg(journey, 'view -> cart -> purchase', worth, ARRAY['call:*']) FROM person));
SELECT deviation, step, touchpoint, people, occurrences AS n, value
FROM journey_gaps((SELECT gap_agg(journey, 'purchase', worth, ARRAY['*']) FROM person));
-- too late as a whole has no step; the same step may be missed often
SELECT deviation, step, people, occurrences AS n FROM journey_gaps((SELECT gap_agg(journey, 'view -> cart{3} within 1 hour') FROM person));
-- each region
SELECT region, deviation, step, people, share, value
FROM (SELECT region, gap_agg(journey, 'view -> cart -> purchase', worth) AS state FROM person GROUP BY region) s, journey_gaps(state)
ORDER BY region, value DESC NULLS LAST, people DESC, step;

-- kept by parts, merged later; nothing at all
SELECT gap_agg(journey, 'view -> cart -> purchase', worth, ARRAY['call:*']) AS whole FROM person \gset
SELECT partial_kind(:'whole'), gap_merge(state)::text = :'whole' AS merged
FROM (SELECT gap_agg(journey, 'view -> cart -> purchase', worth, ARRAY['call:*']) AS state FROM person GROUP BY region) s;
SELECT gap_agg(journey, 'view -> cart -> purchase', worth, '{}')::text = gap_agg(journey, 'view -> cart -> purchase', worth)::text AS nothing_is_extra FROM person;
SELECT gap_agg(journey, 'a') AS nobody FROM person WHERE journey IS NULL;
SELECT count(*) FROM journey_gaps(NULL);
SELECT count(*) FROM journey_gaps('gap/1:AA==');
SELECT count(*) AS nothing_differs FROM journey_gaps((SELECT gap_agg(journey, 'view -> cart -> purchase') FROM person WHERE name = 'anna'));
SELECT ('gap/1:AA==' || :'whole'::partial)::text = :'whole' AS nobody_changes_nothing;

-- an event may have no name at all
SELECT touchpoint, people FROM journey_gaps((SELECT gap_agg('{2026-03-01T10:00:00Z "", 2026-03-01T10:00:00Z call:""}', 'a', NULL, ARRAY['*'])::text::partial)) WHERE deviation = 'extra';

-- values are exact, and stay so beyond what a double can hold
SELECT value FROM journey_gaps((SELECT gap_agg('{}', 'a', v) FROM (VALUES (1e20::float8), (0.1), (0.2), (-1e20)) t(v)));

SELECT pg_temp.refused(replace(command, 'STATE', quote_literal(:'whole'))) FROM (VALUES
	(1, $$SELECT gap_agg('{}', NULL)$$),
	(2, $$SELECT gap_agg('{}', 'a ->')$$),
	(3, $$SELECT gap_agg('{}', ideal::jpattern) FROM unnest(ARRAY['a -> b', 'b -> a']) ideal$$),
	(4, $$SELECT gap_agg('{}', 'a', NULL, ARRAY[extra]) FROM unnest(ARRAY['call:*', 'web:*']) extra$$),
	(5, $$SELECT gap_agg('{}', 'a', NULL, ARRAY['b c'])$$),
	(6, $$SELECT gap_agg('{}', 'a', 'NaN')$$),
	(7, $$SELECT gap_agg('{}', 'a', 1e300)$$),
	(8, $$SELECT gap_agg(journey, 'e0{1,500} -> e9') FROM (SELECT journey_agg(timestamptz '2026-01-01Z' + i * interval '1 s', 'e' || i % 3) AS journey FROM generate_series(1, 100000) i) j$$),
	(9, $$SELECT gap_merge(state) FROM (SELECT gap_agg('{}', ideal::jpattern) AS state FROM unnest(ARRAY['a -> b', 'b -> a']) ideal GROUP BY ideal) s$$),
	(10, $$SELECT gap_merge('retention/1:AA==')$$),
	(11, $$SELECT gap_merge(state) FROM (VALUES (STATE::partial), ('funnel/1:AA==')) s(state)$$),
	(12, $$SELECT * FROM journey_gaps('funnel/1:AA==')$$),
	(13, $$SELECT left(STATE, -4)::partial$$),
	(14, $$SELECT 'gap/1:AQ=='::partial$$),
	(15, $$SELECT 'gap/1:AAA='::partial$$)
) t(n, command) ORDER BY n;
