-- Scores of persons are the kernel's of their journeys: at the clock, at a time, by what was known, one by one, in arrays and
-- for everybody, kept and computed again. persons_matching finds by the index whom has_match finds.
\if :{?people} \else \set people 60 \endif
BEGIN;
SET LOCAL search_path = public, pg_temp;
SET LOCAL client_min_messages = warning;
SELECT plan(21);
DO $$ BEGIN PERFORM intent.setup(), intent.create_graph('store'); END $$;

CREATE FUNCTION pg_temp.draw(seed text, below int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
	SELECT (('x' || substr(md5(seed), 1, 8))::bit(32)::bigint % below)::int $$;
CREATE TABLE event AS
SELECT n AS id, 'u' || n % :people AS login, (ARRAY['view', 'cart', 'purchase', 'call', 'return'])[1 + pg_temp.draw('e' || n, 5)] AS what,
	timestamptz '2026-03-01Z' + pg_temp.draw('t' || n, 30 * 24 * 60) * interval '1 minute' AS at,
	timestamptz '2026-03-01Z' + pg_temp.draw('t' || n, 30 * 24 * 60) * interval '1 minute' + pg_temp.draw('r' || n, 3) * interval '2 days' AS learned
FROM generate_series(1, :people * 20) n;
ALTER TABLE event ADD PRIMARY KEY (id);
CREATE FUNCTION pg_temp.card() RETURNS intent.scorecard LANGUAGE sql AS $$
	SELECT '{"intents": {"purchase": {"base": -2}, "complaint": {"base": -3}}, "signals": [
		{"name": "viewing", "touchpoints": ["*:view", "*:cart"], "measure": "count", "half_life": "2 days", "weights": {"purchase": 0.4}},
		{"name": "trouble", "touchpoints": ["call", "return"], "measure": "count", "half_life": "7 days", "weights": {"complaint": 0.7, "purchase": -0.2}}]}'::intent.scorecard $$;
DO $$ BEGIN
	PERFORM intent.promote_model(intent.register_model('store test', pg_temp.card()));
	PERFORM intent.add_source('events', 'event', 'at', 'what', '{"user_id": "login"}', recorded_at => 'learned', graph => 'store');
	PERFORM intent.refresh('events');
	PERFORM intent.watch_source('events');
	PERFORM intent.refresh('events');
END $$;

-- by GROUP BY, with nothing of the store
CREATE TABLE mine AS SELECT intent.person('user_id', login, 'store') AS person, intent.journey_agg(at, NULL, what, NULL, learned, id) AS journey FROM event GROUP BY login;
SELECT bag_eq('SELECT person, journey::text FROM intent.person_journey', 'SELECT person, journey::text FROM mine', 'journeys are those of GROUP BY');
SELECT bag_eq('SELECT person, intent.journey_of(person)::text FROM mine', 'SELECT person, journey::text FROM mine', 'one by one, too');

-- ----- scores -----

SELECT is_empty($$SELECT person FROM mine WHERE intent.score(person, 'purchase', '2026-03-20Z', NULL, 'store test', NULL)
	IS DISTINCT FROM intent.score(journey, pg_temp.card(), 'purchase', '2026-03-20Z')$$, 'score at a time');
SELECT is_empty($$SELECT person FROM mine WHERE intent.score(person, 'purchase', '2026-03-20Z', '2026-03-20Z', 'store test', NULL)
	IS DISTINCT FROM intent.score(journey, pg_temp.card(), 'purchase', '2026-03-20Z', '2026-03-20Z')$$, 'score by what was known');
SELECT bag_eq($$SELECT person, s.intent, probability, momentary, overarching, evidence, confidence, status FROM intent.scores(ARRAY(SELECT person FROM mine), '2026-03-20Z', NULL, 'store test', NULL) s$$,
	$$SELECT person, s.* FROM mine, intent.scores(journey, pg_temp.card(), '2026-03-20Z') s$$, 'scores of many');
SELECT bag_eq($$SELECT person, s.intent, probability, momentary, overarching, evidence, confidence, status FROM intent.score_all('store test', '2026-03-20Z') s WHERE person IN (SELECT person FROM mine)$$,
	$$SELECT person, s.* FROM mine, intent.scores(journey, pg_temp.card(), '2026-03-20Z') s$$, 'and of everybody');
SELECT bag_eq($$SELECT person, s.intent, evidence, status, scored_at FROM mine, intent.scores(person, '2026-03-20Z', '2026-03-10Z', 'store test', NULL) s$$,
	$$SELECT person, s.intent, evidence, status, timestamptz '2026-03-20Z' FROM mine, intent.scores(journey, pg_temp.card(), '2026-03-20Z', '2026-03-10Z') s$$, 'and of one');
SELECT is_empty($$SELECT person FROM mine, LATERAL (SELECT sum(contribution) AS sum FROM intent.explain(person, 'purchase', '2026-03-20Z', NULL, 'store test', NULL)) e,
	intent.scores(person, '2026-03-20Z', NULL, 'store test', NULL) s WHERE s.intent = 'purchase' AND e.sum IS DISTINCT FROM s.evidence$$, 'explain adds up');
