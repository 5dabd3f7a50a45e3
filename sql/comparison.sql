-- comparison: two scores of the same rows, the paired interval by plain SQL, states, what is refused
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

-- a knows more than b, c is a by another scale; ties everywhere
CREATE TEMP TABLE scored AS
SELECT n, label, (20 + n * 7919 % 60 + 20 * label::int) / 100.0::float8 AS a, (20 + n * 104729 % 60 + 9 * label::int) / 100.0::float8 AS b, (n * 7919 % 60 + 20 * label::int) * 3.0::float8 AS c
FROM (SELECT n, n * 31 % 3 = 0 AS label FROM generate_series(1, 400) n) t;
CREATE TEMP TABLE pair AS
SELECT p.n AS positive, q.n AS negative, CASE WHEN p.a > q.a THEN 1 WHEN p.a = q.a THEN 0.5 ELSE 0 END AS a, CASE WHEN p.b > q.b THEN 1 WHEN p.b = q.b THEN 0.5 ELSE 0 END AS b
FROM scored p JOIN scored q ON p.label AND NOT q.label;

SELECT measure, round(model_a::numeric, 6) AS a, round(model_b::numeric, 6) AS b, round(difference::numeric, 6) AS difference, round(low::numeric, 6) AS low, round(high::numeric, 6) AS high,
	round(p_value::numeric, 9) AS p_value, c.n, better, status FROM (SELECT comparison_state(a, b, label) AS s FROM scored) e, compare_models(s) c;
-- DeLong, of all pairs
SELECT abs(c.model_a - mean_a) < 1e-12 AS a, abs(c.model_b - mean_b) < 1e-12 AS b, abs(c.low - (mean_a - mean_b - 1.959963984540054 * error)) < 1e-12 AS low
FROM (SELECT comparison_state(a, b, label) AS s FROM scored) e, compare_models(s) c, (SELECT avg(a) AS mean_a, avg(b) AS mean_b FROM pair) m,
	(SELECT sqrt((SELECT var_samp(d) / count(*) FROM (SELECT avg(a - b) AS d FROM pair GROUP BY positive) p) + (SELECT var_samp(d) / count(*) FROM (SELECT avg(a - b) AS d FROM pair GROUP BY negative) q)) AS error) v
WHERE measure = 'auc';
-- the losses, row by row
SELECT measure, abs(c.difference - d) < 1e-12 AS difference, abs(c.high - (d + 1.959963984540054 * error)) < 1e-12 AS high
FROM (SELECT comparison_state(a, b, label) AS s FROM scored) e, compare_models(s) c
JOIN (SELECT 'brier' AS measure, avg(d) AS d, stddev_samp(d) / sqrt(count(*)) AS error FROM (SELECT (a - label::int) ^ 2 - (b - label::int) ^ 2 AS d FROM scored) t
	UNION ALL SELECT 'log_loss', avg(d), stddev_samp(d) / sqrt(count(*)) FROM (SELECT -ln(CASE WHEN label THEN a ELSE 1 - a END) + ln(CASE WHEN label THEN b ELSE 1 - b END) AS d FROM scored) t) p USING (measure);
-- the other way round
SELECT x.measure, abs(x.difference + y.difference) < 1e-12 AS opposite, x.better, y.better FROM (SELECT comparison_state(a, b, label) AS s, comparison_state(b, a, label) AS t FROM scored) e,
	compare_models(s) x JOIN LATERAL compare_models(t) y USING (measure);
-- the same score, the same ranking, and hardly a difference
SELECT what, measure, difference, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high, round(p_value::numeric, 4) AS p_value, better FROM (
	SELECT 'same' AS what, comparison_state(a, a, label) AS s FROM scored UNION ALL SELECT 'same ranking', comparison_state(a, c, label) FROM scored) e, compare_models(s);
SELECT measure, better, round(p_value::numeric, 2) AS p_value FROM (SELECT comparison_state(b, (20 + n * 65537 % 60 + 9 * label::int) / 100.0, label) AS s FROM scored) e, compare_models(s);

-- states
SELECT comparison_state(a, b, label) FROM scored WHERE n < 3;
SELECT comparison_merge(s ORDER BY part DESC)::text = (SELECT comparison_state(a, b, label ORDER BY n DESC)::text FROM scored) AS same, partial_kind(comparison_merge(s))
FROM (SELECT n % 5 AS part, comparison_state(a, b, label) AS s FROM scored GROUP BY 1 UNION ALL SELECT 9, NULL) p;
SELECT comparison_state(0, 1, true)::text = comparison_state('-0', 1, true)::text AS zero;

-- too little to say
SELECT what, measure, model_a, better, status FROM (
	SELECT 'nobody' AS what, NULL::partial AS s UNION ALL SELECT 'one', comparison_state(0.5, 0.4, true) UNION ALL SELECT 'one class', comparison_state(0.5, 0.25, true) FROM generate_series(1, 50)
	UNION ALL SELECT 'few', comparison_state(0.5, 0.25, n = 1) FROM generate_series(1, 9) n UNION ALL SELECT 'impossible', comparison_state(n % 2, 0.5, n % 3 = 0) FROM generate_series(1, 200) n) v, compare_models(s);
SELECT comparison_state(NULL, 1, true) IS NULL AS no_a, comparison_state(1, NULL, true) IS NULL AS no_b, comparison_state(1, 1, NULL) IS NULL AS no_label;

-- refusals
SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT comparison_state('NaN', 1, true)$$),
	(2, $$SELECT comparison_state(1, 'NaN', true)$$),
	(3, $$SELECT c.* FROM (SELECT evaluation_state(1, true) AS s) e, compare_models(s) c$$),
	(4, $$SELECT auc(comparison_state(1, 1, true))$$),
	(5, $$SELECT 'comparison/1:AQ=='::partial$$),
	(6, $$SELECT 'comparison/1:AQAAAAAAAAAAAAAAAAAAAAAAAA=='::partial$$),
	(7, $$SELECT 'comparison/1:AQAAAAAAAPh/AAAAAAAAAAABAA=='::partial$$),
	(8, $$SELECT 'comparison/1:AQAAAAAAAACAAAAAAAAAAAABAA=='::partial$$),
	(9, $$SELECT 'comparison/1:AgAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAEA'::partial$$)
) t(n, command) ORDER BY n;
