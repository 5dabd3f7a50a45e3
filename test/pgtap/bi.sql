-- The views of intent_bi: what all of them keep to, asked of the catalogue; and their numbers against plain SQL over the events.
BEGIN;
SET LOCAL search_path = public, pg_temp;
SET LOCAL client_min_messages = warning;
SET LOCAL TimeZone = 'America/St_Johns';
SELECT plan(34);

-- ----- events of some weeks, many at midnight and at the limit of a session -----

CREATE FUNCTION pg_temp.draw(n bigint, what text) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(what || n), 1, 7))::bit(28)::int $$;
CREATE TABLE ev (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL, uid text, brand text NOT NULL, channel text, event text NOT NULL, amount float8);
INSERT INTO ev (at, uid, brand, channel, event, amount)
SELECT timestamptz '2026-01-01Z' + (pg_temp.draw(s, 'day') % 80) * interval '24 h' + (pg_temp.draw(s, 'minute') % 48) * interval '30 min' + e * (pg_temp.draw(s, 'gap') % 4) * interval '10 min',
	'u' || s % 23, CASE WHEN s % 23 < 17 THEN '' ELSE 'intent_bi_brand' END, (ARRAY['web', 'app', NULL])[1 + s % 3], (ARRAY['view', 'cart', 'buy', 'complain'])[1 + pg_temp.draw(s * 10 + e, 'event') % 4], nullif(s % 5, 0)
FROM generate_series(1, 150) s, generate_series(0, 4) e WHERE e <= s % 5;
-- a session over midnight, and one that is open
INSERT INTO ev (at, uid, brand, channel, event) VALUES ('2026-02-10 23:50Z', 'u1', '', 'web', 'view'), ('2026-02-11 00:10Z', 'u1', '', 'web', 'cart'),
	('2026-03-22 11:50Z', 'u2', '', 'web', 'view'), ('2026-03-22 11:55Z', 'u3', '', 'app', 'complain');

SELECT intent.setup();
SELECT intent.create_graph('default'), intent.create_graph('theirs', tenant => 'intent_bi_brand');
SELECT intent.add_source('ev', 'public.ev', 'at', 'event', '{"user_id": "uid"}', channel => 'channel', value => 'amount', condition => 'brand = ''''');
SELECT intent.add_source('their ev', 'public.ev', 'at', 'event', '{"user_id": "uid"}', channel => 'channel', value => 'amount', condition => 'brand <> ''''', graph => 'theirs', tenant => 'intent_bi_brand');
SELECT count(*) FROM intent.refresh();
CREATE TABLE card AS SELECT '{"intents": {"purchase": {"base": -3}, "cancel/price": {"base": -4}, "cancel/quality": {"base": -4.5}}, "signals": [
	{"name": "viewing", "touchpoints": ["view"], "measure": "count", "half_life": "2 days", "transform": "log1p", "weights": {"purchase": 0.9, "cancel/price": 0.2}},
	{"name": "complaining", "touchpoints": ["complain"], "measure": "count", "half_life": "14 days", "cap": 3, "weights": {"cancel/quality": 1, "purchase": -0.5}}]}'::intent.scorecard AS card,
	timestamptz '2026-03-22 12:00Z' AS as_of;
SELECT intent.promote_model(intent.register_model('default', card)) FROM card;
SELECT intent.promote_model(intent.register_model('default', '{"intents": {"purchase": {"base": -1}}, "signals": []}'::intent.scorecard, tenant => 'intent_bi_brand'));
INSERT INTO intent.funnel_pattern (name, pattern) VALUES ('purchase', 'view -> cart -> buy within 30 days');
CREATE TABLE refreshed AS SELECT intent.refresh_bi(as_of => as_of) AS people FROM card;

-- ----- what every view keeps to -----

CREATE TABLE lint (n serial, rule text, finds text);
INSERT INTO lint (rule, finds) VALUES
('says its grain', $$SELECT v.relname FROM bi_view v WHERE coalesce(obj_description(v.oid, 'pg_class'), '') !~ '^One row per '$$),
('reads with the rights of who asks', $$SELECT v.relname FROM bi_view v WHERE NOT coalesce(v.reloptions @> '{security_invoker=true}', false)$$),
('belongs to who made it', $$SELECT v.relname FROM bi_view v WHERE v.relowner <> (SELECT oid FROM pg_roles WHERE rolname = current_user)$$),
('is no member of the extension', $$SELECT v.relname FROM bi_view v JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = v.oid AND d.deptype = 'e'$$),
('has a comment on every column', $$SELECT v.relname FROM bi_column v WHERE coalesce(col_description(v.oid, v.attnum), '') = ''$$),
('has plain types only', $$SELECT v.relname FROM bi_column v WHERE v.atttypid NOT IN ('text'::regtype, 'bigint'::regtype, 'float8'::regtype, 'numeric'::regtype, 'boolean'::regtype, 'date'::regtype, 'timestamptz'::regtype)$$),
('says as of when, and when it was made', $$SELECT v.relname FROM bi_view v WHERE (SELECT count(*) FROM bi_column c WHERE c.oid = v.oid AND c.attname IN ('as_of', 'refreshed_at') AND c.atttypid = 'timestamptz'::regtype) < 2$$),
('says whose rows they are', $$SELECT v.relname FROM bi_view v WHERE NOT EXISTS (SELECT FROM bi_column c WHERE c.oid = v.oid AND c.attname = 'tenant')$$),
('shows no rate without n and interval', $$SELECT v.relname FROM bi_column v WHERE v.attname ~ '(^|_)(share|rate)$'
	AND (SELECT count(*) FROM bi_column c WHERE c.oid = v.oid AND c.attname IN ('n', v.attname || '_low', v.attname || '_high')) < 3$$),
