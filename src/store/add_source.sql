-- add_source: where events are, and what the columns of their tables mean

-- ----- expressions -----

CREATE FUNCTION source_column(relation regclass, expression text, argument text) RETURNS regtype
AS 'MODULE_PATHNAME', 'intent_source_column' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 1000;
COMMENT ON FUNCTION source_column(regclass, text, text) IS
'The type of one expression over a relation, which is parsed and looked up with the rights of the caller while nothing is read; `argument` names it in errors. What is not one expression is error 42601, a set or an aggregate 0A000 or 42803, a VOLATILE function 0A000, what is not there or may not be read 42703, 42883 or 42501. Example: SELECT intent.source_column(''pg_catalog.pg_class'', ''relname::text || relkind::text'', ''event'');';

CREATE FUNCTION source_expression(relation regclass, expression text, argument text, accepted regtype[], hint text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- a column by its name, whatever is in it
	clean constant text := CASE WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0
			AND NOT a.attisdropped AND a.attname = expression) THEN quote_ident(expression) ELSE btrim(expression, E' \t\n\r') END;
	given regtype;
BEGIN
	IF coalesce(clean, '') = '' THEN
		RETURN NULL;
	END IF;
	given := intent.source_column(relation, clean, argument);
	IF given <> ALL (accepted) THEN
		RAISE datatype_mismatch USING MESSAGE = format('%s is of type %s, not %s', argument, given, accepted[1]),
			HINT = CASE WHEN given IN ('timestamp'::regtype, 'date'::regtype) AND accepted[1] = 'timestamptz'::regtype
				THEN format('Say which zone it is of: %s%s AT TIME ZONE ''Europe/Berlin''.', clean, CASE given WHEN 'date'::regtype THEN '::timestamp' ELSE '' END)
				ELSE hint END;
	END IF;
	RETURN clean;
