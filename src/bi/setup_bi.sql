-- views for dashboards: what they read, and the schema intent_bi in front of it

CREATE FUNCTION setup_bi() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	of_view text; of_column text; says text;
BEGIN
	PERFORM intent.setup_registry();
	PERFORM intent.setup_store();
	IF to_regclass('intent.bi_person') IS NOT NULL THEN
		RETURN;
	END IF;

	-- ----- what refresh_bi() writes: rows of all people as of one instant -----

	CREATE TABLE intent.bi_person (
		tenant text NOT NULL DEFAULT '', person bigint PRIMARY KEY, identified boolean NOT NULL, events bigint NOT NULL, sessions bigint NOT NULL,
		channels bigint NOT NULL, first_seen timestamptz NOT NULL, last_seen timestamptz NOT NULL, last_channel text, last_event text NOT NULL,
		as_of timestamptz NOT NULL, refreshed_at timestamptz NOT NULL
	);
	CREATE TABLE intent.bi_score (
		tenant text NOT NULL DEFAULT '', person bigint NOT NULL, model bigint NOT NULL, model_name text NOT NULL, version bigint NOT NULL,
		intent text NOT NULL, parent text, probability float8, percentile float8, momentary float8, overarching float8, divergence float8,
		evidence numeric, stage text NOT NULL, confidence float8 NOT NULL, status text NOT NULL, reason_1 text, reason_2 text, reason_3 text,
		as_of timestamptz NOT NULL, refreshed_at timestamptz NOT NULL, PRIMARY KEY (person, model, intent)
	);
	CREATE TABLE intent.bi_intent_daily (
		tenant text NOT NULL DEFAULT '', "time" timestamptz NOT NULL, model bigint NOT NULL, model_name text NOT NULL, version bigint NOT NULL,
		intent text NOT NULL, n bigint NOT NULL, probability float8 NOT NULL, deviation float8, as_of timestamptz NOT NULL, refreshed_at timestamptz NOT NULL,
		PRIMARY KEY (tenant, model, intent, "time")
	);
	CREATE TABLE intent.bi_step_daily (
		tenant text NOT NULL DEFAULT '', "time" timestamptz NOT NULL, channel text NOT NULL, event text NOT NULL, events bigint NOT NULL, persons bigint NOT NULL,
		active bigint NOT NULL, value float8, as_of timestamptz NOT NULL, refreshed_at timestamptz NOT NULL, PRIMARY KEY (tenant, "time", channel, event)
	);
	CREATE TABLE intent.bi_session_daily (
		tenant text NOT NULL DEFAULT '', "time" timestamptz NOT NULL, sessions bigint NOT NULL, persons bigint NOT NULL, events bigint NOT NULL,
		single bigint NOT NULL, seconds float8 NOT NULL, as_of timestamptz NOT NULL, refreshed_at timestamptz NOT NULL, PRIMARY KEY (tenant, "time")
	);
	CREATE TABLE intent.bi_edge (
		tenant text NOT NULL DEFAULT '', place bigint NOT NULL, from_step text NOT NULL, to_step text NOT NULL, k bigint NOT NULL,
		persons bigint NOT NULL, seconds float8, as_of timestamptz NOT NULL, refreshed_at timestamptz NOT NULL, PRIMARY KEY (tenant, place, from_step, to_step)
	);
	CREATE TABLE intent.bi_segment_daily (
		tenant text NOT NULL DEFAULT '', "time" timestamptz NOT NULL, segment text NOT NULL, persons bigint NOT NULL,
		as_of timestamptz NOT NULL, refreshed_at timestamptz NOT NULL, PRIMARY KEY (tenant, "time", segment)
	);
	CREATE TABLE intent.bi_funnel_step (
		tenant text NOT NULL DEFAULT '', funnel text NOT NULL, step bigint NOT NULL, name text NOT NULL, entered bigint NOT NULL, converted bigint NOT NULL,
		rate float8, rate_low float8, rate_high float8, seconds_p50 float8, as_of timestamptz NOT NULL, refreshed_at timestamptz NOT NULL,
		PRIMARY KEY (tenant, funnel, step)
	);
	CREATE TABLE intent.bi_quality (
		tenant text NOT NULL DEFAULT '', source text NOT NULL, check_name text NOT NULL, severity text NOT NULL, n bigint, share float8, sample text,
		as_of timestamptz NOT NULL, refreshed_at timestamptz NOT NULL
	);
	CREATE TABLE intent.bi_identity (
		tenant text NOT NULL DEFAULT '', graph text NOT NULL, measure text NOT NULL, subject text NOT NULL, n bigint NOT NULL,
		as_of timestamptz NOT NULL, refreshed_at timestamptz NOT NULL
	);

	-- what people say to it
	CREATE TABLE intent.funnel_pattern (
		tenant text NOT NULL DEFAULT '', name text NOT NULL CHECK (name <> ''), pattern intent.jpattern NOT NULL, note text,
		PRIMARY KEY (tenant, name)
	);
	COMMENT ON TABLE intent.funnel_pattern IS 'Funnels that intent_bi.funnel_step shows, by tenant and name: rows are yours to write';

	FOR of_view, says IN VALUES ('bi_person', 'intent_bi.person_today'), ('bi_score', 'intent_bi.intent_score_long'), ('bi_intent_daily', 'intent_bi.timeseries_long'),
		('bi_step_daily', 'intent_bi.journey_step_daily and channel_mix'), ('bi_session_daily', 'intent_bi.session_daily'), ('bi_edge', 'intent_bi.journey_path_edge'),
		('bi_segment_daily', 'intent_bi.segment_size_daily'), ('bi_funnel_step', 'intent_bi.funnel_step'), ('bi_quality', 'intent_bi.data_quality'),
		('bi_identity', 'intent_bi.identity_health') LOOP
		EXECUTE format('COMMENT ON TABLE intent.%I IS %L', of_view, 'Written by intent.refresh_bi(), read by ' || says);
		EXECUTE format('SELECT intent.setup_tenants(%L)', of_view);
	END LOOP;
	PERFORM intent.setup_tenants('funnel_pattern');

	-- ----- what dashboards read -----

	CREATE SCHEMA IF NOT EXISTS intent_bi;
	COMMENT ON SCHEMA intent_bi IS 'Views of intent for dashboards: one grain each, plain types, a comment on every column';

	CREATE VIEW intent_bi.intent_score_long WITH (security_invoker = true) AS
	SELECT tenant, person, model_name, version, intent, parent, probability, percentile, momentary, overarching, divergence, evidence, stage, confidence,
		status, reason_1, reason_2, reason_3, as_of, refreshed_at
	FROM intent.bi_score;

	CREATE VIEW intent_bi.person_today WITH (security_invoker = true) AS
	SELECT p.tenant, p.person, p.identified, p.events, p.sessions, p.channels, p.first_seen, p.last_seen,
		extract(epoch FROM p.as_of - p.last_seen)::float8 / 86400 AS days_since_last, p.last_channel, p.last_event,
		t.model_name, t.version, t.intent AS top_intent, t.probability, t.percentile, t.momentary, t.divergence, t.stage, t.status, t.reason_1, t.reason_2, t.reason_3,
		p.as_of, p.refreshed_at
	FROM intent.bi_person p
	LEFT JOIN LATERAL (SELECT s.* FROM intent.bi_score s WHERE s.person = p.person AND s.parent IS NULL
		ORDER BY s.probability DESC NULLS LAST, s.model_name COLLATE "C", s.intent COLLATE "C" LIMIT 1) t ON true;

	CREATE VIEW intent_bi.intent_divergence WITH (security_invoker = true) AS
	SELECT tenant, person, model_name, version, intent, momentary, overarching, divergence, stage, as_of, refreshed_at
	FROM intent.bi_score WHERE momentary IS NOT NULL;

	CREATE VIEW intent_bi.journey_step_daily WITH (security_invoker = true) AS
	SELECT d.tenant, d."time", d.channel, d.event, d.events, d.persons, d.active AS n,
		d.persons::float8 / d.active AS persons_share, i.low AS persons_share_low, i.high AS persons_share_high, d.value, d.as_of, d.refreshed_at
	FROM intent.bi_step_daily d
	CROSS JOIN LATERAL intent.share_interval(d.persons, d.active) i;

	CREATE VIEW intent_bi.journey_path_edge WITH (security_invoker = true) AS
	SELECT e.tenant, e.place, e.from_step, e.to_step, e.k, e.persons, e.n, e.k::float8 / e.n AS share, i.low AS share_low, i.high AS share_high,
		e.seconds, e.as_of, e.refreshed_at
	FROM (SELECT x.*, (sum(x.k) OVER (PARTITION BY x.tenant, x.place, x.from_step))::bigint AS n FROM intent.bi_edge x) e
	CROSS JOIN LATERAL intent.share_interval(e.k, e.n) i;

	CREATE VIEW intent_bi.session_daily WITH (security_invoker = true) AS
	SELECT s.tenant, s."time", s.sessions, s.persons, s.events, s.events::float8 / s.sessions AS events_per_session, s.seconds / s.sessions AS seconds_per_session,
		s.single, s.sessions AS n, s.single::float8 / s.sessions AS single_share, i.low AS single_share_low, i.high AS single_share_high, s.as_of, s.refreshed_at
	FROM intent.bi_session_daily s
	CROSS JOIN LATERAL intent.share_interval(s.single, s.sessions) i;

	CREATE VIEW intent_bi.channel_mix WITH (security_invoker = true) AS
	SELECT c.tenant, c."time", c.channel, c.events, c.n, c.events::float8 / c.n AS share, i.low AS share_low, i.high AS share_high, c.as_of, c.refreshed_at
	FROM (SELECT d.tenant, d."time", d.channel, sum(d.events)::bigint AS events,
			(sum(sum(d.events)) OVER (PARTITION BY d.tenant, d."time"))::bigint AS n, max(d.as_of) AS as_of, max(d.refreshed_at) AS refreshed_at
		FROM intent.bi_step_daily d GROUP BY d.tenant, d."time", d.channel) c
	CROSS JOIN LATERAL intent.share_interval(c.events, c.n) i;

	CREATE VIEW intent_bi.segment_size_daily WITH (security_invoker = true) AS
	SELECT s.tenant, s."time", s.segment, s.persons, s.n, s.persons::float8 / s.n AS share, i.low AS share_low, i.high AS share_high, s.as_of, s.refreshed_at
	FROM (SELECT d.*, (sum(d.persons) OVER (PARTITION BY d.tenant, d."time"))::bigint AS n FROM intent.bi_segment_daily d) s
	CROSS JOIN LATERAL intent.share_interval(s.persons, s.n) i;

	CREATE VIEW intent_bi.funnel_step WITH (security_invoker = true) AS
	SELECT tenant, funnel, step, name, entered AS n, converted, rate, rate_low, rate_high, seconds_p50, as_of, refreshed_at
	FROM intent.bi_funnel_step;

	CREATE VIEW intent_bi.data_quality WITH (security_invoker = true) AS
	SELECT q.tenant, q.source, q.check_name, q.severity, q.n, q.share, i.low AS share_low, i.high AS share_high, q.sample, q.as_of, q.refreshed_at
	FROM intent.bi_quality q
	LEFT JOIN LATERAL intent.share_interval(q.n, round(q.n / nullif(q.share, 0))::bigint) i ON true;

	CREATE VIEW intent_bi.identity_health WITH (security_invoker = true) AS
	SELECT tenant, graph, measure, subject, n, as_of, refreshed_at FROM intent.bi_identity;

	CREATE VIEW intent_bi.freshness WITH (security_invoker = true) AS
	SELECT s.tenant, 'source'::text AS kind, s.name, s.refreshed_at, s.seen_until, extract(epoch FROM clock_timestamp() - s.refreshed_at)::float8 AS seconds_behind,
		s.watched, r.state, r.added, r.removed, r.moved, clock_timestamp() AS as_of
	FROM intent.source s
	LEFT JOIN LATERAL (SELECT x.* FROM intent.refresh_run x WHERE x.source = s.id ORDER BY x.id DESC LIMIT 1) r ON true
	UNION ALL
	SELECT p.tenant, 'dashboard', 'intent_bi', max(p.refreshed_at), max(p.as_of), extract(epoch FROM clock_timestamp() - max(p.refreshed_at))::float8,
		false, 'done', count(*), NULL, NULL, clock_timestamp()
	FROM intent.bi_person p GROUP BY p.tenant;

	CREATE VIEW intent_bi.timeseries_long WITH (security_invoker = true) AS
	SELECT tenant, "time", 'events'::text AS metric, ''::text AS dimension, events::float8 AS value, events AS n, NULL::float8 AS value_low, NULL::float8 AS value_high, as_of, refreshed_at
	FROM intent.bi_session_daily
	UNION ALL
	SELECT tenant, "time", 'sessions', '', sessions::float8, sessions, NULL, NULL, as_of, refreshed_at FROM intent.bi_session_daily
	UNION ALL
	SELECT tenant, "time", 'persons', '', persons::float8, persons, NULL, NULL, as_of, refreshed_at FROM intent.bi_session_daily
	UNION ALL
	SELECT tenant, "time", 'single-event sessions', '', single_share, n, single_share_low, single_share_high, as_of, refreshed_at FROM intent_bi.session_daily
	UNION ALL
	SELECT tenant, "time", 'share of channel', channel, share, n, share_low, share_high, as_of, refreshed_at FROM intent_bi.channel_mix
	UNION ALL
	SELECT tenant, "time", 'size of segment', segment, persons::float8, n, NULL, NULL, as_of, refreshed_at FROM intent_bi.segment_size_daily
	UNION ALL
	SELECT tenant, "time", 'intent', model_name || ': ' || intent, probability, n, greatest(0, probability - 1.959963984540054 * deviation / sqrt(n)),
		least(1, probability + 1.959963984540054 * deviation / sqrt(n)), as_of, refreshed_at FROM intent.bi_intent_daily;

	-- of one person: ask with WHERE person =
	CREATE VIEW intent_bi.person_event WITH (security_invoker = true) AS
	SELECT p.tenant, p.person, t.n::bigint AS n, t.occurred_at AS "time", t.channel, t.event, t.value, t.recorded_at, p.as_of, p.refreshed_at
	FROM intent.bi_person p
	JOIN intent.person_journey j ON j.person = p.person AND j.tenant = p.tenant
	CROSS JOIN LATERAL intent.touchpoints(intent.as_of(j.journey, p.as_of)) t;

	CREATE VIEW intent_bi.score_reason WITH (security_invoker = true) AS
	SELECT s.tenant, s.person, s.model_name, s.version, s.intent, e.signal, e.touchpoint, e.n, e.last_seen, e.contribution, s.as_of, s.refreshed_at
	FROM intent.bi_score s
	JOIN intent.model m ON m.id = s.model
	JOIN intent.person_journey j ON j.person = s.person AND j.tenant = s.tenant
	CROSS JOIN LATERAL intent.explain(j.journey, m.scorecard, CASE WHEN s.evidence IS NOT NULL THEN s.intent END, s.as_of) e;

	FOR of_view, says IN VALUES
		('person_today', 'One row per person: how much is known of them, and the intent that is likeliest'),
		('intent_score_long', 'One row per person, model and intent: what intents_of() says by the live model'),
		('intent_divergence', 'One row per person, model and intent in a session that was open at as_of: what this visit says against the whole journey'),
		('journey_step_daily', 'One row per day, channel and event'),
		('journey_path_edge', 'One row per place in a session and step from one event to the next, for the first places; (start) and (end) are steps, too'),
		('session_daily', 'One row per day: sessions that began on it'),
		('channel_mix', 'One row per day and channel: its share of the events'),
		('segment_size_daily', 'One row per day and segment: new (first seen within 7 days), active (last seen within 7 days), lapsing (30 days), dormant, at the end of the day'),
		('funnel_step', 'One row per funnel of intent.funnel_pattern and step'),
		('data_quality', 'One row per source and check that found something'),
		('identity_health', 'One row per identity graph, measure and subject, as intent.health() tells'),
		('freshness', 'One row per source, and one for these views: when each was brought up to date'),
		('timeseries_long', 'One row per day, metric and dimension'),
		('person_event', 'One row per person and event, in order: ask for one person'),
		('score_reason', 'One row per person, model, intent, signal and touchpoint; contributions sum to the evidence: ask for one person') LOOP
		EXECUTE format('COMMENT ON VIEW intent_bi.%I IS %L', of_view, says);
	END LOOP;

	-- by view, or wherever a column has that name
	FOR of_view, of_column, says IN
		SELECT c.relname, a.attname, t.says
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
		CROSS JOIN LATERAL (SELECT v.says FROM (VALUES
			(NULL, 'tenant', 'whose people these are; '''' if there is one owner only'),
			(NULL, 'person', 'the person at the last refresh of the stored journeys; intent.person_now says what it means today'),
			(NULL, 'as_of', 'up to which instant events count'),
			(NULL, 'refreshed_at', 'when the row was made'),
			(NULL, 'time', 'begin of the day, in the time zone that refresh_bi() was given (UTC unless said)'),
			(NULL, 'model_name', 'name of the model in the registry'),
			(NULL, 'version', 'its version, which makes the same scores again at any time'),
			(NULL, 'intent', 'name of the intent'),
			(NULL, 'parent', 'the intent it is a reason of; NULL for one by itself'),
			(NULL, 'probability', 'how likely the intent is, 0 to 1; NULL if there is too little to say'),
			(NULL, 'percentile', 'place among the people of the model''s reference, 0 to 100; NULL without one'),
			(NULL, 'momentary', 'probability from the session open at as_of alone; NULL if none is'),
			(NULL, 'overarching', 'probability from everything up to as_of'),
			(NULL, 'divergence', 'momentary less overarching, in log-odds: above 0, this visit says more than the journey'),
			(NULL, 'evidence', 'log-odds of the intent, exact; NULL for a parent that the model does not have'),
			(NULL, 'stage', 'none, starting, active, pausing or fading, as intents_of() says'),
			(NULL, 'confidence', 'share of the model''s weights whose signals saw anything, 0 to 1'),
			(NULL, 'status', 'ok, no_events, no_signal, no_record_clock or insufficient_data'),
			(NULL, 'reason_1', 'what contributes most, either way, in words'),
			(NULL, 'reason_2', 'what contributes second most'),
			(NULL, 'reason_3', 'what contributes third most'),
			(NULL, 'channel', 'channel; '''' for events without one'),
			(NULL, 'event', 'name of the event'),
			(NULL, 'events', 'how many events'),
			(NULL, 'sessions', 'how many sessions, a gap of more than 30 minutes between two'),
			(NULL, 'persons', 'how many people'),
			(NULL, 'n', 'how many the share or rate is of'),
			(NULL, 'share', 'share of n, 0 to 1'),
			(NULL, 'share_low', 'lower end of its 95 % interval (Wilson)'),
			(NULL, 'share_high', 'upper end of its 95 % interval (Wilson)'),
			('person_today', 'identified', 'is a name, a login or the like known, and not only a device?'),
			('person_today', 'channels', 'how many channels they used'),
			('person_today', 'first_seen', 'their first event'),
			('person_today', 'last_seen', 'their last event'),
			('person_today', 'days_since_last', 'days from that to as_of'),
			('person_today', 'last_channel', 'its channel; NULL if it had none'),
			('person_today', 'last_event', 'its name'),
			('person_today', 'top_intent', 'the likeliest intent of all live models, parents for their reasons; NULL without a model'),
			('journey_step_daily', 'persons', 'how many people had such an event'),
			('journey_step_daily', 'n', 'how many people had any event on the day'),
			('journey_step_daily', 'persons_share', 'persons of n, 0 to 1'),
			('journey_step_daily', 'persons_share_low', 'lower end of its 95 % interval (Wilson)'),
			('journey_step_daily', 'persons_share_high', 'upper end of its 95 % interval (Wilson)'),
			('journey_step_daily', 'value', 'sum of the values; NULL if none had one'),
			('journey_path_edge', 'place', 'place of the step in its session: 0 leads to the first event'),
			('journey_path_edge', 'from_step', 'channel:event that the step begins with, or (start)'),
			('journey_path_edge', 'to_step', 'channel:event that it leads to, or (end)'),
			('journey_path_edge', 'k', 'how often the step was taken'),
			('journey_path_edge', 'persons', 'by how many people'),
			('journey_path_edge', 'n', 'how often any step was taken from from_step at this place'),
			('journey_path_edge', 'share', 'k of n, 0 to 1'),
			('journey_path_edge', 'seconds', 'seconds it took, on average; NULL to (end) and from (start)'),
			('session_daily', 'persons', 'by how many people'),
			('session_daily', 'events', 'how many events they had'),
			('session_daily', 'events_per_session', 'events of a session, on average'),
			('session_daily', 'seconds_per_session', 'seconds from the first to the last event of a session, on average'),
			('session_daily', 'single', 'how many sessions had one event only'),
			('session_daily', 'n', 'how many sessions'),
			('session_daily', 'single_share', 'single of n, 0 to 1'),
			('session_daily', 'single_share_low', 'lower end of its 95 % interval (Wilson)'),
			('session_daily', 'single_share_high', 'upper end of its 95 % interval (Wilson)'),
			('channel_mix', 'n', 'how many events on all channels'),
			('segment_size_daily', 'segment', 'new, active, lapsing or dormant'),
			('segment_size_daily', 'n', 'how many people were known by then'),
			('funnel_step', 'funnel', 'name of the funnel'),
			('funnel_step', 'step', 'number of the step, from 1'),
			('funnel_step', 'name', 'the step in the pattern'),
			('funnel_step', 'n', 'how many people reached the step before; everybody for the first'),
			('funnel_step', 'converted', 'how many of them reached this one'),
			('funnel_step', 'rate', 'converted of n, 0 to 1'),
			('funnel_step', 'rate_low', 'lower end of its 95 % interval (Wilson)'),
			('funnel_step', 'rate_high', 'upper end of its 95 % interval (Wilson)'),
			('funnel_step', 'seconds_p50', 'seconds since the step before, in the middle of those who converted'),
			('data_quality', 'source', 'name of the source'),
			('data_quality', 'check_name', 'what was looked at'),
			('data_quality', 'severity', 'how bad it is'),
			('data_quality', 'n', 'how many rows it concerns'),
			('data_quality', 'share', 'their share of the rows that were looked at'),
			('data_quality', 'sample', 'one of them'),
			('identity_health', 'graph', 'name of the identity graph'),
			('identity_health', 'measure', 'what is counted'),
			('identity_health', 'subject', 'of what: a kind, a size, a reason'),
			('identity_health', 'n', 'how many'),
			('freshness', 'kind', 'source, or dashboard for these views'),
			('freshness', 'name', 'name of the source'),
			('freshness', 'refreshed_at', 'when it was last brought up to date; NULL if never'),
			('freshness', 'seen_until', 'time up to which its events were taken in'),
			('freshness', 'seconds_behind', 'seconds since refreshed_at'),
			('freshness', 'watched', 'are its new rows seen at once, by triggers?'),
			('freshness', 'state', 'running or done: the last refresh'),
			('freshness', 'added', 'events that it added; people, for these views'),
			('freshness', 'removed', 'events that it removed'),
			('freshness', 'moved', 'events that it moved to another person'),
			('freshness', 'as_of', 'when this was asked'),
			('timeseries_long', 'metric', 'what the value is: events, sessions, persons, single-event sessions, share of channel, size of segment, intent (mean probability)'),
			('timeseries_long', 'dimension', 'of which channel, segment, or model and intent; '''' of all'),
			('timeseries_long', 'value', 'the value'),
			('timeseries_long', 'n', 'how many it is of: events, sessions or people'),
			('timeseries_long', 'value_low', 'lower end of its 95 % interval; NULL for counts'),
			('timeseries_long', 'value_high', 'upper end of its 95 % interval; NULL for counts'),
			('person_event', 'n', 'number of the event, from 1'),
			('person_event', 'time', 'when it occurred'),
			('person_event', 'channel', 'its channel; NULL if it had none'),
			('person_event', 'value', 'its value, if it has one'),
			('person_event', 'recorded_at', 'when it was recorded, if the source says'),
			('score_reason', 'signal', 'name of the signal; (base) is what the intent begins with'),
			('score_reason', 'touchpoint', 'which events; NULL if it cannot be split'),
			('score_reason', 'n', 'how many it saw; NULL for the base'),
			('score_reason', 'last_seen', 'the last of them'),
			('score_reason', 'contribution', 'what it adds to the evidence, in log-odds, exact')
			) v(of_view, of_column, says)
			WHERE v.of_column = a.attname AND coalesce(v.of_view, c.relname) = c.relname ORDER BY v.of_view NULLS LAST LIMIT 1) t
		WHERE c.relnamespace = 'intent_bi'::regnamespace AND c.relkind = 'v'
	LOOP
		EXECUTE format('COMMENT ON COLUMN intent_bi.%I.%I IS %L', of_view, of_column, says);
	END LOOP;
END $$;
COMMENT ON FUNCTION setup_bi() IS
'Makes the schema intent_bi with its views for dashboards, and the tables that refresh_bi() fills, where they are not there yet; and the tables of the registry and the store, on which they rest. A part of setup(); needs CREATE on the database. They belong to the caller. See docs/guide-bi.md. Example: SELECT intent.setup_bi();';
