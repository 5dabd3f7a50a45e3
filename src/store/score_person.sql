-- score_person: journeys and scores of persons, for applications

-- ----- journeys -----

CREATE FUNCTION inbox_of(person bigint, identifiers bigint[], OUT removed journey, OUT added journey) RETURNS record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
	wanted constant text[] := ARRAY(SELECT i.kind || ':' || i.value FROM intent.identifier i WHERE i.id = ANY (inbox_of.identifiers)
		UNION ALL SELECT i.kind || ':' || i.value FROM intent.carried c JOIN intent.identifier i ON i.id = c.carrier WHERE c.identifier = ANY (inbox_of.identifiers));
BEGIN
	SELECT intent.journey_agg(occurred_at, channel, event, value, recorded_at, ref) FILTER (WHERE net < 0),
		intent.journey_agg(occurred_at, channel, event, value, recorded_at, ref) FILTER (WHERE net > 0)
	INTO removed, added
	FROM (SELECT sum(w.sign) AS net, w.occurred_at, w.channel, w.event, w.value, w.recorded_at, w.ref
		FROM intent.inbox w JOIN intent.source s ON s.id = w.source AND s.grain = 'event' AND w.occurred_at >= s.kept_from
		JOIN intent.graph g ON g.id = s.graph
		WHERE w.keys && wanted AND intent.person_of(g.name, w.identifiers, w.occurred_at) = inbox_of.person
		GROUP BY w.source, w.occurred_at, w.channel, w.event, w.value, w.recorded_at, w.ref HAVING sum(w.sign) <> 0) x;
END $$;
COMMENT ON FUNCTION inbox_of(bigint, bigint[]) IS
'What waits in the inbox of watched sources for a person, given with the numbers of its identifiers: the events that went and those that came, NULL for none. A part of journey_of. Cost grows with what waits for these identifiers. Example: SELECT intent.inbox_of(1, ARRAY[1]) WHERE false;';

CREATE FUNCTION journey_of(person bigint) RETURNS journey
AS 'MODULE_PATHNAME', 'intent_journey_of' LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000;
COMMENT ON FUNCTION journey_of(bigint) IS
'The journey of a person as it is now: what is stored of all who were merged into it, and what waits in the inbox of watched sources, so that a row written earlier in the same transaction is in it. NULL for nobody and for who has no events. Who has just merged or split is right at once; events that only shared identifiers carry move at the next refresh. Runs with the caller''s rights and row policies. Cost: one index look-up while nothing waits, neither in the inbox nor of the identity graph; else a few; and the events of the person. Example: SELECT intent.journey_of(intent.person(''user_id'', ''anna''));';

CREATE FUNCTION journey_of(person bigint, known_at timestamptz) RETURNS journey
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	journey intent.journey;
	of_graph text;
	ids bigint[];
	shared bigint[];
