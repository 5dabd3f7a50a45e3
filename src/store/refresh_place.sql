-- refresh_place: whose an event is, and putting events into chunks and taking them out
--
-- The functions of a refresh hand rows to each other in temporary tables, which store_scratch() makes once a session.
-- A strand is what one chunk row continues: the events of a source with one anchor and the same carriers.

CREATE FUNCTION store_scratch() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF to_regclass('pg_temp.store_given') IS NOT NULL THEN
		RETURN;
	END IF;
	-- Events by the identifiers they carry, the rows with the same ones together: what a source has, what came and what went,
	-- the rows that are there or came and those that went, and whether a row has no ref.
	CREATE TEMP TABLE store_given (set bigint, identifiers jsonb, n bigint, gone bigint, refless boolean,
		seen intent.journey, came intent.journey, went intent.journey) ON COMMIT DELETE ROWS;
	-- The same with their strands: the shared identifiers of the set, those that name the same person beside the anchor, those
	-- that are hubs, and whether the graph has not seen one of them.
	CREATE TEMP TABLE store_placed (anchor bigint, carriers bigint[], shared bigint[], others bigint[], hubs bigint[],
		unknown boolean, several boolean, LIKE pg_temp.store_given) ON COMMIT DELETE ROWS;
	CREATE TEMP TABLE store_added (LIKE pg_temp.store_given) ON COMMIT DELETE ROWS;
	-- whom shared identifiers that were asked for carry at any time
	CREATE TEMP TABLE store_asked (carriers bigint[]) ON COMMIT DELETE ROWS;
	CREATE TEMP TABLE store_carried (carriers bigint[], always bigint) ON COMMIT DELETE ROWS;
	-- what the graph is to learn
	CREATE TEMP TABLE store_lesson (occurred_at timestamptz, identifiers jsonb) ON COMMIT DELETE ROWS;
	-- strands that are not as they should be, what they lose and gain, and from which chunk on they are cut again
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
	-- their sizes are wanted, and how many different ones there are of what they are joined by, about
	ALTER TABLE pg_temp.store_given ALTER set SET STATISTICS 1;
	ALTER TABLE pg_temp.store_placed ALTER anchor SET STATISTICS 1;
	ALTER TABLE pg_temp.store_change ALTER anchor SET STATISTICS 1;
	ALTER TABLE pg_temp.store_strand ALTER anchor SET STATISTICS 1;
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
'Empties temporary tables of store_scratch, given by name. A part of refresh. Example: SELECT intent.store_clear(''store_given'') FROM intent.store_scratch();';

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

