-- graph: what people know better, and taking it back

CREATE FUNCTION graph_member(graph bigint, kind text, value text) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	member bigint;
BEGIN
	SELECT i.id INTO member
	FROM intent.graph_read(graph_member.graph, jsonb_build_object(coalesce(graph_member.kind, ''), graph_member.value)) r
	JOIN intent.identifier i ON i.graph = graph_member.graph AND i.kind = r.kind AND i.value = r.value
	WHERE NOT r.shared;
	IF member IS NULL THEN
		RAISE no_data_found USING MESSAGE = format('the graph knows no identifier %s "%s" that joins people', graph_member.kind, graph_member.value),
			HINT = 'observe takes it in; cookies, devices and other shared kinds join nobody.';
	END IF;
	RETURN member;
END $$;
COMMENT ON FUNCTION graph_member(bigint, text, text) IS
'The number of an identifier that joins people; error P0002 if the graph does not know it or its kind is shared. Example: SELECT intent.graph_member(intent.graph_named(''default''), ''user_id'', ''anna'') IS NOT NULL AS known;';

CREATE FUNCTION assert_same(graph text, kind1 text, value1 text, kind2 text, value2 text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	one bigint;
	two bigint;
	persons bigint[];
	made bigint;
BEGIN
	PERFORM intent.graph_alone(g);
	one := intent.graph_member(g, kind1, value1);
	two := intent.graph_member(g, kind2, value2);
	IF one = two THEN
		RAISE invalid_parameter_value USING MESSAGE = format('%s "%s" is one identifier', kind1, value1), HINT = 'Give two different ones.';
	END IF;
	SELECT array_agg(DISTINCT p.person) INTO persons
	FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE i.id IN (one, two);
	IF intent.graph_conflict(g, persons) = 'asserted distinct' THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('%s "%s" and %s "%s" were asserted to be distinct', kind1, value1, kind2, value2),
			HINT = 'SELECT intent.retract(link) with the link that intent.history shows takes that back.';
	END IF;
	-- a person knows better than the limits
	INSERT INTO intent.link (tenant, graph, a, b, state, source, occurred_at)
	SELECT i.tenant, g, least(one, two), greatest(one, two), 'active', 'assert_same', clock_timestamp() FROM intent.identifier i WHERE i.id = one
	RETURNING id INTO made;
	UPDATE intent.profile SET person = persons[1] WHERE person = persons[2] OR id = persons[1];
	RETURN made;
END $$;
COMMENT ON FUNCTION assert_same(text, text, text, text, text) IS
'Makes two identifiers one person because somebody knows it, whatever the limits say, and gives the link, which retract takes back. The older person keeps its id; the other goes on meaning it. Identifiers that were asserted to be distinct are error 55000, unknown ones P0002. Example: SELECT intent.assert_same(''default'', ''user_id'', ''anna'', ''email'', ''anna@example.com'') IS NOT NULL AS linked;';

CREATE FUNCTION assert_distinct(graph text, kind1 text, value1 text, kind2 text, value2 text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	one bigint;
	two bigint;
	made bigint;
BEGIN
	PERFORM intent.graph_alone(g);
	one := intent.graph_member(g, kind1, value1);
	two := intent.graph_member(g, kind2, value2);
	IF (SELECT count(DISTINCT p.person) FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE i.id IN (one, two)) < 2 THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('%s "%s" and %s "%s" are one person', kind1, value1, kind2, value2),
			HINT = 'Retract a link first: intent.why shows those between them.';
	END IF;
	INSERT INTO intent.link (tenant, graph, a, b, state, source, occurred_at)
	SELECT i.tenant, g, least(one, two), greatest(one, two), 'apart', 'assert_distinct', clock_timestamp() FROM intent.identifier i WHERE i.id = one
	RETURNING id INTO made;
	RETURN made;
END $$;
COMMENT ON FUNCTION assert_distinct(text, text, text, text, text) IS
'Keeps two identifiers two persons for good: whatever would join them from now on is refused with the reason ''asserted distinct''. Gives the link, which retract takes back. Identifiers that are one person at the time are error 55000, unknown ones P0002. Example: SELECT intent.assert_distinct(''default'', ''user_id'', ''anna'', ''user_id'', ''bob'') IS NOT NULL AS kept FROM intent.observe(''default'', ''{"user_id": "bob"}'', ''2026-03-04 10:00Z'');';

CREATE FUNCTION merge(graph text, person1 bigint, person2 bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	persons bigint[];
	made bigint;
BEGIN
	PERFORM intent.graph_alone(g);
	SELECT array_agg(DISTINCT p.person ORDER BY p.person) INTO persons
	FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE i.graph = g AND i.id IN (person1, person2);
	IF coalesce(cardinality(persons), 0) < 2 THEN
		RAISE invalid_parameter_value USING MESSAGE = format('%s and %s are not two persons of this graph', coalesce(person1::text, 'NULL'), coalesce(person2::text, 'NULL')),
			HINT = 'Give the ids of two persons that intent.person told.';
	END IF;
	IF intent.graph_conflict(g, persons) = 'asserted distinct' THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('persons %s and %s were asserted to be distinct', persons[1], persons[2]),
			HINT = 'SELECT intent.retract(link) with the link that intent.history shows takes that back.';
	END IF;
	INSERT INTO intent.link (tenant, graph, a, b, state, source, occurred_at)
	SELECT i.tenant, g, persons[1], persons[2], 'active', 'merge', clock_timestamp() FROM intent.identifier i WHERE i.id = persons[1]
	RETURNING id INTO made;
	UPDATE intent.profile SET person = persons[1] WHERE person = persons[2] OR id = persons[1];
	RETURN made;
END $$;
COMMENT ON FUNCTION merge(text, bigint, bigint) IS
'Makes two persons one, whatever the limits say, and gives the number of the merge for undo. The older one keeps its id, the other goes on meaning it. Only the profiles of the younger one are written. The same person twice, or what is none of this graph, is error 22023; persons with identifiers that were asserted to be distinct 55000. Example: SELECT intent.merge(''default'', intent.observe(''default'', ''{"user_id": "carl"}'', ''2026-03-05Z''), intent.observe(''default'', ''{"user_id": "carla"}'', ''2026-03-05Z'')) IS NOT NULL AS merged;';

CREATE FUNCTION retract(link bigint) RETURNS int
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	gone record;
BEGIN
	SELECT l.* INTO gone FROM intent.link l WHERE l.id = retract.link;
	IF gone.id IS NOT NULL THEN
		PERFORM intent.graph_alone(gone.graph);
	END IF;
	UPDATE intent.link l SET state = 'retracted', retracted_at = clock_timestamp(),
		reason = CASE WHEN l.state = 'active' THEN 'retracted' ELSE 'no longer distinct' END
	WHERE l.a = gone.a AND l.b = gone.b AND l.state = gone.state AND l.source = gone.source AND gone.state IN ('active', 'apart');
	IF NOT FOUND THEN
		RAISE invalid_parameter_value USING MESSAGE = format('there is no link %s to retract', coalesce(retract.link::text, 'NULL')),
			HINT = 'intent.why and intent.history show links; those that were refused or retracted join nobody.';
	END IF;
	RETURN (SELECT intent.graph_regroup(gone.graph, p.person)
		FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE i.id = gone.a);
END $$;
COMMENT ON FUNCTION retract(bigint) IS
'Takes a link back: it stays as a row with state retracted, and evidence of the same source does not link these two identifiers again. The person becomes what the links that are left say; gives the number of persons that it is now. What falls off gets the id of its oldest identifier, so that a retracted merge gives both persons their ids again. Also takes back what assert_distinct said. A link that is not active is error 22023. Cost grows with the identifiers of the person. Example: SELECT intent.retract(intent.merge(''default'', intent.observe(''default'', ''{"user_id": "gina"}'', ''2026-03-05Z''), intent.observe(''default'', ''{"user_id": "gus"}'', ''2026-03-05Z''))) AS persons;';

-- ----- taking a person apart -----

CREATE FUNCTION graph_split(graph bigint, identifiers bigint[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	persons bigint[];
	rest bigint[];
	new_tenant text;
	made bigint;
	since timestamptz;
	mark text;
BEGIN
	PERFORM intent.graph_alone(graph_split.graph);
	SELECT array_agg(DISTINCT p.person), min(i.tenant) INTO persons, new_tenant
	FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE i.id = ANY (identifiers) AND i.graph = graph_split.graph;
	IF coalesce(cardinality(persons), 0) <> 1 THEN
		RAISE invalid_parameter_value USING MESSAGE = format('identifiers to split off are of %s persons, not of one', coalesce(cardinality(persons), 0)),
			HINT = 'Give identifiers of one person, which intent.person tells.';
	END IF;
	rest := ARRAY(SELECT i.id FROM intent.profile p JOIN intent.identifier i ON i.profile = p.id
		WHERE p.person = persons[1] AND i.id <> ALL (identifiers));
	IF cardinality(rest) = 0 THEN
		RAISE invalid_parameter_value USING MESSAGE = format('nothing would be left of person %s', persons[1]),
			HINT = 'Leave out at least one of its identifiers; intent.history shows them.';
	END IF;

	-- what would join the two again is refused from now on
	INSERT INTO intent.link (tenant, graph, a, b, state, source, occurred_at)
	SELECT new_tenant, graph_split.graph, least(x.id, y.id), greatest(x.id, y.id), 'apart', 'split', clock_timestamp()
	FROM (SELECT min(id) FROM unnest(identifiers) id) x(id), (SELECT min(id) FROM unnest(rest) id) y(id)
	RETURNING id INTO made;
	mark := format('split %s', made);
	UPDATE intent.link SET reason = mark WHERE id = made;
	WITH cut AS (
		UPDATE intent.link SET state = 'retracted', reason = mark, retracted_at = clock_timestamp()
		WHERE state = 'active' AND ((a = ANY (identifiers) AND b = ANY (rest)) OR (b = ANY (identifiers) AND a = ANY (rest)))
		RETURNING occurred_at
	)
	SELECT max(occurred_at) INTO since FROM cut;
	-- and what only the other side held together is held from now on
	INSERT INTO intent.link (tenant, graph, a, b, state, reason, source, occurred_at)
	SELECT new_tenant, graph_split.graph, x.oldest, x.component, 'active', mark, 'held', since
	FROM (SELECT c.component, min(c.component) OVER (PARTITION BY c.component = ANY (identifiers)) AS oldest
		FROM intent.components_bigint(format('SELECT i.id, l.b
			FROM intent.profile p JOIN intent.identifier i ON i.profile = p.id
			LEFT JOIN intent.link l ON l.a = i.id AND l.state = ''active''
			WHERE p.person = %s', persons[1])) c WHERE c.node = c.component) x
	WHERE x.oldest <> x.component;
	PERFORM intent.graph_regroup(graph, persons[1]);
	RETURN made;
END $$;
COMMENT ON FUNCTION graph_split(bigint, bigint[]) IS
'Makes identifiers of one person of a graph, by their numbers, a person of their own, as split does, and gives the number of the split. Identifiers of no or several persons, or all that a person has, are error 22023. Cost grows with the links of the person. Example: SELECT count(*) FROM (SELECT intent.graph_split(i.graph, ARRAY[i.id]) FROM intent.identifier i WHERE false) s;';

CREATE FUNCTION split(graph text, identifiers jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
BEGIN
	IF jsonb_typeof(identifiers) = 'object' THEN
		identifiers := jsonb_build_array(identifiers);
	END IF;
	IF jsonb_typeof(identifiers) IS DISTINCT FROM 'array' OR identifiers @? '$[*] ? (@.type() != "object")' THEN
		RAISE invalid_parameter_value USING MESSAGE = 'identifiers to split off are a JSON object or an array of objects',
			HINT = 'Write {"email": "anna@example.com"}, or [{"email": "a@example.com"}, {"email": "b@example.com"}] for two of a kind.';
	END IF;
	RETURN intent.graph_split(g, ARRAY(SELECT DISTINCT intent.graph_member(g, e.key, e.value)
		FROM jsonb_array_elements(identifiers) o CROSS JOIN LATERAL jsonb_each_text(o) e));
END $$;
COMMENT ON FUNCTION split(text, jsonb) IS
'Takes identifiers, {"kind": "value"} or an array of such, out of their person: they are a person of their own, named by the oldest of them, and the others stay together; gives the number of the split for undo. The links between the two are retracted, with the reason split and that number, whatever would join them again is refused (''asserted distinct''), and that survives a rebuild. Identifiers of several persons, or all that a person has, are error 22023, unknown ones P0002. Cost grows with the links of the person. Example: SELECT intent.split(''default'', ''{"email": "ida@example.com"}'') IS NOT NULL AS split FROM intent.observe(''default'', ''{"user_id": "ida", "email": "ida@example.com"}'', ''2026-03-05Z'');';

CREATE FUNCTION split_profile(graph text, profile bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
BEGIN
	RETURN intent.graph_split(g, ARRAY(SELECT i.id FROM intent.identifier i WHERE i.graph = g AND i.profile = split_profile.profile));
END $$;
COMMENT ON FUNCTION split_profile(text, bigint) IS
'Takes a profile, by the number that intent.identifier has, out of its person, as split does with identifiers. What is no profile of the graph, or the only one of its person, is error 22023. Example: SELECT intent.split_profile(''default'', i.profile) IS NOT NULL AS split FROM intent.identifier i CROSS JOIN LATERAL intent.merge(''default'', intent.observe(''default'', ''{"user_id": "jan"}'', ''2026-03-05Z''), intent.observe(''default'', ''{"user_id": "jo"}'', ''2026-03-05Z'')) WHERE i.kind = ''user_id'' AND i.value = ''jo'';';

CREATE FUNCTION graph_unsplit(graph bigint, split bigint) RETURNS int
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	mark constant text := format('split %s', split);
	persons bigint[];
BEGIN
	PERFORM intent.graph_alone(graph_unsplit.graph);
	SELECT array_agg(DISTINCT p.person ORDER BY p.person) INTO persons
	FROM intent.link l JOIN intent.identifier i ON i.id = l.a OR i.id = l.b JOIN intent.profile p ON p.id = i.profile
	WHERE l.reason = mark;
	UPDATE intent.link SET state = 'retracted', retracted_at = clock_timestamp() WHERE reason = mark AND source IN ('split', 'held') AND state <> 'retracted';
	IF NOT FOUND THEN
		RAISE invalid_parameter_value USING MESSAGE = format('there is no split %s to undo', split),
			HINT = 'Somebody else did it meanwhile: intent.history shows what happened.';
	END IF;
	IF intent.graph_conflict(graph, persons) = 'asserted distinct' THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('what split %s took apart was asserted to be distinct since', split),
			HINT = 'SELECT intent.retract(link) with the link that intent.history shows takes that back.';
	END IF;
	INSERT INTO intent.link (tenant, graph, a, b, state, source, weight, evidence, occurred_at)
	SELECT l.tenant, l.graph, l.a, l.b, 'active', l.source, l.weight, l.evidence, l.occurred_at
	FROM intent.link l JOIN intent.identifier a ON a.id = l.a JOIN intent.identifier b ON b.id = l.b
	WHERE l.reason = mark AND l.source NOT IN ('split', 'held') AND NOT a.hub AND NOT b.hub
	ORDER BY l.id;
	-- all of them one, and then what the links say
	UPDATE intent.profile SET person = persons[1] WHERE person = ANY (persons[2:]);
	RETURN intent.graph_regroup(graph, persons[1]);
END $$;
COMMENT ON FUNCTION graph_unsplit(bigint, bigint) IS
'Undoes a split of a graph, by its number, and gives the number of persons that are left of those it made. Links that it cut are there again, as new rows, whatever the limits say. If the two sides were asserted to be distinct since, error 55000; what is no split, or is undone, is 22023. Example: SELECT intent.graph_unsplit(intent.graph_named(''default''), intent.split(''default'', ''{"email": "kim@example.com"}'')) AS persons FROM intent.observe(''default'', ''{"user_id": "kim", "email": "kim@example.com"}'', ''2026-03-05Z'');';

CREATE FUNCTION undo(merge bigint) RETURNS int
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	done record;
BEGIN
	SELECT l.* INTO done FROM intent.link l
	WHERE l.id = undo.merge AND (l.source, l.state) IN (('merge', 'active'), ('split', 'apart'));
	IF done.id IS NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = format('there is no merge and no split %s to undo', coalesce(undo.merge::text, 'NULL')),
			HINT = 'Give the number that intent.merge or intent.split gave; other links are taken back by intent.retract.';
	END IF;
	RETURN CASE done.source WHEN 'merge' THEN intent.retract(undo.merge) ELSE intent.graph_unsplit(done.graph, undo.merge) END;
END $$;
COMMENT ON FUNCTION undo(bigint) IS
'Undoes a merge or a split, by its number. A merge: both persons are as they were, with their ids, and what was observed since stays where its links put it; gives the number of persons, 1 if other links hold them together. A split: the links it cut are there again, and with them the person, whatever the limits say of what its sides got since. What is no active merge and no split is error 22023; a split whose sides were asserted to be distinct since 55000. Example: SELECT intent.undo(intent.merge(''default'', intent.observe(''default'', ''{"user_id": "ella"}'', ''2026-03-05Z''), intent.observe(''default'', ''{"user_id": "emil"}'', ''2026-03-05Z''))) AS persons;';
