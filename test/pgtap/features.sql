-- Features are what plain SQL says of the same events, at cuts of both clocks; momentary scores are those of the open session alone.
BEGIN;
SET search_path = public, intent;
SET LOCAL TimeZone = 'UTC';
SELECT plan(9);

\set people 40
\if :{?full}
	\set people 1000
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- ----- random journeys: sessions of a few events, values, times of recording; longer than a block now and then -----

CREATE TABLE journeys AS
SELECT person, journey_agg(occurred_at, channel, event, value, recorded_at, ref) AS journey
FROM (
	SELECT person, timestamptz '2026-01-01Z' + (pg_temp.mix(person * 1000 + n / 4) % 40) * interval '7 hours'
			+ (pg_temp.mix(person * 1001 + n) % 7) * interval '6 minutes' AS occurred_at,
		(ARRAY['web', 'app', NULL])[1 + pg_temp.mix(person * 1003 + n) % 3] AS channel,
		(ARRAY['view', 'search', 'buy', 'ask'])[1 + pg_temp.mix(person * 1007 + n) % 4] AS event,
		CASE WHEN pg_temp.mix(person * 1009 + n) % 3 > 0 THEN (pg_temp.mix(person * 1013 + n) % 20001 - 5000)::float8 / 100 END AS value,
		CASE WHEN person % 4 > 0 AND pg_temp.mix(person * 1019 + n) % 2 > 0
			THEN timestamptz '2026-01-01Z' + (pg_temp.mix(person * 1021 + n) % 400) * interval '1 hour' END AS recorded_at,
		NULL::text AS ref
	FROM generate_series(1, :people) person, generate_series(1, 120) n
	WHERE n <= CASE WHEN person % 10 = 0 THEN 120 ELSE person % 30 + 1 END
) e GROUP BY person;
ANALYZE journeys;

CREATE TEMP TABLE cut AS
SELECT * FROM (VALUES
	(1, timestamptz '2026-01-13 08:00Z', NULL::timestamptz),
	(2, '2026-01-06 21:13Z', NULL),
	(3, '2026-02-20 00:00Z', '2026-01-09 00:00Z'),
	(4, '2026-01-07 12:06Z', '2026-01-07 12:06Z')) c(cut, as_of, known_at);

-- ----- the signals, each beside what an analyst would write -----

CREATE TEMP TABLE list(signals signal_list);
INSERT INTO list VALUES ('{"session_gap": "8 hours", "utc_offset": "+05:30", "signals": [
	{"name": "views", "touchpoints": ["view"], "measure": "count", "half_life": ["1 hour", "1 day", "14 days", null]},
	{"name": "logged", "touchpoints": ["view", "web:*"], "measure": "count", "transform": "log1p"},
	{"name": "worth", "touchpoints": ["web:*"], "measure": "sum", "half_life": ["5 days", null]},
	{"name": "bought", "touchpoints": ["buy"], "measure": "exists"},
	{"name": "recent", "touchpoints": ["*"], "measure": "recency", "half_life": "36 hours"},
	{"name": "channels", "touchpoints": ["*"], "measure": "channels"},
	{"name": "touchpoints", "touchpoints": ["app:*", "ask"], "measure": "touchpoints"},
	{"name": "sessions", "touchpoints": ["view"], "measure": "sessions"},
	{"name": "visits", "touchpoints": ["view"], "measure": "sessions", "session_gap": "20 hours"},
	{"name": "days", "touchpoints": ["*"], "measure": "periods"},
	{"name": "weeks", "touchpoints": ["buy"], "measure": "periods", "period": "7 days"},
	{"name": "tenure", "touchpoints": ["search"], "measure": "tenure", "cap": 9},
	{"name": "rhythm", "touchpoints": ["*"], "measure": "rhythm"},
	{"name": "overdue", "touchpoints": ["view"], "measure": "overdue"},
	{"name": "unusual", "touchpoints": ["view"], "measure": "unusual"},
	{"name": "unusual fading", "touchpoints": ["*"], "measure": "unusual", "half_life": "2 days", "session_gap": "7 minutes"},
	{"name": "open", "touchpoints": ["ask"], "measure": "count", "until": ["buy", "web:search"]},
	{"name": "open fading", "touchpoints": ["ask"], "measure": "count", "half_life": "1 day", "until": ["buy"]},
	{"name": "since", "touchpoints": ["*"], "measure": "sum", "until": ["buy"]},
	{"name": "waiting", "touchpoints": ["ask"], "measure": "tenure", "until": ["buy"], "transform": {"points": [[0, 0], [2, 0.5], [30, 1]]}},
	{"name": "after", "touchpoints": ["view"], "measure": "count", "after": ["search"]},
	{"name": "after two", "touchpoints": ["*"], "measure": "count", "half_life": "3 days", "after": ["view", "*:search"]},
	{"name": "evenings", "touchpoints": ["*"], "measure": "count", "hours": [18, 24]},
	{"name": "nights", "touchpoints": ["view"], "measure": "exists", "hours": [22, 6]},
	{"name": "weekends", "touchpoints": ["*"], "measure": "sessions", "weekdays": ["sat", "sun"]},
	{"name": "all at once", "touchpoints": ["view"], "measure": "count", "hours": [6, 22], "weekdays": ["mon", "wed", "fri"], "after": ["*"], "until": [":ask"]},
	{"name": "lately", "touchpoints": ["view"], "measure": "count", "within": "2 days"},
	{"name": "channels lately", "touchpoints": ["*"], "measure": "channels", "within": "36 hours"},
	{"name": "days lately", "touchpoints": ["*"], "measure": "periods", "within": "5 days"},
	{"name": "matched", "pattern": "search -> view ->[<= 2 days] buy", "measure": "matched"},
	{"name": "level", "pattern": "search -> view -> buy -> ask", "measure": "level"},
	{"name": "never", "touchpoints": ["nobody:did"], "measure": "count", "transform": {"points": [[0, 7], [1, 8]]}},
	{"name": "never traced", "touchpoints": ["nobody:did"], "measure": "tenure"}]}');

