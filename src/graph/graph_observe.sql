-- graph: observations, one at a time

-- ----- what an observation says -----

CREATE FUNCTION graph_read(graph bigint, identifiers jsonb,
	OUT kind text, OUT value text, OUT priority int, OUT shared boolean, OUT blocked boolean)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 4 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	-- ordered, so that it is one look into the index even beside a graph that forgot millions
	forgets constant boolean := (SELECT true FROM intent.suppression x WHERE x.graph = graph_read.graph ORDER BY x.graph, x.hash LIMIT 1);
BEGIN
	IF jsonb_typeof(identifiers) <> 'object' THEN
		RAISE invalid_parameter_value USING MESSAGE = format('identifiers are a JSON object, not %s', jsonb_typeof(identifiers)),
			HINT = 'Write {"cookie": "c17", "email": "anna@example.com"}.';
	END IF;
	FOR kind, value, priority, shared, blocked IN
		SELECT given.key, clean.value, k.priority, k.shared,
			lower(clean.value COLLATE "C") = ANY (k.blocked) OR coalesce(clean.value ~* k.blocked_pattern, false)
		FROM jsonb_each_text(identifiers) given
		LEFT JOIN intent.graph_kind k ON k.graph = graph_read.graph AND k.kind = given.key
		CROSS JOIN LATERAL (SELECT CASE k.normalise WHEN 'email' THEN intent.normalise_email(given.value)
			WHEN 'phone' THEN intent.normalise_phone(given.value) ELSE btrim(given.value) END) clean(value)
		WHERE k.kind IS NULL OR (clean.value <> '' AND NOT (forgets IS NOT NULL AND EXISTS (SELECT FROM intent.suppression x
			WHERE x.graph = graph_read.graph AND x.hash = intent.graph_hash(graph_read.graph, given.key, clean.value))))
		ORDER BY k.priority, given.key COLLATE "C"
	LOOP
		IF priority IS NULL THEN
			RAISE invalid_parameter_value USING MESSAGE = format('the graph has no kind of identifiers "%s"', kind),
				HINT = format('Its kinds are %s; others are named in the rules when the graph is made.',
					(SELECT string_agg(k.kind, ', ' ORDER BY k.priority, k.kind) FROM intent.graph_kind k WHERE k.graph = graph_read.graph));
		END IF;
		RETURN NEXT;
	END LOOP;
END $$;
COMMENT ON FUNCTION graph_read(bigint, jsonb) IS
'What identifiers say under the rules of a graph, the strongest first: values in one spelling, those that are empty, NULL or were erased left out, and whether a value is one that names nobody. A kind that the graph does not know, or what is no JSON object, is error 22023. Example: SELECT * FROM intent.graph_read(intent.graph_named(''default''), ''{"cookie": "c1", "email": " Anna@Example.com", "user_id": "null", "phone": null}'');';

-- ----- links -----

CREATE FUNCTION graph_conflict(graph bigint, persons bigint[]) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	reason text;
BEGIN
	-- what nobody said and no rule limits is not looked for in a person of a million identifiers
	IF EXISTS (SELECT FROM intent.link l WHERE l.state = 'apart') THEN
		SELECT 'asserted distinct' INTO reason
		FROM intent.profile p
		JOIN intent.identifier i ON i.profile = p.id
		JOIN intent.link l ON l.a = i.id AND l.state = 'apart'
		JOIN intent.identifier other ON other.id = l.b
		JOIN intent.profile o ON o.id = other.profile
		WHERE p.person = ANY (persons) AND o.person = ANY (persons) LIMIT 1;
	END IF;
	IF reason IS NULL AND EXISTS (SELECT FROM intent.graph_kind k WHERE k.graph = graph_conflict.graph AND k.max_per_person IS NOT NULL) THEN
		-- Only what two of them have counts: one may have more already, because somebody said so.
		-- Of a limit in a window the fullest window counts, which ends with one of the identifiers.
		SELECT format('max_per_person: %s %s', k.max_per_person, k.kind) INTO reason
		FROM (SELECT i.kind, count(*) AS ever, array_agg(i.first_seen) AS times
			FROM intent.profile p JOIN intent.identifier i ON i.profile = p.id
			WHERE p.person = ANY (persons)
			GROUP BY i.kind HAVING count(DISTINCT p.person) > 1) i
		JOIN intent.graph_kind k ON k.graph = graph_conflict.graph AND k.kind = i.kind
		WHERE i.ever > k.max_per_person
			AND (k.max_within IS NULL OR EXISTS (SELECT FROM unnest(i.times) last(at)
				WHERE k.max_per_person < (SELECT count(*) FROM unnest(i.times) t(at) WHERE t.at BETWEEN last.at - k.max_within AND last.at)))
		ORDER BY k.priority, k.kind LIMIT 1;
	END IF;
	RETURN reason;
