-- journey: text, jsonb and binary form, in and out; and what each refuses
SET TimeZone = 'America/St_Johns';
SET DateStyle = 'German';
SET search_path = public, intent;

-- prints an error as SQLSTATE and detail, or message where there is none; or all of it
CREATE FUNCTION pg_temp.refused(command text, whole boolean DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE command;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	IF NOT whole THEN
		RETURN concat_ws(' | ', state, coalesce(nullif(detail, ''), message));
	END IF;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
END $$;

-- white space, order of events and of attributes, spellings of one time
SELECT '{}'::journey, ' { } '::journey,
	E'{\n\t2026-03-01 10:05Z cart ref=2 value=1e0 ,2026-03-01T10:00:00.000000Z   "view"\n}'::journey;
SELECT DISTINCT text::journey FROM (VALUES
	('{2026-03-01T10:00:00Z a}'), ('{2026-03-01t10:00z a}'), ('{2026-03-01 10:00:00.000+00 a}'), ('{2026-03-01T11:00:00+01 a}'),
	('{2026-03-01T11:00+01:00 a}'), ('{2026-03-01 15:30:00+0530 a}'), ('{2026-03-01T05:59:59-04:00:01 a}'),
	('{2026-02-28T24:00-10:00 a}'), ('{2026-03-01T09:59:60Z a}'), ('{+2026-03-01T10:00Z a}')) t(text);
SELECT '{2026-03-01Z a, 2026-03-01+01 b, 2026-03-01T10:00:00.5Z c, 2026-03-01T10:00:00.0000005Z d, 2026-03-01T10:00:00.0000015Z e, 2026-03-01T10:00:00.00000050001Z f}'::journey;
SELECT '{294276-12-31T23:59:59.999999Z last, 10000-01-01T00:00:00Z a, 0001-01-01Z b, 0000-02-29Z leap, -0001-12-31Z c, -4713-11-24Z first, 1900-02-28T23:59:59Z d, 2000-02-29Z e}'::journey;
SELECT starts_at('{-0043-03-15T12:00:00Z "Ides of March"}') = '0044-03-15 12:00Z BC'::timestamptz AS before_christ;

-- names, quotes, no channel
SELECT '{2026-03-01Z web:view, 2026-03-02Z call:"delivery failed", 2026-03-03Z "a ""b"", }":"", 2026-03-04Z :none, 2026-03-05Z "":none, 2026-03-06Z "*":"*", 2026-03-07Z "tür":ref ref="""", 2026-03-08Z value value=1 ref=value, 2026-03-09Z a/b.c-d:e_f ref=""}'::journey;

-- values: the shortest text that reads back the same
SELECT '{2026-03-01Z a value=-0, 2026-03-02Z a value=0.1, 2026-03-03Z a value=+.5e1, 2026-03-04Z a value=100., 2026-03-05Z a value=5e-324, 2026-03-06Z a value=1.7976931348623157e308, 2026-03-07Z a value=0.30000000000000004, 2026-03-08Z a value=9007199254740993}'::journey;
SELECT ('{2026-03-01Z a value=0.' || repeat('3', 2000) || '}')::journey;

-- refs stay the texts they are
SELECT '{2026-03-01Z a ref=007, 2026-03-02Z a ref=7, 2026-03-03Z a ref=-0, 2026-03-04Z a ref=-9223372036854775808, 2026-03-05Z a ref=9223372036854775808}'::journey;
SELECT '{2026-03-01Z a ref=2, 2026-03-01Z a ref=10, 2026-03-01Z a}'::journey AS integers,
	'{2026-03-01Z a ref=a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11, 2026-03-01Z a ref=A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}'::journey AS uuids;

-- corrected values stand beside their event, and unite again
SELECT j, event_count(j), j::text::journey = j AS text, j::jsonb::journey = j AS json
FROM (SELECT '{2026-03-01Z buy value=20 ref=1}'::journey || '{2026-03-01Z buy value=15 recorded_at=2026-03-02Z ref=1, 2026-03-01Z buy recorded_at=2026-02-02Z ref=1}') t(j);
SELECT j, event_count(j) FROM (SELECT '{2026-03-01Z a ref=1, 2026-03-01Z a ref=1 recorded_at=2026-03-05Z, 2026-03-01Z a ref=1}'::journey) t(j);

-- jsonb
SELECT journey_to_jsonb('{}'), journey_from_jsonb('[]');
SELECT jsonb_pretty('{2026-03-01T10:00:00Z "tür", 2026-03-01T10:05:00.000001Z web:"a ""b""" value=-0.1 recorded_at=2026-03-01T11:00:00Z ref=A17}'::journey::jsonb);
SELECT '[{"occurred_at": "2026-03-01T11:00+01", "channel": null, "event": "a", "value": null, "recorded_at": null, "ref": null},
	{"event": "", "channel": "", "ref": "", "occurred_at": "2026-03-01Z", "value": -0}]'::jsonb::journey;
SELECT left(v, 40), (journey_from_jsonb(jsonb_build_array(jsonb_build_object('occurred_at', '2026-03-01Z', 'event', 'a', 'value', v::numeric)))
	::jsonb -> 0 ->> 'value')::float8 = v::float8 AS exact
