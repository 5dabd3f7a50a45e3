-- A journey comes back the same from text, jsonb, its binary form, and however it is stored; hostile bytes do not come in.
BEGIN;
SET search_path = public, intent;
SET LOCAL TimeZone = 'Asia/Kathmandu';
SELECT plan(24);

\if :{?journeys}
\else
	\set journeys 100
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- Journeys of all kinds: every unit of time, every kind of value and ref, corrected values, odd names, and none.
CREATE TABLE sample AS
SELECT k AS id, journey_agg(
		timestamptz '1999-12-31Z' + pg_temp.mix(k * 1000 + n) % 50 * (ARRAY['1 us', '1 ms', '1 s', '1 min', '1 h', '1 day'])[1 + k % 6]::interval,
		(ARRAY['web', NULL, 'a "b":c', 'tür'])[1 + pg_temp.mix(k * 1001 + n) % 4],
		CASE k % 5 WHEN 0 THEN 'e' || n ELSE (ARRAY['view', '', '*', ' ', '€'])[1 + pg_temp.mix(k * 1003 + n) % 5] END,
		CASE WHEN pg_temp.mix(k * 1007 + n) % 3 > 0 OR k % 7 = 1
			THEN (pg_temp.mix(k * 1009 + n) - 2147483648) / (ARRAY[1, 100, 3, 1e300, 1e-290, 65536, 1e4])[1 + k % 7]::float8 END,
		CASE WHEN pg_temp.mix(k * 1013 + n) % 2 > 0
			THEN timestamptz '2000-01-01Z' + pg_temp.mix(n) % 3 * (ARRAY['1 us', '1 s', '1 day'])[1 + k % 3]::interval END,
		CASE k % 4 WHEN 0 THEN NULL WHEN 1 THEN (pg_temp.mix(k * 1019 + n) % 9 - 4)::text
			WHEN 2 THEN md5((pg_temp.mix(k * 1021 + n) % 9)::text)::uuid::text
			ELSE (ARRAY['007', '"', 'ref=1', '-0', 'x y'])[1 + pg_temp.mix(k * 1021 + n) % 5] END) AS journey
FROM generate_series(1, :journeys) k, generate_series(1, 40) n
GROUP BY k;
INSERT INTO sample VALUES (0, '{}');
ALTER TABLE sample ADD PRIMARY KEY (id);

SELECT cmp_ok((SELECT count(*) FROM sample, journey_storage(journey) WHERE section = 'versions' AND bytes > 0)::int, '>', 5,
	'there are corrected values among them');

CREATE FUNCTION pg_temp.changed(form text) RETURNS SETOF int LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT id FROM sample WHERE journey_send(%s) IS DISTINCT FROM journey_send(journey)', form);
END $$;

-- ----- forms -----
SELECT is_empty($$SELECT pg_temp.changed('journey::text::journey')$$, 'text');
SELECT is_empty($$SELECT id FROM sample WHERE journey::text::journey::text <> journey::text$$, 'text reads back to the same text');
SELECT is_empty($$SELECT pg_temp.changed('journey::jsonb::journey')$$, 'jsonb');
SELECT is_empty($$SELECT pg_temp.changed('journey::jsonb::text::jsonb::journey')$$, 'jsonb as text');
SELECT is_empty($$SELECT pg_temp.changed(
	'(SELECT coalesce(journey_agg(occurred_at, channel, event, value, recorded_at, ref), ''{}'')
		FROM jsonb_to_recordset(journey::jsonb) AS e(occurred_at timestamptz, channel text, event text, value float8, recorded_at timestamptz, ref text))')$$,
	'jsonb read by PostgreSQL');
SELECT is_empty($$SELECT pg_temp.changed(
	'(SELECT coalesce(journey_agg(occurred_at, channel, event, value, recorded_at, ref), ''{}'') FROM touchpoints(journey))')
	EXCEPT SELECT id FROM sample, journey_storage(journey) WHERE section = 'versions' AND bytes > 0$$,
	'rows, but for corrected values');

