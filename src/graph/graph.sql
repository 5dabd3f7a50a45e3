-- graph: the identity graph, its tables and its rules

-- ----- tables -----

CREATE FUNCTION setup_graph() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF to_regclass('intent.graph') IS NOT NULL THEN
		RETURN;
	END IF;

	-- No foreign keys where observations are written: each would lock the one row of the graph.
	-- One for all graphs. The id of a person is the id of its oldest identifier, so it is never used twice.
	CREATE SEQUENCE intent.identifier_id AS bigint;

	CREATE TABLE intent.graph (
		id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		tenant      text NOT NULL DEFAULT '',
		name        text NOT NULL UNIQUE CHECK (name <> ''),
		rules       jsonb NOT NULL,
		salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
		recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
	);
	COMMENT ON TABLE intent.graph IS 'Identity graphs and their rules';

	-- The rules again, a row a kind, for joins.
	CREATE TABLE intent.graph_kind (
		tenant           text NOT NULL DEFAULT '',
		graph            bigint NOT NULL REFERENCES intent.graph ON DELETE CASCADE,
		kind             text NOT NULL,
		priority         int NOT NULL,
		shared           boolean NOT NULL,
		max_per_person   int,
		max_within       interval,
		hub_limit        int,
		reach            interval,
		hub_reach        interval,
		adopts           boolean NOT NULL,
		normalise        text,
		blocked          text[] NOT NULL,
		blocked_pattern  text,
		PRIMARY KEY (graph, kind)
	);
	COMMENT ON TABLE intent.graph_kind IS 'Kinds of identifiers, by graph: made from its rules';

	CREATE TABLE intent.profile (
		id     bigint PRIMARY KEY,
		tenant text NOT NULL DEFAULT '',
		graph  bigint NOT NULL,
		person bigint NOT NULL
	);
	CREATE INDEX profile_person ON intent.profile (person);
	COMMENT ON TABLE intent.profile IS 'What became known together; a merge changes the person of a profile and nothing else';

	CREATE TABLE intent.identifier (
		id          bigint PRIMARY KEY,
		tenant      text NOT NULL DEFAULT '',
		graph       bigint NOT NULL,
		kind        text NOT NULL,
		value       text NOT NULL,
		profile     bigint NOT NULL,
		hub         boolean NOT NULL DEFAULT false,
		first_seen  timestamptz NOT NULL,
		recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
		UNIQUE (graph, kind, value)
	);
	CREATE INDEX identifier_profile ON intent.identifier (profile);
	COMMENT ON TABLE intent.identifier IS 'Identifiers: kind and value';

	-- What comes late may be the earliest: then first_seen is no longer what it was, and known_at asks what it was.
	CREATE TABLE intent.backdated (
		tenant      text NOT NULL DEFAULT '',
		graph       bigint NOT NULL,
		identifier  bigint NOT NULL,
		first_seen  timestamptz NOT NULL,
		recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
	);
	CREATE INDEX backdated_identifier ON intent.backdated (identifier, recorded_at);
	COMMENT ON TABLE intent.backdated IS 'Identifiers that turned out to be older: what their first_seen was until recorded_at';

	CREATE TABLE intent.link (
		id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		tenant       text NOT NULL DEFAULT '',
		graph        bigint NOT NULL,
		a            bigint NOT NULL,
		b            bigint NOT NULL,
		state        text NOT NULL CHECK (state IN ('active', 'refused', 'retracted', 'apart')),
		reason       text,
		source       text NOT NULL,
		weight       float8 NOT NULL DEFAULT 1,
		evidence     jsonb,
		occurred_at  timestamptz NOT NULL,
		recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
		retracted_at timestamptz CHECK ((retracted_at IS NOT NULL) = (state = 'retracted')),
		CHECK (a < b)
	);
	CREATE INDEX link_a ON intent.link (a, b);
	CREATE INDEX link_b ON intent.link (b);
	CREATE INDEX link_apart ON intent.link (a) WHERE state = 'apart';
	CREATE INDEX link_split ON intent.link (reason) WHERE reason LIKE 'split %';
	COMMENT ON TABLE intent.link IS 'Why two identifiers are one person, or are not: rows are added, and only ever marked as retracted';

	-- A cookie or a device, and who it carried when.
	CREATE TABLE intent.sighting (
		tenant      text NOT NULL DEFAULT '',
		graph       bigint NOT NULL,
		carrier     bigint NOT NULL,
		occurred_at timestamptz NOT NULL,
		identifier  bigint NOT NULL,
		recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
		PRIMARY KEY (carrier, occurred_at, identifier)
	);
	COMMENT ON TABLE intent.sighting IS 'Identifiers that named somebody on a shared one, with the time';

	CREATE TABLE intent.carried (
		tenant      text NOT NULL DEFAULT '',
		graph       bigint NOT NULL,
		carrier     bigint NOT NULL,
		identifier  bigint NOT NULL,
		PRIMARY KEY (carrier, identifier)
	);
	CREATE INDEX carried_identifier ON intent.carried (identifier);
	COMMENT ON TABLE intent.carried IS 'Sightings without the time: how many were seen on a shared identifier';

	CREATE TABLE intent.suppression (
		tenant      text NOT NULL DEFAULT '',
		graph       bigint NOT NULL,
		hash        bytea NOT NULL,
		erasure     bigint NOT NULL,
		PRIMARY KEY (graph, hash)
	);
	COMMENT ON TABLE intent.suppression IS 'Identifiers that were erased, as salted hashes: they are not taken in again';

	CREATE TABLE intent.graph_erasure (
		id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		tenant      text NOT NULL DEFAULT '',
		graph       bigint NOT NULL,
		person      bigint NOT NULL,
		identifiers bigint NOT NULL,
		links       bigint NOT NULL,
		sightings   bigint NOT NULL,
		consents    bigint NOT NULL,
		recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
	);
	COMMENT ON TABLE intent.graph_erasure IS 'Certificates: which person was erased from a graph, when, and how many rows';

	CREATE TABLE intent.consent (
		id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		tenant      text NOT NULL DEFAULT '',
		graph       bigint NOT NULL,
		person      bigint NOT NULL,
		purpose     text NOT NULL,
		channel     text NOT NULL DEFAULT '',
		granted     boolean NOT NULL,
		valid       tstzrange NOT NULL,
		source      text,
		recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
	);
	CREATE INDEX consent_person ON intent.consent (person, purpose);
	COMMENT ON TABLE intent.consent IS 'What a person agreed to or refused, by purpose and channel: rows are added, and the last one holds';

	PERFORM intent.setup_tenants('graph', 'graph_kind', 'profile', 'identifier', 'backdated', 'link', 'sighting', 'carried',
		'suppression', 'graph_erasure', 'consent');