('has a time where it is a series', $$SELECT v.relname FROM bi_view v WHERE v.relname ~ '(_daily|^timeseries_.*|^channel_mix|_event)$'
	AND NOT EXISTS (SELECT FROM bi_column c WHERE c.oid = v.oid AND c.attname = 'time' AND c.atttypid = 'timestamptz'::regtype)$$);
CREATE VIEW bi_view AS
SELECT oid, relname::text, relowner, reloptions FROM pg_class WHERE relnamespace = 'intent_bi'::regnamespace AND relkind IN ('v', 'm', 'r');
CREATE VIEW bi_column AS
SELECT v.oid, v.relname, a.attnum, a.attname::text, a.atttypid FROM bi_view v JOIN pg_attribute a ON a.attrelid = v.oid AND a.attnum > 0 AND NOT a.attisdropped;
SELECT is_empty(finds, rule) FROM lint ORDER BY n;
SELECT bag_has('SELECT relname FROM bi_view', $$VALUES ('person_today'), ('intent_score_long'), ('journey_step_daily'), ('journey_path_edge'), ('session_daily'), ('channel_mix'),
	('intent_divergence'), ('data_quality'), ('freshness'), ('segment_size_daily'), ('timeseries_long')$$, 'all that were promised');

-- ----- numbers -----

CREATE FUNCTION pg_temp.same_rows(a text, b text, name text) RETURNS text LANGUAGE sql AS
$$ SELECT is_empty(format('((%1$s) EXCEPT ALL (%2$s)) UNION ALL ((%2$s) EXCEPT ALL (%1$s))', a, b), name) $$;

CREATE VIEW sure AS
SELECT e.*, intent.person('user_id', e.uid, CASE WHEN brand = '' THEN 'default' ELSE 'theirs' END) AS person FROM ev e;
CREATE TABLE event AS
SELECT s.person, s.brand AS tenant, s.at, s.channel, s.event, s.amount, (s.at AT TIME ZONE 'UTC')::date AS day,
	row_number() OVER w AS place, coalesce(s.at - lag(s.at) OVER w > interval '30 min', true) AS opens
FROM sure s WINDOW w AS (PARTITION BY s.brand, s.uid ORDER BY s.at, s.id);
-- of one instant, the journey decides
UPDATE event e SET channel = t.channel, event = t.event, amount = t.value
FROM intent.person_journey j, intent.touchpoints(j.journey) t WHERE j.person = e.person AND t.n = e.place;
CREATE TABLE session AS
SELECT *, sum(opens::int) OVER (PARTITION BY person ORDER BY place) AS session FROM event;
SELECT is((SELECT people::int FROM refreshed), (SELECT count(DISTINCT person)::int FROM event), 'everybody is there');

SELECT pg_temp.same_rows($$SELECT tenant, person, events, sessions, channels, first_seen, last_seen FROM intent_bi.person_today$$,
	$$SELECT tenant, person, count(*), max(session)::bigint, count(DISTINCT channel), min(at), max(at) FROM session GROUP BY tenant, person$$, 'person_today');
SELECT is_empty($$SELECT FROM intent_bi.person_today p JOIN (SELECT DISTINCT ON (person) * FROM session ORDER BY person, place DESC) s USING (person)
	WHERE (p.last_channel, p.last_event) IS DISTINCT FROM (s.channel, s.event)$$, 'with the last event');
SELECT pg_temp.same_rows($$SELECT tenant, "time", channel, event, events, persons, n, value FROM intent_bi.journey_step_daily$$,
	$$SELECT e.tenant, e.day::timestamp AT TIME ZONE 'UTC', coalesce(channel, ''), event, count(*), count(DISTINCT person), a.n, sum(amount)
		FROM event e JOIN (SELECT tenant, day, count(DISTINCT person) AS n FROM event GROUP BY tenant, day) a USING (tenant, day) GROUP BY e.tenant, e.day, 3, event, a.n$$, 'journey_step_daily');