END $$;
COMMENT ON FUNCTION source_expression(regclass, text, text, regtype[], text) IS
'A column name, quoted if it must be, or an expression over a relation, checked to be of one of the accepted types (NULL: of any); NULL for NULL and ''''. Another type is error 42804 with the hint, all else as in source_column. A part of add_source. Example: SELECT intent.source_expression(''pg_catalog.pg_class'', ''relname'', ''event'', ''{name,text}'', ''Cast it to text.'');';

CREATE FUNCTION source_key(relation regclass) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN count(*) = 1 THEN min(quote_ident(a.attname))
		WHEN count(*) > 1 THEN 'jsonb_build_array(' || string_agg(quote_ident(a.attname), ', ' ORDER BY k.n) || ')' END
	FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n)
	JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
	WHERE i.indrelid = relation AND i.indisprimary AND k.n <= i.indnkeyatts
$$;
COMMENT ON FUNCTION source_key(regclass) IS
'The primary key of a table as one expression, NULL if it has none. Example: SELECT intent.source_key(''pg_catalog.pg_class''), intent.source_key(''pg_catalog.pg_attribute'');';

-- ----- adding -----

CREATE FUNCTION add_source(name text, relation regclass, occurred_at text, event text, identifiers jsonb,
	channel text DEFAULT NULL, value text DEFAULT NULL, recorded_at text DEFAULT NULL, ref text DEFAULT NULL,
	kind text DEFAULT 'passive', grain text DEFAULT 'event', condition text DEFAULT NULL,
	graph text DEFAULT 'default', tenant text DEFAULT '') RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	moments constant regtype[] := '{timestamptz}';
	numbers constant regtype[] := '{float8,float4,numeric,bigint,int,smallint}';
	s record;
	g bigint;
	of_tenant text;
	key text;
	item text;
	made bigint;
	clean jsonb := '{}';
BEGIN
	IF coalesce(name, '') = '' OR relation IS NULL OR coalesce(occurred_at, '') = '' OR coalesce(event, '') = '' OR tenant IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'a source needs a name, a relation, occurred_at and event',
			HINT = 'SELECT intent.add_source(''orders'', ''shop.orders'', ''ordered_at'', ''status'', ''{"user_id": "customer"}'').';
	END IF;
	IF jsonb_typeof(identifiers) IS DISTINCT FROM 'object' OR identifiers = '{}'
		OR EXISTS (SELECT FROM jsonb_each(identifiers) e WHERE jsonb_typeof(e.value) <> 'string') THEN
		RAISE invalid_parameter_value USING MESSAGE = format('identifiers are a JSON object of kinds and columns, not %s', coalesce(identifiers::text, 'NULL')),
			HINT = 'Write {"user_id": "customer", "cookie": "cookie"}.';
	END IF;
	IF kind IS DISTINCT FROM 'passive' AND kind IS DISTINCT FROM 'solicited' THEN
		RAISE invalid_parameter_value USING MESSAGE = format('kind must be passive or solicited, not %s', coalesce('"' || kind || '"', 'NULL')),
			HINT = 'Answers that were asked for are solicited, such as those of a survey.';
	ELSIF grain IS DISTINCT FROM 'event' AND grain IS DISTINCT FROM 'day' THEN
		RAISE invalid_parameter_value USING MESSAGE = format('grain must be event or day, not %s', coalesce('"' || grain || '"', 'NULL')),
			HINT = 'Sums of a day are kept apart from single events: their order means nothing.';
	END IF;
	PERFORM intent.setup_store();
	IF graph = 'default' AND tenant = '' AND NOT EXISTS (SELECT FROM intent.graph x WHERE x.name = 'default') THEN
		PERFORM intent.create_graph('default');
	END IF;
	g := intent.graph_named(graph);
	SELECT x.tenant INTO of_tenant FROM intent.graph x WHERE x.id = g;
	IF of_tenant <> tenant THEN
		RAISE invalid_parameter_value USING MESSAGE = format('graph "%s" is of tenant "%s", not "%s"', graph, of_tenant, tenant),
			HINT = format('SELECT intent.create_graph(%L, tenant => %L) makes one; identities are never joined across tenants.', tenant, tenant);
	END IF;

	SELECT intent.source_expression(relation, occurred_at, 'occurred_at', moments, 'Cast it to timestamptz.') AS occurred_at,
		intent.source_expression(relation, event, 'event', NULL, NULL) AS event,
		intent.source_expression(relation, channel, 'channel', NULL, NULL) AS channel,
		intent.source_expression(relation, value, 'value', numbers, 'Cast it to float8.') AS value,
		intent.source_expression(relation, recorded_at, 'recorded_at', moments, 'Cast it to timestamptz.') AS recorded_at,
		intent.source_expression(relation, ref, 'ref', NULL, NULL) AS ref,
		intent.source_expression(relation, condition, 'condition', '{boolean}', 'Write what would stand behind WHERE.') AS condition,
		intent.source_key(relation) AS key
	INTO s;
	FOR key, item IN SELECT e.key, e.value FROM jsonb_each_text(identifiers) e ORDER BY e.key COLLATE "C" LOOP
		IF NOT EXISTS (SELECT FROM intent.graph_kind k WHERE k.graph = g AND k.kind = key) THEN
			RAISE invalid_parameter_value USING MESSAGE = format('the graph has no kind of identifiers "%s"', key),
				HINT = format('Its kinds are %s; others are named in the rules when the graph is made.',
					(SELECT string_agg(k.kind, ', ' ORDER BY k.priority, k.kind) FROM intent.graph_kind k WHERE k.graph = g));
		END IF;
		clean := clean || jsonb_build_object(key, intent.source_expression(relation, item, 'identifiers.' || key, NULL, NULL));
	END LOOP;

	INSERT INTO intent.source (tenant, name, graph, relation, occurred_at, event, channel, value, recorded_at, ref, ref_unique,
		identifiers, condition, kind, grain)
	SELECT add_source.tenant, add_source.name, g, add_source.relation, s.occurred_at, s.event, s.channel, s.value, s.recorded_at, coalesce(s.ref, s.key),
		coalesce(s.ref = s.key, s.key IS NOT NULL) OR EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
			WHERE i.indrelid = add_source.relation AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1
				AND quote_ident(a.attname) = s.ref),
		clean, s.condition, add_source.kind, add_source.grain
	ON CONFLICT DO NOTHING RETURNING id INTO made;
	IF made IS NULL THEN
		RAISE duplicate_object USING MESSAGE = format('there is a source "%s" already', name),
			HINT = format('Choose another name, or SELECT intent.drop_source(%L) first.', name);
	END IF;
	PERFORM intent.follow_graph();
	IF coalesce(s.ref, s.key) IS NULL THEN
		RAISE NOTICE USING MESSAGE = format('source "%s" is rebuild only: no column is its ref, and the relation has no primary key', name),
			HINT = 'Each refresh reads all of it. Give ref => a column that names the row, and changes are found by it.';
	END IF;
	RETURN made;
END $$;
COMMENT ON FUNCTION add_source(text, regclass, text, text, jsonb, text, text, text, text, text, text, text, text, text) IS
'Names a table, view or foreign table as a source of events, and gives its number; nothing is read or copied before refresh. occurred_at (timestamptz), event, channel, value (a number), recorded_at (timestamptz), ref and condition (boolean) are columns by name or expressions over the relation; identifiers says which give the kinds of the graph: {"user_id": "customer", "cookie": "cookie"}. Each expression is parsed, looked up and checked for its type and the caller''s rights at once; functions in it are found in pg_catalog or by their schema, and TimeZone is UTC when it is read. ref names the row and is unique to it; if none is given the primary key is; without both the source is rebuild only, which a NOTICE says. kind is passive, or solicited for answers that were asked for; grain is event, or day for sums of a day, which never enter person_journey. Makes the tables and, for tenant '''', the graph "default" if they are not there. NULL or '''' for what is needed is error 22004, a wrong kind, grain or kind of identifiers 22023, a wrong type 42804, a name that is taken 42710, another tenant''s graph 22023. Example: SELECT intent.add_source(''methods'', ''pg_catalog.pg_am'', ''timestamptz ''''2026-03-01Z'''' + oid::int * interval ''''1 minute'''''', ''amname'', ''{"user_id": "amtype"}'', channel => ''''''access'''''', ref => ''oid'');';

-- ----- reading and dropping -----

CREATE FUNCTION source_named(name text) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found_id bigint;
BEGIN
	IF to_regclass('intent.source') IS NOT NULL THEN
		SELECT s.id INTO found_id FROM intent.source s WHERE s.name = source_named.name;
	END IF;
	IF found_id IS NULL THEN
		RAISE undefined_object USING MESSAGE = format('there is no source %s here', coalesce('"' || name || '"', 'NULL')),
			HINT = 'SELECT name FROM intent.sources() shows them; intent.add_source makes one. Sources of other tenants are not seen.';
	END IF;
	RETURN found_id;
END $$;
COMMENT ON FUNCTION source_named(text) IS
'The number of the source of a name. If there is none that the caller may see, error 42704. Example: SELECT intent.source_named(''methods'');';

CREATE FUNCTION source_query(source bigint, rows_of text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	s record;
	alias text;
BEGIN
	SELECT x.*, c.relname, c.oid AS relid INTO s FROM intent.source x LEFT JOIN pg_class c ON c.oid = x.relation WHERE x.id = source_query.source;
	IF s.relid IS NULL THEN
		RAISE undefined_table USING MESSAGE = format('the relation of source "%s" is not there any more', s.name),
			HINT = format('SELECT intent.drop_source(%L) forgets it, with its stored events.', s.name);
	END IF;
	-- each expression was parsed alone, so that it cannot end before its bracket does; a comment in it ends with its line
	RETURN format(E'SELECT * FROM (SELECT (%s\n) AS occurred_at, (%s\n)::text AS channel, (%s\n)::text AS event,\n'
		'CASE WHEN (%s\n)::float8 BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 THEN (%4$s\n)::float8 END AS value,\n'
		'CASE WHEN isfinite((%s\n)::timestamptz) THEN (%5$s\n)::timestamptz END AS recorded_at,\n'
		'nullif((%s\n)::text, '''') AS ref, jsonb_strip_nulls(jsonb_build_object(%s)) AS identifiers\nFROM %s AS %I WHERE (%s\n)) q\n'
		'WHERE q.occurred_at > ''-infinity'' AND q.occurred_at < ''infinity'' AND q.event <> ''''',
		s.occurred_at, coalesce(s.channel, 'NULL'), s.event, coalesce(s.value, 'NULL'), coalesce(s.recorded_at, 'NULL'), coalesce(s.ref, 'NULL'),
		(SELECT string_agg(format(E'%L, nullif((%s\n)::text, '''')', e.key, e.value), ', ' ORDER BY e.key COLLATE "C") FROM jsonb_each_text(s.identifiers) e),
		coalesce(rows_of, s.relation::text), s.relname, coalesce(s.condition, 'true'));