END $$;
COMMENT ON FUNCTION setup_graph() IS
'Makes the tables of the identity graph where they are not there yet: the part of setup() that create_graph needs. Example: SELECT intent.setup_graph();';

-- Rooms above use it for their tables too.
CREATE FUNCTION setup_tenants(VARIADIC tables name[]) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	made name;
BEGIN
	-- '' is everybody who has rights on the tables; another tenant is the role of that name. To be changed by the owner.
	FOREACH made IN ARRAY tables LOOP
		EXECUTE format('ALTER TABLE intent.%I ENABLE ROW LEVEL SECURITY', made);
		IF NOT EXISTS (SELECT FROM pg_policy WHERE polname = 'tenant' AND polrelid = format('intent.%I', made)::regclass) THEN
			EXECUTE format('CREATE POLICY tenant ON intent.%I USING (tenant IN ('''', current_user))', made);
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION setup_tenants(name[]) IS
'Turns on row security for tables of the schema intent that have a column tenant, and makes their policy tenant unless there is one: it lets see the rows of tenant '''' and of the tenant named like the current role. A part of setup(). Example: SELECT intent.setup_tenants(''graph'', ''consent'');';

-- ----- rules -----

CREATE FUNCTION graph_rules(rules jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- Known identifiers first: of two that name different people the stronger one, with the smaller priority, is believed.
	usual constant jsonb := '{
		"user_id":        {"priority": 10, "max_per_person": 1},
		"customer_id":    {"priority": 20, "max_per_person": 3, "hub_limit": 5},
		"loyalty_id":     {"priority": 30, "max_per_person": 3, "hub_limit": 5},
		"email":          {"priority": 40, "max_per_person": 5, "hub_limit": 5, "normalise": "email",
		                   "blocked_patterns": ["^(test|tester|noreply|no[-_.]reply|donotreply|do[-_.]not[-_.]reply|nobody|none|null|unknown|anonymous|guest)@"]},
		"phone":          {"priority": 50, "max_per_person": 5, "hub_limit": 5, "normalise": "phone"},
		"card":           {"priority": 60, "max_per_person": 10, "hub_limit": 3},
		"cookie":         {"priority": 70, "shared": true},
		"anonymous_id":   {"priority": 71, "shared": true},
		"advertising_id": {"priority": 80, "shared": true},
		"device":         {"priority": 90, "shared": true},
		"device_id":      {"priority": 91, "shared": true}}';
	nobody constant jsonb := '["null", "(null)", "none", "nil", "undefined", "nan", "na", "n/a", "unknown", "anonymous", "anon", "guest",
		"test", "default", "-1", "not set", "(not set)", "true", "false", "[object object]"]';
	nobody_patterns constant jsonb := '["^[0-]+$", "^([0-9x])\\1{4,}$"]';
	-- what a rule takes: a whole number from 1, a boolean, a duration, a list of texts, a name
	takes constant jsonb := '{"priority": "number", "max_per_person": "number", "max_within": "duration", "unique": "boolean",
		"hub_limit": "number", "shared": "boolean", "reach": "duration", "hub_reach": "duration", "adopts": "boolean",
		"normalise": "name", "blocked": "texts", "blocked_patterns": "texts"}';
	given jsonb := coalesce(rules, '{}');
	kinds jsonb := '{}';
	place text; name text; spec jsonb; key text; value jsonb; item text; whole jsonb;
