-- Measures of scores against plain SQL, with ties and weights; the same bits whatever the order, the plan, the parts.
BEGIN;
SET search_path = public, intent;
SELECT plan(24);

\if :{?full}
	\set rows 2000
\else
	\set rows 400
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- three segments: few different scores, many, and nearly separated
CREATE TABLE scored AS
SELECT segment, n, weight, label,
	CASE segment WHEN 'ties' THEN (pg_temp.mix(n) % 12 + label::int) / 16.0 WHEN 'fine' THEN pg_temp.mix(n * 3) / 4294967296.0
		ELSE (pg_temp.mix(n * 5) % 1000 + 900 * label::int) / 2000.0 END::float8 AS score
FROM unnest(ARRAY['ties', 'fine', 'apart']) segment, generate_series(1, :rows) n,
	LATERAL (SELECT (1 + pg_temp.mix(n * 7) % 8) / 4.0::float8 AS weight, pg_temp.mix(n * 11) % 4 = 0 AS label) d;

CREATE FUNCTION pg_temp.near(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT coalesce(abs(a - b) <= 1e-9 * (1 + abs(b)), a IS NULL AND b IS NULL) $$;

-- ----- plain ways, of rows and of weighted rows -----
CREATE TABLE pair AS
SELECT segment, a.n AS positive, b.n AS negative, a.weight * b.weight AS weight,
	CASE WHEN a.score > b.score THEN 1 WHEN a.score = b.score THEN 0.5 ELSE 0 END AS won
FROM scored a JOIN scored b USING (segment) WHERE a.label AND NOT b.label;
ANALYZE pair;
SELECT results_eq('SELECT segment, auc(score, label)::numeric(20, 14) FROM scored GROUP BY 1 ORDER BY 1',
	'SELECT segment, avg(won)::numeric(20, 14) FROM pair GROUP BY 1 ORDER BY 1', 'auc counts pairs');
SELECT is_empty($$
	SELECT segment FROM (SELECT segment, auc(score, label, weight) FROM scored GROUP BY 1) a
	JOIN (SELECT segment, sum(weight * won) / sum(weight) AS plain FROM pair GROUP BY 1) p USING (segment)
	WHERE NOT pg_temp.near(auc, plain) $$, 'auc counts weighted pairs');

-- DeLong: sample variances of the mean placements of either class
SELECT is_empty($$
	SELECT segment FROM (SELECT segment, evaluation_state(score, label) AS s FROM scored GROUP BY 1) e
	JOIN (SELECT segment, sqrt(a.v + b.v) AS error FROM
		(SELECT segment, var_samp(placed) / count(*) AS v FROM (SELECT segment, avg(won) AS placed FROM pair GROUP BY segment, positive) x GROUP BY 1) a
		JOIN (SELECT segment, var_samp(placed) / count(*) AS v FROM (SELECT segment, avg(won) AS placed FROM pair GROUP BY segment, negative) x GROUP BY 1) b
		USING (segment)) p USING (segment), auc_interval(s) i
	WHERE NOT pg_temp.near(i.standard_error, error) OR NOT pg_temp.near(i.high, least(i.auc + 1.959963984540054 * error, 1))
		OR NOT pg_temp.near(i.low, i.auc - 1.959963984540054 * error) $$, 'the interval is that of DeLong');

CREATE TABLE ranked AS
SELECT segment, score, sum(weight) FILTER (WHERE label) AS found, sum(weight) AS weight,
	coalesce(sum(sum(weight) FILTER (WHERE label)) OVER w, 0) AS found_above, sum(sum(weight)) OVER w AS above
FROM scored GROUP BY segment, score WINDOW w AS (PARTITION BY segment ORDER BY score DESC);
SELECT is_empty($$
	SELECT segment FROM (SELECT segment, auc_pr(score, label, weight) FROM scored GROUP BY 1) a
	JOIN (SELECT segment, sum(found * found_above / above) / sum(found) AS plain FROM ranked GROUP BY 1) p USING (segment)
	WHERE NOT pg_temp.near(auc_pr, plain) $$, 'average precision');
SELECT is_empty($$
	SELECT segment FROM (SELECT segment, ks(score, label, weight) FROM scored GROUP BY 1) a
	JOIN (SELECT segment, max(abs(found_above / total_found - (above - found_above) / (total - total_found))) AS plain
		FROM ranked JOIN (SELECT segment, sum(weight) AS total, sum(weight) FILTER (WHERE label) AS total_found FROM scored GROUP BY 1) t USING (segment) GROUP BY 1) p
	USING (segment) WHERE NOT pg_temp.near(ks, plain) $$, 'ks');

SELECT is_empty($$
	SELECT segment FROM (SELECT segment, log_loss(score, label, weight), brier(score, label, weight), sum(weight) AS total,
		-sum(weight * ln(CASE WHEN label THEN score ELSE 1 - score END)) AS loss, sum(weight * (score - label::int) ^ 2) AS square
		FROM scored WHERE score > 0 AND score < 1 GROUP BY 1) a
	WHERE NOT pg_temp.near(log_loss, loss / total) OR NOT pg_temp.near(brier, square / total) $$, 'log loss and Brier score');
SELECT is_empty($$
	SELECT segment FROM (SELECT segment, calibration_error(score, label, weight) FROM scored GROUP BY 1) a
	JOIN (SELECT segment, sum(apart) / sum(weight) AS plain FROM (SELECT segment, abs(sum(weight * (score - label::int))) AS apart, sum(weight) AS weight
		FROM scored GROUP BY segment, least(floor(score * 10), 9)) b GROUP BY 1) p USING (segment)
	WHERE NOT pg_temp.near(calibration_error, plain) $$, 'calibration error');
SELECT is_empty($$
	SELECT segment FROM (SELECT segment, least(floor(score * 10), 9) AS bin, count(*) AS n, avg(score) AS mean, avg(label::int) AS rate FROM scored GROUP BY 1, 2) p
	FULL JOIN (SELECT segment, round(score_low * 10) AS bin, c.n, c.mean_score, c.rate FROM
		(SELECT segment, evaluation_state(score, label) AS s FROM scored GROUP BY 1) e, calibration_table(s) c) c USING (segment, bin, n)
	WHERE NOT pg_temp.near(mean, mean_score) OR NOT pg_temp.near(p.rate, c.rate) $$, 'calibration table');

-- the best tenth, every order of ties being as likely
SELECT is_empty($$
	SELECT segment FROM (SELECT segment, lift_at(score, label, 0.1) AS lift, count(*) AS n, count(*) FILTER (WHERE label) AS positives FROM scored GROUP BY 1) a
	JOIN (SELECT segment, sum(held * greatest(0, least(1, (tenth - before) / rows))) AS found FROM (
		SELECT segment, count(*) FILTER (WHERE label) AS held, count(*) AS rows, sum(count(*)) OVER w - count(*) AS before
		FROM scored GROUP BY segment, score WINDOW w AS (PARTITION BY segment ORDER BY score DESC)) g
		JOIN (SELECT segment, count(*) * 0.1 AS tenth FROM scored GROUP BY 1) t USING (segment) GROUP BY 1) p USING (segment)
	WHERE NOT pg_temp.near(lift, found / positives / 0.1) $$, 'lift');
SELECT is_empty($$
	SELECT segment FROM (SELECT segment, evaluation_state(score, label) AS s FROM scored GROUP BY 1) e, gains(s, 20) g
	WHERE NOT pg_temp.near(g.lift, lift_at(s, g.fraction)) $$, 'gains are lifts');

-- thresholds
CREATE TABLE tried AS
SELECT t.segment, t.threshold, count(*) FILTER (WHERE score >= threshold AND label) AS tp, count(*) FILTER (WHERE score >= threshold AND NOT label) AS fp,
	count(*) FILTER (WHERE score < threshold AND label) AS fn, count(*) FILTER (WHERE score < threshold AND NOT label) AS tn
FROM (SELECT DISTINCT segment, score AS threshold FROM scored UNION ALL SELECT DISTINCT segment, 'Infinity'::float8 FROM scored) t JOIN scored USING (segment) GROUP BY 1, 2;
SELECT is_empty($$
	SELECT segment, threshold FROM tried JOIN (SELECT segment, evaluation_state(score, label) AS s FROM scored GROUP BY 1) e USING (segment), confusion(s, threshold) c
	WHERE (c.true_positives, c.false_positives, c.false_negatives, c.true_negatives) <> (tp, fp, fn, tn)
		AND pg_temp.mix((least(threshold, 2) * 1e6)::bigint) % 5 = 0 $$, 'confusion');
SELECT results_eq($$
	SELECT segment, b.threshold FROM (SELECT segment, evaluation_state(score, label) AS s FROM scored GROUP BY 1) e, best_threshold(s) b ORDER BY 1 $$, $$
	SELECT DISTINCT ON (segment) segment, threshold FROM tried ORDER BY segment, 2.0 * tp / (2 * tp + fp + fn) DESC, threshold DESC $$, 'the greatest F1');
SELECT results_eq($$
	SELECT segment, b.threshold FROM (SELECT segment, evaluation_state(score, label) AS s FROM scored GROUP BY 1) e, best_threshold(s, 1, 4) b ORDER BY 1 $$, $$
	SELECT DISTINCT ON (segment) segment, threshold FROM tried ORDER BY segment, fp + 4 * fn, threshold DESC $$, 'the least cost');

-- drift
SELECT is_empty($$
	SELECT segment FROM (SELECT segment, psi(score, n % 3 = 0) FROM scored GROUP BY 1) a
	JOIN (WITH cut AS (SELECT segment, score, count(*) FILTER (WHERE n % 3 > 0) AS e, count(*) FILTER (WHERE n % 3 = 0) AS a,
			sum(count(*) FILTER (WHERE n % 3 > 0)) OVER (PARTITION BY segment ORDER BY score) AS upto FROM scored GROUP BY 1, 2),
		bin AS (SELECT segment, least(floor((upto - e / 2.0) / total * 10), 9) AS bin, sum(e) / total AS e, sum(a) / recent AS a, total, recent FROM cut
			JOIN (SELECT segment, count(*) FILTER (WHERE n % 3 > 0) AS total, count(*) FILTER (WHERE n % 3 = 0) AS recent FROM scored GROUP BY 1) t USING (segment)
			GROUP BY 1, 2, total, recent)
		SELECT segment, sum((a1 - e1) * ln(a1 / e1)) AS plain
		FROM bin, LATERAL (SELECT CASE e WHEN 0 THEN 0.5 / total ELSE e END AS e1, CASE a WHEN 0 THEN 0.5 / recent ELSE a END AS a1) x GROUP BY 1) p USING (segment)
	WHERE NOT pg_temp.near(psi, plain) $$, 'population stability');

-- ----- the same bits -----
CREATE TABLE whole AS SELECT segment, evaluation_state(score, label, weight) AS state FROM scored GROUP BY 1;
SELECT is_empty($$
	SELECT shuffle FROM (SELECT segment, shuffle, evaluation_state(score, label, weight ORDER BY pg_temp.mix(n * 100 + shuffle)) AS s
		FROM scored, generate_series(1, 5) shuffle GROUP BY 1, 2) s JOIN whole USING (segment)
	WHERE partial_send(s) <> partial_send(state) $$, 'shuffles');
SELECT is_empty(format($$
	SELECT segment FROM (SELECT segment, evaluation_merge(part ORDER BY pg_temp.mix(piece)) AS s
		FROM (SELECT segment, pg_temp.mix(n) %% %s AS piece, evaluation_state(score, label, weight) AS part FROM scored GROUP BY 1, 2) p GROUP BY 1) m
	JOIN whole USING (segment) WHERE partial_send(s) <> partial_send(state) $$, pieces), format('split %s ways and merged', pieces))
FROM unnest(ARRAY[2, 3, 8, 64]) pieces;
CREATE TABLE parts (LIKE scored) PARTITION BY HASH (n);
CREATE TABLE part_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parts SELECT * FROM scored;
ANALYZE parts;
-- pgTAP's own functions keep a statement from workers: build a table instead, and look at the plan.
CREATE FUNCTION pg_temp.is_partial(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP
		IF line ~ 'Partial' THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL max_parallel_workers_per_gather = 0;
-- rows that are dear to append make the planner unite states of the parts
SET LOCAL cpu_tuple_cost = 10;
CREATE TABLE by_part AS
SELECT segment, evaluation_state(score, label, weight) AS state FROM parts GROUP BY segment;
SELECT ok(pg_temp.is_partial($$ SELECT segment, evaluation_state(score, label, weight) AS state FROM parts GROUP BY segment $$), 'a plan that unites the parts');
RESET cpu_tuple_cost;
SELECT is_empty('SELECT segment FROM by_part b JOIN whole w USING (segment) WHERE partial_send(b.state) <> partial_send(w.state)', 'partition-wise');
ANALYZE scored;
ALTER TABLE scored SET (parallel_workers = 2);
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
-- nobody shall be done before the others have begun
CREATE TABLE in_parallel AS
SELECT segment, evaluation_state(score, label, weight) AS state, auc(score, label, weight) FROM scored WHERE pg_sleep(CASE WHEN n % 60 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL GROUP BY segment;
SELECT ok(pg_temp.is_partial($$ SELECT segment, evaluation_state(score, label, weight) AS state, auc(score, label, weight) FROM scored WHERE pg_sleep(CASE WHEN n % 60 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL GROUP BY segment $$), 'a plan of partial aggregates');
SELECT is_empty('SELECT segment FROM in_parallel p JOIN whole w USING (segment) WHERE partial_send(p.state) <> partial_send(w.state) OR p.auc <> auc(w.state)', 'parallel');
SET LOCAL max_parallel_workers_per_gather = 0;

-- in a window, where a state goes on growing after it was read
SELECT is_empty($$
	SELECT n FROM (SELECT n, auc(score, label) OVER (ORDER BY n) AS rolling FROM scored WHERE segment = 'fine' AND n <= 60) w
	WHERE rolling IS DISTINCT FROM (SELECT auc(score, label) FROM scored s WHERE segment = 'fine' AND s.n <= w.n) $$, 'in a window');

SELECT * FROM finish();
ROLLBACK;
