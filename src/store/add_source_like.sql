-- add_source_like: ready mappings for the usual tables

CREATE FUNCTION source_template(template text, relation regclass, columns jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- Of each part the columns that usually hold it; the first that the relation has is taken.
	people constant jsonb := '{"user_id": ["user_id", "uid", "account_id", "login"], "customer_id": ["customer_id", "customer", "client_id"],
		"loyalty_id": ["loyalty_id", "loyalty_number"], "email": ["email", "email_address", "customer_email", "mail"],
		"phone": ["phone", "phone_number", "caller", "mobile"], "cookie": ["cookie", "cookie_id", "visitor_id"],
		"anonymous_id": ["anonymous_id"], "advertising_id": ["advertising_id"], "device_id": ["device_id", "device"]}';
	-- {part} in an expression is the column found for it; without one the part behind the bar holds.
	templates constant jsonb := $json${
		"order": {"parts": {"time": ["ordered_at", "order_date", "placed_at", "purchased_at", "occurred_at", "created_at"], "status": ["status", "order_status", "state"],
				"amount": ["total", "total_amount", "amount", "order_value", "grand_total", "revenue", "price"], "row": ["order_id", "order_number", "id"]},
			"event": ["CASE WHEN lower({status}::text) IN ('cancelled', 'canceled') THEN 'order_cancelled' WHEN lower({status}::text) IN ('returned', 'refunded') THEN 'order_returned' ELSE 'purchase' END", "'purchase'"],
			"channel": ["'shop'"], "value": ["{amount}"]},
		"call": {"parts": {"time": ["started_at", "call_time", "called_at", "start_time", "occurred_at", "created_at"], "topic": ["topic", "reason", "subject", "category"],
				"amount": ["duration_seconds", "duration", "seconds"], "row": ["call_id", "id"]},
			"event": ["coalesce({topic}::text, 'call')", "'call'"], "channel": ["'call'"], "value": ["{amount}"]},
		"delivery": {"parts": {"time": ["status_at", "event_time", "delivered_at", "occurred_at", "updated_at", "created_at"], "status": ["status", "event", "state"],
				"row": ["delivery_event_id", "event_id", "id"]},
			"event": ["'delivery_' || lower({status}::text)", "'delivery'"], "channel": ["'delivery'"]},
		"nps": {"parts": {"time": ["answered_at", "responded_at", "submitted_at", "occurred_at", "created_at"], "amount": ["score", "rating", "answer", "nps"], "row": ["response_id", "survey_id", "id"]},
			"event": ["CASE WHEN {amount} >= 9 THEN 'nps_promoter' WHEN {amount} >= 7 THEN 'nps_passive' WHEN {amount} >= 0 THEN 'nps_detractor' END"],
			"channel": ["'survey'"], "value": ["{amount}"], "kind": "solicited"},
		"csat": {"parts": {"time": ["answered_at", "responded_at", "submitted_at", "occurred_at", "created_at"], "amount": ["score", "rating", "answer", "csat"], "row": ["response_id", "survey_id", "id"]},
			"event": ["CASE WHEN {amount} >= 4 THEN 'csat_satisfied' WHEN {amount} >= 3 THEN 'csat_neutral' WHEN {amount} >= 1 THEN 'csat_dissatisfied' END"],
			"channel": ["'survey'"], "value": ["{amount}"], "kind": "solicited"},
		"ces": {"parts": {"time": ["answered_at", "responded_at", "submitted_at", "occurred_at", "created_at"], "amount": ["score", "rating", "answer", "ces"], "row": ["response_id", "survey_id", "id"]},
			"event": ["CASE WHEN {amount} >= 5 THEN 'ces_easy' WHEN {amount} >= 4 THEN 'ces_neutral' WHEN {amount} >= 1 THEN 'ces_hard' END"],
			"channel": ["'survey'"], "value": ["{amount}"], "kind": "solicited"},
		"chat": {"parts": {"time": ["sent_at", "started_at", "occurred_at", "created_at"], "topic": ["topic", "intent", "category"], "row": ["message_id", "chat_id", "id"]},
			"event": ["coalesce({topic}::text, 'message')", "'message'"], "channel": ["'chat'"]},
		"social": {"parts": {"time": ["posted_at", "published_at", "occurred_at", "created_at"], "topic": ["type", "kind", "topic"], "where": ["platform", "network"], "row": ["post_id", "id"]},
			"event": ["coalesce({topic}::text, 'post')", "'post'"], "channel": ["coalesce({where}::text, 'social')", "'social'"]},
		"web": {"parts": {"time": ["occurred_at", "event_time", "timestamp", "ts", "at", "visited_at", "created_at"], "topic": ["event", "event_name", "action", "page_type"],
				"amount": ["value", "revenue"], "row": ["event_id", "hit_id", "id"]},
			"event": ["{topic}", "'view'"], "channel": ["'web'"], "value": ["{amount}"]}}$json$;
	spec constant jsonb := templates -> template;
	given constant jsonb := coalesce(columns, '{}');
	parts jsonb := '{}';
	who jsonb := '{}';
	mapping jsonb := '{}';
	part text; candidates jsonb; chosen text; form text;
