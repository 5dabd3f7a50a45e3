-- graph: observations and links in bulk, as sets

-- Page costs here are those of tables in memory: planned with the server's, a set that is small beside the graph reads
-- whole tables where a few look-ups do, and what it costs grows with the graph.

CREATE FUNCTION graph_take_in(graph bigint, kind_names text[], kinds int[], given text[], first_seen timestamptz[],
	OUT n int, OUT id bigint, OUT nobody boolean)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 100000 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET seq_page_cost = 0.1 SET random_page_cost = 0.1
AS $$
#variable_conflict use_column
DECLARE
	forgets constant boolean := EXISTS (SELECT FROM intent.suppression x WHERE x.graph = graph_take_in.graph);
	new_tenant constant text := (SELECT t.tenant FROM intent.graph t WHERE t.id = graph_take_in.graph);
BEGIN
	-- Looked up one by one and in the order of the index, so that the cost of one hardly depends on how many there are.
	RETURN QUERY
	WITH clean AS MATERIALIZED (
		SELECT v.n, k.kind, k.priority, k.shared, v.first_seen, k.blocked, k.blocked_pattern,
			CASE k.normalise WHEN 'email' THEN intent.normalise_email(v.given) WHEN 'phone' THEN intent.normalise_phone(v.given)
				ELSE btrim(v.given) END AS value
		FROM unnest(kinds, given, first_seen) WITH ORDINALITY v(kind, given, first_seen, n)
		JOIN intent.graph_kind k ON k.graph = graph_take_in.graph AND k.kind = kind_names[v.kind]
	), told AS MATERIALIZED (
		SELECT c.n, c.kind, c.priority, c.shared, c.first_seen, c.value,
			lower(c.value COLLATE "C") = ANY (c.blocked) OR coalesce(c.value ~* c.blocked_pattern, false) AS nobody
		FROM clean c WHERE c.value <> ''
	), known AS MATERIALIZED (
		SELECT t.*, i.id, i.hub, i.first_seen AS first_known
		FROM (SELECT * FROM told t
			WHERE NOT (t.shared AND t.nobody) AND NOT (forgets AND EXISTS (SELECT FROM intent.suppression x
				WHERE x.graph = graph_take_in.graph AND x.hash = intent.graph_hash(graph_take_in.graph, t.kind, t.value)))
			ORDER BY t.kind, t.value) t
		LEFT JOIN LATERAL (SELECT i.id, i.hub, i.first_seen FROM intent.identifier i
			WHERE i.graph = graph_take_in.graph AND i.kind = t.kind AND i.value = t.value LIMIT 1) i ON true
	), older AS MATERIALIZED (
		SELECT k.id, min(k.first_seen) AS first_seen, min(k.first_known) AS first_known FROM known k WHERE k.first_seen < k.first_known GROUP BY k.id
	), believed AS (
		INSERT INTO intent.backdated (tenant, graph, identifier, first_seen)
		SELECT new_tenant, graph_take_in.graph, o.id, o.first_known FROM older o
	), seen AS (
		UPDATE intent.identifier i SET first_seen = o.first_seen FROM older o WHERE i.id = o.id
	), fresh AS MATERIALIZED (
		-- numbered by age, so that the person that was there first keeps its id
		SELECT nextval('intent.identifier_id') AS id, o.*
		FROM (SELECT k.kind, k.value, min(k.first_seen) AS first_seen, bool_or(k.nobody) AS nobody, bool_or(k.shared) AS shared,
				array_agg(k.n) AS places
			FROM known k WHERE k.id IS NULL
			GROUP BY k.kind, k.value
			ORDER BY min(k.first_seen), min(k.priority), k.kind COLLATE "C", k.value COLLATE "C") o
	), named AS (
		INSERT INTO intent.identifier (id, tenant, graph, kind, value, profile, hub, first_seen)
		SELECT f.id, new_tenant, graph_take_in.graph, f.kind, f.value, f.id, f.nobody, f.first_seen FROM fresh f ORDER BY f.kind, f.value
	), alone AS (
		INSERT INTO intent.profile (id, tenant, graph, person)
		SELECT f.id, new_tenant, graph_take_in.graph, f.id FROM fresh f WHERE NOT f.shared ORDER BY f.id
	)
	SELECT k.n::int, k.id, k.nobody OR k.hub FROM known k WHERE k.id IS NOT NULL
	UNION ALL
	SELECT p.n::int, f.id, f.nobody FROM fresh f CROSS JOIN LATERAL unnest(f.places) p(n);
