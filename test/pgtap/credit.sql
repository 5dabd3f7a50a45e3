-- Credit by rule against plain SQL over the touchpoints, and sums to the last unit.
BEGIN;
SET search_path = public, intent;
SET LOCAL TimeZone = 'UTC';
SELECT plan(9);

\if :{?full}
	\set people 2000
\else
	\set people 60
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- Generated journeys: ties with the conversion, touches of exactly the lookback, values that do not divide.
CREATE TABLE journeys AS
SELECT person, journey_agg(
		timestamptz '2026-01-01Z' + (pg_temp.mix(person * 1000 + n) % 40) * interval '1 day',
		(ARRAY['web', 'mail', 'direct', NULL])[1 + pg_temp.mix(person * 1003 + n) % 4],
		(ARRAY['view', 'buy', 'click', 'skip', 'note'])[1 + pg_temp.mix(person * 1007 + n) % 5],
		CASE WHEN n % 3 > 0 THEN (pg_temp.mix(person * 1009 + n) % 1000)::float8 / 100 END, NULL::timestamptz, lpad(n::text, 3, '0')) AS journey
FROM generate_series(1, :people) person, generate_series(1, 25) n GROUP BY person;

-- The plain way: a conversion with each event before it and in reach; then weights.
CREATE TABLE touch AS
WITH e AS (SELECT person, t.*, sum((event = 'buy')::int) OVER (PARTITION BY person ORDER BY n) AS number FROM journeys, touchpoints(journey) t)
SELECT c.person, c.number AS conversion_number, c.occurred_at AS converted_at, c.value AS conversion_value,
	t.n, t.occurred_at, t.ref, t.channel, t.channel = 'direct' IS TRUE AS optional
FROM e c LEFT JOIN e t ON t.person = c.person AND t.n < c.n AND t.event NOT IN ('buy', 'skip')
	AND t.occurred_at >= c.occurred_at - interval '10 days'
WHERE c.event = 'buy';
CREATE FUNCTION pg_temp.plain(model text) RETURNS TABLE (person int, conversion_number bigint, ref text, credit float8, value float8) LANGUAGE sql AS $$
	WITH regular AS (SELECT *, bool_and(optional) OVER (PARTITION BY person, conversion_number) AS only_optional FROM touch),
	placed AS (
		SELECT *, row_number() OVER w AS place, count(*) OVER c AS places, max(occurred_at) OVER c AS latest
		FROM regular WHERE n IS NULL OR NOT optional OR only_optional
		WINDOW c AS (PARTITION BY person, conversion_number), w AS (c ORDER BY n)),
	weighed AS (
		SELECT *, CASE model
			WHEN 'first' THEN (place = 1)::int
			WHEN 'last' THEN (place = places)::int
			WHEN 'linear' THEN 1
			WHEN 'position' THEN CASE WHEN places <= 2 THEN 1.0 / places WHEN place IN (1, places) THEN 0.4 ELSE 0.2 / (places - 2) END
			WHEN 'time_decay' THEN CASE WHEN n IS NULL THEN 1 ELSE 0.5 ^ (extract(epoch FROM latest - occurred_at) / 86400 / 2) END END::float8 AS weight
		FROM placed)
	SELECT person, conversion_number, ref, weight / sum(weight) OVER c, weight / sum(weight) OVER c * conversion_value
	FROM weighed WHERE weight > 0 OR n IS NULL WINDOW c AS (PARTITION BY person, conversion_number)
$$;
SELECT is_empty(format($$
	SELECT person, conversion_number, touch, c.credit, p.credit
	FROM (SELECT person, coalesce(ref, '') AS touch, c.* FROM journeys, credit(journey, 'buy', %1$L, '10 days', excluded => '{skip}', optional => '{direct:*}', half_life => '2 days') c) c
	FULL JOIN (SELECT *, coalesce(ref, '') AS touch FROM pg_temp.plain(%1$L)) p USING (person, conversion_number, touch)
	WHERE abs(c.credit - p.credit) < 1e-10 IS NOT TRUE OR (c.value IS NULL) <> (p.value IS NULL) OR abs(c.value - p.value) >= 1e-8
$$, model), model)
FROM unnest(ARRAY['first', 'last', 'linear', 'position', 'time_decay']) model;

SELECT is_empty($$
	SELECT person, model, which FROM journeys,
		unnest(ARRAY['first', 'last', 'linear', 'position', 'time_decay', 'last_non_direct']) model, unnest(ARRAY['each', 'first', 'last']) which,
		LATERAL (SELECT coalesce(sum(credit), 0) AS credit, coalesce(sum(value), 0) AS value FROM credit(journey, 'buy', model, conversions => which)) c,
		LATERAL (SELECT count(*) AS n, coalesce(sum(value::numeric), 0) AS value FROM (
			SELECT value, row_number() OVER (ORDER BY n) AS i, count(*) OVER () AS all FROM touchpoints(journey) WHERE event = 'buy') b
			WHERE which = 'each' OR (which = 'first' AND i = 1) OR (which = 'last' AND i = b.all)) b
	WHERE (c.credit, c.value) IS DISTINCT FROM (b.n, b.value)
$$, 'credit and value sum to the conversions to the last unit');

SELECT is_empty($$
	SELECT person FROM journeys, LATERAL (SELECT count(*) AS n FROM credit(journey, 'buy', conversions => 'each')) a,
		LATERAL (SELECT count(*) AS n FROM touchpoints(journey) WHERE event = 'buy') b WHERE a.n <> b.n
$$, 'last: one row a conversion');

SELECT is_empty($$
	SELECT person, p.converted_at, p.path FROM (
		SELECT person, p.path, p.value, row_number() OVER (PARTITION BY person ORDER BY i) AS conversion_number, p.converted_at
		FROM journeys, conversion_paths(journey, 'buy', '10 days', excluded => '{skip}') WITH ORDINALITY p(path, conversions, non_conversions, value, converted_at, i)
		WHERE conversions = 1) p
	FULL JOIN (SELECT person, conversion_number, min(conversion_value) AS value, coalesce(array_agg(channel ORDER BY n) FILTER (WHERE n IS NOT NULL), '{}') AS path
		FROM touch GROUP BY 1, 2) t USING (person, conversion_number)
	WHERE p.path IS DISTINCT FROM t.path OR p.value IS DISTINCT FROM t.value
$$, 'paths to conversion are the touches');

SELECT is_empty($$
	SELECT person FROM (SELECT person, without(journey, '{buy}') AS journey FROM journeys) j,
		LATERAL (SELECT array_agg(cardinality(path)) AS steps, sum(conversions) AS c, sum(non_conversions) AS n FROM conversion_paths(journey, 'buy', '10 days')) p
	WHERE (c, n) IS DISTINCT FROM (0, 1)
		OR steps <> ARRAY[event_count(slice(journey, tstzrange(ends_at(journey) - interval '240 hours', ends_at(journey), '[]')))]
$$, 'a journey without conversion gives the path before its end');

SELECT * FROM finish();
ROLLBACK;