-- what fits into neither is told before the memory is asked for
\if :{?full}
SELECT throws_ok($$SELECT journey_merge(j)::jsonb FROM (SELECT journey_agg('2026-01-01Z', 'e') FROM generate_series(1, 5000)) t(j), generate_series(1, 1000)$$,
	'54000', 'journey of 5000000 events is too large for jsonb', 'too large for jsonb');
SELECT throws_ok($$SELECT length(journey_agg('2026-01-01Z', repeat('e', 1000000))::text) FROM generate_series(1, 1100)$$,
	'54000', 'text of a journey of 1100 events is too large', 'too large for text');
\else
SELECT skip('needs gigabytes: only at full size', 2);
\endif

-- ----- times: as PostgreSQL reads and writes them -----

-- every first and last day of a month, and times all over, to the microsecond
CREATE TABLE instant AS
SELECT t FROM generate_series(timestamptz '1890-01-01Z', '2110-12-31Z', '1 month') m, unnest(ARRAY[m, m - interval '1 us']) t
UNION ALL SELECT timestamptz '4714-11-24Z BC' + pg_temp.mix(n) % 109000000 * interval '1 day' + pg_temp.mix(n * 3) * interval '20 us' FROM generate_series(1, 2000) n
UNION ALL VALUES (timestamptz '4714-11-24Z BC'), ('0001-12-31 23:59:59.999999Z BC'), ('294276-12-31 23:59:59.999999Z');
SELECT is_empty($$SELECT t FROM instant GROUP BY t HAVING starts_at(journey_agg(t, 'e')::text::journey) <> t$$, 'every time reads back');
SELECT is_empty($$SELECT t, j FROM (SELECT t, journey_agg(t, 'e')::text AS j FROM instant WHERE t >= '0001-01-01Z' GROUP BY t) s
	WHERE replace(split_part(substr(j, 2), ' ', 1), 'Z', '+00')::timestamptz <> t
		OR left(j, 16 + greatest(4, length(to_char(t AT TIME ZONE 'UTC', 'FMYYYY')))) <> to_char(t AT TIME ZONE 'UTC', CASE WHEN t < '10000-01-01Z' THEN '"{"YYYY' ELSE '"{"FMYYYY' END || '-MM-DD"T"HH24:MI:SS')$$,
	'PostgreSQL reads and writes the same');

-- ----- binary: what a file of COPY holds -----
SELECT current_setting('data_directory') AS folder, 'journey_round_trip.' || pg_backend_pid() AS name \gset
\set file :folder '/' :name
CREATE TABLE received (LIKE sample);
SELECT lives_ok(format('COPY sample TO %L (FORMAT binary)', :'file'), 'binary out');
SELECT lives_ok(format('COPY received FROM %L (FORMAT binary)', :'file'), 'binary in');
SELECT is_empty($$SELECT id FROM sample FULL JOIN received r USING (id)
	WHERE journey_send(r.journey) IS DISTINCT FROM journey_send(sample.journey)$$, 'binary');

-- ----- stored: short header, in line, compressed, out of line -----
CREATE TABLE stored (id int, journey journey, how text);
INSERT INTO stored SELECT id, journey, 'plain' FROM sample;
INSERT INTO stored SELECT 1, journey_agg(timestamptz '2026-01-01Z' + n * interval '1 s', NULL, 'e' || n % 9, n, NULL, NULL), 'compressed' FROM generate_series(1, 3000) n;
ALTER TABLE stored ALTER journey SET STORAGE external;
INSERT INTO stored SELECT 1, journey_agg(timestamptz '2026-01-01Z' + n * interval '1 s', NULL, 'e' || n % 9, n, NULL, NULL), 'external' FROM generate_series(1, 3000) n;
SELECT results_eq(
	$$SELECT how, pg_column_compression(journey) IS NOT NULL, pg_column_size(journey) < octet_length(journey_send(journey))
		FROM stored WHERE how <> 'plain' ORDER BY how$$,
	$$VALUES ('compressed', true, true), ('external', false, false)$$, 'one is compressed, one is not');
SELECT cmp_ok((SELECT count(*) FROM stored WHERE how = 'plain' AND pg_column_size(journey) = octet_length(journey_send(journey)) + 1)::int, '>', 0,
	'some have short headers');