EXCEPTION WHEN unique_violation THEN
	-- alone on the graph, that is one which an older snapshot does not show
	IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
		RAISE serialization_failure USING MESSAGE = 'could not serialize access due to concurrent update',
			HINT = 'Another transaction took in identifiers since this one began: try it again.';
	END IF;
	RAISE;
END $$;
COMMENT ON FUNCTION graph_take_in(bigint, text[], int[], text[], timestamptz[]) IS
'Gives identifiers a number in a graph, those it knows and new ones, which get theirs by age: of each the number of its kind in kind_names, its value as it came, and when it was seen first. Gives of each that names something, by its place in the arrays, the number, and whether it names nobody by the rules or as a hub; left out are those that are empty, blocked on a shared kind, or were erased. The caller has the graph to itself. Cost: two index look-ups each. Example: SELECT n, id > 0 AS known, nobody FROM intent.graph_take_in(intent.graph_named(''default''), ARRAY[''email''], ARRAY[1, 1], ARRAY[''Anna@Example.com'', ''noreply@example.com''], ARRAY[''2026-03-01Z'', ''2026-03-01Z'']::timestamptz[]) ORDER BY n;';

CREATE FUNCTION graph_gather(graph bigint, query text,
	OUT what text, OUT a bigint, OUT b bigint, OUT occurred_at timestamptz, OUT times bigint)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_graph_gather' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 100000;
COMMENT ON FUNCTION graph_gather(bigint, text) IS
'What the observations say that a query gives (columns occurred_at and identifiers, as for ingest), once their identifiers are in the graph, by the numbers of these: pair, two identifiers that were seen together, a < b, the first time, and how many times; sighting, a shared identifier a and the strongest one b that was seen on it then; carried, the same without the time; observations, in times their number. One SELECT, run with the rights of the caller, and every different identifier is looked up once. A graph or query of NULL is error 22004, a time of NULL or a kind that the graph does not know 22023. The caller has the graph to itself. Memory: 60 bytes an identifier and its text, 12 bytes an observation and 4 for each of its identifiers, 32 bytes a pair or sighting. Example: SELECT what, count(*) FROM intent.graph_gather(intent.graph_named(''default''), $$SELECT timestamptz ''2026-03-01Z'' AS occurred_at, jsonb_build_object(''email'', ''anna@example.com'', ''user_id'', ''anna'') AS identifiers$$) GROUP BY what;';

