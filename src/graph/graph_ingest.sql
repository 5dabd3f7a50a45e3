-- graph: observations and links in bulk, as sets

CREATE FUNCTION graph_observations(query text, OUT n bigint, OUT occurred_at timestamptz, OUT identifiers jsonb)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	-- STABLE: what the query calls may not write
	RETURN QUERY EXECUTE 'SELECT row_number() OVER (), o.occurred_at::timestamptz, o.identifiers::jsonb FROM (' || query || E'\n) o';
END $$;
COMMENT ON FUNCTION graph_observations(text) IS
'The rows of a query with columns occurred_at timestamptz and identifiers jsonb, numbered as they come. It runs read-only, with the rights of the caller and an empty search_path: name tables with their schema. Example: SELECT * FROM intent.graph_observations(''SELECT timestamptz ''''2026-03-01Z'''' AS occurred_at, jsonb_build_object(''''email'''', ''''anna@example.com'''') AS identifiers'');';

CREATE FUNCTION graph_settle(graph bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
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
	-- what is known since then or earlier is nothing new
	DELETE FROM pg_temp.graph_pair n USING intent.link l
	WHERE l.a = n.a AND l.b = n.b AND l.state = 'active' AND l.occurred_at <= n.occurred_at;

	-- hubs: seen with too many stronger ones
	FOR pair IN
		WITH pair AS MATERIALIZED (
			SELECT a, b FROM pg_temp.graph_pair WHERE source = 'observed'
		), seen (id, partner) AS (
			SELECT a, b FROM pair UNION SELECT b, a FROM pair
			UNION SELECT l.a, l.b FROM (SELECT a FROM pair UNION SELECT b FROM pair) x JOIN intent.link l ON l.a = x.a AND l.source = 'observed'
			UNION SELECT l.b, l.a FROM (SELECT a FROM pair UNION SELECT b FROM pair) x JOIN intent.link l ON l.b = x.a AND l.source = 'observed'
		), other AS (
			SELECT id FROM seen GROUP BY id HAVING count(*) > (SELECT min(k.hub_limit) FROM intent.graph_kind k WHERE k.graph = graph_settle.graph)
		)
		SELECT i.id
		FROM other o JOIN seen USING (id)
		JOIN intent.identifier i ON i.id = o.id AND NOT i.hub
		JOIN intent.graph_kind k ON k.graph = i.graph AND k.kind = i.kind
		JOIN intent.identifier s ON s.id = seen.partner
		JOIN intent.graph_kind sk ON sk.graph = s.graph AND sk.kind = s.kind
		WHERE sk.priority < k.priority
		GROUP BY i.id, k.hub_limit HAVING count(*) > k.hub_limit
		ORDER BY i.id
	LOOP
		PERFORM intent.graph_make_hub(graph, pair.id);
	END LOOP;
	WITH gone AS (
		DELETE FROM pg_temp.graph_pair n USING intent.identifier i WHERE i.id IN (n.a, n.b) AND i.hub RETURNING n.*
	)
	INSERT INTO intent.link (tenant, graph, a, b, state, reason, source, weight, evidence, occurred_at)
	SELECT i.tenant, graph_settle.graph, x.a, x.b, 'refused', 'names nobody', x.source, x.weight, x.evidence, x.occurred_at
	FROM (SELECT DISTINCT ON (a, b) * FROM gone ORDER BY a, b) x JOIN intent.identifier i ON i.id = x.a
	WHERE NOT EXISTS (SELECT FROM intent.link l WHERE l.a = x.a AND l.b = x.b AND l.state = 'refused' AND l.reason = 'names nobody')
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
		SELECT m.component FROM pg_temp.graph_component m
		JOIN intent.profile p ON p.person = m.person
		JOIN intent.identifier i ON i.profile = p.id
		JOIN intent.link l ON l.state IN ('apart', 'retracted') AND i.id = l.a AND (l.state = 'apart' OR l.reason = 'retracted')
		WHERE EXISTS (SELECT FROM intent.link x WHERE x.state IN ('apart', 'retracted')));

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
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
BEGIN
	DROP TABLE IF EXISTS pg_temp.graph_seen;
	EXECUTE format($q$
		CREATE TEMP TABLE graph_seen ON COMMIT DROP AS
		SELECT x.carrier, x.identifier, p.person, k.priority, k.hub_limit, i.kind, i.value
		FROM intent.carried x
		JOIN intent.identifier i ON i.id = x.carrier
		JOIN intent.graph_kind k ON k.graph = i.graph AND k.kind = i.kind AND k.adopts
		JOIN intent.identifier xi ON xi.id = x.identifier
		JOIN intent.profile p ON p.id = xi.profile
		WHERE x.graph = %s AND x.carrier IN (%s)$q$, graph, carriers);
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
		WHERE NOT lone.rooted AND owner.rooted
		ORDER BY lone.person, lone.priority, lone.kind COLLATE "C", lone.value COLLATE "C", lone.identifier, owner.identifier
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
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	new_tenant text;
	observations bigint;
	unknown text;
