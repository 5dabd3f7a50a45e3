-- Scores are what plain SQL computes from touchpoints(), and explanations add up to them exactly.
BEGIN;
SET search_path = public, intent;
SET LOCAL TimeZone = 'UTC';
SELECT plan(13);

\set people 30
\if :{?full}
	\set people 300
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- ----- random journeys: sessions of a few events, ties, values, times of recording -----

CREATE TABLE journeys AS
SELECT person, journey_agg(occurred_at, channel, event, value, recorded_at, ref) AS journey
FROM (
	SELECT person, timestamptz '2026-01-01Z' + (pg_temp.mix(person * 1000 + n / 3) % 40) * interval '7 hours'
			+ (pg_temp.mix(person * 1001 + n) % 7) * interval '6 minutes' AS occurred_at,
		(ARRAY['web', 'app', 'web 2', NULL])[1 + pg_temp.mix(person * 1003 + n) % 4] AS channel,
		(ARRAY['view', 'cart', 'buy', 'ask', 'two words'])[1 + pg_temp.mix(person * 1007 + n) % 5] AS event,
		CASE WHEN pg_temp.mix(person * 1009 + n) % 3 > 0 THEN (pg_temp.mix(person * 1013 + n) % 20001 - 5000)::float8 / 100 END AS value,
		CASE WHEN person % 4 > 0 AND pg_temp.mix(person * 1019 + n) % 2 > 0
			THEN timestamptz '2026-01-01Z' + (pg_temp.mix(person * 1021 + n) % 400) * interval '1 hour' END AS recorded_at,
		NULL::text AS ref
	FROM generate_series(1, :people) person, generate_series(1, 45) n WHERE n <= person % 30 * 3 / 2 + 1
) e GROUP BY person;
ANALYZE journeys;

CREATE TEMP TABLE cut AS
SELECT * FROM (VALUES
	(1, timestamptz '2026-01-13 08:00Z', NULL::timestamptz),
	(2, '2026-01-06 21:13Z', NULL),
	(3, '2026-02-20 00:00Z', '2026-01-09 00:00Z'),
	(4, '2026-01-07 12:06Z', '2026-01-07 12:06Z')) c(cut, as_of, known_at);

-- ----- random cards: all measures and transforms -----

CREATE TEMP TABLE card AS
SELECT card, doc, doc::scorecard AS model, doc->>'session_gap' AS gap
FROM (
	SELECT card, jsonb_build_object(
		'intents', '{"buy": {"base": -1.5}, "ask": {"base": 0.123456789012}, "leave": {"base": 0}}'::jsonb,
		'session_gap', (ARRAY['30 minutes', '1 hour', '8 hours', '6 minutes'])[1 + card % 4],
		'signals', jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', 's' || s, 'touchpoints', to_jsonb(touchpoints), 'measure', measure,
			'half_life', CASE WHEN measure = 'recency' OR measure IN ('count', 'sum', 'exists') AND r % 3 > 0
				THEN (ARRAY['36 hours', '5 days', '7 minutes', '1 hour'])[1 + r / 8 % 4] END,
			'cap', CASE WHEN r / 64 % 3 = 0 THEN (ARRAY[0.5, 3, 12.75])[1 + r / 256 % 3] END,
			'transform', (ARRAY['"linear"', '"log1p"', '{"points": [[-3, 2], [0, 0.25], [1.5, -1], [8, 3]]}'])[1 + r / 1024 % 3]::jsonb,
			'weights', CASE r / 4096 % 3 WHEN 0 THEN jsonb_build_object('buy', (r % 601 - 300) / 100.0)
				WHEN 1 THEN jsonb_build_object('leave', (r % 401 - 200) / 300.0, 'ask', 0.7)
				ELSE jsonb_build_object('buy', 0.333333333333, 'ask', (r % 301 - 150) / 100.0, 'leave', -1) END)) ORDER BY s)) AS doc
	FROM (
		SELECT card, s, pg_temp.mix(card * 50 + s) AS r,
			(ARRAY['count', 'sum', 'exists', 'recency', 'channels', 'sessions'])[1 + (card + s) % 6] AS measure,
			(SELECT array_agg(DISTINCT (ARRAY['view', 'web:view', 'web:*', '*:cart', ':view', '*', 'app:*', '"web 2":buy', '"two words"', 'ask', 'never'])[
				1 + pg_temp.mix(card * 5000 + s * 50 + k) % 11]) FROM generate_series(1, 1 + card * s % 3) k) AS touchpoints
		FROM generate_series(1, 12) card, generate_series(1, 9) s
	) signal GROUP BY card
) c;