BEGIN
	IF known_at IS NULL THEN
		RETURN intent.journey_of(person);
	END IF;
	SELECT g.name INTO of_graph FROM intent.identifier i JOIN intent.graph g ON g.id = i.graph WHERE i.id = journey_of.person;
	-- who was linked then, whatever became of the links; the first of them was the person
	WITH RECURSIVE walk (id) AS (
		SELECT i.id FROM intent.identifier i WHERE i.id = journey_of.person
		UNION
		SELECT CASE WHEN l.a = w.id THEN l.b ELSE l.a END
		FROM walk w JOIN intent.link l ON (l.a = w.id OR l.b = w.id) AND l.state IN ('active', 'retracted')
			-- those were apart before they were retracted
			AND l.source NOT IN ('assert_distinct', 'split')
			AND l.recorded_at <= journey_of.known_at AND (l.retracted_at IS NULL OR l.retracted_at > journey_of.known_at)
	)
	SELECT array_agg(id ORDER BY id) INTO ids FROM walk;
	shared := ARRAY(SELECT c.carrier FROM intent.carried c WHERE c.identifier = ANY (ids) UNION SELECT unnest(ids));
	SELECT intent.journey_agg(x.occurred_at, x.channel, x.event, x.value, x.recorded_at, x.ref) INTO journey
	FROM (
		SELECT r.* FROM intent.chunk c CROSS JOIN LATERAL intent.journey_rows(c.journey) r
		WHERE c.anchor = ANY (ids) AND c.carriers = '{}' AND NOT c.daily
		UNION ALL
		SELECT r.* FROM intent.chunk c CROSS JOIN LATERAL intent.journey_rows(c.journey) r
		WHERE c.carriers && shared AND c.carriers <> '{}' AND NOT c.daily
			AND ids[1] = intent.person_of(of_graph, (SELECT jsonb_object_agg(i.kind, i.value) FROM intent.identifier i WHERE i.id = ANY (c.carriers)),
				r.occurred_at, 'infinity', journey_of.known_at)
		UNION ALL
		SELECT w.occurred_at, w.channel, w.event, w.value, w.recorded_at, w.ref FROM intent.inbox w JOIN intent.source s ON s.id = w.source AND s.grain = 'event'
		WHERE w.sign = 1 AND w.keys && ARRAY(SELECT i.kind || ':' || i.value FROM intent.identifier i WHERE i.id = ANY (ids || shared))
			AND ids[1] = intent.person_of(of_graph, w.identifiers, w.occurred_at, 'infinity', journey_of.known_at)) x
	WHERE coalesce(x.recorded_at, x.occurred_at) <= journey_of.known_at;
	RETURN journey;
END $$;
COMMENT ON FUNCTION journey_of(bigint, timestamptz) IS
'The journey of a person as it was known at a time: events that had been recorded then (without a time of recording: that had occurred), of the identifiers that were linked by what the graph had recorded then. What is learned later, an event or a link, changes nothing in it; deleted rows are gone. Of data that was loaded later than it occurred the graph knows links from the load on: to look at such a past with the identities of today, take as_of(journey_of(person), as_of, known_at). NULL for known_at is journey_of(person). Cost grows with the events of the person and of the shared identifiers it was seen on. Example: SELECT intent.journey_of(intent.person(''user_id'', ''anna''), known_at => ''2026-03-02Z'');';

CREATE FUNCTION persons_matching_query(pattern jpattern) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	needs text;
BEGIN
	-- each event that a match needs may be in another chunk
	SELECT string_agg(format('SELECT c.person FROM intent.chunk c WHERE c.person <> 0 AND NOT c.daily AND (%s)',
			(SELECT string_agg(format('c.touched OPERATOR(intent.@>) ARRAY[%L]', t), ' OR ') FROM unnest(n) t)), E'\nINTERSECT\n')
	INTO needs FROM intent.pattern_needs(pattern) n;
	RETURN format(E'SELECT p.person FROM (%s) p CROSS JOIN LATERAL (\n'
		'SELECT intent.journey_merge(c.journey) AS journey FROM intent.chunk c WHERE c.person = p.person AND NOT c.daily) j\nWHERE intent.has_match(j.journey, %L::intent.jpattern)',
		coalesce(needs, 'SELECT DISTINCT c.person FROM intent.chunk c WHERE c.person <> 0 AND NOT c.daily'), pattern);
END $$;
COMMENT ON FUNCTION persons_matching_query(jpattern) IS
'The query that persons_matching runs: of each set of events that a match needs, who has one in any chunk, found by the GIN index; those who have all of them are looked at. Example: SELECT intent.persons_matching_query(''view -> purchase'');';

CREATE FUNCTION persons_matching(pattern jpattern) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED ROWS 1000 SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE intent.persons_matching_query(pattern);
END $$;
COMMENT ON FUNCTION persons_matching(jpattern) IS
'The persons whose stored journey, as of the last refresh, has a match of the pattern; each once. By index where the pattern needs some event. No rows for NULL. Cost grows with the persons that have all the events it needs. Example: SELECT person FROM intent.persons_matching(''purchase'') person;';

