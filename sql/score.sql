-- score, evidence, score_array, scores, explain: worked examples, both clocks, statuses; and what each refuses
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, MDY';
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

-- a card of one signal of weight 1 and base 0, so that evidence is what the signal gives
CREATE FUNCTION pg_temp.one(signal jsonb) RETURNS scorecard LANGUAGE sql AS $$
	SELECT jsonb_build_object('intents', '{"i": {"base": 0}}'::jsonb, 'signals', jsonb_build_array(
		'{"name": "s", "touchpoints": ["*"], "measure": "count", "weights": {"i": 1}}'::jsonb || signal))::scorecard
$$;

-- the card of the first score: by hand, two viewings 2 and 4 days ago are 1/2 + 1/4, ln(1.75) = 0.559615787935;
-- the delivery that failed now is 1
SELECT '{"intents": {"purchase": {"base": -3.0}, "complaint": {"base": -4.0}},
 "session_gap": "30 minutes",
 "signals": [
  {"name": "viewing", "touchpoints": ["web:view", "app:*"], "measure": "count", "half_life": "2 days",
   "transform": "log1p", "weights": {"purchase": 0.4}},
  {"name": "failed delivery", "touchpoints": ["*:delivery_failed"], "measure": "count", "half_life": "14 days",
   "cap": 3, "weights": {"purchase": -1.5, "complaint": 2.0}}]}' AS card
\gset
SELECT '{2026-03-01T10:00:00Z web:view, 2026-03-03T10:00:00Z app:open, 2026-03-05T10:00:00Z post:delivery_failed,
	2026-03-05T11:00:00Z web:view, 2026-03-09T10:00:00Z call:complaint}' AS j
\gset
SELECT * FROM scores(:'j', :'card', as_of => '2026-03-05 10:00Z');
SELECT -3 + 0.4 * ln(1.75) - 1.5 AS purchase, -4 + 2.0 AS complaint,
	1 / (1 + exp(3 - 0.4 * ln(1.75) + 1.5)) AS p_purchase, 1 / (1 + exp(2.0)) AS p_complaint,
	1 / (1 + exp(3 + 1.5)) AS momentary_purchase;
SELECT * FROM explain(:'j', :'card', 'purchase', as_of => '2026-03-05 10:00Z');
SELECT * FROM explain(:'j', :'card', 'complaint', as_of => '2026-03-05 10:00Z');
SELECT evidence(:'j', :'card', 'purchase', '2026-03-05 10:00Z'), score(:'j', :'card', 'purchase', '2026-03-05 10:00Z'),
	scorecard_intents(:'card'), score_array(:'j', :'card', '2026-03-05 10:00Z');

-- measures: 3 a, the last 1 day ago; a sum of 10 (2 days ago), NULL and 5; two channels and none; two sessions
SELECT '{2026-03-01T00:00:00Z web:a value=10, 2026-03-01T00:30:00Z web:a, 2026-03-02T00:00:00Z a value=5, 2026-03-02T00:10:00Z call:b value=-7}' AS m
\gset
SELECT n, signal, evidence(:'m', pg_temp.one(signal::jsonb), 'i', '2026-03-03 00:00Z') FROM (VALUES
	(1, '{"measure": "count"}'),
	(2, '{"measure": "count", "touchpoints": ["a"]}'),
	(3, '{"measure": "count", "touchpoints": ["a", "web:*", "*"]}'),
	(4, '{"measure": "count", "touchpoints": [":a"]}'),
	(5, '{"measure": "count", "touchpoints": ["web:a"], "half_life": "1 day"}'),
	(6, '{"measure": "sum"}'),
	(7, '{"measure": "sum", "touchpoints": ["a"]}'),
	(8, '{"measure": "sum", "touchpoints": ["a"], "half_life": "1 day"}'),
	(9, '{"measure": "exists", "touchpoints": ["a"]}'),
	(10, '{"measure": "exists", "touchpoints": ["a"], "half_life": "1 day"}'),
	(11, '{"measure": "exists", "touchpoints": ["never"], "half_life": "1 day"}'),
	(12, '{"measure": "recency", "touchpoints": ["a"], "half_life": "12 hours"}'),
	(13, '{"measure": "recency", "touchpoints": ["never"], "half_life": "12 hours"}'),
	(14, '{"measure": "channels"}'),
	(15, '{"measure": "channels", "touchpoints": [":*"]}'),
	(16, '{"measure": "sessions"}'),
	(17, '{"measure": "sessions", "touchpoints": ["web:*"]}'),
	(18, '{"measure": "sessions", "touchpoints": ["never"]}')
) t(n, signal) ORDER BY n;
-- the gap of a session is the card's; exactly the gap is still one session
SELECT gap, evidence(:'m', ('{"intents": {"i": {"base": 0}}, "session_gap": "' || gap || '", "signals": [
	{"name": "s", "touchpoints": ["*"], "measure": "sessions", "weights": {"i": 1}}]}')::scorecard, 'i', '2026-03-03 00:00Z')
