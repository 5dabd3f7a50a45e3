-- graph: who an event belongs to, now and as of an earlier time

CREATE FUNCTION person(kind text, value text, graph text DEFAULT 'default') RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
BEGIN
	IF kind IS NULL THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT p.person
		FROM intent.graph_read(g, jsonb_build_object(person.kind, person.value)) r
		JOIN intent.identifier i ON i.graph = g AND i.kind = r.kind AND i.value = r.value AND NOT i.hub
		JOIN intent.profile p ON p.id = i.profile);
END $$;
COMMENT ON FUNCTION person(text, text, text) IS
'The person that an identifier names in a graph; NULL if nobody knows it, it is blocked or a hub, or it is of a shared kind, which names one only at a time: person_of tells. A kind that the graph does not know is error 22023. Two index look-ups. Example: SELECT intent.person(''email'', ''anna@example.com'') = intent.person(''user_id'', ''anna'') AS same;';

CREATE FUNCTION person_now(person bigint) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
	RETURN (SELECT coalesce(p.person, i.id) FROM intent.identifier i LEFT JOIN intent.profile p ON p.id = i.profile
		WHERE i.id = person_now.person);
END $$;
COMMENT ON FUNCTION person_now(bigint) IS
'The person that a person id of any time means today: itself, or the one it was merged into. NULL for what was never one. Ids are not used twice, so that ids kept elsewhere stay good. Two index look-ups. Example: SELECT intent.person_now(-1);';

