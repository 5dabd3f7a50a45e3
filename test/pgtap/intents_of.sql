-- intents_of against an oracle in plain SQL over scores(), explain() and touchpoints(): taxonomy, stage, reasons, coverage,
-- percentiles; and the reference under shuffles, parts and parallel plans.
\if :{?people} \else \set people 120 \endif
BEGIN;
SET LOCAL search_path = public, intent;
SET LOCAL TimeZone = 'UTC';
SELECT plan(13);

CREATE FUNCTION pg_temp.draw(n bigint, what text) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(what || n), 1, 7))::bit(28)::int $$;
CREATE TABLE person AS
SELECT p AS person, journey_agg(timestamptz '2026-03-01Z' + (pg_temp.draw(p * 100 + e, 'at') % (30 * 86400)) * interval '1 s',
	(ARRAY['web', 'app', 'call', NULL])[1 + pg_temp.draw(p * 100 + e, 'channel') % 4],
	(ARRAY['view', 'cart', 'complain', 'login', 'other'])[1 + pg_temp.draw(p * 100 + e, 'event') % 5], NULL) AS journey
FROM generate_series(1, :people) p, generate_series(1, 20) e WHERE e <= pg_temp.draw(p, 'events') % 20 GROUP BY p;
INSERT INTO person VALUES (0, NULL), (-1, '{}');
CREATE TABLE setting AS
SELECT '{"intents": {"purchase": {"base": -3}, "cancel": {"base": -2}, "cancel/price": {"base": -4}, "cancel/quality/broken": {"base": -3}, "cancel/quality/late": {"base": -4}, "help/web": {"base": -1}, "help/app": {"base": -1.5}},
 "signals": [
  {"name": "viewing", "touchpoints": ["view"], "measure": "count", "half_life": "2 days", "transform": "log1p", "weights": {"purchase": 0.7, "help/web": 0.1}},
  {"name": "cart", "touchpoints": ["web:cart", "app:cart"], "measure": "exists", "half_life": "5 days", "weights": {"purchase": 1.5, "cancel": -0.3}},
  {"name": "complaining", "touchpoints": ["complain"], "measure": "count", "half_life": "14 days", "cap": 3, "weights": {"cancel": 1, "cancel/quality/broken": 0.8, "cancel/quality/late": 0.5, "purchase": -0.4}},
  {"name": "often here", "touchpoints": ["*"], "measure": "sessions", "weights": {"help/web": 0.05, "help/app": 0.08, "cancel/price": -0.02}},
  {"name": "on many channels", "touchpoints": ["*:*"], "measure": "channels", "transform": {"points": [[0, -0.5], [3, 0.5]]}, "weights": {"help/app": 1}}]}'::scorecard AS card,
	timestamptz '2026-03-20 12:00Z' AS as_of;
-- some are in the middle of a session at that time
UPDATE person SET journey = journey || '{2026-03-20T11:45:00Z web:view, 2026-03-20T11:50:00Z app:complain}' WHERE person % 5 = 1;
UPDATE person SET journey = '{2026-03-20T11:45:00Z web:view, 2026-03-20T11:50:00Z app:login}' WHERE person % 25 = 3;

CREATE TABLE got AS
SELECT p.person, i.* FROM person p, setting s, intents_of(p.journey, s.card, s.as_of, identified => '{login, call:*}') i;
CREATE TABLE scored AS
SELECT p.person, x.* FROM person p, setting s, scores(p.journey, s.card, s.as_of) x;

SELECT is((SELECT count(*)::int FROM got), (SELECT count(*)::int * 9 FROM person), 'a row for each of the card''s 7 intents and the 2 parents it does not have');
SELECT is_empty($$
	SELECT s.*, g.* FROM scored s JOIN got g USING (person, intent)
	WHERE (s.evidence, s.confidence, s.status) IS DISTINCT FROM (g.evidence, g.confidence, g.status)
		OR (g.parent IS NULL AND (s.probability, s.momentary, s.overarching) IS DISTINCT FROM (g.probability, g.momentary, g.overarching)) $$,
	'what scores() says is said again, bit for bit');