END $$;
COMMENT ON FUNCTION source_query(bigint, text) IS
'The query that reads the events of a source, given by its number: occurred_at, channel, event, value, recorded_at, ref, identifiers; from its relation, or from what has the same columns, such as the transition table of a trigger. Rows without a finite time or an event are left out, values and recording times that are not finite are NULL. A relation that is gone is error 42P01. Example: SELECT intent.source_query(intent.source_named(''methods''));';

CREATE FUNCTION drop_source(name text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	s constant bigint := intent.source_named(name);
	events bigint;
	persons bigint[];
BEGIN
	PERFORM pg_advisory_xact_lock(1768846453, 0);
	PERFORM intent.unwatch_source(drop_source.name);
	SELECT coalesce(sum(intent.event_count(c.journey)), 0), array_agg(DISTINCT c.person) INTO events, persons FROM intent.chunk c WHERE c.source = s;
	DELETE FROM intent.chunk c WHERE c.source = s;
	DELETE FROM intent.inbox i WHERE i.source = s;
	DELETE FROM intent.refresh_run r WHERE r.source = s;
	DELETE FROM intent.source x WHERE x.id = s;
	PERFORM intent.store_alone(persons);
	RETURN events;
END $$;
COMMENT ON FUNCTION drop_source(text) IS
'Forgets a source: its stored events, what waits in the inbox, and its triggers go; its table stays as it is, and so does what the identity graph learned from it. Gives the number of events that were stored. An unknown source is error 42704. Cost grows with the events of the source. Example: SELECT intent.drop_source(''methods'') FROM intent.sources() WHERE name = ''another'';';

CREATE FUNCTION sources(OUT name text, OUT relation regclass, OUT kind text, OUT grain text, OUT refreshes_by text,
	OUT watched boolean, OUT refreshed_at timestamptz, OUT seen_until timestamptz, OUT tenant text)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	IF to_regclass('intent.source') IS NOT NULL THEN
		RETURN QUERY
		SELECT s.name, s.relation, s.kind, s.grain, CASE WHEN s.ref IS NULL THEN 'rebuild only' ELSE 'ref ' || s.ref END,
			s.watched, s.refreshed_at, s.seen_until, s.tenant
		FROM intent.source s ORDER BY s.name;
	END IF;
END $$;
COMMENT ON FUNCTION sources() IS
'The sources that the caller may see: their relation, kind and grain, by what refresh finds changes (a ref, or rebuild only), whether triggers watch them, when they were refreshed last, and seen_until: rows of transactions that had ended then are in. No rows before the first add_source. Example: SELECT name, relation, refreshes_by, watched FROM intent.sources();';
