-- Markov attribution against a plain solution of the chain, and the same bits whatever the order, the plan, the parts.
BEGIN;
SET search_path = public, intent;
SELECT plan(17);

\if :{?full}
	\set paths 2000
\else
	\set paths 300
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- Generated paths: 1 to 6 of four channels, self loops among them; "lost" is in paths that do not convert.
CREATE TABLE path AS
SELECT n,
	CASE WHEN n % 50 = 0 THEN '{}' ELSE (
		SELECT array_agg((ARRAY['web', 'mail', 'ads', 'über'])[1 + pg_temp.mix(n * 10 + i) % 4] ORDER BY i)
		FROM generate_series(1, 1 + (pg_temp.mix(n) % 6)::int) i) END
	|| CASE WHEN n % 9 = 0 THEN ARRAY['lost', NULL] END AS path,
	CASE WHEN n % 9 = 0 THEN 0 ELSE pg_temp.mix(n + 1000000) % 3 END AS conversions,
	pg_temp.mix(n + 2000000) % 5 AS non_conversions
FROM generate_series(1, :paths) n;
ALTER TABLE path ADD value float8;
UPDATE path SET value = round((conversions * (1 + pg_temp.mix(n) % 100))::numeric / 3, 3);

-- The plain way: states from unnested paths, then Gaussian elimination. Result: conversions and value per path.
CREATE FUNCTION pg_temp.solve(k int, removed text) RETURNS float8[] LANGUAGE plpgsql AS $$
DECLARE
	m float8[]; b float8[]; v float8[]; x float8; n int;
BEGIN
	CREATE TEMP TABLE step ON COMMIT DROP AS
	WITH clean AS (SELECT array_remove(path, NULL) AS p, conversions AS c, non_conversions AS o, value
		FROM path WHERE conversions + non_conversions > 0)
	SELECT p[greatest(i - k + 1, 1):i] AS state, p[greatest(i - k + 2, 1):i + 1] AS after,
		p[i + 1] AS next, i = cardinality(p) AS ends, c, o, coalesce(value, 0) AS value
	FROM clean, generate_series(0, cardinality(p)) i;
	CREATE TEMP TABLE state ON COMMIT DROP AS
	SELECT state, row_number() OVER (ORDER BY cardinality(state), state)::int AS i, sum(c + o)::float8 AS visits
	FROM step GROUP BY state;
	n := (SELECT max(i) FROM state);
	m := array_fill(0::float8, ARRAY[n, n]);
	SELECT array_agg(coalesce(c, 0) / visits ORDER BY i), array_agg(coalesce(e.value, 0) / visits ORDER BY i) INTO b, v
	FROM state LEFT JOIN (SELECT state, sum(c) AS c, sum(value) AS value FROM step WHERE ends GROUP BY state) e USING (state);
	FOR i IN 1 .. n LOOP m[i][i] := 1; END LOOP;
	DECLARE r record; BEGIN
		FOR r IN SELECT a.i, z.i AS j, sum(c + o) / a.visits AS p FROM step s JOIN state a ON a.state = s.state
			JOIN state z ON z.state = s.after
			WHERE NOT ends AND next IS DISTINCT FROM removed GROUP BY 1, 2, a.visits LOOP
			m[r.i][r.j] := m[r.i][r.j] - r.p;
		END LOOP;
	END;
	FOR i IN REVERSE n .. 1 LOOP
		FOR r IN 1 .. i - 1 LOOP
			x := m[r][i] / m[i][i];
			CONTINUE WHEN x = 0;
			FOR j IN 1 .. i LOOP m[r][j] := m[r][j] - x * m[i][j]; END LOOP;
			b[r] := b[r] - x * b[i];
			v[r] := v[r] - x * v[i];
		END LOOP;
	END LOOP;
	DROP TABLE step, state;
	RETURN ARRAY[b[1] / m[1][1], v[1] / m[1][1]];
END $$;

CREATE TABLE model AS
SELECT k, markov_agg(path, conversions, non_conversions, value, k) AS model
FROM path, generate_series(1, 4) k GROUP BY k;

CREATE TABLE oracle AS
SELECT k, channel, 1 - without[1] / everything[1] AS effect, everything[2] - without[2] AS value_effect
FROM generate_series(1, 2) k, LATERAL (SELECT pg_temp.solve(k, NULL) AS everything) e,
	unnest(ARRAY['ads', 'lost', 'mail', 'web', 'über']) channel, LATERAL (SELECT pg_temp.solve(k, channel) AS without) w;

SELECT is_empty($$
	SELECT k, channel, effect, removal_effect
	FROM (SELECT k, r.* FROM model, removal_effects(model) r WHERE k <= 2 AND channel IS NOT NULL) r FULL JOIN oracle USING (k, channel)
	WHERE abs(effect - removal_effect) < 1e-12 IS NOT TRUE
$$, 'removal effects are those of the plain solution');

SELECT is_empty($$
	SELECT k, channel, value, value_effect / sum_effect * sum_value
	FROM (SELECT k, r.*, sum(value) OVER (PARTITION BY k) AS sum_value FROM model, removal_effects(model) r WHERE k <= 2 AND channel IS NOT NULL) r
	JOIN (SELECT *, sum(value_effect) OVER (PARTITION BY k) AS sum_effect FROM oracle) o USING (k, channel)
	WHERE abs(value::float8 - value_effect / sum_effect * sum_value::float8) < 1e-9 IS NOT TRUE
$$, 'value is divided by what is lost of it');

