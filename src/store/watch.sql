-- watch: triggers that tell of changed rows at once

CREATE FUNCTION source_tables(source bigint, OUT relation regclass, OUT relkind "char")
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH RECURSIVE part (oid) AS (
		SELECT s.relation::oid FROM intent.source s WHERE s.id = source_tables.source
		UNION
		SELECT i.inhrelid FROM part JOIN pg_inherits i ON i.inhparent = part.oid
	)
	SELECT c.oid::regclass, c.relkind FROM part JOIN pg_class c ON c.oid = part.oid ORDER BY c.oid::regclass::text COLLATE "C";
END $$;
COMMENT ON FUNCTION source_tables(bigint) IS
'The relation of a source, given by its number, and all its partitions and children. Example: SELECT relation FROM intent.source_tables(intent.source_named(''methods''));';

CREATE FUNCTION uncovered(source bigint) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN (
		SELECT string_agg(t.relation::text, ', ' ORDER BY t.relation::text COLLATE "C")
		FROM intent.source s CROSS JOIN LATERAL intent.source_tables(s.id) t
		WHERE s.id = uncovered.source AND s.watched
			AND (SELECT count(*) FROM pg_trigger g WHERE g.tgrelid = t.relation AND g.tgenabled IN ('O', 'A')
				AND g.tgfoid = to_regproc('intent.watch_' || s.id)) < 4);
END $$;
COMMENT ON FUNCTION uncovered(bigint) IS
'The tables and partitions of a watched source, given by its number, whose triggers are missing or disabled, so that refresh compares the late window as if it were not watched; NULL if there are none. watch_source puts them there again. Example: SELECT intent.uncovered(intent.source_named(''methods''));';

