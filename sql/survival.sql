-- Time to outcome: the published table, censoring, merging, the summary, journeys.
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

-- weeks in remission under 6-MP (Freireich and others 1963), as every textbook has them: survival 0.857, 0.807, 0.753, 0.690, 0.627,
-- 0.538, 0.448; median 23; restricted mean 23.287 with standard error 2.83
CREATE TABLE remission (weeks int, relapsed boolean);
INSERT INTO remission VALUES (6, true), (6, true), (6, true), (6, false), (7, true), (9, false), (10, true), (10, false), (11, false), (13, true), (16, true),
	(17, false), (19, false), (20, false), (22, true), (23, true), (25, false), (32, false), (32, false), (34, false), (35, false);
SELECT (extract(day FROM elapsed) / 7)::int AS weeks, at_risk, happened, censored, round(survival::numeric, 3) AS survival, round(survival_low::numeric, 4) AS low, round(survival_high::numeric, 4) AS high, round(hazard::numeric, 4) AS hazard
FROM survival((SELECT survival_agg(weeks * interval '7 days', relapsed) FROM remission));
SELECT n, happened, censored, median, median_low, median_high, horizon_used, round(extract(epoch FROM mean) / 86400, 3) AS mean, round(extract(epoch FROM mean_error) / 86400, 2) AS mean_error, status
FROM survival_summary((SELECT survival_agg(weeks * interval '1 day', relapsed) FROM remission));
-- up to a horizon, at a step, beyond what anybody was watched
SELECT horizon, horizon_used, round(extract(epoch FROM mean) / 86400, 3) AS mean, round(extract(epoch FROM mean_error) / 86400, 3) AS mean_error
FROM unnest(ARRAY['0', '6 days', '10 days', '35 days', '36 days']::interval[]) horizon, survival_summary((SELECT survival_agg(weeks * interval '1 day', relapsed) FROM remission), horizon);
-- nobody censored: plain shares, and the plain mean
SELECT elapsed, at_risk, survival, survival_low IS NULL AS no_interval FROM survival((SELECT survival_agg(d * interval '1 hour', true) FROM generate_series(1, 4) d));
SELECT * FROM survival_summary((SELECT survival_agg(d * interval '1 hour', true) FROM generate_series(1, 20) d), '30 hours');

-- against the definition in SQL, on ties, zeros and shuffles
CREATE TABLE watched AS SELECT n, (n * n % 37) * interval '7 min' AS elapsed, n % 5 <> 0 AND n % 7 <> 0 AS happened FROM generate_series(1, 500) n;
WITH risk AS (
	SELECT t.elapsed, (SELECT count(*) FROM watched w WHERE w.elapsed >= t.elapsed) AS at_risk, (SELECT count(*) FROM watched w WHERE w.elapsed = t.elapsed AND w.happened) AS happened
	FROM (SELECT DISTINCT elapsed FROM watched WHERE happened) t
), estimate AS (
	SELECT elapsed, at_risk, happened, exp(sum(CASE WHEN happened < at_risk THEN ln(1 - happened::float8 / at_risk) ELSE '-infinity' END) OVER (ORDER BY elapsed)) AS survival, sum(happened::float8 / at_risk) OVER (ORDER BY elapsed) AS hazard FROM risk
)
SELECT count(*), count(*) FILTER (WHERE e.at_risk = s.at_risk AND e.happened = s.happened AND abs(e.survival - s.survival) < 1e-12 AND abs(e.hazard - s.hazard) < 1e-12) AS same, sum(s.happened + s.censored) AS people
FROM estimate e FULL JOIN survival((SELECT survival_agg(elapsed, happened) FROM watched)) s USING (elapsed);
SELECT count(DISTINCT s) AS one FROM (
	SELECT survival_agg(elapsed, happened)::text AS s FROM watched
	UNION ALL SELECT survival_agg(elapsed, happened ORDER BY md5(n::text))::text FROM watched
	UNION ALL SELECT survival_merge(s)::text FROM (SELECT survival_agg(elapsed, happened) AS s FROM watched GROUP BY n % 7) p
	UNION ALL SELECT survival_merge(s ORDER BY k DESC)::text FROM (SELECT n % 64 AS k, survival_agg(elapsed, happened) AS s FROM watched GROUP BY n % 64) p
	UNION ALL SELECT (survival_agg(elapsed, happened)::text::partial)::text FROM watched) x;
-- one state read twice beside another, as states are shared
SELECT (survival_summary(s)).median, (SELECT max(at_risk) FROM survival(s)) FROM (SELECT survival_agg(elapsed, happened) AS s FROM watched) t;

-- too little is a status
SELECT k, s.* FROM (VALUES (1, NULL::partial), (2, (SELECT survival_agg(NULL, true))), (3, (SELECT survival_agg('1 day', false))), (4, (SELECT survival_agg('1 day', true))), (5, (SELECT survival_agg('0', true)))) t(k, state), survival_summary(state) s ORDER BY k;
SELECT count(*) FROM survival(NULL);
SELECT survival_agg('1 day', NULL) AS nobody;
SELECT survival_agg('1 day', true) IS NULL AS no_rows WHERE false;

-- of journeys: from the first complaint to what solves it
CREATE TABLE told (person int, journey journey);
INSERT INTO told VALUES (1, '{2026-03-01T10:00:00Z call:complain, 2026-03-03T11:00:00Z call:solved}'), (2, '{2026-03-02T10:00:00Z call:complain, 2026-03-04T10:00:00Z call:complain}'),
	(3, '{2026-03-01T10:00:00Z call:solved, 2026-03-05T10:00:00Z call:complain, 2026-03-09T10:00:00Z call:solved}'), (4, '{2026-03-01T10:00:00Z web:view}'), (5, NULL), (6, '{}'),
	(7, '{2026-03-01T10:00:00Z call:complain, 2026-03-02T10:00:00Z call:solved recorded_at=2026-03-20T00:00:00Z}');
SELECT person, t.*, k.elapsed AS known_elapsed, k.happened AS known_happened FROM told, time_to_outcome(journey, '{complain}', '{solved}', as_of => '2026-03-07 10:00Z') t, time_to_outcome(journey, '{complain}', '{solved}', '2026-03-07 10:00Z', '2026-03-07Z') k ORDER BY person;
SELECT s.* FROM survival((SELECT survival_agg(t.elapsed, t.happened) FROM told, time_to_outcome(journey, '{complain}', '{solved}', as_of => '2026-03-07 10:00Z') t)) s;

-- refusals
SELECT n, pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT survival_agg('1 month', true)$$),
	(2, $$SELECT survival_agg('-1 day', true)$$),
	(3, $$SELECT survival_summary(survival_agg('1 day', true), '1 year')$$),
	(4, $$SELECT * FROM survival('retention/1:AA==')$$),
	(5, $$SELECT survival_merge('retention/1:AA==')$$),
	(6, $$SELECT 'survival/1:AQAA'::partial$$),
	(7, $$SELECT 'survival/1:AQABAAA='::partial$$),
	(8, $$SELECT * FROM time_to_outcome('{}', '{a}', '{b}', NULL)$$),
	(9, $$SELECT * FROM time_to_outcome('{2026-03-01T10:00:00Z a}', '{a:b:c}', '{b}', '2026-03-02Z')$$)) t(n, command) ORDER BY n;