-- ----- scores -----
--
-- The kernel's score, scores and explain take a journey and a card; these differ from them in the number of arguments,
-- so that literals without a type mean what they meant.

CREATE FUNCTION person_scorecard(person bigint, model text, tenant text DEFAULT NULL) RETURNS scorecard
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
	RETURN intent.live_scorecard(coalesce(model, 'default'),
		coalesce(person_scorecard.tenant, (SELECT i.tenant FROM intent.identifier i WHERE i.id = person_scorecard.person), ''));
END $$;
COMMENT ON FUNCTION person_scorecard(bigint, text, text) IS
'The live scorecard of a name (NULL is "default"), of a tenant or else of the one that a person belongs to. Errors of live_scorecard. Example: SELECT intent.person_scorecard(intent.person(''user_id'', ''anna''), ''default'') IS NOT NULL AS there;';

CREATE FUNCTION score(person bigint, intent text, as_of timestamptz, known_at timestamptz, model text, tenant text) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_person_score' LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000;
COMMENT ON FUNCTION score(bigint, text, timestamptz, timestamptz, text, text) IS
'Probability of an intent of a person by the live scorecard of a name (NULL is "default") and a tenant (NULL is the person''s), as score() of its journey_of: at as_of, NULL being the clock, and by what was known at known_at, of events and of identities, NULL being all. NULL for who has no events; an intent that the model does not have is error 22023, a model that is not live the error of live_scorecard. Cost: a few index look-ups, and the events of the person. Example: SELECT intent.score(intent.person(''user_id'', ''anna''), ''purchase'', as_of => ''2026-03-02Z'', known_at => ''2026-03-02Z'', model => ''default'', tenant => NULL);';

CREATE FUNCTION score(person bigint, intent text, as_of timestamptz) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_person_score' LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000;
COMMENT ON FUNCTION score(bigint, text, timestamptz) IS
'Probability of an intent of a person at as_of by the live model "default": the long form says the rest. Example: SELECT intent.score(intent.person(''user_id'', ''anna''), ''purchase'', as_of => ''2026-03-02Z'');';

CREATE FUNCTION score(person bigint, intent text) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_person_score' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 1000;
COMMENT ON FUNCTION score(bigint, text) IS
'Probability of an intent of a person at this moment by the clock, which goes on inside a transaction, by the live model "default". Example: SELECT intent.score(intent.person(''user_id'', ''anna''), ''purchase'');';

CREATE FUNCTION scores(persons bigint[], as_of timestamptz, known_at timestamptz, model text, tenant text,
	OUT person bigint, OUT intent text, OUT probability float8, OUT momentary float8, OUT overarching float8,
	OUT evidence numeric, OUT confidence float8, OUT status text, OUT scored_at timestamptz)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	at constant timestamptz := coalesce(as_of, clock_timestamp());
	card intent.scorecard;
	of_tenant text;
BEGIN
	FOR of_tenant IN SELECT DISTINCT coalesce(scores.tenant, i.tenant, '') FROM unnest(persons) p(id) LEFT JOIN intent.identifier i ON i.id = p.id ORDER BY 1 LOOP
		card := intent.live_scorecard(coalesce(model, 'default'), of_tenant);
		RETURN QUERY
		SELECT p.id, s.intent, s.probability, s.momentary, s.overarching, s.evidence, s.confidence, s.status, at
		FROM unnest(persons) WITH ORDINALITY p(id, n) LEFT JOIN intent.identifier i ON i.id = p.id
		CROSS JOIN LATERAL intent.scores(CASE WHEN scores.known_at IS NULL THEN intent.journey_of(p.id) ELSE intent.journey_of(p.id, scores.known_at) END, card, at, scores.known_at) s
		WHERE coalesce(scores.tenant, i.tenant, '') = of_tenant
		ORDER BY p.n, s.intent COLLATE "C";
	END LOOP;
