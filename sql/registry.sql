-- The registry of models: versions, promotion, who is live, what another version would change.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
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
	-- a whole row has its times in it
	RETURN concat_ws(' | ', state, message, CASE WHEN detail NOT LIKE 'Failing row%' THEN nullif(detail, '') END, nullif(hint, ''));
END $$;

CREATE FUNCTION pg_temp.card(base numeric, weight numeric) RETURNS intent.scorecard LANGUAGE sql AS $$
	SELECT intent.scorecard_from_jsonb(jsonb_build_object('intents', jsonb_build_object('purchase', jsonb_build_object('base', base)), 'signals', jsonb_build_array(
		jsonb_build_object('name', 'viewing', 'touchpoints', '["web:view"]'::jsonb, 'measure', 'count', 'weights', jsonb_build_object('purchase', weight)))))
$$;

-- before there is anything
SELECT pg_temp.refused('SELECT intent.live_scorecard()');
SELECT pg_temp.refused('SELECT intent.model_id(''default'', 1)');
SELECT pg_temp.refused('SELECT intent.promote_model(1)');

-- registering: versions count by name and tenant
SELECT intent.register_model('default', pg_temp.card(-3, 0.4), note => 'by hand', n => 100, metrics => '{"auc": 0.7}', data_window => '[2026-01-01Z,2026-02-01Z)');
SELECT intent.register_model('default', pg_temp.card(-3, 0.8));
SELECT intent.register_model('other', pg_temp.card(-1, 0.1));
SELECT intent.register_model('default', pg_temp.card(-2, 0.2), tenant => 'brand');
SELECT intent.register_model('shop', '{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}]}'::intent.predictor);
SELECT intent.register_model('shop', '{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 2.5]}]}'::intent.predictor, metrics => '{}');
SELECT id, tenant, name, version, state, n, metrics, data_window, note, trained_at IS NOT NULL AS trained FROM intent.model ORDER BY id;

SELECT intent.register_model('mistake', pg_temp.card(0, 0));

-- promoting, and going back
SELECT pg_temp.refused('SELECT intent.live_scorecard()');
SELECT intent.promote_model(intent.model_id('default', 1));
SELECT intent.promote_model(intent.model_id('default', 1));
SELECT intent.promote_model(intent.model_id('default', 2), 'challenger', note => 'twice the weight');
SELECT intent.promote_model(intent.model_id('default', 2)) AS replaced;
SELECT intent.promote_model(intent.model_id('default', 1)) AS replaced;
SELECT intent.promote_model(intent.model_id('default', tenant => 'brand', version => 1));
SELECT intent.promote_model(intent.model_id('shop', 2));
SELECT tenant, name, version, model, kind, note FROM intent.live_model ORDER BY model;
SELECT id, state, note FROM intent.model WHERE name = 'default' ORDER BY id;
SELECT model, string_agg(state, ' ' ORDER BY id), count(DISTINCT made_by) FROM intent.model_state GROUP BY model ORDER BY model;
SELECT intent.model_at('default', clock_timestamp()), intent.model_at('default', '2026-01-01Z'), intent.model_at('default', clock_timestamp(), 'brand'), intent.model_at('nobody', clock_timestamp());
-- a tenant without a champion of its own has that of everybody
SELECT intent.model_id('default', tenant => 'brand'), intent.model_id('default', tenant => 'nobody'), intent.model_at('default', clock_timestamp(), 'nobody');
SELECT pg_temp.refused('SELECT intent.model_id(''default'', 1, ''nobody'')');
SELECT intent.model_at('default', recorded_at) FROM intent.model_state WHERE model = 2 AND state = 'champion';

-- asking
SELECT intent.same(intent.live_scorecard(), pg_temp.card(-3, 0.4)), intent.same(intent.live_scorecard(tenant => 'brand'), pg_temp.card(-2, 0.2)),
	intent.same(intent.model_scorecard(2), pg_temp.card(-3, 0.8)), intent.live_reference() IS NULL AS no_reference;
SELECT intent.predict(intent.live_predictor('shop'), '{"visits": 4}'), intent.predict(intent.model_predictor(5), '{"visits": 4}');
SELECT * FROM intent.live_scores('{2026-03-01T10:00:00Z web:view}', 'default', as_of => '2026-03-01 10:10Z');
SELECT model, version, status FROM intent.live_scores(NULL, 'default', as_of => '2026-03-01 10:10Z', tenant => 'brand');

