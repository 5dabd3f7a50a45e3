-- No example of the catalogue depends on TimeZone, DateStyle or IntervalStyle: neither what it reads nor what it gives.
BEGIN;
SET LOCAL search_path = public, pg_temp;
SET LOCAL extra_float_digits = 1;
SELECT plan(3);

CREATE TEMP TABLE example AS
SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS object, rtrim(x.example[1], ';') AS query
FROM pg_depend d
CROSS JOIN LATERAL (SELECT relname FROM pg_class WHERE oid = d.classid) catalogue
CROSS JOIN LATERAL regexp_match(obj_description(d.objid, catalogue.relname), '\mExample: (.*;)$') x(example)
LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
LEFT JOIN pg_language l ON l.oid = p.prolang
WHERE x.example IS NOT NULL
	-- those of the orchestration read or write its tables, one after the other: docs/reference.md shows them
	AND NOT coalesce((l.lanname = 'plpgsql' AND p.provolatile <> 'i') OR p.proparallel = 'u' OR x.example[1] LIKE '%intent.person(%', false) AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'intent');

-- The rows of a query in their binary form, which says nothing but what is in them.
CREATE FUNCTION pg_temp.bytes(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	bytes text;
BEGIN
	EXECUTE format('SELECT md5(string_agg(encode(record_send(r), ''hex''), '','')) FROM (%s) r', query) INTO bytes;
	RETURN bytes;
END $$;

CREATE TEMP TABLE answer (setting text, object text, bytes text);
DO $$
DECLARE
	time_zone text; date_style text; interval_style text;
BEGIN
	FOREACH time_zone IN ARRAY ARRAY['UTC', 'America/St_Johns', 'Pacific/Kiritimati'] LOOP
		FOREACH date_style IN ARRAY ARRAY['ISO, MDY', 'German, DMY', 'SQL, YMD'] LOOP
			FOREACH interval_style IN ARRAY ARRAY['postgres', 'sql_standard'] LOOP
				PERFORM set_config('TimeZone', time_zone, true), set_config('DateStyle', date_style, true),
					set_config('IntervalStyle', interval_style, true);
				INSERT INTO answer
				SELECT concat_ws(' / ', time_zone, date_style, interval_style), object, pg_temp.bytes(query) FROM example;
			END LOOP;
		END LOOP;
	END LOOP;
END $$;

SELECT cmp_ok((SELECT count(*)::int FROM example), '>=', 40, 'there are examples');
SELECT is_empty($$
	SELECT object, setting FROM answer a
	WHERE bytes IS DISTINCT FROM (SELECT bytes FROM answer WHERE object = a.object AND setting LIKE 'UTC / ISO, MDY / postgres')
$$, 'the same under 3 time zones, 3 date styles and 2 interval styles');

-- It can fail.
CREATE TEMP TABLE other AS
SELECT s, (SELECT pg_temp.bytes($$SELECT 'x ' || timestamptz '2026-03-01 10:00Z'$$) FROM set_config('TimeZone', s, true)) AS bytes
FROM unnest(ARRAY['UTC', 'Pacific/Kiritimati']) s;
SELECT is((SELECT count(DISTINCT bytes)::int FROM other), 2, 'a text that depends on the time zone is noticed');

SELECT * FROM finish();
ROLLBACK;