END $$;
COMMENT ON FUNCTION scores(bigint[], timestamptz, timestamptz, text, text) IS
'The scores of several persons by the live scorecard of a name (NULL is "default") and a tenant (NULL is each person''s), a row a person and intent: as scores() of their journey_of, at as_of (NULL is the clock at the call; scored_at says which instant it was) and by what was recorded at known_at. Who has no events has rows with status no_events. No rows for NULL. Errors as in score(). Cost grows with the persons and their events. Example: SELECT person, intent, probability, status FROM intent.scores(ARRAY[intent.person(''user_id'', ''anna'')], as_of => ''2026-03-02Z'', known_at => NULL, model => NULL, tenant => NULL);';

CREATE FUNCTION scores(persons bigint[],
	OUT person bigint, OUT intent text, OUT probability float8, OUT momentary float8, OUT overarching float8,
	OUT evidence numeric, OUT confidence float8, OUT status text, OUT scored_at timestamptz)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE PARALLEL RESTRICTED ROWS 100 SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT * FROM intent.scores(persons, clock_timestamp(), NULL, NULL, NULL);
END $$;
COMMENT ON FUNCTION scores(bigint[]) IS
'The scores of several persons at this moment by the clock, all at the same, by the live model "default": the long form says the rest. Example: SELECT person, intent, probability, status FROM intent.scores(ARRAY[intent.person(''user_id'', ''anna'')]);';

CREATE FUNCTION scores(person bigint, as_of timestamptz, known_at timestamptz, model text, tenant text,
	OUT intent text, OUT probability float8, OUT momentary float8, OUT overarching float8,
	OUT evidence numeric, OUT confidence float8, OUT status text, OUT scored_at timestamptz)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_person_scores' LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 4;
COMMENT ON FUNCTION scores(bigint, timestamptz, timestamptz, text, text) IS
'The scores of one person, a row an intent: see the form for several persons. Example: SELECT intent, probability, momentary, status, scored_at FROM intent.scores(intent.person(''user_id'', ''anna''), as_of => ''2026-03-02Z'', known_at => ''2026-03-02Z'', model => NULL, tenant => NULL);';

CREATE FUNCTION scores(person bigint, as_of timestamptz,
	OUT intent text, OUT probability float8, OUT momentary float8, OUT overarching float8,
	OUT evidence numeric, OUT confidence float8, OUT status text, OUT scored_at timestamptz)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_person_scores' LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 4;
COMMENT ON FUNCTION scores(bigint, timestamptz) IS
'The scores of one person at as_of by the live model "default": the long form says the rest. Example: SELECT intent, probability, momentary, status, scored_at FROM intent.scores(intent.person(''user_id'', ''anna''), as_of => ''2026-03-02Z'');';

CREATE FUNCTION scores(person bigint,
	OUT intent text, OUT probability float8, OUT momentary float8, OUT overarching float8,
	OUT evidence numeric, OUT confidence float8, OUT status text, OUT scored_at timestamptz)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_person_scores' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 1000 ROWS 4;
COMMENT ON FUNCTION scores(bigint) IS
'The scores of one person at this moment by the clock, which goes on inside a transaction, by the live model "default"; scored_at says which instant it was. Example: SELECT intent, probability, status FROM intent.scores(intent.person(''user_id'', ''anna''));';

CREATE FUNCTION explain(person bigint, intent text, as_of timestamptz, known_at timestamptz, model text, tenant text,
	OUT signal text, OUT touchpoint text, OUT n bigint, OUT last_seen timestamptz, OUT contribution numeric, OUT scored_at timestamptz)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	at constant timestamptz := coalesce(as_of, clock_timestamp());
BEGIN
	RETURN QUERY
	SELECT e.*, at FROM intent.explain(intent.journey_of(person, explain.known_at), intent.person_scorecard(person, model, tenant), explain.intent, at, explain.known_at) e;
