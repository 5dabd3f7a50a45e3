-- graph: why a person is one, and how a graph is

-- ----- questions about links -----

CREATE FUNCTION graph_path(query text, start bigint, goal bigint,
	OUT step int, OUT link bigint, OUT from_node bigint, OUT to_node bigint)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_graph_path' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 5;
COMMENT ON FUNCTION graph_path(text, bigint, bigint) IS
'The shortest path between two nodes over the links that a query gives (number of the link and its two ends, all bigint), a row a step; where several links lead to a node in as many steps, the one with the smallest number. No rows if there is none, or for a node against itself. The query is one SELECT, run with the rights of the caller; rows with a NULL are left out. A query of NULL is error 22004, other columns are 42804. Breadth-first: time and memory in proportion to the links, about 60 bytes each. Example: SELECT step, link, from_node, to_node FROM intent.graph_path(''SELECT * FROM (VALUES (1::bigint, 10::bigint, 11::bigint), (2, 11, 12), (3, 12, 13), (4, 10, 12)) l(id, a, b)'', 10, 13);';

CREATE FUNCTION graph_bridges(query text, at_least int DEFAULT 1,
	OUT link bigint, OUT smaller bigint, OUT larger bigint)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_graph_bridges' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 1000;
COMMENT ON FUNCTION graph_bridges(text, int) IS
'The links, of those that a query gives (number of the link and its two ends, all bigint), without which what they join would be two parts, with the number of nodes in the smaller and the larger part; at_least leaves out those whose smaller part has fewer (NULL is 1). Two links between the same nodes are no bridges. The query is one SELECT, run with the rights of the caller; rows with a NULL are left out. A query of NULL is error 22004, other columns are 42804, an at_least below 1 is 22023. One depth-first walk (R. Tarjan 1974): time and memory in proportion to the links. Example: SELECT link, smaller, larger FROM intent.graph_bridges(''SELECT * FROM (VALUES (1::bigint, 10::bigint, 11::bigint), (2, 11, 12), (3, 12, 10), (4, 12, 20), (5, 20, 21)) l(id, a, b)'', 2);';

-- ----- why -----

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
	persons bigint[];
