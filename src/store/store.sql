-- store: the tables of sources and stored journeys

CREATE FUNCTION setup_store() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM intent.setup_graph();
	IF to_regclass('intent.source') IS NOT NULL THEN
		RETURN;
	END IF;

	CREATE TABLE intent.source (
		id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		tenant       text NOT NULL DEFAULT '',
		name         text NOT NULL UNIQUE CHECK (name <> ''),
		graph        bigint NOT NULL REFERENCES intent.graph,
		relation     regclass NOT NULL,
		occurred_at  text NOT NULL,
		event        text NOT NULL,
		channel      text,
		value        text,
		recorded_at  text,
		ref          text,
		ref_unique   boolean NOT NULL,
		identifiers  jsonb NOT NULL,
		condition    text,
		kind         text NOT NULL CHECK (kind IN ('passive', 'solicited')),
		grain        text NOT NULL CHECK (grain IN ('event', 'day')),
		late         interval NOT NULL DEFAULT '7 days',
		kept_from    timestamptz NOT NULL DEFAULT '-infinity',
		seen_until   timestamptz,
		due          boolean NOT NULL DEFAULT false,
		stale        boolean NOT NULL DEFAULT false,
		watched      boolean NOT NULL DEFAULT false,
		refreshed_at timestamptz,
		added_at     timestamptz NOT NULL DEFAULT clock_timestamp()
	);
	COMMENT ON TABLE intent.source IS 'Sources: where events are, by what expressions they are read, and how far they were taken in';

	-- What is read for every question comes first and has one width.
	CREATE TABLE intent.chunk (
		person    bigint NOT NULL,
		source    bigint NOT NULL,
		anchor    bigint NOT NULL,
		starts_at timestamptz NOT NULL,
		ends_at   timestamptz NOT NULL,
		n         int NOT NULL,
		period    int NOT NULL,
		alone     boolean NOT NULL,
		daily     boolean NOT NULL,
		tenant    text NOT NULL DEFAULT '',
		carriers  bigint[] NOT NULL DEFAULT '{}',
		journey   intent.journey NOT NULL,
		touched   intent.journey NOT NULL,
		PRIMARY KEY (anchor, source, carriers, n)
	-- Most changes are events that come last and are like others: no index is told of those, and nothing is compressed.
	) WITH (fillfactor = 80, toast_tuple_target = 8160);
	CREATE INDEX chunk_person ON intent.chunk (person);
	-- in the order of person_journey, which then reads those that are alone once and no others
	CREATE INDEX chunk_together ON intent.chunk (tenant, person) WHERE NOT alone AND NOT daily AND person <> 0;
	CREATE INDEX chunk_period ON intent.chunk (source, period);
	CREATE INDEX chunk_carriers ON intent.chunk USING gin (carriers) WHERE carriers <> '{}';
	CREATE INDEX chunk_touched ON intent.chunk USING gin (touched intent.journey_gin_ops);
	COMMENT ON TABLE intent.chunk IS 'Stored journeys in chunks: of each source the events that one identifier names, or that shared ones carry for one person';
	COMMENT ON COLUMN intent.chunk.person IS 'the person of the anchor at the last refresh; 0 is nobody';
	COMMENT ON COLUMN intent.chunk.anchor IS 'the identifier that says whose these events are; 0 is none';
	COMMENT ON COLUMN intent.chunk.carriers IS 'the shared identifiers of events that carry no other, the narrowest first';
	COMMENT ON COLUMN intent.chunk.n IS 'number in the order of time, from 0';
	COMMENT ON COLUMN intent.chunk.period IS 'the period of the last event, as period_of says: by it late ones are found';
	COMMENT ON COLUMN intent.chunk.touched IS 'an event of each touchpoint: by it persons are found that had one';
	COMMENT ON COLUMN intent.chunk.alone IS 'it is the whole journey of its person';
	COMMENT ON COLUMN intent.chunk.daily IS 'an event is the sum of a day: not to be mixed with single ones';

	CREATE TABLE intent.inbox (
		source      bigint NOT NULL,
		sign        smallint NOT NULL CHECK (sign IN (-1, 0, 1)),
		occurred_at timestamptz,
		value       float8,
		recorded_at timestamptz,
		tenant      text NOT NULL DEFAULT '',
		channel     text,
		event       text,
		ref         text,
		identifiers jsonb,
		keys        text[] COLLATE "C"
	);
	-- of what came there is most, and nobody asks for it alone
	CREATE INDEX inbox_gone ON intent.inbox (source, sign) WHERE sign <= 0;
	CREATE INDEX inbox_keys ON intent.inbox USING gin (keys) WITH (gin_pending_list_limit = 256);
	COMMENT ON TABLE intent.inbox IS 'What happened to the rows of watched sources since the last refresh: 1 came, -1 went, 0 all went';

	CREATE TABLE intent.graph_change (
		tenant text NOT NULL DEFAULT '',
		graph  bigint NOT NULL,
		what   text NOT NULL CHECK (what IN ('profile', 'identifier', 'carrier', 'hub', 'gone', 'rules')),
		id     bigint NOT NULL
	);
	COMMENT ON TABLE intent.graph_change IS 'What changed in the identity graph since the last refresh, and may move events';

	CREATE TABLE intent.refresh_run (
		id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		tenant      text NOT NULL DEFAULT '',
		source      bigint NOT NULL,
		state       text NOT NULL CHECK (state IN ('running', 'done')),
		done_until  timestamptz,
		added       bigint NOT NULL DEFAULT 0,
		removed     bigint NOT NULL DEFAULT 0,
		moved       bigint NOT NULL DEFAULT 0,
		started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
		seen_until  timestamptz NOT NULL,
		finished_at timestamptz
	);
	CREATE INDEX refresh_run_source ON intent.refresh_run (source, id);
	COMMENT ON TABLE intent.refresh_run IS 'Refreshes: of which source, up to which time of events, and how many events were added, removed, or moved to another person';

	CREATE TABLE intent.score_history (
		tenant      text NOT NULL DEFAULT '',
		model       text NOT NULL,
		day         date NOT NULL,
		person      bigint NOT NULL,
		intent      text NOT NULL,
		probability float8,
		momentary   float8,
		overarching float8,
		evidence    numeric,
		confidence  float8,
		status      text NOT NULL,
		as_of       timestamptz NOT NULL,
		PRIMARY KEY (tenant, model, day, person, intent)
	);
	CREATE INDEX score_history_person ON intent.score_history (person, day);
	COMMENT ON TABLE intent.score_history IS 'Scores that were kept, by day: made by snapshot_scores';

	CREATE VIEW intent.score_now WITH (security_invoker = true) AS
	SELECT h.* FROM intent.score_history h
	JOIN (SELECT tenant, model, max(day) AS day FROM intent.score_history GROUP BY tenant, model) last USING (tenant, model, day);
	COMMENT ON VIEW intent.score_now IS 'The scores of the last snapshot of each model';

	CREATE VIEW intent.person_journey WITH (security_invoker = true) AS
	SELECT tenant, person, journey FROM intent.chunk WHERE alone
	UNION ALL
	SELECT tenant, person, intent.journey_merge(journey) FROM intent.chunk
	WHERE NOT alone AND NOT daily AND person <> 0 GROUP BY tenant, person;
	COMMENT ON VIEW intent.person_journey IS 'The journey of every person, as of the last refresh';
	COMMENT ON COLUMN intent.person_journey.tenant IS 'whose customer it is';
	COMMENT ON COLUMN intent.person_journey.person IS 'the person at the last refresh; intent.person_now says what it means today';
	COMMENT ON COLUMN intent.person_journey.journey IS 'all events of all sources with single events';

	CREATE VIEW intent.person_journey_daily WITH (security_invoker = true) AS
	SELECT tenant, person, intent.journey_merge(journey) AS journey FROM intent.chunk
	WHERE daily AND person <> 0 GROUP BY tenant, person;
	COMMENT ON VIEW intent.person_journey_daily IS 'What sources of daily sums say of every person, as of the last refresh; their order inside a day means nothing';
	COMMENT ON COLUMN intent.person_journey_daily.tenant IS 'whose customer it is';
	COMMENT ON COLUMN intent.person_journey_daily.person IS 'the person at the last refresh';
	COMMENT ON COLUMN intent.person_journey_daily.journey IS 'an event a day and sum';

	PERFORM intent.setup_tenants('source', 'chunk', 'inbox', 'graph_change', 'refresh_run', 'score_history');
	-- whoever writes a watched table or the graph may say so, and read nothing
	CREATE POLICY append ON intent.inbox FOR INSERT WITH CHECK (true);
	CREATE POLICY append ON intent.graph_change FOR INSERT WITH CHECK (true);
