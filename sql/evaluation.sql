-- evaluation: each measure by hand, what has no rows or one class, states, what is refused
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

CREATE TEMP TABLE scored (score float8, label boolean, weight float8);
INSERT INTO scored VALUES (0.9, true, 1), (0.8, false, 2), (0.7, true, 1), (0.7, false, 0.5), (0.2, false, 4), (0.1, false, 1), (0.6, true, 3);

-- one number
SELECT auc(score, label), auc_pr(score, label), ks(score, label), log_loss(score, label), brier(score, label),
	calibration_error(score, label), lift_at(score, label, 0.25) FROM scored;
SELECT auc(score, label, weight), auc_pr(score, label, weight), ks(score, label, weight), log_loss(score, label, weight),
	brier(score, label, weight), calibration_error(score, label, weight), lift_at(score, label, 0.25, weight) FROM scored;
-- a weight is so many rows
SELECT auc(score, label, n) = (SELECT auc(score, label) FROM scored, generate_series(1, ceil(weight)::int)) AS same
FROM (SELECT score, label, ceil(weight) AS n FROM scored) s;
SELECT evaluation_state(score, label, 1)::text = evaluation_state(score, label)::text AS same FROM scored;
-- every tie counts half; -0 is 0
SELECT auc(0.5, n % 2 = 0), auc(CASE WHEN n % 2 = 0 THEN 0.0 ELSE '-0' END, n % 3 = 0), auc_pr(0.5, n % 2 = 0) FROM generate_series(1, 10) n;
-- any number ranks
SELECT auc(score, label) FROM (VALUES ('-Infinity'::float8, false), (-1e300, false), (0, true), (1e-300, false), ('Infinity', true)) t(score, label);
-- certain and right, certain and wrong
SELECT log_loss(1, true), log_loss(0, false), log_loss(0, true), log_loss(1, false), brier(0, true);
SELECT p, abs(log_loss(p, true) + ln(p)) <= 1e-12 * (1 - ln(p)) AS close FROM (VALUES (4e-324::float8), (1e-300), (1e-9), (0.3), (0.999999999)) t(p) GROUP BY p ORDER BY p;

-- rows
SELECT r.* FROM (SELECT evaluation_state(score, label) AS s FROM scored) e, evaluation_report(s) r;
SELECT i.* FROM (SELECT evaluation_state(score, label) AS s FROM scored) e, auc_interval(s) i;
SELECT i.* FROM (SELECT evaluation_state(score, label, weight) AS s FROM scored) e, auc_interval(s) i;
SELECT c.* FROM (SELECT evaluation_state(score, label) AS s FROM scored) e, calibration_table(s, 5) c;
SELECT c.* FROM (SELECT evaluation_state(score, label, weight) AS s FROM scored) e, calibration_table(s, 3, 'quantile') c;
SELECT g.* FROM (SELECT evaluation_state(score, label) AS s FROM scored) e, gains(s, 4) g;
SELECT c.* FROM (SELECT evaluation_state(score, label) AS s FROM scored) e, confusion(s, 0.7) c;
SELECT c.* FROM (SELECT evaluation_state(score, label) AS s FROM scored) e, confusion(s, 'Infinity') c;
SELECT b.* FROM (SELECT evaluation_state(score, label) AS s FROM scored) e, best_threshold(s) b;
SELECT b.* FROM (SELECT evaluation_state(score, label) AS s FROM scored) e, best_threshold(s, 1, 20) b;
SELECT b.* FROM (SELECT evaluation_state(score, label) AS s FROM scored) e, best_threshold(s, 20, 1) b;
SELECT calibration_error(s), calibration_error(s, 2), calibration_error(s, 2, 'quantile'), lift_at(s, 1), lift_at(s, 0.5)
FROM (SELECT evaluation_state(score, label) AS s FROM scored) e;

-- drift
SELECT move, d.* FROM (SELECT move, evaluation_state(n % 100 + CASE WHEN n > 1000 THEN move ELSE 0 END, n > 1000) AS s
	FROM generate_series(1, 2000) n, unnest(ARRAY[0, 10, 40]) move GROUP BY move) e, stability(s) d ORDER BY move;
SELECT psi(n, n > 5) FROM generate_series(1, 10) n;
SELECT d.* FROM (SELECT evaluation_state(n, n > 5) AS s FROM generate_series(1, 10) n) e, stability(s) d;

