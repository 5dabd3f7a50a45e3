-- scorecard: the type, its forms, equality; and every kind of mistake, with the place it names
SET search_path = public, intent;

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

-- canonical text: keys in one order, intents by name, shortest numbers and durations
\pset format unaligned
\pset tuples_only on
SELECT '{"intents": {"purchase": {"base": -3.0}, "complaint": {"base": -4.0}},
 "session_gap": "30 minutes",
 "signals": [
  {"name": "viewing", "touchpoints": ["web:view", "app:*"], "measure": "count", "half_life": "2 days",
   "transform": "log1p", "weights": {"purchase": 0.4}},
  {"name": "failed delivery", "touchpoints": ["*:delivery_failed"], "measure": "count", "half_life": "14 days",
   "cap": 3, "weights": {"purchase": -1.5, "complaint": 2.0}}]}'::scorecard AS issue
\gset
SELECT :'issue';
SELECT '{"signals": [{"weights": {"b": 1e-12, "a": -0.0}, "transform": {"points": [[-1.5e1, 0], [0.50, 1E+2]]}, "cap": 0,
	"half_life": "36:00:00", "measure": "recency", "touchpoints": ["a", ":a", "*:a", "c:*", "\"c d\":\"e\"\"f\"", "\"g\":h"],
	"name": "all\tkeys \u00e9 \ud83d\ude00 \\ \""}],
	"session_gap": "PT0S", "intents": {"b": {"base": 0.1234567890125}, "a": {"base": 0.1234567890135}}}'::scorecard;
SELECT '{"intents": {"a": {"base": 123456789012345678901234.5}}, "signals": []}'::scorecard;
SELECT scorecard_intents(:'issue'), scorecard_intents('{"intents": {"ä": {"base": 0}, "b": {"base": 0}, "B": {"base": 0}}, "signals": []}');

-- all forms give the same value back
CREATE TABLE card (n int, card scorecard);
INSERT INTO card VALUES (1, :'issue'), (2, '{"intents": {"a": {"base": 1}}, "signals": []}');
INSERT INTO card SELECT 3, jsonb_build_object('intents', '{"a": {"base": 1}}'::jsonb, 'signals', jsonb_agg(
	jsonb_build_object('name', 's' || i, 'touchpoints', jsonb_build_array('c:e' || i, md5(i::text)), 'measure', 'sum',
		'half_life', i || ' s', 'weights', jsonb_build_object('a', i / 7.0))))::scorecard
FROM generate_series(1, 3000) i;
SELECT n, card::text::scorecard = card AS text, card::jsonb::scorecard = card AS jsonb,
	scorecard_from_jsonb(scorecard_to_jsonb(card)) = card AS twins,
	convert_from(scorecard_send(card), 'UTF8') = card::text AS binary, length(card::text) > 100000 AS long
FROM card ORDER BY n;
SELECT card::jsonb FROM card WHERE n = 2;
SELECT count(*), count(DISTINCT scorecard_hash(card)), count(DISTINCT scorecard_hash(card, 7)) FROM (
	SELECT card FROM card UNION SELECT card FROM card) c;
SELECT same(a.card, b.card), not_same(a.card, b.card), a.card = b.card, a.card <> b.card
FROM card a, card b WHERE a.n = 1 AND b.n <= 2 ORDER BY b.n;
SELECT '{"intents": {"a": {"base": 1}, "b": {"base": 2}}, "session_gap": "1800 s", "signals": []}'::scorecard
	= '{"signals": [], "intents": {"b": {"base": 2.000}, "a": {"base": 10e-1}}}' AS one_model;
SELECT scorecard_in(NULL) IS NULL, scorecard_intents(NULL) IS NULL, NULL::jsonb::scorecard IS NULL;
SELECT card::scorecard = (SELECT card FROM card WHERE n = 1) FROM (VALUES (:'issue'::text)) t(card);

-- refusals: text that is no JSON
SELECT n, pg_temp.refused(format('SELECT %L::scorecard', card)) FROM (VALUES
	(1, ''), (2, '{'), (3, '{"intents"}'), (4, '{"intents": {}'), (5, '[1,]'), (6, '{} {}'), (7, '{"intents": 01}'),
	(8, '{"intents": +1}'), (9, '{"intents": 1.}'), (10, '{"intents": 1e}'), (11, '{"intents": NaN}'), (12, '{"intents": tru}'),
	(13, '"open'), (14, E'"line\nbreak"'), (15, '"\x"'), (16, '"\u12"'), (17, '"\u0000"'), (18, '"\ud800"'),
	(19, '"\ud800\u0041"'), (20, '"\udc00"'), (21, '{''intents'': 1}'), (22, '{"intents": {"a": {"base": 1}}, "intents": 2}'),
	(23, repeat('[', 100)), (24, repeat('{"a":', 100)), (25, repeat('[', 1000000))
) t(n, card) ORDER BY n;

