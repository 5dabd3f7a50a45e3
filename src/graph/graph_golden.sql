-- graph: the golden record, one row a person from rows of many sources

CREATE FUNCTION create_golden_record(view_name text, relation regclass, rules jsonb, person_column name DEFAULT 'person',
	at_column name DEFAULT 'occurred_at') RETURNS regclass
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	parts text[];
	columns text := '';
	attribute text; rule text; by_column text; spec jsonb; needed text;
BEGIN
	BEGIN
		parts := parse_ident(view_name);
	EXCEPTION WHEN invalid_parameter_value THEN
		parts := NULL;
	END;
	IF coalesce(cardinality(parts), 0) <> 2 OR relation IS NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = format('a golden record needs a view with its schema and a relation, not %s and %s',
			coalesce('"' || view_name || '"', 'NULL'), coalesce(relation::text, 'NULL')), HINT = 'Write ''public.customer'', ''public.customer_row''.';
	ELSIF jsonb_typeof(rules) IS DISTINCT FROM 'object' OR rules = '{}' THEN
		RAISE invalid_parameter_value USING MESSAGE = 'rules of a golden record are a JSON object of attributes',
			HINT = 'Write {"name": "latest", "city": "most_frequent", "phone": {"preferred": "priority"}}.';
	END IF;
	FOR attribute, spec IN SELECT e.key, e.value FROM jsonb_each(rules) e LOOP
		rule := CASE WHEN jsonb_typeof(spec) = 'string' THEN spec #>> '{}' WHEN jsonb_typeof(spec -> 'preferred') = 'string' THEN 'preferred' END;
		by_column := CASE WHEN rule = 'preferred' THEN spec ->> 'preferred' WHEN rule IN ('latest', 'oldest') THEN at_column END;
		IF rule IS NULL OR rule NOT IN ('latest', 'oldest', 'most_frequent', 'preferred') OR (rule = 'preferred' AND by_column IS NULL) THEN
			RAISE invalid_parameter_value USING MESSAGE = format('%s: there is no rule %s', attribute, spec),
				HINT = 'Rules are "latest", "oldest", "most_frequent" and {"preferred": "column"}, a column of integers of which the smallest wins.';
		END IF;
		FOREACH needed IN ARRAY ARRAY[attribute, by_column, person_column::text] LOOP
			IF needed IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute a
				WHERE a.attrelid = relation AND a.attname = needed AND a.attnum > 0 AND NOT a.attisdropped) THEN
				RAISE undefined_column USING MESSAGE = format('%s: %s has no column "%s"', attribute, relation, needed),
					HINT = 'Attributes are columns of the relation; person_column and at_column name the others.';
			END IF;
		END LOOP;
		columns := columns || format(', intent.%I(r.%I%s) AS %I', rule, attribute, ', r.' || quote_ident(by_column), attribute);
	END LOOP;
	-- with the rights of who reads it, not of who made it
	EXECUTE format('CREATE VIEW %I.%I WITH (security_invoker = true) AS SELECT intent.person_now(r.%I) AS person%s FROM %s r WHERE intent.person_now(r.%I) IS NOT NULL GROUP BY 1',
		parts[1], parts[2], person_column, columns, relation, person_column);
	RETURN format('%I.%I', parts[1], parts[2])::regclass;
END $$;
COMMENT ON FUNCTION create_golden_record(text, regclass, jsonb, name, name) IS
'Makes a view with one row a person from a relation with many: person, by the merges of today, and each attribute of rules by the rule it has: latest and oldest by at_column, most_frequent, or {"preferred": "column"}, by a column of integers of which the smallest wins (the priority of a source). The relation has the person of each row in person_column, such as observe or person_of gave it, at any time; rows of persons that were erased are left out. The view belongs to the caller and reads with the rights of whom it serves. Columns that are not there are error 42703, wrong rules or names 22023. See docs/guide-identity-graph.md. Example: SELECT intent.create_golden_record(''public.golden'', ''intent.consent'', ''{"purpose": "latest", "channel": "most_frequent"}'', at_column => ''recorded_at'') IS NOT NULL AS made;';