FROM (VALUES ('30 minutes'), ('29 minutes 59.999999 s'), ('1 day'), ('0 s'), ('100000000 days')) t(gap);

-- transforms and caps: of a sum of 8, of -7, of 0
SELECT n, change, evidence(:'m', pg_temp.one('{"measure": "sum", "touchpoints": ["*"]}'::jsonb || change), 'i', '2026-03-03 00:00Z') AS of_8,
	evidence(:'m', pg_temp.one('{"measure": "sum", "touchpoints": ["call:b"]}'::jsonb || change), 'i', '2026-03-03 00:00Z') AS of_minus_7,
	evidence(:'m', pg_temp.one('{"measure": "sum", "touchpoints": ["never"]}'::jsonb || change), 'i', '2026-03-03 00:00Z') AS of_0
FROM (VALUES
	(1, '{"transform": "linear"}'::jsonb),
	(2, '{"transform": "linear", "cap": 3}'),
	(3, '{"transform": "linear", "cap": 0}'),
	(4, '{"transform": "log1p"}'),
	(5, '{"transform": "log1p", "cap": 3}'),
	(6, '{"transform": {"points": [[-10, 1], [0, 0], [4, 8], [10, -4]]}}'),
	(7, '{"transform": {"points": [[-10, 1], [0, 0], [4, 8], [10, -4]]}, "cap": 2}'),
	(8, '{"transform": {"points": [[-6, 3], [7, 5]]}}'),
	(9, '{"transform": {"points": [[1, 0.5]]}}'),
	(10, '{"weights": {"i": -0.333333333333}}'),
	(11, '{"weights": {"i": 0}}')
) t(n, change) ORDER BY n;
SELECT round(ln(9.0), 12), round(-ln(8.0), 12), round(ln(4.0), 12), round(3 + 6.0 * 2 / 13, 12);

-- both clocks are inclusive, to the microsecond
SELECT '{2026-03-01T00:00:00Z a, 2026-03-02T00:00:00Z a recorded_at=2026-03-04T00:00:00Z, 2026-03-03T00:00:00Z a recorded_at=2026-03-02T12:00:00Z}' AS k
\gset
SELECT as_of, known_at, evidence(:'k', pg_temp.one('{}'), 'i', as_of, known_at) FROM (VALUES
	(timestamptz '2026-02-28 23:59:59.999999Z', NULL::timestamptz), ('2026-03-01Z', NULL), ('2026-03-01 23:59:59.999999Z', NULL),
	('2026-03-02Z', NULL), ('2026-03-03Z', NULL), ('2026-03-05Z', NULL), ('2026-03-05Z', '2026-03-05Z'), ('2026-03-05Z', '2026-03-04Z'),
	('2026-03-05Z', '2026-03-03 23:59:59.999999Z'), ('2026-03-05Z', '2026-03-02 12:00Z'), ('2026-03-05Z', '2026-03-02 11:59:59.999999Z'),
	('2026-03-05Z', '2026-03-01Z'), ('2026-03-05Z', '2026-02-01Z'), ('2026-03-02Z', '2026-03-03Z')) t(as_of, known_at);