-- events that count, each with what came before, its sessions, and the local time
CREATE TEMP TABLE counted AS
SELECT person, cut, as_of, n, occurred_at AS at, channel, event, value, occurred_at + interval '5.5 hours' AS local,
	lag(event) OVER w AS before, lag(event, 2) OVER w AS before_that,
	1 + count(*) FILTER (WHERE g > interval '8 hours') OVER w AS session,
	1 + count(*) FILTER (WHERE g > interval '20 hours') OVER w AS visit,
	1 + count(*) FILTER (WHERE g > interval '7 minutes') OVER w AS burst,
	extract(epoch FROM as_of - occurred_at)::float8 / 86400 AS age
FROM (
	SELECT person, cut, as_of, n, occurred_at, channel, event, value,
		occurred_at - lag(occurred_at) OVER (PARTITION BY person, cut ORDER BY n) AS g
	FROM journeys, cut, touchpoints(as_of(journey, as_of, known_at))
) e
WINDOW w AS (PARTITION BY person, cut ORDER BY n);

-- the last event that settles others, for each touchpoints that do
CREATE TEMP TABLE settled AS
SELECT person, cut, max(n) FILTER (WHERE event = 'buy') AS buy, max(n) FILTER (WHERE event = 'buy' OR channel = 'web' AND event = 'search') AS answer,
	max(n) FILTER (WHERE channel IS NULL AND event = 'ask') AS ask, max(session) AS session, max(burst) AS burst
FROM counted GROUP BY 1, 2;

CREATE FUNCTION pg_temp.unusual(runs bigint[], last bigint) RETURNS float8 LANGUAGE sql AS $$
	SELECT coalesce(ln(1 + count(*) FILTER (WHERE r = last)) - ln(1 + count(*) FILTER (WHERE r <> last)::float8 / nullif(count(DISTINCT r) FILTER (WHERE r <> last), 0)), 0)
	FROM unnest(runs) r
$$;

