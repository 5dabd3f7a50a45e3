-- graph: why a person is one, and how a graph is

CREATE FUNCTION why(graph text, kind1 text, value1 text, kind2 text, value2 text,
	OUT step int, OUT link bigint, OUT kind text, OUT value text, OUT to_kind text, OUT to_value text, OUT source text, OUT evidence jsonb,
	OUT occurred_at timestamptz, OUT recorded_at timestamptz)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 3 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	start constant bigint := intent.graph_member(g, kind1, value1);
	goal constant bigint := intent.graph_member(g, kind2, value2);
	-- the nodes in the order they are reached, from which one and by which link
	nodes bigint[] := ARRAY[start];
	sources bigint[] := ARRAY[NULL::bigint];
	links bigint[] := ARRAY[NULL::bigint];
	frontier bigint[] := ARRAY[start];
	fresh record;
	path bigint[] := '{}';
	walked bigint[] := ARRAY[goal];
	at bigint := goal;
BEGIN
	WHILE cardinality(frontier) > 0 AND goal <> ALL (nodes) LOOP
		SELECT array_agg(x.id ORDER BY x.id) AS ids, array_agg(x.from_id ORDER BY x.id) AS sources, array_agg(x.link ORDER BY x.id) AS links INTO fresh
		FROM (SELECT DISTINCT ON (n.id) n.id, f.id AS from_id, n.link
			FROM unnest(frontier) f(id)
			CROSS JOIN LATERAL (SELECT l.b AS id, l.id AS link FROM intent.link l WHERE l.a = f.id AND l.state = 'active'
				UNION ALL SELECT l.a, l.id FROM intent.link l WHERE l.b = f.id AND l.state = 'active') n
			WHERE n.id <> ALL (nodes)
			ORDER BY n.id, n.link) x;
		frontier := coalesce(fresh.ids, '{}');
		nodes := nodes || frontier;
		sources := sources || fresh.sources;
		links := links || fresh.links;
	END LOOP;
	IF goal <> ALL (nodes) THEN
		RETURN;
	END IF;
	WHILE at <> start LOOP
		path := links[array_position(nodes, at)] || path;
		at := sources[array_position(nodes, at)];
		walked := at || walked;
	END LOOP;
	RETURN QUERY
	SELECT p.n::int, l.id, f.kind, f.value, t.kind, t.value, l.source, l.evidence, l.occurred_at, l.recorded_at
	FROM unnest(path) WITH ORDINALITY p(id, n)
	JOIN intent.link l ON l.id = p.id
	JOIN intent.identifier f ON f.id = walked[p.n]
	JOIN intent.identifier t ON t.id = walked[p.n + 1]
	ORDER BY p.n;
END $$;
COMMENT ON FUNCTION why(text, text, text, text, text) IS
'The shortest chain of links that makes two identifiers one person, a row a link, the oldest links where several chains are as short; no rows if they are not one. A link of source carrier was learned from the shared identifier in evidence. Identifiers that the graph does not know are error P0002. Cost grows with the links of the person. Example: SELECT step, kind, value, to_kind, to_value, source, occurred_at FROM intent.why(''default'', ''email'', ''anna@example.com'', ''user_id'', ''anna'');';

CREATE FUNCTION history(graph text, person bigint,
	OUT happened_at timestamptz, OUT what text, OUT link bigint, OUT kind text, OUT value text, OUT other_kind text, OUT other_value text,
	OUT source text, OUT reason text, OUT occurred_at timestamptz)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	ids bigint[];
BEGIN
	ids := ARRAY(SELECT i.id FROM intent.profile p JOIN intent.identifier i ON i.profile = p.id
		WHERE p.graph = g AND p.person = intent.person_now(history.person));
	RETURN QUERY
	SELECT e.at, e.what, l.id, a.kind, a.value, b.kind, b.value, l.source, l.reason, l.occurred_at
	FROM (SELECT * FROM intent.link WHERE a = ANY (ids) UNION SELECT * FROM intent.link WHERE b = ANY (ids)) l
	JOIN intent.identifier a ON a.id = l.a
	JOIN intent.identifier b ON b.id = l.b
	CROSS JOIN LATERAL (
		SELECT l.recorded_at, CASE WHEN l.state IN ('refused', 'apart') THEN l.state WHEN l.source = 'assert_distinct' THEN 'apart' ELSE 'linked' END
		UNION ALL SELECT l.retracted_at, 'retracted' WHERE l.state = 'retracted') e(at, what)
	ORDER BY e.at, l.id, e.what;
END $$;
COMMENT ON FUNCTION history(text, bigint) IS
'What made a person, in the order it was recorded: links, refusals with their reason, what was asserted, what was taken back. Also answers for ids that were merged into another. No rows for what is no person of the graph. Example: SELECT what, kind, value, other_kind, other_value, source, reason FROM intent.history(''default'', intent.person(''user_id'', ''anna'')) WHERE source IN (''observed'', ''assert_distinct'');';

CREATE FUNCTION health(graph text, OUT measure text, OUT subject text, OUT n bigint)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 30 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
BEGIN
	RETURN QUERY
	SELECT 'identifiers'::text, i.kind, count(*) FROM intent.identifier i WHERE i.graph = g GROUP BY i.kind ORDER BY i.kind;
	RETURN QUERY
	WITH size AS (
		SELECT p.person, count(*) AS n FROM intent.profile p JOIN intent.identifier i ON i.profile = p.id WHERE p.graph = g GROUP BY p.person
	)
	SELECT 'persons of so many identifiers'::text, CASE WHEN s.n < 10 THEN s.n::text WHEN s.n < 100 THEN '10 to 99' ELSE '100 and more' END AS size, count(*)
	FROM size s GROUP BY 2 ORDER BY min(s.n);
	RETURN QUERY
	SELECT 'links ' || l.state, concat_ws(', ', l.source, l.reason), count(*) FROM intent.link l WHERE l.graph = g GROUP BY 1, 2 ORDER BY 1, 2;
	RETURN QUERY
	(SELECT 'hub, with so many refusals'::text, i.kind || ' ' || i.value, (SELECT count(*) FROM intent.link l WHERE l.state = 'refused' AND i.id IN (l.a, l.b))
	FROM intent.identifier i WHERE i.graph = g AND i.hub ORDER BY 3 DESC, 2 LIMIT 20);
	RETURN QUERY
	(SELECT 'shared by so many'::text, i.kind || ' ' || i.value, count(*)
	FROM intent.carried c JOIN intent.identifier i ON i.id = c.carrier WHERE c.graph = g
	GROUP BY i.id HAVING count(*) > 1 ORDER BY 3 DESC, 2 LIMIT 20);
	RETURN QUERY
	(SELECT 'person of the most identifiers'::text, p.person::text, count(*)
	FROM intent.profile p JOIN intent.identifier i ON i.profile = p.id WHERE p.graph = g GROUP BY p.person
	ORDER BY 3 DESC, p.person LIMIT 10);
END $$;
COMMENT ON FUNCTION health(text) IS
'How a graph is, as rows of measure, subject and count: identifiers by kind, persons by size, links by state, source and reason, the hubs with most refusals, the shared identifiers that carried most, and the persons of most identifiers, at most 20 of each. Reads the whole graph. Example: SELECT * FROM intent.health(''default'') WHERE measure = ''identifiers'';';