-- a corrected event counts once, with the value known then
SELECT '{2026-03-01T10:00:00Z shop:order value=20 recorded_at=2026-03-01T11:00:00Z ref=o1,
	2026-03-01T10:00:00Z shop:order value=15 recorded_at=2026-03-02T11:00:00Z ref=o1}' AS corrected
\gset
SELECT known_at, evidence(:'corrected', pg_temp.one('{"measure": "sum"}'), 'i', '2026-03-05Z', known_at) AS sum,
	evidence(:'corrected', pg_temp.one('{"measure": "count"}'), 'i', '2026-03-05Z', known_at) AS count
FROM (VALUES (NULL::timestamptz), ('2026-03-01 10:30Z'), ('2026-03-01 11:00Z'), ('2026-03-02 10:59Z'), ('2026-03-02 11:00Z')) t(known_at);

-- momentary: the session open at as_of alone; a session that ended exactly the gap ago is open
SELECT as_of, momentary, overarching, evidence FROM (VALUES
	(timestamptz '2026-03-02 00:10Z'), ('2026-03-02 00:40Z'), ('2026-03-02 00:40:00.000001Z'), ('2026-03-01 00:15Z'), ('2026-03-01 01:00Z')) t(as_of),
	scores(:'m', pg_temp.one('{"measure": "sum", "weights": {"i": 0.1}}'), as_of);
SELECT measure, s.momentary = 1 / (1 + exp(-expected)) AS as_expected FROM (VALUES
	('count', '{}', 2), ('count', '{"touchpoints": ["a"]}', 1), ('sum', '{}', -2), ('sum', '{"touchpoints": ["web:a"]}', 0), ('exists', '{"touchpoints": ["web:a"]}', 0),
	('exists', '{"touchpoints": ["a"]}', 1), ('channels', '{}', 1), ('sessions', '{}', 1), ('sessions', '{"touchpoints": ["web:a"]}', 0)) t(measure, change, expected),
	scores(:'m', pg_temp.one(change::jsonb || jsonb_build_object('measure', measure)), '2026-03-02 00:10Z') s;

-- what there is not enough data for is a status, not an error
SELECT n, s.* FROM (VALUES
	(1, NULL::journey, :'card'::scorecard, timestamptz '2026-03-05Z', NULL::timestamptz),
	(2, '{}', :'card', '2026-03-05Z', NULL),
	(3, '{2026-03-06T00:00:00Z web:view}', :'card', '2026-03-05Z', NULL),
	(4, '{2026-03-01T00:00:00Z web:view recorded_at=2026-03-04T00:00:00Z}', :'card', '2026-03-05Z', '2026-03-03Z'),
	(5, '{2026-03-01T00:00:00Z mail:open}', :'card', '2026-03-05Z', NULL),
	(6, '{2026-03-01T00:00:00Z app:open}', :'card', '2026-03-05Z', NULL),
	(7, '{2026-03-01T00:00:00Z app:open}', :'card', '2026-03-05Z', '2026-03-05Z'),
	(8, '{2026-03-01T00:00:00Z app:open, 2026-03-02T00:00:00Z x recorded_at=2026-03-02T00:00:00Z}', :'card', '2026-03-05Z', '2026-03-05Z'),
	(9, '{2026-03-01T00:00:00Z app:open}', '{"intents": {"a": {"base": 0.5}}, "signals": []}', '2026-03-05Z', NULL)
) t(n, journey, card, as_of, known_at), scores(journey, card, as_of, known_at) s ORDER BY n, intent;
-- confidence: the share of the |weights| whose signals saw something
SELECT confidence, status FROM scores('{2026-03-01T00:00:00Z a}', '{"intents": {"i": {"base": 0}}, "signals": [
	{"name": "1", "touchpoints": ["a"], "measure": "count", "weights": {"i": -1.5}},
	{"name": "2", "touchpoints": ["b"], "measure": "count", "weights": {"i": 3}},
	{"name": "3", "touchpoints": ["a", "b"], "measure": "sum", "weights": {"i": 1.5}}]}', '2026-03-05Z');

