-- registry: models with their versions, and which one is live

-- ----- tables -----

CREATE FUNCTION setup_registry() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF to_regclass('intent.model') IS NOT NULL THEN
		RETURN;
	END IF;

	CREATE TABLE intent.model (
		id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		tenant      text NOT NULL DEFAULT '',
		name        text NOT NULL CHECK (name <> ''),
		version     int NOT NULL CHECK (version > 0),
		scorecard   intent.scorecard,
		predictor   intent.predictor,
		reference   intent.partial CHECK (intent.partial_kind(reference) = 'score_reference'),
		state       text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'challenger', 'champion', 'retired')),
		trained_at  timestamptz,
		data_window tstzrange,
		n           bigint CHECK (n >= 0),
		metrics     jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metrics) = 'object'),
		note        text,
		recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
		UNIQUE (tenant, name, version),
		CHECK (num_nonnulls(scorecard, predictor) = 1)
	);
	-- whatever writes the table
	CREATE UNIQUE INDEX model_champion ON intent.model (tenant, name) WHERE state = 'champion';
	COMMENT ON TABLE intent.model IS 'Models by tenant, name and version; what a version says never changes';

	CREATE TABLE intent.model_state (
		id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		tenant      text NOT NULL DEFAULT '',
		model       bigint NOT NULL REFERENCES intent.model ON DELETE CASCADE,
		state       text NOT NULL,
		made_by     text NOT NULL DEFAULT current_user,
		recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
	);
	CREATE INDEX model_state_model ON intent.model_state (model, recorded_at);
	COMMENT ON TABLE intent.model_state IS 'Which state a model had from when on, and who gave it: rows are added by a trigger on intent.model';

	CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON intent.model FOR EACH ROW EXECUTE FUNCTION intent.model_keep();
	CREATE TRIGGER note_state AFTER INSERT OR UPDATE OF state ON intent.model FOR EACH ROW EXECUTE FUNCTION intent.model_note_state();

	CREATE VIEW intent.live_model WITH (security_invoker = true) AS
	SELECT m.tenant, m.name, m.version, m.id AS model, CASE WHEN m.scorecard IS NULL THEN 'predictor' ELSE 'scorecard' END AS kind,
		m.scorecard, m.predictor, m.reference, m.trained_at, m.data_window, m.n, m.metrics, m.note,
		(SELECT max(s.recorded_at) FROM intent.model_state s WHERE s.model = m.id AND s.state = 'champion') AS live_since
	FROM intent.model m
	WHERE m.state = 'champion';
	COMMENT ON VIEW intent.live_model IS 'The champions: one model a tenant and name';

	PERFORM intent.setup_tenants('model', 'model_state');
END $$;
COMMENT ON FUNCTION setup_registry() IS
'Makes the tables model and model_state and the view live_model where they are not there yet: the part of setup() that register_model needs. Example: SELECT intent.setup_registry();';

-- ----- what holds whoever writes them -----

CREATE FUNCTION model_keep() RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kept intent.model;
BEGIN
	IF tg_op = 'DELETE' THEN
		IF old.state <> 'draft' THEN
			RAISE object_not_in_prerequisite_state USING MESSAGE = format('version %s of model "%s" is no draft any more', old.version, old.name),
				HINT = 'Retire it with intent.promote_model(model, ''retired''): scores that it made may be asked for again.';
		END IF;
		RETURN old;
	END IF;
	-- state, note and metrics come and go; a reference is made from scores of the version, and may be added once
	kept := new;
	kept.state := old.state;
	kept.note := old.note;
	kept.metrics := old.metrics;
	IF old.reference IS NULL THEN
		kept.reference := NULL;
	END IF;
	IF kept *<> old THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('version %s of model "%s" cannot be changed', old.version, old.name),
			HINT = 'Register another version: what one version says stays the same, so that old scores can be made again.';
	END IF;
	RETURN new;
END $$;
COMMENT ON FUNCTION model_keep() IS 'Trigger of intent.model: what a version says never changes, and only drafts are deleted; not for direct use.';

CREATE FUNCTION model_note_state() RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF tg_op = 'INSERT' OR old.state <> new.state THEN
		INSERT INTO intent.model_state (tenant, model, state) VALUES (new.tenant, new.id, new.state);
	END IF;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION model_note_state() IS 'Trigger of intent.model: keeps which state it had when; not for direct use.';
