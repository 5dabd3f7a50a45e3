-- refresh_follow: events follow their person when the identity graph changes

CREATE FUNCTION store_follow(graph bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
DECLARE
	moved bigint := 0;
	persons bigint[];
	s record;
BEGIN
	PERFORM intent.store_scratch();
	PERFORM intent.store_clear('store_news', 'store_renamed', 'store_carrier', 'store_unsure', 'store_asked', 'store_change', 'store_lost');
	WITH gone AS (DELETE FROM intent.graph_change c WHERE c.graph = store_follow.graph RETURNING c.what, c.id)
	INSERT INTO pg_temp.store_news SELECT DISTINCT what, id FROM gone;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	ANALYZE pg_temp.store_news;
	IF EXISTS (SELECT FROM pg_temp.store_news WHERE what = 'rules') THEN
		UPDATE intent.source x SET stale = true WHERE x.graph = store_follow.graph AND x.seen_until IS NOT NULL;
	END IF;

	-- identifiers of another person: their chunks get the other number
	INSERT INTO pg_temp.store_renamed
	SELECT id FROM pg_temp.store_news WHERE what IN ('identifier', 'hub')
	UNION SELECT i.id FROM pg_temp.store_news n JOIN intent.identifier i ON i.profile = n.id WHERE n.what = 'profile';
	ANALYZE pg_temp.store_renamed;
	WITH changed AS (
		SELECT c.anchor, c.source, c.carriers, c.n, c.person AS before, p.person, intent.event_count(c.journey) AS events
		FROM pg_temp.store_renamed r
		JOIN intent.chunk c ON c.anchor = r.id AND c.carriers = '{}'
		JOIN intent.identifier i ON i.id = r.id
		JOIN intent.profile p ON p.id = i.profile
		WHERE c.person <> p.person
	), done AS (
		UPDATE intent.chunk c SET person = x.person FROM changed x
		WHERE c.anchor = x.anchor AND c.source = x.source AND c.carriers = x.carriers AND c.n = x.n
	)
	SELECT coalesce(sum(events), 0), (SELECT array_agg(DISTINCT y.person) FROM (SELECT person FROM changed UNION ALL SELECT before FROM changed) y)
	INTO moved, persons FROM changed;
	IF moved > 0 THEN
		PERFORM intent.store_alone(persons);
	END IF;

	-- events that shared identifiers carry: looked at again where one of those carried somebody else, or somebody more
	INSERT INTO pg_temp.store_carrier
	SELECT id FROM pg_temp.store_news WHERE what = 'carrier'
	UNION SELECT x.carrier FROM pg_temp.store_renamed r JOIN intent.carried x ON x.identifier = r.id;
	ANALYZE pg_temp.store_carrier;
	INSERT INTO pg_temp.store_unsure
	SELECT DISTINCT c.source, c.anchor, c.carriers, c.n
	FROM pg_temp.store_carrier x JOIN intent.chunk c ON c.carriers @> ARRAY[x.id] AND c.carriers <> '{}';
	ANALYZE pg_temp.store_unsure;
	INSERT INTO pg_temp.store_asked SELECT DISTINCT carriers FROM pg_temp.store_unsure;
	PERFORM intent.store_sure();
	INSERT INTO pg_temp.store_change
	WITH placed AS (
		SELECT c.source, c.tenant, c.daily, c.anchor AS before, c.carriers, r.*,
			coalesce(s.always, intent.graph_attribute(c.carriers, r.occurred_at), 0) AS after
		FROM pg_temp.store_unsure u
		JOIN intent.chunk c ON c.anchor = u.anchor AND c.source = u.source AND c.carriers = u.carriers AND c.n = u.n
		JOIN pg_temp.store_carried s ON s.carriers = c.carriers
		CROSS JOIN LATERAL intent.journey_rows(c.journey) r
		WHERE s.always IS DISTINCT FROM c.anchor
	), leaving AS (
		SELECT * FROM placed WHERE before <> after
	)
	SELECT source, tenant, daily, anchor, carriers,
		intent.journey_agg(occurred_at, channel, event, value, recorded_at, ref) FILTER (WHERE NOT comes) AS removed,
		intent.journey_agg(occurred_at, channel, event, value, recorded_at, ref) FILTER (WHERE comes) AS added
	FROM (SELECT l.*, before AS anchor, false AS comes FROM leaving l UNION ALL SELECT l.*, after, true FROM leaving l) x
	GROUP BY source, tenant, daily, anchor, carriers;
	IF FOUND THEN
		moved := moved + (SELECT coalesce(sum(intent.event_count(added)), 0) FROM pg_temp.store_change);
		PERFORM intent.store_apply();
	END IF;

	DELETE FROM intent.score_history h USING pg_temp.store_news n WHERE n.what = 'gone' AND h.person = n.id;
	-- identifiers that name nobody any more, or are gone: what else says whose these events are stands in the source
	WITH gone AS (
		DELETE FROM intent.chunk c USING pg_temp.store_news n
		WHERE n.what IN ('hub', 'gone') AND c.anchor = n.id AND c.carriers = '{}'
		RETURNING c.source, c.person, c.journey
	), carried AS (
		DELETE FROM intent.chunk c USING pg_temp.store_news n
		WHERE n.what = 'gone' AND c.carriers @> ARRAY[n.id] AND c.carriers <> '{}'
		RETURNING c.source, c.person, c.journey
	)
	INSERT INTO pg_temp.store_lost
	SELECT DISTINCT x.source, r.ref, x.person FROM (SELECT * FROM gone UNION ALL SELECT * FROM carried) x
	CROSS JOIN LATERAL intent.journey_rows(x.journey) r;
	IF FOUND THEN
		PERFORM intent.store_alone(array_agg(DISTINCT person)) FROM pg_temp.store_lost;
		FOR s IN SELECT l.source, bool_or(l.ref IS NULL) AS refless FROM pg_temp.store_lost l GROUP BY l.source ORDER BY l.source LOOP
			IF s.refless THEN
				UPDATE intent.source x SET stale = true WHERE x.id = s.source;
			ELSE
				-- as the rows were before what waits in the inbox, both of one snapshot
				PERFORM intent.store_clear('store_given');
				INSERT INTO pg_temp.store_given (set, identifiers, n, refless, came)
				SELECT row_number() OVER (), g.* FROM (
					SELECT identifiers, count(*), false, intent.journey_agg(occurred_at, channel, event, value, recorded_at, ref)
					FROM (SELECT occurred_at, channel, event, value, recorded_at, ref, identifiers
						FROM (SELECT r.*, 1 AS n FROM intent.source_rows(s.source, '-infinity', 'infinity') r
							UNION ALL SELECT i.occurred_at, i.channel, i.event, i.value, i.recorded_at, i.ref, i.identifiers, -i.sign
							FROM intent.inbox i WHERE i.source = s.source AND i.sign <> 0) x
						WHERE x.ref IN (SELECT l.ref FROM pg_temp.store_lost l WHERE l.source = s.source)
						GROUP BY occurred_at, channel, event, value, recorded_at, ref, identifiers HAVING sum(n) > 0) x
					GROUP BY identifiers) g;
				PERFORM intent.store_place(s.source);
				PERFORM intent.store_put(s.source);
			END IF;
		END LOOP;
	END IF;
	RETURN moved;
END $$;
COMMENT ON FUNCTION store_follow(bigint) IS
'Brings the stored journeys of a graph up to what changed in it since the last time: the chunks of identifiers that are another person''s get that number, events that only shared identifiers carry go to whom they carry now, and events of identifiers that became hubs or were erased are read from their source again. Gives the number of events that changed their person. A part of refresh. Cost grows with the events that may move, not with those that are stored. Example: SELECT intent.store_follow(intent.graph_named(''default''));';

CREATE FUNCTION store_put(source bigint, taking boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
#variable_conflict use_column
BEGIN
	PERFORM intent.store_clear('store_change');
	INSERT INTO pg_temp.store_change
	SELECT s.id AS source, s.tenant, s.grain = 'day' AS daily, p.anchor, p.carriers, p.removed, p.added
	FROM (SELECT anchor, carriers, intent.journey_merge(went) AS removed, intent.journey_merge(came) FILTER (WHERE taking) AS added
		FROM pg_temp.store_placed WHERE anchor IS NOT NULL AND (went IS NOT NULL OR taking AND came IS NOT NULL)
		GROUP BY anchor, carriers) p
	JOIN intent.source s ON s.id = store_put.source;
	PERFORM intent.store_apply();
END $$;
COMMENT ON FUNCTION store_put(bigint, boolean) IS
'Takes the events that went by the temporary table store_placed out of the chunks of a source, and, if `taking`, puts those that came into them. A part of refresh. Example: SELECT intent.store_put(1) WHERE false;';