-- a reference may be added once; what a version says is not changed
UPDATE intent.model SET reference = (SELECT intent.score_reference('purchase', n * 0.1) FROM generate_series(1, 10) n) WHERE id = 1;
SELECT intent.partial_kind(intent.live_reference());
SELECT n, pg_temp.refused(command) FROM (VALUES
	(1, 'UPDATE intent.model SET reference = NULL WHERE id = 1'),
	(2, 'UPDATE intent.model SET scorecard = pg_temp.card(0, 0) WHERE id = 1'),
	(3, 'UPDATE intent.model SET version = 7 WHERE id = 1'),
	(4, 'UPDATE intent.model SET name = ''b'' WHERE id = 1'),
	(5, 'UPDATE intent.model SET n = 7 WHERE id = 1'),
	(6, 'UPDATE intent.model SET metrics = ''{"auc": 0.71}'', note = ''looked at again'' WHERE id = 1'),
	(7, 'UPDATE intent.model SET state = ''champion'' WHERE id = 2'),
	(8, 'UPDATE intent.model SET state = ''best'' WHERE id = 2'),
	(9, 'DELETE FROM intent.model WHERE id = 2'),
	(10, 'DELETE FROM intent.model WHERE id = 7'),
	(11, 'UPDATE intent.model SET scorecard = scorecard WHERE id = 1')) t(n, command) ORDER BY n;

-- who moves, by how much
CREATE TABLE person (person int, journey intent.journey);
INSERT INTO person SELECT p, intent.journey_agg(timestamptz '2026-03-01Z' + v * interval '1 h', 'web', 'view', NULL) FROM generate_series(1, 4) p, generate_series(1, p - 1) v GROUP BY p;
INSERT INTO person VALUES (9, NULL);
SELECT person, intent, score_a, score_b, difference, evidence_difference, rank_a, rank_b
FROM intent.score_diff(1, 2, 'SELECT person, journey FROM public.person -- all of them', as_of => '2026-03-02Z');
-- exactly what the two versions say
SELECT count(*), bool_and(d.score_a IS NOT DISTINCT FROM intent.score(p.journey, intent.model_scorecard(1), 'purchase', '2026-03-02Z')
	AND d.score_b IS NOT DISTINCT FROM intent.score(p.journey, intent.model_scorecard(2), 'purchase', '2026-03-02Z')) AS same
FROM intent.score_diff(1, 2, 'SELECT person, journey FROM public.person', as_of => '2026-03-02Z') d JOIN person p ON p.person = d.person::int;
-- versions with other intents, and a person that comes twice
SELECT person, intent, score_a, score_b, rank_a, rank_b
FROM intent.score_diff(1, intent.model_id('other', 1), 'SELECT 1 AS person, journey FROM public.person WHERE person IN (2, 3)', as_of => '2026-03-02Z') ;
SELECT * FROM intent.score_diff(5, 6, 'SELECT v AS person, v AS visits FROM generate_series(2, 4) v');
SELECT n, pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT * FROM intent.score_diff(1, 99, 'SELECT 1')$$),
	(2, $$SELECT * FROM intent.score_diff(NULL, 1, 'SELECT 1')$$),
	(3, $$SELECT * FROM intent.score_diff(1, 5, 'SELECT 1')$$),
	(4, $$SELECT * FROM intent.score_diff(1, 2, 'SELECT person, journey FROM public.person')$$),
	(5, $$SELECT * FROM intent.score_diff(1, 2, NULL, '2026-03-02Z')$$),
	(6, $$SELECT * FROM intent.score_diff(1, 2, 'SELECT 1 AS person', '2026-03-02Z')$$),
	(7, $$SELECT * FROM intent.score_diff(1, 2, 'SELECT 1) o; DROP TABLE public.person; --', '2026-03-02Z')$$),
	(8, $$SELECT * FROM intent.score_diff(1, 2, 'DELETE FROM public.person RETURNING person, journey', '2026-03-02Z')$$)) t(n, command) ORDER BY n;

-- refusals
SELECT n, pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT intent.register_model('', pg_temp.card(0, 0))$$),
	(2, $$SELECT intent.register_model(NULL, pg_temp.card(0, 0))$$),
	(3, $$SELECT intent.register_model('a', NULL::intent.scorecard)$$),
	(4, $$SELECT intent.register_model('a', NULL::intent.predictor)$$),
	(5, $$SELECT intent.register_model('a', pg_temp.card(0, 0), reference => 'retention/1:AA==')$$),
	(6, $$SELECT intent.register_model('a', pg_temp.card(0, 0), metrics => '[]')$$),
	(7, $$SELECT intent.promote_model(NULL)$$),
	(8, $$SELECT intent.promote_model(1, 'best')$$),
	(9, $$SELECT intent.promote_model(1, NULL)$$),
	(10, $$SELECT intent.promote_model(1, 'draft')$$),
	(11, $$SELECT intent.live_scorecard('shop')$$),
	(12, $$SELECT intent.live_predictor('default')$$),
	(13, $$SELECT intent.model_scorecard(99)$$),
	(14, $$SELECT intent.model_id('default', 9)$$),
	(15, $$SELECT intent.model_id(NULL)$$)) t(n, command) ORDER BY n;
DROP TABLE person;