SELECT pg_temp.same_rows($$SELECT tenant, "time", sessions, persons, events, single, round(seconds_per_session::numeric, 6) FROM intent_bi.session_daily$$,
	$$SELECT tenant, day::timestamp AT TIME ZONE 'UTC', count(*), count(DISTINCT person), sum(n)::bigint, count(*) FILTER (WHERE n = 1), round(avg(extract(epoch FROM took)), 6)
		FROM (SELECT tenant, person, session, min(day) AS day, count(*) AS n, max(at) - min(at) AS took FROM session GROUP BY tenant, person, session) s GROUP BY tenant, day$$, 'session_daily');
SELECT pg_temp.same_rows($$SELECT tenant, place, from_step, to_step, k, persons, n, round(seconds::numeric, 6) FROM intent_bi.journey_path_edge$$,
	$$WITH step AS (
		SELECT tenant, person, session, 0 AS place, '(start)' AS step, NULL::timestamptz AS at FROM session GROUP BY tenant, person, session
		UNION ALL SELECT tenant, person, session, row_number() OVER (PARTITION BY person, session ORDER BY place), coalesce(channel || ':', '') || event, at FROM session
	), edge AS (
		SELECT tenant, person, place, step AS from_step, coalesce(lead(step) OVER w, '(end)') AS to_step, extract(epoch FROM lead(at) OVER w - at) AS seconds
		FROM step WINDOW w AS (PARTITION BY person, session ORDER BY place)
	)
	SELECT tenant, place, from_step, to_step, count(*), count(DISTINCT person), (sum(count(*)) OVER (PARTITION BY tenant, place, from_step))::bigint, round(avg(seconds), 6)
	FROM edge WHERE place <= 6 GROUP BY tenant, place, from_step, to_step$$, 'journey_path_edge');
SELECT pg_temp.same_rows($$SELECT tenant, "time", channel, events, n FROM intent_bi.channel_mix$$,
	$$SELECT tenant, day::timestamp AT TIME ZONE 'UTC', coalesce(channel, ''), count(*), (sum(count(*)) OVER (PARTITION BY tenant, day))::bigint FROM event GROUP BY tenant, day, 3$$, 'channel_mix');
SELECT is_empty($$SELECT FROM intent_bi.channel_mix WHERE share <> events::float8 / n OR share_low > share OR share_high < share$$, 'shares lie in their intervals');
SELECT pg_temp.same_rows($$SELECT tenant, "time", segment, persons FROM intent_bi.segment_size_daily$$,
	$$WITH day AS (SELECT t.tenant, d::date AS day FROM (SELECT tenant, min(day) AS first FROM event GROUP BY tenant) t, generate_series(t.first, date '2026-03-22', interval '1 day') d),
	known AS (SELECT d.tenant, d.day, e.person, min(e.day) AS first, max(e.day) AS last FROM day d JOIN event e ON e.tenant = d.tenant AND e.day <= d.day GROUP BY d.tenant, d.day, e.person),
	seg AS (SELECT tenant, day, CASE WHEN day - first < 7 THEN 'new' WHEN day - last < 7 THEN 'active' WHEN day - last < 30 THEN 'lapsing' ELSE 'dormant' END AS segment, count(*) AS n FROM known GROUP BY 1, 2, 3)
	SELECT d.tenant, d.day::timestamp AT TIME ZONE 'UTC', s.segment, coalesce(g.n, 0)
	FROM day d CROSS JOIN (VALUES ('new'), ('active'), ('lapsing'), ('dormant')) s(segment) LEFT JOIN seg g USING (tenant, day, segment)$$, 'segment_size_daily');

SELECT pg_temp.same_rows($$SELECT person, intent, parent, probability, momentary, divergence, evidence, stage, status, reason_1, version FROM intent_bi.intent_score_long WHERE tenant = ''$$,
	$$SELECT j.person, i.intent, i.parent, i.probability, i.momentary, i.divergence, i.evidence, i.stage, i.status, i.reasons[1], 1::bigint FROM card c, intent.person_journey j, intent.intents_of(j.journey, c.card, c.as_of) i WHERE j.tenant = ''$$, 'intent_score_long');