-- NULL in, NULL out or no rows; but as_of is needed
SELECT score(NULL, :'card', 'purchase', '2026-03-05Z'), score('{}', :'card', 'purchase', '2026-03-05Z'),
	score(:'j', NULL, 'purchase', '2026-03-05Z'), score(:'j', :'card', NULL, '2026-03-05Z'),
	evidence(NULL, :'card', 'purchase', '2026-03-05Z'), score_array(NULL, :'card', '2026-03-05Z'), score_array(:'j', NULL, '2026-03-05Z');
SELECT count(*) FROM scores(:'j', NULL, '2026-03-05Z');
SELECT count(*) FROM explain(NULL, :'card', 'purchase', '2026-03-05Z');
SELECT count(*) FROM explain(:'j', :'card', NULL, '2026-03-05Z');

-- explain: shares by |measure| before the cap, the remainder to the largest, of equal ones to the first by name
SELECT touchpoint, n, contribution FROM explain('{2026-03-01T00:00:00Z w:c, 2026-03-01T00:00:00Z w:b, 2026-03-01T00:00:00Z a}',
	pg_temp.one('{"cap": 1}'), 'i', '2026-03-05Z') WHERE signal = 's';
SELECT touchpoint, n, contribution FROM explain('{2026-03-01T00:00:00Z a value=-2, 2026-03-01T00:00:00Z b value=5, 2026-03-01T00:00:00Z c}',
	pg_temp.one('{"measure": "sum"}'), 'i', '2026-03-05Z') WHERE signal = 's';
SELECT touchpoint, n, contribution FROM explain('{2026-03-01T00:00:00Z w:a, 2026-03-01T00:00:00Z "a b", 2026-03-01T00:00:00Z w2:a}',
	pg_temp.one('{"measure": "sum", "transform": {"points": [[0, 0.7]]}}'), 'i', '2026-03-05Z') WHERE signal = 's';
SELECT signal, touchpoint, n, last_seen, contribution FROM explain('{2026-03-01T00:00:00Z a, 2026-03-02T00:00:00Z w:b}', '{"intents": {"i": {"base": 0.25}, "k": {"base": 0}}, "signals": [
	{"name": "channels", "touchpoints": ["*"], "measure": "channels", "weights": {"i": 1}},
	{"name": "sessions", "touchpoints": ["*"], "measure": "sessions", "weights": {"i": 1}},
	{"name": "recency", "touchpoints": ["*"], "measure": "recency", "half_life": "1 day", "weights": {"i": 1}},
	{"name": "exists", "touchpoints": ["a"], "measure": "exists", "weights": {"i": 1}},
	{"name": "of another intent", "touchpoints": ["a"], "measure": "exists", "weights": {"k": 1}},
	{"name": "saw nothing", "touchpoints": ["never"], "measure": "count", "weights": {"i": 1}},
	{"name": "says that it saw nothing", "touchpoints": ["never"], "measure": "count", "transform": {"points": [[0, -1], [1, 1]]}, "weights": {"i": 1}},
	{"name": "cancelled out", "touchpoints": ["*"], "measure": "count", "cap": 0, "weights": {"i": 1}}]}', 'i', '2026-03-03Z');

-- decay of any age is a number, 0 at the end
SELECT half_life, evidence('{2026-03-01T00:00:00Z a value=1e300}', pg_temp.one(format('{"half_life": "%s"}', half_life)::jsonb), 'i', '2026-03-02Z') AS count,
	pg_temp.refused(format('SELECT evidence(''{2026-03-01T00:00:00Z a value=1e300}'', %L, ''i'', ''2026-03-02Z'')',
		pg_temp.one(format('{"measure": "sum", "half_life": "%s"}', half_life)::jsonb))) AS sum