END $$;
COMMENT ON FUNCTION setup_store() IS
'Makes the tables of sources and stored journeys where they are not there yet, and those of the identity graph: the part of setup() that add_source needs. Example: SELECT intent.setup_store();';

-- ----- what the graph tells the store -----

CREATE FUNCTION note_graph_change() RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF tg_table_name = 'profile' THEN
		INSERT INTO intent.graph_change (tenant, graph, what, id)
		SELECT n.tenant, n.graph, 'profile', n.id FROM new_rows n JOIN old_rows o USING (id) WHERE n.person <> o.person;
	ELSIF tg_table_name = 'sighting' THEN
		INSERT INTO intent.graph_change (tenant, graph, what, id)
		SELECT DISTINCT n.tenant, n.graph, 'carrier', n.carrier FROM new_rows n;
	ELSIF tg_table_name = 'graph' THEN
		INSERT INTO intent.graph_change (tenant, graph, what, id)
		SELECT n.tenant, n.id, 'rules', n.id FROM new_rows n JOIN old_rows o USING (id) WHERE n.rules <> o.rules;
	ELSIF tg_op = 'DELETE' THEN
		INSERT INTO intent.graph_change (tenant, graph, what, id)
		SELECT o.tenant, o.graph, 'gone', o.id FROM old_rows o;
	ELSE
		-- one that names somebody again may do so in any event
		INSERT INTO intent.graph_change (tenant, graph, what, id)
		SELECT n.tenant, n.graph, CASE WHEN n.hub = o.hub THEN 'identifier' WHEN n.hub THEN 'hub' ELSE 'rules' END, n.id
		FROM new_rows n JOIN old_rows o USING (id) WHERE n.profile <> o.profile OR n.hub <> o.hub;
	END IF;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION note_graph_change() IS