-- column by column, of numbers, texts and NULL
SELECT signal, kind, round(psi::numeric, 4) AS psi, round(ks::numeric, 4) AS ks, n_before, n_recent, round(null_before::numeric, 3) AS null_before, round(null_recent::numeric, 3) AS null_recent, verdict, status
FROM drift_report('SELECT n % 100 AS same, n % 100 + CASE WHEN n > 1000 THEN 40 ELSE 0 END AS moved, CASE WHEN n % 10 > 0 AND n <= 1000 OR n % 10 > 5 THEN n % 100 END AS missing,
	CASE WHEN n % 4 = 0 AND n > 1000 THEN ''new'' ELSE ''old'' END AS word, n % 2 = 0 AS flag, CASE WHEN n > 1000 THEN 1.5 END AS began, n > 1000 AS recent FROM generate_series(1, 2000) n', 'recent');
-- the index of a number without NULL is that of psi(), and of a word that of its shares
SELECT d.signal, abs(d.psi - CASE d.signal WHEN 'x' THEN x ELSE w END) < 1e-12 AS same FROM (SELECT psi(n * n % 97, n > 500) AS x FROM generate_series(1, 900) n) p,
	(SELECT sum((a - e) * ln(a / e)) AS w FROM (SELECT count(*) FILTER (WHERE n > 500) / 400.0 AS a, count(*) FILTER (WHERE n <= 500) / 500.0 AS e FROM generate_series(1, 900) n GROUP BY n * n % 7) s) q,
	drift_report('SELECT n * n % 97 AS x, (n * n % 7)::text AS w, n > 500 AS recent FROM generate_series(1, 900) n', 'recent') d;
SELECT what, d.n_before, d.n_recent, d.psi IS NULL AS no_psi, d.null_recent, d.verdict, d.status FROM (VALUES ('none', 'SELECT 1 AS x, true AS recent WHERE false'), ('recent only', 'SELECT 1 AS x, true AS recent'),
	('few', 'SELECT n AS x, n > 12 AS recent FROM generate_series(1, 15) n'), ('only nulls', 'SELECT null::int AS x, n > 12 AS recent FROM generate_series(1, 30) n')) v(what, query), drift_report(query, 'recent') d;

-- how far off perfect probabilities would be, by chance
SELECT round(calibration_noise(s)::numeric, 6) AS noise, round(calibration_noise(s, 1)::numeric, 6) AS one_bin, round(calibration_noise(s, 5, 'quantile')::numeric, 6) AS quantile,
	abs(calibration_noise(s, 1) - (SELECT sqrt(sum(n % 100 / 100.0 * (1 - n % 100 / 100.0)) * 2 / pi()) / 500 FROM generate_series(1, 500) n)) < 1e-12 AS same
FROM (SELECT evaluation_state(n % 100 / 100.0, n % 3 = 0) AS s FROM generate_series(1, 500) n) e;
SELECT calibration_noise(evaluation_state(score, label)) IS NULL AS no_rows FROM scored WHERE false;

-- too little to say
SELECT auc(score, label), auc_pr(score, label), ks(score, label), log_loss(score, label), brier(score, label), calibration_error(score, label),
	lift_at(score, label, 0.5), psi(score, label), evaluation_state(score, label) IS NULL AS nothing FROM scored WHERE false;
SELECT auc(score, label), auc_pr(score, label), ks(score, label), log_loss(score, label), lift_at(score, label, 0.5), psi(score, label) FROM scored WHERE label;
SELECT auc(score, label), lift_at(score, label, 0.5) FROM scored WHERE NOT label;
SELECT auc(score, NULL::boolean) IS NULL AS no_label, auc(NULL, label) IS NULL AS no_score, auc(score, label, NULL) IS NULL AS no_weight,
	auc(score, label, 0) IS NULL AS no_weight_either FROM scored;
SELECT kind, r.n, r.rate, r.auc, r.auc_low, r.log_loss, r.status, i.status AS interval_status, c.status AS confusion_status, b.threshold, b.status, d.status
FROM (SELECT 'one row' AS kind, evaluation_state(0.5, true) AS s UNION ALL SELECT 'no row', NULL
	UNION ALL SELECT 'two rows', evaluation_state(x, x > 0) FROM generate_series(0, 1) x
	UNION ALL SELECT 'separated', evaluation_state(x, x > 50) FROM generate_series(1, 100) x
	UNION ALL SELECT 'wide', evaluation_state(x * 7919 % 101, x > 35) FROM generate_series(1, 70) x
	UNION ALL SELECT 'ok', evaluation_state(x * 7919 % 1009, x * 7919 % 1009 > x * 104729 % 500) FROM generate_series(1, 1008) x) e,
	evaluation_report(s) r, auc_interval(s) i, confusion(s, 0.5) c, best_threshold(s) b, stability(s) d;
SELECT count(*) FROM calibration_table(NULL) UNION ALL SELECT count(*) FROM gains(NULL);

-- states: kept, merged, read again
SELECT evaluation_state(score, label), evaluation_state(score, label, weight) FROM scored WHERE score > 0.7;
SELECT evaluation_merge(s)::text = (SELECT evaluation_state(score, label, weight)::text FROM scored) AS same
FROM (SELECT evaluation_state(score, label, weight) AS s FROM scored GROUP BY score > 0.5) parts;
SELECT partial_kind(s), auc(s::text::partial) = auc(s) AS same FROM (SELECT evaluation_state(score, label) AS s FROM scored) e;
-- a state of rows with weights and one of rows without
SELECT auc(a || b) = (SELECT auc(score, label, 1.5) FROM scored) AS same
FROM (SELECT evaluation_state(score, label) AS a, evaluation_state(score, label, 0.5) AS b FROM scored) e;

-- refusals
SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT auc('NaN', true)$$),
	(2, $$SELECT log_loss(1.5, true)$$),
	(3, $$SELECT brier('-Infinity', true)$$),
	(4, $$SELECT calibration_error(-0.1, true)$$),
	(5, $$SELECT auc(0.5, true, -1)$$),
	(6, $$SELECT auc(0.5, true, 'NaN')$$),
	(7, $$SELECT auc(0.5, true, 'Infinity')$$),
	(8, $$SELECT auc(0.5, true, 1e30)$$),
	(9, $$SELECT lift_at(score, label, 0) FROM scored$$),
	(10, $$SELECT lift_at(score, label, 1.5) FROM scored$$),
	(11, $$SELECT lift_at(score, label, NULL) FROM scored$$),
	(12, $$SELECT lift_at(score, label, score) FROM scored$$),
	(13, $$SELECT lift_at(evaluation_state(score, label), 'NaN') FROM scored$$),
	(14, $$SELECT calibration_error(evaluation_state(score, label), 0) FROM scored$$),
	(15, $$SELECT calibration_error(evaluation_state(score, label), 10, 'best') FROM scored$$),
	(16, $$SELECT * FROM calibration_table(NULL, 20000)$$),
	(17, $$SELECT * FROM calibration_table(NULL, NULL)$$),
	(18, $$SELECT * FROM calibration_table(NULL, 10, NULL)$$),
	(19, $$SELECT * FROM gains(NULL, -1)$$),
	(20, $$SELECT * FROM confusion(NULL, NULL)$$),
	(21, $$SELECT * FROM confusion(NULL, 'NaN')$$),
	(22, $$SELECT * FROM best_threshold(NULL, 1)$$),
	(23, $$SELECT * FROM best_threshold(NULL, -1, 1)$$),
	(24, $$SELECT * FROM best_threshold(NULL, 1, 'Infinity')$$),
	(25, $$SELECT * FROM stability(NULL, 0)$$),
	(26, $$SELECT auc(paths_agg('a'))$$),
	(27, $$SELECT evaluation_merge(s) FROM (SELECT paths_agg('a') AS s UNION ALL SELECT evaluation_state(0.5, true)) t$$),
	(28, $$SELECT unite(evaluation_state(0.5, true), paths_agg('a'))$$),
	(29, $$SELECT 'evaluation/1:AA=='::partial$$),
	(30, $$SELECT 'evaluation/1:BAAA'::partial$$),
	(31, $$SELECT 'evaluation/1:AAEBAQA='::partial$$),
	(32, $$SELECT 'evaluation/2:AAAA'::partial$$),
	(33, $$SELECT calibration_noise(evaluation_state(1.5, true))$$),
	(34, $$SELECT calibration_noise(evaluation_state(0.5, true), 0)$$),
	(35, $$SELECT count(*) FROM drift_report('SELECT 1 AS x', 'recent')$$),
	(36, $$SELECT count(*) FROM drift_report('SELECT now() AS x, true AS recent', 'recent')$$),
	(37, $$SELECT count(*) FROM drift_report('DELETE FROM scored', 'recent')$$)
) t(n, command) ORDER BY n;