-- ----- the oracle -----

CREATE TEMP TABLE signal AS
SELECT card, s, g->>'name' AS name, g->>'measure' AS measure, extract(epoch FROM (g->>'half_life')::interval)::float8 AS half_life,
	(g->>'cap')::float8 AS cap, g->'transform' AS transform, g->'weights' AS weights, g->'touchpoints' AS touchpoints
FROM card, jsonb_array_elements(doc->'signals') WITH ORDINALITY x(g, s);

CREATE TEMP TABLE pattern(pattern text, any_channel boolean, channel text, event text);
INSERT INTO pattern VALUES ('view', true, NULL, 'view'), ('web:view', false, 'web', 'view'), ('web:*', false, 'web', NULL),
	('*:cart', true, NULL, 'cart'), (':view', false, NULL, 'view'), ('*', true, NULL, NULL), ('app:*', false, 'app', NULL),
	('"web 2":buy', false, 'web 2', 'buy'), ('"two words"', true, NULL, 'two words'), ('ask', true, NULL, 'ask'), ('never', true, NULL, 'never');

-- what each signal counts, as touchpoints
CREATE TEMP TABLE counts AS
SELECT DISTINCT g.card, g.s, t.channel, t.event
FROM signal g, jsonb_array_elements_text(g.touchpoints) p(pattern) JOIN pattern USING (pattern),
	(SELECT DISTINCT channel, event FROM journeys, touchpoints(journey)) t(channel, event)
WHERE (pattern.any_channel OR pattern.channel IS NOT DISTINCT FROM t.channel) AND (pattern.event IS NULL OR pattern.event = t.event);

-- the events that count, with the session of each
CREATE TEMP TABLE counted AS
SELECT person, cut, gap, occurred_at, extract(epoch FROM as_of - occurred_at)::float8 AS age, channel, event, value,
	sum(begins::int) OVER (PARTITION BY person, cut, gap ORDER BY occurred_at, n) AS session,
	as_of - max(occurred_at) OVER (PARTITION BY person, cut, gap) <= gap::interval AS open
FROM (
	SELECT person, cut, as_of, gap, t.*,
		occurred_at - lag(occurred_at) OVER (PARTITION BY person, cut, gap ORDER BY n) > gap::interval IS NOT FALSE AS begins
	FROM journeys, cut, (SELECT DISTINCT gap FROM card) g, touchpoints(journey) t
	WHERE occurred_at <= as_of AND (known_at IS NULL OR coalesce(recorded_at, occurred_at) <= known_at)
) e;