-- the taxonomy by its definition, in floating point of SQL
CREATE TABLE own AS
SELECT person, intent, evidence::float8 AS e, CASE WHEN momentary IS NOT NULL THEN ln(momentary / (1 - momentary)) END AS m FROM scored WHERE evidence IS NOT NULL
UNION ALL
SELECT person, 'cancel/quality', ln(sum(exp(evidence::float8))), ln(sum(momentary / (1 - momentary))) FROM scored WHERE intent LIKE 'cancel/quality/%' AND evidence IS NOT NULL GROUP BY person
UNION ALL
SELECT person, 'help', ln(sum(exp(evidence::float8))), ln(sum(momentary / (1 - momentary))) FROM scored WHERE intent LIKE 'help/%' AND evidence IS NOT NULL GROUP BY person;
CREATE TABLE expected AS
WITH RECURSIVE down AS (
	SELECT person, intent, 1 / (1 + exp(-e)) AS p, 1 / (1 + exp(-m)) AS pm FROM own WHERE intent !~ '/'
	UNION ALL
	SELECT d.person, o.intent, d.p * exp(o.e) / s.odds, d.pm * exp(o.m) / s.odds_m
	FROM down d JOIN own o ON o.person = d.person AND o.intent ~ ('^' || d.intent || '/[^/]+$')
	CROSS JOIN LATERAL (SELECT sum(exp(x.e)) AS odds, sum(exp(x.m)) AS odds_m FROM own x WHERE x.person = d.person AND x.intent ~ ('^' || d.intent || '/[^/]+$')) s
)
SELECT * FROM down;
SELECT is((SELECT count(*)::int FROM expected JOIN got USING (person, intent)), (SELECT count(*)::int FROM got WHERE status <> 'no_events'), 'the oracle has all of them');
SELECT is_empty($$
	SELECT person, intent, p, probability FROM expected JOIN got USING (person, intent)
	WHERE abs(p - probability) > 1e-12 OR (pm IS NULL) <> (momentary IS NULL) OR abs(pm - momentary) > 1e-12
		OR abs(ln(pm / (1 - pm)) - ln(p / (1 - p)) - divergence) > 1e-9 $$, 'probability, momentary and divergence of the taxonomy');
SELECT is_empty($$
	SELECT FROM got g JOIN (SELECT person, parent AS intent, sum(probability) AS p, sum(momentary) AS m FROM got WHERE parent IS NOT NULL GROUP BY 1, 2) c USING (person, intent)
	WHERE abs(g.probability - c.p) > 1e-15 OR abs(g.momentary - c.m) > 1e-15 $$, 'children sum to their parent');

-- stage and reasons from explain()
CREATE TABLE line AS
SELECT p.person, n.intent, e.signal, sum(e.n) AS n, max(e.last_seen) AS last_seen, sum(e.contribution) AS contribution,
	row_number() OVER (PARTITION BY p.person, n.intent ORDER BY abs(sum(e.contribution)) DESC, min(e.place)) AS place
FROM person p, setting s, unnest(scorecard_intents(s.card)) n(intent),
	LATERAL (SELECT x.*, row_number() OVER () AS place FROM explain(p.journey, s.card, n.intent, s.as_of) x) e
WHERE e.signal <> '(base)' GROUP BY p.person, n.intent, e.signal;
SELECT is_empty($$
	SELECT g.person, g.intent, g.reasons, w.reasons
	FROM got g LEFT JOIN LATERAL (
		SELECT array_agg(format('%s: %s (%s)', l.signal,
			CASE WHEN l.n = 0 THEN 'never' WHEN l.n = 1 THEN 'once, ' || ago ELSE l.n || ' times, last ' || ago END,
			to_char(round(l.contribution, 2), 'FMSG999990.00')) ORDER BY l.place) AS reasons
		FROM line l, setting s, LATERAL (SELECT extract(epoch FROM s.as_of - l.last_seen)::int AS age) a,
			LATERAL (SELECT CASE WHEN age < 60 THEN 'less than a minute ago' WHEN age < 120 THEN '1 minute ago' WHEN age < 3600 THEN age / 60 || ' minutes ago'
				WHEN age < 7200 THEN '1 hour ago' WHEN age < 86400 THEN age / 3600 || ' hours ago' WHEN age < 172800 THEN '1 day ago' ELSE age / 86400 || ' days ago' END AS ago) t
		WHERE l.person = g.person AND l.intent = g.intent AND l.contribution <> 0 AND l.place <= 3) w ON true
	WHERE g.evidence IS NOT NULL AND g.reasons <> coalesce(w.reasons, '{}') $$, 'reasons are the greatest lines of explain(), in words');
