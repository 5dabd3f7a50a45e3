-- What an application asks of one person is answered by plans and scorers that stay with the session. They must not be noticed:
-- what is live, what waits, who asks and on which search_path is as if each call were the first.
BEGIN;
SET LOCAL search_path = public, pg_temp;
SET LOCAL client_min_messages = warning;
SELECT plan(30);
DO $$ BEGIN PERFORM intent.setup(), intent.create_graph('one'); END $$;
CREATE TABLE visit AS SELECT n AS id, 'u' || n % 9 AS login, (ARRAY['view', 'cart', 'call'])[1 + n % 3] AS what,
	timestamptz '2026-03-01Z' + n * interval '5 hours' AS at FROM generate_series(1, 120) n;
ALTER TABLE visit ADD PRIMARY KEY (id);
CREATE FUNCTION pg_temp.card(weight text) RETURNS intent.scorecard LANGUAGE sql AS $$
	SELECT format('{"intents": {"purchase": {"base": -2}}, "signals": [{"name": "viewing", "touchpoints": ["view"], "measure": "count", "half_life": "9 days", "weights": {"purchase": %s}}]}', weight)::intent.scorecard $$;
DO $$ BEGIN
	PERFORM intent.add_source('visits', 'visit', 'at', 'what', '{"user_id": "login"}', graph => 'one');
	PERFORM intent.refresh('visits');
	PERFORM intent.watch_source('visits');
	PERFORM intent.refresh('visits');
	PERFORM intent.promote_model(intent.register_model('default', pg_temp.card('0.5')));
END $$;
CREATE FUNCTION pg_temp.who(login text) RETURNS bigint LANGUAGE sql AS $$ SELECT intent.person('user_id', login, 'one') $$;
-- by the kernel, of a journey and a card
CREATE FUNCTION pg_temp.expected(login text, card intent.scorecard) RETURNS float8 LANGUAGE sql AS $$
	SELECT intent.score(intent.journey_of(pg_temp.who(login)), card, 'purchase', '2026-03-25Z') $$;

-- ----- stored, and what waits -----

SELECT is(pg_relation_size('intent.inbox') + pg_relation_size('intent.graph_change'), 0::bigint, 'nothing waits');
SELECT set_eq('SELECT person, intent.journey_of(person)::text FROM intent.person_journey', 'SELECT person, journey::text FROM intent.person_journey', 'so what is stored is what is');
SELECT is(intent.score(pg_temp.who('u1'), 'purchase', '2026-03-25Z'), pg_temp.expected('u1', pg_temp.card('0.5')), 'scored as by the kernel');
SELECT is((SELECT array_agg(s ORDER BY s.intent)::text FROM intent.scores(pg_temp.who('u1'), '2026-03-25Z', NULL, NULL, NULL) s),
	(SELECT array_agg((s.intent, s.probability, s.momentary, s.overarching, s.evidence, s.confidence, s.status, timestamptz '2026-03-25Z'))::text
		FROM intent.scores(intent.journey_of(pg_temp.who('u1')), pg_temp.card('0.5'), '2026-03-25Z') s), 'and in all columns');
SELECT is(intent.score(NULL, 'purchase', '2026-03-25Z'), NULL, 'nobody has no score');
SELECT is(intent.score(pg_temp.who('u1'), NULL, '2026-03-25Z'), NULL, 'and no intent none');
SELECT is(intent.journey_of(0)::text, NULL, 'nobody, whose events are stored too, has no journey');
SELECT is((SELECT status FROM intent.scores(-1, '2026-03-25Z')), 'no_events', 'but rows');
CREATE TABLE before AS SELECT intent.score(pg_temp.who('u1'), 'purchase', '2026-03-25Z') AS score, intent.journey_of(pg_temp.who('u1')) AS journey;
-- before a row was ever written to the inbox: what the graph learned waits alone
SAVEPOINT apart;
DO $$ BEGIN PERFORM intent.merge('one', pg_temp.who('u2'), pg_temp.who('u3')); END $$;
SELECT is(intent.journey_of(i.id)::text, intent.journey_of(pg_temp.who('u2'))::text, 'who was merged answers by both numbers')
FROM intent.identifier i JOIN intent.graph g ON g.id = i.graph WHERE g.name = 'one' AND i.kind = 'user_id' AND i.value = 'u3';
SELECT is(intent.event_count(intent.journey_of(pg_temp.who('u3'))) > 20, true, 'for all of both, before a refresh');
DO $$ BEGIN PERFORM intent.refresh('visits'); END $$;
SELECT set_eq('SELECT person, intent.journey_of(person)::text FROM intent.person_journey', 'SELECT person, journey::text FROM intent.person_journey', 'and after it, as all others');
ROLLBACK TO apart;
CREATE TABLE moment AS SELECT NULL::timestamptz AS at;
DO $$
DECLARE
	made bigint := intent.assert_distinct('one', 'user_id', 'u4', 'user_id', 'u5');
BEGIN
	UPDATE moment SET at = clock_timestamp();
	PERFORM intent.retract(made);