FROM unnest(ARRAY['0.1', '5e-324', '1.7976931348623157e308', '0.1000000000000000055511151231257827', '-123456.789e-3', '0.' || repeat('3', 3000)]) v;

-- binary
SELECT journey_send('{}'), journey_send('{2026-03-01T10:00:00Z web:view}');

-- refusals: text
SELECT pg_temp.refused($$SELECT '{2026-03-01Z web:view, 2026-03-01 web:cart}'::journey$$, true);
SELECT n, pg_temp.refused(format('SELECT %L::journey', text)) FROM (VALUES
	(1, ''), (2, '{'), (3, '}'), (4, '[]'), (5, '{} x'), (6, '{2026-03-01Z a'), (7, '{2026-03-01Z a,}'), (8, '{2026-03-01Z a 2026-03-02Z b}'),
	(11, '{2026-03-01 a}'), (12, '{2026-03-01T10:00:00 a}'), (13, '{2026-02-29Z a}'), (14, '{2026-13-01Z a}'), (15, '{2026-03-01T24:00:01Z a}'),
	(16, '{2026-03-01T10:60Z a}'), (17, '{2026-03-01T10:00+16 a}'), (18, '{infinity a}'), (19, '{now a}'), (20, '{26-03-01Z a}'),
	(21, '{01.03.2026Z a}'), (22, '{2026-03-01T1:00Z a}'), (23, '{2026-03-01T10:00:00.Z a}'), (24, '{294277-01-01Z a}'), (25, '{-4713-11-23Z a}'),
	(26, '{2026-03-01Za}'), (27, '{2026-03-01T10:00:00 UTC a}'),
	(31, '{2026-03-01Z}'), (32, '{2026-03-01Z *}'), (33, '{2026-03-01Z web:*}'), (34, '{2026-03-01Z *:a}'), (35, '{2026-03-01Z a b}'),
	(36, '{2026-03-01Z a:b:c}'), (37, '{2026-03-01Z "a}'), (38, '{2026-03-01Z tür}'), (39, '{2026-03-01Z a:}'), (40, '{2026-03-01Z a, 2026-03-02Z b, 2026-03-03Z c=1}'),
	(51, '{2026-03-01Z a value=}'), (52, '{2026-03-01Z a value=1,5}'), (53, '{2026-03-01Z a value=NaN}'), (54, '{2026-03-01Z a value=1e309}'),
	(55, '{2026-03-01Z a value=1e-400}'), (56, '{2026-03-01Z a value=0x10}'), (57, '{2026-03-01Z a value=1 value=2}'), (58, '{2026-03-01Z a value = 1}'),
	(61, '{2026-03-01Z a recorded_at=infinity}'), (62, '{2026-03-01Z a recorded_at=2026-03-02}'), (63, '{2026-03-01Z a ref=}'), (64, '{2026-03-01Z a ref="x"y}'),
	(65, '{2026-03-01Z a price=1}'), (66, '{2026-03-01Z a REF=1}')
) t(n, text) ORDER BY n;
SELECT pg_temp.refused(format('SELECT %L::journey', '{2026-03-01Z ' || repeat('ü', 100) || '}'), true);

-- refusals: jsonb
SELECT pg_temp.refused($$SELECT '[{"event": "a"}]'::jsonb::journey$$, true);
SELECT n, pg_temp.refused(format('SELECT %L::jsonb::journey', json)) FROM (VALUES
	(1, '{}'), (2, '1'), (3, 'null'), (4, '[1]'), (5, '[[]]'), (6, '[{}]'), (7, '[{"event": "a"}]'), (8, '[{"occurred_at": "2026-03-01Z"}]'),
	(9, '[{"occurred_at": "2026-03-01Z", "event": "a"}, {"occurred_at": "2026-03-01Z", "event": "a", "price": 1}]'),
	(10, '[{"occurred_at": 1, "event": "a"}]'), (11, '[{"occurred_at": "2026-03-01Z", "event": 1}]'), (12, '[{"occurred_at": "2026-03-01Z", "event": "a", "ref": 17}]'),
	(13, '[{"occurred_at": "2026-03-01Z", "event": "a", "value": "1"}]'), (14, '[{"occurred_at": "2026-03-01Z", "event": "a", "channel": {"a": [1]}}]'),
	(15, '[{"occurred_at": "2026-03-01", "event": "a"}]'), (16, '[{"occurred_at": "2026-02-29Z", "event": "a"}]'), (17, '[{"occurred_at": "2026-03-01Z ", "event": "a"}]'),
	(18, '[{"occurred_at": "2026-03-01Z", "event": "a", "value": 1e400}]'), (19, '[{"occurred_at": "2026-03-01Z", "event": "a", "value": 1e-400}]'),
	(20, '[{"occurred_at": "2026-03-01Z", "event": "a", "recorded_at": "infinity"}]'), (21, '[{"occurred_at": null, "event": "a"}]'), (22, '[{"occurred_at": "2026-03-01Z", "event": "a"}, null]')
) t(n, json) ORDER BY n;
