-- Training sets: nothing that was recorded later is ever in a feature, labels are of what came after, and plain SQL says the same.
BEGIN;
SET search_path = public, intent;
SET LOCAL TimeZone = 'UTC';
SELECT plan(22);

\set people 40
\if :{?full}
	\set people 500
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- events of four months; half of them recorded days later, some corrected later still
CREATE TEMP TABLE event AS
SELECT person, timestamptz '2026-01-01Z' + (pg_temp.mix(person * 1000 + n) % 120000) * interval '1 minute' AS at,
	(ARRAY['web', 'app', NULL])[1 + pg_temp.mix(person * 1003 + n) % 3] AS channel,
	(ARRAY['view', 'view', 'search', 'buy', 'ask'])[1 + pg_temp.mix(person * 1007 + n) % 5] AS event,
	(pg_temp.mix(person * 1013 + n) % 2001)::float8 / 100 AS value, n,
	CASE WHEN pg_temp.mix(person * 1019 + n) % 2 > 0 THEN pg_temp.mix(person * 1021 + n) % 400 * interval '1 hour' END AS lag
FROM generate_series(1, :people) person, generate_series(1, 60) n WHERE n <= person % 50 + 1;
CREATE TABLE journeys AS
SELECT person, journey_agg(at, channel, event, value, recorded, ref) AS journey
FROM (
	SELECT person, at, channel, event, value, at + lag AS recorded, n::text AS ref FROM event
	UNION ALL
	SELECT person, at, channel, event, value + 1000, at + lag + interval '9 days', n::text FROM event WHERE lag IS NOT NULL AND n % 3 = 0
) e GROUP BY person;

CREATE TEMP TABLE given AS
SELECT '[{"name": "views", "touchpoints": ["view"], "measure": "count", "half_life": ["1 day", null]},
	{"name": "worth", "touchpoints": ["*"], "measure": "sum", "half_life": "20 days"},
	{"name": "seen", "touchpoints": ["*"], "measure": "recency", "half_life": "7 days"},
	{"name": "tenure", "touchpoints": ["*"], "measure": "tenure"}, {"name": "rhythm", "touchpoints": ["view"], "measure": "rhythm"},
	{"name": "unusual", "touchpoints": ["*"], "measure": "unusual"}, {"name": "open", "touchpoints": ["ask"], "measure": "count", "until": ["buy"]},
	{"name": "then", "touchpoints": ["buy"], "measure": "count", "after": ["view"]}, {"name": "channels", "touchpoints": ["*"], "measure": "channels"},
	{"name": "matched", "pattern": "search -> buy", "measure": "matched"}]'::signal_list AS signals,
	ARRAY['2026-01-20Z', '2026-02-10Z', '2026-03-05Z', '2026-03-20Z']::timestamptz[] AS cutoffs;

CREATE TABLE rows AS SELECT t.* FROM given, training_set('SELECT person, journey FROM journeys', 'buy', '7 days', cutoffs, signals => signals) t;

-- ----- what plain SQL says -----

CREATE TEMP TABLE said AS
SELECT person::text, as_of, has_match(slice(journey, tstzrange(as_of, as_of + interval '7 days', '(]')), 'buy') AS label,
	features(journey, signals, as_of, as_of), has_match(as_of(journey, as_of, as_of), 'buy') AS converted
FROM journeys, given, unnest(cutoffs) as_of
WHERE as_of + interval '7 days' <= (SELECT max(ends_at(journey)) FROM journeys) AND features(journey, signals, as_of, as_of) IS NOT NULL;

SELECT set_eq('SELECT person, as_of, label, features FROM rows', 'SELECT person, as_of, label, features FROM said', 'each person and cutoff once, as plain SQL says');
SELECT cmp_ok((SELECT count(DISTINCT label) FROM rows), '=', 2::bigint, 'with both labels');
SELECT cmp_ok((SELECT max(as_of) FROM rows), '<', '2026-03-20Z'::timestamptz, 'rows whose horizon is not over are left out');
SELECT set_eq($$ SELECT person, as_of, label, features FROM given, training_set('SELECT person, journey FROM journeys', 'buy', '7 days', cutoffs, signals => signals, converted => 'leave_out') $$,
	$$ SELECT person, as_of, label, features FROM said WHERE NOT converted $$, 'who has converted already can be left out, as far as it was recorded');
SELECT set_eq($$ SELECT person, as_of, label, features FROM given, training_set('SELECT person, journey FROM journeys', 'buy', '7 days', cutoffs, signals => signals, observed_until => '2026-02-20Z') $$,
	$$ SELECT said.person, as_of, has_match(slice(as_of(journey, '2026-02-20Z', '2026-02-20Z'), tstzrange(as_of, as_of + interval '7 days', '(]')), 'buy'), features
		FROM said JOIN journeys j ON j.person::text = said.person WHERE as_of <= '2026-02-13Z' $$, 'outcomes recorded after observed_until are not known');

-- ----- no leakage -----

-- everything that happened or was recorded after the cutoff, gone; and much that never happened, come
CREATE FUNCTION pg_temp.rows_of(journeys text, cutoff timestamptz) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT t.person, t.features FROM given, training_set(format('SELECT person, %s AS journey FROM journeys', journeys), 'buy', '7 days',
		ARRAY[cutoff], signals => signals, observed_until => '2026-04-30Z') t
