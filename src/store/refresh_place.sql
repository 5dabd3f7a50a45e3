-- refresh_place: whose an event is, and putting events into chunks and taking them out
--
-- The functions of a refresh hand rows to each other in temporary tables, which store_scratch() makes once a session.
-- A strand is what one chunk row continues: the events of a source with one anchor and the same carriers.

CREATE FUNCTION store_scratch() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF to_regclass('pg_temp.store_row') IS NOT NULL THEN
		RETURN;
	END IF;
	-- events as their source gives them, those that came, and those that came (1) or went (-1) in the end
	CREATE TEMP TABLE store_row (occurred_at timestamptz, channel text, event text, value float8, recorded_at timestamptz, ref text, identifiers jsonb) ON COMMIT DELETE ROWS;
	CREATE TEMP TABLE store_added (LIKE pg_temp.store_row) ON COMMIT DELETE ROWS;
	CREATE TEMP TABLE store_net (net bigint, LIKE pg_temp.store_row) ON COMMIT DELETE ROWS;
	-- what the graph knows of each set of identifiers in store_row, and whom shared ones that were asked for carry at any time
	CREATE TEMP TABLE store_set (identifiers jsonb, anchor bigint, carriers bigint[], unknown boolean, several boolean) ON COMMIT DELETE ROWS;
	CREATE TEMP TABLE store_asked (carriers bigint[]) ON COMMIT DELETE ROWS;
	CREATE TEMP TABLE store_carried (carriers bigint[], always bigint) ON COMMIT DELETE ROWS;
	-- store_row with the strands
	CREATE TEMP TABLE store_placed (anchor bigint, carriers bigint[], unknown boolean, LIKE pg_temp.store_row) ON COMMIT DELETE ROWS;
	-- strands that are not as they should be, what they lose and gain, and from which chunk on
	CREATE TEMP TABLE store_difference (anchor bigint, carriers bigint[], new intent.journey, old intent.journey, refless boolean,
		strange intent.journey, comes intent.journey) ON COMMIT DELETE ROWS;
	CREATE TEMP TABLE store_change (source bigint, tenant text, daily boolean, anchor bigint, carriers bigint[],
		removed intent.journey, added intent.journey) ON COMMIT DELETE ROWS;
	CREATE TEMP TABLE store_strand (LIKE pg_temp.store_change, first int, person bigint) ON COMMIT DELETE ROWS;
	-- what changed in the graph, and what that touches
	CREATE TEMP TABLE store_news (what text, id bigint) ON COMMIT DELETE ROWS;
	CREATE TEMP TABLE store_renamed (id bigint) ON COMMIT DELETE ROWS;
	CREATE TEMP TABLE store_carrier (id bigint) ON COMMIT DELETE ROWS;
	CREATE TEMP TABLE store_unsure (source bigint, anchor bigint, carriers bigint[], n int) ON COMMIT DELETE ROWS;
	CREATE TEMP TABLE store_lost (source bigint, ref text, person bigint) ON COMMIT DELETE ROWS;
END $$;
COMMENT ON FUNCTION store_scratch() IS
'Makes the temporary tables of a refresh, if this session has none yet. A part of refresh. Example: SELECT intent.store_scratch();';

CREATE FUNCTION store_clear(VARIADIC names text[]) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	scratch text;
BEGIN
	FOREACH scratch IN ARRAY names LOOP
		-- small ones keep their file, and plans stay what they are
		EXECUTE format(CASE WHEN pg_relation_size('pg_temp.' || quote_ident(scratch)) > 1000000 THEN 'TRUNCATE pg_temp.%I' ELSE 'DELETE FROM pg_temp.%I' END, scratch);
	END LOOP;
END $$;
COMMENT ON FUNCTION store_clear(text[]) IS
'Empties temporary tables of store_scratch, given by name. A part of refresh. Example: SELECT intent.store_clear(''store_row'') FROM intent.store_scratch();';

CREATE FUNCTION source_rows(source bigint, from_at timestamptz, until_at timestamptz,
	OUT occurred_at timestamptz, OUT channel text, OUT event text, OUT value float8, OUT recorded_at timestamptz, OUT ref text, OUT identifiers jsonb)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100000 SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD'
AS $$
#variable_conflict use_column
BEGIN
	-- STABLE: what an expression calls may not write
	RETURN QUERY EXECUTE intent.source_query(source_rows.source) || format(' AND q.occurred_at >= %L AND q.occurred_at < %L',
		greatest(from_at, (SELECT s.kept_from FROM intent.source s WHERE s.id = source_rows.source)), until_at);
END $$;
COMMENT ON FUNCTION source_rows(bigint, timestamptz, timestamptz) IS
'The events of a source, given by its number, that occurred from a time on and before another, read with the rights of the caller and without writing; what forget_before forgot is left out. Example: SELECT * FROM intent.source_rows(intent.source_named(''methods''), ''-infinity'', ''infinity'');';

