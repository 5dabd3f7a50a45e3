-- features: lists of signals and their forms, each measure by hand, the same in a scorecard, what is refused
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

\pset format unaligned
\pset tuples_only on

-- canonical text; half-lives spread
SELECT '[{"name": "viewing", "touchpoints": ["web:view"], "measure": "count", "half_life": ["1 hour", "1 day", "PT336H", null], "transform": "log1p"}]'::signal_list;
SELECT '{"signals": [
	{"transform": {"points": [[0, 0], [1, 1]]}, "cap": 5, "weekdays": ["sun", "mon"], "hours": [22, 6], "after": ["a", "b"], "until": ["c", ":d"],
		"within": "30 days", "half_life": "36:00:00", "measure": "count", "touchpoints": ["*"], "name": "all keys"},
	{"name": "weeks", "touchpoints": ["*"], "measure": "periods", "period": "7 days"}, {"name": "days", "touchpoints": ["*"], "measure": "periods"},
	{"name": "visits", "touchpoints": ["*"], "measure": "sessions", "session_gap": "1 day"},
	{"name": "path", "pattern": "view->cart  ->[<= 7 days]   !buy", "measure": "matched"}], "utc_offset": "-03:30", "session_gap": "1 hour"}'::signal_list AS long
\gset
SELECT :'long';
SELECT l = l::text::signal_list, l = l::jsonb::signal_list, length(signal_list_send(l)) = length(l::text), same(l, l), not_same(l, '[]'), l <> '[]',
	signal_list_hash(l) = signal_list_hash(l::jsonb::signal_list), signal_names(l) FROM (SELECT :'long'::signal_list) v(l);
SELECT signal_names('[]'), features('{2026-03-01T00:00:00Z a}', '[]', '2026-03-01Z');

-- each measure by hand: three evenings of views, two purchases; as of 9 March, a Monday
SELECT '{2026-03-02T18:00:00Z mail:offer, 2026-03-02T18:10:00Z web:view, 2026-03-02T18:20:00Z web:view, 2026-03-03T12:00:00Z web:buy value=10,
	2026-03-05T18:00:00Z app:view, 2026-03-07T09:00:00Z call:complaint, 2026-03-08T20:00:00Z web:view, 2026-03-08T20:05:00Z web:view,
	2026-03-08T20:10:00Z web:view, 2026-03-08T20:15:00Z web:buy value=5}' AS j
\gset
CREATE FUNCTION pg_temp.measured(journey journey, signal jsonb) RETURNS numeric LANGUAGE sql AS $$
	SELECT round((features(journey, jsonb_build_array('{"name": "s", "touchpoints": ["view"]}'::jsonb || signal)::signal_list, '2026-03-09 20:00Z'))[1]::numeric, 6)
$$;
SELECT s, pg_temp.measured(:'j', s::jsonb), by_hand FROM (VALUES
	('{"measure": "count"}', '6'),
	('{"measure": "count", "within": "2 days"}', '3'),
	('{"measure": "count", "half_life": "1 day", "touchpoints": ["complaint"]}', '2^-(59/24)'),
	('{"measure": "sum", "touchpoints": ["*"], "half_life": "6 days 8 hours"}', '10/2 + 5 * 2^-(23.75/152)'),
	('{"measure": "touchpoints", "touchpoints": ["*"]}', 'offer, view on two, buy, complaint'),
	('{"measure": "channels", "touchpoints": ["*"]}', 'mail, web, app, call'),
	('{"measure": "channels", "touchpoints": ["*"], "within": "2 days"}', 'web: the call was 59 hours ago'),
	('{"measure": "sessions"}', '2 March, 5 March, 8 March'),
	('{"measure": "sessions", "session_gap": "80 hours"}', 'no pause of the journey is longer'),
	('{"measure": "sessions", "session_gap": "45 hours"}', '3 to 5 March is 54'),
	('{"measure": "periods", "touchpoints": ["*"]}', '2, 3, 5, 7, 8 March'),
	('{"measure": "periods", "touchpoints": ["*"], "period": "7 days"}', 'the week from 2 March'),
	('{"measure": "tenure"}', '7 days 1 h 50 min'),
	('{"measure": "tenure", "touchpoints": ["complaint"], "until": ["solved"]}', 'open for 59/24'),
	('{"measure": "rhythm", "touchpoints": ["buy"]}', '5 days 8 h 15 min'),
	('{"measure": "rhythm", "touchpoints": ["complaint"]}', 'one has none'),
	('{"measure": "overdue", "touchpoints": ["buy"]}', '(23 h 45 min) / (128 h 15 min)'),
	('{"measure": "unusual"}', 'ln(1 + 3) - ln(1 + (2 + 1)/2)'),
	('{"measure": "unusual", "touchpoints": ["web:buy"]}', 'ln 2 - ln 2'),
	('{"measure": "unusual", "half_life": "23 hours 50 minutes"}', 'half of it'),
	('{"measure": "count", "after": ["view"]}', 'one on 2 March, two on 8 March'),
	('{"measure": "count", "after": ["offer", "view"]}', 'on 2 March'),
	('{"measure": "count", "touchpoints": ["*"], "after": ["*", "complaint"]}', 'on 8 March'),
	('{"measure": "count", "until": ["buy"]}', 'none since'),
	('{"measure": "count", "touchpoints": ["complaint", "buy"], "until": ["buy"]}', 'what settles is settled'),
	('{"measure": "exists", "touchpoints": ["complaint"], "until": ["solved"]}', 'still open'),
	('{"measure": "count", "hours": [20, 24]}', '8 March'),
	('{"measure": "count", "hours": [20, 19]}', 'not those at 18'),
	('{"measure": "count", "weekdays": ["mon"]}', '2 March')) v(s, by_hand);