SELECT is_empty($$SELECT id FROM stored JOIN sample s USING (id)
	WHERE how = 'plain' AND (stored.journey <> s.journey OR journey_hash(stored.journey) <> journey_hash(s.journey || '{}'))$$, 'short headers and long ones are equal');
SELECT is_empty($$SELECT how FROM stored, (SELECT journey_agg(timestamptz '2026-01-01Z' + n * interval '1 s', NULL, 'e' || n % 9, n, NULL, NULL) AS made
			FROM generate_series(1, 3000) n) m
		WHERE how <> 'plain' AND (journey <> made OR journey_hash(journey) <> journey_hash(made) OR event_count(journey) <> 3000
			OR journey::text <> made::text OR (SELECT count(*) FROM touchpoints(journey)) <> 3000)$$, 'so are toasted ones');

-- Up to a page a journey stays in its row, so that no function asked of it looks it up elsewhere.
CREATE TABLE in_row AS SELECT journey_agg(timestamptz '2026-01-01Z' + pg_temp.mix(n) % 1000000000 * interval '1 ms', 'e' || n % 20) AS journey FROM generate_series(1, 1300) n;
SELECT ok(pg_column_size(journey) BETWEEN 5000 AND 8000, 'a journey of most of a page') FROM in_row;
SELECT is((SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE oid = 'in_row'::regclass), 0::bigint, 'is in its row');

-- ----- hostile bytes -----

-- The bytes as COPY writes a bytea, which is how it reads a journey; then that it came in, or the error.
-- Each time a new file: some file systems wait for the disk when a file is written anew.
CREATE SEQUENCE files;
CREATE FUNCTION pg_temp.receive(bytes bytea, file text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	file := file || '.' || nextval('files');
	EXECUTE format('COPY (SELECT %L::bytea) TO %L (FORMAT binary)', bytes, file);
	EXECUTE format('COPY came FROM %L (FORMAT binary)', file);
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
CREATE TABLE came (journey journey);
CREATE TABLE victim AS SELECT journey_send(journey) AS bytes FROM (VALUES
	('{}'::journey),
	('{2026-03-01T10:00:00Z web:view value=1.5 ref=17, 2026-03-01T10:05:00Z web:cart, 2026-03-02T09:00:00Z "tür" recorded_at=2026-03-03Z}'),
	('{2026-03-01T10:00:00Z shop:order value=20 ref=a, 2026-03-01T10:00:00Z shop:order value=15 recorded_at=2026-03-02T11:00:00Z ref=a, 2026-03-01T10:00:00.000001Z x value=0.1}'),
	('{2026-03-01Z a ref=a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11, 2026-03-02Z b ref=00000000-0000-0000-0000-000000000000, 2026-03-03Z a}')) t(journey);

SELECT is_empty(format($$
	SELECT bytes, size FROM victim, generate_series(0, length(bytes) - 1) size
	WHERE pg_temp.receive(substr(bytes, 1, size), %L) <> '22P03'$$, :'file'), 'truncated at every length: 22P03');

CREATE TABLE flipped AS
SELECT bytes, place, mask, pg_temp.receive(set_byte(bytes, place, get_byte(bytes, place) # mask), :'file') AS result
FROM victim, generate_series(0, length(bytes) - 1) place, unnest(CASE WHEN :{?full} THEN ARRAY(SELECT generate_series(1, 255)) ELSE ARRAY[1, 2, 16, 64, 128, 255] END) mask;
SELECT is_empty($$SELECT * FROM flipped WHERE result NOT IN ('accepted', '22P03', '22021')$$,
	'every byte flipped: an error of binary form or of encoding, or accepted');
SELECT is((SELECT count(*) FROM came), (SELECT count(*) FROM flipped WHERE result = 'accepted'), 'what was accepted is there');
SELECT is_empty($$SELECT journey FROM came WHERE journey_send(journey::text::journey) <> journey_send(journey)
	OR journey_send(journey::jsonb::journey) <> journey_send(journey)
	OR event_count(journey) <> (SELECT count(*) FROM touchpoints(journey))$$, 'and valid');

\set remove 'find "' :folder '" -maxdepth 1 -name "' :name '*" -delete'
COPY (SELECT 1 WHERE false) TO PROGRAM :'remove';
SELECT * FROM finish();
ROLLBACK;