CREATE FUNCTION store_sure() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
BEGIN
	PERFORM intent.store_clear('store_carried');
	INSERT INTO pg_temp.store_carried
	WITH seen AS (
		SELECT x.carrier, count(DISTINCT p.person) AS people, min(p.person) AS person
		FROM (SELECT DISTINCT u.id FROM pg_temp.store_asked g CROSS JOIN LATERAL unnest(g.carriers) u(id)) c
		JOIN intent.carried x ON x.carrier = c.id
		JOIN intent.identifier i ON i.id = x.identifier
		JOIN intent.profile p ON p.id = i.profile
		GROUP BY x.carrier
	)
	SELECT g.carriers, CASE WHEN coalesce(max(s.people), 0) <= 1
		THEN coalesce((array_agg(s.person ORDER BY u.n) FILTER (WHERE s.person IS NOT NULL))[1], g.carriers[cardinality(g.carriers)]) END AS always
	FROM pg_temp.store_asked g CROSS JOIN LATERAL unnest(g.carriers) WITH ORDINALITY u(id, n)
	LEFT JOIN seen s ON s.carrier = u.id
	GROUP BY g.carriers;
	ANALYZE pg_temp.store_carried;
END $$;
COMMENT ON FUNCTION store_sure() IS
'Says of the sets of shared identifiers in the temporary table store_asked whom each carries at any time, into store_carried: its only person, or the identifier that stands for an unknown one if it carried nobody; NULL where several people make it a question of time, which graph_attribute answers for each event. A part of refresh. Example: SELECT intent.store_sure() WHERE false;';