CREATE FUNCTION pg_temp.fade(age float8, half_life float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN half_life IS NULL THEN 1 WHEN age / half_life > 60 THEN 0 ELSE power(0.5, age / half_life) END $$;

CREATE FUNCTION pg_temp.transformed(x float8, cap float8, transform jsonb) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE transform #>> '{}' WHEN 'linear' THEN m WHEN 'log1p' THEN sign(m) * ln(1 + abs(m)) ELSE
		CASE WHEN m <= -3 THEN 2 WHEN m <= 0 THEN 2 + (m + 3) / 3 * -1.75 WHEN m <= 1.5 THEN 0.25 + m / 1.5 * -1.25
			WHEN m <= 8 THEN -1 + (m - 1.5) / 6.5 * 4 ELSE 3 END END
	FROM (SELECT CASE WHEN abs(x) > cap THEN sign(x) * cap ELSE x END AS m) c
$$;

-- exp() of this server refuses to underflow
CREATE FUNCTION pg_temp.logistic(evidence float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT 1 / (1 + exp(-greatest(least(evidence, 700), -700))) $$;

-- in all (part 1) and in the open session (part 2)
CREATE TEMP TABLE measured AS
SELECT e.person, e.cut, part, g.card, g.s,
	count(*) AS n,
	coalesce(CASE g.measure
		WHEN 'count' THEN sum(pg_temp.fade(age, half_life))
		WHEN 'sum' THEN sum(value * pg_temp.fade(age, half_life))
		WHEN 'channels' THEN count(DISTINCT e.channel)
		WHEN 'sessions' THEN count(DISTINCT e.session)
		ELSE max(pg_temp.fade(age, half_life)) END, 0) AS measure
FROM (
	SELECT *, max(session) OVER (PARTITION BY person, cut, gap) AS last_session FROM counted) e
JOIN card c USING (gap)
JOIN signal g USING (card)
JOIN counts k ON k.card = g.card AND k.s = g.s AND k.channel IS NOT DISTINCT FROM e.channel AND k.event = e.event
CROSS JOIN generate_series(1, 2) part
WHERE part = 1 OR (open AND session = last_session)
GROUP BY e.person, e.cut, part, g.card, g.s, g.measure;
CREATE INDEX ON measured (person, cut, card, part, s);
ANALYZE measured;

CREATE TEMP TABLE expected AS
SELECT p.person, p.cut, c.card, i.intent, p.part,
	max((c.doc #>> ARRAY['intents', i.intent, 'base'])::float8)
		+ coalesce(sum((g.weights->>i.intent)::float8 * pg_temp.transformed(coalesce(m.measure, 0), g.cap, g.transform)), 0) AS evidence,
	coalesce(sum(abs((g.weights->>i.intent)::float8)) FILTER (WHERE m.n > 0) / nullif(sum(abs((g.weights->>i.intent)::float8)), 0), 0) AS confidence
FROM card c
JOIN (SELECT DISTINCT person, cut, gap, part FROM counted, generate_series(1, 2) part WHERE part = 1 OR open) p USING (gap)
CROSS JOIN (VALUES ('buy'), ('ask'), ('leave')) i(intent)
LEFT JOIN signal g ON g.card = c.card AND g.weights ? i.intent
LEFT JOIN measured m ON m.person = p.person AND m.cut = p.cut AND m.card = c.card AND m.s = g.s AND m.part = p.part
GROUP BY p.person, p.cut, c.card, i.intent, p.part;

CREATE TEMP TABLE scored AS
SELECT j.person, cut.cut, card.card, s.* FROM journeys j, cut, card, scores(j.journey, card.model, cut.as_of, cut.known_at) s;

-- ----- scores -----

SELECT cmp_ok(count(DISTINCT (card, s)) FILTER (WHERE n > 0), '>', 80::bigint, 'most signals see something') FROM measured;
SELECT cmp_ok(count(*) FILTER (WHERE momentary IS NOT NULL), '>', 100::bigint, 'many sessions are open') FROM scored;

SELECT is_empty($$
	SELECT s.*, e.evidence FROM scored s LEFT JOIN expected e ON (s.person, s.cut, s.card, s.intent, 1) = (e.person, e.cut, e.card, e.intent, e.part)
	WHERE CASE WHEN s.status = 'no_events' THEN e.person IS NOT NULL OR num_nulls(s.evidence, s.probability, s.overarching, s.momentary) < 4
		ELSE (abs(s.evidence - e.evidence) < 1e-9) IS NOT TRUE END
$$, 'evidence');
SELECT is_empty($$
	SELECT * FROM scored WHERE probability IS DISTINCT FROM overarching OR (status <> 'no_events'
		AND (abs(probability - pg_temp.logistic(evidence::float8)) < 1e-12) IS NOT TRUE)
$$, 'probability is its logistic function');
SELECT is_empty($$
	SELECT s.* FROM scored s LEFT JOIN expected e ON (s.person, s.cut, s.card, s.intent, 2) = (e.person, e.cut, e.card, e.intent, e.part)
	WHERE (s.momentary IS NULL) <> (e.evidence IS NULL) OR abs(s.momentary - pg_temp.logistic(e.evidence)) > 1e-9
$$, 'momentary is the same card over the open session');
SELECT is_empty($$
	SELECT s.* FROM scored s
	JOIN journeys j USING (person) JOIN cut c USING (cut) JOIN card k USING (card)
	CROSS JOIN LATERAL (SELECT o.journey FROM sessions(as_of(j.journey, c.as_of, c.known_at), k.gap::interval) o ORDER BY o.session DESC LIMIT 1) last
	WHERE s.momentary IS DISTINCT FROM CASE WHEN c.as_of - ends_at(last.journey) <= k.gap::interval
		THEN score(last.journey, k.model, s.intent, c.as_of) END
$$, 'momentary is the score of the last session, to the last bit');
SELECT is_empty($$
	SELECT s.*, e.confidence FROM scored s JOIN expected e ON (s.person, s.cut, s.card, s.intent, 1) = (e.person, e.cut, e.card, e.intent, e.part)
	WHERE abs(s.confidence - e.confidence) > 1e-12 OR (s.status = 'no_signal') <> (e.confidence = 0 AND s.status <> 'no_record_clock')
$$, 'confidence and no_signal');
SELECT is_empty($$
	SELECT s.* FROM scored s JOIN journeys j USING (person) JOIN cut c USING (cut) JOIN card k USING (card)
	WHERE s.probability IS DISTINCT FROM
			(score_array(j.journey, k.model, c.as_of, c.known_at))[array_position(scorecard_intents(k.model), s.intent)]
		OR s.probability IS DISTINCT FROM score(j.journey, k.model, s.intent, c.as_of, c.known_at)
		OR s.evidence IS DISTINCT FROM evidence(j.journey, k.model, s.intent, c.as_of, c.known_at)
$$, 'score, score_array and evidence say the same');
SELECT is_empty($$
	SELECT j.person FROM journeys j, cut c, card k
	WHERE score_array(j.journey, k.model, c.as_of, c.known_at) IS DISTINCT FROM score_array(as_of(j.journey, c.as_of, c.known_at), k.model, c.as_of)
$$, 'what came after as_of or was recorded after known_at counts for nothing');

-- ----- explanations -----

CREATE TEMP TABLE line AS
SELECT s.person, s.cut, s.card, s.intent, s.evidence, e.*
FROM scored s JOIN journeys j USING (person) JOIN cut c USING (cut) JOIN card k USING (card)
CROSS JOIN LATERAL explain(j.journey, k.model, s.intent, c.as_of, c.known_at) e;

SELECT is_empty($$
	SELECT person, cut, card, intent FROM scored s LEFT JOIN (SELECT person, cut, card, intent, sum(contribution) AS total FROM line GROUP BY 1, 2, 3, 4) l
	USING (person, cut, card, intent) WHERE l.total IS DISTINCT FROM s.evidence
$$, 'sum(contribution) = evidence, exactly');

-- n, last_seen and shares from the events; what has faded to a few units of 10^-12 has shares as coarse as that
SELECT is_empty($$
	WITH seen AS (
		SELECT e.person, e.cut, g.card, g.name AS signal,
			CASE WHEN g.measure IN ('count', 'sum') THEN concat(
				CASE WHEN e.channel ~ '[^A-Za-z0-9_./-]' THEN '"' || e.channel || '"' ELSE e.channel END || CASE WHEN e.channel IS NOT NULL THEN ':' END,
				CASE WHEN e.event ~ '[^A-Za-z0-9_./-]' THEN '"' || e.event || '"' ELSE e.event END) END AS touchpoint,
			count(*) AS n, max(occurred_at) AS last_seen,
			coalesce(sum(CASE WHEN g.measure = 'sum' THEN value ELSE 1 END * pg_temp.fade(age, half_life)), 0) AS measure
		FROM counted e JOIN card c USING (gap) JOIN signal g USING (card)
		JOIN counts k ON k.card = g.card AND k.s = g.s AND k.channel IS NOT DISTINCT FROM e.channel AND k.event = e.event
		GROUP BY 1, 2, 3, 4, 5
	), whole AS (
		SELECT l.*, sum(contribution) OVER signal AS total, sum(abs(measure)) OVER signal AS size, measure, s.n AS seen, s.last_seen AS seen_last
		FROM line l LEFT JOIN seen s USING (person, cut, card, signal) WHERE l.signal <> '(base)' AND s.touchpoint IS NOT DISTINCT FROM l.touchpoint
		WINDOW signal AS (PARTITION BY person, cut, card, l.intent, signal)
	)
	SELECT * FROM whole WHERE n <> seen OR last_seen <> seen_last
		OR (touchpoint IS NOT NULL AND size > 0 AND abs(contribution - total * abs(measure) / size) > 1e-9 + abs(total) * 1e-10 / size)
	UNION ALL
	SELECT l.*, NULL, NULL, NULL, NULL, NULL FROM line l LEFT JOIN seen s USING (person, cut, card, signal)
	WHERE signal <> '(base)' AND s.n IS NULL AND (l.n <> 0 OR l.last_seen IS NOT NULL OR l.touchpoint IS NOT NULL)
$$, 'n, last_seen, and shares in proportion to |measure|');
-- of counts without decay, which are whole numbers, each digit is known
SELECT is_empty($$
	SELECT * FROM (
		SELECT l.*, total, trunc(total * l.n / whole, 12) AS share,
			total - sum(trunc(total * l.n / whole, 12)) OVER (PARTITION BY person, cut, card, intent, signal) AS remainder,
			row_number() OVER (PARTITION BY person, cut, card, intent, signal ORDER BY l.n DESC, touchpoint COLLATE "C") AS place
		FROM (SELECT *, sum(contribution) OVER signal AS total, sum(n) OVER signal AS whole FROM line
			WINDOW signal AS (PARTITION BY person, cut, card, intent, signal)) l
		JOIN (SELECT card, name AS signal FROM signal WHERE measure = 'count' AND half_life IS NULL) g USING (card, signal) WHERE l.n > 0) x
	WHERE contribution <> share + CASE WHEN place = 1 THEN remainder ELSE 0 END
$$, 'the largest touchpoint takes the remainder, of equal ones the first by name');

-- ----- the same everywhere -----

CREATE TABLE card_kept AS SELECT card, model FROM card;
CREATE TABLE cut_kept AS SELECT * FROM cut;
ANALYZE card_kept, cut_kept;
CREATE FUNCTION pg_temp.digests() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	zone text; style text; intervals text; workers text;
BEGIN
	PERFORM set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true),
		set_config('min_parallel_table_scan_size', '0', true);
	FOREACH workers IN ARRAY ARRAY['0', '2'] LOOP
		PERFORM set_config('max_parallel_workers_per_gather', workers, true);
		FOREACH zone IN ARRAY ARRAY['UTC', 'America/St_Johns', 'Asia/Kathmandu'] LOOP
			FOREACH style IN ARRAY ARRAY['ISO, DMY', 'German', 'SQL, MDY'] LOOP
				FOREACH intervals IN ARRAY ARRAY['postgres', 'iso_8601'] LOOP
					PERFORM set_config('TimeZone', zone, true), set_config('DateStyle', style, true), set_config('IntervalStyle', intervals, true);
					RETURN QUERY EXECUTE 'SELECT md5(string_agg(evidence || encode(float8send(probability), ''hex''), '','' ORDER BY person, cut, card, intent))
						|| (SELECT md5(string_agg(model::text, '','' ORDER BY card)) FROM card_kept)
						FROM (SELECT person, cut, card, s.* FROM journeys j, cut_kept c, card_kept k, scores(journey, model, as_of, known_at) s
							WHERE person % 10 = 7 OFFSET 0) x';
				END LOOP;
			END LOOP;
		END LOOP;
	END LOOP;
END $$;
SELECT is(count(DISTINCT d), 1::bigint, format('%s settings, serial and parallel, give the same', count(*))) FROM pg_temp.digests() d;

SELECT * FROM finish();
ROLLBACK;