CREATE FUNCTION person_of(graph text, identifiers jsonb, occurred_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	named bigint;
	carriers bigint[];
BEGIN
	SELECT (array_agg(p.person ORDER BY r.priority, r.kind) FILTER (WHERE NOT r.shared AND NOT i.hub))[1],
		array_agg(i.id ORDER BY r.priority, r.kind) FILTER (WHERE r.shared)
	INTO named, carriers
	FROM intent.graph_read(g, identifiers) r
	JOIN intent.identifier i ON i.graph = g AND i.kind = r.kind AND i.value = r.value
	LEFT JOIN intent.profile p ON p.id = i.profile
	WHERE NOT r.blocked;
	RETURN CASE WHEN named IS NOT NULL THEN named WHEN occurred_at IS NOT NULL THEN intent.graph_attribute(carriers, occurred_at) END;
END $$;
COMMENT ON FUNCTION person_of(text, jsonb, timestamptz) IS
'Whom an event with these identifiers at that time belongs to, by all that is known today: the person of the strongest identifier that names one; without one, whom its cookie or device carried then, as graph_attribute says. Writes nothing. NULL if nothing in it is known, and for a time of NULL if only shared identifiers are. A few index look-ups. Example: SELECT intent.person_of(''default'', ''{"cookie": "c1"}'', ''2026-03-01 10:20Z'') = intent.person(''user_id'', ''anna'') AS hers;';

CREATE FUNCTION graph_person_as_of(identifier bigint, as_of timestamptz, known_at timestamptz DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
	RETURN (
		WITH RECURSIVE walk (id) AS (
			SELECT graph_person_as_of.identifier
			UNION
			SELECT CASE WHEN l.a = w.id THEN l.b ELSE l.a END
			FROM walk w JOIN intent.link l ON (l.a = w.id OR l.b = w.id) AND l.state IN ('active', 'retracted')
				-- those were apart before they were retracted
				AND l.source NOT IN ('assert_distinct', 'split')
				AND l.occurred_at <= as_of
				AND CASE WHEN known_at IS NULL THEN l.state = 'active'
					ELSE l.recorded_at <= known_at AND (l.retracted_at IS NULL OR l.retracted_at > known_at) END
		)
		SELECT min(id) FROM walk);
END $$;
COMMENT ON FUNCTION graph_person_as_of(bigint, timestamptz, timestamptz) IS
'The person of an identifier, given by its number, by the links that had occurred at as_of and, if it is given, were recorded and not yet retracted at known_at; both inclusive. Cost grows with the links the person had. Example: SELECT intent.graph_person_as_of(1, ''2026-03-01 09:59Z''), intent.graph_person_as_of(1, ''2026-03-01 10:00Z'');';

CREATE FUNCTION person_of(graph text, identifiers jsonb, occurred_at timestamptz, as_of timestamptz, known_at timestamptz DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	named bigint;
	carriers bigint[];
	carrier record;
	people int[] := '{}';
	most int := 0;
	hub boolean := false;
	far interval;
	nearest record;
BEGIN
	IF as_of IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'as_of must not be NULL', HINT = 'Leave it out for all that is known today.';
	END IF;
	SELECT (array_agg(i.id ORDER BY r.priority, r.kind) FILTER (WHERE NOT r.shared AND NOT i.hub))[1],
		array_agg(i.id ORDER BY r.priority, r.kind) FILTER (WHERE r.shared)
	INTO named, carriers
	FROM intent.graph_read(g, identifiers) r
	JOIN intent.identifier i ON i.graph = g AND i.kind = r.kind AND i.value = r.value
		AND (known_at IS NULL OR i.recorded_at <= known_at)
		-- when it was seen first, as was believed at known_at
		AND as_of >= coalesce((SELECT b.first_seen FROM intent.backdated b WHERE b.identifier = i.id AND b.recorded_at > known_at
			ORDER BY b.recorded_at LIMIT 1), i.first_seen)
	WHERE NOT r.blocked;
	IF named IS NOT NULL THEN
		RETURN intent.graph_person_as_of(named, as_of, known_at);
	ELSIF carriers IS NULL OR occurred_at IS NULL THEN
		RETURN NULL;
	END IF;

	-- as graph_attribute, of what was known then
	FOR carrier IN
		SELECT k.hub_limit, (SELECT count(DISTINCT intent.graph_person_as_of(x.identifier, as_of, known_at))::int
			FROM (SELECT DISTINCT s.identifier FROM intent.sighting s WHERE s.carrier = c.id AND s.occurred_at <= as_of
				AND (known_at IS NULL OR s.recorded_at <= known_at) LIMIT coalesce(k.hub_limit, 125) * 8) x) AS people
		FROM unnest(carriers) WITH ORDINALITY c(id, n)
		JOIN intent.identifier i ON i.id = c.id
		JOIN intent.graph_kind k ON k.graph = i.graph AND k.kind = i.kind
		ORDER BY c.n
	LOOP
		most := greatest(most, carrier.people);
		hub := hub OR coalesce(carrier.people > carrier.hub_limit, false);
		people := people || carrier.people;
	END LOOP;
	FOR carrier IN
		SELECT c.id, c.n, k.hub_limit, k.reach, k.hub_reach
		FROM unnest(carriers) WITH ORDINALITY c(id, n)
		JOIN intent.identifier i ON i.id = c.id
		JOIN intent.graph_kind k ON k.graph = i.graph AND k.kind = i.kind
		WHERE people[c.n] > 0
		ORDER BY c.n
	LOOP
		CONTINUE WHEN carrier.n > 1 AND people[carrier.n] > carrier.hub_limit;
		far := CASE WHEN hub THEN carrier.hub_reach WHEN most > 1 THEN carrier.reach END;
		SELECT x.identifier, x.distance INTO nearest
		FROM (
			(SELECT s.identifier, person_of.occurred_at - s.occurred_at AS distance, 0 AS later FROM intent.sighting s
			WHERE s.carrier = carrier.id AND s.occurred_at <= least(person_of.occurred_at, as_of) AND (known_at IS NULL OR s.recorded_at <= known_at)
			ORDER BY s.occurred_at DESC, s.identifier DESC LIMIT 1)
			UNION ALL
			(SELECT s.identifier, s.occurred_at - person_of.occurred_at, 1 FROM intent.sighting s
			WHERE s.carrier = carrier.id AND s.occurred_at > person_of.occurred_at AND s.occurred_at <= as_of
				AND (known_at IS NULL OR s.recorded_at <= known_at)
			ORDER BY s.occurred_at, s.identifier LIMIT 1)) x
		ORDER BY x.distance, x.later LIMIT 1;
		IF nearest.identifier IS NOT NULL AND (far IS NULL OR nearest.distance <= far) THEN
			RETURN intent.graph_person_as_of(nearest.identifier, as_of, known_at);
		END IF;
	END LOOP;
	RETURN CASE WHEN hub THEN NULL WHEN most = 0 THEN carriers[cardinality(carriers)] ELSE carriers[1] END;
END $$;
COMMENT ON FUNCTION person_of(text, jsonb, timestamptz, timestamptz, timestamptz) IS
'As person_of, by what had occurred at as_of and, if it is given, was recorded at known_at, both inclusive: later sightings and links do not count, and links that were retracted after known_at do. Without known_at, links retracted since do not count. What is a hub today names nobody at any time. Persons are named by their oldest identifier then, which today may mean another: person_now. An as_of of NULL is error 22004. Cost grows with the persons seen on the cookie or device by then. Example: SELECT intent.person_of(''default'', ''{"cookie": "c1"}'', ''2026-03-01 10:20Z'', as_of => ''2026-03-01 09:00Z'');';