SELECT is_empty($$
	SELECT k FROM model CROSS JOIN LATERAL (SELECT sum(conversions) AS c, sum(value) AS v FROM removal_effects(model)) r
	, (SELECT sum(conversions) AS all_c, sum(value::numeric) AS all_v FROM path) p
	WHERE (c, v) IS DISTINCT FROM (all_c, all_v)
$$, 'conversions and values sum to the last unit');

SELECT is_empty($$
	SELECT k, channel FROM model, removal_effects(model) WHERE removal_effect NOT BETWEEN 0 AND 1
$$, 'effects are parts');

-- what is counted, against window functions
SELECT is_empty($$
	SELECT * FROM (
		SELECT k, s.state, s.next, s.n FROM model, markov_steps(model) s) s
	FULL JOIN (
		SELECT k, state, next, sum(n)::bigint AS m
		FROM (SELECT k, p[greatest(i - k + 1, 1):i] AS state, e.next, e.n
			FROM generate_series(1, 4) k,
				(SELECT array_remove(path, NULL) AS p, conversions, non_conversions FROM path) c,
				generate_series(0, cardinality(p)) i,
				LATERAL (VALUES (p[i + 1], conversions + non_conversions, i < cardinality(p)),
					('(conversion)', conversions, i = cardinality(p)),
					('(nothing)', non_conversions, i = cardinality(p))) e(next, n, holds)
			WHERE holds) u
		GROUP BY 1, 2, 3 HAVING sum(n) > 0) o USING (k, state, next)
	WHERE n IS DISTINCT FROM m
$$, 'steps are those of the plain count');

-- the same bytes
CREATE FUNCTION pg_temp.bytes(m markov_model) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT markov_model_send(m) $$;

SELECT is_empty($$
	SELECT shuffle, k FROM (SELECT shuffle, k, markov_agg(path, conversions, non_conversions, value, k ORDER BY pg_temp.mix(n * 100 + shuffle)) AS m
		FROM path, generate_series(1, 5) shuffle, generate_series(1, 4) k GROUP BY 1, 2) s JOIN model USING (k)
	WHERE pg_temp.bytes(m) <> pg_temp.bytes(model)
$$, 'shuffles');

SELECT is_empty(format($$
	SELECT k FROM (SELECT k, markov_merge(part ORDER BY pg_temp.mix(piece)) AS m
		FROM (SELECT k, pg_temp.mix(n) %% %s AS piece, markov_agg(path, conversions, non_conversions, value, k) AS part
			FROM path, generate_series(1, 4) k GROUP BY 1, 2) p GROUP BY k) m JOIN model USING (k)
	WHERE pg_temp.bytes(m) <> pg_temp.bytes(model)
$$, pieces), format('split %s ways and merged', pieces))
FROM unnest(ARRAY[2, 3, 8, 64]) pieces;

CREATE TABLE path_parts (LIKE path) PARTITION BY HASH (n);
CREATE TABLE path_part_0 PARTITION OF path_parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE path_part_1 PARTITION OF path_parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO path_parts SELECT * FROM path;
ANALYZE path_parts;
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
SELECT markov_agg(path, conversions, non_conversions, value, 2) AS state FROM path_parts;
SELECT ok(pg_temp.is_partial($$ SELECT markov_agg(path, conversions, non_conversions, value, 2) AS state FROM path_parts $$), 'a plan that unites the parts');
RESET cpu_tuple_cost;
SELECT is((SELECT pg_temp.bytes(state) FROM by_part), (SELECT pg_temp.bytes(model) FROM model WHERE k = 2), 'partition-wise');

ALTER TABLE path SET (parallel_workers = 2);
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
-- nobody shall be done before the others have begun
CREATE TABLE in_parallel AS
SELECT markov_agg(path, conversions, non_conversions, value, 2) AS state FROM path WHERE pg_sleep(CASE WHEN n % 15 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL;
SELECT ok(pg_temp.is_partial($$ SELECT markov_agg(path, conversions, non_conversions, value, 2) AS state FROM path WHERE pg_sleep(CASE WHEN n % 15 = 0 THEN 0.005 ELSE 0 END) IS NOT NULL $$), 'a plan of partial aggregates');
SELECT is((SELECT pg_temp.bytes(state) FROM in_parallel), (SELECT pg_temp.bytes(model) FROM model WHERE k = 2), 'parallel');

SELECT is_empty($$ SELECT k FROM model WHERE pg_temp.bytes(model::text::markov_model) <> pg_temp.bytes(model) $$, 'text form');

-- hostile bytes: cut at every length, every byte changed: refused or a value, and what is a value can be asked
CREATE FUNCTION pg_temp.survives(hex text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sum(conversions) FROM removal_effects(hex::markov_model);
	RETURN true;
EXCEPTION WHEN invalid_text_representation OR numeric_value_out_of_range OR character_not_in_repertoire OR invalid_parameter_value THEN
	RETURN false;
END $$;
SELECT is_empty($$
	SELECT i FROM (SELECT model::text AS m FROM model WHERE k = 1) t, generate_series(2, length(m) - 2, 2) i WHERE pg_temp.survives(left(m, i))
$$, 'cut short at any length: refused');
SELECT lives_ok($$
	SELECT pg_temp.survives(overlay(m PLACING right(to_hex((get_byte(decode(substr(m, i, 2), 'hex'), 0) # change) + 256), 2) FROM i FOR 2))
	FROM (SELECT model::text AS m FROM model WHERE k = 2) t, generate_series(3, length(m), 2) i, unnest(ARRAY[1, 128, 255]) change
	WHERE i < 3000
$$, 'any byte changed: refused or a value');

SELECT * FROM finish();
ROLLBACK;
