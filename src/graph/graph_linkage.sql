-- graph: what record linkage finds, as links

CREATE FUNCTION link_graph(graph text, query text, model intent.linkage_model, kind text, threshold float8 DEFAULT 0.9,
	occurred_at timestamptz DEFAULT NULL,
	OUT pairs bigint, OUT linked bigint, OUT refused bigint)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	at constant timestamptz := coalesce(link_graph.occurred_at, clock_timestamp());
BEGIN
	IF NOT EXISTS (SELECT FROM intent.graph_kind k WHERE k.graph = g AND k.kind = link_graph.kind AND NOT k.shared) THEN
		RAISE invalid_parameter_value USING MESSAGE = format('the graph has no kind of identifiers %s that joins people', coalesce('"' || link_graph.kind || '"', 'NULL')),
			HINT = format('Give the kind that the id of a record is: %s.',
				(SELECT string_agg(k.kind, ', ' ORDER BY k.priority, k.kind) FROM intent.graph_kind k WHERE k.graph = g AND NOT k.shared));
	END IF;
	PERFORM intent.graph_alone(g);

	-- one SELECT that only reads, or this is an error
	DROP TABLE IF EXISTS pg_temp.linkage_join;
	CREATE TEMP TABLE linkage_join ON COMMIT DROP AS
	SELECT p.id_a, p.id_b, p.weight, p.probability FROM intent.link_joins(query, model, threshold) p;
	DROP TABLE IF EXISTS pg_temp.linkage_record;
	EXECUTE 'CREATE TEMP TABLE linkage_record ON COMMIT DROP AS SELECT q.id::text AS id, to_jsonb(q) AS record FROM (' || query || E'\n) q
		WHERE q.id::text IN (SELECT id_a FROM pg_temp.linkage_join UNION SELECT id_b FROM pg_temp.linkage_join)';
	PERFORM intent.ingest(graph, format('SELECT %L::timestamptz AS occurred_at, jsonb_build_object(%L, r.id) AS identifiers FROM pg_temp.linkage_record r',
		at, link_graph.kind));

	DROP TABLE IF EXISTS pg_temp.linkage_member;
	CREATE TEMP TABLE linkage_member ON COMMIT DROP AS
	SELECT r.id, r.record, i.id AS identifier
	FROM pg_temp.linkage_record r
	CROSS JOIN LATERAL intent.graph_read(g, jsonb_build_object(link_graph.kind, r.id)) n
	JOIN intent.identifier i ON i.graph = g AND i.kind = n.kind AND i.value = n.value;
	DROP TABLE IF EXISTS pg_temp.linkage_pair;
	CREATE TEMP TABLE linkage_pair ON COMMIT DROP AS
	SELECT DISTINCT ON (1, 2) least(a.identifier, b.identifier) AS a, greatest(a.identifier, b.identifier) AS b, at AS occurred_at,
		'linkage'::text AS source, p.weight::float8 AS weight,
		jsonb_build_object('probability', p.probability, 'levels', (SELECT jsonb_object_agg(e.comparison, e.level)
			FROM intent.explain_linkage(model, a.record, b.record) e WHERE e.level <> 'missing')) AS evidence
	FROM pg_temp.linkage_join p
	JOIN pg_temp.linkage_member a ON a.id = p.id_a
	JOIN pg_temp.linkage_member b ON b.id = p.id_b
	WHERE a.identifier <> b.identifier
	ORDER BY 1, 2, p.weight DESC;
	DROP TABLE IF EXISTS pg_temp.graph_pair;
	CREATE TEMP TABLE graph_pair ON COMMIT DROP AS SELECT * FROM pg_temp.linkage_pair;
	PERFORM intent.graph_settle(g);

	SELECT count(*), count(*) FILTER (WHERE pa.person = pb.person), count(*) FILTER (WHERE pa.person <> pb.person)
	INTO pairs, linked, refused
	FROM pg_temp.linkage_pair n
	JOIN intent.identifier ia ON ia.id = n.a JOIN intent.profile pa ON pa.id = ia.profile
	JOIN intent.identifier ib ON ib.id = n.b JOIN intent.profile pb ON pb.id = ib.profile;
	DROP TABLE IF EXISTS pg_temp.linkage_join, pg_temp.linkage_record, pg_temp.linkage_member, pg_temp.linkage_pair,
		pg_temp.graph_pair, pg_temp.graph_joined, pg_temp.graph_component;
END $$;
COMMENT ON FUNCTION link_graph(text, text, linkage_model, text, float8, timestamptz) IS
'Takes what record linkage finds into an identity graph: the pairs by which link_records joins clusters become links of source linkage, under the guards of the graph. The query gives the records, and their id is an identifier of the given kind, such as customer_id; it runs read-only, with the rights of the caller and an empty search_path: name tables with their schema. Ids that the graph does not know are taken in; records that are one with nobody are not. Weight of a link is the log-odds, and its evidence the probability and the level of each comparison, never a value. occurred_at says since when, NULL is now. Gives the number of pairs, of those that are one person now, and of those that a guard refused: each is a row of intent.link with the reason. why shows the links, retract takes one back, for good: a link that was retracted is not learned again from linkage. rebuild keeps them as it keeps what people said. A kind that is shared or unknown is error 22023; other errors are those of link_records. It has the graph to itself until the transaction ends. Example: SELECT p.pairs, p.linked, p.refused FROM intent.train_linkage(''SELECT * FROM (VALUES (''''k1'''', ''''ann lee''''), (''''k2'''', ''''ann lee''''), (''''k3'''', ''''bob ray'''')) r(id, name)'') m, intent.link_graph(''default'', ''SELECT * FROM (VALUES (''''k1'''', ''''ann lee''''), (''''k2'''', ''''ann lee''''), (''''k3'''', ''''bob ray'''')) r(id, name)'', m, ''customer_id'', threshold => 0.2) p;';
