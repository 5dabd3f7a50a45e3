-- graph: consent, and forgetting a person

CREATE FUNCTION set_consent(graph text, person bigint, purpose text, granted boolean, channel text DEFAULT '',
	valid_from timestamptz DEFAULT NULL, valid_until timestamptz DEFAULT NULL, source text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	made bigint;
BEGIN
	IF NOT EXISTS (SELECT FROM intent.identifier i WHERE i.graph = g AND i.id = set_consent.person) THEN
		RAISE no_data_found USING MESSAGE = format('there is no person %s in this graph', coalesce(set_consent.person::text, 'NULL')),
			HINT = 'Give an id that intent.person or intent.person_of told.';
	ELSIF purpose IS NULL OR purpose = '' OR granted IS NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = 'consent needs a purpose, and whether it is granted',
			HINT = 'SELECT intent.set_consent(''default'', 17, ''marketing'', true, ''email'').';
	END IF;
	INSERT INTO intent.consent (tenant, graph, person, purpose, channel, granted, valid, source)
	SELECT t.tenant, g, set_consent.person, set_consent.purpose, coalesce(set_consent.channel, ''), set_consent.granted,
		tstzrange(valid_from, valid_until), set_consent.source
	FROM intent.graph t WHERE t.id = g
	RETURNING id INTO made;
	RETURN made;
END $$;
COMMENT ON FUNCTION set_consent(text, bigint, text, boolean, text, timestamptz, timestamptz, text) IS
'Notes that a person agreed to a purpose, or refused, on a channel ('''' is all of them), from and until a time (NULL is without end; the end does not belong to it). Nothing is overwritten: the row recorded last holds. An unknown person is error P0002, no purpose or NULL for granted 22023, an end before the beginning 22000. Example: SELECT intent.set_consent(''default'', intent.person(''user_id'', ''anna''), ''marketing'', true, ''email'', ''2026-03-01Z'') AS consent;';

CREATE FUNCTION has_consent(graph text, person bigint, purpose text, channel text, at timestamptz, known_at timestamptz DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	now_id constant bigint := intent.person_now(has_consent.person);
BEGIN
	RETURN (
		SELECT coalesce(bool_and(last.granted), false)
		FROM (SELECT DISTINCT ON (c.person, c.channel) c.granted
			FROM intent.consent c
			WHERE c.graph = g AND c.purpose = has_consent.purpose AND c.channel IN ('', has_consent.channel)
				AND c.person IN (SELECT now_id UNION SELECT i.id FROM intent.profile p JOIN intent.identifier i ON i.profile = p.id WHERE p.person = now_id)
				AND c.valid @> has_consent.at AND (known_at IS NULL OR c.recorded_at <= known_at)
			ORDER BY c.person, c.channel, c.recorded_at DESC, c.id DESC) last);
END $$;
COMMENT ON FUNCTION has_consent(text, bigint, text, text, timestamptz, timestamptz) IS
'Whether a person had agreed to a purpose on a channel at a time, by what was recorded at known_at if that is given. Of each person that was merged into this one, and of the channel and of all channels, what was recorded last and is valid then counts; a refusal in any of them is a refusal, and where nothing is recorded it is false. Cost grows with the rows the person has. Example: SELECT intent.has_consent(''default'', intent.person(''user_id'', ''anna''), ''marketing'', ''email'', ''2026-03-02Z'') AS email, intent.has_consent(''default'', intent.person(''user_id'', ''anna''), ''marketing'', ''phone'', ''2026-03-02Z'') AS phone;';

CREATE FUNCTION graph_erase(graph text, person bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	g constant bigint := intent.graph_named(graph);
	now_id bigint;
	ids bigint[];
	carriers bigint[];
	gone_links bigint;
	gone_sightings bigint;
	gone_consents bigint;
	certificate bigint;
BEGIN
	PERFORM intent.graph_alone(g);
	SELECT coalesce(p.person, i.id) INTO now_id
	FROM intent.identifier i LEFT JOIN intent.profile p ON p.id = i.profile WHERE i.graph = g AND i.id = graph_erase.person;
	IF now_id IS NULL THEN
		RAISE no_data_found USING MESSAGE = format('there is no person %s in this graph', coalesce(graph_erase.person::text, 'NULL')),
			HINT = 'Give an id that intent.person or intent.person_of told; who was erased is not there any more.';
	END IF;
	-- an unknown person is a cookie or a device itself
	ids := ARRAY(SELECT i.id FROM intent.profile p JOIN intent.identifier i ON i.profile = p.id WHERE p.graph = g AND p.person = now_id
		UNION SELECT now_id);
	-- a cookie that carried nobody else is of this person, too
	carriers := ARRAY(SELECT DISTINCT c.carrier FROM intent.carried c WHERE c.identifier = ANY (ids)
		AND NOT EXISTS (SELECT FROM intent.carried o WHERE o.carrier = c.carrier AND o.identifier <> ALL (ids)));

	INSERT INTO intent.graph_erasure (tenant, graph, person, identifiers, links, sightings, consents)
	SELECT t.tenant, g, now_id, 0, 0, 0, 0 FROM intent.graph t WHERE t.id = g RETURNING id INTO certificate;
	INSERT INTO intent.suppression (tenant, graph, hash, erasure)
	SELECT i.tenant, g, intent.graph_hash(g, i.kind, i.value), certificate FROM intent.identifier i WHERE i.id = ANY (ids || carriers)
	ON CONFLICT DO NOTHING;
	DELETE FROM intent.link l WHERE l.a = ANY (ids) OR l.b = ANY (ids);
	GET DIAGNOSTICS gone_links = ROW_COUNT;
	DELETE FROM intent.sighting s WHERE s.carrier = ANY (ids || carriers)
		OR (s.identifier = ANY (ids) AND s.carrier IN (SELECT c.carrier FROM intent.carried c WHERE c.identifier = ANY (ids)));
	GET DIAGNOSTICS gone_sightings = ROW_COUNT;
	DELETE FROM intent.carried c WHERE c.identifier = ANY (ids) OR c.carrier = ANY (ids || carriers);
	DELETE FROM intent.consent c WHERE c.graph = g AND c.person = ANY (ids || carriers);
	GET DIAGNOSTICS gone_consents = ROW_COUNT;
	DELETE FROM intent.profile p WHERE p.graph = g AND p.person = now_id;
	DELETE FROM intent.backdated b WHERE b.identifier = ANY (ids || carriers);
	DELETE FROM intent.identifier i WHERE i.id = ANY (ids || carriers);
	UPDATE intent.graph_erasure e SET identifiers = cardinality(ids || carriers), links = gone_links,
		sightings = gone_sightings, consents = gone_consents
	WHERE e.id = certificate;
	RETURN certificate;
END $$;
COMMENT ON FUNCTION graph_erase(text, bigint) IS
'The graph''s part of forgetting a person: its identifiers, the cookies and devices that carried nobody else, their links, sightings and consents are deleted, and the salted hash of each identifier is kept, so that observe and ingest leave them out from now on, as if they were NULL. Gives the number of the certificate in intent.graph_erasure, which says how many rows went. Old row versions go with VACUUM, backups and logs with their own time. Whom the graph does not know is error P0002. Cost grows with the rows of the person. Example: SELECT intent.graph_erase(''default'', intent.observe(''default'', ''{"user_id": "zoe"}'', ''2026-03-05Z'')) AS certificate;';