-- refusals: the document and its intents
SELECT n, pg_temp.refused(format('SELECT %L::scorecard', card)) FROM (VALUES
	(1, 'null'), (2, '[]'), (3, '3'), (4, '{}'), (5, '{"intents": {"a": {"base": 1}}}'),
	(6, '{"intents": {"a": {"base": 1}}, "signals": [], "sesion_gap": "1 h"}'),
	(7, '{"intents": ["a"], "signals": []}'), (8, '{"intents": {}, "signals": []}'),
	(9, '{"intents": {"a": -3}, "signals": []}'), (10, '{"intents": {"a": {}}, "signals": []}'),
	(11, '{"intents": {"a": {"base": "1"}}, "signals": []}'), (12, '{"intents": {"a": {"base": null}}, "signals": []}'),
	(13, '{"intents": {"a": {"base": 1, "label": "x"}}, "signals": []}'), (14, '{"intents": {"": {"base": 1}}, "signals": []}'),
	(15, '{"intents": {"a": {"base": 1}, "b": {"base": 2}, "a": {"base": 1}}, "signals": []}'),
	(16, '{"intents": {"a": {"base": 1e400}}, "signals": []}'),
	(17, '{"intents": {"a": {"base": 1e27}}, "signals": []}'),
	(18, '{"intents": {"a": {"base": ' || repeat('9', 500) || '}}, "signals": []}'),
	(19, '{"intents": {"a": {"base": 1}}, "session_gap": 30, "signals": []}'),
	(20, '{"intents": {"a": {"base": 1}}, "session_gap": "30", "signals": []}'),
	(21, '{"intents": {"a": {"base": 1}}, "session_gap": "-1 hour", "signals": []}'),
	(22, '{"intents": {"a": {"base": 1}}, "session_gap": "1 month", "signals": []}'),
	(23, '{"intents": {"a": {"base": 1}}, "session_gap": "P1Y", "signals": []}'),
	(24, '{"intents": {"a": {"base": 1}}, "session_gap": "99999999999 days", "signals": []}'),
	(25, '{"intents": {"a": {"base": 1}}, "signals": {}}'),
	(26, '{"intents": {"a": {"base": 1}}, "signals": [1]}'),
	(27, '{"' || repeat('é', 1000) || '": 1}'),
	(28, '{"intents": {' || (SELECT string_agg(format('"i%s": {"base": 0}', i), ',') FROM generate_series(1, 1001) i) || '}, "signals": []}')
) t(n, card) ORDER BY n;

-- refusals: signals; each is a good one with one key changed, or removed if NULL
SELECT n, pg_temp.refused(format('SELECT %L::jsonb::scorecard', jsonb_build_object('intents', '{"a": {"base": 1}, "b": {"base": 2}}'::jsonb,
	'signals', jsonb_build_array('{"name": "first", "touchpoints": ["x"], "measure": "count", "weights": {"a": 1}}'::jsonb,
		jsonb_strip_nulls('{"name": "s", "touchpoints": ["web:view"], "measure": "count", "weights": {"a": 1}}'::jsonb || change::jsonb)))))
FROM (VALUES
	(1, '{"name": null}'), (2, '{"name": ""}'), (3, '{"name": 7}'), (4, '{"name": "first"}'), (5, '{"name": "(base)"}'),
	(6, '{"touchpoints": null}'), (7, '{"touchpoints": "web:view"}'), (8, '{"touchpoints": []}'), (9, '{"touchpoints": [1]}'),
	(10, '{"touchpoints": ["x", "a b"]}'), (11, '{"touchpoints": ["a:b:c"]}'), (12, '{"touchpoints": [""]}'), (13, '{"touchpoints": ["\"open"]}'),
	(14, '{"measure": null}'), (15, '{"measure": "average"}'), (16, '{"measure": ["count"]}'),
	(17, '{"measure": "recency"}'), (18, '{"measure": "channels", "half_life": "1 day"}'), (19, '{"measure": "sessions", "half_life": "1 day"}'),
	(20, '{"half_life": "0 s"}'), (21, '{"half_life": "1 year"}'), (22, '{"half_life": "P1M"}'), (23, '{"half_life": "soon"}'), (24, '{"half_life": 7}'),
	(25, '{"half_life": "0.4 us"}'), (26, '{"half_life": "1e3 days"}'),
	(27, '{"cap": -1}'), (28, '{"cap": "3"}'), (29, '{"cap": 1e30}'),
	(30, '{"transform": "log"}'), (31, '{"transform": 1}'), (32, '{"transform": {}}'), (33, '{"transform": {"points": []}}'),
	(34, '{"transform": {"points": 1}}'), (35, '{"transform": {"points": [1]}}'), (36, '{"transform": {"points": [[1]]}}'),
	(37, '{"transform": {"points": [[1, 2, 3]]}}'), (38, '{"transform": {"points": [[0, 0], [2, 1], [2, 5]]}}'),
	(39, '{"transform": {"points": [[0, 0], ["1", 1]]}}'), (40, '{"transform": {"points": [[0, 0], [1, true]]}}'),
	(41, '{"transform": {"points": [[-1e26, 0], [1e26, 1]]}}'), (42, '{"transform": {"points": [[0, 0]], "steps": 1}}'),
	(43, '{"weights": null}'), (44, '{"weights": {}}'), (45, '{"weights": {"c": 1}}'), (46, '{"weights": {"a": "1"}}'),
	(47, '{"weights": [1]}'), (48, '{"weights": {"a": 1e27}}'), (49, '{"weights": {"a": 1.5e26, "b": 1}}'), (50, '{"weights": {"a": 170141183460469231731687303}}'),
	(51, '{"halflife": "2 days"}')
) t(n, change) ORDER BY n;

-- limits are errors, soon; nothing is cut off silently
SELECT pg_temp.refused(format('SELECT %L::scorecard', card)) FROM (VALUES
	('{"intents": {"a": {"base": 1}}, "signals": [' || repeat('1,', 10000) || '1]}'),
	('[' || repeat('[' || repeat('1,', 9999) || '1],', 120) || '1]'),
	('{"intents": {"a": {"base": 1}}, "signals": [' || (SELECT string_agg(format(
		'{"name": "s%s", "touchpoints": [%s], "measure": "count", "weights": {"a": 1}}', i,
		(SELECT string_agg('"x"', ',') FROM generate_series(1, 9000))), ',') FROM generate_series(1, 12) i) || ']}')
) t(card);
DROP TABLE card;