BEGIN
	IF spec IS NULL THEN
		RAISE undefined_object USING MESSAGE = format('there is no template %s', coalesce('"' || template || '"', 'NULL')),
			HINT = format('Templates are %s.', (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(templates) k));
	END IF;
	FOR part IN SELECT k FROM jsonb_object_keys(given) k LOOP
		IF NOT spec -> 'parts' ? part AND NOT people ? part THEN
			RAISE invalid_parameter_value USING MESSAGE = format('template "%s" has no part "%s"', template, part),
				HINT = format('Its parts are %s, and identifiers: %s.', (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(spec -> 'parts') k),
					(SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(people) k));
		END IF;
	END LOOP;
	FOR part, candidates IN SELECT e.key, e.value FROM jsonb_each(spec -> 'parts' || people) e LOOP
		SELECT a.attname INTO chosen FROM jsonb_array_elements_text(CASE WHEN given ? part THEN jsonb_build_array(given -> part) ELSE candidates END)
			WITH ORDINALITY c(name, n) JOIN pg_attribute a ON a.attrelid = relation AND a.attname = c.name AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY c.n LIMIT 1;
		IF given ? part AND chosen IS NULL THEN
			RAISE undefined_column USING MESSAGE = format('column "%s" of relation "%s" does not exist', given ->> part, relation),
				HINT = format('It was given for %s of template "%s".', part, template);
		END IF;
		CONTINUE WHEN chosen IS NULL;
		IF people ? part THEN
			who := who || jsonb_build_object(part, quote_ident(chosen));
		ELSE
			parts := parts || jsonb_build_object(part, quote_ident(chosen));
		END IF;
	END LOOP;
	IF NOT parts ? 'time' OR who = '{}' THEN
		RAISE undefined_column USING MESSAGE = format('relation "%s" has no column that template "%s" takes for %s', relation, template,
				CASE WHEN who = '{}' THEN 'an identifier' ELSE 'its time' END),
			HINT = CASE WHEN who = '{}' THEN 'Say which it is: columns => ''{"user_id": "buyer"}''.' ELSE 'Say which it is: columns => ''{"time": "happened_at"}''.' END;
	END IF;
	FOREACH part IN ARRAY ARRAY['event', 'channel', 'value'] LOOP
		FOR form IN SELECT f FROM jsonb_array_elements_text(coalesce(spec -> part, '[]')) f LOOP
			FOR candidates IN SELECT to_jsonb(k) FROM jsonb_object_keys(parts) k LOOP
				form := replace(form, '{' || (candidates #>> '{}') || '}', parts ->> (candidates #>> '{}'));
			END LOOP;
			CONTINUE WHEN form LIKE '%{%';
			mapping := mapping || jsonb_build_object(part, form);
			EXIT;
		END LOOP;
	END LOOP;
	IF NOT mapping ? 'event' THEN
		RAISE undefined_column USING MESSAGE = format('relation "%s" has no column that template "%s" takes for its score', relation, template),
			HINT = 'Say which it is: columns => ''{"amount": "answer_value"}''.';
	END IF;
	RETURN mapping || jsonb_build_object('occurred_at', parts -> 'time', 'ref', parts -> 'row', 'identifiers', who, 'kind', coalesce(spec ->> 'kind', 'passive'));
END $$;
COMMENT ON FUNCTION source_template(text, regclass, jsonb) IS
'How a usual table is read as events: what to give add_source. Templates: order, call, delivery, nps (0 to 10), csat (1 to 5), ces (1 to 7), chat, social, web. Columns are found by the names they usually have; `columns` says which to take where they have others: time, status, topic, amount, row (the ref), where, or a kind of identifiers. An unknown template is error 42704, an unknown part 22023, a column that is not there 42703. Example: SELECT intent.source_template(''web'', ''pg_catalog.pg_stat_activity'', ''{"time": "backend_start", "topic": "backend_type", "user_id": "usesysid"}'');';

CREATE FUNCTION add_source_like(template text, name text, relation regclass, columns jsonb DEFAULT '{}',
	graph text DEFAULT 'default', tenant text DEFAULT '') RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	m constant jsonb := intent.source_template(template, relation, columns);
	-- a row that has several states over time is no ref: then the primary key
	found_ref text := m ->> 'ref';
BEGIN
	IF intent.source_key(relation) IS NOT NULL AND NOT coalesce(columns, '{}') ? 'row' THEN
		found_ref := NULL;
	END IF;
	RETURN intent.add_source(name, relation, m ->> 'occurred_at', m ->> 'event', m -> 'identifiers', m ->> 'channel', m ->> 'value', NULL,
		found_ref, m ->> 'kind', 'event', NULL, graph, tenant);
END $$;
COMMENT ON FUNCTION add_source_like(text, text, regclass, jsonb, text, text) IS
'add_source with what source_template finds; the ref is the primary key if there is one and `columns` does not name a row. Errors of both. Example: SELECT intent.drop_source(''backends'') AS events FROM intent.add_source_like(''web'', ''backends'', ''pg_catalog.pg_stat_activity'', ''{"time": "backend_start", "topic": "backend_type", "user_id": "usesysid", "row": "pid"}'');';
