-- registry: registering, promoting and asking models

-- ----- registering -----

CREATE FUNCTION registry_add(name text, card scorecard, model predictor, tenant text, data_window tstzrange,
	n bigint, metrics jsonb, reference partial, trained_at timestamptz, note text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	made bigint;
BEGIN
	IF coalesce(name, '') = '' THEN
		RAISE invalid_parameter_value USING MESSAGE = 'a model must have a name', HINT = 'Call the first one ''default''.';
	ELSIF num_nonnulls(card, registry_add.model) <> 1 THEN
		RAISE null_value_not_allowed USING MESSAGE = format('model "%s" must be a scorecard or a predictor, and not NULL', name),
			HINT = 'Give the value itself, such as ''{"intents": {}, "signals": []}''::intent.scorecard, or what intent.train gave.';
	ELSIF metrics IS NOT NULL AND jsonb_typeof(metrics) <> 'object' THEN
		RAISE invalid_parameter_value USING MESSAGE = format('metrics of model "%s" are a JSON object, not %s', name, jsonb_typeof(metrics)),
			HINT = 'Write {"auc": 0.81}, or to_jsonb() of a row of intent.evaluation_report().';
	ELSIF reference IS NOT NULL AND intent.partial_kind(reference) <> 'score_reference' THEN
		RAISE datatype_mismatch USING MESSAGE = format('the reference of model "%s" is a partial of kind "%s"', name, intent.partial_kind(reference)),
			HINT = 'Make it with intent.score_reference(intent, evidence) from the scores of many people.';
	END IF;
	PERFORM intent.setup_registry();
	-- versions of two sessions come one after the other
	PERFORM pg_advisory_xact_lock(1768844655);
	INSERT INTO intent.model (tenant, name, version, scorecard, predictor, reference, trained_at, data_window, n, metrics, note)
	SELECT coalesce(registry_add.tenant, ''), registry_add.name,
		coalesce((SELECT max(m.version) FROM intent.model m WHERE m.tenant = coalesce(registry_add.tenant, '') AND m.name = registry_add.name), 0) + 1,
		card, registry_add.model, registry_add.reference, registry_add.trained_at, registry_add.data_window, registry_add.n,
		coalesce(registry_add.metrics, '{}'), registry_add.note
	RETURNING id INTO made;
	RETURN made;
END $$;
COMMENT ON FUNCTION registry_add(text, scorecard, predictor, text, tstzrange, bigint, jsonb, partial, timestamptz, text) IS
'What register_model does of a scorecard or a predictor, the other one being NULL. Not exactly one of them is error 22004; other errors as there. Example: SELECT intent.registry_add(''spare'', ''{"intents": {"purchase": {"base": -3}}, "signals": []}'', NULL, '''', NULL, NULL, NULL, NULL, NULL, NULL) IS NOT NULL AS registered;';

CREATE FUNCTION register_model(name text, card scorecard, tenant text DEFAULT '', data_window tstzrange DEFAULT NULL,
	n bigint DEFAULT NULL, metrics jsonb DEFAULT NULL, reference partial DEFAULT NULL, trained_at timestamptz DEFAULT NULL, note text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN intent.registry_add(name, card, NULL, tenant, data_window, n, metrics, reference, trained_at, note);
END $$;
COMMENT ON FUNCTION register_model(text, scorecard, text, tstzrange, bigint, jsonb, partial, timestamptz, text) IS
'Keeps a scorecard as the next version of a name, as a draft, and gives the number of the model, which is in the column id of intent.model. Beside it, what is known of it: the tenant, the window of the data it was learned from, how many rows that were (n), metrics (an object), a reference for percentiles (score_reference), when it was trained, and a note. What is registered never changes. The tables are made (setup_registry()) if they are not there. Two sessions that register wait for each other. No name, or metrics that are no object, are error 22023, no card 22004, a reference of another kind 42804. A literal needs its type, since a predictor may be registered as well. Example: SELECT name, intent.register_model(name, card, note => note) IS NOT NULL AS registered FROM (VALUES (''default'', ''{"intents": {"purchase": {"base": -3}}, "signals": [{"name": "viewing", "touchpoints": ["web:view"], "measure": "count", "half_life": "2 days", "weights": {"purchase": 0.4}}]}''::intent.scorecard, ''by hand''), (''default'', ''{"intents": {"purchase": {"base": -2}}, "signals": []}'', ''base rate'')) t(name, card, note);';

CREATE FUNCTION register_model(name text, model predictor, tenant text DEFAULT '', data_window tstzrange DEFAULT NULL,
	n bigint DEFAULT NULL, metrics jsonb DEFAULT NULL, reference partial DEFAULT NULL, trained_at timestamptz DEFAULT NULL, note text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	training record;
BEGIN
	SELECT t.* INTO training FROM intent.predictor_training(register_model.model) t;
	RETURN intent.registry_add(name, NULL, register_model.model, tenant, data_window, coalesce(register_model.n, training.n),
		coalesce(register_model.metrics, jsonb_strip_nulls(to_jsonb(training) - 'n' - 'kind')), reference,
		coalesce(register_model.trained_at, clock_timestamp()), note);
END $$;
COMMENT ON FUNCTION register_model(text, predictor, text, tstzrange, bigint, jsonb, partial, timestamptz, text) IS
'Registers a predictor, as above; n and metrics are what predictor_training says, and trained_at is now, unless given. Example: SELECT intent.register_model(''shop'', ''{"kind": "logistic", "base": -2, "features": []}''::intent.predictor, note => ''base rate'') IS NOT NULL AS registered;';

CREATE FUNCTION model_id(name text, version int DEFAULT NULL, tenant text DEFAULT '') RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found_id bigint;
BEGIN
	IF to_regclass('intent.model') IS NOT NULL THEN
		-- a tenant without a champion of its own has that of everybody
		SELECT m.id INTO found_id FROM intent.model m
		WHERE m.name = model_id.name AND CASE WHEN model_id.version IS NULL THEN m.state = 'champion' AND m.tenant IN ('', model_id.tenant)
			ELSE m.version = model_id.version AND m.tenant = model_id.tenant END
		ORDER BY m.tenant = model_id.tenant DESC LIMIT 1;
	END IF;
	IF found_id IS NULL THEN
		RAISE undefined_object USING
			MESSAGE = format('there is no %s of model %s here', coalesce('version ' || version, 'champion'), coalesce('"' || name || '"', 'NULL')),
			HINT = CASE WHEN version IS NULL THEN 'Register one with intent.register_model and make it live with intent.promote_model; models of other tenants are not seen.'
				ELSE 'SELECT name, version, state FROM intent.model shows what there is; models of other tenants are not seen.' END;
	END IF;
	RETURN found_id;
END $$;
COMMENT ON FUNCTION model_id(text, int, text) IS
'The number of a version of a model, or of the champion if version is NULL: that of the tenant, or if it has none that of tenant ''''. If there is none that the caller may see, error 42704. One index look-up. Example: SELECT intent.model_id(''default'', 1) = intent.model_id(''default'', version => 1) AS same;';

-- ----- promoting -----

CREATE FUNCTION promote_model(model bigint, state text DEFAULT 'champion', note text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	chosen record;
	replaced bigint;
BEGIN
	IF promote_model.state IS NULL OR promote_model.state NOT IN ('draft', 'challenger', 'champion', 'retired') THEN
		RAISE invalid_parameter_value USING MESSAGE = format('there is no state %s of a model', coalesce('"' || promote_model.state || '"', 'NULL')),
			HINT = 'States are draft, challenger, champion and retired.';
	END IF;
	-- before looking: who waits for another promotion then sees what it did
	PERFORM pg_advisory_xact_lock(1768844655);
	IF to_regclass('intent.model') IS NOT NULL THEN
		SELECT m.id, m.tenant, m.name, m.state INTO chosen FROM intent.model m WHERE m.id = promote_model.model;
	END IF;
	IF chosen IS NULL THEN
		RAISE undefined_object USING MESSAGE = format('there is no model %s here', coalesce(promote_model.model::text, 'NULL')),
			HINT = 'Give the number that intent.register_model or intent.model_id gave.';
	ELSIF promote_model.state = 'draft' AND chosen.state <> 'draft' THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('model %s of "%s" was %s, and is no draft any more', chosen.id, chosen.name, chosen.state),
			HINT = 'Retire it, or register another version.';
	END IF;
	IF promote_model.state = 'champion' AND chosen.state <> 'champion' THEN
		UPDATE intent.model m SET state = 'retired'
		WHERE m.tenant = chosen.tenant AND m.name = chosen.name AND m.state = 'champion'
		RETURNING m.id INTO replaced;
	END IF;
	UPDATE intent.model m SET state = promote_model.state, note = coalesce(promote_model.note, m.note)
	WHERE m.id = chosen.id AND (m.state <> promote_model.state OR promote_model.note IS NOT NULL);
	RETURN replaced;
END $$;
COMMENT ON FUNCTION promote_model(bigint, text, text) IS
'Gives a model, by its number, another state, and perhaps another note: champion (the live one of its tenant and name; the champion so far is retired in the same transaction), challenger, or retired. Gives the number of the champion it replaced, NULL if there was none. Going back is promoting the old one again. Others see the champion change when the transaction commits, and never see two or none. Sessions that promote wait for each other. An unknown model is error 42704, an unknown state 22023, draft for what was none any more 55000. Example: SELECT name, intent.promote_model(intent.model_id(name, 1)) AS replaced FROM (VALUES (''default''), (''shop'')) t(name);';

-- ----- asking -----

CREATE FUNCTION model_scorecard(model bigint) RETURNS scorecard
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	card intent.scorecard;
BEGIN
	SELECT intent.unpacked(m.scorecard) INTO card FROM intent.model m WHERE m.id = model_scorecard.model;
	IF card IS NULL THEN
		RAISE undefined_object USING MESSAGE = format('model %s is no scorecard', coalesce(model_scorecard.model::text, 'NULL')),
			HINT = 'SELECT id, name, version FROM intent.model WHERE scorecard IS NOT NULL shows those that are; predictors are had by intent.model_predictor.';
	END IF;
	RETURN card;
END $$;
COMMENT ON FUNCTION model_scorecard(bigint) IS
'The scorecard of a model of any state, by its number, whole in memory as unpacked() gives it: old versions give their old scores, bit for bit. What is no scorecard, or not there, is error 42704. Example: SELECT intent.scorecard_intents(intent.model_scorecard(intent.model_id(''default'', 1)));';

CREATE FUNCTION model_predictor(model bigint) RETURNS predictor
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	found_one intent.predictor;
BEGIN
	SELECT intent.unpacked(m.predictor) INTO found_one FROM intent.model m WHERE m.id = model_predictor.model;
	IF found_one IS NULL THEN
		RAISE undefined_object USING MESSAGE = format('model %s is no predictor', coalesce(model_predictor.model::text, 'NULL')),
			HINT = 'SELECT id, name, version FROM intent.model WHERE predictor IS NOT NULL shows those that are; scorecards are had by intent.model_scorecard.';
	END IF;
	RETURN found_one;
END $$;
COMMENT ON FUNCTION model_predictor(bigint) IS
'The predictor of a model of any state, by its number, as model_scorecard. Example: SELECT intent.predict(intent.model_predictor(intent.model_id(''shop'', 1)), ''{}'');';

CREATE FUNCTION live_scorecard(name text DEFAULT 'default', tenant text DEFAULT '') RETURNS scorecard
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN intent.model_scorecard(intent.model_id(name, NULL, tenant));
END $$;
COMMENT ON FUNCTION live_scorecard(text, text) IS
'The scorecard of the champion of a name, that of the tenant or else of tenant '''', whole in memory. For many journeys write (SELECT intent.live_scorecard(''default'')), which looks once a query; intent.live_model gives name and version beside it. No champion, or one that is a predictor, is error 42704. Example: SELECT intent.score(''{2026-03-01T10:00:00Z web:view}''::intent.journey, (SELECT intent.live_scorecard(''default'')), ''purchase'', as_of => ''2026-03-03T10:00:00Z'');';

CREATE FUNCTION live_predictor(name text DEFAULT 'default', tenant text DEFAULT '') RETURNS predictor
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN intent.model_predictor(intent.model_id(name, NULL, tenant));
END $$;
COMMENT ON FUNCTION live_predictor(text, text) IS
'The predictor of the champion of a name, as live_scorecard. Example: SELECT intent.predict((SELECT intent.live_predictor(''shop'')), ''{"visits": 4}'');';

CREATE FUNCTION live_reference(name text DEFAULT 'default', tenant text DEFAULT '') RETURNS partial
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	of_model constant bigint := intent.model_id(name, NULL, tenant);
BEGIN
	RETURN (SELECT intent.unpacked(m.reference) FROM intent.model m WHERE m.id = of_model);
END $$;
COMMENT ON FUNCTION live_reference(text, text) IS
'The reference for percentiles of the champion of a name (see score_reference and intents_of); NULL if it has none. No champion is error 42704. Example: SELECT intent.live_reference(''default'') IS NULL AS none_yet;';

CREATE FUNCTION model_at(name text, at timestamptz, tenant text DEFAULT '') RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (
		SELECT m.id
		FROM intent.model m
		CROSS JOIN LATERAL (SELECT s.state, s.recorded_at, s.id FROM intent.model_state s
			WHERE s.model = m.id AND s.recorded_at <= at ORDER BY s.recorded_at DESC, s.id DESC LIMIT 1) last
		WHERE m.tenant IN ('', model_at.tenant) AND m.name = model_at.name AND last.state = 'champion'
		ORDER BY m.tenant = model_at.tenant DESC, last.recorded_at DESC, last.id DESC LIMIT 1);
END $$;
COMMENT ON FUNCTION model_at(text, timestamptz, text) IS
'The model that was champion of a name at an instant, that of the tenant or else of tenant '''': what a score of then was made by. NULL if there was none. Cost grows with the versions of the name. Example: SELECT intent.model_at(''default'', ''2026-03-01Z'') IS NULL AS none_then;';

CREATE FUNCTION live_scores(journey journey, name text, as_of timestamptz, known_at timestamptz DEFAULT NULL, tenant text DEFAULT '',
	OUT model bigint, OUT version int, OUT intent text, OUT probability float8, OUT momentary float8, OUT overarching float8,
	OUT evidence numeric, OUT confidence float8, OUT status text)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 4 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	of_model constant bigint := intent.model_id(live_scores.name, NULL, live_scores.tenant);
BEGIN
	RETURN QUERY
	SELECT m.id, m.version, s.*
	FROM intent.model m, intent.scores(live_scores.journey, intent.model_scorecard(m.id), live_scores.as_of, live_scores.known_at) s
	WHERE m.id = of_model;
END $$;
COMMENT ON FUNCTION live_scores(journey, text, timestamptz, timestamptz, text) IS
'scores() by the champion of a name, and which model and version that is: with these, model_scorecard gives the same scores at any later time. For many journeys join intent.live_model: its row says the version, too. Errors as in live_scorecard and scores. Example: SELECT version, intent, probability FROM intent.live_scores(''{2026-03-01T10:00:00Z web:view}'', ''default'', as_of => ''2026-03-03T10:00:00Z'');';