BEGIN
	PERFORM intent.graph_alone(g);
	SELECT t.tenant INTO new_tenant FROM intent.graph t WHERE t.id = g;
	DROP TABLE IF EXISTS pg_temp.graph_given;
	CREATE TEMP TABLE graph_given ON COMMIT DROP AS
	SELECT o.n, o.occurred_at, e.key AS kind, e.value AS given
	FROM intent.graph_observations(query) o CROSS JOIN LATERAL jsonb_each_text(o.identifiers) e
	WHERE e.value <> '' OR o.occurred_at IS NULL OR NOT isfinite(o.occurred_at);
	ANALYZE pg_temp.graph_given;
	IF EXISTS (SELECT FROM pg_temp.graph_given WHERE occurred_at IS NULL OR NOT isfinite(occurred_at)) THEN
		RAISE invalid_parameter_value USING MESSAGE = 'occurred_at must be a time, not NULL or infinity',
			HINT = 'Without a time nothing can be attributed to shared cookies and devices; leave such rows out with a WHERE.';
	END IF;

	DROP TABLE IF EXISTS pg_temp.graph_value;
	CREATE TEMP TABLE graph_value ON COMMIT DROP AS
	SELECT v.kind, v.given, v.first_seen, k.kind IS NOT NULL AS known, k.priority, k.shared, k.blocked, k.blocked_pattern,
		CASE k.normalise WHEN 'email' THEN intent.normalise_email(v.given) WHEN 'phone' THEN intent.normalise_phone(v.given)
			ELSE btrim(v.given) END AS value
	FROM (SELECT kind, given, min(occurred_at) AS first_seen FROM pg_temp.graph_given GROUP BY kind, given) v
	LEFT JOIN intent.graph_kind k ON k.graph = g AND k.kind = v.kind;
	SELECT min(kind) INTO unknown FROM pg_temp.graph_value WHERE NOT known;
	IF unknown IS NOT NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = format('the graph has no kind of identifiers "%s"', unknown),
			HINT = format('Its kinds are %s; others are named in the rules when the graph is made.',
				(SELECT string_agg(k.kind, ', ' ORDER BY k.priority, k.kind) FROM intent.graph_kind k WHERE k.graph = g));
	END IF;
	DROP TABLE IF EXISTS pg_temp.graph_named_value;
	CREATE TEMP TABLE graph_named_value ON COMMIT DROP AS
	SELECT kind, given, value, first_seen, priority, shared,
		lower(value COLLATE "C") = ANY (blocked) OR coalesce(value ~* blocked_pattern, false) AS nobody
	FROM pg_temp.graph_value WHERE value <> '';
	DELETE FROM pg_temp.graph_named_value WHERE shared AND nobody;
	IF EXISTS (SELECT FROM intent.suppression x WHERE x.graph = g) THEN
		DELETE FROM pg_temp.graph_named_value v USING intent.suppression x
		WHERE x.graph = g AND x.hash = intent.graph_hash(g, v.kind, v.value);
	END IF;

	ANALYZE pg_temp.graph_named_value;

	UPDATE intent.identifier i SET first_seen = v.first_seen
	FROM (SELECT kind, value, min(first_seen) AS first_seen FROM pg_temp.graph_named_value GROUP BY kind, value) v
	WHERE i.graph = g AND i.kind = v.kind AND i.value = v.value AND i.first_seen > v.first_seen;

	-- numbered by age, so that the person that was there first keeps its id
	WITH fresh AS MATERIALIZED (
		SELECT nextval('intent.identifier_id') AS id, o.*
		FROM (SELECT v.kind, v.value, min(v.first_seen) AS first_seen, bool_or(v.nobody) AS nobody, min(v.shared::int) AS shared
			FROM pg_temp.graph_named_value v
			WHERE NOT EXISTS (SELECT FROM intent.identifier i WHERE i.graph = g AND i.kind = v.kind AND i.value = v.value)
			GROUP BY v.kind, v.value
			ORDER BY min(v.first_seen), min(v.priority), v.kind COLLATE "C", v.value COLLATE "C") o
	), named AS (
		INSERT INTO intent.identifier (id, tenant, graph, kind, value, profile, hub, first_seen)
		SELECT id, new_tenant, g, kind, value, id, nobody, first_seen FROM fresh
		-- of which there are only those that an older snapshot does not show, and then it is error 40001
		ON CONFLICT DO NOTHING
	)
	INSERT INTO intent.profile (id, tenant, graph, person)
	SELECT id, new_tenant, g, id FROM fresh WHERE shared = 0;

	DROP TABLE IF EXISTS pg_temp.graph_node;
	CREATE TEMP TABLE graph_node ON COMMIT DROP AS
	-- values first, whatever the planner thinks of a table that was filled a moment ago
	WITH value AS MATERIALIZED (
		SELECT v.kind, v.given, v.shared, v.priority, v.nobody OR i.hub AS nobody, i.id
		FROM pg_temp.graph_named_value v JOIN intent.identifier i ON i.graph = g AND i.kind = v.kind AND i.value = v.value
	)
	SELECT o.n, o.occurred_at, v.shared, v.priority, v.nobody, v.id
	FROM pg_temp.graph_given o JOIN value v ON v.kind = o.kind AND v.given = o.given;
	DROP TABLE IF EXISTS pg_temp.graph_anchor;
	CREATE TEMP TABLE graph_anchor ON COMMIT DROP AS
	SELECT n, (min(ARRAY[priority, id]))[2] AS id FROM pg_temp.graph_node WHERE NOT shared AND NOT nobody GROUP BY n;
	ANALYZE pg_temp.graph_node;
	ANALYZE pg_temp.graph_anchor;

	DROP TABLE IF EXISTS pg_temp.graph_pair;
	CREATE TEMP TABLE graph_pair ON COMMIT DROP AS
	SELECT least(r.id, o.id) AS a, greatest(r.id, o.id) AS b, min(o.occurred_at) AS occurred_at,
		'observed'::text AS source, count(*)::float8 AS weight, NULL::jsonb AS evidence
	FROM pg_temp.graph_anchor r JOIN pg_temp.graph_node o USING (n)
	WHERE NOT o.shared AND o.id <> r.id
	GROUP BY 1, 2;
	PERFORM intent.graph_settle(g);

	-- a hub found on the way anchors nothing
	DROP TABLE IF EXISTS pg_temp.graph_sighting;
	CREATE TEMP TABLE graph_sighting ON COMMIT DROP AS
	SELECT DISTINCT o.id AS carrier, o.occurred_at, r.id AS identifier
	FROM pg_temp.graph_anchor r JOIN pg_temp.graph_node o USING (n) JOIN intent.identifier i ON i.id = r.id
	WHERE o.shared AND NOT i.hub;
	ANALYZE pg_temp.graph_sighting;
	INSERT INTO intent.sighting (tenant, graph, carrier, occurred_at, identifier)
	SELECT new_tenant, g, carrier, occurred_at, identifier FROM pg_temp.graph_sighting ORDER BY carrier, occurred_at, identifier
	ON CONFLICT DO NOTHING;
	INSERT INTO intent.carried (tenant, graph, carrier, identifier)
	SELECT DISTINCT new_tenant, g, carrier, identifier FROM pg_temp.graph_sighting ORDER BY carrier, identifier
	ON CONFLICT DO NOTHING;
	PERFORM intent.graph_adopt(g, 'SELECT carrier FROM pg_temp.graph_sighting');

	SELECT count(DISTINCT n) INTO observations FROM pg_temp.graph_given;
	DROP TABLE pg_temp.graph_given, pg_temp.graph_value, pg_temp.graph_named_value, pg_temp.graph_node, pg_temp.graph_anchor,
		pg_temp.graph_pair, pg_temp.graph_sighting, pg_temp.graph_joined, pg_temp.graph_component, pg_temp.graph_seen, pg_temp.graph_rooted;
	RETURN observations;
END $$;
COMMENT ON FUNCTION ingest(text, text) IS
'Takes the observations that a query gives, as columns occurred_at timestamptz and identifiers jsonb ({"kind": "value"}), into a graph: as observe does, but as sets. Gives the number of observations with identifiers. What breaks no limit does not depend on the order; where a limit is in the way, the strongest kinds are linked first, then the pairs seen most often, then the earliest, while observe takes them as they come. The query runs read-only, with the rights of the caller and an empty search_path: name tables with their schema. It has the graph to itself until the transaction ends. A time of NULL or a kind that the graph does not know is error 22023. Cost grows with the rows, a little more than in proportion. Example: SELECT intent.ingest(''default'', ''SELECT timestamptz ''''2026-03-03 08:00Z'''' AS occurred_at, jsonb ''''{"cookie": "c2", "email": "anna@example.com"}'''' AS identifiers'');';