-- A run that was stopped on its way has passed rows that count from now on, so that it must not be the one that is due.
CREATE FUNCTION refresh_due(source bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	UPDATE intent.source x SET due = true WHERE x.id = refresh_due.source;
	UPDATE intent.refresh_run r SET state = 'done', finished_at = clock_timestamp() WHERE r.source = refresh_due.source AND r.state = 'running';
END $$;
COMMENT ON FUNCTION refresh_due(bigint) IS
'Makes the next refresh of a source, given by its number, compare its late window from the beginning, whatever steps were done before. A part of watch_source and unwatch_source. Example: SELECT intent.refresh_due(intent.source_named(''methods'')) WHERE false;';

CREATE FUNCTION watch_command(source bigint, rows_of text, sign int) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	s record;
	items record;
BEGIN
	SELECT x.*, c.relname INTO s FROM intent.source x JOIN pg_class c ON c.oid = x.relation WHERE x.id = watch_command.source;
	SELECT string_agg(format(E'nullif((%s\n)::text, '''') AS id_%s,\n%L || nullif(%s, '''') AS key_%2$s', e.value, e.n, e.key || ':',
				format(CASE k.normalise WHEN 'email' THEN E'intent.normalise_email((%s\n)::text)' WHEN 'phone' THEN E'intent.normalise_phone((%s\n)::text)'
					ELSE E'btrim((%s\n)::text)' END, e.value)), E',\n' ORDER BY e.n) AS read,
		string_agg(format('%L, q.id_%s', e.key, e.n), ', ' ORDER BY e.n) AS pairs,
		string_agg(format('q.id_%s', e.n), ', ' ORDER BY e.n) AS ids,
		string_agg(format('q.key_%s', e.n), ', ' ORDER BY e.n) AS keys
	INTO items
	FROM (SELECT key, value, row_number() OVER (ORDER BY key COLLATE "C") AS n FROM jsonb_each_text(s.identifiers)) e
	JOIN intent.graph_kind k ON k.graph = s.graph AND k.kind = e.key;
	-- As source_query, but each expression once: what uses a column twice is outside of OFFSET 0, and there are seldom NULLs
	-- to leave out.  Rows that are no events are left out before anything else of them is looked at.
	RETURN format(E'INSERT INTO intent.inbox (tenant, source, sign, occurred_at, channel, event, value, recorded_at, ref, identifiers, keys)\n'
		'SELECT %L, %s, %s, q.occurred_at, q.channel, q.event,\n'
		'CASE WHEN q.value BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 THEN q.value END,\n'
		'CASE WHEN isfinite(q.recorded_at) THEN q.recorded_at END, q.ref,\n'
		'CASE WHEN ROW(%s) IS NOT NULL THEN jsonb_build_object(%s) ELSE jsonb_strip_nulls(jsonb_build_object(%5$s)) END,\n'
		'CASE WHEN ROW(%s) IS NOT NULL THEN ARRAY[%6$s] ELSE array_remove(ARRAY[%6$s], NULL) END\n'
		'FROM (SELECT (%s\n) AS occurred_at, (%s\n)::text AS channel, (%s\n)::text AS event, (%s\n)::float8 AS value,\n'
		'(%s\n)::timestamptz AS recorded_at, nullif((%s\n)::text, '''') AS ref,\n%s\n'
		'FROM %s AS %I WHERE (%s\n) AND (%7$s\n) > ''-infinity'' AND (%7$s\n) < ''infinity'' AND (%9$s\n)::text <> '''' OFFSET 0) q',
		s.tenant, s.id, watch_command.sign, items.ids, items.pairs, items.keys,
		s.occurred_at, coalesce(s.channel, 'NULL'), s.event, coalesce(s.value, 'NULL'), coalesce(s.recorded_at, 'NULL'), coalesce(s.ref, 'NULL'),
		items.read, rows_of, s.relname, coalesce(s.condition, 'true'));
END $$;
COMMENT ON FUNCTION watch_command(bigint, text, int) IS
'The command by which a trigger tells intent.inbox what the rows of a transition table say in the terms of a source, given by its number: that they came (1) or went (-1). A part of watch_source. Example: SELECT intent.watch_command(intent.source_named(''methods''), ''new_rows'', 1);';

CREATE FUNCTION watch_source(name text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	s record;
	t record;
	writer text;
	tables bigint := 0;
BEGIN
	SELECT x.*, c.relkind, c.relname INTO s FROM intent.source x LEFT JOIN pg_class c ON c.oid = x.relation
	WHERE x.id = intent.source_named(watch_source.name);
	IF s.relkind NOT IN ('r', 'p') THEN
		RAISE wrong_object_type USING MESSAGE = format('%s "%s" cannot be watched',
				CASE s.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'relation' END, s.relation),
			HINT = 'Only tables tell of their changes by triggers. Add the tables behind it as sources, or refresh more often.';
	ELSIF s.ref IS NULL THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('source "%s" has no ref and cannot be watched', name),
			HINT = 'Add it again with ref => a column that names the row, or give its table a primary key.';
	END IF;

	-- runs with the rights of whoever writes the table, so that it reads nothing but the rows that were written
	EXECUTE format('CREATE OR REPLACE FUNCTION intent.watch_%s() RETURNS trigger LANGUAGE plpgsql VOLATILE
		SET search_path = pg_catalog, pg_temp SET TimeZone = ''UTC'' SET DateStyle = ''ISO, YMD'' AS %L', s.id,
		format(E'BEGIN\nIF tg_op = ''TRUNCATE'' THEN INSERT INTO intent.inbox (tenant, source, sign) VALUES (%L, %s, 0); END IF;\n'
			'IF tg_op IN (''DELETE'', ''UPDATE'') THEN %s; END IF;\nIF tg_op IN (''INSERT'', ''UPDATE'') THEN %s; END IF;\nRETURN NULL;\nEND',
			s.tenant, s.id, intent.watch_command(s.id, 'old_rows', -1), intent.watch_command(s.id, 'new_rows', 1)));
	EXECUTE format('COMMENT ON FUNCTION intent.watch_%s() IS %L', s.id, format('Tells intent.inbox of changed rows of source "%s"; made by intent.watch_source', name));

	FOR t IN SELECT x.relation, x.relkind FROM intent.source_tables(s.id) x LOOP
		IF t.relkind NOT IN ('r', 'p') THEN
			RAISE WARNING USING MESSAGE = format('"%s" is no table and cannot be watched', t.relation),
				HINT = 'Each refresh compares the late window as long as it is a part of the source.';
			CONTINUE;
		END IF;
		IF EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t.relation AND g.tgfoid = to_regproc('intent.watch_' || s.id) AND g.tgenabled IN ('O', 'A')) THEN
			CONTINUE;
		END IF;
		EXECUTE format('CREATE OR REPLACE TRIGGER intent_watch_%s_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION intent.watch_%1$s()', s.id, t.relation);
		EXECUTE format('CREATE OR REPLACE TRIGGER intent_watch_%s_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION intent.watch_%1$s()', s.id, t.relation);
		EXECUTE format('CREATE OR REPLACE TRIGGER intent_watch_%s_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION intent.watch_%1$s()', s.id, t.relation);
		EXECUTE format('CREATE OR REPLACE TRIGGER intent_watch_%s_truncate AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION intent.watch_%1$s()', s.id, t.relation);
		tables := tables + 1;
		FOR writer IN
			SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
			FROM pg_class c CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
			WHERE c.oid = t.relation AND a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
				AND a.grantee <> (SELECT o.relowner FROM pg_class o WHERE o.oid = 'intent.inbox'::regclass)
		LOOP
			EXECUTE format('GRANT USAGE ON SCHEMA intent TO %s', writer);
			EXECUTE format('GRANT INSERT ON intent.inbox TO %s', writer);
		END LOOP;
	END LOOP;
	UPDATE intent.source x SET watched = true WHERE x.id = s.id;
	-- what was written before the triggers were there is found by comparing once more
	IF tables > 0 THEN
		PERFORM intent.refresh_due(s.id);
	END IF;
	RETURN tables;
END $$;
COMMENT ON FUNCTION watch_source(text) IS
'Puts triggers on the table of a source, and on each of its partitions, that tell of every changed row in intent.inbox: journey_of and the scores of a person include it in the same transaction, and refresh reads the inbox instead of the table. A trigger runs once a statement, appends, and looks nothing up, so that writers never wait for each other or for a refresh. Who may write the table gets USAGE on the schema intent and INSERT on the inbox. Gives the number of tables that got triggers; call it again for new partitions, which uncovered() names. Waits until those who write the table have ended. Views and foreign tables are error 42809, a source without ref 55000, an unknown one 42704. Example: SELECT intent.watch_source(''methods'') WHERE false;';

CREATE FUNCTION unwatch_source(name text) RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
	s constant bigint := intent.source_named(name);
BEGIN
	IF to_regproc('intent.watch_' || s) IS NULL THEN
		RETURN false;
	END IF;
	EXECUTE format('DROP FUNCTION intent.watch_%s() CASCADE', s);
	UPDATE intent.source x SET watched = false WHERE x.id = s;
	PERFORM intent.refresh_due(s);
	RETURN true;
END $$;
COMMENT ON FUNCTION unwatch_source(text) IS
'Takes away the triggers of watch_source; what waits in the inbox is taken in by the next refresh. False if there were none. An unknown source is error 42704. Example: SELECT intent.unwatch_source(''methods'');';

-- ----- how the store is -----

CREATE FUNCTION health(OUT measure text, OUT subject text, OUT n bigint)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	IF to_regclass('intent.source') IS NULL THEN
		RETURN;
	END IF;
	RETURN QUERY
	SELECT 'seconds since the last refresh'::text, s.name, extract(epoch FROM clock_timestamp() - s.refreshed_at)::bigint FROM intent.source s
	UNION ALL SELECT 'rows that wait in the inbox', s.name, count(i.source) FROM intent.source s LEFT JOIN intent.inbox i ON i.source = s.id GROUP BY s.name
	UNION ALL SELECT 'partitions without triggers: ' || intent.uncovered(s.id), s.name, 1 FROM intent.source s WHERE s.watched AND intent.uncovered(s.id) IS NOT NULL
	UNION ALL SELECT 'rebuild only: no ref', s.name, 1 FROM intent.source s WHERE s.ref IS NULL
	UNION ALL SELECT 'refresh in steps that did not end', s.name, count(*) FROM intent.refresh_run r JOIN intent.source s ON s.id = r.source
		WHERE r.state = 'running' GROUP BY s.name
	UNION ALL SELECT 'relation is not there any more', s.name, 1 FROM intent.source s WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = s.relation)
	UNION ALL SELECT 'changes of the graph that wait', g.name, count(*) FROM intent.graph_change c JOIN intent.graph g ON g.id = c.graph GROUP BY g.name
	ORDER BY 2, 1;
END $$;
COMMENT ON FUNCTION health() IS
'How the store is, a row a measure and source: seconds since its last refresh (NULL before the first), rows that wait in the inbox, partitions without triggers by name, sources that can only be rebuilt, refreshes in steps that did not end, relations that are gone, and changes of the identity graph that wait for a refresh. health(graph) tells of the graph. No rows before the first add_source. Example: SELECT measure, subject FROM intent.health();';