CREATE FUNCTION graph_settle(graph bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning SET seq_page_cost = 0.1 SET random_page_cost = 0.1
AS $$
#variable_conflict use_column
DECLARE
	pair record;
	counted bigint;
	settled bigint;
BEGIN
	IF to_regclass('pg_temp.graph_pair') IS NULL THEN
		RETURN NULL;
	END IF;
	ANALYZE pg_temp.graph_pair;
	-- what the same source knows since then or earlier is nothing new
	DELETE FROM pg_temp.graph_pair n USING intent.link l
	WHERE l.a = n.a AND l.b = n.b AND l.state = 'active' AND l.source = n.source AND l.occurred_at <= n.occurred_at;
	IF NOT EXISTS (SELECT FROM pg_temp.graph_pair) THEN
		RETURN 0;
	END IF;

	-- hubs: seen with too many stronger ones
	FOR pair IN
		WITH pair AS MATERIALIZED (
			SELECT a, b FROM pg_temp.graph_pair WHERE source = 'observed'
		), weak AS MATERIALIZED (
			SELECT i.id, k.priority, k.hub_limit
			FROM (SELECT a FROM pair UNION SELECT b FROM pair) x(id)
			JOIN intent.identifier i ON i.id = x.id AND NOT i.hub
			JOIN intent.graph_kind k ON k.graph = i.graph AND k.kind = i.kind AND k.hub_limit IS NOT NULL
		), seen (id, partner) AS (
			SELECT a, b FROM pair WHERE a IN (SELECT id FROM weak) UNION SELECT b, a FROM pair WHERE b IN (SELECT id FROM weak)
			-- looked up one by one: read as a whole, the links of a large graph cost more than a small set of observations
			UNION SELECT w.id, l.b FROM weak w CROSS JOIN LATERAL (SELECT l.b FROM intent.link l WHERE l.a = w.id AND l.source = 'observed' OFFSET 0) l
			UNION SELECT w.id, l.a FROM weak w CROSS JOIN LATERAL (SELECT l.a FROM intent.link l WHERE l.b = w.id AND l.source = 'observed' OFFSET 0) l
		), other AS (
			SELECT id FROM seen GROUP BY id HAVING count(*) > (SELECT min(w.hub_limit) FROM weak w)
		)
		SELECT w.id
		FROM other o JOIN weak w USING (id) JOIN seen USING (id)
		JOIN intent.identifier s ON s.id = seen.partner
		JOIN intent.graph_kind sk ON sk.graph = s.graph AND sk.kind = s.kind
		WHERE sk.priority < w.priority
		GROUP BY w.id, w.hub_limit HAVING count(*) > w.hub_limit
		ORDER BY w.id
	LOOP
		PERFORM intent.graph_make_hub(graph, pair.id);
	END LOOP;
	WITH gone AS (
		DELETE FROM pg_temp.graph_pair n USING intent.identifier i WHERE i.id IN (n.a, n.b) AND i.hub RETURNING n.*
	)
	INSERT INTO intent.link (tenant, graph, a, b, state, reason, source, weight, evidence, occurred_at)
	SELECT i.tenant, graph_settle.graph, x.a, x.b, 'refused', 'names nobody', x.source, x.weight, x.evidence, x.occurred_at
	FROM (SELECT DISTINCT ON (a, b) * FROM gone ORDER BY a, b) x JOIN intent.identifier i ON i.id = x.a
	WHERE NOT EXISTS (SELECT FROM intent.link l WHERE l.a = x.a AND l.b = x.b AND l.state = 'refused' AND l.reason = 'names nobody'
		AND l.source = x.source AND l.occurred_at <= x.occurred_at)
	ORDER BY x.occurred_at, x.a, x.b;

	-- one that a person took back is not learned again from the same kind of evidence
	WITH gone AS (
		DELETE FROM pg_temp.graph_pair n USING intent.link l
		WHERE l.a = n.a AND l.b = n.b AND l.state = 'retracted' AND l.reason = 'retracted' AND l.source = n.source RETURNING n.*
	)
	INSERT INTO intent.link (tenant, graph, a, b, state, reason, source, weight, evidence, occurred_at)
	SELECT i.tenant, graph_settle.graph, x.a, x.b, 'refused', 'retracted before', x.source, x.weight, x.evidence, x.occurred_at
	FROM (SELECT DISTINCT ON (a, b) * FROM gone ORDER BY a, b, occurred_at) x JOIN intent.identifier i ON i.id = x.a
	WHERE NOT EXISTS (SELECT FROM intent.link l WHERE l.a = x.a AND l.b = x.b AND l.state = 'refused' AND l.reason = 'retracted before'
		AND l.source = x.source AND l.occurred_at <= x.occurred_at)
	ORDER BY x.occurred_at, x.a, x.b;

	-- the persons that these pairs would join, all at once where no limit is in the way
	DROP TABLE IF EXISTS pg_temp.graph_joined;
	CREATE TEMP TABLE graph_joined ON COMMIT DROP AS
	SELECT n.a, n.b, pa.person AS one, pb.person AS two
	FROM pg_temp.graph_pair n
	JOIN intent.identifier ia ON ia.id = n.a JOIN intent.profile pa ON pa.id = ia.profile
	JOIN intent.identifier ib ON ib.id = n.b JOIN intent.profile pb ON pb.id = ib.profile;
	ANALYZE pg_temp.graph_joined;
	DROP TABLE IF EXISTS pg_temp.graph_component;
	CREATE TEMP TABLE graph_component ON COMMIT DROP AS
	SELECT node AS person, component, false AS broken FROM intent.components_bigint('SELECT one, two FROM pg_temp.graph_joined');
	ANALYZE pg_temp.graph_component;
	UPDATE pg_temp.graph_component c SET broken = true
	WHERE c.component IN (
		SELECT m.component FROM pg_temp.graph_component m
		JOIN intent.profile p ON p.person = m.person
		JOIN intent.identifier i ON i.profile = p.id
		JOIN intent.graph_kind k ON k.graph = i.graph AND k.kind = i.kind
		WHERE k.max_per_person IS NOT NULL
		GROUP BY m.component, i.kind, k.max_per_person HAVING count(*) > k.max_per_person AND count(DISTINCT m.person) > 1
		UNION ALL
		SELECT ca.component
		FROM intent.link l
		JOIN intent.identifier ia ON ia.id = l.a JOIN intent.profile pa ON pa.id = ia.profile
		JOIN intent.identifier ib ON ib.id = l.b JOIN intent.profile pb ON pb.id = ib.profile
		JOIN pg_temp.graph_component ca ON ca.person = pa.person JOIN pg_temp.graph_component cb ON cb.person = pb.person
		WHERE l.graph = graph_settle.graph AND l.state = 'apart' AND ca.component = cb.component);

	-- fresh identifiers go into the profile of the oldest of their person; the others keep theirs
	UPDATE intent.identifier i SET profile = c.component
	FROM pg_temp.graph_component c
	WHERE NOT c.broken AND c.person <> c.component AND i.id = c.person AND i.profile = i.id
		AND NOT EXISTS (SELECT FROM intent.link l WHERE l.a = i.id) AND NOT EXISTS (SELECT FROM intent.link l WHERE l.b = i.id);
	DELETE FROM intent.profile p USING pg_temp.graph_component c, intent.identifier i
	WHERE NOT c.broken AND c.person <> c.component AND i.id = c.person AND i.profile = c.component AND p.id = c.person;
	UPDATE intent.profile p SET person = c.component
	FROM pg_temp.graph_component c
	WHERE NOT c.broken AND c.person <> c.component AND p.person = c.person;
	INSERT INTO intent.link (tenant, graph, a, b, state, source, weight, evidence, occurred_at)
	SELECT i.tenant, graph_settle.graph, n.a, n.b, 'active', n.source, n.weight, n.evidence, n.occurred_at
	FROM pg_temp.graph_pair n
	JOIN pg_temp.graph_joined j USING (a, b)
	JOIN pg_temp.graph_component c ON c.person = j.one
	JOIN intent.identifier i ON i.id = n.a
	WHERE NOT c.broken
	ORDER BY n.occurred_at, n.a, n.b;
	GET DIAGNOSTICS settled = ROW_COUNT;

	-- and one after the other where there is: the strongest kinds first, then what was seen most, then what was seen first
	FOR pair IN
		SELECT n.*
		FROM pg_temp.graph_pair n
		JOIN pg_temp.graph_joined j USING (a, b)
		JOIN pg_temp.graph_component c ON c.person = j.one
		JOIN intent.identifier ia ON ia.id = n.a JOIN intent.graph_kind ka ON ka.graph = ia.graph AND ka.kind = ia.kind
		JOIN intent.identifier ib ON ib.id = n.b JOIN intent.graph_kind kb ON kb.graph = ib.graph AND kb.kind = ib.kind
		WHERE c.broken
		ORDER BY ka.priority + kb.priority, n.weight DESC, n.occurred_at,
			-- not by their numbers, which depend on who came first
			least(ARRAY[ia.kind, ia.value] COLLATE "C", ARRAY[ib.kind, ib.value] COLLATE "C"),
			greatest(ARRAY[ia.kind, ia.value] COLLATE "C", ARRAY[ib.kind, ib.value] COLLATE "C")
	LOOP
		PERFORM intent.graph_link(graph, pair.a, pair.b, pair.occurred_at, pair.source, pair.weight, pair.evidence);
		settled := settled + 1;
	END LOOP;
	RETURN settled;
END $$;
COMMENT ON FUNCTION graph_settle(bigint) IS
'Links the pairs of a graph that stand in the temporary table graph_pair (a, b, occurred_at, source, weight, evidence), as ingest makes it: finds hubs, joins in sets whatever breaks no limit, and the rest pair by pair: the strongest kinds first, then the greatest weight, then the earliest. Gives the number of pairs that were new, NULL without that table. The caller has the graph to itself. Example: SELECT intent.graph_settle(1);';

CREATE FUNCTION graph_adopt(graph bigint, carriers text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning SET seq_page_cost = 0.1 SET random_page_cost = 0.1
AS $$
#variable_conflict use_column
BEGIN
	DROP TABLE IF EXISTS pg_temp.graph_seen;
	-- one identifier on a carrier has nobody to join
	EXECUTE format($q$
		CREATE TEMP TABLE graph_seen ON COMMIT DROP AS
		SELECT x.carrier, x.identifier, p.person, k.priority, k.hub_limit, i.kind, i.value
		FROM (SELECT c.carrier FROM (SELECT DISTINCT carrier FROM (%s) given(carrier)) g
			JOIN intent.carried c ON c.carrier = g.carrier WHERE c.graph = %s GROUP BY c.carrier HAVING count(*) > 1) several
		JOIN intent.carried x ON x.carrier = several.carrier
		JOIN intent.identifier i ON i.id = x.carrier
		JOIN intent.graph_kind k ON k.graph = i.graph AND k.kind = i.kind AND k.adopts
		JOIN intent.identifier xi ON xi.id = x.identifier
		JOIN intent.profile p ON p.id = xi.profile$q$, carriers, graph);
	IF NOT EXISTS (SELECT FROM pg_temp.graph_seen) THEN
		RETURN 0;
	END IF;
	ANALYZE pg_temp.graph_seen;
	DROP TABLE IF EXISTS pg_temp.graph_rooted;
	CREATE TEMP TABLE graph_rooted ON COMMIT DROP AS
	SELECT DISTINCT p.person
	FROM (SELECT DISTINCT person FROM pg_temp.graph_seen) s
	JOIN intent.profile p ON p.person = s.person
	JOIN intent.identifier i ON i.profile = p.id
	JOIN intent.graph_kind k ON k.graph = i.graph AND k.kind = i.kind AND k.max_per_person = 1;
	ANALYZE pg_temp.graph_rooted;

	DROP TABLE IF EXISTS pg_temp.graph_pair;
	CREATE TEMP TABLE graph_pair ON COMMIT DROP AS
	WITH seen AS (
		SELECT s.*, r.person IS NOT NULL AS rooted FROM pg_temp.graph_seen s LEFT JOIN pg_temp.graph_rooted r USING (person)
	), judged AS (
		SELECT carrier FROM seen GROUP BY carrier, hub_limit
		HAVING count(DISTINCT person) FILTER (WHERE rooted) = 1 AND bool_or(NOT rooted) AND count(DISTINCT person) <= coalesce(hub_limit, 100)
	), choice AS (
		SELECT DISTINCT ON (lone.person) lone.identifier AS lone, owner.identifier AS owner, lone.carrier,
			jsonb_build_object(lone.kind, lone.value) AS evidence
		FROM judged JOIN seen lone USING (carrier) JOIN seen owner USING (carrier)
		JOIN intent.identifier li ON li.id = lone.identifier JOIN intent.graph_kind lk ON lk.graph = li.graph AND lk.kind = li.kind
		JOIN intent.identifier oi ON oi.id = owner.identifier JOIN intent.graph_kind ok ON ok.graph = oi.graph AND ok.kind = oi.kind
		WHERE NOT lone.rooted AND owner.rooted
		-- the strongest cookie, and on it the strongest of either; not by their numbers, which depend on who came first
		ORDER BY lone.person, lone.priority, lone.kind COLLATE "C", lone.value COLLATE "C", lk.priority, li.kind COLLATE "C", li.value COLLATE "C",
			ok.priority, oi.kind COLLATE "C", oi.value COLLATE "C"
	)
	-- known since both were seen there
	SELECT least(lone, owner) AS a, greatest(lone, owner) AS b,
		(SELECT max(x.first) FROM (SELECT min(s.occurred_at) AS first FROM intent.sighting s
			WHERE s.carrier = c.carrier AND s.identifier IN (c.lone, c.owner) GROUP BY s.identifier) x) AS occurred_at,
		'carrier'::text AS source, 1::float8 AS weight, evidence
	FROM choice c;
	RETURN intent.graph_settle(graph);
END $$;
COMMENT ON FUNCTION graph_adopt(bigint, text) IS
'Lets shared identifiers speak, those that a query gives by their numbers: where exactly one of the persons seen on one has a unique identifier, the others join it. Gives the number of pairs looked at. The caller has the graph to itself. Example: SELECT intent.graph_adopt(intent.graph_named(''default''), ''SELECT 1::bigint'');';

CREATE FUNCTION ingest(graph text, query text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning SET seq_page_cost = 0.1 SET random_page_cost = 0.1
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	new_tenant text;
	hubs bigint[];
	observations bigint;
BEGIN
	PERFORM intent.graph_alone(g);
	SELECT t.tenant INTO new_tenant FROM intent.graph t WHERE t.id = g;
	DROP TABLE IF EXISTS pg_temp.graph_gathered;
	CREATE TEMP TABLE graph_gathered ON COMMIT DROP AS SELECT * FROM intent.graph_gather(g, query);
	ANALYZE pg_temp.graph_gathered;

	DROP TABLE IF EXISTS pg_temp.graph_pair;
	CREATE TEMP TABLE graph_pair ON COMMIT DROP AS
	SELECT a, b, occurred_at, 'observed'::text AS source, times::float8 AS weight, NULL::jsonb AS evidence
	FROM pg_temp.graph_gathered WHERE what = 'pair';
	PERFORM intent.graph_settle(g);

	-- a hub found on the way is carried nowhere
	hubs := ARRAY(SELECT i.id FROM (SELECT DISTINCT b FROM pg_temp.graph_gathered WHERE what = 'carried') x
		JOIN intent.identifier i ON i.id = x.b WHERE i.hub);
	INSERT INTO intent.sighting (tenant, graph, carrier, occurred_at, identifier)
	SELECT new_tenant, g, a, occurred_at, b FROM pg_temp.graph_gathered WHERE what = 'sighting' AND b <> ALL (hubs)
	ON CONFLICT DO NOTHING;
	INSERT INTO intent.carried (tenant, graph, carrier, identifier)
	SELECT new_tenant, g, a, b FROM pg_temp.graph_gathered WHERE what = 'carried' AND b <> ALL (hubs)
	ON CONFLICT DO NOTHING;
	PERFORM intent.graph_adopt(g, 'SELECT a FROM pg_temp.graph_gathered WHERE what = ''carried''');

	SELECT times INTO observations FROM pg_temp.graph_gathered WHERE what = 'observations';
	DROP TABLE IF EXISTS pg_temp.graph_gathered, pg_temp.graph_pair, pg_temp.graph_joined, pg_temp.graph_component, pg_temp.graph_seen, pg_temp.graph_rooted;
	RETURN observations;
END $$;
COMMENT ON FUNCTION ingest(text, text) IS
'Takes the observations that a query gives, as columns occurred_at timestamptz and identifiers jsonb ({"kind": "value"}), into a graph: as observe does, but as sets. Gives the number of observations with identifiers. What breaks no limit does not depend on the order; where a limit is in the way, the strongest kinds are linked first, then the pairs seen most often, then the earliest, while observe takes them as they come. The query runs read-only, with the rights of the caller and an empty search_path: name tables with their schema. It has the graph to itself until the transaction ends. A time of NULL or a kind that the graph does not know is error 22023. Cost grows with the rows, a little more than in proportion. Example: SELECT intent.ingest(''default'', ''SELECT timestamptz ''''2026-03-03 08:00Z'''' AS occurred_at, jsonb ''''{"cookie": "c2", "email": "anna@example.com"}'''' AS identifiers'');';
