-- journey: what one can be asked

CREATE FUNCTION event_count(journey journey) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_event_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION event_count(journey) IS
'Number of events in the journey. NULL for NULL. O(1). Example: SELECT intent.event_count(''{2026-03-01T10:00:00Z web:view}''::intent.journey);';

CREATE FUNCTION starts_at(journey journey) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'intent_starts_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION starts_at(journey) IS
'Time of the first event; NULL for an empty journey. O(1). Example: SELECT intent.starts_at(''{2026-03-01T10:00:00Z web:view}''::intent.journey);';

CREATE FUNCTION ends_at(journey journey) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'intent_ends_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ends_at(journey) IS
'Time of the last event; NULL for an empty journey. O(1). Example: SELECT intent.ends_at(''{2026-03-01T10:00:00Z web:view}''::intent.journey);';

CREATE FUNCTION duration(journey journey) RETURNS interval
AS 'MODULE_PATHNAME', 'intent_duration' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration(journey) IS
'Time from the first to the last event, in days of 24 hours and the rest; NULL for an empty journey. O(1). Example: SELECT intent.duration(''{2026-03-01T10:00:00Z web:view, 2026-03-03T11:30:00Z web:cart}''::intent.journey);';

CREATE FUNCTION channels(journey journey) RETURNS text[]
AS 'MODULE_PATHNAME', 'intent_channels' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION channels(journey) IS
'The different channels of the journey in order of their bytes; events without a channel add none. Cost grows with the number of different touchpoints. Example: SELECT intent.channels(''{2026-03-01T10:00:00Z web:view, 2026-03-01T11:00:00Z call:question}''::intent.journey);';

CREATE FUNCTION touchpoints(journey journey,
	OUT n integer, OUT occurred_at timestamptz, OUT channel text, OUT event text,
	OUT value float8, OUT recorded_at timestamptz, OUT ref text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_touchpoints' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 40;
COMMENT ON FUNCTION touchpoints(journey) IS
'One row per event in canonical order, numbered from 1. No rows for NULL or an empty journey. Cost grows with the number of events. Example: SELECT n, channel, event, value FROM intent.touchpoints(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:purchase value=19.99}''::intent.journey);';

CREATE FUNCTION has_touchpoints(journey journey, touchpoints text[]) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_has_touchpoints' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION has_touchpoints(journey, text[]) IS
'Does every touchpoint text, such as web:view, call:* or purchase (any channel), match at least one event? True for an empty array; NULL for NULL; a NULL element is error 22004. Cost grows with the number of different touchpoints, not of events. The named twin of @>. Example: SELECT intent.has_touchpoints(''{2026-03-01T10:00:00Z web:view}''::intent.journey, ARRAY[''web:*'']);';

CREATE OPERATOR @> (
	LEFTARG = journey, RIGHTARG = text[], FUNCTION = has_touchpoints,
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR @> (journey, text[]) IS 'has every one of the touchpoints';

CREATE FUNCTION variant(journey journey) RETURNS text
AS 'MODULE_PATHNAME', 'intent_variant' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION variant(journey) IS
'The touchpoints of the journey in order, joined by arrows: journeys that took the same way have the same variant. Cost grows with the number of events. Example: SELECT intent.variant(intent.collapse(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:01:00Z web:view, 2026-03-01T10:05:00Z web:cart}''::intent.journey));';

CREATE FUNCTION variant(journey journey, depth integer) RETURNS text
AS 'MODULE_PATHNAME', 'intent_variant' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION variant(journey, integer) IS
'The first `depth` touchpoints of the journey in order, joined by arrows. A depth below 1 is error 22023. Example: SELECT intent.variant(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart, 2026-03-01T10:09:00Z web:purchase}''::intent.journey, 2);';

CREATE FUNCTION journey_storage(journey journey, OUT section text, OUT bytes integer)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_journey_storage' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 8;
COMMENT ON FUNCTION journey_storage(journey) IS
'How many bytes each part of the stored journey takes; the header includes PostgreSQL''s own 1 or 4. Example: SELECT section, bytes FROM intent.journey_storage(''{2026-03-01T10:00:00Z web:view}''::intent.journey) WHERE bytes > 0;';

-- ----- sessions -----

CREATE FUNCTION session_count(journey journey, gap interval DEFAULT '30 minutes') RETURNS integer
AS 'MODULE_PATHNAME', 'intent_session_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION session_count(journey, interval) IS
'Number of sessions: a new one begins where more than `gap` passed since the event before; a gap of exactly the limit does not. Months and years are error 22023, write 30 days. 0 for an empty journey. Cost grows with the number of events. Example: SELECT intent.session_count(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:30:00Z web:view, 2026-03-01T11:00:00.000001Z web:cart}''::intent.journey);';

CREATE FUNCTION sessions(journey journey, gap interval DEFAULT '30 minutes',
	OUT session integer, OUT journey journey)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_sessions' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 5;
COMMENT ON FUNCTION sessions(journey, interval) IS
'The sessions of the journey as journeys of their own, numbered from 1: runs of events without a gap longer than `gap`. No rows for NULL or an empty journey. Cost grows with the number of events. Example: SELECT session, intent.variant(journey) FROM intent.sessions(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart, 2026-03-02T09:00:00Z web:purchase}''::intent.journey);';
