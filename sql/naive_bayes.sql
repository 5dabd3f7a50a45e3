-- naive_bayes: counts by hand, as a predictor, merged, decayed, weighted; what is refused
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

CREATE TEMP TABLE seen (n int, features jsonb, label boolean);
INSERT INTO seen SELECT n, jsonb_strip_nulls(jsonb_build_object('channel', (ARRAY['web', 'app', NULL])[1 + n % 3], 'visits', n % 10 - 2, 'member', n % 4 = 0)), n % 3 = 1 OR n % 10 > 6
FROM generate_series(1, 300) n;

-- what each value adds, by hand: ln of its odds, five rows as all of them counted in, less ln of the odds of all
WITH total AS (SELECT count(*) FILTER (WHERE label) + 0.5 AS t, count(*) FILTER (WHERE NOT label) + 0.5 AS f FROM seen),
	plain AS (SELECT features ->> 'channel' AS channel, ln((count(*) FILTER (WHERE label) + 5 * t / (t + f)) / (count(*) FILTER (WHERE NOT label) + 5 * f / (t + f))) - ln(t / f) AS adds
		FROM seen, total GROUP BY 1, t, f)
SELECT channel, round(adds, 6) AS adds, abs(adds - contribution) < 1e-9 AS same
FROM plain, (SELECT naive_bayes(features, label) AS m FROM seen) l, explain_prediction(m, jsonb_build_object('channel', channel)) e WHERE e.feature = 'channel' ORDER BY 1;
SELECT t.kind, t.n, t.n_true, t.auc, t.status, predictor_features(m), m = m::text::predictor AS read_again FROM (SELECT naive_bayes(features, label) AS m FROM seen) l, predictor_training(m) t;
-- small whole numbers are bins of their own, negative ones as well; what was never seen adds nothing
SELECT x, round(contribution, 6) AS adds FROM (SELECT naive_bayes(features, label) AS m FROM seen) l, unnest(ARRAY[-100, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 1000]) x, explain_prediction(m, jsonb_build_object('visits', x)) e WHERE feature = 'visits';
SELECT contribution FROM (SELECT naive_bayes(features, label) AS m FROM seen) l, explain_prediction(m, '{"channel": "fax"}') e WHERE feature = 'channel';
SELECT auc(predict(m, features), label) > 0.7 AS auc, bool_and((SELECT sum(contribution) FROM explain_prediction(m, features)) = predict_evidence(m, features)) AS adds_up
FROM seen, (SELECT naive_bayes(features, label) AS m FROM seen) l;

-- states: in any order and parts the same bytes; weights; text form
SELECT naive_bayes_state(features, label) FROM seen WHERE n <= 4;
SELECT naive_bayes_merge(s ORDER BY part DESC)::text = (SELECT naive_bayes_state(features, label ORDER BY md5(n::text))::text FROM seen) AS same
FROM (SELECT n % 7 AS part, naive_bayes_state(features, label) AS s FROM seen GROUP BY 1 UNION ALL SELECT 99, NULL) p;
SELECT naive_bayes_state(features, label, 2)::text = (SELECT naive_bayes_state(features, label)::text FROM seen, generate_series(1, 2)) AS same,
	naive_bayes_state(features, label, n % 2)::text = (SELECT naive_bayes_state(features, label)::text FROM seen WHERE n % 2 = 1) AS none FROM seen;
SELECT partial_kind(s), s::text::partial::text = s::text AS read_again FROM (SELECT naive_bayes_state(features, label) AS s FROM seen) e;
SELECT naive_bayes(s) = naive_bayes(s, 5) AS same, naive_bayes(s) = naive_bayes(s, 50) AS other FROM (SELECT naive_bayes_state(features, label) AS s FROM seen) e;

-- decay: half of each row; what was learned first is forgotten
SELECT naive_bayes_decay(s, 0.5)::text = h::text AS half, naive_bayes_decay(s, 1)::text = s::text AS all, t.n, t.status
FROM (SELECT naive_bayes_state(features, label) AS s, naive_bayes_state(features, label, 0.5) AS h FROM seen) e, predictor_training(naive_bayes(naive_bayes_decay(s, 0))) t;
SELECT round(predict(naive_bayes(unite(naive_bayes_decay(old, factor), new)), '{"x": "a"}')::numeric, 3) AS p, factor
FROM (SELECT naive_bayes_state('{"x": "a"}', n <= 90) AS old, naive_bayes_state('{"x": "a"}', n <= 10) AS new FROM generate_series(1, 100) n) s, unnest(ARRAY[1, 0.1, 0]) factor;
-- a state that has decayed for long reads back, and still merges
WITH RECURSIVE days AS (SELECT 1 AS day, naive_bayes_state(features, label) AS s FROM seen
	UNION ALL SELECT day + 1, naive_bayes_decay(s, 0.7) FROM days WHERE day < 100)
SELECT bool_and(s::text::partial::text = s::text) AS read_again, min(length(s::text)) FROM days;

-- too little to learn from
SELECT what, t.n, t.status, round(predict(m, '{"x": 1}')::numeric, 4) AS p FROM (
	SELECT 'one row' AS what, naive_bayes('{"x": 1}', true) AS m UNION ALL SELECT 'one class', naive_bayes('{"x": 1}', false) FROM generate_series(1, 50)
	UNION ALL SELECT 'few', naive_bayes(jsonb_build_object('x', n), n < 5) FROM generate_series(1, 50) n
	UNION ALL SELECT 'no features', naive_bayes('{}', n < 25) FROM generate_series(1, 50) n
	UNION ALL SELECT 'only nulls', naive_bayes('{"x": null}', n < 25) FROM generate_series(1, 50) n) v, predictor_training(m) t;
SELECT naive_bayes(features, label) IS NULL AS no_rows, naive_bayes_state(NULL, true) IS NULL AS no_features, naive_bayes_state('{}', NULL) IS NULL AS no_label,
	naive_bayes_state('{}', true, NULL) IS NULL AS no_weight FROM seen WHERE false;

-- refusals
SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT naive_bayes('[1]', true)$$),
	(2, $$SELECT naive_bayes('{"x": [1]}', true)$$),
	(3, $$SELECT naive_bayes('{"x": 1e400}', true)$$),
	(4, $$SELECT naive_bayes(x, true) FROM unnest(ARRAY['{"x": 1}', '{"x": "1"}']::jsonb[]) x$$),
	(5, $$SELECT unite(naive_bayes_state('{"x": 1}', true), naive_bayes_state('{"x": true}', true))$$),
	(6, $$SELECT naive_bayes('{}', true, -1)$$),
	(7, $$SELECT naive_bayes('{}', true, 'NaN')$$),
	(8, $$SELECT naive_bayes(naive_bayes_state('{}', true), 0)$$),
	(9, $$SELECT naive_bayes_decay(naive_bayes_state('{}', true), 1.5)$$),
	(10, $$SELECT naive_bayes_decay(evaluation_state(0.5, true), 0.5)$$),
	(11, $$SELECT naive_bayes(evaluation_state(0.5, true))$$),
	(12, $$SELECT 'naive_bayes/1:AA=='::partial$$),
	(13, $$SELECT 'naive_bayes/1:AAABAXgBAQ=='::partial$$),
	(14, $$SELECT 'naive_bayes/1:AAABAXgBAQFhAQIA'::partial$$)
) t(n, command) ORDER BY n;
