-- refresh: stored journeys brought up to what the sources say

-- ----- what a refresh may do -----

CREATE FUNCTION oldest_transaction() RETURNS timestamptz
AS 'MODULE_PATHNAME', 'intent_oldest_transaction' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 100;
COMMENT ON FUNCTION oldest_transaction() IS
'When the oldest transaction that runs in this database began, this one included: rows that are not seen yet were not written before. Prepared transactions are not counted. Example: SELECT intent.oldest_transaction() <= now() AS earlier;';

CREATE FUNCTION refresh_check(source bigint) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	cut regclass;
BEGIN
	SELECT x.r INTO cut FROM (SELECT s.relation AS r FROM intent.source s JOIN pg_class c ON c.oid = s.relation WHERE s.id = refresh_check.source
		UNION ALL VALUES ('intent.chunk'::regclass), ('intent.source'), ('intent.identifier')) x
	WHERE row_security_active(x.r) LIMIT 1;
	IF cut IS NOT NULL THEN
		RAISE insufficient_privilege USING MESSAGE = format('row security hides rows of "%s" from role "%s"', cut, current_user),
			HINT = 'Refresh as the owner of the tables or a role with BYPASSRLS; otherwise what is hidden would be taken for deleted.';
	END IF;
END $$;
COMMENT ON FUNCTION refresh_check(bigint) IS
'Error 42501 if row security hides rows of a source, given by its number, or of the stored journeys from the current role. A part of refresh. Example: SELECT intent.refresh_check(intent.source_named(''methods''));';