SELECT p, features(:'j', jsonb_build_array(jsonb_build_object('name', 's', 'pattern', p, 'measure', m))::signal_list, '2026-03-09 20:00Z')
FROM (VALUES ('offer -> view -> buy', 'matched'), ('buy -> offer', 'matched'), ('offer -> buy -> complaint -> solved', 'level'), ('^ offer', 'matched'), ('complaint $', 'level')) v(p, m);
SELECT offset_, features('{2026-03-01T23:30:00Z a}', format('{"utc_offset": "%s", "signals": [{"name": "mon", "touchpoints": ["a"], "measure": "count", "weekdays": ["mon"], "hours": [0, 1]}]}', offset_)::signal_list, '2026-03-02Z')
FROM (VALUES ('+00:00'), ('+00:30'), ('+01:00'), ('-15:59')) v(offset_);

-- clocks, nothing, everything
SELECT features(j, '[{"name": "n", "touchpoints": ["*"], "measure": "count"}, {"name": "p", "touchpoints": ["b"], "measure": "tenure", "transform": {"points": [[0, 0.5], [1, 1]]}}]', as_of, known_at)
FROM (VALUES ('{2026-03-01T00:00:00Z a recorded_at=2026-03-05T00:00:00Z, 2026-03-02T00:00:00Z b}'::journey, timestamptz '2026-03-03Z', timestamptz '2026-03-03Z'),
	('{2026-03-01T00:00:00Z a recorded_at=2026-03-05T00:00:00Z, 2026-03-02T00:00:00Z b}', '2026-03-03Z', NULL),
	('{2026-03-01T00:00:00Z a}', '2026-02-03Z', NULL), ('{}', '2026-02-03Z', NULL), (NULL, '2026-02-03Z', NULL)) v(j, as_of, known_at);
SELECT features('{2026-03-01T00:00:00Z a}', NULL, '2026-03-02Z'), features('{0001-01-01T00:00:00Z a, 294276-12-31T23:59:59.999999Z a}',
	'[{"name": "t", "touchpoints": ["a"], "measure": "tenure"}, {"name": "r", "touchpoints": ["a"], "measure": "rhythm"}, {"name": "o", "touchpoints": ["a"], "measure": "overdue"},
	{"name": "d", "touchpoints": ["a"], "measure": "periods", "hours": [0, 12]}, {"name": "w", "touchpoints": ["a"], "measure": "periods", "period": "100000000 days"}]', '294276-12-31 23:59:59.999999Z');
SELECT features('{2026-03-01T00:00:00Z a, 2026-03-01T00:00:00.000001Z a}', '[{"name": "o", "touchpoints": ["a"], "measure": "overdue", "session_gap": "0 s"}]', '2026-03-05Z');

-- in a scorecard: explained in one line, momentary as if the open session were all
SELECT '{"intents": {"i": {"base": 0}}, "signals": [
	{"name": "unusual", "touchpoints": ["view"], "measure": "unusual", "weights": {"i": -1}},
	{"name": "open", "touchpoints": ["complaint"], "measure": "count", "until": ["solved"], "weights": {"i": -2}},
	{"name": "then", "touchpoints": ["buy"], "measure": "count", "after": ["view"], "weights": {"i": 0.5}},
	{"name": "path", "pattern": "view -> buy", "measure": "level", "weights": {"i": 0.25}}]}' AS card
\gset
SELECT scorecard_signals(:'card');
SELECT * FROM explain(:'j', :'card', 'i', '2026-03-08 20:20Z');
SELECT evidence, round(momentary::numeric, 6), round(overarching::numeric, 6), confidence FROM scores(:'j', :'card', '2026-03-08 20:20Z');
SELECT evidence, momentary, confidence, status FROM scores('{2026-03-01T00:00:00Z other}', :'card', '2026-03-08 20:20Z');

-- a queue's own distribution
SELECT wait_points(ARRAY[interval '1 hour', interval '2 hours', interval '12 hours', interval '5 days']), wait_points('{}'), wait_points('{NULL,-1 day}'), wait_points(NULL), wait_points('{0 s, 1 day}');

-- proposals
SELECT signal_names(propose_signals($$ SELECT journey_agg(timestamptz '2026-03-01Z' + n * interval '7 hours', CASE n % 3 WHEN 0 THEN 'web' END, CASE n % 3 WHEN 2 THEN 'buy' ELSE 'view' END,
	CASE n % 3 WHEN 2 THEN 1.0 END) AS journey FROM generate_series(1, 90) n GROUP BY n % 10 $$));