BEGIN
	SELECT array_agg(DISTINCT p.person) INTO persons
	FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE i.id IN (start, goal);
	IF cardinality(persons) > 1 THEN
		RETURN;
	END IF;
	-- both ends of a link are of the same person
	RETURN QUERY
	SELECT p.step, l.id, f.kind, f.value, t.kind, t.value, l.source, l.evidence, l.occurred_at, l.recorded_at
	FROM intent.graph_path(format('SELECT l.id, l.a, l.b
		FROM intent.profile p JOIN intent.identifier i ON i.profile = p.id JOIN intent.link l ON l.a = i.id AND l.state = ''active''
		WHERE p.person = %s', persons[1]), start, goal) p
	JOIN intent.link l ON l.id = p.link
	JOIN intent.identifier f ON f.id = p.from_node
	JOIN intent.identifier t ON t.id = p.to_node
	ORDER BY p.step;
END $$;
COMMENT ON FUNCTION why(text, text, text, text, text) IS
'The shortest chain of links that makes two identifiers one person, a row a link, the oldest links where several chains are as short; no rows if they are not one. A link of source carrier was learned from the shared identifier in evidence. Identifiers that the graph does not know are error P0002. Cost grows with the links of the person, in proportion. Example: SELECT step, kind, value, to_kind, to_value, source, occurred_at FROM intent.why(''default'', ''email'', ''anna@example.com'', ''user_id'', ''anna'');';

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
		SELECT l.recorded_at, CASE WHEN l.state IN ('refused', 'apart') THEN l.state WHEN l.source IN ('assert_distinct', 'split') THEN 'apart' ELSE 'linked' END
		UNION ALL SELECT l.retracted_at, 'retracted' WHERE l.state = 'retracted') e(at, what)
	ORDER BY e.at, l.id, e.what;
END $$;
COMMENT ON FUNCTION history(text, bigint) IS
'What made a person, in the order it was recorded: links, refusals with their reason, what was asserted, what was taken back. Also answers for ids that were merged into another. No rows for what is no person of the graph. Example: SELECT what, kind, value, other_kind, other_value, source, reason FROM intent.history(''default'', intent.person(''user_id'', ''anna'')) WHERE source IN (''observed'', ''assert_distinct'');';

-- ----- health -----

CREATE FUNCTION health(graph text, OUT measure text, OUT subject text, OUT n bigint, OUT link bigint)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	suspect record;
	parts record;
	suspects int := 0;
BEGIN
	RETURN QUERY
	SELECT 'identifiers'::text, i.kind, count(*), NULL::bigint FROM intent.identifier i WHERE i.graph = g GROUP BY i.kind ORDER BY i.kind;
	RETURN QUERY
	WITH size AS (
		SELECT p.person, count(*) AS n FROM intent.profile p JOIN intent.identifier i ON i.profile = p.id WHERE p.graph = g GROUP BY p.person
	)
	SELECT 'persons of so many identifiers'::text, CASE WHEN s.n < 10 THEN s.n::text WHEN s.n < 100 THEN '10 to 99'
		WHEN s.n < 1000 THEN '100 to 999' ELSE '1000 and more' END AS size, count(*), NULL::bigint
	FROM size s GROUP BY 2 ORDER BY min(s.n);
	RETURN QUERY
	SELECT 'links ' || l.state, CASE WHEN l.reason LIKE 'split %' THEN 'split' ELSE concat_ws(', ', l.source, l.reason) END, count(*), NULL::bigint FROM intent.link l WHERE l.graph = g GROUP BY 1, 2 ORDER BY 1, 2;
	RETURN QUERY
	(SELECT 'refused so often'::text, i.kind || ' ' || i.value, count(*), NULL::bigint
	FROM intent.link l CROSS JOIN LATERAL (VALUES (l.a), (l.b)) e(id) JOIN intent.identifier i ON i.id = e.id
	WHERE l.graph = g AND l.state = 'refused' AND NOT i.hub
	GROUP BY i.id HAVING count(*) > 1 ORDER BY 3 DESC, 2 LIMIT 20);
	RETURN QUERY
	(SELECT 'hub, with so many refusals'::text, i.kind || ' ' || i.value, (SELECT count(*) FROM intent.link l WHERE l.state = 'refused' AND (l.a = i.id OR l.b = i.id)), NULL::bigint
	FROM intent.identifier i WHERE i.graph = g AND i.hub ORDER BY 3 DESC, 2 LIMIT 20);
	RETURN QUERY
	(SELECT 'shared by so many'::text, i.kind || ' ' || i.value, count(*), NULL::bigint
	FROM intent.carried c JOIN intent.identifier i ON i.id = c.carrier WHERE c.graph = g
	GROUP BY i.id HAVING count(*) > 1 ORDER BY 3 DESC, 2 LIMIT 20);
	RETURN QUERY
	(SELECT 'person of the most identifiers'::text, p.person::text, count(*), NULL::bigint
	FROM intent.profile p JOIN intent.identifier i ON i.profile = p.id WHERE p.graph = g GROUP BY p.person
	ORDER BY 3 DESC, p.person LIMIT 10);

	-- Of each person the link that alone holds the largest parts together; what was seen several times is one link.
	FOR suspect IN
		SELECT DISTINCT ON (x.smaller, x.weight, x.person) x.*
		FROM (SELECT DISTINCT ON (p.person) p.person, b.smaller, l.id, l.a, l.b, l.weight, a.kind || ' ' || a.value || ' -- ' || o.kind || ' ' || o.value AS ends
			FROM intent.graph_bridges(format('SELECT min(id), a, b FROM intent.link WHERE graph = %s AND state = ''active'' GROUP BY a, b, source', g), 2) b
			JOIN intent.link l ON l.id = b.link
			JOIN intent.identifier a ON a.id = l.a
			JOIN intent.identifier o ON o.id = l.b
			JOIN intent.profile p ON p.id = a.profile
			ORDER BY p.person, b.smaller DESC, l.weight, l.id) x
		ORDER BY x.smaller DESC, x.weight, x.person
	LOOP
		EXIT WHEN suspects = 20;
		suspects := suspects + 1;
		measure := 'bridge, between so many and more'; subject := suspect.ends; n := suspect.smaller; link := suspect.id;
		RETURN NEXT;
		-- two of a kind, one on either side: two people?
		SELECT string_agg(DISTINCT x.kind, ', ' ORDER BY x.kind) AS kinds INTO parts
		FROM (SELECT i.kind
			FROM intent.components_bigint(format('SELECT i.id, l.b
				FROM intent.profile p JOIN intent.identifier i ON i.profile = p.id
				LEFT JOIN intent.link l ON l.a = i.id AND l.state = ''active'' AND (l.a, l.b) <> (%s, %s)
				WHERE p.person = %s', suspect.a, suspect.b, suspect.person)) c
			JOIN intent.identifier i ON i.id = c.node
			GROUP BY i.kind HAVING count(DISTINCT c.component) > 1) x;
		IF parts.kinds IS NOT NULL THEN
			measure := 'over-merged, without the link two with ' || parts.kinds; subject := suspect.person::text;
			n := (SELECT count(*) FROM intent.profile p JOIN intent.identifier i ON i.profile = p.id WHERE p.person = suspect.person);
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION health(text) IS
'How a graph is, as rows of measure, subject, count and, where one is to blame, the link: identifiers by kind, persons by size, links by state, source and reason (refused ones with the guard that said no), the identifiers refused most, the hubs with most refusals, the shared identifiers that carried most, the persons of most identifiers; the links that alone hold two parts of two identifiers or more together, one a person, with the size of the smaller part; and of these persons those that have the same kind of identifier on both sides, which may be two: retract(link) cuts there. At most 20 of each. Reads the whole graph; cost grows with it, in proportion. Example: SELECT * FROM intent.health(''default'') WHERE measure = ''identifiers'';';
