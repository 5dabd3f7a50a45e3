-- graph: the same persons from scratch, and under other rules

CREATE FUNCTION rebuild(graph text, rules jsonb DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	kept record;
	persons bigint;
BEGIN
	PERFORM intent.graph_alone(g);
	IF rebuild.rules IS NOT NULL THEN
		PERFORM intent.graph_set_rules(g, rebuild.rules);
	END IF;

	-- everybody alone; what names nobody by the rules of today
	DROP TABLE IF EXISTS pg_temp.graph_before;
	CREATE TEMP TABLE graph_before ON COMMIT DROP AS
	SELECT l.id, l.a, l.b, l.source, l.evidence, l.occurred_at FROM intent.link l WHERE l.graph = g AND l.state = 'active' AND l.source IN ('observed', 'carrier');
	CREATE UNIQUE INDEX ON pg_temp.graph_before (id);
	ANALYZE pg_temp.graph_before;
	UPDATE intent.link l SET state = 'retracted', reason = 'rebuilt', retracted_at = clock_timestamp()
	FROM pg_temp.graph_before o WHERE l.id = o.id;
	INSERT INTO intent.profile (id, tenant, graph, person)
	SELECT i.id, i.tenant, g, i.id FROM intent.identifier i JOIN intent.graph_kind k ON k.graph = g AND k.kind = i.kind
	WHERE i.graph = g AND NOT k.shared
	ON CONFLICT DO NOTHING;
	UPDATE intent.profile p SET person = id WHERE p.graph = g AND p.person <> p.id;
	UPDATE intent.identifier i SET profile = i.id,
		hub = NOT k.shared AND (lower(i.value COLLATE "C") = ANY (k.blocked) OR coalesce(i.value ~* k.blocked_pattern, false))
	FROM intent.graph_kind k
	WHERE i.graph = g AND k.graph = g AND k.kind = i.kind
		AND (i.profile <> i.id OR i.hub <> (NOT k.shared AND (lower(i.value COLLATE "C") = ANY (k.blocked) OR coalesce(i.value ~* k.blocked_pattern, false))));

	-- first what people said, then what was seen, then what shared identifiers say
	FOR kept IN SELECT DISTINCT l.a, l.b FROM intent.link l WHERE l.graph = g AND l.state = 'active' ORDER BY l.a, l.b LOOP
		UPDATE intent.profile p SET person = least(o.one, o.two)
		FROM (SELECT min(p.person) AS one, max(p.person) AS two FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile
			WHERE i.id IN (kept.a, kept.b)) o
		WHERE p.person = greatest(o.one, o.two) AND o.one <> o.two;
	END LOOP;
	DROP TABLE IF EXISTS pg_temp.graph_pair;
	CREATE TEMP TABLE graph_pair ON COMMIT DROP AS
	SELECT l.a, l.b, min(l.occurred_at) AS occurred_at, 'observed'::text AS source, max(l.weight) AS weight, NULL::jsonb AS evidence
	FROM intent.link l WHERE l.graph = g AND l.source = 'observed'
	GROUP BY l.a, l.b HAVING NOT bool_or(l.state = 'retracted' AND l.reason = 'retracted');
	PERFORM intent.graph_settle(g);
	PERFORM intent.graph_adopt(g, format('SELECT carrier FROM intent.carried WHERE graph = %s', g));

	-- A link that is as it was keeps its row, and so does what says later the same. What says so earlier does not: observations
	-- that come late may make a cookie speak before anybody was seen on it.
	UPDATE intent.link l SET state = 'active', reason = NULL, retracted_at = NULL
	FROM pg_temp.graph_before o
	WHERE l.id = o.id AND EXISTS (SELECT FROM intent.link n WHERE n.a = o.a AND n.b = o.b AND n.source = o.source AND n.state = 'active' AND n.id <> o.id
		AND n.occurred_at <= o.occurred_at AND n.evidence IS NOT DISTINCT FROM o.evidence);
	DELETE FROM intent.link n USING pg_temp.graph_before o, intent.link l
	WHERE l.id = o.id AND l.state = 'active' AND n.a = o.a AND n.b = o.b AND n.source = o.source AND n.state = 'active'
		AND n.occurred_at = o.occurred_at AND n.evidence IS NOT DISTINCT FROM o.evidence
		AND NOT EXISTS (SELECT FROM pg_temp.graph_before x WHERE x.id = n.id);
	DROP TABLE IF EXISTS pg_temp.graph_before, pg_temp.graph_pair, pg_temp.graph_joined, pg_temp.graph_component, pg_temp.graph_seen, pg_temp.graph_rooted;
	SELECT count(DISTINCT p.person) INTO persons FROM intent.profile p WHERE p.graph = g;
	RETURN persons;
END $$;
COMMENT ON FUNCTION rebuild(text, jsonb) IS
'Makes the persons of a graph again from all it has observed, in the fixed order that ingest has, and if rules are given, under these from now on; gives the number of persons. Links that people made, retracted or forbade stay so, and links that come out as before keep their rows; what no longer holds is retracted with the reason rebuilt. It has the graph to itself. Rules that are wrong, or leave out a kind in use, are error 22023. Cost grows with the links and identifiers of the graph. Example: SELECT intent.rebuild(''default'') > 0 AS rebuilt;';

CREATE FUNCTION simulate(graph text, rules jsonb, OUT measure text, OUT n bigint)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 6 SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	counts bigint[];
BEGIN
	PERFORM intent.graph_alone(g);
	BEGIN
		DROP TABLE IF EXISTS pg_temp.graph_today;
		CREATE TEMP TABLE graph_today AS
		SELECT i.id, p.person FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE i.graph = g;
		PERFORM intent.rebuild(graph, rules);
		SELECT ARRAY[(SELECT count(DISTINCT person) FROM pg_temp.graph_today), count(DISTINCT x.then),
			(SELECT count(*) FROM (SELECT y.then FROM (SELECT t.person AS now, p.person AS then FROM pg_temp.graph_today t
				JOIN intent.identifier i ON i.id = t.id JOIN intent.profile p ON p.id = i.profile) y GROUP BY y.then HAVING count(DISTINCT y.now) > 1) z),
			(SELECT count(*) FROM (SELECT y.now FROM (SELECT t.person AS now, p.person AS then FROM pg_temp.graph_today t
				JOIN intent.identifier i ON i.id = t.id JOIN intent.profile p ON p.id = i.profile) y GROUP BY y.now HAVING count(DISTINCT y.then) > 1) z),
			count(*) FILTER (WHERE x.now <> x.then),
			(SELECT count(*) FROM intent.identifier i WHERE i.graph = g AND i.hub)] INTO counts
		FROM (SELECT t.person AS now, p.person AS then FROM pg_temp.graph_today t
			JOIN intent.identifier i ON i.id = t.id JOIN intent.profile p ON p.id = i.profile) x;
		-- nothing of it happened
		RAISE EXCEPTION USING ERRCODE = 'IN002', MESSAGE = 'simulated';
	EXCEPTION WHEN SQLSTATE 'IN002' THEN
		NULL;
	END;
	RETURN QUERY
	SELECT m.measure, counts[m.n] FROM unnest(ARRAY['persons now', 'persons then', 'persons then that are several now', 'persons now that are several then',
		'identifiers whose person changes its id', 'hubs then']) WITH ORDINALITY m(measure, n) ORDER BY m.n;
END $$;
COMMENT ON FUNCTION simulate(text, jsonb) IS
'What rebuild with these rules would change, and changes nothing: numbers of persons now and then, of those that would be joined or would fall apart, of identifiers whose person would have another id, and of hubs. It has the graph to itself while it runs, and costs what rebuild costs. Rules that are wrong are error 22023. Example: SELECT * FROM intent.simulate(''default'', ''{"kinds": {"email": {"max_per_person": 1}}}'');';