CREATE FUNCTION refresh_truncated(source bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
	RETURN EXISTS (SELECT FROM intent.inbox i WHERE i.source = refresh_truncated.source AND i.sign = 0);
END $$;
COMMENT ON FUNCTION refresh_truncated(bigint) IS
'Was the table of a watched source, given by its number, truncated since the last refresh? One index look-up. A part of refresh. Example: SELECT intent.refresh_truncated(intent.source_named(''methods''));';

CREATE FUNCTION refresh_since(source bigint) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	-- a row that was not seen the last time had not occurred long before its transaction began
	RETURN (SELECT CASE WHEN s.ref IS NULL OR intent.refresh_truncated(s.id)
			OR (SELECT c.period FROM intent.chunk c WHERE c.source = s.id ORDER BY c.source DESC, c.period DESC LIMIT 1) IS NULL THEN '-infinity'
		ELSE coalesce(s.seen_until - s.late, '-infinity') END
		FROM intent.source s WHERE s.id = refresh_since.source);
END $$;
COMMENT ON FUNCTION refresh_since(bigint) IS
'From which time on refresh compares the events of a source, given by its number, unless one says so: as long before the last refresh, or the oldest transaction that ran then, as intent.source.late says; all of them if nothing is stored, its table was truncated, or it has no ref. Example: SELECT intent.refresh_since(intent.source_named(''methods''));';

-- ----- one part of one source -----

CREATE FUNCTION store_lessons() RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning SET random_page_cost = 1
AS $$
#variable_conflict use_column
DECLARE
	lessons bigint;
BEGIN
	PERFORM intent.store_clear('store_lesson');
	-- one identifier alone tells nothing but that it is there
	INSERT INTO pg_temp.store_lesson
	SELECT intent.starts_at(p.came), p.identifiers FROM pg_temp.store_placed p WHERE p.unknown AND NOT p.several AND p.came IS NOT NULL
	UNION ALL
	SELECT r.occurred_at, p.identifiers
	FROM (SELECT p.identifiers, CASE
			-- Stored events say it again if the graph never heard that two of these names belong together, or of who was on
			-- this cookie then: an identifier beside the strongest one was changed.  What was refused, or taken back by
			-- somebody, is known; what stood beside one that is a hub now was told to that one.
			WHEN p.seen IS NOT NULL AND p.carriers = '{}' AND (
				EXISTS (SELECT FROM unnest(p.others) o(id)
					WHERE NOT EXISTS (SELECT FROM intent.link l WHERE l.a = least(o.id, p.anchor) AND l.b = greatest(o.id, p.anchor)
							AND (l.state = 'active' AND l.occurred_at <= intent.starts_at(p.seen)
								OR l.source = 'observed' AND (l.state = 'refused' OR l.state = 'retracted' AND l.reason = 'retracted')))
						AND NOT EXISTS (SELECT FROM unnest(p.hubs) h(id) JOIN intent.link l ON l.a = least(o.id, h.id) AND l.b = greatest(o.id, h.id)))
				OR EXISTS (SELECT FROM unnest(p.shared) c(id) CROSS JOIN LATERAL intent.journey_rows(p.seen) r
					WHERE NOT EXISTS (SELECT FROM intent.sighting s WHERE s.carrier = c.id AND s.occurred_at = r.occurred_at
						AND s.identifier = ANY (p.anchor || p.hubs))))
				THEN p.seen
			-- new ones, unless all of it is known
			WHEN p.came IS NOT NULL AND (p.unknown OR p.hubs IS NOT NULL OR p.carriers = '{}' AND (p.shared IS NOT NULL
					OR EXISTS (SELECT FROM unnest(p.others) o(id) WHERE NOT EXISTS (SELECT FROM intent.link l
						WHERE l.a = least(o.id, p.anchor) AND l.b = greatest(o.id, p.anchor) AND l.state = 'active' AND l.occurred_at <= intent.starts_at(p.came))))
				OR EXISTS (SELECT FROM unnest(p.carriers) c(id) JOIN intent.identifier i ON i.id = c.id WHERE i.first_seen > intent.starts_at(p.came)))
				THEN p.came END AS told
		FROM pg_temp.store_placed p WHERE p.several AND (p.came IS NOT NULL OR p.seen IS NOT NULL) OFFSET 0) p
	CROSS JOIN LATERAL intent.journey_rows(p.told) r;
	GET DIAGNOSTICS lessons = ROW_COUNT;
	RETURN lessons;
END $$;
COMMENT ON FUNCTION store_lessons() IS
'Which observations in the temporary table store_placed tell the graph something, into store_lesson: identifiers that it has not seen, names that were not seen together before, and shared identifiers with a name. Gives their number. A part of refresh. Cost grows with the events that carry several identifiers, an index look-up or two each. Example: SELECT intent.store_lessons() WHERE false;';

CREATE FUNCTION refresh_take(source bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
	g bigint;
	named text;
	lessons constant bigint := intent.store_lessons();
	moved bigint;
BEGIN
	IF lessons = 0 THEN
		PERFORM intent.store_put(refresh_take.source);
		RETURN 0;
	END IF;
	SELECT x.id, x.name INTO g, named FROM intent.source s JOIN intent.graph x ON x.id = s.graph WHERE s.id = refresh_take.source;
	-- what goes is where the graph said so far
	IF EXISTS (SELECT FROM pg_temp.store_placed WHERE went IS NOT NULL) THEN
		PERFORM intent.store_put(refresh_take.source, taking => false);
	END IF;
	PERFORM intent.store_clear('store_added');
	INSERT INTO pg_temp.store_added (set, identifiers, n, came)
	SELECT row_number() OVER (), p.identifiers, p.n, p.came FROM pg_temp.store_placed p WHERE p.came IS NOT NULL;
	-- a few observations are sooner made one by one
	IF lessons <= 30 THEN
		PERFORM intent.observe(named, (SELECT array_agg(to_jsonb(l) ORDER BY l.occurred_at, l.identifiers) FROM pg_temp.store_lesson l));
	ELSE
		PERFORM intent.ingest(named, 'SELECT occurred_at, identifiers FROM pg_temp.store_lesson');
	END IF;
	moved := intent.store_follow(g);
	PERFORM intent.store_clear('store_given');
	INSERT INTO pg_temp.store_given SELECT * FROM pg_temp.store_added;
	PERFORM intent.store_place(refresh_take.source);
	PERFORM intent.store_put(refresh_take.source);
	RETURN moved;
END $$;
COMMENT ON FUNCTION refresh_take(bigint) IS
'Takes the events that came and went by the temporary table store_placed into a source: its graph learns from them if there is anything to learn, stored events follow what it learned, and the new ones go where it then says. Gives the number of stored events that moved. A part of refresh. Example: SELECT intent.refresh_take(1) WHERE false;';

CREATE FUNCTION refresh_compare(source bigint, from_at timestamptz, until_at timestamptz, OUT added bigint, OUT removed bigint, OUT moved bigint)
RETURNS record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
	s record;
BEGIN
	SELECT x.* INTO s FROM intent.source x WHERE x.id = refresh_compare.source;
	moved := intent.store_follow(s.graph);
	PERFORM intent.store_clear('store_given', 'store_difference');
	-- what waits in the inbox is in the rows already, for both are of one snapshot
	WITH waiting AS (
		DELETE FROM intent.inbox i WHERE i.source = s.id
			AND ((i.occurred_at >= from_at AND i.occurred_at < until_at) OR (i.sign = 0 AND from_at = '-infinity'))
	)
	INSERT INTO pg_temp.store_given (set, identifiers, n, refless, seen)
	SELECT row_number() OVER (), g.* FROM (
		SELECT identifiers, count(*), bool_or(ref IS NULL), intent.journey_agg(occurred_at, channel, event, value, recorded_at, ref)
		FROM intent.source_rows(s.id, from_at, until_at) GROUP BY identifiers) g;
	PERFORM intent.store_place(s.id);

	INSERT INTO pg_temp.store_difference
	SELECT anchor, carriers, new, old, refless, strange, CASE WHEN refless OR old IS NULL THEN new ELSE intent.amend(new, old, NULL) END AS comes
	FROM (SELECT anchor, carriers, intent.journey_merge(seen) AS new, bool_or(refless) AS refless, intent.journey_merge(seen) FILTER (WHERE unknown) AS strange
		FROM pg_temp.store_placed WHERE anchor IS NOT NULL GROUP BY anchor, carriers) n
	FULL JOIN (SELECT c.anchor, c.carriers, intent.journey_merge(CASE WHEN c.starts_at >= from_at AND c.ends_at < until_at THEN c.journey
				ELSE intent.slice(c.journey, tstzrange(from_at, until_at)) END) AS old
		FROM intent.chunk c WHERE c.source = s.id AND c.period >= intent.period_of(from_at) AND c.ends_at >= from_at AND c.starts_at < until_at GROUP BY c.anchor, c.carriers) o USING (anchor, carriers)
	WHERE new IS NULL OR old IS NULL OR strange IS NOT NULL OR NOT intent.same(new, old);
	ANALYZE pg_temp.store_difference (anchor);

	-- with an identifier that is not known yet, an event may belong to somebody else than it did
	UPDATE pg_temp.store_placed p SET came = p.seen WHERE p.anchor IS NULL OR p.unknown;
	UPDATE pg_temp.store_placed p SET came = x.came, n = CASE WHEN x.part THEN (SELECT count(*) FROM intent.journey_rows(x.came)) ELSE p.n END
	FROM (SELECT q.set, q.anchor, x.part, CASE WHEN x.part THEN intent.amend(q.seen, intent.amend(q.seen, d.comes, NULL), NULL) ELSE q.seen END AS came
		FROM pg_temp.store_placed q JOIN pg_temp.store_difference d ON d.anchor = q.anchor AND d.carriers = q.carriers
		CROSS JOIN LATERAL (SELECT NOT d.refless AND d.old IS NOT NULL) x(part)
		WHERE NOT q.unknown) x
	WHERE p.set = x.set AND p.anchor = x.anchor AND NOT p.unknown AND intent.event_count(x.came) > 0;
	added := (SELECT coalesce(sum(p.n), 0) FROM pg_temp.store_placed p WHERE p.came IS NOT NULL);
	INSERT INTO pg_temp.store_placed (anchor, carriers, went)
	SELECT x.anchor, x.carriers, x.went
	FROM (SELECT anchor, carriers, CASE WHEN refless THEN old WHEN strange IS NULL THEN intent.amend(old, new, NULL)
			-- what is stored of both
			ELSE intent.amend(old, intent.amend(old, intent.amend(intent.amend(old, new, NULL), NULL, strange), NULL), NULL) END AS went
		FROM pg_temp.store_difference WHERE old IS NOT NULL) x
	WHERE intent.event_count(x.went) > 0;
	removed := (SELECT coalesce(sum(intent.event_count(p.went)), 0) FROM pg_temp.store_placed p WHERE p.went IS NOT NULL);
	moved := moved + intent.refresh_take(s.id);
END $$;
COMMENT ON FUNCTION refresh_compare(bigint, timestamptz, timestamptz) IS
'Makes the stored events of a source, given by its number, from one time on and before another, those that it has now: counts what was added, removed (a changed event is both) and moved to another person. What the rows of that time say of identities and the graph does not know, it learns. A part of refresh. Cost grows with the events of that time. Example: SELECT * FROM intent.refresh_compare(intent.source_named(''methods''), ''-infinity'', ''infinity'');';

CREATE FUNCTION refresh_fold(source bigint, until_at timestamptz, OUT added bigint, OUT removed bigint, OUT moved bigint)
RETURNS record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
	s record;
BEGIN
	SELECT x.* INTO s FROM intent.source x WHERE x.id = refresh_fold.source;
	moved := intent.store_follow(s.graph);
	-- What came and went again counts for nothing, in whatever order it did.
	PERFORM intent.store_clear('store_given');
	WITH gone AS (
		SELECT coalesce((SELECT true FROM intent.inbox i WHERE i.source = s.id AND i.sign < 0 ORDER BY i.source, i.sign LIMIT 1), false) AS went
	), taken AS (
		DELETE FROM intent.inbox i WHERE i.source = s.id AND i.sign <> 0 AND i.occurred_at < until_at
		RETURNING i.sign, i.occurred_at, i.channel, i.event, i.value, i.recorded_at, i.ref, i.identifiers
	), net AS (
		SELECT sum(sign) AS net, occurred_at, channel, event, value, recorded_at, ref, identifiers
		FROM taken WHERE (SELECT went FROM gone)
		GROUP BY occurred_at, channel, event, value, recorded_at, ref, identifiers HAVING sum(sign) <> 0
	), told AS (
		SELECT * FROM net
		UNION ALL
		SELECT * FROM taken WHERE NOT (SELECT went FROM gone)
		UNION ALL
		-- another row with the same ref may say the same; of that time nothing else waits
		SELECT 1, r.* FROM intent.source_rows(s.id, '-infinity', until_at) r
		WHERE NOT s.ref_unique AND r.ref IN (SELECT net.ref FROM net WHERE net.net < 0)
	)
	INSERT INTO pg_temp.store_given (set, identifiers, n, gone, came, went)
	SELECT row_number() OVER (), g.* FROM (
		SELECT identifiers, coalesce(sum(net) FILTER (WHERE net > 0), 0), count(*) FILTER (WHERE net < 0),
			intent.journey_agg(occurred_at, channel, event, value, recorded_at, ref) FILTER (WHERE net > 0),
			intent.journey_agg(occurred_at, channel, event, value, recorded_at, ref) FILTER (WHERE net < 0)
		FROM told WHERE net < 0 OR occurred_at >= s.kept_from
		GROUP BY identifiers) g;
	SELECT coalesce(sum(g.n), 0), coalesce(sum(g.gone), 0) INTO added, removed FROM pg_temp.store_given g;
	IF added + removed > 0 THEN
		PERFORM intent.store_place(s.id);
		moved := moved + intent.refresh_take(s.id);
	END IF;
END $$;
COMMENT ON FUNCTION refresh_fold(bigint, timestamptz) IS
'Takes what waits in the inbox for a source, given by its number, and occurred before a time, into its stored events: counts what was added, removed (a changed event is both) and moved to another person. A part of refresh. Cost grows with what waits. Example: SELECT * FROM intent.refresh_fold(intent.source_named(''methods''), ''infinity'');';

CREATE FUNCTION refresh_again(source bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
	persons bigint[];
BEGIN
	WITH gone AS (DELETE FROM intent.chunk c WHERE c.source = refresh_again.source RETURNING c.person)
	SELECT array_agg(DISTINCT person) INTO persons FROM gone;
	PERFORM intent.store_alone(persons);
	PERFORM intent.store_scratch();
	PERFORM intent.store_clear('store_given');
	WITH waiting AS (DELETE FROM intent.inbox i WHERE i.source = refresh_again.source)
	INSERT INTO pg_temp.store_given (set, identifiers, n, came)
	SELECT row_number() OVER (), g.* FROM (
		SELECT identifiers, count(*), intent.journey_agg(occurred_at, channel, event, value, recorded_at, ref)
		FROM intent.source_rows(refresh_again.source, '-infinity', 'infinity') GROUP BY identifiers) g;
	PERFORM intent.store_place(refresh_again.source);
	PERFORM intent.store_put(refresh_again.source);
	UPDATE intent.source s SET stale = false WHERE s.id = refresh_again.source AND s.stale;
	RETURN (SELECT coalesce(sum(p.n), 0) FROM pg_temp.store_placed p WHERE p.anchor IS NOT NULL);
END $$;
COMMENT ON FUNCTION refresh_again(bigint) IS
'Makes all chunks of a source, given by its number, from its rows again, whatever was stored; the graph learns nothing. Gives the number of rows. A part of refresh. Cost grows with the rows of the source. Example: SELECT intent.refresh_again(intent.source_named(''methods''));';

-- ----- the whole -----

CREATE FUNCTION refresh(source text DEFAULT NULL, rebuild boolean DEFAULT false, since timestamptz DEFAULT NULL, wait boolean DEFAULT true,
	OUT name text, OUT state text, OUT added bigint, OUT removed bigint, OUT moved bigint)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10 SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	one constant bigint := CASE WHEN refresh.source IS NOT NULL THEN intent.source_named(refresh.source) END;
	seen timestamptz;
	s record;
	part record;
	from_at timestamptz;
BEGIN
	IF to_regclass('intent.source') IS NULL THEN
		RETURN;
	END IF;
	IF NOT coalesce(wait, true) AND NOT pg_try_advisory_xact_lock(1768846453, 0) THEN
		RETURN QUERY SELECT s.name, 'running'::text, NULL::bigint, NULL::bigint, NULL::bigint FROM intent.source s
			WHERE one IS NULL OR s.id = one ORDER BY s.id;
		RETURN;
	END IF;
	PERFORM pg_advisory_xact_lock(1768846453, 0);
	FOR s IN SELECT x.* FROM intent.source x WHERE one IS NULL OR x.id = one ORDER BY x.id LOOP
		-- one table that was dropped does not stop the others
		IF one IS NULL AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = s.relation) THEN
			RETURN QUERY SELECT s.name, 'gone'::text, NULL::bigint, NULL::bigint, NULL::bigint;
			CONTINUE;
		END IF;
		PERFORM intent.refresh_check(s.id);
		seen := intent.oldest_transaction();
		IF s.watched AND NOT s.due AND NOT rebuild AND refresh.since IS NULL AND s.seen_until IS NOT NULL AND intent.uncovered(s.id) IS NULL
			AND NOT intent.refresh_truncated(s.id) THEN
			SELECT * INTO part FROM intent.refresh_fold(s.id, 'infinity');
		ELSE
			-- what was not seen the last time had not occurred long before
			from_at := CASE WHEN rebuild THEN '-infinity' ELSE coalesce(refresh.since, intent.refresh_since(s.id)) END;
			SELECT * INTO part FROM intent.refresh_compare(s.id, from_at, 'infinity');
			IF s.watched THEN
				-- what occurred before that has been waiting, too
				SELECT part.added + f.added AS added, part.removed + f.removed AS removed, part.moved + f.moved AS moved
				INTO part FROM intent.refresh_fold(s.id, 'infinity') f;
			END IF;
		END IF;
		IF rebuild OR (SELECT x.stale FROM intent.source x WHERE x.id = s.id) THEN
			PERFORM intent.refresh_again(s.id);
		END IF;
		UPDATE intent.source x SET seen_until = seen, due = false, refreshed_at = clock_timestamp() WHERE x.id = s.id;
		UPDATE intent.refresh_run r SET state = 'done', finished_at = clock_timestamp() WHERE r.source = s.id AND r.state = 'running';
		INSERT INTO intent.refresh_run (tenant, source, state, done_until, added, removed, moved, started_at, seen_until, finished_at)
		VALUES (s.tenant, s.id, 'done', 'infinity', part.added, part.removed, part.moved, now(), seen, clock_timestamp());
		RETURN QUERY SELECT s.name, 'done'::text, part.added, part.removed, part.moved;
	END LOOP;
	-- what a later source taught the graph moves events of the earlier ones
	FOR s IN SELECT DISTINCT x.graph FROM intent.source x LOOP
		PERFORM intent.store_follow(s.graph);
	END LOOP;
	FOR s IN SELECT x.id FROM intent.source x JOIN pg_class c ON c.oid = x.relation WHERE x.stale AND (one IS NULL OR x.id = one) ORDER BY x.id LOOP
		PERFORM intent.refresh_again(s.id);
	END LOOP;
END $$;
COMMENT ON FUNCTION refresh(text, boolean, timestamptz, boolean) IS
'Brings the stored journeys of a source, or of all, up to its rows: new, changed and deleted ones, found by their ref, and what the identity graph learned meanwhile. A watched source has told what changed, and only that is read; of another the events are compared that occurred in the last 7 days (intent.source.late) before the last refresh or the oldest transaction that ran then, or since a given time. rebuild => true compares all of it and makes all its chunks again: the result is the same to the byte. A row a source: state gone if its relation was dropped, else done, with the events that were added, removed (a changed one is both) and moved to another person. All in one transaction; a second refresh waits, or, with wait => false, gives state running and does nothing. Role cut by row security: error 42501; unknown source 42704. No rows before the first add_source. Cost grows with the rows compared and, for identity, with what changed. Example: SELECT name, state FROM intent.refresh();';

-- ----- in steps, each a transaction -----

CREATE FUNCTION refresh_step(source text, batch bigint) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	s record;
	run record;
	part record;
	next_at timestamptz;
	last boolean;
	folds boolean;
BEGIN
	IF batch IS NULL OR batch < 1 THEN
		RAISE invalid_parameter_value USING MESSAGE = format('batch must be at least 1, not %s', coalesce(batch::text, 'NULL')),
			HINT = 'CALL intent.refresh_steps(100000).';
	END IF;
	PERFORM pg_advisory_xact_lock(1768846453, 0);
	SELECT x.* INTO s FROM intent.source x WHERE x.id = intent.source_named(refresh_step.source);
	PERFORM intent.refresh_check(s.id);
	SELECT r.* INTO run FROM intent.refresh_run r WHERE r.source = s.id AND r.state = 'running' ORDER BY r.id DESC LIMIT 1;
	IF run.id IS NULL THEN
		folds := s.watched AND NOT s.due AND s.seen_until IS NOT NULL AND intent.uncovered(s.id) IS NULL
			AND NOT intent.refresh_truncated(s.id);
		INSERT INTO intent.refresh_run (tenant, source, state, done_until, seen_until)
		VALUES (s.tenant, s.id, 'running', CASE WHEN NOT folds THEN intent.refresh_since(s.id) END, intent.oldest_transaction())
		RETURNING * INTO run;
	END IF;
	IF run.done_until IS NULL THEN
		SELECT x.occurred_at INTO next_at FROM (SELECT i.occurred_at FROM intent.inbox i WHERE i.source = s.id AND i.sign <> 0
			ORDER BY i.occurred_at OFFSET batch LIMIT 1) x;
		last := next_at IS NULL;
		-- all of one instant at once, for they may cancel each other
		SELECT * INTO part FROM intent.refresh_fold(s.id, CASE WHEN last THEN 'infinity' ELSE next_at + interval '1 microsecond' END);
	ELSE
		EXECUTE format('SELECT q.occurred_at FROM (%s) q WHERE q.occurred_at > %L ORDER BY q.occurred_at OFFSET %s LIMIT 1',
			intent.source_query(s.id), run.done_until, batch) INTO next_at;
		last := next_at IS NULL;
		SELECT * INTO part FROM intent.refresh_compare(s.id, run.done_until, CASE WHEN last THEN 'infinity' ELSE next_at END);
	END IF;
	IF last THEN
		IF run.done_until IS NOT NULL AND s.watched THEN
			PERFORM intent.refresh_fold(s.id, 'infinity');
		END IF;
		IF (SELECT x.stale FROM intent.source x WHERE x.id = s.id) THEN
			PERFORM intent.refresh_again(s.id);
		END IF;
		UPDATE intent.source x SET seen_until = run.seen_until, due = false, refreshed_at = clock_timestamp() WHERE x.id = s.id;
	END IF;
	UPDATE intent.refresh_run r SET state = CASE WHEN last THEN 'done' ELSE 'running' END,
		done_until = CASE WHEN last THEN 'infinity' WHEN r.done_until IS NULL THEN NULL ELSE next_at END,
		finished_at = CASE WHEN last THEN clock_timestamp() END,
		added = r.added + part.added, removed = r.removed + part.removed, moved = r.moved + part.moved
	WHERE r.id = run.id;
	RETURN CASE WHEN last THEN 'done' ELSE 'running' END;
END $$;
COMMENT ON FUNCTION refresh_step(text, bigint) IS
'One step of refresh_steps: the next events of a source, about as many as batch says and all of one instant together. Gives done, or running if more are left; intent.refresh_run says up to where. Errors as in refresh; a batch below 1 is error 22023. Example: SELECT intent.refresh_step(''methods'', 100000);';

CREATE PROCEDURE refresh_steps(batch bigint DEFAULT 100000, source text DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
	names text[];
	name text;
	state text;
BEGIN
	names := intent.refresh_names(source);
	FOREACH name IN ARRAY names LOOP
		LOOP
			state := intent.refresh_step(name, batch);
			COMMIT;
			EXIT WHEN intent.refresh_is_done(state);
		END LOOP;
	END LOOP;
END $$;
COMMENT ON PROCEDURE refresh_steps(bigint, text) IS
'refresh of a source, or of all, in steps of about `batch` events, each committed: what is done stays done if the server goes down, and the next call goes on from there. intent.refresh_run shows how far it is. Not inside a transaction block (2D000). Errors as in refresh. Example: CALL intent.refresh_steps(100000);';

CREATE FUNCTION refresh_names(source text) RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	IF source IS NOT NULL THEN
		PERFORM intent.source_named(refresh_names.source);
		RETURN ARRAY[source];
	END IF;
	RETURN CASE WHEN to_regclass('intent.source') IS NULL THEN '{}' ELSE ARRAY(SELECT s.name FROM intent.sources() s) END;
END $$;
COMMENT ON FUNCTION refresh_names(text) IS
'The name, of a source that must be there, or those of all. A part of refresh_steps, which cannot fix its search_path. Example: SELECT intent.refresh_names(NULL);';

CREATE FUNCTION refresh_is_done(state text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT state = 'done';
END;
COMMENT ON FUNCTION refresh_is_done(text) IS
'Is the state of a refresh done? A part of refresh_steps, which cannot fix its search_path. Example: SELECT intent.refresh_is_done(''running'');';

-- ----- forgetting what is old -----

CREATE FUNCTION forget_before(before timestamptz, source text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
	one constant bigint := CASE WHEN forget_before.source IS NOT NULL THEN intent.source_named(forget_before.source) END;
BEGIN
	IF before IS NULL OR NOT isfinite(before) THEN
		RAISE invalid_parameter_value USING MESSAGE = format('before must be a time, not %s', coalesce(before::text, 'NULL')),
			HINT = 'SELECT intent.forget_before(now() - interval ''2 years'').';
	END IF;
	IF to_regclass('intent.source') IS NULL THEN
		RETURN 0;
	END IF;
	PERFORM pg_advisory_xact_lock(1768846453, 0);
	PERFORM intent.refresh_check(s.id) FROM intent.source s WHERE one IS NULL OR s.id = one;
	UPDATE intent.source s SET kept_from = before WHERE (one IS NULL OR s.id = one) AND s.kept_from < before;
	DELETE FROM intent.inbox i WHERE (one IS NULL OR i.source = one) AND i.occurred_at < before;
	PERFORM intent.store_scratch();
	PERFORM intent.store_clear('store_change');
	INSERT INTO pg_temp.store_change
	SELECT c.source, min(c.tenant) AS tenant, bool_or(c.daily) AS daily, c.anchor, c.carriers,
		intent.journey_merge(intent.slice(c.journey, tstzrange(NULL, before))) AS removed, NULL::intent.journey AS added
	FROM intent.chunk c WHERE (one IS NULL OR c.source = one) AND c.starts_at < before
	GROUP BY c.source, c.anchor, c.carriers;
	PERFORM intent.store_apply();
	RETURN (SELECT coalesce(sum(intent.event_count(removed)), 0) FROM pg_temp.store_change);
END $$;
COMMENT ON FUNCTION forget_before(timestamptz, text) IS
'Retention: stored events of a source, or of all, that occurred before a time are deleted and not taken in again, whether their rows are still there or not. Gives the number of events. What the identity graph learned stays. NULL or infinity is error 22023, a role cut by row security 42501, an unknown source 42704. Cost grows with the journeys that begin before that time. Example: SELECT intent.forget_before(''2000-01-01Z'');';