CREATE FUNCTION store_place(graph bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
	forgets constant boolean := EXISTS (SELECT FROM intent.suppression x WHERE x.graph = store_place.graph);
BEGIN
	-- what the graph knows of each set of identifiers: as person_of, for sets
	PERFORM intent.store_clear('store_set', 'store_asked', 'store_placed');
	ANALYZE pg_temp.store_row (occurred_at);
	INSERT INTO pg_temp.store_set
	WITH given AS MATERIALIZED (
		SELECT DISTINCT identifiers FROM pg_temp.store_row
	), read AS (
		SELECT g.identifiers, k.priority, k.kind, k.shared, i.id,
			i.hub OR lower(v.value COLLATE "C") = ANY (k.blocked) OR coalesce(v.value ~* k.blocked_pattern, false) AS nobody
		FROM given g CROSS JOIN LATERAL jsonb_each_text(g.identifiers) e
		JOIN intent.graph_kind k ON k.graph = store_place.graph AND k.kind = e.key
		CROSS JOIN LATERAL (SELECT CASE k.normalise WHEN 'email' THEN intent.normalise_email(e.value)
			WHEN 'phone' THEN intent.normalise_phone(e.value) ELSE btrim(e.value) END) v(value)
		LEFT JOIN intent.identifier i ON i.graph = store_place.graph AND i.kind = k.kind AND i.value = v.value
		WHERE v.value <> '' AND NOT (forgets AND EXISTS (SELECT FROM intent.suppression x
			WHERE x.graph = store_place.graph AND x.hash = intent.graph_hash(store_place.graph, k.kind, v.value)))
	)
	SELECT identifiers,
		(array_agg(id ORDER BY priority, kind) FILTER (WHERE NOT shared AND NOT nobody AND id IS NOT NULL))[1] AS anchor,
		array_agg(id ORDER BY priority, kind) FILTER (WHERE shared AND NOT nobody AND id IS NOT NULL) AS carriers,
		bool_or(id IS NULL AND NOT (shared AND coalesce(nobody, false))) AS unknown, count(*) > 1 AS several
	FROM read GROUP BY identifiers;
	ANALYZE pg_temp.store_set (anchor);

	INSERT INTO pg_temp.store_asked
	SELECT DISTINCT carriers FROM pg_temp.store_set WHERE anchor IS NULL AND carriers IS NOT NULL;
	PERFORM intent.store_sure();

	INSERT INTO pg_temp.store_placed
	SELECT CASE WHEN s.anchor IS NOT NULL THEN s.anchor
			WHEN s.carriers IS NOT NULL THEN coalesce(c.always, intent.graph_attribute(s.carriers, r.occurred_at), 0) END AS anchor,
		CASE WHEN s.anchor IS NULL AND s.carriers IS NOT NULL THEN s.carriers ELSE '{}' END AS carriers, s.unknown, r.*
	FROM pg_temp.store_row r
	JOIN pg_temp.store_set s USING (identifiers)
	LEFT JOIN pg_temp.store_carried c ON s.anchor IS NULL AND c.carriers = s.carriers
	WHERE s.anchor IS NOT NULL OR s.carriers IS NOT NULL OR s.unknown;
	ANALYZE pg_temp.store_placed (anchor);
END $$;
COMMENT ON FUNCTION store_place(bigint) IS
'Finds the strand of each event in the temporary table store_row by what a graph knows now, into store_placed: the anchor is the strongest identifier that names somebody, else the person that its shared identifiers carry at that time, and they are its carriers; 0 is nobody that can be told. NULL is an event of identifiers that the graph has not seen, all others without are left out. A part of refresh. Example: SELECT intent.store_place(1) WHERE false;';

CREATE FUNCTION store_alone(persons bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	UPDATE intent.chunk c SET alone = x.alone
	FROM (SELECT k.person, count(*) = 1 AS alone FROM intent.chunk k
		WHERE k.person = ANY (persons) AND k.person <> 0 AND NOT k.daily GROUP BY k.person) x
	WHERE c.person = x.person AND NOT c.daily AND c.alone <> x.alone;
END $$;
COMMENT ON FUNCTION store_alone(bigint[]) IS
'Says of the chunks of these persons whether each is the only one of its person: person_journey reads those as they are. A part of refresh. Example: SELECT intent.store_alone(NULL) WHERE false;';

CREATE FUNCTION store_apply() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
	persons bigint[];
BEGIN
	PERFORM intent.store_clear('store_strand');
	ANALYZE pg_temp.store_change (anchor);
	-- The chunk to begin with. What comes after all others goes to the last one. What goes in between may let an event
	-- behind it fit into the chunk before it, or not any more, so that one is cut again, too.
	INSERT INTO pg_temp.store_strand
	SELECT c.source, c.tenant, c.daily, c.anchor, c.carriers, c.removed, c.added, coalesce(
			(SELECT greatest(min(k.n) - 1, 0) FROM intent.chunk k WHERE k.anchor = c.anchor AND k.source = c.source AND k.carriers = c.carriers
				AND k.ends_at >= c.since),
			(SELECT max(k.n) FROM intent.chunk k WHERE k.anchor = c.anchor AND k.source = c.source AND k.carriers = c.carriers), 0) AS first,
		coalesce(p.person, i.id, 0) AS person
	FROM (SELECT x.*, least(intent.starts_at(x.removed), intent.starts_at(x.added)) AS since FROM pg_temp.store_change x) c
	LEFT JOIN intent.identifier i ON i.id = c.anchor
	LEFT JOIN intent.profile p ON p.id = i.profile;
	ANALYZE pg_temp.store_strand (anchor);
	WITH gone AS (
		DELETE FROM intent.chunk k USING pg_temp.store_strand t
		WHERE k.anchor = t.anchor AND k.source = t.source AND k.carriers = t.carriers AND k.n >= t.first
		RETURNING k.source, k.anchor, k.carriers, k.person, k.alone, k.journey
	), before AS MATERIALIZED (
		SELECT source, anchor, carriers, bool_and(alone) AS alone, intent.journey_merge(journey) AS journey FROM gone GROUP BY source, anchor, carriers
	), made AS (
		INSERT INTO intent.chunk (person, source, anchor, starts_at, ends_at, n, alone, daily, tenant, carriers, journey)
		SELECT t.person, t.source, t.anchor, intent.starts_at(c.chunk), intent.ends_at(c.chunk), t.first + c.n, coalesce(b.alone, false), t.daily, t.tenant, t.carriers, c.chunk
		FROM pg_temp.store_strand t
		LEFT JOIN before b ON b.source = t.source AND b.anchor = t.anchor AND b.carriers = t.carriers
		CROSS JOIN LATERAL intent.chunks(intent.amend(b.journey, t.removed, t.added)) c
		ORDER BY t.person, t.anchor, t.source, c.n
		RETURNING person
	)
	-- who has as many chunks as before has what it says of them
	SELECT array_agg(person) INTO persons FROM (
		SELECT person FROM (SELECT person, 1 AS more FROM made UNION ALL SELECT person, -1 FROM gone) x GROUP BY person HAVING sum(more) <> 0
		UNION SELECT t.person FROM pg_temp.store_strand t
		WHERE NOT EXISTS (SELECT FROM before b WHERE b.source = t.source AND b.anchor = t.anchor AND b.carriers = t.carriers)) y;
	PERFORM intent.store_alone(persons);
END $$;
COMMENT ON FUNCTION store_apply() IS
'Changes the chunks of the strands in the temporary table store_change (source, tenant, daily, anchor, carriers, removed, added): takes events away, puts events in, and cuts what comes behind again, so that the chunks are those of all the events. A part of refresh. Cost grows with the chunks that change: one for events that come last. Example: SELECT intent.store_apply() WHERE false;';
