-- train_state: rows as a value, merged and learned from; three ways in; what is refused
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

CREATE TYPE pg_temp.size AS ENUM ('small', 'large');
CREATE TEMP TABLE seen AS
SELECT n, (n % 10 - 2)::int2 AS visits, n % 7 * 1000 AS pages, n * 3000000000 AS far, (n % 13)::float4 / 10 AS share, n / 7.0::float8 AS seconds, (n % 9)::numeric / 4 AS spent, (ARRAY['web', 'app', '', NULL])[1 + n % 4] AS channel,
	n % 4 = 0 AS member, (ARRAY['small', 'large'])[1 + n % 2]::pg_temp.size AS size, NULL::text AS never, nullif(n % 5, 4) AS often, n % 3 AS times, nullif(n % 3 = 1 OR n % 10 > 6, n % 50 = 0) AS bought
FROM generate_series(1, 400) n;

-- the same predictor as of the rows: of a table, weighted, as objects, as numbers with names
SELECT kind, train(s, options) = train('SELECT visits, pages, far, share, seconds, spent, channel, member, size, never, often, bought FROM pg_temp.seen', 'bought', options) AS same
FROM (SELECT train_state(t, 'bought') AS s FROM (SELECT visits, pages, far, share, seconds, spent, channel, member, size, never, often, bought FROM seen) t) e,
	unnest(ARRAY['boosted', 'logistic']) kind, LATERAL (SELECT jsonb_build_object('model', kind, 'rounds', 20, 'seed', 5, 'monotone', '{"visits": "rising"}'::jsonb) AS options) o;
SELECT train(s, '{"model": "logistic"}') = train('SELECT visits, channel, bought::int, times FROM pg_temp.seen', 'bought', '{"model": "logistic", "weight": "times"}') AS same
FROM (SELECT train_state(t, 'bought', 'times') AS s FROM (SELECT visits, channel, bought::int, times FROM seen) t) e;
SELECT o::text = s::text AS same_state, w::text = v::text AS weighted
FROM (SELECT train_state(t, 'bought') AS s, train_state(t, 'bought', 'times') AS v FROM (SELECT visits, share, spent, channel, member, size, often, bought, times FROM seen) t) r,
	(SELECT train_state(to_jsonb(t) - 'bought', bought) AS o, train_state(to_jsonb(t) - '{bought,times}'::text[], bought, times) AS w FROM (SELECT visits, share, spent, channel, member, size, often, bought, times FROM seen) t) j;
SELECT train_state(ARRAY['visits', 'often', 'seconds'], ARRAY[visits, often, seconds], bought)::text = train_state(t, 'bought')::text AS same,
	train_state(ARRAY['visits', 'often', 'seconds'], ARRAY[visits, often, seconds], bought, 0.5)::text = (SELECT train_state(h, 'bought', 'half')::text FROM (SELECT visits, often, seconds, bought, 0.5 AS half FROM seen) h) AS weighted
FROM (SELECT visits, often, seconds, bought FROM seen) t;

-- its bytes
SELECT train_state(t, 'y') FROM (VALUES (1, 'a', true), (300, NULL, false), (NULL, 'b', true)) t(x, c, y);
SELECT what, train_state(t, 'y', 'w')::text FROM (VALUES (1, 'a number', 0.5::float8, 1::float8), (2, 'weighted', 2, 0.25), (3, 'none', NULL, 1)) v(n, what, x, w), LATERAL (SELECT x, w, n = 1 AS y) t GROUP BY n, what ORDER BY n;
SELECT train_state('{"x": null}', true), train_state('{}', false);
SELECT partial_kind(s), s::text::partial::text = s::text AS read_again, partial_send(s) = partial_send(s::text::partial) AS as_bytes FROM (SELECT train_state(t, 'bought') AS s FROM seen t) e;

-- parts: in any order; what one of them does not know is NULL, and NULL alone is either kind
SELECT train_merge(s ORDER BY part DESC)::text = (SELECT train_state(t, 'bought' ORDER BY md5(n::text))::text FROM seen t) AS same
FROM (SELECT n % 7 AS part, train_state(t, 'bought') AS s FROM seen t GROUP BY 1 UNION ALL SELECT 99, NULL) p;
SELECT train_merge(s)::text = (SELECT train_state(f, y)::text FROM (VALUES ('{"a": 1}'::jsonb, true), ('{"b": "x"}', false), ('{"a": null, "c": null}', true)) v(f, y)) AS same
FROM (SELECT train_state(f, y) AS s FROM (VALUES ('{"a": 1}'::jsonb, true), ('{"b": "x"}', false), ('{"a": null, "c": null}', true)) v(f, y) GROUP BY f) p;

-- too little to learn from
SELECT what, t.n, t.status, round(predict(m, '{"x": 1}')::numeric, 3) AS p FROM (
	SELECT 'one row' AS what, train(train_state('{"x": 1}', true)) AS m
	UNION ALL SELECT 'one class', train(train_state('{"x": 1}', false)) FROM generate_series(1, 50)
	UNION ALL SELECT 'few', train(train_state(jsonb_build_object('x', n), n < 5)) FROM generate_series(1, 50) n
	UNION ALL SELECT 'no features', train(train_state('{}', n < 25)) FROM generate_series(1, 50) n
	UNION ALL SELECT 'only NULL', train(train_state('{"x": null}', n < 25)) FROM generate_series(1, 50) n) v, predictor_training(m) t ORDER BY what COLLATE "C";