END $$;
COMMENT ON FUNCTION explain(bigint, text, timestamptz, timestamptz, text, text) IS
'Why a person has its score, line by line, as explain() of its journey_of; arguments as in score(), and scored_at says which instant it was. Errors as in score(). Example: SELECT signal, touchpoint, n, contribution FROM intent.explain(intent.person(''user_id'', ''anna''), ''purchase'', as_of => ''2026-03-02Z'', known_at => NULL, model => NULL, tenant => NULL);';

CREATE FUNCTION explain(person bigint, intent text, as_of timestamptz,
	OUT signal text, OUT touchpoint text, OUT n bigint, OUT last_seen timestamptz, OUT contribution numeric, OUT scored_at timestamptz)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10 SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT * FROM intent.explain(person, intent, as_of, NULL, NULL, NULL);
END $$;
COMMENT ON FUNCTION explain(bigint, text, timestamptz) IS
'Why a person has its score at as_of by the live model "default". Example: SELECT signal, touchpoint, n, contribution FROM intent.explain(intent.person(''user_id'', ''anna''), ''purchase'', as_of => ''2026-03-02Z'');';

CREATE FUNCTION explain(person bigint, intent text,
	OUT signal text, OUT touchpoint text, OUT n bigint, OUT last_seen timestamptz, OUT contribution numeric, OUT scored_at timestamptz)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE PARALLEL RESTRICTED ROWS 10 SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT * FROM intent.explain(person, intent, clock_timestamp(), NULL, NULL, NULL);
END $$;
COMMENT ON FUNCTION explain(bigint, text) IS
'Why a person has its score at this moment by the live model "default". Example: SELECT signal, touchpoint, n, contribution FROM intent.explain(intent.person(''user_id'', ''anna''), ''purchase'');';

CREATE FUNCTION score_all(model text DEFAULT 'default', as_of timestamptz DEFAULT NULL, known_at timestamptz DEFAULT NULL, tenant text DEFAULT '',
	OUT person bigint, OUT intent text, OUT probability float8, OUT momentary float8, OUT overarching float8,
	OUT evidence numeric, OUT confidence float8, OUT status text, OUT scored_at timestamptz)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	at constant timestamptz := coalesce(as_of, clock_timestamp());
	card constant intent.scorecard := intent.live_scorecard(model, score_all.tenant);
BEGIN
	RETURN QUERY
	SELECT p.person, s.*, at FROM intent.person_journey p
	CROSS JOIN LATERAL intent.scores(p.journey, card, at, score_all.known_at) s
	WHERE p.tenant = score_all.tenant;
END $$;
COMMENT ON FUNCTION score_all(text, timestamptz, timestamptz, text) IS
'The scores of everybody of a tenant, a row a person and intent, over the journeys as of the last refresh; as_of NULL is the clock at the call, and scored_at says which instant it was. Errors as in score(). Cost grows with all stored events. Example: SELECT intent, count(*), avg(probability) FROM intent.score_all(as_of => ''2026-03-02Z'') GROUP BY intent;';

-- ----- scores that are kept -----

CREATE FUNCTION snapshot_scores(model text DEFAULT 'default', as_of timestamptz DEFAULT NULL, tenant text DEFAULT '') RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	at constant timestamptz := coalesce(as_of, clock_timestamp());
	written bigint;
BEGIN
	INSERT INTO intent.score_history AS h (tenant, model, day, person, intent, probability, momentary, overarching, evidence, confidence, status, as_of)
	SELECT snapshot_scores.tenant, snapshot_scores.model, (at AT TIME ZONE 'UTC')::date, s.person, s.intent, s.probability, s.momentary, s.overarching,
		s.evidence, s.confidence, s.status, at
	FROM intent.score_all(snapshot_scores.model, at, NULL, snapshot_scores.tenant) s
	ORDER BY s.person, s.intent COLLATE "C"
	ON CONFLICT (tenant, model, day, person, intent) DO UPDATE SET probability = excluded.probability, momentary = excluded.momentary,
		overarching = excluded.overarching, evidence = excluded.evidence, confidence = excluded.confidence, status = excluded.status, as_of = excluded.as_of;
	GET DIAGNOSTICS written = ROW_COUNT;
	-- who is nobody any more, such as after a merge
	DELETE FROM intent.score_history h WHERE h.tenant = snapshot_scores.tenant AND h.model = snapshot_scores.model
		AND h.day = (at AT TIME ZONE 'UTC')::date AND h.as_of <> at;
	RETURN written;