END $$;
SELECT is(intent.journey_of(pg_temp.who('u4'), at)::text, intent.journey_of(pg_temp.who('u4'))::text, 'who was said to be another then was not joined by it') FROM moment;
ROLLBACK TO apart;
SAVEPOINT alone;
INSERT INTO visit VALUES (1001, 'u1', 'view', '2026-03-24Z');
SELECT is(intent.event_count(intent.journey_of(pg_temp.who('u1'))), (SELECT intent.event_count(journey) + 1 FROM before), 'a row is there at once');
SELECT is(intent.score(pg_temp.who('u1'), 'purchase', '2026-03-25Z') > score, true, 'and in the score') FROM before;
SELECT is(intent.score(pg_temp.who('u2'), 'purchase', '2026-03-25Z'), pg_temp.expected('u2', pg_temp.card('0.5')), 'for others nothing waits');
ROLLBACK TO alone;
SELECT is(intent.score(pg_temp.who('u1'), 'purchase', '2026-03-25Z'), score, 'and not after it was taken back') FROM before;
SELECT is(s.probability, intent.score(intent.journey_of(pg_temp.who('u1')), pg_temp.card('0.5'), 'purchase', s.scored_at), 'by the clock, at the time it says')
FROM intent.scores(pg_temp.who('u1')) s WHERE s.scored_at > now();

-- ----- which card is live -----

SAVEPOINT first_card;
DO $$ BEGIN PERFORM intent.promote_model(intent.register_model('default', pg_temp.card('0.9'))); END $$;
SELECT is(intent.score(pg_temp.who('u1'), 'purchase', '2026-03-25Z'), pg_temp.expected('u1', pg_temp.card('0.9')), 'another card is live at once');
ROLLBACK TO first_card;
SELECT is(intent.score(pg_temp.who('u1'), 'purchase', '2026-03-25Z'), pg_temp.expected('u1', pg_temp.card('0.5')), 'and the first one again');
DO $$ BEGIN FOR n IN 1..20 LOOP PERFORM intent.promote_model(intent.register_model('m' || n, pg_temp.card((n / 10.0)::text))); END LOOP; END $$;
SELECT is_empty($$SELECT n FROM generate_series(1, 40) x CROSS JOIN LATERAL (SELECT 1 + x % 20) m(n)
	WHERE intent.score(pg_temp.who('u1'), 'purchase', '2026-03-25Z', NULL, 'm' || n, NULL) IS DISTINCT FROM pg_temp.expected('u1', pg_temp.card((n / 10.0)::text))$$, 'more cards than are kept');
DO $$ BEGIN PERFORM intent.promote_model(intent.register_model('default', pg_temp.card('0.7'), tenant => 'brand')); END $$;
SELECT is(intent.score(pg_temp.who('u1'), 'purchase', '2026-03-25Z', NULL, NULL, 'brand'), pg_temp.expected('u1', pg_temp.card('0.7')), 'a tenant has a card of its own');
SELECT is(intent.score(pg_temp.who('u1'), 'purchase', '2026-03-25Z', NULL, NULL, 'other'), pg_temp.expected('u1', pg_temp.card('0.5')), 'or that of everybody');
SELECT throws_ok($$SELECT intent.score(pg_temp.who('u1'), 'refund', '2026-03-25Z')$$, '22023', NULL, 'an intent that it does not have is an error');
SELECT is(intent.score(pg_temp.who('u1'), 'purchase', '2026-03-25Z'), pg_temp.expected('u1', pg_temp.card('0.5')), 'after which it goes on');
SELECT throws_ok($$SELECT intent.score(pg_temp.who('u1'), 'purchase', 'infinity')$$, '22023', NULL, 'a time that is none is an error');

-- ----- who asks, and how -----

CREATE ROLE store_person_reader;
CREATE ROLE store_person_brand;
GRANT USAGE ON SCHEMA intent TO store_person_reader, store_person_brand;
GRANT SELECT ON ALL TABLES IN SCHEMA intent TO store_person_reader, store_person_brand;
CREATE FUNCTION pg_temp.asked_by(role text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	EXECUTE query INTO answer;
	RESET ROLE;
	RETURN answer;
EXCEPTION WHEN insufficient_privilege THEN
	RETURN sqlstate;
END $$;
CREATE TABLE asked AS SELECT format('SELECT intent.score(%s::bigint, ''purchase'', ''2026-03-25Z'')', pg_temp.who('u1')) AS query, pg_temp.expected('u1', pg_temp.card('0.5'))::text AS answer;
SELECT is(pg_temp.asked_by('store_person_reader', query), answer, 'who may read, may ask') FROM asked;
REVOKE SELECT ON intent.model FROM store_person_reader;
SELECT is(pg_temp.asked_by('store_person_reader', query), '42501', 'but not without a right on the models') FROM asked;
GRANT SELECT ON intent.model TO store_person_reader;
REVOKE SELECT ON intent.chunk FROM store_person_reader;
SELECT is(pg_temp.asked_by('store_person_reader', query), '42501', 'nor on what is stored') FROM asked;
UPDATE intent.chunk SET tenant = 'someone else';
UPDATE intent.identifier SET tenant = 'someone else';
SELECT is(pg_temp.asked_by('store_person_brand', query), NULL, 'row policies hold for plans that were made for another role') FROM asked;

CREATE SCHEMA careless;
CREATE FUNCTION careless.never(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR careless.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = careless.never);
CREATE FUNCTION careless.never(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR careless.= (LEFTARG = text, RIGHTARG = text, FUNCTION = careless.never);
SET LOCAL search_path = careless, pg_catalog;
CREATE TEMP TABLE careful AS SELECT intent.score(intent.person('user_id', 'u1', 'one'), 'purchase', '2026-03-25Z') AS score;
SET LOCAL search_path = public, pg_temp;
SELECT is((SELECT score::text FROM careful), answer, 'and operators of another schema are not ours') FROM asked;

SELECT * FROM finish();
ROLLBACK;