END $$;
COMMENT ON FUNCTION graph_conflict(bigint, bigint[]) IS
'Why these persons of a graph cannot be one: the limit that would be broken, or ''asserted distinct''; NULL if they can. Cost grows with the identifiers they have. Example: SELECT intent.graph_conflict(1, ARRAY[1, 2]);';

CREATE FUNCTION graph_link(graph bigint, a bigint, b bigint, occurred_at timestamptz, source text,
	weight float8 DEFAULT 1, evidence jsonb DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	one constant bigint := least(a, b);
	two constant bigint := greatest(a, b);
	persons bigint[];
	why text;
	new_tenant text;
BEGIN
	SELECT array_agg(DISTINCT p.person), min(i.tenant) INTO persons, new_tenant
	FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile
	WHERE i.graph = graph_link.graph AND i.id IN (one, two);
	IF one = two OR new_tenant IS NULL THEN
		RETURN NULL;
	END IF;
	-- Of the same source: what was only concluded, or said, does not stand for what is seen later, which holds without it.
	IF EXISTS (SELECT FROM intent.link l WHERE l.a = one AND l.b = two AND l.state = 'active' AND l.source = graph_link.source
		AND l.occurred_at <= graph_link.occurred_at) THEN
		RETURN true;
	END IF;
	-- one that a person took back is not learned again from the same kind of evidence
	IF EXISTS (SELECT FROM intent.link l WHERE l.a = one AND l.b = two AND l.state = 'retracted' AND l.source = graph_link.source
		AND l.reason = 'retracted') THEN
		why := 'retracted before';
	ELSIF cardinality(persons) > 1 THEN
		why := intent.graph_conflict(graph, persons);
	END IF;
	IF why IS NOT NULL THEN
		IF NOT EXISTS (SELECT FROM intent.link l WHERE l.a = one AND l.b = two AND l.state = 'refused' AND l.reason = why
			AND l.source = graph_link.source AND l.occurred_at <= graph_link.occurred_at) THEN
			INSERT INTO intent.link (tenant, graph, a, b, state, reason, source, weight, evidence, occurred_at)
			VALUES (new_tenant, graph_link.graph, one, two, 'refused', why, graph_link.source, graph_link.weight, graph_link.evidence, graph_link.occurred_at);
		END IF;
		RETURN false;
	END IF;
	INSERT INTO intent.link (tenant, graph, a, b, state, source, weight, evidence, occurred_at)
	VALUES (new_tenant, graph_link.graph, one, two, 'active', graph_link.source, graph_link.weight, graph_link.evidence, graph_link.occurred_at);
	IF cardinality(persons) > 1 THEN
		-- the one that stays, too: who decides by an older snapshot must get error 40001
		UPDATE intent.profile SET person = persons[1] WHERE person = persons[2] OR id = persons[1];
	END IF;
	RETURN true;
END $$;
COMMENT ON FUNCTION graph_link(bigint, bigint, bigint, timestamptz, text, float8, jsonb) IS
'Links two identifiers of a graph, by their numbers: true, and they are one person; false, and there is a row with state refused that says why, once a source and reason. What the same source has linked already, since the same time or earlier, is not linked again. NULL if one of them is none that joins people. The caller holds the locks that observe takes. Example: SELECT intent.graph_link(1, 1, 1, ''2026-03-01Z'', ''observed'');';

CREATE FUNCTION graph_regroup(graph bigint, person bigint) RETURNS int
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	parts int;
BEGIN
	WITH part AS MATERIALIZED (
		SELECT i.id, i.tenant, i.profile, c.component
		FROM intent.components_bigint(format('SELECT i.id, l.b
			FROM intent.profile p JOIN intent.identifier i ON i.profile = p.id
			LEFT JOIN intent.link l ON l.a = i.id AND l.state = ''active''
			WHERE p.graph = %s AND p.person = %s', graph_regroup.graph, graph_regroup.person)) c
		JOIN intent.identifier i ON i.id = c.node
	), torn AS (
		-- a profile that falls apart leaves what it was to the part of its oldest identifier
		SELECT profile, component, min(id) AS id, min(tenant) AS tenant
		FROM part GROUP BY profile, component HAVING bool_and(id <> profile)
	), made AS (
		INSERT INTO intent.profile (id, tenant, graph, person)
		SELECT id, tenant, graph_regroup.graph, component FROM torn
	), moved AS (
		UPDATE intent.identifier i SET profile = torn.id
		FROM part JOIN torn USING (profile, component) WHERE i.id = part.id
	), named AS (
		UPDATE intent.profile p SET person = part.component
		-- its own, too: who decides by an older snapshot must get error 40001
		FROM part WHERE p.id = part.profile AND part.id = part.profile AND (p.person <> part.component OR p.id = graph_regroup.person)
	)
	SELECT count(DISTINCT component) INTO parts FROM part;
	RETURN parts;
END $$;
COMMENT ON FUNCTION graph_regroup(bigint, bigint) IS
'Makes a person of a graph what its active links say, after some of them went: gives the number of persons it is now. Each keeps the id of its oldest identifier. Cost grows with the links the person has, in proportion. Example: SELECT intent.graph_regroup(1, 1);';

CREATE FUNCTION graph_make_hub(graph bigint, identifier bigint) RETURNS int
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
	UPDATE intent.identifier SET hub = true WHERE id = graph_make_hub.identifier AND graph = graph_make_hub.graph;
	UPDATE intent.link SET state = 'retracted', reason = 'hub', retracted_at = clock_timestamp()
	WHERE graph = graph_make_hub.graph AND state = 'active' AND (a = graph_make_hub.identifier OR b = graph_make_hub.identifier)
		AND source NOT IN ('merge', 'assert_same', 'held');
	RETURN (SELECT intent.graph_regroup(i.graph, p.person) FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile
		WHERE i.id = graph_make_hub.identifier AND i.graph = graph_make_hub.graph);
END $$;
COMMENT ON FUNCTION graph_make_hub(bigint, bigint) IS
'Declares an identifier of a graph, by its number, one that names nobody: its links are retracted, with the reason hub, but for those that people made, and it joins nobody from now on. Gives the number of persons that are left of its person, NULL if there is no such identifier. Example: SELECT intent.graph_make_hub(1, -1);';

-- ----- who an event belongs to, by what it carries -----

CREATE FUNCTION graph_attribute(carriers bigint[], occurred_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	carrier record;
	most int := 0;
	hub boolean := false;
	people int[] := '{}';
	before record;
	after record;
	far interval;
	near bigint;
BEGIN
	FOR carrier IN
		SELECT c.id, k.hub_limit, c.n, k.reach, k.hub_reach, (SELECT count(DISTINCT (SELECT p.person
				FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE i.id = x.identifier))::int
			FROM (SELECT identifier FROM intent.carried WHERE carrier = c.id LIMIT coalesce(k.hub_limit, 125) * 8) x) AS people
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
		-- a kiosk says nothing beside a cookie of it
		CONTINUE WHEN carrier.n > 1 AND people[carrier.n] > carrier.hub_limit;
		far := CASE WHEN hub THEN carrier.hub_reach WHEN most > 1 THEN carrier.reach END;
		SELECT graph_attribute.occurred_at - s.occurred_at AS distance, s.identifier INTO before
		FROM intent.sighting s WHERE s.carrier = carrier.id AND s.occurred_at <= graph_attribute.occurred_at
		ORDER BY s.carrier DESC, s.occurred_at DESC, s.identifier DESC LIMIT 1;
		SELECT s.occurred_at - graph_attribute.occurred_at AS distance, s.identifier INTO after
		FROM intent.sighting s WHERE s.carrier = carrier.id AND s.occurred_at > graph_attribute.occurred_at
		ORDER BY s.carrier, s.occurred_at, s.identifier LIMIT 1;
		near := CASE WHEN after.distance < before.distance OR before.distance IS NULL THEN after.identifier ELSE before.identifier END;
		IF near IS NOT NULL AND (far IS NULL OR least(before.distance, after.distance) <= far) THEN
			RETURN (SELECT p.person FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE i.id = near);
		END IF;
	END LOOP;
	RETURN CASE WHEN hub THEN NULL WHEN most = 0 THEN carriers[cardinality(carriers)] ELSE carriers[1] END;
END $$;
COMMENT ON FUNCTION graph_attribute(bigint[], timestamptz) IS
'The person that shared identifiers carry at a time, given by their numbers, the narrowest (a cookie before its device) first: who was seen on it last before or next after, whichever is nearer, and before where both are as near. If several people were seen on any of them, not farther away than reach says, for a hub than hub_reach. Nobody near: the identifier itself stands for an unknown person, the widest if nobody was ever seen on any, else the narrowest; NULL beside a hub. Two index look-ups an identifier, and at most eight times hub_limit to count who was seen on it. Example: SELECT intent.graph_attribute(''{}'', ''2026-03-01Z'');';

-- ----- observing -----

CREATE FUNCTION graph_concerned(naming bigint[], carriers bigint[]) RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
	RETURN (
		SELECT array_remove(array_agg(DISTINCT (SELECT p.person FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile
			WHERE i.id = x.id)), NULL)
		FROM (SELECT unnest(naming)
			UNION SELECT x.identifier FROM unnest(carriers) c(id)
				JOIN intent.identifier i ON i.id = c.id
				JOIN intent.graph_kind k ON k.graph = i.graph AND k.kind = i.kind AND k.adopts
				-- as far as graph_record looks
				CROSS JOIN LATERAL (SELECT identifier FROM intent.carried WHERE carrier = c.id LIMIT coalesce(k.hub_limit, 125) * 8) x) x(id));
END $$;
COMMENT ON FUNCTION graph_concerned(bigint[], bigint[]) IS
'The persons that an observation may change, in order: those of identifiers that name somebody, and those who were seen on shared ones that adopt, all given by their numbers. NULL if there are none. Cost grows with who was seen, at most eight times hub_limit. Example: SELECT intent.graph_concerned(''{1}'', ''{}'');';

CREATE FUNCTION graph_backdate(identifiers bigint[], occurred_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
	INSERT INTO intent.backdated (tenant, graph, identifier, first_seen)
	SELECT i.tenant, i.graph, i.id, i.first_seen FROM intent.identifier i
	WHERE i.id = ANY (identifiers) AND i.first_seen > graph_backdate.occurred_at;
	IF FOUND THEN
		UPDATE intent.identifier i SET first_seen = graph_backdate.occurred_at
		WHERE i.id = ANY (identifiers) AND i.first_seen > graph_backdate.occurred_at;
	END IF;
END $$;
COMMENT ON FUNCTION graph_backdate(bigint[], timestamptz) IS
'Notes that identifiers, given by their numbers, were seen at a time: those that were seen first later were seen first then, and what was believed until now stays in intent.backdated. The caller holds the locks that observe takes. Example: SELECT intent.graph_backdate(''{}'', ''2026-03-01Z'');';

CREATE FUNCTION observe(graph text, identifiers jsonb, occurred_at timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	at constant timestamptz := occurred_at;
	-- what is said, the strongest first
	kinds text[];
	texts text[];
	shareds boolean[];
	blockeds boolean[];
	new_tenant text;
	joining bigint[];
	hubs bigint[];
	carriers bigint[];
	persons bigint[];
	missing boolean;
	news boolean;
BEGIN
	IF at IS NULL OR NOT isfinite(at) THEN
		RAISE invalid_parameter_value USING MESSAGE = format('occurred_at must be a time, not %s', coalesce(at::text, 'NULL')),
			HINT = 'Without a time nothing can be attributed to shared cookies and devices.';
	END IF;
	-- what works on the whole graph takes this lock alone
	PERFORM pg_advisory_xact_lock_shared(1768846452, g::int);
	IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
		-- error 40001 if it did so since our snapshot
		PERFORM FROM intent.graph t WHERE t.id = g FOR SHARE;
	END IF;
	SELECT array_agg(r.kind), array_agg(r.value), array_agg(r.shared), array_agg(r.blocked)
	INTO kinds, texts, shareds, blockeds
	FROM intent.graph_read(g, identifiers) r WHERE NOT (r.shared AND r.blocked);
	LOOP
		SELECT array_agg(i.id ORDER BY r.n) FILTER (WHERE NOT r.shared AND NOT r.blocked AND NOT i.hub),
			array_agg(i.id ORDER BY r.n) FILTER (WHERE NOT r.shared AND (r.blocked OR i.hub)),
			array_agg(i.id ORDER BY r.n) FILTER (WHERE r.shared),
			bool_or(i.id IS NULL)
		INTO joining, hubs, carriers, missing
		FROM unnest(kinds, texts, shareds, blockeds) WITH ORDINALITY r(kind, value, shared, blocked, n)
		LEFT JOIN intent.identifier i ON i.graph = g AND i.kind = r.kind AND i.value = r.value;
		IF missing THEN
			SELECT t.tenant INTO new_tenant FROM intent.graph t WHERE t.id = g;
			-- in the order of their names, so that two that make the same ones wait for each other and no more
			WITH made AS (
				INSERT INTO intent.identifier (id, tenant, graph, kind, value, profile, hub, first_seen)
				SELECT n.id, new_tenant, g, n.kind, n.value, n.id, n.blocked, at
				FROM (SELECT nextval('intent.identifier_id') AS id, r.* FROM (SELECT * FROM unnest(kinds, texts, blockeds) r(kind, value, blocked)
					ORDER BY r.kind COLLATE "C", r.value COLLATE "C") r) n
				ORDER BY n.kind COLLATE "C", n.value COLLATE "C"
				ON CONFLICT DO NOTHING
				RETURNING id, kind)
			INSERT INTO intent.profile (id, tenant, graph, person)
			SELECT m.id, new_tenant, g, m.id FROM made m JOIN intent.graph_kind k ON k.graph = g AND k.kind = m.kind WHERE NOT k.shared;
			CONTINUE;
		END IF;
		IF joining IS NULL THEN
			IF EXISTS (SELECT FROM intent.identifier i WHERE i.id = ANY (carriers) AND i.first_seen > at) THEN
				PERFORM FROM intent.identifier i WHERE i.id = ANY (carriers) ORDER BY i.id FOR NO KEY UPDATE;
				PERFORM intent.graph_backdate(carriers, at);
			END IF;
			EXIT;
		END IF;

		-- is there anything that this graph does not know yet?
		news := EXISTS (SELECT FROM unnest(joining || hubs) o(id)
				WHERE o.id <> joining[1] AND NOT EXISTS (SELECT FROM intent.link l
					WHERE l.a = least(o.id, joining[1]) AND l.b = greatest(o.id, joining[1])
						AND l.state IN ('active', 'refused') AND l.source = 'observed' AND l.occurred_at <= at))
			OR EXISTS (SELECT FROM intent.identifier i WHERE i.id = ANY (joining || hubs || carriers) AND i.first_seen > at)
			OR EXISTS (SELECT FROM unnest(carriers) c(id)
				WHERE NOT EXISTS (SELECT FROM intent.carried x WHERE x.carrier = c.id AND x.identifier = joining[1]));
		EXIT WHEN NOT news;

		BEGIN
			-- from here on nobody else is seen for the first time on these cookies and devices, nor changes these persons
			PERFORM FROM intent.identifier i WHERE i.id = ANY (carriers) ORDER BY i.id FOR NO KEY UPDATE;
			persons := intent.graph_concerned(joining || hubs, carriers);
			PERFORM FROM intent.profile p WHERE p.id = ANY (persons) ORDER BY p.id FOR UPDATE;
			IF intent.graph_concerned(joining || hubs, carriers) <> persons THEN
				RAISE EXCEPTION USING ERRCODE = 'IN001', MESSAGE = 'somebody else changed these persons';
			END IF;
			PERFORM intent.graph_record(g, joining, hubs, carriers, at);
		EXCEPTION WHEN SQLSTATE 'IN001' THEN
			-- the locks are gone; look again
			CONTINUE;
		END;
		EXIT;
	END LOOP;

	IF joining IS NULL THEN
		RETURN intent.graph_attribute(carriers, at);
	END IF;
	IF carriers IS NOT NULL THEN
		INSERT INTO intent.sighting (tenant, graph, carrier, occurred_at, identifier)
		SELECT i.tenant, g, i.id, at, joining[1] FROM intent.identifier i WHERE i.id = ANY (carriers) ORDER BY i.id
		ON CONFLICT DO NOTHING;
	END IF;
	RETURN (SELECT p.person FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE i.id = joining[1]);
END $$;
COMMENT ON FUNCTION observe(text, jsonb, timestamptz) IS
'Takes one observation into a graph: these identifiers, {"kind": "value"}, were seen together at that time. Gives the person they name, a new one if nobody knows them; NULL if all of them are NULL, blocked or hubs. Identifiers that name somebody are linked to the strongest of them; each guard that says no leaves a row in intent.link with state refused and the reason. Shared ones (cookies, devices) keep who was seen on them when. A kind that the graph does not know or a time of NULL is error 22023, a graph that is not there 42704. Safe for any number of sessions at once: with one call a transaction no error comes of it in READ COMMITTED; several in one transaction go through the form that takes an array. A few index look-ups when all is known. Example: SELECT intent.observe(''default'', ''{"cookie": "c1", "user_id": "anna", "email": "anna@example.com"}'', ''2026-03-01 10:00Z'');';

CREATE FUNCTION graph_record(graph bigint, joining bigint[], hubs bigint[], carriers bigint[], occurred_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	anchor constant bigint := joining[1];
	at constant timestamptz := occurred_at;
	other record;
BEGIN
	PERFORM intent.graph_backdate(joining || hubs || carriers, at);
	FOR other IN
		SELECT o.id, i.tenant, i.hub, k.hub_limit, i.profile = i.id AND NOT EXISTS (SELECT FROM intent.link l WHERE l.a = i.id OR l.b = i.id) AS fresh,
			CASE WHEN NOT i.hub AND k.hub_limit IS NOT NULL THEN (SELECT count(DISTINCT partner) FROM (
				SELECT CASE WHEN l.a = o.id THEN l.b ELSE l.a END AS partner FROM intent.link l
				WHERE (l.a = o.id OR l.b = o.id) AND l.source = 'observed'
				UNION ALL SELECT anchor) x
				JOIN intent.identifier s ON s.id = x.partner
				JOIN intent.graph_kind sk ON sk.graph = s.graph AND sk.kind = s.kind
				WHERE sk.priority < k.priority) END AS partners
		FROM unnest(joining[2:] || hubs) WITH ORDINALITY o(id, n)
		JOIN intent.identifier i ON i.id = o.id
		JOIN intent.graph_kind k ON k.graph = i.graph AND k.kind = i.kind
		ORDER BY o.n
	LOOP
		IF NOT other.hub AND other.partners > other.hub_limit THEN
			PERFORM intent.graph_make_hub(graph_record.graph, other.id);
			other.hub := true;
		END IF;
		IF other.hub THEN
			INSERT INTO intent.link (tenant, graph, a, b, state, reason, source, occurred_at)
			SELECT other.tenant, graph_record.graph, least(anchor, other.id), greatest(anchor, other.id), 'refused', 'names nobody', 'observed', at
			WHERE NOT EXISTS (SELECT FROM intent.link l WHERE l.a = least(anchor, other.id) AND l.b = greatest(anchor, other.id)
				AND l.state = 'refused' AND l.source = 'observed' AND l.occurred_at <= at);
		ELSIF intent.graph_link(graph_record.graph, anchor, other.id, at, 'observed') AND other.fresh AND other.id > anchor THEN
			-- what comes new becomes a part of the profile it came to
			UPDATE intent.identifier SET profile = (SELECT profile FROM intent.identifier WHERE id = anchor) WHERE id = other.id;
			DELETE FROM intent.profile WHERE id = other.id;
		END IF;
	END LOOP;

	INSERT INTO intent.carried (tenant, graph, carrier, identifier)
	SELECT i.tenant, graph_record.graph, i.id, anchor FROM intent.identifier i WHERE i.id = ANY (carriers) ORDER BY i.id
	ON CONFLICT DO NOTHING;
	-- one identifier on a carrier has nobody to join
	IF NOT EXISTS (SELECT FROM unnest(carriers) c(id)
		WHERE (SELECT count(*) FROM (SELECT FROM intent.carried x WHERE x.carrier = c.id LIMIT 2) x) > 1) THEN
		RETURN;
	END IF;
	FOR other IN
		WITH near AS (
			SELECT c.n, c.id AS carrier, i.kind, i.value, x.identifier, p.person, k.hub_limit
			FROM unnest(carriers) WITH ORDINALITY c(id, n)
			JOIN intent.identifier i ON i.id = c.id
			JOIN intent.graph_kind k ON k.graph = i.graph AND k.kind = i.kind
			CROSS JOIN LATERAL (SELECT identifier FROM intent.carried WHERE carrier = c.id LIMIT coalesce(k.hub_limit, 125) * 8) x
			JOIN intent.identifier xi ON xi.id = x.identifier
			JOIN intent.profile p ON p.id = xi.profile
			WHERE k.adopts
		), few AS (
			SELECT carrier FROM near GROUP BY carrier, hub_limit
			HAVING count(DISTINCT person) BETWEEN 2 AND coalesce(hub_limit, 100)
		), seen AS MATERIALIZED (
			SELECT near.*, EXISTS (
				SELECT FROM intent.profile op JOIN intent.identifier o ON o.profile = op.id
				JOIN intent.graph_kind ok ON ok.graph = o.graph AND ok.kind = o.kind
				WHERE op.person = near.person AND ok.max_per_person = 1) AS rooted
			FROM near JOIN few USING (carrier)
		), judged AS (
			SELECT carrier FROM seen GROUP BY carrier HAVING count(DISTINCT person) FILTER (WHERE rooted) = 1
		), choice AS (
			SELECT DISTINCT ON (lone.person) lone.identifier AS lone, owner.identifier AS owner, lone.carrier,
				jsonb_build_object(lone.kind, lone.value) AS evidence
			FROM judged JOIN seen lone USING (carrier) JOIN seen owner USING (carrier)
			JOIN intent.identifier li ON li.id = lone.identifier JOIN intent.graph_kind lk ON lk.graph = li.graph AND lk.kind = li.kind
			JOIN intent.identifier oi ON oi.id = owner.identifier JOIN intent.graph_kind ok ON ok.graph = oi.graph AND ok.kind = oi.kind
			WHERE NOT lone.rooted AND owner.rooted
			-- as graph_adopt chooses
			ORDER BY lone.person, lone.n, lk.priority, li.kind COLLATE "C", li.value COLLATE "C", ok.priority, oi.kind COLLATE "C", oi.value COLLATE "C"
		)
		-- what comes late links nothing before both were seen there
		SELECT c.*, greatest(at, (SELECT max(x.first) FROM (SELECT min(s.occurred_at) AS first FROM intent.sighting s
			WHERE s.carrier = c.carrier AND s.identifier IN (c.lone, c.owner) GROUP BY s.identifier) x)) AS since
		FROM choice c
	LOOP
		PERFORM intent.graph_link(graph_record.graph, other.lone, other.owner, other.since, 'carrier', 1, other.evidence);
	END LOOP;
END $$;
COMMENT ON FUNCTION graph_record(bigint, bigint[], bigint[], bigint[], timestamptz) IS
'What observe does when there is news, once it holds its locks: links the joining identifiers, given by their numbers and the strongest first, refuses hubs, and lets shared identifiers that had one owner speak for who was seen on them. Example: SELECT intent.graph_record(1, NULL, NULL, NULL, ''2026-03-01Z'');';

CREATE FUNCTION observe(graph text, observations jsonb[]) RETURNS SETOF bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 100 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	persons bigint[] := '{}';
	observation jsonb;
	person bigint;
BEGIN
	FOR n IN 1 .. coalesce(cardinality(observations), 0) LOOP
		observation := observations[n];
		IF jsonb_typeof(observation) IS DISTINCT FROM 'object' OR NOT observation ?& ARRAY['occurred_at', 'identifiers'] THEN
			RAISE invalid_parameter_value USING MESSAGE = format('observation %s must be an object with occurred_at and identifiers', n),
				HINT = 'Write {"occurred_at": "2026-03-01T10:00:00Z", "identifiers": {"email": "anna@example.com"}}.';
		END IF;
	END LOOP;
	-- alone on this graph, there is no order of locks to break
	PERFORM intent.graph_alone(g);
	FOR n IN 1 .. coalesce(cardinality(observations), 0) LOOP
		persons := persons || intent.observe(graph, observations[n] -> 'identifiers', (observations[n] ->> 'occurred_at')::timestamptz);
	END LOOP;
	RETURN QUERY SELECT unnest(persons);
END $$;
COMMENT ON FUNCTION observe(text, jsonb[]) IS
'Takes several observations, {"occurred_at": time, "identifiers": {"kind": "value"}}, in their order, as observe does one; gives a person each. It has the graph to itself until the transaction ends, so that no deadlock can come of it. What is no such object is error 22023. NULL is no observations. Example: SELECT * FROM intent.observe(''default'', ARRAY[''{"occurred_at": "2026-03-02T09:00:00Z", "identifiers": {"cookie": "c1", "user_id": "anna"}}'', ''{"occurred_at": "2026-03-02T09:05:00Z", "identifiers": {"cookie": "c1"}}'']::jsonb[]);';