SELECT is_empty($$
	SELECT g.person, g.intent, g.stage, w.stage
	FROM got g, setting s, LATERAL (
		SELECT (ARRAY['starting', 'active', 'pausing', 'fading', 'none'])[coalesce(min(CASE
			WHEN g.momentary IS NOT NULL AND l.last_seen >= o.opened THEN CASE WHEN o.first >= o.opened THEN 1 ELSE 2 END
			WHEN h.half_life IS NULL OR s.as_of - l.last_seen <= h.half_life THEN 3 ELSE 4 END), 5)] AS stage
		FROM line l
		LEFT JOIN LATERAL (SELECT (x.signal ->> 'half_life')::interval AS half_life FROM jsonb_array_elements(scorecard_to_jsonb(s.card) -> 'signals') x(signal) WHERE x.signal ->> 'name' = l.signal) h ON true
		CROSS JOIN LATERAL (SELECT min(starts_at(j.journey)) AS first, max(starts_at(j.journey)) AS opened FROM person p, sessions(as_of(p.journey, s.as_of)) j WHERE p.person = l.person) o
		WHERE l.person = g.person AND l.intent = g.intent AND l.n > 0 AND l.contribution >= 0) w
	WHERE g.evidence IS NOT NULL AND g.stage <> w.stage $$, 'stages');
SELECT bag_eq('SELECT DISTINCT stage FROM got', $$VALUES ('none'), ('starting'), ('active'), ('pausing'), ('fading')$$, 'all of which occur');

SELECT is_empty($$
	SELECT g.person FROM got g JOIN person p USING (person), setting s, LATERAL (
		SELECT count(*) AS events, count(DISTINCT t.channel) AS channels, max(t.occurred_at) - min(t.occurred_at) AS span,
			avg((t.event = 'login' OR coalesce(t.channel = 'call', false))::int) AS identified_share
		FROM touchpoints(p.journey) t WHERE t.occurred_at <= s.as_of) w
	WHERE g.events <> w.events OR g.channels <> w.channels OR (g.events > 0 AND g.span <> w.span) OR abs(g.identified_share - w.identified_share) > 1e-12 $$, 'coverage');

-- percentiles: the reference is all of them
CREATE TABLE kept AS SELECT score_reference(intent, evidence) AS r FROM scored;
SELECT is_empty($$
	SELECT p.person, i.intent, i.percentile, w.percentile FROM person p, setting s, kept k, intents_of(p.journey, s.card, s.as_of, reference => k.r) i
	LEFT JOIN LATERAL (SELECT 100 * avg(CASE WHEN floor(x.evidence * 32) < floor(i.evidence * 32) THEN 1 WHEN floor(x.evidence * 32) = floor(i.evidence * 32) THEN 0.5 ELSE 0 END)::float8 AS percentile
		FROM scored x WHERE x.intent = i.intent AND x.evidence IS NOT NULL AND i.evidence IS NOT NULL) w ON true
	WHERE (i.percentile IS NULL) <> (w.percentile IS NULL) OR abs(i.percentile - w.percentile) > 1e-9 OR i.percentile IS DISTINCT FROM score_percentile(k.r, i.intent, i.evidence) $$,
	'percentiles');
SELECT is((SELECT count(DISTINCT r::text)::int FROM (
	SELECT r FROM kept
	UNION ALL SELECT score_reference(intent, evidence ORDER BY md5(person || intent)) FROM scored
	UNION ALL SELECT score_reference_merge(r) FROM (SELECT score_reference(intent, evidence) AS r FROM scored GROUP BY person % 7) p
	UNION ALL SELECT score_reference_merge(r ORDER BY k DESC) FROM (SELECT person % 64 AS k, score_reference(intent, evidence) AS r FROM scored GROUP BY person % 64, intent) p) x), 1,
	'the same bytes for shuffles and parts');
ALTER TABLE scored SET (parallel_workers = 3);
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL max_parallel_workers_per_gather = 3;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text; plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP plan := plan || line || E'\n'; END LOOP;
	RETURN plan;
END $$;
SELECT matches(pg_temp.plan_of('SELECT score_reference(intent, evidence) FROM scored'), 'Finalize Aggregate.*Gather', 'the plan is parallel');
CREATE TABLE parallel AS SELECT score_reference(intent, evidence) AS r FROM scored;
SELECT is((SELECT r::text FROM parallel), (SELECT r::text FROM kept), 'and gives the same bytes');

SELECT * FROM finish();
ROLLBACK;