SELECT set_eq($$SELECT intent, probability, status FROM intent.scores(ARRAY[-1::bigint], NULL, NULL, 'store test', NULL)$$,
	$$VALUES ('purchase', NULL::float8, 'no_events'), ('complaint', NULL, 'no_events')$$, 'nobody has no events');
SELECT is(intent.score(-1, 'purchase', NULL, NULL, 'store test', NULL), NULL, 'and no score');
SELECT throws_ok($$SELECT intent.score(-1, 'purchase', NULL, NULL, 'no model', NULL)$$, '42704', NULL, 'a model that is not live is an error');
-- the clock goes on inside a transaction
SELECT cmp_ok((SELECT max(scored_at) FROM intent.scores(ARRAY(SELECT person FROM mine), NULL, NULL, 'store test', NULL)), '>', now(), 'as_of is the clock');

-- ----- two clocks -----

CREATE TABLE before AS SELECT person, intent.evidence(intent.journey_of(person), pg_temp.card(), 'purchase', '2026-03-20Z') AS happened,
	intent.evidence(intent.journey_of(person), pg_temp.card(), 'purchase', '2026-03-20Z', '2026-03-20Z') AS known FROM mine WHERE person = intent.person('user_id', 'u1', 'store');
-- a touch, and a link that brings another touch along, learned afterwards
INSERT INTO event VALUES (1000001, 'u1', 'view', '2026-03-19Z', '2026-03-25Z'), (1000002, 'u2', 'view', '2026-03-19 01:00Z', '2026-03-25Z');
SELECT is((SELECT happened <> intent.evidence(intent.journey_of(person), pg_temp.card(), 'purchase', '2026-03-20Z')
		AND known = intent.evidence(intent.journey_of(person), pg_temp.card(), 'purchase', '2026-03-20Z', '2026-03-20Z') FROM before), true,
	'a late touch changes the score at a time, and not what was known then, before a refresh');
DO $$ BEGIN PERFORM intent.refresh('events'); END $$;
SELECT is((SELECT happened <> intent.evidence(intent.journey_of(person), pg_temp.card(), 'purchase', '2026-03-20Z')
		AND known = intent.evidence(intent.journey_of(person), pg_temp.card(), 'purchase', '2026-03-20Z', '2026-03-20Z') FROM before), true, 'and after it');

-- a late link
CREATE TABLE score_before AS SELECT intent.person('user_id', 'u1', 'store') AS person, clock_timestamp() AS known_at;
ALTER TABLE score_before ADD happened float8, ADD known float8;
UPDATE score_before SET happened = intent.score(person, 'complaint', '2026-03-20Z', NULL, 'store test', NULL), known = intent.score(person, 'complaint', '2026-03-20Z', known_at, 'store test', NULL);
SELECT is((SELECT happened = known FROM score_before), true, 'all that happened is known');
DO $$ BEGIN PERFORM intent.merge('store', intent.person('user_id', 'u1', 'store'), intent.person('user_id', 'u2', 'store')); END $$;
SELECT is((SELECT happened <> intent.score(person, 'complaint', '2026-03-20Z', NULL, 'store test', NULL)
		AND known = intent.score(person, 'complaint', '2026-03-20Z', known_at, 'store test', NULL) FROM score_before), true, 'a late link changes the one and not the other');
DO $$ BEGIN PERFORM intent.refresh('events'); END $$;
SELECT is((SELECT happened <> intent.score(person, 'complaint', '2026-03-20Z', NULL, 'store test', NULL)
		AND known = intent.score(person, 'complaint', '2026-03-20Z', known_at, 'store test', NULL) FROM score_before), true, 'after a refresh, too');
DO $$ BEGIN PERFORM intent.undo(l.id) FROM intent.link l WHERE l.source = 'merge' AND l.state = 'active'; PERFORM intent.refresh('events'); END $$;

-- ----- kept -----

SELECT is(intent.snapshot_scores('store test', '2026-03-20Z'), (SELECT count(*) * 2 FROM intent.person_journey WHERE tenant = ''), 'a row a person and intent is kept');
SELECT is_empty($$SELECT h.person FROM intent.score_now h WHERE model = 'store test' AND h.probability IS DISTINCT FROM intent.score(h.person, h.intent, h.as_of, NULL, h.model, NULL)$$,
	'computed again, they are the same');

-- ----- who has a match -----

SELECT is_empty($$
	SELECT p FROM unnest(ARRAY['view -> purchase', 'view cart', '{call & return & purchase}', 'return -> !view -> purchase', '.', 'call ->[<= 1 hour] (view | cart)', 'nothing']) p
	WHERE (SELECT array_agg(m ORDER BY m) FROM intent.persons_matching(p::intent.jpattern) m WHERE m IN (SELECT person FROM mine))
		IS DISTINCT FROM (SELECT array_agg(person ORDER BY person) FROM intent.person_journey WHERE intent.has_match(journey, p::intent.jpattern) AND person IN (SELECT person FROM mine))$$,
	'persons_matching finds whom has_match finds');
SET LOCAL enable_seqscan = off;
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT is((SELECT count(*) FROM pg_temp.plan(intent.persons_matching_query('view -> purchase -> call')) p WHERE p ~ 'Bitmap Index Scan on chunk_touched'), 3::bigint,
	'each event it needs is looked up in the index');

SELECT * FROM finish();
ROLLBACK;