SELECT pg_temp.same_rows($$SELECT DISTINCT tenant, intent, evidence FROM intent_bi.intent_score_long WHERE tenant <> ''$$, $$VALUES ('intent_bi_brand', 'purchase', -1.0)$$, 'a tenant''s own champion scores its people');
SELECT pg_temp.same_rows($$SELECT person, intent FROM intent_bi.intent_divergence$$, $$SELECT p.person, i.intent FROM (SELECT DISTINCT person FROM event WHERE at > timestamptz '2026-03-22 11:30Z') p, (SELECT DISTINCT intent FROM intent_bi.intent_score_long WHERE tenant = '') i$$, 'intent_divergence: who is in a session');
SELECT is_empty($$SELECT person, intent FROM intent_bi.intent_score_long s JOIN intent_bi.score_reason r USING (person, intent) GROUP BY person, intent, s.evidence HAVING sum(r.contribution) <> s.evidence$$, 'score_reason sums to the evidence, exactly');
SELECT pg_temp.same_rows($$SELECT person, n, "time", channel, event, value FROM intent_bi.person_event$$, $$SELECT person, place, at, channel, event, amount FROM event$$, 'person_event');
SELECT is_empty($$
	SELECT t."time", t.dimension, t.value, w.value FROM intent_bi.timeseries_long t CROSS JOIN card c
	CROSS JOIN LATERAL (SELECT least(c.as_of, t."time" + interval '24 h' - interval '1 us') AS ends) e
	CROSS JOIN LATERAL (SELECT avg(p) AS value, count(p) AS n, stddev_samp(p) AS s FROM (SELECT intent.score(j.journey, c.card, split_part(t.dimension, ': ', 2), e.ends) AS p FROM intent.person_journey j WHERE j.tenant = '') x) w
	WHERE t.tenant = '' AND t.metric = 'intent' AND (abs(t.value - w.value) > 1e-12 OR t.n <> w.n OR abs(t.value_high - t.value - 1.959963984540054 * w.s / sqrt(w.n)) > 1e-9)$$, 'timeseries_long: intents by day');
SELECT is((SELECT count(DISTINCT ("time", dimension))::int FROM intent_bi.timeseries_long WHERE metric = 'intent' AND tenant = ''), 28 * 3, 'of 28 days');
SELECT pg_temp.same_rows($$SELECT funnel, step, n, converted FROM intent_bi.funnel_step WHERE tenant = ''$$,
	$$SELECT 'purchase', r.step::bigint, r.entered, r.converted FROM (SELECT intent.funnel_agg(j.journey, 'view -> cart -> buy within 30 days') AS s FROM intent.person_journey j WHERE j.tenant = '') f, intent.funnel_report(s) r$$, 'funnel_step');
SELECT is((SELECT count(*)::int FROM intent_bi.freshness), 4, 'freshness: two sources, and these views for two tenants');
SELECT is_empty($$SELECT FROM (SELECT as_of FROM intent_bi.person_today UNION SELECT as_of FROM intent_bi.intent_score_long UNION SELECT as_of FROM intent_bi.timeseries_long) x CROSS JOIN card c WHERE x.as_of <> c.as_of$$, 'all as of one instant');

-- ----- who may -----

CREATE ROLE intent_bi_brand;
GRANT USAGE ON SCHEMA intent, intent_bi TO intent_bi_brand;
GRANT SELECT ON ALL TABLES IN SCHEMA intent, intent_bi TO intent_bi_brand;
CREATE FUNCTION public.bi_tenants() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	v text;
BEGIN
	FOR v IN SELECT relname FROM pg_class WHERE relnamespace = 'intent_bi'::regnamespace AND relkind = 'v' LOOP
		RETURN QUERY EXECUTE format('SELECT DISTINCT tenant FROM intent_bi.%I', v);
	END LOOP;
END $$;
CREATE ROLE intent_bi_other;
GRANT intent_bi_brand TO intent_bi_other;
SET LOCAL ROLE intent_bi_other;
SELECT set_config('test.others', (SELECT string_agg(DISTINCT t, ',') FROM public.bi_tenants() t), true);
RESET ROLE;
SET LOCAL ROLE intent_bi_brand;
SELECT set_config('test.brand', (SELECT string_agg(DISTINCT t, ',' ORDER BY t) FROM public.bi_tenants() t), true),
	set_config('test.refused', (SELECT intent.share_interval(1, 2)::text), true);
RESET ROLE;
SELECT is(current_setting('test.others'), '', 'a role that may only read reads every view, and nothing of another tenant');
SELECT is(current_setting('test.brand'), ',intent_bi_brand', 'a tenant sees its own rows and those of everybody');

-- ----- the rules can fail -----

CREATE TABLE intent_bi.careless (share real, x int[]);
SELECT is((SELECT count(*)::int FROM lint l, LATERAL (SELECT query_to_xml(l.finds, true, false, '')::text AS found) f WHERE f.found LIKE '%careless%'), 7, 'a careless view is found by the rules it breaks');
SELECT is((SELECT count(*)::int FROM intent.share_interval(5, 0) i WHERE i.low IS NULL AND i.high IS NULL), 1, 'no interval of nothing');

SELECT * FROM finish();
ROLLBACK;