SELECT signal_names(propose_signals('SELECT NULL::intent.journey AS journey', 2));
SELECT array_length(signal_names(propose_signals($$ SELECT journey_agg(timestamptz '2026-03-01Z' + n * interval '1 day', 'view') AS journey FROM generate_series(1, 90) n GROUP BY n % 10 $$, as_of => '2026-02-01Z')), 1);

-- refusals: what a list says
SELECT n, pg_temp.refused(format('SELECT %L::signal_list', json)) FROM (VALUES
	(1, '{'), (2, '7'), (3, '{"signals": {}}'), (4, '{"signal": []}'), (5, '[{"name": "s", "touchpoints": ["a"], "measure": "count", "weights": {"i": 1}}]'),
	(6, '[{"name": "s", "touchpoints": ["a"], "measure": "count", "half_life": []}]'), (7, '[{"name": "s", "touchpoints": ["a"], "measure": "count", "half_life": ["1 month"]}]'),
	(8, '[{"name": "s", "touchpoints": ["a"], "measure": "recency", "half_life": [null]}]'), (9, '[{"name": "s", "touchpoints": ["a"], "measure": "count", "half_life": ["1 day", "24 hours"]}]'),
	(10, '[{"name": "s", "touchpoints": ["a"], "measure": "tenure", "half_life": "1 day"}]'), (11, '[{"name": "s", "pattern": "a", "measure": "count"}]'),
	(12, '[{"name": "s", "touchpoints": ["a"], "pattern": "a", "measure": "matched"}]'), (13, '[{"name": "s", "touchpoints": ["a"], "measure": "level"}]'),
	(14, '[{"name": "s", "pattern": "a ->", "measure": "matched"}]'), (15, '[{"name": "s", "pattern": "a", "until": ["b"], "measure": "matched"}]'),
	(16, '[{"name": "s", "touchpoints": ["a"], "until": ["b"], "measure": "channels"}]'), (17, '[{"name": "s", "touchpoints": ["a"], "after": ["a", "b", "c"], "measure": "count"}]'),
	(18, '[{"name": "s", "touchpoints": ["a"], "hours": [3], "measure": "count"}]'), (19, '[{"name": "s", "touchpoints": ["a"], "hours": [3, 25], "measure": "count"}]'),
	(20, '[{"name": "s", "touchpoints": ["a"], "hours": [3, 3], "measure": "count"}]'), (21, '[{"name": "s", "touchpoints": ["a"], "hours": [3.5, 4], "measure": "count"}]'),
	(22, '[{"name": "s", "touchpoints": ["a"], "weekdays": ["monday"], "measure": "count"}]'), (23, '[{"name": "s", "touchpoints": ["a"], "weekdays": [], "measure": "count"}]'),
	(24, '[{"name": "s", "touchpoints": ["a"], "period": "1 day", "measure": "sessions"}]'), (25, '[{"name": "s", "touchpoints": ["a"], "session_gap": "1 day", "measure": "periods"}]'),
	(26, '[{"name": "s", "touchpoints": ["a"], "session_gap": "1 day", "measure": "count"}]'), (27, '[{"name": "s", "touchpoints": ["a"], "period": "0 s", "measure": "periods"}]'),
	(28, '[{"name": "s", "touchpoints": ["a"], "within": "0 s", "measure": "count"}]'), (29, '{"utc_offset": "1 hour", "signals": []}'), (30, '{"utc_offset": "+16:00", "signals": []}'),
	(31, '[{"name": "s", "touchpoints": ["a"], "until": [], "measure": "count"}]'), (32, '[{"name": "s", "touchpoints": ["a"], "until": ["a:b:c"], "measure": "count"}]')) v(n, json);
SELECT pg_temp.refused($$ SELECT '{"intents": {"i": {"base": 0}}, "signals": [{"name": "s", "touchpoints": ["a"], "measure": "count", "half_life": ["1 day"], "weights": {"i": 1}}]}'::scorecard $$);

-- refusals: what functions are given
SELECT n, pg_temp.refused(command) FROM (VALUES
	(1, $$ SELECT features('{}', '[]', NULL) $$), (2, $$ SELECT features('{}', '[]', 'infinity') $$), (3, $$ SELECT features('{}', '[]', '2026-03-01Z', '-infinity') $$),
	(4, $$ SELECT features('{2026-03-01T00:00:00Z a value=1e27}', '[{"name": "s", "touchpoints": ["a"], "measure": "sum"}]', '2026-03-01Z') $$),
	(5, $$ SELECT propose_signals(NULL) $$), (6, $$ SELECT propose_signals('SELECT 1 AS journey') $$), (7, $$ SELECT propose_signals('SELECT 1 AS journeys') $$),
	(8, $$ SELECT propose_signals('SELECT NULL::intent.journey AS journey', 0) $$), (9, $$ SELECT propose_signals('DELETE FROM nothing') $$),
	(10, $$ SELECT propose_signals('SELECT j AS journey, j AS journey FROM (VALUES (NULL::intent.journey)) v(j)') $$)) v(n, command);
