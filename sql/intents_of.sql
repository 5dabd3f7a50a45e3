-- What scores mean: intents_of and its taxonomy, stages, reasons; the reference for percentiles.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET IntervalStyle = 'postgres';
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

SELECT '{"intents": {"purchase": {"base": -3}, "cancel/price": {"base": -4}, "cancel/quality/broken": {"base": -4.5}, "cancel/quality/late": {"base": -5}},
 "signals": [
  {"name": "viewing", "touchpoints": ["web:view", "app:view"], "measure": "count", "half_life": "2 days", "weights": {"purchase": 0.4}},
  {"name": "comparing prices", "touchpoints": ["web:prices"], "measure": "exists", "weights": {"cancel/price": 1.5, "purchase": 0.25}},
  {"name": "complaining", "touchpoints": ["call:complain"], "measure": "count", "half_life": "14 days", "cap": 3, "weights": {"cancel/quality/broken": 2, "cancel/quality/late": 1, "purchase": -0.5}},
  {"name": "quiet", "touchpoints": ["*"], "measure": "recency", "half_life": "30 days", "transform": {"points": [[0, 1], [1, 0]]}, "weights": {"cancel/price": 0.5}}]}' AS card,
 '{2026-03-01T10:00:00Z web:view, 2026-03-03T10:00:00Z call:complain, 2026-03-03T10:10:00Z app:view, 2026-03-10T10:00:00Z web:view, 2026-03-10T10:05:00Z web:prices}' AS j
\gset

-- all of it, in the session of 10 March
SELECT intent, parent, probability, momentary, divergence, evidence FROM intents_of(:'j', :'card', '2026-03-10 10:10Z');
SELECT intent, stage, events, channels, span, identified_share, confidence, status FROM intents_of(:'j', :'card', '2026-03-10 10:10Z', identified => '{call:*, web:prices}');
SELECT intent, unnest(reasons) AS reason FROM intents_of(:'j', :'card', '2026-03-10 10:10Z');
-- an intent that is no path says what scores() says, bit for bit
SELECT i.probability = s.probability AND i.momentary = s.momentary AND i.overarching = s.overarching AND i.evidence = s.evidence AND i.confidence = s.confidence AS same
FROM intents_of(:'j', :'card', '2026-03-10 10:10Z') i JOIN scores(:'j', :'card', '2026-03-10 10:10Z') s ON s.intent = i.intent AND s.intent = 'purchase';

-- a parent that the card has keeps its own probability, and its children share it
SELECT '{"intents": {"cancel": {"base": -1}, "cancel/price": {"base": 0}, "cancel/quality": {"base": 1}, "cancel!": {"base": 0}, "/odd": {"base": 0}, "odd/": {"base": 0}, "a//b": {"base": 0}}, "signals": []}' AS owned
\gset
SELECT intent, parent, probability, evidence FROM intents_of(:'j', :'owned', '2026-03-10Z');
SELECT 1 / (1 + exp(1.0)) AS cancel, 1 / (1 + exp(1.0)) / (1 + exp(1.0)) AS price, exp(1.0) / (1 + exp(1.0)) / (1 + exp(1.0)) AS quality;
-- far out: no NaN, nothing above 1
SELECT base, intent, probability, divergence FROM (VALUES ('1000', '999'), ('-1000', '-1001'), ('800', '-800'), ('1e20', '-1e20')) t(base, other),
	intents_of('{2026-03-10T10:00:00Z a}', ('{"intents": {"x/a": {"base": ' || base || '}, "x/b": {"base": ' || other || '}}, "signals": []}')::scorecard, '2026-03-10 10:10Z');

-- stages of purchase, as time goes by
SELECT as_of, stage, status, reasons FROM (VALUES (timestamptz '2026-03-01 09:00Z'), ('2026-03-01 10:05Z'), ('2026-03-02 10:00Z'), ('2026-03-04 10:00Z'), ('2026-03-09 10:00Z'), ('2026-03-10 10:01Z'), ('2026-03-10 12:00Z'), ('2026-03-20 12:00Z')) t(as_of),
	intents_of(:'j', '{"intents": {"purchase": {"base": -3}}, "signals": [{"name": "viewing", "touchpoints": ["web:view", "app:view"], "measure": "count", "half_life": "2 days", "weights": {"purchase": 0.4}}]}', as_of) ORDER BY as_of;
-- reasons in words: how long ago, how often, how much
SELECT age, reasons FROM (VALUES (interval '0'), ('59.999999 s'), ('1 min'), ('1 h 59 min'), ('47 h'), ('48 h'), ('1000 days')) t(age),
	intents_of('{2026-03-01T00:00:00Z a}', '{"intents": {"i": {"base": 0}}, "signals": [{"name": "s", "touchpoints": ["a"], "measure": "count", "weights": {"i": -0.005}}]}', timestamptz '2026-03-01Z' + age) ORDER BY age;
SELECT reasons FROM (VALUES ('0.004'), ('0.005'), ('-12.345'), ('1e20')) t(weight),
	intents_of('{2026-03-01T00:00:00Z a, 2026-03-01T00:00:01Z a}', ('{"intents": {"i": {"base": 0}}, "signals": [{"name": "s", "touchpoints": ["a"], "measure": "exists", "weights": {"i": ' || weight || '}}]}')::scorecard, '2026-03-02Z');