'Trigger of the tables of the graph: appends what may move events between persons to intent.graph_change, for the next refresh; not for direct use.';

CREATE FUNCTION follow_graph() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = 'intent.sighting'::regclass AND t.tgname = 'note_change') THEN
		RETURN;
	END IF;
	CREATE TRIGGER note_change AFTER UPDATE ON intent.profile REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
		FOR EACH STATEMENT EXECUTE FUNCTION intent.note_graph_change();
	CREATE TRIGGER note_change AFTER UPDATE ON intent.identifier REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
		FOR EACH STATEMENT EXECUTE FUNCTION intent.note_graph_change();
	CREATE TRIGGER note_gone AFTER DELETE ON intent.identifier REFERENCING OLD TABLE AS old_rows
		FOR EACH STATEMENT EXECUTE FUNCTION intent.note_graph_change();
	CREATE TRIGGER note_change AFTER UPDATE ON intent.graph REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
		FOR EACH STATEMENT EXECUTE FUNCTION intent.note_graph_change();
	CREATE TRIGGER note_change AFTER INSERT ON intent.sighting REFERENCING NEW TABLE AS new_rows
		FOR EACH STATEMENT EXECUTE FUNCTION intent.note_graph_change();
END $$;
COMMENT ON FUNCTION follow_graph() IS
'Puts the triggers on the tables of the identity graph that tell the store of changes, if they are not there: add_source calls it. Whoever observes needs INSERT on intent.graph_change from then on. Example: SELECT intent.follow_graph();';