$$;
CREATE FUNCTION pg_temp.with_future(journey journey, person bigint, cutoff timestamptz) RETURNS journey LANGUAGE sql AS $$
	SELECT unite(journey, journey_agg(cutoff + CASE WHEN late THEN -1 ELSE 1 END * n * interval '7 hours', 'web', (ARRAY['buy', 'view', 'ask', 'search'])[1 + n % 4], 77,
		CASE WHEN late THEN cutoff + n * interval '1 us' END, 'new ' || n))
	FROM generate_series(1, 30) n, LATERAL (SELECT pg_temp.mix(person * 77 + n) % 2 = 0 AS late) l
$$;
SELECT set_eq(format('SELECT * FROM pg_temp.rows_of(%L, %L) AS (person text, features float8[])', change, c),
	format('SELECT * FROM pg_temp.rows_of(%L, %L) AS (person text, features float8[])', 'journey', c), what || ' changes no feature at ' || c::date)
FROM given, unnest(cutoffs[1:3]) c, LATERAL (VALUES
	(format('as_of(journey, %L, %L)', c, c), 'removing what came or was recorded later'),
	(format('pg_temp.with_future(journey, person, %L)', c), 'adding what comes or is recorded later')) v(change, what);
SELECT isnt((SELECT array_agg(t.label ORDER BY t.person) FROM given, training_set('SELECT person, journey FROM journeys', 'buy', '7 days', cutoffs[1:1], signals => signals, observed_until => '2026-04-30Z') t),
	(SELECT array_agg(t.label ORDER BY t.person) FROM given, training_set('SELECT person, pg_temp.with_future(journey, person, ''2026-01-20Z'') AS journey FROM journeys', 'buy', '7 days', cutoffs[1:1],
		signals => signals, observed_until => '2026-04-30Z') t), 'though it changes labels');

SELECT isnt_empty($$ SELECT 1 FROM rows JOIN journeys j ON j.person::text = rows.person, given WHERE rows.features <> features(journey, signals, as_of) $$,
	'and what was recorded later would have changed features');

-- ----- splits and samples -----

SELECT is_empty($$ SELECT person FROM rows WHERE fold <> person_fold(person) OR fold NOT BETWEEN 0 AND 4 $$, 'folds are people''s');
SELECT is((SELECT array_agg(person_fold('person ' || n, 1000, 7) ORDER BY n) FROM generate_series(1, 4) n), ARRAY[57, 233, 111, 62], 'and frozen');
SELECT results_eq($$ SELECT person, as_of, label FROM given, training_set('SELECT person, journey FROM journeys ORDER BY person', 'buy', '7 days', cutoffs, signals => signals, sample => 0.4, negatives => 0.5) $$,
	$$ SELECT person, as_of, label FROM given, training_set('SELECT person, journey FROM journeys ORDER BY person DESC', 'buy', '7 days', cutoffs, signals => signals, sample => 0.4, negatives => 0.5)
		ORDER BY person::int, as_of $$, 'samples are the same whatever the order of rows');
SELECT is_empty($$ SELECT person, as_of, label, features FROM given, training_set('SELECT person, journey FROM journeys', 'buy', '7 days', cutoffs, signals => signals, negatives => 0.3)
	EXCEPT SELECT person, as_of, label, features FROM rows $$, 'and part of the whole');
SELECT is((SELECT count(*) FROM given, training_set('SELECT person, journey FROM journeys', 'buy', '7 days', cutoffs, signals => signals, negatives => 0.3) WHERE label),
	(SELECT count(*) FROM rows WHERE label), 'rows with the outcome are all kept');
SELECT results_eq($$ SELECT DISTINCT as_of FROM given, training_set('SELECT person, journey FROM journeys', 'buy', '7 days', every => '14 days', signals => signals) ORDER BY 1 $$,
	$$ SELECT g FROM generate_series(timestamptz '2000-01-03Z', '2026-04-30Z', interval '14 days') g
		WHERE g >= (SELECT min(starts_at(journey)) FROM journeys) AND g <= (SELECT max(ends_at(journey)) FROM journeys) - interval '7 days' $$, 'cutoffs of every are multiples, wherever the data begin');

-- ----- learning -----

CREATE TEMP TABLE card AS
SELECT model, train_scorecard('SELECT person, journey FROM journeys ORDER BY person', '{"buy": {"outcome": "buy", "horizon": "7 days"}, "ask": {"outcome": "ask", "horizon": "3 days"}}',
	every => '5 days', signals => signals, model => model) AS card
FROM given, unnest(ARRAY['logistic', 'boosted']) model;
SELECT is_empty($$ SELECT model FROM card, given WHERE card <> train_scorecard('SELECT person::bigint, journey FROM journeys ORDER BY -person',
	'{"ask": {"outcome": "ask", "horizon": "3 days"}, "buy": {"outcome": "buy", "horizon": "7 days"}}', every => '5 days', signals => signals, model => model) $$,
	'one scorecard, whatever the order of rows and intents');
SELECT is((SELECT count(*) FROM card WHERE card = card::text::scorecard AND scorecard_intents(card) = ARRAY['ask', 'buy']), 2::bigint, 'it is a scorecard as people write it');
SELECT is_empty($$ SELECT 1 FROM card, journeys WHERE evidence(journey, card, 'buy', '2026-03-01Z') <> (SELECT sum(contribution) FROM explain(journey, card, 'buy', '2026-03-01Z')) $$,
	'and explains itself');

SELECT finish();
ROLLBACK;