-- of many, the greatest three either way, equal ones in the order of the card
SELECT reasons FROM intents_of('{2026-03-01T00:00:00Z a}', (SELECT scorecard_from_jsonb(jsonb_build_object('intents', '{"i": {"base": 0}}'::jsonb, 'signals',
	jsonb_agg(jsonb_build_object('name', 's' || n, 'touchpoints', '["a"]'::jsonb, 'measure', 'count', 'weights', jsonb_build_object('i', w)))))
	FROM (VALUES (1, 0.5), (2, -2), (3, 0.5), (4, 2), (5, 0.5), (6, 1)) v(n, w)), '2026-03-02Z');

-- known_at cuts the coverage, too
SELECT known_at, events, channels, span, status FROM (VALUES (NULL::timestamptz), ('2026-03-01 12:00Z'), ('2026-03-03Z')) t(known_at),
	intents_of('{2026-03-01T10:00:00Z a:x recorded_at=2026-03-02T00:00:00Z, 2026-03-01T11:00:00Z b:x recorded_at=2026-03-01T11:00:00Z, 2026-03-01T11:30:00Z b:y}',
		'{"intents": {"i": {"base": 0}}, "signals": []}', '2026-03-05Z', known_at);

-- too little is a status
SELECT n, intent, probability, momentary, percentile, evidence, stage, events, channels, span, identified_share, confidence, status, reasons FROM (VALUES
	(1, NULL::journey, 1), (2, '{}', 1), (3, '{2026-03-10T10:00:00Z web:view}', 2), (4, '{2026-03-10T10:00:00Z web:view, 2026-03-10T10:00:01Z web:view}', 2), (5, '{2026-03-10T10:00:00Z mail:x}', NULL)) t(n, j, min_events),
	intents_of(j, '{"intents": {"a/b": {"base": -3}}, "signals": [{"name": "viewing", "touchpoints": ["web:view"], "measure": "count", "weights": {"a/b": 0.4}}]}', '2026-03-10 10:10Z', identified => '{}', min_events => min_events,
		reference => (SELECT score_reference('a/b', n) FROM generate_series(-5, 5) n)) ORDER BY n, intent;
SELECT count(*) FROM intents_of(:'j', NULL, '2026-03-10Z');

-- the reference: bins of 1/32, equal ones count half, the ends take what is beyond
SELECT evidence, score_percentile((SELECT score_reference('i', e) FROM unnest(ARRAY[-100, -1, 0, 0.01, 1, 100]) e), 'i', evidence)
FROM unnest(ARRAY[-1000, -32, -1, -0.5, -0.000000000001, 0, 0.03, 0.03125, 1, 31.97, 1000]) evidence ORDER BY evidence;
SELECT score_percentile(score_reference('i', 1), 'k', 1), score_percentile(NULL, 'i', 1), score_reference(NULL, NULL) IS NULL FROM generate_series(1, 2);
SELECT score_reference(i, e)::text = (SELECT score_reference_merge(s)::text FROM (SELECT score_reference(i, e) AS s FROM (VALUES ('b', 1.5), ('a', -1), ('b', 1.5), ('a', 7)) t(i, e) GROUP BY e) p) AS same FROM (VALUES ('a', 7), ('a', -1), ('b', 1.5), ('b', 1.5)) t(i, e);
SELECT score_reference(i, e) FROM (VALUES ('b', 1.5), ('a', -1), ('b', 1.5), ('a', 7)) t(i, e);
-- another reference row by row
SELECT n, percentile FROM (SELECT n, score_reference('i', v) AS r FROM generate_series(1, 3) n, generate_series(1, 10) v WHERE v > n GROUP BY n ORDER BY n) t, intents_of(:'j', '{"intents": {"i": {"base": 5}}, "signals": []}', '2026-03-10Z', reference => r) ORDER BY n;

-- refusals
SELECT n, pg_temp.refused(command) FROM (VALUES
	(1, format('SELECT * FROM intents_of(%L, %L, NULL)', :'j', :'card')),
	(2, format('SELECT * FROM intents_of(%L, %L, ''infinity'')', :'j', :'card')),
	(3, format('SELECT * FROM intents_of(%L, %L, ''2026-03-10Z'', min_events => 0)', :'j', :'card')),
	(4, format('SELECT * FROM intents_of(%L, %L, ''2026-03-10Z'', reference => ''retention/1:AA=='')', :'j', :'card')),
	(5, format('SELECT * FROM intents_of(%L, %L, ''2026-03-10Z'', identified => ''{a:b:c}'')', :'j', :'card')),
	(6, $$SELECT score_percentile('retention/1:AA==', 'i', 1)$$),
	(7, $$SELECT score_reference('i', 'NaN')$$),
	(8, $$SELECT score_reference('i', 1e30)$$),
	(9, $$SELECT 'score_reference/1:AQ=='::partial$$),
	(10, $$SELECT score_reference_merge('retention/1:AA==')$$)) t(n, command) ORDER BY n;