CREATE TEMP TABLE said AS
SELECT c.person, c.cut, v.*
FROM (
	SELECT person, cut, array_agg(c) AS events, s FROM counted c JOIN settled s USING (person, cut) GROUP BY person, cut, s
) c, LATERAL (
	SELECT
		coalesce(sum(2 ^ greatest(-age * 24, -99)) FILTER (WHERE event = 'view'), 0) AS "views (1 hour)",
		coalesce(sum(2 ^ greatest(-age, -99)) FILTER (WHERE event = 'view'), 0) AS "views (1 day)",
		coalesce(sum(2 ^ (-age / 14)) FILTER (WHERE event = 'view'), 0) AS "views (14 days)",
		count(*) FILTER (WHERE event = 'view') AS "views",
		ln(1 + count(*) FILTER (WHERE event = 'view' OR channel = 'web')) AS "logged",
		coalesce(sum(value * 2 ^ (-age / 5)) FILTER (WHERE channel = 'web'), 0) AS "worth (5 days)",
		coalesce(sum(value) FILTER (WHERE channel = 'web'), 0) AS "worth",
		sign(count(*) FILTER (WHERE event = 'buy')) AS "bought",
		2 ^ (-min(age) / 1.5) AS "recent",
		count(DISTINCT channel) AS "channels",
		count(DISTINCT (channel, event)) FILTER (WHERE channel = 'app' OR event = 'ask') AS "touchpoints",
		count(DISTINCT session) FILTER (WHERE event = 'view') AS "sessions",
		count(DISTINCT visit) FILTER (WHERE event = 'view') AS "visits",
		count(DISTINCT local::date) AS "days",
		count(DISTINCT date_trunc('week', local)) FILTER (WHERE event = 'buy') AS "weeks",
		least(coalesce(max(age) FILTER (WHERE event = 'search'), 0), 9) AS "tenure",
		CASE WHEN count(DISTINCT session) > 1
			THEN (max(age) - (SELECT max(age) FROM unnest(events) f WHERE f.session = (s).session)) / (count(DISTINCT session) - 1) ELSE 0 END AS "rhythm",
		coalesce((SELECT min(age) * (count(*) - 1) / nullif(max(began) - min(began), 0)
			FROM (SELECT min(age) AS age, max(age) AS began FROM unnest(events) f WHERE event = 'view' GROUP BY session) r), 0) AS "overdue",
		pg_temp.unusual(array_agg(session) FILTER (WHERE event = 'view'), (s).session) AS "unusual",
		pg_temp.unusual(array_agg(burst), (s).burst) * 2 ^ (-min(age) / 2) AS "unusual fading",
		count(*) FILTER (WHERE event = 'ask' AND n > coalesce((s).answer, 0)) AS "open",
		coalesce(sum(2 ^ greatest(-age, -99)) FILTER (WHERE event = 'ask' AND n > coalesce((s).buy, 0)), 0) AS "open fading",
		coalesce(sum(value) FILTER (WHERE n > coalesce((s).buy, 0)), 0) AS "since",
		(SELECT least(w / 4, 0.5 + greatest(w - 2, 0) / 56, 1)
			FROM coalesce(max(age) FILTER (WHERE event = 'ask' AND n > coalesce((s).buy, 0)), 0) w) AS "waiting",
		count(*) FILTER (WHERE event = 'view' AND before = 'search') AS "after",
		coalesce(sum(2 ^ (-age / 3)) FILTER (WHERE before = 'search' AND before_that = 'view'), 0) AS "after two",
		count(*) FILTER (WHERE extract(hour FROM local) >= 18) AS "evenings",
		sign(count(*) FILTER (WHERE event = 'view' AND extract(hour FROM local) NOT BETWEEN 6 AND 21))
			AS "nights",
		count(DISTINCT session) FILTER (WHERE extract(isodow FROM local) > 5) AS "weekends",
		count(*) FILTER (WHERE event = 'view' AND extract(hour FROM local) BETWEEN 6 AND 21 AND extract(isodow FROM local) IN (1, 3, 5)
			AND before IS NOT NULL AND n > coalesce((s).ask, 0)) AS "all at once",
		count(*) FILTER (WHERE event = 'view' AND age <= 2) AS "lately",
		count(DISTINCT channel) FILTER (WHERE age <= 1.5) AS "channels lately",
		count(DISTINCT local::date) FILTER (WHERE age <= 5) AS "days lately",
		7 AS "never", 0 AS "never traced"
	FROM unnest(events)
) v;

CREATE TEMP TABLE measured AS
SELECT person, cut, f.name, f.feature, has_match(as_of(journey, as_of, known_at), 'search -> view ->[<= 2 days] buy')::int AS matched,
	funnel_level(as_of(journey, as_of, known_at), 'search -> view -> buy -> ask') AS level
