-- survival: the curve by hand and by a text book, what is expected, weights, states, what is refused
SET search_path = public, intent;
SET extra_float_digits = 0;
SET IntervalStyle = 'postgres';

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

-- remission of leukaemia in weeks, of 21 who got 6-mercaptopurine: Freireich and others (1963), in every text book
CREATE TEMP TABLE remission (weeks int, relapsed boolean);
INSERT INTO remission VALUES (6, true), (6, true), (6, true), (6, false), (7, true), (9, false), (10, true), (10, false), (11, false), (13, true), (16, true),
	(17, false), (19, false), (20, false), (22, true), (23, true), (25, false), (32, false), (32, false), (34, false), (35, false);
CREATE TEMP TABLE kept AS SELECT survival_agg(weeks * interval '7 days', relapsed) AS state FROM remission;
SELECT extract(epoch FROM s.elapsed) / 604800 AS weeks, at_risk, events, round(survival::numeric, 4) AS survival, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high, censored, round(hazard::numeric, 4) AS hazard
FROM kept, survival_table(state) s;
-- Gehan's estimates, as printed
SELECT round(survival_at(state, interval '7 days' * weeks)::numeric, 3) AS survival FROM kept, unnest(ARRAY[0, 5.9, 6, 10, 16, 23, 35]) weeks;
SELECT survival_at(state, interval '246 days') AS nobody_so_long, round(survival_chance(state, interval '0', interval '10 weeks')::numeric, 4) AS chance,
	round(survival_chance(state, interval '10 weeks', interval '12 weeks')::numeric, 4) AS later FROM kept;
SELECT n, events, s.median, s.horizon_used, date_trunc('second', expected) AS expected, date_trunc('second', expected_low) AS low, date_trunc('second', expected_high) AS high,
	round((hazard * 7)::numeric, 5) AS a_week, round((hazard_low * 7)::numeric, 5) AS low, round((hazard_high * 7)::numeric, 5) AS high, status FROM kept, survival_summary(state) s;
SELECT weeks, round((hazard * 7)::numeric, 5) AS a_week, abs(hazard * 7 - plain) < 1e-12 AS same FROM kept, unnest(ARRAY[10, 20, 35]) weeks, survival_summary(state, weeks * interval '7 days') s,
	LATERAL (SELECT count(*) FILTER (WHERE relapsed AND r.weeks <= w.weeks) / sum(least(r.weeks, w.weeks))::float8 AS plain FROM remission r, (SELECT weeks) w) p;
-- the restricted mean is the area under the curve: by plain sums of weeks
SELECT date_trunc('second', s.expected) AS expected, abs(extract(epoch FROM s.expected) / 604800 - area) < 1e-6 AS same
FROM kept, survival_summary(state, interval '140 days') s, LATERAL (SELECT sum(survival_at(state, w * interval '7 days')) AS area FROM generate_series(0, 19) w) p;
SELECT elapsed, date_trunc('second', survival_expected(state, elapsed, interval '70 days')) AS expected FROM kept, unnest(ARRAY['0', '42 days', '161 days', '176 days']::interval[]) elapsed;

-- all have had it: the curve ends at 0, and nothing is censored
SELECT elapsed, at_risk, events, survival, round(low::numeric, 6) AS low, round(high::numeric, 6) AS high, censored, hazard FROM (SELECT survival_agg(d * interval '1 day', true) AS state FROM unnest(ARRAY[1, 1, 2, 4]) d) a, survival_table(state) s;
SELECT n, events, s.median, s.horizon_used, expected, date_trunc('second', expected_low) AS low, date_trunc('second', expected_high) AS high, hazard, status FROM (SELECT survival_agg(d * interval '1 day', true) AS state FROM unnest(ARRAY[1, 1, 2, 4]) d) a, survival_summary(state) s;
SELECT survival_at(state, interval '100 days'), survival_chance(state, interval '4 days', interval '1 day'), survival_chance(state, interval '2 days', interval '50 days'), survival_expected(state, interval '2 days', interval '30 days')
FROM (SELECT survival_agg(d * interval '1 day', true) AS state FROM unnest(ARRAY[1, 1, 2, 4]) d) a;

-- a weight is so many rows; states merge in any order
SELECT survival_agg(weeks * interval '7 days', relapsed, 1)::text = (SELECT state::text FROM kept) AS ones,
	(SELECT array_agg(round(survival::numeric, 12)) FROM survival_table(survival_agg(weeks * interval '7 days', relapsed, 2.5))) = (SELECT array_agg(round(survival::numeric, 12)) FROM kept, survival_table(state)) AS same_curve FROM remission;
SELECT survival_merge(s ORDER BY part DESC)::text = (SELECT state::text FROM kept) AS same, partial_kind(survival_merge(s)) FROM (SELECT weeks % 3 AS part, survival_agg(weeks * interval '7 days', relapsed) AS s FROM remission GROUP BY 1 UNION ALL SELECT 9, NULL) p;
SELECT survival_agg(weeks * interval '7 days', relapsed) FROM remission WHERE weeks < 10;

-- too little to say
SELECT what, s.n, s.events, s.median, s.expected, round(s.hazard::numeric, 6) AS hazard, round(s.hazard_low::numeric, 6) AS low, s.status, (SELECT count(*) FROM survival_table(state)) AS steps FROM (
	SELECT 'nobody' AS what, NULL::partial AS state UNION ALL SELECT 'one', survival_agg(interval '2 days', true) UNION ALL SELECT 'one, not yet', survival_agg(interval '2 days', false)
	UNION ALL SELECT 'at once', survival_agg(interval '0', true) UNION ALL SELECT 'few', survival_agg(n * interval '1 day', n < 4) FROM generate_series(1, 20) n) v, survival_summary(state) s;
SELECT survival_agg(NULL, true) IS NULL AS no_duration, survival_agg(interval '1 day', NULL) IS NULL AS no_end, survival_agg(interval '1 day', true, NULL) IS NULL AS no_weight,
	survival_at(NULL, interval '1 day') IS NULL AS no_state;

-- refusals
SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT survival_agg(interval '1 month', true)$$),
	(2, $$SELECT survival_agg(interval '-1 day', true)$$),
	(3, $$SELECT survival_agg(interval '200000 days', true)$$),
	(4, $$SELECT survival_agg(interval '1 day', true, -1)$$),
	(5, $$SELECT survival_agg(interval '1 day', true, 'NaN')$$),
	(6, $$SELECT survival_at(evaluation_state(0.5, true), interval '1 day')$$),
	(7, $$SELECT auc(survival_agg(interval '1 day', true))$$),
	(8, $$SELECT survival_at(survival_agg(interval '1 day', true), interval '1 year')$$),
	(9, $$SELECT s.* FROM (SELECT survival_agg(interval '1 day', true) AS state) a, survival_summary(state, interval '-1 day') s$$),
	(10, $$SELECT replace(evaluation_state(-0.5, true)::text, 'evaluation', 'survival')::partial$$),
	(11, $$SELECT replace(evaluation_state(0.5, true)::text, 'evaluation', 'survival')::partial$$),
	(12, $$SELECT replace(evaluation_state('Infinity', true)::text, 'evaluation', 'survival')::partial$$)
) t(n, command) ORDER BY n;