CREATE FUNCTION store_place(source bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
	s record;
	forgets boolean;
BEGIN
	SELECT x.graph, x.identifiers INTO s FROM intent.source x WHERE x.id = store_place.source;
	forgets := EXISTS (SELECT FROM intent.suppression x WHERE x.graph = s.graph);
	-- what the graph knows of each set of identifiers: as person_of, for sets
	PERFORM intent.store_clear('store_asked', 'store_placed');
	ANALYZE pg_temp.store_given (set);
	INSERT INTO pg_temp.store_placed
	WITH clean AS MATERIALIZED (
		SELECT g.set, k.kind, k.priority, k.shared, k.blocked, k.blocked_pattern, CASE k.normalise WHEN 'email' THEN intent.normalise_email(g.identifiers ->> k.kind)
			WHEN 'phone' THEN intent.normalise_phone(g.identifiers ->> k.kind) ELSE btrim(g.identifiers ->> k.kind) END AS value
		FROM pg_temp.store_given g CROSS JOIN intent.graph_kind k
		WHERE k.graph = s.graph AND s.identifiers ? k.kind
	), read AS (
		-- a name that the rules block is a hub in the graph; shared ones are not there, or were before the rules changed
		SELECT c.set, c.shared, i.id, CASE WHEN c.shared THEN lower(c.value COLLATE "C") = ANY (c.blocked) OR coalesce(c.value ~* c.blocked_pattern, false)
			ELSE coalesce(i.hub, false) END AS nobody
		-- one by one and in the order of the index, so that the cost of one hardly depends on how many there are
		FROM (SELECT * FROM clean ORDER BY kind COLLATE "C", value COLLATE "C" OFFSET 0) c
		LEFT JOIN LATERAL (SELECT i.id, i.hub FROM intent.identifier i
			WHERE i.graph = s.graph AND i.kind = c.kind AND i.value = c.value LIMIT 1) i ON true
		WHERE c.value <> '' AND NOT (forgets AND EXISTS (SELECT FROM intent.suppression x
			WHERE x.graph = s.graph AND x.hash = intent.graph_hash(s.graph, c.kind, c.value)))
		ORDER BY c.set, c.priority, c.kind
	), known AS (
		SELECT set, array_agg(id) FILTER (WHERE NOT shared AND NOT nobody AND id IS NOT NULL) AS naming,
			array_agg(id) FILTER (WHERE shared AND NOT nobody AND id IS NOT NULL) AS shared,
			array_agg(id) FILTER (WHERE NOT shared AND nobody AND id IS NOT NULL) AS hubs,
			bool_or(id IS NULL AND NOT (shared AND nobody)) AS unknown, count(*) > 1 AS several
		FROM read GROUP BY set
	)
	SELECT k.naming[1] AS anchor, '{}' AS carriers, k.shared, k.naming[2:] AS others, k.hubs, k.unknown, k.several, g.*
	FROM known k JOIN pg_temp.store_given g USING (set)
	WHERE k.naming IS NOT NULL OR k.shared IS NOT NULL OR k.unknown;

	-- what nobody names goes to whom its shared identifiers carry
	INSERT INTO pg_temp.store_asked
	SELECT DISTINCT p.shared FROM pg_temp.store_placed p WHERE p.anchor IS NULL AND p.shared IS NOT NULL;
	IF FOUND THEN
		PERFORM intent.store_sure();
		WITH carried AS (
			DELETE FROM pg_temp.store_placed p WHERE p.anchor IS NULL AND p.shared IS NOT NULL RETURNING p.*
		)
		INSERT INTO pg_temp.store_placed
		SELECT c.always, p.shared, p.shared, p.others, p.hubs, p.unknown, p.several, p.set, p.identifiers, p.n, p.gone, p.refless, p.seen, p.came, p.went
		FROM carried p JOIN pg_temp.store_carried c ON c.carriers = p.shared
		WHERE c.always IS NOT NULL
		UNION ALL
		-- to one or another of several, each event by its time
		SELECT p.now, p.shared, p.shared, p.others, p.hubs, p.unknown, p.several, p.set, p.identifiers,
			count(*) FILTER (WHERE what <> 'went'), count(*) FILTER (WHERE what = 'went'), bool_or(ref IS NULL),
			intent.journey_agg(occurred_at, channel, event, value, recorded_at, ref) FILTER (WHERE what = 'seen'),
			intent.journey_agg(occurred_at, channel, event, value, recorded_at, ref) FILTER (WHERE what = 'came'),
			intent.journey_agg(occurred_at, channel, event, value, recorded_at, ref) FILTER (WHERE what = 'went')
		FROM (SELECT p.*, x.what, r.*, coalesce(intent.graph_attribute(p.shared, r.occurred_at), 0) AS now
			FROM carried p JOIN pg_temp.store_carried c ON c.carriers = p.shared AND c.always IS NULL
			CROSS JOIN LATERAL (VALUES ('seen', p.seen), ('came', p.came), ('went', p.went)) x(what, journey)
			CROSS JOIN LATERAL intent.journey_rows(x.journey) r) p
		GROUP BY p.now, p.shared, p.others, p.hubs, p.unknown, p.several, p.set, p.identifiers;
	END IF;
	ANALYZE pg_temp.store_placed (anchor);
END $$;
COMMENT ON FUNCTION store_place(bigint) IS
'Finds the strands of the events of a source in the temporary table store_given by what its graph knows now, into store_placed: the anchor is the strongest identifier that names somebody, else the person that its shared identifiers carry at that time, and they are its carriers; 0 is nobody that can be told. NULL are events of identifiers that the graph has not seen, all others without are left out. A part of refresh. Cost grows with the different sets of identifiers, an index look-up for each of these. Example: SELECT intent.store_place(1) WHERE false;';

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
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
	persons bigint[];
	missed bigint;
BEGIN
	-- Sequential scans are off so that the cost is that of the chunks that change, not of all: by the index, or where they are.
	PERFORM intent.store_clear('store_strand');
	ANALYZE pg_temp.store_change (anchor);
	-- The chunk to begin with. What comes after all others goes to the last one, which most often still has room for it.
	-- What goes in between may let an event behind it fit into the chunk before it, or not any more, so that one is cut
	-- again, too.
	WITH strand AS MATERIALIZED (
		SELECT c.source, c.tenant, c.daily, c.anchor, c.carriers, c.removed, c.added, c.first,
			coalesce(c.person, (SELECT p.person FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE i.id = c.anchor),
				(SELECT i.id FROM intent.identifier i WHERE i.id = c.anchor), 0) AS person,
			c.at, CASE WHEN c.first = c.n THEN intent.amend_chunk(c.journey, c.removed, c.added) END AS chunk
		FROM (SELECT x.*, last.*, CASE WHEN last.n IS NULL THEN 0 WHEN last.ends_at < x.since THEN last.n
				ELSE coalesce((SELECT greatest(min(k.n) - 1, 0) FROM intent.chunk k
					WHERE k.anchor = x.anchor AND k.source = x.source AND k.carriers = x.carriers AND k.ends_at >= x.since), last.n) END AS first
			FROM (SELECT y.*, least(intent.starts_at(y.removed), intent.starts_at(y.added)) AS since FROM pg_temp.store_change y) x
			LEFT JOIN LATERAL (SELECT k.ctid AS at, k.n, k.person, k.ends_at, k.journey FROM intent.chunk k
				WHERE k.anchor = x.anchor AND k.source = x.source AND k.carriers = x.carriers
				ORDER BY k.anchor DESC, k.source DESC, k.carriers DESC, k.n DESC LIMIT 1) last ON true) c
	), extended AS (
		UPDATE intent.chunk k SET starts_at = intent.starts_at(t.chunk), ends_at = intent.ends_at(t.chunk), period = intent.period_of(intent.ends_at(t.chunk)),
			journey = t.chunk, touched = intent.touched(t.chunk, k.touched)
		FROM strand t WHERE t.chunk IS NOT NULL AND k.ctid = t.at
		RETURNING k.n
	), others AS (
		INSERT INTO pg_temp.store_strand
		SELECT t.source, t.tenant, t.daily, t.anchor, t.carriers, t.removed, t.added, t.first, t.person FROM strand t WHERE t.chunk IS NULL
	)
	SELECT (SELECT count(t.chunk) FROM strand t) - (SELECT count(*) FROM extended) INTO missed;
	IF missed > 0 THEN
		RAISE serialization_failure USING MESSAGE = 'somebody else changes intent.chunk',
			HINT = 'Leave the stored journeys to intent.refresh(), and call it again.';
	END IF;
	ANALYZE pg_temp.store_strand (anchor);

	WITH gone AS (
		DELETE FROM intent.chunk k USING pg_temp.store_strand t
		WHERE k.anchor = t.anchor AND k.source = t.source AND k.carriers = t.carriers AND k.n >= t.first
		RETURNING k.source, k.anchor, k.carriers, k.person, k.alone, k.journey
	), before AS MATERIALIZED (
		SELECT source, anchor, carriers, bool_and(alone) AS alone, intent.journey_merge(journey) AS journey FROM gone GROUP BY source, anchor, carriers
	), made AS (
		INSERT INTO intent.chunk (person, source, anchor, starts_at, ends_at, n, period, alone, daily, tenant, carriers, journey, touched)
		SELECT t.person, t.source, t.anchor, intent.starts_at(c.chunk), intent.ends_at(c.chunk), t.first + c.n, intent.period_of(intent.ends_at(c.chunk)),
			coalesce(b.alone, t.person <> 0 AND NOT t.daily AND count(*) OVER (PARTITION BY t.person) = 1
				AND NOT EXISTS (SELECT FROM intent.chunk k WHERE k.person = t.person AND NOT k.daily)), t.daily, t.tenant, t.carriers, c.chunk, intent.touched(c.chunk)
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
