-- accuracy: of the table line, five models by fold, each scoring the fold it has not seen
\set QUIET on
\pset footer off
SET client_min_messages = warning;
SET search_path = public, intent;
SELECT set_config('accuracy.options', :'options', false) \gset ignored_

-- the fold is of the whole line, by a rule that came with the data
CREATE TABLE session AS
SELECT ('x' || substr(md5(line), 9, 8))::bit(32)::bigint % 5 AS fold,
	p[1]::int AS "Administrative", p[2]::float8 AS "Administrative_Duration", p[3]::int AS "Informational",
	p[4]::float8 AS "Informational_Duration", p[5]::int AS "ProductRelated", p[6]::float8 AS "ProductRelated_Duration",
	p[7]::float8 AS "BounceRates", p[8]::float8 AS "ExitRates", p[9]::float8 AS "PageValues", p[10]::float8 AS "SpecialDay",
	p[11] AS "Month", p[12]::int AS "OperatingSystems", p[13]::int AS "Browser", p[14]::int AS "Region",
	p[15]::int AS "TrafficType", p[16] AS "VisitorType", p[17]::boolean AS "Weekend", p[18]::boolean AS "Revenue"
FROM line, string_to_array(line, ',') p;

CREATE TABLE model AS
SELECT without, fold, train(format('SELECT %s FROM session WHERE fold <> %s', string_agg(quote_ident(attname), ', ' ORDER BY attnum), fold),
	'Revenue', current_setting('accuracy.options')::jsonb) AS model
FROM unnest(ARRAY['', 'PageValues']) without, generate_series(0, 4) fold, pg_attribute
WHERE attrelid = 'session'::regclass AND attnum > 0 AND attname NOT IN ('fold', without)
GROUP BY without, fold;
CREATE TABLE scored AS
SELECT without, fold, predict(model, to_jsonb(s)) AS score, "Revenue" AS label FROM session s JOIN model USING (fold);

SELECT CASE without WHEN '' THEN 'all columns' ELSE 'without ' || without END AS trained_on, count(*) AS rows, count(*) FILTER (WHERE label) AS positives,
	round(auc(score, label)::numeric, 4) AS auc, round(min(mean_auc)::numeric, 4) AS mean_of_folds, round(log_loss(score, label)::numeric, 4) AS log_loss,
	round(brier(score, label)::numeric, 4) AS brier
FROM scored JOIN (SELECT without, avg(auc) AS mean_auc FROM (SELECT without, fold, auc(score, label) FROM scored GROUP BY 1, 2) f GROUP BY 1) m USING (without)
GROUP BY without ORDER BY without;

-- of all scores together, and the mean of that of each fold; beside them what perfect probabilities would have, by chance
SELECT CASE without WHEN '' THEN 'all columns' ELSE 'without ' || without END AS trained_on, round(calibration_error(s)::numeric, 4) AS calibration_error,
	round(calibration_noise(s)::numeric, 4) AS by_chance, round(of_folds::numeric, 4) AS mean_of_folds, round(noise_of_folds::numeric, 4) AS by_chance_of_folds
FROM (SELECT without, evaluation_state(score, label) AS s FROM scored GROUP BY 1) e
JOIN (SELECT without, avg(calibration_error(s)) AS of_folds, avg(calibration_noise(s)) AS noise_of_folds
	FROM (SELECT without, fold, evaluation_state(score, label) AS s FROM scored GROUP BY 1, 2) f GROUP BY 1) m USING (without) ORDER BY without;

SELECT mark, CASE WHEN held THEN 'held' ELSE 'missed' END AS result FROM (
	SELECT auc(score, label), log_loss(score, label), calibration_error(score, label) FROM scored WHERE without = '') a,
	(SELECT auc(score, label) AS auc_without FROM scored WHERE without <> '') w,
	LATERAL (VALUES ('auc >= 0.925', auc >= 0.925), ('auc >= 0.765 without PageValues', auc_without >= 0.765),
		('log loss <= 0.240', log_loss <= 0.240), ('calibration error <= 0.015', calibration_error <= 0.015)) v(mark, held);