FROM (VALUES ('86400 s'), ('1 hour'), ('0.864 s'), ('1 us'), ('100000000 days')) t(half_life);
SELECT evidence('{0001-01-01T00:00:00Z a}', pg_temp.one('{"half_life": "1 us"}'), 'i', '294276-12-31 23:59:59.999999Z');
SELECT score('{2026-03-01T00:00:00Z a}', pg_temp.one('{"weights": {"i": 1e20}}'), 'i', '2026-03-05Z') AS one,
	score('{2026-03-01T00:00:00Z a}', pg_temp.one('{"weights": {"i": -1e20}}'), 'i', '2026-03-05Z') AS zero;

-- the card may come from a table, toasted or not, and change from row to row
CREATE TABLE card (n int, card scorecard);
INSERT INTO card SELECT n, scorecard_from_jsonb(jsonb_build_object('intents', jsonb_build_object('i', jsonb_build_object('base', n % 3)), 'signals',
	(SELECT coalesce(jsonb_agg(jsonb_build_object('name', md5(i::text), 'touchpoints', '["*"]'::jsonb, 'measure', 'count',
		'weights', jsonb_build_object('i', 1))), '[]') FROM generate_series(1, CASE n % 4 WHEN 0 THEN 400 WHEN 1 THEN 60 ELSE n % 4 END) i)))
FROM generate_series(1, 12) n;
SELECT n, evidence(:'j', card, 'i', '2026-03-05 10:00Z') AS evidence, n % 3 + 3 * CASE n % 4 WHEN 0 THEN 400 WHEN 1 THEN 60 ELSE n % 4 END AS expected FROM card ORDER BY n;
SELECT count(*), count(DISTINCT s.evidence) FROM card, generate_series(1, 3), scores(:'j', card, '2026-03-05 10:00Z') s;
DROP TABLE card;
SELECT s.* FROM (SELECT (scores(:'j', :'card', '2026-03-05 10:00Z')).*) s;

-- refusals
SELECT n, pg_temp.refused(command) FROM (VALUES
	(1, format('SELECT score(%L, %L, ''refund'', ''2026-03-05Z'')', :'j', :'card')),
	(2, format('SELECT evidence(NULL, %L, ''Purchase'', ''2026-03-05Z'')', :'card')),
	(3, format('SELECT * FROM explain(%L, %L, '''', ''2026-03-05Z'')', :'j', :'card')),
	(4, format('SELECT score(%L, %L, ''purchase'', NULL)', :'j', :'card')),
	(5, format('SELECT evidence(%L, %L, ''purchase'', NULL)', :'j', :'card')),
	(6, format('SELECT score_array(%L, %L, NULL)', :'j', :'card')),
	(7, format('SELECT * FROM scores(NULL, %L, NULL)', :'card')),
	(8, format('SELECT * FROM explain(%L, NULL, ''purchase'', NULL)', :'j')),
	(9, format('SELECT score(%L, %L, ''purchase'', ''infinity'')', :'j', :'card')),
	(10, format('SELECT * FROM scores(%L, %L, ''-infinity'')', :'j', :'card')),
	(11, format('SELECT score_array(%L, %L, ''2026-03-05Z'', ''infinity'')', :'j', :'card')),
	(12, format('SELECT * FROM explain(%L, %L, ''purchase'', ''2026-03-05Z'', ''-infinity'')', :'j', :'card')),
	(13, $$SELECT evidence('{2026-03-01T00:00:00Z a value=1e27}', pg_temp.one('{"measure": "sum"}'), 'i', '2026-03-05Z')$$),
	(14, $$SELECT evidence('{2026-03-01T00:00:00Z a value=1e26, 2026-03-02T00:00:00Z a value=1e26}', pg_temp.one('{"measure": "sum"}'), 'i', '2026-03-05Z')$$),
	(15, $$SELECT evidence('{2026-03-01T00:00:00Z a value=1e20}', pg_temp.one('{"measure": "sum", "weights": {"i": 1e10}}'), 'i', '2026-03-05Z')$$),
	(16, format('SELECT score(%L, %L, ''purchase'')', :'j', :'card')),
	(17, format('SELECT score(%L, %L, repeat(''é'', 100), ''2026-03-05Z'')', :'j', :'card')),
	(18, $$SELECT score(1, 2, 'purchase', '2026-03-05Z')$$)
) t(n, command) ORDER BY n;
