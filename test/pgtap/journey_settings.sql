-- No immutable function of a journey looks at TimeZone, DateStyle, IntervalStyle or extra_float_digits.
BEGIN;
SET search_path = public, intent;
SELECT plan(3);

CREATE TABLE setting AS
SELECT * FROM unnest(ARRAY['UTC', 'America/St_Johns', 'Pacific/Kiritimati']) zone,
	unnest(ARRAY['ISO, YMD', 'German, DMY', 'SQL, MDY']) style,
	unnest(ARRAY['postgres', 'iso_8601']) interval_style,
	unnest(ARRAY['1', '0']) digits;

-- Every function, by a call whose result itself depends on no setting.
CREATE TABLE call (function regprocedure, call text);
INSERT INTO call VALUES
	('journey_in(cstring)', $$'{2026-03-29T02:30:00+01 a, 2026-03-29 01:30Z b}'::journey::text || journey_send('{2026-03-29Z a value=0.1, 0001-01-01Z b}')::text$$),
	('journey_out(journey)', 'j::text'),
	('journey_send(journey)', 'journey_send(j)::text'),
	('journey_to_jsonb(journey)', 'journey_to_jsonb(j)::text'),
	('journey_from_jsonb(jsonb)', $$journey_from_jsonb('[{"occurred_at": "2026-03-29 02:30-03:30", "event": "a", "value": 0.1, "recorded_at": "2026-10-25T01:00Z"}]')::text || j::jsonb::journey::text$$),
	('same(journey, journey)', 'same(j, j)::text'),
	('not_same(journey, journey)', 'not_same(j, j)::text'),
	('journey_hash(journey)', 'journey_hash(j)::text'),
	('journey_hash(journey, bigint)', 'journey_hash(j, 7)::text'),
	('event_count(journey)', 'event_count(j)::text'),
	('starts_at(journey)', 'extract(epoch FROM starts_at(j))::text'),
	('ends_at(journey)', 'extract(epoch FROM ends_at(j))::text'),
	('duration(journey)', 'extract(epoch FROM duration(j))::text || extract(day FROM duration(j))::text'),
	('channels(journey)', 'channels(j)::text'),
	('touchpoints(journey)', $$(SELECT string_agg(concat_ws('|', n, extract(epoch FROM occurred_at), channel, event, float8send(value), extract(epoch FROM recorded_at), ref), ',') FROM touchpoints(j))$$),
	('has_touchpoints(journey, text[])', $$has_touchpoints(j, ARRAY['web:*', 'note'])::text$$),
	('variant(journey)', 'variant(j)'),
	('variant(journey, integer)', 'variant(j, 3)'),
	('journey_storage(journey)', '(SELECT string_agg(section || bytes, chr(44)) FROM journey_storage(j))'),
	('session_count(journey, interval)', $$session_count(j)::text || session_count(j, '1 day 0:30')::text$$),
	('sessions(journey, interval)', $$(SELECT string_agg(session || s.journey::text, ',') FROM sessions(j, '90 min') s)$$),
	('unite(journey, journey)', $$unite(j, '{2026-03-29T02:00:00Z a}')::text$$),
	('slice(journey, tstzrange)', $$slice(j, tstzrange('2026-03-29 01:00Z', '2026-10-25 02:00Z', '(]'))::text$$),
	('as_of(journey, timestamptz, timestamptz)', $$as_of(j, '2026-10-25 01:00Z', '2026-10-25 02:00Z')::text$$),
	('keep(journey, text[])', $$keep(j, ARRAY['web:*'])::text$$),
	('without(journey, text[])', $$without(j, ARRAY['web:*'])::text$$),
	('collapse(journey)', 'collapse(j)::text'),
	('journey_agg_event(internal, timestamptz, text)', $$(SELECT journey_agg(t, 'e') FROM generate_series(starts_at(j), starts_at(j) + '47 h', '1 h') t)::text$$),
	('journey_agg_value(internal, timestamptz, text, text, float8)', $$(SELECT journey_agg(occurred_at, channel, event, value) FROM touchpoints(j))::text$$),
	('journey_agg_ref(internal, timestamptz, text, text, float8, timestamptz, text)', $$(SELECT journey_agg(occurred_at, channel, event, value, recorded_at, ref) FROM touchpoints(j))::text$$),
	('journey_agg_ref(internal, timestamptz, text, text, float8, timestamptz, bigint)', $$(SELECT journey_agg(occurred_at, channel, event, value, recorded_at, n::bigint) FROM touchpoints(j))::text$$),
	('journey_rows(journey)', $$(SELECT string_agg(concat_ws(',', extract(epoch FROM occurred_at), channel, event, value, extract(epoch FROM recorded_at), ref), ';') FROM journey_rows(j))$$),
	('journey_merge_add(internal, journey)', $$(SELECT journey_merge(s.journey) FROM sessions(j) s)::text$$);

SELECT is_empty($$
	SELECT p.oid::regprocedure FROM pg_proc p
	WHERE p.pronamespace = 'intent'::regnamespace AND p.provolatile = 'i' AND p.prokind = 'f'
		AND p.prosrc ~ '^intent_journey_' AND p.proname !~ '^journey_(recv|agg_(combine|serialize|deserialize|final)|gin_.*|support|gaps)$'
		AND p.oid NOT IN (SELECT function FROM call)
$$, 'every immutable function of the type itself is among them');

-- Around the changes of summer time, with values and refs, far times, a corrected value.
CREATE TABLE sample AS SELECT $${2026-03-29T00:59:59.999999Z web:view value=0.1 ref=1, 2026-03-29T01:00:00Z web:view value=1e-7 ref=2,
	2026-03-29T03:00:00Z call:"delivery failed" value=123456789.123 recorded_at=2026-10-25T00:30:00Z ref=3,
	2026-03-29T03:00:00Z call:"delivery failed" value=2 recorded_at=2026-10-26T00:30:00Z ref=3,
	2026-10-25T00:30:00Z note, 2026-10-25T01:30:00Z web:cart, 0001-01-01T00:00:00Z old, 12026-01-01T00:00:00Z far}$$::journey AS j;

CREATE FUNCTION pg_temp.results(call text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	one setting; result text; seen text[] := '{}';
BEGIN
	FOR one IN SELECT * FROM setting LOOP
		PERFORM set_config('TimeZone', one.zone, true), set_config('DateStyle', one.style, true),
			set_config('IntervalStyle', one.interval_style, true), set_config('extra_float_digits', one.digits, true);
		-- the comment keeps the plan, and what was folded into it, from being used again
		EXECUTE format('SELECT %s FROM sample /* %s */', call, one) INTO result;
		seen := seen || coalesce(result, 'null');
	END LOOP;
	RETURN (SELECT count(DISTINCT s) FROM unnest(seen) s);
END $$;

SELECT is(pg_temp.results('starts_at(j)::text'), 9::bigint, 'the settings do make a difference elsewhere');
SELECT is_empty('SELECT function, pg_temp.results(call) FROM call WHERE pg_temp.results(call) <> 1', 'and none here');

SELECT * FROM finish();
ROLLBACK;