BEGIN
	IF jsonb_typeof(given) <> 'object' THEN
		RAISE invalid_parameter_value USING MESSAGE = format('rules of a graph are a JSON object, not %s', jsonb_typeof(given)),
			HINT = 'Write {"kinds": {"email": {"max_per_person": 5}}}.';
	END IF;
	FOR key, value IN SELECT e.key, e.value FROM jsonb_each(given) e LOOP
		IF key NOT IN ('kinds', 'usual_kinds', 'blocked', 'blocked_patterns') THEN
			RAISE invalid_parameter_value USING MESSAGE = format('rules of a graph have no key "%s"', key),
				HINT = 'Keys are kinds, usual_kinds, blocked and blocked_patterns.';
		END IF;
	END LOOP;
	IF coalesce(jsonb_typeof(given -> 'usual_kinds'), 'boolean') <> 'boolean' THEN
		RAISE invalid_parameter_value USING MESSAGE = 'usual_kinds: must be true or false',
			HINT = 'Leave it out to keep the usual kinds beside your own.';
	END IF;
	IF coalesce(jsonb_typeof(given -> 'kinds'), 'object') <> 'object' THEN
		RAISE invalid_parameter_value USING MESSAGE = 'kinds: must be an object of kinds of identifiers',
			HINT = 'Write {"kinds": {"email": {"max_per_person": 5}}}.';
	END IF;
	-- looked at as a kind's own, below
	given := jsonb_build_object('blocked', nobody, 'blocked_patterns', nobody_patterns) || given;

	FOR name, spec IN
		SELECT coalesce(u.key, g.key), coalesce(u.value, '{}') || CASE WHEN g.key IS NULL THEN '{}' WHEN jsonb_typeof(g.value) = 'object' THEN g.value ELSE jsonb_build_object('', g.value) END
		FROM (SELECT * FROM jsonb_each(usual) WHERE coalesce(given -> 'usual_kinds', 'true') <> 'false') u
		FULL JOIN jsonb_each(given -> 'kinds') g ON g.key = u.key
		UNION ALL
		SELECT NULL, jsonb_build_object('blocked', given -> 'blocked', 'blocked_patterns', given -> 'blocked_patterns')
	LOOP
		place := CASE WHEN name IS NULL THEN '' ELSE 'kinds.' || name || '.' END;
		IF name = '' THEN
			RAISE invalid_parameter_value USING MESSAGE = 'kinds: a kind of identifiers must have a name',
				HINT = 'Name it as the observations do, such as "email".';
		END IF;
		IF spec ? '' THEN
			RAISE invalid_parameter_value USING MESSAGE = format('kinds.%s: must be an object of rules, not %s', name, spec -> ''),
				HINT = 'Write {} for a kind without rules of its own.';
		END IF;
		FOR key, value IN SELECT e.key, e.value FROM jsonb_each(spec) e LOOP
			IF NOT takes ? key THEN
				RAISE invalid_parameter_value USING MESSAGE = format('%s%s: there is no such rule', place, key),
					HINT = format('Rules of a kind are %s.', (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(takes) k));
			END IF;
			CASE takes ->> key
				WHEN 'number' THEN
					IF jsonb_typeof(value) <> 'number' OR value::numeric NOT BETWEEN 1 AND 1000000 OR value::numeric % 1 <> 0 THEN
						RAISE invalid_parameter_value USING MESSAGE = format('%s%s: must be a whole number from 1 to 1000000, not %s', place, key, value),
							HINT = 'Leave it out for no limit.';
					END IF;
				WHEN 'boolean' THEN
					IF jsonb_typeof(value) <> 'boolean' THEN
						RAISE invalid_parameter_value USING MESSAGE = format('%s%s: must be true or false, not %s', place, key, value),
							HINT = 'Write it without quotes.';
					END IF;
				WHEN 'duration' THEN
					BEGIN
						IF jsonb_typeof(value) <> 'string' OR (value #>> '{}')::interval < '0' 
							OR date_part('year', (value #>> '{}')::interval) <> 0 OR date_part('month', (value #>> '{}')::interval) <> 0 THEN
							RAISE invalid_datetime_format;
						END IF;
					EXCEPTION WHEN invalid_datetime_format OR datetime_field_overflow THEN
						RAISE invalid_parameter_value USING MESSAGE = format('%s%s: must be a duration, not %s', place, key, value),
							HINT = 'Write it in days, hours, minutes, such as "30 days".';
					END;
				WHEN 'name' THEN
					IF value NOT IN ('"email"', '"phone"', 'null') THEN
						RAISE invalid_parameter_value USING MESSAGE = format('%s%s: must be "email" or "phone", not %s', place, key, value),
							HINT = 'Leave it out to take values as they are.';
					END IF;
				WHEN 'texts' THEN
					IF jsonb_typeof(value) <> 'array' OR EXISTS (SELECT FROM jsonb_array_elements(value) x WHERE jsonb_typeof(x) <> 'string') THEN
						RAISE invalid_parameter_value USING MESSAGE = format('%s%s: must be a list of texts, not %s', place, key, value),
							HINT = 'Write ["null", "unknown"].';
					END IF;
					IF key = 'blocked_patterns' THEN
						FOR item IN SELECT x FROM jsonb_array_elements_text(value) x LOOP
							BEGIN
								PERFORM '' ~* item;
							EXCEPTION WHEN invalid_regular_expression THEN
								RAISE invalid_parameter_value USING MESSAGE = format('%s%s: "%s" is no regular expression', place, key, item),
									DETAIL = SQLERRM, HINT = 'Patterns are POSIX regular expressions, without regard to case.';
							END;
						END LOOP;
					END IF;
			END CASE;
		END LOOP;
		CONTINUE WHEN name IS NULL;
		IF spec -> 'unique' = 'true' THEN
			IF coalesce(spec -> 'max_per_person', '1') <> '1' THEN
				RAISE invalid_parameter_value USING MESSAGE = format('%sunique: contradicts a max_per_person of %s', place, spec -> 'max_per_person'),
					HINT = 'Unique is short for max_per_person 1; give one of the two.';
			END IF;
			spec := spec || '{"max_per_person": 1}';
		END IF;
		IF spec ? 'max_within' AND NOT spec ? 'max_per_person' THEN
			RAISE invalid_parameter_value USING MESSAGE = format('%smax_within: is nothing without max_per_person', place),
				HINT = 'Say how many a person may have in that time.';
		END IF;
		FOREACH key IN ARRAY CASE WHEN coalesce(spec -> 'shared', 'false') = 'true' THEN ARRAY['max_per_person', 'max_within']
			ELSE ARRAY['reach', 'hub_reach', 'adopts'] END LOOP
			IF spec ? key THEN
				RAISE invalid_parameter_value USING MESSAGE = format('%s%s: is no rule for a kind with shared %s', place, key, coalesce(spec -> 'shared', 'false')),
					HINT = 'Shared kinds do not join people; they carry one at a time.';
			END IF;
		END LOOP;
		whole := CASE WHEN coalesce(spec -> 'shared', 'false') = 'true'
			THEN '{"priority": 100, "hub_limit": 10, "reach": "30 minutes", "hub_reach": "30 minutes", "adopts": true}'::jsonb
			ELSE '{"priority": 100, "shared": false}' END;
		kinds := kinds || jsonb_build_object(name, jsonb_strip_nulls(whole || (spec - 'unique')));
	END LOOP;
	RETURN jsonb_build_object('kinds', kinds, 'usual_kinds', false, 'blocked', given -> 'blocked', 'blocked_patterns', given -> 'blocked_patterns');
END $$;
COMMENT ON FUNCTION graph_rules(jsonb) IS
'The rules of a graph in full, with what holds where nothing is said; what is given for a usual kind goes over what holds for it. Keys: kinds, an object of rules by kind of identifier; usual_kinds (true: user_id, customer_id, loyalty_id, email, phone, card, cookie, anonymous_id, advertising_id, device and device_id are known as well); blocked, values that name nobody (without regard to case), and blocked_patterns, regular expressions of such, both for all kinds. Of a kind: priority (smaller is stronger), max_per_person (identifiers of it that a person may have) with max_within (in that time; else for ever), unique (short for max_per_person 1), hub_limit (of a kind that joins: different stronger identifiers, of a shared one: people, beyond which it is a hub and joins nobody), shared (it carries one person at a time, and is attributed by time), reach (how far in time one that carried several people speaks) and hub_reach (the same for hubs), adopts (who was seen on it with no unique identifier joins the only one seen on it with one), normalise ("email" or "phone"), blocked and blocked_patterns of its own. What is wrong is error 22023 that names the place. NULL is no rules. See docs/guide-identity-graph.md. Example: SELECT jsonb_pretty(intent.graph_rules(''{"usual_kinds": false, "blocked": ["null"], "kinds": {"login": {"unique": true}, "cookie": {"shared": true}}}''));';

CREATE FUNCTION graph_set_rules(graph bigint, rules jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	complete constant jsonb := intent.graph_rules(graph_set_rules.rules);
	used text;
BEGIN
	SELECT min(k.kind) INTO used FROM intent.graph_kind k
	WHERE k.graph = graph_set_rules.graph AND NOT complete -> 'kinds' ? k.kind
		AND EXISTS (SELECT FROM intent.identifier i WHERE i.graph = k.graph AND i.kind = k.kind);
	IF used IS NOT NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = format('kinds: leaves out "%s", of which there are identifiers', used),
			HINT = format('Write {"kinds": {"%s": {}}} with the rules it shall have.', used);
	END IF;
	SELECT min(k.kind) INTO used FROM intent.graph_kind k
	WHERE k.graph = graph_set_rules.graph AND k.shared <> (complete #> ARRAY['kinds', k.kind, 'shared'] = 'true')
		AND EXISTS (SELECT FROM intent.identifier i WHERE i.graph = k.graph AND i.kind = k.kind);
	IF used IS NOT NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = format('kinds.%s.shared: cannot change, for there are identifiers', used),
			HINT = 'Make a new graph and ingest the observations again.';
	END IF;
	UPDATE intent.graph g SET rules = complete WHERE g.id = graph_set_rules.graph;
	DELETE FROM intent.graph_kind k WHERE k.graph = graph_set_rules.graph;
	INSERT INTO intent.graph_kind (tenant, graph, kind, priority, shared, max_per_person, max_within, hub_limit, reach, hub_reach,
		adopts, normalise, blocked, blocked_pattern)
	SELECT g.tenant, g.id, k.key, r.priority, r.shared, r.max_per_person, r.max_within, r.hub_limit, r.reach, r.hub_reach,
		coalesce(r.adopts, false), r.normalise,
		ARRAY(SELECT lower(x COLLATE "C") FROM jsonb_array_elements_text(complete -> 'blocked' || coalesce(k.value -> 'blocked', '[]')) x),
		(SELECT string_agg('(?:' || x || ')', '|')
			FROM jsonb_array_elements_text(complete -> 'blocked_patterns' || coalesce(k.value -> 'blocked_patterns', '[]')) x)
	FROM intent.graph g
	CROSS JOIN jsonb_each(complete -> 'kinds') k
	CROSS JOIN LATERAL jsonb_to_record(k.value) r(priority int, shared boolean, max_per_person int, max_within interval,
		hub_limit int, reach interval, hub_reach interval, adopts boolean, normalise text)
	WHERE g.id = graph_set_rules.graph;
END $$;
COMMENT ON FUNCTION graph_set_rules(bigint, jsonb) IS
'Gives a graph, by its number, other rules, for what comes from now on; rebuild applies them to what is there. Rules without a kind of which there are identifiers, or that make such a kind shared or not shared, are error 22023, as are wrong ones. Example: SELECT intent.graph_set_rules(-1, ''{}'');';

CREATE FUNCTION create_graph(name text, rules jsonb DEFAULT '{}', tenant text DEFAULT '') RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	made bigint;
BEGIN
	IF coalesce(name, '') = '' THEN
		RAISE invalid_parameter_value USING MESSAGE = 'a graph must have a name', HINT = 'Call the first one ''default''.';
	END IF;
	PERFORM intent.setup_graph();
	INSERT INTO intent.graph (tenant, name, rules)
	VALUES (coalesce(create_graph.tenant, ''), create_graph.name, '{}')
	ON CONFLICT DO NOTHING RETURNING id INTO made;
	IF made IS NULL THEN
		RAISE duplicate_object USING MESSAGE = format('there is a graph "%s" already', name), HINT = 'Choose another name.';
	END IF;
	PERFORM intent.graph_set_rules(made, rules);
	RETURN made;
END $$;
COMMENT ON FUNCTION create_graph(text, jsonb, text) IS
'Makes an empty identity graph of a name, with the rules that graph_rules describes and for a tenant, and the tables (setup()) if they are not there. Identities are never joined across graphs. Gives its number, which is in the column graph of the tables. A name that is taken is error 42710, wrong rules 22023. Example: SELECT intent.create_graph(''default'');';

CREATE FUNCTION graph_named(name text) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found_id bigint;
BEGIN
	IF to_regclass('intent.graph') IS NOT NULL THEN
		SELECT g.id INTO found_id FROM intent.graph g WHERE g.name = graph_named.name;
	END IF;
	IF found_id IS NULL THEN
		RAISE undefined_object USING MESSAGE = format('there is no graph %s here', coalesce('"' || name || '"', 'NULL')),
			HINT = 'SELECT intent.create_graph(''default'') makes one; graphs of other tenants are not seen, and those of another node of a cluster are not here.';
	END IF;
	RETURN found_id;
END $$;
COMMENT ON FUNCTION graph_named(text) IS
'The number of the graph of a name. If there is none that the caller may see, error 42704. Example: SELECT intent.graph_named(''default'');';

CREATE FUNCTION graph_alone(graph bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM pg_advisory_xact_lock(1768846452, graph_alone.graph::int);
	-- observe looks at this row when it works by a snapshot that may be older
	UPDATE intent.graph g SET name = g.name WHERE g.id = graph_alone.graph;
	IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
		-- error 40001 if any person was changed since our own
		PERFORM FROM intent.profile p WHERE p.graph = graph_alone.graph FOR UPDATE;
	END IF;
END $$;
COMMENT ON FUNCTION graph_alone(bigint) IS
'Takes a graph, by its number, for this transaction alone: waits for everybody who observes and lets nobody begin. In REPEATABLE READ and SERIALIZABLE, error 40001 if persons changed since the snapshot, at the cost of a row lock on each profile; in READ COMMITTED what comes after sees everything. Example: SELECT intent.graph_alone(1);';

CREATE FUNCTION graph_hash(graph bigint, kind text, value text) RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN (SELECT sha256(g.salt || convert_to(length(graph_hash.kind) || ':' || graph_hash.kind || graph_hash.value, 'UTF8'))
		FROM intent.graph g WHERE g.id = graph_hash.graph);
END $$;
COMMENT ON FUNCTION graph_hash(bigint, text, text) IS
'The hash by which a graph knows again what was erased from it: SHA-256 of its salt and the identifier. Equal only inside one graph. NULL if an argument is NULL or the graph is not there. Example: SELECT length(intent.graph_hash(intent.graph_named(''default''), ''email'', ''anna@example.com'')) AS bytes;';