FROM journeys, cut, list, LATERAL unnest(signal_names(signals), features(journey, signals, as_of, known_at)) f(name, feature)
WHERE f.feature IS NOT NULL;

SELECT is_empty($$
	SELECT m.*, s.value FROM measured m
	JOIN (SELECT person, cut, key AS name, value::float8 FROM said, jsonb_each_text(to_jsonb(said) - 'person' - 'cut')) s USING (person, cut, name)
	WHERE abs(feature - s.value) > 1e-9 * (1 + abs(s.value))
$$, 'plain SQL says the same');
SELECT is_empty($$ SELECT * FROM measured WHERE name = 'matched' AND feature <> matched OR name = 'level' AND feature <> level $$,
	'patterns say what has_match and funnel_level say of the journey at the cut');
SELECT is((SELECT count(*) FROM measured), (SELECT count(*) * 37 FROM said), 'every signal, of everybody with events that count');
SELECT cmp_ok((SELECT count(*) FROM (SELECT name FROM measured GROUP BY name HAVING count(DISTINCT feature) > 1) v), '>=', 34::bigint, 'as far as they differ');

-- ----- one value, whatever the events are beside the cut -----

SELECT is_empty($$
	SELECT person, cut FROM journeys, cut, list
	WHERE features(journey, signals, as_of, known_at) IS DISTINCT FROM features(as_of(journey, as_of, known_at), signals, as_of)
$$, 'what is cut away counts for nothing');

-- ----- in a scorecard: the same measures, evidence that adds up, momentary from the open session -----

CREATE TEMP TABLE card AS
SELECT jsonb_build_object('intents', '{"a": {"base": -1}, "b": {"base": 0.5}}'::jsonb, 'session_gap', l->'session_gap', 'utc_offset', l->'utc_offset',
	'signals', (SELECT jsonb_agg(s || jsonb_build_object('weights', jsonb_build_object('a', (n % 7 - 3) / 8.0, 'b', (n % 5 - 2) / 16.0)) ORDER BY n)
		FROM jsonb_array_elements(l->'signals') WITH ORDINALITY x(s, n)))::scorecard AS card
FROM (SELECT signals::jsonb AS l FROM list) l;
SELECT is((SELECT scorecard_signals(card)::text FROM card), (SELECT signals::text FROM list), 'a scorecard has signals of the same form');
SELECT is_empty($$
	SELECT person, cut, e, f FROM journeys, cut, list, card,
		LATERAL (SELECT evidence(journey, card, 'a', as_of, known_at) AS e) e,
		LATERAL (SELECT -1 + sum((n % 7 - 3) / 8.0::float8 * x) AS f FROM unnest(features(journey, signals, as_of, known_at)) WITH ORDINALITY u(x, n)) f
	WHERE abs(e - f) > 1e-7 OR (e IS NULL) <> (f IS NULL)
$$, 'evidence is the weighted sum of the features');
SELECT is_empty($$
	SELECT person, cut, i FROM journeys, cut, card, unnest(ARRAY['a', 'b']) i
	WHERE evidence(journey, card, i, as_of, known_at) IS DISTINCT FROM (SELECT sum(contribution) FROM explain(journey, card, i, as_of, known_at))
$$, 'explanations add up');
SELECT is_empty($$
	SELECT person, cut, m.intent, m.momentary, o.overarching FROM journeys, cut, card,
		LATERAL scores(journey, card, as_of, known_at) m
		JOIN LATERAL (SELECT max(n) AS session FROM sessions(as_of(journey, as_of, known_at), '8 hours') s(n, j)) l ON true
		JOIN LATERAL (SELECT x.* FROM sessions(as_of(journey, as_of, known_at), '8 hours') s(n, j), scores(j, card, as_of) x WHERE n = l.session) o
			ON o.intent = m.intent
	WHERE m.momentary IS DISTINCT FROM o.overarching AND m.momentary IS NOT NULL
		OR m.momentary IS NULL AND ends_at(as_of(journey, as_of, known_at)) >= as_of - interval '8 hours'
$$, 'momentary is the same card over the open session');

SELECT finish();
ROLLBACK;
