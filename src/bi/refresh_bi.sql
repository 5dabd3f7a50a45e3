-- views for dashboards: bringing them up to date

CREATE FUNCTION refresh_bi(as_of timestamptz DEFAULT NULL, days int DEFAULT 28, time_zone text DEFAULT 'UTC', depth int DEFAULT 6) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET work_mem = '64MB' SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	until constant timestamptz := coalesce(refresh_bi.as_of, clock_timestamp());
	zone constant text := refresh_bi.time_zone;
	today constant date := (until AT TIME ZONE zone)::date;
	began constant timestamptz := clock_timestamp();
	cut regclass;
	people bigint;
	m record;
BEGIN
	IF days IS NULL OR days < 1 OR days > 3660 THEN
		RAISE invalid_parameter_value USING MESSAGE = format('days must be from 1 to 3660, not %s', coalesce(days::text, 'NULL')),
			HINT = 'Say for how many days intents shall be scored back, for example 28.';
	ELSIF depth IS NULL OR depth < 1 OR depth > 100 THEN
		RAISE invalid_parameter_value USING MESSAGE = format('depth must be from 1 to 100, not %s', coalesce(depth::text, 'NULL')),
			HINT = 'Say how many steps of a session the paths shall have, for example 6.';
	ELSIF NOT isfinite(until) THEN
		RAISE invalid_parameter_value USING MESSAGE = format('as_of must be finite, not %s', until), HINT = 'Leave it out for now.';
	END IF;
	PERFORM intent.setup_bi();
	-- one at a time, and whole: what a role cannot see would be missing for all
	PERFORM pg_advisory_xact_lock(1768844898);
	SELECT x.r INTO cut FROM (VALUES ('intent.chunk'::regclass), ('intent.bi_person'), ('intent.model')) x(r) WHERE row_security_active(x.r) LIMIT 1;
	IF cut IS NOT NULL THEN
		RAISE insufficient_privilege USING MESSAGE = format('row security hides rows of "%s" from role "%s"', cut, current_user),
			HINT = 'Refresh as the owner of the tables or a role with BYPASSRLS; everybody else reads.';
	END IF;

	DELETE FROM intent.bi_person;
	DELETE FROM intent.bi_score;
	DELETE FROM intent.bi_intent_daily;
	DELETE FROM intent.bi_step_daily;
	DELETE FROM intent.bi_session_daily;
	DELETE FROM intent.bi_edge;
	DELETE FROM intent.bi_segment_daily;
	DELETE FROM intent.bi_funnel_step;
	DELETE FROM intent.bi_quality;
	DELETE FROM intent.bi_identity;

	-- as other work on all rows; the clause above gives back what was set before
	PERFORM set_config('work_mem', current_setting('maintenance_work_mem'), true);

	-- the journeys up to then, once
	CREATE TEMP TABLE bi_journey ON COMMIT DROP AS
	SELECT j.tenant, j.person, intent.as_of(j.journey, until) AS journey FROM intent.person_journey j WHERE intent.starts_at(j.journey) <= until;
	ANALYZE pg_temp.bi_journey;

	INSERT INTO intent.bi_person
	SELECT j.tenant, j.person, EXISTS (SELECT FROM intent.profile p WHERE p.person = j.person), intent.event_count(j.journey), intent.session_count(j.journey),
		(SELECT count(*) FROM unnest(intent.channels(j.journey)) c WHERE c <> ''), intent.starts_at(j.journey), intent.ends_at(j.journey),
		last.channel, last.event, until, began
	FROM pg_temp.bi_journey j
	CROSS JOIN LATERAL (SELECT t.channel, t.event FROM intent.touchpoints(intent.slice(j.journey, tstzrange(intent.ends_at(j.journey), NULL))) t ORDER BY t.n DESC LIMIT 1) last;
	GET DIAGNOSTICS people = ROW_COUNT;

	-- a tenant's own champion of a name, else that of everybody
	FOR m IN SELECT DISTINCT ON (t.tenant, m.name) t.tenant, m.id, m.name, m.version, intent.unpacked(m.scorecard) AS card, intent.unpacked(m.reference) AS reference
		FROM (SELECT DISTINCT j.tenant FROM pg_temp.bi_journey j) t
		JOIN intent.model m ON m.tenant IN ('', t.tenant) AND m.state = 'champion' AND m.scorecard IS NOT NULL
		ORDER BY t.tenant, m.name, m.tenant = t.tenant DESC
	LOOP
		INSERT INTO intent.bi_score
		SELECT j.tenant, j.person, m.id, m.name, m.version, i.intent, i.parent, i.probability, i.percentile, i.momentary, i.overarching, i.divergence,
			i.evidence, i.stage, i.confidence, i.status, i.reasons[1], i.reasons[2], i.reasons[3], until, began
		FROM pg_temp.bi_journey j
		CROSS JOIN LATERAL intent.intents_of(j.journey, m.card, until, reference => m.reference) i
		WHERE j.tenant = m.tenant;

		-- at the end of each day, whatever was known of it
		INSERT INTO intent.bi_intent_daily
		SELECT j.tenant, d.day::timestamp AT TIME ZONE zone, m.id, m.name, m.version, s.intent, count(*), avg(s.probability), stddev_samp(s.probability), until, began
		FROM (SELECT today - n AS day FROM generate_series(0, days - 1) n) d
		CROSS JOIN LATERAL (SELECT least(until, (d.day + 1)::timestamp AT TIME ZONE zone - interval '1 us') AS ends) e
		JOIN pg_temp.bi_journey j ON j.tenant = m.tenant AND intent.starts_at(j.journey) <= e.ends
		CROSS JOIN LATERAL unnest(intent.scorecard_intents(m.card), intent.score_array(j.journey, m.card, e.ends)) s(intent, probability)
		GROUP BY j.tenant, d.day, s.intent;
	END LOOP;

	CREATE TEMP TABLE bi_day ON COMMIT DROP AS
	SELECT j.tenant, j.person, (t.occurred_at AT TIME ZONE zone)::date AS day, coalesce(t.channel, '') AS channel, t.event, count(*) AS events, sum(t.value) AS value
	FROM pg_temp.bi_journey j CROSS JOIN LATERAL intent.touchpoints(j.journey) t
	GROUP BY j.tenant, j.person, 3, 4, t.event;
	ANALYZE pg_temp.bi_day;

	INSERT INTO intent.bi_step_daily
	SELECT d.tenant, d.day::timestamp AT TIME ZONE zone, d.channel, d.event, sum(d.events), count(*), a.n, sum(d.value), until, began
	FROM pg_temp.bi_day d
	JOIN (SELECT x.tenant, x.day, count(*) AS n FROM (SELECT DISTINCT tenant, person, day FROM pg_temp.bi_day) x GROUP BY x.tenant, x.day) a ON a.tenant = d.tenant AND a.day = d.day
	GROUP BY d.tenant, d.day, d.channel, d.event, a.n;

	INSERT INTO intent.bi_session_daily
	SELECT x.tenant, x.day::timestamp AT TIME ZONE zone, sum(x.sessions), count(*), sum(x.events), sum(x.single), sum(x.seconds), until, began
	FROM (SELECT j.tenant, j.person, (intent.starts_at(s.journey) AT TIME ZONE zone)::date AS day, count(*) AS sessions, sum(intent.event_count(s.journey)) AS events,
			count(*) FILTER (WHERE intent.event_count(s.journey) = 1) AS single, sum(extract(epoch FROM intent.duration(s.journey)))::float8 AS seconds
		FROM pg_temp.bi_journey j CROSS JOIN LATERAL intent.sessions(j.journey) s
		GROUP BY j.tenant, j.person, 3) x
	GROUP BY x.tenant, x.day;

	INSERT INTO intent.bi_edge
	WITH step AS MATERIALIZED (
		SELECT j.tenant, j.person, s.session, t.n, coalesce(t.channel || ':', '') || t.event AS step, t.occurred_at
		FROM pg_temp.bi_journey j
		CROSS JOIN LATERAL intent.sessions(j.journey) s
		CROSS JOIN LATERAL intent.touchpoints(s.journey) t
		WHERE t.n <= depth + 1
	), edge AS (
		SELECT tenant, person, 0 AS place, '(start)' AS from_step, step AS to_step, NULL::float8 AS seconds FROM step WHERE n = 1
		UNION ALL
		SELECT tenant, person, n, step, coalesce(lead(step) OVER w, '(end)'), extract(epoch FROM lead(occurred_at) OVER w - occurred_at)::float8
		FROM step WINDOW w AS (PARTITION BY person, session ORDER BY n)
	)
	SELECT x.tenant, x.place, x.from_step, x.to_step, sum(x.k), count(*), sum(x.seconds) / nullif(sum(x.timed), 0), until, began
	FROM (SELECT e.tenant, e.person, e.place, e.from_step, e.to_step, count(*) AS k, sum(e.seconds) AS seconds, count(e.seconds) AS timed
		FROM edge e WHERE e.place <= depth GROUP BY e.tenant, e.person, e.place, e.from_step, e.to_step) x
	GROUP BY x.tenant, x.place, x.from_step, x.to_step;

	-- who enters and leaves a segment on which day, added up over the days
	INSERT INTO intent.bi_segment_daily
	WITH active AS (
		SELECT d.tenant, d.person, d.day, first_value(d.day) OVER w AS first, lead(d.day, 1, today + 1) OVER w AS next
		FROM (SELECT DISTINCT tenant, person, day FROM pg_temp.bi_day) d
		WINDOW w AS (PARTITION BY d.tenant, d.person ORDER BY d.day)
	), stay AS (
		SELECT a.tenant, s.segment, greatest(s.enters, today - 364) AS enters, least(s.leaves, today + 1) AS leaves
		FROM active a
		CROSS JOIN LATERAL (VALUES
			('new', a.day, CASE WHEN a.day = a.first THEN a.first + 7 END),
			('active', greatest(a.day, a.first + 7), least(a.day + 7, a.next)),
			('lapsing', greatest(a.day, a.first) + 7, least(a.day + 30, a.next)),
			('dormant', a.day + 30, a.next)) s(segment, enters, leaves)
		WHERE s.enters < s.leaves AND s.leaves > today - 364 AND s.enters <= today
	), change AS (
		SELECT tenant, segment, day, sum(k) AS k FROM (SELECT tenant, segment, enters AS day, 1 AS k FROM stay UNION ALL SELECT tenant, segment, leaves, -1 FROM stay) c
		GROUP BY tenant, segment, day
	), known AS (
		SELECT tenant, greatest(min(first), today - 364) AS first FROM active GROUP BY tenant
	)
	SELECT k.tenant, d.day::date::timestamp AT TIME ZONE zone, s.segment, (sum(coalesce(c.k, 0)) OVER (PARTITION BY k.tenant, s.segment ORDER BY d.day))::bigint, until, began
	FROM known k
	CROSS JOIN LATERAL (SELECT k.first + n AS day FROM generate_series(0, today - k.first) n) d
	CROSS JOIN (VALUES ('new'), ('active'), ('lapsing'), ('dormant')) s(segment)
	LEFT JOIN change c ON c.tenant = k.tenant AND c.segment = s.segment AND c.day = d.day;

	INSERT INTO intent.bi_funnel_step
	SELECT f.tenant, f.name, r.step, r.name, r.entered, r.converted, r.rate, r.rate_low, r.rate_high, r.p50, until, began
	FROM (SELECT j.tenant, p.name, intent.funnel_agg(j.journey, p.pattern) AS state
		FROM intent.funnel_pattern p JOIN pg_temp.bi_journey j ON p.tenant IN ('', j.tenant)
		WHERE p.tenant = j.tenant OR NOT EXISTS (SELECT FROM intent.funnel_pattern o WHERE o.tenant = j.tenant AND o.name = p.name)
		GROUP BY j.tenant, p.tenant, p.name) f
	CROSS JOIN LATERAL intent.funnel_report(f.state) r;

	INSERT INTO intent.bi_quality
	SELECT s.tenant, s.name, q.check_name, q.severity, q.n, q.share, q.sample, until, began
	FROM intent.source s CROSS JOIN LATERAL intent.check_quality(s.name) q;

	INSERT INTO intent.bi_identity
	SELECT g.tenant, g.name, h.measure, h.subject, h.n, until, began
	FROM intent.graph g CROSS JOIN LATERAL intent.health(g.name) h;

	DROP TABLE pg_temp.bi_journey, pg_temp.bi_day;
	RETURN people;
END $$;
COMMENT ON FUNCTION refresh_bi(timestamptz, int, text, int) IS
'Fills what the views of intent_bi read, from the stored journeys as of an instant (the clock, unless given): people and their intents by the live scorecards, steps, sessions, paths up to a depth of so many steps, segments, funnels, and mean intents of the last days, whose days begin at midnight in a time zone. All in one transaction, so that a dashboard sees one instant in all its parts; gives the number of people. One refresh runs at a time. Needs a role whose rows row security does not hide, else error 42501; days beyond 1 to 3660, a depth beyond 1 to 100 and an infinite time are error 22023. Cost grows with the events, and with people x days. Example: SELECT intent.refresh_bi(as_of => ''2026-03-10Z'') >= 0 AS refreshed;';
