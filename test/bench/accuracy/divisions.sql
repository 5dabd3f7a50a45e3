-- divisions: of the table session, three other divisions into five folds, and each way to calibrate, all columns
SET client_min_messages = warning;
SET search_path = public, intent;
CREATE TABLE numbered AS SELECT row_number() OVER (ORDER BY md5(s::text)) AS n, s.* FROM session s;
CREATE FUNCTION fold_of(n bigint, division int) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n || 's' || division), 1, 7))::bit(28)::int % 5 $$;
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_attribute
WHERE attrelid = 'session'::regclass AND attnum > 0 AND attname <> 'fold' \gset
CREATE TABLE judged AS
SELECT calibration, division, m.fold, predict(model, to_jsonb(t)) AS score, "Revenue" AS label
FROM (SELECT calibration, division, fold, train(format('SELECT %s FROM numbered WHERE fold_of(n, %s) <> %s', :'columns', division, fold), 'Revenue', jsonb_build_object('calibration', calibration)) AS model
	FROM unnest(ARRAY['none', 'platt', 'isotonic', 'auto']) calibration, generate_series(1, 3) division, generate_series(0, 4) fold OFFSET 0) m
JOIN numbered t ON fold_of(n, division) = m.fold;

SELECT calibration, round(avg(log_loss)::numeric, 4) AS log_loss, round(avg(of_all)::numeric, 4) AS calibration_error, round(avg(of_folds)::numeric, 4) AS mean_of_folds, round(avg(noise_of_folds)::numeric, 4) AS by_chance_of_folds,
	round(min(weight)::numeric, 2) || ' to ' || round(max(weight)::numeric, 2) AS slope, round(avg(weight_high - weight)::numeric, 2) AS slope_within
FROM (SELECT calibration, division, log_loss(score, label), calibration_error(score, label) AS of_all FROM judged GROUP BY 1, 2) a
JOIN (SELECT calibration, division, avg(calibration_error(s)) AS of_folds, avg(calibration_noise(s)) AS noise_of_folds
	FROM (SELECT calibration, division, fold, evaluation_state(score, label) AS s FROM judged GROUP BY 1, 2, 3) f GROUP BY 1, 2) f USING (calibration, division)
JOIN (SELECT calibration, division, train(train_state(ARRAY['evidence'], ARRAY[ln(score / (1 - score))], label), '{"model": "logistic", "transforms": "none", "l2": 0, "calibration": "none"}') AS line FROM judged GROUP BY 1, 2) l USING (calibration, division),
	predictor_report(line)
GROUP BY calibration ORDER BY calibration;