END $$;
COMMENT ON FUNCTION snapshot_scores(text, timestamptz, text) IS
'Keeps the scores of everybody of a tenant in intent.score_history, one a day (UTC), person and intent: a second snapshot of a day takes the place of the first. Gives the number of rows. intent.score_now shows the last day. score(person, intent, as_of) of the same as_of gives what was kept as long as no late event came. Errors as in score(). Cost grows with all stored events. Example: SELECT intent.snapshot_scores(as_of => ''2026-03-02Z'');';

CREATE FUNCTION schedule(command text DEFAULT 'SELECT intent.refresh()', cron text DEFAULT '*/5 * * * *', name text DEFAULT 'intent_refresh')
RETURNS SETOF text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	fields constant text[] := regexp_split_to_array(btrim(cron), '\s+');
	calendar text;
BEGIN
	IF coalesce(command, '') = '' OR cardinality(fields) IS DISTINCT FROM 5 OR coalesce(name, '') !~ '^[A-Za-z0-9_]+$' THEN
		RAISE invalid_parameter_value USING MESSAGE = 'a schedule needs a command, five fields of cron, and a name of letters, digits and _',
			HINT = 'SELECT intent.schedule(''SELECT intent.refresh()'', ''*/5 * * * *'', ''intent_refresh'').';
	END IF;
	IF to_regproc('cron.schedule') IS NOT NULL THEN
		EXECUTE format('SELECT cron.schedule(%L, %L, %L)', name, cron, command);
		RETURN NEXT format('SELECT cron.schedule(%L, %L, %L);', name, cron, command);
		RETURN;
	END IF;
	calendar := CASE WHEN cron ~ '^\*/\d+ \* \* \* \*$' THEN format('*:0/%s', substr(fields[1], 3))
		WHEN cron ~ '^\d+ \d+ \* \* \*$' THEN format('*-*-* %s:%s:00', lpad(fields[2], 2, '0'), lpad(fields[1], 2, '0'))
		WHEN cron ~ '^\d+ \* \* \* \*$' THEN format('*:%s', lpad(fields[1], 2, '0')) END;
	RETURN NEXT '# pg_cron is not there; in a crontab:';
	RETURN NEXT format('%s psql -X -q -d %s -c %s', cron, quote_ident(current_database()), '''' || replace(replace(command, '%', '\%'), '''', '''\''''') || '''');
	IF calendar IS NOT NULL THEN
		RETURN NEXT format('# or for systemd, %s.service:', name);
		RETURN NEXT E'[Service]\nType=oneshot\nExecStart=/usr/bin/psql -X -q -d ' || quote_ident(current_database()) || ' -c "' || replace(replace(replace(command, '%', '%%'), '\', '\\'), '"', '\"') || '"';
		RETURN NEXT format('# and %s.timer:', name);
		RETURN NEXT E'[Timer]\nOnCalendar=' || calendar || E'\n[Install]\nWantedBy=timers.target';
	END IF;
END $$;
COMMENT ON FUNCTION schedule(text, text, text) IS
'Has a command run again and again: with pg_cron, schedules it and gives the call that did; without it, gives the lines for a crontab and, for every so many minutes, hourly and daily ones, for systemd. No command, no five fields of cron or another name than letters, digits and _ is error 22023. Example: SELECT replace(line, current_database(), ''shop'') AS line FROM intent.schedule(''SELECT intent.refresh()'', ''*/10 * * * *'') line;';