SELECT train(train_state(t, 'bought')) IS NULL AS no_rows, train_state(NULL::seen, 'bought') IS NULL AS no_row FROM seen t WHERE bought IS NULL;
SELECT train_state(NULL::jsonb, true) IS NULL AS no_features, train_state('{}', NULL::boolean) IS NULL AS no_label, train_state('{}', true, NULL) IS NULL AS no_weight, train_state('{}', true, 0) IS NULL AS weightless,
	train_state(NULL, '{1}'::float8[], true) IS NULL AS no_names, train_merge(NULL) IS NULL AS nothing, train(NULL::partial) IS NULL AS no_state;

-- rows that differ in type, names that differ by row
CREATE TEMP TABLE dropped (gone int, a int, y boolean);
INSERT INTO dropped SELECT 7, n, n % 2 = 0 FROM generate_series(1, 3) n;
ALTER TABLE dropped DROP gone;
SELECT train_state(d, 'y')::text = (SELECT train_state(t, 'y')::text FROM (SELECT a, y FROM dropped) t) AS dropped_columns_are_gone FROM dropped d;

-- what is refused
SELECT pg_temp.refused(command) FROM unnest(ARRAY[
	$$ SELECT train_state(t, 'label') FROM pg_temp.seen t $$,
	$$ SELECT train_state(t, 'bought', 'heavy') FROM pg_temp.seen t $$,
	$$ SELECT train_state(t, NULL) FROM pg_temp.seen t $$,
	$$ SELECT train_state(t, 'bought', NULL) FROM pg_temp.seen t $$,
	$$ SELECT train_state(t, 'channel') FROM pg_temp.seen t $$,
	$$ SELECT train_state(t, 'visits') FROM pg_temp.seen t $$,
	$$ SELECT train_state(t, 'y') FROM (SELECT now() AS x, true AS y) t $$,
	$$ SELECT train_state(t, 'y') FROM (SELECT 'NaN'::float8 AS x, true AS y) t $$,
	$$ SELECT train_state(t, 'y', 'w') FROM (SELECT 1 AS x, true AS y, -1 AS w) t $$,
	$$ SELECT train_state(t, 'y') FROM (SELECT 1 AS x, 2 AS x, true AS y) t $$,
	$$ SELECT train_state('[1]', true) $$,
	$$ SELECT train_state('{"x": [1]}', true) $$,
	$$ SELECT train_state('{"x": 1e400}', true) $$,
	$$ SELECT train_state(to_jsonb(t), true) FROM (VALUES (1.5::float8), ('NaN')) t(x) $$,
	$$ SELECT train_state('{"x": 1}', true, -1) $$,
	$$ SELECT train_state('{"x": 1}', true, 'NaN') $$,
	$$ SELECT train_state(ARRAY['x'], ARRAY[1, 2]::float8[], true) $$,
	$$ SELECT train_state(ARRAY['x', NULL], ARRAY[1, 2]::float8[], true) $$,
	$$ SELECT train_state(ARRAY['x'], ARRAY['Infinity']::float8[], true) $$,
	$$ SELECT train_state(ARRAY['x'], ARRAY[[1]]::float8[], true) $$,
	$$ SELECT train_state(ARRAY[n::text], ARRAY[1]::float8[], true) FROM generate_series(1, 1601) n $$,
	$$ SELECT train_merge(s) FROM (SELECT train_state(f, true) AS s FROM (VALUES ('{"x": 1}'::jsonb), ('{"x": "1"}')) v(f) GROUP BY f) p $$,
	$$ SELECT train_merge(s) FROM (SELECT naive_bayes_state('{}', true) AS s) b $$,
	$$ SELECT train(naive_bayes_state('{}', true)) $$,
	$$ SELECT train(train_state('{"x": 1}', true), '{"weight": "x"}') $$,
	$$ SELECT train(train_state('{"x": 1}', true), '{"monotone": {"z": "rising"}}') $$,
	$$ SELECT train(train_state('{"x": "a"}', true), '{"monotone": {"x": "rising"}}') $$,
	$$ SELECT train(train_state('{"x": 1}', true), '{"wait": 1}') $$,
	$$ SELECT 'train/1:AgABAQF4AQEBAg=='::partial $$,
	$$ SELECT 'train/1:AgEAAQF4AQg='::partial $$]) command;

-- bytes that are no text in this encoding are no text of a model
SELECT kind, pg_temp.refused(format('SELECT %s(%L::partial)', learn, kind || '/1:' || encode(overlay(bytes PLACING '\xff' FROM position('a'::bytea IN bytes)), 'base64')))
FROM (SELECT 'train' AS learn, train_state('{"x": "a"}', true) AS s UNION ALL SELECT 'naive_bayes', naive_bayes_state('{"x": "a"}', true)) states, partial_kind(s) kind, decode(split_part(s::text, ':', 2), 'base64') bytes;
